/* How long what only grows is kept. */
#ifndef CRMI_SYNC_RETENTION_H
#define CRMI_SYNC_RETENTION_H

#include "sync/job.h"

/* Log, reports of runs, and which clicks and visits were logged. */
int32_t crmi_trim_log(crmsync_workspace *ws, int64_t before_ms, crmsync_error **err);
/* Trims as the configuration says, a few times a day. The end of a job. */
int32_t crmi_retention(crmsync_job *job, crmsync_error **err);

#endif
