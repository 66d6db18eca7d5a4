#include "transport_kit.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const char *const outcome_names[] = {"nothing", "RESPONDED", "NOT_SENT", "UNKNOWN",
                                            "REFUSED_TLS"};

static const char *outcome_name(uint32_t outcome)
{
    return outcome < 5 ? outcome_names[outcome] : "an unknown outcome";
}

static crmi_transport_kit *kit_of(crmsync_http_sink *sink)
{
    return (crmi_transport_kit *)(void *)((char *)sink - offsetof(crmi_transport_kit, sink));
}

static crmi_flight *flight_of(crmi_transport_kit *k, uint64_t id)
{
    for (size_t i = 0; id != 0 && i < CRMI_FLIGHTS; i++)
        if (k->flights[i].id == id)
            return &k->flights[i];
    return NULL;
}

static void violate(crmi_flight *f, const char *what)
{
    if (!f->violation)
        f->violation = what;
}

/* What no exchange may deliver any more. */
static void check_open(crmi_flight *f)
{
    if (f->dones > 0)
        violate(f, "something was delivered after done");
    if (f->paused)
        violate(f, "something was delivered while the exchange was paused");
}

static int32_t take_head(crmsync_http_sink *sink, uint64_t id, int32_t status,
                         const crmsync_header *headers, size_t n)
{
    crmi_flight *f = flight_of(kit_of(sink), id);

    if (!f)
        return CRMSYNC_E_INVALID;
    check_open(f);
    if (f->heads++ > 0)
        violate(f, "head was delivered twice");
    if (f->bodies > 0)
        violate(f, "body was delivered before head");
    f->status = status;
    for (size_t i = 0; i < n; i++)
        if (crmi_host_eq(headers[i].value, CRMI_HOST_LIT("two words")) &&
            headers[i].name.len == 5 && (headers[i].name.ptr[0] | 0x20) == 'x')
            f->custom_header = true;
    return CRMSYNC_OK;
}

static int32_t take_body(crmsync_http_sink *sink, uint64_t id, crmsync_str bytes)
{
    crmi_flight *f = flight_of(kit_of(sink), id);

    if (!f)
        return CRMSYNC_HTTP_BODY_LIMIT;
    check_open(f);
    if (f->heads == 0)
        violate(f, "body was delivered before head");
    f->bodies++;
    crmi_bytes_add(&f->body, bytes);
    if (f->limit > 0 && f->body.len > f->limit) {
        if (f->limit == SIZE_MAX)
            violate(f, "body was delivered after LIMIT");
        f->limit = SIZE_MAX - 1;
        return CRMSYNC_HTTP_BODY_LIMIT;
    }
    if (f->bodies == f->pause_at) {
        f->paused = true;
        return CRMSYNC_HTTP_BODY_PAUSED;
    }
    return CRMSYNC_HTTP_BODY_OK;
}

static int32_t take_done(crmsync_http_sink *sink, uint64_t id, uint32_t outcome,
                         crmsync_str detail)
{
    crmi_flight *f = flight_of(kit_of(sink), id);

    (void)detail;
    if (!f)
        return CRMSYNC_E_INVALID;
    check_open(f);
    f->dones++;
    f->outcome = outcome;
    if (outcome == CRMSYNC_HTTP_RESPONDED && f->heads != 1)
        violate(f, "RESPONDED without a head");
    return CRMSYNC_OK;
}

static uint64_t clock_now(void)
{
    struct timespec now = {0, 0};
#ifdef CLOCK_BOOTTIME
    clock_gettime(CLOCK_BOOTTIME, &now);
#else
    clock_gettime(CLOCK_MONOTONIC, &now);
#endif
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

uint64_t crmi_transport_now(crmi_transport_kit *k)
{
    return k->options.mono_ms ? k->options.mono_ms(k->options.clock_ctx) : clock_now();
}

crmsync_http_request crmi_request_for(crmi_transport_kit *k, char text[96], const char *method,
                                      const char *path, const char *body)
{
    crmsync_http_request request = CRMSYNC_HTTP_REQUEST_INIT;

    snprintf(text, 96, "http://127.0.0.1:%u%s", crmi_http_server_port(k->server), path);
    request.method = crmi_host_str(method);
    request.url = crmi_host_str(text);
    request.body = crmi_host_str(body);
    request.timeout_ms = CRMI_PATIENCE_MS;
    return request;
}

crmi_flight *crmi_flight_start(crmi_transport_kit *k, crmsync_http_request request)
{
    crmsync_error *err = NULL;
    crmi_flight *f = k->flights;

    while (f < k->flights + CRMI_FLIGHTS - 1 && f->id != 0)
        f++;
    request.id = k->next_id++;
    f->id = request.id;
    if (!crmi_kit_answered(&k->kit, "start", k->ops->start(k->ctx, &request, &k->sink, &err),
                           &err))
        return NULL;
    return f;
}

static bool poll_once(crmi_transport_kit *k, uint32_t ms)
{
    crmsync_error *err = NULL;
    return crmi_kit_answered(&k->kit, "poll", k->ops->poll(k->ctx, ms, &k->sink, &err), &err);
}

bool crmi_flight_wait(crmi_transport_kit *k, crmi_flight *f)
{
    uint64_t end = clock_now() + CRMI_PATIENCE_MS + 5000;

    while (f->dones == 0 && clock_now() < end)
        if (!poll_once(k, 50))
            return false;
    return crmi_kit_check(&k->kit, f->dones > 0, "the exchange never ends");
}

void crmi_transport_poll_for(crmi_transport_kit *k, uint32_t ms)
{
    uint64_t end = clock_now() + ms;

    while (clock_now() < end && poll_once(k, 20))
        continue;
}

bool crmi_flight_resume(crmi_transport_kit *k, crmi_flight *f)
{
    crmsync_error *err = NULL;

    f->paused = false;
    return crmi_kit_answered(&k->kit, "resume", k->ops->resume(k->ctx, f->id, &k->sink, &err),
                             &err);
}

void crmi_flight_cancel(crmi_transport_kit *k, crmi_flight *f)
{
    k->ops->cancel(k->ctx, f->id);
    f->dones = 1; /* whatever comes now is a violation */
}

bool crmi_flight_ended(crmi_transport_kit *k, const crmi_flight *f, uint32_t outcome)
{
    return crmi_kit_check(&k->kit, f->outcome == outcome, "the exchange ended %s instead of %s",
                          outcome_name(f->outcome), outcome_name(outcome));
}

crmi_flight *crmi_flight_run(crmi_transport_kit *k, const char *method, const char *path,
                             const char *body, uint32_t outcome)
{
    char text[96];
    crmi_flight *f = crmi_flight_start(k, crmi_request_for(k, text, method, path, body));

    if (!f || !crmi_flight_wait(k, f))
        return NULL;
    return crmi_flight_ended(k, f, outcome) ? f : NULL;
}

void crmi_flight_answered(crmi_transport_kit *k, const crmi_flight *f, int32_t status,
                          crmsync_str body)
{
    if (!f)
        return;
    crmi_kit_check(&k->kit, f->status == status, "status %d instead of %d", (int)f->status,
                   (int)status);
    crmi_kit_check(&k->kit, crmi_host_eq(crmi_bytes_str(&f->body), body),
                   "the body has %zu bytes that are not the %zu that were sent", f->body.len,
                   body.len);
}

/* Ends what is open, and holds the violations of all exchanges against the case. */
static void land(crmi_transport_kit *k)
{
    for (size_t i = 0; i < CRMI_FLIGHTS; i++) {
        crmi_flight *f = &k->flights[i];
        if (f->id != 0 && f->dones == 0)
            k->ops->cancel(k->ctx, f->id);
        crmi_kit_check(&k->kit, !f->violation, "%s", f->violation ? f->violation : "");
        crmi_kit_check(&k->kit, f->dones <= 1, "done was delivered %u times", f->dones);
        crmi_bytes_clear(&f->body);
        *f = (crmi_flight){.body = {.alloc = &k->kit.alloc}};
    }
}

static void run_cases(crmi_transport_kit *k, const crmi_transport_case *cases)
{
    for (; cases->name; cases++) {
        crmi_kit_begin(&k->kit);
        if (cases->overlaps && k->options.blocking)
            crmi_kit_skip(&k->kit, "the transport is blocking");
        else
            cases->run(k);
        land(k);
        crmi_kit_end(&k->kit, cases->name);
    }
}

int32_t crmsync_conformance_transport(const crmsync_transport_ops *ops, void *ctx,
                                      const crmsync_conformance_transport_options *options,
                                      crmsync_conformance_report report, void *report_ctx)
{
    static const crmsync_conformance_transport_options defaults =
        CRMSYNC_CONFORMANCE_TRANSPORT_OPTIONS_INIT;
    crmi_transport_kit k = {.ops = ops, .ctx = ctx, .options = options ? *options : defaults,
                            .sink = {take_head, take_body, take_done}};

    k.next_id = UINT64_MAX - 1000; /* ids are 64 bits wide */
    crmi_kit_init(&k.kit, report, report_ctx);
    for (size_t i = 0; i < CRMI_FLIGHTS; i++)
        crmi_bytes_init(&k.flights[i].body, &k.kit.alloc);
    crmi_kit_begin(&k.kit);
    k.server = crmi_http_server_start(&k.kit.alloc);
    crmi_kit_check(&k.kit, k.server != NULL, "the kit's server cannot listen on 127.0.0.1");
    crmi_kit_check(&k.kit, ops && ops->start && ops->poll && ops->resume && ops->cancel,
                   "the table misses one of start, poll, resume, cancel");
    if (k.kit.result != CRMSYNC_CASE_PASSED) {
        crmi_kit_end(&k.kit, "transport/table");
    } else {
        run_cases(&k, crmi_transport_basic_cases);
        run_cases(&k, crmi_transport_fault_cases);
        run_cases(&k, crmi_transport_flow_cases);
    }
    crmi_http_server_stop(k.server);
    return k.kit.failures;
}
