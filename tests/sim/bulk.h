/* bulk.h: jobs of the Bulk API 2.0; shared by the bulk files only. */
#ifndef ORGSIM_BULK_H
#define ORGSIM_BULK_H

#include "csv.h"
#include "rest.h"

typedef enum orgsim_job_state {
    ORGSIM_JOB_OPEN,
    ORGSIM_JOB_UPLOADED, /* UploadComplete */
    ORGSIM_JOB_RUNNING,
    ORGSIM_JOB_COMPLETE,
    ORGSIM_JOB_FAILED,
    ORGSIM_JOB_ABORTED
} orgsim_job_state;

/* What became of one uploaded row. */
typedef struct orgsim_job_row {
    enum { ORGSIM_ROW_WAITS, ORGSIM_ROW_DONE, ORGSIM_ROW_REFUSED } fate;
    bool created;
    char id[19];
    char *error; /* CODE:message:fields -- */
} orgsim_job_row;

typedef struct orgsim_job {
    char id[19];
    bool query;
    char *operation, *object, *external_field, *line_ending, *delimiter_name;
    char delimiter;
    char version[8];
    orgsim_job_state state;
    int64_t created, stamp, closed; /* milliseconds */
    char *error;
    /* ingest */
    bool uploaded;
    char *csv;
    size_t csv_len;
    orgsim_table table;
    orgsim_job_row *rows; /* of table.records, the first left out */
    size_t row_count, processed, failed;
    uint64_t order; /* seed of the order of the results */
    /* query */
    char *soql;
    orgsim_soql *statement;
    orgsim_rows found;
} orgsim_job;

/* Does what is due by now in all jobs. */
void orgsim_jobs_settle(orgsim *org);
void orgsim_jobs_free(orgsim *org);

/* ---- bulk_multipart.c: job and data in one request ---- */
bool orgsim_is_multipart(const orgsim_call *call);
/* The job, and a view of its data; NULL after refusing. */
yyjson_val *orgsim_multipart(orgsim_call *call, crmsync_str *csv);

/* ---- bulk_ingest.c ---- */
/* Reads the upload and writes its rows; the job is complete or failed afterwards. */
void orgsim_job_ingest(orgsim *org, orgsim_job *job);
void orgsim_job_write_results(orgsim_call *call, const orgsim_job *job, const char *which);
/* ---- bulk_query.c ---- */
/* The statement, if a bulk query may be made of it; NULL with `problem`. */
orgsim_soql *orgsim_job_statement(orgsim *org, const char *text, orgsim_problem *problem);
void orgsim_job_select(orgsim *org, orgsim_job *job);
void orgsim_job_write_page(orgsim_call *call, const orgsim_job *job);
void orgsim_job_write_pages(orgsim_call *call, const orgsim_job *job);

#endif
