/* Random choices that can be had again: a seed, told when a test fails. */
#ifndef TEST_RANDOM_H
#define TEST_RANDOM_H

#include <stdint.h>
#include <stdlib.h>

typedef struct random_source {
    uint64_t state;
} random_source;

/* splitmix64 (Steele, Lea, Flood 2014) */
static inline uint64_t random_next(random_source *r)
{
    uint64_t z = r->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static inline size_t random_below(random_source *r, size_t n)
{
    return (size_t)(random_next(r) % n);
}

/* A number from the environment, or `fallback`. */
static inline uint64_t random_setting(const char *name, uint64_t fallback)
{
    const char *text = getenv(name);
    return text && *text ? strtoull(text, NULL, 10) : fallback;
}

#endif
