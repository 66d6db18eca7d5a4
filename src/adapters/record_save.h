/*
 * Writing records, the same in every store of documents: what a save means (revisions, creations
 * that meet their own success, values laid over what was stored). The store reads and writes.
 */
#ifndef CRMI_ADAPTERS_RECORD_SAVE_H
#define CRMI_ADAPTERS_RECORD_SAVE_H

#include <crmsync/records.h>

#include "document.h"

enum { CRMI_MAX_ID = 128 };

/* One stored record. */
typedef struct crmi_stored {
    bool found;
    bool deleted;
    uint64_t rev;
    crmi_document document;
} crmi_stored;

/* What a transaction is going to ask for, so that a store behind a wire can read it at once. */
typedef struct crmi_save_wants {
    crmsync_str workspace;
    crmsync_str kind;
    const crmsync_str *ids;
    size_t id_count;
    const crmsync_str *origins;
    size_t origin_count;
    size_t writes; /* at most so many calls of `write`, and of `next` */
} crmi_save_wants;

/* The store's side; all within begin and commit or rollback, one workspace and kind. */
typedef struct crmi_record_table {
    const char *name; /* in messages */
    const crmsync_alloc *alloc;
    void *store;
    int32_t (*begin)(void *store, const crmi_save_wants *wants, crmsync_error **err);
    /* Both end the transaction; a failed commit needs no rollback. */
    int32_t (*commit)(void *store, const crmi_save_wants *wants, crmsync_error **err);
    void (*rollback)(void *store);
    int32_t (*remember_field)(void *store, const crmi_save_wants *wants, crmsync_str name,
                              crmsync_error **err);
    /* `stored` is to be cleared in any case. */
    int32_t (*read)(void *store, const crmi_save_wants *wants, crmsync_str id, crmi_stored *stored,
                    crmsync_error **err);
    /* The id of the record of that origin, a copy to be dropped; empty = none. */
    int32_t (*by_origin)(void *store, const crmi_save_wants *wants, crmsync_str origin,
                         crmsync_str *id, crmsync_error **err);
    int32_t (*next)(void *store, uint64_t *next, crmsync_error **err); /* for an id of its own */
    /* Writes one with its next revision, and its keys. */
    int32_t (*write)(void *store, const crmi_save_wants *wants, crmsync_str id, bool deleted,
                     const crmi_member *members, size_t n, uint64_t *rev, crmsync_error **err);
} crmi_record_table;

void crmi_stored_clear(crmi_stored *stored);
/* Parses a document; what is damaged is told with the record's id. */
int32_t crmi_stored_parse(const crmsync_alloc *alloc, const char *store, crmsync_str id,
                          crmsync_str json, crmi_document *d, crmsync_error **err);
size_t crmi_rev_text(uint64_t rev, char out[24]);

/* The hook `save`; answers after the commit: a row that was told SAVED is. */
int32_t crmi_record_save(const crmi_record_table *t, crmsync_str workspace,
                         const crmsync_rows *items, crmsync_record_sink *sink,
                         crmsync_error **err);
/* As the host's own user: no revision is checked. */
int32_t crmi_record_put(const crmi_record_table *t, crmsync_str workspace,
                        const crmsync_rows *rows, crmsync_error **err);
int32_t crmi_record_remove(const crmi_record_table *t, crmsync_str workspace, crmsync_str kind,
                           crmsync_str id, crmsync_error **err);

#endif
