/* A person whom Salesforce does not have: where to, with what, below which account. */
#include "decide/person_case.h"

/* Why a new Contact has to wait for its account; 0 = it goes, with or without one. */
static uint32_t waits(const crmi_company_state *company)
{
    if (!company || company->id.len || company->decision != CRMI_NO_DECISION) {
        return 0;
    }
    switch (company->held) {
    case CRMSYNC_REASON_LOOKUP_UNKNOWN: return CRMSYNC_REASON_LOOKUP_UNKNOWN;
    case CRMSYNC_REASON_AMBIGUOUS:
    case CRMSYNC_REASON_VANISHED: return CRMSYNC_REASON_WAITING_PARENT;
    default: return 0;
    }
}

/* Company is required of a Lead: the host's company record may know what the person does not. */
static int32_t company_name(crmi_person_case *p, crmsync_error **err)
{
    crmsync_str label = p->page->env->config->local.company_label;
    crmsync_str remote = CRMI_STR("Company");
    crmi_field_decision *d = crmi_fields_find(&p->fields, remote);
    bool lead = p->rule->crm->number == CRMI_OBJECT_LEAD;
    if (!lead || p->in->company >= p->page->in->company_count || !label.len ||
        (d && (!crmi_cell_blank(&d->crm_new) || !crmi_cell_blank(&d->local_old)))) {
        return CRMSYNC_OK;
    }
    crmi_record company = p->page->in->companies[p->in->company].local;
    crmsync_cell value = company.rows ? crmi_record_get(company, label) : crmi_cell_absent();
    if (crmi_cell_blank(&value)) {
        return CRMSYNC_OK;
    }
    d = d ? d : crmi_fields_add(&p->fields, CRMI_STR_EMPTY, remote);
    if (!d) {
        return crmi_fail_nomem(err);
    }
    const crmi_field *field = p->merge.object ? crmi_object_field(p->merge.object, remote) : NULL;
    uint32_t result =
        crmi_to_crm(p->page->env, field, d->rule, &value, p->page->arena, &d->crm_new);
    d->crm_old = crmi_cell_null();
    d->reason = result ? result : CRMSYNC_REASON_FILLED;
    return result == CRMI_CONVERT_NOMEM ? crmi_fail_nomem(err) : CRMSYNC_OK;
}

/* All but the account. */
static int32_t create_fields(crmi_person_case *p, const crmi_owner_choice *owner,
                             crmsync_error **err)
{
    crmi_fields_init(&p->fields, p->page->arena, p->rule->field_count);
    int32_t code = crmi_merge_fields(&p->merge, &p->fields, err);
    if (code == CRMSYNC_OK) {
        code = company_name(p, err);
    }
    if (code == CRMSYNC_OK) {
        code = crmi_status_field(&p->merge, false, &p->fields, err);
    }
    if (code == CRMSYNC_OK) {
        code = crmi_stamp_fields(&p->merge, &p->fields, err);
    }
    if (code == CRMSYNC_OK) {
        code = crmi_owner_field(&p->merge, owner, true, false, &p->fields, err);
    }
    if (code == CRMSYNC_OK) {
        code = crmi_external_id_field(&p->merge, &p->fields, err);
    }
    return code;
}

/* The account comes last: none is made for a person who cannot be. */
static int32_t create_parent(crmi_person_case *p, const crmi_company_state **company,
                             uint32_t *reason, crmsync_error **err)
{
    crmsync_str *detail = &p->match.detail;
    int32_t code = crmi_required_fields(&p->merge, true, &p->fields, reason, detail, err);
    if (code != CRMSYNC_OK || *reason) {
        return code;
    }
    code = crmi_person_company(p, company, err);
    const crmi_company_state *c = *company;
    bool follows = c && !c->id.len && c->decision != CRMI_NO_DECISION;
    *reason = code == CRMSYNC_OK ? waits(c) : 0;
    if (code != CRMSYNC_OK || *reason) {
        return code;
    }
    if (c) {
        code = crmi_parent_field(&p->merge, c->id, follows, &p->fields, err);
    }
    return code != CRMSYNC_OK
               ? code
               : crmi_required_fields(&p->merge, follows, &p->fields, reason, detail, err);
}

static int32_t add_create(crmi_person_case *p, const crmi_owner_choice *owner,
                          const crmi_company_state *company, crmsync_error **err)
{
    crmi_decision *d = crmi_person_add(p, p->match.reactivated ? CRMSYNC_REASON_CREATE_REACTIVATED
                                                               : CRMSYNC_REASON_CREATE_NO_MATCH);
    size_t index = p->page->plan->count - 1;
    if (!d) {
        return crmi_fail_nomem(err);
    }
    crmi_decision_fields(d, &p->fields);
    d->crm_op = CRMI_OP_CREATE;
    d->link = true;
    d->flags |= owner->assign ? CRMI_DECISION_AUTO_ASSIGN : 0;
    if (company && !company->id.len && company->decision != CRMI_NO_DECISION) {
        d->parent = company->decision;
        d->parent_field = crmi_str(p->rule->crm->parent_field);
    }
    if (p->email.len && (!crmi_decision_claim(p->page->arena, d, "person/email/", p->email) ||
                         !crmi_map_put_index(&p->page->claims, p->email, index))) {
        return crmi_fail_nomem(err);
    }
    return crmi_person_tell_account(p, company, d, err);
}

int32_t crmi_person_create(crmi_person_case *p, crmsync_error **err)
{
    const crmi_company_state *company = NULL;
    uint32_t reason = 0;
    size_t twin = 0;
    if (p->in->field_count) {
        return crmi_person_stop(p, CRMSYNC_REASON_NOT_IN_CRM, err);
    }
    if (p->in->unknown) {
        return crmi_person_stop(p, CRMSYNC_REASON_LOOKUP_UNKNOWN, err);
    }
    if (!p->email.len && !p->page->env->config->match.create_without_email) {
        return crmi_person_stop(p, CRMSYNC_REASON_NO_KEY, err);
    }
    uint32_t route = crmi_route_of(p->page->env, p->in, &reason);
    if (reason) {
        return crmi_person_stop(p, reason, err);
    }
    p->match.object = route == CRMI_ROUTE_LEAD ? CRMI_STR("Lead") : CRMI_STR("Contact");
    p->rule = crmi_config_object(p->page->env->config, p->match.object);
    if (!p->rule || !p->rule->enabled || !p->rule->out_create) {
        return crmi_person_stop(p, CRMSYNC_REASON_OP_DISABLED, err);
    }
    if (p->email.len && crmi_map_get_index(&p->page->claims, p->email, &twin)) {
        return crmi_person_duplicate(p, twin, err);
    }
    p->merge = crmi_person_merge(p, (crmi_record){NULL, 0});
    crmi_owner_choice owner = crmi_owner_of(p->page->env, p->in->local, p->rule->crm->name);
    if (owner.refused) {
        return crmi_person_stop(p, CRMSYNC_REASON_OWNER_REQUIRED, err);
    }
    int32_t code = create_fields(p, &owner, err);
    if (code == CRMSYNC_OK) {
        code = create_parent(p, &company, &reason, err);
    }
    if (code != CRMSYNC_OK || reason) {
        return code != CRMSYNC_OK ? code : crmi_person_stop(p, reason, err);
    }
    return add_create(p, &owner, company, err);
}
