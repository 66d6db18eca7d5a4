/*
 * Fields of Task, Event and ContentNote. WhatId is never the account: Task.AccountId follows the
 * contact by itself, WhatId would pin the task to an account that the contact may leave, and with a
 * Lead as Who it is refused (Object Reference, Task).
 */
#include "decide/activity.h"

#include <inttypes.h>
#include <stdio.h>

#define EVENT_MINUTES_MAX 20160u /* fourteen days (Object Reference, Event) */

typedef struct draft {
    const crmi_activity_case *c;
    crmi_fields *fields;
    bool oom;
} draft;

/* Adds a field when the org has it and the value fits; what does not fit is left out and told. */
static crmi_field_decision *put(draft *d, const char *local, const char *remote, crmsync_cell value)
{
    static const crmi_field_rule cut = {.too_long = CRMI_TOO_LONG_CUT};
    const crmi_object *object = d->c->object;
    const crmi_field *field = object ? crmi_object_field(object, crmi_str(remote)) : NULL;
    bool hidden = object && (!field || !(field->flags & CRMI_FIELD_CREATEABLE));
    if (crmi_cell_blank(&value) || hidden) {
        return NULL;
    }
    crmi_field_decision *f = crmi_fields_add(d->fields, crmi_str(local), crmi_str(remote));
    if (!f) {
        d->oom = true;
        return NULL;
    }
    uint32_t result = crmi_to_crm(d->c->env, field, &cut, &value, d->fields->arena, &f->crm_new);
    d->oom = d->oom || result == CRMI_CONVERT_NOMEM ||
             (!field && !crmi_cell_copy(d->fields->arena, &value, &f->crm_new));
    f->local_old = value;
    f->crm_old = crmi_cell_null();
    f->reason = result ? result : CRMSYNC_REASON_ACTIVITY_FIELD;
    f->base = CRMI_BASE_SENT;
    return f;
}

static crmi_field_decision *put_text(draft *d, const char *local, const char *remote,
                                     crmsync_str text)
{
    return put(d, local, remote, crmi_cell_text(text));
}

/* A picklist field only where the org offers the value: subtypes differ between versions. */
static void put_known(draft *d, const char *remote, const char *value)
{
    const crmi_field *field =
        d->c->object ? crmi_object_field(d->c->object, crmi_str(remote)) : NULL;
    if (value && (!field || !field->value_count || crmi_field_value(field, crmi_str(value)))) {
        put_text(d, "", remote, crmi_str(value));
    }
}

/* ---- Status ---- */

/* The first value of the org's that is closed, or open; its default comes first. */
static crmsync_str status_of(const crmi_field *field, bool closed)
{
    crmsync_str found = CRMI_STR_EMPTY;
    for (size_t i = 0; i < field->value_count; i++) {
        const crmi_picklist_value *v = &field->values[i];
        if (v->active && v->closed == closed && (!found.len || v->is_default)) {
            found = v->value;
        }
    }
    return found;
}

/* The org's own word for "done" or "to do": TaskStatus.IsClosed tells. */
static crmsync_str task_status(const draft *d, bool closed)
{
    const crmi_field *field =
        d->c->object ? crmi_object_field(d->c->object, CRMI_STR("Status")) : NULL;
    crmsync_str usual = closed ? CRMI_STR("Completed") : CRMI_STR("Not Started");
    const crmi_picklist_value *known = field ? crmi_field_value(field, usual) : NULL;
    bool told = false;
    for (size_t i = 0; field && i < field->value_count; i++) {
        told = told || field->values[i].closed;
    }
    if (!told || (known && known->active && known->closed == closed)) {
        return usual;
    }
    crmsync_str found = status_of(field, closed);
    return found.len ? found : usual;
}

/* Is a new task of this org closed unless somebody says otherwise? */
static bool born_closed(const draft *d)
{
    const crmi_field *field =
        d->c->object ? crmi_object_field(d->c->object, CRMI_STR("Status")) : NULL;
    for (size_t i = 0; field && i < field->value_count; i++) {
        if (field->values[i].is_default) {
            return field->values[i].closed;
        }
    }
    return false;
}

/* An open to-do takes the org's default; it is opened again only if we had closed it. */
static void put_status(draft *d, bool closed)
{
    const crmi_target *target = d->c->target;
    const crmi_shadow *sent = target ? crmi_target_shadow(target, CRMI_STR("Status")) : NULL;
    if (closed || sent || (!target && born_closed(d))) {
        put_text(d, d->c->kind->done ? "" : "done", "Status", task_status(d, closed));
    }
}

/* ---- parts that objects share ---- */

static void put_subject(draft *d, const char *remote)
{
    crmsync_str subject = CRMI_STR_EMPTY;
    d->oom = d->oom || crmi_activity_subject(d->c, d->fields->arena, &subject, NULL);
    put_text(d, "subject", remote, subject);
}

static crmsync_str put_description(draft *d, const char *remote)
{
    crmsync_str text = CRMI_STR_EMPTY;
    uint32_t reason = 0;
    d->oom = d->oom || crmi_activity_description(d->c, d->fields->arena, &text, &reason, NULL);
    crmi_field_decision *f = put_text(d, "body", remote, text);
    if (f && f->reason == CRMSYNC_REASON_ACTIVITY_FIELD) {
        f->reason = reason;
    }
    return text;
}

static void put_owner(draft *d)
{
    const crmi_decide_env *env = d->c->env;
    crmi_owner_choice owner =
        crmi_owner_of(env, d->c->in->local, crmi_log_object_name(d->c->log));
    if (owner.id.len) {
        crmi_field_decision *f = put(d, "", "OwnerId", crmi_cell_id(owner.id));
        if (f) {
            f->local = env->config->local.owner;
            f->reason = owner.reason;
        }
    }
}

static void put_related(draft *d)
{
    put(d, "person_id", "WhoId", crmi_cell_id(d->c->who));
    crmi_opportunity_choice choice = crmi_activity_opportunity(d->c);
    if (!choice.reason) {
        return;
    }
    crmi_field_decision *f = put(d, "opportunity_id", "WhatId", crmi_cell_id(choice.id));
    if (!f && !choice.id.len) {
        f = crmi_fields_add(d->fields, CRMI_STR("opportunity_id"), CRMI_STR("WhatId"));
        d->oom = d->oom || !f;
    }
    if (f) {
        f->reason = choice.reason;
    }
}

/* ---- Task ---- */

static void put_call(draft *d)
{
    crmsync_str direction = crmi_activity_text(d->c, "direction");
    bool inbound = crmi_str_eq_ci(direction, CRMI_STR("inbound"));
    put_known(d, "CallType", direction.len ? (inbound ? "Inbound" : "Outbound") : NULL);
    put(d, "duration_s", "CallDurationInSeconds",
        crmi_record_get(d->c->in->local, CRMI_STR("duration_s")));
    put_text(d, "outcome", "CallDisposition", crmi_activity_text(d->c, "outcome"));
}

static void task_fields(draft *d)
{
    const crmi_activity_kind *kind = d->c->kind;
    bool closed = kind->done || crmi_record_flag(d->c->in->local, "done");
    put_subject(d, "Subject");
    put_status(d, closed);
    put_known(d, "TaskSubtype", kind->subtype);
    put_known(d, "Type", kind->task_type);
    if (kind->done) {
        put(d, "at", "ActivityDate", crmi_cell_number(CRMSYNC_CELL_DATE, d->c->in->civil_date));
    } else {
        put(d, "due", "ActivityDate", crmi_record_get(d->c->in->local, CRMI_STR("due")));
    }
    if (d->c->number == CRMI_ACTIVITY_CALL && !d->c->redacted) {
        put_call(d);
    }
    put_description(d, "Description");
    put_related(d);
    put_owner(d);
}

/* ---- Event ---- */

/* An Event needs a duration: whole minutes, rounded up; none told is none. */
static void put_minutes(draft *d)
{
    uint64_t seconds = 0;
    char digits[24];
    crmsync_str text;
    if (!crmi_str_to_u64(crmi_activity_text(d->c, "duration_s"), &seconds)) {
        seconds = 0;
    }
    uint64_t minutes = seconds / 60 + (seconds % 60 ? 1 : 0);
    minutes = minutes < EVENT_MINUTES_MAX ? minutes : EVENT_MINUTES_MAX;
    int n = snprintf(digits, sizeof(digits), "%" PRIu64, minutes);
    if (!crmi_arena_str(d->fields->arena, (crmsync_str){digits, (size_t)n}, &text)) {
        d->oom = true;
        return;
    }
    crmi_field_decision *f = put(d, "duration_s", "DurationInMinutes",
                                 (crmsync_cell){.type = CRMSYNC_CELL_DECIMAL, .text = text});
    if (f) {
        f->local_old = crmi_record_get(d->c->in->local, CRMI_STR("duration_s"));
    }
}

static void event_fields(draft *d)
{
    put_subject(d, "Subject");
    put(d, "at", "StartDateTime", crmi_record_get(d->c->in->local, CRMI_STR("at")));
    put_minutes(d);
    put_description(d, "Description");
    put_related(d);
    put_owner(d);
}

/* ---- ContentNote ---- */

/* Neither describe nor a conversion has a say: the request makes HTML and base64 of the text. */
static void put_as_is(draft *d, const char *local, const char *remote, crmsync_cell value,
                      uint32_t reason, uint32_t base)
{
    crmi_field_decision *f = crmi_fields_add(d->fields, crmi_str(local), crmi_str(remote));
    if (!f) {
        d->oom = true;
        return;
    }
    f->local_old = base == CRMI_BASE_SENT ? value : crmi_cell_absent();
    f->crm_old = crmi_cell_null();
    f->crm_new = value;
    f->reason = reason;
    f->base = base;
}

static void note_fields(draft *d)
{
    crmsync_str text = CRMI_STR_EMPTY;
    uint32_t reason = 0;
    bool own = crmi_activity_text(d->c, "subject").len > 0;
    d->oom = d->oom || crmi_activity_description(d->c, d->fields->arena, &text, &reason, NULL);
    if (d->c->number == CRMI_ACTIVITY_NOTE && !own && !text.len && !d->c->redacted) {
        return;
    }
    put_subject(d, "Title");
    if (text.len) {
        put_as_is(d, "body", "Content", crmi_cell_text(text), reason, CRMI_BASE_SENT);
    }
    put_as_is(d, "person_id", "LinkedEntityId", crmi_cell_id(d->c->who),
              CRMSYNC_REASON_ACTIVITY_FIELD, CRMI_BASE_KEEP);
    put_owner(d);
}

int32_t crmi_activity_fields(const crmi_activity_case *c, crmi_fields *fields, crmsync_error **err)
{
    static void (*const makers[CRMI_LOG_LAST])(draft *) = {
        [CRMI_LOG_TASK] = task_fields,
        [CRMI_LOG_EVENT] = event_fields,
        [CRMI_LOG_NOTE] = note_fields,
    };
    draft d = {c, fields, false};
    makers[c->log](&d);
    return d.oom ? crmi_fail_nomem(err) : CRMSYNC_OK;
}
