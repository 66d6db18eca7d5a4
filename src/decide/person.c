/* One person of the page: match, route, merge, own, stamp. */
#include "decide/person_case.h"

crmi_decision *crmi_person_add(crmi_person_case *p, uint32_t reason)
{
    crmi_decision *d = crmi_plan_add(p->page->plan);
    if (!d) {
        return NULL;
    }
    d->kind = crmsync_rows_kind(p->in->local.rows);
    d->local_id = crmi_record_text(p->in->local, "id");
    d->rev = crmi_record_text(p->in->local, "rev");
    d->object = p->match.object;
    d->crm_id = p->match.id;
    d->crm_stamp = p->match.crm.rows ? crmi_crm_stamp(p->match.crm) : 0;
    d->direction = CRMSYNC_DIRECTION_OUT;
    d->rule = p->match.rule;
    d->others = p->match.others;
    d->other_count = p->match.other_count;
    d->detail = p->match.detail;
    d->input = p->index;
    d->flags = (p->in->manual ? CRMI_DECISION_MANUAL : 0) |
               (p->in->field_count ? CRMI_DECISION_PARTIAL : 0);
    crmi_decision_settle(d, reason);
    return d;
}

int32_t crmi_person_stop(crmi_person_case *p, uint32_t reason, crmsync_error **err)
{
    return crmi_person_add(p, reason) ? CRMSYNC_OK : crmi_fail_nomem(err);
}

static crmsync_str short_id(crmsync_str id)
{
    return crmi_str_sub(id, 0, 15);
}

/* A second local record of the same CRM record or of the same create; `of` may be of another page.
 */
int32_t crmi_person_duplicate(crmi_person_case *p, size_t of, crmsync_error **err)
{
    crmi_decision *d = crmi_person_add(p, CRMSYNC_REASON_LOCAL_DUPLICATE);
    if (!d) {
        return crmi_fail_nomem(err);
    }
    d->same_as = of;
    d->object = of != CRMI_NO_DECISION ? p->page->plan->items[of].object : d->object;
    d->detail = of != CRMI_NO_DECISION ? p->page->plan->items[of].local_id : p->match.owner;
    d->link = p->match.target == NULL;
    d->others = NULL;
    d->other_count = 0;
    return CRMSYNC_OK;
}

crmi_merge crmi_person_merge(const crmi_person_case *p, crmi_record crm)
{
    bool on = p->rule && p->rule->enabled;
    crmi_mapping *mapping = crmi_page_mapping(p->page, p->rule);
    return (crmi_merge){
        .env = p->page->env,
        .rule = p->rule,
        .object = mapping ? mapping->object : NULL,
        .mapping = mapping,
        .local = p->in->local,
        .crm = crm,
        .link = p->in->link,
        .target = p->match.target,
        .from = p->match.from,
        .out = on && (crm.rows ? p->rule->out_update : p->rule->out_create),
        .in = on && p->rule->in_update,
    };
}

/* Only a Contact has an account, and one that has it is never moved. */
int32_t crmi_person_company(crmi_person_case *p, const crmi_company_state **company,
                            crmsync_error **err)
{
    bool locked = p->in->link && p->in->link->account_locked;
    *company = NULL;
    if (p->in->field_count || !p->rule->crm->parent_field ||
        p->in->company >= p->page->in->company_count || (locked && p->match.crm.rows) ||
        !p->merge.out) {
        return CRMSYNC_OK;
    }
    if (p->match.crm.rows) {
        crmsync_cell has = crmi_record_get(p->match.crm, crmi_str(p->rule->crm->parent_field));
        if (has.type == CRMSYNC_CELL_ABSENT || !crmi_cell_blank(&has)) {
            return CRMSYNC_OK;
        }
    }
    *company = &p->page->companies[p->in->company];
    return crmi_page_company(p->page, p->in->company, true, p->in->local, err);
}

/* How the account was found that a Contact is tied to, or that it goes without one. */
int32_t crmi_person_tell_account(const crmi_person_case *p, const crmi_company_state *company,
                                 crmi_decision *d, crmsync_error **err)
{
    crmi_buf b;
    const char *name = p->rule->crm->parent_field;
    const crmi_field_decision *f = name ? crmi_fields_find(&p->fields, crmi_str(name)) : NULL;
    bool set = company && company->id.len && f && f->reason == CRMSYNC_REASON_PARENT_SET;
    bool without = name && !f && d->crm_op == CRMI_OP_CREATE;
    if (!set && !without) {
        return CRMSYNC_OK;
    }
    crmi_buf_init(&b, p->page->arena->alloc);
    crmi_buf_add(&b, d->detail);
    crmi_buf_lit(&b, d->detail.len ? "; " : "");
    if (set) {
        crmi_buf_fmt(&b, "account by %s", crmsync_reason_name(company->rule));
    } else {
        crmi_buf_lit(&b, "without an account");
    }
    if (set && company->detail.len) {
        crmi_buf_fmt(&b, ", %.*s", CRMI_SPELL(company->detail));
    }
    bool ok = crmi_buf_ok(&b) && crmi_arena_str(p->page->arena, crmi_buf_str(&b), &d->detail);
    crmi_buf_clear(&b);
    return ok ? CRMSYNC_OK : crmi_fail_nomem(err);
}

/* An address that belongs to another linked record, of the page or not, is held on both sides. */
static void hold_collision(crmi_person_case *p)
{
    size_t other = 0;
    crmi_field_decision *d = NULL;
    bool in_page = p->email.len && crmi_map_get_index(&p->page->emails, p->email, &other) &&
                   !crmi_same_id(p->page->plan->items[other].crm_id, p->match.id);
    if (!in_page && !p->match.collides) {
        return;
    }
    for (size_t i = 0; i < p->fields.count; i++) {
        if (crmi_str_eq(p->fields.items[i].local, p->page->env->config->local.email)) {
            d = &p->fields.items[i];
        }
    }
    if (d) {
        d->crm_new = crmi_cell_absent();
        d->local_new = crmi_cell_absent();
        d->reason = CRMSYNC_REASON_KEY_COLLISION;
        d->base = CRMI_BASE_KEEP;
    }
}

static int32_t update_fields(crmi_person_case *p, bool fresh_link,
                             const crmi_company_state *company, crmsync_error **err)
{
    crmi_owner_choice owner = crmi_owner_of(p->page->env, p->in->local, p->rule->crm->name);
    bool follows = company && !company->id.len && company->decision != CRMI_NO_DECISION;
    crmi_fields_init(&p->fields, p->page->arena, p->rule->field_count);
    int32_t code = crmi_merge_fields(&p->merge, &p->fields, err);
    hold_collision(p);
    if (code == CRMSYNC_OK && company) {
        code = crmi_parent_field(&p->merge, company->id, follows, &p->fields, err);
    }
    if (code == CRMSYNC_OK) {
        code = crmi_external_id_field(&p->merge, &p->fields, err);
    }
    bool quiet = fresh_link && !crmi_fields_any_out(&p->fields) && !follows;
    if (code == CRMSYNC_OK) {
        code = crmi_status_field(&p->merge, quiet, &p->fields, err);
    }
    if (code == CRMSYNC_OK && (!quiet || p->rule->owned.apply == CRMI_OWNER_ON_CREATE)) {
        code = crmi_owner_field(&p->merge, &owner, false, fresh_link, &p->fields, err);
    }
    if (code == CRMSYNC_OK) {
        code = crmi_owner_merge(&p->merge, &owner, &p->fields, err);
    }
    if (code == CRMSYNC_OK && crmi_fields_any_out(&p->fields)) {
        code = crmi_stamp_fields(&p->merge, &p->fields, err);
    }
    crmi_fields_choose(&p->fields, p->in->fields, p->in->field_count);
    return code;
}

/* Something differs that the rules would write, were updates not switched off. */
static bool blocked(const crmi_person_case *p)
{
    if (p->rule->out_update) {
        return false;
    }
    for (size_t i = 0; i < p->fields.count; i++) {
        const crmi_field_decision *d = &p->fields.items[i];
        bool differs = d->reason == CRMSYNC_REASON_NOT_FILLED ||
                       d->reason == CRMSYNC_REASON_LOCAL_WINS ||
                       d->reason == CRMSYNC_REASON_DIVERGED;
        if (differs && d->rule && d->rule->export != CRMI_EXPORT_NEVER) {
            return true;
        }
    }
    return !p->rule->in_update;
}

static int32_t update(crmi_person_case *p, crmsync_error **err)
{
    const crmi_company_state *company = NULL;
    bool fresh_link = p->match.target == NULL || p->match.target->shared;
    size_t other = CRMI_NO_DECISION;
    bool taken = crmi_map_get_index(&p->page->taken, short_id(p->match.id), &other);
    if (taken || p->match.owner.len) {
        return crmi_person_duplicate(p, taken ? other : CRMI_NO_DECISION, err);
    }
    if (p->in->field_count && !crmi_known_by_id(p->match.rule)) {
        return crmi_person_stop(p, CRMSYNC_REASON_NOT_IN_CRM, err);
    }
    p->rule = crmi_config_object(p->page->env->config, p->match.object);
    bool on = p->rule && p->rule->enabled;
    if (on && p->rule->out_update &&
        crmi_owner_of(p->page->env, p->in->local, p->rule->crm->name).refused) {
        return crmi_person_stop(p, CRMSYNC_REASON_OWNER_REQUIRED, err);
    }
    p->merge = crmi_person_merge(p, p->match.crm);
    int32_t code = on ? crmi_person_company(p, &company, err) : CRMSYNC_OK;
    if (code == CRMSYNC_OK && on) {
        code = update_fields(p, fresh_link, company, err);
    }
    if (code != CRMSYNC_OK) {
        return code;
    }
    crmi_decision *d =
        crmi_person_add(p, fresh_link ? CRMSYNC_REASON_LINK_ONLY : CRMSYNC_REASON_UNCHANGED);
    size_t index = p->page->plan->count - 1;
    if (!d || !crmi_map_put_index(&p->page->taken, short_id(d->crm_id), index)) {
        return crmi_fail_nomem(err);
    }
    d->link = fresh_link;
    bool changes = on && crmi_decision_fields(d, &p->fields);
    const crmi_field_decision *parent =
        on && p->rule->crm->parent_field
            ? crmi_fields_find(&p->fields, crmi_str(p->rule->crm->parent_field))
            : NULL;
    if (parent && parent->reason == CRMSYNC_REASON_PARENT_SET && !company->id.len) {
        d->parent = company->decision;
        d->parent_field = crmi_str(p->rule->crm->parent_field);
        d->crm_op = CRMI_OP_UPDATE;
        changes = true;
    }
    if (changes) {
        crmi_decision_settle(d, CRMSYNC_REASON_UPDATE_FIELDS);
    } else if (!fresh_link && (!on || blocked(p))) {
        crmi_decision_settle(d, CRMSYNC_REASON_OP_DISABLED);
    }
    code = on ? crmi_person_tell_account(p, company, d, err) : CRMSYNC_OK;
    return code != CRMSYNC_OK ? code : crmi_page_companions(p->page, index, err);
}

/*
 * Why somebody who is not to be contacted is held, or 0. An opt-out is no reason to leave an
 * existing record alone: consent has to reach it.
 */
static uint32_t suppressed(const crmi_person_case *p)
{
    uint32_t why = p->in->suppressed;
    bool refused = why == CRMSYNC_REASON_OPT_OUT || why == CRMSYNC_REASON_DO_NOT_CALL;
    bool unknown = why == CRMSYNC_REASON_SOURCE_UNKNOWN || why == CRMSYNC_REASON_SOURCE_STALE;
    if (!why || !p->page->env->config->suppression.holds_export || (refused && p->match.rule)) {
        return 0;
    }
    return unknown ? CRMSYNC_REASON_SUPPRESSION_UNKNOWN : CRMSYNC_REASON_SUPPRESSED;
}

/* `open_opportunity`, and by what. */
static int32_t stop_suppressed(crmi_person_case *p, uint32_t reason, crmsync_error **err)
{
    crmi_buf b;
    crmi_buf_init(&b, p->page->arena->alloc);
    crmi_buf_lit(&b, crmsync_reason_name(p->in->suppressed));
    crmi_buf_lit(&b, p->in->suppressed_by.len ? ": " : "");
    crmi_buf_add(&b, p->in->suppressed_by);
    bool kept =
        crmi_buf_ok(&b) && crmi_arena_str(p->page->arena, crmi_buf_str(&b), &p->match.detail);
    crmi_buf_clear(&b);
    return kept ? crmi_person_stop(p, reason, err) : crmi_fail_nomem(err);
}

int32_t crmi_page_person(crmi_page *page, size_t i, crmsync_error **err)
{
    crmi_person_case p = {.page = page, .in = &page->in->people[i], .index = i};
    crmsync_str mark = page->env->config->local.do_not_sync;
    size_t first = 0;
    int32_t code = crmi_person_email_key(page->env, p.in->local, page->arena, &p.email, err);
    if (code != CRMSYNC_OK) {
        return code;
    }
    crmsync_cell marked = mark.len ? crmi_record_get(p.in->local, mark) : crmi_cell_absent();
    if (marked.type == CRMSYNC_CELL_BOOL && marked.number) {
        return crmi_person_stop(&p, CRMSYNC_REASON_DO_NOT_SYNC, err);
    }
    if (!p.in->manual && !crmi_in_segments(page->env, p.in->local)) {
        return crmi_person_stop(&p, CRMSYNC_REASON_NOT_IN_SEGMENT, err);
    }
    code = crmi_match_person(page->env, p.in, p.email, page->arena, &p.match, err);
    if (code != CRMSYNC_OK) {
        return code;
    }
    if (p.match.held) {
        return crmi_person_stop(&p, p.match.held, err);
    }
    if (suppressed(&p)) {
        return stop_suppressed(&p, suppressed(&p), err);
    }
    size_t before = page->plan->count;
    code = p.match.rule ? update(&p, err) : crmi_person_create(&p, err);
    bool decided = code == CRMSYNC_OK && page->plan->count > before && p.match.rule && p.email.len;
    size_t own = page->plan->count - 1;
    while (decided && (page->plan->items[own].flags & CRMI_DECISION_COMPANION)) {
        own--;
    }
    if (decided && !crmi_map_get_index(&page->emails, p.email, &first) &&
        !crmi_map_put_index(&page->emails, p.email, own)) {
        return crmi_fail_nomem(err);
    }
    return code;
}
