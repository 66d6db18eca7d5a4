/* Writing a request down before it is sent: one intent per record. */
#include "sync/settle.h"
#include "sync/ship.h"

static bool named_cells(crmi_arena *arena, const crmi_parcel *p, crmi_intent *to)
{
    const crmi_decision *d = p->decision;
    bool activity = crmi_str_is(d->kind, "activity"); /* their texts would fill journal and link */
    crmi_named_cell *fields = crmi_arena_array(arena, p->field_count + 1, sizeof *fields);
    crmi_named_cell *local = crmi_arena_array(arena, d->field_count + 1, sizeof *local);
    crmi_named_cell *before = crmi_arena_array(arena, d->field_count + 1, sizeof *before);
    if (!fields || !local || !before)
        return false;
    for (size_t i = 0; i < p->field_count; i++)
        fields[i] = (crmi_named_cell){p->fields[i].name, p->fields[i].cell};
    for (size_t i = 0; i < d->field_count; i++) {
        const crmi_field_decision *f = &d->fields[i];
        if (f->base == CRMI_BASE_SENT) {
            crmi_named_cell *l = &local[to->local_count++];
            *l = (crmi_named_cell){f->remote, f->local_old};
            if (activity && !crmi_shadow_keep(arena, &f->local_old, &l->cell))
                return false;
        }
        if (f->crm_new.type != CRMSYNC_CELL_ABSENT && f->crm_old.type != CRMSYNC_CELL_ABSENT)
            before[to->before_count++] = (crmi_named_cell){f->remote, f->crm_old};
    }
    to->fields = fields;
    to->field_count = p->field_count;
    to->local = local;
    to->before = before;
    return true;
}

/* "person/email/a@b.example" -> its three parts; the key itself may hold slashes. */
static bool claim_split(crmsync_str text, crmi_claim *to)
{
    ptrdiff_t first = crmi_str_chr(text, '/');
    if (first < 0)
        return false;
    crmsync_str rest = crmi_str_sub(text, (size_t)first + 1, text.len);
    ptrdiff_t second = crmi_str_chr(rest, '/');
    if (second < 0)
        return false;
    to->kind = crmi_str_sub(text, 0, (size_t)first);
    to->key_kind = crmi_str_sub(rest, 0, (size_t)second);
    to->key = crmi_str_sub(rest, (size_t)second + 1, rest.len);
    return to->key.len > 0;
}

static bool claims_of(crmi_arena *arena, const crmi_decision *d, crmi_intent *to)
{
    crmi_claim *claims = crmi_arena_array(arena, CRMI_INTENT_CLAIMS, sizeof *claims);
    if (!claims)
        return false;
    for (size_t i = 0; i < d->claim_count && to->claim_count < CRMI_INTENT_CLAIMS; i++) {
        if (claim_split(d->claims[i], &claims[to->claim_count]))
            to->claim_count++;
    }
    to->claims = claims;
    return true;
}

static const char *const ops[] = {
    [CRMI_WRITE_CREATE] = "create", [CRMI_WRITE_UPDATE] = "update", [CRMI_WRITE_UPSERT] = "upsert"};
/* How a shipment goes, by CRMI_WAY_*. */
static const char *const kinds[] = {
    [CRMI_WAY_COLLECTIONS] = "collections", [CRMI_WAY_GRAPHS] = "graph",
    [CRMI_WAY_SINGLES] = "single",          [CRMI_WAY_IDEMPOTENT] = "idempotent",
    [CRMI_WAY_BULK] = "bulk"};

static int32_t add_intent(crmi_ship *ship, const crmi_parcel *p, crmi_arena *arena, crmi_buf *plan,
                          crmsync_error **err)
{
    crmsync_workspace *ws = ship->task.job->ws;
    const crmi_decision *d = p->decision;
    char uuid[37];
    int32_t rc = crmi_uuid_make(ws->store.random, uuid, err);
    if (rc)
        return rc;
    crmi_buf_reset(plan);
    crmi_intent_plan_write(plan, d, p->local_digest);
    crmi_intent intent = {
        .uuid = crmi_str(uuid),
        .op = crmi_str(ops[p->op]),
        .object = p->object,
        .crm_id = p->crm_id,
        .local_kind = d->kind,
        .local_id = d->local_id,
        .local_rev = d->rev,
        .slot = d->slot,
        .user = ws->conn.user_id,
        .group = p->group,
        .position = (uint32_t)p->intent,
        .attempts = p->attempts + p->tries,
        .sent = ship->shipment.sent,
        .plan = crmi_buf_str(plan),
    };
    if (!crmi_buf_ok(plan) || !named_cells(arena, p, &intent) ||
        (p->op != CRMI_WRITE_UPDATE && !claims_of(arena, d, &intent)) ||
        crmi_shipment_add(&ship->shipment, &intent))
        return crmi_fail_nomem(err);
    return CRMSYNC_OK;
}

int32_t crmi_ship_journal(crmi_ship *ship, crmsync_error **err)
{
    crmsync_job *job = ship->task.job;
    crmsync_workspace *ws = job->ws;
    char ulid[CRMI_ULID_LEN + 1];
    crmi_arena arena;
    crmi_buf plan;
    uint64_t now = crmi_engine_mono(ws->engine);
    int32_t rc = crmi_ulid_make(ws->store.random, crmi_engine_wall(ws->engine), ulid, err);
    if (rc)
        return rc;
    crmi_shipment_clear(&ship->shipment);
    crmi_shipment_init(&ship->shipment, crmi_workspace_alloc(ws));
    if (crmi_shipment_start(&ship->shipment, crmi_job_part(job), crmi_str(ulid),
                            crmi_str(kinds[ship->way]),
                            crmi_str(job->run_id)))
        return crmi_fail_nomem(err);
    ship->shipment.sent = crmi_workspace_server_now(ws);
    ship->shipment.send_within =
        job->lease.ends > now + CRMI_SEND_MARGIN_MS
            ? (int64_t)(job->lease.ends - now - CRMI_SEND_MARGIN_MS)
            : 0;
    crmi_arena_init(&arena, crmi_workspace_alloc(ws));
    crmi_buf_init(&plan, crmi_workspace_alloc(ws));
    for (size_t i = 0; !rc && i < ship->packed_count; i++)
        rc = add_intent(ship, &ship->parcels[ship->packed[i]], &arena, &plan, err);
    if (!rc)
        rc = crmi_shipment_journal(&ws->store, &ship->shipment, err);
    crmi_buf_clear(&plan);
    crmi_arena_clear(&arena);
    return rc;
}
