/*
 * Which activities used up a limit, the first click of a link, the visits of a day; and which records
 * make up a visit. Remembered before anything is sent, so that a run that dies in between lets the
 * same ones through again.
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
    int64_t now_ms;
} crmi_allowances;

/* What an input is counted under: crmi_activity_allowance() or crmi_activity_session(). */
typedef int32_t (*crmi_allowance_fn)(const crmi_decide_env *env, crmi_record local,
                                     int64_t civil_date, crmi_arena *arena, crmi_allowance *out,
                                     crmsync_error **err);
/* Looks up what the page's inputs are counted under. Everything lives in the arena. */
int32_t crmi_allowances_read(const crmi_store *store, const crmi_decide_env *env,
                             crmi_allowance_fn under, const crmi_activity_input *inputs, size_t n,
                             crmi_arena *arena, crmi_allowances *out, crmsync_error **err);
/* The use of input i, or NULL. */
const crmi_allowance_use *crmi_allowances_of(const crmi_allowances *a, size_t i);
/* Gives the plan's creates their share. */
int32_t crmi_allowances_take(crmi_allowances *a, const crmi_plan *plan, crmsync_error **err);
/* Adds the plan's records to their visits, what stands for one before the others. */
int32_t crmi_allowances_visit(crmi_allowances *a, const crmi_plan *plan, crmsync_error **err);
/* A unit for each that changed. */
void crmi_allowances_put(const crmi_allowances *a, crmi_units *units);

/* The kinds of the index that hold them, for who erases. */
size_t crmi_allowance_kinds(void);
crmsync_str crmi_allowance_kind_at(size_t i);

#endif
