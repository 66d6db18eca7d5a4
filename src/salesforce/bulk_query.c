#include "salesforce/bulk_query.h"

#include "salesforce/answer.h"
#include "salesforce/soql.h"

int32_t crmi_bulk_query_request(crmi_request *r, crmsync_str version, crmsync_str soql, bool all,
                                crmsync_error **err)
{
    if (soql.len > CRMI_SOQL_MAX)
        return crmi_fail(err, CRMSYNC_E_LIMIT, "a query has %zu bytes, %d are allowed", soql.len,
                         CRMI_SOQL_MAX);
    crmi_request_start(r, "POST", CRMI_REQ_IDEMPOTENT);
    crmi_request_path(r, version, "/jobs/query");
    crmi_jw w = crmi_jw_to(&r->body);
    crmi_jw_object(&w);
    crmi_jw_member_text(&w, "operation", all ? CRMI_STR("queryAll") : CRMI_STR("query"));
    crmi_jw_member_text(&w, "query", soql);
    crmi_jw_member_text(&w, "contentType", CRMI_STR("CSV"));
    crmi_jw_member_text(&w, "columnDelimiter", CRMI_STR("COMMA"));
    crmi_jw_member_text(&w, "lineEnding", CRMI_STR("LF"));
    crmi_jw_object_end(&w);
    crmi_request_json(r);
    return crmi_request_check(r, err);
}

/* A locator goes into an address and into our state: letters, digits and what base64 has. */
static bool locator_ok(crmsync_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    c == '-' || c == '_' || c == '=' || c == '+' || c == '/';
        if (!good)
            return false;
    }
    return s.len <= CRMI_BULK_LOCATOR_MAX;
}

static int32_t page_path(crmi_request *r, crmsync_str version, crmsync_str job, const char *what,
                         crmsync_str locator, uint32_t max_records, crmsync_error **err)
{
    if (!locator_ok(locator))
        return crmi_fail(err, CRMSYNC_E_INVALID, "not the locator of a bulk query's page");
    crmi_request_start(r, "GET", CRMI_REQ_IDEMPOTENT);
    int32_t rc = crmi_bulk_path(r, version, CRMI_BULK_QUERY, job, what, err);
    if (rc)
        return rc;
    if (max_records) {
        crmi_buf_lit(&r->path, "?maxRecords=");
        crmi_buf_u64(&r->path, max_records);
    }
    if (locator.len) {
        crmi_buf_lit(&r->path, max_records ? "&locator=" : "?locator=");
        crmi_buf_url(&r->path, locator);
    }
    return crmi_request_check(r, err);
}

int32_t crmi_bulk_page_request(crmi_request *r, crmsync_str version, crmsync_str job,
                               crmsync_str locator, uint32_t max_records, crmsync_error **err)
{
    return page_path(r, version, job, "/results", locator, max_records, err);
}

int32_t crmi_bulk_pages_request(crmi_request *r, crmsync_str version, crmsync_str job,
                                crmsync_str locator, crmsync_error **err)
{
    return page_path(r, version, job, "/resultPages", locator, 0, err);
}

/* "...?locator=aBc&..." to "aBc"; an address without one is the first page's. */
static bool locator_of(crmi_arena *arena, crmsync_str url, crmsync_str *out)
{
    ptrdiff_t at = crmi_str_find(url, CRMI_STR("locator="));
    *out = CRMI_STR_EMPTY;
    if (at < 0)
        return true;
    crmsync_str rest = crmi_str_sub(url, (size_t)at + 8, url.len);
    ptrdiff_t end = crmi_str_chr(rest, '&');
    return crmi_arena_str(arena, crmi_str_sub(rest, 0, end < 0 ? rest.len : (size_t)end), out);
}

static int32_t take_pages(crmi_arena *arena, const yyjson_val *root, crmi_bulk_pages *pages,
                          crmsync_error **err)
{
    size_t i, n;
    yyjson_val *v, *list = crmi_json_member(root, "resultPages");
    crmsync_str next = crmi_json_member_text(root, "nextRecordsUrl");
    if (!next.len) /* the table of the guide spells it so */
        next = crmi_json_member_text(root, "nextRecordUrl");
    if (!yyjson_is_arr(list) || yyjson_arr_size(list) > CRMI_BULK_PAGES_MAX)
        return crmi_answer_odd(err, "bulk pages", "/resultPages");
    yyjson_arr_foreach(list, i, n, v)
    {
        crmsync_str url = crmi_json_member_text(v, "resultUrl");
        if (!url.len)
            return crmi_answer_odd(err, "bulk pages", "/resultPages/resultUrl");
        if (!locator_of(arena, url, &pages->locators[pages->count]))
            return crmi_fail_nomem(err);
        if (!locator_ok(pages->locators[pages->count++]))
            return crmi_answer_odd(err, "bulk pages", "/resultPages/resultUrl");
    }
    if (next.len && !locator_of(arena, next, &pages->next))
        return crmi_fail_nomem(err);
    bool done = crmi_json_member_bool(root, "done", !pages->next.len);
    if (!locator_ok(pages->next) || (!done && !pages->next.len))
        return crmi_answer_odd(err, "bulk pages", "/nextRecordsUrl");
    return CRMSYNC_OK;
}

int32_t crmi_bulk_pages_read(crmi_arena *arena, const crmi_response *response,
                             crmi_bulk_pages *pages, crmsync_error **err)
{
    yyjson_doc *doc;
    memset(pages, 0, sizeof *pages);
    int32_t rc = crmi_answer_json(arena->alloc, response, "bulk pages", &doc, err);
    if (rc)
        return rc;
    rc = take_pages(arena, yyjson_doc_get_root(doc), pages, err);
    yyjson_doc_free(doc);
    if (rc)
        memset(pages, 0, sizeof *pages);
    return rc;
}

/* ---- the operation ---- */

void crmi_bulk_query_init(crmi_bulk_query *op, const crmsync_alloc *alloc, crmsync_str version,
                          crmsync_str soql, bool all)
{
    memset(op, 0, sizeof *op);
    op->alloc = alloc;
    op->version = version;
    op->soql = soql;
    op->all = all;
    crmi_buf_init(&op->locator, alloc);
    crmi_arena_init(&op->arena, alloc);
}

void crmi_bulk_query_into(crmi_bulk_query *op, crmsync_str object, const crmi_query_column *columns,
                          size_t n, crmi_bulk_take_fn take, void *ctx)
{
    op->object = object;
    op->columns = columns;
    op->column_count = n;
    op->take = take;
    op->ctx = ctx;
}

static void drop_page(crmi_bulk_query *op)
{
    if (op->reading)
        crmi_bulk_page_clear(&op->page);
    op->reading = false;
}

void crmi_bulk_query_clear(crmi_bulk_query *op)
{
    if (!op->alloc)
        return;
    drop_page(op);
    crmi_buf_clear(&op->locator);
    crmi_arena_clear(&op->arena);
    memset(op, 0, sizeof *op);
}

int32_t crmi_bulk_query_next(crmi_bulk_query *op, crmi_request *r, crmsync_error **err)
{
    crmsync_str job = crmi_str(op->job);
    switch (op->step) {
    case CRMI_BULK_QUERY_CREATE:
        return crmi_bulk_query_request(r, op->version, op->soql, op->all, err);
    case CRMI_BULK_QUERY_POLL:
        return crmi_bulk_job_request(r, op->version, CRMI_BULK_QUERY, job, err);
    case CRMI_BULK_QUERY_PAGE:
        return crmi_bulk_page_request(r, op->version, job, crmi_buf_str(&op->locator),
                                      op->max_records, err);
    default: return crmi_fail(err, CRMSYNC_E_STATE, "the bulk query has ended");
    }
}

int32_t crmi_bulk_query_body(crmi_bulk_query *op, crmsync_str bytes, crmsync_error **err)
{
    int32_t rc = CRMSYNC_OK;
    if (op->step != CRMI_BULK_QUERY_PAGE)
        return crmi_fail(err, CRMSYNC_E_STATE, "no page is being read");
    if (!op->reading)
        rc = crmi_bulk_page_init(&op->page, op->alloc, op->object, op->columns, op->column_count,
                                 op->take, op->ctx, err);
    op->reading = op->reading || !rc;
    if (!rc && bytes.len)
        rc = crmi_bulk_page_push(&op->page, bytes, err);
    if (rc)
        drop_page(op);
    return rc;
}

static int32_t feed_job(crmi_bulk_query *op, const crmi_response *response, crmsync_error **err)
{
    crmi_bulk_job job;
    int32_t rc = crmi_bulk_job_read(&op->arena, response, &job, err);
    if (rc)
        return rc;
    memcpy(op->job, job.id, sizeof op->job);
    op->wait_ms = 0;
    if (job.state < CRMI_JOB_COMPLETE) {
        op->step = CRMI_BULK_QUERY_POLL;
        op->wait_ms = crmi_bulk_poll_wait(op->polls++);
    } else if (job.state == CRMI_JOB_COMPLETE) {
        op->step = CRMI_BULK_QUERY_PAGE;
        op->total = job.processed;
    } else {
        op->step = CRMI_BULK_QUERY_FAILED;
        op->message = job.error_message;
    }
    return CRMSYNC_OK;
}

static int32_t feed_page(crmi_bulk_query *op, const crmi_response *response, crmsync_error **err)
{
    if (response->status != 200)
        return crmi_fail_response(err, op->alloc, "bulk query results", response);
    if (!locator_ok(response->locator) ||
        (response->locator.len && crmi_str_eq(response->locator, crmi_buf_str(&op->locator))))
        return crmi_answer_odd(err, "bulk query results", "Sforce-Locator");
    int32_t rc = crmi_bulk_query_body(op, response->body, err);
    if (!rc)
        rc = crmi_bulk_page_end(&op->page, response->records, err);
    if (rc)
        return rc;
    drop_page(op);
    crmi_buf_reset(&op->locator);
    crmi_buf_add(&op->locator, response->locator);
    if (!response->locator.len)
        op->step = CRMI_BULK_QUERY_DONE;
    return crmi_buf_ok(&op->locator) ? CRMSYNC_OK : crmi_fail_nomem(err);
}

int32_t crmi_bulk_query_feed(crmi_bulk_query *op, const crmi_response *response,
                             crmsync_error **err)
{
    bool page = op->step == CRMI_BULK_QUERY_PAGE;
    if (op->step > CRMI_BULK_QUERY_PAGE)
        return crmi_fail(err, CRMSYNC_E_STATE, "the bulk query has ended");
    int32_t rc = page ? feed_page(op, response, err) : feed_job(op, response, err);
    if (rc)
        drop_page(op);
    if (rc && response->status == 404 && op->job[0])
        op->step = CRMI_BULK_QUERY_FAILED;
    return rc;
}

void crmi_bulk_query_lost(crmi_bulk_query *op)
{
    drop_page(op); /* every request of it can be repeated */
}

int32_t crmi_bulk_query_resume(crmi_bulk_query *op, crmsync_str job, crmsync_str locator,
                               crmsync_error **err)
{
    if (!crmi_sf_id_like(job) || !locator_ok(locator))
        return crmi_fail(err, CRMSYNC_E_CORRUPT,
                         "what was stored of a bulk query is no such thing");
    memcpy(op->job, job.ptr, job.len);
    op->job[job.len] = '\0';
    crmi_buf_reset(&op->locator);
    crmi_buf_add(&op->locator, locator);
    op->step = locator.len ? CRMI_BULK_QUERY_PAGE : CRMI_BULK_QUERY_POLL;
    return crmi_buf_ok(&op->locator) ? CRMSYNC_OK : crmi_fail_nomem(err);
}
