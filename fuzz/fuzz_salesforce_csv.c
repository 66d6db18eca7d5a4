/*
 * Any bytes as CSV. The first byte is how many are pushed at a time, 0 = all. However they are cut,
 * the same rows come out; and rows that were taken are, written and read again, the same.
 */
#include <stdint.h>
#include <stdlib.h>

#include "salesforce/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(int holds)
{
    if (!holds)
        abort();
}

typedef struct sink {
    crmi_buf rows; /* each field's length and bytes */
    crmi_buf again;
    bool rewrite;   /* write each row again as CSV */
    bool rewritten; /* false once one could not be written as it is */
} sink;

static void rewrite(sink *s, const crmi_csv_row *row)
{
    crmi_csv_writer w = {&s->again, ',', false};
    crmsync_cell cells[16];
    for (size_t i = 0; i < row->count; i++) {
        /* what comes back different on purpose: no text, a CR, a mark at the very start */
        if (row->count > 16 || !row->fields[i].len || crmi_str_chr(row->fields[i], '\r') >= 0 ||
            (!row->number && crmi_str_starts(row->fields[i], "\xef\xbb\xbf"))) {
            s->rewritten = false;
            return;
        }
        cells[i] = (crmsync_cell){row->fields[i], 0, CRMSYNC_CELL_TEXT, 0};
    }
    s->rewritten = s->rewritten && crmi_csv_write_row(&w, cells, row->count, NULL) == CRMSYNC_OK;
}

static int32_t take(void *ctx, const crmi_csv_row *row, crmsync_error **err)
{
    sink *s = ctx;
    (void)err;
    for (size_t i = 0; i < row->count; i++) {
        expect(crmi_str_utf8_valid(row->fields[i], NULL));
        crmi_buf_u64(&s->rows, row->fields[i].len);
        crmi_buf_char(&s->rows, ':');
        crmi_buf_add(&s->rows, row->fields[i]);
    }
    crmi_buf_char(&s->rows, ';');
    if (s->rewrite)
        rewrite(s, row);
    return CRMSYNC_OK;
}

static int32_t read_all(const crmsync_alloc *alloc, crmsync_str csv, size_t piece, sink *s)
{
    static const crmi_csv_limits limits = {4096, 8192, 64};
    crmi_csv_reader r;
    crmsync_error *err = NULL;
    int32_t rc = CRMSYNC_OK;
    crmi_csv_reader_init(&r, alloc, ',', &limits, take, s);
    for (size_t at = 0; !rc && at < csv.len; at += piece)
        rc = crmi_csv_push(&r, crmi_str_sub(csv, at, piece), &err);
    if (!rc)
        rc = crmi_csv_end(&r, &err);
    expect(rc == crmsync_error_code(err));
    expect(!rc || crmi_str_starts(crmsync_error_where(err), "byte "));
    crmsync_error_free(err);
    crmi_csv_reader_clear(&r);
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    crmsync_alloc alloc;
    sink s[3] = {{.rewrite = true, .rewritten = true}, {.rewrite = false}, {.rewrite = false}};
    crmsync_str csv = {(const char *)data + (size ? 1 : 0), size ? size - 1 : 0};
    expect(crmi_alloc_init(&alloc, NULL) == CRMSYNC_OK);
    for (size_t i = 0; i < 3; i++) {
        crmi_buf_init(&s[i].rows, &alloc);
        crmi_buf_init(&s[i].again, &alloc);
    }
    int32_t whole = read_all(&alloc, csv, csv.len + 1, &s[0]);
    int32_t cut = read_all(&alloc, csv, size && data[0] ? data[0] : csv.len + 1, &s[1]);
    expect(whole == cut && crmi_str_eq(crmi_buf_str(&s[0].rows), crmi_buf_str(&s[1].rows)));
    if (!whole && s[0].rewritten) {
        expect(read_all(&alloc, crmi_buf_str(&s[0].again), 5, &s[2]) == CRMSYNC_OK);
        expect(crmi_str_eq(crmi_buf_str(&s[0].rows), crmi_buf_str(&s[2].rows)));
    }
    for (size_t i = 0; i < 3; i++) {
        crmi_buf_clear(&s[i].rows);
        crmi_buf_clear(&s[i].again);
    }
    return 0;
}
