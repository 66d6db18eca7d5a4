/*
 * The activities phase: what was done with people, logged to their timelines. An activity whose
 * person is not in the CRM yet waits for it.
 */
#include "base/time.h"
#include "state/waiting.h"
#include "sync/page.h"
#include "sync/settle.h"
#include "sync/ship.h"

#define PAGE_ACTIVITIES 500u
#define WAITING_MAX 2000u /* looked at per run; the rest comes next time */

typedef struct activities_task {
    crmi_ship ship; /* first: this task ships */
    crmi_export_work work;
    crmi_plan plan;
    crmi_waiting *parked; /* to be released with the page */
    size_t parked_count;
    bool parked_read;
} activities_task;

static int32_t activities_page(crmi_task *task, crmsync_error **err);

static void activities_clear(crmi_task *task)
{
    activities_task *t = (activities_task *)task;
    crmi_ship_clear(&t->ship);
    crmi_work_clear(&t->work);
    crmi_plan_clear(&t->plan);
}

/* ---- waiting ones whose person has come ---- */

static int32_t take_released(activities_task *t, crmsync_error **err)
{
    crmsync_workspace *ws = t->ship.task.job->ws;
    crmi_waiting *list;
    size_t n;
    t->parked_count = 0;
    if (t->parked_read)
        return CRMSYNC_OK;
    t->parked_read = true;
    int32_t rc = crmi_waiting_list(&ws->store, CRMI_STR("person"), CRMI_STR_EMPTY, WAITING_MAX,
                                   &t->work.arena, &list, &n, err);
    if (rc || n == 0)
        return rc;
    crmsync_str *ids = crmi_arena_array(&t->work.arena, n, sizeof *ids);
    crmi_link *links = crmi_arena_array(&t->work.arena, n, sizeof *links);
    t->parked = crmi_arena_array(&t->work.arena, n, sizeof *t->parked);
    crmi_page_item *items = crmi_arena_array(&t->work.arena, t->work.count + n + 1, sizeof *items);
    if (!ids || !links || !t->parked || !items)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < n; i++)
        ids[i] = list[i].parent;
    rc = crmi_link_get_many(&ws->store, &t->work.arena, CRMI_STR("person"), ids, n, links, err);
    memcpy(items, t->work.items, t->work.count * sizeof *items);
    t->work.items = items;
    for (size_t i = 0; !rc && i < n; i++) {
        if (!crmi_link_any_live(&links[i]))
            continue;
        t->parked[t->parked_count++] = list[i];
        bool there = false;
        for (size_t k = 0; k < t->work.count; k++)
            there = there || crmi_str_eq(items[k].id, list[i].child);
        if (!there) {
            items[t->work.count].id = list[i].child;
            items[t->work.count++].from_queue = true;
        }
    }
    return rc;
}

/* ---- deciding ---- */

static int32_t person_links(activities_task *t, crmi_link **out, crmsync_error **err)
{
    crmi_export_work *w = &t->work;
    crmsync_str *ids = crmi_arena_array(&w->arena, w->count + 1, sizeof *ids);
    crmi_link *links = crmi_arena_array(&w->arena, w->count + 1, sizeof *links);
    crmi_link *by_item = crmi_arena_array(&w->arena, w->count + 1, sizeof *by_item);
    size_t *which = crmi_arena_array(&w->arena, w->count + 1, sizeof *which);
    size_t n = 0;
    if (!ids || !links || !by_item || !which)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < w->count; i++) {
        crmsync_str id = w->items[i].decide ? crmi_record_text(w->items[i].local, "person_id")
                                            : CRMI_STR_EMPTY;
        if (!id.len || id.len > CRMI_LOCAL_ID_MAX)
            continue;
        which[n] = i;
        ids[n++] = id;
    }
    int32_t rc = crmi_link_get_many(&w->job->ws->store, &w->arena, CRMI_STR("person"), ids, n, links,
                                    err);
    for (size_t k = 0; !rc && k < n; k++)
        by_item[which[k]] = links[k];
    *out = by_item;
    return rc;
}

static int64_t civil_date(const activities_task *t, crmi_record activity)
{
    const crmsync_engine *engine = t->ship.task.job->ws->engine;
    crmsync_cell at = crmi_record_get(activity, CRMI_STR("at"));
    int64_t ms = at.type == CRMSYNC_CELL_DATETIME ? at.number : crmi_engine_wall(engine);
    if (at.type == CRMSYNC_CELL_TEXT && !crmi_datetime_parse(at.text, &ms))
        ms = crmi_engine_wall(engine);
    if (engine->env.civil_date)
        return engine->env.civil_date(engine->env_ctx, ms, crmi_record_text(activity, "owner"));
    return ms >= 0 ? ms / CRMI_DAY_MS : -((-ms + CRMI_DAY_MS - 1) / CRMI_DAY_MS);
}

static int32_t decide_page(activities_task *t, crmsync_error **err)
{
    crmi_export_work *w = &t->work;
    crmi_link *people = NULL;
    int32_t rc = person_links(t, &people, err);
    crmi_activity_input *in = rc ? NULL : crmi_arena_array(&w->arena, w->count + 1, sizeof *in);
    if (!in)
        return rc ? rc : crmi_fail_nomem(err);
    size_t n = 0;
    for (size_t i = 0; i < w->count; i++) {
        if (!w->items[i].decide)
            continue;
        w->items[n] = w->items[i];
        in[n] = (crmi_activity_input){
            .local = w->items[i].local,
            .person = people[i].version ? &people[i] : NULL,
            .link = w->items[i].link->version ? w->items[i].link : NULL,
            .civil_date = civil_date(t, w->items[i].local),
        };
        n++;
    }
    w->count = n;
    crmi_plan_clear(&t->plan);
    crmi_plan_init(&t->plan, crmi_workspace_alloc(w->job->ws));
    crmi_decide_env env = crmi_workspace_decide_env(w->job->ws);
    return crmi_decide_activities(&env, in, n, &t->plan, err);
}

/* ---- what writes nothing ---- */

static int32_t park(activities_task *t, const crmi_decision *d, crmi_units *units)
{
    crmsync_workspace *ws = t->ship.task.job->ws;
    crmi_record activity = t->work.items[d->input].local;
    crmi_waiting waiting = {
        .parent_kind = CRMI_STR("person"),
        .parent = crmi_record_text(activity, "person_id"),
        .child_kind = CRMI_STR("activity"),
        .child = d->local_id,
        .reason = crmi_str(crmsync_reason_name(d->reason)),
        .since_ms = crmi_engine_wall(ws->engine),
    };
    if (waiting.parent.len && waiting.parent.len <= CRMI_LOCAL_ID_MAX)
        crmi_waiting_put(&units->changes, &waiting);
    return CRMSYNC_OK;
}

static int32_t settle_quiet(activities_task *t, crmsync_error **err)
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
    if (!rc)
        rc = crmi_units_run(&units, &conflicts, err);
    crmi_units_clear(&units);
    return rc;
}

/* ---- a page ---- */

static int32_t activities_close(crmi_task *task, crmsync_error **err)
{
    activities_task *t = (activities_task *)task;
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
    task->next = t->work.last ? NULL : activities_page;
    return rc;
}

static int32_t activities_page(crmi_task *task, crmsync_error **err)
{
    activities_task *t = (activities_task *)task;
    uint64_t *digests;
    task->job->progress.object = CRMI_STR("activity");
    int32_t rc = crmi_work_gather(&t->work, "activity", PAGE_ACTIVITIES, err);
    if (!rc)
        rc = take_released(t, err);
    task->next = activities_close;
    if (rc || !t->work.count)
        return rc;
    rc = crmi_work_load(&t->work, err);
    if (!rc)
        rc = decide_page(t, err);
    if (!rc)
        rc = settle_quiet(t, err);
    if (rc || (task->job->flags & CRMSYNC_JOB_DRY_RUN))
        return rc;
    digests = crmi_arena_array(&t->work.arena, t->plan.count + 1, sizeof *digests);
    if (!digests)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < t->plan.count; i++)
        digests[i] = t->work.items[t->plan.items[i].input].digest;
    rc = crmi_ship_load(&t->ship, &t->plan, digests, err);
    for (size_t i = 0; !rc && i < t->work.count; i++)
        crmi_ship_tried(&t->ship, t->work.kind, t->work.items[i].id, t->work.items[i].tries);
    return rc;
}

int32_t crmi_activities_task(crmsync_job *job, crmi_task **out, crmsync_error **err)
{
    if (!job->ws->config->activities.enabled)
        return CRMSYNC_OK;
    activities_task *t =
        crmi_task_new(job, CRMSYNC_PHASE_ACTIVITIES, sizeof *t, activities_page, activities_clear);
    if (!t)
        return crmi_fail_nomem(err);
    crmi_ship_init(&t->ship, "activities", activities_close);
    crmi_work_init(&t->work, job);
    t->work.flow = t->ship.flow;
    crmi_plan_init(&t->plan, crmi_workspace_alloc(job->ws));
    *out = &t->ship.task;
    return CRMSYNC_OK;
}
