/* Statements of a caller: one plain query is taken, everything else refused where it begins. */
#include "test_salesforce.h"

#include "salesforce/soql_check.h"

static void test_check__plain_queries__give_object_and_fields(void **state)
{
    static const struct {
        const char *soql, *object, *fields;
        bool has_id, ordered;
    } cases[] = {
        {"SELECT Id FROM Lead", "Lead", "Id;", true, false},
        {" select\n id ,\tName from Account ", "Account", "id;Name;", true, false},
        {"SELECT Name, Owner.Manager.Email FROM My_Thing__c", "My_Thing__c",
         "Name;Owner.Manager.Email;", false, false},
        {"SELECT Id FROM Lead WHERE Name = 'a;b -- /* */ FOR UPDATE' LIMIT 5", "Lead", "Id;", true,
         true},
        {"SELECT Id FROM Lead WHERE Name = 'O\\'Neil' AND (A > -1.5e+3 OR B != "
         "2026-01-01T00:00:00Z)",
         "Lead", "Id;", true, false},
        {"SELECT Id FROM Contact WHERE AccountId IN (SELECT Id FROM Account ORDER BY Name LIMIT 3)",
         "Contact", "Id;", true, false},
        {"SELECT Id FROM Lead WHERE CreatedDate = LAST_N_DAYS:7 ORDER BY Name DESC NULLS LAST",
         "Lead", "Id;", true, true},
    };
    crmsync_alloc alloc = libc_table();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        crmi_arena arena;
        crmi_soql_parts s;
        crmi_buf names;
        crmi_arena_init(&arena, &alloc);
        crmi_buf_init(&names, &alloc);
        if (crmi_soql_check(&arena, crmi_str(cases[i].soql), &s, NULL) != CRMSYNC_OK)
            fail_msg("%s", cases[i].soql);
        for (size_t k = 0; k < s.count; k++) {
            crmi_buf_add(&names, s.fields[k].name);
            crmi_buf_char(&names, ';');
        }
        assert_true(text_is(s.object, cases[i].object));
        assert_true(text_is(crmi_buf_str(&names), cases[i].fields));
        assert_int_equal(s.has_id, cases[i].has_id);
        assert_int_equal(s.ordered, cases[i].ordered);
        assert_true(
            crmi_str_eq_ci(crmi_str_sub(crmi_str(cases[i].soql), s.from_at, 4), CRMI_STR("FROM")));
        crmi_buf_clear(&names);
        crmi_arena_clear(&arena);
    }
}

static void test_check__anything_else__is_refused_where_it_begins(void **state)
{
    static const struct {
        const char *soql, *where;
    } cases[] = {
        {"", "byte 0"},
        {"DELETE FROM Lead", "byte 0"},
        {"FIND {x} IN ALL FIELDS", "byte 0"},
        {"SELECT FROM Lead", "byte 7"},
        {"SELECT Id, FROM Lead", "byte 11"},
        {"SELECT * FROM Lead", "byte 7"},
        {"SELECT Id Lead", "byte 10"},
        {"SELECT Id FROM", "byte 14"},
        {"SELECT Id FROM Account, Contact", "byte 22"},
        {"SELECT Id FROM Account.Contacts", "byte 15"},
        {"SELECT c.Id FROM Contact c", "byte 25"},
        {"SELECT COUNT() FROM Lead", "byte 12"},
        {"SELECT MAX(Name) n FROM Lead", "byte 10"},
        {"SELECT FIELDS(ALL) FROM Lead", "byte 13"},
        {"SELECT Id, (SELECT Id FROM Contacts) FROM Account", "byte 11"},
        {"SELECT TYPEOF What WHEN Account THEN Phone END FROM Event", "byte 7"},
        {"SELECT Id FROM Lead GROUP BY Id", "byte 20"},
        {"SELECT Id FROM Lead LIMIT 1 FOR UPDATE", "byte 28"},
        {"SELECT Id FROM Lead WHERE A = 1 FOR VIEW", "byte 32"},
        {"SELECT Id FROM Lead WHERE A = 1 ALL ROWS", "byte 32"},
        {"SELECT Id FROM Lead WHERE A = 1 UPDATE TRACKING", "byte 32"},
        {"SELECT Id FROM Lead; SELECT Id FROM Contact", "byte 19"},
        {"SELECT Id FROM Lead WHERE A = 1; DELETE", "byte 31"},
        {"SELECT Id FROM Lead WHERE A = 1 SELECT Id", "byte 32"},
        {"SELECT Id FROM Lead WHERE A = 1 -- x", "byte 32"},
        {"SELECT Id FROM Lead WHERE A = 1 /* x */", "byte 32"},
        {"SELECT Id FROM Lead WHERE A = 1 // x", "byte 32"},
        {"SELECT Id FROM Lead WHERE A = 'x", "byte 30"},
        {"SELECT Id FROM Lead WHERE A = 'x\\'", "byte 30"},
        {"SELECT Id FROM Lead WHERE A = \"x\"", "byte 30"},
        {"SELECT Id FROM Lead WHERE (A = 1", "byte 32"},
        {"SELECT Id FROM Lead WHERE A = 1)", "byte 31"},
        {"SELECT Id FROM Lead WHERE A = '\xff'", "byte 31"},
        {"SELECT \xc4\xb0"
         "d FROM Lead",
         "byte 7"},
    };
    crmsync_alloc alloc = libc_table();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        crmi_arena arena;
        crmi_soql_parts s;
        crmsync_error *err = NULL;
        crmi_arena_init(&arena, &alloc);
        int32_t rc = crmi_soql_check(&arena, crmi_str(cases[i].soql), &s, &err);
        if (rc != CRMSYNC_E_INVALID || !text_is(crmsync_error_where(err), cases[i].where))
            fail_msg("%s gives %d", cases[i].soql, (int)rc);
        assert_int_equal(s.count, 0);
        crmsync_error_free(err);
        crmi_arena_clear(&arena);
    }
}

static void test_check__too_long_or_too_deep__is_refused(void **state)
{
    crmsync_alloc alloc = libc_table();
    crmi_arena arena;
    crmi_soql_parts s;
    crmi_buf b;
    (void)state;
    crmi_arena_init(&arena, &alloc);
    crmi_buf_init(&b, &alloc);
    crmi_buf_lit(&b, "SELECT Id FROM Lead WHERE ");
    for (int i = 0; i < CRMI_SOQL_DEPTH_MAX + 1; i++)
        crmi_buf_char(&b, '(');
    assert_int_equal(crmi_soql_check(&arena, crmi_buf_str(&b), &s, NULL), CRMSYNC_E_INVALID);
    for (int i = 0; i < 100000; i++)
        crmi_buf_char(&b, ' ');
    assert_int_equal(crmi_soql_check(&arena, crmi_buf_str(&b), &s, NULL), CRMSYNC_E_LIMIT);
    crmi_buf_clear(&b);
    crmi_arena_clear(&arena);
}

static void test_ids__keep_conditions_and_come_in_order(void **state)
{
    static const struct {
        const char *soql, *after, *ids;
    } cases[] = {
        {"SELECT Id FROM Lead", "", "SELECT Id FROM Lead ORDER BY Id"},
        {"SELECT Name FROM Lead ORDER BY Name", "00Q1", "SELECT Id FROM Lead WHERE Id > '00Q1' ORDER BY Id"},
        {"SELECT Id FROM Lead WHERE A = 'x ORDER BY y' OR B = 2 ORDER BY Name DESC", "00Q1",
         "SELECT Id FROM Lead WHERE (A = 'x ORDER BY y' OR B = 2) AND Id > '00Q1' ORDER BY Id"},
        {"SELECT Id FROM Contact WHERE AccountId IN (SELECT Id FROM Account WHERE C = 1 LIMIT 3)", "",
         "SELECT Id FROM Contact WHERE (AccountId IN (SELECT Id FROM Account WHERE C = 1 LIMIT 3)) "
         "ORDER BY Id"},
        {"SELECT Id FROM Account USING SCOPE mine WHERE A = 1 WITH USER_MODE ORDER BY Name", "",
         "SELECT Id FROM Account USING SCOPE mine WHERE (A = 1) WITH USER_MODE ORDER BY Id"},
        {"SELECT Id, Name FROM Lead WHERE A = 1 ORDER BY Name LIMIT 5", "00Q1",
         "SELECT Id FROM Lead WHERE A = 1 ORDER BY Name LIMIT 5"},
    };
    crmsync_alloc alloc = libc_table();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        crmi_arena arena;
        crmi_soql_parts parts;
        crmi_buf out;
        crmi_arena_init(&arena, &alloc);
        crmi_buf_init(&out, &alloc);
        assert_int_equal(crmi_soql_check(&arena, crmi_str(cases[i].soql), &parts, NULL), CRMSYNC_OK);
        crmi_soql_ids(&out, crmi_str(cases[i].soql), &parts, CRMI_STR("Id"), crmi_str(cases[i].after));
        assert_string_equal(out.ptr, cases[i].ids);
        crmi_buf_clear(&out);
        crmi_arena_clear(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check__plain_queries__give_object_and_fields),
        cmocka_unit_test(test_check__anything_else__is_refused_where_it_begins),
        cmocka_unit_test(test_check__too_long_or_too_deep__is_refused),
        cmocka_unit_test(test_ids__keep_conditions_and_come_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
