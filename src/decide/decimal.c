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
