/* Values: decimals, save equivalence by type, and conversion that is never silently lossy. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/time.h"
#include "decide/decide.h"
#include "decide/decimal.h"
#include "model/rows.h"

static crmsync_cell text(const char *s)
{
    return crmi_cell_text(crmi_str(s));
}

static crmsync_cell decimal(const char *s)
{
    return (crmsync_cell){.type = CRMSYNC_CELL_DECIMAL, .text = crmi_str(s)};
}

static void test_decimal__rounds_and_prints_exactly(void **state)
{
    static const struct {
        const char *in;
        unsigned scale;
        const char *out;
        bool changed;
    } rows[] = {
        {"12.50", 2, "12.5", false},
        {"12.345", 2, "12.35", true},
        {"-12.345", 2, "-12.35", true},
        {"0.05", 1, "0.1", true},
        {"0.04", 1, "0", true},
        {"-0.04", 1, "0", true},
        {"9.99", 1, "10", true},
        {"999.5", 0, "1000", true},
        {"0.5", 0, "1", true},
        {"1E3", 0, "1000", false},
        {"1.5e-2", 3, "0.015", false},
        {"+07", 2, "7", false},
        {"000", 0, "0", false},
        {".5", 1, "0.5", false},
        {"1.0E7", 2, "10000000", false},
        {"0.001", 2, "0", true},
        {"123456789012345678901234567890.12", 2, "123456789012345678901234567890.12", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        crmi_decimal d;
        char out[CRMI_DECIMAL_TEXT];
        assert_true(crmi_decimal_parse(crmi_str(rows[i].in), &d));
        assert_int_equal(crmi_decimal_round(&d, rows[i].scale), rows[i].changed);
        assert_true(crmi_decimal_text(&d, out) > 0);
        assert_string_equal(out, rows[i].out);
    }
}

static void test_decimal_parse__what_is_no_number_is_refused(void **state)
{
    static const char *const bad[] = {"",   "-",  ".",    "1,000", "50-100", "1.2.3",
                                      "1e", "e5", "0x10", "1 2",   "NaN",    "1e9999"};
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        crmi_decimal d;
        assert_false(crmi_decimal_parse(crmi_str(bad[i]), &d));
    }
}

static void test_save_equal__knows_what_salesforce_does_on_save(void **state)
{
    const crmi_field number = {.type = CRMI_TYPE_DOUBLE, .scale = 2};
    const struct {
        uint32_t type;
        crmsync_cell a, b;
        bool equal;
    } rows[] = {
        {CRMI_TYPE_STRING, text(" Jane "), text("Jane"), true},
        {CRMI_TYPE_STRING, text("  "), crmi_cell_null(), true},
        {CRMI_TYPE_STRING, text("jane"), text("Jane"), false},
        {CRMI_TYPE_TEXTAREA, text("a\r\nb"), text("a\nb"), true},
        {CRMI_TYPE_TEXTAREA, text("a\rb"), text("a\nb"), true},
        {CRMI_TYPE_TEXTAREA, text("a\n\nb"), text("a\nb"), false},
        {CRMI_TYPE_EMAIL, text("A@X.com"), text("a@x.com"), true},
        {CRMI_TYPE_PICKLIST, text("gold"), text("Gold"), true},
        {CRMI_TYPE_MULTIPICKLIST, text("B;A"), text("A;B"), true},
        {CRMI_TYPE_MULTIPICKLIST, text("A;B;C"), text("A;B"), false},
        {CRMI_TYPE_REFERENCE, text("003000000000001"), text("003000000000001AAA"), true},
        {CRMI_TYPE_REFERENCE, text("003000000000001AAA"), text("003000000000002AAA"), false},
        {CRMI_TYPE_DOUBLE, decimal("12.345"), decimal("12.35"), true},
        {CRMI_TYPE_DOUBLE, decimal("12.35"), text("12.350"), true},
        {CRMI_TYPE_DOUBLE, decimal("12.36"), decimal("12.35"), false},
        {CRMI_TYPE_BOOLEAN, text("TRUE"), crmi_cell_bool(true), true},
        {CRMI_TYPE_BOOLEAN, crmi_cell_bool(false), crmi_cell_null(), false},
        {CRMI_TYPE_DATE, text("1970-01-02"), crmi_cell_number(CRMSYNC_CELL_DATE, 1), true},
        {CRMI_TYPE_DATETIME, crmi_cell_number(CRMSYNC_CELL_DATETIME, 1999),
         crmi_cell_number(CRMSYNC_CELL_DATETIME, 1000), true},
        {CRMI_TYPE_DATETIME, crmi_cell_number(CRMSYNC_CELL_DATETIME, 2000),
         crmi_cell_number(CRMSYNC_CELL_DATETIME, 1999), false},
        {CRMI_TYPE_DATETIME, crmi_cell_number(CRMSYNC_CELL_DATETIME, -1),
         crmi_cell_number(CRMSYNC_CELL_DATETIME, -1000), true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        crmi_field field = number;
        field.type = rows[i].type;
        assert_int_equal(crmi_save_equal(&field, &rows[i].a, &rows[i].b, NULL), rows[i].equal);
        assert_int_equal(crmi_save_equal(&field, &rows[i].b, &rows[i].a, NULL), rows[i].equal);
    }
}

typedef struct convert_row {
    uint32_t type;
    uint32_t length;
    bool cut;
    crmsync_cell in;
    uint32_t reason;
    const char *out;
} convert_row;

static void check_conversion(const convert_row *row, const crmi_decide_env *env)
{
    static const crmi_picklist_value values[] = {
        {.value = {"Hot", 3}, .label = {"Very hot", 8}, .active = true},
        {.value = {"Old", 3}, .label = {"Old", 3}, .active = false},
    };
    crmi_field field = {.type = row->type,
                        .length = row->length,
                        .scale = 2,
                        .precision = 8,
                        .flags = CRMI_FIELD_RESTRICTED};
    bool list = row->type == CRMI_TYPE_PICKLIST || row->type == CRMI_TYPE_MULTIPICKLIST;
    field.values = list ? values : NULL;
    field.value_count = list ? 2 : 0;
    crmi_field_rule rule = {.too_long = row->cut ? CRMI_TOO_LONG_CUT : CRMI_TOO_LONG_REFUSE};
    crmi_arena arena;
    crmi_buf b;
    crmsync_cell out;
    crmi_arena_init(&arena, env->alloc);
    crmi_buf_init(&b, env->alloc);
    assert_int_equal(crmi_to_crm(env, &field, &rule, &row->in, &arena, &out), row->reason);
    crmi_buf_cell(&b, &out);
    assert_string_equal(b.ptr ? b.ptr : "", row->out);
    assert_int_equal(out.type == CRMSYNC_CELL_ABSENT, !crmi_converted(row->reason));
    crmi_buf_clear(&b);
    crmi_arena_clear(&arena);
}

static void test_to_crm__converts_or_says_why_not(void **state)
{
    const convert_row rows[] = {
        {CRMI_TYPE_STRING, 5, false, text(" Jane "), 0, "Jane"},
        {CRMI_TYPE_STRING, 3, false, text("J\xc3\xa4ne"), CRMSYNC_REASON_TOO_LONG, ""},
        {CRMI_TYPE_STRING, 2, true, text("J\xc3\xa4ne"), CRMSYNC_REASON_CUT, "J\xc3\xa4"},
        {CRMI_TYPE_STRING, 0, false, decimal("1.50"), 0, "1.50"},
        {CRMI_TYPE_STRING, 0, false, crmi_cell_bool(true), 0, "true"},
        {CRMI_TYPE_STRING, 0, false, text("  "), 0, ""},
        {CRMI_TYPE_EMAIL, 80, false, text("no address"), CRMSYNC_REASON_TYPE_MISMATCH, ""},
        {CRMI_TYPE_EMAIL, 5, true, text("jane@x.example"), CRMSYNC_REASON_TOO_LONG, ""},
        {CRMI_TYPE_URL, 5, true, text("https://x.example"), CRMSYNC_REASON_TOO_LONG, ""},
        {CRMI_TYPE_REFERENCE, 18, false, text("003000000000001"), 0, "003000000000001AAA"},
        {CRMI_TYPE_REFERENCE, 18, false, text("nobody"), CRMSYNC_REASON_TYPE_MISMATCH, ""},
        {CRMI_TYPE_PICKLIST, 255, false, text("very HOT"), 0, "Hot"},
        {CRMI_TYPE_PICKLIST, 255, false, text("Old"), CRMSYNC_REASON_PICKLIST_MISS, ""},
        {CRMI_TYPE_MULTIPICKLIST, 255, false, text("hot; ;HOT"), 0, "Hot;Hot"},
        {CRMI_TYPE_BOOLEAN, 0, false, text("Yes"), 0, "true"},
        {CRMI_TYPE_BOOLEAN, 0, false, text("maybe"), CRMSYNC_REASON_TYPE_MISMATCH, ""},
        {CRMI_TYPE_INT, 0, false, decimal("12.0"), 0, "12"},
        {CRMI_TYPE_INT, 0, false, decimal("12.5"), CRMSYNC_REASON_TYPE_MISMATCH, ""},
        {CRMI_TYPE_INT, 0, false, text("12345678901"), CRMSYNC_REASON_OUT_OF_RANGE, ""},
        {CRMI_TYPE_CURRENCY, 0, false, decimal("9.999"), CRMSYNC_REASON_CUT, "10"},
        {CRMI_TYPE_CURRENCY, 0, false, text("1,000"), CRMSYNC_REASON_TYPE_MISMATCH, ""},
        {CRMI_TYPE_DATE, 0, false, text("2026-11-20"), 0, "2026-11-20"},
        {CRMI_TYPE_DATE, 0, false, crmi_cell_number(CRMSYNC_CELL_DATETIME, 0),
         CRMSYNC_REASON_TYPE_MISMATCH, ""},
        {CRMI_TYPE_DATETIME, 0, false, crmi_cell_number(CRMSYNC_CELL_DATE, 0),
         CRMSYNC_REASON_TYPE_MISMATCH, ""},
        {CRMI_TYPE_BASE64, 0, false, text("QQ=="), CRMSYNC_REASON_TYPE_MISMATCH, ""},
        {CRMI_TYPE_ADDRESS, 0, false, text("Street 1"), CRMSYNC_REASON_TYPE_MISMATCH, ""},
        {CRMI_TYPE_OTHER, 0, false, text("x"), CRMSYNC_REASON_TYPE_MISMATCH, ""},
    };
    crmsync_alloc alloc;
    crmsync_normalizer *normalizer = NULL;
    (void)state;
    crmi_alloc_init(&alloc, NULL);
    assert_int_equal(crmsync_normalizer_new(NULL, NULL, &normalizer, NULL), CRMSYNC_OK);
    crmi_decide_env env = {.alloc = &alloc, .normalizer = normalizer};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        check_conversion(&rows[i], &env);
    }
    crmsync_normalizer_free(normalizer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decimal__rounds_and_prints_exactly),
        cmocka_unit_test(test_decimal_parse__what_is_no_number_is_refused),
        cmocka_unit_test(test_save_equal__knows_what_salesforce_does_on_save),
        cmocka_unit_test(test_to_crm__converts_or_says_why_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
