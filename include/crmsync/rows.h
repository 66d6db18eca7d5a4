/**
 * @file rows.h
 * Rows: a kind, field names once, and cells. Every batch and every result set crosses the ABI so.
 *
 * A rows object owns copies of all names and texts. One thread at a time, any thread.
 */
#ifndef CRMSYNC_ROWS_H
#define CRMSYNC_ROWS_H

#include <crmsync/error.h>
#include <crmsync/types.h>

CRMSYNC_BEGIN_DECLS

typedef struct crmsync_rows crmsync_rows;

/**
 * Makes an empty batch.
 *
 * @param alloc   NULL = libc; the struct is copied, its ctx must outlive the rows
 * @param kind    `person`, `company`, a Salesforce object, ...; at most 80 bytes
 * @param fields  distinct names, each 1 to 255 bytes; may be NULL when `n` is 0. JSON lines add
 *                fields as they meet them
 * @param out     set to NULL first
 * @return CRMSYNC_OK; CRMSYNC_E_INVALID (empty or repeated name, with its position);
 *         CRMSYNC_E_NOMEM. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_rows_new(const crmsync_alloc *alloc, crmsync_str kind,
                                     const crmsync_str *fields, size_t n, crmsync_rows **out,
                                     crmsync_error **err);
/** Frees the rows and all views into them; NULL is allowed. */
CRMSYNC_API void crmsync_rows_free(crmsync_rows *rows);

CRMSYNC_API crmsync_str crmsync_rows_kind(const crmsync_rows *rows);
CRMSYNC_API size_t crmsync_rows_count(const crmsync_rows *rows);
CRMSYNC_API size_t crmsync_rows_field_count(const crmsync_rows *rows);
/** Name of field `i`, empty when out of range. Borrowed until the rows are freed. */
CRMSYNC_API crmsync_str crmsync_rows_field(const crmsync_rows *rows, size_t i);
/** Position of a field, or -1. Names compare exactly. */
CRMSYNC_API int32_t crmsync_rows_find_field(const crmsync_rows *rows, crmsync_str name);

/**
 * Adds one record.
 * @param cells  one per field, in order; texts are copied. NULL makes a record of ABSENT cells
 * @param n      number of cells; at most the number of fields, missing ones are ABSENT
 * @return CRMSYNC_OK; CRMSYNC_E_INVALID (unknown cell type, text not UTF-8, a BOOL, decimal or id
 *         that is none, with row and field); CRMSYNC_E_NOMEM. Unchanged after an error. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_rows_append(crmsync_rows *rows, const crmsync_cell *cells, size_t n,
                                        crmsync_error **err);
/**
 * Adds `count` records at once: count x field_count cells, row by row, as crmsync_rows_read() gives
 * them.
 * @return as crmsync_rows_append(); the records before a bad one are kept. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_rows_append_many(crmsync_rows *rows, const crmsync_cell *cells,
                                             size_t count, crmsync_error **err);
/**
 * Adds a field, ABSENT in all records; one that is there already is no error.
 * @return its position, or CRMSYNC_E_INVALID (empty or longer than 255 bytes), CRMSYNC_E_NOMEM.
 *         Since 0.1.
 */
CRMSYNC_API int32_t crmsync_rows_add_field(crmsync_rows *rows, crmsync_str name,
                                           crmsync_error **err);
/** Sets one cell of an existing record. Errors as crmsync_rows_append(). Since 0.1. */
CRMSYNC_API int32_t crmsync_rows_set(crmsync_rows *rows, size_t row, size_t field,
                                     const crmsync_cell *cell, crmsync_error **err);
/**
 * Adds one record from a JSON object, `{"id":"p1","email":"a@b.example","score":12.5,"vip":true}`.
 * null is NULL, a missing member ABSENT, numbers DECIMAL with their digits as written, strings
 * TEXT. Objects and arrays as values are refused, and a member that occurs twice. Unknown members
 * become new fields.
 * @return as crmsync_rows_append(), with the byte offset of a syntax error. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_rows_append_json(crmsync_rows *rows, crmsync_str json,
                                             crmsync_error **err);
/**
 * Adds one record per non-empty line. Stops at the first bad line, keeping those before it; the
 * error's where is `line N`. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_rows_append_jsonl(crmsync_rows *rows, crmsync_str jsonl,
                                              crmsync_error **err);
/** One cell; ABSENT when out of range. Texts are borrowed until the cell is set or rows freed. */
CRMSYNC_API crmsync_cell crmsync_rows_get(const crmsync_rows *rows, size_t row, size_t field);
/**
 * Reads `count` records from `first`, row by row, into `cells` (count x field_count elements).
 * @return number of records read. Since 0.1.
 */
CRMSYNC_API size_t crmsync_rows_read(const crmsync_rows *rows, size_t first, size_t count,
                                     crmsync_cell *cells);
/**
 * Writes each record as a line of JSON, as crmsync_rows_append_jsonl() reads them: fields in their
 * order without those that are ABSENT; decimals as numbers with their digits, a DATE as
 * `"2026-11-20"`, a DATETIME as `"2026-11-20T08:30:00.000Z"`.
 * @param write  called at least once a record; its code stops the writer and is returned
 * @return CRMSYNC_OK; CRMSYNC_E_INVALID; CRMSYNC_E_NOMEM; what `write` returned. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_rows_write_jsonl(const crmsync_rows *rows, crmsync_write_fn write,
                                             void *ctx, crmsync_error **err);
/** Removes all records, keeps the fields. */
CRMSYNC_API void crmsync_rows_clear(crmsync_rows *rows);

CRMSYNC_END_DECLS

#endif
