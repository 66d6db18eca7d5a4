/* test_orgsim_views.c: list views and reports. */
#include "test_orgsim.h"

#define V "/services/data/v60.0/"

static int setup(void **state)
{
    char id[19];
    orgsim *org = orgsim_new(NULL);
    for (int i = 0; i < 3; i++)
        orgsim_insert(org, "Contact", i ? "{\"LastName\":\"Doe\"}" : "{\"LastName\":\"Ash\"}", id);
    orgsim_switch(org, "list_view", "Contact.Does=LastName = 'Doe'");
    orgsim_switch(org, "list_view", "Contact.Odd=none");
    orgsim_switch(org, "report",
                  "People=SELECT Id, LastName, Email FROM Contact ORDER BY LastName");
    *state = org;
    return 0;
}

static int teardown(void **state)
{
    orgsim_free(*state);
    return 0;
}

static void expect(orgsim *org, const char *method, const char *target, int status,
                   const char *part)
{
    reply r = ask(org, method, target, NULL);
    if (r.status != status || !strstr(r.response.body ? r.response.body : "", part))
        fail_msg("%s %s -> %d %s", method, target, r.status, r.response.body);
    done(&r);
}

static const char *view_path(orgsim *org, int at, const char *rest)
{
    static char path[200];
    char pointer[40];
    reply r = ask(org, "GET", V "sobjects/Contact/listviews", NULL);
    snprintf(pointer, sizeof pointer, "/listviews/%d/url", at);
    snprintf(path, sizeof path, "%s%s", text_at(&r, pointer), rest);
    done(&r);
    return path;
}

static void test_listviews__of_an_object__are_described_and_read(void **state)
{
    orgsim *org = *state;
    expect(org, "GET", V "sobjects/Contact/listviews", 200, "\"size\":2,");
    expect(org, "GET", V "sobjects/Lead/listviews", 200, "\"listviews\":[]");
    expect(org, "GET", view_path(org, 0, ""), 200, "\"developerName\":\"Does\"");
    expect(org, "GET", view_path(org, 0, "/describe"), 200,
           "FROM Contact WHERE LastName = 'Doe' ORDER");
    expect(org, "GET", view_path(org, 1, "/describe"), 400, "errorCode");
    expect(org, "GET", view_path(org, 0, "/results"), 200, "\"size\":2}");
    expect(org, "GET", view_path(org, 0, "/results"), 200,
           "\"value\":\"Mon Jan 05 09:00:00 GMT 2026\"");
    expect(org, "GET", view_path(org, 1, "/results?limit=1&offset=1"), 200, "\"done\":false");
    expect(org, "GET", view_path(org, 1, "/results?limit=2001"), 400, "NUMBER_OUTSIDE_VALID_RANGE");
    expect(org, "GET", view_path(org, 1, "/results?offset=2001"), 400,
           "NUMBER_OUTSIDE_VALID_RANGE");
    expect(org, "GET", V "sobjects/Contact/listviews/00B000000000000", 404, "NOT_FOUND");
    orgsim_switch(org, "list_view", "Contact.Does=off");
    expect(org, "GET", V "sobjects/Contact/listviews", 200, "\"size\":1,");
}

static void test_reports__run_at_once__tell_whether_all_rows_came(void **state)
{
    orgsim *org = *state;
    char path[120];
    reply r = ask(org, "GET", V "analytics/reports", NULL);
    snprintf(path, sizeof path, "%s?includeDetails=true", text_at(&r, "/0/url"));
    done(&r);
    expect(org, "GET", path, 200, "\"allData\":true");
    expect(org, "GET", path, 200, "\"detailColumns\":[\"Id\",\"LastName\",\"Email\"]");
    expect(org, "GET", path, 200, "{\"label\":\"-\",\"value\":null}");
    orgsim_switch(org, "report_rows", "2");
    expect(org, "GET", path, 200, "\"allData\":false");
    r = ask(org, "GET", path, NULL);
    assert_int_equal(yyjson_arr_size(yyjson_ptr_get(r.root, "/factMap/T!T/rows")), 2);
    assert_string_equal(text_at(&r, "/factMap/T!T/rows/0/dataCells/1/label"), "Ash");
    assert_int_equal(strncmp(text_at(&r, "/factMap/T!T/rows/0/dataCells/1/value"), "003", 3), 0);
    done(&r);
    *strchr(path, '?') = '\0';
    expect(org, "GET", path, 200, "\"hasDetailRows\":false");
}

static void test_reports__in_the_background__run_and_are_kept_for_a_day(void **state)
{
    orgsim *org = *state;
    char path[120];
    reply r = ask(org, "GET", V "analytics/reports", NULL);
    snprintf(path, sizeof path, "%s/instances", text_at(&r, "/0/url"));
    done(&r);
    r = ask(org, "POST", path, "");
    assert_string_equal(text_at(&r, "/status"), "New");
    snprintf(path, sizeof path, "%s", text_at(&r, "/url"));
    done(&r);
    orgsim_set_now(org, orgsim_now(org) + 200);
    expect(org, "GET", path, 200, "\"status\":\"Running\"");
    orgsim_set_now(org, orgsim_now(org) + 200);
    expect(org, "GET", path, 200, "\"allData\":true");
    orgsim_set_now(org, orgsim_now(org) + 86400000);
    expect(org, "GET", path, 404, "NOT_FOUND");
}

static void test_reports__beyond_running__describe_list_filter_and_forget(void **state)
{
    orgsim *org = *state;
    char path[120], body[300];
    reply r = ask(org, "GET", V "analytics/reports", NULL);
    snprintf(path, sizeof path, "%s", text_at(&r, "/0/describeUrl"));
    done(&r);
    expect(org, "GET", path, 200, "\"LastName\":{\"dataType\":\"string\",\"label\":\"Last Name\"}");
    path[strlen(path) - strlen("/describe")] = '\0';
    snprintf(body, sizeof body, "{\"reportMetadata\":{\"reportFilters\":[{\"column\":\"LastName\","
             "\"operator\":\"%s\",\"value\":\"%s\"}]}}", "equals", "Doe");
    r = ask(org, "POST", path, body);
    assert_int_equal(yyjson_get_int(yyjson_ptr_get(r.root, "/factMap/T!T/aggregates/0/value")), 2);
    done(&r);
    strcat(path, "/instances");
    r = ask(org, "POST", path, body);
    snprintf(body, sizeof body, "%s", text_at(&r, "/url"));
    done(&r);
    orgsim_set_now(org, orgsim_now(org) + 1000);
    r = ask(org, "GET", body, NULL);
    assert_int_equal(yyjson_get_int(yyjson_ptr_get(r.root, "/factMap/T!T/aggregates/0/value")), 2);
    done(&r);
    expect(org, "GET", path, 200, "\"status\":\"Success\"");
    r = ask(org, "DELETE", body, NULL);
    assert_int_equal(r.status, 204);
    done(&r);
    expect(org, "GET", body, 404, "NOT_FOUND");
}

static void test_explain__of_a_statement_or_a_view__tells_a_plan(void **state)
{
    orgsim *org = *state;
    expect(org, "GET", V "query?explain=SELECT+Id+FROM+Lead", 200, "\"sobjectType\":\"Lead\"");
    expect(org, "GET", V "query?explain=SELEC", 400, "MALFORMED_QUERY");
    orgsim_switch(org, "list_view", "Contact.Does=LastName = 'Doe'");
    reply r = ask(org, "GET", V "sobjects/Contact/listviews", NULL);
    char path[120];
    for (int i = 0; i < 2; i++) {
        char pointer[40];
        snprintf(pointer, sizeof pointer, "/listviews/%d/developerName", i);
        if (strcmp(text_at(&r, pointer), "Does") != 0)
            continue;
        snprintf(pointer, sizeof pointer, "/listviews/%d/id", i);
        snprintf(path, sizeof path, V "query?explain=%s", text_at(&r, pointer));
    }
    done(&r);
    expect(org, "GET", path, 200, "\"cardinality\":2");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_listviews__of_an_object__are_described_and_read),
        TEST(test_reports__run_at_once__tell_whether_all_rows_came),
        TEST(test_reports__in_the_background__run_and_are_kept_for_a_day),
        cmocka_unit_test_setup_teardown(
            test_reports__beyond_running__describe_list_filter_and_forget, setup, teardown),
        cmocka_unit_test_setup_teardown(test_explain__of_a_statement_or_a_view__tells_a_plan, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
