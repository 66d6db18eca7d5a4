/* The web-server flow's first half: the address that the user's browser is sent to. */
#include "base/crypto.h"
#include "sync/connection.h"

#define VERIFIER_BYTES 48 /* 64 characters of base64url */
#define STATE_BYTES 24

static int32_t random_text(crmsync_workspace *ws, size_t n, crmi_buf *out, crmsync_error **err)
{
    unsigned char bytes[64];
    int32_t rc = ws->engine->env.random(ws->engine->env_ctx, bytes, n, err);
    if (rc)
        return rc;
    crmi_buf_base64url(out, (crmsync_str){(const char *)bytes, n});
    crmi_wipe(bytes, sizeof bytes);
    return crmi_buf_ok(out) ? CRMSYNC_OK : crmi_fail_nomem(err);
}

static int32_t scope_text(const crmsync_config *config, crmi_buf *out)
{
    for (size_t i = 0; i < config->connection.scope_count; i++) {
        if (i)
            crmi_buf_char(out, ' ');
        crmi_buf_add(out, config->connection.scopes[i]);
    }
    return crmi_buf_ok(out) ? CRMSYNC_OK : CRMSYNC_E_NOMEM;
}

/* State and verifier wait sealed for the redirect: the process that gets it may be another one. */
static int32_t pending_keep(crmsync_workspace *ws, crmsync_str state, crmsync_str verifier,
                            crmsync_error **err)
{
    crmi_buf text;
    crmi_buf_init(&text, crmi_workspace_alloc(ws));
    crmi_buf_add(&text, state);
    crmi_buf_char(&text, ' ');
    crmi_buf_add(&text, verifier);
    int32_t rc = crmi_buf_ok(&text)
                     ? crmi_secret_put(&ws->secrets, CRMI_PENDING_SECRET, crmi_buf_str(&text), err)
                     : crmi_fail_nomem(err);
    crmi_buf_wipe(&text);
    return rc;
}

static int32_t authorize_url(crmsync_workspace *ws, crmsync_str prompt, crmsync_error **err)
{
    crmi_buf state, verifier, scope;
    const crmsync_alloc *alloc = crmi_workspace_alloc(ws);
    crmi_buf_init(&state, alloc);
    crmi_buf_init(&verifier, alloc);
    crmi_buf_init(&scope, alloc);
    int32_t rc = crmi_conn_get(&ws->store, &ws->conn, err);
    if (!rc)
        rc = crmi_connection_may_connect(ws, err);
    if (!rc)
        rc = crmi_workspace_open_session(ws, err);
    if (!rc)
        rc = random_text(ws, STATE_BYTES, &state, err);
    if (!rc)
        rc = random_text(ws, VERIFIER_BYTES, &verifier, err);
    if (!rc && scope_text(ws->config, &scope))
        rc = crmi_fail_nomem(err);
    if (!rc) {
        crmi_auth_authorize a = {
            .login_url = crmi_buf_str(&ws->login_url),
            .client_id = ws->config->connection.client_id,
            .redirect_uri = ws->config->connection.redirect_uri,
            .scope = crmi_buf_str(&scope),
            .state = crmi_buf_str(&state),
            .verifier = crmi_buf_str(&verifier),
            .prompt = prompt,
        };
        crmi_buf_reset(&ws->text);
        rc = crmi_auth_authorize_url(&ws->text, &a, err);
    }
    if (!rc)
        rc = pending_keep(ws, crmi_buf_str(&state), crmi_buf_str(&verifier), err);
    if (!rc && ws->conn.state != CRMI_CONN_CONNECTED)
        rc = crmi_workspace_set_connection(ws, CRMI_CONN_PENDING, NULL, err);
    crmi_buf_wipe(&state);
    crmi_buf_wipe(&verifier);
    crmi_buf_clear(&scope);
    return rc;
}

int32_t crmsync_workspace_authorize_url(crmsync_workspace *workspace, crmsync_str prompt,
                                        crmsync_str *url, crmsync_error **err)
{
    if (!workspace || !url)
        return crmi_fail(err, CRMSYNC_E_INVALID, "workspace or url is NULL");
    *url = CRMI_STR_EMPTY;
    if (crmi_connection_unattended(workspace->config))
        return crmi_fail_at(err, CRMSYNC_E_STATE, CRMI_STR("/connection/flow"),
                            "Run a job with CRMSYNC_PHASE_CONNECT at once.",
                            "this flow has no authorization page");
    int32_t rc = crmi_engine_enter(workspace->engine, err);
    if (rc)
        return rc;
    rc = authorize_url(workspace, prompt, err);
    crmi_engine_leave(workspace->engine);
    if (!rc)
        *url = crmi_buf_str(&workspace->text);
    return rc;
}
