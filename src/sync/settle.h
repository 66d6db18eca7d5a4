/*
 * Settling: what a written (or refused, or unknown) record leaves behind. Works from the journal's
 * intents alone, so that it is the same after a restart.
 */
#ifndef CRMI_SYNC_SETTLE_H
#define CRMI_SYNC_SETTLE_H

#include "salesforce/errors.h"
#include "state/shipment.h"
#include "sync/apply.h"

/* How one intent ended. */
typedef struct crmi_settled {
    uint32_t state;     /* CRMI_SHIP_SETTLED, _FAILED, _UNKNOWN, _RETRY, _PARKED */
    crmsync_str crm_id; /* SETTLED */
    uint32_t outcome;   /* CRMSYNC_OUTCOME_* it is counted as */
    uint32_t reason;    /* CRMSYNC_REASON_* */
    uint32_t error_class;
    crmsync_str code, message, remedy;
    bool queue;         /* RETRY, FAILED: comes again through the queue */
    int64_t due_ms;     /* wall ms */
    crmsync_str twin_object, twin_id; /* the record that a duplicate rule named: it is linked */
} crmi_settled;

/*
 * Commits the ends of all intents of a shipment: links, claims, queue, dead letters, log, report.
 * The shipment is dropped, or kept with those that are still unknown. `in_flight`: its records were
 * counted when it was sent (crmi_report_sent).
 */
int32_t crmi_settle(crmsync_job *job, const char *flow, crmi_shipment *shipment,
                    const crmi_settled *ends, bool in_flight, crmsync_error **err);

/* The planner's part of an intent: rule, reason, why each field, digest. Written by the shipping
 * side, read when settling. */
void crmi_intent_plan_write(crmi_buf *out, const crmi_decision *d, uint64_t local_digest);

/* Tells the host the CRM ids it does not know yet (local.crm_id), for links whose flag is up. */
int32_t crmi_write_back(crmsync_job *job, crmsync_str kind, const crmsync_str *ids, size_t n,
                        crmsync_error **err);

#endif
