/* The state kit: the store under test, calls that note failures, and what was delivered. */
#ifndef CRMI_CONFORMANCE_STATE_KIT_H
#define CRMI_CONFORMANCE_STATE_KIT_H

#include "base/sinks.h"
#include "kit.h"

/* Collects what the store delivers; refuses with `refuse` after `accept` items. */
typedef struct crmi_seen {
    struct crmsync_state_sink sink;
    const crmsync_alloc *alloc;
    crmsync_kv_item *items;
    size_t count;
    size_t cap;
    size_t accept;
    int32_t refuse;
} crmi_seen;

void crmi_seen_init(crmi_seen *seen, const crmsync_alloc *alloc);
void crmi_seen_clear(crmi_seen *seen); /* drops the items, keeps accept and refuse */
const crmsync_kv_item *crmi_seen_find(const crmi_seen *seen, uint32_t space, crmsync_str key);

typedef struct crmi_state_kit {
    crmi_kit kit;
    const crmsync_state_ops *ops;
    void *ctx;
    crmsync_conformance_state_options options;
    crmsync_str workspace;
    crmsync_str second_workspace;
    crmi_seen seen;
} crmi_state_kit;

typedef struct crmi_state_case {
    const char *name;
    void (*run)(crmi_state_kit *k);
} crmi_state_case;

extern const crmi_state_case crmi_state_basic_cases[];
extern const crmi_state_case crmi_state_scan_cases[];
extern const crmi_state_case crmi_state_commit_cases[];
extern const crmi_state_case crmi_state_sharing_cases[];

crmsync_kv_item crmi_kv(uint32_t space, const char *key, const char *value, uint64_t version);

/* Each fails the case if the store cannot answer. */
bool crmi_state_get(crmi_state_kit *k, const crmsync_kv_item *keys, size_t n);
bool crmi_state_scan(crmi_state_kit *k, uint32_t space, crmsync_str from, crmsync_str to,
                     uint32_t limit, uint32_t flags);
/* The outcome, or 0 when the store could not answer. Arrays must be sorted. */
uint32_t crmi_state_commit(crmi_state_kit *k, const crmsync_kv_item *expects, size_t expect_count,
                           const crmsync_kv_item *puts, size_t put_count,
                           const crmsync_kv_item *deletes, size_t delete_count);
bool crmi_state_put(crmi_state_kit *k, const crmsync_kv_item *puts, size_t n); /* expects OK */
void crmi_state_wipe(crmi_state_kit *k);
/* The store holds exactly this under the key; version 0 = nothing. */
void crmi_state_holds(crmi_state_kit *k, crmsync_kv_item expected);
/* The last answer has these keys, in this order: "a b c". */
void crmi_state_saw(crmi_state_kit *k, const char *keys);

#endif
