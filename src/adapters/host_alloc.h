/*
 * What every adapter needs of its own, since adapters see public headers only: memory through the
 * host's crmsync_alloc, a growing byte buffer, errors from a format. Compiled into each adapter.
 */
#ifndef CRMI_ADAPTERS_HOST_ALLOC_H
#define CRMI_ADAPTERS_HOST_ALLOC_H

#include <stdbool.h>

#include <crmsync/error.h>
#include <crmsync/types.h>

/* Fills *out from the host's table, NULL = libc. false = a function is missing. */
bool crmi_host_alloc_init(crmsync_alloc *out, const crmsync_alloc *from);
void *crmi_host_new(const crmsync_alloc *a, size_t size); /* zeroed; NULL = no memory */
void *crmi_host_array(const crmsync_alloc *a, size_t count, size_t size); /* overflow-checked */
void crmi_host_free(const crmsync_alloc *a, void *ptr, size_t size);
bool crmi_host_copy(const crmsync_alloc *a, crmsync_str in, crmsync_str *out); /* with NUL */
void crmi_host_drop(const crmsync_alloc *a, crmsync_str *s); /* frees what crmi_host_copy made */

bool crmi_host_eq(crmsync_str a, crmsync_str b);
int crmi_host_cmp(crmsync_str a, crmsync_str b); /* memcmp order, shorter first */
crmsync_str crmi_host_str(const char *s);

/* A builder checks `oom` once, at the end; after a failure nothing more is added. */
typedef struct crmi_bytes {
    const crmsync_alloc *alloc;
    char *ptr;
    size_t len;
    size_t cap;
    bool oom;
} crmi_bytes;

void crmi_bytes_init(crmi_bytes *b, const crmsync_alloc *alloc);
void crmi_bytes_clear(crmi_bytes *b);
bool crmi_bytes_reserve(crmi_bytes *b, size_t more);
void crmi_bytes_add(crmi_bytes *b, crmsync_str s);
void crmi_bytes_char(crmi_bytes *b, char c);
void crmi_bytes_lit(crmi_bytes *b, const char *s);
void crmi_bytes_number(crmi_bytes *b, int64_t v);
void crmi_bytes_be(crmi_bytes *b, uint64_t v, unsigned width); /* big-endian, so that it sorts */
void crmi_bytes_part(crmi_bytes *b, crmsync_str s); /* length, bytes: no two run together */
crmsync_str crmi_bytes_str(const crmi_bytes *b);

#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
int32_t crmi_host_fail(crmsync_error **err, int32_t code, const char *format, ...);
int32_t crmi_host_nomem(crmsync_error **err);

#define CRMI_HOST_LIT(s) ((crmsync_str){("" s), sizeof(s) - 1})
#define CRMI_HOST_SPELL(s) (int)(s).len, ((s).ptr ? (s).ptr : "") /* for "%.*s" */

#endif
