/* Rows of one object as a query returned them: classified by value, then merged. */
#include "decide/import_case.h"

/* An address that is another record's key is taken by neither side. */
static void hold_collision(crmi_import_case *c, crmi_fields *fields)
{
    bool foreign = false;
    for (size_t i = 0; i < c->in->match_count; i++) {
        foreign = foreign || !crmi_str_eq(crmi_record_text(c->in->matches[i], "id"),
                                          crmi_record_text(c->in->local, "id"));
    }
    for (size_t i = 0; foreign && i < fields->count; i++) {
        crmi_field_decision *d = &fields->items[i];
        bool written =
            d->local_new.type != CRMSYNC_CELL_ABSENT || d->crm_new.type != CRMSYNC_CELL_ABSENT;
        if (written && crmi_str_eq(d->local, c->env->config->local.email)) {
            d->local_new = crmi_cell_absent();
            d->crm_new = crmi_cell_absent();
            d->reason = CRMSYNC_REASON_KEY_COLLISION;
            d->base = CRMI_BASE_KEEP;
        }
    }
}

/* The person's company, where the host keeps its id and has none yet. */
static int32_t set_parent(crmi_import_case *c, crmi_record local, crmi_fields *fields,
                          crmsync_error **err)
{
    crmsync_str name = c->env->config->local.company_id;
    if (!c->object->parent_field || !name.len || !c->in->parent_local_id.len ||
        !crmi_str_is(crmi_str(c->object->local_kind), "person")) {
        return CRMSYNC_OK;
    }
    crmsync_cell old = local.rows ? crmi_record_get(local, name) : crmi_cell_null();
    bool same = crmi_str_eq(old.text, c->in->parent_local_id);
    bool locked = c->in->link && c->in->link->account_locked;
    crmi_field_decision *d = crmi_fields_add(fields, name, crmi_str(c->object->parent_field));
    if (!d) {
        return crmi_fail_nomem(err);
    }
    d->local_old = old;
    d->crm_old = crmi_record_get(c->in->crm, crmi_str(c->object->parent_field));
    d->reason = same ? CRMSYNC_REASON_EQUAL : CRMSYNC_REASON_PARENT_KEPT;
    if (!same && (locked || crmi_cell_blank(&old))) {
        d->local_new = crmi_cell_text(c->in->parent_local_id);
        d->reason = CRMSYNC_REASON_PARENT_SET;
    }
    return CRMSYNC_OK;
}

/* What the row refers to under one local name: 1 = *id, 0 = nothing, -1 = something unknown. */
static int related_as(const crmi_import_case *c, const char *local, size_t *at)
{
    int found = 0;
    for (size_t k = 0; k < CRMI_CRM_RELATIONS && c->object->relations[k].remote; k++) {
        const crmi_crm_relation *r = &c->object->relations[k];
        if (strcmp(r->local, local) != 0) {
            continue;
        }
        if (c->in->related[k].len) {
            *at = k;
            return 1;
        }
        crmsync_cell held = crmi_record_get(c->in->crm, crmi_str(r->remote));
        found = held.type == CRMSYNC_CELL_NULL ? found : -1;
        *at = found ? *at : k;
    }
    return found;
}

static bool told_before(const crmi_import_case *c, size_t k)
{
    for (size_t i = 0; i < k; i++) {
        if (strcmp(c->object->relations[i].local, c->object->relations[k].local) == 0) {
            return true;
        }
    }
    return false;
}

/* The host's ids of the records that the row refers to: Salesforce's word alone. */
static int32_t set_related(const crmi_import_case *c, crmi_record local, crmi_fields *fields,
                           crmsync_error **err)
{
    for (size_t k = 0; k < CRMI_CRM_RELATIONS && c->object->relations[k].remote; k++) {
        crmsync_str name = crmi_str(c->object->relations[k].local);
        size_t at = k;
        int found = told_before(c, k) ? -1 : related_as(c, c->object->relations[k].local, &at);
        crmsync_cell old = local.rows ? crmi_record_get(local, name) : crmi_cell_null();
        if (found < 0 || (!found && crmi_cell_blank(&old))) {
            continue;
        }
        crmi_field_decision *d =
            crmi_fields_add(fields, name, crmi_str(c->object->relations[at].remote));
        if (!d) {
            return crmi_fail_nomem(err);
        }
        bool same = found && crmi_str_eq(old.text, c->in->related[at]);
        d->local_old = old;
        d->crm_old = crmi_record_get(c->in->crm, d->remote);
        d->reason = same ? CRMSYNC_REASON_EQUAL : CRMSYNC_REASON_RELATED;
        if (!same) {
            d->local_new = found ? crmi_cell_text(c->in->related[at]) : crmi_cell_null();
        }
    }
    return CRMSYNC_OK;
}

static crmi_merge merge_of(const crmi_import_case *c, crmi_record local)
{
    return (crmi_merge){
        .env = c->env,
        .rule = c->rule,
        .object = c->described,
        .local = local,
        .crm = c->in->crm,
        .link = c->in->link,
        .target = c->target,
        .mapping = c->mapping,
        .out = c->rule->out_update && c->object->writeable && crmi_in_segments(c->env, local),
        .in = c->rule->in_update,
    };
}

static int32_t merge_owner(const crmi_import_case *c, const crmi_merge *m, crmi_fields *fields,
                           crmsync_error **err)
{
    if (!crmi_owner_imported(&m->rule->owned)) {
        return CRMSYNC_OK;
    }
    crmi_owner_choice owner = crmi_owner_of(c->env, m->local, c->object->name);
    return crmi_owner_merge(m, &owner, fields, err);
}

/* The host's id that the row holds; empty = the org keeps none, or not in this row. */
static crmsync_str kept_id(const crmi_import_case *c)
{
    crmsync_str field = c->rule->external_id;
    return field.len ? crmi_str_trim(crmi_record_get(c->in->crm, field).text) : CRMI_STR_EMPTY;
}

/* A local record that names this CRM record, by origin or stored id, or is named by it, is it. */
static bool names_it(const crmi_import_case *c, crmi_record local)
{
    crmsync_str field = c->env->config->local.crm_id;
    crmsync_str kept = kept_id(c);
    return crmi_same_id(crmi_record_text(local, "origin"), c->id) ||
           (kept.len && crmi_str_eq(crmi_record_text(local, "id"), kept)) ||
           (field.len && crmi_same_id(crmi_record_get(local, field).text, c->id));
}

static int32_t rule_of(crmi_import_case *c, crmi_record local, uint32_t *rule, crmsync_error **err)
{
    crmi_company_keys keys;
    crmsync_str field = c->env->config->local.crm_id;
    if (names_it(c, local)) {
        bool origin = crmi_same_id(crmi_record_text(local, "origin"), c->id);
        bool stored = field.len && crmi_same_id(crmi_record_get(local, field).text, c->id);
        *rule = origin   ? CRMSYNC_REASON_MATCH_ORIGIN
                : stored ? CRMSYNC_REASON_MATCH_ID
                         : CRMSYNC_REASON_MATCH_EXTERNAL_ID;
        return CRMSYNC_OK;
    }
    *rule = CRMSYNC_REASON_MATCH_EMAIL;
    if (!crmi_str_is(crmi_str(c->object->local_kind), "company")) {
        return CRMSYNC_OK;
    }
    int32_t code =
        crmi_company_keys_of(c->env, local, (crmi_record){NULL, 0}, &c->plan->arena, &keys, err);
    *rule = c->key.len && crmi_str_eq(keys.website, c->key) ? CRMSYNC_REASON_MATCH_WEBSITE
                                                            : CRMSYNC_REASON_MATCH_NAME;
    return code;
}

static int32_t ambiguous(crmi_import_case *c, crmsync_error **err)
{
    crmi_buf b;
    crmi_decision *d = crmi_import_add(c, CRMSYNC_REASON_AMBIGUOUS);
    crmi_buf_init(&b, c->env->alloc);
    for (size_t i = 0; i < c->in->match_count && i < 8; i++) {
        crmi_buf_fmt(&b, "%s%s %.*s", i ? ", " : "", c->object->local_kind,
                     CRMI_SPELL(crmi_record_text(c->in->matches[i], "id")));
    }
    bool ok = d && crmi_buf_ok(&b) && crmi_arena_str(&c->plan->arena, crmi_buf_str(&b), &d->detail);
    crmi_buf_clear(&b);
    return ok ? CRMSYNC_OK : crmi_fail_nomem(err);
}

/* What is found in an import is written by the export that follows: until then it has no base. */
static void leave_to_export(crmi_fields *fields)
{
    for (size_t i = 0; i < fields->count; i++) {
        crmi_field_decision *d = &fields->items[i];
        if (d->crm_new.type != CRMSYNC_CELL_ABSENT) {
            d->crm_new = crmi_cell_absent();
            d->base = CRMI_BASE_KEEP;
        }
    }
}

static int32_t join(crmi_import_case *c, size_t match, crmsync_error **err)
{
    crmi_record local = c->in->matches[match];
    const crmi_link *link = c->in->match_links ? c->in->match_links[match] : NULL;
    bool secondary = link && crmi_link_leads(link);
    crmi_merge m = merge_of(c, local);
    crmi_fields fields;
    uint32_t rule = 0;
    m.link = link;
    m.target = NULL;
    m.fill_only = secondary;
    crmi_fields_init(&fields, &c->plan->arena, c->rule->field_count + CRMI_CRM_RELATIONS);
    int32_t code = rule_of(c, local, &rule, err);
    if (code == CRMSYNC_OK) {
        code = crmi_merge_fields(&m, &fields, err);
    }
    if (code == CRMSYNC_OK && m.in && !secondary) {
        code = set_parent(c, local, &fields, err);
    }
    if (code == CRMSYNC_OK && m.in && !secondary) {
        code = set_related(c, local, &fields, err);
    }
    if (code == CRMSYNC_OK && !secondary) {
        code = merge_owner(c, &m, &fields, err);
    }
    leave_to_export(&fields);
    crmi_decision *d = code == CRMSYNC_OK ? crmi_import_add(c, CRMSYNC_REASON_LINK_ONLY) : NULL;
    if (!d) {
        return code == CRMSYNC_OK ? crmi_fail_nomem(err) : code;
    }
    d->kind = crmsync_rows_kind(local.rows);
    d->local_id = crmi_record_text(local, "id");
    d->rev = crmi_record_text(local, "rev");
    d->rule = rule;
    d->link = true;
    if (crmi_decision_fields(d, &fields)) {
        crmi_decision_settle(d, CRMSYNC_REASON_UPDATE_FIELDS);
    } else if (secondary) {
        crmi_decision_settle(d, CRMSYNC_REASON_SECONDARY);
    }
    return CRMSYNC_OK;
}

/* The record that led this one is gone at the host; a local duplicate of it takes its place. */
static size_t heir_of(const crmi_import_case *c)
{
    for (size_t i = 0; c->in->match_links && i < c->in->match_count; i++) {
        const crmi_link *link = c->in->match_links[i];
        const crmi_target *t = link ? crmi_link_target(link, c->id) : NULL;
        if (t && t->shared) {
            return i;
        }
    }
    return CRMI_NO_DECISION;
}

static int32_t linked(crmi_import_case *c, crmsync_error **err)
{
    const crmi_link *link = c->in->link;
    bool revived =
        c->target->state == CRMI_TARGET_DELETED || c->target->state == CRMI_TARGET_VANISHED;
    if (!c->in->local.rows) {
        size_t heir = heir_of(c);
        return heir != CRMI_NO_DECISION ? join(c, heir, err)
                                        : crmi_import_stop(c, CRMSYNC_REASON_LOCAL_GONE, err);
    }
    const crmi_target *primary = crmi_link_primary(link);
    crmi_merge m = merge_of(c, c->in->local);
    m.fill_only = primary && primary != c->target;
    m.out = m.out && !m.fill_only;
    crmi_fields fields;
    crmi_fields_init(&fields, &c->plan->arena, c->rule->field_count + CRMI_CRM_RELATIONS);
    int32_t code = crmi_merge_fields(&m, &fields, err);
    if (code == CRMSYNC_OK && !m.fill_only) {
        code = crmi_status_field(&m, false, &fields, err);
    }
    if (code == CRMSYNC_OK && !m.fill_only) {
        code = merge_owner(c, &m, &fields, err);
    }
    hold_collision(c, &fields);
    if (code == CRMSYNC_OK && m.in && !m.fill_only) {
        code = set_parent(c, c->in->local, &fields, err);
    }
    if (code == CRMSYNC_OK && m.in && !m.fill_only) {
        code = set_related(c, c->in->local, &fields, err);
    }
    crmi_decision *d = code == CRMSYNC_OK ? crmi_import_add(c, CRMSYNC_REASON_UNCHANGED) : NULL;
    if (!d) {
        return code == CRMSYNC_OK ? crmi_fail_nomem(err) : code;
    }
    d->rule = CRMSYNC_REASON_MATCH_LINK;
    bool changes = crmi_decision_fields(d, &fields);
    if (revived) {
        crmi_decision_settle(d, CRMSYNC_REASON_CRM_UNDELETED);
        if (link->inactive && c->env->config->undelete_person) {
            d->flags |= CRMI_DECISION_REACTIVATED;
            d->local_op = CRMI_OP_UPDATE;
        }
        bool told = crmi_import_turn(c, d, CRMI_TARGET_LIVE, CRMI_STR_EMPTY);
        return told ? CRMSYNC_OK : crmi_fail_nomem(err);
    }
    if (changes) {
        crmi_decision_settle(d, CRMSYNC_REASON_UPDATE_FIELDS);
    } else if (m.fill_only) {
        crmi_decision_settle(d, CRMSYNC_REASON_SECONDARY);
    } else if (!m.in && !m.out) {
        crmi_decision_settle(d, CRMSYNC_REASON_OP_DISABLED);
    }
    return CRMSYNC_OK;
}

/* Where companies are known by nothing but the host's id, a row without one is nobody's. */
static bool only_by_kept_id(const crmi_import_case *c)
{
    bool kept = false;
    bool otherwise = false;
    for (size_t i = 0; i < c->env->config->match.account_count; i++) {
        uint32_t matcher = c->env->config->match.account[i];
        kept = kept || matcher == CRMI_MATCH_EXTERNAL_ID;
        otherwise = otherwise || (matcher != CRMI_MATCH_EXTERNAL_ID && matcher != CRMI_MATCH_ID);
    }
    return kept && !otherwise && c->rule->external_id.len &&
           crmi_str_is(crmi_str(c->object->local_kind), "company");
}

static int32_t create(crmi_import_case *c, crmsync_error **err)
{
    crmi_fields fields;
    size_t twin = 0;
    bool person = crmi_str_is(crmi_str(c->object->local_kind), "person");
    if (!c->rule->in_create) {
        return crmi_import_stop(c, CRMSYNC_REASON_OP_DISABLED, err);
    }
    size_t at = 0;
    if (c->object->needs_person && related_as(c, "person_id", &at) != 1) {
        return crmi_import_stop(c, CRMSYNC_REASON_UNRELATED, err);
    }
    bool nameless = person ? !c->key.len && !c->env->config->match.create_without_email
                           : only_by_kept_id(c) && !kept_id(c).len;
    if (nameless) {
        return crmi_import_stop(c, CRMSYNC_REASON_NO_KEY, err);
    }
    if (c->key.len && crmi_map_get_index(c->created, c->key, &twin)) {
        crmi_decision *same = crmi_import_add(c, CRMSYNC_REASON_SECONDARY);
        if (!same) {
            return crmi_fail_nomem(err);
        }
        same->same_as = twin;
        same->link = true;
        return CRMSYNC_OK;
    }
    crmi_merge m = merge_of(c, (crmi_record){NULL, 0});
    crmi_fields_init(&fields, &c->plan->arena, c->rule->field_count + CRMI_CRM_RELATIONS);
    int32_t code = crmi_merge_fields(&m, &fields, err);
    if (code == CRMSYNC_OK && c->rule->status.inverse_count) {
        code = crmi_status_field(&m, true, &fields, err);
    }
    if (code == CRMSYNC_OK) {
        code = merge_owner(c, &m, &fields, err);
    }
    if (code == CRMSYNC_OK) {
        code = set_parent(c, m.local, &fields, err);
    }
    if (code == CRMSYNC_OK) {
        code = set_related(c, m.local, &fields, err);
    }
    crmi_decision *d =
        code == CRMSYNC_OK ? crmi_import_add(c, CRMSYNC_REASON_CREATE_NO_MATCH) : NULL;
    if (!d) {
        return code == CRMSYNC_OK ? crmi_fail_nomem(err) : code;
    }
    crmi_decision_fields(d, &fields);
    d->local_op = CRMI_OP_CREATE;
    d->link = true;
    d->local_id = kept_id(c);
    return !person || !c->key.len || crmi_map_put_index(c->created, c->key, c->plan->count - 1)
               ? CRMSYNC_OK
               : crmi_fail_nomem(err);
}

static int32_t unlinked(crmi_import_case *c, crmsync_error **err)
{
    size_t sure = CRMI_NO_DECISION;
    for (size_t i = 0; i < c->in->match_count; i++) {
        if (names_it(c, c->in->matches[i])) {
            sure = i;
            break;
        }
    }
    if (sure != CRMI_NO_DECISION || c->in->match_count == 1) {
        return join(c, sure != CRMI_NO_DECISION ? sure : 0, err);
    }
    return c->in->match_count > 1 ? ambiguous(c, err) : create(c, err);
}

static bool is_set(const crmi_import_case *c, int32_t at)
{
    crmsync_cell cell = crmi_record_at(c->in->crm, at);
    return cell.type == CRMSYNC_CELL_BOOL && cell.number;
}

static int32_t classify(crmi_import_case *c, crmsync_error **err)
{
    crmsync_str master = crmi_record_at(c->in->crm, c->at->master).text;
    if (c->object->merges && master.len) {
        return crmi_import_moved(c, master, false, err);
    }
    if (is_set(c, c->at->deleted)) {
        return crmi_import_deleted(c, err);
    }
    if (is_set(c, c->at->converted)) {
        return crmi_import_moved(c, crmi_record_text(c->in->crm, "ConvertedContactId"), true, err);
    }
    if (!c->rule || !c->rule->enabled) {
        return crmi_import_stop(c, CRMSYNC_REASON_OP_DISABLED, err);
    }
    if (c->target && c->in->local.rows) {
        return linked(c, err);
    }
    int32_t code = crmi_import_key(c, err); /* what is not linked, or whose record is gone */
    if (code != CRMSYNC_OK) {
        return code;
    }
    return c->target ? linked(c, err) : unlinked(c, err);
}

static int32_t decide_row(crmi_import_case *c, crmsync_error **err)
{
    crmi_record crm = c->in->crm;
    c->id = crmi_record_at(crm, c->at->id).text;
    if (!c->id.len) {
        return crmi_fail(err, CRMSYNC_E_INVALID, "%s row %zu has no Id", c->object->name, c->index);
    }
    c->target = c->in->link ? crmi_link_target(c->in->link, c->id) : NULL;
    return classify(c, err);
}

int32_t crmi_decide_import(const crmi_decide_env *env, const crmi_crm_object *object,
                           const crmi_import_input *rows, size_t count, crmi_plan *plan,
                           crmsync_error **err)
{
    crmi_map created;
    crmi_mapping mapping;
    crmi_import_columns at = {0};
    const crmi_object_rule *rule = crmi_config_object(env->config, crmi_str(object->name));
    const crmi_object *described = crmi_schema_object(env->schema, crmi_str(object->name));
    int32_t code = CRMSYNC_OK;
    crmi_map_init(&created, env->alloc);
    if (!crmi_plan_reserve(plan, count) ||
        !crmi_mapping_make(&mapping, &plan->arena, rule, described)) {
        code = crmi_fail_nomem(err);
    }
    for (size_t i = 0; code == CRMSYNC_OK && i < count; i++) {
        crmi_import_case c = {
            .env = env,
            .object = object,
            .rule = rule,
            .described = described,
            .in = &rows[i],
            .at = &at,
            .mapping = &mapping,
            .rows = rows,
            .row_count = count,
            .plan = plan,
            .created = &created,
            .index = i,
        };
        crmi_import_columns_turn(&at, rows[i].crm.rows, rows[i].local.rows);
        code = decide_row(&c, err);
    }
    crmi_map_clear(&created);
    return code;
}
