/* Connecting and disconnecting: flows, the probe, switches, refusals with their remedies, purge. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host.h"

#define CONNECT CRMSYNC_PHASE_CONNECT
#define EXPORT CRMSYNC_PHASE_EXPORT

#define WAY "\"client_id\":\"orgsim-client\",\"redirect_uri\":\"http://127.0.0.1:9/cb\","            \
    "\"login_host\":\"http://127.0.0.1\",\"allow_loopback_http\":true"
#define LEADS "\"objects\":{\"Lead\":{\"direction\":\"both\",\"create\":{\"out\":true},"             \
    "\"fields\":[{\"local\":\"last_name\",\"remote\":\"LastName\"},"                                \
    "{\"local\":\"email\",\"remote\":\"Email\"},{\"local\":\"company\",\"remote\":\"Company\"}]}}"
#define CONFIG(connection, rest) "{\"connection\":{" WAY connection "}," LEADS rest "}"

static const char plain[] = CONFIG("", "");
static const char jane[] = "{\"id\":\"p1\",\"last_name\":\"Doe\",\"email\":\"jane@acme.com\","
                           "\"company\":\"Acme\"}";

static crmsync_str str(const char *text)
{
    return (crmsync_str){text, strlen(text)};
}

static bool is(crmsync_str s, const char *text)
{
    return s.len == strlen(text) && memcmp(s.ptr, text, s.len) == 0;
}

static void expect_in(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is not in: %s", part, text);
}

static void begin(scene *s, host *h, const char *config)
{
    scene_open(s, false, config);
    host_start(h, s, false);
    assert_int_equal(host_open(h), CRMSYNC_OK);
}

/* The same workspace in another process, under another configuration. */
static void again(scene *s, host *h, const char *config)
{
    host_stop(h);
    scene_configure(s, config);
    host_start(h, s, false);
    assert_int_equal(host_open(h), CRMSYNC_OK);
}

static void end(scene *s, host *h)
{
    assert_int_equal(h->miscounted, 0);
    host_stop(h);
    scene_close(s);
}

static crmsync_connection connection(host *h)
{
    crmsync_connection c = CRMSYNC_CONNECTION_INIT;
    assert_int_equal(crmsync_workspace_connection(h->workspace, &c, NULL), CRMSYNC_OK);
    return c;
}

static void expect_state(host *h, uint32_t state, const char *remedy)
{
    crmsync_connection c = connection(h);
    char text[1500];
    assert_string_equal(crmsync_connection_name(c.state), crmsync_connection_name(state));
    snprintf(text, sizeof text, "%.*s", (int)c.remedy.len, c.remedy.len ? c.remedy.ptr : "");
    if (remedy)
        expect_in(text, remedy);
    else
        assert_string_equal(text, "");
}

static void secret(host *h, const char *name, const char *value)
{
    assert_int_equal(crmsync_workspace_set_secret(h->workspace, str(name), str(value), NULL),
                     CRMSYNC_OK);
}

static int32_t job(host *h, const crmsync_job_options *o)
{
    crmsync_error *err = NULL;
    crmsync_job *made = NULL;
    int32_t rc = crmsync_job_new(h->workspace, o, &made, &err);
    if (!rc)
        rc = crmsync_job_run(made, &err);
    crmsync_str m = crmsync_error_message(err), r = crmsync_error_remedy(err);
    snprintf(h->last_error, sizeof h->last_error, "%.*s", (int)m.len, m.len ? m.ptr : "");
    snprintf(h->last_remedy, sizeof h->last_remedy, "%.*s", (int)r.len, r.len ? r.ptr : "");
    crmsync_error_free(err);
    crmsync_job_free(made);
    return rc;
}

/* The user comes back from the login page; `allow` false: having declined. */
static int32_t come_back(host *h, bool allow)
{
    crmsync_str url;
    crmsync_job_options o = CRMSYNC_JOB_OPTIONS_INIT;
    secret(h, "client_secret", "orgsim-secret");
    assert_int_equal(
        crmsync_workspace_authorize_url(h->workspace, (crmsync_str){NULL, 0}, &url, NULL), CRMSYNC_OK);
    char *back = allow ? orgsim_browser_allow(h->scene->org, url.ptr)
                       : orgsim_browser_deny(h->scene->org, url.ptr);
    o.phases = CONNECT;
    o.redirect_url = str(back);
    int32_t rc = job(h, &o);
    orgsim_string_free(back);
    return rc;
}

static void with(host *h, const char *name, const char *value)
{
    assert_int_equal(orgsim_switch(h->scene->org, name, value), 0);
}

/* ---- the probe ---- */

static void test_connect__done__tells_org_edition_user_and_scopes(void **state)
{
    scene s;
    host h;
    (void)state;
    begin(&s, &h, CONFIG(",\"name\":\"Sales\"", ""));
    assert_int_equal(come_back(&h, true), CRMSYNC_OK);
    crmsync_connection c = connection(&h);
    assert_int_equal(c.state, CRMSYNC_CONNECTION_CONNECTED);
    assert_true(is(c.name, "Sales"));
    assert_true(is(c.org_name, "Simulated Org"));
    assert_true(is(c.edition, "Enterprise Edition"));
    assert_true(is(c.username, "integration@example.com"));
    assert_true(is(c.scopes, "api refresh_token"));
    assert_int_equal(c.org_id.len, 18);
    assert_int_equal(c.enabled, 1);
    assert_int_equal(c.mapped, 1);
    end(&s, &h);
}

static void test_connect__probe_lost__ends_with_the_tokens_at_hand(void **state)
{
    scene s;
    host h;
    (void)state;
    begin(&s, &h, plain);
    with(&h, "fail", "POST /services/data=SERVER_UNAVAILABLE");
    assert_int_not_equal(come_back(&h, true), CRMSYNC_OK);
    expect_state(&h, CRMSYNC_CONNECTION_PENDING, NULL);
    assert_int_equal(host_run(&h, EXPORT, 0), CRMSYNC_E_STATE);
    expect_in(h.last_error, "has not come back");
    with(&h, "fail", "off");
    again(&s, &h, plain);
    assert_int_equal(host_run(&h, CONNECT, 0), CRMSYNC_OK);
    expect_state(&h, CRMSYNC_CONNECTION_CONNECTED, NULL);
    end(&s, &h);
}

static void test_connect__api_off__remedy_of_the_edition(void **state)
{
    scene s;
    host h;
    (void)state;
    begin(&s, &h, plain);
    with(&h, "fail", "POST /services/data=API_DISABLED_FOR_ORG");
    assert_int_not_equal(come_back(&h, true), CRMSYNC_OK);
    expect_state(&h, CRMSYNC_CONNECTION_BLOCKED, "For Professional Edition it is bought");
    with(&h, "fail", "off");
    with(&h, "organization", "OrganizationType=Professional Edition");
    assert_int_equal(host_run(&h, CONNECT, 0), CRMSYNC_OK);
    expect_state(&h, CRMSYNC_CONNECTION_CONNECTED, NULL);
    scene_put(&s, "person", jane);
    with(&h, "fail", "/services/data=API_DISABLED_FOR_ORG");
    assert_int_not_equal(host_run(&h, EXPORT, 0), CRMSYNC_OK);
    expect_state(&h, CRMSYNC_CONNECTION_BLOCKED, "bought from Salesforce as an addition");
    with(&h, "fail", "off");
    with(&h, "fail", "/services/data=API_CURRENTLY_DISABLED");
    assert_int_not_equal(host_run(&h, CONNECT, 0), CRMSYNC_OK);
    expect_state(&h, CRMSYNC_CONNECTION_BLOCKED, "API Enabled");
    with(&h, "fail", "off");
    assert_int_equal(host_run(&h, CONNECT, 0), CRMSYNC_OK);
    assert_int_equal(host_run(&h, EXPORT, 0), CRMSYNC_OK);
    assert_int_equal(scene_rows(&s, "Lead", NULL), 1); /* nothing was lost meanwhile */
    end(&s, &h);
}

static void test_connect__sandbox_for_production__refused_and_tokens_given_back(void **state)
{
    scene s;
    host h;
    (void)state;
    begin(&s, &h, plain);
    with(&h, "organization", "IsSandbox=true");
    assert_int_equal(come_back(&h, true), CRMSYNC_E_STATE);
    expect_in(h.last_error, "Simulated Org is a sandbox org");
    expect_state(&h, CRMSYNC_CONNECTION_BLOCKED, "Log in to the production org");
    assert_int_equal(scene_entries(&s, CRMSYNC_SPACE_SECRET, "token"), 0);
    assert_int_equal(host_run(&h, CONNECT, 0), CRMSYNC_E_STATE);
    again(&s, &h, CONFIG(",\"environment\":\"sandbox\"", ""));
    assert_int_equal(come_back(&h, true), CRMSYNC_OK);
    assert_int_equal(connection(&h).sandbox, 1);
    end(&s, &h);
}

/* ---- steps and switches ---- */

static void test_steps__taken_too_early__name_the_missing_one(void **state)
{
    scene s;
    host h;
    crmsync_str url;
    crmsync_error *err = NULL;
    (void)state;
    begin(&s, &h, "{" LEADS "}");
    assert_int_equal(crmsync_workspace_authorize_url(h.workspace, (crmsync_str){NULL, 0}, &url, &err),
                     CRMSYNC_E_STATE);
    assert_true(is(crmsync_error_where(err), "/connection/client_id"));
    crmsync_error_free(err);
    err = NULL;
    again(&s, &h, "{\"connection\":{\"client_id\":\"x\"}," LEADS "}");
    assert_int_equal(crmsync_workspace_authorize_url(h.workspace, (crmsync_str){NULL, 0}, &url, &err),
                     CRMSYNC_E_STATE);
    assert_true(is(crmsync_error_where(err), "/connection/redirect_uri"));
    crmsync_error_free(err);
    again(&s, &h, plain);
    assert_int_equal(host_run(&h, CONNECT, 0), CRMSYNC_E_STATE);
    expect_in(h.last_error, "not consented");
    assert_int_equal(host_run(&h, EXPORT, 0), CRMSYNC_E_STATE);
    expect_in(h.last_remedy, "crmsync_workspace_authorize_url");
    assert_int_equal(come_back(&h, true), CRMSYNC_OK);
    assert_int_equal(host_run(&h, EXPORT, 0), CRMSYNC_OK);
    end(&s, &h);
}

static void test_switches__off__refused_and_nothing_lost(void **state)
{
    static const char off[] = CONFIG(",\"enabled\":false", "");
    static const char no_data[] = CONFIG("", ",\"data_sync\":false");
    static const char unmapped[] = "{\"connection\":{" WAY "}}";
    crmsync_str id = str("p1");
    scene s;
    host h;
    (void)state;
    begin(&s, &h, unmapped);
    assert_int_equal(come_back(&h, true), CRMSYNC_OK); /* connected, and paused until it is mapped */
    assert_int_equal(connection(&h).mapped, 0);
    assert_int_equal(host_run(&h, CRMSYNC_PHASE_SYNC, 0), CRMSYNC_E_STATE);
    expect_in(h.last_error, "no object is mapped");
    assert_int_equal(host_run(&h, CRMSYNC_PHASE_DESCRIBE, 0), CRMSYNC_OK);
    again(&s, &h, off);
    scene_put(&s, "person", jane);
    assert_int_equal(
        crmsync_workspace_enqueue(h.workspace, str("person"), &id, 1, NULL, NULL), CRMSYNC_OK);
    assert_int_equal(connection(&h).enabled, 0);
    assert_int_equal(host_run(&h, CRMSYNC_PHASE_SYNC, 0), CRMSYNC_E_STATE);
    expect_in(h.last_remedy, "enabled");
    assert_int_equal(host_run(&h, CRMSYNC_PHASE_DESCRIBE, 0), CRMSYNC_E_STATE);
    again(&s, &h, no_data);
    assert_int_equal(host_run(&h, EXPORT, 0), CRMSYNC_E_STATE);
    expect_in(h.last_remedy, "data_sync");
    assert_int_equal(host_run(&h, CRMSYNC_PHASE_DESCRIBE, 0), CRMSYNC_OK);
    assert_int_equal(scene_rows(&s, "Lead", NULL), 0);
    again(&s, &h, plain);
    expect_state(&h, CRMSYNC_CONNECTION_CONNECTED, NULL);
    assert_int_equal(host_run(&h, EXPORT, 0), CRMSYNC_OK);
    assert_int_equal(scene_rows(&s, "Lead", NULL), 1);
    end(&s, &h);
}

static void test_exclusive__another_crm_active__refused_either_way(void **state)
{
    static const char one[] = CONFIG(",\"exclusive\":true", "");
    scene s;
    host h;
    crmsync_str url;
    crmsync_error *err = NULL;
    (void)state;
    begin(&s, &h, one);
    assert_int_equal(crmsync_workspace_set_other_crm(h.workspace, str("hubspot"), 1, NULL),
                     CRMSYNC_OK);
    assert_int_equal(crmsync_workspace_authorize_url(h.workspace, (crmsync_str){NULL, 0}, &url, &err),
                     CRMSYNC_E_STATE);
    expect_in(crmsync_error_message(err).ptr, "hubspot is the active CRM");
    crmsync_error_free(err);
    assert_int_equal(host_run(&h, CONNECT, 0), CRMSYNC_E_STATE);
    again(&s, &h, plain); /* several are fine unless it says otherwise */
    assert_int_equal(come_back(&h, true), CRMSYNC_OK);
    again(&s, &h, one);
    assert_int_equal(crmsync_workspace_set_other_crm(h.workspace, str("hubspot"), 0, NULL),
                     CRMSYNC_OK);
    assert_int_equal(crmsync_workspace_set_other_crm(h.workspace, str("zoho"), 1, NULL),
                     CRMSYNC_E_STATE);
    assert_int_equal(crmsync_workspace_set_other_crm(h.workspace, str("Salesforce"), 1, NULL),
                     CRMSYNC_E_INVALID);
    assert_int_equal(host_run(&h, CRMSYNC_PHASE_DISCONNECT, 0), CRMSYNC_OK);
    assert_int_equal(crmsync_workspace_set_other_crm(h.workspace, str("zoho"), 1, NULL), CRMSYNC_OK);
    end(&s, &h);
}

/* ---- refusals ---- */

static void test_refusals__of_a_login__each_with_its_remedy(void **state)
{
    static const char config[] = CONFIG(",\"package_url\":\"https://x.example/install?p=04t\"", "");
    static const struct {
        const char *token_error;
        uint32_t becomes;
        const char *remedy;
    } cases[] = {
        {"app_not_found:External client app is not installed in this org",
         CRMSYNC_CONNECTION_BLOCKED, "from https://x.example/install?p=04t"},
        {"invalid_grant:user is not admin approved", CRMSYNC_CONNECTION_BLOCKED, "approve the user"},
        {"invalid_grant:inactive user", CRMSYNC_CONNECTION_BLOCKED, "Activate the user"},
        {"invalid_grant:ip restricted", CRMSYNC_CONNECTION_BLOCKED, "IP address"},
        {"inactive_org:the org is locked", CRMSYNC_CONNECTION_BLOCKED, "org is locked"},
        {"invalid_grant:high assurance session required", CRMSYNC_CONNECTION_BLOCKED,
         "High Assurance"},
        {"invalid_grant:expired access/refresh token", CRMSYNC_CONNECTION_EXPIRED, "connect again"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        scene s;
        host h;
        begin(&s, &h, config);
        assert_int_equal(come_back(&h, true), CRMSYNC_OK);
        scene_put(&s, "person", jane);
        with(&h, "session_expire", "");
        with(&h, "token_error", cases[i].token_error);
        assert_int_equal(host_run(&h, EXPORT, 0), CRMSYNC_E_AUTH);
        expect_state(&h, cases[i].becomes, cases[i].remedy);
        /* a job that comes later is told the same, and a login that is declined changes nothing */
        assert_int_equal(host_run(&h, EXPORT, 0), CRMSYNC_E_STATE);
        expect_in(h.last_remedy, cases[i].remedy);
        with(&h, "token_error", "off");
        if (cases[i].becomes == CRMSYNC_CONNECTION_BLOCKED)
            assert_int_equal(host_run(&h, CONNECT, 0), CRMSYNC_OK); /* it was mended there */
        else
            assert_int_equal(host_run(&h, CONNECT, 0), CRMSYNC_E_STATE); /* spent tokens stay so */
        if (cases[i].becomes != CRMSYNC_CONNECTION_BLOCKED)
            assert_int_equal(come_back(&h, true), CRMSYNC_OK);
        assert_int_equal(host_run(&h, EXPORT, 0), CRMSYNC_OK);
        assert_int_equal(scene_rows(&s, "Lead", NULL), 1);
        end(&s, &h);
    }
}

static void test_consent__declined__a_connection_that_works_goes_on(void **state)
{
    scene s;
    host h;
    (void)state;
    begin(&s, &h, plain);
    assert_int_equal(come_back(&h, false), CRMSYNC_E_AUTH);
    expect_state(&h, CRMSYNC_CONNECTION_BLOCKED, "declined");
    assert_int_equal(come_back(&h, true), CRMSYNC_OK);
    assert_int_equal(come_back(&h, false), CRMSYNC_E_AUTH);
    expect_state(&h, CRMSYNC_CONNECTION_CONNECTED, NULL);
    assert_int_equal(host_run(&h, EXPORT, 0), CRMSYNC_OK);
    end(&s, &h);
}

/* ---- flows without a person ---- */

static void test_client_credentials__connect_by_themselves(void **state)
{
    static const char config[] = CONFIG(",\"flow\":\"client_credentials\"", "");
    scene s;
    host h;
    crmsync_str url;
    (void)state;
    begin(&s, &h, config);
    scene_put(&s, "person", jane);
    assert_int_equal(host_run(&h, CONNECT, 0), CRMSYNC_E_STATE);
    expect_in(h.last_error, "client_secret");
    secret(&h, "client_secret", "orgsim-secret");
    assert_int_equal(crmsync_workspace_authorize_url(h.workspace, (crmsync_str){NULL, 0}, &url, NULL),
                     CRMSYNC_E_STATE);
    assert_int_equal(host_run(&h, EXPORT, 0), CRMSYNC_OK); /* connects on the way */
    assert_int_equal(scene_rows(&s, "Lead", NULL), 1);
    expect_state(&h, CRMSYNC_CONNECTION_CONNECTED, NULL);
    with(&h, "session_expire", "");
    assert_int_equal(host_run(&h, EXPORT, 0), CRMSYNC_OK);
    assert_int_equal(host_run(&h, CRMSYNC_PHASE_DISCONNECT, 0), CRMSYNC_OK);
    assert_int_equal(host_run(&h, EXPORT, 0), CRMSYNC_E_STATE); /* and stays so until asked */
    expect_in(h.last_remedy, "CRMSYNC_PHASE_CONNECT");
    assert_int_equal(host_run(&h, CONNECT | EXPORT, 0), CRMSYNC_OK);
    end(&s, &h);
}

static void test_unattended__login_of_another_org__never_written_to(void **state)
{
    static const char config[] = CONFIG(",\"flow\":\"client_credentials\"", "");
    scene s;
    host h;
    orgsim_options o = {.org_id = "00D000000000999EAA"};
    (void)state;
    begin(&s, &h, config);
    secret(&h, "client_secret", "orgsim-secret");
    assert_int_equal(host_run(&h, CONNECT, 0), CRMSYNC_OK);
    orgsim *other = orgsim_new(&o);
    orgsim_set_now(other, s.clock.wall_ms);
    orgsim_transport *way = orgsim_transport_new(other, &s.clock);
    h.hooks.transport_ctx = way; /* the login host leads to another org from now on */
    scene_put(&s, "person", jane);
    assert_int_equal(host_run(&h, EXPORT, 0), CRMSYNC_E_STATE);
    expect_in(h.last_error, "belongs to org 00D000000000001");
    assert_int_equal(orgsim_count(other, "Lead", NULL), 0);
    again(&s, &h, config);
    assert_int_equal(host_run(&h, EXPORT, 0), CRMSYNC_OK);
    assert_int_equal(scene_rows(&s, "Lead", NULL), 1);
    end(&s, &h);
    orgsim_transport_free(way);
    orgsim_free(other);
}

#define PASSWORD                                                                                   \
    CONFIG(",\"flow\":\"password\",\"allow_password\":true,\"username\":\"integration@example.com\"", "")

static void test_password__connects_and_tells_what_is_wrong_apart(void **state)
{
    static const struct {
        const char *token_error, *remedy;
    } cases[] = {
        {"invalid_grant:authentication failure - Invalid Password", "Check user name, password"},
        {"invalid_grant:INVALID_LOGIN: Invalid username, password, security token; or user locked out.",
         "security token"},
        {"invalid_grant:password has expired", "must set a new password"},
        {"invalid_grant:Multi-Factor Authentication is required", "jwt_bearer or client_credentials"},
        {"unsupported_grant_type:password flow is disabled", "blocks logins by password"},
    };
    scene s;
    host h;
    (void)state;
    begin(&s, &h, PASSWORD);
    secret(&h, "client_secret", "orgsim-secret");
    assert_int_equal(host_run(&h, CONNECT, 0), CRMSYNC_E_STATE);
    expect_in(h.last_error, "the secret password is not set");
    secret(&h, "password", "wrong");
    secret(&h, "security_token", "token");
    assert_int_equal(host_run(&h, CONNECT, 0), CRMSYNC_E_AUTH);
    assert_null(strstr(h.last_error, "wrong"));
    expect_state(&h, CRMSYNC_CONNECTION_BLOCKED, "Check user name, password");
    secret(&h, "password", "secret");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        with(&h, "token_error", cases[i].token_error);
        assert_int_equal(host_run(&h, CONNECT, 0), CRMSYNC_E_AUTH);
        expect_state(&h, CRMSYNC_CONNECTION_BLOCKED, cases[i].remedy);
    }
    with(&h, "token_error", "off");
    assert_int_equal(host_run(&h, CONNECT, 0), CRMSYNC_OK);
    scene_put(&s, "person", jane);
    assert_int_equal(host_run(&h, EXPORT, 0), CRMSYNC_OK);
    assert_int_equal(scene_rows(&s, "Lead", NULL), 1);
    end(&s, &h);
}

static void test_password__not_allowed__neither_kept_nor_configured(void **state)
{
    scene s;
    host h;
    crmsync_config *config = NULL;
    crmsync_error *err = NULL;
    (void)state;
    begin(&s, &h, plain);
    assert_int_equal(crmsync_workspace_set_secret(h.workspace, str("password"), str("x"), &err),
                     CRMSYNC_E_STATE);
    crmsync_error_free(err);
    err = NULL;
    assert_int_equal(scene_entries(&s, CRMSYNC_SPACE_SECRET, ""), 0);
    assert_int_equal(
        crmsync_config_parse(NULL, str("{\"connection\":{\"flow\":\"password\"}}"), &config, &err),
        CRMSYNC_E_INVALID);
    assert_true(is(crmsync_error_where(err), "/connection/flow"));
    crmsync_error_free(err);
    end(&s, &h);
}

/* ---- forgetting ---- */

static size_t entries_left(scene *s)
{
    size_t n = 0;
    for (uint32_t space = CRMSYNC_SPACE_META; space <= CRMSYNC_SPACE_UNDO; space++) {
        if (space != CRMSYNC_SPACE_LEASE)
            n += scene_entries(s, space, "");
    }
    return n;
}

static int32_t purge(host *h, const char *acknowledge)
{
    crmsync_job_options o = CRMSYNC_JOB_OPTIONS_INIT;
    o.phases = CRMSYNC_PHASE_DISCONNECT;
    o.flags = CRMSYNC_JOB_PURGE;
    o.acknowledge = str(acknowledge);
    return job(h, &o);
}

static void test_purge__acknowledged__forgets_all_and_may_connect_again(void **state)
{
    scene s;
    host h;
    (void)state;
    begin(&s, &h, plain);
    assert_int_equal(come_back(&h, true), CRMSYNC_OK);
    scene_put(&s, "person", jane);
    assert_int_equal(host_run(&h, CRMSYNC_PHASE_SYNC, 0), CRMSYNC_OK);
    assert_int_equal(scene_entries(&s, CRMSYNC_SPACE_LINK, ""), 1);
    assert_int_equal(purge(&h, "updates"), CRMSYNC_E_STATE);
    expect_in(h.last_remedy, "purge");
    assert_int_equal(host_run(&h, EXPORT, CRMSYNC_JOB_PURGE), CRMSYNC_E_INVALID);
    assert_int_equal(scene_entries(&s, CRMSYNC_SPACE_LINK, ""), 1);
    assert_int_equal(purge(&h, "purge"), CRMSYNC_OK);
    assert_int_equal(entries_left(&s), 1); /* the format */
    expect_state(&h, CRMSYNC_CONNECTION_NONE, NULL);
    assert_int_equal(come_back(&h, true), CRMSYNC_OK);
    assert_int_equal(host_run(&h, CRMSYNC_PHASE_SYNC, 0), CRMSYNC_OK);
    assert_int_equal(scene_rows(&s, "Lead", NULL), 1); /* found again by its address */
    end(&s, &h);
}

/* Whatever call the process dies at, the same job again ends the purge, and nothing else goes. */
static void test_purge__cut_off_anywhere__is_ended_by_the_next(void **state)
{
    (void)state;
    for (uint64_t at = 1;; at++) {
        scene s;
        host h;
        begin(&s, &h, plain);
        assert_int_equal(come_back(&h, true), CRMSYNC_OK);
        scene_put(&s, "person", jane);
        assert_int_equal(host_run(&h, CRMSYNC_PHASE_SYNC, 0), CRMSYNC_OK);
        h.hooks.counting = true;
        h.hooks.calls = 0;
        h.hooks.at = at;
        h.hooks.fault = at % 2 ? FAULT_DEATH_BEFORE : FAULT_DEATH_AFTER;
        purge(&h, "purge");
        bool hit = h.hooks.hit;
        host_stop(&h);
        scene_pass(&s, 10 * 60 * 1000);
        host_start(&h, &s, false);
        assert_int_equal(host_open(&h), CRMSYNC_OK);
        if (hit && scene_entries(&s, CRMSYNC_SPACE_LINK, "") == 0 && entries_left(&s) > 1)
            assert_int_equal(host_run(&h, CRMSYNC_PHASE_SYNC, 0), CRMSYNC_E_STATE);
        assert_int_equal(purge(&h, "purge"), CRMSYNC_OK);
        assert_int_equal(entries_left(&s), 1);
        end(&s, &h);
        if (!hit)
            break;
    }
}

/* Whatever call the process dies at while it connects, another one comes to the same end. */
static void test_connect__cut_off_anywhere__another_process_ends_it(void **state)
{
    (void)state;
    for (uint64_t at = 1;; at++) {
        scene s;
        host h;
        begin(&s, &h, plain);
        secret(&h, "client_secret", "orgsim-secret");
        h.hooks.counting = true;
        h.hooks.calls = 0;
        h.hooks.at = at;
        h.hooks.fault = at % 2 ? FAULT_DEATH_AFTER : FAULT_DEATH_BEFORE;
        crmsync_job_options o = CRMSYNC_JOB_OPTIONS_INIT;
        crmsync_str url = {NULL, 0};
        char *back = NULL;
        if (crmsync_workspace_authorize_url(h.workspace, (crmsync_str){NULL, 0}, &url, NULL) ==
            CRMSYNC_OK)
            back = orgsim_browser_allow(s.org, url.ptr);
        o.phases = CONNECT;
        o.redirect_url = str(back ? back : "");
        if (back)
            job(&h, &o);
        bool hit = h.hooks.hit;
        host_stop(&h);
        scene_pass(&s, 10 * 60 * 1000);
        host_start(&h, &s, false);
        assert_int_equal(host_open(&h), CRMSYNC_OK);
        int32_t rc = host_run(&h, CONNECT, 0); /* with the tokens that came, if they did */
        if (rc)
            rc = come_back(&h, true);
        assert_int_equal(rc, CRMSYNC_OK);
        scene_put(&s, "person", jane);
        assert_int_equal(host_run(&h, EXPORT, 0), CRMSYNC_OK);
        assert_int_equal(scene_rows(&s, "Lead", NULL), 1);
        orgsim_string_free(back);
        end(&s, &h);
        if (!hit)
            break;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_connect__done__tells_org_edition_user_and_scopes),
        cmocka_unit_test(test_connect__probe_lost__ends_with_the_tokens_at_hand),
        cmocka_unit_test(test_connect__api_off__remedy_of_the_edition),
        cmocka_unit_test(test_connect__sandbox_for_production__refused_and_tokens_given_back),
        cmocka_unit_test(test_steps__taken_too_early__name_the_missing_one),
        cmocka_unit_test(test_switches__off__refused_and_nothing_lost),
        cmocka_unit_test(test_exclusive__another_crm_active__refused_either_way),
        cmocka_unit_test(test_refusals__of_a_login__each_with_its_remedy),
        cmocka_unit_test(test_consent__declined__a_connection_that_works_goes_on),
        cmocka_unit_test(test_client_credentials__connect_by_themselves),
        cmocka_unit_test(test_unattended__login_of_another_org__never_written_to),
        cmocka_unit_test(test_password__connects_and_tells_what_is_wrong_apart),
        cmocka_unit_test(test_password__not_allowed__neither_kept_nor_configured),
        cmocka_unit_test(test_connect__cut_off_anywhere__another_process_ends_it),
        cmocka_unit_test(test_purge__acknowledged__forgets_all_and_may_connect_again),
        cmocka_unit_test(test_purge__cut_off_anywhere__is_ended_by_the_next),
    };
    return cmocka_run_group_tests_name("connect", tests, NULL, NULL);
}
