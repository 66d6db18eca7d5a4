/*
 * The apply phase: a plan from outside, reviewed or the inverse of a run, is carried out. It is not
 * trusted. An update stands if what it writes over is still there; anything else if the decision made
 * anew is the same one. What does not stand is skipped.
 */
#ifndef CRMI_SYNC_CARRY_OUT_H
#define CRMI_SYNC_CARRY_OUT_H

#include "decide/plan.h"
#include "sync/export.h"

typedef struct crmi_carry_out {
    crmi_export export;        /* first: a page is carried out like an export's */
    const crmsync_plan *given; /* the job's */
    bool *done;                /* per operation of it: counted */
    const char *kind;          /* whose operations are carried out now; NULL = the rest */
    size_t at;                 /* how far the operations of that kind are done */
    size_t *ops;               /* of the page: operations of `given` */
    size_t op_count;
    crmi_plan fresh;           /* what is decided anew of these records */
    crmsync_plan *updates;     /* their updates, held against the records */
    size_t *update_of;         /* per entry of ops: operation of `updates`, or CRMI_NO_DECISION */
} crmi_carry_out;

/* carry_out_check.c: t->updates, from the page's operations, held against what is there now. */
int32_t crmi_carry_out_recheck(crmi_carry_out *t, crmsync_error **err);
/* The decision made anew that is the same as operation `op`, or CRMI_NO_DECISION. */
size_t crmi_carry_out_same(const crmi_carry_out *t, size_t op);
/* An update that stands, on the link and the values as they are. false: it does not. */
bool crmi_carry_out_update(crmi_carry_out *t, const crmi_decision *stands, crmi_decision *out);

#endif
