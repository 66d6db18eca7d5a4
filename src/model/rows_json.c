/* Records from JSON objects and JSON lines. */
#include "base/json.h"
#include "model/rows.h"

/* A JSON value as a cell. false = an object or an array. */
static bool cell_from_json(const yyjson_val *value, crmsync_cell *out)
{
    yyjson_val *v;
    memcpy(&v, &value, sizeof v);
    if (yyjson_is_null(v))
        *out = crmi_cell_null();
    else if (yyjson_is_bool(v))
        *out = crmi_cell_bool(yyjson_get_bool(v));
    else if (yyjson_is_raw(v))
        *out = (crmsync_cell){crmi_json_raw(v), 0, CRMSYNC_CELL_DECIMAL, 0};
    else if (yyjson_is_str(v))
        *out = (crmsync_cell){crmi_json_text(v), 0, CRMSYNC_CELL_TEXT, 0};
    else
        return false;
    return true;
}

/* `expected` = where the field lies if the record is like the one before it. */
static int32_t put_member(crmsync_rows *rows, size_t row, size_t expected, crmsync_str name,
                          const yyjson_val *value, crmsync_error **err)
{
    crmsync_cell cell;
    if (name.len == 0 || name.len > 255)
        return crmi_fail(err, CRMSYNC_E_INVALID, "a member's name must have 1 to 255 bytes");
    if (!cell_from_json(value, &cell))
        return crmi_fail(err, CRMSYNC_E_INVALID,
                         "member \"%.*s\" is an object or an array: only plain values are fields",
                         CRMI_SPELL(name));
    bool there = expected < crmsync_rows_field_count(rows) &&
                 crmi_str_eq(crmsync_rows_field(rows, expected), name);
    ptrdiff_t field = there ? (ptrdiff_t)expected : crmi_rows_add_field(rows, name);
    if (field < 0)
        return crmi_fail_nomem(err);
    if (crmsync_rows_get(rows, row, (size_t)field).type != CRMSYNC_CELL_ABSENT)
        return crmi_fail(err, CRMSYNC_E_INVALID, "member \"%.*s\" occurs twice", CRMI_SPELL(name));
    if (!crmi_rows_put_at(rows, row, (size_t)field, &cell))
        return crmi_fail_nomem(err);
    return CRMSYNC_OK;
}

int32_t crmsync_rows_append_json(crmsync_rows *rows, crmsync_str json, crmsync_error **err)
{
    size_t row_count = crmsync_rows_count(rows), field_count = crmsync_rows_field_count(rows);
    yyjson_doc *doc;
    int32_t code = crmi_json_read_deep(crmi_rows_alloc(rows), json, &doc, err); /* goes nowhere down */
    if (code)
        return code;
    yyjson_val *root = yyjson_doc_get_root(doc), *key, *value;
    size_t i, n;
    if (!yyjson_is_obj(root))
        code = crmi_fail(err, CRMSYNC_E_INVALID, "a record must be a JSON object");
    else if (crmi_rows_add_row(rows) < 0)
        code = crmi_fail_nomem(err);
    else
        yyjson_obj_foreach(root, i, n, key, value) {
            code = put_member(rows, row_count, i, crmi_json_text(key), value, err);
            if (code)
                break;
        }
    if (code)
        crmi_rows_truncate(rows, row_count, field_count);
    yyjson_doc_free(doc);
    return code;
}

int32_t crmsync_rows_append_jsonl(crmsync_rows *rows, crmsync_str jsonl, crmsync_error **err)
{
    crmi_buf where;
    size_t at = 0, number = 0;
    while (at < jsonl.len) {
        crmsync_str rest = crmi_str_sub(jsonl, at, jsonl.len - at);
        ptrdiff_t end = crmi_str_chr(rest, '\n');
        size_t len = end < 0 ? rest.len : (size_t)end;
        crmsync_str line = crmi_str_trim(crmi_str_sub(rest, 0, len));
        at += len + 1;
        number++;
        if (line.len == 0)
            continue;
        int32_t code = crmsync_rows_append_json(rows, line, err);
        if (code == CRMSYNC_OK)
            continue;
        crmi_buf_init(&where, crmi_rows_alloc(rows));
        crmi_buf_fmt(&where, "line %zu", number);
        if (crmi_buf_ok(&where))
            crmi_error_set_where(err, crmi_buf_str(&where));
        crmi_buf_clear(&where);
        return code;
    }
    return CRMSYNC_OK;
}

/* JSON has no leading zeros where a decimal may. */
static crmsync_str without_zeros(crmsync_str digits, bool *negative)
{
    size_t at = *negative = digits.len && digits.ptr[0] == '-';
    while (at + 1 < digits.len && digits.ptr[at] == '0' && digits.ptr[at + 1] >= '0' &&
           digits.ptr[at + 1] <= '9')
        at++;
    return crmi_str_sub(digits, at, digits.len - at);
}

static void write_cell(crmi_jw *w, const crmsync_cell *cell)
{
    bool negative;
    switch (cell->type) {
    case CRMSYNC_CELL_TEXT:
    case CRMSYNC_CELL_ID: crmi_jw_text(w, cell->text); break;
    case CRMSYNC_CELL_BOOL: crmi_jw_bool(w, cell->number != 0); break;
    case CRMSYNC_CELL_DECIMAL: {
        crmsync_str digits = without_zeros(cell->text, &negative);
        crmi_jw_raw(w, negative ? CRMI_STR("-") : CRMI_STR_EMPTY);
        crmi_buf_add(w->out, digits);
        break;
    }
    case CRMSYNC_CELL_DATE:
    case CRMSYNC_CELL_DATETIME:
        crmi_jw_raw(w, CRMI_STR("\""));
        crmi_buf_cell(w->out, cell);
        crmi_buf_char(w->out, '"');
        break;
    default: crmi_jw_null(w); break;
    }
}

static void write_record(const crmsync_rows *rows, size_t row, crmi_buf *line)
{
    crmi_jw w = crmi_jw_to(line);
    crmi_jw_object(&w);
    for (size_t i = 0; i < crmsync_rows_field_count(rows); i++) {
        crmsync_cell cell = crmsync_rows_get(rows, row, i);
        if (cell.type == CRMSYNC_CELL_ABSENT)
            continue;
        crmi_jw_key(&w, crmsync_rows_field(rows, i));
        write_cell(&w, &cell);
    }
    crmi_jw_object_end(&w);
    crmi_buf_char(line, '\n');
}

int32_t crmsync_rows_write_jsonl(const crmsync_rows *rows, crmsync_write_fn write, void *ctx,
                                 crmsync_error **err)
{
    crmi_buf line;
    int32_t rc = CRMSYNC_OK;
    if (!rows || !write)
        return crmi_fail(err, CRMSYNC_E_INVALID, "there are no rows, or nothing to write them with");
    crmi_buf_init(&line, crmi_rows_alloc(rows));
    for (size_t row = 0; !rc && row < crmsync_rows_count(rows); row++) {
        crmi_buf_reset(&line);
        write_record(rows, row, &line);
        rc = crmi_buf_ok(&line) ? write(ctx, crmi_buf_str(&line)) : crmi_fail_nomem(err);
    }
    crmi_buf_clear(&line);
    return rc;
}
