/* orgsim_faults.h: which request meets which fault, and what a broken answer looks like. */
#ifndef ORGSIM_FAULTS_H
#define ORGSIM_FAULTS_H

#include "orgsim.h"

/* When the request acts on the org. */
typedef enum orgsim_effect {
    ORGSIM_EFFECT_NOW,
    ORGSIM_EFFECT_NEVER,
    ORGSIM_EFFECT_LATE /* after `delay_ms` */
} orgsim_effect;

typedef struct orgsim_fault {
    const char *name;    /* as in the enum, lower case */
    orgsim_effect effect;
    uint32_t delay_ms;   /* of a late effect */
    uint32_t outcome;    /* CRMSYNC_HTTP_* */
    const char *detail;  /* what the log line says; "" for an answer */
} orgsim_fault;

/* The row of a kind; an unknown kind gives that of NONE. */
const orgsim_fault *orgsim_fault_of(enum orgsim_fault_kind kind);
/* By name, "lost_after"; ORGSIM_FAULT_LAST when there is none. */
enum orgsim_fault_kind orgsim_fault_named(const char *name);

/* An answer as it goes out; views into the response or into static text. */
typedef struct orgsim_wire_answer {
    int status;
    const crmsync_header *headers;
    size_t header_count;
    crmsync_str body;
} orgsim_wire_answer;

/* What the client sees of `real` (NULL when the request had no effect) under that fault. */
orgsim_wire_answer orgsim_fault_answer(enum orgsim_fault_kind kind, const orgsim_response *real);

/* Kills the access token of the request, as a fault 401 does. */
void orgsim_fault_kill_token(orgsim *org, const crmsync_header *headers, size_t count);

/* ---- the plan ---- */
typedef struct orgsim_fault_entry {
    uint64_t number; /* of the request; 0 = by `part` */
    char *part;
    enum orgsim_fault_kind kind;
} orgsim_fault_entry;

typedef struct orgsim_fault_plan {
    orgsim_fault_entry *entries;
    size_t count, cap;
    uint32_t per_mille; /* of the requests that meet nothing else */
    enum orgsim_fault_kind rate_kind;
    uint64_t random;
} orgsim_fault_plan;

/* Replaces what was planned for that number; NONE takes it back. */
void orgsim_fault_plan_number(orgsim_fault_plan *plan, uint64_t number,
                              enum orgsim_fault_kind kind);
void orgsim_fault_plan_part(orgsim_fault_plan *plan, const char *part,
                            enum orgsim_fault_kind kind);
void orgsim_fault_plan_rate(orgsim_fault_plan *plan, uint32_t per_mille,
                            enum orgsim_fault_kind kind, uint64_t seed);
/* The fault that request `number` meets; used up by being asked for. */
enum orgsim_fault_kind orgsim_fault_plan_take(orgsim_fault_plan *plan, uint64_t number,
                                              crmsync_str method, crmsync_str target);
void orgsim_fault_plan_clear(orgsim_fault_plan *plan);

#endif
