/* The disconnect phase: tokens are revoked and forgotten, and on demand everything else too. */
#include "sync/connection.h"

typedef struct disconnect_task {
    crmi_task task;
    crmi_exchange *exchange;
    uint32_t space; /* of the purge: the next one */
} disconnect_task;

static void disconnect_clear(crmi_task *task)
{
    disconnect_task *t = (disconnect_task *)task;
    crmi_pump_release(&task->job->ws->engine->pump, t->exchange);
}

int32_t crmi_revoke_send(crmi_task *task, crmi_exchange **exchange, crmsync_error **err)
{
    crmsync_workspace *ws = task->job->ws;
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
    return crmi_pump_submit(&ws->engine->pump, &send, exchange, err);
}

/* ---- forgetting everything ---- */

static int32_t purge_secrets(crmsync_workspace *ws, crmsync_error **err)
{
    int32_t rc = CRMSYNC_OK; /* those that the host keeps; ours go with their space */
    for (size_t i = 0; !rc && ws->engine->env.secret_put && i < crmi_secret_count(); i++)
        rc = crmi_secret_put(&ws->secrets, crmi_str(crmi_secret_name(i)), CRMI_STR_EMPTY, err);
    return rc;
}

/* A space a step, so that the lease is kept; `purging` was stored first, and goes last. */
static int32_t purge_next(crmi_task *task, crmsync_error **err)
{
    disconnect_task *t = (disconnect_task *)task;
    crmsync_workspace *ws = task->job->ws;
    int32_t rc = crmi_meta_purge(&ws->store, &t->space, err);
    if (rc || t->space)
        return rc;
    crmi_workspace_forget(ws);
    task->job->purged = true;
    task->next = NULL;
    return crmi_conn_get(&ws->store, &ws->conn, err);
}

static int32_t disconnected(crmi_task *task, crmsync_error **err)
{
    crmsync_workspace *ws = task->job->ws;
    bool purge = task->job->flags & CRMSYNC_JOB_PURGE;
    int32_t rc = crmi_session_forget(&ws->session, err);
    if (!rc && !purge && crmi_secret_put(&ws->secrets, CRMI_PENDING_SECRET, CRMI_STR_EMPTY, NULL))
        crmi_engine_log(ws->engine, CRMSYNC_LOG_WARN, "an authorization under way was not dropped");
    ws->conn.purging = ws->conn.purging || purge;
    if (!rc)
        rc = crmi_workspace_set_connection(ws, CRMI_CONN_DISCONNECTED, NULL, err);
    if (!rc && purge)
        rc = purge_secrets(ws, err);
    task->next = purge ? purge_next : NULL;
    return rc;
}

/* ---- the phase ---- */

static int32_t disconnect_answer(crmi_task *task, crmsync_error **err)
{
    disconnect_task *t = (disconnect_task *)task;
    crmsync_workspace *ws = task->job->ws;
    if (t->exchange && !t->exchange->outcome) {
        task->wake = crmi_engine_mono(ws->engine) + 50;
        return CRMSYNC_OK;
    }
    /* an org that cannot be reached does not keep us connected: the tokens are forgotten anyway */
    if (t->exchange && (t->exchange->outcome != CRMSYNC_HTTP_RESPONDED || t->exchange->status != 200))
        crmi_engine_log(ws->engine, CRMSYNC_LOG_WARN,
                        "the org did not confirm the revocation; the tokens are forgotten here");
    return disconnected(task, err);
}

static int32_t disconnect_send(crmi_task *task, crmsync_error **err)
{
    disconnect_task *t = (disconnect_task *)task;
    task->next = disconnect_answer;
    return crmi_revoke_send(task, &t->exchange, err);
}

int32_t crmi_disconnect_task(crmsync_job *job, crmi_task **out, crmsync_error **err)
{
    disconnect_task *t = crmi_task_new(job, CRMSYNC_PHASE_DISCONNECT, sizeof *t, disconnect_send,
                                       disconnect_clear);
    if (!t)
        return crmi_fail_nomem(err);
    if (job->flags & CRMSYNC_JOB_PURGE)
        job->lease_wanted = true; /* no other worker writes what is being forgotten */
    *out = &t->task;
    return CRMSYNC_OK;
}
