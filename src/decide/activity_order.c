/* The order that activities are best sent in. */
#include "decide/activity.h"

#include <stdlib.h>

/* Where a decision stands in the order of sending. */
typedef struct place {
    bool locks; /* an open Task or an Event locks the account of its contact */
    crmsync_str account, who;
    size_t index;
    crmi_decision decision;
} place;

static int by_account(const void *a, const void *b)
{
    const place *x = a, *y = b;
    if (x->locks != y->locks) {
        return x->locks ? 1 : -1;
    }
    int order = x->locks ? crmi_str_cmp(x->account, y->account) : 0;
    order = order || !x->locks ? order : crmi_str_cmp(x->who, y->who);
    return order ? order : x->index < y->index ? -1 : x->index > y->index;
}

static crmsync_str sent_text(const crmi_decision *d, const char *remote)
{
    for (size_t i = 0; i < d->field_count; i++) {
        if (crmi_str_is(d->fields[i].remote, remote)) {
            return d->fields[i].crm_new.text;
        }
    }
    return CRMI_STR_EMPTY;
}

/* Only a Task that is made closed leaves the account alone. */
static bool locks_account(const crmi_activity_input *in, const crmi_decision *d)
{
    uint32_t number = CRMI_ACTIVITY_LAST;
    const crmi_activity_kind *kind =
        crmi_activity_kind_named(crmi_record_text(in->local, "kind"), &number);
    bool closed = kind && (kind->done || crmi_record_flag(in->local, "done"));
    return d->crm_op != CRMI_OP_NONE && (crmi_str_is(d->object, "Event") || !closed);
}

int32_t crmi_activity_order(const crmi_activity_input *items, crmi_plan *plan, size_t first,
                            crmsync_error **err)
{
    size_t n = plan->count - first;
    place *places = crmi_arena_array(&plan->arena, n + 1, sizeof(*places));
    if (!places) {
        return crmi_fail_nomem(err);
    }
    for (size_t i = 0; i < n; i++) {
        const crmi_decision *d = &plan->items[first + i];
        places[i] = (place){.locks = locks_account(&items[d->input], d),
                            .account = items[d->input].account,
                            .who = sent_text(d, "WhoId"),
                            .index = i,
                            .decision = *d};
    }
    qsort(places, n, sizeof(*places), by_account);
    for (size_t i = 0; i < n; i++) {
        plan->items[first + i] = places[i].decision;
    }
    return CRMSYNC_OK;
}
