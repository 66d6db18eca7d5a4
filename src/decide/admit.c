/* Which of a record's fields take part, and how surely it is known. */
#include "decide/policy.h"

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
