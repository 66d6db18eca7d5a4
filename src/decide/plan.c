#include "decide/plan.h"

int32_t crmi_plan_owned(const crmsync_alloc *alloc, crmsync_plan **out, crmsync_error **err)
{
    crmsync_alloc a;
    *out = NULL;
    int32_t code = crmi_alloc_init(&a, alloc);
    if (code != CRMSYNC_OK) {
        return crmi_fail(err, code, "the allocator lacks a function");
    }
    crmsync_plan *plan = CRMI_NEW(&a, crmsync_plan);
    if (!plan) {
        return crmi_fail_nomem(err);
    }
    plan->alloc = a;
    crmi_plan_init(&plan->own, &plan->alloc);
    plan->page = &plan->own;
    *out = plan;
    return CRMSYNC_OK;
}

int32_t crmi_plan_seal(crmsync_plan *plan, crmsync_error **err)
{
    plan->excluded = crmi_arena_array(&plan->own.arena, plan->page->count + 1, sizeof(bool));
    return plan->excluded ? CRMSYNC_OK : crmi_fail_nomem(err);
}

int32_t crmi_plan_wrap(const crmsync_alloc *alloc, const crmi_plan *page, crmsync_plan **out,
                       crmsync_error **err)
{
    crmsync_plan *plan = NULL;
    int32_t code = crmi_plan_owned(alloc, &plan, err);
    *out = NULL;
    if (code != CRMSYNC_OK) {
        return code;
    }
    plan->page = page;
    code = crmi_plan_seal(plan, err);
    if (code != CRMSYNC_OK) {
        crmsync_plan_free(plan);
        return code;
    }
    *out = plan;
    return CRMSYNC_OK;
}

void crmsync_plan_free(crmsync_plan *plan)
{
    if (!plan) {
        return;
    }
    for (size_t i = 0; i < plan->input_count; i++) {
        crmsync_rows_free(plan->inputs[i]);
    }
    crmi_plan_clear(&plan->own);
    crmsync_alloc alloc = plan->alloc;
    CRMI_DELETE(&alloc, plan);
}

size_t crmsync_plan_count(const crmsync_plan *plan)
{
    return plan ? plan->page->count : 0;
}

/* References point backwards or to a first duplicate: bounded, even in a plan read from a file. */
bool crmi_plan_excluded(const crmsync_plan *plan, size_t i)
{
    for (size_t steps = 0; i < plan->page->count && steps < 4; steps++) {
        const crmi_decision *d = &plan->page->items[i];
        if (plan->excluded[i]) {
            return true;
        }
        i = d->parent != CRMI_NO_DECISION ? d->parent : d->same_as;
    }
    return false;
}

const char *crmi_decision_word(const crmi_decision *d)
{
    if (d->crm_op == CRMI_OP_CREATE || d->local_op == CRMI_OP_CREATE) {
        return "create";
    }
    if (d->local_op == CRMI_OP_DEACTIVATE) {
        return "deactivate";
    }
    if (d->crm_op == CRMI_OP_UPDATE || d->local_op == CRMI_OP_UPDATE) {
        return "update";
    }
    return d->link ? "link" : "none";
}

/* Copies as much as the caller's version of the struct holds; its struct_size stays. */
static int32_t give(void *out, const void *filled, size_t size)
{
    size_t theirs = 0;
    memcpy(&theirs, out, sizeof(theirs));
    if (theirs < sizeof(size_t)) {
        return CRMSYNC_E_INVALID;
    }
    size_t n = theirs < size ? theirs : size;
    memcpy((char *)out + sizeof(size_t), (const char *)filled + sizeof(size_t), n - sizeof(size_t));
    return CRMSYNC_OK;
}

int32_t crmsync_plan_get(const crmsync_plan *plan, size_t i, crmsync_plan_op *out)
{
    if (!plan || !out || i >= plan->page->count) {
        return CRMSYNC_E_INVALID;
    }
    const crmi_decision *d = &plan->page->items[i];
    bool excluded = crmi_plan_excluded(plan, i);
    crmsync_plan_op op = {
        .kind = d->kind,
        .local_id = d->local_id,
        .object = d->object,
        .crm_id = d->crm_id,
        .detail = d->detail,
        .direction = d->direction,
        .crm_op = d->crm_op,
        .local_op = d->local_op,
        .outcome = d->outcome,
        .reason = d->reason,
        .rule = d->rule,
        .link = d->link,
        .excluded = excluded,
        .parent = d->parent,
        .same_as = d->same_as,
        .field_count = d->field_count,
        .other_count = d->other_count,
    };
    return give(out, &op, sizeof(op));
}

int32_t crmsync_plan_get_field(const crmsync_plan *plan, size_t i, size_t field,
                               crmsync_plan_field *out)
{
    if (!plan || !out || i >= plan->page->count || field >= plan->page->items[i].field_count) {
        return CRMSYNC_E_INVALID;
    }
    const crmi_field_decision *f = &plan->page->items[i].fields[field];
    crmsync_plan_field filled = {
        .local = f->local,
        .remote = f->remote,
        .local_old = f->local_old,
        .local_new = f->local_new,
        .crm_old = f->crm_old,
        .crm_new = f->crm_new,
        .reason = f->reason,
    };
    return give(out, &filled, sizeof(filled));
}

int32_t crmsync_plan_exclude(crmsync_plan *plan, size_t i, int32_t excluded)
{
    if (!plan || i >= plan->page->count) {
        return CRMSYNC_E_INVALID;
    }
    plan->excluded[i] = excluded != 0;
    return CRMSYNC_OK;
}
