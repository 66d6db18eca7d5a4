/* One person of a page while being decided. */
#ifndef CRMI_DECIDE_PERSON_CASE_H
#define CRMI_DECIDE_PERSON_CASE_H

#include "decide/page.h"

typedef struct crmi_person_case {
    crmi_page *page;
    const crmi_person_input *in;
    size_t index;
    crmsync_str email;
    crmi_match match;
    const crmi_object_rule *rule; /* of the object found or routed to */
    crmi_merge merge;
    crmi_fields fields;
} crmi_person_case;

/* Adds the person's decision; NULL = no memory. */
crmi_decision *crmi_person_add(crmi_person_case *p, uint32_t reason);
/* Adds one that does nothing. */
int32_t crmi_person_stop(crmi_person_case *p, uint32_t reason, crmsync_error **err);
/* Adds one of a second local record of the same CRM record or the same create; `of` may be of
 * another page. */
int32_t crmi_person_duplicate(crmi_person_case *p, size_t of, crmsync_error **err);
/* How fields meet: `crm` without rows = on a create. */
crmi_merge crmi_person_merge(const crmi_person_case *p, crmi_record crm);
/* Decides the company that the Contact has to be tied to; NULL = none is. */
int32_t crmi_person_company(crmi_person_case *p, const crmi_company_state **company,
                            crmsync_error **err);
/* How the account was found that a Contact is tied to, or that it goes without one. */
int32_t crmi_person_tell_account(const crmi_person_case *p, const crmi_company_state *company,
                                 crmi_decision *d, crmsync_error **err);
/* person_create.c: nothing was found. */
int32_t crmi_person_create(crmi_person_case *p, crmsync_error **err);

#endif
