/* The two halves of the record table: reading (records.c) and writing (save.c). */
#ifndef CRMI_ADAPTERS_SQLITE_RECORDS_H
#define CRMI_ADAPTERS_SQLITE_RECORDS_H

#include "document.h"
#include "store.h"

/* One stored record. */
typedef struct crmi_stored {
    bool found;
    bool deleted;
    uint64_t rev;
    crmi_document document;
} crmi_stored;

/* Reads one; `stored` is to be cleared in any case. */
int32_t crmi_stored_read(crmsync_sqlite *s, crmsync_str workspace, crmsync_str kind,
                         crmsync_str id, crmi_stored *stored, crmsync_error **err);
void crmi_stored_clear(crmi_stored *stored);
/* Writes one with its next revision, and its keys. */
int32_t crmi_stored_write(crmsync_sqlite *s, crmsync_str workspace, crmsync_str kind,
                          crmsync_str id, bool deleted, const crmi_member *members, size_t n,
                          uint64_t *rev, crmsync_error **err);
int32_t crmi_sequence_next(crmsync_sqlite *s, uint64_t *next, crmsync_error **err);
/* Parses a document; what is damaged is told with the record's id. */
int32_t crmi_stored_parse(crmsync_sqlite *s, crmsync_str id, crmsync_str json, crmi_document *d,
                          crmsync_error **err);
size_t crmi_sqlite_rev_text(uint64_t rev, char out[24]);

/* Prepares the search for one key; NULL with *code OK = the text has none. Step, then reset it. */
sqlite3_stmt *crmi_key_query(crmsync_sqlite *s, crmsync_str workspace, crmsync_str kind,
                             crmsync_str key_kind, crmsync_str text, char made[CRMSYNC_KEY_MAX],
                             int32_t *code, crmsync_error **err);

int32_t crmi_sqlite_save(void *ctx, crmsync_str workspace, const crmsync_rows *items,
                         crmsync_record_sink *sink, crmsync_error **err);

#endif
