#include "id_set.h"

#include "host_alloc.h"

enum { FIRST_CAP = 64 };

/* FNV-1a. */
static size_t hash(crmsync_str id)
{
    uint64_t h = UINT64_C(14695981039346656037);

    for (size_t i = 0; i < id.len; i++)
        h = (h ^ (unsigned char)id.ptr[i]) * UINT64_C(1099511628211);
    return (size_t)(h ^ h >> 32);
}

/* Where the id is, or would be. */
static crmsync_str *slot_of(crmsync_str *slots, size_t cap, crmsync_str id)
{
    size_t at = hash(id) & (cap - 1);

    while (slots[at].ptr && !crmi_host_eq(slots[at], id))
        at = (at + 1) & (cap - 1);
    return &slots[at];
}

static bool grow(crmi_id_set *set)
{
    size_t cap = set->cap ? set->cap * 2 : FIRST_CAP;
    crmsync_str *slots = crmi_host_array(set->alloc, cap, sizeof *slots);

    if (!slots)
        return false;
    for (size_t i = 0; i < set->cap; i++)
        if (set->slots[i].ptr)
            *slot_of(slots, cap, set->slots[i]) = set->slots[i];
    crmi_host_free(set->alloc, set->slots, set->cap * sizeof *slots);
    set->slots = slots;
    set->cap = cap;
    return true;
}

bool crmi_id_set_has(const crmi_id_set *set, crmsync_str id)
{
    return set->cap && slot_of(set->slots, set->cap, id)->ptr;
}

bool crmi_id_set_add(crmi_id_set *set, crmsync_str id)
{
    if (set->count >= set->cap / 2 && !grow(set))
        return false;
    *slot_of(set->slots, set->cap, id) = id;
    set->count++;
    return true;
}

void crmi_id_set_clear(crmi_id_set *set)
{
    crmi_host_free(set->alloc, set->slots, set->cap * sizeof *set->slots);
    *set = (crmi_id_set){.alloc = set->alloc};
}
