/**
 * @file suppression.h
 * May this person be contacted? Opportunities, customers, lists and consent, and what is not known.
 *
 * Sources are added once and indexed; pages of people are then checked against them. It fails
 * closed: while a source that the configuration wants is missing, incomplete or stale, nobody is
 * clear. Pure: no store, no network, no clock. The rules are the configuration's `suppression`.
 */
#ifndef CRMSYNC_SUPPRESSION_H
#define CRMSYNC_SUPPRESSION_H

#include <crmsync/config.h>
#include <crmsync/error.h>
#include <crmsync/normalize.h>
#include <crmsync/rows.h>

CRMSYNC_BEGIN_DECLS

/** Sources and their index. Filled by one thread; while nobody adds, any number may check. */
typedef struct crmsync_suppression crmsync_suppression;

/**
 * What a source holds. The fields its rows may have, others are ignored:
 *
 * - list: `person_id` (the host's), `crm_id` (of a Lead, Contact or Account), `email`, `domain`.
 *   Whoever one cell fits is on the list, so pass only fields that shall count.
 * - opportunities: `Id`, `Name`, `AccountId`, `StageName`, `CloseDate`, `IsClosed`, `IsWon`,
 *   `IsDeleted`, and `Account.Website`, by whose domain people without a known account are found.
 * - contact roles: `OpportunityId`, `ContactId`.
 * - stages: `ApiName`, `IsClosed`, `IsWon`, for opportunities that do not say so themselves.
 */
enum {
    CRMSYNC_SOURCE_LIST = 1,
    CRMSYNC_SOURCE_OPPORTUNITIES = 2,
    CRMSYNC_SOURCE_CONTACT_ROLES = 3,
    CRMSYNC_SOURCE_STAGES = 4
};

/** Ways to contact somebody, as bits. */
enum {
    CRMSYNC_CHANNEL_EMAIL = 0x1, /**< an opt-out forbids it */
    CRMSYNC_CHANNEL_CALL = 0x2   /**< do-not-call forbids it */
};

/** One source, or one page of it. Everything is copied. */
typedef struct crmsync_suppression_source {
    size_t struct_size;
    crmsync_str name;  /**< as people know it, `Competitors`; lists need one. Empty otherwise means
                            the Salesforce object's */
    uint32_t kind;     /**< CRMSYNC_SOURCE_* */
    uint32_t complete; /**< 1 = read to the end without an error; 0 = what could be read of it: the
                            view is deleted, the report was cut, a page failed */
    int64_t read_ms;   /**< when it was read, unix ms UTC; 0 = not known, which is stale */
    const crmsync_rows *rows; /**< NULL = nothing could be read */
} crmsync_suppression_source;
#define CRMSYNC_SUPPRESSION_SOURCE_INIT                                                            \
    {                                                                                              \
        sizeof(crmsync_suppression_source), {NULL, 0}, CRMSYNC_SOURCE_LIST, 0, 0, NULL             \
    }

/** People to check. */
typedef struct crmsync_suppression_query {
    size_t struct_size;
    const crmsync_rows *people;    /**< see crmsync_suppression_check() */
    const crmsync_rows *companies; /**< the host's, found by local.company_id; NULL = none */
    int64_t now_ms;                /**< unix ms UTC; required */
    uint32_t channels;             /**< CRMSYNC_CHANNEL_* wanted; 0 = all of them */
    uint32_t zero;
} crmsync_suppression_query;
#define CRMSYNC_SUPPRESSION_QUERY_INIT                                                             \
    {                                                                                              \
        sizeof(crmsync_suppression_query), NULL, NULL, 0, 0, 0                                     \
    }

/**
 * Makes an empty set of sources.
 *
 * @param alloc       NULL = libc
 * @param config      its rules; must outlive the set
 * @param normalizer  makes the keys; must outlive the set
 * @param out         set to NULL first
 * @return CRMSYNC_OK; CRMSYNC_E_INVALID (NULL); CRMSYNC_E_NOMEM. Calls no hooks. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_suppression_new(const crmsync_alloc *alloc,
                                            const crmsync_config *config,
                                            const crmsync_normalizer *normalizer,
                                            crmsync_suppression **out, crmsync_error **err);
/** Frees a set; NULL is allowed. Since 0.1. */
CRMSYNC_API void crmsync_suppression_free(crmsync_suppression *suppression);

/**
 * Adds a source, or a further page of one; order does not matter.
 *
 * @param source  with struct_size set. Rows without a usable key are left out
 * @return CRMSYNC_OK; CRMSYNC_E_INVALID (unknown kind, list without a name);
 *         CRMSYNC_E_UNSUPPORTED (a member of a newer library); CRMSYNC_E_NOMEM, after which the
 *         set can only be freed. Calls no hooks. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_suppression_add_source(crmsync_suppression *suppression,
                                                   const crmsync_suppression_source *source,
                                                   crmsync_error **err);

/**
 * Checks people.
 *
 * A person row carries `id`, the fields that `local` and `suppression` of the configuration name,
 * and as far as the caller knows them: `contact_id`, `lead_id`, `account_id` (else the field
 * local.crm_id of person and company), `crm_opt_out` and `crm_do_not_call` (BOOL, true where any of
 * the person's CRM records says so), `was_opt_out` and `was_do_not_call` (BOOL, what the last check
 * told to remember), `reactivated` (BOOL, the host has consent anew).
 *
 * Consent is sticky: a refusal on either side, or remembered, holds until both sides say otherwise
 * or the host says reactivated; the host's own mark is never overruled.
 *
 * The result has one row per person and reason, people in the order given, their strongest reason
 * first, and one row for a person who is clear: `id`, `rank` (DECIMAL, from 0), `verdict` (`clear`,
 * `suppressed`, `unknown`: the same in all rows of a person), `reason` (stored name, such as
 * `open_opportunity`; NULL when clear), `source` (name of the list or object), `record` (the
 * opportunity, record or key that it is due to), `name` (of the opportunity), `until` (DATE, the
 * last day it holds; NULL = no end known), `opt_out` and `do_not_call` (BOOL, to be remembered).
 * It depends neither on the order of sources nor on that of their rows.
 *
 * @param out  rows of kind `verdict`, set to NULL first; free with crmsync_rows_free()
 * @return CRMSYNC_OK; CRMSYNC_E_INVALID (no people, no time, a person without id);
 *         CRMSYNC_E_UNSUPPORTED; CRMSYNC_E_NOMEM. Calls no hooks. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_suppression_check(const crmsync_suppression *suppression,
                                              const crmsync_suppression_query *query,
                                              crmsync_rows **out, crmsync_error **err);

CRMSYNC_END_DECLS

#endif
