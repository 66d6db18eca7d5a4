/* Reports: runs of tabular ones, at once or in the background, and whether all rows came. */
#ifndef CRMI_SALESFORCE_REPORT_H
#define CRMI_SALESFORCE_REPORT_H

#include "salesforce/query.h"

enum { CRMI_REPORT_RUNNING = 0, CRMI_REPORT_READY = 1, CRMI_REPORT_FAILED = 2 };

/* Runs it and answers its rows: at most 500 an hour in an org, two minutes each. */
int32_t crmi_report_run_request(crmi_request *r, crmsync_str version, crmsync_str report,
                                crmsync_error **err);
/* Starts it in the background (1,200 an hour); the answer by crmi_report_instance_read(). */
int32_t crmi_report_start_request(crmi_request *r, crmsync_str version, crmsync_str report,
                                  crmsync_error **err);
/* Asks for a background run, which is kept for a day: by crmi_report_read(). */
int32_t crmi_report_instance_request(crmi_request *r, crmsync_str version, crmsync_str report,
                                     crmsync_str instance, crmsync_error **err);
/* The id of the run that was started, in the arena. */
int32_t crmi_report_instance_read(crmi_arena *arena, const crmi_response *response,
                                  crmsync_str *instance, crmsync_error **err);

typedef struct crmi_report {
    uint32_t state;     /* CRMI_REPORT_*; the rest is for READY */
    crmsync_rows *rows; /* "Id", then a column for each of the report's, with what it shows */
    size_t without_id;  /* rows that show no record of the kind that was asked for; Id is NULL */
    bool truncated;     /* Salesforce left rows out (2,000 at most): narrow the report's filter */
} crmi_report;

/*
 * Reads a run. `prefix` is the key prefix of the records wanted, "003": the first cell of a row
 * whose value is such an id gives "Id". Free out->rows. CRMSYNC_E_UNSUPPORTED: the report is not
 * tabular.
 */
int32_t crmi_report_read(const crmsync_alloc *alloc, const crmi_response *response,
                         crmsync_str prefix, crmi_report *out, crmsync_error **err);

#endif
