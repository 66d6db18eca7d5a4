/*
 * The activities phase: what was done with people, logged to their timelines. An activity whose
 * person is not in the CRM yet waits for it.
 */
#include "sync/activities.h"

#include "sync/settle.h"

static int32_t activities_page(crmi_task *task, crmsync_error **err);

static void activities_clear(crmi_task *task)
{
    crmi_activities *t = (crmi_activities *)task;
    crmi_ship_clear(&t->ship);
    crmi_work_clear(&t->work);
    crmi_plan_clear(&t->plan);
    crmi_opportunities_clear(&t->opportunities);
    crmi_loaded_clear(&t->others);
    crmi_buf_clear(&t->seen_parent);
    crmi_buf_clear(&t->seen_child);
}

/* ---- what writes nothing ---- */

static int32_t park(crmi_activities *t, const crmi_decision *d, crmi_units *units)
{
    crmsync_workspace *ws = t->ship.task.job->ws;
    const crmi_activity_input *in = &t->inputs[d->input];
    crmi_waiting waiting = {
        .parent_kind = CRMI_STR("person"),
        .parent = crmi_record_text(in->local, "person_id"),
        .child_kind = CRMI_STR("activity"),
        .child = d->local_id,
        .reason = crmi_str(crmsync_reason_name(d->reason)),
        .since_ms = in->waiting_since ? in->waiting_since : crmi_workspace_server_now(ws),
    };
    if (waiting.parent.len && waiting.parent.len <= CRMI_LOCAL_ID_MAX)
        crmi_waiting_put(&units->changes, &waiting);
    return CRMSYNC_OK;
}

static int32_t settle_quiet(crmi_activities *t, crmsync_error **err)
{
    crmsync_job *job = t->ship.task.job;
    crmsync_workspace *ws = job->ws;
    bool dry = (job->flags & CRMSYNC_JOB_DRY_RUN) != 0;
    crmi_units units;
    size_t conflicts = 0;
    int32_t rc = CRMSYNC_OK;
    crmi_units_init(&units, &ws->store);
    for (size_t i = 0; !rc && i < t->plan.count; i++) {
        const crmi_decision *d = &t->plan.items[i];
        crmsync_str object = d->object.len ? d->object : d->kind;
        rc = crmi_report_input(job, t->ship.flow, object, err);
        job->one_by_one += d->crm_op != CRMI_OP_NONE;
        if (rc || (d->crm_op != CRMI_OP_NONE && !dry))
            continue;
        rc = crmi_report_outcome(job, t->ship.flow, object, d->outcome, d->reason, 0, err);
        if (rc || dry || d->outcome == CRMSYNC_OUTCOME_UNCHANGED)
            continue;
        crmi_units_begin(&units);
        crmi_logged what = {crmi_log_op(d, d->outcome), d->reason, 0, CRMI_STR_EMPTY, d->detail};
        crmi_log_decision(&units.changes, job, d, d->local_id, d->crm_id, &what);
        if (d->reason == CRMSYNC_REASON_WAITING_PERSON)
            rc = park(t, d, &units);
    }
    if (!rc && !dry)
        rc = crmi_allowances_take(&t->allowances, &t->plan, err);
    if (!rc && !dry)
        rc = crmi_allowances_visit(&t->visits, &t->plan, err);
    if (!rc) {
        crmi_allowances_put(&t->allowances, &units);
        crmi_allowances_put(&t->visits, &units);
    }
    if (!rc)
        rc = crmi_units_run(&units, &conflicts, err);
    crmi_units_clear(&units);
    return rc;
}

/* ---- a page ---- */

static int32_t activities_close(crmi_task *task, crmsync_error **err)
{
    crmi_activities *t = (crmi_activities *)task;
    crmsync_workspace *ws = task->job->ws;
    if (t->parked_count && !(task->job->flags & CRMSYNC_JOB_DRY_RUN)) {
        crmi_units units;
        size_t conflicts = 0;
        crmi_units_init(&units, &ws->store);
        for (size_t i = 0; i < t->parked_count; i++) {
            crmi_units_begin(&units);
            crmi_waiting_delete(&units.changes, &t->parked[i]);
        }
        int32_t rc = crmi_units_run(&units, &conflicts, err);
        crmi_units_clear(&units);
        if (rc)
            return rc;
    }
    int32_t rc = crmi_work_close(&t->work, err);
    task->next = t->work.last && t->parked_read ? NULL : activities_page;
    return rc;
}

static int32_t activities_decide(crmi_task *task, crmsync_error **err)
{
    crmi_activities *t = (crmi_activities *)task;
    crmsync_workspace *ws = task->job->ws;
    crmi_decide_env env = crmi_workspace_decide_env(ws);
    task->next = activities_close;
    crmi_plan_reset(&t->plan);
    int32_t rc = crmi_activities_relate(t, err);
    if (!rc)
        rc = crmi_decide_activities(&env, t->inputs, t->work.count, &t->plan, err);
    if (!rc)
        rc = settle_quiet(t, err);
    if (rc || (task->job->flags & CRMSYNC_JOB_DRY_RUN))
        return rc;
    uint64_t *digests = crmi_arena_array(&t->work.arena, t->plan.count + 1, sizeof *digests);
    if (!digests)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < t->plan.count; i++)
        digests[i] = t->work.items[t->plan.items[i].input].digest;
    rc = crmi_ship_load(&t->ship, &t->plan, digests, err);
    for (size_t i = 0; !rc && i < t->work.count; i++)
        crmi_ship_tried(&t->ship, t->work.kind, t->work.items[i].id, t->work.items[i].tries);
    return rc;
}

static int32_t activities_related(crmi_task *task, crmsync_error **err)
{
    crmi_activities *t = (crmi_activities *)task;
    int32_t rc = crmi_opportunities_take(task, &t->opportunities, err);
    return rc ? rc : activities_decide(task, err);
}

static int32_t activities_page(crmi_task *task, crmsync_error **err)
{
    crmi_activities *t = (crmi_activities *)task;
    crmsync_str *contacts = NULL;
    size_t n = 0;
    task->job->progress.object = CRMI_STR("activity");
    int32_t rc = crmi_work_gather(&t->work, "activity", CRMI_ACTIVITIES_PAGE, err);
    if (!rc)
        rc = crmi_activities_release(t, err);
    task->next = activities_close;
    if (rc || !t->work.count)
        return rc;
    crmi_opportunities_clear(&t->opportunities);
    rc = crmi_work_load(&t->work, err);
    if (!rc)
        rc = crmi_activities_visits(t, err);
    if (!rc)
        rc = crmi_activities_inputs(t, err);
    if (!rc)
        rc = crmi_activities_contacts(t, &contacts, &n, err);
    if (rc || !n)
        return rc ? rc : activities_decide(task, err);
    task->next = activities_related;
    return crmi_opportunities_ask(task, contacts, n, err);
}

int32_t crmi_activities_task(crmsync_job *job, crmi_task **out, crmsync_error **err)
{
    const crmsync_alloc *alloc = crmi_workspace_alloc(job->ws);
    if (!job->ws->config->activities.enabled)
        return CRMSYNC_OK;
    crmi_activities *t =
        crmi_task_new(job, CRMSYNC_PHASE_ACTIVITIES, sizeof *t, activities_page, activities_clear);
    if (!t)
        return crmi_fail_nomem(err);
    crmi_ship_init(&t->ship, "activities", activities_close);
    crmi_work_init(&t->work, job);
    t->work.flow = t->ship.flow;
    crmi_plan_init(&t->plan, alloc);
    crmi_opportunities_init(&t->opportunities, alloc);
    crmi_loaded_init(&t->others, alloc);
    crmi_buf_init(&t->seen_parent, alloc);
    crmi_buf_init(&t->seen_child, alloc);
    *out = &t->ship.task;
    return CRMSYNC_OK;
}
