#include "scene_stores.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <crmsync/adapters/memory.h>
#include <crmsync/adapters/sqlite.h>

#include "scene.h"

#ifdef HAVE_POSTGRES
#include <crmsync/adapters/postgres.h>
#include <libpq-fe.h>
#endif

static crmsync_str str(const char *text)
{
    return (crmsync_str){text, strlen(text)};
}

/* ---- memory ---- */

static int32_t memory_open(const char *path, void **out, crmsync_error **err)
{
    crmsync_memory *store = NULL;
    int32_t rc = crmsync_memory_new(NULL, NULL, &store, err);
    (void)path;
    *out = store;
    return rc;
}

static int32_t memory_put(void *store, crmsync_str workspace, const crmsync_rows *rows,
                          crmsync_error **err)
{
    return crmsync_memory_put(store, workspace, rows, err);
}

static int32_t memory_get(void *store, crmsync_str workspace, crmsync_str kind, crmsync_rows **out,
                          crmsync_error **err)
{
    return crmsync_memory_get(store, workspace, kind, out, err);
}

static int32_t memory_remove(void *store, crmsync_str workspace, crmsync_str kind, crmsync_str id,
                             crmsync_error **err)
{
    return crmsync_memory_remove(store, workspace, kind, id, err);
}

static void memory_close(void *store)
{
    crmsync_memory_free(store);
}

static const store_kind in_memory = {
    "memory",     true,         false, crmsync_memory_state_ops, crmsync_memory_record_ops,
    memory_open,  memory_close, NULL,  memory_put,               memory_get,
    memory_remove,
};

/* ---- SQLite ---- */

static int32_t sqlite_open(const char *path, void **out, crmsync_error **err)
{
    crmsync_sqlite_options options = CRMSYNC_SQLITE_OPTIONS_INIT;
    crmsync_sqlite *store = NULL;
    options.synchronous = CRMSYNC_SQLITE_NORMAL;
    int32_t rc = crmsync_sqlite_open(NULL, str(path), &options, &store, err);
    *out = store;
    return rc;
}

static int32_t sqlite_put(void *store, crmsync_str workspace, const crmsync_rows *rows,
                          crmsync_error **err)
{
    return crmsync_sqlite_put(store, workspace, rows, err);
}

static int32_t sqlite_get(void *store, crmsync_str workspace, crmsync_str kind, crmsync_rows **out,
                          crmsync_error **err)
{
    return crmsync_sqlite_get(store, workspace, kind, out, err);
}

static int32_t sqlite_remove(void *store, crmsync_str workspace, crmsync_str kind, crmsync_str id,
                             crmsync_error **err)
{
    return crmsync_sqlite_remove(store, workspace, kind, id, err);
}

static void sqlite_close(void *store)
{
    crmsync_sqlite_close(store);
}

static const store_kind on_sqlite = {
    "sqlite",     false,        true, crmsync_sqlite_state_ops, crmsync_sqlite_record_ops,
    sqlite_open,  sqlite_close, NULL, sqlite_put,               sqlite_get,
    sqlite_remove,
};

/* ---- PostgreSQL ---- */

#ifdef HAVE_POSTGRES
static const char *database;

static int32_t postgres_open(const char *path, void **out, crmsync_error **err)
{
    crmsync_postgres_options options = CRMSYNC_POSTGRES_OPTIONS_INIT;
    crmsync_postgres *store = NULL;
    (void)path;
    options.synchronous = CRMSYNC_POSTGRES_NORMAL;
    options.schema = str("scene");
    int32_t rc = crmsync_postgres_open(NULL, str(database), &options, &store, err);
    *out = store;
    return rc;
}

static void postgres_empty(void)
{
    PGconn *db = PQconnectdb(database);
    PGresult *r = PQexec(db, "DELETE FROM scene.state; DELETE FROM scene.record;"
                             "DELETE FROM scene.record_key; DELETE FROM scene.record_field;"
                             "DELETE FROM scene.number");
    if (PQresultStatus(r) != PGRES_COMMAND_OK) {
        fprintf(stderr, "scene: %s\n", PQerrorMessage(db));
        exit(2);
    }
    PQclear(r);
    PQfinish(db);
}

static int32_t postgres_put(void *store, crmsync_str workspace, const crmsync_rows *rows,
                          crmsync_error **err)
{
    return crmsync_postgres_put(store, workspace, rows, err);
}

static int32_t postgres_get(void *store, crmsync_str workspace, crmsync_str kind, crmsync_rows **out,
                          crmsync_error **err)
{
    return crmsync_postgres_get(store, workspace, kind, out, err);
}

static int32_t postgres_remove(void *store, crmsync_str workspace, crmsync_str kind, crmsync_str id,
                             crmsync_error **err)
{
    return crmsync_postgres_remove(store, workspace, kind, id, err);
}

static void postgres_close(void *store)
{
    crmsync_postgres_close(store);
}

static const store_kind on_postgres = {
    "postgres",
    false,
    false,
    crmsync_postgres_state_ops,
    crmsync_postgres_record_ops,
    postgres_open,
    postgres_close,
    postgres_empty,
    postgres_put,
    postgres_get,
    postgres_remove,
};

void scene_database(const char *conninfo)
{
    database = conninfo;
}
#endif

const store_kind *scene_stores(bool durable)
{
#ifdef HAVE_POSTGRES
    if (durable && database)
        return &on_postgres;
#endif
    return durable ? &on_sqlite : &in_memory;
}
