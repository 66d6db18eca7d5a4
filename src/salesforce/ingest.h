/* Bulk ingest: up to 100,000 rows in one job, as an operation that survives each loss. */
#ifndef CRMI_SALESFORCE_INGEST_H
#define CRMI_SALESFORCE_INGEST_H

#include "salesforce/bulk.h"
#include "salesforce/collections.h"
#include "salesforce/csv.h"

#define CRMI_INGEST_BYTES_MAX (16u << 20) /* the body of a request is held in memory */
#define CRMI_INGEST_ROWS_MAX  100000u

/* What comes next. Persisted: numbers are never reused. */
enum {
    CRMI_INGEST_CREATE = 0,
    CRMI_INGEST_UPLOAD = 1,
    CRMI_INGEST_CLOSE = 2, /* from here on rows are written */
    CRMI_INGEST_POLL = 3,
    CRMI_INGEST_SUCCESSES = 4,
    CRMI_INGEST_FAILURES = 5,
    CRMI_INGEST_UNPROCESSED = 6,
    CRMI_INGEST_ABORT = 7,
    CRMI_INGEST_DONE = 8, /* results are complete as far as Salesforce tells them */
    CRMI_INGEST_GONE = 9  /* the job does not exist any more: look for the rows themselves */
};

/* What a job writes. The texts are borrowed for the life of the operation. */
typedef struct crmi_ingest_target {
    crmsync_str version;
    crmsync_str object;
    uint32_t op;                /* CRMI_WRITE_* */
    crmsync_str key_field;      /* upsert: the external id, one of the columns; "Id" is one too */
    const crmsync_str *columns; /* update and delete: with "Id" */
    size_t column_count;
} crmi_ingest_target;

typedef struct crmi_ingest_key {
    unsigned char digest[16]; /* of the row as sent: results tell no position */
    uint32_t row;
    uint32_t taken; /* results that were given to rows of this digest, in the first of them */
} crmi_ingest_key;

typedef struct crmi_ingest {
    const crmsync_alloc *alloc;
    crmi_ingest_target target;
    size_t bytes_max;
    crmi_buf csv;
    size_t rows;
    uint32_t step;
    bool uploaded; /* the upload was answered: an open job is closed, not abandoned */
    bool cancelled;
    char job[CRMI_JOB_ID_LEN + 1]; /* empty before it is created */
    uint32_t polls, wait_ms;       /* wait before the next request */
    uint32_t job_state;
    uint64_t processed, failed; /* as the job counts them */
    uint64_t told;              /* rows of the result that is being read */
    uint64_t strangers;         /* results that fit no row that was sent */
    uint32_t short_reads;       /* results with fewer rows than the job counts */
    crmi_arena arena;           /* of results and the job's message */
    crmsync_str message;        /* of a failed job */
    crmi_ingest_key *keys;
    size_t key_cap;
    crmi_write_result *results; /* one a row; unknown until told */
    crmi_csv_reader reader;
    bool reading;
    uint32_t *map; /* column sent -> column of the result */
    size_t id_at, second_at;
    crmi_buf scratch;
} crmi_ingest;

/* `bytes_max` 0 = CRMI_INGEST_BYTES_MAX. CRMSYNC_E_INVALID for a target that cannot be. */
int32_t crmi_ingest_init(crmi_ingest *op, const crmsync_alloc *alloc,
                         const crmi_ingest_target *target, size_t bytes_max, crmsync_error **err);
void crmi_ingest_clear(crmi_ingest *op);
/*
 * Adds a row, one cell a column; before the first request. CRMSYNC_E_LIMIT with nothing added when
 * the job is full: the row belongs to the next one. Other errors as crmi_csv_write_row(); a row
 * that alone is larger than a job, too, is CRMSYNC_E_INVALID.
 */
int32_t crmi_ingest_add(crmi_ingest *op, const crmsync_cell *cells, crmsync_error **err);
/*
 * Builds the next request; after op->wait_ms. Before the one of CRMI_INGEST_CLOSE the caller has
 * committed op->job and that step: whatever dies afterwards, the job is found again.
 * CRMSYNC_E_STATE when there is none: the step is DONE or GONE.
 */
int32_t crmi_ingest_next(crmi_ingest *op, crmi_request *r, crmsync_error **err);
/* Bytes of a result while they arrive (steps SUCCESSES to UNPROCESSED), before its feed. Only of a
 * 200 answer; a refusal's body goes into crmi_ingest_feed(). */
int32_t crmi_ingest_body(crmi_ingest *op, crmsync_str bytes, crmsync_error **err);
/*
 * Takes the answer of the request; of a result the rest of its body. After an error the step is the
 * one to go on with, as it is after crmi_ingest_lost(): the error tells when.
 */
int32_t crmi_ingest_feed(crmi_ingest *op, const crmi_response *response, crmsync_error **err);
/* There was no answer, and nobody knows whether the request was carried out. */
void crmi_ingest_lost(crmi_ingest *op);
/* After a restart: the same rows were added again; job and step are those committed. */
int32_t crmi_ingest_resume(crmi_ingest *op, crmsync_str job, uint32_t step, crmsync_error **err);
/* Inside the operation: reads results, gives them to rows, forgets them. */
int32_t crmi_ingest_result_push(crmi_ingest *op, crmsync_str bytes, crmsync_error **err);
int32_t crmi_ingest_result_end(crmi_ingest *op, crmsync_error **err);
void crmi_ingest_result_reset(crmi_ingest *op);
/* Nobody wants it any more: aborts the job; rows that were written by then have their results. */
void crmi_ingest_cancel(crmi_ingest *op);

#endif
