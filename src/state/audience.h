/*
 * Audiences: sets of CRM ids that are read again and again. Space 16:
 *
 *   head/<audience>             how the last reading went, and which generation counts
 *   set/<audience>/<first id>   up to 512 ids, sorted; a block holds all ids from its first one to
 *                               the next block's
 *
 * Each id has the generation in which it came last and the one in which it left last. A reading
 * that is under way marks ids with the generation after the head's, which nobody sees until the
 * head moves: what was read half changes nothing, and the next reading marks the same ids anew.
 */
#ifndef CRMI_STATE_AUDIENCE_H
#define CRMI_STATE_AUDIENCE_H

#include "state/document.h"
#include "state/key.h"

#define CRMI_AUDIENCE_BLOCK 512
#define CRMI_AUDIENCE_KEEP  1000 /* generations for which it is known who left */

/* How the last reading went. Stored by name. */
enum {
    CRMI_AUDIENCE_NEVER = 0,
    CRMI_AUDIENCE_READ = 1,      /* to the end */
    CRMI_AUDIENCE_TRUNCATED = 2, /* Salesforce did not give all of it: the set before is kept */
    CRMI_AUDIENCE_ERROR = 3      /* it could not be read: the set before is kept */
};

typedef struct crmi_audience {
    crmi_arena arena;
    crmsync_str name;
    crmsync_str object; /* of the members */
    crmsync_str source; /* for people: `list_view 00B...` */
    uint64_t stamp;     /* of the source that the set was read from */
    uint32_t state;     /* CRMI_AUDIENCE_*, of the last try */
    uint64_t generation; /* moves when the set changes; 0 = never read */
    uint64_t oldest;     /* who left since this one is known */
    int64_t epoch;       /* wall ms: generations of another one are not these */
    uint64_t members, added, removed; /* the last two: of the last change */
    int64_t read_ms;    /* wall ms of the last reading to the end; 0 = never */
    int64_t tried_ms;   /* wall ms of the last try */
    crmsync_str code, message, remedy; /* TRUNCATED, ERROR */
    uint64_t version;
    crmsync_str extra;
} crmi_audience;

void crmi_audience_init(crmi_audience *a, const crmsync_alloc *alloc);
void crmi_audience_clear(crmi_audience *a);
int32_t crmi_audience_set(crmi_audience *a, crmsync_str *member, crmsync_str value);
/* One that was never read has version 0. */
int32_t crmi_audience_get(const crmi_store *store, crmsync_str name, crmi_audience *a,
                          crmsync_error **err);
void crmi_audience_put(crmi_commit *c, const crmi_audience *a);
typedef int32_t (*crmi_audience_fn)(void *ctx, const crmi_audience *a, crmsync_error **err);
int32_t crmi_audience_each(const crmi_store *store, crmi_audience_fn visit, void *ctx,
                           crmsync_error **err);

/* ---- members ---- */

typedef struct crmi_member_entry {
    char id[19];
    uint64_t in, out; /* generations; 0 = never */
} crmi_member_entry;

/* Was it a member at that generation? */
bool crmi_member_at(const crmi_member_entry *e, uint64_t generation);

typedef struct crmi_audience_block {
    crmi_member_entry *items; /* CRMI_AUDIENCE_BLOCK and more, as the owner allocates */
    size_t count, cap;
} crmi_audience_block;

int32_t crmi_audience_block_read(const crmi_store *store, const crmsync_kv_item *item,
                                 crmi_audience_block *out, crmsync_error **err);
void crmi_audience_block_put(crmi_commit *c, crmsync_str name, const crmi_member_entry *items,
                             size_t n);
/* The same under a key as stored, which ends with the first id. */
void crmi_audience_block_put_at(crmi_commit *c, crmsync_str key, const crmi_member_entry *items,
                                size_t n);
crmi_key crmi_audience_key(crmsync_str name, crmsync_str id); /* id empty = the prefix of the set */

/*
 * A reading: the source's ids in their order, page by page, joined with the set that is there.
 * Memory is one block. Ended by _end, which moves the head, or dropped, which changes nothing that
 * anybody sees.
 */
typedef struct crmi_audience_merge {
    const crmi_store *store;
    crmsync_str name;
    uint64_t now, next; /* the head's generation, and the one being made */
    uint64_t forget;    /* who left before it is forgotten */
    crmi_audience_block old; /* what is left of the stored block */
    size_t at;
    crmi_audience_block out; /* joined, not written yet */
    char key[19];       /* first id of the stored block that `old` and `out` come from; empty = none */
    char limit[19];     /* first id of the block after it; empty = none */
    bool open, changed;
    char last[19];      /* the last id taken */
    uint64_t members, added, removed, visited;
} crmi_audience_merge;

void crmi_audience_merge_init(crmi_audience_merge *m, const crmi_store *store,
                              const crmi_audience *head);
void crmi_audience_merge_clear(crmi_audience_merge *m);
/* Takes ids of 18 characters. CRMSYNC_E_PROTOCOL: one is not above the one before it. */
int32_t crmi_audience_merge_take(crmi_audience_merge *m, const crmsync_str *ids, size_t n,
                                 crmsync_error **err);
/* No more ids come: whoever was not among them has left. */
int32_t crmi_audience_merge_end(crmi_audience_merge *m, crmsync_error **err);

/* ---- reading ---- */

/* What became of an id. */
enum { CRMI_MEMBER_IS, CRMI_MEMBER_ADDED, CRMI_MEMBER_REMOVED };
typedef int32_t (*crmi_member_fn)(void *ctx, crmsync_str id, uint32_t change, crmsync_error **err);

/*
 * Visits the members above `after`; with `since` those who came or left after that generation. The
 * visitor may answer CRMI_VISIT_STOP.
 */
int32_t crmi_audience_members(const crmi_store *store, const crmi_audience *a, bool changes,
                              uint64_t since, crmsync_str after, crmi_member_fn visit, void *ctx,
                              crmsync_error **err);
/* Which of the ids, sorted, are members? */
int32_t crmi_audience_contains(const crmi_store *store, const crmi_audience *a,
                               const crmsync_str *ids, size_t n, bool *member,
                               crmsync_error **err);
/* Forgets an audience and its members. */
int32_t crmi_audience_forget(const crmi_store *store, crmsync_str name, crmsync_error **err);
/* Takes records out of all sets, as if they had never been in one: nobody is told that they left.
 * Reads all sets. */
int32_t crmi_audience_erase(const crmi_store *store, const crmsync_str *ids, size_t n,
                            crmsync_error **err);

#endif
