/*
 * Looking records up in the org: ids, e-mail addresses, websites and names of a whole page in as few
 * composites as their text allows, merges and conversions followed.
 */
#ifndef CRMI_SYNC_LOOKUP_H
#define CRMI_SYNC_LOOKUP_H

#include "salesforce/query.h"
#include "sync/apply.h"

enum {
    CRMI_ASK_ID,
    CRMI_ASK_EMAIL,
    CRMI_ASK_WEBSITE,
    CRMI_ASK_NAME,
    CRMI_ASK_EXTERNAL_ID, /* asked of objects that are configured to have one */
    CRMI_ASK_LAST
};

/* What is asked of one object. */
typedef struct crmi_lookup_ask {
    crmi_selection selection;
    crmi_query_column *columns;
    crmsync_str *values[CRMI_ASK_LAST];
    size_t count[CRMI_ASK_LAST], cap[CRMI_ASK_LAST], sent[CRMI_ASK_LAST];
    bool failed; /* a part could not be had: absence proves nothing */
} crmi_lookup_ask;

/* A part of a composite, or a further page of one. */
typedef struct crmi_lookup_part {
    uint32_t object;
    crmi_buf next_url; /* not empty: this page comes after */
} crmi_lookup_part;

typedef struct crmi_lookup {
    crmi_task *task;
    crmi_arena arena;
    crmi_lookup_ask ask[CRMI_OBJECT_LAST];
    crmi_map asked; /* "<object>/<field>/<value>" */
    crmsync_rows **pages;
    size_t page_count, page_cap;
    crmi_record *records; /* every row that came, once per id */
    size_t record_count, record_cap;
    crmi_map by_id; /* id18 -> index into records */
    crmi_lookup_part parts[CRMI_TASK_CALLS][5];
    size_t part_count[CRMI_TASK_CALLS]; /* 0 = the call is a further page of parts[i][0] */
    crmi_lookup_part *more;
    size_t more_count, more_cap;
    size_t rounds;
} crmi_lookup;

void crmi_lookup_init(crmi_lookup *l, crmi_task *task);
void crmi_lookup_clear(crmi_lookup *l);
/* Forgets answers and wishes, for the next page. */
void crmi_lookup_reset(crmi_lookup *l);
/* Wishes; repeats cost nothing. The value is copied. */
int32_t crmi_lookup_want(crmi_lookup *l, uint32_t object, uint32_t what, crmsync_str value,
                         crmsync_error **err);
/* Every form in which people write the website of a registrable domain. */
int32_t crmi_lookup_want_domain(crmi_lookup *l, crmsync_str domain, crmsync_error **err);
/* Starts calls for what is wanted and not asked yet; *sent = none left when 0. */
int32_t crmi_lookup_send(crmi_lookup *l, size_t *sent, crmsync_error **err);
/* Takes the answers of the calls that were started, and wants what they point at. */
int32_t crmi_lookup_take(crmi_lookup *l, crmsync_error **err);
crmi_record crmi_lookup_get(const crmi_lookup *l, crmsync_str id); /* {NULL,0} = not there */
bool crmi_lookup_failed(const crmi_lookup *l, uint32_t object);

#endif
