/*
 * Activities that are logged a limited number of times: a link of an e-mail is clicked for the
 * first time once, and a person's visits of a day are capped.
 */
#include "decide/activity.h"

#include <inttypes.h>
#include <stdio.h>

/* The parts of a key, each behind its length: none runs into the next. */
static int32_t make_key(const crmi_decide_env *env, const crmsync_str *parts, size_t count,
                        crmi_arena *arena, crmsync_str *out, crmsync_error **err)
{
    crmi_buf b;
    crmi_digest d;
    crmi_digest_init(&d);
    for (size_t i = 1; i < count; i++) {
        crmi_digest_part(&d, parts[i]);
    }
    uint64_t rest = crmi_digest_end(&d);
    crmi_buf_init(&b, env->alloc);
    crmi_buf_add(&b, parts[0]);
    crmi_buf_fmt(&b, " %08x%08x", (unsigned)(rest >> 32), (unsigned)(rest & 0xffffffffu));
    bool ok = crmi_buf_ok(&b) && crmi_arena_str(arena, crmi_buf_str(&b), out);
    crmi_buf_clear(&b);
    return ok ? CRMSYNC_OK : crmi_fail_nomem(err);
}

int32_t crmi_activity_allowance(const crmi_decide_env *env, crmi_record local, int64_t civil_date,
                                crmi_arena *arena, crmi_allowance *out, crmsync_error **err)
{
    uint32_t kind = CRMI_ACTIVITY_LAST;
    crmsync_str parts[3] = {crmi_record_text(local, "person_id")};
    *out = (crmi_allowance){.key_kind = NULL};
    crmi_activity_kind_named(crmi_record_text(local, "kind"), &kind);
    if (!parts[0].len) {
        return CRMSYNC_OK;
    }
    if (kind == CRMI_ACTIVITY_EMAIL_CLICKED) {
        parts[1] = crmi_str_trim(crmi_record_text(local, "email_id"));
        parts[2] = crmi_str_trim(crmi_record_text(local, "url"));
        *out = (crmi_allowance){"click", CRMI_STR_EMPTY, 1, CRMSYNC_REASON_CLICK_REPEATED};
        return make_key(env, parts, 3, arena, &out->key, err);
    }
    size_t cap = env->config->activities.visits_per_day;
    if (kind == CRMI_ACTIVITY_WEBSITE_VISIT && cap) {
        char day[24];
        int len = snprintf(day, sizeof(day), "%" PRId64, civil_date);
        parts[1] = (crmsync_str){day, (size_t)len};
        *out = (crmi_allowance){"visit", CRMI_STR_EMPTY, cap, CRMSYNC_REASON_VISITS_CAPPED};
        return make_key(env, parts, 2, arena, &out->key, err);
    }
    return CRMSYNC_OK;
}

int32_t crmi_activity_session(const crmi_decide_env *env, crmi_record local, int64_t civil_date,
                              crmi_arena *arena, crmi_allowance *out, crmsync_error **err)
{
    crmsync_str parts[2] = {crmi_record_text(local, "person_id"),
                            crmi_str_trim(crmi_record_text(local, "visit_id"))};
    bool visit = crmi_str_is(crmi_record_text(local, "kind"), "website_visit");
    (void)civil_date;
    *out = (crmi_allowance){.key_kind = NULL};
    if (!visit || !parts[0].len || !parts[1].len) {
        return CRMSYNC_OK;
    }
    *out = (crmi_allowance){.key_kind = "session", .limit = SIZE_MAX};
    return make_key(env, parts, 2, arena, &out->key, err);
}

/* ---- a page ---- */

static bool counted_before(const crmi_activity_input *in)
{
    crmsync_str id = crmi_record_text(in->local, "id");
    for (size_t i = 0; i < in->counted_count; i++) {
        if (crmi_str_eq(in->counted[i], id)) {
            return true;
        }
    }
    return false;
}

typedef struct admission {
    const crmi_decide_env *env;
    crmi_arena *arena;
    crmi_map used; /* "click <key>" -> how many of this page took it, as an index */
} admission;

static int32_t admit(admission *a, const crmi_activity_input *in, uint32_t *refused,
                     crmsync_error **err)
{
    crmi_allowance allowance;
    size_t used = 0;
    int32_t code =
        crmi_activity_allowance(a->env, in->local, in->civil_date, a->arena, &allowance, err);
    if (code != CRMSYNC_OK || !allowance.key_kind || counted_before(in)) {
        return code;
    }
    crmi_buf b;
    crmsync_str key;
    crmi_buf_init(&b, a->env->alloc);
    crmi_buf_fmt(&b, "%s ", allowance.key_kind);
    crmi_buf_add(&b, allowance.key);
    bool ok = crmi_buf_ok(&b) && crmi_arena_str(a->arena, crmi_buf_str(&b), &key);
    crmi_buf_clear(&b);
    if (!ok) {
        return crmi_fail_nomem(err);
    }
    crmi_map_get_index(&a->used, key, &used);
    if (in->counted_count + used >= allowance.limit) {
        *refused = allowance.reason;
        return CRMSYNC_OK;
    }
    return crmi_map_put_index(&a->used, key, used + 1) ? CRMSYNC_OK : crmi_fail_nomem(err);
}

int32_t crmi_activity_admit(const crmi_decide_env *env, const crmi_activity_input *items,
                            size_t count, const bool *wanted, uint32_t *refused, crmi_arena *arena,
                            crmsync_error **err)
{
    admission a = {.env = env, .arena = arena};
    size_t *order = NULL;
    int32_t code = crmi_activity_turns(items, count, arena, &order, err);
    crmi_map_init(&a.used, env->alloc);
    for (size_t k = 0; code == CRMSYNC_OK && k < count; k++) {
        size_t i = order[k]; /* what happened first goes first */
        code = wanted[i] ? admit(&a, &items[i], &refused[i], err) : CRMSYNC_OK;
    }
    crmi_map_clear(&a.used);
    return code;
}
