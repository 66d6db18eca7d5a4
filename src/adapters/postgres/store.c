/* Opening and closing. */
#include "store.h"

#include <stdio.h>
#include <string.h>

#include "schema.h"

enum { MAX_NAME = 63, DEFAULT_LOCK_TIMEOUT_MS = 10000 };

static bool quote_schema(crmsync_postgres *s, crmsync_str name)
{
    crmi_bytes quoted;
    bool fits;

    if (name.len == 0)
        name = CRMI_HOST_LIT("crmsync");
    crmi_bytes_init(&quoted, &s->alloc);
    crmi_bytes_char(&quoted, '"');
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] == '"')
            crmi_bytes_char(&quoted, '"');
        crmi_bytes_char(&quoted, name.ptr[i]);
    }
    crmi_bytes_char(&quoted, '"');
    fits = !quoted.oom && crmi_host_copy(&s->alloc, crmi_bytes_str(&quoted), &s->schema);
    crmi_bytes_clear(&quoted);
    return fits;
}

/* FNV-1a over the schema's name. */
static int32_t lock_class(crmsync_str schema)
{
    uint32_t h = 2166136261u;

    for (size_t i = 0; i < schema.len; i++)
        h = (h ^ (unsigned char)schema.ptr[i]) * 16777619u;
    return (int32_t)(h & 0x7fffffff);
}

/* `$schema$` would end a quotation of ours, `@` stands for the schema. */
static bool name_is_fit(crmsync_str name)
{
    if (name.len > MAX_NAME)
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (name.ptr[i] == '\0' || name.ptr[i] == '$' || name.ptr[i] == '@')
            return false;
    return true;
}

static int32_t store_new(const crmsync_alloc *alloc, const crmsync_postgres_options *options,
                         crmsync_postgres **out, crmsync_error **err)
{
    static const crmsync_postgres_options defaults = CRMSYNC_POSTGRES_OPTIONS_INIT;
    const crmsync_postgres_options *o = options ? options : &defaults;
    crmsync_alloc a;
    crmsync_postgres *s;
    int32_t code;

    if (o->struct_size < sizeof *o || o->synchronous > CRMSYNC_POSTGRES_NORMAL ||
        o->lock_timeout_ms > INT32_MAX || !name_is_fit(o->schema) ||
        !crmi_host_alloc_init(&a, alloc))
        return crmi_host_fail(err, CRMSYNC_E_INVALID,
                              "postgres: an unknown option, a schema's name over 63 bytes or with "
                              "$ or @, or a struct_size that is not set; use the INIT macros");
    s = crmi_host_new(&a, sizeof *s);
    if (!s)
        return crmi_host_nomem(err);
    s->alloc = a;
    s->synchronous = o->synchronous;
    snprintf(s->lock_timeout, sizeof s->lock_timeout, "%u",
             (unsigned)(o->lock_timeout_ms ? o->lock_timeout_ms : DEFAULT_LOCK_TIMEOUT_MS));
    code = crmi_key_rules_init(&s->keys, &s->alloc, o->keys, err);
    if (code == CRMSYNC_OK && !quote_schema(s, o->schema))
        code = crmi_host_nomem(err);
    s->lock_class = lock_class(s->schema);
    if (code == CRMSYNC_OK)
        *out = s;
    else
        crmsync_postgres_close(s);
    return code;
}

static int32_t begin_with(crmsync_postgres *s, crmsync_postgres **out, crmsync_error **err)
{
    int32_t code = crmi_pg_ready(s, err);

    if (code == CRMSYNC_OK)
        code = crmi_pg_prepare_schema(s, err);
    if (code == CRMSYNC_OK)
        *out = s;
    else
        crmsync_postgres_close(s);
    return code;
}

int32_t crmsync_postgres_open(const crmsync_alloc *alloc, crmsync_str conninfo,
                              const crmsync_postgres_options *options, crmsync_postgres **out,
                              crmsync_error **err)
{
    crmsync_postgres *s = NULL;
    int32_t code;

    if (!out)
        return crmi_host_fail(err, CRMSYNC_E_INVALID, "postgres: out is NULL");
    *out = NULL;
    if (conninfo.len > 0 && memchr(conninfo.ptr, '\0', conninfo.len))
        return crmi_host_fail(err, CRMSYNC_E_INVALID, "postgres: a NUL in conninfo");
    code = store_new(alloc, options, &s, err);
    if (code != CRMSYNC_OK)
        return code;
    if (!crmi_host_copy(&s->alloc, conninfo, &s->conninfo))
        code = crmi_host_nomem(err);
    if (code == CRMSYNC_OK)
        code = crmi_pg_connect(s, err);
    if (code == CRMSYNC_OK)
        return begin_with(s, out, err);
    crmsync_postgres_close(s);
    return code;
}

int32_t crmsync_postgres_borrow(const crmsync_alloc *alloc, struct pg_conn *connection,
                                const crmsync_postgres_options *options, crmsync_postgres **out,
                                crmsync_error **err)
{
    crmsync_postgres *s = NULL;
    int32_t code;

    if (!out || !connection)
        return crmi_host_fail(err, CRMSYNC_E_INVALID, "postgres: connection or out is NULL");
    *out = NULL;
    if (PQisnonblocking(connection))
        return crmi_host_fail(err, CRMSYNC_E_INVALID,
                              "postgres: the connection is non-blocking; turn that off "
                              "(PQsetnonblocking)");
    code = store_new(alloc, options, &s, err);
    if (code != CRMSYNC_OK)
        return code;
    s->db = connection;
    s->borrowed = true;
    return begin_with(s, out, err);
}

/* What we left in a connection that goes on without us. */
static void drop_statements(crmsync_postgres *s)
{
    char sql[96];

    if (crmi_pg_lost(s) || PQtransactionStatus(s->db) != PQTRANS_IDLE ||
        s->backend != PQbackendPID(s->db))
        return;
    for (int i = 0; i < CRMI_PG_STATEMENTS; i++) {
        if (!s->prepared[i])
            continue;
        snprintf(sql, sizeof sql, "DEALLOCATE \"crmsync_%p_%d\"", (const void *)s, i);
        PQclear(PQexec(s->db, sql));
    }
}

void crmsync_postgres_close(crmsync_postgres *postgres)
{
    crmsync_alloc a;

    if (!postgres)
        return;
    a = postgres->alloc;
    if (postgres->borrowed)
        drop_statements(postgres);
    else
        PQfinish(postgres->db);
    crmi_key_rules_clear(&postgres->keys);
    if (postgres->conninfo.ptr)
        crmi_host_drop(&a, &postgres->conninfo);
    if (postgres->schema.ptr)
        crmi_host_drop(&a, &postgres->schema);
    crmi_host_free(&a, postgres, sizeof *postgres);
}
