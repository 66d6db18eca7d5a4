#include "salesforce/sobject.h"

#include "salesforce/answer.h"
#include "salesforce/columns.h"
#include "salesforce/soql.h"

static void object_path(crmi_request *r, crmsync_str version, crmsync_str object)
{
    crmi_request_path(r, version, "/sobjects/");
    crmi_buf_add(&r->path, object);
}

static void object_id_path(crmi_request *r, crmsync_str version, crmsync_str object, crmsync_str id)
{
    object_path(r, version, object);
    crmi_buf_char(&r->path, '/');
    crmi_buf_add(&r->path, id);
}

static int32_t finish_write(crmi_request *r, const crmi_write *write, crmsync_str skip,
                            const crmi_write_options *options, crmsync_error **err)
{
    crmi_jw w = crmi_jw_to(&r->body);
    crmi_request_json(r);
    crmi_write_options_apply(r, options);
    int32_t rc = crmi_write_body(&w, write, false, false, skip, err);
    return rc ? rc : crmi_request_check(r, err);
}

int32_t crmi_sobject_create_request(crmi_request *r, crmsync_str version, const crmi_write *write,
                                    const crmi_write_options *options, crmsync_error **err)
{
    int32_t rc = crmi_object_check(write->object, err);
    if (rc)
        return rc;
    crmi_request_start(r, "POST", CRMI_REQ_WRITE);
    object_path(r, version, write->object);
    return finish_write(r, write, CRMI_STR_EMPTY, options, err);
}

int32_t crmi_sobject_update_request(crmi_request *r, crmsync_str version, const crmi_write *write,
                                    const crmi_write_options *options, crmsync_error **err)
{
    int32_t rc = crmi_id_check(write->object, write->id, err);
    if (rc)
        return rc;
    crmi_request_start(r, "PATCH", CRMI_REQ_WRITE);
    object_id_path(r, version, write->object, write->id);
    return finish_write(r, write, CRMI_STR_EMPTY, options, err);
}

/* Dots too: a segment of dots alone would be taken for a way through the path. */
static void add_key(crmi_buf *path, crmsync_str key)
{
    for (size_t i = 0; i < key.len; i++) {
        if (key.ptr[i] == '.')
            crmi_buf_lit(path, "%2E");
        else
            crmi_buf_url(path, crmi_str_sub(key, i, 1));
    }
}

int32_t crmi_sobject_upsert_request(crmi_request *r, crmsync_str version, const crmi_write *write,
                                    crmsync_str key_field, crmsync_str key,
                                    const crmi_write_options *options, crmsync_error **err)
{
    int32_t rc = crmi_object_check(write->object, err);
    if (!rc && (!crmi_soql_name_ok(key_field) || crmi_str_chr(key_field, '.') >= 0))
        rc = crmi_fail(err, CRMSYNC_E_INVALID, "\"%.*s\" is not the name of an external id field",
                       CRMI_SPELL(crmi_str_sub(key_field, 0, 100)));
    if (!rc && !crmi_str_trim(key).len)
        rc = crmi_fail(err, CRMSYNC_E_INVALID, "%.*s.%.*s has no value to upsert by",
                       CRMI_SPELL(write->object), CRMI_SPELL(key_field));
    if (rc)
        return rc;
    crmi_request_start(r, "PATCH", CRMI_REQ_WRITE);
    object_id_path(r, version, write->object, key_field);
    crmi_buf_char(&r->path, '/');
    add_key(&r->path, key);
    return finish_write(r, write, key_field, options, err);
}

int32_t crmi_sobject_delete_request(crmi_request *r, crmsync_str version, crmsync_str object,
                                    crmsync_str id, crmsync_error **err)
{
    int32_t rc = crmi_id_check(object, id, err);
    if (rc)
        return rc;
    crmi_request_start(r, "DELETE", CRMI_REQ_WRITE);
    object_id_path(r, version, object, id);
    return crmi_request_check(r, err);
}

int32_t crmi_sobject_read_request(crmi_request *r, crmsync_str version, crmsync_str object,
                                  crmsync_str id, const crmsync_str *fields, size_t n,
                                  crmsync_error **err)
{
    int32_t rc = crmi_id_check(object, id, err);
    if (rc)
        return rc;
    crmi_request_start(r, "GET", CRMI_REQ_IDEMPOTENT);
    object_id_path(r, version, object, id);
    for (size_t i = 0; i < n; i++) {
        if (!crmi_soql_name_ok(fields[i]))
            return crmi_fail(err, CRMSYNC_E_INVALID, "\"%.*s\" is not the name of a field",
                             CRMI_SPELL(crmi_str_sub(fields[i], 0, 100)));
        crmi_buf_lit(&r->path, i ? "," : "?fields=");
        crmi_buf_add(&r->path, fields[i]);
    }
    return crmi_request_check(r, err);
}

int32_t crmi_sobject_ui_create_request(crmi_request *r, crmsync_str version,
                                       const crmi_write *write, const crmi_write_options *options,
                                       crmsync_error **err)
{
    int32_t rc = crmi_object_check(write->object, err);
    if (rc)
        return rc;
    crmi_request_start(r, "POST", CRMI_REQ_WRITE);
    crmi_request_path(r, version, "/ui-api/records");
    crmi_request_json(r);
    crmi_write_options_apply(r, options);
    if (options && options->idempotency_key.len) {
        crmi_request_header_add(r, "Idempotency-Key", options->idempotency_key);
        r->flags |= CRMI_REQ_IDEMPOTENT;
    }
    crmi_jw w = crmi_jw_to(&r->body);
    crmi_jw_object(&w);
    crmi_jw_member_text(&w, "apiName", write->object);
    if (options && options->allow_save)
        crmi_jw_member_bool(&w, "allowSaveOnDuplicate", true);
    crmi_jw_key(&w, CRMI_STR("fields"));
    rc = crmi_write_body(&w, write, false, false, CRMI_STR_EMPTY, err);
    crmi_jw_object_end(&w);
    return rc ? rc : crmi_request_check(r, err);
}

static int32_t take_success(crmi_arena *arena, int32_t status, const yyjson_val *body,
                            crmi_write_result *out, crmsync_error **err)
{
    crmsync_str id = crmi_json_member_text(body, "id");
    if (status == 204) {
        out->success = true;
        return CRMSYNC_OK;
    }
    if (!crmi_sf_id_like(id) || !crmi_json_member_bool(body, "success", true)) {
        out->unknown = true; /* it says done, but not what */
        return crmi_sf_error_take(arena, status, NULL, &out->errors, err);
    }
    out->success = true;
    out->created = crmi_json_member_bool(body, "created", status == 201);
    return crmi_arena_str(arena, id, &out->id) ? CRMSYNC_OK : crmi_fail_nomem(err);
}

int32_t crmi_sobject_write_take(crmi_arena *arena, int32_t status, const yyjson_val *body,
                                crmi_write_result *out, crmsync_error **err)
{
    memset(out, 0, sizeof *out);
    if (status == 200 || status == 201 || status == 204)
        return take_success(arena, status, body, out, err);
    int32_t rc = crmi_sf_error_take(arena, status, body, &out->errors, err);
    out->ambiguous = !rc && status == 300 && out->errors.documented;
    out->unknown = !rc && out->errors.applied == CRMI_APPLIED_MAYBE;
    return rc;
}

int32_t crmi_sobject_write_read(crmi_arena *arena, const crmi_response *response,
                                crmi_write_result *out, crmsync_error **err)
{
    yyjson_doc *doc = NULL;
    crmsync_error *fault = NULL;
    memset(out, 0, sizeof *out);
    if (response->body.len) {
        int32_t rc = crmi_json_read(arena->alloc, response->body, &doc, &fault);
        crmi_error_drop(&fault);
        if (rc == CRMSYNC_E_NOMEM)
            return crmi_fail_nomem(err);
    }
    int32_t rc =
        crmi_sobject_write_take(arena, response->status, yyjson_doc_get_root(doc), out, err);
    yyjson_doc_free(doc);
    return rc;
}

int32_t crmi_sobject_read(const crmsync_alloc *alloc, const crmi_response *response,
                          crmsync_str object, const crmi_query_column *columns, size_t n,
                          crmsync_rows **out, crmsync_error **err)
{
    yyjson_doc *doc;
    crmi_columns c;
    *out = NULL;
    int32_t rc = crmi_answer_json(alloc, response, "read", &doc, err);
    if (rc)
        return rc;
    crmi_columns_init(&c, alloc);
    rc = crmi_columns_build(&c, columns, n, err);
    if (!rc)
        rc = crmi_columns_rows(&c, object, columns, n, out, err);
    if (!rc)
        rc = crmi_columns_read(&c, yyjson_doc_get_root(doc), NULL, 0, err);
    if (!rc)
        rc = crmi_fail_protocol(err, crmsync_rows_append(*out, c.cells, c.count, err), "read");
    crmi_columns_clear(&c);
    yyjson_doc_free(doc);
    if (rc) {
        crmsync_rows_free(*out);
        *out = NULL;
    }
    return rc;
}
