#include "salesforce/query.h"

#include <stdio.h>

#include "model/rows.h"
#include "salesforce/answer.h"
#include "salesforce/columns.h"
#include "salesforce/composite.h"
#include "salesforce/soql.h"

#define GET_MAX      8000 /* bytes of a URL; the rest of CRMI_URI_MAX is for headers and proxies */
#define NEXT_URL_MAX 512

void crmi_query_url(crmi_buf *out, crmsync_str version, crmsync_str soql, bool all)
{
    crmi_buf_lit(out, "/services/data/v");
    crmi_buf_add(out, version);
    crmi_buf_lit(out, all ? "/queryAll?q=" : "/query?q=");
    crmi_buf_url(out, soql);
}

static void add_batch(crmi_request *r, uint32_t batch)
{
    char text[32];
    if (!batch)
        return;
    batch = batch < 200 ? 200 : batch > 2000 ? 2000 : batch;
    snprintf(text, sizeof text, "batchSize=%u", (unsigned)batch);
    crmi_request_header_add(r, "Sforce-Query-Options", crmi_str(text));
}

static int32_t wrap(crmi_request *r, crmsync_str version, crmsync_str soql, bool all,
                    uint32_t batch, crmsync_error **err)
{
    crmi_composite c;
    crmi_request part;
    crmi_request_init(&part, r->alloc);
    crmi_request_start(&part, "GET", CRMI_REQ_IDEMPOTENT);
    crmi_query_url(&part.path, version, soql, all);
    add_batch(&part, batch);
    crmi_composite_begin(&c, r, version, false);
    int32_t rc = crmi_composite_add(&c, CRMI_STR("q"), &part, err);
    if (!rc)
        rc = crmi_composite_end(&c, err);
    r->flags |= CRMI_REQ_WRAPPED;
    crmi_request_clear(&part);
    return rc;
}

int32_t crmi_query_request(crmi_request *r, crmsync_str version, crmsync_str soql, bool all,
                           uint32_t batch, crmsync_error **err)
{
    if (soql.len > CRMI_SOQL_MAX)
        return crmi_fail(err, CRMSYNC_E_LIMIT, "a query has %zu bytes, %d are allowed", soql.len,
                         CRMI_SOQL_MAX);
    if (crmi_soql_url_len(soql) > GET_MAX)
        return wrap(r, version, soql, all, batch, err);
    crmi_request_start(r, "GET", CRMI_REQ_IDEMPOTENT);
    crmi_query_url(&r->path, version, soql, all);
    add_batch(r, batch);
    return crmi_request_check(r, err);
}

static bool locator_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

static void skip_version(crmsync_str url, size_t *at)
{
    while (*at < url.len && ((url.ptr[*at] >= '0' && url.ptr[*at] <= '9') || url.ptr[*at] == '.'))
        (*at)++;
}

bool crmi_query_next_ok(crmsync_str url)
{
    static const char root[] = "/services/data/v";
    size_t at = sizeof root - 1;
    if (url.len > NEXT_URL_MAX || !crmi_str_starts(url, root))
        return false;
    skip_version(url, &at);
    crmsync_str rest = crmi_str_sub(url, at, url.len);
    if (crmi_str_eq_ci(crmi_str_sub(rest, 0, 10), CRMI_STR("/queryAll/")))
        rest = crmi_str_sub(rest, 10, rest.len);
    else if (crmi_str_eq_ci(crmi_str_sub(rest, 0, 7), CRMI_STR("/query/")))
        rest = crmi_str_sub(rest, 7, rest.len);
    else
        return false;
    for (size_t i = 0; i < rest.len; i++)
        if (!locator_char(rest.ptr[i]))
            return false;
    return at > sizeof root - 1 && rest.len > 0;
}

int32_t crmi_query_more_request(crmi_request *r, crmsync_str next_url, crmsync_error **err)
{
    if (!crmi_query_next_ok(next_url))
        return crmi_fail(err, CRMSYNC_E_INVALID, "not the address of a query's next page");
    crmi_request_start(r, "GET", CRMI_REQ_IDEMPOTENT);
    crmi_buf_add(&r->path, next_url);
    return crmi_request_check(r, err);
}

void crmi_query_page_init(crmi_query_page *page, const crmsync_alloc *alloc)
{
    memset(page, 0, sizeof *page);
    crmi_buf_init(&page->next_url, alloc);
}

void crmi_query_page_clear(crmi_query_page *page)
{
    const crmsync_alloc *alloc = page->next_url.alloc;
    crmsync_rows_free(page->rows);
    if (alloc)
        crmi_buf_clear(&page->next_url);
    crmi_query_page_init(page, alloc);
}

static int32_t read_frame(const yyjson_val *body, crmi_query_page *page, crmsync_error **err)
{
    int64_t total;
    yyjson_val *done = crmi_json_member(body, "done");
    crmsync_str next = crmi_json_member_text(body, "nextRecordsUrl");
    if (!yyjson_is_bool(done) || crmi_answer_repeats(body))
        return crmi_answer_odd(err, "query", "/done");
    if (!crmi_json_member_i64(body, "totalSize", &total))
        return crmi_answer_odd(err, "query", "/totalSize");
    if (!yyjson_is_arr(crmi_json_member(body, "records")))
        return crmi_answer_odd(err, "query", "/records");
    page->done = yyjson_get_bool(done);
    page->total_size = total > 0 ? (uint64_t)total : 0;
    if (page->done)
        return CRMSYNC_OK;
    if (!crmi_query_next_ok(next))
        return crmi_answer_odd(err, "query", "/nextRecordsUrl");
    crmi_buf_add(&page->next_url, next);
    return crmi_buf_ok(&page->next_url) ? CRMSYNC_OK : crmi_fail_nomem(err);
}

static int32_t read_records(crmi_columns *c, yyjson_val *records, bool kept, crmsync_rows *rows,
                            crmsync_error **err)
{
    yyjson_val *record;
    size_t i, n;
    int32_t rc = CRMSYNC_OK;
    if (!crmi_rows_reserve(rows, yyjson_arr_size(records)))
        return crmi_fail_nomem(err);
    yyjson_arr_foreach(records, i, n, record)
    {
        if (kept)
            rc = crmi_columns_append(c, record, "/records/", i, rows, err);
        else
            rc = crmi_columns_read(c, record, "/records/", i, err);
        if (!rc && !kept && !crmi_rows_append_checked(rows, c->cells, c->count))
            rc = crmi_fail_nomem(err);
        if (rc)
            return rc;
    }
    return rc;
}

/* `kept` = the document of the body will live as long as the page: no text is copied. */
static int32_t read_page(const crmsync_alloc *alloc, const yyjson_val *body, bool kept,
                         crmsync_str object, const crmi_query_column *columns, size_t n,
                         crmi_query_page *page, crmsync_error **err)
{
    crmi_columns c;
    yyjson_val *records = crmi_json_member(body, "records");
    crmi_query_page_clear(page);
    crmi_columns_init(&c, alloc);
    int32_t rc = read_frame(body, page, err);
    if (!rc && !n) {
        rc = crmi_columns_discover(&c, records, err);
        columns = c.found;
        n = c.found_count;
    }
    if (!rc)
        rc = crmi_columns_build(&c, columns, n, err);
    if (!rc)
        rc = crmi_columns_rows(&c, object, columns, n, &page->rows, err);
    if (c.found_count)
        rc = crmi_fail_protocol(err, rc, "query");
    if (!rc)
        rc = read_records(&c, records, kept, page->rows, err);
    crmi_columns_clear(&c);
    if (rc)
        crmi_query_page_clear(page);
    return rc;
}

int32_t crmi_query_page_take(const crmsync_alloc *alloc, const yyjson_val *body, crmsync_str object,
                             const crmi_query_column *columns, size_t n, crmi_query_page *page,
                             crmsync_error **err)
{
    return read_page(alloc, body, false, object, columns, n, page, err);
}

int32_t crmi_query_page_read(const crmsync_alloc *alloc, crmsync_str body, crmsync_str object,
                             const crmi_query_column *columns, size_t n, crmi_query_page *page,
                             crmsync_error **err)
{
    return crmi_query_answer_read(alloc, 0, &(crmi_response){.status = 200, .body = body}, object,
                                  columns, n, page, err);
}

/* A refused part is reported as the refusal it is, not as one of the composite. */
static int32_t unwrap(const crmsync_alloc *alloc, const yyjson_val *root, const yyjson_val **body,
                      crmsync_error **err)
{
    crmi_composite_answer answer = {0};
    crmi_sf_errors errors;
    crmi_arena arena;
    int32_t rc = crmi_composite_take(root, 1, &answer, err);
    if (rc)
        return rc;
    *body = answer.parts[0].body;
    if (answer.parts[0].status == 200)
        return CRMSYNC_OK;
    crmi_arena_init(&arena, alloc);
    rc = crmi_sf_error_take(&arena, answer.parts[0].status, *body, &errors, err);
    if (!rc)
        rc = crmi_fail_errors(err, "query", &errors, 0);
    crmi_arena_clear(&arena);
    return rc;
}

int32_t crmi_query_answer_read(const crmsync_alloc *alloc, uint32_t request_flags,
                               const crmi_response *response, crmsync_str object,
                               const crmi_query_column *columns, size_t n, crmi_query_page *page,
                               crmsync_error **err)
{
    yyjson_doc *doc;
    bool wrapped = (request_flags & CRMI_REQ_WRAPPED) != 0;
    crmi_query_page_clear(page);
    int32_t rc = wrapped ? crmi_answer_json(alloc, response, "query", &doc, err)
                         : crmi_answer_json_deep(alloc, response, "query", &doc, err);
    if (rc)
        return rc;
    const yyjson_val *body = yyjson_doc_get_root(doc);
    if (wrapped)
        rc = unwrap(alloc, body, &body, err);
    if (!rc)
        rc = read_page(alloc, body, true, object, columns, n, page, err);
    if (rc)
        yyjson_doc_free(doc);
    else
        crmi_rows_keep(page->rows, doc);
    return rc;
}
