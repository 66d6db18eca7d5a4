#include "salesforce/csv.h"

#include "base/time.h"
#include "salesforce/value.h"

static void line_end(crmi_csv_writer *w)
{
    crmi_buf_lit(w->out, w->crlf ? "\r\n" : "\n");
}

/* Line ends in a value become the job's: Salesforce refuses those of the other kind. */
static void add_break(crmi_csv_writer *w, crmsync_str s, size_t *at)
{
    if (s.ptr[*at] == '\r' && *at + 1 < s.len && s.ptr[*at + 1] == '\n')
        (*at)++;
    line_end(w);
}

/* One look at each byte: does it need quotes, is it more than ASCII? */
static void look(const crmi_csv_writer *w, crmsync_str s, bool *quotes, bool *ascii)
{
    const char delimiter = w->delimiter;
    unsigned char any = 0, mark = 0;
    for (size_t i = 0; i < s.len; i++) { /* without branches: many bytes at a time */
        char c = s.ptr[i];
        any |= (unsigned char)c;
        mark |= (unsigned char)((c == delimiter) | (c == '"') | (c == '\n') | (c == '\r'));
    }
    *quotes = mark || (s.len && (s.ptr[0] == ' ' || s.ptr[s.len - 1] == ' '));
    *ascii = any < 0x80;
}

static void add_quoted(crmi_csv_writer *w, crmsync_str s)
{
    size_t from = 0;
    crmi_buf_char(w->out, '"');
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (c != '"' && c != '\r' && c != '\n')
            continue;
        crmi_buf_add(w->out, crmi_str_sub(s, from, i - from));
        if (c == '"')
            crmi_buf_lit(w->out, "\"\"");
        else
            add_break(w, s, &i);
        from = i + 1;
    }
    crmi_buf_add(w->out, crmi_str_sub(s, from, s.len));
    crmi_buf_char(w->out, '"');
}

static bool longer_than(crmsync_str s, size_t characters)
{
    return s.len > characters && crmi_str_utf8_chars(s) > characters;
}

static int32_t refuse(int32_t code, size_t column, const char *what, crmsync_error **err)
{
    return crmi_fail(err, code, "CSV: column %zu: %s", column, what);
}

static int32_t write_text(crmi_csv_writer *w, crmsync_str s, size_t column, crmsync_error **err)
{
    bool quotes, ascii;
    if (!s.len) {
        crmi_buf_lit(w->out, CRMI_CSV_NULL);
        return CRMSYNC_OK;
    }
    if (crmi_str_is(s, CRMI_CSV_NULL))
        return refuse(CRMSYNC_E_INVALID, column,
                      "the text " CRMI_CSV_NULL " would empty the field; write this record by REST",
                      err);
    look(w, s, &quotes, &ascii);
    if (!ascii && !crmi_str_utf8_valid(s, NULL))
        return refuse(CRMSYNC_E_INVALID, column, "the text is not UTF-8", err);
    if (longer_than(s, CRMI_CSV_FIELD_MAX))
        return refuse(CRMSYNC_E_LIMIT, column, "the text is longer than a CSV value may be", err);
    if (quotes)
        add_quoted(w, s);
    else
        crmi_buf_add(w->out, s);
    return CRMSYNC_OK;
}

static int32_t write_cell(crmi_csv_writer *w, const crmsync_cell *cell, size_t column,
                          crmsync_error **err)
{
    switch (cell->type) {
    case CRMSYNC_CELL_ABSENT: return CRMSYNC_OK;
    case CRMSYNC_CELL_NULL: crmi_buf_lit(w->out, CRMI_CSV_NULL); return CRMSYNC_OK;
    case CRMSYNC_CELL_TEXT:
    case CRMSYNC_CELL_ID: return write_text(w, cell->text, column, err);
    case CRMSYNC_CELL_BOOL:
        crmi_buf_lit(w->out, cell->number ? "true" : "false");
        return CRMSYNC_OK;
    case CRMSYNC_CELL_DECIMAL:
        return crmi_value_plain(w->out, cell->text)
                   ? CRMSYNC_OK
                   : refuse(CRMSYNC_E_INVALID, column, "not a number", err);
    case CRMSYNC_CELL_DATE: crmi_buf_date(w->out, cell->number); return CRMSYNC_OK;
    case CRMSYNC_CELL_DATETIME: crmi_buf_datetime(w->out, cell->number); return CRMSYNC_OK;
    default: return refuse(CRMSYNC_E_INVALID, column, "a cell of unknown type", err);
    }
}

/* What was appended from `from` on is too much: takes it back. */
static int32_t check_row(crmi_csv_writer *w, size_t from, size_t most, int32_t rc,
                         crmsync_error **err)
{
    if (!rc && !crmi_buf_ok(w->out))
        rc = crmi_fail_nomem(err);
    if (!rc && longer_than(crmi_str_sub(crmi_buf_str(w->out), from, w->out->len), most))
        rc = crmi_fail(err, CRMSYNC_E_LIMIT, "CSV: a row is longer than %zu characters", most);
    if (rc && crmi_buf_ok(w->out)) {
        w->out->len = from;
        if (w->out->ptr)
            w->out->ptr[from] = '\0';
    }
    return rc;
}

int32_t crmi_csv_write_header(crmi_csv_writer *w, const crmsync_str *names, size_t n,
                              crmsync_error **err)
{
    size_t from = w->out->len;
    int32_t rc = CRMSYNC_OK;
    if (!n || n > CRMI_CSV_COLUMNS_MAX)
        return crmi_fail(err, CRMSYNC_E_LIMIT, "CSV: %zu columns; 1 to %d are allowed", n,
                         CRMI_CSV_COLUMNS_MAX);
    for (size_t i = 0; !rc && i < n; i++) {
        if (i)
            crmi_buf_char(w->out, w->delimiter);
        rc = names[i].len ? write_text(w, names[i], i, err)
                          : refuse(CRMSYNC_E_INVALID, i, "has no name", err);
    }
    line_end(w);
    return check_row(w, from, CRMI_CSV_HEADER_MAX, rc, err);
}

int32_t crmi_csv_write_row(crmi_csv_writer *w, const crmsync_cell *cells, size_t n,
                           crmsync_error **err)
{
    size_t from = w->out->len;
    int32_t rc = CRMSYNC_OK;
    for (size_t i = 0; !rc && i < n; i++) {
        if (i)
            crmi_buf_char(w->out, w->delimiter);
        rc = write_cell(w, &cells[i], i, err);
    }
    line_end(w);
    return check_row(w, from, CRMI_CSV_ROW_MAX, rc, err);
}
