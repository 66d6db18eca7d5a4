/* One company of the page: its Account is found, or created where a Contact needs one. */
#include "decide/page.h"

typedef struct company_case {
    crmi_page *page;
    const crmi_company_input *in;
    crmi_company_state *state;
    const crmi_object_rule *rule; /* NULL = Account is not configured */
    const crmi_object *object;
    crmi_record person; /* who needs it */
    crmi_owner_choice owner;
    crmi_match match;
    size_t index;
    bool admitted; /* by export.segments, for its own sake */
} company_case;

static crmi_decision *add(company_case *c, uint32_t reason)
{
    crmi_decision *d = crmi_plan_add(c->page->plan);
    if (!d) {
        return NULL;
    }
    crmi_record local = c->in->local;
    d->kind = CRMI_STR("company");
    if (local.rows) {
        d->kind = crmsync_rows_kind(local.rows);
        d->local_id = crmi_record_text(local, "id");
        d->rev = crmi_record_text(local, "rev");
    }
    d->object = CRMI_STR("Account");
    d->direction = CRMSYNC_DIRECTION_OUT;
    d->input = c->index;
    d->crm_id = c->match.id;
    d->rule = c->match.rule;
    d->others = c->match.others;
    d->other_count = c->match.other_count;
    d->detail = c->match.detail;
    d->flags = (c->in->manual ? CRMI_DECISION_MANUAL : 0) |
               (c->in->field_count ? CRMI_DECISION_PARTIAL : 0);
    crmi_decision_settle(d, reason);
    return d;
}

/* A company that cannot go on is told when companies are decided for their own sake. */
static int32_t hold(company_case *c, uint32_t reason, crmsync_error **err)
{
    c->state->held = reason;
    if (!c->in->local.rows || !c->page->in->companies_too) {
        return CRMSYNC_OK;
    }
    return add(c, reason) ? CRMSYNC_OK : crmi_fail_nomem(err);
}

static crmi_merge merge_of(const company_case *c, crmi_record crm)
{
    bool on = c->rule && c->rule->enabled;
    return (crmi_merge){
        .env = c->page->env,
        .rule = c->rule,
        .object = c->object,
        .mapping = crmi_page_mapping(c->page, c->rule),
        .local = c->in->local,
        .crm = crm,
        .link = c->in->link,
        .target = c->match.target,
        .from = c->match.from,
        .out = on && (crm.rows ? c->rule->out_update : c->rule->out_create),
        .in = on && c->rule->in_update,
    };
}

/* A second company of the host's stands for an Account that the first one leads. */
static int32_t duplicate(company_case *c, size_t of, crmsync_error **err)
{
    crmi_decision *d = add(c, CRMSYNC_REASON_LOCAL_DUPLICATE);
    if (!d) {
        return crmi_fail_nomem(err);
    }
    d->same_as = of;
    d->detail = of != CRMI_NO_DECISION ? c->page->plan->items[of].local_id : c->match.owner;
    d->link = c->match.target == NULL;
    d->others = NULL;
    d->other_count = 0;
    return CRMSYNC_OK;
}

static int32_t found(company_case *c, crmsync_error **err)
{
    bool fresh_link = c->match.target == NULL || c->match.target->shared;
    bool own = c->page->in->companies_too && c->in->local.rows;
    bool merges = own && c->admitted && c->rule && c->rule->enabled;
    size_t other = CRMI_NO_DECISION;
    crmsync_str key = crmi_str_sub(c->match.id, 0, 15);
    c->state->id = c->match.id;
    c->state->rule = c->match.rule;
    c->state->detail = c->match.tie ? c->match.detail : CRMI_STR_EMPTY;
    if (own && !c->admitted && !fresh_link) {
        return hold(c, CRMSYNC_REASON_NOT_IN_SEGMENT, err);
    }
    if (own && c->in->link && c->in->link->inactive) { /* people may still belong to it */
        return hold(c, CRMSYNC_REASON_INACTIVE, err);
    }
    if (merges && c->rule->out_update && c->owner.refused) {
        return hold(c, CRMSYNC_REASON_OWNER_REQUIRED, err);
    }
    if (!c->in->local.rows || (!fresh_link && !merges)) {
        return CRMSYNC_OK;
    }
    bool taken = crmi_map_get_index(&c->page->taken, key, &other);
    if (taken || c->match.owner.len) {
        bool told = c->match.target != NULL && !c->page->in->companies_too;
        return told ? CRMSYNC_OK : duplicate(c, taken ? other : CRMI_NO_DECISION, err);
    }
    if (c->in->field_count && !crmi_known_by_id(c->match.rule)) {
        return hold(c, CRMSYNC_REASON_NOT_IN_CRM, err);
    }
    crmi_decision *d = add(c, fresh_link ? CRMSYNC_REASON_LINK_ONLY : CRMSYNC_REASON_UNCHANGED);
    if (!d || !crmi_map_put_index(&c->page->taken, key, c->page->plan->count - 1)) {
        return crmi_fail_nomem(err);
    }
    d->link = fresh_link;
    d->crm_stamp = crmi_crm_stamp(c->match.crm);
    if (!merges) {
        return CRMSYNC_OK;
    }
    crmi_merge m = merge_of(c, c->match.crm);
    crmi_fields fields;
    crmi_fields_init(&fields, c->page->arena, m.rule->field_count);
    int32_t code = crmi_merge_fields(&m, &fields, err);
    if (code == CRMSYNC_OK && (!fresh_link || crmi_fields_any_out(&fields))) {
        code = crmi_owner_field(&m, &c->owner, false, fresh_link, &fields, err);
    }
    if (code == CRMSYNC_OK) {
        code = crmi_owner_merge(&m, &c->owner, &fields, err);
    }
    if (code == CRMSYNC_OK) {
        code = crmi_external_id_field(&m, &fields, err);
    }
    if (code == CRMSYNC_OK && crmi_fields_any_out(&fields)) {
        code = crmi_stamp_fields(&m, &fields, err);
    }
    crmi_fields_choose(&fields, c->in->fields, c->in->field_count);
    if (code == CRMSYNC_OK && crmi_decision_fields(d, &fields)) {
        crmi_decision_settle(d, CRMSYNC_REASON_UPDATE_FIELDS);
    } else if (code == CRMSYNC_OK && !fresh_link && !m.out && !m.in) {
        crmi_decision_settle(d, CRMSYNC_REASON_OP_DISABLED);
    }
    return code;
}

/* Name and website as the host knows them, where the mapping gives none. */
static int32_t known_values(const company_case *c, const crmi_merge *m, crmi_fields *fields,
                            crmsync_error **err)
{
    const crmi_company_keys *keys = &c->state->keys;
    const struct {
        crmsync_str remote, value;
    } values[] = {
        {CRMI_STR("Name"), keys->raw_name},
        {CRMI_STR("Website"), keys->raw_website.len ? keys->raw_website : keys->email_domain},
    };
    for (size_t i = 0; i < 2; i++) {
        crmi_field_decision *d = crmi_fields_find(fields, values[i].remote);
        const crmi_field *field = m->object ? crmi_object_field(m->object, values[i].remote) : NULL;
        if (!values[i].value.len || (m->object && !field) ||
            (d && (!crmi_cell_blank(&d->crm_new) || !crmi_cell_blank(&d->local_old)))) {
            continue;
        }
        d = d ? d : crmi_fields_add(fields, CRMI_STR_EMPTY, values[i].remote);
        if (!d) {
            return crmi_fail_nomem(err);
        }
        crmsync_cell value = crmi_cell_text(values[i].value);
        uint32_t result = crmi_to_crm(m->env, field, NULL, &value, fields->arena, &d->crm_new);
        if (result == CRMI_CONVERT_NOMEM) {
            return crmi_fail_nomem(err);
        }
        d->crm_old = crmi_cell_null();
        d->reason = result ? result : CRMSYNC_REASON_FILLED;
    }
    return CRMSYNC_OK;
}

/* Which decision of the page creates the company of this key; CRMI_NO_DECISION = none. */
static int32_t claimed(const company_case *c, const char *prefix, crmsync_str key, size_t *index,
                       crmsync_error **err)
{
    crmi_decision probe = {0};
    *index = CRMI_NO_DECISION;
    if (!key.len) {
        return CRMSYNC_OK;
    }
    if (!crmi_decision_claim(c->page->arena, &probe, prefix, key)) {
        return crmi_fail_nomem(err);
    }
    if (!crmi_map_get_index(&c->page->claims, probe.claims[0], index)) {
        *index = CRMI_NO_DECISION;
    }
    return CRMSYNC_OK;
}

static crmsync_str domain_of(const crmi_company_keys *keys)
{
    return keys->website.len ? keys->website : keys->email_domain;
}

/* Another company of the page with the same domain, or the same name where both have no domain. */
static int32_t twin(const company_case *c, size_t *index, crmsync_error **err)
{
    crmsync_str domain = domain_of(&c->state->keys);
    return domain.len ? claimed(c, "company/domain/", domain, index, err)
                      : claimed(c, "company/name/", c->state->keys.name, index, err);
}

static int32_t claim(company_case *c, crmi_decision *d, size_t index, crmsync_error **err)
{
    const crmi_company_keys *keys = &c->state->keys;
    crmsync_str domain = domain_of(keys);
    size_t named = CRMI_NO_DECISION;
    int32_t code = claimed(c, "company/name/", keys->name, &named, err);
    if (code != CRMSYNC_OK) {
        return code;
    }
    bool ok = !domain.len || crmi_decision_claim(c->page->arena, d, "company/domain/", domain);
    if (ok && keys->name.len && named == CRMI_NO_DECISION) {
        ok = crmi_decision_claim(c->page->arena, d, "company/name/", keys->name);
    }
    for (size_t i = 0; ok && i < d->claim_count; i++) {
        ok = crmi_map_put_index(&c->page->claims, d->claims[i], index);
    }
    return ok ? CRMSYNC_OK : crmi_fail_nomem(err);
}

static int32_t create(company_case *c, crmsync_error **err)
{
    crmi_merge m = merge_of(c, (crmi_record){NULL, 0});
    crmi_fields fields;
    uint32_t missing = 0;
    crmi_fields_init(&fields, c->page->arena, m.rule->field_count);
    int32_t code = crmi_merge_fields(&m, &fields, err);
    if (code == CRMSYNC_OK) {
        code = known_values(c, &m, &fields, err);
    }
    if (code == CRMSYNC_OK) {
        code = crmi_stamp_fields(&m, &fields, err);
    }
    if (code == CRMSYNC_OK) {
        code = crmi_owner_field(&m, &c->owner, true, false, &fields, err);
    }
    if (code == CRMSYNC_OK) {
        code = crmi_external_id_field(&m, &fields, err);
    }
    if (code == CRMSYNC_OK) {
        code = crmi_required_fields(&m, false, &fields, &missing, &c->match.detail, err);
    }
    if (code != CRMSYNC_OK || missing) {
        return code != CRMSYNC_OK ? code : hold(c, missing, err);
    }
    crmi_decision *d = add(c, c->match.reactivated ? CRMSYNC_REASON_CREATE_REACTIVATED
                                                   : CRMSYNC_REASON_CREATE_NO_MATCH);
    size_t index = c->page->plan->count - 1;
    if (!d) {
        return crmi_fail_nomem(err);
    }
    crmi_decision_fields(d, &fields);
    d->crm_op = CRMI_OP_CREATE;
    d->link = true;
    c->state->decision = index;
    return claim(c, d, index, err);
}

/* Both share one create. */
static int32_t share(company_case *c, size_t other, crmsync_error **err)
{
    c->state->decision = other;
    if (!c->in->local.rows) {
        return CRMSYNC_OK;
    }
    crmi_decision *d = add(c, CRMSYNC_REASON_LOCAL_DUPLICATE);
    if (!d) {
        return crmi_fail_nomem(err);
    }
    d->same_as = other;
    d->link = true;
    d->detail = c->page->plan->items[other].local_id;
    return CRMSYNC_OK;
}

static int32_t missing(company_case *c, bool demanded, crmsync_error **err)
{
    const crmi_company_keys *keys = &c->state->keys;
    bool asked = demanded && c->page->env->config->export.account_create;
    bool own = c->page->in->companies_too && c->in->local.rows && c->admitted;
    if (!asked && !own && !c->admitted) {
        return hold(c, CRMSYNC_REASON_NOT_IN_SEGMENT, err);
    }
    if (c->in->field_count) {
        return hold(c, CRMSYNC_REASON_NOT_IN_CRM, err);
    }
    if (c->in->unknown) {
        return hold(c, CRMSYNC_REASON_LOOKUP_UNKNOWN, err);
    }
    if (!c->rule || !c->rule->enabled || !c->rule->out_create || (!asked && !own)) {
        return hold(c, CRMSYNC_REASON_OP_DISABLED, err);
    }
    /* No account from a mail provider's domain: a website, an own domain, or the host's company. */
    if (!domain_of(keys).len && !c->in->local.rows) {
        return hold(c, CRMSYNC_REASON_NO_KEY, err);
    }
    if (c->owner.refused) {
        return hold(c, CRMSYNC_REASON_OWNER_REQUIRED, err);
    }
    size_t other = CRMI_NO_DECISION;
    int32_t code = twin(c, &other, err);
    if (code != CRMSYNC_OK) {
        return code;
    }
    return other != CRMI_NO_DECISION ? share(c, other, err) : create(c, err);
}

int32_t crmi_page_company(crmi_page *page, size_t i, bool demanded, crmi_record person,
                          crmsync_error **err)
{
    const crmi_company_input *in = &page->in->companies[i];
    company_case c = {
        .page = page,
        .in = in,
        .state = &page->companies[i],
        .rule = crmi_config_object(page->env->config, CRMI_STR("Account")),
        .object = crmi_schema_object(page->env->schema, CRMI_STR("Account")),
        .person = person.rows ? person : in->sample,
        .index = i,
        .admitted = in->manual || crmi_in_segments(page->env, in->local),
    };
    if (c.state->done) {
        return CRMSYNC_OK;
    }
    c.state->done = true;
    int32_t code =
        crmi_company_keys_of(page->env, in->local, c.person, page->arena, &c.state->keys, err);
    if (code != CRMSYNC_OK) {
        return code;
    }
    bool own_owner = in->local.rows && c.rule && crmi_owner_imported(&c.rule->owned);
    c.owner =
        crmi_owner_of(page->env, c.person.rows && !own_owner ? c.person : in->local, "Account");
    code =
        crmi_match_account(page->env, in, &c.state->keys, c.owner.id, page->arena, &c.match, err);
    if (code != CRMSYNC_OK) {
        return code;
    }
    if (c.match.held) {
        return hold(&c, c.match.held, err);
    }
    return c.match.rule ? found(&c, err) : missing(&c, demanded, err);
}
