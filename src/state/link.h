/*
 * The link in the store: space 2, key <kind>/<local id>. The values themselves are model/link.h's.
 */
#ifndef CRMI_STATE_LINK_H
#define CRMI_STATE_LINK_H

#include "model/link.h"
#include "state/document.h"
#include "state/key.h"

void crmi_link_encode(const crmi_link *link, crmi_buf *out);
/* Replaces *link; texts live in the arena. CRMSYNC_E_CORRUPT with the key as where. */
int32_t crmi_link_decode(crmi_arena *arena, const crmsync_kv_item *item, crmi_link *link,
                         crmsync_error **err);
/* The same beside a link that was decoded into the same arena before: their fields are the same as a
 * rule, and names are kept once. NULL = none. */
int32_t crmi_link_decode_like(crmi_arena *arena, const crmsync_kv_item *item,
                              const crmi_link *like, crmi_link *link, crmsync_error **err);

crmi_key crmi_link_key(crmsync_str kind, crmsync_str id);
/* Not there: CRMSYNC_OK with version 0, kind and id set. */
int32_t crmi_link_get(const crmi_store *store, crmi_arena *arena, crmsync_str kind, crmsync_str id,
                      crmi_link *link, crmsync_error **err);
/* Answered in the order of the ids, in one snapshot. */
int32_t crmi_link_get_many(const crmi_store *store, crmi_arena *arena, crmsync_str kind,
                           const crmsync_str *ids, size_t n, crmi_link *links, crmsync_error **err);
/* Both expect the version that the link was read with. */
void crmi_link_put(crmi_commit *c, const crmi_link *link);
void crmi_link_delete(crmi_commit *c, const crmi_link *link);
/* After an OK: the link takes its new version, 0 when it was deleted. */
void crmi_link_committed(const crmi_commit *c, crmi_link *link);

/* Every link of a kind (empty = of all); it lives during the call; CRMI_VISIT_STOP ends it. */
typedef int32_t (*crmi_link_fn)(void *ctx, crmi_link *link, crmsync_error **err);
int32_t crmi_link_each(const crmi_store *store, crmsync_str kind, crmi_link_fn visit, void *ctx,
                       crmsync_error **err);

#endif
