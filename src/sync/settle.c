#include "sync/settle.h"

#include "state/dead.h"
#include "state/queue.h"

#define LOG_FIELDS 64
#define ATTEMPTS_MAX 6 /* after that a record is a dead letter until it or the configuration changes */
#define DAY_MS (INT64_C(24) * 3600 * 1000)
#define NO_UNIT ((size_t)-1)

/* One link of the shipment, with the intents that are about it. */
typedef struct settling {
    crmi_link link, before;
    size_t unit; /* NO_UNIT = none yet */
    bool touched;
} settling;

typedef struct settle_page {
    crmsync_job *job;
    const char *flow;
    crmi_shipment *shipment;
    const crmi_settled *ends;
    crmi_arena arena;
    crmi_units units;
    settling *links;
    size_t link_count;
    size_t *link_of; /* per intent */
    bool unknown;    /* some are: the shipment stays */
    bool in_flight;  /* the page of these records is still open: it looks at them again after a crash */
} settle_page;

/* ---- the planner's part of an intent ---- */

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

/* ---- links ---- */

static crmsync_str local_name(const settle_page *p, const crmi_intent *in, crmsync_str remote)
{
    const crmi_object_rule *rule = crmi_config_object(p->job->ws->config, in->object);
    const crmi_field_rule *field = rule ? crmi_object_rule_by_remote(rule, remote) : NULL;
    return field ? field->local : CRMI_STR_EMPTY;
}

static const crmsync_cell *named(const crmi_named_cell *list, size_t n, crmsync_str name)
{
    for (size_t i = 0; i < n; i++) {
        if (crmi_str_eq(list[i].name, name))
            return &list[i].cell;
    }
    return NULL;
}

/* Counts how often the same local value was asserted within a day (the fight guard's memory). */
static void count_assert(crmi_shadow *shadow, const crmsync_cell *l, int64_t now)
{
    bool again = shadow->asserts && crmi_cell_same(&shadow->l, l) && shadow->asserts_since &&
                 now - shadow->asserts_since < DAY_MS;
    shadow->asserts = again ? shadow->asserts + 1 : 1;
    if (!again)
        shadow->asserts_since = now;
}

/* At settle the base takes the value that was sent, not the one the host holds by then. */
static int32_t shadows_sent(settle_page *p, const crmi_intent *in, crmi_target *target,
                            crmsync_error **err)
{
    const crmsync_cell absent = crmi_cell_absent();
    for (size_t i = 0; i < in->local_count; i++) {
        const crmsync_str remote = in->local[i].name;
        /* a field that was not sent: c stays unknown, and the first read of it sets it */
        const crmsync_cell *c = named(in->fields, in->field_count, remote);
        crmi_shadow *shadow =
            crmi_target_put_shadow(&p->arena, target, local_name(p, in, remote), remote);
        if (!shadow)
            return crmi_fail_nomem(err);
        count_assert(shadow, &in->local[i].cell, p->shipment->sent);
        shadow->state = CRMI_SHADOW_UNVERIFIED;
        shadow->read_at = p->shipment->sent;
        if (!crmi_cell_copy(&p->arena, &in->local[i].cell, &shadow->l) ||
            !crmi_cell_copy(&p->arena, c ? c : &absent, &shadow->c))
            return crmi_fail_nomem(err);
    }
    return CRMSYNC_OK;
}

static int32_t link_settled(settle_page *p, settling *s, const crmi_intent *in,
                            const crmi_settled *end, crmsync_error **err)
{
    crmsync_workspace *ws = p->job->ws;
    crmi_link *link = &s->link;
    yyjson_doc *doc = NULL;
    uint64_t digest = 0;
    int32_t rc = crmi_json_read(crmi_workspace_alloc(ws), in->plan.len ? in->plan : CRMI_STR("{}"),
                                &doc, err);
    if (rc)
        return rc;
    const yyjson_val *plan = yyjson_doc_get_root(doc);
    crmi_target *target = crmi_link_add_target(&p->arena, link, in->object, end->crm_id);
    if (!target) {
        rc = crmi_fail_nomem(err);
        goto done;
    }
    target->state = CRMI_TARGET_LIVE;
    if (in->slot.len && !crmi_arena_str(&p->arena, in->slot, &target->moved_to)) {
        rc = crmi_fail_nomem(err);
        goto done;
    }
    target->remote_digest = 0; /* what Salesforce made of it is seen at the next read */
    rc = shadows_sent(p, in, target, err);
    if (rc)
        goto done;
    if (crmi_json_member_bool(plan, "link", false))
        crmi_link_make_primary(link, end->crm_id);
    crmi_digest_read(plan, "digest", &digest);
    link->local_digest = digest;
    link->mapping_stamp = ws->config->digest;
    link->last_run_ms = p->shipment->sent;
    link->inactive = false;
    link->write_back = ws->config->local.crm_id.len && crmi_str_is(in->op, "create") &&
                       !crmi_str_is(in->local_kind, "activity");
    crmsync_str rule = crmi_json_member_text(plan, "rule");
    if ((rule.len && !crmi_arena_str(&p->arena, rule, &link->rule)) ||
        !crmi_arena_str(&p->arena, crmi_str(crmsync_reason_name(end->reason)), &link->last_outcome) ||
        !crmi_arena_str(&p->arena, in->local_rev, &link->rev))
        rc = crmi_fail_nomem(err);
done:
    yyjson_doc_free(doc);
    return rc;
}

/* ---- what else an intent leaves ---- */

static void drop_claims(settle_page *p, const crmi_intent *in)
{
    for (size_t i = 0; i < in->claim_count; i++) {
        crmi_claim claim = crmi_shipment_claim(p->shipment, in, i);
        crmi_claim_drop(&p->units.changes, &claim);
    }
}

/* Does this end count as a try of the record? Waiting for others, or for the org, does not. */
static bool tried(const crmi_settled *end)
{
    return end->state == CRMI_SHIP_FAILED && end->code.len &&
           end->error_class != CRMSYNC_CLASS_LIMIT && end->error_class != CRMSYNC_CLASS_AUTH;
}

/* What the record was asked for with, for the same to be asked again; empty = nothing special. */
static int32_t wish_of(settle_page *p, const crmi_intent *in, crmsync_str *wish, crmsync_error **err)
{
    yyjson_doc *doc = NULL;
    crmi_buf text;
    *wish = CRMI_STR_EMPTY;
    int32_t rc = in->plan.len ? crmi_json_read(crmi_workspace_alloc(p->job->ws), in->plan, &doc, err)
                              : CRMSYNC_OK;
    const yyjson_val *v = doc ? crmi_json_member(yyjson_doc_get_root(doc), "wish") : NULL;
    if (v) {
        crmi_buf_init(&text, crmi_workspace_alloc(p->job->ws));
        crmi_jw w = crmi_jw_to(&text);
        crmi_jw_value(&w, v);
        if (!crmi_buf_ok(&text) || !crmi_arena_str(&p->arena, crmi_buf_str(&text), wish))
            rc = crmi_fail_nomem(err);
        crmi_buf_clear(&text);
    }
    yyjson_doc_free(doc);
    return rc;
}

static int32_t put_queue(settle_page *p, const crmi_intent *in, const crmi_settled *end,
                         crmsync_error **err)
{
    crmsync_str wish;
    int32_t rc = wish_of(p, in, &wish, err);
    if (rc)
        return rc;
    int64_t now = crmi_engine_wall(p->job->ws->engine);
    crmi_queued item = {
        .part = CRMI_PART,
        .kind = in->local_kind,
        .id = in->local_id,
        .reason = crmi_str(crmsync_reason_name(end->reason)),
        .detail = wish,
        .space = CRMSYNC_SPACE_QUEUE,
        .prio = 5,
        .attempts = in->attempts + tried(end),
        .due_ms = end->due_ms ? end->due_ms : now,
        .since_ms = now,
    };
    crmi_queue_put(&p->units.changes, &item);
    return CRMSYNC_OK;
}

static void put_dead(settle_page *p, const crmi_intent *in, const crmi_settled *end)
{
    crmi_dead dead = {
        .kind = in->local_kind,
        .id = in->local_id,
        .error_class = end->error_class,
        .object = in->object,
        .crm_id = in->crm_id,
        .op = in->op,
        .reason = crmi_str(crmsync_reason_name(end->reason)),
        .code = end->code,
        .message = end->message,
        .remedy = end->remedy,
        .rev = in->local_rev,
        .mapping = p->job->ws->config->digest,
        .time_ms = crmi_engine_wall(p->job->ws->engine),
        .attempts = in->attempts + 1,
    };
    crmi_dead_put(&p->units.changes, &dead);
}

static const char *op_of(const crmi_intent *in, const crmi_settled *end)
{
    switch (end->state) {
    case CRMI_SHIP_SETTLED: return crmi_str_is(in->op, "create") ? "create" : "update";
    case CRMI_SHIP_UNKNOWN: return "unknown";
    case CRMI_SHIP_PARKED: return "hold";
    default: return "fail";
    }
}

static int32_t put_log(settle_page *p, const crmi_intent *in, const crmi_settled *end,
                       crmsync_error **err)
{
    crmi_log_field fields[LOG_FIELDS];
    yyjson_doc *doc = NULL;
    size_t n = 0;
    int32_t rc = crmi_json_read(crmi_workspace_alloc(p->job->ws),
                                in->plan.len ? in->plan : CRMI_STR("{}"), &doc, err);
    if (rc)
        return rc;
    const yyjson_val *why = crmi_json_member(yyjson_doc_get_root(doc), "why");
    for (size_t i = 0; i < in->field_count && n < LOG_FIELDS; i++) {
        const crmsync_cell *before = named(in->before, in->before_count, in->fields[i].name);
        fields[n++] = (crmi_log_field){
            local_name(p, in, in->fields[i].name), in->fields[i].name,
            before ? *before : crmi_cell_absent(), in->fields[i].cell,
            why ? crmi_json_member_text(why, in->fields[i].name.ptr) : CRMI_STR_EMPTY};
    }
    crmi_log_row row = {
        .time_ms = crmi_engine_wall(p->job->ws->engine),
        .run = crmi_str(p->job->run_id),
        .n = p->job->log_n++,
        .direction = CRMI_STR("out"),
        .op = crmi_str(op_of(in, end)),
        .object = in->object,
        .local_kind = in->local_kind,
        .local_id = in->local_id,
        .crm_id = end->crm_id.len ? end->crm_id : in->crm_id,
        .reason = crmi_str(crmsync_reason_name(end->reason)),
        .error_class = end->error_class,
        .code = end->code,
        .message = end->message,
        .actor = p->job->actor,
        .fields = fields,
        .field_count = n,
    };
    crmi_log_put(&p->units.changes, &row);
    yyjson_doc_free(doc);
    return CRMSYNC_OK;
}

/* A refused record is remembered, so that it is looked at again only when it changes. */
static int32_t link_failed(settle_page *p, settling *s, const crmi_intent *in,
                           const crmi_settled *end, crmsync_error **err)
{
    yyjson_doc *doc = NULL;
    uint64_t digest = 0;
    int32_t rc = crmi_json_read(crmi_workspace_alloc(p->job->ws),
                                in->plan.len ? in->plan : CRMI_STR("{}"), &doc, err);
    if (rc)
        return rc;
    crmi_digest_read(yyjson_doc_get_root(doc), "digest", &digest);
    yyjson_doc_free(doc);
    s->link.local_digest = digest;
    s->link.mapping_stamp = p->job->ws->config->digest;
    s->link.last_run_ms = p->shipment->sent;
    if (!crmi_arena_str(&p->arena, crmi_str(crmsync_reason_name(end->reason)), &s->link.last_outcome))
        return crmi_fail_nomem(err);
    return CRMSYNC_OK;
}

/* A record that had failed for good is well again. */
static int32_t drop_dead(settle_page *p, const settling *s, const crmi_intent *in,
                         crmsync_error **err)
{
    crmi_dead dead;
    uint32_t last = crmsync_reason_by_name(s->before.last_outcome);
    if (crmsync_reason_outcome(last) != CRMSYNC_OUTCOME_FAILED)
        return CRMSYNC_OK;
    int32_t rc = crmi_dead_get(&p->job->ws->store, in->local_kind, in->local_id, &p->arena, &dead, err);
    if (!rc && dead.version)
        crmi_dead_delete(&p->units.changes, &dead);
    return rc;
}

static int32_t settle_one(settle_page *p, size_t i, crmsync_error **err)
{
    crmi_intent *in = &p->shipment->intents[i];
    const crmi_settled *end = &p->ends[i];
    settling *s = &p->links[p->link_of[i]];
    int32_t rc = CRMSYNC_OK;
    bool journalled = in->state != CRMI_SHIP_PARKED; /* its claims are this shipment's */
    in->state = end->state;
    if (end->state == CRMI_SHIP_UNKNOWN) {
        p->unknown = true;
        return CRMSYNC_OK;
    }
    if (s->unit == NO_UNIT)
        s->unit = crmi_units_begin(&p->units);
    bool nameless = in->local_id.len == 0; /* an account of people whose company the host does not keep */
    if (journalled)
        drop_claims(p, in);
    if (end->state == CRMI_SHIP_RETRY && !end->queue)
        return CRMSYNC_OK;
    bool again = end->queue && (!tried(end) || in->attempts + 1 < ATTEMPTS_MAX);
    if (nameless) {
        s->touched = false;
    } else if (again) {
        rc = put_queue(p, in, end, err);
    } else if (end->state == CRMI_SHIP_SETTLED) {
        rc = link_settled(p, s, in, end, err);
        s->touched = true;
        /* its page is closed: nobody else tells the host */
        if (!rc && s->link.write_back && !p->in_flight)
            rc = put_queue(p, in, end, err);
        if (!rc)
            rc = drop_dead(p, s, in, err);
    } else {
        put_dead(p, in, end);
        rc = link_failed(p, s, in, end, err);
        s->touched = true;
    }
    return rc ? rc : put_log(p, in, end, err);
}

/* ---- the page ---- */

static int32_t find_links(settle_page *p, crmsync_error **err)
{
    crmi_shipment *sh = p->shipment;
    crmi_map seen;
    crmi_buf key;
    int32_t rc = CRMSYNC_OK;
    p->links = crmi_arena_array(&p->arena, sh->count + 1, sizeof *p->links);
    p->link_of = crmi_arena_array(&p->arena, sh->count + 1, sizeof *p->link_of);
    if (!p->links || !p->link_of)
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
            settling *s = &p->links[p->link_of[i]];
            s->unit = NO_UNIT;
            if (!crmi_arena_str(&p->arena, crmi_buf_str(&key), &name) ||
                !crmi_map_put_index(&seen, name, p->link_of[i]))
                rc = crmi_fail_nomem(err);
            s->link.kind = sh->intents[i].local_kind;
            s->link.local_id = sh->intents[i].local_id;
        }
    }
    crmi_map_clear(&seen);
    crmi_buf_clear(&key);
    return rc;
}

static int32_t read_links(settle_page *p, crmsync_error **err)
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
static int32_t settle_guilty(settle_page *p, crmsync_error **err)
{
    size_t conflicts = 0;
    int32_t rc = CRMSYNC_OK;
    for (size_t i = 0; !rc && i < p->shipment->count; i++) {
        const crmi_intent *in = &p->shipment->intents[i];
        settling *s = &p->links[p->link_of[i]];
        if (s->unit == NO_UNIT || crmi_units_outcome(&p->units, s->unit) != CRMI_UNIT_CONFLICT)
            continue;
        crmi_units_begin(&p->units);
        crmi_settled again = p->ends[i];
        again.reason = CRMSYNC_REASON_KEY_COLLISION;
        again.due_ms = crmi_engine_wall(p->job->ws->engine) + 1000;
        drop_claims(p, in);
        rc = put_queue(p, in, &again, err);
    }
    if (!rc)
        rc = crmi_units_run(&p->units, &conflicts, err);
    if (!rc && conflicts)
        rc = crmi_fail(err, CRMSYNC_E_CONFLICT, "claims of shipment %.*s are held by another worker",
                       CRMI_SPELL(p->shipment->ulid));
    return rc;
}

static int32_t count_ends(settle_page *p, crmsync_error **err)
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

static int32_t tell_host(settle_page *p, crmsync_error **err)
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

static int32_t settle_commit(settle_page *p, crmsync_error **err)
{
    size_t conflicts = 0;
    int32_t rc = CRMSYNC_OK;
    /* record by record: the items of a unit follow each other */
    for (size_t k = 0; !rc && k < p->link_count; k++) {
        for (size_t i = 0; !rc && i < p->shipment->count; i++) {
            if (p->link_of[i] == k)
                rc = settle_one(p, i, err);
        }
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
    settle_page p = {
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
