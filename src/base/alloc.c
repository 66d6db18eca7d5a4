#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

#include <crmsync/error.h>

struct crmi_arena_chunk {
    crmi_arena_chunk *next;
    size_t size; /* whole chunk */
    size_t used;
};

#define ARENA_ALIGN 16u
#define ARENA_HEAD ((sizeof(crmi_arena_chunk) + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1))
#define ARENA_CHUNK_MIN 1024u
#define ARENA_CHUNK_MAX 65536u

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

int32_t crmi_alloc_init(crmsync_alloc *out, const crmsync_alloc *from)
{
    if (!from) {
        *out = (crmsync_alloc){sizeof *out, NULL, libc_alloc, libc_realloc, libc_free};
        return CRMSYNC_OK;
    }
    if (from->struct_size < sizeof *out || !from->alloc || !from->realloc || !from->free)
        return CRMSYNC_E_INVALID;
    *out = *from;
    out->struct_size = sizeof *out;
    return CRMSYNC_OK;
}

void *crmi_alloc_bytes(const crmsync_alloc *a, size_t size)
{
    return a->alloc(a->ctx, size ? size : 1);
}

void *crmi_alloc_zeroed(const crmsync_alloc *a, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        return NULL;
    void *p = crmi_alloc_bytes(a, count * size);
    if (p)
        memset(p, 0, count * size);
    return p;
}

bool crmi_grow(const crmsync_alloc *a, void *ptr, size_t *cap, size_t need, size_t size)
{
    void *old;
    memcpy(&old, ptr, sizeof old);
    if (need <= *cap)
        return true;
    size_t want = *cap ? *cap : 8;
    while (want < need) {
        if (want > SIZE_MAX / 2)
            return false;
        want *= 2;
    }
    if (want > SIZE_MAX / size)
        return false;
    void *p =
        old ? a->realloc(a->ctx, old, *cap * size, want * size) : a->alloc(a->ctx, want * size);
    if (!p)
        return false;
    memcpy(ptr, &p, sizeof p);
    *cap = want;
    return true;
}

void crmi_dealloc(const crmsync_alloc *a, void *ptr, size_t size)
{
    if (ptr)
        a->free(a->ctx, ptr, size ? size : 1);
}

void crmi_dealloc_array(const crmsync_alloc *a, void *ptr, size_t count, size_t size)
{
    crmi_dealloc(a, ptr, count * size);
}

void crmi_arena_init(crmi_arena *arena, const crmsync_alloc *alloc)
{
    arena->alloc = alloc;
    arena->head = NULL;
    arena->spare = NULL;
}

static void drop_chunks(const crmi_arena *arena, crmi_arena_chunk **list)
{
    while (*list) {
        crmi_arena_chunk *chunk = *list;
        *list = chunk->next;
        crmi_dealloc(arena->alloc, chunk, chunk->size);
    }
}

void crmi_arena_clear(crmi_arena *arena)
{
    drop_chunks(arena, &arena->head);
    drop_chunks(arena, &arena->spare);
}

void crmi_arena_reset(crmi_arena *arena)
{
    while (arena->head) {
        crmi_arena_chunk *chunk = arena->head;
        arena->head = chunk->next;
        chunk->next = arena->spare;
        arena->spare = chunk;
    }
}

/* A chunk of before that is large enough, taken out of the list. */
static crmi_arena_chunk *take_spare(crmi_arena *arena, size_t need)
{
    for (crmi_arena_chunk **at = &arena->spare; *at; at = &(*at)->next) {
        crmi_arena_chunk *chunk = *at;
        if (chunk->size >= need + ARENA_HEAD) {
            *at = chunk->next;
            return chunk;
        }
    }
    return NULL;
}

/* Chunks double up to 64 KiB, so that small plans stay small and large ones allocate rarely. */
static crmi_arena_chunk *arena_chunk(crmi_arena *arena, size_t need)
{
    size_t size = arena->head ? arena->head->size * 2 : ARENA_CHUNK_MIN;
    if (size > ARENA_CHUNK_MAX)
        size = ARENA_CHUNK_MAX;
    if (size < need + ARENA_HEAD)
        size = need + ARENA_HEAD;
    crmi_arena_chunk *chunk = take_spare(arena, need);
    if (!chunk) {
        chunk = crmi_alloc_bytes(arena->alloc, size);
        if (!chunk)
            return NULL;
        chunk->size = size;
    }
    chunk->used = ARENA_HEAD;
    chunk->next = arena->head;
    arena->head = chunk;
    return chunk;
}

void *crmi_arena_raw(crmi_arena *arena, size_t size)
{
    if (size > SIZE_MAX / 2)
        return NULL;
    size_t need = (size + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
    if (need == 0)
        need = ARENA_ALIGN;
    crmi_arena_chunk *chunk = arena->head;
    if (!chunk || chunk->size - chunk->used < need) {
        chunk = arena_chunk(arena, need);
        if (!chunk)
            return NULL;
    }
    void *p = (char *)chunk + chunk->used;
    chunk->used += need;
    return p;
}

void *crmi_arena_alloc(crmi_arena *arena, size_t size)
{
    void *p = crmi_arena_raw(arena, size);
    if (p)
        memset(p, 0, size);
    return p;
}

void *crmi_arena_array(crmi_arena *arena, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        return NULL;
    return crmi_arena_alloc(arena, count * size);
}

bool crmi_arena_str(crmi_arena *arena, crmsync_str in, crmsync_str *out)
{
    char *p = crmi_arena_raw(arena, in.len + 1);
    if (!p)
        return false;
    if (in.len)
        memcpy(p, in.ptr, in.len);
    p[in.len] = '\0';
    *out = (crmsync_str){p, in.len};
    return true;
}
