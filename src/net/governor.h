/*
 * The budget of API calls: what the org says it has used of its rolling day, what this run has
 * used, and how fast to go on. Values in, a verdict out; it holds no clock.
 */
#ifndef CRMI_NET_GOVERNOR_H
#define CRMI_NET_GOVERNOR_H

#include "salesforce/request.h"

#define CRMI_DAILY_SHARE_DEFAULT 80 /* percent of the org's day at which to stop */

typedef struct crmi_governor_options {
    uint32_t daily_share; /* percent, 1 to 100; 0 = the default */
    uint64_t run_calls;   /* calls this run may make; 0 = no limit */
    uint32_t concurrency; /* requests in flight; 0 = 4 */
    uint64_t pause_ms;    /* how long a daily pause lasts before another look; 0 = 15 min */
} crmi_governor_options;

enum {
    CRMI_GO = 0,
    CRMI_SLOW = 1,  /* go, but not before `at` */
    CRMI_PAUSE = 2, /* the day's share is used: nothing before `at` */
    CRMI_STOP = 3   /* this run's own limit is used */
};

typedef struct crmi_pace {
    uint32_t what; /* CRMI_GO ... */
    uint64_t at;   /* mono ms */
} crmi_pace;

typedef struct crmi_governor {
    crmi_governor_options options;
    uint64_t used, limit;  /* as last told; 0 = not known */
    uint64_t since_told;   /* our calls since */
    uint64_t calls;        /* of this run */
    uint64_t paused_until; /* mono ms; 0 = not paused */
    uint64_t slowed_until; /* after a concurrency refusal */
    uint64_t last_sent;    /* mono ms */
    uint32_t allowed;      /* in flight, between 1 and options.concurrency */
    uint32_t in_flight;
    uint32_t strikes; /* concurrency refusals in a row */
} crmi_governor;

void crmi_governor_init(crmi_governor *g,
                        const crmi_governor_options *options); /* NULL = defaults */
/* May another request leave now? A read of a page under way asks too. */
crmi_pace crmi_governor_ask(crmi_governor *g, uint64_t mono_ms);
void crmi_governor_sent(crmi_governor *g, uint64_t mono_ms);
/* An answer, or NULL when none came. Every exchange that was sent is ended by this. */
void crmi_governor_answered(crmi_governor *g, const crmi_response *response, uint64_t mono_ms);
/* What /limits or the refusal itself told. */
void crmi_governor_told(crmi_governor *g, uint64_t used, uint64_t limit);
void crmi_governor_daily_refusal(crmi_governor *g, uint64_t mono_ms);
void crmi_governor_concurrency_refusal(crmi_governor *g, uint64_t mono_ms);
/* The org's use in percent, 0 when not known. */
uint32_t crmi_governor_percent(const crmi_governor *g);

#endif
