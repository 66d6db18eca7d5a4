/* hand.c: what a person or another program does inside the org. */
#include "life.h"
#include "soql.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static orgsim_row *row_of(orgsim *org, const char *text)
{
    char id[19];
    if (!text || !orgsim_id_normal(text, strlen(text), id))
        return NULL;
    return orgsim_row_by_id(org, NULL, id);
}

int orgsim_insert(orgsim *org, const char *object, const char *fields, char id[19])
{
    orgsim_problem problem;
    orgsim_row *row = NULL;
    orgsim_writer writer = orgsim_hand(org);
    orgsim_object *type = orgsim_object_named(org, object);
    yyjson_doc *doc = yyjson_read(fields, strlen(fields), 0);
    int r = type && yyjson_is_obj(yyjson_doc_get_root(doc))
                ? orgsim_create(org, &writer, type, yyjson_doc_get_root(doc), &row, &problem)
                : -1;
    if (r == 0 && id)
        memcpy(id, row->id, sizeof row->id);
    yyjson_doc_free(doc);
    orgsim_journal_clear(org);
    return r;
}

int orgsim_update(orgsim *org, const char *id, const char *fields)
{
    orgsim_problem problem;
    orgsim_writer writer = orgsim_hand(org);
    orgsim_row *row = row_of(org, id);
    yyjson_doc *doc = yyjson_read(fields, strlen(fields), 0);
    int r = row && yyjson_is_obj(yyjson_doc_get_root(doc))
                ? orgsim_change_row(org, &writer, row, yyjson_doc_get_root(doc), &problem)
                : -1;
    yyjson_doc_free(doc);
    orgsim_journal_clear(org);
    return r;
}

int orgsim_delete(orgsim *org, const char *id)
{
    orgsim_problem problem;
    orgsim_writer writer = orgsim_hand(org);
    orgsim_row *row = row_of(org, id);
    int r = row ? orgsim_remove(org, &writer, row, &problem) : -1;
    orgsim_journal_clear(org);
    return r;
}

int orgsim_undelete(orgsim *org, const char *id)
{
    orgsim_writer writer = orgsim_hand(org);
    orgsim_row *row = row_of(org, id);
    int r = row ? orgsim_restore(org, &writer, row) : -1;
    orgsim_journal_clear(org);
    return r;
}

int orgsim_purge(orgsim *org, const char *id)
{
    orgsim_row *row = row_of(org, id);
    if (!row || !row->deleted)
        return -1;
    orgsim_row_gone(org, row);
    return 0;
}

int orgsim_merge(orgsim *org, const char *winner, const char *loser)
{
    orgsim_writer writer = orgsim_hand(org);
    orgsim_row *one = row_of(org, winner), *two = row_of(org, loser);
    int r = one && two ? orgsim_join(org, &writer, one, two) : -1;
    orgsim_journal_clear(org);
    return r;
}

char *orgsim_query(orgsim *org, const char *text, bool all)
{
    orgsim_problem problem;
    orgsim_rows rows = {NULL, 0, 0};
    orgsim_buf out = {NULL, 0, 0}, records = {NULL, 0, 0};
    orgsim_soql *soql = orgsim_soql_new(org, text, true, &problem);
    if (!soql)
        return NULL;
    orgsim_soql_run(org, soql, all, &rows, &problem);
    size_t total = rows.count;
    orgsim_buf_put(&records, "", 0);
    if (orgsim_soql_is_grouped(soql)) {
        total = orgsim_soql_write_groups(org, soql, &rows, &records);
    } else if (!orgsim_soql_is_count(soql)) {
        for (size_t i = 0; i < rows.count; i++) {
            orgsim_buf_puts(&records, i ? "," : "");
            orgsim_soql_write_row(org, soql, rows.items[i], "60.0", &records);
        }
    }
    orgsim_buf_printf(&out, "{\"totalSize\":%zu,\"done\":true,\"records\":[", total);
    orgsim_buf_put(&out, records.ptr, records.len);
    orgsim_buf_puts(&out, "]}");
    orgsim_buf_clear(&records);
    orgsim_rows_clear(&rows);
    orgsim_soql_free(soql);
    return orgsim_buf_take(&out);
}

long orgsim_count(orgsim *org, const char *object, const char *where)
{
    orgsim_problem problem;
    orgsim_rows rows = {NULL, 0, 0};
    orgsim_buf text = {NULL, 0, 0};
    orgsim_buf_printf(&text, "SELECT COUNT() FROM %s", object);
    if (where && *where) {
        orgsim_buf_puts(&text, " WHERE ");
        orgsim_buf_puts(&text, where);
    }
    orgsim_soql *soql = orgsim_soql_new(org, text.ptr, true, &problem);
    orgsim_buf_clear(&text);
    if (!soql)
        return -1;
    orgsim_soql_run(org, soql, false, &rows, &problem);
    long count = (long)rows.count;
    orgsim_rows_clear(&rows);
    orgsim_soql_free(soql);
    return count;
}

/* ---- seeding: several objects at once, with names for rows that others point to ---- */

typedef struct name_list {
    struct { char *name, *id; } *items;
    size_t count, cap;
} name_list;

static const char *named(const name_list *names, const char *name)
{
    for (size_t i = names->count; i-- > 0;) {
        if (strcmp(names->items[i].name, name) == 0)
            return names->items[i].id;
    }
    return NULL;
}

static void replace_names(const name_list *names, yyjson_mut_doc *doc, yyjson_mut_val *record)
{
    yyjson_mut_obj_iter iter = yyjson_mut_obj_iter_with(record);
    for (yyjson_mut_val *key = yyjson_mut_obj_iter_next(&iter); key;
         key = yyjson_mut_obj_iter_next(&iter)) {
        yyjson_mut_val *value = yyjson_mut_obj_iter_get_val(key);
        const char *text = yyjson_mut_get_str(value);
        const char *id = text && *text == '@' ? named(names, text + 1) : NULL;
        if (id)
            yyjson_mut_set_str(value, id);
    }
    (void)doc;
}

static int seed_record(orgsim *org, orgsim_object *object, yyjson_val *record, name_list *names,
                       char *why, size_t why_size)
{
    orgsim_problem problem;
    orgsim_row *row = NULL;
    orgsim_writer writer = orgsim_hand(org);
    yyjson_mut_doc *copy = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *fields = yyjson_val_mut_copy(copy, record);
    replace_names(names, copy, fields);
    yyjson_doc *ready = yyjson_mut_val_imut_copy(fields, NULL);
    int r = orgsim_create(org, &writer, object, yyjson_doc_get_root(ready), &row, &problem);
    yyjson_doc_free(ready);
    yyjson_mut_doc_free(copy);
    orgsim_journal_clear(org);
    if (r != 0) {
        snprintf(why, why_size, "%s: %s: %s", object->name, problem.code, problem.message);
        return -1;
    }
    const char *name = yyjson_get_str(yyjson_obj_get(record, "_ref"));
    if (name) {
        ORGSIM_ROOM(names->items, names->count, names->cap);
        names->items[names->count].name = orgsim_copy_text(name);
        names->items[names->count++].id = orgsim_copy_text(row->id);
    }
    return 0;
}

static int seed_object(orgsim *org, const char *name, yyjson_val *records, name_list *names,
                       char *why, size_t why_size)
{
    orgsim_object *object = orgsim_object_named(org, name);
    if (!object || !yyjson_is_arr(records)) {
        snprintf(why, why_size, "%s: not an object of this org, or not a list", name);
        return -1;
    }
    size_t i, max;
    yyjson_val *record;
    yyjson_arr_foreach(records, i, max, record) {
        if (seed_record(org, object, record, names, why, why_size) != 0)
            return -1;
    }
    return 0;
}

int orgsim_seed(orgsim *org, const char *json, size_t len, char *why, size_t why_size)
{
    char none[1];
    name_list names = {NULL, 0, 0};
    int r = 0;
    if (!why || !why_size) {
        why = none;
        why_size = sizeof none;
    }
    yyjson_doc *doc = yyjson_read(json, len, 0);
    yyjson_val *root = yyjson_doc_get_root(doc);
    if (!yyjson_is_obj(root)) {
        snprintf(why, why_size, "the seed is not a JSON object");
        r = -1;
    }
    yyjson_obj_iter iter = yyjson_obj_iter_with(root);
    for (yyjson_val *key = yyjson_obj_iter_next(&iter); key && r == 0;
         key = yyjson_obj_iter_next(&iter))
        r = seed_object(org, yyjson_get_str(key), yyjson_obj_iter_get_val(key), &names, why,
                        why_size);
    for (size_t i = 0; i < names.count; i++) {
        free(names.items[i].name);
        free(names.items[i].id);
    }
    free(names.items);
    yyjson_doc_free(doc);
    return r;
}
