#include "decide/policy.h"

static const struct {
    const char *word;
    uint32_t route;
} words[] = {
    {"lead", CRMI_ROUTE_LEAD},
    {"contact", CRMI_ROUTE_CONTACT},
    {"none", CRMI_ROUTE_NONE},
};

uint32_t crmi_route_of(const crmi_decide_env *env, const crmi_person_input *in, uint32_t *reason)
{
    const crmsync_config *config = env->config;
    bool found = false;
    *reason = 0;
    if (in->route != CRMI_ROUTE_NONE) {
        return in->route;
    }
    if (config->export.mode != CRMI_MODE_BY_STATUS) {
        return config->export.mode == CRMI_MODE_LEADS ? CRMI_ROUTE_LEAD : CRMI_ROUTE_CONTACT;
    }
    crmsync_cell status = crmi_record_get(in->local, config->local.status);
    crmsync_str text =
        status.type == CRMSYNC_CELL_TEXT ? crmi_str_trim(status.text) : CRMI_STR_EMPTY;
    crmsync_str word =
        crmi_pairs_get(config->export.routes, config->export.route_count, text, &found);
    for (size_t i = 0; found && i < sizeof(words) / sizeof(words[0]); i++) {
        if (crmi_str_eq_ci(word, crmi_str(words[i].word))) {
            if (words[i].route != CRMI_ROUTE_NONE) {
                return words[i].route;
            }
            /* somebody wants it exported all the same, and has to say as what */
            *reason = in->manual ? CRMSYNC_REASON_UNMAPPED_STATUS : CRMSYNC_REASON_ROUTE_NONE;
            return CRMI_ROUTE_NONE;
        }
    }
    /* Never silently to a default object: that would make accounts and contacts by accident. */
    *reason = CRMSYNC_REASON_UNMAPPED_STATUS;
    return CRMI_ROUTE_NONE;
}
