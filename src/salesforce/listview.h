/* List views: which there are, the query behind one, and its rows. They are only read. */
#ifndef CRMI_SALESFORCE_LISTVIEW_H
#define CRMI_SALESFORCE_LISTVIEW_H

#include "salesforce/query.h"

#define CRMI_LISTVIEW_ROWS_MAX   2000 /* of one answer */
#define CRMI_LISTVIEW_OFFSET_MAX 2000

typedef struct crmi_listview {
    crmsync_str id, developer_name, label;
    bool soql; /* there is a query behind it; without one only its results can be read */
} crmi_listview;

typedef struct crmi_listviews {
    const crmi_listview *items; /* everything in the arena */
    size_t count;
    crmsync_str next_url; /* empty = these are all */
} crmi_listviews;

int32_t crmi_listviews_request(crmi_request *r, crmsync_str version, crmsync_str object,
                               crmsync_error **err);
/* CRMSYNC_E_INVALID when the URL is not one that such a list can have named. */
int32_t crmi_listviews_more_request(crmi_request *r, crmsync_str next_url, crmsync_error **err);
int32_t crmi_listviews_read(crmi_arena *arena, const crmi_response *response, crmi_listviews *out,
                            crmsync_error **err);

int32_t crmi_listview_describe_request(crmi_request *r, crmsync_str version, crmsync_str object,
                                       crmsync_str id, crmsync_error **err);
/* The query of its members' ids, for pages of any number: SELECT Id and what follows FROM. */
int32_t crmi_listview_describe_read(crmi_arena *arena, const crmi_response *response,
                                    crmsync_str *soql, crmsync_error **err);

/* Results as the view shows them. CRMSYNC_E_LIMIT beyond offset 2,000: Salesforce goes no further,
 * so a view without a query has at most 4,000 readable rows. */
int32_t crmi_listview_results_request(crmi_request *r, crmsync_str version, crmsync_str object,
                                      crmsync_str id, uint32_t offset, crmsync_error **err);

typedef struct crmi_listview_page {
    crmsync_rows *rows; /* a column for each of the view's, values as it shows them; with Id */
    bool done;          /* nothing after these */
} crmi_listview_page;

/* Free page->rows. CRMSYNC_E_PROTOCOL when a row has no Id. */
int32_t crmi_listview_results_read(const crmsync_alloc *alloc, const crmi_response *response,
                                   crmsync_str object, crmi_listview_page *page,
                                   crmsync_error **err);

#endif
