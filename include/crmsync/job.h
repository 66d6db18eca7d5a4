/**
 * @file job.h
 * A job: one run over a workspace, in phases, driven step by step or to its end.
 */
#ifndef CRMSYNC_JOB_H
#define CRMSYNC_JOB_H

#include <crmsync/plan.h>
#include <crmsync/workspace.h>

CRMSYNC_BEGIN_DECLS

typedef struct crmsync_job crmsync_job;

/** Phases. A job does those it was asked for in the order of this list. */
enum {
    CRMSYNC_PHASE_CONNECT = 0x1,     /**< get tokens, and try them: whose org is it? Without a
                                          redirect: with the tokens at hand, or by a flow that
                                          needs no person */
    CRMSYNC_PHASE_PREFLIGHT = 0x80,  /**< is the org fit for what is configured? See
                                          crmsync_job_preflight() */
    CRMSYNC_PHASE_DESCRIBE = 0x2,    /**< read the org's objects; cached, so mostly free; alone it
                                          asks for all that changed since */
    CRMSYNC_PHASE_RECOVER = 0x4,     /**< learn what became of writes in doubt; part of all below */
    CRMSYNC_PHASE_LOOKUP = 0x100,    /**< is it there already? See lookup.h; writes nothing */
    CRMSYNC_PHASE_SOURCES = 0x2000,  /**< which views, reports, campaigns are there? See lookup.h */
    CRMSYNC_PHASE_IMPORT = 0x8,      /**< CRM to host: backfill at first, then what changed */
    CRMSYNC_PHASE_RECONCILE = 0x200, /**< compare all ids of the org with all links, and read what
                                          polling missed; beside an import only what is due
                                          (limits.reconcile_days), else all */
    CRMSYNC_PHASE_AUDIENCE = 0x400,  /**< read the members of audiences anew; before the export */
    CRMSYNC_PHASE_EXPORT = 0x10,     /**< host to CRM: people and companies */
    CRMSYNC_PHASE_CAMPAIGNS = 0x800, /**< host to CRM: engagement to campaign members */
    CRMSYNC_PHASE_ACTIVITIES = 0x20, /**< host to CRM: activities */
    CRMSYNC_PHASE_APPLY = 0x1000,    /**< carry out options.plan; needs it, and it alone needs it */
    CRMSYNC_PHASE_DISCONNECT = 0x40, /**< revoke the tokens */
    CRMSYNC_PHASE_SYNC = 0xe3e       /**< an ordinary run: describe, recover, import, reconcile,
                                          audience, export, campaigns, activities */
};

/** Name of one CRMSYNC_PHASE_*, `import`; a static string, `unknown` for anything else. Since 0.1. */
CRMSYNC_API const char *crmsync_phase_name(uint32_t phase);

/** Flags of a job. */
enum {
    CRMSYNC_JOB_DRY_RUN = 0x1, /**< decide, write nothing to either side */
    CRMSYNC_JOB_REVIEW = 0x2,  /**< stop at each page with CRMSYNC_WANT_PLAN */
    CRMSYNC_JOB_ALL = 0x4,     /**< export: every record, not only changed ones */
    CRMSYNC_JOB_PURGE = 0x8,   /**< disconnect: forget links, queue, log and all else that is stored
                                    of the workspace; needs the acknowledgement `purge`. Cut off, the
                                    same job again ends it; nothing else is done before. What stays:
                                    the format entry, the leases, and which other CRMs there are */
    CRMSYNC_JOB_DUE = 0x10     /**< only what crmsync_workspace_due() tells; single records that are
                                    queued or that the org told of go at once */
};

typedef struct crmsync_job_options {
    size_t struct_size;
    uint32_t phases; /**< CRMSYNC_PHASE_*; 0 = CRMSYNC_PHASE_SYNC */
    uint32_t flags;  /**< CRMSYNC_JOB_* */
    uint64_t limit;  /**< most local records to export, or to import from `source`; 0 = no limit */
    crmsync_str actor;        /**< who asked, for the log */
    crmsync_str redirect_url; /**< CONNECT by web-server flow: the URL the browser came back with */
    crmsync_str acknowledge;  /**< what may happen, with commas: breakers to pass, `creates`,
                                   `updates`, `deactivations`, `vanished`; `purge` */
    /** AUDIENCE: the only one to read, whatever its interval; IMPORT: the only one whose members are
     *  imported. The name of an audience of the configuration, or a JSON object such as one of its
     *  `audiences`, for an import alone. Empty = all audiences, and imports of whole objects. */
    crmsync_str source;
    const struct crmsync_rows *keys; /**< LOOKUP: what to look for (lookup.h); must outlive the job */
    /** APPLY: a plan of the caller's own: read from JSON, an inverse, or one of
     *  crmsync_workspace_undo_plan(). Borrowed until the job is freed, unchanged. It is not trusted:
     *  an update of a person or company is carried out if the record is linked, the fields are mapped,
     *  and the side that is written holds what the plan says it held; a create or link if deciding the
     *  record anew gives the same operation. What does not stand is counted as skipped, `stale`;
     *  so are deactivations and activities, as `not_undone`. The report's flow is `apply`. */
    const crmsync_plan *plan;
} crmsync_job_options;

#define CRMSYNC_JOB_OPTIONS_INIT \
    {sizeof(crmsync_job_options), 0, 0, 0, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, NULL, NULL}

/**
 * Makes a job; nothing happens before the first step. One job per workspace at a time.
 * @return CRMSYNC_OK; CRMSYNC_E_INVALID (unknown phase or flag, APPLY without a plan, a plan without
 *         APPLY); CRMSYNC_E_STATE (a job is open; or
 *         the step that is missing: not connected, switched off by the configuration, no object
 *         mapped, not acknowledged, paused); CRMSYNC_E_NOMEM; what the store returned.
 *         Hooks: state, env. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_job_new(crmsync_workspace *workspace,
                                    const crmsync_job_options *options, crmsync_job **out,
                                    crmsync_error **err);
/** Frees the job, cancelling what is in flight: writes cut off so are looked up by the next job. */
CRMSYNC_API void crmsync_job_free(crmsync_job *job);

/** What a job needs to go on. */
enum {
    CRMSYNC_WANT_DONE = 0,  /**< finished; see the report */
    CRMSYNC_WANT_IO = 1,    /**< an answer from the network: crmsync_job_wait() */
    CRMSYNC_WANT_TIMER = 2, /**< `timeout_ms` to pass */
    CRMSYNC_WANT_PLAN = 3,  /**< review: look at crmsync_job_plan(), then crmsync_job_accept() */
    CRMSYNC_WANT_MORE = 4   /**< nothing: call again at once */
};

typedef struct crmsync_want {
    size_t struct_size;
    uint32_t what;       /**< CRMSYNC_WANT_* */
    uint32_t timeout_ms; /**< IO, TIMER: call again after this time at the latest */
} crmsync_want;

#define CRMSYNC_WANT_INIT {sizeof(crmsync_want), 0, 0}

/**
 * Does what can be done now and never waits for the network. Over a blocking transport
 * (crmsync_sync_transport_new()) the exchanges it starts are performed inside it.
 * @return CRMSYNC_OK with `want`, or why the job has ended: CRMSYNC_E_AUTH, CRMSYNC_E_BUDGET (with
 *         retry-after), CRMSYNC_E_BREAKER, CRMSYNC_E_CANCELLED, CRMSYNC_E_STORE,
 *         CRMSYNC_E_TRANSPORT, CRMSYNC_E_SALESFORCE, CRMSYNC_E_NOMEM or what a hook returned.
 *         Everything done so far stays done, and a later job goes on from there. The report stands
 *         after an error too.
 * Hooks: all. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_job_step(crmsync_job *job, crmsync_want *want, crmsync_error **err);
/** Waits in the transport's `poll` for at most `timeout_ms`. Hooks: transport. Since 0.1. */
CRMSYNC_API int32_t crmsync_job_wait(crmsync_job *job, uint32_t timeout_ms, crmsync_error **err);
/** Steps and waits until the end; accepts plans unseen. Errors as crmsync_job_step(). Since 0.1. */
CRMSYNC_API int32_t crmsync_job_run(crmsync_job *job, crmsync_error **err);
/**
 * What CRMSYNC_PHASE_PREFLIGHT found: edition, rights of the user, objects and fields that the
 * configuration needs, and what else is known to break a connection. It is told and nothing more: a
 * job goes on to its other phases whatever fails. Costs three calls and a description of each object.
 *
 * Fields of the rows: `id` (permanent: `api`, `edition`, `user_active`, `user_dedicated`, `rights`,
 * `api_only`, `modify_all_data`, `role`, `marketing_user`, `session_level`, `password_login`,
 * `password_expiry`, `second_factor`, `daily_calls`, `object_read`, `object_create`, `object_update`,
 * `field`, `person_accounts`, `duplicate_rules`, `web_to_lead`, `mapping`), `state` (`pass`; `info`:
 * worth knowing; `warn`: works, and could be better; `fail`: does not work), `subject` (`Lead`,
 * `Lead.Title`, a user's name), `message`, `remedy`. Counters: `preflight.pass`, `preflight.info`,
 * `preflight.warn`, `preflight.fail`.
 *
 * @param out  the caller frees the rows; without the phase, or before it, they are empty
 * @return CRMSYNC_OK; CRMSYNC_E_INVALID; CRMSYNC_E_NOMEM. Stands after an error of the job too.
 *         Since 0.1.
 */
CRMSYNC_API int32_t crmsync_job_preflight(const crmsync_job *job, crmsync_rows **out,
                                          crmsync_error **err);
/** Ends the job at its next step with CRMSYNC_E_CANCELLED. The only function that may be called
 *  from another thread, and from hooks. Since 0.1. */
CRMSYNC_API void crmsync_job_cancel(crmsync_job *job);

/** The page under review, or NULL. Borrowed until crmsync_job_accept(). Operations excluded from it
 *  (crmsync_plan_exclude) are skipped. Since 0.1. */
CRMSYNC_API crmsync_plan *crmsync_job_plan(crmsync_job *job);
/** Goes on with the page under review. Since 0.1. */
CRMSYNC_API int32_t crmsync_job_accept(crmsync_job *job, crmsync_error **err);

/** Where a job is. */
typedef struct crmsync_progress {
    size_t struct_size;
    uint32_t phase;      /**< CRMSYNC_PHASE_* */
    uint32_t zero;
    crmsync_str object;  /**< what is being read or written; static */
    uint64_t done;       /**< records of this phase and object */
    uint64_t total;      /**< 0 = not known */
    uint64_t api_calls;  /**< of the job */
} crmsync_progress;

#define CRMSYNC_PROGRESS_INIT {sizeof(crmsync_progress), 0, 0, {NULL, 0}, 0, 0, 0}

CRMSYNC_API void crmsync_job_progress(const crmsync_job *job, crmsync_progress *out);

/**
 * Counters of the job so far, by key: `<flow>.<object>.<outcome>` with flow `import`, `export`,
 * `activities` or `apply`
 * and outcome `input created updated unchanged skipped held failed unknown`, whose sum over
 * outcomes is `input`; `<flow>.<object>.reason.<reason>`, `<flow>.<object>.class.<class>`,
 * `match.<kind>.<rule>`, `api.calls`, `api.token_calls`, `api.used`, `api.limit`, `api.one_by_one`
 * (what single-record calls would have cost), `writes.crm`, `writes.local`, `read.<object>`;
 * `describe.<object>.<what>` with `fields_added fields_removed fields_changed`;
 * `reconcile.<object>.<what>` with `read`, what polling had not told (`new newer deleted restored`),
 * `left_filter` (linked, and outside of the condition by now) and `vanished`.
 * Unknown keys are 0. Since 0.1.
 */
CRMSYNC_API uint64_t crmsync_job_count(const crmsync_job *job, crmsync_str key);
/** Number of counters that are not 0, and each of them in key order; borrowed from the job. */
CRMSYNC_API size_t crmsync_job_counters(const crmsync_job *job);
CRMSYNC_API crmsync_str crmsync_job_counter(const crmsync_job *job, size_t i, uint64_t *value);
/** The run's id, as in the log. Borrowed. */
CRMSYNC_API crmsync_str crmsync_job_run_id(const crmsync_job *job);

CRMSYNC_END_DECLS

#endif
