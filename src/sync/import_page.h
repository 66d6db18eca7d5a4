/* One page of an import while it is carried out. */
#ifndef CRMI_SYNC_IMPORT_PAGE_H
#define CRMI_SYNC_IMPORT_PAGE_H

#include "state/reverse.h"
#include "sync/apply.h"
#include "sync/import.h"
#include "sync/import_locals.h"

#define CRMI_IMPORT_NONE  ((size_t)-1)
#define CRMI_IMPORT_NEVER INT64_MIN

typedef struct crmi_import_row {
    crmi_record crm;
    crmsync_str id;
    uint64_t digest; /* of what the CRM says */
    crmi_link *link; /* of the local record it belongs to; NULL = none */
    bool open;       /* not counted yet */
    bool early;      /* what it refers to is still to be read */
    uint32_t tries;
} crmi_import_row;

typedef struct crmi_import_work {
    crmsync_job *job;
    const crmi_crm_object *crm;
    const crmi_object_rule *rule;
    int64_t start; /* what is older and not linked is passed over; 0 = nothing */
    uint64_t *deactivations;
    int64_t read_to[CRMI_OBJECT_LAST]; /* server's time; 0 = not asked yet, or CRMI_IMPORT_NEVER */
    crmi_arena arena;
    crmi_import_row *rows;
    size_t count, open;

    /* of the round */
    crmi_map known; /* CRM id -> number in reverse */
    crmi_reverse *reverse;
    size_t *which; /* rows that take part */
    size_t n;
    crmi_import_input *inputs;
    crmi_import_locals locals;
    crmi_plan *plan; /* the job's: one decision per input, in their order */
    crmi_applied_page applied;
    crmi_units units;
    bool decided; /* the round's plan is made, and not carried out yet */
    bool *out;    /* per decision: whoever reviewed the plan took it out */
    bool *later;  /* per decision: its local record has another one in this round */
    size_t *unit; /* per decision, or CRMI_IMPORT_NONE */
    bool *tell;   /* per decision: the host does not know the CRM id yet */
    size_t *twin; /* per decision: the next one that shares its new record, or CRMI_IMPORT_NONE */
} crmi_import_work;

/*
 * A page from its beginning to its end; `rows` must live until then. Under review it stops at each
 * plan (job->review_open), and goes on when it is called again.
 */
int32_t crmi_import_begin(crmi_import_work *p, crmsync_job *job, const crmi_crm_object *crm,
                          const crmsync_rows *rows, int64_t start, uint64_t *deactivations,
                          crmsync_error **err);
int32_t crmi_import_go_on(crmi_import_work *p, bool *done, crmsync_error **err);
void crmi_import_end(crmi_import_work *p);

/* Whose CRM record is it? NULL = nobody's, as far as the round has read. */
const crmi_reverse *crmi_import_owner(const crmi_import_work *p, crmsync_str id);
/* Is a record that the row refers to still to be read, with the next run? */
int32_t crmi_import_early(crmi_import_work *p, crmi_record row, bool *early, crmsync_error **err);
/* Counts a row as input and by what became of it; it takes no part in further rounds. */
int32_t crmi_import_row_done(crmi_import_work *p, crmi_import_row *row, uint32_t outcome,
                             uint32_t reason, crmsync_error **err);
int32_t crmi_import_done(crmi_import_work *p, const crmi_decision *d, crmsync_error **err);
/* Commits what the round saved: links, ways back, log, queue. Rows that met a conflict stay open.
 */
int32_t crmi_import_settle(crmi_import_work *p, crmsync_error **err);

#endif
