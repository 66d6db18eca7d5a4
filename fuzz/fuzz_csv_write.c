/*
 * Any bytes as cells, 0x1E between them and 0x1D between rows; the first byte chooses delimiter and
 * line end. What our writer takes, our reader and the org's read as it was: only line ends become
 * those of the file, and what is empty becomes #N/A.
 */
#include <stdint.h>
#include <stdlib.h>

#include "csv.h"
#include "salesforce/csv.h"

enum { COLUMNS = 4, ROWS = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(int holds)
{
    if (!holds)
        abort();
}

typedef struct table {
    crmi_buf cells[ROWS][COLUMNS]; /* as they are to be read */
    size_t rows, read;
} table;

static int32_t take(void *ctx, const crmi_csv_row *row, crmsync_error **err)
{
    table *t = ctx;
    (void)err;
    expect(t->read < t->rows && row->count == COLUMNS);
    for (size_t i = 0; i < COLUMNS; i++)
        expect(crmi_str_eq(row->fields[i], crmi_buf_str(&t->cells[t->read][i])));
    t->read++;
    return CRMSYNC_OK;
}

/* CR, LF and CRLF become the line end of the file. */
static void as_read(crmi_buf *out, crmsync_str cell, bool crlf)
{
    if (!cell.len)
        crmi_buf_lit(out, "#N/A");
    for (size_t i = 0; i < cell.len; i++) {
        char c = cell.ptr[i];
        if (c != '\r' && c != '\n') {
            crmi_buf_char(out, c);
            continue;
        }
        if (c == '\r' && i + 1 < cell.len && cell.ptr[i + 1] == '\n')
            i++;
        crmi_buf_add(out, crlf ? CRMI_STR("\r\n") : CRMI_STR("\n"));
    }
}

static size_t split(const uint8_t *data, size_t size, uint8_t at, size_t *from)
{
    size_t start = *from, end = start;
    while (end < size && data[end] != at)
        end++;
    *from = end + 1;
    return end < size ? end - start : size - start;
}

static bool write_row(crmi_csv_writer *w, table *t, const uint8_t *data, size_t size)
{
    crmsync_cell cells[COLUMNS] = {{{NULL, 0}, 0, 0, 0}};
    size_t at = 0;
    bool zero = false;
    for (size_t i = 0; i < COLUMNS; i++) {
        size_t from = at < size ? at : size, len = at < size ? split(data, size, 0x1E, &at) : 0;
        cells[i].text = (crmsync_str){(const char *)data + from, len};
        cells[i].type = CRMSYNC_CELL_TEXT;
        zero = zero || (len && memchr(data + from, 0, len)); /* the org's reader ends there */
    }
    /* a byte order mark at the very start is passed over by whoever reads the file */
    if (zero || (!t->rows && crmi_str_starts(cells[0].text, "\xef\xbb\xbf")) ||
        crmi_csv_write_row(w, cells, COLUMNS, NULL) != CRMSYNC_OK)
        return false;
    for (size_t i = 0; i < COLUMNS; i++)
        as_read(&t->cells[t->rows][i], cells[i].text, w->crlf);
    t->rows++;
    return true;
}

static void read_back(const crmsync_alloc *alloc, table *t, const crmi_csv_writer *w, size_t piece)
{
    crmi_csv_reader r;
    orgsim_table theirs;
    crmsync_str csv = crmi_buf_str(w->out);
    crmi_csv_reader_init(&r, alloc, w->delimiter, NULL, take, t);
    for (size_t at = 0; at < csv.len; at += piece)
        expect(crmi_csv_push(&r, crmi_str_sub(csv, at, piece), NULL) == CRMSYNC_OK);
    expect(crmi_csv_end(&r, NULL) == CRMSYNC_OK && t->read == t->rows);
    crmi_csv_reader_clear(&r);
    orgsim_table_read(&theirs, csv.ptr, csv.len, w->delimiter);
    expect(theirs.count == t->rows && (!t->rows || theirs.lf != theirs.crlf));
    for (size_t i = 0; i < t->rows; i++) {
        expect(!theirs.records[i].bad && theirs.records[i].count == COLUMNS);
        for (size_t k = 0; k < COLUMNS; k++)
            expect(crmi_str_is(crmi_buf_str(&t->cells[i][k]), theirs.records[i].values[k]));
    }
    orgsim_table_clear(&theirs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char delimiters[] = {',', '\t', ';', '|', '^', '`'};
    static table t;
    crmsync_alloc alloc;
    crmi_buf out;
    uint8_t how = size ? data[0] : 0;
    expect(crmi_alloc_init(&alloc, NULL) == CRMSYNC_OK);
    crmi_buf_init(&out, &alloc);
    crmi_csv_writer w = {&out, delimiters[how % sizeof delimiters], how & 0x80};
    for (size_t i = 0; i < ROWS * COLUMNS; i++)
        crmi_buf_init(&t.cells[i / COLUMNS][i % COLUMNS], &alloc);
    t.rows = t.read = 0;
    for (size_t at = 1; at < size && t.rows < ROWS;) {
        size_t from = at, len = split(data, size, 0x1D, &at);
        write_row(&w, &t, data + from, len);
    }
    if (t.rows) /* nothing is written of a row that was refused */
        read_back(&alloc, &t, &w, 1 + how % 7);
    for (size_t i = 0; i < ROWS * COLUMNS; i++)
        crmi_buf_clear(&t.cells[i / COLUMNS][i % COLUMNS]);
    crmi_buf_clear(&out);
    return 0;
}
