#include "decide/policy.h"

/* The stamp tells where a record came from; it goes with a write and never makes one by itself. */
int32_t crmi_stamp_field(const crmi_merge *m, crmi_fields *fields, crmsync_error **err)
{
    const crmsync_config *config = m->env->config;
    crmsync_str name = config->export.stamp_field;
    bool fresh = m->crm.rows == NULL;
    const crmi_field *field = name.len && m->object ? crmi_object_field(m->object, name) : NULL;
    crmi_field_decision *mapped = name.len ? crmi_fields_find(fields, name) : NULL;
    if (!name.len || !m->out || (m->object && !field) ||
        (mapped && mapped->crm_new.type != CRMSYNC_CELL_ABSENT) ||
        (!fresh && (config->export.stamp_when == CRMI_STAMP_CREATE || mapped))) {
        return CRMSYNC_OK;
    }
    crmi_field_decision *d = mapped ? mapped : crmi_fields_add(fields, CRMI_STR_EMPTY, name);
    if (!d) {
        return crmi_fail_nomem(err);
    }
    crmsync_cell value = crmi_cell_text(config->export.stamp_value);
    crmsync_cell sent;
    uint32_t result = crmi_to_crm(m->env, field, NULL, &value, fields->arena, &sent);
    if (result == CRMI_CONVERT_NOMEM) {
        return crmi_fail_nomem(err);
    }
    d->crm_old = fresh ? crmi_cell_null() : crmi_record_get(m->crm, name);
    d->base = mapped ? d->base : CRMI_BASE_KEEP;
    d->reason = CRMSYNC_REASON_STAMPED;
    uint32_t needed = fresh ? CRMI_FIELD_CREATEABLE : CRMI_FIELD_UPDATEABLE;
    if (!crmi_converted(result)) {
        d->reason = result;
    } else if (field && !(field->flags & needed)) {
        d->reason = CRMSYNC_REASON_NOT_WRITEABLE;
    } else if (d->crm_old.type == CRMSYNC_CELL_ABSENT) {
        d->reason = CRMSYNC_REASON_CRM_ABSENT;
    } else if (crmi_save_equal(field, &d->crm_old, &sent, fields->arena)) {
        d->reason = CRMSYNC_REASON_EQUAL;
    } else if (!crmi_cell_blank(&d->crm_old) && config->export.stamp_when != CRMI_STAMP_ALWAYS) {
        d->reason = CRMSYNC_REASON_STAMP_KEPT;
    } else {
        d->crm_new = sent;
    }
    return CRMSYNC_OK;
}
