/**
 * @file schedule.h
 * The host's scheduler: what is due and when, what cannot wait, what the org told of, what it costs.
 */
#ifndef CRMSYNC_SCHEDULE_H
#define CRMSYNC_SCHEDULE_H

#include <crmsync/workspace.h>

CRMSYNC_BEGIN_DECLS

/**
 * Tells what is due. A job with CRMSYNC_JOB_DUE does it; one without does everything at once. Fields of
 * the rows: `phase` (`describe`, `recover`, `import`, `export`, `activities`), `object` (of an import the
 * Salesforce object, else the local kind), `due` (BOOL), `next` (DATETIME; NULL = only when asked for),
 * `why`, `waiting` (DECIMAL: entries queued, or writes unknown).
 *
 * `why` is `first`, `unfinished` (a backfill or poll was cut short), `gap` (the org told of changes
 * without telling which), `interval`, `configuration` (it changed since), `pending` and `queued`
 * (single records, before the rest is due), `unknown` (writes to be looked up), `always`, `manual`
 * (interval_min is 0), `budget` (put off until `next`), `paused`.
 *
 * @param now_ms  wall clock; 0 = now
 * @param out     the caller frees the rows
 * @return CRMSYNC_OK; CRMSYNC_E_INVALID; CRMSYNC_E_STORE; CRMSYNC_E_NOMEM. Hooks: state. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_workspace_due(crmsync_workspace *workspace, int64_t now_ms,
                                          crmsync_rows **out, crmsync_error **err);

/** What happened at the host that export.auto_push may name. */
enum {
    CRMSYNC_PUSH_NEW_PERSON = 1, /**< a person was revealed: goes as a Lead if it is new to the CRM */
    CRMSYNC_PUSH_COMPANY = 2,    /**< a company was enriched */
    CRMSYNC_PUSH_ENGAGEMENT = 3  /**< an activity happened */
};

/**
 * Puts records into the lane of those that go as they happen, if export.auto_push names what happened:
 * after what a person asked for, before everything else. Run a job with CRMSYNC_JOB_DUE then: it takes
 * the lanes and leaves what is not due. Without that setting nothing is done; the records go with their
 * change feed.
 *
 * @param what    CRMSYNC_PUSH_*
 * @param ids     ids of the host's records, each of 1 to 128 bytes
 * @param pushed  1 if they were enqueued, 0 if auto_push does not name it; may be NULL
 * @return as crmsync_workspace_due(). Hooks: state. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_workspace_push(crmsync_workspace *workspace, uint32_t what,
                                           const crmsync_str *ids, size_t n, uint32_t *pushed,
                                           crmsync_error **err);

/**
 * Takes change events of Salesforce (Change Data Capture by Pub/Sub API or CometD), decoded to JSON: one
 * object or an array. Of each only ChangeEventHeader (`entityName`, `changeType`, `recordIds`) and the
 * replay id are looked at: the records are read again by their ids with the next import, whatever
 * happened to them, creates, deletes and undeletes too; GAP_OVERFLOW makes the object due. Objects that
 * are not imported are passed over. Values in events are not used: they may be forged, late or cut.
 *
 * @param channel  where they came from, up to 128 bytes; the last replay id is remembered under it; empty
 *                 = not remembered
 * @param events   at most 10,000. All of them are taken, or none when one is malformed
 * @param taken    ids queued and gaps noted; may be NULL
 * @return CRMSYNC_OK: safe to confirm; CRMSYNC_E_INVALID (where: the event); CRMSYNC_E_LIMIT;
 *         CRMSYNC_E_STORE: hand them over again, a repeat does no harm. Hooks: state. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_workspace_feed(crmsync_workspace *workspace, crmsync_str channel,
                                           crmsync_str events, uint64_t *taken, crmsync_error **err);

/**
 * Tells the last replay id of a channel, to subscribe from.
 * @param replay  empty = none yet; borrowed until the next call on the workspace
 * Hooks: state. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_workspace_replay(crmsync_workspace *workspace, crmsync_str channel,
                                             crmsync_str *replay, crmsync_error **err);

/** What an estimate is made for. */
typedef struct crmsync_estimate_input {
    size_t struct_size;
    uint64_t people;       /**< of the host, to be written in one run */
    uint64_t companies;    /**< likewise */
    uint64_t activities;   /**< likewise */
    uint64_t read;         /**< records of the org that a run reads, of each object; a backfill: all */
    uint32_t interval_min; /**< between two runs; 0 = as each object is configured */
    uint32_t zero;
} crmsync_estimate_input;

#define CRMSYNC_ESTIMATE_INPUT_INIT {sizeof(crmsync_estimate_input), 0, 0, 0, 0, 0, 0}

/**
 * Estimates API calls, from the sizes of pages and requests; nothing is asked of the org. Fields of the
 * rows: `phase`, `object`, `calls` (of one run), `runs_per_day`, `calls_per_day` (DECIMAL); the last
 * row's phase is `total`. Retries, look-ups by several keys and small requests cost more.
 *
 * @param input  NULL = nothing to write, nothing that changed: what polling costs
 * @param out    the caller frees the rows
 * @return CRMSYNC_OK; CRMSYNC_E_INVALID; CRMSYNC_E_NOMEM. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_workspace_estimate(crmsync_workspace *workspace,
                                               const crmsync_estimate_input *input,
                                               crmsync_rows **out, crmsync_error **err);

CRMSYNC_END_DECLS

#endif
