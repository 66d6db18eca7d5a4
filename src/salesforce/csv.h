/* CSV as the Bulk API speaks it: a reader that takes bytes as they arrive, and a writer. */
#ifndef CRMI_SALESFORCE_CSV_H
#define CRMI_SALESFORCE_CSV_H

#include "base/error.h"

#define CRMI_CSV_FIELD_MAX   131072 /* characters of one value */
#define CRMI_CSV_ROW_MAX     400000 /* characters of one row */
#define CRMI_CSV_COLUMNS_MAX 5000
#define CRMI_CSV_HEADER_MAX  32000  /* characters of the first row */
#define CRMI_CSV_NULL        "#N/A" /* an empty cell leaves a field alone, this one empties it */

/* ---- reading ---- */

typedef struct crmi_csv_limits {
    size_t field_max; /* bytes; 0 = what Salesforce allows, in bytes of UTF-8 */
    size_t row_max;
    size_t columns_max;
} crmi_csv_limits;

typedef struct crmi_csv_row {
    const crmsync_str *fields; /* unquoted; borrowed until the call returns */
    size_t count;
    crmsync_str text; /* what the fields lie in, one after the other */
    uint64_t number; /* 0 is the first row, which names the columns */
    uint64_t at;     /* its offset in the bytes */
} crmi_csv_row;

/* Takes one row; any code but OK stops the reader and is what it returns. */
typedef int32_t (*crmi_csv_row_fn)(void *ctx, const crmi_csv_row *row, crmsync_error **err);

typedef struct crmi_csv_reader {
    const crmsync_alloc *alloc;
    crmi_csv_limits limits;
    crmi_csv_row_fn take;
    void *ctx;
    crmi_buf row;        /* unquoted bytes of the row so far */
    size_t *ends;        /* where each field ends in them */
    crmsync_str *fields; /* views for `take` */
    size_t count, cap, view_cap;
    size_t columns; /* of the first row */
    uint64_t number, offset, row_at;
    int32_t failed; /* the code that stopped it */
    uint8_t state, before_cr;
    uint8_t bom; /* bytes of a byte order mark seen */
    char delimiter;
} crmi_csv_reader;

/*
 * RFC 4180 with LF or CRLF, a byte order mark passed over. Every row has as many fields as the
 * first; an empty line is passed over, unless the rows have one field. `limits` NULL =
 * Salesforce's.
 */
void crmi_csv_reader_init(crmi_csv_reader *r, const crmsync_alloc *alloc, char delimiter,
                          const crmi_csv_limits *limits, crmi_csv_row_fn take, void *ctx);
void crmi_csv_reader_clear(crmi_csv_reader *r);
/*
 * Takes the next bytes and hands on the rows that end in them. CRMSYNC_E_PROTOCOL with the byte
 * offset for what is no CSV or no UTF-8, CRMSYNC_E_LIMIT for a value or row that is too large.
 * Once failed, it fails on.
 */
int32_t crmi_csv_push(crmi_csv_reader *r, crmsync_str bytes, crmsync_error **err);
/* The bytes are over: hands on a last row without line end. PROTOCOL when a quote is open. */
int32_t crmi_csv_end(crmi_csv_reader *r, crmsync_error **err);

/* ---- writing ---- */

typedef struct crmi_csv_writer {
    crmi_buf *out;
    char delimiter;
    bool crlf; /* line ends, also of those in values */
} crmi_csv_writer;

/* Appends the row of column names. CRMSYNC_E_LIMIT, CRMSYNC_E_INVALID for a name that is empty. */
int32_t crmi_csv_write_header(crmi_csv_writer *w, const crmsync_str *names, size_t n,
                              crmsync_error **err);
/*
 * Appends one row: ABSENT leaves the field alone, NULL and empty text empty it. CRMSYNC_E_INVALID
 * for a cell that cannot be sent, naming its column, also for a text that reads #N/A, since it
 * would empty the field; CRMSYNC_E_LIMIT for one that is too large. Nothing is appended then.
 */
int32_t crmi_csv_write_row(crmi_csv_writer *w, const crmsync_cell *cells, size_t n,
                           crmsync_error **err);

#endif
