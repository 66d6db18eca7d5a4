/* A shipment while it is being settled. */
#ifndef CRMI_SYNC_SETTLE_PAGE_H
#define CRMI_SYNC_SETTLE_PAGE_H

#include "sync/settle.h"

#define CRMI_NO_UNIT ((size_t)-1)

/* One link of the shipment, with the intents that are about it. */
typedef struct crmi_settling {
    crmi_link link, before;
    size_t unit; /* CRMI_NO_UNIT = none yet */
    size_t first, last; /* its intents, from the first one along `next_of` */
    bool touched;
} crmi_settling;

typedef struct crmi_settle_page {
    crmsync_job *job;
    const char *flow;
    crmi_shipment *shipment;
    const crmi_settled *ends;
    crmi_arena arena;
    crmi_units units;
    crmi_settling *links;
    size_t link_count;
    size_t *link_of; /* per intent */
    size_t *next_of; /* per intent: the next one of its link, or the count */
    bool unknown;    /* some are: the shipment stays */
    bool in_flight; /* the page of these records is still open: it looks at them again after a crash
                     */
} crmi_settle_page;

/* The host's field that a field of an intent belongs to; empty = none. */
crmsync_str crmi_settle_local_name(const crmi_settle_page *p, const crmi_intent *in,
                                   crmsync_str remote);
const crmsync_cell *crmi_settle_named(const crmi_named_cell *list, size_t n, crmsync_str name);

/* settle_link.c: what the link remembers of a record that was written, or refused. */
int32_t crmi_settle_link(crmi_settle_page *p, crmi_settling *s, const crmi_intent *in,
                         const crmi_settled *end, crmsync_error **err);
int32_t crmi_settle_link_failed(crmi_settle_page *p, crmi_settling *s, const crmi_intent *in,
                                const crmi_settled *end, crmsync_error **err);
/* The record that a duplicate rule named becomes the primary one; it is read and decided on next. */
int32_t crmi_settle_link_twin(crmi_settle_page *p, crmi_settling *s, const crmi_settled *end,
                              crmsync_error **err);

/* settle_trace.c: what an intent leaves beside its link; all of it goes into the open unit. */
/* Its claims are dropped. */
void crmi_settle_drop_claims(crmi_settle_page *p, const crmi_intent *in);
/* Does this end count as a try of the record? Waiting for others, or for the org, does not. */
bool crmi_settle_tried(const crmi_settled *end);
/* It comes again, with the wish it was asked for with. */
int32_t crmi_settle_put_queue(crmi_settle_page *p, const crmi_intent *in, const crmi_settled *end,
                              crmsync_error **err);
void crmi_settle_put_dead(crmi_settle_page *p, const crmi_intent *in, const crmi_settled *end);
int32_t crmi_settle_put_log(crmi_settle_page *p, const crmi_intent *in, const crmi_settled *end,
                            crmsync_error **err);
/* A record that had failed for good is well again. */
int32_t crmi_settle_drop_dead(crmi_settle_page *p, const crmi_settling *s, const crmi_intent *in,
                              crmsync_error **err);

#endif
