/* What a trace may show: credentials in headers, URLs, forms and JSON become `[redacted]`. */
#ifndef CRMI_NET_REDACT_H
#define CRMI_NET_REDACT_H

#include "base/str.h"

#define CRMI_REDACTED "[redacted]"

/* Appends `in` with the values of secret form fields and query parameters masked. */
void crmi_redact_form(crmi_buf *out, crmsync_str in);
/* Appends a URL with its user part and secret query parameters masked. */
void crmi_redact_url(crmi_buf *out, crmsync_str url);
/* Appends any body, form or JSON, with secret members masked; a cut or broken one too. */
void crmi_redact_body(crmi_buf *out, crmsync_str in);
/* Is it the name of a member that holds a secret? `access_token`, `client_secret`, `assertion`...
 */
bool crmi_redact_name(crmsync_str name);

#endif
