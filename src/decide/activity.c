/*
 * Activities: one CRM record per slot, a slot being the Lead or the Contact that it is logged to.
 */
#include "decide/activity.h"

#include <stdlib.h>

#include "base/time.h"
#include "decide/page.h"

static const char *const slot_objects[] = {"Contact", "Lead"};

/* ---- slots ---- */

/* Stored in the target's moved_to while it is live: which slot the record was logged for. */
static const crmi_target *logged(const crmi_activity_input *in, crmsync_str slot)
{
    for (size_t i = 0; in->link && i < in->link->target_count; i++) {
        const crmi_target *t = &in->link->targets[i];
        bool here =
            crmi_str_eq(t->moved_to, slot) || (!t->moved_to.len && in->link->target_count == 1);
        if (here) {
            return t;
        }
    }
    return NULL;
}

static bool was_converted(const crmi_link *person)
{
    for (size_t i = 0; i < person->target_count; i++) {
        if (person->targets[i].state == CRMI_TARGET_CONVERTED) {
            return true;
        }
    }
    return false;
}

/*
 * The record that stands for a slot. A Lead's activities move to the Contact when it is converted:
 * both slots are one then. And where a person has one slot, what was logged for the other one
 * before stays the one record of the activity.
 */
static const crmi_target *target_of(const crmi_activity_input *in, crmsync_str slot, size_t slots)
{
    const crmi_target *own = logged(in, slot);
    bool contact = crmi_str_is(slot, slot_objects[0]);
    if (own || (slots > 1 && !(contact && was_converted(in->person)))) {
        return own;
    }
    return logged(in, crmi_str(slot_objects[contact ? 1 : 0]));
}

/* Slots of the person, Contact first. */
static size_t slots_of(const crmi_decide_env *env, const crmi_activity_input *in,
                       const crmi_target *slots[2])
{
    if (!in->person) {
        return 0;
    }
    const crmi_target *contact = crmi_link_object(in->person, slot_objects[0]);
    const crmi_target *lead = crmi_link_object(in->person, slot_objects[1]);
    uint32_t both = env->config->activities.both;
    if (!contact || !lead) {
        slots[0] = contact ? contact : lead;
        return slots[0] ? 1 : 0;
    }
    slots[0] = both == CRMI_BOTH_LEAD ? lead : contact;
    slots[1] = lead;
    return both == CRMI_BOTH_EACH ? 2 : 1;
}

/* ---- one decision ---- */

static crmi_decision *add(const crmi_activity_case *c, size_t index, crmi_plan *plan,
                          uint32_t reason)
{
    crmi_decision *d = crmi_plan_add(plan);
    if (!d) {
        return NULL;
    }
    d->kind = crmsync_rows_kind(c->in->local.rows);
    d->local_id = crmi_record_text(c->in->local, "id");
    d->rev = crmi_record_text(c->in->local, "rev");
    d->object = c->kind ? crmi_str(crmi_log_object_name(c->log)) : CRMI_STR_EMPTY;
    d->direction = CRMSYNC_DIRECTION_OUT;
    d->input = index;
    crmi_decision_settle(d, reason);
    return d;
}

static int32_t refuse(const crmi_activity_case *c, size_t index, crmi_plan *plan, uint32_t reason,
                      crmsync_error **err)
{
    return add(c, index, plan, reason) ? CRMSYNC_OK : crmi_fail_nomem(err);
}

/* A kind that nobody knows: the nearest one is named, for it is likely a slip. */
static int32_t unknown_kind(const crmi_activity_case *c, size_t index, crmi_plan *plan,
                            crmsync_error **err)
{
    crmi_buf b;
    crmsync_str kind = crmi_record_text(c->in->local, "kind");
    crmi_decision *d = add(c, index, plan, CRMSYNC_REASON_KIND_UNKNOWN);
    crmi_buf_init(&b, plan->arena.alloc);
    crmi_buf_fmt(&b, "\"%.*s\"; the nearest kind is \"%s\"", CRMI_SPELL(kind),
                 crmi_activity_kind_nearest(kind));
    bool ok = d && crmi_buf_ok(&b) && crmi_arena_str(&plan->arena, crmi_buf_str(&b), &d->detail);
    crmi_buf_clear(&b);
    return ok ? CRMSYNC_OK : crmi_fail_nomem(err);
}

/* ---- edits ---- */

/* An edit never resends what can only be created, nor moves the record to somebody else. */
static bool create_only(const crmi_activity_case *c, crmsync_str remote)
{
    static const char *const names[] = {"TaskSubtype", "WhoId", "WhatId", "OwnerId",
                                        "LinkedEntityId"};
    const crmi_field *field = c->object ? crmi_object_field(c->object, remote) : NULL;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (crmi_str_is(remote, names[i])) {
            return true;
        }
    }
    return field && !(field->flags & CRMI_FIELD_UPDATEABLE);
}

/* Is it what we sent last? Of long texts the shadow holds a digest. */
static int32_t as_sent(const crmi_activity_case *c, const crmi_shadow *s,
                       const crmi_field_decision *f, crmi_arena *arena, bool *same,
                       crmsync_error **err)
{
    bool content = crmi_str_is(f->remote, "Content"); /* sent as base64: the text itself counts */
    const crmi_field *field = c->object ? crmi_object_field(c->object, f->remote) : NULL;
    crmsync_cell kept;
    if (!crmi_shadow_keep(arena, content ? &f->local_old : &f->crm_new, &kept)) {
        return crmi_fail_nomem(err);
    }
    *same = content ? crmi_cell_same(&s->l, &kept) : crmi_save_equal(field, &s->c, &kept, NULL);
    return CRMSYNC_OK;
}

/* Keeps only what changed since we sent it. */
static int32_t keep_changes(const crmi_activity_case *c, crmi_fields *fields, crmsync_error **err)
{
    for (size_t i = 0; i < fields->count; i++) {
        crmi_field_decision *f = &fields->items[i];
        const crmi_shadow *s = crmi_target_shadow(c->target, f->remote);
        bool same = create_only(c, f->remote);
        if (!same && s) {
            int32_t code = as_sent(c, s, f, fields->arena, &same, err);
            if (code != CRMSYNC_OK) {
                return code;
            }
        }
        f->crm_old = !s                              ? crmi_cell_null()
                     : crmi_shadow_digested(&s->c) ? crmi_cell_absent()
                                                   : s->c;
        if (same) {
            f->crm_new = crmi_cell_absent();
            f->reason = CRMSYNC_REASON_EQUAL;
            f->base = CRMI_BASE_KEEP;
        }
    }
    return CRMSYNC_OK;
}

/* What the host's activity says no more is emptied. */
static int32_t clear_gone(const crmi_activity_case *c, crmi_fields *fields, crmsync_error **err)
{
    for (size_t i = 0; i < c->target->shadow_count; i++) {
        const crmi_shadow *s = &c->target->shadows[i];
        const crmi_field *field = c->object ? crmi_object_field(c->object, s->remote) : NULL;
        bool clears = field && (field->flags & CRMI_FIELD_NILLABLE);
        if (!clears || crmi_cell_blank(&s->c) || create_only(c, s->remote) ||
            crmi_fields_find(fields, s->remote)) {
            continue;
        }
        crmi_field_decision *f = crmi_fields_add(fields, CRMI_STR_EMPTY, s->remote);
        if (!f) {
            return crmi_fail_nomem(err);
        }
        f->crm_old = crmi_shadow_digested(&s->c) ? crmi_cell_absent() : s->c;
        f->local_old = crmi_cell_null();
        f->crm_new = crmi_cell_null();
        f->reason = CRMSYNC_REASON_LOCAL_CLEARED;
        f->base = CRMI_BASE_SENT;
    }
    return CRMSYNC_OK;
}

static int32_t edit(const crmi_activity_case *c, size_t index, crmi_plan *plan, crmsync_error **err)
{
    crmi_fields fields;
    const crmi_target *target = c->target;
    bool dead = target->state == CRMI_TARGET_DELETED || target->state == CRMI_TARGET_VANISHED;
    bool same = crmi_str_eq(c->in->link->rev, crmi_record_text(c->in->local, "rev"));
    crmi_decision *d = add(c, index, plan, dead ? CRMSYNC_REASON_TOMBSTONE : CRMSYNC_REASON_LOGGED);
    if (!d) {
        return crmi_fail_nomem(err);
    }
    d->crm_id = target->id;
    d->slot = target->moved_to;
    if (dead || same) {
        return CRMSYNC_OK;
    }
    crmi_fields_init(&fields, &plan->arena, 14);
    int32_t code = crmi_activity_fields(c, &fields, err);
    if (code == CRMSYNC_OK) {
        code = keep_changes(c, &fields, err);
    }
    if (code == CRMSYNC_OK) {
        code = clear_gone(c, &fields, err);
    }
    if (code == CRMSYNC_OK && crmi_decision_fields(d, &fields)) {
        crmi_decision_settle(d, CRMSYNC_REASON_UPDATE_FIELDS);
    }
    return code;
}

/* ---- creates ---- */

static int32_t claim_slot(crmi_plan *plan, crmi_decision *d, crmsync_error **err)
{
    crmi_buf b;
    crmi_buf_init(&b, plan->arena.alloc);
    crmi_buf_fmt(&b, "%.*s/%.*s", CRMI_SPELL(d->local_id), CRMI_SPELL(d->slot));
    bool ok =
        crmi_buf_ok(&b) && crmi_decision_claim(&plan->arena, d, "activity/slot/", crmi_buf_str(&b));
    crmi_buf_clear(&b);
    return ok ? CRMSYNC_OK : crmi_fail_nomem(err);
}

/* What keeps a record from being made, or 0. */
static uint32_t obstacle(const crmi_activity_case *c)
{
    const crmi_decide_env *env = c->env;
    const char *object = crmi_log_object_name(c->log);
    crmsync_cell at = crmi_record_get(c->in->local, CRMI_STR("at"));
    if (env->schema && (!c->object || !c->object->createable)) {
        return CRMSYNC_REASON_OBJECT_MISSING;
    }
    if (c->log == CRMI_LOG_EVENT && crmi_cell_blank(&at)) {
        return CRMSYNC_REASON_TIME_MISSING;
    }
    return crmi_owner_of(env, c->in->local, object).refused ? CRMSYNC_REASON_OWNER_REQUIRED : 0;
}

static int32_t create(const crmi_activity_case *c, size_t index, crmsync_str slot, crmi_plan *plan,
                      crmsync_error **err)
{
    crmi_fields fields;
    uint32_t held = obstacle(c);
    crmi_fields_init(&fields, &plan->arena, 14);
    int32_t code = held ? CRMSYNC_OK : crmi_activity_fields(c, &fields, err);
    if (code != CRMSYNC_OK) {
        return code;
    }
    uint32_t reason = held           ? held
                      : fields.count ? CRMSYNC_REASON_CREATE_NO_MATCH
                                     : CRMSYNC_REASON_NOTHING_TO_LOG;
    crmi_decision *d = add(c, index, plan, reason);
    if (!d) {
        return crmi_fail_nomem(err);
    }
    d->slot = slot;
    if (reason != CRMSYNC_REASON_CREATE_NO_MATCH) {
        return CRMSYNC_OK;
    }
    crmi_decision_fields(d, &fields);
    d->crm_op = CRMI_OP_CREATE;
    d->link = true;
    return claim_slot(plan, d, err);
}

/* ---- one activity ---- */

/* It waits for its person, though neither for ever nor in any number. */
static uint32_t waiting_reason(const crmi_decide_env *env, const crmi_activity_input *in)
{
    const crmi_activity_rule *rule = &env->config->activities;
    int64_t most = (int64_t)rule->park_days * CRMI_DAY_MS;
    if (most && in->waiting_since && env->now_ms - in->waiting_since > most) {
        return CRMSYNC_REASON_PARK_EXPIRED;
    }
    if (rule->park_max && !in->waiting_since && in->waiting_others >= rule->park_max) {
        return CRMSYNC_REASON_PARK_FULL;
    }
    return CRMSYNC_REASON_WAITING_PERSON;
}

/* Why none of the slots is written; 0 = it goes on. */
static uint32_t outside(const crmi_activity_case *c, size_t slots)
{
    const crmi_activity_rule *rule = &c->env->config->activities;
    const crmi_link *person = c->in->person;
    if (!rule->enabled || !(rule->kinds & (1u << c->number))) {
        return CRMSYNC_REASON_KIND_DISABLED;
    }
    if (!slots && person && person->inactive) {
        return CRMSYNC_REASON_INACTIVE;
    }
    uint32_t waiting = waiting_reason(c->env, c->in);
    return slots && waiting != CRMSYNC_REASON_PARK_EXPIRED ? 0 : waiting;
}

/* It stays what it was made as, whatever is configured by now. */
static void log_as(crmi_activity_case *c, const crmi_target *target)
{
    c->target = target;
    c->log = c->env->config->activities.objects[c->number];
    for (uint32_t i = 0; target && i < CRMI_LOG_LAST; i++) {
        if (crmi_str_is(target->object, crmi_log_object_name(i))) {
            c->log = i;
        }
    }
    c->object = crmi_schema_object(c->env->schema, crmi_str(crmi_log_object_name(c->log)));
}

static int32_t decide_one(const crmi_decide_env *env, const crmi_activity_input *in, size_t index,
                          uint32_t refused, crmi_plan *plan, crmsync_error **err)
{
    crmi_activity_case c = {.env = env, .in = in};
    const crmi_target *slots[2] = {NULL, NULL};
    c.kind = crmi_activity_kind_named(crmi_record_text(in->local, "kind"), &c.number);
    if (!c.kind) {
        return env->config->activities.enabled
                   ? unknown_kind(&c, index, plan, err)
                   : refuse(&c, index, plan, CRMSYNC_REASON_KIND_DISABLED, err);
    }
    c.redacted = crmi_record_flag(in->local, "redact");
    log_as(&c, NULL);
    size_t count = slots_of(env, in, slots);
    uint32_t reason = outside(&c, count);
    if (reason || refused) {
        return refuse(&c, index, plan, reason ? reason : refused, err);
    }
    int32_t code = CRMSYNC_OK;
    for (size_t i = 0; code == CRMSYNC_OK && i < count; i++) {
        crmsync_str slot = slots[i]->object;
        log_as(&c, target_of(in, slot, count));
        c.who = slots[i]->id;
        c.contact = crmi_str_is(slot, slot_objects[0]);
        code = c.target ? edit(&c, index, plan, err) : create(&c, index, slot, plan, err);
    }
    return code;
}

/* ---- the page ---- */

/* Would it be made, if nothing but its allowance is looked at? */
static bool wants_record(const crmi_decide_env *env, const crmi_activity_input *in)
{
    crmi_activity_case c = {.env = env, .in = in};
    const crmi_target *slots[2] = {NULL, NULL};
    c.kind = crmi_activity_kind_named(crmi_record_text(in->local, "kind"), &c.number);
    size_t count = slots_of(env, in, slots);
    bool there = in->link && in->link->target_count;
    return c.kind && count && !there && !outside(&c, count);
}

/* Where a decision stands in the order of sending. */
typedef struct place {
    bool locks; /* an open Task or an Event locks the account of its contact */
    crmsync_str account, who;
    size_t index;
    crmi_decision decision;
} place;

static int by_account(const void *a, const void *b)
{
    const place *x = a, *y = b;
    if (x->locks != y->locks) {
        return x->locks ? 1 : -1;
    }
    int order = x->locks ? crmi_str_cmp(x->account, y->account) : 0;
    order = order || !x->locks ? order : crmi_str_cmp(x->who, y->who);
    return order ? order : x->index < y->index ? -1 : x->index > y->index;
}

static crmsync_str sent_text(const crmi_decision *d, const char *remote)
{
    for (size_t i = 0; i < d->field_count; i++) {
        if (crmi_str_is(d->fields[i].remote, remote)) {
            return d->fields[i].crm_new.text;
        }
    }
    return CRMI_STR_EMPTY;
}

/* Only a Task that is made closed leaves the account alone. */
static bool locks_account(const crmi_activity_input *in, const crmi_decision *d)
{
    uint32_t number = CRMI_ACTIVITY_LAST;
    const crmi_activity_kind *kind =
        crmi_activity_kind_named(crmi_record_text(in->local, "kind"), &number);
    bool closed = kind && (kind->done || crmi_record_flag(in->local, "done"));
    return d->crm_op != CRMI_OP_NONE && (crmi_str_is(d->object, "Event") || !closed);
}

static int32_t put_in_order(const crmi_activity_input *items, crmi_plan *plan, size_t first,
                            crmsync_error **err)
{
    size_t n = plan->count - first;
    place *places = crmi_arena_array(&plan->arena, n + 1, sizeof(*places));
    if (!places) {
        return crmi_fail_nomem(err);
    }
    for (size_t i = 0; i < n; i++) {
        const crmi_decision *d = &plan->items[first + i];
        places[i] = (place){.locks = locks_account(&items[d->input], d),
                            .account = items[d->input].account,
                            .who = sent_text(d, "WhoId"),
                            .index = i,
                            .decision = *d};
    }
    qsort(places, n, sizeof(*places), by_account);
    for (size_t i = 0; i < n; i++) {
        plan->items[first + i] = places[i].decision;
    }
    return CRMSYNC_OK;
}

int32_t crmi_decide_activities(const crmi_decide_env *env, const crmi_activity_input *items,
                               size_t count, crmi_plan *plan, crmsync_error **err)
{
    size_t first = plan->count;
    bool *wanted = crmi_arena_array(&plan->arena, count + 1, sizeof(*wanted));
    uint32_t *refused = crmi_arena_array(&plan->arena, count + 1, sizeof(*refused));
    if (!wanted || !refused) {
        return crmi_fail_nomem(err);
    }
    for (size_t i = 0; i < count; i++) {
        if (!items[i].local.rows || !crmi_record_text(items[i].local, "id").len) {
            return crmi_fail(err, CRMSYNC_E_INVALID, "activity %zu has no \"id\"", i);
        }
        wanted[i] = wants_record(env, &items[i]);
    }
    int32_t code = crmi_activity_admit(env, items, count, wanted, refused, &plan->arena, err);
    for (size_t i = 0; code == CRMSYNC_OK && i < count; i++) {
        code = decide_one(env, &items[i], i, refused[i], plan, err);
    }
    return code == CRMSYNC_OK ? put_in_order(items, plan, first, err) : code;
}
