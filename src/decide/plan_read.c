/*
 * Reading a plan back. Whoever kept the file may have changed it: every name, id and reference is
 * checked, and no operation may say what no decision says.
 */
#include "decide/plan.h"
#include "decide/plan_words.h"
#include "decide/reason.h"

#include "base/json.h"
#include "base/time.h"

#define MAX_FIELDS 1000u
#define MAX_LIST   1000u

typedef struct reader {
    crmsync_plan *plan;
    crmi_arena *arena;
    size_t total; /* operations in the document */
    size_t op, field;
    bool in_field;
    crmsync_error **err;
} reader;

static int32_t bad(reader *r, const char *member, const char *message)
{
    char where[120];
    crmi_buf b;
    crmi_buf_init(&b, &r->plan->alloc);
    crmi_buf_fmt(&b, "/operations/%zu", r->op);
    if (r->in_field) {
        crmi_buf_fmt(&b, "/fields/%zu", r->field);
    }
    crmi_buf_fmt(&b, "/%s", member);
    size_t len = crmi_buf_ok(&b) && b.len < sizeof(where) ? b.len : 0;
    if (len) {
        memcpy(where, b.ptr, len);
    }
    crmi_buf_clear(&b);
    return crmi_fail_at(r->err, CRMSYNC_E_INVALID, (crmsync_str){where, len},
                        "Plan anew, or use the file as it was written.", message);
}

static int32_t read_text(reader *r, const yyjson_val *o, const char *name, size_t max, bool needed,
                         crmsync_str *out)
{
    yyjson_val *v = crmi_json_member(o, name);
    *out = CRMI_STR_EMPTY;
    if (!v) {
        return needed ? bad(r, name, "is missing") : CRMSYNC_OK;
    }
    crmsync_str text = crmi_json_text(v);
    if (!text.ptr || text.len > max || (needed && !text.len)) {
        return bad(r, name, "must be a string of a sensible length");
    }
    return crmi_arena_str(r->arena, text, out) ? CRMSYNC_OK : crmi_fail_nomem(r->err);
}

/* A Salesforce id, widened to 18 characters. */
static int32_t read_id(reader *r, const yyjson_val *o, const char *name, crmsync_str *out)
{
    char id[32];
    size_t len = 0;
    crmsync_str text;
    int32_t code = read_text(r, o, name, 18, false, &text);
    *out = CRMI_STR_EMPTY;
    if (code != CRMSYNC_OK || !text.len) {
        return code;
    }
    if (crmsync_normalize_id(text, id, sizeof(id), &len) != CRMSYNC_OK || !len) {
        return bad(r, name, "is no Salesforce id");
    }
    return crmi_arena_str(r->arena, (crmsync_str){id, len}, out) ? CRMSYNC_OK
                                                                 : crmi_fail_nomem(r->err);
}

static int32_t read_word(reader *r, const yyjson_val *o, const char *name, const crmi_word *words,
                         uint32_t *out)
{
    return crmi_word_number(words, crmi_json_member_text(o, name), out)
               ? CRMSYNC_OK
               : bad(r, name, "is none of the known words");
}

static int32_t read_reason(reader *r, const yyjson_val *o, const char *name, uint32_t of,
                           bool needed, uint32_t *out)
{
    yyjson_val *v = crmi_json_member(o, name);
    *out = 0;
    if (!v && !needed) {
        return CRMSYNC_OK;
    }
    const crmi_reason *reason = crmi_reason_find(crmsync_reason_by_name(crmi_json_text(v)));
    if (!reason || (of != CRMI_REASON_OF_FIELD && crmi_reason_of(reason) != of)) {
        return bad(r, name, "is no reason that fits here");
    }
    *out = reason->number;
    return CRMSYNC_OK;
}

static int32_t read_index(reader *r, const yyjson_val *o, const char *name, size_t below,
                          size_t *out)
{
    uint64_t n = 0;
    *out = CRMI_NO_DECISION;
    if (!crmi_json_member(o, name)) {
        return CRMSYNC_OK;
    }
    if (!crmi_json_member_u64(o, name, &n) || n >= below) {
        return bad(r, name, "must be the number of an earlier operation");
    }
    *out = (size_t)n;
    return CRMSYNC_OK;
}

/* {"date":"2026-11-20"} and its kin. */
static bool read_tagged(const yyjson_val *v, crmsync_cell *cell)
{
    crmsync_str text = crmi_json_member_text(v, "decimal");
    if (yyjson_obj_size((yyjson_val *)v) != 1) {
        return false;
    }
    if (text.ptr) {
        cell->type = CRMSYNC_CELL_DECIMAL;
        cell->text = text;
        return text.len > 0;
    }
    text = crmi_json_member_text(v, "id");
    if (text.ptr) {
        cell->type = CRMSYNC_CELL_ID;
        cell->text = text;
        return text.len == 15 || text.len == 18;
    }
    text = crmi_json_member_text(v, "date");
    if (text.ptr) {
        cell->type = CRMSYNC_CELL_DATE;
        return crmi_date_parse(text, &cell->number);
    }
    text = crmi_json_member_text(v, "datetime");
    cell->type = CRMSYNC_CELL_DATETIME;
    return text.ptr && crmi_datetime_parse(text, &cell->number);
}

static int32_t read_cell(reader *r, const yyjson_val *o, const char *name, crmsync_cell *out)
{
    yyjson_val *v = crmi_json_member(o, name);
    crmsync_cell cell = {0};
    bool ok = true;
    *out = crmi_cell_absent();
    if (!v) {
        return CRMSYNC_OK;
    }
    if (yyjson_is_null(v)) {
        cell = crmi_cell_null();
    } else if (yyjson_is_bool(v)) {
        cell = crmi_cell_bool(yyjson_get_bool(v));
    } else if (yyjson_is_str(v)) {
        cell.type = CRMSYNC_CELL_TEXT;
        cell.text = crmi_json_text(v);
    } else {
        ok = yyjson_is_obj(v) && read_tagged(v, &cell);
    }
    if (!ok || crmi_cell_fault(&cell)) {
        return bad(r, name, "is no value of a known type");
    }
    return crmi_cell_copy(r->arena, &cell, out) ? CRMSYNC_OK : crmi_fail_nomem(r->err);
}

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

static int32_t read_field(reader *r, const yyjson_val *o, crmi_field_decision *f)
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
        return bad(r, "", "must be an object");
    }
    int32_t code = read_text(r, o, "local", 255, false, &f->local);
    if (code == CRMSYNC_OK) {
        code = read_text(r, o, "remote", 255, true, &f->remote);
    }
    if (code == CRMSYNC_OK && !field_name(f->remote)) {
        code = bad(r, "remote", "is no field name");
    }
    for (size_t i = 0; code == CRMSYNC_OK && i < 4; i++) {
        code = read_cell(r, o, cells[i].name, cells[i].cell);
    }
    if (code == CRMSYNC_OK) {
        code = read_reason(r, o, "reason", CRMI_REASON_OF_FIELD, false, &f->reason);
    }
    if (code == CRMSYNC_OK) {
        code = read_word(r, o, "base", crmi_plan_bases, &f->base);
    }
    if (code == CRMSYNC_OK && f->local_new.type != CRMSYNC_CELL_ABSENT && !f->local.len) {
        code = bad(r, "local", "is needed where the host's record is written");
    }
    return code;
}

static int32_t read_fields(reader *r, const yyjson_val *o, crmi_decision *d)
{
    yyjson_val *list = crmi_json_member(o, "fields");
    size_t n = yyjson_arr_size(list);
    int32_t code = CRMSYNC_OK;
    if (!list || !yyjson_is_arr(list) || n > MAX_FIELDS) {
        return bad(r, "fields", "must be a list of fields");
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
                code = bad(r, "remote", "is listed twice");
            }
        }
    }
    r->in_field = false;
    d->field_count = n;
    return code;
}

static int32_t read_others(reader *r, const yyjson_val *o, crmi_decision *d)
{
    yyjson_val *list = crmi_json_member(o, "others");
    size_t n = yyjson_arr_size(list);
    int32_t code = CRMSYNC_OK;
    if (!list) {
        return CRMSYNC_OK;
    }
    d->others = n <= MAX_LIST ? crmi_arena_array(r->arena, n + 1, sizeof(*d->others)) : NULL;
    if (!d->others) {
        return n <= MAX_LIST ? crmi_fail_nomem(r->err) : bad(r, "others", "is too long");
    }
    for (size_t i = 0; code == CRMSYNC_OK && i < n; i++) {
        yyjson_val *item = yyjson_arr_get(list, i);
        code = read_text(r, item, "object", 80, true, &d->others[i].object);
        if (code == CRMSYNC_OK) {
            code = read_id(r, item, "id", &d->others[i].id);
        }
        if (code == CRMSYNC_OK) {
            code = read_word(r, item, "state", crmi_plan_states, &d->others[i].state);
        }
        if (code == CRMSYNC_OK) {
            code = read_id(r, item, "moved_to", &d->others[i].moved_to);
        }
    }
    d->other_count = n;
    return code;
}

static int32_t read_lists(reader *r, const yyjson_val *o, crmi_decision *d)
{
    yyjson_val *flags = crmi_json_member(o, "flags");
    yyjson_val *claims = crmi_json_member(o, "claims");
    size_t n = yyjson_arr_size(claims);
    for (size_t i = 0; i < yyjson_arr_size(flags); i++) {
        uint32_t flag = 0;
        if (!crmi_word_number(crmi_plan_flags, crmi_json_text(yyjson_arr_get(flags, i)), &flag)) {
            return bad(r, "flags", "has an unknown flag");
        }
        d->flags |= flag;
    }
    crmsync_str *texts = n <= MAX_LIST ? crmi_arena_array(r->arena, n + 1, sizeof(*texts)) : NULL;
    if (!texts) {
        return n <= MAX_LIST ? crmi_fail_nomem(r->err) : bad(r, "claims", "is too long");
    }
    for (size_t i = 0; i < n; i++) {
        crmsync_str text = crmi_json_text(yyjson_arr_get(claims, i));
        if (!text.len || text.len > 2 * CRMSYNC_KEY_MAX) {
            return bad(r, "claims", "must be natural keys");
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
static int32_t check_fit(reader *r, const crmi_decision *d)
{
    bool write = d->crm_op != CRMI_OP_NONE;
    bool acts = write || d->local_op != CRMI_OP_NONE;
    if (d->crm_op == CRMI_OP_DEACTIVATE) {
        return bad(r, "crm_op", "is an operation of the host's side only");
    }
    if (write && !d->object.len) {
        return bad(r, "object", "is needed for a write");
    }
    if ((d->crm_op == CRMI_OP_CREATE && d->crm_id.len) ||
        (d->crm_op == CRMI_OP_UPDATE && !d->crm_id.len)) {
        return bad(r, "crm_id", "does not fit the operation");
    }
    if ((d->local_op == CRMI_OP_UPDATE || d->local_op == CRMI_OP_DEACTIVATE) && !d->local_id.len) {
        return bad(r, "local_id", "is needed for a local write");
    }
    const crmi_crm_object *named = crmi_crm_object_named(d->object);
    if (d->crm_id.len && named && !crmi_str_starts(d->crm_id, named->prefix)) {
        return bad(r, "crm_id", "is the id of another object");
    }
    if (write && named && !named->writeable) {
        return bad(r, "object", "is never written by this library");
    }
    if (acts && crmsync_reason_outcome(d->reason) >= CRMSYNC_OUTCOME_SKIPPED) {
        return bad(r, "reason", "says that nothing is done, but the operation does something");
    }
    return CRMSYNC_OK;
}

static int32_t read_operation(reader *r, const yyjson_val *o)
{
    crmi_decision *d = &r->plan->own.items[r->op];
    crmsync_str outcome = crmi_json_member_text(o, "outcome");
    uint64_t input = 0;
    int32_t code = yyjson_is_obj((yyjson_val *)o) ? CRMSYNC_OK : bad(r, "", "must be an object");
#define STEP(call)                                                                                 \
    if (code == CRMSYNC_OK) {                                                                      \
        code = (call);                                                                             \
    }
    STEP(read_word(r, o, "direction", crmi_plan_directions, &d->direction))
    STEP(read_text(r, o, "kind", 80, true, &d->kind))
    STEP(read_text(r, o, "local_id", 128, false, &d->local_id))
    STEP(read_text(r, o, "rev", 128, false, &d->rev))
    STEP(read_text(r, o, "object", 80, false, &d->object))
    STEP(read_id(r, o, "crm_id", &d->crm_id))
    STEP(read_word(r, o, "crm_op", crmi_plan_ops, &d->crm_op))
    STEP(read_word(r, o, "local_op", crmi_plan_ops, &d->local_op))
    STEP(read_reason(r, o, "reason", CRMI_REASON_OF_RECORD, true, &d->reason))
    STEP(read_reason(r, o, "rule", CRMI_REASON_OF_MATCH, false, &d->rule))
    STEP(read_index(r, o, "parent", r->op, &d->parent))
    STEP(read_text(r, o, "parent_field", 255, false, &d->parent_field))
    STEP(read_index(r, o, "same_as", r->op, &d->same_as))
    STEP(read_text(r, o, "slot", 80, false, &d->slot))
    STEP(read_text(r, o, "detail", 2000, false, &d->detail))
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
        return bad(r, "crm_stamp", "must be a whole number");
    }
    if (crmi_json_member(o, "input") && crmi_json_member_u64(o, "input", &input)) {
        d->input = (size_t)input;
    }
    if (crmsync_outcome_by_name(outcome) != d->outcome) {
        return bad(r, "outcome", "does not fit the reason");
    }
    return check_fit(r, d);
}

static int32_t read_document(reader *r, yyjson_val *root)
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
        reader r = {.plan = plan, .arena = &plan->own.arena, .err = err};
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
