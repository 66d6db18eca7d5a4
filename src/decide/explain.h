/*
 * Why a record was treated as it was, as steps in the order they are taken. A step is an object of
 * JSON: step, answer, object, local, remote, reason, text, remedy, detail; empty members are left
 * out. docs/plan.md lists them.
 */
#ifndef CRMI_DECIDE_EXPLAIN_H
#define CRMI_DECIDE_EXPLAIN_H

#include "base/json.h"
#include "decide/decide.h"

typedef struct crmi_step {
    const char *step;
    const char *answer;
    crmsync_str object, local, remote;
    uint32_t reason;  /* gives text and remedy where those are NULL */
    const char *text; /* static */
    crmsync_str remedy;
    crmsync_str detail;
} crmi_step;

/* Writes one step into an open array. */
void crmi_step_write(crmi_jw *w, const crmi_step *step);
/* The steps of one decision, from "is the record there" to each field and the result. */
void crmi_explain_decision(crmi_jw *w, const crmi_decision *d);
/* What the configuration lets happen to records of a local kind, object by object. */
void crmi_explain_directions(crmi_jw *w, const crmsync_config *config, crmsync_str kind);
/* Fields of the local record that the mapping of `object` does not know. */
void crmi_explain_unmapped(crmi_jw *w, const crmsync_config *config, crmsync_str object,
                           crmi_record local);

#endif
