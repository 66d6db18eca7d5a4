/*
 * A host that cannot find its records by their keys gets the same links as one that can: the
 * library keeps that index itself.
 */
#include "support/host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CONFIG(local)                                                                              \
    "{\"connection\":{\"client_id\":\"orgsim-client\",\"redirect_uri\":\"http://127.0.0.1:9/cb\"," \
    "\"login_host\":\"http://127.0.0.1\",\"allow_loopback_http\":true}," local                     \
    "\"match\":{\"account\":[\"website\",\"name\"]},\"objects\":{"                                 \
    "\"Account\":{\"direction\":\"in\",\"fields\":[{\"local\":\"name\",\"remote\":\"Name\"},"      \
    "{\"local\":\"website\",\"remote\":\"Website\"}]},"                                            \
    "\"Contact\":{\"direction\":\"in\",\"fields\":[" PERSON "]},"                                  \
    "\"Lead\":{\"direction\":\"in\",\"fields\":[" PERSON "]}}}"
#define PERSON                                                                                     \
    "{\"local\":\"last_name\",\"remote\":\"LastName\"},{\"local\":\"email\",\"remote\":\"Email\"}"

static const char import_config[] = CONFIG("");
static const char work_email_config[] = CONFIG("\"local\":{\"email\":\"work_email\"},");

static crmsync_str str(const char *text)
{
    return (crmsync_str){text, strlen(text)};
}

typedef struct stage {
    scene s;
    host h;
    crmsync_record_ops blind; /* the scene's hooks without `find` */
    unsigned changed;         /* calls about people */
    unsigned die_at;          /* the process ends in this one; 0 = none */
} stage;

static void on_call(void *ctx, const hook_call *call, bool after)
{
    stage *t = ctx;
    if (after || call->what != HOOK_CHANGED || strncmp(call->site, "person", 6) != 0)
        return;
    if (++t->changed == t->die_at)
        t->h.hooks.dead = true;
}

static void start(stage *t, bool with_find)
{
    host_start(&t->h, &t->s, false);
    t->blind = *t->h.hooks.records;
    t->blind.find = NULL;
    if (!with_find)
        t->h.hooks.records = &t->blind;
    t->h.hooks.on_call = on_call;
    t->h.hooks.on_call_ctx = t;
    t->h.hooks.counting = true;
    t->changed = t->die_at = 0;
    assert_int_equal(host_open(&t->h), CRMSYNC_OK);
}

static void open_stage(stage *t, bool with_find)
{
    scene_open(&t->s, false, import_config);
    start(t, with_find);
    host_connect(&t->h);
    scene_pass(&t->s, 3600000);
}

static void close_stage(stage *t)
{
    host_stop(&t->h);
    scene_close(&t->s);
}

static void import(stage *t)
{
    scene_pass(&t->s, 60000); /* a poll reads up to now, and no further */
    if (host_run(&t->h, CRMSYNC_PHASE_IMPORT, 0))
        fail_msg("import: %s", t->h.last_error);
    assert_int_equal(t->h.miscounted, 0);
}

/* "003... 00Q...": the CRM ids that the link of a record holds; "" = never seen. */
static void links_of(stage *t, const char *kind, const char *id, char *out, size_t size)
{
    crmsync_str json;
    int32_t rc = crmsync_workspace_explain(t->h.workspace, str(kind), str(id), &json, NULL);
    out[0] = '\0';
    const char *at = rc ? NULL : strstr(json.ptr, "\"crm\":[");
    const char *end = at ? strstr(at, "],\"claims\"") : NULL;
    while (at && end && (at = strstr(at, "\",\"id\":\"")) != NULL && at < end) {
        size_t len = strlen(out);
        at += strlen("\",\"id\":\"");
        snprintf(out + len, size - len, "%s%.18s", len ? " " : "", at);
    }
}

static void org_id(stage *t, const char *object, const char *name, char id[19])
{
    char soql[120];
    snprintf(soql, sizeof soql, "SELECT Id FROM %s WHERE Name = '%s'", object, name);
    char *answer = orgsim_query(t->s.org, soql, false);
    const char *at = answer ? strstr(answer, "\"Id\":\"") : NULL;
    assert_non_null(at);
    snprintf(id, 19, "%.18s", at + strlen("\"Id\":\""));
    orgsim_string_free(answer);
}

static void assert_linked(stage *t, const char *kind, const char *id, const char *object,
                          const char *name)
{
    char is[200], wanted[19];
    links_of(t, kind, id, is, sizeof is);
    org_id(t, object, name, wanted);
    assert_string_equal(is, wanted);
}

static void assert_unlinked(stage *t, const char *kind, const char *id)
{
    char is[200];
    links_of(t, kind, id, is, sizeof is);
    assert_string_equal(is, "");
}

/* ---- the same links ---- */

static void fill(stage *t)
{
    char line[200], id[19];
    scene_put(&t->s, "company",
              "{\"id\":\"by_domain\",\"name\":\"Something else\",\"website\":\"shop.acme.com\"}\n"
              "{\"id\":\"by_name\",\"name\":\"Globex GmbH\"}\n"
              "{\"id\":\"other_domain\",\"name\":\"Initech\",\"website\":\"initech.net\"}\n");
    scene_put(&t->s, "person",
              "{\"id\":\"by_email\",\"last_name\":\"Lee\",\"email\":\" ANN@acme.com\"}\n"
              "{\"id\":\"twice1\",\"last_name\":\"Ray\",\"email\":\"bob@globex.net\"}\n"
              "{\"id\":\"twice2\",\"last_name\":\"Ray\",\"email\":\"bob@globex.net\"}\n"
              "{\"id\":\"alone\",\"last_name\":\"Fox\",\"email\":\"cat@fox.com\"}\n");
    scene_seed(
        &t->s,
        "{\"Account\":[{\"Name\":\"Acme\",\"Website\":\"https://www.acme.com\"},"
        "{\"Name\":\"Globex\"},{\"Name\":\"Initech\",\"Website\":\"initech.org\"}],"
        "\"Contact\":[{\"LastName\":\"Lee\",\"Email\":\"ann@acme.com\"},"
        "{\"LastName\":\"Ray\",\"Email\":\"bob@globex.net\"},"
        "{\"LastName\":\"Both\",\"Email\":\"both@new.com\"},"
        "{\"LastName\":\"Made\",\"Email\":\"made@new.com\"}],"
        "\"Lead\":[{\"LastName\":\"Both\",\"Company\":\"New\",\"Email\":\"both@new.com\"}]}");
    org_id(t, "Contact", "Made", id); /* an import made it and died before it could link it */
    snprintf(line, sizeof line, "{\"id\":\"by_origin\",\"last_name\":\"Edited\",\"origin\":\"%s\"}",
             id);
    scene_put(&t->s, "person", line);
}

static void tell(stage *t, char *out, size_t size)
{
    static const char *const records[][2] = {{"company", "by_domain"},    {"company", "by_name"},
                                             {"company", "other_domain"}, {"person", "by_email"},
                                             {"person", "twice1"},        {"person", "twice2"},
                                             {"person", "alone"},         {"person", "by_origin"}};
    char links[200];
    size_t at = 0;
    for (size_t i = 0; i < sizeof records / sizeof records[0]; i++) {
        links_of(t, records[i][0], records[i][1], links, sizeof links);
        at += (size_t)snprintf(out + at, size - at, "%s: %s\n", records[i][1], links);
    }
}

static void test_import__without_find_links_the_same_as_with_it(void **state)
{
    char told[2][2000];
    char *dump[2];
    (void)state;
    for (int with_find = 0; with_find < 2; with_find++) {
        stage t;
        open_stage(&t, with_find);
        fill(&t);
        import(&t);
        import(&t);
        tell(&t, told[with_find], sizeof told[0]);
        dump[with_find] = scene_dump(&t.s);
        assert_linked(&t, "company", "by_domain", "Account", "Acme");
        assert_linked(&t, "company", "by_name", "Account", "Globex");
        assert_unlinked(&t, "company", "other_domain");
        assert_linked(&t, "person", "by_email", "Contact", "Lee");
        assert_linked(&t, "person", "by_origin", "Contact", "Made");
        assert_unlinked(&t, "person", "alone");
        /* what one object's page made is found for the next one's */
        assert_int_equal(scene_count(&t.s, "person"), 6);
        assert_int_equal(scene_count(&t.s, "company"), 4);
        assert_int_equal(scene_entries(&t.s, CRMSYNC_SPACE_INDEX, "person/") > 0, !with_find);
        close_stage(&t);
    }
    assert_string_equal(told[0], told[1]);
    assert_string_equal(dump[0], dump[1]);
    free(dump[0]);
    free(dump[1]);
}

static void test_import__without_find_several_hits_all_count(void **state)
{
    (void)state;
    for (int with_find = 0; with_find < 2; with_find++) {
        stage t;
        crmsync_job *job = NULL;
        open_stage(&t, with_find);
        fill(&t);
        assert_int_equal(host_job(&t.h, CRMSYNC_PHASE_IMPORT, 0, &job), CRMSYNC_OK);
        assert_int_equal(host_counter(job, "import.Contact.reason.ambiguous"), 1);
        crmsync_job_free(job);
        assert_unlinked(&t, "person", "twice1");
        assert_unlinked(&t, "person", "twice2");
        close_stage(&t);
    }
}

static void test_import__dry_run_without_find_tells_the_same(void **state)
{
    static const char *const counters[] = {"import.Account.created",   "import.Account.updated",
                                           "import.Contact.created",   "import.Contact.updated",
                                           "import.Contact.unchanged", "import.Contact.held"};
    uint64_t counts[2][6];
    (void)state;
    for (int with_find = 0; with_find < 2; with_find++) {
        stage t;
        crmsync_job *job = NULL;
        open_stage(&t, with_find);
        fill(&t);
        char *before = scene_dump(&t.s);
        assert_int_equal(host_job(&t.h, CRMSYNC_PHASE_IMPORT, CRMSYNC_JOB_DRY_RUN, &job),
                         CRMSYNC_OK);
        for (size_t i = 0; i < 6; i++)
            counts[with_find][i] = host_counter(job, counters[i]);
        crmsync_job_free(job);
        char *after = scene_dump(&t.s);
        assert_string_equal(before, after);
        free(before);
        free(after);
        close_stage(&t);
    }
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(counts[0][i], counts[1][i]);
    assert_int_equal(counts[0][0], 1); /* Initech; the others were matched */
}

/* ---- change ---- */

static void test_import__edited_record_is_found_under_its_new_address_only(void **state)
{
    stage t;
    (void)state;
    open_stage(&t, false);
    scene_put(&t.s, "person", "{\"id\":\"p\",\"last_name\":\"Lee\",\"email\":\"old@acme.com\"}");
    import(&t);
    assert_int_equal(scene_entries(&t.s, CRMSYNC_SPACE_INDEX, "person/email/old@"), 1);
    scene_put(&t.s, "person", "{\"id\":\"p\",\"last_name\":\"Lee\",\"email\":\"new@acme.com\"}");
    scene_seed(&t.s, "{\"Contact\":[{\"LastName\":\"Old\",\"Email\":\"old@acme.com\"},"
                     "{\"LastName\":\"New\",\"Email\":\"new@acme.com\"}]}");
    import(&t);
    assert_linked(&t, "person", "p", "Contact", "New");
    assert_int_equal(scene_count(&t.s, "person"), 2); /* somebody else has the old one */
    assert_int_equal(scene_entries(&t.s, CRMSYNC_SPACE_INDEX, "person/email/old@acme.com/p"), 0);
    close_stage(&t);
}

static void test_import__removed_record_is_found_no_more(void **state)
{
    stage t;
    (void)state;
    open_stage(&t, false);
    scene_put(&t.s, "person", "{\"id\":\"p\",\"last_name\":\"Lee\",\"email\":\"ann@acme.com\"}");
    scene_put(&t.s, "company", "{\"id\":\"c\",\"name\":\"Acme\",\"website\":\"acme.com\"}");
    import(&t);
    assert_int_equal(scene_entries(&t.s, CRMSYNC_SPACE_INDEX, "person/"), 2);
    assert_int_equal(scene_entries(&t.s, CRMSYNC_SPACE_INDEX, "company/"), 3);
    scene_remove(&t.s, "person", "p");
    scene_remove(&t.s, "company", "c");
    import(&t);
    assert_int_equal(scene_entries(&t.s, CRMSYNC_SPACE_INDEX, "person/"), 0);
    assert_int_equal(scene_entries(&t.s, CRMSYNC_SPACE_INDEX, "company/"), 0);
    scene_seed(&t.s, "{\"Contact\":[{\"LastName\":\"Lee\",\"Email\":\"ann@acme.com\"}]}");
    import(&t);
    assert_int_equal(scene_count(&t.s, "person"), 1);
    assert_unlinked(&t, "person", "p");
    close_stage(&t);
}

static void test_import__other_key_field_looks_at_every_record_again(void **state)
{
    stage t;
    crmsync_error *err = NULL;
    (void)state;
    open_stage(&t, false);
    scene_put(&t.s, "person",
              "{\"id\":\"p\",\"last_name\":\"Lee\",\"email\":\"ann@home.net\","
              "\"work_email\":\"ann@acme.com\"}");
    import(&t);
    host_stop(&t.h);
    crmsync_config_free(t.s.config);
    assert_int_equal(crmsync_config_parse(&t.s.alloc, str(work_email_config), &t.s.config, &err),
                     CRMSYNC_OK);
    start(&t, false);
    import(&t);
    assert_int_equal(scene_entries(&t.s, CRMSYNC_SPACE_INDEX, "person/email/ann@home.net"), 0);
    assert_int_equal(scene_entries(&t.s, CRMSYNC_SPACE_INDEX, "person/email/ann@acme.com"), 1);
    close_stage(&t);
}

/* ---- pages ---- */

#define PEOPLE 3500

static void put_people(stage *t)
{
    size_t size = PEOPLE * 80 + 1, at = 0;
    char *text = malloc(size);
    assert_non_null(text);
    for (size_t i = 0; i < PEOPLE; i++)
        at += (size_t)snprintf(
            text + at, size - at,
            "{\"id\":\"p%zu\",\"last_name\":\"Pat\",\"email\":\"p%zu@acme.com\"}\n", i, i);
    scene_put(&t->s, "person", text);
    free(text);
}

static void test_import__process_that_died_while_indexing_goes_on_there(void **state)
{
    stage t;
    (void)state;
    open_stage(&t, false);
    put_people(&t);
    t.changed = 0;
    t.die_at = 4;
    assert_int_not_equal(host_run(&t.h, CRMSYNC_PHASE_IMPORT, 0), CRMSYNC_OK);
    assert_int_equal(t.changed, 4);
    host_stop(&t.h);
    assert_int_equal(scene_entries(&t.s, CRMSYNC_SPACE_INDEX, "person/id/"), 3000);
    scene_seed(&t.s, "{\"Contact\":[{\"LastName\":\"First\",\"Email\":\"p7@acme.com\"},"
                     "{\"LastName\":\"Last\",\"Email\":\"p3490@acme.com\"}]}");
    scene_pass(&t.s, 3600000); /* nobody holds the lease of the dead */
    start(&t, false);
    import(&t);
    assert_int_equal(scene_entries(&t.s, CRMSYNC_SPACE_INDEX, "person/id/"), PEOPLE);
    assert_in_range(t.changed, 1, 3); /* the fourth page, and what was new before each object */
    assert_linked(&t, "person", "p7", "Contact", "First");
    assert_linked(&t, "person", "p3490", "Contact", "Last");
    assert_int_equal(scene_count(&t.s, "person"), PEOPLE);
    close_stage(&t);
}

static void test_import__without_find_keeps_a_position_of_its_own(void **state)
{
    stage t;
    (void)state;
    open_stage(&t, false);
    fill(&t);
    import(&t);
    assert_int_equal(scene_entries(&t.s, CRMSYNC_SPACE_CURSOR, "feed/index%2F"), 2);
    assert_int_equal(scene_entries(&t.s, CRMSYNC_SPACE_CURSOR, "feed/"), 2);
    close_stage(&t);
}

/* What a page made is found for the next page of the same object. */
static void test_import__without_find_finds_what_the_page_before_made(void **state)
{
    orgsim_options small = {.query_page = 1};
    (void)state;
    for (int with_find = 0; with_find < 2; with_find++) {
        stage t;
        scene_open_org(&t.s, &small, false, import_config);
        start(&t, with_find);
        host_connect(&t.h);
        scene_seed(&t.s, "{\"Contact\":[{\"LastName\":\"Lee\",\"Email\":\"ann@acme.com\"},"
                         "{\"LastName\":\"Lee\",\"Email\":\"ann@acme.com\"}]}");
        import(&t);
        assert_int_equal(scene_count(&t.s, "person"), 1);
        close_stage(&t);
    }
}

/* ---- memory ---- */

static void test_import__out_of_memory_while_indexing_leaves_nothing_behind(void **state)
{
    uint64_t failed = 0;
    (void)state;
    for (uint64_t at = 1;; at += 11) {
        stage t;
        open_stage(&t, false);
        fill(&t);
        assert_int_equal(host_run(&t.h, CRMSYNC_PHASE_DESCRIBE, 0), CRMSYNC_OK);
        t.s.counted.requests = 0;
        t.s.counted.fail_at = at;
        int32_t rc = host_run(&t.h, CRMSYNC_PHASE_IMPORT, 0);
        bool reached = t.s.counted.requests >= at;
        t.s.counted.fail_at = 0;
        if (rc)
            assert_int_equal(rc, CRMSYNC_E_NOMEM);
        failed += rc != CRMSYNC_OK;
        import(&t);
        assert_linked(&t, "person", "by_email", "Contact", "Lee");
        assert_int_equal(scene_count(&t.s, "person"), 6);
        close_stage(&t); /* which finds what is still held */
        if (!reached)
            break;
    }
    assert_true(failed > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_import__without_find_links_the_same_as_with_it),
        cmocka_unit_test(test_import__without_find_several_hits_all_count),
        cmocka_unit_test(test_import__dry_run_without_find_tells_the_same),
        cmocka_unit_test(test_import__edited_record_is_found_under_its_new_address_only),
        cmocka_unit_test(test_import__removed_record_is_found_no_more),
        cmocka_unit_test(test_import__other_key_field_looks_at_every_record_again),
        cmocka_unit_test(test_import__process_that_died_while_indexing_goes_on_there),
        cmocka_unit_test(test_import__without_find_keeps_a_position_of_its_own),
        cmocka_unit_test(test_import__without_find_finds_what_the_page_before_made),
        cmocka_unit_test(test_import__out_of_memory_while_indexing_leaves_nothing_behind),
    };
    return cmocka_run_group_tests_name("local_index", tests, NULL, NULL);
}
