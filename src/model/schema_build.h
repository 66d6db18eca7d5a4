/* Building a schema: what schema.c and schema_describe.c share. */
#ifndef CRMI_MODEL_SCHEMA_BUILD_H
#define CRMI_MODEL_SCHEMA_BUILD_H

#include "base/json.h"
#include "model/schema.h"

/* One described object with its own memory, so that a newer describe can take its place. */
typedef struct crmi_described {
    crmi_object object;
    crmi_arena arena;
} crmi_described;

/*
 * Reads one describe answer. `place` is the JSON pointer of `value` and is restored on return.
 * *out belongs to the caller.
 */
int32_t crmi_describe_parse(const crmsync_alloc *alloc, const yyjson_val *value, crmi_buf *place,
                            crmi_described **out, crmsync_error **err);
/* NULL = not described. */
crmi_described *crmi_schema_described(const crmsync_schema *schema, crmsync_str object);
/* Reads recordTypeInfos; false = no memory. */
bool crmi_record_types_read(crmi_arena *arena, const yyjson_val *described, crmi_object *object);
/* The same of what they permit, where the host put it beside them; after the fields. */
int32_t crmi_record_types_permit(crmi_described *d, const yyjson_val *described,
                                 crmsync_error **err);
void crmi_described_free(const crmsync_alloc *alloc, crmi_described *described);

/* CRMSYNC_E_INVALID at place + "/" + member; member NULL = at place itself. */
int32_t crmi_place_fail(const crmi_buf *place, const char *member, const char *message,
                        crmsync_error **err);

#endif
