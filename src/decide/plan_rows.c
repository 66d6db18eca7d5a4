/* A plan in bulk: operations, fields and further CRM records as rows, one call for many. */
#include "decide/plan.h"
#include "decide/plan_words.h"

/* Which operations are asked for: from <= i < to. */
typedef struct range {
    size_t from, to;
} range;

static range range_of(const crmsync_plan *plan, size_t first, size_t count)
{
    size_t total = plan->page->count;
    range r = {first < total ? first : total, total};
    if (count < r.to - r.from) {
        r.to = r.from + count;
    }
    return r;
}

static crmsync_cell text_cell(crmsync_str s)
{
    return (crmsync_cell){.type = s.len ? CRMSYNC_CELL_TEXT : CRMSYNC_CELL_ABSENT, .text = s};
}

static crmsync_cell word_cell(const char *word)
{
    return text_cell(crmi_str(word));
}

static crmsync_cell reason_cell(uint32_t reason)
{
    return reason ? word_cell(crmsync_reason_name(reason)) : crmi_cell_absent();
}

/* A number as the DECIMAL it crosses as; its digits lie in `room`. */
typedef struct digits {
    char room[24];
} digits;

static crmsync_cell number_cell(digits *d, size_t number)
{
    size_t at = sizeof(d->room);
    do {
        d->room[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    return (crmsync_cell){.type = CRMSYNC_CELL_DECIMAL,
                          .text = {d->room + at, sizeof(d->room) - at}};
}

static crmsync_cell index_cell(digits *d, size_t index)
{
    return index == CRMI_NO_DECISION ? crmi_cell_absent() : number_cell(d, index);
}

static int32_t add_operation(const crmsync_plan *plan, size_t i, crmsync_rows *rows,
                             crmsync_error **err)
{
    const crmi_decision *d = &plan->page->items[i];
    digits room[5];
    crmsync_cell cells[] = {
        number_cell(&room[0], i),
        word_cell(crmi_word_of(crmi_plan_directions, d->direction)),
        text_cell(d->kind),
        text_cell(d->local_id),
        text_cell(d->rev),
        text_cell(d->object),
        text_cell(d->crm_id),
        word_cell(crmi_word_of(crmi_plan_ops, d->crm_op)),
        word_cell(crmi_word_of(crmi_plan_ops, d->local_op)),
        crmi_cell_bool(d->link),
        word_cell(crmsync_outcome_name(d->outcome)),
        reason_cell(d->reason),
        reason_cell(d->rule),
        index_cell(&room[1], d->parent),
        index_cell(&room[2], d->same_as),
        text_cell(d->slot),
        text_cell(d->detail),
        crmi_cell_bool(crmi_plan_excluded(plan, i)),
        number_cell(&room[3], d->field_count),
        number_cell(&room[4], d->other_count),
    };
    return crmsync_rows_append(rows, cells, sizeof(cells) / sizeof(cells[0]), err);
}

static int32_t add_fields(const crmsync_plan *plan, size_t i, crmsync_rows *rows,
                          crmsync_error **err)
{
    const crmi_decision *d = &plan->page->items[i];
    int32_t code = CRMSYNC_OK;
    digits room;
    crmsync_cell operation = number_cell(&room, i);
    for (size_t k = 0; code == CRMSYNC_OK && k < d->field_count; k++) {
        const crmi_field_decision *f = &d->fields[k];
        crmsync_cell cells[] = {
            operation,
            text_cell(f->local),
            text_cell(f->remote),
            f->local_old,
            f->local_new,
            f->crm_old,
            f->crm_new,
            reason_cell(f->reason),
            word_cell(crmi_word_of(crmi_plan_bases, f->base)),
        };
        code = crmsync_rows_append(rows, cells, sizeof(cells) / sizeof(cells[0]), err);
    }
    return code;
}

static int32_t add_others(const crmsync_plan *plan, size_t i, crmsync_rows *rows,
                          crmsync_error **err)
{
    const crmi_decision *d = &plan->page->items[i];
    int32_t code = CRMSYNC_OK;
    digits room;
    crmsync_cell operation = number_cell(&room, i);
    for (size_t k = 0; code == CRMSYNC_OK && k < d->other_count; k++) {
        const crmi_other *o = &d->others[k];
        crmsync_cell cells[] = {
            operation,
            text_cell(o->object),
            text_cell(o->id),
            word_cell(crmi_word_of(crmi_plan_states, o->state)),
            text_cell(o->moved_to),
        };
        code = crmsync_rows_append(rows, cells, sizeof(cells) / sizeof(cells[0]), err);
    }
    return code;
}

/* What a batch consists of, and who adds the rows of one operation. */
typedef struct layout {
    const char *kind;
    const crmsync_str *names;
    size_t count;
    int32_t (*add)(const crmsync_plan *plan, size_t i, crmsync_rows *rows, crmsync_error **err);
} layout;

static int32_t batch(const crmsync_plan *plan, const layout *of, size_t first, size_t count,
                     crmsync_rows **out, crmsync_error **err)
{
    if (!out) {
        return crmi_fail(err, CRMSYNC_E_INVALID, "out is NULL");
    }
    *out = NULL;
    if (!plan) {
        return crmi_fail(err, CRMSYNC_E_INVALID, "a plan is needed");
    }
    int32_t code =
        crmsync_rows_new(&plan->alloc, crmi_str(of->kind), of->names, of->count, out, err);
    range r = range_of(plan, first, count);
    for (size_t i = r.from; code == CRMSYNC_OK && i < r.to; i++) {
        code = of->add(plan, i, *out, err);
    }
    if (code != CRMSYNC_OK) {
        crmsync_rows_free(*out);
        *out = NULL;
    }
    return code;
}

#define LAYOUT(kind, names, add) {kind, names, sizeof(names) / sizeof((names)[0]), add}

int32_t crmsync_plan_ops(const crmsync_plan *plan, size_t first, size_t count, crmsync_rows **out,
                         crmsync_error **err)
{
    static const crmsync_str names[] = {
        CRMSYNC_STR_LIT("operation"), CRMSYNC_STR_LIT("direction"), CRMSYNC_STR_LIT("kind"),
        CRMSYNC_STR_LIT("local_id"),  CRMSYNC_STR_LIT("rev"),       CRMSYNC_STR_LIT("object"),
        CRMSYNC_STR_LIT("crm_id"),    CRMSYNC_STR_LIT("crm_op"),    CRMSYNC_STR_LIT("local_op"),
        CRMSYNC_STR_LIT("link"),      CRMSYNC_STR_LIT("outcome"),   CRMSYNC_STR_LIT("reason"),
        CRMSYNC_STR_LIT("rule"),      CRMSYNC_STR_LIT("parent"),    CRMSYNC_STR_LIT("same_as"),
        CRMSYNC_STR_LIT("slot"),      CRMSYNC_STR_LIT("detail"),    CRMSYNC_STR_LIT("excluded"),
        CRMSYNC_STR_LIT("fields"),    CRMSYNC_STR_LIT("others"),
    };
    static const layout of = LAYOUT("plan_op", names, add_operation);
    return batch(plan, &of, first, count, out, err);
}

int32_t crmsync_plan_fields(const crmsync_plan *plan, size_t first, size_t count,
                            crmsync_rows **out, crmsync_error **err)
{
    static const crmsync_str names[] = {
        CRMSYNC_STR_LIT("operation"), CRMSYNC_STR_LIT("local"),     CRMSYNC_STR_LIT("remote"),
        CRMSYNC_STR_LIT("local_old"), CRMSYNC_STR_LIT("local_new"), CRMSYNC_STR_LIT("crm_old"),
        CRMSYNC_STR_LIT("crm_new"),   CRMSYNC_STR_LIT("reason"),    CRMSYNC_STR_LIT("base"),
    };
    static const layout of = LAYOUT("plan_field", names, add_fields);
    return batch(plan, &of, first, count, out, err);
}

int32_t crmsync_plan_others(const crmsync_plan *plan, size_t first, size_t count,
                            crmsync_rows **out, crmsync_error **err)
{
    static const crmsync_str names[] = {
        CRMSYNC_STR_LIT("operation"), CRMSYNC_STR_LIT("object"),   CRMSYNC_STR_LIT("id"),
        CRMSYNC_STR_LIT("state"),     CRMSYNC_STR_LIT("moved_to"),
    };
    static const layout of = LAYOUT("plan_other", names, add_others);
    return batch(plan, &of, first, count, out, err);
}
