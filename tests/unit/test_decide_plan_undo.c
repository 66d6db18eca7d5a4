/*
 * Taking a plan back, as data: tests/vectors/plan/undo.json. A case gives a plan, the inverse it
 * must have, and, where `current` says how the records are now, what is left of it after a recheck.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <crmsync/plan.h>

#include "base/str.h"
#include "unit/failing_alloc.h"
#include "unit/plan_case.h"

enum { MOST_BATCHES = 4 };

static crmsync_alloc alloc;

static yyjson_doc *told(const crmsync_plan *plan)
{
    crmi_buf b;
    crmi_buf_init(&b, &alloc);
    assert_int_equal(crmsync_plan_write_json(plan, plan_collect, &b, NULL), CRMSYNC_OK);
    yyjson_doc *doc = yyjson_read(b.ptr, b.len, 0);
    assert_non_null(doc);
    crmi_buf_clear(&b);
    return doc;
}

static int differs(const char *name, const char *what, const crmsync_plan *plan, yyjson_val *want)
{
    yyjson_doc *have = told(plan);
    bool same = yyjson_equals(yyjson_doc_get_root(have), want);
    if (!same) {
        char *text = yyjson_write(have, 0, NULL);
        print_error("%s: %s is %s\n", name, what, text);
        free(text);
    }
    yyjson_doc_free(have);
    return !same;
}

/* What is written, and to what: the inverse of the inverse writes what the plan did. */
static int differs_in_effect(const char *name, const crmsync_plan *a, const crmsync_plan *b)
{
    bool same = crmsync_plan_count(a) == crmsync_plan_count(b);
    for (size_t i = 0; same && i < crmsync_plan_count(a); i++) {
        crmsync_plan_op x = CRMSYNC_PLAN_OP_INIT;
        crmsync_plan_op y = CRMSYNC_PLAN_OP_INIT;
        crmsync_plan_get(a, i, &x);
        crmsync_plan_get(b, i, &y);
        same = x.crm_op == y.crm_op && x.local_op == y.local_op && x.field_count == y.field_count;
        for (size_t k = 0; same && k < x.field_count; k++) {
            crmsync_plan_field f = CRMSYNC_PLAN_FIELD_INIT;
            crmsync_plan_field g = CRMSYNC_PLAN_FIELD_INIT;
            crmsync_plan_get_field(a, i, k, &f);
            crmsync_plan_get_field(b, i, k, &g);
            const crmsync_cell *pairs[][2] = {{&f.local_old, &g.local_old},
                                              {&f.local_new, &g.local_new},
                                              {&f.crm_old, &g.crm_old},
                                              {&f.crm_new, &g.crm_new}};
            for (size_t p = 0; same && p < 4; p++) {
                same = pairs[p][0]->type == pairs[p][1]->type &&
                       pairs[p][0]->number == pairs[p][1]->number &&
                       crmi_str_eq(pairs[p][0]->text, pairs[p][1]->text);
            }
        }
    }
    if (!same) {
        print_error("%s: its inverse's inverse is another plan\n", name);
    }
    return !same;
}

static size_t batches_of(yyjson_val *current, crmsync_rows **out)
{
    size_t n = 0, i, max, k, most;
    yyjson_val *kind, *list, *item;
    yyjson_obj_foreach(current, i, max, kind, list)
    {
        assert_true(n < MOST_BATCHES);
        crmsync_rows_new(NULL, crmi_str(yyjson_get_str(kind)), NULL, 0, &out[n], NULL);
        yyjson_arr_foreach(list, k, most, item)
        {
            size_t len = 0;
            char *text = yyjson_val_write(item, 0, &len);
            assert_int_equal(crmsync_rows_append_json(out[n], (crmsync_str){text, len}, NULL),
                             CRMSYNC_OK);
            free(text);
        }
        n++;
    }
    return n;
}

static int recheck(const char *name, crmsync_plan *plan, yyjson_val *json)
{
    crmsync_rows *batches[MOST_BATCHES] = {NULL};
    size_t n = batches_of(yyjson_obj_get(json, "current"), batches);
    size_t stale = 99;
    int32_t code =
        crmsync_plan_recheck(plan, NULL, (const crmsync_rows *const *)batches, n, &stale, NULL);
    int bad = code != CRMSYNC_OK || stale != yyjson_get_uint(yyjson_obj_get(json, "stale"));
    if (bad) {
        print_error("%s: code %d, %zu stale\n", name, code, stale);
    }
    for (size_t i = 0; i < n; i++) {
        crmsync_rows_free(batches[i]);
    }
    return bad + differs(name, "what is left", plan, yyjson_obj_get(json, "after"));
}

static int run_case(yyjson_val *json)
{
    const char *name = yyjson_get_str(yyjson_obj_get(json, "name"));
    yyjson_val *want = yyjson_obj_get(json, "inverse");
    crmsync_plan *plan = plan_case_read(NULL, yyjson_obj_get(json, "plan"));
    crmsync_plan *back = NULL;
    crmsync_plan *forth = NULL;
    int bad = 0;
    assert_int_equal(crmsync_plan_inverse(plan, &back, NULL), CRMSYNC_OK);
    assert_int_equal(crmsync_plan_inverse(back, &forth, NULL), CRMSYNC_OK);
    if (want) {
        yyjson_doc *doc = told(back);
        crmsync_plan *read = plan_case_read(NULL, yyjson_doc_get_root(doc)); /* a plan like any other */
        bad += differs(name, "the inverse", back, want);
        crmsync_plan_free(read);
        yyjson_doc_free(doc);
    }
    if (yyjson_get_bool(yyjson_obj_get(json, "twice"))) {
        bad += differs_in_effect(name, plan, forth);
    }
    if (yyjson_obj_get(json, "current")) {
        bad += recheck(name, want ? back : plan, json);
    }
    crmsync_plan_free(plan);
    crmsync_plan_free(back);
    crmsync_plan_free(forth);
    return bad;
}

static void test_plan_inverse__each_case_is_taken_back_as_expected(void **state)
{
    (void)state;
    plan_cases_run("plan/undo.json", run_case, 16);
}

static const char one_update[] =
    "{\"version\":1,\"operations\":[{\"direction\":\"out\",\"kind\":\"person\",\"local_id\":\"p1\","
    "\"object\":\"Lead\",\"crm_id\":\"00Q000000000001EAA\",\"crm_op\":\"update\",\"local_op\":"
    "\"none\",\"outcome\":\"updated\",\"reason\":\"update_fields\",\"fields\":[{\"remote\":"
    "\"Title\",\"crm_old\":\"CTO\",\"crm_new\":\"CEO\",\"reason\":\"overwritten\",\"base\":"
    "\"sent\"}]}]}";

static void test_plan_recheck__arguments_that_do_not_fit_are_refused(void **state)
{
    crmsync_plan *plan = NULL;
    crmsync_rows *rows = NULL;
    crmsync_error *err = NULL;
    const crmsync_rows *none[] = {NULL};
    (void)state;
    assert_int_equal(crmsync_plan_read(NULL, crmi_str(one_update), &plan, NULL), CRMSYNC_OK);
    assert_int_equal(crmsync_plan_recheck(NULL, NULL, NULL, 0, NULL, NULL), CRMSYNC_E_INVALID);
    assert_int_equal(crmsync_plan_recheck(plan, NULL, NULL, 1, NULL, NULL), CRMSYNC_E_INVALID);
    assert_int_equal(crmsync_plan_recheck(plan, NULL, none, 1, NULL, NULL), CRMSYNC_E_INVALID);
    crmsync_rows_new(NULL, CRMI_STR("Lead"), NULL, 0, &rows, NULL);
    crmsync_rows_append_json(rows, CRMI_STR("{\"Title\":\"CTO\"}"), NULL);
    none[0] = rows;
    assert_int_equal(crmsync_plan_recheck(plan, NULL, none, 1, NULL, &err), CRMSYNC_E_INVALID);
    assert_string_equal(crmsync_error_message(err).ptr, "batch 0, record 0 has no id");
    assert_int_equal(crmsync_plan_inverse(plan, NULL, NULL), CRMSYNC_E_INVALID);
    crmsync_plan_free(plan);
    assert_int_equal(crmsync_plan_inverse(NULL, &plan, NULL), CRMSYNC_E_INVALID);
    assert_null(plan);
    crmsync_error_free(err);
    crmsync_rows_free(rows);
}

static void test_plan_inverse__without_memory_says_so_and_leaks_nothing(void **state)
{
    crmsync_rows *rows = NULL;
    int32_t code = CRMSYNC_E_NOMEM;
    (void)state;
    crmsync_rows_new(NULL, CRMI_STR("Lead"), NULL, 0, &rows, NULL);
    crmsync_rows_append_json(rows, CRMI_STR("{\"Id\":\"00Q000000000001EAA\",\"Title\":\"CEO\"}"),
                             NULL);
    const crmsync_rows *current[] = {rows};
    for (size_t k = 1; code != CRMSYNC_OK; k++) {
        failing_alloc f = {.fail_at = 0};
        crmsync_alloc failing = failing_alloc_table(&f);
        crmsync_plan *plan = NULL;
        crmsync_plan *back = NULL;
        assert_int_equal(crmsync_plan_read(&failing, crmi_str(one_update), &plan, NULL),
                         CRMSYNC_OK);
        f.fail_at = f.requests + k;
        code = crmsync_plan_inverse(plan, &back, NULL);
        if (code == CRMSYNC_OK) {
            code = crmsync_plan_recheck(back, NULL, current, 1, NULL, NULL);
        }
        assert_true(code == CRMSYNC_OK || code == CRMSYNC_E_NOMEM);
        crmsync_plan_free(back);
        crmsync_plan_free(plan);
        assert_int_equal(f.blocks, 0);
    }
    crmsync_rows_free(rows);
}

int main(void)
{
    crmi_alloc_init(&alloc, NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plan_inverse__each_case_is_taken_back_as_expected),
        cmocka_unit_test(test_plan_recheck__arguments_that_do_not_fit_are_refused),
        cmocka_unit_test(test_plan_inverse__without_memory_says_so_and_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
