/* rest_collections.c: up to 200 rows in one request. */
#include "rest.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_RECORDS = 200, MOST_CHUNKS = 10, MOST_READ = 2000 };

typedef struct item {
    bool ok, created;
    bool known; /* the id was given by the caller */
    char id[19];
    orgsim_problem problem;
} item;

typedef struct batch {
    orgsim_call *call;
    item *items;
    size_t count;
    bool upsert;
} batch;

static void write_item(const batch *b, const item *it, bool rolled_back, orgsim_buf *out)
{
    orgsim_problem undone;
    orgsim_buf_puts(out, "{");
    if (*it->id && (it->ok || it->known))
        orgsim_buf_printf(out, "\"id\":\"%s\",", it->id);
    orgsim_buf_printf(out, "\"success\":%s,\"errors\":[",
                      it->ok && !rolled_back ? "true" : "false");
    if (!it->ok) {
        orgsim_write_error(b->call, &it->problem, "statusCode", out);
    } else if (rolled_back) {
        orgsim_problem_set(&undone, 400, "ALL_OR_NONE_OPERATION_ROLLED_BACK", NULL,
                           "Record rolled back because not all records were valid and the request "
                           "was using AllOrNone header");
        orgsim_write_error(b->call, &undone, "statusCode", out);
    }
    orgsim_buf_puts(out, "]");
    if (b->upsert && it->ok && !rolled_back)
        orgsim_buf_printf(out, ",\"created\":%s", it->created ? "true" : "false");
    orgsim_buf_puts(out, "}");
}

/* Answers 200 whatever became of the rows; takes all back when one failed and that was asked. */
static void finish(batch *b, bool all_or_none, size_t mark, const orgsim_usage *before)
{
    orgsim_call *call = b->call;
    bool failed = false;
    for (size_t i = 0; i < b->count; i++)
        failed = failed || !b->items[i].ok;
    bool undo = failed && all_or_none;
    if (undo) {
        orgsim_rollback(call->org, mark);
        call->org->usage.rows_created = before->rows_created;
        call->org->usage.rows_updated = before->rows_updated;
        call->org->usage.rows_deleted = before->rows_deleted;
    }
    orgsim_buf_puts(&call->out, "[");
    for (size_t i = 0; i < b->count; i++) {
        orgsim_buf_puts(&call->out, i ? "," : "");
        write_item(b, &b->items[i], undo, &call->out);
    }
    orgsim_buf_puts(&call->out, "]");
    orgsim_answer(call, 200);
    free(b->items);
}

static bool too_many(orgsim_call *call, size_t count, size_t most)
{
    if (count <= most)
        return false;
    orgsim_refuse_with(call, 400, "LIMIT_EXCEEDED",
                       "record limit reached. cannot submit more than %zu records in this request",
                       most);
    return true;
}

static const char *type_of(yyjson_val *record)
{
    return yyjson_get_str(yyjson_obj_get(yyjson_obj_get(record, "attributes"), "type"));
}

/* Runs of one type are executed together; there may be ten. */
static bool too_many_chunks(orgsim_call *call, yyjson_val *records)
{
    size_t i, max, chunks = 0;
    const char *last = NULL;
    yyjson_val *record;
    yyjson_arr_foreach(records, i, max, record) {
        const char *type = type_of(record);
        if (type && !orgsim_ieq(type, last))
            chunks++;
        last = type;
    }
    if (chunks <= MOST_CHUNKS)
        return false;
    orgsim_refuse_with(call, 400, "LIMIT_EXCEEDED",
                       "Cannot have more than 10 chunks in a single operation. Please rearrange "
                       "the data to reduce chunking.");
    return true;
}

/* The records of the body; NULL after refusing. */
static yyjson_val *records_of(orgsim_call *call, bool *all_or_none)
{
    yyjson_val *body = orgsim_body(call);
    yyjson_val *records = yyjson_obj_get(body, "records");
    if (!body)
        return NULL;
    if (!yyjson_is_arr(records)) {
        orgsim_refuse_with(call, 400, "JSON_PARSER_ERROR", "records is missing");
        return NULL;
    }
    *all_or_none = yyjson_get_bool(yyjson_obj_get(body, "allOrNone"));
    if (too_many(call, yyjson_arr_size(records), MOST_RECORDS) || too_many_chunks(call, records))
        return NULL;
    return records;
}

static batch new_batch(orgsim_call *call, size_t count, bool upsert)
{
    batch b = {call, orgsim_alloc(count * sizeof(item)), count, upsert};
    return b;
}

static orgsim_object *record_object(orgsim_call *call, yyjson_val *record,
                                    orgsim_problem *problem)
{
    const char *type = type_of(record);
    orgsim_object *object = type ? orgsim_object_named(call->org, type) : NULL;
    if (object && !object->hidden)
        return object;
    orgsim_problem_set(problem, 400, "INVALID_TYPE", NULL,
                       "sObject type '%s' is not supported.", type ? type : "");
    return NULL;
}

void orgsim_rest_collection_create(orgsim_call *call)
{
    bool all_or_none = false;
    size_t i, max;
    yyjson_val *record, *records = records_of(call, &all_or_none);
    if (!records)
        return;
    size_t mark = orgsim_mark(call->org);
    orgsim_usage before = call->org->usage;
    batch b = new_batch(call, yyjson_arr_size(records), false);
    yyjson_arr_foreach(records, i, max, record) {
        item *it = &b.items[i];
        orgsim_row *row = NULL;
        orgsim_object *object = record_object(call, record, &it->problem);
        it->ok = object && orgsim_create(call->org, &call->writer, object, record, &row,
                                         &it->problem) == 0;
        if (it->ok)
            memcpy(it->id, row->id, sizeof it->id);
    }
    finish(&b, all_or_none, mark, &before);
}

static yyjson_val *id_of(yyjson_val *record)
{
    yyjson_val *id = yyjson_obj_get(record, "id");
    return id ? id : yyjson_obj_get(record, "Id");
}

/* A row by an id of the request; NULL with the item's problem. */
static orgsim_row *find_row(orgsim_call *call, const char *text, item *it)
{
    if (!text || !orgsim_id_normal(text, strlen(text), it->id)) {
        orgsim_problem_set(&it->problem, 400, text ? "MALFORMED_ID" : "MISSING_ARGUMENT", "Id",
                           text ? "malformed id %s" : "Id not specified in an update call%s",
                           text ? text : "");
        return NULL;
    }
    it->known = true;
    orgsim_row *row = orgsim_row_by_id(call->org, NULL, it->id);
    if (row && orgsim_row_shared(row) && !(row->deleted && (row->object->flags & ORGSIM_O_HARD)))
        return row;
    orgsim_problem_set(&it->problem, 400, "INVALID_CROSS_REFERENCE_KEY", NULL,
                       "invalid cross reference id");
    return NULL;
}

static bool seen_before(const batch *b, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (b->items[i].known && memcmp(b->items[i].id, b->items[at].id, 18) == 0)
            return true;
    }
    return false;
}

/* The fields without the id, which an update by id may not carry. */
static yyjson_doc *without_id(yyjson_val *record)
{
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *copy = yyjson_val_mut_copy(doc, record);
    yyjson_mut_obj_remove_key(copy, "id");
    yyjson_mut_obj_remove_key(copy, "Id");
    yyjson_doc *ready = yyjson_mut_val_imut_copy(copy, NULL);
    yyjson_mut_doc_free(doc);
    return ready;
}

static void update_item(batch *b, size_t at, yyjson_val *record)
{
    item *it = &b->items[at];
    orgsim_call *call = b->call;
    orgsim_object *object = record_object(call, record, &it->problem);
    orgsim_row *row = object ? find_row(call, yyjson_get_str(id_of(record)), it) : NULL;
    if (!row)
        return;
    if (row->object != object) {
        orgsim_row *other = orgsim_row_by_id(call->org, object, it->id);
        if (!other) {
            orgsim_problem_set(&it->problem, 400, "MALFORMED_ID", "Id",
                               "%s ID: id value of incorrect type: %s", object->label, it->id);
            return;
        }
        row = other;
    }
    if (seen_before(b, at)) {
        orgsim_problem_set(&it->problem, 400, "DUPLICATE_VALUE", NULL,
                           "duplicate value found: duplicate id in list");
        return;
    }
    yyjson_doc *fields = without_id(record);
    it->ok = orgsim_change_row(call->org, &call->writer, row, yyjson_doc_get_root(fields),
                               &it->problem) == 0;
    yyjson_doc_free(fields);
}

void orgsim_rest_collection_update(orgsim_call *call)
{
    bool all_or_none = false;
    size_t i, max;
    yyjson_val *record, *records = records_of(call, &all_or_none);
    if (!records)
        return;
    size_t mark = orgsim_mark(call->org);
    orgsim_usage before = call->org->usage;
    batch b = new_batch(call, yyjson_arr_size(records), false);
    yyjson_arr_foreach(records, i, max, record) {
        update_item(&b, i, record);
    }
    finish(&b, all_or_none, mark, &before);
}

static const char *text_of_key(yyjson_val *value, char number[32])
{
    if (yyjson_is_str(value))
        return yyjson_get_str(value);
    if (yyjson_is_num(value)) {
        orgsim_buf text = {NULL, 0, 0};
        orgsim_buf_number(&text, yyjson_get_num(value), 1);
        strncpy(number, text.ptr, 31);
        number[31] = '\0';
        orgsim_buf_clear(&text);
        return number;
    }
    return "";
}

static bool key_seen(yyjson_val *records, const orgsim_field *field, size_t at)
{
    char one[32], two[32];
    size_t i, max;
    yyjson_val *record;
    const char *key =
        text_of_key(yyjson_obj_get(yyjson_arr_get(records, at), field->name), one);
    yyjson_arr_foreach(records, i, max, record) {
        if (i >= at)
            break;
        if (*key && orgsim_ieq(text_of_key(yyjson_obj_get(record, field->name), two), key))
            return true;
    }
    return false;
}

static void upsert_item(batch *b, size_t at, yyjson_val *records, orgsim_object *object,
                        const orgsim_field *field)
{
    char number[32];
    item *it = &b->items[at];
    yyjson_val *record = yyjson_arr_get(records, at);
    const char *key = text_of_key(yyjson_obj_get(record, field->name), number);
    if (yyjson_obj_get(record, "id") || yyjson_obj_get(record, "Id")) {
        orgsim_problem_set(&it->problem, 400, "INVALID_FIELD", "Id",
                           "The Id field should not be specified in the sobject data.");
        return;
    }
    if (key_seen(records, field, at)) {
        orgsim_problem_set(&it->problem, 400, "DUPLICATE_VALUE", field->name,
                           "Duplicate external id specified: %s", key);
        return;
    }
    orgsim_upsert result = orgsim_upsert_by(b->call, &b->call->writer, object, field, key, record,
                                            false, &it->problem);
    if (result.status == 300)
        orgsim_problem_set(&it->problem, 400, "DUPLICATE_EXTERNAL_ID", field->name,
                           "%s: more than one record found for external id field", field->name);
    orgsim_rows_clear(&result.matches);
    it->ok = result.status == 200 || result.status == 201;
    it->created = result.status == 201;
    if (it->ok)
        memcpy(it->id, result.row->id, sizeof it->id);
}

void orgsim_rest_collection_upsert(orgsim_call *call)
{
    bool all_or_none = false;
    orgsim_object *object = orgsim_call_object(call, call->args[0]);
    orgsim_field *field = object ? orgsim_external_field(call, object, call->args[1]) : NULL;
    yyjson_val *records = field ? records_of(call, &all_or_none) : NULL;
    if (!records)
        return;
    size_t mark = orgsim_mark(call->org);
    orgsim_usage before = call->org->usage;
    batch b = new_batch(call, yyjson_arr_size(records), true);
    for (size_t i = 0; i < b.count; i++)
        upsert_item(&b, i, records, object, field);
    finish(&b, all_or_none, mark, &before);
}

static size_t count_ids(const char *ids)
{
    size_t count = *ids ? 1 : 0;
    for (; *ids; ids++)
        count += *ids == ',';
    return count;
}

void orgsim_rest_collection_delete(orgsim_call *call)
{
    char *ids = orgsim_parameter(call, "ids");
    char *all = orgsim_parameter(call, "allOrNone");
    size_t count = count_ids(ids ? ids : "");
    if (!count)
        orgsim_refuse_with(call, 400, "MISSING_ARGUMENT", "ids is missing");
    if (count && !too_many(call, count, MOST_RECORDS)) {
        size_t mark = orgsim_mark(call->org);
        orgsim_usage before = call->org->usage;
        batch b = new_batch(call, count, false);
        const char *at = ids;
        for (size_t i = 0; i < count; i++) {
            char *id = orgsim_copy(at, strcspn(at, ","));
            orgsim_row *row = find_row(call, id, &b.items[i]);
            b.items[i].ok = row && orgsim_remove(call->org, &call->writer, row,
                                                 &b.items[i].problem) == 0;
            at += strlen(id) + 1;
            free(id);
        }
        finish(&b, orgsim_ieq(all, "true"), mark, &before);
    }
    free(ids);
    free(all);
}

/* ---- retrieve: GET ?ids=&fields= or POST {"ids":[],"fields":[]} ---- */

static char *joined(yyjson_val *list)
{
    size_t i, max;
    yyjson_val *text;
    orgsim_buf out = {NULL, 0, 0};
    orgsim_buf_put(&out, "", 0);
    yyjson_arr_foreach(list, i, max, text) {
        orgsim_buf_puts(&out, i ? "," : "");
        orgsim_buf_puts(&out, yyjson_is_str(text) ? yyjson_get_str(text) : "");
    }
    return orgsim_buf_take(&out);
}

static bool write_fields(orgsim_call *call, const orgsim_row *row, const char *fields)
{
    orgsim_buf_puts(&call->out, "{");
    orgsim_write_attributes(row, call->version, &call->out);
    for (const char *at = fields; *at;) {
        size_t len = strcspn(at, ",");
        const orgsim_field *field = orgsim_field_named_n(row->object, at, len);
        if (!field || field->hidden) {
            orgsim_refuse_with(call, 400, "INVALID_FIELD",
                               "No such column '%.*s' on sobject of type %s", (int)len, at,
                               row->object->name);
            return false;
        }
        orgsim_buf_printf(&call->out, ",\"%s\":", field->name);
        orgsim_write_value(row, field, &call->out);
        at += len + (at[len] == ',');
    }
    orgsim_buf_puts(&call->out, "}");
    return true;
}

static void read_rows(orgsim_call *call, const orgsim_object *object, const char *ids,
                      const char *fields)
{
    char id[19];
    bool good = true;
    orgsim_buf_puts(&call->out, "[");
    for (const char *at = ids; *at && good;) {
        size_t len = strcspn(at, ",");
        orgsim_row *row = orgsim_id_normal(at, len, id)
                              ? orgsim_row_by_id(call->org, object, id) : NULL;
        orgsim_buf_puts(&call->out, at > ids ? "," : "");
        if (!row || row->deleted || !orgsim_row_shared(row))
            orgsim_buf_puts(&call->out, "null");
        else
            good = write_fields(call, row, fields);
        call->org->usage.rows_read += row != NULL;
        at += len + (at[len] == ',');
    }
    if (!good)
        return;
    orgsim_buf_puts(&call->out, "]");
    orgsim_answer(call, 200);
}

void orgsim_rest_collection_read(orgsim_call *call)
{
    orgsim_object *object = orgsim_call_object(call, call->args[0]);
    if (!object)
        return;
    bool post = strcmp(call->method, "POST") == 0;
    yyjson_val *body = post ? orgsim_body(call) : NULL;
    if (post && !body)
        return;
    char *ids = post ? joined(yyjson_obj_get(body, "ids")) : orgsim_parameter(call, "ids");
    char *fields =
        post ? joined(yyjson_obj_get(body, "fields")) : orgsim_parameter(call, "fields");
    if (!ids || !fields || !*fields)
        orgsim_refuse_with(call, 400, "MISSING_ARGUMENT", "ids and fields are required");
    else if (!too_many(call, count_ids(ids), MOST_READ))
        read_rows(call, object, ids, fields);
    free(ids);
    free(fields);
}
