/*
 * Save equivalence: what Salesforce does to a value on save, one row per kind of describe type.
 * It trims text, stores "" as null, lower-cases e-mail addresses, keeps line ends as they come but
 * returns them as CRLF or LF, rounds numbers to the field's scale, cuts date-times to the second
 * and answers ids of 18 characters.
 */
#include "decide/decide.h"
#include "decide/decimal.h"

#include "base/time.h"

typedef bool (*equal_fn)(const crmi_field *field, const crmsync_cell *a, const crmsync_cell *b);

static bool is_text(const crmsync_cell *c)
{
    return c->type == CRMSYNC_CELL_TEXT || c->type == CRMSYNC_CELL_DECIMAL ||
           c->type == CRMSYNC_CELL_ID;
}

static char fold(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Next byte with CRLF and CR read as LF; `*i` moves past it. */
static char next_byte(crmsync_str s, size_t *i)
{
    char c = s.ptr[(*i)++];
    if (c != '\r') {
        return c;
    }
    if (*i < s.len && s.ptr[*i] == '\n') {
        (*i)++;
    }
    return '\n';
}

static bool same_lines(crmsync_str a, crmsync_str b, bool folded)
{
    size_t i = 0;
    size_t j = 0;
    a = crmi_str_trim(a);
    b = crmi_str_trim(b);
    if (crmi_str_eq(a, b)) {
        return true;
    }
    while (i < a.len && j < b.len) {
        char x = next_byte(a, &i);
        char y = next_byte(b, &j);
        if (folded ? fold(x) != fold(y) : x != y) {
            return false;
        }
    }
    return i == a.len && j == b.len;
}

static bool equal_text(const crmi_field *field, const crmsync_cell *a, const crmsync_cell *b)
{
    (void)field;
    return is_text(a) && is_text(b) ? same_lines(a->text, b->text, false) : crmi_cell_same(a, b);
}

static bool equal_folded(const crmi_field *field, const crmsync_cell *a, const crmsync_cell *b)
{
    (void)field;
    return is_text(a) && is_text(b) ? same_lines(a->text, b->text, true) : crmi_cell_same(a, b);
}

static bool equal_id(const crmi_field *field, const crmsync_cell *a, const crmsync_cell *b)
{
    (void)field;
    if (!is_text(a) || !is_text(b)) {
        return crmi_cell_same(a, b);
    }
    crmsync_str x = crmi_str_trim(a->text);
    crmsync_str y = crmi_str_trim(b->text);
    bool ids = (x.len == 15 || x.len == 18) && (y.len == 15 || y.len == 18);
    return ids ? memcmp(x.ptr, y.ptr, 15) == 0 : crmi_str_eq(x, y);
}

static bool equal_number(const crmi_field *field, const crmsync_cell *a, const crmsync_cell *b)
{
    crmi_decimal x;
    crmi_decimal y;
    if (!is_text(a) || !is_text(b) || !crmi_decimal_parse(a->text, &x) ||
        !crmi_decimal_parse(b->text, &y)) {
        return is_text(a) && is_text(b) ? crmi_str_eq(a->text, b->text) : crmi_cell_same(a, b);
    }
    if (field) {
        crmi_decimal_round(&x, field->scale);
        crmi_decimal_round(&y, field->scale);
    }
    return crmi_decimal_equal(&x, &y);
}

static bool flag_of(const crmsync_cell *c, bool *out)
{
    if (c->type == CRMSYNC_CELL_BOOL) {
        *out = c->number != 0;
        return true;
    }
    if (!is_text(c)) {
        return false;
    }
    *out = crmi_str_eq_ci(crmi_str_trim(c->text), CRMI_STR("true"));
    return *out || crmi_str_eq_ci(crmi_str_trim(c->text), CRMI_STR("false"));
}

static bool equal_flag(const crmi_field *field, const crmsync_cell *a, const crmsync_cell *b)
{
    bool x = false;
    bool y = false;
    (void)field;
    return flag_of(a, &x) && flag_of(b, &y) ? x == y : crmi_cell_same(a, b);
}

static bool equal_date(const crmi_field *field, const crmsync_cell *a, const crmsync_cell *b)
{
    int64_t x = a->number;
    int64_t y = b->number;
    (void)field;
    if ((a->type != CRMSYNC_CELL_DATE && !(is_text(a) && crmi_date_parse(a->text, &x))) ||
        (b->type != CRMSYNC_CELL_DATE && !(is_text(b) && crmi_date_parse(b->text, &y)))) {
        return crmi_cell_same(a, b);
    }
    return x == y;
}

static int64_t second_of(int64_t ms)
{
    return ms >= 0 ? ms / 1000 : -((-ms + 999) / 1000);
}

static bool equal_instant(const crmi_field *field, const crmsync_cell *a, const crmsync_cell *b)
{
    int64_t x = a->number;
    int64_t y = b->number;
    (void)field;
    if ((a->type != CRMSYNC_CELL_DATETIME && !(is_text(a) && crmi_datetime_parse(a->text, &x))) ||
        (b->type != CRMSYNC_CELL_DATETIME && !(is_text(b) && crmi_datetime_parse(b->text, &y)))) {
        return crmi_cell_same(a, b);
    }
    return second_of(x) == second_of(y);
}

static bool holds_all(crmsync_str set, crmsync_str values)
{
    crmsync_str value;
    while (crmi_set_next(&values, &value)) {
        crmsync_str rest = set;
        crmsync_str other;
        bool found = false;
        while (!found && crmi_set_next(&rest, &other)) {
            found = crmi_str_eq_ci(value, other);
        }
        if (!found) {
            return false;
        }
    }
    return true;
}

/* Salesforce orders the values of a multi-select picklist as the field defines them. */
static bool equal_set(const crmi_field *field, const crmsync_cell *a, const crmsync_cell *b)
{
    (void)field;
    if (!is_text(a) || !is_text(b)) {
        return crmi_cell_same(a, b);
    }
    return holds_all(a->text, b->text) && holds_all(b->text, a->text);
}

static const equal_fn by_type[] = {
    [CRMI_TYPE_OTHER] = equal_text,        [CRMI_TYPE_ID] = equal_id,
    [CRMI_TYPE_REFERENCE] = equal_id,      [CRMI_TYPE_STRING] = equal_text,
    [CRMI_TYPE_TEXTAREA] = equal_text,     [CRMI_TYPE_PHONE] = equal_text,
    [CRMI_TYPE_URL] = equal_text,          [CRMI_TYPE_EMAIL] = equal_folded,
    [CRMI_TYPE_COMBOBOX] = equal_text,     [CRMI_TYPE_PICKLIST] = equal_folded,
    [CRMI_TYPE_MULTIPICKLIST] = equal_set, [CRMI_TYPE_BOOLEAN] = equal_flag,
    [CRMI_TYPE_INT] = equal_number,        [CRMI_TYPE_DOUBLE] = equal_number,
    [CRMI_TYPE_CURRENCY] = equal_number,   [CRMI_TYPE_PERCENT] = equal_number,
    [CRMI_TYPE_DATE] = equal_date,         [CRMI_TYPE_DATETIME] = equal_instant,
    [CRMI_TYPE_TIME] = equal_text,         [CRMI_TYPE_BASE64] = equal_text,
    [CRMI_TYPE_ADDRESS] = equal_text,      [CRMI_TYPE_LOCATION] = equal_text,
};

/* A field of a parent has no describe entry here: the cells themselves tell their kind. */
static equal_fn by_cells(const crmsync_cell *a, const crmsync_cell *b)
{
    if (a->type == CRMSYNC_CELL_DECIMAL || b->type == CRMSYNC_CELL_DECIMAL) {
        return equal_number;
    }
    if (a->type == CRMSYNC_CELL_ID || b->type == CRMSYNC_CELL_ID) {
        return equal_id;
    }
    if (a->type == CRMSYNC_CELL_DATETIME || b->type == CRMSYNC_CELL_DATETIME) {
        return equal_instant;
    }
    if (a->type == CRMSYNC_CELL_DATE || b->type == CRMSYNC_CELL_DATE) {
        return equal_date;
    }
    if (a->type == CRMSYNC_CELL_BOOL || b->type == CRMSYNC_CELL_BOOL) {
        return equal_flag;
    }
    return equal_text;
}

bool crmi_save_equal(const crmi_field *field, const crmsync_cell *a, const crmsync_cell *b,
                     crmi_arena *arena)
{
    (void)arena;
    bool blank_a = crmi_cell_blank(a);
    bool blank_b = crmi_cell_blank(b);
    if (blank_a || blank_b) {
        return blank_a && blank_b;
    }
    bool known = field && field->type < sizeof(by_type) / sizeof(by_type[0]);
    return (known ? by_type[field->type] : by_cells(a, b))(field, a, b);
}
