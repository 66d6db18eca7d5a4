/*
 * A backfill by the Bulk API: its first page was read by a query, which tells how many there are; the
 * rest comes as pages of a bulk job, which a later run goes on with where this one was cut off.
 */
#include "sync/import_task.h"

#define PAGES_AT_ONCE 3 /* each takes one of the org's long-running requests */

/* A page under review waits for a person, and no download does. */
static bool possible(const crmi_import_run *t)
{
    return !t->no_bulk && !(t->task.job->flags & CRMSYNC_JOB_REVIEW) &&
           t->cursor.mode == CRMI_IMPORT_BACKFILL;
}

bool crmi_import_bulk_due(const crmi_import_run *t, const crmi_query_page *page)
{
    const crmsync_workspace *ws = t->task.job->ws;
    uint64_t from = ws->config->limits.bulk_query_from;
    size_t n = crmsync_rows_count(page->rows);
    return possible(t) && from && page->total_size >= from && page->total_size > n &&
           crmi_bulk_columns_fit(ws, crmi_str(t->crm->name), t->columns, t->selection.count);
}

bool crmi_import_bulk_left(const crmi_import_run *t)
{
    return possible(t) && t->cursor.entry.bulk_job.len > 0;
}

static int32_t take_rows(void *ctx, const crmsync_rows *rows, crmsync_error **err)
{
    crmi_import_run *t = ctx;
    crmsync_job *job = t->task.job;
    crmi_units units;
    crmi_arena arena;
    size_t conflicts = 0;
    int32_t rc = CRMSYNC_OK;
    if (!t->cursor.index_only)
        rc = crmi_import_page(job, t->crm, rows, t->cursor.entry.start, &t->deactivations, err);
    if (rc || t->crm->number != CRMI_OBJECT_ACCOUNT || crmi_import_dry(t))
        return rc;
    crmi_units_init(&units, &job->ws->store);
    crmi_arena_init(&arena, crmi_workspace_alloc(job->ws));
    rc = crmi_import_index(job, rows, &arena, &units, err);
    for (int tries = 0; !rc && (tries == 0 || conflicts) && tries < 2; tries++)
        rc = crmi_units_run(&units, &conflicts, err); /* another worker indexed one meanwhile */
    crmi_arena_clear(&arena);
    crmi_units_clear(&units);
    return rc;
}

/* Where the job stands is stored; what was done after that is seen again, and passed over. */
static int32_t store_position(crmi_import_run *t, crmsync_str job, crmsync_str list, size_t first,
                              crmsync_error **err)
{
    crmi_cursor *e = &t->cursor.entry;
    crmi_commit c;
    bool same = crmi_str_eq(e->bulk_job, job) && crmi_str_eq(e->bulk_list, list) &&
                e->bulk_first == first;
    if ((same && e->backfill) || crmi_import_dry(t))
        return CRMSYNC_OK;
    e->bulk_first = first;
    if (crmi_cursor_set(e, &e->bulk_job, job) || crmi_cursor_set(e, &e->bulk_list, list))
        return crmi_fail_nomem(err);
    crmi_commit_init(&c, &t->task.job->ws->store);
    crmi_cursor_put(&c, e);
    int32_t rc = crmi_commit_must(&c, err);
    if (!rc)
        crmi_cursor_committed(&c, e);
    crmi_commit_clear(&c);
    return rc;
}

static int32_t moved_on(crmi_task *task, crmsync_error **err)
{
    crmi_import_run *t = (crmi_import_run *)task;
    const crmi_bulk_read *b = &t->bulk;
    crmi_cursor *e = &t->cursor.entry;
    if (b->step < CRMI_BULK_READ_DONE)
        return store_position(t, crmi_str(b->job), crmi_buf_str(&b->list), b->first, err);
    bool done = b->step == CRMI_BULK_READ_DONE;
    e->backfill = !done;
    t->no_bulk = !done;
    if (done && crmi_cursor_set(e, &e->backfill_after, CRMI_STR_EMPTY))
        return crmi_fail_nomem(err);
    int32_t rc = store_position(t, CRMI_STR_EMPTY, CRMI_STR_EMPTY, 0, err);
    crmi_bulk_read_clear(&t->bulk);
    task->next = crmi_import_ask; /* by queries, behind the last one of those */
    if (!rc && done)
        crmi_import_query_done(t);
    return rc;
}

int32_t crmi_import_bulk(crmi_import_run *t, crmsync_error **err)
{
    crmi_bulk_read *b = &t->bulk;
    const crmi_cursor *e = &t->cursor.entry;
    crmi_buf_reset(&t->next_url);
    crmi_buf_reset(&t->statement);
    crmi_bulk_read_clear(b);
    crmi_bulk_read_init(b, &t->task);
    if (!crmi_import_soql(&t->statement, CRMI_IMPORT_BULK, t->crm, t->selection.list,
                          crmi_import_cursor_filter(&t->cursor), e, NULL, 0))
        return crmi_fail_nomem(err);
    b->object = crmi_str(t->crm->name);
    b->soql = crmi_buf_str(&t->statement);
    b->columns = t->columns;
    b->column_count = t->selection.count;
    b->take = take_rows;
    b->ctx = t;
    b->in_flight = PAGES_AT_ONCE;
    b->after = moved_on;
    t->task.next = crmi_bulk_read_go;
    return crmi_bulk_read_begin(b, e->bulk_job, e->bulk_list, e->bulk_first, err);
}
