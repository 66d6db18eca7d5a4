/* The export phase from the inside: one page of people or companies on its way. */
#ifndef CRMI_SYNC_EXPORT_H
#define CRMI_SYNC_EXPORT_H

#include "sync/page.h"
#include "sync/ship.h"
#include "sync/suppress.h"

/* A record of ours whose person somebody else had created before. */
typedef struct crmi_twin {
    const crmi_parcel *parcel;
    int64_t untouched_at; /* when it was created, while nobody has modified it; 0 = somebody has */
    bool parent;          /* something hangs on it */
    bool asked;           /* its deletion is under way */
} crmi_twin;

typedef struct crmi_export {
    crmi_ship ship; /* first: this task ships */
    const char *kind;
    crmi_export_work work;
    crmi_lookup lookup;
    crmi_deals deals; /* opportunities that hold people back */
    crmi_plan plan;
    crmi_applied_page applied;
    uint64_t *digests; /* per decision */
    crmi_twin *twins;  /* of the page */
    size_t twin_count, twin_at, twin_to; /* those from _at to _to are looked at together */
    uint64_t exported; /* against the job's limit */
    uint64_t creates, updates; /* against the breakers */
    crmi_state_fn closed;      /* where it goes on when a page is closed */
} crmi_export;

/* For tasks that carry out pages like an export: `flow` is what they are counted as, `closed` the
 * state after each page. */
void crmi_export_init(crmi_export *t, crmsync_job *job, const char *flow, crmi_state_fn closed);
void crmi_export_clear(crmi_task *task);
/* t->plan is decided: counted, held against the breakers, shown for review, and then carried out. */
int32_t crmi_export_decided(crmi_task *task, crmsync_error **err);

/* The local digest of what a decision was made from, and what it is counted as. */
uint64_t crmi_export_digest(const crmi_export *t, const crmi_decision *d);
crmsync_str crmi_export_counted_as(const crmi_decision *d);
/* Puts a record into the queue when its reason says that it comes again. */
void crmi_export_queue(crmi_commit *c, crmsync_job *job, const crmi_decision *d, uint32_t reason);

/* Once all is shipped: accounts whose people were all refused are told and flagged. */
int32_t crmi_export_orphans(crmi_export *t, crmsync_error **err);
/* At the end of the page: local duplicates of what it made are linked to it. */
int32_t crmi_export_share(crmi_export *t, crmsync_error **err);

/* export_twins.c: remembers one; and the state that deletes what is untouched of them. */
int32_t crmi_export_add_twin(crmi_export *t, const crmi_parcel *p, crmsync_error **err);
int32_t crmi_export_twins(crmi_task *task, crmsync_error **err);

/* States that stand in files of their own: the local side, the look back, and the end
 * of the page, which both lead to. */
int32_t crmi_export_apply(crmi_task *task, crmsync_error **err);
int32_t crmi_export_look_back(crmi_task *task, crmsync_error **err);
int32_t crmi_export_close(crmi_task *task, crmsync_error **err);

#endif
