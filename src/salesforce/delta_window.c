#include "salesforce/delta.h"

#include "base/time.h"

#define MINUTE_MS  INT64_C(60000)
#define DELETED_MS (15 * CRMI_DAY_MS)
#define UPDATED_MS (30 * CRMI_DAY_MS)

static bool open_window(int64_t from_ms, int64_t now_ms, int64_t reach_ms, crmi_delta_window *w)
{
    /* the clocks of both sides differ, and the start is rounded down: stay clear of the edge */
    int64_t earliest = now_ms - reach_ms + 2 * MINUTE_MS;
    bool lost = from_ms < earliest;
    w->start_ms = lost ? earliest : from_ms;
    w->end_ms = now_ms > w->start_ms + MINUTE_MS ? now_ms : w->start_ms + MINUTE_MS;
    return !lost;
}

bool crmi_deleted_window(int64_t from_ms, int64_t now_ms, crmi_delta_window *w)
{
    return open_window(from_ms, now_ms, DELETED_MS, w);
}

bool crmi_updated_window(int64_t from_ms, int64_t now_ms, crmi_delta_window *w)
{
    return open_window(from_ms, now_ms, UPDATED_MS, w);
}

bool crmi_delta_window_halve(crmi_delta_window *w)
{
    int64_t half = (w->end_ms - w->start_ms) / 2;
    half -= half % MINUTE_MS;
    if (half < MINUTE_MS)
        return false;
    w->end_ms = w->start_ms + half;
    return true;
}

bool crmi_deleted_complete(const crmi_delta *deleted, int64_t start_ms)
{
    return deleted->earliest_available_ms <= start_ms;
}
