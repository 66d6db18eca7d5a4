/* Building errors. Inside the library *err is always either NULL or the error to report. */
#ifndef CRMI_BASE_ERROR_H
#define CRMI_BASE_ERROR_H

#include <crmsync/error.h>

#include "base/str.h"

/*
 * Makes an error with a printf message and returns `code`, so that a function can end with
 * `return crmi_fail(err, CRMSYNC_E_INVALID, "...")`. An error already in *err is replaced.
 * err NULL: only the code. Attributes are added to the error afterwards by the functions below.
 */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
int32_t crmi_fail(crmsync_error **err, int32_t code, const char *format, ...);
int32_t crmi_fail_nomem(crmsync_error **err); /* CRMSYNC_E_NOMEM with the static error */

/* Each is a no-op on NULL, on no error, and on the static out-of-memory error. */
void crmi_error_set_class(crmsync_error **err, uint32_t error_class);
void crmi_error_set_where(crmsync_error **err, crmsync_str where);
void crmi_error_set_remedy(crmsync_error **err, crmsync_str remedy);
void crmi_error_set_http(crmsync_error **err, int32_t status, crmsync_str salesforce_code);
void crmi_error_set_retry_after(crmsync_error **err, uint64_t ms);
/* Fails with where and remedy in one call; both may be NULL. */
int32_t crmi_fail_at(crmsync_error **err, int32_t code, crmsync_str where, const char *remedy,
                     const char *message);
/* Drops *err and sets it to NULL. */
void crmi_error_drop(crmsync_error **err);

#define CRMI_SPELL(s) (int)(s).len, ((s).ptr ? (s).ptr : "") /* for "%.*s" */

#endif
