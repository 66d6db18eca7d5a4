#include "base/str.h"

#include <stdint.h>

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

bool crmi_str_eq_ci(crmsync_str a, crmsync_str b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++) {
        if (lower(a.ptr[i]) != lower(b.ptr[i]))
            return false;
    }
    return true;
}

int crmi_str_cmp(crmsync_str a, crmsync_str b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int c = n ? memcmp(a.ptr, b.ptr, n) : 0;
    if (c)
        return c;
    return a.len < b.len ? -1 : a.len > b.len;
}

bool crmi_str_starts(crmsync_str s, const char *prefix)
{
    size_t n = strlen(prefix);
    return s.len >= n && (n == 0 || memcmp(s.ptr, prefix, n) == 0);
}

bool crmi_str_ends(crmsync_str s, const char *suffix)
{
    size_t n = strlen(suffix);
    return s.len >= n && (n == 0 || memcmp(s.ptr + s.len - n, suffix, n) == 0);
}

crmsync_str crmi_str_trim(crmsync_str s)
{
    while (s.len && is_space(s.ptr[0])) {
        s.ptr++;
        s.len--;
    }
    while (s.len && is_space(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

crmsync_str crmi_str_sub(crmsync_str s, size_t from, size_t len)
{
    if (from >= s.len)
        return CRMI_STR_EMPTY;
    return (crmsync_str){s.ptr + from, len > s.len - from ? s.len - from : len};
}

ptrdiff_t crmi_str_find(crmsync_str s, crmsync_str what)
{
    if (what.len == 0)
        return 0;
    for (size_t i = 0; i + what.len <= s.len; i++) {
        const char *hit = memchr(s.ptr + i, what.ptr[0], s.len - what.len - i + 1);
        if (!hit)
            return -1;
        i = (size_t)(hit - s.ptr);
        if (memcmp(hit, what.ptr, what.len) == 0)
            return (ptrdiff_t)i;
    }
    return -1;
}

ptrdiff_t crmi_str_chr(crmsync_str s, char c)
{
    const char *hit = s.len ? memchr(s.ptr, c, s.len) : NULL;
    return hit ? hit - s.ptr : -1;
}

/* Length of the well-formed sequence at p (Unicode table 3-7), 0 when there is none. */
static size_t utf8_sequence(const unsigned char *p, size_t left)
{
    static const struct {
        unsigned char first, last, low, high, length;
    } forms[] = {
        {0x00, 0x7f, 0, 0, 1},          {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3},    {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4},    {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (p[0] < forms[i].first || p[0] > forms[i].last)
            continue;
        size_t n = forms[i].length;
        if (n > left || (n > 1 && (p[1] < forms[i].low || p[1] > forms[i].high)))
            return 0;
        for (size_t k = 2; k < n; k++) {
            if ((p[k] & 0xc0) != 0x80)
                return 0;
        }
        return n;
    }
    return 0;
}

/* Most text is ASCII: eight bytes at a time. */
static bool eight_ascii(crmsync_str s, size_t at)
{
    uint64_t eight;
    if (at + sizeof eight > s.len)
        return false;
    memcpy(&eight, s.ptr + at, sizeof eight);
    return !(eight & UINT64_C(0x8080808080808080));
}

bool crmi_str_utf8_valid(crmsync_str s, size_t *bad_at)
{
    for (size_t i = 0; i < s.len;) {
        if (eight_ascii(s, i)) {
            i += 8;
            continue;
        }
        size_t n = utf8_sequence((const unsigned char *)s.ptr + i, s.len - i);
        if (n == 0) {
            if (bad_at)
                *bad_at = i;
            return false;
        }
        i += n;
    }
    return true;
}

size_t crmi_str_utf8_cut(crmsync_str s, size_t max)
{
    if (s.len <= max)
        return s.len;
    size_t n = max;
    while (n && ((unsigned char)s.ptr[n] & 0xc0) == 0x80)
        n--;
    return n;
}

size_t crmi_str_utf8_chars(crmsync_str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++)
        n += ((unsigned char)s.ptr[i] & 0xc0) != 0x80;
    return n;
}

size_t crmi_str_utf8_cut_chars(crmsync_str s, size_t max_chars)
{
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (((unsigned char)s.ptr[i] & 0xc0) != 0x80 && n++ == max_chars)
            return i;
    }
    return s.len;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Levenshtein, one row at a time. */
size_t crmi_str_distance(crmsync_str a, crmsync_str b)
{
    enum { MOST = 48 };
    size_t row[MOST + 1], n = smaller(b.len, MOST), m = smaller(a.len, MOST);
    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 1; i <= m; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            size_t change = diagonal + (a.ptr[i - 1] != b.ptr[j - 1]);
            diagonal = row[j];
            row[j] = smaller(change, smaller(row[j], row[j - 1]) + 1);
        }
    }
    return row[n];
}

bool crmi_str_to_u64(crmsync_str s, uint64_t *out)
{
    uint64_t v = 0;
    if (s.len == 0)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9')
            return false;
        uint64_t digit = (uint64_t)(s.ptr[i] - '0');
        if (v > (UINT64_MAX - digit) / 10)
            return false;
        v = v * 10 + digit;
    }
    *out = v;
    return true;
}

bool crmi_str_to_i64(crmsync_str s, int64_t *out)
{
    bool negative = s.len && s.ptr[0] == '-';
    uint64_t v;
    if (!crmi_str_to_u64(negative ? crmi_str_sub(s, 1, s.len) : s, &v))
        return false;
    if (v > (uint64_t)INT64_MAX)
        return false;
    *out = negative ? -(int64_t)v : (int64_t)v;
    return true;
}

bool crmi_str_dup(const crmsync_alloc *a, crmsync_str in, crmsync_str *out)
{
    char *p = crmi_alloc_bytes(a, in.len + 1);
    if (!p)
        return false;
    if (in.len)
        memcpy(p, in.ptr, in.len);
    p[in.len] = '\0';
    *out = (crmsync_str){p, in.len};
    return true;
}

void crmi_str_drop(const crmsync_alloc *a, crmsync_str *s)
{
    if (s->ptr) {
        /* made by crmi_str_dup: ours, so taking const away is sound */
        void *p;
        memcpy(&p, &s->ptr, sizeof p);
        crmi_dealloc(a, p, s->len + 1);
    }
    *s = CRMI_STR_EMPTY;
}
