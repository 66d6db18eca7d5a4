#include "salesforce/answer.h"
#include "salesforce/delta.h"

int32_t crmi_limits_request(crmi_request *r, crmsync_str version, crmsync_error **err)
{
    crmi_request_start(r, "GET", CRMI_REQ_IDEMPOTENT);
    crmi_request_path(r, version, "/limits");
    return crmi_request_check(r, err);
}

int32_t crmi_limits_read(const crmsync_alloc *alloc, const crmi_response *response,
                         crmsync_str name, uint64_t *max, uint64_t *remaining, crmsync_error **err)
{
    yyjson_doc *doc;
    *max = *remaining = 0;
    int32_t rc = crmi_answer_json(alloc, response, "limits", &doc, err);
    if (rc)
        return rc;
    yyjson_val *limit =
        name.len ? yyjson_obj_getn(yyjson_doc_get_root(doc), name.ptr, name.len) : NULL;
    if (!limit)
        rc = crmi_fail(err, CRMSYNC_E_NOT_FOUND, "the org does not tell its limit %.*s",
                       CRMI_SPELL(name));
    else if (!crmi_json_member_u64(limit, "Max", max) ||
             !crmi_json_member_u64(limit, "Remaining", remaining))
        rc = crmi_answer_odd(err, "limits", "/Max");
    if (rc)
        *max = *remaining = 0;
    yyjson_doc_free(doc);
    return rc;
}

/* "18/5000", with whatever comes behind */
static bool parse_usage(crmsync_str s, uint64_t *used, uint64_t *limit)
{
    ptrdiff_t slash = crmi_str_chr(s, '/');
    if (slash < 0)
        return false;
    crmsync_str right = crmi_str_sub(s, (size_t)slash + 1, s.len);
    size_t n = 0;
    while (n < right.len && right.ptr[n] >= '0' && right.ptr[n] <= '9')
        n++;
    uint64_t a, b;
    if (!crmi_str_to_u64(crmi_str_sub(s, 0, (size_t)slash), &a) ||
        !crmi_str_to_u64(crmi_str_sub(right, 0, n), &b))
        return false;
    *used = a;
    *limit = b;
    return true;
}

bool crmi_limit_info_parse(crmsync_str value, crmi_response *out)
{
    static const char org[] = "api-usage=", app[] = "per-app-api-usage=";
    bool found = false;
    while (value.len) {
        ptrdiff_t cut = crmi_str_chr(value, ';');
        crmsync_str part = crmi_str_trim(cut < 0 ? value : crmi_str_sub(value, 0, (size_t)cut));
        value = cut < 0 ? CRMI_STR_EMPTY : crmi_str_sub(value, (size_t)cut + 1, value.len);
        if (crmi_str_starts(part, org))
            found |= parse_usage(crmi_str_sub(part, sizeof org - 1, part.len), &out->api_used,
                                 &out->api_limit);
        else if (crmi_str_starts(part, app))
            found |= parse_usage(crmi_str_sub(part, sizeof app - 1, part.len), &out->app_used,
                                 &out->app_limit);
    }
    return found;
}

int32_t crmi_versions_request(crmi_request *r, crmsync_error **err)
{
    crmi_request_start(r, "GET", CRMI_REQ_IDEMPOTENT);
    crmi_buf_lit(&r->path, "/services/data");
    return crmi_request_check(r, err);
}

/* "68.0" -> 68; 0 = not a version */
static uint64_t release(crmsync_str version)
{
    uint64_t n;
    ptrdiff_t dot = crmi_str_chr(version, '.');
    if (dot < 0 || !crmi_str_to_u64(crmi_str_sub(version, 0, (size_t)dot), &n) || n > 100000)
        return 0;
    return crmi_str_is(crmi_str_sub(version, (size_t)dot, version.len), ".0") ? n : 0;
}

int32_t crmi_versions_read(const crmsync_alloc *alloc, const crmi_response *response,
                           crmsync_str version, bool *offered, crmi_buf *newest,
                           crmsync_error **err)
{
    yyjson_doc *doc;
    yyjson_val *v;
    size_t i, n;
    uint64_t best = 0;
    *offered = false;
    int32_t rc = crmi_answer_json(alloc, response, "versions", &doc, err);
    if (rc)
        return rc;
    yyjson_val *root = yyjson_doc_get_root(doc);
    yyjson_arr_foreach(root, i, n, v)
    {
        crmsync_str one = crmi_json_member_text(v, "version");
        *offered = *offered || (one.len && crmi_str_eq(one, version));
        if (release(one) <= best)
            continue;
        best = release(one);
        crmi_buf_reset(newest);
        crmi_buf_add(newest, one);
    }
    if (!best)
        rc = crmi_answer_odd(err, "versions", "");
    else if (!crmi_buf_ok(newest))
        rc = crmi_fail_nomem(err);
    yyjson_doc_free(doc);
    return rc;
}
