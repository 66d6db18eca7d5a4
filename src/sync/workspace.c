#include <string.h>

#include "sync/workspace.h"

#include "base/crypto.h"
#include "sync/job.h"

#define NAME_MAX_LEN 128

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

const crmsync_alloc *crmi_workspace_alloc(const crmsync_workspace *ws)
{
    return &ws->engine->alloc;
}

/* A random name: two workers must never take each other's leases for their own. */
static int32_t name_worker(crmsync_workspace *ws, crmsync_error **err)
{
    unsigned char bytes[16];
    crmi_buf hex;
    int32_t rc = ws->engine->env.random(ws->engine->env_ctx, bytes, sizeof bytes, err);
    if (rc)
        return rc;
    crmi_buf_init(&hex, crmi_workspace_alloc(ws));
    crmi_buf_hex(&hex, (crmsync_str){(const char *)bytes, sizeof bytes});
    if (crmi_buf_ok(&hex))
        memcpy(ws->worker, hex.ptr, sizeof ws->worker);
    else
        rc = crmi_fail_nomem(err);
    crmi_buf_clear(&hex);
    return rc;
}

static int32_t workspace_start(crmsync_workspace *ws, crmsync_str name, crmsync_error **err)
{
    const crmsync_alloc *alloc = crmi_workspace_alloc(ws);
    if (!crmi_str_dup(alloc, name, &ws->name))
        return crmi_fail_nomem(err);
    ws->store = (crmi_store){&ws->engine->state, ws->engine->state_ctx, alloc, ws->name,
                             crmi_engine_random(ws->engine), NULL};
    ws->secrets = (crmi_secrets){&ws->store, &ws->engine->env, ws->engine->env_ctx};
    int32_t rc = name_worker(ws, err);
    if (!rc)
        rc = crmsync_config_normalizer(ws->config, alloc, &ws->normalizer, err);
    if (!rc)
        rc = crmi_meta_open(&ws->store, err);
    if (!rc)
        rc = crmi_conn_get(&ws->store, &ws->conn, err);
    return rc;
}

static void workspace_free(crmsync_workspace *ws)
{
    const crmsync_alloc *alloc = crmi_workspace_alloc(ws);
    crmi_workspace_close_session(ws);
    crmsync_normalizer_free(ws->normalizer);
    crmsync_schema_free(ws->schema);
    crmi_arena_clear(&ws->owner_arena);
    crmi_conn_clear(&ws->conn);
    crmi_buf_wipe(&ws->text);
    crmi_str_drop(alloc, &ws->name);
    CRMI_DELETE(alloc, ws);
}

int32_t crmsync_workspace_open(crmsync_engine *engine, crmsync_str name,
                               const crmsync_config *config, crmsync_workspace **out,
                               crmsync_error **err)
{
    if (!out)
        return crmi_fail(err, CRMSYNC_E_INVALID, "out is NULL");
    *out = NULL;
    if (!engine || !config)
        return crmi_fail(err, CRMSYNC_E_INVALID, "engine or configuration is NULL");
    if (name.len == 0 || name.len > NAME_MAX_LEN || !crmi_str_utf8_valid(name, NULL))
        return crmi_fail(err, CRMSYNC_E_INVALID,
                         "a workspace's name has 1 to %d bytes of UTF-8, this one %zu", NAME_MAX_LEN,
                         name.len);
    int32_t rc = crmi_engine_enter(engine, err);
    if (rc)
        return rc;
    crmsync_workspace *ws = CRMI_NEW(&engine->alloc, crmsync_workspace);
    if (!ws) {
        rc = crmi_fail_nomem(err);
    } else {
        ws->engine = engine;
        ws->config = config;
        crmi_arena_init(&ws->owner_arena, &engine->alloc);
        crmi_conn_init(&ws->conn, &engine->alloc);
        crmi_buf_init(&ws->text, &engine->alloc);
        crmi_buf_init(&ws->login_url, &engine->alloc);
        crmi_buf_init(&ws->client_secret, &engine->alloc);
        crmi_buf_init(&ws->private_key, &engine->alloc);
        rc = workspace_start(ws, name, err);
        if (rc)
            workspace_free(ws);
        else
            *out = ws;
    }
    crmi_engine_leave(engine);
    return rc;
}

void crmsync_workspace_close(crmsync_workspace *workspace)
{
    if (workspace)
        workspace_free(workspace);
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
        .since_ms = conn->since_ms,
        .org_id = conn->org_id,
        .user_id = conn->user_id,
        .instance_url = conn->instance_url,
        .message = conn->message,
        .remedy = conn->remedy};
    memcpy(out, &now, out->struct_size < sizeof now ? out->struct_size : sizeof now);
    return CRMSYNC_OK;
}

int32_t crmsync_workspace_set_secret(crmsync_workspace *workspace, crmsync_str name,
                                     crmsync_str value, crmsync_error **err)
{
    if (!workspace)
        return crmi_fail(err, CRMSYNC_E_INVALID, "workspace is NULL");
    if (!crmi_str_is(name, "client_secret") && !crmi_str_is(name, "private_key"))
        return crmi_fail(err, CRMSYNC_E_INVALID,
                         "no secret is called \"%.*s\"; there are client_secret and private_key",
                         CRMI_SPELL(name));
    int32_t rc = crmi_engine_enter(workspace->engine, err);
    if (rc)
        return rc;
    rc = crmi_secret_put(&workspace->secrets, name, value, err);
    crmi_engine_leave(workspace->engine);
    return rc;
}

int32_t crmi_workspace_set_connection(crmsync_workspace *ws, uint32_t state,
                                      const crmsync_error *cause, crmsync_error **err)
{
    crmi_conn *conn = &ws->conn;
    crmi_commit commit;
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
    return rc ? rc : crmi_conn_get(&ws->store, conn, err);
}

static int32_t open_login_url(crmsync_workspace *ws, crmsync_error **err)
{
    const crmsync_config *c = ws->config;
    crmsync_str domain = c->connection.login_host.len ? c->connection.login_host
                                                      : c->connection.my_domain;
    crmi_buf_reset(&ws->login_url);
    return crmi_auth_login_url(&ws->login_url, domain,
                               c->connection.sandbox ? CRMI_ENV_SANDBOX : CRMI_ENV_PRODUCTION,
                               c->connection.allow_loopback_http, err);
}

static int32_t open_secrets(crmsync_workspace *ws, crmsync_error **err)
{
    int32_t rc = crmi_secret_get(&ws->secrets, CRMI_STR("client_secret"), &ws->client_secret, NULL,
                                 err);
    if (!rc)
        rc = crmi_secret_get(&ws->secrets, CRMI_STR("private_key"), &ws->private_key, NULL, err);
    return rc;
}

int32_t crmi_workspace_open_session(crmsync_workspace *ws, crmsync_error **err)
{
    const crmsync_config *c = ws->config;
    if (ws->session_open)
        return CRMSYNC_OK;
    if (c->connection.client_id.len == 0)
        return crmi_fail_at(err, CRMSYNC_E_STATE, CRMI_STR("/connection/client_id"),
                            "Set the consumer key of the connected app.",
                            "the configuration names no client_id");
    int32_t rc = open_login_url(ws, err);
    if (!rc)
        rc = open_secrets(ws, err);
    if (rc)
        return rc;
    ws->session_options = (crmi_session_options){
        .client = {crmi_buf_str(&ws->login_url), c->connection.client_id,
                   crmi_buf_str(&ws->client_secret)},
        .grant = c->connection.flow == CRMI_FLOW_JWT_BEARER ? CRMI_GRANT_JWT : CRMI_GRANT_REFRESH,
        .username = c->connection.username,
        .private_key = crmi_buf_str(&ws->private_key),
        .api_version = c->connection.api_version,
        .connection = CRMI_STR("salesforce"),
        .worker = crmi_str(ws->worker),
        .loopback_http = c->connection.allow_loopback_http,
    };
    rc = crmi_session_init(&ws->session, &ws->engine->pump, &ws->store, &ws->session_options, err);
    if (rc)
        return rc;
    crmi_governor_options budget = {.daily_share = c->limits.daily_share,
                                    .pause_ms = (uint64_t)c->limits.pause_min * 60000u};
    crmi_governor_init(&ws->governor, &budget);
    crmi_calls_init(&ws->calls, &ws->session, &ws->governor, crmi_engine_random(ws->engine), NULL);
    ws->session.secrets = ws->secrets;
    ws->session_open = true;
    return CRMSYNC_OK;
}

void crmi_workspace_close_session(crmsync_workspace *ws)
{
    if (ws->session_open)
        crmi_session_clear(&ws->session);
    ws->session_open = false;
    crmi_buf_wipe(&ws->client_secret);
    crmi_buf_wipe(&ws->private_key);
    crmi_buf_clear(&ws->login_url);
}

int64_t crmi_workspace_server_now(const crmsync_workspace *ws)
{
    if (!ws->server_ms)
        return crmi_engine_wall(ws->engine);
    return ws->server_ms + (int64_t)(crmi_engine_mono(ws->engine) - ws->server_mono);
}

/* Date has whole seconds: our own count is finer, so it is kept while the two agree. */
#define DATE_STEP_MS 2000

void crmi_workspace_heard(crmsync_workspace *ws, const crmi_response *response)
{
    int64_t ahead = ws->server_ms ? crmi_workspace_server_now(ws) - response->date_ms : 0;
    if (!response->date_ms || (ahead > 0 && ahead < DATE_STEP_MS))
        return;
    ws->server_ms = response->date_ms;
    ws->server_mono = crmi_engine_mono(ws->engine);
}

crmsync_str crmi_workspace_api_version(const crmsync_workspace *ws)
{
    return ws->config->connection.api_version;
}

crmi_decide_env crmi_workspace_decide_env(const crmsync_workspace *ws)
{
    return (crmi_decide_env){
        .alloc = crmi_workspace_alloc(ws),
        .config = ws->config,
        .schema = ws->schema,
        .normalizer = ws->normalizer,
        .owners = ws->owners,
        .owner_count = ws->owner_count,
        .integration_user = ws->conn.user_id,
        .now_ms = crmi_workspace_server_now(ws),
    };
}
