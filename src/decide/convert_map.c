/* Maps of values between the sides, before and after the conversion of types. */
#include "decide/convert.h"

typedef struct mapping {
    const crmi_value_pair *pairs;
    size_t count;
    bool outward;          /* by .local to .remote */
    crmsync_str otherwise; /* for what is not listed; empty = nothing */
    crmi_arena *arena;
} mapping;

/* Looks a value up by one side of the pairs: exactly, then without regard to case. */
static const crmi_value_pair *pair_of(const mapping *m, crmsync_str text)
{
    for (int folded = 0; folded < 2; folded++) {
        for (size_t i = 0; i < m->count; i++) {
            crmsync_str have = m->outward ? m->pairs[i].local : m->pairs[i].remote;
            if (folded ? crmi_str_eq_ci(have, text) : crmi_str_eq(have, text)) {
                return &m->pairs[i];
            }
        }
    }
    return NULL;
}

/* 0, VALUE_DEFAULT or UNMAPPED_VALUE. */
static uint32_t map_one(const mapping *m, crmsync_str text, crmsync_str *out)
{
    const crmi_value_pair *pair = pair_of(m, text);
    if (pair) {
        *out = m->outward ? pair->remote : pair->local;
        return 0;
    }
    *out = m->otherwise;
    return m->otherwise.len ? CRMSYNC_REASON_VALUE_DEFAULT : CRMSYNC_REASON_UNMAPPED_VALUE;
}

/* Each entry of "a;b" for itself; two that map to one value give it once. */
static uint32_t map_set(const mapping *m, crmsync_str rest, crmsync_str *out)
{
    crmi_buf b;
    crmsync_str part;
    uint32_t result = 0;
    crmi_buf_init(&b, m->arena->alloc);
    while (result != CRMSYNC_REASON_UNMAPPED_VALUE && crmi_set_next(&rest, &part)) {
        crmsync_str to, have = crmi_buf_str(&b), old;
        uint32_t one = map_one(m, part, &to);
        bool there = !to.len;
        while (!there && crmi_set_next(&have, &old)) {
            there = crmi_str_eq_ci(old, to);
        }
        if (!there && b.len) {
            crmi_buf_char(&b, ';');
        }
        if (!there) {
            crmi_buf_add(&b, to);
        }
        result = one ? one : result;
    }
    if (!crmi_buf_ok(&b) || !crmi_arena_str(m->arena, crmi_buf_str(&b), out)) {
        result = CRMI_CONVERT_NOMEM;
    }
    crmi_buf_clear(&b);
    return result;
}

static uint32_t map_cell(const mapping *m, const crmi_field *field, const crmsync_cell *in,
                         crmsync_cell *out)
{
    crmsync_str text, to;
    bool several = field && field->type == CRMI_TYPE_MULTIPICKLIST;
    *out = crmi_cell_absent();
    if (!crmi_cell_text_of(m->arena, in, &text)) {
        return CRMI_CONVERT_NOMEM;
    }
    uint32_t result = several ? map_set(m, text, &to) : map_one(m, text, &to);
    if (crmi_converted(result) && !several && !crmi_arena_str(m->arena, to, &to)) {
        return CRMI_CONVERT_NOMEM;
    }
    if (crmi_converted(result)) {
        *out = crmi_cell_text(to);
    }
    return result;
}

uint32_t crmi_to_crm(const crmi_decide_env *env, const crmi_field *field,
                     const crmi_field_rule *rule, const crmsync_cell *in, crmi_arena *arena,
                     crmsync_cell *out)
{
    crmsync_cell mapped = *in;
    uint32_t first = 0;
    *out = crmi_cell_null();
    if (crmi_cell_blank(in)) {
        return 0;
    }
    if (rule && rule->value_count) {
        mapping m = {rule->values, rule->value_count, true, rule->value_default, arena};
        first = map_cell(&m, field, in, &mapped);
        if (!crmi_converted(first)) {
            *out = crmi_cell_absent();
            return first;
        }
        if (crmi_cell_blank(&mapped)) {
            return 0;
        }
    }
    if (!field) {
        *out = mapped;
        return first;
    }
    uint32_t result = crmi_convert(env, field, rule, &mapped, arena, out);
    if (result == CRMSYNC_REASON_PICKLIST_MISS && rule && rule->value_default.len) {
        if (!crmi_arena_str(arena, rule->value_default, &mapped.text)) {
            return CRMI_CONVERT_NOMEM;
        }
        mapped = crmi_cell_text(mapped.text);
        result = crmi_convert(env, field, rule, &mapped, arena, out);
        first = CRMSYNC_REASON_VALUE_DEFAULT;
    }
    return result ? result : first;
}

uint32_t crmi_to_local(const crmi_decide_env *env, const crmi_field *field,
                       const crmi_field_rule *rule, const crmsync_cell *in, crmi_arena *arena,
                       crmsync_cell *out)
{
    (void)env;
    *out = crmi_cell_blank(in) ? crmi_cell_null() : *in;
    if (crmi_cell_blank(in) || !rule || (!rule->value_count && !rule->inverse_count)) {
        return 0;
    }
    /* A map of several values to one has no inverse: only an explicit one is used. */
    mapping m = {rule->inverse, rule->inverse_count, false, CRMI_STR_EMPTY, arena};
    return map_cell(&m, field, in, out);
}
