/* Counting and logging: each input record is counted once as input and once by its outcome. */
#ifndef CRMI_SYNC_REPORT_H
#define CRMI_SYNC_REPORT_H

#include "state/runlog.h"
#include "sync/job.h"

/* Adds to a counter; `parts` are joined with dots. */
int32_t crmi_report_add(crmsync_job *job, uint64_t n, const char *a, crmsync_str b, const char *c,
                        crmsync_str d, crmsync_error **err);
/* One input record of a flow ("import", "export") and object or kind, and what became of it. */
int32_t crmi_report_input(crmsync_job *job, const char *flow, crmsync_str object,
                          crmsync_error **err);
int32_t crmi_report_outcome(crmsync_job *job, const char *flow, crmsync_str object,
                            uint32_t outcome, uint32_t reason, uint32_t error_class,
                            crmsync_error **err);
/* An outcome told before turns out otherwise (an unknown write that is settled). */
int32_t crmi_report_move(crmsync_job *job, const char *flow, crmsync_str object, uint32_t from,
                         uint32_t to, crmsync_error **err);

/* A record that leaves in a request counts as unknown until it has landed: its shipment is settled,
 * and what became of it is counted instead. So a job that is cut off tells what is in doubt. */
int32_t crmi_report_sent(crmsync_job *job, const char *flow, crmsync_str object, crmsync_error **err);
int32_t crmi_report_landed(crmsync_job *job, const char *flow, crmsync_str object,
                           crmsync_error **err);
/* The job ends early: what it had taken up and not come to counts as held, for the next one. */
int32_t crmi_report_cut_off(crmsync_job *job, crmsync_error **err);

/* What a log row says besides the decision. */
typedef struct crmi_logged {
    const char *op; /* create, update, link, skip, hold, deactivate, fail, unknown */
    uint32_t reason;
    uint32_t error_class;
    crmsync_str code, message;
} crmi_logged;
/* Adds the log row of a decision to a commit; unchanged records are not logged. */
void crmi_log_decision(crmi_commit *c, crmsync_job *job, const crmi_decision *d, crmsync_str local_id,
                       crmsync_str crm_id, const crmi_logged *what);
const char *crmi_log_op(const crmi_decision *d, uint32_t outcome);

#endif
