/*
 * Which activities used up a limit: the first click of a link, the visits of a day. Remembered before
 * anything is sent, so that a run that dies in between lets the same ones through again.
 */
#ifndef CRMI_SYNC_ALLOWANCES_H
#define CRMI_SYNC_ALLOWANCES_H

#include "decide/decide.h"
#include "state/index.h"
#include "state/store.h"

/* One limit that activities of the page come under. */
typedef struct crmi_allowance_use {
    crmi_allowance allowance;
    crmi_index_entry stored;
    crmsync_str *ids; /* of those it was given to */
    size_t count, cap;
    bool changed;
} crmi_allowance_use;

typedef struct crmi_allowances {
    crmi_arena *arena;
    crmi_allowance_use *uses;
    size_t count;
    size_t *of; /* per input; (size_t)-1 = not limited */
} crmi_allowances;

/* Looks the page's inputs up and fills their `counted`. Everything lives in the arena. */
int32_t crmi_allowances_read(const crmi_store *store, const crmi_decide_env *env,
                             crmi_activity_input *inputs, size_t n, crmi_arena *arena,
                             crmi_allowances *out, crmsync_error **err);
/* Gives the plan's creates their share. */
int32_t crmi_allowances_take(crmi_allowances *a, const crmi_plan *plan, crmsync_error **err);
/* A unit for each that changed. */
void crmi_allowances_put(const crmi_allowances *a, crmi_units *units);

#endif
