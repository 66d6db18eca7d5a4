/* A plan for people: what is done, grouped by what it is and to what; why; field by field. */
#include "decide/plan_text.h"

#include "base/sized.h"
#include "decide/plan_order.h"
#include "decide/plan_summary.h"
#include "normalize/display.h"

#define ID_COLUMNS     36u
#define NAME_COLUMNS   32u
#define LABEL_COLUMNS  44u /* labels of a group are aligned up to here */
#define DETAIL_COLUMNS 120u

static const struct {
    const char *sign;
    int colour;
} marks[CRMI_GROUP_LAST] = {
    [CRMI_GROUP_CREATE] = {"+", CRMI_PEN_GREEN},   [CRMI_GROUP_UPDATE] = {"~", CRMI_PEN_YELLOW},
    [CRMI_GROUP_DEACTIVATE] = {"-", CRMI_PEN_RED}, [CRMI_GROUP_LINK] = {"=", CRMI_PEN_CYAN},
    [CRMI_GROUP_FAILED] = {"!", CRMI_PEN_RED},     [CRMI_GROUP_HELD] = {"!", CRMI_PEN_RED},
    [CRMI_GROUP_UNKNOWN] = {"?", CRMI_PEN_RED},    [CRMI_GROUP_EXCLUDED] = {"x", CRMI_PEN_DIM},
    [CRMI_GROUP_SKIPPED] = {"=", CRMI_PEN_DIM},    [CRMI_GROUP_UNCHANGED] = {"=", CRMI_PEN_DIM},
};

void crmi_pen_colour(crmi_pen *p, int which)
{
    static const char *const codes[] = {"\033[0m",  "\033[32m", "\033[33m", "\033[36m",
                                        "\033[31m", "\033[2m",  "\033[1m"};
    if (p->options.colour) {
        crmi_buf_lit(&p->b, codes[which]);
    }
}

bool crmi_pen_lift(crmi_pen *p, crmi_buf *b, crmsync_str *out)
{
    return crmi_buf_ok(b) && crmi_arena_str(&p->arena, crmi_buf_str(b), out);
}

/* Hands over what is there and starts afresh. */
static int32_t flush(crmi_pen *p, crmsync_error **err)
{
    if (!crmi_buf_ok(&p->b)) {
        return crmi_fail_nomem(err);
    }
    int32_t code = p->b.len ? p->write(p->ctx, crmi_buf_str(&p->b)) : CRMSYNC_OK;
    crmi_buf_reset(&p->b);
    return code == CRMSYNC_OK ? code : crmi_fail(err, code, "the plan's text could not be written");
}

/* ---- who ---- */

static crmsync_str shown_value(const crmi_decision *d, const char *remote)
{
    for (size_t i = 0; i < d->field_count; i++) {
        const crmi_field_decision *f = &d->fields[i];
        if (!crmi_str_is(f->remote, remote)) {
            continue;
        }
        const crmsync_cell *cells[] = {&f->crm_new, &f->crm_old, &f->local_old};
        for (size_t k = 0; k < 3; k++) {
            if (cells[k]->type == CRMSYNC_CELL_TEXT && cells[k]->text.len) {
                return cells[k]->text;
            }
        }
    }
    return CRMI_STR_EMPTY;
}

void crmi_pen_name(crmi_buf *b, const crmi_decision *d, size_t columns)
{
    static const char *const whole[] = {"Name", "Subject"};
    crmsync_str first = shown_value(d, "FirstName");
    crmsync_str last = shown_value(d, "LastName");
    if (first.len || last.len) {
        crmi_buf_lit(b, first.len ? " " : "");
        crmi_display_add(b, first, 0, columns / 2, false);
        crmi_buf_lit(b, last.len ? " " : "");
        crmi_display_add(b, last, 0, columns / 2, false);
        return;
    }
    for (size_t i = 0; i < 2; i++) {
        crmsync_str text = shown_value(d, whole[i]);
        if (text.len) {
            crmi_buf_char(b, ' ');
            crmi_display_add(b, text, 0, columns, false);
            return;
        }
    }
}

/* p-2 Ben Ives (00Q000000000001EAA) */
static void add_label(crmi_buf *b, const crmi_decision *d)
{
    crmi_display_add(b, d->local_id.len ? d->local_id : d->crm_id, 0, ID_COLUMNS, false);
    crmi_pen_name(b, d, NAME_COLUMNS);
    if (d->crm_id.len && d->local_id.len) {
        crmi_buf_lit(b, " (");
        crmi_display_add(b, d->crm_id, 0, ID_COLUMNS, false);
        crmi_buf_char(b, ')');
    }
}

/* ---- why ---- */

/* That fields are written needs no words where they are shown. */
static void add_why(crmi_pen *p, size_t i)
{
    const crmi_decision *d = &p->plan->page->items[i];
    crmi_buf *b = &p->b;
    uint32_t reason = crmi_plan_excluded(p->plan, i) ? CRMSYNC_REASON_EXCLUDED : d->reason;
    bool plain = reason == CRMSYNC_REASON_UPDATE_FIELDS && d->rule;
    crmi_buf_lit(b, plain ? "" : crmsync_reason_text(reason));
    if (d->rule) {
        crmi_buf_lit(b, plain ? "found: " : "; found: ");
        crmi_buf_lit(b, crmsync_reason_text(d->rule));
    }
    if (d->same_as != CRMI_NO_DECISION) {
        crmi_buf_lit(b, ": ");
        crmi_display_add(b, p->plan->page->items[d->same_as].local_id, 0, ID_COLUMNS, false);
    } else if (d->detail.len) {
        crmi_buf_lit(b, ": ");
        crmi_display_add(b, d->detail, 0, DETAIL_COLUMNS, false);
    }
}

/* What to do is told once in a group. */
static const char *remedy(const crmi_pen *p, const crmi_plan_slot *slots, size_t from, size_t at)
{
    const crmi_decision *items = p->plan->page->items;
    const crmi_decision *d = &items[slots[at].index];
    if (slots[at].group == CRMI_GROUP_EXCLUDED) {
        return "";
    }
    for (size_t i = from; i < at; i++) {
        if (items[slots[i].index].reason == d->reason) {
            return "";
        }
    }
    return crmsync_reason_remedy(d->reason);
}

/* ---- groups ---- */

static size_t group_end(const crmi_plan_slot *slots, size_t from, size_t count)
{
    size_t at = from;
    while (at < count && slots[at].group == slots[from].group &&
           slots[at].object == slots[from].object) {
        at++;
    }
    return at;
}

static void write_operation(crmi_pen *p, const crmi_plan_slot *slot, crmsync_str label,
                            size_t columns)
{
    crmi_buf_lit(&p->b, "  ");
    crmi_pen_colour(p, marks[slot->group].colour);
    crmi_buf_lit(&p->b, marks[slot->group].sign);
    crmi_buf_char(&p->b, ' ');
    crmi_buf_add(&p->b, label);
    crmi_pen_colour(p, CRMI_PEN_PLAIN);
    crmi_display_pad(&p->b, crmi_display_width(label), columns);
    crmi_buf_lit(&p->b, "  ");
    crmi_pen_colour(p, CRMI_PEN_DIM);
    add_why(p, slot->index);
    crmi_pen_colour(p, CRMI_PEN_PLAIN);
    crmi_buf_char(&p->b, '\n');
}

static void write_remedy(crmi_pen *p, const char *words)
{
    if (words[0]) {
        crmi_buf_lit(&p->b, "      ");
        crmi_pen_colour(p, CRMI_PEN_DIM);
        crmi_buf_fmt(&p->b, "remedy: %s", words);
        crmi_pen_colour(p, CRMI_PEN_PLAIN);
        crmi_buf_char(&p->b, '\n');
    }
}

/* Labels of the operations that are shown, and the column that ends them. */
static bool lay_labels(crmi_pen *p, const crmi_plan_slot *slots, size_t n, crmsync_str *labels,
                       size_t *columns)
{
    crmi_buf b;
    bool ok = true;
    crmi_buf_init(&b, p->b.alloc);
    *columns = 0;
    for (size_t i = 0; ok && i < n; i++) {
        crmi_buf_reset(&b);
        add_label(&b, &p->plan->page->items[slots[i].index]);
        ok = crmi_pen_lift(p, &b, &labels[i]);
        size_t width = ok ? crmi_display_width(labels[i]) : 0;
        if (width > *columns && width <= LABEL_COLUMNS) {
            *columns = width;
        }
    }
    crmi_buf_clear(&b);
    return ok;
}

static int32_t write_group(crmi_pen *p, const crmi_plan_slot *slots, size_t from, size_t end,
                           size_t shown, crmsync_error **err)
{
    const crmi_decision *items = p->plan->page->items;
    crmsync_str *labels = crmi_arena_array(&p->arena, shown - from + 1, sizeof(*labels));
    size_t columns = 0;
    int32_t code = CRMSYNC_OK;
    if (!labels || !lay_labels(p, slots + from, shown - from, labels, &columns)) {
        return crmi_fail_nomem(err);
    }
    crmi_buf_char(&p->b, '\n');
    crmi_pen_colour(p, CRMI_PEN_BOLD);
    crmi_display_add(&p->b, crmi_plan_object(&items[slots[from].index]), 0, ID_COLUMNS, false);
    crmi_buf_fmt(&p->b, ": %zu %s", end - from, crmi_group_words(slots[from].group));
    crmi_pen_colour(p, CRMI_PEN_PLAIN);
    crmi_buf_char(&p->b, '\n');
    for (size_t i = from; code == CRMSYNC_OK && i < shown; i++) {
        write_operation(p, &slots[i], labels[i - from], columns);
        write_remedy(p, remedy(p, slots, from, i));
        code = crmi_pen_fields(p, &items[slots[i].index]) ? flush(p, err) : crmi_fail_nomem(err);
    }
    return code;
}

/* ---- sums ---- */

/* 7 operations: 3 to create, 1 to update, 2 skipped */
static void write_total(crmi_pen *p, const crmi_plan_slot *slots)
{
    size_t n = p->plan->page->count;
    size_t counts[CRMI_GROUP_LAST] = {0};
    bool any = false;
    for (size_t i = 0; i < n; i++) {
        counts[slots[i].group]++;
    }
    crmi_pen_colour(p, CRMI_PEN_BOLD);
    crmi_buf_fmt(&p->b, n ? "%zu operation%s" : "no operations", n, n == 1 ? "" : "s");
    crmi_pen_colour(p, CRMI_PEN_PLAIN);
    for (uint32_t g = 0; g < CRMI_GROUP_LAST; g++) {
        if (counts[g]) {
            crmi_buf_fmt(&p->b, "%s%zu %s", any ? ", " : ": ", counts[g], crmi_group_words(g));
            any = true;
        }
    }
    crmi_buf_char(&p->b, '\n');
}

static int32_t write_rest(crmi_pen *p, const crmi_plan_slot *slots, size_t shown,
                          crmsync_error **err)
{
    crmi_summary s;
    size_t rest = p->plan->page->count - shown;
    int32_t code = crmi_summarize(p->plan, slots + shown, rest, &s, err);
    if (code != CRMSYNC_OK || !rest) {
        return code;
    }
    crmi_pen_colour(p, CRMI_PEN_BOLD);
    crmi_buf_fmt(&p->b, shown ? "\nand %zu more:" : "\nof these:", rest);
    crmi_pen_colour(p, CRMI_PEN_PLAIN);
    crmi_buf_char(&p->b, '\n');
    for (size_t i = 0; i < s.count; i++) {
        const crmi_tally *t = &s.items[i];
        crmi_buf_fmt(&p->b, "%8zu  %-13s  ", t->count, crmi_group_words(t->group));
        size_t at = p->b.len;
        crmi_display_add(&p->b, t->object, 0, ID_COLUMNS, false);
        crmsync_str object = crmi_str_sub(crmi_buf_str(&p->b), at, p->b.len - at);
        crmi_display_pad(&p->b, crmi_display_width(object), 12);
        crmi_buf_lit(&p->b, "  ");
        crmi_pen_colour(p, CRMI_PEN_DIM);
        crmi_buf_lit(&p->b, crmsync_reason_text(t->reason));
        crmi_pen_colour(p, CRMI_PEN_PLAIN);
        crmi_buf_char(&p->b, '\n');
    }
    crmi_summary_clear(&p->plan->alloc, &s);
    return CRMSYNC_OK;
}

static int32_t write_all(crmi_pen *p, crmsync_error **err)
{
    size_t n = p->plan->page->count;
    size_t shown = n < p->options.limit ? n : p->options.limit;
    crmi_arena order;
    int32_t code = CRMSYNC_OK;
    crmi_arena_init(&order, &p->plan->alloc);
    const crmi_plan_slot *slots = crmi_plan_order(p->plan, &order);
    if (!slots) {
        code = crmi_fail_nomem(err);
        goto done;
    }
    if (!p->options.no_summary) {
        write_total(p, slots);
    }
    for (size_t from = 0; code == CRMSYNC_OK && from < shown;) {
        size_t end = group_end(slots, from, n);
        code = write_group(p, slots, from, end, end < shown ? end : shown, err);
        crmi_arena_clear(&p->arena);
        from = end;
    }
    if (code == CRMSYNC_OK && !p->options.no_summary) {
        code = write_rest(p, slots, shown, err);
    }
    if (code == CRMSYNC_OK) {
        code = flush(p, err);
    }
done:
    crmi_arena_clear(&order);
    return code;
}

int32_t crmsync_plan_write_text(const crmsync_plan *plan, const crmsync_plan_text_options *options,
                                crmsync_write_fn write, void *ctx, crmsync_error **err)
{
    static const crmsync_plan_text_options defaults = CRMSYNC_PLAN_TEXT_OPTIONS_INIT;
    crmi_pen p = {.plan = plan, .options = defaults, .write = write, .ctx = ctx};
    if (!plan || !write) {
        return crmi_fail(err, CRMSYNC_E_INVALID, "a plan and a writer are needed");
    }
    int32_t code = options ? crmi_copy_in(&p.options, sizeof(p.options), options,
                                          "options of a plan's text", err)
                           : CRMSYNC_OK;
    if (code != CRMSYNC_OK) {
        return code;
    }
    crmi_buf_init(&p.b, &plan->alloc);
    crmi_arena_init(&p.arena, &plan->alloc);
    code = write_all(&p, err);
    crmi_arena_clear(&p.arena);
    crmi_buf_clear(&p.b);
    return code;
}
