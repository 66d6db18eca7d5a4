/*
 * The import phase: object by object, a backfill by id at first and then polls by stamp. Times are
 * the server's.
 */
#include "salesforce/describe.h"
#include "sync/import_task.h"
#include "sync/local_index.h"
#include "sync/schedule.h"
#include "sync/phases.h"

#define PENDING_MAX 200u

static int32_t object_next(crmi_task *task, crmsync_error **err);
static int32_t object_index(crmi_task *task, crmsync_error **err);
static int32_t object_answer(crmi_task *task, crmsync_error **err);

static void object_clear(crmi_import_run *t)
{
    const crmsync_alloc *alloc = crmi_workspace_alloc(t->task.job->ws);
    crmi_bulk_read_clear(&t->bulk);
    crmi_import_end(&t->work);
    crmi_query_page_clear(&t->page);
    crmi_selection_clear(&t->selection);
    crmi_import_cursor_clear(&t->cursor);
    t->no_bulk = t->deletions_open = false;
    crmi_buf_reset(&t->next_url);
    crmi_arena_clear(&t->arena);
    crmi_arena_init(&t->arena, alloc);
    t->columns = NULL;
    t->pending = NULL;
    t->pending_count = 0;
}

static void import_clear(crmi_task *task)
{
    crmi_import_run *t = (crmi_import_run *)task;
    object_clear(t);
    crmi_buf_clear(&t->next_url);
    crmi_buf_clear(&t->statement);
    crmi_arena_clear(&t->arena);
}

bool crmi_import_dry(const crmi_import_run *t)
{
    return (t->task.job->flags & CRMSYNC_JOB_DRY_RUN) != 0;
}

/* ---- an object ---- */

static int32_t read_pending(crmi_import_run *t, crmsync_error **err)
{
    crmsync_workspace *ws = t->task.job->ws;
    int32_t rc = crmi_queue_due(&ws->store, CRMSYNC_SPACE_PENDING, crmi_str(t->crm->name),
                                crmi_engine_wall(ws->engine), PENDING_MAX, &t->arena, &t->pending,
                                &t->pending_count, err);
    if (rc)
        return rc;
    t->pending_ids = crmi_arena_array(&t->arena, t->pending_count + 1, sizeof *t->pending_ids);
    t->pending_seen = crmi_arena_array(&t->arena, t->pending_count + 1, sizeof *t->pending_seen);
    if (!t->pending_ids || !t->pending_seen)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < t->pending_count; i++)
        t->pending_ids[i] = t->pending[i].id;
    return CRMSYNC_OK;
}

static int32_t begin_object(crmi_import_run *t, crmsync_error **err)
{
    crmsync_workspace *ws = t->task.job->ws;
    int32_t rc = crmi_selection_make(ws, t->crm, &t->selection, err);
    if (rc)
        return rc;
    t->columns = crmi_arena_array(&t->arena, t->selection.count + 1, sizeof *t->columns);
    if (!t->columns)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < t->selection.count; i++)
        t->columns[i].name = t->selection.names[i];
    crmi_query_columns_type(t->columns, t->selection.count, ws->schema, crmi_str(t->crm->name));
    return crmi_import_cursor_begin(&t->cursor, t->crm, t->selection.list, err);
}

/* Of a job that does what is due, an object that is not: only records that wait for it. false: none. */
static int32_t choose(crmi_import_run *t, bool *wanted, crmsync_error **err)
{
    crmsync_workspace *ws = t->task.job->ws;
    crmi_due due = {true, 0, NULL};
    int64_t now = crmi_engine_wall(ws->engine), next = INT64_MAX;
    int32_t rc = CRMSYNC_OK;
    t->pending_only = false;
    *wanted = true;
    if (!(t->task.job->flags & CRMSYNC_JOB_DUE) || t->cursor.index_only)
        return CRMSYNC_OK;
    rc = crmi_due_import(ws, t->crm, now, &due, err);
    if (!rc && !due.due)
        rc = crmi_queue_next(&ws->store, CRMSYNC_SPACE_PENDING, crmi_str(t->crm->name), &next, err);
    t->pending_only = !due.due;
    *wanted = due.due || next <= now;
    return rc;
}

static crmi_state_fn first_ask(const crmi_import_run *t)
{
    return t->pending_only ? crmi_import_leftovers : crmi_import_ask;
}

static int32_t object_next(crmi_task *task, crmsync_error **err)
{
    crmi_import_run *t = (crmi_import_run *)task;
    crmsync_workspace *ws = task->job->ws;
    object_clear(t);
    if (t->at == t->object_count) {
        task->next = NULL;
        return CRMSYNC_OK;
    }
    t->crm = crmi_crm_object_at(t->order[t->at++]);
    t->rule = &ws->config->objects[t->crm->number];
    task->job->progress.object = crmi_str(t->crm->name);
    task->job->progress.done = task->job->progress.total = 0;
    if (!crmi_schema_object(ws->schema, crmi_str(t->crm->name))) {
        crmi_engine_log(ws->engine, CRMSYNC_LOG_WARN,
                        "%s is not imported: the org does not show it", t->crm->name);
        return CRMSYNC_OK; /* to the next one */
    }
    bool wanted = true;
    int32_t rc = choose(t, &wanted, err);
    if (rc || !wanted)
        return rc; /* to the next one */
    bool index = !t->cursor.index_only && crmi_local_index_kept(ws);
    task->next = index ? object_index : first_ask(t);
    return begin_object(t, err);
}

/* A host without `find`: what it has of this kind is taken in, page by page. That is no matter of
 * either side, so a dry run does it, too. */
static int32_t object_index(crmi_task *task, crmsync_error **err)
{
    crmi_import_run *t = (crmi_import_run *)task;
    bool more = false;
    int32_t rc = crmi_local_index_read(task->job->ws, crmi_str(t->crm->local_kind), &more, err);
    if (!rc && !more)
        task->next = first_ask(t);
    return rc;
}

int32_t crmi_import_ask(crmi_task *task, crmsync_error **err)
{
    crmi_import_run *t = (crmi_import_run *)task;
    crmsync_workspace *ws = task->job->ws;
    crmi_buf soql;
    int32_t rc;
    if (crmi_import_bulk_left(t))
        return crmi_import_bulk(t, err);
    if (t->next_url.len) {
        rc = crmi_query_more_request(crmi_task_request(task), crmi_buf_str(&t->next_url), err);
    } else {
        crmi_buf_init(&soql, crmi_workspace_alloc(ws));
        rc = crmi_import_soql(&soql, t->cursor.mode, t->crm, t->selection.list,
                              crmi_import_cursor_filter(&t->cursor), &t->cursor.entry,
                              t->pending_ids, t->pending_count)
                 ? crmi_query_request(crmi_task_request(task), crmi_workspace_api_version(ws),
                                      crmi_buf_str(&soql),
                                      crmi_import_query_all(t->cursor.mode, t->crm), 0, err)
                 : crmi_fail_nomem(err);
        crmi_buf_clear(&soql);
    }
    if (rc)
        return rc;
    crmi_task_send(task, false);
    task->next = object_answer;
    return CRMSYNC_OK;
}

void crmi_import_query_done(crmi_import_run *t)
{
    bool again = t->cursor.again;
    t->cursor.again = false;
    if (t->cursor.mode != CRMI_IMPORT_PENDING && again)
        crmi_import_cursor_poll(&t->cursor);
    else if (t->cursor.mode != CRMI_IMPORT_PENDING && crmi_import_deletions_due(t))
        t->task.next = crmi_import_deletions;
    else
        t->task.next = crmi_import_leftovers;
}

int32_t crmi_import_leftovers(crmi_task *task, crmsync_error **err)
{
    crmi_import_run *t = (crmi_import_run *)task;
    bool looked = t->cursor.mode == CRMI_IMPORT_PENDING && crmi_import_dry(t);
    t->pending_count = 0;
    int32_t rc = t->cursor.index_only || looked ? CRMSYNC_OK : read_pending(t, err);
    if (rc)
        return rc;
    t->cursor.mode = CRMI_IMPORT_PENDING;
    if (t->pending_count) {
        task->next = crmi_import_ask;
        return CRMSYNC_OK;
    }
    /* what the export wants fresh is fresh now */
    if (!t->pending_only && t->crm->number == CRMI_OBJECT_ACCOUNT && !t->rule->filter.len &&
        !crmi_import_dry(t))
        task->job->accounts_fresh = true;
    task->next = object_next;
    return CRMSYNC_OK;
}

static void mark_seen(crmi_import_run *t, const crmsync_rows *rows)
{
    for (size_t i = 0; i < crmsync_rows_count(rows); i++) {
        crmsync_str id = crmi_record_text((crmi_record){rows, i}, "Id");
        for (size_t k = 0; k < t->pending_count; k++)
            t->pending_seen[k] = t->pending_seen[k] || crmi_str_eq(t->pending_ids[k], id);
    }
}

/* Told as deleted, and not even in the recycle bin: such a row comes from us. */
static int32_t add_purged(crmi_import_run *t, crmi_query_page *page, crmsync_error **err)
{
    const char *deleted = crmsync_reason_name(CRMSYNC_REASON_CRM_DELETED);
    crmsync_cell yes = crmi_cell_bool(true);
    mark_seen(t, page->rows);
    for (size_t i = 0; page->done && i < t->pending_count; i++) {
        crmsync_cell id = {.text = t->pending_ids[i], .type = CRMSYNC_CELL_ID};
        if (t->pending_seen[i] || !crmi_str_is(t->pending[i].reason, deleted))
            continue;
        t->pending_seen[i] = true;
        ptrdiff_t row = crmi_rows_add_row(page->rows);
        if (row < 0 || !crmi_rows_put(page->rows, (size_t)row, CRMI_STR("Id"), &id) ||
            !crmi_rows_put(page->rows, (size_t)row, CRMI_STR("IsDeleted"), &yes))
            return crmi_fail_nomem(err);
    }
    return CRMSYNC_OK;
}

/* Index, pending entries that are done with, and the cursor: last of all. */
static int32_t close_page(crmi_import_run *t, const crmi_query_page *page, crmsync_error **err)
{
    crmsync_workspace *ws = t->task.job->ws;
    crmi_units units;
    crmi_arena arena;
    size_t conflicts = 0;
    int32_t rc = crmi_import_cursor_move(&t->cursor, page, err);
    if (rc || crmi_import_dry(t))
        return rc;
    crmi_units_init(&units, &ws->store);
    crmi_arena_init(&arena, crmi_workspace_alloc(ws));
    if (t->crm->number == CRMI_OBJECT_ACCOUNT)
        rc = crmi_import_index(t->task.job, page->rows, &arena, &units, err);
    bool read = t->cursor.mode == CRMI_IMPORT_PENDING && page->done;
    for (size_t i = 0; read && i < t->pending_count; i++) {
        crmi_units_begin(&units);
        crmi_queue_delete(&units.changes, &t->pending[i]);
    }
    if (!rc) {
        crmi_units_begin_closing(&units);
        crmi_cursor_put(&units.changes, &t->cursor.entry);
        rc = crmi_units_run(&units, &conflicts, err);
    }
    if (!rc && conflicts) /* another worker indexed that account meanwhile */
        rc = crmi_units_run(&units, &conflicts, err);
    if (!rc)
        crmi_cursor_committed(&units.changes, &t->cursor.entry);
    crmi_arena_clear(&arena);
    crmi_units_clear(&units);
    return rc;
}

/* The page is durable: to what follows it. */
static int32_t page_done(crmi_import_run *t, crmsync_error **err)
{
    int32_t rc = close_page(t, &t->page, err);
    crmi_import_end(&t->work);
    t->task.next = crmi_import_ask;
    if (!rc && t->page.done)
        crmi_import_query_done(t);
    else if (!rc && crmi_import_bulk_due(t, &t->page))
        rc = crmi_import_bulk(t, err);
    crmi_query_page_clear(&t->page);
    return rc;
}

/* Works on the page; under review it stops here until the plan is accepted. */
static int32_t object_page(crmi_task *task, crmsync_error **err)
{
    crmi_import_run *t = (crmi_import_run *)task;
    bool done = true;
    int32_t rc = t->cursor.index_only ? CRMSYNC_OK : crmi_import_go_on(&t->work, &done, err);
    return rc || !done ? rc : page_done(t, err);
}

static int32_t take_page(crmi_import_run *t, crmsync_error **err)
{
    crmsync_job *job = t->task.job;
    crmi_query_page *page = &t->page;
    int32_t rc = CRMSYNC_OK;
    crmi_buf_reset(&t->next_url);
    crmi_buf_add(&t->next_url, crmi_buf_str(&page->next_url));
    if (!crmi_buf_ok(&t->next_url))
        return crmi_fail_nomem(err);
    if (!job->progress.total)
        job->progress.total = page->total_size;
    if (t->cursor.mode == CRMI_IMPORT_PENDING)
        rc = add_purged(t, page, err);
    if (!rc && !t->cursor.index_only)
        rc = crmi_import_begin(&t->work, job, t->crm, page->rows, t->cursor.entry.start,
                               &t->deactivations, err);
    t->task.next = object_page;
    return rc;
}

/* Locators live for two days at most, and an org keeps few (REST API, Query): the statement goes on
 * behind the last row. */
static bool locator_lost(const crmi_import_run *t, crmsync_error **err)
{
    return t->next_url.len && err && *err &&
           crmi_str_is(crmsync_error_salesforce_code(*err), "INVALID_QUERY_LOCATOR");
}

/* A field went since it was described: it is described anew, and the import goes on without it. */
static bool field_lost(crmi_import_run *t, crmsync_error **err)
{
    crmsync_job *job = t->task.job;
    if (job->described_again || !job->ws->schema_doubted || !err || !*err ||
        !crmi_str_is(crmsync_error_salesforce_code(*err), "INVALID_FIELD"))
        return false;
    crmi_engine_log(job->ws->engine, CRMSYNC_LOG_WARN, "%s is described anew: %.*s", t->crm->name,
                    CRMI_SPELL(crmsync_error_message(*err)));
    job->described_again = true;
    crmi_job_go_back(job, CRMSYNC_PHASE_DESCRIBE);
    return true;
}

static int32_t object_answer(crmi_task *task, crmsync_error **err)
{
    crmi_import_run *t = (crmi_import_run *)task;
    const crmsync_alloc *alloc = crmi_workspace_alloc(task->job->ws);
    crmsync_error *own = NULL;
    crmsync_error **cause = err ? err : &own;
    crmi_query_page_init(&t->page, alloc);
    int32_t rc = crmi_task_answer(task, 0, cause);
    if (!rc)
        rc = crmi_query_answer_read(alloc, task->requests[0].flags, &task->call[0].response,
                                    crmi_str(t->crm->name), t->columns, t->selection.count, &t->page,
                                    cause);
    if (!rc)
        crmi_import_cursor_heard(&t->cursor, task->call[0].response.date_ms);
    crmi_task_reset_calls(task);
    task->next = crmi_import_ask;
    if (!rc) {
        rc = take_page(t, err);
    } else if (field_lost(t, cause)) {
        crmi_error_drop(cause);
        task->next = NULL;
        rc = CRMSYNC_OK;
    } else if (locator_lost(t, cause)) {
        crmi_error_drop(cause);
        crmi_buf_reset(&t->next_url);
        rc = CRMSYNC_OK;
    }
    crmsync_error_free(own);
    return rc;
}

/* ---- the task ---- */

/* Parents first. Once leads were read, what became of them comes before contacts: a conversion's
 * contact then finds its person linked. */
static int32_t order_objects(crmi_import_run *t, uint32_t mask, crmsync_error **err)
{
    static const uint32_t at_first[] = {CRMI_OBJECT_USER, CRMI_OBJECT_ACCOUNT, CRMI_OBJECT_CONTACT,
                                        CRMI_OBJECT_LEAD, CRMI_OBJECT_CAMPAIGN, CRMI_OBJECT_OPPORTUNITY,
                                        CRMI_OBJECT_CONTACT_ROLE, CRMI_OBJECT_CAMPAIGN_MEMBER,
                                        CRMI_OBJECT_TASK, CRMI_OBJECT_EVENT};
    static const uint32_t later[] = {CRMI_OBJECT_USER, CRMI_OBJECT_ACCOUNT, CRMI_OBJECT_LEAD,
                                     CRMI_OBJECT_CONTACT, CRMI_OBJECT_CAMPAIGN, CRMI_OBJECT_OPPORTUNITY,
                                     CRMI_OBJECT_CONTACT_ROLE, CRMI_OBJECT_CAMPAIGN_MEMBER,
                                     CRMI_OBJECT_TASK, CRMI_OBJECT_EVENT};
    crmsync_workspace *ws = t->task.job->ws;
    crmi_cursor leads;
    crmi_cursor_init(&leads, crmi_workspace_alloc(ws));
    int32_t rc = crmi_cursor_get(&ws->store, CRMI_STR("Lead"), &leads, err);
    const uint32_t *order = leads.hi && !leads.backfill ? later : at_first;
    for (size_t i = 0; i < CRMI_OBJECT_LAST; i++) {
        const crmi_object_rule *rule = &ws->config->objects[order[i]];
        bool in = rule->enabled &&
                  (rule->direction == CRMI_DIRECTION_IN || rule->direction == CRMI_DIRECTION_BOTH);
        bool wanted = t->cursor.index_only ? order[i] == CRMI_OBJECT_ACCOUNT : in;
        if (wanted && (mask & (1u << order[i])))
            t->order[t->object_count++] = order[i];
    }
    crmi_cursor_clear(&leads);
    return rc;
}

int32_t crmi_import_objects_task(crmsync_job *job, uint32_t object_mask, bool index_only,
                                 crmi_task **out, crmsync_error **err)
{
    crmi_import_run *t = crmi_task_new(job, CRMSYNC_PHASE_IMPORT, sizeof *t, object_next, import_clear);
    *out = NULL;
    if (!t)
        return crmi_fail_nomem(err);
    const crmsync_alloc *alloc = crmi_workspace_alloc(job->ws);
    crmi_import_cursor_init(&t->cursor, job->ws, index_only);
    crmi_buf_init(&t->next_url, alloc);
    crmi_buf_init(&t->statement, alloc);
    crmi_arena_init(&t->arena, alloc);
    int32_t rc = order_objects(t, object_mask, err);
    if (rc || !t->object_count) {
        crmi_task_free(&t->task);
        return rc;
    }
    *out = &t->task;
    return CRMSYNC_OK;
}

int32_t crmi_import_task(crmsync_job *job, crmi_task **out, crmsync_error **err)
{
    return job->source.len ? crmi_import_source_task(job, out, err)
                           : crmi_import_objects_task(job, UINT32_MAX, false, out, err);
}
