/* The two sorted streams of a reconciliation: rows of the org, and links. */
#include "state/queue.h"
#include "sync/reconcile.h"

#define WALK_ROWS 2000u

int32_t crmi_reconcile_count(crmi_reconciliation *t, const char *what, uint64_t n,
                             crmsync_error **err)
{
    return crmi_report_add(t->task.job, n, "reconcile", crmi_str(t->crm->name), what,
                           CRMI_STR_EMPTY, err);
}

static bool dry(const crmi_reconciliation *t)
{
    return (t->task.job->flags & CRMSYNC_JOB_DRY_RUN) != 0;
}

void crmi_reconcile_read_again(crmi_reconciliation *t, crmi_units *units, crmsync_str id)
{
    int64_t now = crmi_engine_wall(t->task.job->ws->engine);
    crmi_queued item = {.part = crmi_str(t->crm->name),
                        .kind = crmi_str(t->crm->name),
                        .id = id,
                        .reason = crmi_str(crmsync_reason_name(CRMSYNC_REASON_UPDATE_FIELDS)),
                        .space = CRMSYNC_SPACE_PENDING,
                        .prio = 5,
                        .due_ms = 0, /* at once, whatever becomes of the clock */
                        .since_ms = now};
    t->task.job->reconcile_found |= 1u << t->crm->number;
    crmi_units_begin(units);
    crmi_queue_put(&units->changes, &item);
}

int32_t crmi_reconcile_store(crmi_reconciliation *t, crmi_units *units, crmsync_error **err)
{
    size_t conflicts = 0;
    if (dry(t))
        return CRMSYNC_OK;
    if (crmi_cursor_set(&t->entry, &t->entry.reconcile_lost, crmi_buf_str(&t->missing)))
        return crmi_fail_nomem(err);
    crmi_units_begin_closing(units);
    crmi_cursor_put(&units->changes, &t->entry);
    int32_t rc = crmi_units_run(units, &conflicts, err);
    if (!rc)
        crmi_cursor_committed(&units->changes, &t->entry);
    return rc;
}

/* ---- rows of the org ---- */

/* A row and what is linked to it. */
typedef struct joined {
    crmi_record row;
    crmsync_str id;
    const crmi_target *target; /* NULL = nobody's */
} joined;

/* What polling should have told, and did not: its name for the report, or NULL. */
static const char *differs(const crmi_reconciliation *t, const joined *j)
{
    int64_t stamp = crmi_record_get(j->row, CRMI_STR("SystemModstamp")).number;
    bool deleted = crmi_record_flag(j->row, "IsDeleted");
    const crmi_target *target = j->target;
    if (!target)
        return !deleted && t->rule->in_create && stamp >= t->entry.start ? "new" : NULL;
    if (target->state == CRMI_TARGET_CONVERTED || target->state == CRMI_TARGET_MERGED)
        return NULL;
    if (deleted)
        return target->state == CRMI_TARGET_DELETED ? NULL : "deleted";
    if (target->state != CRMI_TARGET_LIVE)
        return "restored";
    return stamp > target->stamp && stamp > t->checked ? "newer" : NULL;
}

static int32_t join(crmi_reconciliation *t, const crmsync_rows *rows, joined *list,
                    crmsync_error **err)
{
    crmi_store *store = &t->task.job->ws->store;
    size_t n = crmsync_rows_count(rows), linked = 0;
    crmsync_str *ids = crmi_arena_array(&t->page, n + 1, sizeof *ids);
    crmi_reverse *owners = crmi_arena_array(&t->page, n + 1, sizeof *owners);
    crmi_link *links = crmi_arena_array(&t->page, n + 1, sizeof *links);
    crmsync_str *locals = crmi_arena_array(&t->page, n + 1, sizeof *locals);
    size_t *of = crmi_arena_array(&t->page, n + 1, sizeof *of);
    if (!ids || !owners || !links || !locals || !of)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < n; i++)
        ids[i] = list[i].id;
    int32_t rc = crmi_reverse_get(store, ids, n, &t->page, owners, err);
    for (size_t i = 0; !rc && i < n; i++) {
        if (owners[i].id.len && crmi_str_is(owners[i].kind, t->crm->local_kind)) {
            of[linked] = i;
            locals[linked++] = owners[i].id;
        }
    }
    if (!rc)
        rc = crmi_link_get_many(store, &t->page, crmi_str(t->crm->local_kind), locals, linked, links,
                                err);
    for (size_t k = 0; !rc && k < linked; k++)
        list[of[k]].target = crmi_link_target(&links[k], ids[of[k]]);
    return rc;
}

/* Ids in the order of bytes are what the walk of the links rests on. */
static int32_t take_ids(crmi_reconciliation *t, const crmsync_rows *rows, joined *list,
                        crmsync_error **err)
{
    size_t n = crmsync_rows_count(rows);
    crmsync_str before = t->entry.reconcile_after;
    for (size_t i = 0; i < n; i++) {
        list[i].row = (crmi_record){rows, i};
        if (!crmi_arena_str(&t->page, crmi_record_text(list[i].row, "Id"), &list[i].id))
            return crmi_fail_nomem(err);
        if (crmi_str_cmp(before, list[i].id) >= 0)
            return crmi_fail(err, CRMSYNC_E_PROTOCOL, "%s: rows are not in the order of their ids",
                             t->crm->name);
        before = list[i].id;
        if (!crmi_map_put_index(&t->ids, list[i].id, i))
            return crmi_fail_nomem(err);
    }
    t->to = before;
    return CRMSYNC_OK;
}

static int32_t compare(crmi_reconciliation *t, const joined *list, size_t n, crmi_units *units,
                       crmsync_error **err)
{
    int32_t rc = crmi_reconcile_count(t, "read", n, err);
    for (size_t i = 0; !rc && i < n; i++) {
        const char *what = differs(t, &list[i]);
        if (list[i].target && list[i].target->state == CRMI_TARGET_LIVE)
            t->entry.reconcile_links++;
        if (!what)
            continue;
        rc = crmi_reconcile_count(t, what, 1, err);
        if (!rc && !t->whole && !dry(t))
            crmi_reconcile_read_again(t, units, list[i].id);
    }
    return rc;
}

int32_t crmi_reconcile_take(crmi_reconciliation *t, const crmsync_rows *rows, crmsync_error **err)
{
    crmsync_job *job = t->task.job;
    crmi_units units;
    size_t n = crmsync_rows_count(rows), conflicts = 0;
    crmi_map_clear(&t->ids);
    crmi_arena_clear(&t->page);
    crmi_arena_init(&t->page, crmi_workspace_alloc(job->ws));
    t->lost_count = 0;
    joined *list = crmi_arena_array(&t->page, n + 1, sizeof *list);
    if (!list)
        return crmi_fail_nomem(err);
    crmi_units_init(&units, &job->ws->store);
    int32_t rc = take_ids(t, rows, list, err);
    if (!rc)
        rc = join(t, rows, list, err);
    if (!rc)
        rc = compare(t, list, n, &units, err);
    if (!rc && t->whole)
        rc = crmi_import_page(job, t->crm, rows, t->entry.start, &t->deactivations, err);
    if (!rc && !dry(t))
        rc = crmi_units_run(&units, &conflicts, err);
    crmi_units_clear(&units);
    return rc;
}

/* ---- links ---- */

typedef struct walk {
    crmi_reconciliation *t;
    crmsync_str ids[WALK_ROWS], locals[WALK_ROWS];
    size_t count, rows;
    crmsync_str at;
    bool nomem;
} walk;

static int32_t visit(void *ctx, const crmsync_kv_item *item, crmsync_error **err)
{
    walk *w = ctx;
    crmi_arena *arena = &w->t->page;
    (void)err;
    if (w->rows == WALK_ROWS)
        return CRMI_VISIT_STOP;
    w->rows++;
    w->nomem = !crmi_arena_str(arena, item->key, &w->at);
    if (!w->nomem && !crmi_map_get(&w->t->ids, item->key))
        w->ids[w->count++] = w->at;
    return w->nomem ? CRMSYNC_E_NOMEM : CRMSYNC_OK;
}

/* Those of them that a link counts on. */
static int32_t add_lost(crmi_reconciliation *t, walk *w, crmsync_error **err)
{
    crmi_store *store = &t->task.job->ws->store;
    crmi_reverse *owners = crmi_arena_array(&t->page, w->count + 1, sizeof *owners);
    crmi_link *links = crmi_arena_array(&t->page, w->count + 1, sizeof *links);
    if (!owners || !links)
        return crmi_fail_nomem(err);
    int32_t rc = crmi_reverse_get(store, w->ids, w->count, &t->page, owners, err);
    size_t n = 0;
    for (size_t i = 0; !rc && i < w->count; i++) {
        if (owners[i].id.len && crmi_str_is(owners[i].kind, t->crm->local_kind))
            w->ids[n] = w->ids[i], w->locals[n++] = owners[i].id;
    }
    if (!rc)
        rc = crmi_link_get_many(store, &t->page, crmi_str(t->crm->local_kind), w->locals, n, links,
                                err);
    for (size_t i = 0; !rc && i < n; i++) {
        const crmi_target *target = crmi_link_target(&links[i], w->ids[i]);
        if (!target || target->state != CRMI_TARGET_LIVE || target->shared)
            continue;
        t->entry.reconcile_links++;
        t->seen[t->lost_count] = false;
        t->lost[t->lost_count++] = w->ids[i];
    }
    return rc;
}

/* Reads links behind reconcile_after, as many as t->lost surely has room for. */
static int32_t walk_some(crmi_reconciliation *t, size_t most, bool *there, crmsync_error **err)
{
    crmsync_workspace *ws = t->task.job->ws;
    crmi_buf from, to;
    walk *w = CRMI_NEW(crmi_workspace_alloc(ws), walk);
    if (!w)
        return crmi_fail_nomem(err);
    w->t = t;
    w->rows = WALK_ROWS - most;
    crmi_buf_init(&from, crmi_workspace_alloc(ws));
    crmi_buf_init(&to, crmi_workspace_alloc(ws));
    crmi_buf_add(&from, t->entry.reconcile_after);
    crmi_buf_lit(&from, t->entry.reconcile_after.len ? "!" : t->crm->prefix); /* behind that key */
    crmi_buf_add(&to, t->to);
    crmi_buf_lit(&to, t->to.len ? "!" : t->crm->prefix);
    if (!t->to.len)
        crmi_buf_lit(&to, "~"); /* behind all ids of the object */
    int32_t rc = crmi_buf_ok(&from) && crmi_buf_ok(&to) ? CRMSYNC_OK : crmi_fail_nomem(err);
    if (!rc)
        rc = crmi_store_each_between(&ws->store, CRMSYNC_SPACE_REVERSE, crmi_buf_str(&from),
                                     crmi_buf_str(&to), visit, w, err);
    if (w->nomem)
        rc = crmi_fail_nomem(err);
    *there = w->rows < WALK_ROWS;
    if (!rc && w->count)
        rc = add_lost(t, w, err);
    if (!rc && crmi_cursor_set(&t->entry, &t->entry.reconcile_after, *there ? t->to : w->at))
        rc = crmi_fail_nomem(err);
    crmi_buf_clear(&from);
    crmi_buf_clear(&to);
    CRMI_DELETE(crmi_workspace_alloc(ws), w);
    return rc;
}

int32_t crmi_reconcile_walk(crmi_reconciliation *t, bool *there, crmsync_error **err)
{
    *there = false;
    int32_t rc = CRMSYNC_OK;
    while (!rc && !*there && t->lost_count < CRMI_LOST_MAX) {
        size_t room = CRMI_LOST_MAX - t->lost_count;
        rc = walk_some(t, room < WALK_ROWS ? room : WALK_ROWS, there, err);
    }
    return rc;
}
