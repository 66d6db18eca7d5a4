/* Accounts by the keys that are kept of them here, without a call to the org. */
#ifndef CRMI_SYNC_MATCH_ACCOUNT_H
#define CRMI_SYNC_MATCH_ACCOUNT_H

#include <crmsync/lookup.h>

#include "sync/workspace.h"

#define CRMI_ACCOUNT_HITS 16 /* of one row */
enum { CRMI_ACCOUNT_KEYS = 4 }; /* host, domain, e-mail domain, name */

typedef struct crmi_account_hit {
    crmsync_str id;
    uint32_t rule; /* CRMSYNC_REASON_MATCH_* */
} crmi_account_hit;

/* How new the index is: server time up to which accounts were read; 0 = never. */
int32_t crmi_account_index_as_of(const crmsync_workspace *ws, int64_t *as_of, bool *whole,
                                 crmsync_error **err);
/* The keys of a row with `website`, `domain`, `email`, `name`; those that say nothing are empty. */
int32_t crmi_account_keys_of(const crmsync_workspace *ws, crmi_record row, crmi_arena *arena,
                             crmsync_str keys[CRMI_ACCOUNT_KEYS], crmsync_error **err);
/* Accounts of a row, the strongest rule first. */
int32_t crmi_account_find(const crmsync_workspace *ws, crmi_record row, crmi_arena *arena,
                          crmi_account_hit *hits, size_t most, size_t *n, crmsync_error **err);

#endif
