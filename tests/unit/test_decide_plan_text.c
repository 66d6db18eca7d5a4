/*
 * The plan for people, as data: tests/vectors/plan/text.json gives plans and the lines they must
 * make. UPDATE_VECTORS=1 prints what they make now instead.
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
#include "normalize/display.h"
#include "unit/failing_alloc.h"
#include "unit/plan_case.h"

static crmsync_alloc alloc;

static crmsync_plan_text_options options_of(yyjson_val *json)
{
    crmsync_plan_text_options o = CRMSYNC_PLAN_TEXT_OPTIONS_INIT;
    yyjson_val *limit = yyjson_obj_get(json, "limit");
    o.limit = limit ? (uint32_t)yyjson_get_uint(limit) : o.limit;
    o.all_fields = yyjson_get_bool(yyjson_obj_get(json, "all_fields"));
    o.no_summary = yyjson_get_bool(yyjson_obj_get(json, "no_summary"));
    o.colour = yyjson_get_bool(yyjson_obj_get(json, "colour"));
    return o;
}

/* The lines as they must be, each with its end. */
static void wanted(yyjson_val *json, crmi_buf *out)
{
    size_t i, max;
    yyjson_val *line;
    yyjson_arr_foreach(yyjson_obj_get(json, "text"), i, max, line)
    {
        crmi_buf_lit(out, yyjson_get_str(line));
        crmi_buf_char(out, '\n');
    }
}

static void print_lines(crmsync_str text)
{
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *lines = yyjson_mut_arr(doc);
    while (text.len) {
        size_t n = (size_t)crmi_str_chr(text, '\n');
        yyjson_mut_arr_add_strncpy(doc, lines, text.ptr, n);
        text = crmi_str_sub(text, n + 1, text.len);
    }
    char *json = yyjson_mut_val_write(lines, 0, NULL);
    printf("%s\n", json);
    free(json);
    yyjson_mut_doc_free(doc);
}

static int run_case(yyjson_val *json)
{
    crmsync_plan_text_options options = options_of(json);
    crmsync_plan *plan = plan_case_read(NULL, yyjson_obj_get(json, "plan"));
    crmi_buf have, want;
    crmi_buf_init(&have, &alloc);
    crmi_buf_init(&want, &alloc);
    wanted(json, &want);
    assert_int_equal(crmsync_plan_write_text(plan, &options, plan_collect, &have, NULL), CRMSYNC_OK);
    bool same = crmi_str_eq(crmi_buf_str(&have), crmi_buf_str(&want));
    if (getenv("UPDATE_VECTORS")) {
        print_lines(crmi_buf_str(&have));
    } else if (!same) {
        print_error("%s:\n%s\n", yyjson_get_str(yyjson_obj_get(json, "name")), have.ptr);
    }
    crmi_buf_clear(&have);
    crmi_buf_clear(&want);
    crmsync_plan_free(plan);
    return !same;
}

static void test_plan_write_text__each_case_reads_as_expected(void **state)
{
    (void)state;
    plan_cases_run("plan/text.json", run_case, 11);
}

static void strip_colours(crmsync_str in, crmi_buf *out)
{
    for (size_t i = 0; i < in.len; i++) {
        if (in.ptr[i] == '\033') {
            i += (size_t)crmi_str_chr(crmi_str_sub(in, i, in.len), 'm');
        } else {
            crmi_buf_char(out, in.ptr[i]);
        }
    }
}

/* Nothing is told by colour alone, and nothing is shifted by it. */
static void test_plan_write_text__without_its_colours_is_the_plain_text(void **state)
{
    yyjson_doc *doc = vector_file("plan/text.json");
    yyjson_val *v, *cases = yyjson_obj_get(yyjson_doc_get_root(doc), "cases");
    size_t i, max;
    (void)state;
    yyjson_arr_foreach(cases, i, max, v)
    {
        crmsync_plan_text_options options = options_of(v);
        crmsync_plan *plan = plan_case_read(NULL, yyjson_obj_get(v, "plan"));
        crmi_buf plain, coloured, stripped;
        crmi_buf_init(&plain, &alloc);
        crmi_buf_init(&coloured, &alloc);
        crmi_buf_init(&stripped, &alloc);
        options.colour = 0;
        crmsync_plan_write_text(plan, &options, plan_collect, &plain, NULL);
        options.colour = 1;
        crmsync_plan_write_text(plan, &options, plan_collect, &coloured, NULL);
        strip_colours(crmi_buf_str(&coloured), &stripped);
        assert_string_equal(stripped.ptr, plain.ptr);
        assert_true(crmi_str_chr(crmi_buf_str(&plain), '\033') < 0);
        crmi_buf_clear(&plain);
        crmi_buf_clear(&coloured);
        crmi_buf_clear(&stripped);
        crmsync_plan_free(plan);
    }
    yyjson_doc_free(doc);
}

static void test_display_add__what_does_not_fit_is_cut_with_dots(void **state)
{
    static const struct {
        const char *text;
        size_t from, columns;
        bool quoted;
        const char *want;
    } cases[] = {
        {"abcdef", 0, 6, false, "abcdef"},
        {"abcdefg", 0, 6, false, "abc..."},
        {"abcdefg", 0, 8, true, "\"abc...\""},
        {"abcdefg", 4, 10, false, "...efg"},
        {"\xE6\x9D\xB1\xE4\xBA\xAC\xE9\x83\xBD", 0, 6, false,
         "\xE6\x9D\xB1\xE4\xBA\xAC\xE9\x83\xBD"},
        {"\xE6\x9D\xB1\xE4\xBA\xAC\xE9\x83\xBD", 0, 5, false, "\xE6\x9D\xB1..."},
        {"e\xCC\x81"
         "e\xCC\x81"
         "xy",
         0, 4, false,
         "e\xCC\x81"
         "e\xCC\x81"
         "xy"},
        {"a\x1b[0m", 0, 20, false, "a\\x1b[0m"},
        {"a\xff"
         "b",
         0, 20, false,
         "a\\xff"
         "b"},
        {"a\xe2\x80\xae"
         "b",
         0, 20, false,
         "a\\u202e"
         "b"},
        {"a\xf3\xa0\x80\x81"
         "b",
         0, 20, false,
         "a\\U000e0001"
         "b"},
        {"a\"\\", 0, 20, true, "\"a\\\"\\\\\""},
        {"", 0, 20, true, "\"\""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        crmi_buf b;
        crmi_buf_init(&b, &alloc);
        crmi_display_add(&b, crmi_str(cases[i].text), cases[i].from, cases[i].columns,
                         cases[i].quoted);
        assert_true(crmi_display_width(crmi_buf_str(&b)) <= cases[i].columns);
        crmi_buf_char(&b, '|');
        assert_int_equal(b.len, strlen(cases[i].want) + 1);
        assert_memory_equal(b.ptr, cases[i].want, b.len - 1);
        crmi_buf_clear(&b);
    }
}

static void test_plan_write_text__without_memory_says_so_and_leaks_nothing(void **state)
{
    yyjson_doc *doc = vector_file("plan/text.json");
    yyjson_val *cases = yyjson_obj_get(yyjson_doc_get_root(doc), "cases");
    yyjson_val *json = yyjson_obj_get(yyjson_arr_get(cases, 0), "plan");
    int32_t code = CRMSYNC_E_NOMEM;
    size_t k = 0;
    (void)state;
    while (code != CRMSYNC_OK) {
        failing_alloc f = {.fail_at = 0};
        crmsync_alloc failing = failing_alloc_table(&f);
        crmsync_plan_text_options options = CRMSYNC_PLAN_TEXT_OPTIONS_INIT;
        crmsync_plan *plan = plan_case_read(&failing, json);
        crmi_buf out;
        crmi_buf_init(&out, &alloc);
        options.limit = 3;
        f.fail_at = f.requests + ++k;
        code = crmsync_plan_write_text(plan, &options, plan_collect, &out, NULL);
        assert_true(code == CRMSYNC_OK || code == CRMSYNC_E_NOMEM);
        crmi_buf_clear(&out);
        crmsync_plan_free(plan);
        assert_int_equal(f.blocks, 0);
    }
    assert_true(k > 10);
    yyjson_doc_free(doc);
}

int main(void)
{
    crmi_alloc_init(&alloc, NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plan_write_text__each_case_reads_as_expected),
        cmocka_unit_test(test_plan_write_text__without_its_colours_is_the_plain_text),
        cmocka_unit_test(test_display_add__what_does_not_fit_is_cut_with_dots),
        cmocka_unit_test(test_plan_write_text__without_memory_says_so_and_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
