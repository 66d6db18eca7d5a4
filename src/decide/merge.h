/* One record of both sides: which field goes which way, and what its base becomes. */
#ifndef CRMI_DECIDE_MERGE_H
#define CRMI_DECIDE_MERGE_H

#include "decide/decide.h"
#include "decide/mapping.h"

/* Fields of one decision while it is being made. */
typedef struct crmi_fields {
    crmi_arena *arena;
    crmi_field_decision *items;
    size_t count;
    size_t cap;
} crmi_fields;

void crmi_fields_init(crmi_fields *fields, crmi_arena *arena, size_t expected);
crmi_field_decision *crmi_fields_add(crmi_fields *fields, crmsync_str local, crmsync_str remote);
crmi_field_decision *crmi_fields_find(const crmi_fields *fields, crmsync_str remote);
bool crmi_fields_any_out(const crmi_fields *fields); /* anything written to the CRM? */
bool crmi_fields_take(const crmi_fields *fields);    /* anything written to the host? */

typedef struct crmi_merge {
    const crmi_decide_env *env;
    const crmi_object_rule *rule;
    const crmi_object *object; /* NULL = not described */
    crmi_record local;         /* {NULL,0} = to be created from the CRM's */
    crmi_record crm;           /* {NULL,0} = to be created from the host's */
    const crmi_link *link;
    const crmi_target *target; /* base of `crm`; NULL = none */
    const crmi_target *from;   /* where there is no target: the linked record that became `crm` */
    bool out;                  /* the CRM may be written */
    bool in;                   /* the host may be written */
    crmi_mapping *mapping;     /* of rule and object, for the page; NULL = fields by their names */
    bool fill_only;            /* a secondary record: it may only fill what is empty locally */
} crmi_merge;

/* Whether a field of the host is one of local.opt_out and local.do_not_contact. */
bool crmi_is_consent(const crmi_local_names *names, crmsync_str local);
/* Nothing, or one of the values that the configuration takes for nothing. */
bool crmi_field_empty(const crmi_field_rule *rule, const crmsync_cell *cell);
/* The host's value: of its field, the constant, or what the template makes. 0; TEMPLATE_INCOMPLETE
 * with *out ABSENT; CRMI_CONVERT_NOMEM. */
uint32_t crmi_field_source(const crmi_merge *m, const crmi_field_rule *rule,
                           const crmi_field *field, crmi_arena *arena, crmsync_cell *out);
/* The field as records of this one's type have it; NULL = not described, or not shown. */
const crmi_field *crmi_merge_field(const crmi_merge *m, crmsync_str remote);
/* Decides every mapped field. CRMSYNC_E_NOMEM otherwise. */
int32_t crmi_merge_fields(const crmi_merge *m, crmi_fields *fields, crmsync_error **err);
/* Decides one field by a rule; `pinned` is the rule told in the decision (NULL for status). */
int32_t crmi_merge_one(const crmi_merge *m, const crmi_field_rule *rule,
                       const crmi_field_rule *pinned, crmi_fields *fields, crmsync_error **err);

#endif
