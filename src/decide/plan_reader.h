/* Reading a plan: what plan_read.c and plan_read_value.c share. */
#ifndef CRMI_DECIDE_PLAN_READER_H
#define CRMI_DECIDE_PLAN_READER_H

#include "decide/plan.h"
#include "decide/plan_words.h"
#include "decide/reason.h"

#include "base/json.h"

typedef struct crmi_plan_reader {
    crmsync_plan *plan;
    crmi_arena *arena;
    size_t total; /* operations in the document */
    size_t op, field;
    bool in_field;
    crmsync_error **err;
} crmi_plan_reader;

/* Refuses the member, with its place in the document. */
int32_t crmi_plan_bad(crmi_plan_reader *r, const char *member, const char *message);
/* `needed`: missing or empty is refused. */
int32_t crmi_plan_read_text(crmi_plan_reader *r, const yyjson_val *o, const char *name, size_t max,
                            bool needed, crmsync_str *out);
/* A Salesforce id, widened to 18 characters. */
int32_t crmi_plan_read_id(crmi_plan_reader *r, const yyjson_val *o, const char *name,
                          crmsync_str *out);
int32_t crmi_plan_read_word(crmi_plan_reader *r, const yyjson_val *o, const char *name,
                            const crmi_word *words, uint32_t *out);
int32_t crmi_plan_read_reason(crmi_plan_reader *r, const yyjson_val *o, const char *name,
                              uint32_t of, bool needed, uint32_t *out);
/* CRMI_NO_DECISION where it is missing. */
int32_t crmi_plan_read_index(crmi_plan_reader *r, const yyjson_val *o, const char *name,
                             size_t below, size_t *out);
int32_t crmi_plan_read_cell(crmi_plan_reader *r, const yyjson_val *o, const char *name,
                            crmsync_cell *out);

#endif
