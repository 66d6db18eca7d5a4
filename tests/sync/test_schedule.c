/* The host's scheduler: what is due, lanes, events of the org, estimates. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host.h"

#define SYNC   (CRMSYNC_PHASE_IMPORT | CRMSYNC_PHASE_EXPORT)
#define MINUTE UINT64_C(60000)
#define HOUR   (60 * MINUTE)

static crmsync_str str(const char *text)
{
    return (crmsync_str){text, strlen(text)};
}

#define CONFIG(lead, contact, rest)                                                                \
    "{\"extends\":\"recommended\"," SCENE_CONNECTION ",\"local\":{\"opt_out\":null},\"objects\":{"  \
    "\"User\":{\"direction\":\"off\"},\"Account\":{\"direction\":\"off\"},"                        \
    "\"Opportunity\":{\"direction\":\"off\"},"                                                     \
    "\"Lead\":{\"direction\":\"both\",\"create\":{\"in\":true,\"out\":true},\"interval_min\":" lead \
    ",\"fields\":[{\"local\":\"last_name\",\"remote\":\"LastName\"},"                              \
    "{\"local\":\"email\",\"remote\":\"Email\"},{\"local\":\"company\",\"remote\":\"Company\"},"     \
    "{\"local\":\"job_title\",\"remote\":\"Title\",\"policy\":\"two_way\"}]},"                      \
    "\"Contact\":{\"direction\":\"in\",\"interval_min\":" contact ",\"fields\":["                   \
    "{\"local\":\"last_name\",\"remote\":\"LastName\"},{\"local\":\"email\",\"remote\":\"Email\"}]}}" \
    ",\"activities\":{\"enabled\":false},\"export\":{\"mode\":\"leads\"" rest "}}"

typedef struct bench {
    scene s;
    host h;
} bench;

static void begin(bench *b, const char *config)
{
    memset(b, 0, sizeof *b);
    scene_open(&b->s, false, config);
    host_start(&b->h, &b->s, false);
    assert_int_equal(host_open(&b->h), CRMSYNC_OK);
    host_connect(&b->h);
}

static void end(bench *b)
{
    assert_int_equal(b->h.miscounted, 0);
    host_stop(&b->h);
    scene_close(&b->s);
}

static void run(bench *b, uint32_t flags)
{
    if (host_run(&b->h, SYNC, flags))
        fail_msg("%s", b->h.last_error);
}

/* "import Lead due interval", one a line. */
static const char *due(bench *b)
{
    static char text[2000];
    crmsync_rows *rows = NULL;
    size_t used = 0;
    assert_int_equal(crmsync_workspace_due(b->h.workspace, 0, &rows, NULL), CRMSYNC_OK);
    text[0] = '\0';
    for (size_t i = 0; i < crmsync_rows_count(rows); i++) {
        crmsync_cell c[6];
        crmsync_rows_read(rows, i, 1, c);
        char in[40] = "-";
        if (c[3].type == CRMSYNC_CELL_DATETIME)
            snprintf(in, sizeof in, "%lld",
                     (long long)((c[3].number - b->s.clock.wall_ms) / (int64_t)MINUTE));
        used += (size_t)snprintf(text + used, sizeof text - used, "%.*s %.*s %s %s %.*s %.*s\n",
                                 (int)c[0].text.len, c[0].text.ptr, (int)c[1].text.len,
                                 c[1].text.ptr ? c[1].text.ptr : "", c[2].number ? "due" : "later", in,
                                 (int)c[4].text.len, c[4].text.ptr, (int)c[5].text.len, c[5].text.ptr);
    }
    crmsync_rows_free(rows);
    return text;
}

static void expect_due(bench *b, const char *line)
{
    const char *text = due(b);
    if (!strstr(text, line))
        fail_msg("not \"%s\" in:\n%s", line, text);
}

static void people(bench *b)
{
    scene_put(&b->s, "person",
              "{\"id\":\"p1\",\"last_name\":\"Lee\",\"email\":\"ann@acme.example\",\"company\":\"Acme\"}\n"
              "{\"id\":\"p2\",\"last_name\":\"Ray\",\"email\":\"bob@bolt.example\",\"company\":\"Bolt\"}");
}

static uint64_t calls(bench *b)
{
    return orgsim_usage_get(b->s.org).api_calls;
}

static void test_due__each_object_has_its_interval_and_a_reason(void **state)
{
    bench b;
    (void)state;
    begin(&b, CONFIG("60", "0", ""));
    people(&b);
    expect_due(&b, "describe  due 0 first 0\n");
    expect_due(&b, "import Lead due 0 first 0\n");
    expect_due(&b, "import Contact later - manual 0\n");
    expect_due(&b, "export person due 0 first 0\n");
    run(&b, 0);
    expect_due(&b, "export person later 60 interval 0\n");
    scene_pass(&b.s, 30 * MINUTE);
    expect_due(&b, "import Lead later ");
    uint64_t before = calls(&b);
    run(&b, CRMSYNC_JOB_DUE);
    assert_int_equal(calls(&b), before); /* nothing is due: nothing is asked */
    scene_put(&b.s, "person", "{\"id\":\"p3\",\"last_name\":\"New\",\"email\":\"n@new.example\","
                              "\"company\":\"New\"}");
    run(&b, CRMSYNC_JOB_DUE);
    assert_int_equal(scene_rows(&b.s, "Lead", NULL), 2);
    scene_pass(&b.s, 31 * MINUTE);
    expect_due(&b, "export person due ");
    run(&b, CRMSYNC_JOB_DUE);
    assert_int_equal(scene_rows(&b.s, "Lead", NULL), 3);
    expect_due(&b, "export person later 60 interval 0\n");
    scene_configure(&b.s, CONFIG("60", "5", ""));
    host_stop(&b.h);
    host_start(&b.h, &b.s, false);
    assert_int_equal(host_open(&b.h), CRMSYNC_OK);
    expect_due(&b, "export person due 0 configuration 0\n");
    assert_int_equal(crmsync_workspace_pause(b.h.workspace, 1, str(""), NULL), CRMSYNC_OK);
    expect_due(&b, "export person later - paused 0\n");
    end(&b);
}

static void test_due__what_is_queued_goes_before_the_rest(void **state)
{
    bench b;
    crmsync_str p1 = str("p1");
    (void)state;
    begin(&b, CONFIG("0", "0", "")); /* by hand only */
    people(&b);
    run(&b, CRMSYNC_JOB_DUE);
    assert_int_equal(scene_rows(&b.s, "Lead", NULL), 0);
    assert_int_equal(crmsync_workspace_enqueue(b.h.workspace, str("person"), &p1, 1, NULL, NULL),
                     CRMSYNC_OK);
    expect_due(&b, "export person due 0 queued 1\n");
    run(&b, CRMSYNC_JOB_DUE);
    assert_int_equal(scene_rows(&b.s, "Lead", NULL), 1);
    run(&b, 0); /* somebody pressed the button */
    assert_int_equal(scene_rows(&b.s, "Lead", NULL), 2);
    end(&b);
}

static void test_due__without_budget_it_is_put_off(void **state)
{
    bench b;
    (void)state;
    begin(&b, CONFIG("15", "15", ""));
    people(&b);
    run(&b, 0);
    scene_pass(&b.s, HOUR);
    orgsim_switch(b.s.org, "api_used", "99990");
    assert_int_equal(host_run(&b.h, SYNC, CRMSYNC_JOB_DUE), CRMSYNC_E_BUDGET);
    assert_non_null(strstr(due(&b), "import Lead later "));
    assert_non_null(strstr(due(&b), " budget 0\n"));
    orgsim_switch(b.s.org, "api_used", "10");
    scene_pass(&b.s, HOUR);
    expect_due(&b, "import Lead due ");
    run(&b, CRMSYNC_JOB_DUE);
    assert_null(strstr(due(&b), "budget"));
    end(&b);
}

/* ---- auto-push ---- */

static void test_push__a_new_person_overtakes_a_bulk_that_is_not_due(void **state)
{
    bench b;
    uint32_t pushed = 7;
    crmsync_str p2 = str("p2");
    (void)state;
    begin(&b, CONFIG("1440", "0", ""));
    run(&b, 0);
    people(&b);
    assert_int_equal(crmsync_workspace_push(b.h.workspace, CRMSYNC_PUSH_NEW_PERSON, &p2, 1, &pushed,
                                            NULL),
                     CRMSYNC_OK);
    assert_int_equal(pushed, 0); /* not configured */
    assert_int_equal(scene_entries(&b.s, CRMSYNC_SPACE_QUEUE, ""), 0);
    host_stop(&b.h);
    scene_configure(&b.s, CONFIG("1440", "0", ",\"auto_push\":[\"new_people\"]"));
    host_start(&b.h, &b.s, false);
    assert_int_equal(host_open(&b.h), CRMSYNC_OK);
    run(&b, 0); /* the first two go with their feed */
    scene_put(&b.s, "person",
              "{\"id\":\"p3\",\"last_name\":\"Bulk\",\"email\":\"x@bulk.example\",\"company\":\"X\"}\n"
              "{\"id\":\"p4\",\"last_name\":\"Seen\",\"email\":\"s@seen.example\",\"company\":\"S\"}");
    crmsync_str p4 = str("p4");
    assert_int_equal(crmsync_workspace_push(b.h.workspace, CRMSYNC_PUSH_NEW_PERSON, &p4, 1, &pushed,
                                            NULL),
                     CRMSYNC_OK);
    assert_int_equal(pushed, 1);
    assert_int_equal(scene_entries(&b.s, CRMSYNC_SPACE_QUEUE, "0/1/"), 1);
    assert_int_equal(crmsync_workspace_push(b.h.workspace, CRMSYNC_PUSH_COMPANY, &p4, 1, &pushed, NULL),
                     CRMSYNC_OK);
    assert_int_equal(pushed, 0);
    assert_int_equal(crmsync_workspace_push(b.h.workspace, 9, &p4, 1, NULL, NULL), CRMSYNC_E_INVALID);
    run(&b, CRMSYNC_JOB_DUE);
    assert_int_equal(scene_rows(&b.s, "Lead", "LastName = 'Seen'"), 1);
    assert_int_equal(scene_rows(&b.s, "Lead", "LastName = 'Bulk'"), 0);
    end(&b);
}

/* ---- events of the org ---- */

static char *lead_id(bench *b, const char *where, char id[19])
{
    char soql[200];
    snprintf(soql, sizeof soql, "SELECT Id FROM Lead WHERE %s", where);
    char *answer = orgsim_query(b->s.org, soql, true);
    const char *at = strstr(answer, "\"Id\":\"");
    assert_non_null(at);
    snprintf(id, 19, "%.18s", at + 6);
    orgsim_string_free(answer);
    return id;
}

static uint64_t feed(bench *b, const char *events)
{
    uint64_t taken = 0;
    crmsync_error *err = NULL;
    int32_t rc = crmsync_workspace_feed(b->h.workspace, str("/data/LeadChangeEvent"), str(events), &taken,
                                        &err);
    if (rc)
        fail_msg("%s", crmsync_error_message(err).ptr);
    return taken;
}

static void test_feed__changed_records_are_read_again_by_id_before_the_object_is_due(void **state)
{
    bench b;
    char id[19], events[900];
    crmsync_str replay;
    (void)state;
    begin(&b, CONFIG("1440", "0", ""));
    people(&b);
    assert_true(host_rest(&b.h, SYNC, 10) > 0);
    lead_id(&b, "LastName = 'Lee'", id);
    assert_int_equal(orgsim_update(b.s.org, id, "{\"Title\":\"Boss\"}"), 0);
    snprintf(events, sizeof events,
             "[{\"payload\":{\"ChangeEventHeader\":{\"entityName\":\"Lead\",\"recordIds\":[\"%s\"],"
             "\"changeType\":\"UPDATE\"},\"Title\":\"forged\"},\"event\":{\"replayId\":41}},"
             "{\"data\":{\"payload\":{\"ChangeEventHeader\":{\"entityName\":\"Pet__c\",\"recordIds\":"
             "[\"a00000000000001AAA\"],\"changeType\":\"CREATE\"}},\"event\":{\"replayId\":42}}}]",
             id);
    assert_int_equal(feed(&b, events), 1);
    expect_due(&b, "import Lead due 0 pending 1\n");
    run(&b, CRMSYNC_JOB_DUE);
    assert_string_equal(scene_get(&b.s, "person", "p1", "job_title"), "Boss");
    assert_int_equal(scene_entries(&b.s, CRMSYNC_SPACE_PENDING, ""), 0);
    assert_int_equal(crmsync_workspace_replay(b.h.workspace, str("/data/LeadChangeEvent"), &replay, NULL),
                     CRMSYNC_OK);
    assert_string_equal(replay.ptr, "42");
    /* a deletion; the same event twice */
    assert_int_equal(orgsim_delete(b.s.org, id), 0);
    snprintf(events, sizeof events,
             "{\"replayId\":\"AAA=\",\"payload\":{\"ChangeEventHeader\":{\"entityName\":\"Lead\","
             "\"recordIds\":[\"%.15s\"],\"changeType\":\"GAP_DELETE\"}}}",
             id);
    feed(&b, events);
    feed(&b, events);
    run(&b, CRMSYNC_JOB_DUE);
    run(&b, CRMSYNC_JOB_DUE);
    assert_string_equal(scene_value(&b.s, "person", "id", "p1", "inactive"), "true");
    assert_int_equal(crmsync_workspace_replay(b.h.workspace, str("other"), &replay, NULL), CRMSYNC_OK);
    assert_int_equal(replay.len, 0);
    end(&b);
}

static void test_feed__an_overflow_makes_the_object_due(void **state)
{
    bench b;
    (void)state;
    begin(&b, CONFIG("1440", "1440", ""));
    people(&b);
    assert_true(host_rest(&b.h, SYNC, 10) > 0);
    scene_seed(&b.s, "{\"Lead\":[{\"LastName\":\"Unseen\",\"Company\":\"U\",\"Email\":\"u@u.example\"}]}");
    run(&b, CRMSYNC_JOB_DUE);
    assert_string_equal(scene_value(&b.s, "person", "email", "u@u.example", "id"), "(none)");
    scene_pass(&b.s, MINUTE);
    assert_int_equal(feed(&b, "{\"payload\":{\"ChangeEventHeader\":{\"entityName\":\"Lead\",\"recordIds\":"
                              "[\"000000000000000AAA\"],\"changeType\":\"GAP_OVERFLOW\"}}}"),
                     1);
    expect_due(&b, "import Lead due 0 gap 0\n");
    expect_due(&b, "import Contact later ");
    scene_pass(&b.s, MINUTE);
    run(&b, CRMSYNC_JOB_DUE);
    assert_string_not_equal(scene_value(&b.s, "person", "email", "u@u.example", "id"), "(none)");
    expect_due(&b, "import Lead later ");
    end(&b);
}

static void test_feed__what_is_no_event_is_refused_as_a_whole(void **state)
{
    static const char *const bad[] = {
        "", "[", "7", "{}", "[{\"payload\":{}}]",
        "{\"payload\":{\"ChangeEventHeader\":{\"entityName\":\"Lead\",\"changeType\":\"UPDATE\"}}}",
        "[{\"payload\":{\"ChangeEventHeader\":{\"entityName\":\"Lead\",\"recordIds\":"
        "[\"00Q000000000001EAA\"],\"changeType\":\"UPDATE\"}}},null]"};
    bench b;
    (void)state;
    begin(&b, CONFIG("1440", "0", ""));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(crmsync_workspace_feed(b.h.workspace, str("c"), str(bad[i]), NULL, NULL),
                         CRMSYNC_E_INVALID);
    }
    assert_int_equal(scene_entries(&b.s, CRMSYNC_SPACE_PENDING, ""), 0);
    /* ids that are none, or of something else, are nothing to read */
    assert_int_equal(feed(&b, "{\"payload\":{\"ChangeEventHeader\":{\"entityName\":\"Lead\",\"recordIds\":"
                              "[\"' OR Id != '\",\"003000000000001AAA\",7],\"changeType\":\"UPDATE\"}}}"),
                     0);
    assert_int_equal(scene_entries(&b.s, CRMSYNC_SPACE_PENDING, ""), 0);
    end(&b);
}

static void test_feed__thousands_of_events_are_read_in_one_run(void **state)
{
    bench b;
    char *text = malloc(700 * 40 + 400);
    size_t used;
    (void)state;
    begin(&b, CONFIG("1440", "0", ""));
    run(&b, 0);
    used = (size_t)sprintf(text, "{\"payload\":{\"ChangeEventHeader\":{\"entityName\":\"Lead\","
                                 "\"changeType\":\"UPDATE\",\"recordIds\":[");
    for (unsigned i = 0; i < 700; i++)
        used += (size_t)sprintf(text + used, "%s\"00Q000000%06u\"", i ? "," : "", i);
    sprintf(text + used, "]}}}");
    assert_int_equal(feed(&b, text), 700);
    run(&b, CRMSYNC_JOB_DUE);
    assert_int_equal(scene_entries(&b.s, CRMSYNC_SPACE_PENDING, ""), 0);
    free(text);
    end(&b);
}

/* ---- what it costs ---- */

static void test_estimate__counts_pages_and_requests_by_day(void **state)
{
    bench b;
    crmsync_rows *rows = NULL;
    crmsync_estimate_input in = CRMSYNC_ESTIMATE_INPUT_INIT;
    (void)state;
    begin(&b, CONFIG("60", "360", ""));
    in.people = 1000;
    in.read = 5000;
    assert_int_equal(crmsync_workspace_estimate(b.h.workspace, &in, &rows, NULL), CRMSYNC_OK);
    size_t last = crmsync_rows_count(rows) - 1;
    assert_string_equal(crmsync_rows_get(rows, 0, 1).text.ptr, "Contact");
    assert_string_equal(crmsync_rows_get(rows, 0, 2).text.ptr, "3");
    assert_string_equal(crmsync_rows_get(rows, 0, 3).text.ptr, "4");
    assert_string_equal(crmsync_rows_get(rows, last, 0).text.ptr, "total");
    assert_string_equal(crmsync_rows_get(rows, last, 2).text.ptr, "13"); /* 3 + 3 + (2 + 5) */
    assert_string_equal(crmsync_rows_get(rows, last, 4).text.ptr, "252"); /* 3*4 + 3*24 + 7*24 */
    crmsync_rows_free(rows);
    end(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_due__each_object_has_its_interval_and_a_reason),
        cmocka_unit_test(test_due__what_is_queued_goes_before_the_rest),
        cmocka_unit_test(test_due__without_budget_it_is_put_off),
        cmocka_unit_test(test_push__a_new_person_overtakes_a_bulk_that_is_not_due),
        cmocka_unit_test(test_feed__changed_records_are_read_again_by_id_before_the_object_is_due),
        cmocka_unit_test(test_feed__an_overflow_makes_the_object_due),
        cmocka_unit_test(test_feed__what_is_no_event_is_refused_as_a_whole),
        cmocka_unit_test(test_feed__thousands_of_events_are_read_in_one_run),
        cmocka_unit_test(test_estimate__counts_pages_and_requests_by_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
