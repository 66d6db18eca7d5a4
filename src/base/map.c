#include "base/map.h"

#include "base/mix.h"

static uint64_t hash_of(crmsync_str key)
{
    return crmi_mix_bytes(CRMI_MIX_SEED, key);
}

void crmi_map_init(crmi_map *m, const crmsync_alloc *alloc)
{
    *m = (crmi_map){alloc, NULL, 0, 0};
}

void crmi_map_clear(crmi_map *m)
{
    crmi_dealloc_array(m->alloc, m->slots, m->cap, sizeof *m->slots);
    crmi_map_init(m, m->alloc);
}

/* The slot that holds the key, or the free one where it belongs. */
static crmi_map_slot *map_slot(const crmi_map *m, crmsync_str key, uint64_t hash)
{
    size_t mask = m->cap - 1;
    for (size_t i = (size_t)hash & mask;; i = (i + 1) & mask) {
        crmi_map_slot *slot = &m->slots[i];
        if (!slot->value || (slot->hash == hash && crmi_str_eq(slot->key, key)))
            return slot;
    }
}

static bool map_grow(crmi_map *m)
{
    crmi_map bigger = {m->alloc, NULL, m->cap ? m->cap * 2 : 16, m->count};
    bigger.slots = crmi_alloc_zeroed(m->alloc, bigger.cap, sizeof *bigger.slots);
    if (!bigger.slots)
        return false;
    for (size_t i = 0; i < m->cap; i++) {
        if (m->slots[i].value)
            *map_slot(&bigger, m->slots[i].key, m->slots[i].hash) = m->slots[i];
    }
    crmi_map_clear(m);
    *m = bigger;
    return true;
}

bool crmi_map_put(crmi_map *m, crmsync_str key, void *value)
{
    if ((m->count + 1) * 4 > m->cap * 3 && !map_grow(m))
        return false;
    uint64_t hash = hash_of(key);
    crmi_map_slot *slot = map_slot(m, key, hash);
    if (!slot->value)
        m->count++;
    *slot = (crmi_map_slot){key, value, hash};
    return true;
}

void *crmi_map_get(const crmi_map *m, crmsync_str key)
{
    return m->cap ? map_slot(m, key, hash_of(key))->value : NULL;
}

bool crmi_map_put_index(crmi_map *m, crmsync_str key, size_t index)
{
    return crmi_map_put(m, key, (void *)(uintptr_t)(index + 1));
}

bool crmi_map_get_index(const crmi_map *m, crmsync_str key, size_t *index)
{
    void *value = crmi_map_get(m, key);
    if (!value)
        return false;
    *index = (size_t)(uintptr_t)value - 1;
    return true;
}
