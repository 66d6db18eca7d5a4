/* One field while it is decided: shared by the parts of the merge. */
#ifndef CRMI_DECIDE_MERGE_FIELD_H
#define CRMI_DECIDE_MERGE_FIELD_H

#include "decide/merge.h"
#include "decide/truth.h"

/* What is known of one field while it is decided. */
typedef struct crmi_field_case {
    const crmi_merge *m;
    const crmi_field_rule *rule;
    size_t at;                 /* its position among the rules of the object, or a guess */
    const crmi_field *field;   /* NULL = a parent's field, or the object is not described */
    const crmi_shadow *shadow; /* NULL = no base */
    crmi_shadow known;         /* where it lies, with what counts as empty empty */
    bool borrowed;             /* taken over from a converted or merged record */
    crmsync_cell l, c;         /* as they are */
    crmsync_cell sent;         /* l as Salesforce would get it */
    uint32_t converted;        /* result of that */
    uint32_t unmade;           /* why a template gave nothing */
    crmsync_cell combined;     /* a list that both sides get; ABSENT = none */
    crmi_arena *arena;
    bool writeable;
} crmi_field_case;

bool crmi_case_dotted(crmsync_str name); /* a field of a parent: a path over a relationship */
/* What the configuration takes for empty as NULL; ABSENT stays. */
crmsync_cell crmi_case_settled(const crmi_field_rule *rule, crmsync_cell cell);
/* The shadow of a rule's remote field, looked for at a position first; NULL = none. */
const crmi_shadow *crmi_case_shadow(const crmi_target *target, const crmi_field_rule *rule,
                                    size_t at);
/* Finds the base; called once both values are known. */
void crmi_case_take_shadow(crmi_field_case *f);
bool crmi_case_local_moved(const crmi_field_case *f); /* there is a base */
uint32_t crmi_case_moved(const crmi_field_case *f);   /* CRMI_MOVED_* */
uint32_t crmi_case_pair(const crmi_field_case *f);    /* CRMI_PAIR_* */
/* The same value was written again often enough for today. */
bool crmi_case_fought(const crmi_field_case *f);
/* CRMI_BASE_* to be stored: KEEP where the base says so already. */
uint32_t crmi_case_base(const crmi_field_case *f, const crmi_truth *t);
bool crmi_case_writeable(const crmi_field_case *f);   /* as describe has it */
uint32_t crmi_case_export(const crmi_field_case *f);  /* CRMI_EXPORT_* that holds for this value */
/*
 * Combines the two values where the rule says so: *done, and *t what to do. `unsent` = the base
 * knows no value of Salesforce's. false = no memory.
 */
bool crmi_case_reduce(crmi_field_case *f, bool unsent, bool *done, crmi_truth *t);

#endif
