/* Cells: their rules, their makers, their spelling. */
#include <crmsync/normalize.h>

#include "base/mix.h"
#include "base/time.h"
#include "model/rows.h"

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t digits(crmsync_str s, size_t at)
{
    size_t n = 0;
    while (at + n < s.len && digit(s.ptr[at + n]))
        n++;
    return n;
}

bool crmi_decimal_valid(crmsync_str s)
{
    size_t at = s.len && s.ptr[0] == '-';
    size_t n = digits(s, at);
    if (!n)
        return false;
    at += n;
    if (at < s.len && s.ptr[at] == '.') {
        n = digits(s, at + 1);
        if (!n)
            return false;
        at += n + 1;
    }
    if (at < s.len && (s.ptr[at] == 'e' || s.ptr[at] == 'E')) {
        at++;
        if (at < s.len && (s.ptr[at] == '+' || s.ptr[at] == '-'))
            at++;
        n = digits(s, at);
        if (!n)
            return false;
        at += n;
    }
    return at == s.len;
}

static bool id_valid(crmsync_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (!digit(c) && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z'))
            return false;
    }
    return s.len == 15 || s.len == 18;
}

const char *crmi_cell_fault(const crmsync_cell *cell)
{
    bool has_text = cell->type == CRMSYNC_CELL_TEXT || cell->type == CRMSYNC_CELL_DECIMAL ||
                    cell->type == CRMSYNC_CELL_ID;
    if (has_text && cell->text.len && !cell->text.ptr)
        return "the text is missing";
    switch (cell->type) {
    case CRMSYNC_CELL_ABSENT:
    case CRMSYNC_CELL_NULL:
    case CRMSYNC_CELL_DATE:
    case CRMSYNC_CELL_DATETIME: return NULL;
    case CRMSYNC_CELL_TEXT:
        return crmi_str_utf8_valid(cell->text, NULL) ? NULL : "the text is not UTF-8";
    case CRMSYNC_CELL_BOOL:
        return cell->number == 0 || cell->number == 1 ? NULL : "a BOOL is neither 0 nor 1";
    case CRMSYNC_CELL_DECIMAL:
        return crmi_decimal_valid(cell->text) ? NULL : "not a decimal number such as -12.50";
    case CRMSYNC_CELL_ID:
        return id_valid(cell->text) ? NULL : "not a Salesforce id of 15 or 18 letters and digits";
    default: return "unknown cell type";
    }
}

crmsync_cell crmi_cell_absent(void)
{
    return (crmsync_cell){CRMI_STR_EMPTY, 0, CRMSYNC_CELL_ABSENT, 0};
}

crmsync_cell crmi_cell_null(void)
{
    return (crmsync_cell){CRMI_STR_EMPTY, 0, CRMSYNC_CELL_NULL, 0};
}

crmsync_cell crmi_cell_text(crmsync_str s)
{
    return s.len ? (crmsync_cell){s, 0, CRMSYNC_CELL_TEXT, 0} : crmi_cell_null();
}

crmsync_cell crmi_cell_id(crmsync_str s)
{
    return s.len ? (crmsync_cell){s, 0, CRMSYNC_CELL_ID, 0} : crmi_cell_null();
}

crmsync_cell crmi_cell_bool(bool v)
{
    return (crmsync_cell){CRMI_STR_EMPTY, v, CRMSYNC_CELL_BOOL, 0};
}

crmsync_cell crmi_cell_number(uint32_t type, int64_t v)
{
    return (crmsync_cell){CRMI_STR_EMPTY, v, type, 0};
}

void crmi_buf_cell(crmi_buf *b, const crmsync_cell *cell)
{
    switch (cell->type) {
    case CRMSYNC_CELL_TEXT:
    case CRMSYNC_CELL_DECIMAL:
    case CRMSYNC_CELL_ID: crmi_buf_add(b, cell->text); break;
    case CRMSYNC_CELL_BOOL: crmi_buf_lit(b, cell->number ? "true" : "false"); break;
    case CRMSYNC_CELL_DATE: crmi_buf_date(b, cell->number); break;
    case CRMSYNC_CELL_DATETIME: crmi_buf_datetime(b, cell->number); break;
    default: break;
    }
}

bool crmi_cell_instant(const crmsync_cell *cell, int64_t *unix_ms)
{
    switch (cell->type) {
    case CRMSYNC_CELL_DATETIME: *unix_ms = cell->number; return true;
    case CRMSYNC_CELL_DATE: *unix_ms = cell->number * CRMI_DAY_MS; return true;
    case CRMSYNC_CELL_TEXT: return crmi_datetime_parse(cell->text, unix_ms);
    default: return false;
    }
}

void crmi_digest_cell(crmi_digest *d, const crmsync_cell *cell)
{
    char head[9] = {(char)cell->type};
    bool counted = cell->type == CRMSYNC_CELL_BOOL || cell->type == CRMSYNC_CELL_DATE ||
                   cell->type == CRMSYNC_CELL_DATETIME;
    uint64_t number = counted ? (uint64_t)cell->number : 0;
    for (size_t i = 0; i < 8; i++)
        head[i + 1] = (char)(unsigned char)(number >> (8 * i));
    crmi_digest_part(d, (crmsync_str){head, sizeof head});
    bool spelled = cell->type == CRMSYNC_CELL_TEXT || cell->type == CRMSYNC_CELL_DECIMAL ||
                   cell->type == CRMSYNC_CELL_ID;
    crmi_digest_part(d, spelled ? cell->text : CRMI_STR_EMPTY);
}

uint64_t crmi_mix_cell(uint64_t seed, const crmsync_cell *cell)
{
    seed = crmi_mix(seed ^ cell->type, CRMI_MIX_SEED);
    switch (cell->type) {
    case CRMSYNC_CELL_TEXT:
    case CRMSYNC_CELL_DECIMAL:
    case CRMSYNC_CELL_ID: return crmi_mix_bytes(seed, cell->text);
    case CRMSYNC_CELL_BOOL:
    case CRMSYNC_CELL_DATE:
    case CRMSYNC_CELL_DATETIME: return crmi_mix((uint64_t)cell->number ^ CRMI_MIX_SEED, seed);
    default: return seed;
    }
}

crmsync_cell crmi_record_get(crmi_record record, crmsync_str field)
{
    int32_t i = crmsync_rows_find_field(record.rows, field);
    return i < 0 ? crmi_cell_absent() : crmsync_rows_get(record.rows, record.row, (size_t)i);
}

crmsync_cell crmi_record_at(crmi_record record, int32_t at)
{
    const crmsync_cell *cells = at < 0 ? NULL : crmi_record_cells(record);
    return cells ? cells[at] : crmi_cell_absent();
}

crmsync_str crmi_record_text(crmi_record record, const char *field)
{
    crmsync_cell cell = crmi_record_get(record, crmi_str(field));
    return cell.text;
}

bool crmi_record_flag(crmi_record record, const char *field)
{
    crmsync_cell cell = crmi_record_get(record, crmi_str(field));
    return cell.type == CRMSYNC_CELL_BOOL && cell.number != 0;
}

bool crmi_keep_id(crmi_arena *arena, crmsync_str text, crmsync_str *out)
{
    char id[32];
    size_t len = 0;
    *out = CRMI_STR_EMPTY;
    if (crmsync_normalize_id(text, id, sizeof id, &len) != CRMSYNC_OK || !len)
        return true;
    return crmi_arena_str(arena, (crmsync_str){id, len}, out);
}
