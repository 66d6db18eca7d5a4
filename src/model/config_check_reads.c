/* What limits an import beside the object's own filter. */
#include "model/config_table.h"

static void add_picked(crmi_buf *b, const crmi_campaign_rule *rule, const char *field)
{
    crmi_buf_fmt(b, "%s IN (", field);
    for (size_t i = 0; i < rule->picked_count; i++)
        crmi_buf_fmt(b, "%s'%.*s'", i ? "," : "", CRMI_SPELL(rule->picked[i]));
    crmi_buf_char(b, ')');
}

/* Only what belongs to people is context, and only what is recent. */
static void add_recent(crmi_buf *b, uint32_t days)
{
    crmi_buf_lit(b, "WhoId != null");
    if (days)
        crmi_buf_fmt(b, " AND ActivityDate >= LAST_N_DAYS:%u", days);
}

static void add_limits(crmi_buf *b, const crmsync_config *config, uint32_t object)
{
    bool picked = config->campaigns.picked_count > 0;
    if (object == CRMI_OBJECT_CAMPAIGN && picked)
        add_picked(b, &config->campaigns, "Id");
    else if (object == CRMI_OBJECT_CAMPAIGN_MEMBER && picked)
        add_picked(b, &config->campaigns, "CampaignId");
    else if (object == CRMI_OBJECT_TASK || object == CRMI_OBJECT_EVENT)
        add_recent(b, config->activities.context_days);
}

int32_t crmi_config_check_reads(crmsync_config *config, crmsync_error **err)
{
    crmi_buf limits, whole;
    bool ok = true;
    crmi_buf_init(&limits, &config->alloc);
    crmi_buf_init(&whole, &config->alloc);
    for (uint32_t i = 0; ok && i < CRMI_OBJECT_LAST; i++) {
        crmi_object_rule *rule = &config->objects[i];
        crmi_buf_reset(&limits);
        crmi_buf_reset(&whole);
        add_limits(&limits, config, i);
        rule->reads = rule->filter;
        ok = crmi_buf_ok(&limits);
        if (!ok || !limits.len)
            continue;
        if (rule->filter.len)
            crmi_buf_fmt(&whole, "(%.*s) AND ", CRMI_SPELL(rule->filter));
        crmi_buf_add(&whole, crmi_buf_str(&limits));
        ok = crmi_buf_ok(&whole) &&
             crmi_arena_str(&config->arena, crmi_buf_str(&whole), &rule->reads);
    }
    crmi_buf_clear(&limits);
    crmi_buf_clear(&whole);
    return ok ? CRMSYNC_OK : crmi_fail_nomem(err);
}
