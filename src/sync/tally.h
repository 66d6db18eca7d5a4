/*
 * How many contacts and open opportunities the accounts have that stand beside others of the same
 * domain or name: what the tie-break between them goes by.
 */
#ifndef CRMI_SYNC_TALLY_H
#define CRMI_SYNC_TALLY_H

#include "sync/lookup.h"

/* Starts the call that counts for tied accounts among the looked-up records; *sent false = nobody is
 * tied, so none is needed. */
int32_t crmi_tally_send(crmi_lookup *l, bool *sent, crmsync_error **err);
/* Takes its answer: the records gain ContactCount and OpenOpportunities. What could not be counted
 * is left to the later steps of the tie-break. */
int32_t crmi_tally_take(crmi_lookup *l, crmsync_error **err);

#endif
