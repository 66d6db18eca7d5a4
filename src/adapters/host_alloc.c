#include "host_alloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *libc_alloc(void *ctx, size_t size)
{
    (void)ctx;
    return malloc(size);
}

static void *libc_realloc(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    (void)ctx;
    (void)old_size;
    return realloc(ptr, new_size);
}

static void libc_free(void *ctx, void *ptr, size_t size)
{
    (void)ctx;
    (void)size;
    free(ptr);
}

bool crmi_host_alloc_init(crmsync_alloc *out, const crmsync_alloc *from)
{
    static const crmsync_alloc libc = {sizeof libc, NULL, libc_alloc, libc_realloc, libc_free};

    *out = libc;
    if (!from)
        return true;
    if (from->struct_size < sizeof *from || !from->alloc || !from->realloc || !from->free)
        return false;
    *out = *from;
    out->struct_size = sizeof *out;
    return true;
}

void *crmi_host_new(const crmsync_alloc *a, size_t size)
{
    void *p = a->alloc(a->ctx, size);
    if (p)
        memset(p, 0, size);
    return p;
}

void *crmi_host_array(const crmsync_alloc *a, size_t count, size_t size)
{
    if (count == 0)
        count = 1;
    return count > SIZE_MAX / size ? NULL : crmi_host_new(a, count * size);
}

void crmi_host_free(const crmsync_alloc *a, void *ptr, size_t size)
{
    if (ptr)
        a->free(a->ctx, ptr, size);
}

bool crmi_host_copy(const crmsync_alloc *a, crmsync_str in, crmsync_str *out)
{
    char *p = in.len == SIZE_MAX ? NULL : crmi_host_new(a, in.len + 1);
    if (!p)
        return false;
    if (in.len > 0)
        memcpy(p, in.ptr, in.len);
    *out = (crmsync_str){p, in.len};
    return true;
}

void crmi_host_drop(const crmsync_alloc *a, crmsync_str *s)
{
    /* The cast takes back the const that crmi_host_copy gave. */
    union {
        const char *in;
        void *out;
    } p = {s->ptr};
    crmi_host_free(a, p.out, s->len + 1);
    *s = (crmsync_str){NULL, 0};
}

bool crmi_host_eq(crmsync_str a, crmsync_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

int crmi_host_cmp(crmsync_str a, crmsync_str b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int order = n > 0 ? memcmp(a.ptr, b.ptr, n) : 0;
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

crmsync_str crmi_host_str(const char *s)
{
    return (crmsync_str){s, s ? strlen(s) : 0};
}

void crmi_bytes_init(crmi_bytes *b, const crmsync_alloc *alloc)
{
    *b = (crmi_bytes){alloc, NULL, 0, 0, false};
}

void crmi_bytes_clear(crmi_bytes *b)
{
    crmi_host_free(b->alloc, b->ptr, b->cap);
    *b = (crmi_bytes){b->alloc, NULL, 0, 0, false};
}

bool crmi_bytes_reserve(crmi_bytes *b, size_t more)
{
    size_t cap = b->cap ? b->cap : 128;
    char *p;

    if (b->oom || more > SIZE_MAX / 4 - b->len) {
        b->oom = true;
        return false;
    }
    while (cap < b->len + more + 1)
        cap *= 2;
    if (cap == b->cap)
        return true;
    p = b->ptr ? b->alloc->realloc(b->alloc->ctx, b->ptr, b->cap, cap)
               : b->alloc->alloc(b->alloc->ctx, cap);
    if (!p) {
        b->oom = true;
        return false;
    }
    b->ptr = p;
    b->cap = cap;
    return true;
}

void crmi_bytes_add(crmi_bytes *b, crmsync_str s)
{
    if (!crmi_bytes_reserve(b, s.len))
        return;
    if (s.len > 0)
        memcpy(b->ptr + b->len, s.ptr, s.len);
    b->len += s.len;
    b->ptr[b->len] = '\0';
}

void crmi_bytes_char(crmi_bytes *b, char c)
{
    crmi_bytes_add(b, (crmsync_str){&c, 1});
}

void crmi_bytes_lit(crmi_bytes *b, const char *s)
{
    crmi_bytes_add(b, crmi_host_str(s));
}

void crmi_bytes_number(crmi_bytes *b, int64_t v)
{
    char text[24];
    int n = snprintf(text, sizeof text, "%lld", (long long)v);
    crmi_bytes_add(b, (crmsync_str){text, (size_t)n});
}

void crmi_bytes_be(crmi_bytes *b, uint64_t v, unsigned width)
{
    char raw[8];
    for (unsigned i = 0; i < width; i++)
        raw[i] = (char)(unsigned char)(v >> (8 * (width - 1 - i)));
    crmi_bytes_add(b, (crmsync_str){raw, width});
}

void crmi_bytes_part(crmi_bytes *b, crmsync_str s)
{
    crmi_bytes_be(b, s.len, 4);
    crmi_bytes_add(b, s);
}

crmsync_str crmi_bytes_str(const crmi_bytes *b)
{
    return (crmsync_str){b->ptr ? b->ptr : "", b->len};
}

int32_t crmi_host_fail(crmsync_error **err, int32_t code, const char *format, ...)
{
    char message[512];
    va_list args;
    int n;

    if (!err)
        return code;
    va_start(args, format);
    n = vsnprintf(message, sizeof message, format, args);
    va_end(args);
    if (n < 0)
        n = 0;
    if ((size_t)n >= sizeof message)
        n = (int)sizeof message - 1;
    return crmsync_error_new(code, (crmsync_str){message, (size_t)n}, err);
}

int32_t crmi_host_nomem(crmsync_error **err)
{
    return crmi_host_fail(err, CRMSYNC_E_NOMEM, "out of memory");
}
