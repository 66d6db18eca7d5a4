/* The members of signals: rules on what the host notices. */
#include "model/config_table.h"

static const char *const record_words[] = {"person", "company", NULL};
static const char *const priority_words[] = {"normal", "high", NULL};

#define AT(type, field) .at = offsetof(type, field)
#define COUNT(type, field) .count_at = offsetof(type, field)
#define MEMBERS(array) .members = array, .count = sizeof array / sizeof array[0]

static const crmi_member task_members[] = {
    {"subject", CRMI_MEMBER_TEXT, AT(crmi_signal_rule, subject), .rule = &crmi_text_template,
     .fallback = "",
     .doc = "Subject of the Task, with fields of the signal in braces; empty: no Task. Where a "
            "field is empty the signal's name stands there."},
    {"owner", CRMI_MEMBER_TEXT, AT(crmi_signal_rule, owner), .rule = &crmi_text_owner,
     .fallback = "",
     .doc = "The user whose Task it is; empty: the one that owner finds by the signal's field "
            "local.owner, or the connected user."},
    {"due_days", CRMI_MEMBER_NUMBER, 3650, AT(crmi_signal_rule, due_days), .fallback = "0",
     .doc = "Days after the signal on which the Task is due."},
    {"priority", CRMI_MEMBER_SWITCH, AT(crmi_signal_rule, high), .words = priority_words,
     .fallback = "normal", .doc = "Whether it stands out."},
};
static const crmi_group task_group = {MEMBERS(task_members)};

static const crmi_member signal_members[] = {
    {"name", CRMI_MEMBER_TEXT, AT(crmi_signal_rule, name),
     .doc = "The signal, in the host's words: trial_started, usage_dropped, ...; several entries "
            "may have one name."},
    {"record", CRMI_MEMBER_WORD, AT(crmi_signal_rule, record), .words = record_words,
     .fallback = "person",
     .doc = "Whose record it is about: that of person_id, a contact before a lead, or the account "
            "of company_id."},
    {"fields", CRMI_MEMBER_PAIRS, AT(crmi_signal_rule, fields),
     COUNT(crmi_signal_rule, field_count), .rule = &crmi_text_template,
     .key_rule = &crmi_text_remote,
     .doc = "Field of that record to what is written there, once for each signal: a text with "
            "fields of the signal in braces. Of entries with one field the first counts."},
    {"task", CRMI_MEMBER_GROUP, .group = &task_group, .doc = "A Task that is made."},
};
const crmi_group crmi_signal_group = {"signal", MEMBERS(signal_members),
                                      .size = sizeof(crmi_signal_rule)};
