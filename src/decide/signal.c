/* Signals: a rule writes fields of a record, or makes a Task for somebody, once. */
#include "decide/signal.h"

#include <stdio.h>

#include "decide/convert.h"
#include "decide/merge.h"
#include "decide/page.h"

typedef struct signal_case {
    const crmi_decide_env *env;
    const crmi_signal_input *in;
    crmi_plan *plan;
    crmsync_str name;
    size_t index;
} signal_case;

/* ---- what there is ---- */

/* The record that a rule is about, a Contact before a Lead; NULL = not in the CRM. */
static const crmi_target *record_of(const signal_case *c, uint32_t record)
{
    const crmi_link *person = c->in->person;
    if (record == CRMI_SIGNAL_COMPANY) {
        return c->in->company ? crmi_link_object(c->in->company, "Account") : NULL;
    }
    const crmi_target *contact = person ? crmi_link_object(person, "Contact") : NULL;
    return contact || !person ? contact : crmi_link_object(person, "Lead");
}

static bool applies(const signal_case *c, const crmi_signal_rule *rule)
{
    return crmi_str_eq(rule->name, c->name);
}

/* Stored in the target's moved_to while it is live, as activities do. */
static bool done(const signal_case *c, crmsync_str slot)
{
    for (size_t i = 0; c->in->link && i < c->in->link->target_count; i++) {
        if (crmi_str_eq(c->in->link->targets[i].moved_to, slot)) {
            return true;
        }
    }
    return false;
}

/* The n-th rule of a name: other rules may come and go. */
static bool slot_of(const signal_case *c, size_t rule, crmsync_str *out)
{
    size_t n = 0;
    crmi_buf b;
    for (size_t i = 0; i < rule; i++) {
        n += applies(c, &c->env->config->signals[i]);
    }
    crmi_buf_init(&b, c->env->alloc);
    crmi_buf_fmt(&b, "task/%.*s/%zu", CRMI_SPELL(c->name), n);
    bool ok = crmi_buf_ok(&b) && crmi_arena_str(&c->plan->arena, crmi_buf_str(&b), out);
    crmi_buf_clear(&b);
    return ok;
}

static crmi_decision *add(const signal_case *c, uint32_t reason)
{
    crmi_decision *d = crmi_plan_add(c->plan);
    if (d) {
        d->kind = CRMI_STR("signal");
        d->local_id = crmi_record_text(c->in->local, "id");
        d->rev = crmi_record_text(c->in->local, "rev");
        d->direction = CRMSYNC_DIRECTION_OUT;
        d->input = c->index;
        d->detail = c->name;
        crmi_decision_settle(d, reason);
    }
    return d;
}

/* ---- fields ---- */

/* Adds a field with what its template makes; 0, or why it is not written. */
static int32_t add_text(const signal_case *c, const char *object, crmsync_str remote,
                        crmsync_str text, uint32_t needed, crmi_fields *fields, crmsync_error **err)
{
    const crmi_object *described = crmi_schema_object(c->env->schema, crmi_str(object));
    const crmi_field *field = described ? crmi_object_field(described, remote) : NULL;
    const crmi_field_rule rule = {.composed = text};
    const crmi_merge m = {.env = c->env, .local = c->in->local};
    crmsync_cell made = crmi_cell_absent();
    crmi_field_decision *d = crmi_fields_add(fields, CRMI_STR_EMPTY, remote);
    if (!d) {
        return crmi_fail_nomem(err);
    }
    d->reason = described && !field                ? CRMSYNC_REASON_INVISIBLE
                : field && !(field->flags & needed) ? CRMSYNC_REASON_NOT_WRITEABLE
                : crmi_field_source(&m, &rule, field, fields->arena, &made);
    if (!d->reason) {
        uint32_t result = crmi_to_crm(c->env, field, NULL, &made, fields->arena, &d->crm_new);
        d->reason = crmi_converted(result) ? (uint32_t)CRMSYNC_REASON_SIGNAL_FIELD : result;
        d->base = CRMI_BASE_SENT;
        d->local_old = made;
    }
    if (d->crm_new.type == CRMSYNC_CELL_ABSENT) {
        d->base = CRMI_BASE_KEEP;
    }
    return d->reason == CRMI_CONVERT_NOMEM ? crmi_fail_nomem(err) : CRMSYNC_OK;
}

static int32_t add_cell(crmi_fields *fields, const char *remote, crmsync_cell value,
                        crmsync_error **err)
{
    crmi_field_decision *d = crmi_fields_add(fields, CRMI_STR_EMPTY, crmi_str(remote));
    if (!d) {
        return crmi_fail_nomem(err);
    }
    d->crm_new = value;
    d->reason = CRMSYNC_REASON_SIGNAL_FIELD;
    d->base = CRMI_BASE_SENT;
    return CRMSYNC_OK;
}

static int32_t write_fields(const signal_case *c, uint32_t record, const crmi_target *target,
                            crmsync_error **err)
{
    static const char *const slots[] = {"fields/person", "fields/company"};
    crmi_fields fields;
    int32_t code = CRMSYNC_OK;
    crmi_fields_init(&fields, &c->plan->arena, 4);
    for (size_t i = 0; code == CRMSYNC_OK && i < c->env->config->signal_count; i++) {
        const crmi_signal_rule *rule = &c->env->config->signals[i];
        bool counts = applies(c, rule) && rule->record == record;
        for (size_t k = 0; code == CRMSYNC_OK && counts && k < rule->field_count; k++) {
            if (!crmi_fields_find(&fields, rule->fields[k].local)) {
                code = add_text(c, target->object.ptr, rule->fields[k].local,
                                rule->fields[k].remote, CRMI_FIELD_UPDATEABLE, &fields, err);
            }
        }
    }
    if (code != CRMSYNC_OK || !fields.count) {
        return code;
    }
    bool before = done(c, crmi_str(slots[record]));
    crmi_decision *d = add(c, before ? CRMSYNC_REASON_LOGGED : CRMSYNC_REASON_SIGNAL_APPLIED);
    if (!d) {
        return crmi_fail_nomem(err);
    }
    d->object = target->object;
    d->crm_id = target->id;
    d->slot = crmi_str(slots[record]);
    d->fields = fields.items;
    d->field_count = fields.count;
    if (before) {
        for (size_t i = 0; i < fields.count; i++) {
            fields.items[i].crm_new = crmi_cell_absent();
            fields.items[i].base = CRMI_BASE_KEEP;
        }
    } else if (crmi_fields_any_out(&fields)) {
        d->crm_op = CRMI_OP_UPDATE;
    } else {
        crmi_decision_settle(d, CRMSYNC_REASON_VALUE_REFUSED);
    }
    return CRMSYNC_OK;
}

/* ---- tasks ---- */

static int32_t task_fields(const signal_case *c, const crmi_signal_rule *rule,
                           const crmi_target *target, crmi_fields *fields, crmsync_error **err)
{
    bool company = rule->record == CRMI_SIGNAL_COMPANY;
    crmi_owner_choice owner = crmi_owner_of(c->env, c->in->local, "Task");
    crmsync_str who = rule->owner.len ? rule->owner : owner.id;
    int64_t due = c->in->civil_date + (int64_t)rule->due_days;
    int32_t code = add_text(c, "Task", CRMI_STR("Subject"), rule->subject, CRMI_FIELD_CREATEABLE,
                            fields, err);
    if (code == CRMSYNC_OK && fields->items[0].crm_new.type == CRMSYNC_CELL_ABSENT) {
        fields->items[0].crm_new = crmi_cell_text(c->name); /* the template lacks a value */
        fields->items[0].base = CRMI_BASE_SENT;
    }
    if (code == CRMSYNC_OK) { /* a Task of an account has no Who; WhatId takes no Lead's place */
        code = add_cell(fields, company ? "WhatId" : "WhoId", crmi_cell_id(target->id), err);
    }
    if (code == CRMSYNC_OK) {
        code = add_cell(fields, "ActivityDate", crmi_cell_number(CRMSYNC_CELL_DATE, due), err);
    }
    if (code == CRMSYNC_OK && who.len) {
        code = add_cell(fields, "OwnerId", crmi_cell_id(who), err);
    }
    if (code == CRMSYNC_OK && rule->high) {
        code = add_cell(fields, "Priority", crmi_cell_text(CRMI_STR("High")), err);
    }
    return code;
}

static int32_t make_task(const signal_case *c, size_t at, const crmi_target *target,
                         crmsync_error **err)
{
    const crmi_signal_rule *rule = &c->env->config->signals[at];
    crmi_fields fields;
    crmi_buf key;
    crmsync_str slot;
    if (!slot_of(c, at, &slot)) {
        return crmi_fail_nomem(err);
    }
    crmi_fields_init(&fields, &c->plan->arena, 5);
    bool before = done(c, slot);
    int32_t code = before ? CRMSYNC_OK : task_fields(c, rule, target, &fields, err);
    crmi_decision *d =
        code == CRMSYNC_OK ? add(c, before ? CRMSYNC_REASON_LOGGED : CRMSYNC_REASON_SIGNAL_TASK)
                           : NULL;
    if (!d) {
        return code == CRMSYNC_OK ? crmi_fail_nomem(err) : code;
    }
    d->object = CRMI_STR("Task");
    d->slot = slot;
    d->fields = fields.items;
    d->field_count = fields.count;
    if (before) {
        return CRMSYNC_OK;
    }
    d->crm_op = CRMI_OP_CREATE;
    crmi_buf_init(&key, c->env->alloc);
    crmi_buf_fmt(&key, "%.*s/%.*s", CRMI_SPELL(slot), CRMI_SPELL(d->local_id));
    bool ok = crmi_buf_ok(&key) &&
              crmi_decision_claim(&c->plan->arena, d, "signal/slot/", crmi_buf_str(&key));
    crmi_buf_clear(&key);
    return ok ? CRMSYNC_OK : crmi_fail_nomem(err);
}

/* ---- a signal ---- */

static int32_t stop(const signal_case *c, uint32_t reason, crmsync_error **err)
{
    return add(c, reason) ? CRMSYNC_OK : crmi_fail_nomem(err);
}

static int32_t decide_one(const signal_case *c, crmsync_error **err)
{
    const crmsync_config *config = c->env->config;
    bool wanted[CRMI_SIGNAL_RECORDS] = {false, false};
    bool any = false;
    int32_t code = CRMSYNC_OK;
    for (size_t i = 0; i < config->signal_count; i++) {
        bool fits = applies(c, &config->signals[i]);
        any = any || fits;
        wanted[config->signals[i].record] = wanted[config->signals[i].record] || fits;
    }
    if (!any) {
        return stop(c, CRMSYNC_REASON_SIGNAL_UNMAPPED, err);
    }
    for (uint32_t r = 0; code == CRMSYNC_OK && r < CRMI_SIGNAL_RECORDS; r++) {
        const crmi_target *target = wanted[r] ? record_of(c, r) : NULL;
        if (wanted[r] && !target) {
            code = stop(c, r == CRMI_SIGNAL_COMPANY ? CRMSYNC_REASON_WAITING_COMPANY
                                                    : CRMSYNC_REASON_WAITING_PERSON,
                        err);
            continue;
        }
        code = target ? write_fields(c, r, target, err) : CRMSYNC_OK;
        for (size_t i = 0; target && code == CRMSYNC_OK && i < config->signal_count; i++) {
            const crmi_signal_rule *rule = &config->signals[i];
            if (applies(c, rule) && rule->record == r && rule->subject.len) {
                code = make_task(c, i, target, err);
            }
        }
    }
    return code;
}

int32_t crmi_decide_signals(const crmi_decide_env *env, const crmi_signal_input *items,
                            size_t count, crmi_plan *plan, crmsync_error **err)
{
    int32_t code = CRMSYNC_OK;
    for (size_t i = 0; code == CRMSYNC_OK && i < count; i++) {
        signal_case c = {.env = env, .in = &items[i], .plan = plan, .index = i};
        c.name = crmi_str_trim(crmi_record_text(items[i].local, "name"));
        if (!crmi_record_text(items[i].local, "id").len) {
            return crmi_fail(err, CRMSYNC_E_INVALID, "signal %zu has no \"id\"", i);
        }
        code = decide_one(&c, err);
    }
    return code;
}
