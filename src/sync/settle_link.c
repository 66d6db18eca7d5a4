/* What a link remembers once a record was written, or refused. */
#include "sync/settle_page.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)

crmsync_str crmi_settle_local_name(const crmi_settle_page *p, const crmi_intent *in,
                                   crmsync_str remote)
{
    const crmi_object_rule *rule = crmi_config_object(p->job->ws->config, in->object);
    const crmi_field_rule *field = rule ? crmi_object_rule_by_remote(rule, remote) : NULL;
    if (field || !rule)
        return field ? field->local : CRMI_STR_EMPTY;
    if (rule->status.enabled && crmi_str_eq_ci(rule->status.remote, remote))
        return rule->status.local;
    return crmi_str_eq_ci(remote, CRMI_STR("OwnerId")) ? rule->owned.local : CRMI_STR_EMPTY;
}

const crmsync_cell *crmi_settle_named(const crmi_named_cell *list, size_t n, crmsync_str name)
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
static int32_t shadows_sent(crmi_settle_page *p, const crmi_intent *in, crmi_target *target,
                            crmsync_error **err)
{
    const crmsync_cell absent = crmi_cell_absent();
    for (size_t i = 0; i < in->local_count; i++) {
        const crmsync_str remote = in->local[i].name;
        /* a field that was not sent: c stays unknown, and the first read of it sets it */
        const crmsync_cell *c = crmi_settle_named(in->fields, in->field_count, remote);
        crmi_shadow *shadow = crmi_target_put_shadow(&p->arena, target,
                                                     crmi_settle_local_name(p, in, remote), remote);
        if (!shadow)
            return crmi_fail_nomem(err);
        count_assert(shadow, &in->local[i].cell, p->shipment->sent);
        shadow->state = CRMI_SHADOW_UNVERIFIED;
        shadow->read_at = p->shipment->sent;
        bool (*keep)(crmi_arena *, const crmsync_cell *, crmsync_cell *) =
            crmi_str_is(in->local_kind, "activity") ? crmi_shadow_keep : crmi_cell_copy;
        if (!crmi_cell_copy(&p->arena, &in->local[i].cell, &shadow->l) ||
            !keep(&p->arena, c ? c : &absent, &shadow->c))
            return crmi_fail_nomem(err);
    }
    return CRMSYNC_OK;
}

/* Does the host keep the id of what is made of its records? */
static bool told(crmsync_str kind)
{
    return !crmi_str_is(kind, "activity") && !crmi_str_is(kind, "member") &&
           !crmi_str_is(kind, "signal");
}

int32_t crmi_settle_link(crmi_settle_page *p, crmi_settling *s, const crmi_intent *in,
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
    link->write_back =
        ws->config->local.crm_id.len && !crmi_str_is(in->op, "update") && told(in->local_kind);
    crmsync_str rule = crmi_json_member_text(plan, "rule");
    if ((rule.len && !crmi_arena_str(&p->arena, rule, &link->rule)) ||
        !crmi_arena_str(&p->arena, crmi_str(crmsync_reason_name(end->reason)),
                        &link->last_outcome) ||
        !crmi_arena_str(&p->arena, in->local_rev, &link->rev))
        rc = crmi_fail_nomem(err);
done:
    yyjson_doc_free(doc);
    return rc;
}

/* A refused record is remembered, so that it is looked at again only when it changes. */
int32_t crmi_settle_link_failed(crmi_settle_page *p, crmi_settling *s, const crmi_intent *in,
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
    if (!crmi_arena_str(&p->arena, crmi_str(crmsync_reason_name(end->reason)),
                        &s->link.last_outcome))
        return crmi_fail_nomem(err);
    return CRMSYNC_OK;
}

int32_t crmi_settle_link_twin(crmi_settle_page *p, crmi_settling *s, const crmi_settled *end,
                              crmsync_error **err)
{
    crmsync_str id;
    if (!crmi_keep_id(&p->arena, end->twin_id, &id))
        return crmi_fail_nomem(err);
    crmi_target *target = id.len ? crmi_link_add_target(&p->arena, &s->link, end->twin_object, id)
                                 : NULL;
    if (!id.len)
        return CRMSYNC_OK;
    if (!target)
        return crmi_fail_nomem(err);
    target->state = CRMI_TARGET_LIVE;
    crmi_link_make_primary(&s->link, id);
    s->link.local_digest = 0; /* nothing of it has been looked at */
    s->touched = true;
    return CRMSYNC_OK;
}
