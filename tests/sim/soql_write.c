/* soql_write.c: rows as JSON. */
#include "soql_tree.h"

#include <stdlib.h>
#include <string.h>

static void write_address(const orgsim_row *row, const orgsim_field *field, orgsim_buf *out)
{
    static const struct { const char *key, *part; } parts[] = {
        {"city", "City"}, {"country", "Country"}, {"geocodeAccuracy", NULL},
        {"latitude", "Latitude"}, {"longitude", "Longitude"}, {"postalCode", "PostalCode"},
        {"state", "State"}, {"street", "Street"}};
    orgsim_buf_puts(out, "{");
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        orgsim_buf_printf(out, "%s\"%s\":", i ? "," : "", parts[i].key);
        orgsim_field *part = NULL;
        if (parts[i].part) {
            orgsim_buf name = {NULL, 0, 0};
            orgsim_buf_printf(&name, "%s%s", field->address, parts[i].part);
            part = orgsim_field_named(row->object, name.ptr);
            orgsim_buf_clear(&name);
        }
        if (part)
            orgsim_write_value(row, part, out);
        else
            orgsim_buf_puts(out, "null");
    }
    orgsim_buf_puts(out, "}");
}

void orgsim_write_value(const orgsim_row *row, const orgsim_field *field, orgsim_buf *out)
{
    char text[40];
    orgsim_value value = orgsim_get(row, field);
    switch (value.kind) {
    case ORGSIM_NULL:
        orgsim_buf_puts(out, "null");
        break;
    case ORGSIM_TEXT:
        if (field->type == ORGSIM_T_ADDRESS)
            write_address(row, field, out);
        else if (field->type == ORGSIM_T_BASE64) /* a blob is read at its own address */
            orgsim_buf_printf(out, "\"/services/data/v60.0/sobjects/%s/%s/%s\"",
                              row->object->name, row->id, field->name);
        else
            orgsim_buf_jsons(out, value.as.text);
        break;
    case ORGSIM_BOOL:
        orgsim_buf_puts(out, value.as.when ? "true" : "false");
        break;
    case ORGSIM_NUMBER:
        orgsim_buf_number(out, value.as.number, field->type == ORGSIM_T_INT);
        break;
    case ORGSIM_DAY:
        orgsim_format_date(value.as.when, text);
        orgsim_buf_printf(out, "\"%s\"", text);
        break;
    case ORGSIM_INSTANT:
        orgsim_format_datetime(value.as.when, text);
        orgsim_buf_printf(out, "\"%s\"", text);
        break;
    }
}

void orgsim_write_attributes(const orgsim_row *row, const char *version, orgsim_buf *out)
{
    orgsim_buf_printf(out,
                      "\"attributes\":{\"type\":\"%s\",\"url\":\"/services/data/v%s/sobjects/%s/%s"
                      "\"}",
                      row->object->name, version, row->object->name, row->id);
}

static const char *hop_name(const soql_path *path, int depth)
{
    return path->hops[depth]->relationship;
}

/* Whether two paths go through the same parents down to `depth`. */
static bool same_parents(const soql_path *a, const soql_path *b, int depth)
{
    for (int i = 0; i <= depth; i++) {
        if (i >= a->hop_count || i >= b->hop_count || a->hops[i] != b->hops[i])
            return false;
    }
    return true;
}

static void write_level(orgsim *org, const orgsim_soql *soql, const orgsim_row *row, size_t first,
                        int depth, const char *version, orgsim_buf *out);

static bool written_before(const orgsim_soql *soql, size_t at, size_t first, int depth)
{
    for (size_t i = first; i < at; i++) {
        if (!soql->items[i].children &&
            same_parents(&soql->items[i].path, &soql->items[at].path, depth))
            return true;
    }
    return false;
}

static void write_parent(orgsim *org, const orgsim_soql *soql, const orgsim_row *row, size_t at,
                         int depth, const char *version, orgsim_buf *out)
{
    const soql_path *path = &soql->items[at].path;
    orgsim_value id = orgsim_get(row, path->hops[depth]);
    orgsim_row *parent =
        id.kind == ORGSIM_TEXT ? orgsim_row_by_id(org, NULL, id.as.text) : NULL;
    bool seen = parent && (soql->see_all || (!parent->object->hidden && orgsim_row_shared(parent)));
    orgsim_buf_printf(out, ",\"%s\":", hop_name(path, depth));
    if (!seen) {
        orgsim_buf_puts(out, "null");
        return;
    }
    orgsim_buf_puts(out, "{");
    orgsim_write_attributes(parent, version, out);
    write_level(org, soql, parent, at, depth + 1, version, out);
    orgsim_buf_puts(out, "}");
}

static void write_late(orgsim *org, const orgsim_soql *soql, const orgsim_row *row,
                       const soql_path *path, orgsim_buf *out)
{
    (void)soql, (void)org;
    if (path->is_type) {
        orgsim_buf_printf(out, ",\"Type\":\"%s\"", row->object->name);
        return;
    }
    const orgsim_field *field = orgsim_field_named(row->object, path->late);
    orgsim_buf_printf(out, ",\"%s\":", field ? field->name : path->late);
    if (field && (soql->see_all || !field->hidden))
        orgsim_write_value(row, field, out);
    else
        orgsim_buf_puts(out, "null");
}

/* All items that go through the same parents as item `first`, at this depth. */
static void write_level(orgsim *org, const orgsim_soql *soql, const orgsim_row *row, size_t first,
                        int depth, const char *version, orgsim_buf *out)
{
    for (size_t i = first; i < soql->item_count; i++) {
        const soql_item *item = &soql->items[i];
        const soql_path *path = &item->path;
        if (item->children) {
            if (depth == 0)
                soql_write_children(org, item->children, row, version, out);
            continue;
        }
        if (depth > 0 && !same_parents(&soql->items[first].path, path, depth - 1))
            continue;
        if (path->hop_count > depth) {
            if (!written_before(soql, i, first, depth))
                write_parent(org, soql, row, i, depth, version, out);
        } else if (path->late) {
            write_late(org, soql, row, path, out);
        } else {
            orgsim_buf_printf(out, ",\"%s\":", path->field->name);
            orgsim_write_value(row, path->field, out);
        }
    }
}

void orgsim_soql_write_row(orgsim *org, const orgsim_soql *soql, const orgsim_row *row,
                           const char *version, orgsim_buf *out)
{
    orgsim_buf_puts(out, "{");
    orgsim_write_attributes(row, version, out);
    write_level(org, soql, row, 0, 0, version, out);
    orgsim_buf_puts(out, "}");
}
