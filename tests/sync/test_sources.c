/* Imports of chosen records, previews of them, look-ups, and lists that hold people back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "import_bench.h"

static int32_t run_with(bench *b, crmsync_job_options *o)
{
    crmsync_error *err = NULL;
    crmsync_job_free(b->job);
    b->job = NULL;
    int32_t rc = crmsync_job_new(b->host.workspace, o, &b->job, &err);
    if (!rc)
        rc = crmsync_job_run(b->job, &err);
    snprintf(b->host.last_error, sizeof b->host.last_error, "%s",
             rc ? crmsync_error_message(err).ptr : "");
    crmsync_error_free(err);
    if (b->job && !host_adds_up(b->job))
        b->host.miscounted++;
    return rc;
}

static int32_t import_from(bench *b, const char *source, uint32_t flags, uint64_t limit)
{
    crmsync_job_options o = CRMSYNC_JOB_OPTIONS_INIT;
    o.phases = CRMSYNC_PHASE_IMPORT;
    o.flags = flags;
    o.limit = limit;
    o.source = text_of(source);
    return run_with(b, &o);
}

static const char *cell(const crmsync_rows *rows, size_t row, const char *field)
{
    static char out[8][100];
    static size_t next;
    char *to = out[next++ % 8];
    int32_t at = crmsync_rows_find_field(rows, text_of(field));
    crmsync_str text = at < 0 ? text_of("(no field)") : crmsync_rows_get(rows, row, (size_t)at).text;
    snprintf(to, 100, "%.*s", (int)text.len, text.ptr ? text.ptr : "");
    return to;
}

/* ---- imports of chosen records ---- */

static void test_import_source__takes_its_records_alone_and_once(void **state)
{
    static const char *const sources[] = {
        "{\"object\":\"Contact\",\"soql\":\"SELECT Id FROM Contact WHERE FirstName = 'Ann'\"}",
        "{\"object\":\"Contact\",\"list_view\":\"Anns\"}", "anns"};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        bench b;
        bench_open(&b, NULL, CONFIG(OBJECTS ",\"audiences\":[{\"name\":\"anns\",\"list_view\":"
                                            "\"Anns\"}]"));
        orgsim_switch(b.scene.org, "list_view", "Contact.Anns=FirstName = 'Ann'");
        for (int again = 0; again < 2; again++) {
            int32_t rc = import_from(&b, sources[i], 0, 0);
            if (rc)
                fail_msg("%s: %s", sources[i], b.host.last_error);
            assert_int_equal(bench_count(&b, again ? "import.Contact.unchanged"
                                                   : "import.Contact.created"), 1);
            assert_int_equal(scene_count(&b.scene, "person"), 1);
            assert_int_equal(bench_count(&b, "source.total"), 1);
        }
        bench_must_run(&b, IMPORT); /* the rest comes by the ordinary way, nothing twice */
        assert_int_equal(scene_count(&b.scene, "person"), 3);
        assert_int_equal(bench_count(&b, "import.Contact.created"), 1);
        bench_close(&b);
    }
}

static void test_import_source__preview_shows_rows_and_writes_nothing(void **state)
{
    bench b;
    (void)state;
    bench_open(&b, NULL, CONFIG(OBJECTS));
    assert_int_equal(import_from(&b, "{\"soql\":\"SELECT Id FROM Contact WHERE FirstName = 'Ann'\"}", 0,
                                 0), CRMSYNC_OK);
    size_t before = scene_entries(&b.scene, CRMSYNC_SPACE_LINK, "");
    b.saves = 0;
    assert_int_equal(import_from(&b, "{\"soql\":\"SELECT Id FROM Contact ORDER BY FirstName\"}",
                                 CRMSYNC_JOB_DRY_RUN, 0), CRMSYNC_OK);
    const crmsync_rows *rows = crmsync_job_rows(b.job);
    assert_int_equal(crmsync_rows_count(rows), 2);
    for (size_t i = 0; i < 2; i++) {
        bool ann = strcmp(cell(rows, i, "FirstName"), "Ann") == 0;
        assert_string_equal(cell(rows, i, "outcome"), ann ? "unchanged" : "created");
        assert_int_equal(cell(rows, i, "id")[0] != '\0', ann);
        assert_int_equal(strlen(cell(rows, i, "Id")), 18);
    }
    assert_int_equal(b.saves, 0);
    assert_int_equal(scene_count(&b.scene, "person"), 1);
    assert_int_equal(scene_entries(&b.scene, CRMSYNC_SPACE_LINK, ""), before);
    assert_int_equal(import_from(&b, "{\"soql\":\"SELECT Id FROM Contact\"}", CRMSYNC_JOB_DRY_RUN, 1),
                     CRMSYNC_OK);
    assert_int_equal(crmsync_rows_count(crmsync_job_rows(b.job)), 1);
    assert_int_equal(bench_count(&b, "source.total"), 2);
    bench_close(&b);
}

static void test_import_source__cut_off_report_is_told(void **state)
{
    bench b;
    char source[200], id[19];
    (void)state;
    bench_open(&b, NULL, CONFIG(OBJECTS));
    orgsim_switch(b.scene.org, "report", "All=SELECT Name, Email FROM Contact");
    orgsim_switch(b.scene.org, "report_rows", "1");
    bench_report_id(&b, id);
    snprintf(source, sizeof source, "{\"report\":\"%s\"}", id);
    int32_t rc = import_from(&b, source, 0, 0);
    if (rc == CRMSYNC_OK) {
        assert_int_equal(bench_count(&b, "source.truncated"), 1);
        assert_int_equal(bench_count(&b, "import.Contact.created"), 1);
        crmsync_log_filter f = CRMSYNC_LOG_FILTER_INIT;
        crmsync_rows *rows = NULL;
        f.kind = text_of("source");
        assert_int_equal(crmsync_workspace_log(b.host.workspace, &f, &rows, NULL), CRMSYNC_OK);
        assert_int_equal(crmsync_rows_count(rows), 1);
        crmsync_rows_free(rows);
    } else {
        fail_msg("%s", b.host.last_error);
    }
    bench_close(&b);
}

static void test_import_source__what_is_none_is_refused(void **state)
{
    static const struct {
        const char *source;
        int32_t rc;
    } cases[] = {
        {"nobody", CRMSYNC_E_NOT_FOUND},
        {"{\"soql\":\"SELECT Id FROM Lead\"}", CRMSYNC_E_INVALID},
        {"{\"soql\":\"SELECT Id FROM Contact FOR UPDATE\"}", CRMSYNC_E_INVALID},
        {"{}", CRMSYNC_E_INVALID},
        {"{\"object\":\"Case\"}", CRMSYNC_E_INVALID},
        {"{\"list_view\":\"Gone\"}", CRMSYNC_E_NOT_FOUND},
    };
    bench b;
    (void)state;
    bench_open(&b, NULL, CONFIG(OBJECTS));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(import_from(&b, cases[i].source, 0, 0), cases[i].rc);
    assert_int_equal(scene_count(&b.scene, "person"), 0);
    bench_close(&b);
}

static void test_import_source__killed_at_each_call_doubles_nobody(void **state)
{
    uint64_t calls = 100;
    (void)state;
    for (uint64_t at = 1; at <= calls; at++) {
        bench b;
        bench_open(&b, NULL, CONFIG(OBJECTS));
        b.host.hooks.calls = 0;
        b.host.hooks.at = at;
        b.host.hooks.fault = FAULT_DEATH_AFTER;
        import_from(&b, "{\"soql\":\"SELECT Id FROM Contact\"}", 0, 0);
        calls = b.host.hooks.dead ? calls : b.host.hooks.calls;
        b.host.miscounted = 0;
        bench_restart(&b, NULL);
        b.host.hooks.at = 0;
        scene_pass(&b.scene, MINUTE);
        assert_int_equal(import_from(&b, "{\"soql\":\"SELECT Id FROM Contact\"}", 0, 0), CRMSYNC_OK);
        assert_int_equal(scene_count(&b.scene, "person"), 2);
        assert_int_equal(bench_count(&b, "import.Contact.input"), 2);
        bench_close(&b);
    }
}

/* ---- look-ups ---- */

static crmsync_rows *rows_of(const char *jsonl)
{
    crmsync_rows *rows = NULL;
    assert_int_equal(crmsync_rows_new(NULL, text_of("keys"), NULL, 0, &rows, NULL), CRMSYNC_OK);
    assert_int_equal(crmsync_rows_append_jsonl(rows, text_of(jsonl), NULL), CRMSYNC_OK);
    return rows;
}

static int32_t look_up(bench *b, const crmsync_rows *keys)
{
    crmsync_job_options o = CRMSYNC_JOB_OPTIONS_INIT;
    o.phases = CRMSYNC_PHASE_LOOKUP;
    o.keys = keys;
    return run_with(b, &o);
}

static void assert_answer(bench *b, size_t row, const char *lead, const char *contact,
                          const char *account)
{
    const crmsync_rows *rows = crmsync_job_rows(b->job);
    assert_string_equal(cell(rows, row, "lead"), lead);
    assert_string_equal(cell(rows, row, "contact"), contact);
    assert_string_equal(cell(rows, row, "account"), account);
}

static const char keys[] =
    "{\"id\":\"a\",\"email\":\"ANN@acme.example\"}\n"
    "{\"id\":\"b\",\"email\":\"cat@initech.example\"}\n"
    "{\"id\":\"c\",\"email\":\"new@nowhere.example\",\"name\":\"Nowhere\"}\n"
    "{\"id\":\"d\",\"domain\":\"globex.example\"}\n"
    "{\"id\":\"e\",\"name\":\"ACME, Ltd.\"}\n"
    "{\"id\":\"f\",\"email\":\"somebody@gmail.com\"}\n";

static void test_lookup__tells_of_each_object_apart(void **state)
{
    bench b;
    char local[64];
    crmsync_rows *rows = rows_of(keys);
    (void)state;
    bench_open(&b, NULL, CONFIG(OBJECTS));
    bench_must_run(&b, IMPORT);
    b.saves = 0;
    orgsim_usage_reset(b.scene.org);
    assert_int_equal(look_up(&b, rows), CRMSYNC_OK);
    assert_int_equal(orgsim_usage_get(b.scene.org).api_calls, 1);
    const crmsync_rows *found = crmsync_job_rows(b.job);
    assert_int_equal(crmsync_rows_count(found), 6);
    assert_answer(&b, 0, "absent", "exists", "exists");
    assert_answer(&b, 1, "exists", "absent", "absent");
    assert_answer(&b, 2, "absent", "absent", "absent");
    assert_answer(&b, 3, "unknown", "unknown", "exists");
    assert_answer(&b, 4, "unknown", "unknown", "exists");
    assert_answer(&b, 5, "absent", "absent", "unknown");
    assert_string_equal(cell(found, 0, "id"), "a");
    assert_string_equal(cell(found, 0, "contact_rule"), "match_email");
    assert_string_equal(cell(found, 0, "account_rule"), "match_email_domain");
    assert_string_equal(cell(found, 3, "account_rule"), "match_website");
    assert_string_equal(cell(found, 4, "account_rule"), "match_name");
    snprintf(local, sizeof local, "%s", bench_person(&b, "email", "ann@acme.example", "id"));
    assert_string_equal(cell(found, 0, "contact_local"), local);
    assert_int_equal(bench_count(&b, "lookup.Contact.exists"), 1);
    assert_int_equal(b.saves, 0);
    crmsync_job_free(b.job);
    b.job = NULL;
    crmsync_rows_free(rows);
    bench_close(&b);
}

static void test_lookup__without_an_answer_is_unknown_never_absent(void **state)
{
    bench b;
    crmsync_rows *rows = rows_of(keys);
    (void)state;
    bench_open(&b, NULL, CONFIG(OBJECTS));
    assert_int_equal(look_up(&b, rows), CRMSYNC_OK); /* no account was ever read */
    assert_answer(&b, 2, "absent", "absent", "unknown");
    assert_answer(&b, 3, "unknown", "unknown", "exists"); /* but one that is there is found */
    orgsim_switch(b.scene.org, "query_timeout", "FROM Lead");
    assert_int_equal(look_up(&b, rows), CRMSYNC_OK);
    assert_answer(&b, 1, "unknown", "absent", "unknown");
    assert_answer(&b, 0, "unknown", "exists", "exists");
    orgsim_switch(b.scene.org, "query_timeout", "off");
    orgsim_transport_fault_rate(b.scene.transport, 1000, ORGSIM_FAULT_HTML_503, 1);
    assert_int_equal(look_up(&b, rows), CRMSYNC_OK);
    for (size_t i = 0; i < 6; i++)
        assert_answer(&b, i, "unknown", "unknown", "unknown");
    orgsim_transport_fault_rate(b.scene.transport, 0, ORGSIM_FAULT_NONE, 1);
    orgsim_switch(b.scene.org, "api_used", "99990000");
    assert_int_equal(look_up(&b, rows), CRMSYNC_OK);
    assert_answer(&b, 0, "unknown", "unknown", "unknown");
    crmsync_job_free(b.job);
    b.job = NULL;
    crmsync_rows_free(rows);
    bench_close(&b);
}

static void test_lookup__a_thousand_addresses_are_one_call(void **state)
{
    bench b;
    char *jsonl = malloc(100000);
    size_t at = 0;
    (void)state;
    for (int i = 0; i < 1000; i++)
        at += (size_t)snprintf(jsonl + at, 100000 - at, "{\"email\":\"p%d@gmail.com\"}\n", i);
    crmsync_rows *rows = rows_of(jsonl);
    free(jsonl);
    bench_open(&b, NULL, CONFIG(OBJECTS));
    bench_must_run(&b, IMPORT);
    orgsim_usage_reset(b.scene.org);
    assert_int_equal(look_up(&b, rows), CRMSYNC_OK);
    assert_int_equal(orgsim_usage_get(b.scene.org).api_calls, 1);
    assert_int_equal(bench_count(&b, "lookup.Lead.absent"), 1000);
    crmsync_job_free(b.job);
    b.job = NULL;
    crmsync_rows_free(rows);
    bench_close(&b);
}

static void test_lookup__without_keys_is_refused(void **state)
{
    bench b;
    (void)state;
    bench_open(&b, NULL, CONFIG(OBJECTS));
    assert_int_equal(look_up(&b, NULL), CRMSYNC_E_INVALID);
    bench_close(&b);
}

static void test_match_account__asks_no_org_and_says_how_old_it_is(void **state)
{
    bench b;
    crmsync_rows *out = NULL, *visitors = rows_of("{\"id\":\"v1\",\"domain\":\"www.acme.example\"}\n"
                                                  "{\"id\":\"v2\",\"email\":\"x@globex.example\"}\n"
                                                  "{\"id\":\"v3\",\"domain\":\"nowhere.example\"}\n"
                                                  "{\"id\":\"v4\",\"email\":\"x@gmail.com\"}\n");
    (void)state;
    bench_open(&b, NULL, CONFIG(OBJECTS));
    assert_int_equal(crmsync_workspace_match_account(b.host.workspace, visitors, &out, NULL), CRMSYNC_OK);
    assert_int_equal(crmsync_rows_count(out), 4);
    assert_string_equal(cell(out, 0, "crm_id"), "");
    int32_t complete = crmsync_rows_find_field(out, text_of("complete"));
    assert_int_equal(crmsync_rows_get(out, 0, (size_t)complete).number, 0);
    crmsync_rows_free(out);
    bench_must_run(&b, IMPORT);
    orgsim_usage_reset(b.scene.org);
    assert_int_equal(crmsync_workspace_match_account(b.host.workspace, visitors, &out, NULL), CRMSYNC_OK);
    assert_int_equal(orgsim_usage_get(b.scene.org).api_calls, 0);
    assert_int_equal(crmsync_rows_count(out), 4);
    assert_string_equal(cell(out, 0, "crm_id"),
                        scene_value(&b.scene, "company", "name", "Acme Ltd", "origin"));
    assert_string_equal(cell(out, 0, "company_id"),
                        scene_value(&b.scene, "company", "name", "Acme Ltd", "id"));
    assert_string_equal(cell(out, 1, "rule"), "match_email_domain");
    assert_string_equal(cell(out, 2, "crm_id"), "");
    assert_string_equal(cell(out, 3, "crm_id"), "");
    assert_int_equal(crmsync_rows_get(out, 0, (size_t)complete).number, 1);
    crmsync_rows_free(out);
    crmsync_rows_free(visitors);
    bench_close(&b);
}

/* ---- lists ---- */

#define BOTH_WAYS                                                                                  \
    "\"objects\":{\"Account\":{\"direction\":\"in\",\"fields\":[{\"local\":\"name\",\"remote\":"   \
    "\"Name\"},{\"local\":\"website\",\"remote\":\"Website\"}]},"                                  \
    "\"Contact\":{\"direction\":\"in\",\"fields\":[" PERSON "]},"                                  \
    "\"Lead\":{\"direction\":\"both\",\"create\":{\"out\":true},\"fields\":[" PERSON               \
    ",{\"local\":\"company\",\"remote\":\"Company\"}]}}"
#define RIVALS                                                                                     \
    CONFIG(BOTH_WAYS ",\"suppression\":{\"holds_export\":true,\"lists\":[\"Rivals\"],"             \
                     "\"opportunities\":{\"scope\":\"account\"}},"                                 \
                     "\"audiences\":[{\"name\":\"Rivals\",\"object\":\"Account\",\"list_view\":"   \
                     "\"Rivals\"}]")

static void put_people(bench *b)
{
    scene_put(&b->scene, "person",
              "{\"id\":\"p1\",\"first_name\":\"Eve\",\"last_name\":\"Out\",\"company\":\"Globex\","
              "\"email\":\"eve@globex.example\"}\n"
              "{\"id\":\"p2\",\"first_name\":\"Flo\",\"last_name\":\"In\",\"company\":\"Acme\","
              "\"email\":\"flo@acme.example\"}\n"
              "{\"id\":\"p3\",\"first_name\":\"Gus\",\"last_name\":\"Free\",\"company\":\"Free\","
              "\"email\":\"gus@free.example\"}\n");
}

static void test_suppression__list_and_opportunities_hold_the_export(void **state)
{
    bench b;
    (void)state;
    bench_open(&b, NULL, RIVALS);
    orgsim_switch(b.scene.org, "list_view", "Account.Rivals=Name = 'Globex'");
    put_people(&b);
    bench_must_run(&b, IMPORT | CRMSYNC_PHASE_EXPORT); /* the list was never read: nobody is clear */
    assert_int_equal(bench_count(&b, "export.Lead.created"), 0);
    assert_int_equal(scene_rows(&b.scene, "Lead", "LastName = 'Free'"), 0);
    scene_pass(&b.scene, HOUR);
    bench_must_run(&b, CRMSYNC_PHASE_AUDIENCE | CRMSYNC_PHASE_EXPORT); /* whom that held comes again */
    assert_int_equal(scene_rows(&b.scene, "Lead", "LastName = 'Free'"), 1);
    assert_int_equal(scene_rows(&b.scene, "Lead", "LastName = 'Out'"), 0); /* on the list */
    assert_int_equal(scene_rows(&b.scene, "Lead", "LastName = 'In'"), 0);  /* an open opportunity */
    orgsim_switch(b.scene.org, "list_view", "Account.Rivals=Name = 'Acme Ltd'");
    scene_pass(&b.scene, 7 * (uint64_t)HOUR);
    bench_must_run(&b, CRMSYNC_PHASE_AUDIENCE | CRMSYNC_PHASE_EXPORT); /* off the list */
    assert_int_equal(scene_rows(&b.scene, "Lead", "LastName = 'Out'"), 1);
    assert_int_equal(scene_rows(&b.scene, "Lead", "LastName = 'In'"), 0);
    bench_close(&b);
}

static void test_suppression__list_that_cannot_be_read_holds_everybody(void **state)
{
    bench b;
    (void)state;
    bench_open(&b, NULL, RIVALS);
    orgsim_switch(b.scene.org, "list_view", "Account.Rivals=Name = 'Globex'");
    bench_must_run(&b, IMPORT | CRMSYNC_PHASE_AUDIENCE);
    orgsim_switch(b.scene.org, "list_view", "Account.Rivals=off");
    put_people(&b);
    bench_must_run(&b, CRMSYNC_PHASE_AUDIENCE | CRMSYNC_PHASE_EXPORT);
    assert_int_equal(scene_rows(&b.scene, "Lead", "LastName = 'Free'"), 0);
    assert_true(bench_count(&b, "export.person.held") + bench_count(&b, "export.Lead.held") >= 3);
    bench_close(&b);
}

static void test_suppression__host_asks_against_stored_lists(void **state)
{
    bench b;
    crmsync_suppression *set = NULL;
    crmsync_rows *out = NULL, *people;
    crmsync_suppression_query q = CRMSYNC_SUPPRESSION_QUERY_INIT;
    (void)state;
    bench_open(&b, NULL,
               CONFIG(OBJECTS ",\"suppression\":{\"lists\":[\"Rivals\"],\"opportunities\":{\"scope\":"
                              "\"off\"}},\"audiences\":[{\"name\":\"Rivals\",\"object\":\"Account\","
                              "\"list_view\":\"Rivals\"}]"));
    orgsim_switch(b.scene.org, "list_view", "Account.Rivals=Name = 'Globex'");
    bench_must_run(&b, IMPORT | CRMSYNC_PHASE_AUDIENCE);
    crmsync_job_free(b.job);
    b.job = NULL;
    char line[300], bob[64];
    snprintf(bob, sizeof bob, "%s", bench_person(&b, "email", "bob@globex.example", "id"));
    snprintf(line, sizeof line,
             "{\"id\":\"%s\",\"company_id\":\"%s\"}\n"
             "{\"id\":\"x\",\"email\":\"new@globex.example\"}\n"
             "{\"id\":\"y\",\"email\":\"new@acme.example\"}\n",
             bob, bench_person(&b, "email", "bob@globex.example", "company_id"));
    people = rows_of(line);
    const char *const expected[2][3] = {{"suppressed", "suppressed", "clear"},
                                        {"suppressed", "suppressed", "unknown"}};
    for (int round = 0; round < 2; round++) {
        assert_int_equal(crmsync_workspace_suppression(b.host.workspace, people, NULL, &set, NULL),
                         CRMSYNC_OK);
        q.people = people;
        q.now_ms = b.scene.clock.wall_ms;
        assert_int_equal(crmsync_suppression_check(set, &q, &out, NULL), CRMSYNC_OK);
        size_t person = 0;
        for (size_t i = 0; i < crmsync_rows_count(out); i++) {
            if (strcmp(cell(out, i, "rank"), "0") == 0)
                assert_string_equal(cell(out, i, "verdict"), expected[round][person++]);
        }
        assert_int_equal(person, 3);
        crmsync_rows_free(out);
        crmsync_suppression_free(set);
        scene_pass(&b.scene, 25 * (uint64_t)HOUR); /* the list is stale by then */
    }
    crmsync_rows_free(people);
    bench_close(&b);
}

/* ---- what there is to choose from ---- */

static const crmsync_rows *list_sources(bench *b)
{
    crmsync_job_options o = CRMSYNC_JOB_OPTIONS_INIT;
    o.phases = CRMSYNC_PHASE_SOURCES;
    if (run_with(b, &o))
        fail_msg("sources: %s", b->host.last_error);
    return crmsync_job_rows(b->job);
}

static void test_sources__views_reports_and_campaigns_are_listed(void **state)
{
    static const struct {
        const char *type, *object, *name, *label, *note;
    } expected[] = {
        {"list_view", "Contact", "Anns", "Anns", ""},
        {"list_view", "Lead", "Odd", "Odd",
         "has no query behind it: only its first 4,000 records can be read"},
        {"report", "", "People", "People", ""},
        {"report", "", "Summary1", "Summary1", "is not tabular: only tabular reports can be read"},
        {"campaign", "", "", "Spring", "is not active"},
    };
    bench b;
    (void)state;
    bench_open(&b, NULL, CONFIG(OBJECTS));
    orgsim_switch(b.scene.org, "list_view", "Contact.Anns=FirstName = 'Ann'");
    orgsim_switch(b.scene.org, "list_view", "Lead.Odd=none");
    orgsim_switch(b.scene.org, "list_view", "Opportunity.Ours=Name = 'x'");
    orgsim_switch(b.scene.org, "report", "Summary1=SELECT Id FROM Contact");
    orgsim_switch(b.scene.org, "report", "People=SELECT Id FROM Contact");
    scene_seed(&b.scene, "{\"Campaign\":[{\"Name\":\"Spring\",\"IsActive\":false}]}");
    const crmsync_rows *rows = list_sources(&b);
    assert_int_equal(crmsync_rows_count(rows), 5);
    for (size_t i = 0; i < 5; i++) {
        assert_string_equal(cell(rows, i, "type"), expected[i].type);
        assert_string_equal(cell(rows, i, "object"), expected[i].object);
        assert_string_equal(cell(rows, i, "name"), expected[i].name);
        assert_string_equal(cell(rows, i, "label"), expected[i].label);
        assert_string_equal(cell(rows, i, "note"), expected[i].note);
        assert_int_equal(strlen(cell(rows, i, "id")), 18);
    }
    assert_string_equal(cell(rows, 2, "folder"), "Public Reports");
    int32_t usable = crmsync_rows_find_field(rows, text_of("usable"));
    assert_true(crmsync_rows_get(rows, 2, (size_t)usable).number);
    assert_false(crmsync_rows_get(rows, 3, (size_t)usable).number);
    assert_int_equal(bench_count(&b, "api.calls"), 3);
    /* what was chosen by its id is a source */
    char source[100];
    snprintf(source, sizeof source, "{\"object\":\"Contact\",\"list_view\":\"%s\"}", cell(rows, 0, "id"));
    assert_int_equal(import_from(&b, source, 0, 0), CRMSYNC_OK);
    assert_int_equal(bench_count(&b, "import.Contact.created"), 1);
    bench_close(&b);
}

static void test_sources__many_come_page_by_page(void **state)
{
    const orgsim_options small = {.query_page = 2};
    char name[60];
    bench b;
    (void)state;
    bench_open(&b, &small, CONFIG(OBJECTS));
    for (int i = 0; i < 5; i++) {
        snprintf(name, sizeof name, "Contact.View%d=FirstName = 'A%d'", i, i);
        orgsim_switch(b.scene.org, "list_view", name);
    }
    orgsim_switch(b.scene.org, "report", "People=SELECT Id FROM Contact");
    const crmsync_rows *rows = list_sources(&b);
    assert_int_equal(crmsync_rows_count(rows), 6);
    assert_int_equal(bench_count(&b, "sources.list_view"), 5);
    bench_close(&b);
}

static void test_sources__kind_that_is_not_visible_hides_no_other(void **state)
{
    bench b;
    (void)state;
    bench_open(&b, NULL, CONFIG(OBJECTS));
    orgsim_switch(b.scene.org, "object_hidden", "Report");
    orgsim_switch(b.scene.org, "list_view", "Contact.Anns=FirstName = 'Ann'");
    const crmsync_rows *rows = list_sources(&b);
    assert_int_equal(crmsync_rows_count(rows), 1);
    assert_int_equal(bench_count(&b, "sources.refused"), 1);
    bench_close(&b);
}

static void test_sources__beside_keys__is_refused(void **state)
{
    crmsync_job_options o = CRMSYNC_JOB_OPTIONS_INIT;
    bench b;
    (void)state;
    bench_open(&b, NULL, CONFIG(OBJECTS));
    o.phases = CRMSYNC_PHASE_SOURCES | CRMSYNC_PHASE_IMPORT;
    o.source = text_of("anns");
    assert_int_equal(run_with(&b, &o), CRMSYNC_E_INVALID);
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_import_source__takes_its_records_alone_and_once),
        cmocka_unit_test(test_import_source__preview_shows_rows_and_writes_nothing),
        cmocka_unit_test(test_import_source__cut_off_report_is_told),
        cmocka_unit_test(test_import_source__what_is_none_is_refused),
        cmocka_unit_test(test_import_source__killed_at_each_call_doubles_nobody),
        cmocka_unit_test(test_lookup__tells_of_each_object_apart),
        cmocka_unit_test(test_lookup__without_an_answer_is_unknown_never_absent),
        cmocka_unit_test(test_lookup__a_thousand_addresses_are_one_call),
        cmocka_unit_test(test_lookup__without_keys_is_refused),
        cmocka_unit_test(test_match_account__asks_no_org_and_says_how_old_it_is),
        cmocka_unit_test(test_suppression__list_and_opportunities_hold_the_export),
        cmocka_unit_test(test_suppression__list_that_cannot_be_read_holds_everybody),
        cmocka_unit_test(test_suppression__host_asks_against_stored_lists),
        cmocka_unit_test(test_sources__views_reports_and_campaigns_are_listed),
        cmocka_unit_test(test_sources__many_come_page_by_page),
        cmocka_unit_test(test_sources__kind_that_is_not_visible_hides_no_other),
        cmocka_unit_test(test_sources__beside_keys__is_refused),
    };
    return cmocka_run_group_tests_name("sources", tests, NULL, NULL);
}
