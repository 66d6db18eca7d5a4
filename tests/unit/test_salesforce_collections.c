/* Collections: many records in one request. */
#include "test_salesforce_writes.h"

#include "salesforce/collections.h"

static void test_collections__order_groups_objects_and_answers_come_back_in_place(void **state)
{
    static const crmi_write_field f[] = {{CRMSYNC_STR_LIT("LastName"), TEXT("Doe")}};
    crmi_write w[] = {
        {CRMI_STR("Lead"), CRMI_STR_EMPTY, f, 1},
        {CRMI_STR("Contact"), CRMI_STR_EMPTY, f, 1},
        {CRMI_STR("Lead"), CRMI_STR_EMPTY, f, 1},
    };
    uint32_t order[3];
    crmsync_alloc alloc = libc_table();
    crmi_request r;
    crmi_arena arena;
    crmi_write_result results[3];
    (void)state;
    crmi_collections_order(w, 3, order);
    assert_int_equal(order[0], 1);
    assert_int_equal(order[1], 0);
    assert_int_equal(order[2], 2);
    crmi_request_init(&r, &alloc);
    assert_int_equal(crmi_collections_request(&r, V, CRMI_WRITE_CREATE, CRMI_STR_EMPTY, w, 3, order,
                                              false, NULL, NULL),
                     CRMSYNC_OK);
    assert_true(text_is(
        crmi_buf_str(&r.body),
        "{\"allOrNone\":false,\"records\":[{\"attributes\":{\"type\":\"Contact\"},\"LastName\":"
        "\"Doe\"},{\"attributes\":{\"type\":\"Lead\"},\"LastName\":\"Doe\"},{\"attributes\":{"
        "\"type\":\"Lead\"},\"LastName\":\"Doe\"}]}"));
    crmi_request_clear(&r);
    crmi_arena_init(&arena, &alloc);
    crmi_response a = answer(
        200,
        "[{\"id\":\"003D000000QV9n2IAD\",\"success\":true,\"errors\":[]},"
        "{\"success\":false,\"errors\":[{\"statusCode\":\"REQUIRED_FIELD_MISSING\",\"message\":"
        "\"Required fields are missing: [Company]\",\"fields\":[\"Company\"]}]},"
        "{\"id\":\"001RM000003oCprYAE\",\"success\":false,\"errors\":[{\"statusCode\":"
        "\"ALL_OR_NONE_OPERATION_ROLLED_BACK\",\"message\":\"x\",\"fields\":[]}]}]");
    assert_int_equal(crmi_collections_read(&arena, &a, 3, order, results, NULL), CRMSYNC_OK);
    assert_true(results[1].success);
    assert_true(text_is(results[1].id, "003D000000QV9n2IAD"));
    assert_int_equal(results[0].errors.rule->error_class, CRMSYNC_CLASS_DATA);
    assert_true(text_is(results[0].errors.items[0].fields[0], "Company"));
    assert_int_equal(results[2].errors.rule->retry, CRMI_RETRY_CULPRIT);
    assert_false(results[2].unknown);
    crmi_arena_clear(&arena);
}

static void test_collections_read__answers_that_do_not_fit_the_request_are_refused(void **state)
{
    static const struct {
        int32_t status;
        const char *body;
        int32_t code;
    } rows[] = {
        {200, "[]", CRMSYNC_E_PROTOCOL},
        {200, "[{\"id\":\"003D000000QV9n2IAD\",\"success\":true}]", CRMSYNC_E_PROTOCOL},
        {200, "[{\"id\":\"003D000000QV9n2IAD\",\"success\":true},7]", CRMSYNC_E_PROTOCOL},
        {200, "[{\"id\":\"003D000000QV9n2IAD\",\"success\":true},{\"success\":true}]",
         CRMSYNC_E_PROTOCOL},
        {200, "[{\"id\":\"003D000000QV9n2IAD\",\"success\":true},{\"success\":\"no\"}]",
         CRMSYNC_E_PROTOCOL},
        {200,
         "[{\"id\":\"003D000000QV9n2IAD\",\"success\":true},{\"success\":false,\"success\":true,"
         "\"id\":\"003D000000QV9n2IAD\"}]",
         CRMSYNC_E_PROTOCOL},
        {200, "{}", CRMSYNC_E_PROTOCOL},
        {200, "<html>", CRMSYNC_E_PROTOCOL},
        {200, "", CRMSYNC_E_PROTOCOL},
        {400, "[{\"errorCode\":\"LIMIT_EXCEEDED\",\"message\":\"x\"}]", CRMSYNC_E_SALESFORCE},
        {503, "<html>", CRMSYNC_E_SALESFORCE},
    };
    crmsync_alloc alloc = libc_table();
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        crmi_arena arena;
        crmi_write_result results[2];
        crmi_response a = answer(rows[i].status, rows[i].body);
        crmi_arena_init(&arena, &alloc);
        if (crmi_collections_read(&arena, &a, 2, NULL, results, NULL) != rows[i].code)
            fail_msg("row %zu", i);
        crmi_arena_clear(&arena);
    }
}

static void test_collections_request__limits_and_odd_items_are_refused(void **state)
{
    static const crmi_write_field f[] = {{CRMSYNC_STR_LIT("Ext__c"), TEXT("1")}};
    static const crmi_write_field null_key[] = {
        {CRMSYNC_STR_LIT("Ext__c"), {{NULL, 0}, 0, CRMSYNC_CELL_NULL, 0}}};
    static char names[12][8];
    crmi_write w[201];
    crmsync_alloc alloc = libc_table();
    crmi_request r;
    (void)state;
    crmi_request_init(&r, &alloc);
#define REQUEST(op, n)                                                                             \
    crmi_collections_request(&r, V, op, CRMI_STR("Ext__c"), w, n, NULL, false, NULL, NULL)
    for (size_t i = 0; i < 201; i++)
        w[i] = (crmi_write){CRMI_STR("Lead"), CRMI_STR("00QD000000QV9n2IAD"), f, 1};
    assert_int_equal(REQUEST(CRMI_WRITE_CREATE, 200), CRMSYNC_OK);
    assert_int_equal(REQUEST(CRMI_WRITE_CREATE, 201), CRMSYNC_E_LIMIT);
    assert_int_equal(REQUEST(CRMI_WRITE_CREATE, 0), CRMSYNC_E_INVALID);
    assert_int_equal(REQUEST(9, 1), CRMSYNC_E_INVALID);
    assert_int_equal(REQUEST(CRMI_WRITE_UPSERT, 2), CRMSYNC_OK);
    assert_true(
        text_is(crmi_buf_str(&r.path), "/services/data/v68.0/composite/sobjects/Lead/Ext__c"));
    w[1].fields = null_key;
    assert_int_equal(REQUEST(CRMI_WRITE_UPSERT, 2), CRMSYNC_E_INVALID);
    w[1] = (crmi_write){CRMI_STR("Contact"), CRMI_STR_EMPTY, f, 1};
    assert_int_equal(REQUEST(CRMI_WRITE_UPSERT, 2), CRMSYNC_E_INVALID);
    assert_int_equal(REQUEST(CRMI_WRITE_UPDATE, 2), CRMSYNC_E_INVALID);
    w[1] = w[0];
    assert_int_equal(REQUEST(CRMI_WRITE_DELETE, 2), CRMSYNC_OK);
    assert_true(text_is(r.method, "DELETE"));
    assert_true(text_is(crmi_buf_str(&r.path),
                        "/services/data/v68.0/composite/sobjects?ids=00QD000000QV9n2IAD,"
                        "00QD000000QV9n2IAD&allOrNone=false"));
    for (size_t i = 0; i < 12; i++) {
        snprintf(names[i], sizeof names[i], "X%zu__c", i);
        w[i] = (crmi_write){crmi_str(names[i]), CRMI_STR_EMPTY, f, 1};
    }
    assert_int_equal(REQUEST(CRMI_WRITE_CREATE, 10), CRMSYNC_OK);
    assert_int_equal(REQUEST(CRMI_WRITE_CREATE, 11), CRMSYNC_E_LIMIT);
#undef REQUEST
    crmi_request_clear(&r);
}

static void test_collections_rows__missing_records_are_absent_rows(void **state)
{
    crmsync_str ids[] = {CRMI_STR("003D000000QV9n2IAD"), CRMI_STR("003RO0000035WQgYAM")};
    crmsync_str fields[] = {CRMI_STR("Id"), CRMI_STR("Email")};
    crmi_query_column columns[] = {{CRMI_STR("Id"), CRMSYNC_CELL_ID}, {CRMI_STR("Email"), 0}};
    crmsync_alloc alloc = libc_table();
    crmi_request r;
    crmsync_rows *rows;
    (void)state;
    crmi_request_init(&r, &alloc);
    assert_int_equal(
        crmi_collections_retrieve_request(&r, V, CRMI_STR("Contact"), ids, 2, fields, 2, NULL),
        CRMSYNC_OK);
    assert_true(text_is(crmi_buf_str(&r.body),
                        "{\"ids\":[\"003D000000QV9n2IAD\","
                        "\"003RO0000035WQgYAM\"],\"fields\":[\"Id\",\"Email\"]}"));
    crmi_request_clear(&r);
    crmi_response a = answer(200, "[null,{\"Id\":\"003RO0000035WQgYAM\",\"Email\":null}]");
    assert_int_equal(
        crmi_collections_rows(&alloc, &a, 2, CRMI_STR("Contact"), columns, 2, &rows, NULL),
        CRMSYNC_OK);
    assert_int_equal(crmsync_rows_get(rows, 0, 0).type, CRMSYNC_CELL_ABSENT);
    assert_int_equal(crmsync_rows_get(rows, 1, 1).type, CRMSYNC_CELL_NULL);
    crmsync_rows_free(rows);
    assert_int_equal(
        crmi_collections_rows(&alloc, &a, 3, CRMI_STR("Contact"), columns, 2, &rows, NULL),
        CRMSYNC_E_PROTOCOL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_collections__order_groups_objects_and_answers_come_back_in_place),
        cmocka_unit_test(test_collections_read__answers_that_do_not_fit_the_request_are_refused),
        cmocka_unit_test(test_collections_request__limits_and_odd_items_are_refused),
        cmocka_unit_test(test_collections_rows__missing_records_are_absent_rows),
    };
    return cmocka_run_group_tests_name("salesforce_collections", tests, NULL, NULL);
}
