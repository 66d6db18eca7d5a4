#include "base/mix.h"

#include <stddef.h>

#define SECRET_1 UINT64_C(0xe7037ed1a0b428db)
#define SECRET_2 UINT64_C(0x8ebc6af09c88c6e3)

/* Lowest byte first on every machine; compilers make one load of it. */
static inline uint64_t load64(const unsigned char *p)
{
    return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24 |
           (uint64_t)p[4] << 32 | (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 |
           (uint64_t)p[7] << 56;
}

static inline uint64_t load32(const unsigned char *p)
{
    return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24;
}

/* Up to 16 bytes as two words that may overlap. */
static inline void load_short(const unsigned char *p, size_t n, uint64_t *a, uint64_t *b)
{
    if (n >= 8) {
        *a = load64(p);
        *b = load64(p + n - 8);
    } else if (n >= 4) {
        *a = load32(p);
        *b = load32(p + n - 4);
    } else {
        *a = n ? (uint64_t)p[0] << 16 | (uint64_t)p[n >> 1] << 8 | p[n - 1] : 0;
        *b = 0;
    }
}

uint64_t crmi_mix_bytes(uint64_t seed, crmsync_str bytes)
{
    const unsigned char *p = (const unsigned char *)bytes.ptr;
    size_t left = bytes.len;
    uint64_t a, b;
    for (; left > 16; left -= 16, p += 16)
        seed = crmi_mix(load64(p) ^ SECRET_1, load64(p + 8) ^ seed);
    load_short(p, left, &a, &b);
    return crmi_mix(SECRET_2 ^ (uint64_t)bytes.len, crmi_mix(a ^ SECRET_1, b ^ seed));
}
