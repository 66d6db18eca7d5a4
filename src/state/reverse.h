/* From a CRM id to the local record; merge losers stay listed. Space 3, key <CRM id18>. */
#ifndef CRMI_STATE_REVERSE_H
#define CRMI_STATE_REVERSE_H

#include "state/document.h"
#include "state/key.h"

typedef struct crmi_reverse {
    crmsync_str crm_id;   /* as asked for */
    crmsync_str kind, id; /* empty = not linked */
    uint64_t version;
} crmi_reverse;

/* Answers n ids in their order, in one snapshot; texts live in `arena`. */
int32_t crmi_reverse_get(const crmi_store *store, const crmsync_str *crm_ids, size_t n,
                         crmi_arena *arena, crmi_reverse *out, crmsync_error **err);
/* `expected`: the version seen, 0 = must not be linked to anybody. */
void crmi_reverse_put(crmi_commit *c, crmsync_str crm_id, crmsync_str kind, crmsync_str id,
                      uint64_t expected);
void crmi_reverse_delete(crmi_commit *c, crmsync_str crm_id);

#endif
