#include "salesforce/describe.h"

#include "base/time.h"
#include "salesforce/answer.h"
#include "salesforce/value.h"

static void add_since(crmi_request *r, int64_t since_ms)
{
    if (since_ms <= 0)
        return;
    crmi_request_header_add(r, "If-Modified-Since", CRMI_STR_EMPTY);
    crmi_buf_http_date(&r->headers[r->header_count - 1].value, since_ms);
}

int32_t crmi_describe_request(crmi_request *r, crmsync_str version, crmsync_str object,
                              int64_t since_ms, crmsync_error **err)
{
    int32_t rc = crmi_object_check(object, err);
    if (rc)
        return rc;
    crmi_request_start(r, "GET", CRMI_REQ_IDEMPOTENT);
    crmi_request_path(r, version, "/sobjects/");
    crmi_buf_add(&r->path, object);
    crmi_buf_lit(&r->path, "/describe");
    add_since(r, since_ms);
    return crmi_request_check(r, err);
}

int32_t crmi_picklists_request(crmi_request *r, crmsync_str version, crmsync_str object,
                               crmsync_str record_type, crmsync_error **err)
{
    int32_t rc = crmi_id_check(object, record_type, err);
    if (rc)
        return rc;
    crmi_request_start(r, "GET", CRMI_REQ_IDEMPOTENT);
    crmi_request_path(r, version, "/ui-api/object-info/");
    crmi_buf_add(&r->path, object);
    crmi_buf_lit(&r->path, "/picklist-values/");
    crmi_buf_add(&r->path, record_type);
    return crmi_request_check(r, err);
}

int32_t crmi_describe_global_request(crmi_request *r, crmsync_str version, int64_t since_ms,
                                     crmsync_error **err)
{
    crmi_request_start(r, "GET", CRMI_REQ_IDEMPOTENT);
    crmi_request_path(r, version, "/sobjects");
    add_since(r, since_ms);
    return crmi_request_check(r, err);
}

int32_t crmi_describe_read(const crmsync_alloc *alloc, const crmi_response *response,
                           crmsync_schema *schema, bool *unchanged, int64_t *modified_ms,
                           crmsync_error **err)
{
    crmsync_error *fault = NULL;
    *unchanged = response->status == 304;
    *modified_ms = response->last_modified_ms;
    if (*unchanged)
        return CRMSYNC_OK;
    if (response->status != 200)
        return crmi_fail_response(err, alloc, "describe", response);
    int32_t rc = crmsync_schema_add_describe(schema, response->body, &fault);
    rc = crmi_fail_protocol(&fault, rc, "describe");
    if (err && fault) {
        crmi_error_drop(err);
        *err = fault;
    } else {
        crmi_error_drop(&fault);
    }
    return rc;
}

static bool take_object(crmi_arena *arena, const yyjson_val *v, crmi_global_object *out)
{
    crmsync_str label = crmi_json_member_text(v, "label");
    crmsync_str prefix = crmi_json_member_text(v, "keyPrefix");
    out->createable = crmi_json_member_bool(v, "createable", false);
    out->updateable = crmi_json_member_bool(v, "updateable", false);
    out->queryable = crmi_json_member_bool(v, "queryable", false);
    out->replicateable = crmi_json_member_bool(v, "replicateable", false);
    out->custom = crmi_json_member_bool(v, "custom", false);
    return crmi_arena_str(arena, crmi_json_member_text(v, "name"), &out->name) &&
           crmi_arena_str(arena, label, &out->label) &&
           crmi_arena_str(arena, prefix, &out->key_prefix);
}

int32_t crmi_describe_global_read(crmi_arena *arena, const crmi_response *response,
                                  const crmi_global_object **objects, size_t *n, bool *unchanged,
                                  crmsync_error **err)
{
    yyjson_doc *doc;
    yyjson_val *v;
    size_t i, count;
    *objects = NULL;
    *n = 0;
    *unchanged = response->status == 304;
    if (*unchanged)
        return CRMSYNC_OK;
    int32_t rc = crmi_answer_json(arena->alloc, response, "describe", &doc, err);
    if (rc)
        return rc;
    yyjson_val *list = crmi_json_member(yyjson_doc_get_root(doc), "sobjects");
    crmi_global_object *found = crmi_arena_array(arena, yyjson_arr_size(list) + 1, sizeof *found);
    if (!yyjson_is_arr(list))
        rc = crmi_answer_odd(err, "describe", "/sobjects");
    else if (!found)
        rc = crmi_fail_nomem(err);
    yyjson_arr_foreach(list, i, count, v)
    {
        if (rc)
            break;
        if (!crmi_json_member_text(v, "name").len)
            rc = crmi_answer_odd(err, "describe", "/sobjects");
        else if (!take_object(arena, v, &found[i]))
            rc = crmi_fail_nomem(err);
    }
    yyjson_doc_free(doc);
    if (rc)
        return rc;
    *objects = found;
    *n = count;
    return CRMSYNC_OK;
}

void crmi_query_columns_type(crmi_query_column *columns, size_t n, const crmsync_schema *schema,
                             crmsync_str object)
{
    for (size_t i = 0; i < n; i++) {
        const crmi_field *field = crmi_schema_field(schema, object, columns[i].name);
        columns[i].type = field ? crmi_value_cell_type(field->type) : CRMSYNC_CELL_ABSENT;
    }
}
