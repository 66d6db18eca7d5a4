/*
 * What left the recycle bin between two polls: getDeleted tells its ids for 15 days. Those that are
 * linked become pending, and are read once more before anything is made of it.
 */
#include "salesforce/delta.h"
#include "state/link.h"
#include "state/reverse.h"
#include "sync/import_task.h"

#define HOUR_MS INT64_C(3600000)

static int32_t deletions_answer(crmi_task *task, crmsync_error **err);

bool crmi_import_deletions_due(const crmi_import_run *t)
{
    const crmsync_workspace *ws = t->task.job->ws;
    const crmi_cursor *e = &t->cursor.entry;
    int64_t every = (int64_t)ws->config->limits.deletions_h * HOUR_MS;
    return !t->cursor.index_only && !crmi_import_dry(t) && !e->backfill &&
           crmi_import_query_all(CRMI_IMPORT_POLL, t->crm) &&
           e->hi - e->deleted_hi >= (every ? every : 1);
}

int32_t crmi_import_deletions(crmi_task *task, crmsync_error **err)
{
    crmi_import_run *t = (crmi_import_run *)task;
    crmi_cursor *e = &t->cursor.entry;
    int64_t now = crmi_workspace_server_now(task->job->ws);
    if (!t->deletions_open) {
        int64_t from = e->deleted_hi ? e->deleted_hi - e->overlap_ms : 0;
        if (!crmi_deleted_window(from, now, &t->deletions)) /* longer away than it reaches back */
            e->last_reconcile = 0;
        t->deletions_open = true;
    }
    int32_t rc = crmi_deleted_request(crmi_task_request(task), crmi_workspace_api_version(task->job->ws),
                                      crmi_str(t->crm->name), t->deletions.start_ms,
                                      t->deletions.end_ms, err);
    if (rc)
        return rc;
    crmi_task_send(task, false);
    task->next = deletions_answer;
    return CRMSYNC_OK;
}

static void put_pending(crmi_import_run *t, crmi_units *units, crmsync_str id)
{
    int64_t now = crmi_engine_wall(t->task.job->ws->engine);
    crmi_queued item = {.part = crmi_str(t->crm->name),
                        .kind = crmi_str(t->crm->name),
                        .id = id,
                        .reason = crmi_str(crmsync_reason_name(CRMSYNC_REASON_CRM_DELETED)),
                        .space = CRMSYNC_SPACE_PENDING,
                        .prio = 4,
                        .due_ms = 0, /* at once, whatever becomes of the clock */
                        .since_ms = now};
    crmi_units_begin(units);
    crmi_queue_put(&units->changes, &item);
}

/* Those that somebody's link still counts on. */
static int32_t put_linked(crmi_import_run *t, const crmsync_str *ids, size_t n, crmi_units *units,
                          crmsync_error **err)
{
    crmi_store *store = &t->task.job->ws->store;
    crmi_reverse *owners = crmi_arena_array(&t->arena, n + 1, sizeof *owners);
    crmsync_str *locals = crmi_arena_array(&t->arena, n + 1, sizeof *locals);
    crmi_link *links = crmi_arena_array(&t->arena, n + 1, sizeof *links);
    size_t count = 0;
    if (!owners || !locals || !links)
        return crmi_fail_nomem(err);
    int32_t rc = crmi_reverse_get(store, ids, n, &t->arena, owners, err);
    for (size_t i = 0; !rc && i < n; i++) {
        if (owners[i].id.len)
            owners[count] = owners[i], locals[count++] = owners[i].id;
    }
    if (!rc)
        rc = crmi_link_get_many(store, &t->arena, crmi_str(t->crm->local_kind), locals, count, links,
                                err);
    for (size_t i = 0; !rc && i < count; i++) {
        const crmi_target *target = crmi_link_target(&links[i], owners[i].crm_id);
        if (target && (target->state == CRMI_TARGET_LIVE || target->state == CRMI_TARGET_VANISHED))
            put_pending(t, units, owners[i].crm_id);
    }
    return rc;
}

static int32_t take_ids(crmi_import_run *t, const crmi_delta *deleted, crmi_units *units,
                        crmsync_error **err)
{
    crmsync_str *ids = crmi_arena_array(&t->arena, deleted->count + 1, sizeof *ids);
    char id[CRMSYNC_KEY_MAX];
    if (!ids)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < deleted->count; i++) {
        size_t len = 0;
        if (crmsync_normalize_id(deleted->records[i].id, id, sizeof id, &len) || !len)
            return crmi_fail(err, CRMSYNC_E_PROTOCOL, "deleted records: an id that is none");
        if (!crmi_arena_str(&t->arena, (crmsync_str){id, len}, &ids[i]))
            return crmi_fail_nomem(err);
    }
    int32_t rc = put_linked(t, ids, deleted->count, units, err);
    if (!rc && t->crm->number == CRMI_OBJECT_ACCOUNT)
        rc = crmi_import_index_drop(t->task.job, ids, deleted->count, &t->arena, units, err);
    return rc;
}

static int32_t take_deletions(crmi_import_run *t, const crmi_response *response, crmsync_error **err)
{
    crmsync_workspace *ws = t->task.job->ws;
    crmi_cursor *e = &t->cursor.entry;
    int64_t now = crmi_workspace_server_now(ws);
    crmi_delta deleted;
    crmi_units units;
    size_t conflicts = 0;
    int32_t rc = crmi_deleted_read(&t->arena, response, &deleted, err);
    if (rc)
        return rc;
    crmi_units_init(&units, &ws->store);
    rc = take_ids(t, &deleted, &units, err);
    if (!rc && !crmi_deleted_complete(&deleted, t->deletions.start_ms))
        e->last_reconcile = 0;
    int64_t covered = deleted.latest_covered_ms;
    bool whole = covered <= t->deletions.start_ms || now - t->deletions.end_ms < e->overlap_ms;
    e->deleted_hi = covered > e->deleted_hi ? covered : e->deleted_hi;
    if (!rc) {
        crmi_units_begin_closing(&units);
        crmi_cursor_put(&units.changes, e);
        rc = crmi_units_run(&units, &conflicts, err);
        if (!rc && conflicts)
            rc = crmi_units_run(&units, &conflicts, err);
    }
    if (!rc)
        crmi_cursor_committed(&units.changes, e);
    crmi_units_clear(&units);
    t->deletions = (crmi_delta_window){covered, now};
    t->deletions_open = !whole;
    t->task.next = whole ? crmi_import_leftovers : crmi_import_deletions;
    return rc;
}

static int32_t deletions_answer(crmi_task *task, crmsync_error **err)
{
    crmi_import_run *t = (crmi_import_run *)task;
    crmsync_error *own = NULL;
    crmsync_error **cause = err ? err : &own;
    int32_t rc = crmi_task_answer(task, 0, cause);
    int32_t status = task->call[0].response.status;
    if (!rc) {
        rc = take_deletions(t, &task->call[0].response, cause);
    } else if (rc == CRMSYNC_E_SALESFORCE && status >= 400 && status < 500) {
        bool many = crmi_str_is(crmsync_error_salesforce_code(*cause), "EXCEEDED_ID_LIMIT");
        bool again = many && crmi_delta_window_halve(&t->deletions);
        if (!again) { /* not to be had: the reconciliation finds them */
            crmi_engine_log(task->job->ws->engine, CRMSYNC_LOG_WARN,
                            "deleted records of %s cannot be read: %.*s", t->crm->name,
                            CRMI_SPELL(crmsync_error_message(*cause)));
            t->cursor.entry.last_reconcile = 0;
            t->deletions_open = false;
        }
        task->next = again ? crmi_import_deletions : crmi_import_leftovers;
        crmi_error_drop(cause);
        rc = CRMSYNC_OK;
    }
    crmi_task_reset_calls(task);
    crmsync_error_free(own);
    return rc;
}
