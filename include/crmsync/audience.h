/**
 * @file audience.h
 * Audiences: the members of list views, reports, queries and campaigns of the org, kept as sets.
 *
 * The configuration's `audiences` name them; CRMSYNC_PHASE_AUDIENCE reads them. What cannot be read,
 * or not to its end, leaves the set as it was and is told by its state: an audience then goes on,
 * while suppression takes such a list for unknown.
 */
#ifndef CRMSYNC_AUDIENCE_H
#define CRMSYNC_AUDIENCE_H

#include <crmsync/suppression.h>
#include <crmsync/workspace.h>

CRMSYNC_BEGIN_DECLS

/** How an audience stands. */
enum {
    CRMSYNC_AUDIENCE_NEVER = 0,     /**< not read yet */
    CRMSYNC_AUDIENCE_FRESH = 1,     /**< read to the end, not longer ago than max_age_hours */
    CRMSYNC_AUDIENCE_STALE = 2,     /**< read longer ago, or under another source */
    CRMSYNC_AUDIENCE_TRUNCATED = 3, /**< the last try did not get all of it; the set before stands */
    CRMSYNC_AUDIENCE_ERROR = 4      /**< the last try failed; the set before stands */
};

/** Name of CRMSYNC_AUDIENCE_*, `fresh`; a static string, `unknown` for anything else. Since 0.1. */
CRMSYNC_API const char *crmsync_audience_name(uint32_t state);

/** An audience as it is stored. Views are borrowed until the next call on the workspace. */
typedef struct crmsync_audience {
    size_t struct_size;
    uint32_t state;      /**< CRMSYNC_AUDIENCE_* */
    uint32_t configured; /**< 1 = the configuration has it; 0 = it once did */
    uint64_t members;
    uint64_t added;      /**< by the last reading that changed the set */
    uint64_t removed;
    int64_t read_ms;     /**< wall clock of the last reading to the end; 0 = never */
    int64_t tried_ms;    /**< wall clock of the last try; 0 = never */
    crmsync_str object;  /**< what its members are: `Lead`, `Contact`, `Account` */
    crmsync_str source;  /**< `list_view Competitors`, `report 00O...` */
    crmsync_str token;   /**< of the set: keep it to ask for changes since */
    crmsync_str code;    /**< TRUNCATED, ERROR: Salesforce's code, or empty */
    crmsync_str message; /**< TRUNCATED, ERROR: what happened */
    crmsync_str remedy;  /**< TRUNCATED, ERROR: what to do about it */
} crmsync_audience;
#define CRMSYNC_AUDIENCE_INIT                                                                      \
    {                                                                                              \
        sizeof(crmsync_audience), 0, 0, 0, 0, 0, 0, 0, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, \
            {NULL, 0}, {NULL, 0}                                                                   \
    }

/**
 * Tells how an audience stands, without asking the org.
 *
 * @param name  as the configuration has it, or once had
 * @param out   its struct_size set; untouched after an error
 * @return CRMSYNC_OK; CRMSYNC_E_NOT_FOUND (neither configured nor stored); CRMSYNC_E_INVALID; what
 *         the store returned. Hooks: state, env. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_workspace_audience(crmsync_workspace *workspace, crmsync_str name,
                                               crmsync_audience *out, crmsync_error **err);

/**
 * Lists the audiences of the configuration and those still stored. Fields of the rows: `name`,
 * `object`, `source`, `state` (name of CRMSYNC_AUDIENCE_*), `members` (DECIMAL), `read`, `tried`
 * (DATETIME), `code`, `message`, `remedy`, `configured` (BOOL).
 *
 * @param out  the caller frees the rows
 * @return CRMSYNC_OK; CRMSYNC_E_INVALID; CRMSYNC_E_NOMEM; what the store returned. Hooks: state,
 *         env. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_workspace_audiences(crmsync_workspace *workspace, crmsync_rows **out,
                                                crmsync_error **err);

/** Which members to read. */
typedef struct crmsync_audience_query {
    size_t struct_size;
    crmsync_str name;
    crmsync_str since; /**< a token: only what has changed since; empty = all members */
    crmsync_str after; /**< the `crm_id` of the last row of the page before; empty = the first page */
    uint32_t limit;    /**< most rows; 0 = 1,000; at most 10,000 */
    uint32_t zero;
} crmsync_audience_query;
#define CRMSYNC_AUDIENCE_QUERY_INIT \
    {sizeof(crmsync_audience_query), {NULL, 0}, {NULL, 0}, {NULL, 0}, 0, 0}

/**
 * Reads a page of members, or of changes, in the order of their ids. Fields of the rows: `crm_id`
 * (ID), `object`, `change` (`member`; of changes `added` or `removed`), and `kind` and `id` of the
 * host's record that is linked with it (NULL = none is).
 *
 * To follow an audience: read its token (crmsync_workspace_audience()), then all pages of changes
 * since the token before, and keep the new token once they are taken. A change may come twice, none
 * is left out. A reading of the org that is under way, or was cut off, is not seen.
 *
 * @param out  the caller frees the rows; fewer than the limit = there are no more
 * @return CRMSYNC_OK; CRMSYNC_E_NOT_FOUND (no such audience); CRMSYNC_E_STATE (the token is too old,
 *         or of a set that was forgotten: read all members); CRMSYNC_E_INVALID (no token, a limit
 *         above 10,000); CRMSYNC_E_NOMEM; what the store returned. Hooks: state. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_workspace_audience_members(crmsync_workspace *workspace,
                                                       const crmsync_audience_query *query,
                                                       crmsync_rows **out, crmsync_error **err);

/**
 * Forgets an audience and its members; one that is configured is read anew by the next run.
 * @return CRMSYNC_OK, also when nothing was stored; CRMSYNC_E_STATE (a job is open);
 *         CRMSYNC_E_INVALID; what the store returned. Hooks: state. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_workspace_audience_forget(crmsync_workspace *workspace,
                                                      crmsync_str name, crmsync_error **err);

/**
 * Makes a set of suppression sources for these people: the lists of the configuration's
 * `suppression.lists` that are audiences, as they are stored. People are found on them by the records
 * they are linked with, their company's account, and the accounts of their domains. A list that was
 * never read, or not to its end the last time, is incomplete, so that nobody is clear; one that is
 * old is stale by `suppression.max_age_hours`. Lists of the host's own and opportunities are added by
 * crmsync_suppression_add_source(); then crmsync_suppression_check() judges the same people.
 *
 * @param people     as crmsync_suppression_check() takes them
 * @param companies  the host's, found by local.company_id; NULL = none
 * @param out        uses the workspace, which must outlive it; free with crmsync_suppression_free()
 * @return CRMSYNC_OK; CRMSYNC_E_INVALID (NULL, a person without id); CRMSYNC_E_NOMEM; what the store
 *         returned. Hooks: state, env. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_workspace_suppression(crmsync_workspace *workspace,
                                                  const crmsync_rows *people,
                                                  const crmsync_rows *companies,
                                                  crmsync_suppression **out, crmsync_error **err);

CRMSYNC_END_DECLS

#endif
