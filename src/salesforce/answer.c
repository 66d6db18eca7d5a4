#include "salesforce/answer.h"

#include "salesforce/soql.h"

#define MAX_MEMBERS 64 /* no object that is looked at so has more than ten */

typedef int32_t (*json_reader)(const crmsync_alloc *alloc, crmsync_str text, yyjson_doc **out,
                               crmsync_error **err);

static int32_t read_with(json_reader reader, const crmsync_alloc *alloc,
                         const crmi_response *response, const char *op, yyjson_doc **doc,
                         crmsync_error **err)
{
    crmsync_error *fault = NULL;
    *doc = NULL;
    if (response->status != 200)
        return crmi_fail_response(err, alloc, op, response);
    int32_t rc = reader(alloc, response->body, doc, &fault);
    if (rc == CRMSYNC_OK)
        return CRMSYNC_OK;
    rc = crmi_fail_protocol(&fault, rc, op);
    crmi_error_set_http(&fault, response->status, CRMI_STR_EMPTY);
    if (err) {
        crmi_error_drop(err);
        *err = fault;
    } else {
        crmi_error_drop(&fault);
    }
    return rc;
}

int32_t crmi_answer_json(const crmsync_alloc *alloc, const crmi_response *response, const char *op,
                         yyjson_doc **doc, crmsync_error **err)
{
    return read_with(crmi_json_read, alloc, response, op, doc, err);
}

int32_t crmi_answer_json_deep(const crmsync_alloc *alloc, const crmi_response *response,
                              const char *op, yyjson_doc **doc, crmsync_error **err)
{
    return read_with(crmi_json_read_deep, alloc, response, op, doc, err);
}

int32_t crmi_answer_odd(crmsync_error **err, const char *op, const char *where)
{
    crmi_fail(err, CRMSYNC_E_PROTOCOL, "%s: the answer is not what the API documents at %s", op,
              *where ? where : "its top");
    crmi_error_set_where(err, crmi_str(where));
    return CRMSYNC_E_PROTOCOL;
}

bool crmi_answer_repeats(const yyjson_val *object)
{
    yyjson_obj_iter outer, inner;
    yyjson_val *o, *a, *b;
    memcpy(&o, &object, sizeof o);
    if (!yyjson_obj_iter_init(o, &outer))
        return false;
    if (yyjson_obj_size(o) > MAX_MEMBERS)
        return true;
    while ((a = yyjson_obj_iter_next(&outer))) {
        inner = outer;
        while ((b = yyjson_obj_iter_next(&inner)))
            if (crmi_str_eq(crmi_json_text(a), crmi_json_text(b)))
                return true;
    }
    return false;
}

int32_t crmi_object_check(crmsync_str object, crmsync_error **err)
{
    if (crmi_soql_name_ok(object) && crmi_str_chr(object, '.') < 0)
        return CRMSYNC_OK;
    return crmi_fail(err, CRMSYNC_E_INVALID, "\"%.*s\" is not the API name of an object",
                     CRMI_SPELL(crmi_str_sub(object, 0, 100)));
}

int32_t crmi_id_check(crmsync_str object, crmsync_str id, crmsync_error **err)
{
    int32_t rc = crmi_object_check(object, err);
    if (rc || crmi_sf_id_like(id))
        return rc;
    return crmi_fail(err, CRMSYNC_E_INVALID, "%.*s: \"%.*s\" is not a Salesforce id",
                     CRMI_SPELL(object), CRMI_SPELL(crmi_str_sub(id, 0, 40)));
}
