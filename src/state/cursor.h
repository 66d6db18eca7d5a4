/*
 * Watermarks. Space 11: `object/<object>` how far an object was read from the CRM, `feed/<kind>`
 * how far the host's change feed was. All times are server times.
 */
#ifndef CRMI_STATE_CURSOR_H
#define CRMI_STATE_CURSOR_H

#include "state/document.h"
#include "state/key.h"

#define CRMI_OVERLAP_MS INT64_C(900000) /* the longest transaction is 10 minutes */

typedef struct crmi_cursor {
    crmi_arena arena;
    crmsync_str object;
    int64_t hi; /* everything before it has been read; 0 = never */
    int64_t overlap_ms;
    uint64_t fields_fp, filter_fp; /* what was asked for; 0 = nothing yet */
    bool backfill;                 /* one is under way */
    crmsync_str backfill_after;    /* last id done */
    crmsync_str bulk_job;          /* the rest of it comes by this job; empty = none */
    crmsync_str bulk_list;         /* the list of pages that is read; empty = the first */
    size_t bulk_first;             /* pages of that list that are done */
    int64_t start;                 /* what is older and not linked is passed over; 0 = nothing */
    bool scanning;                 /* a poll is under way */
    int64_t scan_lo, scan_bound, scan_t;
    crmsync_str scan_id, scan_locator;
    int64_t deleted_hi; /* latestDateCovered of getDeleted */
    int64_t last_reconcile;
    /* of a reconciliation under way: when it began (0 = none is), the last id, links so far, and the
     * ids that were missing, with blanks between */
    int64_t reconcile_began;
    crmsync_str reconcile_after;
    uint64_t reconcile_links;
    crmsync_str reconcile_lost;
    uint64_t version;
    crmsync_str extra;
} crmi_cursor;

void crmi_cursor_init(crmi_cursor *cursor, const crmsync_alloc *alloc);
void crmi_cursor_clear(crmi_cursor *cursor);
int32_t crmi_cursor_set(crmi_cursor *cursor, crmsync_str *member, crmsync_str value); /* copies */
/* Not there: a fresh one, version 0, default overlap. */
int32_t crmi_cursor_get(const crmi_store *store, crmsync_str object, crmi_cursor *cursor,
                        crmsync_error **err);
void crmi_cursor_put(crmi_commit *c, const crmi_cursor *cursor); /* expects its version */
void crmi_cursor_committed(const crmi_commit *c, crmi_cursor *cursor);

/* The host's feed: an opaque text. Not there: empty and version 0. */
int32_t crmi_feed_get(const crmi_store *store, crmsync_str kind, crmi_buf *out, uint64_t *version,
                      crmsync_error **err);
void crmi_feed_put(crmi_commit *c, crmsync_str kind, crmsync_str position, uint64_t expected);
uint64_t crmi_feed_version(const crmi_commit *c, crmsync_str kind); /* of a put in this set */

#endif
