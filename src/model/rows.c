#include "model/rows.h"

#include <limits.h>

#define KIND_MAX 80u
#define NAME_MAX_BYTES 255u

/*
 * Cells lie row by row; `stride` leaves room for fields that JSON lines bring later, so that a new
 * field seldom moves the records. Cells beyond the field count are always ABSENT.
 */
struct crmsync_rows {
    crmsync_alloc alloc;
    crmi_arena names; /* the kind and the field names */
    crmi_arena texts; /* texts of cells; overwritten ones stay until clear */
    yyjson_doc *doc;  /* that cells point into, or NULL */
    crmsync_str kind;
    crmsync_str *fields;
    size_t field_count, field_cap;
    crmi_map by_name; /* may still hold names that truncate dropped: find checks */
    crmsync_cell *cells;
    size_t stride, row_count, row_cap;
};

static void cells_drop(crmsync_rows *rows)
{
    crmi_dealloc(&rows->alloc, rows->cells, rows->stride * rows->row_cap * sizeof *rows->cells);
    rows->cells = NULL;
    rows->row_cap = 0;
}

/* Moves the records into a table of the given size, which must not be smaller. */
static bool cells_resize(crmsync_rows *rows, size_t stride, size_t row_cap)
{
    if (stride && row_cap > SIZE_MAX / stride)
        return false;
    crmsync_cell *cells = NULL;
    if (stride && row_cap) {
        if (stride * row_cap > SIZE_MAX / sizeof *cells)
            return false;
        cells = crmi_alloc_bytes(&rows->alloc, stride * row_cap * sizeof *cells);
        if (!cells)
            return false;
    }
    for (size_t i = 0; cells && rows->cells && i < rows->row_count; i++) {
        crmsync_cell *row = &cells[i * stride];
        memcpy(row, &rows->cells[i * rows->stride], rows->field_count * sizeof *cells);
        memset(row + rows->field_count, 0, (stride - rows->field_count) * sizeof *cells);
    }
    cells_drop(rows);
    rows->cells = cells;
    rows->stride = stride;
    rows->row_cap = row_cap;
    return true;
}

static const char *name_fault(crmsync_str name)
{
    if (name.len == 0)
        return "is empty";
    if (name.len > NAME_MAX_BYTES)
        return "is longer than 255 bytes";
    return crmi_str_utf8_valid(name, NULL) ? NULL : "is not UTF-8";
}

int32_t crmsync_rows_new(const crmsync_alloc *alloc, crmsync_str kind, const crmsync_str *fields,
                         size_t n, crmsync_rows **out, crmsync_error **err)
{
    crmsync_alloc a;
    *out = NULL;
    if (crmi_alloc_init(&a, alloc))
        return crmi_fail(err, CRMSYNC_E_INVALID, "the allocator lacks a function");
    if (kind.len > KIND_MAX || !crmi_str_utf8_valid(kind, NULL))
        return crmi_fail(err, CRMSYNC_E_INVALID, "the kind must be UTF-8 of at most 80 bytes");
    crmsync_rows *rows = CRMI_NEW(&a, crmsync_rows);
    if (!rows)
        return crmi_fail_nomem(err);
    rows->alloc = a;
    crmi_arena_init(&rows->names, &rows->alloc);
    crmi_arena_init(&rows->texts, &rows->alloc);
    crmi_map_init(&rows->by_name, &rows->alloc);
    int32_t code = CRMSYNC_OK;
    if (!crmi_arena_str(&rows->names, kind, &rows->kind))
        code = crmi_fail_nomem(err);
    for (size_t i = 0; code == CRMSYNC_OK && i < n; i++) {
        const char *fault = name_fault(fields[i]);
        if (!fault && crmsync_rows_find_field(rows, fields[i]) >= 0)
            fault = "was given before";
        if (fault)
            code = crmi_fail(err, CRMSYNC_E_INVALID, "name of field %zu %s", i, fault);
        else if (crmi_rows_add_field(rows, fields[i]) < 0)
            code = crmi_fail_nomem(err);
    }
    if (code != CRMSYNC_OK) {
        crmsync_rows_free(rows);
        return code;
    }
    *out = rows;
    return CRMSYNC_OK;
}

void crmsync_rows_free(crmsync_rows *rows)
{
    if (!rows)
        return;
    crmsync_alloc a = rows->alloc;
    cells_drop(rows);
    crmi_dealloc_array(&a, rows->fields, rows->field_cap, sizeof *rows->fields);
    crmi_map_clear(&rows->by_name);
    crmi_arena_clear(&rows->names);
    crmi_arena_clear(&rows->texts);
    yyjson_doc_free(rows->doc);
    CRMI_DELETE(&a, rows);
}

crmsync_str crmsync_rows_kind(const crmsync_rows *rows)
{
    return rows ? rows->kind : CRMI_STR_EMPTY;
}

size_t crmsync_rows_count(const crmsync_rows *rows)
{
    return rows ? rows->row_count : 0;
}

size_t crmsync_rows_field_count(const crmsync_rows *rows)
{
    return rows ? rows->field_count : 0;
}

crmsync_str crmsync_rows_field(const crmsync_rows *rows, size_t i)
{
    return rows && i < rows->field_count ? rows->fields[i] : CRMI_STR_EMPTY;
}

int32_t crmsync_rows_find_field(const crmsync_rows *rows, crmsync_str name)
{
    size_t i;
    if (!rows || !crmi_map_get_index(&rows->by_name, name, &i))
        return -1;
    return i < rows->field_count && crmi_str_eq(rows->fields[i], name) ? (int32_t)i : -1;
}

const crmsync_alloc *crmi_rows_alloc(const crmsync_rows *rows)
{
    return &rows->alloc;
}

ptrdiff_t crmi_rows_add_field(crmsync_rows *rows, crmsync_str name)
{
    int32_t known = crmsync_rows_find_field(rows, name);
    crmsync_str copy;
    if (known >= 0)
        return known;
    if (rows->field_count >= INT32_MAX ||
        !crmi_grow(&rows->alloc, &rows->fields, &rows->field_cap, rows->field_count + 1,
                   sizeof *rows->fields))
        return -1;
    if (rows->field_count == rows->stride && rows->row_cap &&
        !cells_resize(rows, rows->field_cap, rows->row_cap))
        return -1;
    if (!crmi_arena_str(&rows->names, name, &copy) ||
        !crmi_map_put_index(&rows->by_name, copy, rows->field_count))
        return -1;
    rows->fields[rows->field_count] = copy;
    return (ptrdiff_t)rows->field_count++;
}

ptrdiff_t crmi_rows_add_row(crmsync_rows *rows)
{
    if (rows->row_count == rows->row_cap) {
        size_t stride = rows->stride > rows->field_count ? rows->stride : rows->field_count;
        if (rows->row_cap > SIZE_MAX / 2 ||
            !cells_resize(rows, stride ? stride : 1, rows->row_cap ? rows->row_cap * 2 : 8))
            return -1;
    }
    memset(&rows->cells[rows->row_count * rows->stride], 0, rows->stride * sizeof *rows->cells);
    return (ptrdiff_t)rows->row_count++;
}

void crmi_rows_truncate(crmsync_rows *rows, size_t row_count, size_t field_count)
{
    if (row_count < rows->row_count)
        rows->row_count = row_count;
    if (field_count >= rows->field_count)
        return;
    for (size_t i = 0; i < rows->row_count; i++)
        memset(&rows->cells[i * rows->stride + field_count], 0,
               (rows->field_count - field_count) * sizeof *rows->cells);
    rows->field_count = field_count;
}

void crmsync_rows_clear(crmsync_rows *rows)
{
    if (!rows)
        return;
    rows->row_count = 0;
    crmi_arena_reset(&rows->texts);
    crmi_rows_keep(rows, NULL);
}

crmsync_cell *crmi_rows_open_row(crmsync_rows *rows)
{
    ptrdiff_t row = crmi_rows_add_row(rows);
    return row < 0 ? NULL : &rows->cells[(size_t)row * rows->stride];
}

const crmsync_cell *crmi_record_cells(crmi_record record)
{
    const crmsync_rows *rows = record.rows;
    return rows && record.row < rows->row_count ? &rows->cells[record.row * rows->stride] : NULL;
}

crmi_arena *crmi_rows_texts(crmsync_rows *rows)
{
    return &rows->texts;
}

void crmi_rows_keep(crmsync_rows *rows, yyjson_doc *doc)
{
    yyjson_doc_free(rows->doc);
    rows->doc = doc;
}

/* Keeps a copy of the cell in the rows' own memory, without what its type does not use. */
static bool cell_store(crmsync_rows *rows, crmsync_cell *at, const crmsync_cell *cell)
{
    crmsync_cell copy = crmi_cell_number(cell->type, 0);
    switch (cell->type) {
    case CRMSYNC_CELL_TEXT:
    case CRMSYNC_CELL_DECIMAL:
    case CRMSYNC_CELL_ID:
        if (!crmi_arena_str(&rows->texts, cell->text, &copy.text))
            return false;
        break;
    case CRMSYNC_CELL_BOOL: copy.number = cell->number != 0; break;
    case CRMSYNC_CELL_DATE:
    case CRMSYNC_CELL_DATETIME: copy.number = cell->number; break;
    default: break;
    }
    *at = copy;
    return true;
}

bool crmi_rows_reserve(crmsync_rows *rows, size_t count)
{
    size_t stride = rows->stride > rows->field_count ? rows->stride : rows->field_count;
    return count <= rows->row_cap || cells_resize(rows, stride ? stride : 1, count);
}

bool crmi_rows_append_checked(crmsync_rows *rows, const crmsync_cell *cells, size_t n)
{
    ptrdiff_t row = crmi_rows_add_row(rows);
    for (size_t i = 0; row >= 0 && i < n; i++) {
        if (!cell_store(rows, &rows->cells[(size_t)row * rows->stride + i], &cells[i])) {
            rows->row_count--;
            return false;
        }
    }
    return row >= 0;
}

static int32_t cell_check(const crmsync_rows *rows, size_t row, size_t field,
                          const crmsync_cell *cell, crmsync_error **err)
{
    const char *fault = crmi_cell_fault(cell);
    if (!fault)
        return CRMSYNC_OK;
    return crmi_fail(err, CRMSYNC_E_INVALID, "record %zu, field \"%.*s\": %s", row,
                     CRMI_SPELL(rows->fields[field]), fault);
}

int32_t crmsync_rows_add_field(crmsync_rows *rows, crmsync_str name, crmsync_error **err)
{
    if (!rows || name.len == 0 || name.len > 255 || !crmi_str_utf8_valid(name, NULL))
        return crmi_fail(err, CRMSYNC_E_INVALID,
                         "rows are NULL, or the field's name is no UTF-8 of 1 to 255 bytes");
    ptrdiff_t at = crmi_rows_add_field(rows, name);
    return at < 0 ? crmi_fail_nomem(err) : (int32_t)at;
}

int32_t crmsync_rows_append_many(crmsync_rows *rows, const crmsync_cell *cells, size_t count,
                                 crmsync_error **err)
{
    int32_t code = CRMSYNC_OK;
    if (!rows || (count && !cells))
        return crmi_fail(err, CRMSYNC_E_INVALID, "rows or cells are NULL");
    for (size_t i = 0; code == CRMSYNC_OK && i < count; i++)
        code = crmsync_rows_append(rows, cells + i * rows->field_count, rows->field_count, err);
    return code;
}

int32_t crmsync_rows_append(crmsync_rows *rows, const crmsync_cell *cells, size_t n,
                            crmsync_error **err)
{
    if (!cells)
        n = 0;
    if (n > rows->field_count)
        return crmi_fail(err, CRMSYNC_E_INVALID, "record %zu has %zu cells for %zu fields",
                         rows->row_count, n, rows->field_count);
    for (size_t i = 0; i < n; i++) {
        int32_t code = cell_check(rows, rows->row_count, i, &cells[i], err);
        if (code)
            return code;
    }
    return crmi_rows_append_checked(rows, cells, n) ? CRMSYNC_OK : crmi_fail_nomem(err);
}

int32_t crmsync_rows_set(crmsync_rows *rows, size_t row, size_t field, const crmsync_cell *cell,
                         crmsync_error **err)
{
    if (row >= rows->row_count || field >= rows->field_count)
        return crmi_fail(err, CRMSYNC_E_INVALID,
                         "no cell at record %zu, field %zu: there are %zu by %zu", row, field,
                         rows->row_count, rows->field_count);
    int32_t code = cell_check(rows, row, field, cell, err);
    if (code)
        return code;
    if (!cell_store(rows, &rows->cells[row * rows->stride + field], cell))
        return crmi_fail_nomem(err);
    return CRMSYNC_OK;
}

crmsync_cell crmsync_rows_get(const crmsync_rows *rows, size_t row, size_t field)
{
    if (!rows || row >= rows->row_count || field >= rows->field_count)
        return crmi_cell_absent();
    return rows->cells[row * rows->stride + field];
}

size_t crmsync_rows_read(const crmsync_rows *rows, size_t first, size_t count, crmsync_cell *cells)
{
    if (!rows || first >= rows->row_count)
        return 0;
    if (count > rows->row_count - first)
        count = rows->row_count - first;
    for (size_t i = 0; rows->field_count && i < count; i++)
        memcpy(&cells[i * rows->field_count], &rows->cells[(first + i) * rows->stride],
               rows->field_count * sizeof *cells);
    return count;
}

bool crmi_rows_put_at(crmsync_rows *rows, size_t row, size_t field, const crmsync_cell *cell)
{
    return row < rows->row_count && field < rows->field_count &&
           cell_store(rows, &rows->cells[row * rows->stride + field], cell);
}

bool crmi_rows_put(crmsync_rows *rows, size_t row, crmsync_str field, const crmsync_cell *cell)
{
    ptrdiff_t i = crmi_rows_add_field(rows, field);
    if (i < 0 || row >= rows->row_count)
        return false;
    return cell_store(rows, &rows->cells[row * rows->stride + (size_t)i], cell);
}

bool crmi_rows_copy_row(crmsync_rows *to, crmi_record from)
{
    size_t rows = to->row_count, fields = to->field_count;
    ptrdiff_t row = crmi_rows_add_row(to);
    if (row < 0)
        return false;
    for (size_t i = 0; i < crmsync_rows_field_count(from.rows); i++) {
        crmsync_cell cell = crmsync_rows_get(from.rows, from.row, i);
        if (cell.type == CRMSYNC_CELL_ABSENT)
            continue;
        if (!crmi_rows_put(to, (size_t)row, crmsync_rows_field(from.rows, i), &cell)) {
            crmi_rows_truncate(to, rows, fields);
            return false;
        }
    }
    return true;
}
