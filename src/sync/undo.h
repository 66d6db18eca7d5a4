/* Remembering what a run overwrites, and the plan that takes it back. */
#ifndef CRMI_SYNC_UNDO_H
#define CRMI_SYNC_UNDO_H

#include "sync/settle_page.h"

/* Units for what a shipment's settled intents overwrote, from their pre-images, under the run that
 * sent them. Without retention.undo_days: none. */
int32_t crmi_undo_sent(crmi_settle_page *p, crmsync_error **err);
/* The same of saves to the host, committed before they are made: who dies in between has kept a row
 * too many, which no longer fits and is passed over. */
int32_t crmi_undo_saves(crmsync_job *job, const crmi_plan *plan, crmsync_error **err);

#endif
