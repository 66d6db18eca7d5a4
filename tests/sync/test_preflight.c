/* The preflight over the whole: what the org is asked for, and what the checklist then says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "host.h"

#define PREFLIGHT CRMSYNC_PHASE_PREFLIGHT

#define WAY "\"client_id\":\"orgsim-client\",\"redirect_uri\":\"http://127.0.0.1:9/cb\","            \
    "\"login_host\":\"http://127.0.0.1\",\"allow_loopback_http\":true"
#define LEAD "\"Lead\":{\"direction\":\"both\",\"create\":{\"out\":true},"                           \
    "\"fields\":[{\"local\":\"last_name\",\"remote\":\"LastName\"},"                                \
    "{\"local\":\"email\",\"remote\":\"Email\"},{\"local\":\"title\",\"remote\":\"Title\"},"          \
    "{\"local\":\"company\",\"remote\":\"Company\"}]}"
#define CONFIG(connection, rest)                                                                   \
    "{\"connection\":{" WAY connection "},\"objects\":{" LEAD "}" rest "}"

static const char leads[] = CONFIG("", "");
static const char campaigns[] = CONFIG("", ",\"campaigns\":{\"enabled\":true}");

static crmsync_str str(const char *text)
{
    return (crmsync_str){text, strlen(text)};
}

static void begin(scene *s, host *h, const char *config)
{
    scene_open(s, false, config);
    host_start(h, s, false);
    assert_int_equal(host_open(h), CRMSYNC_OK);
    host_connect(h);
}

static void end(scene *s, host *h)
{
    host_stop(h);
    scene_close(s);
}

static void with(host *h, const char *name, const char *value)
{
    if (orgsim_switch(h->scene->org, name, value) != 0)
        fail_msg("no switch %s %s", name, value);
}

/* "state: message | remedy" of an item; "" when there is none. */
static const char *item(crmsync_rows *rows, const char *id, const char *subject)
{
    static char text[2000];
    for (size_t i = 0; i < crmsync_rows_count(rows); i++) {
        crmsync_cell c[5];
        assert_int_equal(crmsync_rows_read(rows, i, 1, c), 1);
        if (strcmp(c[0].text.ptr, id) != 0)
            continue;
        if (subject && strcmp(c[2].text.ptr ? c[2].text.ptr : "", subject) != 0)
            continue;
        snprintf(text, sizeof text, "%s: %s | %s", c[1].text.ptr, c[3].text.ptr,
                 c[4].text.ptr ? c[4].text.ptr : "");
        return text;
    }
    return "";
}

static void expect(crmsync_rows *rows, const char *id, const char *subject, const char *begins)
{
    const char *told = item(rows, id, subject);
    if (strncmp(told, begins, strlen(begins)) != 0 || (!*begins && *told))
        fail_msg("%s of %s: \"%s\" and not \"%s\"", id, subject ? subject : "any", told, begins);
}

/* Runs it and gives its rows. */
static crmsync_rows *preflight(host *h, int32_t wanted)
{
    crmsync_job *job = NULL;
    crmsync_rows *rows = NULL;
    int32_t rc = host_job(h, PREFLIGHT, 0, &job);
    if (rc != wanted)
        fail_msg("preflight: %d %s", rc, h->last_error);
    assert_int_equal(crmsync_job_preflight(job, &rows, NULL), CRMSYNC_OK);
    size_t sum = 0;
    static const char *const states[] = {"preflight.pass", "preflight.info", "preflight.warn",
                                         "preflight.fail"};
    for (size_t i = 0; i < 4; i++)
        sum += (size_t)crmsync_job_count(job, str(states[i]));
    if (!wanted)
        assert_int_equal(sum, crmsync_rows_count(rows));
    crmsync_job_free(job);
    return rows;
}

static void test_preflight__all_well__nothing_fails(void **state)
{
    scene s;
    host h;
    (void)state;
    begin(&s, &h, leads);
    crmsync_rows *rows = preflight(&h, CRMSYNC_OK);
    for (size_t i = 0; i < crmsync_rows_count(rows); i++)
        assert_string_not_equal(crmsync_rows_get(rows, i, 1).text.ptr, "fail");
    expect(rows, "api", NULL, "pass");
    expect(rows, "edition", "Enterprise Edition", "pass");
    expect(rows, "user_dedicated", NULL, "pass: 0 of");
    expect(rows, "api_only", NULL, "pass");
    expect(rows, "modify_all_data", NULL, "pass");
    expect(rows, "role", NULL, "info: no role");
    expect(rows, "session_level", NULL, "pass");
    expect(rows, "object_create", "Lead", "pass: Lead can be created");
    expect(rows, "object_update", "Lead", "pass");
    expect(rows, "object_read", "User", "pass");
    expect(rows, "object_create", "Contact", ""); /* nothing needs it, so nothing is said */
    expect(rows, "field", "Lead.Title", "pass: the field can be read and written");
    expect(rows, "web_to_lead", "Lead", "info");
    expect(rows, "marketing_user", NULL, "");
    expect(rows, "daily_calls", NULL, "pass");
    expect(rows, "mapping", NULL, "pass");
    crmsync_rows_free(rows);
    end(&s, &h);
}

static void test_preflight__rights_of_the_user__told_each(void **state)
{
    scene s;
    host h;
    (void)state;
    begin(&s, &h, campaigns);
    with(&h, "permission", "ApiUserOnly=off");
    with(&h, "permission", "ModifyAllData=on");
    with(&h, "login", "Application");
    with(&h, "login", "Remote Access 2.0");
    with(&h, "session_level", "HIGH_ASSURANCE");
    with(&h, "api_user", "Role=Sales");
    with(&h, "organization", "OrganizationType=Professional Edition");
    crmsync_rows *rows = preflight(&h, CRMSYNC_OK);
    expect(rows, "api_only", NULL, "warn");
    expect(rows, "modify_all_data", NULL, "info: the user has Modify All Data");
    expect(rows, "user_dedicated", NULL, "warn: 1 of");
    expect(rows, "session_level", NULL, "warn");
    expect(rows, "role", NULL, "info: role Sales");
    expect(rows, "edition", "Professional Edition", "info");
    expect(rows, "marketing_user", NULL, "fail");
    expect(rows, "object_create", "CampaignMember", "pass");
    crmsync_rows_free(rows);
    with(&h, "api_user", "MarketingUser=on");
    rows = preflight(&h, CRMSYNC_OK);
    expect(rows, "marketing_user", NULL, "pass");
    crmsync_rows_free(rows);
    end(&s, &h);
}

/* Rights change without a sign: what was described a minute ago is not relied on. */
static void test_preflight__object_or_field_closed__fails_with_its_name(void **state)
{
    scene s;
    host h;
    (void)state;
    begin(&s, &h, leads);
    assert_int_equal(host_run(&h, CRMSYNC_PHASE_DESCRIBE, 0), CRMSYNC_OK);
    with(&h, "object_right", "Lead.create=off");
    with(&h, "field_hidden", "Lead.Title");
    with(&h, "duplicate_rule_setup", "Lead");
    with(&h, "api_used", "79000");
    crmsync_rows *rows = preflight(&h, CRMSYNC_OK);
    expect(rows, "object_create", "Lead", "fail: Lead cannot be created by this user");
    expect(rows, "object_update", "Lead", "pass");
    expect(rows, "field", "Lead.Title", "fail: the field is not visible");
    expect(rows, "duplicate_rules", "Lead", "info");
    expect(rows, "daily_calls", NULL, "warn: 79");
    expect(rows, "mapping", NULL, "fail");
    crmsync_rows_free(rows);
    end(&s, &h);
}

static void test_preflight__api_taken_away__told_with_the_error(void **state)
{
    scene s;
    host h;
    (void)state;
    begin(&s, &h, leads);
    with(&h, "permission", "ApiEnabled=off");
    crmsync_rows *rows = preflight(&h, CRMSYNC_E_SALESFORCE);
    expect(rows, "api", NULL, "fail: the API refuses");
    crmsync_rows_free(rows);
    crmsync_connection c = CRMSYNC_CONNECTION_INIT;
    assert_int_equal(crmsync_workspace_connection(h.workspace, &c, NULL), CRMSYNC_OK);
    assert_int_equal(c.state, CRMSYNC_CONNECTION_BLOCKED);
    end(&s, &h);
}

/* What the org keeps from the user is told as such, and is no failure. */
static void test_preflight__setup_hidden__tells_the_rest(void **state)
{
    scene s;
    host h;
    (void)state;
    begin(&s, &h, leads);
    with(&h, "object_hidden", "PermissionSetAssignment");
    with(&h, "object_hidden", "LoginHistory");
    with(&h, "object_hidden", "AuthSession");
    with(&h, "object_hidden", "DuplicateRule");
    crmsync_rows *rows = preflight(&h, CRMSYNC_OK);
    expect(rows, "api", NULL, "pass");
    expect(rows, "rights", NULL, "info");
    expect(rows, "user_dedicated", NULL, "info");
    expect(rows, "session_level", NULL, "info");
    expect(rows, "object_create", "Lead", "pass");
    crmsync_rows_free(rows);
    end(&s, &h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_preflight__all_well__nothing_fails),
        cmocka_unit_test(test_preflight__rights_of_the_user__told_each),
        cmocka_unit_test(test_preflight__object_or_field_closed__fails_with_its_name),
        cmocka_unit_test(test_preflight__api_taken_away__told_with_the_error),
        cmocka_unit_test(test_preflight__setup_hidden__tells_the_rest),
    };
    return cmocka_run_group_tests_name("preflight", tests, NULL, NULL);
}
