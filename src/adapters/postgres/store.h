/* The connection behind both tables of the PostgreSQL adapter. */
#ifndef CRMI_ADAPTERS_POSTGRES_STORE_H
#define CRMI_ADAPTERS_POSTGRES_STORE_H

#include <libpq-fe.h>

#include <crmsync/adapters/postgres.h>

#include "key_rules.h"

typedef enum crmi_pg_statement {
    CRMI_PG_BEGIN,
    CRMI_PG_SETTINGS,
    CRMI_PG_COMMIT,
    CRMI_PG_LOCK,
    CRMI_PG_STATE_GET,
    CRMI_PG_STATE_SCAN,
    CRMI_PG_STATE_SCAN_REVERSE,
    CRMI_PG_STATE_WRITE,
    CRMI_PG_STATE_CLEAR,
    CRMI_PG_NUMBERS,
    CRMI_PG_RECORD_BY_ID,
    CRMI_PG_RECORD_BY_KEY,
    CRMI_PG_RECORD_ALL,
    CRMI_PG_RECORD_CHANGED,
    CRMI_PG_RECORD_PUT,
    CRMI_PG_FIELD_ADD,
    CRMI_PG_FIELD_ALL,
    CRMI_PG_KEY_FIND,
    CRMI_PG_KEY_DROP,
    CRMI_PG_KEY_ADD,
    CRMI_PG_STATEMENTS
} crmi_pg_statement;

struct crmsync_postgres {
    crmsync_alloc alloc;
    crmi_key_rules keys;
    PGconn *db;
    bool borrowed;
    crmsync_str conninfo; /* a copy; empty where the connection is borrowed */
    crmsync_str schema;   /* quoted, a copy */
    int32_t lock_class;   /* first half of our advisory locks: tells schemas apart */
    uint32_t synchronous;
    char lock_timeout[16];
    int backend; /* the server process that the statements were prepared with */
    bool prepared[CRMI_PG_STATEMENTS];
    struct crmi_working_set *work; /* of a save that is under way */
};

/* Connected, on our side idle; connects anew where the connection is ours and was lost. */
int32_t crmi_pg_ready(crmsync_postgres *s, crmsync_error **err);
int32_t crmi_pg_connect(crmsync_postgres *s, crmsync_error **err);
/* Reports what libpq or the server said; a lost connection and what passes by itself is TRANSIENT. */
int32_t crmi_pg_fail(crmsync_postgres *s, const PGresult *result, const char *doing,
                     crmsync_error **err);
bool crmi_pg_state_is(const PGresult *result, const char *sqlstate);
bool crmi_pg_lost(const crmsync_postgres *s);

#endif
