/* When what is due, by the intervals of the configuration and what is remembered of earlier runs. */
#ifndef CRMI_SYNC_SCHEDULE_H
#define CRMI_SYNC_SCHEDULE_H

#include "sync/job.h"

typedef struct crmi_due {
    bool due;
    int64_t next_ms; /* wall; 0 = only when asked for */
    const char *why; /* `first`, `unfinished`, `interval`, `configuration`, `manual` */
} crmi_due;

/* Reading an object of the CRM. */
int32_t crmi_due_import(crmsync_workspace *ws, const crmi_crm_object *crm, int64_t now_ms,
                        crmi_due *out, crmsync_error **err);
/* Reading the host's changes of a kind, for export. */
int32_t crmi_due_export(crmsync_workspace *ws, const char *kind, int64_t now_ms, crmi_due *out,
                        crmsync_error **err);
/* Does the configuration read or write these at all? */
bool crmi_schedule_imports(const crmsync_config *config, uint32_t object);
bool crmi_schedule_exports(const crmsync_config *config, const char *kind);
/* All changes of the kind were looked at. */
int32_t crmi_schedule_exported(crmsync_job *job, const char *kind, crmsync_error **err);

#endif
