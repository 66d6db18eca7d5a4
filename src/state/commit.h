/* What commits and units share. */
#ifndef CRMI_STATE_COMMIT_H
#define CRMI_STATE_COMMIT_H

#include "state/store.h"

enum { CRMI_CHANGE_EXPECT = 0, CRMI_CHANGE_PUT = 1, CRMI_CHANGE_DELETE = 2 };

/* Commits the changes of some units, in the order they were made; *outcome as crmi_commit_run(). */
int32_t crmi_commit_changes(const crmi_store *store, const crmi_change *const *list, size_t n,
                            uint32_t *outcome, crmsync_error **err);

#endif
