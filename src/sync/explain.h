/* Telling a person what is known of one record, and why it is as it is. */
#ifndef CRMI_SYNC_EXPLAIN_H
#define CRMI_SYNC_EXPLAIN_H

#include "base/json.h"
#include "state/dead.h"
#include "state/link.h"
#include "sync/records.h"
#include "sync/workspace.h"

/* One record as the store and the host know it. */
typedef struct crmi_explained {
    crmsync_workspace *ws;
    crmsync_str kind, id;
    crmi_arena *arena;
    const crmi_link *link; /* version 0 = none */
    const crmi_dead *dead; /* version 0 = none */
    crmi_record local;     /* {NULL,0} = the host has none */
    bool queued;
} crmi_explained;

/*
 * Writes the steps: what the configuration enables, what a run would decide by what is remembered
 * of the CRM side, and what became of it so far. Asks the host for the company of a person.
 */
int32_t crmi_explain_steps(const crmi_explained *e, crmi_jw *w, crmsync_error **err);

#endif
