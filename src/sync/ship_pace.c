/* How many rows a request may hold: what the org's answers taught in this run. */
#include "sync/ship.h"

#include <stdio.h>

#define SERVER_TIME_MAX_MS 10000u /* auto packing: predicted time of one call */
#define ROWS_MAX ((size_t)CRMI_COLLECTION_MAX * CRMI_COMPOSITE_PARTS)

static const crmi_ship_pace *pace_known(const crmi_ship *ship, const crmi_parcel *p)
{
    for (size_t i = 0; i < CRMI_SHIP_PACES; i++) {
        const crmi_ship_pace *pace = &ship->paces[i];
        if (pace->object[0] && pace->op == p->op && crmi_str_is(p->object, pace->object))
            return pace;
    }
    return NULL;
}

/* The one of this object and kind of write; a new one while there is room. */
static crmi_ship_pace *pace_of(crmi_ship *ship, const crmi_parcel *p)
{
    for (size_t i = 0; i < CRMI_SHIP_PACES; i++) {
        crmi_ship_pace *pace = &ship->paces[i];
        if (pace->object[0] && pace->op == p->op && crmi_str_is(p->object, pace->object))
            return pace;
        if (pace->object[0] || p->object.len >= sizeof pace->object)
            continue;
        pace->op = p->op;
        memcpy(pace->object, p->object.ptr, p->object.len);
        pace->object[p->object.len] = '\0';
        return pace;
    }
    return NULL;
}

size_t crmi_ship_capacity(const crmi_ship *ship, const crmi_parcel *p)
{
    uint32_t packing = ship->task.job->ws->config->limits.packing;
    const crmi_ship_pace *pace = pace_known(ship, p);
    size_t rows = ROWS_MAX;
    if (packing == CRMI_PACKING_ONE)
        return 1;
    if (packing == CRMI_PACKING_AUTO) {
        /* nothing measured yet: one collection alone */
        uint64_t fast = pace && pace->ms_per_row_x16
                            ? SERVER_TIME_MAX_MS * 16u / pace->ms_per_row_x16
                            : CRMI_COLLECTION_MAX;
        rows = fast < ROWS_MAX ? (size_t)fast : ROWS_MAX;
        rows -= rows % CRMI_COLLECTION_MAX;
        rows = rows ? rows : CRMI_COLLECTION_MAX;
    }
    return pace && pace->ceiling && pace->ceiling < rows ? pace->ceiling : rows;
}

/* The org was too slow, or somebody else was in the way: fewer rows at once help. */
static bool troubled(const crmi_parcel *p)
{
    const crmi_sf_rule *rule = p->result.errors.rule;
    if (p->state == CRMI_PARCEL_UNKNOWN)
        return true;
    return p->state == CRMI_PARCEL_FAILED && rule &&
           (rule->retry == CRMI_RETRY_SMALLER ||
            (rule->retry == CRMI_RETRY_BACKOFF && rule->error_class == CRMSYNC_CLASS_TRANSIENT));
}

static void take_time(crmi_ship_pace *pace, uint64_t ms_per_row_x16)
{
    pace->ms_per_row_x16 = pace->ms_per_row_x16 ? (pace->ms_per_row_x16 * 3 + ms_per_row_x16) / 4
                                                : ms_per_row_x16;
}

/* Halved at once, grown by a quarter a request: the other way round it would swing. */
static void take_trouble(crmi_ship_pace *pace, size_t rows, bool trouble)
{
    if (trouble) {
        pace->ceiling = rows / 2 ? rows / 2 : 1;
    } else if (pace->ceiling && rows >= pace->ceiling) {
        size_t step = pace->ceiling / 4 ? pace->ceiling / 4 : 1;
        pace->ceiling = pace->ceiling + step < ROWS_MAX ? pace->ceiling + step : 0;
    }
}

void crmi_ship_measure(crmi_ship *ship, uint64_t elapsed_ms)
{
    size_t n = ship->packed_count;
    bool trouble = false;
    if (ship->way != CRMI_WAY_COLLECTIONS || !n)
        return;
    for (size_t i = 0; i < n; i++)
        trouble = trouble || troubled(&ship->parcels[ship->packed[i]]);
    const crmi_ship_pace *before = NULL;
    for (size_t i = 0; i < n; i++) {
        crmi_ship_pace *pace = pace_of(ship, &ship->parcels[ship->packed[i]]);
        if (!pace || pace == before)
            continue;
        before = pace;
        if (elapsed_ms)
            take_time(pace, elapsed_ms * 16 / n);
        take_trouble(pace, n, trouble);
    }
}
