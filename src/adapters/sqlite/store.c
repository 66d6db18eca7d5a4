/* Opening the file, its tables, cached statements, transactions. */
#include "store.h"

#include <stdio.h>
#include <string.h>

#include "schema.h"

int32_t crmi_sqlite_fail(crmsync_sqlite *s, const char *doing, crmsync_error **err)
{
    int code = sqlite3_errcode(s->db);

    s->failed = CRMSYNC_E_STORE;
    switch (code & 0xff) {
    case SQLITE_NOMEM:
        s->failed = CRMSYNC_E_NOMEM;
        return crmi_host_nomem(err);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return crmi_host_fail(err, CRMSYNC_E_STORE,
                              "sqlite: %s: another connection is writing for longer than "
                              "busy_timeout_ms; try again, or raise it", doing);
    default:
        return crmi_host_fail(err, CRMSYNC_E_STORE, "sqlite: %s: %s (%d)", doing,
                              sqlite3_errmsg(s->db), sqlite3_extended_errcode(s->db));
    }
}

static sqlite3_stmt *prepared(crmsync_sqlite *s, sqlite3_stmt **slot, const char *sql,
                              crmsync_error **err)
{
    if (!*slot && sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, slot, NULL) !=
                      SQLITE_OK) {
        crmi_sqlite_fail(s, "preparing a statement", err);
        return NULL;
    }
    return *slot;
}

sqlite3_stmt *crmi_sqlite_statement(crmsync_sqlite *s, crmi_statement which, crmsync_error **err)
{
    return prepared(s, &s->statements[which], crmi_sqlite_sql(which), err);
}

sqlite3_stmt *crmi_sqlite_space(crmsync_sqlite *s, uint32_t space, crmi_space_statement which,
                                crmsync_error **err)
{
    char sql[512];

    if (space == 0 || space >= CRMI_SPACES) {
        s->failed = crmi_host_fail(err, CRMSYNC_E_UNSUPPORTED,
                                   "sqlite: space %u is not known to this adapter",
                                   (unsigned)space);
        return NULL;
    }
    if (s->space[space][which])
        return s->space[space][which];
    crmi_sqlite_space_sql(space, which, sql, sizeof sql);
    return prepared(s, &s->space[space][which], sql, err);
}

void crmi_sqlite_bind(sqlite3_stmt *statement, int at, crmsync_str bytes)
{
    sqlite3_bind_blob64(statement, at, bytes.len > 0 ? bytes.ptr : "", bytes.len, SQLITE_STATIC);
}

void crmi_sqlite_bind_text(sqlite3_stmt *statement, int at, crmsync_str text)
{
    sqlite3_bind_text64(statement, at, text.len > 0 ? text.ptr : "", text.len, SQLITE_STATIC,
                        SQLITE_UTF8);
}

crmsync_str crmi_sqlite_column(sqlite3_stmt *statement, int at)
{
    const char *bytes = sqlite3_column_blob(statement, at);
    return (crmsync_str){bytes ? bytes : "", (size_t)sqlite3_column_bytes(statement, at)};
}

int32_t crmi_sqlite_run(crmsync_sqlite *s, sqlite3_stmt *statement, crmsync_error **err)
{
    int32_t code = CRMSYNC_OK;

    if (!statement)
        return s->failed;
    if (sqlite3_step(statement) != SQLITE_DONE)
        code = crmi_sqlite_fail(s, "writing", err);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return code;
}

int32_t crmi_sqlite_begin(crmsync_sqlite *s, bool immediate, crmsync_error **err)
{
    crmi_statement which = immediate ? CRMI_BEGIN_IMMEDIATE : CRMI_BEGIN;
    return crmi_sqlite_run(s, crmi_sqlite_statement(s, which, err), err);
}

void crmi_sqlite_rollback(crmsync_sqlite *s)
{
    if (!sqlite3_get_autocommit(s->db))
        crmi_sqlite_run(s, crmi_sqlite_statement(s, CRMI_ROLLBACK, NULL), NULL);
}

int32_t crmi_sqlite_commit(crmsync_sqlite *s, bool *unknown, crmsync_error **err)
{
    int32_t code = crmi_sqlite_run(s, crmi_sqlite_statement(s, CRMI_COMMIT, err), err);
    int said = sqlite3_errcode(s->db) & 0xff;

    if (unknown)
        *unknown = false;
    if (code == CRMSYNC_OK)
        return code;
    /* An I/O error may come after the last frame was written: a later recovery of the log would
       then find the commit. Everything else fails before that frame. */
    if (unknown && said == SQLITE_IOERR)
        *unknown = true;
    crmi_sqlite_rollback(s);
    return code;
}

static int32_t execute(crmsync_sqlite *s, const char *sql, const char *doing, crmsync_error **err)
{
    if (sqlite3_exec(s->db, sql, NULL, NULL, NULL) != SQLITE_OK)
        return crmi_sqlite_fail(s, doing, err);
    return CRMSYNC_OK;
}

static int32_t read_version(crmsync_sqlite *s, int *version, crmsync_error **err)
{
    sqlite3_stmt *statement = NULL;
    int32_t code = CRMSYNC_OK;

    if (sqlite3_prepare_v2(s->db, "PRAGMA user_version", -1, &statement, NULL) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW)
        code = crmi_sqlite_fail(s, "reading the file", err);
    else
        *version = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    return code;
}

static int32_t make_tables(crmsync_sqlite *s, crmsync_error **err)
{
    char sql[512];
    int32_t code = CRMSYNC_OK;

    for (uint32_t space = 1; space < CRMI_SPACES && code == CRMSYNC_OK; space++) {
        crmi_sqlite_space_table(space, sql, sizeof sql);
        code = execute(s, sql, "making a table", err);
    }
    if (code == CRMSYNC_OK)
        code = execute(s, crmi_sqlite_record_tables, "making a table", err);
    if (code == CRMSYNC_OK) {
        snprintf(sql, sizeof sql, "PRAGMA user_version = %d", CRMI_SCHEMA_VERSION);
        code = execute(s, sql, "marking the file", err);
    }
    return code;
}

/* Two processes may open a new file at once: the version is read again under the lock. */
static int32_t prepare_file(crmsync_sqlite *s, crmsync_error **err)
{
    int version = 0;
    int32_t code = read_version(s, &version, err);

    if (code != CRMSYNC_OK || version == CRMI_SCHEMA_VERSION)
        return code;
    code = crmi_sqlite_begin(s, true, err);
    if (code != CRMSYNC_OK)
        return code;
    code = read_version(s, &version, err);
    if (code == CRMSYNC_OK && version > CRMI_SCHEMA_VERSION)
        code = crmi_host_fail(err, CRMSYNC_E_UNSUPPORTED,
                              "sqlite: the file has layout %d, this adapter knows up to %d; use a "
                              "newer one", version, CRMI_SCHEMA_VERSION);
    if (code == CRMSYNC_OK && version < CRMI_SCHEMA_VERSION)
        code = make_tables(s, err);
    if (code == CRMSYNC_OK)
        return crmi_sqlite_commit(s, NULL, err);
    crmi_sqlite_rollback(s);
    return code;
}

/* Turning a new file into a write-ahead log does not wait by itself when another process does the
 * same at that moment. */
static int32_t choose_journal(crmsync_sqlite *s, const crmsync_sqlite_options *o,
                              crmsync_error **err)
{
    enum { TRIES = 250, PAUSE_MS = 20 };
    const char *sync = o->synchronous == CRMSYNC_SQLITE_NORMAL ? "PRAGMA synchronous = NORMAL"
                                                               : "PRAGMA synchronous = FULL";
    int code = SQLITE_BUSY;

    for (int i = 0; i < TRIES && (code & 0xff) == SQLITE_BUSY; i++) {
        if (i > 0)
            sqlite3_sleep(PAUSE_MS);
        code = sqlite3_exec(s->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
    }
    if (code != SQLITE_OK)
        return crmi_sqlite_fail(s, "choosing the journal", err);
    return execute(s, sync, "choosing the journal", err);
}

static int32_t open_file(crmsync_sqlite *s, crmsync_str path, const crmsync_sqlite_options *o,
                         crmsync_error **err)
{
    crmsync_str name;
    int32_t result;
    int code;

    if (!crmi_host_copy(&s->alloc, path, &name))
        return crmi_host_nomem(err);
    code = sqlite3_open_v2(name.ptr, &s->db,
                           SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX,
                           NULL);
    crmi_host_drop(&s->alloc, &name);
    if (!s->db)
        return crmi_host_nomem(err);
    if (code != SQLITE_OK)
        return crmi_sqlite_fail(s, "opening the file", err);
    sqlite3_extended_result_codes(s->db, 0);
    sqlite3_busy_timeout(s->db, (int)(o->busy_timeout_ms ? o->busy_timeout_ms : 10000));
    result = choose_journal(s, o, err);
    return result == CRMSYNC_OK ? prepare_file(s, err) : result;
}

int32_t crmsync_sqlite_open(const crmsync_alloc *alloc, crmsync_str path,
                            const crmsync_sqlite_options *options, crmsync_sqlite **out,
                            crmsync_error **err)
{
    static const crmsync_sqlite_options defaults = CRMSYNC_SQLITE_OPTIONS_INIT;
    const crmsync_sqlite_options *o = options ? options : &defaults;
    crmsync_alloc a;
    crmsync_sqlite *s;
    int32_t code;

    if (!out)
        return crmi_host_fail(err, CRMSYNC_E_INVALID, "sqlite: out is NULL");
    *out = NULL;
    if (path.len == 0 || memchr(path.ptr, '\0', path.len) || o->struct_size < sizeof *o ||
        o->synchronous > CRMSYNC_SQLITE_NORMAL || o->busy_timeout_ms > INT32_MAX ||
        !crmi_host_alloc_init(&a, alloc))
        return crmi_host_fail(err, CRMSYNC_E_INVALID,
                              "sqlite: no path, an unknown option, or a struct_size that is not "
                              "set; use the INIT macros");
    s = crmi_host_new(&a, sizeof *s);
    if (!s)
        return crmi_host_nomem(err);
    s->alloc = a;
    code = crmi_key_rules_init(&s->keys, &s->alloc, o->keys, err);
    if (code == CRMSYNC_OK)
        code = open_file(s, path, o, err);
    if (code != CRMSYNC_OK) {
        crmsync_sqlite_close(s);
        return code;
    }
    *out = s;
    return CRMSYNC_OK;
}

void crmsync_sqlite_close(crmsync_sqlite *sqlite)
{
    crmsync_alloc a;

    if (!sqlite)
        return;
    a = sqlite->alloc;
    for (size_t space = 0; space < CRMI_SPACES; space++)
        for (size_t i = 0; i < CRMI_SPACE_STATEMENTS; i++)
            sqlite3_finalize(sqlite->space[space][i]);
    for (size_t i = 0; i < CRMI_STATEMENTS; i++)
        sqlite3_finalize(sqlite->statements[i]);
    sqlite3_close(sqlite->db);
    crmi_key_rules_clear(&sqlite->keys);
    crmi_host_free(&a, sqlite, sizeof *sqlite);
}
