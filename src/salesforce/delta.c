#include "salesforce/delta.h"

#include "base/time.h"
#include "salesforce/answer.h"

#define MINUTE_MS INT64_C(60000)

static int64_t floor_minute(int64_t ms)
{
    int64_t rest = ms % MINUTE_MS;
    return ms - (rest < 0 ? rest + MINUTE_MS : rest);
}

static void add_instant(crmi_buf *path, const char *name, int64_t ms)
{
    crmi_buf text;
    crmi_buf_init(&text, path->alloc);
    crmi_buf_datetime_s(&text, ms);
    crmi_buf_lit(path, name);
    crmi_buf_url(path, crmi_buf_str(&text));
    path->oom = path->oom || !crmi_buf_ok(&text);
    crmi_buf_clear(&text);
}

static int32_t delta_request(crmi_request *r, crmsync_str version, crmsync_str object,
                             const char *kind, int64_t start_ms, int64_t end_ms,
                             crmsync_error **err)
{
    int32_t rc = crmi_object_check(object, err);
    if (rc)
        return rc;
    int64_t start = floor_minute(start_ms), end = floor_minute(end_ms + MINUTE_MS - 1);
    if (end < start + MINUTE_MS)
        end = start + MINUTE_MS;
    crmi_request_start(r, "GET", CRMI_REQ_IDEMPOTENT);
    crmi_request_path(r, version, "/sobjects/");
    crmi_buf_add(&r->path, object);
    crmi_buf_lit(&r->path, kind);
    add_instant(&r->path, "?start=", start);
    add_instant(&r->path, "&end=", end);
    return crmi_request_check(r, err);
}

int32_t crmi_updated_request(crmi_request *r, crmsync_str version, crmsync_str object,
                             int64_t start_ms, int64_t end_ms, crmsync_error **err)
{
    return delta_request(r, version, object, "/updated/", start_ms, end_ms, err);
}

int32_t crmi_deleted_request(crmi_request *r, crmsync_str version, crmsync_str object,
                             int64_t start_ms, int64_t end_ms, crmsync_error **err)
{
    return delta_request(r, version, object, "/deleted/", start_ms, end_ms, err);
}

static int32_t take_record(crmi_arena *arena, const yyjson_val *v, crmi_deleted_record *out,
                           crmsync_error **err)
{
    crmsync_str id = crmi_json_text(v);
    if (!id.ptr) {
        id = crmi_json_member_text(v, "id");
        if (!crmi_datetime_parse(crmi_json_member_text(v, "deletedDate"), &out->deleted_ms))
            return crmi_answer_odd(err, "deleted records", "/deletedRecords");
    }
    if (!crmi_sf_id_like(id))
        return crmi_answer_odd(err, "changed records", "/ids");
    return crmi_arena_str(arena, id, &out->id) ? CRMSYNC_OK : crmi_fail_nomem(err);
}

static int32_t take_delta(crmi_arena *arena, const yyjson_val *root, const char *list_name,
                          const char *op, crmi_delta *out, crmsync_error **err)
{
    yyjson_val *v, *list = crmi_json_member(root, list_name);
    size_t i, n;
    if (!yyjson_is_arr(list) || crmi_answer_repeats(root))
        return crmi_answer_odd(err, op, "");
    if (!crmi_datetime_parse(crmi_json_member_text(root, "latestDateCovered"),
                             &out->latest_covered_ms))
        return crmi_answer_odd(err, op, "/latestDateCovered");
    n = yyjson_arr_size(list);
    crmi_deleted_record *records = crmi_arena_array(arena, n ? n : 1, sizeof *records);
    if (!records)
        return crmi_fail_nomem(err);
    out->records = records;
    yyjson_arr_foreach(list, i, n, v)
    {
        int32_t rc = take_record(arena, v, &records[i], err);
        if (rc)
            return rc;
        out->count++;
    }
    return CRMSYNC_OK;
}

int32_t crmi_updated_read(crmi_arena *arena, const crmi_response *response, crmi_delta *out,
                          crmsync_error **err)
{
    yyjson_doc *doc;
    memset(out, 0, sizeof *out);
    int32_t rc = crmi_answer_json(arena->alloc, response, "updated records", &doc, err);
    if (rc)
        return rc;
    rc = take_delta(arena, yyjson_doc_get_root(doc), "ids", "updated records", out, err);
    yyjson_doc_free(doc);
    if (rc)
        memset(out, 0, sizeof *out);
    return rc;
}

int32_t crmi_deleted_read(crmi_arena *arena, const crmi_response *response, crmi_delta *out,
                          crmsync_error **err)
{
    yyjson_doc *doc;
    memset(out, 0, sizeof *out);
    int32_t rc = crmi_answer_json(arena->alloc, response, "deleted records", &doc, err);
    if (rc)
        return rc;
    const yyjson_val *root = yyjson_doc_get_root(doc);
    rc = take_delta(arena, root, "deletedRecords", "deleted records", out, err);
    if (!rc && !crmi_datetime_parse(crmi_json_member_text(root, "earliestDateAvailable"),
                                    &out->earliest_available_ms))
        rc = crmi_answer_odd(err, "deleted records", "/earliestDateAvailable");
    yyjson_doc_free(doc);
    if (rc)
        memset(out, 0, sizeof *out);
    return rc;
}
