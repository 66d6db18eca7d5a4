/* String views and the growing byte buffer. */
#ifndef CRMI_BASE_STR_H
#define CRMI_BASE_STR_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/alloc.h"

#define CRMI_STR(lit) ((crmsync_str){("" lit), sizeof(lit) - 1})
#define CRMI_STR_EMPTY ((crmsync_str){NULL, 0})

/* These are inline since they are what comparing records mostly does: two lengths. */
static inline crmsync_str crmi_str(const char *s) /* NULL -> empty */
{
    return s ? (crmsync_str){s, strlen(s)} : CRMI_STR_EMPTY;
}
/* Names have 4 to 16 bytes as a rule: two words that may overlap tell them apart without a call. */
static inline bool crmi_bytes_eq(const char *a, const char *b, size_t n)
{
    uint64_t x[2], y[2];
    uint32_t s[2], t[2];
    if (n >= 8 && n <= 16) {
        memcpy(&x[0], a, 8);
        memcpy(&x[1], a + n - 8, 8);
        memcpy(&y[0], b, 8);
        memcpy(&y[1], b + n - 8, 8);
        return x[0] == y[0] && x[1] == y[1];
    }
    if (n < 4 || n > 16)
        return n == 0 || memcmp(a, b, n) == 0;
    memcpy(&s[0], a, 4);
    memcpy(&s[1], a + n - 4, 4);
    memcpy(&t[0], b, 4);
    memcpy(&t[1], b + n - 4, 4);
    return s[0] == t[0] && s[1] == t[1];
}
static inline bool crmi_str_eq(crmsync_str a, crmsync_str b)
{
    return a.len == b.len && crmi_bytes_eq(a.ptr, b.ptr, a.len);
}
static inline bool crmi_str_is(crmsync_str a, const char *b)
{
    return crmi_str_eq(a, crmi_str(b));
}
bool crmi_str_eq_ci(crmsync_str a, crmsync_str b); /* ASCII case folded */
int crmi_str_cmp(crmsync_str a, crmsync_str b); /* memcmp order, shorter first */
bool crmi_str_starts(crmsync_str s, const char *prefix);
bool crmi_str_ends(crmsync_str s, const char *suffix);
crmsync_str crmi_str_trim(crmsync_str s); /* ASCII white space at both ends */
crmsync_str crmi_str_sub(crmsync_str s, size_t from, size_t len); /* clamped */
ptrdiff_t crmi_str_find(crmsync_str s, crmsync_str what);         /* -1 = not there */
ptrdiff_t crmi_str_chr(crmsync_str s, char c);
bool crmi_str_utf8_valid(crmsync_str s, size_t *bad_at); /* bad_at may be NULL */
size_t crmi_str_utf8_cut(crmsync_str s, size_t max);     /* longest prefix <= max on a boundary */
size_t crmi_str_utf8_chars(crmsync_str s);               /* code points */
size_t crmi_str_utf8_cut_chars(crmsync_str s, size_t max_chars); /* bytes of the first max_chars */
/* Edits that make `b` of `a`, in their first 48 bytes: tells a slip from a stranger. */
size_t crmi_str_distance(crmsync_str a, crmsync_str b);
bool crmi_str_to_u64(crmsync_str s, uint64_t *out);
bool crmi_str_to_i64(crmsync_str s, int64_t *out);
bool crmi_str_dup(const crmsync_alloc *a, crmsync_str in, crmsync_str *out); /* with NUL */
void crmi_str_drop(const crmsync_alloc *a, crmsync_str *s); /* frees what crmi_str_dup made */

/*
 * A byte buffer. Appending without memory sets `oom`, drops what follows and is told by
 * crmi_buf_ok(): a builder checks once, at the end. The content is always followed by a NUL.
 */
typedef struct crmi_buf {
    const crmsync_alloc *alloc;
    char *ptr;
    size_t len;
    size_t cap;
    bool oom;
} crmi_buf;

void crmi_buf_init(crmi_buf *b, const crmsync_alloc *alloc);
void crmi_buf_clear(crmi_buf *b); /* frees */
void crmi_buf_wipe(crmi_buf *b);  /* overwrites, then frees: for secrets */
void crmi_buf_reset(crmi_buf *b); /* empties, keeps the memory and clears oom */
bool crmi_buf_ok(const crmi_buf *b);
bool crmi_buf_reserve(crmi_buf *b, size_t more);
void crmi_buf_add(crmi_buf *b, crmsync_str s);
void crmi_buf_lit(crmi_buf *b, const char *s);
void crmi_buf_char(crmi_buf *b, char c);
void crmi_buf_i64(crmi_buf *b, int64_t v);
void crmi_buf_u64(crmi_buf *b, uint64_t v);
void crmi_buf_url(crmi_buf *b, crmsync_str s); /* percent-encodes all but unreserved characters */
void crmi_buf_json(crmi_buf *b, crmsync_str s); /* a JSON string with quotes; bad UTF-8 -> U+FFFD */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
void crmi_buf_fmt(crmi_buf *b, const char *format, ...); /* vsnprintf; no %ls, no %f (locale) */
crmsync_str crmi_buf_str(const crmi_buf *b);

#endif
