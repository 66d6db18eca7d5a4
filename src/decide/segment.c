#include "decide/policy.h"

bool crmi_in_segments(const crmi_decide_env *env, crmi_record local)
{
    const crmsync_config *config = env->config;
    crmsync_str part, rest;
    if (!config->export.segment_count) {
        return true;
    }
    rest = local.rows ? crmi_record_get(local, config->local.segments).text : CRMI_STR_EMPTY;
    while (crmi_set_next(&rest, &part)) {
        for (size_t i = 0; i < config->export.segment_count; i++) {
            if (crmi_str_eq(config->export.segments[i], part)) {
                return true;
            }
        }
    }
    return false;
}
