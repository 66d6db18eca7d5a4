/* Any bytes as JSON lines, and as a describe answer: an error or well-formed rows. */
#include <stdlib.h>
#include <string.h>

#include <crmsync/rows.h>
#include <crmsync/schema.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every cell that was accepted is accepted again. */
static void copy_rows(const crmsync_rows *rows)
{
    size_t n = crmsync_rows_field_count(rows);
    crmsync_cell *cells = calloc(n + 1, sizeof *cells);
    crmsync_str *names = calloc(n + 1, sizeof *names);
    crmsync_rows *copy = NULL;
    if (!cells || !names)
        abort();
    for (size_t i = 0; i < n; i++)
        names[i] = crmsync_rows_field(rows, i);
    if (crmsync_rows_new(NULL, crmsync_rows_kind(rows), names, n, &copy, NULL) != CRMSYNC_OK)
        abort();
    for (size_t r = 0; r < crmsync_rows_count(rows); r++) {
        if (crmsync_rows_read(rows, r, 1, cells) != 1 ||
            crmsync_rows_append(copy, cells, n, NULL) != CRMSYNC_OK)
            abort();
    }
    crmsync_rows_free(copy);
    free(cells);
    free(names);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    crmsync_str text = {(const char *)data, size};
    crmsync_rows *rows = NULL;
    crmsync_schema *schema = NULL;
    crmsync_error *err = NULL;
    if (crmsync_rows_new(NULL, (crmsync_str){"person", 6}, NULL, 0, &rows, NULL) != CRMSYNC_OK)
        abort();
    if ((crmsync_rows_append_jsonl(rows, text, &err) != CRMSYNC_OK) != (err != NULL))
        abort();
    copy_rows(rows);
    crmsync_rows_free(rows);
    crmsync_error_free(err);
    if (crmsync_schema_parse(NULL, text, &schema, NULL) == CRMSYNC_OK)
        crmsync_schema_free(schema);
    return 0;
}
