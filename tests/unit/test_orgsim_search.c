/* test_orgsim_search.c: searches by words, which are behind what was written. */
#include "test_orgsim.h"

#define V "/services/data/v60.0/"

static int setup(void **state)
{
    static const char seed[] =
        "{\"Account\":[{\"Name\":\"Acme Tools\",\"Phone\":\"555 0100\"},{\"Name\":\"Tools 4 You\"}],"
        "\"Contact\":[{\"LastName\":\"Tool\",\"Email\":\"acme@x.com\",\"Title\":\"Boss\"},"
        "{\"LastName\":\"Öz\"}],\"Lead\":[{\"LastName\":\"Acme\",\"Company\":\"C\"}]}";
    char why[256] = "";
    orgsim *org = orgsim_new(NULL);
    int rc = orgsim_seed(org, seed, strlen(seed), why, sizeof why);
    orgsim_set_now(org, orgsim_now(org) + 3600000);
    *state = org;
    return rc;
}

static int teardown(void **state)
{
    orgsim_free(*state);
    return 0;
}

static reply find(orgsim *org, const char *sosl)
{
    char target[2000] = V "search?q=";
    size_t n = strlen(target);
    for (const char *c = sosl; *c && n + 4 < sizeof target; c++)
        n += (size_t)snprintf(target + n, 4, "%%%02X", (unsigned char)*c);
    return ask(org, "GET", target, NULL);
}

static size_t hits(const reply *r)
{
    return yyjson_arr_size(yyjson_obj_get(r->root, "searchRecords"));
}

static void test_search__by_words__finds_whole_words(void **state)
{
    static const struct { const char *sosl; size_t count; } cases[] = {
        {"FIND {acme}", 3},
        {"FIND {ACME} IN NAME FIELDS RETURNING Account, Contact, Lead", 2},
        {"FIND {acme} IN EMAIL FIELDS RETURNING Contact(Id, Email)", 1},
        {"FIND {tool} IN ALL FIELDS RETURNING Account(Id), Contact(Id)", 1},
        {"FIND {tool*} RETURNING Account(Id, Name), Contact(Id, LastName)", 3},
        {"FIND {to?ls}", 2},
        {"FIND {acme tools}", 1},
        {"FIND {acme OR you}", 4},
        {"FIND {555} IN PHONE FIELDS RETURNING Account", 1},
        {"FIND {öz}", 1},
        {"FIND {acme\\-tools} RETURNING Account", 1}, /* an escaped sign parts words */
        {"FIND {tools} RETURNING Account(Name WHERE Phone = null ORDER BY Name LIMIT 5)", 1},
        {"FIND {tools} RETURNING Account(Name LIMIT 1)", 1},
        {"FIND {acme} LIMIT 2", 2},
        {"FIND {nothing}", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        reply r = find(*state, cases[i].sosl);
        if (r.status != 200 || hits(&r) != cases[i].count)
            print_error("%s -> %d %s\n", cases[i].sosl, r.status, r.response.body);
        assert_int_equal(r.status, 200);
        assert_int_equal(hits(&r), cases[i].count);
        done(&r);
    }
}

static void test_search__malformed__is_refused(void **state)
{
    static const struct { const char *sosl, *code; } cases[] = {
        {"FIN {acme}", "MALFORMED_SEARCH"},
        {"FIND acme", "MALFORMED_SEARCH"},
        {"FIND {acme", "MALFORMED_SEARCH"},
        {"FIND {a}", "MALFORMED_SEARCH"},
        {"FIND {acme} IN SOME FIELDS", "MALFORMED_SEARCH"},
        {"FIND {acme} RETURNING Account(Id", "MALFORMED_SEARCH"},
        {"FIND {acme} RETURNING Account junk", "MALFORMED_SEARCH"},
        {"FIND {acme} RETURNING Nope", "INVALID_TYPE"},
        {"FIND {acme} RETURNING Account(Nope)", "INVALID_FIELD"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        reply r = find(*state, cases[i].sosl);
        if (r.status != 400)
            print_error("%s -> %d %s\n", cases[i].sosl, r.status, r.response.body);
        assert_int_equal(r.status, 400);
        assert_string_equal(text_at(&r, "/0/errorCode"), cases[i].code);
        done(&r);
    }
}

static void test_search__of_what_was_just_written__finds_nothing_yet(void **state)
{
    orgsim *org = *state;
    char id[19];
    assert_int_equal(orgsim_insert(org, "Contact", "{\"LastName\":\"Fresh\"}", id), 0);
    reply r = find(org, "FIND {fresh}");
    assert_int_equal(hits(&r), 0);
    done(&r);
    assert_int_equal(orgsim_count(org, "Contact", "LastName = 'Fresh'"), 1);
    orgsim_set_now(org, orgsim_now(org) + 60001);
    r = find(org, "FIND {fresh}");
    assert_int_equal(hits(&r), 1);
    done(&r);
}

static void test_parameterized_search__both_ways__finds_the_same(void **state)
{
    reply r = ask(*state, "GET", V "parameterizedSearch?q=acme&sobject=Contact&Contact.fields=Email",
                  NULL);
    assert_string_equal(text_at(&r, "/searchRecords/0/Email"), "acme@x.com");
    done(&r);
    r = ask(*state, "POST", V "parameterizedSearch",
            "{\"q\":\"acme\",\"in\":\"EMAIL\",\"fields\":[\"Email\"],\"sobjects\":[{\"name\":"
            "\"Contact\"}]}");
    assert_string_equal(text_at(&r, "/searchRecords/0/Email"), "acme@x.com");
    assert_int_equal(hits(&r), 1);
    done(&r);
    r = ask(*state, "POST", V "parameterizedSearch", "{\"q\":\"acme\",\"in\":\"SOME\"}");
    assert_string_equal(text_at(&r, "/0/errorCode"), "MALFORMED_SEARCH");
    done(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_search__by_words__finds_whole_words),
        cmocka_unit_test(test_search__malformed__is_refused),
        cmocka_unit_test(test_search__of_what_was_just_written__finds_nothing_yet),
        cmocka_unit_test(test_parameterized_search__both_ways__finds_the_same),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
