/*
 * The ids of a list view, a report, a query or a campaign, page by page in ascending order, whatever
 * it takes to get at them. Only read.
 */
#ifndef CRMI_SYNC_ID_STREAM_H
#define CRMI_SYNC_ID_STREAM_H

#include "salesforce/soql_check.h"
#include "sync/job.h"

#define CRMI_ID_STREAM_COLLECTED 50000u /* most ids of a source that does not give them in order */

typedef struct crmi_id_stream crmi_id_stream;
typedef int32_t (*crmi_id_stream_fn)(crmi_id_stream *s, crmsync_error **err);

struct crmi_id_stream {
    crmi_task *task;
    const crmi_audience_rule *rule;
    const crmi_crm_object *crm;
    crmi_id_stream_fn ask, take; /* of the request that comes, or is under way */
    crmi_arena arena;
    crmsync_str view, instance, soql;
    crmsync_str of, column; /* object of the statement and its column of ids */
    crmi_soql_parts parts;
    crmi_buf next_url;
    uint32_t offset, polls;
    bool collect; /* not in order: given as one page at the end */
    char last[19];
    char (*text)[19];
    size_t text_count, text_cap;
    size_t ids_cap;

    /* what came */
    crmsync_str *ids; /* of the page, 18 characters, ascending, no repeats */
    size_t count;
    bool end;       /* that was the last page */
    bool truncated; /* and Salesforce left some out; then see `why` */
    const char *why, *remedy;
    uint64_t total; /* ids that the source has, as far as it told; 0 = not yet */
    uint64_t without; /* rows that show no record of the object */
};

void crmi_id_stream_init(crmi_id_stream *s, crmi_task *task);
void crmi_id_stream_clear(crmi_id_stream *s);
/* From the first id on. `collect`: do not rely on the order that the source gives. CRMSYNC_E_INVALID
 * for a statement that is none, or that is of another object. */
int32_t crmi_id_stream_begin(crmi_id_stream *s, const crmi_audience_rule *rule, bool collect,
                             crmsync_error **err);
/* Starts the next call. */
int32_t crmi_id_stream_ask(crmi_id_stream *s, crmsync_error **err);
/* Takes its answer. *page: a page of ids is there, perhaps an empty one; else ask again. */
int32_t crmi_id_stream_take(crmi_id_stream *s, bool *page, crmsync_error **err);
/* Is the error the source's own, so that others can be read all the same? */
bool crmi_id_stream_fault(int32_t code);
/* `list_view 00B...`, for people. */
bool crmi_id_stream_source(crmi_buf *out, const crmi_audience_rule *rule);

#endif
