/* The rows of a bulk job, and which parcel or intent each of them is. */
#ifndef CRMI_SYNC_BULK_ROWS_H
#define CRMI_SYNC_BULK_ROWS_H

#include "salesforce/ingest.h"

typedef struct crmi_bulk_rows {
    crmi_ingest op;
    crmsync_str *columns; /* of all rows together */
    size_t column_count, column_cap;
    size_t *row_of;     /* per row */
    bool closed;        /* from here on rows may have been written */
    uint32_t troubles;  /* refusals and losses */
} crmi_bulk_rows;

/* Adds a column, once. false = no memory. */
bool crmi_bulk_column(crmi_arena *arena, crmi_bulk_rows *rows, crmsync_str name);
/* Puts a value into its column. */
void crmi_bulk_cell(const crmi_bulk_rows *rows, crmsync_cell *cells, crmsync_str name,
                    const crmsync_cell *cell);

#endif
