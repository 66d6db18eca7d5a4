/* Connecting and disconnecting: the web-server flow with PKCE, JWT bearer, revocation. */
#include "base/crypto.h"
#include "sync/job.h"

#define VERIFIER_BYTES 48 /* 64 characters of base64url */
#define STATE_BYTES 24
#define PENDING_SECRET CRMI_STR("pending_authorization")

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
                     ? crmi_secret_put(&ws->secrets, PENDING_SECRET, crmi_buf_str(&text), err)
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
    int32_t rc = crmi_workspace_open_session(ws, err);
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
    if (workspace->config->connection.flow == CRMI_FLOW_JWT_BEARER)
        return crmi_fail_at(err, CRMSYNC_E_STATE, CRMI_STR("/connection/flow"),
                            "Run a job with CRMSYNC_PHASE_CONNECT at once.",
                            "the JWT bearer flow has no authorization page");
    int32_t rc = crmi_engine_enter(workspace->engine, err);
    if (rc)
        return rc;
    rc = authorize_url(workspace, prompt, err);
    crmi_engine_leave(workspace->engine);
    if (!rc)
        *url = crmi_buf_str(&workspace->text);
    return rc;
}

/* ---- the connect phase ---- */

typedef struct connect_task {
    crmi_task task;
    crmi_exchange *exchange;
    crmi_arena arena;
    bool renewing; /* JWT: the session gets the token */
} connect_task;

static void connect_clear(crmi_task *task)
{
    connect_task *t = (connect_task *)task;
    crmi_pump_release(&task->job->ws->engine->pump, t->exchange);
    crmi_arena_clear(&t->arena);
}

/* The org a workspace belongs to never changes silently (B-04): its links are another org's. */
static int32_t org_check(crmsync_workspace *ws, crmsync_str org_id, crmsync_error **err)
{
    if (ws->conn.org_id.len == 0 || crmi_str_eq(ws->conn.org_id, org_id))
        return CRMSYNC_OK;
    crmi_fail(err, CRMSYNC_E_STATE, "this is org %.*s, but the workspace belongs to org %.*s",
              CRMI_SPELL(org_id), CRMI_SPELL(ws->conn.org_id));
    crmi_error_set_remedy(err, CRMI_STR("Log in to the workspace's own org, or open another workspace "
                                        "for this one."));
    return CRMSYNC_E_STATE;
}

static int32_t connected(crmsync_workspace *ws, crmsync_error **err)
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
    };
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        if (crmi_conn_set(conn, members[i].to, members[i].value))
            return crmi_fail_nomem(err);
    }
    return crmi_workspace_set_connection(ws, CRMI_CONN_CONNECTED, NULL, err);
}

static int32_t connect_code_answer(crmi_task *task, crmsync_error **err);

/* Reads the redirect against what was kept, and sends the code for tokens. */
static int32_t connect_code(crmi_task *task, crmsync_error **err)
{
    connect_task *t = (connect_task *)task;
    crmsync_workspace *ws = task->job->ws;
    crmi_auth_callback callback;
    crmi_buf pending, url;
    crmi_buf_init(&pending, crmi_workspace_alloc(ws));
    crmi_buf_init(&url, crmi_workspace_alloc(ws));
    int32_t rc = crmi_secret_get(&ws->secrets, PENDING_SECRET, &pending, NULL, err);
    ptrdiff_t space = crmi_str_chr(crmi_buf_str(&pending), ' ');
    if (!rc && space < 0)
        rc = crmi_fail_at(err, CRMSYNC_E_STATE, CRMI_STR_EMPTY,
                          "Begin with crmsync_workspace_authorize_url().",
                          "no authorization was begun for this workspace");
    if (rc)
        goto done;
    crmsync_str state = crmi_str_sub(crmi_buf_str(&pending), 0, (size_t)space);
    crmsync_str verifier = crmi_str_sub(crmi_buf_str(&pending), (size_t)space + 1, pending.len);
    rc = crmi_auth_callback_read(&t->arena, task->job->redirect_url, state, &callback, err);
    if (rc)
        goto done;
    /* used up, whatever the answer: a code is good for one try */
    rc = crmi_secret_put(&ws->secrets, PENDING_SECRET, CRMI_STR_EMPTY, err);
    if (rc)
        goto done;
    crmi_request *r = crmi_task_request(task);
    rc = crmi_auth_code_request(r, &ws->session_options.client, callback.code,
                                ws->config->connection.redirect_uri, verifier, err);
    if (rc)
        goto done;
    static const crmsync_header headers[] = {
        {CRMSYNC_STR_LIT("Content-Type"), CRMSYNC_STR_LIT("application/x-www-form-urlencoded")},
        {CRMSYNC_STR_LIT("Accept"), CRMSYNC_STR_LIT("application/json")}};
    crmi_send send = {.method = r->method,
                      .url = crmi_buf_str(&r->path),
                      .body = crmi_buf_str(&r->body),
                      .headers = headers,
                      .header_count = 2,
                      .timeout_ms = 30000,
                      .flags = CRMI_EXCHANGE_SECRET};
    rc = crmi_pump_submit(&ws->engine->pump, &send, &t->exchange, err);
    task->next = connect_code_answer;
done:
    crmi_buf_wipe(&pending);
    crmi_buf_clear(&url);
    return rc;
}

static int32_t connect_code_answer(crmi_task *task, crmsync_error **err)
{
    connect_task *t = (connect_task *)task;
    crmsync_workspace *ws = task->job->ws;
    if (!t->exchange->outcome) {
        task->wake = crmi_engine_mono(ws->engine) + 50;
        return CRMSYNC_OK;
    }
    if (t->exchange->outcome != CRMSYNC_HTTP_RESPONDED) {
        crmi_fail(err, CRMSYNC_E_TRANSPORT, "the token endpoint could not be reached: %.*s",
                  CRMI_SPELL(crmi_buf_str(&t->exchange->detail)));
        crmi_error_set_remedy(err, CRMI_STR("Begin the authorization again."));
        return CRMSYNC_E_TRANSPORT;
    }
    crmi_response response = {.status = t->exchange->status, .body = crmi_buf_str(&t->exchange->body)};
    for (size_t i = 0; i < t->exchange->header_count; i++)
        crmi_response_header(&response, t->exchange->headers[i].name, t->exchange->headers[i].value);
    crmi_workspace_heard(ws, &response);
    crmi_auth_token token;
    uint32_t verdict = 0;
    crmi_auth_token_init(&token, crmi_workspace_alloc(ws));
    int32_t rc = crmi_auth_token_read(&response, ws->config->connection.allow_loopback_http, &token,
                                      &verdict, err);
    if (!rc)
        rc = org_check(ws, token.org_id, err);
    if (!rc)
        rc = crmi_session_adopt(&ws->session, &token, err);
    crmi_auth_token_clear(&token);
    if (!rc)
        rc = connected(ws, err);
    task->next = NULL;
    return rc;
}

static int32_t connect_jwt(crmi_task *task, crmsync_error **err)
{
    connect_task *t = (connect_task *)task;
    crmsync_workspace *ws = task->job->ws;
    crmi_want want = {CRMI_WANT_DONE, 0};
    if (!t->renewing) {
        crmi_session_renew(&ws->session, ws->session.generation);
        t->renewing = true;
    }
    int32_t rc = crmi_session_step(&ws->session, &want, err);
    if (rc)
        return rc;
    if (want.what != CRMI_WANT_DONE) {
        uint64_t soon = crmi_engine_mono(ws->engine) + 50;
        task->wake = want.wake > soon ? want.wake : soon;
        return CRMSYNC_OK;
    }
    rc = org_check(ws, ws->session.org_id, err);
    if (!rc)
        rc = connected(ws, err);
    task->next = NULL;
    return rc;
}

int32_t crmi_connect_task(crmsync_job *job, crmi_task **out, crmsync_error **err)
{
    bool jwt = job->ws->config->connection.flow == CRMI_FLOW_JWT_BEARER;
    connect_task *t = crmi_task_new(job, CRMSYNC_PHASE_CONNECT, sizeof *t,
                                    jwt ? connect_jwt : connect_code, connect_clear);
    if (!t)
        return crmi_fail_nomem(err);
    crmi_arena_init(&t->arena, crmi_workspace_alloc(job->ws));
    *out = &t->task;
    return CRMSYNC_OK;
}

/* ---- the disconnect phase ---- */

static int32_t disconnect_answer(crmi_task *task, crmsync_error **err)
{
    connect_task *t = (connect_task *)task;
    crmsync_workspace *ws = task->job->ws;
    if (t->exchange && !t->exchange->outcome) {
        task->wake = crmi_engine_mono(ws->engine) + 50;
        return CRMSYNC_OK;
    }
    /* an org that cannot be reached does not keep us connected: the tokens are forgotten anyway */
    if (t->exchange && (t->exchange->outcome != CRMSYNC_HTTP_RESPONDED || t->exchange->status != 200))
        crmi_engine_log(ws->engine, CRMSYNC_LOG_WARN,
                        "the org did not confirm the revocation; the tokens are forgotten here");
    task->next = NULL;
    int32_t rc = crmi_session_forget(&ws->session, err);
    return rc ? rc : crmi_workspace_set_connection(ws, CRMI_CONN_DISCONNECTED, NULL, err);
}

static int32_t disconnect_send(crmi_task *task, crmsync_error **err)
{
    connect_task *t = (connect_task *)task;
    crmsync_workspace *ws = task->job->ws;
    task->next = disconnect_answer;
    int32_t rc = crmi_session_load(&ws->session, NULL, err);
    crmsync_str token = ws->session.refresh_token.len ? ws->session.refresh_token
                                                      : ws->session.access_token;
    if (rc || token.len == 0)
        return rc;
    crmi_request *r = crmi_task_request(task);
    rc = crmi_auth_revoke_request(r, crmi_buf_str(&ws->login_url), token, err);
    if (rc)
        return rc;
    static const crmsync_header headers[] = {
        {CRMSYNC_STR_LIT("Content-Type"), CRMSYNC_STR_LIT("application/x-www-form-urlencoded")}};
    crmi_send send = {.method = r->method,
                      .url = crmi_buf_str(&r->path),
                      .body = crmi_buf_str(&r->body),
                      .headers = headers,
                      .header_count = 1,
                      .timeout_ms = 30000,
                      .flags = CRMI_EXCHANGE_SECRET};
    return crmi_pump_submit(&ws->engine->pump, &send, &t->exchange, err);
}

int32_t crmi_disconnect_task(crmsync_job *job, crmi_task **out, crmsync_error **err)
{
    connect_task *t = crmi_task_new(job, CRMSYNC_PHASE_DISCONNECT, sizeof *t, disconnect_send,
                                    connect_clear);
    if (!t)
        return crmi_fail_nomem(err);
    crmi_arena_init(&t->arena, crmi_workspace_alloc(job->ws));
    *out = &t->task;
    return CRMSYNC_OK;
}
