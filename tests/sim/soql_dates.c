/* soql_dates.c: TODAY, LAST_N_DAYS:7 and their like; CALENDAR_YEAR(CreatedDate) and its like. */
#include "soql_tree.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { DAY_MS = 86400000, MOST = 10000 };

typedef enum span { DAYS, WEEKS, MONTHS, QUARTERS, YEARS } span;

/* From the start of a unit to the start of another, counted from the one that today lies in; with
 * `n`, that many times the number after the colon are added. */
typedef struct named {
    const char *name;
    span unit;
    int from_n, from, to_n, to;
} named;

#define AROUND(unit, UNIT) \
    {"LAST_" UNIT, unit, 0, -1, 0, 0}, {"THIS_" UNIT, unit, 0, 0, 0, 1}, \
    {"NEXT_" UNIT, unit, 0, 1, 0, 2}, {"LAST_N_" UNIT "S", unit, -1, 0, 0, 0}, \
    {"NEXT_N_" UNIT "S", unit, 0, 1, 1, 1}, {"N_" UNIT "S_AGO", unit, -1, 0, -1, 1}

/* The fiscal year is the calendar's, as in an org that set nothing else. */
static const named literals[] = {
    {"YESTERDAY", DAYS, 0, -1, 0, 0},
    {"TODAY", DAYS, 0, 0, 0, 1},
    {"TOMORROW", DAYS, 0, 1, 0, 2},
    {"LAST_90_DAYS", DAYS, 0, -90, 0, 1},
    {"NEXT_90_DAYS", DAYS, 0, 1, 0, 91},
    {"LAST_N_DAYS", DAYS, -1, 0, 0, 1},
    {"NEXT_N_DAYS", DAYS, 0, 1, 1, 1},
    {"N_DAYS_AGO", DAYS, -1, 0, -1, 1},
    AROUND(WEEKS, "WEEK"),
    AROUND(MONTHS, "MONTH"),
    AROUND(QUARTERS, "QUARTER"),
    AROUND(YEARS, "YEAR"),
    AROUND(QUARTERS, "FISCAL_QUARTER"),
    AROUND(YEARS, "FISCAL_YEAR"),
};

/* Sunday is 0; 1970-01-01 was a Thursday. */
static int weekday(int64_t day)
{
    return (int)(((day + 4) % 7 + 7) % 7);
}

static int64_t month_start(int year, int month_from_zero)
{
    int64_t months = (int64_t)year * 12 + month_from_zero;
    return orgsim_days((int)(months / 12), (int)(months % 12) + 1, 1);
}

/* First day of the unit that lies `shift` units after the one of `day`. Weeks begin on Sunday. */
static int64_t start_of(span unit, int64_t day, int shift)
{
    int year, month, of_month;
    orgsim_civil(day, &year, &month, &of_month);
    switch (unit) {
    case DAYS:
        return day + shift;
    case WEEKS:
        return day - weekday(day) + 7 * (int64_t)shift;
    case MONTHS:
        return month_start(year, month - 1 + shift);
    case QUARTERS:
        return month_start(year, (month - 1) / 3 * 3 + 3 * shift);
    case YEARS:
        break;
    }
    return month_start(year, 12 * shift);
}

bool soql_named_days(const orgsim *org, const char *text, int64_t *from, int64_t *until)
{
    int64_t today = org->now_ms / DAY_MS;
    size_t len = strcspn(text, ":");
    long n = text[len] ? strtol(text + len + 1, NULL, 10) : 0;
    for (size_t i = 0; i < sizeof literals / sizeof *literals; i++) {
        const named *found = &literals[i];
        bool counted = found->from_n || found->to_n;
        if (!orgsim_ieq_n(text, len, found->name))
            continue;
        if (counted ? n < 1 || n > MOST : text[len] != '\0')
            return false;
        *from = start_of(found->unit, today, found->from_n * (int)n + found->from);
        *until = start_of(found->unit, today, found->to_n * (int)n + found->to);
        return true;
    }
    return false;
}

/* ---- parts of a date ---- */

static int64_t year_of(int64_t day, int64_t ms)
{
    int year, month, of_month;
    (void)ms;
    orgsim_civil(day, &year, &month, &of_month);
    return year;
}

static int64_t month_of(int64_t day, int64_t ms)
{
    int year, month, of_month;
    (void)ms;
    orgsim_civil(day, &year, &month, &of_month);
    return month;
}

static int64_t quarter_of(int64_t day, int64_t ms)
{
    return (month_of(day, ms) - 1) / 3 + 1;
}

static int64_t day_of_month(int64_t day, int64_t ms)
{
    int year, month, of_month;
    (void)ms;
    orgsim_civil(day, &year, &month, &of_month);
    return of_month;
}

static int64_t day_of_week(int64_t day, int64_t ms)
{
    (void)ms;
    return weekday(day) + 1;
}

static int64_t day_of_year(int64_t day, int64_t ms)
{
    return day - orgsim_days((int)year_of(day, ms), 1, 1) + 1;
}

static int64_t week_of_month(int64_t day, int64_t ms)
{
    return (day_of_month(day, ms) - 1) / 7 + 1;
}

static int64_t week_of_year(int64_t day, int64_t ms)
{
    return (day_of_year(day, ms) - 1) / 7 + 1;
}

static int64_t only_day(int64_t day, int64_t ms)
{
    (void)ms;
    return day;
}

static int64_t hour_of(int64_t day, int64_t ms)
{
    return (ms - day * DAY_MS) / 3600000;
}

struct soql_date_part {
    const char *name;
    int64_t (*of)(int64_t day, int64_t ms);
    bool timed; /* of instants only */
};

static const soql_date_part parts[] = {
    {"CALENDAR_YEAR", year_of, false},       {"CALENDAR_QUARTER", quarter_of, false},
    {"CALENDAR_MONTH", month_of, false},     {"FISCAL_YEAR", year_of, false},
    {"FISCAL_QUARTER", quarter_of, false},   {"FISCAL_MONTH", month_of, false},
    {"DAY_IN_MONTH", day_of_month, false},   {"DAY_IN_WEEK", day_of_week, false},
    {"DAY_IN_YEAR", day_of_year, false},     {"WEEK_IN_MONTH", week_of_month, false},
    {"WEEK_IN_YEAR", week_of_year, false},   {"DAY_ONLY", only_day, true},
    {"HOUR_IN_DAY", hour_of, true},
};

const soql_date_part *soql_date_part_named(const char *name)
{
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (orgsim_ieq(parts[i].name, name))
            return &parts[i];
    }
    return NULL;
}

bool soql_date_part_fits(const soql_date_part *part, orgsim_type type)
{
    return type == ORGSIM_T_DATETIME || (type == ORGSIM_T_DATE && !part->timed);
}

orgsim_type soql_path_type(const soql_path *path)
{
    if (!path->part)
        return path->field->type;
    return path->part->of == only_day ? ORGSIM_T_DATE : ORGSIM_T_INT;
}

orgsim_value soql_date_part_of(const soql_date_part *part, orgsim_value value)
{
    if (value.kind != ORGSIM_DAY && value.kind != ORGSIM_INSTANT)
        return (orgsim_value){ORGSIM_NULL, {NULL}};
    int64_t ms = value.kind == ORGSIM_INSTANT ? value.as.when : value.as.when * DAY_MS;
    int64_t day = (ms - ((ms % DAY_MS) + DAY_MS) % DAY_MS) / DAY_MS;
    orgsim_value out = {ORGSIM_DAY, {NULL}};
    int64_t answer = part->of(day, ms);
    if (part->of == only_day) {
        out.as.when = answer;
    } else {
        out.kind = ORGSIM_NUMBER;
        out.as.number = (double)answer;
    }
    return out;
}
