/* rest_upsert.c: rows by external id. */
#include "rest.h"

#include <stdlib.h>
#include <string.h>

orgsim_field *orgsim_external_field(orgsim_call *call, const orgsim_object *object,
                                    const char *name)
{
    orgsim_field *field = orgsim_field_named(object, name);
    bool usable = field && !field->hidden &&
                  (field->flags & (ORGSIM_F_EXTERNAL | ORGSIM_F_IDLOOKUP));
    if (usable)
        return field;
    orgsim_refuse_with(call, 404, "NOT_FOUND",
                       "Provided external ID field does not exist or is not accessible: %s", name);
    return NULL;
}

static orgsim_rows find(const orgsim *org, const orgsim_object *object,
                        const orgsim_field *field, const char *value)
{
    orgsim_rows found = {NULL, 0, 0};
    char *folded = orgsim_fold(value, strlen(value));
    const orgsim_rows *rows = field->index ? orgsim_index_find(field->index, folded) : NULL;
    (void)org, (void)object;
    free(folded);
    for (size_t i = 0; rows && i < rows->count; i++) {
        bool same = !(field->flags & ORGSIM_F_CASE) ||
                    strcmp(orgsim_get(rows->items[i], field).as.text, value) == 0;
        if (same && !rows->items[i]->deleted && !rows->items[i]->gone)
            orgsim_rows_add(&found, rows->items[i]);
    }
    return found;
}

/* The fields with the external id among them. */
static yyjson_doc *with_key(yyjson_val *fields, const orgsim_field *field, const char *value)
{
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *copy = yyjson_val_mut_copy(doc, fields);
    yyjson_mut_obj_remove_key(copy, field->name);
    yyjson_mut_obj_add_strcpy(doc, copy, field->name, value);
    yyjson_doc *ready = yyjson_mut_val_imut_copy(copy, NULL);
    yyjson_mut_doc_free(doc);
    return ready;
}

orgsim_upsert orgsim_upsert_by(orgsim_call *call, const orgsim_writer *writer,
                               orgsim_object *object, const orgsim_field *field,
                               const char *value, yyjson_val *fields, bool update_only,
                               orgsim_problem *problem)
{
    orgsim_upsert result = {0, NULL, {NULL, 0, 0}};
    if (!*value) {
        orgsim_problem_set(problem, 400, "MISSING_ARGUMENT", field->name,
                           "%s not specified", field->name);
        return result;
    }
    result.matches = find(call->org, object, field, value);
    if (result.matches.count > 1) {
        result.status = 300;
        return result;
    }
    if (result.matches.count == 1) {
        result.row = result.matches.items[0];
        orgsim_rows_clear(&result.matches);
        int r = orgsim_change_row(call->org, writer, result.row, fields, problem);
        result.status = r == 0 ? 200 : 0;
        return result;
    }
    if (update_only) {
        orgsim_problem_set(problem, 404, "NOT_FOUND", NULL,
                           "The requested resource does not exist");
        return result;
    }
    yyjson_doc *doc = with_key(fields, field, value);
    int r = orgsim_create(call->org, writer, object, yyjson_doc_get_root(doc), &result.row,
                          problem);
    yyjson_doc_free(doc);
    result.status = r == 0 ? 201 : 0;
    return result;
}

static void write_choices(orgsim_call *call, const orgsim_rows *rows)
{
    orgsim_buf_puts(&call->out, "[");
    for (size_t i = 0; i < rows->count; i++)
        orgsim_buf_printf(&call->out, "%s\"/services/data/v%s/sobjects/%s/%s\"", i ? "," : "",
                          call->version, rows->items[i]->object->name, rows->items[i]->id);
    orgsim_buf_puts(&call->out, "]");
    orgsim_answer(call, 300);
}

void orgsim_rest_external_upsert(orgsim_call *call)
{
    orgsim_problem problem;
    orgsim_object *object = orgsim_call_object(call, call->args[0]);
    orgsim_field *field = object ? orgsim_external_field(call, object, call->args[1]) : NULL;
    yyjson_val *fields = field ? orgsim_body(call) : NULL;
    if (!fields)
        return;
    if (yyjson_obj_get(fields, field->name)) {
        orgsim_refuse_with(call, 400, "INVALID_FIELD",
                           "The %s field should not be specified in the sobject data.",
                           field->name);
        return;
    }
    char *only = orgsim_parameter(call, "updateOnly");
    orgsim_upsert result =
        orgsim_upsert_by(call, &call->writer, object, field, call->args[2], fields,
                         orgsim_ieq(only, "true"), &problem);
    free(only);
    if (result.status == 0) {
        orgsim_refuse(call, &problem);
    } else if (result.status == 300) {
        write_choices(call, &result.matches);
    } else if (result.status == 200 && strtod(call->version, NULL) < 46) {
        orgsim_answer(call, 204);
    } else {
        orgsim_buf_printf(&call->out,
                          "{\"id\":\"%s\",\"success\":true,\"errors\":[],\"created\":%s}",
                          result.row->id, result.status == 201 ? "true" : "false");
        orgsim_answer(call, result.status);
    }
    orgsim_rows_clear(&result.matches);
}

/* The one row that the address means; NULL after answering. */
static orgsim_row *only_row(orgsim_call *call)
{
    orgsim_object *object = orgsim_call_object(call, call->args[0]);
    orgsim_field *field = object ? orgsim_external_field(call, object, call->args[1]) : NULL;
    if (!field)
        return NULL;
    orgsim_rows rows = find(call->org, object, field, call->args[2]);
    orgsim_row *row = rows.count == 1 ? rows.items[0] : NULL;
    if (rows.count > 1)
        write_choices(call, &rows);
    else if (!row || !orgsim_row_shared(row))
        orgsim_refuse_with(call, 404, "NOT_FOUND", "The requested resource does not exist");
    orgsim_rows_clear(&rows);
    return row && orgsim_row_shared(row) ? row : NULL;
}

/* The same as by id. */
static void by_id(orgsim_call *call, orgsim_handler handler)
{
    const orgsim_row *row = only_row(call);
    if (!row)
        return;
    free(call->args[1]);
    call->args[1] = orgsim_copy_text(row->id);
    handler(call);
}

/* sobjects/ContentNote/069.../Content: the bytes. */
static void read_blob(orgsim_call *call, const orgsim_row *row, const orgsim_field *field)
{
    size_t len = 0;
    orgsim_value value = orgsim_get(row, field);
    unsigned char *bytes = value.kind == ORGSIM_TEXT
        ? orgsim_base64_decode(value.as.text, strlen(value.as.text), &len) : NULL;
    orgsim_pairs_add(&call->out_headers, "Content-Type", "application/octet-stream");
    orgsim_buf_put(&call->out, (const char *)bytes, len);
    free(bytes);
    orgsim_answer(call, 200);
}

/* sobjects/Contact/003.../Account: the row that a reference points to. */
static void read_related(orgsim_call *call, const orgsim_row *row, const orgsim_field *reference)
{
    orgsim_value id = orgsim_get(row, reference);
    const orgsim_row *target =
        id.kind == ORGSIM_TEXT ? orgsim_row_by_id(call->org, NULL, id.as.text) : NULL;
    if (!target) {
        orgsim_refuse_with(call, 404, "NOT_FOUND", "The requested resource does not exist");
        return;
    }
    free(call->args[0]);
    free(call->args[1]);
    call->args[0] = orgsim_copy_text(target->object->name);
    call->args[1] = orgsim_copy_text(target->id);
    orgsim_rest_read(call);
}

void orgsim_rest_external_read(orgsim_call *call)
{
    char id[19];
    const orgsim_object *object = orgsim_object_named(call->org, call->args[0]);
    const orgsim_row *row =
        object && !object->hidden && orgsim_id_normal(call->args[1], strlen(call->args[1]), id)
            ? orgsim_row_by_id(call->org, object, id) : NULL;
    const char *part = call->args[2];
    const orgsim_field *field = row ? orgsim_field_named(object, part) : NULL;
    const orgsim_field *reference =
        row ? orgsim_field_related(object, part, strlen(part)) : NULL;
    if (row && !row->deleted && orgsim_row_shared(row) && field &&
        field->type == ORGSIM_T_BASE64)
        read_blob(call, row, field);
    else if (row && !row->deleted && orgsim_row_shared(row) && reference)
        read_related(call, row, reference);
    else
        by_id(call, orgsim_rest_read);
}

void orgsim_rest_external_delete(orgsim_call *call)
{
    by_id(call, orgsim_rest_delete);
}
