/**
 * @file lookup.h
 * Is it in Salesforce already? Asked of the org by a job, or of what is kept here without a call.
 *
 * A job with CRMSYNC_PHASE_LOOKUP takes rows of keys (crmsync_job_options.keys) and answers for each,
 * of Lead, Contact and Account apart: it exists, it does not, or nobody knows. Nothing is written to
 * the org or to the host. A thousand e-mail addresses are one API call.
 */
#ifndef CRMSYNC_LOOKUP_H
#define CRMSYNC_LOOKUP_H

#include <crmsync/job.h>

CRMSYNC_BEGIN_DECLS

/**
 * What a job has found, when it ran with
 *
 * - CRMSYNC_PHASE_LOOKUP: one row for each row of `keys`, in their order. Keys are read of the fields
 *   `email`, `domain`, `website`, `name` (of the company) and `crm_id` (of a Lead, Contact or
 *   Account); `id` is handed back. Fields of the answer: `id`, and for each of `lead`, `contact`,
 *   `account`: `lead` (`exists`, `absent`, `unknown`), `lead_id` (the record), `lead_rule` (what
 *   found it: `match_id`, `match_email`, `match_converted`, `match_website`, `match_email_domain`,
 *   `match_name`), `lead_count` (DECIMAL, how many fit), `lead_local` (id of the host's record that
 *   is linked with it). A query that failed or timed out, or that the quota did not allow, is
 *   unknown, as is an object that none of the row's keys can find, and an account that only an
 *   index of all accounts could rule out, as long as there is none.
 * - CRMSYNC_PHASE_IMPORT with a `source`, in a dry run: one row for each record that was read: `Id`,
 *   the mapped fields by their Salesforce names, and `outcome`, `reason` and `id` (of the host's
 *   record) of what the import would make of it.
 * - CRMSYNC_PHASE_SOURCES: one row for each list view (of leads, contacts and accounts), report and
 *   campaign that the user may see, for a page on which somebody chooses an audience; the first
 *   20,000, by name, from three API calls where there are few. Fields: `type` (`list_view`, `report`,
 *   `campaign`: the member of the configuration's `audiences` that takes the `id`), `object` (of a
 *   list view), `id`, `name` (developer name), `label`, `folder` (of a report), `usable` (BOOL) and
 *   `note` (why not, or what to know).
 *
 * @return borrowed from the job; NULL = nothing was asked for, or nothing found yet. Calls no hooks.
 *         Since 0.1.
 */
CRMSYNC_API const crmsync_rows *crmsync_job_rows(const crmsync_job *job);

/**
 * Finds the accounts of visitors by domain, website, e-mail address or company name, from the index
 * that imports and exports keep of the org's accounts. No call is made, so the answer is as old as
 * the last run.
 *
 * @param keys  rows with any of `website`, `domain`, `email`, `name`; `id` is handed back. Consumer
 *              mail domains and hosts where everybody may have a page stand for no company
 * @param out   rows, one for each account that fits, the strongest first, or one without `crm_id`:
 *              `row` (DECIMAL, of `keys`, from 0), `id`, `crm_id` (ID), `rule` (`match_website`,
 *              `match_email_domain`, `match_name`), `rank` (DECIMAL, from 0), `company_id` (the
 *              host's, when linked), `as_of` (DATETIME, the org's clock: accounts changed since are
 *              not seen; NULL = no account was ever read), `complete` (BOOL: all accounts were read,
 *              so that no hit means no account). The caller frees them
 * @return CRMSYNC_OK; CRMSYNC_E_INVALID; CRMSYNC_E_NOMEM; what the store returned. Hooks: state.
 *         Since 0.1.
 */
CRMSYNC_API int32_t crmsync_workspace_match_account(crmsync_workspace *workspace,
                                                    const crmsync_rows *keys, crmsync_rows **out,
                                                    crmsync_error **err);

CRMSYNC_END_DECLS

#endif
