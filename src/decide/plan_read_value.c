/* Single members of a plan that is read back. */
#include "decide/plan_reader.h"

#include "base/time.h"

int32_t crmi_plan_bad(crmi_plan_reader *r, const char *member, const char *message)
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

int32_t crmi_plan_read_text(crmi_plan_reader *r, const yyjson_val *o, const char *name, size_t max,
                            bool needed, crmsync_str *out)
{
    yyjson_val *v = crmi_json_member(o, name);
    *out = CRMI_STR_EMPTY;
    if (!v) {
        return needed ? crmi_plan_bad(r, name, "is missing") : CRMSYNC_OK;
    }
    crmsync_str text = crmi_json_text(v);
    if (!text.ptr || text.len > max || (needed && !text.len)) {
        return crmi_plan_bad(r, name, "must be a string of a sensible length");
    }
    return crmi_arena_str(r->arena, text, out) ? CRMSYNC_OK : crmi_fail_nomem(r->err);
}

/* A Salesforce id, widened to 18 characters. */
int32_t crmi_plan_read_id(crmi_plan_reader *r, const yyjson_val *o, const char *name,
                          crmsync_str *out)
{
    char id[32];
    size_t len = 0;
    crmsync_str text;
    int32_t code = crmi_plan_read_text(r, o, name, 18, false, &text);
    *out = CRMI_STR_EMPTY;
    if (code != CRMSYNC_OK || !text.len) {
        return code;
    }
    if (crmsync_normalize_id(text, id, sizeof(id), &len) != CRMSYNC_OK || !len) {
        return crmi_plan_bad(r, name, "is no Salesforce id");
    }
    return crmi_arena_str(r->arena, (crmsync_str){id, len}, out) ? CRMSYNC_OK
                                                                 : crmi_fail_nomem(r->err);
}

int32_t crmi_plan_read_word(crmi_plan_reader *r, const yyjson_val *o, const char *name,
                            const crmi_word *words, uint32_t *out)
{
    return crmi_word_number(words, crmi_json_member_text(o, name), out)
               ? CRMSYNC_OK
               : crmi_plan_bad(r, name, "is none of the known words");
}

int32_t crmi_plan_read_reason(crmi_plan_reader *r, const yyjson_val *o, const char *name,
                              uint32_t of, bool needed, uint32_t *out)
{
    yyjson_val *v = crmi_json_member(o, name);
    *out = 0;
    if (!v && !needed) {
        return CRMSYNC_OK;
    }
    const crmi_reason *reason = crmi_reason_find(crmsync_reason_by_name(crmi_json_text(v)));
    if (!reason || (of != CRMI_REASON_OF_FIELD && crmi_reason_of(reason) != of)) {
        return crmi_plan_bad(r, name, "is no reason that fits here");
    }
    *out = reason->number;
    return CRMSYNC_OK;
}

int32_t crmi_plan_read_index(crmi_plan_reader *r, const yyjson_val *o, const char *name,
                             size_t below, size_t *out)
{
    uint64_t n = 0;
    *out = CRMI_NO_DECISION;
    if (!crmi_json_member(o, name)) {
        return CRMSYNC_OK;
    }
    if (!crmi_json_member_u64(o, name, &n) || n >= below) {
        return crmi_plan_bad(r, name, "must be the number of an earlier operation");
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

int32_t crmi_plan_read_cell(crmi_plan_reader *r, const yyjson_val *o, const char *name,
                            crmsync_cell *out)
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
        return crmi_plan_bad(r, name, "is no value of a known type");
    }
    return crmi_cell_copy(r->arena, &cell, out) ? CRMSYNC_OK : crmi_fail_nomem(r->err);
}
