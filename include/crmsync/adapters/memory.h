/**
 * @file adapters/memory.h
 * Both stores in memory: for tests, for trying things out, and for hosts that persist otherwise.
 *
 * One object yields the state table and the record table; the object is the context of both. The
 * tables have no `destroy`: the host frees the object, so that an engine that "crashed" can be
 * started anew on it. Any number of engines in any threads may share one object.
 */
#ifndef CRMSYNC_ADAPTERS_MEMORY_H
#define CRMSYNC_ADAPTERS_MEMORY_H

#include <crmsync/adapters/record_keys.h>
#include <crmsync/records.h>
#include <crmsync/state.h>

CRMSYNC_BEGIN_DECLS

typedef struct crmsync_memory crmsync_memory;

/**
 * Makes an empty store.
 *
 * @param alloc  NULL = libc; the struct is copied, its ctx must outlive the store. Called from
 *               every thread that uses the store, one at a time
 * @param keys   what records are found by; NULL = the defaults of crmsync_record_keys
 * @param out    set to NULL first
 * @return CRMSYNC_OK, CRMSYNC_E_INVALID, CRMSYNC_E_NOMEM. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_memory_new(const crmsync_alloc *alloc, const crmsync_record_keys *keys,
                                       crmsync_memory **out, crmsync_error **err);
/** Frees the store; NULL is allowed. No engine may hold it any more. Since 0.1. */
CRMSYNC_API void crmsync_memory_free(crmsync_memory *memory);

/** The tables; static. Their context is the crmsync_memory. Since 0.1. */
CRMSYNC_API const crmsync_state_ops *crmsync_memory_state_ops(void);
CRMSYNC_API const crmsync_record_ops *crmsync_memory_record_ops(void);

/**
 * Loads or alters records as the host's own user would: no revision is checked, every record gets a
 * new one and enters the change feed. ABSENT cells leave a field alone. All or nothing.
 *
 * @param rows  kind, and a field `id` (required, 1 to 128 bytes); `rev` and `deleted` are ignored
 * @return CRMSYNC_OK, CRMSYNC_E_INVALID (with the row), CRMSYNC_E_NOMEM. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_memory_put(crmsync_memory *memory, crmsync_str workspace,
                                       const crmsync_rows *rows, crmsync_error **err);
/**
 * All records of a kind in order of `id`, with `id`, `rev`, `origin` and all fields.
 * @param out  the caller frees it; set to NULL first
 * @return CRMSYNC_OK, CRMSYNC_E_NOMEM. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_memory_get(crmsync_memory *memory, crmsync_str workspace,
                                       crmsync_str kind, crmsync_rows **out, crmsync_error **err);
/**
 * Removes a record; the change feed says so.
 * @return CRMSYNC_OK, CRMSYNC_E_NOT_FOUND, CRMSYNC_E_NOMEM. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_memory_remove(crmsync_memory *memory, crmsync_str workspace,
                                          crmsync_str kind, crmsync_str id, crmsync_error **err);

CRMSYNC_END_DECLS

#endif
