/* Rows, cells and the table of CRM objects. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "failing_alloc.h"
#include "model/activity_kind.h"
#include "model/crm.h"
#include "model/rows.h"

static const crmsync_str person_fields[] = {CRMSYNC_STR_LIT("id"), CRMSYNC_STR_LIT("email"),
                                            CRMSYNC_STR_LIT("vip")};

static crmsync_rows *people(void)
{
    crmsync_rows *rows = NULL;
    assert_int_equal(crmsync_rows_new(NULL, CRMI_STR("person"), person_fields, 3, &rows, NULL), 0);
    return rows;
}

static void assert_text(crmsync_str s, const char *expected)
{
    if (!crmi_str_is(s, expected))
        fail_msg("\"%.*s\" is not \"%s\"", CRMI_SPELL(s), expected);
}

static void assert_refused(int32_t code, crmsync_error *err, const char *part)
{
    assert_int_equal(code, CRMSYNC_E_INVALID);
    if (crmi_str_find(crmsync_error_message(err), crmi_str(part)) < 0)
        fail_msg("\"%s\" lacks \"%s\"", crmsync_error_message(err).ptr, part);
    crmsync_error_free(err);
}

static void test_rows_new__bad_names_are_refused_with_position(void **state)
{
    static const struct {
        crmsync_str second;
        const char *part;
    } cases[] = {
        {CRMSYNC_STR_LIT(""), "field 1 is empty"},
        {CRMSYNC_STR_LIT("id"), "field 1 was given before"},
        {CRMSYNC_STR_LIT("\xff"), "field 1 is not UTF-8"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        crmsync_str names[2] = {CRMI_STR("id"), cases[i].second};
        crmsync_error *err = NULL;
        crmsync_rows *rows = (crmsync_rows *)&err;
        int32_t code = crmsync_rows_new(NULL, CRMI_STR("person"), names, 2, &rows, &err);
        assert_null(rows);
        assert_refused(code, err, cases[i].part);
    }
    char long_name[257];
    memset(long_name, 'x', sizeof long_name);
    crmsync_str names[1] = {{long_name, 256}};
    crmsync_error *err = NULL;
    crmsync_rows *rows;
    int32_t code = crmsync_rows_new(NULL, CRMI_STR("person"), names, 1, &rows, &err);
    assert_refused(code, err, "longer than 255");
    err = NULL;
    code = crmsync_rows_new(NULL, (crmsync_str){long_name, 81}, NULL, 0, &rows, &err);
    assert_refused(code, err, "kind");
}

static void test_rows_append__texts_are_copied(void **state)
{
    crmsync_rows *rows = people();
    char email[] = "jane@acme.example";
    crmsync_cell cells[2] = {crmi_cell_text(CRMI_STR("p1")), crmi_cell_text(crmi_str(email))};
    (void)state;
    assert_int_equal(crmsync_rows_append(rows, cells, 2, NULL), 0);
    memset(email, '!', sizeof email - 1);
    assert_int_equal(crmsync_rows_count(rows), 1);
    assert_text(crmsync_rows_get(rows, 0, 1).text, "jane@acme.example");
    assert_int_equal(crmsync_rows_get(rows, 0, 2).type, CRMSYNC_CELL_ABSENT);
    assert_int_equal(crmsync_rows_get(rows, 1, 0).type, CRMSYNC_CELL_ABSENT);
    assert_int_equal(crmsync_rows_get(rows, 0, 3).type, CRMSYNC_CELL_ABSENT);
    crmsync_rows_free(rows);
}

static void test_rows_append__bad_cells_are_refused_and_leave_nothing(void **state)
{
    static const struct {
        crmsync_cell cell;
        const char *part;
    } cases[] = {
        {{{NULL, 0}, 0, 99, 0}, "unknown cell type"},
        {{{"\xc3(", 2}, 0, CRMSYNC_CELL_TEXT, 0}, "not UTF-8"},
        {{{NULL, 3}, 0, CRMSYNC_CELL_TEXT, 0}, "text is missing"},
        {{{"1,5", 3}, 0, CRMSYNC_CELL_DECIMAL, 0}, "decimal"},
        {{{NULL, 0}, 2, CRMSYNC_CELL_BOOL, 0}, "BOOL"},
        {{{"003", 3}, 0, CRMSYNC_CELL_ID, 0}, "Salesforce id"},
    };
    crmsync_rows *rows = people();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        crmsync_cell cells[2] = {crmi_cell_text(CRMI_STR("p1")), cases[i].cell};
        crmsync_error *err = NULL;
        int32_t code = crmsync_rows_append(rows, cells, 2, &err);
        assert_refused(code, err, cases[i].part);
        assert_int_equal(crmsync_rows_count(rows), 0);
    }
    crmsync_cell four[4] = {{{NULL, 0}, 0, 0, 0}};
    crmsync_error *err = NULL;
    int32_t code = crmsync_rows_append(rows, four, 4, &err);
    assert_refused(code, err, "4 cells for 3 fields");
    crmsync_rows_free(rows);
}

static void test_decimal_valid__table(void **state)
{
    static const struct {
        const char *text;
        bool valid;
    } cases[] = {
        {"0", true},      {"-0", true},     {"12.50", true}, {"-1e10", true}, {"1.5E+3", true},
        {"007", true},    {"", false},      {"-", false},    {"+1", false},   {"1.", false},
        {".5", false},    {"1e", false},    {"1e+", false},  {"1 ", false},   {"0x1", false},
        {"NaN", false},   {"1.2.3", false}, {"1e5.2", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (crmi_decimal_valid(crmi_str(cases[i].text)) != cases[i].valid)
            fail_msg("\"%s\"", cases[i].text);
    }
}

static void test_rows_set__replaces_one_cell(void **state)
{
    crmsync_rows *rows = people();
    crmsync_cell cell = crmi_cell_text(CRMI_STR("one"));
    (void)state;
    assert_int_equal(crmsync_rows_set(rows, 0, 0, &cell, NULL), CRMSYNC_E_INVALID);
    assert_int_equal(crmsync_rows_append(rows, NULL, 0, NULL), 0);
    assert_int_equal(crmsync_rows_set(rows, 0, 1, &cell, NULL), 0);
    cell = crmi_cell_text(CRMI_STR("two"));
    assert_int_equal(crmsync_rows_set(rows, 0, 1, &cell, NULL), 0);
    assert_text(crmsync_rows_get(rows, 0, 1).text, "two");
    assert_int_equal(crmsync_rows_set(rows, 0, 3, &cell, NULL), CRMSYNC_E_INVALID);
    crmsync_rows_free(rows);
}

static void test_append_json__types_follow_json(void **state)
{
    crmsync_rows *rows = people();
    (void)state;
    assert_int_equal(
        crmsync_rows_append_json(
            rows, CRMI_STR("{\"id\":\"p1\",\"vip\":true,\"score\":12.50,\"phone\":null}"), NULL),
        0);
    assert_int_equal(crmsync_rows_field_count(rows), 5);
    crmi_record r = {rows, 0};
    assert_text(crmi_record_text(r, "id"), "p1");
    assert_true(crmi_record_flag(r, "vip"));
    assert_int_equal(crmi_record_get(r, CRMI_STR("score")).type, CRMSYNC_CELL_DECIMAL);
    assert_text(crmi_record_text(r, "score"), "12.50");
    assert_int_equal(crmi_record_get(r, CRMI_STR("phone")).type, CRMSYNC_CELL_NULL);
    assert_int_equal(crmi_record_get(r, CRMI_STR("email")).type, CRMSYNC_CELL_ABSENT);
    assert_int_equal(crmi_record_get(r, CRMI_STR("nope")).type, CRMSYNC_CELL_ABSENT);
    crmsync_rows_free(rows);
}

static void test_append_json__refusals_drop_record_and_new_fields(void **state)
{
    static const struct {
        const char *json, *part;
    } cases[] = {
        {"{\"new\":1,\"bad\":{}}", "\"bad\" is an object"},
        {"{\"new\":1,\"bad\":[1]}", "\"bad\" is an object or an array"},
        {"{\"new\":1,\"new\":2}", "twice"},
        {"{\"new\":1,\"\":2}", "1 to 255"},
        {"[1]", "must be a JSON object"},
        {"{\"new\":", "not valid JSON"},
        {"", "not valid JSON"},
    };
    crmsync_rows *rows = people();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        crmsync_error *err = NULL;
        int32_t code = crmsync_rows_append_json(rows, crmi_str(cases[i].json), &err);
        assert_refused(code, err, cases[i].part);
        assert_int_equal(crmsync_rows_count(rows), 0);
        assert_int_equal(crmsync_rows_field_count(rows), 3);
        assert_int_equal(crmsync_rows_find_field(rows, CRMI_STR("new")), -1);
    }
    assert_int_equal(crmsync_rows_append_json(rows, CRMI_STR("{\"a\":1,\"new\":2}"), NULL), 0);
    assert_int_equal(crmsync_rows_find_field(rows, CRMI_STR("a")), 3);
    assert_int_equal(crmsync_rows_find_field(rows, CRMI_STR("new")), 4);
    crmsync_rows_free(rows);
}

static void test_append_jsonl__bad_line_is_named_and_earlier_ones_stay(void **state)
{
    crmsync_rows *rows = people();
    crmsync_error *err = NULL;
    (void)state;
    int32_t code = crmsync_rows_append_jsonl(
        rows, CRMI_STR("{\"id\":\"1\"}\r\n\n  {\"id\":\"2\"}\n{\"id\":}\n{\"id\":\"4\"}"), &err);
    assert_int_equal(code, CRMSYNC_E_INVALID);
    assert_text(crmsync_error_where(err), "line 4");
    crmsync_error_free(err);
    assert_int_equal(crmsync_rows_count(rows), 2);
    assert_int_equal(crmsync_rows_append_jsonl(rows, CRMI_STR(""), NULL), 0);
    crmsync_rows_free(rows);
}

static int32_t gather(void *ctx, crmsync_str text)
{
    crmi_buf_add(ctx, text);
    return CRMSYNC_OK;
}

static int32_t stop_at_once(void *ctx, crmsync_str text)
{
    (void)text;
    ++*(int *)ctx;
    return CRMSYNC_E_LIMIT;
}

static void test_write_jsonl__writes_what_append_reads(void **state)
{
    static const char lines[] = "{\"id\":\"p\\\"1\",\"vip\":true,\"score\":-12.50}\n"
                                "{\"id\":\"p2\",\"score\":1e9,\"phone\":null}\n";
    crmsync_rows *rows = people();
    crmi_buf out;
    int calls = 0;
    (void)state;
    crmi_buf_init(&out, crmi_rows_alloc(rows));
    assert_int_equal(crmsync_rows_append_jsonl(rows, crmi_str(lines), NULL), 0);
    assert_int_equal(crmsync_rows_write_jsonl(rows, gather, &out, NULL), 0);
    assert_text(crmi_buf_str(&out), lines);
    assert_int_equal(crmsync_rows_write_jsonl(rows, stop_at_once, &calls, NULL), CRMSYNC_E_LIMIT);
    assert_int_equal(calls, 1);
    assert_int_equal(crmsync_rows_write_jsonl(rows, NULL, NULL, NULL), CRMSYNC_E_INVALID);
    crmi_buf_clear(&out);
    crmsync_rows_free(rows);
}

static void test_write_jsonl__spells_each_type(void **state)
{
    static const struct {
        crmsync_cell cell;
        const char *expected;
    } cases[] = {
        {{CRMSYNC_STR_LIT("0012.0"), 0, CRMSYNC_CELL_DECIMAL, 0}, "{\"id\":12.0}\n"},
        {{CRMSYNC_STR_LIT("-00"), 0, CRMSYNC_CELL_DECIMAL, 0}, "{\"id\":-0}\n"},
        {{{NULL, 0}, 20777, CRMSYNC_CELL_DATE, 0}, "{\"id\":\"2026-11-20\"}\n"},
        {{{NULL, 0}, INT64_C(1795163400000), CRMSYNC_CELL_DATETIME, 0},
         "{\"id\":\"2026-11-20T08:30:00.000Z\"}\n"},
        {{CRMSYNC_STR_LIT("00Q000000000001EAA"), 0, CRMSYNC_CELL_ID, 0},
         "{\"id\":\"00Q000000000001EAA\"}\n"},
        {{{NULL, 0}, 0, CRMSYNC_CELL_ABSENT, 0}, "{}\n"},
        {{{NULL, 0}, 0, CRMSYNC_CELL_NULL, 0}, "{\"id\":null}\n"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        crmsync_rows *rows = people();
        crmi_buf out;
        crmi_buf_init(&out, crmi_rows_alloc(rows));
        assert_int_equal(crmsync_rows_append(rows, &cases[i].cell, 1, NULL), 0);
        assert_int_equal(crmsync_rows_write_jsonl(rows, gather, &out, NULL), 0);
        assert_text(crmi_buf_str(&out), cases[i].expected);
        crmi_buf_clear(&out);
        crmsync_rows_free(rows);
    }
}

static void test_rows__two_thousand_by_thirty_grow_by_field_and_record(void **state)
{
    crmsync_rows *rows = NULL;
    char name[16], text[24];
    (void)state;
    assert_int_equal(crmsync_rows_new(NULL, CRMI_STR("Lead"), NULL, 0, &rows, NULL), 0);
    for (size_t r = 0; r < 2000; r++) {
        assert_int_equal(crmi_rows_add_row(rows), r);
        for (size_t f = 0; f < 30; f++) {
            snprintf(name, sizeof name, "f%zu", f);
            snprintf(text, sizeof text, "%zu/%zu", r, f);
            crmsync_cell cell = crmi_cell_text(crmi_str(text));
            assert_true(crmi_rows_put(rows, r, crmi_str(name), &cell));
        }
    }
    crmsync_cell *cells = calloc(2000 * 30, sizeof *cells);
    assert_int_equal(crmsync_rows_read(rows, 1, 5000, cells), 1999);
    assert_text(cells[29].text, "1/29");
    assert_text(cells[1998 * 30].text, "1999/0");
    assert_int_equal(crmsync_rows_read(rows, 2000, 1, cells), 0);
    free(cells);
    assert_int_equal(crmi_rows_add_field(rows, CRMI_STR("late")), 30);
    assert_int_equal(crmsync_rows_get(rows, 1999, 30).type, CRMSYNC_CELL_ABSENT);
    assert_text(crmsync_rows_get(rows, 1999, 29).text, "1999/29");
    crmsync_rows_clear(rows);
    assert_int_equal(crmsync_rows_count(rows), 0);
    assert_int_equal(crmsync_rows_field_count(rows), 31);
    assert_int_equal(crmi_rows_add_row(rows), 0);
    assert_int_equal(crmsync_rows_get(rows, 0, 0).type, CRMSYNC_CELL_ABSENT);
    crmsync_rows_free(rows);
}

static void test_copy_row__fields_meet_by_name(void **state)
{
    crmsync_rows *from = people(), *to = NULL;
    (void)state;
    assert_int_equal(crmsync_rows_append_json(from, CRMI_STR("{\"id\":\"1\",\"vip\":false}"), NULL), 0);
    assert_int_equal(crmsync_rows_new(NULL, CRMI_STR("x"), &person_fields[2], 1, &to, NULL), 0);
    assert_true(crmi_rows_copy_row(to, (crmi_record){from, 0}));
    crmsync_rows_free(from);
    assert_int_equal(crmsync_rows_get(to, 0, 0).type, CRMSYNC_CELL_BOOL);
    assert_text(crmi_record_text((crmi_record){to, 0}, "id"), "1");
    assert_int_equal(crmsync_rows_find_field(to, CRMI_STR("email")), -1);
    crmsync_rows_free(to);
}

static void test_buf_cell__spells_for_people(void **state)
{
    static const struct {
        crmsync_cell cell;
        const char *expected;
    } cases[] = {
        {{CRMSYNC_STR_LIT("Jane"), 0, CRMSYNC_CELL_TEXT, 0}, "Jane"},
        {{CRMSYNC_STR_LIT("-1.50"), 0, CRMSYNC_CELL_DECIMAL, 0}, "-1.50"},
        {{{NULL, 0}, 1, CRMSYNC_CELL_BOOL, 0}, "true"},
        {{{NULL, 0}, 0, CRMSYNC_CELL_DATE, 0}, "1970-01-01"},
        {{{NULL, 0}, 1500, CRMSYNC_CELL_DATETIME, 0}, "1970-01-01T00:00:01.500Z"},
        {{{NULL, 0}, 0, CRMSYNC_CELL_NULL, 0}, ""},
        {{{NULL, 0}, 0, CRMSYNC_CELL_ABSENT, 0}, ""},
    };
    crmsync_alloc a;
    (void)state;
    crmi_alloc_init(&a, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        crmi_buf b;
        crmi_buf_init(&b, &a);
        crmi_buf_cell(&b, &cases[i].cell);
        assert_text(crmi_buf_str(&b), cases[i].expected);
        crmi_buf_clear(&b);
    }
}

static uint64_t digest_of(const crmsync_cell *cell)
{
    crmi_digest d;
    crmi_digest_init(&d);
    crmi_digest_cell(&d, cell);
    return crmi_digest_end(&d);
}

static void test_digest_cell__tells_types_and_values_apart(void **state)
{
    crmsync_cell cells[] = {
        crmi_cell_absent(), crmi_cell_null(), crmi_cell_text(CRMI_STR("1")), crmi_cell_bool(true),
        crmi_cell_bool(false), crmi_cell_number(CRMSYNC_CELL_DATE, 1),
        crmi_cell_number(CRMSYNC_CELL_DATETIME, 1), crmi_cell_number(CRMSYNC_CELL_DATETIME, 256),
        {CRMSYNC_STR_LIT("1"), 0, CRMSYNC_CELL_DECIMAL, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++) {
        for (size_t j = 0; j < sizeof cells / sizeof cells[0]; j++)
            assert_int_equal(digest_of(&cells[i]) == digest_of(&cells[j]), i == j);
        for (size_t j = 0; j < sizeof cells / sizeof cells[0]; j++)
            assert_int_equal(crmi_mix_cell(7, &cells[i]) == crmi_mix_cell(7, &cells[j]), i == j);
    }
    crmsync_cell stray = crmi_cell_text(CRMI_STR("1"));
    stray.number = 7; /* unused by TEXT */
    assert_true(digest_of(&stray) == digest_of(&cells[2]));
    assert_true(crmi_mix_cell(7, &stray) == crmi_mix_cell(7, &cells[2]));
    assert_true(crmi_mix_cell(8, &stray) != crmi_mix_cell(7, &cells[2]));
}

/* One run of everything that allocates. */
static int32_t build_rows(const crmsync_alloc *alloc)
{
    crmsync_rows *rows = NULL, *copy = NULL;
    crmsync_error *err = NULL;
    crmsync_cell cells[2] = {crmi_cell_text(CRMI_STR("p1")), crmi_cell_text(CRMI_STR("a@b.example"))};
    int32_t code = crmsync_rows_new(alloc, CRMI_STR("person"), person_fields, 3, &rows, &err);
    for (size_t i = 0; !code && i < 20; i++)
        code = crmsync_rows_append(rows, cells, 2, &err);
    if (!code)
        code = crmsync_rows_append_jsonl(
            rows, CRMI_STR("{\"id\":\"q\",\"a\":1,\"b\":2}\n{\"c\":\"x\",\"d\":null,\"e\":true}"), &err);
    if (!code)
        code = crmsync_rows_new(alloc, CRMI_STR("person"), NULL, 0, &copy, &err);
    if (!code && !crmi_rows_copy_row(copy, (crmi_record){rows, 20}))
        code = CRMSYNC_E_NOMEM;
    crmsync_rows_free(rows);
    crmsync_rows_free(copy);
    crmsync_error_free(err);
    return code;
}

static void test_rows__every_allocation_failing_gives_nomem_and_leaks_nothing(void **state)
{
    failing_alloc f = {0};
    crmsync_alloc a = failing_alloc_table(&f);
    (void)state;
    assert_int_equal(build_rows(&a), 0);
    assert_int_equal(f.held, 0);
    size_t total = f.requests;
    assert_true(total > 10);
    for (size_t k = 1; k <= total; k++) {
        f = (failing_alloc){.fail_at = k};
        assert_int_equal(build_rows(&a), CRMSYNC_E_NOMEM);
        assert_int_equal(f.held, 0);
        assert_int_equal(f.blocks, 0);
    }
}

static void test_crm_objects__name_prefix_and_number_agree(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < CRMI_OBJECT_LAST; i++) {
        const crmi_crm_object *o = crmi_crm_object_at(i);
        assert_int_equal(o->number, i);
        assert_ptr_equal(crmi_crm_object_named(crmi_str(o->name)), o);
        assert_ptr_equal(crmi_crm_object_by_id(crmi_str(o->prefix)), o);
    }
    assert_null(crmi_crm_object_at(CRMI_OBJECT_LAST));
    assert_null(crmi_crm_object_named(CRMI_STR("lead")));
    assert_null(crmi_crm_object_by_id(CRMI_STR("00X000000000001")));
    assert_false(crmi_crm_object_at(CRMI_OBJECT_OPPORTUNITY)->writeable);
}

static void test_activity_kinds__names_lead_back(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < CRMI_ACTIVITY_LAST; i++) {
        uint32_t number = 99;
        const crmi_activity_kind *kind = crmi_activity_kind_at(i);
        assert_ptr_equal(crmi_activity_kind_named(crmi_str(kind->name), &number), kind);
        assert_int_equal(number, i);
    }
    assert_null(crmi_activity_kind_named(CRMI_STR("fax"), NULL));
    assert_null(crmi_activity_kind_at(CRMI_ACTIVITY_LAST));
}

static void test_append_many__takes_what_read_gave(void **state)
{
    static const crmsync_str fields[] = {CRMSYNC_STR_LIT("id"), CRMSYNC_STR_LIT("since")};
    const crmsync_cell cells[] = {
        {CRMSYNC_STR_LIT("p1"), 0, CRMSYNC_CELL_TEXT, 0}, {{NULL, 0}, 20000, CRMSYNC_CELL_DATE, 0},
        {CRMSYNC_STR_LIT("p2"), 0, CRMSYNC_CELL_TEXT, 0}, {{NULL, 0}, 0, CRMSYNC_CELL_NULL, 0},
        {CRMSYNC_STR_LIT("p3"), 0, CRMSYNC_CELL_TEXT, 0}, {{NULL, 0}, 0, 99, 0},
    };
    crmsync_cell back[4];
    crmsync_rows *rows;
    (void)state;
    assert_int_equal(crmsync_rows_new(NULL, fields[0], fields, 2, &rows, NULL), CRMSYNC_OK);
    /* the third record is not valid: those before it are kept */
    assert_int_equal(crmsync_rows_append_many(rows, cells, 3, NULL), CRMSYNC_E_INVALID);
    assert_int_equal(crmsync_rows_count(rows), 2);
    assert_int_equal(crmsync_rows_read(rows, 0, 2, back), 2);
    assert_int_equal(back[1].number, 20000);
    assert_int_equal(back[3].type, CRMSYNC_CELL_NULL);
    crmsync_rows_free(rows);
}

static void test_add_field__is_absent_until_set(void **state)
{
    static const crmsync_str name = CRMSYNC_STR_LIT("title"), none = {NULL, 0};
    crmsync_rows *rows;
    (void)state;
    assert_int_equal(crmsync_rows_new(NULL, name, NULL, 0, &rows, NULL), CRMSYNC_OK);
    assert_int_equal(crmsync_rows_append(rows, NULL, 0, NULL), CRMSYNC_OK);
    assert_int_equal(crmsync_rows_add_field(rows, name, NULL), 0);
    assert_int_equal(crmsync_rows_add_field(rows, name, NULL), 0);
    assert_int_equal(crmsync_rows_get(rows, 0, 0).type, CRMSYNC_CELL_ABSENT);
    assert_int_equal(crmsync_rows_add_field(rows, none, NULL), CRMSYNC_E_INVALID);
    crmsync_rows_free(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_new__bad_names_are_refused_with_position),
        cmocka_unit_test(test_rows_append__texts_are_copied),
        cmocka_unit_test(test_rows_append__bad_cells_are_refused_and_leave_nothing),
        cmocka_unit_test(test_decimal_valid__table),
        cmocka_unit_test(test_rows_set__replaces_one_cell),
        cmocka_unit_test(test_append_json__types_follow_json),
        cmocka_unit_test(test_append_json__refusals_drop_record_and_new_fields),
        cmocka_unit_test(test_append_jsonl__bad_line_is_named_and_earlier_ones_stay),
        cmocka_unit_test(test_write_jsonl__writes_what_append_reads),
        cmocka_unit_test(test_write_jsonl__spells_each_type),
        cmocka_unit_test(test_rows__two_thousand_by_thirty_grow_by_field_and_record),
        cmocka_unit_test(test_copy_row__fields_meet_by_name),
        cmocka_unit_test(test_buf_cell__spells_for_people),
        cmocka_unit_test(test_digest_cell__tells_types_and_values_apart),
        cmocka_unit_test(test_rows__every_allocation_failing_gives_nomem_and_leaks_nothing),
        cmocka_unit_test(test_crm_objects__name_prefix_and_number_agree),
        cmocka_unit_test(test_activity_kinds__names_lead_back),
        cmocka_unit_test(test_append_many__takes_what_read_gave),
        cmocka_unit_test(test_add_field__is_absent_until_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
