/* A plan for people: what is done, field by field, from what to what, and why. */
#include "base/sized.h"
#include "decide/plan_summary.h"

#include "model/rows.h"

#define VALUE_CHARS 72u

typedef struct pen {
    const crmsync_plan *plan;
    crmsync_plan_text_options options;
    crmi_buf b;
    crmsync_write_fn write;
    void *ctx;
} pen;

enum { PLAIN, GREEN, YELLOW, CYAN, RED, DIM, BOLD };
static const char *const codes[] = {"\033[0m",  "\033[32m", "\033[33m", "\033[36m",
                                    "\033[31m", "\033[2m",  "\033[1m"};

static void colour(pen *p, int which)
{
    if (p->options.colour) {
        crmi_buf_lit(&p->b, codes[which]);
    }
}

/* Hands over what is there and starts afresh. */
static int32_t flush(pen *p, crmsync_error **err)
{
    if (!crmi_buf_ok(&p->b)) {
        return crmi_fail_nomem(err);
    }
    int32_t code = p->b.len ? p->write(p->ctx, crmi_buf_str(&p->b)) : CRMSYNC_OK;
    crmi_buf_reset(&p->b);
    return code == CRMSYNC_OK ? code : crmi_fail(err, code, "the plan's text could not be written");
}

/* A terminal must not obey what stands in a record: C0, DEL and C1 controls are spelled out. */
static void safe_text(pen *p, crmsync_str s)
{
    size_t len = crmi_str_utf8_cut_chars(s, VALUE_CHARS);
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        bool c1 = c == 0xC2 && i + 1 < len && (unsigned char)s.ptr[i + 1] < 0xA0;
        if (c == '\n') {
            crmi_buf_lit(&p->b, "\\n");
        } else if (c1) {
            crmi_buf_fmt(&p->b, "\\x%02x", (unsigned char)s.ptr[++i]);
        } else if (c < 0x20 || c == 0x7F) {
            crmi_buf_fmt(&p->b, "\\x%02x", c);
        } else {
            crmi_buf_char(&p->b, (char)c);
        }
    }
    if (len < s.len) {
        crmi_buf_lit(&p->b, "...");
    }
}

static void value(pen *p, const crmsync_cell *cell)
{
    if (crmi_cell_blank(cell)) {
        crmi_buf_lit(&p->b, "(empty)");
        return;
    }
    bool quoted = cell->type == CRMSYNC_CELL_TEXT;
    crmi_buf text;
    crmi_buf_init(&text, p->b.alloc);
    crmi_buf_cell(&text, cell);
    p->b.oom = p->b.oom || !crmi_buf_ok(&text);
    crmi_buf_lit(&p->b, quoted ? "\"" : "");
    safe_text(p, crmi_buf_str(&text));
    crmi_buf_lit(&p->b, quoted ? "\"" : "");
    crmi_buf_clear(&text);
}

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

static void name_of(pen *p, const crmi_decision *d)
{
    static const char *const fields[] = {"FirstName", "LastName", "Name", "Subject", "Title"};
    bool person = false;
    for (size_t i = 0; i < 5; i++) {
        crmsync_str text = shown_value(d, fields[i]);
        if (!text.len || (i >= 2 && person)) {
            continue;
        }
        person = true;
        crmi_buf_char(&p->b, ' ');
        safe_text(p, text);
        if (i >= 2) {
            return;
        }
    }
}

static int mark(const crmi_decision *d, const char **sign)
{
    const char *word = crmi_decision_word(d);
    *sign = "=";
    if (strcmp(word, "create") == 0) {
        *sign = "+";
        return GREEN;
    }
    if (strcmp(word, "update") == 0) {
        *sign = "~";
        return YELLOW;
    }
    if (strcmp(word, "deactivate") == 0) {
        *sign = "-";
        return RED;
    }
    if (d->outcome == CRMSYNC_OUTCOME_HELD || d->outcome == CRMSYNC_OUTCOME_FAILED) {
        *sign = "!";
        return RED;
    }
    return strcmp(word, "link") == 0 ? CYAN : DIM;
}

static void changed(pen *p, const char *side, crmsync_str name, const crmsync_cell *from,
                    const crmsync_cell *to, uint32_t reason)
{
    crmi_buf_lit(&p->b, "    ");
    crmi_buf_lit(&p->b, side);
    safe_text(p, name);
    crmi_buf_lit(&p->b, ": ");
    value(p, from);
    crmi_buf_lit(&p->b, " -> ");
    colour(p, BOLD);
    value(p, to);
    colour(p, PLAIN);
    crmi_buf_lit(&p->b, "   ");
    colour(p, DIM);
    crmi_buf_lit(&p->b, crmsync_reason_name(reason));
    colour(p, PLAIN);
    crmi_buf_char(&p->b, '\n');
}

static void field(pen *p, const crmi_decision *d, const crmi_field_decision *f)
{
    bool write = f->crm_new.type != CRMSYNC_CELL_ABSENT;
    bool take = f->local_new.type != CRMSYNC_CELL_ABSENT;
    bool follows =
        f->reason == CRMSYNC_REASON_PARENT_SET && d->parent != CRMI_NO_DECISION && !write;
    if (write) {
        changed(p, "", f->remote, &f->crm_old, &f->crm_new, f->reason);
    }
    if (take) {
        changed(p, "local ", f->local, &f->local_old, &f->local_new, f->reason);
    }
    if (follows) {
        crmi_buf_fmt(&p->b, "    %.*s: (the account created above)   %s\n", CRMI_SPELL(f->remote),
                     crmsync_reason_name(f->reason));
    }
    if (!write && !take && !follows && p->options.all_fields) {
        crmi_buf_lit(&p->b, "    ");
        colour(p, DIM);
        safe_text(p, f->remote);
        crmi_buf_lit(&p->b, ": ");
        value(p, &f->crm_old);
        crmi_buf_fmt(&p->b, "   %s", crmsync_reason_name(f->reason));
        colour(p, PLAIN);
        crmi_buf_char(&p->b, '\n');
    }
}

static void operation(pen *p, size_t i)
{
    const crmi_decision *d = &p->plan->page->items[i];
    const char *sign = "=";
    bool excluded = crmi_plan_excluded(p->plan, i);
    int tint = mark(d, &sign);
    const char *word = crmi_decision_word(d);
    bool none = strcmp(word, "none") == 0;
    colour(p, excluded ? DIM : tint);
    crmi_buf_fmt(&p->b, "%s %s ", excluded ? "x" : sign,
                 none ? crmsync_outcome_name(d->outcome) : word);
    safe_text(p, d->object.len ? d->object : d->kind);
    colour(p, PLAIN);
    if (d->local_id.len || d->crm_id.len) {
        crmi_buf_char(&p->b, ' ');
        safe_text(p, d->local_id.len ? d->local_id : d->crm_id);
    }
    name_of(p, d);
    if (d->crm_id.len && d->local_id.len) {
        crmi_buf_fmt(&p->b, " (%.*s)", CRMI_SPELL(d->crm_id));
    }
    crmi_buf_lit(&p->b, "   ");
    colour(p, DIM);
    crmi_buf_lit(&p->b, crmsync_reason_name(excluded ? CRMSYNC_REASON_EXCLUDED : d->reason));
    if (d->rule) {
        crmi_buf_fmt(&p->b, ", %s", crmsync_reason_name(d->rule));
    }
    colour(p, PLAIN);
    if (d->detail.len) {
        crmi_buf_lit(&p->b, ": ");
        safe_text(p, d->detail);
    }
    crmi_buf_char(&p->b, '\n');
    for (size_t k = 0; k < d->field_count; k++) {
        field(p, d, &d->fields[k]);
    }
}

static int32_t summary(pen *p, size_t shown, crmsync_error **err)
{
    crmi_summary s;
    size_t rest = p->plan->page->count - shown;
    int32_t code = crmi_summarize(p->plan, shown, &s, err);
    if (code != CRMSYNC_OK || !rest) {
        return code;
    }
    colour(p, BOLD);
    crmi_buf_fmt(&p->b, shown ? "and %zu more:\n" : "%zu operations:\n", rest);
    colour(p, PLAIN);
    for (size_t i = 0; i < s.count; i++) {
        const crmi_tally *t = &s.items[i];
        bool none = strcmp(t->operation, "none") == 0;
        crmi_buf_fmt(&p->b, "%8zu  %-10s %-12.*s ", t->count,
                     none ? crmsync_outcome_name(t->outcome) : t->operation, CRMI_SPELL(t->object));
        colour(p, DIM);
        crmi_buf_lit(&p->b, crmsync_reason_name(t->reason));
        colour(p, PLAIN);
        crmi_buf_char(&p->b, '\n');
    }
    crmi_summary_clear(&p->plan->alloc, &s);
    return CRMSYNC_OK;
}

int32_t crmsync_plan_write_text(const crmsync_plan *plan, const crmsync_plan_text_options *options,
                                crmsync_write_fn write, void *ctx, crmsync_error **err)
{
    static const crmsync_plan_text_options defaults = CRMSYNC_PLAN_TEXT_OPTIONS_INIT;
    pen p = {.plan = plan, .options = defaults, .write = write, .ctx = ctx};
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
    size_t shown = plan->page->count < p.options.limit ? plan->page->count : p.options.limit;
    for (size_t i = 0; code == CRMSYNC_OK && i < shown; i++) {
        operation(&p, i);
        code = flush(&p, err);
    }
    if (code == CRMSYNC_OK) {
        code = summary(&p, shown, err);
    }
    if (code == CRMSYNC_OK) {
        code = flush(&p, err);
    }
    crmi_buf_clear(&p.b);
    return code;
}
