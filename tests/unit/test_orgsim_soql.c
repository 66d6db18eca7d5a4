/* test_orgsim_soql.c: which rows a statement finds, and which statements are refused. */
#include "test_orgsim.h"

static const char seed[] =
    "{\"Account\":[{\"_ref\":\"acme\",\"Name\":\"Acme\",\"Website\":\"acme.com\","
    "\"AnnualRevenue\":1000,\"Industry\":\"Energy\"},"
    "{\"_ref\":\"beta\",\"Name\":\"Beta 100%\",\"Description\":\"long\"},"
    "{\"Name\":\"O'Neil \\\\ Sons\"}],"
    "\"Contact\":[{\"_ref\":\"ada\",\"FirstName\":\"Ada\",\"LastName\":\"Byron\","
    "\"Email\":\"Ada@Acme.com\","
    "\"AccountId\":\"@acme\",\"Birthdate\":\"1990-05-01\",\"HasOptedOutOfEmail\":true},"
    "{\"LastName\":\"Öz\",\"AccountId\":\"@beta\",\"Email\":\"oz@beta.com\"},"
    "{\"LastName\":\"Null_er\"}],"
    "\"Opportunity\":[{\"_ref\":\"deal\",\"Name\":\"Deal\",\"AccountId\":\"@acme\","
    "\"StageName\":\"Closed Won\","
    "\"CloseDate\":\"2026-02-01\",\"Amount\":10.5},"
    "{\"Name\":\"Other\",\"AccountId\":\"@acme\",\"StageName\":\"Prospecting\","
    "\"CloseDate\":\"2026-03-01\"}],"
    "\"Task\":[{\"WhoId\":\"@ada\",\"WhatId\":\"@deal\"}]}";

static int setup(void **state)
{
    char why[256] = "";
    orgsim *org = orgsim_new(NULL);
    orgsim_switch(org, "field_add", "Contact.Tags__c:multipicklist:red|green|blue");
    if (orgsim_seed(org, seed, strlen(seed), why, sizeof why) != 0) {
        fprintf(stderr, "%s\n", why);
        return -1;
    }
    char *json = orgsim_query(org, "SELECT Id FROM Contact WHERE LastName = 'Byron'", false);
    char *id = strstr(json, "\"Id\":\"");
    id[6 + 18] = '\0';
    int r = orgsim_update(org, id + 6, "{\"Tags__c\":\"red;blue\"}");
    orgsim_string_free(json);
    *state = org;
    return r;
}

static int teardown(void **state)
{
    orgsim_free(*state);
    return 0;
}

static const struct { const char *object, *where; long count; } filters[] = {
    {"Account", NULL, 3},
    {"Account", "Name = 'ACME'", 1},
    {"Account", "Name != 'acme'", 2},
    {"Account", "Website != 'acme.com'", 2}, /* rows without one, too */
    {"Account", "Website = null", 2},
    {"Account", "Website = ''", 2},
    {"Account", "Website != null", 1},
    {"Account", "NOT Website = 'acme.com'", 2},
    {"Account", "Name IN ('acme', 'beta 100%', 'none')", 2},
    {"Account", "Name NOT IN ('acme')", 2},
    {"Account", "Website NOT IN ('acme.com')", 2},
    {"Account", "Name = 'O\\'Neil \\\\ Sons'", 1},
    {"Account", "Name LIKE 'a%'", 1},
    {"Account", "Name LIKE '%a%'", 2},
    {"Account", "Name LIKE '%100\\%'", 1},
    {"Account", "Name LIKE '____'", 1},
    {"Account", "AnnualRevenue > 999.5", 1},
    {"Account", "AnnualRevenue <= 999", 0},
    {"Account", "AnnualRevenue IN (1000, 2)", 1},
    {"Account", "(Name = 'acme' OR Website = null) AND Industry = null", 2},
    {"Account", "Name = 'acme' OR Name = 'Beta 100%'", 2},
    {"Account", "(NOT Name LIKE 'a%') AND Industry = null", 2},
    {"Account", "Id IN (SELECT AccountId FROM Contact)", 2},
    {"Account", "Id NOT IN (SELECT AccountId FROM Contact WHERE Email LIKE '%acme%')", 2},
    {"Account", "CreatedDate = TODAY", 3},
    {"Account", "CreatedDate < TODAY", 0},
    {"Account", "CreatedDate = LAST_N_DAYS:3", 3},
    {"Account", "CreatedDate >= 2026-01-05T09:00:00Z", 3},
    {"Account", "CreatedDate > 2026-01-05T09:00:00Z", 0},
    {"Account", "CreatedDate >= 2026-01-05T10:00:00+01:00", 3},
    {"Contact", "Email = 'ADA@acme.COM'", 1},
    {"Contact", "LastName = 'ÖZ'", 1},
    {"Contact", "LastName LIKE 'ö_'", 1},
    {"Contact", "LastName LIKE '%\\_%'", 1},
    {"Contact", "Account.Name = 'acme'", 1},
    {"Contact", "Account.Name != 'acme'", 2},
    {"Contact", "Account.Owner.Email = 'ada@example.com'", 2},
    {"Contact", "Birthdate = 1990-05-01", 1},
    {"Contact", "Birthdate > 1990-04-30 AND Birthdate < 1990-05-02", 1},
    {"Contact", "HasOptedOutOfEmail = true", 1},
    {"Contact", "HasOptedOutOfEmail = false", 2},
    {"Contact", "HasOptedOutOfEmail != true", 2},
    {"Contact", "Tags__c INCLUDES ('red')", 1},
    {"Contact", "Tags__c INCLUDES ('red;green', 'blue')", 1},
    {"Contact", "Tags__c INCLUDES ('red;green')", 0},
    {"Contact", "Tags__c EXCLUDES ('green')", 3},
    {"Contact", "Id = '000'", -1},
    {"Task", "Who.Email = 'ada@acme.com'", 1}, /* the object is known only with the row */
    {"Task", "Who.Type = 'Contact' AND What.Name = 'Deal'", 1},
    {"Opportunity", "IsWon = true", 1},
    {"Opportunity", "Amount = 10.5", 1},
    {"Opportunity", "CloseDate >= 2026-02-01 AND IsClosed = false", 1},
    {"User", "IsActive = true AND UserType = 'Standard'", 5},
};

static void test_query__filters__finds_the_rows(void **state)
{
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
        long count = orgsim_count(*state, filters[i].object, filters[i].where);
        if (count != filters[i].count)
            print_error("%s: %s\n", filters[i].object, filters[i].where);
        assert_int_equal(count, filters[i].count);
    }
}

static const struct { const char *soql, *code, *part; } refused[] = {
    {"SELECT Id FROM Account WHERE", "MALFORMED_QUERY", "unexpected token: '<EOF>'"},
    {"SELECT Id FROM", "MALFORMED_QUERY", "ERROR at Row:1:Column:15"},
    {"SELECT FROM Account", "MALFORMED_QUERY", "unexpected token"},
    {"SELECT Id FROM Account WHERE Name = 'a' AND Name = 'b' OR Name = 'c'", "MALFORMED_QUERY",
     "unexpected token: 'OR'"},
    {"SELECT Id FROM Account WHERE Name = 'a' AND NOT Name = 'b'", "MALFORMED_QUERY", "NOT"},
    {"SELECT Id FROM Account WHERE Name = 'O'Neil'", "MALFORMED_QUERY", "unexpected token"},
    {"SELECT Id FROM Account WHERE Name = 'a\\d'", "MALFORMED_QUERY", "mismatched"},
    {"SELECT Id FROM Account WHERE Name = 'open", "MALFORMED_QUERY", "mismatched"},
    {"SELECT Id FROM Account WHERE Name = \"a\"", "MALFORMED_QUERY", "mismatched"},
    {"SELECT Id FROM Account WHERE Name IN ()", "MALFORMED_QUERY", "unexpected token"},
    {"SELECT Id FROM Account LIMIT x", "MALFORMED_QUERY", "unexpected token"},
    {"SELECT Id, COUNT() FROM Account", "MALFORMED_QUERY", "COUNT()"},
    {"SELECT Name, COUNT(Id) FROM Account", "MALFORMED_QUERY", "must be grouped"},
    {"SELECT Foo FROM Account", "INVALID_FIELD", "No such column 'Foo' on entity 'Account'"},
    {"SELECT Account.Foo FROM Contact", "INVALID_FIELD", "No such column 'Foo'"},
    {"SELECT Parnt.Name FROM Account", "INVALID_FIELD", "Didn't understand relationship"},
    {"SELECT Id, Name, id FROM Account", "INVALID_FIELD", "duplicate field selected: id"},
    {"SELECT Id FROM Nope", "INVALID_TYPE", "sObject type 'Nope' is not supported"},
    {"SELECT Id FROM Account WHERE Description = 'x'", "INVALID_FIELD",
     "can not be filtered in a query call"},
    {"SELECT Id FROM Account ORDER BY Description", "INVALID_FIELD", "can not be sorted"},
    {"SELECT Id FROM Account WHERE Name = 5", "INVALID_FIELD", "should be enclosed in quotes"},
    {"SELECT Id FROM Account WHERE CreatedDate > '2026-01-01T00:00:00Z'", "INVALID_FIELD",
     "must be of type dateTime and should not be enclosed"},
    {"SELECT Id FROM Account WHERE CreatedDate > 2026-01-01", "INVALID_FIELD", "dateTime"},
    {"SELECT Id FROM Contact WHERE Birthdate = 2026-01-01T00:00:00Z", "INVALID_FIELD", "date"},
    {"SELECT Id FROM Account WHERE AnnualRevenue = 'x'", "INVALID_FIELD", "currency"},
    {"SELECT Id FROM Account WHERE Id = 'xyz'", "INVALID_QUERY_FILTER_OPERATOR", "invalid ID"},
    {"SELECT Id FROM Account OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE", "2000"},
    {"SELECT FIELDS(ALL) FROM Account", "MALFORMED_QUERY", "LIMIT"},
    {"SELECT Id FROM Account WHERE Id IN (SELECT COUNT() FROM Contact)", "MALFORMED_QUERY",
     "semi join"},
    {"SELECT (SELECT COUNT() FROM Contacts) FROM Account", "MALFORMED_QUERY", "nested query"},
    {"SELECT Id FROM ContentDocumentLink", "MALFORMED_QUERY", "Implementation restriction"},
};

static reply query(orgsim *org, const char *soql)
{
    char target[3000] = "/services/data/v60.0/query?q=";
    size_t n = strlen(target);
    for (const char *c = soql; *c && n + 4 < sizeof target; c++)
        n += (size_t)snprintf(target + n, 4, "%%%02X", (unsigned char)*c);
    return ask(org, "GET", target, NULL);
}

static void test_query__what_salesforce_refuses__is_refused(void **state)
{
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        reply r = query(*state, refused[i].soql);
        if (r.status != 400 || strcmp(text_at(&r, "/0/errorCode"), refused[i].code) != 0 ||
            !strstr(text_at(&r, "/0/message"), refused[i].part))
            print_error("%s -> %d %s\n", refused[i].soql, r.status, r.response.body);
        assert_int_equal(r.status, 400);
        assert_string_equal(text_at(&r, "/0/errorCode"), refused[i].code);
        assert_non_null(strstr(text_at(&r, "/0/message"), refused[i].part));
        done(&r);
    }
}

static const struct { const char *soql, *json; } shapes[] = {
    {"SELECT COUNT() FROM Account", "{\"totalSize\":3,\"done\":true,\"records\":[]}"},
    {"SELECT COUNT() FROM Account LIMIT 2", "{\"totalSize\":2,\"done\":true,\"records\":[]}"},
    {"select name from account order by name desc limit 1", "\"Name\":\"O'Neil \\\\ Sons\""},
    {"SELECT Name FROM Account ORDER BY Website", "[{\"attributes\""},
    {"SELECT Account.Name, Account.Id, LastName FROM Contact WHERE LastName = 'Null_er'",
     "\"Account\":null,\"LastName\":\"Null_er\""},
    {"SELECT Account.Owner.Alias, Account.Name FROM Contact WHERE LastName = 'Byron'",
     "\"Owner\":{\"attributes\":{\"type\":\"User\""},
    {"SELECT Amount, Probability, CloseDate FROM Opportunity WHERE Name = 'Deal'",
     "\"Amount\":10.5,\"Probability\":100.0,\"CloseDate\":\"2026-02-01\""},
    {"SELECT COUNT(Id) FROM Account",
     "{\"attributes\":{\"type\":\"AggregateResult\"},\"expr0\":3}"},
    {"SELECT Industry, COUNT(Id) n FROM Account GROUP BY Industry", "\"Industry\":null,\"n\":2"},
    {"SELECT AccountId, COUNT(Id) FROM Contact GROUP BY AccountId HAVING COUNT(Id) > 1",
     "\"totalSize\":0"},
    {"SELECT MAX(CloseDate) last, SUM(Amount) total FROM Opportunity",
     "\"last\":\"2026-03-01\",\"total\":10.5"},
    {"SELECT Name, (SELECT LastName FROM Contacts) FROM Account WHERE Name = 'acme'",
     "\"Contacts\":{\"totalSize\":1,\"done\":true,\"records\":[{\"attributes\""},
    {"SELECT Name, (SELECT Id FROM Contacts) FROM Account WHERE Name LIKE 'O%'",
     "\"Contacts\":null"},
    {"SELECT Who.Name, Who.Type, Owner.Email FROM Task",
     "\"Name\":\"Ada Byron\",\"Type\":\"Contact\"}"},
    {"SELECT FIELDS(STANDARD) FROM Organization", "\"OrganizationType\":\"Enterprise Edition\""},
    {"SELECT CreatedDate FROM Account LIMIT 1", "\"CreatedDate\":\"2026-01-05T09:00:00.000+0000\""},
};

static void test_query__answers__have_the_documented_shape(void **state)
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

static void test_query__order_by__sorts_nulls_first_unless_told(void **state)
{
    static const struct { const char *soql, *first; } cases[] = {
        {"SELECT LastName FROM Contact ORDER BY Email", "Null_er"},
        {"SELECT LastName FROM Contact ORDER BY Email NULLS LAST", "Byron"},
        {"SELECT LastName FROM Contact ORDER BY Email DESC NULLS LAST", "Öz"},
        {"SELECT LastName FROM Contact ORDER BY Email DESC", "Null_er"},
        {"SELECT LastName FROM Contact ORDER BY Account.Name NULLS LAST, Id", "Byron"},
        {"SELECT LastName FROM Contact ORDER BY Id DESC", "Null_er"},
        {"SELECT LastName FROM Contact ORDER BY Id OFFSET 1", "Öz"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        reply r = query(*state, cases[i].soql);
        assert_string_equal(text_at(&r, "/records/0/LastName"), cases[i].first);
        done(&r);
    }
}

static void test_query__hidden_things__look_absent_to_the_api_only(void **state)
{
    orgsim *org = *state;
    orgsim_switch(org, "field_hidden", "Contact.Email");
    reply r = query(org, "SELECT Email FROM Contact");
    assert_string_equal(text_at(&r, "/0/errorCode"), "INVALID_FIELD");
    done(&r);
    assert_int_equal(orgsim_count(org, "Contact", "Email != null"), 2);
    orgsim_switch(org, "field_hidden", "off");
    orgsim_switch(org, "object_hidden", "Contact");
    r = query(org, "SELECT Id FROM Contact");
    assert_string_equal(text_at(&r, "/0/errorCode"), "INVALID_TYPE");
    done(&r);
    orgsim_switch(org, "object_hidden", "off");
    orgsim_switch(org, "rows_hidden", "Contact:all");
    r = query(org, "SELECT COUNT() FROM Contact");
    assert_int_equal(yyjson_get_int(yyjson_ptr_get(r.root, "/totalSize")), 0);
    done(&r);
    orgsim_switch(org, "rows_hidden", "off");
}

static void test_count__asked_by_hand__is_no_api_call(void **state)
{
    orgsim *org = *state;
    orgsim_usage before = orgsim_usage_get(org);
    char where[400] = "Email IN ('ada@acme.com'";
    for (int i = 0; i < 20; i++)
        snprintf(where + strlen(where), sizeof where - strlen(where), ",'x%d'", i);
    strcat(where, ")");
    assert_int_equal(orgsim_count(org, "Contact", where), 1);
    assert_int_equal(orgsim_usage_get(org).api_calls, before.api_calls);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_query__filters__finds_the_rows),
        cmocka_unit_test(test_query__what_salesforce_refuses__is_refused),
        cmocka_unit_test(test_query__answers__have_the_documented_shape),
        cmocka_unit_test(test_query__order_by__sorts_nulls_first_unless_told),
        cmocka_unit_test(test_query__hidden_things__look_absent_to_the_api_only),
        cmocka_unit_test(test_count__asked_by_hand__is_no_api_call),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
