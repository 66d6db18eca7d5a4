#include "sync/allowances.h"

static const char *const key_kinds[] = {"click", "visit", "session"};
#define KEY_KINDS (sizeof key_kinds / sizeof key_kinds[0])
#define VISIT_MAX 200 /* records of one visit: their ids share an entry */

size_t crmi_allowance_kinds(void)
{
    return KEY_KINDS;
}

crmsync_str crmi_allowance_kind_at(size_t i)
{
    return crmi_str(key_kinds[i]);
}

static int32_t find_use(crmi_allowances *a, crmi_map *seen, const crmi_allowance *allowance,
                        size_t *use, crmsync_error **err)
{
    crmi_buf b;
    crmsync_str name;
    crmi_buf_init(&b, a->arena->alloc);
    crmi_buf_fmt(&b, "%s/", allowance->key_kind);
    crmi_buf_add(&b, allowance->key);
    bool ok = crmi_buf_ok(&b) && crmi_arena_str(a->arena, crmi_buf_str(&b), &name);
    crmi_buf_clear(&b);
    if (ok && !crmi_map_get_index(seen, name, use)) {
        *use = a->count;
        a->uses[a->count++].allowance = *allowance;
        ok = crmi_map_put_index(seen, name, *use);
    }
    return ok ? CRMSYNC_OK : crmi_fail_nomem(err);
}

static int32_t collect(crmi_allowances *a, const crmi_decide_env *env, crmi_allowance_fn under,
                       const crmi_activity_input *inputs, size_t n, crmsync_error **err)
{
    crmi_map seen;
    int32_t rc = CRMSYNC_OK;
    crmi_map_init(&seen, env->alloc);
    for (size_t i = 0; !rc && i < n; i++) {
        crmi_allowance allowance;
        a->of[i] = (size_t)-1;
        rc = under(env, inputs[i].local, inputs[i].civil_date, a->arena, &allowance, err);
        if (!rc && allowance.key_kind)
            rc = find_use(a, &seen, &allowance, &a->of[i], err);
    }
    crmi_map_clear(&seen);
    return rc;
}

static int32_t read_ids(crmi_allowances *a, crmi_allowance_use *use, crmsync_error **err)
{
    yyjson_doc *doc = NULL;
    yyjson_val *v;
    size_t i, max;
    if (!use->stored.facts.len)
        return CRMSYNC_OK;
    int32_t rc = crmi_json_read(a->arena->alloc, use->stored.facts, &doc, err);
    if (rc)
        return rc;
    yyjson_val *list = crmi_json_member(yyjson_doc_get_root(doc), "activities");
    yyjson_arr_foreach(list, i, max, v)
    {
        if (!crmi_arena_grow(a->arena, &use->ids, &use->cap, use->count + 1, sizeof *use->ids) ||
            !crmi_arena_str(a->arena, crmi_json_text(v), &use->ids[use->count++])) {
            rc = crmi_fail_nomem(err);
            break;
        }
    }
    yyjson_doc_free(doc);
    return rc;
}

/* One read for all limits of a kind. */
static int32_t read_kind(crmi_allowances *a, const crmi_store *store, const char *kind,
                         crmsync_error **err)
{
    crmsync_str *keys = crmi_arena_array(a->arena, a->count + 1, sizeof *keys);
    size_t *which = crmi_arena_array(a->arena, a->count + 1, sizeof *which);
    crmi_index_entry *entries = crmi_arena_array(a->arena, a->count + 1, sizeof *entries);
    size_t n = 0;
    if (!keys || !which || !entries)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < a->count; i++) {
        if (!crmi_str_is(crmi_str(kind), a->uses[i].allowance.key_kind))
            continue;
        which[n] = i;
        keys[n++] = a->uses[i].allowance.key;
    }
    int32_t rc = n ? crmi_index_get_many(store, crmi_str(kind), keys, n, a->arena, entries, err)
                   : CRMSYNC_OK;
    for (size_t i = 0; !rc && i < n; i++) {
        a->uses[which[i]].stored = entries[i];
        rc = read_ids(a, &a->uses[which[i]], err);
    }
    return rc;
}

int32_t crmi_allowances_read(const crmi_store *store, const crmi_decide_env *env,
                             crmi_allowance_fn under, const crmi_activity_input *inputs, size_t n,
                             crmi_arena *arena, crmi_allowances *out, crmsync_error **err)
{
    *out = (crmi_allowances){.arena = arena, .now_ms = env->now_ms};
    out->uses = crmi_arena_array(arena, n + 1, sizeof *out->uses);
    out->of = crmi_arena_array(arena, n + 1, sizeof *out->of);
    if (!out->uses || !out->of)
        return crmi_fail_nomem(err);
    int32_t rc = collect(out, env, under, inputs, n, err);
    for (size_t k = 0; !rc && k < KEY_KINDS; k++)
        rc = read_kind(out, store, key_kinds[k], err);
    return rc;
}

const crmi_allowance_use *crmi_allowances_of(const crmi_allowances *a, size_t i)
{
    return a->of[i] == (size_t)-1 ? NULL : &a->uses[a->of[i]];
}

static bool holds(const crmi_allowance_use *use, crmsync_str id)
{
    for (size_t i = 0; i < use->count; i++) {
        if (crmi_str_eq(use->ids[i], id))
            return true;
    }
    return false;
}

static int32_t give(crmi_allowances *a, crmi_allowance_use *use, crmsync_str id,
                    crmsync_error **err)
{
    if (holds(use, id))
        return CRMSYNC_OK;
    if (!crmi_arena_grow(a->arena, &use->ids, &use->cap, use->count + 1, sizeof *use->ids))
        return crmi_fail_nomem(err);
    use->ids[use->count++] = id;
    use->changed = true;
    return CRMSYNC_OK;
}

int32_t crmi_allowances_take(crmi_allowances *a, const crmi_plan *plan, crmsync_error **err)
{
    int32_t rc = CRMSYNC_OK;
    for (size_t i = 0; !rc && i < plan->count; i++) {
        const crmi_decision *d = &plan->items[i];
        size_t at = a->of[d->input];
        if (d->crm_op == CRMI_OP_CREATE && at != (size_t)-1)
            rc = give(a, &a->uses[at], d->local_id, err);
    }
    return rc;
}

int32_t crmi_allowances_visit(crmi_allowances *a, const crmi_plan *plan, crmsync_error **err)
{
    int32_t rc = CRMSYNC_OK;
    for (size_t part = 0; part < 2; part++) {
        for (size_t i = 0; !rc && i < plan->count; i++) {
            const crmi_decision *d = &plan->items[i];
            size_t at = a->of[d->input];
            bool logged = d->crm_op != CRMI_OP_NONE || d->reason == CRMSYNC_REASON_LOGGED;
            bool fits = part ? d->reason == CRMSYNC_REASON_PART_OF_VISIT : logged;
            if (at == (size_t)-1 || !fits || a->uses[at].count >= VISIT_MAX)
                continue;
            if (!part || a->uses[at].count)
                rc = give(a, &a->uses[at], d->local_id, err);
        }
    }
    return rc;
}

static void put_use(crmi_units *units, const crmi_allowance_use *use, int64_t now_ms)
{
    crmi_buf facts;
    crmi_buf_init(&facts, units->changes.store->alloc);
    crmi_jw w = crmi_jw_to(&facts);
    crmi_jw_object(&w);
    crmi_jw_member_array(&w, "activities");
    for (size_t i = 0; i < use->count; i++)
        crmi_jw_text(&w, use->ids[i]);
    crmi_jw_array_end(&w);
    crmi_member_i64(&w, "at", now_ms);
    crmi_jw_object_end(&w);
    crmi_index_entry entry = {.kind = crmi_str(use->allowance.key_kind),
                              .id = use->allowance.key,
                              .facts = crmi_buf_str(&facts)};
    crmi_units_begin(units);
    if (crmi_buf_ok(&facts))
        crmi_index_replace(&units->changes, &use->stored, &entry);
    else
        crmi_commit_spoil(&units->changes, CRMSYNC_E_NOMEM, "");
    crmi_buf_clear(&facts);
}

void crmi_allowances_put(const crmi_allowances *a, crmi_units *units)
{
    for (size_t i = 0; i < a->count; i++) {
        if (a->uses[i].changed)
            put_use(units, &a->uses[i], a->now_ms);
    }
}
