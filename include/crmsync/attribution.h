/**
 * @file attribution.h
 * Which touches an amount is owed to: first, last, linear, u-shaped, w-shaped, time decay.
 *
 * Pure: rows in, rows out, no store and no clock. Whole numbers only: the shares are the same on
 * every machine, and the amounts add up to the last unit.
 */
#ifndef CRMSYNC_ATTRIBUTION_H
#define CRMSYNC_ATTRIBUTION_H

#include <crmsync/error.h>
#include <crmsync/rows.h>

CRMSYNC_BEGIN_DECLS

/** How an amount is shared out. A touch that has two roles gets the sum of both shares. */
enum {
    CRMSYNC_ATTRIBUTION_FIRST = 1,     /**< all to the first touch */
    CRMSYNC_ATTRIBUTION_LAST = 2,      /**< all to the last one */
    CRMSYNC_ATTRIBUTION_LINEAR = 3,    /**< the same to each */
    CRMSYNC_ATTRIBUTION_U_SHAPED = 4,  /**< 40 % first, 40 % last, 20 % among the others */
    CRMSYNC_ATTRIBUTION_W_SHAPED = 5,  /**< 30 % first, 30 % the one that made the lead, 30 % last,
                                            10 % among the others */
    CRMSYNC_ATTRIBUTION_TIME_DECAY = 6 /**< half as much for each half-life further back */
};

/** What is done with touches later than the conversion. */
enum {
    CRMSYNC_LATE_IGNORE = 0, /**< they get nothing */
    CRMSYNC_LATE_REFUSE = 1  /**< CRMSYNC_E_INVALID, naming the touch */
};

/** One conversion. Views need to live during the call only. */
typedef struct crmsync_attribution {
    size_t struct_size;
    uint32_t model;          /**< CRMSYNC_ATTRIBUTION_* */
    uint32_t late;           /**< CRMSYNC_LATE_* */
    uint32_t half_life_days; /**< time decay: 1 to 36,500 */
    uint32_t scale;          /**< digits after the point that the currency has, 0 to 9 */
    int64_t converted_ms;    /**< when it converted, unix ms UTC; 0 = after every touch */
    int64_t lead_created_ms; /**< w-shaped: when the person became a lead, unix ms UTC; the last
                                  touch up to then made it, or the first one where all came later */
    crmsync_str amount;      /**< decimal, `1200.50`; may be negative; at most 64 digits at that
                                  scale, never rounded: `0.005` at scale 2 is refused */
} crmsync_attribution;
#define CRMSYNC_ATTRIBUTION_INIT                                                                   \
    {                                                                                              \
        sizeof(crmsync_attribution), CRMSYNC_ATTRIBUTION_LINEAR, CRMSYNC_LATE_IGNORE, 7, 2, 0, 0,  \
        {                                                                                          \
            NULL, 0                                                                                \
        }                                                                                          \
    }

/**
 * Shares an amount out over touches.
 *
 * Shares that do not fit the currency are cut, and the units left over go to the largest
 * remainders; where those are equal to the earlier touch, and at the same time to the one that
 * stands first. Time decay weighs a touch by 2^(-age / half-life), its age counted back from the
 * last touch that counts, in fixed point with 32 bits after the point; beyond 32 half-lives it is
 * nothing.
 *
 * @param alloc       NULL = libc
 * @param conversion  with struct_size set
 * @param touches     rows of any kind with `at` (DATETIME, or a text such as
 *                    `2026-11-20T10:00:00Z`) and, if the result shall name them, `id` and
 *                    `campaign_id`; any order; at most 1,000,000
 * @param out         one row of kind `attribution` per touch, in the order given: `id`,
 *                    `campaign_id` as in the touch, `share_ppm` (DECIMAL, parts per million),
 *                    `amount` (DECIMAL at the scale). When any touch counts, the shares add up to
 *                    1,000,000 and the amounts to the amount; without touches there are no rows.
 *                    Set to NULL first; free with crmsync_rows_free()
 * @return CRMSYNC_OK; CRMSYNC_E_INVALID (unknown model, amount that is no number or too fine for
 * the scale, touch without time, late touch under CRMSYNC_LATE_REFUSE, w-shaped without
 *         lead_created_ms); CRMSYNC_E_LIMIT (too many digits or touches); CRMSYNC_E_UNSUPPORTED (a
 *         member of a newer library); CRMSYNC_E_NOMEM. Calls no hooks. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_attribute(const crmsync_alloc *alloc,
                                      const crmsync_attribution *conversion,
                                      const crmsync_rows *touches, crmsync_rows **out,
                                      crmsync_error **err);

CRMSYNC_END_DECLS

#endif
