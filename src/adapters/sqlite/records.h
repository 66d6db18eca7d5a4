/* Between the halves of the record table: all of it (records.c) and one record (record.c). */
#ifndef CRMI_ADAPTERS_SQLITE_RECORDS_H
#define CRMI_ADAPTERS_SQLITE_RECORDS_H

#include "record_save.h"
#include "store.h"

/* Reads one; `stored` is to be cleared in any case. */
int32_t crmi_stored_read(crmsync_sqlite *s, crmsync_str workspace, crmsync_str kind,
                         crmsync_str id, crmi_stored *stored, crmsync_error **err);

/* Prepares the search for one key; NULL with *code OK = the text has none. Step, then reset it. */
sqlite3_stmt *crmi_key_query(crmsync_sqlite *s, crmsync_str workspace, crmsync_str kind,
                             crmsync_str key_kind, crmsync_str text, char made[CRMSYNC_KEY_MAX],
                             int32_t *code, crmsync_error **err);

/* The store as record_save.h sees it. */
crmi_record_table crmi_sqlite_table(crmsync_sqlite *s);

#endif
