/* dump.c: all business data as text that does not depend on ids, times or order. */
#include "org.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a referenced row is called: its name and e-mail instead of its id. */
static void put_target(const orgsim *org, const char *id, orgsim_buf *out)
{
    const orgsim_row *row = orgsim_row_by_id(org, NULL, id);
    if (!row) {
        orgsim_buf_puts(out, "(gone)");
        return;
    }
    static const char *const names[] = {"Username", "Name", "Subject", "Title", "Label",
                                        "MasterLabel"};
    const char *email = orgsim_get_text(row, "Email");
    const char *name = NULL;
    for (size_t i = 0; !name && i < sizeof names / sizeof *names; i++)
        name = orgsim_get_text(row, names[i]);
    orgsim_buf_printf(out, "%s(%s", row->object->name, name ? name : "");
    orgsim_buf_printf(out, "%s%s)%s", email && name ? " " : "", email ? email : "",
                      row->deleted ? "!deleted" : "");
}

static bool left_out(const orgsim_field *field)
{
    static const char *const stamps[] = {"CompletedDateTime", "LastStageChangeDate",
                                         "FirstRespondedDate", "ConvertedDate"};
    for (size_t i = 0; i < sizeof stamps / sizeof *stamps; i++) {
        if (strcmp(field->name, stamps[i]) == 0)
            return true;
    }
    return field->source != ORGSIM_FROM_CELL || !*field->name;
}

static void put_value(const orgsim *org, const orgsim_field *field, orgsim_value value,
                      orgsim_buf *out)
{
    char text[40];
    orgsim_buf_printf(out, " %s=", field->name);
    if (value.kind == ORGSIM_TEXT && field->type == ORGSIM_T_REFERENCE) {
        put_target(org, value.as.text, out);
    } else if (value.kind == ORGSIM_TEXT) {
        orgsim_buf_jsons(out, value.as.text);
    } else if (value.kind == ORGSIM_NUMBER) {
        orgsim_buf_number(out, value.as.number, field->type == ORGSIM_T_INT);
    } else if (value.kind == ORGSIM_DAY) {
        orgsim_format_date(value.as.when, text);
        orgsim_buf_puts(out, text);
    } else if (value.kind == ORGSIM_INSTANT) {
        orgsim_format_datetime(value.as.when, text);
        orgsim_buf_puts(out, text);
    } else {
        orgsim_buf_puts(out, value.as.when ? "true" : "false");
    }
}

static char *row_line(const orgsim *org, const orgsim_row *row)
{
    orgsim_buf out = {NULL, 0, 0};
    orgsim_buf_puts(&out, row->object->name);
    for (size_t i = 0; i < row->object->field_count; i++) {
        const orgsim_field *field = row->object->fields[i];
        if (left_out(field))
            continue;
        orgsim_value value = orgsim_get(row, field);
        if (value.kind == ORGSIM_NULL || (value.kind == ORGSIM_BOOL && !value.as.when))
            continue;
        put_value(org, field, value, &out);
    }
    orgsim_buf_puts(&out, "\n");
    return orgsim_buf_take(&out);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void dump_object(const orgsim *org, const orgsim_object *object, orgsim_buf *out)
{
    char **lines = orgsim_alloc((object->row_count + 1) * sizeof *lines);
    size_t count = 0;
    for (size_t i = 0; i < object->row_count; i++) {
        if (!object->rows[i]->deleted)
            lines[count++] = row_line(org, object->rows[i]);
    }
    if (count)
        qsort(lines, count, sizeof *lines, by_text);
    for (size_t i = 0; i < count; i++) {
        orgsim_buf_puts(out, lines[i]);
        free(lines[i]);
    }
    free(lines);
}

char *orgsim_dump(orgsim *org, const char *objects)
{
    orgsim_buf out = {NULL, 0, 0};
    for (const char *at = objects; *at;) {
        size_t len = strcspn(at, ",");
        const orgsim_object *object = orgsim_object_named_n(org, at, len);
        if (object)
            dump_object(org, object, &out);
        else
            orgsim_buf_printf(&out, "%.*s: no such object\n", (int)len, at);
        at += len + (at[len] == ',');
    }
    return orgsim_buf_take(&out);
}
