/* Rules between the members of campaigns, and what counts where no rule is given. */
#include <stdio.h>

#include "model/config_table.h"

#define TEXT(s) CRMSYNC_STR_LIT(s)

static const crmsync_str demo_forms[] = {TEXT("demo"), TEXT("demo_request")};
static const crmi_member_rule built_in[] = {
    {TEXT("added"), NULL, 0, TEXT("Sent"), false},
    {TEXT("viewed_page"), NULL, 0, TEXT("Responded"), true},
    {TEXT("form"), demo_forms, 2, TEXT("Qualified"), false},
    {TEXT("form"), NULL, 0, TEXT("Converted"), false},
};

static int32_t refuse(crmsync_error **err, const char *message, const char *remedy,
                      const char *list, size_t i, const char *member)
{
    char where[80];
    snprintf(where, sizeof where, "/campaigns/%s/%zu%s", list, i, member);
    return crmi_fail_at(err, CRMSYNC_E_INVALID, crmi_str(where), remedy, message);
}

static bool same_forms(const crmi_member_rule *a, const crmi_member_rule *b)
{
    bool same = a->form_type_count == b->form_type_count;
    for (size_t i = 0; same && i < a->form_type_count; i++)
        same = crmi_str_eq(a->form_types[i], b->form_types[i]);
    return same;
}

/* An entry behind one that takes the same event with any form can never count. */
static int32_t check_event(const crmi_campaign_rule *rule, size_t i, crmsync_error **err)
{
    const crmi_member_rule *e = &rule->events[i];
    bool ranked = false;
    for (size_t k = 0; k < rule->status_count; k++)
        ranked = ranked || crmi_str_eq_ci(rule->statuses[k], e->status);
    if (!ranked)
        return refuse(err, "this status has no rank", "List it in campaigns.statuses.", "events",
                      i, "/status");
    for (size_t k = 0; k < i; k++) {
        const crmi_member_rule *before = &rule->events[k];
        if (crmi_str_eq(before->event, e->event) &&
            (!before->form_type_count || same_forms(before, e)))
            return refuse(err, "an earlier entry takes this event already",
                          "Put the entry with form_types first, or remove one of the two.",
                          "events", i, "");
    }
    return CRMSYNC_OK;
}

static int32_t check_labels(const crmi_campaign_rule *rule, crmsync_error **err)
{
    for (size_t i = 0; i < rule->status_count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (crmi_str_eq_ci(rule->statuses[i], rule->statuses[k]))
                return refuse(err, "this status is listed twice", "Remove one of them.",
                              "statuses", i, "");
        }
    }
    return CRMSYNC_OK;
}

static int32_t check_fields(const crmi_campaign_rule *rule, crmsync_error **err)
{
    for (size_t i = 0; i < rule->field_count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (crmi_str_eq_ci(rule->fields[i].remote, rule->fields[k].remote))
                return crmi_fail_at(err, CRMSYNC_E_INVALID, CRMI_STR("/campaigns/fields"),
                                    "Give each of them a field of its own.",
                                    "two entries are written to one Salesforce field");
        }
    }
    return CRMSYNC_OK;
}

int32_t crmi_config_check_campaigns(crmsync_config *config, crmsync_error **err)
{
    crmi_campaign_rule *rule = &config->campaigns;
    if (!rule->event_count) {
        rule->events = crmi_arena_alloc(&config->arena, sizeof built_in);
        if (!rule->events)
            return crmi_fail_nomem(err);
        memcpy(rule->events, built_in, sizeof built_in);
        rule->event_count = sizeof built_in / sizeof built_in[0];
    }
    int32_t code = check_labels(rule, err);
    for (size_t i = 0; !code && i < rule->event_count; i++)
        code = check_event(rule, i, err);
    return code ? code : check_fields(rule, err);
}
