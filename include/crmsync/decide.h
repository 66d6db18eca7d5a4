/**
 * @file decide.h
 * The words decisions are told in: directions, outcomes, reasons; and deciding without a store or a
 * network, for previews and tests.
 */
#ifndef CRMSYNC_DECIDE_H
#define CRMSYNC_DECIDE_H

#include <crmsync/config.h>
#include <crmsync/error.h>
#include <crmsync/normalize.h>
#include <crmsync/rows.h>
#include <crmsync/schema.h>
#include <crmsync/types.h>

CRMSYNC_BEGIN_DECLS

enum { CRMSYNC_DIRECTION_IN = 1, CRMSYNC_DIRECTION_OUT = 2 };

/** What a record is counted as. Every input record has exactly one. Names are stored. */
enum {
    CRMSYNC_OUTCOME_CREATED = 1,
    CRMSYNC_OUTCOME_UPDATED = 2,   /**< deactivated ones too */
    CRMSYNC_OUTCOME_UNCHANGED = 3, /**< linked without a change, too */
    CRMSYNC_OUTCOME_SKIPPED = 4,   /**< does not take part; stale ones and local duplicates too */
    CRMSYNC_OUTCOME_HELD = 5,      /**< a rule says not now; waiting and ambiguous ones too */
    CRMSYNC_OUTCOME_FAILED = 6,
    CRMSYNC_OUTCOME_UNKNOWN = 7    /**< sent, and it is not known yet whether it happened */
};

/* CRMSYNC_REASON_*: see reasons.h */

/**
 * Tells how well records can be matched, before a first sync or from time to time. Looks at the
 * e-mail, the websites and the company's name of records of the kind `person` or `company`, by the
 * field names of the configuration's `local`, or at those of `Lead`, `Contact` or `Account` rows;
 * fields that the records do not have are passed over.
 *
 * @param config      for the names of the fields; any
 * @param normalizer  crmsync_config_normalizer() of it
 * @param records     one batch: duplicates are found within it. Not changed
 * @param out         rows of the kind `quality`, to be freed by the caller, on the allocator of
 *                    `records`. Fields: `check`, `field` (that was looked at), `count` (DECIMAL,
 *                    of records) and `first` (id of the first of them). A check is what the key
 *                    is, `email`, `domain` or `name`, and what is the matter: `_missing`,
 *                    `_not_valid` (nothing can be matched by it), `_not_normal` (it can, but is
 *                    not written in the one form of its key), `_shared` (a consumer mail domain,
 *                    a host of many: it stands for no company), `_duplicate` (an earlier record
 *                    has the same key). What does not occur has no row
 * @return CRMSYNC_OK; CRMSYNC_E_INVALID (another kind, or NULL); CRMSYNC_E_NOMEM. Calls no hook but
 *         the allocator. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_quality(const crmsync_config *config,
                                    const crmsync_normalizer *normalizer,
                                    const crmsync_rows *records, crmsync_rows **out,
                                    crmsync_error **err);

/**
 * Tells who owns records that nobody of the host's team looks after, so that routing works.
 *
 * @param config      its `owner`; by `owner.by_email` a user and a member of one address are one
 * @param normalizer  crmsync_config_normalizer() of it
 * @param users       `User` rows: `Id`, `Name`, `Email`, `IsActive`, `UserType`
 * @param owned       who owns what: `OwnerId`, `object` (else the rows' kind) and `records`, how
 *                    many (else 1), as `SELECT OwnerId, COUNT(Id) records FROM Lead GROUP BY
 *                    OwnerId` gives them; NULL = nothing is known
 * @param members     the host's team: `id` and `email`; NULL = only owner.map and owner.inverse
 *                    tell who is mapped
 * @param out         rows of the kind `owner`, to be freed by the caller, on the allocator of
 *                    `users`, a row for each owner and object. Fields: `finding`, `owner` (id),
 *                    `name`, `email`, `object`, `records` (DECIMAL). A finding is, in this order,
 *                    `unmapped` (an active standard user without a team member, told even with 0
 *                    records), `inactive` (the user has left), `queue`, or `unknown` (no such user
 *                    among those given). Owners of whom nothing is the matter have no row
 * @return CRMSYNC_OK; CRMSYNC_E_INVALID (NULL); CRMSYNC_E_NOMEM. Calls no hook but the allocator.
 *         Since 0.1.
 */
CRMSYNC_API int32_t crmsync_owner_report(const crmsync_config *config,
                                         const crmsync_normalizer *normalizer,
                                         const crmsync_rows *users, const crmsync_rows *owned,
                                         const crmsync_rows *members, crmsync_rows **out,
                                         crmsync_error **err);

CRMSYNC_END_DECLS

#include <crmsync/reasons.h>

#endif
