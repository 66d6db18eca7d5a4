#include "decide/merge.h"

#include "decide/truth.h"

#define DAY_MS      INT64_C(86400000)
#define FIGHT_LIMIT 3u

/* What is known of one field while it is decided. */
typedef struct field_case {
    const crmi_merge *m;
    const crmi_field_rule *rule;
    const crmi_field *field;   /* NULL = a parent's field, or the object is not described */
    const crmi_shadow *shadow; /* NULL = no base */
    crmi_shadow borrowed;      /* a base taken over from a converted or merged record */
    crmsync_cell l, c;         /* as they are */
    crmsync_cell sent;         /* l as Salesforce would get it */
    uint32_t converted;        /* result of that */
    bool writeable;
} field_case;

static bool dotted(crmsync_str name)
{
    return crmi_str_chr(name, '.') >= 0;
}

/* Base of the record that this one took the place of; valid only where both hold the same. */
static const crmi_shadow *inherited_shadow(field_case *f)
{
    const crmi_link *link = f->m->link;
    const crmi_target *target = f->m->target;
    if (!link || !target || target->shadow_count) {
        return NULL;
    }
    for (size_t i = 0; i < link->target_count; i++) {
        const crmi_target *old = &link->targets[i];
        bool followed = old->state == CRMI_TARGET_CONVERTED || old->state == CRMI_TARGET_MERGED;
        if (!followed || !crmi_str_eq(old->moved_to, target->id)) {
            continue;
        }
        for (size_t j = 0; j < old->shadow_count; j++) {
            const crmi_shadow *s = &old->shadows[j];
            if (crmi_str_eq(s->local, f->rule->local) && s->c.type != CRMSYNC_CELL_ABSENT &&
                crmi_save_equal(f->field, &f->c, &s->c, NULL)) {
                f->borrowed = *s;
                f->borrowed.c = f->c;
                return &f->borrowed;
            }
        }
    }
    return NULL;
}

static const crmi_shadow *shadow_of(field_case *f)
{
    if (!f->m->target) {
        return NULL;
    }
    const crmi_shadow *s = crmi_target_shadow(f->m->target, f->rule->remote);
    if (!s) {
        return inherited_shadow(f);
    }
    return crmi_str_eq(s->local, f->rule->local) ? s : NULL;
}

/* ABSENT says nothing about the field, so nothing moved. */
static bool local_moved(const field_case *f)
{
    if (f->l.type == CRMSYNC_CELL_ABSENT) {
        return false;
    }
    if (crmi_cell_blank(&f->l) && crmi_cell_blank(&f->shadow->l)) {
        return false;
    }
    return !crmi_cell_same(&f->l, &f->shadow->l);
}

static uint32_t moved_of(const field_case *f)
{
    if (!f->shadow) {
        return CRMI_MOVED_NO_BASE;
    }
    bool local = local_moved(f);
    bool crm = !crmi_save_equal(f->field, &f->c, &f->shadow->c, NULL);
    if (local) {
        return crm ? CRMI_MOVED_BOTH : CRMI_MOVED_LOCAL;
    }
    return crm ? CRMI_MOVED_CRM : CRMI_MOVED_NEITHER;
}

static uint32_t pair_of(const field_case *f)
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

/* A host that knows when its user changed a field says so in `<field>@changed`. */
static uint32_t newer_of(const field_case *f)
{
    char name[300];
    size_t len = f->rule->local.len;
    if (!f->shadow || len + 9 > sizeof(name)) {
        return CRMI_NEWER_UNDECIDED;
    }
    memcpy(name, f->rule->local.ptr, len);
    memcpy(name + len, "@changed", 8);
    crmsync_cell at = crmi_record_get(f->m->local, (crmsync_str){name, len + 8});
    crmsync_cell row = crmi_record_get(f->m->crm, CRMI_STR("LastModifiedDate"));
    if (at.type != CRMSYNC_CELL_DATETIME) {
        return CRMI_NEWER_UNDECIDED;
    }
    return crmi_newer(at.number, f->shadow->read_at,
                      row.type == CRMSYNC_CELL_DATETIME ? row.number : 0);
}

static uint32_t flag_needed(const crmi_merge *m)
{
    return m->crm.rows ? CRMI_FIELD_UPDATEABLE : CRMI_FIELD_CREATEABLE;
}

static bool writeable(const field_case *f)
{
    if (dotted(f->rule->remote)) {
        return false;
    }
    return !f->field || (f->field->flags & flag_needed(f->m));
}

/* A checkbox or a required field is never empty: REQUIRED_FIELD_MISSING otherwise. */
static bool clearable(const field_case *f)
{
    return !f->field || (f->field->flags & CRMI_FIELD_NILLABLE) || !crmi_cell_blank(&f->l);
}

static uint32_t export_rule(const field_case *f)
{
    bool can = f->m->out && f->writeable && crmi_converted(f->converted);
    return can ? f->rule->export : CRMI_EXPORT_NEVER;
}

/* Somebody keeps changing it back: the same value was written again often enough for today. */
static bool fought(const field_case *f)
{
    if (!f->shadow || local_moved(f)) {
        return false;
    }
    return f->shadow->state == CRMI_SHADOW_FOUGHT ||
           (f->shadow->asserts >= FIGHT_LIMIT &&
            f->m->env->now_ms < f->shadow->asserts_since + DAY_MS);
}

/* Why a rule that would have written could not. */
static uint32_t hindrance(const field_case *f)
{
    if (f->rule->export == CRMI_EXPORT_NEVER || !f->m->out || crmi_cell_blank(&f->l)) {
        return 0;
    }
    if (!f->writeable) {
        return dotted(f->rule->remote) ? 0 : CRMSYNC_REASON_NOT_WRITEABLE;
    }
    return crmi_converted(f->converted) ? 0 : f->converted;
}

/* The org set this by itself on our create: it fills what is empty here and replaces nothing. */
static crmi_truth first_read(const field_case *f)
{
    bool fills = crmi_cell_blank(&f->l) && !crmi_cell_blank(&f->c) && f->m->in &&
                 f->rule->import != CRMI_IMPORT_NEVER;
    if (fills) {
        return (crmi_truth){CRMI_ACTION_TAKE, CRMSYNC_REASON_CRM_FILLS_LOCAL, CRMI_BASE_AGREE};
    }
    return (crmi_truth){CRMI_ACTION_NOTHING, CRMSYNC_REASON_ADOPTED, CRMI_BASE_ADOPT_CRM};
}

static crmi_truth secondary(const field_case *f)
{
    if (pair_of(f) == CRMI_PAIR_LOCAL_EMPTY && !f->shadow) {
        return first_read(f);
    }
    return (crmi_truth){CRMI_ACTION_NOTHING, CRMSYNC_REASON_SECONDARY, CRMI_BASE_DIVERGE};
}

static crmi_truth decide(field_case *f)
{
    if (f->m->fill_only) {
        return secondary(f);
    }
    bool unsent = f->shadow && f->shadow->c.type == CRMSYNC_CELL_ABSENT;
    if (unsent && pair_of(f) != CRMI_PAIR_EQUAL && !local_moved(f)) {
        return first_read(f);
    }
    crmi_truth_case c = {
        .pair = pair_of(f),
        .moved = unsent && local_moved(f) ? CRMI_MOVED_LOCAL : moved_of(f),
        .import = f->m->in ? f->rule->import : CRMI_IMPORT_NEVER,
        .export_rule = export_rule(f),
        .winner = f->rule->winner,
        .newer = CRMI_NEWER_UNDECIDED,
        .propagate_null =
            f->rule->propagate_null && f->l.type != CRMSYNC_CELL_ABSENT && clearable(f),
    };
    if (c.moved == CRMI_MOVED_BOTH && c.import == CRMI_IMPORT_TWO_WAY) {
        c.newer = newer_of(f);
    }
    crmi_truth t = crmi_truth_of(&c);
    bool altered = f->shadow && f->shadow->state == CRMI_SHADOW_UNVERIFIED &&
                   (c.moved == CRMI_MOVED_CRM || c.moved == CRMI_MOVED_BOTH);
    if (t.action == CRMI_ACTION_WRITE && fought(f)) {
        return (crmi_truth){CRMI_ACTION_NOTHING, CRMSYNC_REASON_FIELD_FIGHT, CRMI_BASE_FOUGHT};
    }
    if (t.action == CRMI_ACTION_NOTHING && t.base == CRMI_BASE_DIVERGE && hindrance(f)) {
        t.reason = hindrance(f);
    } else if (altered && t.action != CRMI_ACTION_WRITE && c.pair != CRMI_PAIR_EQUAL) {
        t.reason = CRMSYNC_REASON_CRM_ALTERED;
    }
    return t;
}

/* A base that says so already needs no writing. */
static uint32_t settled_base(const field_case *f, const crmi_truth *t)
{
    const crmi_shadow *s = f->shadow;
    if (!s || s == &f->borrowed || t->action != CRMI_ACTION_NOTHING) {
        return t->base;
    }
    bool same = crmi_cell_same(&s->l, &f->l) && crmi_cell_same(&s->c, &f->c);
    bool agreed = t->base == CRMI_BASE_AGREE && s->state == CRMI_SHADOW_AGREED;
    bool diverged = t->base == CRMI_BASE_DIVERGE && s->state == CRMI_SHADOW_DIVERGED;
    bool fight = t->base == CRMI_BASE_FOUGHT && s->state == CRMI_SHADOW_FOUGHT;
    return same && (agreed || diverged || fight) ? CRMI_BASE_KEEP : t->base;
}

/* false = no memory. */
static bool carry_out(const field_case *f, crmi_truth t, crmi_arena *arena, crmi_field_decision *d)
{
    if (t.action == CRMI_ACTION_WRITE) {
        d->crm_new = crmi_cell_blank(&f->l) ? crmi_cell_null() : f->sent;
    } else if (t.action == CRMI_ACTION_TAKE) {
        uint32_t result = crmi_to_local(f->m->env, f->field, f->rule, &f->c, arena, &d->local_new);
        if (result == CRMI_CONVERT_NOMEM) {
            return false;
        }
        if (result) {
            t = (crmi_truth){CRMI_ACTION_NOTHING, result, CRMI_BASE_DIVERGE};
        }
    }
    bool cut = t.action == CRMI_ACTION_WRITE && f->converted == CRMSYNC_REASON_CUT;
    bool empty = t.reason == CRMSYNC_REASON_EQUAL && crmi_cell_blank(&f->l);
    d->reason = cut ? CRMSYNC_REASON_CUT : empty ? CRMSYNC_REASON_BOTH_EMPTY : t.reason;
    d->base = settled_base(f, &t);
    return true;
}

/* A field of a new CRM record. What is not sent is remembered as such: see first_read(). */
static void create_remote(const field_case *f, crmi_field_decision *d)
{
    bool send = f->rule->export != CRMI_EXPORT_NEVER && f->writeable && !crmi_cell_blank(&f->l) &&
                crmi_converted(f->converted);
    d->base = dotted(f->rule->remote) ? CRMI_BASE_KEEP : CRMI_BASE_SENT;
    if (send) {
        d->crm_new = f->sent;
        d->reason = f->converted ? f->converted : CRMSYNC_REASON_FILLED;
        return;
    }
    d->reason = f->l.type == CRMSYNC_CELL_ABSENT       ? CRMSYNC_REASON_LOCAL_ABSENT
                : crmi_cell_blank(&f->l)               ? CRMSYNC_REASON_BOTH_EMPTY
                : f->rule->export == CRMI_EXPORT_NEVER ? CRMSYNC_REASON_NOT_FILLED
                : !f->writeable                        ? CRMSYNC_REASON_NOT_WRITEABLE
                                                       : f->converted;
}

static bool create_local(const field_case *f, crmi_arena *arena, crmi_field_decision *d)
{
    bool take = f->rule->import != CRMI_IMPORT_NEVER && !crmi_cell_blank(&f->c);
    d->base = CRMI_BASE_AGREE;
    d->reason = crmi_cell_blank(&f->c) ? CRMSYNC_REASON_BOTH_EMPTY : CRMSYNC_REASON_NOT_IMPORTED;
    if (!take) {
        return true;
    }
    uint32_t result = crmi_to_local(f->m->env, f->field, f->rule, &f->c, arena, &d->local_new);
    d->reason = result ? result : CRMSYNC_REASON_CRM_FILLS_LOCAL;
    d->base = result ? CRMI_BASE_DIVERGE : CRMI_BASE_AGREE;
    return result != CRMI_CONVERT_NOMEM;
}

/* The field cannot be decided at all: it is left alone on both sides, its base too. */
static uint32_t left_alone(const field_case *f)
{
    if (f->m->object && !f->field && !dotted(f->rule->remote)) {
        return CRMSYNC_REASON_INVISIBLE;
    }
    return f->m->crm.rows && f->c.type == CRMSYNC_CELL_ABSENT ? CRMSYNC_REASON_CRM_ABSENT : 0;
}

int32_t crmi_merge_one(const crmi_merge *m, const crmi_field_rule *rule,
                       const crmi_field_rule *pinned, crmi_fields *fields, crmsync_error **err)
{
    field_case f = {.m = m, .rule = rule};
    crmi_field_decision *d = crmi_fields_add(fields, rule->local, rule->remote);
    if (!d) {
        return crmi_fail_nomem(err);
    }
    f.field = m->object ? crmi_object_field(m->object, rule->remote) : NULL;
    f.l = m->local.rows ? crmi_record_get(m->local, rule->local) : crmi_cell_absent();
    f.c = m->crm.rows ? crmi_record_get(m->crm, rule->remote) : crmi_cell_null();
    f.writeable = writeable(&f);
    d->rule = pinned;
    d->local_old = f.l;
    d->crm_old = f.c;
    d->reason = left_alone(&f);
    if (d->reason) {
        return CRMSYNC_OK;
    }
    f.converted = crmi_to_crm(m->env, f.field, rule, &f.l, fields->arena, &f.sent);
    if (f.converted == CRMI_CONVERT_NOMEM) {
        return crmi_fail_nomem(err);
    }
    if (!m->crm.rows) {
        create_remote(&f, d);
        return CRMSYNC_OK;
    }
    if (!m->local.rows) {
        return create_local(&f, fields->arena, d) ? CRMSYNC_OK : crmi_fail_nomem(err);
    }
    f.shadow = shadow_of(&f);
    return carry_out(&f, decide(&f), fields->arena, d) ? CRMSYNC_OK : crmi_fail_nomem(err);
}

int32_t crmi_merge_fields(const crmi_merge *m, crmi_fields *fields, crmsync_error **err)
{
    int32_t code = CRMSYNC_OK;
    for (size_t i = 0; code == CRMSYNC_OK && i < m->rule->field_count; i++) {
        code = crmi_merge_one(m, &m->rule->fields[i], &m->rule->fields[i], fields, err);
    }
    return code;
}
