/* The merge truth table: who wins a field, as data. */
#ifndef CRMI_DECIDE_TRUTH_H
#define CRMI_DECIDE_TRUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the two sides hold. */
enum {
    CRMI_PAIR_EQUAL = 1,       /* save-equivalent, or both empty */
    CRMI_PAIR_CRM_EMPTY = 2,   /* v, empty */
    CRMI_PAIR_LOCAL_EMPTY = 4, /* empty, w */
    CRMI_PAIR_BOTH = 8         /* v, w, not equivalent */
};
/* Who moved since the base. */
enum {
    CRMI_MOVED_NO_BASE = 1,
    CRMI_MOVED_NEITHER = 2,
    CRMI_MOVED_CRM = 4,
    CRMI_MOVED_LOCAL = 8,
    CRMI_MOVED_BOTH = 16
};
/* Whose change is newer, where both moved and the host knows when it changed the field. */
enum { CRMI_NEWER_UNDECIDED = 1, CRMI_NEWER_CRM = 2, CRMI_NEWER_LOCAL = 4 };

enum {
    CRMI_ACTION_NOTHING = 0,
    CRMI_ACTION_WRITE = 1, /* the CRM gets the local value, or nothing */
    CRMI_ACTION_TAKE = 2   /* the host gets the CRM's value, or nothing */
};

typedef struct crmi_truth_case {
    uint32_t pair;        /* CRMI_PAIR_* */
    uint32_t moved;       /* CRMI_MOVED_* */
    uint32_t import;      /* CRMI_IMPORT_* */
    uint32_t export_rule; /* CRMI_EXPORT_* */
    uint32_t winner;      /* CRMI_WINNER_* */
    uint32_t newer;       /* CRMI_NEWER_* */
    bool propagate_null;
} crmi_truth_case;

typedef struct crmi_truth {
    uint32_t action; /* CRMI_ACTION_* */
    uint32_t reason; /* CRMSYNC_REASON_* */
    uint32_t base;   /* CRMI_BASE_* */
} crmi_truth;

crmi_truth crmi_truth_of(const crmi_truth_case *c);

/*
 * Salesforce has no stamps per field: LastModifiedDate moves when any field does. A local change
 * at `changed_ms` is older than the CRM's when it happened before we last read the CRM value, newer
 * when it happened after the row's last modification, else it cannot be told.
 */
uint32_t crmi_newer(int64_t changed_ms, int64_t read_at_ms, int64_t last_modified_ms);

#endif
