/*
 * A claim reserves a natural key while its CRM record is being made, so that two workers never make
 * it twice. Space 5, <kind>/<key kind>/<key>.
 */
#ifndef CRMI_STATE_CLAIM_H
#define CRMI_STATE_CLAIM_H

#include "state/document.h"
#include "state/key.h"

typedef struct crmi_claim {
    crmsync_str kind, key_kind, key;
    crmsync_str part, shipment;       /* which shipment is creating it */
    crmsync_str local_kind, local_id; /* and for whom */
    uint64_t version;                 /* 0 = free */
} crmi_claim;

crmi_key crmi_claim_key(crmsync_str kind, crmsync_str key_kind, crmsync_str key);
/* Fills part, shipment, local record and version of n claims whose key is set, in one snapshot. */
int32_t crmi_claim_get(const crmi_store *store, crmi_claim *claims, size_t n, crmi_arena *arena,
                       crmsync_error **err);
/* All claims that name a local record; they live in the arena. Reads the whole space: it holds only
 * what is being made right now. */
int32_t crmi_claims_of(const crmi_store *store, crmsync_str local_kind, crmsync_str local_id,
                       crmi_arena *arena, crmi_claim **claims, size_t *n, crmsync_error **err);
void crmi_claim_put(crmi_commit *c, const crmi_claim *claim); /* expects it to be free */
/* Expects the version when it is not 0. */
void crmi_claim_drop(crmi_commit *c, const crmi_claim *claim);

#endif
