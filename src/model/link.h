/*
 * A link: what the sync remembers of one local record and the CRM records it stands for.
 * Plain values: the state layer encodes them, decide reads them, sync changes them.
 *
 * Every text lies in the arena the link was decoded into or built with.
 */
#ifndef CRMI_MODEL_LINK_H
#define CRMI_MODEL_LINK_H

#include "base/str.h"

/* Life of one linked CRM record. Names are stored. */
enum {
    CRMI_TARGET_LIVE = 0,
    CRMI_TARGET_DELETED = 1,
    CRMI_TARGET_CONVERTED = 2, /* a Lead that became a Contact */
    CRMI_TARGET_VANISHED = 3,  /* not readable any more, not reported deleted */
    CRMI_TARGET_MERGED = 4     /* a loser: kept as a pointer */
};

/* State of the two shadows of a field. */
enum {
    CRMI_SHADOW_AGREED = 0,
    CRMI_SHADOW_UNVERIFIED = 1, /* we wrote it and have not read it back */
    CRMI_SHADOW_DIVERGED = 2,   /* a rule let the two sides differ */
    CRMI_SHADOW_FOUGHT = 3      /* changed back every time: no write until the local value moves */
};

/* What both sides held when they were last settled. */
typedef struct crmi_shadow {
    crmsync_str local;   /* local field name */
    crmsync_str remote;  /* Salesforce field name */
    crmsync_cell l;      /* local value as the host stored it */
    crmsync_cell c;      /* CRM value as Salesforce returned it, or as we sent it when unverified */
    uint32_t state;      /* CRMI_SHADOW_* */
    uint32_t asserts;    /* times the same l was written again within asserts_since + 24 h */
    int64_t asserts_since; /* server time, ms; 0 = never */
    int64_t read_at;     /* server time of the last read or write, ms */
    crmsync_str extra;   /* as in the link */
} crmi_shadow;

/* One CRM record of the link. */
typedef struct crmi_target {
    crmsync_str object; /* Lead, Contact, Account, ... */
    crmsync_str id;     /* 18 characters */
    uint32_t state;     /* CRMI_TARGET_* */
    crmsync_str moved_to; /* MERGED: winner; CONVERTED: the Contact */
    int64_t stamp;      /* SystemModstamp of the last read, ms */
    bool shared;        /* another local record leads it; this one only points to it */
    bool inherited;     /* not stored: it was shared, and this record leads it from now on */
    uint64_t way_back;  /* not stored: version of the reverse row that then is replaced */
    uint64_t remote_digest; /* of the mapped remote fields at the last read; 0 = none */
    crmi_shadow *shadows;
    size_t shadow_count;
    crmsync_str extra;  /* as in the link */
} crmi_target;

typedef struct crmi_link {
    crmsync_str kind;     /* local kind */
    crmsync_str local_id;
    crmi_target *targets; /* [0] is the primary one when there is any */
    size_t target_count;
    uint64_t local_digest;   /* of the mapped local fields at the last decision; 0 = none */
    uint64_t mapping_stamp;  /* digest of the mapping that both digests were made with */
    crmsync_str rev;         /* local revision at the last decision */
    crmsync_str rule;        /* which rule matched, a stored reason name */
    crmsync_str last_outcome; /* stored reason name of the last decision */
    int64_t last_run_ms;
    bool inactive;           /* the CRM deleted it: no re-creation until reactivated */
    bool write_back;         /* the CRM id must still be saved into the local record */
    bool account_locked;     /* a human's (or a conversion's) account link: never recomputed */
    bool orphan;             /* an Account made for people who could not be made */
    bool deleted_locally;
    crmsync_str *tombstones; /* activity slots whose CRM record a human deleted: never made again */
    size_t tombstone_count;
    uint64_t version;        /* of the stored entry; 0 = not stored yet */
    crmsync_str extra;       /* JSON object of members this version does not know; empty = none */
} crmi_link;

crmi_target *crmi_link_primary(const crmi_link *link); /* first LIVE one, or NULL */
crmi_target *crmi_link_target(const crmi_link *link, crmsync_str id);        /* NULL = not there */
crmi_target *crmi_link_object(const crmi_link *link, const char *object);    /* first LIVE of it */
crmi_shadow *crmi_target_shadow(const crmi_target *target, crmsync_str remote);
bool crmi_link_any_live(const crmi_link *link);
bool crmi_link_leads(const crmi_link *link); /* any living one that is not another record's */
/* Grow the link; texts are copied into the arena. NULL = no memory. */
crmi_target *crmi_link_add_target(crmi_arena *arena, crmi_link *link, crmsync_str object,
                                  crmsync_str id);
crmi_shadow *crmi_target_put_shadow(crmi_arena *arena, crmi_target *target, crmsync_str local,
                                    crmsync_str remote);
bool crmi_link_make_primary(crmi_link *link, crmsync_str id);

/*
 * What a shadow keeps of an activity's value: the value, or of a long text its digest, since links
 * are small. false = no memory.
 */
bool crmi_shadow_keep(crmi_arena *arena, const crmsync_cell *in, crmsync_cell *out);
bool crmi_shadow_digested(const crmsync_cell *kept);

/* Cells by value: same type and same content (ABSENT equals ABSENT). */
bool crmi_cell_same(const crmsync_cell *a, const crmsync_cell *b);
bool crmi_cell_copy(crmi_arena *arena, const crmsync_cell *in, crmsync_cell *out);
bool crmi_cell_blank(const crmsync_cell *cell); /* ABSENT, NULL, or text of white space only */

#endif
