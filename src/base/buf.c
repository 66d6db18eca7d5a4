#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include "base/str.h"

void crmi_buf_init(crmi_buf *b, const crmsync_alloc *alloc)
{
    *b = (crmi_buf){alloc, NULL, 0, 0, false};
}

void crmi_buf_clear(crmi_buf *b)
{
    crmi_dealloc(b->alloc, b->ptr, b->cap);
    crmi_buf_init(b, b->alloc);
}

void crmi_buf_wipe(crmi_buf *b)
{
    volatile char *p = b->ptr;
    for (size_t i = 0; i < b->cap; i++)
        p[i] = 0;
    crmi_buf_clear(b);
}

void crmi_buf_reset(crmi_buf *b)
{
    b->len = 0;
    b->oom = false;
    if (b->ptr)
        b->ptr[0] = '\0';
}

bool crmi_buf_ok(const crmi_buf *b)
{
    return !b->oom;
}

bool crmi_buf_reserve(crmi_buf *b, size_t more)
{
    if (!b->oom && b->cap > b->len && more < b->cap - b->len)
        return true;
    if (b->oom || more > SIZE_MAX - b->len - 1) {
        b->oom = true;
        return false;
    }
    if (!crmi_grow(b->alloc, &b->ptr, &b->cap, b->len + more + 1, 1))
        b->oom = true;
    return !b->oom;
}

void crmi_buf_add(crmi_buf *b, crmsync_str s)
{
    if (!crmi_buf_reserve(b, s.len))
        return;
    if (s.len)
        memcpy(b->ptr + b->len, s.ptr, s.len);
    b->len += s.len;
    b->ptr[b->len] = '\0';
}

void crmi_buf_lit(crmi_buf *b, const char *s)
{
    crmi_buf_add(b, crmi_str(s));
}

void crmi_buf_char(crmi_buf *b, char c)
{
    crmi_buf_add(b, (crmsync_str){&c, 1});
}

void crmi_buf_u64(crmi_buf *b, uint64_t v)
{
    char digits[20];
    size_t n = sizeof digits;
    do {
        digits[--n] = (char)('0' + v % 10);
        v /= 10;
    } while (v);
    crmi_buf_add(b, (crmsync_str){digits + n, sizeof digits - n});
}

void crmi_buf_i64(crmi_buf *b, int64_t v)
{
    if (v < 0)
        crmi_buf_char(b, '-');
    crmi_buf_u64(b, v < 0 ? (uint64_t)0 - (uint64_t)v : (uint64_t)v);
}

void crmi_buf_url(crmi_buf *b, crmsync_str s)
{
    static const char hex[] = "0123456789ABCDEF";
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     c == '-' || c == '_' || c == '.' || c == '~';
        if (plain) {
            crmi_buf_char(b, (char)c);
        } else {
            char escaped[3] = {'%', hex[c >> 4], hex[c & 15]};
            crmi_buf_add(b, (crmsync_str){escaped, 3});
        }
    }
}

static const char *json_escape(unsigned char c, char buf[8])
{
    switch (c) {
    case '"': return "\\\"";
    case '\\': return "\\\\";
    case '\n': return "\\n";
    case '\r': return "\\r";
    case '\t': return "\\t";
    default: break;
    }
    if (c >= 0x20)
        return NULL;
    snprintf(buf, 8, "\\u%04x", c);
    return buf;
}

#define EACH_BYTE(x) (UINT64_C(0x0101010101010101) * (x))

/* Bytes at the front that stand for themselves in JSON, by eights: ASCII without control characters,
 * quotes and backslashes. A few that would do may be left out. */
static size_t plain_front(crmsync_str s)
{
    size_t n = 0;
    for (; n + 8 <= s.len; n += 8) {
        uint64_t x;
        memcpy(&x, s.ptr + n, 8);
        uint64_t quote = x ^ EACH_BYTE('"'), slash = x ^ EACH_BYTE('\\');
        uint64_t marks = (x - EACH_BYTE(0x20)) | (quote - EACH_BYTE(1)) | (slash - EACH_BYTE(1)) | x;
        if (marks & EACH_BYTE(0x80))
            break;
    }
    while (n < s.len && s.ptr[n] >= 0x20 && s.ptr[n] < 0x7f && s.ptr[n] != '"' && s.ptr[n] != '\\')
        n++;
    return n;
}

void crmi_buf_json(crmi_buf *b, crmsync_str s)
{
    char escape[8];
    crmi_buf_char(b, '"');
    size_t done = plain_front(s);
    crmi_buf_add(b, crmi_str_sub(s, 0, done));
    while (done < s.len) {
        crmsync_str rest = crmi_str_sub(s, done, s.len);
        size_t bad = rest.len;
        crmi_str_utf8_valid(rest, &bad);
        size_t run = 0; /* bytes that need no escape */
        for (size_t i = 0; i < bad; i++) {
            const char *text = json_escape((unsigned char)rest.ptr[i], escape);
            if (!text)
                continue;
            crmi_buf_add(b, crmi_str_sub(rest, run, i - run));
            crmi_buf_lit(b, text);
            run = i + 1;
        }
        crmi_buf_add(b, crmi_str_sub(rest, run, bad - run));
        done += bad;
        if (bad < rest.len) {
            crmi_buf_lit(b, "\xef\xbf\xbd");
            done++;
        }
    }
    crmi_buf_char(b, '"');
}

void crmi_buf_fmt(crmi_buf *b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n < 0 || !crmi_buf_reserve(b, (size_t)n))
        return;
    va_start(args, format);
    vsnprintf(b->ptr + b->len, (size_t)n + 1, format, args);
    va_end(args);
    b->len += (size_t)n;
}

crmsync_str crmi_buf_str(const crmi_buf *b)
{
    return (crmsync_str){b->ptr ? b->ptr : "", b->len};
}
