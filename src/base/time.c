#include "base/time.h"

/* Days since 1970-01-01 in the proleptic Gregorian calendar, counting years from March. */
int64_t crmi_days_from_civil(int64_t year, unsigned month, unsigned day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t shifted_month = (int64_t)month + (month > 2 ? -3 : 9);
    int64_t day_of_year = (153 * shifted_month + 2) / 5 + (int64_t)day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

void crmi_civil_from_days(int64_t days, int64_t *year, unsigned *month, unsigned *day)
{
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t day_of_era = z - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted_month = (5 * day_of_year + 2) / 153;
    *day = (unsigned)(day_of_year - (153 * shifted_month + 2) / 5 + 1);
    *month = (unsigned)(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
    *year = year_of_era + era * 400 + (*month <= 2 ? 1 : 0);
}

static bool digits(crmsync_str s, size_t at, size_t n, unsigned *out)
{
    unsigned v = 0;
    if (at + n > s.len)
        return false;
    for (size_t i = at; i < at + n; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9')
            return false;
        v = v * 10 + (unsigned)(s.ptr[i] - '0');
    }
    *out = v;
    return true;
}

static bool civil_valid(unsigned year, unsigned month, unsigned day)
{
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (month < 1 || month > 12 || day < 1)
        return false;
    return day <= days[month - 1] + (month == 2 && leap ? 1u : 0u);
}

bool crmi_date_parse(crmsync_str s, int64_t *days)
{
    unsigned y, m, d;
    if (s.len != 10 || s.ptr[4] != '-' || s.ptr[7] != '-' || !digits(s, 0, 4, &y) ||
        !digits(s, 5, 2, &m) || !digits(s, 8, 2, &d) || !civil_valid(y, m, d))
        return false;
    *days = crmi_days_from_civil(y, m, d);
    return true;
}

static bool zone_parse(crmsync_str s, int64_t *offset_ms)
{
    unsigned h, m;
    *offset_ms = 0;
    if (s.len == 0 || crmi_str_is(s, "Z") || crmi_str_is(s, "z"))
        return true;
    if (s.ptr[0] != '+' && s.ptr[0] != '-')
        return false;
    size_t minutes_at = s.len == 6 && s.ptr[3] == ':' ? 4 : 3;
    if (s.len != minutes_at + 2 || !digits(s, 1, 2, &h) || !digits(s, minutes_at, 2, &m) ||
        h > 15 || m > 59)
        return false;
    *offset_ms = ((int64_t)h * 60 + (int64_t)m) * 60000;
    if (s.ptr[0] == '-')
        *offset_ms = -*offset_ms;
    return true;
}

bool crmi_datetime_parse(crmsync_str s, int64_t *unix_ms)
{
    int64_t days, offset;
    unsigned h, m, sec, milli = 0;
    if (s.len < 19 || !crmi_date_parse(crmi_str_sub(s, 0, 10), &days) ||
        (s.ptr[10] != 'T' && s.ptr[10] != ' ') || s.ptr[13] != ':' || s.ptr[16] != ':' ||
        !digits(s, 11, 2, &h) || !digits(s, 14, 2, &m) || !digits(s, 17, 2, &sec) || h > 23 ||
        m > 59 || sec > 60)
        return false;
    size_t at = 19;
    if (at < s.len && s.ptr[at] == '.') {
        unsigned scale = 100;
        for (at++; at < s.len && s.ptr[at] >= '0' && s.ptr[at] <= '9'; at++) {
            milli += (unsigned)(s.ptr[at] - '0') * scale;
            scale /= 10;
        }
    }
    if (!zone_parse(crmi_str_sub(s, at, s.len), &offset))
        return false;
    *unix_ms =
        days * CRMI_DAY_MS + ((int64_t)h * 3600 + (int64_t)m * 60 + sec) * 1000 + milli - offset;
    return true;
}

static const char month_names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

bool crmi_http_date_parse(crmsync_str s, int64_t *unix_ms)
{
    unsigned day, year, h, m, sec;
    if (s.len != 29 || !digits(s, 5, 2, &day) || !digits(s, 12, 4, &year) ||
        !digits(s, 17, 2, &h) || !digits(s, 20, 2, &m) || !digits(s, 23, 2, &sec) || h > 23 ||
        m > 59 || sec > 60)
        return false;
    for (unsigned month = 1; month <= 12; month++) {
        if (memcmp(month_names + (month - 1) * 3, s.ptr + 8, 3) != 0)
            continue;
        if (!civil_valid(year, month, day))
            return false;
        *unix_ms = crmi_days_from_civil(year, month, day) * CRMI_DAY_MS +
                   ((int64_t)h * 3600 + (int64_t)m * 60 + sec) * 1000;
        return true;
    }
    return false;
}

void crmi_buf_date(crmi_buf *b, int64_t days)
{
    int64_t y;
    unsigned m, d;
    crmi_civil_from_days(days, &y, &m, &d);
    crmi_buf_fmt(b, "%04lld-%02u-%02u", (long long)y, m, d);
}

static int64_t split_day(int64_t unix_ms, int64_t *ms_of_day)
{
    int64_t days = unix_ms / CRMI_DAY_MS;
    *ms_of_day = unix_ms % CRMI_DAY_MS;
    if (*ms_of_day < 0) {
        *ms_of_day += CRMI_DAY_MS;
        days--;
    }
    return days;
}

static void buf_clock(crmi_buf *b, int64_t ms)
{
    crmi_buf_fmt(b, "%02d:%02d:%02d", (int)(ms / 3600000), (int)(ms / 60000 % 60),
                 (int)(ms / 1000 % 60));
}

void crmi_buf_datetime(crmi_buf *b, int64_t unix_ms)
{
    int64_t ms;
    crmi_buf_date(b, split_day(unix_ms, &ms));
    crmi_buf_char(b, 'T');
    buf_clock(b, ms);
    crmi_buf_fmt(b, ".%03dZ", (int)(ms % 1000));
}

void crmi_buf_datetime_s(crmi_buf *b, int64_t unix_ms)
{
    int64_t ms;
    crmi_buf_date(b, split_day(unix_ms, &ms));
    crmi_buf_char(b, 'T');
    buf_clock(b, ms);
    crmi_buf_char(b, 'Z');
}

void crmi_buf_http_date(crmi_buf *b, int64_t unix_ms)
{
    static const char weekdays[] = "ThuFriSatSunMonTueWed"; /* 1970-01-01 was a Thursday */
    int64_t ms, y;
    unsigned m, d;
    int64_t days = split_day(unix_ms, &ms);
    crmi_civil_from_days(days, &y, &m, &d);
    crmi_buf_fmt(b, "%.3s, %02u %.3s %04lld ", weekdays + ((days % 7 + 7) % 7) * 3, d,
                 month_names + (m - 1) * 3, (long long)y);
    buf_clock(b, ms);
    crmi_buf_lit(b, " GMT");
}
