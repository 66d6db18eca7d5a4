#include "decide/merge_field.h"

/* A host that knows when its user changed a field says so in `<field>@changed`. */
static uint32_t newer_of(const crmi_field_case *f)
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

/* A checkbox or a required field is never empty: REQUIRED_FIELD_MISSING otherwise. */
static bool clearable(const crmi_field_case *f)
{
    return !f->field || (f->field->flags & CRMI_FIELD_NILLABLE) || !crmi_cell_blank(&f->l);
}

/* Why a rule that would have written could not. */
static uint32_t hindrance(const crmi_field_case *f)
{
    if (f->rule->export == CRMI_EXPORT_NEVER || !f->m->out || crmi_cell_blank(&f->l)) {
        return 0;
    }
    if (!f->writeable) {
        return crmi_case_dotted(f->rule->remote) ? 0 : CRMSYNC_REASON_NOT_WRITEABLE;
    }
    return crmi_converted(f->converted) ? 0 : f->converted;
}

/* The org set this by itself on our create: it fills what is empty here and replaces nothing. */
static crmi_truth first_read(const crmi_field_case *f)
{
    bool fills = crmi_cell_blank(&f->l) && !crmi_cell_blank(&f->c) && f->m->in &&
                 f->rule->import != CRMI_IMPORT_NEVER;
    if (fills) {
        return (crmi_truth){CRMI_ACTION_TAKE, CRMSYNC_REASON_CRM_FILLS_LOCAL, CRMI_BASE_AGREE};
    }
    return (crmi_truth){CRMI_ACTION_NOTHING, CRMSYNC_REASON_ADOPTED, CRMI_BASE_ADOPT_CRM};
}

static crmi_truth secondary(const crmi_field_case *f)
{
    if (crmi_case_pair(f) == CRMI_PAIR_LOCAL_EMPTY && !f->shadow) {
        return first_read(f);
    }
    return (crmi_truth){CRMI_ACTION_NOTHING, CRMSYNC_REASON_SECONDARY, CRMI_BASE_DIVERGE};
}

static bool is_true(const crmsync_cell *cell)
{
    return cell->type == CRMSYNC_CELL_BOOL && cell->number;
}

bool crmi_is_consent(const crmi_local_names *names, crmsync_str local)
{
    return (names->opt_out.len && crmi_str_eq(local, names->opt_out)) ||
           (names->do_not_contact.len && crmi_str_eq(local, names->do_not_contact));
}

/* One word of "do not contact me" is enough, on whichever record it was said: no rule that fills or
 * prefers, and no false that is newer, undoes it. true = decided. */
static bool consent(const crmi_field_case *f, crmi_truth *t)
{
    bool role = crmi_is_consent(&f->m->env->config->local, f->rule->local);
    bool here = is_true(&f->l), there = is_true(&f->c);
    if (!role || here == there) {
        return false;
    }
    bool write = here && f->m->out && f->writeable && f->rule->export != CRMI_EXPORT_NEVER;
    bool take = there && f->m->in && f->rule->import != CRMI_IMPORT_NEVER;
    *t = write  ? (crmi_truth){CRMI_ACTION_WRITE, CRMSYNC_REASON_CONSENT_WITHDRAWN, CRMI_BASE_SENT}
         : take ? (crmi_truth){CRMI_ACTION_TAKE, CRMSYNC_REASON_CONSENT_WITHDRAWN, CRMI_BASE_AGREE}
                : (crmi_truth){CRMI_ACTION_NOTHING, CRMSYNC_REASON_DIVERGED, CRMI_BASE_DIVERGE};
    return true;
}

/* What the truth table says of the field. */
static crmi_truth look_up(const crmi_field_case *f, bool unsent)
{
    crmi_truth_case c = {
        .pair = crmi_case_pair(f),
        .moved = unsent && crmi_case_local_moved(f) ? CRMI_MOVED_LOCAL : crmi_case_moved(f),
        .import = f->m->in ? f->rule->import : CRMI_IMPORT_NEVER,
        .export_rule = crmi_case_export(f),
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
    if (altered && t.action != CRMI_ACTION_WRITE && c.pair != CRMI_PAIR_EQUAL) {
        t.reason = CRMSYNC_REASON_CRM_ALTERED;
    }
    return t;
}

/* Salesforce would have been written, and the reason tells why it is not. */
static bool hindered(const crmi_field_case *f, const crmi_truth *t, bool combines)
{
    bool half = t->action == CRMI_ACTION_TAKE && f->combined.type != CRMSYNC_CELL_ABSENT;
    bool nothing = t->action == CRMI_ACTION_NOTHING && (t->base == CRMI_BASE_DIVERGE || combines);
    return (half || nothing) && hindrance(f);
}

/* false = no memory. */
static bool decide(crmi_field_case *f, crmi_truth *t)
{
    bool done = false;
    bool unsent = f->shadow && f->shadow->c.type == CRMSYNC_CELL_ABSENT;
    if (consent(f, t)) {
        return true;
    }
    if (f->m->fill_only) {
        *t = secondary(f);
        return true;
    }
    if (!crmi_case_reduce(f, unsent, &done, t)) {
        return false;
    }
    if (!done && unsent && crmi_case_pair(f) != CRMI_PAIR_EQUAL && !crmi_case_local_moved(f)) {
        *t = first_read(f);
        return true;
    }
    if (!done) {
        *t = look_up(f, unsent);
    }
    if (t->action == CRMI_ACTION_WRITE && crmi_case_fought(f)) {
        *t = (crmi_truth){CRMI_ACTION_NOTHING, CRMSYNC_REASON_FIELD_FIGHT, CRMI_BASE_FOUGHT};
    } else if (hindered(f, t, done)) {
        t->reason = hindrance(f);
    }
    if (t->action == CRMI_ACTION_NOTHING && f->unmade) {
        t->reason = f->unmade;
    }
    return true;
}

/* false = no memory. */
static bool carry_out(const crmi_field_case *f, crmi_truth t, crmi_arena *arena,
                      crmi_field_decision *d)
{
    if (t.action == CRMI_ACTION_WRITE) {
        d->crm_new = crmi_cell_blank(&f->l) ? crmi_cell_null() : f->sent;
    }
    if (t.action != CRMI_ACTION_NOTHING && f->combined.type != CRMSYNC_CELL_ABSENT) {
        d->local_new = f->combined;
    } else if (t.action == CRMI_ACTION_TAKE) {
        uint32_t result = crmi_to_local(f->m->env, f->field, f->rule, &f->c, arena, &d->local_new);
        if (result == CRMI_CONVERT_NOMEM) {
            return false;
        }
        if (result) {
            t = (crmi_truth){CRMI_ACTION_NOTHING, result, CRMI_BASE_DIVERGE};
        }
    }
    bool lossy = t.action == CRMI_ACTION_WRITE && f->converted && f->l.type > CRMSYNC_CELL_NULL;
    bool empty = t.reason == CRMSYNC_REASON_EQUAL && crmi_cell_blank(&f->l) &&
                 crmi_cell_blank(&f->c);
    d->reason = lossy ? f->converted : empty ? CRMSYNC_REASON_BOTH_EMPTY : t.reason;
    d->base = crmi_case_base(f, &t);
    return true;
}

/* A field of a new CRM record. What is not sent is remembered as such: see first_read(). */
static void create_remote(const crmi_field_case *f, crmi_field_decision *d)
{
    bool send = f->rule->export != CRMI_EXPORT_NEVER && f->writeable && !crmi_cell_blank(&f->l) &&
                crmi_converted(f->converted);
    d->base = crmi_case_dotted(f->rule->remote) ? CRMI_BASE_KEEP : CRMI_BASE_SENT;
    if (send) {
        d->crm_new = f->sent;
        d->reason = f->converted ? f->converted : CRMSYNC_REASON_FILLED;
        return;
    }
    d->reason = f->unmade                              ? f->unmade
                : f->l.type == CRMSYNC_CELL_ABSENT     ? CRMSYNC_REASON_LOCAL_ABSENT
                : crmi_cell_blank(&f->l)               ? CRMSYNC_REASON_BOTH_EMPTY
                : f->rule->export == CRMI_EXPORT_NEVER ? CRMSYNC_REASON_NOT_FILLED
                : !f->writeable                        ? CRMSYNC_REASON_NOT_WRITEABLE
                                                       : f->converted;
}

static bool create_local(const crmi_field_case *f, crmi_arena *arena, crmi_field_decision *d)
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
static uint32_t left_alone(const crmi_field_case *f)
{
    if (f->m->object && !f->field && !crmi_case_dotted(f->rule->remote)) {
        return CRMSYNC_REASON_INVISIBLE;
    }
    return f->m->crm.rows && f->c.type == CRMSYNC_CELL_ABSENT ? CRMSYNC_REASON_CRM_ABSENT : 0;
}

/* Both sides hold the same, and nothing would become of it on the way. */
static bool alike(const crmi_field_rule *rule, const crmsync_cell *l, const crmsync_cell *c)
{
    return crmi_rule_plain(rule) && l->type > CRMSYNC_CELL_NULL && crmi_cell_same(l, c);
}

/* Decides a field whose values are at hand: f->l and f->c as they were read. */
static int32_t merge_case(crmi_field_case *f, const crmi_field_rule *pinned,
                          crmi_field_decision *d, crmsync_error **err)
{
    const crmi_merge *m = f->m;
    f->writeable = crmi_case_writeable(f);
    d->rule = pinned;
    d->local_old = f->l;
    d->crm_old = f->c;
    f->l = crmi_case_settled(f->rule, f->l);
    f->c = crmi_case_settled(f->rule, f->c);
    d->reason = left_alone(f);
    if (d->reason) {
        return CRMSYNC_OK;
    }
    if (alike(f->rule, &f->l, &f->c)) {
        f->sent = f->l;
    } else {
        f->converted = crmi_to_crm(m->env, f->field, f->rule, &f->l, f->arena, &f->sent);
    }
    if (f->converted == CRMI_CONVERT_NOMEM || f->unmade == CRMI_CONVERT_NOMEM) {
        return crmi_fail_nomem(err);
    }
    if (!m->crm.rows) {
        create_remote(f, d);
        return CRMSYNC_OK;
    }
    if (!m->local.rows) {
        return create_local(f, f->arena, d) ? CRMSYNC_OK : crmi_fail_nomem(err);
    }
    crmi_case_take_shadow(f);
    crmi_truth t;
    return decide(f, &t) && carry_out(f, t, f->arena, d) ? CRMSYNC_OK : crmi_fail_nomem(err);
}

/* Which record type the record is of: as it stands, as the configuration says of new ones, or empty
 * for the one that new ones get by themselves. */
static crmsync_str record_type_of(const crmi_merge *m)
{
    const crmsync_str name = CRMI_STR("RecordTypeId");
    if (m->crm.rows) {
        return crmi_record_get(m->crm, name).text;
    }
    const crmi_field_rule *rule = crmi_object_rule_by_remote(m->rule, name);
    for (size_t i = 0; !rule && i < m->rule->required_default_count; i++) {
        if (crmi_str_eq_ci(m->rule->required_defaults[i].local, name)) {
            return m->rule->required_defaults[i].remote;
        }
    }
    return rule ? rule->constant : CRMI_STR_EMPTY;
}

const crmi_field *crmi_merge_field(const crmi_merge *m, crmsync_str remote)
{
    return m->object ? crmi_object_field_as(m->object, remote, record_type_of(m)) : NULL;
}

int32_t crmi_merge_one(const crmi_merge *m, const crmi_field_rule *rule,
                       const crmi_field_rule *pinned, crmi_fields *fields, crmsync_error **err)
{
    crmi_field_case f = {.m = m, .rule = rule, .at = fields->count, .arena = fields->arena};
    crmi_field_decision *d = crmi_fields_add(fields, rule->local, rule->remote);
    if (!d) {
        return crmi_fail_nomem(err);
    }
    f.field = crmi_merge_field(m, rule->remote);
    f.unmade = crmi_field_source(m, rule, f.field, fields->arena, &f.l);
    f.c = m->crm.rows ? crmi_record_get(m->crm, rule->remote) : crmi_cell_null();
    return merge_case(&f, pinned, d, err);
}

/* The cells of both records. */
typedef struct merge_cells {
    const crmsync_cell *local, *crm; /* NULL = no record */
} merge_cells;

static const crmsync_cell absent_cell = {{NULL, 0}, 0, CRMSYNC_CELL_ABSENT, 0};
static const crmsync_cell null_cell = {{NULL, 0}, 0, CRMSYNC_CELL_NULL, 0};

static const crmsync_cell *cell_at(const crmsync_cell *cells, int32_t at)
{
    return cells && at >= 0 ? &cells[at] : &absent_cell;
}

/*
 * Most fields of most records: both sides hold what they held when they last agreed. Told without
 * the table of truth, which says the same.
 */
static bool untouched(const crmi_merge *m, size_t i, const crmsync_cell *l, const crmsync_cell *c,
                      uint32_t *reason)
{
    if (!m->target || m->fill_only || !m->mapping->fields[i].plain ||
        l->type == CRMSYNC_CELL_ABSENT || !crmi_cell_same(l, c)) {
        return false;
    }
    const crmi_shadow *s = crmi_case_shadow(m->target, &m->rule->fields[i], i);
    *reason = crmi_cell_blank(l) ? CRMSYNC_REASON_BOTH_EMPTY : CRMSYNC_REASON_EQUAL;
    return s && s->state == CRMI_SHADOW_AGREED && crmi_cell_same(&s->c, c) &&
           crmi_cell_same(&s->l, l) && crmi_str_eq(s->local, m->rule->fields[i].local);
}

static int32_t merge_mapped(const crmi_merge *m, size_t i, merge_cells cells, crmi_fields *fields,
                            crmsync_error **err)
{
    const crmi_field_rule *rule = &m->rule->fields[i];
    const crmi_mapped_field *at = &m->mapping->fields[i];
    const crmsync_cell *l = cell_at(cells.local, at->local);
    const crmsync_cell *c = cells.crm ? cell_at(cells.crm, at->crm) : &null_cell;
    uint32_t reason;
    crmi_field_decision *d = crmi_fields_add(fields, rule->local, rule->remote);
    if (!d) {
        return crmi_fail_nomem(err);
    }
    if (cells.crm && untouched(m, i, l, c, &reason)) {
        d->rule = rule;
        d->local_old = *l;
        d->crm_old = *c;
        d->reason = reason;
        d->base = CRMI_BASE_KEEP;
        return CRMSYNC_OK;
    }
    const crmi_field *field = at->field;
    if (field && field->value_count && m->object->record_type_count > 1) {
        field = crmi_merge_field(m, rule->remote);
    }
    crmi_field_case f = {.m = m, .rule = rule, .at = i, .arena = fields->arena, .field = field};
    f.l = *l;
    f.c = *c;
    if (at->sourced) {
        f.unmade = crmi_field_source(m, rule, f.field, fields->arena, &f.l);
    }
    return merge_case(&f, rule, d, err);
}

int32_t crmi_merge_fields(const crmi_merge *m, crmi_fields *fields, crmsync_error **err)
{
    int32_t code = CRMSYNC_OK;
    merge_cells cells = {crmi_record_cells(m->local), crmi_record_cells(m->crm)};
    if (m->mapping) {
        crmi_mapping_turn(m->mapping, m->local.rows, m->crm.rows);
    }
    for (size_t i = 0; code == CRMSYNC_OK && i < m->rule->field_count; i++) {
        const crmi_field_rule *rule = &m->rule->fields[i];
        code = m->mapping ? merge_mapped(m, i, cells, fields, err)
                          : crmi_merge_one(m, rule, rule, fields, err);
    }
    return code;
}
