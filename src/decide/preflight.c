#include <stdarg.h>
#include <stdio.h>

#include "decide/preflight.h"

static const char *const state_names[CRMI_CHECK_STATES] = {"pass", "info", "warn", "fail"};

const char *crmi_preflight_state_name(uint32_t state)
{
    return state < CRMI_CHECK_STATES ? state_names[state] : "unknown";
}

void crmi_preflight_init(crmi_preflight *p, const crmsync_alloc *alloc)
{
    *p = (crmi_preflight){.count = 0};
    crmi_arena_init(&p->arena, alloc);
}

void crmi_preflight_clear(crmi_preflight *p)
{
    const crmsync_alloc *alloc = p->arena.alloc;
    crmi_dealloc(alloc, p->items, p->cap * sizeof *p->items);
    crmi_arena_clear(&p->arena);
    crmi_preflight_init(p, alloc);
}

void crmi_preflight_add(crmi_preflight *p, const char *id, uint32_t state, crmsync_str subject,
                    const char *remedy, const char *format, ...)
{
    char message[512];
    size_t bad;
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    if (!crmi_str_utf8_valid(crmi_str(message), &bad))
        message[bad] = '\0'; /* the buffer was too short within a character */
    if (!crmi_grow(p->arena.alloc, &p->items, &p->cap, p->count + 1, sizeof *p->items)) {
        p->nomem = true;
        return;
    }
    crmi_preflight_item *item = &p->items[p->count];
    *item = (crmi_preflight_item){.id = id, .state = state};
    if (crmi_arena_str(&p->arena, subject, &item->subject) &&
        crmi_arena_str(&p->arena, crmi_str(message), &item->message) &&
        crmi_arena_str(&p->arena, crmi_str(remedy), &item->remedy))
        p->count++;
    else
        p->nomem = true;
}

/* ---- the configuration as a whole ---- */

static void judge_mapping(crmi_preflight *p)
{
    if (!crmi_config_maps(p->config)) {
        crmi_preflight_add(p, "mapping", CRMI_CHECK_FAIL, CRMI_STR("/objects"),
                       "Map at least one object, or begin with \"extends\":\"recommended\".",
                       "no object is mapped yet: nothing is synced");
        return;
    }
    int32_t errors = p->schema ? crmsync_config_lint(p->config, p->schema, NULL, NULL, NULL) : 0;
    if (errors < 0)
        p->nomem = true;
    else if (errors)
        crmi_preflight_add(p, "mapping", CRMI_CHECK_FAIL, CRMI_STR_EMPTY,
                       "Mend what crmsync_config_lint() tells.",
                       "%d findings of the configuration against this org are errors", (int)errors);
    else if (p->schema)
        crmi_preflight_add(p, "mapping", CRMI_CHECK_PASS, CRMI_STR_EMPTY, "",
                       "the configuration fits the org");
}

static void judge_calls(crmi_preflight *p)
{
    uint64_t used = p->facts->calls_used, limit = p->facts->calls_limit;
    uint32_t share = p->config->limits.daily_share;
    if (!limit)
        return;
    uint64_t percent = used * 100 / limit;
    uint32_t state = percent >= share        ? CRMI_CHECK_FAIL
                     : percent + 10 >= share ? CRMI_CHECK_WARN
                                             : CRMI_CHECK_PASS;
    crmi_preflight_add(p, "daily_calls", state, CRMI_STR_EMPTY,
                   state == CRMI_CHECK_PASS
                       ? ""
                       : "Wait for the day's calls to free up, raise limits.daily_share, or buy more.",
                   "%llu of the org's %llu daily API calls are used; the sync pauses at %u percent",
                   (unsigned long long)used, (unsigned long long)limit, (unsigned)share);
}

int32_t crmi_preflight_judge(crmi_preflight *p, crmsync_error **err)
{
    p->count = 0;
    p->nomem = false;
    crmi_preflight_user(p);
    judge_calls(p);
    crmi_preflight_objects(p);
    judge_mapping(p);
    return p->nomem ? crmi_fail_nomem(err) : CRMSYNC_OK;
}
