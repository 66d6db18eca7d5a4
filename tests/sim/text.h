/* text.h: comparing, folding, dates and URL coding, as Salesforce does them. */
#ifndef ORGSIM_TEXT_H
#define ORGSIM_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

/* ---- fold.c: text without regard to case ---- */
bool orgsim_ieq(const char *a, const char *b);                /* ASCII names; NULL equals nothing */
bool orgsim_ieq_n(const char *a, size_t len, const char *b);
/* Case folding of Latin, Greek and Cyrillic letters; the result is to be freed. */
char *orgsim_fold(const char *text, size_t len);
/* LIKE with % and _; `pattern` is folded already, escapes as \% and \_. */
bool orgsim_like(const char *folded, const char *pattern);
size_t orgsim_utf8_count(const char *text); /* characters */

/* ---- dates.c ---- */
int64_t orgsim_days(int year, int month, int day); /* since 1970-01-01 */
void orgsim_civil(int64_t days, int *year, int *month, int *day);
bool orgsim_parse_date(const char *text, size_t len, int64_t *days);
/* 2026-11-20T12:34:56[.SSS](Z|+hh:mm|+hhmm), to milliseconds. */
bool orgsim_parse_datetime(const char *text, size_t len, int64_t *ms);
/* Fri, 20 Nov 2026 12:34:56 GMT */
bool orgsim_parse_http_date(const char *text, size_t len, int64_t *ms);
void orgsim_format_date(int64_t days, char out[16]);
void orgsim_format_datetime(int64_t ms, char out[40]); /* 2026-11-20T12:34:56.000+0000 */
void orgsim_format_http_date(int64_t ms, char out[40]);

/* ---- urlcode.c ---- */
char *orgsim_url_decode(const char *text, size_t len, bool plus_is_space);
void orgsim_url_encode(orgsim_buf *buf, const char *text);
/* Value of a name in a=b&c=d, decoded, to be freed; NULL when absent. */
char *orgsim_form_value(const char *form, size_t len, const char *name);
char *orgsim_base64url(const unsigned char *bytes, size_t len);
/* Both alphabets, padding optional. NULL when it is not base64. */
unsigned char *orgsim_base64_decode(const char *text, size_t len, size_t *out_len);

#endif
