/* SOQL literals and values on the wire. */
#include "test_salesforce.h"

#include "base/json.h"
#include "salesforce/soql.h"
#include "salesforce/value.h"

/* Trap 11: quotes, backslashes and 4-byte UTF-8 in a list. */
static const struct {
    const char *in;
    size_t len; /* 0 = strlen */
    const char *text, *like;
} literals[] = {
    {"plain@x.io", 0, "'plain@x.io'", "plain@x.io"},
    {"", 0, "''", ""},
    {"O'Neil", 0, "'O\\'Neil'", "O\\'Neil"},
    {"a\\b", 0, "'a\\\\b'", "a\\\\b"},
    {"') OR (Name != '", 0, "'\\') OR (Name != \\''", "\\') OR (Name != \\'"},
    {"\\'", 0, "'\\\\\\''", "\\\\\\'"},
    {"say \"x\"", 0, "'say \\\"x\\\"'", "say \\\"x\\\""},
    {"a\nb\rc\td\be\ff", 0, "'a\\nb\\rc\\td\\be\\ff'", "a\\nb\\rc\\td\\be\\ff"},
    {"\x01\x7f", 0, "'\\u0001\\u007f'", "\\u0001\\u007f"},
    {"a\0b", 3, "'a\\u0000b'", "a\\u0000b"},
    {"\xf0\x9f\x98\x80", 0, "'\xf0\x9f\x98\x80'", "\xf0\x9f\x98\x80"},
    {"bad\xff", 0, "'bad\xef\xbf\xbd'", "bad\xef\xbf\xbd"},
    {"50%_off", 0, "'50%_off'", "50\\%\\_off"},
};

static void test_text__nothing_breaks_out_of_a_literal(void **state)
{
    crmsync_alloc alloc = libc_table();
    (void)state;
    for (size_t i = 0; i < sizeof literals / sizeof *literals; i++) {
        size_t len = literals[i].len ? literals[i].len : strlen(literals[i].in);
        crmsync_str in = {literals[i].in, len};
        crmi_buf b;
        crmi_buf_init(&b, &alloc);
        crmi_soql_text(&b, in);
        assert_true(text_is(crmi_buf_str(&b), literals[i].text));
        assert_true(crmi_soql_text_len(in) >= b.len);
        if (i != 11) /* invalid bytes are counted, not measured */
            assert_int_equal(crmi_soql_text_len(in), b.len);
        crmi_buf_reset(&b);
        crmi_soql_like(&b, in);
        assert_true(text_is(crmi_buf_str(&b), literals[i].like));
        crmi_buf_clear(&b);
    }
}

static void test_name_ok__only_api_names_pass(void **state)
{
    static const struct {
        const char *name;
        bool ok;
    } rows[] = {
        {"Email", true},    {"Account.Owner.Email", true},
        {"X__c", true},     {"", false},
        {".Email", false},  {"Account.", false},
        {"a..b", false},    {"a b", false},
        {"a'b", false},     {"a,b", false},
        {"(SELECT", false}, {"na\xc3\xafve", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(crmi_soql_name_ok(crmi_str(rows[i].name)), rows[i].ok);
}

static void test_select__writes_names_or_nothing(void **state)
{
    crmsync_str fields[] = {CRMI_STR("Id"), CRMI_STR("Account.Name"), CRMI_STR("x; DROP")};
    crmsync_alloc alloc = libc_table();
    crmi_buf b;
    (void)state;
    crmi_buf_init(&b, &alloc);
    assert_true(crmi_soql_select(&b, fields, 2, CRMI_STR("Contact")));
    crmi_buf_lit(&b, " WHERE SystemModstamp >= ");
    crmi_soql_datetime(&b, INT64_C(1795178096789));
    crmi_buf_lit(&b, " AND CloseDate > ");
    crmi_soql_date(&b, 14610);
    assert_true(text_is(crmi_buf_str(&b),
                        "SELECT Id, Account.Name FROM Contact WHERE SystemModstamp >= "
                        "2026-11-20T12:34:56Z AND CloseDate > 2010-01-01"));
    crmi_buf_reset(&b);
    assert_false(crmi_soql_select(&b, fields, 3, CRMI_STR("Contact")));
    assert_false(crmi_soql_select(&b, fields, 0, CRMI_STR("Contact")));
    assert_int_equal(b.len, 0);
    crmi_buf_clear(&b);
}

static void test_in_fit__splits_so_that_each_list_keeps_its_budget(void **state)
{
    static const size_t budgets[][2] = {{100000, 0}, {20000, 0}, {100000, 8000}, {60, 0}};
    enum { N = 1500 };
    static char texts[N][40];
    crmsync_str values[N];
    crmsync_alloc alloc = libc_table();
    (void)state;
    for (size_t i = 0; i < N; i++) {
        snprintf(texts[i], sizeof texts[i], "o'person+%zu@exa_mple.io", i);
        values[i] = crmi_str(texts[i]);
    }
    for (size_t k = 0; k < sizeof budgets / sizeof *budgets; k++) {
        size_t done = 0;
        while (done < N) {
            crmi_buf b;
            size_t n = crmi_soql_in_fit(CRMI_STR("Email"), values + done, N - done, budgets[k][0],
                                        budgets[k][1]);
            assert_true(n > 0);
            crmi_buf_init(&b, &alloc);
            crmi_soql_in(&b, CRMI_STR("Email"), values + done, n);
            assert_true(b.len <= budgets[k][0]);
            if (budgets[k][1])
                assert_true(crmi_soql_url_len(crmi_buf_str(&b)) <= budgets[k][1]);
            if (done + n < N) { /* and it is full: one more would not have fitted */
                crmi_buf_reset(&b);
                crmi_soql_in(&b, CRMI_STR("Email"), values + done, n + 1);
                assert_true(b.len > budgets[k][0] ||
                            (budgets[k][1] && crmi_soql_url_len(crmi_buf_str(&b)) > budgets[k][1]));
            }
            crmi_buf_clear(&b);
            done += n;
        }
    }
}

static void test_in_fit__a_value_too_long_for_a_literal_does_not_fit(void **state)
{
    static char text[4200];
    crmsync_str values[] = {CRMI_STR("a"), {text, sizeof text}};
    (void)state;
    memset(text, 'x', sizeof text);
    assert_int_equal(crmi_soql_in_fit(CRMI_STR("Name"), values, 2, 100000, 0), 1);
    assert_int_equal(crmi_soql_in_fit(CRMI_STR("Name"), values + 1, 1, 100000, 0), 0);
}

static void test_value_write__each_cell_type_has_its_json(void **state)
{
    static const struct {
        crmsync_cell cell;
        const char *json; /* NULL = cannot be sent */
    } rows[] = {
        {{CRMSYNC_STR_LIT("a\"\n\xf0\x9f\x98\x80"), 0, CRMSYNC_CELL_TEXT, 0},
         "\"a\\\"\\n\xf0\x9f\x98\x80\""},
        {{{NULL, 0}, 0, CRMSYNC_CELL_TEXT, 0}, "null"},
        {{{NULL, 0}, 0, CRMSYNC_CELL_NULL, 0}, "null"},
        {{{NULL, 0}, 1, CRMSYNC_CELL_BOOL, 0}, "true"},
        {{{NULL, 0}, 0, CRMSYNC_CELL_BOOL, 0}, "false"},
        {{CRMSYNC_STR_LIT("12.500"), 0, CRMSYNC_CELL_DECIMAL, 0}, "12.500"},
        {{CRMSYNC_STR_LIT("123456789012345678901234567890.1"), 0, CRMSYNC_CELL_DECIMAL, 0},
         "123456789012345678901234567890.1"},
        {{CRMSYNC_STR_LIT("+007.5"), 0, CRMSYNC_CELL_DECIMAL, 0}, "7.5"},
        {{CRMSYNC_STR_LIT("-.5"), 0, CRMSYNC_CELL_DECIMAL, 0}, "-0.5"},
        {{CRMSYNC_STR_LIT("1e5"), 0, CRMSYNC_CELL_DECIMAL, 0}, "1e5"},
        {{CRMSYNC_STR_LIT("1,5"), 0, CRMSYNC_CELL_DECIMAL, 0}, NULL},
        {{CRMSYNC_STR_LIT("NaN"), 0, CRMSYNC_CELL_DECIMAL, 0}, NULL},
        {{CRMSYNC_STR_LIT("1}"), 0, CRMSYNC_CELL_DECIMAL, 0}, NULL},
        {{CRMSYNC_STR_LIT(""), 0, CRMSYNC_CELL_DECIMAL, 0}, NULL},
        {{{NULL, 0}, 14610, CRMSYNC_CELL_DATE, 0}, "\"2010-01-01\""},
        {{{NULL, 0}, INT64_C(1795178096000), CRMSYNC_CELL_DATETIME, 0},
         "\"2026-11-20T12:34:56.000Z\""},
        {{CRMSYNC_STR_LIT("003RO0000035WQgYAM"), 0, CRMSYNC_CELL_ID, 0}, "\"003RO0000035WQgYAM\""},
        {{{NULL, 0}, 0, CRMSYNC_CELL_ABSENT, 0}, NULL},
        {{{NULL, 0}, 0, 99, 0}, NULL},
    };
    crmsync_alloc alloc = libc_table();
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        crmi_buf b;
        crmi_buf_init(&b, &alloc);
        crmi_jw w = crmi_jw_to(&b);
        crmi_jw_array(&w);
        crmi_jw_i64(&w, 1); /* the comma must come by itself */
        bool ok = crmi_value_write(&w, &rows[i].cell);
        assert_int_equal(ok, rows[i].json != NULL);
        if (ok)
            assert_true(text_is(crmi_str_sub(crmi_buf_str(&b), 3, b.len), rows[i].json));
        crmi_buf_clear(&b);
    }
}

static void test_value_plain__exponents_are_written_out(void **state)
{
    static const struct {
        const char *in, *out;
    } rows[] = {
        {"1.5E7", "15000000"}, {"15E7", "150000000"}, {"1.50e1", "15.0"},
        {"0.5e-3", "0.0005"},  {"-1E-2", "-0.01"},    {"0.5E3", "500"},
        {"0E0", "0"},          {"0.0E2", "0"},        {"7", "7"},
        {"7.25", "7.25"},      {"1e401", NULL},       {"1e-99999999999", NULL},
        {"e5", NULL},          {"1e", NULL},          {"12.5E+1", "125"},
    };
    crmsync_alloc alloc = libc_table();
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        crmi_buf b;
        crmi_buf_init(&b, &alloc);
        bool ok = crmi_value_plain(&b, crmi_str(rows[i].in));
        assert_int_equal(ok, rows[i].out != NULL);
        if (ok)
            assert_true(text_is(crmi_buf_str(&b), rows[i].out));
        crmi_buf_clear(&b);
    }
}

static void test_cell_type__every_describe_type_has_a_place(void **state)
{
    (void)state;
    assert_int_equal(crmi_value_cell_type(CRMI_TYPE_EMAIL), CRMSYNC_CELL_TEXT);
    assert_int_equal(crmi_value_cell_type(CRMI_TYPE_REFERENCE), CRMSYNC_CELL_ID);
    assert_int_equal(crmi_value_cell_type(CRMI_TYPE_PERCENT), CRMSYNC_CELL_DECIMAL);
    assert_int_equal(crmi_value_cell_type(CRMI_TYPE_DATETIME), CRMSYNC_CELL_DATETIME);
    assert_int_equal(crmi_value_cell_type(CRMI_TYPE_ADDRESS), CRMSYNC_CELL_ABSENT);
    assert_int_equal(crmi_value_cell_type(9999), CRMSYNC_CELL_ABSENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text__nothing_breaks_out_of_a_literal),
        cmocka_unit_test(test_name_ok__only_api_names_pass),
        cmocka_unit_test(test_select__writes_names_or_nothing),
        cmocka_unit_test(test_in_fit__splits_so_that_each_list_keeps_its_budget),
        cmocka_unit_test(test_in_fit__a_value_too_long_for_a_literal_does_not_fit),
        cmocka_unit_test(test_value_write__each_cell_type_has_its_json),
        cmocka_unit_test(test_value_plain__exponents_are_written_out),
        cmocka_unit_test(test_cell_type__every_describe_type_has_a_place),
    };
    return cmocka_run_group_tests_name("salesforce_soql", tests, NULL, NULL);
}
