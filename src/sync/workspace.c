#include <string.h>

#include "sync/workspace.h"

#include "base/crypto.h"
#include "sync/job.h"

#define NAME_MAX_LEN 128

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
        crmi_buf_init(&ws->org_id, &engine->alloc);
        crmi_buf_init(&ws->client_secret, &engine->alloc);
        crmi_buf_init(&ws->private_key, &engine->alloc);
        crmi_buf_init(&ws->password, &engine->alloc);
        crmi_buf_init(&ws->security_token, &engine->alloc);
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

/* By CRMI_FLOW_*. */
static const uint32_t grants[] = {
    [CRMI_FLOW_WEB_SERVER] = CRMI_GRANT_REFRESH,
    [CRMI_FLOW_JWT_BEARER] = CRMI_GRANT_JWT,
    [CRMI_FLOW_CLIENT_CREDENTIALS] = CRMI_GRANT_CLIENT,
    [CRMI_FLOW_PASSWORD] = CRMI_GRANT_PASSWORD,
};

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
        rc = crmi_workspace_open_secrets(ws, err);
    if (rc)
        return rc;
    ws->session_options = (crmi_session_options){
        .client = {crmi_buf_str(&ws->login_url), c->connection.client_id,
                   crmi_buf_str(&ws->client_secret)},
        .grant = grants[c->connection.flow],
        .username = c->connection.username,
        .private_key = crmi_buf_str(&ws->private_key),
        .password = crmi_buf_str(&ws->password),
        .security_token = crmi_buf_str(&ws->security_token),
        .api_version = c->connection.api_version,
        .connection = CRMI_STR("salesforce"),
        .worker = crmi_str(ws->worker),
        .loopback_http = c->connection.allow_loopback_http,
    };
    rc = crmi_workspace_expect_org(ws, err);
    if (!rc)
        rc = crmi_session_init(&ws->session, &ws->engine->pump, &ws->store, &ws->session_options,
                               err);
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

int32_t crmi_workspace_expect_org(crmsync_workspace *ws, crmsync_error **err)
{
    crmi_buf_reset(&ws->org_id);
    crmi_buf_add(&ws->org_id, ws->conn.org_id);
    ws->session_options.org_id = crmi_buf_str(&ws->org_id);
    return crmi_buf_ok(&ws->org_id) ? CRMSYNC_OK : crmi_fail_nomem(err);
}

void crmi_workspace_forget(crmsync_workspace *ws)
{
    crmsync_schema_free(ws->schema);
    ws->schema = NULL;
    crmi_arena_clear(&ws->owner_arena);
    ws->owners = NULL;
    ws->owner_count = 0;
    crmi_buf_reset(&ws->org_id);
    ws->session_options.org_id = CRMI_STR_EMPTY;
}

void crmi_workspace_close_session(crmsync_workspace *ws)
{
    if (ws->session_open)
        crmi_session_clear(&ws->session);
    ws->session_open = false;
    crmi_buf_wipe(&ws->client_secret);
    crmi_buf_wipe(&ws->private_key);
    crmi_buf_wipe(&ws->password);
    crmi_buf_wipe(&ws->security_token);
    crmi_buf_clear(&ws->login_url);
    crmi_buf_clear(&ws->org_id);
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
