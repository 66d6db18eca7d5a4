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

void crmi_buf_json(crmi_buf *b, crmsync_str s)
{
    char escape[8];
    size_t done = 0;
    crmi_buf_char(b, '"');
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
