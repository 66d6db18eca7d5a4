/*
 * Exceptions only: explicit requests, retries, ids that a page could not finish. The host's change
 * feed is the real queue. Spaces 6 and 7, key <part>/<prio>/<due ms>/<kind>/<id>.
 */
#ifndef CRMI_STATE_QUEUE_H
#define CRMI_STATE_QUEUE_H

#include "state/document.h"
#include "state/key.h"

#define CRMI_QUEUE_PRIO_MAX 9 /* 0 first */

/* Lanes: what somebody waits for goes before what a schedule refreshes. */
enum {
    CRMI_PRIO_MANUAL = 0, /* a person pressed a button */
    CRMI_PRIO_PUSH = 1,   /* export.auto_push: as it happens */
    CRMI_PRIO_EVENT = 2,  /* the org told that it changed */
    CRMI_PRIO_ASKED = 3,
    CRMI_PRIO_IMPORTED = 4, /* an import found something to write */
    CRMI_PRIO_RETRY = 5,
    CRMI_PRIO_BULK = 7 /* handed over from the change feed */
};

typedef struct crmi_queued {
    crmsync_str part, kind, id;
    crmsync_str object; /* a caller's choice of the CRM object, or empty */
    crmsync_str reason; /* name of a reason code */
    crmsync_str actor;  /* who asked, or empty */
    crmsync_str detail; /* a JSON object, or empty */
    uint32_t space;     /* CRMSYNC_SPACE_QUEUE or _PENDING */
    uint32_t prio, attempts;
    int64_t due_ms;   /* wall ms */
    int64_t since_ms; /* wall ms of the first time */
    uint64_t version; /* 0 = new */
} crmi_queued;

void crmi_queue_put(crmi_commit *c, const crmi_queued *item);
void crmi_queue_delete(crmi_commit *c, const crmi_queued *item); /* by all parts of its key */
/* The first `limit` entries due at `now_ms`, priority first, then the longest due. */
int32_t crmi_queue_due(const crmi_store *store, uint32_t space, crmsync_str part, int64_t now_ms,
                       size_t limit, crmi_arena *arena, crmi_queued **out, size_t *n,
                       crmsync_error **err);
/* The earliest due time of what is queued, INT64_MAX when nothing is. */
int32_t crmi_queue_next(const crmi_store *store, uint32_t space, crmsync_str part, int64_t *due_ms,
                        crmsync_error **err);
int32_t crmi_queue_count(const crmi_store *store, uint32_t space, crmsync_str part, size_t *n,
                         crmsync_error **err);

#endif
