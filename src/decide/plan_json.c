/* A plan as JSON: names for numbers, empty members left out, members in a fixed order. */
#include "decide/plan.h"
#include "decide/plan_words.h"

#include "base/json.h"
#include "base/time.h"

static void text_member(crmi_jw *w, const char *name, crmsync_str s)
{
    if (s.len) {
        crmi_jw_member_text(w, name, s);
    }
}

static void word_member(crmi_jw *w, const char *name, const char *word)
{
    if (word[0]) {
        crmi_jw_member_text(w, name, crmi_str(word));
    }
}

static void index_member(crmi_jw *w, const char *name, size_t index)
{
    if (index != CRMI_NO_DECISION) {
        crmi_jw_member_u64(w, name, index);
    }
}

/* Types that JSON does not have are told by a member's name: {"date":"2026-11-20"}. */
static void tagged(crmi_jw *w, const char *tag, crmsync_str text)
{
    crmi_jw_object(w);
    crmi_jw_member_text(w, tag, text);
    crmi_jw_object_end(w);
}

static bool cell_value(crmi_jw *w, const crmsync_cell *cell)
{
    crmi_buf b;
    bool ok = true;
    crmi_buf_init(&b, w->out->alloc);
    switch (cell->type) {
    case CRMSYNC_CELL_TEXT: crmi_jw_text(w, cell->text); break;
    case CRMSYNC_CELL_BOOL: crmi_jw_bool(w, cell->number != 0); break;
    case CRMSYNC_CELL_DECIMAL: tagged(w, "decimal", cell->text); break;
    case CRMSYNC_CELL_ID: tagged(w, "id", cell->text); break;
    case CRMSYNC_CELL_DATE:
        crmi_buf_date(&b, cell->number);
        tagged(w, "date", crmi_buf_str(&b));
        break;
    case CRMSYNC_CELL_DATETIME:
        crmi_buf_datetime(&b, cell->number);
        tagged(w, "datetime", crmi_buf_str(&b));
        break;
    default: crmi_jw_null(w); break;
    }
    ok = crmi_buf_ok(&b);
    crmi_buf_clear(&b);
    return ok;
}

static bool cell_member(crmi_jw *w, const char *name, const crmsync_cell *cell)
{
    if (cell->type == CRMSYNC_CELL_ABSENT) {
        return true;
    }
    crmi_jw_key(w, crmi_str(name));
    return cell_value(w, cell);
}

static bool field(crmi_jw *w, const crmi_field_decision *f)
{
    crmi_jw_object(w);
    text_member(w, "local", f->local);
    text_member(w, "remote", f->remote);
    bool ok = cell_member(w, "local_old", &f->local_old) &&
              cell_member(w, "local_new", &f->local_new) &&
              cell_member(w, "crm_old", &f->crm_old) && cell_member(w, "crm_new", &f->crm_new);
    word_member(w, "reason", f->reason ? crmsync_reason_name(f->reason) : "");
    word_member(w, "base", crmi_word_of(crmi_plan_bases, f->base));
    crmi_jw_object_end(w);
    return ok;
}

static void lists(crmi_jw *w, const crmi_decision *d)
{
    if (d->flags) {
        crmi_jw_member_array(w, "flags");
        for (size_t i = 0; crmi_plan_flags[i].name; i++) {
            if (d->flags & crmi_plan_flags[i].number) {
                crmi_jw_text(w, crmi_str(crmi_plan_flags[i].name));
            }
        }
        crmi_jw_array_end(w);
    }
    if (d->claim_count) {
        crmi_jw_member_array(w, "claims");
        for (size_t i = 0; i < d->claim_count; i++) {
            crmi_jw_text(w, d->claims[i]);
        }
        crmi_jw_array_end(w);
    }
    if (!d->other_count) {
        return;
    }
    crmi_jw_member_array(w, "others");
    for (size_t i = 0; i < d->other_count; i++) {
        crmi_jw_object(w);
        text_member(w, "object", d->others[i].object);
        text_member(w, "id", d->others[i].id);
        word_member(w, "state", crmi_word_of(crmi_plan_states, d->others[i].state));
        text_member(w, "moved_to", d->others[i].moved_to);
        crmi_jw_object_end(w);
    }
    crmi_jw_array_end(w);
}

static bool operation(crmi_jw *w, const crmsync_plan *plan, size_t i)
{
    const crmi_decision *d = &plan->page->items[i];
    bool ok = true;
    crmi_jw_object(w);
    word_member(w, "direction", crmi_word_of(crmi_plan_directions, d->direction));
    text_member(w, "kind", d->kind);
    text_member(w, "local_id", d->local_id);
    text_member(w, "rev", d->rev);
    text_member(w, "object", d->object);
    text_member(w, "crm_id", d->crm_id);
    if (d->crm_stamp) {
        crmi_jw_member_i64(w, "crm_stamp", d->crm_stamp);
    }
    word_member(w, "crm_op", crmi_word_of(crmi_plan_ops, d->crm_op));
    word_member(w, "local_op", crmi_word_of(crmi_plan_ops, d->local_op));
    crmi_jw_member_bool(w, "link", d->link);
    word_member(w, "outcome", crmsync_outcome_name(d->outcome));
    word_member(w, "reason", crmsync_reason_name(d->reason));
    word_member(w, "rule", d->rule ? crmsync_reason_name(d->rule) : "");
    index_member(w, "parent", d->parent);
    text_member(w, "parent_field", d->parent_field);
    index_member(w, "same_as", d->same_as);
    crmi_jw_member_u64(w, "input", d->input);
    text_member(w, "slot", d->slot);
    text_member(w, "detail", d->detail);
    if (plan->excluded[i]) {
        crmi_jw_member_bool(w, "excluded", true);
    }
    lists(w, d);
    crmi_jw_member_array(w, "fields");
    for (size_t k = 0; k < d->field_count; k++) {
        ok = ok && field(w, &d->fields[k]);
    }
    crmi_jw_array_end(w);
    crmi_jw_object_end(w);
    return ok;
}

static int32_t hand_over(crmi_buf *b, crmsync_write_fn write, void *ctx, crmsync_error **err)
{
    if (!crmi_buf_ok(b)) {
        return crmi_fail_nomem(err);
    }
    int32_t code = b->len ? write(ctx, crmi_buf_str(b)) : CRMSYNC_OK;
    crmi_buf_reset(b);
    return code == CRMSYNC_OK ? code : crmi_fail(err, code, "the plan's JSON could not be written");
}

int32_t crmsync_plan_write_json(const crmsync_plan *plan, crmsync_write_fn write, void *ctx,
                                crmsync_error **err)
{
    crmi_buf b;
    int32_t code = CRMSYNC_OK;
    if (!plan || !write) {
        return crmi_fail(err, CRMSYNC_E_INVALID, "a plan and a writer are needed");
    }
    crmi_buf_init(&b, &plan->alloc);
    crmi_jw w = crmi_jw_to(&b);
    crmi_jw_object(&w);
    crmi_jw_member_u64(&w, "version", CRMI_PLAN_VERSION);
    crmi_jw_member_array(&w, "operations");
    for (size_t i = 0; code == CRMSYNC_OK && i < plan->page->count; i++) {
        code = operation(&w, plan, i) ? CRMSYNC_OK : crmi_fail_nomem(err);
        if (code == CRMSYNC_OK && b.len > 32768) {
            code = hand_over(&b, write, ctx, err);
        }
    }
    crmi_jw_array_end(&w);
    crmi_jw_object_end(&w);
    if (code == CRMSYNC_OK) {
        code = hand_over(&b, write, ctx, err);
    }
    crmi_buf_clear(&b);
    return code;
}
