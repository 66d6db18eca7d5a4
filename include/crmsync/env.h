/**
 * @file env.h
 * The environment hook: clocks, random bytes, log, trace, civil dates, secrets.
 */
#ifndef CRMSYNC_ENV_H
#define CRMSYNC_ENV_H

#include <crmsync/error.h>
#include <crmsync/types.h>

CRMSYNC_BEGIN_DECLS

/** Log levels. */
enum {
    CRMSYNC_LOG_ERROR = 1,
    CRMSYNC_LOG_WARN = 2,
    CRMSYNC_LOG_INFO = 3,
    CRMSYNC_LOG_DEBUG = 4
};

/** One finished exchange, for `trace`. Secrets are replaced by `[redacted]` beforehand. */
typedef struct crmsync_trace {
    size_t struct_size;
    crmsync_str method;
    crmsync_str url;
    crmsync_str request_body;
    crmsync_str response_body; /**< the first 16 KiB */
    int32_t status;            /**< 0 when there was no response */
    uint32_t outcome;          /**< CRMSYNC_HTTP_* of transport.h */
    uint64_t elapsed_ms;
} crmsync_trace;

/** Receives bytes that a hook returns; valid inside that hook. */
typedef struct crmsync_bytes_sink crmsync_bytes_sink;

/** Hands bytes over; a later call replaces an earlier one. @return CRMSYNC_OK or CRMSYNC_E_NOMEM */
CRMSYNC_API int32_t crmsync_bytes_set(crmsync_bytes_sink *sink, crmsync_str bytes);

/**
 * The environment. `wall_ms`, `mono_ms` and `random` are required, the rest is optional. A hook without
 * a result code cannot fail: a clock that cannot tell gives its last value, and a host that wants the job
 * to end then calls crmsync_job_cancel().
 * All are called on the thread that is inside the library and must not call into the same engine.
 */
typedef struct crmsync_env_ops {
    size_t struct_size;
    /** Milliseconds since 1970-01-01T00:00:00Z. */
    int64_t (*wall_ms)(void *ctx);
    /** A clock that never goes back and keeps counting in suspend (CLOCK_BOOTTIME on Linux). */
    uint64_t (*mono_ms)(void *ctx);
    /** Fills `out` with `n` unpredictable bytes (a cryptographic source). */
    int32_t (*random)(void *ctx, void *out, size_t n, crmsync_error **err);
    /** NULL = no log. */
    void (*log)(void *ctx, uint32_t level, crmsync_str message);
    /** NULL = no trace. */
    void (*trace)(void *ctx, const crmsync_trace *exchange);
    /** The calendar date of an instant for an owner (their zone), days since 1970-01-01.
     *  NULL = the UTC date. `owner` is the host's id of the team member, or empty. */
    int64_t (*civil_date)(void *ctx, int64_t instant_ms, crmsync_str owner);
    /** The 32-byte key that tokens in the state store are sealed with. `key_id` is empty when a new
     *  secret is to be sealed: the hook chooses the current key and sets its id (at most 64 bytes)
     *  in `id_out`; else it names the key a stored secret was sealed with. Required unless
     *  `secret_get` and `secret_put` are given. */
    int32_t (*seal_key)(void *ctx, crmsync_str workspace, crmsync_str key_id,
                        crmsync_bytes_sink *key_out, crmsync_bytes_sink *id_out,
                        crmsync_error **err);
    /** The host keeps secrets itself. Nothing set = no such secret. Both or none. */
    int32_t (*secret_get)(void *ctx, crmsync_str workspace, crmsync_str name,
                          crmsync_bytes_sink *out, crmsync_error **err);
    /** Empty value = delete. Must be durable when it returns: a rotated token is lost otherwise. */
    int32_t (*secret_put)(void *ctx, crmsync_str workspace, crmsync_str name, crmsync_str value,
                          crmsync_error **err);
    /** Called exactly once, when the engine that took the table is freed. */
    void (*destroy)(void *ctx);
} crmsync_env_ops;

#define CRMSYNC_ENV_OPS_INIT \
    {sizeof(crmsync_env_ops), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL}

CRMSYNC_END_DECLS

#endif
