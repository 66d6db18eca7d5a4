/* Does an operation of a plan from outside still stand? */
#include "model/rows.h"
#include "sync/carry_out.h"

static crmsync_workspace *workspace_of(const crmi_carry_out *t)
{
    return t->export.ship.task.job->ws;
}

/* ---- which fields a plan may write ---- */

static bool owner_or_status(const crmi_object_rule *rule, crmsync_str local, crmsync_str remote)
{
    bool status = rule->status.enabled && (remote.len ? crmi_str_eq_ci(rule->status.remote, remote)
                                                      : crmi_str_eq(rule->status.local, local));
    bool owner = remote.len ? crmi_str_is(remote, "OwnerId") : crmi_str_eq(rule->owned.local, local);
    return status || (owner && rule->owned.local.len);
}

static bool may_write(const crmi_carry_out *t, const crmi_decision *d, const crmi_field_decision *f)
{
    const crmsync_workspace *ws = workspace_of(t);
    const crmi_object_rule *rule = crmi_config_object(ws->config, d->object);
    bool out = f->crm_new.type != CRMSYNC_CELL_ABSENT, in = f->local_new.type != CRMSYNC_CELL_ABSENT;
    if (!rule || !rule->enabled)
        return false;
    if (out) {
        const crmi_field *field = crmi_schema_field(ws->schema, d->object, f->remote);
        bool mapped = crmi_object_rule_by_remote(rule, f->remote) ||
                      owner_or_status(rule, CRMI_STR_EMPTY, f->remote);
        if (!mapped || !field || !(field->flags & CRMI_FIELD_UPDATEABLE) ||
            f->crm_old.type == CRMSYNC_CELL_ABSENT)
            return false;
    }
    return !in || (f->local.len && (crmi_object_rule_by_local(rule, f->local) ||
                                    owner_or_status(rule, f->local, CRMI_STR_EMPTY)));
}

/* ---- updates ---- */

static bool is_update(const crmi_decision *d)
{
    bool out = d->crm_op == CRMI_OP_UPDATE, in = d->local_op == CRMI_OP_UPDATE;
    return (out || in) && (out || d->crm_op == CRMI_OP_NONE) && (in || d->local_op == CRMI_OP_NONE);
}

/* A copy that is ours to take fields out of. */
static bool copy_update(crmi_carry_out *t, crmi_arena *arena, const crmi_decision *from,
                        crmi_decision *to)
{
    *to = *from;
    to->parent = to->same_as = CRMI_NO_DECISION;
    to->flags = 0;
    to->link = false;
    to->other_count = to->claim_count = 0;
    to->fields = crmi_arena_array(arena, from->field_count + 1, sizeof *to->fields);
    to->field_count = 0;
    for (size_t i = 0; to->fields && i < from->field_count; i++) {
        crmi_field_decision f = from->fields[i];
        bool writes = f.crm_new.type != CRMSYNC_CELL_ABSENT || f.local_new.type != CRMSYNC_CELL_ABSENT;
        if (f.local_new.type != CRMSYNC_CELL_ABSENT && f.local_old.type == CRMSYNC_CELL_ABSENT)
            f.local_old = crmi_cell_null();
        f.rule = NULL;
        if (writes && !may_write(t, from, &f)) {
            f.crm_new = f.local_new = crmi_cell_absent();
            f.reason = CRMSYNC_REASON_CHANGED_SINCE;
        }
        to->fields[to->field_count++] = f;
    }
    return to->fields != NULL;
}

static bool leaves_something(const crmi_decision *d)
{
    for (size_t i = 0; i < d->field_count; i++) {
        if (d->fields[i].crm_new.type != CRMSYNC_CELL_ABSENT ||
            d->fields[i].local_new.type != CRMSYNC_CELL_ABSENT)
            return true;
    }
    return false;
}

int32_t crmi_carry_out_recheck(crmi_carry_out *t, crmsync_error **err)
{
    crmi_export_work *w = &t->export.work;
    const crmi_lookup *l = &t->export.lookup;
    const crmsync_alloc *alloc = crmi_workspace_alloc(workspace_of(t));
    crmsync_plan_free(t->updates);
    t->updates = NULL;
    int32_t rc = crmi_plan_owned(alloc, &t->updates, err);
    if (rc)
        return rc;
    crmi_plan *own = &t->updates->own;
    own->items = crmi_arena_array(&own->arena, t->op_count + 1, sizeof *own->items);
    own->cap = t->op_count + 1;
    t->update_of = crmi_arena_array(&w->arena, t->op_count + 1, sizeof *t->update_of);
    const crmsync_rows **now =
        crmi_arena_array(&w->arena, l->page_count + 3, sizeof *now);
    if (!own->items || !t->update_of || !now)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < t->op_count; i++) {
        const crmi_decision *d = &t->given->page->items[t->ops[i]];
        t->update_of[i] = CRMI_NO_DECISION;
        if (!is_update(d))
            continue;
        if (!copy_update(t, &own->arena, d, &own->items[own->count]))
            return crmi_fail_nomem(err);
        if (leaves_something(&own->items[own->count]))
            t->update_of[i] = own->count++;
    }
    size_t n = 0;
    for (size_t i = 0; i < l->page_count; i++)
        now[n++] = l->pages[i];
    if (w->records.rows)
        now[n++] = w->records.rows;
    rc = crmi_plan_seal(t->updates, err);
    return rc ? rc
              : crmsync_plan_recheck(t->updates, workspace_of(t)->schema, now, n, NULL, err);
}

static const crmi_page_item *item_of(const crmi_export_work *w, crmsync_str id, size_t *at)
{
    for (size_t i = 0; i < w->count; i++) {
        *at = i;
        if (crmi_str_eq(w->items[i].id, id))
            return &w->items[i];
    }
    return NULL;
}

/* Where the export looks for the link of a decision. */
static bool place(const crmi_carry_out *t, crmi_decision *d)
{
    const crmi_export_work *w = &t->export.work;
    size_t at = 0;
    const crmi_page_item *item = item_of(w, d->local_id, &at);
    if (!item || !item->local.rows || item->gone || item->in_doubt)
        return false;
    d->rev = crmi_record_text(item->local, "rev");
    d->input = at;
    for (size_t i = 0; crmi_str_is(d->kind, "company") && i < w->company_count; i++) {
        if (w->companies[i].item == item)
            d->input = i;
    }
    const crmi_target *target = crmi_link_target(item->link, d->crm_id);
    return target && target->state == CRMI_TARGET_LIVE && !target->shared;
}

/* The shadows of what is not written stay: whoever moved on that side is seen by the next run. */
static void keep_shadows(const crmi_target *target, crmi_field_decision *f)
{
    const crmi_shadow *shadow = crmi_target_shadow(target, f->remote);
    bool out = f->crm_new.type != CRMSYNC_CELL_ABSENT, in = f->local_new.type != CRMSYNC_CELL_ABSENT;
    f->base = out ? CRMI_BASE_SENT : in ? CRMI_BASE_DIVERGE : CRMI_BASE_KEEP;
    if (out && !in && shadow)
        f->local_old = shadow->l;
    if (in && !out && shadow)
        f->crm_old = shadow->c;
}

bool crmi_carry_out_update(crmi_carry_out *t, const crmi_decision *stands, crmi_decision *out)
{
    const crmi_export_work *w = &t->export.work;
    size_t at = 0;
    *out = *stands;
    if (!place(t, out))
        return false;
    crmi_record crm = crmi_lookup_get(&t->export.lookup, out->crm_id);
    if (out->crm_op != CRMI_OP_NONE &&
        (!crm.rows || crmi_record_flag(crm, "IsDeleted") || crmi_record_flag(crm, "IsConverted")))
        return false;
    const crmi_target *target = crmi_link_target(item_of(w, out->local_id, &at)->link, out->crm_id);
    for (size_t i = 0; i < out->field_count; i++)
        keep_shadows(target, &out->fields[i]);
    out->crm_stamp = 0;
    return true;
}

/* ---- all else ---- */

static bool written(const crmi_field_decision *f)
{
    return f->crm_new.type != CRMSYNC_CELL_ABSENT || f->local_new.type != CRMSYNC_CELL_ABSENT;
}

static bool writes_field(const crmi_decision *d, const crmi_field_decision *f)
{
    for (size_t i = 0; i < d->field_count; i++) {
        const crmi_field_decision *g = &d->fields[i];
        if (crmi_str_eq(f->remote, g->remote) && crmi_str_eq(f->local, g->local) &&
            crmi_cell_same(&f->crm_new, &g->crm_new) && crmi_cell_same(&f->local_new, &g->local_new))
            return true;
    }
    return false;
}

static bool same_fields(const crmi_decision *a, const crmi_decision *b)
{
    size_t more = 0;
    for (size_t i = 0; i < b->field_count; i++)
        more += written(&b->fields[i]);
    for (size_t i = 0; i < a->field_count; i++) {
        if (!written(&a->fields[i]))
            continue;
        if (more == 0 || !writes_field(b, &a->fields[i]))
            return false;
        more--;
    }
    return more == 0;
}

static bool same(const crmi_decision *a, const crmi_decision *b)
{
    return crmi_str_eq(a->kind, b->kind) && crmi_str_eq(a->local_id, b->local_id) &&
           crmi_str_eq(a->object, b->object) && crmi_str_eq(a->crm_id, b->crm_id) &&
           a->crm_op == b->crm_op && a->local_op == b->local_op && a->link == b->link &&
           same_fields(a, b);
}

size_t crmi_carry_out_same(const crmi_carry_out *t, size_t op)
{
    const crmi_decision *given = &t->given->page->items[op];
    for (size_t i = 0; i < t->fresh.count; i++) {
        const crmi_decision *d = &t->fresh.items[i];
        if (!same(given, d))
            continue;
        if (d->parent == CRMI_NO_DECISION)
            return i;
        return given->parent != CRMI_NO_DECISION &&
                       same(&t->given->page->items[given->parent], &t->fresh.items[d->parent])
                   ? i
                   : CRMI_NO_DECISION;
    }
    return CRMI_NO_DECISION;
}
