/*
 * Operations explained, as data: tests/vectors/plan/explain.json gives a plan and the steps of its
 * operations. UPDATE_VECTORS=1 prints what they are now.
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
#include "decide/reason.h"
#include "unit/failing_alloc.h"
#include "unit/plan_case.h"

static crmsync_alloc alloc;

static yyjson_doc *explained(const crmsync_plan *plan, size_t i)
{
    crmi_buf b;
    crmi_buf_init(&b, &alloc);
    assert_int_equal(crmsync_plan_explain(plan, i, plan_collect, &b, NULL), CRMSYNC_OK);
    yyjson_doc *doc = yyjson_read(b.ptr, b.len, 0);
    assert_non_null(doc);
    crmi_buf_clear(&b);
    return doc;
}

static int run_case(yyjson_val *json)
{
    crmsync_plan *plan = plan_case_read(NULL, yyjson_obj_get(json, "plan"));
    yyjson_val *want = yyjson_obj_get(json, "explained");
    size_t at = (size_t)yyjson_get_uint(yyjson_obj_get(json, "operation"));
    yyjson_doc *have = explained(plan, at);
    bool same = yyjson_equals(yyjson_doc_get_root(have), want);
    if (!same || getenv("UPDATE_VECTORS")) {
        char *text = yyjson_write(have, 0, NULL);
        printf("%s\n", text);
        free(text);
    }
    yyjson_doc_free(have);
    crmsync_plan_free(plan);
    return !same;
}

static void test_plan_explain__each_case_is_told_as_expected(void **state)
{
    (void)state;
    plan_cases_run("plan/explain.json", run_case, 6);
}

/* Whatever a record comes to, the last of its steps says so in words. */
static void test_plan_explain__every_reason_of_a_record_ends_the_steps(void **state)
{
    size_t told = 0;
    (void)state;
    for (size_t i = 0; i < crmi_reason_count(); i++) {
        const crmi_reason *r = crmi_reason_at(i);
        crmi_buf b;
        if (crmi_reason_of(r) != CRMI_REASON_OF_RECORD) {
            continue;
        }
        crmi_buf_init(&b, &alloc);
        crmi_buf_fmt(&b,
                     "{\"version\":1,\"operations\":[{\"direction\":\"out\",\"kind\":\"person\","
                     "\"local_id\":\"p1\",\"crm_op\":\"none\",\"local_op\":\"none\",\"outcome\":"
                     "\"%s\",\"reason\":\"%s\",\"fields\":[]}]}",
                     crmsync_outcome_name(r->outcome), r->name);
        yyjson_doc *in = yyjson_read(b.ptr, b.len, 0);
        crmsync_plan *plan = plan_case_read(NULL, yyjson_doc_get_root(in));
        yyjson_doc *doc = explained(plan, 0);
        yyjson_val *last = yyjson_arr_get_last(yyjson_obj_get(yyjson_doc_get_root(doc), "steps"));
        assert_string_equal(yyjson_get_str(yyjson_obj_get(last, "reason")), r->name);
        assert_string_equal(yyjson_get_str(yyjson_obj_get(last, "text")), r->text);
        yyjson_val *remedy = yyjson_obj_get(last, "remedy");
        assert_string_equal(remedy ? yyjson_get_str(remedy) : "", r->remedy);
        yyjson_doc_free(doc);
        yyjson_doc_free(in);
        crmsync_plan_free(plan);
        crmi_buf_clear(&b);
        told++;
    }
    assert_true(told > 50);
}

static void test_plan_explain__arguments_that_do_not_fit_are_refused(void **state)
{
    yyjson_doc *doc = vector_file("plan/explain.json");
    yyjson_val *json = yyjson_arr_get_first(yyjson_obj_get(yyjson_doc_get_root(doc), "cases"));
    crmsync_plan *plan = plan_case_read(NULL, yyjson_obj_get(json, "plan"));
    (void)state;
    assert_int_equal(crmsync_plan_explain(NULL, 0, plan_refuse, NULL, NULL), CRMSYNC_E_INVALID);
    assert_int_equal(crmsync_plan_explain(plan, 99, plan_refuse, NULL, NULL), CRMSYNC_E_INVALID);
    assert_int_equal(crmsync_plan_explain(plan, 0, NULL, NULL, NULL), CRMSYNC_E_INVALID);
    assert_int_equal(crmsync_plan_explain(plan, 0, plan_refuse, NULL, NULL), CRMSYNC_E_CALLBACK);
    crmsync_plan_free(plan);
    yyjson_doc_free(doc);
}

static void test_plan_explain__without_memory_says_so_and_leaks_nothing(void **state)
{
    yyjson_doc *doc = vector_file("plan/explain.json");
    yyjson_val *json = yyjson_arr_get_first(yyjson_obj_get(yyjson_doc_get_root(doc), "cases"));
    int32_t code = CRMSYNC_E_NOMEM;
    (void)state;
    for (size_t k = 1; code != CRMSYNC_OK; k++) {
        failing_alloc f = {.fail_at = 0};
        crmsync_alloc failing = failing_alloc_table(&f);
        crmsync_plan *plan = plan_case_read(&failing, yyjson_obj_get(json, "plan"));
        crmi_buf b;
        crmi_buf_init(&b, &alloc);
        f.fail_at = f.requests + k;
        code = crmsync_plan_explain(plan, 0, plan_collect, &b, NULL);
        assert_true(code == CRMSYNC_OK || code == CRMSYNC_E_NOMEM);
        crmi_buf_clear(&b);
        crmsync_plan_free(plan);
        assert_int_equal(f.blocks, 0);
    }
    yyjson_doc_free(doc);
}

int main(void)
{
    crmi_alloc_init(&alloc, NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plan_explain__each_case_is_told_as_expected),
        cmocka_unit_test(test_plan_explain__every_reason_of_a_record_ends_the_steps),
        cmocka_unit_test(test_plan_explain__arguments_that_do_not_fit_are_refused),
        cmocka_unit_test(test_plan_explain__without_memory_says_so_and_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
