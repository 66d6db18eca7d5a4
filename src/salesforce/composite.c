#include "salesforce/composite.h"

#include "salesforce/answer.h"
#include "salesforce/query.h"
#include "salesforce/soql.h"

void crmi_composite_begin(crmi_composite *c, crmi_request *r, crmsync_str version, bool all_or_none)
{
    crmi_request_start(r, "POST", 0);
    crmi_request_path(r, version, "/composite");
    crmi_request_json(r);
    *c = (crmi_composite){r, crmi_jw_to(&r->body), 0, 0};
    crmi_jw_object(&c->w);
    crmi_jw_member_bool(&c->w, "allOrNone", all_or_none);
    crmi_jw_member_bool(&c->w, "collateSubrequests", false); /* true since v49: order not kept */
    crmi_jw_member_array(&c->w, "compositeRequest");
}

static bool letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool reference_ok(crmsync_str s)
{
    if (!s.len || s.len > 40 || !letter(s.ptr[0]))
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (!letter(s.ptr[i]) && !(s.ptr[i] >= '0' && s.ptr[i] <= '9') && s.ptr[i] != '_')
            return false;
    return true;
}

/* What follows "/services/data/v68.0"; empty when the path is another one. */
static crmsync_str resource_of(crmsync_str path)
{
    static const char root[] = "/services/data/v";
    size_t at = sizeof root - 1;
    if (!crmi_str_starts(path, root))
        return CRMI_STR_EMPTY;
    while (at < path.len && path.ptr[at] != '/')
        at++;
    return crmi_str_sub(path, at, path.len);
}

static int32_t admit(crmi_composite *c, crmsync_str reference, crmsync_str resource,
                     crmsync_error **err)
{
    bool collection = crmi_str_starts(resource, "/composite/sobjects");
    bool heavy = collection || crmi_str_starts(resource, "/query");
    if (!reference_ok(reference))
        return crmi_fail(err, CRMSYNC_E_INVALID, "\"%.*s\" is not a reference of a composite",
                         CRMI_SPELL(crmi_str_sub(reference, 0, 60)));
    if (!resource.len || (crmi_str_starts(resource, "/composite") && !collection))
        return crmi_fail(err, CRMSYNC_E_INVALID, "part %.*s cannot stand in a composite",
                         CRMI_SPELL(reference));
    if (c->count >= CRMI_COMPOSITE_MAX)
        return crmi_fail(err, CRMSYNC_E_LIMIT, "a composite holds at most %d parts",
                         CRMI_COMPOSITE_MAX);
    if (heavy && c->heavy >= CRMI_COMPOSITE_MAX_HEAVY)
        return crmi_fail(err, CRMSYNC_E_LIMIT,
                         "a composite holds at most %d queries and collections",
                         CRMI_COMPOSITE_MAX_HEAVY);
    c->count++;
    c->heavy += heavy ? 1 : 0;
    return CRMSYNC_OK;
}

static void write_headers(crmi_jw *w, const crmi_request *part)
{
    if (!part->header_count)
        return;
    crmi_jw_member_object(w, "httpHeaders");
    for (size_t i = 0; i < part->header_count; i++) {
        crmi_jw_key(w, part->headers[i].name);
        crmi_jw_text(w, crmi_buf_str(&part->headers[i].value));
    }
    crmi_jw_object_end(w);
}

int32_t crmi_composite_add_linked(crmi_composite *c, crmsync_str reference,
                                  const crmi_request *part, crmsync_error **err)
{
    crmsync_str path = crmi_buf_str(&part->path);
    int32_t rc = crmi_request_check(part, err);
    if (!rc)
        rc = admit(c, reference, resource_of(path), err);
    if (rc)
        return rc;
    crmi_jw_object(&c->w);
    crmi_jw_key(&c->w, CRMI_STR("method"));
    crmi_jw_text(&c->w, part->method);
    crmi_jw_member_text(&c->w, "url", path);
    crmi_jw_member_text(&c->w, "referenceId", reference);
    write_headers(&c->w, part);
    if (part->body.len) {
        crmi_jw_key(&c->w, CRMI_STR("body"));
        crmi_jw_raw(&c->w, crmi_buf_str(&part->body));
    }
    crmi_jw_object_end(&c->w);
    c->request->flags |= part->flags & CRMI_REQ_WRITE;
    return CRMSYNC_OK;
}

bool crmi_composite_reserved(crmsync_str json)
{
    return crmi_str_find(json, CRMI_STR("@{")) >= 0;
}

int32_t crmi_composite_add(crmi_composite *c, crmsync_str reference, const crmi_request *part,
                           crmsync_error **err)
{
    if (crmi_composite_reserved(crmi_buf_str(&part->body))) {
        crmi_fail(err, CRMSYNC_E_INVALID,
                  "part %.*s holds \"@{\", which a composite would take for a reference",
                  CRMI_SPELL(reference));
        crmi_error_set_remedy(err, CRMI_STR("Send that record by itself, outside of a composite."));
        return CRMSYNC_E_INVALID;
    }
    return crmi_composite_add_linked(c, reference, part, err);
}

int32_t crmi_composite_add_query(crmi_composite *c, crmsync_str reference, crmsync_str version,
                                 crmsync_str soql, bool all, crmsync_error **err)
{
    if (soql.len > CRMI_SOQL_MAX)
        return crmi_fail(err, CRMSYNC_E_LIMIT, "a query has %zu bytes, %d are allowed", soql.len,
                         CRMI_SOQL_MAX);
    crmi_request part;
    crmi_request_init(&part, c->request->alloc);
    crmi_request_start(&part, "GET", CRMI_REQ_IDEMPOTENT);
    crmi_query_url(&part.path, version, soql, all);
    int32_t rc = crmi_composite_add_linked(c, reference, &part, err);
    crmi_request_clear(&part);
    return rc;
}

int32_t crmi_composite_end(crmi_composite *c, crmsync_error **err)
{
    crmi_jw_array_end(&c->w);
    crmi_jw_object_end(&c->w);
    if (!(c->request->flags & CRMI_REQ_WRITE))
        c->request->flags |= CRMI_REQ_IDEMPOTENT;
    return crmi_request_check(c->request, err);
}

static bool read_part(yyjson_val *item, crmi_composite_part *part)
{
    int64_t status;
    part->reference = crmi_json_member_text(item, "referenceId");
    part->body = crmi_json_member(item, "body");
    if (!part->reference.len || !crmi_json_member_i64(item, "httpStatusCode", &status) ||
        status < 100 || status > 599)
        return false;
    part->status = (int32_t)status;
    return !crmi_answer_repeats(item);
}

int32_t crmi_composite_take(const yyjson_val *root, size_t n, crmi_composite_answer *out,
                            crmsync_error **err)
{
    yyjson_val *item, *list = crmi_json_member(root, "compositeResponse");
    size_t i, count;
    out->count = 0;
    if (n > CRMI_COMPOSITE_MAX || !yyjson_is_arr(list) || yyjson_arr_size(list) != n ||
        crmi_answer_repeats(root))
        return crmi_answer_odd(err, "composite", "/compositeResponse");
    yyjson_arr_foreach(list, i, count, item)
    {
        crmi_composite_part part;
        if (!read_part(item, &part) || crmi_composite_find(out, part.reference)) {
            out->count = 0;
            return crmi_answer_odd(err, "composite", "/compositeResponse");
        }
        out->parts[out->count++] = part;
    }
    return CRMSYNC_OK;
}

int32_t crmi_composite_read(const crmsync_alloc *alloc, const crmi_response *response, size_t n,
                            crmi_composite_answer *out, crmsync_error **err)
{
    memset(out, 0, sizeof *out);
    int32_t rc = crmi_answer_json(alloc, response, "composite", &out->doc, err);
    if (!rc)
        rc = crmi_composite_take(yyjson_doc_get_root(out->doc), n, out, err);
    if (rc)
        crmi_composite_answer_clear(out);
    return rc;
}

const crmi_composite_part *crmi_composite_find(const crmi_composite_answer *a,
                                               crmsync_str reference)
{
    for (size_t i = 0; i < a->count; i++)
        if (crmi_str_eq(a->parts[i].reference, reference))
            return &a->parts[i];
    return NULL;
}

void crmi_composite_answer_clear(crmi_composite_answer *a)
{
    yyjson_doc_free(a->doc);
    memset(a, 0, sizeof *a);
}
