/* Verdicts: vectors, independence of order, consent's table, and no memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <crmsync/plan.h>
#include <crmsync/suppression.h>

#include "base/time.h"
#include "decide/suppression.h"
#include "model/rows.h"
#include "unit/failing_alloc.h"
#include "unit/vector_file.h"

static const char *const kinds[] = {"", "list", "opportunities", "contact_roles", "stages"};

/* One case laid out; sources and their rows may be taken from either end. */
typedef struct bench {
    const crmsync_alloc *alloc;
    yyjson_val *json;
    bool backwards;
    crmsync_config *config;
    crmsync_normalizer *normalizer;
    crmsync_suppression *set;
    crmsync_rows *people, *companies, *out;
} bench;

static int64_t instant(crmsync_str text)
{
    int64_t ms = 0;
    assert_true(!text.len || crmi_datetime_parse(text, &ms));
    return ms;
}

static crmsync_config *config_of(yyjson_val *v)
{
    crmsync_config *config = NULL;
    yyjson_val *rules = yyjson_obj_get(v, "suppression"), *names = yyjson_obj_get(v, "local");
    char *text = rules ? yyjson_val_write(rules, 0, NULL) : NULL;
    char *local = names ? yyjson_val_write(names, 0, NULL) : NULL;
    size_t size = (text ? strlen(text) : 2) + (local ? strlen(local) : 2) + 64;
    char *json = malloc(size);
    assert_non_null(json);
    snprintf(json, size, "{\"version\":1,\"suppression\":%s,\"local\":%s}", text ? text : "{}",
             local ? local : "{}");
    assert_int_equal(crmsync_config_parse(NULL, crmi_str(json), &config, NULL), CRMSYNC_OK);
    free(json);
    free(text);
    free(local);
    return config;
}

static int32_t add_source(bench *b, yyjson_val *v)
{
    crmsync_suppression_source source = CRMSYNC_SUPPRESSION_SOURCE_INIT;
    crmsync_rows *rows = vector_rows(NULL, "source", yyjson_obj_get(v, "rows"));
    crmsync_rows *turned = NULL;
    yyjson_val *complete = yyjson_obj_get(v, "complete");
    for (uint32_t i = 1; i < 5; i++) {
        source.kind = crmi_str_is(vector_text(v, "kind"), kinds[i]) ? i : source.kind;
    }
    crmsync_rows_new(NULL, CRMI_STR("source"), NULL, 0, &turned, NULL);
    for (size_t i = crmsync_rows_count(rows); i-- > 0;) {
        crmi_rows_copy_row(turned, (crmi_record){rows, i});
    }
    source.name = vector_text(v, "name");
    source.complete = !complete || yyjson_get_bool(complete);
    source.read_ms = instant(vector_text(yyjson_obj_get(v, "read") ? v : b->json,
                                         yyjson_obj_get(v, "read") ? "read" : "now"));
    source.rows = b->backwards ? turned : rows;
    int32_t code = crmsync_suppression_add_source(b->set, &source, NULL);
    crmsync_rows_free(rows);
    crmsync_rows_free(turned);
    return code;
}

static int32_t check(bench *b, crmsync_error **err)
{
    crmsync_suppression_query query = CRMSYNC_SUPPRESSION_QUERY_INIT;
    yyjson_val *sources = yyjson_obj_get(b->json, "sources"), *channel;
    size_t n = yyjson_arr_size(sources), i, most;
    int32_t code = crmsync_suppression_new(b->alloc, b->config, b->normalizer, &b->set, err);
    for (i = 0; code == CRMSYNC_OK && i < n; i++) {
        code = add_source(b, yyjson_arr_get(sources, b->backwards ? n - 1 - i : i));
    }
    yyjson_arr_foreach(yyjson_obj_get(b->json, "channels"), i, most, channel)
    {
        bool call = crmi_str_is(vector_str(yyjson_get_str(channel)), "call");
        query.channels |= call ? CRMSYNC_CHANNEL_CALL : CRMSYNC_CHANNEL_EMAIL;
    }
    query.people = b->people;
    query.companies = b->companies;
    query.now_ms = instant(vector_text(b->json, "now"));
    return code ? code : crmsync_suppression_check(b->set, &query, &b->out, err);
}

static void set_up(bench *b, yyjson_val *json, bool backwards)
{
    *b = (bench){.json = json, .backwards = backwards};
    b->config = config_of(json);
    assert_int_equal(crmsync_config_normalizer(b->config, NULL, &b->normalizer, NULL), 0);
    b->people = vector_rows(NULL, "person", yyjson_obj_get(json, "people"));
    b->companies = vector_rows(NULL, "company", yyjson_obj_get(json, "companies"));
}

static void drop_run(bench *b)
{
    crmsync_rows_free(b->out);
    crmsync_suppression_free(b->set);
    b->out = NULL;
    b->set = NULL;
}

static void tear_down(bench *b)
{
    drop_run(b);
    crmsync_rows_free(b->people);
    crmsync_rows_free(b->companies);
    crmsync_normalizer_free(b->normalizer);
    crmsync_config_free(b->config);
}

/* `id | verdict | reason | source | record | name | until` */
static void line_of(crmi_buf *line, const crmsync_rows *rows, size_t row)
{
    static const char *const columns[] = {"id",     "verdict", "reason", "source",
                                          "record", "name",    "until"};
    crmi_buf_reset(line);
    for (size_t i = 0; i < 7; i++) {
        crmsync_cell cell = crmi_record_get((crmi_record){rows, row}, crmi_str(columns[i]));
        crmi_buf_lit(line, i ? " | " : "");
        if (cell.type == CRMSYNC_CELL_NULL) {
            crmi_buf_char(line, '-');
        }
        crmi_buf_cell(line, &cell);
    }
}

static void compare_rows(bench *b, const char *name)
{
    crmsync_alloc alloc;
    crmi_buf line;
    yyjson_val *want = yyjson_obj_get(b->json, "expect");
    crmi_alloc_init(&alloc, NULL);
    crmi_buf_init(&line, &alloc);
    for (size_t i = 0; i < crmsync_rows_count(b->out); i++) {
        const char *wanted = yyjson_get_str(yyjson_arr_get(want, i));
        line_of(&line, b->out, i);
        if (!wanted || strcmp(wanted, line.ptr) != 0) {
            fail_msg("%s: row %zu is\n%s\nnot\n%s", name, i, line.ptr, wanted ? wanted : "there");
        }
    }
    if (crmsync_rows_count(b->out) != yyjson_arr_size(want)) {
        fail_msg("%s: %zu rows", name, crmsync_rows_count(b->out));
    }
    crmi_buf_clear(&line);
}

static void compare_remembered(bench *b, const char *name)
{
    static const char *const columns[] = {"opt_out", "do_not_call"};
    yyjson_val *all = yyjson_obj_get(b->json, "remember");
    for (size_t i = 0; i < crmsync_rows_count(b->out); i++) {
        crmi_record row = {b->out, i};
        yyjson_val *want = yyjson_obj_get(all, crmi_record_text(row, "id").ptr);
        for (size_t k = 0; want && k < 2; k++) {
            bool wanted = yyjson_get_bool(yyjson_obj_get(want, columns[k]));
            if (crmi_record_flag(row, columns[k]) != wanted) {
                fail_msg("%s: %s is not remembered right", name, columns[k]);
            }
        }
    }
}

static void run_case(yyjson_val *v, bool backwards)
{
    bench b;
    const char *name = yyjson_get_str(yyjson_obj_get(v, "name"));
    crmsync_str refusal = vector_text(v, "error");
    set_up(&b, v, backwards);
    int32_t code = check(&b, NULL);
    if (!crmi_str_eq(refusal, code ? crmi_str(crmsync_code_name(code)) : CRMI_STR_EMPTY)) {
        fail_msg("%s: code %d", name, (int)code);
    }
    compare_rows(&b, name);
    compare_remembered(&b, name);
    tear_down(&b);
}

static void for_each_case(void (*run)(yyjson_val *v, bool flag), bool flag)
{
    yyjson_doc *doc = vector_file("engagement/suppression.json");
    yyjson_val *v;
    size_t i, n;
    yyjson_arr_foreach(yyjson_obj_get(yyjson_doc_get_root(doc), "cases"), i, n, v)
    {
        run(v, flag);
    }
    assert_true(n >= 45);
    yyjson_doc_free(doc);
}

static void test_suppression_check__each_vector_is_judged_as_expected(void **state)
{
    (void)state;
    for_each_case(run_case, false);
}

static void test_suppression_check__sources_and_rows_in_reverse_judge_the_same(void **state)
{
    (void)state;
    for_each_case(run_case, true);
}

static void test_refuses__walked_a_refusal_is_lifted_by_both_sides_or_the_host(void **state)
{
    (void)state;
    for (uint32_t host = CRMI_UNSAID; host <= CRMI_YES; host++) {
        for (uint32_t crm = CRMI_UNSAID; crm <= CRMI_YES; crm++) {
            for (uint32_t was = CRMI_UNSAID; was <= CRMI_YES; was++) {
                bool plain = crmi_refuses(host, crm, was, false);
                bool again = crmi_refuses(host, crm, was, true);
                bool any = host == CRMI_YES || crm == CRMI_YES || was == CRMI_YES;
                bool both_in = host == CRMI_NO && crm == CRMI_NO;
                assert_int_equal(plain, any && !both_in);
                assert_int_equal(again, host == CRMI_YES);
            }
        }
    }
}

static void test_suppression_add_source__wrong_ones_are_refused(void **state)
{
    crmsync_config *config = NULL;
    crmsync_normalizer *normalizer = NULL;
    crmsync_suppression *set = NULL;
    crmsync_suppression_source source = CRMSYNC_SUPPRESSION_SOURCE_INIT;
    crmsync_error *err = NULL;
    (void)state;
    assert_int_equal(crmsync_suppression_new(NULL, NULL, NULL, &set, NULL), CRMSYNC_E_INVALID);
    crmsync_config_parse(NULL, CRMI_STR("{\"version\":1}"), &config, NULL);
    crmsync_normalizer_new(NULL, NULL, &normalizer, NULL);
    assert_int_equal(crmsync_suppression_new(NULL, config, normalizer, &set, NULL), CRMSYNC_OK);
    assert_int_equal(crmsync_suppression_add_source(set, &source, &err), CRMSYNC_E_INVALID);
    assert_non_null(strstr(crmsync_error_message(err).ptr, "name"));
    crmsync_error_free(err);
    source.kind = 9;
    assert_int_equal(crmsync_suppression_add_source(set, &source, NULL), CRMSYNC_E_INVALID);
    source.struct_size = 0;
    assert_int_equal(crmsync_suppression_add_source(set, &source, NULL), CRMSYNC_E_INVALID);
    crmsync_suppression_query query = CRMSYNC_SUPPRESSION_QUERY_INIT;
    crmsync_rows *out = NULL;
    assert_int_equal(crmsync_suppression_check(set, &query, &out, NULL), CRMSYNC_E_INVALID);
    crmsync_suppression_free(set);
    crmsync_suppression_free(NULL);
    crmsync_normalizer_free(normalizer);
    crmsync_config_free(config);
}

/* A case's whole run under an allocator that fails at each request in turn. */
static void starve(yyjson_val *v, bool flag)
{
    bench b;
    failing_alloc f = {0};
    crmsync_alloc alloc = failing_alloc_table(&f);
    int32_t code = CRMSYNC_E_NOMEM;
    (void)flag;
    set_up(&b, v, false);
    b.alloc = &alloc;
    for (size_t k = 1; code == CRMSYNC_E_NOMEM && k < 2000; k++) {
        f = (failing_alloc){.fail_at = k};
        code = check(&b, NULL);
        drop_run(&b);
        assert_int_equal(f.blocks, 0);
    }
    assert_true(code != CRMSYNC_E_NOMEM);
    tear_down(&b);
}

static void test_suppression__every_allocation_failing_gives_nomem_and_leaks_nothing(void **state)
{
    (void)state;
    for_each_case(starve, false);
}

/* Verdicts as rows that a host kept: the row of rank 0 is the first of its person. */
static void test_decide_people__verdicts_hold_whom_they_name(void **state)
{
    static const char config_json[] =
        "{\"version\":1,\"extends\":\"recommended\",\"export\":{\"mode\":\"leads\"},"
        "\"suppression\":{\"holds_export\":true}}";
    static const char people_json[] =
        "{\"id\":\"p1\",\"email\":\"a@acme.example\",\"last_name\":\"A\",\"company\":\"Acme\"}\n"
        "{\"id\":\"p2\",\"email\":\"b@acme.example\",\"last_name\":\"B\",\"company\":\"Acme\"}\n";
    static const char verdict_json[] =
        "{\"id\":\"p2\",\"reason\":\"on_list\",\"source\":\"Rivals\",\"record\":null}\n"
        "{\"id\":\"p2\",\"reason\":\"source_stale\",\"source\":\"Other\",\"record\":null}\n"
        "{\"id\":\"p1\",\"reason\":null}\n";
    crmsync_decide_input in = CRMSYNC_DECIDE_INPUT_INIT;
    crmsync_config *config = NULL;
    crmsync_normalizer *normalizer = NULL;
    crmsync_rows *people = NULL, *verdicts = NULL;
    failing_alloc f = {0};
    crmsync_alloc alloc = failing_alloc_table(&f);
    int32_t code = CRMSYNC_E_NOMEM;
    (void)state;
    assert_int_equal(crmsync_config_parse(NULL, crmi_str(config_json), &config, NULL), 0);
    assert_int_equal(crmsync_normalizer_new(NULL, NULL, &normalizer, NULL), 0);
    crmsync_rows_new(NULL, CRMI_STR("person"), NULL, 0, &people, NULL);
    crmsync_rows_new(NULL, CRMI_STR("verdict"), NULL, 0, &verdicts, NULL);
    assert_int_equal(crmsync_rows_append_jsonl(people, crmi_str(people_json), NULL), 0);
    assert_int_equal(crmsync_rows_append_jsonl(verdicts, crmi_str(verdict_json), NULL), 0);
    in.config = config;
    in.normalizer = normalizer;
    in.people = people;
    in.verdicts = verdicts;
    for (size_t k = 1; code == CRMSYNC_E_NOMEM && k < 2000; k++) {
        crmsync_plan *plan = NULL;
        crmsync_plan_op op = CRMSYNC_PLAN_OP_INIT;
        f = (failing_alloc){.fail_at = k};
        code = crmsync_decide_people(&alloc, &in, &plan, NULL);
        if (code == CRMSYNC_OK) {
            assert_int_equal(crmsync_plan_get(plan, 0, &op), CRMSYNC_OK);
            assert_int_equal(op.reason, CRMSYNC_REASON_CREATE_NO_MATCH);
            assert_int_equal(crmsync_plan_get(plan, 1, &op), CRMSYNC_OK);
            assert_int_equal(op.reason, CRMSYNC_REASON_SUPPRESSED);
            assert_string_equal(op.detail.ptr, "on_list: Rivals");
        }
        crmsync_plan_free(plan);
        assert_int_equal(f.blocks, 0);
    }
    assert_int_equal(code, CRMSYNC_OK);
    crmsync_rows_free(people);
    crmsync_rows_free(verdicts);
    crmsync_normalizer_free(normalizer);
    crmsync_config_free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_suppression_check__each_vector_is_judged_as_expected),
        cmocka_unit_test(test_suppression_check__sources_and_rows_in_reverse_judge_the_same),
        cmocka_unit_test(test_refuses__walked_a_refusal_is_lifted_by_both_sides_or_the_host),
        cmocka_unit_test(test_suppression_add_source__wrong_ones_are_refused),
        cmocka_unit_test(test_decide_people__verdicts_hold_whom_they_name),
        cmocka_unit_test(test_suppression__every_allocation_failing_gives_nomem_and_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
