/**
 * @file operations.h
 * Running a workspace day by day: what ran, what failed, what is kept and for how long.
 */
#ifndef CRMSYNC_OPERATIONS_H
#define CRMSYNC_OPERATIONS_H

#include <crmsync/plan.h>
#include <crmsync/workspace.h>

CRMSYNC_BEGIN_DECLS

/** What crmsync_workspace_runs() selects; empty or 0 members match everything. */
typedef struct crmsync_run_filter {
    size_t struct_size;
    int64_t from_ms; /**< wall clock of the beginning, from <= time < to; to 0 = no end */
    int64_t to_ms;
    crmsync_str run;   /**< the one of this id */
    crmsync_str state; /**< `running` (or died before its end), `done`, `failed` */
    uint32_t limit;    /**< newest first; 0 = 100 */
    uint32_t zero;
} crmsync_run_filter;

#define CRMSYNC_RUN_FILTER_INIT {sizeof(crmsync_run_filter), 0, 0, {NULL, 0}, {NULL, 0}, 0, 0}

/**
 * Lists runs, newest first. Fields of the rows: `run`, `state`, `phase` (the last one begun), `message`
 * (why it failed), `actor`, `started`, `ended` (DATETIME; NULL = not yet), `worker`, `counts`: JSON
 * text, counters by the names of crmsync_job_count(), `undo` (BOOL: values that it overwrote are still
 * kept, see crmsync_config, retention.undo_days).
 *
 * @param filter  NULL = the last 100
 * @param out     the caller frees the rows
 * @return CRMSYNC_OK; CRMSYNC_E_INVALID; CRMSYNC_E_STORE; CRMSYNC_E_NOMEM. Hooks: state. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_workspace_runs(crmsync_workspace *workspace,
                                           const crmsync_run_filter *filter, crmsync_rows **out,
                                           crmsync_error **err);

/** Which dead letters are meant; empty or 0 members match everything. */
typedef struct crmsync_dead_filter {
    size_t struct_size;
    uint32_t error_class; /**< CRMSYNC_CLASS_* */
    uint32_t limit;       /**< 0 = 1,000; of crmsync_workspace_requeue(): all */
    crmsync_str kind;     /**< local kind and id */
    crmsync_str id;
    crmsync_str object;   /**< Salesforce object */
} crmsync_dead_filter;

#define CRMSYNC_DEAD_FILTER_INIT                                                                   \
    {sizeof(crmsync_dead_filter), 0, 0, {NULL, 0}, {NULL, 0}, {NULL, 0}}

/**
 * Lists dead letters: records that failed for good, until they or the configuration change. Fields of
 * the rows: `kind`, `id`, `object`, `crm_id`, `operation`, `class`, `reason`, `code`, `message`,
 * `remedy`, `time` (DATETIME), `attempts` (DECIMAL).
 *
 * @param filter  NULL = the first 1,000
 * @param out     the caller frees the rows
 * @return as crmsync_workspace_runs(). Hooks: state. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_workspace_dead_letters(crmsync_workspace *workspace,
                                                   const crmsync_dead_filter *filter,
                                                   crmsync_rows **out, crmsync_error **err);

/**
 * Has dead letters tried again by the next job, as if asked for by crmsync_workspace_enqueue() without
 * options. Each leaves the list and enters the queue in one commit, so that a repeat after a failure
 * goes on with the rest.
 *
 * @param filter    NULL = all
 * @param requeued  how many; may be NULL
 * @return as crmsync_workspace_runs(). Hooks: state. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_workspace_requeue(crmsync_workspace *workspace,
                                              const crmsync_dead_filter *filter, uint64_t *requeued,
                                              crmsync_error **err);

/**
 * Ends the retention of what only grows: rows of the log, reports of runs, and the values that runs
 * overwrote, all from before a time, and which clicks and visits were logged then. Nothing that the
 * sync decides by is lost, but a click or visit of that time that the host hands over once more is
 * logged once more. May be repeated. Jobs do the same by themselves where retention.log_days says so.
 *
 * @param before_ms  wall clock
 * @return CRMSYNC_OK; CRMSYNC_E_INVALID (not after 1970); CRMSYNC_E_STORE. Hooks: state. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_workspace_trim(crmsync_workspace *workspace, int64_t before_ms,
                                           crmsync_error **err);

/**
 * Erases everything the sync remembers of a person, company or activity: link and ways back, index,
 * queue, dead letter, what waits for it, log, values kept for undoing, its place in audiences, and of
 * a person the same of its part in campaigns. It reads the log that is retained and all audiences, so
 * its time grows with them. What Salesforce and the host hold is left alone; a record that
 * the host still has is taken for a new one at its next change, and one that Salesforce still lists
 * is a member of its audience again after the next reading. The link goes last: after a failure a
 * repeat finds what is left.
 *
 * A person's activities, engagements and signals are records of their own: erase them, too.
 *
 * @param kind, id  the host's record; one never seen is fine
 * @return CRMSYNC_OK; CRMSYNC_E_STATE (a write of the record is not settled, or a job of this
 *         workspace is open: run a job, then repeat); CRMSYNC_E_INVALID; CRMSYNC_E_CONFLICT (a worker
 *         changed it meanwhile: repeat); CRMSYNC_E_STORE. Hooks: state. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_workspace_forget(crmsync_workspace *workspace, crmsync_str kind,
                                             crmsync_str id, crmsync_error **err);

/**
 * Tells what the runs of a time cost, one row a day (UTC), newest first: `day` (DATE), `runs`, `failed`,
 * `calls`, `token_calls`, `writes_crm`, `writes_local` (DECIMAL, of our runs), `used` and `limit`
 * (DECIMAL, of the whole org, as its last answer of the day said; NULL = not told).
 *
 * @param from_ms, to_ms  wall clock, from <= time < to; to 0 = no end. Reports that were trimmed are
 *                        not counted
 * @param out             the caller frees the rows
 * @return as crmsync_workspace_runs(). Hooks: state. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_workspace_usage(crmsync_workspace *workspace, int64_t from_ms,
                                            int64_t to_ms, crmsync_rows **out, crmsync_error **err);

/**
 * Builds the plan that takes a run back, a page at a time, from the values that it overwrote on either
 * side (retention.undo_days): updates put each value back; what was created stays (`created_kept`),
 * activities and deactivations too (`not_undone`). Look at it, exclude from it, keep it as JSON; a job
 * with CRMSYNC_PHASE_APPLY carries it out, and passes over every field that does not hold any more what
 * the run wrote. Apply the pages in their order, the last writes first.
 *
 * What is put back is no edit: the next run does not write it once more. Of a run that repeats itself
 * by rule (a configured constant, a combined value), change the rule first.
 *
 * @param run    crmsync_job_run_id(), or `run` of crmsync_workspace_runs()
 * @param after  empty at first, then what `next` was
 * @param limit  writes looked at for this page, 1 to 2,000; 0 = 1,000
 * @param out    freed by the caller; empty when nothing is kept
 * @param next   where the next page begins; empty = this was the last. Borrowed until the next call on
 *               the workspace
 * @return CRMSYNC_OK; CRMSYNC_E_INVALID; CRMSYNC_E_STORE; CRMSYNC_E_NOMEM. Hooks: state. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_workspace_undo_plan(crmsync_workspace *workspace, crmsync_str run,
                                                crmsync_str after, uint32_t limit,
                                                crmsync_plan **out, crmsync_str *next,
                                                crmsync_error **err);

/**
 * Pauses a workspace, or ends its pause; stored, so it holds for all workers. While it is paused no job
 * can be made for phases that read or write records (CRMSYNC_E_STATE), and a job under way ends before
 * its next phase. Connecting, describing and all calls that only tell something go on.
 *
 * @param paused  1 = pause, 0 = go on; the same again is fine
 * @param why     for the error of those who try, and the report; may be empty
 * @return as crmsync_workspace_runs(). Hooks: state. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_workspace_pause(crmsync_workspace *workspace, uint32_t paused,
                                            crmsync_str why, crmsync_error **err);

CRMSYNC_END_DECLS

#endif
