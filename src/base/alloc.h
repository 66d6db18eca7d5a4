/* Memory: every allocation of the library goes through a crmsync_alloc. */
#ifndef CRMI_BASE_ALLOC_H
#define CRMI_BASE_ALLOC_H

#include <stdbool.h>

#include <crmsync/types.h>

/* Fills *out from the host's table (NULL = libc). CRMSYNC_E_INVALID if a function is missing. */
int32_t crmi_alloc_init(crmsync_alloc *out, const crmsync_alloc *from);

void *crmi_alloc_bytes(const crmsync_alloc *a, size_t size); /* not zeroed; 0 -> 1 byte */
void *crmi_alloc_zeroed(const crmsync_alloc *a, size_t count, size_t size); /* overflow-checked */
/* Grows *ptr to hold at least `need` elements; doubles; *cap in elements. false = no memory,
 * nothing changed. */
bool crmi_grow(const crmsync_alloc *a, void *ptr, size_t *cap, size_t need, size_t size);
void crmi_dealloc(const crmsync_alloc *a, void *ptr, size_t size);
void crmi_dealloc_array(const crmsync_alloc *a, void *ptr, size_t count, size_t size);

#define CRMI_NEW(a, type) ((type *)crmi_alloc_zeroed((a), 1, sizeof(type)))
#define CRMI_DELETE(a, ptr) crmi_dealloc((a), (ptr), sizeof *(ptr))

/*
 * Arena: many small pieces that live and die together. A failed allocation returns NULL and leaves
 * the arena usable. What is made anew again and again is reset rather than cleared: the allocator
 * would give the memory back to the system, to have it handed out page by page the next time.
 */
typedef struct crmi_arena_chunk crmi_arena_chunk;
typedef struct crmi_arena {
    const crmsync_alloc *alloc;
    crmi_arena_chunk *head;
    crmi_arena_chunk *spare; /* of before a reset */
} crmi_arena;

void crmi_arena_init(crmi_arena *arena, const crmsync_alloc *alloc); /* alloc must outlive it */
void crmi_arena_clear(crmi_arena *arena);
void crmi_arena_reset(crmi_arena *arena); /* empties it and keeps the memory */
void *crmi_arena_alloc(crmi_arena *arena, size_t size); /* 16-byte aligned, zeroed */
void *crmi_arena_raw(crmi_arena *arena, size_t size);   /* the same, not zeroed */
void *crmi_arena_array(crmi_arena *arena, size_t count, size_t size); /* overflow-checked, zeroed */
bool crmi_arena_str(crmi_arena *arena, crmsync_str in, crmsync_str *out);  /* copy with NUL */
#define CRMI_ARENA_NEW(arena, type) ((type *)crmi_arena_alloc((arena), sizeof(type)))

#endif
