/* Log rows and values as a person reads them. */
#ifndef CRMI_SYNC_LOG_TEXT_H
#define CRMI_SYNC_LOG_TEXT_H

#include "state/runlog.h"

/* [{"local","remote","old","new","decision"}, ...] */
void crmi_log_fields_write(crmi_jw *w, const crmi_log_row *row);
/* A member with the plain value: dates and ids as text, numbers digit for digit; ABSENT = left out.
 */
void crmi_value_member(crmi_jw *w, const char *name, const crmsync_cell *cell);

#endif
