/**
 * @file schema.h
 * Schema: describe snapshots of an org's objects, for planning and for checking a configuration.
 *
 * Built by one thread; immutable afterwards and then shareable.
 */
#ifndef CRMSYNC_SCHEMA_H
#define CRMSYNC_SCHEMA_H

#include <crmsync/error.h>
#include <crmsync/types.h>

CRMSYNC_BEGIN_DECLS

typedef struct crmsync_schema crmsync_schema;

/** @param alloc NULL = libc. @return CRMSYNC_OK or CRMSYNC_E_NOMEM. Since 0.1. */
CRMSYNC_API int32_t crmsync_schema_new(const crmsync_alloc *alloc, crmsync_schema **out,
                                       crmsync_error **err);
CRMSYNC_API void crmsync_schema_free(crmsync_schema *schema);

/**
 * Adds one object from the answer of `GET /sobjects/{X}/describe`, replacing an earlier one.
 * Members that are not needed are skipped; unknown field types are kept as not writeable. Of
 * `recordTypeInfos` each may have a member that describe does not give: `picklistFieldValues`, as
 * `GET /ui-api/object-info/{X}/picklist-values/{recordTypeId}` answers it; values that a record's
 * type does not permit are then not sent.
 * @return CRMSYNC_OK; CRMSYNC_E_INVALID with a byte offset or JSON pointer; CRMSYNC_E_NOMEM.
 *         The schema is unchanged after an error. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_schema_add_describe(crmsync_schema *schema, crmsync_str json,
                                                crmsync_error **err);
/**
 * Marks values of a picklist that describe does not tell apart: rows of `LeadStatus`
 * (`ApiName`, `IsConverted`), `TaskStatus` or `OpportunityStage` (`ApiName`, `IsClosed`), as the
 * `records` array of a query answer. @param object the status object's name. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_schema_add_statuses(crmsync_schema *schema, crmsync_str object,
                                                crmsync_str json, crmsync_error **err);
/** Reads `{"objects":[<describe>, ...],"statuses":{"LeadStatus":[...]}}`. Since 0.1. */
CRMSYNC_API int32_t crmsync_schema_parse(const crmsync_alloc *alloc, crmsync_str json,
                                         crmsync_schema **out, crmsync_error **err);

CRMSYNC_END_DECLS

#endif
