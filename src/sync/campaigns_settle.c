/*
 * What a page leaves behind. Before anything is written the engagements of each member stand in its
 * entry, so that a retry finds them; once it is settled they count as history.
 */
#include "sync/campaigns.h"

#include "decide/page.h"

#define HELD_AGAIN_MS (INT64_C(6) * 3600 * 1000) /* somebody has to mend the campaign first */

bool crmi_campaigns_waited(const crmi_campaigns *t, crmsync_str engagement)
{
    for (size_t i = 0; i < t->parked_count; i++) {
        if (crmi_str_eq(t->parked[i].child, engagement))
            return true;
    }
    return false;
}

void crmi_campaigns_park(crmi_campaigns *t, crmi_units *units, const char *parent_kind,
                         crmsync_str parent, crmsync_str engagement, uint32_t reason)
{
    crmi_waiting waiting = {
        .parent_kind = crmi_str(parent_kind),
        .parent = parent,
        .child_kind = CRMI_STR("engagement"),
        .child = engagement,
        .reason = crmi_str(crmsync_reason_name(reason)),
        .since_ms = crmi_workspace_server_now(crmi_campaigns_workspace(t)),
    };
    crmi_units_begin(units);
    crmi_waiting_put(&units->changes, &waiting);
}

static bool add_open(crmi_campaigns *t, size_t p)
{
    bool ok = true;
    for (size_t i = 0; ok && i < t->touch_count; i++) {
        if (t->touches[i].pair == p)
            ok = crmi_membership_add_open(&t->work.arena, t->pairs[p].state, t->touches[i].id);
    }
    return ok;
}

/* The engagements of a pair have counted: they are history, and wait for nothing. */
static bool close_pair(crmi_campaigns *t, size_t p, crmi_membership *state)
{
    bool ok = true;
    for (size_t i = 0; ok && i < t->touch_count; i++) {
        const crmi_touch *touch = &t->touches[i];
        crmsync_cell at = crmi_record_get(touch->local, CRMI_STR("at"));
        int64_t ms = 0;
        if (touch->pair != p)
            continue;
        crmi_cell_instant(&at, &ms);
        ok = crmi_membership_add_event(&t->work.arena, state,
                                       crmi_record_text(touch->local, "event"), ms);
    }
    state->open_count = 0;
    return ok;
}

/* ---- what writes nothing ---- */

static void queue_pair(crmi_campaigns *t, const crmi_decision *d, crmi_units *units)
{
    int64_t now = crmi_engine_wall(crmi_campaigns_workspace(t)->engine);
    crmi_queued item = {.part = CRMI_PART,
                        .kind = d->kind,
                        .id = d->local_id,
                        .reason = crmi_str(crmsync_reason_name(d->reason)),
                        .space = CRMSYNC_SPACE_QUEUE,
                        .prio = 5,
                        .due_ms = now + HELD_AGAIN_MS,
                        .since_ms = now};
    crmi_queue_put(&units->changes, &item);
}

/* Parks what is new of a pair whose person is not there; false = all of it has waited too long. */
static bool park_pair(crmi_campaigns *t, size_t p, crmi_units *units)
{
    bool any = false;
    for (size_t i = 0; i < t->touch_count; i++) {
        const crmi_touch *touch = &t->touches[i];
        if (touch->pair != p || crmi_campaigns_waited(t, touch->id))
            continue;
        any = true;
        if (!crmi_campaigns_dry(t))
            crmi_campaigns_park(t, units, "person", t->pairs[p].state->person, touch->id,
                                CRMSYNC_REASON_WAITING_PERSON);
    }
    return any;
}

static int32_t remember(crmi_campaigns *t, size_t p, const crmi_decision *d, crmi_units *units,
                        crmsync_error **err)
{
    crmi_membership *state = t->pairs[p].state;
    bool stored = state->entry.version != 0;
    bool open = d->crm_op != CRMI_OP_NONE || d->outcome == CRMSYNC_OUTCOME_HELD;
    bool counts = d->outcome == CRMSYNC_OUTCOME_UNCHANGED;
    if (open ? !add_open(t, p) : counts && !close_pair(t, p, state))
        return crmi_fail_nomem(err);
    if (!open && !counts)
        state->open_count = 0;
    if (open || counts || stored)
        crmi_membership_put(&units->changes, state);
    if (d->crm_op == CRMI_OP_NONE && d->outcome == CRMSYNC_OUTCOME_HELD)
        queue_pair(t, d, units);
    return CRMSYNC_OK;
}

static int32_t quiet_one(crmi_campaigns *t, size_t p, crmi_units *units, crmsync_error **err)
{
    crmsync_job *job = t->ship.task.job;
    crmi_decision *d = &t->plan->own.items[p];
    bool dry = crmi_campaigns_dry(t);
    bool waits = d->reason == CRMSYNC_REASON_WAITING_PERSON;
    if (waits && !park_pair(t, p, units)) {
        d->reason = CRMSYNC_REASON_PARK_EXPIRED;
        d->outcome = crmsync_reason_outcome(d->reason);
    }
    int32_t rc = crmi_report_input(job, t->ship.flow, d->object, err);
    job->one_by_one += d->crm_op != CRMI_OP_NONE;
    if (!rc && (d->crm_op == CRMI_OP_NONE || dry))
        rc = crmi_report_outcome(job, t->ship.flow, d->object, d->outcome, d->reason, 0, err);
    if (rc || dry)
        return rc;
    crmi_units_begin(units);
    if (d->crm_op == CRMI_OP_NONE && d->outcome != CRMSYNC_OUTCOME_UNCHANGED) {
        crmi_logged what = {crmi_log_op(d, d->outcome), d->reason, 0, CRMI_STR_EMPTY, d->detail};
        crmi_log_decision(&units->changes, job, d, d->local_id, d->crm_id, &what);
    }
    return waits ? CRMSYNC_OK : remember(t, p, d, units, err);
}

int32_t crmi_campaigns_settle_quiet(crmi_campaigns *t, crmsync_error **err)
{
    crmi_units units;
    size_t conflicts = 0;
    int32_t rc = CRMSYNC_OK;
    crmi_units_init(&units, &crmi_campaigns_workspace(t)->store);
    for (size_t p = 0; !rc && p < t->pair_count; p++)
        rc = quiet_one(t, p, &units, err);
    if (!rc)
        rc = crmi_units_run(&units, &conflicts, err);
    if (!rc && conflicts)
        rc = crmi_fail(err, CRMSYNC_E_CONFLICT, "another worker keeps the same campaign members");
    crmi_units_clear(&units);
    return rc;
}

/* ---- what was written ---- */

static const crmi_parcel *parcel_of(const crmi_campaigns *t, const crmi_decision *d)
{
    for (size_t i = 0; i < t->ship.count; i++) {
        if (t->ship.parcels[i].decision == d)
            return &t->ship.parcels[i];
    }
    return NULL;
}

int32_t crmi_campaigns_settle_written(crmi_campaigns *t, crmsync_error **err)
{
    crmsync_workspace *ws = crmi_campaigns_workspace(t);
    crmi_arena *arena = &t->work.arena;
    crmi_membership *states = crmi_arena_array(arena, t->pair_count + 1, sizeof *states);
    size_t *which = crmi_arena_array(arena, t->pair_count + 1, sizeof *which);
    crmi_units units;
    size_t n = 0, conflicts = 0;
    if (!t->plan || !t->pair_count)
        return CRMSYNC_OK;
    if (!states || !which)
        return crmi_fail_nomem(err);
    for (size_t p = 0; p < t->pair_count; p++) {
        const crmi_decision *d = &t->plan->own.items[p];
        const crmi_parcel *parcel = d->crm_op != CRMI_OP_NONE ? parcel_of(t, d) : NULL;
        if (!parcel || parcel->state != CRMI_PARCEL_DONE)
            continue;
        which[n] = p;
        states[n++] = *t->pairs[p].state;
    }
    int32_t rc = crmi_memberships_get(&ws->store, arena, states, n, err);
    crmi_units_init(&units, &ws->store);
    for (size_t i = 0; !rc && i < n; i++) {
        states[i].crm_id = parcel_of(t, &t->plan->own.items[which[i]])->crm_id;
        states[i].seen_ms = crmi_workspace_server_now(ws);
        crmi_units_begin(&units);
        if (!close_pair(t, which[i], &states[i]))
            rc = crmi_fail_nomem(err);
        else
            crmi_membership_put(&units.changes, &states[i]);
    }
    if (!rc)
        rc = crmi_units_run(&units, &conflicts, err);
    crmi_units_clear(&units);
    return rc;
}
