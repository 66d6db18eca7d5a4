/* The members of objects.<Object>: directions, filter, status; fields lie beside. */
#include "model/config_table.h"

#define WORDS(name, ...) static const char *const name[] = {__VA_ARGS__, NULL}

WORDS(direction_words, "off", "in", "out", "both");
WORDS(apply_words, "create", "always", "never", "two_way", "in", "inherit");
WORDS(unmapped_words, "fallback", "omit", "skip_field", "error", "inherit");
WORDS(deletes_words, "ignore", "deactivate", "inherit");
WORDS(start_words, "all", "now");
WORDS(policy_words, "always", "forward", "only_from");

#define AT(type, field) .at = offsetof(type, field)
#define COUNT(type, field) .count_at = offsetof(type, field)
#define MEMBERS(array) .members = array, .count = sizeof array / sizeof array[0]

static const crmi_member create_members[] = {
    {"in", CRMI_MEMBER_BOOL, AT(crmi_object_rule, create_in), .fallback = "true",
     .doc = "Whether a record missing at the host is created there."},
    {"out", CRMI_MEMBER_BOOL, AT(crmi_object_rule, create_out), .fallback = "false",
     .doc = "Whether a record missing in Salesforce is created there."},
};
static const crmi_group create_group = {MEMBERS(create_members)};

static const crmi_member update_members[] = {
    {"in", CRMI_MEMBER_BOOL, AT(crmi_object_rule, update_in), .fallback = "true",
     .doc = "Whether matched records of the host are updated."},
    {"out", CRMI_MEMBER_BOOL, AT(crmi_object_rule, update_out), .fallback = "true",
     .doc = "Whether matched records in Salesforce are updated."},
};
static const crmi_group update_group = {MEMBERS(update_members)};

static const crmi_member status_members[] = {
    {"local", CRMI_MEMBER_TEXT, AT(crmi_status_rule, local), .rule = &crmi_text_local,
     .fallback = "", .doc = "The status field of the host; empty: local.status."},
    {"remote", CRMI_MEMBER_TEXT, AT(crmi_status_rule, remote), .rule = &crmi_text_remote,
     .fallback = "", .doc = "The field in Salesforce; Lead: Status unless given, Contact: needed."},
    {"policy", CRMI_MEMBER_WORD, AT(crmi_status_rule, policy), .words = policy_words,
     .fallback = "forward",
     .doc = "Whether a status may replace any, only one before it in the order of values, or only "
            "those of only_from; an unknown one outranks."},
    {"only_from", CRMI_MEMBER_TEXTS, AT(crmi_status_rule, only_from),
     COUNT(crmi_status_rule, only_from_count), .fallback = "",
     .doc = "The statuses in Salesforce that policy only_from may replace; an empty one always."},
    {"values", CRMI_MEMBER_PAIRS, AT(crmi_status_rule, values),
     COUNT(crmi_status_rule, value_count), .doc = "Status of the host to status in Salesforce."},
    {"inverse", CRMI_MEMBER_FLIPPED, AT(crmi_status_rule, inverse),
     COUNT(crmi_status_rule, inverse_count), .doc = "Status in Salesforce to status of the host."},
};
static const crmi_group status_group = {MEMBERS(status_members)};

static const crmi_member owner_members[] = {
    {"apply", CRMI_MEMBER_WORD, AT(crmi_owner_rule, apply), .words = apply_words,
     .fallback = "inherit", .doc = "As owner.apply, for this object alone."},
    {"unmapped", CRMI_MEMBER_WORD, AT(crmi_owner_rule, unmapped), .words = unmapped_words,
     .fallback = "inherit", .doc = "As owner.unmapped, for this object alone."},
    {"local", CRMI_MEMBER_TEXT, AT(crmi_owner_rule, local), .rule = &crmi_text_local,
     .fallback = "", .doc = "The host's field that names the owner; empty: local.owner."},
    {"fallback", CRMI_MEMBER_TEXT, AT(crmi_owner_rule, fallback), .rule = &crmi_text_owner,
     .fallback = "", .doc = "As owner.fallback, for this object alone."},
};
static const crmi_group owner_group = {MEMBERS(owner_members)};

static const crmi_member members[] = {
    {"direction", CRMI_MEMBER_WORD, AT(crmi_object_rule, direction), .words = direction_words,
     .fallback = "off", .doc = "Whether the object is imported, exported, both or neither."},
    {"create", CRMI_MEMBER_GROUP, .group = &create_group, .doc = "Permission to create."},
    {"update", CRMI_MEMBER_GROUP, .group = &update_group, .doc = "Permission to update."},
    {"filter", CRMI_MEMBER_TEXT, AT(crmi_object_rule, filter), .fallback = "",
     .doc = "A SOQL condition that limits the import; empty: all records."},
    {"start_from", CRMI_MEMBER_SWITCH, AT(crmi_object_rule, start_now), .words = start_words,
     .fallback = "all",
     .doc = "Whether the first import takes all records there are, or only those that change from "
            "now on; older ones are taken once an export links them."},
    {"external_id", CRMI_MEMBER_TEXT, AT(crmi_object_rule, external_id), .rule = &crmi_text_remote,
     .fallback = "", .doc = "The external id field that holds the host's id; empty: none."},
    {"fields", CRMI_MEMBER_GROUPS, AT(crmi_object_rule, fields),
     COUNT(crmi_object_rule, field_count), .group = &crmi_field_group,
     .doc = "The mapped fields; others are never touched."},
    {"status", CRMI_MEMBER_GROUP, AT(crmi_object_rule, status), .group = &status_group,
     .doc = "The status mapping of a Lead or Contact."},
    {"owner", CRMI_MEMBER_GROUP, AT(crmi_object_rule, owner), .group = &owner_group,
     .doc = "Where this object's owners follow other rules than owner."},
    {"deletes", CRMI_MEMBER_WORD, AT(crmi_object_rule, deletes), .words = deletes_words,
     .fallback = "inherit", .doc = "As deletes, for this object alone."},
    {"interval_min", CRMI_MEMBER_NUMBER, 10080, AT(crmi_object_rule, interval_min),
     .fallback = "15",
     .doc = "Minutes between two runs of this object; 0: only when asked. "
            "crmsync_workspace_due() and jobs with CRMSYNC_JOB_DUE go by it, other jobs do not."},
    {"required_defaults", CRMI_MEMBER_PAIRS, AT(crmi_object_rule, required_defaults),
     COUNT(crmi_object_rule, required_default_count), .key_rule = &crmi_text_remote,
     .doc = "Field in Salesforce to the text it gets on create when the host has none."},
};
const crmi_group crmi_object_group = {"object", MEMBERS(members),
                                      .size = sizeof(crmi_object_rule)};
