/* Operations counted by what they do and why. */
#ifndef CRMI_DECIDE_PLAN_SUMMARY_H
#define CRMI_DECIDE_PLAN_SUMMARY_H

#include "decide/plan_order.h"

typedef struct crmi_tally {
    const char *operation;
    crmsync_str object; /* or the host's kind, when no object is known */
    uint32_t outcome;
    uint32_t reason;
    uint32_t group; /* CRMI_GROUP_* */
    size_t count;
} crmi_tally;

typedef struct crmi_summary {
    crmi_tally *items;
    size_t count;
    size_t cap;
} crmi_summary;

/* Counts the operations in `slots`, the most frequent first; NULL = the first `count` ones. */
int32_t crmi_summarize(const crmsync_plan *plan, const crmi_plan_slot *slots, size_t count,
                       crmi_summary *out, crmsync_error **err);
void crmi_summary_clear(const crmsync_alloc *alloc, crmi_summary *summary);

#endif
