#include "net/call.h"

#include "net/wire.h"

enum { PHASE_READY = 0, PHASE_WAIT, PHASE_RENEW, PHASE_SENT, PHASE_DONE };

#define DEFAULT_TRIES 5u
#define DEFAULT_FIRST_MS 500u
#define DEFAULT_LONGEST_MS 60000u
#define DEFAULT_TIMEOUT_MS 120000u
#define OP_MAX 100

void crmi_calls_init(crmi_calls *calls, crmi_session *session, crmi_governor *governor,
                     crmi_random random, const crmi_call_policy *policy)
{
    *calls = (crmi_calls){.session = session, .pump = session->pump, .governor = governor,
                          .random = random, .alloc = session->pump->alloc};
    if (policy)
        calls->policy = *policy;
    crmi_call_policy *p = &calls->policy;
    p->tries = p->tries ? p->tries : DEFAULT_TRIES;
    p->first_wait_ms = p->first_wait_ms ? p->first_wait_ms : DEFAULT_FIRST_MS;
    p->longest_wait_ms = p->longest_wait_ms ? p->longest_wait_ms : DEFAULT_LONGEST_MS;
    p->timeout_ms = p->timeout_ms ? p->timeout_ms : DEFAULT_TIMEOUT_MS;
}

void crmi_call_start(crmi_call *call, crmi_calls *calls, const crmi_request *request,
                     uint64_t not_after)
{
    *call = (crmi_call){.calls = calls, .request = request,
                        .not_after = not_after ? not_after : calls->policy.not_after};
}

void crmi_call_stream(crmi_call *call, crmi_body_fn on_body, void *ctx)
{
    call->on_body = on_body;
    call->body_ctx = ctx;
}

static bool is_write(const crmi_call *call)
{
    return !(call->request->flags & CRMI_REQ_IDEMPOTENT);
}

static uint64_t now_of(const crmi_call *call)
{
    return crmi_pump_mono(call->calls->pump);
}

static void end(crmi_call *call, uint32_t result)
{
    call->result = result;
    call->phase = PHASE_DONE;
}

/* Ends it without an effect, or without an answer when it is a read. */
static void end_without(crmi_call *call)
{
    end(call, is_write(call) ? CRMI_CALL_NOT_APPLIED : CRMI_CALL_FAILED);
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
    uint64_t ms, now = now_of(call);
    *scheduled = false;
    if (call->attempts >= call->calls->policy.tries || call->streamed)
        return CRMSYNC_OK;
    int32_t rc = backoff(call, at_least, &ms, err);
    if (rc)
        return rc;
    if (call->not_after && now + ms >= call->not_after)
        return CRMSYNC_OK;
    call->wake = now + ms;
    call->phase = PHASE_WAIT;
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
    crmi_fail(&call->error, CRMSYNC_E_TRANSPORT, "%.*s: %s%s%.*s", CRMI_SPELL(call->request->method),
              what, call->exchange->detail.len ? ": " : "",
              CRMI_SPELL(crmi_buf_str(&call->exchange->detail)));
    if (is_write(call)) {
        end(call, CRMI_CALL_UNKNOWN);
        return CRMSYNC_OK;
    }
    return again_or(call, 0, CRMI_CALL_FAILED, err);
}

static int32_t not_sent(crmi_call *call, crmsync_error **err)
{
    crmi_fail(&call->error, CRMSYNC_E_TRANSPORT, "the request was not sent: %.*s",
              CRMI_SPELL(crmi_buf_str(&call->exchange->detail)));
    return again_or(call, 0, is_write(call) ? CRMI_CALL_NOT_APPLIED : CRMI_CALL_FAILED, err);
}

static int32_t refused_tls(crmi_call *call)
{
    crmi_fail(&call->error, CRMSYNC_E_TRANSPORT, "no secure connection to the org: %.*s",
              CRMI_SPELL(crmi_buf_str(&call->exchange->detail)));
    crmi_error_set_class(&call->error, CRMSYNC_CLASS_CONFIG);
    crmi_error_set_remedy(&call->error, CRMI_STR("Check certificates, proxy and system time."));
    end_without(call);
    return CRMSYNC_OK;
}

/* The outcome is known to the server only, or trouble of our own lost the answer. */
static int32_t unknown(crmi_call *call, crmsync_error **err)
{
    const crmi_exchange *ex = call->exchange;
    if (ex->nomem) {
        end(call, is_write(call) ? CRMI_CALL_UNKNOWN : CRMI_CALL_FAILED);
        return crmi_fail_nomem(err);
    }
    if (ex->over_limit && !is_write(call)) {
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
    call->phase = PHASE_RENEW;
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
        crmi_governor_daily_refusal(g, now_of(call));
    else
        crmi_governor_concurrency_refusal(g, now_of(call));
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
    bool write = is_write(call);
    bool maybe = write && errors->applied == CRMI_APPLIED_MAYBE;
    call->retry = errors->rule->retry;
    if (errors->rule->retry == CRMI_RETRY_REFRESH && !maybe && renew(call))
        return CRMSYNC_OK;
    tell_governor(call, errors);
    char op[OP_MAX];
    name_op(call, op);
    int32_t rc = crmi_fail_errors(&call->error, op, errors, call->response.retry_after_ms);
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
        end(call, is_write(call) ? CRMI_CALL_UNKNOWN : CRMI_CALL_FAILED);
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
    int32_t rc = crmi_wire_html(call->exchange) ? CRMSYNC_E_INVALID
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
    if (status >= 200 && status <= 299 && is_write(call))
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
    end(call, is_write(call) ? CRMI_CALL_UNKNOWN : CRMI_CALL_FAILED);
    return CRMSYNC_OK;
}

static int32_t classify(crmi_call *call, crmsync_error **err)
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

/* An answer is kept as long as the call: its response consists of views. */
static int32_t step_sent(crmi_call *call, crmsync_error **err)
{
    if (call->exchange->outcome == 0)
        return CRMSYNC_OK;
    int32_t rc = classify(call, err);
    if (call->phase == PHASE_DONE)
        return rc;
    crmi_pump_release(call->calls->pump, call->exchange);
    call->exchange = NULL;
    call->response = (crmi_response){.status = 0};
    return rc;
}

static int32_t send(crmi_call *call, crmsync_error **err)
{
    crmi_session *s = call->calls->session;
    crmi_buf url;
    crmi_buf_init(&url, call->calls->alloc);
    int32_t rc = crmi_session_url(s, crmi_buf_str(&call->request->path), &url, err);
    if (!rc) {
        crmi_wire wire = {.url = crmi_buf_str(&url),
                          .bearer = s->access_token,
                          .not_after = call->not_after,
                          .timeout_ms = call->calls->policy.timeout_ms,
                          .on_body = call->on_body,
                          .body_ctx = call->body_ctx};
        uint64_t now = now_of(call);
        if (call->not_after && call->not_after > now && call->not_after - now < wire.timeout_ms)
            wire.timeout_ms = (uint32_t)(call->not_after - now);
        rc = crmi_wire_submit(call->calls->pump, call->request, &wire, &call->exchange, err);
        call->sent_at = rc ? call->sent_at : now;
    }
    crmi_buf_clear(&url);
    if (rc) {
        end_without(call);
        return rc;
    }
    if (call->calls->governor)
        crmi_governor_sent(call->calls->governor, call->sent_at);
    call->attempts++;
    call->generation = s->generation;
    call->phase = PHASE_SENT;
    return CRMSYNC_OK;
}

static int32_t over_budget(crmi_call *call, crmi_pace pace, uint64_t now, crmsync_error **err)
{
    end_without(call);
    if (pace.what == CRMI_STOP)
        return crmi_fail(err, CRMSYNC_E_BUDGET, "this run has made the API calls it may make");
    crmi_fail(err, CRMSYNC_E_BUDGET, "the org's API calls of the day are used to the allowed share");
    crmi_error_set_retry_after(err, pace.at > now ? pace.at - now : 1);
    return CRMSYNC_E_BUDGET;
}

static int32_t step_ready(crmi_call *call, crmsync_error **err)
{
    uint64_t now = now_of(call);
    crmi_session *s = call->calls->session;
    crmi_pace pace = {CRMI_GO, now};
    if (call->not_after && now >= call->not_after) {
        crmi_fail(&call->error, CRMSYNC_E_TRANSPORT, "the deadline passed before the request left");
        end_without(call);
        return CRMSYNC_OK;
    }
    if (!crmi_session_ready(s)) {
        crmi_session_renew(s, s->access_token.len ? s->refused : s->generation);
        call->phase = PHASE_RENEW;
        return CRMSYNC_OK;
    }
    if (call->calls->governor)
        pace = crmi_governor_ask(call->calls->governor, now);
    if (pace.what == CRMI_PAUSE || pace.what == CRMI_STOP)
        return over_budget(call, pace, now, err);
    if (pace.what == CRMI_SLOW) {
        call->wake = pace.at;
        call->phase = PHASE_WAIT;
        return CRMSYNC_OK;
    }
    return send(call, err);
}

static int32_t step_renew(crmi_call *call, crmi_want *want, crmsync_error **err)
{
    crmi_session *s = call->calls->session;
    int32_t rc = crmi_session_step(s, want, err);
    if (rc)
        end_without(call);
    else if (want->what == CRMI_WANT_DONE && s->generation > call->generation)
        call->phase = PHASE_READY;
    else if (want->what == CRMI_WANT_DONE) /* another call was told of the failure */
        crmi_session_renew(s, call->generation);
    return rc;
}

/* One move; *want is set when it cannot go on by itself. */
static int32_t move(crmi_call *call, crmi_want *want, crmsync_error **err)
{
    switch (call->phase) {
    case PHASE_READY: return step_ready(call, err);
    case PHASE_RENEW: return step_renew(call, want, err);
    case PHASE_SENT:
        if (call->exchange->outcome == 0)
            *want = (crmi_want){CRMI_WANT_IO, 0};
        return step_sent(call, err);
    case PHASE_WAIT:
        if (now_of(call) >= call->wake)
            call->phase = PHASE_READY;
        else
            *want = (crmi_want){CRMI_WANT_TIMER, call->wake};
        return CRMSYNC_OK;
    default: return CRMSYNC_OK;
    }
}

int32_t crmi_call_step(crmi_call *call, crmi_want *want, crmsync_error **err)
{
    int32_t rc = CRMSYNC_OK;
    *want = (crmi_want){CRMI_WANT_DONE, 0};
    while (!rc && call->phase != PHASE_DONE && want->what == CRMI_WANT_DONE)
        rc = move(call, want, err);
    if (call->phase == PHASE_DONE)
        *want = (crmi_want){CRMI_WANT_DONE, 0};
    return rc;
}

static void merge_want(crmi_want *into, const crmi_want *one)
{
    if (one->what == CRMI_WANT_DONE)
        return;
    uint64_t wake = into->wake;
    if (one->what == CRMI_WANT_TIMER && (wake == 0 || one->wake < wake))
        wake = one->wake;
    into->what = into->what == CRMI_WANT_IO || one->what == CRMI_WANT_IO ? CRMI_WANT_IO
                                                                         : CRMI_WANT_TIMER;
    into->wake = wake;
}

int32_t crmi_calls_step(crmi_call *const *calls, size_t n, crmi_want *want, crmsync_error **err)
{
    int32_t first = CRMSYNC_OK;
    *want = (crmi_want){CRMI_WANT_DONE, 0};
    for (size_t i = 0; i < n; i++) {
        crmi_want one;
        crmsync_error *why = NULL;
        int32_t rc = crmi_call_step(calls[i], &one, &why);
        merge_want(want, &one);
        if (rc && !first && err) {
            crmsync_error_free(*err);
            *err = why;
            why = NULL;
        }
        first = first ? first : rc;
        crmsync_error_free(why);
    }
    return first;
}

int32_t crmi_call_resume(crmi_call *call, crmsync_error **err)
{
    return call->exchange ? crmi_pump_resume(call->calls->pump, call->exchange, err) : CRMSYNC_OK;
}

void crmi_call_clear(crmi_call *call)
{
    if (!call->calls)
        return;
    if (call->exchange && call->exchange->outcome == 0 && call->calls->governor)
        crmi_governor_answered(call->calls->governor, NULL, now_of(call));
    crmi_pump_release(call->calls->pump, call->exchange);
    crmsync_error_free(call->error);
    *call = (crmi_call){.calls = NULL};
}

bool crmi_call_done(const crmi_call *call)
{
    return call->result != CRMI_CALL_UNDER_WAY;
}

int32_t crmi_call_run(crmi_call *call, crmsync_error **err)
{
    enum { IDLE_MS = 1000 };
    for (;;) {
        crmi_want want;
        int32_t rc = crmi_call_step(call, &want, err);
        if (rc || want.what == CRMI_WANT_DONE)
            return rc;
        uint64_t now = now_of(call), wait = IDLE_MS;
        if (want.wake > now && want.wake - now < wait)
            wait = want.wake - now;
        rc = crmi_pump_poll(call->calls->pump, (uint32_t)wait, err);
        if (rc)
            return rc;
    }
}
