#include "net/pump.h"

#include "net/redact.h"

#define TRACE_BODY 16384

static crmi_exchange *find(const crmi_pump *pump, uint64_t id)
{
    for (size_t i = 0; i < pump->open_count; i++) {
        if (pump->open[i]->id == id)
            return pump->open[i];
    }
    return NULL;
}

static crmi_exchange *in_flight(crmsync_http_sink *sink, uint64_t id)
{
    crmi_exchange *ex = find((crmi_pump *)sink, id);
    return ex && ex->outcome == 0 ? ex : NULL;
}

static bool copy_headers(crmi_exchange *ex, const crmsync_header *headers, size_t n)
{
    ex->headers = crmi_arena_array(&ex->arena, n + 1, sizeof *ex->headers);
    if (!ex->headers)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!crmi_arena_str(&ex->arena, headers[i].name, &ex->headers[i].name) ||
            !crmi_arena_str(&ex->arena, headers[i].value, &ex->headers[i].value))
            return false;
        ex->header_count = i + 1;
    }
    return true;
}

static int32_t take_head(crmsync_http_sink *sink, uint64_t id, int32_t status,
                         const crmsync_header *headers, size_t header_count)
{
    crmi_exchange *ex = in_flight(sink, id);
    if (!ex)
        return CRMSYNC_E_INVALID;
    if (ex->status || status < 100 || status > 999) {
        ex->broken = true;
        return CRMSYNC_E_INVALID;
    }
    ex->status = status;
    if (!copy_headers(ex, headers, header_count))
        ex->nomem = true;
    return CRMSYNC_OK;
}

/* Refusals are collected even when the caller wants a stream: they are read whole. */
static int32_t take_streamed(crmi_exchange *ex, crmsync_str bytes)
{
    int32_t said = ex->send.on_body(ex->send.body_ctx, bytes);
    ex->paused = said == CRMSYNC_HTTP_BODY_PAUSED;
    if (said == CRMSYNC_HTTP_BODY_LIMIT)
        ex->over_limit = true;
    return said;
}

static int32_t take_body(crmsync_http_sink *sink, uint64_t id, crmsync_str bytes)
{
    crmi_pump *pump = (crmi_pump *)sink;
    crmi_exchange *ex = in_flight(sink, id);
    if (!ex)
        return CRMSYNC_HTTP_BODY_LIMIT;
    if (ex->status == 0)
        ex->broken = true;
    if (ex->broken || ex->nomem || ex->over_limit)
        return CRMSYNC_HTTP_BODY_LIMIT;
    ex->received += bytes.len;
    if (ex->send.on_body && ex->status >= 200 && ex->status <= 299)
        return take_streamed(ex, bytes);
    if (bytes.len > pump->max_body - ex->body.len) {
        ex->over_limit = true;
        return CRMSYNC_HTTP_BODY_LIMIT;
    }
    crmi_buf_add(&ex->body, bytes);
    if (!crmi_buf_ok(&ex->body)) {
        ex->nomem = true;
        return CRMSYNC_HTTP_BODY_LIMIT;
    }
    return CRMSYNC_HTTP_BODY_OK;
}

static void trace(const crmi_pump *pump, const crmi_exchange *ex)
{
    crmi_buf body;
    crmsync_str seen = crmi_str_sub(crmi_buf_str(&ex->body), 0, TRACE_BODY);
    if (!pump->env->trace)
        return;
    crmi_buf_init(&body, pump->alloc);
    if (ex->send.flags & CRMI_EXCHANGE_SECRET)
        crmi_redact_body(&body, seen);
    else
        crmi_buf_add(&body, crmi_str_sub(seen, 0, crmi_str_utf8_cut(seen, seen.len)));
    crmsync_trace t = {.struct_size = sizeof t,
                       .method = ex->send.method,
                       .url = crmi_buf_str(&ex->trace_url),
                       .request_body = crmi_buf_str(&ex->trace_body),
                       .response_body = crmi_buf_str(&body),
                       .status = ex->status,
                       .outcome = ex->outcome,
                       .elapsed_ms = ex->ended - ex->started};
    if (crmi_buf_ok(&body) && crmi_buf_ok(&ex->trace_url) && crmi_buf_ok(&ex->trace_body))
        pump->env->trace(pump->env_ctx, &t);
    crmi_buf_clear(&body);
}

static int32_t take_done(crmsync_http_sink *sink, uint64_t id, uint32_t outcome, crmsync_str detail)
{
    crmi_pump *pump = (crmi_pump *)sink;
    crmi_exchange *ex = in_flight(sink, id);
    if (!ex)
        return CRMSYNC_E_INVALID;
    if (outcome < CRMSYNC_HTTP_RESPONDED || outcome > CRMSYNC_HTTP_REFUSED_TLS)
        ex->broken = true;
    /* An answer that we could not take whole is no answer; the server may have acted. */
    if (outcome == CRMSYNC_HTTP_RESPONDED && ex->status == 0)
        ex->broken = true;
    if (ex->broken || ex->nomem || ex->over_limit)
        outcome = CRMSYNC_HTTP_UNKNOWN;
    else if (outcome != CRMSYNC_HTTP_RESPONDED && ex->status)
        outcome = CRMSYNC_HTTP_UNKNOWN; /* an answer began, so the request had left */
    ex->outcome = outcome;
    ex->ended = crmi_pump_mono(pump);
    crmi_buf_add(&ex->detail, crmi_str_sub(detail, 0, crmi_str_utf8_cut(detail, 300)));
    trace(pump, ex);
    return CRMSYNC_OK;
}

int32_t crmi_pump_init(crmi_pump *pump, const crmsync_alloc *alloc,
                       const crmsync_transport_ops *ops, void *ctx, const crmsync_env_ops *env,
                       void *env_ctx, size_t max_body, crmsync_error **err)
{
    *pump = (crmi_pump){.sink = {take_head, take_body, take_done},
                        .ops = ops,
                        .ctx = ctx,
                        .env = env,
                        .env_ctx = env_ctx,
                        .alloc = alloc,
                        .max_body = max_body ? max_body : CRMI_BODY_MAX_DEFAULT};
    if (!ops || !ops->start || !ops->poll || !ops->resume || !ops->cancel)
        return crmi_fail(err, CRMSYNC_E_INVALID,
                         "the transport hook needs start, poll, resume and cancel");
    if (!env || !env->mono_ms || !env->wall_ms || !env->random)
        return crmi_fail(err, CRMSYNC_E_INVALID,
                         "the environment hook needs wall_ms, mono_ms and random");
    /* A transport may serve several engines: a random start keeps their ids apart. */
    int32_t rc = env->random(env_ctx, &pump->next_id, sizeof pump->next_id, err);
    pump->next_id = (pump->next_id >> 1) + 1;
    return rc;
}

void crmi_pump_clear(crmi_pump *pump)
{
    while (pump->open_count)
        crmi_pump_release(pump, pump->open[pump->open_count - 1]);
    crmi_dealloc_array(pump->alloc, pump->open, pump->open_cap, sizeof(crmi_exchange *));
    pump->open = NULL;
    pump->open_cap = 0;
}

uint64_t crmi_pump_mono(const crmi_pump *pump)
{
    return pump->env->mono_ms(pump->env_ctx);
}

int64_t crmi_pump_wall(const crmi_pump *pump)
{
    return pump->env->wall_ms(pump->env_ctx);
}

static void exchange_free(const crmi_pump *pump, crmi_exchange *ex)
{
    if (ex->send.flags & CRMI_EXCHANGE_SECRET)
        crmi_buf_wipe(&ex->body);
    crmi_buf_clear(&ex->body);
    crmi_buf_clear(&ex->detail);
    crmi_buf_clear(&ex->trace_url);
    crmi_buf_clear(&ex->trace_body);
    crmi_arena_clear(&ex->arena);
    CRMI_DELETE(pump->alloc, ex);
}

static crmi_exchange *exchange_new(crmi_pump *pump, const crmi_send *send)
{
    if (!crmi_grow(pump->alloc, &pump->open, &pump->open_cap, pump->open_count + 1,
                   sizeof(crmi_exchange *)))
        return NULL;
    crmi_exchange *ex = CRMI_NEW(pump->alloc, crmi_exchange);
    if (!ex)
        return NULL;
    ex->send = *send;
    ex->id = pump->next_id++;
    ex->started = crmi_pump_mono(pump);
    crmi_arena_init(&ex->arena, pump->alloc);
    crmi_buf_init(&ex->body, pump->alloc);
    crmi_buf_init(&ex->detail, pump->alloc);
    crmi_buf_init(&ex->trace_url, pump->alloc);
    crmi_buf_init(&ex->trace_body, pump->alloc);
    ex->send.url = ex->send.body = CRMI_STR_EMPTY;
    ex->send.headers = NULL;
    if (!crmi_arena_str(&ex->arena, send->method, &ex->send.method)) {
        exchange_free(pump, ex);
        return NULL;
    }
    if (pump->env->trace) {
        crmi_redact_url(&ex->trace_url, send->url);
        if (send->flags & CRMI_EXCHANGE_SECRET)
            crmi_redact_body(&ex->trace_body, send->body);
        else
            crmi_buf_add(&ex->trace_body, send->body);
    }
    return ex;
}

static int32_t hook_result(const crmi_pump *pump, const char *op, int32_t rc, crmsync_error **err)
{
    (void)pump;
    if (rc == 0)
        return CRMSYNC_OK;
    if (rc > 0)
        rc = CRMSYNC_E_TRANSPORT;
    if (err && !*err)
        return crmi_fail(err, rc, "the transport's %s failed", op);
    return rc;
}

int32_t crmi_pump_submit(crmi_pump *pump, const crmi_send *send, crmi_exchange **out,
                         crmsync_error **err)
{
    *out = NULL;
    crmi_exchange *ex = exchange_new(pump, send);
    if (!ex)
        return crmi_fail_nomem(err);
    crmsync_http_request request = {.struct_size = sizeof request,
                                    .id = ex->id,
                                    .method = send->method,
                                    .url = send->url,
                                    .body = send->body,
                                    .headers = send->headers,
                                    .header_count = send->header_count,
                                    .not_after = send->not_after,
                                    .timeout_ms = send->timeout_ms,
                                    .flags = send->http_flags};
    pump->open[pump->open_count++] = ex;
    if (send->not_after && ex->started >= send->not_after) { /* spares the transport the trouble */
        take_done(&pump->sink, ex->id, CRMSYNC_HTTP_NOT_SENT, CRMI_STR("the deadline has passed"));
        *out = ex;
        return CRMSYNC_OK;
    }
    int32_t rc = pump->ops->start(pump->ctx, &request, &pump->sink, err);
    rc = hook_result(pump, "start", rc, err);
    if (rc) {
        crmi_pump_release(pump, ex);
        return rc;
    }
    pump->sent++;
    *out = ex;
    return CRMSYNC_OK;
}

int32_t crmi_pump_poll(crmi_pump *pump, uint32_t timeout_ms, crmsync_error **err)
{
    int32_t rc = pump->ops->poll(pump->ctx, timeout_ms, &pump->sink, err);
    return hook_result(pump, "poll", rc, err);
}

int32_t crmi_pump_resume(crmi_pump *pump, crmi_exchange *ex, crmsync_error **err)
{
    if (!ex->paused || ex->outcome)
        return CRMSYNC_OK;
    ex->paused = false;
    return hook_result(pump, "resume", pump->ops->resume(pump->ctx, ex->id, &pump->sink, err), err);
}

void crmi_pump_release(crmi_pump *pump, crmi_exchange *ex)
{
    if (!ex)
        return;
    for (size_t i = 0; i < pump->open_count; i++) {
        if (pump->open[i] == ex) {
            pump->open[i] = pump->open[--pump->open_count];
            break;
        }
    }
    if (ex->outcome == 0)
        pump->ops->cancel(pump->ctx, ex->id);
    exchange_free(pump, ex);
}

size_t crmi_pump_in_flight(const crmi_pump *pump)
{
    size_t n = 0;
    for (size_t i = 0; i < pump->open_count; i++)
        n += pump->open[i]->outcome == 0;
    return n;
}

crmsync_str crmi_exchange_header(const crmi_exchange *ex, const char *name)
{
    for (size_t i = 0; i < ex->header_count; i++) {
        if (crmi_str_eq_ci(ex->headers[i].name, crmi_str(name)))
            return ex->headers[i].value;
    }
    return CRMI_STR_EMPTY;
}
