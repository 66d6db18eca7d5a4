/* Decisions as data: tests/vectors/decide/ holds cases named after the requirement they prove. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "unit/decide_case.h"

static crmsync_alloc alloc;

static int wrong(const decide_case *b, const char *what, crmsync_str id, const char *have,
                 const char *want)
{
    print_error("%s: %.*s: %s is \"%s\", not \"%s\"\n", b->name, CRMI_SPELL(id), what, have, want);
    return 1;
}

static char *read_file(const char *dir, const char *name, size_t *len)
{
    char path[1024];
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    fseek(f, 0, SEEK_END);
    long size = ftell(f);
    rewind(f);
    char *text = malloc((size_t)size + 1);
    assert_non_null(text);
    *len = fread(text, 1, (size_t)size, f);
    fclose(f);
    return text;
}

static int check_word(const decide_case *b, yyjson_val *want, const char *member, crmsync_str id,
                      const char *have)
{
    yyjson_val *v = crmi_json_member(want, member);
    return v && strcmp(yyjson_get_str(v), have) != 0 ? wrong(b, member, id, have, yyjson_get_str(v))
                                                     : 0;
}

static int check_text(const decide_case *b, yyjson_val *want, const char *member, crmsync_str id,
                      crmsync_str have)
{
    yyjson_val *v = crmi_json_member(want, member);
    return v && !crmi_str_eq(crmi_json_text(v), have)
               ? wrong(b, member, id, have.ptr ? have.ptr : "", yyjson_get_str(v))
               : 0;
}

/* A member that is missing says: not written. */
static int check_cell(const decide_case *b, const char *what, crmsync_str id,
                      const crmsync_cell *have, yyjson_val *want)
{
    crmi_buf text;
    crmi_buf_init(&text, &alloc);
    crmi_buf_cell(&text, have);
    const char *shown = have->type == CRMSYNC_CELL_ABSENT ? "<not written>"
                        : have->type == CRMSYNC_CELL_NULL ? "<null>"
                        : text.ptr                        ? text.ptr
                                                          : "";
    const char *wanted = !want                  ? "<not written>"
                         : yyjson_is_null(want) ? "<null>"
                                                : yyjson_get_str(want);
    int bad = strcmp(shown, wanted) != 0 ? wrong(b, what, id, shown, wanted) : 0;
    crmi_buf_clear(&text);
    return bad;
}

static int check_field(const decide_case *b, const crmi_decision *d, crmsync_str id,
                       const char *remote, yyjson_val *want)
{
    static const char *const bases[] = {"keep", "agree", "diverge", "sent", "adopt_crm", "fought"};
    for (size_t i = 0; i < d->field_count; i++) {
        const crmi_field_decision *f = &d->fields[i];
        if (!crmi_str_is(f->remote, remote)) {
            continue;
        }
        return check_cell(b, remote, id, &f->crm_new, crmi_json_member(want, "crm")) +
               check_cell(b, "its local value", id, &f->local_new,
                          crmi_json_member(want, "local")) +
               check_word(b, want, "reason", id, crmsync_reason_name(f->reason)) +
               check_word(b, want, "base", id, bases[f->base]);
    }
    return yyjson_is_null(want) ? 0 : wrong(b, "field", id, "missing", remote);
}

static int check_list(const decide_case *b, const char *what, crmsync_str id,
                      const crmsync_str *have, size_t n, yyjson_val *want)
{
    int bad = 0;
    if (!want) {
        return 0;
    }
    if (n != yyjson_arr_size(want)) {
        return wrong(b, what, id, "of another length", "that");
    }
    for (size_t i = 0; i < n; i++) {
        crmsync_str text = crmi_json_text(yyjson_arr_get(want, i));
        bad += crmi_str_eq(have[i], text) ? 0 : wrong(b, what, id, have[i].ptr, text.ptr);
    }
    return bad;
}

static const crmi_decision *decision_for(const decide_case *b, yyjson_val *want)
{
    crmsync_str id = crmi_json_member_text(want, "id");
    crmsync_str crm = crmi_json_member_text(want, "of_crm");
    crmsync_str slot = crmi_json_member_text(want, "slot");
    for (size_t i = 0; i < b->plan.count; i++) {
        const crmi_decision *d = &b->plan.items[i];
        bool here = id.ptr ? crmi_str_eq(d->local_id, id) : crmi_str_eq(d->crm_id, crm);
        if (here && (!slot.ptr || crmi_str_eq(d->slot, slot))) {
            return d;
        }
    }
    return NULL;
}

static crmsync_str local_id_at(const decide_case *b, size_t i)
{
    static const crmsync_str none = CRMSYNC_STR_LIT("none");
    return i < b->plan.count ? b->plan.items[i].local_id : none;
}

/* "flags" lists those that are to be set, of the ones that are looked at. */
static int check_flag(const decide_case *b, yyjson_val *want, const crmi_decision *d,
                      crmsync_str id, const char *name, uint32_t bit)
{
    yyjson_val *flags = crmi_json_member(want, "flags");
    size_t i, max;
    yyjson_val *v;
    bool wanted = false;
    yyjson_arr_foreach(flags, i, max, v)
    {
        wanted = wanted || yyjson_equals_str(v, name);
    }
    bool set = (d->flags & bit) != 0;
    return !flags || wanted == set ? 0 : wrong(b, name, id, set ? "set" : "clear", "the other");
}

static int check_decision(const decide_case *b, yyjson_val *want)
{
    static const char *const ops[] = {"none", "create", "update", "deactivate"};
    const crmi_decision *d = decision_for(b, want);
    crmsync_str id = crmi_json_member_text(want, "id");
    crmsync_str others[MOST];
    if (!d) {
        return wrong(b, "decision", id, "missing", "there");
    }
    for (size_t i = 0; i < d->other_count; i++) {
        others[i] = d->others[i].id;
    }
    yyjson_val *link = crmi_json_member(want, "link");
    int bad =
        check_word(b, want, "outcome", id, crmsync_outcome_name(d->outcome)) +
        check_word(b, want, "reason", id, crmsync_reason_name(d->reason)) +
        check_word(b, want, "rule", id, d->rule ? crmsync_reason_name(d->rule) : "") +
        check_word(b, want, "crm_op", id, ops[d->crm_op]) +
        check_word(b, want, "local_op", id, ops[d->local_op]) +
        check_text(b, want, "object", id, d->object) +
        check_text(b, want, "crm_id", id, d->crm_id) +
        check_text(b, want, "detail", id, d->detail) +
        check_text(b, want, "parent", id, local_id_at(b, d->parent)) +
        check_text(b, want, "same_as", id, local_id_at(b, d->same_as)) +
        check_list(b, "claims", id, d->claims, d->claim_count, crmi_json_member(want, "claims")) +
        check_list(b, "others", id, others, d->other_count, crmi_json_member(want, "others"));
    if (link && yyjson_get_bool(link) != d->link) {
        bad += wrong(b, "link", id, d->link ? "true" : "false", "the other");
    }
    yyjson_val *assign = crmi_json_member(want, "auto_assign");
    if (assign && yyjson_get_bool(assign) != !!(d->flags & CRMI_DECISION_AUTO_ASSIGN)) {
        bad += wrong(b, "auto_assign", id, "", "the other");
    }
    bad += check_flag(b, want, d, id, "reactivated", CRMI_DECISION_REACTIVATED) +
           check_flag(b, want, d, id, "deactivated", CRMI_DECISION_DEACTIVATED);
    size_t i, max;
    yyjson_val *key, *field;
    yyjson_obj_foreach(crmi_json_member(want, "fields"), i, max, key, field)
    {
        bad += check_field(b, d, id, yyjson_get_str(key), field);
    }
    return bad;
}

/* Every decision is counted once and tells a reason that fits its outcome. */
static int check_sanity(const decide_case *b)
{
    int bad = 0;
    for (size_t i = 0; i < b->plan.count; i++) {
        const crmi_decision *d = &b->plan.items[i];
        bool acts = d->crm_op != CRMI_OP_NONE || d->local_op != CRMI_OP_NONE;
        bad += d->outcome == crmsync_reason_outcome(d->reason)
                   ? 0
                   : wrong(b, "outcome", d->local_id, "one", "that of its reason");
        bad += acts && d->outcome >= CRMSYNC_OUTCOME_SKIPPED
                   ? wrong(b, "operation", d->local_id, "done", "none")
                   : 0;
        bad += d->parent != CRMI_NO_DECISION && d->parent >= i
                   ? wrong(b, "parent", d->local_id, "later", "earlier")
                   : 0;
    }
    return bad;
}

static int run_case(yyjson_val *json, yyjson_val *configs, crmsync_schema *schema)
{
    decide_case *b = malloc(sizeof(*b));
    assert_non_null(b);
    size_t i, max;
    yyjson_val *v;
    decide_case_open(b, json, configs, schema);
    int bad = check_sanity(b);
    yyjson_arr_foreach(crmi_json_member(json, "expect"), i, max, v)
    {
        bad += check_decision(b, v);
    }
    yyjson_arr_foreach(crmi_json_member(json, "order"), i, max, v)
    {
        crmsync_str have = local_id_at(b, i);
        bad += crmi_str_eq(have, crmi_json_text(v)) ? 0
                                                    : wrong(b, "order", crmi_json_text(v), have.ptr,
                                                            yyjson_get_str(v));
    }
    int64_t count = 0;
    if (crmi_json_member_i64(json, "count", &count) && (size_t)count != b->plan.count) {
        print_error("%s: %zu decisions, not %lld\n", b->name, b->plan.count, (long long)count);
        bad++;
    }
    decide_case_close(b);
    free(b);
    return bad;
}

static crmsync_schema *standard_schema(const char *root)
{
    size_t len = 0;
    crmsync_schema *schema = NULL;
    crmsync_error *err = NULL;
    char dir[1024];
    snprintf(dir, sizeof(dir), "%s/tests/vectors/schema", root);
    char *text = read_file(dir, "standard.json", &len);
    crmsync_schema_parse(&alloc, (crmsync_str){text, len}, &schema, &err);
    free(text);
    if (err) {
        print_error("standard.json: %s\n", crmsync_error_message(err).ptr);
    }
    assert_null(err);
    return schema;
}

static int run_file(const char *dir, const char *name, crmsync_schema *schema, size_t *cases)
{
    size_t len = 0, i, max;
    yyjson_doc *doc = NULL;
    yyjson_val *v;
    crmsync_error *err = NULL;
    int bad = 0;
    char *text = read_file(dir, name, &len);
    crmi_json_read(&alloc, (crmsync_str){text, len}, &doc, &err);
    assert_null(err);
    yyjson_val *root = yyjson_doc_get_root(doc);
    yyjson_arr_foreach(crmi_json_member(root, "cases"), i, max, v)
    {
        bad += run_case(v, crmi_json_member(root, "configs"), schema);
        (*cases)++;
    }
    yyjson_doc_free(doc);
    free(text);
    return bad;
}

static void test_vectors__each_case_decides_as_expected(void **state)
{
    (void)state;
    const char *root = getenv("SOURCE_ROOT");
    char dir[1024];
    size_t cases = 0;
    int bad = 0;
    if (!root)
        fail_msg("SOURCE_ROOT must name the source folder");
    snprintf(dir, sizeof(dir), "%s/tests/vectors/decide", root);
    crmsync_schema *schema = standard_schema(root);
    DIR *d = opendir(dir);
    assert_non_null(d);
    for (struct dirent *e = readdir(d); e; e = readdir(d)) {
        size_t n = strlen(e->d_name);
        if (n > 5 && strcmp(e->d_name + n - 5, ".json") == 0 &&
            strcmp(e->d_name, "truth.json") != 0) {
            bad += run_file(dir, e->d_name, schema, &cases);
        }
    }
    closedir(d);
    crmsync_schema_free(schema);
    print_message("# %zu cases\n", cases);
    assert_int_equal(bad, 0);
    assert_true(cases >= 60);
}

int main(void)
{
    crmi_alloc_init(&alloc, NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors__each_case_decides_as_expected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
