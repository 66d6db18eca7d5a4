#include "decide/decimal.h"

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Drops zeros at both ends. */
static void settle(crmi_decimal *d)
{
    size_t zeros = 0;
    while (zeros < d->count && d->digits[zeros] == 0) {
        zeros++;
    }
    if (zeros) {
        memmove(d->digits, d->digits + zeros, d->count - zeros);
        d->count -= zeros;
        d->exponent -= (int)zeros;
    }
    while (d->count && d->digits[d->count - 1] == 0) {
        d->count--;
    }
    if (!d->count) {
        d->exponent = 0;
        d->negative = false;
    }
}

/* Salesforce answers large doubles as 1.0E7. */
static bool parse_exponent(crmsync_str s, size_t at, int *out)
{
    bool negative = false;
    int value = 0;
    if (at < s.len && (s.ptr[at] == '+' || s.ptr[at] == '-')) {
        negative = s.ptr[at++] == '-';
    }
    if (at == s.len || s.len - at > 3) {
        return false;
    }
    for (; at < s.len; at++) {
        if (!digit(s.ptr[at])) {
            return false;
        }
        value = value * 10 + (s.ptr[at] - '0');
    }
    *out = negative ? -value : value;
    return true;
}

bool crmi_decimal_parse(crmsync_str s, crmi_decimal *out)
{
    crmi_decimal d = {0};
    bool point = false;
    bool any = false;
    s = crmi_str_trim(s);
    size_t i = 0;
    if (i < s.len && (s.ptr[i] == '+' || s.ptr[i] == '-')) {
        d.negative = s.ptr[i++] == '-';
    }
    for (; i < s.len && (digit(s.ptr[i]) || (s.ptr[i] == '.' && !point)); i++) {
        if (s.ptr[i] == '.') {
            point = true;
            continue;
        }
        any = true;
        if (d.count == 0 && s.ptr[i] == '0') { /* a leading zero only moves the point */
            d.exponent -= point ? 1 : 0;
            continue;
        }
        if (d.count == CRMI_DECIMAL_DIGITS) {
            return false;
        }
        d.digits[d.count++] = (unsigned char)(s.ptr[i] - '0');
        d.exponent += point ? 0 : 1;
    }
    if (!any || (i < s.len && s.ptr[i] != 'e' && s.ptr[i] != 'E')) {
        return false;
    }
    if (i < s.len) {
        int exponent = 0;
        if (!parse_exponent(s, i + 1, &exponent)) {
            return false;
        }
        d.exponent += exponent;
    }
    settle(&d);
    *out = d;
    return true;
}

bool crmi_decimal_round(crmi_decimal *d, unsigned scale)
{
    ptrdiff_t keep = (ptrdiff_t)d->exponent + (ptrdiff_t)scale;
    if (keep >= (ptrdiff_t)d->count) {
        return false;
    }
    bool up = keep >= 0 && d->digits[keep] >= 5;
    d->count = keep > 0 ? (size_t)keep : 0;
    if (up) {
        size_t i = d->count;
        while (i > 0 && d->digits[i - 1] == 9) {
            d->digits[--i] = 0;
        }
        if (i > 0) {
            d->digits[i - 1]++;
        } else { /* 9.99 -> 10.0, 0.6 -> 1: one digit more in front */
            d->exponent = d->count ? d->exponent + 1 : 1 - (int)scale;
            d->digits[0] = 1;
            d->count = 1;
        }
    }
    settle(d);
    return true;
}

/* Digits by weight, the heaviest first and one place free for the carry. */
static void add_digits(const crmi_decimal *d, int top, int *places)
{
    for (size_t i = 0; i < d->count; i++) {
        places[top - d->exponent + 1 + (int)i] += d->negative ? -d->digits[i] : d->digits[i];
    }
}

static bool leads_negative(const int *places, size_t n)
{
    size_t i = 0;
    while (i < n && places[i] == 0) {
        i++;
    }
    return i < n && places[i] < 0;
}

bool crmi_decimal_add(const crmi_decimal *a, const crmi_decimal *b, crmi_decimal *out)
{
    int places[CRMI_DECIMAL_DIGITS] = {0};
    int top = a->exponent > b->exponent ? a->exponent : b->exponent;
    int end_a = a->exponent - (int)a->count;
    int end_b = b->exponent - (int)b->count;
    int width = top - (end_a < end_b ? end_a : end_b) + 1;
    if (!a->count || !b->count) {
        *out = a->count ? *a : *b;
        return true;
    }
    if (width > CRMI_DECIMAL_DIGITS) {
        return false;
    }
    add_digits(a, top, places);
    add_digits(b, top, places);
    crmi_decimal sum = {.negative = leads_negative(places, (size_t)width),
                        .count = (size_t)width,
                        .exponent = top + 1};
    int carry = 0;
    for (int i = width - 1; i >= 0; i--) {
        int place = (sum.negative ? -places[i] : places[i]) + carry;
        carry = place < 0 ? -1 : place / 10;
        sum.digits[i] = (unsigned char)(place - 10 * carry);
    }
    settle(&sum);
    *out = sum;
    return true;
}

static int cmp_sizes(const crmi_decimal *a, const crmi_decimal *b)
{
    size_t n = a->count < b->count ? a->count : b->count;
    if (!a->count || !b->count || a->exponent != b->exponent) {
        bool less = !b->count ? false : !a->count || a->exponent < b->exponent;
        return less ? -1 : a->count > 0;
    }
    int order = memcmp(a->digits, b->digits, n);
    return order ? order : (a->count > b->count) - (a->count < b->count);
}

int crmi_decimal_cmp(const crmi_decimal *a, const crmi_decimal *b)
{
    if (a->negative != b->negative) {
        return a->negative ? -1 : 1;
    }
    return a->negative ? cmp_sizes(b, a) : cmp_sizes(a, b);
}

/* Digits, perhaps in groups of three; bytes taken, 0 = none. */
static size_t read_bound(crmsync_str s, crmi_decimal *out)
{
    char plain[CRMI_DECIMAL_DIGITS];
    size_t n = 0, at = 0, group = 0;
    bool grouped = false;
    for (; at < s.len && n < sizeof(plain) && (digit(s.ptr[at]) || s.ptr[at] == ','); at++) {
        if (digit(s.ptr[at])) {
            plain[n++] = s.ptr[at];
            group++;
            continue;
        }
        if (group == 0 || group > 3 || (grouped && group != 3)) {
            return 0;
        }
        grouped = true;
        group = 0;
    }
    bool whole = n && (!grouped || group == 3);
    return whole && crmi_decimal_parse((crmsync_str){plain, n}, out) ? at : 0;
}

bool crmi_decimal_range(crmsync_str s, bool upper, crmi_decimal *out)
{
    crmi_decimal low, high;
    s = crmi_str_trim(s);
    size_t taken = read_bound(s, &low);
    crmsync_str rest = crmi_str_trim(crmi_str_sub(s, taken, s.len));
    if (taken && crmi_str_is(rest, "+")) {
        *out = low;
        return !upper;
    }
    size_t dash = crmi_str_starts(rest, "-") ? 1 : crmi_str_starts(rest, "\xe2\x80\x93") ? 3 : 0;
    rest = crmi_str_trim(crmi_str_sub(rest, dash, rest.len));
    if (!taken || !dash || !rest.len || read_bound(rest, &high) != rest.len ||
        crmi_decimal_cmp(&low, &high) > 0) {
        return false;
    }
    *out = upper ? high : low;
    return true;
}

bool crmi_decimal_equal(const crmi_decimal *a, const crmi_decimal *b)
{
    return a->negative == b->negative && a->count == b->count && a->exponent == b->exponent &&
           memcmp(a->digits, b->digits, a->count) == 0;
}

size_t crmi_decimal_whole_digits(const crmi_decimal *d)
{
    return d->exponent > 0 ? (size_t)d->exponent : 0;
}

size_t crmi_decimal_scale(const crmi_decimal *d)
{
    ptrdiff_t after = (ptrdiff_t)d->count - d->exponent;
    return after > 0 ? (size_t)after : 0;
}

size_t crmi_decimal_text(const crmi_decimal *d, char out[CRMI_DECIMAL_TEXT])
{
    size_t whole = crmi_decimal_whole_digits(d);
    size_t scale = crmi_decimal_scale(d);
    size_t n = 0;
    if (whole + scale + 4 > CRMI_DECIMAL_TEXT) {
        return 0;
    }
    if (d->negative) {
        out[n++] = '-';
    }
    if (whole == 0) {
        out[n++] = '0';
    }
    for (size_t i = 0; i < whole; i++) {
        out[n++] = (char)('0' + (i < d->count ? d->digits[i] : 0));
    }
    if (scale) {
        out[n++] = '.';
        for (size_t i = 0; i < scale; i++) {
            ptrdiff_t at = (ptrdiff_t)i + d->exponent;
            out[n++] = (char)('0' + (at >= 0 ? d->digits[at] : 0));
        }
    }
    out[n] = '\0';
    return n;
}
