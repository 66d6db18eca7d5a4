#include "record.h"

#include <stdio.h>
#include <string.h>

void crmi_record_free(const crmsync_alloc *a, crmi_record *record)
{
    if (record)
        crmi_host_free(a, record, record->size);
}

const crmsync_cell *crmi_record_cell(const crmi_record *record, const crmi_node *field)
{
    for (size_t i = 0; record && i < record->count; i++)
        if (record->values[i].field == field)
            return &record->values[i].cell;
    return NULL;
}

bool crmi_cell_eq(const crmsync_cell *a, const crmsync_cell *b)
{
    return a->type == b->type && a->number == b->number && crmi_host_eq(a->text, b->text);
}

static const crmsync_cell *overlaid(const crmi_value *overlay, size_t n, const crmi_node *field)
{
    for (size_t i = 0; i < n; i++)
        if (overlay[i].field == field && overlay[i].cell.type != CRMSYNC_CELL_ABSENT)
            return &overlay[i].cell;
    return NULL;
}

static void add_value(crmi_record *r, const crmi_node *field, const crmsync_cell *cell,
                      char **bytes)
{
    crmi_value *value = &r->values[r->count++];

    value->field = field;
    value->cell = *cell;
    if (cell->text.len > 0)
        memcpy(*bytes, cell->text.ptr, cell->text.len);
    value->cell.text.ptr = *bytes;
    *bytes += cell->text.len;
}

crmi_record *crmi_record_merge(const crmsync_alloc *a, const crmi_record *old,
                               const crmi_value *overlay, size_t n)
{
    size_t values = n + (old ? old->count : 0);
    size_t text = 1;
    size_t size;
    crmi_record *r;
    char *bytes;

    for (size_t i = 0; i < n; i++)
        text += overlay[i].cell.text.len;
    for (size_t i = 0; old && i < old->count; i++)
        text += old->values[i].cell.text.len;
    size = sizeof *r + values * sizeof r->values[0] + text;
    r = crmi_host_new(a, size);
    if (!r)
        return NULL;
    r->size = size;
    bytes = (char *)&r->values[values];
    for (size_t i = 0; old && i < old->count; i++)
        if (!overlaid(overlay, n, old->values[i].field))
            add_value(r, old->values[i].field, &old->values[i].cell, &bytes);
    for (size_t i = 0; i < n; i++)
        if (overlay[i].cell.type != CRMSYNC_CELL_ABSENT)
            add_value(r, overlay[i].field, &overlay[i].cell, &bytes);
    return r;
}

static const crmi_node *field_node(crmsync_memory *m, crmsync_str workspace, crmsync_str kind,
                                   crmsync_str name)
{
    crmi_bytes b;
    crmi_node *node = NULL;

    crmi_bytes_init(&b, &m->alloc);
    crmi_bytes_part(&b, workspace);
    crmi_bytes_part(&b, kind);
    crmi_bytes_add(&b, name);
    if (!b.oom) {
        node = crmi_ordered_find(&m->fields, crmi_bytes_str(&b));
        if (!node) {
            node = crmi_node_new(&m->fields, crmi_bytes_str(&b), name);
            if (node)
                crmi_ordered_link(&m->fields, node);
        }
    }
    crmi_bytes_clear(&b);
    return node;
}

int32_t crmi_memory_columns_init(crmsync_memory *m, crmsync_str workspace, const crmsync_rows *rows,
                          crmi_columns *out)
{
    size_t n = crmsync_rows_field_count(rows);
    crmsync_str kind = crmsync_rows_kind(rows);

    *out = (crmi_columns){SIZE_MAX, SIZE_MAX, SIZE_MAX, NULL, n};
    out->fields = crmi_host_array(&m->alloc, n, sizeof *out->fields);
    if (!out->fields)
        return CRMSYNC_E_NOMEM;
    for (size_t i = 0; i < n; i++) {
        crmsync_str name = crmsync_rows_field(rows, i);
        if (crmi_host_eq(name, CRMI_HOST_LIT("id"))) {
            out->id = i;
        } else if (crmi_host_eq(name, CRMI_HOST_LIT("rev"))) {
            out->rev = i;
        } else if (!crmi_host_eq(name, CRMI_HOST_LIT("deleted"))) {
            if (crmi_host_eq(name, CRMI_HOST_LIT("origin")))
                out->origin = i;
            out->fields[i] = field_node(m, workspace, kind, name);
            if (!out->fields[i]) {
                crmi_memory_columns_clear(m, out);
                return CRMSYNC_E_NOMEM;
            }
        }
    }
    return CRMSYNC_OK;
}

void crmi_memory_columns_clear(crmsync_memory *m, crmi_columns *columns)
{
    if (columns->fields)
        crmi_host_free(&m->alloc, (void *)columns->fields,
                       (columns->count ? columns->count : 1) * sizeof *columns->fields);
    columns->fields = NULL;
}

crmsync_str crmi_column_text(const crmsync_rows *rows, size_t row, size_t column)
{
    crmsync_cell cell = crmsync_rows_get(rows, row, column);
    return column == SIZE_MAX ? (crmsync_str){NULL, 0} : cell.text;
}

size_t crmi_memory_columns_read(const crmi_columns *columns, const crmsync_rows *rows, size_t row,
                         crmi_value *out)
{
    size_t n = 0;
    for (size_t i = 0; i < columns->count; i++) {
        crmsync_cell cell = crmsync_rows_get(rows, row, i);
        if (columns->fields[i] && cell.type != CRMSYNC_CELL_ABSENT)
            out[n++] = (crmi_value){columns->fields[i], cell};
    }
    return n;
}

crmi_node *crmi_store_record(crmsync_memory *m, crmsync_str workspace, crmsync_str kind,
                             crmsync_str id, int32_t *code)
{
    crmi_bytes b;
    crmi_node *node;

    crmi_bytes_init(&b, &m->alloc);
    crmi_bytes_part(&b, workspace);
    crmi_bytes_part(&b, kind);
    crmi_bytes_add(&b, id);
    *code = b.oom ? CRMSYNC_E_NOMEM : CRMSYNC_OK;
    node = b.oom ? NULL : crmi_ordered_find(&m->records, crmi_bytes_str(&b));
    crmi_bytes_clear(&b);
    return node;
}

crmsync_str crmi_records_id(const crmi_node *node, crmsync_str workspace, crmsync_str kind)
{
    size_t prefix = 4 + workspace.len + 4 + kind.len;
    return (crmsync_str){node->key.ptr + prefix, node->key.len - prefix};
}

size_t crmi_memory_rev_text(uint64_t rev, char out[24])
{
    return (size_t)snprintf(out, 24, "%llu", (unsigned long long)rev);
}
