/*
 * Shipping: the CRM side of a plan. Decisions become parcels; parcels are packed into requests, each
 * written down as a shipment before it is sent, answered, and settled.
 */
#ifndef CRMI_SYNC_SHIP_H
#define CRMI_SYNC_SHIP_H

#include "salesforce/collections.h"
#include "salesforce/graph.h"
#include "state/shipment.h"
#include "sync/apply.h"
#include "sync/bulk_rows.h"

enum {
    CRMI_PARCEL_PENDING,
    CRMI_PARCEL_PACKED,  /* in the request under way */
    CRMI_PARCEL_DONE,
    CRMI_PARCEL_FAILED,
    CRMI_PARCEL_UNKNOWN, /* sent, outcome not known */
    CRMI_PARCEL_PARKED   /* somebody else is creating it, or its parent failed: later */
};

/* How a request goes. */
enum {
    CRMI_WAY_COLLECTIONS, /* up to 200 records, or five such collections in a composite */
    CRMI_WAY_GRAPHS,      /* a parent with its children, all of them or none */
    CRMI_WAY_SINGLES,     /* 25 requests of one record each in a composite, or one by itself */
    CRMI_WAY_IDEMPOTENT,  /* one create by the UI API, under a key */
    CRMI_WAY_BULK         /* a job of the Bulk API 2.0 */
};

typedef struct crmi_parcel {
    const crmi_decision *decision;
    uint32_t op;          /* CRMI_WRITE_CREATE, _UPDATE or _UPSERT */
    uint32_t state;
    crmsync_str object;
    crmsync_str crm_id;   /* updates; creates once they are done */
    crmsync_str key_field; /* upserts: the external id */
    crmi_write_field *fields;
    size_t field_count;
    size_t parent;        /* index of the parcel that gives parent_field its value, or CRMI_NO_PARCEL */
    size_t related;       /* the parent it points at by external id in the same request, or none */
    crmsync_str parent_field;
    bool literal;         /* holds "@{": no composite or graph, which would take it for a reference */
    bool unique;          /* upserts: the org keeps the external id unique, a repeat does no harm */
    bool alone;           /* goes as a request of its own: to learn its duplicate's id */
    bool not_bulk;        /* no CSV holds it, or the bulk job would not take it */
    crmsync_str group;    /* graph id within the request; empty = alone */
    uint32_t attempts; /* without refused fields, in this page */
    uint32_t tries;    /* in earlier pages, through the queue */
    size_t intent;        /* position in the shipment under way */
    uint64_t local_digest;
    crmi_write_result result;
} crmi_parcel;

#define CRMI_NO_PARCEL ((size_t)-1)
#define CRMI_SEND_MARGIN_MS 30000u /* E3: a request is gone this long before the lease ends */
#define CRMI_COMPOSITE_PARTS 5 /* collections in one composite */
#define CRMI_SHIP_PACES 12

/* What was learned in this run of how the org takes writes of one object. */
typedef struct crmi_ship_pace {
    char object[44];
    uint32_t op;
    uint64_t ms_per_row_x16; /* smoothed server time; 0 = not measured */
    size_t ceiling;          /* rows of a request, after trouble; 0 = none */
} crmi_ship_pace;

/* First member of the tasks that ship. */
typedef struct crmi_ship {
    crmi_task task;
    const char *flow;      /* "export" or "activities", for the report */
    crmi_arena arena;      /* parcels of the page */
    crmi_parcel *parcels;
    size_t count;
    size_t *packed;        /* parcels of the request under way, in the order of the request */
    size_t packed_count;
    size_t *order;         /* all parcels, those of one parent side by side */
    uint32_t way;          /* CRMI_WAY_*, of the request under way */
    bool graphs;           /* accounts with their contacts in one atomic graph */
    crmi_bulk_rows bulk;   /* the bulk job under way */
    bool no_bulk;          /* the org takes no bulk jobs of ours */
    bool no_keys;          /* the org's UI API knows no idempotency keys */
    crmi_shipment shipment;
    crmi_state_fn after;   /* where the task goes on once all parcels are settled */
    crmi_ship_pace paces[CRMI_SHIP_PACES];
    size_t graph_count, *graph_nodes;
    crmsync_str *graph_ids;
    size_t part_sizes[CRMI_COMPOSITE_PARTS]; /* rows of each collection in the request */
    size_t part_count;
} crmi_ship;

void crmi_ship_init(crmi_ship *ship, const char *flow, crmi_state_fn after);
void crmi_ship_clear(crmi_ship *ship);
/*
 * Makes parcels of all decisions that write to the CRM and goes on with shipping; `digests` are the
 * local digests of the plan's decisions. task->next becomes the first state, or `after` when there
 * is nothing to ship.
 */
int32_t crmi_ship_load(crmi_ship *ship, const crmi_plan *plan, const uint64_t *digests,
                       crmsync_error **err);
/* This record has been tried that often before: after some more it is a dead letter. */
void crmi_ship_tried(crmi_ship *ship, crmsync_str kind, crmsync_str id, uint32_t tries);
/* State: packs and sends the next request, or goes to `after`. */
int32_t crmi_ship_next(crmi_task *task, crmsync_error **err);

/* ship_pack.c: fills `packed` with what the next request holds; none = all is done. */
int32_t crmi_ship_pack(crmi_ship *ship, crmsync_error **err);
/* A note that is made: with its link to a record. Later it is edited like any other record. */
bool crmi_parcel_is_note(const crmi_parcel *p);
/* ship_journal.c: intents and head are durable when it returns; parked intents are not to be sent. */
int32_t crmi_ship_journal(crmi_ship *ship, crmsync_error **err);
/* ship_request.c: from packed parcels to a request, and from the answer to their results. */
int32_t crmi_ship_build(crmi_ship *ship, crmsync_error **err);
int32_t crmi_ship_read(crmi_ship *ship, const crmi_response *response, crmsync_error **err);
crmi_write crmi_parcel_write(const crmi_parcel *p);
/* How Salesforce is asked to treat this one. */
crmi_write_options crmi_parcel_options(const crmi_ship *ship, const crmi_parcel *p);
void crmi_parcel_take(crmi_parcel *p, const crmi_write_result *result);
/* ship_singles.c: requests of one record each, and creates under a key. */
int32_t crmi_ship_build_singles(crmi_ship *ship, crmsync_error **err);
int32_t crmi_ship_read_singles(crmi_ship *ship, const crmi_response *response, crmsync_error **err);
int32_t crmi_ship_build_idempotent(crmi_ship *ship, crmsync_error **err);
int32_t crmi_ship_read_idempotent(crmi_ship *ship, const crmi_response *response,
                                  crmsync_error **err);
/* ship_end.c: settles what was packed; what goes again without refused fields is pending. */
int32_t crmi_ship_settle(crmi_ship *ship, crmsync_error **err);
/* ship_pace.c: how many rows a request with this parcel may hold, and what its answer teaches. */
size_t crmi_ship_capacity(const crmi_ship *ship, const crmi_parcel *p);
void crmi_ship_measure(crmi_ship *ship, uint64_t elapsed_ms);

#endif
