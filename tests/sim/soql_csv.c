/* soql_csv.c: rows as CSV, as bulk queries answer. */
#include "csv.h"
#include "soql_tree.h"

#include <stdlib.h>
#include <string.h>

const char *orgsim_soql_not_bulk(const orgsim_soql *soql)
{
    if (orgsim_soql_is_count(soql) || orgsim_soql_is_grouped(soql))
        return "Aggregate functions and GROUP BY are not supported in Bulk Query";
    if (soql->offset >= 0)
        return "OFFSET is not supported in Bulk Query";
    for (size_t i = 0; i < soql->item_count; i++) {
        if (soql->items[i].children)
            return "Nested queries are not supported in Bulk Query";
        if (soql->items[i].path.field->type == ORGSIM_T_ADDRESS)
            return "Selecting compound data not supported in Bulk Query";
        if (soql->items[i].path.field->type == ORGSIM_T_BASE64)
            return "Selecting base64 data not supported in Bulk Query";
    }
    return NULL;
}

const orgsim_object *orgsim_soql_object(const orgsim_soql *soql)
{
    return soql->object;
}

/* Instants end in Z here, not in +0000. */
static void put_value(const soql_path *path, orgsim_value value, orgsim_buf *out, char delimiter,
                      bool first)
{
    char text[40];
    orgsim_buf number = {NULL, 0, 0};
    switch (value.kind) {
    case ORGSIM_NULL: orgsim_csv_put(out, "", delimiter, first); break;
    case ORGSIM_TEXT: orgsim_csv_put(out, value.as.text, delimiter, first); break;
    case ORGSIM_BOOL:
        orgsim_csv_put(out, value.as.when ? "true" : "false", delimiter, first);
        break;
    case ORGSIM_NUMBER:
        orgsim_buf_number(&number, value.as.number, path->field->type == ORGSIM_T_INT);
        orgsim_csv_put(out, number.ptr, delimiter, first);
        orgsim_buf_clear(&number);
        break;
    case ORGSIM_DAY:
        orgsim_format_date(value.as.when, text);
        orgsim_csv_put(out, text, delimiter, first);
        break;
    case ORGSIM_INSTANT:
        orgsim_format_datetime(value.as.when, text);
        strcpy(strchr(text, '+'), "Z");
        orgsim_csv_put(out, text, delimiter, first);
        break;
    }
}

void orgsim_soql_write_csv(orgsim *org, const orgsim_soql *soql, const orgsim_row *row,
                           char delimiter, orgsim_buf *out)
{
    for (size_t i = 0; i < soql->item_count; i++) {
        const soql_path *path = &soql->items[i].path;
        if (row)
            put_value(path, soql_path_value(org, soql, row, path), out, delimiter, i == 0);
        else
            orgsim_csv_put(out, path->text, delimiter, i == 0);
    }
    orgsim_buf_puts(out, "\n");
}
