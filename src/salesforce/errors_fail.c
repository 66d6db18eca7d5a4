#include "salesforce/errors.h"

/* The error that decides is the one whose rule was chosen. */
static const crmi_sf_error *deciding(const crmi_sf_errors *errors)
{
    for (size_t i = 0; i < errors->count; i++)
        if (errors->items[i].rule == errors->rule)
            return &errors->items[i];
    return &errors->items[0];
}

static int32_t result_code(const crmi_sf_errors *errors)
{
    if (errors->rule->error_class == CRMSYNC_CLASS_AUTH)
        return CRMSYNC_E_AUTH;
    if (errors->rule->error_class == CRMSYNC_CLASS_LIMIT && errors->rule->retry == CRMI_RETRY_LATER &&
        crmi_str_is(deciding(errors)->code, "REQUEST_LIMIT_EXCEEDED"))
        return CRMSYNC_E_BUDGET; /* the org's calls of the day are used up */
    if (!errors->documented && errors->status < 400)
        return CRMSYNC_E_PROTOCOL;
    return CRMSYNC_E_SALESFORCE;
}

int32_t crmi_fail_errors(crmsync_error **err, const char *op, const crmi_sf_errors *errors,
                         uint64_t retry_after_ms)
{
    const crmi_sf_error *e = deciding(errors);
    int32_t code = result_code(errors);
    crmsync_str message = crmi_str_sub(e->message, 0, crmi_str_utf8_cut(e->message, 600));
    if (!errors->documented && !message.len)
        crmi_fail(err, code, "%s: HTTP %d without an answer of the API", op, (int)errors->status);
    else if (!e->code.len)
        crmi_fail(err, code, "%s: HTTP %d: %.*s", op, (int)errors->status, CRMI_SPELL(message));
    else
        crmi_fail(err, code, "%s: %.*s: %.*s", op, CRMI_SPELL(e->code), CRMI_SPELL(message));
    crmi_error_set_class(err, errors->rule->error_class);
    crmi_error_set_remedy(err, crmi_str(errors->rule->remedy));
    crmi_error_set_http(err, errors->status, e->code);
    crmi_error_set_retry_after(err, retry_after_ms);
    if (e->field_count)
        crmi_error_set_where(err, e->fields[0]);
    return code;
}

int32_t crmi_fail_response(crmsync_error **err, const crmsync_alloc *alloc, const char *op,
                           const crmi_response *response)
{
    crmi_arena arena;
    crmi_sf_errors errors;
    crmi_arena_init(&arena, alloc);
    int32_t rc = crmi_sf_error_read(&arena, response, &errors, err);
    if (rc == CRMSYNC_OK)
        rc = crmi_fail_errors(err, op, &errors, response->retry_after_ms);
    crmi_arena_clear(&arena);
    return rc;
}

int32_t crmi_fail_protocol(crmsync_error **err, int32_t rc, const char *what)
{
    char text[400], where[200];
    if (rc == CRMSYNC_OK || rc == CRMSYNC_E_NOMEM)
        return rc;
    if (!err || !*err)
        return crmi_fail(err, CRMSYNC_E_PROTOCOL, "%s is not what the API documents", what);
    crmsync_str message = crmsync_error_message(*err), place = crmsync_error_where(*err);
    message.len = crmi_str_utf8_cut(message, sizeof text - 1);
    place.len = crmi_str_utf8_cut(place, sizeof where - 1);
    if (message.len)
        memcpy(text, message.ptr, message.len);
    if (place.len)
        memcpy(where, place.ptr, place.len);
    message.ptr = text;
    place.ptr = where;
    crmi_fail(err, CRMSYNC_E_PROTOCOL, "%s: %.*s", what, CRMI_SPELL(message));
    crmi_error_set_where(err, place);
    crmi_error_set_remedy(err, CRMI_STR("Check that the address is a Salesforce org."));
    return CRMSYNC_E_PROTOCOL;
}
