/* Operations in the order a person reads them: by what is done, then by object. */
#ifndef CRMI_DECIDE_PLAN_ORDER_H
#define CRMI_DECIDE_PLAN_ORDER_H

#include "decide/plan.h"

/* What is done, as a person is told. */
enum {
    CRMI_GROUP_CREATE,
    CRMI_GROUP_UPDATE,
    CRMI_GROUP_DEACTIVATE,
    CRMI_GROUP_LINK,
    CRMI_GROUP_FAILED,
    CRMI_GROUP_HELD,
    CRMI_GROUP_UNKNOWN,
    CRMI_GROUP_EXCLUDED,
    CRMI_GROUP_SKIPPED,
    CRMI_GROUP_UNCHANGED,
    CRMI_GROUP_LAST
};

typedef struct crmi_plan_slot {
    size_t index;  /* of the operation */
    size_t object; /* rank of its object: that of the first operation with it */
    uint32_t group;
} crmi_plan_slot;

/* As many as the plan has operations; from the arena. NULL = no memory. */
crmi_plan_slot *crmi_plan_order(const crmsync_plan *plan, crmi_arena *arena);
uint32_t crmi_plan_group(const crmsync_plan *plan, size_t i);
const char *crmi_group_words(uint32_t group); /* "to create", "held" */
/* The Salesforce object, or the host's kind when there is none. */
crmsync_str crmi_plan_object(const crmi_decision *d);

#endif
