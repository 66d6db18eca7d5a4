#include "record_rows.h"

#include <string.h>

#include "record_save.h"

enum { FIXED = 2 }; /* columns before the fields: id, rev */

void crmi_record_rows_init(crmi_record_rows *r, const crmsync_alloc *alloc)
{
    *r = (crmi_record_rows){.alloc = alloc};
}

static bool add_name(crmi_record_rows *r, crmsync_str name)
{
    if (r->width == r->cap) {
        size_t cap = r->cap ? r->cap * 2 : 32;
        crmsync_str *grown = crmi_host_array(r->alloc, cap, sizeof *grown);
        if (!grown)
            return false;
        if (r->width > 0)
            memcpy(grown, r->names, r->width * sizeof *grown);
        crmi_host_free(r->alloc, r->names, r->cap * sizeof *grown);
        r->names = grown;
        r->cap = cap;
    }
    if (!crmi_host_copy(r->alloc, name, &r->names[r->width]))
        return false;
    r->width++;
    return true;
}

static bool fixed_names(crmi_record_rows *r)
{
    return r->width >= FIXED ||
           (add_name(r, CRMI_HOST_LIT("id")) && add_name(r, CRMI_HOST_LIT("rev")));
}

bool crmi_record_rows_name(crmi_record_rows *r, crmsync_str name)
{
    return fixed_names(r) && add_name(r, name);
}

int32_t crmi_record_rows_start(crmi_record_rows *r, crmsync_str kind, crmsync_error **err)
{
    if (fixed_names(r))
        r->cells = crmi_host_array(r->alloc, r->width, sizeof *r->cells);
    if (!r->cells)
        return crmi_host_nomem(err);
    return crmsync_rows_new(r->alloc, kind, r->names, r->width, &r->rows, err);
}

void crmi_record_rows_clear(crmi_record_rows *r)
{
    for (size_t i = 0; i < r->width; i++)
        crmi_host_drop(r->alloc, &r->names[i]);
    crmi_host_free(r->alloc, r->names, r->cap * sizeof *r->names);
    crmi_host_free(r->alloc, r->cells, r->width * sizeof *r->cells);
    crmsync_rows_free(r->rows);
    crmi_record_rows_init(r, r->alloc);
}

/* Documents mostly have their members in one order: the search goes on where it ended. */
static size_t column_of(const crmi_record_rows *r, crmsync_str name, size_t start)
{
    for (size_t i = 0; i < r->width; i++) {
        size_t at = (start + i) % r->width;
        if (at >= FIXED && crmi_host_eq(r->names[at], name))
            return at;
    }
    return SIZE_MAX;
}

int32_t crmi_record_rows_add(crmi_record_rows *r, crmsync_str id, uint64_t rev,
                             const crmi_document *d, crmsync_error **err)
{
    char text[24];
    size_t at = FIXED;

    memset(r->cells, 0, r->width * sizeof *r->cells);
    r->cells[0] = (crmsync_cell){.text = id, .type = CRMSYNC_CELL_TEXT};
    r->cells[1] =
        (crmsync_cell){.text = {text, crmi_rev_text(rev, text)}, .type = CRMSYNC_CELL_TEXT};
    for (size_t i = 0; i < d->count; i++) {
        size_t column = column_of(r, d->members[i].name, at);
        if (column == SIZE_MAX)
            continue;
        r->cells[column] = d->members[i].cell;
        at = column + 1;
    }
    return crmsync_rows_append(r->rows, r->cells, r->width, err);
}

bool crmi_read_cursor(crmsync_str cursor, int64_t *out)
{
    *out = 0;
    for (size_t i = 0; i < cursor.len; i++) {
        char c = cursor.ptr[i];
        if (c < '0' || c > '9' || *out > INT64_MAX / 10 - 1)
            return false;
        *out = *out * 10 + (c - '0');
    }
    return true;
}
