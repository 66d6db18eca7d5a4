/* The public plan from the inside: a page of decisions, owned or borrowed. */
#ifndef CRMI_DECIDE_PLAN_H
#define CRMI_DECIDE_PLAN_H

#include <crmsync/plan.h>

#include "decide/decide.h"

#define CRMI_PLAN_MAX_OPS 10000u

struct crmsync_plan {
    crmsync_alloc alloc;
    const crmi_plan *page; /* &own, or borrowed */
    crmi_plan own;
    crmi_record *records;  /* inputs of an offline plan; they point into own.arena */
    crmsync_rows **inputs; /* freed with the plan */
    size_t input_count;
    bool *excluded; /* one per operation */
};

/* A plan over a page that the caller keeps alive and unchanged. */
int32_t crmi_plan_wrap(const crmsync_alloc *alloc, const crmi_plan *page, crmsync_plan **out,
                       crmsync_error **err);
/* An empty plan that owns its page. Fill own, then call crmi_plan_seal(). */
int32_t crmi_plan_owned(const crmsync_alloc *alloc, crmsync_plan **out, crmsync_error **err);
int32_t crmi_plan_seal(crmsync_plan *plan, crmsync_error **err);
/* Taken out by the reviewer, or dependent on one that is. */
bool crmi_plan_excluded(const crmsync_plan *plan, size_t i);
/* One word for what a decision does: create, update, link, deactivate, none. */
const char *crmi_decision_word(const crmi_decision *d);

#endif
