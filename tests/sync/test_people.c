/* People who stand more than once, on either side; and updates of chosen fields. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "host.h"

#define EXPORT CRMSYNC_PHASE_EXPORT
#define IMPORT CRMSYNC_PHASE_IMPORT
#define MINUTE 60000

#define PERSON                                                                                     \
    "{\"local\":\"first_name\",\"remote\":\"FirstName\"},"                                         \
    "{\"local\":\"last_name\",\"remote\":\"LastName\"},"                                           \
    "{\"local\":\"email\",\"remote\":\"Email\",\"import\":\"local\",\"export\":\"overwrite\"},"    \
    "{\"local\":\"phone\",\"remote\":\"Phone\",\"import\":\"local\",\"export\":\"overwrite\"},"    \
    "{\"local\":\"job_title\",\"remote\":\"Title\",\"import\":\"local\","                          \
    "\"export\":\"overwrite\"}"
#define BOTH "\"direction\":\"both\",\"create\":{\"in\":true,\"out\":true},"
#define CONFIG(members)                                                                            \
    "{" SCENE_CONNECTION ",\"objects\":{\"Account\":{" BOTH                                        \
    "\"fields\":[{\"local\":\"name\",\"remote\":\"Name\"},"                                        \
    "{\"local\":\"website\",\"remote\":\"Website\"}]},"                                            \
    "\"Contact\":{" BOTH "\"fields\":[" PERSON "]},"                                               \
    "\"Lead\":{" BOTH "\"fields\":[" PERSON ",{\"local\":\"company\",\"remote\":\"Company\"}]},"   \
    "\"Opportunity\":{\"direction\":\"in\",\"fields\":[{\"local\":\"name\",\"remote\":\"Name\"}]}}"   \
    "," members "}"
#define LEADS "\"export\":{\"mode\":\"leads\"}"

static const char jane[] = "{\"id\":\"p1\",\"last_name\":\"Doe\",\"email\":\"jane@acme.com\","
                           "\"company\":\"Acme\",\"phone\":\"1\"}";
static const char twin[] = "{\"id\":\"p2\",\"last_name\":\"Doe\",\"email\":\"JANE@acme.com\","
                           "\"company\":\"Acme\",\"phone\":\"2\"}";

static crmsync_str str(const char *text)
{
    return (crmsync_str){text, strlen(text)};
}

static void begin(scene *s, host *h, const char *config)
{
    scene_open(s, false, config);
    host_start(h, s, false);
    assert_int_equal(host_open(h), CRMSYNC_OK);
    host_connect(h);
}

static void end(scene *s, host *h)
{
    assert_int_equal(h->miscounted, 0);
    host_stop(h);
    scene_close(s);
}

/* Somebody in the org edits the rows that `where` selects (NULL = all). */
static void edit(scene *s, const char *object, const char *where, const char *fields)
{
    char soql[200], id[19];
    snprintf(soql, sizeof soql, "SELECT Id FROM %s%s%s", object, where ? " WHERE " : "",
             where ? where : "");
    char *answer = orgsim_query(s->org, soql, false);
    assert_non_null(answer);
    const char *at = answer;
    size_t n = 0;
    while ((at = strstr(at, "\"Id\":\""))) {
        at += 6;
        snprintf(id, sizeof id, "%.18s", at);
        assert_int_equal(orgsim_update(s->org, id, fields), 0);
        n++;
    }
    assert_true(n > 0);
    orgsim_string_free(answer);
}

static uint64_t run(host *h, uint32_t phases, const char *key)
{
    crmsync_job *job = NULL;
    scene_pass(h->scene, MINUTE);
    int32_t rc = host_job(h, phases, 0, &job);
    if (rc)
        fail_msg("job: %d %s", rc, h->last_error);
    uint64_t n = key ? host_counter(job, key) : 0;
    crmsync_job_free(job);
    return n;
}

/* "p1 primary, p2 shared, ..." */
static void duplicates(host *h, const char *kind, char *out, size_t size)
{
    crmsync_rows *rows = NULL;
    size_t n = 0;
    out[0] = '\0';
    assert_int_equal(crmsync_workspace_duplicates(h->workspace, str(kind), 0, &rows, NULL),
                     CRMSYNC_OK);
    for (size_t i = 0; i < crmsync_rows_count(rows); i++)
        n += (size_t)snprintf(out + n, size - n, "%s%s %s", i ? ", " : "",
                              crmsync_rows_get(rows, i, 0).text.ptr,
                              crmsync_rows_get(rows, i, 3).text.ptr);
    crmsync_rows_free(rows);
}

static void expect_duplicates(host *h, const char *kind, const char *wanted)
{
    char have[500];
    duplicates(h, kind, have, sizeof have);
    assert_string_equal(have, wanted);
}

static void test_local_duplicate__of_one_page__both_linked_and_first_leads(void **state)
{
    scene s;
    host h;
    (void)state;
    begin(&s, &h, CONFIG(LEADS));
    scene_put(&s, "person", jane);
    scene_put(&s, "person", twin);
    assert_int_equal(run(&h, EXPORT, "export.Lead.skipped"), 1);
    assert_int_equal(scene_rows(&s, "Lead", NULL), 1);
    assert_int_equal(scene_rows(&s, "Lead", "Phone = '1'"), 1);
    expect_duplicates(&h, "person", "p2 shared");
    /* the second one's edits stay at the host, the first one's go out */
    scene_put(&s, "person", "{\"id\":\"p2\",\"phone\":\"22\"}");
    scene_put(&s, "person", "{\"id\":\"p1\",\"phone\":\"11\"}");
    assert_int_equal(run(&h, EXPORT, "export.Lead.reason.local_duplicate"), 1);
    assert_int_equal(scene_rows(&s, "Lead", "Phone = '11'"), 1);
    end(&s, &h);
}

static void test_local_duplicate__in_later_run__linked_and_import_goes_to_the_first(void **state)
{
    scene s;
    host h;
    (void)state;
    begin(&s, &h, CONFIG(LEADS));
    scene_put(&s, "person", jane);
    assert_int_equal(run(&h, EXPORT, "export.Lead.created"), 1);
    scene_put(&s, "person", twin);
    assert_int_equal(run(&h, EXPORT, "export.Lead.reason.local_duplicate"), 1);
    expect_duplicates(&h, "person", "p2 shared");
    edit(&s, "Lead", "Email = 'jane@acme.com'", "{\"Title\":\"CEO\"}");
    run(&h, IMPORT, NULL);
    assert_string_equal(scene_get(&s, "person", "p1", "job_title"), "CEO");
    assert_string_equal(scene_get(&s, "person", "p2", "job_title"), "");
    end(&s, &h);
}

static void test_local_duplicate__first_is_gone__second_leads(void **state)
{
    scene s;
    host h;
    (void)state;
    begin(&s, &h, CONFIG(LEADS));
    scene_put(&s, "person", jane);
    scene_put(&s, "person", twin);
    run(&h, EXPORT, NULL);
    scene_remove(&s, "person", "p1");
    edit(&s, "Lead", "Email = 'jane@acme.com'", "{\"Title\":\"CEO\"}");
    run(&h, IMPORT, NULL);
    assert_string_equal(scene_get(&s, "person", "p2", "job_title"), "CEO");
    expect_duplicates(&h, "person", "");
    scene_put(&s, "person", "{\"id\":\"p2\",\"phone\":\"22\"}");
    run(&h, EXPORT, NULL);
    assert_int_equal(scene_rows(&s, "Lead", "Phone = '22'"), 1);
    assert_int_equal(scene_rows(&s, "Lead", NULL), 1);
    end(&s, &h);
}

static void test_local_duplicate__first_is_gone_before_an_export__second_leads(void **state)
{
    scene s;
    host h;
    (void)state;
    begin(&s, &h, CONFIG(LEADS));
    scene_put(&s, "person", jane);
    scene_put(&s, "person", twin);
    run(&h, EXPORT, NULL);
    scene_remove(&s, "person", "p1");
    scene_put(&s, "person", "{\"id\":\"p2\",\"phone\":\"22\"}");
    assert_int_equal(run(&h, EXPORT, "export.Lead.updated"), 1);
    assert_int_equal(scene_rows(&s, "Lead", "Phone = '22'"), 1);
    expect_duplicates(&h, "person", "");
    edit(&s, "Lead", "Email = 'jane@acme.com'", "{\"Title\":\"CEO\"}");
    run(&h, IMPORT, NULL);
    assert_string_equal(scene_get(&s, "person", "p2", "job_title"), "CEO");
    end(&s, &h);
}

static void test_collision__address_of_another_linked_person__is_held(void **state)
{
    scene s;
    host h;
    (void)state;
    begin(&s, &h, CONFIG(LEADS));
    scene_put(&s, "person", jane);
    scene_put(&s, "person", "{\"id\":\"p3\",\"last_name\":\"Roe\",\"email\":\"joe@acme.com\","
                            "\"company\":\"Acme\"}");
    assert_int_equal(run(&h, EXPORT, "export.Lead.created"), 2);
    scene_put(&s, "person", "{\"id\":\"p1\",\"email\":\"joe@acme.com\",\"phone\":\"7\"}");
    run(&h, EXPORT, NULL);
    assert_int_equal(scene_rows(&s, "Lead", "Email = 'jane@acme.com' AND Phone = '7'"), 1);
    assert_int_equal(scene_rows(&s, "Lead", "Email = 'joe@acme.com'"), 1);
    scene_put(&s, "person", "{\"id\":\"p1\",\"email\":\"new@acme.com\"}");
    run(&h, EXPORT, NULL);
    assert_int_equal(scene_rows(&s, "Lead", "Email = 'new@acme.com'"), 1);
    end(&s, &h);
}

static void enqueue_field(host *h, const char *id, const char *field)
{
    crmsync_enqueue_options o = CRMSYNC_ENQUEUE_OPTIONS_INIT;
    crmsync_str ids[] = {str(id)}, fields[] = {str(field ? field : "")};
    o.fields = fields;
    o.field_count = field ? 1 : 0;
    assert_int_equal(crmsync_workspace_enqueue(h->workspace, str("person"), ids, 1, &o, NULL),
                     CRMSYNC_OK);
}

static void test_enqueue__chosen_field__is_the_only_one_sent(void **state)
{
    scene s;
    host h;
    (void)state;
    begin(&s, &h, CONFIG(LEADS));
    scene_put(&s, "person", jane);
    assert_int_equal(run(&h, EXPORT, "export.Lead.created"), 1);
    scene_put(&s, "person", "{\"id\":\"p1\",\"phone\":\"5\",\"job_title\":\"CEO\"}");
    assert_int_equal(run(&h, EXPORT, "export.Lead.updated"), 1);
    /* somebody in the org changes both, and the host asks for one of them */
    edit(&s, "Lead", NULL, "{\"Phone\":\"0\",\"Title\":\"x\"}");
    enqueue_field(&h, "p1", "phone");
    assert_int_equal(run(&h, EXPORT, "export.Lead.updated"), 1);
    assert_int_equal(scene_rows(&s, "Lead", "Title = 'x' AND Phone = '5'"), 1);
    enqueue_field(&h, "p1", NULL);
    assert_int_equal(run(&h, EXPORT, "export.Lead.updated"), 1);
    assert_int_equal(scene_rows(&s, "Lead", "Title = 'CEO' AND Phone = '5'"), 1);
    end(&s, &h);
}

static void test_enqueue__chosen_field_of_a_person_not_in_the_crm__is_skipped(void **state)
{
    scene s;
    host h;
    (void)state;
    begin(&s, &h, CONFIG("\"export\":{\"mode\":\"by_status\",\"routes\":{\"New\":\"lead\"}}"));
    scene_put(&s, "person", jane);
    assert_int_equal(run(&h, EXPORT, "export.person.reason.unmapped_status"), 1);
    enqueue_field(&h, "p1", "Phone");
    assert_int_equal(run(&h, EXPORT, "export.person.reason.not_in_crm"), 1);
    assert_int_equal(scene_rows(&s, "Lead", NULL), 0);
    end(&s, &h);
}

static void test_enqueue__wish_waits_in_queue(void **state)
{
    scene s;
    host h;
    crmsync_error *err = NULL;
    crmsync_str ids[] = {str("p1"), str("p2")}, json;
    (void)state;
    begin(&s, &h, CONFIG(LEADS));
    crmsync_enqueue_options o = CRMSYNC_ENQUEUE_OPTIONS_INIT;
    o.flags = CRMSYNC_ENQUEUE_MANUAL | CRMSYNC_ENQUEUE_LEAD;
    assert_int_equal(
        crmsync_workspace_enqueue(h.workspace, str("person"), ids, 2, &o, &err), CRMSYNC_OK);
    assert_int_equal(
        crmsync_workspace_explain(h.workspace, str("person"), ids[1], &json, &err),
        CRMSYNC_OK);
    assert_non_null(strstr(json.ptr, "\"queue\":[{"));
    ids[1] = str("");
    static const struct {
        const char *kind;
        uint32_t flags;
        size_t n;
    } bad[] = {{"person", 0, 2},
               {"activity", 0, 1},
               {"person", 0x80, 1},
               {"person", CRMSYNC_ENQUEUE_LEAD | CRMSYNC_ENQUEUE_CONTACT, 1}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        o.flags = bad[i].flags;
        assert_int_equal(crmsync_workspace_enqueue(h.workspace, str(bad[i].kind), ids,
                                                   bad[i].n, &o, NULL),
                         CRMSYNC_E_INVALID);
    }
    crmsync_str fields[] = {str("nobody_mapped_this")};
    o = (crmsync_enqueue_options){.struct_size = sizeof o, .fields = fields, .field_count = 1};
    assert_int_equal(crmsync_workspace_enqueue(h.workspace, str("person"), ids, 1, &o, NULL),
                     CRMSYNC_E_INVALID);
    end(&s, &h);
}

static void test_both_exist__each__lead_and_contact_are_written(void **state)
{
    scene s;
    host h;
    (void)state;
    begin(&s, &h, CONFIG(LEADS ",\"match\":{\"both_exist\":\"each\"}"));
    scene_seed(&s, "{\"Contact\":[{\"LastName\":\"Doe\",\"Email\":\"jane@acme.com\"}],"
                   "\"Lead\":[{\"LastName\":\"Doe\",\"Company\":\"Acme\","
                   "\"Email\":\"jane@acme.com\"}]}");
    scene_put(&s, "person", jane);
    run(&h, EXPORT, NULL);
    assert_int_equal(scene_rows(&s, "Contact", "Phone = '1'"), 1);
    assert_int_equal(scene_rows(&s, "Lead", "Phone = '1'"), 1);
    expect_duplicates(&h, "person", "p1 primary, p1 also");
    scene_put(&s, "person", "{\"id\":\"p1\",\"phone\":\"4\"}");
    run(&h, EXPORT, NULL);
    assert_int_equal(scene_rows(&s, "Contact", "Phone = '4'"), 1);
    assert_int_equal(scene_rows(&s, "Lead", "Phone = '4'"), 1);
    assert_int_equal(run(&h, EXPORT, "writes.crm"), 0);
    end(&s, &h);
}

static void test_undelete__person__is_active_again_at_the_host(void **state)
{
    scene s;
    host h;
    char id[32];
    (void)state;
    begin(&s, &h, CONFIG(LEADS ",\"undelete\":\"person\""));
    scene_seed(&s, "{\"Lead\":[{\"LastName\":\"Doe\",\"Company\":\"Acme\","
                   "\"Email\":\"jane@acme.com\"}]}");
    run(&h, IMPORT, NULL);
    snprintf(id, sizeof id, "%s", scene_value(&s, "person", "email", "jane@acme.com", "origin"));
    assert_int_equal(orgsim_delete(s.org, id), 0);
    run(&h, IMPORT, NULL);
    assert_string_equal(scene_value(&s, "person", "origin", id, "inactive"), "true");
    assert_int_equal(orgsim_undelete(s.org, id), 0);
    run(&h, IMPORT, NULL);
    assert_string_equal(scene_value(&s, "person", "origin", id, "inactive"), "false");
    end(&s, &h);
}

/* The one record of a person in the org. */
static void lead_id(scene *s, const char *email, char id[19])
{
    char soql[200];
    snprintf(soql, sizeof soql, "SELECT Id FROM Lead WHERE Email='%s'", email);
    char *answer = orgsim_query(s->org, soql, false);
    const char *at = answer ? strstr(answer, "\"Id\":\"") : NULL;
    assert_non_null(at);
    snprintf(id, 19, "%.18s", at + 6);
    orgsim_string_free(answer);
}

static void test_merged_in_the_org__two_local_people__one_leads_and_the_other_shares(void **state)
{
    scene s;
    host h;
    char winner[19], loser[19];
    (void)state;
    begin(&s, &h, CONFIG(LEADS));
    scene_put(&s, "person", jane);
    scene_put(&s, "person", "{\"id\":\"p2\",\"last_name\":\"Roe\",\"email\":\"roe@acme.com\","
                            "\"company\":\"Acme\",\"phone\":\"2\"}");
    assert_int_equal(run(&h, IMPORT | EXPORT, "export.Lead.created"), 2);
    lead_id(&s, "jane@acme.com", winner);
    lead_id(&s, "roe@acme.com", loser);
    assert_int_equal(orgsim_merge(s.org, winner, loser), 0);
    run(&h, IMPORT | EXPORT, NULL);
    expect_duplicates(&h, "person", "p2 shared");
    /* neither writes over the other: what p2 says stays at the host, under its own address */
    scene_put(&s, "person", "{\"id\":\"p2\",\"phone\":\"22\"}");
    run(&h, IMPORT | EXPORT, NULL);
    assert_string_equal(scene_get(&s, "person", "p2", "email"), "roe@acme.com");
    assert_int_equal(scene_rows(&s, "Lead", NULL), 1);
    assert_int_equal(scene_rows(&s, "Lead", "Phone = '1'"), 1);
    end(&s, &h);
}

static void test_tied_accounts__most_open_opportunities_then_most_contacts(void **state)
{
    scene s;
    host h;
    (void)state;
    begin(&s, &h, CONFIG("\"export\":{\"mode\":\"contacts\"}"));
    scene_seed(&s, "{\"Account\":[{\"_ref\":\"a\",\"Name\":\"A\",\"Website\":\"acme.com\"},"
                   "{\"_ref\":\"b\",\"Name\":\"B\",\"Website\":\"acme.com\"},"
                   "{\"_ref\":\"c\",\"Name\":\"C\",\"Website\":\"two.com\"},"
                   "{\"_ref\":\"d\",\"Name\":\"D\",\"Website\":\"two.com\"}],"
                   "\"Contact\":[{\"LastName\":\"X\",\"AccountId\":\"@a\"},"
                   "{\"LastName\":\"Y\",\"AccountId\":\"@d\"}],"
                   "\"Opportunity\":[{\"Name\":\"O\",\"StageName\":\"Prospecting\","
                   "\"CloseDate\":\"2027-06-30\",\"AccountId\":\"@b\"}]}");
    scene_put(&s, "person", jane);
    scene_put(&s, "person", "{\"id\":\"p3\",\"last_name\":\"Roe\",\"email\":\"joe@two.com\"}");
    assert_int_equal(run(&h, EXPORT, "export.Contact.created"), 2);
    assert_int_equal(scene_rows(&s, "Contact", "LastName = 'Doe' AND Account.Name = 'B'"), 1);
    assert_int_equal(scene_rows(&s, "Contact", "LastName = 'Roe' AND Account.Name = 'D'"), 1);
    end(&s, &h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_local_duplicate__of_one_page__both_linked_and_first_leads),
        cmocka_unit_test(test_local_duplicate__in_later_run__linked_and_import_goes_to_the_first),
        cmocka_unit_test(test_local_duplicate__first_is_gone__second_leads),
        cmocka_unit_test(test_local_duplicate__first_is_gone_before_an_export__second_leads),
        cmocka_unit_test(test_collision__address_of_another_linked_person__is_held),
        cmocka_unit_test(test_enqueue__chosen_field__is_the_only_one_sent),
        cmocka_unit_test(test_enqueue__chosen_field_of_a_person_not_in_the_crm__is_skipped),
        cmocka_unit_test(test_enqueue__wish_waits_in_queue),
        cmocka_unit_test(test_both_exist__each__lead_and_contact_are_written),
        cmocka_unit_test(test_merged_in_the_org__two_local_people__one_leads_and_the_other_shares),
        cmocka_unit_test(test_tied_accounts__most_open_opportunities_then_most_contacts),
        cmocka_unit_test(test_undelete__person__is_active_again_at_the_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
