/* The table of reasons, for the docs and the tests that walk it. */
#ifndef CRMI_DECIDE_REASON_H
#define CRMI_DECIDE_REASON_H

#include <crmsync/reasons.h>

typedef struct crmi_reason {
    uint32_t number;
    uint32_t outcome; /* CRMSYNC_OUTCOME_*; 0 = a match rule or a field's reason */
    const char *name; /* stored */
    const char *text;
    const char *remedy;
} crmi_reason;

size_t crmi_reason_count(void);
const crmi_reason *crmi_reason_at(size_t i);          /* ascending by number; NULL past the end */
const crmi_reason *crmi_reason_find(uint32_t number); /* NULL = unknown */

/* What a reason is of. */
enum { CRMI_REASON_OF_MATCH, CRMI_REASON_OF_RECORD, CRMI_REASON_OF_FIELD };
uint32_t crmi_reason_of(const crmi_reason *reason);

#endif
