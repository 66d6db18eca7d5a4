/* Running a workspace day by day: runs, dead letters, retention, erasing, pausing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host.h"

#define SYNC (CRMSYNC_PHASE_IMPORT | CRMSYNC_PHASE_EXPORT)
#define DAY  UINT64_C(86400000)

static crmsync_str str(const char *text)
{
    return (crmsync_str){text, strlen(text)};
}

static void begin(scene *s, host *h)
{
    scene_open(s, false, NULL);
    host_start(h, s, false);
    assert_int_equal(host_open(h), CRMSYNC_OK);
    host_connect(h);
}

static void end(scene *s, host *h)
{
    host_stop(h);
    scene_close(s);
}

/* A cell as text; valid until the next call. */
static const char *told(const crmsync_rows *rows, size_t row, const char *field)
{
    static char text[4][900];
    static unsigned turn;
    char *out = text[turn++ % 4];
    crmsync_cell c = crmsync_rows_get(rows, row,
                                      (size_t)crmsync_rows_find_field(rows, str(field)));
    if (c.type == CRMSYNC_CELL_NULL)
        snprintf(out, sizeof text[0], "(null)");
    else if (c.type == CRMSYNC_CELL_BOOL || c.type == CRMSYNC_CELL_DATE ||
             c.type == CRMSYNC_CELL_DATETIME)
        snprintf(out, sizeof text[0], "%lld", (long long)c.number);
    else
        snprintf(out, sizeof text[0], "%.*s", (int)c.text.len, c.text.ptr ? c.text.ptr : "");
    return out;
}

static void people(scene *s)
{
    scene_put(s, "person",
              "{\"id\":\"p1\",\"last_name\":\"Lee\",\"email\":\"ann@acme.example\","
              "\"company\":\"Acme\",\"status\":\"New\"}\n"
              "{\"id\":\"p2\",\"last_name\":\"Ray\",\"email\":\"bob@bolt.example\","
              "\"company\":\"Bolt\",\"status\":\"New\"}");
}

/* ---- runs ---- */

static void test_runs__are_listed_newest_first_and_add_up_by_day(void **state)
{
    scene s;
    host h;
    crmsync_rows *rows = NULL;
    crmsync_run_filter f = CRMSYNC_RUN_FILTER_INIT;
    (void)state;
    begin(&s, &h);
    people(&s);
    assert_int_equal(host_run(&h, SYNC, 0), CRMSYNC_OK);
    scene_pass(&s, DAY);
    orgsim_transport_fault_rate(s.transport, 1000, ORGSIM_FAULT_403_LIMIT, 1);
    assert_int_not_equal(host_run(&h, SYNC, 0), CRMSYNC_OK);
    orgsim_transport_fault_rate(s.transport, 0, ORGSIM_FAULT_NONE, 1);

    assert_int_equal(crmsync_workspace_runs(h.workspace, NULL, &rows, NULL), CRMSYNC_OK);
    assert_int_equal(crmsync_rows_count(rows), 3); /* connect, too */
    assert_string_equal(told(rows, 0, "state"), "failed");
    assert_string_not_equal(told(rows, 0, "message"), "");
    assert_string_equal(told(rows, 1, "state"), "done");
    assert_string_equal(told(rows, 1, "phase"), "export");
    assert_non_null(strstr(told(rows, 1, "counts"), "\"export.Lead.created\":2"));
    assert_string_equal(told(rows, 1, "undo"), "1");
    assert_string_equal(told(rows, 0, "undo"), "0");
    f.run = str(told(rows, 1, "run"));
    crmsync_rows *one = NULL;
    assert_int_equal(crmsync_workspace_runs(h.workspace, &f, &one, NULL), CRMSYNC_OK);
    assert_int_equal(crmsync_rows_count(one), 1);
    crmsync_rows_free(one);
    crmsync_rows_free(rows);
    f = (crmsync_run_filter)CRMSYNC_RUN_FILTER_INIT;
    f.state = str("failed");
    f.to_ms = s.clock.wall_ms - (int64_t)DAY / 2;
    assert_int_equal(crmsync_workspace_runs(h.workspace, &f, &rows, NULL), CRMSYNC_OK);
    assert_int_equal(crmsync_rows_count(rows), 0); /* it failed later */
    crmsync_rows_free(rows);

    assert_int_equal(crmsync_workspace_usage(h.workspace, 0, 0, &rows, NULL), CRMSYNC_OK);
    assert_int_equal(crmsync_rows_count(rows), 2);
    assert_string_equal(told(rows, 0, "failed"), "1");
    assert_string_equal(told(rows, 1, "runs"), "2");
    assert_string_equal(told(rows, 1, "writes_crm"), "2");
    assert_true(atoi(told(rows, 1, "calls")) > 2);
    assert_string_not_equal(told(rows, 1, "limit"), "(null)");
    crmsync_rows_free(rows);
    end(&s, &h);
}

static void die_at_write(void *ctx, const hook_call *call, bool after)
{
    host *h = ctx;
    if (!after && call->what == HOOK_START && strstr(call->site, "composite/"))
        h->hooks.dead = true;
}

static void test_runs__who_died_is_still_running(void **state)
{
    scene s;
    host h;
    crmsync_rows *rows = NULL;
    (void)state;
    begin(&s, &h);
    people(&s);
    h.hooks.counting = true;
    h.hooks.on_call = die_at_write;
    h.hooks.on_call_ctx = &h;
    assert_int_not_equal(host_run(&h, SYNC, 0), CRMSYNC_OK);
    host_stop(&h);
    host_start(&h, &s, false);
    assert_int_equal(host_open(&h), CRMSYNC_OK);
    assert_int_equal(crmsync_workspace_runs(h.workspace, NULL, &rows, NULL), CRMSYNC_OK);
    assert_string_equal(told(rows, 0, "state"), "running");
    assert_string_equal(told(rows, 0, "ended"), "(null)");
    crmsync_rows_free(rows);
    end(&s, &h);
}

/* ---- dead letters ---- */

static uint64_t requeue(host *h, const crmsync_dead_filter *f)
{
    uint64_t n = 0;
    assert_int_equal(crmsync_workspace_requeue(h->workspace, f, &n, NULL), CRMSYNC_OK);
    return n;
}

static void test_requeue__what_the_org_refused_comes_again_by_class_and_object(void **state)
{
    scene s;
    host h;
    crmsync_rows *rows = NULL;
    crmsync_dead_filter f = CRMSYNC_DEAD_FILTER_INIT;
    (void)state;
    begin(&s, &h);
    people(&s);
    assert_int_equal(orgsim_switch(s.org, "validation", "Lead.Phone!=null:No phone, no lead"), 0);
    assert_int_equal(host_run(&h, SYNC, 0), CRMSYNC_OK);
    scene_pass(&s, DAY);
    assert_int_equal(host_run(&h, SYNC, 0), CRMSYNC_OK);
    assert_int_equal(crmsync_workspace_dead_letters(h.workspace, NULL, &rows, NULL), CRMSYNC_OK);
    assert_int_equal(crmsync_rows_count(rows), 2);
    assert_string_equal(told(rows, 0, "object"), "Lead");
    assert_string_equal(told(rows, 0, "class"), "data");
    assert_string_equal(told(rows, 0, "message"), "No phone, no lead");
    crmsync_rows_free(rows);
    orgsim_switch(s.org, "validation", "off");
    assert_int_equal(host_run(&h, SYNC, 0), CRMSYNC_OK);
    assert_int_equal(scene_rows(&s, "Lead", NULL), 0); /* they are not tried by themselves */

    f.error_class = CRMSYNC_CLASS_LIMIT;
    assert_int_equal(requeue(&h, &f), 0);
    f.error_class = CRMSYNC_CLASS_DATA;
    f.object = str("Contact");
    assert_int_equal(requeue(&h, &f), 0);
    f.object = str("Lead");
    f.id = str("p2");
    assert_int_equal(requeue(&h, &f), 1);
    assert_int_equal(scene_entries(&s, CRMSYNC_SPACE_DEAD, ""), 1);
    assert_int_equal(host_run(&h, SYNC, 0), CRMSYNC_OK);
    assert_int_equal(scene_rows(&s, "Lead", "LastName = 'Ray'"), 1);
    assert_int_equal(requeue(&h, NULL), 1);
    assert_int_equal(requeue(&h, NULL), 0);
    assert_int_equal(host_run(&h, SYNC, 0), CRMSYNC_OK);
    assert_int_equal(scene_rows(&s, "Lead", NULL), 2);
    f.error_class = 99;
    assert_int_equal(crmsync_workspace_requeue(h.workspace, &f, NULL, NULL), CRMSYNC_E_INVALID);
    end(&s, &h);
}

/* ---- retention ---- */

static void test_trim__what_only_grows_is_forgotten_and_nothing_else(void **state)
{
    scene s;
    host h;
    (void)state;
    begin(&s, &h);
    scene_fill(&s);
    assert_true(host_rest(&h, CRMSYNC_PHASE_SYNC, 10) > 0);
    size_t links = scene_entries(&s, CRMSYNC_SPACE_LINK, "");
    assert_true(scene_entries(&s, CRMSYNC_SPACE_LOG, "") > 10);
    assert_true(scene_entries(&s, CRMSYNC_SPACE_UNDO, "") > 10);
    assert_true(scene_entries(&s, CRMSYNC_SPACE_INDEX, "click/id/") > 0);
    int64_t soon = s.clock.wall_ms + 1;
    assert_int_equal(crmsync_workspace_trim(h.workspace, 0, NULL), CRMSYNC_E_INVALID);
    assert_int_equal(crmsync_workspace_trim(h.workspace, SCENE_START_MS, NULL), CRMSYNC_OK);
    assert_true(scene_entries(&s, CRMSYNC_SPACE_LOG, "") > 10);
    assert_int_equal(crmsync_workspace_trim(h.workspace, soon, NULL), CRMSYNC_OK);
    assert_int_equal(scene_entries(&s, CRMSYNC_SPACE_LOG, ""), 0);
    assert_int_equal(scene_entries(&s, CRMSYNC_SPACE_RUN, ""), 0);
    assert_int_equal(scene_entries(&s, CRMSYNC_SPACE_UNDO, ""), 0);
    assert_int_equal(scene_entries(&s, CRMSYNC_SPACE_INDEX, "click/id/"), 0);
    assert_int_equal(scene_entries(&s, CRMSYNC_SPACE_INDEX, "visit/id/"), 0);
    assert_int_equal(scene_entries(&s, CRMSYNC_SPACE_LINK, ""), links);
    assert_true(host_rest(&h, CRMSYNC_PHASE_SYNC, 10) > 0);
    assert_int_equal(scene_duplicates(&s), 0);
    end(&s, &h);
}

static void test_retention__jobs_trim_by_themselves(void **state)
{
    scene s;
    host h;
    (void)state;
    scene_open(&s, false,
               "{\"extends\":\"recommended\"," SCENE_CONNECTION ",\"local\":{\"opt_out\":null},"
               "\"retention\":{\"log_days\":10,\"undo_days\":2},\"export\":{\"mode\":\"leads\"}}");
    host_start(&h, &s, false);
    assert_int_equal(host_open(&h), CRMSYNC_OK);
    host_connect(&h);
    people(&s);
    assert_true(host_rest(&h, SYNC, 10) > 0);
    assert_true(scene_entries(&s, CRMSYNC_SPACE_UNDO, "") > 1);
    scene_pass(&s, 3 * DAY);
    assert_int_equal(host_run(&h, SYNC, 0), CRMSYNC_OK);
    assert_int_equal(scene_entries(&s, CRMSYNC_SPACE_UNDO, ""), 0);
    assert_true(scene_entries(&s, CRMSYNC_SPACE_LOG, "") > 1);
    scene_pass(&s, 8 * DAY);
    assert_int_equal(host_run(&h, SYNC, 0), CRMSYNC_OK);
    assert_int_equal(scene_entries(&s, CRMSYNC_SPACE_LOG, ""), 0);
    end(&s, &h);
}

/* ---- forget ---- */

/* Entries of all spaces whose value holds a text. */
static size_t mentions(scene *s, host *h, const char *what)
{
    static const uint32_t spaces[] = {
        CRMSYNC_SPACE_LINK, CRMSYNC_SPACE_REVERSE, CRMSYNC_SPACE_INDEX,   CRMSYNC_SPACE_CLAIM,
        CRMSYNC_SPACE_QUEUE, CRMSYNC_SPACE_PENDING, CRMSYNC_SPACE_WAITING, CRMSYNC_SPACE_DEAD,
        CRMSYNC_SPACE_LOG,  CRMSYNC_SPACE_UNDO,    CRMSYNC_SPACE_SHIPMENT};
    size_t n = 0;
    (void)h;
    for (size_t i = 0; i < sizeof spaces / sizeof spaces[0]; i++)
        n += scene_mentions(s, spaces[i], what);
    return n;
}

static void test_forget__nothing_of_the_person_is_left(void **state)
{
    scene s;
    host h;
    (void)state;
    begin(&s, &h);
    people(&s);
    scene_put(&s, "activity",
              "{\"id\":\"c1\",\"kind\":\"email_clicked\",\"person_id\":\"p1\",\"email_id\":\"m1\","
              "\"url\":\"https://a.example/x\",\"at\":\"2026-01-20T10:00:00Z\",\"subject\":\"Click\"}");
    assert_true(host_rest(&h, CRMSYNC_PHASE_SYNC, 10) > 0);
    crmsync_str p1 = str("p1"), c1 = str("c1");
    assert_int_equal(crmsync_workspace_enqueue(h.workspace, str("person"), &p1, 1, NULL, NULL),
                     CRMSYNC_OK);
    assert_true(mentions(&s, &h, "\"p1\"") > 3);
    assert_true(mentions(&s, &h, "ann@acme.example") > 0);
    size_t before = mentions(&s, &h, "\"p2\"");
    assert_int_equal(crmsync_workspace_forget(h.workspace, str("person"), p1, NULL), CRMSYNC_OK);
    assert_int_equal(crmsync_workspace_forget(h.workspace, str("activity"), c1, NULL), CRMSYNC_OK);
    assert_int_equal(mentions(&s, &h, "p1\""), 0);
    assert_int_equal(mentions(&s, &h, "p1 "), 0);
    assert_int_equal(mentions(&s, &h, "ann@acme.example"), 0);
    assert_int_equal(mentions(&s, &h, "\"c1\""), 0);
    assert_int_equal(mentions(&s, &h, "\"p2\""), before);
    assert_int_equal(crmsync_workspace_forget(h.workspace, str("person"), p1, NULL), CRMSYNC_OK);
    /* the org still has the person: found again by the address, not made twice */
    scene_put(&s, "person", "{\"id\":\"p1\",\"job_title\":\"CEO\"}");
    assert_true(host_rest(&h, CRMSYNC_PHASE_SYNC, 10) > 0);
    assert_int_equal(scene_rows(&s, "Lead", "Email = 'ann@acme.example' AND Title = 'CEO'"), 1);
    assert_int_equal(scene_duplicates(&s), 0);
    end(&s, &h);
}

static void test_forget__after_a_death_anywhere_the_repeat_finishes(void **state)
{
    (void)state;
    for (uint64_t at = 1; at < 60; at++) {
        scene s;
        host h;
        begin(&s, &h);
        people(&s);
        assert_true(host_rest(&h, CRMSYNC_PHASE_SYNC, 10) > 0);
        h.hooks.counting = true;
        h.hooks.at = at;
        h.hooks.fault = at % 2 ? FAULT_DEATH_BEFORE : FAULT_DEATH_AFTER;
        int32_t rc = crmsync_workspace_forget(h.workspace, str("person"), str("p1"), NULL);
        host_stop(&h);
        host_start(&h, &s, false);
        assert_int_equal(host_open(&h), CRMSYNC_OK);
        assert_int_equal(crmsync_workspace_forget(h.workspace, str("person"), str("p1"), NULL),
                         CRMSYNC_OK);
        assert_int_equal(mentions(&s, &h, "\"p1\""), 0);
        assert_int_equal(mentions(&s, &h, "ann@acme.example"), 0);
        end(&s, &h);
        if (!rc)
            return;
    }
    fail_msg("it never came to its end");
}

static void test_forget__a_write_in_doubt_is_settled_first(void **state)
{
    scene s;
    host h;
    crmsync_error *err = NULL;
    (void)state;
    begin(&s, &h);
    people(&s);
    orgsim_transport_fault_on(s.transport, "composite/sobjects", ORGSIM_FAULT_LOST_AFTER);
    assert_int_equal(host_run(&h, SYNC, 0), CRMSYNC_OK);
    assert_int_equal(crmsync_workspace_forget(h.workspace, str("person"), str("p1"), &err),
                     CRMSYNC_E_STATE);
    crmsync_error_free(err);
    assert_true(host_rest(&h, SYNC, 10) > 0);
    assert_int_equal(crmsync_workspace_forget(h.workspace, str("person"), str("p1"), NULL),
                     CRMSYNC_OK);
    end(&s, &h);
}

/* ---- pause ---- */

static void test_pause__holds_for_every_worker_until_it_ends(void **state)
{
    scene s;
    host h, other;
    (void)state;
    begin(&s, &h);
    people(&s);
    assert_int_equal(crmsync_workspace_pause(h.workspace, 1, str("audit"), NULL), CRMSYNC_OK);
    host_start(&other, &s, true);
    assert_int_equal(host_open(&other), CRMSYNC_OK);
    assert_int_equal(host_run(&other, SYNC, 0), CRMSYNC_E_STATE);
    assert_string_equal(other.last_error, "the workspace is paused: audit");
    assert_int_equal(host_run(&other, CRMSYNC_PHASE_DESCRIBE, 0), CRMSYNC_OK);
    assert_int_equal(crmsync_workspace_pause(h.workspace, 0, str(""), NULL), CRMSYNC_OK);
    assert_int_equal(crmsync_workspace_pause(h.workspace, 2, str(""), NULL), CRMSYNC_E_INVALID);
    assert_int_equal(host_run(&other, SYNC, 0), CRMSYNC_OK);
    assert_int_equal(scene_rows(&s, "Lead", NULL), 2);
    host_stop(&other);
    end(&s, &h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_runs__are_listed_newest_first_and_add_up_by_day),
        cmocka_unit_test(test_runs__who_died_is_still_running),
        cmocka_unit_test(test_requeue__what_the_org_refused_comes_again_by_class_and_object),
        cmocka_unit_test(test_trim__what_only_grows_is_forgotten_and_nothing_else),
        cmocka_unit_test(test_retention__jobs_trim_by_themselves),
        cmocka_unit_test(test_forget__nothing_of_the_person_is_left),
        cmocka_unit_test(test_forget__after_a_death_anywhere_the_repeat_finishes),
        cmocka_unit_test(test_forget__a_write_in_doubt_is_settled_first),
        cmocka_unit_test(test_pause__holds_for_every_worker_until_it_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
