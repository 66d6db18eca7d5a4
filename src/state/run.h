/* Counters of a run, one entry per worker, so that workers never wait for each other. Space 13,
 * <run>/<worker>. */
#ifndef CRMI_STATE_RUN_H
#define CRMI_STATE_RUN_H

#include "state/document.h"
#include "state/key.h"

typedef struct crmi_count {
    crmsync_str name; /* published: `export.Lead.created` */
    uint64_t value;
} crmi_count;

typedef struct crmi_run {
    crmi_arena arena;
    crmsync_str run, worker;
    crmsync_str phase;   /* where it is, or the last one */
    crmsync_str state;   /* `running`, `done`, `failed`, `stopped` */
    crmsync_str message; /* why it stopped */
    crmsync_str actor;
    int64_t started_ms, ended_ms; /* wall; 0 = not yet */
    crmi_count *counts;           /* sorted by name */
    size_t count, cap;
    uint64_t version;
    crmsync_str extra;
} crmi_run;

void crmi_run_init(crmi_run *run, const crmsync_alloc *alloc);
void crmi_run_clear(crmi_run *run);
int32_t crmi_run_start(crmi_run *run, crmsync_str id, crmsync_str worker, int64_t started_ms);
int32_t crmi_run_set(crmi_run *run, crmsync_str *member, crmsync_str value);
int32_t crmi_run_add(crmi_run *run, crmsync_str name, uint64_t n);
uint64_t crmi_run_value(const crmi_run *run, crmsync_str name);
void crmi_run_put(crmi_commit *c, const crmi_run *run);
void crmi_run_committed(const crmi_commit *c, crmi_run *run);
int32_t crmi_run_get(const crmi_store *store, crmsync_str id, crmsync_str worker, crmi_run *run,
                     crmsync_error **err);
/* Reports of runs that began from_ms <= time < to_ms (0 = no end), newest first, one per worker. It
 * lives during the call; CRMI_VISIT_STOP ends it. */
typedef int32_t (*crmi_run_fn)(void *ctx, const crmi_run *run, crmsync_error **err);
int32_t crmi_run_each(const crmi_store *store, int64_t from_ms, int64_t to_ms, crmi_run_fn visit,
                      void *ctx, crmsync_error **err);
/* Retention: forgets the reports of runs that began before. */
int32_t crmi_run_trim(const crmi_store *store, int64_t before_ms, crmsync_error **err);
/* The sum over all workers; CRMSYNC_E_NOT_FOUND. */
int32_t crmi_run_total(const crmi_store *store, crmsync_str id, crmi_run *total,
                       crmsync_error **err);

#endif
