#include "sync/describe_mapped.h"

#include "base/str.h"

/* Paths lead through a reference to another object, whose description is not kept for them. */
static bool lacks(const crmi_object *object, crmsync_str field)
{
    return field.len && crmi_str_chr(field, '.') < 0 && !crmi_object_field(object, field);
}

static bool rule_lacks(const crmi_object_rule *rule, const crmi_object *object)
{
    bool found = lacks(object, rule->external_id) ||
                 (rule->status.enabled && lacks(object, rule->status.remote));
    for (size_t i = 0; !found && i < rule->field_count; i++)
        found = lacks(object, rule->fields[i].remote);
    for (size_t i = 0; !found && i < rule->required_default_count; i++)
        found = lacks(object, rule->required_defaults[i].local);
    return found;
}

static bool stamps_lack(const crmsync_config *config, uint32_t on, const crmi_object *object)
{
    bool found = false;
    for (size_t i = 0; !found && i < config->export.stamp_count; i++) {
        const crmi_stamp_rule *stamp = &config->export.stamps[i];
        found = (stamp->objects & (UINT32_C(1) << on)) && lacks(object, stamp->field);
    }
    return found;
}

/* A signal's field may be on one of a person's two objects alone: asking once more does no harm. */
static bool signals_lack(const crmsync_config *config, bool company, const crmi_object *object)
{
    bool found = false;
    for (size_t i = 0; i < config->signal_count; i++) {
        const crmi_signal_rule *signal = &config->signals[i];
        if ((signal->record == CRMI_SIGNAL_COMPANY) != company)
            continue;
        for (size_t k = 0; !found && k < signal->field_count; k++)
            found = lacks(object, signal->fields[k].local);
    }
    return found;
}

static bool members_lack(const crmsync_config *config, const crmi_object *object)
{
    bool found = false;
    for (size_t i = 0; config->campaigns.enabled && !found && i < config->campaigns.field_count; i++)
        found = lacks(object, config->campaigns.fields[i].remote);
    return found;
}

static const struct {
    const char *object;
    uint32_t stamped; /* CRMI_STAMP_ON_* */
    bool company;
} people_and_companies[] = {
    {"Lead", CRMI_STAMP_ON_LEAD, false},
    {"Contact", CRMI_STAMP_ON_CONTACT, false},
    {"Account", CRMI_STAMP_ON_ACCOUNT, true},
};

bool crmi_described_lacks(const crmsync_config *config, const crmsync_schema *schema,
                          crmsync_str object)
{
    const crmi_object *described = crmi_schema_object(schema, object);
    bool found = false;
    if (!described)
        return true;
    for (uint32_t i = 0; !found && i < CRMI_OBJECT_LAST; i++) {
        if (config->objects[i].enabled && crmi_str_is(object, crmi_crm_object_at(i)->name))
            found = rule_lacks(&config->objects[i], described);
    }
    for (size_t i = 0; !found && i < sizeof people_and_companies / sizeof people_and_companies[0]; i++) {
        if (crmi_str_is(object, people_and_companies[i].object))
            found = stamps_lack(config, people_and_companies[i].stamped, described) ||
                    signals_lack(config, people_and_companies[i].company, described);
    }
    if (!found && crmi_str_is(object, "CampaignMember"))
        found = members_lack(config, described);
    return found;
}
