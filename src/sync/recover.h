/* The recover phase from the inside: what is asked of the org, and how its rows are compared. */
#ifndef CRMI_SYNC_RECOVER_H
#define CRMI_SYNC_RECOVER_H

#include "salesforce/composite.h"
#include "salesforce/query.h"
#include "sync/bulk_rows.h"
#include "sync/settle.h"

#define CRMI_RECOVER_PARTS 5
/* After the last moment a request may have left: the server works on it for ten minutes at most. */
#define CRMI_RECOVER_DOUBT_MS (INT64_C(11) * 60 * 1000)

/* One query: the rows of an object that our user made in those minutes, or those of known ids. */
typedef struct crmi_recover_part {
    crmsync_str object;
    bool updates; /* asked by id, not by window */
    crmi_query_column *columns;
    size_t column_count;
    crmi_query_page page;
    bool answered;
} crmi_recover_part;

typedef struct crmi_recovery {
    crmi_task task;
    crmi_arena arena;
    crmsync_str *ulids;
    size_t ulid_count, at;
    crmi_shipment shipment;
    crmi_recover_part parts[CRMI_RECOVER_PARTS];
    size_t part_count;
    crmi_settled *ends;
    crmi_bulk_rows bulk; /* of a bulk job */
    bool over; /* that job is at its end: what is not there will not come */
    crmsync_str *emails; /* of creates that were not found */
    size_t email_count;
} crmi_recovery;

bool crmi_intent_in_doubt(const crmi_intent *in);
bool crmi_intent_creates(const crmi_intent *in);
/* Does the org itself refuse a second one of these? */
bool crmi_recover_unique(const crmi_intent *in);
/* The value that was sent for a field; NULL = none. */
const crmsync_cell *crmi_intent_sent(const crmi_intent *in, const char *name);
/* The parts that the doubtful intents of the shipment need, with their columns. */
void crmi_recover_parts(crmi_recovery *t);
void crmi_recover_parts_clear(crmi_recovery *t);
/* Adds the query of part `at`. */
int32_t crmi_recover_query(crmi_recovery *t, crmi_composite *c, size_t at, crmsync_error **err);
void crmi_recover_settled(crmi_settled *end, const crmi_intent *in, crmsync_str crm_id);
void crmi_recover_plan_anew(crmi_recovery *t, crmi_settled *end);
/* recover.c. State: asks the org for what is still in doubt, and goes on to settle. */
int32_t crmi_recover_ask(crmi_task *task, crmsync_error **err);
/* It stays unknown, to be looked for again. */
void crmi_recover_unknown(crmi_recovery *t, size_t at);
/* recover_bulk.c: is it a bulk job? Then this state asks it first. */
bool crmi_recover_has_job(const crmi_recovery *t);
int32_t crmi_recover_job(crmi_task *task, crmsync_error **err);
/* recover_again.c: was it sent under a key that still lives? Then this state sends it again. */
bool crmi_recover_has_key(crmi_recovery *t);
int32_t crmi_recover_send_again(crmi_task *task, crmsync_error **err);
/* Compares the rows of a part with the intents and writes down their ends. */
int32_t crmi_recover_match(crmi_recovery *t, crmi_recover_part *part, crmsync_error **err);

#endif
