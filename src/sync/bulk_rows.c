#include "sync/bulk_rows.h"

bool crmi_bulk_column(crmi_arena *arena, crmi_bulk_rows *rows, crmsync_str name)
{
    for (size_t i = 0; i < rows->column_count; i++) {
        if (crmi_str_eq_ci(rows->columns[i], name))
            return true;
    }
    if (rows->column_count == rows->column_cap) {
        size_t cap = rows->column_cap ? rows->column_cap * 2 : 32;
        crmsync_str *more = crmi_arena_array(arena, cap, sizeof *more);
        if (!more)
            return false;
        if (rows->column_count)
            memcpy(more, rows->columns, rows->column_count * sizeof *more);
        rows->columns = more;
        rows->column_cap = cap;
    }
    rows->columns[rows->column_count++] = name;
    return true;
}

void crmi_bulk_cell(const crmi_bulk_rows *rows, crmsync_cell *cells, crmsync_str name,
                    const crmsync_cell *cell)
{
    for (size_t i = 0; i < rows->column_count; i++) {
        if (crmi_str_eq_ci(rows->columns[i], name))
            cells[i] = *cell;
    }
}
