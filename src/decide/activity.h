/* What one activity looks like in Salesforce. */
#ifndef CRMI_DECIDE_ACTIVITY_H
#define CRMI_DECIDE_ACTIVITY_H

#include "decide/merge.h"
#include "decide/policy.h"

typedef struct crmi_activity_case {
    const crmi_decide_env *env;
    const crmi_activity_input *in;
    const crmi_activity_kind *kind;
    uint32_t number;   /* CRMI_ACTIVITY_* */
    uint32_t log;      /* CRMI_LOG_*: what it becomes, or is already */
    const crmi_object *object;
    crmsync_str who;   /* the slot's record */
    bool contact;      /* which is a Contact */
    bool redacted;     /* the host wants nothing of its content copied */
    const crmi_target *target; /* the record to edit; NULL = it is to be created */
} crmi_activity_case;

/* Adds what the record shall hold; nothing when there is nothing to tell. CRMSYNC_E_NOMEM. */
int32_t crmi_activity_fields(const crmi_activity_case *c, crmi_fields *fields, crmsync_error **err);

crmsync_str crmi_activity_text(const crmi_activity_case *c, const char *field); /* trimmed */
/* Subject: the host's own, or the kind's words. */
int32_t crmi_activity_subject(const crmi_activity_case *c, crmi_arena *arena, crmsync_str *out,
                              crmsync_error **err);
/*
 * Description: what happened, a line each, then what was said where that is logged. *reason tells
 * whether something was shortened or withheld. Empty = nothing to tell.
 */
int32_t crmi_activity_description(const crmi_activity_case *c, crmi_arena *arena, crmsync_str *out,
                                  uint32_t *reason, crmsync_error **err);

/* The open opportunity that a Contact's activity is related to. */
typedef struct crmi_opportunity_choice {
    crmsync_str id;  /* empty = none */
    uint32_t reason; /* 0 = nothing to tell */
} crmi_opportunity_choice;
crmi_opportunity_choice crmi_activity_opportunity(const crmi_activity_case *c);

/* May the inputs that shall be created (`wanted`) be logged? CRMSYNC_E_NOMEM. */
int32_t crmi_activity_admit(const crmi_decide_env *env, const crmi_activity_input *items,
                            size_t count, const bool *wanted, uint32_t *refused, crmi_arena *arena,
                            crmsync_error **err);

#endif
