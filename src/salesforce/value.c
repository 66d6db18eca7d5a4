#include "salesforce/value.h"

#include "base/time.h"
#include "salesforce/request.h"

#define MAX_EXPONENT 400 /* a double ends at 308 */

static const struct {
    uint32_t field_type;
    uint32_t cell_type;
} cell_types[] = {
    {CRMI_TYPE_ID, CRMSYNC_CELL_ID},
    {CRMI_TYPE_REFERENCE, CRMSYNC_CELL_ID},
    {CRMI_TYPE_STRING, CRMSYNC_CELL_TEXT},
    {CRMI_TYPE_TEXTAREA, CRMSYNC_CELL_TEXT},
    {CRMI_TYPE_PHONE, CRMSYNC_CELL_TEXT},
    {CRMI_TYPE_URL, CRMSYNC_CELL_TEXT},
    {CRMI_TYPE_EMAIL, CRMSYNC_CELL_TEXT},
    {CRMI_TYPE_COMBOBOX, CRMSYNC_CELL_TEXT},
    {CRMI_TYPE_PICKLIST, CRMSYNC_CELL_TEXT},
    {CRMI_TYPE_MULTIPICKLIST, CRMSYNC_CELL_TEXT},
    {CRMI_TYPE_BOOLEAN, CRMSYNC_CELL_BOOL},
    {CRMI_TYPE_INT, CRMSYNC_CELL_DECIMAL},
    {CRMI_TYPE_DOUBLE, CRMSYNC_CELL_DECIMAL},
    {CRMI_TYPE_CURRENCY, CRMSYNC_CELL_DECIMAL},
    {CRMI_TYPE_PERCENT, CRMSYNC_CELL_DECIMAL},
    {CRMI_TYPE_DATE, CRMSYNC_CELL_DATE},
    {CRMI_TYPE_DATETIME, CRMSYNC_CELL_DATETIME},
    {CRMI_TYPE_TIME, CRMSYNC_CELL_TEXT},
    {CRMI_TYPE_BASE64, CRMSYNC_CELL_TEXT},
};

uint32_t crmi_value_cell_type(uint32_t field_type)
{
    for (size_t i = 0; i < sizeof cell_types / sizeof *cell_types; i++)
        if (cell_types[i].field_type == field_type)
            return cell_types[i].cell_type;
    return CRMSYNC_CELL_ABSENT;
}

static size_t digits(crmsync_str s, size_t from)
{
    size_t n = 0;
    while (from + n < s.len && s.ptr[from + n] >= '0' && s.ptr[from + n] <= '9')
        n++;
    return n;
}

/* sign, digits, fraction, exponent of a decimal; false = not one */
typedef struct decimal {
    bool negative;
    crmsync_str whole, fraction, exponent; /* the exponent with its sign */
} decimal;

static bool decimal_split(crmsync_str s, decimal *d)
{
    size_t at = 0, n;
    memset(d, 0, sizeof *d);
    if (s.len && (s.ptr[0] == '-' || s.ptr[0] == '+'))
        d->negative = s.ptr[at++] == '-';
    n = digits(s, at);
    d->whole = crmi_str_sub(s, at, n);
    at += n;
    if (at < s.len && s.ptr[at] == '.') {
        n = digits(s, at + 1);
        d->fraction = crmi_str_sub(s, at + 1, n);
        at += n + 1;
    }
    if (!d->whole.len && !d->fraction.len)
        return false;
    if (at < s.len && (s.ptr[at] == 'e' || s.ptr[at] == 'E')) {
        size_t sign = at + 1 < s.len && (s.ptr[at + 1] == '-' || s.ptr[at + 1] == '+');
        n = digits(s, at + 1 + sign);
        if (!n)
            return false;
        d->exponent = crmi_str_sub(s, at + 1, n + sign);
        at += 1 + sign + n;
    }
    return at == s.len;
}

bool crmi_value_decimal(crmi_buf *b, crmsync_str text)
{
    decimal d;
    if (!decimal_split(crmi_str_trim(text), &d))
        return false;
    while (d.whole.len > 1 && d.whole.ptr[0] == '0')
        d.whole = crmi_str_sub(d.whole, 1, d.whole.len);
    if (d.negative)
        crmi_buf_char(b, '-');
    if (d.whole.len)
        crmi_buf_add(b, d.whole);
    else
        crmi_buf_char(b, '0');
    if (d.fraction.len) {
        crmi_buf_char(b, '.');
        crmi_buf_add(b, d.fraction);
    }
    if (d.exponent.len) {
        crmi_buf_char(b, 'e');
        crmi_buf_add(b, d.exponent);
    }
    return true;
}

static char digit_at(const decimal *d, int64_t i)
{
    int64_t whole = (int64_t)d->whole.len;
    if (i < 0 || i >= whole + (int64_t)d->fraction.len)
        return '0';
    return i < whole ? d->whole.ptr[i] : d->fraction.ptr[i - whole];
}

bool crmi_value_plain(crmi_buf *b, crmsync_str text)
{
    decimal d;
    int64_t exponent = 0;
    if (!decimal_split(crmi_str_trim(text), &d))
        return false;
    if (d.exponent.len) {
        crmsync_str e = d.exponent;
        if (e.ptr[0] == '+')
            e = crmi_str_sub(e, 1, e.len);
        if (!crmi_str_to_i64(e, &exponent) || exponent > MAX_EXPONENT || exponent < -MAX_EXPONENT)
            return false;
    }
    int64_t point = (int64_t)d.whole.len + exponent; /* digits before the point */
    int64_t total = (int64_t)(d.whole.len + d.fraction.len);
    if (d.negative)
        crmi_buf_char(b, '-');
    if (point <= 0)
        crmi_buf_lit(b, "0.");
    bool started = point <= 0;
    for (int64_t i = point < 0 ? point : 0; i < total || i < point; i++) {
        char c = digit_at(&d, i);
        if (i == point && i > 0)
            crmi_buf_char(b, '.');
        started = started || c != '0' || i + 1 >= point; /* no zeros in front */
        if (started)
            crmi_buf_char(b, c);
    }
    return true;
}

static bool write_decimal(crmi_jw *w, crmsync_str text)
{
    decimal d;
    if (!decimal_split(crmi_str_trim(text), &d))
        return false;
    crmi_jw_raw(w, CRMI_STR(""));
    return crmi_value_decimal(w->out, text);
}

bool crmi_value_write(crmi_jw *w, const crmsync_cell *cell)
{
    switch (cell->type) {
    case CRMSYNC_CELL_NULL: crmi_jw_null(w); return true;
    case CRMSYNC_CELL_TEXT:
    case CRMSYNC_CELL_ID:
        if (cell->text.len)
            crmi_jw_text(w, cell->text);
        else
            crmi_jw_null(w);
        return true;
    case CRMSYNC_CELL_BOOL: crmi_jw_bool(w, cell->number != 0); return true;
    case CRMSYNC_CELL_DECIMAL: return write_decimal(w, cell->text);
    case CRMSYNC_CELL_DATE:
        crmi_jw_raw(w, CRMI_STR("\""));
        crmi_buf_date(w->out, cell->number);
        crmi_buf_char(w->out, '"');
        return true;
    case CRMSYNC_CELL_DATETIME:
        crmi_jw_raw(w, CRMI_STR("\""));
        crmi_buf_datetime(w->out, cell->number);
        crmi_buf_char(w->out, '"');
        return true;
    default: return false;
    }
}

static bool read_untyped(yyjson_val *v, crmsync_cell *out)
{
    if (yyjson_is_str(v)) {
        out->type = CRMSYNC_CELL_TEXT;
        out->text = crmi_json_text(v);
    } else if (yyjson_is_raw(v)) {
        out->type = CRMSYNC_CELL_DECIMAL;
        out->text = crmi_json_raw(v);
    } else if (yyjson_is_bool(v)) {
        out->type = CRMSYNC_CELL_BOOL;
        out->number = yyjson_get_bool(v);
    } else {
        return false;
    }
    return true;
}

bool crmi_value_read(const yyjson_val *value, uint32_t cell_type, crmsync_cell *out)
{
    yyjson_val *v = crmi_json_any(value);
    *out = (crmsync_cell){{NULL, 0}, 0, CRMSYNC_CELL_NULL, 0};
    if (yyjson_is_null(v))
        return true;
    out->type = cell_type;
    switch (cell_type) {
    case CRMSYNC_CELL_TEXT: /* a formula or picklist of numbers: its digits are its text */
        out->text = yyjson_is_str(v) ? crmi_json_text(v) : crmi_json_raw(v);
        return out->text.ptr != NULL;
    case CRMSYNC_CELL_ID: out->text = crmi_json_text(v); return crmi_sf_id_like(out->text);
    case CRMSYNC_CELL_BOOL: out->number = yyjson_is_true(v); return yyjson_is_bool(v);
    case CRMSYNC_CELL_DECIMAL: out->text = crmi_json_raw(v); return out->text.ptr != NULL;
    case CRMSYNC_CELL_DATE: return crmi_date_parse(crmi_json_text(v), &out->number);
    case CRMSYNC_CELL_DATETIME: return crmi_datetime_parse(crmi_json_text(v), &out->number);
    default: return read_untyped(v, out);
    }
}
