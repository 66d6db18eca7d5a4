/* Erasing what is remembered of one record: what it is found by beside its own kind and id. */
#ifndef CRMI_SYNC_FORGET_H
#define CRMI_SYNC_FORGET_H

#include "state/store.h"

/* Ids of the records of kind `member` that are the person in a campaign, each once; they live in the
 * arena. Reads the log that is retained. */
int32_t crmi_forget_find_members(const crmi_store *store, crmi_arena *arena, crmsync_str person,
                                 crmsync_str **ids, size_t *n, crmsync_error **err);

#endif
