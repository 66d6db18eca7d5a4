/*
 * The index that stands in for `records.find` of a host without that hook: which of the host's
 * records carry an origin, an e-mail address, a domain, a name. Fed by the host's change feed,
 * through a position of its own. A hit is a candidate: the record may have changed since.
 */
#ifndef CRMI_SYNC_LOCAL_INDEX_H
#define CRMI_SYNC_LOCAL_INDEX_H

#include "sync/workspace.h"

/* Keys of a local record, the strongest first. */
enum { CRMI_LOCAL_ORIGIN, CRMI_LOCAL_EMAIL, CRMI_LOCAL_DOMAIN, CRMI_LOCAL_NAME, CRMI_LOCAL_KEYS };

const char *crmi_local_key_kind(uint32_t key); /* as `find` is asked */
/* The keys of a record; those it does not have are empty. */
int32_t crmi_local_keys(const crmi_decide_env *env, crmsync_str kind, crmi_record record,
                        crmi_arena *arena, crmsync_str keys[CRMI_LOCAL_KEYS], crmsync_error **err);

/* Is the index ours to keep? */
bool crmi_local_index_kept(const crmsync_workspace *ws);
/* Takes in one page of the feed; *more tells whether another one waits. */
int32_t crmi_local_index_read(crmsync_workspace *ws, crmsync_str kind, bool *more,
                              crmsync_error **err);
/* Ids of all records that carry the key; they live in the arena. */
int32_t crmi_local_index_find(crmsync_workspace *ws, crmsync_str kind, uint32_t key,
                              crmsync_str value, crmi_arena *arena, crmsync_str **ids, size_t *n,
                              crmsync_error **err);

#endif
