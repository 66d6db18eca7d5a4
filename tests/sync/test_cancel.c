/* Cancelling from another thread: the one call that may overlap. Clean under ThreadSanitizer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pthread.h>
#include <time.h>

#include <cmocka.h>

#include "host.h"

#define EXPORT (CRMSYNC_PHASE_EXPORT | CRMSYNC_PHASE_ACTIVITIES)

typedef struct canceller {
    crmsync_job *job;
    long after_ns;
} canceller;

static void *cancel(void *ctx)
{
    const canceller *c = ctx;
    struct timespec wait = {0, c->after_ns};
    nanosleep(&wait, NULL);
    crmsync_job_cancel(c->job);
    return NULL;
}

static void test_cancel__from_another_thread__ends_the_job_and_loses_nothing(void **state)
{
    static const long moments[] = {0, 500000, 2000000, 5000000, 10000000, 20000000};
    (void)state;
    for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++) {
        scene s;
        host h;
        pthread_t thread;
        crmsync_error *err = NULL;
        canceller c = {NULL, moments[i]};
        crmsync_job_options o = CRMSYNC_JOB_OPTIONS_INIT;
        scene_open(&s, false, NULL);
        scene_fill(&s);
        host_start(&h, &s, false);
        assert_int_equal(host_open(&h), CRMSYNC_OK);
        host_connect(&h);
        o.phases = EXPORT;
        assert_int_equal(crmsync_job_new(h.workspace, &o, &c.job, &err), CRMSYNC_OK);
        assert_int_equal(pthread_create(&thread, NULL, cancel, &c), 0);
        int32_t rc = crmsync_job_run(c.job, &err);
        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_true(rc == CRMSYNC_OK || rc == CRMSYNC_E_CANCELLED);
        assert_true(host_adds_up(c.job));
        crmsync_error_free(err);
        crmsync_job_free(c.job);
        assert_in_range(host_rest(&h, EXPORT, 16), 1, 16);
        assert_int_equal(scene_duplicates(&s), 0);
        assert_int_equal(h.miscounted, 0);
        host_stop(&h);
        scene_close(&s);
    }
}

/* Cancels when answers have arrived that the job has not looked at yet. */
static void cancel_after_waits(crmsync_job *job, unsigned waits)
{
    crmsync_want want = CRMSYNC_WANT_INIT;
    int32_t rc = CRMSYNC_OK;
    while (!rc && waits) {
        rc = crmsync_job_step(job, &want, NULL);
        if (rc || want.what == CRMSYNC_WANT_DONE)
            return;
        rc = crmsync_job_wait(job, want.timeout_ms, NULL);
        waits--;
    }
    crmsync_job_cancel(job);
    assert_int_equal(crmsync_job_step(job, &want, NULL), CRMSYNC_E_CANCELLED);
}

/* Answers that have arrived when a job ends give their place back: the workspace never stalls. */
static void test_cancel__again_and_again_on_one_workspace__the_next_job_still_goes_on(void **state)
{
    (void)state;
    scene s;
    host h;
    scene_open(&s, false, NULL);
    scene_fill(&s);
    host_start(&h, &s, false);
    assert_int_equal(host_open(&h), CRMSYNC_OK);
    host_connect(&h);
    for (unsigned waits = 1; waits <= 12; waits++) {
        crmsync_job *job = NULL;
        crmsync_job_options o = CRMSYNC_JOB_OPTIONS_INIT;
        o.phases = EXPORT;
        assert_int_equal(crmsync_job_new(h.workspace, &o, &job, NULL), CRMSYNC_OK);
        cancel_after_waits(job, waits);
        crmsync_job_free(job);
    }
    assert_in_range(host_rest(&h, EXPORT, 16), 1, 16);
    assert_int_equal(scene_duplicates(&s), 0);
    host_stop(&h);
    scene_close(&s);
}

static void cancel_inside(void *ctx, const hook_call *call, bool after)
{
    (void)call;
    if (!after)
        crmsync_job_cancel(*(crmsync_job **)ctx);
}

static void test_cancel__from_a_hook__ends_the_job(void **state)
{
    (void)state;
    scene s;
    host h;
    crmsync_job *job = NULL;
    crmsync_error *err = NULL;
    crmsync_job_options o = CRMSYNC_JOB_OPTIONS_INIT;
    scene_open(&s, false, NULL);
    scene_fill(&s);
    host_start(&h, &s, false);
    assert_int_equal(host_open(&h), CRMSYNC_OK);
    host_connect(&h);
    o.phases = EXPORT;
    assert_int_equal(crmsync_job_new(h.workspace, &o, &job, &err), CRMSYNC_OK);
    h.hooks.counting = true;
    h.hooks.on_call = cancel_inside;
    h.hooks.on_call_ctx = &job;
    assert_int_equal(crmsync_job_run(job, &err), CRMSYNC_E_CANCELLED);
    h.hooks.counting = false;
    crmsync_error_free(err);
    crmsync_job_free(job);
    assert_in_range(host_rest(&h, EXPORT, 16), 1, 16);
    host_stop(&h);
    scene_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cancel__from_another_thread__ends_the_job_and_loses_nothing),
        cmocka_unit_test(test_cancel__from_a_hook__ends_the_job),
        cmocka_unit_test(
            test_cancel__again_and_again_on_one_workspace__the_next_job_still_goes_on),
    };
    return cmocka_run_group_tests_name("cancel", tests, NULL, NULL);
}
