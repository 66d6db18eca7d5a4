#include "salesforce/collections.h"

#include <stdio.h>

#include "salesforce/answer.h"
#include "salesforce/columns.h"
#include "salesforce/soql.h"

#define RETRIEVE_MAX 2000

/* Stable insertion into a small array: at most 200 items. */
void crmi_collections_order(const crmi_write *writes, size_t n, uint32_t *order)
{
    for (size_t i = 0; i < n; i++) {
        size_t at = i;
        while (at && crmi_str_cmp(writes[order[at - 1]].object, writes[i].object) > 0) {
            order[at] = order[at - 1];
            at--;
        }
        order[at] = (uint32_t)i;
    }
}

static const crmi_write *item(const crmi_write *writes, const uint32_t *order, size_t k)
{
    return &writes[order ? order[k] : k];
}

static int32_t check_size(const crmi_write *writes, size_t n, const uint32_t *order,
                          crmsync_error **err)
{
    size_t runs = 0;
    if (!n)
        return crmi_fail(err, CRMSYNC_E_INVALID, "a collection needs at least one record");
    if (n > CRMI_COLLECTION_MAX)
        return crmi_fail(err, CRMSYNC_E_LIMIT, "a collection holds at most %d records",
                         CRMI_COLLECTION_MAX);
    for (size_t k = 0; k < n; k++)
        runs +=
            !k || !crmi_str_eq(item(writes, order, k)->object, item(writes, order, k - 1)->object);
    if (runs > CRMI_COLLECTION_MAX_CHUNKS)
        return crmi_fail(err, CRMSYNC_E_LIMIT, "a collection holds at most %d runs of one object",
                         CRMI_COLLECTION_MAX_CHUNKS);
    return CRMSYNC_OK;
}

static bool has_key(const crmi_write *write, crmsync_str key_field)
{
    for (size_t i = 0; i < write->count; i++)
        if (crmi_str_eq_ci(write->fields[i].name, key_field))
            return write->fields[i].cell.type != CRMSYNC_CELL_ABSENT &&
                   write->fields[i].cell.type != CRMSYNC_CELL_NULL;
    return false;
}

static int32_t check_item(const crmi_write *write, uint32_t op, crmsync_str object,
                          crmsync_str key_field, crmsync_error **err)
{
    if (op == CRMI_WRITE_UPDATE || op == CRMI_WRITE_DELETE)
        return crmi_id_check(write->object, write->id, err);
    int32_t rc = crmi_object_check(write->object, err);
    if (rc || op != CRMI_WRITE_UPSERT)
        return rc;
    if (!crmi_str_eq(write->object, object))
        return crmi_fail(err, CRMSYNC_E_INVALID, "an upsert writes one object, not %.*s and %.*s",
                         CRMI_SPELL(object), CRMI_SPELL(write->object));
    if (!has_key(write, key_field))
        return crmi_fail(err, CRMSYNC_E_INVALID, "%.*s: a record has no %.*s to upsert by",
                         CRMI_SPELL(object), CRMI_SPELL(key_field));
    return CRMSYNC_OK;
}

static void delete_path(crmi_request *r, crmsync_str version, const crmi_write *writes, size_t n,
                        const uint32_t *order, bool all_or_none)
{
    crmi_request_path(r, version, "/composite/sobjects?ids=");
    for (size_t k = 0; k < n; k++) {
        if (k)
            crmi_buf_char(&r->path, ',');
        crmi_buf_add(&r->path, item(writes, order, k)->id);
    }
    crmi_buf_lit(&r->path, all_or_none ? "&allOrNone=true" : "&allOrNone=false");
}

static int32_t records_body(crmi_request *r, uint32_t op, const crmi_write *writes, size_t n,
                            const uint32_t *order, bool all_or_none, crmsync_error **err)
{
    int32_t rc = CRMSYNC_OK;
    crmi_jw w = crmi_jw_to(&r->body);
    crmi_request_json(r);
    crmi_jw_object(&w);
    crmi_jw_member_bool(&w, "allOrNone", all_or_none);
    crmi_jw_member_array(&w, "records");
    for (size_t k = 0; !rc && k < n; k++)
        rc = crmi_write_body(&w, item(writes, order, k), true, op == CRMI_WRITE_UPDATE,
                             CRMI_STR_EMPTY, err);
    crmi_jw_array_end(&w);
    crmi_jw_object_end(&w);
    return rc;
}

int32_t crmi_collections_request(crmi_request *r, crmsync_str version, uint32_t op,
                                 crmsync_str key_field, const crmi_write *writes, size_t n,
                                 const uint32_t *order, bool all_or_none,
                                 const crmi_write_options *options, crmsync_error **err)
{
    static const char *const methods[] = {"POST", "PATCH", "PATCH", "DELETE"};
    int32_t rc = op <= CRMI_WRITE_DELETE
                     ? check_size(writes, n, order, err)
                     : crmi_fail(err, CRMSYNC_E_INVALID, "unknown kind of write %u", (unsigned)op);
    if (!rc && op == CRMI_WRITE_UPSERT && !crmi_soql_name_ok(key_field))
        rc = crmi_fail(err, CRMSYNC_E_INVALID, "an upsert needs an external id field");
    for (size_t k = 0; !rc && k < n; k++)
        rc = check_item(item(writes, order, k), op, item(writes, order, 0)->object, key_field, err);
    if (rc)
        return rc;
    crmi_request_start(r, methods[op], CRMI_REQ_WRITE);
    crmi_write_options_apply(r, options);
    if (op == CRMI_WRITE_DELETE) {
        delete_path(r, version, writes, n, order, all_or_none);
        return crmi_request_check(r, err);
    }
    crmi_request_path(r, version, "/composite/sobjects");
    if (op == CRMI_WRITE_UPSERT) {
        crmi_buf_char(&r->path, '/');
        crmi_buf_add(&r->path, item(writes, order, 0)->object);
        crmi_buf_char(&r->path, '/');
        crmi_buf_add(&r->path, key_field);
    }
    rc = records_body(r, op, writes, n, order, all_or_none, err);
    return rc ? rc : crmi_request_check(r, err);
}

int32_t crmi_collections_retrieve_request(crmi_request *r, crmsync_str version, crmsync_str object,
                                          const crmsync_str *ids, size_t n_ids,
                                          const crmsync_str *fields, size_t n_fields,
                                          crmsync_error **err)
{
    int32_t rc = CRMSYNC_OK;
    if (!n_ids || n_ids > RETRIEVE_MAX || !n_fields)
        return crmi_fail(err, CRMSYNC_E_LIMIT, "1 to %d records can be read at once", RETRIEVE_MAX);
    crmi_request_start(r, "POST", CRMI_REQ_IDEMPOTENT);
    crmi_request_path(r, version, "/composite/sobjects/");
    crmi_buf_add(&r->path, object);
    crmi_request_json(r);
    crmi_jw w = crmi_jw_to(&r->body);
    crmi_jw_object(&w);
    crmi_jw_member_array(&w, "ids");
    for (size_t i = 0; !rc && i < n_ids; i++) {
        rc = crmi_id_check(object, ids[i], err);
        crmi_jw_text(&w, ids[i]);
    }
    crmi_jw_array_end(&w);
    crmi_jw_member_array(&w, "fields");
    for (size_t i = 0; i < n_fields; i++)
        crmi_jw_text(&w, fields[i]);
    crmi_jw_array_end(&w);
    crmi_jw_object_end(&w);
    return rc ? rc : crmi_request_check(r, err);
}

static int32_t odd_item(size_t k, crmsync_error **err)
{
    char where[32];
    snprintf(where, sizeof where, "/%zu", k);
    return crmi_answer_odd(err, "collection", where);
}

static int32_t take_item(crmi_arena *arena, const yyjson_val *v, crmi_write_result *out,
                         crmsync_error **err)
{
    crmsync_str id = crmi_json_member_text(v, "id");
    memset(out, 0, sizeof *out);
    out->success = crmi_json_member_bool(v, "success", false);
    out->created = out->success && crmi_json_member_bool(v, "created", false);
    if (crmi_sf_id_like(id) && !crmi_arena_str(arena, id, &out->id))
        return crmi_fail_nomem(err);
    if (out->success)
        return CRMSYNC_OK;
    /* an item has no status of its own: 400 stands for "refused" */
    int32_t rc = crmi_sf_error_take(arena, 400, crmi_json_member(v, "errors"), &out->errors, err);
    out->errors.documented = true;
    out->errors.applied = CRMI_APPLIED_NO;
    return rc;
}

static bool item_ok(const yyjson_val *v)
{
    yyjson_val *flag = crmi_json_member(v, "success");
    if (!yyjson_is_bool(flag) || crmi_answer_repeats(v))
        return false;
    return !yyjson_get_bool(flag) || crmi_sf_id_like(crmi_json_member_text(v, "id"));
}

int32_t crmi_collections_take(crmi_arena *arena, const yyjson_val *body, size_t n,
                              const uint32_t *order, crmi_write_result *results,
                              crmsync_error **err)
{
    yyjson_val *list, *v;
    size_t k, count;
    memcpy(&list, &body, sizeof list);
    if (!yyjson_is_arr(list) || yyjson_arr_size(list) != n)
        return crmi_fail(err, CRMSYNC_E_PROTOCOL, "collection: %zu records were sent, %zu answered",
                         n, yyjson_arr_size(list));
    yyjson_arr_foreach(list, k, count, v)
    {
        if (!item_ok(v))
            return odd_item(k, err);
    }
    yyjson_arr_foreach(list, k, count, v)
    {
        int32_t rc = take_item(arena, v, &results[order ? order[k] : k], err);
        if (rc)
            return rc;
    }
    return CRMSYNC_OK;
}

int32_t crmi_collections_read(crmi_arena *arena, const crmi_response *response, size_t n,
                              const uint32_t *order, crmi_write_result *results,
                              crmsync_error **err)
{
    yyjson_doc *doc;
    int32_t rc = crmi_answer_json(arena->alloc, response, "collection", &doc, err);
    if (rc)
        return rc;
    rc = crmi_collections_take(arena, yyjson_doc_get_root(doc), n, order, results, err);
    yyjson_doc_free(doc);
    return rc;
}

static int32_t read_rows(crmi_columns *c, yyjson_val *list, crmsync_rows *rows, crmsync_error **err)
{
    yyjson_val *v;
    size_t k, count;
    yyjson_arr_foreach(list, k, count, v)
    {
        bool missing = yyjson_is_null(v);
        int32_t rc = missing ? CRMSYNC_OK : crmi_columns_read(c, v, "/", k, err);
        if (!rc)
            rc = crmi_fail_protocol(
                err,
                crmsync_rows_append(rows, missing ? NULL : c->cells, missing ? 0 : c->count, err),
                "records");
        if (rc)
            return rc;
    }
    return CRMSYNC_OK;
}

int32_t crmi_collections_rows(const crmsync_alloc *alloc, const crmi_response *response,
                              size_t n_ids, crmsync_str object, const crmi_query_column *columns,
                              size_t n, crmsync_rows **out, crmsync_error **err)
{
    yyjson_doc *doc;
    crmi_columns c;
    *out = NULL;
    int32_t rc = crmi_answer_json(alloc, response, "records", &doc, err);
    if (rc)
        return rc;
    yyjson_val *list = yyjson_doc_get_root(doc);
    crmi_columns_init(&c, alloc);
    if (!yyjson_is_arr(list) || yyjson_arr_size(list) != n_ids)
        rc = crmi_fail(err, CRMSYNC_E_PROTOCOL, "records: %zu were asked for, %zu answered", n_ids,
                       yyjson_arr_size(list));
    if (!rc)
        rc = crmi_columns_build(&c, columns, n, err);
    if (!rc)
        rc = crmi_columns_rows(&c, object, columns, n, out, err);
    if (!rc)
        rc = read_rows(&c, list, *out, err);
    crmi_columns_clear(&c);
    yyjson_doc_free(doc);
    if (rc) {
        crmsync_rows_free(*out);
        *out = NULL;
    }
    return rc;
}
