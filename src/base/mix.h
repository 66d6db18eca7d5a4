/*
 * Fingerprints of 64 bits by folded products of 128, as wyhash makes them (Wang Yi, public domain):
 * to see whether a value changed, and to spread keys over a table. The same on every machine and in
 * every release, since they are stored. Nothing keeps somebody from making two values that share one.
 */
#ifndef CRMI_BASE_MIX_H
#define CRMI_BASE_MIX_H

#include <stdint.h>

#include <crmsync/types.h>

#define CRMI_MIX_SEED UINT64_C(0xa0761d6478bd642f)

/* Both halves of a * b, folded. */
static inline uint64_t crmi_mix(uint64_t a, uint64_t b)
{
#ifdef __SIZEOF_INT128__
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
#else
    uint64_t a0 = (uint32_t)a, a1 = a >> 32, b0 = (uint32_t)b, b1 = b >> 32;
    uint64_t low = a0 * b0, middle = a1 * b0 + (low >> 32), other = a0 * b1 + (uint32_t)middle;
    uint64_t high = a1 * b1 + (middle >> 32) + (other >> 32);
    return (other << 32 | (uint32_t)low) ^ high;
#endif
}

/* Of bytes and their length; `seed` carries what went before. */
uint64_t crmi_mix_bytes(uint64_t seed, crmsync_str bytes);

#endif
