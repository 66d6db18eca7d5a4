#include "salesforce/columns.h"

#include <stdio.h>

#include "model/rows.h"
#include "salesforce/errors.h"
#include "salesforce/value.h"

#define MAX_FOUND   250 /* far more than a GROUP BY query can select */
#define MAX_PARENTS 5   /* SOQL follows at most five relationships */

void crmi_columns_init(crmi_columns *c, const crmsync_alloc *alloc)
{
    memset(c, 0, sizeof *c);
    crmi_arena_init(&c->arena, alloc);
}

void crmi_columns_clear(crmi_columns *c)
{
    crmi_dealloc_array(c->arena.alloc, c->nodes, c->node_cap, sizeof *c->nodes);
    crmi_dealloc_array(c->arena.alloc, c->found, c->found_cap, sizeof *c->found);
    crmi_dealloc_array(c->arena.alloc, c->cells, c->count, sizeof *c->cells);
    crmi_arena_clear(&c->arena);
    crmi_columns_init(c, c->arena.alloc);
}

/* 0 = no memory; node 0 is the root. */
static uint32_t add_node(crmi_columns *c, uint32_t parent, crmsync_str name, crmsync_str path)
{
    if (!crmi_grow(c->arena.alloc, &c->nodes, &c->node_cap, c->node_count + 1, sizeof *c->nodes))
        return 0;
    uint32_t at = (uint32_t)c->node_count++;
    c->nodes[at] = (crmi_column_node){name, path, -1, 0, 0, 0, 0};
    if (!at)
        return 0;
    uint32_t *slot = &c->nodes[parent].first;
    while (*slot)
        slot = &c->nodes[*slot].next;
    *slot = at;
    return at;
}

static uint32_t child_named(const crmi_columns *c, uint32_t parent, crmsync_str name)
{
    uint32_t at = c->nodes[parent].first;
    while (at && !crmi_str_eq(c->nodes[at].name, name))
        at = c->nodes[at].next;
    for (uint32_t i = c->nodes[parent].first; !at && i; i = c->nodes[i].next)
        if (crmi_str_eq_ci(c->nodes[i].name, name))
            at = i;
    return at;
}

static bool add_column(crmi_columns *c, const crmi_query_column *column, size_t number)
{
    uint32_t at = 0;
    crmsync_str rest = column->name;
    while (rest.len) {
        ptrdiff_t dot = crmi_str_chr(rest, '.');
        crmsync_str name = dot < 0 ? rest : crmi_str_sub(rest, 0, (size_t)dot);
        rest = dot < 0 ? CRMI_STR_EMPTY : crmi_str_sub(rest, (size_t)dot + 1, rest.len);
        uint32_t child = child_named(c, at, name);
        if (!child)
            child = add_node(c, at, name, column->name);
        if (!child)
            return false;
        at = child;
    }
    c->attributes = c->attributes || crmi_str_eq_ci(crmi_str_sub(column->name, 0, 10),
                                                    CRMI_STR("attributes"));
    if (at) {
        c->nodes[at].column = (int32_t)number;
        c->nodes[at].type = column->type;
    }
    return true;
}

int32_t crmi_columns_build(crmi_columns *c, const crmi_query_column *columns, size_t n,
                           crmsync_error **err)
{
    c->node_count = 0;
    add_node(c, 0, CRMI_STR_EMPTY, CRMI_STR_EMPTY);
    if (!c->node_count)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < n; i++)
        if (!add_column(c, &columns[i], i))
            return crmi_fail_nomem(err);
    c->cells = n ? crmi_alloc_zeroed(c->arena.alloc, n, sizeof *c->cells) : NULL;
    c->count = c->cells ? n : 0;
    return n && !c->cells ? crmi_fail_nomem(err) : CRMSYNC_OK;
}

/* Exact spelling where it is expected, then anywhere, then in any case. */
static uint32_t next_child(crmi_columns *c, uint32_t parent, crmsync_str name)
{
    uint32_t at = c->nodes[parent].hint ? c->nodes[parent].hint : c->nodes[parent].first;
    if (!at || !crmi_str_eq(c->nodes[at].name, name)) {
        if (!c->attributes && crmi_str_is(name, "attributes")) /* in every record, seldom asked for */
            return 0;
        at = child_named(c, parent, name);
    }
    if (at)
        c->nodes[parent].hint = c->nodes[at].next ? c->nodes[at].next : c->nodes[parent].first;
    return at;
}

/* 1.5E7 -> 15000000: decimals in cells have no exponent. */
static bool expand(crmi_columns *c, crmsync_str raw, crmsync_str *out)
{
    crmi_buf b;
    crmi_buf_init(&b, c->arena.alloc);
    bool sane = crmi_value_plain(&b, raw) && crmi_decimal_valid(crmi_buf_str(&b));
    c->oom = !crmi_buf_ok(&b) || (sane && !crmi_arena_str(c->expanded, crmi_buf_str(&b), out));
    crmi_buf_clear(&b);
    return sane && !c->oom;
}

static bool put_null(crmi_columns *c, uint32_t node)
{
    const crmi_column_node *at = &c->nodes[node];
    if (at->column >= 0) {
        if (c->into[at->column].type != CRMSYNC_CELL_ABSENT)
            return false;
        c->into[at->column].type = CRMSYNC_CELL_NULL;
    }
    for (uint32_t i = at->first; i; i = c->nodes[i].next)
        if (!put_null(c, i))
            return false;
    return true;
}

static bool put_value(crmi_columns *c, const crmi_column_node *at, const yyjson_val *v)
{
    crmsync_cell *cell = &c->into[at->column];
    if (cell->type != CRMSYNC_CELL_ABSENT || !crmi_value_read(v, at->type, cell))
        return false;
    if (cell->type != CRMSYNC_CELL_DECIMAL)
        return true;
    if (crmi_str_chr(cell->text, 'e') < 0 && crmi_str_chr(cell->text, 'E') < 0)
        return true;
    return expand(c, cell->text, &cell->text);
}

/* Reads an object's members; the path of the column that does not fit goes to *bad. */
static bool read_object(crmi_columns *c, uint32_t parent, yyjson_val *object, crmsync_str *bad)
{
    yyjson_obj_iter it = yyjson_obj_iter_with(object);
    yyjson_val *key;
    while ((key = yyjson_obj_iter_next(&it))) {
        yyjson_val *v = yyjson_obj_iter_get_val(key);
        uint32_t child = next_child(c, parent, crmi_json_text(key));
        if (!child)
            continue;
        bool ok;
        if (yyjson_is_null(v))
            ok = put_null(c, child);
        else if (c->nodes[child].first && yyjson_is_obj(v))
            ok = read_object(c, child, v, bad);
        else
            ok = c->nodes[child].column >= 0 && put_value(c, &c->nodes[child], v);
        if (!ok) {
            if (!bad->len)
                *bad = c->nodes[child].path;
            return false;
        }
    }
    return true;
}

/* "/records/3/Account/Name" */
static int32_t not_a_record(const char *list, size_t index, crmsync_str bad, crmsync_error **err)
{
    char where[400] = "";
    int from = list ? snprintf(where, sizeof where, "%s%zu", list, index) : 0;
    snprintf(where + from, sizeof where - (size_t)from, "%s%.*s", bad.len ? "/" : "",
             CRMI_SPELL(bad));
    for (char *p = where + from; *p; p++)
        if (*p == '.')
            *p = '/';
    crmi_fail(err, CRMSYNC_E_PROTOCOL,
              "the answer is no record, or a value does not fit its field");
    crmi_error_set_where(err, crmi_str(where));
    return CRMSYNC_E_PROTOCOL;
}

static int32_t read_record(crmi_columns *c, const yyjson_val *record, const char *list,
                           size_t index, crmsync_error **err)
{
    yyjson_val *object = crmi_json_any(record);
    crmsync_str bad = CRMI_STR_EMPTY;
    if (yyjson_is_obj(object) && read_object(c, 0, object, &bad))
        return CRMSYNC_OK;
    return c->oom ? crmi_fail_nomem(err) : not_a_record(list, index, bad, err);
}

int32_t crmi_columns_read(crmi_columns *c, const yyjson_val *record, const char *list, size_t index,
                          crmsync_error **err)
{
    if (c->count)
        memset(c->cells, 0, c->count * sizeof *c->cells);
    c->into = c->cells;
    c->expanded = &c->arena;
    return read_record(c, record, list, index, err);
}

int32_t crmi_columns_append(crmi_columns *c, const yyjson_val *record, const char *list,
                            size_t index, crmsync_rows *rows, crmsync_error **err)
{
    c->into = crmi_rows_open_row(rows);
    c->expanded = crmi_rows_texts(rows);
    return c->into ? read_record(c, record, list, index, err) : crmi_fail_nomem(err);
}

static bool find_found(const crmi_columns *c, crmsync_str name)
{
    for (size_t i = 0; i < c->found_count; i++)
        if (crmi_str_eq(c->found[i].name, name))
            return true;
    return false;
}

static bool discover_in(crmi_columns *c, yyjson_val *object, crmsync_str prefix, unsigned depth)
{
    yyjson_obj_iter it = yyjson_obj_iter_with(object);
    yyjson_val *key;
    while ((key = yyjson_obj_iter_next(&it))) {
        yyjson_val *v = yyjson_obj_iter_get_val(key);
        crmsync_str name = crmi_json_text(key), path;
        crmi_buf b;
        if (crmi_str_is(name, "attributes") || yyjson_is_arr(v) || !name.len)
            continue;
        crmi_buf_init(&b, c->arena.alloc);
        crmi_buf_add(&b, prefix);
        crmi_buf_lit(&b, prefix.len ? "." : "");
        crmi_buf_add(&b, name);
        bool ok = crmi_buf_ok(&b) && crmi_arena_str(&c->arena, crmi_buf_str(&b), &path);
        crmi_buf_clear(&b);
        if (ok && yyjson_is_obj(v)) {
            if (depth < MAX_PARENTS && !crmi_json_member(v, "records"))
                ok = discover_in(c, v, path, depth + 1);
        } else if (ok && c->found_count >= MAX_FOUND) {
            c->too_many = c->too_many || !find_found(c, path);
        } else if (ok && !find_found(c, path)) {
            ok = crmi_grow(c->arena.alloc, &c->found, &c->found_cap, c->found_count + 1,
                           sizeof *c->found);
            if (ok)
                c->found[c->found_count++] = (crmi_query_column){path, CRMSYNC_CELL_ABSENT};
        }
        if (!ok)
            return false;
    }
    return true;
}

int32_t crmi_columns_discover(crmi_columns *c, const yyjson_val *records, crmsync_error **err)
{
    yyjson_val *list, *record;
    size_t i, n;
    memcpy(&list, &records, sizeof list);
    yyjson_arr_foreach(list, i, n, record)
    {
        if (!discover_in(c, record, CRMI_STR_EMPTY, 0))
            return crmi_fail_nomem(err);
    }
    if (c->too_many)
        return crmi_fail(err, CRMSYNC_E_PROTOCOL, "the answer has more than %d columns", MAX_FOUND);
    return CRMSYNC_OK;
}

int32_t crmi_columns_rows(const crmi_columns *c, crmsync_str object,
                          const crmi_query_column *columns, size_t n, crmsync_rows **out,
                          crmsync_error **err)
{
    crmsync_str *names = n ? crmi_alloc_zeroed(c->arena.alloc, n, sizeof *names) : NULL;
    *out = NULL;
    if (n && !names)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < n; i++)
        names[i] = columns[i].name;
    int32_t rc = crmsync_rows_new(c->arena.alloc, object, names, n, out, err);
    crmi_dealloc_array(c->arena.alloc, names, n, sizeof *names);
    return rc;
}
