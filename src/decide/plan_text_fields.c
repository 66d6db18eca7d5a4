/* The fields of an operation for people: which, from what to what, why. */
#include "decide/plan_text.h"

#include "model/rows.h"
#include "normalize/display.h"

#define NAME_COLUMNS   28u /* names and changes are aligned up to here */
#define CHANGE_COLUMNS 56u
#define ALONE_COLUMNS  60u /* a value with nothing beside it */
#define PAIR_COLUMNS   40u /* the old and the new one */
#define NOT_READ       "(not read)"
#define NOT_GIVEN      "(none)"
#define CONTEXT_BYTES  12u /* shown of what two long values have in common */

/* One line, laid out before the widths of all lines are known. */
typedef struct line {
    crmsync_str name, from, to; /* from empty = there is nothing to compare with */
    uint32_t reason;
    bool changes;
    bool given; /* a new record's own value: that needs no reason */
} line;

static bool long_text(const crmsync_cell *cell)
{
    return cell->type == CRMSYNC_CELL_TEXT && cell->text.len > PAIR_COLUMNS - 2;
}

/* Two long texts begin shortly before they part, or their change would be out of sight. */
static size_t first_difference(const crmsync_cell *a, const crmsync_cell *b)
{
    size_t same = 0;
    if (!long_text(a) || !long_text(b)) {
        return 0;
    }
    size_t most = a->text.len < b->text.len ? a->text.len : b->text.len;
    while (same < most && a->text.ptr[same] == b->text.ptr[same]) {
        same++;
    }
    if (same <= PAIR_COLUMNS / 2) {
        return 0;
    }
    return crmi_str_utf8_cut(a->text, same - CONTEXT_BYTES);
}

/* Empty, said nothing about, or a text of blanks only: three things. */
static void add_value(crmi_buf *b, const crmsync_cell *cell, const char *absent, size_t start,
                      size_t columns)
{
    if (cell->type == CRMSYNC_CELL_ABSENT) {
        crmi_buf_lit(b, absent);
    } else if (cell->type == CRMSYNC_CELL_NULL) {
        crmi_buf_lit(b, "(empty)");
    } else if (cell->type == CRMSYNC_CELL_TEXT) {
        crmi_display_add(b, cell->text, start, columns, true);
    } else {
        crmi_buf text;
        crmi_buf_init(&text, b->alloc);
        crmi_buf_cell(&text, cell);
        b->oom = b->oom || !crmi_buf_ok(&text);
        crmi_display_add(b, crmi_buf_str(&text), 0, columns, false);
        crmi_buf_clear(&text);
    }
}

static bool lift_value(crmi_pen *p, const crmsync_cell *cell, const char *absent, size_t start,
                       size_t columns, crmsync_str *out)
{
    crmi_buf b;
    crmi_buf_init(&b, p->b.alloc);
    add_value(&b, cell, absent, start, columns);
    bool ok = crmi_pen_lift(p, &b, out);
    crmi_buf_clear(&b);
    return ok;
}

static bool lift_name(crmi_pen *p, const char *side, crmsync_str name, crmsync_str *out)
{
    crmi_buf b;
    crmi_buf_init(&b, p->b.alloc);
    crmi_buf_lit(&b, side);
    crmi_display_add(&b, name, 0, NAME_COLUMNS, false);
    bool ok = crmi_pen_lift(p, &b, out);
    crmi_buf_clear(&b);
    return ok;
}

/* One side of a field that is written. On a create there is nothing before it. */
static bool lay_change(crmi_pen *p, bool create, const crmsync_cell *from, const crmsync_cell *to,
                       const char *absent, line *out)
{
    bool alone = create && crmi_cell_blank(from);
    size_t start = alone ? 0 : first_difference(from, to);
    size_t columns = alone ? ALONE_COLUMNS : PAIR_COLUMNS;
    out->changes = true;
    out->given = alone && out->reason == CRMSYNC_REASON_FILLED;
    return lift_value(p, to, "", start, columns, &out->to) &&
           (alone || lift_value(p, from, absent, start, columns, &out->from));
}

/* The id of a record that is made by an earlier operation. */
static bool lay_parent(crmi_pen *p, const crmi_decision *d, line *out)
{
    crmi_buf b;
    crmi_buf_init(&b, p->b.alloc);
    const crmi_decision *parent = &p->plan->page->items[d->parent];
    crmi_buf_lit(&b, "(the new ");
    crmi_display_add(&b, parent->object, 0, NAME_COLUMNS, false);
    crmi_pen_name(&b, parent, NAME_COLUMNS);
    crmi_buf_char(&b, ')');
    bool ok = crmi_pen_lift(p, &b, &out->to);
    crmi_buf_clear(&b);
    out->changes = true;
    return ok;
}

static bool lay_kept(crmi_pen *p, const crmi_field_decision *f, line *out)
{
    bool ours = f->crm_old.type == CRMSYNC_CELL_ABSENT;
    return lift_value(p, ours ? &f->local_old : &f->crm_old, NOT_GIVEN, 0, ALONE_COLUMNS, &out->to);
}

/* Adds the lines of one field: none, one or two. */
static bool lay_field(crmi_pen *p, const crmi_decision *d, const crmi_field_decision *f,
                      line *lines, size_t *n)
{
    bool write = f->crm_new.type != CRMSYNC_CELL_ABSENT;
    bool take = f->local_new.type != CRMSYNC_CELL_ABSENT;
    bool follows =
        f->reason == CRMSYNC_REASON_PARENT_SET && d->parent != CRMI_NO_DECISION && !write;
    bool ok = true;
    if (write || follows || (!take && p->options.all_fields)) {
        line *l = &lines[(*n)++];
        l->reason = f->reason;
        ok = lift_name(p, "", f->remote, &l->name);
        if (write) {
            ok = ok &&
                 lay_change(p, d->crm_op == CRMI_OP_CREATE, &f->crm_old, &f->crm_new, NOT_READ, l);
        } else {
            ok = ok && (follows ? lay_parent(p, d, l) : lay_kept(p, f, l));
        }
    }
    if (take) {
        line *l = &lines[(*n)++];
        l->reason = f->reason;
        ok = ok && lift_name(p, "local ", f->local, &l->name) &&
             lay_change(p, d->local_op == CRMI_OP_CREATE, &f->local_old, &f->local_new, NOT_GIVEN,
                        l);
    }
    return ok;
}

static size_t change_width(const line *l)
{
    size_t from = l->from.len ? crmi_display_width(l->from) + 4 : 0;
    return from + crmi_display_width(l->to);
}

static void write_line(crmi_pen *p, const line *l, size_t name_columns, size_t change_columns)
{
    crmi_buf_lit(&p->b, "      ");
    if (!l->changes) {
        crmi_pen_colour(p, CRMI_PEN_DIM);
    }
    crmi_buf_add(&p->b, l->name);
    crmi_display_pad(&p->b, crmi_display_width(l->name), name_columns);
    crmi_buf_lit(&p->b, "  ");
    crmi_buf_add(&p->b, l->from);
    crmi_buf_lit(&p->b, l->from.len ? " -> " : "");
    crmi_pen_colour(p, l->changes ? CRMI_PEN_BOLD : CRMI_PEN_DIM);
    crmi_buf_add(&p->b, l->to);
    crmi_pen_colour(p, CRMI_PEN_PLAIN);
    if (!l->given && l->reason) {
        crmi_display_pad(&p->b, change_width(l), change_columns);
        crmi_buf_lit(&p->b, "  ");
        crmi_pen_colour(p, CRMI_PEN_DIM);
        crmi_buf_lit(&p->b, crmsync_reason_text(l->reason));
        crmi_pen_colour(p, CRMI_PEN_PLAIN);
    }
    crmi_buf_char(&p->b, '\n');
}

static size_t wider(size_t have, size_t width, size_t most)
{
    return width > have && width <= most ? width : have;
}

bool crmi_pen_fields(crmi_pen *p, const crmi_decision *d)
{
    line *lines = crmi_arena_array(&p->arena, 2 * d->field_count + 1, sizeof(*lines));
    size_t n = 0;
    size_t names = 0;
    size_t changes = 0;
    bool ok = lines != NULL;
    for (size_t i = 0; ok && i < d->field_count; i++) {
        ok = lay_field(p, d, &d->fields[i], lines, &n);
    }
    for (size_t i = 0; ok && i < n; i++) {
        names = wider(names, crmi_display_width(lines[i].name), NAME_COLUMNS);
        changes = wider(changes, change_width(&lines[i]), CHANGE_COLUMNS);
    }
    for (size_t i = 0; ok && i < n; i++) {
        write_line(p, &lines[i], names, changes);
    }
    return ok;
}
