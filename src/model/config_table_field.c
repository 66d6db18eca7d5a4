/* The members of objects.<Object>.fields[]. */
#include "model/config_table.h"

#define WORDS(name, ...) static const char *const name[] = {__VA_ARGS__, NULL}

WORDS(policy_words, "dont_sync", "fill", "overwrite", "push", "pull", "two_way");
WORDS(import_words, "crm", "local", "never", "two_way");
WORDS(export_words, "fill", "overwrite", "never");
WORDS(winner_words, "crm", "local");
WORDS(too_long_words, "refuse", "cut");
WORDS(reduce_words, "none", "or", "max", "min", "earliest", "append", "sum");
WORDS(range_words, "refuse", "lower", "upper");
WORDS(instant_words, "refuse", "utc");

/* Other products' single settings, as the two that they stand for. */
static const crmi_implied policy_means[] = {
    {"dont_sync", "import", "crm"},   {"dont_sync", "export", "never"},
    {"fill", "import", "crm"},        {"fill", "export", "fill"},
    {"overwrite", "import", "local"}, {"overwrite", "export", "overwrite"},
    {"push", "import", "never"},      {"push", "export", "overwrite"},
    {"pull", "import", "crm"},        {"pull", "export", "never"},
    {"two_way", "import", "two_way"}, {"two_way", "export", "overwrite"},
    {NULL, NULL, NULL},
};
/* What nobody at the host may change is not imported. */
static const crmi_implied made_means[] = {{NULL, "import", "never"}, {NULL, NULL, NULL}};
/* A combined value replaces the one that is there, on both sides; the host's count is its own. */
static const crmi_implied reduce_means[] = {
    {"sum", "import", "never"},
    {NULL, "import", "two_way"},
    {NULL, "export", "overwrite"},
    {NULL, NULL, NULL},
};

#define AT(field) .at = offsetof(crmi_field_rule, field)
#define COUNT(field) .count_at = offsetof(crmi_field_rule, field)

static const crmi_member members[] = {
    {"local", CRMI_MEMBER_TEXT, AT(local), .rule = &crmi_text_local, .fallback = "",
     .doc = "The field of the host's record; left out where constant or template is given."},
    {"constant", CRMI_MEMBER_TEXT, AT(constant), .fallback = "", .implies = made_means,
     .doc = "A fixed value that every exported record gets."},
    {"template", CRMI_MEMBER_TEXT, AT(composed), .rule = &crmi_text_template, .fallback = "",
     .implies = made_means,
     .doc = "A value made of the record's fields in braces, such as "
            "https://app.example/people/{id}; nothing is sent while one of them is empty, {{ and "
            "}} are braces, and in links values are percent-encoded."},
    {"remote", CRMI_MEMBER_TEXT, AT(remote), .rule = &crmi_text_path,
     .doc = "The field in Salesforce; a path such as Owner.Email is for import only."},
    {"policy", CRMI_MEMBER_SHORTHAND, .words = policy_words, .implies = policy_means,
     .doc = "One word instead of import and export: dont_sync and pull (crm, never), fill (crm, "
            "fill), overwrite (local, overwrite), push (never, overwrite), two_way (two_way, "
            "overwrite)."},
    {"import", CRMI_MEMBER_WORD, AT(import), .words = import_words, .fallback = "crm",
     .doc = "Whose value counts at the host when both sides have one: crm, local, two_way (the "
            "newer); never imports nothing."},
    {"export", CRMI_MEMBER_WORD, AT(export), .words = export_words, .fallback = "fill",
     .doc = "What may be written to Salesforce: fill empty fields, overwrite, never."},
    {"winner", CRMI_MEMBER_WORD, AT(winner), .words = winner_words, .fallback = "crm",
     .doc = "Who wins under two_way when time cannot decide."},
    {"reduce", CRMI_MEMBER_WORD, AT(reduce), .words = reduce_words, .fallback = "none",
     .implies = reduce_means,
     .doc = "Combines the values of both sides instead of choosing one: or (true once either is), "
            "max, min, earliest (dates), append (lines or entries that the other side lacks); "
            "import two_way and export overwrite unless given. sum adds what the host's number has grown "
            "by since it was last counted to the number in Salesforce, and is never imported."},
    {"too_long", CRMI_MEMBER_WORD, AT(too_long), .words = too_long_words, .fallback = "refuse",
     .doc = "Whether a text longer than the field is refused or cut."},
    {"number_range", CRMI_MEMBER_WORD, AT(number_range), .words = range_words,
     .fallback = "refuse",
     .doc = "What becomes of 50-100 or 1,000+ in a number field: refused, the lower or the upper "
            "bound."},
    {"instant", CRMI_MEMBER_WORD, AT(instant), .words = instant_words, .fallback = "refuse",
     .doc = "Whether a point in time may go to a date field as its day in UTC, and a date to a "
            "date-time field as midnight in UTC."},
    {"propagate_null", CRMI_MEMBER_BOOL, AT(propagate_null), .fallback = "false",
     .doc = "Whether clearing the field on one side clears it on the other."},
    {"empty_values", CRMI_MEMBER_TEXTS, AT(empty_values), COUNT(empty_value_count), .fallback = "",
     .doc = "Values that count as empty in this field, besides those of empty_values."},
    {"values", CRMI_MEMBER_PAIRS, AT(values), COUNT(value_count),
     .doc = "Value of the host to value in Salesforce; with entries, a value that is not listed "
            "does not cross. The entries of a multi-select picklist are mapped one by one."},
    {"value_default", CRMI_MEMBER_TEXT, AT(value_default), .fallback = "",
     .doc = "What is sent for a value that neither values nor the picklist has; empty: nothing."},
    {"inverse", CRMI_MEMBER_FLIPPED, AT(inverse), COUNT(inverse_count),
     .doc = "Value in Salesforce to value of the host."},
};

const crmi_group crmi_field_group = {"field", members, sizeof members / sizeof members[0],
                                     sizeof(crmi_field_rule)};
