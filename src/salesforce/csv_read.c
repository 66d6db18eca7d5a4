#include "salesforce/csv.h"

#include <stdio.h>

#define UTF8_MAX 4 /* bytes of a character */

enum { AT_START = 0, IN_PLAIN = 1, IN_QUOTES = 2, AFTER_QUOTE = 3, AFTER_CR = 4 };

#define BOM_LEN 3
static const char bom[BOM_LEN + 1] = "\xef\xbb\xbf";

void crmi_csv_reader_init(crmi_csv_reader *r, const crmsync_alloc *alloc, char delimiter,
                          const crmi_csv_limits *limits, crmi_csv_row_fn take, void *ctx)
{
    memset(r, 0, sizeof *r);
    r->alloc = alloc;
    r->delimiter = delimiter;
    r->take = take;
    r->ctx = ctx;
    if (limits)
        r->limits = *limits;
    if (!r->limits.field_max)
        r->limits.field_max = (size_t)CRMI_CSV_FIELD_MAX * UTF8_MAX;
    if (!r->limits.row_max)
        r->limits.row_max = (size_t)CRMI_CSV_ROW_MAX * UTF8_MAX;
    if (!r->limits.columns_max)
        r->limits.columns_max = CRMI_CSV_COLUMNS_MAX;
    crmi_buf_init(&r->row, alloc);
}

void crmi_csv_reader_clear(crmi_csv_reader *r)
{
    if (!r->alloc)
        return;
    crmi_buf_clear(&r->row);
    crmi_dealloc_array(r->alloc, r->ends, r->cap, sizeof *r->ends);
    crmi_dealloc_array(r->alloc, r->fields, r->view_cap, sizeof *r->fields);
    memset(r, 0, sizeof *r);
}

static int32_t refuse(crmi_csv_reader *r, int32_t code, uint64_t at, const char *what,
                      crmsync_error **err)
{
    char where[40];
    snprintf(where, sizeof where, "byte %llu", (unsigned long long)at);
    crmi_fail(err, code, "CSV: row %llu: %s", (unsigned long long)r->number, what);
    crmi_error_set_where(err, crmi_str(where));
    return code;
}

static size_t field_start(const crmi_csv_reader *r)
{
    return r->count ? r->ends[r->count - 1] : 0;
}

static bool grow_fields(crmi_csv_reader *r)
{
    return crmi_grow(r->alloc, &r->ends, &r->cap, r->count + 1, sizeof *r->ends) &&
           crmi_grow(r->alloc, &r->fields, &r->view_cap, r->count + 1, sizeof *r->fields);
}

static int32_t end_field(crmi_csv_reader *r, crmsync_error **err)
{
    if (r->count >= r->limits.columns_max)
        return refuse(r, CRMSYNC_E_LIMIT, r->row_at, "too many columns", err);
    if (r->count == r->view_cap && !grow_fields(r))
        return crmi_fail_nomem(err);
    r->ends[r->count++] = r->row.len;
    r->state = AT_START;
    return CRMSYNC_OK;
}

/* Bytes of a value; the limits hold before they are kept. */
static int32_t keep(crmi_csv_reader *r, crmsync_str bytes, crmsync_error **err)
{
    if (bytes.len > r->limits.row_max - r->row.len)
        return refuse(r, CRMSYNC_E_LIMIT, r->row_at, "the row is too large", err);
    if (r->row.len + bytes.len - field_start(r) > r->limits.field_max)
        return refuse(r, CRMSYNC_E_LIMIT, r->row_at, "a value is too large", err);
    crmi_buf_add(&r->row, bytes);
    return crmi_buf_ok(&r->row) ? CRMSYNC_OK : crmi_fail_nomem(err);
}

/* Most rows are ASCII: eight bytes at a time. */
static bool all_ascii(crmsync_str s)
{
    uint64_t any = 0, eight;
    size_t i = 0;
    for (; i + sizeof eight <= s.len; i += sizeof eight) {
        memcpy(&eight, s.ptr + i, sizeof eight);
        any |= eight;
    }
    for (; i < s.len; i++)
        any |= (unsigned char)s.ptr[i];
    return !(any & UINT64_C(0x8080808080808080));
}

static int32_t hand_on(crmi_csv_reader *r, crmsync_error **err)
{
    size_t from = 0;
    bool ascii = all_ascii(crmi_buf_str(&r->row));
    for (size_t i = 0; i < r->count; i++) {
        r->fields[i] = (crmsync_str){r->row.ptr ? r->row.ptr + from : "", r->ends[i] - from};
        from = r->ends[i];
        if (!ascii && !crmi_str_utf8_valid(r->fields[i], NULL))
            return refuse(r, CRMSYNC_E_PROTOCOL, r->row_at, "a value is not UTF-8", err);
    }
    if (!r->number)
        r->columns = r->count;
    if (r->count != r->columns)
        return refuse(r, CRMSYNC_E_PROTOCOL, r->row_at, "not as many fields as column names", err);
    crmi_csv_row row = {r->fields, r->count, crmi_buf_str(&r->row), r->number, r->row_at};
    return r->take(r->ctx, &row, err);
}

/* `next` is the offset of the byte after the line end. */
static int32_t end_row(crmi_csv_reader *r, uint64_t next, crmsync_error **err)
{
    bool empty = r->state == AT_START && !r->count;
    bool passed = empty && (!r->number || r->columns > 1);
    int32_t rc = end_field(r, err);
    if (!rc && !passed)
        rc = hand_on(r, err);
    if (rc)
        return rc;
    r->number += passed ? 0 : 1;
    r->count = 0;
    r->row_at = next;
    crmi_buf_reset(&r->row);
    return CRMSYNC_OK;
}

/* Length of the bytes that need no looking at, in the state the reader is in. */
static size_t plain_run(const crmi_csv_reader *r, crmsync_str s)
{
    size_t n = 0;
    if (r->state == IN_QUOTES) {
        const char *quote = memchr(s.ptr, '"', s.len);
        return quote ? (size_t)(quote - s.ptr) : s.len;
    }
    while (n < s.len && s.ptr[n] != r->delimiter && s.ptr[n] != '"' && s.ptr[n] != '\n' &&
           s.ptr[n] != '\r')
        n++;
    return n;
}

/* A byte that means something: a quote, the delimiter, a line end. */
static int32_t take_mark(crmi_csv_reader *r, char c, uint64_t at, crmsync_error **err)
{
    if (r->state == IN_QUOTES) { /* it is a quote: the end, or the first of two */
        r->state = AFTER_QUOTE;
    } else if (c == '"' && r->state == AFTER_QUOTE) {
        r->state = IN_QUOTES;
        return keep(r, CRMI_STR("\""), err);
    } else if (c == '"' && r->state == AT_START) {
        r->state = IN_QUOTES;
    } else if (c == '"') {
        return refuse(r, CRMSYNC_E_PROTOCOL, at, "a quote inside a value without quotes", err);
    } else if (c == '\r') {
        r->before_cr = r->state;
        r->state = AFTER_CR;
    } else if (c == r->delimiter) {
        return end_field(r, err);
    } else {
        return end_row(r, at + 1, err);
    }
    return CRMSYNC_OK;
}

/* Outside quotes a CR is the first half of a line end. */
static int32_t take_lf(crmi_csv_reader *r, char c, uint64_t at, crmsync_error **err)
{
    if (c != '\n')
        return refuse(r, CRMSYNC_E_PROTOCOL, at - 1, "a CR without LF outside quotes", err);
    r->state = r->before_cr;
    return end_row(r, at + 1, err);
}

/* One mark, or one run of bytes without any; *used tells how many. */
static int32_t take_some(crmi_csv_reader *r, crmsync_str rest, uint64_t at, size_t *used,
                         crmsync_error **err)
{
    *used = 1;
    if (r->state == AFTER_CR)
        return take_lf(r, rest.ptr[0], at, err);
    size_t n = plain_run(r, rest);
    if (!n)
        return take_mark(r, rest.ptr[0], at, err);
    *used = n;
    if (r->state == AFTER_QUOTE)
        return refuse(r, CRMSYNC_E_PROTOCOL, at, "text after a closing quote", err);
    if (r->state == AT_START)
        r->state = IN_PLAIN;
    return keep(r, crmi_str_sub(rest, 0, n), err);
}

/*
 * A whole value in quotes with the delimiter after it, and no quote inside: most values that
 * Salesforce sends. The length of it all; 0 = something else, or not all of it is here yet.
 */
static size_t quoted_length(const crmi_csv_reader *r, crmsync_str rest)
{
    if (r->state != AT_START || rest.len < 3 || rest.ptr[0] != '"')
        return 0;
    const char *quote = memchr(rest.ptr + 1, '"', rest.len - 2);
    return quote && quote[1] == r->delimiter ? (size_t)(quote - rest.ptr) + 2 : 0;
}

static int32_t take_quoted(crmi_csv_reader *r, crmsync_str value, crmsync_error **err)
{
    int32_t rc = keep(r, value, err);
    return rc ? rc : end_field(r, err);
}

/* Passes over a byte order mark, which may arrive in pieces; what only began like one is text. */
static int32_t skip_bom(crmi_csv_reader *r, crmsync_str bytes, size_t *used, crmsync_error **err)
{
    size_t n = 0;
    while (r->bom < BOM_LEN && n < bytes.len && bytes.ptr[n] == bom[r->bom]) {
        r->bom++;
        n++;
    }
    *used = n;
    if (r->bom == BOM_LEN || n == bytes.len)
        return CRMSYNC_OK;
    size_t kept = r->bom;
    r->bom = BOM_LEN;
    if (!kept)
        return CRMSYNC_OK;
    r->state = IN_PLAIN;
    return keep(r, (crmsync_str){bom, kept}, err);
}

int32_t crmi_csv_push(crmi_csv_reader *r, crmsync_str bytes, crmsync_error **err)
{
    size_t at = 0;
    if (r->failed)
        return crmi_fail(err, r->failed, "CSV: bytes after a failure");
    if (r->bom < BOM_LEN)
        r->failed = skip_bom(r, bytes, &at, err);
    while (!r->failed && at < bytes.len) {
        crmsync_str rest = {bytes.ptr + at, bytes.len - at};
        size_t used = quoted_length(r, rest);
        r->failed = used ? take_quoted(r, crmi_str_sub(rest, 1, used - 3), err)
                         : take_some(r, rest, r->offset + at, &used, err);
        at += used;
    }
    r->offset += bytes.len;
    return r->failed;
}

int32_t crmi_csv_end(crmi_csv_reader *r, crmsync_error **err)
{
    if (r->failed)
        return crmi_fail(err, r->failed, "CSV: the end after a failure");
    if (r->state == IN_QUOTES)
        r->failed = refuse(r, CRMSYNC_E_PROTOCOL, r->offset, "it ends inside quotes", err);
    else if (r->state == AFTER_CR)
        r->failed = refuse(r, CRMSYNC_E_PROTOCOL, r->offset, "it ends after a CR", err);
    else if (r->bom && r->bom < BOM_LEN)
        r->failed = refuse(r, CRMSYNC_E_PROTOCOL, 0, "it is not UTF-8", err);
    else if (r->state != AT_START || r->count)
        r->failed = end_row(r, r->offset, err);
    return r->failed;
}
