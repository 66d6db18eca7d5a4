/*
 * Who carries a key: accounts by domain, host and name; the host's own records where it does not
 * find them itself. Space 4, <kind>/<key kind>/<key>/<id>; the entry of an id lists its keys, so
 * that old ones can be removed: <kind>/id/<id>.
 */
#ifndef CRMI_STATE_INDEX_H
#define CRMI_STATE_INDEX_H

#include "state/document.h"
#include "state/key.h"

typedef struct crmi_index_key {
    crmsync_str key_kind; /* `email`, `domain`, `host`, `name`, `origin` */
    crmsync_str key;
} crmi_index_key;

typedef struct crmi_index_entry {
    crmsync_str kind, id;
    const crmi_index_key *keys;
    size_t key_count;
    crmsync_str facts; /* a JSON object kept beside (owner, parent, stamp), or empty */
    uint64_t version;  /* 0 = not there */
} crmi_index_entry;

/* Ids that carry the key; arrays and texts live in `arena`. */
int32_t crmi_index_find(const crmi_store *store, crmsync_str kind, crmsync_str key_kind,
                        crmsync_str key, crmi_arena *arena, crmsync_str **ids, size_t *n,
                        crmsync_error **err);
int32_t crmi_index_get(const crmi_store *store, crmsync_str kind, crmsync_str id, crmi_arena *arena,
                       crmi_index_entry *out, crmsync_error **err);
int32_t crmi_index_get_many(const crmi_store *store, crmsync_str kind, const crmsync_str *ids,
                            size_t n, crmi_arena *arena, crmi_index_entry *out,
                            crmsync_error **err);
/* Replaces `old` (as read; version 0 = none) by `entry`; no keys and no facts = remove it. */
void crmi_index_replace(crmi_commit *c, const crmi_index_entry *old, const crmi_index_entry *entry);
bool crmi_index_same_keys(const crmi_index_entry *a, const crmi_index_entry *b); /* in order */
/* Drops the index of a kind. */
int32_t crmi_index_clear(const crmi_store *store, crmsync_str kind, crmsync_error **err);

#endif
