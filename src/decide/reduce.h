/* Two values that become one instead of one winning over the other. */
#ifndef CRMI_DECIDE_REDUCE_H
#define CRMI_DECIDE_REDUCE_H

#include "decide/decide.h"

enum {
    CRMI_REDUCED_SAME,    /* both hold it already */
    CRMI_REDUCED_LOCAL,   /* the host's value is it */
    CRMI_REDUCED_CRM,     /* Salesforce's value is it */
    CRMI_REDUCED_VALUE,   /* a new one, for both sides */
    CRMI_REDUCED_ADDED,   /* a new one, for Salesforce alone */
    CRMI_REDUCED_STARTED, /* sum: there is no base to count from */
    CRMI_REDUCED_NOT,     /* values that cannot be combined */
    CRMI_REDUCED_NOMEM
};

typedef struct crmi_reduce_case {
    uint32_t reduce;             /* CRMI_REDUCE_*, not NONE */
    const crmi_field *field;     /* NULL = not described */
    const crmsync_cell *local;   /* the host's value as Salesforce would get it */
    const crmsync_cell *crm;
    const crmsync_cell *base;    /* sum: the host's value that was counted last; NULL = none */
} crmi_reduce_case;

/*
 * or, max, min, earliest and append give the same whatever the order and however often, and never
 * less than either side has; sum adds what the host's value has grown by since it was counted.
 */
uint32_t crmi_reduce(const crmi_reduce_case *c, crmi_arena *arena, crmsync_cell *out);

#endif
