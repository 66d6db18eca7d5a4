/* Reading records: load, find, changed, and all of a kind. */
#include "records.h"

#include <string.h>

#include "id_set.h"

enum { FIXED = 2 }; /* columns before the fields: id, rev */

/* Rows under construction: one column for each field that any record of the kind carries. */
struct result {
    crmsync_sqlite *s;
    crmsync_str workspace;
    crmsync_str kind;
    crmsync_rows *rows;
    crmsync_str *names; /* id and rev, then copies */
    crmsync_cell *cells;
    size_t width;
    size_t cap;
};

static bool add_name(struct result *r, crmsync_str name)
{
    if (r->width == r->cap) {
        size_t cap = r->cap ? r->cap * 2 : 32;
        crmsync_str *grown = crmi_host_array(&r->s->alloc, cap, sizeof *grown);
        if (!grown)
            return false;
        if (r->width > 0)
            memcpy(grown, r->names, r->width * sizeof *grown);
        crmi_host_free(&r->s->alloc, r->names, r->cap * sizeof *grown);
        r->names = grown;
        r->cap = cap;
    }
    if (!crmi_host_copy(&r->s->alloc, name, &r->names[r->width]))
        return false;
    r->width++;
    return true;
}

static int32_t read_names(struct result *r, crmsync_error **err)
{
    sqlite3_stmt *q = crmi_sqlite_statement(r->s, CRMI_FIELD_ALL, err);
    bool fits = add_name(r, CRMI_HOST_LIT("id")) && add_name(r, CRMI_HOST_LIT("rev"));
    int32_t code = CRMSYNC_OK;
    int step = SQLITE_DONE;

    if (!q)
        return r->s->failed;
    crmi_sqlite_bind(q, 1, r->workspace);
    crmi_sqlite_bind_text(q, 2, r->kind);
    while (fits && (step = sqlite3_step(q)) == SQLITE_ROW)
        fits = add_name(r, crmi_sqlite_column(q, 0));
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
    code = crmi_sqlite_begin(s, false, err);
    if (code == CRMSYNC_OK)
        code = read_names(r, err);
    if (code != CRMSYNC_OK)
        return code;
    r->cells = crmi_host_array(&s->alloc, r->width, sizeof *r->cells);
    if (!r->cells)
        return crmi_host_nomem(err);
    return crmsync_rows_new(&s->alloc, kind, r->names, r->width, &r->rows, err);
}

static void result_clear(struct result *r)
{
    crmi_sqlite_rollback(r->s);
    for (size_t i = 0; i < r->width; i++)
        crmi_host_drop(&r->s->alloc, &r->names[i]);
    crmi_host_free(&r->s->alloc, r->names, r->cap * sizeof *r->names);
    crmi_host_free(&r->s->alloc, r->cells, r->width * sizeof *r->cells);
    crmsync_rows_free(r->rows);
}

/* Documents mostly have their members in one order: the search goes on where it ended. */
static size_t column_of(const struct result *r, crmsync_str name, size_t start)
{
    for (size_t i = 0; i < r->width; i++) {
        size_t at = (start + i) % r->width;
        if (at >= FIXED && crmi_host_eq(r->names[at], name))
            return at;
    }
    return SIZE_MAX;
}

static int32_t result_add(struct result *r, crmsync_str id, uint64_t rev, const crmi_document *d,
                          crmsync_error **err)
{
    char text[24];
    size_t at = FIXED;

    memset(r->cells, 0, r->width * sizeof *r->cells);
    r->cells[0] = (crmsync_cell){.text = id, .type = CRMSYNC_CELL_TEXT};
    r->cells[1] = (crmsync_cell){.text = {text, crmi_sqlite_rev_text(rev, text)},
                                 .type = CRMSYNC_CELL_TEXT};
    for (size_t i = 0; i < d->count; i++) {
        size_t column = column_of(r, d->members[i].name, at);
        if (column == SIZE_MAX)
            continue;
        r->cells[column] = d->members[i].cell;
        at = column + 1;
    }
    return crmsync_rows_append(r->rows, r->cells, r->width, err);
}

static int32_t add_by_id(struct result *r, crmsync_str id, crmsync_error **err)
{
    crmi_stored stored;
    int32_t code = crmi_stored_read(r->s, r->workspace, r->kind, id, &stored, err);

    if (code == CRMSYNC_OK && stored.found && !stored.deleted)
        code = result_add(r, id, stored.rev, &stored.document, err);
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
        code = crmsync_record_rows(sink, r.rows);
    result_clear(&r);
    return code;
}

static bool has_rule(const crmsync_sqlite *s, crmsync_str kind, crmsync_str key_kind)
{
    for (size_t i = 0; i < s->keys.count; i++) {
        const crmsync_key_rule *rule = &s->keys.rules[i];
        if (crmi_host_eq(rule->key_kind, key_kind) &&
            (rule->kind.len == 0 || crmi_host_eq(rule->kind, kind)))
            return true;
    }
    return false;
}

/* Two values may lead to one record, which is delivered once. */
static int32_t add_once(struct result *r, crmi_id_set *seen, crmsync_str id, crmsync_error **err)
{
    size_t before = crmsync_rows_count(r->rows);
    int32_t code = CRMSYNC_OK;

    if (crmi_id_set_has(seen, id))
        return code;
    code = add_by_id(r, id, err);
    if (code != CRMSYNC_OK || crmsync_rows_count(r->rows) == before)
        return code;
    return crmi_id_set_add(seen, crmsync_rows_get(r->rows, before, 0).text)
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

    if (!has_rule(s, kind, key_kind))
        return crmi_host_fail(err, CRMSYNC_E_UNSUPPORTED,
                              "sqlite: a %.*s is not found by %.*s; add a crmsync_key_rule",
                              CRMI_HOST_SPELL(kind), CRMI_HOST_SPELL(key_kind));
    code = result_init(&r, s, workspace, kind, err);
    for (size_t i = 0; i < n && code == CRMSYNC_OK; i++)
        code = add_hits(&r, &seen, key_kind, values[i], err);
    if (code == CRMSYNC_OK)
        code = crmsync_record_rows(sink, r.rows);
    crmi_id_set_clear(&seen);
    result_clear(&r);
    return code;
}

static bool read_cursor(crmsync_str cursor, int64_t *out)
{
    *out = 0;
    for (size_t i = 0; i < cursor.len; i++) {
        char c = cursor.ptr[i];
        if (c < '0' || c > '9' || *out > INT64_MAX / 10 - 1)
            return false;
        *out = *out * 10 + (c - '0');
    }
    return true;
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
        cells[1].text = (crmsync_str){text, crmi_sqlite_rev_text((uint64_t)rev, text)};
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
    if (!read_cursor(cursor, &at))
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
            sink, (crmsync_str){text, crmi_sqlite_rev_text((uint64_t)at, text)}, more);
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
        code = crmi_stored_parse(r->s, id, crmi_sqlite_column(q, 2), &d, err);
        if (code == CRMSYNC_OK)
            code = result_add(r, id, (uint64_t)sqlite3_column_int64(q, 1), &d, err);
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
        *out = r.rows;
        r.rows = NULL;
    }
    result_clear(&r);
    return code;
}

const crmsync_record_ops *crmsync_sqlite_record_ops(void)
{
    static const crmsync_record_ops ops = {sizeof ops, sqlite_load, sqlite_find, crmi_sqlite_save,
                                           sqlite_changed, NULL};
    return &ops;
}
