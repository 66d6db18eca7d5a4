/**
 * @file adapters/postgres.h
 * Both stores in a PostgreSQL database (10 or newer): for workers on several machines.
 *
 * One object is one connection and yields the state table and the record table; it is the context
 * of both. One thread at a time uses an object; other threads, processes and machines open one
 * each. The tables have no `destroy`: the host closes the object, so that both can share it.
 *
 * All lies in one schema of the database, made at the first open. Keys and texts are `bytea`, which
 * PostgreSQL orders by bytes whatever the collation; the views `state_text` and `record_text` show
 * them to a person. A commit is one transaction and one round trip. Expectations hold under any
 * number of workers: writers of the same keys wait for each other by advisory locks of the
 * transaction, at most 32 for a commit.
 *
 * A lost connection fails the call with CRMSYNC_E_STORE of class CRMSYNC_CLASS_TRANSIENT; a commit
 * whose answer it took away is CRMSYNC_COMMIT_UNKNOWN. The next call connects anew. libpq allocates
 * memory on its own, not through `crmsync_alloc`.
 */
#ifndef CRMSYNC_ADAPTERS_POSTGRES_H
#define CRMSYNC_ADAPTERS_POSTGRES_H

#include <crmsync/adapters/record_keys.h>
#include <crmsync/records.h>
#include <crmsync/state.h>

CRMSYNC_BEGIN_DECLS

typedef struct crmsync_postgres crmsync_postgres;
struct pg_conn; /* libpq's PGconn */

/** When a commit counts as written. */
enum {
    CRMSYNC_POSTGRES_FULL = 0,  /**< as the server's `synchronous_commit` says, but at least `on`
                                     where it is `off`. The default */
    CRMSYNC_POSTGRES_NORMAL = 1 /**< `off`: a crash of the server may lose the last commits, which
                                     can send a record twice. For tests and demos */
};

/** Options. Texts and rules are copied, the normalizer in `keys` is borrowed. */
typedef struct crmsync_postgres_options {
    size_t struct_size;
    uint32_t synchronous;     /**< CRMSYNC_POSTGRES_FULL or _NORMAL */
    uint32_t lock_timeout_ms; /**< how long a call waits for another writer; 0 = 10,000 */
    crmsync_str schema;       /**< 1 to 63 bytes, taken as it is written; empty = `crmsync` */
    const crmsync_record_keys *keys; /**< what records are found by; NULL = the defaults */
} crmsync_postgres_options;

#define CRMSYNC_POSTGRES_OPTIONS_INIT \
    {sizeof(crmsync_postgres_options), 0, 0, {NULL, 0}, NULL}

/**
 * Connects, and makes the schema and its tables if they are not there; several may do so at once.
 *
 * @param alloc     NULL = libc; the struct is copied, its ctx must outlive the store
 * @param conninfo  as PQconnectdb() takes it, `host=db dbname=crm` or `postgresql://db/crm`; copied.
 *                  The environment variables of libpq (PGHOST, ...) fill in what it leaves out. Say
 *                  `connect_timeout` and keepalives there
 * @param options   NULL = defaults
 * @param out       set to NULL first
 * @return CRMSYNC_OK; CRMSYNC_E_INVALID; CRMSYNC_E_STORE (no connection, no right to make the
 *         tables); CRMSYNC_E_UNSUPPORTED (written by a newer version of the adapter);
 *         CRMSYNC_E_NOMEM. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_postgres_open(const crmsync_alloc *alloc, crmsync_str conninfo,
                                          const crmsync_postgres_options *options,
                                          crmsync_postgres **out, crmsync_error **err);
/**
 * The same over a connection of the host's, which stays the host's: it closes it after the store,
 * and resets it (PQreset) when it is lost; the store only tells. Between calls the host may use it,
 * but leaves no transaction open, no pipeline mode on, and nobody else uses it inside a call.
 * Connection settings are not changed; prepared statements named `crmsync_...` are made, and
 * dropped by crmsync_postgres_close().
 *
 * @param connection  a PGconn in blocking mode
 */
CRMSYNC_API int32_t crmsync_postgres_borrow(const crmsync_alloc *alloc, struct pg_conn *connection,
                                            const crmsync_postgres_options *options,
                                            crmsync_postgres **out, crmsync_error **err);
/** Closes what it opened; NULL is allowed. No engine may hold it any more. Since 0.1. */
CRMSYNC_API void crmsync_postgres_close(crmsync_postgres *postgres);

/** The tables; static. Their context is the crmsync_postgres. Since 0.1. */
CRMSYNC_API const crmsync_state_ops *crmsync_postgres_state_ops(void);
CRMSYNC_API const crmsync_record_ops *crmsync_postgres_record_ops(void);

/**
 * Loads or alters records as the host's own user would: no revision is checked, every record gets a
 * new one and enters the change feed. ABSENT cells leave a field alone. One transaction; after a
 * lost connection repeat it, the values are the same.
 *
 * @param rows  kind, and a field `id` (required, 1 to 128 bytes); `rev` and `deleted` are ignored
 * @return CRMSYNC_OK, CRMSYNC_E_INVALID (with the row), CRMSYNC_E_STORE, CRMSYNC_E_NOMEM.
 *         Since 0.1.
 */
CRMSYNC_API int32_t crmsync_postgres_put(crmsync_postgres *postgres, crmsync_str workspace,
                                         const crmsync_rows *rows, crmsync_error **err);
/**
 * All records of a kind in order of `id`, with `id`, `rev`, `origin` and all fields.
 * @param out  the caller frees it; set to NULL first
 * @return CRMSYNC_OK, CRMSYNC_E_STORE, CRMSYNC_E_NOMEM. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_postgres_get(crmsync_postgres *postgres, crmsync_str workspace,
                                         crmsync_str kind, crmsync_rows **out,
                                         crmsync_error **err);
/**
 * Removes a record; the change feed says so.
 * @return CRMSYNC_OK, CRMSYNC_E_NOT_FOUND, CRMSYNC_E_STORE, CRMSYNC_E_NOMEM. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_postgres_remove(crmsync_postgres *postgres, crmsync_str workspace,
                                            crmsync_str kind, crmsync_str id,
                                            crmsync_error **err);

CRMSYNC_END_DECLS

#endif
