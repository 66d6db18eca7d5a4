#include "sync/bulk_read.h"

#include "salesforce/value.h"

#define SPOOL_MAX   ((size_t)256 << 10) /* a page is paused when so much of it waits */
#define SLICE       ((size_t)128 << 10) /* read between two looks at the lease */
#define TRIES_MAX   5u                  /* of a page that breaks off */
#define TRY_WAIT_MS 2000u
#define TIMEOUT_MS  1200000u /* what Salesforce gives a download (Bulk API 2.0 limits) */
#define LISTS_FROM  58       /* API version that lists pages */
#define CHAIN_ROWS  50000u   /* per page where they are not listed */

static int32_t answers(crmi_task *task, crmsync_error **err);

/* Hands an error on, or forgets it when there is none to tell. */
static int32_t told(int32_t rc, crmsync_error *own, crmsync_error **err)
{
    if (rc && err) {
        crmi_error_drop(err);
        *err = own;
    } else {
        crmsync_error_free(own);
    }
    return rc;
}

void crmi_bulk_read_init(crmi_bulk_read *b, crmi_task *task)
{
    const crmsync_alloc *alloc = crmi_workspace_alloc(task->job->ws);
    memset(b, 0, sizeof *b);
    b->task = task;
    b->in_flight = 1;
    crmi_buf_init(&b->list, alloc);
    crmi_arena_init(&b->arena, alloc);
    for (size_t i = 0; i < CRMI_TASK_CALLS; i++)
        crmi_buf_init(&b->streams[i].spool, alloc);
}

static void stream_end(crmi_bulk_stream *s)
{
    if (s->open)
        crmi_bulk_page_clear(&s->page);
    s->open = s->broken = false;
    s->taken = 0;
    crmi_buf_reset(&s->spool);
}

void crmi_bulk_read_clear(crmi_bulk_read *b)
{
    if (!b->task)
        return;
    for (size_t i = 0; i < CRMI_TASK_CALLS; i++) {
        stream_end(&b->streams[i]);
        crmi_buf_clear(&b->streams[i].spool);
    }
    crmi_buf_clear(&b->list);
    crmi_arena_clear(&b->arena);
    if (b->task->reading == b)
        b->task->reading = NULL;
    memset(b, 0, sizeof *b);
}

static bool lists_pages(const crmi_bulk_read *b)
{
    uint64_t major = 0;
    crmsync_str version = crmi_workspace_api_version(b->task->job->ws);
    ptrdiff_t dot = crmi_str_chr(version, '.');
    crmi_str_to_u64(crmi_str_sub(version, 0, dot < 0 ? version.len : (size_t)dot), &major);
    return major >= LISTS_FROM && b->in_flight > 1;
}

/* Without lists: the page that the locator names, the next one by its answer. */
static int32_t list_one(crmi_bulk_read *b, crmsync_error **err)
{
    memset(&b->pages, 0, sizeof b->pages);
    memset(b->done, 0, sizeof b->done);
    b->first = 0;
    b->pages.count = 1;
    b->step = CRMI_BULK_READ_PAGES;
    return crmi_arena_str(&b->arena, crmi_buf_str(&b->list), &b->pages.locators[0])
               ? CRMSYNC_OK
               : crmi_fail_nomem(err);
}

int32_t crmi_bulk_read_begin(crmi_bulk_read *b, crmsync_str job, crmsync_str list, size_t first,
                             crmsync_error **err)
{
    b->step = CRMI_BULK_READ_CREATE;
    b->polls = b->tries = 0;
    b->first = 0;
    b->job[0] = '\0';
    b->task->reading = b;
    crmi_buf_reset(&b->list);
    if (!job.len)
        return CRMSYNC_OK;
    if (!crmi_sf_id_like(job) || first > CRMI_BULK_PAGES_MAX)
        return crmi_fail(err, CRMSYNC_E_CORRUPT, "what was stored of a bulk query is no such thing");
    memcpy(b->job, job.ptr, job.len);
    b->job[job.len] = '\0';
    b->first = first;
    b->step = list.len || first ? CRMI_BULK_READ_LIST : CRMI_BULK_READ_POLL;
    crmi_buf_add(&b->list, list);
    if (!crmi_buf_ok(&b->list))
        return crmi_fail_nomem(err);
    return b->step == CRMI_BULK_READ_LIST && !lists_pages(b) ? list_one(b, err) : CRMSYNC_OK;
}

/* ---- asking ---- */

/* A piece of a page, inside the transport's poll: kept, and read by the next step. */
static int32_t spool(void *ctx, crmsync_str bytes)
{
    crmi_bulk_stream *s = ctx;
    crmi_buf_add(&s->spool, bytes);
    s->task->pieces = true;
    if (!crmi_buf_ok(&s->spool))
        return CRMSYNC_HTTP_BODY_LIMIT;
    return s->spool.len - s->taken >= SPOOL_MAX ? CRMSYNC_HTTP_BODY_PAUSED : CRMSYNC_HTTP_BODY_OK;
}

static int32_t ask_page(crmi_bulk_read *b, size_t number, crmsync_error **err)
{
    crmi_task *task = b->task;
    crmi_bulk_stream *s = &b->streams[task->calls];
    crmi_call *call = &task->call[task->calls];
    uint32_t most = lists_pages(b) ? 0 : CHAIN_ROWS;
    stream_end(s);
    s->task = task;
    s->number = number;
    int32_t rc = crmi_bulk_page_request(crmi_task_request(task),
                                        crmi_workspace_api_version(task->job->ws), crmi_str(b->job),
                                        b->pages.locators[number], most, err);
    if (!rc)
        rc = crmi_bulk_page_init(&s->page, crmi_workspace_alloc(task->job->ws), b->object,
                                 b->columns, b->column_count, b->take, b->ctx, err);
    if (rc)
        return rc;
    s->open = true;
    crmi_task_send(task, false);
    crmi_call_stream(call, spool, s);
    call->timeout_ms = TIMEOUT_MS;
    return CRMSYNC_OK;
}

static int32_t ask_pages(crmi_bulk_read *b, crmsync_error **err)
{
    int32_t rc = CRMSYNC_OK;
    for (size_t i = b->first; !rc && i < b->pages.count && b->task->calls < b->in_flight; i++) {
        if (!b->done[i])
            rc = ask_page(b, i, err);
    }
    return rc;
}

int32_t crmi_bulk_read_go(crmi_task *task, crmsync_error **err)
{
    crmi_bulk_read *b = task->reading;
    crmi_request *r = crmi_task_request(task);
    crmsync_str version = crmi_workspace_api_version(task->job->ws), job = crmi_str(b->job);
    int32_t rc = CRMSYNC_OK;
    task->next = answers;
    switch (b->step) {
    case CRMI_BULK_READ_CREATE:
        rc = crmi_bulk_query_request(r, version, b->soql, b->all, err);
        break;
    case CRMI_BULK_READ_POLL:
        rc = crmi_bulk_job_request(r, version, CRMI_BULK_QUERY, job, err);
        break;
    case CRMI_BULK_READ_LIST:
        rc = crmi_bulk_pages_request(r, version, job, crmi_buf_str(&b->list), err);
        break;
    case CRMI_BULK_READ_PAGES: return ask_pages(b, err);
    default: return crmi_fail(err, CRMSYNC_E_STATE, "the bulk query has ended");
    }
    if (!rc)
        crmi_task_send(task, false);
    return rc;
}

/* ---- answers ---- */

static int32_t take_job(crmi_bulk_read *b, const crmi_response *response, crmsync_error **err)
{
    crmi_bulk_job job;
    int32_t rc = crmi_bulk_job_read(&b->arena, response, &job, err);
    if (rc)
        return rc;
    memcpy(b->job, job.id, sizeof b->job);
    if (job.state < CRMI_JOB_COMPLETE) {
        b->step = CRMI_BULK_READ_POLL;
        b->task->wake = crmi_engine_mono(b->task->job->ws->engine) + crmi_bulk_poll_wait(b->polls++);
    } else if (job.state != CRMI_JOB_COMPLETE) {
        crmi_engine_log(b->task->job->ws->engine, CRMSYNC_LOG_WARN,
                        "the bulk query over %.*s ended without an answer: %.*s",
                        CRMI_SPELL(b->object), CRMI_SPELL(job.error_message));
        b->step = CRMI_BULK_READ_GONE;
    } else {
        b->step = CRMI_BULK_READ_LIST;
    }
    return CRMSYNC_OK;
}

static int32_t take_list(crmi_bulk_read *b, const crmi_response *response, crmsync_error **err)
{
    size_t first = b->first;
    crmi_arena_clear(&b->arena);
    crmi_arena_init(&b->arena, crmi_workspace_alloc(b->task->job->ws));
    memset(b->done, 0, sizeof b->done);
    int32_t rc = crmi_bulk_pages_read(&b->arena, response, &b->pages, err);
    b->first = first < b->pages.count ? first : b->pages.count;
    b->step = CRMI_BULK_READ_PAGES;
    return rc;
}

/* Reads what has come of one page; true in *more when some is left. */
static int32_t read_piece(crmi_bulk_stream *s, bool *more, crmsync_error **err)
{
    crmsync_str left = crmi_str_sub(crmi_buf_str(&s->spool), s->taken, s->spool.len);
    crmsync_str piece = crmi_str_sub(left, 0, left.len < SLICE ? left.len : SLICE);
    crmsync_error *own = NULL;
    int32_t rc = piece.len && !s->broken ? crmi_bulk_page_push(&s->page, piece, &own) : CRMSYNC_OK;
    s->taken += piece.len;
    if (rc == CRMSYNC_E_PROTOCOL) { /* not a page to its end: it is asked for again */
        s->broken = true;
        rc = CRMSYNC_OK;
    }
    if (s->taken == s->spool.len) {
        crmi_buf_reset(&s->spool);
        s->taken = 0;
    } else {
        *more = true;
    }
    return told(rc, own, err);
}

/* false: it has to be asked for again. */
static int32_t end_page(crmi_bulk_read *b, size_t i, bool *whole, crmsync_error **err)
{
    crmi_bulk_stream *s = &b->streams[i];
    const crmi_response *response = &b->task->call[i].response;
    crmsync_error *own = NULL;
    *whole = false;
    if (s->broken)
        return CRMSYNC_OK;
    int32_t rc = crmi_bulk_page_end(&s->page, response->records, &own);
    bool cut = rc == CRMSYNC_E_PROTOCOL;
    rc = told(cut ? CRMSYNC_OK : rc, own, err);
    if (rc || cut)
        return rc;
    *whole = b->done[s->number] = true;
    if (!lists_pages(b) && !crmi_arena_str(&b->arena, response->locator, &b->pages.next))
        return crmi_fail_nomem(err);
    return CRMSYNC_OK;
}

/* The list is through: to the next one, or to the end. */
static int32_t next_list(crmi_bulk_read *b, crmsync_error **err)
{
    b->first = 0;
    if (!b->pages.next.len) {
        b->step = CRMI_BULK_READ_DONE;
        return CRMSYNC_OK;
    }
    crmi_buf_reset(&b->list);
    crmi_buf_add(&b->list, b->pages.next);
    if (!crmi_buf_ok(&b->list))
        return crmi_fail_nomem(err);
    b->step = CRMI_BULK_READ_LIST;
    return lists_pages(b) ? CRMSYNC_OK : list_one(b, err);
}

/* Not this once, or for good? A page whose job the org has forgotten will not come. */
static int32_t page_failed(crmi_bulk_read *b, size_t i, crmsync_error **err)
{
    int32_t status = b->task->call[i].response.status;
    crmsync_error *own = NULL;
    int32_t rc = crmi_task_answer(b->task, i, &own);
    bool refused = status >= 400 && status < 500 && rc == CRMSYNC_E_SALESFORCE;
    if (refused) {
        b->step = CRMI_BULK_READ_GONE;
        rc = CRMSYNC_OK;
    } else if (++b->tries < TRIES_MAX) {
        b->task->wake = crmi_engine_mono(b->task->job->ws->engine) + TRY_WAIT_MS * b->tries;
        rc = CRMSYNC_OK;
    } else if (rc == CRMSYNC_OK) {
        rc = crmi_fail(&own, CRMSYNC_E_PROTOCOL, "a page of a bulk query over %.*s stays cut short",
                       CRMI_SPELL(b->object));
    }
    return told(rc, own, err);
}

static int32_t end_pages(crmi_bulk_read *b, crmsync_error **err)
{
    crmi_task *task = b->task;
    int32_t rc = CRMSYNC_OK;
    for (size_t i = 0; !rc && i < task->calls; i++) {
        bool whole = false;
        if (task->call[i].result == CRMI_CALL_ANSWERED)
            rc = end_page(b, i, &whole, err);
        if (whole)
            b->tries = 0;
        else if (!rc && b->step == CRMI_BULK_READ_PAGES)
            rc = page_failed(b, i, err);
        stream_end(&b->streams[i]);
    }
    crmi_task_reset_calls(task);
    if (rc || b->step != CRMI_BULK_READ_PAGES)
        return rc;
    while (b->first < b->pages.count && b->done[b->first])
        b->first++;
    return b->first == b->pages.count ? next_list(b, err) : CRMSYNC_OK;
}

/* Pages under way: their pieces are read as they come; *ended when all of them are through. */
static int32_t take_pieces(crmi_bulk_read *b, bool *ended, crmsync_error **err)
{
    crmi_task *task = b->task;
    bool more = false, done = true;
    task->pieces = false;
    for (size_t i = 0; !more && i < task->calls; i++) {
        int32_t rc = read_piece(&b->streams[i], &more, err);
        if (!rc && !more)
            rc = crmi_call_resume(&task->call[i], err);
        if (rc)
            return rc;
    }
    for (size_t i = 0; i < task->calls; i++)
        done = done && crmi_call_done(&task->call[i]) && !b->streams[i].spool.len;
    task->pieces = task->pieces || more;
    *ended = done;
    return CRMSYNC_OK;
}

static int32_t answer_one(crmi_bulk_read *b, crmsync_error **err)
{
    crmi_task *task = b->task;
    int32_t status = task->call[0].response.status;
    crmsync_error *own = NULL;
    int32_t rc = crmi_task_answer(task, 0, &own);
    /* refused for good: bulk queries are not for this object, this user, or the job is forgotten */
    if (rc == CRMSYNC_E_SALESFORCE && status >= 400 && status < 500) {
        crmi_engine_log(task->job->ws->engine, CRMSYNC_LOG_WARN, "no bulk query over %.*s: %.*s",
                        CRMI_SPELL(b->object), CRMI_SPELL(crmsync_error_message(own)));
        b->step = CRMI_BULK_READ_GONE;
        rc = CRMSYNC_OK;
    } else if (!rc) {
        rc = b->step == CRMI_BULK_READ_LIST ? take_list(b, &task->call[0].response, &own)
                                            : take_job(b, &task->call[0].response, &own);
    }
    rc = told(rc, own, err);
    crmi_task_reset_calls(task);
    if (!rc && b->step == CRMI_BULK_READ_LIST && !lists_pages(b))
        rc = list_one(b, err);
    return rc;
}

static int32_t answers(crmi_task *task, crmsync_error **err)
{
    crmi_bulk_read *b = task->reading;
    bool ended = true;
    int32_t rc;
    if (b->step == CRMI_BULK_READ_PAGES) {
        rc = take_pieces(b, &ended, err);
        if (rc || !ended)
            return rc;
        rc = end_pages(b, err);
    } else {
        rc = answer_one(b, err);
    }
    task->next = crmi_bulk_read_go; /* not before task->wake */
    return rc ? rc : b->after(task, err);
}

/* ---- columns ---- */

/* "Account.Name" gives the same in both kinds of query when it is a text. */
static bool parent_fits(const crmsync_workspace *ws, crmsync_str object, crmsync_str path)
{
    char key[64];
    ptrdiff_t dot = crmi_str_chr(path, '.');
    crmsync_str rest = crmi_str_sub(path, (size_t)dot + 1, path.len);
    if (dot <= 0 || (size_t)dot + 3 > sizeof key || crmi_str_chr(rest, '.') >= 0)
        return false;
    memcpy(key, path.ptr, (size_t)dot);
    memcpy(key + dot, "Id", 2);
    const crmi_field *by = crmi_schema_field(ws->schema, object, (crmsync_str){key, (size_t)dot + 2});
    const crmi_field *field = by ? crmi_schema_field(ws->schema, by->reference_to, rest) : NULL;
    return field && crmi_value_cell_type(field->type) == CRMSYNC_CELL_TEXT;
}

bool crmi_bulk_columns_fit(const crmsync_workspace *ws, crmsync_str object,
                           const crmi_query_column *columns, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const crmi_field *field = crmi_schema_field(ws->schema, object, columns[i].name);
        if (crmi_str_chr(columns[i].name, '.') >= 0 ? !parent_fits(ws, object, columns[i].name)
                                                    : !field || field->type == CRMI_TYPE_BASE64 ||
                                                          columns[i].type == CRMSYNC_CELL_ABSENT)
            return false;
    }
    return true;
}
