/* dates.c: civil dates, instants and their spellings. */
#include "text.h"

#include <stdio.h>
#include <string.h>

#define DAY_MS 86400000

int64_t orgsim_days(int year, int month, int day)
{
    int64_t y = year - (month <= 2);
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t yoe = y - era * 400;
    int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

void orgsim_civil(int64_t days, int *year, int *month, int *day)
{
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    *day = (int)(doy - (153 * mp + 2) / 5 + 1);
    *month = (int)(mp < 10 ? mp + 3 : mp - 9);
    *year = (int)(yoe + era * 400 + (*month <= 2));
}

static bool digits(const char *text, size_t count, int *out)
{
    int value = 0;
    for (size_t i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        value = value * 10 + (text[i] - '0');
    }
    *out = value;
    return true;
}

bool orgsim_parse_date(const char *text, size_t len, int64_t *days)
{
    int y, m, d;
    if (len != 10 || text[4] != '-' || text[7] != '-' || !digits(text, 4, &y) ||
        !digits(text + 5, 2, &m) || !digits(text + 8, 2, &d))
        return false;
    if (m < 1 || m > 12 || d < 1 || d > 31 || y < 1700 || y > 4000)
        return false;
    int64_t value = orgsim_days(y, m, d);
    int y2, m2, d2;
    orgsim_civil(value, &y2, &m2, &d2);
    if (d2 != d)
        return false;
    *days = value;
    return true;
}

static bool parse_zone(const char *text, size_t len, int64_t *offset_ms)
{
    int hours, minutes = 0;
    if (len == 1 && (*text == 'Z' || *text == 'z')) {
        *offset_ms = 0;
        return true;
    }
    if (len < 5 || (*text != '+' && *text != '-') || !digits(text + 1, 2, &hours))
        return false;
    const char *rest = text[3] == ':' ? text + 4 : text + 3;
    if ((size_t)(text + len - rest) != 2 || !digits(rest, 2, &minutes))
        return false;
    *offset_ms = (int64_t)(hours * 60 + minutes) * 60000 * (*text == '-' ? -1 : 1);
    return true;
}

bool orgsim_parse_datetime(const char *text, size_t len, int64_t *ms)
{
    int64_t days, zone = 0;
    int h, m, s, millis = 0;
    if (len < 20 || !orgsim_parse_date(text, 10, &days) || (text[10] != 'T' && text[10] != 't') ||
        text[13] != ':' || text[16] != ':' || !digits(text + 11, 2, &h) ||
        !digits(text + 14, 2, &m) || !digits(text + 17, 2, &s) || h > 23 || m > 59 || s > 59)
        return false;
    size_t at = 19;
    if (text[at] == '.') {
        size_t count = 0;
        int scale = 100;
        for (at++; at < len && text[at] >= '0' && text[at] <= '9'; at++, count++) {
            millis += (text[at] - '0') * scale;
            scale /= 10;
        }
        if (!count)
            return false;
    }
    if (!parse_zone(text + at, len - at, &zone))
        return false;
    *ms = days * DAY_MS + ((int64_t)h * 3600 + m * 60 + s) * 1000 + millis - zone;
    return true;
}

static const char month_names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

bool orgsim_parse_http_date(const char *text, size_t len, int64_t *ms)
{
    int d, y, h, m, s;
    if (len < 29 || text[3] != ',' || !digits(text + 5, 2, &d) || !digits(text + 12, 4, &y) ||
        !digits(text + 17, 2, &h) || !digits(text + 20, 2, &m) || !digits(text + 23, 2, &s))
        return false;
    for (int month = 0; month < 12; month++) {
        if (memcmp(text + 8, month_names + 3 * month, 3) == 0) {
            *ms = orgsim_days(y, month + 1, d) * DAY_MS +
                  ((int64_t)h * 3600 + m * 60 + s) * 1000;
            return true;
        }
    }
    return false;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

void orgsim_format_date(int64_t days, char out[16])
{
    int y, m, d;
    orgsim_civil(days, &y, &m, &d);
    snprintf(out, 16, "%04u-%02u-%02u", (unsigned)y % 10000u, (unsigned)m % 100u,
             (unsigned)d % 100u);
}

void orgsim_format_datetime(int64_t ms, char out[40])
{
    char date[16];
    int64_t days = floor_div(ms, DAY_MS);
    int64_t rest = ms - days * DAY_MS;
    orgsim_format_date(days, date);
    snprintf(out, 40, "%sT%02d:%02d:%02d.%03d+0000", date, (int)(rest / 3600000),
             (int)(rest / 60000 % 60), (int)(rest / 1000 % 60), (int)(rest % 1000));
}

void orgsim_format_http_date(int64_t ms, char out[40])
{
    static const char day_names[] = "ThuFriSatSunMonTueWed"; /* 1970-01-01 was a Thursday */
    int y, m, d;
    int64_t days = floor_div(ms, DAY_MS);
    int64_t rest = ms - days * DAY_MS;
    int week = (int)(((days % 7) + 7) % 7);
    orgsim_civil(days, &y, &m, &d);
    snprintf(out, 40, "%.3s, %02d %.3s %04d %02d:%02d:%02d GMT", day_names + 3 * week, d,
             month_names + 3 * (m - 1), y, (int)(rest / 3600000), (int)(rest / 60000 % 60),
             (int)(rest / 1000 % 60));
}
