/* What one activity looks like in Salesforce. */
#ifndef CRMI_DECIDE_ACTIVITY_H
#define CRMI_DECIDE_ACTIVITY_H

#include "decide/merge.h"
#include "decide/policy.h"

typedef struct crmi_activity_case {
    const crmi_decide_env *env;
    const crmi_activity_input *in;
    const crmi_activity_kind *kind;
    uint32_t number; /* CRMI_ACTIVITY_* */
    const crmi_object *object;
    crmsync_str who; /* the slot's record */
} crmi_activity_case;

/* Adds what the record shall hold; nothing when there is nothing to tell. CRMSYNC_E_NOMEM. */
int32_t crmi_activity_fields(const crmi_activity_case *c, crmi_fields *fields, crmsync_error **err);

#endif
