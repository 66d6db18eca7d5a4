/* rest_sobject.c: single rows by id. */
#include "rest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void orgsim_rest_create(orgsim_call *call)
{
    orgsim_problem problem;
    orgsim_row *row;
    char location[200];
    orgsim_object *object = orgsim_call_object(call, call->args[0]);
    yyjson_val *fields = object ? orgsim_body(call) : NULL;
    if (!fields)
        return;
    if (!yyjson_is_obj(fields)) {
        orgsim_refuse_with(call, 400, "JSON_PARSER_ERROR", "a JSON object is expected");
        return;
    }
    if (orgsim_create(call->org, &call->writer, object, fields, &row, &problem) != 0) {
        orgsim_refuse(call, &problem);
        return;
    }
    orgsim_buf_printf(&call->out, "{\"id\":\"%s\",\"success\":true,\"errors\":[]}", row->id);
    snprintf(location, sizeof location, "/services/data/v%s/sobjects/%s/%s", call->version,
             object->name, row->id);
    orgsim_pairs_add(&call->out_headers, "Location", location);
    orgsim_answer(call, 201);
}

/* The row of the address, deleted or not; NULL after refusing. */
static orgsim_row *row_of(orgsim_call *call)
{
    char id[19];
    orgsim_object *object = orgsim_call_object(call, call->args[0]);
    if (!object)
        return NULL;
    if (!orgsim_id_normal(call->args[1], strlen(call->args[1]), id)) {
        orgsim_refuse_with(call, 400, "MALFORMED_ID", "malformed id %s", call->args[1]);
        return NULL;
    }
    orgsim_row *row = orgsim_row_by_id(call->org, object, id);
    if (row && orgsim_row_shared(row) &&
        !(row->deleted && (object->flags & ORGSIM_O_HARD)))
        return row;
    orgsim_refuse_with(call, 404, "NOT_FOUND", "The requested resource does not exist");
    return NULL;
}

static bool asked_for(const char *fields, const char *name)
{
    for (const char *at = fields; at && *at;) {
        size_t len = strcspn(at, ",");
        if (orgsim_ieq_n(at, len, name))
            return true;
        at += len + (at[len] == ',');
    }
    return fields == NULL;
}

/* A field of the list that does not exist; NULL = all do. To be freed. */
static char *unknown_field(const orgsim_object *object, const char *fields)
{
    for (const char *at = fields; at && *at;) {
        size_t len = strcspn(at, ",");
        const orgsim_field *field = orgsim_field_named_n(object, at, len);
        if (!field || field->hidden)
            return orgsim_copy(at, len);
        at += len + (at[len] == ',');
    }
    return NULL;
}

static bool changed_after(const orgsim_call *call, const char *header, const orgsim_row *row,
                          bool *given)
{
    int64_t when = 0;
    const char *text = orgsim_pairs_get(&call->headers, header);
    *given = text && orgsim_parse_http_date(text, strlen(text), &when);
    return row->modified > when;
}

void orgsim_rest_read(orgsim_call *call)
{
    bool given;
    orgsim_row *row = row_of(call);
    if (!row)
        return;
    if (row->deleted) {
        orgsim_refuse_with(call, 404, "ENTITY_IS_DELETED", "entity is deleted");
        return;
    }
    if (!changed_after(call, "If-Modified-Since", row, &given) && given) {
        orgsim_answer(call, 304);
        return;
    }
    char *fields = orgsim_parameter(call, "fields");
    char *unknown = unknown_field(row->object, fields);
    if (unknown) {
        orgsim_refuse_with(call, 400, "INVALID_FIELD", "No such column '%s' on sobject of type %s",
                           unknown, row->object->name);
    } else {
        orgsim_buf_puts(&call->out, "{");
        orgsim_write_attributes(row, call->version, &call->out);
        for (size_t i = 0; i < row->object->field_count; i++) {
            const orgsim_field *field = row->object->fields[i];
            if (field->hidden || !*field->name || !asked_for(fields, field->name))
                continue;
            orgsim_buf_printf(&call->out, ",\"%s\":", field->name);
            orgsim_write_value(row, field, &call->out);
        }
        orgsim_buf_puts(&call->out, "}");
        call->org->usage.rows_read++;
        orgsim_answer(call, 200);
    }
    free(unknown);
    free(fields);
}

void orgsim_rest_update(orgsim_call *call)
{
    bool given;
    orgsim_problem problem;
    orgsim_row *row = row_of(call);
    yyjson_val *fields = row ? orgsim_body(call) : NULL;
    if (!fields)
        return;
    if (changed_after(call, "If-Unmodified-Since", row, &given) && given) {
        orgsim_answer(call, 412);
        return;
    }
    if (orgsim_change_row(call->org, &call->writer, row, fields, &problem) != 0)
        orgsim_refuse(call, &problem);
    else
        orgsim_answer(call, 204);
}

void orgsim_rest_post_row(orgsim_call *call)
{
    char *method = orgsim_parameter(call, "_HttpMethod");
    if (orgsim_ieq(method, "PATCH"))
        orgsim_rest_update(call);
    else
        orgsim_refuse_with(call, 405, "METHOD_NOT_ALLOWED",
                           "HTTP Method 'POST' not allowed. Allowed are HEAD,GET,PATCH,DELETE");
    free(method);
}

void orgsim_rest_delete(orgsim_call *call)
{
    orgsim_problem problem;
    bool given;
    orgsim_row *row = row_of(call);
    if (!row)
        return;
    if (changed_after(call, "If-Unmodified-Since", row, &given) && given) {
        orgsim_answer(call, 412);
        return;
    }
    if (orgsim_remove(call->org, &call->writer, row, &problem) != 0)
        orgsim_refuse(call, &problem);
    else
        orgsim_answer(call, 204);
}
