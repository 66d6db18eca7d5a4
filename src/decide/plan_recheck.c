/* Does what a plan was decided on still hold? What does not is taken out: never a blind write. */
#include "decide/plan.h"

#include "base/map.h"
#include "model/rows.h"

typedef struct recheck {
    crmsync_plan *plan;
    const crmsync_schema *schema;
    const crmsync_rows *const *current;
    size_t count;
    crmi_map *index; /* one per batch: id -> row */
} recheck;

static crmsync_str id_field(const crmsync_rows *rows)
{
    return crmsync_rows_find_field(rows, CRMI_STR("Id")) >= 0 ? CRMI_STR("Id") : CRMI_STR("id");
}

/* 15 and 18 characters name the same CRM record. */
static crmsync_str key_of(crmsync_str id, bool crm)
{
    return crm ? crmi_str_sub(id, 0, 15) : id;
}

static int32_t build_index(recheck *r, crmsync_error **err)
{
    for (size_t b = 0; b < r->count; b++) {
        const crmsync_rows *rows = r->current[b];
        crmsync_str name = id_field(rows);
        bool crm = crmi_str_is(name, "Id");
        for (size_t i = 0; i < crmsync_rows_count(rows); i++) {
            crmsync_str id = crmi_record_get((crmi_record){rows, i}, name).text;
            if (!id.len) {
                return crmi_fail(err, CRMSYNC_E_INVALID, "batch %zu, record %zu has no id", b, i);
            }
            if (!crmi_map_put_index(&r->index[b], key_of(id, crm), i)) {
                return crmi_fail_nomem(err);
            }
        }
    }
    return CRMSYNC_OK;
}

/* The record as it is now; {NULL,0} = gone, or not among those handed over. */
static crmi_record find(const recheck *r, crmsync_str kind, crmsync_str id, bool crm)
{
    for (size_t b = 0; id.len && b < r->count; b++) {
        const crmsync_rows *rows = r->current[b];
        size_t row = 0;
        if (crmi_str_eq(crmsync_rows_kind(rows), kind) &&
            crmi_str_is(id_field(rows), "Id") == crm &&
            crmi_map_get_index(&r->index[b], key_of(id, crm), &row)) {
            return (crmi_record){rows, row};
        }
    }
    return (crmi_record){NULL, 0};
}

static bool same_local(const crmsync_cell *a, const crmsync_cell *b)
{
    return crmi_cell_same(a, b) || (crmi_cell_blank(a) && crmi_cell_blank(b));
}

/* What both records say of one field now. */
typedef struct now {
    const crmi_field *field;
    crmsync_cell local, crm;
} now;

/*
 * A field stands as planned when the side that is written holds what it held; a decision between
 * two sides needs the other one, too. Putting a value back does not: who moved on elsewhere may.
 */
static bool stands(const crmi_field_decision *f, const now *n)
{
    bool out = f->crm_new.type != CRMSYNC_CELL_ABSENT;
    bool in = f->local_new.type != CRMSYNC_CELL_ABSENT;
    bool both = f->reason != CRMSYNC_REASON_RESTORED;
    bool crm_matters = (out || both) && f->crm_old.type != CRMSYNC_CELL_ABSENT;
    bool local_matters = (in || both) && f->local_old.type != CRMSYNC_CELL_ABSENT;
    if (crm_matters && (n->crm.type == CRMSYNC_CELL_ABSENT ||
                        !crmi_save_equal(n->field, &n->crm, &f->crm_old, NULL))) {
        return false;
    }
    return !local_matters || same_local(&n->local, &f->local_old);
}

static void drop(crmi_field_decision *f)
{
    f->crm_new = crmi_cell_absent();
    f->local_new = crmi_cell_absent();
    f->reason = CRMSYNC_REASON_CHANGED_SINCE;
    f->base = CRMI_BASE_KEEP;
}

/* What is left of an operation that lost fields, or a record. */
static void settle(crmi_decision *d)
{
    bool out = false;
    bool in = false;
    for (size_t i = 0; i < d->field_count; i++) {
        out = out || d->fields[i].crm_new.type != CRMSYNC_CELL_ABSENT;
        in = in || d->fields[i].local_new.type != CRMSYNC_CELL_ABSENT;
    }
    d->crm_op = out ? CRMI_OP_UPDATE : CRMI_OP_NONE;
    d->local_op = in ? CRMI_OP_UPDATE : CRMI_OP_NONE;
    if (!out && !in) {
        d->reason = CRMSYNC_REASON_STALE;
        d->outcome = crmsync_reason_outcome(d->reason);
        d->link = false;
    }
}

/* Only updates are held against the records: a create has none, matching is what guards it. */
static bool is_update(const crmi_decision *d)
{
    return (d->crm_op == CRMI_OP_UPDATE || d->local_op == CRMI_OP_UPDATE) &&
           d->crm_op != CRMI_OP_CREATE && d->local_op != CRMI_OP_CREATE &&
           d->local_op != CRMI_OP_DEACTIVATE;
}

/* true = nothing is left of it. */
static bool check_operation(const recheck *r, crmi_decision *d)
{
    crmi_record crm = find(r, d->object, d->crm_id, true);
    crmi_record local = find(r, d->kind, d->local_id, false);
    bool gone = (d->crm_op == CRMI_OP_UPDATE && !crm.rows) ||
                (d->local_op == CRMI_OP_UPDATE && !local.rows);
    bool dropped = gone;
    for (size_t i = 0; i < d->field_count; i++) {
        crmi_field_decision *f = &d->fields[i];
        now n = {crmi_schema_field(r->schema, d->object, f->remote), crmi_cell_absent(),
                 crmi_cell_absent()};
        bool written =
            f->crm_new.type != CRMSYNC_CELL_ABSENT || f->local_new.type != CRMSYNC_CELL_ABSENT;
        n.crm = crm.rows ? crmi_record_get(crm, f->remote) : f->crm_old;
        n.local = local.rows ? crmi_record_get(local, f->local) : f->local_old;
        if (written && (gone || !stands(f, &n))) {
            drop(f);
            dropped = true;
        }
    }
    bool follows = d->parent != CRMI_NO_DECISION && !gone;
    if (dropped && !follows) {
        settle(d);
    }
    return d->reason == CRMSYNC_REASON_STALE;
}

static int32_t check_arguments(const crmsync_plan *plan, const crmsync_rows *const *current,
                               size_t count, crmsync_error **err)
{
    if (!plan || (count && !current)) {
        return crmi_fail(err, CRMSYNC_E_INVALID, "a plan and the records as they are are needed");
    }
    for (size_t i = 0; i < count; i++) {
        if (!current[i]) {
            return crmi_fail(err, CRMSYNC_E_INVALID, "batch %zu is NULL", i);
        }
    }
    return plan->page == &plan->own
               ? CRMSYNC_OK
               : crmi_fail(err, CRMSYNC_E_STATE, "the page of a job is checked by the job itself");
}

int32_t crmsync_plan_recheck(crmsync_plan *plan, const crmsync_schema *schema,
                             const crmsync_rows *const *current, size_t count, size_t *stale,
                             crmsync_error **err)
{
    int32_t code = check_arguments(plan, current, count, err);
    if (stale) {
        *stale = 0;
    }
    if (code != CRMSYNC_OK) {
        return code;
    }
    recheck r = {plan, schema, current, count, NULL};
    r.index = crmi_alloc_zeroed(&plan->alloc, count + 1, sizeof(*r.index));
    if (!r.index) {
        return crmi_fail_nomem(err);
    }
    for (size_t b = 0; b < count; b++) {
        crmi_map_init(&r.index[b], &plan->alloc);
    }
    code = build_index(&r, err);
    for (size_t i = 0; code == CRMSYNC_OK && i < plan->own.count; i++) {
        crmi_decision *d = &plan->own.items[i];
        if (is_update(d) && check_operation(&r, d) && stale) {
            ++*stale;
        }
    }
    for (size_t b = 0; b < count; b++) {
        crmi_map_clear(&r.index[b]);
    }
    crmi_dealloc_array(&plan->alloc, r.index, count + 1, sizeof(*r.index));
    return code;
}
