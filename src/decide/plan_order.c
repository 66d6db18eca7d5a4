#include "decide/plan_order.h"

#include <stdlib.h>

#include "base/map.h"

static const char *const words[CRMI_GROUP_LAST] = {
    [CRMI_GROUP_CREATE] = "to create", [CRMI_GROUP_UPDATE] = "to update",
    [CRMI_GROUP_LINK] = "to link",     [CRMI_GROUP_DEACTIVATE] = "to deactivate",
    [CRMI_GROUP_FAILED] = "failed",    [CRMI_GROUP_HELD] = "held",
    [CRMI_GROUP_UNKNOWN] = "in doubt", [CRMI_GROUP_EXCLUDED] = "taken out",
    [CRMI_GROUP_SKIPPED] = "skipped",  [CRMI_GROUP_UNCHANGED] = "unchanged",
};

/* Of operations that do nothing. */
static const struct {
    uint32_t outcome, group;
} idle[] = {
    {CRMSYNC_OUTCOME_FAILED, CRMI_GROUP_FAILED},
    {CRMSYNC_OUTCOME_HELD, CRMI_GROUP_HELD},
    {CRMSYNC_OUTCOME_UNKNOWN, CRMI_GROUP_UNKNOWN},
    {CRMSYNC_OUTCOME_SKIPPED, CRMI_GROUP_SKIPPED},
};

const char *crmi_group_words(uint32_t group)
{
    return group < CRMI_GROUP_LAST ? words[group] : "";
}

crmsync_str crmi_plan_object(const crmi_decision *d)
{
    return d->object.len ? d->object : d->kind;
}

uint32_t crmi_plan_group(const crmsync_plan *plan, size_t i)
{
    const crmi_decision *d = &plan->page->items[i];
    if (crmi_plan_excluded(plan, i)) {
        return CRMI_GROUP_EXCLUDED;
    }
    if (d->crm_op == CRMI_OP_CREATE || d->local_op == CRMI_OP_CREATE) {
        return CRMI_GROUP_CREATE;
    }
    if (d->local_op == CRMI_OP_DEACTIVATE) {
        return CRMI_GROUP_DEACTIVATE;
    }
    if (d->crm_op == CRMI_OP_UPDATE || d->local_op == CRMI_OP_UPDATE) {
        return CRMI_GROUP_UPDATE;
    }
    for (size_t k = 0; k < sizeof(idle) / sizeof(idle[0]); k++) {
        if (d->outcome == idle[k].outcome) {
            return idle[k].group;
        }
    }
    return d->link ? CRMI_GROUP_LINK : CRMI_GROUP_UNCHANGED;
}

static int by_group(const void *a, const void *b)
{
    const crmi_plan_slot *x = a;
    const crmi_plan_slot *y = b;
    if (x->group != y->group) {
        return x->group < y->group ? -1 : 1;
    }
    if (x->object != y->object) {
        return x->object < y->object ? -1 : 1;
    }
    return x->index < y->index ? -1 : 1;
}

crmi_plan_slot *crmi_plan_order(const crmsync_plan *plan, crmi_arena *arena)
{
    size_t n = plan->page->count;
    crmi_plan_slot *slots = crmi_arena_array(arena, n + 1, sizeof(*slots));
    crmi_map objects;
    bool ok = slots != NULL;
    crmi_map_init(&objects, &plan->alloc);
    for (size_t i = 0; ok && i < n; i++) {
        crmsync_str object = crmi_plan_object(&plan->page->items[i]);
        size_t first = i;
        if (object.len && !crmi_map_get_index(&objects, object, &first)) {
            ok = crmi_map_put_index(&objects, object, i);
        }
        slots[i] = (crmi_plan_slot){i, first, crmi_plan_group(plan, i)};
    }
    crmi_map_clear(&objects);
    if (ok && n) {
        qsort(slots, n, sizeof(*slots), by_group);
    }
    return ok ? slots : NULL;
}
