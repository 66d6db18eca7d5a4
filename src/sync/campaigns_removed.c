/*
 * Who was removed from a campaign. Members leave no trace behind but in the log of deletions
 * (getDeleted), which tells the minute; where an org does not answer it, a member that is missing
 * counts as removed since it was seen last.
 */
#include "salesforce/delta.h"
#include "sync/campaigns.h"

#define CURSOR CRMI_STR("CampaignMember~removed")
#define MINUTE_MS INT64_C(60000)

static int32_t removed_answer(crmi_task *task, crmsync_error **err);

static int32_t keep_cursor(crmi_campaigns *t, crmsync_error **err)
{
    crmi_commit c;
    if (crmi_campaigns_dry(t))
        return CRMSYNC_OK;
    crmi_commit_init(&c, &crmi_campaigns_workspace(t)->store);
    crmi_cursor_put(&c, &t->removals);
    int32_t rc = crmi_commit_must(&c, err);
    crmi_commit_clear(&c);
    return rc;
}

int32_t crmi_campaigns_removed(crmi_task *task, crmsync_error **err)
{
    crmi_campaigns *t = (crmi_campaigns *)task;
    crmsync_workspace *ws = crmi_campaigns_workspace(t);
    crmi_delta_window window;
    int64_t now = crmi_workspace_server_now(ws);
    t->removed_read = true;
    task->next = crmi_campaigns_ask;
    int32_t rc = crmi_cursor_get(&ws->store, CURSOR, &t->removals, err);
    if (rc)
        return rc;
    if (!t->removals.deleted_hi) { /* nobody of ours has been removed before there was anybody */
        t->removals.deleted_hi = now;
        return keep_cursor(t, err);
    }
    if (now - t->removals.deleted_hi < MINUTE_MS)
        return CRMSYNC_OK;
    crmi_deleted_window(t->removals.deleted_hi, now, &window);
    rc = crmi_deleted_request(crmi_task_request(task), crmi_workspace_api_version(ws),
                              CRMI_STR("CampaignMember"), window.start_ms, window.end_ms, err);
    if (rc)
        return rc;
    crmi_task_send(task, false);
    task->next = removed_answer;
    return CRMSYNC_OK;
}

static int32_t put_removed(crmi_campaigns *t, const crmi_delta *deleted, crmsync_error **err)
{
    crmsync_workspace *ws = crmi_campaigns_workspace(t);
    crmi_arena *arena = &t->work.arena;
    crmi_membership *states = crmi_arena_array(arena, deleted->count + 1, sizeof *states);
    crmi_units units;
    size_t n = 0, conflicts = 0;
    int32_t rc = states ? CRMSYNC_OK : crmi_fail_nomem(err);
    for (size_t i = 0; !rc && i < deleted->count; i++) {
        rc = crmi_membership_find(&ws->store, arena, deleted->records[i].id, &states[n].id, err);
        states[n].removed_ms = deleted->records[i].deleted_ms;
        n += states[n].id.len > 0;
    }
    int64_t *when = crmi_arena_array(arena, n + 1, sizeof *when);
    if (rc || !when)
        return rc ? rc : crmi_fail_nomem(err);
    for (size_t i = 0; i < n; i++)
        when[i] = states[i].removed_ms;
    rc = crmi_memberships_get(&ws->store, arena, states, n, err);
    crmi_units_init(&units, &ws->store);
    for (size_t i = 0; !rc && i < n; i++) {
        states[i].removed_ms = when[i] > states[i].removed_ms ? when[i] : states[i].removed_ms;
        states[i].crm_id = CRMI_STR_EMPTY;
        crmi_units_begin(&units);
        crmi_membership_put(&units.changes, &states[i]);
    }
    if (!rc)
        rc = crmi_units_run(&units, &conflicts, err);
    crmi_units_clear(&units);
    return rc;
}

static int32_t removed_answer(crmi_task *task, crmsync_error **err)
{
    crmi_campaigns *t = (crmi_campaigns *)task;
    crmi_delta deleted = {.count = 0};
    int32_t rc = crmi_task_answer(task, 0, err);
    bool refused = task->call[0].response.status >= 400 && task->call[0].response.status < 500 &&
                   task->call[0].response.status != 401;
    if (!rc)
        rc = crmi_deleted_read(&t->work.arena, &task->call[0].response, &deleted, err);
    crmi_task_reset_calls(task);
    task->next = crmi_campaigns_ask;
    if (rc && refused && rc != CRMSYNC_E_NOMEM) { /* told by what is missing, then */
        if (err)
            crmi_error_drop(err);
        crmi_engine_log(crmi_campaigns_workspace(t)->engine, CRMSYNC_LOG_WARN,
                        "the org does not tell which campaign members were removed");
        return CRMSYNC_OK;
    }
    if (!rc && !crmi_campaigns_dry(t))
        rc = put_removed(t, &deleted, err);
    if (!rc && deleted.latest_covered_ms > t->removals.deleted_hi)
        t->removals.deleted_hi = deleted.latest_covered_ms;
    return rc ? rc : keep_cursor(t, err);
}
