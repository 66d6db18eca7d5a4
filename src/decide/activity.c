/* Activities: one CRM record per slot, a slot being the Lead or the Contact that it is logged to.
 */
#include "decide/activity.h"

#include "decide/page.h"

static const char *const slot_objects[] = {"Contact", "Lead"};

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

/* A Lead's activities move to the Contact when it is converted: both slots are one then. */
static const crmi_target *logged_before_conversion(const crmi_activity_input *in)
{
    bool converted = false;
    for (size_t i = 0; i < in->person->target_count; i++) {
        converted = converted || in->person->targets[i].state == CRMI_TARGET_CONVERTED;
    }
    return converted ? logged(in, CRMI_STR("Lead")) : NULL;
}

/* Slots of the person, Contact first. */
static size_t slots_of(const crmi_decide_env *env, const crmi_activity_input *in,
                       const crmi_target *slots[2])
{
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
    d->object = c->kind ? crmi_str(c->kind->object) : CRMI_STR_EMPTY;
    d->direction = CRMSYNC_DIRECTION_OUT;
    d->input = index;
    crmi_decision_settle(d, reason);
    return d;
}

/* An edit never resends what can only be created, nor moves the record to somebody else. */
static bool create_only(const crmi_activity_case *c, crmsync_str remote)
{
    const crmi_field *field = c->object ? crmi_object_field(c->object, remote) : NULL;
    return crmi_str_is(remote, "TaskSubtype") || crmi_str_is(remote, "WhoId") ||
           crmi_str_is(remote, "OwnerId") || crmi_str_is(remote, "LinkedEntityId") ||
           (field && !(field->flags & CRMI_FIELD_UPDATEABLE));
}

/* Keeps only what changed since we sent it. */
static void keep_changes(const crmi_activity_case *c, const crmi_target *target,
                         crmi_fields *fields)
{
    for (size_t i = 0; i < fields->count; i++) {
        crmi_field_decision *f = &fields->items[i];
        const crmi_shadow *s = crmi_target_shadow(target, f->remote);
        const crmi_field *field = c->object ? crmi_object_field(c->object, f->remote) : NULL;
        f->crm_old = s ? s->c : crmi_cell_null();
        if (create_only(c, f->remote) || (s && crmi_save_equal(field, &s->c, &f->crm_new, NULL))) {
            f->crm_new = crmi_cell_absent();
            f->reason = CRMSYNC_REASON_EQUAL;
            f->base = CRMI_BASE_KEEP;
        }
    }
}

static int32_t edit(const crmi_activity_case *c, size_t index, const crmi_target *target,
                    crmi_plan *plan, crmsync_error **err)
{
    crmi_fields fields;
    bool dead = target->state == CRMI_TARGET_DELETED || target->state == CRMI_TARGET_VANISHED;
    bool same = crmi_str_eq(c->in->link->rev, crmi_record_text(c->in->local, "rev"));
    crmi_decision *d = add(c, index, plan, dead ? CRMSYNC_REASON_TOMBSTONE : CRMSYNC_REASON_LOGGED);
    if (!d) {
        return crmi_fail_nomem(err);
    }
    d->crm_id = target->id;
    d->object = target->object.len ? target->object : d->object;
    d->slot = target->moved_to;
    if (dead || same) {
        return CRMSYNC_OK;
    }
    crmi_fields_init(&fields, &plan->arena, 12);
    int32_t code = crmi_activity_fields(c, &fields, err);
    if (code != CRMSYNC_OK) {
        return code;
    }
    keep_changes(c, target, &fields);
    if (crmi_decision_fields(d, &fields)) {
        crmi_decision_settle(d, CRMSYNC_REASON_UPDATE_FIELDS);
    }
    return CRMSYNC_OK;
}

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

static int32_t create(const crmi_activity_case *c, size_t index, crmsync_str slot, crmi_plan *plan,
                      crmsync_error **err)
{
    crmi_fields fields;
    crmi_fields_init(&fields, &plan->arena, 14);
    int32_t code = crmi_activity_fields(c, &fields, err);
    if (code != CRMSYNC_OK) {
        return code;
    }
    bool nothing = fields.count == 0;
    crmi_decision *d = add(
        c, index, plan, nothing ? CRMSYNC_REASON_NOTHING_TO_LOG : CRMSYNC_REASON_CREATE_NO_MATCH);
    if (!d) {
        return crmi_fail_nomem(err);
    }
    d->slot = slot;
    if (nothing) {
        return CRMSYNC_OK;
    }
    crmi_decision_fields(d, &fields);
    d->crm_op = CRMI_OP_CREATE;
    d->link = true;
    return claim_slot(plan, d, err);
}

static int32_t decide_one(const crmi_decide_env *env, const crmi_activity_input *in, size_t index,
                          crmi_plan *plan, crmsync_error **err)
{
    crmi_activity_case c = {.env = env, .in = in};
    const crmi_target *slots[2] = {NULL, NULL};
    c.kind = crmi_activity_kind_named(crmi_record_text(in->local, "kind"), &c.number);
    bool on = c.kind && env->config->activities.enabled &&
              (env->config->activities.kinds & (1u << c.number));
    if (!on) {
        return add(&c, index, plan, CRMSYNC_REASON_KIND_DISABLED) ? CRMSYNC_OK
                                                                  : crmi_fail_nomem(err);
    }
    size_t count = in->person ? slots_of(env, in, slots) : 0;
    if (!count) {
        bool gone = in->person && in->person->inactive;
        uint32_t reason = gone ? CRMSYNC_REASON_INACTIVE : CRMSYNC_REASON_WAITING_PERSON;
        return add(&c, index, plan, reason) ? CRMSYNC_OK : crmi_fail_nomem(err);
    }
    c.object = crmi_schema_object(env->schema, crmi_str(c.kind->object));
    int32_t code = CRMSYNC_OK;
    for (size_t i = 0; code == CRMSYNC_OK && i < count; i++) {
        bool contact = crmi_str_is(slots[i]->object, slot_objects[0]);
        const crmi_target *target = logged(in, slots[i]->object);
        target = target || !contact ? target : logged_before_conversion(in);
        c.who = slots[i]->id;
        code = target ? edit(&c, index, target, plan, err)
                      : create(&c, index, slots[i]->object, plan, err);
    }
    return code;
}

int32_t crmi_decide_activities(const crmi_decide_env *env, const crmi_activity_input *items,
                               size_t count, crmi_plan *plan, crmsync_error **err)
{
    int32_t code = CRMSYNC_OK;
    for (size_t i = 0; code == CRMSYNC_OK && i < count; i++) {
        if (!items[i].local.rows || !crmi_record_text(items[i].local, "id").len) {
            return crmi_fail(err, CRMSYNC_E_INVALID, "activity %zu has no \"id\"", i);
        }
        code = decide_one(env, &items[i], i, plan, err);
    }
    return code;
}
