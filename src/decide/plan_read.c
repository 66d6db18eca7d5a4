/*
 * Reading a plan back. Whoever kept the file may have changed it: every name, id and reference is
 * checked, and no operation may say what no decision says.
 */
#include "decide/plan_reader.h"

#include "base/json.h"

#define MAX_FIELDS 1000u
#define MAX_LIST   1000u

static bool field_name(crmsync_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!word && c != '_' && c != '.') {
            return false;
        }
    }
    return s.len > 0;
}

static int32_t read_field(crmi_plan_reader *r, const yyjson_val *o, crmi_field_decision *f)
{
    struct {
        const char *name;
        crmsync_cell *cell;
    } cells[] = {
        {"local_old", &f->local_old},
        {"local_new", &f->local_new},
        {"crm_old", &f->crm_old},
        {"crm_new", &f->crm_new},
    };
    if (!yyjson_is_obj((yyjson_val *)o)) {
        return crmi_plan_bad(r, "", "must be an object");
    }
    int32_t code = crmi_plan_read_text(r, o, "local", 255, false, &f->local);
    if (code == CRMSYNC_OK) {
        code = crmi_plan_read_text(r, o, "remote", 255, true, &f->remote);
    }
    if (code == CRMSYNC_OK && !field_name(f->remote)) {
        code = crmi_plan_bad(r, "remote", "is no field name");
    }
    for (size_t i = 0; code == CRMSYNC_OK && i < 4; i++) {
        code = crmi_plan_read_cell(r, o, cells[i].name, cells[i].cell);
    }
    if (code == CRMSYNC_OK) {
        code = crmi_plan_read_reason(r, o, "reason", CRMI_REASON_OF_FIELD, false, &f->reason);
    }
    if (code == CRMSYNC_OK) {
        code = crmi_plan_read_word(r, o, "base", crmi_plan_bases, &f->base);
    }
    if (code == CRMSYNC_OK && f->local_new.type != CRMSYNC_CELL_ABSENT && !f->local.len) {
        code = crmi_plan_bad(r, "local", "is needed where the host's record is written");
    }
    return code;
}

static int32_t read_fields(crmi_plan_reader *r, const yyjson_val *o, crmi_decision *d)
{
    yyjson_val *list = crmi_json_member(o, "fields");
    size_t n = yyjson_arr_size(list);
    int32_t code = CRMSYNC_OK;
    if (!list || !yyjson_is_arr(list) || n > MAX_FIELDS) {
        return crmi_plan_bad(r, "fields", "must be a list of fields");
    }
    d->fields = crmi_arena_array(r->arena, n + 1, sizeof(*d->fields));
    if (!d->fields) {
        return crmi_fail_nomem(r->err);
    }
    r->in_field = true;
    for (size_t i = 0; code == CRMSYNC_OK && i < n; i++) {
        r->field = i;
        code = read_field(r, yyjson_arr_get(list, i), &d->fields[i]);
        for (size_t k = 0; code == CRMSYNC_OK && k < i; k++) {
            if (crmi_str_eq_ci(d->fields[k].remote, d->fields[i].remote) &&
                crmi_str_eq(d->fields[k].local, d->fields[i].local)) {
                code = crmi_plan_bad(r, "remote", "is listed twice");
            }
        }
    }
    r->in_field = false;
    d->field_count = n;
    return code;
}

static int32_t read_others(crmi_plan_reader *r, const yyjson_val *o, crmi_decision *d)
{
    yyjson_val *list = crmi_json_member(o, "others");
    size_t n = yyjson_arr_size(list);
    int32_t code = CRMSYNC_OK;
    if (!list) {
        return CRMSYNC_OK;
    }
    d->others = n <= MAX_LIST ? crmi_arena_array(r->arena, n + 1, sizeof(*d->others)) : NULL;
    if (!d->others) {
        return n <= MAX_LIST ? crmi_fail_nomem(r->err) : crmi_plan_bad(r, "others", "is too long");
    }
    for (size_t i = 0; code == CRMSYNC_OK && i < n; i++) {
        yyjson_val *item = yyjson_arr_get(list, i);
        code = crmi_plan_read_text(r, item, "object", 80, true, &d->others[i].object);
        if (code == CRMSYNC_OK) {
            code = crmi_plan_read_id(r, item, "id", &d->others[i].id);
        }
        if (code == CRMSYNC_OK) {
            code = crmi_plan_read_word(r, item, "state", crmi_plan_states, &d->others[i].state);
        }
        if (code == CRMSYNC_OK) {
            code = crmi_plan_read_id(r, item, "moved_to", &d->others[i].moved_to);
        }
    }
    d->other_count = n;
    return code;
}

static int32_t read_lists(crmi_plan_reader *r, const yyjson_val *o, crmi_decision *d)
{
    yyjson_val *flags = crmi_json_member(o, "flags");
    yyjson_val *claims = crmi_json_member(o, "claims");
    size_t n = yyjson_arr_size(claims);
    for (size_t i = 0; i < yyjson_arr_size(flags); i++) {
        uint32_t flag = 0;
        if (!crmi_word_number(crmi_plan_flags, crmi_json_text(yyjson_arr_get(flags, i)), &flag)) {
            return crmi_plan_bad(r, "flags", "has an unknown flag");
        }
        d->flags |= flag;
    }
    crmsync_str *texts = n <= MAX_LIST ? crmi_arena_array(r->arena, n + 1, sizeof(*texts)) : NULL;
    if (!texts) {
        return n <= MAX_LIST ? crmi_fail_nomem(r->err) : crmi_plan_bad(r, "claims", "is too long");
    }
    for (size_t i = 0; i < n; i++) {
        crmsync_str text = crmi_json_text(yyjson_arr_get(claims, i));
        if (!text.len || text.len > 2 * CRMSYNC_KEY_MAX) {
            return crmi_plan_bad(r, "claims", "must be natural keys");
        }
        if (!crmi_arena_str(r->arena, text, &texts[i])) {
            return crmi_fail_nomem(r->err);
        }
    }
    d->claims = texts;
    d->claim_count = n;
    return read_others(r, o, d);
}

/* What no decision ever says: a create of what exists, an update of nothing, a write of a hold. */
static int32_t check_fit(crmi_plan_reader *r, const crmi_decision *d)
{
    bool write = d->crm_op != CRMI_OP_NONE;
    bool acts = write || d->local_op != CRMI_OP_NONE;
    if (d->crm_op == CRMI_OP_DEACTIVATE) {
        return crmi_plan_bad(r, "crm_op", "is an operation of the host's side only");
    }
    if (write && !d->object.len) {
        return crmi_plan_bad(r, "object", "is needed for a write");
    }
    if ((d->crm_op == CRMI_OP_CREATE && d->crm_id.len) ||
        (d->crm_op == CRMI_OP_UPDATE && !d->crm_id.len)) {
        return crmi_plan_bad(r, "crm_id", "does not fit the operation");
    }
    if ((d->local_op == CRMI_OP_UPDATE || d->local_op == CRMI_OP_DEACTIVATE) && !d->local_id.len) {
        return crmi_plan_bad(r, "local_id", "is needed for a local write");
    }
    const crmi_crm_object *named = crmi_crm_object_named(d->object);
    if (d->crm_id.len && named && !crmi_str_starts(d->crm_id, named->prefix)) {
        return crmi_plan_bad(r, "crm_id", "is the id of another object");
    }
    if (write && named && !named->writeable && !named->by_phase) {
        return crmi_plan_bad(r, "object", "is never written by this library");
    }
    if (acts && crmsync_reason_outcome(d->reason) >= CRMSYNC_OUTCOME_SKIPPED) {
        return crmi_plan_bad(r, "reason",
                             "says that nothing is done, but the operation does something");
    }
    return CRMSYNC_OK;
}

static int32_t read_operation(crmi_plan_reader *r, const yyjson_val *o)
{
    crmi_decision *d = &r->plan->own.items[r->op];
    crmsync_str outcome = crmi_json_member_text(o, "outcome");
    uint64_t input = 0;
    int32_t code =
        yyjson_is_obj((yyjson_val *)o) ? CRMSYNC_OK : crmi_plan_bad(r, "", "must be an object");
#define STEP(call)                                                                                 \
    if (code == CRMSYNC_OK) {                                                                      \
        code = (call);                                                                             \
    }
    STEP(crmi_plan_read_word(r, o, "direction", crmi_plan_directions, &d->direction))
    STEP(crmi_plan_read_text(r, o, "kind", 80, true, &d->kind))
    STEP(crmi_plan_read_text(r, o, "local_id", 128, false, &d->local_id))
    STEP(crmi_plan_read_text(r, o, "rev", 128, false, &d->rev))
    STEP(crmi_plan_read_text(r, o, "object", 80, false, &d->object))
    STEP(crmi_plan_read_id(r, o, "crm_id", &d->crm_id))
    STEP(crmi_plan_read_word(r, o, "crm_op", crmi_plan_ops, &d->crm_op))
    STEP(crmi_plan_read_word(r, o, "local_op", crmi_plan_ops, &d->local_op))
    STEP(crmi_plan_read_reason(r, o, "reason", CRMI_REASON_OF_RECORD, true, &d->reason))
    STEP(crmi_plan_read_reason(r, o, "rule", CRMI_REASON_OF_MATCH, false, &d->rule))
    STEP(crmi_plan_read_index(r, o, "parent", r->op, &d->parent))
    STEP(crmi_plan_read_text(r, o, "parent_field", 255, false, &d->parent_field))
    STEP(crmi_plan_read_index(r, o, "same_as", r->op, &d->same_as))
    STEP(crmi_plan_read_text(r, o, "slot", 80, false, &d->slot))
    STEP(crmi_plan_read_text(r, o, "detail", 2000, false, &d->detail))
    STEP(read_lists(r, o, d))
    STEP(read_fields(r, o, d))
#undef STEP
    if (code != CRMSYNC_OK) {
        return code;
    }
    d->link = crmi_json_member_bool(o, "link", false);
    d->outcome = crmsync_reason_outcome(d->reason);
    r->plan->excluded[r->op] = crmi_json_member_bool(o, "excluded", false);
    if (crmi_json_member(o, "crm_stamp") && !crmi_json_member_i64(o, "crm_stamp", &d->crm_stamp)) {
        return crmi_plan_bad(r, "crm_stamp", "must be a whole number");
    }
    if (crmi_json_member(o, "input") && crmi_json_member_u64(o, "input", &input)) {
        d->input = (size_t)input;
    }
    if (crmsync_outcome_by_name(outcome) != d->outcome) {
        return crmi_plan_bad(r, "outcome", "does not fit the reason");
    }
    return check_fit(r, d);
}

static int32_t read_document(crmi_plan_reader *r, yyjson_val *root)
{
    int64_t version = 0;
    yyjson_val *list = crmi_json_member(root, "operations");
    if (!crmi_json_member_i64(root, "version", &version) || !list || !yyjson_is_arr(list)) {
        return crmi_fail_at(r->err, CRMSYNC_E_INVALID, CRMI_STR(""), "Pass a plan written as JSON.",
                            "this is no plan: it needs \"version\" and \"operations\"");
    }
    if (version != CRMI_PLAN_VERSION) {
        return crmi_fail(r->err, CRMSYNC_E_UNSUPPORTED, "plan version %lld is not known",
                         (long long)version);
    }
    r->total = yyjson_arr_size(list);
    if (r->total > CRMI_PLAN_MAX_OPS) {
        return crmi_fail(r->err, CRMSYNC_E_LIMIT, "a plan holds at most %u operations",
                         CRMI_PLAN_MAX_OPS);
    }
    r->plan->own.items = crmi_arena_array(r->arena, r->total + 1, sizeof(crmi_decision));
    if (!r->plan->own.items) {
        return crmi_fail_nomem(r->err);
    }
    r->plan->own.count = r->plan->own.cap = r->total;
    for (size_t i = 0; i < r->total; i++) {
        r->plan->own.items[i].parent = CRMI_NO_DECISION;
        r->plan->own.items[i].same_as = CRMI_NO_DECISION;
    }
    int32_t code = crmi_plan_seal(r->plan, r->err);
    size_t i = 0;
    size_t max = 0;
    yyjson_val *item;
    yyjson_arr_foreach(list, i, max, item)
    {
        r->op = i;
        code = code == CRMSYNC_OK ? read_operation(r, item) : code;
    }
    return code;
}

int32_t crmsync_plan_read(const crmsync_alloc *alloc, crmsync_str json, crmsync_plan **out,
                          crmsync_error **err)
{
    crmsync_plan *plan = NULL;
    yyjson_doc *doc = NULL;
    int32_t code = crmi_plan_owned(alloc, &plan, err);
    *out = NULL;
    if (code != CRMSYNC_OK) {
        return code;
    }
    code = crmi_json_read(&plan->alloc, json, &doc, err);
    if (code == CRMSYNC_OK) {
        crmi_plan_reader r = {.plan = plan, .arena = &plan->own.arena, .err = err};
        code = read_document(&r, yyjson_doc_get_root(doc));
        yyjson_doc_free(doc);
    }
    if (code != CRMSYNC_OK) {
        crmsync_plan_free(plan);
        return code;
    }
    *out = plan;
    return CRMSYNC_OK;
}
