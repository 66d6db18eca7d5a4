/*
 * What is remembered of a person in a campaign beside what Salesforce holds: which events counted,
 * when the member was seen last, when it was removed, and engagements that are not settled yet.
 * Space 4, `member/id/<campaign>/<person>`, with the key `crm_id` from the member's own id.
 */
#ifndef CRMI_STATE_MEMBERSHIP_H
#define CRMI_STATE_MEMBERSHIP_H

#include "state/index.h"

#define CRMI_MEMBERSHIP_OPEN_MAX 300u /* engagements that wait in one entry; more drop the oldest */

typedef struct crmi_membership_event {
    crmsync_str event;
    int64_t at; /* the latest one that counted, unix ms */
} crmi_membership_event;

typedef struct crmi_membership {
    crmsync_str id;       /* campaign and person, see crmi_membership_id() */
    crmsync_str campaign; /* id of 18 characters */
    crmsync_str person;   /* the host's id */
    crmsync_str crm_id;   /* of the CampaignMember; empty = never seen */
    int64_t seen_ms;      /* server time: it was there; 0 = never */
    int64_t removed_ms;   /* server time: it was found removed; 0 = never */
    crmi_membership_event *events;
    size_t event_count, event_cap;
    crmsync_str *open; /* ids of engagements that were decided and are not settled */
    size_t open_count, open_cap;
    crmsync_str extra;      /* members of a newer version */
    crmi_index_entry entry; /* as read */
} crmi_membership;

/* `<campaign>/<person>`; of a person whose id is long its digest. false = no memory. */
bool crmi_membership_id(crmi_arena *arena, crmsync_str campaign, crmsync_str person,
                        crmsync_str *out);
/* Reads `n` of them, whose id is set; campaign and person of one that is not stored stay as they
 * are. Texts live in the arena. */
int32_t crmi_memberships_get(const crmi_store *store, crmi_arena *arena, crmi_membership *items,
                             size_t n, crmsync_error **err);
/* Replaces the stored one, expecting it as it was read. */
void crmi_membership_put(crmi_commit *c, const crmi_membership *m);
/* Whose CampaignMember is it? *id empty = nobody's. */
int32_t crmi_membership_find(const crmi_store *store, crmi_arena *arena, crmsync_str crm_id,
                             crmsync_str *id, crmsync_error **err);
/* false = no memory. Each is remembered once. */
bool crmi_membership_add_open(crmi_arena *arena, crmi_membership *m, crmsync_str engagement);
bool crmi_membership_add_event(crmi_arena *arena, crmi_membership *m, crmsync_str event, int64_t at);

#endif
