/* The memory adapter: the state and record kits, and what its own functions promise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <crmsync/adapters/memory.h>

#include "kit_report.h"

static crmsync_str str(const char *s)
{
    return (crmsync_str){s, strlen(s)};
}

static int32_t keep_object(void *reopen_ctx, void **ctx)
{
    *ctx = reopen_ctx;
    return CRMSYNC_OK;
}

static void test_state_kit__memory_passes(void **state)
{
    crmsync_conformance_state_options options = CRMSYNC_CONFORMANCE_STATE_OPTIONS_INIT;
    crmsync_memory *memory;
    kit_report report = {0};

    (void)state;
    assert_int_equal(crmsync_memory_new(NULL, NULL, &memory, NULL), CRMSYNC_OK);
    options.reopen = keep_object;
    options.reopen_ctx = memory;
    options.other = memory;
    assert_int_equal(crmsync_conformance_state(crmsync_memory_state_ops(), memory, &options,
                                               kit_take, &report), 0);
    assert_int_equal(report.skipped, 0);
    assert_true(report.passed >= 30);
    crmsync_memory_free(memory);
}

static int32_t remove_record(void *remove_ctx, crmsync_str workspace, crmsync_str kind,
                             crmsync_str id)
{
    return crmsync_memory_remove(remove_ctx, workspace, kind, id, NULL);
}

static void test_record_kit__memory_passes(void **state)
{
    crmsync_conformance_record_options options = CRMSYNC_CONFORMANCE_RECORD_OPTIONS_INIT;
    crmsync_record_keys keys = CRMSYNC_RECORD_KEYS_INIT;
    crmsync_normalizer *normalizer;
    crmsync_memory *memory;
    kit_report report = {0};

    (void)state;
    assert_int_equal(crmsync_normalizer_new(NULL, NULL, &normalizer, NULL), CRMSYNC_OK);
    keys.normalizer = normalizer;
    assert_int_equal(crmsync_memory_new(NULL, &keys, &memory, NULL), CRMSYNC_OK);
    options.reopen = keep_object;
    options.reopen_ctx = memory;
    options.remove = remove_record;
    options.remove_ctx = memory;
    assert_int_equal(crmsync_conformance_records(crmsync_memory_record_ops(), memory, &options,
                                                 kit_take, &report), 0);
    assert_int_equal(report.skipped, 0);
    assert_true(report.passed >= 20);
    crmsync_memory_free(memory);
    crmsync_normalizer_free(normalizer);
}

static crmsync_rows *rows_of(const char *kind, const char *jsonl)
{
    crmsync_rows *rows;
    assert_int_equal(crmsync_rows_new(NULL, str(kind), NULL, 0, &rows, NULL), CRMSYNC_OK);
    assert_int_equal(crmsync_rows_append_jsonl(rows, str(jsonl), NULL), CRMSYNC_OK);
    return rows;
}

static void test_put__a_bad_row_changes_nothing(void **state)
{
    crmsync_rows *rows = rows_of("person", "{\"id\":\"1\",\"email\":\"a@b.example\"}\n"
                                           "{\"email\":\"c@b.example\"}\n");
    crmsync_rows *got;
    crmsync_memory *memory;
    crmsync_error *err = NULL;

    (void)state;
    assert_int_equal(crmsync_memory_new(NULL, NULL, &memory, NULL), CRMSYNC_OK);
    assert_int_equal(crmsync_memory_put(memory, str("w"), rows, &err), CRMSYNC_E_INVALID);
    assert_non_null(strstr(crmsync_error_message(err).ptr, "row 1"));
    assert_int_equal(crmsync_memory_get(memory, str("w"), str("person"), &got, NULL), CRMSYNC_OK);
    assert_int_equal(crmsync_rows_count(got), 0);
    crmsync_error_free(err);
    crmsync_rows_free(got);
    crmsync_rows_free(rows);
    crmsync_memory_free(memory);
}

static void test_put_get_remove__in_order_of_id_with_all_fields(void **state)
{
    crmsync_rows *rows = rows_of("company", "{\"id\":\"b\",\"name\":\"Bee\",\"staff\":7}\n"
                                            "{\"id\":\"a\",\"vip\":true,\"origin\":\"001\"}\n");
    crmsync_rows *got;
    crmsync_memory *memory;

    (void)state;
    assert_int_equal(crmsync_memory_new(NULL, NULL, &memory, NULL), CRMSYNC_OK);
    assert_int_equal(crmsync_memory_put(memory, str("w"), rows, NULL), CRMSYNC_OK);
    assert_int_equal(crmsync_memory_get(memory, str("w"), str("company"), &got, NULL), CRMSYNC_OK);
    assert_int_equal(crmsync_rows_count(got), 2);
    assert_string_equal(crmsync_rows_get(got, 0, 0).text.ptr, "a");
    assert_int_equal(
        crmsync_rows_get(got, 0, (size_t)crmsync_rows_find_field(got, str("vip"))).type,
        CRMSYNC_CELL_BOOL);
    assert_string_equal(
        crmsync_rows_get(got, 1, (size_t)crmsync_rows_find_field(got, str("staff"))).text.ptr, "7");
    crmsync_rows_free(got);
    assert_int_equal(crmsync_memory_remove(memory, str("w"), str("company"), str("a"), NULL),
                     CRMSYNC_OK);
    assert_int_equal(crmsync_memory_remove(memory, str("w"), str("company"), str("a"), NULL),
                     CRMSYNC_E_NOT_FOUND);
    assert_int_equal(crmsync_memory_get(memory, str("w"), str("company"), &got, NULL), CRMSYNC_OK);
    assert_int_equal(crmsync_rows_count(got), 1);
    crmsync_rows_free(got);
    crmsync_rows_free(rows);
    crmsync_memory_free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_state_kit__memory_passes),
        cmocka_unit_test(test_record_kit__memory_passes),
        cmocka_unit_test(test_put__a_bad_row_changes_nothing),
        cmocka_unit_test(test_put_get_remove__in_order_of_id_with_all_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
