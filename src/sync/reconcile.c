/*
 * The reconcile phase: object by object, when a week has passed or when something gave rise to
 * doubt. By queries, or by a bulk query where there are many; both in the order of ids.
 */
#include "sync/reconcile.h"

#include "base/time.h"
#include "salesforce/describe.h"
#include "salesforce/soql.h"
#include "state/queue.h"

static int32_t scan_ask(crmi_task *task, crmsync_error **err);

static void object_clear(crmi_reconciliation *t)
{
    const crmsync_alloc *alloc = crmi_workspace_alloc(t->task.job->ws);
    crmi_bulk_read_clear(&t->bulk);
    crmi_selection_clear(&t->selection);
    crmi_cursor_clear(&t->entry);
    crmi_map_clear(&t->ids);
    crmi_arena_clear(&t->page);
    crmi_arena_init(&t->page, alloc);
    crmi_arena_clear(&t->arena);
    crmi_arena_init(&t->arena, alloc);
    crmi_buf *bufs[] = {&t->select, &t->statement, &t->next_url, &t->confirm_url, &t->missing};
    for (size_t i = 0; i < sizeof bufs / sizeof bufs[0]; i++)
        crmi_buf_reset(bufs[i]);
    t->lost_count = t->missing_count = 0;
    t->no_bulk = t->last = t->ending = false;
}

static void reconcile_clear(crmi_task *task)
{
    crmi_reconciliation *t = (crmi_reconciliation *)task;
    object_clear(t);
    crmi_arena_clear(&t->page);
    crmi_arena_clear(&t->arena);
    crmi_cursor_clear(&t->entry);
    crmi_buf *bufs[] = {&t->select, &t->statement, &t->next_url, &t->confirm_url, &t->missing};
    for (size_t i = 0; i < sizeof bufs / sizeof bufs[0]; i++)
        crmi_buf_clear(bufs[i]);
}

static bool review(const crmi_reconciliation *t)
{
    return (t->task.job->flags & CRMSYNC_JOB_REVIEW) != 0;
}

/* ---- an object ---- */

/* Formulas and fields of parents change without a stamp of the record's own. */
static bool has_formula(const crmi_reconciliation *t)
{
    for (size_t i = 0; i < t->rule->field_count; i++) {
        const crmi_field_rule *f = &t->rule->fields[i];
        const crmi_field *field =
            crmi_schema_field(t->task.job->ws->schema, crmi_str(t->crm->name), f->remote);
        bool formula = field && (field->flags & CRMI_FIELD_CALCULATED);
        if (f->import != CRMI_IMPORT_NEVER && (formula || crmi_str_chr(f->remote, '.') >= 0))
            return true;
    }
    return false;
}

static int32_t choose_columns(crmi_reconciliation *t, crmsync_error **err)
{
    crmsync_workspace *ws = t->task.job->ws;
    bool deletes = crmi_import_query_all(CRMI_IMPORT_POLL, t->crm);
    crmsync_str few[] = {CRMI_STR("Id"), CRMI_STR("SystemModstamp"), CRMI_STR("IsDeleted")};
    t->whole = has_formula(t) && !review(t);
    int32_t rc = crmi_selection_make(ws, t->crm, &t->selection, err);
    if (rc)
        return rc;
    t->column_count = t->whole ? t->selection.count : deletes ? 3 : 2;
    t->columns = crmi_arena_array(&t->arena, t->column_count + 1, sizeof *t->columns);
    if (!t->columns)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < t->column_count; i++) {
        t->columns[i].name = t->whole ? t->selection.names[i] : few[i];
        crmi_buf_lit(&t->select, i ? ", " : "");
        crmi_buf_add(&t->select, t->columns[i].name);
    }
    crmi_query_columns_type(t->columns, t->column_count, ws->schema, crmi_str(t->crm->name));
    return crmi_buf_ok(&t->select) ? CRMSYNC_OK : crmi_fail_nomem(err);
}

static bool due(const crmi_reconciliation *t)
{
    const crmi_cursor *e = &t->entry;
    const crmsync_workspace *ws = t->task.job->ws;
    int64_t every = (int64_t)ws->config->limits.reconcile_days * CRMI_DAY_MS;
    if (!e->hi || e->backfill)
        return false; /* all of it is still to be read */
    return t->forced || e->reconcile_began || !e->last_reconcile ||
           (every && crmi_workspace_server_now(ws) - e->last_reconcile >= every);
}

static int32_t begin_pass(crmi_reconciliation *t, crmsync_error **err)
{
    crmi_cursor *e = &t->entry;
    t->checked = e->last_reconcile ? e->last_reconcile - CRMI_DAY_MS : 0;
    if (!e->reconcile_began) {
        e->reconcile_began = crmi_workspace_server_now(t->task.job->ws);
        e->reconcile_links = 0;
        e->reconcile_after = e->reconcile_lost = CRMI_STR_EMPTY;
    }
    crmi_buf_add(&t->missing, e->reconcile_lost);
    t->missing_count = (e->reconcile_lost.len + 1) / 19; /* ids of 18 characters, and blanks */
    t->task.next = scan_ask;
    return crmi_buf_ok(&t->missing) ? choose_columns(t, err) : crmi_fail_nomem(err);
}

int32_t crmi_reconcile_next(crmi_task *task, crmsync_error **err)
{
    crmi_reconciliation *t = (crmi_reconciliation *)task;
    crmsync_workspace *ws = task->job->ws;
    object_clear(t);
    task->next = crmi_reconcile_next;
    if (t->at == t->object_count) {
        task->next = NULL;
        return CRMSYNC_OK;
    }
    t->crm = crmi_crm_object_at(t->order[t->at++]);
    t->rule = &ws->config->objects[t->crm->number];
    task->job->progress.object = crmi_str(t->crm->name);
    task->job->progress.done = task->job->progress.total = 0;
    int32_t rc = crmi_cursor_get(&ws->store, crmi_str(t->crm->name), &t->entry, err);
    if (rc || !due(t) || !crmi_schema_object(ws->schema, crmi_str(t->crm->name)))
        return rc;
    return begin_pass(t, err);
}

/* ---- the org's rows ---- */

static int32_t write_statement(crmi_reconciliation *t, crmsync_error **err)
{
    crmi_buf *b = &t->statement;
    const char *glue = " WHERE ";
    crmi_buf_reset(b);
    crmi_buf_lit(b, "SELECT ");
    crmi_buf_add(b, crmi_buf_str(&t->select));
    crmi_buf_lit(b, " FROM ");
    crmi_buf_lit(b, t->crm->name);
    if (t->entry.reconcile_after.len) {
        crmi_buf_lit(b, " WHERE Id > ");
        crmi_soql_text(b, t->entry.reconcile_after);
        glue = " AND ";
    }
    if (t->rule->filter.len) {
        crmi_buf_lit(b, glue);
        crmi_buf_char(b, '(');
        crmi_buf_add(b, t->rule->filter);
        crmi_buf_char(b, ')');
    }
    crmi_buf_lit(b, " ORDER BY Id");
    return crmi_buf_ok(b) ? CRMSYNC_OK : crmi_fail_nomem(err);
}

static int32_t scan_answer(crmi_task *task, crmsync_error **err);

static int32_t scan_ask(crmi_task *task, crmsync_error **err)
{
    crmi_reconciliation *t = (crmi_reconciliation *)task;
    crmsync_workspace *ws = task->job->ws;
    int32_t rc;
    if (t->next_url.len) {
        rc = crmi_query_more_request(crmi_task_request(task), crmi_buf_str(&t->next_url), err);
    } else {
        rc = write_statement(t, err);
        if (!rc)
            rc = crmi_query_request(crmi_task_request(task), crmi_workspace_api_version(ws),
                                    crmi_buf_str(&t->statement),
                                    crmi_import_query_all(CRMI_IMPORT_POLL, t->crm), 0, err);
    }
    if (rc)
        return rc;
    crmi_task_send(task, false);
    task->next = scan_answer;
    return CRMSYNC_OK;
}

/* Are the rest of them so many that a bulk query is cheaper? With a condition, links outside of it
 * are asked for in between, which no stream waits for. */
static bool bulk_pays(const crmi_reconciliation *t)
{
    const crmsync_workspace *ws = t->task.job->ws;
    uint64_t from = ws->config->limits.bulk_query_from;
    return from && t->task.job->progress.total >= from && !t->rule->filter.len && !t->no_bulk &&
           !t->last && crmi_bulk_columns_fit(ws, crmi_str(t->crm->name), t->columns, t->column_count);
}

static int32_t bulk_rows(void *ctx, const crmsync_rows *rows, crmsync_error **err)
{
    crmi_reconciliation *t = ctx;
    crmi_units units;
    bool there = false;
    int32_t rc = crmi_reconcile_take(t, rows, err);
    while (!rc && !there) {
        rc = crmi_reconcile_walk(t, &there, err);
        if (!rc)
            rc = crmi_reconcile_keep_lost(t, err);
    }
    if (rc)
        return rc;
    t->task.job->progress.done += crmsync_rows_count(rows);
    crmi_units_init(&units, &t->task.job->ws->store);
    rc = crmi_reconcile_store(t, &units, err);
    crmi_units_clear(&units);
    return rc;
}

static int32_t bulk_moved(crmi_task *task, crmsync_error **err)
{
    crmi_reconciliation *t = (crmi_reconciliation *)task;
    (void)err;
    if (t->bulk.step < CRMI_BULK_READ_DONE)
        return CRMSYNC_OK;
    t->no_bulk = true;
    task->next = scan_ask; /* by queries; a last one, when all is done, tells the end */
    crmi_bulk_read_clear(&t->bulk);
    return CRMSYNC_OK;
}

static int32_t go_bulk(crmi_reconciliation *t, crmsync_error **err)
{
    crmi_bulk_read *b = &t->bulk;
    crmi_buf_reset(&t->next_url);
    crmi_bulk_read_init(b, &t->task);
    int32_t rc = write_statement(t, err);
    if (rc)
        return rc;
    b->object = crmi_str(t->crm->name);
    b->soql = crmi_buf_str(&t->statement);
    b->all = crmi_import_query_all(CRMI_IMPORT_POLL, t->crm);
    b->columns = t->columns;
    b->column_count = t->column_count;
    b->take = bulk_rows;
    b->ctx = t;
    b->after = bulk_moved;
    t->task.next = crmi_bulk_read_go;
    return crmi_bulk_read_begin(b, CRMI_STR_EMPTY, CRMI_STR_EMPTY, 0, err);
}

/* The page is walked as far as there is room for what is lost; then that is asked for. */
int32_t crmi_reconcile_go_on(crmi_task *task, crmsync_error **err)
{
    crmi_reconciliation *t = (crmi_reconciliation *)task;
    crmi_units units;
    int32_t rc = CRMSYNC_OK;
    if (!t->walked)
        rc = crmi_reconcile_walk(t, &t->walked, err);
    if (rc)
        return rc;
    if (t->lost_count) {
        task->next = crmi_reconcile_confirm;
        return CRMSYNC_OK;
    }
    if (!t->walked)
        return CRMSYNC_OK; /* on with the walk */
    crmi_units_init(&units, &task->job->ws->store);
    rc = t->last ? CRMSYNC_OK : crmi_reconcile_store(t, &units, err);
    crmi_units_clear(&units);
    task->next = t->last ? crmi_reconcile_finish : scan_ask;
    return !rc && bulk_pays(t) ? go_bulk(t, err) : rc;
}

static int32_t take_page(crmi_reconciliation *t, crmi_query_page *page, crmsync_error **err)
{
    crmsync_job *job = t->task.job;
    int32_t rc = crmi_reconcile_take(t, page->rows, err);
    crmi_buf_reset(&t->next_url);
    crmi_buf_add(&t->next_url, crmi_buf_str(&page->next_url));
    if (!rc && !crmi_buf_ok(&t->next_url))
        return crmi_fail_nomem(err);
    if (!job->progress.total)
        job->progress.total = page->total_size;
    job->progress.done += crmsync_rows_count(page->rows);
    t->last = page->done;
    t->walked = false;
    if (t->last)
        t->to = CRMI_STR_EMPTY; /* links behind the last row, too */
    t->task.next = crmi_reconcile_go_on;
    return rc;
}

static int32_t scan_answer(crmi_task *task, crmsync_error **err)
{
    crmi_reconciliation *t = (crmi_reconciliation *)task;
    const crmsync_alloc *alloc = crmi_workspace_alloc(task->job->ws);
    crmsync_error *own = NULL;
    crmsync_error **cause = err ? err : &own;
    crmi_query_page page;
    crmi_query_page_init(&page, alloc);
    int32_t rc = crmi_task_answer(task, 0, cause);
    if (!rc)
        rc = crmi_query_answer_read(alloc, task->requests[0].flags, &task->call[0].response,
                                    crmi_str(t->crm->name), t->columns, t->column_count, &page,
                                    cause);
    bool lost = rc && t->next_url.len && *cause &&
                crmi_str_is(crmsync_error_salesforce_code(*cause), "INVALID_QUERY_LOCATOR");
    crmi_task_reset_calls(task);
    if (!rc) {
        rc = take_page(t, &page, err);
    } else if (lost) { /* the statement goes on behind the last id */
        crmi_error_drop(cause);
        crmi_buf_reset(&t->next_url);
        task->next = scan_ask;
        rc = CRMSYNC_OK;
    }
    crmi_query_page_clear(&page);
    crmsync_error_free(own);
    return rc;
}

/* ---- the task ---- */

static bool imported(const crmi_object_rule *rule)
{
    return rule->enabled &&
           (rule->direction == CRMI_DIRECTION_IN || rule->direction == CRMI_DIRECTION_BOTH);
}

/* Objects of which something is to be read; by a run before this one, too, that was cut off. */
static int32_t to_read(const crmsync_job *job, uint32_t *mask, crmsync_error **err)
{
    crmsync_workspace *ws = job->ws;
    int64_t now = crmi_engine_wall(ws->engine), next;
    int32_t rc = CRMSYNC_OK;
    *mask = job->reconcile_found;
    for (uint32_t i = 0; !rc && i < CRMI_OBJECT_LAST; i++) {
        const crmi_object_rule *rule = &ws->config->objects[i];
        if (!imported(rule))
            continue;
        rc = crmi_queue_next(&ws->store, CRMSYNC_SPACE_PENDING, crmi_str(rule->crm->name), &next, err);
        *mask |= !rc && next <= now ? 1u << i : 0;
    }
    return rc;
}

/* What it finds is read by an import of those objects, once they are all through. */
static int32_t read_found(crmsync_job *job, crmi_task **out, crmsync_error **err)
{
    uint32_t mask;
    if (job->flags & CRMSYNC_JOB_DRY_RUN)
        return CRMSYNC_OK;
    int32_t rc = to_read(job, &mask, err);
    return rc || !mask ? rc : crmi_import_objects_task(job, mask, false, out, err);
}

int32_t crmi_reconcile_task(crmsync_job *job, crmi_task **out, crmsync_error **err)
{
    *out = NULL;
    if (job->reconciled)
        return read_found(job, out, err);
    crmi_reconciliation *t = crmi_task_new(job, CRMSYNC_PHASE_RECONCILE, sizeof *t,
                                           crmi_reconcile_next, reconcile_clear);
    if (!t)
        return crmi_fail_nomem(err);
    const crmsync_alloc *alloc = crmi_workspace_alloc(job->ws);
    crmi_buf *bufs[] = {&t->select, &t->statement, &t->next_url, &t->confirm_url, &t->missing};
    for (size_t i = 0; i < sizeof bufs / sizeof bufs[0]; i++)
        crmi_buf_init(bufs[i], alloc);
    crmi_arena_init(&t->page, alloc);
    crmi_arena_init(&t->arena, alloc);
    crmi_map_init(&t->ids, alloc);
    crmi_cursor_init(&t->entry, alloc);
    t->forced = !(job->phases & CRMSYNC_PHASE_IMPORT);
    for (uint32_t i = 0; i < CRMI_OBJECT_LAST; i++) {
        if (imported(&job->ws->config->objects[i]))
            t->order[t->object_count++] = i;
    }
    job->reconciled = job->phase_again = true;
    *out = &t->task;
    return CRMSYNC_OK;
}
