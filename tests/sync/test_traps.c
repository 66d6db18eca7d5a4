/* The traps of two systems that must stay equal, each sprung on purpose. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host.h"

#define EXPORT (CRMSYNC_PHASE_EXPORT | CRMSYNC_PHASE_ACTIVITIES)
#define COLLECTION "POST /services/data/v60.0/composite/sobjects"
#define GRAPH "POST /services/data/v60.0/composite/graph"
#define LOOK_UP "POST /services/data/v60.0/composite "
#define LEASE_MS 300000

static const char lead_person[] =
    "{\"id\":\"p1\",\"first_name\":\"Lea\",\"last_name\":\"Lead\",\"email\":\"lea@leadco.com\","
    "\"company\":\"Leadco\",\"status\":\"New\"}";
static const char contact_person[] =
    "{\"id\":\"p2\",\"first_name\":\"Con\",\"last_name\":\"Tact\",\"email\":\"con@newco.com\","
    "\"company\":\"Newco\",\"website\":\"newco.com\",\"status\":\"Interested\"}";

/* An org that is connected, and one host. */
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

static void rest(host *h, uint32_t phases)
{
    if (host_rest(h, phases, 16) == 0) {
        scene_print(h->scene, CRMSYNC_SPACE_SHIPMENT);
        scene_print(h->scene, CRMSYNC_SPACE_QUEUE);
        fail_msg("not at rest: %s", h->last_error);
    }
}

/* Runs a job and gives one of its counters. */
static uint64_t run_counting(host *h, uint32_t phases, const char *key)
{
    crmsync_job *job = NULL;
    int32_t rc = host_job(h, phases, 0, &job);
    if (rc)
        fail_msg("job: %d %s", rc, h->last_error);
    uint64_t n = host_counter(job, key);
    crmsync_job_free(job);
    return n;
}

/* ---- something happens while a call is under way ---- */

typedef struct event {
    int what;
    const char *site; /* beginning of the call's site */
    bool after;       /* its effect has happened */
    void (*happen)(struct event *e);
    scene *scene;
    host *other;
    uint32_t phases;
    unsigned times; /* how often it happened */
} event;

static void on_call(void *ctx, const hook_call *call, bool after)
{
    event *e = ctx;
    if (e->times || call->what != e->what || after != e->after ||
        strncmp(call->site, e->site, strlen(e->site)) != 0)
        return;
    e->times++;
    e->happen(e);
}

static void watch_for(host *h, event *e)
{
    e->scene = h->scene;
    h->hooks.counting = true;
    h->hooks.on_call = on_call;
    h->hooks.on_call_ctx = e;
}

/* ---- 2 ---- */

static void test_trap2__late_effect__one_row(void **state)
{
    (void)state;
    scene s;
    host h;
    begin(&s, &h, NULL);
    scene_put(&s, "person", lead_person);
    orgsim_transport_fault_on(s.transport, COLLECTION, ORGSIM_FAULT_LATE_EFFECT);
    assert_int_equal(run_counting(&h, EXPORT, "export.Lead.unknown"), 1);
    assert_int_equal(scene_rows(&s, "Lead", NULL), 0);
    assert_int_equal(run_counting(&h, EXPORT, "writes.crm"), 0); /* absence is no proof yet */
    rest(&h, EXPORT);
    assert_int_equal(scene_rows(&s, "Lead", NULL), 1);
    assert_int_equal(orgsim_usage_get(s.org).rows_created, 1);
    end(&s, &h);
}

/* ---- 3 ---- */

static void test_trap3__two_engines_step_by_step__one_lead_one_account(void **state)
{
    (void)state;
    scene s;
    host h[2];
    crmsync_job *jobs[2] = {NULL, NULL};
    bool done[2] = {false, false};
    crmsync_job_options o = CRMSYNC_JOB_OPTIONS_INIT;
    begin(&s, &h[0], NULL);
    host_start(&h[1], &s, true);
    assert_int_equal(host_open(&h[1]), CRMSYNC_OK);
    scene_put(&s, "person", lead_person);
    scene_put(&s, "person", contact_person);
    scene_put(&s, "person",
              "{\"id\":\"q1\",\"last_name\":\"Lead\",\"email\":\"LEA@leadco.com\",\"company\":\"Leadco\","
              "\"status\":\"New\"}\n"
              "{\"id\":\"q2\",\"last_name\":\"Other\",\"email\":\"other@newco.com\",\"company\":\"Newco\","
              "\"status\":\"Interested\"}");
    o.phases = EXPORT;
    for (int i = 0; i < 2; i++)
        assert_int_equal(crmsync_job_new(h[i].workspace, &o, &jobs[i], NULL), CRMSYNC_OK);
    while (!done[0] || !done[1]) {
        for (int i = 0; i < 2; i++) {
            crmsync_want want = CRMSYNC_WANT_INIT;
            if (done[i])
                continue;
            assert_int_equal(crmsync_job_step(jobs[i], &want, NULL), CRMSYNC_OK);
            done[i] = want.what == CRMSYNC_WANT_DONE;
            if (want.what == CRMSYNC_WANT_IO || want.what == CRMSYNC_WANT_TIMER)
                assert_int_equal(crmsync_job_wait(jobs[i], 20, NULL), CRMSYNC_OK);
        }
    }
    for (int i = 0; i < 2; i++)
        crmsync_job_free(jobs[i]);
    host_stop(&h[1]);
    rest(&h[0], EXPORT);
    assert_int_equal(scene_rows(&s, "Lead", NULL), 1);
    assert_int_equal(scene_rows(&s, "Account", NULL), 1);
    assert_int_equal(scene_rows(&s, "Contact", NULL), 2);
    end(&s, &h[0]);
}

/* A worker sleeps past its lease; another takes over and finishes; the first goes on. */
static void take_over(event *e)
{
    scene_pass(e->scene, LEASE_MS + 1000);
    assert_int_equal(host_run(e->other, e->phases, 0), CRMSYNC_OK);
    scene_pass(e->scene, 16 * 60 * 1000);
    assert_int_equal(host_run(e->other, e->phases, 0), CRMSYNC_OK);
}

static void zombie(int what, const char *site, bool after, const char *person, long leads,
                   long contacts)
{
    scene s;
    host first, second;
    event e = {.what = what, .site = site, .after = after, .happen = take_over, .phases = EXPORT};
    begin(&s, &first, NULL);
    host_start(&second, &s, true);
    assert_int_equal(host_open(&second), CRMSYNC_OK);
    scene_put(&s, "person", person);
    e.other = &second;
    watch_for(&first, &e);
    host_run(&first, EXPORT, 0); /* fails: the lease is another's */
    first.hooks.counting = false;
    assert_int_equal(e.times, 1);
    host_stop(&first);
    rest(&second, EXPORT);
    assert_int_equal(scene_rows(&s, "Lead", NULL), leads);
    assert_int_equal(scene_rows(&s, "Contact", NULL), contacts);
    assert_int_equal(scene_rows(&s, "Account", NULL), contacts);
    assert_int_equal(first.miscounted, 0);
    end(&s, &second);
}

static void test_zombie__stopped_between_look_up_and_journal__one_record(void **state)
{
    (void)state;
    zombie(HOOK_START, LOOK_UP, true, lead_person, 1, 0);
    zombie(HOOK_START, LOOK_UP, true, contact_person, 0, 1);
}

static void test_zombie__stopped_between_journal_and_send__one_record(void **state)
{
    (void)state;
    zombie(HOOK_START, COLLECTION, false, lead_person, 1, 0);
    zombie(HOOK_START, GRAPH, false, contact_person, 0, 1);
}

static void test_zombie__stopped_while_reply_in_flight__one_record(void **state)
{
    (void)state;
    zombie(HOOK_START, COLLECTION, true, lead_person, 1, 0);
    zombie(HOOK_START, GRAPH, true, contact_person, 0, 1);
}

static void test_zombie__stopped_before_the_head_row__one_record(void **state)
{
    (void)state;
    zombie(HOOK_COMMIT, "+5+8", false, lead_person, 1, 0);
}

/* ---- 4 ---- */

/* In line on both sides; then the CRM's user edits. */
static void one_synced_lead(scene *s, host *h, char id[19])
{
    begin(s, h, NULL);
    scene_put(s, "person", lead_person);
    rest(h, CRMSYNC_PHASE_SYNC);
    snprintf(id, 19, "%s", scene_get(s, "person", "p1", "crm_id"));
    assert_int_equal(strlen(id), 18);
}

static void crash_around_save(int fault)
{
    scene s;
    host h;
    char id[19];
    one_synced_lead(&s, &h, id);
    assert_int_equal(orgsim_update(s.org, id, "{\"Title\":\"Captain\",\"FirstName\":\"Leander\"}"), 0);
    scene_pass(&s, 1000);
    h.hooks.counting = true;
    h.hooks.fault = fault;
    h.hooks.at_what = HOOK_SAVE;
    h.hooks.at_site = "person";
    assert_int_not_equal(host_run(&h, CRMSYNC_PHASE_SYNC, 0), CRMSYNC_OK);
    assert_true(h.hooks.dead);
    host_stop(&h);
    host_start(&h, &s, false);
    assert_int_equal(host_open(&h), CRMSYNC_OK);
    rest(&h, CRMSYNC_PHASE_SYNC);
    assert_int_equal(scene_rows(&s, "Lead", "Title='Captain' AND FirstName='Leander'"), 1);
    assert_string_equal(scene_get(&s, "person", "p1", "job_title"), "Captain");
    assert_string_equal(scene_get(&s, "person", "p1", "first_name"), "Leander");
    end(&s, &h);
}

static void test_trap4__crash_between_save_and_commit__crm_edit_survives(void **state)
{
    (void)state;
    crash_around_save(FAULT_DEATH_AFTER);
    crash_around_save(FAULT_DEATH_BEFORE);
}

/* ---- 5 ---- */

static void user_edits(event *e)
{
    scene_put(e->scene, "person", "{\"id\":\"p1\",\"phone\":\"+1 555 999\"}");
}

static void test_trap5__edit_during_import_save__survives_and_is_exported_once(void **state)
{
    (void)state;
    scene s;
    host h;
    char id[19];
    event e = {.what = HOOK_SAVE, .site = "person", .happen = user_edits};
    one_synced_lead(&s, &h, id);
    assert_int_equal(orgsim_update(s.org, id, "{\"Title\":\"Captain\"}"), 0);
    scene_pass(&s, 1000);
    watch_for(&h, &e);
    orgsim_usage_reset(s.org);
    rest(&h, CRMSYNC_PHASE_SYNC);
    assert_int_equal(e.times, 1);
    assert_int_equal(scene_rows(&s, "Lead", "Title='Captain' AND Phone='+1 555 999'"), 1);
    assert_string_equal(scene_get(&s, "person", "p1", "phone"), "+1 555 999");
    assert_string_equal(scene_get(&s, "person", "p1", "job_title"), "Captain");
    assert_int_equal(orgsim_usage_get(s.org).rows_updated, 1);
    end(&s, &h);
}

static void test_trap5__edit_while_export_in_flight__survives_and_is_exported_once(void **state)
{
    (void)state;
    scene s;
    host h;
    event e = {.what = HOOK_START, .site = COLLECTION, .happen = user_edits};
    begin(&s, &h, NULL);
    scene_put(&s, "person", lead_person);
    watch_for(&h, &e);
    rest(&h, CRMSYNC_PHASE_SYNC);
    assert_int_equal(e.times, 1);
    assert_int_equal(scene_rows(&s, "Lead", NULL), 1);
    assert_int_equal(scene_rows(&s, "Lead", "Phone='+1 555 999'"), 1);
    assert_string_equal(scene_get(&s, "person", "p1", "phone"), "+1 555 999");
    assert_int_equal(orgsim_usage_get(s.org).rows_updated, 1);
    end(&s, &h);
}

/* ---- 11 ---- */

static void test_trap11__odd_keys__found_again(void **state)
{
    (void)state;
    scene s;
    host h;
    char id[19];
    begin(&s, &h, NULL);
    scene_seed(&s, "{\"Lead\":[{\"LastName\":\"Quote\",\"Company\":\"O\",\"Email\":\"O'Neil@Q.com\"},"
                   "{\"LastName\":\"Slash\",\"Company\":\"B\",\"Email\":\"back@slash.com\"}],"
                   "\"Account\":[{\"Name\":\"Rocket \\ud83d\\ude80 \\\\ O'Hara\",\"Website\":\"rocket.io\"}]}");
    assert_int_equal(orgsim_insert(s.org, "Contact", "{\"LastName\":\"Short\"}", id), 0);
    id[15] = '\0';
    char line[300];
    snprintf(line, sizeof line,
             "{\"id\":\"s\",\"last_name\":\"Short\",\"email\":\"short@fifteen.com\",\"crm_id\":\"%s\","
             "\"status\":\"Interested\",\"company\":\"Fifteen\"}",
             id);
    scene_put(&s, "person", line);
    scene_put(&s, "person",
              "{\"id\":\"q\",\"last_name\":\"Quote\",\"email\":\"o'neil@q.COM\",\"company\":\"O\",\"status\":\"New\",\"phone\":\"1\"}\n"
              "{\"id\":\"b\",\"last_name\":\"Sla\\\\sh'\",\"email\":\"BACK@slash.com\",\"company\":\"B \\\\' or Id != null\",\"status\":\"New\",\"phone\":\"2\"}\n"
              "{\"id\":\"r\",\"last_name\":\"R\\ud83d\\ude80\",\"email\":\"r@rocket.io\",\"company\":\"Rocket \\ud83d\\ude80 \\\\ O'Hara\",\"website\":\"rocket.io\",\"status\":\"Interested\"}\n"
              "{\"id\":\"z\",\"last_name\":\"\\ud83d\\ude80\",\"email\":\"z@zed'.com\",\"company\":\"\\ud83d\\ude80 \\\\'\",\"status\":\"Interested\"}\n");
    rest(&h, CRMSYNC_PHASE_SYNC);
    assert_int_equal(scene_rows(&s, "Lead", NULL), 2);
    assert_int_equal(scene_rows(&s, "Lead", "Phone='1' OR Phone='2'"), 2);
    assert_int_equal(scene_rows(&s, "Contact", "LastName='Short' AND Email='short@fifteen.com'"), 1);
    assert_int_equal(scene_rows(&s, "Contact", "Account.Website='rocket.io'"), 1);
    assert_int_equal(scene_rows(&s, "Account", "Website='rocket.io'"), 1);
    end(&s, &h);
}

/* ---- 14 ---- */

static void test_trap14__killed_runs__counts_add_up(void **state)
{
    (void)state;
    for (uint64_t at = 1; at < 260; at += 7) {
        scene s;
        host h;
        crmsync_job *job = NULL;
        begin(&s, &h, NULL);
        scene_fill(&s);
        h.hooks.counting = true;
        h.hooks.at = at;
        h.hooks.fault = FAULT_DEATH_BEFORE;
        int32_t rc = host_job(&h, EXPORT, 0, &job);
        /* at its last call, which stores the report, everything else is done */
        assert_true(rc != CRMSYNC_OK || !h.hooks.hit || h.hooks.calls == at);
        if (job && !host_adds_up(job))
            fail_msg("killed at call %llu", (unsigned long long)at);
        crmsync_job_free(job);
        host_stop(&h);
        scene_close(&s);
    }
}

/* ---- both ways ---- */

static void test_sync__import_finds_the_person_first__export_still_fills(void **state)
{
    (void)state;
    scene s;
    host h;
    begin(&s, &h, NULL);
    scene_seed(&s, "{\"Lead\":[{\"LastName\":\"Lead\",\"Company\":\"Leadco\","
                   "\"Email\":\"lea@leadco.com\"}]}");
    scene_put(&s, "person", "{\"id\":\"p1\",\"last_name\":\"Lead\",\"email\":\"lea@leadco.com\","
                            "\"company\":\"Leadco\",\"phone\":\"+1 555 1\",\"status\":\"New\"}");
    rest(&h, CRMSYNC_PHASE_SYNC);
    assert_int_equal(scene_rows(&s, "Lead", "Phone='+1 555 1'"), 1);
    assert_int_equal(scene_rows(&s, "Lead", NULL), 1);
    end(&s, &h);
}

static void test_echo__third_sync__writes_and_saves_nothing(void **state)
{
    (void)state;
    scene s;
    host h;
    begin(&s, &h, NULL);
    scene_fill(&s);
    for (int i = 0; i < 4; i++) {
        crmsync_job *job = NULL;
        assert_int_equal(host_job(&h, CRMSYNC_PHASE_SYNC, 0, &job), CRMSYNC_OK);
        if (i >= 2) {
            assert_int_equal(host_counter(job, "writes.crm"), 0);
            assert_int_equal(host_counter(job, "writes.local"), 0);
        }
        crmsync_job_free(job);
        scene_pass(&s, 16 * 60 * 1000);
    }
    end(&s, &h);
}

/* Our value is changed back again and again: after three times a day we let be. */
static void test_fight__automation_rewrites_a_field__guard_stops(void **state)
{
    static const char config[] =
        "{\"connection\":{\"client_id\":\"orgsim-client\",\"redirect_uri\":\"http://127.0.0.1:9/cb\","
        "\"login_host\":\"http://127.0.0.1\",\"allow_loopback_http\":true},\"objects\":{\"Lead\":{"
        "\"direction\":\"both\",\"create\":{\"in\":false,\"out\":true},\"fields\":["
        "{\"local\":\"last_name\",\"remote\":\"LastName\"},{\"local\":\"company\",\"remote\":\"Company\"},"
        "{\"local\":\"email\",\"remote\":\"Email\"},{\"local\":\"job_title\",\"remote\":\"Title\","
        "\"import\":\"local\",\"export\":\"overwrite\"}]}}}";
    (void)state;
    scene s;
    host h;
    begin(&s, &h, config);
    assert_int_equal(orgsim_switch(s.org, "trigger", "Lead.Title=const:Robot"), 0);
    scene_put(&s, "person", "{\"id\":\"p1\",\"last_name\":\"Lead\",\"email\":\"lea@leadco.com\","
                            "\"company\":\"Leadco\",\"job_title\":\"Boss\",\"status\":\"New\"}");
    uint64_t writes = 0, last = 1;
    for (int i = 0; i < 12; i++) {
        last = run_counting(&h, CRMSYNC_PHASE_SYNC, "writes.crm");
        writes += last;
        scene_pass(&s, 16 * 60 * 1000);
    }
    assert_int_equal(last, 0);
    assert_in_range(writes, 1, 4);
    assert_int_equal(scene_rows(&s, "Lead", "Title='Robot'"), 1);
    assert_string_equal(scene_get(&s, "person", "p1", "job_title"), "Boss");
    end(&s, &h);
}

/* ---- rivals ---- */

static void rival_comes(event *e)
{
    char id[19];
    assert_int_equal(orgsim_insert(e->scene->org, "Lead",
                                   "{\"LastName\":\"Lead\",\"Company\":\"Leadco\",\"Email\":\"lea@leadco.com\"}",
                                   id),
                     0);
}

static void test_duplicate_race__rival_between_look_up_and_create__linked_and_told(void **state)
{
    (void)state;
    scene s;
    host h;
    event e = {.what = HOOK_START, .site = LOOK_UP, .after = true, .happen = rival_comes};
    begin(&s, &h, NULL);
    scene_put(&s, "person", lead_person);
    rest(&h, CRMSYNC_PHASE_DESCRIBE);
    watch_for(&h, &e);
    assert_int_equal(run_counting(&h, EXPORT, "export.Lead.duplicate_race"), 1);
    rest(&h, EXPORT);
    /* nobody can prevent it: both are linked, none is made again */
    assert_int_equal(scene_rows(&s, "Lead", NULL), 2);
    assert_int_equal(scene_entries(&s, CRMSYNC_SPACE_REVERSE, "00Q"), 2);
    end(&s, &h);
}

static void test_duplicate_rule__blocks_the_rivals_twin__linked_instead(void **state)
{
    (void)state;
    scene s;
    host h;
    event e = {.what = HOOK_START, .site = LOOK_UP, .after = true, .happen = rival_comes};
    begin(&s, &h, NULL);
    assert_int_equal(orgsim_switch(s.org, "duplicate_rule", "Lead.Email=block"), 0);
    scene_put(&s, "person", lead_person);
    rest(&h, CRMSYNC_PHASE_DESCRIBE);
    watch_for(&h, &e);
    assert_int_equal(run_counting(&h, EXPORT, "export.Lead.class.duplicate"), 1);
    rest(&h, EXPORT);
    assert_int_equal(scene_rows(&s, "Lead", NULL), 1);
    assert_int_equal(scene_entries(&s, CRMSYNC_SPACE_REVERSE, "00Q"), 1);
    end(&s, &h);
}

/* ---- refusals that must not cost the record ---- */

static void test_row_lock__three_times__lands_once(void **state)
{
    (void)state;
    scene s;
    host h;
    begin(&s, &h, NULL);
    assert_int_equal(orgsim_switch(s.org, "fail", COLLECTION "=UNABLE_TO_LOCK_ROW:3"), 0);
    scene_put(&s, "person", lead_person);
    rest(&h, EXPORT);
    assert_int_equal(scene_rows(&s, "Lead", NULL), 1);
    end(&s, &h);
}

static void test_validation__fails__dead_letter_until_the_record_changes(void **state)
{
    (void)state;
    scene s;
    host h;
    begin(&s, &h, NULL);
    assert_int_equal(orgsim_switch(s.org, "validation", "Lead.Phone!=null:Phone is required"), 0);
    scene_put(&s, "person", lead_person);
    rest(&h, EXPORT);
    assert_int_equal(scene_entries(&s, CRMSYNC_SPACE_DEAD, ""), 1);
    /* the record changes: it is tried again, and well */
    scene_put(&s, "person", "{\"id\":\"p1\",\"phone\":\"+1 555 1\"}");
    rest(&h, EXPORT);
    assert_int_equal(scene_rows(&s, "Lead", NULL), 1);
    assert_int_equal(scene_entries(&s, CRMSYNC_SPACE_DEAD, ""), 0);
    end(&s, &h);
}

static void test_invalid_field__hidden_after_describe__record_lands_without_it(void **state)
{
    (void)state;
    scene s;
    host h;
    begin(&s, &h, NULL);
    rest(&h, CRMSYNC_PHASE_DESCRIBE);
    assert_int_equal(orgsim_switch(s.org, "field_hidden", "Lead.Phone"), 0);
    scene_put(&s, "person", lead_person);
    scene_put(&s, "person", "{\"id\":\"p1\",\"phone\":\"+1 555 1\"}");
    rest(&h, EXPORT);
    assert_int_equal(scene_rows(&s, "Lead", NULL), 1);
    end(&s, &h);
}

static void test_inactive_owner__after_describe__record_lands_without_owner(void **state)
{
    (void)state;
    scene s;
    host h;
    begin(&s, &h, NULL);
    rest(&h, CRMSYNC_PHASE_DESCRIBE);
    scene_put(&s, "person", lead_person);
    scene_put(&s, "person", "{\"id\":\"p1\",\"owner\":\"ben@example.com\"}");
    scene_put(&s, "person", "{\"id\":\"p3\",\"last_name\":\"Own\",\"email\":\"own@newco.com\","
                            "\"company\":\"Newco\",\"status\":\"Interested\",\"owner\":\"ben@example.com\"}");
    assert_int_equal(run_counting(&h, CRMSYNC_PHASE_RECOVER, "writes.crm"), 0);
    assert_int_equal(orgsim_switch(s.org, "user_inactive", "ben@example.com"), 0);
    rest(&h, EXPORT);
    assert_int_equal(scene_rows(&s, "Lead", NULL), 1);
    assert_int_equal(scene_rows(&s, "Contact", NULL), 1);
    end(&s, &h);
}

/* ---- limits and tokens ---- */

static void test_limit__403_in_the_middle__stops_cleanly_and_resumes(void **state)
{
    (void)state;
    scene s;
    host h;
    begin(&s, &h, NULL);
    scene_put(&s, "person", lead_person);
    orgsim_transport_fault_on(s.transport, COLLECTION, ORGSIM_FAULT_403_LIMIT);
    assert_int_equal(host_run(&h, EXPORT, 0), CRMSYNC_E_BUDGET);
    assert_true(h.retry_after_ms > 0);
    assert_int_equal(scene_rows(&s, "Lead", NULL), 0);
    scene_pass(&s, h.retry_after_ms);
    rest(&h, EXPORT);
    assert_int_equal(scene_rows(&s, "Lead", NULL), 1);
    end(&s, &h);
}

static void network_dies(event *e)
{
    orgsim_transport_fault_rate(e->scene->transport, 1000, ORGSIM_FAULT_REFUSED, 1);
}

static void test_network__down_from_the_send_on__nothing_is_a_dead_letter(void **state)
{
    (void)state;
    scene s;
    host h;
    event e = {.what = HOOK_START, .site = COLLECTION, .happen = network_dies};
    begin(&s, &h, NULL);
    scene_put(&s, "person", lead_person);
    watch_for(&h, &e);
    for (int i = 0; i < 8; i++) {
        assert_int_equal(host_run(&h, EXPORT, 0), CRMSYNC_E_TRANSPORT);
        scene_pass(&s, 60000);
    }
    orgsim_transport_fault_rate(s.transport, 0, ORGSIM_FAULT_NONE, 1);
    rest(&h, EXPORT);
    assert_int_equal(scene_entries(&s, CRMSYNC_SPACE_DEAD, ""), 0);
    assert_int_equal(scene_rows(&s, "Lead", NULL), 1);
    end(&s, &h);
}

static void sessions_die(event *e)
{
    assert_int_equal(orgsim_switch(e->scene->org, "session_expire", ""), 0);
}

static void test_token__expires_in_the_middle_of_a_page__nothing_lost(void **state)
{
    static const char *const sites[] = {LOOK_UP, COLLECTION, GRAPH};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        scene s;
        host h;
        event e = {.what = HOOK_START, .site = sites[i], .happen = sessions_die};
        begin(&s, &h, NULL);
        scene_put(&s, "person", lead_person);
        scene_put(&s, "person", contact_person);
        watch_for(&h, &e);
        assert_int_equal(host_run(&h, EXPORT, 0), CRMSYNC_OK);
        assert_int_equal(e.times, 1);
        rest(&h, EXPORT);
        assert_int_equal(scene_rows(&s, "Lead", NULL), 1);
        assert_int_equal(scene_rows(&s, "Contact", NULL), 1);
        assert_int_equal(scene_rows(&s, "Account", NULL), 1);
        end(&s, &h);
    }
}

static void test_token__revoked__connection_expired_with_remedy(void **state)
{
    (void)state;
    scene s;
    host h;
    crmsync_connection connection = CRMSYNC_CONNECTION_INIT;
    begin(&s, &h, NULL);
    scene_put(&s, "person", lead_person);
    assert_int_equal(orgsim_switch(s.org, "session_expire", ""), 0);
    assert_int_equal(orgsim_switch(s.org, "refresh_revoke", ""), 0);
    assert_int_equal(host_run(&h, EXPORT, 0), CRMSYNC_E_AUTH);
    assert_int_equal(crmsync_workspace_connection(h.workspace, &connection, NULL), CRMSYNC_OK);
    assert_int_equal(connection.state, CRMSYNC_CONNECTION_EXPIRED);
    assert_string_equal(crmsync_connection_name(connection.state), "expired");
    assert_true(connection.remedy.len > 0);
    assert_true(connection.since_ms > 0);
    host_connect(&h);
    rest(&h, EXPORT);
    assert_int_equal(scene_rows(&s, "Lead", NULL), 1);
    end(&s, &h);
}

static void test_connect__another_org__refused(void **state)
{
    (void)state;
    scene s;
    host h;
    crmsync_str url;
    crmsync_job *job = NULL;
    orgsim_options o = {.org_id = "00D000000000999EAA"};
    begin(&s, &h, NULL);
    orgsim *other = orgsim_new(&o);
    orgsim_set_now(other, s.clock.wall_ms);
    orgsim_transport *way = orgsim_transport_new(other, &s.clock);
    h.hooks.transport_ctx = way;
    assert_int_equal(
        crmsync_workspace_authorize_url(h.workspace, (crmsync_str){NULL, 0}, &url, NULL), CRMSYNC_OK);
    char *back = orgsim_browser_allow(other, url.ptr);
    crmsync_job_options jo = CRMSYNC_JOB_OPTIONS_INIT;
    jo.phases = CRMSYNC_PHASE_CONNECT;
    jo.redirect_url = (crmsync_str){back, strlen(back)};
    assert_int_equal(crmsync_job_new(h.workspace, &jo, &job, NULL), CRMSYNC_OK);
    assert_int_not_equal(crmsync_job_run(job, NULL), CRMSYNC_OK);
    crmsync_job_free(job);
    orgsim_string_free(back);
    /* the old connection is as it was */
    h.hooks.transport_ctx = s.transport;
    scene_put(&s, "person", lead_person);
    rest(&h, EXPORT);
    assert_int_equal(scene_rows(&s, "Lead", NULL), 1);
    end(&s, &h);
    orgsim_transport_free(way);
    orgsim_free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trap2__late_effect__one_row),
        cmocka_unit_test(test_trap3__two_engines_step_by_step__one_lead_one_account),
        cmocka_unit_test(test_zombie__stopped_between_look_up_and_journal__one_record),
        cmocka_unit_test(test_zombie__stopped_between_journal_and_send__one_record),
        cmocka_unit_test(test_zombie__stopped_while_reply_in_flight__one_record),
        cmocka_unit_test(test_zombie__stopped_before_the_head_row__one_record),
        cmocka_unit_test(test_trap4__crash_between_save_and_commit__crm_edit_survives),
        cmocka_unit_test(test_trap5__edit_during_import_save__survives_and_is_exported_once),
        cmocka_unit_test(test_trap5__edit_while_export_in_flight__survives_and_is_exported_once),
        cmocka_unit_test(test_trap11__odd_keys__found_again),
        cmocka_unit_test(test_trap14__killed_runs__counts_add_up),
        cmocka_unit_test(test_sync__import_finds_the_person_first__export_still_fills),
        cmocka_unit_test(test_echo__third_sync__writes_and_saves_nothing),
        cmocka_unit_test(test_fight__automation_rewrites_a_field__guard_stops),
        cmocka_unit_test(test_duplicate_race__rival_between_look_up_and_create__linked_and_told),
        cmocka_unit_test(test_duplicate_rule__blocks_the_rivals_twin__linked_instead),
        cmocka_unit_test(test_row_lock__three_times__lands_once),
        cmocka_unit_test(test_validation__fails__dead_letter_until_the_record_changes),
        cmocka_unit_test(test_invalid_field__hidden_after_describe__record_lands_without_it),
        cmocka_unit_test(test_inactive_owner__after_describe__record_lands_without_owner),
        cmocka_unit_test(test_limit__403_in_the_middle__stops_cleanly_and_resumes),
        cmocka_unit_test(test_network__down_from_the_send_on__nothing_is_a_dead_letter),
        cmocka_unit_test(test_token__expires_in_the_middle_of_a_page__nothing_lost),
        cmocka_unit_test(test_token__revoked__connection_expired_with_remedy),
        cmocka_unit_test(test_connect__another_org__refused),
    };
    return cmocka_run_group_tests_name("traps", tests, NULL, NULL);
}
