/* Rows of records under construction: one column for each field that any record of the kind has. */
#ifndef CRMI_ADAPTERS_RECORD_ROWS_H
#define CRMI_ADAPTERS_RECORD_ROWS_H

#include <crmsync/rows.h>

#include "document.h"

typedef struct crmi_record_rows {
    const crmsync_alloc *alloc;
    crmsync_rows *rows; /* whoever takes them sets NULL here */
    crmsync_str *names; /* id and rev, then copies of the fields */
    crmsync_cell *cells;
    size_t width;
    size_t cap;
} crmi_record_rows;

void crmi_record_rows_init(crmi_record_rows *r, const crmsync_alloc *alloc);
bool crmi_record_rows_name(crmi_record_rows *r, crmsync_str name); /* false = no memory */
/* After the last name. */
int32_t crmi_record_rows_start(crmi_record_rows *r, crmsync_str kind, crmsync_error **err);
int32_t crmi_record_rows_add(crmi_record_rows *r, crmsync_str id, uint64_t rev,
                             const crmi_document *d, crmsync_error **err);
void crmi_record_rows_clear(crmi_record_rows *r);

/* The cursor of the feed is the last revision told; false = not one. */
bool crmi_read_cursor(crmsync_str cursor, int64_t *out);

#endif
