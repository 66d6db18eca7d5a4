/*
 * Bulk CSV: reading the answer of a query, and writing a job's rows.
 *
 *   bench_csv [RECORDS]
 *
 * The bytes are handed over by 64 KiB, as a connection would bring them; the peak of memory is what
 * the allocator saw while they were read.
 */
#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "salesforce/bulk_query.h"

#define COLUMNS 15
#define PIECE   65536
#define WRITTEN 1000 /* rows whose text is kept at a time while writing */

typedef struct bench {
    crmsync_alloc alloc;
    size_t held, peak; /* bytes */
    crmi_buf text;
    size_t records, seen;
} bench;

static const crmi_query_column columns[COLUMNS] = {
    {{"Id", 2}, CRMSYNC_CELL_ID},
    {{"IsDeleted", 9}, CRMSYNC_CELL_BOOL},
    {{"CreatedDate", 11}, CRMSYNC_CELL_DATETIME},
    {{"LastModifiedDate", 16}, CRMSYNC_CELL_DATETIME},
    {{"SystemModstamp", 14}, CRMSYNC_CELL_DATETIME},
    {{"FirstName", 9}, CRMSYNC_CELL_TEXT},
    {{"LastName", 8}, CRMSYNC_CELL_TEXT},
    {{"Email", 5}, CRMSYNC_CELL_TEXT},
    {{"Title", 5}, CRMSYNC_CELL_TEXT},
    {{"Phone", 5}, CRMSYNC_CELL_TEXT},
    {{"Company", 7}, CRMSYNC_CELL_TEXT},
    {{"Website", 7}, CRMSYNC_CELL_TEXT},
    {{"Industry", 8}, CRMSYNC_CELL_TEXT},
    {{"LeadSource", 10}, CRMSYNC_CELL_TEXT},
    {{"NumberOfEmployees", 17}, CRMSYNC_CELL_DECIMAL},
};

/* ---- memory, counted ---- */

static void *count_alloc(void *ctx, size_t size)
{
    bench *b = ctx;
    b->held += size;
    b->peak = b->held > b->peak ? b->held : b->peak;
    return malloc(size);
}

static void *count_realloc(void *ctx, void *ptr, size_t old_size, size_t size)
{
    bench *b = ctx;
    b->held += size - old_size;
    b->peak = b->held > b->peak ? b->held : b->peak;
    return realloc(ptr, size);
}

static void count_free(void *ctx, void *ptr, size_t size)
{
    ((bench *)ctx)->held -= size;
    free(ptr);
}

/* ---- the work ---- */

static void make_text(bench *b)
{
    for (size_t i = 0; i < COLUMNS; i++)
        crmi_buf_fmt(&b->text, "%s\"%s\"", i ? "," : "", columns[i].name.ptr);
    crmi_buf_char(&b->text, '\n');
    for (size_t i = 0; i < b->records; i++)
        crmi_buf_fmt(&b->text,
                     "\"00Q%012zu\",\"false\",\"2026-01-07T09:12:33.000Z\","
                     "\"2026-09-14T16:05:01.000Z\",\"2026-09-14T16:05:01.000Z\",\"Ada%zu\","
                     "\"Byron-Lovelace %zu\",\"ada.byron.%zu@analytical-engines.example\","
                     "\"Vice President of Calculation\",\"+44 20 7946 %04zu\","
                     "\"Analytical Engines %zu, \"\"Ltd.\"\"\",\"https://www.engines-%zu.example\","
                     "\"Electronics\",\"Web\",\"%zu\"\n",
                     i, i, i, i, i, i, i, i % 10000);
}

static int32_t count_row(void *ctx, const crmi_csv_row *row, crmsync_error **err)
{
    bench *b = ctx;
    (void)err;
    b->seen += row->number > 0;
    return CRMSYNC_OK;
}

static bool read_rows(void *ctx)
{
    bench *b = ctx;
    crmi_csv_reader r;
    int32_t rc = CRMSYNC_OK;
    b->seen = 0;
    crmi_csv_reader_init(&r, &b->alloc, ',', NULL, count_row, b);
    for (size_t at = 0; !rc && at < b->text.len; at += PIECE)
        rc = crmi_csv_push(&r, crmi_str_sub(crmi_buf_str(&b->text), at, PIECE), NULL);
    rc = rc ? rc : crmi_csv_end(&r, NULL);
    crmi_csv_reader_clear(&r);
    return !rc && b->seen == b->records;
}

static int32_t count_batch(void *ctx, const crmsync_rows *rows, crmsync_error **err)
{
    (void)err;
    ((bench *)ctx)->seen += crmsync_rows_count(rows);
    return CRMSYNC_OK;
}

static bool read_typed(void *ctx)
{
    bench *b = ctx;
    crmi_bulk_page page;
    b->seen = 0;
    int32_t rc = crmi_bulk_page_init(&page, &b->alloc, CRMI_STR("Lead"), columns, COLUMNS,
                                     count_batch, b, NULL);
    for (size_t at = 0; !rc && at < b->text.len; at += PIECE)
        rc = crmi_bulk_page_push(&page, crmi_str_sub(crmi_buf_str(&b->text), at, PIECE), NULL);
    rc = rc ? rc : crmi_bulk_page_end(&page, b->records, NULL);
    crmi_bulk_page_clear(&page);
    return !rc && b->seen == b->records;
}

static void make_cells(size_t i, char texts[COLUMNS][64], crmsync_cell cells[COLUMNS - 1])
{
    static const char *const formats[] = {"Ada%zu", "Byron-Lovelace %zu",
                                          "ada.byron.%zu@analytical-engines.example",
                                          "Vice President of Calculation %zu", "+44 20 7946 %04zu",
                                          "Analytical Engines %zu, \"Ltd.\"",
                                          "https://www.engines-%zu.example"};
    for (size_t k = 0; k + 1 < COLUMNS; k++) {
        int n = snprintf(texts[k], 64, formats[k % 7], i); /* NOLINT: the formats are ours */
        cells[k] = (crmsync_cell){{texts[k], (size_t)n}, 0, CRMSYNC_CELL_TEXT, 0};
    }
}

static bool write_rows(void *ctx)
{
    bench *b = ctx;
    char texts[COLUMNS][64];
    crmsync_cell cells[COLUMNS - 1];
    crmi_buf out;
    crmi_csv_writer w = {&out, ',', false};
    int32_t rc = CRMSYNC_OK;
    crmi_buf_init(&out, &b->alloc);
    make_cells(7, texts, cells);
    for (size_t i = 0; !rc && i < b->records; i++) {
        if (i % WRITTEN == 0)
            crmi_buf_reset(&out);
        rc = crmi_csv_write_row(&w, cells, COLUMNS - 1, NULL);
    }
    bool ok = !rc && crmi_buf_ok(&out);
    crmi_buf_clear(&out);
    return ok;
}

static const struct {
    const char *name, *what;
    bench_work work;
    double peer; /* records a second of the fastest peer, as it was measured elsewhere */
} rows[] = {
    {"read", "15 columns to views of the fields", read_rows, 263e3},
    {"read typed", "15 columns to typed rows, 2,000 at a time", read_typed, 263e3},
    {"write", "14 columns from cells", write_rows, 216e3},
};

int main(int argc, char **argv)
{
    bench b = {.records = argc > 1 ? (size_t)strtoul(argv[1], NULL, 10) : 20000};
    bool ok = b.records > 0;
    b.alloc = (crmsync_alloc){sizeof b.alloc, &b, count_alloc, count_realloc, count_free};
    crmi_buf_init(&b.text, &b.alloc);
    make_text(&b);
    ok = ok && crmi_buf_ok(&b.text);
    printf("%zu records, %zu bytes\n\n%-11s %9s %11s %7s %5s %12s\n", b.records, b.text.len, "",
           "ns/rec", "rec/s", "x peer", "bar", "peak bytes");
    for (size_t i = 0; ok && i < sizeof rows / sizeof rows[0]; i++) {
        size_t before = b.peak = b.held;
        double ns = bench_best_ns(rows[i].work, &b);
        double rate = (double)b.records / ns * 1e9;
        ok = ns >= 0;
        if (ok)
            printf("%-11s %9.0f %11.0f %7.2f %5.1f %12zu  %s\n", rows[i].name,
                   ns / (double)b.records, rate, rate / rows[i].peer, 5.0, b.peak - before,
                   rows[i].what);
    }
    if (!ok)
        fputs("bench_csv: the work failed, or found other records than were written\n", stderr);
    crmi_buf_clear(&b.text);
    return ok ? 0 : 1;
}
