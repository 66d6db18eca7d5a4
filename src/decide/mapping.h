/*
 * Where the mapped fields of an object lie in a batch of the host's records and one of the CRM's:
 * found once for a page instead of once for each record.
 */
#ifndef CRMI_DECIDE_MAPPING_H
#define CRMI_DECIDE_MAPPING_H

#include "decide/decide.h"

typedef struct crmi_mapped_field {
    const crmi_field *field; /* as described; NULL = it is not, or a parent's */
    int32_t local, crm;      /* positions in the batches; -1 = not there */
    bool plain; /* the host's field as it is, no maps: what both sides hold alike is settled */
    bool sourced; /* a constant or a template: no field of the host's */
} crmi_mapped_field;

typedef struct crmi_mapping {
    const crmi_object_rule *rule;
    const crmi_object *object; /* NULL = not described */
    crmi_mapped_field *fields; /* one per rule, in their order */
    const crmsync_rows *local, *crm; /* batches that the positions are of; NULL = of none */
} crmi_mapping;

/* The fields are kept in the arena. `rule` NULL = no fields. false = no memory. */
bool crmi_mapping_make(crmi_mapping *mapping, crmi_arena *arena, const crmi_object_rule *rule,
                       const crmi_object *object);
/* Finds the positions anew where the batches are others than the last time; NULL = no record, and
 * the positions stay. */
void crmi_mapping_turn(crmi_mapping *mapping, const crmsync_rows *local, const crmsync_rows *crm);
/* Whether equal cells of both sides need no conversion to be told equal. */
bool crmi_rule_plain(const crmi_field_rule *rule);

#endif
