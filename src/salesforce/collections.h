/* sObject Collections: up to 200 writes in one request. */
#ifndef CRMI_SALESFORCE_COLLECTIONS_H
#define CRMI_SALESFORCE_COLLECTIONS_H

#include "salesforce/sobject.h"

#define CRMI_COLLECTION_MAX        200
#define CRMI_COLLECTION_MAX_CHUNKS 10 /* runs of one object */

enum { CRMI_WRITE_CREATE = 0, CRMI_WRITE_UPDATE = 1, CRMI_WRITE_UPSERT = 2, CRMI_WRITE_DELETE = 3 };

/* Fills `order` with 0..n-1 sorted by object, equal ones as they stood. */
void crmi_collections_order(const crmi_write *writes, size_t n, uint32_t *order);
/*
 * Builds one request of `n` writes, item k being writes[order[k]] (order NULL = as given).
 * Upsert: one object, `key_field` in every write's fields, no ids. Delete: ids only.
 * CRMSYNC_E_LIMIT above 200 items or 10 runs; CRMSYNC_E_INVALID for a field that cannot be sent.
 */
int32_t crmi_collections_request(crmi_request *r, crmsync_str version, uint32_t op,
                                 crmsync_str key_field, const crmi_write *writes, size_t n,
                                 const uint32_t *order, bool all_or_none,
                                 const crmi_write_options *options, crmsync_error **err);
/* Up to 2,000 records of one object by id: POST, answer by crmi_collections_rows(). */
int32_t crmi_collections_retrieve_request(crmi_request *r, crmsync_str version, crmsync_str object,
                                          const crmsync_str *ids, size_t n_ids,
                                          const crmsync_str *fields, size_t n_fields,
                                          crmsync_error **err);

/*
 * Reads the answer of `n` writes into results[order[k]]. Refused items are results. A refused whole
 * goes by crmi_fail_response(). CRMSYNC_E_PROTOCOL when the number of items differs or one is no
 * item: then the outcome of all of them is unknown.
 */
int32_t crmi_collections_read(crmi_arena *arena, const crmi_response *response, size_t n,
                              const uint32_t *order, crmi_write_result *results,
                              crmsync_error **err);
/* The same from a part of a composite with status 200. */
int32_t crmi_collections_take(crmi_arena *arena, const yyjson_val *body, size_t n,
                              const uint32_t *order, crmi_write_result *results,
                              crmsync_error **err);
/* Retrieved records, in the order of the ids; one that is missing is a row of ABSENT cells. */
int32_t crmi_collections_rows(const crmsync_alloc *alloc, const crmi_response *response,
                              size_t n_ids, crmsync_str object, const crmi_query_column *columns,
                              size_t n, crmsync_rows **out, crmsync_error **err);

#endif
