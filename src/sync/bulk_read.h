/*
 * A bulk query as a task reads it: the job is made and waited for, its result pages are read several
 * at once, and their rows are handed on while they arrive. Only a bounded piece of each page is ever
 * kept: a page that comes faster than its rows are done with is paused.
 */
#ifndef CRMI_SYNC_BULK_READ_H
#define CRMI_SYNC_BULK_READ_H

#include "salesforce/bulk_query.h"
#include "sync/job.h"

/* What comes next. */
enum {
    CRMI_BULK_READ_CREATE = 0,
    CRMI_BULK_READ_POLL,
    CRMI_BULK_READ_LIST,
    CRMI_BULK_READ_PAGES,
    CRMI_BULK_READ_DONE,
    CRMI_BULK_READ_GONE /* the org has no such job, or cannot do it: read in another way */
};

/* A page on its way. */
typedef struct crmi_bulk_stream {
    crmi_task *task;
    crmi_buf spool; /* bytes that came and were not read yet */
    size_t taken;
    crmi_bulk_page page;
    size_t number; /* in the list */
    bool open, broken;
} crmi_bulk_stream;

typedef struct crmi_bulk_read {
    crmi_task *task;
    crmsync_str object, soql; /* borrowed */
    const crmi_query_column *columns;
    size_t column_count;
    crmi_bulk_take_fn take;
    void *ctx;
    bool all;         /* with deleted rows */
    size_t in_flight; /* pages at once; 1 = rows come in the order of the statement */
    uint32_t step;
    char job[CRMI_JOB_ID_LEN + 1];
    crmi_buf list; /* locator of the list of pages; empty = the first one */
    size_t first;  /* pages of that list that are done, without a gap; the rest may be read again */
    crmi_arena arena;
    crmi_bulk_pages pages;
    bool done[CRMI_BULK_PAGES_MAX];
    uint32_t polls, tries;
    crmi_bulk_stream streams[CRMI_TASK_CALLS];
    /* The owner's, after each answer: where it stands may be stored. DONE and GONE: it names what is
     * next for the task. */
    crmi_state_fn after;
} crmi_bulk_read;

void crmi_bulk_read_init(crmi_bulk_read *b, crmi_task *task);
void crmi_bulk_read_clear(crmi_bulk_read *b);
/* Begins anew, or with a job goes on where job, list and first were when they were stored. */
int32_t crmi_bulk_read_begin(crmi_bulk_read *b, crmsync_str job, crmsync_str list, size_t first,
                             crmsync_error **err);
/* A state of the task: starts what comes next. The reader then names the task's states itself. */
int32_t crmi_bulk_read_go(crmi_task *task, crmsync_error **err);
/* Can a bulk query give these columns with the types that a query gives? */
bool crmi_bulk_columns_fit(const crmsync_workspace *ws, crmsync_str object,
                           const crmi_query_column *columns, size_t n);

#endif
