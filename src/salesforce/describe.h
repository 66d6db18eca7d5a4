/* Describe: requests, and answers into schema objects. */
#ifndef CRMI_SALESFORCE_DESCRIBE_H
#define CRMI_SALESFORCE_DESCRIBE_H

#include "model/schema.h"
#include "salesforce/query.h"

/* `since_ms` > 0: If-Modified-Since, an unchanged object answers 304 without a body. */
int32_t crmi_describe_request(crmi_request *r, crmsync_str version, crmsync_str object,
                              int64_t since_ms, crmsync_error **err);
/* Picklist values of one record type (UI API, 41.0 and newer). */
int32_t crmi_picklists_request(crmi_request *r, crmsync_str version, crmsync_str object,
                               crmsync_str record_type, crmsync_error **err);
int32_t crmi_describe_global_request(crmi_request *r, crmsync_str version, int64_t since_ms,
                                     crmsync_error **err);

/*
 * Adds the answer to the schema. *unchanged is true for 304: nothing was added. *modified_ms is the
 * Last-Modified to ask with next time, 0 when there was none. Refusals by crmi_fail_response().
 */
int32_t crmi_describe_read(const crmsync_alloc *alloc, const crmi_response *response,
                           crmsync_schema *schema, bool *unchanged, int64_t *modified_ms,
                           crmsync_error **err);

typedef struct crmi_global_object {
    crmsync_str name;
    crmsync_str label;
    crmsync_str key_prefix;
    bool createable, updateable, queryable, replicateable, custom;
} crmi_global_object;

/* The objects this user may see, in the arena. *n is 0 and *unchanged true for 304. */
int32_t crmi_describe_global_read(crmi_arena *arena, const crmi_response *response,
                                  const crmi_global_object **objects, size_t *n, bool *unchanged,
                                  crmsync_error **err);

/* Sets the types of columns from the schema; parents and unknown fields go by their JSON type. */
void crmi_query_columns_type(crmi_query_column *columns, size_t n, const crmsync_schema *schema,
                             crmsync_str object);

#endif
