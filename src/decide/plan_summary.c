#include "decide/plan_summary.h"

#include <stdlib.h>

#include "model/rows.h"

static int by_count(const void *a, const void *b)
{
    const crmi_tally *x = a;
    const crmi_tally *y = b;
    if (x->count != y->count) {
        return x->count > y->count ? -1 : 1;
    }
    if (x->reason != y->reason) {
        return x->reason < y->reason ? -1 : 1;
    }
    int object = crmi_str_cmp(x->object, y->object);
    return object ? object : strcmp(x->operation, y->operation);
}

static crmi_tally tally_of(const crmsync_plan *plan, size_t i)
{
    const crmi_decision *d = &plan->page->items[i];
    crmi_tally t = {crmi_decision_word(d), crmi_plan_object(d), d->outcome, d->reason,
                    crmi_plan_group(plan, i), 0};
    if (crmi_plan_excluded(plan, i)) {
        t.operation = "none";
        t.outcome = CRMSYNC_OUTCOME_SKIPPED;
        t.reason = CRMSYNC_REASON_EXCLUDED;
    }
    return t;
}

static crmi_tally *find(crmi_summary *s, const crmi_tally *t)
{
    for (size_t i = 0; i < s->count; i++) {
        crmi_tally *have = &s->items[i];
        if (have->reason == t->reason && have->outcome == t->outcome &&
            crmi_str_eq(have->object, t->object) && strcmp(have->operation, t->operation) == 0) {
            return have;
        }
    }
    return NULL;
}

int32_t crmi_summarize(const crmsync_plan *plan, const crmi_plan_slot *slots, size_t count,
                       crmi_summary *out, crmsync_error **err)
{
    *out = (crmi_summary){0};
    for (size_t i = 0; i < count; i++) {
        crmi_tally t = tally_of(plan, slots ? slots[i].index : i);
        crmi_tally *have = find(out, &t);
        if (!have) {
            if (!crmi_grow(&plan->alloc, &out->items, &out->cap, out->count + 1, sizeof(t))) {
                crmi_summary_clear(&plan->alloc, out);
                return crmi_fail_nomem(err);
            }
            have = &out->items[out->count++];
            *have = t;
        }
        have->count++;
    }
    if (out->count) {
        qsort(out->items, out->count, sizeof(*out->items), by_count);
    }
    return CRMSYNC_OK;
}

void crmi_summary_clear(const crmsync_alloc *alloc, crmi_summary *summary)
{
    crmi_dealloc_array(alloc, summary->items, summary->cap, sizeof(*summary->items));
    *summary = (crmi_summary){0};
}

static int32_t append(crmsync_rows *rows, const crmsync_alloc *alloc, const crmi_tally *t,
                      crmsync_error **err)
{
    crmi_buf count;
    crmi_buf_init(&count, alloc);
    crmi_buf_u64(&count, t->count);
    crmsync_cell cells[] = {
        crmi_cell_text(crmi_str(t->operation)),
        crmi_cell_text(t->object),
        crmi_cell_text(crmi_str(crmsync_outcome_name(t->outcome))),
        crmi_cell_text(crmi_str(crmsync_reason_name(t->reason))),
        {.type = CRMSYNC_CELL_DECIMAL, .text = crmi_buf_str(&count)},
    };
    int32_t code =
        crmi_buf_ok(&count) ? crmsync_rows_append(rows, cells, 5, err) : crmi_fail_nomem(err);
    crmi_buf_clear(&count);
    return code;
}

int32_t crmsync_plan_summary(const crmsync_plan *plan, crmsync_rows **out, crmsync_error **err)
{
    static const crmsync_str fields[] = {
        CRMSYNC_STR_LIT("operation"), CRMSYNC_STR_LIT("object"), CRMSYNC_STR_LIT("outcome"),
        CRMSYNC_STR_LIT("reason"),    CRMSYNC_STR_LIT("count"),
    };
    crmi_summary s;
    crmsync_rows *rows = NULL;
    *out = NULL;
    int32_t code = crmi_summarize(plan, NULL, plan->page->count, &s, err);
    if (code == CRMSYNC_OK) {
        code = crmsync_rows_new(&plan->alloc, CRMI_STR("summary"), fields, 5, &rows, err);
    }
    for (size_t i = 0; code == CRMSYNC_OK && i < s.count; i++) {
        code = append(rows, &plan->alloc, &s.items[i], err);
    }
    crmi_summary_clear(&plan->alloc, &s);
    if (code != CRMSYNC_OK) {
        crmsync_rows_free(rows);
        return code;
    }
    *out = rows;
    return CRMSYNC_OK;
}
