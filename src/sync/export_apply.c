/* Carrying a page out on the local side: saves, links, and what a conflict means. */
#include "decide/plan.h"
#include "sync/export.h"
#include "sync/settle.h"

/* What the host took out of the page is skipped, with all that hangs on it. */
static void exclude(crmi_export *t)
{
    crmsync_job *job = t->ship.task.job;
    for (size_t i = 0; job->review && i < t->plan.count; i++) {
        crmi_decision *d = &t->plan.items[i];
        bool parent_gone = d->parent != CRMI_NO_DECISION && d->parent < i &&
                           t->plan.items[d->parent].reason == CRMSYNC_REASON_EXCLUDED;
        if (!crmi_plan_excluded(job->review, i) && !parent_gone)
            continue;
        d->crm_op = d->local_op = CRMI_OP_NONE;
        d->link = false;
        d->field_count = d->other_count = 0;
        d->outcome = CRMSYNC_OUTCOME_SKIPPED;
        d->reason = CRMSYNC_REASON_EXCLUDED;
        t->digests[i] = 0;
    }
    crmsync_plan_free(job->review);
    job->review = NULL;
}

/* Does the link change before anything is sent? */
static bool links_first(const crmi_decision *d)
{
    if (d->crm_op == CRMI_OP_NONE || d->local_op != CRMI_OP_NONE || (d->link && d->crm_id.len) ||
        d->other_count)
        return true;
    for (size_t i = 0; i < d->field_count; i++) {
        if (d->fields[i].base != CRMI_BASE_KEEP && d->fields[i].base != CRMI_BASE_SENT)
            return true;
    }
    return false;
}

/* A companion belongs to the decision of the primary record before it. */
static size_t lead_of(const crmi_plan *plan, size_t i)
{
    while (i && (plan->items[i].flags & CRMI_DECISION_COMPANION))
        i--;
    return i;
}

/* One unit for all that changes one link. */
static bool has_unit(const crmi_plan *plan, size_t i)
{
    for (size_t k = lead_of(plan, i); k < i; k++) {
        if (links_first(&plan->items[k]))
            return false;
    }
    return links_first(&plan->items[i]);
}

/* A held or refused record comes back when what it waits for may have changed. */
static const struct {
    uint32_t reason;
    int64_t wait_ms;
} comes_back[] = {
    {CRMSYNC_REASON_LOOKUP_UNKNOWN, 60000},    {CRMSYNC_REASON_CLAIMED_ELSEWHERE, 5000},
    {CRMSYNC_REASON_WAITING_PARENT, 60000},    {CRMSYNC_REASON_SAVE_CONFLICT, 0},
    {CRMSYNC_REASON_STALE, 0},                 {CRMSYNC_REASON_IN_FLIGHT, 60000},
    /* lists and opportunities change without the record */
    {CRMSYNC_REASON_SUPPRESSION_UNKNOWN, 900000}, {CRMSYNC_REASON_SUPPRESSED, 21600000},
};

void crmi_export_queue(crmi_commit *c, crmsync_job *job, const crmi_decision *d, uint32_t reason)
{
    for (size_t i = 0; i < sizeof comes_back / sizeof comes_back[0]; i++) {
        if (comes_back[i].reason != reason || !d->local_id.len)
            continue;
        int64_t now = crmi_engine_wall(job->ws->engine);
        crmi_queued item = {.part = crmi_job_part(job),
                            .kind = d->kind,
                            .id = d->local_id,
                            .reason = crmi_str(crmsync_reason_name(reason)),
                            .detail = d->wish,
                            .space = CRMSYNC_SPACE_QUEUE,
                            .prio = CRMI_PRIO_RETRY,
                            .due_ms = now + comes_back[i].wait_ms + 1,
                            .since_ms = now};
        crmi_queue_put(c, &item);
    }
}

static uint32_t save_reason(const crmi_applied *a)
{
    switch (a->outcome) {
    case CRMSYNC_SAVE_CONFLICT: return CRMSYNC_REASON_SAVE_CONFLICT;
    case CRMSYNC_SAVE_REFUSED: return CRMSYNC_REASON_SAVE_REFUSED;
    case CRMSYNC_SAVE_GONE: return CRMSYNC_REASON_LOCAL_GONE;
    default: return 0;
    }
}

static crmi_link *stored_link(crmi_export *t, const crmi_decision *d)
{
    crmi_export_work *w = &t->work;
    if (crmi_str_is(d->kind, "person"))
        return d->input < w->count ? w->items[d->input].link : NULL;
    return d->input < w->company_count ? w->companies[d->input].link : NULL;
}

/* Link, log and queue row of one decision, as its local side turned out. */
static int32_t settle_local(crmi_export *t, size_t i, crmi_units *units, crmsync_error **err)
{
    crmsync_job *job = t->ship.task.job;
    crmsync_workspace *ws = job->ws;
    crmi_decision *d = &t->plan.items[i];
    const crmi_applied *applied = &t->applied.items[i];
    crmi_link *link = stored_link(t, d);
    size_t lead = lead_of(&t->plan, i);
    uint32_t trouble = save_reason(&t->applied.items[lead]);
    if (trouble) { /* what was decided rests on values the host did not take */
        d->crm_op = CRMI_OP_NONE;
        d->reason = trouble;
        d->outcome = crmsync_reason_outcome(trouble);
        t->digests[i] = 0;
    }
    uint64_t digest = t->digests[i];
    if (applied->outcome == CRMSYNC_SAVE_SAVED)
        t->digests[i] = crmi_local_digest_saved(digest, d, applied);
    if (!links_first(d))
        return CRMSYNC_OK;
    if (has_unit(&t->plan, i))
        crmi_units_begin(units);
    if (link && d->local_id.len) {
        crmi_link before = *link;
        crmi_applied_facts facts = {digest, 0};
        int32_t rc = crmi_link_apply(&t->work.arena, link, d, applied->outcome ? applied : NULL, &facts,
                                     ws->config->digest, crmi_workspace_server_now(ws), err);
        if (rc)
            return rc;
        if (d->flags & CRMI_DECISION_PARTIAL)
            link->local_digest = before.local_digest; /* the rest was not looked at */
        crmi_target *target = crmi_link_target(link, d->crm_id);
        if (target && target->inherited)
            target->way_back = crmi_work_way_back(&t->work, d->crm_id);
        if (d->crm_op != CRMI_OP_NONE)
            link->local_digest = 0; /* not written yet: a crash before that must not pass it over */
        if (d->link && crmi_tells_crm_id(d) && ws->config->local.crm_id.len)
            link->write_back = true;
        if (link->target_count || link->version || d->crm_op == CRMI_OP_NONE)
            crmi_link_commit(&units->changes, link, &before);
    }
    if (d->crm_op != CRMI_OP_NONE)
        return CRMSYNC_OK; /* counted and logged when it is settled */
    if (d->reason != CRMSYNC_REASON_UNCHANGED && d->reason != CRMSYNC_REASON_EQUAL) {
        crmi_logged what = {crmi_log_op(d, d->outcome), d->reason, 0, CRMI_STR_EMPTY, d->detail};
        crmi_log_decision(&units->changes, job, d, d->local_id, d->crm_id, &what);
    }
    crmi_export_queue(&units->changes, job, d, d->reason);
    return crmi_report_outcome(job, t->ship.flow, crmi_export_counted_as(d), d->outcome, d->reason, 0, err);
}

/*
 * A unit that could not be committed: mostly the CRM record is another local record's already, so
 * this one is a local duplicate; else somebody changed the link meanwhile, and it comes again.
 */
static int32_t settle_conflict(crmi_export *t, crmi_decision *d, crmi_units *units,
                               crmsync_error **err)
{
    crmsync_job *job = t->ship.task.job;
    crmi_reverse owner = {.id = CRMI_STR_EMPTY};
    crmi_link link;
    bool fresh = d->crm_op == CRMI_OP_NONE; /* counted already by what was hoped for */
    uint32_t hoped = d->outcome;
    int32_t rc = d->crm_id.len ? crmi_reverse_get(&job->ws->store, &d->crm_id, 1, &t->work.arena,
                                                  &owner, err)
                               : CRMSYNC_OK;
    bool taken = owner.id.len && !crmi_str_eq(owner.id, d->local_id);
    d->crm_op = CRMI_OP_NONE;
    d->reason = taken ? CRMSYNC_REASON_LOCAL_DUPLICATE : CRMSYNC_REASON_STALE;
    d->outcome = crmsync_reason_outcome(d->reason);
    if (!rc)
        rc = crmi_link_get(&job->ws->store, &t->work.arena, d->kind, d->local_id, &link, err);
    if (rc)
        return rc;
    crmi_units_begin(units);
    if (taken) { /* remembered, so that it is looked at again only when it changes */
        link.local_digest = crmi_export_digest(t, d);
        link.mapping_stamp = job->ws->config->digest;
        link.last_run_ms = crmi_workspace_server_now(job->ws);
        link.last_outcome = crmi_str(crmsync_reason_name(d->reason));
        crmi_link_put(&units->changes, &link);
    }
    crmi_export_queue(&units->changes, job, d, CRMSYNC_REASON_STALE); /* then both are linked */
    crmi_logged what = {"skip", d->reason, 0, CRMI_STR_EMPTY, owner.id};
    crmi_log_decision(&units->changes, job, d, d->local_id, d->crm_id, &what);
    return fresh ? crmi_report_move(job, t->ship.flow, crmi_export_counted_as(d), hoped, d->outcome, err)
                 : crmi_report_outcome(job, t->ship.flow, crmi_export_counted_as(d), d->outcome,
                                       d->reason, 0, err);
}

/* Its primary record is decided anew, and it with that. */
static int32_t drop_companion(crmi_export *t, crmi_decision *d, crmsync_error **err)
{
    d->crm_op = CRMI_OP_NONE;
    d->reason = CRMSYNC_REASON_STALE;
    d->outcome = crmsync_reason_outcome(d->reason);
    return crmi_report_outcome(t->ship.task.job, t->ship.flow, crmi_export_counted_as(d), d->outcome,
                               d->reason, 0, err);
}

static int32_t settle_conflicts(crmi_export *t, crmi_units *units, crmsync_error **err)
{
    size_t conflicts = 0, unit = 0;
    bool *had = crmi_arena_array(&t->work.arena, t->plan.count + 1, sizeof *had);
    int32_t rc = had ? CRMSYNC_OK : crmi_fail_nomem(err);
    for (size_t i = 0; !rc && i < t->plan.count; i++)
        had[i] = has_unit(&t->plan, i);
    for (size_t i = 0; !rc && i < t->plan.count; i++) {
        crmi_decision *d = &t->plan.items[i];
        size_t lead = lead_of(&t->plan, i);
        unit += had[i];
        if (had[i] && crmi_units_outcome(units, unit - 1) == CRMI_UNIT_CONFLICT)
            rc = settle_conflict(t, d, units, err);
        else if (lead < i && t->plan.items[lead].reason == CRMSYNC_REASON_STALE)
            rc = drop_companion(t, d, err);
    }
    return rc ? rc : crmi_units_run(units, &conflicts, err);
}

/* Records that were linked, now or earlier, and do not know their CRM id yet. */
static int32_t tell_host(crmi_export *t, crmsync_error **err)
{
    crmsync_job *job = t->ship.task.job;
    crmsync_str *ids = crmi_arena_array(&t->work.arena, t->plan.count + 1, sizeof *ids);
    static const char *const kinds[] = {"company", "person"};
    int32_t rc = ids ? CRMSYNC_OK : crmi_fail_nomem(err);
    for (size_t k = 0; !rc && k < 2; k++) {
        size_t n = 0;
        for (size_t i = 0; i < t->plan.count; i++) {
            const crmi_link *link = stored_link(t, &t->plan.items[i]);
            if (link && link->write_back && crmi_str_is(link->kind, kinds[k]))
                ids[n++] = link->local_id;
        }
        if (n)
            rc = crmi_write_back(job, crmi_str(kinds[k]), ids, n, err);
    }
    return rc;
}

int32_t crmi_export_apply(crmi_task *task, crmsync_error **err)
{
    crmi_export *t = (crmi_export *)task;
    crmi_units units;
    size_t conflicts = 0;
    exclude(t);
    int32_t rc = crmi_apply_local(task->job, &t->plan, &t->applied, err);
    if (rc)
        return rc;
    crmi_units_init(&units, &task->job->ws->store);
    for (size_t i = 0; !rc && i < t->plan.count; i++)
        rc = settle_local(t, i, &units, err);
    if (!rc)
        rc = crmi_units_run(&units, &conflicts, err);
    if (!rc && conflicts)
        rc = settle_conflicts(t, &units, err);
    crmi_units_clear(&units);
    if (!rc)
        rc = tell_host(t, err);
    if (!rc)
        rc = crmi_ship_load(&t->ship, &t->plan, t->digests, err);
    for (size_t i = 0; !rc && i < t->work.count; i++)
        crmi_ship_tried(&t->ship, t->work.kind, t->work.items[i].id, t->work.items[i].tries);
    return rc;
}
