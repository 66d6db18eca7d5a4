#include "decide/explain.h"

#include "decide/plan.h"

/* What is asked of a record, in order. */
enum {
    STEP_RECORD,
    STEP_MATCH,
    STEP_KEY,
    STEP_ROUTE,
    STEP_ENABLED,
    STEP_SINGLE,
    STEP_OWNER,
    STEP_PARENT,
    STEP_REQUIRED,
    STEP_RESULT /* everything else a record can come to */
};

/* Passed, a step says this. */
static const struct {
    const char *name, *passed;
} steps[] = {
    [STEP_RECORD] = {"record", "the record is there, and it takes part"},
    [STEP_MATCH] = {"match", "no counterpart was found in Salesforce"},
    [STEP_KEY] = {"key", "it has a key to be found by"},
    [STEP_ROUTE] = {"route", "the object it becomes is chosen"},
    [STEP_ENABLED] = {"enabled", "the configuration enables the operation"},
    [STEP_SINGLE] = {"single", "no other local record stands for it"},
    [STEP_OWNER] = {"owner", "nothing is missing for its owner"},
    [STEP_PARENT] = {"parent", "its parent is there, or is made before it"},
    [STEP_REQUIRED] = {"required", "every required field has a value"},
};

/* Where a record stops. */
static const struct {
    uint32_t reason, step;
} stops[] = {
    {CRMSYNC_REASON_LOCAL_GONE, STEP_RECORD},
    {CRMSYNC_REASON_DO_NOT_SYNC, STEP_RECORD},
    {CRMSYNC_REASON_NOT_IN_SEGMENT, STEP_RECORD},
    {CRMSYNC_REASON_SUPPRESSED, STEP_RECORD},
    {CRMSYNC_REASON_EXCLUDED, STEP_RECORD},
    {CRMSYNC_REASON_INVALID_RECORD, STEP_RECORD},
    {CRMSYNC_REASON_KIND_DISABLED, STEP_RECORD},
    {CRMSYNC_REASON_NOTHING_TO_LOG, STEP_RECORD},
    {CRMSYNC_REASON_DELETED_UNLINKED, STEP_RECORD},
    {CRMSYNC_REASON_CONVERTED_UNLINKED, STEP_RECORD},
    {CRMSYNC_REASON_LOOKUP_UNKNOWN, STEP_MATCH},
    {CRMSYNC_REASON_AMBIGUOUS, STEP_MATCH},
    {CRMSYNC_REASON_KEY_COLLISION, STEP_MATCH},
    {CRMSYNC_REASON_INACTIVE, STEP_MATCH},
    {CRMSYNC_REASON_TOMBSTONE, STEP_MATCH},
    {CRMSYNC_REASON_CONVERTED_HIDDEN, STEP_MATCH},
    {CRMSYNC_REASON_VANISHED, STEP_MATCH},
    {CRMSYNC_REASON_PERMISSION_LOSS, STEP_MATCH},
    {CRMSYNC_REASON_NO_KEY, STEP_KEY},
    {CRMSYNC_REASON_ROUTE_NONE, STEP_ROUTE},
    {CRMSYNC_REASON_UNMAPPED_STATUS, STEP_ROUTE},
    {CRMSYNC_REASON_OP_DISABLED, STEP_ENABLED},
    {CRMSYNC_REASON_OBJECT_MISSING, STEP_ENABLED},
    {CRMSYNC_REASON_LOCAL_DUPLICATE, STEP_SINGLE},
    {CRMSYNC_REASON_CLAIMED_ELSEWHERE, STEP_SINGLE},
    {CRMSYNC_REASON_OWNER_REQUIRED, STEP_OWNER},
    {CRMSYNC_REASON_WAITING_PARENT, STEP_PARENT},
    {CRMSYNC_REASON_WAITING_PERSON, STEP_PARENT},
    {CRMSYNC_REASON_ORPHAN, STEP_PARENT},
    {CRMSYNC_REASON_REQUIRED_MISSING, STEP_REQUIRED},
    {CRMSYNC_REASON_VALUE_REFUSED, STEP_REQUIRED},
};

static void text_member(crmi_jw *w, const char *name, crmsync_str s)
{
    if (s.len) {
        crmi_jw_member_text(w, name, s);
    }
}

void crmi_step_write(crmi_jw *w, const crmi_step *step)
{
    crmsync_str text = crmi_str(step->text);
    crmsync_str remedy = step->remedy;
    if (step->reason) {
        text = text.len ? text : crmi_str(crmsync_reason_text(step->reason));
        remedy = remedy.len ? remedy : crmi_str(crmsync_reason_remedy(step->reason));
    }
    crmi_jw_object(w);
    crmi_jw_member_text(w, "step", crmi_str(step->step));
    crmi_jw_member_text(w, "answer", crmi_str(step->answer));
    text_member(w, "object", step->object);
    text_member(w, "local", step->local);
    text_member(w, "remote", step->remote);
    text_member(w, "reason",
                step->reason ? crmi_str(crmsync_reason_name(step->reason)) : CRMI_STR_EMPTY);
    text_member(w, "text", text);
    text_member(w, "remedy", remedy);
    text_member(w, "detail", step->detail);
    crmi_jw_object_end(w);
}

static uint32_t stop_of(const crmi_decision *d)
{
    for (size_t i = 0; i < sizeof(stops) / sizeof(stops[0]); i++) {
        if (stops[i].reason == d->reason) {
            return stops[i].step;
        }
    }
    return STEP_RESULT;
}

/* Some questions are only asked of some records. */
static bool asked(const crmi_decision *d, uint32_t step)
{
    bool create = d->crm_op == CRMI_OP_CREATE;
    bool out = d->direction == CRMSYNC_DIRECTION_OUT;
    switch (step) {
    case STEP_KEY:
    case STEP_ROUTE: return out && !d->rule && crmi_str_is(d->kind, "person");
    case STEP_SINGLE: return out;
    case STEP_OWNER:
    case STEP_REQUIRED: return create;
    case STEP_PARENT: return d->parent != CRMI_NO_DECISION;
    default: return true;
    }
}

static void write_passed(crmi_jw *w, const crmi_decision *d, uint32_t step)
{
    crmi_step s = {.step = steps[step].name, .answer = "yes", .text = steps[step].passed};
    if (step == STEP_MATCH && d->rule) {
        s.reason = d->rule;
        s.text = NULL;
        s.detail = d->crm_id;
    } else if (step == STEP_MATCH) {
        s.answer = "no";
        s.text = d->direction == CRMSYNC_DIRECTION_IN ? "no local record was found for it" : s.text;
    }
    if (step >= STEP_ROUTE || (step == STEP_MATCH && d->rule)) {
        s.object = d->object;
    }
    crmi_step_write(w, &s);
}

static const char *field_answer(const crmi_decision *d, const crmi_field_decision *f)
{
    bool follows = f->reason == CRMSYNC_REASON_PARENT_SET && d->parent != CRMI_NO_DECISION;
    bool out = f->crm_new.type != CRMSYNC_CELL_ABSENT || follows;
    bool in = f->local_new.type != CRMSYNC_CELL_ABSENT;
    return out && in ? "both" : out ? "written" : in ? "saved" : "left";
}

static void write_fields(crmi_jw *w, const crmi_decision *d)
{
    for (size_t i = 0; i < d->field_count; i++) {
        const crmi_field_decision *f = &d->fields[i];
        crmi_step s = {.step = "field",
                       .answer = field_answer(d, f),
                       .local = f->local,
                       .remote = f->remote,
                       .reason = f->reason};
        crmi_step_write(w, &s);
    }
}

void crmi_explain_decision(crmi_jw *w, const crmi_decision *d)
{
    uint32_t stop = stop_of(d);
    for (uint32_t step = STEP_RECORD; step < STEP_RESULT && step < stop; step++) {
        if (asked(d, step)) {
            write_passed(w, d, step);
        }
    }
    bool acts = d->crm_op != CRMI_OP_NONE || d->local_op != CRMI_OP_NONE || d->link;
    crmi_step s = {.step = stop == STEP_RESULT ? "result" : steps[stop].name,
                   .answer = stop == STEP_RESULT && acts ? "yes" : "no",
                   .object = d->object,
                   .reason = d->reason,
                   .detail = d->detail};
    if (stop != STEP_RESULT) {
        crmi_step_write(w, &s);
    }
    write_fields(w, d);
    if (stop == STEP_RESULT) {
        crmi_step_write(w, &s);
    }
}

/* ---- what the configuration has to say ---- */

static void write_direction(crmi_jw *w, const char *step, const char *object, bool create,
                            bool update, const char *const words[3])
{
    crmi_step s = {.step = step, .answer = "yes", .object = crmi_str(object)};
    if (create || update) {
        s.text = words[create && update ? 0 : create ? 1 : 2];
    } else {
        s.answer = "no";
        s.reason = CRMSYNC_REASON_OP_DISABLED;
    }
    crmi_step_write(w, &s);
}

void crmi_explain_directions(crmi_jw *w, const crmsync_config *config, crmsync_str kind)
{
    static const char *const in[] = {"new records and changes are imported",
                                     "new records are imported, changes are not",
                                     "changes are imported, new records are not"};
    static const char *const out[] = {"new records and changes are exported",
                                      "new records are exported, changes are not",
                                      "changes are exported, new records are not"};
    for (uint32_t i = 0; i < CRMI_OBJECT_LAST; i++) {
        const crmi_object_rule *rule = &config->objects[i];
        const crmi_crm_object *crm = crmi_crm_object_at(i);
        if (!crmi_str_is(kind, crm->local_kind)) {
            continue;
        }
        write_direction(w, "import", crm->name, rule->enabled && rule->in_create,
                        rule->enabled && rule->in_update, in);
        if (crm->writeable) {
            write_direction(w, "export", crm->name, rule->enabled && rule->out_create,
                            rule->enabled && rule->out_update, out);
        }
    }
}

/* Fields with a rule of their own, or that are no values of the record. */
static bool known(const crmsync_config *config, const crmi_object_rule *rule, crmsync_str field)
{
    const crmi_local_names *l = &config->local;
    const crmsync_str names[] = {
        CRMI_STR("id"),       CRMI_STR("rev"), CRMI_STR("origin"), CRMI_STR("deleted"),
        CRMI_STR("inactive"), l->company_id,   l->owner,           l->crm_id,
        l->do_not_sync,       l->status,       rule->status.local,
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (names[i].len && crmi_str_eq(names[i], field)) {
            return true;
        }
    }
    return crmi_object_rule_by_local(rule, field) || crmi_str_ends(field, "@changed");
}

void crmi_explain_unmapped(crmi_jw *w, const crmsync_config *config, crmsync_str object,
                           crmi_record local)
{
    const crmi_object_rule *rule = crmi_config_object(config, object);
    for (size_t i = 0; rule && local.rows && i < crmsync_rows_field_count(local.rows); i++) {
        crmsync_str field = crmsync_rows_field(local.rows, i);
        crmsync_cell cell = crmi_record_get(local, field);
        if (cell.type == CRMSYNC_CELL_ABSENT || known(config, rule, field)) {
            continue;
        }
        crmi_step s = {.step = "field",
                       .answer = "left",
                       .object = object,
                       .local = field,
                       .reason = CRMSYNC_REASON_NOT_MAPPED};
        crmi_step_write(w, &s);
    }
}

/* ---- one operation of a plan ---- */

int32_t crmsync_plan_explain(const crmsync_plan *plan, size_t i, crmsync_write_fn write, void *ctx,
                             crmsync_error **err)
{
    crmi_buf b;
    if (!plan || !write || i >= plan->page->count) {
        return crmi_fail(err, CRMSYNC_E_INVALID,
                         "a plan, one of its operations and a writer are "
                         "needed");
    }
    crmi_decision d = plan->page->items[i];
    if (crmi_plan_excluded(plan, i)) {
        d.reason = CRMSYNC_REASON_EXCLUDED;
        d.outcome = crmsync_reason_outcome(d.reason);
        d.field_count = 0;
    }
    crmi_buf_init(&b, &plan->alloc);
    crmi_jw w = crmi_jw_to(&b);
    crmi_jw_object(&w);
    crmi_jw_member_u64(&w, "operation", i);
    text_member(&w, "kind", d.kind);
    text_member(&w, "id", d.local_id);
    text_member(&w, "object", d.object);
    text_member(&w, "crm_id", d.crm_id);
    crmi_jw_member_text(&w, "outcome", crmi_str(crmsync_outcome_name(d.outcome)));
    crmi_jw_member_text(&w, "reason", crmi_str(crmsync_reason_name(d.reason)));
    crmi_jw_member_array(&w, "steps");
    crmi_explain_decision(&w, &d);
    crmi_jw_array_end(&w);
    crmi_jw_object_end(&w);
    int32_t code = crmi_buf_ok(&b) ? write(ctx, crmi_buf_str(&b)) : CRMSYNC_E_NOMEM;
    crmi_buf_clear(&b);
    if (code == CRMSYNC_E_NOMEM) {
        return crmi_fail_nomem(err);
    }
    return code == CRMSYNC_OK ? code : crmi_fail(err, code, "the steps could not be written");
}
