/* test_orgsim_snapshot.c: an org taken back to what it was. */
#include "test_orgsim.h"

#define V "/services/data/v60.0/"

static int setup(void **state)
{
    static const char seed[] =
        "{\"Account\":[{\"_ref\":\"a\",\"Name\":\"Acme \\\"1\\\"\",\"AnnualRevenue\":0.1}],"
        "\"Contact\":[{\"LastName\":\"Doe\",\"AccountId\":\"@a\",\"Birthdate\":\"1990-05-01\","
        "\"Email\":\"doe@acme.com\",\"HasOptedOutOfEmail\":true},{\"LastName\":\"Roe\"}]}";
    char why[256] = "";
    orgsim *org = orgsim_new(NULL);
    orgsim_switch(org, "external_id", "Account.Ext__c");
    *state = org;
    return orgsim_seed(org, seed, strlen(seed), why, sizeof why);
}

static int teardown(void **state)
{
    orgsim_free(*state);
    return 0;
}

static char *first_id(orgsim *org, const char *soql)
{
    char *json = orgsim_query(org, soql, true);
    char *at = strstr(json, "\"Id\":\"");
    assert_non_null(at);
    char *id = calloc(1, 19);
    assert_non_null(id);
    memcpy(id, at + 6, 18);
    orgsim_string_free(json);
    return id;
}

static void test_snapshot__taken_back__holds_what_it_held(void **state)
{
    orgsim *org = *state;
    char why[256] = "";
    char *roe = first_id(org, "SELECT Id FROM Contact WHERE LastName = 'Roe'");
    char *doe = first_id(org, "SELECT Id FROM Contact WHERE LastName = 'Doe'");
    assert_int_equal(orgsim_delete(org, roe), 0);
    char *before = orgsim_snapshot(org);
    orgsim_set_now(org, orgsim_now(org) + 3600000);
    assert_int_equal(orgsim_update(org, doe, "{\"LastName\":\"Changed\",\"Email\":null}"), 0);
    assert_int_equal(orgsim_undelete(org, roe), 0);
    assert_int_equal(orgsim_insert(org, "Lead", "{\"LastName\":\"L\",\"Company\":\"C\"}", NULL), 0);
    assert_int_equal(orgsim_snapshot_load(org, before, strlen(before), why, sizeof why), 0);
    char *after = orgsim_snapshot(org);
    char *rows_before = strstr(before, "\"rows\""), *rows_after = strstr(after, "\"rows\"");
    assert_string_equal(rows_before, rows_after);
    /* and it works as before: by index, by reference, by recycle bin, with the token of before */
    assert_int_equal(orgsim_count(org, "Contact", "Email = 'DOE@acme.com'"), 1);
    assert_int_equal(orgsim_count(org, "Contact", "Account.Name = 'Acme \"1\"'"), 1);
    assert_int_equal(orgsim_count(org, "Lead", NULL), 0);
    assert_int_equal(orgsim_undelete(org, roe), 0);
    reply r = ask(org, "GET", V "query?q=SELECT+COUNT()+FROM+Contact", NULL);
    assert_int_equal(yyjson_get_int(yyjson_ptr_get(r.root, "/totalSize")), 2);
    done(&r);
    orgsim_string_free(before);
    orgsim_string_free(after);
    free(roe);
    free(doe);
}

static void test_snapshot__taken_back__voids_locators_and_jobs(void **state)
{
    orgsim *org = *state;
    char why[256] = "", path[120];
    reply r = ask(org, "POST", V "jobs/query",
                  "{\"operation\":\"query\",\"query\":\"SELECT Id FROM Contact\"}");
    snprintf(path, sizeof path, V "jobs/query/%s", text_at(&r, "/id"));
    done(&r);
    char *json = orgsim_snapshot(org);
    assert_int_equal(orgsim_snapshot_load(org, json, strlen(json), why, sizeof why), 0);
    r = ask(org, "GET", path, NULL);
    assert_int_equal(r.status, 404);
    done(&r);
    /* ids are not given twice */
    char one[19], two[19];
    assert_int_equal(orgsim_insert(org, "Contact", "{\"LastName\":\"N\"}", one), 0);
    assert_int_equal(orgsim_snapshot_load(org, json, strlen(json), why, sizeof why), 0);
    assert_int_equal(orgsim_insert(org, "Contact", "{\"LastName\":\"N\"}", two), 0);
    assert_string_not_equal(one, two);
    orgsim_string_free(json);
}

static void test_snapshot__not_of_this_org__changes_nothing(void **state)
{
    static const struct { const char *json, *why; } cases[] = {
        {"", "not one of this org"},
        {"[1]", "not one of this org"},
        {"{\"orgsim_snapshot\":2}", "not one of this org"},
        {"{\"orgsim_snapshot\":1,\"rows\":{\"Nope\":[]}}", "Nope: no object of this org"},
        {"{\"orgsim_snapshot\":1,\"rows\":{\"Lead\":[{\"id\":\"x\"}]}}", "Lead: a row without"},
        {"{\"orgsim_snapshot\":1,\"rows\":{\"Lead\":[{\"id\":\"00Q000000000001EAA\",\"fields\":"
         "{\"Nope\":1}}]}}", "Lead: has no field Nope"},
        {"{\"orgsim_snapshot\":1,\"rows\":{\"Lead\":[{\"id\":\"00Q000000000001EAA\",\"fields\":"
         "{\"Title\":1}}]}}", "Lead: wrong type of Title"},
        {"{\"orgsim_snapshot\":1,\"rows\":{}}", "User: the integration user"},
    };
    orgsim *org = *state;
    char *before = orgsim_snapshot(org);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char why[256] = "";
        assert_int_equal(
            orgsim_snapshot_load(org, cases[i].json, strlen(cases[i].json), why, sizeof why), -1);
        if (!strstr(why, cases[i].why))
            fail_msg("%s: %s", cases[i].json, why);
    }
    char *after = orgsim_snapshot(org);
    assert_string_equal(before, after);
    orgsim_string_free(before);
    orgsim_string_free(after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_snapshot__taken_back__holds_what_it_held, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_snapshot__taken_back__voids_locators_and_jobs, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_snapshot__not_of_this_org__changes_nothing, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
