/* urlcode.c: percent-encoding, forms and base64. */
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

char *orgsim_url_decode(const char *text, size_t len, bool plus_is_space)
{
    char *out = orgsim_alloc(len + 1);
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '%' && i + 2 < len && hex(text[i + 1]) >= 0 && hex(text[i + 2]) >= 0) {
            out[n++] = (char)(hex(text[i + 1]) * 16 + hex(text[i + 2]));
            i += 2;
        } else {
            out[n++] = plus_is_space && text[i] == '+' ? ' ' : text[i];
        }
    }
    out[n] = '\0';
    return out;
}

void orgsim_url_encode(orgsim_buf *buf, const char *text)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                     c == '-' || c == '_' || c == '.' || c == '~';
        if (plain)
            orgsim_buf_put(buf, text, 1);
        else
            orgsim_buf_printf(buf, "%%%02X", c);
    }
}

char *orgsim_form_value(const char *form, size_t len, const char *name)
{
    size_t at = 0;
    size_t name_len = strlen(name);
    while (at < len) {
        const char *end = memchr(form + at, '&', len - at);
        size_t stop = end ? (size_t)(end - form) : len;
        const char *equals = memchr(form + at, '=', stop - at);
        size_t key_end = equals ? (size_t)(equals - form) : stop;
        if (key_end - at == name_len && memcmp(form + at, name, name_len) == 0) {
            if (!equals)
                return orgsim_copy("", 0);
            return orgsim_url_decode(equals + 1, stop - key_end - 1, true);
        }
        at = stop + 1;
    }
    return NULL;
}

char *orgsim_base64url(const unsigned char *bytes, size_t len)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    char *out = orgsim_alloc(len * 4 / 3 + 4);
    size_t n = 0;
    for (size_t i = 0; i < len; i += 3) {
        size_t left = len - i;
        uint32_t group = (uint32_t)bytes[i] << 16;
        group |= left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0;
        group |= left > 2 ? (uint32_t)bytes[i + 2] : 0;
        size_t chars = left > 2 ? 4 : left + 1;
        for (size_t k = 0; k < chars; k++)
            out[n++] = alphabet[(group >> (18 - 6 * k)) & 63u];
    }
    out[n] = '\0';
    return out;
}

static int sextet(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+' || c == '-')
        return 62;
    return c == '/' || c == '_' ? 63 : -1;
}

unsigned char *orgsim_base64_decode(const char *text, size_t len, size_t *out_len)
{
    while (len && text[len - 1] == '=')
        len--;
    unsigned char *out = orgsim_alloc(len * 3 / 4 + 1);
    uint32_t bits = 0;
    unsigned held = 0;
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        int value = sextet(text[i]);
        if (value < 0) {
            free(out);
            return NULL;
        }
        bits = (bits << 6) | (uint32_t)value;
        held += 6;
        if (held >= 8) {
            held -= 8;
            out[n++] = (unsigned char)(bits >> held);
        }
    }
    *out_len = n;
    return out;
}
