/* The phases of a job, in the order they are done. */
#ifndef CRMI_SYNC_PHASES_H
#define CRMI_SYNC_PHASES_H

#include "sync/job.h"

typedef struct crmi_phase {
    uint32_t phase; /* CRMSYNC_PHASE_*, which says nothing of the order */
    const char *name;
    bool leased; /* works on what the partition's lease guards */
    bool works;  /* works on records: the org is described, and old writes are accounted for, first */
    int32_t (*make)(crmsync_job *job, crmi_task **out, crmsync_error **err);
} crmi_phase;

size_t crmi_phase_count(void);
const crmi_phase *crmi_phase_at(size_t i);
/* The job goes on from that phase once its task has ended. */
void crmi_job_go_back(crmsync_job *job, uint32_t phase);
/* All phases there are. */
uint32_t crmi_phases_known(void);
/* Does one of them work on records? */
bool crmi_phases_work(uint32_t asked);
/* Those asked for, and those that must come before them. */
uint32_t crmi_phases_needed(uint32_t asked);

/* CRMSYNC_E_STATE: one of the phases works on records, and the workspace is paused. */
int32_t crmi_pause_check(crmsync_workspace *ws, uint32_t phases, crmsync_error **err);

#endif
