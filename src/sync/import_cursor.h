/* How far an object of the CRM was read, and what the next query is after. Times are the server's. */
#ifndef CRMI_SYNC_IMPORT_CURSOR_H
#define CRMI_SYNC_IMPORT_CURSOR_H

#include "salesforce/query.h"
#include "state/cursor.h"
#include "sync/workspace.h"

typedef struct crmi_import_cursor {
    crmsync_workspace *ws;
    const crmi_crm_object *crm;
    const crmi_object_rule *rule;
    bool index_only;   /* only the account index is kept */
    crmi_cursor entry; /* as stored */
    uint32_t mode;     /* CRMI_IMPORT_* */
    bool first;        /* no page of this query has come yet */
    bool again;        /* after this backfill or old scan comes a poll to now */
} crmi_import_cursor;

void crmi_import_cursor_init(crmi_import_cursor *c, crmsync_workspace *ws, bool index_only);
void crmi_import_cursor_clear(crmi_import_cursor *c);
/* Where an object goes on whose columns are `select`. */
int32_t crmi_import_cursor_begin(crmi_import_cursor *c, const crmi_crm_object *crm,
                                 crmsync_str select, crmsync_error **err);
/* Turns to what changed until now. */
void crmi_import_cursor_poll(crmi_import_cursor *c);
/* The server's time of an answer; 0 = it told none. */
void crmi_import_cursor_heard(crmi_import_cursor *c, int64_t server_ms);
/* Moves behind a page that is durable. */
int32_t crmi_import_cursor_move(crmi_import_cursor *c, const crmi_query_page *page,
                                crmsync_error **err);
/* The condition of the rule, which the account index does not care for. */
crmsync_str crmi_import_cursor_filter(const crmi_import_cursor *c);

#endif
