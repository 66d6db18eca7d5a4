#include "salesforce/request.h"

#include "base/crypto.h"
#include "base/time.h"
#include "salesforce/delta.h"

/* Enough for a token request, so that credentials are not left behind in grown-out blocks. */
#define TOKEN_BODY_RESERVE 16384

void crmi_request_init(crmi_request *r, const crmsync_alloc *alloc)
{
    memset(r, 0, sizeof *r);
    r->alloc = alloc;
    crmi_buf_init(&r->path, alloc);
    crmi_buf_init(&r->body, alloc);
    for (size_t i = 0; i < CRMI_REQ_MAX_HEADERS; i++)
        crmi_buf_init(&r->headers[i].value, alloc);
}

void crmi_request_clear(crmi_request *r)
{
    bool secret = (r->flags & CRMI_REQ_TOKEN) != 0;
    if (!r->alloc)
        return;
    (secret ? crmi_buf_wipe : crmi_buf_clear)(&r->path);
    (secret ? crmi_buf_wipe : crmi_buf_clear)(&r->body);
    for (size_t i = 0; i < CRMI_REQ_MAX_HEADERS; i++)
        (secret ? crmi_buf_wipe : crmi_buf_clear)(&r->headers[i].value);
    crmi_request_init(r, r->alloc);
}

void crmi_request_start(crmi_request *r, const char *method, uint32_t flags)
{
    if (r->flags & CRMI_REQ_TOKEN)
        crmi_request_clear(r);
    crmi_buf_reset(&r->path);
    crmi_buf_reset(&r->body);
    for (size_t i = 0; i < CRMI_REQ_MAX_HEADERS; i++)
        crmi_buf_reset(&r->headers[i].value);
    r->header_count = 0;
    r->method = crmi_str(method);
    r->content_type = CRMI_STR_EMPTY;
    r->flags = flags;
    if (flags & CRMI_REQ_TOKEN)
        crmi_buf_reserve(&r->body, TOKEN_BODY_RESERVE);
}

void crmi_request_path(crmi_request *r, crmsync_str version, const char *rest)
{
    crmi_buf_lit(&r->path, "/services/data/v");
    crmi_buf_add(&r->path, version);
    crmi_buf_lit(&r->path, rest);
}

void crmi_request_json(crmi_request *r)
{
    r->content_type = CRMI_STR("application/json; charset=UTF-8");
}

void crmi_request_form(crmi_request *r)
{
    r->content_type = CRMI_STR("application/x-www-form-urlencoded");
}

void crmi_request_header_add(crmi_request *r, const char *name, crmsync_str value)
{
    size_t at = r->header_count++;
    if (at >= CRMI_REQ_MAX_HEADERS)
        return; /* crmi_request_check() tells */
    r->headers[at].name = crmi_str(name);
    crmi_buf_add(&r->headers[at].value, value);
}

void crmi_request_form_add(crmi_request *r, const char *name, crmsync_str value)
{
    if (r->body.len)
        crmi_buf_char(&r->body, '&');
    crmi_buf_lit(&r->body, name);
    crmi_buf_char(&r->body, '=');
    crmi_buf_url(&r->body, value);
}

int32_t crmi_request_check(const crmi_request *r, crmsync_error **err)
{
    if (r->header_count > CRMI_REQ_MAX_HEADERS)
        return crmi_fail(err, CRMSYNC_E_INTERNAL, "a request has more than %d headers",
                         CRMI_REQ_MAX_HEADERS);
    bool ok = crmi_buf_ok(&r->path) && crmi_buf_ok(&r->body);
    for (size_t i = 0; i < r->header_count; i++)
        ok = ok && crmi_buf_ok(&r->headers[i].value);
    return ok ? CRMSYNC_OK : crmi_fail_nomem(err);
}

/* Seconds alone: Salesforce's edge is not known to send the date form. */
static void take_retry_after(crmi_response *r, crmsync_str value)
{
    uint64_t seconds;
    if (crmi_str_to_u64(crmi_str_trim(value), &seconds))
        r->retry_after_ms = (seconds > 86400 ? 86400 : seconds) * 1000;
}

static void take_locator(crmi_response *r, crmsync_str value)
{
    value = crmi_str_trim(value);
    r->locator =
        crmi_str_is(value, "null") ? CRMI_STR_EMPTY : value; /* bulk guide: the text null */
}

void crmi_response_header(crmi_response *r, crmsync_str name, crmsync_str value)
{
    if (crmi_str_eq_ci(name, CRMI_STR("Date")))
        crmi_http_date_parse(crmi_str_trim(value), &r->date_ms);
    else if (crmi_str_eq_ci(name, CRMI_STR("Last-Modified")))
        crmi_http_date_parse(crmi_str_trim(value), &r->last_modified_ms);
    else if (crmi_str_eq_ci(name, CRMI_STR("Retry-After")))
        take_retry_after(r, value);
    else if (crmi_str_eq_ci(name, CRMI_STR("Sforce-Limit-Info")))
        crmi_limit_info_parse(value, r);
    else if (crmi_str_eq_ci(name, CRMI_STR("Sforce-Locator")))
        take_locator(r, value);
    else if (crmi_str_eq_ci(name, CRMI_STR("Sforce-NumberOfRecords")))
        crmi_str_to_u64(crmi_str_trim(value), &r->records);
}

bool crmi_sf_id_like(crmsync_str s)
{
    if (s.len != 15 && s.len != 18)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')))
            return false;
    }
    return true;
}
