/*
 * snapshot.c: the org's rows as JSON, and back. Everything that belongs to the data is in it: ids,
 * stamps, who wrote, what lies in the recycle bin and what getDeleted tells. Settings, tokens, jobs
 * and the clock are not: whoever comes back to a snapshot stays logged in.
 */
#include "org.h"
#include "soql.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- out ---- */

static void write_cell(const orgsim_row *row, const orgsim_cell *cell, orgsim_buf *out)
{
    orgsim_buf_jsons(out, row->object->fields[cell->slot]->name);
    orgsim_buf_puts(out, ":");
    if (cell->kind == ORGSIM_TEXT)
        orgsim_buf_jsons(out, cell->as.text);
    else if (cell->kind == ORGSIM_NUMBER)
        orgsim_buf_printf(out, "%.17g", cell->as.number);
    else if (cell->kind == ORGSIM_BOOL)
        orgsim_buf_puts(out, cell->as.when ? "true" : "false");
    else
        orgsim_buf_printf(out, "%" PRId64, cell->as.when);
}

static void write_row(const orgsim_row *row, orgsim_buf *out)
{
    bool first = true;
    orgsim_buf_printf(out,
                      "{\"id\":\"%s\",\"deleted\":%s,\"created\":%" PRId64 ",\"modified\":%" PRId64
                      ",\"stamp\":%" PRId64 ",\"deleted_at\":%" PRId64 ",\"batch\":%" PRIu64
                      ",\"creator\":\"%s\",\"modifier\":\"%s\",\"fields\":{",
                      row->id, row->deleted ? "true" : "false", row->created, row->modified,
                      row->stamp, row->deleted_at, row->batch,
                      row->creator ? row->creator->id : "", row->modifier ? row->modifier->id : "");
    for (size_t i = 0; i < row->cell_count; i++) {
        const orgsim_cell *cell = &row->cells[i];
        if (!*row->object->fields[cell->slot]->name) /* of a field that was deleted */
            continue;
        orgsim_buf_puts(out, first ? "" : ",");
        write_cell(row, cell, out);
        first = false;
    }
    orgsim_buf_puts(out, "}}");
}

char *orgsim_snapshot(const orgsim *org)
{
    orgsim_buf out = {NULL, 0, 0};
    orgsim_buf_printf(&out,
                      "{\"orgsim_snapshot\":1,\"next_number\":%" PRIu64 ",\"next_batch\":%" PRIu64
                      ",\"rows\":{",
                      org->next_number, org->next_batch);
    for (size_t i = 0; i < org->object_count; i++) {
        const orgsim_object *object = &org->objects[i];
        orgsim_buf_printf(&out, "%s\n\"%s\":[", i ? "," : "", object->name);
        for (size_t k = 0; k < object->row_count; k++) {
            orgsim_buf_puts(&out, k ? ",\n" : "\n");
            write_row(object->rows[k], &out);
        }
        orgsim_buf_puts(&out, "]");
    }
    orgsim_buf_puts(&out, "},\n\"deletions\":[");
    for (size_t i = 0; i < org->deletion_count; i++)
        orgsim_buf_printf(&out, "%s{\"id\":\"%s\",\"object\":\"%s\",\"when\":%" PRId64 "}",
                          i ? "," : "", org->deletions[i].id, org->deletions[i].object->name,
                          org->deletions[i].when);
    orgsim_buf_puts(&out, "]}\n");
    return orgsim_buf_take(&out);
}

/* ---- in: everything is looked at before anything is changed ---- */

typedef struct reading {
    orgsim *org;
    char *why;
    size_t why_size;
} reading;

static int refuse(const reading *r, const char *object, const char *what, const char *name)
{
    snprintf(r->why, r->why_size, "%s: %s%s", object, what, name);
    return -1;
}

static bool value_fits(const orgsim_field *field, yyjson_val *value)
{
    if (field->type == ORGSIM_T_BOOLEAN)
        return yyjson_is_bool(value);
    if (orgsim_type_is_number(field->type))
        return yyjson_is_num(value);
    if (field->type == ORGSIM_T_DATE || field->type == ORGSIM_T_DATETIME)
        return yyjson_is_int(value);
    return yyjson_is_str(value);
}

static int check_row(const reading *r, const orgsim_object *object, yyjson_val *row)
{
    char id[19];
    yyjson_val *given = yyjson_obj_get(row, "id"), *key;
    yyjson_obj_iter iter = yyjson_obj_iter_with(yyjson_obj_get(row, "fields"));
    if (yyjson_get_len(given) != 18 || !orgsim_id_normal(yyjson_get_str(given), 18, id))
        return refuse(r, object->name, "a row without an id of 18 characters", "");
    while ((key = yyjson_obj_iter_next(&iter)) != NULL) {
        const orgsim_field *field = orgsim_field_named(object, yyjson_get_str(key));
        if (!field || field->source != ORGSIM_FROM_CELL)
            return refuse(r, object->name, "has no field ", yyjson_get_str(key));
        if (!value_fits(field, yyjson_obj_iter_get_val(key)))
            return refuse(r, object->name, "wrong type of ", yyjson_get_str(key));
    }
    return 0;
}

/* The users that the org itself needs must be among the rows. */
static bool has_row(yyjson_val *rows, const char *object, const char *id)
{
    size_t i, max;
    yyjson_val *row;
    yyjson_arr_foreach(yyjson_obj_get(rows, object), i, max, row) {
        if (yyjson_equals_str(yyjson_obj_get(row, "id"), id))
            return true;
    }
    return false;
}

static int check(const reading *r, yyjson_val *root)
{
    yyjson_val *rows = yyjson_obj_get(root, "rows"), *key;
    yyjson_obj_iter iter = yyjson_obj_iter_with(rows);
    if (yyjson_get_int(yyjson_obj_get(root, "orgsim_snapshot")) != 1)
        return refuse(r, "snapshot", "not one of this org", "");
    while ((key = yyjson_obj_iter_next(&iter)) != NULL) {
        const orgsim_object *object = orgsim_object_named(r->org, yyjson_get_str(key));
        size_t i, max;
        yyjson_val *row;
        if (!object)
            return refuse(r, yyjson_get_str(key), "no object of this org", "");
        yyjson_arr_foreach(yyjson_obj_iter_get_val(key), i, max, row) {
            if (check_row(r, object, row) != 0)
                return -1;
        }
    }
    if (!has_row(rows, "User", r->org->api_user->id) ||
        !has_row(rows, "User", r->org->rule_user->id))
        return refuse(r, "User", "the integration user of this org is not in the snapshot", "");
    return 0;
}

static void forget_rows(orgsim *org)
{
    for (size_t i = 0; i < org->object_count; i++) {
        while (org->objects[i].row_count)
            orgsim_row_gone(org, org->objects[i].rows[org->objects[i].row_count - 1]);
    }
    while (org->cursor_count) {
        orgsim_cursor *cursor = &org->cursors[--org->cursor_count];
        orgsim_soql_free(cursor->query);
        orgsim_rows_clear(&cursor->rows);
    }
    org->deletion_count = 0;
    orgsim_jobs_forget(org);
}

static void put_value(orgsim_row *row, const orgsim_field *field, yyjson_val *json)
{
    orgsim_value value = {ORGSIM_TEXT, {yyjson_get_str(json)}};
    if (yyjson_is_bool(json)) {
        value.kind = ORGSIM_BOOL;
        value.as.when = yyjson_get_bool(json);
    } else if (orgsim_type_is_number(field->type)) {
        value.kind = ORGSIM_NUMBER;
        value.as.number = yyjson_get_num(json);
    } else if (!yyjson_is_str(json)) {
        value.kind = field->type == ORGSIM_T_DATE ? ORGSIM_DAY : ORGSIM_INSTANT;
        value.as.when = yyjson_get_sint(json);
    }
    orgsim_put(row, field, value);
}

static int64_t number_of(yyjson_val *row, const char *name)
{
    return yyjson_get_sint(yyjson_obj_get(row, name));
}

static void read_row(orgsim *org, orgsim_object *object, yyjson_val *json)
{
    orgsim_row *row = orgsim_row_new(org, object, yyjson_get_str(yyjson_obj_get(json, "id")));
    yyjson_obj_iter iter = yyjson_obj_iter_with(yyjson_obj_get(json, "fields"));
    yyjson_val *key;
    if (!row) /* the same id twice: the first stays */
        return;
    row->deleted = yyjson_get_bool(yyjson_obj_get(json, "deleted"));
    row->created = number_of(json, "created");
    row->modified = number_of(json, "modified");
    row->stamp = number_of(json, "stamp");
    row->deleted_at = number_of(json, "deleted_at");
    row->batch = (uint64_t)number_of(json, "batch");
    while ((key = yyjson_obj_iter_next(&iter)) != NULL)
        put_value(row, orgsim_field_named(object, yyjson_get_str(key)),
                  yyjson_obj_iter_get_val(key));
}

static orgsim_row *user_named(const orgsim *org, yyjson_val *json, const char *name)
{
    yyjson_val *id = yyjson_obj_get(json, name);
    return yyjson_get_len(id) == 18
               ? orgsim_row_by_id(org, orgsim_object_named(org, "User"), yyjson_get_str(id))
               : NULL;
}

static void read_rows(orgsim *org, yyjson_val *rows, bool people)
{
    yyjson_obj_iter iter = yyjson_obj_iter_with(rows);
    yyjson_val *key;
    while ((key = yyjson_obj_iter_next(&iter)) != NULL) {
        orgsim_object *object = orgsim_object_named(org, yyjson_get_str(key));
        size_t i, max;
        yyjson_val *json;
        yyjson_arr_foreach(yyjson_obj_iter_get_val(key), i, max, json) {
            if (!people) {
                read_row(org, object, json);
                continue;
            }
            orgsim_row *row =
                orgsim_row_by_id(org, object, yyjson_get_str(yyjson_obj_get(json, "id")));
            row->creator = user_named(org, json, "creator");
            row->modifier = user_named(org, json, "modifier");
        }
    }
}

static void read_deletions(orgsim *org, yyjson_val *list)
{
    size_t i, max;
    yyjson_val *json;
    yyjson_arr_foreach(list, i, max, json) {
        const char *id = yyjson_get_str(yyjson_obj_get(json, "id"));
        const char *name = yyjson_get_str(yyjson_obj_get(json, "object"));
        orgsim_object *object = name ? orgsim_object_named(org, name) : NULL;
        if (!id || strlen(id) != 18 || !object)
            continue;
        ORGSIM_ROOM(org->deletions, org->deletion_count, org->deletion_cap);
        memcpy(org->deletions[org->deletion_count].id, id, 19);
        org->deletions[org->deletion_count].object = object;
        org->deletions[org->deletion_count++].when = number_of(json, "when");
    }
}

/* Those who hold a row keep its id and look for it anew. */
static void find_users(orgsim *org)
{
    const orgsim_object *users = orgsim_object_named(org, "User");
    org->api_user = orgsim_row_by_id(org, users, org->api_user->id);
    org->rule_user = orgsim_row_by_id(org, users, org->rule_user->id);
    for (size_t i = 0; i < org->token_count; i++) {
        orgsim_row *user = orgsim_row_by_id(org, users, org->tokens[i].user->id);
        org->tokens[i].dead = org->tokens[i].dead || !user;
        org->tokens[i].user = user ? user : org->api_user;
    }
}

int orgsim_snapshot_load(orgsim *org, const char *json, size_t len, char *why, size_t why_size)
{
    char none[1];
    reading r = {org, why && why_size ? why : none, why && why_size ? why_size : sizeof none};
    yyjson_doc *doc = yyjson_read(json, len, 0);
    yyjson_val *root = yyjson_doc_get_root(doc), *rows = yyjson_obj_get(root, "rows");
    int rc = check(&r, root);
    if (rc == 0) {
        uint64_t number = (uint64_t)number_of(root, "next_number");
        forget_rows(org);
        read_rows(org, rows, false);
        read_rows(org, rows, true);
        read_deletions(org, yyjson_obj_get(root, "deletions"));
        find_users(org);
        org->next_number = number > org->next_number ? number : org->next_number;
        org->next_batch = (uint64_t)number_of(root, "next_batch");
    }
    yyjson_doc_free(doc);
    orgsim_journal_clear(org);
    return rc;
}
