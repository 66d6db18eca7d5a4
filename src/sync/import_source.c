/*
 * An import of chosen records: the ids that a list view, a report, a query or a campaign gives are
 * read as records and go through the same pages as every import. No cursor moves: whoever asks again
 * gets the same, and finds it unchanged.
 */
#include "salesforce/describe.h"
#include "salesforce/soql.h"
#include "sync/apply.h"
#include "sync/id_stream.h"
#include "sync/import.h"
#include "sync/local_index.h"
#include "sync/report.h"

#define RECORDS_PAGE 500u

typedef struct source_task {
    crmi_task task;
    crmi_audience_rule rule;
    crmi_arena arena;
    crmi_id_stream stream;
    crmi_selection selection;
    crmi_query_column *columns;
    crmi_buf next_url;
    size_t at, asked; /* ids of the stream's page: taken, and being read */
    uint64_t taken, came;
    uint64_t deactivations;
} source_task;

static int32_t source_index(crmi_task *task, crmsync_error **err);
static int32_t source_ask(crmi_task *task, crmsync_error **err);
static int32_t source_answer(crmi_task *task, crmsync_error **err);
static int32_t records_ask(crmi_task *task, crmsync_error **err);
static int32_t records_answer(crmi_task *task, crmsync_error **err);

static void source_clear(crmi_task *task)
{
    source_task *t = (source_task *)task;
    crmi_id_stream_clear(&t->stream);
    crmi_selection_clear(&t->selection);
    crmi_buf_clear(&t->next_url);
    crmi_arena_clear(&t->arena);
}

static int32_t find_rule(source_task *t, crmsync_error **err)
{
    crmsync_job *job = t->task.job;
    const crmi_audience_rule *rule = crmi_config_audience(job->ws->config, job->source);
    if (rule) {
        t->rule = *rule;
        return CRMSYNC_OK;
    }
    if (job->source.ptr[0] == '{')
        return crmi_audience_read(&t->arena, job->source, &t->rule, err);
    crmi_fail(err, CRMSYNC_E_NOT_FOUND, "no audience of the configuration is called \"%.*s\"",
              CRMI_SPELL(crmi_str_sub(job->source, 0, 80)));
    crmi_error_set_where(err, CRMI_STR("options.source"));
    return CRMSYNC_E_NOT_FOUND;
}

static int32_t check_object(const source_task *t, crmsync_error **err)
{
    const crmsync_workspace *ws = t->task.job->ws;
    uint32_t number = crmi_audience_object(&t->rule);
    const char *name = crmi_crm_object_at(number)->name;
    const crmi_object_rule *rule = &ws->config->objects[number];
    if (!rule->enabled || rule->direction == CRMI_DIRECTION_OUT) {
        crmi_fail(err, CRMSYNC_E_STATE, "the configuration imports no %s records", name);
        crmi_error_set_remedy(err, CRMI_STR("Map its fields under objects, with direction in or both."));
        return CRMSYNC_E_STATE;
    }
    if (!crmi_schema_object(ws->schema, crmi_str(name)))
        return crmi_fail(err, CRMSYNC_E_STATE, "%s is not imported: the org does not show it", name);
    return CRMSYNC_OK;
}

static int32_t begin(source_task *t, crmsync_error **err)
{
    crmsync_workspace *ws = t->task.job->ws;
    int32_t rc = find_rule(t, err);
    if (!rc)
        rc = check_object(t, err);
    if (!rc)
        rc = crmi_id_stream_begin(&t->stream, &t->rule, false, err);
    if (!rc)
        rc = crmi_selection_make(ws, t->stream.crm, &t->selection, err);
    if (rc)
        return rc;
    t->columns = crmi_arena_array(&t->arena, t->selection.count + 1, sizeof *t->columns);
    if (!t->columns)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < t->selection.count; i++)
        t->columns[i].name = t->selection.names[i];
    crmi_query_columns_type(t->columns, t->selection.count, ws->schema,
                            crmi_str(t->stream.crm->name));
    t->task.job->progress.object = crmi_str(t->stream.crm->name);
    t->task.next = crmi_local_index_kept(ws) ? source_index : source_ask;
    return CRMSYNC_OK;
}

static int32_t source_begin(crmi_task *task, crmsync_error **err)
{
    return begin((source_task *)task, err);
}

static int32_t source_index(crmi_task *task, crmsync_error **err)
{
    source_task *t = (source_task *)task;
    bool more = false;
    int32_t rc = crmi_local_index_read(task->job->ws, crmi_str(t->stream.crm->local_kind), &more, err);
    if (!rc && !more)
        task->next = source_ask;
    return rc;
}

/* ---- ids ---- */

static int32_t source_ask(crmi_task *task, crmsync_error **err)
{
    source_task *t = (source_task *)task;
    task->next = source_answer;
    return crmi_id_stream_ask(&t->stream, err);
}

static int32_t count_all(source_task *t, crmsync_error **err)
{
    crmsync_job *job = t->task.job;
    const struct {
        const char *name;
        uint64_t value;
    } counts[] = {{"total", t->stream.total},
                  {"without_id", t->stream.without},
                  {"truncated", t->stream.truncated},
                  {"not_found", t->taken - t->came}};
    int32_t rc = CRMSYNC_OK;
    for (size_t i = 0; !rc && i < sizeof counts / sizeof counts[0]; i++)
        rc = crmi_report_add(job, counts[i].value, "source", crmi_str(counts[i].name), NULL,
                             CRMI_STR_EMPTY, err);
    return rc;
}

/* Never silently: what Salesforce left out is in the report and in the log. */
static int32_t tell_truncated(source_task *t, crmsync_error **err)
{
    crmsync_job *job = t->task.job;
    crmi_commit c;
    crmi_engine_log(job->ws->engine, CRMSYNC_LOG_WARN, "the import is not whole: %s. %s",
                    t->stream.why, t->stream.remedy);
    if (job->flags & CRMSYNC_JOB_DRY_RUN)
        return CRMSYNC_OK;
    crmi_log_row row = {.time_ms = crmi_engine_wall(job->ws->engine),
                        .run = crmi_str(job->run_id),
                        .n = job->log_n++,
                        .direction = CRMI_STR("in"),
                        .op = CRMI_STR("hold"),
                        .object = crmi_str(t->stream.crm->name),
                        .local_kind = CRMI_STR("source"),
                        .local_id = t->rule.name.len ? t->rule.name : CRMI_STR("options.source"),
                        .message = crmi_str(t->stream.why),
                        .actor = job->actor};
    crmi_commit_init(&c, &job->ws->store);
    crmi_log_put(&c, &row);
    int32_t rc = crmi_commit_must(&c, err);
    crmi_commit_clear(&c);
    return rc;
}

static bool enough(const source_task *t)
{
    return t->task.job->limit && t->taken >= t->task.job->limit;
}

/* The next ids of the page, the next page, or the end. */
static int32_t go_on(source_task *t, crmsync_error **err)
{
    if (t->at < t->stream.count && !enough(t)) {
        t->task.next = records_ask;
        return CRMSYNC_OK;
    }
    if (!t->stream.end && !enough(t)) {
        t->task.next = source_ask;
        return CRMSYNC_OK;
    }
    t->task.next = NULL;
    int32_t rc = t->stream.truncated ? tell_truncated(t, err) : CRMSYNC_OK;
    return rc ? rc : count_all(t, err);
}

static int32_t source_answer(crmi_task *task, crmsync_error **err)
{
    source_task *t = (source_task *)task;
    bool page = false;
    task->next = source_ask;
    int32_t rc = crmi_id_stream_take(&t->stream, &page, err);
    if (rc || !page)
        return rc;
    t->at = 0;
    task->job->progress.total = t->stream.total;
    return go_on(t, err);
}

/* ---- records ---- */

static size_t next_ids(const source_task *t)
{
    size_t n = t->stream.count - t->at;
    n = n < RECORDS_PAGE ? n : RECORDS_PAGE;
    uint64_t left = t->task.job->limit ? t->task.job->limit - t->taken : n;
    return left < n ? (size_t)left : n;
}

static int32_t records_ask(crmi_task *task, crmsync_error **err)
{
    source_task *t = (source_task *)task;
    crmi_buf soql;
    int32_t rc;
    task->next = records_answer;
    if (t->next_url.len) {
        rc = crmi_query_more_request(crmi_task_request(task), crmi_buf_str(&t->next_url), err);
    } else {
        crmi_buf_init(&soql, crmi_workspace_alloc(task->job->ws));
        t->asked = next_ids(t);
        crmi_buf_fmt(&soql, "SELECT %.*s FROM %s WHERE ", CRMI_SPELL(t->selection.list),
                     t->stream.crm->name);
        crmi_soql_in(&soql, CRMI_STR("Id"), t->stream.ids + t->at, t->asked);
        crmi_buf_lit(&soql, " ORDER BY Id");
        rc = crmi_buf_ok(&soql)
                 ? crmi_query_request(crmi_task_request(task),
                                      crmi_workspace_api_version(task->job->ws),
                                      crmi_buf_str(&soql), false, 0, err)
                 : crmi_fail_nomem(err);
        crmi_buf_clear(&soql);
    }
    if (!rc)
        crmi_task_send(task, false);
    return rc;
}

static int32_t take_records(source_task *t, crmi_query_page *page, crmsync_error **err)
{
    crmsync_job *job = t->task.job;
    crmi_buf_reset(&t->next_url);
    crmi_buf_add(&t->next_url, crmi_buf_str(&page->next_url));
    if (!crmi_buf_ok(&t->next_url))
        return crmi_fail_nomem(err);
    t->came += crmsync_rows_count(page->rows);
    int32_t rc = crmi_import_page(job, t->stream.crm, page->rows, 0, &t->deactivations, err);
    if (rc || !page->done)
        return rc;
    t->taken += t->asked;
    t->at += t->asked;
    return go_on(t, err);
}

static int32_t records_answer(crmi_task *task, crmsync_error **err)
{
    source_task *t = (source_task *)task;
    const crmsync_alloc *alloc = crmi_workspace_alloc(task->job->ws);
    crmsync_error *own = NULL;
    crmi_query_page page;
    crmi_query_page_init(&page, alloc);
    int32_t rc = crmi_task_answer(task, 0, &own);
    if (!rc)
        rc = crmi_query_answer_read(alloc, task->requests[0].flags, &task->call[0].response,
                                    crmi_str(t->stream.crm->name), t->columns, t->selection.count,
                                    &page, &own);
    crmi_task_reset_calls(task);
    task->next = records_ask;
    bool lost = rc && t->next_url.len &&
                crmi_str_is(crmsync_error_salesforce_code(own), "INVALID_QUERY_LOCATOR");
    if (lost) { /* the same ids once more: what was imported is found unchanged */
        crmi_buf_reset(&t->next_url);
        rc = CRMSYNC_OK;
    } else if (!rc) {
        rc = take_records(t, &page, &own);
    }
    crmi_query_page_clear(&page);
    if (rc && err) {
        crmi_error_drop(err);
        *err = own;
        own = NULL;
    }
    crmsync_error_free(own);
    return rc;
}

/* ---- previews ---- */

/* What would become of a row: rows for the host, in a dry run. */
static int32_t begin_preview(source_task *t, crmsync_error **err)
{
    static const crmsync_str fields[] = {CRMSYNC_STR_LIT("outcome"), CRMSYNC_STR_LIT("reason"),
                                         CRMSYNC_STR_LIT("id")};
    crmsync_job *job = t->task.job;
    if (!(job->flags & CRMSYNC_JOB_DRY_RUN))
        return CRMSYNC_OK;
    crmsync_rows_free(job->found);
    job->found = NULL;
    return crmsync_rows_new(crmi_workspace_alloc(job->ws), CRMI_STR("preview"), fields, 3,
                            &job->found, err);
}

int32_t crmi_import_preview(crmsync_job *job, crmi_record crm, crmsync_str local_id,
                            uint32_t outcome, uint32_t reason, crmsync_error **err)
{
    size_t row = crmsync_rows_count(job->found);
    if (!crmi_rows_copy_row(job->found, crm))
        return crmi_fail_nomem(err);
    const struct {
        const char *field;
        crmsync_cell cell;
    } told[] = {
        {"outcome", crmi_cell_text(crmi_str(crmsync_outcome_name(outcome)))},
        {"reason", crmi_cell_text(crmi_str(reason ? crmsync_reason_name(reason) : ""))},
        {"id", crmi_cell_text(local_id)},
    };
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++) {
        if (!crmi_rows_put(job->found, row, crmi_str(told[i].field), &told[i].cell))
            return crmi_fail_nomem(err);
    }
    return CRMSYNC_OK;
}

int32_t crmi_import_source_task(crmsync_job *job, crmi_task **out, crmsync_error **err)
{
    const crmsync_alloc *alloc = crmi_workspace_alloc(job->ws);
    *out = NULL;
    source_task *t = crmi_task_new(job, CRMSYNC_PHASE_IMPORT, sizeof *t, source_begin, source_clear);
    if (!t)
        return crmi_fail_nomem(err);
    crmi_arena_init(&t->arena, alloc);
    crmi_id_stream_init(&t->stream, &t->task);
    crmi_buf_init(&t->next_url, alloc);
    int32_t rc = begin_preview(t, err);
    if (rc)
        crmi_task_free(&t->task);
    else
        *out = &t->task;
    return rc;
}
