/* A blocking send function as a transport: each exchange is performed inside start. */
#include <crmsync/transport.h>

#include "base/error.h"
#include "base/sinks.h"
#include "base/sized.h"

/* What a blocking function delivers: passed on, or kept while the library wants a pause. */
struct crmsync_http_reply {
    crmsync_http_reply *next; /* among those that are paused */
    crmsync_http_sink *sink;
    uint64_t id;
    bool headed;
    bool stopped; /* the library wants no more of the body */
    bool paused;
    uint32_t outcome;
    crmi_buf kept;
};

struct crmsync_sync_transport {
    crmsync_alloc alloc;
    crmsync_sync_transport_options options;
    crmsync_http_reply *paused;
};

int32_t crmsync_http_reply_head(crmsync_http_reply *reply, int32_t status,
                                const crmsync_header *headers, size_t header_count)
{
    if (!reply || reply->headed)
        return CRMSYNC_E_INVALID;
    reply->headed = true;
    return crmsync_http_head(reply->sink, reply->id, status, headers, header_count);
}

int32_t crmsync_http_reply_body(crmsync_http_reply *reply, crmsync_str bytes)
{
    if (!reply || reply->stopped || !reply->headed)
        return CRMSYNC_HTTP_BODY_LIMIT;
    if (reply->paused) {
        crmi_buf_add(&reply->kept, bytes);
        reply->stopped = !crmi_buf_ok(&reply->kept);
        return reply->stopped ? CRMSYNC_HTTP_BODY_LIMIT : CRMSYNC_HTTP_BODY_OK;
    }
    int32_t said = crmsync_http_body(reply->sink, reply->id, bytes);
    reply->stopped = said == CRMSYNC_HTTP_BODY_LIMIT;
    reply->paused = said == CRMSYNC_HTTP_BODY_PAUSED;
    return reply->stopped ? said : CRMSYNC_HTTP_BODY_OK;
}

static void reply_free(crmsync_sync_transport *t, crmsync_http_reply *reply)
{
    crmi_buf_clear(&reply->kept);
    CRMI_DELETE(&t->alloc, reply);
}

static void reply_end(crmsync_sync_transport *t, crmsync_http_reply *reply, crmsync_http_sink *sink,
                      crmsync_error *why)
{
    if (reply->stopped && reply->outcome == CRMSYNC_HTTP_RESPONDED)
        reply->outcome = CRMSYNC_HTTP_UNKNOWN;
    crmsync_http_done(sink, reply->id, reply->outcome, crmsync_error_message(why));
    reply_free(t, reply);
}

static int32_t sync_start(void *ctx, const crmsync_http_request *request, crmsync_http_sink *sink,
                          crmsync_error **err)
{
    crmsync_sync_transport *t = ctx;
    crmsync_error *why = NULL;
    crmsync_http_reply *reply = CRMI_NEW(&t->alloc, crmsync_http_reply);
    if (!reply)
        return crmi_fail_nomem(err);
    reply->sink = sink;
    reply->id = request->id;
    crmi_buf_init(&reply->kept, &t->alloc);
    int32_t rc = t->options.send(t->options.ctx, request, reply, &why);
    /* A negative answer does not say whether the request had left. */
    reply->outcome = rc >= CRMSYNC_HTTP_RESPONDED && rc <= CRMSYNC_HTTP_REFUSED_TLS
                         ? (uint32_t)rc
                         : CRMSYNC_HTTP_UNKNOWN;
    reply->sink = NULL;
    if (reply->paused && !reply->stopped) {
        reply->next = t->paused;
        t->paused = reply;
    } else {
        reply_end(t, reply, sink, why);
    }
    crmsync_error_free(why);
    return CRMSYNC_OK;
}

static int32_t sync_poll(void *ctx, uint32_t timeout_ms, crmsync_http_sink *sink,
                         crmsync_error **err)
{
    crmsync_sync_transport *t = ctx;
    (void)sink;
    (void)err;
    if (t->options.sleep && timeout_ms)
        t->options.sleep(t->options.ctx, timeout_ms);
    return CRMSYNC_OK;
}

static crmsync_http_reply **seek(crmsync_sync_transport *t, uint64_t id)
{
    crmsync_http_reply **at = &t->paused;
    while (*at && (*at)->id != id)
        at = &(*at)->next;
    return at;
}

static int32_t sync_resume(void *ctx, uint64_t id, crmsync_http_sink *sink, crmsync_error **err)
{
    crmsync_sync_transport *t = ctx;
    crmsync_http_reply **at = seek(t, id);
    crmsync_http_reply *reply = *at;
    int32_t said = CRMSYNC_HTTP_BODY_OK;
    (void)err;
    if (!reply)
        return CRMSYNC_OK;
    if (reply->kept.len) {
        said = crmsync_http_body(sink, id, crmi_buf_str(&reply->kept));
        crmi_buf_clear(&reply->kept);
    }
    if (said == CRMSYNC_HTTP_BODY_PAUSED)
        return CRMSYNC_OK; /* the end is told at the next resume */
    reply->stopped = said == CRMSYNC_HTTP_BODY_LIMIT;
    *at = reply->next;
    reply_end(t, reply, sink, NULL);
    return CRMSYNC_OK;
}

static void sync_cancel(void *ctx, uint64_t id)
{
    crmsync_sync_transport *t = ctx;
    crmsync_http_reply **at = seek(t, id);
    crmsync_http_reply *reply = *at;
    if (!reply)
        return;
    *at = reply->next;
    reply_free(t, reply);
}

static void sync_wake(void *ctx)
{
    const crmsync_sync_transport *t = ctx;
    if (t->options.wake)
        t->options.wake(t->options.ctx);
}

static void sync_destroy(void *ctx)
{
    crmsync_sync_transport_free(ctx);
}

int32_t crmsync_sync_transport_new(const crmsync_sync_transport_options *options,
                                   crmsync_sync_transport **out, crmsync_error **err)
{
    crmsync_sync_transport_options given = CRMSYNC_SYNC_TRANSPORT_OPTIONS_INIT;
    crmsync_alloc alloc;
    if (!out)
        return crmi_fail(err, CRMSYNC_E_INVALID, "no place for the transport");
    *out = NULL;
    int32_t rc = crmi_copy_in(&given, sizeof given, options, "options of the transport", err);
    if (rc)
        return rc;
    if (!given.send)
        return crmi_fail(err, CRMSYNC_E_INVALID, "a blocking transport needs a send function");
    rc = crmi_alloc_init(&alloc, given.alloc);
    if (rc)
        return crmi_fail(err, rc, "the allocator lacks a function");
    crmsync_sync_transport *t = CRMI_NEW(&alloc, crmsync_sync_transport);
    if (!t)
        return crmi_fail_nomem(err);
    *t = (crmsync_sync_transport){.alloc = alloc, .options = given};
    *out = t;
    return CRMSYNC_OK;
}

const crmsync_transport_ops *crmsync_sync_transport_ops(void)
{
    static const crmsync_transport_ops ops = {
        .struct_size = sizeof ops,
        .start = sync_start,
        .poll = sync_poll,
        .resume = sync_resume,
        .cancel = sync_cancel,
        .wake = sync_wake,
        .destroy = sync_destroy,
    };
    return &ops;
}

void crmsync_sync_transport_free(crmsync_sync_transport *transport)
{
    if (!transport)
        return;
    while (transport->paused) {
        crmsync_http_reply *reply = transport->paused;
        transport->paused = reply->next;
        reply_free(transport, reply);
    }
    crmsync_alloc alloc = transport->alloc;
    CRMI_DELETE(&alloc, transport);
}
