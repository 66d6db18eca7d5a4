/*
 * Exchanges: one HTTP request in, one outcome out, several in flight. Nothing is repeated here and
 * nothing decided: that is the business of net/call.h.
 */
#ifndef CRMI_NET_PUMP_H
#define CRMI_NET_PUMP_H

#include <crmsync/env.h>
#include <crmsync/transport.h>

#include "base/error.h"
#include "base/sinks.h"

#define CRMI_BODY_MAX_DEFAULT (64u * 1024u * 1024u)

/* Trace: what must not be seen. */
#define CRMI_EXCHANGE_SECRET 0x1u /* the bodies carry credentials: mask their members */

/*
 * Takes a piece of a response body of a streamed exchange; returns CRMSYNC_HTTP_BODY_*. Called for
 * 2xx answers only: a refusal is collected.
 */
typedef int32_t (*crmi_body_fn)(void *ctx, crmsync_str bytes);

/* An exchange to start; views are copied by the transport during the call. */
typedef struct crmi_send {
    crmsync_str method, url, body;
    const crmsync_header *headers;
    size_t header_count;
    uint64_t not_after;   /* mono ms; 0 = none */
    uint32_t timeout_ms;  /* 0 = the transport's own */
    uint32_t http_flags;  /* CRMSYNC_HTTP_IDEMPOTENT */
    uint32_t flags;       /* CRMI_EXCHANGE_* */
    crmi_body_fn on_body; /* NULL = collect */
    void *body_ctx;
} crmi_send;

typedef struct crmi_exchange {
    uint64_t id;
    uint32_t outcome; /* 0 = under way; CRMSYNC_HTTP_* */
    int32_t status;   /* 0 = no head arrived */
    crmsync_header *headers;
    size_t header_count;
    crmi_buf body;   /* collected */
    crmi_buf detail; /* the transport's line for the log */
    bool over_limit; /* more body than allowed */
    bool nomem;      /* an answer came, and there was no memory for it */
    bool paused;
    bool broken;             /* the transport broke its contract (two heads, body before head) */
    uint64_t received;       /* body bytes */
    uint64_t started, ended; /* mono ms */
    /* private */
    crmi_arena arena;
    crmi_send send;
    crmi_buf trace_url, trace_body;
} crmi_exchange;

typedef struct crmi_pump {
    crmsync_http_sink sink; /* first: what the transport sees */
    const crmsync_transport_ops *ops;
    void *ctx;
    const crmsync_env_ops *env;
    void *env_ctx;
    const crmsync_alloc *alloc;
    size_t max_body;
    uint64_t next_id;
    crmi_exchange **open;
    size_t open_count, open_cap;
    uint64_t sent; /* exchanges started so far */
} crmi_pump;

/* Ids start at a number no other pump of the process uses; `max_body` 0 = the default. */
int32_t crmi_pump_init(crmi_pump *pump, const crmsync_alloc *alloc,
                       const crmsync_transport_ops *ops, void *ctx, const crmsync_env_ops *env,
                       void *env_ctx, size_t max_body, crmsync_error **err);
/* Cancels what is in flight; exchanges must have been released before. */
void crmi_pump_clear(crmi_pump *pump);
uint64_t crmi_pump_mono(const crmi_pump *pump);
int64_t crmi_pump_wall(const crmi_pump *pump);

/* Starts one; release it when done. An error: nothing was started, no exchange. */
int32_t crmi_pump_submit(crmi_pump *pump, const crmi_send *send, crmi_exchange **out,
                         crmsync_error **err);
/* Moves all on; returns when something happened or after `timeout_ms`. Then look at the outcomes.
 */
int32_t crmi_pump_poll(crmi_pump *pump, uint32_t timeout_ms, crmsync_error **err);
int32_t crmi_pump_resume(crmi_pump *pump, crmi_exchange *ex, crmsync_error **err);
/* Cancels it when it is still in flight, and frees it; NULL is allowed. */
void crmi_pump_release(crmi_pump *pump, crmi_exchange *ex);
size_t crmi_pump_in_flight(const crmi_pump *pump);

/* A response header, or empty. */
crmsync_str crmi_exchange_header(const crmi_exchange *ex, const char *name);

#endif
