/*
 * The campaigns phase: what engagement makes of people in Salesforce campaigns. The host feeds
 * engagements like any other records; those of one person in one campaign are decided together, on
 * what the campaign holds now. An engagement whose person is not in the CRM yet waits for it.
 */
#include "sync/campaigns.h"

#include "sync/settle.h"

static int32_t campaigns_page(crmi_task *task, crmsync_error **err);

crmsync_workspace *crmi_campaigns_workspace(const crmi_campaigns *t)
{
    return t->ship.task.job->ws;
}

bool crmi_campaigns_dry(const crmi_campaigns *t)
{
    return (t->ship.task.job->flags & CRMSYNC_JOB_DRY_RUN) != 0;
}

static void page_clear(crmi_campaigns *t)
{
    crmsync_plan_free(t->plan);
    t->plan = NULL;
    crmi_campaigns_queries_clear(t);
    crmi_loaded_clear(&t->others);
    crmi_loaded_init(&t->others, crmi_workspace_alloc(crmi_campaigns_workspace(t)));
    t->queued_count = t->parked_count = t->touch_count = t->pair_count = 0;
    t->labels_made = false;
}

static void campaigns_clear(crmi_task *task)
{
    crmi_campaigns *t = (crmi_campaigns *)task;
    crmi_ship_clear(&t->ship);
    page_clear(t);
    crmi_work_clear(&t->work);
    crmi_loaded_clear(&t->others);
    crmi_cursor_clear(&t->removals);
    crmsync_rows_free(t->labels);
    crmi_map_clear(&t->labelled);
    crmi_arena_clear(&t->label_arena);
    crmi_buf_clear(&t->seen_parent);
    crmi_buf_clear(&t->seen_child);
}

/* What waited and what was to be tried again goes, then the feed moves on. */
static int32_t campaigns_close(crmi_task *task, crmsync_error **err)
{
    crmi_campaigns *t = (crmi_campaigns *)task;
    int32_t rc = CRMSYNC_OK;
    if (!crmi_campaigns_dry(t)) {
        crmi_units units;
        size_t conflicts = 0;
        rc = crmi_campaigns_settle_written(t, err);
        if (rc)
            return rc;
        crmi_units_init(&units, &crmi_campaigns_workspace(t)->store);
        for (size_t i = 0; i < t->parked_count; i++) {
            crmi_units_begin(&units);
            crmi_waiting_delete(&units.changes, &t->parked[i]);
        }
        for (size_t i = 0; i < t->queued_count; i++) {
            crmi_units_begin(&units);
            crmi_queue_delete(&units.changes, &t->queued[i]);
        }
        rc = crmi_units_run(&units, &conflicts, err);
        crmi_units_clear(&units);
    }
    if (!rc)
        rc = crmi_work_close(&t->work, err);
    bool done = t->work.last && t->queue_read && t->parked_kind > 1;
    task->next = done ? NULL : campaigns_page;
    return rc;
}

int32_t crmi_campaigns_carry_out(crmi_task *task, crmsync_error **err)
{
    crmi_campaigns *t = (crmi_campaigns *)task;
    task->next = campaigns_close;
    int32_t rc = crmi_campaigns_settle_quiet(t, err);
    if (rc || crmi_campaigns_dry(t))
        return rc;
    rc = crmi_ship_load(&t->ship, t->plan->page, NULL, err);
    for (size_t i = 0; !rc && i < t->pair_count; i++)
        crmi_ship_tried(&t->ship, CRMI_STR("member"), t->pairs[i].state->id, t->pairs[i].tries);
    return rc;
}

static int32_t campaigns_page(crmi_task *task, crmsync_error **err)
{
    crmi_campaigns *t = (crmi_campaigns *)task;
    page_clear(t);
    task->job->progress.object = CRMI_STR("CampaignMember");
    task->next = campaigns_close;
    int32_t rc = crmi_campaigns_gather(t, err);
    if (rc || !t->work.count)
        return rc;
    rc = crmi_work_load(&t->work, err);
    if (!rc)
        task->next = t->removed_read ? crmi_campaigns_ask : crmi_campaigns_removed;
    return rc;
}

int32_t crmi_campaigns_task(crmsync_job *job, crmi_task **out, crmsync_error **err)
{
    const crmsync_alloc *alloc = crmi_workspace_alloc(job->ws);
    if (job->ws->config->signal_count && !job->signals_begun) {
        job->signals_begun = true;
        job->phase_again = true; /* signals go first, then engagements */
        return crmi_signals_task(job, out, err);
    }
    if (!job->ws->config->campaigns.enabled)
        return CRMSYNC_OK;
    crmi_campaigns *t =
        crmi_task_new(job, CRMSYNC_PHASE_CAMPAIGNS, sizeof *t, campaigns_page, campaigns_clear);
    if (!t)
        return crmi_fail_nomem(err);
    crmi_ship_init(&t->ship, "campaigns", campaigns_close);
    crmi_work_init(&t->work, job);
    t->work.flow = t->ship.flow;
    crmi_loaded_init(&t->others, alloc);
    crmi_cursor_init(&t->removals, alloc);
    crmi_arena_init(&t->label_arena, alloc);
    crmi_map_init(&t->labelled, alloc);
    crmi_buf_init(&t->seen_parent, alloc);
    crmi_buf_init(&t->seen_child, alloc);
    for (size_t i = 0; i < CRMI_CAMPAIGN_QUERIES; i++)
        crmi_buf_init(&t->queries[i].next_url, alloc);
    *out = &t->ship.task;
    return CRMSYNC_OK;
}
