/* What all readers begin with: is it the answer that was asked for, and is it JSON? */
#ifndef CRMI_SALESFORCE_ANSWER_H
#define CRMI_SALESFORCE_ANSWER_H

#include "salesforce/errors.h"

/*
 * Parses the body of a 200 answer. Another status goes by crmi_fail_response(), a body that is no
 * JSON gives CRMSYNC_E_PROTOCOL with its byte offset. Free *doc with yyjson_doc_free() on success.
 */
int32_t crmi_answer_json(const crmsync_alloc *alloc, const crmi_response *response, const char *op,
                         yyjson_doc **doc, crmsync_error **err);
/* The same however deep it is nested: for records, which are read only where a column leads. */
int32_t crmi_answer_json_deep(const crmsync_alloc *alloc, const crmi_response *response,
                              const char *op, yyjson_doc **doc, crmsync_error **err);
/* CRMSYNC_E_PROTOCOL: `op`'s answer is not as documented at the JSON pointer `where`. */
int32_t crmi_answer_odd(crmsync_error **err, const char *op, const char *where);
/* Does one of the object's own members occur twice? Then it is nobody's honest answer. */
bool crmi_answer_repeats(const yyjson_val *object);
/* Object and id go into URLs: CRMSYNC_E_INVALID unless they are an API name and an id. */
int32_t crmi_object_check(crmsync_str object, crmsync_error **err);
int32_t crmi_id_check(crmsync_str object, crmsync_str id, crmsync_error **err);

#endif
