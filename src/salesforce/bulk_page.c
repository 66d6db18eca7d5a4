#include "salesforce/bulk_query.h"

#include <stdio.h>

#include "base/time.h"
#include "model/rows.h"
#include "salesforce/answer.h"
#include "salesforce/value.h"

/* Which field of the page each column is. */
static int32_t take_header(crmi_bulk_page *page, const crmi_csv_row *row, crmsync_error **err)
{
    for (size_t i = 0; i < page->column_count; i++) {
        size_t at = 0;
        while (at < row->count && !crmi_str_eq_ci(row->fields[at], page->columns[i].name))
            at++;
        if (at == row->count)
            return crmi_answer_odd(err, "bulk query results", "the column names");
        page->map[i] = (uint32_t)at;
    }
    return CRMSYNC_OK;
}

/* Digits as they are; 1.5E7 without its exponent. */
static bool read_decimal(crmi_bulk_page *page, crmsync_str text, crmsync_cell *out)
{
    crmi_buf b;
    if (crmi_str_chr(text, 'E') < 0 && crmi_str_chr(text, 'e') < 0) {
        out->text = text;
        return crmi_decimal_valid(text);
    }
    crmi_buf_init(&b, page->alloc);
    bool number = crmi_value_plain(&b, text) &&
                  (!crmi_buf_ok(&b) || crmi_decimal_valid(crmi_buf_str(&b)));
    page->oom =
        number && !(crmi_buf_ok(&b) &&
                    crmi_arena_str(crmi_rows_texts(page->rows), crmi_buf_str(&b), &out->text));
    crmi_buf_clear(&b);
    return number && !page->oom;
}

static bool read_value(crmi_bulk_page *page, crmsync_str text, uint32_t type, crmsync_cell *out)
{
    *out = (crmsync_cell){{NULL, 0}, 0, CRMSYNC_CELL_NULL, 0};
    if (!text.len)
        return true;
    out->type = type == CRMSYNC_CELL_ABSENT ? CRMSYNC_CELL_TEXT : type;
    switch (out->type) {
    case CRMSYNC_CELL_TEXT: out->text = text; return true;
    case CRMSYNC_CELL_ID: out->text = text; return crmi_sf_id_like(text);
    case CRMSYNC_CELL_BOOL:
        out->number = crmi_str_eq_ci(text, CRMI_STR("true"));
        return out->number || crmi_str_eq_ci(text, CRMI_STR("false"));
    case CRMSYNC_CELL_DECIMAL: return read_decimal(page, text, out);
    case CRMSYNC_CELL_DATE: return crmi_date_parse(text, &out->number);
    case CRMSYNC_CELL_DATETIME: return crmi_datetime_parse(text, &out->number);
    default: return false;
    }
}

static int32_t hand_on(crmi_bulk_page *page, crmsync_error **err)
{
    int32_t rc = CRMSYNC_OK;
    if (crmsync_rows_count(page->rows))
        rc = page->take(page->ctx, page->rows, err);
    crmsync_rows_clear(page->rows);
    return rc;
}

static int32_t odd_value(const crmi_csv_row *row, crmsync_str column, crmsync_error **err)
{
    char where[120];
    snprintf(where, sizeof where, "row %llu, %.*s", (unsigned long long)row->number,
             CRMI_SPELL(crmi_str_sub(column, 0, 80)));
    return crmi_answer_odd(err, "bulk query results", where);
}

/*
 * The text of the row is kept as a whole and its cells point into it. The reader has seen that it is
 * UTF-8, read_value() that the cells are what they should be.
 */
static int32_t take_row(void *ctx, const crmi_csv_row *row, crmsync_error **err)
{
    crmi_bulk_page *page = ctx;
    crmsync_str kept;
    if (!row->number)
        return take_header(page, row, err);
    crmsync_cell *cells = crmi_rows_open_row(page->rows);
    if (!cells || !crmi_arena_str(crmi_rows_texts(page->rows), row->text, &kept))
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < page->column_count; i++) {
        crmsync_str value = row->fields[page->map[i]];
        if (value.len)
            value.ptr = kept.ptr + (value.ptr - row->text.ptr);
        if (!read_value(page, value, page->columns[i].type, &cells[i]))
            return page->oom ? crmi_fail_nomem(err) : odd_value(row, page->columns[i].name, err);
    }
    page->count++;
    return crmsync_rows_count(page->rows) < CRMI_BULK_BATCH ? CRMSYNC_OK : hand_on(page, err);
}

static int32_t make_rows(crmi_bulk_page *page, crmsync_str object, crmsync_error **err)
{
    size_t n = page->column_count;
    crmsync_str *names = crmi_arena_array(&page->arena, n ? n : 1, sizeof *names);
    page->map = crmi_alloc_zeroed(page->alloc, n ? n : 1, sizeof *page->map);
    if (!names || !page->map)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < n; i++)
        names[i] = page->columns[i].name;
    return crmsync_rows_new(page->alloc, object, names, n, &page->rows, err);
}

int32_t crmi_bulk_page_init(crmi_bulk_page *page, const crmsync_alloc *alloc, crmsync_str object,
                            const crmi_query_column *columns, size_t n, crmi_bulk_take_fn take,
                            void *ctx, crmsync_error **err)
{
    memset(page, 0, sizeof *page);
    page->alloc = alloc;
    page->columns = columns;
    page->column_count = n;
    page->take = take;
    page->ctx = ctx;
    crmi_arena_init(&page->arena, alloc);
    crmi_csv_reader_init(&page->reader, alloc, ',', NULL, take_row, page);
    int32_t rc = make_rows(page, object, err);
    if (rc)
        crmi_bulk_page_clear(page);
    return rc;
}

void crmi_bulk_page_clear(crmi_bulk_page *page)
{
    size_t n = page->column_count ? page->column_count : 1;
    if (!page->alloc)
        return;
    crmi_csv_reader_clear(&page->reader);
    crmsync_rows_free(page->rows);
    crmi_dealloc_array(page->alloc, page->map, page->map ? n : 0, sizeof *page->map);
    crmi_arena_clear(&page->arena);
    memset(page, 0, sizeof *page);
}

int32_t crmi_bulk_page_push(crmi_bulk_page *page, crmsync_str bytes, crmsync_error **err)
{
    return crmi_csv_push(&page->reader, bytes, err);
}

int32_t crmi_bulk_page_end(crmi_bulk_page *page, uint64_t expected, crmsync_error **err)
{
    int32_t rc = crmi_csv_end(&page->reader, err);
    if (!rc && !page->reader.number)
        return crmi_answer_odd(err, "bulk query results", "the column names");
    if (!rc && expected && page->count != expected)
        return crmi_fail(err, CRMSYNC_E_PROTOCOL,
                         "bulk query results: %llu rows came, %llu were announced; read them again",
                         (unsigned long long)page->count, (unsigned long long)expected);
    return rc ? rc : hand_on(page, err);
}
