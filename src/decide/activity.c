/*
 * Activities: one CRM record per slot, a slot being the Lead or the Contact that it is logged to.
 */
#include "decide/activity.h"

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

static int32_t edit(const crmi_activity_case *c, size_t index, crmi_plan *plan, crmsync_error **err)
{
    crmi_fields fields;
    const crmi_target *target = c->target;
    bool dead = target->state == CRMI_TARGET_DELETED || target->state == CRMI_TARGET_VANISHED;
    bool same = crmi_str_eq(c->in->link->rev, crmi_record_text(c->in->local, "rev")) &&
                (!c->visit || c->visit->count == 1);
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
        code = crmi_activity_changes(c, &fields, err);
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
    if (!crmi_record_text(c->in->local, "person_id").len) {
        return CRMSYNC_REASON_INVALID_RECORD;
    }
    if (person && person->inactive) {
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

typedef struct activity_page {
    const crmi_decide_env *env;
    const crmi_activity_input *items;
    size_t count;
    crmi_visits visits;
    uint32_t *refused; /* by an allowance: why */
    crmi_plan *plan;
} activity_page;

static const crmi_visit *visit_of(const activity_page *page, size_t index)
{
    size_t visit = page->visits.of[index];
    return visit == CRMI_NO_DECISION ? NULL : &page->visits.items[visit];
}

/* Is another record of the page logged for it? */
static bool part_of_visit(const activity_page *page, size_t index)
{
    const crmi_visit *visit = visit_of(page, index);
    return visit && visit->leader != index;
}

static int32_t decide_one(const activity_page *page, size_t index, crmsync_error **err)
{
    const crmi_decide_env *env = page->env;
    const crmi_activity_input *in = &page->items[index];
    crmi_plan *plan = page->plan;
    crmi_activity_case c = {.env = env,
                            .in = in,
                            .page = page->items,
                            .visit = visit_of(page, index)};
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
    if (!reason) {
        reason = part_of_visit(page, index) ? CRMSYNC_REASON_PART_OF_VISIT : page->refused[index];
    }
    if (reason) {
        return refuse(&c, index, plan, reason, err);
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
static bool wants_record(const activity_page *page, size_t index)
{
    const crmi_decide_env *env = page->env;
    const crmi_activity_input *in = &page->items[index];
    crmi_activity_case c = {.env = env, .in = in};
    const crmi_target *slots[2] = {NULL, NULL};
    c.kind = crmi_activity_kind_named(crmi_record_text(in->local, "kind"), &c.number);
    size_t count = slots_of(env, in, slots);
    bool there = in->link && in->link->target_count;
    return c.kind && count && !there && !outside(&c, count) && !part_of_visit(page, index);
}

int32_t crmi_decide_activities(const crmi_decide_env *env, const crmi_activity_input *items,
                               size_t count, crmi_plan *plan, crmsync_error **err)
{
    size_t first = plan->count;
    activity_page page = {.env = env, .items = items, .count = count, .plan = plan};
    bool *wanted = crmi_arena_array(&plan->arena, count + 1, sizeof(*wanted));
    page.refused = crmi_arena_array(&plan->arena, count + 1, sizeof(*page.refused));
    if (!wanted || !page.refused) {
        return crmi_fail_nomem(err);
    }
    for (size_t i = 0; i < count; i++) {
        if (!items[i].local.rows || !crmi_record_text(items[i].local, "id").len) {
            return crmi_fail(err, CRMSYNC_E_INVALID, "activity %zu has no \"id\"", i);
        }
    }
    int32_t code = crmi_activity_visits(env, items, count, &plan->arena, &page.visits, err);
    for (size_t i = 0; code == CRMSYNC_OK && i < count; i++) {
        wanted[i] = wants_record(&page, i);
    }
    if (code == CRMSYNC_OK) {
        code = crmi_activity_admit(env, items, count, wanted, page.refused, &plan->arena, err);
    }
    for (size_t i = 0; code == CRMSYNC_OK && i < count; i++) {
        code = decide_one(&page, i, err);
    }
    return code == CRMSYNC_OK ? crmi_activity_order(items, plan, first, err) : code;
}
