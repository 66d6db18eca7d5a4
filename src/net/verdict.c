/* What became of a request: the one place where an outcome is judged. */
#include "net/call_phase.h"
#include "net/wire.h"

#define OP_MAX 100

bool crmi_call_writes(const crmi_call *call)
{
    return !(call->request->flags & CRMI_REQ_IDEMPOTENT);
}

uint64_t crmi_call_now(const crmi_call *call)
{
    return crmi_pump_mono(call->calls->pump);
}

static void end(crmi_call *call, uint32_t result)
{
    call->result = result;
    call->phase = CRMI_CALL_PHASE_DONE;
}

/* Ends it without an effect, or without an answer when it is a read. */
void crmi_call_end_without(crmi_call *call)
{
    end(call, crmi_call_writes(call) ? CRMI_CALL_NOT_APPLIED : CRMI_CALL_FAILED);
}

/* Half of the wait is random, so that workers refused together do not return together. */
static int32_t backoff(const crmi_call *call, uint64_t at_least, uint64_t *ms, crmsync_error **err)
{
    const crmi_call_policy *p = &call->calls->policy;
    uint64_t wait = p->first_wait_ms, dice;
    for (uint32_t i = 1; i < call->attempts && wait < p->longest_wait_ms; i++)
        wait *= 2;
    wait = wait < p->longest_wait_ms ? wait : p->longest_wait_ms;
    int32_t rc = call->calls->random.fill(call->calls->random.ctx, &dice, sizeof dice, err);
    if (rc)
        return rc;
    wait = wait / 2 + dice % (wait / 2 + 1);
    *ms = wait > at_least ? wait : at_least;
    return CRMSYNC_OK;
}

/* True when another try was scheduled. */
static int32_t again(crmi_call *call, uint64_t at_least, bool *scheduled, crmsync_error **err)
{
    uint64_t ms, now = crmi_call_now(call);
    *scheduled = false;
    if (call->attempts >= call->calls->policy.tries || call->streamed)
        return CRMSYNC_OK;
    int32_t rc = backoff(call, at_least, &ms, err);
    if (rc)
        return rc;
    if (call->not_after && now + ms >= call->not_after)
        return CRMSYNC_OK;
    call->wake = now + ms;
    call->phase = CRMI_CALL_PHASE_WAIT;
    *scheduled = true;
    return CRMSYNC_OK;
}

/* Tries again or ends; `result` and call->error then say why. */
static int32_t again_or(crmi_call *call, uint64_t at_least, uint32_t result, crmsync_error **err)
{
    bool scheduled;
    int32_t rc = again(call, at_least, &scheduled, err);
    if (rc || !scheduled)
        end(call, result);
    if (scheduled) {
        crmsync_error_free(call->error);
        call->error = NULL;
    }
    return rc;
}

/* A body that was passed on piece by piece cannot be taken back. */
static void note_streamed(crmi_call *call)
{
    const crmi_exchange *ex = call->exchange;
    call->streamed = call->on_body && ex->received > 0 && ex->status >= 200 && ex->status <= 299;
}

static int32_t lost(crmi_call *call, const char *what, crmsync_error **err)
{
    crmi_fail(&call->error, CRMSYNC_E_TRANSPORT, "%.*s: %s%s%.*s",
              CRMI_SPELL(call->request->method), what, call->exchange->detail.len ? ": " : "",
              CRMI_SPELL(crmi_buf_str(&call->exchange->detail)));
    if (crmi_call_writes(call)) {
        end(call, CRMI_CALL_UNKNOWN);
        return CRMSYNC_OK;
    }
    return again_or(call, 0, CRMI_CALL_FAILED, err);
}

static int32_t not_sent(crmi_call *call, crmsync_error **err)
{
    crmi_fail(&call->error, CRMSYNC_E_TRANSPORT, "the request was not sent: %.*s",
              CRMI_SPELL(crmi_buf_str(&call->exchange->detail)));
    return again_or(call, 0, crmi_call_writes(call) ? CRMI_CALL_NOT_APPLIED : CRMI_CALL_FAILED,
                    err);
}

static int32_t refused_tls(crmi_call *call)
{
    crmi_fail(&call->error, CRMSYNC_E_TRANSPORT, "no secure connection to the org: %.*s",
              CRMI_SPELL(crmi_buf_str(&call->exchange->detail)));
    crmi_error_set_class(&call->error, CRMSYNC_CLASS_CONFIG);
    crmi_error_set_remedy(&call->error, CRMI_STR("Check certificates, proxy and system time."));
    crmi_call_end_without(call);
    return CRMSYNC_OK;
}

/* The outcome is known to the server only, or trouble of our own lost the answer. */
static int32_t unknown(crmi_call *call, crmsync_error **err)
{
    const crmi_exchange *ex = call->exchange;
    if (ex->nomem) {
        end(call, crmi_call_writes(call) ? CRMI_CALL_UNKNOWN : CRMI_CALL_FAILED);
        return crmi_fail_nomem(err);
    }
    if (ex->over_limit && !crmi_call_writes(call)) {
        crmi_fail(&call->error, CRMSYNC_E_LIMIT, "an answer of more than %zu bytes",
                  call->calls->pump->max_body);
        end(call, CRMI_CALL_FAILED);
        return CRMSYNC_OK;
    }
    return lost(call, "the answer was lost", err);
}

/* 401: the request was not carried out. One new token, one more try. */
static bool renew(crmi_call *call)
{
    if (call->renewed)
        return false;
    call->renewed = true;
    call->phase = CRMI_CALL_PHASE_RENEW;
    crmi_session_renew(call->calls->session, call->generation);
    return true;
}

static void tell_governor(crmi_call *call, const crmi_sf_errors *errors)
{
    crmi_governor *g = call->calls->governor;
    if (!g || errors->rule->error_class != CRMSYNC_CLASS_LIMIT ||
        !crmi_str_is(errors->items[0].code, "REQUEST_LIMIT_EXCEEDED"))
        return;
    if (errors->rule->retry == CRMI_RETRY_LATER)
        crmi_governor_daily_refusal(g, crmi_call_now(call));
    else
        crmi_governor_concurrency_refusal(g, crmi_call_now(call));
}

/* Method and path; not the query, which may name people. */
static void name_op(const crmi_call *call, char out[OP_MAX])
{
    crmsync_str path = crmi_buf_str(&call->request->path), method = call->request->method;
    ptrdiff_t query = crmi_str_chr(path, '?');
    size_t n = method.len < 10 ? method.len : 10, len = query < 0 ? path.len : (size_t)query;
    memcpy(out, method.ptr, n);
    out[n++] = ' ';
    len = len < OP_MAX - n - 1 ? len : OP_MAX - n - 1;
    if (len)
        memcpy(out + n, path.ptr, len);
    out[n + len] = 0;
}

static int32_t refused(crmi_call *call, const crmi_sf_errors *errors, crmsync_error **err)
{
    bool write = crmi_call_writes(call);
    bool maybe = write && errors->applied == CRMI_APPLIED_MAYBE;
    call->retry = errors->rule->retry;
    if (errors->rule->retry == CRMI_RETRY_REFRESH && !maybe && renew(call))
        return CRMSYNC_OK;
    tell_governor(call, errors);
    char op[OP_MAX];
    name_op(call, op);
    int32_t rc = crmi_fail_errors(&call->error, op, errors, call->response.retry_after_ms);
    if (rc == CRMSYNC_E_BUDGET && !call->response.retry_after_ms && call->calls->governor)
        crmi_error_set_retry_after(&call->error, call->calls->governor->options.pause_ms);
    if (rc == CRMSYNC_E_NOMEM) {
        end(call, maybe ? CRMI_CALL_UNKNOWN : CRMI_CALL_NOT_APPLIED);
        return crmi_fail_nomem(err);
    }
    if (maybe) {
        end(call, CRMI_CALL_UNKNOWN);
        return CRMSYNC_OK;
    }
    uint32_t result = errors->documented ? CRMI_CALL_NOT_APPLIED : CRMI_CALL_FAILED;
    if (errors->rule->retry == CRMI_RETRY_BACKOFF)
        return again_or(call, call->response.retry_after_ms, result, err);
    end(call, result);
    return CRMSYNC_OK;
}

static int32_t read_refusal(crmi_call *call, crmsync_error **err)
{
    crmi_arena arena;
    crmi_sf_errors errors;
    crmi_arena_init(&arena, call->calls->alloc);
    int32_t rc = crmi_sf_error_read(&arena, &call->response, &errors, err);
    if (rc)
        end(call, crmi_call_writes(call) ? CRMI_CALL_UNKNOWN : CRMI_CALL_FAILED);
    else
        rc = refused(call, &errors, err);
    crmi_arena_clear(&arena);
    return rc;
}

/* A write's answer must be one of the API's, whole: anything else says nothing about its effect. */
static int32_t check_written(crmi_call *call, crmsync_error **err)
{
    yyjson_doc *doc = NULL;
    crmsync_str body = crmi_str_trim(call->response.body);
    if (body.len == 0 || call->on_body) {
        end(call, CRMI_CALL_ANSWERED);
        return CRMSYNC_OK;
    }
    int32_t rc = crmi_wire_html(call->exchange)
                     ? CRMSYNC_E_INVALID
                     : crmi_json_read(call->calls->alloc, body, &doc, NULL);
    yyjson_doc_free(doc);
    if (rc == CRMSYNC_OK) {
        end(call, CRMI_CALL_ANSWERED);
        return CRMSYNC_OK;
    }
    end(call, CRMI_CALL_UNKNOWN);
    if (rc == CRMSYNC_E_NOMEM)
        return crmi_fail_nomem(err);
    crmi_fail(&call->error, CRMSYNC_E_PROTOCOL, "the answer to a write cannot be read");
    return CRMSYNC_OK;
}

static int32_t responded(crmi_call *call, crmsync_error **err)
{
    int32_t status = call->response.status;
    if (status >= 200 && status <= 299 && crmi_call_writes(call))
        return check_written(call, err);
    if (status >= 200 && status <= 299 && crmi_wire_html(call->exchange))
        return lost(call, "a page for people instead of an answer", err);
    if ((status >= 200 && status <= 300) || status == 304) {
        end(call, CRMI_CALL_ANSWERED);
        return CRMSYNC_OK;
    }
    if (status >= 400)
        return read_refusal(call, err);
    crmi_fail(&call->error, CRMSYNC_E_PROTOCOL, "the org answered with status %d", (int)status);
    end(call, crmi_call_writes(call) ? CRMI_CALL_UNKNOWN : CRMI_CALL_FAILED);
    return CRMSYNC_OK;
}

int32_t crmi_call_classify(crmi_call *call, crmsync_error **err)
{
    crmi_exchange *ex = call->exchange;
    crmi_governor *g = call->calls->governor;
    bool answered = ex->outcome == CRMSYNC_HTTP_RESPONDED;
    call->elapsed_ms = ex->ended - ex->started;
    crmi_wire_response(ex, &call->response);
    note_streamed(call);
    if (g)
        crmi_governor_answered(g, answered ? &call->response : NULL, ex->ended);
    switch (ex->outcome) {
    case CRMSYNC_HTTP_RESPONDED: return responded(call, err);
    case CRMSYNC_HTTP_NOT_SENT: return not_sent(call, err);
    case CRMSYNC_HTTP_REFUSED_TLS: return refused_tls(call);
    default: return unknown(call, err);
    }
}
