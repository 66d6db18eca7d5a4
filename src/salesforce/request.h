/* One HTTP request to build, and one answer to read: plain data between this layer and the wire. */
#ifndef CRMI_SALESFORCE_REQUEST_H
#define CRMI_SALESFORCE_REQUEST_H

#include "base/error.h"

#define CRMI_REQ_IDEMPOTENT 0x1u /* may be repeated without harm */
#define CRMI_REQ_WRITE      0x2u /* changes records: its outcome may be in doubt */
#define CRMI_REQ_TOKEN      0x4u /* carries credentials: no Authorization header, wiped after use */
#define CRMI_REQ_WRAPPED    0x8u /* a query in a composite: crmi_query_answer_read() unwraps it */

#define CRMI_REQ_MAX_HEADERS 4
#define CRMI_URI_MAX         16384 /* request line and headers; 414 or 431 above */

typedef struct crmi_request_header {
    crmsync_str name; /* static */
    crmi_buf value;
} crmi_request_header;

typedef struct crmi_request {
    const crmsync_alloc *alloc;
    crmsync_str method; /* static */
    crmi_buf path;      /* host-relative, or absolute for token requests */
    crmi_buf body;
    crmsync_str content_type; /* static; empty when there is no body */
    uint32_t flags;
    size_t header_count;
    crmi_request_header headers[CRMI_REQ_MAX_HEADERS];
} crmi_request;

void crmi_request_init(crmi_request *r, const crmsync_alloc *alloc);
void crmi_request_clear(crmi_request *r); /* frees; wipes what carries credentials */
/* Empties the request and sets method (a literal) and flags. */
void crmi_request_start(crmi_request *r, const char *method, uint32_t flags);
/* Appends "/services/data/v68.0" for version "68.0", then `rest`. */
void crmi_request_path(crmi_request *r, crmsync_str version, const char *rest);
void crmi_request_json(crmi_request *r); /* the body is JSON */
void crmi_request_form(crmi_request *r); /* the body is a form */
/* Adds a header; `name` is a literal. More than CRMI_REQ_MAX_HEADERS is a defect of the caller. */
void crmi_request_header_add(crmi_request *r, const char *name, crmsync_str value);
/* Appends name=value to a form body, percent-encoded, with "&" between. */
void crmi_request_form_add(crmi_request *r, const char *name, crmsync_str value);
/* OK, or NOMEM when any part could not be built. */
int32_t crmi_request_check(const crmi_request *r, crmsync_error **err);

typedef struct crmi_response {
    int32_t status;
    crmsync_str body;
    int64_t date_ms;          /* Date: the server's clock; 0 unknown */
    int64_t last_modified_ms; /* Last-Modified; 0 unknown */
    uint64_t retry_after_ms;  /* Retry-After; 0 unknown */
    uint64_t api_used;        /* Sforce-Limit-Info of the org's rolling day; 0 unknown */
    uint64_t api_limit;
    uint64_t app_used; /* the same for this app alone */
    uint64_t app_limit;
    uint64_t records;    /* Sforce-NumberOfRecords; 0 unknown */
    crmsync_str locator; /* Sforce-Locator; empty when there is none or it says null; borrowed */
} crmi_response;

/* Takes one response header in, if it is one of those above. */
void crmi_response_header(crmi_response *r, crmsync_str name, crmsync_str value);

/* Is it a Salesforce id, 15 or 18 letters and digits? (No checksum: that is the normalizer's.) */
bool crmi_sf_id_like(crmsync_str s);

#endif
