/*
 * Fields of Task, Event and ContentNote. WhatId is never set: Task.AccountId follows the contact by
 * itself, WhatId would pin the task to an account that the contact may leave, and with a Lead as
 * Who it is refused (Object Reference, Task).
 */
#include "decide/activity.h"

typedef struct draft {
    const crmi_activity_case *c;
    crmi_fields *fields;
    bool oom;
} draft;

static crmsync_str text_of(const draft *d, const char *field)
{
    crmsync_cell cell = crmi_record_get(d->c->in->local, crmi_str(field));
    bool text = cell.type == CRMSYNC_CELL_TEXT || cell.type == CRMSYNC_CELL_DECIMAL;
    return text ? crmi_str_trim(cell.text) : CRMI_STR_EMPTY;
}

/* Adds a field when the org has it and the value fits; what does not fit is left out and told. */
static void put(draft *d, const char *local, const char *remote, crmsync_cell value)
{
    static const crmi_field_rule cut = {.too_long = CRMI_TOO_LONG_CUT};
    const crmi_object *object = d->c->object;
    const crmi_field *field = object ? crmi_object_field(object, crmi_str(remote)) : NULL;
    bool hidden = object && (!field || !(field->flags & CRMI_FIELD_CREATEABLE));
    if (crmi_cell_blank(&value) || hidden) {
        return;
    }
    crmi_field_decision *f = crmi_fields_add(d->fields, crmi_str(local), crmi_str(remote));
    if (!f) {
        d->oom = true;
        return;
    }
    uint32_t result = crmi_to_crm(d->c->env, field, &cut, &value, d->fields->arena, &f->crm_new);
    d->oom = d->oom || result == CRMI_CONVERT_NOMEM ||
             (!field && !crmi_cell_copy(d->fields->arena, &value, &f->crm_new));
    f->local_old = value;
    f->crm_old = crmi_cell_null();
    f->reason = result ? result : CRMSYNC_REASON_ACTIVITY_FIELD;
    f->base = CRMI_BASE_SENT;
}

static void put_text(draft *d, const char *local, const char *remote, crmsync_str text)
{
    put(d, local, remote, crmi_cell_text(text));
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

/* The org's own word for "done" or "to do": TaskStatus.IsClosed tells. */
static crmsync_str task_status(const draft *d, bool closed)
{
    const crmi_field *field =
        d->c->object ? crmi_object_field(d->c->object, CRMI_STR("Status")) : NULL;
    crmsync_str literal = closed ? CRMI_STR("Completed") : CRMI_STR_EMPTY;
    const crmi_picklist_value *known = field ? crmi_field_value(field, literal) : NULL;
    bool told = false;
    if (!closed) {
        return CRMI_STR_EMPTY; /* the org's default */
    }
    for (size_t i = 0; field && i < field->value_count; i++) {
        told = told || field->values[i].closed;
    }
    if (!field || !told || (known && known->closed)) {
        return literal;
    }
    for (size_t i = 0; i < field->value_count; i++) {
        if (field->values[i].closed && field->values[i].active) {
            return field->values[i].value;
        }
    }
    return literal;
}

static void describe_line(crmi_buf *b, const char *label, crmsync_str value)
{
    if (value.len) {
        crmi_buf_fmt(b, "%s%s: %.*s", b->len ? "\n" : "", label, CRMI_SPELL(value));
    }
}

/* What happened, without what was said; that only where content is logged. */
static void put_description(draft *d, const char *remote, bool with_outcome)
{
    crmi_buf b;
    crmsync_str text;
    crmsync_str body = text_of(d, "body");
    bool content = d->c->env->config->activities.content;
    crmi_buf_init(&b, d->c->env->alloc);
    describe_line(&b, "Direction", text_of(d, "direction"));
    if (with_outcome) {
        describe_line(&b, "Outcome", text_of(d, "outcome"));
    }
    describe_line(&b, d->c->number == CRMI_ACTIVITY_CALL ? "Recording" : "Link", text_of(d, "url"));
    if (content && body.len) {
        crmi_buf_fmt(&b, "%s%.*s", b.len ? "\n\n" : "", CRMI_SPELL(body));
    }
    if (!crmi_buf_ok(&b) || !crmi_arena_str(d->fields->arena, crmi_buf_str(&b), &text)) {
        d->oom = true;
    } else {
        put_text(d, "body", remote, text);
    }
    crmi_buf_clear(&b);
}

static void put_owner(draft *d)
{
    crmi_owner_choice owner = crmi_owner_of(d->c->env, d->c->in->local, d->c->kind->object);
    if (owner.id.len) {
        size_t before = d->fields->count;
        put(d, "owner", "OwnerId", crmi_cell_id(owner.id));
        if (d->fields->count > before) {
            d->fields->items[before].reason = owner.reason;
        }
    }
}

static bool inbound(const draft *d)
{
    return crmi_str_eq_ci(text_of(d, "direction"), CRMI_STR("inbound"));
}

static void put_call(draft *d)
{
    bool told = text_of(d, "direction").len > 0;
    crmsync_cell duration = crmi_record_get(d->c->in->local, CRMI_STR("duration_s"));
    put_known(d, "CallType", told ? (inbound(d) ? "Inbound" : "Outbound") : NULL);
    put(d, "duration_s", "CallDurationInSeconds", duration);
    put_text(d, "outcome", "CallDisposition", text_of(d, "outcome"));
}

static crmsync_str subject_of(const draft *d)
{
    static const char *const names[CRMI_ACTIVITY_LAST] = {
        [CRMI_ACTIVITY_EMAIL] = "Email",
        [CRMI_ACTIVITY_CALL] = "Call",
        [CRMI_ACTIVITY_MEETING] = "Meeting",
        [CRMI_ACTIVITY_NOTE] = "Note",
        [CRMI_ACTIVITY_TASK] = "Task",
        [CRMI_ACTIVITY_LINKEDIN_MESSAGE] = "LinkedIn message",
        [CRMI_ACTIVITY_LINKEDIN_REQUEST] = "LinkedIn connection request",
    };
    crmsync_str subject = text_of(d, "subject");
    return subject.len ? subject : crmi_str(names[d->c->number]);
}

static void task_fields(draft *d)
{
    crmsync_cell done = crmi_record_get(d->c->in->local, CRMI_STR("done"));
    crmsync_cell due = crmi_record_get(d->c->in->local, CRMI_STR("due"));
    bool closed = d->c->kind->done || (done.type == CRMSYNC_CELL_BOOL && done.number);
    bool dated = !d->c->kind->done && !crmi_cell_blank(&due);
    put_text(d, "subject", "Subject", subject_of(d));
    put_text(d, "done", "Status", task_status(d, closed));
    put_known(d, "TaskSubtype", d->c->kind->subtype);
    put_known(d, "Type", d->c->kind->task_type);
    if (dated || d->c->kind->done) {
        put(d, dated ? "due" : "at", "ActivityDate",
            dated ? due : crmi_cell_number(CRMSYNC_CELL_DATE, d->c->in->civil_date));
    }
    if (d->c->number == CRMI_ACTIVITY_CALL) {
        put_call(d);
    }
    put_description(d, "Description", d->c->number != CRMI_ACTIVITY_CALL);
    put(d, "person_id", "WhoId", crmi_cell_id(d->c->who));
    put_owner(d);
}

/* An Event needs a duration: whole minutes, rounded up; none told is none. */
static void event_fields(draft *d)
{
    uint64_t seconds = 0;
    char minutes[24];
    crmi_buf b;
    if (!crmi_str_to_u64(text_of(d, "duration_s"), &seconds)) {
        seconds = 0;
    }
    crmi_buf_init(&b, d->c->env->alloc);
    crmi_buf_u64(&b, seconds / 60 + (seconds % 60 ? 1 : 0));
    size_t len = b.len < sizeof(minutes) ? b.len : sizeof(minutes);
    d->oom = d->oom || !crmi_buf_ok(&b);
    if (len) {
        memcpy(minutes, b.ptr, len);
    }
    crmi_buf_clear(&b);
    put_text(d, "subject", "Subject", subject_of(d));
    put(d, "at", "StartDateTime", crmi_record_get(d->c->in->local, CRMI_STR("at")));
    crmsync_cell number = {.type = CRMSYNC_CELL_DECIMAL, .text = {minutes, len}};
    size_t before = d->fields->count;
    put(d, "duration_s", "DurationInMinutes", number);
    if (d->fields->count > before) { /* the digits above live no longer than this call */
        d->fields->items[before].local_old =
            crmi_record_get(d->c->in->local, CRMI_STR("duration_s"));
    }
    put_description(d, "Description", true);
    put(d, "person_id", "WhoId", crmi_cell_id(d->c->who));
    put_owner(d);
}

/* The text goes as it is; the request makes HTML and base64 of it. */
static void note_fields(draft *d)
{
    crmsync_str subject = text_of(d, "subject");
    crmsync_str body = text_of(d, "body");
    bool content = d->c->env->config->activities.content;
    if (!subject.len && (!content || !body.len)) {
        return;
    }
    put_text(d, "subject", "Title", subject_of(d));
    if (content && body.len) {
        crmi_field_decision *f = crmi_fields_add(d->fields, CRMI_STR("body"), CRMI_STR("Content"));
        if (!f) {
            d->oom = true;
            return;
        }
        f->local_old = crmi_cell_text(body);
        f->crm_old = crmi_cell_null();
        f->crm_new = f->local_old;
        f->reason = CRMSYNC_REASON_ACTIVITY_FIELD;
        f->base = CRMI_BASE_SENT;
    }
    crmi_field_decision *who =
        crmi_fields_add(d->fields, CRMI_STR("person_id"), CRMI_STR("LinkedEntityId"));
    if (!who) {
        d->oom = true;
        return;
    }
    who->crm_old = crmi_cell_null();
    who->crm_new = crmi_cell_id(d->c->who);
    who->reason = CRMSYNC_REASON_ACTIVITY_FIELD;
    put_owner(d);
}

int32_t crmi_activity_fields(const crmi_activity_case *c, crmi_fields *fields, crmsync_error **err)
{
    draft d = {c, fields, false};
    if (crmi_str_is(crmi_str(c->kind->object), "Task")) {
        task_fields(&d);
    } else if (crmi_str_is(crmi_str(c->kind->object), "Event")) {
        event_fields(&d);
    } else {
        note_fields(&d);
    }
    return d.oom ? crmi_fail_nomem(err) : CRMSYNC_OK;
}
