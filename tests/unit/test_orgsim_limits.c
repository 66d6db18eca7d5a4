/* test_orgsim_limits.c: what the org tells of itself: limits, counts, resources, relationships. */
#include "test_orgsim.h"

#define V "/services/data/v60.0/"

static int setup(void **state)
{
    orgsim *org = orgsim_new(NULL);
    for (int i = 0; i < 3; i++)
        orgsim_insert(org, "Contact", "{\"LastName\":\"Doe\"}", NULL);
    orgsim_insert(org, "Account", "{\"Name\":\"50\\\\% \\\\\"}", NULL);
    *state = org;
    return 0;
}

static int teardown(void **state)
{
    orgsim_free(*state);
    return 0;
}

static void test_limit_info__with_a_quota_per_app__has_both(void **state)
{
    orgsim *org = *state;
    reply r = ask(org, "GET", V "limits", NULL);
    assert_string_equal(header_of(&r, "Sforce-Limit-Info"), "api-usage=1/100000");
    done(&r);
    orgsim_switch(org, "app_usage", "17/250(appName=crm)");
    r = ask(org, "GET", V "limits", NULL);
    assert_string_equal(header_of(&r, "Sforce-Limit-Info"),
                        "api-usage=2/100000; per-app-api-usage=17/250(appName=crm)");
    done(&r);
}

static void test_record_count__of_named_objects__counts_rows(void **state)
{
    reply r = ask(*state, "GET", V "limits/recordCount?sObjects=Contact,Lead", NULL);
    assert_int_equal(yyjson_arr_size(yyjson_obj_get(r.root, "sObjects")), 2);
    assert_non_null(strstr(r.response.body, "{\"count\":3,\"name\":\"Contact\"}"));
    assert_non_null(strstr(r.response.body, "{\"count\":0,\"name\":\"Lead\"}"));
    done(&r);
    r = ask(*state, "GET", V "limits/recordCount", NULL);
    assert_null(strstr(r.response.body, "\"Lead\""));
    done(&r);
}

static void test_resources__are_all_there(void **state)
{
    static const char *const names[] = {"sobjects", "query", "queryAll", "search", "composite",
                                        "limits", "jobs", "analytics", "identity"};
    reply r = ask(*state, "GET", "/services/data/v60.0", NULL);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_non_null(yyjson_obj_get(r.root, names[i]));
    done(&r);
}

static void test_describe__child_relationships__lead_from_below(void **state)
{
    bool contacts = false, tasks = false;
    size_t i, max;
    yyjson_val *one;
    orgsim *org = *state;
    reply r = ask(org, "GET", V "sobjects/Account/describe", NULL);
    yyjson_arr_foreach(yyjson_obj_get(r.root, "childRelationships"), i, max, one) {
        const char *name = yyjson_get_str(yyjson_obj_get(one, "relationshipName"));
        contacts = contacts || (name && strcmp(name, "Contacts") == 0);
        tasks = tasks || yyjson_equals_str(yyjson_obj_get(one, "field"), "WhatId");
    }
    assert_true(contacts && tasks);
    done(&r);
    orgsim_switch(org, "object_hidden", "Contact"); /* nor what the user may not see */
    r = ask(org, "GET", V "sobjects/Account/describe", NULL);
    assert_null(strstr(r.response.body, "\"childSObject\":\"Contact\""));
    done(&r);
}

/* A backslash of the value is not one of the pattern. */
static void test_like__escaped_backslash_before_a_wildcard__is_told_apart(void **state)
{
    static const struct { const char *where; long count; } cases[] = {
        {"Name LIKE '50\\\\\\\\\\%%'", 0},  /* 50\\% and more */
        {"Name LIKE '50\\\\\\%%'", 1},      /* 50\% and more */
        {"Name LIKE '50\\\\%'", 1},         /* 50\ and more */
        {"Name LIKE '50\\%%'", 0},          /* 50% and more */
        {"Name = '50\\\\% \\\\'", 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        long count = orgsim_count(*state, "Account", cases[i].where);
        if (count != cases[i].count)
            print_error("%s: %ld\n", cases[i].where, count);
        assert_int_equal(count, cases[i].count);
    }
}

static void test_batch__path_from_the_root__is_taken_as_well(void **state)
{
    reply r = ask(*state, "POST", V "composite/batch",
                  "{\"batchRequests\":[{\"method\":\"GET\",\"url\":\"v60.0/limits\"},"
                  "{\"method\":\"GET\",\"url\":\"/services/data/v60.0/limits\"}]}");
    assert_false(yyjson_get_bool(yyjson_obj_get(r.root, "hasErrors")));
    assert_int_equal(yyjson_get_int(yyjson_ptr_get(r.root, "/results/1/statusCode")), 200);
    done(&r);
}

static void test_external_id__that_tells_case_apart__is_compared_so(void **state)
{
    orgsim *org = *state;
    orgsim_switch(org, "external_id", "Account.Key__c");
    assert_int_equal(orgsim_switch(org, "case_sensitive", "Account.Key__c"), 0);
    assert_int_equal(orgsim_switch(org, "case_sensitive", "Account.AnnualRevenue"), -1);
    orgsim_switch(org, "external_id", "Account.Any__c");
    static const struct { const char *path; int status; } upserts[] = {
        {V "sobjects/Account/Key__c/a", 201}, {V "sobjects/Account/Key__c/A", 201},
        {V "sobjects/Account/Key__c/a", 200}, {V "sobjects/Account/Any__c/a", 201},
        {V "sobjects/Account/Any__c/A", 200}};
    for (size_t i = 0; i < sizeof upserts / sizeof *upserts; i++) {
        reply r = ask(org, "PATCH", upserts[i].path, "{\"Name\":\"N\"}");
        if (r.status != upserts[i].status)
            print_error("%zu: %d %s\n", i, r.status, r.response.body);
        assert_int_equal(r.status, upserts[i].status);
        done(&r);
    }
    assert_int_equal(orgsim_count(org, "Account", "Key__c = 'a'"), 1);
    assert_int_equal(orgsim_count(org, "Account", "Key__c IN ('a', 'A')"), 2);
    assert_int_equal(orgsim_count(org, "Account", "Key__c != 'a' AND Key__c != null"), 1);
    assert_int_equal(orgsim_count(org, "Account", "Any__c = 'A'"), 1);
    reply r = ask(org, "GET", V "sobjects/Account/describe", NULL);
    assert_non_null(strstr(r.response.body, "\"caseSensitive\":true"));
    done(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_limit_info__with_a_quota_per_app__has_both, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_record_count__of_named_objects__counts_rows, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_resources__are_all_there, setup, teardown),
        cmocka_unit_test_setup_teardown(test_describe__child_relationships__lead_from_below, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(
            test_like__escaped_backslash_before_a_wildcard__is_told_apart, setup, teardown),
        cmocka_unit_test_setup_teardown(test_external_id__that_tells_case_apart__is_compared_so,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_batch__path_from_the_root__is_taken_as_well, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
