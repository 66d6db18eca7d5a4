/* The import phase, for the phases that need a part of it. */
#ifndef CRMI_SYNC_IMPORT_H
#define CRMI_SYNC_IMPORT_H

#include "model/rows.h"
#include "state/cursor.h"
#include "sync/job.h"

/* Imports the objects of the mask (1 << CRMI_OBJECT_*). index_only: keeps the account index fresh,
 * decides nothing and writes nothing to the host. *out NULL = nothing to do. */
int32_t crmi_import_objects_task(crmsync_job *job, uint32_t object_mask, bool index_only,
                                 crmi_task **out, crmsync_error **err);

/* What a query of an import is after. */
enum {
    CRMI_IMPORT_BACKFILL, /* all live records, by id */
    CRMI_IMPORT_POLL,     /* what changed since, deleted ones included, by stamp */
    CRMI_IMPORT_PENDING,  /* records that an earlier page could not finish */
    CRMI_IMPORT_BULK      /* a backfill in no order */
};

/* Writes the statement that goes on where the cursor is. `ids` are the pending ones. false: a name
 * that no query can carry, or no memory. */
bool crmi_import_soql(crmi_buf *out, uint32_t mode, const crmi_crm_object *crm, crmsync_str select,
                      crmsync_str filter, const crmi_cursor *cursor, const crmsync_str *ids,
                      size_t n);
/* Are deleted records to be asked for? User has no IsDeleted: plain query. */
bool crmi_import_query_all(uint32_t mode, const crmi_crm_object *crm);

/*
 * Carries out one page: matches, decides, saves, links, counts. Everything is durable when it
 * returns, so that the cursor may move. A row that could not be finished has a pending entry.
 * What is not linked and was last changed before `start` is passed over; 0 = nothing is.
 * `deactivations` counts over the run, against the breaker.
 */
int32_t crmi_import_page(crmsync_job *job, const crmi_crm_object *crm, const crmsync_rows *rows,
                         int64_t start, uint64_t *deactivations, crmsync_error **err);

/* The members of options.source alone. */
int32_t crmi_import_source_task(crmsync_job *job, crmi_task **out, crmsync_error **err);
/* Adds a row to what the host sees of a dry run, where it asked for one. */
int32_t crmi_import_preview(crmsync_job *job, crmi_record crm, crmsync_str local_id,
                            uint32_t outcome, uint32_t reason, crmsync_error **err);

/* Adds a unit for each account of those ids that the index still has. */
int32_t crmi_import_index_drop(crmsync_job *job, const crmsync_str *ids, size_t n, crmi_arena *arena,
                               crmi_units *units, crmsync_error **err);
/* Adds a unit for each account whose keys changed. */
int32_t crmi_import_index(crmsync_job *job, const crmsync_rows *rows, crmi_arena *arena,
                          crmi_units *units, crmsync_error **err);

#endif
