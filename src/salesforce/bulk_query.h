/* Bulk queries: a job, and its answer as pages of CSV that stream into rows. */
#ifndef CRMI_SALESFORCE_BULK_QUERY_H
#define CRMI_SALESFORCE_BULK_QUERY_H

#include "salesforce/bulk.h"
#include "salesforce/csv.h"
#include "salesforce/query.h"

#define CRMI_BULK_BATCH       2000 /* rows handed on at a time */
#define CRMI_BULK_LOCATOR_MAX 256
#define CRMI_BULK_PAGES_MAX   16 /* pages that one list may name; Salesforce names five */

/* ---- requests ---- */

/* `all`: with deleted and archived rows. Nothing is written, so an orphan is harmless. */
int32_t crmi_bulk_query_request(crmi_request *r, crmsync_str version, crmsync_str soql, bool all,
                                crmsync_error **err);
/* One page; an empty locator is the first. `max_records` 0 = as Salesforce likes. */
int32_t crmi_bulk_page_request(crmi_request *r, crmsync_str version, crmsync_str job,
                               crmsync_str locator, uint32_t max_records, crmsync_error **err);
/* Where pages begin, so that several can be read at once (API 58.0 and newer). */
int32_t crmi_bulk_pages_request(crmi_request *r, crmsync_str version, crmsync_str job,
                                crmsync_str locator, crmsync_error **err);

typedef struct crmi_bulk_pages {
    crmsync_str locators[CRMI_BULK_PAGES_MAX]; /* in the arena; empty = the first page */
    size_t count;
    crmsync_str next; /* locator of the next list; empty = this is the last */
} crmi_bulk_pages;

/* Reads such a list. Of its addresses only the locators are believed. */
int32_t crmi_bulk_pages_read(crmi_arena *arena, const crmi_response *response,
                             crmi_bulk_pages *pages, crmsync_error **err);

/* ---- one page ---- */

/* Takes up to CRMI_BULK_BATCH rows; they are emptied after the call. */
typedef int32_t (*crmi_bulk_take_fn)(void *ctx, const crmsync_rows *rows, crmsync_error **err);

typedef struct crmi_bulk_page {
    const crmsync_alloc *alloc;
    const crmi_query_column *columns; /* borrowed */
    size_t column_count;
    crmi_bulk_take_fn take;
    void *ctx;
    crmi_csv_reader reader;
    crmsync_rows *rows;
    uint32_t *map;    /* column -> column of the page */
    crmi_arena arena; /* the names that the rows are made with */
    uint64_t count;
    bool oom;
} crmi_bulk_page;

/* An empty value is NULL: the Bulk API does not tell it from an empty text. */
int32_t crmi_bulk_page_init(crmi_bulk_page *page, const crmsync_alloc *alloc, crmsync_str object,
                            const crmi_query_column *columns, size_t n, crmi_bulk_take_fn take,
                            void *ctx, crmsync_error **err);
void crmi_bulk_page_clear(crmi_bulk_page *page);
/* Bytes of the body. CRMSYNC_E_PROTOCOL with byte offset or "row N, column"; what `take` said. */
int32_t crmi_bulk_page_push(crmi_bulk_page *page, crmsync_str bytes, crmsync_error **err);
/* The body is over; `expected` rows (Sforce-NumberOfRecords), 0 = unknown. */
int32_t crmi_bulk_page_end(crmi_bulk_page *page, uint64_t expected, crmsync_error **err);

/* ---- the operation: one page after the other ---- */

/* What comes next. Persisted: numbers are never reused. */
enum {
    CRMI_BULK_QUERY_CREATE = 0,
    CRMI_BULK_QUERY_POLL = 1,
    CRMI_BULK_QUERY_PAGE = 2,
    CRMI_BULK_QUERY_DONE = 3,
    CRMI_BULK_QUERY_FAILED = 4 /* or aborted, or gone: start anew */
};

typedef struct crmi_bulk_query {
    const crmsync_alloc *alloc;
    crmsync_str version, soql, object; /* borrowed */
    bool all;
    uint32_t max_records;
    const crmi_query_column *columns;
    size_t column_count;
    crmi_bulk_take_fn take;
    void *ctx;
    uint32_t step;
    char job[CRMI_JOB_ID_LEN + 1];
    crmi_buf locator; /* of the page that is next; with job and step all that a restart needs */
    uint32_t polls, wait_ms;
    uint64_t total; /* rows of the answer, once the job is complete */
    crmi_arena arena;
    crmsync_str message; /* of a failed job */
    crmi_bulk_page page;
    bool reading;
} crmi_bulk_query;

void crmi_bulk_query_init(crmi_bulk_query *op, const crmsync_alloc *alloc, crmsync_str version,
                          crmsync_str soql, bool all);
/* Object and columns of the rows, types as crmi_query_columns_type() sets them, and their taker. */
void crmi_bulk_query_into(crmi_bulk_query *op, crmsync_str object, const crmi_query_column *columns,
                          size_t n, crmi_bulk_take_fn take, void *ctx);
void crmi_bulk_query_clear(crmi_bulk_query *op);
/* The next request, after op->wait_ms. CRMSYNC_E_STATE when there is none. */
int32_t crmi_bulk_query_next(crmi_bulk_query *op, crmi_request *r, crmsync_error **err);
/* Bytes of a page as they arrive, of a 200 answer only. */
int32_t crmi_bulk_query_body(crmi_bulk_query *op, crmsync_str bytes, crmsync_error **err);
/* The answer, of a page the rest of it. After an error op goes on with what can be repeated; rows
 * of a page that was read in part come again. */
int32_t crmi_bulk_query_feed(crmi_bulk_query *op, const crmi_response *response,
                             crmsync_error **err);
void crmi_bulk_query_lost(crmi_bulk_query *op);
/* After a restart, with what was committed after the last whole page. */
int32_t crmi_bulk_query_resume(crmi_bulk_query *op, crmsync_str job, crmsync_str locator,
                               crmsync_error **err);

#endif
