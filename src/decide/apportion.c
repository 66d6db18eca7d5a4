#include "decide/apportion.h"

#include <string.h>

/*
 * units = whole * weight / total, digit by digit from the left. The running rest stays below total,
 * so 10 * rest + digit * weight < 19 * total, and total <= 2^20 * 2^32 leaves 64 bits ample room.
 */
static void cut(const unsigned char *digits, size_t count, uint64_t total, crmi_share *share)
{
    uint64_t rest = 0;
    share->units[0] = 0; /* room for a carry */
    for (size_t i = 0; i < count; i++) {
        uint64_t here = rest * 10 + digits[i] * share->weight;
        uint64_t quotient = here / total;
        rest = here % total;
        share->units[i + 1] = (unsigned char)(quotient % 10);
        size_t k = i;
        for (bool carry = quotient >= 10; carry;
             k--) { /* of one: it ends at units[0] at the latest */
            carry = share->units[k] == 9;
            share->units[k] = carry ? 0 : (unsigned char)(share->units[k] + 1);
        }
    }
    share->rest = rest;
}

static void add_unit(crmi_share *share, size_t count)
{
    for (size_t i = count + 1; i-- > 0;) {
        if (share->units[i] < 9) {
            share->units[i]++;
            return;
        }
        share->units[i] = 0;
    }
}

/* Does `a` take a left-over unit before `b`? */
static bool before(const crmi_share *shares, size_t a, size_t b)
{
    if (shares[a].rest != shares[b].rest) {
        return shares[a].rest > shares[b].rest;
    }
    if (shares[a].at != shares[b].at) {
        return shares[a].at < shares[b].at;
    }
    return a < b;
}

static void sink(const crmi_share *shares, size_t *heap, size_t n, size_t i)
{
    for (size_t child = 2 * i + 1; child < n; child = 2 * i + 1) {
        if (child + 1 < n && before(shares, heap[child + 1], heap[child])) {
            child++;
        }
        if (!before(shares, heap[child], heap[i])) {
            return;
        }
        size_t kept = heap[i];
        heap[i] = heap[child];
        heap[child] = kept;
        i = child;
    }
}

/* How many units the cuts left over: the sum of the rests is a whole multiple of the total. */
static size_t left_over(const crmi_share *shares, size_t n, uint64_t total)
{
    uint64_t sum = 0;
    size_t units = 0;
    for (size_t i = 0; i < n; i++) {
        sum += shares[i].rest;
        if (sum >= total) {
            sum -= total;
            units++;
        }
    }
    return units;
}

static bool hand_out(const crmsync_alloc *alloc, crmi_share *shares, size_t n, size_t units,
                     size_t count)
{
    size_t *heap = crmi_alloc_zeroed(alloc, n, sizeof(*heap));
    size_t size = n;
    if (!heap) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        heap[i] = i;
    }
    for (size_t i = n / 2; i-- > 0;) {
        sink(shares, heap, n, i);
    }
    for (; units > 0; units--) {
        add_unit(&shares[heap[0]], count);
        heap[0] = heap[--size];
        sink(shares, heap, size, 0);
    }
    crmi_dealloc_array(alloc, heap, n, sizeof(*heap));
    return true;
}

bool crmi_apportion(const crmsync_alloc *alloc, const unsigned char *digits, size_t count,
                    crmi_share *shares, size_t n)
{
    uint64_t total = 0;
    for (size_t i = 0; i < n; i++) {
        memset(shares[i].units, 0, sizeof(shares[i].units));
        shares[i].rest = 0;
        total += shares[i].weight;
    }
    for (size_t i = 0; total && i < n; i++) {
        cut(digits, count, total, &shares[i]);
    }
    size_t units = total ? left_over(shares, n, total) : 0;
    return !units || hand_out(alloc, shares, n, units, count);
}

/* 2^(-1/2), 2^(-1/4), 2^(-1/8), ... times 2^32, rounded: halvings of the bits of a fraction. */
static const uint64_t roots[32] = {
    0xB504F334, 0xD744FCCB, 0xEAC0C6E8, 0xF5257D15, 0xFA83B2DB, 0xFD3E0C0D, 0xFE9E115C, 0xFF4ECB59,
    0xFFA75652, 0xFFD3A752, 0xFFE9D2B3, 0xFFF4E91C, 0xFFFA747F, 0xFFFD3A3B, 0xFFFE9D1D, 0xFFFF4E8E,
    0xFFFFA747, 0xFFFFD3A3, 0xFFFFE9D2, 0xFFFFF4E9, 0xFFFFFA74, 0xFFFFFD3A, 0xFFFFFE9D, 0xFFFFFF4F,
    0xFFFFFFA7, 0xFFFFFFD4, 0xFFFFFFEA, 0xFFFFFFF5, 0xFFFFFFFA, 0xFFFFFFFD, 0xFFFFFFFF, 0xFFFFFFFF,
};

uint64_t crmi_decay(uint64_t age, uint64_t half_life)
{
    uint64_t halvings = age / half_life;
    uint64_t rest = age % half_life;
    uint64_t weight = CRMI_WEIGHT_MAX;
    if (halvings > 32) {
        return 0;
    }
    for (size_t i = 0; i < 32; i++) { /* the next bit of rest / half_life */
        rest *= 2;
        if (rest >= half_life) {
            rest -= half_life;
            weight = (weight * roots[i] + (CRMI_WEIGHT_MAX >> 1)) >> 32;
        }
    }
    return weight >> halvings;
}
