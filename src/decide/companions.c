/*
 * A person who is in the CRM more than once: the primary record is decided first; what goes to the
 * others is a decision of its own after it. Consent that was withdrawn goes to all of them.
 */
#include "decide/page.h"

typedef struct companion {
    crmi_page *page;
    const crmi_person_input *in;
    size_t lead; /* the primary record's decision */
    crmi_record crm;
    const crmi_object_rule *rule;
    const crmi_target *target;
} companion;

static int32_t decide_fields(const companion *c, const crmi_merge *m, crmi_fields *fields,
                             crmsync_error **err)
{
    const crmi_decide_env *env = c->page->env;
    crmi_owner_choice owner = crmi_owner_of(env, c->in->local, c->rule->crm->name);
    bool each = env->config->match.both_exist == CRMI_BOTH_EXIST_EACH && !owner.refused;
    int32_t code = CRMSYNC_OK;
    crmi_fields_init(fields, c->page->arena, c->rule->field_count);
    for (size_t i = 0; code == CRMSYNC_OK && i < c->rule->field_count; i++) {
        const crmi_field_rule *rule = &c->rule->fields[i];
        if (each || crmi_is_consent(&env->config->local, rule->local)) {
            code = crmi_merge_one(m, rule, rule, fields, err);
        }
    }
    if (code == CRMSYNC_OK && each) {
        code = crmi_status_field(m, c->target == NULL, fields, err);
    }
    if (code == CRMSYNC_OK && each) {
        code = crmi_owner_field(m, &owner, false, c->target == NULL, fields, err);
    }
    crmi_fields_choose(fields, c->in->fields, c->in->field_count);
    return code;
}

/* An address that is held on the primary record is held here too. */
static void follow_held(const companion *c, crmi_fields *fields)
{
    const crmi_decision *lead = &c->page->plan->items[c->lead];
    for (size_t i = 0; i < lead->field_count; i++) {
        for (size_t k = 0; k < fields->count; k++) {
            crmi_field_decision *d = &fields->items[k];
            if (lead->fields[i].reason == CRMSYNC_REASON_KEY_COLLISION &&
                crmi_str_eq(d->local, lead->fields[i].local)) {
                d->crm_new = crmi_cell_absent();
                d->reason = CRMSYNC_REASON_KEY_COLLISION;
                d->base = CRMI_BASE_KEEP;
            }
        }
    }
}

static int32_t decide(const companion *c, crmsync_error **err)
{
    const crmi_merge m = {
        .env = c->page->env,
        .rule = c->rule,
        .object = crmi_schema_object(c->page->env->schema, crmi_str(c->rule->crm->name)),
        .local = c->in->local,
        .crm = c->crm,
        .link = c->in->link,
        .target = c->target,
        .out = true,
    };
    crmi_fields fields;
    int32_t code = decide_fields(c, &m, &fields, err);
    follow_held(c, &fields);
    if (code != CRMSYNC_OK || !crmi_fields_any_out(&fields)) {
        return code;
    }
    crmi_decision *d = crmi_plan_add(c->page->plan);
    if (!d) {
        return crmi_fail_nomem(err);
    }
    const crmi_decision *lead = &c->page->plan->items[c->lead];
    d->kind = lead->kind;
    d->local_id = lead->local_id;
    d->rev = lead->rev;
    d->object = crmi_crm_object_word(crmsync_rows_kind(c->crm.rows));
    d->crm_id = crmi_record_text(c->crm, "Id");
    d->crm_stamp = crmi_crm_stamp(c->crm);
    d->direction = CRMSYNC_DIRECTION_OUT;
    d->input = lead->input;
    d->rule = c->target ? CRMSYNC_REASON_MATCH_LINK : CRMSYNC_REASON_MATCH_EMAIL;
    d->flags =
        CRMI_DECISION_COMPANION | (lead->flags & (CRMI_DECISION_MANUAL | CRMI_DECISION_PARTIAL));
    crmi_decision_fields(d, &fields);
    crmi_decision_settle(d, CRMSYNC_REASON_UPDATE_FIELDS);
    return CRMSYNC_OK;
}

/* A living record of the person beside the primary one, that may be written. */
static bool may_write(companion *c, crmsync_str id, uint32_t state)
{
    const crmi_person_input *in = c->in;
    c->crm = crmi_candidate(in->candidates, in->candidate_count, id);
    if (state != CRMI_TARGET_LIVE || !c->crm.rows || crmi_record_flag(c->crm, "IsDeleted") ||
        crmi_record_flag(c->crm, "IsConverted") ||
        crmi_same_id(id, c->page->plan->items[c->lead].crm_id)) {
        return false;
    }
    c->rule = crmi_config_object(c->page->env->config, crmsync_rows_kind(c->crm.rows));
    c->target = in->link ? crmi_link_target(in->link, id) : NULL;
    return c->rule && c->rule->enabled && c->rule->out_update && !(c->target && c->target->shared);
}

int32_t crmi_page_companions(crmi_page *page, size_t index, crmsync_error **err)
{
    const crmi_decision lead = page->plan->items[index];
    companion c = {.page = page, .in = &page->in->people[lead.input], .lead = index};
    const crmi_link *link = c.in->link;
    int32_t code = CRMSYNC_OK;
    for (size_t i = 0; code == CRMSYNC_OK && link && i < link->target_count; i++) {
        if (may_write(&c, link->targets[i].id, link->targets[i].state)) {
            code = decide(&c, err);
        }
    }
    for (size_t i = 0; code == CRMSYNC_OK && i < lead.other_count; i++) {
        bool linked = link && crmi_link_target(link, lead.others[i].id);
        if (!linked && may_write(&c, lead.others[i].id, lead.others[i].state)) {
            code = decide(&c, err);
        }
    }
    return code;
}
