/* The plan that takes another one back: values only, each from what the plan says was there. */
#include "decide/plan.h"

#include "model/rows.h"

/* One side of a field, and whether it was written. */
static bool swap(crmsync_cell *old_value, crmsync_cell *new_value)
{
    crmsync_cell was = *old_value;
    if (new_value->type == CRMSYNC_CELL_ABSENT || was.type == CRMSYNC_CELL_ABSENT) {
        return false;
    }
    *old_value = *new_value;
    *new_value = was;
    return true;
}

/* What was written but cannot be taken back: the value before it is not known. */
static bool keep_new(crmsync_cell *old_value, crmsync_cell *new_value)
{
    if (new_value->type == CRMSYNC_CELL_ABSENT) {
        return false;
    }
    *old_value = *new_value;
    *new_value = crmi_cell_absent();
    return true;
}

/*
 * A host's record that had no word about a field gets it emptied. The base follows: what is put
 * back is no edit of anybody, so the next run must not see one.
 */
static void invert_field(crmi_field_decision *f)
{
    if (f->local_old.type == CRMSYNC_CELL_ABSENT && f->local_new.type != CRMSYNC_CELL_ABSENT) {
        f->local_old = crmi_cell_null();
    }
    bool out = swap(&f->crm_old, &f->crm_new);
    bool in = swap(&f->local_old, &f->local_new);
    bool lost = !out && keep_new(&f->crm_old, &f->crm_new);
    f->base = CRMI_BASE_KEEP;
    if (out || in) {
        f->reason = CRMSYNC_REASON_RESTORED;
        f->base = out ? CRMI_BASE_SENT : CRMI_BASE_DIVERGE;
    } else if (lost) {
        f->reason = CRMSYNC_REASON_NOT_RESTORED;
    }
}

static bool does_something(const crmi_decision *d)
{
    return d->crm_op != CRMI_OP_NONE || d->local_op != CRMI_OP_NONE || d->link;
}

/* Fields, their texts borrowed from the plan until they are copied. */
static bool copy_fields(crmi_arena *arena, const crmi_decision *from, crmi_decision *to)
{
    to->field_count = from->field_count;
    to->fields = crmi_arena_array(arena, from->field_count + 1, sizeof(*to->fields));
    if (!to->fields) {
        return false;
    }
    for (size_t i = 0; i < from->field_count; i++) {
        const crmi_field_decision *f = &from->fields[i];
        crmi_field_decision *g = &to->fields[i];
        *g = *f;
        g->rule = NULL; /* belongs to a configuration that may be gone */
        if (!crmi_arena_str(arena, f->local, &g->local) ||
            !crmi_arena_str(arena, f->remote, &g->remote) ||
            !crmi_cell_copy(arena, &f->local_old, &g->local_old) ||
            !crmi_cell_copy(arena, &f->local_new, &g->local_new) ||
            !crmi_cell_copy(arena, &f->crm_old, &g->crm_old) ||
            !crmi_cell_copy(arena, &f->crm_new, &g->crm_new)) {
            return false;
        }
    }
    return true;
}

static bool copy_names(crmi_arena *arena, const crmi_decision *from, crmi_decision *to)
{
    return crmi_arena_str(arena, from->kind, &to->kind) &&
           crmi_arena_str(arena, from->local_id, &to->local_id) &&
           crmi_arena_str(arena, from->object, &to->object) &&
           crmi_arena_str(arena, from->crm_id, &to->crm_id) &&
           crmi_arena_str(arena, from->slot, &to->slot);
}

/* Nothing is deleted, revived or unlinked by a machine. */
static uint32_t kept(const crmi_decision *d)
{
    bool created = d->crm_op == CRMI_OP_CREATE || d->local_op == CRMI_OP_CREATE;
    return created ? CRMSYNC_REASON_CREATED_KEPT : CRMSYNC_REASON_NOT_UNDONE;
}

static void invert_fields(crmi_decision *d)
{
    for (size_t i = 0; i < d->field_count; i++) {
        crmi_field_decision *f = &d->fields[i];
        invert_field(f);
        if (f->crm_new.type != CRMSYNC_CELL_ABSENT) {
            d->crm_op = CRMI_OP_UPDATE;
        }
        if (f->local_new.type != CRMSYNC_CELL_ABSENT) {
            d->local_op = CRMI_OP_UPDATE;
        }
    }
}

static bool invert(crmi_arena *arena, const crmi_decision *from, crmi_decision *to)
{
    bool updates = from->crm_op != CRMI_OP_CREATE && from->local_op != CRMI_OP_CREATE &&
                   (from->crm_op == CRMI_OP_UPDATE || from->local_op == CRMI_OP_UPDATE);
    *to = (crmi_decision){
        .direction = from->direction,
        .rule = from->rule,
        .input = from->input,
        .parent = CRMI_NO_DECISION,
        .same_as = CRMI_NO_DECISION,
    };
    if (!copy_names(arena, from, to)) {
        return false;
    }
    if (updates) {
        if (!copy_fields(arena, from, to)) {
            return false;
        }
        invert_fields(to);
    }
    bool acts = to->crm_op != CRMI_OP_NONE || to->local_op != CRMI_OP_NONE;
    to->reason = acts ? CRMSYNC_REASON_UPDATE_FIELDS : kept(from);
    to->outcome = crmsync_reason_outcome(to->reason);
    return true;
}

int32_t crmsync_plan_inverse(const crmsync_plan *plan, crmsync_plan **out, crmsync_error **err)
{
    crmsync_plan *made = NULL;
    if (!out) {
        return crmi_fail(err, CRMSYNC_E_INVALID, "out is NULL");
    }
    *out = NULL;
    if (!plan) {
        return crmi_fail(err, CRMSYNC_E_INVALID, "a plan is needed");
    }
    int32_t code = crmi_plan_owned(&plan->alloc, &made, err);
    if (code != CRMSYNC_OK) {
        return code;
    }
    size_t n = plan->page->count;
    bool ok = true;
    made->own.items = crmi_arena_array(&made->own.arena, n + 1, sizeof(crmi_decision));
    made->own.cap = made->own.items ? n + 1 : 0;
    for (size_t i = 0; made->own.items && ok && i < n; i++) {
        const crmi_decision *d = &plan->page->items[i];
        if (does_something(d) && !crmi_plan_excluded(plan, i)) {
            ok = invert(&made->own.arena, d, &made->own.items[made->own.count++]);
        }
    }
    code = made->own.items && ok ? crmi_plan_seal(made, err) : crmi_fail_nomem(err);
    if (code != CRMSYNC_OK) {
        crmsync_plan_free(made);
        return code;
    }
    *out = made;
    return CRMSYNC_OK;
}
