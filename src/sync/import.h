/* The import phase, for the phases that need a part of it. */
#ifndef CRMI_SYNC_IMPORT_H
#define CRMI_SYNC_IMPORT_H

#include "sync/job.h"

/* Imports the objects of the mask (1 << CRMI_OBJECT_*). index_only: keeps the account index fresh,
 * decides nothing and writes nothing to the host. *out NULL = nothing to do. */
int32_t crmi_import_objects_task(crmsync_job *job, uint32_t object_mask, bool index_only,
                                 crmi_task **out, crmsync_error **err);

#endif
