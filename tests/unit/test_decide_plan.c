/* The plan as others see it: text, JSON both ways, summary, review; and deciding without memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <crmsync/plan.h>

#include "base/str.h"
#include "decide/plan.h"
#include "unit/failing_alloc.h"
#include "unit/plan_case.h"

typedef struct fixture {
    crmsync_config *config;
    crmsync_schema *schema;
    crmsync_normalizer *normalizer;
    crmsync_rows *people, *companies, *contacts, *accounts;
    const crmsync_rows *candidates[2];
} fixture;

static const char config_json[] =
    "{\"version\":1,\"extends\":\"recommended\",\"export\":{\"mode\":\"contacts\"}}";
static const char people_json[] =
    "{\"id\":\"p1\",\"first_name\":\"Jane\",\"last_name\":\"Doe\",\"email\":\"jane@acme.com\","
    "\"company\":\"Acme Inc\",\"phone\":\"+1 555\"}\n"
    "{\"id\":\"p2\",\"first_name\":\"Joe\",\"last_name\":\"Ro\\u001b[31m\",\"email\":\"joe@new."
    "example\","
    "\"company\":\"New Ltd\"}\n"
    "{\"id\":\"p3\",\"first_name\":\"No\",\"last_name\":\"Key\"}\n"
    "{\"id\":\"p4\",\"first_name\":\"Joe\",\"last_name\":\"Ro\",\"email\":\"JOE@new.example\"}\n"
    "{\"id\":\"p5\",\"first_name\":\"Bo\",\"last_name\":\"Li\",\"email\":\"bo@old.example\","
    "\"company_id\":\"c1\"}\n";
static const char companies_json[] =
    "{\"id\":\"c1\",\"name\":\"Old Group\",\"website\":\"old.example\"}\n";
static const char contacts_json[] =
    "{\"Id\":\"003000000000001AAA\",\"FirstName\":null,\"LastName\":\"Doe\",\"Email\":\"jane@acme."
    "com\","
    "\"Title\":null,\"Phone\":null,\"AccountId\":\"001000000000001AAA\",\"IsDeleted\":false,"
    "\"SystemModstamp\":\"2026-11-01T10:00:00.000Z\"}\n";
static const char accounts_json[] =
    "{\"Id\":\"001000000000001AAA\",\"Name\":\"Acme\",\"Website\":\"acme.com\"}\n";

static crmsync_rows *rows_of(const char *kind, const char *jsonl)
{
    crmsync_rows *rows = NULL;
    assert_int_equal(crmsync_rows_new(NULL, crmi_str(kind), NULL, 0, &rows, NULL), CRMSYNC_OK);
    assert_int_equal(crmsync_rows_append_jsonl(rows, crmi_str(jsonl), NULL), CRMSYNC_OK);
    return rows;
}

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    yyjson_doc *doc = vector_file("schema/standard.json");
    size_t len = 0;
    char *text = yyjson_write(doc, 0, &len);
    assert_int_equal(crmsync_schema_parse(NULL, (crmsync_str){text, len}, &f->schema, NULL),
                     CRMSYNC_OK);
    free(text);
    yyjson_doc_free(doc);
    assert_int_equal(crmsync_config_parse(NULL, crmi_str(config_json), &f->config, NULL),
                     CRMSYNC_OK);
    assert_int_equal(crmsync_normalizer_new(NULL, NULL, &f->normalizer, NULL), CRMSYNC_OK);
    f->people = rows_of("person", people_json);
    f->companies = rows_of("company", companies_json);
    f->contacts = rows_of("Contact", contacts_json);
    f->accounts = rows_of("Account", accounts_json);
    f->candidates[0] = f->contacts;
    f->candidates[1] = f->accounts;
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    crmsync_rows_free(f->people);
    crmsync_rows_free(f->companies);
    crmsync_rows_free(f->contacts);
    crmsync_rows_free(f->accounts);
    crmsync_normalizer_free(f->normalizer);
    crmsync_schema_free(f->schema);
    crmsync_config_free(f->config);
    free(f);
    return 0;
}

static int32_t decide(fixture *f, const crmsync_alloc *alloc, crmsync_plan **plan)
{
    crmsync_decide_input in = CRMSYNC_DECIDE_INPUT_INIT;
    in.config = f->config;
    in.schema = f->schema;
    in.normalizer = f->normalizer;
    in.people = f->people;
    in.companies = f->companies;
    in.candidates = f->candidates;
    in.candidate_count = 2;
    return crmsync_decide_people(alloc, &in, plan, NULL);
}

static size_t op_of(const crmsync_plan *plan, const char *id, crmsync_plan_op *op)
{
    *op = (crmsync_plan_op)CRMSYNC_PLAN_OP_INIT;
    for (size_t i = 0; i < crmsync_plan_count(plan); i++) {
        assert_int_equal(crmsync_plan_get(plan, i, op), CRMSYNC_OK);
        if (crmi_str_is(op->local_id, id)) {
            return i;
        }
    }
    fail_msg("no operation for %s", id);
    return 0;
}

static crmsync_alloc libc_alloc(void)
{
    crmsync_alloc a;
    crmi_alloc_init(&a, NULL);
    return a;
}

static void test_decide_people__a_page_is_decided_whole(void **state)
{
    crmsync_plan *plan = NULL;
    crmsync_plan_op op;
    assert_int_equal(decide(*state, NULL, &plan), CRMSYNC_OK);
    op_of(plan, "p1", &op);
    assert_int_equal(op.outcome, CRMSYNC_OUTCOME_UPDATED);
    assert_int_equal(op.rule, CRMSYNC_REASON_MATCH_EMAIL);
    op_of(plan, "p2", &op);
    assert_int_equal(op.crm_op, CRMSYNC_OP_CREATE);
    assert_true(op.parent != CRMSYNC_PLAN_NONE);
    op_of(plan, "p3", &op);
    assert_int_equal(op.reason, CRMSYNC_REASON_NO_KEY);
    op_of(plan, "p4", &op);
    assert_int_equal(op.reason, CRMSYNC_REASON_LOCAL_DUPLICATE);
    op_of(plan, "p5", &op);
    assert_true(op.parent != CRMSYNC_PLAN_NONE);
    op_of(plan, "c1", &op);
    assert_int_equal(op.crm_op, CRMSYNC_OP_CREATE);
    assert_int_equal(crmsync_plan_count(plan), 7);
    crmsync_plan_free(plan);
}

static void test_plan_exclude__what_depends_on_it_goes_too(void **state)
{
    crmsync_plan *plan = NULL;
    crmsync_plan_op op;
    assert_int_equal(decide(*state, NULL, &plan), CRMSYNC_OK);
    size_t company = op_of(plan, "c1", &op);
    assert_int_equal(crmsync_plan_exclude(plan, company, 1), CRMSYNC_OK);
    op_of(plan, "p5", &op);
    assert_int_equal(op.excluded, 1);
    op_of(plan, "p1", &op);
    assert_int_equal(op.excluded, 0);
    assert_int_equal(crmsync_plan_exclude(plan, company, 0), CRMSYNC_OK);
    op_of(plan, "p5", &op);
    assert_int_equal(op.excluded, 0);
    assert_int_equal(crmsync_plan_exclude(plan, 99, 1), CRMSYNC_E_INVALID);
    crmsync_plan_free(plan);
}

static crmsync_str cell_text(const crmsync_rows *rows, size_t row, const char *field)
{
    int32_t at = crmsync_rows_find_field(rows, crmi_str(field));
    assert_true(at >= 0);
    return crmsync_rows_get(rows, row, (size_t)at).text;
}

/* One call tells what a call for each operation and each field tells. */
static void test_plan_ops__in_bulk_are_those_one_by_one(void **state)
{
    crmsync_plan *plan = NULL;
    crmsync_rows *ops = NULL;
    crmsync_rows *fields = NULL;
    size_t row = 0;
    assert_int_equal(decide(*state, NULL, &plan), CRMSYNC_OK);
    assert_int_equal(crmsync_plan_exclude(plan, 1, 1), CRMSYNC_OK);
    assert_int_equal(crmsync_plan_ops(plan, 0, SIZE_MAX, &ops, NULL), CRMSYNC_OK);
    assert_int_equal(crmsync_plan_fields(plan, 0, SIZE_MAX, &fields, NULL), CRMSYNC_OK);
    assert_int_equal(crmsync_rows_count(ops), crmsync_plan_count(plan));
    for (size_t i = 0; i < crmsync_plan_count(plan); i++) {
        crmsync_plan_op op = CRMSYNC_PLAN_OP_INIT;
        uint64_t n = 0;
        assert_int_equal(crmsync_plan_get(plan, i, &op), CRMSYNC_OK);
        assert_true(crmi_str_eq(cell_text(ops, i, "local_id"), op.local_id));
        assert_true(crmi_str_eq(cell_text(ops, i, "object"), op.object));
        assert_int_equal(crmsync_reason_by_name(cell_text(ops, i, "reason")), op.reason);
        assert_int_equal(crmsync_rows_get(ops, i, 17).number, op.excluded);
        assert_true(crmi_str_to_u64(cell_text(ops, i, "fields"), &n) && n == op.field_count);
        assert_int_equal(cell_text(ops, i, "parent").len > 0, op.parent != CRMSYNC_PLAN_NONE);
        for (size_t k = 0; k < op.field_count; k++, row++) {
            crmsync_plan_field f = CRMSYNC_PLAN_FIELD_INIT;
            assert_int_equal(crmsync_plan_get_field(plan, i, k, &f), CRMSYNC_OK);
            assert_true(crmi_str_to_u64(cell_text(fields, row, "operation"), &n) && n == i);
            assert_true(crmi_str_eq(cell_text(fields, row, "remote"), f.remote));
            assert_int_equal(crmsync_reason_by_name(cell_text(fields, row, "reason")), f.reason);
            crmsync_cell cell = crmsync_rows_get(fields, row, 6);
            assert_int_equal(cell.type, f.crm_new.type);
            assert_true(crmi_str_eq(cell.text, f.crm_new.text));
        }
    }
    assert_int_equal(row, crmsync_rows_count(fields));
    crmsync_rows_free(ops);
    crmsync_rows_free(fields);
    crmsync_plan_free(plan);
}

static void test_plan_ops__a_range_is_cut_at_the_end(void **state)
{
    crmsync_plan *plan = NULL;
    crmsync_rows *rows = NULL;
    static const struct {
        size_t first, count, want;
    } cases[] = {{0, 2, 2}, {5, 2, 2}, {6, SIZE_MAX, 1}, {7, 1, 0}, {SIZE_MAX, SIZE_MAX, 0}};
    assert_int_equal(decide(*state, NULL, &plan), CRMSYNC_OK);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(crmsync_plan_ops(plan, cases[i].first, cases[i].count, &rows, NULL),
                         CRMSYNC_OK);
        assert_int_equal(crmsync_rows_count(rows), cases[i].want);
        crmsync_rows_free(rows);
    }
    assert_int_equal(crmsync_plan_ops(NULL, 0, 1, &rows, NULL), CRMSYNC_E_INVALID);
    assert_null(rows);
    assert_int_equal(crmsync_plan_fields(plan, 0, 1, NULL, NULL), CRMSYNC_E_INVALID);
    crmsync_plan_free(plan);
}

static void test_plan_others__ids_of_what_else_was_found_are_told(void **state)
{
    static const char json[] =
        "{\"version\":1,\"operations\":[{\"direction\":\"out\",\"kind\":\"person\","
        "\"crm_op\":\"none\",\"local_op\":\"none\",\"outcome\":\"held\",\"reason\":"
        "\"ambiguous\",\"fields\":[],\"others\":[{\"object\":\"Lead\",\"id\":"
        "\"00Q000000000001EAA\",\"state\":\"converted\",\"moved_to\":\"003000000000001AAA\"},"
        "{\"object\":\"Contact\",\"id\":\"003000000000001AAA\",\"state\":\"live\"}]}]}";
    crmsync_plan *plan = NULL;
    crmsync_rows *rows = NULL;
    (void)state;
    assert_int_equal(crmsync_plan_read(NULL, crmi_str(json), &plan, NULL), CRMSYNC_OK);
    assert_int_equal(crmsync_plan_others(plan, 0, SIZE_MAX, &rows, NULL), CRMSYNC_OK);
    assert_int_equal(crmsync_rows_count(rows), 2);
    assert_true(crmi_str_is(cell_text(rows, 0, "moved_to"), "003000000000001AAA"));
    assert_true(crmi_str_is(cell_text(rows, 0, "state"), "converted"));
    assert_true(crmi_str_is(cell_text(rows, 1, "object"), "Contact"));
    assert_int_equal(crmsync_rows_get(rows, 1, 4).type, CRMSYNC_CELL_ABSENT);
    crmsync_rows_free(rows);
    crmsync_plan_free(plan);
}

static void test_plan_write_text__shows_changes_and_sums_up_the_rest(void **state)
{
    crmsync_alloc a = libc_alloc();
    crmsync_plan_text_options options = CRMSYNC_PLAN_TEXT_OPTIONS_INIT;
    crmsync_plan *plan = NULL;
    crmi_buf b;
    crmi_buf_init(&b, &a);
    assert_int_equal(decide(*state, NULL, &plan), CRMSYNC_OK);
    assert_int_equal(crmsync_plan_write_text(plan, &options, plan_collect, &b, NULL), CRMSYNC_OK);
    crmsync_str text = crmi_buf_str(&b);
    assert_true(crmi_str_find(text, CRMI_STR("\nContact: 1 to update\n"
                                             "  ~ p1 Jane Doe (003000000000001AAA)  found: same "
                                             "e-mail address\n"
                                             "      FirstName  (empty) -> \"Jane\"  ")) >= 0);
    assert_true(crmi_str_find(text, CRMI_STR("(the new Account New Ltd)")) >= 0);
    assert_true(crmi_str_find(text, CRMI_STR("\\x1b[31m")) >= 0);
    assert_true(crmi_str_chr(text, '\033') < 0);
    crmi_buf_reset(&b);
    options.limit = 1;
    options.colour = 1;
    assert_int_equal(crmsync_plan_write_text(plan, &options, plan_collect, &b, NULL), CRMSYNC_OK);
    assert_true(crmi_str_find(crmi_buf_str(&b), CRMI_STR("and 6 more:")) >= 0);
    assert_true(crmi_str_chr(crmi_buf_str(&b), '\033') >= 0);
    assert_int_equal(crmsync_plan_write_text(plan, NULL, plan_refuse, NULL, NULL), CRMSYNC_E_CALLBACK);
    crmi_buf_clear(&b);
    crmsync_plan_free(plan);
}

static void test_plan_summary__counts_add_up(void **state)
{
    crmsync_plan *plan = NULL;
    crmsync_rows *rows = NULL;
    uint64_t total = 0;
    assert_int_equal(decide(*state, NULL, &plan), CRMSYNC_OK);
    assert_int_equal(crmsync_plan_summary(plan, &rows, NULL), CRMSYNC_OK);
    for (size_t i = 0; i < crmsync_rows_count(rows); i++) {
        uint64_t n = 0;
        assert_true(crmi_str_to_u64(crmsync_rows_get(rows, i, 4).text, &n));
        total += n;
    }
    assert_int_equal(total, crmsync_plan_count(plan));
    crmsync_rows_free(rows);
    crmsync_plan_free(plan);
}

static void test_plan_read__what_was_written_comes_back(void **state)
{
    crmsync_alloc a = libc_alloc();
    crmsync_plan *plan = NULL;
    crmsync_plan *again = NULL;
    crmi_buf first, second;
    crmi_buf_init(&first, &a);
    crmi_buf_init(&second, &a);
    assert_int_equal(decide(*state, NULL, &plan), CRMSYNC_OK);
    assert_int_equal(crmsync_plan_exclude(plan, 0, 1), CRMSYNC_OK);
    assert_int_equal(crmsync_plan_write_json(plan, plan_collect, &first, NULL), CRMSYNC_OK);
    assert_int_equal(crmsync_plan_read(NULL, crmi_buf_str(&first), &again, NULL), CRMSYNC_OK);
    assert_int_equal(crmsync_plan_write_json(again, plan_collect, &second, NULL), CRMSYNC_OK);
    assert_string_equal(first.ptr, second.ptr);
    crmi_buf_clear(&first);
    crmi_buf_clear(&second);
    crmsync_plan_free(again);
    crmsync_plan_free(plan);
}

#define OP_HEAD    "{\"direction\":\"out\",\"kind\":\"person\",\"local_id\":\"p1\","
#define OP(middle) "{\"version\":1,\"operations\":[" OP_HEAD middle ",\"fields\":[]}]}"
#define NO_OPS     "\"crm_op\":\"none\",\"local_op\":\"none\""
#define HELD       "\"outcome\":\"held\",\"reason\":\"ambiguous\""

static void test_plan_read__hostile_plans_are_refused(void **state)
{
    static const struct {
        const char *json, *where;
        int32_t code;
    } rows[] = {
        {OP(NO_OPS "," HELD), "", CRMSYNC_OK},
        {"{}", "", CRMSYNC_E_INVALID},
        {"[1]", "", CRMSYNC_E_INVALID},
        {"{\"version\":2,\"operations\":[]}", "", CRMSYNC_E_UNSUPPORTED},
        {"{\"version\":1,\"operations\":[7]}", "/operations/0/", CRMSYNC_E_INVALID},
        {OP("\"crm_op\":\"explode\",\"local_op\":\"none\"," HELD), "/operations/0/crm_op",
         CRMSYNC_E_INVALID},
        {OP("\"crm_op\":\"create\",\"local_op\":\"none\",\"object\":\"Lead\"," HELD),
         "/operations/0/reason", CRMSYNC_E_INVALID},
        {OP("\"crm_op\":\"update\",\"local_op\":\"none\",\"object\":\"Lead\","
            "\"outcome\":\"updated\",\"reason\":\"update_fields\""),
         "/operations/0/crm_id", CRMSYNC_E_INVALID},
        {OP("\"crm_op\":\"update\",\"local_op\":\"none\",\"object\":\"Lead\","
            "\"crm_id\":\"003000000000001AAA\",\"outcome\":\"updated\",\"reason\":\"update_"
            "fields\""),
         "/operations/0/crm_id", CRMSYNC_E_INVALID},
        {OP("\"crm_op\":\"create\",\"local_op\":\"none\",\"object\":\"Opportunity\","
            "\"outcome\":\"created\",\"reason\":\"create_no_match\""),
         "/operations/0/object", CRMSYNC_E_INVALID},
        {OP(NO_OPS ",\"parent\":0," HELD), "/operations/0/parent", CRMSYNC_E_INVALID},
        {OP(NO_OPS ",\"same_as\":5," HELD), "/operations/0/same_as", CRMSYNC_E_INVALID},
        {OP(NO_OPS ",\"crm_id\":\"' OR 1=1\"," HELD), "/operations/0/crm_id", CRMSYNC_E_INVALID},
        {OP(NO_OPS ",\"outcome\":\"created\",\"reason\":\"ambiguous\""), "/operations/0/outcome",
         CRMSYNC_E_INVALID},
        {OP(NO_OPS ",\"outcome\":\"held\",\"reason\":\"match_link\""), "/operations/0/reason",
         CRMSYNC_E_INVALID},
        {"{\"version\":1,\"operations\":[" OP_HEAD NO_OPS "," HELD
         ",\"fields\":[{\"remote\":\"Na me\",\"base\":\"keep\"}]}]}",
         "/operations/0/fields/0/remote", CRMSYNC_E_INVALID},
        {"{\"version\":1,\"operations\":[" OP_HEAD NO_OPS "," HELD
         ",\"fields\":[{\"remote\":\"Name\",\"base\":\"keep\",\"crm_new\":{\"date\":\"soon\"}}]}]}",
         "/operations/0/fields/0/crm_new", CRMSYNC_E_INVALID},
        {"{\"version\":1,\"operations\":[" OP_HEAD NO_OPS "," HELD
         ",\"fields\":[{\"remote\":\"Name\",\"base\":\"keep\",\"crm_old\":{\"decimal\":\"none\"}}]}"
         "]}",
         "/operations/0/fields/0/crm_old", CRMSYNC_E_INVALID},
        {"{\"version\":1,\"operations\":[" OP_HEAD NO_OPS "," HELD
         ",\"fields\":[{\"remote\":\"Name\",\"base\":\"keep\",\"crm_old\":{\"id\":\"' OR 1=1 "
         "--12345\"}}]}]}",
         "/operations/0/fields/0/crm_old", CRMSYNC_E_INVALID},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        crmsync_plan *plan = NULL;
        crmsync_error *err = NULL;
        int32_t code = crmsync_plan_read(NULL, crmi_str(rows[i].json), &plan, &err);
        assert_int_equal(code, rows[i].code);
        if (rows[i].where[0]) {
            crmsync_str where = crmsync_error_where(err);
            assert_string_equal(where.ptr ? where.ptr : "", rows[i].where);
        }
        crmsync_error_free(err);
        crmsync_plan_free(plan);
    }
}

static void test_plan_get__smaller_struct_of_an_older_caller_is_respected(void **state)
{
    crmsync_plan *plan = NULL;
    struct {
        size_t struct_size;
        crmsync_str kind;
        uint64_t guard;
    } old = {.struct_size = sizeof(size_t) + sizeof(crmsync_str), .guard = 7};
    crmsync_plan_op op = CRMSYNC_PLAN_OP_INIT;
    assert_int_equal(decide(*state, NULL, &plan), CRMSYNC_OK);
    assert_int_equal(crmsync_plan_get(plan, 0, (crmsync_plan_op *)(void *)&old), CRMSYNC_OK);
    assert_int_equal(old.guard, 7);
    assert_true(old.kind.len > 0);
    assert_int_equal(crmsync_plan_get(plan, 99, &op), CRMSYNC_E_INVALID);
    assert_int_equal(crmsync_plan_count(NULL), 0);
    crmsync_plan_free(plan);
}

static void spell(const crmsync_plan *plan, crmi_buf *json)
{
    assert_int_equal(crmsync_plan_write_json(plan, plan_collect, json, NULL), CRMSYNC_OK);
}

/* Each allocation in turn fails: NOMEM or, where one could be done without, the very same plan. */
static void test_decide_people__without_memory_says_so_and_leaks_nothing(void **state)
{
    crmsync_alloc a = libc_alloc();
    crmsync_plan *whole = NULL;
    crmi_buf want, have;
    bool failed = true;
    size_t k = 0;
    crmi_buf_init(&want, &a);
    crmi_buf_init(&have, &a);
    assert_int_equal(decide(*state, NULL, &whole), CRMSYNC_OK);
    spell(whole, &want);
    crmsync_plan_free(whole);
    while (failed) {
        failing_alloc f = {.fail_at = ++k};
        crmsync_alloc alloc = failing_alloc_table(&f);
        crmsync_plan *plan = NULL;
        int32_t code = decide(*state, &alloc, &plan);
        failed = f.requests >= k;
        assert_true(code == CRMSYNC_OK || (failed && code == CRMSYNC_E_NOMEM));
        assert_int_equal(code == CRMSYNC_OK, plan != NULL);
        if (plan) {
            f.fail_at = 0;
            crmi_buf_reset(&have);
            spell(plan, &have);
            assert_string_equal(have.ptr, want.ptr);
        }
        crmsync_plan_free(plan);
        assert_int_equal(f.held, 0);
        assert_int_equal(f.blocks, 0);
    }
    assert_true(k > 20);
    crmi_buf_clear(&want);
    crmi_buf_clear(&have);
}

static void test_plan_json__without_memory_says_so_and_leaks_nothing(void **state)
{
    crmsync_alloc a = libc_alloc();
    crmsync_plan *plan = NULL;
    crmi_buf json;
    int32_t code = CRMSYNC_E_NOMEM;
    crmi_buf_init(&json, &a);
    assert_int_equal(decide(*state, NULL, &plan), CRMSYNC_OK);
    assert_int_equal(crmsync_plan_write_json(plan, plan_collect, &json, NULL), CRMSYNC_OK);
    for (size_t k = 1; code != CRMSYNC_OK; k++) {
        failing_alloc f = {.fail_at = k};
        crmsync_alloc alloc = failing_alloc_table(&f);
        crmsync_plan *read = NULL;
        crmi_buf text;
        crmi_buf_init(&text, &a);
        code = crmsync_plan_read(&alloc, crmi_buf_str(&json), &read, NULL);
        assert_true(code == CRMSYNC_OK || code == CRMSYNC_E_NOMEM);
        if (code == CRMSYNC_OK) {
            f.fail_at = 0;
            code = crmsync_plan_write_text(read, NULL, plan_collect, &text, NULL);
        }
        crmsync_plan_free(read);
        crmi_buf_clear(&text);
        assert_int_equal(f.blocks, 0);
    }
    crmi_buf_clear(&json);
    crmsync_plan_free(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decide_people__a_page_is_decided_whole),
        cmocka_unit_test(test_plan_exclude__what_depends_on_it_goes_too),
        cmocka_unit_test(test_plan_ops__in_bulk_are_those_one_by_one),
        cmocka_unit_test(test_plan_ops__a_range_is_cut_at_the_end),
        cmocka_unit_test(test_plan_others__ids_of_what_else_was_found_are_told),
        cmocka_unit_test(test_plan_write_text__shows_changes_and_sums_up_the_rest),
        cmocka_unit_test(test_plan_summary__counts_add_up),
        cmocka_unit_test(test_plan_read__what_was_written_comes_back),
        cmocka_unit_test(test_plan_read__hostile_plans_are_refused),
        cmocka_unit_test(test_plan_get__smaller_struct_of_an_older_caller_is_respected),
        cmocka_unit_test(test_decide_people__without_memory_says_so_and_leaks_nothing),
        cmocka_unit_test(test_plan_json__without_memory_says_so_and_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
