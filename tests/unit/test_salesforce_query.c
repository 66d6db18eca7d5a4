/* Queries: requests, pages, and answers nobody should believe. */
#include "test_salesforce.h"

#include "salesforce/query.h"
#include "salesforce/sobject.h"

#define V CRMI_STR("68.0")

static const char page_json[] =
    "{\"totalSize\":3222,\"done\":false,"
    "\"nextRecordsUrl\":\"/services/data/v68.0/query/01gRO0000016PIAYA2-500\",\"records\":["
    "{\"attributes\":{\"type\":\"Contact\",\"url\":\"/services/data/v68.0/sobjects/Contact/"
    "003RO0000035WQgYAM\"},\"Id\":\"003RO0000035WQgYAM\",\"Name\":\"John \\u00e9\",\"Email\":null,"
    "\"Score__c\":1.50,\"Vip__c\":true,\"Big__c\":1.5E7,"
    "\"SystemModstamp\":\"2026-11-20T12:34:56.000+0000\",\"Birthdate\":\"2010-01-01\","
    "\"Account\":{\"attributes\":{\"type\":\"Account\"},\"Name\":\"Acme\",\"Owner\":null},"
    "\"CampaignMembers\":{\"totalSize\":1,\"done\":true,\"records\":[{\"Status\":\"Sent\"}]}},"
    "{\"attributes\":{\"type\":\"Contact\"},\"Id\":\"003RO0000035WQhYAM\",\"Name\":\"B\","
    "\"Score__c\":null,\"Account\":null}]}";

static const crmi_query_column page_columns[] = {
    {CRMSYNC_STR_LIT("Id"), CRMSYNC_CELL_ID},
    {CRMSYNC_STR_LIT("name"), CRMSYNC_CELL_TEXT},
    {CRMSYNC_STR_LIT("Email"), CRMSYNC_CELL_TEXT},
    {CRMSYNC_STR_LIT("Score__c"), CRMSYNC_CELL_DECIMAL},
    {CRMSYNC_STR_LIT("Vip__c"), CRMSYNC_CELL_BOOL},
    {CRMSYNC_STR_LIT("Big__c"), CRMSYNC_CELL_DECIMAL},
    {CRMSYNC_STR_LIT("SystemModstamp"), CRMSYNC_CELL_DATETIME},
    {CRMSYNC_STR_LIT("Birthdate"), CRMSYNC_CELL_DATE},
    {CRMSYNC_STR_LIT("Account.Name"), CRMSYNC_CELL_TEXT},
    {CRMSYNC_STR_LIT("Account.Owner.Email"), CRMSYNC_CELL_TEXT},
    {CRMSYNC_STR_LIT("attributes.type"), CRMSYNC_CELL_TEXT},
};
#define N_COLUMNS (sizeof page_columns / sizeof *page_columns)

static crmsync_cell cell_of(const crmi_query_page *page, size_t row, const char *field)
{
    int32_t at = crmsync_rows_find_field(page->rows, crmi_str(field));
    assert_true(at >= 0);
    return crmsync_rows_get(page->rows, row, (size_t)at);
}

static void test_page_read__documented_page_gives_typed_rows(void **state)
{
    crmsync_alloc alloc = libc_table();
    crmi_query_page page;
    (void)state;
    crmi_query_page_init(&page, &alloc);
    assert_int_equal(crmi_query_page_read(&alloc, crmi_str(page_json), CRMI_STR("Contact"),
                                          page_columns, N_COLUMNS, &page, NULL),
                     CRMSYNC_OK);
    assert_int_equal(page.total_size, 3222);
    assert_false(page.done);
    assert_true(
        text_is(crmi_buf_str(&page.next_url), "/services/data/v68.0/query/01gRO0000016PIAYA2-500"));
    assert_int_equal(crmsync_rows_count(page.rows), 2);
    assert_true(text_is(crmsync_rows_kind(page.rows), "Contact"));
    assert_int_equal(cell_of(&page, 0, "Id").type, CRMSYNC_CELL_ID);
    assert_true(text_is(cell_of(&page, 0, "name").text, "John \xc3\xa9"));
    assert_int_equal(cell_of(&page, 0, "Email").type, CRMSYNC_CELL_NULL);
    assert_true(text_is(cell_of(&page, 0, "Score__c").text, "1.50"));
    assert_int_equal(cell_of(&page, 0, "Vip__c").number, 1);
    assert_true(text_is(cell_of(&page, 0, "Big__c").text, "15000000"));
    assert_int_equal(cell_of(&page, 0, "SystemModstamp").number, INT64_C(1795178096000));
    assert_int_equal(cell_of(&page, 0, "Birthdate").number, 14610);
    assert_true(text_is(cell_of(&page, 0, "Account.Name").text, "Acme"));
    assert_int_equal(cell_of(&page, 0, "Account.Owner.Email").type, CRMSYNC_CELL_NULL);
    assert_true(text_is(cell_of(&page, 0, "attributes.type").text, "Contact"));
    crmi_query_page_clear(&page);
}

static void test_page_read__absent_differs_from_null_and_null_parents_reach_down(void **state)
{
    crmsync_alloc alloc = libc_table();
    crmi_query_page page;
    (void)state;
    crmi_query_page_init(&page, &alloc);
    assert_int_equal(crmi_query_page_read(&alloc, crmi_str(page_json), CRMI_STR("Contact"),
                                          page_columns, N_COLUMNS, &page, NULL),
                     CRMSYNC_OK);
    assert_int_equal(cell_of(&page, 1, "Email").type, CRMSYNC_CELL_ABSENT);
    assert_int_equal(cell_of(&page, 1, "Score__c").type, CRMSYNC_CELL_NULL);
    assert_int_equal(cell_of(&page, 1, "Account.Name").type, CRMSYNC_CELL_NULL);
    assert_int_equal(cell_of(&page, 1, "Account.Owner.Email").type, CRMSYNC_CELL_NULL);
    crmi_query_page_clear(&page);
}

static void test_page_read__count_and_aggregates_name_their_own_columns(void **state)
{
    crmsync_alloc alloc = libc_table();
    crmi_query_page page;
    (void)state;
    crmi_query_page_init(&page, &alloc);
    assert_int_equal(
        crmi_query_page_read(&alloc, CRMI_STR("{\"totalSize\":1234,\"done\":true,\"records\":[]}"),
                             CRMI_STR("Account"), NULL, 0, &page, NULL),
        CRMSYNC_OK);
    assert_int_equal(page.total_size, 1234);
    assert_int_equal(crmsync_rows_count(page.rows), 0);
    assert_int_equal(
        crmi_query_page_read(
            &alloc,
            CRMI_STR(
                "{\"totalSize\":2,\"done\":true,\"records\":["
                "{\"attributes\":{\"type\":\"AggregateResult\"},\"expr0\":7,\"AccountId\":null},"
                "{\"attributes\":{\"type\":\"AggregateResult\"},\"expr0\":9,"
                "\"AccountId\":\"001D000000Kv3g5IAB\",\"Name\":\"x\"}]}"),
            CRMI_STR("Contact"), NULL, 0, &page, NULL),
        CRMSYNC_OK);
    assert_int_equal(crmsync_rows_field_count(page.rows), 3);
    assert_true(text_is(cell_of(&page, 1, "expr0").text, "9"));
    assert_int_equal(cell_of(&page, 0, "AccountId").type, CRMSYNC_CELL_NULL);
    assert_int_equal(cell_of(&page, 0, "Name").type, CRMSYNC_CELL_ABSENT);
    crmi_query_page_clear(&page);
}

/* Answers that are none. `where` is what the error must point at. */
static void test_page_read__hostile_answers_are_refused_whole(void **state)
{
    static const struct {
        const char *body, *where;
    } rows[] = {
        {"", "byte 0"},
        {"<html><body>Down for maintenance</body></html>", "byte 0"},
        {"[]", "/done"},
        {"null", "/done"},
        {"{\"totalSize\":1,\"done\":true}", "/records"},
        {"{\"totalSize\":1,\"done\":true,\"records\":{}}", "/records"},
        {"{\"totalSize\":\"1\",\"done\":true,\"records\":[]}", "/totalSize"},
        {"{\"totalSize\":99999999999999999999,\"done\":true,\"records\":[]}", "/totalSize"},
        {"{\"totalSize\":1,\"done\":\"true\",\"records\":[]}", "/done"},
        {"{\"totalSize\":1,\"done\":false,\"records\":[]}", "/nextRecordsUrl"},
        {"{\"totalSize\":1,\"done\":false,\"nextRecordsUrl\":\"https://evil.example/services/data/"
         "v1.0/query/x\",\"records\":[]}",
         "/nextRecordsUrl"},
        {"{\"totalSize\":1,\"done\":true,\"done\":false,\"records\":[]}", "/done"},
        {"{\"totalSize\":1,\"done\":true,\"records\":[7]}", "/records/0"},
        {"{\"totalSize\":1,\"done\":true,\"records\":[{\"Id\":\"003RO0000035WQgYAM\"},{\"Id\":7}]}",
         "/records/1/Id"},
        {"{\"totalSize\":1,\"done\":true,\"records\":[{\"Id\":\"short\"}]}", "/records/0/Id"},
        {"{\"totalSize\":1,\"done\":true,\"records\":[{\"Email\":\"a\",\"Email\":\"b\"}]}",
         "/records/0/Email"},
        {"{\"totalSize\":1,\"done\":true,\"records\":[{\"Email\":\"a\",\"Email\":null}]}",
         "/records/0/Email"},
        {"{\"totalSize\":1,\"done\":true,\"records\":[{\"Account\":{\"Name\":\"a\"},\"Account\":"
         "null}]}",
         "/records/0/Account/Name"},
        {"{\"totalSize\":1,\"done\":true,\"records\":[{\"Email\":{\"a\":1}}]}", "/records/0/Email"},
        {"{\"totalSize\":1,\"done\":true,\"records\":[{\"Score__c\":\"12\"}]}",
         "/records/0/Score__c"},
        {"{\"totalSize\":1,\"done\":true,\"records\":[{\"Score__c\":1e999999999}]}",
         "/records/0/Score__c"},
        {"{\"totalSize\":1,\"done\":true,\"records\":[{\"Vip__c\":1}]}", "/records/0/Vip__c"},
        {"{\"totalSize\":1,\"done\":true,\"records\":[{\"Birthdate\":\"tomorrow\"}]}",
         "/records/0/Birthdate"},
        {"{\"totalSize\":1,\"done\":true,\"records\":[{\"Account\":\"Acme\"}]}",
         "/records/0/Account/Name"},
        {"{\"totalSize\":1,\"done\":true,\"records\":[{\"Name\":\"\xff\"}]}", "byte "},
    };
    crmsync_alloc alloc = libc_table();
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        crmi_query_page page;
        crmsync_error *err = NULL;
        crmi_query_page_init(&page, &alloc);
        int32_t rc = crmi_query_page_read(&alloc, crmi_str(rows[i].body), CRMI_STR("Contact"),
                                          page_columns, N_COLUMNS, &page, &err);
        if (rc != CRMSYNC_E_PROTOCOL)
            fail_msg("row %zu: %s gives %d", i, rows[i].body, (int)rc);
        assert_true(crmi_str_starts(crmsync_error_where(err), rows[i].where));
        assert_null(page.rows);
        crmsync_error_free(err);
        crmi_query_page_clear(&page);
    }
}

static void test_page_read__every_prefix_of_a_page_is_refused(void **state)
{
    crmsync_alloc alloc = libc_table();
    crmi_query_page page;
    (void)state;
    crmi_query_page_init(&page, &alloc);
    for (size_t n = 0; n + 1 < sizeof page_json; n++) {
        char *cut = malloc(n + 1); /* exactly as long as told: a sanitizer sees a read too many */
        memcpy(cut, page_json, n);
        crmsync_error *err = NULL;
        assert_int_equal(crmi_query_page_read(&alloc, (crmsync_str){cut, n}, CRMI_STR("Contact"),
                                              page_columns, N_COLUMNS, &page, &err),
                         CRMSYNC_E_PROTOCOL);
        assert_true(crmi_str_starts(crmsync_error_where(err), "byte "));
        assert_null(page.rows);
        crmsync_error_free(err);
        free(cut);
    }
    crmi_query_page_clear(&page);
}

static void test_page_read__nested_too_deep_is_refused(void **state)
{
    char deep[4096];
    crmsync_alloc alloc = libc_table();
    crmi_query_page page;
    (void)state;
    memset(deep, '[', sizeof deep);
    crmi_query_page_init(&page, &alloc);
    assert_int_equal(crmi_query_page_read(&alloc, (crmsync_str){deep, sizeof deep},
                                          CRMI_STR("Contact"), page_columns, N_COLUMNS, &page,
                                          NULL),
                     CRMSYNC_E_PROTOCOL);
    crmi_query_page_clear(&page);
}

static int32_t read_page_body(const crmsync_alloc *alloc, crmsync_error **err)
{
    crmi_query_page page;
    crmi_query_page_init(&page, alloc);
    int32_t rc = crmi_query_page_read(alloc, crmi_str(page_json), CRMI_STR("Contact"), page_columns,
                                      N_COLUMNS, &page, err);
    if (!rc)
        rc = crmi_query_page_read(alloc,
                                  CRMI_STR("{\"totalSize\":1,\"done\":true,\"records\":["
                                           "{\"expr0\":7,\"Account\":{\"Name\":\"x\"}}]}"),
                                  CRMI_STR("Contact"), NULL, 0, &page, err);
    crmi_query_page_clear(&page);
    return rc;
}

static void test_page_read__no_memory_anywhere_leaks_nothing(void **state)
{
    (void)state;
    assert_true(sweep_memory(read_page_body) > 10);
}

static void test_query_request__short_is_get_and_long_is_wrapped(void **state)
{
    crmsync_alloc alloc = libc_table();
    crmi_request r;
    crmi_buf soql;
    (void)state;
    crmi_request_init(&r, &alloc);
    assert_int_equal(crmi_query_request(&r, V, CRMI_STR("SELECT Id FROM Lead WHERE Name = 'a+b'"),
                                        false, 50, NULL),
                     CRMSYNC_OK);
    assert_true(text_is(r.method, "GET"));
    assert_true(
        text_is(crmi_buf_str(&r.path),
                "/services/data/v68.0/query?q=SELECT%20Id%20FROM%20Lead%20WHERE%20Name%20%3D"
                "%20%27a%2Bb%27"));
    assert_int_equal(r.flags, CRMI_REQ_IDEMPOTENT);
    assert_true(text_is(crmi_buf_str(&r.headers[0].value), "batchSize=200"));
    crmi_buf_init(&soql, &alloc);
    crmi_buf_lit(&soql, "SELECT Id FROM Lead WHERE Email IN ('");
    for (int i = 0; i < 30000; i++)
        crmi_buf_char(&soql, 'x');
    crmi_buf_lit(&soql, "')");
    assert_int_equal(crmi_query_request(&r, V, crmi_buf_str(&soql), true, 0, NULL), CRMSYNC_OK);
    assert_true(text_is(r.method, "POST"));
    assert_true(text_is(crmi_buf_str(&r.path), "/services/data/v68.0/composite"));
    assert_true(text_has(crmi_buf_str(&r.body), "\"method\":\"GET\",\"url\":\"/services/data/v68.0/"
                                                "queryAll?q=SELECT%20Id"));
    assert_int_equal(r.flags, CRMI_REQ_IDEMPOTENT | CRMI_REQ_WRAPPED);
    for (int i = 0; i < 100000; i++)
        crmi_buf_char(&soql, 'x');
    assert_int_equal(crmi_query_request(&r, V, crmi_buf_str(&soql), true, 0, NULL),
                     CRMSYNC_E_LIMIT);
    crmi_buf_clear(&soql);
    crmi_request_clear(&r);
}

static void test_answer_read__wrapped_page_is_unwrapped_and_refusals_keep_their_code(void **state)
{
    crmsync_alloc alloc = libc_table();
    crmi_query_page page;
    crmsync_error *err = NULL;
    (void)state;
    crmi_query_page_init(&page, &alloc);
    crmi_response r =
        answer(200, "{\"compositeResponse\":[{\"body\":{\"totalSize\":1,\"done\":true,"
                    "\"records\":[{\"Id\":\"003RO0000035WQgYAM\"}]},\"httpHeaders\":{},"
                    "\"httpStatusCode\":200,\"referenceId\":\"q\"}]}");
    assert_int_equal(crmi_query_answer_read(&alloc, CRMI_REQ_WRAPPED, &r, CRMI_STR("Contact"),
                                            page_columns, N_COLUMNS, &page, NULL),
                     CRMSYNC_OK);
    assert_int_equal(crmsync_rows_count(page.rows), 1);
    r = answer(200,
               "{\"compositeResponse\":[{\"body\":[{\"errorCode\":\"INVALID_FIELD\",\"message\":"
               "\"No such column 'X' on entity\"}],\"httpHeaders\":{},\"httpStatusCode\":400,"
               "\"referenceId\":\"q\"}]}");
    assert_int_equal(crmi_query_answer_read(&alloc, CRMI_REQ_WRAPPED, &r, CRMI_STR("Contact"),
                                            page_columns, N_COLUMNS, &page, &err),
                     CRMSYNC_E_SALESFORCE);
    assert_int_equal(crmsync_error_class(err), CRMSYNC_CLASS_SCHEMA);
    assert_true(text_is(crmsync_error_salesforce_code(err), "INVALID_FIELD"));
    crmsync_error_free(err);
    err = NULL;
    r = answer(400,
               "[{\"errorCode\":\"INVALID_QUERY_LOCATOR\",\"message\":\"invalid query locator\"}]");
    assert_int_equal(crmi_query_answer_read(&alloc, 0, &r, CRMI_STR("Contact"), page_columns,
                                            N_COLUMNS, &page, &err),
                     CRMSYNC_E_SALESFORCE);
    assert_true(text_is(crmsync_error_salesforce_code(err), "INVALID_QUERY_LOCATOR"));
    assert_null(page.rows);
    crmsync_error_free(err);
    crmi_query_page_clear(&page);
}

static void test_next_ok__only_locators_of_this_host_pass(void **state)
{
    static const struct {
        const char *url;
        bool ok;
    } rows[] = {
        {"/services/data/v68.0/query/01gRO0000016PIAYA2-500", true},
        {"/services/data/v68.0/queryAll/01gRO0000016PIAYA2-2000", true},
        {"/services/data/v68.0/queryall/01gRO0000016PIAYA2-2000", true},
        {"", false},
        {"/services/data/v68.0/query/", false},
        {"/services/data/v68.0/query", false},
        {"/services/data/v/query/x", false},
        {"/services/data/v68.0/sobjects/Contact", false},
        {"/services/data/v68.0/query/../sobjects", false},
        {"/services/data/v68.0/query/a b", false},
        {"/services/data/v68.0/query/a\r\nHost: evil", false},
        {"//evil.example/services/data/v68.0/query/x", false},
        {"https://evil.example/services/data/v68.0/query/x", false},
        {"@evil.example/services/data/v68.0/query/x", false},
    };
    crmsync_alloc alloc = libc_table();
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        crmi_request r;
        crmi_request_init(&r, &alloc);
        assert_int_equal(crmi_query_next_ok(crmi_str(rows[i].url)), rows[i].ok);
        assert_int_equal(crmi_query_more_request(&r, crmi_str(rows[i].url), NULL),
                         rows[i].ok ? CRMSYNC_OK : CRMSYNC_E_INVALID);
        crmi_request_clear(&r);
    }
}

static void test_sobject_read__one_record_becomes_one_row(void **state)
{
    crmsync_alloc alloc = libc_table();
    crmsync_rows *rows;
    (void)state;
    crmi_response r = answer(200, "{\"attributes\":{\"type\":\"Contact\"},\"Id\":"
                                  "\"003RO0000035WQgYAM\",\"Email\":\"j@x.io\"}");
    assert_int_equal(
        crmi_sobject_read(&alloc, &r, CRMI_STR("Contact"), page_columns, 3, &rows, NULL),
        CRMSYNC_OK);
    assert_int_equal(crmsync_rows_count(rows), 1);
    assert_true(text_is(crmsync_rows_get(rows, 0, 2).text, "j@x.io"));
    crmsync_rows_free(rows);
    r = answer(200, "[]");
    assert_int_equal(
        crmi_sobject_read(&alloc, &r, CRMI_STR("Contact"), page_columns, 3, &rows, NULL),
        CRMSYNC_E_PROTOCOL);
    assert_null(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_page_read__documented_page_gives_typed_rows),
        cmocka_unit_test(test_page_read__absent_differs_from_null_and_null_parents_reach_down),
        cmocka_unit_test(test_page_read__count_and_aggregates_name_their_own_columns),
        cmocka_unit_test(test_page_read__hostile_answers_are_refused_whole),
        cmocka_unit_test(test_page_read__every_prefix_of_a_page_is_refused),
        cmocka_unit_test(test_page_read__nested_too_deep_is_refused),
        cmocka_unit_test(test_page_read__no_memory_anywhere_leaks_nothing),
        cmocka_unit_test(test_query_request__short_is_get_and_long_is_wrapped),
        cmocka_unit_test(test_answer_read__wrapped_page_is_unwrapped_and_refusals_keep_their_code),
        cmocka_unit_test(test_next_ok__only_locators_of_this_host_pass),
        cmocka_unit_test(test_sobject_read__one_record_becomes_one_row),
    };
    return cmocka_run_group_tests_name("salesforce_query", tests, NULL, NULL);
}
