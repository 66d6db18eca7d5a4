/* Values on the wire: cells to JSON and back, by the field's describe type. */
#ifndef CRMI_SALESFORCE_VALUE_H
#define CRMI_SALESFORCE_VALUE_H

#include "base/json.h"
#include "model/schema.h"

/* The cell type of a CRMI_TYPE_* (EMAIL -> TEXT, CURRENCY -> DECIMAL); ABSENT when it is compound
 * or unknown and its values go by their JSON type. */
uint32_t crmi_value_cell_type(uint32_t field_type);
/*
 * Writes one value. NULL and empty text become null (Salesforce keeps no empty strings).
 * false = a cell that cannot be sent: ABSENT, an unknown type, a decimal that is none.
 */
bool crmi_value_write(crmi_jw *w, const crmsync_cell *cell);
/* Appends a decimal as a JSON number, digits as written: "+07.50" -> 7.50. false = not a number. */
bool crmi_value_decimal(crmi_buf *b, crmsync_str text);
/* Appends a decimal without exponent, 1.5E7 -> 15000000. false = not a number, or not a sane one.
 */
bool crmi_value_plain(crmi_buf *b, crmsync_str text);
/*
 * Reads one value. `cell_type` ABSENT: by JSON type (number -> DECIMAL, text -> TEXT). Text is
 * borrowed from the document. A null is NULL. false = the value does not fit the type.
 */
bool crmi_value_read(const yyjson_val *v, uint32_t cell_type, crmsync_cell *out);

#endif
