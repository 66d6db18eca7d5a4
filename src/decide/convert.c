/*
 * Values from one side's type to the other's. Never silently lossy: a value that does not fit is
 * refused with a reason, or shortened where the field's rule says so, and told as CUT.
 */
#include "decide/convert.h"
#include "decide/decimal.h"

#include "base/time.h"

typedef struct conversion {
    const crmi_decide_env *env;
    const crmi_field *field;
    const crmi_field_rule *rule; /* may be NULL */
    crmi_arena *arena;
    crmsync_cell *out;
} conversion;

typedef uint32_t (*convert_fn)(const conversion *c, const crmsync_cell *in);

bool crmi_converted(uint32_t result)
{
    return result == 0 || result == CRMSYNC_REASON_CUT || result == CRMSYNC_REASON_RANGE_BOUND ||
           result == CRMSYNC_REASON_VALUE_DEFAULT || result == CRMSYNC_REASON_DAY_IN_UTC;
}

static uint32_t give_text(const conversion *c, uint32_t type, crmsync_str text, uint32_t result)
{
    c->out->type = type;
    c->out->flags = 0;
    c->out->number = 0;
    if (!text.len) {
        *c->out = crmi_cell_null();
        return result;
    }
    return crmi_arena_str(c->arena, text, &c->out->text) ? result : CRMI_CONVERT_NOMEM;
}

static uint32_t give_number(const conversion *c, uint32_t type, int64_t number)
{
    *c->out =
        type == CRMSYNC_CELL_BOOL ? crmi_cell_bool(number != 0) : crmi_cell_number(type, number);
    return 0;
}

bool crmi_cell_text_of(crmi_arena *arena, const crmsync_cell *in, crmsync_str *out)
{
    if (in->type == CRMSYNC_CELL_TEXT || in->type == CRMSYNC_CELL_DECIMAL ||
        in->type == CRMSYNC_CELL_ID) {
        *out = crmi_str_trim(in->text);
        return true;
    }
    crmi_buf b;
    crmi_buf_init(&b, arena->alloc);
    crmi_buf_cell(&b, in);
    bool ok = crmi_buf_ok(&b) && crmi_arena_str(arena, crmi_buf_str(&b), out);
    crmi_buf_clear(&b);
    return ok;
}

static bool text_of(const conversion *c, const crmsync_cell *in, crmsync_str *out)
{
    return crmi_cell_text_of(c->arena, in, out);
}

static uint32_t refuse(const conversion *c, const crmsync_cell *in)
{
    (void)c;
    (void)in;
    return CRMSYNC_REASON_TYPE_MISMATCH;
}

/* The value of a mapped field lies in the record, or in the arena where it was made: it is lent, whole
 * or in part. Defaults and stamps are of the configuration, which a plan may outlive. */
static uint32_t fit_text(const conversion *c, crmsync_str text, bool may_cut)
{
    size_t most = c->field->length;
    bool fits = !most || text.len <= most || crmi_str_utf8_chars(text) <= most;
    if (!fits && !may_cut) {
        return CRMSYNC_REASON_TOO_LONG;
    }
    if (!fits) {
        text.len = crmi_str_utf8_cut_chars(text, most);
        text = crmi_str_trim(text);
    }
    if (!c->rule || !c->rule->local.len) {
        return give_text(c, CRMSYNC_CELL_TEXT, text, fits ? 0 : CRMSYNC_REASON_CUT);
    }
    *c->out = crmi_cell_text(text);
    return fits ? 0 : CRMSYNC_REASON_CUT;
}

static uint32_t to_text(const conversion *c, const crmsync_cell *in)
{
    crmsync_str text;
    bool may_cut = c->rule && c->rule->too_long == CRMI_TOO_LONG_CUT;
    return text_of(c, in, &text) ? fit_text(c, text, may_cut) : CRMI_CONVERT_NOMEM;
}

/* Half an address, number or link is worse than none. */
static uint32_t to_whole_text(const conversion *c, const crmsync_cell *in)
{
    crmsync_str text;
    return text_of(c, in, &text) ? fit_text(c, text, false) : CRMI_CONVERT_NOMEM;
}

/* INVALID_EMAIL_ADDRESS otherwise; what is sent is as written, Salesforce lower-cases by itself. */
static uint32_t to_email(const conversion *c, const crmsync_cell *in)
{
    char key[CRMSYNC_KEY_MAX];
    size_t len = 0;
    if (in->type != CRMSYNC_CELL_TEXT) {
        return CRMSYNC_REASON_TYPE_MISMATCH;
    }
    int32_t code = crmsync_normalize_email(c->env->normalizer, in->text, key, sizeof(key), &len);
    if (code == CRMSYNC_E_NOMEM) {
        return CRMI_CONVERT_NOMEM;
    }
    return code == CRMSYNC_OK && len ? to_whole_text(c, in) : CRMSYNC_REASON_TYPE_MISMATCH;
}

static uint32_t to_id(const conversion *c, const crmsync_cell *in)
{
    char id[32];
    size_t len = 0;
    if (in->type != CRMSYNC_CELL_TEXT && in->type != CRMSYNC_CELL_ID) {
        return CRMSYNC_REASON_TYPE_MISMATCH;
    }
    if (crmsync_normalize_id(in->text, id, sizeof(id), &len) != CRMSYNC_OK || !len) {
        return CRMSYNC_REASON_TYPE_MISMATCH;
    }
    return give_text(c, CRMSYNC_CELL_ID, (crmsync_str){id, len}, 0);
}

static const crmi_picklist_value *value_of(const crmi_field *field, crmsync_str text)
{
    const crmi_picklist_value *found = crmi_field_value(field, text);
    for (size_t i = 0; !found && i < field->value_count; i++) {
        if (field->values[i].active && crmi_str_eq_ci(field->values[i].label, text)) {
            found = &field->values[i];
        }
    }
    return found && found->active ? found : NULL;
}

static uint32_t to_picklist(const conversion *c, const crmsync_cell *in)
{
    crmsync_str text;
    if (!text_of(c, in, &text)) {
        return CRMI_CONVERT_NOMEM;
    }
    const crmi_picklist_value *value = value_of(c->field, text);
    if (value) {
        return give_text(c, CRMSYNC_CELL_TEXT, value->value, 0);
    }
    if ((c->field->flags & CRMI_FIELD_RESTRICTED) && c->field->value_count) {
        return CRMSYNC_REASON_PICKLIST_MISS;
    }
    return fit_text(c, text, false);
}

static uint32_t to_picklist_set(const conversion *c, const crmsync_cell *in)
{
    crmsync_str rest, part;
    crmi_buf b;
    uint32_t result = 0;
    if (!text_of(c, in, &rest)) {
        return CRMI_CONVERT_NOMEM;
    }
    crmi_buf_init(&b, c->arena->alloc);
    while (result == 0 && crmi_set_next(&rest, &part)) {
        const crmi_picklist_value *value = value_of(c->field, part);
        if (!value && (c->field->flags & CRMI_FIELD_RESTRICTED) && c->field->value_count) {
            result = CRMSYNC_REASON_PICKLIST_MISS;
        }
        if (b.len) {
            crmi_buf_char(&b, ';');
        }
        crmi_buf_add(&b, value ? value->value : part);
    }
    if (result == 0) {
        result = crmi_buf_ok(&b) ? give_text(c, CRMSYNC_CELL_TEXT, crmi_buf_str(&b), 0)
                                 : CRMI_CONVERT_NOMEM;
    }
    crmi_buf_clear(&b);
    return result;
}

static uint32_t to_flag(const conversion *c, const crmsync_cell *in)
{
    static const struct {
        crmsync_str word;
        bool value;
    } words[] = {
        {CRMSYNC_STR_LIT("true"), true}, {CRMSYNC_STR_LIT("false"), false},
        {CRMSYNC_STR_LIT("yes"), true},  {CRMSYNC_STR_LIT("no"), false},
        {CRMSYNC_STR_LIT("1"), true},    {CRMSYNC_STR_LIT("0"), false},
    };
    if (in->type == CRMSYNC_CELL_BOOL) {
        return give_number(c, CRMSYNC_CELL_BOOL, in->number);
    }
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        bool text = in->type == CRMSYNC_CELL_TEXT || in->type == CRMSYNC_CELL_DECIMAL;
        if (text && crmi_str_eq_ci(crmi_str_trim(in->text), words[i].word)) {
            return give_number(c, CRMSYNC_CELL_BOOL, words[i].value);
        }
    }
    return CRMSYNC_REASON_TYPE_MISMATCH;
}

/* "50-100" is no number unless the rule names the bound that stands for it. */
static bool decimal_of(const conversion *c, const crmsync_cell *in, crmi_decimal *d,
                       uint32_t *result)
{
    uint32_t range = c->rule ? c->rule->number_range : CRMI_RANGE_REFUSE;
    *result = 0;
    if (in->type != CRMSYNC_CELL_TEXT && in->type != CRMSYNC_CELL_DECIMAL) {
        return false;
    }
    if (crmi_decimal_parse(in->text, d)) {
        return true;
    }
    *result = CRMSYNC_REASON_RANGE_BOUND;
    return range != CRMI_RANGE_REFUSE &&
           crmi_decimal_range(in->text, range == CRMI_RANGE_UPPER, d);
}

static uint32_t give_decimal(const conversion *c, const crmi_decimal *d, uint32_t result)
{
    char text[CRMI_DECIMAL_TEXT];
    size_t len = crmi_decimal_text(d, text);
    return len ? give_text(c, CRMSYNC_CELL_DECIMAL, (crmsync_str){text, len}, result)
               : CRMSYNC_REASON_OUT_OF_RANGE;
}

/* 12.5 employees are none. */
static uint32_t to_int(const conversion *c, const crmsync_cell *in)
{
    crmi_decimal d;
    uint32_t result;
    if (!decimal_of(c, in, &d, &result) || crmi_decimal_scale(&d)) {
        return CRMSYNC_REASON_TYPE_MISMATCH;
    }
    size_t most = c->field->digits ? c->field->digits : 9;
    return crmi_decimal_whole_digits(&d) > most ? CRMSYNC_REASON_OUT_OF_RANGE
                                                : give_decimal(c, &d, result);
}

static uint32_t to_number(const conversion *c, const crmsync_cell *in)
{
    crmi_decimal d;
    uint32_t result;
    if (!decimal_of(c, in, &d, &result)) {
        return CRMSYNC_REASON_TYPE_MISMATCH;
    }
    bool rounded = crmi_decimal_round(&d, c->field->scale);
    if (c->field->precision &&
        crmi_decimal_whole_digits(&d) + c->field->scale > c->field->precision) {
        return CRMSYNC_REASON_OUT_OF_RANGE;
    }
    return give_decimal(c, &d, rounded ? CRMSYNC_REASON_CUT : result);
}

static bool by_utc(const conversion *c)
{
    return c->rule && c->rule->instant == CRMI_INSTANT_UTC;
}

static bool instant_of(const crmsync_cell *in, int64_t *ms)
{
    *ms = in->number;
    return in->type == CRMSYNC_CELL_DATETIME ||
           (in->type == CRMSYNC_CELL_TEXT && in->text.len > 10 &&
            crmi_datetime_parse(crmi_str_trim(in->text), ms));
}

static bool day_of(const crmsync_cell *in, int64_t *days)
{
    *days = in->number;
    return in->type == CRMSYNC_CELL_DATE || (in->type == CRMSYNC_CELL_TEXT &&
                                             crmi_date_parse(crmi_str_trim(in->text), days));
}

/* A civil date has no zone: an instant becomes one only where the rule says whose day it is. */
static uint32_t to_date(const conversion *c, const crmsync_cell *in)
{
    int64_t days, ms;
    if (day_of(in, &days)) {
        return give_number(c, CRMSYNC_CELL_DATE, days);
    }
    if (!by_utc(c) || !instant_of(in, &ms)) {
        return CRMSYNC_REASON_TYPE_MISMATCH;
    }
    int64_t within = ((ms % CRMI_DAY_MS) + CRMI_DAY_MS) % CRMI_DAY_MS;
    give_number(c, CRMSYNC_CELL_DATE, (ms - within) / CRMI_DAY_MS);
    return CRMSYNC_REASON_DAY_IN_UTC;
}

static uint32_t to_instant(const conversion *c, const crmsync_cell *in)
{
    int64_t ms, days;
    if (instant_of(in, &ms)) {
        int64_t rest = ((ms % 1000) + 1000) % 1000;
        return give_number(c, CRMSYNC_CELL_DATETIME, ms - rest);
    }
    if (!by_utc(c) || !day_of(in, &days)) {
        return CRMSYNC_REASON_TYPE_MISMATCH;
    }
    give_number(c, CRMSYNC_CELL_DATETIME, days * CRMI_DAY_MS);
    return CRMSYNC_REASON_DAY_IN_UTC;
}

/* Compound and binary fields and types that we do not know are never written. */
static const convert_fn by_type[] = {
    [CRMI_TYPE_OTHER] = refuse,
    [CRMI_TYPE_ID] = to_id,
    [CRMI_TYPE_REFERENCE] = to_id,
    [CRMI_TYPE_STRING] = to_text,
    [CRMI_TYPE_TEXTAREA] = to_text,
    [CRMI_TYPE_PHONE] = to_whole_text,
    [CRMI_TYPE_URL] = to_whole_text,
    [CRMI_TYPE_EMAIL] = to_email,
    [CRMI_TYPE_COMBOBOX] = to_text,
    [CRMI_TYPE_PICKLIST] = to_picklist,
    [CRMI_TYPE_MULTIPICKLIST] = to_picklist_set,
    [CRMI_TYPE_BOOLEAN] = to_flag,
    [CRMI_TYPE_INT] = to_int,
    [CRMI_TYPE_DOUBLE] = to_number,
    [CRMI_TYPE_CURRENCY] = to_number,
    [CRMI_TYPE_PERCENT] = to_number,
    [CRMI_TYPE_DATE] = to_date,
    [CRMI_TYPE_DATETIME] = to_instant,
    [CRMI_TYPE_TIME] = to_whole_text,
    [CRMI_TYPE_BASE64] = refuse,
    [CRMI_TYPE_ADDRESS] = refuse,
    [CRMI_TYPE_LOCATION] = refuse,
};

uint32_t crmi_convert(const crmi_decide_env *env, const crmi_field *field,
                      const crmi_field_rule *rule, const crmsync_cell *in, crmi_arena *arena,
                      crmsync_cell *out)
{
    conversion c = {env, field, rule, arena, out};
    bool known = field->type < sizeof(by_type) / sizeof(by_type[0]);
    uint32_t result = (known ? by_type[field->type] : refuse)(&c, in);
    if (!crmi_converted(result)) {
        *out = crmi_cell_absent();
    }
    return result;
}
