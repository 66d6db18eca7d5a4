/* Decimal numbers as digits: compared and rounded without a binary float. */
#ifndef CRMI_DECIDE_DECIMAL_H
#define CRMI_DECIDE_DECIMAL_H

#include "base/str.h"

#define CRMI_DECIMAL_DIGITS 64

/* 0.d1d2d3... x 10^exponent; zero has no digits. */
typedef struct crmi_decimal {
    bool negative;
    unsigned char digits[CRMI_DECIMAL_DIGITS]; /* 0..9, neither leading nor trailing zeros */
    size_t count;
    int exponent;
} crmi_decimal;

/* Accepts [+-]digits[.digits][e[+-]digits]. false = no number, or too many digits to be exact. */
bool crmi_decimal_parse(crmsync_str s, crmi_decimal *out);
/* Rounds half away from zero to `scale` digits after the point; true if it changed the value. */
bool crmi_decimal_round(crmi_decimal *d, unsigned scale);
/* false = the exact sum has too many digits. */
bool crmi_decimal_add(const crmi_decimal *a, const crmi_decimal *b, crmi_decimal *out);
int crmi_decimal_cmp(const crmi_decimal *a, const crmi_decimal *b); /* below 0, 0, above 0 */
/* One bound of "50-100", "1,001 - 5,000" or "10,001+"; false = no range, or none on that side. */
bool crmi_decimal_range(crmsync_str s, bool upper, crmi_decimal *out);
bool crmi_decimal_equal(const crmi_decimal *a, const crmi_decimal *b);
size_t crmi_decimal_whole_digits(const crmi_decimal *d); /* digits before the point */
size_t crmi_decimal_scale(const crmi_decimal *d);        /* digits after the point */
/* Plain notation. Bytes needed are at most CRMI_DECIMAL_TEXT; 0 = does not fit. */
#define CRMI_DECIMAL_TEXT 200
size_t crmi_decimal_text(const crmi_decimal *d, char out[CRMI_DECIMAL_TEXT]);

#endif
