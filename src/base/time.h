/* Civil dates and UTC instants, without locale and without time zones of the machine. */
#ifndef CRMI_BASE_TIME_H
#define CRMI_BASE_TIME_H

#include "base/str.h"

#define CRMI_DAY_MS INT64_C(86400000)

int64_t crmi_days_from_civil(int64_t year, unsigned month, unsigned day);
void crmi_civil_from_days(int64_t days, int64_t *year, unsigned *month, unsigned *day);

bool crmi_date_parse(crmsync_str s, int64_t *days); /* 2026-11-20 */
/* Tolerant: 2026-11-20T12:34:56[.123][Z|+00:00|+0000]; a missing zone means UTC. */
bool crmi_datetime_parse(crmsync_str s, int64_t *unix_ms);
bool crmi_http_date_parse(crmsync_str s, int64_t *unix_ms); /* Fri, 20 Nov 2026 12:34:56 GMT */

void crmi_buf_date(crmi_buf *b, int64_t days);           /* 2026-11-20 */
void crmi_buf_datetime(crmi_buf *b, int64_t unix_ms);    /* 2026-11-20T12:34:56.000Z */
void crmi_buf_datetime_s(crmi_buf *b, int64_t unix_ms);  /* 2026-11-20T12:34:56Z, for SOQL */
void crmi_buf_http_date(crmi_buf *b, int64_t unix_ms);

#endif
