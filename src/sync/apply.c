#include "sync/apply.h"

#include "sync/undo.h"

#define STORED_AS_SENT ((size_t)-1)

void crmi_applied_init(crmi_applied_page *page, const crmsync_alloc *alloc)
{
    memset(page, 0, sizeof *page);
    crmi_arena_init(&page->arena, alloc);
}

void crmi_applied_clear(crmi_applied_page *page)
{
    for (size_t i = 0; i < page->result_count; i++)
        crmi_save_result_clear(&page->results[i]);
    crmi_arena_clear(&page->arena);
    page->items = NULL;
    page->results = NULL;
    page->result_count = 0;
}

bool crmi_tells_crm_id(const crmi_decision *d)
{
    return d->crm_id.len && d->reason != CRMSYNC_REASON_SECONDARY &&
           d->reason != CRMSYNC_REASON_LOCAL_DUPLICATE &&
           (d->link || d->local_op == CRMI_OP_CREATE) &&
           (crmi_str_is(d->kind, "person") || crmi_str_is(d->kind, "company"));
}

/* The row that is saved for a decision: id, rev, origin for a new record, and the written fields. */
static bool save_row(crmsync_rows *rows, const crmi_decision *d, crmsync_str crm_id_field)
{
    ptrdiff_t row = crmi_rows_add_row(rows);
    if (row < 0)
        return false;
    crmsync_cell id = crmi_cell_text(d->local_id.len ? d->local_id : d->crm_id);
    crmsync_cell rev = crmi_cell_text(d->local_op == CRMI_OP_CREATE ? CRMI_STR_EMPTY : d->rev);
    crmsync_cell origin = crmi_cell_text(d->crm_id);
    crmsync_cell inactive = crmi_cell_bool(d->local_op == CRMI_OP_DEACTIVATE);
    bool life = d->local_op == CRMI_OP_DEACTIVATE || (d->flags & CRMI_DECISION_REACTIVATED);
    bool ok = crmi_rows_put(rows, (size_t)row, CRMI_STR("id"), &id) &&
              crmi_rows_put(rows, (size_t)row, CRMI_STR("rev"), &rev);
    if (ok && d->local_op == CRMI_OP_CREATE)
        ok = crmi_rows_put(rows, (size_t)row, CRMI_STR("origin"), &origin);
    if (ok && life)
        ok = crmi_rows_put(rows, (size_t)row, CRMI_STR("inactive"), &inactive);
    if (ok && crmi_tells_crm_id(d) && crm_id_field.len)
        ok = crmi_rows_put(rows, (size_t)row, crm_id_field, &origin);
    for (size_t i = 0; ok && i < d->field_count; i++) {
        const crmi_field_decision *f = &d->fields[i];
        if (f->local_new.type != CRMSYNC_CELL_ABSENT && f->local.len)
            ok = crmi_rows_put(rows, (size_t)row, f->local, &f->local_new);
    }
    return ok;
}

static void take_result(crmi_applied *to, const crmi_save_result *result, size_t item)
{
    const crmi_saved *s = &result->items[item];
    to->outcome = s->outcome;
    to->id = s->id;
    to->rev = s->rev;
    to->reason = s->reason;
    if (s->stored != STORED_AS_SENT)
        to->stored = (crmi_record){result->stored, s->stored};
}

static int32_t save_kind(crmsync_job *job, const crmi_plan *plan, size_t first,
                         crmi_applied_page *page, crmsync_error **err)
{
    crmsync_workspace *ws = job->ws;
    crmsync_rows *rows = NULL;
    crmsync_str kind = plan->items[first].kind;
    size_t *which = crmi_arena_array(&page->arena, plan->count, sizeof *which);
    size_t n = 0;
    if (!which)
        return crmi_fail_nomem(err);
    int32_t rc = crmsync_rows_new(crmi_workspace_alloc(ws), kind, NULL, 0, &rows, err);
    for (size_t i = first; !rc && i < plan->count; i++) {
        const crmi_decision *d = &plan->items[i];
        if (d->local_op == CRMI_OP_NONE || !crmi_str_eq(d->kind, kind))
            continue;
        if (!save_row(rows, d, ws->config->local.crm_id))
            rc = crmi_fail_nomem(err);
        which[n++] = i;
    }
    crmi_save_result *result = &page->results[page->result_count];
    if (!rc) {
        page->result_count++;
        rc = crmi_records_save(ws->engine, ws->name, rows, result, err);
    }
    for (size_t k = 0; !rc && k < n; k++)
        take_result(&page->items[which[k]], result, k);
    if (!rc)
        rc = crmi_report_add(job, n, "writes", CRMI_STR("local"), NULL, CRMI_STR_EMPTY, err);
    crmsync_rows_free(rows);
    return rc;
}

int32_t crmi_apply_local(crmsync_job *job, const crmi_plan *plan, crmi_applied_page *page,
                         crmsync_error **err)
{
    crmi_applied_clear(page);
    page->items = crmi_arena_array(&page->arena, plan->count + 1, sizeof *page->items);
    page->results = crmi_arena_array(&page->arena, plan->count + 1, sizeof *page->results);
    if (!page->items || !page->results)
        return crmi_fail_nomem(err);
    if (job->flags & CRMSYNC_JOB_DRY_RUN)
        return CRMSYNC_OK;
    int32_t kept = crmi_undo_saves(job, plan, err);
    if (kept)
        return kept;
    for (size_t i = 0; i < plan->count; i++) {
        bool seen = plan->items[i].local_op == CRMI_OP_NONE;
        for (size_t k = 0; !seen && k < i; k++)
            seen = plan->items[k].local_op != CRMI_OP_NONE &&
                   crmi_str_eq(plan->items[k].kind, plan->items[i].kind);
        if (seen)
            continue;
        int32_t rc = save_kind(job, plan, i, page, err);
        if (rc)
            return rc;
    }
    return CRMSYNC_OK;
}

/* The local value as the host now holds it. */
static crmsync_cell settled_local(const crmi_field_decision *f, const crmi_applied *applied)
{
    if (f->local_new.type == CRMSYNC_CELL_ABSENT || !applied ||
        applied->outcome != CRMSYNC_SAVE_SAVED)
        return f->local_old;
    crmsync_cell stored = crmi_record_get(applied->stored, f->local);
    return stored.type == CRMSYNC_CELL_ABSENT ? f->local_new : stored;
}

static bool shadow_set(crmi_arena *arena, crmi_target *target, const crmi_field_decision *f,
                       const crmi_applied *applied, int64_t now)
{
    static const uint32_t states[] = {
        [CRMI_BASE_AGREE] = CRMI_SHADOW_AGREED,
        [CRMI_BASE_DIVERGE] = CRMI_SHADOW_DIVERGED,
        [CRMI_BASE_ADOPT_CRM] = CRMI_SHADOW_AGREED,
        [CRMI_BASE_FOUGHT] = CRMI_SHADOW_FOUGHT,
    };
    crmi_shadow *shadow = crmi_target_put_shadow(arena, target, f->local, f->remote);
    if (!shadow)
        return false;
    crmsync_cell l = settled_local(f, applied);
    shadow->state = states[f->base];
    shadow->read_at = now;
    if (f->base != CRMI_BASE_ADOPT_CRM && !crmi_cell_copy(arena, &l, &shadow->l))
        return false;
    return crmi_cell_copy(arena, &f->crm_old, &shadow->c);
}

/* The host did not take our values: what rests on them must not be remembered as settled. */
static bool rests_on_save(const crmi_field_decision *f, const crmi_applied *applied)
{
    return f->local_new.type != CRMSYNC_CELL_ABSENT &&
           (!applied || applied->outcome != CRMSYNC_SAVE_SAVED);
}

static bool shadows_apply(crmi_arena *arena, crmi_target *target, const crmi_decision *d,
                          const crmi_applied *applied, int64_t now)
{
    for (size_t i = 0; i < d->field_count; i++) {
        const crmi_field_decision *f = &d->fields[i];
        if (f->base == CRMI_BASE_KEEP || f->base == CRMI_BASE_SENT || rests_on_save(f, applied))
            continue;
        if (!shadow_set(arena, target, f, applied, now))
            return false;
    }
    return true;
}

/* What the reason of a decision makes of the CRM record it is about. */
static uint32_t target_state(uint32_t reason)
{
    switch (reason) {
    case CRMSYNC_REASON_CRM_DELETED:
    case CRMSYNC_REASON_DELETED_IGNORED:
    case CRMSYNC_REASON_DELETED_ONE_OF_SEVERAL: return CRMI_TARGET_DELETED;
    case CRMSYNC_REASON_VANISHED: return CRMI_TARGET_VANISHED;
    default: return CRMI_TARGET_LIVE;
    }
}

static bool others_apply(crmi_arena *arena, crmi_link *link, const crmi_decision *d)
{
    for (size_t i = 0; i < d->other_count; i++) {
        const crmi_other *o = &d->others[i];
        /* candidates of an ambiguous record are told, not linked */
        if (d->outcome == CRMSYNC_OUTCOME_HELD || o->id.len == 0)
            continue;
        crmi_target *target = crmi_link_add_target(arena, link, o->object, o->id);
        if (!target || !crmi_arena_str(arena, o->moved_to, &target->moved_to))
            return false;
        target->state = o->state;
    }
    return true;
}

int32_t crmi_link_apply(crmi_arena *arena, crmi_link *link, const crmi_decision *d,
                        const crmi_applied *applied, const crmi_applied_facts *facts,
                        uint64_t mapping_stamp, int64_t server_now, crmsync_error **err)
{
    bool saved = applied && applied->outcome == CRMSYNC_SAVE_SAVED;
    bool clean = !applied || !applied->outcome || saved;
    bool known = d->crm_id.len && (d->link || crmi_link_target(link, d->crm_id));
    if (known && clean) {
        bool fresh = !crmi_link_target(link, d->crm_id);
        crmi_target *target = crmi_link_add_target(arena, link, d->object, d->crm_id);
        if (!target)
            return crmi_fail_nomem(err);
        uint32_t state = target_state(d->reason);
        /* a dead one stays dead when nothing says that it lives again */
        if (fresh || d->link || state != CRMI_TARGET_LIVE || d->reason == CRMSYNC_REASON_CRM_UNDELETED)
            target->state = state;
        if (d->crm_stamp)
            target->stamp = d->crm_stamp;
        target->remote_digest = facts->remote_digest;
        if (!shadows_apply(arena, target, d, applied, server_now))
            return crmi_fail_nomem(err);
        bool leads = d->reason != CRMSYNC_REASON_LOCAL_DUPLICATE && !(d->flags & CRMI_DECISION_SHARES);
        target->inherited = target->shared && leads && d->link;
        if (fresh || d->link)
            target->shared = !leads;
        if (d->link && leads && target->state == CRMI_TARGET_LIVE &&
            d->reason != CRMSYNC_REASON_SECONDARY)
            crmi_link_make_primary(link, d->crm_id);
    }
    /* a second record alone would become the first one */
    if ((clean && !others_apply(arena, link, d)) ||
        !crmi_arena_str(arena, saved ? applied->rev : d->rev, &link->rev) ||
        !crmi_arena_str(arena, crmi_str(crmsync_reason_name(d->reason)), &link->last_outcome) ||
        (d->rule && !crmi_arena_str(arena, crmi_str(crmsync_reason_name(d->rule)), &link->rule)))
        return crmi_fail_nomem(err);
    /* our own save changed the record; the feed brings it back, and it is then no news */
    link->local_digest = saved ? crmi_local_digest_saved(facts->local_digest, d, applied)
                         : clean ? facts->local_digest
                                 : 0;
    link->mapping_stamp = mapping_stamp;
    link->last_run_ms = server_now;
    if (d->flags & CRMI_DECISION_DEACTIVATED)
        link->inactive = true;
    else if (d->flags & CRMI_DECISION_REACTIVATED)
        link->inactive = false;
    /* the account that the conversion chose is followed, whatever the keys say */
    if (d->reason == CRMSYNC_REASON_CONVERTED ||
        (d->link && d->rule == CRMSYNC_REASON_MATCH_CONVERTED))
        link->account_locked = true;
    return CRMSYNC_OK;
}

/* Members are found by campaign and person, and their way back is that of the record they are
 * imported as; of what a signal wrote only its Task is its own. */
static bool leads_back(const crmi_link *link, const crmi_target *t)
{
    if (crmi_str_is(link->kind, "signal"))
        return crmi_str_is(t->object, "Task");
    return !crmi_str_is(link->kind, "member");
}

void crmi_link_commit(crmi_commit *c, const crmi_link *link, const crmi_link *before)
{
    crmi_link_put(c, link);
    for (size_t i = 0; i < link->target_count; i++) {
        const crmi_target *t = &link->targets[i];
        bool fresh = !before || !crmi_link_target(before, t->id);
        /* the way back of a shared one leads elsewhere */
        if (leads_back(link, t) && !t->shared && (fresh || t->inherited))
            crmi_reverse_put(c, t->id, link->kind, link->local_id, t->inherited ? t->way_back : 0);
    }
}

/* A sum over the fields: their order differs from one load to the next. */
static uint64_t field_digest(crmsync_str name, const crmsync_cell *cell)
{
    crmi_digest digest;
    if (cell->type == CRMSYNC_CELL_ABSENT || cell->type == CRMSYNC_CELL_NULL)
        return 0;
    crmi_digest_init(&digest);
    crmi_digest_part(&digest, name);
    crmi_digest_cell(&digest, cell);
    return crmi_digest_end(&digest);
}

uint64_t crmi_local_digest(crmi_record record, crmsync_str skip)
{
    uint64_t sum = 0;
    if (!record.rows)
        return 0;
    for (size_t i = 0; i < crmsync_rows_field_count(record.rows); i++) {
        crmsync_str name = crmsync_rows_field(record.rows, i);
        crmsync_cell cell = crmsync_rows_get(record.rows, record.row, i);
        if (crmi_str_is(name, "id") || crmi_str_is(name, "rev") || crmi_str_is(name, "origin") ||
            (skip.len && crmi_str_eq(name, skip)))
            continue;
        sum += field_digest(name, &cell);
    }
    return sum ? sum : 1;
}

uint64_t crmi_local_digest_saved(uint64_t digest, const crmi_decision *d, const crmi_applied *applied)
{
    if (!digest || applied->outcome != CRMSYNC_SAVE_SAVED)
        return 0;
    for (size_t i = 0; i < d->field_count; i++) {
        const crmi_field_decision *f = &d->fields[i];
        if (f->local_new.type == CRMSYNC_CELL_ABSENT || !f->local.len)
            continue;
        crmsync_cell now = settled_local(f, applied);
        digest -= field_digest(f->local, &f->local_old);
        digest += field_digest(f->local, &now);
    }
    return digest ? digest : 1;
}
