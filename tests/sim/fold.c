/* fold.c: comparing text without regard to case. */
#include "text.h"

#include <stdlib.h>
#include <string.h>

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

bool orgsim_ieq_n(const char *a, size_t len, const char *b)
{
    for (size_t i = 0; i < len; i++) {
        if (!b[i] || lower(a[i]) != lower(b[i]))
            return false;
    }
    return b[len] == '\0';
}

bool orgsim_ieq(const char *a, const char *b)
{
    return a && b && orgsim_ieq_n(a, strlen(a), b);
}

/* Lower case of a code point of two UTF-8 bytes; the blocks that names are written in. */
static unsigned fold_two_bytes(unsigned c)
{
    if (c >= 0xC0 && c <= 0xDE && c != 0xD7)
        return c + 0x20;
    if ((c >= 0x100 && c <= 0x137 && c != 0x130 && c != 0x131) || (c >= 0x14A && c <= 0x177))
        return c | 1u;
    if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E))
        return (c & 1u) ? c + 1 : c;
    if (c == 0x178)
        return 0xFF;
    if (c >= 0x391 && c <= 0x3A9 && c != 0x3A2)
        return c + 0x20;
    if (c >= 0x410 && c <= 0x42F)
        return c + 0x20;
    if (c >= 0x400 && c <= 0x40F)
        return c + 0x50;
    return c;
}

char *orgsim_fold(const char *text, size_t len)
{
    char *out = orgsim_copy(text, len);
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)out[i];
        if (c < 0x80) {
            out[i] = lower(out[i]);
        } else if (c >= 0xC2 && c <= 0xDF && i + 1 < len) {
            unsigned code = ((c & 0x1Fu) << 6) | ((unsigned char)out[i + 1] & 0x3Fu);
            code = fold_two_bytes(code);
            out[i] = (char)(0xC0u | (code >> 6));
            out[i + 1] = (char)(0x80u | (code & 0x3Fu));
            i++;
        }
    }
    return out;
}

static const char *next_char(const char *at)
{
    at++;
    while (((unsigned char)*at & 0xC0u) == 0x80u)
        at++;
    return at;
}

/* One pattern element against one character; the length of the element in bytes, 0 = no match. */
static size_t match_one(const char *text, const char *pattern)
{
    if (*pattern == '_')
        return 1;
    size_t escape = *pattern == '\\' && (pattern[1] == '%' || pattern[1] == '_' ||
                                         pattern[1] == '\\') ? 1 : 0;
    return text[0] == pattern[escape] ? escape + 1 : 0;
}

bool orgsim_like(const char *text, const char *pattern)
{
    const char *star = NULL, *retry = NULL;
    while (*text) {
        size_t used = *pattern && *pattern != '%' ? match_one(text, pattern) : 0;
        if (used) {
            text = *pattern == '_' ? next_char(text) : text + 1;
            pattern += used;
        } else if (*pattern == '%') {
            star = ++pattern;
            retry = text;
        } else if (star) {
            pattern = star;
            text = ++retry;
        } else {
            return false;
        }
    }
    while (*pattern == '%')
        pattern++;
    return *pattern == '\0';
}

size_t orgsim_utf8_count(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += ((unsigned char)*text & 0xC0u) != 0x80u;
    return count;
}
