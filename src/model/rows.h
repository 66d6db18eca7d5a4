/* Rows from the inside. */
#ifndef CRMI_MODEL_ROWS_H
#define CRMI_MODEL_ROWS_H

#include <crmsync/rows.h>

#include "base/error.h"
#include "base/json.h"
#include "base/map.h"

/* One record of a batch, by reference. {NULL, 0} is "no record". */
typedef struct crmi_record {
    const crmsync_rows *rows;
    size_t row;
} crmi_record;

crmsync_cell crmi_record_get(crmi_record record, crmsync_str field);    /* ABSENT = no such field */
/* By a position found before; -1 = ABSENT. */
crmsync_cell crmi_record_at(crmi_record record, int32_t at);
/* Its cells by position, one per field; NULL = no record. Until a field or record is added. */
const crmsync_cell *crmi_record_cells(crmi_record record);
crmsync_str crmi_record_text(crmi_record record, const char *field);    /* of TEXT/ID/DECIMAL */
bool crmi_record_flag(crmi_record record, const char *field);           /* BOOL true */
/* Adds a field to an existing batch (ABSENT in all records); its position, or -1 without memory. */
ptrdiff_t crmi_rows_add_field(crmsync_rows *rows, crmsync_str name);
/* Appends an empty record and returns its position, or -1. */
ptrdiff_t crmi_rows_add_row(crmsync_rows *rows);
/*
 * Records that are read where they lie: open_row appends an empty one and gives its cells to be
 * filled, NULL without memory. Their texts lie in crmi_rows_texts() or in the document that keep
 * hands over, once, to be freed with the rows.
 */
crmsync_cell *crmi_rows_open_row(crmsync_rows *rows);
crmi_arena *crmi_rows_texts(crmsync_rows *rows);
void crmi_rows_keep(crmsync_rows *rows, yyjson_doc *doc);
/* Makes room for `count` records in all. false = no memory. */
bool crmi_rows_reserve(crmsync_rows *rows, size_t count);
/* Appends `n` cells, at most the field count, that are known to be valid (crmi_cell_fault()): texts
 * out of a parsed JSON document are UTF-8. Texts are copied. false = no memory. */
bool crmi_rows_append_checked(crmsync_rows *rows, const crmsync_cell *cells, size_t n);
/* Sets by name, adding the field when needed. Texts are copied. false = no memory. */
bool crmi_rows_put(crmsync_rows *rows, size_t row, crmsync_str field, const crmsync_cell *cell);
/* Sets by position. Texts are copied. false = no memory. */
bool crmi_rows_put_at(crmsync_rows *rows, size_t row, size_t field, const crmsync_cell *cell);
bool crmi_rows_copy_row(crmsync_rows *to, crmi_record from); /* fields matched by name */

/* Back to an earlier extent: records and fields added after it are dropped. */
void crmi_rows_truncate(crmsync_rows *rows, size_t row_count, size_t field_count);
const crmsync_alloc *crmi_rows_alloc(const crmsync_rows *rows);

/* Cells made easy. */
crmsync_cell crmi_cell_text(crmsync_str s);  /* empty -> NULL cell */
crmsync_cell crmi_cell_id(crmsync_str s);
crmsync_cell crmi_cell_bool(bool v);
crmsync_cell crmi_cell_number(uint32_t type, int64_t v); /* DATE, DATETIME */
crmsync_cell crmi_cell_null(void);
crmsync_cell crmi_cell_absent(void);
/* A cell as a person reads it (no quotes; NULL and ABSENT give nothing). */
void crmi_buf_cell(crmi_buf *b, const crmsync_cell *cell);
void crmi_digest_cell(crmi_digest *d, const crmsync_cell *cell);
uint64_t crmi_mix_cell(uint64_t seed, const crmsync_cell *cell); /* as crmi_mix_bytes() */
/* A Salesforce id as 18 characters, in the arena; empty when it is none. false = no memory. */
bool crmi_keep_id(crmi_arena *arena, crmsync_str text, crmsync_str *out);
bool crmi_cell_instant(const crmsync_cell *cell, int64_t *unix_ms); /* DATETIME, DATE, or a text */
/* What is wrong with a cell, in words, or NULL. */
const char *crmi_cell_fault(const crmsync_cell *cell);
bool crmi_decimal_valid(crmsync_str s); /* -?digits[.digits][e[+-]digits] */

#endif
