/* Which rights on which objects the configured features need. */
#include "decide/preflight.h"

typedef struct needs {
    crmi_need *v;
    size_t n;
} needs;

static void need(needs *s, bool wanted, const char *object, uint32_t can, const char *feature)
{
    if (wanted && s->n < CRMI_NEEDS_MAX)
        s->v[s->n++] = (crmi_need){object, can, feature};
}

static void of_object(needs *s, const crmi_object_rule *rule)
{
    const char *name = rule->crm->name;
    need(s, rule->enabled, name, CRMI_CAN_READ, "its sync");
    need(s, rule->out_create, name, CRMI_CAN_CREATE, "creating it in an export");
    need(s, rule->out_update, name, CRMI_CAN_UPDATE, "updating it in an export");
}

static void of_accounts(needs *s, const crmsync_config *config)
{
    bool contacts = config->objects[CRMI_OBJECT_CONTACT].out_create;
    const crmi_object_rule *account = &config->objects[CRMI_OBJECT_ACCOUNT];
    need(s, contacts && !account->enabled, "Account", CRMI_CAN_READ,
         "finding the account of a contact");
    need(s, contacts && config->export.account_create && !account->out_create, "Account",
         CRMI_CAN_CREATE, "creating the account of a contact");
}

static void of_activities(needs *s, const crmsync_config *config)
{
    bool seen[CRMI_LOG_LAST] = {false};
    for (uint32_t i = 0; config->activities.enabled && i < CRMI_ACTIVITY_LAST; i++) {
        uint32_t log = config->activities.objects[i];
        if (!(config->activities.kinds & (1u << i)) || seen[log])
            continue;
        seen[log] = true;
        need(s, true, crmi_log_object_name(log), CRMI_CAN_READ | CRMI_CAN_CREATE,
             "logging activities");
    }
    need(s, config->activities.enabled && config->activities.opportunity != CRMI_OPPORTUNITY_OFF &&
                !config->objects[CRMI_OBJECT_OPPORTUNITY].enabled,
         "Opportunity", CRMI_CAN_READ, "relating activities to deals");
}

size_t crmi_config_needs(const crmsync_config *config, crmi_need out[CRMI_NEEDS_MAX])
{
    needs s = {out, 0};
    need(&s, !config->objects[CRMI_OBJECT_USER].enabled, "User", CRMI_CAN_READ, "finding owners");
    for (size_t i = 0; i < CRMI_OBJECT_LAST; i++)
        of_object(&s, &config->objects[i]);
    of_accounts(&s, config);
    of_activities(&s, config);
    need(&s, config->campaigns.enabled, "Campaign", CRMI_CAN_READ, "campaigns");
    need(&s, config->campaigns.enabled, "CampaignMember",
         CRMI_CAN_READ | CRMI_CAN_CREATE | CRMI_CAN_UPDATE, "campaign members");
    return s.n;
}
