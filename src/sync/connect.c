/*
 * The connect phase: tokens by whichever flow is configured, then a probe: the connection counts as
 * made when the API has told whose org it is.
 */
#include "base/crypto.h"
#include "salesforce/org_facts.h"
#include "sync/connection.h"

#define WAIT_MS 50

typedef struct connect_task {
    crmi_task task;
    crmi_exchange *exchange;
    crmi_arena arena;
    crmi_org_facts facts;
    size_t queries;         /* of the probe */
    crmsync_error *refusal; /* why the tokens are given back */
    bool renewing;          /* unattended flows: the session gets the token */
} connect_task;

static void connect_clear(crmi_task *task)
{
    connect_task *t = (connect_task *)task;
    crmi_pump_release(&task->job->ws->engine->pump, t->exchange);
    crmsync_error_free(t->refusal);
    crmi_org_facts_clear(&t->facts);
    crmi_arena_clear(&t->arena);
}

static void wait_a_little(crmi_task *task)
{
    task->wake = crmi_engine_mono(task->job->ws->engine) + WAIT_MS;
}

/* The authorization itself failed: a connection that works is none the worse for it. */
static void declined(crmsync_job *job, uint32_t verdict)
{
    job->declined = true;
    job->declined_why = verdict;
}

/* ---- the probe ---- */

static int32_t tokens_given_back(crmi_task *task, crmsync_error **err)
{
    connect_task *t = (connect_task *)task;
    crmsync_workspace *ws = task->job->ws;
    if (t->exchange && !t->exchange->outcome) {
        wait_a_little(task);
        return CRMSYNC_OK;
    }
    int32_t rc = crmi_session_forget(&ws->session, err);
    if (!rc)
        rc = crmi_workspace_set_connection(ws, CRMI_CONN_BLOCKED, t->refusal, err);
    if (rc)
        return rc;
    rc = crmsync_error_code(t->refusal);
    if (err) {
        crmi_error_drop(err);
        *err = t->refusal;
        t->refusal = NULL;
    }
    return rc;
}

/* Another kind of org than the configured one: its tokens are revoked, best effort, and forgotten. */
static int32_t give_back(crmi_task *task, crmsync_error *refusal)
{
    connect_task *t = (connect_task *)task;
    t->refusal = refusal;
    crmi_task_reset_calls(task);
    task->next = tokens_given_back;
    crmi_revoke_send(task, &t->exchange, NULL);
    return CRMSYNC_OK;
}

static int32_t probe_answer(crmi_task *task, crmsync_error **err)
{
    connect_task *t = (connect_task *)task;
    crmsync_workspace *ws = task->job->ws;
    crmsync_error *why = NULL;
    int32_t rc = crmi_task_answer(task, 0, err);
    if (!rc)
        rc = crmi_org_facts_read(&task->call[0].response, t->queries, &t->facts, err);
    if (rc)
        return rc;
    rc = crmi_connection_org_fits(ws, &t->facts, &why);
    if (rc == CRMSYNC_E_STATE && why)
        return give_back(task, why);
    crmsync_error_free(why);
    if (!rc)
        rc = crmi_connection_made(ws, &t->facts, err);
    crmi_task_reset_calls(task);
    task->next = NULL;
    return rc;
}

static int32_t probe_ask(crmi_task *task, crmsync_error **err)
{
    connect_task *t = (connect_task *)task;
    crmsync_workspace *ws = task->job->ws;
    crmi_composite c;
    crmi_task_reset_calls(task);
    crmi_request_clear(&task->requests[0]); /* the code's request may still lie there */
    crmi_request_init(&task->requests[0], crmi_workspace_alloc(ws));
    crmi_composite_begin(&c, crmi_task_request(task), crmi_workspace_api_version(ws), false);
    int32_t rc = crmi_org_facts_ask(&c, crmi_workspace_api_version(ws), CRMI_FACTS_IDENTITY,
                                    ws->session.user_id, &t->queries, err);
    if (!rc)
        rc = crmi_task_ask(task, &c, err);
    task->next = probe_answer;
    return rc;
}

/* ---- the web-server flow ---- */

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
    int32_t rc = crmi_secret_get(&ws->secrets, CRMI_PENDING_SECRET, &pending, NULL, err);
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
    if (rc) {
        declined(task->job, crmi_auth_rule_find(callback.error, callback.description)->verdict);
        goto done;
    }
    /* used up, whatever the answer: a code is good for one try */
    rc = crmi_secret_put(&ws->secrets, CRMI_PENDING_SECRET, CRMI_STR_EMPTY, err);
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

static int32_t code_lost(crmi_task *task, crmsync_error **err)
{
    connect_task *t = (connect_task *)task;
    declined(task->job, CRMI_AUTH_LATER);
    crmi_fail(err, CRMSYNC_E_TRANSPORT, "the token endpoint could not be reached: %.*s",
              CRMI_SPELL(crmi_buf_str(&t->exchange->detail)));
    crmi_error_set_remedy(err, CRMI_STR("Begin the authorization again."));
    return CRMSYNC_E_TRANSPORT;
}

static int32_t connect_code_answer(crmi_task *task, crmsync_error **err)
{
    connect_task *t = (connect_task *)task;
    crmsync_workspace *ws = task->job->ws;
    if (!t->exchange->outcome) {
        wait_a_little(task);
        return CRMSYNC_OK;
    }
    if (t->exchange->outcome != CRMSYNC_HTTP_RESPONDED)
        return code_lost(task, err);
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
        rc = crmi_session_org_check(&ws->session, token.org_id, err);
    if (rc)
        declined(task->job, verdict);
    if (!rc)
        rc = crmi_session_adopt(&ws->session, &token, err);
    crmi_auth_token_clear(&token);
    crmi_pump_release(&ws->engine->pump, t->exchange);
    t->exchange = NULL;
    task->next = probe_ask;
    return rc;
}

/* Tokens came before and were never tried, or an administrator has mended what was refused. */
static int32_t connect_again(crmi_task *task, crmsync_error **err)
{
    crmsync_workspace *ws = task->job->ws;
    if (ws->conn.state == CRMI_CONN_EXPIRED) /* its tokens are spent, or may be */
        return crmi_connection_missing(ws, err);
    ws->session.dead = false;
    int32_t rc = crmi_session_load(&ws->session, NULL, err);
    if (!rc && !ws->session.refresh_token.len && !ws->session.access_token.len)
        rc = crmi_fail_at(err, CRMSYNC_E_STATE, CRMI_STR("redirect_url"),
                          "Begin with crmsync_workspace_authorize_url(), and hand over the address that "
                          "the browser comes back with.",
                          "the user has not consented yet");
    task->next = probe_ask;
    return rc;
}

/* ---- flows without a person ---- */

static int32_t connect_unattended(crmi_task *task, crmsync_error **err)
{
    connect_task *t = (connect_task *)task;
    crmsync_workspace *ws = task->job->ws;
    crmi_want want = {CRMI_WANT_DONE, 0};
    if (!t->renewing) {
        ws->session.dead = false; /* somebody asked for it: what was refused may be mended */
        crmi_session_renew(&ws->session, ws->session.generation);
        t->renewing = true;
    }
    int32_t rc = crmi_session_step(&ws->session, &want, err);
    if (rc)
        return rc;
    if (want.what != CRMI_WANT_DONE) {
        uint64_t soon = crmi_engine_mono(ws->engine) + WAIT_MS;
        task->wake = want.wake > soon ? want.wake : soon;
        return CRMSYNC_OK;
    }
    task->next = probe_ask;
    return CRMSYNC_OK;
}

int32_t crmi_connect_task(crmsync_job *job, crmi_task **out, crmsync_error **err)
{
    crmi_state_fn first = crmi_connection_unattended(job->ws->config) ? connect_unattended
                          : job->redirect_url.len                     ? connect_code
                                                                      : connect_again;
    connect_task *t = crmi_task_new(job, CRMSYNC_PHASE_CONNECT, sizeof *t, first, connect_clear);
    if (!t)
        return crmi_fail_nomem(err);
    crmi_arena_init(&t->arena, crmi_workspace_alloc(job->ws));
    crmi_org_facts_init(&t->facts, crmi_workspace_alloc(job->ws));
    *out = &t->task;
    return CRMSYNC_OK;
}
