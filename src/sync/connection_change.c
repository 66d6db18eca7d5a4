/* What becomes of a connection: made with an org, or lost by a refusal. */
#include "sync/connection.h"

int32_t crmi_connection_org_fits(crmsync_workspace *ws, const crmi_org_facts *facts,
                                 crmsync_error **err)
{
    bool sandbox = ws->config->connection.sandbox;
    int32_t rc = crmi_session_org_check(&ws->session, ws->session.org_id, err);
    if (rc || !facts->org_read || facts->sandbox == sandbox)
        return rc;
    crmi_fail(err, CRMSYNC_E_STATE, "%.*s is a %s org, and the connection is configured for %s",
              CRMI_SPELL(facts->org_name), facts->sandbox ? "sandbox" : "production",
              sandbox ? "a sandbox" : "production");
    crmi_error_set_where(err, CRMI_STR("/connection/environment"));
    crmi_error_set_remedy(err, sandbox ? CRMI_STR("Log in to the sandbox, by its own My Domain or "
                                                  "test.salesforce.com; or set the environment to "
                                                  "production.")
                                       : CRMI_STR("Log in to the production org; or set the "
                                                  "environment to sandbox, in a workspace of its "
                                                  "own."));
    return CRMSYNC_E_STATE;
}

int32_t crmi_connection_made(crmsync_workspace *ws, const crmi_org_facts *facts,
                             crmsync_error **err)
{
    crmi_conn *conn = &ws->conn;
    const crmi_session *s = &ws->session;
    const struct {
        crmsync_str *to;
        crmsync_str value;
    } members[] = {
        {&conn->crm, CRMI_STR("salesforce")},
        {&conn->org_id, s->org_id},
        {&conn->user_id, s->user_id},
        {&conn->instance_url, s->instance_url},
        {&conn->login_host, crmi_buf_str(&ws->login_url)},
        {&conn->api_version, ws->config->connection.api_version},
        {&conn->scopes, s->scope},
        {&conn->environment,
         ws->config->connection.sandbox ? CRMI_STR("sandbox") : CRMI_STR("production")},
        {&conn->org_name, facts->org_read ? facts->org_name : conn->org_name},
        {&conn->edition, facts->org_read ? facts->edition : conn->edition},
        {&conn->username, facts->user_read ? facts->username : conn->username},
    };
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        if (crmi_conn_set(conn, members[i].to, members[i].value))
            return crmi_fail_nomem(err);
    }
    int32_t rc = crmi_workspace_set_connection(ws, CRMI_CONN_CONNECTED, NULL, err);
    return rc ? rc : crmi_workspace_expect_org(ws, err);
}

static bool api_off(crmsync_str code)
{
    return crmi_str_is(code, "API_DISABLED_FOR_ORG") || crmi_str_is(code, "API_CURRENTLY_DISABLED");
}

/* What is known here and not in the tables: the package's address, the edition. */
static void reword(crmsync_workspace *ws, uint32_t verdict, crmsync_error **err)
{
    const crmsync_config *c = ws->config;
    crmsync_str url = c->connection.sandbox ? c->connection.package_url_sandbox
                                            : c->connection.package_url;
    char remedy[1400];
    if (verdict == CRMI_AUTH_APP_NOT_INSTALLED && url.len) {
        snprintf(remedy, sizeof remedy,
                 "Install the app's package in this org for all users, from %.*s, then connect again.",
                 CRMI_SPELL(url));
        crmi_error_set_remedy(err, crmi_str(remedy));
    } else if (crmi_str_is(crmsync_error_salesforce_code(*err), "API_DISABLED_FOR_ORG")) {
        crmi_error_set_remedy(err, crmi_str(crmi_edition_remedy(ws->conn.edition)));
    }
}

/* CRMI_CONN_*; the present state where nothing changes. */
static uint32_t state_after(const crmsync_workspace *ws, uint32_t verdict, const crmsync_error *err)
{
    if (api_off(crmsync_error_salesforce_code(err)))
        return CRMI_CONN_BLOCKED;
    if (crmsync_error_code(err) != CRMSYNC_E_AUTH)
        return ws->conn.state;
    if (crmi_auth_blocks(verdict))
        return CRMI_CONN_BLOCKED;
    return ws->conn.state == CRMI_CONN_CONNECTED ? CRMI_CONN_EXPIRED : ws->conn.state;
}

void crmi_connection_failed(crmsync_job *job, crmsync_error **err)
{
    crmsync_workspace *ws = job->ws;
    uint32_t verdict = job->declined ? job->declined_why : ws->session.verdict;
    if (!err || !*err)
        return;
    reword(ws, verdict, err);
    if (job->declined && ws->conn.state == CRMI_CONN_CONNECTED)
        return;
    uint32_t state = state_after(ws, verdict, *err);
    bool refused = api_off(crmsync_error_salesforce_code(*err)) ||
                   (crmsync_error_code(*err) == CRMSYNC_E_AUTH && crmi_auth_blocks(verdict));
    if (refused || state != ws->conn.state)
        crmi_workspace_set_connection(ws, state, *err, NULL);
}
