/**
 * @file state.h
 * The state hook: an ordered key-value map in named spaces, where the sync remembers.
 *
 * Workspace is the sharding key: no call spans two. Keys are bytes of at most 255, ordered by
 * memcmp. A store keeps the version a put carries and compares it; it never makes one up.
 */
#ifndef CRMSYNC_STATE_H
#define CRMSYNC_STATE_H

#include <crmsync/error.h>
#include <crmsync/types.h>

CRMSYNC_BEGIN_DECLS

/** Spaces. Numbers are persisted: they never change meaning. A store may give each a table. */
enum {
    CRMSYNC_SPACE_META = 1,
    CRMSYNC_SPACE_LINK = 2,
    CRMSYNC_SPACE_REVERSE = 3,
    CRMSYNC_SPACE_INDEX = 4,
    CRMSYNC_SPACE_CLAIM = 5,
    CRMSYNC_SPACE_QUEUE = 6,
    CRMSYNC_SPACE_PENDING = 7,
    CRMSYNC_SPACE_SHIPMENT = 8,
    CRMSYNC_SPACE_WAITING = 9,
    CRMSYNC_SPACE_LEASE = 10,
    CRMSYNC_SPACE_CURSOR = 11,
    CRMSYNC_SPACE_SCHEMA = 12,
    CRMSYNC_SPACE_RUN = 13,
    CRMSYNC_SPACE_DEAD = 14,
    CRMSYNC_SPACE_SECRET = 15,
    CRMSYNC_SPACE_AUDIENCE = 16,
    CRMSYNC_SPACE_LOG = 17,
    CRMSYNC_SPACE_UNDO = 18
};

/** An entry, an expectation (value unused, version 0 = must be absent), a put or a delete. */
typedef struct crmsync_kv_item {
    crmsync_str key;
    crmsync_str value;
    uint64_t version; /**< non-zero for an entry that exists */
    uint32_t space;
    uint32_t zero;
} crmsync_kv_item;

/** One atomic change. Each array is sorted by (space, key) without repeats. */
typedef struct crmsync_kv_commit {
    size_t struct_size;
    crmsync_str workspace;
    const crmsync_kv_item *expects; /**< may cover keys that are not written */
    size_t expect_count;
    const crmsync_kv_item *puts; /**< carry their new version */
    size_t put_count;
    const crmsync_kv_item *deletes; /**< deleting an absent key is no error */
    size_t delete_count;
} crmsync_kv_commit;

/** Outcome of a commit that could be answered. */
enum {
    CRMSYNC_COMMIT_OK = 1,
    CRMSYNC_COMMIT_CONFLICT = 2, /**< an expectation did not hold; nothing was applied */
    CRMSYNC_COMMIT_UNKNOWN = 3   /**< the answer was lost: applied whole or not at all */
};

/** Flags of `scan`. */
enum {
    CRMSYNC_SCAN_REVERSE = 0x1 /**< in descending order */
};

typedef struct crmsync_state_sink crmsync_state_sink;

/**
 * Delivers an entry; views are copied before it returns.
 * @return CRMSYNC_OK to go on, else stop and return that code from the hook
 */
CRMSYNC_API int32_t crmsync_state_item(crmsync_state_sink *sink, const crmsync_kv_item *item);

/**
 * The hooks; all but `destroy` are required. An `int32_t` says only whether the store could answer:
 * 0, or a negative code with nothing applied.
 */
typedef struct crmsync_state_ops {
    size_t struct_size;
    uint32_t max_items; /**< puts + deletes + expects of one commit; at least 100 */
    uint32_t max_value; /**< bytes of one value; at least 65,536 */
    uint64_t max_bytes; /**< keys and values of one commit; at least 262,144 */
    /** Delivers those of the `n` keys that exist, in any order, as one snapshot. */
    int32_t (*get)(void *ctx, crmsync_str workspace, const crmsync_kv_item *keys, size_t n,
                   crmsync_state_sink *sink, crmsync_error **err);
    /** Delivers at most `limit` entries with from <= key < to (`to` empty = no end) in key order,
     *  as one snapshot; REVERSE: in descending order. */
    int32_t (*scan)(void *ctx, crmsync_str workspace, uint32_t space, crmsync_str from,
                    crmsync_str to, uint32_t limit, uint32_t flags, crmsync_state_sink *sink,
                    crmsync_error **err);
    /** Atomic: all of it or nothing, visible to every later call. */
    int32_t (*commit)(void *ctx, const crmsync_kv_commit *commit, uint32_t *outcome,
                      crmsync_error **err);
    /** Deletes from <= key < to (`to` empty = no end). Idempotent; need not be atomic. */
    int32_t (*clear)(void *ctx, crmsync_str workspace, uint32_t space, crmsync_str from,
                     crmsync_str to, crmsync_error **err);
    /** Optional. Called exactly once, when the engine that took the table is freed. */
    void (*destroy)(void *ctx);
} crmsync_state_ops;

#define CRMSYNC_STATE_OPS_INIT {sizeof(crmsync_state_ops), 0, 0, 0, NULL, NULL, NULL, NULL, NULL}

CRMSYNC_END_DECLS

#endif
