/*
 * Any bytes as answers of bulk jobs, list views and reports. The first byte chooses: 'J' a job, 'P'
 * a list of pages, 'Q' a page of a query, 'S', 'F' and 'U' results of an ingest job, 'L' list
 * views, 'D' the query of one, 'V' its rows, 'R' a report. What is taken keeps what its reader
 * promises.
 */
#include <stdint.h>
#include <stdlib.h>

#include "salesforce/bulk_query.h"
#include "salesforce/ingest.h"
#include "salesforce/listview.h"
#include "salesforce/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const crmsync_str names[] = {CRMSYNC_STR_LIT("Name"), CRMSYNC_STR_LIT("Phone")};
static const crmi_query_column columns[] = {{CRMSYNC_STR_LIT("Id"), CRMSYNC_CELL_ID},
                                            {CRMSYNC_STR_LIT("Amount"), CRMSYNC_CELL_DECIMAL},
                                            {CRMSYNC_STR_LIT("CloseDate"), CRMSYNC_CELL_DATE},
                                            {CRMSYNC_STR_LIT("IsWon"), CRMSYNC_CELL_BOOL},
                                            {CRMSYNC_STR_LIT("Stamp"), CRMSYNC_CELL_DATETIME}};

static void expect(int holds)
{
    if (!holds)
        abort();
}

static int32_t count_rows(void *ctx, const crmsync_rows *rows, crmsync_error **err)
{
    size_t *n = ctx;
    (void)err;
    *n += crmsync_rows_count(rows);
    return CRMSYNC_OK;
}

static int32_t read_page(const crmsync_alloc *alloc, crmsync_str body, crmsync_error **err)
{
    crmi_bulk_page page;
    size_t rows = 0;
    int32_t rc = crmi_bulk_page_init(&page, alloc, CRMI_STR("Opportunity"), columns, 5, count_rows,
                                     &rows, err);
    expect(rc == CRMSYNC_OK);
    for (size_t at = 0; !rc && at < body.len; at += 11)
        rc = crmi_bulk_page_push(&page, crmi_str_sub(body, at, 11), err);
    if (!rc)
        rc = crmi_bulk_page_end(&page, 0, err);
    expect(rows <= body.len);
    crmi_bulk_page_clear(&page);
    return rc;
}

static void add_row(crmi_ingest *op, const char *name)
{
    crmsync_cell cells[] = {{crmi_str(name), 0, CRMSYNC_CELL_TEXT, 0},
                            {{NULL, 0}, 0, CRMSYNC_CELL_ABSENT, 0}};
    expect(crmi_ingest_add(op, cells, NULL) == CRMSYNC_OK);
}

/* Two rows alike and one that is not; a result is told at most as often as a row was sent. */
static int32_t read_result(const crmsync_alloc *alloc, const crmi_response *said, uint32_t step,
                           crmsync_error **err)
{
    static const crmi_ingest_target target = {CRMSYNC_STR_LIT("68.0"),
                                              CRMSYNC_STR_LIT("Account"),
                                              CRMI_WRITE_CREATE,
                                              {NULL, 0},
                                              names,
                                              2};
    crmi_ingest op;
    size_t told = 0;
    expect(crmi_ingest_init(&op, alloc, &target, 0, NULL) == CRMSYNC_OK);
    add_row(&op, "A");
    add_row(&op, "A");
    add_row(&op, "B \"x\"");
    op.step = step;
    int32_t rc = crmi_ingest_feed(&op, said, err);
    for (size_t i = 0; op.results && i < op.rows; i++) {
        const crmi_write_result *result = &op.results[i];
        told += !result->unknown;
        expect(!result->success || !result->unknown);
        expect(result->success || result->unknown || result->errors.count > 0);
    }
    expect(rc || told + op.strangers == op.told);
    expect(rc ? op.step == CRMI_INGEST_SUCCESSES : op.step > step);
    crmi_ingest_clear(&op);
    return rc;
}

static int32_t read_view(const crmsync_alloc *alloc, const crmi_response *said, bool report,
                         crmsync_error **err)
{
    crmi_listview_page page = {NULL, false};
    crmi_report run = {0};
    int32_t rc = report ? crmi_report_read(alloc, said, CRMI_STR("003"), &run, err)
                        : crmi_listview_results_read(alloc, said, CRMI_STR("Lead"), &page, err);
    expect(!rc || (!page.rows && !run.rows));
    expect(!run.rows || run.without_id <= crmsync_rows_count(run.rows));
    crmsync_rows_free(page.rows);
    crmsync_rows_free(run.rows);
    return rc;
}

static int32_t read_small(crmi_arena *arena, const crmi_response *said, char kind,
                          crmsync_error **err)
{
    crmi_bulk_job job;
    crmi_bulk_pages pages;
    crmi_listviews views;
    crmi_request r;
    crmsync_str soql;
    int32_t rc;
    if (kind == 'J') {
        rc = crmi_bulk_job_read(arena, said, &job, err);
        expect(rc || crmi_sf_id_like(crmi_str(job.id)));
    } else if (kind == 'P') {
        rc = crmi_bulk_pages_read(arena, said, &pages, err);
        crmi_request_init(&r, arena->alloc);
        for (size_t i = 0; i < pages.count; i++)
            expect(!crmi_bulk_page_request(&r, CRMI_STR("68.0"), CRMI_STR("7505e00001ABCDE"),
                                           pages.locators[i], 0, NULL));
        crmi_request_clear(&r);
    } else if (kind == 'L') {
        rc = crmi_listviews_read(arena, said, &views, err);
        crmi_request_init(&r, arena->alloc);
        expect(!views.next_url.len || !crmi_listviews_more_request(&r, views.next_url, NULL));
        crmi_request_clear(&r);
    } else {
        rc = crmi_listview_describe_read(arena, said, &soql, err);
        expect(rc || crmi_str_starts(soql, "SELECT Id FROM "));
    }
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    crmsync_alloc alloc;
    crmi_arena arena;
    crmsync_error *err = NULL;
    char kind = size ? (char)data[0] : 'J';
    crmsync_str body = {(const char *)data + (size ? 1 : 0), size ? size - 1 : 0};
    crmi_response said = {.status = 200, .body = body};
    int32_t rc;
    expect(crmi_alloc_init(&alloc, NULL) == CRMSYNC_OK);
    crmi_arena_init(&arena, &alloc);
    switch (kind) {
    case 'Q': rc = read_page(&alloc, body, &err); break;
    case 'S': rc = read_result(&alloc, &said, CRMI_INGEST_SUCCESSES, &err); break;
    case 'F': rc = read_result(&alloc, &said, CRMI_INGEST_FAILURES, &err); break;
    case 'U': rc = read_result(&alloc, &said, CRMI_INGEST_UNPROCESSED, &err); break;
    case 'V': rc = read_view(&alloc, &said, false, &err); break;
    case 'R': rc = read_view(&alloc, &said, true, &err); break;
    default: rc = read_small(&arena, &said, kind, &err); break;
    }
    expect(rc == crmsync_error_code(err));
    crmi_arena_clear(&arena);
    crmsync_error_free(err);
    return 0;
}
