/*
 * The log of what was done to whom and why: one row per record and direction. Space 17,
 * <wall ms>/<run>/<n>.
 */
#ifndef CRMI_STATE_RUNLOG_H
#define CRMI_STATE_RUNLOG_H

#include "state/document.h"
#include "state/key.h"

typedef struct crmi_log_field {
    crmsync_str local, remote; /* field names */
    crmsync_cell before, after;
    crmsync_str decision; /* name of the field's reason */
} crmi_log_field;

typedef struct crmi_log_row {
    int64_t time_ms; /* wall */
    crmsync_str run;
    uint64_t n;            /* number within the run */
    crmsync_str direction; /* `import`, `export`, ... */
    crmsync_str op;        /* `create`, `update`, `skip`, `hold`, `fail`, ... */
    crmsync_str object;
    crmsync_str local_kind, local_id, crm_id;
    crmsync_str reason;   /* name */
    uint32_t error_class; /* CRMSYNC_CLASS_* */
    crmsync_str code, message;
    crmsync_str actor;
    const crmi_log_field *fields;
    size_t field_count;
} crmi_log_row;

/* Empty or 0 members match everything. */
typedef struct crmi_log_filter {
    int64_t from_ms, to_ms; /* from <= time < to; to 0 = no end */
    crmsync_str direction, object, op, run, local_kind, local_id, crm_id, reason;
    uint32_t error_class;
    bool newest_first;
} crmi_log_filter;

/* Adds a row. A row too large for the store loses its fields' values, then its fields. */
void crmi_log_put(crmi_commit *c, const crmi_log_row *row);
/* CRMI_VISIT_STOP ends it; the row lives during the call. */
typedef int32_t (*crmi_log_fn)(void *ctx, const crmi_log_row *row, crmsync_error **err);
int32_t crmi_log_query(const crmi_store *store, const crmi_log_filter *filter, crmi_log_fn visit,
                       void *ctx, crmsync_error **err);
/* Retention: forgets everything before. */
int32_t crmi_log_clear(const crmi_store *store, int64_t before_ms, crmsync_error **err);
/* Erases all rows of a local record, scanning what is retained; *erased may be NULL. */
int32_t crmi_log_forget(const crmi_store *store, crmsync_str local_kind, crmsync_str local_id,
                        size_t *erased, crmsync_error **err);
/* The same of a CRM record, whatever local record its rows name. */
int32_t crmi_log_forget_crm(const crmi_store *store, crmsync_str crm_id, crmsync_error **err);

#endif
