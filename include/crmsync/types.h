/**
 * @file types.h
 * Plain types that cross the ABI: string views, cells, the allocator.
 *
 * The element layouts `crmsync_str`, `crmsync_header`, `crmsync_cell` and `crmsync_kv_item` are
 * frozen: arrays of them cross the ABI and they never change, not even by growing.
 * Structs that begin with `struct_size` grow at the end only; set it with the `_INIT` macro.
 */
#ifndef CRMSYNC_TYPES_H
#define CRMSYNC_TYPES_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define CRMSYNC_BEGIN_DECLS extern "C" {
#define CRMSYNC_END_DECLS }
#else
#define CRMSYNC_BEGIN_DECLS
#define CRMSYNC_END_DECLS
#endif

#if defined(__GNUC__) && !defined(CRMSYNC_NO_VISIBILITY)
#define CRMSYNC_API __attribute__((visibility("default")))
#else
#define CRMSYNC_API
#endif

CRMSYNC_BEGIN_DECLS

/**
 * A view of UTF-8 bytes, not necessarily NUL-terminated. `ptr` may be NULL only when `len` is 0.
 * Passed to the library: copied if it is kept. Returned by it: borrowed from the object named in
 * the function's comment, and followed by a NUL byte.
 */
typedef struct crmsync_str {
    const char *ptr;
    size_t len;
} crmsync_str;

/** One HTTP header field. Names compare without regard to ASCII case. */
typedef struct crmsync_header {
    crmsync_str name;
    crmsync_str value;
} crmsync_header;

/** Cell types. A caller must accept values it does not know. */
enum {
    CRMSYNC_CELL_ABSENT = 0,   /**< the record does not carry the field: say nothing about it */
    CRMSYNC_CELL_NULL = 1,     /**< the field is empty */
    CRMSYNC_CELL_TEXT = 2,     /**< `text`, UTF-8 */
    CRMSYNC_CELL_BOOL = 3,     /**< `number`, 0 or 1 */
    CRMSYNC_CELL_DECIMAL = 4,  /**< `text`, decimal notation, kept digit for digit */
    CRMSYNC_CELL_DATE = 5,     /**< `number`, days since 1970-01-01, a civil date without zone */
    CRMSYNC_CELL_DATETIME = 6, /**< `number`, milliseconds since 1970-01-01T00:00:00Z */
    CRMSYNC_CELL_ID = 7        /**< `text`, a Salesforce id of 15 or 18 characters */
};

/** One value of one field of one record. `flags` is 0. */
typedef struct crmsync_cell {
    crmsync_str text;
    int64_t number;
    uint32_t type;
    uint32_t flags;
} crmsync_cell;

/**
 * Memory functions. All three are required. `alloc` and `realloc` return NULL when there is no
 * memory, which the library reports as CRMSYNC_E_NOMEM; they are never called with size 0.
 * `size` in `free` and `old_size` in `realloc` repeat what was asked for.
 * Called from the thread that is inside the library. Third-party libraries underneath (OpenSSL,
 * libpsl, libidn2, libcurl, SQLite) allocate on their own.
 */
typedef struct crmsync_alloc {
    size_t struct_size;
    void *ctx;
    void *(*alloc)(void *ctx, size_t size);
    void *(*realloc)(void *ctx, void *ptr, size_t old_size, size_t new_size);
    void (*free)(void *ctx, void *ptr, size_t size);
} crmsync_alloc;

/** Receives text piece by piece; anything but CRMSYNC_OK stops the writer, which returns it. The
 *  view lives until the function returns. */
typedef int32_t (*crmsync_write_fn)(void *ctx, crmsync_str text);

#define CRMSYNC_ALLOC_INIT {sizeof(crmsync_alloc), NULL, NULL, NULL, NULL}

/** A view of a C string literal or array. */
#define CRMSYNC_STR_LIT(s) {(s), sizeof(s) - 1}

CRMSYNC_END_DECLS

#endif
