/* Whether a record takes part at all, and which of its fields. */
#include "decide/policy.h"

bool crmi_in_segment(const crmi_decide_env *env, crmi_record local)
{
    const crmsync_config *config = env->config;
    if (!config->export.segment_count) {
        return true;
    }
    crmsync_str rest = config->local.segments.len
                           ? crmi_record_get(local, config->local.segments).text
                           : CRMI_STR_EMPTY;
    while (rest.len) {
        ptrdiff_t end = crmi_str_chr(rest, ';');
        size_t n = end < 0 ? rest.len : (size_t)end;
        crmsync_str one = crmi_str_trim(crmi_str_sub(rest, 0, n));
        for (size_t i = 0; i < config->export.segment_count; i++) {
            if (crmi_str_eq(config->export.segments[i], one)) {
                return true;
            }
        }
        rest = crmi_str_sub(rest, n + 1, rest.len);
    }
    return false;
}

bool crmi_known_by_id(uint32_t rule)
{
    return rule == CRMSYNC_REASON_MATCH_LINK || rule == CRMSYNC_REASON_MATCH_ID ||
           rule == CRMSYNC_REASON_MATCH_EXTERNAL_ID || rule == CRMSYNC_REASON_MATCH_MERGED ||
           rule == CRMSYNC_REASON_MATCH_CONVERTED;
}

void crmi_fields_choose(crmi_fields *fields, const crmsync_str *names, size_t n)
{
    for (size_t i = 0; n && i < fields->count; i++) {
        crmi_field_decision *d = &fields->items[i];
        bool chosen = false;
        for (size_t k = 0; !chosen && k < n; k++) {
            chosen = crmi_str_eq(d->local, names[k]) || crmi_str_eq_ci(d->remote, names[k]);
        }
        if (!chosen) {
            d->crm_new = crmi_cell_absent();
            d->local_new = crmi_cell_absent();
            d->reason = CRMSYNC_REASON_NOT_CHOSEN;
            d->base = CRMI_BASE_KEEP;
        }
    }
}
