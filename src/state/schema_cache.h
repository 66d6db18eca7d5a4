/*
 * Describe answers kept between runs, in pieces that fit the store. Space 12, head <object>, pieces
 * <object>/<n>. A head whose digest does not fit its pieces counts as not there.
 */
#ifndef CRMI_STATE_SCHEMA_CACHE_H
#define CRMI_STATE_SCHEMA_CACHE_H

#include "state/document.h"
#include "state/key.h"

typedef struct crmi_schema_entry {
    int64_t fetched_ms;  /* server ms */
    int64_t modified_ms; /* Last-Modified of the answer, 0 = none given */
    uint64_t config;     /* digest of the configuration it was asked for under, 0 = not told */
    crmi_buf text;       /* the answer */
} crmi_schema_entry;

void crmi_schema_entry_init(crmi_schema_entry *entry, const crmsync_alloc *alloc);
void crmi_schema_entry_clear(crmi_schema_entry *entry);
/* Not there: *found false. */
int32_t crmi_schema_cache_get(const crmi_store *store, crmsync_str object, crmi_schema_entry *out,
                              bool *found, crmsync_error **err);
int32_t crmi_schema_cache_put(const crmi_store *store, crmsync_str object, int64_t fetched_ms,
                              int64_t modified_ms, uint64_t config, crmsync_str text,
                              crmsync_error **err);
/* It is to be asked for in full, whatever its age; what it says is kept until then. */
int32_t crmi_schema_cache_doubt(const crmi_store *store, crmsync_str object, crmsync_error **err);
int32_t crmi_schema_cache_drop(const crmi_store *store, crmsync_str object, crmsync_error **err);

#endif
