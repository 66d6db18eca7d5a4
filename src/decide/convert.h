/* The two halves of a conversion: maps of values, and describe types. */
#ifndef CRMI_DECIDE_CONVERT_H
#define CRMI_DECIDE_CONVERT_H

#include "decide/decide.h"

/* To the type of a field, which is not NULL; otherwise as crmi_to_crm(), without maps. */
uint32_t crmi_convert(const crmi_decide_env *env, const crmi_field *field,
                      const crmi_field_rule *rule, const crmsync_cell *in, crmi_arena *arena,
                      crmsync_cell *out);
/* Any cell as text, exact for all types and trimmed; false = no memory. */
bool crmi_cell_text_of(crmi_arena *arena, const crmsync_cell *in, crmsync_str *out);

#endif
