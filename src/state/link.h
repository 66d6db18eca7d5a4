/*
 * The link: which CRM records one local record is, and what both sides held when they last agreed.
 * Space 2, key <kind>/<local id>.
 */
#error "LEAD: the link is plain values in src/model/link.h (crmi_link, crmi_target, crmi_shadow, crmi_cell_same/copy), because decide reads it too. Include it, drop the struct definitions and setters here (extend model/link.h additively if something is missing; link_add_target/put_shadow are there), keep here only: crmi_link_encode(link, buf); crmi_link_decode(arena, item, link, err); crmi_link_key; crmi_link_get(store, arena, kind, id, link, err); crmi_link_get_many(store, arena, kind, ids, n, links, err); crmi_link_put/_delete(commit, link); crmi_link_committed(commit, link); crmi_link_each. In document.h rename crmi_field to crmi_named_cell: it clashes with model/schema.h, and use crmi_cell_same of model/link.h. Sync includes all of these headers together. Remove this #error and NOTE.txt when done."
#ifndef CRMI_STATE_LINK_H
#define CRMI_STATE_LINK_H

#include "state/document.h"
#include "state/key.h"

/* What is known of one field's two values. Stored by name. */
enum {
    CRMI_SHADOW_AGREED = 0,
    CRMI_SHADOW_UNVERIFIED = 1, /* written by us, not read back yet */
    CRMI_SHADOW_DIVERGED = 2,   /* known to differ, by rule */
    CRMI_SHADOW_FOUGHT = 3      /* re-asserted too often: no write until the local value moves */
};

/* The base of one field: l as the host stored it, c as Salesforce returned it. */
typedef struct crmi_shadow {
    crmsync_str field; /* the mapping's name of the pair */
    crmsync_cell l, c; /* ABSENT = not known */
    uint32_t state;    /* CRMI_SHADOW_* */
    uint32_t asserts;  /* the same l written again, within the guard's period */
    int64_t asserted_at; /* server ms of the first of them */
    int64_t read_at;     /* server ms of the last read of c; 0 = never */
    crmsync_str extra;   /* members of a newer version */
} crmi_shadow;

/* State of a CRM record as a link knows it. Stored by name. */
enum {
    CRMI_END_LIVE = 0,
    CRMI_END_DELETED = 1,
    CRMI_END_CONVERTED = 2,
    CRMI_END_VANISHED = 3, /* not there and not reported deleted: rights, most likely */
    CRMI_END_MERGED = 4
};

/* Which of a link's records it is. Stored by name. */
enum {
    CRMI_END_PRIMARY = 0,
    CRMI_END_SECONDARY = 1,
    CRMI_END_OTHER = 2 /* kept ids: twins, merge losers, slots of an activity */
};

/* One CRM record of a link. */
typedef struct crmi_end {
    crmsync_str object, id; /* id of 18 characters */
    crmsync_str forward;    /* MERGED, CONVERTED: the id it became; else empty */
    uint32_t role;          /* CRMI_END_PRIMARY, _SECONDARY, _OTHER */
    uint32_t state;         /* CRMI_END_LIVE ... */
    uint64_t digest;        /* of the mapped remote fields when last seen; 0 = none */
    int64_t read_at;        /* server ms */
    crmi_shadow *shadows;
    size_t shadow_count, shadow_cap;
    crmsync_str extra;
} crmi_end;

#define CRMI_LINK_WRITE_BACK 0x1u   /* the host has not been told the CRM id yet */
#define CRMI_LINK_INACTIVE 0x2u     /* the last live record is gone */
#define CRMI_LINK_LOCKED 0x4u       /* a human chose it: no re-matching */
#define CRMI_LINK_DELETED_LOCALLY 0x8u
#define CRMI_LINK_ORPHAN 0x10u      /* an account made for people who could not be made */
#define CRMI_LINK_UNTOUCHED 0x20u   /* made by us, nothing hangs on it yet */

/* All texts live in the link's arena; the setters copy. */
typedef struct crmi_link {
    crmi_arena arena;
    crmsync_str kind, id;
    crmi_end *ends;
    size_t end_count, end_cap;
    uint64_t version;      /* of the entry; 0 = not stored yet */
    uint64_t local_digest; /* of the mapped local fields */
    uint64_t mapping;      /* digest of the mapping under which all digests were made */
    uint32_t flags;        /* CRMI_LINK_* */
    crmsync_str rule;      /* what matched: `email`, `domain`, `origin`, `created`, `manual` */
    crmsync_str outcome;   /* name of the last outcome: `created`, `updated`, `held`, ... */
    crmsync_str reason;    /* name of its reason code */
    int64_t outcome_at;    /* wall ms */
    crmsync_str rev;       /* the host's revision that was last synchronized */
    crmsync_str origin;    /* the CRM id the local record came from */
    crmsync_str *tombstones; /* slots whose CRM record a human deleted: never made again */
    size_t tombstone_count, tombstone_cap;
    crmsync_str extra;
} crmi_link;

void crmi_link_init(crmi_link *link, const crmsync_alloc *alloc);
void crmi_link_clear(crmi_link *link);
/* Empties it and names it. */
int32_t crmi_link_start(crmi_link *link, crmsync_str kind, crmsync_str id);

/* Setters; CRMSYNC_E_NOMEM leaves the link unchanged. */
int32_t crmi_link_set_text(crmi_link *link, crmsync_str *member, crmsync_str value);
/* The record of this id, made when it is not there. Pointers to ends and shadows hold until the
 * next one is added. */
crmi_end *crmi_link_add_end(crmi_link *link, crmsync_str object, crmsync_str id, uint32_t role);
crmi_end *crmi_link_find_end(const crmi_link *link, crmsync_str id);
crmi_end *crmi_link_role(const crmi_link *link, uint32_t role); /* first of the role, or NULL */
crmi_end *crmi_link_find_object(const crmi_link *link, crmsync_str object); /* first live, or NULL */
size_t crmi_link_live(const crmi_link *link); /* number of live records */
void crmi_link_remove_end(crmi_link *link, crmsync_str id);
crmi_shadow *crmi_end_shadow(const crmi_end *end, crmsync_str field); /* NULL = no base */
crmi_shadow *crmi_link_add_shadow(crmi_link *link, crmi_end *end, crmsync_str field);
int32_t crmi_link_set_cell(crmi_link *link, crmsync_cell *slot, const crmsync_cell *value);
void crmi_end_forget(crmi_end *end, crmsync_str field); /* drops a base: the rule has changed */
bool crmi_link_tombstone(const crmi_link *link, crmsync_str slot);
int32_t crmi_link_add_tombstone(crmi_link *link, crmsync_str slot);

void crmi_link_encode(const crmi_link *link, crmi_buf *out);
/* Replaces *link. CRMSYNC_E_CORRUPT with the key; *link is then empty. */
int32_t crmi_link_decode(crmi_link *link, const crmsync_kv_item *item, crmsync_error **err);

crmi_key crmi_link_key(crmsync_str kind, crmsync_str id);
/* Not there: CRMSYNC_OK with version 0, kind and id set. */
int32_t crmi_link_get(const crmi_store *store, crmsync_str kind, crmsync_str id, crmi_link *link,
                      crmsync_error **err);
/* `links` are n initialised links, answered in the order of the ids, in one snapshot. */
int32_t crmi_link_get_many(const crmi_store *store, crmsync_str kind, const crmsync_str *ids,
                           size_t n, crmi_link *links, crmsync_error **err);
/* Puts, expecting the version the link was read with. link->version is raised to the new one by
 * crmi_link_committed() once the commit is OK. */
void crmi_link_put(crmi_commit *c, const crmi_link *link);
void crmi_link_delete(crmi_commit *c, const crmi_link *link);
void crmi_link_committed(const crmi_commit *c, crmi_link *link);
typedef int32_t (*crmi_link_fn)(void *ctx, crmi_link *link, crmsync_error **err);
/* Every link of a kind (empty = of all); CRMI_VISIT_STOP ends it. */
int32_t crmi_link_each(const crmi_store *store, crmsync_str kind, crmi_link_fn visit, void *ctx,
                       crmsync_error **err);

#endif
