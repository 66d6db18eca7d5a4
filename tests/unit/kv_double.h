/* A state store in memory with faults, random bytes and an allocator that runs dry, for tests. */
#ifndef KV_DOUBLE_H
#define KV_DOUBLE_H

#include "state/store.h"

/* What happens to the n-th commit, counted from 1. */
enum {
    KV_FINE = 0,
    KV_CONFLICT, /* refused although the expectations hold */
    KV_UNKNOWN_APPLIED,
    KV_UNKNOWN_LOST,
    KV_FAIL
};

typedef struct kv_entry {
    uint32_t space;
    char *key, *value;
    size_t key_len, value_len;
    uint64_t version;
} kv_entry;

typedef struct kv_double {
    crmsync_state_ops ops;
    kv_entry *v;
    size_t n, cap;
    unsigned commits, gets;
    unsigned fault_at; /* commit number; 0 = none */
    int fault;
    unsigned fault_for; /* how many commits from there on; 0 = one */
    unsigned get_fails; /* so many gets from now on fail */
    uint64_t seed;
    int broken; /* answers against the contract */
    size_t last_items, largest;
} kv_double;

void kv_init(kv_double *kv);
void kv_clear(kv_double *kv);
crmi_store kv_store(kv_double *kv, const crmsync_alloc *alloc);
crmi_random kv_random(kv_double *kv);
const kv_entry *kv_find(const kv_double *kv, uint32_t space, const char *key);
size_t kv_count(const kv_double *kv, uint32_t space);
void kv_set(kv_double *kv, uint32_t space, const char *key, const char *value, uint64_t version);

/* libc's allocator with a count of what is out and a budget of allocations. */
typedef struct dry_alloc {
    crmsync_alloc table;
    size_t out;
    long left; /* allocations until it runs dry; -1 = never */
    bool ran_dry;
} dry_alloc;
void dry_init(dry_alloc *d, long left);

#endif
