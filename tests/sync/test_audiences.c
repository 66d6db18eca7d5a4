/* Audiences: the members of views, reports, queries and campaigns as sets, and what moves in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "import_bench.h"

#define AUDIENCE CRMSYNC_PHASE_AUDIENCE

static const char config[] =
    CONFIG(OBJECTS ",\"audiences\":["
                   "{\"name\":\"view\",\"object\":\"Contact\",\"list_view\":\"Named\"},"
                   "{\"name\":\"query\",\"object\":\"Contact\",\"soql\":\"SELECT Id, Name FROM Contact "
                   "WHERE FirstName != 'Bob' ORDER BY Name\"},"
                   "{\"name\":\"odd\",\"object\":\"Lead\",\"list_view\":\"Odd\"},"
                   "{\"name\":\"accounts\",\"object\":\"Account\",\"soql\":\"SELECT Id FROM Account\"}]");

static void open_bench(bench *b)
{
    bench_open(b, NULL, config);
    orgsim_switch(b->scene.org, "list_view", "Contact.Named=LastName != 'Nobody'");
    orgsim_switch(b->scene.org, "list_view", "Lead.Odd=none");
}

static crmsync_audience standing(bench *b, const char *name)
{
    static char token[60], message[200];
    crmsync_audience a = CRMSYNC_AUDIENCE_INIT;
    crmsync_error *err = NULL;
    int32_t rc = crmsync_workspace_audience(b->host.workspace, text_of(name), &a, &err);
    if (rc)
        fail_msg("%s: %s", name, crmsync_error_message(err).ptr);
    snprintf(token, sizeof token, "%.*s", (int)a.token.len, a.token.ptr);
    snprintf(message, sizeof message, "%.*s", (int)a.message.len, a.message.ptr);
    a.token = text_of(token);
    a.message = text_of(message);
    return a;
}

/* `+003... -003...` of changes, `003...` of members, ids as their names. */
static const char *members(bench *b, const char *name, const char *since)
{
    static char out[4000];
    crmsync_audience_query q = CRMSYNC_AUDIENCE_QUERY_INIT;
    crmsync_error *err = NULL;
    crmsync_rows *rows = NULL;
    char after[19] = "";
    out[0] = '\0';
    q.name = text_of(name);
    q.since = text_of(since);
    q.limit = 2;
    do {
        crmsync_rows_free(rows);
        q.after = text_of(after);
        int32_t rc = crmsync_workspace_audience_members(b->host.workspace, &q, &rows, &err);
        if (rc)
            fail_msg("%s: %s", name, crmsync_error_message(err).ptr);
        for (size_t i = 0; i < crmsync_rows_count(rows); i++) {
            crmsync_str id = crmsync_rows_get(rows, i, 0).text, kind = crmsync_rows_get(rows, i, 3).text;
            const char *change = crmsync_rows_get(rows, i, 2).text.ptr;
            snprintf(after, sizeof after, "%.*s", (int)id.len, id.ptr);
            const char *field = kind.len && kind.ptr[0] == 'c' ? "name" : "first_name";
            const char *who = kind.len ? scene_value(&b->scene, kind.ptr, "origin", after, field) : "?";
            snprintf(out + strlen(out), sizeof out - strlen(out), "%s%s%s", out[0] ? " " : "",
                     *change == 'a' ? "+" : *change == 'r' ? "-" : "", who);
        }
    } while (crmsync_rows_count(rows) == 2);
    crmsync_rows_free(rows);
    return out;
}

static void contact_of(bench *b, const char *first, char id[19])
{
    bench_crm_id(b, "person", "first_name", first, id);
}

static void test_audience__sources_give_their_members(void **state)
{
    bench b;
    (void)state;
    open_bench(&b);
    bench_must_run(&b, IMPORT | AUDIENCE);
    assert_string_equal(members(&b, "view", ""), "Ann Bob");
    assert_string_equal(members(&b, "query", ""), "Ann");
    assert_string_equal(members(&b, "odd", ""), "Cat");
    assert_string_equal(members(&b, "accounts", ""), "Acme Ltd Globex");
    crmsync_audience a = standing(&b, "view");
    assert_int_equal(a.state, CRMSYNC_AUDIENCE_FRESH);
    assert_int_equal(a.members, 2);
    assert_int_equal(a.added, 2);
    assert_int_equal(bench_count(&b, "audience.Contact.input"), 2);
    assert_int_equal(bench_count(&b, "audience.Contact.updated"), 2);
    assert_int_equal(bench_count(&b, "audience.Contact.members"), 3);
    bench_close(&b);
}

static void test_audience__changes_since_a_token_are_told(void **state)
{
    bench b;
    char id[19], token[60], made[19];
    (void)state;
    open_bench(&b);
    bench_must_run(&b, IMPORT | AUDIENCE);
    snprintf(token, sizeof token, "%s", standing(&b, "view").token.ptr);
    assert_string_equal(members(&b, "view", token), "");
    contact_of(&b, "Bob", id);
    assert_int_equal(orgsim_update(b.scene.org, id, "{\"LastName\":\"Nobody\"}"), 0);
    assert_int_equal(orgsim_insert(b.scene.org, "Contact",
                                   "{\"FirstName\":\"Dan\",\"LastName\":\"New\","
                                   "\"Email\":\"dan@acme.example\"}", made), 0);
    scene_pass(&b.scene, HOUR);
    bench_must_run(&b, IMPORT | AUDIENCE);
    assert_string_equal(members(&b, "view", ""), "Ann Dan");
    assert_string_equal(members(&b, "view", token), "-Bob +Dan");
    assert_int_equal(standing(&b, "view").removed, 1);
    crmsync_log_filter f = CRMSYNC_LOG_FILTER_INIT;
    crmsync_rows *rows = NULL;
    f.kind = text_of("audience");
    f.id = text_of("view");
    assert_int_equal(crmsync_workspace_log(b.host.workspace, &f, &rows, NULL), CRMSYNC_OK);
    assert_int_equal(crmsync_rows_count(rows), 2);
    int32_t at = crmsync_rows_find_field(rows, text_of("message"));
    assert_string_equal(crmsync_rows_get(rows, 0, (size_t)at).text.ptr,
                        "2 members, 1 added, 1 removed");
    crmsync_rows_free(rows);
    bench_must_run(&b, AUDIENCE); /* nothing has changed: no log, same token */
    assert_int_equal(bench_count(&b, "audience.Contact.unchanged"), 2);
    bench_close(&b);
}

static void test_audience__view_deleted__keeps_the_set_and_says_so(void **state)
{
    bench b;
    char token[60];
    (void)state;
    open_bench(&b);
    bench_must_run(&b, IMPORT | AUDIENCE);
    snprintf(token, sizeof token, "%s", standing(&b, "view").token.ptr);
    orgsim_switch(b.scene.org, "list_view", "Contact.Named=off");
    scene_pass(&b.scene, HOUR);
    bench_must_run(&b, AUDIENCE);
    crmsync_audience a = standing(&b, "view");
    assert_int_equal(a.state, CRMSYNC_AUDIENCE_ERROR);
    assert_non_null(strstr(a.message.ptr, "no list view \"Named\""));
    assert_true(a.tried_ms > a.read_ms && a.read_ms > 0);
    assert_string_equal(members(&b, "view", ""), "Ann Bob");
    assert_string_equal(members(&b, "view", token), "");
    assert_int_equal(bench_count(&b, "audience.Contact.failed"), 1);
    assert_int_equal(bench_count(&b, "audience.Contact.unchanged"), 1); /* the other one */
    orgsim_switch(b.scene.org, "list_view", "Contact.Named=FirstName = 'Ann'");
    bench_must_run(&b, AUDIENCE);
    assert_int_equal(standing(&b, "view").state, CRMSYNC_AUDIENCE_FRESH);
    assert_string_equal(members(&b, "view", token), "-Bob");
    bench_close(&b);
}

static void report_config(bench *b, char *out, size_t size, bool background)
{
    char id[19];
    bench_report_id(b, id);
    snprintf(out, size, CONFIG(OBJECTS ",\"audiences\":[{\"name\":\"report\",\"object\":\"Contact\","
                                       "\"background\":%s,\"report\":\"%.18s\"}]"),
             background ? "true" : "false", id);
}

static void test_audience__report_cut_off__keeps_the_set_and_says_so(void **state)
{
    bench b;
    char text[4000];
    (void)state;
    for (int background = 0; background < 2; background++) {
        open_bench(&b);
        orgsim_switch(b.scene.org, "report", "Everybody=SELECT Name, Email FROM Contact");
        report_config(&b, text, sizeof text, background);
        bench_restart(&b, text);
        bench_must_run(&b, IMPORT | AUDIENCE);
        assert_string_equal(members(&b, "report", ""), "Ann Bob");
        orgsim_switch(b.scene.org, "report_rows", "1");
        scene_pass(&b.scene, HOUR);
        bench_must_run(&b, AUDIENCE);
        crmsync_audience a = standing(&b, "report");
        assert_int_equal(a.state, CRMSYNC_AUDIENCE_TRUNCATED);
        assert_non_null(strstr(a.message.ptr, "2,000"));
        assert_string_equal(members(&b, "report", ""), "Ann Bob");
        assert_int_equal(bench_count(&b, "audience.Contact.held"), 1);
        bench_close(&b);
    }
}

static void test_audience__campaign__gives_its_members_until_it_is_gone(void **state)
{
    bench b;
    char campaign[19], member[19], id[19], text[4000], json[200];
    (void)state;
    open_bench(&b);
    bench_must_run(&b, IMPORT);
    contact_of(&b, "Bob", id);
    assert_int_equal(orgsim_insert(b.scene.org, "Campaign", "{\"Name\":\"Spring\"}", campaign), 0);
    snprintf(json, sizeof json, "{\"CampaignId\":\"%s\",\"ContactId\":\"%s\"}", campaign, id);
    assert_int_equal(orgsim_insert(b.scene.org, "CampaignMember", json, member), 0);
    snprintf(text, sizeof text,
             CONFIG(OBJECTS ",\"audiences\":[{\"name\":\"spring\",\"object\":\"Contact\","
                            "\"campaign\":\"%s\"}]"), campaign);
    bench_restart(&b, text);
    bench_must_run(&b, AUDIENCE);
    assert_string_equal(members(&b, "spring", ""), "Bob");
    assert_int_equal(orgsim_delete(b.scene.org, campaign), 0);
    bench_must_run(&b, AUDIENCE);
    assert_int_equal(standing(&b, "spring").state, CRMSYNC_AUDIENCE_ERROR);
    assert_string_equal(members(&b, "spring", ""), "Bob");
    bench_close(&b);
}

static void test_audience__old_or_defined_otherwise__is_stale(void **state)
{
    bench b;
    (void)state;
    open_bench(&b);
    bench_must_run(&b, AUDIENCE);
    scene_pass(&b.scene, 25 * (uint64_t)HOUR);
    assert_int_equal(standing(&b, "view").state, CRMSYNC_AUDIENCE_STALE);
    bench_must_run(&b, AUDIENCE);
    assert_int_equal(standing(&b, "view").state, CRMSYNC_AUDIENCE_FRESH);
    bench_restart(&b, CONFIG(OBJECTS ",\"audiences\":[{\"name\":\"view\",\"object\":\"Contact\","
                                     "\"soql\":\"SELECT Id FROM Contact\"}]"));
    assert_int_equal(standing(&b, "view").state, CRMSYNC_AUDIENCE_STALE);
    crmsync_rows *rows = NULL;
    assert_int_equal(crmsync_workspace_audiences(b.host.workspace, &rows, NULL), CRMSYNC_OK);
    assert_int_equal(crmsync_rows_count(rows), 4); /* three are not configured any more */
    crmsync_rows_free(rows);
    bench_must_run(&b, AUDIENCE);
    assert_int_equal(
        crmsync_workspace_audience_forget(b.host.workspace, text_of("odd"), NULL), CRMSYNC_E_STATE);
    crmsync_job_free(b.job);
    b.job = NULL;
    assert_int_equal(
        crmsync_workspace_audience_forget(b.host.workspace, text_of("odd"), NULL), CRMSYNC_OK);
    crmsync_audience a = CRMSYNC_AUDIENCE_INIT;
    assert_int_equal(crmsync_workspace_audience(b.host.workspace, text_of("odd"), &a, NULL),
                     CRMSYNC_E_NOT_FOUND);
    bench_close(&b);
}

static void test_audience__interval__is_waited_for(void **state)
{
    bench b;
    (void)state;
    bench_open(&b, NULL, CONFIG(OBJECTS ",\"audiences\":[{\"name\":\"all\",\"interval_min\":60,"
                                        "\"soql\":\"SELECT Id FROM Contact\"}]"));
    bench_must_run(&b, AUDIENCE);
    scene_pass(&b.scene, 30 * MINUTE);
    orgsim_usage_reset(b.scene.org);
    bench_must_run(&b, AUDIENCE);
    assert_int_equal(bench_count(&b, "audience.Contact.skipped"), 1);
    assert_int_equal(orgsim_usage_get(b.scene.org).api_calls, 0);
    scene_pass(&b.scene, 31 * MINUTE);
    bench_must_run(&b, AUDIENCE);
    assert_int_equal(bench_count(&b, "audience.Contact.unchanged"), 1);
    bench_close(&b);
}

static void test_audience__statement_that_is_none__fails_alone(void **state)
{
    bench b;
    (void)state;
    bench_open(&b, NULL,
               CONFIG(OBJECTS ",\"audiences\":["
                              "{\"name\":\"two\",\"soql\":\"SELECT Id FROM Contact; DELETE\"},"
                              "{\"name\":\"other\",\"soql\":\"SELECT Id FROM Lead\"},"
                              "{\"name\":\"field\",\"soql\":\"SELECT Id FROM Contact WHERE X__c = 1\"},"
                              "{\"name\":\"good\",\"soql\":\"SELECT Id FROM Contact LIMIT 1\"}]"));
    bench_must_run(&b, IMPORT | AUDIENCE);
    assert_int_equal(standing(&b, "two").state, CRMSYNC_AUDIENCE_ERROR);
    assert_int_equal(standing(&b, "other").state, CRMSYNC_AUDIENCE_ERROR);
    assert_int_equal(standing(&b, "field").state, CRMSYNC_AUDIENCE_ERROR);
    assert_int_equal(standing(&b, "good").members, 1);
    assert_int_equal(bench_count(&b, "audience.Contact.failed"), 3);
    bench_close(&b);
}

static void add_leads(bench *b, unsigned from, unsigned n)
{
    size_t size = n * 100 + 100, at = 0;
    char *json = calloc(1, size);
    assert_non_null(json);
    for (unsigned i = 0; i < n; i++)
        at += (size_t)snprintf(json + at, size - at,
                               "%s{\"LastName\":\"L%05u\",\"Company\":\"Big\"}",
                               i ? "," : "{\"Lead\":[", from + i);
    snprintf(json + at, size - at, "]}");
    scene_seed(&b->scene, json);
    free(json);
}

#define LEADS CONFIG(OBJECTS ",\"audiences\":[{\"name\":\"leads\",\"object\":\"Lead\",\"soql\":"    \
                             "\"SELECT Id FROM Lead WHERE Company = 'Big'\"}]")

static uint64_t changes(bench *b, const char *since, uint64_t *removed)
{
    crmsync_audience_query q = CRMSYNC_AUDIENCE_QUERY_INIT;
    crmsync_rows *rows = NULL;
    uint64_t n = 0;
    q.name = text_of("leads");
    q.since = text_of(since);
    q.limit = 10000;
    assert_int_equal(crmsync_workspace_audience_members(b->host.workspace, &q, &rows, NULL), CRMSYNC_OK);
    *removed = 0;
    for (size_t i = 0; i < crmsync_rows_count(rows); i++) {
        bool left = crmsync_rows_get(rows, i, 2).text.ptr[0] == 'r';
        *removed += left;
        n += !left;
    }
    crmsync_rows_free(rows);
    return n;
}

/* The process ends after each call of the second reading in turn; nobody has left until a reading
 * went to its end, and then exactly who has left is told. */
static void test_audience__killed_at_each_call__shows_nothing_half(void **state)
{
    uint64_t removed, calls = 200;
    (void)state;
    for (uint64_t at = 1; at <= calls; at += at < 6 ? 1 : 3) {
        bench b;
        char token[60];
        bench_open(&b, NULL, LEADS);
        add_leads(&b, 0, 4500);
        bench_must_run(&b, AUDIENCE);
        snprintf(token, sizeof token, "%s", standing(&b, "leads").token.ptr);
        char *ids = orgsim_query(
            b.scene.org, "SELECT Id FROM Lead WHERE LastName < 'L02000' AND Company = 'Big'", false);
        for (const char *id = ids; (id = strstr(id, "00Q")); id += 18) {
            char one[19];
            snprintf(one, sizeof one, "%.18s", id);
            orgsim_update(b.scene.org, one, "{\"Company\":\"Small\"}");
        }
        orgsim_string_free(ids);
        add_leads(&b, 5000, 700);
        scene_pass(&b.scene, HOUR);
        b.host.hooks.calls = 0;
        b.host.hooks.at = at;
        b.host.hooks.fault = FAULT_DEATH_AFTER;
        int32_t rc = bench_run(&b, AUDIENCE, 0);
        if (!b.host.hooks.dead) {
            calls = b.host.hooks.calls;
            assert_int_equal(rc, CRMSYNC_OK);
        }
        b.host.miscounted = 0;
        bench_restart(&b, NULL);
        b.host.hooks.at = 0;
        crmsync_audience a = standing(&b, "leads");
        uint64_t added = changes(&b, token, &removed);
        assert_true((a.members == 4500 && added == 0 && removed == 0) ||
                    (a.members == 3200 && added == 700 && removed == 2000));
        scene_pass(&b.scene, HOUR);
        bench_must_run(&b, AUDIENCE);
        assert_int_equal(standing(&b, "leads").members, 3200);
        assert_int_equal(changes(&b, token, &removed), 700);
        assert_int_equal(removed, 2000);
        bench_close(&b);
    }
}

static void test_audience__locator_lost__goes_on_behind_the_last_id(void **state)
{
    bench b;
    (void)state;
    bench_open(&b, NULL, LEADS);
    add_leads(&b, 0, 4500);
    orgsim_switch(b.scene.org, "locator_short", "on");
    bench_must_run(&b, AUDIENCE);
    assert_int_equal(standing(&b, "leads").members, 4500);
    bench_close(&b);
}

static void test_forget__a_person_is_in_no_audience_until_the_next_reading(void **state)
{
    bench b;
    char id[19], local[200];
    (void)state;
    open_bench(&b);
    bench_must_run(&b, IMPORT | AUDIENCE);
    contact_of(&b, "Bob", id);
    snprintf(local, sizeof local, "%s", scene_value(&b.scene, "person", "first_name", "Bob", "id"));
    assert_true(scene_mentions(&b.scene, CRMSYNC_SPACE_AUDIENCE, id) > 0);
    crmsync_job_free(b.job);
    b.job = NULL;
    int32_t rc = crmsync_workspace_forget(b.host.workspace, text_of("person"), text_of(local), NULL);
    assert_int_equal(rc, CRMSYNC_OK);
    for (uint32_t space = CRMSYNC_SPACE_META; space <= CRMSYNC_SPACE_UNDO; space++)
        assert_int_equal(scene_mentions(&b.scene, space, id), 0);
    assert_string_equal(members(&b, "view", ""), "Ann");
    assert_int_equal(standing(&b, "view").members, 1);
    bench_must_run(&b, AUDIENCE);
    assert_int_equal(standing(&b, "view").members, 2);
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_audience__sources_give_their_members),
        cmocka_unit_test(test_audience__changes_since_a_token_are_told),
        cmocka_unit_test(test_audience__view_deleted__keeps_the_set_and_says_so),
        cmocka_unit_test(test_audience__report_cut_off__keeps_the_set_and_says_so),
        cmocka_unit_test(test_audience__campaign__gives_its_members_until_it_is_gone),
        cmocka_unit_test(test_audience__old_or_defined_otherwise__is_stale),
        cmocka_unit_test(test_audience__interval__is_waited_for),
        cmocka_unit_test(test_audience__statement_that_is_none__fails_alone),
        cmocka_unit_test(test_audience__killed_at_each_call__shows_nothing_half),
        cmocka_unit_test(test_audience__locator_lost__goes_on_behind_the_last_id),
        cmocka_unit_test(test_forget__a_person_is_in_no_audience_until_the_next_reading),
    };
    return cmocka_run_group_tests_name("audiences", tests, NULL, NULL);
}
