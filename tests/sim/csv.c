/* csv.c: a whole CSV text to records. */
#include "csv.h"

#include <stdlib.h>
#include <string.h>

typedef struct cursor {
    const char *begin, *at, *end;
    char delimiter;
    orgsim_table *table;
} cursor;

static void add_value(orgsim_record *record, orgsim_buf *value)
{
    ORGSIM_ROOM(record->values, record->count, record->cap);
    record->values[record->count++] = orgsim_buf_take(value);
}

/* `at` is a byte that may be, or begin, a line end. */
static void note_line_end(cursor *c, const char *at)
{
    bool after_cr = at > c->begin && at[-1] == '\r';
    if (*at == '\n' && after_cr)
        c->table->crlf = true;
    else if (*at == '\n')
        c->table->lf = true;
}

/* After the opening quote; a quote that is no end is doubled. */
static void read_quoted(cursor *c, orgsim_record *record, orgsim_buf *value)
{
    while (c->at < c->end) {
        if (*c->at == '"' && (c->at + 1 == c->end || c->at[1] != '"')) {
            c->at++;
            return;
        }
        if (*c->at == '"')
            c->at++;
        note_line_end(c, c->at);
        orgsim_buf_put(value, c->at++, 1);
    }
    record->bad = true;
}

static bool at_value_end(const cursor *c)
{
    return c->at == c->end || *c->at == c->delimiter || *c->at == '\n' ||
           (*c->at == '\r' && c->at + 1 < c->end && c->at[1] == '\n');
}

static void read_value(cursor *c, orgsim_record *record)
{
    orgsim_buf value = {NULL, 0, 0};
    orgsim_buf_put(&value, "", 0);
    if (c->at < c->end && *c->at == '"') {
        c->at++;
        read_quoted(c, record, &value);
        record->bad = record->bad || !at_value_end(c); /* blanks outside quotes, too */
    }
    while (!at_value_end(c)) {
        record->bad = record->bad || *c->at == '"';
        orgsim_buf_put(&value, c->at++, 1);
    }
    add_value(record, &value);
}

static void read_record(cursor *c)
{
    orgsim_record record = {NULL, 0, 0, false};
    read_value(c, &record);
    while (c->at < c->end && *c->at == c->delimiter) {
        c->at++;
        read_value(c, &record);
    }
    if (c->at < c->end) {
        c->at += *c->at == '\r';
        note_line_end(c, c->at++);
    }
    ORGSIM_ROOM(c->table->records, c->table->count, c->table->cap);
    c->table->records[c->table->count++] = record;
}

void orgsim_table_read(orgsim_table *table, const char *bytes, size_t len, char delimiter)
{
    cursor c = {bytes, bytes, bytes + len, delimiter, table};
    memset(table, 0, sizeof *table);
    while (c.at < c.end)
        read_record(&c);
}

void orgsim_table_clear(orgsim_table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        for (size_t k = 0; k < table->records[i].count; k++)
            free(table->records[i].values[k]);
        free(table->records[i].values);
    }
    free(table->records);
    memset(table, 0, sizeof *table);
}

void orgsim_csv_put(orgsim_buf *out, const char *value, char delimiter, bool first)
{
    if (!first)
        orgsim_buf_put(out, &delimiter, 1);
    orgsim_buf_puts(out, "\"");
    for (; value && *value; value++) {
        if (*value == '"')
            orgsim_buf_puts(out, "\"");
        orgsim_buf_put(out, value, 1);
    }
    orgsim_buf_puts(out, "\"");
}
