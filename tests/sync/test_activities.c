/*
 * Activities over several runs: what waits, what is limited, what a person changed in Salesforce,
 * and what goes with an opportunity.
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

#define PERSON                                                                                     \
    "\"fields\":[{\"local\":\"last_name\",\"remote\":\"LastName\"},"                               \
    "{\"local\":\"email\",\"remote\":\"Email\"}]"
#define CONFIG(activities)                                                                         \
    "{" SCENE_CONNECTION ",\"objects\":{\"Lead\":{\"direction\":\"out\"," PERSON "},"              \
    "\"Contact\":{\"direction\":\"out\"," PERSON "}},"                                             \
    "\"activities\":{\"enabled\":true,\"kinds\":[\"email\",\"email_clicked\",\"form_submission\"," \
    "\"website_visit\",\"task\",\"note\",\"call\"]," activities "}}"

#define WORK (CRMSYNC_PHASE_EXPORT | CRMSYNC_PHASE_ACTIVITIES)
#define DAY  UINT64_C(86400000)

static const char plain_config[] = CONFIG("\"visits_per_day\":2,\"content\":true");
static const char park_config[] = CONFIG("\"park_days\":3,\"park_max\":2");
static const char deal_config[] = CONFIG("\"opportunity\":\"newest_open\"");

static const char seed[] =
    "{\"Account\":[{\"_ref\":\"a\",\"Name\":\"Acme\"}],"
    "\"Contact\":[{\"LastName\":\"Lee\",\"Email\":\"ann@acme.com\",\"AccountId\":\"@a\"}],"
    "\"Lead\":[{\"LastName\":\"Fox\",\"Company\":\"Fox\",\"Email\":\"cat@fox.com\"}],"
    "\"Opportunity\":[{\"Name\":\"Old deal\",\"StageName\":\"Closed Won\","
    "\"CloseDate\":\"2026-01-30\",\"AccountId\":\"@a\"},"
    "{\"Name\":\"Open deal\",\"StageName\":\"Prospecting\",\"CloseDate\":\"2027-06-30\","
    "\"AccountId\":\"@a\"}]}";

typedef struct stage {
    scene s;
    host h;
    crmsync_job *job; /* the last one */
} stage;

static void run(stage *t)
{
    crmsync_job_free(t->job);
    t->job = NULL;
    scene_pass(&t->s, 60000);
    if (host_job(&t->h, WORK, 0, &t->job))
        fail_msg("run: %s", t->h.last_error);
    assert_int_equal(t->h.miscounted, 0);
}

static void open_stage(stage *t, const char *config)
{
    memset(t, 0, sizeof *t);
    scene_open(&t->s, false, config);
    host_start(&t->h, &t->s, false);
    assert_int_equal(host_open(&t->h), CRMSYNC_OK);
    host_connect(&t->h);
    scene_pass(&t->s, 3600000);
    scene_seed(&t->s, seed);
    scene_put(&t->s, "person",
              "{\"id\":\"ann\",\"last_name\":\"Lee\",\"email\":\"ann@acme.com\"}\n"
              "{\"id\":\"cat\",\"last_name\":\"Fox\",\"email\":\"cat@fox.com\"}\n");
}

static void close_stage(stage *t)
{
    crmsync_job_free(t->job);
    host_stop(&t->h);
    scene_close(&t->s);
}

static void put(stage *t, const char *kind, const char *id, const char *person, const char *rest)
{
    char line[600];
    snprintf(line, sizeof line, "{\"id\":\"%s\",\"kind\":\"%s\",\"person_id\":\"%s\"%s%s}\n", id,
             kind, person, *rest ? "," : "", rest);
    scene_put(&t->s, "activity", line);
}

/* Records that the last run counted under a reason. */
static uint64_t counted(const stage *t, const char *reason)
{
    char key[120];
    static const char *const places[] = {"Task", "Event", "ContentNote", "activity"};
    uint64_t n = 0;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        snprintf(key, sizeof key, "activities.%s.reason.%s", places[i], reason);
        n += host_counter(t->job, key);
    }
    return n;
}

static void id_of(stage *t, const char *soql, char id[19])
{
    char *answer = orgsim_query(t->s.org, soql, false);
    const char *at = answer ? strstr(answer, "\"Id\":\"") : NULL;
    assert_non_null(at);
    snprintf(id, 19, "%.18s", at + strlen("\"Id\":\""));
    orgsim_string_free(answer);
}

/* ---- limits ---- */

static void test_visits__over_several_runs_keep_to_the_cap_of_the_day(void **state)
{
    stage t;
    (void)state;
    open_stage(&t, plain_config);
    put(&t, "website_visit", "v1", "ann", "\"at\":\"2026-01-20T08:00:00Z\",\"pages\":\"/\"");
    run(&t);
    put(&t, "website_visit", "v2", "ann", "\"at\":\"2026-01-20T09:00:00Z\",\"pages\":\"/\"");
    put(&t, "website_visit", "v3", "ann", "\"at\":\"2026-01-20T10:00:00Z\",\"pages\":\"/\"");
    put(&t, "website_visit", "v4", "ann", "\"at\":\"2026-01-21T10:00:00Z\",\"pages\":\"/\"");
    put(&t, "website_visit", "v5", "cat", "\"at\":\"2026-01-20T10:00:00Z\",\"pages\":\"/\"");
    run(&t);
    assert_int_equal(counted(&t, "visits_capped"), 1);
    assert_int_equal(scene_rows(&t.s, "Task", "ActivityDate = 2026-01-20"), 3);
    assert_int_equal(scene_rows(&t.s, "Task", NULL), 4);

    /* a visit goes on: its Task follows */
    put(&t, "website_visit", "v1", "ann",
        "\"at\":\"2026-01-20T08:00:00Z\",\"pages\":\"/\\n/pricing\",\"duration_s\":90");
    run(&t);
    assert_int_equal(scene_rows(&t.s, "Task", NULL), 4);
    char id[19];
    id_of(&t, "SELECT Id FROM Task WHERE ActivityDate = 2026-01-20 ORDER BY CreatedDate LIMIT 1", id);
    char soql[120];
    snprintf(soql, sizeof soql, "SELECT Description FROM Task WHERE Id = '%s'", id);
    char *answer = orgsim_query(t.s.org, soql, false);
    assert_non_null(strstr(answer, "Duration: 1 min 30 s\\nPages viewed: 2\\n/\\n/pricing"));
    orgsim_string_free(answer);
    close_stage(&t);
}

static char *description(stage *t, const char *soql)
{
    char *answer = orgsim_query(t->s.org, soql, false);
    assert_non_null(answer);
    return answer;
}

static void test_page_views__of_a_visit_over_several_runs_are_one_task(void **state)
{
    stage t;
    (void)state;
    open_stage(&t, plain_config);
    put(&t, "website_visit", "a", "ann",
        "\"at\":\"2026-01-20T08:00:00Z\",\"visit_id\":\"s1\",\"url\":\"/\",\"duration_s\":60");
    put(&t, "website_visit", "b", "ann",
        "\"at\":\"2026-01-20T08:01:00Z\",\"visit_id\":\"s1\",\"url\":\"/pricing\"");
    run(&t);
    assert_int_equal(counted(&t, "part_of_visit"), 1);
    put(&t, "website_visit", "c", "ann",
        "\"at\":\"2026-01-20T08:02:00Z\",\"visit_id\":\"s1\",\"url\":\"/docs\",\"duration_s\":5");
    run(&t);
    assert_int_equal(scene_rows(&t.s, "Task", NULL), 1);
    char *text = description(&t, "SELECT Description FROM Task");
    assert_non_null(strstr(text, "Duration: 1 min 5 s\\nPages viewed: 3\\n- /\\n- /pricing\\n- /docs"));
    orgsim_string_free(text);
    uint64_t updated = orgsim_usage_get(t.s.org).rows_updated;
    run(&t); /* nothing new */
    assert_int_equal(orgsim_usage_get(t.s.org).rows_updated, updated);

    /* another person's visit of the same id is another visit */
    put(&t, "website_visit", "d", "cat",
        "\"at\":\"2026-01-20T08:02:00Z\",\"visit_id\":\"s1\",\"url\":\"/docs\"");
    run(&t);
    assert_int_equal(scene_rows(&t.s, "Task", NULL), 2);
    close_stage(&t);
}

static void test_clicks__after_a_crash_log_the_same_first_one(void **state)
{
    static const char link[] = "\"email_id\":\"e1\",\"url\":\"https://x.example/1\"";
    stage t;
    (void)state;
    open_stage(&t, plain_config);
    run(&t);
    put(&t, "email_clicked", "c1", "ann", link);
    t.h.hooks.counting = true;
    t.h.hooks.at_what = HOOK_START;
    t.h.hooks.at_site = "POST";
    t.h.hooks.fault = FAULT_DEATH_BEFORE;
    crmsync_job_free(t.job);
    t.job = NULL;
    assert_int_not_equal(host_job(&t.h, WORK, 0, &t.job), CRMSYNC_OK);
    assert_true(t.h.hooks.dead);
    crmsync_job_free(t.job);
    t.job = NULL;
    host_stop(&t.h);
    host_start(&t.h, &t.s, false);
    assert_int_equal(host_open(&t.h), CRMSYNC_OK);
    put(&t, "email_clicked", "c2", "ann", link);
    scene_pass(&t.s, 30 * 60000);
    run(&t);
    scene_pass(&t.s, 30 * 60000);
    run(&t);
    assert_int_equal(scene_rows(&t.s, "Task", NULL), 1);
    put(&t, "email_clicked", "c3", "ann", link);
    run(&t);
    assert_int_equal(counted(&t, "click_repeated"), 1);
    assert_int_equal(scene_rows(&t.s, "Task", NULL), 1);
    close_stage(&t);
}

/* ---- waiting ---- */

static void test_waiting__is_limited_in_number_and_in_time(void **state)
{
    stage t;
    (void)state;
    open_stage(&t, park_config);
    put(&t, "email", "w1", "dan", "\"subject\":\"one\"");
    put(&t, "email", "w2", "dan", "\"subject\":\"two\"");
    put(&t, "email", "w3", "dan", "\"subject\":\"three\"");
    run(&t);
    assert_int_equal(counted(&t, "waiting_person"), 2);
    assert_int_equal(counted(&t, "park_full"), 1);
    assert_int_equal(scene_entries(&t.s, CRMSYNC_SPACE_WAITING, "person"), 2);

    scene_pass(&t.s, 2 * DAY); /* an edit does not make it wait longer */
    put(&t, "email", "w1", "dan", "\"subject\":\"one again\"");
    run(&t);
    assert_int_equal(counted(&t, "waiting_person"), 1);
    scene_pass(&t.s, 2 * DAY);
    put(&t, "email", "w4", "dan", "\"subject\":\"four\"");
    run(&t);
    assert_int_equal(counted(&t, "park_expired"), 2);
    assert_int_equal(counted(&t, "park_full"), 1); /* there was no room yet */
    assert_int_equal(scene_entries(&t.s, CRMSYNC_SPACE_WAITING, "person"), 0);
    put(&t, "email", "w5", "dan", "\"subject\":\"five\"");
    run(&t);
    scene_seed(&t.s, "{\"Lead\":[{\"LastName\":\"Dow\",\"Company\":\"Dow\",\"Email\":\"dan@dow.com\"}]}");
    scene_put(&t.s, "person", "{\"id\":\"dan\",\"last_name\":\"Dow\",\"email\":\"dan@dow.com\"}\n");
    run(&t);
    assert_int_equal(scene_rows(&t.s, "Task", NULL), 1);
    assert_int_equal(scene_rows(&t.s, "Task", "Subject = 'five'"), 1);
    assert_int_equal(scene_entries(&t.s, CRMSYNC_SPACE_WAITING, "person"), 0);
    close_stage(&t);
}

static void test_waiting__behind_many_others_is_found(void **state)
{
    stage t;
    char id[20], person[20];
    (void)state;
    open_stage(&t, park_config);
    for (int i = 0; i < 600; i++) {
        snprintf(id, sizeof id, "w%d", i);
        snprintf(person, sizeof person, "nobody%d", i);
        put(&t, "email", id, person, "");
    }
    put(&t, "email", "mine", "zoe", "\"subject\":\"mine\"");
    run(&t);
    assert_int_equal(counted(&t, "waiting_person"), 601);
    scene_seed(&t.s, "{\"Lead\":[{\"LastName\":\"Zed\",\"Company\":\"Zed\",\"Email\":\"zoe@zed.com\"}]}");
    scene_put(&t.s, "person", "{\"id\":\"zoe\",\"last_name\":\"Zed\",\"email\":\"zoe@zed.com\"}\n");
    run(&t);
    assert_int_equal(scene_rows(&t.s, "Task", "Subject = 'mine'"), 1);
    assert_int_equal(scene_entries(&t.s, CRMSYNC_SPACE_WAITING, "person"), 600);
    close_stage(&t);
}

/* ---- what a person does in Salesforce ---- */

static void test_edit__of_a_task_somebody_deleted_is_a_tombstone(void **state)
{
    stage t;
    char id[19];
    (void)state;
    open_stage(&t, plain_config);
    put(&t, "email", "e1", "ann", "\"subject\":\"Hello\"");
    put(&t, "email", "e2", "cat", "\"subject\":\"Hello you\"");
    run(&t);
    id_of(&t, "SELECT Id FROM Task WHERE Subject = 'Hello'", id);
    assert_int_equal(orgsim_delete(t.s.org, id), 0);
    put(&t, "email", "e1", "ann", "\"subject\":\"Hello again\"");
    put(&t, "email", "e2", "cat", "\"subject\":\"Hello you there\"");
    run(&t);
    assert_int_equal(counted(&t, "tombstone"), 1);
    assert_int_equal(scene_entries(&t.s, CRMSYNC_SPACE_DEAD, ""), 0);
    assert_int_equal(scene_entries(&t.s, CRMSYNC_SPACE_QUEUE, ""), 0);
    assert_int_equal(scene_rows(&t.s, "Task", "Subject = 'Hello you there'"), 1);
    orgsim_usage before = orgsim_usage_get(t.s.org);
    put(&t, "email", "e1", "ann", "\"subject\":\"Once more\"");
    run(&t);
    assert_int_equal(counted(&t, "tombstone"), 1);
    assert_int_equal(orgsim_usage_get(t.s.org).api_calls, before.api_calls);
    assert_int_equal(scene_rows(&t.s, "Task", NULL), 1);
    close_stage(&t);
}

static void test_edit__of_a_to_do_leaves_what_a_person_changed(void **state)
{
    stage t;
    char id[19];
    (void)state;
    open_stage(&t, plain_config);
    put(&t, "task", "t1", "ann", "\"subject\":\"Call\",\"due\":\"2026-03-01\",\"done\":false");
    run(&t);
    id_of(&t, "SELECT Id FROM Task", id);
    assert_int_equal(scene_rows(&t.s, "Task", "IsClosed = false AND ActivityDate = 2026-03-01"), 1);
    assert_int_equal(orgsim_update(t.s.org, id, "{\"Status\":\"In Progress\",\"Priority\":\"High\"}"), 0);
    put(&t, "task", "t1", "ann", "\"subject\":\"Call\",\"due\":\"2026-03-05\",\"done\":false");
    run(&t);
    assert_int_equal(scene_rows(&t.s, "Task", "Status = 'In Progress' AND Priority = 'High' AND "
                                              "ActivityDate = 2026-03-05"), 1);
    put(&t, "task", "t1", "ann", "\"subject\":\"Call\",\"due\":\"2026-03-05\",\"done\":true");
    run(&t);
    assert_int_equal(scene_rows(&t.s, "Task", "IsClosed = true AND Priority = 'High'"), 1);
    close_stage(&t);
}

static void test_edit__of_a_note_changes_it_in_place(void **state)
{
    stage t;
    (void)state;
    open_stage(&t, plain_config);
    put(&t, "note", "n1", "ann", "\"subject\":\"Budget\",\"body\":\"In May\"");
    run(&t);
    assert_int_equal(scene_rows(&t.s, "ContentNote", NULL), 1);
    put(&t, "note", "n1", "ann", "\"subject\":\"Budget 2027\",\"body\":\"In June\"");
    run(&t);
    assert_int_equal(scene_rows(&t.s, "ContentNote", "Title = 'Budget 2027'"), 1);
    assert_int_equal(scene_rows(&t.s, "ContentNote", NULL), 1);
    close_stage(&t);
}

static void test_note__where_the_org_has_none_is_held(void **state)
{
    stage t;
    (void)state;
    open_stage(&t, plain_config);
    assert_int_equal(orgsim_switch(t.s.org, "object_hidden", "ContentNote"), 0);
    put(&t, "note", "n1", "ann", "\"subject\":\"Budget\"");
    run(&t);
    assert_int_equal(counted(&t, "object_missing"), 1);
    assert_int_equal(scene_rows(&t.s, "Task", NULL), 0);
    close_stage(&t);
}

/* ---- long texts ---- */

static void put_form(stage *t, size_t length)
{
    size_t size = length * 2 + 200, at = 0;
    char *line = malloc(size);
    assert_non_null(line);
    at += (size_t)snprintf(line, size,
                           "{\"id\":\"f1\",\"kind\":\"form_submission\",\"person_id\":\"ann\","
                           "\"form\":\"Long\",\"fields\":\"");
    for (size_t i = 0; i < length; i++) {
        memcpy(line + at, "\xc3\xa9", 2); /* e with an accent */
        at += 2;
    }
    snprintf(line + at, size - at, "\"}\n");
    scene_put(&t->s, "activity", line);
    free(line);
}

static void test_form__too_long_is_cut_and_does_not_fill_the_store(void **state)
{
    stage t;
    (void)state;
    open_stage(&t, plain_config);
    put_form(&t, 60000);
    run(&t);
    assert_int_equal(scene_rows(&t.s, "Task", NULL), 1);
    char *answer = orgsim_query(t.s.org, "SELECT Description FROM Task", false);
    assert_non_null(strstr(answer, "\xc3\xa9\\n[shortened]\""));
    orgsim_string_free(answer);
    orgsim_usage before = orgsim_usage_get(t.s.org);
    scene_put(&t.s, "activity", "{\"id\":\"f1\",\"tag\":\"x\"}\n");
    put_form(&t, 60000); /* another revision of the same: nothing to write */
    run(&t);
    assert_int_equal(orgsim_usage_get(t.s.org).rows_updated, before.rows_updated);
    put_form(&t, 100);
    run(&t);
    assert_int_equal(orgsim_usage_get(t.s.org).rows_updated, before.rows_updated + 1);
    assert_int_equal(scene_rows(&t.s, "Task", NULL), 1);
    close_stage(&t);
}

/* ---- opportunities ---- */

static void test_opportunity__costs_one_call_a_page_and_never_goes_with_a_lead(void **state)
{
    stage t;
    char deal[19], where[80];
    (void)state;
    open_stage(&t, deal_config);
    run(&t);
    orgsim_usage before = orgsim_usage_get(t.s.org);
    put(&t, "email", "e1", "ann", "\"subject\":\"To the contact\"");
    put(&t, "task", "e2", "ann", "\"subject\":\"To do\"");
    put(&t, "email", "e3", "cat", "\"subject\":\"To the lead\"");
    run(&t);
    assert_int_equal(orgsim_usage_get(t.s.org).api_calls, before.api_calls + 2);
    id_of(&t, "SELECT Id FROM Opportunity WHERE Name = 'Open deal'", deal);
    snprintf(where, sizeof where, "WhatId = '%s'", deal);
    assert_int_equal(scene_rows(&t.s, "Task", where), 2);
    assert_int_equal(scene_rows(&t.s, "Task", "WhatId = null AND Subject = 'To the lead'"), 1);

    /* a user who may not see opportunities logs all the same */
    assert_int_equal(orgsim_switch(t.s.org, "object_hidden", "OpportunityContactRole"), 0);
    put(&t, "email", "e4", "ann", "\"subject\":\"Without\"");
    run(&t);
    assert_int_equal(scene_rows(&t.s, "Task", "WhatId = null AND Subject = 'Without'"), 1);
    close_stage(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_visits__over_several_runs_keep_to_the_cap_of_the_day),
        cmocka_unit_test(test_page_views__of_a_visit_over_several_runs_are_one_task),
        cmocka_unit_test(test_clicks__after_a_crash_log_the_same_first_one),
        cmocka_unit_test(test_waiting__is_limited_in_number_and_in_time),
        cmocka_unit_test(test_waiting__behind_many_others_is_found),
        cmocka_unit_test(test_edit__of_a_task_somebody_deleted_is_a_tombstone),
        cmocka_unit_test(test_edit__of_a_to_do_leaves_what_a_person_changed),
        cmocka_unit_test(test_edit__of_a_note_changes_it_in_place),
        cmocka_unit_test(test_note__where_the_org_has_none_is_held),
        cmocka_unit_test(test_form__too_long_is_cut_and_does_not_fill_the_store),
        cmocka_unit_test(test_opportunity__costs_one_call_a_page_and_never_goes_with_a_lead),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
