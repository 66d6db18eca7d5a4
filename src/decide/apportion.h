/* Sharing whole units out by weight, exactly. */
#ifndef CRMI_DECIDE_APPORTION_H
#define CRMI_DECIDE_APPORTION_H

#include "base/alloc.h"

#define CRMI_SHARE_DIGITS 64u
#define CRMI_SHARES_MAX   1000000u
#define CRMI_WEIGHT_MAX   (UINT64_C(1) << 32)

/* One taker. `units` are decimal digits, the last one being the units' own; leading zeros kept. */
typedef struct crmi_share {
    uint64_t weight; /* at most CRMI_WEIGHT_MAX; 0 = takes nothing */
    int64_t at;      /* of equal remainders the earlier one takes a unit that is left over */
    unsigned char units[CRMI_SHARE_DIGITS + 1];
    uint64_t rest; /* numerator of what was cut off; the denominator is the sum of the weights */
} crmi_share;

/*
 * Shares `count` digits of a whole number out over the takers, so that their units add up to it:
 * largest remainder, ties by time and then by position. At most CRMI_SHARES_MAX takers. All units
 * are zero when all weights are. false = no memory.
 */
bool crmi_apportion(const crmsync_alloc *alloc, const unsigned char *digits, size_t count,
                    crmi_share *shares, size_t n);

/* 2^(-age / half_life) with 32 bits after the point, from whole numbers only. */
uint64_t crmi_decay(uint64_t age, uint64_t half_life);

#endif
