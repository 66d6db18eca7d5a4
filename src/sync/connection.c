/* What may be done over a connection now, step by step, and what becomes of it. */
#include "sync/connection.h"

#include "sync/phases.h"

static int32_t refuse(crmsync_error **err, const char *where, const char *remedy,
                      const char *message)
{
    return crmi_fail_at(err, CRMSYNC_E_STATE, crmi_str(where), remedy, message);
}

bool crmi_connection_unattended(const crmsync_config *config)
{
    return config->connection.flow != CRMI_FLOW_WEB_SERVER;
}

/* ---- switches ---- */

static int32_t gate_switches(const crmsync_job *job, crmsync_error **err)
{
    const crmsync_config *config = job->ws->config;
    bool works = crmi_phases_work(job->phases);
    if (!config->connection.enabled && (job->phases & ~(uint32_t)CRMSYNC_PHASE_DISCONNECT))
        return refuse(err, "/connection/enabled",
                      "Say \"enabled\":true when Salesforce is to be used again; all that was waiting "
                      "goes on from there.",
                      "the connection is switched off");
    if (works && !config->data_sync)
        return refuse(err, "/data_sync",
                      "Say \"data_sync\":true when records are to be synced again; what changed "
                      "meanwhile is synced then.",
                      "the sync of records is switched off");
    if (works && !crmi_config_maps(config))
        return refuse(err, "/objects",
                      "Map at least one object, or begin with \"extends\":\"recommended\".",
                      "no object is mapped yet: there is nothing to sync");
    return CRMSYNC_OK;
}

static int32_t gate_purge(const crmsync_job *job, crmsync_error **err)
{
    bool purge = job->flags & CRMSYNC_JOB_PURGE;
    if (purge && !(job->phases & CRMSYNC_PHASE_DISCONNECT))
        return crmi_fail(err, CRMSYNC_E_INVALID,
                         "CRMSYNC_JOB_PURGE belongs to CRMSYNC_PHASE_DISCONNECT");
    if (purge && (job->phases & ~(uint32_t)CRMSYNC_PHASE_DISCONNECT))
        return crmi_fail(err, CRMSYNC_E_INVALID, "a purge is a job of its own");
    if (purge && !crmi_job_acknowledged(job, "purge"))
        return refuse(err, "acknowledge",
                      "Name \"purge\" in acknowledge if links, log and tokens of the workspace are to be "
                      "lost for good.",
                      "forgetting everything needs a word of confirmation");
    if (!purge && job->ws->conn.purging)
        return refuse(err, "", "Run the job with CRMSYNC_PHASE_DISCONNECT and CRMSYNC_JOB_PURGE to its "
                               "end.",
                      "a purge of this workspace was begun and has not ended");
    return CRMSYNC_OK;
}

/* ---- what connecting needs ---- */

static int32_t secret_there(crmsync_workspace *ws, const char *name, const char *remedy,
                            crmsync_error **err)
{
    crmi_buf value;
    char message[80];
    crmi_buf_init(&value, crmi_workspace_alloc(ws));
    int32_t rc = crmi_secret_get(&ws->secrets, crmi_str(name), &value, NULL, err);
    if (!rc && value.len == 0) {
        snprintf(message, sizeof message, "the secret %s is not set", name);
        rc = refuse(err, name, remedy, message);
    }
    crmi_buf_wipe(&value);
    return rc;
}

/* What each flow needs, by CRMI_FLOW_*. */
static const struct {
    bool username, own_host;
    const char *secret;
} flows[] = {
    [CRMI_FLOW_WEB_SERVER] = {false, false, NULL},
    [CRMI_FLOW_JWT_BEARER] = {true, false, "private_key"},
    [CRMI_FLOW_CLIENT_CREDENTIALS] = {false, true, "client_secret"},
    [CRMI_FLOW_PASSWORD] = {true, false, "password"},
};

static int32_t flow_ready(crmsync_workspace *ws, crmsync_error **err)
{
    const crmsync_config *c = ws->config;
    uint32_t flow = c->connection.flow;
    bool host = c->connection.my_domain.len || c->connection.login_host.len;
    if (!c->connection.client_id.len)
        return refuse(err, "/connection/client_id",
                      "Set the consumer key of the app, installed in the org.",
                      "the configuration names no client_id");
    if (flow == CRMI_FLOW_WEB_SERVER && !c->connection.redirect_uri.len)
        return refuse(err, "/connection/redirect_uri",
                      "Set the callback address of the app that the browser returns to.",
                      "the configuration names no redirect_uri");
    if (flows[flow].own_host && !host)
        return refuse(err, "/connection/my_domain", "Set the org's My Domain.",
                      "this flow asks the org's own login host, which is not known");
    if (flows[flow].username && !c->connection.username.len)
        return refuse(err, "/connection/username", "Name the integration user.",
                      "the configuration names no username");
    if (flows[flow].secret)
        return secret_there(ws, flows[flow].secret, "Set it by crmsync_workspace_set_secret().",
                            err);
    return CRMSYNC_OK;
}

static int32_t no_other_crm(crmsync_workspace *ws, crmsync_error **err)
{
    crmi_buf name;
    if (!ws->config->connection.exclusive)
        return CRMSYNC_OK;
    crmi_buf_init(&name, crmi_workspace_alloc(ws));
    int32_t rc = crmi_other_crm(&ws->store, &name, err);
    if (!rc && name.len) {
        crmi_fail(err, CRMSYNC_E_STATE, "%.*s is the active CRM of this workspace",
                  CRMI_SPELL(crmi_buf_str(&name)));
        crmi_error_set_where(err, CRMI_STR("/connection/exclusive"));
        crmi_error_set_remedy(err, CRMI_STR("Disconnect it first and say so by "
                                            "crmsync_workspace_set_other_crm(), or allow several "
                                            "by \"exclusive\":false."));
        rc = CRMSYNC_E_STATE;
    }
    crmi_buf_clear(&name);
    return rc;
}

int32_t crmi_connection_may_connect(crmsync_workspace *ws, crmsync_error **err)
{
    int32_t rc = CRMSYNC_OK;
    if (!ws->config->connection.enabled)
        rc = refuse(err, "/connection/enabled",
                    "Say \"enabled\":true when Salesforce is to be used again.",
                    "the connection is switched off");
    else if (ws->conn.purging)
        rc = refuse(err, "", "Run the job with CRMSYNC_PHASE_DISCONNECT and CRMSYNC_JOB_PURGE to its "
                             "end.",
                    "a purge of this workspace was begun and has not ended");
    if (!rc)
        rc = no_other_crm(ws, err);
    return rc ? rc : flow_ready(ws, err);
}

/* ---- the step that is missing ---- */

#define AUTHORIZE                                                                                 \
    "Send the user to crmsync_workspace_authorize_url(), then run a job with CRMSYNC_PHASE_CONNECT."
#define CONNECT "Run a job with CRMSYNC_PHASE_CONNECT."

/* By CRMI_CONN_*: what is said to a job that comes too early, and what comes next for a person. */
static const struct {
    const char *message, *remedy;
} missing[] = {
    [CRMI_CONN_NONE] = {"the workspace is not connected to an org", AUTHORIZE},
    [CRMI_CONN_PENDING] = {"not connected: the user has not come back from the login page yet",
                           "Hand the address the browser came back with to a job with "
                           "CRMSYNC_PHASE_CONNECT, or begin again with "
                           "crmsync_workspace_authorize_url()."},
    [CRMI_CONN_CONNECTED] = {"", ""},
    [CRMI_CONN_EXPIRED] = {"the authorization has ended", AUTHORIZE},
    [CRMI_CONN_DISCONNECTED] = {"the workspace was disconnected", AUTHORIZE},
    [CRMI_CONN_BLOCKED] = {"the org refuses the connection", CONNECT},
};

int32_t crmi_connection_missing(const crmsync_workspace *ws, crmsync_error **err)
{
    const crmi_conn *conn = &ws->conn;
    uint32_t state = conn->state;
    crmi_fail(err, CRMSYNC_E_STATE, "%s%s%.*s", missing[state].message,
              conn->message.len ? ": " : "", CRMI_SPELL(conn->message));
    crmi_error_set_remedy(err, conn->remedy.len                          ? conn->remedy
                               : crmi_connection_unattended(ws->config) ? CRMI_STR(CONNECT)
                                                                         : crmi_str(missing[state].remedy));
    return CRMSYNC_E_STATE;
}

int32_t crmi_connection_gate(crmsync_job *job, crmsync_error **err)
{
    crmsync_workspace *ws = job->ws;
    uint32_t aside = CRMSYNC_PHASE_CONNECT | CRMSYNC_PHASE_DISCONNECT;
    bool over_it = job->phases & ~aside;
    int32_t rc = crmi_conn_get(&ws->store, &ws->conn, err);
    if (!rc)
        rc = gate_purge(job, err);
    if (!rc)
        rc = gate_switches(job, err);
    if (rc)
        return rc;
    if (over_it && ws->conn.state != CRMI_CONN_CONNECTED &&
        ws->conn.state != CRMI_CONN_DISCONNECTED && crmi_connection_unattended(ws->config))
        job->phases |= CRMSYNC_PHASE_CONNECT;
    if (job->phases & CRMSYNC_PHASE_CONNECT)
        return crmi_connection_may_connect(ws, err);
    return over_it && ws->conn.state != CRMI_CONN_CONNECTED ? crmi_connection_missing(ws, err) : CRMSYNC_OK;
}
