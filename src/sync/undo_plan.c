/* The plan that takes a run back, made of what the run overwrote. */
#include "base/map.h"
#include "decide/plan.h"
#include "state/undo.h"
#include "sync/undo.h"

#define PAGE_DEFAULT 1000u
#define PAGE_MOST    2000u

/* A page of rows, the last written first, as it becomes operations: one a record and side. */
typedef struct undo_maker {
    const crmsync_alloc *alloc;
    crmi_arena *arena; /* the plan's */
    crmi_plan *page;
    crmi_map seen; /* "crm/<object>/<id>" -> operation */
} undo_maker;

static bool name_of(undo_maker *m, const crmi_undo *row, crmsync_str *out)
{
    crmi_buf b;
    bool crm = row->side == CRMI_UNDO_CRM;
    crmi_buf_init(&b, m->alloc);
    crmi_buf_lit(&b, crm ? "crm/" : "local/");
    crmi_buf_add(&b, crm ? row->object : row->kind);
    crmi_buf_char(&b, '/');
    crmi_buf_add(&b, crm ? row->crm_id : row->id);
    bool ok = crmi_buf_ok(&b) && crmi_arena_str(m->arena, crmi_buf_str(&b), out);
    crmi_buf_clear(&b);
    return ok;
}

static crmi_field_decision *field_named(crmi_decision *d, const crmi_undo_field *f)
{
    for (size_t i = 0; i < d->field_count; i++) {
        if (crmi_str_eq(d->fields[i].remote, f->remote) &&
            crmi_str_eq(d->fields[i].local, f->local))
            return &d->fields[i];
    }
    return NULL;
}

/* The value that is to come back, and the one that must still be there. */
static void set_field(crmi_field_decision *g, const crmi_undo *row, const crmi_undo_field *f)
{
    bool crm = row->side == CRMI_UNDO_CRM, known = f->before.type != CRMSYNC_CELL_ABSENT;
    *g = (crmi_field_decision){.local = f->local, .remote = f->remote};
    g->reason = known ? CRMSYNC_REASON_RESTORED : CRMSYNC_REASON_NOT_RESTORED;
    g->base = !known ? CRMI_BASE_KEEP : crm ? CRMI_BASE_SENT : CRMI_BASE_DIVERGE;
    *(crm ? &g->crm_old : &g->local_old) = f->after;
    *(crm ? &g->crm_new : &g->local_new) = f->before;
}

/* An earlier write of the same field: what it found comes back, if the later one found its value. */
static void deepen(crmi_field_decision *g, const crmi_undo *row, const crmi_undo_field *f)
{
    crmsync_cell *back = row->side == CRMI_UNDO_CRM ? &g->crm_new : &g->local_new;
    if (f->before.type != CRMSYNC_CELL_ABSENT && crmi_cell_same(back, &f->after))
        *back = f->before;
}

static int32_t add_fields(undo_maker *m, crmi_decision *d, const crmi_undo *row, crmsync_error **err)
{
    size_t cap = d->field_count + row->field_count;
    crmi_field_decision *all = crmi_arena_array(m->arena, cap + 1, sizeof *all);
    if (!all)
        return crmi_fail_nomem(err);
    if (d->field_count)
        memcpy(all, d->fields, d->field_count * sizeof *all);
    d->fields = all;
    for (size_t i = 0; i < row->field_count; i++) {
        crmi_field_decision *g = field_named(d, &row->fields[i]);
        if (g)
            deepen(g, row, &row->fields[i]);
        else
            set_field(&all[d->field_count++], row, &row->fields[i]);
    }
    return CRMSYNC_OK;
}

/* Nothing is deleted, revived or taken from a timeline by a machine. */
static uint32_t kept(const crmi_undo *row)
{
    if (crmi_str_is(row->op, "create"))
        return CRMSYNC_REASON_CREATED_KEPT;
    bool record = crmi_str_is(row->kind, "person") || crmi_str_is(row->kind, "company");
    return crmi_str_is(row->op, "update") && record && !row->cut ? 0 : CRMSYNC_REASON_NOT_UNDONE;
}

static void finish(crmi_decision *d, uint32_t side)
{
    bool acts = false;
    for (size_t i = 0; i < d->field_count; i++)
        acts = acts || d->fields[i].reason == CRMSYNC_REASON_RESTORED;
    if (acts && side == CRMI_UNDO_CRM)
        d->crm_op = CRMI_OP_UPDATE;
    else if (acts)
        d->local_op = CRMI_OP_UPDATE;
    d->reason = acts ? CRMSYNC_REASON_UPDATE_FIELDS : CRMSYNC_REASON_NOT_UNDONE;
    d->outcome = crmsync_reason_outcome(d->reason);
}

static int32_t add_row(undo_maker *m, const crmi_undo *row, crmsync_error **err)
{
    crmsync_str name;
    size_t at = m->page->count;
    uint32_t why = kept(row);
    if (!name_of(m, row, &name))
        return crmi_fail_nomem(err);
    bool again = !why && crmi_map_get_index(&m->seen, name, &at);
    crmi_decision *d = &m->page->items[at];
    if (!again) {
        *d = (crmi_decision){.kind = row->kind,
                             .local_id = row->id,
                             .object = row->object,
                             .crm_id = row->crm_id,
                             .direction = row->side == CRMI_UNDO_CRM ? CRMSYNC_DIRECTION_OUT
                                                                     : CRMSYNC_DIRECTION_IN,
                             .parent = CRMI_NO_DECISION,
                             .same_as = CRMI_NO_DECISION,
                             .input = at,
                             .reason = why,
                             .outcome = why ? crmsync_reason_outcome(why) : 0};
        m->page->count++;
        if (!why && !crmi_map_put_index(&m->seen, name, at))
            return crmi_fail_nomem(err);
    }
    if (why)
        return CRMSYNC_OK;
    int32_t rc = add_fields(m, d, row, err);
    finish(d, row->side);
    return rc;
}

static int32_t make_plan(crmsync_workspace *ws, crmsync_str run, crmsync_str before, uint32_t limit,
                         crmsync_plan **out, crmsync_error **err)
{
    const crmsync_alloc *alloc = crmi_workspace_alloc(ws);
    crmsync_plan *plan = NULL;
    crmi_undo *rows;
    crmsync_str last;
    size_t n = 0;
    int32_t rc = crmi_plan_owned(alloc, &plan, err);
    if (rc)
        return rc;
    undo_maker m = {.alloc = alloc, .arena = &plan->own.arena, .page = &plan->own};
    crmi_map_init(&m.seen, alloc);
    rc = crmi_undo_page(&ws->store, run, before, limit, m.arena, &rows, &n, &last, err);
    plan->own.items = rc ? NULL : crmi_arena_array(m.arena, n + 1, sizeof *plan->own.items);
    plan->own.cap = n + 1;
    if (!rc && !plan->own.items)
        rc = crmi_fail_nomem(err);
    for (size_t i = 0; !rc && i < n; i++)
        rc = add_row(&m, &rows[i], err);
    if (!rc)
        rc = crmi_plan_seal(plan, err);
    crmi_buf_reset(&ws->text);
    if (!rc)
        crmi_buf_add(&ws->text, last);
    if (!rc && !crmi_buf_ok(&ws->text))
        rc = crmi_fail_nomem(err);
    crmi_map_clear(&m.seen);
    if (rc)
        crmsync_plan_free(plan);
    else
        *out = plan;
    return rc;
}

int32_t crmsync_workspace_undo_plan(crmsync_workspace *workspace, crmsync_str run, crmsync_str after,
                                    uint32_t limit, crmsync_plan **out, crmsync_str *next,
                                    crmsync_error **err)
{
    crmi_buf from;
    if (!workspace || !out || !next)
        return crmi_fail(err, CRMSYNC_E_INVALID, "workspace, out or next is NULL");
    *out = NULL;
    *next = CRMI_STR_EMPTY;
    if (!run.len || limit > PAGE_MOST)
        return crmi_fail(err, CRMSYNC_E_INVALID, "run is empty, or limit is above %u", PAGE_MOST);
    if (after.len && !crmi_str_eq(crmi_str_sub(after, 0, run.len), run))
        return crmi_fail(err, CRMSYNC_E_INVALID, "after is not of this run");
    int32_t rc = crmi_engine_enter(workspace->engine, err);
    if (rc)
        return rc;
    crmi_buf_init(&from, crmi_workspace_alloc(workspace)); /* it may be what we returned last */
    crmi_buf_add(&from, after);
    rc = crmi_buf_ok(&from) ? make_plan(workspace, run, crmi_buf_str(&from),
                                        limit ? limit : PAGE_DEFAULT, out, err)
                            : crmi_fail_nomem(err);
    if (!rc)
        *next = crmi_buf_str(&workspace->text);
    crmi_buf_clear(&from);
    crmi_engine_leave(workspace->engine);
    return rc;
}
