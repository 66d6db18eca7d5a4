/* usage.c: API calls of the last 24 hours, which is what the daily limit counts. */
#include <string.h>

#include "org.h"

#define HOUR_MS INT64_C(3600000)

/* Hours that are over lose what was counted a day before them. */
static void forget_old(orgsim *org)
{
    int64_t hour = org->now_ms / HOUR_MS;
    int64_t passed = hour - org->calls_hour;
    if (passed < 0 || passed >= ORGSIM_HOURS)
        memset(org->calls_of, 0, sizeof org->calls_of);
    for (int64_t h = org->calls_hour + 1; passed < ORGSIM_HOURS && h <= hour; h++)
        org->calls_of[h % ORGSIM_HOURS] = 0;
    org->calls_hour = hour;
}

int64_t orgsim_calls_today(orgsim *org)
{
    int64_t sum = 0;
    forget_old(org);
    for (size_t i = 0; i < ORGSIM_HOURS; i++)
        sum += org->calls_of[i];
    return sum;
}

void orgsim_count_call(orgsim *org)
{
    forget_old(org);
    org->calls_of[org->calls_hour % ORGSIM_HOURS]++;
    org->usage.api_calls++;
}

void orgsim_set_calls_today(orgsim *org, int64_t calls)
{
    memset(org->calls_of, 0, sizeof org->calls_of);
    forget_old(org);
    org->calls_of[org->calls_hour % ORGSIM_HOURS] = calls;
}
