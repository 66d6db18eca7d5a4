/* The preflight as values: what a configuration needs, and what is made of what an org tells. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "decide/preflight.h"
#include "unit/failing_alloc.h"

static crmsync_config *config_of(const char *json)
{
    crmsync_config *config = NULL;
    assert_int_equal(crmsync_config_parse(NULL, crmi_str(json), &config, NULL), CRMSYNC_OK);
    return config;
}

/* "Account r, Lead c, ..." */
static void expect_needs(const char *json, const char *wanted)
{
    crmi_need needs[CRMI_NEEDS_MAX];
    char text[1000] = "";
    crmsync_config *config = config_of(json);
    size_t n = crmi_config_needs(config, needs), at = 0;
    for (size_t i = 0; i < n; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%s %s%s%s", i ? ", " : "",
                               needs[i].object, needs[i].can & CRMI_CAN_READ ? "r" : "",
                               needs[i].can & CRMI_CAN_CREATE ? "c" : "",
                               needs[i].can & CRMI_CAN_UPDATE ? "u" : "");
    assert_string_equal(text, wanted);
    crmsync_config_free(config);
}

static void test_needs__of_a_configuration__name_no_more_than_it_uses(void **state)
{
    (void)state;
    expect_needs("{}", "User r");
    expect_needs("{\"objects\":{\"Lead\":{\"direction\":\"in\"}}}", "User r, Lead r");
    expect_needs("{\"objects\":{\"Lead\":{\"direction\":\"both\"}}}", "User r, Lead r, Lead u");
    expect_needs("{\"objects\":{\"User\":{\"direction\":\"in\"},\"Contact\":{\"direction\":\"out\","
                 "\"create\":{\"out\":true}}},\"export\":{\"mode\":\"contacts\","
                 "\"account_create\":true}}",
                 "User r, Contact r, Contact c, Contact u, Account r, Account c");
    expect_needs("{\"activities\":{\"enabled\":true,\"kinds\":[\"email\",\"note\"],"
                 "\"opportunity\":\"newest_open\"}}",
                 "User r, Task rc, ContentNote rc, Opportunity r");
    expect_needs("{\"campaigns\":{\"enabled\":true}}", "User r, Campaign r, CampaignMember rcu");
}

static const crmi_preflight_item *found(const crmi_preflight *p, const char *id)
{
    for (size_t i = 0; i < p->count; i++) {
        if (strcmp(p->items[i].id, id) == 0)
            return &p->items[i];
    }
    return NULL;
}

static void expect(const crmi_preflight *p, const char *id, uint32_t state)
{
    const crmi_preflight_item *item = found(p, id);
    if (!item)
        fail_msg("there is no item %s", id);
    assert_string_equal(crmi_preflight_state_name(item->state), crmi_preflight_state_name(state));
    assert_true(item->message.len > 0);
    assert_true(state < CRMI_CHECK_WARN || item->remedy.len > 0); /* trouble has a remedy */
}

static void test_judge__login_by_password__what_will_break_it(void **state)
{
    (void)state;
    crmsync_alloc libc;
    crmi_preflight p;
    crmi_org_facts facts;
    assert_int_equal(crmi_alloc_init(&libc, NULL), CRMSYNC_OK);
    crmsync_config *config = config_of("{\"connection\":{\"flow\":\"password\",\"allow_password\":true},"
                                       "\"objects\":{\"Lead\":{\"direction\":\"in\"}}}");
    crmi_org_facts_init(&facts, &libc);
    crmi_preflight_init(&p, &libc);
    p.config = config;
    p.facts = &facts;
    facts.rights_read = true;
    facts.rights = CRMI_RIGHT_API | CRMI_RIGHT_SECOND_FACTOR_API;
    assert_int_equal(crmi_preflight_judge(&p, NULL), CRMSYNC_OK);
    expect(&p, "api", CRMI_CHECK_PASS);
    expect(&p, "password_login", CRMI_CHECK_WARN);
    expect(&p, "password_expiry", CRMI_CHECK_WARN);
    expect(&p, "second_factor", CRMI_CHECK_FAIL);
    expect(&p, "api_only", CRMI_CHECK_WARN);
    facts.rights = CRMI_RIGHT_PASSWORD_STAYS;
    assert_int_equal(crmi_preflight_judge(&p, NULL), CRMSYNC_OK);
    expect(&p, "api", CRMI_CHECK_FAIL);
    expect(&p, "password_expiry", CRMI_CHECK_PASS);
    expect(&p, "second_factor", CRMI_CHECK_PASS);
    crmi_preflight_clear(&p);
    crmi_org_facts_clear(&facts);
    crmsync_config_free(config);
}

static void test_judge__nothing_mapped_and_no_calls_left__fail(void **state)
{
    (void)state;
    crmsync_alloc libc;
    crmi_preflight p;
    crmi_org_facts facts;
    assert_int_equal(crmi_alloc_init(&libc, NULL), CRMSYNC_OK);
    crmsync_config *config = config_of("{}");
    crmi_org_facts_init(&facts, &libc);
    crmi_preflight_init(&p, &libc);
    p.config = config;
    p.facts = &facts;
    facts.org_read = true;
    facts.edition = CRMI_STR("Essentials Edition");
    facts.calls_used = 80;
    facts.calls_limit = 100;
    assert_int_equal(crmi_preflight_judge(&p, NULL), CRMSYNC_OK);
    expect(&p, "mapping", CRMI_CHECK_FAIL);
    expect(&p, "daily_calls", CRMI_CHECK_FAIL);
    expect(&p, "edition", CRMI_CHECK_WARN);
    assert_null(found(&p, "password_login"));
    assert_null(found(&p, "web_to_lead"));
    crmi_preflight_clear(&p);
    crmi_org_facts_clear(&facts);
    crmsync_config_free(config);
}

static void test_judge__person_accounts__are_warned_of(void **state)
{
    (void)state;
    crmsync_alloc libc;
    crmi_preflight p;
    crmi_org_facts facts;
    crmsync_schema *schema = NULL;
    assert_int_equal(crmi_alloc_init(&libc, NULL), CRMSYNC_OK);
    crmsync_config *config = config_of("{\"objects\":{\"Account\":{\"direction\":\"in\"}}}");
    assert_int_equal(crmsync_schema_new(NULL, &schema, NULL), CRMSYNC_OK);
    crmi_org_facts_init(&facts, &libc);
    crmi_preflight_init(&p, &libc);
    p.config = config;
    p.facts = &facts;
    p.schema = schema;
    assert_int_equal(crmsync_schema_add_describe(
                         schema, CRMI_STR("{\"name\":\"Account\",\"fields\":[]}"), NULL),
                     CRMSYNC_OK);
    assert_int_equal(crmi_preflight_judge(&p, NULL), CRMSYNC_OK);
    assert_null(found(&p, "person_accounts"));
    assert_int_equal(crmsync_schema_add_describe(
                         schema,
                         CRMI_STR("{\"name\":\"Account\",\"fields\":[{\"name\":\"IsPersonAccount\","
                                  "\"type\":\"boolean\"}]}"),
                         NULL),
                     CRMSYNC_OK);
    assert_int_equal(crmi_preflight_judge(&p, NULL), CRMSYNC_OK);
    expect(&p, "person_accounts", CRMI_CHECK_WARN);
    crmi_preflight_clear(&p);
    crmi_org_facts_clear(&facts);
    crmsync_schema_free(schema);
    crmsync_config_free(config);
}

static void test_judge__without_memory__says_so_and_holds_nothing(void **state)
{
    (void)state;
    crmsync_config *config = config_of("{\"objects\":{\"Lead\":{\"direction\":\"both\"}}}");
    int32_t rc = CRMSYNC_E_NOMEM;
    for (size_t at = 1; rc == CRMSYNC_E_NOMEM; at++) {
        failing_alloc f = {.fail_at = at};
        crmsync_alloc alloc = failing_alloc_table(&f);
        crmi_org_facts facts;
        crmi_preflight p;
        crmi_org_facts_init(&facts, &alloc);
        crmi_preflight_init(&p, &alloc);
        p.config = config;
        p.facts = &facts;
        rc = crmi_preflight_judge(&p, NULL);
        crmi_preflight_clear(&p);
        crmi_org_facts_clear(&facts);
        assert_int_equal(f.blocks, 0);
        assert_int_equal(f.held, 0);
    }
    assert_int_equal(rc, CRMSYNC_OK);
    crmsync_config_free(config);
}

static void test_edition__by_name__has_its_remedy(void **state)
{
    static const struct {
        const char *edition, *part;
    } cases[] = {
        {"Professional Edition", "bought from Salesforce as an addition"},
        {"enterprise edition", "ask Salesforce support"},
        {"Group Edition", "has no API"},
        {"", "For Professional Edition it is bought"},
        {"Edition of tomorrow", "ask an administrator"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_non_null(strstr(crmi_edition_remedy(crmi_str(cases[i].edition)), cases[i].part));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_needs__of_a_configuration__name_no_more_than_it_uses),
        cmocka_unit_test(test_judge__login_by_password__what_will_break_it),
        cmocka_unit_test(test_judge__person_accounts__are_warned_of),
        cmocka_unit_test(test_judge__nothing_mapped_and_no_calls_left__fail),
        cmocka_unit_test(test_judge__without_memory__says_so_and_holds_nothing),
        cmocka_unit_test(test_edition__by_name__has_its_remedy),
    };
    return cmocka_run_group_tests_name("decide_preflight", tests, NULL, NULL);
}
