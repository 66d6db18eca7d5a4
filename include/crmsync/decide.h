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

CRMSYNC_END_DECLS

#include <crmsync/reasons.h>

#endif
