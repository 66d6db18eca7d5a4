/* Several workers over one workspace: partitions, the claims between them, threads. */
#include <pthread.h>
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

#define FIELDS                                                                                     \
    "\"fields\":[{\"local\":\"last_name\",\"remote\":\"LastName\"},"                               \
    "{\"local\":\"email\",\"remote\":\"Email\"}"
static const char config[] =
    "{\"extends\":\"recommended\"," SCENE_CONNECTION ",\"local\":{\"opt_out\":null},\"objects\":{"
    "\"Contact\":{" FIELDS "]},\"Lead\":{" FIELDS ",{\"local\":\"company\",\"remote\":\"Company\"}]}},"
    "\"export\":{\"mode\":\"by_status\",\"routes\":{\"New\":\"lead\",\"Interested\":\"contact\"},"
    "\"account_create\":true},\"limits\":{\"partitions\":3}}";

static void begin(scene *s, host *h, bool sqlite)
{
    scene_open(s, sqlite, config);
    host_start(h, s, false);
    assert_int_equal(host_open(h), CRMSYNC_OK);
    host_connect(h);
}

static void put_people(scene *s, unsigned n, const char *status)
{
    for (unsigned i = 0; i < n; i++) {
        char line[300];
        snprintf(line, sizeof line,
                 "{\"id\":\"%c%u\",\"last_name\":\"P%u\",\"email\":\"p%u@c%u-%s.example\",\"company\":"
                 "\"C%u %s\",\"status\":\"%s\"}",
                 status[0], i, i, i, i % 5, status, i % 5, status, status);
        scene_put(s, "person", line);
    }
}

static void test_partitions__one_worker_does_them_all(void **state)
{
    scene s;
    host h;
    (void)state;
    begin(&s, &h, false);
    put_people(&s, 40, "New");
    put_people(&s, 20, "Interested");
    assert_int_equal(host_run(&h, SYNC, 0), CRMSYNC_OK);
    assert_int_equal(scene_rows(&s, "Lead", NULL), 40);
    assert_true(host_rest(&h, SYNC, 10) > 0);
    assert_int_equal(scene_rows(&s, "Contact", NULL), 20);
    assert_int_equal(scene_rows(&s, "Account", NULL), 5);
    assert_int_equal(scene_duplicates(&s), 0);
    assert_int_equal(h.miscounted, 0);
    host_stop(&h);
    scene_close(&s);
}

static void step(host *h, crmsync_job *job, bool *done)
{
    crmsync_want want = CRMSYNC_WANT_INIT;
    crmsync_error *err = NULL;
    if (*done)
        return;
    if (crmsync_job_step(job, &want, &err))
        fail_msg("%s", crmsync_error_message(err).ptr);
    *done = want.what == CRMSYNC_WANT_DONE;
    (void)h;
    if (want.what == CRMSYNC_WANT_IO || want.what == CRMSYNC_WANT_TIMER)
        assert_int_equal(crmsync_job_wait(job, 20, NULL), CRMSYNC_OK);
}

/* What a change of an address leaves: two people of one address, queued in different partitions; and
 * people of one new company. Two workers step by step. */
static void test_trap3__two_partitions__one_lead_one_account(void **state)
{
    scene s;
    host h[2];
    crmsync_job *jobs[2] = {NULL, NULL};
    bool done[2] = {false, false};
    crmsync_job_options o = CRMSYNC_JOB_OPTIONS_INIT;
    (void)state;
    begin(&s, &h[0], false);
    assert_int_equal(host_run(&h[0], SYNC, 0), CRMSYNC_OK);
    host_start(&h[1], &s, true);
    assert_int_equal(host_open(&h[1]), CRMSYNC_OK);
    scene_put(&s, "person",
              "{\"id\":\"a\",\"last_name\":\"Lee\",\"email\":\"lea@leadco.com\",\"company\":\"Leadco\","
              "\"status\":\"New\"}\n"
              "{\"id\":\"b\",\"last_name\":\"Lee\",\"email\":\"LEA@leadco.com\",\"company\":\"Leadco\","
              "\"status\":\"New\"}\n"
              "{\"id\":\"c\",\"last_name\":\"One\",\"email\":\"one@newco.com\",\"company\":\"Newco\","
              "\"status\":\"Interested\"}\n"
              "{\"id\":\"d\",\"last_name\":\"Two\",\"email\":\"two@newco.com\",\"company\":\"Newco\","
              "\"status\":\"Interested\"}");
    scene_queue(&s, "1", "person", "b");
    scene_queue(&s, "2", "person", "a");
    scene_queue(&s, "1", "person", "c");
    scene_queue(&s, "2", "person", "d");
    o.phases = CRMSYNC_PHASE_EXPORT;
    for (int i = 0; i < 2; i++)
        assert_int_equal(crmsync_job_new(h[i].workspace, &o, &jobs[i], NULL), CRMSYNC_OK);
    while (!done[0] || !done[1]) {
        step(&h[0], jobs[0], &done[0]);
        step(&h[1], jobs[1], &done[1]);
    }
    for (int i = 0; i < 2; i++) {
        assert_true(host_adds_up(jobs[i]));
        crmsync_job_free(jobs[i]);
    }
    host_stop(&h[1]);
    assert_true(host_rest(&h[0], SYNC, 12) > 0);
    assert_int_equal(scene_rows(&s, "Lead", NULL), 1);
    assert_int_equal(scene_rows(&s, "Account", NULL), 1);
    assert_int_equal(scene_rows(&s, "Contact", NULL), 2);
    host_stop(&h[0]);
    scene_close(&s);
}

/* A worker that died leaves its partition to the others, after its lease. */
static void die_at_write(void *ctx, const hook_call *call, bool after)
{
    host *h = ctx;
    if (!after && call->what == HOOK_START && strstr(call->site, "composite/"))
        h->hooks.dead = true;
}

static void test_partitions__a_dead_workers_share_is_taken_over(void **state)
{
    scene s;
    host h, other;
    (void)state;
    begin(&s, &h, false);
    put_people(&s, 30, "New");
    h.hooks.counting = true;
    h.hooks.on_call = die_at_write;
    h.hooks.on_call_ctx = &h;
    assert_int_not_equal(host_run(&h, SYNC, 0), CRMSYNC_OK);
    host_start(&other, &s, true);
    assert_int_equal(host_open(&other), CRMSYNC_OK);
    assert_int_equal(host_run(&other, SYNC, 0), CRMSYNC_OK); /* does what nobody holds */
    unsigned rounds = 0;
    while (scene_rows(&s, "Lead", NULL) < 30 && ++rounds < 12) {
        scene_pass(&s, 3 * MINUTE);
        assert_int_equal(host_run(&other, SYNC, 0), CRMSYNC_OK);
    }
    assert_int_equal(scene_rows(&s, "Lead", NULL), 30);
    assert_int_equal(scene_duplicates(&s), 0);
    host_stop(&other);
    host_stop(&h);
    scene_close(&s);
}

/* ---- threads ---- */

/* The scene's clock, randomness and org are one for all: whoever is inside has them. The stores look
 * after themselves. */
static pthread_mutex_t world;

typedef struct worker {
    host h;
    int32_t rc;
} worker;

static int32_t turn_start(void *ctx, const crmsync_http_request *request, crmsync_http_sink *sink,
                          crmsync_error **err)
{
    pthread_mutex_lock(&world);
    int32_t rc = orgsim_transport_ops()->start(ctx, request, sink, err);
    pthread_mutex_unlock(&world);
    return rc;
}

static int32_t turn_poll(void *ctx, uint32_t timeout_ms, crmsync_http_sink *sink, crmsync_error **err)
{
    pthread_mutex_lock(&world);
    int32_t rc = orgsim_transport_ops()->poll(ctx, timeout_ms, sink, err);
    pthread_mutex_unlock(&world);
    return rc;
}

static int32_t turn_resume(void *ctx, uint64_t id, crmsync_http_sink *sink, crmsync_error **err)
{
    pthread_mutex_lock(&world);
    int32_t rc = orgsim_transport_ops()->resume(ctx, id, sink, err);
    pthread_mutex_unlock(&world);
    return rc;
}

static void turn_cancel(void *ctx, uint64_t id)
{
    pthread_mutex_lock(&world);
    orgsim_transport_ops()->cancel(ctx, id);
    pthread_mutex_unlock(&world);
}

static void *plain_new(void *ctx, size_t size)
{
    (void)ctx;
    return malloc(size);
}

static void *plain_resize(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    (void)ctx;
    (void)old_size;
    return realloc(ptr, new_size);
}

static void plain_free(void *ctx, void *ptr, size_t size)
{
    (void)ctx;
    (void)size;
    free(ptr);
}

static void *work(void *ctx)
{
    worker *w = ctx;
    for (unsigned i = 0; i < 6 && !w->rc; i++)
        w->rc = host_run(&w->h, SYNC, 0);
    return NULL;
}

static void two_threads(bool sqlite)
{
    scene s;
    worker w[2];
    pthread_t threads[2];
    pthread_mutexattr_t again;
    crmsync_transport_ops ops = *orgsim_transport_ops();
    ops.start = turn_start;
    ops.poll = turn_poll;
    ops.resume = turn_resume;
    ops.cancel = turn_cancel;
    pthread_mutexattr_init(&again);
    pthread_mutexattr_settype(&again, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&world, &again);
    scene_open(&s, sqlite, config);
    s.alloc = (crmsync_alloc){sizeof s.alloc, NULL, plain_new, plain_resize, plain_free};
    for (int i = 0; i < 2; i++) {
        host_start(&w[i].h, &s, i == 1);
        w[i].h.turn = &world;
        w[i].h.hooks.transport = &ops;
        w[i].rc = CRMSYNC_OK;
        assert_int_equal(host_open(&w[i].h), CRMSYNC_OK);
    }
    host_connect(&w[0].h);
    put_people(&s, 60, "New");
    put_people(&s, 30, "Interested");
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, work, &w[i]);
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
        if (w[i].rc)
            fail_msg("worker %d: %s", i, w[i].h.last_error);
    }
    host_stop(&w[1].h);
    assert_true(host_rest(&w[0].h, SYNC, 12) > 0);
    assert_int_equal(scene_rows(&s, "Lead", NULL), 60);
    assert_int_equal(scene_rows(&s, "Contact", NULL), 30);
    assert_int_equal(scene_rows(&s, "Account", NULL), 5);
    assert_int_equal(scene_duplicates(&s), 0);
    host_stop(&w[0].h);
    scene_close(&s);
    pthread_mutex_destroy(&world);
    pthread_mutexattr_destroy(&again);
}

static void test_threads__two_engines_over_one_memory_store(void **state)
{
    (void)state;
    two_threads(false);
}

static void test_threads__two_engines_over_one_sqlite_file(void **state)
{
    (void)state;
    two_threads(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_partitions__one_worker_does_them_all),
        cmocka_unit_test(test_trap3__two_partitions__one_lead_one_account),
        cmocka_unit_test(test_partitions__a_dead_workers_share_is_taken_over),
        cmocka_unit_test(test_threads__two_engines_over_one_memory_store),
        cmocka_unit_test(test_threads__two_engines_over_one_sqlite_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
