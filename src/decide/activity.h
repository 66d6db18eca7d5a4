/* What one activity looks like in Salesforce. */
#ifndef CRMI_DECIDE_ACTIVITY_H
#define CRMI_DECIDE_ACTIVITY_H

#include "decide/merge.h"
#include "decide/policy.h"

/* Records of one visit to a website: positions in the page, in the order of time. */
typedef struct crmi_visit {
    size_t *parts;
    size_t count;
    size_t leader; /* the one that is logged for all */
} crmi_visit;

typedef struct crmi_visits {
    crmi_visit *items;
    size_t count;
    size_t *of; /* per input: its visit, or CRMI_NO_DECISION */
} crmi_visits;

int32_t crmi_activity_visits(const crmi_decide_env *env, const crmi_activity_input *items,
                             size_t count, crmi_arena *arena, crmi_visits *out,
                             crmsync_error **err);
/* Positions of the inputs in the order of time; and the time, INT64_MAX = none. */
int32_t crmi_activity_turns(const crmi_activity_input *items, size_t count, crmi_arena *arena,
                            size_t **out, crmsync_error **err);
int64_t crmi_activity_time(crmi_record activity);

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
    const crmi_activity_input *page; /* all inputs */
    const crmi_visit *visit;         /* whose records it stands for; NULL = none but itself */
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

/* Of an edit: leaves out what was sent already, and empties what the activity says no more. */
int32_t crmi_activity_changes(const crmi_activity_case *c, crmi_fields *fields,
                              crmsync_error **err);
/* Sorts the plan's decisions from `first` on: what locks no account, then account by account. */
int32_t crmi_activity_order(const crmi_activity_input *items, crmi_plan *plan, size_t first,
                            crmsync_error **err);

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
