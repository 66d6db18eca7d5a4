/* The record table: load, find, changed, and what the host itself does to its records. */
#include "records.h"

#include "id_set.h"
#include "record_rows.h"

struct result {
    crmsync_sqlite *s;
    crmsync_str workspace;
    crmsync_str kind;
    crmi_record_rows out;
};

static int32_t read_names(struct result *r, crmsync_error **err)
{
    sqlite3_stmt *q = crmi_sqlite_statement(r->s, CRMI_FIELD_ALL, err);
    bool fits = true;
    int32_t code = CRMSYNC_OK;
    int step = SQLITE_DONE;

    if (!q)
        return r->s->failed;
    crmi_sqlite_bind(q, 1, r->workspace);
    crmi_sqlite_bind_text(q, 2, r->kind);
    while (fits && (step = sqlite3_step(q)) == SQLITE_ROW)
        fits = crmi_record_rows_name(&r->out, crmi_sqlite_column(q, 0));
    if (!fits)
        code = crmi_host_nomem(err);
    else if (step != SQLITE_DONE)
        code = crmi_sqlite_fail(r->s, "reading fields", err);
    sqlite3_reset(q);
    return code;
}

/* Begins the transaction in which all is read: one snapshot. */
static int32_t result_init(struct result *r, crmsync_sqlite *s, crmsync_str workspace,
                           crmsync_str kind, crmsync_error **err)
{
    int32_t code;

    *r = (struct result){.s = s, .workspace = workspace, .kind = kind};
    crmi_record_rows_init(&r->out, &s->alloc);
    code = crmi_sqlite_begin(s, false, err);
    if (code == CRMSYNC_OK)
        code = read_names(r, err);
    return code == CRMSYNC_OK ? crmi_record_rows_start(&r->out, kind, err) : code;
}

static void result_clear(struct result *r)
{
    crmi_sqlite_rollback(r->s);
    crmi_record_rows_clear(&r->out);
}

static int32_t add_by_id(struct result *r, crmsync_str id, crmsync_error **err)
{
    crmi_stored stored;
    int32_t code = crmi_stored_read(r->s, r->workspace, r->kind, id, &stored, err);

    if (code == CRMSYNC_OK && stored.found && !stored.deleted)
        code = crmi_record_rows_add(&r->out, id, stored.rev, &stored.document, err);
    crmi_stored_clear(&stored);
    return code;
}

static int32_t sqlite_load(void *ctx, crmsync_str workspace, crmsync_str kind,
                           const crmsync_str *ids, size_t n, crmsync_record_sink *sink,
                           crmsync_error **err)
{
    struct result r;
    int32_t code = result_init(&r, ctx, workspace, kind, err);

    for (size_t i = 0; i < n && code == CRMSYNC_OK; i++)
        code = add_by_id(&r, ids[i], err);
    if (code == CRMSYNC_OK)
        code = crmsync_record_rows(sink, r.out.rows);
    result_clear(&r);
    return code;
}

/* Two values may lead to one record, which is delivered once. */
static int32_t add_once(struct result *r, crmi_id_set *seen, crmsync_str id, crmsync_error **err)
{
    size_t before = crmsync_rows_count(r->out.rows);
    int32_t code = CRMSYNC_OK;

    if (crmi_id_set_has(seen, id))
        return code;
    code = add_by_id(r, id, err);
    if (code != CRMSYNC_OK || crmsync_rows_count(r->out.rows) == before)
        return code;
    return crmi_id_set_add(seen, crmsync_rows_get(r->out.rows, before, 0).text)
               ? CRMSYNC_OK
               : crmi_host_nomem(err);
}

static int32_t add_hits(struct result *r, crmi_id_set *seen, crmsync_str key_kind,
                        crmsync_str text, crmsync_error **err)
{
    char made[CRMSYNC_KEY_MAX];
    int32_t code = CRMSYNC_OK;
    int step = SQLITE_DONE;
    sqlite3_stmt *q =
        crmi_key_query(r->s, r->workspace, r->kind, key_kind, text, made, &code, err);

    if (!q)
        return code;
    while (code == CRMSYNC_OK && (step = sqlite3_step(q)) == SQLITE_ROW)
        code = add_once(r, seen, crmi_sqlite_column(q, 0), err);
    if (code == CRMSYNC_OK && step != SQLITE_DONE)
        code = crmi_sqlite_fail(r->s, "finding records", err);
    sqlite3_reset(q);
    return code;
}

static int32_t sqlite_find(void *ctx, crmsync_str workspace, crmsync_str kind,
                           crmsync_str key_kind, const crmsync_str *values, size_t n,
                           crmsync_record_sink *sink, crmsync_error **err)
{
    crmsync_sqlite *s = ctx;
    crmi_id_set seen = {.alloc = &s->alloc};
    struct result r;
    int32_t code;

    if (!crmi_key_rules_find(&s->keys, kind, key_kind))
        return crmi_host_fail(err, CRMSYNC_E_UNSUPPORTED,
                              "sqlite: a %.*s is not found by %.*s; add a crmsync_key_rule",
                              CRMI_HOST_SPELL(kind), CRMI_HOST_SPELL(key_kind));
    code = result_init(&r, s, workspace, kind, err);
    for (size_t i = 0; i < n && code == CRMSYNC_OK; i++)
        code = add_hits(&r, &seen, key_kind, values[i], err);
    if (code == CRMSYNC_OK)
        code = crmsync_record_rows(sink, r.out.rows);
    crmi_id_set_clear(&seen);
    result_clear(&r);
    return code;
}

/* Reads one row more than wanted, to know whether there is more. */
static int32_t read_changes(crmsync_sqlite *s, sqlite3_stmt *q, crmsync_rows *rows, uint32_t limit,
                            int64_t *at, int32_t *more, crmsync_error **err)
{
    int step;

    while ((step = sqlite3_step(q)) == SQLITE_ROW) {
        char text[24];
        int64_t rev = sqlite3_column_int64(q, 1);
        crmsync_cell cells[3] = {{.text = crmi_sqlite_column(q, 0), .type = CRMSYNC_CELL_TEXT},
                                 {.type = CRMSYNC_CELL_TEXT}, {.type = CRMSYNC_CELL_BOOL}};
        int32_t code;
        if (crmsync_rows_count(rows) == limit) {
            *more = 1;
            return CRMSYNC_OK;
        }
        cells[1].text = (crmsync_str){text, crmi_rev_text((uint64_t)rev, text)};
        cells[2].number = sqlite3_column_int(q, 2);
        code = crmsync_rows_append(rows, cells, 3, err);
        if (code != CRMSYNC_OK)
            return code;
        *at = rev;
    }
    return step == SQLITE_DONE ? CRMSYNC_OK : crmi_sqlite_fail(s, "reading changes", err);
}

static int32_t sqlite_changed(void *ctx, crmsync_str workspace, crmsync_str kind,
                              crmsync_str cursor, uint32_t limit, crmsync_record_sink *sink,
                              crmsync_error **err)
{
    static const crmsync_str names[] = {CRMSYNC_STR_LIT("id"), CRMSYNC_STR_LIT("rev"),
                                        CRMSYNC_STR_LIT("deleted")};
    crmsync_sqlite *s = ctx;
    sqlite3_stmt *q = crmi_sqlite_statement(s, CRMI_RECORD_CHANGED, err);
    crmsync_rows *rows = NULL;
    char text[24];
    int32_t more = 0;
    int64_t at;
    int32_t code;

    if (!q)
        return s->failed;
    if (!crmi_read_cursor(cursor, &at))
        return crmi_host_fail(err, CRMSYNC_E_INVALID,
                              "sqlite: the cursor of %.*s is not one of this store",
                              CRMI_HOST_SPELL(kind));
    code = crmsync_rows_new(&s->alloc, kind, names, 3, &rows, err);
    if (code != CRMSYNC_OK)
        return code;
    crmi_sqlite_bind(q, 1, workspace);
    crmi_sqlite_bind_text(q, 2, kind);
    sqlite3_bind_int64(q, 3, at);
    sqlite3_bind_int64(q, 4, (int64_t)limit + 1);
    code = read_changes(s, q, rows, limit, &at, &more, err);
    sqlite3_reset(q);
    sqlite3_clear_bindings(q);
    if (code == CRMSYNC_OK)
        code = crmsync_record_rows(sink, rows);
    if (code == CRMSYNC_OK)
        code = crmsync_record_cursor(
            sink, (crmsync_str){text, crmi_rev_text((uint64_t)at, text)}, more);
    crmsync_rows_free(rows);
    return code;
}

static int32_t all_of_kind(struct result *r, crmsync_error **err)
{
    sqlite3_stmt *q = crmi_sqlite_statement(r->s, CRMI_RECORD_ALL, err);
    int32_t code = CRMSYNC_OK;
    int step = SQLITE_DONE;

    if (!q)
        return r->s->failed;
    crmi_sqlite_bind(q, 1, r->workspace);
    crmi_sqlite_bind_text(q, 2, r->kind);
    while (code == CRMSYNC_OK && (step = sqlite3_step(q)) == SQLITE_ROW) {
        crmsync_str id = crmi_sqlite_column(q, 0);
        crmi_document d;
        code = crmi_stored_parse(&r->s->alloc, "sqlite", id, crmi_sqlite_column(q, 2), &d, err);
        if (code == CRMSYNC_OK)
            code = crmi_record_rows_add(&r->out, id, (uint64_t)sqlite3_column_int64(q, 1), &d,
                                        err);
        crmi_document_clear(&d);
    }
    if (code == CRMSYNC_OK && step != SQLITE_DONE)
        code = crmi_sqlite_fail(r->s, "reading records", err);
    sqlite3_reset(q);
    return code;
}

int32_t crmsync_sqlite_get(crmsync_sqlite *sqlite, crmsync_str workspace, crmsync_str kind,
                           crmsync_rows **out, crmsync_error **err)
{
    struct result r;
    int32_t code;

    if (!out || !sqlite)
        return crmi_host_fail(err, CRMSYNC_E_INVALID, "sqlite: store or out is NULL");
    *out = NULL;
    code = result_init(&r, sqlite, workspace, kind, err);
    if (code == CRMSYNC_OK)
        code = all_of_kind(&r, err);
    if (code == CRMSYNC_OK) {
        *out = r.out.rows;
        r.out.rows = NULL;
    }
    result_clear(&r);
    return code;
}

static int32_t sqlite_save(void *ctx, crmsync_str workspace, const crmsync_rows *items,
                           crmsync_record_sink *sink, crmsync_error **err)
{
    crmi_record_table table = crmi_sqlite_table(ctx);
    return crmi_record_save(&table, workspace, items, sink, err);
}

int32_t crmsync_sqlite_put(crmsync_sqlite *sqlite, crmsync_str workspace, const crmsync_rows *rows,
                           crmsync_error **err)
{
    crmi_record_table table;

    if (!sqlite || !rows)
        return crmi_host_fail(err, CRMSYNC_E_INVALID, "sqlite: store or rows are NULL");
    table = crmi_sqlite_table(sqlite);
    return crmi_record_put(&table, workspace, rows, err);
}

int32_t crmsync_sqlite_remove(crmsync_sqlite *sqlite, crmsync_str workspace, crmsync_str kind,
                              crmsync_str id, crmsync_error **err)
{
    crmi_record_table table;

    if (!sqlite)
        return crmi_host_fail(err, CRMSYNC_E_INVALID, "sqlite: store is NULL");
    table = crmi_sqlite_table(sqlite);
    return crmi_record_remove(&table, workspace, kind, id, err);
}

const crmsync_record_ops *crmsync_sqlite_record_ops(void)
{
    static const crmsync_record_ops ops = {sizeof ops, sqlite_load, sqlite_find, sqlite_save,
                                           sqlite_changed, NULL};
    return &ops;
}
