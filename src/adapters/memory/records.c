/* Reading records: load, find, changed, and all of a kind. */
#include "records.h"

#include <string.h>

enum { FIXED = 2 }; /* columns before the fields: id, rev */

/* Rows under construction: one column for each field that any record of the kind carries. */
struct result {
    crmsync_memory *m;
    crmsync_str workspace;
    crmsync_str kind;
    crmsync_rows *rows;
    crmsync_cell *cells;
    size_t width;
};

static bool starts_with(crmsync_str s, crmsync_str prefix)
{
    return s.len >= prefix.len && memcmp(s.ptr, prefix.ptr, prefix.len) == 0;
}

/* Numbers the fields of the kind as columns; `names` NULL = only count. */
static size_t number_fields(crmsync_memory *m, crmsync_str prefix, crmsync_str *names)
{
    size_t n = FIXED;
    crmi_node *node = crmi_ordered_at_or_after(&m->fields, prefix);

    for (; node && starts_with(node->key, prefix); node = crmi_ordered_next(node)) {
        if (names)
            names[n] = node->value;
        node->stamp = n++;
    }
    return n;
}

static int32_t result_init(struct result *r, crmsync_memory *m, crmsync_str workspace,
                           crmsync_str kind, crmsync_error **err)
{
    crmsync_str *names = NULL;
    crmi_bytes prefix;
    int32_t code = CRMSYNC_E_NOMEM;

    *r = (struct result){m, workspace, kind, NULL, NULL, 0};
    crmi_bytes_init(&prefix, &m->alloc);
    crmi_bytes_part(&prefix, workspace);
    crmi_bytes_part(&prefix, kind);
    if (prefix.oom)
        goto done;
    r->width = number_fields(m, crmi_bytes_str(&prefix), NULL);
    names = crmi_host_array(&m->alloc, r->width, sizeof *names);
    r->cells = crmi_host_array(&m->alloc, r->width, sizeof *r->cells);
    if (!names || !r->cells)
        goto done;
    names[0] = CRMI_HOST_LIT("id");
    names[1] = CRMI_HOST_LIT("rev");
    number_fields(m, crmi_bytes_str(&prefix), names);
    code = crmsync_rows_new(&m->alloc, kind, names, r->width, &r->rows, err);
done:
    crmi_host_free(&m->alloc, names, r->width * sizeof *names);
    crmi_bytes_clear(&prefix);
    if (code == CRMSYNC_E_NOMEM && err && !*err)
        crmi_host_nomem(err);
    return code;
}

static void result_clear(struct result *r)
{
    crmi_host_free(&r->m->alloc, r->cells, r->width * sizeof *r->cells);
    crmsync_rows_free(r->rows);
}

static int32_t result_add(struct result *r, const crmi_node *node, crmsync_error **err)
{
    const crmi_record *record = node->object;
    char rev[24];

    memset(r->cells, 0, r->width * sizeof *r->cells);
    r->cells[0].type = r->cells[1].type = CRMSYNC_CELL_TEXT;
    r->cells[0].text = crmi_records_id(node, r->workspace, r->kind);
    r->cells[1].text = (crmsync_str){rev, crmi_memory_rev_text(record->rev, rev)};
    for (size_t i = 0; i < record->count; i++)
        r->cells[record->values[i].field->stamp] = record->values[i].cell;
    return crmsync_rows_append(r->rows, r->cells, r->width, err);
}

static bool alive(const crmi_node *node)
{
    const crmi_record *record = node ? node->object : NULL;
    return record && !record->deleted;
}

static int32_t memory_load(void *ctx, crmsync_str workspace, crmsync_str kind,
                           const crmsync_str *ids, size_t n, crmsync_record_sink *sink,
                           crmsync_error **err)
{
    crmsync_memory *m = ctx;
    struct result r;
    int32_t code;

    pthread_mutex_lock(&m->lock);
    code = result_init(&r, m, workspace, kind, err);
    for (size_t i = 0; i < n && code == CRMSYNC_OK; i++) {
        crmi_node *node = crmi_store_record(m, workspace, kind, ids[i], &code);
        if (code != CRMSYNC_OK)
            crmi_host_nomem(err);
        else if (alive(node))
            code = result_add(&r, node, err);
    }
    if (code == CRMSYNC_OK)
        code = crmsync_record_rows(sink, r.rows);
    result_clear(&r);
    pthread_mutex_unlock(&m->lock);
    return code;
}

static bool has_rule(const crmsync_memory *m, crmsync_str kind, crmsync_str key_kind)
{
    for (size_t i = 0; i < m->keys.count; i++) {
        const crmsync_key_rule *rule = &m->keys.rules[i];
        if (crmi_host_eq(rule->key_kind, key_kind) &&
            (rule->kind.len == 0 || crmi_host_eq(rule->kind, kind)))
            return true;
    }
    return false;
}

/* What precedes the ids in the index; empty = the text has no key. */
static int32_t index_prefix(crmsync_memory *m, crmi_bytes *b, crmsync_str workspace,
                            crmsync_str kind, crmsync_str key_kind, crmsync_str text)
{
    char made[CRMSYNC_KEY_MAX];
    crmsync_str key;
    int32_t code = crmi_key_make(&m->keys, key_kind, text, made, &key);

    b->len = 0;
    if (code != CRMSYNC_OK || key.len == 0)
        return code;
    crmi_bytes_part(b, workspace);
    crmi_bytes_part(b, kind);
    crmi_bytes_part(b, key_kind);
    crmi_bytes_part(b, key);
    return b->oom ? CRMSYNC_E_NOMEM : CRMSYNC_OK;
}

crmi_node *crmi_index_first(crmsync_memory *m, crmsync_str workspace, crmsync_str kind,
                            crmsync_str key_kind, crmsync_str text, int32_t *code)
{
    crmi_bytes prefix;
    crmi_node *hit = NULL;

    crmi_bytes_init(&prefix, &m->alloc);
    *code = index_prefix(m, &prefix, workspace, kind, key_kind, text);
    if (*code == CRMSYNC_OK && prefix.len > 0) {
        hit = crmi_ordered_at_or_after(&m->index, crmi_bytes_str(&prefix));
        if (hit && !starts_with(hit->key, crmi_bytes_str(&prefix)))
            hit = NULL;
    }
    if (hit)
        hit = crmi_store_record(m, workspace, kind, hit->value, code);
    crmi_bytes_clear(&prefix);
    return hit;
}

/* Adds all records of one key that this query has not delivered yet. */
static int32_t add_hits(struct result *r, crmsync_str prefix, crmsync_error **err)
{
    crmi_node *hit = crmi_ordered_at_or_after(&r->m->index, prefix);
    int32_t code = CRMSYNC_OK;

    for (; hit && code == CRMSYNC_OK && starts_with(hit->key, prefix);
         hit = crmi_ordered_next(hit)) {
        crmi_node *node = crmi_store_record(r->m, r->workspace, r->kind, hit->value, &code);
        crmi_record *record = node ? node->object : NULL;
        if (code != CRMSYNC_OK)
            return crmi_host_nomem(err);
        if (!record || record->mark == r->m->queries)
            continue;
        record->mark = r->m->queries;
        code = result_add(r, node, err);
    }
    return code;
}

static int32_t memory_find(void *ctx, crmsync_str workspace, crmsync_str kind,
                           crmsync_str key_kind, const crmsync_str *values, size_t n,
                           crmsync_record_sink *sink, crmsync_error **err)
{
    crmsync_memory *m = ctx;
    struct result r;
    crmi_bytes prefix;
    int32_t code;

    if (!has_rule(m, kind, key_kind))
        return crmi_host_fail(err, CRMSYNC_E_UNSUPPORTED,
                              "memory store: a %.*s is not found by %.*s; add a crmsync_key_rule",
                              CRMI_HOST_SPELL(kind), CRMI_HOST_SPELL(key_kind));
    pthread_mutex_lock(&m->lock);
    m->queries++;
    crmi_bytes_init(&prefix, &m->alloc);
    code = result_init(&r, m, workspace, kind, err);
    for (size_t i = 0; i < n && code == CRMSYNC_OK; i++) {
        code = index_prefix(m, &prefix, workspace, kind, key_kind, values[i]);
        if (code != CRMSYNC_OK)
            crmi_host_nomem(err);
        else if (prefix.len > 0)
            code = add_hits(&r, crmi_bytes_str(&prefix), err);
    }
    if (code == CRMSYNC_OK)
        code = crmsync_record_rows(sink, r.rows);
    crmi_bytes_clear(&prefix);
    result_clear(&r);
    pthread_mutex_unlock(&m->lock);
    return code;
}

static bool read_cursor(crmsync_str cursor, uint64_t *out)
{
    *out = 0;
    for (size_t i = 0; i < cursor.len; i++) {
        char c = cursor.ptr[i];
        if (c < '0' || c > '9' || *out > UINT64_MAX / 10 - 1)
            return false;
        *out = *out * 10 + (uint64_t)(c - '0');
    }
    return true;
}

static int32_t add_change(crmsync_rows *rows, crmsync_memory *m, const crmi_node *entry,
                          crmsync_str workspace, crmsync_error **err)
{
    int32_t code;
    crmi_node *node =
        crmi_store_record(m, workspace, crmsync_rows_kind(rows), entry->value, &code);
    const crmi_record *record = node ? node->object : NULL;
    char rev[24];
    crmsync_cell cells[3] = {{.text = entry->value, .type = CRMSYNC_CELL_TEXT},
                             {.type = CRMSYNC_CELL_TEXT}, {.type = CRMSYNC_CELL_BOOL}};

    if (!record)
        return crmi_host_nomem(err);
    cells[1].text = (crmsync_str){rev, crmi_memory_rev_text(record->rev, rev)};
    cells[2].number = record->deleted;
    return crmsync_rows_append(rows, cells, 3, err);
}

static int32_t changes_after(crmsync_memory *m, crmsync_str workspace, crmsync_str kind,
                             uint64_t at, uint32_t limit, crmsync_record_sink *sink,
                             crmsync_error **err)
{
    static const crmsync_str names[] = {CRMSYNC_STR_LIT("id"), CRMSYNC_STR_LIT("rev"),
                                        CRMSYNC_STR_LIT("deleted")};
    crmsync_rows *rows = NULL;
    crmi_bytes b;
    crmi_node *entry;
    crmsync_str prefix;
    char cursor[24];
    int32_t more;
    int32_t code = crmsync_rows_new(&m->alloc, kind, names, 3, &rows, err);

    crmi_bytes_init(&b, &m->alloc);
    crmi_bytes_part(&b, workspace);
    crmi_bytes_part(&b, kind);
    prefix.len = b.len;
    crmi_bytes_be(&b, at + 1, 8);
    if (code == CRMSYNC_OK && b.oom)
        code = crmi_host_nomem(err);
    if (code != CRMSYNC_OK)
        goto done;
    prefix.ptr = b.ptr;
    entry = crmi_ordered_at_or_after(&m->feed, crmi_bytes_str(&b));
    for (; entry && starts_with(entry->key, prefix) && limit > 0 && code == CRMSYNC_OK; limit--) {
        code = add_change(rows, m, entry, workspace, err);
        at = 0;
        for (size_t i = prefix.len; i < entry->key.len; i++)
            at = at << 8 | (unsigned char)entry->key.ptr[i];
        entry = crmi_ordered_next(entry);
    }
    more = entry && starts_with(entry->key, prefix);
    if (code == CRMSYNC_OK)
        code = crmsync_record_rows(sink, rows);
    if (code == CRMSYNC_OK)
        code = crmsync_record_cursor(
            sink, (crmsync_str){cursor, crmi_memory_rev_text(at, cursor)}, more);
done:
    crmi_bytes_clear(&b);
    crmsync_rows_free(rows);
    return code;
}

static int32_t memory_changed(void *ctx, crmsync_str workspace, crmsync_str kind,
                              crmsync_str cursor, uint32_t limit, crmsync_record_sink *sink,
                              crmsync_error **err)
{
    crmsync_memory *m = ctx;
    uint64_t at;
    int32_t code;

    if (!read_cursor(cursor, &at))
        return crmi_host_fail(err, CRMSYNC_E_INVALID,
                              "memory store: the cursor of %.*s is not one of this store",
                              CRMI_HOST_SPELL(kind));
    pthread_mutex_lock(&m->lock);
    code = changes_after(m, workspace, kind, at, limit, sink, err);
    pthread_mutex_unlock(&m->lock);
    return code;
}

static int32_t all_of_kind(struct result *r, crmsync_error **err)
{
    crmi_bytes prefix;
    crmi_node *node;
    int32_t code = CRMSYNC_OK;

    crmi_bytes_init(&prefix, &r->m->alloc);
    crmi_bytes_part(&prefix, r->workspace);
    crmi_bytes_part(&prefix, r->kind);
    if (prefix.oom)
        return crmi_host_nomem(err);
    node = crmi_ordered_at_or_after(&r->m->records, crmi_bytes_str(&prefix));
    for (; node && code == CRMSYNC_OK && starts_with(node->key, crmi_bytes_str(&prefix));
         node = crmi_ordered_next(node))
        if (alive(node))
            code = result_add(r, node, err);
    crmi_bytes_clear(&prefix);
    return code;
}

int32_t crmsync_memory_get(crmsync_memory *memory, crmsync_str workspace, crmsync_str kind,
                           crmsync_rows **out, crmsync_error **err)
{
    struct result r;
    int32_t code;

    if (!out || !memory)
        return crmi_host_fail(err, CRMSYNC_E_INVALID, "memory store: store or out is NULL");
    *out = NULL;
    pthread_mutex_lock(&memory->lock);
    code = result_init(&r, memory, workspace, kind, err);
    if (code == CRMSYNC_OK)
        code = all_of_kind(&r, err);
    if (code == CRMSYNC_OK) {
        *out = r.rows;
        r.rows = NULL;
    }
    result_clear(&r);
    pthread_mutex_unlock(&memory->lock);
    return code;
}

const crmsync_record_ops *crmsync_memory_record_ops(void)
{
    static const crmsync_record_ops ops = {sizeof ops, memory_load, memory_find, crmi_memory_save,
                                           memory_changed, NULL};
    return &ops;
}
