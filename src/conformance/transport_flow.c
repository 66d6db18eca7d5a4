/* Cases of several exchanges at once, pauses, cancelling, waiting and waking. */
#include "transport_kit.h"

#include <pthread.h>
#include <time.h>

enum { AT_ONCE = 4 };

static uint64_t real_ms(void)
{
    struct timespec now = {0, 0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void several_in_flight(crmi_transport_kit *k)
{
    char text[96];
    crmi_flight *flights[AT_ONCE];
    uint64_t began = real_ms();

    for (size_t i = 0; i < AT_ONCE; i++) {
        flights[i] = crmi_flight_start(k, crmi_request_for(k, text, "GET", "/slow", NULL));
        if (!flights[i])
            return;
    }
    for (size_t i = 0; i < AT_ONCE; i++)
        if (crmi_flight_wait(k, flights[i]) &&
            crmi_flight_ended(k, flights[i], CRMSYNC_HTTP_RESPONDED))
            crmi_flight_answered(k, flights[i], 200, CRMI_HOST_LIT("hello"));
    crmi_kit_check(&k->kit, real_ms() - began < AT_ONCE * CRMI_SLOW_MS,
                   "exchanges go one after the other");
}

static void check_big(crmi_transport_kit *k, const crmi_flight *f)
{
    crmi_kit_check(&k->kit, f->body.len == CRMI_BIG_BODY, "%zu of %d bytes arrived", f->body.len,
                   (int)CRMI_BIG_BODY);
    for (size_t i = 0; i < f->body.len; i++)
        if (!crmi_kit_check(&k->kit, f->body.ptr[i] == crmi_big_byte(i), "byte %zu is wrong", i))
            return;
}

static bool wait_for_pause(crmi_transport_kit *k, const crmi_flight *f)
{
    uint64_t end = real_ms() + CRMI_PATIENCE_MS;

    while (!f->paused && f->dones == 0 && real_ms() < end)
        crmi_transport_poll_for(k, 5);
    return crmi_kit_check(&k->kit, f->paused, "no body arrived");
}

static void pause_and_resume(crmi_transport_kit *k)
{
    char text[96];
    crmi_flight *f;
    crmi_flight *other;

    k->flights[0].pause_at = 2;
    f = crmi_flight_start(k, crmi_request_for(k, text, "GET", "/big", NULL));
    if (!f || !wait_for_pause(k, f))
        return;
    other = crmi_flight_run(k, "GET", "/plain", NULL, CRMSYNC_HTTP_RESPONDED);
    crmi_flight_answered(k, other, 200, CRMI_HOST_LIT("hello"));
    crmi_transport_poll_for(k, 150); /* what comes meanwhile is noted as a violation */
    f->pause_at = f->bodies + 3;
    if (!crmi_flight_resume(k, f) || !wait_for_pause(k, f))
        return;
    crmi_transport_poll_for(k, 50);
    f->pause_at = 0;
    if (crmi_flight_resume(k, f) && crmi_flight_wait(k, f) &&
        crmi_flight_ended(k, f, CRMSYNC_HTTP_RESPONDED))
        check_big(k, f);
}

/* The body is complete with the piece that paused: its end must wait as well. */
static void pause_at_the_end(crmi_transport_kit *k)
{
    char text[96];
    crmi_flight *f;

    k->flights[0].pause_at = 1;
    f = crmi_flight_start(k, crmi_request_for(k, text, "GET", "/plain", NULL));
    if (!f || !wait_for_pause(k, f))
        return;
    crmi_transport_poll_for(k, 100);
    if (crmi_flight_resume(k, f) && crmi_flight_wait(k, f) &&
        crmi_flight_ended(k, f, CRMSYNC_HTTP_RESPONDED))
        crmi_flight_answered(k, f, 200, CRMI_HOST_LIT("hello"));
}

static void cancel_is_final(crmi_transport_kit *k)
{
    char text[96];
    crmi_flight *f = crmi_flight_start(k, crmi_request_for(k, text, "POST", "/slow", "{}"));

    if (!f)
        return;
    crmi_transport_poll_for(k, 50);
    crmi_flight_cancel(k, f);
    crmi_transport_poll_for(k, CRMI_SLOW_MS + 200);
    k->ops->cancel(k->ctx, f->id);            /* again: nothing to do */
    k->ops->cancel(k->ctx, UINT64_C(0xdead)); /* never was */
    f = crmi_flight_run(k, "GET", "/plain", NULL, CRMSYNC_HTTP_RESPONDED);
    crmi_flight_answered(k, f, 200, CRMI_HOST_LIT("hello"));
}

static void cancel_while_paused(crmi_transport_kit *k)
{
    char text[96];
    crmi_flight *f;

    k->flights[0].pause_at = 1;
    f = crmi_flight_start(k, crmi_request_for(k, text, "GET", "/big", NULL));
    if (!f || !wait_for_pause(k, f))
        return;
    crmi_flight_cancel(k, f);
    crmi_transport_poll_for(k, 100);
    f->paused = false;
    crmi_flight_resume(k, f); /* of what is no more: no error */
}

static uint64_t timed_poll(crmi_transport_kit *k, uint32_t ms)
{
    crmsync_error *err = NULL;
    uint64_t began = real_ms();

    crmi_kit_answered(&k->kit, "poll", k->ops->poll(k->ctx, ms, &k->sink, &err), &err);
    return real_ms() - began;
}

static void poll_waits_with_nothing_in_flight(crmi_transport_kit *k)
{
    uint64_t took = timed_poll(k, 0);

    crmi_kit_check(&k->kit, took < 100, "poll(0) took %u ms", (unsigned)took);
    took = 0;
    /* connections that die in the background may end a wait early, but not for ever */
    for (int i = 0; i < 5 && took < 150; i++)
        took += timed_poll(k, 200);
    crmi_kit_check(&k->kit, took >= 150, "poll(200) with nothing in flight waits %u ms",
                   (unsigned)took);
}

static void *wake_soon(void *arg)
{
    crmi_transport_kit *k = arg;
    struct timespec pause = {0, 150 * 1000000L};

    nanosleep(&pause, NULL);
    k->ops->wake(k->ctx);
    return NULL;
}

static void wake_ends_a_wait(crmi_transport_kit *k)
{
    char text[96];
    pthread_t thread;
    uint64_t took = 0;

    if (!k->ops->wake) {
        crmi_kit_skip(&k->kit, "the table has no wake");
        return;
    }
    for (int busy = 0; busy < 2; busy++) {
        if (busy && !crmi_flight_start(k, crmi_request_for(k, text, "GET", "/stall", NULL)))
            return;
        crmi_transport_poll_for(k, 50);
        if (!crmi_kit_check(&k->kit, pthread_create(&thread, NULL, wake_soon, k) == 0, "no thread"))
            return;
        took = timed_poll(k, 5000);
        pthread_join(thread, NULL);
        crmi_kit_check(&k->kit, took < 2500, "wake did not end poll: it took %u ms",
                       (unsigned)took);
    }
}

const crmi_transport_case crmi_transport_flow_cases[] = {
    {"transport/flow/several_in_flight", several_in_flight, true},
    {"transport/flow/pause_and_resume", pause_and_resume, true},
    {"transport/flow/pause_at_the_end", pause_at_the_end, true},
    {"transport/flow/cancel_is_final", cancel_is_final, true},
    {"transport/flow/cancel_while_paused", cancel_while_paused, true},
    {"transport/flow/poll_waits_with_nothing_in_flight", poll_waits_with_nothing_in_flight, true},
    {"transport/flow/wake_ends_a_wait", wake_ends_a_wait, true},
    {NULL, NULL, false},
};
