/* Headers, limits, versions, getUpdated, getDeleted, describe. */
#include "test_salesforce.h"

#include "salesforce/delta.h"
#include "salesforce/describe.h"

#define V        CRMI_STR("68.0")
#define STAMP    "\"2013-05-08T21:20:00.000+0000\""
#define COUNT(a) (sizeof(a) / sizeof *(a))
#define NOW      INT64_C(1795178096000) /* 2026-11-20T12:34:56Z */

static void test_limit_info__both_forms_and_nonsense(void **state)
{
    static const struct {
        const char *value;
        bool found;
        uint64_t used, limit, app_used, app_limit;
    } rows[] = {
        {"api-usage=18/5000", true, 18, 5000, 0, 0},
        {"api-usage=25/5000; per-app-api-usage=17/250(appName=sample-connected-app)", true, 25,
         5000, 17, 250},
        {" api-usage=25/5000 ;x", true, 25, 5000, 0, 0},
        {"per-app-api-usage=17/250(appName=a;b=c)", true, 0, 0, 17, 250},
        {"", false, 0, 0, 0, 0},
        {"api-usage=", false, 0, 0, 0, 0},
        {"api-usage=1", false, 0, 0, 0, 0},
        {"api-usage=/5", false, 0, 0, 0, 0},
        {"api-usage=-1/5", false, 0, 0, 0, 0},
        {"api-usage=1/99999999999999999999999", false, 0, 0, 0, 0},
        {";;;", false, 0, 0, 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        crmi_response r = {0};
        if (crmi_limit_info_parse(crmi_str(rows[i].value), &r) != rows[i].found)
            fail_msg("%s", rows[i].value);
        assert_int_equal(r.api_used, rows[i].used);
        assert_int_equal(r.api_limit, rows[i].limit);
        assert_int_equal(r.app_used, rows[i].app_used);
        assert_int_equal(r.app_limit, rows[i].app_limit);
    }
}

static void test_response_header__takes_what_the_layers_above_need(void **state)
{
    crmi_response r = {0};
    (void)state;
    crmi_response_header(&r, CRMI_STR("date"), CRMI_STR("Fri, 20 Nov 2026 12:34:56 GMT"));
    crmi_response_header(&r, CRMI_STR("LAST-MODIFIED"), CRMI_STR("Fri, 20 Nov 2026 12:34:55 GMT"));
    crmi_response_header(&r, CRMI_STR("Retry-After"), CRMI_STR(" 120 "));
    crmi_response_header(&r, CRMI_STR("sforce-limit-info"), CRMI_STR("api-usage=18/5000"));
    crmi_response_header(&r, CRMI_STR("Sforce-Locator"), CRMI_STR("MTAwMDA"));
    crmi_response_header(&r, CRMI_STR("Set-Cookie"), CRMI_STR("BrowserId=x"));
    assert_int_equal(r.date_ms, NOW);
    assert_int_equal(r.last_modified_ms, NOW - 1000);
    assert_int_equal(r.retry_after_ms, 120000);
    assert_int_equal(r.api_used, 18);
    assert_true(text_is(r.locator, "MTAwMDA"));
    crmi_response_header(&r, CRMI_STR("Sforce-Locator"), CRMI_STR("null"));
    assert_int_equal(r.locator.len, 0);
    crmi_response_header(&r, CRMI_STR("Retry-After"), CRMI_STR("soon"));
    assert_int_equal(r.retry_after_ms, 120000);
    crmi_response_header(&r, CRMI_STR("Retry-After"), CRMI_STR("99999999999999999"));
    assert_int_equal(r.retry_after_ms, 86400000);
}

static void test_request__too_many_headers_is_a_defect(void **state)
{
    crmsync_alloc alloc = libc_table();
    crmi_request r;
    (void)state;
    crmi_request_init(&r, &alloc);
    crmi_request_start(&r, "GET", 0);
    for (int i = 0; i < CRMI_REQ_MAX_HEADERS; i++)
        crmi_request_header_add(&r, "X", CRMI_STR("y"));
    assert_int_equal(crmi_request_check(&r, NULL), CRMSYNC_OK);
    crmi_request_header_add(&r, "X", CRMI_STR("y"));
    assert_int_equal(crmi_request_check(&r, NULL), CRMSYNC_E_INTERNAL);
    crmi_request_clear(&r);
}

static void test_delta_requests__whole_minutes_at_least_one_apart(void **state)
{
    crmsync_alloc alloc = libc_table();
    crmi_request r;
    (void)state;
    crmi_request_init(&r, &alloc);
    assert_int_equal(crmi_updated_request(&r, V, CRMI_STR("Contact"), NOW - 86400000, NOW, NULL),
                     CRMSYNC_OK);
    assert_true(text_is(crmi_buf_str(&r.path),
                        "/services/data/v68.0/sobjects/Contact/updated/?start=2026-11-19T12%3A34%3A"
                        "00Z&end=2026-11-20T12%3A35%3A00Z"));
    assert_int_equal(crmi_deleted_request(&r, V, CRMI_STR("Contact"), NOW, NOW, NULL), CRMSYNC_OK);
    assert_true(text_is(crmi_buf_str(&r.path),
                        "/services/data/v68.0/sobjects/Contact/deleted/?start=2026-11-20T12%3A34%3A"
                        "00Z&end=2026-11-20T12%3A35%3A00Z"));
    assert_int_equal(crmi_deleted_request(&r, V, CRMI_STR("a/b"), NOW, NOW, NULL),
                     CRMSYNC_E_INVALID);
    crmi_request_clear(&r);
}

static void test_deltas_read__documented_answers(void **state)
{
    crmsync_alloc alloc = libc_table();
    crmi_arena arena;
    crmi_delta d;
    crmi_response r = answer(200, "{\"ids\":[\"003q000000KvQ1tAAF\",\"003q000000KvQ2DAAV\"],"
                                  "\"latestDateCovered\":\"2015-08-19T08:17:00.000+0000\"}");
    (void)state;
    crmi_arena_init(&arena, &alloc);
    assert_int_equal(crmi_updated_read(&arena, &r, &d, NULL), CRMSYNC_OK);
    assert_int_equal(d.count, 2);
    assert_true(text_is(d.records[1].id, "003q000000KvQ2DAAV"));
    assert_int_equal(d.latest_covered_ms, INT64_C(1439972220000));
    r = answer(200, "{\"deletedRecords\":[{\"id\":\"a00D0000008pQRAIA2\",\"deletedDate\":"
                    "\"2013-05-07T22:07:19.000+0000\"}],\"earliestDateAvailable\":"
                    "\"2013-05-03T15:57:00.000+0000\",\"latestDateCovered\":"
                    "\"2013-05-08T21:20:00.000+0000\"}");
    assert_int_equal(crmi_deleted_read(&arena, &r, &d, NULL), CRMSYNC_OK);
    assert_int_equal(d.count, 1);
    assert_int_equal(d.records[0].deleted_ms, INT64_C(1367964439000));
    assert_int_equal(d.earliest_available_ms, INT64_C(1367596620000));
    crmi_arena_clear(&arena);
}

static void test_deltas_read__hostile_answers_are_refused_whole(void **state)
{
    static const char *const bodies[] = {
        "",
        "<html>",
        "[]",
        "{}",
        "{\"ids\":[],\"deletedRecords\":[]}",
        "{\"ids\":{},\"deletedRecords\":{},\"latestDateCovered\":\"2013-05-08T21:20:00.000+0000\"}",
        "{\"ids\":[],\"deletedRecords\":[],\"latestDateCovered\":\"yesterday\"}",
        "{\"ids\":[\"x\"],\"deletedRecords\":[{\"id\":\"x\",\"deletedDate\":" STAMP
        "}],\"earliestDateAvailable\":" STAMP ",\"latestDateCovered\":" STAMP "}",
        "{\"ids\":[7],\"deletedRecords\":[7],\"earliestDateAvailable\":" STAMP
        ",\"latestDateCovered\":" STAMP "}",
    };
    crmsync_alloc alloc = libc_table();
    (void)state;
    for (size_t i = 0; i < COUNT(bodies); i++) {
        crmi_arena arena;
        crmi_delta d;
        crmi_response r = answer(200, bodies[i]);
        crmi_arena_init(&arena, &alloc);
        if (crmi_updated_read(&arena, &r, &d, NULL) != CRMSYNC_E_PROTOCOL || d.count)
            fail_msg("updated, row %zu", i);
        if (crmi_deleted_read(&arena, &r, &d, NULL) != CRMSYNC_E_PROTOCOL || d.count)
            fail_msg("deleted, row %zu", i);
        crmi_arena_clear(&arena);
    }
}

static void test_limits_read__one_limit_of_many(void **state)
{
    crmsync_alloc alloc = libc_table();
    uint64_t max, remaining;
    crmi_response r = answer(200, "{\"DailyApiRequests\":{\"Max\":15000,\"Remaining\":14998,"
                                  "\"App\":{\"Max\":0,\"Remaining\":0}},\"Odd\":{\"Max\":\"x\"}}");
    (void)state;
    assert_int_equal(
        crmi_limits_read(&alloc, &r, CRMI_STR("DailyApiRequests"), &max, &remaining, NULL),
        CRMSYNC_OK);
    assert_int_equal(max, 15000);
    assert_int_equal(remaining, 14998);
    assert_int_equal(crmi_limits_read(&alloc, &r, CRMI_STR("None"), &max, &remaining, NULL),
                     CRMSYNC_E_NOT_FOUND);
    assert_int_equal(crmi_limits_read(&alloc, &r, CRMI_STR("Odd"), &max, &remaining, NULL),
                     CRMSYNC_E_PROTOCOL);
}

static void test_versions_read__newest_by_number(void **state)
{
    crmsync_alloc alloc = libc_table();
    bool offered;
    crmi_buf newest;
    crmi_response r = answer(200, "[{\"label\":\"a\",\"url\":\"/x\",\"version\":\"9.0\"},"
                                  "{\"version\":\"68.0\"},{\"version\":\"67.0\"},{\"version\":7}]");
    (void)state;
    crmi_buf_init(&newest, &alloc);
    assert_int_equal(crmi_versions_read(&alloc, &r, CRMI_STR("67.0"), &offered, &newest, NULL),
                     CRMSYNC_OK);
    assert_true(offered);
    assert_true(text_is(crmi_buf_str(&newest), "68.0"));
    assert_int_equal(crmi_versions_read(&alloc, &r, CRMI_STR("60.0"), &offered, &newest, NULL),
                     CRMSYNC_OK);
    assert_false(offered);
    r = answer(200, "[]");
    assert_int_equal(crmi_versions_read(&alloc, &r, CRMI_STR("60.0"), &offered, &newest, NULL),
                     CRMSYNC_E_PROTOCOL);
    crmi_buf_clear(&newest);
}

static const char describe_json[] =
    "{\"name\":\"Contact\",\"keyPrefix\":\"003\",\"createable\":true,\"updateable\":true,"
    "\"queryable\":true,\"fields\":[{\"name\":\"Email\",\"label\":\"Email\",\"type\":\"email\","
    "\"length\":80,\"createable\":true,\"updateable\":true,\"nillable\":true,\"picklistValues\":[],"
    "\"referenceTo\":[]},{\"name\":\"Birthdate\",\"label\":\"B\",\"type\":\"date\",\"length\":0,"
    "\"picklistValues\":[],\"referenceTo\":[]}]}";

static void test_describe__fills_the_schema_and_types_columns(void **state)
{
    crmsync_alloc alloc = libc_table();
    crmsync_schema *schema;
    crmi_request r;
    bool unchanged;
    int64_t modified;
    crmi_query_column columns[] = {
        {CRMI_STR("email"), 9}, {CRMI_STR("Birthdate"), 9}, {CRMI_STR("Account.Name"), 9}};
    crmi_response a = answer(200, describe_json);
    (void)state;
    a.last_modified_ms = NOW;
    crmi_request_init(&r, &alloc);
    assert_int_equal(crmi_describe_request(&r, V, CRMI_STR("Contact"), NOW, NULL), CRMSYNC_OK);
    assert_true(text_is(crmi_buf_str(&r.path), "/services/data/v68.0/sobjects/Contact/describe"));
    assert_true(text_is(r.headers[0].name, "If-Modified-Since"));
    assert_true(text_is(crmi_buf_str(&r.headers[0].value), "Fri, 20 Nov 2026 12:34:56 GMT"));
    crmi_request_clear(&r);
    assert_int_equal(crmsync_schema_new(&alloc, &schema, NULL), CRMSYNC_OK);
    assert_int_equal(crmi_describe_read(&alloc, &a, schema, &unchanged, &modified, NULL),
                     CRMSYNC_OK);
    assert_false(unchanged);
    assert_int_equal(modified, NOW);
    crmi_query_columns_type(columns, COUNT(columns), schema, CRMI_STR("Contact"));
    assert_int_equal(columns[0].type, CRMSYNC_CELL_TEXT);
    assert_int_equal(columns[1].type, CRMSYNC_CELL_DATE);
    assert_int_equal(columns[2].type, CRMSYNC_CELL_ABSENT);
    a = answer(304, "");
    assert_int_equal(crmi_describe_read(&alloc, &a, schema, &unchanged, &modified, NULL),
                     CRMSYNC_OK);
    assert_true(unchanged);
    a = answer(200, "{\"name\":");
    assert_int_equal(crmi_describe_read(&alloc, &a, schema, &unchanged, &modified, NULL),
                     CRMSYNC_E_PROTOCOL);
    a = answer(404, "[{\"errorCode\":\"NOT_FOUND\",\"message\":\"x\"}]");
    assert_int_equal(crmi_describe_read(&alloc, &a, schema, &unchanged, &modified, NULL),
                     CRMSYNC_E_SALESFORCE);
    crmsync_schema_free(schema);
}

static void test_describe_global__lists_what_the_user_sees(void **state)
{
    crmsync_alloc alloc = libc_table();
    crmi_arena arena;
    const crmi_global_object *objects;
    size_t n;
    bool unchanged;
    crmi_response a = answer(200, "{\"encoding\":\"UTF-8\",\"maxBatchSize\":200,\"sobjects\":["
                                  "{\"name\":\"Account\",\"keyPrefix\":\"001\",\"createable\":true,"
                                  "\"queryable\":true},{\"name\":\"Odd__x\",\"keyPrefix\":null}]}");
    (void)state;
    crmi_arena_init(&arena, &alloc);
    assert_int_equal(crmi_describe_global_read(&arena, &a, &objects, &n, &unchanged, NULL),
                     CRMSYNC_OK);
    assert_int_equal(n, 2);
    assert_true(text_is(objects[0].key_prefix, "001"));
    assert_true(objects[0].createable);
    assert_int_equal(objects[1].key_prefix.len, 0);
    a = answer(200, "{\"sobjects\":[{}]}");
    assert_int_equal(crmi_describe_global_read(&arena, &a, &objects, &n, &unchanged, NULL),
                     CRMSYNC_E_PROTOCOL);
    assert_int_equal(n, 0);
    a = answer(304, "");
    assert_int_equal(crmi_describe_global_read(&arena, &a, &objects, &n, &unchanged, NULL),
                     CRMSYNC_OK);
    assert_true(unchanged);
    crmi_arena_clear(&arena);
}

static int32_t everything(const crmsync_alloc *alloc, crmsync_error **err)
{
    crmi_arena arena;
    crmi_delta d;
    crmi_request r;
    crmsync_schema *schema = NULL;
    bool unchanged;
    int64_t modified;
    crmi_response ids = answer(200, "{\"ids\":[\"003q000000KvQ1tAAF\"],\"latestDateCovered\":"
                                    "\"2015-08-19T08:17:00.000+0000\"}");
    crmi_response describe = answer(200, describe_json);
    crmi_arena_init(&arena, alloc);
    crmi_request_init(&r, alloc);
    int32_t rc = crmi_updated_request(&r, V, CRMI_STR("Contact"), NOW, NOW, err);
    if (!rc)
        rc = crmi_describe_request(&r, V, CRMI_STR("Contact"), NOW, err);
    if (!rc)
        rc = crmi_updated_read(&arena, &ids, &d, err);
    if (!rc)
        rc = crmsync_schema_new(alloc, &schema, err);
    if (!rc)
        rc = crmi_describe_read(alloc, &describe, schema, &unchanged, &modified, err);
    crmsync_schema_free(schema);
    crmi_request_clear(&r);
    crmi_arena_clear(&arena);
    return rc;
}

static void test_deltas__no_memory_anywhere_leaks_nothing(void **state)
{
    (void)state;
    assert_true(sweep_memory(everything) > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limit_info__both_forms_and_nonsense),
        cmocka_unit_test(test_response_header__takes_what_the_layers_above_need),
        cmocka_unit_test(test_request__too_many_headers_is_a_defect),
        cmocka_unit_test(test_delta_requests__whole_minutes_at_least_one_apart),
        cmocka_unit_test(test_deltas_read__documented_answers),
        cmocka_unit_test(test_deltas_read__hostile_answers_are_refused_whole),
        cmocka_unit_test(test_limits_read__one_limit_of_many),
        cmocka_unit_test(test_versions_read__newest_by_number),
        cmocka_unit_test(test_describe__fills_the_schema_and_types_columns),
        cmocka_unit_test(test_describe_global__lists_what_the_user_sees),
        cmocka_unit_test(test_deltas__no_memory_anywhere_leaks_nothing),
    };
    return cmocka_run_group_tests_name("salesforce_delta", tests, NULL, NULL);
}
