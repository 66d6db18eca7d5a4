/* The connection behind both tables of the SQLite adapter. */
#ifndef CRMI_ADAPTERS_SQLITE_STORE_H
#define CRMI_ADAPTERS_SQLITE_STORE_H

#include <sqlite3.h>

#include <crmsync/adapters/sqlite.h>

#include "key_rules.h"

enum { CRMI_SPACES = 32 };

/* Statements of one space, prepared at first use. */
typedef enum crmi_space_statement {
    CRMI_SPACE_GET,
    CRMI_SPACE_VERSION,
    CRMI_SPACE_PUT,
    CRMI_SPACE_DELETE,
    CRMI_SPACE_SCAN,
    CRMI_SPACE_SCAN_REVERSE,
    CRMI_SPACE_CLEAR,
    CRMI_SPACE_STATEMENTS
} crmi_space_statement;

typedef enum crmi_statement {
    CRMI_BEGIN,
    CRMI_BEGIN_IMMEDIATE,
    CRMI_COMMIT,
    CRMI_ROLLBACK,
    CRMI_SEQUENCE_NEXT,
    CRMI_RECORD_GET,
    CRMI_RECORD_PUT,
    CRMI_RECORD_ALL,
    CRMI_RECORD_CHANGED,
    CRMI_FIELD_ADD,
    CRMI_FIELD_ALL,
    CRMI_KEY_ADD,
    CRMI_KEY_DROP,
    CRMI_KEY_FIND,
    CRMI_STATEMENTS
} crmi_statement;

struct crmsync_sqlite {
    crmsync_alloc alloc;
    sqlite3 *db;
    crmi_key_rules keys;
    int32_t failed; /* the code of the last failure, for callers that got NULL */
    sqlite3_stmt *space[CRMI_SPACES][CRMI_SPACE_STATEMENTS];
    sqlite3_stmt *statements[CRMI_STATEMENTS];
};

/* A cached statement, reset and ready to be bound; NULL = `failed` says why. */
sqlite3_stmt *crmi_sqlite_statement(crmsync_sqlite *s, crmi_statement which, crmsync_error **err);
/* The same for a space; makes the table of a space that this file has not seen yet. */
sqlite3_stmt *crmi_sqlite_space(crmsync_sqlite *s, uint32_t space, crmi_space_statement which,
                                crmsync_error **err);
void crmi_sqlite_bind(sqlite3_stmt *statement, int at, crmsync_str bytes); /* as a blob */
void crmi_sqlite_bind_text(sqlite3_stmt *statement, int at, crmsync_str text);
crmsync_str crmi_sqlite_column(sqlite3_stmt *statement, int at);
/* Runs a statement that yields no rows, and resets it. */
int32_t crmi_sqlite_run(crmsync_sqlite *s, sqlite3_stmt *statement, crmsync_error **err);
/* Reports what SQLite said last: BUSY with advice, NOMEM as such, the rest as CRMSYNC_E_STORE. */
int32_t crmi_sqlite_fail(crmsync_sqlite *s, const char *doing, crmsync_error **err);

int32_t crmi_sqlite_begin(crmsync_sqlite *s, bool immediate, crmsync_error **err);
void crmi_sqlite_rollback(crmsync_sqlite *s);
/* Ends the transaction. `unknown` (may be NULL) is set when it may have been applied even so. */
int32_t crmi_sqlite_commit(crmsync_sqlite *s, bool *unknown, crmsync_error **err);

#endif
