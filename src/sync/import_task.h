/* The import phase while it runs, for the files it is written in. */
#ifndef CRMI_SYNC_IMPORT_TASK_H
#define CRMI_SYNC_IMPORT_TASK_H

#include "salesforce/delta.h"
#include "state/queue.h"
#include "sync/apply.h"
#include "sync/bulk_read.h"
#include "sync/import.h"
#include "sync/import_cursor.h"
#include "sync/import_page.h"

typedef struct crmi_import_run {
    crmi_task task;
    uint32_t order[CRMI_OBJECT_LAST];
    size_t object_count, at;
    uint64_t deactivations; /* of the run, against the breaker */

    /* of the object */
    const crmi_crm_object *crm;
    const crmi_object_rule *rule;
    crmi_import_cursor cursor;
    crmi_selection selection;
    crmi_query_column *columns;
    crmi_query_page page; /* that is worked on */
    crmi_import_work work;
    crmi_buf next_url;
    crmi_arena arena;
    crmi_queued *pending;
    crmsync_str *pending_ids;
    size_t pending_count;
    bool pending_only; /* the object itself is not due */
    bool *pending_seen; /* the org still has it */
    crmi_delta_window deletions;
    bool deletions_open; /* goes on where the last answer ended */
    crmi_bulk_read bulk;
    crmi_buf statement; /* of the bulk query */
    bool no_bulk;       /* the org refused one over this object */
} crmi_import_run;

/* A state: the object's next query. */
int32_t crmi_import_ask(crmi_task *task, crmsync_error **err);
/* The end of a query: to the poll that is still due, to deletions, or to what was left over. */
void crmi_import_query_done(crmi_import_run *t);
/* A state: records that are to be read once more, then the next object. */
int32_t crmi_import_leftovers(crmi_task *task, crmsync_error **err);
bool crmi_import_dry(const crmi_import_run *t);

/* ---- import_deletions.c ---- */

bool crmi_import_deletions_due(const crmi_import_run *t);
/* A state: what was deleted for good. */
int32_t crmi_import_deletions(crmi_task *task, crmsync_error **err);

/* ---- import_bulk.c: a backfill by the Bulk API ---- */

/* Is the rest of this backfill worth a bulk query, after a page of it that tells how much there is? */
bool crmi_import_bulk_due(const crmi_import_run *t, const crmi_query_page *page);
/* Was one under way when the last run ended? */
bool crmi_import_bulk_left(const crmi_import_run *t);
/* Begins it, or goes on with the one that was left; the task's next state is named. */
int32_t crmi_import_bulk(crmi_import_run *t, crmsync_error **err);

#endif
