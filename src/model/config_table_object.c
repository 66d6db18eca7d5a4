/* The members of objects.<Object>: directions, fields, status. */
#include "model/config_table.h"

#define WORDS(name, ...) static const char *const name[] = {__VA_ARGS__, NULL}

WORDS(direction_words, "off", "in", "out", "both");
WORDS(import_words, "crm", "local", "never", "two_way");
WORDS(export_words, "fill", "overwrite", "never");
WORDS(winner_words, "crm", "local");
WORDS(too_long_words, "refuse", "cut");
WORDS(policy_words, "always", "forward");

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

static const crmi_member field_members[] = {
    {"local", CRMI_MEMBER_TEXT, AT(crmi_field_rule, local), .rule = &crmi_text_local,
     .doc = "The field of the host's record."},
    {"remote", CRMI_MEMBER_TEXT, AT(crmi_field_rule, remote), .rule = &crmi_text_path,
     .doc = "The field in Salesforce; a path such as Owner.Email is for import only."},
    {"import", CRMI_MEMBER_WORD, AT(crmi_field_rule, import), .words = import_words,
     .fallback = "crm",
     .doc = "Whose value counts at the host when both sides have one: crm, local, two_way (the "
            "newer); never imports nothing."},
    {"export", CRMI_MEMBER_WORD, AT(crmi_field_rule, export), .words = export_words,
     .fallback = "fill",
     .doc = "What may be written to Salesforce: fill empty fields, overwrite, never."},
    {"winner", CRMI_MEMBER_WORD, AT(crmi_field_rule, winner), .words = winner_words,
     .fallback = "crm", .doc = "Who wins under two_way when time cannot decide."},
    {"too_long", CRMI_MEMBER_WORD, AT(crmi_field_rule, too_long), .words = too_long_words,
     .fallback = "refuse", .doc = "Whether a text longer than the field is refused or cut."},
    {"propagate_null", CRMI_MEMBER_BOOL, AT(crmi_field_rule, propagate_null), .fallback = "false",
     .doc = "Whether clearing the field on one side clears it on the other."},
    {"values", CRMI_MEMBER_PAIRS, AT(crmi_field_rule, values), COUNT(crmi_field_rule, value_count),
     .doc = "Value of the host to value in Salesforce; with entries, a value that is not listed "
            "does not cross."},
    {"inverse", CRMI_MEMBER_FLIPPED, AT(crmi_field_rule, inverse),
     COUNT(crmi_field_rule, inverse_count), .doc = "Value in Salesforce to value of the host."},
};
static const crmi_group field_group = {"field", MEMBERS(field_members),
                                       .size = sizeof(crmi_field_rule)};

static const crmi_member status_members[] = {
    {"local", CRMI_MEMBER_TEXT, AT(crmi_status_rule, local), .rule = &crmi_text_local,
     .fallback = "", .doc = "The status field of the host; empty: local.status."},
    {"remote", CRMI_MEMBER_TEXT, AT(crmi_status_rule, remote), .rule = &crmi_text_remote,
     .fallback = "", .doc = "The field in Salesforce; Lead: Status unless given, Contact: needed."},
    {"policy", CRMI_MEMBER_WORD, AT(crmi_status_rule, policy), .words = policy_words,
     .fallback = "forward",
     .doc = "Whether a status may go back; forward ranks them in the order of values."},
    {"values", CRMI_MEMBER_PAIRS, AT(crmi_status_rule, values),
     COUNT(crmi_status_rule, value_count), .doc = "Status of the host to status in Salesforce."},
    {"inverse", CRMI_MEMBER_FLIPPED, AT(crmi_status_rule, inverse),
     COUNT(crmi_status_rule, inverse_count), .doc = "Status in Salesforce to status of the host."},
};
static const crmi_group status_group = {MEMBERS(status_members)};

static const crmi_member members[] = {
    {"direction", CRMI_MEMBER_WORD, AT(crmi_object_rule, direction), .words = direction_words,
     .fallback = "off", .doc = "Whether the object is imported, exported, both or neither."},
    {"create", CRMI_MEMBER_GROUP, .group = &create_group, .doc = "Permission to create."},
    {"update", CRMI_MEMBER_GROUP, .group = &update_group, .doc = "Permission to update."},
    {"filter", CRMI_MEMBER_TEXT, AT(crmi_object_rule, filter), .fallback = "",
     .doc = "A SOQL condition that limits the import; empty: all records."},
    {"external_id", CRMI_MEMBER_TEXT, AT(crmi_object_rule, external_id), .rule = &crmi_text_remote,
     .fallback = "", .doc = "The external id field that holds the host's id; empty: none."},
    {"fields", CRMI_MEMBER_GROUPS, AT(crmi_object_rule, fields),
     COUNT(crmi_object_rule, field_count), .group = &field_group,
     .doc = "The mapped fields; others are never touched."},
    {"status", CRMI_MEMBER_GROUP, AT(crmi_object_rule, status), .group = &status_group,
     .doc = "The status mapping of a Lead or Contact."},
    {"required_defaults", CRMI_MEMBER_PAIRS, AT(crmi_object_rule, required_defaults),
     COUNT(crmi_object_rule, required_default_count), .key_rule = &crmi_text_remote,
     .doc = "Field in Salesforce to the text it gets on create when the host has none."},
};
const crmi_group crmi_object_group = {"object", MEMBERS(members),
                                      .size = sizeof(crmi_object_rule)};
