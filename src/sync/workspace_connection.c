/* The connection of a workspace as the host sees it, and the other CRMs beside it. */
#include <string.h>

#include "sync/workspace.h"

#define CRM_NAME_MAX 64

/* By stored state. */
static const struct {
    uint32_t public_state;
    const char *name;
} connection_states[] = {
    [CRMI_CONN_NONE] = {CRMSYNC_CONNECTION_NONE, "none"},
    [CRMI_CONN_PENDING] = {CRMSYNC_CONNECTION_PENDING, "pending"},
    [CRMI_CONN_CONNECTED] = {CRMSYNC_CONNECTION_CONNECTED, "connected"},
    [CRMI_CONN_EXPIRED] = {CRMSYNC_CONNECTION_EXPIRED, "expired"},
    [CRMI_CONN_DISCONNECTED] = {CRMSYNC_CONNECTION_DISCONNECTED, "disconnected"},
    [CRMI_CONN_BLOCKED] = {CRMSYNC_CONNECTION_BLOCKED, "blocked"},
};
enum { CONNECTION_STATES = sizeof connection_states / sizeof connection_states[0] };

const char *crmsync_connection_name(uint32_t state)
{
    for (size_t i = 0; i < CONNECTION_STATES; i++) {
        if (connection_states[i].public_state == state)
            return connection_states[i].name;
    }
    return "unknown";
}

int32_t crmsync_workspace_connection(crmsync_workspace *workspace, crmsync_connection *out,
                                     crmsync_error **err)
{
    if (!workspace || !out || out->struct_size < sizeof out->struct_size)
        return crmi_fail(err, CRMSYNC_E_INVALID,
                         "workspace or out is NULL, or its struct_size is not set");
    const crmi_conn *conn = &workspace->conn;
    int32_t rc = crmi_engine_enter(workspace->engine, err);
    if (rc)
        return rc;
    rc = crmi_conn_get(&workspace->store, &workspace->conn, err);
    crmi_engine_leave(workspace->engine);
    if (rc)
        return rc;
    crmsync_connection now = {
        .struct_size = out->struct_size,
        .state = conn->state < CONNECTION_STATES ? connection_states[conn->state].public_state
                                                 : CRMSYNC_CONNECTION_NONE,
        .sandbox = crmi_str_is(conn->environment, "sandbox"),
        .enabled = workspace->config->connection.enabled,
        .mapped = crmi_config_maps(workspace->config),
        .since_ms = conn->since_ms,
        .org_id = conn->org_id,
        .user_id = conn->user_id,
        .instance_url = conn->instance_url,
        .message = conn->message,
        .remedy = conn->remedy,
        .name = workspace->config->connection.name,
        .org_name = conn->org_name,
        .edition = conn->edition,
        .username = conn->username,
        .scopes = conn->scopes};
    memcpy(out, &now, out->struct_size < sizeof now ? out->struct_size : sizeof now);
    return CRMSYNC_OK;
}

/* Under the name that people know it by. */
static void tell(const crmsync_workspace *ws)
{
    const crmi_conn *conn = &ws->conn;
    crmsync_str name = ws->config->connection.name;
    crmi_engine_log(ws->engine, CRMSYNC_LOG_INFO, "connection %.*s of workspace %.*s: %s%s%.*s",
                    CRMI_SPELL(name.len ? name : CRMI_STR("salesforce")), CRMI_SPELL(ws->name),
                    connection_states[conn->state].name, conn->message.len ? ": " : "",
                    CRMI_SPELL(conn->message));
}

int32_t crmi_workspace_set_connection(crmsync_workspace *ws, uint32_t state,
                                      const crmsync_error *cause, crmsync_error **err)
{
    crmi_conn *conn = &ws->conn;
    crmi_commit commit;
    bool news = conn->state != state;
    conn->state = state;
    conn->since_ms = crmi_engine_wall(ws->engine);
    int32_t rc = crmi_conn_set(conn, &conn->message, crmsync_error_message(cause));
    if (!rc)
        rc = crmi_conn_set(conn, &conn->code, crmsync_error_salesforce_code(cause));
    if (!rc)
        rc = crmi_conn_set(conn, &conn->remedy, crmsync_error_remedy(cause));
    if (rc)
        return crmi_fail_nomem(err);
    crmi_commit_init(&commit, &ws->store);
    crmi_conn_put(&commit, conn);
    rc = crmi_commit_must(&commit, err);
    crmi_commit_clear(&commit);
    if (!rc)
        rc = crmi_conn_get(&ws->store, conn, err);
    if (!rc && news)
        tell(ws);
    return rc;
}

/* Connected, or to be connected again by the same people. */
static bool active(const crmi_conn *conn)
{
    return conn->state == CRMI_CONN_CONNECTED || conn->state == CRMI_CONN_EXPIRED ||
           (conn->state == CRMI_CONN_BLOCKED && conn->org_id.len);
}

static int32_t set_other(crmsync_workspace *ws, crmsync_str crm, bool on, crmsync_error **err)
{
    int32_t rc = crmi_conn_get(&ws->store, &ws->conn, err);
    if (!rc && on && ws->config->connection.exclusive && active(&ws->conn))
        rc = crmi_fail_at(err, CRMSYNC_E_STATE, CRMI_STR("/connection/exclusive"),
                          "Disconnect Salesforce first, or allow several by \"exclusive\":false.",
                          "Salesforce is the active CRM of this workspace");
    return rc ? rc : crmi_other_crm_set(&ws->store, crm, on, crmi_engine_wall(ws->engine), err);
}

int32_t crmsync_workspace_set_other_crm(crmsync_workspace *workspace, crmsync_str crm, int32_t active,
                                        crmsync_error **err)
{
    if (!workspace)
        return crmi_fail(err, CRMSYNC_E_INVALID, "workspace is NULL");
    if (crm.len == 0 || crm.len > CRM_NAME_MAX || !crmi_str_utf8_valid(crm, NULL) ||
        crmi_str_eq_ci(crm, CRMI_STR("salesforce")))
        return crmi_fail(err, CRMSYNC_E_INVALID,
                         "another CRM has a name of 1 to %d bytes of UTF-8 other than salesforce",
                         CRM_NAME_MAX);
    int32_t rc = crmi_engine_enter(workspace->engine, err);
    if (rc)
        return rc;
    rc = set_other(workspace, crm, active != 0, err);
    crmi_engine_leave(workspace->engine);
    return rc;
}
