/* Names of the numbers in a plan's JSON. */
#ifndef CRMI_DECIDE_PLAN_WORDS_H
#define CRMI_DECIDE_PLAN_WORDS_H

#include "decide/decide.h"

#define CRMI_PLAN_VERSION 1

typedef struct crmi_word {
    const char *name;
    uint32_t number;
} crmi_word;

extern const crmi_word crmi_plan_ops[5]; /* ends with a NULL name */
extern const crmi_word crmi_plan_bases[7];
extern const crmi_word crmi_plan_states[6];
extern const crmi_word crmi_plan_flags[7];
extern const crmi_word crmi_plan_directions[3];

const char *crmi_word_of(const crmi_word *words, uint32_t number); /* "" = none */
bool crmi_word_number(const crmi_word *words, crmsync_str name, uint32_t *out);

#endif
