/*
 * The reconciliation: everything the org shows of an object, by id, against everything that is
 * linked, by id. What polling missed is read by an import afterwards; what the org shows no more has
 * vanished: nothing is written to it, and nobody is deactivated for it.
 */
#ifndef CRMI_SYNC_RECONCILE_H
#define CRMI_SYNC_RECONCILE_H

#include "base/map.h"
#include "salesforce/query.h"
#include "state/cursor.h"
#include "sync/apply.h"
#include "sync/bulk_read.h"
#include "sync/import.h"

#define CRMI_LOST_MAX    1000u /* ids that are asked for at once */
#define CRMI_VANISH_MAX  100u  /* in one pass; more of them are a loss of access */
#define CRMI_VANISH_PART 50u   /* and so is more than one link of so many */

typedef struct crmi_reconciliation {
    crmi_task task;
    uint32_t order[CRMI_OBJECT_LAST];
    size_t object_count, at;
    bool forced; /* asked for, due or not */
    uint64_t deactivations;

    /* of the object */
    const crmi_crm_object *crm;
    const crmi_object_rule *rule;
    crmi_cursor entry; /* reconcile_* is where the pass stands */
    crmi_selection selection;
    crmi_query_column *columns;
    size_t column_count;
    bool whole; /* rows come with all their fields: formulas among them leave no trace in stamps */
    crmi_buf select, statement, next_url;
    crmi_arena arena;
    crmi_bulk_read bulk;
    bool no_bulk;
    bool last;    /* the page that is walked is the last one */
    bool walked;  /* as far as its last row */
    bool ending;  /* all pages are through; what is missing is asked for once more */
    crmi_buf confirm_url;
    int64_t checked; /* an unchanged link that is older was looked at by the pass before; server ms */

    /* of a page: its ids, and up to where the links are walked */
    crmi_arena page;
    crmi_map ids;
    crmsync_str to; /* empty = to the end of the object */
    crmsync_str lost[CRMI_LOST_MAX]; /* linked, and not in the page */
    bool seen[CRMI_LOST_MAX];
    size_t lost_count;
    crmi_buf missing; /* ids confirmed, with blanks between */
    size_t missing_count;
} crmi_reconciliation;

/* ---- reconcile_join.c ---- */

/* Takes rows of the org in the order of their ids: compares, and puts what is to be read into the
 * pending entries of the object. */
int32_t crmi_reconcile_take(crmi_reconciliation *t, const crmsync_rows *rows, crmsync_error **err);
/* Walks the links up to t->to; false in *there when t->lost is full before. */
int32_t crmi_reconcile_walk(crmi_reconciliation *t, bool *there, crmsync_error **err);
/* The record is read by the import that follows. */
void crmi_reconcile_read_again(crmi_reconciliation *t, crmi_units *units, crmsync_str id);
/* The page is through: what of it is to be read, and where the pass stands. */
int32_t crmi_reconcile_store(crmi_reconciliation *t, crmi_units *units, crmsync_error **err);
int32_t crmi_reconcile_count(crmi_reconciliation *t, const char *what, uint64_t n,
                             crmsync_error **err);

/* ---- reconcile_end.c ---- */

/* A state: asks whether the lost ones are there at all. */
int32_t crmi_reconcile_confirm(crmi_task *task, crmsync_error **err);
/* What was not seen of the lost ones is missing. CRMSYNC_E_BREAKER: too many are. */
int32_t crmi_reconcile_keep_lost(crmi_reconciliation *t, crmsync_error **err);
/* A state: the object is through. Marks what vanished, or stops. */
int32_t crmi_reconcile_finish(crmi_task *task, crmsync_error **err);

/* ---- reconcile.c ---- */

/* States: the page goes on being walked; the next object. */
int32_t crmi_reconcile_go_on(crmi_task *task, crmsync_error **err);
int32_t crmi_reconcile_next(crmi_task *task, crmsync_error **err);

#endif
