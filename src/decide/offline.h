/* Deciding from files: what is laid out for one page. */
#ifndef CRMI_DECIDE_OFFLINE_H
#define CRMI_DECIDE_OFFLINE_H

#include "decide/plan.h"

typedef struct crmi_offline {
    const crmsync_decide_input *in;
    crmsync_plan *plan;
    crmi_arena *arena;
    crmsync_schema *no_schema;
    crmi_decide_env env;
    crmi_record *people_found; /* Leads and Contacts */
    crmi_record *accounts;
    size_t people_found_count, account_count;
    crmi_person_input *people;
    crmi_company_input *companies;
    size_t company_count;
    crmi_map emails, ids; /* of people_found: first record of an address; record of an id */
    size_t *same_email;   /* next record of the same address + 1; 0 = none */
    crmsync_error **err;
} crmi_offline;

/* Copies a batch into the plan, typed by the object's describe when there is one. The plan's inputs
 * have room for it. */
int32_t crmi_offline_keep(crmi_offline *o, const crmsync_rows *from, crmsync_rows **out);
/* Names of fields and objects are borrowed from configuration and schema: the plan gets its own. */
bool crmi_offline_keep_names(crmi_plan *page);
/* Indexes the people found: each person is then decided among its own records only. */
int32_t crmi_offline_index(crmi_offline *o);
/* Gives a person the records it may be: those of its address, and those it names by id. */
int32_t crmi_offline_candidates(crmi_offline *o, crmi_person_input *person);

#endif
