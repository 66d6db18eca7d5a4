#include "sync/undo.h"

#include "model/rows.h"
#include "state/undo.h"

/* ---- Salesforce's side ---- */

static int32_t sent_fields(crmi_settle_page *p, const crmi_intent *in, crmi_undo *row,
                           crmsync_error **err)
{
    row->fields = crmi_arena_array(&p->arena, in->field_count + 1, sizeof *row->fields);
    if (!row->fields)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < in->field_count; i++) {
        crmsync_str remote = in->fields[i].name;
        const crmsync_cell *before = crmi_settle_named(in->before, in->before_count, remote);
        row->fields[row->field_count++] =
            (crmi_undo_field){crmi_settle_local_name(p, in, remote), remote,
                              before ? *before : crmi_cell_absent(), in->fields[i].cell};
    }
    return CRMSYNC_OK;
}

int32_t crmi_undo_sent(crmi_settle_page *p, crmsync_error **err)
{
    const crmi_shipment *sh = p->shipment;
    int32_t rc = CRMSYNC_OK;
    if (!p->job->ws->config->retention.undo_days || !sh->run.len)
        return CRMSYNC_OK;
    for (size_t i = 0; !rc && i < sh->count; i++) {
        const crmi_intent *in = &sh->intents[i];
        crmi_undo row = {.run = sh->run,
                         .ulid = sh->ulid,
                         .n = i,
                         .side = CRMI_UNDO_CRM,
                         .op = in->op,
                         .kind = in->local_kind,
                         .id = in->local_id,
                         .object = in->object,
                         .crm_id = p->ends[i].crm_id};
        if (crmi_str_is(in->op, "upsert")) /* it made one, or found one whose values are not known */
            row.op = in->crm_id.len ? CRMI_STR("update") : CRMI_STR("create");
        if (p->ends[i].state != CRMI_SHIP_SETTLED || in->state == CRMI_SHIP_SETTLED)
            continue;
        rc = sent_fields(p, in, &row, err);
        crmi_units_begin(&p->units);
        if (!rc)
            crmi_undo_put(&p->units.changes, &row);
    }
    return rc;
}

/* ---- the host's side ---- */

static const char *op_name(uint32_t op)
{
    switch (op) {
    case CRMI_OP_CREATE: return "create";
    case CRMI_OP_DEACTIVATE: return "deactivate";
    default: return "update";
    }
}

static bool saved_fields(crmi_arena *arena, const crmi_decision *d, crmi_undo *row)
{
    row->fields = crmi_arena_array(arena, d->field_count + 1, sizeof *row->fields);
    if (!row->fields)
        return false;
    for (size_t i = 0; i < d->field_count; i++) {
        const crmi_field_decision *f = &d->fields[i];
        bool none = f->local_old.type == CRMSYNC_CELL_ABSENT; /* no word of it: empty, then */
        if (f->local_new.type == CRMSYNC_CELL_ABSENT || !f->local.len)
            continue;
        row->fields[row->field_count++] = (crmi_undo_field){
            f->local, f->remote, none ? crmi_cell_null() : f->local_old, f->local_new};
    }
    return true;
}

int32_t crmi_undo_saves(crmsync_job *job, const crmi_plan *plan, crmsync_error **err)
{
    crmsync_workspace *ws = job->ws;
    crmi_arena arena;
    crmi_units units;
    size_t conflicts = 0;
    char ulid[CRMI_ULID_LEN + 1];
    if (!ws->config->retention.undo_days)
        return CRMSYNC_OK;
    int32_t rc = crmi_ulid_make(ws->store.random, crmi_engine_wall(ws->engine), ulid, err);
    crmi_arena_init(&arena, crmi_workspace_alloc(ws));
    crmi_units_init(&units, &ws->store);
    for (size_t i = 0; !rc && i < plan->count; i++) {
        const crmi_decision *d = &plan->items[i];
        crmi_undo row = {.run = crmi_str(job->run_id),
                         .ulid = crmi_str(ulid),
                         .n = i,
                         .side = CRMI_UNDO_LOCAL,
                         .op = crmi_str(op_name(d->local_op)),
                         .kind = d->kind,
                         .id = d->local_id,
                         .object = d->object,
                         .crm_id = d->crm_id};
        if (d->local_op == CRMI_OP_NONE)
            continue;
        if (!saved_fields(&arena, d, &row))
            rc = crmi_fail_nomem(err);
        if (!rc && d->local_op == CRMI_OP_UPDATE && !row.field_count)
            continue; /* it learns its Salesforce id, no more */
        crmi_units_begin(&units);
        if (!rc)
            crmi_undo_put(&units.changes, &row);
    }
    if (!rc)
        rc = crmi_units_run(&units, &conflicts, err);
    crmi_units_clear(&units);
    crmi_arena_clear(&arena);
    return rc;
}
