/* Rows whose record died, was merged, or was converted. */
#include "decide/import_case.h"
#include "decide/match.h"

crmi_decision *crmi_import_add(crmi_import_case *c, uint32_t reason)
{
    crmi_decision *d = crmi_plan_add(c->plan);
    if (!d) {
        return NULL;
    }
    d->kind = crmi_str(c->object->local_kind);
    d->object = crmi_str(c->object->name);
    d->crm_id = c->id;
    crmsync_cell stamp = crmi_record_at(c->in->crm, c->at->stamp);
    d->crm_stamp = stamp.type == CRMSYNC_CELL_DATETIME ? stamp.number : 0;
    d->direction = CRMSYNC_DIRECTION_IN;
    d->input = c->index;
    if (c->in->link) {
        d->kind = c->in->link->kind.len ? c->in->link->kind : d->kind;
        d->local_id = c->in->link->local_id;
    }
    if (c->in->local.rows) {
        d->local_id = crmi_record_at(c->in->local, c->at->local_id).text;
        d->rev = crmi_record_at(c->in->local, c->at->local_rev).text;
    }
    crmi_decision_settle(d, reason);
    return d;
}

int32_t crmi_import_stop(crmi_import_case *c, uint32_t reason, crmsync_error **err)
{
    return crmi_import_add(c, reason) ? CRMSYNC_OK : crmi_fail_nomem(err);
}

bool crmi_import_turn(crmi_import_case *c, crmi_decision *d, uint32_t state, crmsync_str moved_to)
{
    d->others = CRMI_ARENA_NEW(&c->plan->arena, crmi_other);
    if (!d->others) {
        return false;
    }
    d->others[0] = (crmi_other){crmi_str(c->object->name), c->id, state, moved_to};
    d->other_count = 1;
    return true;
}

static bool other_lives(const crmi_import_case *c)
{
    for (size_t i = 0; i < c->in->link->target_count; i++) {
        const crmi_target *t = &c->in->link->targets[i];
        if (t->state == CRMI_TARGET_LIVE && !crmi_same_id(t->id, c->id)) {
            return true;
        }
    }
    return false;
}

/* The object's own word, or the general one. */
static bool deactivates(const crmi_import_case *c)
{
    bool own = c->rule && c->rule->deletes != CRMI_DELETES_AS_ALL;
    return own ? c->rule->deletes == CRMI_DELETES_DEACTIVATE : c->env->config->delete_deactivates;
}

int32_t crmi_import_deleted(crmi_import_case *c, crmsync_error **err)
{
    bool known = c->target && c->target->state == CRMI_TARGET_DELETED;
    if (!c->in->link || !c->target) {
        return crmi_import_stop(c, CRMSYNC_REASON_DELETED_UNLINKED, err);
    }
    uint32_t reason = known            ? CRMSYNC_REASON_UNCHANGED
                      : other_lives(c) ? CRMSYNC_REASON_DELETED_ONE_OF_SEVERAL
                      : deactivates(c) ? CRMSYNC_REASON_CRM_DELETED
                                       : CRMSYNC_REASON_DELETED_IGNORED;
    crmi_decision *d = crmi_import_add(c, reason);
    if (!d || !crmi_import_turn(c, d, CRMI_TARGET_DELETED, CRMI_STR_EMPTY)) {
        return crmi_fail_nomem(err);
    }
    if (reason == CRMSYNC_REASON_CRM_DELETED) {
        d->flags |= CRMI_DECISION_DEACTIVATED;
        d->local_op = c->in->local.rows ? CRMI_OP_DEACTIVATE : CRMI_OP_NONE;
    }
    return CRMSYNC_OK;
}

/* Where a winner lost a merge in turn, the row of that may come after this one, when nobody is linked
 * to it yet: the chain is followed through the page. */
static crmsync_str last_master(const crmi_import_case *c, crmsync_str id)
{
    for (int step = 0; step < CRMI_FOLLOW_MAX; step++) {
        crmsync_str next = CRMI_STR_EMPTY;
        for (size_t i = 0; i < c->row_count && !next.len; i++) {
            if (crmi_same_id(crmi_record_text(c->rows[i].crm, "Id"), id)) {
                next = crmi_record_text(c->rows[i].crm, "MasterRecordId");
            }
        }
        if (!next.len || crmi_same_id(next, c->id)) {
            return id;
        }
        id = next;
    }
    return id;
}

int32_t crmi_import_moved(crmi_import_case *c, crmsync_str to, bool converted, crmsync_error **err)
{
    uint32_t state = converted ? CRMI_TARGET_CONVERTED : CRMI_TARGET_MERGED;
    to = converted ? to : last_master(c, to);
    if (!c->in->link || !c->target) {
        return crmi_import_stop(
            c, converted ? CRMSYNC_REASON_CONVERTED_UNLINKED : CRMSYNC_REASON_DELETED_UNLINKED,
            err);
    }
    if (c->target->state == state && crmi_same_id(c->target->moved_to, to)) {
        return crmi_import_stop(c, CRMSYNC_REASON_UNCHANGED, err);
    }
    if (!to.len) {
        crmi_decision *held = crmi_import_add(c, CRMSYNC_REASON_CONVERTED_HIDDEN);
        return held && crmi_import_turn(c, held, state, to) ? CRMSYNC_OK : crmi_fail_nomem(err);
    }
    crmi_decision *d =
        crmi_import_add(c, converted ? CRMSYNC_REASON_CONVERTED : CRMSYNC_REASON_MERGED);
    if (!d || !crmi_import_turn(c, d, state, to)) {
        return crmi_fail_nomem(err);
    }
    d->rule = converted ? CRMSYNC_REASON_MATCH_CONVERTED : CRMSYNC_REASON_MATCH_MERGED;
    d->object = converted ? CRMI_STR("Contact") : d->object;
    d->crm_id = to;
    d->crm_stamp = 0; /* the row tells nothing of the record that is linked now */
    d->link = crmi_link_target(c->in->link, to) == NULL;
    if (c->in->heir.len && !crmi_str_eq(c->in->heir, c->in->link->local_id)) {
        d->flags |= CRMI_DECISION_SHARES; /* two local records became one person there */
    }
    return CRMSYNC_OK;
}
