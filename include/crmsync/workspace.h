/**
 * @file workspace.h
 * A workspace: one tenant of the host with one active CRM connection.
 */
#ifndef CRMSYNC_WORKSPACE_H
#define CRMSYNC_WORKSPACE_H

#include <crmsync/config.h>
#include <crmsync/engine.h>
#include <crmsync/rows.h>

CRMSYNC_BEGIN_DECLS

typedef struct crmsync_workspace crmsync_workspace;

/**
 * Opens a workspace. Creates its format entry in an empty store.
 *
 * @param name    1 to 128 bytes, the sharding key of the state store; copied
 * @param config  borrowed; must outlive the workspace
 * @return CRMSYNC_OK; CRMSYNC_E_INVALID; CRMSYNC_E_UNSUPPORTED (the state was raised to a newer
 *         layout); CRMSYNC_E_STORE; CRMSYNC_E_NOMEM; what a hook returned.
 *         Hooks: state. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_workspace_open(crmsync_engine *engine, crmsync_str name,
                                           const crmsync_config *config, crmsync_workspace **out,
                                           crmsync_error **err);
/** Closes it; jobs must be freed before. Nothing is forgotten. NULL is allowed. */
CRMSYNC_API void crmsync_workspace_close(crmsync_workspace *workspace);

/** Connection states. */
enum {
    CRMSYNC_CONNECTION_NONE = 0,
    CRMSYNC_CONNECTION_PENDING = 1,   /**< the user is at the login page */
    CRMSYNC_CONNECTION_CONNECTED = 2,
    CRMSYNC_CONNECTION_EXPIRED = 3,   /**< authorize again */
    CRMSYNC_CONNECTION_DISCONNECTED = 4,
    CRMSYNC_CONNECTION_BLOCKED = 5    /**< the org refuses; see the remedy */
};

/** Name of CRMSYNC_CONNECTION_*, `connected`; a static string, `unknown` for anything else.
 *  Since 0.1. */
CRMSYNC_API const char *crmsync_connection_name(uint32_t state);

/** The connection as it is stored. Views are borrowed until the next call on the workspace. */
typedef struct crmsync_connection {
    size_t struct_size;
    uint32_t state;           /**< CRMSYNC_CONNECTION_* */
    uint32_t sandbox;         /**< 1 = authorized as a sandbox */
    int64_t since_ms;         /**< wall clock: how long it has been in this state; 0 = unknown */
    crmsync_str org_id;       /**< 18 characters; empty until it was connected once */
    crmsync_str user_id;      /**< the Salesforce user that the library acts as */
    crmsync_str instance_url; /**< `https://acme.my.salesforce.com` */
    crmsync_str message;      /**< EXPIRED, BLOCKED: what the org said */
    crmsync_str remedy;       /**< EXPIRED, BLOCKED: what to do about it */
    crmsync_str name;         /**< `connection.name`: what people call it */
    crmsync_str org_name;     /**< as the org told when it was connected; also the next two */
    crmsync_str edition;      /**< `Enterprise Edition` */
    crmsync_str username;     /**< of the Salesforce user */
    crmsync_str scopes;       /**< granted, with blanks between them */
    uint32_t enabled;         /**< 0 = switched off by `connection.enabled` */
    uint32_t mapped;          /**< 0 = the configuration maps nothing yet, so no record is synced */
} crmsync_connection;
#define CRMSYNC_CONNECTION_INIT                                                                    \
    {                                                                                              \
        sizeof(crmsync_connection), 0, 0, 0, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0},           \
            {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, 0, 0                 \
    }

/**
 * Tells the state of the connection, without asking the org.
 * @param out  its struct_size set; untouched after an error
 * @return CRMSYNC_OK; CRMSYNC_E_INVALID; what the store returned. Hooks: state. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_workspace_connection(crmsync_workspace *workspace,
                                                 crmsync_connection *out, crmsync_error **err);

/**
 * Keeps a secret of the connection, sealed: `client_secret` (web-server flow of a confidential
 * client, client credentials, password), `private_key` (JWT bearer, PEM); `password` and
 * `security_token` only where the configuration says `connection.allow_password`. An empty value
 * deletes it. Used from the next job or authorization on.
 *
 * @return CRMSYNC_E_INVALID: no such secret; CRMSYNC_E_STATE: passwords are not allowed; what the
 *         store or a hook returned. Hooks: state, env. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_workspace_set_secret(crmsync_workspace *workspace, crmsync_str name,
                                                 crmsync_str value, crmsync_error **err);

/**
 * Records that the host uses another CRM for this workspace, or no longer does. With
 * `connection.exclusive` a workspace has one active CRM: connecting Salesforce is refused while
 * another one is active, and this function refuses to activate one while Salesforce is connected.
 *
 * @param crm     its name, 1 to 64 bytes of UTF-8, such as `hubspot`; copied
 * @param active  0 = no longer
 * @return CRMSYNC_OK; CRMSYNC_E_INVALID; CRMSYNC_E_STATE (see above; nothing was recorded); what
 *         the store returned. Hooks: state. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_workspace_set_other_crm(crmsync_workspace *workspace, crmsync_str crm,
                                                    int32_t active, crmsync_error **err);

/**
 * Begins the web-server flow: makes state and PKCE verifier, keeps them sealed, and returns the URL
 * to send the user's browser to. The redirect that comes back goes to a job with
 * CRMSYNC_PHASE_CONNECT (job.h).
 *
 * @param prompt  empty, or `login`, `consent`, `select_account`
 * @param url     borrowed until the next call on the workspace
 * @return CRMSYNC_OK; CRMSYNC_E_STATE names the step that is missing before it, or what is switched
 *         off; CRMSYNC_E_INVALID; what the store or a hook returned. Hooks: state, env. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_workspace_authorize_url(crmsync_workspace *workspace,
                                                    crmsync_str prompt, crmsync_str *url,
                                                    crmsync_error **err);

/** How records are to be exported that the host asks for. */
enum {
    CRMSYNC_ENQUEUE_MANUAL = 0x1, /**< whatever its stage says (never past de-duplication) */
    CRMSYNC_ENQUEUE_LEAD = 0x2,   /**< as a Lead, when it is not in the CRM yet */
    CRMSYNC_ENQUEUE_CONTACT = 0x4 /**< as a Contact, when it is not in the CRM yet */
};

/** Copied by crmsync_workspace_enqueue(). */
typedef struct crmsync_enqueue_options {
    size_t struct_size;
    uint32_t flags; /**< CRMSYNC_ENQUEUE_* */
    uint32_t zero;
    /** The only fields to update, by local or Salesforce name; none = all. Nothing is created then,
     *  and a record whose Salesforce id is not known is skipped (`not_in_crm`). At most 256. */
    const crmsync_str *fields;
    size_t field_count;
} crmsync_enqueue_options;

#define CRMSYNC_ENQUEUE_OPTIONS_INIT {sizeof(crmsync_enqueue_options), 0, 0, NULL, 0}

/**
 * Asks for records to be exported by the next job, ahead of the change feed. What the mapping and
 * the rules of each field say holds as ever; a retry asks for the same again. A record that is
 * asked for twice is exported by the wider of the two wishes.
 *
 * @param kind     `person` or `company`
 * @param ids      ids of the host's records, each of 1 to 128 bytes
 * @param n        how many
 * @param options  NULL = as the configuration says
 * @return CRMSYNC_E_INVALID names the id that is empty or too long, the flags that contradict each
 *         other, or the field that is not mapped. Hooks: state. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_workspace_enqueue(crmsync_workspace *workspace, crmsync_str kind,
                                              const crmsync_str *ids, size_t n,
                                              const crmsync_enqueue_options *options,
                                              crmsync_error **err);

/** Why a record comes back that the CRM had deleted. */
enum {
    CRMSYNC_REACTIVATE_FORM = 1,  /**< the person filled in a form */
    CRMSYNC_REACTIVATE_IMPORT = 2 /**< somebody imported the record at the host */
};

/**
 * Lets a record that was deactivated by a deletion in the CRM be created there again. Nothing else
 * does: no import from the CRM, no backfill. The host marks its own record as active.
 *
 * @param kind  `person` or `company`
 * @param id    the host's id
 * @param why   CRMSYNC_REACTIVATE_*, for the log
 * @return CRMSYNC_E_NOT_FOUND: the sync has never seen the record. Hooks: state. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_workspace_reactivate(crmsync_workspace *workspace, crmsync_str kind,
                                                 crmsync_str id, uint32_t why,
                                                 crmsync_error **err);

/**
 * Lists what stands more than once: people and companies with several records in Salesforce, local
 * records that share one, and those held because several fit. Merging them is for people to do, in
 * Salesforce or at the host. Reads every link of the kind.
 *
 * Fields of the rows, one for each Salesforce record: `id` (the host's), `object`, `crm_id`, `role`
 * (`primary`: written and read; `also`: a further one; `shared`: another local record leads it;
 * `ambiguous`: held, `object` and `crm_id` are empty), `state` (`live`, `vanished`).
 *
 * @param kind   `person` or `company`
 * @param limit  most local records told; 0 = 1,000
 * @param out    the caller frees the rows
 * Hooks: state. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_workspace_duplicates(crmsync_workspace *workspace, crmsync_str kind,
                                                 uint32_t limit, crmsync_rows **out,
                                                 crmsync_error **err);

/** What crmsync_workspace_log() selects; empty or 0 members match everything. */
typedef struct crmsync_log_filter {
    size_t struct_size;
    int64_t from_ms; /**< wall clock, from <= time < to; to 0 = no end */
    int64_t to_ms;
    crmsync_str kind; /**< local kind and id */
    crmsync_str id;
    crmsync_str object; /**< Salesforce object */
    crmsync_str operation; /**< `create`, `update`, `link`, `skip`, `hold`, `deactivate`, `fail`,
                                `unknown` */
    crmsync_str run;
    uint32_t error_class; /**< CRMSYNC_CLASS_* */
    uint32_t limit;       /**< newest first; 0 = 1,000 */
} crmsync_log_filter;

#define CRMSYNC_LOG_FILTER_INIT                                                                    \
    {sizeof(crmsync_log_filter), 0, 0, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, 0, 0}

/**
 * Reads the sync log, newest first. Fields of the rows: `time` (DATETIME), `run`, `direction`
 * (`in`, `out`), `operation`, `kind`, `id`, `object`, `crm_id`, `reason`, `class`, `code`,
 * `message`, `fields`: JSON text `[{"local","remote","old","new","decision"}, ...]`.
 * @param filter NULL = everything. The caller frees the rows. Hooks: state. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_workspace_log(crmsync_workspace *workspace,
                                          const crmsync_log_filter *filter, crmsync_rows **out,
                                          crmsync_error **err);

/**
 * Tells everything known of one record as JSON: link, CRM records, base values, last decision with
 * its reason in words and remedy, dead letter, claims, queue entries, log rows, and `steps`: the
 * chain of answers from what the configuration enables to each field, docs/plan.md lists them.
 * Nothing is asked of Salesforce: the decision is made anew from the host's record and from what is
 * remembered of the other side.
 *
 * @param kind, id  the host's record
 * @param json      borrowed until the next call on the workspace
 * @return CRMSYNC_OK; CRMSYNC_E_NOT_FOUND (neither the host nor the store knows it);
 *         CRMSYNC_E_INVALID; CRMSYNC_E_STORE; CRMSYNC_E_NOMEM; what a hook returned.
 *         Hooks: state, records (load). Since 0.1.
 */
CRMSYNC_API int32_t crmsync_workspace_explain(crmsync_workspace *workspace, crmsync_str kind,
                                              crmsync_str id, crmsync_str *json,
                                              crmsync_error **err);

CRMSYNC_END_DECLS

#endif
