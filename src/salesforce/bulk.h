/* Jobs of the Bulk API 2.0: what ingest and query jobs share. */
#ifndef CRMI_SALESFORCE_BULK_H
#define CRMI_SALESFORCE_BULK_H

#include "salesforce/errors.h"

#define CRMI_JOB_ID_LEN 18

enum { CRMI_BULK_INGEST = 0, CRMI_BULK_QUERY = 1 };

enum {
    CRMI_JOB_OPEN = 0,
    CRMI_JOB_UPLOADED = 1, /* UploadComplete; where a query job begins */
    CRMI_JOB_RUNNING = 2,  /* InProgress */
    CRMI_JOB_COMPLETE = 3, /* single rows may have failed all the same */
    CRMI_JOB_FAILED = 4,   /* rows that were done before stay done */
    CRMI_JOB_ABORTED = 5
};

typedef struct crmi_bulk_job {
    char id[CRMI_JOB_ID_LEN + 1];
    uint32_t state;
    uint64_t processed, failed; /* rows; 0 while the answer does not tell */
    crmsync_str error_message;  /* of a failed job, in the arena */
} crmi_bulk_job;

/* The job as it stands. */
int32_t crmi_bulk_job_request(crmi_request *r, crmsync_str version, uint32_t kind, crmsync_str id,
                              crmsync_error **err);
/* Moves it on: CRMI_JOB_UPLOADED or CRMI_JOB_ABORTED. A second one is refused, without harm. */
int32_t crmi_bulk_state_request(crmi_request *r, crmsync_str version, uint32_t kind, crmsync_str id,
                                uint32_t state, crmsync_error **err);
/* Deletes a job that has ended, and its data. */
int32_t crmi_bulk_delete_request(crmi_request *r, crmsync_str version, uint32_t kind,
                                 crmsync_str id, crmsync_error **err);
/* Appends "/services/data/v68.0/jobs/ingest/750...", then `rest`. CRMSYNC_E_INVALID: no job id. */
int32_t crmi_bulk_path(crmi_request *r, crmsync_str version, uint32_t kind, crmsync_str id,
                       const char *rest, crmsync_error **err);
/* Reads the answer of any request that answers a job. Refusals by crmi_fail_response(). */
int32_t crmi_bulk_job_read(crmi_arena *arena, const crmi_response *response, crmi_bulk_job *job,
                           crmsync_error **err);
/* How long to wait before asking the n-th time (from 0), in milliseconds: 1 s, 2 s, ... 30 s. */
uint32_t crmi_bulk_poll_wait(uint32_t n);

#endif
