/**
 * @file transport.h
 * The HTTP hook: how the library reaches Salesforce through the host's network.
 *
 * Completion style. A transport delivers only through the sink that was passed to the hook being
 * executed, and any hook may deliver for any exchange. The library calls all hooks from the thread
 * that drives it; `wake` alone may come from another thread.
 *
 * A transport follows no redirects, repeats no request and keeps no cookies: the library must know
 * what reached the server. **libcurl repeats a POST silently when a reused connection dies before
 * the first reply byte**; give it the body by READFUNCTION with a SEEKFUNCTION that refuses.
 */
#ifndef CRMSYNC_TRANSPORT_H
#define CRMSYNC_TRANSPORT_H

#include <crmsync/error.h>
#include <crmsync/types.h>

CRMSYNC_BEGIN_DECLS

/** One exchange to start. All views are valid inside `start` only: copy what is kept. */
typedef struct crmsync_http_request {
    size_t struct_size;
    uint64_t id;                   /**< names the exchange; never reused, never 0 */
    crmsync_str method;            /**< `GET`, `POST`, `PATCH`, `PUT`, `DELETE` */
    crmsync_str url;               /**< absolute */
    crmsync_str body;              /**< contiguous; empty when there is none */
    const crmsync_header *headers; /**< Content-Length and Host are the transport's to add */
    size_t header_count;
    uint64_t not_after;            /**< mono_ms instant; 0 = none. Checked just before the first
                                        byte: when it has passed nothing is sent and NOT_SENT
                                        delivered */
    uint32_t timeout_ms;           /**< whole exchange; 0 = the transport's own */
    uint32_t flags;                /**< CRMSYNC_HTTP_* */
} crmsync_http_request;

#define CRMSYNC_HTTP_REQUEST_INIT \
    {sizeof(crmsync_http_request), 0, {NULL, 0}, {NULL, 0}, {NULL, 0}, NULL, 0, 0, 0, 0}

/** Flags of a request. */
enum {
    CRMSYNC_HTTP_IDEMPOTENT = 0x1 /**< it may be repeated without harm (a query) */
};

/** How an exchange ended. */
enum {
    CRMSYNC_HTTP_RESPONDED = 1,  /**< the whole response arrived */
    CRMSYNC_HTTP_NOT_SENT = 2,   /**< no complete request can have left: refused, deadline,
                                      short upload */
    CRMSYNC_HTTP_UNKNOWN = 3,    /**< anything else: the server may have acted */
    CRMSYNC_HTTP_REFUSED_TLS = 4 /**< certificate or handshake; nothing was sent */
};

/** What the library says to a piece of body. */
enum {
    CRMSYNC_HTTP_BODY_OK = 0,
    CRMSYNC_HTTP_BODY_PAUSED = 1, /**< taken; deliver no more of this exchange until `resume` */
    CRMSYNC_HTTP_BODY_LIMIT = 2   /**< too much: stop reading and deliver `done` UNKNOWN */
};

typedef struct crmsync_http_sink crmsync_http_sink;

/**
 * Delivers status and headers, once, before any body.
 * @return CRMSYNC_OK, or CRMSYNC_E_INVALID for an exchange that is not open (ignore it)
 */
CRMSYNC_API int32_t crmsync_http_head(crmsync_http_sink *sink, uint64_t id, int32_t status,
                                      const crmsync_header *headers, size_t header_count);
/**
 * Delivers the next piece of the decoded body; pieces may have any size.
 * @return a CRMSYNC_HTTP_BODY_* value
 */
CRMSYNC_API int32_t crmsync_http_body(crmsync_http_sink *sink, uint64_t id, crmsync_str bytes);
/**
 * Ends an exchange, exactly once unless it was cancelled.
 * @param outcome  CRMSYNC_HTTP_RESPONDED, _NOT_SENT, _UNKNOWN or _REFUSED_TLS
 * @param detail   one line for the log, such as curl's message; may be empty
 */
CRMSYNC_API int32_t crmsync_http_done(crmsync_http_sink *sink, uint64_t id, uint32_t outcome,
                                      crmsync_str detail);

/**
 * The hooks. `start`, `poll`, `resume` and `cancel` are required. An `int32_t` says only whether
 * the transport works at all (0, or a negative error): trouble with one exchange is its outcome.
 */
typedef struct crmsync_transport_ops {
    size_t struct_size;
    /** Starts an exchange; several are in flight at once. */
    int32_t (*start)(void *ctx, const crmsync_http_request *request, crmsync_http_sink *sink,
                     crmsync_error **err);
    /** Moves exchanges on and waits up to `timeout_ms`, also with nothing in flight; 0 = do not
     *  wait. */
    int32_t (*poll)(void *ctx, uint32_t timeout_ms, crmsync_http_sink *sink, crmsync_error **err);
    /** Goes on with an exchange whose body was PAUSED. */
    int32_t (*resume)(void *ctx, uint64_t id, crmsync_http_sink *sink, crmsync_error **err);
    /** Synchronous and final: nothing of this exchange is delivered afterwards. */
    void (*cancel)(void *ctx, uint64_t id);
    /** Optional. Ends a waiting `poll` early; the one hook called from another thread. */
    void (*wake)(void *ctx);
    /** Optional. Called exactly once, when the engine that took the table is freed. */
    void (*destroy)(void *ctx);
} crmsync_transport_ops;

#define CRMSYNC_TRANSPORT_OPS_INIT \
    {sizeof(crmsync_transport_ops), NULL, NULL, NULL, NULL, NULL, NULL}

/** Where a blocking send function puts its answer; valid inside that call. */
typedef struct crmsync_http_reply crmsync_http_reply;

/** Sets the status and headers of a blocking reply, once. @return CRMSYNC_OK or CRMSYNC_E_NOMEM */
CRMSYNC_API int32_t crmsync_http_reply_head(crmsync_http_reply *reply, int32_t status,
                                            const crmsync_header *headers, size_t header_count);
/** Appends to the body of a blocking reply. @return a CRMSYNC_HTTP_BODY_* value */
CRMSYNC_API int32_t crmsync_http_reply_body(crmsync_http_reply *reply, crmsync_str bytes);

/**
 * A blocking HTTP function: performs the request and fills `reply`.
 * @param err  with any outcome but RESPONDED: why, for the log; the library frees it
 * @return CRMSYNC_HTTP_RESPONDED, _NOT_SENT, _UNKNOWN or _REFUSED_TLS. A negative error counts as
 *         UNKNOWN: whether the request had left is not known. To end the job as well, call
 *         crmsync_job_cancel().
 */
typedef int32_t (*crmsync_http_send_fn)(void *ctx, const crmsync_http_request *request,
                                        crmsync_http_reply *reply, crmsync_error **err);
/** Waits; called when the library has nothing in flight. */
typedef void (*crmsync_http_sleep_fn)(void *ctx, uint32_t timeout_ms);
/** Ends a wait, or the next one, early: a job was cancelled. Called from any thread. */
typedef void (*crmsync_http_wake_fn)(void *ctx);

typedef struct crmsync_sync_transport crmsync_sync_transport;

/** What crmsync_sync_transport_new() is given; copied. */
typedef struct crmsync_sync_transport_options {
    size_t struct_size;
    const crmsync_alloc *alloc;  /**< NULL = libc; its ctx must outlive the transport */
    crmsync_http_send_fn send;   /**< required */
    crmsync_http_sleep_fn sleep; /**< NULL = `poll` returns at once */
    crmsync_http_wake_fn wake;   /**< NULL = a cancelled job ends when `sleep` returns */
    void *ctx;                   /**< given to the three functions; must outlive the transport */
} crmsync_sync_transport_options;

#define CRMSYNC_SYNC_TRANSPORT_OPTIONS_INIT \
    {sizeof(crmsync_sync_transport_options), NULL, NULL, NULL, NULL, NULL}

/**
 * Wraps a blocking send function as a transport: one exchange at a time, each performed inside
 * `start`.
 *
 * @param out  receives the transport; its table is crmsync_sync_transport_ops(), its context the
 *             object itself. An engine that takes the table frees the object through `destroy`.
 * @return CRMSYNC_OK; CRMSYNC_E_INVALID (no `send`); CRMSYNC_E_UNSUPPORTED (options of a newer
 *         library with members set that this one does not know); CRMSYNC_E_NOMEM. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_sync_transport_new(const crmsync_sync_transport_options *options,
                                               crmsync_sync_transport **out, crmsync_error **err);
/** The table for crmsync_sync_transport_new(); static. Since 0.1. */
CRMSYNC_API const crmsync_transport_ops *crmsync_sync_transport_ops(void);
/** Frees a transport that no engine took; NULL is allowed. Since 0.1. */
CRMSYNC_API void crmsync_sync_transport_free(crmsync_sync_transport *transport);

CRMSYNC_END_DECLS

#endif
