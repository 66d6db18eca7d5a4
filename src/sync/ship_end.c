/* How each record of a request ended: done, unknown, refused, to be sent again. */
#include "state/queue.h"
#include "sync/settle.h"
#include "sync/ship.h"

#define DOUBT_MS (INT64_C(11) * 60 * 1000) /* E7: ten minutes a call may last, and a minute more   \
                                            */
#define RETRY_FIELDS_MAX 1 /* how often a record is sent again without fields that were refused */

static const crmi_sf_error *deciding_error(const crmi_write_result *r)
{
    for (size_t i = 0; i < r->errors.count; i++) {
        if (r->errors.items[i].rule == r->errors.rule)
            return &r->errors.items[i];
    }
    return r->errors.count ? &r->errors.items[0] : NULL;
}

/* Retries come through the queue: a new look at both sides, never the old bytes again. */
static const struct {
    uint8_t retry;
    bool queue;
    int64_t wait_ms;
} retries[] = {
    {CRMI_RETRY_NEVER, false, 0},
    {CRMI_RETRY_REFRESH, true, 1000},
    {CRMI_RETRY_BACKOFF, true, 5000},
    {CRMI_RETRY_LATER, true, 900000},
    {CRMI_RETRY_SMALLER, true, 10000},
    {CRMI_RETRY_REREAD, true, 0},
    {CRMI_RETRY_DROP_FIELD, false, 0},
    {CRMI_RETRY_DESCRIBE, true, 60000},
    {CRMI_RETRY_REQUERY, true, 1000},
    {CRMI_RETRY_OWNER, false, 0},
    /* a duplicate's twin can be matched by then */
    {CRMI_RETRY_CULPRIT, true, 0},
    {CRMI_RETRY_DUPLICATE, true, 60000},
};

/* The edited record of an activity is not there any more. */
static bool gone(const crmi_parcel *p, const crmi_sf_rule *rule)
{
    static const char *const codes[] = {"ENTITY_IS_DELETED", "NOT_FOUND",
                                        "INVALID_CROSS_REFERENCE_KEY"};
    bool known = false;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        known = known || crmi_str_is(crmi_str(rule->code), codes[i]);
    return known && p->op == CRMI_WRITE_UPDATE && crmi_str_is(p->decision->kind, "activity");
}

/* Somebody wrote the record after it was read: decided anew, nobody's fault. */
static void overtaken(const crmi_ship *ship, crmi_settled *end)
{
    end->state = CRMI_SHIP_RETRY;
    end->outcome = CRMSYNC_OUTCOME_HELD;
    end->reason = CRMSYNC_REASON_STALE;
    end->queue = true;
    end->due_ms = crmi_engine_wall(ship->task.job->ws->engine) + 1;
}

/* Several records hold the external id: which one is meant is for people to say. */
static void ambiguous(crmi_ship *ship, const crmi_parcel *p, crmi_settled *end)
{
    crmi_buf ids;
    crmi_buf_init(&ids, ship->arena.alloc);
    crmi_buf_lit(&ids, "several records have this external id");
    for (size_t i = 0, n = 0; i < p->result.errors.count; i++) {
        const crmi_sf_error *e = &p->result.errors.items[i];
        for (size_t k = 0; k < e->match_count; k++) {
            crmi_buf_lit(&ids, n++ ? ", " : ": ");
            crmi_buf_add(&ids, e->matches[k].id);
        }
    }
    end->outcome = CRMSYNC_OUTCOME_HELD;
    end->reason = CRMSYNC_REASON_AMBIGUOUS;
    end->error_class = CRMSYNC_CLASS_DUPLICATE;
    end->queue = false;
    if (crmi_buf_ok(&ids))
        crmi_arena_str(&ship->arena, crmi_buf_str(&ids), &end->message);
    crmi_buf_clear(&ids);
}

/* A new person or company, whose record may be one that is there already. */
static bool has_twins(const crmi_parcel *p)
{
    return p->op != CRMI_WRITE_UPDATE && (crmi_str_is(p->decision->kind, "person") ||
                                          crmi_str_is(p->decision->kind, "company"));
}

/* The one record that the refusal names; NULL when it names none, or several. */
static const crmi_sf_match *twin_of(const crmi_sf_error *e)
{
    for (size_t i = 1; e && i < e->match_count; i++) {
        if (memcmp(e->matches[i].id.ptr, e->matches[0].id.ptr, 15) != 0)
            return NULL;
    }
    return e && e->match_count ? &e->matches[0] : NULL;
}

/* Linked where the twin is known; else it is looked for again. */
static void duplicate(const crmi_ship *ship, const crmi_parcel *p, const crmi_sf_error *e,
                      crmi_settled *end)
{
    const crmi_sf_match *twin = twin_of(e);
    end->reason = CRMSYNC_REASON_DUPLICATE_RULE;
    bool rule = crmi_str_is(end->code, "DUPLICATES_DETECTED");
    if (rule && ship->task.job->ws->config->export.duplicates == CRMI_DUPLICATES_FAIL) {
        end->queue = false;
    } else if (twin && has_twins(p)) {
        end->twin_object = twin->object.len ? twin->object : p->object;
        end->twin_id = twin->id;
        end->due_ms = crmi_engine_wall(ship->task.job->ws->engine) + 1;
    }
}

/* Its parent went before it in the same request, and did not come to be. */
static void without_parent(const crmi_ship *ship, const crmi_parcel *p, crmi_settled *end)
{
    if (ship->parcels[p->related].state == CRMI_PARCEL_DONE)
        return;
    end->state = CRMI_SHIP_RETRY;
    end->outcome = CRMSYNC_OUTCOME_HELD;
    end->reason = CRMSYNC_REASON_WAITING_PARENT;
    end->error_class = 0;
    end->queue = true;
    end->due_ms = crmi_engine_wall(ship->task.job->ws->engine) + 60000;
}

/* Half again at random: rows that met in a lock must not meet there again. */
static int64_t with_jitter(const crmi_ship *ship, int64_t wait_ms)
{
    crmi_random random = ship->task.job->ws->store.random;
    uint32_t r = 0;
    if (wait_ms < 2 || random.fill(random.ctx, &r, sizeof r, NULL))
        return wait_ms;
    return wait_ms + (int64_t)(r % (uint64_t)(wait_ms / 2));
}

static void refused(crmi_ship *ship, const crmi_parcel *p, crmi_settled *end)
{
    const crmi_sf_error *e = deciding_error(&p->result);
    const crmi_sf_rule *rule = p->result.errors.rule;
    end->state = CRMI_SHIP_FAILED;
    end->outcome = CRMSYNC_OUTCOME_FAILED;
    end->reason = CRMSYNC_REASON_CRM_REFUSED;
    if (e) {
        end->code = e->code;
        end->message = e->message;
    }
    if (p->result.errors.status == 0) { /* it never left: nothing is wrong with the record */
        end->error_class = CRMSYNC_CLASS_TRANSIENT;
        end->queue = true;
        end->due_ms = crmi_engine_wall(ship->task.job->ws->engine) + 1000;
        return;
    }
    if (!rule)
        return;
    end->error_class = rule->error_class;
    end->remedy = crmi_str(rule->remedy);
    if (gone(p, rule)) { /* somebody took it off the timeline: a choice, and no failure */
        end->outcome = CRMSYNC_OUTCOME_SKIPPED;
        end->reason = CRMSYNC_REASON_TOMBSTONE;
        return;
    }
    if (p->result.errors.status == 412) {
        overtaken(ship, end);
        return;
    }
    for (size_t i = 0; i < sizeof retries / sizeof retries[0]; i++) {
        if (retries[i].retry != rule->retry || !retries[i].queue)
            continue;
        end->queue = true;
        end->due_ms = crmi_engine_wall(ship->task.job->ws->engine) +
                      with_jitter(ship, retries[i].wait_ms << (p->tries < 6 ? p->tries : 6));
    }
    if (p->result.ambiguous || crmi_str_is(end->code, "DUPLICATE_EXTERNAL_ID"))
        ambiguous(ship, p, end);
    else if (rule->error_class == CRMSYNC_CLASS_DUPLICATE)
        duplicate(ship, p, e, end);
    else if (p->related != CRMI_NO_PARCEL && rule->error_class == CRMSYNC_CLASS_REFERENCE)
        without_parent(ship, p, end);
}

static void end_of(crmi_ship *ship, const crmi_parcel *p, crmi_settled *end)
{
    memset(end, 0, sizeof *end);
    switch (p->state) {
    case CRMI_PARCEL_DONE:
        end->state = CRMI_SHIP_SETTLED;
        end->crm_id = p->crm_id;
        end->outcome = p->op == CRMI_WRITE_CREATE || p->result.created ? CRMSYNC_OUTCOME_CREATED
                                                                       : CRMSYNC_OUTCOME_UPDATED;
        end->reason = p->decision->reason;
        break;
    case CRMI_PARCEL_UNKNOWN:
        if (p->op == CRMI_WRITE_UPSERT && p->unique) { /* E7: a repeat makes no second one */
            overtaken(ship, end);
            break;
        }
        end->state = CRMI_SHIP_UNKNOWN;
        end->outcome = CRMSYNC_OUTCOME_UNKNOWN;
        end->reason = CRMSYNC_REASON_IN_FLIGHT;
        break;
    case CRMI_PARCEL_PARKED:
        end->state = CRMI_SHIP_PARKED;
        end->outcome = CRMSYNC_OUTCOME_HELD;
        end->reason = CRMSYNC_REASON_CLAIMED_ELSEWHERE;
        end->queue = true;
        end->due_ms = crmi_engine_wall(ship->task.job->ws->engine) + 1000;
        break;
    case CRMI_PARCEL_PENDING: /* goes again without what was refused: nothing is settled yet */
        end->state = CRMI_SHIP_RETRY;
        break;
    default: refused(ship, p, end); break;
    }
}

/* Takes refused fields out, once, so that the record is not lost over one of them. */
static bool without_refused_fields(crmi_parcel *p)
{
    const crmi_sf_rule *rule = p->result.errors.rule;
    if (!rule || p->attempts >= RETRY_FIELDS_MAX)
        return false;
    static const crmsync_str owner = CRMSYNC_STR_LIT("OwnerId");
    const crmi_sf_error *e = deciding_error(&p->result);
    const crmsync_str *names = rule->retry == CRMI_RETRY_OWNER ? &owner : e ? e->fields : NULL;
    size_t n = rule->retry == CRMI_RETRY_OWNER ? 1 : e ? e->field_count : 0;
    size_t kept = 0;
    if (rule->retry != CRMI_RETRY_OWNER && rule->retry != CRMI_RETRY_DROP_FIELD)
        return false;
    for (size_t i = 0; i < p->field_count; i++) {
        bool drop = false;
        for (size_t k = 0; k < n; k++)
            drop = drop || crmi_str_eq_ci(p->fields[i].name, names[k]);
        if (!drop)
            p->fields[kept++] = p->fields[i];
    }
    bool changed = kept < p->field_count && kept > 0;
    if (changed) {
        p->field_count = kept;
        p->state = CRMI_PARCEL_PENDING;
        p->attempts++;
    }
    return changed;
}

/* Goes again at once, in another way: without a key where the org knows none; by itself to learn
 * which record its duplicate is, which collections do not tell; in a smaller request, whose size
 * was halved when this answer came. */
static bool another_way(crmi_ship *ship, crmi_parcel *p)
{
    const crmi_sf_rule *rule = p->result.errors.rule;
    const crmi_sf_error *e = deciding_error(&p->result);
    bool asks = ship->task.job->ws->config->export.duplicates != CRMI_DUPLICATES_FAIL &&
                (ship->way == CRMI_WAY_COLLECTIONS || ship->way == CRMI_WAY_BULK);
    if (!rule || !e)
        return false;
    if (ship->way == CRMI_WAY_IDEMPOTENT && p->result.errors.status == 400 &&
        crmi_str_find(e->message, CRMI_STR("Idempotency")) >= 0)
        ship->no_keys = true;
    else if (asks && rule->retry == CRMI_RETRY_DUPLICATE && has_twins(p) &&
             !e->match_count && !p->alone)
        p->alone = true;
    else if (rule->retry != CRMI_RETRY_SMALLER || ship->way != CRMI_WAY_COLLECTIONS ||
             ship->packed_count < 2)
        return false;
    p->state = CRMI_PARCEL_PENDING;
    return true;
}

/* A graph of which one record goes again goes again whole: the others were only rolled back. */
static void whole_graphs(crmi_ship *ship)
{
    for (size_t i = 0; i < ship->packed_count; i++) {
        const crmi_parcel *again = &ship->parcels[ship->packed[i]];
        if (again->state != CRMI_PARCEL_PENDING || !again->group.len)
            continue;
        for (size_t k = 0; k < ship->packed_count; k++) {
            crmi_parcel *p = &ship->parcels[ship->packed[k]];
            const crmi_sf_rule *rule = p->result.errors.rule;
            if (p->state == CRMI_PARCEL_FAILED && crmi_str_eq(p->group, again->group) && rule &&
                rule->retry == CRMI_RETRY_CULPRIT)
                p->state = CRMI_PARCEL_PENDING;
        }
    }
}

/* Was it only rolled back, or not come to, by no fault of its own? */
static bool halted(const crmi_parcel *p)
{
    const crmi_sf_rule *rule = p->result.errors.rule;
    return p->state == CRMI_PARCEL_FAILED && rule && rule->retry == CRMI_RETRY_CULPRIT;
}

static bool any_child_again(const crmi_ship *ship, size_t parent)
{
    for (size_t i = 0; i < ship->packed_count; i++) {
        const crmi_parcel *p = &ship->parcels[ship->packed[i]];
        if (p->parent == parent && p->state == CRMI_PARCEL_PENDING)
            return true;
    }
    return false;
}

/* What graphs rolled back goes again at once without the records that were the cause, as long as
 * each request gets somewhere. An account with nobody left does not. */
static void without_culprits(crmi_ship *ship)
{
    bool moved = false;
    for (size_t i = 0; i < ship->packed_count; i++) {
        const crmi_parcel *p = &ship->parcels[ship->packed[i]];
        moved = moved || p->state == CRMI_PARCEL_DONE ||
                (p->state == CRMI_PARCEL_FAILED && p->result.errors.rule && !halted(p));
    }
    if (ship->way != CRMI_WAY_GRAPHS || !moved)
        return;
    for (size_t i = 0; i < ship->packed_count; i++) {
        crmi_parcel *p = &ship->parcels[ship->packed[i]];
        if (halted(p) && p->parent != CRMI_NO_PARCEL && halted(&ship->parcels[p->parent]))
            p->state = CRMI_PARCEL_PENDING;
    }
    for (size_t i = 0; i < ship->packed_count; i++) {
        crmi_parcel *p = &ship->parcels[ship->packed[i]];
        if (halted(p) && p->parent == CRMI_NO_PARCEL && any_child_again(ship, ship->packed[i]))
            p->state = CRMI_PARCEL_PENDING;
    }
}

/* Children whose parent did not come to be wait for another run. */
static int32_t strand_children(crmi_ship *ship, crmsync_error **err)
{
    crmsync_job *job = ship->task.job;
    for (size_t i = 0; i < ship->count; i++) {
        crmi_parcel *p = &ship->parcels[i];
        if (p->state != CRMI_PARCEL_PENDING || p->parent == CRMI_NO_PARCEL)
            continue;
        uint32_t parent = ship->parcels[p->parent].state;
        if (parent == CRMI_PARCEL_PENDING || parent == CRMI_PARCEL_DONE ||
            parent == CRMI_PARCEL_PACKED)
            continue;
        p->state = CRMI_PARCEL_PARKED;
        const crmi_decision *d = p->decision;
        crmi_commit c;
        crmi_commit_init(&c, &job->ws->store);
        int64_t now = crmi_engine_wall(job->ws->engine);
        crmi_queued item = {.part = crmi_job_part(job),
                            .kind = d->kind,
                            .id = d->local_id,
                            .reason = CRMI_STR("waiting_parent"),
                            .space = CRMSYNC_SPACE_QUEUE,
                            .prio = CRMI_PRIO_RETRY,
                            .due_ms = now + 60000,
                            .since_ms = now};
        crmi_queue_put(&c, &item);
        crmi_logged what = {"hold", CRMSYNC_REASON_WAITING_PARENT, 0, CRMI_STR_EMPTY,
                            CRMI_STR_EMPTY};
        crmi_log_decision(&c, job, d, d->local_id, CRMI_STR_EMPTY, &what);
        int32_t rc = crmi_commit_must(&c, err);
        crmi_commit_clear(&c);
        if (!rc)
            rc = crmi_report_outcome(job, ship->flow, d->object, CRMSYNC_OUTCOME_HELD,
                                     CRMSYNC_REASON_WAITING_PARENT, 0, err);
        if (rc)
            return rc;
    }
    return CRMSYNC_OK;
}

int32_t crmi_ship_settle(crmi_ship *ship, crmsync_error **err)
{
    crmsync_job *job = ship->task.job;
    size_t n = ship->packed_count;
    crmi_settled *ends = crmi_arena_array(&ship->arena, n + 1, sizeof *ends);
    if (!ends)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < n; i++) {
        crmi_parcel *p = &ship->parcels[ship->packed[i]];
        if (p->state == CRMI_PARCEL_FAILED && !another_way(ship, p))
            without_refused_fields(p);
    }
    whole_graphs(ship);
    without_culprits(ship);
    for (size_t i = 0; i < n; i++) {
        const crmi_parcel *p = &ship->parcels[ship->packed[i]];
        end_of(ship, p, &ends[i]);
        if (ends[i].state == CRMI_SHIP_UNKNOWN)
            ship->shipment.intents[i].look_after =
                ship->shipment.sent + ship->shipment.send_within + DOUBT_MS;
    }
    int32_t rc = crmi_settle(job, ship->flow, &ship->shipment, ends, true, err);
    ship->packed_count = 0;
    if (!rc)
        rc = strand_children(ship, err);
    ship->task.next = crmi_ship_next;
    return rc;
}
