/**
 * @file records.h
 * The record hook: the host's people, companies and kin.
 *
 * Records cross as rows (rows.h) in which these field names are reserved:
 *
 * | field     | meaning |
 * |-----------|---------|
 * | `id`      | the host's id, 1 to 128 bytes |
 * | `rev`     | the host's revision of the record, opaque, at most 128 bytes |
 * | `origin`  | the CRM id it was imported from, or empty |
 * | `deleted` | BOOL, in `changed` only |
 * | `inactive` | BOOL, in `save` only: true = its last CRM record was deleted; deactivate it |
 *
 * All other fields are the host's. A cell that is ABSENT says nothing; NULL says empty.
 */
#ifndef CRMSYNC_RECORDS_H
#define CRMSYNC_RECORDS_H

#include <crmsync/error.h>
#include <crmsync/rows.h>
#include <crmsync/types.h>

CRMSYNC_BEGIN_DECLS

/** How an item of `save` ended. */
enum {
    CRMSYNC_SAVE_SAVED = 1,
    CRMSYNC_SAVE_CONFLICT = 2, /**< the revision is not the expected one; nothing was changed */
    CRMSYNC_SAVE_REFUSED = 3,  /**< the host does not want these values; say why */
    CRMSYNC_SAVE_GONE = 4      /**< no such record */
};

/** Where a record hook puts its answers; valid inside that hook. */
typedef struct crmsync_record_sink crmsync_record_sink;

/**
 * Delivers records of `load`, `find` or `changed`; may be called repeatedly. Copied.
 * @return CRMSYNC_OK to go on, else stop and return that code from the hook
 */
CRMSYNC_API int32_t crmsync_record_rows(crmsync_record_sink *sink, const crmsync_rows *rows);

/**
 * Answers one item of `save`.
 *
 * @param item     row number in the batch
 * @param outcome  CRMSYNC_SAVE_*
 * @param id       SAVED: the record's id, new or old
 * @param rev      SAVED: its new revision
 * @param stored   SAVED: the values as stored, one row of the fields that were sent (others may be
 *                 there too), at position `row`; NULL = stored exactly as sent
 * @param reason   REFUSED: one line for the log
 */
CRMSYNC_API int32_t crmsync_record_saved(crmsync_record_sink *sink, size_t item, uint32_t outcome,
                                         crmsync_str id, crmsync_str rev,
                                         const crmsync_rows *stored, size_t row,
                                         crmsync_str reason);

/** Ends an answer of `changed`: where the next call goes on, and if more is waiting (1 or 0). */
CRMSYNC_API int32_t crmsync_record_cursor(crmsync_record_sink *sink, crmsync_str cursor,
                                          int32_t more);

/**
 * The hooks; `load`, `save` and `changed` are required. An `int32_t` says only whether the host
 * could answer: 0, or a negative code with nothing changed.
 */
typedef struct crmsync_record_ops {
    size_t struct_size;
    /** Delivers those of the records that exist, with `id`, `rev`, `origin` and all fields. */
    int32_t (*load)(void *ctx, crmsync_str workspace, crmsync_str kind, const crmsync_str *ids,
                    size_t n, crmsync_record_sink *sink, crmsync_error **err);
    /** Optional. Delivers **all** records whose key of `key_kind` (`email`, `domain`, `name`,
     *  `origin`) is one of the values; keys compare as crmsync_normalize_*() makes them. The rows
     *  carry `id`, `rev`, `origin` and the field the key was made from. Where it is NULL the
     *  library keeps that index itself. */
    int32_t (*find)(void *ctx, crmsync_str workspace, crmsync_str kind, crmsync_str key_kind,
                    const crmsync_str *values, size_t n, crmsync_record_sink *sink,
                    crmsync_error **err);
    /** Writes fields of records; each row carries `id` and `rev` (the expected revision). An empty
     *  `rev` creates: idempotent on `origin` (a record of that origin with other values is answered
     *  CONFLICT, with equal values SAVED). `id` is then a proposal that the host may replace.
     *  ABSENT cells leave a field alone. Answers every item once. */
    int32_t (*save)(void *ctx, crmsync_str workspace, const crmsync_rows *items,
                    crmsync_record_sink *sink, crmsync_error **err);
    /** The change feed: with an empty cursor from the beginning, each record once; then records
     *  that changed, at least once, the library's own saves included. Rows carry `id`, `rev`,
     *  `deleted`; at most `limit` of them; then crmsync_record_cursor(). */
    int32_t (*changed)(void *ctx, crmsync_str workspace, crmsync_str kind, crmsync_str cursor,
                       uint32_t limit, crmsync_record_sink *sink, crmsync_error **err);
    /** Optional. Called exactly once, when the engine that took the table is freed. */
    void (*destroy)(void *ctx);
} crmsync_record_ops;

#define CRMSYNC_RECORD_OPS_INIT {sizeof(crmsync_record_ops), NULL, NULL, NULL, NULL, NULL}

CRMSYNC_END_DECLS

#endif
