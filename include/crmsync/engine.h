/**
 * @file engine.h
 * The engine: the host's hooks in one object.
 *
 * Used by one thread at a time, whichever it is. N workers make N engines over the same stores.
 * A call into the engine, or into anything opened on it, from one of its own hooks returns
 * CRMSYNC_E_REENTRANT.
 */
#ifndef CRMSYNC_ENGINE_H
#define CRMSYNC_ENGINE_H

#include <crmsync/env.h>
#include <crmsync/error.h>
#include <crmsync/records.h>
#include <crmsync/state.h>
#include <crmsync/transport.h>
#include <crmsync/types.h>

CRMSYNC_BEGIN_DECLS

typedef struct crmsync_engine crmsync_engine;

/** Hooks and limits. The tables are copied; contexts and the allocator's ctx must outlive the
 *  engine. */
typedef struct crmsync_engine_options {
    size_t struct_size;
    const crmsync_alloc *alloc; /**< NULL = libc */
    const crmsync_env_ops *env; /**< required, as are the other tables */
    void *env_ctx;
    const crmsync_state_ops *state;
    void *state_ctx;
    const crmsync_record_ops *records;
    void *records_ctx;
    const crmsync_transport_ops *transport;
    void *transport_ctx;
    uint64_t max_response_bytes; /**< of one response body; 0 = 64 MiB */
    uint32_t lease_ms;           /**< of a worker's lease, 60,000 to 3,600,000; 0 = 300,000 */
    uint32_t zero;
} crmsync_engine_options;

#define CRMSYNC_ENGINE_OPTIONS_INIT                                                                \
    {sizeof(crmsync_engine_options), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0}

/**
 * Makes an engine. It takes the tables: the `destroy` of each is called by crmsync_engine_free().
 * When this function fails nothing was taken and no `destroy` is called.
 *
 * @return CRMSYNC_OK; CRMSYNC_E_INVALID (a required hook is missing or a store limit too small, the
 *         message names it); CRMSYNC_E_UNSUPPORTED (a table of a newer library with members set
 *         that this one does not know); CRMSYNC_E_NOMEM. Hooks: env.random. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_engine_new(const crmsync_engine_options *options, crmsync_engine **out,
                                       crmsync_error **err);
/** Frees the engine; its workspaces and jobs must be closed before. NULL is allowed. */
CRMSYNC_API void crmsync_engine_free(crmsync_engine *engine);

CRMSYNC_END_DECLS

#endif
