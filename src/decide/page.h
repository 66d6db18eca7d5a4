/* One page of an export while it is being decided. */
#ifndef CRMI_DECIDE_PAGE_H
#define CRMI_DECIDE_PAGE_H

#include "decide/match.h"
#include "decide/policy.h"

/* What is known of a company of the page. */
typedef struct crmi_company_state {
    bool keyed; /* keys are made */
    bool done;  /* decided */
    crmi_company_keys keys;
    crmsync_str id;  /* its existing Account */
    size_t decision; /* that creates it; CRMI_NO_DECISION */
    uint32_t held;   /* why it is neither */
    uint32_t rule;   /* how its Account was found */
    crmsync_str detail; /* what chose it of several */
} crmi_company_state;

typedef struct crmi_page {
    const crmi_decide_env *env;
    const crmi_export_page *in;
    crmi_plan *plan;
    crmi_arena *arena;
    crmi_company_state *companies;
    crmi_map claims; /* natural key -> decision that creates it */
    crmi_map taken;  /* CRM id of 15 characters -> decision that stands for it */
    crmi_map emails; /* e-mail key -> decision of the first person with it */
    crmi_mapping mappings[CRMI_OBJECT_LAST]; /* of the objects that are configured */
} crmi_page;

/* Makes room for that many decisions more; false = no memory. */
bool crmi_plan_reserve(crmi_plan *plan, size_t more);
/* Appends an empty decision; NULL = no memory. Earlier pointers into the plan become invalid. */
crmi_decision *crmi_plan_add(crmi_plan *plan);
void crmi_decision_settle(crmi_decision *d, uint32_t reason); /* outcome follows from the reason */
bool crmi_decision_fields(crmi_decision *d, const crmi_fields *fields); /* and the two operations */
/* Claims a natural key for a create; texts are built in the arena. */
bool crmi_decision_claim(crmi_arena *arena, crmi_decision *d, const char *prefix, crmsync_str key);
int64_t crmi_crm_stamp(crmi_record crm);
/* Where the object's fields lie; NULL = it is not configured. */
crmi_mapping *crmi_page_mapping(crmi_page *page, const crmi_object_rule *rule);

int32_t crmi_page_person(crmi_page *page, size_t i, crmsync_error **err);
/* Decides the further CRM records of a person, after the decision that stands at `index`. */
int32_t crmi_page_companions(crmi_page *page, size_t index, crmsync_error **err);
/* `demanded` = a Contact without an account needs it. */
int32_t crmi_page_company(crmi_page *page, size_t i, bool demanded, crmi_record person,
                          crmsync_error **err);

/* Adds the field that holds the host's id, if one is configured. */
int32_t crmi_external_id_field(const crmi_merge *m, crmi_fields *fields, crmsync_error **err);
/* Adds the account of a Contact. `id` empty = it follows from the parent decision. */
int32_t crmi_parent_field(const crmi_merge *m, crmsync_str id, bool follows, crmi_fields *fields,
                          crmsync_error **err);

#endif
