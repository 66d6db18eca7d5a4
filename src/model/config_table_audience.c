/* The members of an audience. */
#include "model/config_table.h"

#define AT(field) .at = offsetof(crmi_audience_rule, field)
#define HOURS_MAX 87600
#define MINUTES_MAX 525600

/* By crmi_audience_objects. */
static const char *const object_words[] = {"Lead", "Contact", "Account", NULL};

static const crmi_member audience_members[] = {
    {"name", CRMI_MEMBER_TEXT, AT(name), .rule = &crmi_text_local, .fallback = "",
     .doc = "What the host calls it, each once; suppression.lists and the host's calls name it so."},
    {"object", CRMI_MEMBER_WORD, AT(object), .words = object_words, .fallback = "Contact",
     .doc = "What its members are."},
    {"list_view", CRMI_MEMBER_TEXT, AT(list_view), .fallback = "",
     .doc = "Source: a list view, by its id or by its developer name."},
    {"report", CRMI_MEMBER_TEXT, AT(report), .rule = &crmi_text_report, .fallback = "",
     .doc = "Source: a tabular report, by its id; Salesforce gives 2,000 rows of one, and a longer "
            "one is told as truncated."},
    {"background", CRMI_MEMBER_BOOL, AT(background), .fallback = "false",
     .doc = "Whether the report is run in the background, for one that takes longer than two "
            "minutes."},
    {"soql", CRMI_MEMBER_TEXT, AT(soql), .rule = &crmi_text_select, .fallback = "",
     .doc = "Source: a query of your own, SELECT ... FROM the object; only the ids are taken of it."},
    {"campaign", CRMI_MEMBER_TEXT, AT(campaign), .rule = &crmi_text_campaign, .fallback = "",
     .doc = "Source: the leads or contacts who are members of a campaign, by its id."},
    {"interval_min", CRMI_MEMBER_NUMBER, MINUTES_MAX, AT(interval_min), .fallback = "0",
     .doc = "Minutes for which a set that was read is not read again; 0: every run reads it."},
    {"max_age_hours", CRMI_MEMBER_NUMBER, HOURS_MAX, AT(max_age_hours), .fallback = "24",
     .doc = "Age from which the set is told as stale; 0: never."},
};
const crmi_group crmi_audience_group = {"audience", .members = audience_members,
                                        .count = sizeof audience_members / sizeof audience_members[0],
                                        .size = sizeof(crmi_audience_rule)};
