/* Base values: what is known of a field, who moved since, what is to be remembered. */
#include "decide/merge_field.h"

#define DAY_MS      INT64_C(86400000)
#define FIGHT_LIMIT 3u

bool crmi_case_dotted(crmsync_str name)
{
    return crmi_str_chr(name, '.') >= 0;
}

crmsync_cell crmi_case_settled(const crmi_field_rule *rule, crmsync_cell cell)
{
    bool said = cell.type != CRMSYNC_CELL_ABSENT;
    return said && crmi_field_empty(rule, &cell) ? crmi_cell_null() : cell;
}

/*
 * A base holds on in the record that took its place only where both hold the same; for each field
 * apart, since one may have been settled there while another waits for its export.
 */
static const crmi_shadow *borrow(crmi_field_case *f, const crmi_target *old)
{
    for (size_t j = 0; j < old->shadow_count; j++) {
        const crmi_shadow *s = &old->shadows[j];
        if (crmi_str_eq(s->local, f->rule->local) && s->c.type != CRMSYNC_CELL_ABSENT &&
            crmi_save_equal(f->field, &f->c, &s->c, NULL)) {
            f->borrowed = true;
            return s;
        }
    }
    return NULL;
}

static const crmi_shadow *inherited_shadow(crmi_field_case *f)
{
    const crmi_link *link = f->m->link;
    const crmi_target *target = f->m->target;
    if (!link || !target) {
        return NULL;
    }
    for (size_t i = 0; i < link->target_count; i++) {
        const crmi_target *old = &link->targets[i];
        bool followed = old->state == CRMI_TARGET_CONVERTED || old->state == CRMI_TARGET_MERGED;
        if (!followed || !crmi_str_eq(old->moved_to, target->id)) {
            continue;
        }
        const crmi_shadow *s = borrow(f, old);
        if (s) {
            return s;
        }
    }
    return NULL;
}

/* Shadows were put in the order of the rules, as a rule. */
const crmi_shadow *crmi_case_shadow(const crmi_target *target, const crmi_field_rule *rule,
                                    size_t at)
{
    bool there = at < target->shadow_count &&
                 crmi_str_eq(target->shadows[at].remote, rule->remote);
    return there ? &target->shadows[at] : crmi_target_shadow(target, rule->remote);
}

static const crmi_shadow *find_shadow(crmi_field_case *f)
{
    if (!f->m->target) {
        return f->m->from ? borrow(f, f->m->from) : NULL;
    }
    const crmi_shadow *s = crmi_case_shadow(f->m->target, f->rule, f->at);
    if (!s) {
        return inherited_shadow(f);
    }
    return crmi_str_eq(s->local, f->rule->local) ? s : NULL;
}

void crmi_case_take_shadow(crmi_field_case *f)
{
    const crmi_shadow *s = find_shadow(f);
    if (!s) {
        return;
    }
    f->known = *s;
    f->known.l = crmi_case_settled(f->rule, s->l);
    f->known.c = f->borrowed ? f->c : crmi_case_settled(f->rule, s->c);
    f->shadow = &f->known;
}

/* ABSENT says nothing about the field, so nothing moved. */
bool crmi_case_local_moved(const crmi_field_case *f)
{
    if (f->l.type == CRMSYNC_CELL_ABSENT) {
        return false;
    }
    if (crmi_cell_blank(&f->l) && crmi_cell_blank(&f->shadow->l)) {
        return false;
    }
    return !crmi_cell_same(&f->l, &f->shadow->l);
}

uint32_t crmi_case_moved(const crmi_field_case *f)
{
    if (!f->shadow) {
        return CRMI_MOVED_NO_BASE;
    }
    bool local = crmi_case_local_moved(f);
    bool crm = !crmi_save_equal(f->field, &f->c, &f->shadow->c, NULL);
    if (local) {
        return crm ? CRMI_MOVED_BOTH : CRMI_MOVED_LOCAL;
    }
    return crm ? CRMI_MOVED_CRM : CRMI_MOVED_NEITHER;
}

uint32_t crmi_case_pair(const crmi_field_case *f)
{
    bool no_local = crmi_cell_blank(&f->l);
    bool no_crm = crmi_cell_blank(&f->c);
    if (no_local && no_crm) {
        return CRMI_PAIR_EQUAL;
    }
    if (no_local) {
        return CRMI_PAIR_LOCAL_EMPTY;
    }
    if (no_crm) {
        return CRMI_PAIR_CRM_EMPTY;
    }
    return crmi_converted(f->converted) && crmi_save_equal(f->field, &f->sent, &f->c, NULL)
               ? CRMI_PAIR_EQUAL
               : CRMI_PAIR_BOTH;
}

/* Somebody keeps changing it back: the same value was written again often enough for today. */
bool crmi_case_fought(const crmi_field_case *f)
{
    if (!f->shadow || crmi_case_local_moved(f)) {
        return false;
    }
    return f->shadow->state == CRMI_SHADOW_FOUGHT ||
           (f->shadow->asserts >= FIGHT_LIMIT &&
            f->m->env->now_ms < f->shadow->asserts_since + DAY_MS);
}

/* A base that says so already needs no writing. */
uint32_t crmi_case_base(const crmi_field_case *f, const crmi_truth *t)
{
    const crmi_shadow *s = f->shadow;
    if (!s || f->borrowed || t->action != CRMI_ACTION_NOTHING) {
        return t->base;
    }
    bool same = crmi_cell_same(&s->l, &f->l) && crmi_cell_same(&s->c, &f->c);
    bool agreed = t->base == CRMI_BASE_AGREE && s->state == CRMI_SHADOW_AGREED;
    bool diverged = t->base == CRMI_BASE_DIVERGE && s->state == CRMI_SHADOW_DIVERGED;
    bool fight = t->base == CRMI_BASE_FOUGHT && s->state == CRMI_SHADOW_FOUGHT;
    return same && (agreed || diverged || fight) ? CRMI_BASE_KEEP : t->base;
}

static uint32_t flag_needed(const crmi_merge *m)
{
    return m->crm.rows ? CRMI_FIELD_UPDATEABLE : CRMI_FIELD_CREATEABLE;
}

bool crmi_case_writeable(const crmi_field_case *f)
{
    if (crmi_case_dotted(f->rule->remote)) {
        return false;
    }
    return !f->field || (f->field->flags & flag_needed(f->m));
}

uint32_t crmi_case_export(const crmi_field_case *f)
{
    bool can = f->m->out && f->writeable && crmi_converted(f->converted);
    return can ? f->rule->export : CRMI_EXPORT_NEVER;
}
