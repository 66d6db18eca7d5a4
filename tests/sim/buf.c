/* buf.c: memory and growing text of the simulator. */
#include "buf.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void out_of_memory(void)
{
    fputs("orgsim: out of memory\n", stderr);
    abort();
}

void *orgsim_alloc(size_t size)
{
    void *ptr = calloc(1, size ? size : 1);
    if (!ptr)
        out_of_memory();
    return ptr;
}

void *orgsim_realloc(void *ptr, size_t size)
{
    void *grown = realloc(ptr, size ? size : 1);
    if (!grown)
        out_of_memory();
    return grown;
}

char *orgsim_copy(const char *text, size_t len)
{
    char *copy = orgsim_alloc(len + 1);
    if (len)
        memcpy(copy, text, len);
    return copy;
}

char *orgsim_copy_text(const char *text)
{
    return text ? orgsim_copy(text, strlen(text)) : NULL;
}

void orgsim_buf_put(orgsim_buf *buf, const char *bytes, size_t len)
{
    if (buf->len + len + 1 > buf->cap) {
        size_t cap = buf->cap ? buf->cap : 64;
        while (cap < buf->len + len + 1)
            cap *= 2;
        buf->ptr = orgsim_realloc(buf->ptr, cap);
        buf->cap = cap;
    }
    if (len)
        memcpy(buf->ptr + buf->len, bytes, len);
    buf->len += len;
    buf->ptr[buf->len] = '\0';
}

void orgsim_buf_puts(orgsim_buf *buf, const char *text)
{
    orgsim_buf_put(buf, text, strlen(text));
}

void orgsim_buf_printf(orgsim_buf *buf, const char *format, ...)
{
    char small[512];
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int need = vsnprintf(small, sizeof small, format, args);
    va_end(args);
    if (need >= 0 && (size_t)need < sizeof small) {
        orgsim_buf_put(buf, small, (size_t)need);
    } else if (need > 0) {
        char *large = orgsim_alloc((size_t)need + 1);
        vsnprintf(large, (size_t)need + 1, format, again);
        orgsim_buf_put(buf, large, (size_t)need);
        free(large);
    }
    va_end(again);
}

static void put_escape(orgsim_buf *buf, unsigned char c)
{
    static const char plain[] = "\"\\\b\f\n\r\t";
    static const char letter[] = "\"\\bfnrt";
    const char *at = c ? strchr(plain, c) : NULL;
    if (at) {
        char pair[2] = {'\\', letter[at - plain]};
        orgsim_buf_put(buf, pair, 2);
    } else {
        orgsim_buf_printf(buf, "\\u%04x", c);
    }
}

void orgsim_buf_json(orgsim_buf *buf, const char *text, size_t len)
{
    orgsim_buf_put(buf, "\"", 1);
    size_t run = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        orgsim_buf_put(buf, text + run, i - run);
        put_escape(buf, c);
        run = i + 1;
    }
    if (len > run)
        orgsim_buf_put(buf, text + run, len - run);
    orgsim_buf_put(buf, "\"", 1);
}

void orgsim_buf_jsons(orgsim_buf *buf, const char *text)
{
    if (text)
        orgsim_buf_json(buf, text, strlen(text));
    else
        orgsim_buf_puts(buf, "null");
}

void orgsim_buf_number(orgsim_buf *buf, double number, int whole)
{
    char text[64];
    if (fabs(number) < 1e15 && floor(number) == number) {
        snprintf(text, sizeof text, whole ? "%.0f" : "%.1f", number == 0 ? 0.0 : number);
    } else {
        snprintf(text, sizeof text, "%.15g", number);
        if (strtod(text, NULL) != number)
            snprintf(text, sizeof text, "%.17g", number);
    }
    orgsim_buf_puts(buf, text);
}

char *orgsim_buf_take(orgsim_buf *buf)
{
    if (!buf->ptr)
        orgsim_buf_put(buf, "", 0);
    char *text = buf->ptr;
    *buf = (orgsim_buf){NULL, 0, 0};
    return text;
}

void orgsim_buf_clear(orgsim_buf *buf)
{
    free(buf->ptr);
    *buf = (orgsim_buf){NULL, 0, 0};
}
