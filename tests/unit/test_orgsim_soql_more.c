/* test_orgsim_soql_more.c: dates by name, groups, nested statements and aliases. */
#include "test_orgsim.h"

/* The org's clock stands at Monday, 2026-01-05 09:00. */
static const char seed[] =
    "{\"Account\":[{\"_ref\":\"a\",\"Name\":\"A\",\"Industry\":\"Energy\",\"AnnualRevenue\":10},"
    "{\"_ref\":\"b\",\"Name\":\"B\",\"Industry\":\"energy\",\"AnnualRevenue\":30},"
    "{\"_ref\":\"c\",\"Name\":\"C\",\"Industry\":\"Retail\"},{\"Name\":\"D\"}],"
    "\"Contact\":[{\"LastName\":\"One\",\"AccountId\":\"@a\",\"Birthdate\":\"2025-12-31\"},"
    "{\"LastName\":\"Two\",\"AccountId\":\"@a\",\"Birthdate\":\"2026-01-04\"},"
    "{\"LastName\":\"Three\",\"AccountId\":\"@a\",\"Birthdate\":\"2026-01-05\"},"
    "{\"LastName\":\"Four\",\"AccountId\":\"@b\",\"Birthdate\":\"2026-02-14\"},"
    "{\"LastName\":\"Five\",\"Birthdate\":\"2024-02-29\"}]}";

static int setup(void **state)
{
    char why[256] = "";
    orgsim *org = orgsim_new(NULL);
    *state = org;
    return orgsim_seed(org, seed, strlen(seed), why, sizeof why);
}

static int teardown(void **state)
{
    orgsim_free(*state);
    return 0;
}

static reply query(orgsim *org, const char *soql)
{
    char target[3000] = "/services/data/v60.0/query?q=";
    size_t n = strlen(target);
    for (const char *c = soql; *c && n + 4 < sizeof target; c++)
        n += (size_t)snprintf(target + n, 4, "%%%02X", (unsigned char)*c);
    return ask(org, "GET", target, NULL);
}

static void test_date_literals__of_every_unit__find_their_days(void **state)
{
    static const struct { const char *literal; long count; } cases[] = {
        {"= TODAY", 1}, {"= YESTERDAY", 1}, {"= TOMORROW", 0}, {"= THIS_WEEK", 2},
        {"= LAST_WEEK", 1}, {"= NEXT_WEEK", 0}, {"= THIS_MONTH", 2}, {"= LAST_MONTH", 1},
        {"= NEXT_MONTH", 1}, {"= THIS_QUARTER", 3}, {"= LAST_QUARTER", 1}, {"= NEXT_QUARTER", 0},
        {"= THIS_YEAR", 3}, {"= LAST_YEAR", 1}, {"= NEXT_YEAR", 0}, {"= THIS_FISCAL_QUARTER", 3},
        {"= LAST_FISCAL_YEAR", 1}, {"= LAST_90_DAYS", 3}, {"= NEXT_90_DAYS", 1},
        {"= LAST_N_DAYS:1", 2}, {"= NEXT_N_DAYS:40", 1}, {"= N_DAYS_AGO:5", 1},
        {"= LAST_N_WEEKS:1", 1}, {"= LAST_N_MONTHS:1", 1}, {"= NEXT_N_MONTHS:1", 1},
        {"= LAST_N_QUARTERS:8", 2}, {"= LAST_N_YEARS:1", 1}, {"= LAST_N_YEARS:2", 2},
        {"= N_YEARS_AGO:2", 1}, {"= N_MONTHS_AGO:1", 1}, {"< THIS_YEAR", 2}, {"> THIS_WEEK", 1},
        {"<= LAST_YEAR", 2}, {">= THIS_MONTH", 3}, {"!= THIS_YEAR", 2},
        {"IN (2026-01-04, 2026-01-05)", 2},
    };
    char where[80];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snprintf(where, sizeof where, "Birthdate %s", cases[i].literal);
        if (orgsim_count(*state, "Contact", where) != cases[i].count)
            print_error("%s\n", where);
        assert_int_equal(orgsim_count(*state, "Contact", where), cases[i].count);
    }
}

static const struct { const char *soql, *json; } shapes[] = {
    {"SELECT Industry, COUNT(Id) n FROM Account GROUP BY Industry ORDER BY COUNT(Id) DESC LIMIT 1",
     "\"records\":[{\"attributes\":{\"type\":\"AggregateResult\"},\"Industry\":\"Energy\",\"n\":2}]"},
    {"SELECT Industry FROM Account GROUP BY Industry ORDER BY Industry NULLS LAST OFFSET 2",
     "\"totalSize\":1,\"done\":true,\"records\":[{\"attributes\":{\"type\":\"AggregateResult\"},"
     "\"Industry\":null}]"},
    {"SELECT Industry, SUM(AnnualRevenue), AVG(AnnualRevenue) a FROM Account GROUP BY Industry "
     "HAVING SUM(AnnualRevenue) > 39 AND Industry LIKE 'e%'",
     "\"Industry\":\"Energy\",\"expr0\":40.0,\"a\":20.0"},
    {"SELECT Industry FROM Account GROUP BY Industry HAVING NOT COUNT(Id) < 2",
     "\"totalSize\":1"},
    {"SELECT COUNT_DISTINCT(Industry) d FROM Account", "\"d\":2"},
    {"SELECT MIN(Birthdate) first, MAX(LastName) last FROM Contact",
     "\"first\":\"2024-02-29\",\"last\":\"Two\""},
    {"SELECT CALENDAR_YEAR(Birthdate), COUNT(Id) n FROM Contact GROUP BY CALENDAR_YEAR(Birthdate) "
     "ORDER BY CALENDAR_YEAR(Birthdate) DESC",
     "\"records\":[{\"attributes\":{\"type\":\"AggregateResult\"},\"expr0\":2026,\"n\":3}"},
    {"SELECT DAY_ONLY(CreatedDate) day, COUNT(Id) FROM Contact GROUP BY DAY_ONLY(CreatedDate)",
     "\"day\":\"2026-01-05\",\"expr0\":5"},
    {"SELECT LastName FROM Contact WHERE CALENDAR_MONTH(Birthdate) = 2 AND DAY_IN_MONTH(Birthdate) "
     "= 29", "\"totalSize\":1"},
    {"SELECT LastName FROM Contact WHERE DAY_IN_WEEK(Birthdate) = 1", "\"LastName\":\"Two\""},
    {"SELECT c.LastName, c.Account.Name FROM Contact c WHERE c.LastName = 'Four'",
     "\"LastName\":\"Four\",\"Account\":{"},
    {"SELECT Name, (SELECT LastName FROM Contacts ORDER BY LastName DESC LIMIT 2) FROM Account "
     "WHERE Name = 'A'", "\"Contacts\":{\"totalSize\":2"},
    {"SELECT Name, (SELECT LastName FROM Contacts ORDER BY LastName LIMIT 1) FROM Account WHERE "
     "Name = 'A'", "\"LastName\":\"One\""},
    {"SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact WHERE Birthdate = "
     "THIS_WEEK) AND Id NOT IN (SELECT AccountId FROM Contact WHERE LastName = 'Four')",
     "\"totalSize\":1"},
    {"SELECT toLabel(Industry), format(AnnualRevenue) FROM Account WHERE Name = 'A'",
     "\"Industry\":\"Energy\",\"AnnualRevenue\":10"},
    {"SELECT Id FROM Account LIMIT 1 FOR VIEW", "\"totalSize\":1"},
};

static void test_query__groups_dates_and_nesting__answer_as_documented(void **state)
{
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        reply r = query(*state, shapes[i].soql);
        if (r.status != 200 || !strstr(r.response.body, shapes[i].json))
            print_error("%s -> %d %s\n", shapes[i].soql, r.status, r.response.body);
        assert_int_equal(r.status, 200);
        assert_non_null(strstr(r.response.body, shapes[i].json));
        assert_non_null(r.root);
        done(&r);
    }
}

static const struct { const char *soql, *code, *part; } refused[] = {
    {"SELECT Id FROM Account WHERE\n  Nope = 'x'", "INVALID_FIELD",
     "\n  Nope = 'x'\n  ^\nERROR at Row:2:Column:3\n"},
    {"SELECT Id FROM Account\nWHERE Name = ", "MALFORMED_QUERY", "ERROR at Row:2:Column:14"},
    {"SELECT Id FROM Account WHERE CreatedDate = LAST_N_DAYS", "MALFORMED_QUERY", "LAST_N_DAYS"},
    {"SELECT Id FROM Account WHERE CreatedDate = TODAY:3", "MALFORMED_QUERY", "TODAY:3"},
    {"SELECT SUM(Name) FROM Account", "MALFORMED_QUERY", "does not support aggregate operator SUM"},
    {"SELECT MEDIAN(AnnualRevenue) FROM Account", "MALFORMED_QUERY", "unknown function 'MEDIAN'"},
    {"SELECT CALENDAR_YEAR(Name) FROM Account GROUP BY CALENDAR_YEAR(Name)", "INVALID_FIELD",
     "date function"},
    {"SELECT CALENDAR_YEAR(CreatedDate) FROM Account", "MALFORMED_QUERY", "must be grouped"},
    {"SELECT COUNT(Id) FROM Account LIMIT 5", "MALFORMED_QUERY", "cannot also use LIMIT"},
    {"SELECT Industry FROM Account GROUP BY Industry ORDER BY Name", "MALFORMED_QUERY",
     "Ordered field must be grouped or aggregated: Name"},
    {"SELECT Id FROM Account WHERE COUNT(Id) > 1", "MALFORMED_QUERY", "not allowed in WHERE"},
    {"SELECT Industry FROM Account GROUP BY Industry HAVING COUNT(Id) > 'x'", "INVALID_FIELD",
     "must be of type int"},
    {"SELECT Id FROM Account WHERE Name = 'A' OR Id IN (SELECT AccountId FROM Contact)",
     "MALFORMED_QUERY", "not allowed with the 'OR' operator"},
    {"SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact) AND Id IN (SELECT "
     "AccountId FROM Contact) AND Id IN (SELECT AccountId FROM Contact)",
     "EXCEEDED_MAX_SEMIJOIN_SUBSELECTS", "Maximum 2"},
    {"SELECT Id, (SELECT Id, (SELECT Id FROM CampaignMembers) FROM Contacts) FROM Account",
     "INVALID_TYPE", "Didn't understand relationship 'CampaignMembers'"},
    {"SELECT FIELDS(CUSTOM) FROM Account LIMIT 10", "MALFORMED_QUERY", "found no field"},
};

static void test_query__what_salesforce_refuses__tells_where(void **state)
{
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        reply r = query(*state, refused[i].soql);
        if (r.status != 400 || strcmp(text_at(&r, "/0/errorCode"), refused[i].code) != 0 ||
            !strstr(text_at(&r, "/0/message"), refused[i].part))
            print_error("%s -> %d %s\n", refused[i].soql, r.status, r.response.body);
        assert_string_equal(text_at(&r, "/0/errorCode"), refused[i].code);
        assert_non_null(strstr(text_at(&r, "/0/message"), refused[i].part));
        done(&r);
    }
}

static void test_query__longer_than_allowed__is_refused_by_length(void **state)
{
    enum { SIZE = 100001 };
    static const char head[] = "SELECT Id FROM Account WHERE Name != 'x'";
    char *soql = malloc(SIZE + 1);
    assert_non_null(soql);
    memset(soql, ' ', SIZE);
    soql[SIZE] = '\0';
    memcpy(soql, head, sizeof head - 1);
    assert_null(orgsim_query(*state, soql, false)); /* 100,001 characters */
    soql[SIZE - 1] = '\0';
    char *json = orgsim_query(*state, soql, false); /* 100,000 */
    assert_non_null(json);
    orgsim_string_free(json);
    free(soql);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_date_literals__of_every_unit__find_their_days),
        cmocka_unit_test(test_query__groups_dates_and_nesting__answer_as_documented),
        cmocka_unit_test(test_query__what_salesforce_refuses__tells_where),
        cmocka_unit_test(test_query__longer_than_allowed__is_refused_by_length),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
