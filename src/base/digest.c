#include "base/map.h"

/* SipHash-2-4 (Aumasson and Bernstein, 2012). */

static uint64_t rotl(uint64_t x, unsigned n)
{
    return x << n | x >> (64 - n);
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rotl(v[1], 13) ^ v[0];
    v[0] = rotl(v[0], 32);
    v[2] += v[3];
    v[3] = rotl(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotl(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotl(v[1], 17) ^ v[2];
    v[2] = rotl(v[2], 32);
}

static uint64_t load64(const unsigned char *p)
{
    return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24 |
           (uint64_t)p[4] << 32 | (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 |
           (uint64_t)p[7] << 56;
}

static void sip_word(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;
    sip_round(v);
    sip_round(v);
    v[0] ^= word;
}

void crmi_digest_init(crmi_digest *d)
{
    /* The key is "crmsync digest 1"; changing it would make every stored digest miss. */
    const uint64_t k0 = 0x20636e79736d7263u, k1 = 0x3120747365676964u;
    d->v[0] = k0 ^ 0x736f6d6570736575u;
    d->v[1] = k1 ^ 0x646f72616e646f6du;
    d->v[2] = k0 ^ 0x6c7967656e657261u;
    d->v[3] = k1 ^ 0x7465646279746573u;
    d->total = 0;
    d->tail = 0;
}

/* Fewer than 8 bytes. */
static uint64_t load_rest(const unsigned char *p, size_t n)
{
    uint64_t x = 0;
    for (size_t i = 0; i < n; i++)
        x |= (uint64_t)p[i] << (8 * i);
    return x;
}

void crmi_digest_add(crmi_digest *d, crmsync_str bytes)
{
    const unsigned char *p = (const unsigned char *)bytes.ptr;
    unsigned have = (unsigned)(d->total & 7), shift = 8 * have;
    size_t left = bytes.len;
    d->total += left;
    for (; left >= 8; left -= 8, p += 8) {
        uint64_t word = load64(p);
        sip_word(d->v, d->tail | word << shift);
        d->tail = have ? word >> (64 - shift) : 0;
    }
    uint64_t rest = load_rest(p, left);
    bool full = have + left >= 8;
    if (full)
        sip_word(d->v, d->tail | rest << shift);
    d->tail = full ? rest >> (64 - shift) : d->tail | rest << shift;
}

void crmi_digest_part(crmi_digest *d, crmsync_str bytes)
{
    unsigned char length[8];
    for (unsigned i = 0; i < 8; i++)
        length[i] = (unsigned char)((uint64_t)bytes.len >> (8 * i));
    crmi_digest_add(d, (crmsync_str){(const char *)length, sizeof length});
    crmi_digest_add(d, bytes);
}

uint64_t crmi_digest_end(crmi_digest *d)
{
    sip_word(d->v, d->tail | d->total << 56);
    d->v[2] ^= 0xff;
    for (int i = 0; i < 4; i++)
        sip_round(d->v);
    return d->v[0] ^ d->v[1] ^ d->v[2] ^ d->v[3];
}

uint64_t crmi_digest64(crmsync_str bytes)
{
    crmi_digest d;
    crmi_digest_init(&d);
    crmi_digest_add(&d, bytes);
    return crmi_digest_end(&d);
}
