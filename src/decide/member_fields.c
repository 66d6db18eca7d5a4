/* The fields of a campaign member: its key, its status, and the dates and metrics that are mapped.
 */
#include "decide/member.h"

static int32_t set(crmi_fields *fields, const char *remote, crmsync_cell value, uint32_t reason,
                   const crmsync_cell *old, crmsync_error **err)
{
    crmi_field_decision *d = crmi_fields_add(fields, CRMI_STR_EMPTY, crmi_str(remote));
    if (!d) {
        return crmi_fail_nomem(err);
    }
    d->crm_old = old ? *old : crmi_cell_null();
    d->crm_new = value;
    d->reason = reason;
    d->base = value.type == CRMSYNC_CELL_ABSENT ? CRMI_BASE_KEEP : CRMI_BASE_SENT;
    return CRMSYNC_OK;
}

/* Exactly one of LeadId and ContactId (CampaignMember, Object Reference). They are create-only: for
 * a member that is there they are told and not written. */
static int32_t key_fields(const crmi_member_case *c, crmi_fields *fields, crmsync_error **err)
{
    bool contact = c->in->contact.len > 0;
    bool fresh = !c->in->member_count;
    const crmsync_cell keys[] = {crmi_cell_id(c->in->campaign),
                                 crmi_cell_id(contact ? c->in->contact : c->in->lead)};
    const char *const names[] = {"CampaignId", contact ? "ContactId" : "LeadId"};
    int32_t code = CRMSYNC_OK;
    for (size_t i = 0; code == CRMSYNC_OK && i < (fresh ? 2u : 1u); i++) {
        code = set(fields, names[i], fresh ? keys[i] : crmi_cell_absent(),
                   CRMSYNC_REASON_MEMBER_KEY, fresh ? NULL : &keys[i], err);
    }
    return code;
}

/* A date of the member that is as late already: an old engagement does not turn it back. */
static bool turns_back(const crmsync_cell *old, const crmsync_cell *value)
{
    int64_t had = 0;
    int64_t has = 0;
    bool date = value->type == CRMSYNC_CELL_DATE || value->type == CRMSYNC_CELL_DATETIME;
    return date && crmi_cell_instant(old, &had) && crmi_cell_instant(value, &has) && has <= had;
}

/* What is said of a mapped field; *d gets the value when it is to be written. */
static uint32_t metric(const crmi_member_case *c, crmsync_str remote, const crmsync_cell *in,
                       crmi_arena *arena, crmi_field_decision *d)
{
    const crmi_object *object = crmi_schema_object(c->env->schema, CRMI_STR("CampaignMember"));
    const crmi_field *field = object ? crmi_object_field(object, remote) : NULL;
    bool fresh = !c->in->member_count;
    crmsync_cell value = crmi_cell_absent();
    uint32_t needed = fresh ? CRMI_FIELD_CREATEABLE : CRMI_FIELD_UPDATEABLE;
    if (object && !field) {
        return CRMSYNC_REASON_INVISIBLE;
    }
    if (field && !(field->flags & needed)) {
        return CRMSYNC_REASON_NOT_WRITEABLE;
    }
    uint32_t result = crmi_to_crm(c->env, field, NULL, in, arena, &value);
    if (!crmi_converted(result)) {
        return result;
    }
    if (!fresh && d->crm_old.type == CRMSYNC_CELL_ABSENT && !c->label.len) {
        return CRMSYNC_REASON_CRM_ABSENT; /* not read: writing it each time would cost a call */
    }
    if (!fresh &&
        (crmi_save_equal(field, &d->crm_old, &value, arena) || turns_back(&d->crm_old, &value))) {
        return CRMSYNC_REASON_EQUAL;
    }
    d->crm_new = value;
    d->base = CRMI_BASE_SENT;
    return CRMSYNC_REASON_ENGAGEMENT_FIELD;
}

static int32_t metric_field(const crmi_member_case *c, const crmi_value_pair *pair,
                            crmi_fields *fields, crmsync_error **err)
{
    crmsync_cell in = crmi_record_get(c->in->engagements[c->latest], pair->local);
    int64_t at = 0;
    if (in.type == CRMSYNC_CELL_ABSENT || in.type == CRMSYNC_CELL_NULL) {
        return CRMSYNC_OK;
    }
    if (crmi_str_is(pair->local, "at") && crmi_cell_instant(&in, &at)) {
        in = crmi_cell_number(CRMSYNC_CELL_DATETIME, at);
    }
    crmi_field_decision *d = crmi_fields_add(fields, pair->local, pair->remote);
    if (!d) {
        return crmi_fail_nomem(err);
    }
    d->local_old = in;
    d->crm_old =
        c->in->member_count ? crmi_record_get(c->in->members[0], pair->remote) : crmi_cell_null();
    d->reason = metric(c, pair->remote, &in, fields->arena, d);
    return d->reason == CRMI_CONVERT_NOMEM ? crmi_fail_nomem(err) : CRMSYNC_OK;
}

int32_t crmi_member_fields(const crmi_member_case *c, crmi_fields *fields, crmsync_error **err)
{
    crmsync_cell status = c->in->member_count
                              ? crmi_record_get(c->in->members[0], CRMI_STR("Status"))
                              : crmi_cell_null();
    int32_t code = key_fields(c, fields, err);
    if (code == CRMSYNC_OK && c->label.len) {
        code = set(fields, "Status", crmi_cell_text(c->label), CRMSYNC_REASON_MEMBER_STATUS,
                   &status, err);
    }
    for (size_t i = 0; code == CRMSYNC_OK && i < c->rules->field_count; i++) {
        code = metric_field(c, &c->rules->fields[i], fields, err);
    }
    return code;
}
