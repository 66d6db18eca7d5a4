/*
 * A job from the inside. Each phase is a task: a chain of state functions, each of which does what
 * can be done without waiting, starts the calls it needs and names the function that takes the
 * answers. The job steps calls and tasks; only crmsync_job_wait() ever waits.
 */
#ifndef CRMI_SYNC_JOB_H
#define CRMI_SYNC_JOB_H

#include <stdatomic.h>

#include <crmsync/job.h>

#include "decide/decide.h"
#include "decide/preflight.h"
#include "salesforce/composite.h"
#include "state/lease.h"
#include "state/run.h"
#include "state/shipment.h"
#include "sync/workspace.h"

#define CRMI_TASK_CALLS 4

typedef struct crmi_task crmi_task;
typedef int32_t (*crmi_state_fn)(crmi_task *task, crmsync_error **err);

/* First member of each phase's own struct. */
struct crmi_task {
    crmsync_job *job;
    crmi_state_fn next; /* what takes the answers; NULL = the task is done */
    size_t size;        /* of the whole struct */
    void (*clear)(crmi_task *task);
    uint32_t phase;
    size_t calls; /* started and not yet taken */
    crmi_request requests[CRMI_TASK_CALLS];
    crmi_call call[CRMI_TASK_CALLS];
    bool pieces;   /* of a streamed answer something came: `next` takes it while calls go on */
    struct crmi_bulk_read *reading; /* the bulk query that is being read, or NULL */
    bool settles;  /* `next` takes calls that ended in an error of ours too: writes must be settled */
    uint64_t wake; /* mono ms before which `next` need not run; 0 = at once */
};

struct crmsync_job {
    crmsync_workspace *ws;
    uint32_t phases, flags;
    uint64_t limit;
    crmsync_str actor, redirect_url, acknowledge;
    const crmsync_rows *keys; /* to be looked up; the host's */
    crmsync_rows *found;      /* what crmsync_job_rows() tells */
    crmsync_str source; /* the only audience to read, or import; JSON = one that has no name */
    const crmsync_plan *outside; /* borrowed: what the apply phase carries out */
    atomic_bool cancelled;
    bool failed, finished;
    bool declined;         /* an authorization failed before there were tokens */
    uint32_t declined_why; /* CRMI_AUTH_* */
    bool purged;           /* everything was forgotten, so the report is not kept either */
    size_t phases_begun; /* how far it is in the table of phases */
    bool phase_again;    /* set by a phase's maker: it is to be made again after this task */
    crmi_task *task;
    crmi_plan plan; /* of the page of an import; its memory is kept from page to page */
    crmi_lease lease; /* of the partition under way */
    uint32_t partition;
    uint64_t partitions_done; /* a bit each */
    uint32_t asked;           /* phases, as the caller asked; `phases` are those of this partition */
    bool lease_wanted;
    char run_id[CRMI_ULID_LEN + 1];
    crmi_run report;
    uint64_t log_n; /* rows of this run so far */
    bool counting;
    uint64_t calls_before, tokens_before; /* of the session, when this job began */
    uint64_t one_by_one; /* calls that a look-up and a write per record would have cost */
    crmsync_plan *review; /* the page under review; kept until it was carried out */
    bool review_open;     /* the host has not accepted it yet */
    bool described_again; /* a field went while the job ran; once only */
    bool reconciled;      /* all objects that were due were compared */
    uint32_t reconcile_found; /* objects of which something is to be read, 1 << CRMI_OBJECT_* */
    bool accounts_fresh;  /* the account index was brought up to date by this job */
    crmi_arena doubts;
    crmi_map in_doubt; /* "kind/id" of records whose last write is in doubt */
    bool signals_begun;   /* the campaigns phase has taken up signals */
    uint32_t preflight_stage;
    crmi_org_facts facts;     /* as the preflight was told */
    crmi_preflight preflight; /* what it made of them */
    crmsync_progress progress;
};

/* Makes a task of `size` bytes whose first state is `first`. NULL = no memory. */
void *crmi_task_new(crmsync_job *job, uint32_t phase, size_t size, crmi_state_fn first,
                    void (*clear)(crmi_task *task));
void crmi_task_free(crmi_task *task);
/* The request to build next; crmi_task_send() starts it. At most CRMI_TASK_CALLS at a time. */
crmi_request *crmi_task_request(crmi_task *task);
/* Starts the call of the request that was just built. `write`: bounded by the lease. */
void crmi_task_send(crmi_task *task, bool write);
/* Ends a composite of queries that was begun on the task's request, and starts its call. */
int32_t crmi_task_ask(crmi_task *task, crmi_composite *queries, crmsync_error **err);
/* Forgets answered calls, so that new ones can be started. */
void crmi_task_reset_calls(crmi_task *task);
/* The error of a call that did not end ANSWERED, moved into *err; OK when it did. */
int32_t crmi_task_answer(crmi_task *task, size_t i, crmsync_error **err);

/* Phases. Each makes its task; *out NULL = nothing to do. */
int32_t crmi_connect_task(crmsync_job *job, crmi_task **out, crmsync_error **err);
int32_t crmi_preflight_task(crmsync_job *job, crmi_task **out, crmsync_error **err);
int32_t crmi_disconnect_task(crmsync_job *job, crmi_task **out, crmsync_error **err);
int32_t crmi_describe_task(crmsync_job *job, crmi_task **out, crmsync_error **err);
/* The schema as it was described last, however long ago, and the users with it; the caller frees it.
 * *out NULL = never described. */
int32_t crmi_schema_recall(crmsync_workspace *ws, crmsync_schema **out, crmsync_error **err);
/* The org does not know a field that it once described: the next job describes anew. */
int32_t crmi_describe_doubt(crmsync_workspace *ws, crmsync_error **err);
int32_t crmi_recover_task(crmsync_job *job, crmi_task **out, crmsync_error **err);
int32_t crmi_import_task(crmsync_job *job, crmi_task **out, crmsync_error **err);
int32_t crmi_find_task(crmsync_job *job, crmi_task **out, crmsync_error **err);
int32_t crmi_sources_task(crmsync_job *job, crmi_task **out, crmsync_error **err);
int32_t crmi_audience_task(crmsync_job *job, crmi_task **out, crmsync_error **err);
int32_t crmi_reconcile_task(crmsync_job *job, crmi_task **out, crmsync_error **err);
int32_t crmi_export_task(crmsync_job *job, crmi_task **out, crmsync_error **err);
int32_t crmi_campaigns_task(crmsync_job *job, crmi_task **out, crmsync_error **err);
int32_t crmi_signals_task(crmsync_job *job, crmi_task **out, crmsync_error **err);
int32_t crmi_activities_task(crmsync_job *job, crmi_task **out, crmsync_error **err);

/* in_doubt.c: a write of this record is in doubt, so it is not decided in this job. */
int32_t crmi_in_doubt_add(crmsync_job *job, crmsync_str kind, crmsync_str id, crmsync_error **err);
bool crmi_in_doubt(const crmsync_job *job, crmsync_str kind, crmsync_str id);

int32_t crmi_carry_out_task(crmsync_job *job, crmi_task **out, crmsync_error **err);
/* Name of the partition under way. */
crmsync_str crmi_job_part(const crmsync_job *job);
/* Is this breaker passed ("creates", ...), by acknowledgement? */
bool crmi_job_acknowledged(const crmsync_job *job, const char *breaker);

#endif
