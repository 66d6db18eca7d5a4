/*
 * Two local records of one person or company share one create. The first makes it; when it is made,
 * the second is linked to it and leaves it to the first.
 */
#include "sync/export.h"

/* Later than the first one is tried again, and after it (eleven minutes of doubt). */
#define WAIT_MS     (INT64_C(15) * 60 * 1000)
#define PRIO_SECOND 6

/* The record that the shared create made; empty = none yet. */
static crmsync_str made(const crmi_export *t, const crmi_decision *first)
{
    for (size_t i = 0; i < t->ship.count; i++) {
        const crmi_parcel *p = &t->ship.parcels[i];
        if (p->decision == first)
            return p->state == CRMI_PARCEL_DONE ? p->crm_id : CRMI_STR_EMPTY;
    }
    return CRMI_STR_EMPTY;
}

static int32_t link_second(crmi_export *t, const crmi_decision *d, crmsync_str crm_id,
                           crmi_commit *c, crmsync_error **err)
{
    crmi_link link;
    int32_t rc = crmi_link_get(&t->ship.task.job->ws->store, &t->work.arena, d->kind, d->local_id,
                               &link, err);
    if (rc || crmi_link_target(&link, crm_id))
        return rc;
    crmi_link before = link;
    crmi_target *target = crmi_link_add_target(&t->work.arena, &link, d->object, crm_id);
    if (!target)
        return crmi_fail_nomem(err);
    target->shared = true;
    crmi_link_commit(c, &link, &before);
    return CRMSYNC_OK;
}

/* What became of the first one is not known, or it failed: the second comes again by itself. */
static void put_off(crmi_export *t, const crmi_decision *d, crmi_commit *c)
{
    int64_t now = crmi_engine_wall(t->ship.task.job->ws->engine);
    crmi_queued item = {.part = crmi_job_part(t->ship.task.job),
                        .kind = d->kind,
                        .id = d->local_id,
                        .reason = crmi_str(crmsync_reason_name(d->reason)),
                        .detail = d->wish,
                        .space = CRMSYNC_SPACE_QUEUE,
                        .prio = PRIO_SECOND,
                        .due_ms = now + WAIT_MS,
                        .since_ms = now};
    crmi_queue_put(c, &item);
}

int32_t crmi_export_share(crmi_export *t, crmsync_error **err)
{
    crmsync_job *job = t->ship.task.job;
    crmi_units units;
    size_t conflicts = 0;
    int32_t rc = CRMSYNC_OK;
    if (job->flags & CRMSYNC_JOB_DRY_RUN)
        return CRMSYNC_OK;
    crmi_units_init(&units, &job->ws->store);
    for (size_t i = 0; !rc && i < t->plan.count; i++) {
        const crmi_decision *d = &t->plan.items[i];
        if (d->reason != CRMSYNC_REASON_LOCAL_DUPLICATE || d->crm_id.len || !d->local_id.len ||
            d->same_as >= t->plan.count)
            continue;
        crmsync_str id = made(t, &t->plan.items[d->same_as]);
        crmi_units_begin(&units);
        if (id.len)
            rc = link_second(t, d, id, &units.changes, err);
        else
            put_off(t, d, &units.changes);
    }
    if (!rc) /* a conflict: somebody else has changed the link, and decides it anew */
        rc = crmi_units_run(&units, &conflicts, err);
    crmi_units_clear(&units);
    return rc;
}
