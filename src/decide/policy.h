/* Where a person goes, who owns the record, its status, its stamp, and what must be there. */
#ifndef CRMI_DECIDE_POLICY_H
#define CRMI_DECIDE_POLICY_H

#include "decide/merge.h"

/* CRMI_ROUTE_* of a person without a CRM record; a reason in *held or *skipped when there is none.
 */
uint32_t crmi_route_of(const crmi_decide_env *env, const crmi_person_input *in, uint32_t *reason);

/* Is the record in one of the configured segments? Without segments everything is. */
bool crmi_in_segment(const crmi_decide_env *env, crmi_record local);
/* Was it found by an id, not only by what it says? */
bool crmi_known_by_id(uint32_t rule);
/* Leaves alone every field but those of the names, local or remote; n 0 = all are meant. */
void crmi_fields_choose(crmi_fields *fields, const crmsync_str *names, size_t n);

typedef struct crmi_owner_choice {
    crmsync_str id;  /* empty = leave the owner out */
    uint32_t reason; /* CRMSYNC_REASON_OWNER_*; 0 = owners are not configured */
    bool assign;     /* let the org's assignment rules run (Lead create) */
    bool refused;    /* the configuration demands an owner */
} crmi_owner_choice;
/* Who shall own the record of a local one; `object` decides whether a queue may. */
crmi_owner_choice crmi_owner_of(const crmi_decide_env *env, crmi_record local, const char *object);
/* Adds OwnerId as the policy says. `fresh` = create; `linked` = found only now. */
int32_t crmi_owner_field(const crmi_merge *m, const crmi_owner_choice *choice, bool fresh,
                         bool linked, crmi_fields *fields, crmsync_error **err);

/* Adds the status field. `quiet` = a record that is only being linked: nothing is written for it.
 */
int32_t crmi_status_field(const crmi_merge *m, bool quiet, crmi_fields *fields,
                          crmsync_error **err);
/* Adds the lead-source stamp. */
int32_t crmi_stamp_field(const crmi_merge *m, crmi_fields *fields, crmsync_error **err);
/*
 * Fills what Salesforce requires of a new record from configured defaults. 0, or REQUIRED_MISSING
 * or VALUE_REFUSED with the names in *detail. Never a value of our own invention.
 */
int32_t crmi_required_fields(const crmi_merge *m, bool parent_follows, crmi_fields *fields,
                             uint32_t *reason, crmsync_str *detail, crmsync_error **err);

#endif
