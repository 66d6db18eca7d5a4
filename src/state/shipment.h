/*
 * Shipments: what is about to be sent, written down before it is sent. Space 8, head
 * <part>/<ulid>, intents <part>/<ulid>/<n>. Rows and claims are committed first, the head last:
 * only the head permits the send, and rows without a head were never sent.
 */
#ifndef CRMI_STATE_SHIPMENT_H
#define CRMI_STATE_SHIPMENT_H

#include "state/claim.h"

/* States of a shipment and of each intent. Stored by name. */
enum {
    CRMI_SHIP_PLANNED = 0,
    CRMI_SHIP_SENDING = 1,
    CRMI_SHIP_SETTLED = 2,
    CRMI_SHIP_FAILED = 3,
    CRMI_SHIP_UNKNOWN = 4,
    CRMI_SHIP_RETRY = 5,
    CRMI_SHIP_PARKED = 6 /* somebody else holds its claim: not sent */
};

#define CRMI_ULID_LEN      26
#define CRMI_ULID_TIME     10 /* of them, those that tell the time */
#define CRMI_INTENT_CLAIMS 4

/* One record to be written. Texts and arrays are borrowed by _add (copied) or in the arena. */
typedef struct crmi_intent {
    crmsync_str uuid;           /* also the Idempotency-Key where there is one */
    crmsync_str op;             /* `create`, `update`, `delete`, `upsert` */
    crmsync_str object, crm_id; /* crm_id: update, delete; after settling also create */
    crmsync_str local_kind, local_id, local_rev;
    crmsync_str slot;              /* activity: whose timeline; else empty */
    const crmi_named_cell *fields; /* as sent, CRM form */
    size_t field_count;
    const crmi_named_cell *local; /* the local values they were made from, by mapping name */
    size_t local_count;
    const crmi_named_cell *before; /* pre-image of an update */
    size_t before_count;
    const crmi_claim *claims; /* kind, key_kind, key */
    size_t claim_count;
    crmsync_str user;  /* CRM user id that will be CreatedById */
    crmsync_str group; /* all-or-nothing group; empty = alone */
    uint32_t position; /* item number in the request */
    uint32_t state;    /* CRMI_SHIP_* */
    uint32_t attempts;
    int64_t sent;              /* server ms, lower bound */
    int64_t look_after;        /* server ms: absence is no proof before */
    crmsync_str plan;          /* a JSON object of the planner, or empty */
    crmsync_str code, message; /* FAILED */
    crmsync_str extra;
} crmi_intent;

typedef struct crmi_shipment {
    crmi_arena arena;
    crmsync_str part, ulid;
    crmsync_str kind;    /* how it is sent: `collections`, `graph`, `single`, `bulk`, ... */
    crmsync_str job;     /* bulk: the job's id */
    crmsync_str run;     /* the run that made it */
    uint32_t state;      /* CRMI_SHIP_* */
    int64_t sent;        /* server ms, lower bound */
    int64_t send_within; /* ms from `sent` within which it left, at the latest */
    crmi_intent *intents;
    size_t count, cap;
    size_t rows;      /* rows the intents lie in */
    uint64_t version; /* of the head; 0 = none */
    crmsync_str extra;
} crmi_shipment;

/* Sortable by time, unique by 80 random bits; with a NUL. */
int32_t crmi_ulid_make(crmi_random random, int64_t wall_ms, char out[CRMI_ULID_LEN + 1],
                       crmsync_error **err);
/* What every ulid of that millisecond begins with: a bound of key ranges. */
void crmi_ulid_time(int64_t wall_ms, char out[CRMI_ULID_TIME + 1]);
/* A random UUID (version 4), with a NUL. */
int32_t crmi_uuid_make(crmi_random random, char out[37], crmsync_error **err);

void crmi_shipment_init(crmi_shipment *s, const crmsync_alloc *alloc);
void crmi_shipment_clear(crmi_shipment *s);
int32_t crmi_shipment_start(crmi_shipment *s, crmsync_str part, crmsync_str ulid, crmsync_str kind,
                            crmsync_str run);
int32_t crmi_shipment_add(crmi_shipment *s, const crmi_intent *intent); /* copies */

/*
 * Writes it down: rows, claims, and the head in state SENDING, in one commit when the store's
 * limits allow, else the head last. An intent whose claim is held by somebody else becomes PARKED
 * and is not to be sent. No intent left: no head, nothing stays behind.
 */
int32_t crmi_shipment_journal(const crmi_store *store, crmi_shipment *s, crmsync_error **err);
/* Writes present states: the rows, in as many commits as they need, and the head last. */
int32_t crmi_shipment_store(const crmi_store *store, crmi_shipment *s, crmsync_error **err);
/* The same as part of one commit: for a shipment known to be small. */
void crmi_shipment_save(crmi_commit *c, crmi_shipment *s);
/* The head alone, as it is now: the rows stay as they were written. */
void crmi_shipment_put_head(crmi_commit *c, const crmi_shipment *s);
/* Adds the removal of head and rows; the claims are dropped with their intents' settle units. */
void crmi_shipment_drop(crmi_commit *c, const crmi_shipment *s);
/* The same in two parts, for a shipment of any size: without its head nothing of it counts. */
void crmi_shipment_drop_head(crmi_commit *c, const crmi_shipment *s);
int32_t crmi_shipment_drop_rows(const crmi_store *store, const crmi_shipment *s,
                                crmsync_error **err);
/* After either was committed. */
void crmi_shipment_committed(const crmi_commit *c, crmi_shipment *s);
/* Claims that an intent holds, with the shipment filled in: for crmi_claim_drop. */
crmi_claim crmi_shipment_claim(const crmi_shipment *s, const crmi_intent *intent, size_t i);

/* CRMSYNC_E_NOT_FOUND; CRMSYNC_E_CORRUPT. */
int32_t crmi_shipment_load(const crmi_store *store, crmsync_str part, crmsync_str ulid,
                           crmi_shipment *s, crmsync_error **err);
/* Ulids of the shipments of a partition that have a head, oldest first. */
int32_t crmi_shipment_list(const crmi_store *store, crmsync_str part, crmi_arena *arena,
                           crmsync_str **ulids, size_t *n, crmsync_error **err);
/* Drops rows without a head, and the claims they name. *dropped may be NULL. */
int32_t crmi_shipment_sweep(const crmi_store *store, crmsync_str part, size_t *dropped,
                            crmsync_error **err);

#endif
