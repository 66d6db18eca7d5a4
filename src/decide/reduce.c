#include "decide/reduce.h"

#include "decide/decimal.h"

static uint32_t larger(int order)
{
    return order > 0   ? CRMI_REDUCED_LOCAL
           : order < 0 ? CRMI_REDUCED_CRM
                       : CRMI_REDUCED_SAME;
}

/* Booleans, dates and instants by their number, decimals by their digits. */
static uint32_t compare(const crmsync_cell *a, const crmsync_cell *b)
{
    crmi_decimal x, y;
    if (a->type != b->type) {
        return CRMI_REDUCED_NOT;
    }
    if (a->type == CRMSYNC_CELL_BOOL || a->type == CRMSYNC_CELL_DATE ||
        a->type == CRMSYNC_CELL_DATETIME) {
        return larger((a->number > b->number) - (a->number < b->number));
    }
    if (a->type != CRMSYNC_CELL_DECIMAL || !crmi_decimal_parse(a->text, &x) ||
        !crmi_decimal_parse(b->text, &y)) {
        return CRMI_REDUCED_NOT;
    }
    return larger(crmi_decimal_cmp(&x, &y));
}

/* ---- append ---- */

static char separator_of(const crmi_field *field)
{
    return field && field->type == CRMI_TYPE_TEXTAREA ? '\n' : ';';
}

static bool next_part(crmsync_str *rest, char separator, crmsync_str *part)
{
    while (rest->len) {
        ptrdiff_t end = crmi_str_chr(*rest, separator);
        size_t len = end < 0 ? rest->len : (size_t)end;
        *part = crmi_str_trim(crmi_str_sub(*rest, 0, len));
        *rest = crmi_str_sub(*rest, len + 1, rest->len);
        if (part->len) {
            return true;
        }
    }
    return false;
}

static bool holds(crmsync_str list, char separator, crmsync_str part, bool folded)
{
    crmsync_str have;
    while (next_part(&list, separator, &have)) {
        if (folded ? crmi_str_eq_ci(have, part) : crmi_str_eq(have, part)) {
            return true;
        }
    }
    return false;
}

/* Adds the parts of `from` that `list` lacks to the buffer; true if there were any. */
static bool add_missing(crmi_buf *b, crmsync_str from, crmsync_str list, char separator,
                        bool folded)
{
    crmsync_str part;
    bool any = false;
    while (next_part(&from, separator, &part)) {
        if (holds(list, separator, part, folded)) {
            continue;
        }
        any = true;
        if (b->len) {
            crmi_buf_char(b, separator);
        }
        crmi_buf_add(b, part);
    }
    return any;
}

/* What Salesforce has stays in front, so that both sides come to the same order. */
static uint32_t append(const crmi_reduce_case *c, crmi_arena *arena, crmsync_cell *out)
{
    crmi_buf ours, theirs;
    crmsync_str l = c->local->text, r = c->crm->text, text;
    char separator = separator_of(c->field);
    bool folded = c->field && c->field->type == CRMI_TYPE_MULTIPICKLIST;
    if (c->local->type != CRMSYNC_CELL_TEXT || c->crm->type != CRMSYNC_CELL_TEXT) {
        return CRMI_REDUCED_NOT;
    }
    crmi_buf_init(&ours, arena->alloc);
    crmi_buf_init(&theirs, arena->alloc);
    add_missing(&ours, r, CRMI_STR_EMPTY, separator, folded);
    bool more_here = add_missing(&ours, l, r, separator, folded);
    bool more_there = add_missing(&theirs, r, l, separator, folded);
    uint32_t verdict = more_here && more_there ? CRMI_REDUCED_VALUE
                       : more_here             ? CRMI_REDUCED_LOCAL
                       : more_there            ? CRMI_REDUCED_CRM
                                               : CRMI_REDUCED_SAME;
    bool ok = crmi_buf_ok(&ours) && crmi_buf_ok(&theirs) &&
              crmi_arena_str(arena, crmi_buf_str(&ours), &text);
    crmi_buf_clear(&ours);
    crmi_buf_clear(&theirs);
    *out = ok ? crmi_cell_text(text) : crmi_cell_absent();
    return ok ? verdict : CRMI_REDUCED_NOMEM;
}

/* ---- sum ---- */

/* Nothing counts as zero. */
static bool number_of(const crmsync_cell *cell, crmi_decimal *out)
{
    *out = (crmi_decimal){.count = 0};
    return crmi_cell_blank(cell) ||
           ((cell->type == CRMSYNC_CELL_DECIMAL || cell->type == CRMSYNC_CELL_TEXT) &&
            crmi_decimal_parse(cell->text, out));
}

static uint32_t sum(const crmi_reduce_case *c, crmi_arena *arena, crmsync_cell *out)
{
    crmi_decimal l, r, counted, grown, total;
    char text[CRMI_DECIMAL_TEXT];
    crmsync_str kept;
    if (!c->base) {
        return CRMI_REDUCED_STARTED;
    }
    if (!number_of(c->local, &l) || !number_of(c->crm, &r) || !number_of(c->base, &counted)) {
        return CRMI_REDUCED_NOT;
    }
    counted.negative = counted.count && !counted.negative;
    if (crmi_cell_blank(c->local)) { /* nothing says nothing: not that the count fell to zero */
        return CRMI_REDUCED_SAME;
    }
    if (!crmi_decimal_add(&l, &counted, &grown) || !crmi_decimal_add(&r, &grown, &total)) {
        return CRMI_REDUCED_NOT;
    }
    if (!grown.count) {
        return CRMI_REDUCED_SAME;
    }
    size_t len = crmi_decimal_text(&total, text);
    if (!len) {
        return CRMI_REDUCED_NOT;
    }
    if (!crmi_arena_str(arena, (crmsync_str){text, len}, &kept)) {
        return CRMI_REDUCED_NOMEM;
    }
    *out = (crmsync_cell){.type = CRMSYNC_CELL_DECIMAL, .text = kept};
    return CRMI_REDUCED_ADDED;
}

uint32_t crmi_reduce(const crmi_reduce_case *c, crmi_arena *arena, crmsync_cell *out)
{
    static const uint32_t turned[] = {[CRMI_REDUCED_SAME] = CRMI_REDUCED_SAME,
                                      [CRMI_REDUCED_LOCAL] = CRMI_REDUCED_CRM,
                                      [CRMI_REDUCED_CRM] = CRMI_REDUCED_LOCAL};
    *out = crmi_cell_absent();
    if (c->field && !crmi_reduce_fits(c->reduce, c->field->type)) {
        return CRMI_REDUCED_NOT;
    }
    if (c->reduce == CRMI_REDUCE_SUM) {
        return sum(c, arena, out);
    }
    bool no_local = crmi_cell_blank(c->local), no_crm = crmi_cell_blank(c->crm);
    if (no_local || no_crm) {
        return no_local && no_crm ? CRMI_REDUCED_SAME
               : no_local         ? CRMI_REDUCED_CRM
                                  : CRMI_REDUCED_LOCAL;
    }
    if (c->reduce == CRMI_REDUCE_APPEND) {
        return append(c, arena, out);
    }
    uint32_t verdict = compare(c->local, c->crm);
    bool least = c->reduce == CRMI_REDUCE_MIN || c->reduce == CRMI_REDUCE_EARLIEST;
    return least && verdict <= CRMI_REDUCED_CRM ? turned[verdict] : verdict;
}
