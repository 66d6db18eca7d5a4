#include "net/wire.h"

#define MAX_HEADERS (CRMI_REQ_MAX_HEADERS + 3)

static bool has_header(const crmi_request *r, const char *name)
{
    for (size_t i = 0; i < r->header_count; i++) {
        if (crmi_str_eq_ci(r->headers[i].name, crmi_str(name)))
            return true;
    }
    return false;
}

static size_t fill_headers(const crmi_request *r, crmsync_str authorization, crmsync_header *out)
{
    size_t n = 0;
    if (authorization.len)
        out[n++] = (crmsync_header){CRMI_STR("Authorization"), authorization};
    if (!has_header(r, "Accept"))
        out[n++] = (crmsync_header){CRMI_STR("Accept"), CRMI_STR("application/json")};
    if (r->content_type.len)
        out[n++] = (crmsync_header){CRMI_STR("Content-Type"), r->content_type};
    for (size_t i = 0; i < r->header_count; i++)
        out[n++] = (crmsync_header){r->headers[i].name, crmi_buf_str(&r->headers[i].value)};
    return n;
}

int32_t crmi_wire_submit(crmi_pump *pump, const crmi_request *request, const crmi_wire *wire,
                         crmi_exchange **out, crmsync_error **err)
{
    crmsync_header headers[MAX_HEADERS];
    crmi_buf authorization;
    bool secret = (request->flags & CRMI_REQ_TOKEN) != 0;
    *out = NULL;
    crmi_buf_init(&authorization, pump->alloc);
    if (wire->bearer.len && !secret) {
        crmi_buf_lit(&authorization, "Bearer ");
        crmi_buf_add(&authorization, wire->bearer);
    }
    int32_t rc =
        crmi_buf_ok(&authorization) ? crmi_request_check(request, err) : crmi_fail_nomem(err);
    if (!rc) {
        crmi_send send = {.method = request->method,
                          .url = wire->url,
                          .body = crmi_buf_str(&request->body),
                          .headers = headers,
                          .header_count =
                              fill_headers(request, crmi_buf_str(&authorization), headers),
                          .not_after = wire->not_after,
                          .timeout_ms = wire->timeout_ms,
                          .flags = secret ? CRMI_EXCHANGE_SECRET : 0,
                          .on_body = wire->on_body,
                          .body_ctx = wire->body_ctx};
        if (request->flags & CRMI_REQ_IDEMPOTENT)
            send.http_flags |= CRMSYNC_HTTP_IDEMPOTENT;
        rc = crmi_pump_submit(pump, &send, out, err);
    }
    crmi_buf_wipe(&authorization);
    return rc;
}

void crmi_wire_response(const crmi_exchange *ex, crmi_response *out)
{
    *out = (crmi_response){.status = ex->status, .body = crmi_buf_str(&ex->body)};
    for (size_t i = 0; i < ex->header_count; i++)
        crmi_response_header(out, ex->headers[i].name, ex->headers[i].value);
}

bool crmi_wire_html(const crmi_exchange *ex)
{
    crmsync_str type = crmi_exchange_header(ex, "Content-Type");
    crmsync_str body = crmi_str_trim(crmi_buf_str(&ex->body));
    if (type.len >= 9 && crmi_str_eq_ci(crmi_str_sub(type, 0, 9), CRMI_STR("text/html")))
        return true;
    return body.len && body.ptr[0] == '<';
}
