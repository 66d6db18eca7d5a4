/* Hash table from strings to pointers. Keys are borrowed: they must outlive the entry. */
#ifndef CRMI_BASE_MAP_H
#define CRMI_BASE_MAP_H

#include "base/str.h"

typedef struct crmi_map_slot {
    crmsync_str key; /* ptr NULL = free */
    void *value;
    uint64_t hash;
} crmi_map_slot;

typedef struct crmi_map {
    const crmsync_alloc *alloc;
    crmi_map_slot *slots;
    size_t cap; /* power of two */
    size_t count;
} crmi_map;

void crmi_map_init(crmi_map *m, const crmsync_alloc *alloc);
void crmi_map_clear(crmi_map *m); /* frees the table, not keys or values */
/* Sets key -> value, replacing; value must not be NULL. false = no memory, unchanged. */
bool crmi_map_put(crmi_map *m, crmsync_str key, void *value);
void *crmi_map_get(const crmi_map *m, crmsync_str key); /* NULL = not there */
/* Positions travel as number + 1 in the pointer, for tables that index an array. */
bool crmi_map_put_index(crmi_map *m, crmsync_str key, size_t index);
bool crmi_map_get_index(const crmi_map *m, crmsync_str key, size_t *index);

/* SipHash-2-4 under a fixed key: stable across machines and releases, since digests are stored. */
uint64_t crmi_digest64(crmsync_str bytes);
typedef struct crmi_digest {
    uint64_t v[4];
    uint64_t tail; /* the bytes since the last whole word, lowest first */
    uint64_t total;
} crmi_digest;
void crmi_digest_init(crmi_digest *d);
void crmi_digest_add(crmi_digest *d, crmsync_str bytes);  /* bytes only: frame them yourself */
void crmi_digest_part(crmi_digest *d, crmsync_str bytes); /* length first: no run-together */
uint64_t crmi_digest_end(crmi_digest *d);

#endif
