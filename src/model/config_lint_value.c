/* Texts of a configuration that are written into a field: would the org take them? */
#include <crmsync/normalize.h>

#include "base/time.h"
#include "model/config_lint.h"
#include "model/rows.h"

static bool is_number(crmsync_str s)
{
    return crmi_decimal_valid(s);
}

static bool is_whole_number(crmsync_str s)
{
    return crmi_decimal_valid(s) && crmi_str_chr(s, '.') < 0 && crmi_str_chr(s, 'e') < 0 &&
           crmi_str_chr(s, 'E') < 0;
}

static bool is_flag(crmsync_str s)
{
    static const char *const words[] = {"true", "false", "yes", "no", "1", "0"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (crmi_str_eq_ci(s, crmi_str(words[i])))
            return true;
    }
    return false;
}

static bool is_date(crmsync_str s)
{
    int64_t days;
    return crmi_date_parse(s, &days);
}

static bool is_instant(crmsync_str s)
{
    int64_t ms;
    return s.len > 10 && crmi_datetime_parse(s, &ms);
}

static bool is_email(crmsync_str s)
{
    ptrdiff_t at = crmi_str_chr(s, '@');
    return at > 0 && (size_t)at + 1 < s.len &&
           crmi_str_chr(crmi_str_sub(s, (size_t)at + 1, s.len), '@') < 0 &&
           crmi_str_chr(s, ' ') < 0;
}

static bool is_id(crmsync_str s)
{
    char id[CRMSYNC_KEY_MAX];
    size_t len = 0;
    return crmsync_normalize_id(s, id, sizeof id, &len) == CRMSYNC_OK && len > 0;
}

static const struct {
    uint32_t type;
    bool (*holds)(crmsync_str s);
    const char *says;
} kinds[] = {
    {CRMI_TYPE_ID, is_id, "a Salesforce id"},
    {CRMI_TYPE_REFERENCE, is_id, "a Salesforce id"},
    {CRMI_TYPE_EMAIL, is_email, "an e-mail address"},
    {CRMI_TYPE_BOOLEAN, is_flag, "true or false"},
    {CRMI_TYPE_INT, is_whole_number, "a whole number"},
    {CRMI_TYPE_DOUBLE, is_number, "a number"},
    {CRMI_TYPE_CURRENCY, is_number, "a number"},
    {CRMI_TYPE_PERCENT, is_number, "a number"},
    {CRMI_TYPE_DATE, is_date, "a date such as 2026-01-31"},
    {CRMI_TYPE_DATETIME, is_instant, "a date and time such as 2026-01-31T09:00:00Z"},
};

static void lint_choice(crmi_lint *l, const char *where, const crmi_field *field, crmsync_str text)
{
    bool restricted = (field->flags & CRMI_FIELD_RESTRICTED) != 0;
    const crmi_picklist_value *value = crmi_field_value(field, text);
    if (!value)
        crmi_lint_tell(l, restricted ? CRMSYNC_LOG_ERROR : CRMSYNC_LOG_WARN, where,
                       "Use the API value of an entry of the picklist, or add it in the org.",
                       "\"%.*s\" is no value of %.*s", CRMI_SPELL(text), CRMI_SPELL(field->name));
    else if (!value->active)
        crmi_lint_tell(l, CRMSYNC_LOG_WARN, where,
                       "Activate it in the org, or map to another value.",
                       "value \"%.*s\" of %.*s is inactive", CRMI_SPELL(value->value),
                       CRMI_SPELL(field->name));
}

static void lint_choices(crmi_lint *l, const char *where, const crmi_field *field,
                         crmsync_str texts)
{
    crmsync_str text;
    while (crmi_set_next(&texts, &text))
        lint_choice(l, where, field, text);
}

void crmi_lint_text(crmi_lint *l, const char *where, const crmi_field *field, crmsync_str text)
{
    text = crmi_str_trim(text);
    if (!text.len)
        return;
    if (field->type == CRMI_TYPE_PICKLIST) {
        lint_choice(l, where, field, text);
        return;
    }
    if (field->type == CRMI_TYPE_MULTIPICKLIST) {
        lint_choices(l, where, field, text);
        return;
    }
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (kinds[i].type != field->type || kinds[i].holds(text))
            continue;
        crmi_lint_tell(l, CRMSYNC_LOG_ERROR, where, "Give a value of the field's type.",
                       "\"%.*s\" is not %s, which %.*s holds", CRMI_SPELL(text), kinds[i].says,
                       CRMI_SPELL(field->name));
        return;
    }
    if (field->length && crmi_str_utf8_chars(text) > field->length)
        crmi_lint_tell(l, CRMSYNC_LOG_ERROR, where, "Give a shorter text.",
                       "the text is longer than the %u characters of %.*s", field->length,
                       CRMI_SPELL(field->name));
}

void crmi_lint_values(crmi_lint *l, const char *where, const crmi_field *field,
                      const crmi_value_pair *pairs, size_t n)
{
    for (size_t i = 0; i < n; i++)
        crmi_lint_text(l, where, field, pairs[i].remote);
}
