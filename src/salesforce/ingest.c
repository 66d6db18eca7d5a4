#include "salesforce/ingest.h"

#include "salesforce/answer.h"

static const char *const operations[] = {"insert", "update", "upsert", "delete"};
static const char *const results[] = {"/successfulResults/", "/failedResults/",
                                      "/unprocessedrecords/"};

static bool has_column(const crmi_ingest_target *t, crmsync_str name)
{
    for (size_t i = 0; i < t->column_count; i++)
        if (crmi_str_eq_ci(t->columns[i], name))
            return true;
    return false;
}

static int32_t check_target(const crmi_ingest_target *t, crmsync_error **err)
{
    crmsync_str key = t->op == CRMI_WRITE_UPSERT ? t->key_field : CRMI_STR("Id");
    int32_t rc = crmi_object_check(t->object, err);
    if (rc)
        return rc;
    if (t->op == CRMI_WRITE_CREATE) {
        if (has_column(t, CRMI_STR("Id")))
            return crmi_fail(err, CRMSYNC_E_INVALID, "a new record has no column Id");
    } else if (!key.len || !has_column(t, key)) {
        return crmi_fail(err, CRMSYNC_E_INVALID, "the columns of a bulk %s lack its key \"%.*s\"",
                         operations[t->op], CRMI_SPELL(key));
    }
    return CRMSYNC_OK;
}

static crmi_csv_writer writer(crmi_ingest *op)
{
    return (crmi_csv_writer){&op->csv, ',', false};
}

int32_t crmi_ingest_init(crmi_ingest *op, const crmsync_alloc *alloc,
                         const crmi_ingest_target *target, size_t bytes_max, crmsync_error **err)
{
    memset(op, 0, sizeof *op);
    op->alloc = alloc;
    op->target = *target;
    op->bytes_max = bytes_max ? bytes_max : CRMI_INGEST_BYTES_MAX;
    crmi_buf_init(&op->csv, alloc);
    crmi_buf_init(&op->scratch, alloc);
    crmi_arena_init(&op->arena, alloc);
    crmi_csv_writer w = writer(op);
    int32_t rc = check_target(target, err);
    if (!rc)
        rc = crmi_csv_write_header(&w, target->columns, target->column_count, err);
    if (rc)
        crmi_ingest_clear(op);
    return rc;
}

void crmi_ingest_clear(crmi_ingest *op)
{
    if (!op->alloc)
        return;
    crmi_ingest_result_reset(op);
    crmi_buf_clear(&op->csv);
    crmi_buf_clear(&op->scratch);
    crmi_arena_clear(&op->arena);
    memset(op, 0, sizeof *op);
}

int32_t crmi_ingest_add(crmi_ingest *op, const crmsync_cell *cells, crmsync_error **err)
{
    size_t from = op->csv.len;
    crmi_csv_writer w = writer(op);
    if (op->step != CRMI_INGEST_CREATE)
        return crmi_fail(err, CRMSYNC_E_STATE, "rows are added before the job is created");
    if (op->rows >= CRMI_INGEST_ROWS_MAX)
        return crmi_fail(err, CRMSYNC_E_LIMIT, "a bulk job holds %u rows", CRMI_INGEST_ROWS_MAX);
    int32_t rc = crmi_csv_write_row(&w, cells, op->target.column_count, err);
    if (rc == CRMSYNC_E_LIMIT) /* no other job would take it either */
        return crmi_fail(err, CRMSYNC_E_INVALID, "a row is larger than the Bulk API takes it");
    if (rc)
        return rc;
    if (op->csv.len > op->bytes_max) {
        op->csv.len = from;
        op->csv.ptr[from] = '\0';
        return crmi_fail(err, op->rows ? CRMSYNC_E_LIMIT : CRMSYNC_E_INVALID,
                         "a bulk job holds %zu bytes", op->bytes_max);
    }
    op->rows++;
    return CRMSYNC_OK;
}

/* ---- requests ---- */

static int32_t create_request(const crmi_ingest *op, crmi_request *r, crmsync_error **err)
{
    crmi_request_start(r, "POST", CRMI_REQ_IDEMPOTENT); /* an open job without data does nothing */
    crmi_request_path(r, op->target.version, "/jobs/ingest");
    crmi_jw w = crmi_jw_to(&r->body);
    crmi_jw_object(&w);
    crmi_jw_member_text(&w, "object", op->target.object);
    crmi_jw_member_text(&w, "operation", crmi_str(operations[op->target.op]));
    if (op->target.op == CRMI_WRITE_UPSERT)
        crmi_jw_member_text(&w, "externalIdFieldName", op->target.key_field);
    crmi_jw_member_text(&w, "contentType", CRMI_STR("CSV"));
    crmi_jw_member_text(&w, "columnDelimiter", CRMI_STR("COMMA"));
    crmi_jw_member_text(&w, "lineEnding", CRMI_STR("LF"));
    crmi_jw_object_end(&w);
    crmi_request_json(r);
    return crmi_request_check(r, err);
}

static int32_t upload_request(const crmi_ingest *op, crmi_request *r, crmsync_error **err)
{
    crmi_request_start(r, "PUT", CRMI_REQ_WRITE);
    r->content_type = CRMI_STR("text/csv; charset=UTF-8");
    crmi_buf_add(&r->body, crmi_buf_str(&op->csv));
    return crmi_bulk_path(r, op->target.version, CRMI_BULK_INGEST, crmi_str(op->job), "/batches",
                          err);
}

static int32_t result_request(const crmi_ingest *op, crmi_request *r, crmsync_error **err)
{
    crmi_request_start(r, "GET", CRMI_REQ_IDEMPOTENT);
    return crmi_bulk_path(r, op->target.version, CRMI_BULK_INGEST, crmi_str(op->job),
                          results[op->step - CRMI_INGEST_SUCCESSES], err);
}

int32_t crmi_ingest_next(crmi_ingest *op, crmi_request *r, crmsync_error **err)
{
    crmsync_str version = op->target.version, job = crmi_str(op->job);
    switch (op->step) {
    case CRMI_INGEST_CREATE: return create_request(op, r, err);
    case CRMI_INGEST_UPLOAD: return upload_request(op, r, err);
    case CRMI_INGEST_CLOSE:
        return crmi_bulk_state_request(r, version, CRMI_BULK_INGEST, job, CRMI_JOB_UPLOADED, err);
    case CRMI_INGEST_ABORT:
        return crmi_bulk_state_request(r, version, CRMI_BULK_INGEST, job, CRMI_JOB_ABORTED, err);
    case CRMI_INGEST_POLL: return crmi_bulk_job_request(r, version, CRMI_BULK_INGEST, job, err);
    case CRMI_INGEST_SUCCESSES:
    case CRMI_INGEST_FAILURES:
    case CRMI_INGEST_UNPROCESSED: return result_request(op, r, err);
    default: return crmi_fail(err, CRMSYNC_E_STATE, "the bulk job has ended");
    }
}

/* ---- answers ---- */

/* An open job holds nothing but an upload: the same rows go into a new one. */
static void start_anew(crmi_ingest *op)
{
    op->job[0] = '\0';
    op->uploaded = false;
    op->polls = 0;
    op->wait_ms = 0;
    op->step = op->cancelled ? CRMI_INGEST_DONE : CRMI_INGEST_CREATE;
}

static void poll_later(crmi_ingest *op)
{
    op->step = CRMI_INGEST_POLL;
    op->wait_ms = crmi_bulk_poll_wait(op->polls++);
}

static void take_open(crmi_ingest *op)
{
    bool goes_on = op->uploaded && !op->cancelled;
    op->step = goes_on ? CRMI_INGEST_CLOSE : CRMI_INGEST_ABORT;
}

static void take_state(crmi_ingest *op, const crmi_bulk_job *job)
{
    bool asked = op->step == CRMI_INGEST_ABORT;
    op->job_state = job->state;
    op->processed = job->processed;
    op->failed = job->failed;
    op->message = job->error_message;
    op->wait_ms = 0;
    if (job->state == CRMI_JOB_OPEN)
        take_open(op);
    else if (op->cancelled && !asked && job->state < CRMI_JOB_COMPLETE)
        op->step = CRMI_INGEST_ABORT;
    else if (job->state < CRMI_JOB_COMPLETE)
        poll_later(op);
    else if (job->state == CRMI_JOB_ABORTED && !op->uploaded)
        start_anew(op); /* it never had rows */
    else
        op->step = CRMI_INGEST_SUCCESSES;
}

static int32_t feed_job(crmi_ingest *op, const crmi_response *response, crmsync_error **err)
{
    crmi_bulk_job job;
    int32_t rc = crmi_bulk_job_read(&op->arena, response, &job, err);
    if (rc)
        return rc;
    if (op->step != CRMI_INGEST_CREATE) {
        take_state(op, &job);
        return CRMSYNC_OK;
    }
    memcpy(op->job, job.id, sizeof op->job);
    op->step = CRMI_INGEST_UPLOAD;
    return CRMSYNC_OK;
}

static int32_t feed_upload(crmi_ingest *op, const crmi_response *response, crmsync_error **err)
{
    if (response->status < 200 || response->status > 299)
        return crmi_fail_response(err, op->alloc, "bulk upload", response);
    op->uploaded = true;
    op->step = CRMI_INGEST_CLOSE;
    return CRMSYNC_OK;
}

static int32_t feed_result(crmi_ingest *op, const crmi_response *response, crmsync_error **err)
{
    if (response->status != 200)
        return crmi_fail_response(err, op->alloc, "bulk results", response);
    int32_t rc = crmi_ingest_result_push(op, response->body, err);
    if (!rc)
        rc = crmi_ingest_result_end(op, err);
    if (!rc)
        op->step++; /* SUCCESSES, FAILURES, UNPROCESSED, then what follows UNPROCESSED */
    if (!rc && op->step > CRMI_INGEST_UNPROCESSED)
        op->step = CRMI_INGEST_DONE;
    return rc;
}

int32_t crmi_ingest_body(crmi_ingest *op, crmsync_str bytes, crmsync_error **err)
{
    if (op->step < CRMI_INGEST_SUCCESSES || op->step > CRMI_INGEST_UNPROCESSED)
        return crmi_fail(err, CRMSYNC_E_STATE, "no result is being read");
    return crmi_ingest_result_push(op, bytes, err);
}

/* After a refusal nothing was done, and the step stays; unless the job is in another state than was
 * thought, or gone. Anything else may have been done. */
static void take_refusal(crmi_ingest *op, const crmi_response *response)
{
    bool changes = op->step == CRMI_INGEST_CLOSE || op->step == CRMI_INGEST_ABORT;
    if (response->status == 404 && op->job[0])
        op->step = op->uploaded ? CRMI_INGEST_GONE : CRMI_INGEST_CREATE;
    else if (response->status < 400 || response->status >= 500)
        crmi_ingest_lost(op);
    else if (response->status == 400 && changes)
        poll_later(op);
    else if (response->status == 400 && op->step == CRMI_INGEST_UPLOAD)
        op->step = CRMI_INGEST_ABORT; /* it was uploaded before, or the job has ended */
    if (op->step == CRMI_INGEST_CREATE)
        start_anew(op);
}

int32_t crmi_ingest_feed(crmi_ingest *op, const crmi_response *response, crmsync_error **err)
{
    int32_t rc;
    switch (op->step) {
    case CRMI_INGEST_UPLOAD: rc = feed_upload(op, response, err); break;
    case CRMI_INGEST_SUCCESSES:
    case CRMI_INGEST_FAILURES:
    case CRMI_INGEST_UNPROCESSED: rc = feed_result(op, response, err); break;
    case CRMI_INGEST_DONE:
    case CRMI_INGEST_GONE: return crmi_fail(err, CRMSYNC_E_STATE, "the bulk job has ended");
    default: rc = feed_job(op, response, err); break;
    }
    if (rc && rc != CRMSYNC_E_NOMEM)
        take_refusal(op, response);
    return rc;
}

/* ---- losses ---- */

/* What finds out, after a request whose fate nobody knows, how things stand. */
static const uint8_t after_loss[] = {
    [CRMI_INGEST_CREATE] = CRMI_INGEST_CREATE, /* an orphan without data ends by itself in a day */
    [CRMI_INGEST_UPLOAD] = CRMI_INGEST_ABORT,  /* an upload cannot be repeated */
    [CRMI_INGEST_CLOSE] = CRMI_INGEST_POLL,
    [CRMI_INGEST_POLL] = CRMI_INGEST_POLL,
    [CRMI_INGEST_SUCCESSES] = CRMI_INGEST_SUCCESSES,
    [CRMI_INGEST_FAILURES] = CRMI_INGEST_SUCCESSES,
    [CRMI_INGEST_UNPROCESSED] = CRMI_INGEST_SUCCESSES,
    [CRMI_INGEST_ABORT] = CRMI_INGEST_POLL,
    [CRMI_INGEST_DONE] = CRMI_INGEST_DONE,
    [CRMI_INGEST_GONE] = CRMI_INGEST_GONE,
};

void crmi_ingest_lost(crmi_ingest *op)
{
    if (op->step >= CRMI_INGEST_SUCCESSES && op->step <= CRMI_INGEST_UNPROCESSED)
        crmi_ingest_result_reset(op);
    op->step = after_loss[op->step];
    if (op->step == CRMI_INGEST_POLL)
        poll_later(op);
}

int32_t crmi_ingest_resume(crmi_ingest *op, crmsync_str job, uint32_t step, crmsync_error **err)
{
    if (op->step != CRMI_INGEST_CREATE || op->job[0])
        return crmi_fail(err, CRMSYNC_E_STATE, "the bulk job has begun");
    if (step > CRMI_INGEST_GONE || (step != CRMI_INGEST_CREATE && !crmi_sf_id_like(job)))
        return crmi_fail(err, CRMSYNC_E_CORRUPT, "what was stored of a bulk job is no such thing");
    op->step = step;
    if (step == CRMI_INGEST_CREATE)
        return CRMSYNC_OK;
    memcpy(op->job, job.ptr, job.len);
    op->job[job.len] = '\0';
    op->uploaded = step != CRMI_INGEST_UPLOAD && step != CRMI_INGEST_ABORT;
    op->step = step == CRMI_INGEST_GONE ? step : CRMI_INGEST_POLL;
    return CRMSYNC_OK;
}

void crmi_ingest_cancel(crmi_ingest *op)
{
    op->cancelled = true;
    if (!op->job[0] && op->step == CRMI_INGEST_CREATE)
        op->step = CRMI_INGEST_DONE;
    else if (op->step <= CRMI_INGEST_POLL)
        op->step = CRMI_INGEST_ABORT;
    op->wait_ms = 0;
}
