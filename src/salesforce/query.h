/* Queries: the request, and pages of records read into rows. */
#ifndef CRMI_SALESFORCE_QUERY_H
#define CRMI_SALESFORCE_QUERY_H

#include <crmsync/rows.h>

#include "base/json.h"
#include "salesforce/request.h"

/* One selected field, "Email" or through a parent "Account.Name". `type` is a CRMSYNC_CELL_* the
 * values must have, ABSENT = by their JSON type. "attributes.type" names the object of a row. */
typedef struct crmi_query_column {
    crmsync_str name;
    uint32_t type;
} crmi_query_column;

/*
 * Builds query (live rows) or, with `all`, queryAll (with deleted and archived ones). A statement
 * too long for a URL is wrapped in a composite: flag CRMI_REQ_WRAPPED. `batch` is a page size hint,
 * 200 to 2000, 0 = Salesforce's.
 */
int32_t crmi_query_request(crmi_request *r, crmsync_str version, crmsync_str soql, bool all,
                           uint32_t batch, crmsync_error **err);
/* Appends the host-relative URL of a query, for a part of a composite. */
void crmi_query_url(crmi_buf *out, crmsync_str version, crmsync_str soql, bool all);
/* The next page. CRMSYNC_E_INVALID when the URL is not one that a page can have named. */
int32_t crmi_query_more_request(crmi_request *r, crmsync_str next_url, crmsync_error **err);
/* Host-relative, /services/data/v<digits>/query..., and nothing that could leave it. */
bool crmi_query_next_ok(crmsync_str url);

typedef struct crmi_query_page {
    crmsync_rows *rows;  /* kind = object */
    uint64_t total_size; /* rows of the whole statement; the answer of COUNT() */
    bool done;
    crmi_buf next_url; /* empty when done */
} crmi_query_page;

void crmi_query_page_init(crmi_query_page *page, const crmsync_alloc *alloc);
void crmi_query_page_clear(crmi_query_page *page);

/*
 * Reads one page. A selected field that is null, or whose parent is, gives NULL; one that the row
 * does not carry ABSENT. With n = 0 (aggregates) the columns are those found in the rows.
 * CRMSYNC_E_PROTOCOL with a byte offset or JSON pointer for anything else than a page; then the
 * page is empty. Child sub-queries are passed over.
 */
int32_t crmi_query_page_read(const crmsync_alloc *alloc, crmsync_str body, crmsync_str object,
                             const crmi_query_column *columns, size_t n, crmi_query_page *page,
                             crmsync_error **err);
/* The same from a parsed body, such as a part of a composite. */
int32_t crmi_query_page_take(const crmsync_alloc *alloc, const yyjson_val *body, crmsync_str object,
                             const crmi_query_column *columns, size_t n, crmi_query_page *page,
                             crmsync_error **err);
/* Answer of any request of this header: errors by crmi_fail_response(), wrapped ones unwrapped.
 * `request_flags` are those of the request. */
int32_t crmi_query_answer_read(const crmsync_alloc *alloc, uint32_t request_flags,
                               const crmi_response *response, crmsync_str object,
                               const crmi_query_column *columns, size_t n, crmi_query_page *page,
                               crmsync_error **err);

#endif
