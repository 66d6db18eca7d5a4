#include "net/governor.h"

#define DEFAULT_CONCURRENCY 4
#define DEFAULT_PAUSE_MS    (15u * 60u * 1000u)
#define STRIKE_MS           5000u /* a concurrency refusal: long-running calls end within seconds */
#define STRIKE_MAX_MS       120000u

/* Graded slow-down: the closer to the configured share, the longer the gaps. */
static const struct {
    uint32_t percent_of_share;
    uint64_t gap_ms;
} grades[] = {{98, 5000}, {95, 2000}, {90, 500}};

void crmi_governor_init(crmi_governor *g, const crmi_governor_options *options)
{
    *g = (crmi_governor){.used = 0};
    if (options)
        g->options = *options;
    if (g->options.daily_share == 0 || g->options.daily_share > 100)
        g->options.daily_share = CRMI_DAILY_SHARE_DEFAULT;
    if (g->options.concurrency == 0)
        g->options.concurrency = DEFAULT_CONCURRENCY;
    if (g->options.pause_ms == 0)
        g->options.pause_ms = DEFAULT_PAUSE_MS;
    g->allowed = g->options.concurrency;
}

static uint64_t used_now(const crmi_governor *g)
{
    return g->used + g->since_told;
}

/* The number of calls at which to stop. */
static uint64_t ceiling(const crmi_governor *g)
{
    return g->limit / 100 * g->options.daily_share + g->limit % 100 * g->options.daily_share / 100;
}

uint32_t crmi_governor_percent(const crmi_governor *g)
{
    if (g->limit == 0)
        return 0;
    uint64_t used = used_now(g);
    return used >= UINT64_MAX / 100 ? 100 : (uint32_t)(used * 100 / g->limit);
}

static uint64_t gap(const crmi_governor *g)
{
    uint64_t top = ceiling(g), used = used_now(g);
    if (g->limit == 0 || top == 0)
        return 0;
    for (size_t i = 0; i < sizeof grades / sizeof *grades; i++) {
        uint64_t p = grades[i].percent_of_share;
        if (used >= top / 100 * p + top % 100 * p / 100)
            return grades[i].gap_ms;
    }
    return 0;
}

crmi_pace crmi_governor_ask(crmi_governor *g, uint64_t mono_ms)
{
    if (g->options.run_calls && g->calls >= g->options.run_calls)
        return (crmi_pace){CRMI_STOP, mono_ms};
    if (mono_ms < g->paused_until)
        return (crmi_pace){CRMI_PAUSE, g->paused_until};
    /* After a pause one call may look how things are: its answer tells. */
    bool looked = g->paused_until != 0 && g->in_flight == 0;
    if (g->limit && used_now(g) >= ceiling(g) && !looked) {
        g->paused_until = mono_ms + g->options.pause_ms;
        return (crmi_pace){CRMI_PAUSE, g->paused_until};
    }
    if (mono_ms < g->slowed_until)
        return (crmi_pace){CRMI_SLOW, g->slowed_until};
    if (g->in_flight >= g->allowed)
        return (crmi_pace){CRMI_SLOW, mono_ms + 50};
    uint64_t next = g->last_sent + gap(g);
    if (g->calls && mono_ms < next)
        return (crmi_pace){CRMI_SLOW, next};
    return (crmi_pace){CRMI_GO, mono_ms};
}

void crmi_governor_sent(crmi_governor *g, uint64_t mono_ms)
{
    g->calls++;
    g->since_told++;
    g->in_flight++;
    g->last_sent = mono_ms;
}

void crmi_governor_told(crmi_governor *g, uint64_t used, uint64_t limit)
{
    g->used = used;
    g->limit = limit;
    g->since_told = g->in_flight; /* those under way may not be counted in it */
}

void crmi_governor_answered(crmi_governor *g, const crmi_response *response, uint64_t mono_ms)
{
    if (g->in_flight)
        g->in_flight--;
    if (!response)
        return;
    if (response->api_limit) {
        crmi_governor_told(g, response->api_used, response->api_limit);
        bool over = used_now(g) >= ceiling(g);
        g->paused_until = over ? mono_ms + g->options.pause_ms : 0;
    }
    if (response->status >= 200 && response->status < 300) {
        g->strikes = 0;
        if (g->allowed < g->options.concurrency)
            g->allowed++;
    }
}

void crmi_governor_daily_refusal(crmi_governor *g, uint64_t mono_ms)
{
    g->paused_until = mono_ms + g->options.pause_ms;
}

void crmi_governor_concurrency_refusal(crmi_governor *g, uint64_t mono_ms)
{
    uint64_t wait = STRIKE_MS;
    for (uint32_t i = 0; i < g->strikes && wait < STRIKE_MAX_MS; i++)
        wait *= 2;
    g->strikes++;
    g->allowed = g->allowed > 1 ? g->allowed / 2 : 1;
    g->slowed_until = mono_ms + (wait < STRIKE_MAX_MS ? wait : STRIKE_MAX_MS);
}
