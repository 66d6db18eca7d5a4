/**
 * @file adapters/sqlite.h
 * Both stores in one SQLite file.
 *
 * One object is one connection and yields the state table and the record table; it is the context
 * of both. One thread at a time uses an object; threads and processes that share the file open one
 * each. The tables have no `destroy`: the host closes the object, so that both tables can share it.
 *
 * State lies in one table per space, records as JSON documents in `crmsync_record`, so that both
 * can be read with the sqlite3 shell. The journal is a write-ahead log: a file on a network share
 * is not supported. SQLite allocates memory on its own, not through `crmsync_alloc`.
 */
#ifndef CRMSYNC_ADAPTERS_SQLITE_H
#define CRMSYNC_ADAPTERS_SQLITE_H

#include <crmsync/adapters/record_keys.h>
#include <crmsync/records.h>
#include <crmsync/state.h>

CRMSYNC_BEGIN_DECLS

typedef struct crmsync_sqlite crmsync_sqlite;

/** When a commit counts as written. */
enum {
    CRMSYNC_SQLITE_FULL = 0,  /**< on disk: survives a power cut. The default */
    CRMSYNC_SQLITE_NORMAL = 1 /**< survives a crash of the process; a power cut may lose the last
                                   commits, which can send a record twice. For tests and demos */
};

/** Options. Texts and rules are copied, the normalizer in `keys` is borrowed. */
typedef struct crmsync_sqlite_options {
    size_t struct_size;
    uint32_t synchronous;     /**< CRMSYNC_SQLITE_FULL or _NORMAL */
    uint32_t busy_timeout_ms; /**< how long a call waits for another writer; 0 = 10,000 */
    const crmsync_record_keys *keys; /**< what records are found by; NULL = the defaults */
} crmsync_sqlite_options;

#define CRMSYNC_SQLITE_OPTIONS_INIT {sizeof(crmsync_sqlite_options), 0, 0, NULL}

/**
 * Opens a file, and makes it and its tables if they are not there.
 *
 * @param alloc    NULL = libc; the struct is copied, its ctx must outlive the store
 * @param path     a file name, UTF-8
 * @param options  NULL = defaults
 * @param out      set to NULL first
 * @return CRMSYNC_OK; CRMSYNC_E_INVALID; CRMSYNC_E_STORE (cannot be opened, is not a database);
 *         CRMSYNC_E_UNSUPPORTED (written by a newer version of the adapter); CRMSYNC_E_NOMEM.
 *         Since 0.1.
 */
CRMSYNC_API int32_t crmsync_sqlite_open(const crmsync_alloc *alloc, crmsync_str path,
                                        const crmsync_sqlite_options *options, crmsync_sqlite **out,
                                        crmsync_error **err);
/** Closes the connection; NULL is allowed. No engine may hold it any more. Since 0.1. */
CRMSYNC_API void crmsync_sqlite_close(crmsync_sqlite *sqlite);

/** The tables; static. Their context is the crmsync_sqlite. Since 0.1. */
CRMSYNC_API const crmsync_state_ops *crmsync_sqlite_state_ops(void);
CRMSYNC_API const crmsync_record_ops *crmsync_sqlite_record_ops(void);

/**
 * Loads or alters records as the host's own user would: no revision is checked, every record gets a
 * new one and enters the change feed. ABSENT cells leave a field alone. One transaction.
 *
 * @param rows  kind, and a field `id` (required, 1 to 128 bytes); `rev` and `deleted` are ignored
 * @return CRMSYNC_OK, CRMSYNC_E_INVALID (with the row), CRMSYNC_E_STORE, CRMSYNC_E_NOMEM.
 *         Since 0.1.
 */
CRMSYNC_API int32_t crmsync_sqlite_put(crmsync_sqlite *sqlite, crmsync_str workspace,
                                       const crmsync_rows *rows, crmsync_error **err);
/**
 * All records of a kind in order of `id`, with `id`, `rev`, `origin` and all fields.
 * @param out  the caller frees it; set to NULL first
 * @return CRMSYNC_OK, CRMSYNC_E_STORE, CRMSYNC_E_NOMEM. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_sqlite_get(crmsync_sqlite *sqlite, crmsync_str workspace,
                                       crmsync_str kind, crmsync_rows **out, crmsync_error **err);
/**
 * Removes a record; the change feed says so.
 * @return CRMSYNC_OK, CRMSYNC_E_NOT_FOUND, CRMSYNC_E_STORE, CRMSYNC_E_NOMEM. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_sqlite_remove(crmsync_sqlite *sqlite, crmsync_str workspace,
                                          crmsync_str kind, crmsync_str id, crmsync_error **err);

CRMSYNC_END_DECLS

#endif
