/* Records that failed for good: listed, and tried again. */
#include "base/sized.h"
#include "model/rows.h"
#include "state/dead.h"
#include "state/queue.h"
#include "sync/workspace.h"

#define LIMIT_DEFAULT 1000u
#define PAGE          500u

static bool wanted(crmsync_str want, crmsync_str is)
{
    return want.len == 0 || crmi_str_eq(want, is);
}

static bool matches(const crmsync_dead_filter *f, const crmi_dead *d)
{
    return wanted(f->kind, d->kind) && wanted(f->id, d->id) && wanted(f->object, d->object);
}

/* ---- the list ---- */

typedef struct dead_reader {
    const crmsync_alloc *alloc;
    const crmsync_dead_filter *filter;
    crmsync_rows *rows;
    uint32_t limit;
} dead_reader;

static int32_t read_one(void *ctx, const crmi_dead *d, crmsync_error **err)
{
    dead_reader *r = ctx;
    crmi_buf attempts;
    if (!matches(r->filter, d))
        return CRMSYNC_OK;
    crmi_buf_init(&attempts, r->alloc);
    crmi_buf_u64(&attempts, d->attempts);
    const crmsync_cell cells[] = {
        crmi_cell_text(d->kind),
        crmi_cell_text(d->id),
        crmi_cell_text(d->object),
        crmi_cell_text(d->crm_id),
        crmi_cell_text(d->op),
        crmi_cell_text(crmi_str(crmsync_class_name(d->error_class))),
        crmi_cell_text(d->reason),
        crmi_cell_text(d->code),
        crmi_cell_text(d->message),
        crmi_cell_text(d->remedy),
        crmi_cell_number(CRMSYNC_CELL_DATETIME, d->time_ms),
        {.text = crmi_buf_str(&attempts), .type = CRMSYNC_CELL_DECIMAL},
    };
    int32_t rc = crmi_buf_ok(&attempts)
                     ? crmsync_rows_append(r->rows, cells, sizeof cells / sizeof cells[0], err)
                     : crmi_fail_nomem(err);
    crmi_buf_clear(&attempts);
    if (!rc && crmsync_rows_count(r->rows) == r->limit)
        return CRMI_VISIT_STOP;
    return rc;
}

static int32_t read_all(crmsync_workspace *ws, const crmsync_dead_filter *f, crmsync_rows **out,
                        crmsync_error **err)
{
    static const crmsync_str fields[] = {
        {"kind", 4},  {"id", 2},     {"object", 6}, {"crm_id", 6},  {"operation", 9},
        {"class", 5}, {"reason", 6}, {"code", 4},   {"message", 7}, {"remedy", 6},
        {"time", 4},  {"attempts", 8}};
    dead_reader r = {crmi_workspace_alloc(ws), f, NULL, f->limit ? f->limit : LIMIT_DEFAULT};
    int32_t rc = crmsync_rows_new(r.alloc, CRMI_STR("dead_letter"), fields,
                                  sizeof fields / sizeof fields[0], &r.rows, err);
    if (!rc)
        rc = crmi_dead_each(&ws->store, f->error_class, read_one, &r, err);
    if (rc)
        crmsync_rows_free(r.rows);
    else
        *out = r.rows;
    return rc;
}

static int32_t read_filter(const crmsync_dead_filter *from, crmsync_dead_filter *to,
                           crmsync_error **err)
{
    int32_t rc = from ? crmi_copy_in(to, sizeof *to, from, "members of the filter", err) : CRMSYNC_OK;
    if (!rc && to->error_class > CRMSYNC_CLASS_INTERNAL)
        rc = crmi_fail(err, CRMSYNC_E_INVALID, "%u is no CRMSYNC_CLASS_*",
                       (unsigned)to->error_class);
    return rc;
}

int32_t crmsync_workspace_dead_letters(crmsync_workspace *workspace,
                                       const crmsync_dead_filter *filter, crmsync_rows **out,
                                       crmsync_error **err)
{
    crmsync_dead_filter f = CRMSYNC_DEAD_FILTER_INIT;
    if (!workspace || !out)
        return crmi_fail(err, CRMSYNC_E_INVALID, "workspace or out is NULL");
    *out = NULL;
    int32_t rc = read_filter(filter, &f, err);
    if (!rc)
        rc = crmi_engine_enter(workspace->engine, err);
    if (rc)
        return rc;
    rc = read_all(workspace, &f, out, err);
    crmi_engine_leave(workspace->engine);
    return rc;
}

/* ---- once more ---- */

/* A page of them: one unit each, so that none is in both places or in neither. */
typedef struct requeue {
    crmsync_workspace *ws;
    const crmsync_dead_filter *filter;
    crmi_units units;
    uint64_t count, most;
    bool full;
} requeue;

static int32_t requeue_one(void *ctx, const crmi_dead *d, crmsync_error **err)
{
    requeue *r = ctx;
    (void)err;
    if (!matches(r->filter, d))
        return CRMSYNC_OK;
    int64_t now = crmi_engine_wall(r->ws->engine);
    crmi_queued item = {.part = CRMI_PART,
                        .kind = d->kind,
                        .id = d->id,
                        .reason = d->reason,
                        .space = CRMSYNC_SPACE_QUEUE,
                        .prio = CRMI_PRIO_ASKED,
                        .due_ms = now,
                        .since_ms = now};
    crmi_units_begin(&r->units);
    crmi_queue_put(&r->units.changes, &item);
    crmi_dead_delete(&r->units.changes, d);
    r->count++;
    r->full = r->units.count >= PAGE;
    return r->full || r->count == r->most ? CRMI_VISIT_STOP : CRMSYNC_OK;
}

static int32_t requeue_page(requeue *r, crmsync_error **err)
{
    size_t conflicts = 0;
    uint64_t before = r->count;
    r->full = false;
    crmi_units_init(&r->units, &r->ws->store);
    int32_t rc = crmi_dead_each(&r->ws->store, r->filter->error_class, requeue_one, r, err);
    if (!rc)
        rc = crmi_units_run(&r->units, &conflicts, err);
    if (rc)
        r->count = before;
    crmi_units_clear(&r->units);
    return rc;
}

int32_t crmsync_workspace_requeue(crmsync_workspace *workspace, const crmsync_dead_filter *filter,
                                  uint64_t *requeued, crmsync_error **err)
{
    crmsync_dead_filter f = CRMSYNC_DEAD_FILTER_INIT;
    requeue r = {.ws = workspace, .filter = &f, .most = UINT64_MAX};
    if (requeued)
        *requeued = 0;
    if (!workspace)
        return crmi_fail(err, CRMSYNC_E_INVALID, "workspace is NULL");
    int32_t rc = read_filter(filter, &f, err);
    if (!rc)
        rc = crmi_engine_enter(workspace->engine, err);
    if (rc)
        return rc;
    if (f.limit)
        r.most = f.limit;
    do
        rc = requeue_page(&r, err);
    while (!rc && r.full && r.count < r.most);
    crmi_engine_leave(workspace->engine);
    if (requeued)
        *requeued = r.count;
    return rc;
}
