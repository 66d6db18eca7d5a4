/* Records that failed for good, until they or the configuration change. Space 14,
 * <class>/<kind>/<id>. */
#ifndef CRMI_STATE_DEAD_H
#define CRMI_STATE_DEAD_H

#include "state/document.h"
#include "state/key.h"

typedef struct crmi_dead {
    crmsync_str kind, id;
    uint32_t error_class; /* CRMSYNC_CLASS_* */
    crmsync_str object, crm_id, op;
    crmsync_str reason, code, message, remedy;
    crmsync_str rev;  /* the host's revision that failed */
    uint64_t mapping; /* digest of the configuration it failed under */
    int64_t time_ms;  /* wall */
    uint32_t attempts;
    uint64_t version;
} crmi_dead;

void crmi_dead_put(crmi_commit *c, const crmi_dead *dead);
/* By its class, kind and id: read it first, or use _delete_all. */
void crmi_dead_delete(crmi_commit *c, const crmi_dead *dead);
/* Of every class: 13 items, so in a commit or unit of its own. */
void crmi_dead_delete_all(crmi_commit *c, crmsync_str kind, crmsync_str id);
/* The first found of a record; version 0 = not there. */
int32_t crmi_dead_get(const crmi_store *store, crmsync_str kind, crmsync_str id, crmi_arena *arena,
                      crmi_dead *out, crmsync_error **err);
typedef int32_t (*crmi_dead_fn)(void *ctx, const crmi_dead *dead, crmsync_error **err);
/* Of one class; CRMSYNC_CLASS_NONE = of all. */
int32_t crmi_dead_each(const crmi_store *store, uint32_t error_class, crmi_dead_fn visit, void *ctx,
                       crmsync_error **err);

#endif
