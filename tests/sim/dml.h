/* dml.h: saving rows, with everything Salesforce checks and changes on the way. */
#ifndef ORGSIM_DML_H
#define ORGSIM_DML_H

#include "org.h"

typedef struct orgsim_writer {
    orgsim_row *user;
    bool by_hand;    /* inside the org: no field-level security, no duplicate rules, not counted */
    bool assign;     /* active assignment rules run */
    bool allow_save; /* duplicate rules that only warn are overruled */
} orgsim_writer;

/* `fields` is a JSON object; `attributes` in it is skipped. 0, or -1 and nothing changed. */
int orgsim_create(orgsim *org, const orgsim_writer *writer, orgsim_object *object,
                  yyjson_val *fields, orgsim_row **out, orgsim_problem *problem);
int orgsim_change_row(orgsim *org, const orgsim_writer *writer, orgsim_row *row,
                      yyjson_val *fields, orgsim_problem *problem);
int orgsim_remove(orgsim *org, const orgsim_writer *writer, orgsim_row *row,
                  orgsim_problem *problem);

/* ---- dml_value.c ---- */
typedef struct orgsim_draft {
    const orgsim_field *field;
    orgsim_value value;
    char *owned; /* text of the value */
} orgsim_draft;
/* Turns one JSON value into what would be stored. */
int orgsim_draft_make(orgsim *org, const orgsim_writer *writer, const orgsim_field *field,
                      yyjson_val *json, orgsim_draft *draft, orgsim_problem *problem);
bool orgsim_email_valid(const char *email);

/* ---- dml_derive.c: what the platform fills in ---- */
/* `before` has the old stage, status and so on; NULL when the row is new. */
int orgsim_derive(orgsim *org, const orgsim_writer *writer, orgsim_row *row,
                  const orgsim_row *before, orgsim_problem *problem);
/* Rows that come with a new one: statuses of a campaign, the document of a note. */
void orgsim_create_companions(orgsim *org, const orgsim_writer *writer, orgsim_row *row);
void orgsim_stamp(orgsim *org, const orgsim_writer *writer, orgsim_row *row, bool created);

/* ---- dml_rules.c: what the org's own people and the platform forbid ---- */
int orgsim_check_platform(orgsim *org, const orgsim_writer *writer, orgsim_row *row,
                          bool created, orgsim_problem *problem);
int orgsim_check_duplicates(orgsim *org, const orgsim_writer *writer, orgsim_row *row,
                            bool created, orgsim_problem *problem);
int orgsim_check_locks(orgsim *org, orgsim_row *row, orgsim_problem *problem);
int orgsim_check_validation(orgsim *org, orgsim_row *row, orgsim_problem *problem);
void orgsim_run_triggers(orgsim *org, orgsim_row *row);

#endif
