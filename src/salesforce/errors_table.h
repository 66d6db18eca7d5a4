/* The tables behind errors.h. */
#ifndef CRMI_SALESFORCE_ERRORS_TABLE_H
#define CRMI_SALESFORCE_ERRORS_TABLE_H

#include "salesforce/errors.h"

typedef struct crmi_sf_status_rule {
    int32_t from, to;
    crmi_sf_rule rule;
} crmi_sf_status_rule;

typedef struct crmi_sf_message_rule {
    const char *code;
    const char *says; /* part of the message */
    crmi_sf_rule rule;
} crmi_sf_message_rule;

extern const crmi_sf_rule crmi_sf_rules[];
extern const size_t crmi_sf_rules_count;
extern const crmi_sf_status_rule crmi_sf_status_rules[];
extern const size_t crmi_sf_status_rules_count;
extern const crmi_sf_message_rule crmi_sf_message_rules[];
extern const size_t crmi_sf_message_rules_count;

#endif
