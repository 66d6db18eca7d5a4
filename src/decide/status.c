#include "decide/policy.h"

/* Position in the configured order; -1 = not in it. */
static ptrdiff_t rank_of(const crmi_status_rule *rule, crmsync_str remote)
{
    ptrdiff_t rank = -1;
    for (size_t i = 0; i < rule->value_count; i++) {
        if (crmi_str_eq_ci(rule->values[i].remote, remote)) {
            rank = (ptrdiff_t)i;
        }
    }
    return rank;
}

/* A rep's "Working" is not set back to "New"; a value that we do not know outranks ours. */
static bool forward(const crmi_status_rule *rule, crmsync_str have, crmsync_str wanted)
{
    ptrdiff_t rank = rank_of(rule, have);
    return rank >= 0 && rank_of(rule, wanted) > rank;
}

static bool listed(const crmi_status_rule *rule, crmsync_str have)
{
    for (size_t i = 0; i < rule->only_from_count; i++) {
        if (crmi_str_eq_ci(rule->only_from[i], have)) {
            return true;
        }
    }
    return false;
}

/* Why the policy keeps the status that is there; 0 = it gives way. */
static uint32_t kept(const crmi_status_rule *rule, const crmi_field_decision *d)
{
    crmsync_str have = crmi_str_trim(d->crm_old.text);
    if (crmi_cell_blank(&d->crm_old) || rule->policy == CRMI_STATUS_ALWAYS) {
        return 0;
    }
    if (rule->policy == CRMI_STATUS_ONLY_FROM) {
        return listed(rule, have) ? 0 : CRMSYNC_REASON_STATUS_NOT_FROM;
    }
    return forward(rule, have, d->crm_new.text) ? 0 : CRMSYNC_REASON_STATUS_NOT_FORWARD;
}

/* Writing such a value would not convert the Lead, it would only say so. */
static bool converts(const crmi_merge *m, const crmi_field_decision *d)
{
    const crmi_field *field = m->object ? crmi_object_field(m->object, d->remote) : NULL;
    const crmi_picklist_value *value = field ? crmi_field_value(field, d->crm_new.text) : NULL;
    return value && value->converted;
}

/* Records of each type go through a process of their own. */
static bool not_of_type(const crmi_merge *m, const crmi_field_decision *d)
{
    const crmi_field *field = crmi_merge_field(m, d->remote);
    return field && field->of_record_type && !crmi_field_value(field, d->crm_new.text);
}

static void veto(crmi_field_decision *d, uint32_t reason)
{
    d->crm_new = crmi_cell_absent();
    d->reason = reason;
    d->base = CRMI_BASE_DIVERGE;
}

int32_t crmi_status_field(const crmi_merge *m, bool quiet, crmi_fields *fields, crmsync_error **err)
{
    const crmi_status_rule *status = &m->rule->status;
    if (!status->enabled || crmi_fields_find(fields, status->remote)) {
        return CRMSYNC_OK;
    }
    crmi_field_rule *rule = CRMI_ARENA_NEW(fields->arena, crmi_field_rule);
    if (!rule) {
        return crmi_fail_nomem(err);
    }
    *rule = (crmi_field_rule){
        .local = status->local,
        .remote = status->remote,
        .import = status->inverse_count ? CRMI_IMPORT_TWO_WAY : CRMI_IMPORT_NEVER,
        .export = quiet ? CRMI_EXPORT_NEVER : CRMI_EXPORT_OVERWRITE,
        .winner = CRMI_WINNER_CRM,
        .values = status->values,
        .value_count = status->value_count,
        .inverse = status->inverse,
        .inverse_count = status->inverse_count,
    };
    int32_t code = crmi_merge_one(m, rule, NULL, fields, err);
    if (code != CRMSYNC_OK) {
        return code;
    }
    crmi_field_decision *d = &fields->items[fields->count - 1];
    if (d->reason == CRMSYNC_REASON_UNMAPPED_VALUE) {
        d->reason = CRMSYNC_REASON_STATUS_UNMAPPED;
    }
    if (d->crm_new.type == CRMSYNC_CELL_ABSENT) {
        return CRMSYNC_OK;
    }
    if (not_of_type(m, d)) {
        veto(d, CRMSYNC_REASON_PICKLIST_MISS);
    } else if (converts(m, d)) {
        veto(d, CRMSYNC_REASON_STATUS_CONVERTED);
    } else if (m->crm.rows && kept(status, d)) {
        veto(d, kept(status, d));
    } else {
        d->reason = CRMSYNC_REASON_STATUS_MAPPED;
    }
    return CRMSYNC_OK;
}
