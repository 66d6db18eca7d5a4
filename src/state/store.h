/*
 * The one door to the state hook: reads that are collected and checked, atomic commits, and units
 * packed into as few commits as the store's limits allow.
 */
#ifndef CRMI_STATE_STORE_H
#define CRMI_STATE_STORE_H

#include <crmsync/state.h>

#include "base/error.h"
#include "base/sinks.h"
#include "state/key.h"

/* A source of random bytes, normally the environment hook. */
typedef struct crmi_random {
    int32_t (*fill)(void *ctx, void *out, size_t n, crmsync_error **err);
    void *ctx;
} crmi_random;

/* Borrowed parts; copy the struct freely. */
typedef struct crmi_store {
    const crmsync_state_ops *ops;
    void *ctx;
    const crmsync_alloc *alloc;
    crmsync_str workspace;
    crmi_random random;
    const crmsync_kv_item *fence; /* the worker's lease, expected by every commit; NULL = none */
} crmi_store;

/* CRMSYNC_E_INVALID when a hook is missing or a limit is below the contract's. */
int32_t crmi_store_check(const crmsync_state_ops *ops, crmsync_error **err);
/* A new version for a put: random, never 0. */
int32_t crmi_store_version(const crmi_store *store, uint64_t *out, crmsync_error **err);

/* Entries that were read, copied, sorted by (space, key). */
typedef struct crmi_items {
    crmi_arena arena;
    crmsync_kv_item *v;
    size_t n, cap;
} crmi_items;

void crmi_items_init(crmi_items *items, const crmsync_alloc *alloc);
void crmi_items_clear(crmi_items *items);
void crmi_items_reset(crmi_items *items); /* drops the entries, keeps it usable */
const crmsync_kv_item *crmi_items_find(const crmi_items *items, uint32_t space, crmsync_str key);

/* Replaces *items by those of the `n` keys (space and key set) that exist; one snapshot. */
int32_t crmi_store_get(const crmi_store *store, const crmsync_kv_item *keys, size_t n,
                       crmi_items *items, crmsync_error **err);
/* The same for keys of one space. */
int32_t crmi_store_get_keys(const crmi_store *store, uint32_t space, const crmi_key *keys, size_t n,
                            crmi_items *items, crmsync_error **err);
/* One key; *found may be NULL when the caller looks at items->n. */
int32_t crmi_store_get_one(const crmi_store *store, uint32_t space, crmsync_str key,
                           crmi_items *items, bool *found, crmsync_error **err);
/* Replaces *items by at most `limit` entries, in the order of the scan. */
int32_t crmi_store_scan(const crmi_store *store, uint32_t space, crmsync_str from, crmsync_str to,
                        uint32_t limit, uint32_t flags, crmi_items *items, crmsync_error **err);
int32_t crmi_store_clear(const crmi_store *store, uint32_t space, crmsync_str from, crmsync_str to,
                         crmsync_error **err);

/*
 * Visits every entry below a prefix in key order, page by page. `visit` returns CRMSYNC_OK to go
 * on, CRMI_VISIT_STOP to end in peace, or an error. The entry lives during the call only; entries
 * of the space may be changed by the visitor.
 */
#define CRMI_VISIT_STOP 1
typedef int32_t (*crmi_visit_fn)(void *ctx, const crmsync_kv_item *item, crmsync_error **err);
int32_t crmi_store_each(const crmi_store *store, uint32_t space, crmsync_str prefix,
                        crmi_visit_fn visit, void *ctx, crmsync_error **err);
/* The same over from <= key < to. */
int32_t crmi_store_each_between(const crmi_store *store, uint32_t space, crmsync_str from,
                                crmsync_str to, crmi_visit_fn visit, void *ctx,
                                crmsync_error **err);
/* The least key above all that start with `prefix`, in `out` (at least prefix.len bytes); an empty
 * result = no end. */
crmsync_str crmi_store_prefix_end(crmsync_str prefix, char *out);

/*
 * A change set, filled in any order. The adders never fail: the first trouble (no memory, a key or
 * value over a limit) is kept and reported when the set is run. A later put or delete of a key
 * replaces an earlier one of the same unit; two different expectations of one key are a defect.
 */
typedef struct crmi_change {
    crmsync_kv_item item;
    size_t unit;
    uint32_t op;
} crmi_change;

typedef struct crmi_commit {
    const crmi_store *store;
    crmi_arena arena;
    crmi_change *v;
    size_t n, cap;
    size_t unit; /* the unit that is being filled */
    int32_t code;
    crmsync_error *err;
} crmi_commit;

void crmi_commit_init(crmi_commit *c, const crmi_store *store);
void crmi_commit_clear(crmi_commit *c);
void crmi_commit_reset(crmi_commit *c);
void crmi_commit_expect(crmi_commit *c, uint32_t space, crmsync_str key, uint64_t version);
void crmi_commit_put(crmi_commit *c, uint32_t space, crmsync_str key, crmsync_str value);
void crmi_commit_delete(crmi_commit *c, uint32_t space, crmsync_str key);
/* Records a failure of a caller that was building this set; it is what _run returns. */
void crmi_commit_spoil(crmi_commit *c, int32_t code, const char *message);
/* The version that a put of this key carries (known from the moment of the put); 0 = no such put.
 */
uint64_t crmi_commit_version(const crmi_commit *c, uint32_t space, crmsync_str key);

/*
 * Commits the whole set at once; an empty set is OK. *outcome: CRMSYNC_COMMIT_OK or _CONFLICT,
 * never UNKNOWN: a lost answer is settled by reading back what was written, and the same commit is
 * repeated when it had not been applied. CRMSYNC_E_CONFLICT: the fence did not hold, so the lease
 * is lost and the worker must stop. CRMSYNC_E_LIMIT: more than the store takes. CRMSYNC_E_STORE.
 */
int32_t crmi_commit_run(crmi_commit *c, uint32_t *outcome, crmsync_error **err);
/* The same, for callers to whom a conflict is an error: CRMSYNC_E_CONFLICT. */
int32_t crmi_commit_must(crmi_commit *c, crmsync_error **err);

/*
 * Units: each is the change of one record, atomic, at most 8 items; a page of them goes into as few
 * commits as the limits allow. The closing unit (the cursor) rides in the last commit.
 */
#define CRMI_UNIT_ITEMS 8

enum { CRMI_UNIT_PENDING = 0, CRMI_UNIT_OK = 1, CRMI_UNIT_CONFLICT = 2 };

typedef struct crmi_units {
    crmi_commit changes; /* hand &units.changes to the typed accessors */
    uint8_t *outcome;    /* CRMI_UNIT_*, per unit */
    size_t count, cap;
    size_t closing; /* unit number + 1; 0 = none */
    size_t commits; /* commits run so far, for the tests and the report */
} crmi_units;

void crmi_units_init(crmi_units *u, const crmi_store *store);
void crmi_units_clear(crmi_units *u);
void crmi_units_reset(crmi_units *u);
/* Starts the next unit and returns its number, counted from 0. */
size_t crmi_units_begin(crmi_units *u);
/* Starts the closing unit; at most one. What it holds is written only when all others are OK. */
size_t crmi_units_begin_closing(crmi_units *u);
/*
 * Commits all pending units. *conflicts counts those found guilty in this run: the others are
 * applied. With a conflict the closing unit stays pending: give the guilty records a queue row in
 * units of their own and run again. CRMSYNC_E_CONFLICT: the lease is lost, or the closing unit
 * itself conflicts.
 */
int32_t crmi_units_run(crmi_units *u, size_t *conflicts, crmsync_error **err);
uint32_t crmi_units_outcome(const crmi_units *u, size_t unit);

#endif
