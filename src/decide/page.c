#include "decide/page.h"

void crmi_plan_init(crmi_plan *plan, const crmsync_alloc *alloc)
{
    crmi_arena_init(&plan->arena, alloc);
    plan->items = NULL;
    plan->count = 0;
    plan->cap = 0;
}

static void forget(crmi_plan *plan)
{
    plan->items = NULL;
    plan->count = 0;
    plan->cap = 0;
}

void crmi_plan_clear(crmi_plan *plan)
{
    crmi_arena_clear(&plan->arena);
    forget(plan);
}

void crmi_plan_reset(crmi_plan *plan)
{
    crmi_arena_reset(&plan->arena);
    forget(plan);
}

bool crmi_plan_reserve(crmi_plan *plan, size_t more)
{
    crmi_decision *grown;
    if (plan->cap - plan->count >= more) {
        return true;
    }
    if (more > SIZE_MAX / sizeof(*grown) - plan->count) {
        return false;
    }
    grown = crmi_arena_raw(&plan->arena, (plan->count + more) * sizeof(*grown));
    if (!grown) {
        return false;
    }
    if (plan->count) {
        memcpy(grown, plan->items, plan->count * sizeof(*grown));
    }
    plan->items = grown;
    plan->cap = plan->count + more;
    return true;
}

crmi_decision *crmi_plan_add(crmi_plan *plan)
{
    if (plan->count == plan->cap && !crmi_plan_reserve(plan, plan->cap ? plan->cap : 64)) {
        return NULL;
    }
    crmi_decision *d = &plan->items[plan->count++];
    memset(d, 0, sizeof(*d));
    d->parent = CRMI_NO_DECISION;
    d->same_as = CRMI_NO_DECISION;
    return d;
}

void crmi_decision_settle(crmi_decision *d, uint32_t reason)
{
    d->reason = reason;
    d->outcome = crmsync_reason_outcome(reason);
}

bool crmi_decision_fields(crmi_decision *d, const crmi_fields *fields)
{
    d->fields = fields->items;
    d->field_count = fields->count;
    bool write = crmi_fields_any_out(fields);
    bool take = crmi_fields_take(fields);
    d->crm_op = write ? CRMI_OP_UPDATE : CRMI_OP_NONE;
    d->local_op = take ? CRMI_OP_UPDATE : CRMI_OP_NONE;
    return write || take;
}

bool crmi_decision_claim(crmi_arena *arena, crmi_decision *d, const char *prefix, crmsync_str key)
{
    size_t head = strlen(prefix);
    crmsync_str *grown = crmi_arena_array(arena, d->claim_count + 1, sizeof(*grown));
    char *text = crmi_arena_raw(arena, head + key.len + 1);
    if (!grown || !text) {
        return false;
    }
    memcpy(text, prefix, head);
    if (key.len) {
        memcpy(text + head, key.ptr, key.len);
    }
    text[head + key.len] = '\0';
    if (d->claim_count) {
        memcpy(grown, d->claims, d->claim_count * sizeof(*grown));
    }
    grown[d->claim_count++] = (crmsync_str){text, head + key.len};
    d->claims = grown;
    return true;
}

int64_t crmi_crm_stamp(crmi_record crm)
{
    crmsync_cell stamp = crmi_record_get(crm, CRMI_STR("SystemModstamp"));
    return stamp.type == CRMSYNC_CELL_DATETIME ? stamp.number : 0;
}
