/*
 * Which opportunity an activity is related to. Only an open one, and only with a Contact: with a
 * Lead as Who Salesforce refuses any WhatId (Object Reference, Task). An opportunity that the
 * contact has a role in comes before the others of its account.
 */
#include "decide/activity.h"
#include "decide/match.h"

static bool fits(const crmi_activity_case *c, const crmi_opportunity *o, bool role)
{
    return role ? crmi_same_id(o->contact, c->who)
                : !o->contact.len && crmi_same_id(o->account, c->in->account);
}

/* The newest of those that fit, and how many there are. */
static const crmi_opportunity *newest(const crmi_activity_case *c, bool role, size_t *count)
{
    const crmi_opportunity *best = NULL;
    *count = 0;
    for (size_t i = 0; i < c->in->opportunity_count; i++) {
        const crmi_opportunity *o = &c->in->opportunities[i];
        if (!fits(c, o, role) || (best && crmi_same_id(best->id, o->id))) {
            continue;
        }
        (*count)++;
        if (!best || o->created_ms > best->created_ms ||
            (o->created_ms == best->created_ms && crmi_str_cmp(o->id, best->id) > 0)) {
            best = o;
        }
    }
    return best;
}

crmi_opportunity_choice crmi_activity_opportunity(const crmi_activity_case *c)
{
    uint32_t policy = c->env->config->activities.opportunity;
    crmi_opportunity_choice none = {.reason = 0};
    size_t count = 0;
    if (policy == CRMI_OPPORTUNITY_OFF || !c->contact || c->log == CRMI_LOG_NOTE) {
        return none;
    }
    if (c->in->opportunity.len) {
        return (crmi_opportunity_choice){c->in->opportunity, CRMSYNC_REASON_OPPORTUNITY_NAMED};
    }
    const crmi_opportunity *best = newest(c, true, &count);
    if (!best) {
        best = newest(c, false, &count);
    }
    if (!best) {
        return none;
    }
    if (count == 1) {
        return (crmi_opportunity_choice){best->id, CRMSYNC_REASON_OPPORTUNITY_SINGLE};
    }
    if (policy == CRMI_OPPORTUNITY_SINGLE) {
        none.reason = CRMSYNC_REASON_OPPORTUNITY_SEVERAL;
        return none;
    }
    return (crmi_opportunity_choice){best->id, CRMSYNC_REASON_OPPORTUNITY_NEWEST};
}
