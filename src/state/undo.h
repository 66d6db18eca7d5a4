/*
 * What runs overwrote, so that they can be undone: one row per record and request. Space 18,
 * <run>/<ulid>/<n>: the ulid of the shipment or of the page of saves, so that keys of a run sort by
 * time and a repeat writes the same row once more.
 */
#ifndef CRMI_STATE_UNDO_H
#define CRMI_STATE_UNDO_H

#include "state/document.h"
#include "state/key.h"

/* Which side was written. Stored by name. */
enum { CRMI_UNDO_CRM = 0, CRMI_UNDO_LOCAL = 1 };

typedef struct crmi_undo_field {
    crmsync_str local, remote; /* names of the field on both sides; one may be empty */
    crmsync_cell before;       /* ABSENT = was not known */
    crmsync_cell after;        /* what was written */
} crmi_undo_field;

typedef struct crmi_undo {
    crmsync_str run, ulid;
    uint64_t n;
    uint32_t side;  /* CRMI_UNDO_* */
    crmsync_str op; /* `create`, `update`, `deactivate` */
    crmsync_str kind, id;
    crmsync_str object, crm_id;
    crmi_undo_field *fields;
    size_t field_count;
    bool cut; /* the values were too long for the store: not kept */
} crmi_undo;

void crmi_undo_put(crmi_commit *c, const crmi_undo *row);
/*
 * At most `limit` rows of a run, the last written first, before the key `before` (empty = from the
 * end). Arrays and texts live in the arena. *last: key of the last one, empty when there are no more.
 */
int32_t crmi_undo_page(const crmi_store *store, crmsync_str run, crmsync_str before, uint32_t limit,
                       crmi_arena *arena, crmi_undo **out, size_t *n, crmsync_str *last,
                       crmsync_error **err);
/* Is anything kept of this run? */
int32_t crmi_undo_any(const crmi_store *store, crmsync_str run, bool *any, crmsync_error **err);
/* Retention: forgets what runs overwrote that began before. */
int32_t crmi_undo_trim(const crmi_store *store, int64_t before_ms, crmsync_error **err);
/* Erases all rows of a local record. Reads the whole space. */
int32_t crmi_undo_forget(const crmi_store *store, crmsync_str kind, crmsync_str id,
                         crmsync_error **err);
/* Erases all rows of a CRM record: what an import created has no id of the host's there. */
int32_t crmi_undo_forget_crm(const crmi_store *store, crmsync_str crm_id, crmsync_error **err);

#endif
