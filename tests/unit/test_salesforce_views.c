/* List views and reports of the simulated org, and answers that are none. */
#include "org_exchange.h"

#include "salesforce/listview.h"
#include "salesforce/report.h"

#define V      CRMI_STR("68.0")
#define OBJECT CRMI_STR("Contact")

static int setup(void **state)
{
    static const char *const people[] = {"{\"LastName\":\"Adams\",\"Email\":\"a@x.example\"}",
                                         "{\"LastName\":\"Allen\"}", "{\"LastName\":\"Brown\"}"};
    char id[19];
    orgsim *org = orgsim_new(NULL);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(orgsim_insert(org, "Contact", people[i], id), 0);
    assert_int_equal(
        orgsim_switch(org, "list_view", "Contact.A_People=LastName LIKE 'A%' OR Email = 'x'"), 0);
    assert_int_equal(orgsim_switch(org, "list_view", "Contact.Odd=none"), 0);
    assert_int_equal(orgsim_switch(org, "list_view", "Lead.Mine="), 0);
    assert_int_equal(orgsim_switch(org, "report", "People=SELECT LastName, Email FROM Contact"), 0);
    assert_int_equal(orgsim_switch(org, "report", "Summary=SELECT LastName FROM Contact"), 0);
    *state = org;
    return 0;
}

static int teardown(void **state)
{
    orgsim_free(*state);
    return 0;
}

static void test_listviews__of_an_object__are_listed_and_lead_to_their_members(void **state)
{
    crmsync_alloc alloc = libc_table();
    crmi_arena arena;
    crmi_request r;
    crmi_listviews views;
    crmsync_str soql;
    crmi_query_page page;
    crmi_arena_init(&arena, &alloc);
    crmi_request_init(&r, &alloc);
    crmi_query_page_init(&page, &alloc);
    assert_int_equal(crmi_listviews_request(&r, V, OBJECT, NULL), CRMSYNC_OK);
    exchange e = ask_org(*state, &r);
    assert_int_equal(crmi_listviews_read(&arena, &e.response, &views, NULL), CRMSYNC_OK);
    exchange_clear(&e);
    assert_int_equal(views.count, 2);
    assert_true(text_is(views.items[0].developer_name, "A_People") && views.items[0].soql);
    assert_false(views.items[1].soql);
    assert_int_equal(views.next_url.len, 0);
    assert_int_equal(crmi_listview_describe_request(&r, V, OBJECT, views.items[0].id, NULL),
                     CRMSYNC_OK);
    e = ask_org(*state, &r);
    assert_int_equal(crmi_listview_describe_read(&arena, &e.response, &soql, NULL), CRMSYNC_OK);
    exchange_clear(&e);
    assert_true(
        text_has(soql, "SELECT Id FROM Contact WHERE LastName LIKE 'A%' OR Email = 'x' ORDER"));
    assert_int_equal(crmi_query_request(&r, V, soql, false, 0, NULL), CRMSYNC_OK);
    e = ask_org(*state, &r);
    assert_int_equal(crmi_query_answer_read(&alloc, 0, &e.response, OBJECT,
                                            &(crmi_query_column){CRMI_STR("Id"), CRMSYNC_CELL_ID},
                                            1, &page, NULL),
                     CRMSYNC_OK);
    exchange_clear(&e);
    assert_int_equal(crmsync_rows_count(page.rows), 2);
    assert_int_equal(crmi_listview_describe_request(&r, V, OBJECT, views.items[1].id, NULL),
                     CRMSYNC_OK);
    e = ask_org(*state, &r);
    assert_int_equal(crmi_listview_describe_read(&arena, &e.response, &soql, NULL),
                     CRMSYNC_E_SALESFORCE);
    exchange_clear(&e);
    crmi_query_page_clear(&page);
    crmi_request_clear(&r);
    crmi_arena_clear(&arena);
}

static void test_results__of_a_view_without_query__give_ids_and_rows(void **state)
{
    crmsync_alloc alloc = libc_table();
    crmi_arena arena;
    crmi_request r;
    crmi_listviews views;
    crmi_listview_page page;
    crmi_arena_init(&arena, &alloc);
    crmi_request_init(&r, &alloc);
    crmi_listviews_request(&r, V, OBJECT, NULL);
    exchange e = ask_org(*state, &r);
    assert_int_equal(crmi_listviews_read(&arena, &e.response, &views, NULL), CRMSYNC_OK);
    exchange_clear(&e);
    assert_int_equal(crmi_listview_results_request(&r, V, OBJECT, views.items[1].id, 1, NULL),
                     CRMSYNC_OK);
    e = ask_org(*state, &r);
    assert_int_equal(crmi_listview_results_read(&alloc, &e.response, OBJECT, &page, NULL),
                     CRMSYNC_OK);
    exchange_clear(&e);
    assert_true(page.done);
    assert_int_equal(crmsync_rows_count(page.rows), 2);
    size_t name = (size_t)crmsync_rows_find_field(page.rows, CRMI_STR("Name"));
    size_t id = (size_t)crmsync_rows_find_field(page.rows, CRMI_STR("Id"));
    assert_true(text_is(crmsync_rows_get(page.rows, 1, name).text, "Brown"));
    assert_int_equal(crmsync_rows_get(page.rows, 1, id).type, CRMSYNC_CELL_ID);
    crmsync_rows_free(page.rows);
    assert_int_equal(crmi_listview_results_request(&r, V, OBJECT, views.items[1].id, 2001, NULL),
                     CRMSYNC_E_LIMIT);
    assert_int_equal(crmi_listview_results_request(&r, V, OBJECT, CRMI_STR("../x"), 0, NULL),
                     CRMSYNC_E_INVALID);
    assert_int_equal(
        crmi_listviews_more_request(&r, CRMI_STR("https://evil.example/listviews"), NULL),
        CRMSYNC_E_INVALID);
    assert_int_equal(
        crmi_listviews_more_request(&r, CRMI_STR("/services/data/v68.0/listviews/../x"), NULL),
        CRMSYNC_E_INVALID);
    crmi_request_clear(&r);
    crmi_arena_clear(&arena);
}

/* The id of the report with that name. */
static crmsync_str report_named(orgsim *org, crmi_arena *arena, const char *name)
{
    crmi_request r;
    crmsync_str id = CRMI_STR_EMPTY;
    crmi_request_init(&r, arena->alloc);
    crmi_request_start(&r, "GET", 0);
    crmi_request_path(&r, V, "/analytics/reports");
    exchange e = ask_org(org, &r);
    char mark[60];
    snprintf(mark, sizeof mark, "\",\"name\":\"%s\"", name);
    const char *at = strstr(e.response.body.ptr, mark);
    assert_non_null(at);
    assert_true(crmi_arena_str(arena, (crmsync_str){at - 18, 18}, &id));
    exchange_clear(&e);
    crmi_request_clear(&r);
    return id;
}

static int32_t run_report(orgsim *org, crmsync_str id, const char *prefix, crmi_report *report,
                          crmsync_error **err)
{
    crmsync_alloc alloc = libc_table();
    crmi_request r;
    crmi_request_init(&r, &alloc);
    assert_int_equal(crmi_report_run_request(&r, V, id, NULL), CRMSYNC_OK);
    exchange e = ask_org(org, &r);
    int32_t rc = crmi_report_read(&alloc, &e.response, crmi_str(prefix), report, err);
    exchange_clear(&e);
    crmi_request_clear(&r);
    return rc;
}

static void test_report__tabular__gives_ids_rows_and_whether_all_came(void **state)
{
    crmsync_alloc alloc = libc_table();
    crmi_arena arena;
    crmi_report report;
    crmi_arena_init(&arena, &alloc);
    crmsync_str id = report_named(*state, &arena, "People");
    assert_int_equal(run_report(*state, id, "003", &report, NULL), CRMSYNC_OK);
    assert_int_equal(crmsync_rows_count(report.rows), 3);
    assert_false(report.truncated);
    assert_int_equal(report.without_id, 0);
    assert_int_equal(crmsync_rows_get(report.rows, 0, 0).type, CRMSYNC_CELL_ID);
    assert_true(text_is(crmsync_rows_get(report.rows, 0, 1).text, "Adams"));
    assert_true(text_is(crmsync_rows_get(report.rows, 0, 2).text, "a@x.example"));
    assert_int_equal(crmsync_rows_get(report.rows, 1, 2).type, CRMSYNC_CELL_NULL);
    crmsync_rows_free(report.rows);
    orgsim_switch(*state, "report_rows", "2");
    assert_int_equal(run_report(*state, id, "00Q", &report, NULL), CRMSYNC_OK);
    assert_int_equal(crmsync_rows_count(report.rows), 2);
    assert_true(report.truncated);
    assert_int_equal(report.without_id, 2); /* it shows no leads */
    crmsync_rows_free(report.rows);
    id = report_named(*state, &arena, "Summary");
    assert_int_equal(run_report(*state, id, "003", &report, NULL), CRMSYNC_E_UNSUPPORTED);
    assert_null(report.rows);
    crmi_arena_clear(&arena);
}

static void test_report__in_the_background__is_asked_for_until_it_is_ready(void **state)
{
    crmsync_alloc alloc = libc_table();
    crmi_arena arena;
    crmi_request r;
    crmi_report report;
    crmsync_str run;
    size_t asked = 0;
    crmi_arena_init(&arena, &alloc);
    crmi_request_init(&r, &alloc);
    crmsync_str id = report_named(*state, &arena, "People");
    assert_int_equal(crmi_report_start_request(&r, V, id, NULL), CRMSYNC_OK);
    exchange e = ask_org(*state, &r);
    assert_int_equal(crmi_report_instance_read(&arena, &e.response, &run, NULL), CRMSYNC_OK);
    exchange_clear(&e);
    do {
        assert_int_equal(crmi_report_instance_request(&r, V, id, run, NULL), CRMSYNC_OK);
        e = ask_org(*state, &r);
        assert_int_equal(crmi_report_read(&alloc, &e.response, CRMI_STR("003"), &report, NULL),
                         CRMSYNC_OK);
        exchange_clear(&e);
        pass_time(*state, 200);
        assert_true(++asked < 10);
    } while (report.state == CRMI_REPORT_RUNNING);
    assert_int_equal(asked, 3);
    assert_int_equal(crmsync_rows_count(report.rows), 3);
    crmsync_rows_free(report.rows);
    pass_time(*state, INT64_C(90000000));
    e = ask_org(*state, &r);
    assert_int_equal(crmi_report_read(&alloc, &e.response, CRMI_STR("003"), &report, NULL),
                     CRMSYNC_E_SALESFORCE);
    exchange_clear(&e);
    crmi_request_clear(&r);
    crmi_arena_clear(&arena);
}

static void test_read__answers_that_are_none__are_refused(void **state)
{
    static const char *const reports[] = {
        "[]",
        "{\"reportMetadata\":{\"detailColumns\":[]},\"factMap\":{\"T!T\":{\"rows\":[]}}}",
        "{\"allData\":true,\"reportMetadata\":{\"detailColumns\":[]},\"factMap\":{}}",
        "{\"allData\":true,\"reportMetadata\":{\"detailColumns\":[\"A\"]},\"factMap\":{\"T!T\":{"
        "\"rows\":"
        "[{\"dataCells\":[]}]}}}",
        "{\"allData\":true,\"reportMetadata\":{\"detailColumns\":[\"A\",\"A\"]},\"factMap\":{\"T!"
        "T\":"
        "{\"rows\":[]}}}",
        "{\"attributes\":{\"status\":\"Success\"}}"};
    static const char *const results[] = {
        "{}", "{\"columns\":[{\"fieldNameOrPath\":\"Name\"}],\"records\":[]}",
        "{\"columns\":[{\"fieldNameOrPath\":\"Id\"}]}",
        "{\"columns\":[{\"fieldNameOrPath\":\"Id\"}],\"records\":[{\"columns\":[]}]}",
        "{\"columns\":[{}],\"records\":[]}"};
    crmsync_alloc alloc = libc_table();
    (void)state;
    for (size_t i = 0; i < sizeof reports / sizeof *reports; i++) {
        crmi_report report;
        crmi_response said = answer(200, reports[i]);
        if (crmi_report_read(&alloc, &said, CRMI_STR("003"), &report, NULL) != CRMSYNC_E_PROTOCOL)
            fail_msg("%s", reports[i]);
        assert_null(report.rows);
    }
    for (size_t i = 0; i < sizeof results / sizeof *results; i++) {
        crmi_listview_page page;
        crmi_response said = answer(200, results[i]);
        if (crmi_listview_results_read(&alloc, &said, OBJECT, &page, NULL) != CRMSYNC_E_PROTOCOL)
            fail_msg("%s", results[i]);
        assert_null(page.rows);
    }
}

static int32_t read_all(const crmsync_alloc *alloc, crmsync_error **err)
{
    crmi_arena arena;
    crmi_listviews views;
    crmi_listview_page page = {NULL, false};
    crmi_report report = {0};
    crmsync_str soql;
    crmi_response list =
        answer(200, "{\"listviews\":[{\"id\":\"00BD0000005WcBeMAK\",\"developerName\":"
                    "\"x\",\"label\":\"y\"}],\"nextRecordsUrl\":null}");
    crmi_response described = answer(200, "{\"query\":\"SELECT Name FROM Contact\"}");
    crmi_response result = answer(200, "{\"columns\":[{\"fieldNameOrPath\":\"Id\"}],\"records\":[{"
                                       "\"columns\":[{\"fieldNameOrPath\":\"Id\",\"value\":"
                                       "\"003D0000005WcBeMAK\"}]}]}");
    crmi_response run =
        answer(200, "{\"allData\":true,\"reportMetadata\":{\"detailColumns\":[\"A\"]},"
                    "\"factMap\":{\"T!T\":{\"rows\":[{\"dataCells\":[{\"label\":\"a\","
                    "\"value\":\"003D0000005WcBeMAK\"}]}]}}}");
    crmi_arena_init(&arena, alloc);
    int32_t rc = crmi_listviews_read(&arena, &list, &views, err);
    if (!rc)
        rc = crmi_listview_describe_read(&arena, &described, &soql, err);
    if (!rc)
        rc = crmi_listview_results_read(alloc, &result, OBJECT, &page, err);
    if (!rc)
        rc = crmi_report_read(alloc, &run, CRMI_STR("003"), &report, err);
    crmsync_rows_free(page.rows);
    crmsync_rows_free(report.rows);
    crmi_arena_clear(&arena);
    return rc;
}

static void test_views__no_memory_anywhere_leaks_nothing(void **state)
{
    (void)state;
    assert_true(sweep_memory(read_all) > 10);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_listviews__of_an_object__are_listed_and_lead_to_their_members),
        TEST(test_results__of_a_view_without_query__give_ids_and_rows),
        TEST(test_report__tabular__gives_ids_rows_and_whether_all_came),
        TEST(test_report__in_the_background__is_asked_for_until_it_is_ready),
        TEST(test_read__answers_that_are_none__are_refused),
        TEST(test_views__no_memory_anywhere_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
