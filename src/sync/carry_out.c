#include "sync/carry_out.h"

#include "model/rows.h"
#include "sync/tally.h"

#define PAGE_RECORDS 500u

static int32_t carry_page(crmi_task *task, crmsync_error **err);
static int32_t carry_ask(crmi_task *task, crmsync_error **err);
static int32_t carry_answers(crmi_task *task, crmsync_error **err);
static int32_t carry_decide(crmi_task *task, crmsync_error **err);

static const crmi_decision *given(const crmi_carry_out *t, size_t i)
{
    return &t->given->page->items[i];
}

static bool acts(const crmi_decision *d)
{
    return d->crm_op != CRMI_OP_NONE || d->local_op != CRMI_OP_NONE || d->link;
}

/* ---- what is counted and not done ---- */

static int32_t pass_over(crmi_carry_out *t, size_t op, uint32_t reason, crmsync_error **err)
{
    crmsync_job *job = t->export.ship.task.job;
    const crmi_decision *d = given(t, op);
    uint32_t outcome = crmsync_reason_outcome(reason);
    crmi_commit c;
    t->done[op] = true;
    int32_t rc = crmi_report_input(job, t->export.ship.flow, crmi_export_counted_as(d), err);
    if (!rc)
        rc = crmi_report_outcome(job, t->export.ship.flow, crmi_export_counted_as(d), outcome, reason,
                                 0, err);
    if (rc || (job->flags & CRMSYNC_JOB_DRY_RUN))
        return rc;
    crmi_commit_init(&c, &job->ws->store);
    crmi_decision told = *d;
    told.field_count = 0;
    crmi_logged what = {"skip", reason, 0, CRMI_STR_EMPTY, CRMI_STR_EMPTY};
    crmi_log_decision(&c, job, &told, d->local_id, d->crm_id, &what);
    rc = crmi_commit_must(&c, err);
    crmi_commit_clear(&c);
    return rc;
}

/* Operations that do nothing: what was excluded, kept, held, or skipped when it was planned. */
static int32_t pass_over_idle(crmi_carry_out *t, crmsync_error **err)
{
    int32_t rc = CRMSYNC_OK;
    for (size_t i = 0; !rc && i < t->given->page->count; i++) {
        const crmi_decision *d = given(t, i);
        bool record = crmi_str_is(d->kind, "person") || crmi_str_is(d->kind, "company");
        if (crmi_plan_excluded(t->given, i))
            rc = pass_over(t, i, CRMSYNC_REASON_EXCLUDED, err);
        else if (!acts(d))
            rc = pass_over(t, i, d->reason, err);
        else if (!record || (!d->local_id.len && d->crm_op != CRMI_OP_CREATE))
            rc = pass_over(t, i, CRMSYNC_REASON_NOT_UNDONE, err);
    }
    return rc;
}

/* ---- a page ---- */

/* An account that people of the plan need is made with them. */
static bool is_parent(const crmi_carry_out *t, size_t op)
{
    for (size_t i = op + 1; i < t->given->page->count; i++) {
        if (given(t, i)->parent == op)
            return true;
    }
    return false;
}

static int32_t gather(crmi_carry_out *t, crmsync_error **err)
{
    crmi_export_work *w = &t->export.work;
    crmi_map seen;
    size_t count = t->given->page->count;
    crmi_work_begin(w, t->kind);
    w->items = crmi_arena_array(&w->arena, PAGE_RECORDS + 1, sizeof *w->items);
    t->ops = crmi_arena_array(&w->arena, count + 1, sizeof *t->ops);
    t->op_count = 0;
    if (!w->items || !t->ops)
        return crmi_fail_nomem(err);
    crmi_map_init(&seen, crmi_workspace_alloc(w->job->ws));
    bool ok = true;
    for (; ok && t->at < count && w->count < PAGE_RECORDS; t->at++) {
        const crmi_decision *d = given(t, t->at);
        size_t at = w->count;
        if (t->done[t->at] || !crmi_str_is(d->kind, t->kind) || !d->local_id.len ||
            (d->crm_op == CRMI_OP_CREATE && crmi_str_is(d->kind, "company") && is_parent(t, t->at)))
            continue;
        t->ops[t->op_count++] = t->at;
        if (crmi_map_get_index(&seen, d->local_id, &at))
            continue;
        ok = crmi_map_put_index(&seen, d->local_id, at);
        w->items[w->count++] = (crmi_page_item){.id = d->local_id, .from_queue = true};
    }
    crmi_map_clear(&seen);
    return ok ? CRMSYNC_OK : crmi_fail_nomem(err);
}

/* The records that the operations name, whatever the links say. */
static int32_t want_named(crmi_carry_out *t, crmsync_error **err)
{
    int32_t rc = CRMSYNC_OK;
    for (size_t i = 0; !rc && i < t->op_count; i++) {
        const crmi_decision *d = given(t, t->ops[i]);
        const crmi_crm_object *crm = crmi_crm_object_named(d->object);
        if (crm && d->crm_id.len)
            rc = crmi_lookup_want(&t->export.lookup, crm->number, CRMI_ASK_ID, d->crm_id, err);
    }
    return rc;
}

/* Companies, then people, then what is left: accounts of people that did not come to be. */
static int32_t finish(crmi_carry_out *t, crmsync_error **err)
{
    int32_t rc = CRMSYNC_OK;
    if (t->kind && crmi_str_is(crmi_str(t->kind), "company")) {
        t->kind = "person";
        t->at = 0;
        return CRMSYNC_OK;
    }
    for (size_t i = 0; !rc && i < t->given->page->count; i++) {
        if (!t->done[i])
            rc = pass_over(t, i, CRMSYNC_REASON_STALE, err);
    }
    t->export.ship.task.next = NULL;
    return rc;
}

static int32_t carry_page(crmi_task *task, crmsync_error **err)
{
    crmi_carry_out *t = (crmi_carry_out *)task;
    crmi_export *e = &t->export;
    task->job->progress.object = crmi_str(t->kind);
    task->next = carry_page;
    int32_t rc = gather(t, err);
    if (rc)
        return rc;
    if (!t->op_count)
        return finish(t, err);
    crmi_lookup_reset(&e->lookup);
    rc = crmi_work_load(&e->work, err);
    if (!rc)
        rc = crmi_work_companies(&e->work, err);
    if (!rc)
        rc = crmi_work_want(&e->work, &e->lookup, err);
    if (!rc)
        rc = want_named(t, err);
    task->next = carry_ask;
    return rc;
}

static int32_t carry_ask(crmi_task *task, crmsync_error **err)
{
    crmi_carry_out *t = (crmi_carry_out *)task;
    size_t sent = 0;
    int32_t rc = crmi_lookup_send(&t->export.lookup, &sent, err);
    task->next = sent ? carry_answers : carry_decide;
    return rc;
}

static int32_t carry_answers(crmi_task *task, crmsync_error **err)
{
    crmi_carry_out *t = (crmi_carry_out *)task;
    task->next = carry_ask;
    return crmi_lookup_take(&t->export.lookup, err);
}

/* ---- what is done ---- */

/* The account a new contact needs, once in the page. */
static int32_t push_parent(crmi_carry_out *t, size_t op, size_t fresh, size_t *pushed,
                           crmsync_error **err)
{
    crmi_plan *plan = &t->export.plan;
    size_t parent = given(t, op)->parent, at = t->fresh.items[fresh].parent;
    (void)err;
    if (at == CRMI_NO_DECISION || pushed[at] != CRMI_NO_DECISION)
        return CRMSYNC_OK;
    pushed[at] = plan->count;
    plan->items[plan->count++] = t->fresh.items[at];
    if (parent != CRMI_NO_DECISION)
        t->done[parent] = true;
    return CRMSYNC_OK;
}

static int32_t push_fresh(crmi_carry_out *t, size_t op, size_t fresh, size_t *pushed,
                          crmsync_error **err)
{
    crmi_plan *plan = &t->export.plan;
    int32_t rc = push_parent(t, op, fresh, pushed, err);
    crmi_decision *d = &plan->items[plan->count];
    *d = t->fresh.items[fresh];
    if (d->parent != CRMI_NO_DECISION)
        d->parent = pushed[d->parent];
    d->same_as = CRMI_NO_DECISION;
    d->flags &= ~CRMI_DECISION_COMPANION;
    plan->count++;
    t->done[op] = true;
    return rc;
}

/* Further operations of a record follow its first one: their link is committed once. */
static int32_t push_updates(crmi_carry_out *t, size_t first, crmsync_error **err)
{
    crmi_plan *plan = &t->export.plan;
    size_t lead = plan->count;
    int32_t rc = CRMSYNC_OK;
    for (size_t i = first; !rc && i < t->op_count; i++) {
        size_t op = t->ops[i], at = t->update_of[i];
        if (t->done[op] || !crmi_str_eq(given(t, op)->local_id, given(t, t->ops[first])->local_id))
            continue;
        const crmi_decision *u = at == CRMI_NO_DECISION ? NULL : &t->updates->own.items[at];
        if (!u || !acts(u) || !crmi_carry_out_update(t, u, &plan->items[plan->count])) {
            if (u || i == first)
                rc = pass_over(t, op, CRMSYNC_REASON_STALE, err);
            continue;
        }
        plan->items[plan->count].flags = CRMI_DECISION_PARTIAL; /* the export looks at all of it */
        if (plan->count > lead)
            plan->items[plan->count].flags |= CRMI_DECISION_COMPANION;
        plan->count++;
        t->done[op] = true;
    }
    return rc;
}

static int32_t compose(crmi_carry_out *t, crmsync_error **err)
{
    crmi_plan *plan = &t->export.plan;
    crmi_plan_clear(plan);
    crmi_plan_init(plan, crmi_workspace_alloc(t->export.ship.task.job->ws));
    plan->cap = t->op_count + t->fresh.count + 1;
    plan->items = crmi_arena_array(&plan->arena, plan->cap, sizeof *plan->items);
    size_t *pushed = crmi_arena_array(&plan->arena, t->fresh.count + 1, sizeof *pushed);
    if (!plan->items || !pushed)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < t->fresh.count; i++)
        pushed[i] = CRMI_NO_DECISION;
    int32_t rc = CRMSYNC_OK;
    for (size_t i = 0; !rc && i < t->op_count; i++) {
        size_t op = t->ops[i];
        if (t->done[op])
            continue;
        size_t same = t->update_of[i] == CRMI_NO_DECISION ? crmi_carry_out_same(t, op)
                                                          : CRMI_NO_DECISION;
        rc = same != CRMI_NO_DECISION ? push_fresh(t, op, same, pushed, err) : push_updates(t, i, err);
    }
    return rc;
}

static int32_t carry_decide(crmi_task *task, crmsync_error **err)
{
    crmi_carry_out *t = (crmi_carry_out *)task;
    crmi_export *e = &t->export;
    crmi_plan_clear(&t->fresh);
    crmi_plan_init(&t->fresh, crmi_workspace_alloc(task->job->ws));
    int32_t rc = crmi_work_decide(&e->work, &e->lookup, &t->fresh, err);
    if (!rc)
        rc = crmi_carry_out_recheck(t, err);
    if (!rc)
        rc = compose(t, err);
    if (rc)
        return rc;
    return crmi_export_decided(task, err);
}

/* ---- the task ---- */

static void carry_clear(crmi_task *task)
{
    crmi_carry_out *t = (crmi_carry_out *)task;
    const crmsync_alloc *alloc = crmi_workspace_alloc(task->job->ws);
    crmi_plan_clear(&t->fresh);
    crmsync_plan_free(t->updates);
    crmi_dealloc_array(alloc, t->done, t->given->page->count + 1, sizeof *t->done);
    crmi_export_clear(task);
}

int32_t crmi_carry_out_task(crmsync_job *job, crmi_task **out, crmsync_error **err)
{
    const crmsync_alloc *alloc = crmi_workspace_alloc(job->ws);
    *out = NULL;
    bool *done = crmi_alloc_zeroed(alloc, job->outside->page->count + 1, sizeof *done);
    if (!done)
        return crmi_fail_nomem(err);
    crmi_carry_out *t =
        crmi_task_new(job, CRMSYNC_PHASE_APPLY, sizeof *t, carry_page, carry_clear);
    if (!t) {
        crmi_dealloc_array(alloc, done, job->outside->page->count + 1, sizeof *done);
        return crmi_fail_nomem(err);
    }
    crmi_export_init(&t->export, job, "apply", carry_page);
    t->export.work.silent = true;
    t->given = job->outside;
    t->done = done;
    t->kind = "company";
    crmi_plan_init(&t->fresh, alloc);
    *out = &t->export.ship.task;
    return pass_over_idle(t, err);
}
