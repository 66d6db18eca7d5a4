/* Takes requests that the Salesforce layer built to the simulated org, and the answers back. */
#ifndef TESTS_ORG_EXCHANGE_H
#define TESTS_ORG_EXCHANGE_H

#include "orgsim.h"
#include "test_salesforce.h"

typedef struct exchange {
    orgsim_response raw;
    crmi_response response; /* views into it */
} exchange;

static inline exchange ask_org(orgsim *org, const crmi_request *r)
{
    exchange e;
    char bearer[256];
    crmsync_header headers[CRMI_REQ_MAX_HEADERS + 2];
    size_t n = 0;
    snprintf(bearer, sizeof bearer, "Bearer %s", orgsim_access_token(org));
    headers[n++] = (crmsync_header){CRMI_STR("Authorization"), crmi_str(bearer)};
    if (r->content_type.len)
        headers[n++] = (crmsync_header){CRMI_STR("Content-Type"), r->content_type};
    for (size_t i = 0; i < r->header_count; i++)
        headers[n++] = (crmsync_header){r->headers[i].name, crmi_buf_str(&r->headers[i].value)};
    orgsim_request request = {r->method, crmi_buf_str(&r->path), headers, n,
                              crmi_buf_str(&r->body)};
    memset(&e, 0, sizeof e);
    orgsim_handle(org, &request, &e.raw);
    e.response.status = e.raw.status;
    e.response.body = (crmsync_str){e.raw.body, e.raw.body_len};
    for (size_t i = 0; i < e.raw.header_count; i++)
        crmi_response_header(&e.response, e.raw.headers[i].name, e.raw.headers[i].value);
    return e;
}

static inline void exchange_clear(exchange *e)
{
    orgsim_response_clear(&e->raw);
}

static inline void pass_time(orgsim *org, int64_t ms)
{
    orgsim_set_now(org, orgsim_now(org) + ms);
}

#endif
