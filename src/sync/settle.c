/* The ends of a shipment, committed record by record. */
#include "sync/settle_page.h"
#include "sync/undo.h"

#define ATTEMPTS_MAX                                                                               \
    6 /* after that a record is a dead letter until it or the configuration changes */

void crmi_intent_plan_write(crmi_buf *out, const crmi_decision *d, uint64_t local_digest)
{
    crmi_jw w = crmi_jw_to(out);
    crmi_jw_object(&w);
    crmi_jw_member_text(&w, "reason", crmi_str(crmsync_reason_name(d->reason)));
    if (d->rule)
        crmi_jw_member_text(&w, "rule", crmi_str(crmsync_reason_name(d->rule)));
    crmi_jw_member_bool(&w, "link", d->link || d->crm_op == CRMI_OP_CREATE);
    crmi_member_digest(&w, "digest", local_digest);
    if (d->wish.len) {
        crmi_jw_key(&w, CRMI_STR("wish"));
        crmi_jw_raw(&w, d->wish);
    }
    crmi_jw_member_object(&w, "why");
    for (size_t i = 0; i < d->field_count; i++) {
        if (d->fields[i].crm_new.type == CRMSYNC_CELL_ABSENT)
            continue;
        crmi_jw_key(&w, d->fields[i].remote);
        crmi_jw_text(&w, crmi_str(crmsync_reason_name(d->fields[i].reason)));
    }
    crmi_jw_object_end(&w);
    crmi_jw_object_end(&w);
}

static int32_t settle_one(crmi_settle_page *p, size_t i, crmsync_error **err)
{
    crmi_intent *in = &p->shipment->intents[i];
    const crmi_settled *end = &p->ends[i];
    crmi_settling *s = &p->links[p->link_of[i]];
    int32_t rc = CRMSYNC_OK;
    bool journalled = in->state != CRMI_SHIP_PARKED; /* its claims are this shipment's */
    in->state = end->state;
    if (end->state == CRMI_SHIP_UNKNOWN) {
        p->unknown = true;
        return crmi_in_doubt_add(p->job, in->local_kind, in->local_id, err);
    }
    if (s->unit == CRMI_NO_UNIT)
        s->unit = crmi_units_begin(&p->units);
    bool nameless = in->local_id.len == 0; /* an account of people whose company the host does not keep */
    if (journalled)
        crmi_settle_drop_claims(p, in);
    if (end->state == CRMI_SHIP_RETRY && !end->queue)
        return CRMSYNC_OK;
    bool again = end->queue && (!crmi_settle_tried(end) || in->attempts + 1 < ATTEMPTS_MAX);
    if (nameless) {
        s->touched = false;
    } else if (again) {
        rc = crmi_settle_put_queue(p, in, end, err);
        if (!rc && end->twin_id.len)
            rc = crmi_settle_link_twin(p, s, end, err);
    } else if (end->state == CRMI_SHIP_SETTLED) {
        rc = crmi_settle_link(p, s, in, end, err);
        s->touched = true;
        /* its page is closed: nobody else tells the host */
        if (!rc && s->link.write_back && !p->in_flight)
            rc = crmi_settle_put_queue(p, in, end, err);
        if (!rc)
            rc = crmi_settle_drop_dead(p, s, in, err);
    } else {
        crmi_target *gone = crmi_link_target(&s->link, in->crm_id);
        if (end->reason != CRMSYNC_REASON_TOMBSTONE)
            crmi_settle_put_dead(p, in, end);
        else if (gone) /* never made again, nor written */
            gone->state = crmi_str_is(end->code, "ENTITY_IS_DELETED") ? CRMI_TARGET_DELETED
                                                                      : CRMI_TARGET_VANISHED;
        rc = crmi_settle_link_failed(p, s, in, end, err);
        s->touched = true;
    }
    return rc ? rc : crmi_settle_put_log(p, in, end, err);
}

static int32_t find_links(crmi_settle_page *p, crmsync_error **err)
{
    crmi_shipment *sh = p->shipment;
    crmi_map seen;
    crmi_buf key;
    int32_t rc = CRMSYNC_OK;
    p->links = crmi_arena_array(&p->arena, sh->count + 1, sizeof *p->links);
    p->link_of = crmi_arena_array(&p->arena, sh->count + 1, sizeof *p->link_of);
    p->next_of = crmi_arena_array(&p->arena, sh->count + 1, sizeof *p->next_of);
    if (!p->links || !p->link_of || !p->next_of)
        return crmi_fail_nomem(err);
    crmi_map_init(&seen, crmi_workspace_alloc(p->job->ws));
    crmi_buf_init(&key, crmi_workspace_alloc(p->job->ws));
    for (size_t i = 0; !rc && i < sh->count; i++) {
        crmsync_str name;
        crmi_buf_reset(&key);
        crmi_buf_add(&key, sh->intents[i].local_kind);
        crmi_buf_char(&key, '/');
        crmi_buf_add(&key, sh->intents[i].local_id);
        if (!crmi_buf_ok(&key)) {
            rc = crmi_fail_nomem(err);
        } else if (!sh->intents[i].local_id.len ||
                   !crmi_map_get_index(&seen, crmi_buf_str(&key), &p->link_of[i])) {
            p->link_of[i] = p->link_count++;
            crmi_settling *s = &p->links[p->link_of[i]];
            s->unit = CRMI_NO_UNIT;
            if (!crmi_arena_str(&p->arena, crmi_buf_str(&key), &name) ||
                !crmi_map_put_index(&seen, name, p->link_of[i]))
                rc = crmi_fail_nomem(err);
            s->link.kind = sh->intents[i].local_kind;
            s->link.local_id = sh->intents[i].local_id;
            s->first = s->last = i;
        }
        p->next_of[i] = sh->count;
        if (!rc && p->links[p->link_of[i]].last != i) {
            p->next_of[p->links[p->link_of[i]].last] = i;
            p->links[p->link_of[i]].last = i;
        }
    }
    crmi_map_clear(&seen);
    crmi_buf_clear(&key);
    return rc;
}

static int32_t read_links(crmi_settle_page *p, crmsync_error **err)
{
    crmsync_str *ids = crmi_arena_array(&p->arena, p->link_count + 1, sizeof *ids);
    crmi_link *links = crmi_arena_array(&p->arena, p->link_count + 1, sizeof *links);
    size_t *which = crmi_arena_array(&p->arena, p->link_count + 1, sizeof *which);
    bool *done = crmi_arena_array(&p->arena, p->link_count + 1, sizeof *done);
    if (!ids || !links || !which || !done)
        return crmi_fail_nomem(err);
    for (size_t first = 0; first < p->link_count; first++) {
        size_t n = 0;
        crmsync_str kind = p->links[first].link.kind;
        for (size_t i = first; !done[first] && i < p->link_count; i++) {
            if (done[i] || !crmi_str_eq(p->links[i].link.kind, kind) ||
                !p->links[i].link.local_id.len)
                continue;
            if (i != first)
                done[i] = true;
            which[n] = i;
            ids[n++] = p->links[i].link.local_id;
        }
        if (!n)
            continue;
        done[first] = true;
        int32_t rc = crmi_link_get_many(&p->job->ws->store, &p->arena, kind, ids, n, links, err);
        if (rc)
            return rc;
        for (size_t k = 0; k < n; k++) {
            p->links[which[k]].link = links[k];
            p->links[which[k]].before = links[k];
        }
    }
    return CRMSYNC_OK;
}

/* A unit that another writer's change made impossible: the record is planned anew. */
static int32_t settle_guilty(crmi_settle_page *p, crmsync_error **err)
{
    size_t conflicts = 0;
    int32_t rc = CRMSYNC_OK;
    for (size_t i = 0; !rc && i < p->shipment->count; i++) {
        const crmi_intent *in = &p->shipment->intents[i];
        crmi_settling *s = &p->links[p->link_of[i]];
        if (s->unit == CRMI_NO_UNIT || crmi_units_outcome(&p->units, s->unit) != CRMI_UNIT_CONFLICT)
            continue;
        crmi_units_begin(&p->units);
        crmi_settled again = p->ends[i];
        again.reason = CRMSYNC_REASON_KEY_COLLISION;
        again.due_ms = crmi_engine_wall(p->job->ws->engine) + 1000;
        crmi_settle_drop_claims(p, in);
        rc = crmi_settle_put_queue(p, in, &again, err);
    }
    if (!rc)
        rc = crmi_units_run(&p->units, &conflicts, err);
    if (!rc && conflicts)
        rc = crmi_fail(err, CRMSYNC_E_CONFLICT, "claims of shipment %.*s are held by another worker",
                       CRMI_SPELL(p->shipment->ulid));
    return rc;
}

static int32_t count_ends(crmi_settle_page *p, crmsync_error **err)
{
    int32_t rc = CRMSYNC_OK;
    for (size_t i = 0; !rc && i < p->shipment->count; i++) {
        const crmi_settled *end = &p->ends[i];
        crmsync_str object = p->shipment->intents[i].object;
        if (p->in_flight)
            rc = crmi_report_landed(p->job, p->flow, object, err);
        if (!rc && !(end->state == CRMI_SHIP_RETRY && !end->queue))
            rc = crmi_report_outcome(p->job, p->flow, object, end->outcome, end->reason,
                                     end->error_class, err);
    }
    return rc;
}

static int32_t tell_host(crmi_settle_page *p, crmsync_error **err)
{
    crmsync_str *ids = crmi_arena_array(&p->arena, p->link_count + 1, sizeof *ids);
    if (!ids)
        return crmi_fail_nomem(err);
    static const char *const kinds[] = {"person", "company"};
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        size_t n = 0;
        for (size_t i = 0; i < p->link_count; i++) {
            if (p->links[i].link.write_back && crmi_str_is(p->links[i].link.kind, kinds[k]))
                ids[n++] = p->links[i].link.local_id;
        }
        int32_t rc = n ? crmi_write_back(p->job, crmi_str(kinds[k]), ids, n, err) : CRMSYNC_OK;
        if (rc)
            return rc;
    }
    return CRMSYNC_OK;
}

static int32_t settle_commit(crmi_settle_page *p, crmsync_error **err)
{
    size_t conflicts = 0;
    int32_t rc = crmi_undo_sent(p, err); /* before the records': those go last, and once */
    /* record by record: the items of a unit follow each other */
    for (size_t k = 0; !rc && k < p->link_count; k++) {
        for (size_t i = p->links[k].first; !rc && i < p->shipment->count; i = p->next_of[i])
            rc = settle_one(p, i, err);
        if (!rc && p->links[k].touched)
            crmi_link_commit(&p->units.changes, &p->links[k].link, &p->links[k].before);
    }
    if (rc)
        return rc;
    if (!p->unknown && p->shipment->version) {
        crmi_units_begin_closing(&p->units);
        crmi_shipment_drop_head(&p->units.changes, p->shipment);
    }
    rc = crmi_units_run(&p->units, &conflicts, err);
    if (!rc && conflicts)
        rc = settle_guilty(p, err);
    if (rc)
        return rc;
    return p->unknown ? crmi_shipment_store(&p->job->ws->store, p->shipment, err)
                      : crmi_shipment_drop_rows(&p->job->ws->store, p->shipment, err);
}

int32_t crmi_settle(crmsync_job *job, const char *flow, crmi_shipment *shipment,
                    const crmi_settled *ends, bool in_flight, crmsync_error **err)
{
    crmi_settle_page p = {
        .job = job, .flow = flow, .shipment = shipment, .ends = ends, .in_flight = in_flight};
    crmi_arena_init(&p.arena, crmi_workspace_alloc(job->ws));
    crmi_units_init(&p.units, &job->ws->store);
    int32_t rc = find_links(&p, err);
    if (!rc)
        rc = read_links(&p, err);
    if (!rc)
        rc = settle_commit(&p, err);
    if (!rc)
        rc = count_ends(&p, err);
    if (!rc)
        rc = tell_host(&p, err);
    crmi_units_clear(&p.units);
    crmi_arena_clear(&p.arena);
    return rc;
}
