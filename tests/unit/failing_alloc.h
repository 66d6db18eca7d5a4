/* An allocator that counts what is held and fails at the k-th request: for out-of-memory sweeps. */
#ifndef TESTS_FAILING_ALLOC_H
#define TESTS_FAILING_ALLOC_H

#include <stdlib.h>

#include <crmsync/types.h>

typedef struct failing_alloc {
    size_t requests; /* so far */
    size_t fail_at;  /* number of the request that fails, from 1; 0 = none */
    size_t held;     /* bytes not freed yet, as the caller tells their sizes */
    size_t blocks;
} failing_alloc;

static inline void *failing_new(void *ctx, size_t size)
{
    failing_alloc *f = ctx;
    if (++f->requests == f->fail_at)
        return NULL;
    void *p = malloc(size);
    if (p) {
        f->held += size;
        f->blocks++;
    }
    return p;
}

static inline void *failing_resize(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    failing_alloc *f = ctx;
    if (++f->requests == f->fail_at)
        return NULL;
    void *p = realloc(ptr, new_size);
    if (p)
        f->held += new_size - old_size;
    return p;
}

static inline void failing_free(void *ctx, void *ptr, size_t size)
{
    failing_alloc *f = ctx;
    f->held -= size;
    f->blocks--;
    free(ptr);
}

static inline crmsync_alloc failing_alloc_table(failing_alloc *f)
{
    return (crmsync_alloc){sizeof(crmsync_alloc), f, failing_new, failing_resize, failing_free};
}

#endif
