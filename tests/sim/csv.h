/* csv.h: CSV as uploads to the Bulk API are read, and its results written. */
#ifndef ORGSIM_CSV_H
#define ORGSIM_CSV_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

typedef struct orgsim_record {
    char **values; /* NUL-terminated */
    size_t count, cap;
    bool bad; /* its quotes are wrong */
} orgsim_record;

typedef struct orgsim_table {
    orgsim_record *records; /* the first one names the columns */
    size_t count, cap;
    bool lf, crlf; /* line ends that occur, in values too */
} orgsim_table;

void orgsim_table_read(orgsim_table *table, const char *bytes, size_t len, char delimiter);
void orgsim_table_clear(orgsim_table *table);
/* Results quote everything. `first` = no delimiter before it. */
void orgsim_csv_put(orgsim_buf *out, const char *value, char delimiter, bool first);

#endif
