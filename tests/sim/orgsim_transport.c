/*
 * The transport hook over an org in this process. Time is virtual: polling moves the test's clock
 * instead of waiting. A request acts on the org when it is started, or later if a fault says so;
 * whoever gave up on it by then does not stop the effect.
 */
#include "buf.h"
#include "orgsim_faults.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { OWN_TIMEOUT_MS = 120000, LOST_MS = 80 };

/* A request on its way through the org; outlives its exchange when the effect comes late. */
typedef struct job {
    char *text;               /* method, target, body and headers lie in here */
    crmsync_http_request seen; /* what the watch gets */
    crmsync_str target;
    crmsync_header *headers;
    enum orgsim_fault_kind kind;
    uint64_t due_mono; /* when it acts */
    int64_t due_wall;
    bool ran, has_response;
    bool open; /* the client still waits */
    orgsim_response response;
    uint64_t ready, deadline; /* mono */
    size_t delivered;
    bool head_sent, paused;
    struct job *next;
} job;

struct orgsim_transport {
    orgsim *org;
    orgsim_clock *clock;
    orgsim_fault_plan plan;
    job *jobs; /* in order of start */
    uint64_t started;
    size_t chunk;
    orgsim_watch_fn watch;
    void *watch_ctx;
    atomic_bool woken;
};

orgsim_transport *orgsim_transport_new(orgsim *org, orgsim_clock *clock)
{
    orgsim_transport *t = orgsim_alloc(sizeof *t);
    t->org = org;
    t->clock = clock;
    atomic_init(&t->woken, false);
    return t;
}

static void job_free(job *j)
{
    if (j->has_response)
        orgsim_response_clear(&j->response);
    free(j->headers);
    free(j->text);
    free(j);
}

void orgsim_transport_free(orgsim_transport *transport)
{
    if (!transport)
        return;
    while (transport->jobs) {
        job *next = transport->jobs->next;
        job_free(transport->jobs);
        transport->jobs = next;
    }
    orgsim_fault_plan_clear(&transport->plan);
    free(transport);
}

/* ---- the request reaches the org ---- */

static void run(orgsim_transport *t, job *j)
{
    j->ran = true;
    if (orgsim_fault_of(j->kind)->effect == ORGSIM_EFFECT_NEVER) {
        if (j->kind == ORGSIM_FAULT_401)
            orgsim_fault_kill_token(t->org, j->headers, j->seen.header_count);
        return;
    }
    orgsim_request request = {j->seen.method, j->target, j->headers, j->seen.header_count,
                              j->seen.body};
    /* A late effect carries the stamp of its own time, also when the clock was moved far on. */
    int64_t wall = t->clock->wall_ms;
    orgsim_set_now(t->org, j->due_wall < wall ? j->due_wall : wall);
    orgsim_handle(t->org, &request, &j->response);
    j->has_response = true;
    orgsim_set_now(t->org, wall);
}

static bool is_due(const orgsim_transport *t, const job *j)
{
    return !j->ran && (t->clock->mono_ms >= j->due_mono || t->clock->wall_ms >= j->due_wall);
}

/* Runs the late effects whose time has come, the earliest first. */
static void run_due(orgsim_transport *t)
{
    for (;;) {
        job *first = NULL;
        for (job *j = t->jobs; j; j = j->next) {
            if (is_due(t, j) && (!first || j->due_wall < first->due_wall))
                first = j;
        }
        if (!first)
            break;
        run(t, first);
    }
    orgsim_set_now(t->org, t->clock->wall_ms);
}

/* Frees what neither the client nor the org waits for any more. */
static void sweep(orgsim_transport *t)
{
    for (job **at = &t->jobs; *at;) {
        job *j = *at;
        if (j->open || !j->ran) {
            at = &j->next;
            continue;
        }
        *at = j->next;
        job_free(j);
    }
}

/* ---- starting ---- */

static crmsync_str keep(char **at, crmsync_str text)
{
    crmsync_str kept = {*at, text.len};
    if (text.len)
        memcpy(*at, text.ptr, text.len);
    (*at)[text.len] = '\0';
    *at += text.len + 1;
    return kept;
}

/* Path and query of an absolute URL. */
static crmsync_str target_of(crmsync_str url)
{
    static const char root[] = "/";
    size_t at = 0;
    for (size_t i = 0; i + 2 < url.len && at == 0; i++) {
        if (memcmp(url.ptr + i, "://", 3) == 0)
            at = i + 3;
    }
    while (at < url.len && url.ptr[at] != '/' && url.ptr[at] != '?')
        at++;
    crmsync_str target = {url.ptr + at, url.len - at};
    if (target.len == 0) {
        target.ptr = root;
        target.len = 1;
    }
    return target;
}

static job *job_new(const crmsync_http_request *request)
{
    size_t size = request->method.len + request->url.len + request->body.len + 3;
    for (size_t i = 0; i < request->header_count; i++)
        size += request->headers[i].name.len + request->headers[i].value.len + 2;
    job *j = orgsim_alloc(sizeof *j);
    j->text = orgsim_alloc(size);
    j->headers = orgsim_alloc((request->header_count + 1) * sizeof *j->headers);
    char *at = j->text;
    j->seen = *request;
    j->seen.method = keep(&at, request->method);
    j->seen.url = keep(&at, request->url);
    j->seen.body = keep(&at, request->body);
    j->target = target_of(j->seen.url);
    for (size_t i = 0; i < request->header_count; i++) {
        j->headers[i].name = keep(&at, request->headers[i].name);
        j->headers[i].value = keep(&at, request->headers[i].value);
    }
    j->seen.headers = j->headers;
    j->open = true;
    return j;
}

static void schedule(orgsim_transport *t, job *j)
{
    const orgsim_fault *fault = orgsim_fault_of(j->kind);
    uint64_t now = t->clock->mono_ms;
    uint32_t timeout = j->seen.timeout_ms ? j->seen.timeout_ms : OWN_TIMEOUT_MS;
    j->deadline = now + timeout;
    j->due_mono = now + fault->delay_ms;
    j->due_wall = t->clock->wall_ms + fault->delay_ms;
    j->ready = now + LOST_MS;
    if (fault->effect == ORGSIM_EFFECT_LATE) {
        if (fault->outcome == CRMSYNC_HTTP_RESPONDED)
            j->ready = j->due_mono;
        return;
    }
    run(t, j);
    if (j->has_response && fault->outcome == CRMSYNC_HTTP_RESPONDED)
        j->ready = now + j->response.service_ms;
}

static int32_t transport_start(void *ctx, const crmsync_http_request *request,
                               crmsync_http_sink *sink, crmsync_error **err)
{
    orgsim_transport *t = ctx;
    (void)sink;
    (void)err;
    if (request->struct_size < sizeof *request || request->id == 0)
        return CRMSYNC_E_INVALID;
    for (job *j = t->jobs; j; j = j->next) {
        if (j->open && j->seen.id == request->id)
            return CRMSYNC_E_INVALID;
    }
    run_due(t);
    sweep(t);
    t->started++;
    job *made = job_new(request);
    made->kind = orgsim_fault_plan_take(&t->plan, t->started, made->seen.method, made->target);
    if (request->not_after != 0 && t->clock->mono_ms > request->not_after)
        made->kind = ORGSIM_FAULT_REFUSED;
    job **end = &t->jobs;
    while (*end)
        end = &(*end)->next;
    *end = made;
    schedule(t, made);
    return CRMSYNC_OK;
}

/* ---- delivering ---- */

static void finish(orgsim_transport *t, job *j, crmsync_http_sink *sink, uint32_t outcome,
                   const char *detail, int status)
{
    crmsync_str text = {detail, strlen(detail)};
    j->open = false;
    if (t->watch)
        t->watch(t->watch_ctx, &j->seen, status);
    crmsync_http_done(sink, j->seen.id, outcome, text);
}

/* Hands out the body; false when the sink paused. */
static bool deliver_body(orgsim_transport *t, job *j, crmsync_http_sink *sink, crmsync_str body,
                         uint32_t *outcome)
{
    while (j->delivered < body.len) {
        size_t left = body.len - j->delivered;
        size_t piece = t->chunk && t->chunk < left ? t->chunk : left;
        crmsync_str bytes = {body.ptr + j->delivered, piece};
        int32_t said = crmsync_http_body(sink, j->seen.id, bytes);
        j->delivered += piece;
        if (said == CRMSYNC_HTTP_BODY_LIMIT) {
            *outcome = CRMSYNC_HTTP_UNKNOWN;
            return true;
        }
        if (said == CRMSYNC_HTTP_BODY_PAUSED) {
            j->paused = true;
            return false;
        }
    }
    return true;
}

static void deliver(orgsim_transport *t, job *j, crmsync_http_sink *sink)
{
    const orgsim_fault *fault = orgsim_fault_of(j->kind);
    if (j->ready > j->deadline || (j->paused && t->clock->mono_ms >= j->deadline)) {
        finish(t, j, sink, CRMSYNC_HTTP_UNKNOWN, "orgsim: timed out", 0);
        return;
    }
    if (fault->outcome != CRMSYNC_HTTP_RESPONDED) {
        finish(t, j, sink, fault->outcome, fault->detail, 0);
        return;
    }
    orgsim_wire_answer answer = orgsim_fault_answer(j->kind, j->has_response ? &j->response : NULL);
    uint32_t outcome = CRMSYNC_HTTP_RESPONDED;
    if (!j->head_sent) {
        j->head_sent = true;
        crmsync_http_head(sink, j->seen.id, answer.status, answer.headers, answer.header_count);
    }
    if (!deliver_body(t, j, sink, answer.body, &outcome))
        return;
    finish(t, j, sink, outcome,
           outcome == CRMSYNC_HTTP_UNKNOWN ? "orgsim: the client stopped reading" : "",
           answer.status);
}

/* When something of this exchange can be delivered, on the monotonic clock. */
static uint64_t event_time(const job *j)
{
    if (j->paused)
        return j->deadline;
    return j->ready > j->deadline ? j->deadline : j->ready;
}

/* Delivers everything that is ready; in the order in which it became ready. */
static size_t deliver_ready(orgsim_transport *t, crmsync_http_sink *sink)
{
    size_t delivered = 0;
    for (;;) {
        job *first = NULL;
        for (job *j = t->jobs; j; j = j->next) {
            if (j->open && event_time(j) <= t->clock->mono_ms &&
                (!first || event_time(j) < event_time(first)))
                first = j;
        }
        if (!first)
            return delivered;
        deliver(t, first, sink);
        delivered++;
    }
}

/* Lets time pass up to the next answer, at most `timeout_ms`; effects on the way happen. */
static void pass_time(orgsim_transport *t, uint32_t timeout_ms)
{
    uint64_t until = t->clock->mono_ms + timeout_ms;
    for (const job *j = t->jobs; j; j = j->next) {
        if (j->open && event_time(j) < until)
            until = event_time(j);
    }
    t->clock->wall_ms += (int64_t)(until - t->clock->mono_ms);
    t->clock->mono_ms = until;
    run_due(t);
}

static int32_t transport_poll(void *ctx, uint32_t timeout_ms, crmsync_http_sink *sink,
                              crmsync_error **err)
{
    orgsim_transport *t = ctx;
    (void)err;
    run_due(t);
    bool woken = atomic_exchange(&t->woken, false);
    if (deliver_ready(t, sink) == 0 && timeout_ms > 0 && !woken) {
        pass_time(t, timeout_ms);
        deliver_ready(t, sink);
    }
    sweep(t);
    return CRMSYNC_OK;
}

static job *open_job(orgsim_transport *t, uint64_t id)
{
    for (job *j = t->jobs; j; j = j->next) {
        if (j->open && j->seen.id == id)
            return j;
    }
    return NULL;
}

static int32_t transport_resume(void *ctx, uint64_t id, crmsync_http_sink *sink,
                                crmsync_error **err)
{
    job *j = open_job(ctx, id);
    (void)sink;
    (void)err;
    if (j)
        j->paused = false; /* the next poll goes on */
    return CRMSYNC_OK;
}

static void transport_cancel(void *ctx, uint64_t id)
{
    job *j = open_job(ctx, id);
    if (j)
        j->open = false;
    sweep(ctx);
}

static void transport_wake(void *ctx)
{
    orgsim_transport *t = ctx;
    atomic_store(&t->woken, true);
}

const crmsync_transport_ops *orgsim_transport_ops(void)
{
    static const crmsync_transport_ops ops = {
        sizeof(crmsync_transport_ops), transport_start,  transport_poll, transport_resume,
        transport_cancel,              transport_wake,   NULL};
    return &ops;
}

/* ---- the test's hand ---- */

void orgsim_transport_fault(orgsim_transport *transport, uint64_t n, enum orgsim_fault_kind kind)
{
    if (n == 0)
        orgsim_fault_plan_clear(&transport->plan);
    else
        orgsim_fault_plan_number(&transport->plan, transport->started + n, kind);
}

void orgsim_transport_fault_on(orgsim_transport *transport, const char *part,
                               enum orgsim_fault_kind kind)
{
    orgsim_fault_plan_part(&transport->plan, part, kind);
}

void orgsim_transport_fault_rate(orgsim_transport *transport, uint32_t per_mille,
                                 enum orgsim_fault_kind kind, uint64_t seed)
{
    orgsim_fault_plan_rate(&transport->plan, per_mille, kind, seed);
}

uint64_t orgsim_transport_started(const orgsim_transport *transport)
{
    return transport->started;
}

void orgsim_transport_chunk(orgsim_transport *transport, size_t bytes)
{
    transport->chunk = bytes;
}

void orgsim_transport_watch(orgsim_transport *transport, orgsim_watch_fn watch, void *ctx)
{
    transport->watch = watch;
    transport->watch_ctx = ctx;
}

void orgsim_transport_drop_client(orgsim_transport *transport)
{
    for (job *j = transport->jobs; j; j = j->next)
        j->open = false;
    sweep(transport);
}

size_t orgsim_transport_late(const orgsim_transport *transport)
{
    size_t count = 0;
    for (const job *j = transport->jobs; j; j = j->next)
        count += !j->ran;
    return count;
}
