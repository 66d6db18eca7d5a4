/* People while they are checked: what suppression_check.c and suppression_deals.c share. */
#ifndef CRMI_DECIDE_SUPPRESSION_CASE_H
#define CRMI_DECIDE_SUPPRESSION_CASE_H

#include "decide/suppression.h"

typedef struct crmi_finding {
    uint32_t reason; /* CRMSYNC_REASON_*; the smaller, the stronger */
    crmsync_str source, record, name;
    bool ends;
    int64_t until; /* days, when it ends */
} crmi_finding;

typedef struct crmi_findings {
    crmi_finding *items;
    size_t count, cap;
} crmi_findings;

typedef struct crmi_check {
    const crmsync_suppression *s;
    const crmi_suppression_rule *rule;
    crmsync_suppression_query q;
    crmi_decide_env env;
    int64_t today;
    crmi_map companies;  /* id -> row */
    crmi_findings gaps;  /* sources missing, incomplete, stale: the same for everybody */
    crmi_findings found; /* of the person at hand */
    crmi_arena arena;    /* texts of the person at hand */
    crmi_record person, company;
    crmi_company_keys keys;
    crmsync_str email, email_domain;
    crmsync_str ids[3], accounts[2]; /* contact, lead, local.crm_id; of person and company */
    bool opt_out, do_not_call;
    bool oom;
    crmsync_rows *out;
} crmi_check;

/* Adds to one of the lists of findings; memory that lacks is seen at the end, in `oom`. */
void crmi_check_add(crmi_check *c, crmi_findings *list, crmi_finding f);
/* Does the person's or company's own record say that it is a customer? */
void crmi_check_marked(crmi_check *c, crmi_record record);
void crmi_check_opportunities(crmi_check *c);

#endif
