/* Writing SOQL: literals that cannot be broken out of, and lists that stay under the limits. */
#ifndef CRMI_SALESFORCE_SOQL_H
#define CRMI_SALESFORCE_SOQL_H

#include "base/str.h"

#define CRMI_SOQL_MAX         100000 /* characters of one statement, counted in bytes */
#define CRMI_SOQL_LITERAL_MAX 4000   /* characters of one string literal */

/* Appends a quoted string literal. Invalid UTF-8 becomes U+FFFD, so nothing malformed is sent. */
void crmi_soql_text(crmi_buf *b, crmsync_str value);
/* Appends a piece of a LIKE pattern, without quotes: wildcards in `value` are taken literally. */
void crmi_soql_like(crmi_buf *b, crmsync_str value);
void crmi_soql_datetime(crmi_buf *b, int64_t unix_ms); /* 2026-11-20T12:34:56Z, rounded down */
void crmi_soql_date(crmi_buf *b, int64_t days);
/* An object, field or dotted path: letters, digits, "_" and single dots inside. */
bool crmi_soql_name_ok(crmsync_str name);
/* "SELECT a, b FROM X"; false (nothing appended) when a name is not one or n is 0. */
bool crmi_soql_select(crmi_buf *b, const crmsync_str *fields, size_t n, crmsync_str object);
/* "Field IN ('a','b')". The field must be crmi_soql_name_ok(). */
void crmi_soql_in(crmi_buf *b, crmsync_str field, const crmsync_str *values, size_t n);
/* Bytes that the literal of `value` takes, quotes included. */
size_t crmi_soql_text_len(crmsync_str value);
/*
 * How many values, from the first on, fit into an IN list of at most `budget` bytes (field name
 * included). 0 when not even one fits. `url_budget` limits the percent-encoded length; 0 = none.
 */
size_t crmi_soql_in_fit(crmsync_str field, const crmsync_str *values, size_t n, size_t budget,
                        size_t url_budget);
/* Length of the text once percent-encoded as crmi_buf_url() does. */
size_t crmi_soql_url_len(crmsync_str soql);

#endif
