/*
 * A visit to a website of which the host has several records, a page view each: they are logged as
 * one. The first one stands for the visit, and stays the one that does.
 */
#include "decide/activity.h"

#include <stdlib.h>

#include "base/time.h"

int64_t crmi_activity_time(crmi_record activity)
{
    crmsync_cell at = crmi_record_get(activity, CRMI_STR("at"));
    int64_t ms = 0;
    if (at.type == CRMSYNC_CELL_DATETIME) {
        return at.number;
    }
    return at.type == CRMSYNC_CELL_TEXT && crmi_datetime_parse(at.text, &ms) ? ms : INT64_MAX;
}

typedef struct turn {
    int64_t at;
    size_t index;
} turn;

static int by_time(const void *a, const void *b)
{
    const turn *x = a, *y = b;
    if (x->at != y->at) {
        return x->at < y->at ? -1 : 1;
    }
    return x->index < y->index ? -1 : x->index > y->index;
}

int32_t crmi_activity_turns(const crmi_activity_input *items, size_t count, crmi_arena *arena,
                            size_t **out, crmsync_error **err)
{
    turn *turns = crmi_arena_array(arena, count + 1, sizeof(*turns));
    *out = crmi_arena_array(arena, count + 1, sizeof(**out));
    if (!turns || !*out) {
        return crmi_fail_nomem(err);
    }
    for (size_t i = 0; i < count; i++) {
        turns[i] = (turn){crmi_activity_time(items[i].local), i};
    }
    qsort(turns, count, sizeof(*turns), by_time);
    for (size_t i = 0; i < count; i++) {
        (*out)[i] = turns[i].index;
    }
    return CRMSYNC_OK;
}

/* Known from an earlier run, or logged, or the first. */
static void choose_leader(const crmi_activity_input *items, crmi_visit *visit)
{
    visit->leader = visit->parts[0];
    for (size_t i = visit->count; i-- > 0;) {
        const crmi_activity_input *in = &items[visit->parts[i]];
        if (in->link && in->link->target_count) {
            visit->leader = visit->parts[i];
        }
    }
    for (size_t i = 0; i < visit->count; i++) {
        const crmi_activity_input *in = &items[visit->parts[i]];
        if (in->visit.len && crmi_str_eq(in->visit, crmi_record_text(in->local, "id"))) {
            visit->leader = visit->parts[i];
        }
    }
}

static int32_t group(const crmi_decide_env *env, const crmi_activity_input *items,
                     const size_t *order, size_t count, crmi_arena *arena, crmi_visits *out,
                     crmsync_error **err)
{
    crmi_map seen;
    int32_t code = CRMSYNC_OK;
    crmi_map_init(&seen, env->alloc);
    for (size_t k = 0; code == CRMSYNC_OK && k < count; k++) {
        size_t i = order[k];
        crmi_allowance session;
        code = crmi_activity_session(env, items[i].local, 0, arena, &session, err);
        if (code != CRMSYNC_OK || !session.key_kind) {
            continue;
        }
        if (!crmi_map_get_index(&seen, session.key, &out->of[i])) {
            out->of[i] = out->count++;
            code = crmi_map_put_index(&seen, session.key, out->of[i]) ? CRMSYNC_OK
                                                                     : crmi_fail_nomem(err);
        }
        out->items[out->of[i]].count++;
    }
    crmi_map_clear(&seen);
    return code;
}

int32_t crmi_activity_visits(const crmi_decide_env *env, const crmi_activity_input *items,
                             size_t count, crmi_arena *arena, crmi_visits *out,
                             crmsync_error **err)
{
    size_t *order = NULL;
    int32_t code = crmi_activity_turns(items, count, arena, &order, err);
    *out = (crmi_visits){.count = 0};
    out->of = crmi_arena_array(arena, count + 1, sizeof(*out->of));
    out->items = crmi_arena_array(arena, count + 1, sizeof(*out->items));
    if (code != CRMSYNC_OK || !out->of || !out->items) {
        return code != CRMSYNC_OK ? code : crmi_fail_nomem(err);
    }
    for (size_t i = 0; i < count; i++) {
        out->of[i] = CRMI_NO_DECISION;
    }
    code = group(env, items, order, count, arena, out, err);
    for (size_t v = 0; code == CRMSYNC_OK && v < out->count; v++) {
        out->items[v].parts =
            crmi_arena_array(arena, out->items[v].count, sizeof(*out->items[v].parts));
        out->items[v].count = 0;
        code = out->items[v].parts ? CRMSYNC_OK : crmi_fail_nomem(err);
    }
    for (size_t k = 0; code == CRMSYNC_OK && k < count; k++) {
        size_t v = out->of[order[k]];
        if (v != CRMI_NO_DECISION) {
            out->items[v].parts[out->items[v].count++] = order[k];
        }
    }
    for (size_t v = 0; code == CRMSYNC_OK && v < out->count; v++) {
        choose_leader(items, &out->items[v]);
    }
    return code;
}
