/* Attribution: vectors, amounts that add up, and no memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <crmsync/attribution.h>

#include "base/time.h"
#include "decide/apportion.h"
#include "decide/decimal.h"
#include "model/rows.h"
#include "unit/failing_alloc.h"
#include "unit/vector_file.h"

static const char *const models[] = {"",         "first",    "last",      "linear",
                                     "u_shaped", "w_shaped", "time_decay"};

static int64_t instant(crmsync_str text)
{
    int64_t ms = 0;
    assert_true(!text.len || crmi_datetime_parse(text, &ms));
    return ms;
}

static crmsync_attribution conversion_of(yyjson_val *v)
{
    crmsync_attribution c = CRMSYNC_ATTRIBUTION_INIT;
    yyjson_val *scale = yyjson_obj_get(v, "scale");
    yyjson_val *half_life = yyjson_obj_get(v, "half_life_days");
    for (uint32_t i = 1; i < 7; i++) {
        c.model = crmi_str_is(vector_text(v, "model"), models[i]) ? i : c.model;
    }
    c.late = crmi_str_is(vector_text(v, "late"), "refuse") ? CRMSYNC_LATE_REFUSE : c.late;
    c.scale = scale ? (uint32_t)yyjson_get_uint(scale) : c.scale;
    c.half_life_days = half_life ? (uint32_t)yyjson_get_uint(half_life) : c.half_life_days;
    c.converted_ms = instant(vector_text(v, "converted"));
    c.lead_created_ms = instant(vector_text(v, "lead_created"));
    c.amount = vector_text(v, "amount");
    return c;
}

static void run_case(yyjson_val *v)
{
    const char *name = yyjson_get_str(yyjson_obj_get(v, "name"));
    static const char *const columns[] = {"id", "share_ppm", "amount"};
    crmsync_rows *touches = vector_rows(NULL, "touch", yyjson_obj_get(v, "touches"));
    crmsync_rows *out = NULL;
    crmsync_error *err = NULL;
    crmsync_attribution c = conversion_of(yyjson_obj_get(v, "conversion"));
    yyjson_val *wanted = yyjson_obj_get(v, "expect");
    int32_t code = crmsync_attribute(NULL, &c, touches, &out, &err);
    crmsync_str refusal = vector_text(v, "error");
    if (!crmi_str_eq(refusal, code ? crmi_str(crmsync_code_name(code)) : CRMI_STR_EMPTY)) {
        fail_msg("%s: %s", name, crmsync_error_message(err).ptr);
    }
    assert_int_equal(crmsync_rows_count(out), yyjson_arr_size(wanted));
    for (size_t i = 0; i < crmsync_rows_count(out); i++) {
        for (size_t k = 0; k < 3; k++) {
            crmsync_str have = crmi_record_text((crmi_record){out, i}, columns[k]);
            yyjson_val *want = yyjson_arr_get(yyjson_arr_get(wanted, i), k);
            if (!crmi_str_is(have, yyjson_get_str(want))) {
                fail_msg("%s: %s of row %zu is %.*s, not %s", name, columns[k], i, CRMI_SPELL(have),
                         yyjson_get_str(want));
            }
        }
    }
    crmsync_error_free(err);
    crmsync_rows_free(out);
    crmsync_rows_free(touches);
}

static void test_attribute__each_vector_shares_as_expected(void **state)
{
    yyjson_doc *doc = vector_file("engagement/attribution.json");
    yyjson_val *v, *cases = yyjson_obj_get(yyjson_doc_get_root(doc), "cases");
    size_t i, n;
    (void)state;
    yyjson_arr_foreach(cases, i, n, v)
    {
        run_case(v);
    }
    assert_true(n >= 25);
    yyjson_doc_free(doc);
}

static uint64_t next(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static int64_t units(crmsync_str text)
{
    int64_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] >= '0' && text.ptr[i] <= '9') {
            n = n * 10 + (text.ptr[i] - '0');
        }
    }
    return text.len && text.ptr[0] == '-' ? -n : n;
}

/* One random conversion: amounts and shares add up, no share has another sign than the amount. */
static void random_case(uint64_t *seed)
{
    static const crmsync_str fields[] = {CRMSYNC_STR_LIT("id"), CRMSYNC_STR_LIT("at")};
    crmsync_rows *touches = NULL, *out = NULL;
    char amount[40], id[16];
    size_t n = 1 + next(seed) % 40;
    int64_t whole = (int64_t)(next(seed) % 1000000000000u) - 500000000000;
    crmsync_attribution c = CRMSYNC_ATTRIBUTION_INIT;
    int length = snprintf(amount, sizeof(amount), "%s%lld.%02lld", whole < 0 ? "-" : "",
                          (long long)(whole < 0 ? -whole : whole) / 100,
                          (long long)(whole < 0 ? -whole : whole) % 100);
    c.amount = (crmsync_str){amount, (size_t)length};
    c.model = 1 + (uint32_t)(next(seed) % 6);
    c.half_life_days = 1 + (uint32_t)(next(seed) % 30);
    c.lead_created_ms = 1 + (int64_t)(next(seed) % (40 * (uint64_t)CRMI_DAY_MS));
    assert_int_equal(crmsync_rows_new(NULL, CRMI_STR("touch"), fields, 2, &touches, NULL), 0);
    for (size_t i = 0; i < n; i++) {
        crmsync_cell cells[2] = {
            {{id, (size_t)snprintf(id, sizeof(id), "t%zu", i)}, 0, CRMSYNC_CELL_TEXT, 0},
            crmi_cell_number(CRMSYNC_CELL_DATETIME,
                             (int64_t)(next(seed) % (40 * (uint64_t)CRMI_DAY_MS)))};
        assert_int_equal(crmsync_rows_append(touches, cells, 2, NULL), 0);
    }
    assert_int_equal(crmsync_attribute(NULL, &c, touches, &out, NULL), CRMSYNC_OK);
    int64_t sum = 0, parts = 0;
    for (size_t i = 0; i < n; i++) {
        int64_t here = units(crmi_record_text((crmi_record){out, i}, "amount"));
        int64_t part = units(crmi_record_text((crmi_record){out, i}, "share_ppm"));
        assert_true(whole < 0 ? here <= 0 : here >= 0);
        assert_true(part >= 0);
        sum += here;
        parts += part;
    }
    assert_int_equal(sum, whole);
    assert_int_equal(parts, 1000000);
    crmsync_rows_free(out);
    crmsync_rows_free(touches);
}

static void test_attribute__random_conversions_add_up_to_the_cent(void **state)
{
    uint64_t seed = 88172645463325252u;
    (void)state;
    for (size_t i = 0; i < 2000; i++) {
        random_case(&seed);
    }
}

/* Against another way of reckoning it: whole numbers that fit a machine word. */
static void test_apportion__small_numbers_agree_with_plain_arithmetic(void **state)
{
    crmsync_alloc alloc;
    uint64_t seed = 1234567;
    (void)state;
    crmi_alloc_init(&alloc, NULL);
    for (size_t round = 0; round < 2000; round++) {
        crmi_share shares[7] = {{0}};
        size_t n = 1 + next(&seed) % 7;
        uint64_t whole = next(&seed) % 1000000, total = 0;
        unsigned char digits[6];
        uint64_t rest = whole;
        for (size_t i = 6; i-- > 0; rest /= 10) {
            digits[i] = (unsigned char)(rest % 10);
        }
        for (size_t i = 0; i < n; i++) {
            shares[i].weight = next(&seed) % 1000;
            total += shares[i].weight;
        }
        assert_true(crmi_apportion(&alloc, digits, 6, shares, n));
        for (size_t i = 0; i < n && total; i++) {
            uint64_t have = 0;
            for (size_t k = 0; k <= 6; k++) {
                have = have * 10 + shares[i].units[k];
            }
            uint64_t floor = whole * shares[i].weight / total;
            assert_int_equal(shares[i].rest, whole * shares[i].weight % total);
            assert_true(have == floor || (have == floor + 1 && shares[i].rest > 0));
        }
    }
}

static void test_decay__falls_with_age_and_halves_by_half_lives(void **state)
{
    uint64_t last = CRMI_WEIGHT_MAX;
    (void)state;
    assert_int_equal(crmi_decay(0, 7), CRMI_WEIGHT_MAX);
    assert_int_equal(crmi_decay(7, 7), CRMI_WEIGHT_MAX / 2);
    assert_int_equal(crmi_decay(32 * 7, 7), 1);
    assert_int_equal(crmi_decay(33 * 7, 7), 0);
    assert_int_equal(crmi_decay(1, 2), 0xB504F334);
    for (uint64_t age = 0; age < 10000; age++) {
        uint64_t here = crmi_decay(age, 1000);
        assert_true(here <= last);
        last = here;
    }
}

static int32_t attribute_with(const crmsync_alloc *alloc, const crmsync_rows *touches)
{
    crmsync_attribution c = CRMSYNC_ATTRIBUTION_INIT;
    crmsync_rows *out = NULL;
    c.amount = CRMI_STR("100");
    int32_t code = crmsync_attribute(alloc, &c, touches, &out, NULL);
    crmsync_rows_free(out);
    return code;
}

static void test_attribute__every_allocation_failing_gives_nomem_and_leaks_nothing(void **state)
{
    failing_alloc f = {0};
    crmsync_alloc alloc = failing_alloc_table(&f);
    crmsync_rows *touches = NULL;
    int32_t code = CRMSYNC_E_NOMEM;
    (void)state;
    crmsync_rows_new(NULL, CRMI_STR("touch"), NULL, 0, &touches, NULL);
    for (int i = 0; i < 3; i++) {
        crmsync_rows_append_json(touches,
                                 CRMI_STR("{\"id\":\"t\",\"at\":\"2026-11-01T10:00:00Z\"}"), NULL);
    }
    for (size_t k = 1; code != CRMSYNC_OK && k < 200; k++) {
        f = (failing_alloc){.fail_at = k};
        code = attribute_with(&alloc, touches);
        assert_true(code == CRMSYNC_OK || code == CRMSYNC_E_NOMEM);
        assert_int_equal(f.blocks, 0);
    }
    assert_int_equal(code, CRMSYNC_OK);
    crmsync_rows_free(touches);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_attribute__each_vector_shares_as_expected),
        cmocka_unit_test(test_attribute__random_conversions_add_up_to_the_cent),
        cmocka_unit_test(test_apportion__small_numbers_agree_with_plain_arithmetic),
        cmocka_unit_test(test_decay__falls_with_age_and_halves_by_half_lives),
        cmocka_unit_test(test_attribute__every_allocation_failing_gives_nomem_and_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
