/* Fields that tie a record to the host's id and to its account. */
#include "decide/page.h"

int32_t crmi_external_id_field(const crmi_merge *m, crmi_fields *fields, crmsync_error **err)
{
    crmsync_str name = m->rule->external_id;
    const crmi_field *field = name.len && m->object ? crmi_object_field(m->object, name) : NULL;
    bool fresh = m->crm.rows == NULL;
    if (!name.len || !m->out || !m->local.rows || (m->object && !field) ||
        crmi_fields_find(fields, name)) {
        return CRMSYNC_OK;
    }
    crmi_field_decision *d = crmi_fields_add(fields, CRMI_STR("id"), name);
    if (!d) {
        return crmi_fail_nomem(err);
    }
    crmsync_cell sent;
    d->local_old = crmi_record_get(m->local, CRMI_STR("id"));
    d->crm_old = fresh ? crmi_cell_null() : crmi_record_get(m->crm, name);
    uint32_t result = crmi_to_crm(m->env, field, NULL, &d->local_old, fields->arena, &sent);
    if (result == CRMI_CONVERT_NOMEM) {
        return crmi_fail_nomem(err);
    }
    uint32_t needed = fresh ? CRMI_FIELD_CREATEABLE : CRMI_FIELD_UPDATEABLE;
    bool can = !field || (field->flags & needed);
    if (result) {
        d->reason = result;
    } else if (d->crm_old.type == CRMSYNC_CELL_ABSENT) {
        d->reason = CRMSYNC_REASON_CRM_ABSENT;
    } else if (crmi_save_equal(field, &d->crm_old, &sent, fields->arena)) {
        d->reason = CRMSYNC_REASON_EQUAL;
    } else if (!crmi_cell_blank(&d->crm_old)) {
        d->reason = CRMSYNC_REASON_EXTERNAL_ID_TAKEN;
    } else {
        d->reason = can ? CRMSYNC_REASON_EXTERNAL_ID_SET : CRMSYNC_REASON_NOT_WRITEABLE;
        d->crm_new = can ? sent : crmi_cell_absent();
    }
    return CRMSYNC_OK;
}

int32_t crmi_parent_field(const crmi_merge *m, crmsync_str id, bool follows, crmi_fields *fields,
                          crmsync_error **err)
{
    const char *name = m->rule->crm->parent_field;
    if (!name || !m->out || (!id.len && !follows) || crmi_fields_find(fields, crmi_str(name))) {
        return CRMSYNC_OK;
    }
    const crmi_field *field = m->object ? crmi_object_field(m->object, crmi_str(name)) : NULL;
    uint32_t needed = m->crm.rows ? CRMI_FIELD_UPDATEABLE : CRMI_FIELD_CREATEABLE;
    crmi_field_decision *d = crmi_fields_add(fields, CRMI_STR_EMPTY, crmi_str(name));
    if (!d) {
        return crmi_fail_nomem(err);
    }
    d->crm_old = m->crm.rows ? crmi_record_get(m->crm, crmi_str(name)) : crmi_cell_null();
    if (d->crm_old.type == CRMSYNC_CELL_ABSENT) {
        d->reason = CRMSYNC_REASON_CRM_ABSENT;
    } else if (!crmi_cell_blank(&d->crm_old)) { /* a contact is never moved to another account */
        bool same = id.len >= 15 && d->crm_old.text.len >= 15 &&
                    memcmp(id.ptr, d->crm_old.text.ptr, 15) == 0;
        d->reason = same ? CRMSYNC_REASON_EQUAL : CRMSYNC_REASON_PARENT_KEPT;
    } else if (field && !(field->flags & needed)) {
        d->reason = CRMSYNC_REASON_NOT_WRITEABLE;
    } else {
        d->reason = CRMSYNC_REASON_PARENT_SET;
        d->crm_new = id.len ? crmi_cell_id(id) : crmi_cell_absent();
    }
    return CRMSYNC_OK;
}
