/* Plans from outside: a run is taken back, a reviewed plan is carried out, what moved on is left alone. */
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
#define HOUR UINT64_C(3600000)

static crmsync_str str(const char *text)
{
    return (crmsync_str){text, strlen(text)};
}

/* Values of both sides win where they moved last; a title may come from either. */
static const char config[] =
    "{\"extends\":\"recommended\"," SCENE_CONNECTION ",\"local\":{\"opt_out\":null},"
    "\"objects\":{\"Lead\":{\"direction\":\"both\",\"create\":{\"in\":false,\"out\":true},"
    "\"fields\":[{\"local\":\"last_name\",\"remote\":\"LastName\"},"
    "{\"local\":\"email\",\"remote\":\"Email\"},{\"local\":\"company\",\"remote\":\"Company\"},"
    "{\"local\":\"job_title\",\"remote\":\"Title\",\"policy\":\"two_way\"},"
    "{\"local\":\"phone\",\"remote\":\"Phone\",\"policy\":\"two_way\"}]}},"
    "\"export\":{\"mode\":\"leads\"}}";

typedef struct bench {
    scene s;
    host h;
    char run[40];
} bench;

static void begin(bench *b)
{
    memset(b, 0, sizeof *b);
    scene_open(&b->s, false, config);
    host_start(&b->h, &b->s, false);
    assert_int_equal(host_open(&b->h), CRMSYNC_OK);
    host_connect(&b->h);
    scene_put(&b->s, "person",
              "{\"id\":\"p1\",\"last_name\":\"Lee\",\"email\":\"ann@acme.example\",\"company\":\"Acme\","
              "\"job_title\":\"CTO\",\"phone\":\"1\"}\n"
              "{\"id\":\"p2\",\"last_name\":\"Ray\",\"email\":\"bob@bolt.example\",\"company\":\"Bolt\","
              "\"job_title\":\"CFO\",\"phone\":\"2\"}");
    assert_true(host_rest(&b->h, SYNC, 10) > 0);
}

static void end(bench *b)
{
    assert_int_equal(b->h.miscounted, 0);
    host_stop(&b->h);
    scene_close(&b->s);
}

/* A run whose id is kept. */
static void run(bench *b)
{
    crmsync_job *job = NULL;
    scene_pass(&b->s, HOUR);
    assert_int_equal(host_job(&b->h, SYNC, 0, &job), CRMSYNC_OK);
    snprintf(b->run, sizeof b->run, "%s", crmsync_job_run_id(job).ptr);
    crmsync_job_free(job);
}

static int32_t keep_text(void *ctx, crmsync_str piece)
{
    char **text = ctx;
    size_t had = *text ? strlen(*text) : 0;
    *text = realloc(*text, had + piece.len + 1);
    memcpy(*text + had, piece.ptr, piece.len);
    (*text)[had + piece.len] = '\0';
    return 0;
}

/* The plan as a host hands it over: written as JSON, and read back. */
static crmsync_plan *read_back(crmsync_plan *plan)
{
    char *text = NULL;
    crmsync_plan *out = NULL;
    crmsync_error *err = NULL;
    assert_int_equal(crmsync_plan_write_json(plan, keep_text, &text, NULL), CRMSYNC_OK);
    int32_t rc = crmsync_plan_read(NULL, str(text), &out, &err);
    if (rc)
        fail_msg("%s in %s", crmsync_error_message(err).ptr, text);
    free(text);
    crmsync_plan_free(plan);
    return out;
}

static crmsync_plan *undo_plan(bench *b, size_t operations)
{
    crmsync_plan *plan = NULL;
    crmsync_str next;
    assert_int_equal(crmsync_workspace_undo_plan(b->h.workspace, str(b->run), str(""), 0, &plan, &next,
                                                 NULL),
                     CRMSYNC_OK);
    assert_int_equal(next.len, 0);
    assert_int_equal(crmsync_plan_count(plan), operations);
    return read_back(plan);
}

static int32_t apply(bench *b, const crmsync_plan *plan, uint32_t flags, crmsync_job **job)
{
    crmsync_job_options o = CRMSYNC_JOB_OPTIONS_INIT;
    crmsync_error *err = NULL;
    o.phases = CRMSYNC_PHASE_APPLY;
    o.flags = flags;
    o.plan = plan;
    int32_t rc = crmsync_job_new(b->h.workspace, &o, job, &err);
    if (!rc)
        rc = crmsync_job_run(*job, &err);
    if (!rc)
        assert_true(host_adds_up(*job));
    crmsync_error_free(err);
    return rc;
}

static void expect_rows(bench *b, const char *where, long n)
{
    if (scene_rows(&b->s, "Lead", where) != n) {
        char *dump = orgsim_dump(b->s.org, "Lead");
        fail_msg("%s: not %ld of %s", where, n, dump);
    }
}

static void edit_lead(bench *b, const char *where, const char *fields)
{
    char soql[200], id[19] = "";
    snprintf(soql, sizeof soql, "SELECT Id FROM Lead WHERE %s", where);
    char *answer = orgsim_query(b->s.org, soql, false);
    const char *at = strstr(answer, "\"Id\":\"");
    assert_non_null(at);
    snprintf(id, sizeof id, "%.18s", at + 6);
    orgsim_string_free(answer);
    assert_int_equal(orgsim_update(b->s.org, id, fields), 0);
}

/* Both sides are edited; the run carries both over. */
static void edit_and_run(bench *b)
{
    scene_put(&b->s, "person", "{\"id\":\"p1\",\"job_title\":\"CEO\"}\n{\"id\":\"p2\",\"phone\":\"22\"}");
    scene_pass(&b->s, 1000);
    edit_lead(b, "LastName = 'Ray'", "{\"Title\":\"Chair\"}");
    run(b);
    expect_rows(b, "Title = 'CEO'", 1);
    expect_rows(b, "Phone = '22' AND Title = 'Chair'", 1);
    assert_string_equal(scene_get(&b->s, "person", "p2", "job_title"), "Chair");
}

static void test_undo__a_run_is_taken_back_on_both_sides_and_stays_so(void **state)
{
    bench b;
    crmsync_job *job = NULL;
    (void)state;
    begin(&b);
    edit_and_run(&b);
    crmsync_plan *plan = undo_plan(&b, 3);
    assert_int_equal(apply(&b, plan, CRMSYNC_JOB_DRY_RUN, &job), CRMSYNC_OK);
    assert_int_equal(host_counter(job, "apply.Lead.input"), 3);
    crmsync_job_free(job);
    expect_rows(&b, "Title = 'CEO'", 1);
    assert_int_equal(apply(&b, plan, 0, &job), CRMSYNC_OK);
    assert_int_equal(host_counter(job, "apply.Lead.updated"), 3);
    crmsync_job_free(job);
    crmsync_plan_free(plan);
    expect_rows(&b, "Title = 'CTO' AND Phone = '1'", 1);
    expect_rows(&b, "Phone = '2' AND Title = 'Chair'", 1);
    assert_string_equal(scene_get(&b.s, "person", "p2", "job_title"), "CFO");
    assert_true(host_rest(&b.h, SYNC, 10) > 0); /* nothing of it is an edit */
    expect_rows(&b, "Title = 'CTO' AND Phone = '1'", 1);
    assert_string_equal(scene_get(&b.s, "person", "p2", "job_title"), "CFO");
    assert_string_equal(scene_get(&b.s, "person", "p1", "job_title"), "CEO");
    end(&b);
}

static void test_undo__what_moved_on_since_is_left_alone(void **state)
{
    bench b;
    crmsync_job *job = NULL;
    (void)state;
    begin(&b);
    edit_and_run(&b);
    crmsync_plan *plan = undo_plan(&b, 3);
    edit_lead(&b, "LastName = 'Lee'", "{\"Title\":\"Emperor\"}");
    scene_put(&b.s, "person", "{\"id\":\"p2\",\"job_title\":\"Sage\"}");
    assert_int_equal(apply(&b, plan, 0, &job), CRMSYNC_OK);
    assert_int_equal(host_counter(job, "apply.Lead.skipped"), 2);
    assert_int_equal(host_counter(job, "apply.Lead.reason.stale"), 2);
    assert_int_equal(host_counter(job, "apply.Lead.updated"), 1);
    crmsync_job_free(job);
    crmsync_plan_free(plan);
    expect_rows(&b, "Title = 'Emperor'", 1);
    expect_rows(&b, "Phone = '2'", 1);
    assert_string_equal(scene_get(&b.s, "person", "p2", "job_title"), "Sage");
    end(&b);
}

static void test_undo__what_was_created_stays_and_says_so(void **state)
{
    bench b;
    crmsync_job *job = NULL;
    (void)state;
    begin(&b);
    scene_put(&b.s, "person", "{\"id\":\"p3\",\"last_name\":\"New\",\"email\":\"n@new.example\","
                              "\"company\":\"New\"}");
    run(&b);
    crmsync_plan *plan = undo_plan(&b, 1);
    assert_int_equal(apply(&b, plan, 0, &job), CRMSYNC_OK);
    assert_int_equal(host_counter(job, "apply.Lead.reason.created_kept"), 1);
    crmsync_job_free(job);
    crmsync_plan_free(plan);
    expect_rows(&b, "LastName = 'New'", 1);
    end(&b);
}

/* ---- a plan that was reviewed elsewhere ---- */

/* The plan of the next export, by a dry run under review. */
static crmsync_plan *planned(bench *b)
{
    crmsync_job_options o = CRMSYNC_JOB_OPTIONS_INIT;
    crmsync_want want = CRMSYNC_WANT_INIT;
    crmsync_job *job = NULL;
    char *text = NULL;
    crmsync_plan *plan = NULL;
    o.phases = CRMSYNC_PHASE_EXPORT;
    o.flags = CRMSYNC_JOB_DRY_RUN | CRMSYNC_JOB_REVIEW;
    assert_int_equal(crmsync_job_new(b->h.workspace, &o, &job, NULL), CRMSYNC_OK);
    do {
        assert_int_equal(crmsync_job_step(job, &want, NULL), CRMSYNC_OK);
        if (want.what == CRMSYNC_WANT_IO || want.what == CRMSYNC_WANT_TIMER)
            crmsync_job_wait(job, want.timeout_ms, NULL);
    } while (want.what != CRMSYNC_WANT_PLAN && want.what != CRMSYNC_WANT_DONE);
    assert_int_equal(want.what, CRMSYNC_WANT_PLAN);
    crmsync_plan_write_json(crmsync_job_plan(job), keep_text, &text, NULL);
    crmsync_job_free(job);
    assert_int_equal(crmsync_plan_read(NULL, str(text), &plan, NULL), CRMSYNC_OK);
    free(text);
    return plan;
}

static void test_apply__a_reviewed_plan_is_carried_out_once(void **state)
{
    bench b;
    crmsync_job *job = NULL;
    (void)state;
    begin(&b);
    scene_put(&b.s, "person",
              "{\"id\":\"p1\",\"job_title\":\"CEO\"}\n"
              "{\"id\":\"p3\",\"last_name\":\"New\",\"email\":\"n@new.example\",\"company\":\"New\"}\n"
              "{\"id\":\"p4\",\"last_name\":\"Old\",\"email\":\"o@old.example\",\"company\":\"Old\"}");
    crmsync_plan *plan = planned(&b);
    assert_int_equal(crmsync_plan_count(plan), 3);
    scene_seed(&b.s, "{\"Lead\":[{\"LastName\":\"Twin\",\"Company\":\"Old\","
                     "\"Email\":\"o@old.example\"}]}");
    assert_int_equal(apply(&b, plan, 0, &job), CRMSYNC_OK);
    assert_int_equal(host_counter(job, "apply.Lead.input"), 3);
    assert_int_equal(host_counter(job, "apply.Lead.updated"), 1);
    assert_int_equal(host_counter(job, "apply.Lead.created"), 1);
    assert_int_equal(host_counter(job, "apply.Lead.reason.stale"), 1); /* somebody made it meanwhile */
    crmsync_job_free(job);
    assert_int_equal(apply(&b, plan, 0, &job), CRMSYNC_OK); /* the same once more */
    assert_int_equal(host_counter(job, "writes.crm"), 0);
    assert_int_equal(host_counter(job, "apply.Lead.reason.stale"), 3);
    crmsync_job_free(job);
    crmsync_plan_free(plan);
    expect_rows(&b, "Title = 'CEO'", 1);
    expect_rows(&b, "LastName = 'New'", 1);
    assert_int_equal(scene_duplicates(&b.s), 0);
    assert_true(host_rest(&b.h, SYNC, 10) > 0);
    assert_int_equal(scene_duplicates(&b.s), 0);
    end(&b);
}

static void test_apply__a_forged_plan_writes_nothing_that_is_not_mapped_or_linked(void **state)
{
    bench b;
    crmsync_job *job = NULL;
    (void)state;
    begin(&b);
    edit_and_run(&b);
    crmsync_plan *plan = NULL;
    crmsync_str next;
    char *text = NULL, *at;
    assert_int_equal(crmsync_workspace_undo_plan(b.h.workspace, str(b.run), str(""), 0, &plan, &next,
                                                 NULL),
                     CRMSYNC_OK);
    crmsync_plan_write_json(plan, keep_text, &text, NULL);
    crmsync_plan_free(plan);
    while ((at = strstr(text, "\"p1\"")) != NULL) /* another person's record */
        memcpy(at, "\"p9\"", 4);
    while ((at = strstr(text, "\"Phone\"")) != NULL) /* another field of the record */
        memcpy(at, "\"Photo\"", 7);
    assert_int_equal(crmsync_plan_read(NULL, str(text), &plan, NULL), CRMSYNC_OK);
    free(text);
    assert_int_equal(apply(&b, plan, 0, &job), CRMSYNC_OK);
    assert_int_equal(host_counter(job, "writes.crm"), 0);
    assert_int_equal(host_counter(job, "apply.Lead.input"), 3);
    crmsync_job_free(job);
    crmsync_plan_free(plan);
    expect_rows(&b, "Title = 'CEO'", 1);
    end(&b);
}

static void test_apply__a_plan_and_its_phase_need_each_other(void **state)
{
    bench b;
    crmsync_job_options o = CRMSYNC_JOB_OPTIONS_INIT;
    crmsync_job *job = NULL;
    (void)state;
    begin(&b);
    o.phases = CRMSYNC_PHASE_APPLY;
    assert_int_equal(crmsync_job_new(b.h.workspace, &o, &job, NULL), CRMSYNC_E_INVALID);
    end(&b);
}

/* Dying at any call, and applying once more, ends where the undisturbed one ends. */
static void test_undo__after_a_death_anywhere_a_repeat_ends_the_same(void **state)
{
    (void)state;
    for (uint64_t at = 1; at < 200; at += 3) {
        bench b;
        crmsync_job *job = NULL;
        begin(&b);
        edit_and_run(&b);
        crmsync_plan *plan = undo_plan(&b, 3);
        b.h.hooks.counting = true;
        b.h.hooks.at = at;
        b.h.hooks.fault = at % 2 ? FAULT_DEATH_BEFORE : FAULT_DEATH_AFTER;
        int32_t rc = apply(&b, plan, 0, &job);
        crmsync_job_free(job);
        if (rc) {
            job = NULL;
            host_stop(&b.h);
            scene_pass(&b.s, HOUR);
            host_start(&b.h, &b.s, false);
            assert_int_equal(host_open(&b.h), CRMSYNC_OK);
            assert_int_equal(apply(&b, plan, 0, &job), CRMSYNC_OK);
            crmsync_job_free(job);
        }
        crmsync_plan_free(plan);
        expect_rows(&b, "Title = 'CTO' AND Phone = '1'", 1);
        expect_rows(&b, "Phone = '2' AND Title = 'Chair'", 1);
        assert_string_equal(scene_get(&b.s, "person", "p2", "job_title"), "CFO");
        b.h.hooks.counting = false;
        assert_true(host_rest(&b.h, SYNC, 10) > 0);
        expect_rows(&b, "Title = 'CTO' AND Phone = '1'", 1);
        assert_string_equal(scene_get(&b.s, "person", "p2", "job_title"), "CFO");
        end(&b);
        if (!rc)
            return;
    }
    fail_msg("it never came to its end");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_undo__a_run_is_taken_back_on_both_sides_and_stays_so),
        cmocka_unit_test(test_undo__what_moved_on_since_is_left_alone),
        cmocka_unit_test(test_undo__what_was_created_stays_and_says_so),
        cmocka_unit_test(test_apply__a_reviewed_plan_is_carried_out_once),
        cmocka_unit_test(test_apply__a_forged_plan_writes_nothing_that_is_not_mapped_or_linked),
        cmocka_unit_test(test_apply__a_plan_and_its_phase_need_each_other),
        cmocka_unit_test(test_undo__after_a_death_anywhere_a_repeat_ends_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
