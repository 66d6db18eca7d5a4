#include "sync/ship.h"

#include "salesforce/note.h"
#include "state/queue.h"
#include "sync/settle.h"

#define GRAPH_PEOPLE_MAX 200 /* above: accounts first, then contacts (semantics, API calls) */
#define DOUBT_MS (INT64_C(11) * 60 * 1000) /* E7: ten minutes a call may last, and a minute more */
#define RETRY_FIELDS_MAX 1 /* how often a record is sent again without fields that were refused */

void crmi_ship_init(crmi_ship *ship, const char *flow, crmi_state_fn after)
{
    const crmsync_alloc *alloc = crmi_workspace_alloc(ship->task.job->ws);
    ship->flow = flow;
    ship->after = after;
    crmi_arena_init(&ship->arena, alloc);
    crmi_shipment_init(&ship->shipment, alloc);
}

void crmi_ship_clear(crmi_ship *ship)
{
    crmi_shipment_clear(&ship->shipment);
    crmi_arena_clear(&ship->arena);
}

/* A note's text is HTML in base64 (Object Reference, ContentNote). */
static bool note_content(crmi_arena *arena, crmsync_cell *value)
{
    crmi_buf text;
    crmi_buf_init(&text, arena->alloc);
    crmi_note_content(&text, arena->alloc, value->text);
    bool ok = crmi_buf_ok(&text) && crmi_arena_str(arena, crmi_buf_str(&text), &value->text);
    crmi_buf_clear(&text);
    return ok;
}

static bool parcel_fields(crmi_arena *arena, const crmi_decision *d, crmi_parcel *p)
{
    p->fields = crmi_arena_array(arena, d->field_count + 1, sizeof *p->fields);
    if (!p->fields)
        return false;
    for (size_t i = 0; i < d->field_count; i++) {
        const crmi_field_decision *f = &d->fields[i];
        bool text = crmi_str_is(d->object, "ContentNote") && crmi_str_is(f->remote, "Content");
        crmsync_cell cell = f->crm_new;
        if (text && cell.type == CRMSYNC_CELL_TEXT && !note_content(arena, &cell))
            return false;
        if (cell.type != CRMSYNC_CELL_ABSENT)
            p->fields[p->field_count++] = (crmi_write_field){f->remote, cell};
        if (crmi_str_find(f->crm_new.text, CRMI_STR("@{")) >= 0)
            p->literal = true;
    }
    return true;
}

/* People whose account is made with them. */
static size_t children_of_new_parents(const crmi_ship *ship)
{
    size_t n = 0;
    for (size_t i = 0; i < ship->count; i++)
        n += ship->parcels[i].parent != CRMI_NO_PARCEL;
    return n;
}

int32_t crmi_ship_load(crmi_ship *ship, const crmi_plan *plan, const uint64_t *digests,
                       crmsync_error **err)
{
    crmi_arena_clear(&ship->arena);
    ship->count = 0;
    ship->parcels = crmi_arena_array(&ship->arena, plan->count + 1, sizeof *ship->parcels);
    ship->packed = crmi_arena_array(&ship->arena, plan->count + 1, sizeof *ship->packed);
    ship->graph_nodes = crmi_arena_array(&ship->arena, CRMI_GRAPH_MAX, sizeof *ship->graph_nodes);
    ship->graph_ids = crmi_arena_array(&ship->arena, CRMI_GRAPH_MAX, sizeof *ship->graph_ids);
    size_t *of = crmi_arena_array(&ship->arena, plan->count + 1, sizeof *of);
    if (!ship->parcels || !ship->packed || !ship->graph_nodes || !ship->graph_ids || !of)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < plan->count; i++) {
        const crmi_decision *d = &plan->items[i];
        of[i] = CRMI_NO_PARCEL;
        if (d->crm_op == CRMI_OP_NONE)
            continue;
        crmi_parcel *p = &ship->parcels[ship->count];
        p->decision = d;
        p->op = d->crm_op == CRMI_OP_CREATE ? CRMI_WRITE_CREATE : CRMI_WRITE_UPDATE;
        p->object = d->object;
        p->crm_id = d->crm_id;
        p->parent = CRMI_NO_PARCEL;
        p->parent_field = d->parent_field;
        p->local_digest = digests ? digests[i] : 0;
        if (!parcel_fields(&ship->arena, d, p))
            return crmi_fail_nomem(err);
        of[i] = ship->count++;
    }
    for (size_t i = 0; i < ship->count; i++) {
        size_t parent = ship->parcels[i].decision->parent;
        if (parent != CRMI_NO_DECISION && parent < plan->count)
            ship->parcels[i].parent = of[parent];
    }
    ship->graphs = children_of_new_parents(ship) <= GRAPH_PEOPLE_MAX;
    ship->task.next = crmi_ship_next;
    return CRMSYNC_OK;
}

void crmi_ship_tried(crmi_ship *ship, crmsync_str kind, crmsync_str id, uint32_t tries)
{
    for (size_t i = 0; tries && i < ship->count; i++) {
        const crmi_decision *d = ship->parcels[i].decision;
        if (crmi_str_eq(d->kind, kind) && crmi_str_eq(d->local_id, id))
            ship->parcels[i].tries = tries;
    }
}

/* ---- ends ---- */

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
    {CRMI_RETRY_NEVER, false, 0},          {CRMI_RETRY_REFRESH, true, 1000},
    {CRMI_RETRY_BACKOFF, true, 5000},      {CRMI_RETRY_LATER, true, 900000},
    {CRMI_RETRY_SMALLER, true, 10000},     {CRMI_RETRY_REREAD, true, 0},
    {CRMI_RETRY_DROP_FIELD, false, 0},     {CRMI_RETRY_DESCRIBE, true, 60000},
    {CRMI_RETRY_REQUERY, true, 1000},      {CRMI_RETRY_OWNER, false, 0},
    /* a duplicate's twin can be matched by then */
    {CRMI_RETRY_CULPRIT, true, 0},         {CRMI_RETRY_DUPLICATE, true, 60000},
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

static void refused(const crmi_ship *ship, const crmi_parcel *p, crmi_settled *end)
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
    if (rule->error_class == CRMSYNC_CLASS_DUPLICATE)
        end->reason = CRMSYNC_REASON_DUPLICATE_RULE;
    for (size_t i = 0; i < sizeof retries / sizeof retries[0]; i++) {
        if (retries[i].retry != rule->retry || !retries[i].queue)
            continue;
        end->queue = true;
        end->due_ms = crmi_engine_wall(ship->task.job->ws->engine) +
                      (retries[i].wait_ms << (p->tries < 6 ? p->tries : 6));
    }
}

static void end_of(const crmi_ship *ship, const crmi_parcel *p, crmi_settled *end)
{
    memset(end, 0, sizeof *end);
    switch (p->state) {
    case CRMI_PARCEL_DONE:
        end->state = CRMI_SHIP_SETTLED;
        end->crm_id = p->crm_id;
        end->outcome = p->op == CRMI_WRITE_CREATE ? CRMSYNC_OUTCOME_CREATED : CRMSYNC_OUTCOME_UPDATED;
        end->reason = p->decision->reason;
        break;
    case CRMI_PARCEL_UNKNOWN:
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

/* Children whose parent did not come to be wait for another run. */
static int32_t strand_children(crmi_ship *ship, crmsync_error **err)
{
    crmsync_job *job = ship->task.job;
    for (size_t i = 0; i < ship->count; i++) {
        crmi_parcel *p = &ship->parcels[i];
        if (p->state != CRMI_PARCEL_PENDING || p->parent == CRMI_NO_PARCEL)
            continue;
        uint32_t parent = ship->parcels[p->parent].state;
        if (parent == CRMI_PARCEL_PENDING || parent == CRMI_PARCEL_DONE || parent == CRMI_PARCEL_PACKED)
            continue;
        p->state = CRMI_PARCEL_PARKED;
        const crmi_decision *d = p->decision;
        crmi_commit c;
        crmi_commit_init(&c, &job->ws->store);
        int64_t now = crmi_engine_wall(job->ws->engine);
        crmi_queued item = {.part = CRMI_PART, .kind = d->kind, .id = d->local_id,
                            .reason = CRMI_STR("waiting_parent"), .space = CRMSYNC_SPACE_QUEUE,
                            .prio = 5, .due_ms = now + 60000, .since_ms = now};
        crmi_queue_put(&c, &item);
        crmi_logged what = {"hold", CRMSYNC_REASON_WAITING_PARENT, 0, CRMI_STR_EMPTY, CRMI_STR_EMPTY};
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

static int32_t settle_packed(crmi_ship *ship, crmsync_error **err)
{
    crmsync_job *job = ship->task.job;
    size_t n = ship->packed_count;
    crmi_settled *ends = crmi_arena_array(&ship->arena, n + 1, sizeof *ends);
    if (!ends)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < n; i++) {
        crmi_parcel *p = &ship->parcels[ship->packed[i]];
        if (p->state == CRMI_PARCEL_FAILED)
            without_refused_fields(p);
    }
    whole_graphs(ship);
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

/* What a call's end means for the whole request. */
static int32_t ship_answer(crmi_task *task, crmsync_error **err)
{
    crmi_ship *ship = (crmi_ship *)task;
    crmi_call *call = &task->call[0];
    uint32_t all = CRMI_PARCEL_UNKNOWN;
    int32_t rc = CRMSYNC_OK;
    if (call->result == CRMI_CALL_ANSWERED) {
        rc = crmi_ship_read(ship, &call->response, err);
        if (rc == CRMSYNC_E_NOMEM)
            return rc;
        if (rc == CRMSYNC_OK)
            all = CRMI_PARCEL_PACKED; /* each has its own end */
        else if (err)
            crmi_error_drop(err); /* an answer nobody can read: not known what was done */
    } else if (call->result == CRMI_CALL_NOT_APPLIED) {
        all = CRMI_PARCEL_FAILED;
    }
    for (size_t i = 0; i < ship->packed_count; i++) {
        crmi_parcel *p = &ship->parcels[ship->packed[i]];
        if (p->state != CRMI_PARCEL_PACKED || all == CRMI_PARCEL_PACKED)
            continue;
        p->state = all;
        if (all == CRMI_PARCEL_FAILED) {
            memset(&p->result, 0, sizeof p->result);
            if (crmi_sf_error_read(&ship->arena, &call->response, &p->result.errors, err))
                return CRMSYNC_E_NOMEM;
        }
    }
    /* a refusal of the whole (no calls left, not authorized) ends the job once it is settled */
    crmsync_error *stop = NULL;
    if (call->result == CRMI_CALL_NOT_APPLIED && call->error) {
        int32_t code = crmsync_error_code(call->error);
        if (code == CRMSYNC_E_AUTH || code == CRMSYNC_E_BUDGET || code == CRMSYNC_E_TRANSPORT) {
            stop = call->error;
            call->error = NULL;
        }
    }
    if (call->elapsed_ms && ship->packed_count) {
        uint64_t now = call->elapsed_ms * 16 / ship->packed_count;
        ship->ms_per_row_x16 = ship->ms_per_row_x16 ? (ship->ms_per_row_x16 * 3 + now) / 4 : now;
    }
    rc = settle_packed(ship, err);
    crmi_task_reset_calls(task);
    if (!rc && stop) {
        rc = crmsync_error_code(stop);
        if (err) {
            crmi_error_drop(err);
            *err = stop;
            stop = NULL;
        }
    }
    crmsync_error_free(stop);
    return rc;
}

/* Parcels whose claim somebody else holds were not journalled: they leave the request. */
static void leave_parked(crmi_ship *ship)
{
    for (size_t i = 0; i < ship->packed_count; i++) {
        if (ship->shipment.intents[i].state == CRMI_SHIP_PARKED)
            ship->parcels[ship->packed[i]].state = CRMI_PARCEL_PARKED;
    }
    /* a graph is sent whole or not at all */
    for (size_t i = 0; i < ship->packed_count; i++) {
        crmi_parcel *p = &ship->parcels[ship->packed[i]];
        if (p->parent != CRMI_NO_PARCEL && p->group.len &&
            ship->parcels[p->parent].state == CRMI_PARCEL_PARKED)
            p->state = CRMI_PARCEL_PARKED;
    }
}

int32_t crmi_ship_next(crmi_task *task, crmsync_error **err)
{
    crmi_ship *ship = (crmi_ship *)task;
    int32_t rc = crmi_ship_pack(ship, err);
    if (rc)
        return rc;
    if (!ship->packed_count) {
        task->next = ship->after;
        return CRMSYNC_OK;
    }
    rc = crmi_ship_journal(ship, err);
    if (rc)
        return rc;
    leave_parked(ship);
    bool any = false;
    for (size_t i = 0; !rc && i < ship->packed_count; i++) {
        const crmi_parcel *p = &ship->parcels[ship->packed[i]];
        any = any || p->state == CRMI_PARCEL_PACKED;
        rc = crmi_report_sent(task->job, ship->flow, p->object, err);
    }
    if (rc)
        return rc;
    if (!any)
        return settle_packed(ship, err);
    rc = crmi_ship_build(ship, err);
    if (rc)
        return rc;
    crmi_task_send(task, true);
    task->settles = true;
    task->next = ship_answer;
    return crmi_report_add(task->job, ship->packed_count, "writes", CRMI_STR("crm"), NULL,
                           CRMI_STR_EMPTY, err);
}
