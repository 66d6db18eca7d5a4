#include "decide/policy.h"

/* Why a stamp that the schema lets through is not written; 0 = it is. */
static uint32_t hindrance(const crmi_merge *m, const crmi_stamp_rule *stamp,
                          const crmi_field *field, const crmi_field_decision *d,
                          const crmsync_cell *sent)
{
    uint32_t needed = m->crm.rows ? CRMI_FIELD_UPDATEABLE : CRMI_FIELD_CREATEABLE;
    if (field && !(field->flags & needed)) {
        return CRMSYNC_REASON_NOT_WRITEABLE;
    }
    if (d->crm_old.type == CRMSYNC_CELL_ABSENT) {
        return CRMSYNC_REASON_CRM_ABSENT;
    }
    if (crmi_save_equal(field, &d->crm_old, sent, NULL)) {
        return CRMSYNC_REASON_EQUAL;
    }
    bool kept = !crmi_cell_blank(&d->crm_old) && stamp->when != CRMI_STAMP_ALWAYS;
    return kept ? CRMSYNC_REASON_STAMP_KEPT : 0;
}

static int32_t put_stamp(const crmi_merge *m, const crmi_stamp_rule *stamp, crmi_fields *fields,
                         crmsync_error **err)
{
    bool fresh = m->crm.rows == NULL;
    const crmi_field *field = m->object ? crmi_object_field(m->object, stamp->field) : NULL;
    crmi_field_decision *mapped = crmi_fields_find(fields, stamp->field);
    if ((m->object && !field) || (mapped && mapped->crm_new.type != CRMSYNC_CELL_ABSENT) ||
        (!fresh && (stamp->when == CRMI_STAMP_CREATE || mapped))) {
        return CRMSYNC_OK;
    }
    crmi_field_decision *d =
        mapped ? mapped : crmi_fields_add(fields, CRMI_STR_EMPTY, stamp->field);
    if (!d) {
        return crmi_fail_nomem(err);
    }
    crmsync_cell value = crmi_cell_text(stamp->value);
    crmsync_cell sent;
    uint32_t result = crmi_to_crm(m->env, field, NULL, &value, fields->arena, &sent);
    if (result == CRMI_CONVERT_NOMEM) {
        return crmi_fail_nomem(err);
    }
    d->crm_old = fresh ? crmi_cell_null() : crmi_record_get(m->crm, stamp->field);
    d->base = mapped ? d->base : CRMI_BASE_KEEP;
    d->reason = crmi_converted(result) ? hindrance(m, stamp, field, d, &sent) : result;
    if (!d->reason) {
        d->reason = CRMSYNC_REASON_STAMPED;
        d->crm_new = sent;
    }
    return CRMSYNC_OK;
}

/* Stamps tell where a record came from; they go with a write and never make one by themselves. */
int32_t crmi_stamp_fields(const crmi_merge *m, crmi_fields *fields, crmsync_error **err)
{
    const crmsync_config *config = m->env->config;
    int32_t code = CRMSYNC_OK;
    for (size_t i = 0; code == CRMSYNC_OK && m->out && crmi_config_stamp(config, i); i++) {
        const crmi_stamp_rule *stamp = crmi_config_stamp(config, i);
        if (crmi_stamp_covers(stamp, m->rule->crm->number)) {
            code = put_stamp(m, stamp, fields, err);
        }
    }
    return code;
}
