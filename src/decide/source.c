/* Where the host's value of a mapped field comes from, and what counts as none. */
#include "decide/convert.h"
#include "decide/merge.h"

bool crmi_field_empty(const crmi_field_rule *rule, const crmsync_cell *cell)
{
    bool spelled = cell->type == CRMSYNC_CELL_TEXT || cell->type == CRMSYNC_CELL_DECIMAL;
    if (crmi_cell_blank(cell)) {
        return true;
    }
    for (size_t i = 0; spelled && i < rule->blank_count; i++) {
        if (crmi_str_eq_ci(crmi_str_trim(cell->text), crmi_str_trim(rule->blanks[i]))) {
            return true;
        }
    }
    return false;
}

/* Values inside a link must not end its path or query. */
static bool makes_link(const crmi_field_rule *rule, const crmi_field *field)
{
    return (field && field->type == CRMI_TYPE_URL) || crmi_str_starts(rule->composed, "http://") ||
           crmi_str_starts(rule->composed, "https://");
}

static uint32_t compose(const crmi_merge *m, const crmi_field_rule *rule, const crmi_field *field,
                        crmi_arena *arena, crmsync_cell *out)
{
    crmi_buf b;
    crmsync_str rest = rule->composed, part, value, text;
    uint32_t result = 0;
    int kind;
    crmi_buf_init(&b, arena->alloc);
    while (!result && (kind = crmi_template_next(&rest, &part)) > 0) {
        if (kind == CRMI_TEMPLATE_TEXT) {
            crmi_buf_add(&b, part);
            continue;
        }
        crmsync_cell cell = crmi_record_get(m->local, part);
        if (crmi_field_empty(rule, &cell)) {
            result = CRMSYNC_REASON_TEMPLATE_INCOMPLETE;
        } else if (!crmi_cell_text_of(arena, &cell, &value)) {
            result = CRMI_CONVERT_NOMEM;
        } else if (makes_link(rule, field)) {
            crmi_buf_url(&b, value);
        } else {
            crmi_buf_add(&b, value);
        }
    }
    if (!result && (!crmi_buf_ok(&b) || !crmi_arena_str(arena, crmi_buf_str(&b), &text))) {
        result = CRMI_CONVERT_NOMEM;
    }
    *out = result ? crmi_cell_absent() : crmi_cell_text(text);
    crmi_buf_clear(&b);
    return result;
}

uint32_t crmi_field_source(const crmi_merge *m, const crmi_field_rule *rule,
                           const crmi_field *field, crmi_arena *arena, crmsync_cell *out)
{
    *out = crmi_cell_absent();
    if (!m->local.rows) {
        return 0;
    }
    if (rule->composed.len) {
        return compose(m, rule, field, arena, out);
    }
    if (!rule->constant.len) {
        *out = crmi_record_get(m->local, rule->local);
        return 0;
    }
    crmsync_str text; /* a plan may outlive its configuration */
    if (!crmi_arena_str(arena, rule->constant, &text)) {
        return CRMI_CONVERT_NOMEM;
    }
    *out = crmi_cell_text(text);
    return 0;
}
