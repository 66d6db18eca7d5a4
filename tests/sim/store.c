/* store.c: rows and their cells. Empty cells take no room. */
#include "org.h"

#include <stdlib.h>
#include <string.h>

void orgsim_rows_add(orgsim_rows *rows, orgsim_row *row)
{
    ORGSIM_ROOM(rows->items, rows->count, rows->cap);
    rows->items[rows->count++] = row;
}

void orgsim_rows_clear(orgsim_rows *rows)
{
    free(rows->items);
    *rows = (orgsim_rows){NULL, 0, 0};
}

static size_t id_hash(const char *id, uint16_t object)
{
    uint64_t hash = 1469598103934665603u ^ object;
    for (int i = 0; i < 15; i++)
        hash = (hash ^ (unsigned char)id[i]) * 1099511628211u;
    return (size_t)(hash ^ (hash >> 31));
}

static void place_row(orgsim_row **slots, size_t slot_count, orgsim_row *row)
{
    size_t at = id_hash(row->id, row->object->number) & (slot_count - 1);
    while (slots[at])
        at = (at + 1) & (slot_count - 1);
    slots[at] = row;
}

static void hash_row(orgsim *org, orgsim_row *row)
{
    if ((org->slot_used + 1) * 3 > org->slot_count * 2) {
        size_t larger = org->slot_count ? org->slot_count * 2 : 1024;
        orgsim_row **slots = orgsim_alloc(larger * sizeof *slots);
        for (size_t i = 0; i < org->slot_count; i++) {
            if (org->slots[i])
                place_row(slots, larger, org->slots[i]);
        }
        free(org->slots);
        org->slots = slots;
        org->slot_count = larger;
    }
    place_row(org->slots, org->slot_count, row);
    org->slot_used++;
}

orgsim_row *orgsim_row_by_id(const orgsim *org, const orgsim_object *object, const char *id)
{
    if (!object) {
        for (size_t i = 0; i < org->object_count; i++) {
            if (memcmp(org->objects[i].prefix, id, 3) != 0)
                continue;
            orgsim_row *row = orgsim_row_by_id(org, &org->objects[i], id);
            if (row)
                return row;
        }
        return NULL;
    }
    size_t at = id_hash(id, object->number) & (org->slot_count - 1);
    for (; org->slots[at]; at = (at + 1) & (org->slot_count - 1)) {
        orgsim_row *row = org->slots[at];
        if (row->object == object && !row->gone && memcmp(row->id, id, 15) == 0)
            return row;
    }
    return NULL;
}

/* First position whose id is not below `id`. */
static size_t lower_bound(const orgsim_object *object, const char *id)
{
    size_t low = 0, high = object->row_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (memcmp(object->rows[middle]->id, id, 15) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

orgsim_row *orgsim_row_new(orgsim *org, orgsim_object *object, const char *id)
{
    orgsim_row *row = orgsim_alloc(sizeof *row);
    if (id)
        memcpy(row->id, id, 18);
    else
        orgsim_id_make(object->prefix, ++org->next_number, row->id);
    if (orgsim_row_by_id(org, object, row->id)) {
        free(row);
        return NULL;
    }
    row->object = object;
    orgsim_rows_add(&org->all_rows, row);
    hash_row(org, row);
    ORGSIM_ROOM(object->rows, object->row_count, object->row_cap);
    size_t at = object->row_count;
    if (at && memcmp(object->rows[at - 1]->id, row->id, 15) > 0)
        at = lower_bound(object, row->id);
    memmove(object->rows + at + 1, object->rows + at,
            (object->row_count - at) * sizeof *object->rows);
    object->rows[at] = row;
    object->row_count++;
    return row;
}

void orgsim_row_gone(orgsim *org, orgsim_row *row)
{
    (void)org;
    orgsim_object *object = row->object;
    for (size_t i = 0; i < row->cell_count; i++) {
        orgsim_field *field = object->fields[row->cells[i].slot];
        if (field->index && row->cells[i].kind == ORGSIM_TEXT)
            orgsim_index_drop(field->index, row->cells[i].as.text, row);
    }
    size_t at = lower_bound(object, row->id);
    while (at < object->row_count && object->rows[at] != row)
        at++;
    if (at < object->row_count) {
        object->row_count--;
        memmove(object->rows + at, object->rows + at + 1,
                (object->row_count - at) * sizeof *object->rows);
    }
    row->gone = true;
}

static orgsim_value address_of(const orgsim_row *row, const orgsim_field *field)
{
    static const char *const parts[] = {"Street", "City", "State", "PostalCode", "Country"};
    orgsim_value value = {ORGSIM_NULL, {NULL}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        char name[64];
        size_t prefix = strlen(field->address);
        memcpy(name, field->address, prefix);
        strcpy(name + prefix, parts[i]);
        if (orgsim_get_text(row, name)) {
            value.kind = ORGSIM_TEXT; /* the writer makes the object */
            value.as.text = "";
        }
    }
    return value;
}

static orgsim_value cell_value(const orgsim_row *row, const orgsim_field *field)
{
    orgsim_value value = {ORGSIM_NULL, {NULL}};
    if (field->type == ORGSIM_T_BOOLEAN) {
        value.kind = ORGSIM_BOOL;
        value.as.when = 0;
    }
    for (size_t i = 0; i < row->cell_count; i++) {
        const orgsim_cell *cell = &row->cells[i];
        if (cell->slot != field->slot)
            continue;
        value.kind = (orgsim_kind)cell->kind;
        if (cell->kind == ORGSIM_TEXT)
            value.as.text = cell->as.text;
        else if (cell->kind == ORGSIM_NUMBER)
            value.as.number = cell->as.number;
        else
            value.as.when = cell->as.when;
        break;
    }
    return value;
}

static orgsim_value instant(int64_t ms)
{
    orgsim_value value = {ORGSIM_INSTANT, {NULL}};
    value.as.when = ms;
    return value;
}

static orgsim_value id_text(const orgsim_row *row)
{
    orgsim_value value = {row ? ORGSIM_TEXT : ORGSIM_NULL, {row ? row->id : NULL}};
    return value;
}

orgsim_value orgsim_get(const orgsim_row *row, const orgsim_field *field)
{
    orgsim_value truth = {ORGSIM_BOOL, {NULL}};
    switch (field->source) {
    case ORGSIM_FROM_ID:
        return id_text(row);
    case ORGSIM_FROM_DELETED:
        truth.as.when = row->deleted;
        return truth;
    case ORGSIM_FROM_CREATED:
        return instant(row->created);
    case ORGSIM_FROM_CREATOR:
        return id_text(row->creator);
    case ORGSIM_FROM_MODIFIED:
        return instant(row->modified);
    case ORGSIM_FROM_MODIFIER:
        return id_text(row->modifier);
    case ORGSIM_FROM_STAMP:
        return instant(row->stamp);
    case ORGSIM_FROM_ADDRESS:
        return address_of(row, field);
    case ORGSIM_FROM_CELL:
        break;
    }
    return cell_value(row, field);
}

const char *orgsim_get_text(const orgsim_row *row, const char *name)
{
    const orgsim_field *field = orgsim_field_named(row->object, name);
    if (!field)
        return NULL;
    orgsim_value value = orgsim_get(row, field);
    return value.kind == ORGSIM_TEXT ? value.as.text : NULL;
}

bool orgsim_get_bool(const orgsim_row *row, const char *name)
{
    const orgsim_field *field = orgsim_field_named(row->object, name);
    orgsim_value value = {ORGSIM_NULL, {NULL}};
    if (field)
        value = orgsim_get(row, field);
    return value.kind == ORGSIM_BOOL && value.as.when;
}

static orgsim_cell *cell_for(orgsim_row *row, uint16_t slot)
{
    for (size_t i = 0; i < row->cell_count; i++) {
        if (row->cells[i].slot == slot)
            return &row->cells[i];
    }
    ORGSIM_ROOM(row->cells, row->cell_count, row->cell_cap);
    orgsim_cell *cell = &row->cells[row->cell_count++];
    memset(cell, 0, sizeof *cell);
    cell->slot = slot;
    return cell;
}

void orgsim_put(orgsim_row *row, const orgsim_field *field, orgsim_value value)
{
    if (value.kind == ORGSIM_NULL && cell_value(row, field).kind == ORGSIM_NULL)
        return;
    char *copy = value.kind == ORGSIM_TEXT ? orgsim_copy_text(value.as.text) : NULL;
    orgsim_cell *cell = cell_for(row, field->slot);
    if (cell->kind == ORGSIM_TEXT) {
        if (field->index)
            orgsim_index_drop(field->index, cell->as.text, row);
        free(cell->as.text);
    }
    cell->kind = (uint16_t)value.kind;
    if (value.kind == ORGSIM_TEXT) {
        cell->as.text = copy;
        if (field->index)
            orgsim_index_add(field->index, copy, row);
    } else if (value.kind == ORGSIM_NUMBER) {
        cell->as.number = value.as.number;
    } else if (value.kind == ORGSIM_NULL) {
        *cell = row->cells[--row->cell_count];
    } else {
        cell->as.when = value.as.when;
    }
}

void orgsim_put_text(orgsim_row *row, const char *name, const char *text)
{
    orgsim_value value = {text && *text ? ORGSIM_TEXT : ORGSIM_NULL, {text}};
    orgsim_put(row, orgsim_field_named(row->object, name), value);
}

void orgsim_put_bool(orgsim_row *row, const char *name, bool truth)
{
    orgsim_value value = {ORGSIM_BOOL, {NULL}};
    value.as.when = truth;
    orgsim_put(row, orgsim_field_named(row->object, name), value);
}

void orgsim_put_number(orgsim_row *row, const char *name, double number)
{
    orgsim_value value = {ORGSIM_NUMBER, {NULL}};
    value.as.number = number;
    orgsim_put(row, orgsim_field_named(row->object, name), value);
}

void orgsim_put_day(orgsim_row *row, const char *name, int64_t day)
{
    orgsim_value value = {ORGSIM_DAY, {NULL}};
    value.as.when = day;
    orgsim_put(row, orgsim_field_named(row->object, name), value);
}
