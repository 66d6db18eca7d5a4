/* Children that wait for their parent's link. Space 9,
 * <parent kind>/<parent>/<child kind>/<child>. */
#ifndef CRMI_STATE_WAITING_H
#define CRMI_STATE_WAITING_H

#include "state/document.h"
#include "state/key.h"

typedef struct crmi_waiting {
    crmsync_str parent_kind, parent, child_kind, child;
    crmsync_str reason;
    int64_t since_ms; /* server time, ms */
    uint64_t version;
} crmi_waiting;

void crmi_waiting_put(crmi_commit *c, const crmi_waiting *w);
void crmi_waiting_delete(crmi_commit *c, const crmi_waiting *w);
/* At most `limit` children of that kind (empty = of any) of a parent, in key order behind `after`
 * (NULL = from the first one); a parent kind alone lists those of all parents. */
int32_t crmi_waiting_list(const crmi_store *store, crmsync_str parent_kind, crmsync_str parent,
                          crmsync_str child_kind, const crmi_waiting *after, size_t limit,
                          crmi_arena *arena, crmi_waiting **out, size_t *n, crmsync_error **err);

#endif
