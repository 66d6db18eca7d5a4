/* The members of suppression and campaigns. */
#include "model/config_table.h"

#define WORDS(name, ...) static const char *const name[] = {__VA_ARGS__, NULL}

WORDS(scope_words, "account", "contact_role", "off");

#define AT(type, field) .at = offsetof(type, field)
#define COUNT(type, field) .count_at = offsetof(type, field)
#define MEMBERS(array) .members = array, .count = sizeof array / sizeof array[0]
#define DAYS_MAX 36500

static const crmi_member opportunity_members[] = {
    {"scope", CRMI_MEMBER_WORD, AT(crmi_suppression_rule, scope), .words = scope_words,
     .fallback = "account",
     .doc = "Whose opportunities count: all of the person's account, those that name the person "
            "in a contact role, or none."},
    {"stages", CRMI_MEMBER_TEXTS, AT(crmi_suppression_rule, stages),
     COUNT(crmi_suppression_rule, stage_count), .fallback = "",
     .doc = "The stages in which an open opportunity counts; empty: all."},
    {"overdue_days", CRMI_MEMBER_NUMBER, DAYS_MAX, AT(crmi_suppression_rule, overdue_days),
     .fallback = "0",
     .doc = "Days after its close date at which a still open opportunity is taken for forgotten; "
            "0: never."},
    {"lost_days", CRMI_MEMBER_NUMBER, DAYS_MAX, AT(crmi_suppression_rule, lost_days),
     .fallback = "90",
     .doc = "Days for which a lost opportunity counts after its close date; 0: not at all."},
    {"won", CRMI_MEMBER_BOOL, AT(crmi_suppression_rule, won), .fallback = "true",
     .doc = "Whether a won opportunity makes a customer."},
    {"won_days", CRMI_MEMBER_NUMBER, DAYS_MAX, AT(crmi_suppression_rule, won_days),
     .fallback = "0", .doc = "Days for which it does so after its close date; 0: for ever."},
};
static const crmi_group opportunity_group = {MEMBERS(opportunity_members)};

static const crmi_member customer_members[] = {
    {"field", CRMI_MEMBER_TEXT, AT(crmi_suppression_rule, customer_field),
     .rule = &crmi_text_local, .fallback = "",
     .doc = "A field of the person or company that tells customers; empty: none."},
    {"values", CRMI_MEMBER_TEXTS, AT(crmi_suppression_rule, customer_values),
     COUNT(crmi_suppression_rule, customer_value_count), .fallback = "",
     .doc = "Its values that mean a customer, such as a stage; true always does."},
    {"domains", CRMI_MEMBER_TEXTS, AT(crmi_suppression_rule, customer_domains),
     COUNT(crmi_suppression_rule, customer_domain_count), .rule = &crmi_text_domain,
     .fallback = "", .doc = "Domains of customers: of e-mail addresses and of websites."},
};
static const crmi_group customer_group = {MEMBERS(customer_members)};

static const crmi_member suppression_members[] = {
    {"holds_export", CRMI_MEMBER_BOOL, AT(crmi_suppression_rule, holds_export),
     .fallback = "false",
     .doc = "Whether people who are not to be contacted are held back from Salesforce, too; an "
            "opt-out still reaches the record it belongs to."},
    {"max_age_hours", CRMI_MEMBER_NUMBER, 87600, AT(crmi_suppression_rule, max_age_hours),
     .fallback = "24",
     .doc = "Age from which a list or the opportunities are stale, so that nobody is clear; 0: "
            "never."},
    {"lists", CRMI_MEMBER_TEXTS, AT(crmi_suppression_rule, lists),
     COUNT(crmi_suppression_rule, list_count), .fallback = "",
     .doc = "Lists that must have been read; while one is missing nobody is clear."},
    {"opt_out", CRMI_MEMBER_TEXT, AT(crmi_suppression_rule, opt_out), .rule = &crmi_text_local,
     .fallback = "",
     .doc = "Person: the BOOL field that refuses e-mails; empty: local.opt_out, and opt_out where "
            "that is empty too."},
    {"do_not_call", CRMI_MEMBER_TEXT, AT(crmi_suppression_rule, do_not_call),
     .rule = &crmi_text_local, .fallback = "do_not_call",
     .doc = "Person: the BOOL field that refuses calls; empty: none. local.do_not_contact refuses "
            "calls and e-mails, whatever stands here."},
    {"opportunities", CRMI_MEMBER_GROUP, .group = &opportunity_group,
     .doc = "Opportunities as a reason."},
    {"customer", CRMI_MEMBER_GROUP, .group = &customer_group,
     .doc = "Who is a customer without an opportunity."},
};
const crmi_group crmi_suppression_group = {MEMBERS(suppression_members),
                                           .size = sizeof(crmi_suppression_rule)};

static const crmi_member event_members[] = {
    {"event", CRMI_MEMBER_TEXT, AT(crmi_member_rule, event),
     .doc = "The engagement, in the host's words: added, viewed_page, form, webinar, ..."},
    {"form_types", CRMI_MEMBER_TEXTS, AT(crmi_member_rule, form_types),
     COUNT(crmi_member_rule, form_type_count), .fallback = "",
     .doc = "Only with one of these form types; empty: with any or none."},
    {"status", CRMI_MEMBER_TEXT, AT(crmi_member_rule, status),
     .doc = "The member status it leads to, one of campaigns.statuses."},
    {"once", CRMI_MEMBER_BOOL, AT(crmi_member_rule, once), .fallback = "false",
     .doc = "Whether it moves a member once only, however often it happens."},
};
static const crmi_group event_group = {"event", MEMBERS(event_members),
                                       .size = sizeof(crmi_member_rule)};

static const crmi_member campaign_members[] = {
    {"enabled", CRMI_MEMBER_BOOL, AT(crmi_campaign_rule, enabled), .fallback = "false",
     .doc = "Whether campaign members are written."},
    {"statuses", CRMI_MEMBER_TEXTS, AT(crmi_campaign_rule, statuses),
     COUNT(crmi_campaign_rule, status_count),
     .fallback = "Sent Responded Converted Qualified",
     .doc = "Labels of member statuses, the weakest first; a member never goes back, and a label "
            "that is not listed is left alone."},
    {"create_statuses", CRMI_MEMBER_BOOL, AT(crmi_campaign_rule, create_statuses),
     .fallback = "false",
     .doc = "Whether a status that a campaign lacks is added to it; otherwise its members are held."},
    {"picked", CRMI_MEMBER_TEXTS, AT(crmi_campaign_rule, picked),
     COUNT(crmi_campaign_rule, picked_count), .rule = &crmi_text_campaign, .fallback = "",
     .doc = "Salesforce ids of the campaigns that are imported, with their members, where "
            "objects.Campaign and objects.CampaignMember are; empty: all. One that is added later "
            "is imported whole by the next run."},
    {"park_days", CRMI_MEMBER_NUMBER, 3650, AT(crmi_campaign_rule, park_days), .fallback = "30",
     .doc = "Days that an engagement waits for its person, or its campaign, to be known in "
            "Salesforce; 0: for ever."},
    {"events", CRMI_MEMBER_GROUPS, AT(crmi_campaign_rule, events),
     COUNT(crmi_campaign_rule, event_count), .group = &event_group,
     .doc = "What leads to which status, the first entry that fits counts; empty: added to Sent, "
            "viewed_page once to Responded, form to Converted, form of the types demo and "
            "demo_request to Qualified."},
    {"fields", CRMI_MEMBER_PAIRS, AT(crmi_campaign_rule, fields),
     COUNT(crmi_campaign_rule, field_count), .rule = &crmi_text_custom,
     .key_rule = &crmi_text_local,
     .doc = "Field of the engagement to the custom field of CampaignMember that keeps it; dates "
            "and metrics have no standard field."},
};
const crmi_group crmi_campaigns_group = {MEMBERS(campaign_members),
                                         .size = sizeof(crmi_campaign_rule)};
