/* The record table: load, find, changed, and what the host itself does to its records. */
#include "record_rows.h"

#include "pipeline.h"
#include "working_set.h"

/* The names are read after the records, and names are never taken away: all that a record of the
 * first answer carries is among those of the second. */
static int32_t rows_of(crmsync_postgres *s, crmi_pg_pipeline *p, crmsync_str kind,
                       crmi_record_rows *out, crmsync_error **err)
{
    int32_t code = crmi_pg_read(p, "reading records", err);

    for (int i = 0; code == CRMSYNC_OK && i < PQntuples(p->results[1]); i++)
        if (!crmi_record_rows_name(out, crmi_pg_text(p->results[1], i, 0)))
            code = crmi_host_nomem(err);
    if (code == CRMSYNC_OK)
        code = crmi_record_rows_start(out, kind, err);
    for (int i = 0; code == CRMSYNC_OK && i < PQntuples(p->results[0]); i++) {
        crmsync_str id = crmi_pg_text(p->results[0], i, 0);
        crmi_document d = {.alloc = &s->alloc};
        if (crmi_pg_value(p->results[0], i, 2))
            continue; /* deleted */
        code = crmi_stored_parse(&s->alloc, "postgres", id, crmi_pg_text(p->results[0], i, 3), &d,
                                 err);
        if (code == CRMSYNC_OK)
            code = crmi_record_rows_add(out, id, crmi_pg_value(p->results[0], i, 1), &d, err);
        crmi_document_clear(&d);
    }
    return code;
}

static void add(crmi_pg_pipeline *p, crmi_pg_statement which, crmsync_str workspace,
                crmsync_str kind)
{
    crmi_pg_add(p, which);
    crmi_pg_bytes(p, workspace);
    crmi_pg_bytes(p, kind);
}

/* `wanted` may be NULL: all of the kind. `key_kind` empty: they are ids. */
static int32_t read_rows(crmsync_postgres *s, crmsync_str workspace, crmsync_str kind,
                         crmsync_str key_kind, crmi_pg_list *wanted, crmi_record_rows *out,
                         crmsync_error **err)
{
    crmi_pg_pipeline p;
    int32_t code;

    crmi_pg_pipeline_init(&p, s);
    add(&p,
        !wanted             ? CRMI_PG_RECORD_ALL
        : key_kind.len == 0 ? CRMI_PG_RECORD_BY_ID
                            : CRMI_PG_RECORD_BY_KEY,
        workspace, kind);
    if (key_kind.len > 0)
        crmi_pg_bytes(&p, key_kind);
    if (wanted)
        crmi_pg_list_of(&p, wanted);
    add(&p, CRMI_PG_FIELD_ALL, workspace, kind);
    code = rows_of(s, &p, kind, out, err);
    crmi_pg_pipeline_clear(&p);
    return code;
}

static int32_t deliver(crmsync_postgres *s, crmsync_str workspace, crmsync_str kind,
                       crmsync_str key_kind, crmi_pg_list *wanted, crmsync_record_sink *sink,
                       crmsync_error **err)
{
    crmi_record_rows out;
    int32_t code;

    crmi_record_rows_init(&out, &s->alloc);
    code = read_rows(s, workspace, kind, key_kind, wanted, &out, err);
    if (code == CRMSYNC_OK)
        code = crmsync_record_rows(sink, out.rows);
    crmi_record_rows_clear(&out);
    return code;
}

static int32_t postgres_load(void *ctx, crmsync_str workspace, crmsync_str kind,
                             const crmsync_str *ids, size_t n, crmsync_record_sink *sink,
                             crmsync_error **err)
{
    crmsync_postgres *s = ctx;
    crmi_pg_list wanted;
    int32_t code;

    crmi_pg_list_init(&wanted, &s->alloc, CRMI_PG_BYTEA);
    for (size_t i = 0; i < n; i++)
        crmi_pg_list_bytes(&wanted, ids[i]);
    code = deliver(s, workspace, kind, (crmsync_str){NULL, 0}, &wanted, sink, err);
    crmi_pg_list_clear(&wanted);
    return code;
}

static int32_t postgres_find(void *ctx, crmsync_str workspace, crmsync_str kind,
                             crmsync_str key_kind, const crmsync_str *values, size_t n,
                             crmsync_record_sink *sink, crmsync_error **err)
{
    crmsync_postgres *s = ctx;
    crmi_pg_list wanted;
    int32_t code = CRMSYNC_OK;

    if (!crmi_key_rules_find(&s->keys, kind, key_kind))
        return crmi_host_fail(err, CRMSYNC_E_UNSUPPORTED,
                              "postgres: a %.*s is not found by %.*s; add a crmsync_key_rule",
                              CRMI_HOST_SPELL(kind), CRMI_HOST_SPELL(key_kind));
    crmi_pg_list_init(&wanted, &s->alloc, CRMI_PG_BYTEA);
    for (size_t i = 0; i < n && code == CRMSYNC_OK; i++) {
        char made[CRMSYNC_KEY_MAX];
        crmsync_str key;
        if (crmi_key_make(&s->keys, key_kind, values[i], made, &key) != CRMSYNC_OK)
            code = crmi_host_nomem(err);
        else if (key.len > 0)
            crmi_pg_list_bytes(&wanted, key);
    }
    if (code == CRMSYNC_OK)
        code = deliver(s, workspace, kind, key_kind, &wanted, sink, err);
    crmi_pg_list_clear(&wanted);
    return code;
}

/* One row more than wanted was asked for, to know whether there is more. */
static int32_t rows_of_changes(const PGresult *changes, uint32_t limit, crmsync_rows *rows,
                               int64_t *at, crmsync_error **err)
{
    int32_t code = CRMSYNC_OK;

    for (int i = 0; i < PQntuples(changes) && (uint32_t)i < limit && code == CRMSYNC_OK; i++) {
        char text[24];
        uint64_t rev = crmi_pg_value(changes, i, 1);
        crmsync_cell cells[3] = {
            {.text = crmi_pg_text(changes, i, 0), .type = CRMSYNC_CELL_TEXT},
            {.text = {text, crmi_rev_text(rev, text)}, .type = CRMSYNC_CELL_TEXT},
            {.number = (int64_t)crmi_pg_value(changes, i, 2), .type = CRMSYNC_CELL_BOOL}};
        code = crmsync_rows_append(rows, cells, 3, err);
        *at = (int64_t)rev;
    }
    return code;
}

static int32_t postgres_changed(void *ctx, crmsync_str workspace, crmsync_str kind,
                                crmsync_str cursor, uint32_t limit, crmsync_record_sink *sink,
                                crmsync_error **err)
{
    static const crmsync_str names[] = {CRMSYNC_STR_LIT("id"), CRMSYNC_STR_LIT("rev"),
                                        CRMSYNC_STR_LIT("deleted")};
    crmsync_postgres *s = ctx;
    crmsync_rows *rows = NULL;
    crmi_pg_pipeline p;
    char text[24];
    int64_t at;
    int32_t code;

    if (!crmi_read_cursor(cursor, &at))
        return crmi_host_fail(err, CRMSYNC_E_INVALID,
                              "postgres: the cursor of %.*s is not one of this store",
                              CRMI_HOST_SPELL(kind));
    code = crmsync_rows_new(&s->alloc, kind, names, 3, &rows, err);
    if (code != CRMSYNC_OK)
        return code;
    crmi_pg_pipeline_init(&p, s);
    add(&p, CRMI_PG_RECORD_CHANGED, workspace, kind);
    crmi_pg_number(&p, (uint64_t)at, 8);
    crmi_pg_number(&p, (uint64_t)limit + 1, 8);
    code = crmi_pg_read(&p, "reading changes", err);
    if (code == CRMSYNC_OK)
        code = rows_of_changes(p.results[0], limit, rows, &at, err);
    if (code == CRMSYNC_OK)
        code = crmsync_record_rows(sink, rows);
    if (code == CRMSYNC_OK)
        code = crmsync_record_cursor(sink, (crmsync_str){text, crmi_rev_text((uint64_t)at, text)},
                                     (uint64_t)PQntuples(p.results[0]) > limit);
    crmi_pg_pipeline_clear(&p);
    crmsync_rows_free(rows);
    return code;
}

static int32_t postgres_save(void *ctx, crmsync_str workspace, const crmsync_rows *items,
                             crmsync_record_sink *sink, crmsync_error **err)
{
    crmi_record_table table = crmi_pg_table(ctx);
    return crmi_record_save(&table, workspace, items, sink, err);
}

int32_t crmsync_postgres_get(crmsync_postgres *postgres, crmsync_str workspace, crmsync_str kind,
                             crmsync_rows **out, crmsync_error **err)
{
    crmi_record_rows rows;
    int32_t code;

    if (!out || !postgres)
        return crmi_host_fail(err, CRMSYNC_E_INVALID, "postgres: store or out is NULL");
    *out = NULL;
    crmi_record_rows_init(&rows, &postgres->alloc);
    code = read_rows(postgres, workspace, kind, (crmsync_str){NULL, 0}, NULL, &rows, err);
    if (code == CRMSYNC_OK) {
        *out = rows.rows;
        rows.rows = NULL;
    }
    crmi_record_rows_clear(&rows);
    return code;
}

int32_t crmsync_postgres_put(crmsync_postgres *postgres, crmsync_str workspace,
                             const crmsync_rows *rows, crmsync_error **err)
{
    crmi_record_table table;

    if (!postgres || !rows)
        return crmi_host_fail(err, CRMSYNC_E_INVALID, "postgres: store or rows are NULL");
    table = crmi_pg_table(postgres);
    return crmi_record_put(&table, workspace, rows, err);
}

int32_t crmsync_postgres_remove(crmsync_postgres *postgres, crmsync_str workspace,
                                crmsync_str kind, crmsync_str id, crmsync_error **err)
{
    crmi_record_table table;

    if (!postgres)
        return crmi_host_fail(err, CRMSYNC_E_INVALID, "postgres: store is NULL");
    table = crmi_pg_table(postgres);
    return crmi_record_remove(&table, workspace, kind, id, err);
}

const crmsync_record_ops *crmsync_postgres_record_ops(void)
{
    static const crmsync_record_ops ops = {sizeof ops, postgres_load, postgres_find,
                                           postgres_save, postgres_changed, NULL};
    return &ops;
}
