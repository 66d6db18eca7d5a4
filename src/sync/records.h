/* The record hook, asked in whole pages; answers are collected and checked. */
#ifndef CRMI_SYNC_RECORDS_H
#define CRMI_SYNC_RECORDS_H

#include "model/rows.h"
#include "sync/engine.h"

/* Records of `load` or `find`, with a map from id to row. */
typedef struct crmi_loaded {
    crmsync_rows *rows;
    crmi_map by_id; /* id -> row + 1; keys borrowed from rows */
} crmi_loaded;

void crmi_loaded_init(crmi_loaded *l, const crmsync_alloc *alloc);
void crmi_loaded_clear(crmi_loaded *l);
crmi_record crmi_loaded_get(const crmi_loaded *l, crmsync_str id); /* {NULL,0} = not there */

/* Replaces *out by the records that exist. */
int32_t crmi_records_load(crmsync_engine *engine, crmsync_str workspace, crmsync_str kind,
                          const crmsync_str *ids, size_t n, crmi_loaded *out, crmsync_error **err);
/* Adds all hits. Without a `find` hook nothing is added and *supported is false. */
int32_t crmi_records_find(crmsync_engine *engine, crmsync_str workspace, crmsync_str kind,
                          const char *key_kind, const crmsync_str *values, size_t n,
                          crmi_loaded *out, bool *supported, crmsync_error **err);

/* What became of one item of a save. Views are borrowed from the result. */
typedef struct crmi_saved {
    uint32_t outcome; /* CRMSYNC_SAVE_*; 0 = the host did not answer */
    crmsync_str id, rev, reason;
    size_t stored; /* row in `stored`, or (size_t)-1: stored as sent */
} crmi_saved;

typedef struct crmi_save_result {
    crmi_arena arena;
    crmi_saved *items;
    size_t count;
    crmsync_rows *stored;
} crmi_save_result;

void crmi_save_result_clear(crmi_save_result *r);
/* Saves a batch; an item the host does not answer is a broken contract: CRMSYNC_E_CONTRACT. */
int32_t crmi_records_save(crmsync_engine *engine, crmsync_str workspace, const crmsync_rows *items,
                          crmi_save_result *out, crmsync_error **err);

/* One page of the change feed. */
typedef struct crmi_feed_page {
    crmsync_rows *rows; /* id, rev, deleted */
    crmi_buf cursor;
    bool more;
} crmi_feed_page;

void crmi_feed_page_init(crmi_feed_page *p, const crmsync_alloc *alloc);
void crmi_feed_page_clear(crmi_feed_page *p);
int32_t crmi_records_changed(crmsync_engine *engine, crmsync_str workspace, crmsync_str kind,
                             crmsync_str cursor, uint32_t limit, crmi_feed_page *out,
                             crmsync_error **err);

#endif
