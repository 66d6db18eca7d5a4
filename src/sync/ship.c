#include "sync/ship.h"

#include <stdlib.h>

#include "salesforce/note.h"
#include "sync/ship_bulk.h"

#define GRAPH_PEOPLE_MAX 200 /* above: accounts first, then contacts for it costs fewer calls */

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
    crmi_ingest_clear(&ship->bulk.op);
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

/* A new record that carries the host's id in an external id is upserted by it (E9): whoever made it
 * before, there is one. */
static void by_external_id(const crmi_ship *ship, crmi_parcel *p)
{
    const crmsync_workspace *ws = ship->task.job->ws;
    const crmi_object_rule *rule = crmi_config_object(ws->config, p->object);
    crmsync_str name = rule ? rule->external_id : CRMI_STR_EMPTY;
    const crmi_field *field = name.len ? crmi_schema_field(ws->schema, p->object, name) : NULL;
    if (p->op != CRMI_WRITE_CREATE || !field || !(field->flags & CRMI_FIELD_EXTERNAL_ID))
        return;
    for (size_t i = 0; i < p->field_count; i++) {
        if (crmi_str_eq_ci(p->fields[i].name, name) && !crmi_cell_blank(&p->fields[i].cell) &&
            p->fields[i].cell.text.len) {
            p->op = CRMI_WRITE_UPSERT;
            p->key_field = p->fields[i].name;
            p->unique = (field->flags & CRMI_FIELD_UNIQUE) != 0;
        }
    }
}

/* People whose account is made with them. */
static size_t children_of_new_parents(const crmi_ship *ship)
{
    size_t n = 0;
    for (size_t i = 0; i < ship->count; i++)
        n += ship->parcels[i].parent != CRMI_NO_PARCEL;
    return n;
}

typedef struct placed {
    crmsync_str account; /* whose row the write locks; empty = none that is known */
    size_t parent, at;
} placed;

static int placed_cmp(const void *a, const void *b)
{
    const placed *x = a, *y = b;
    int d = crmi_str_cmp(x->account, y->account);
    if (!d && x->parent != y->parent)
        d = x->parent < y->parent ? -1 : 1;
    return d ? d : x->at < y->at ? -1 : x->at > y->at;
}

/* Children of one account side by side: requests that run at once lock fewer rows in common. What
 * has no account, the accounts among it, goes first. */
static int32_t order_by_parent(crmi_ship *ship, crmsync_error **err)
{
    static const char *const parents[] = {"AccountId", "WhatId", "WhoId"};
    placed *list = crmi_arena_array(&ship->arena, ship->count + 1, sizeof *list);
    if (!list)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < ship->count; i++) {
        const crmi_parcel *p = &ship->parcels[i];
        list[i] = (placed){CRMI_STR_EMPTY, p->parent == CRMI_NO_PARCEL ? 0 : p->parent + 1, i};
        for (size_t k = 0; k < 3 && !list[i].account.len; k++) {
            for (size_t f = 0; f < p->field_count; f++) {
                if (crmi_str_is(p->fields[f].name, parents[k]))
                    list[i].account = p->fields[f].cell.text;
            }
        }
    }
    qsort(list, ship->count, sizeof *list, placed_cmp);
    for (size_t i = 0; i < ship->count; i++)
        ship->order[i] = list[i].at;
    return CRMSYNC_OK;
}

int32_t crmi_ship_load(crmi_ship *ship, const crmi_plan *plan, const uint64_t *digests,
                       crmsync_error **err)
{
    crmi_arena_clear(&ship->arena);
    ship->count = 0;
    ship->parcels = crmi_arena_array(&ship->arena, plan->count + 1, sizeof *ship->parcels);
    ship->packed = crmi_arena_array(&ship->arena, plan->count + 1, sizeof *ship->packed);
    ship->order = crmi_arena_array(&ship->arena, plan->count + 1, sizeof *ship->order);
    ship->graph_nodes = crmi_arena_array(&ship->arena, CRMI_GRAPH_MAX, sizeof *ship->graph_nodes);
    ship->graph_ids = crmi_arena_array(&ship->arena, CRMI_GRAPH_MAX, sizeof *ship->graph_ids);
    size_t *of = crmi_arena_array(&ship->arena, plan->count + 1, sizeof *of);
    if (!ship->parcels || !ship->packed || !ship->order || !ship->graph_nodes || !ship->graph_ids || !of)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < plan->count; i++) {
        const crmi_decision *d = &plan->items[i];
        of[i] = CRMI_NO_PARCEL;
        if (d->crm_op == CRMI_OP_NONE)
            continue;
        crmi_parcel *p = &ship->parcels[ship->count];
        p->decision = d;
        p->op = d->crm_op == CRMI_OP_CREATE ? CRMI_WRITE_CREATE : CRMI_WRITE_UPDATE;
        p->related = CRMI_NO_PARCEL;
        p->object = d->object;
        p->crm_id = d->crm_id;
        p->parent = CRMI_NO_PARCEL;
        p->parent_field = d->parent_field;
        p->local_digest = digests ? digests[i] : 0;
        if (!parcel_fields(&ship->arena, d, p))
            return crmi_fail_nomem(err);
        by_external_id(ship, p);
        of[i] = ship->count++;
    }
    for (size_t i = 0; i < ship->count; i++) {
        size_t parent = ship->parcels[i].decision->parent;
        if (parent != CRMI_NO_DECISION && parent < plan->count)
            ship->parcels[i].parent = of[parent];
    }
    ship->graphs = children_of_new_parents(ship) <= GRAPH_PEOPLE_MAX;
    ship->task.next = crmi_ship_next;
    return order_by_parent(ship, err);
}

void crmi_ship_tried(crmi_ship *ship, crmsync_str kind, crmsync_str id, uint32_t tries)
{
    for (size_t i = 0; tries && i < ship->count; i++) {
        const crmi_decision *d = ship->parcels[i].decision;
        if (crmi_str_eq(d->kind, kind) && crmi_str_eq(d->local_id, id))
            ship->parcels[i].tries = tries;
    }
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
    crmi_ship_measure(ship, call->elapsed_ms);
    rc = crmi_ship_settle(ship, err);
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
        return crmi_ship_settle(ship, err);
    rc = crmi_report_add(task->job, ship->packed_count, "writes", CRMI_STR("crm"), NULL,
                         CRMI_STR_EMPTY, err);
    if (!rc && ship->way == CRMI_WAY_BULK)
        return crmi_ship_bulk(ship, err);
    if (!rc)
        rc = crmi_ship_build(ship, err);
    if (rc)
        return rc;
    crmi_task_send(task, true);
    task->settles = true;
    task->next = ship_answer;
    return CRMSYNC_OK;
}
