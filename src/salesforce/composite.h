/* Composite: up to 25 requests in one API call. */
#ifndef CRMI_SALESFORCE_COMPOSITE_H
#define CRMI_SALESFORCE_COMPOSITE_H

#include "base/json.h"
#include "salesforce/request.h"

#define CRMI_COMPOSITE_MAX       25
#define CRMI_COMPOSITE_MAX_HEAVY 5 /* queries and collections among them */

typedef struct crmi_composite {
    crmi_request *request;
    crmi_jw w;
    size_t count;
    size_t heavy;
} crmi_composite;

/* Starts a composite in `r`. collateSubrequests is always false: order is kept. */
void crmi_composite_begin(crmi_composite *c, crmi_request *r, crmsync_str version,
                          bool all_or_none);
/*
 * Adds a request that another builder made: its method, path, body and headers (headers are not
 * inherited from the outside). `reference`: a letter, then letters, digits and "_".
 * CRMSYNC_E_LIMIT when it does not fit any more; the composite stays as it was.
 */
int32_t crmi_composite_add(crmi_composite *c, crmsync_str reference, const crmi_request *part,
                           crmsync_error **err);
/* The same for bodies that do refer to earlier parts: the caller vouches for every "@{" in it.
 * crmi_composite_add() refuses it, since a person's text could hold one. */
int32_t crmi_composite_add_linked(crmi_composite *c, crmsync_str reference,
                                  const crmi_request *part, crmsync_error **err);
/* Would a composite take something in this text for a reference? */
bool crmi_composite_reserved(crmsync_str json);
/* Adds a query, which never has to fit a URL here. */
int32_t crmi_composite_add_query(crmi_composite *c, crmsync_str reference, crmsync_str version,
                                 crmsync_str soql, bool all, crmsync_error **err);
int32_t crmi_composite_end(crmi_composite *c, crmsync_error **err);

typedef struct crmi_composite_part {
    crmsync_str reference;
    int32_t status;
    const yyjson_val *body; /* JSON null when there is none */
} crmi_composite_part;

typedef struct crmi_composite_answer {
    yyjson_doc *doc;
    crmi_composite_part parts[CRMI_COMPOSITE_MAX];
    size_t count;
} crmi_composite_answer;

/*
 * Reads the answer of a composite with `n` parts; a refused whole goes by crmi_fail_response().
 * CRMSYNC_E_PROTOCOL when it does not hold exactly n parts, each with its own reference: then
 * nothing is known about what was done. Clear it after use, also after a failure.
 */
int32_t crmi_composite_read(const crmsync_alloc *alloc, const crmi_response *response, size_t n,
                            crmi_composite_answer *out, crmsync_error **err);
/* The same from a parsed answer, such as one graph of a graph answer; out->doc is left alone. */
int32_t crmi_composite_take(const yyjson_val *root, size_t n, crmi_composite_answer *out,
                            crmsync_error **err);
/* NULL when no part has that reference. */
const crmi_composite_part *crmi_composite_find(const crmi_composite_answer *a,
                                               crmsync_str reference);
void crmi_composite_answer_clear(crmi_composite_answer *a);

#endif
