/* index.c: finds rows by the text of a field, without regard to case. */
#include "org.h"

#include <stdlib.h>
#include <string.h>

typedef struct entry {
    uint64_t hash;
    char *key; /* folded; NULL = free */
    orgsim_rows rows;
} entry;

struct orgsim_index {
    entry *entries;
    size_t cap, used;
};

static uint64_t hash_of(const char *text)
{
    uint64_t hash = 1469598103934665603u;
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 1099511628211u;
    return hash ^ (hash >> 29);
}

struct orgsim_index *orgsim_index_new(void)
{
    struct orgsim_index *index = orgsim_alloc(sizeof *index);
    index->cap = 16;
    index->entries = orgsim_alloc(index->cap * sizeof *index->entries);
    return index;
}

void orgsim_index_free(struct orgsim_index *index)
{
    if (!index)
        return;
    for (size_t i = 0; i < index->cap; i++) {
        free(index->entries[i].key);
        orgsim_rows_clear(&index->entries[i].rows);
    }
    free(index->entries);
    free(index);
}

static entry *place(const struct orgsim_index *index, uint64_t hash, const char *folded)
{
    size_t at = hash & (index->cap - 1);
    for (;;) {
        entry *e = &index->entries[at];
        if (!e->key || (e->hash == hash && strcmp(e->key, folded) == 0))
            return e;
        at = (at + 1) & (index->cap - 1);
    }
}

static void grow(struct orgsim_index *index)
{
    struct orgsim_index larger = {NULL, index->cap * 2, index->used};
    larger.entries = orgsim_alloc(larger.cap * sizeof *larger.entries);
    for (size_t i = 0; i < index->cap; i++) {
        entry *e = &index->entries[i];
        if (e->key)
            *place(&larger, e->hash, e->key) = *e;
    }
    free(index->entries);
    *index = larger;
}

void orgsim_index_add(struct orgsim_index *index, const char *text, orgsim_row *row)
{
    char *folded = orgsim_fold(text, strlen(text));
    uint64_t hash = hash_of(folded);
    entry *e = place(index, hash, folded);
    if (e->key) {
        free(folded);
    } else {
        e->key = folded;
        e->hash = hash;
        index->used++;
    }
    orgsim_rows_add(&e->rows, row);
    if (index->used * 3 > index->cap * 2)
        grow(index);
}

void orgsim_index_drop(struct orgsim_index *index, const char *text, orgsim_row *row)
{
    char *folded = orgsim_fold(text, strlen(text));
    entry *e = place(index, hash_of(folded), folded);
    free(folded);
    for (size_t i = e->key ? e->rows.count : 0; i-- > 0;) {
        if (e->rows.items[i] != row)
            continue;
        e->rows.items[i] = e->rows.items[--e->rows.count];
        return;
    }
}

const orgsim_rows *orgsim_index_find(const struct orgsim_index *index, const char *folded)
{
    entry *e = place(index, hash_of(folded), folded);
    return e->key && e->rows.count ? &e->rows : NULL;
}

void orgsim_field_reindex(orgsim_object *object, orgsim_field *field)
{
    orgsim_index_free(field->index);
    field->index = orgsim_index_new();
    for (size_t i = 0; i < object->row_count; i++) {
        orgsim_value value = orgsim_get(object->rows[i], field);
        if (value.kind == ORGSIM_TEXT)
            orgsim_index_add(field->index, value.as.text, object->rows[i]);
    }
}

orgsim_rows orgsim_children(const orgsim *org, const char *object, const char *field,
                            const char *id)
{
    orgsim_rows found = {NULL, 0, 0};
    const orgsim_object *child = orgsim_object_named(org, object);
    const orgsim_field *reference = orgsim_field_named(child, field);
    char *folded = orgsim_fold(id, strlen(id));
    const orgsim_rows *rows = orgsim_index_find(reference->index, folded);
    free(folded);
    for (size_t i = 0; rows && i < rows->count; i++) {
        orgsim_row *row = rows->items[i];
        const char *text = orgsim_get(row, reference).as.text;
        if (!row->deleted && !row->gone && text && strcmp(text, id) == 0)
            orgsim_rows_add(&found, row);
    }
    return found;
}
