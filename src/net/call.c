#include "net/call_phase.h"
#include "net/wire.h"

#define DEFAULT_TRIES      5u
#define DEFAULT_FIRST_MS   500u
#define DEFAULT_LONGEST_MS 60000u
#define DEFAULT_TIMEOUT_MS 120000u

void crmi_calls_init(crmi_calls *calls, crmi_session *session, crmi_governor *governor,
                     crmi_random random, const crmi_call_policy *policy)
{
    *calls = (crmi_calls){.session = session,
                          .pump = session->pump,
                          .governor = governor,
                          .random = random,
                          .alloc = session->pump->alloc};
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
    *call = (crmi_call){.calls = calls,
                        .request = request,
                        .not_after = not_after ? not_after : calls->policy.not_after};
}

void crmi_call_stream(crmi_call *call, crmi_body_fn on_body, void *ctx)
{
    call->on_body = on_body;
    call->body_ctx = ctx;
}

/* An answer is kept as long as the call: its response consists of views. */
static int32_t step_sent(crmi_call *call, crmsync_error **err)
{
    if (call->exchange->outcome == 0)
        return CRMSYNC_OK;
    int32_t rc = crmi_call_classify(call, err);
    if (call->phase == CRMI_CALL_PHASE_DONE)
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
                          .timeout_ms = call->timeout_ms ? call->timeout_ms
                                                         : call->calls->policy.timeout_ms,
                          .on_body = call->on_body,
                          .body_ctx = call->body_ctx};
        uint64_t now = crmi_call_now(call);
        if (call->not_after && call->not_after > now && call->not_after - now < wire.timeout_ms)
            wire.timeout_ms = (uint32_t)(call->not_after - now);
        rc = crmi_wire_submit(call->calls->pump, call->request, &wire, &call->exchange, err);
        call->sent_at = rc ? call->sent_at : now;
    }
    crmi_buf_clear(&url);
    if (rc) {
        crmi_call_end_without(call);
        return rc;
    }
    if (call->calls->governor)
        crmi_governor_sent(call->calls->governor, call->sent_at);
    call->attempts++;
    call->generation = s->generation;
    call->phase = CRMI_CALL_PHASE_SENT;
    return CRMSYNC_OK;
}

static int32_t over_budget(crmi_call *call, crmi_pace pace, uint64_t now, crmsync_error **err)
{
    crmi_call_end_without(call);
    if (pace.what == CRMI_STOP)
        return crmi_fail(err, CRMSYNC_E_BUDGET, "this run has made the API calls it may make");
    crmi_fail_at(err, CRMSYNC_E_BUDGET, CRMI_STR("/limits/daily_share"),
                 "Go on when the retry time has passed; a larger share leaves other programs less.",
                 "the org's API calls of the day are used to the allowed share");
    crmi_error_set_retry_after(err, pace.at > now ? pace.at - now : 1);
    return CRMSYNC_E_BUDGET;
}

static int32_t step_ready(crmi_call *call, crmsync_error **err)
{
    uint64_t now = crmi_call_now(call);
    crmi_session *s = call->calls->session;
    crmi_pace pace = {CRMI_GO, now};
    if (call->not_after && now >= call->not_after) {
        crmi_fail(&call->error, CRMSYNC_E_TRANSPORT, "the deadline passed before the request left");
        crmi_call_end_without(call);
        return CRMSYNC_OK;
    }
    if (!crmi_session_ready(s)) {
        crmi_session_renew(s, s->access_token.len ? s->refused : s->generation);
        call->phase = CRMI_CALL_PHASE_RENEW;
        return CRMSYNC_OK;
    }
    if (call->calls->governor)
        pace = crmi_governor_ask(call->calls->governor, now);
    if (pace.what == CRMI_PAUSE || pace.what == CRMI_STOP)
        return over_budget(call, pace, now, err);
    if (pace.what == CRMI_SLOW) {
        call->wake = pace.at;
        call->phase = CRMI_CALL_PHASE_WAIT;
        return CRMSYNC_OK;
    }
    return send(call, err);
}

static int32_t step_renew(crmi_call *call, crmi_want *want, crmsync_error **err)
{
    crmi_session *s = call->calls->session;
    int32_t rc = crmi_session_step(s, want, err);
    if (rc)
        crmi_call_end_without(call);
    else if (want->what == CRMI_WANT_DONE && s->generation > call->generation)
        call->phase = CRMI_CALL_PHASE_READY;
    else if (want->what == CRMI_WANT_DONE) /* another call was told of the failure */
        crmi_session_renew(s, call->generation);
    return rc;
}

/* One move; *want is set when it cannot go on by itself. */
static int32_t move(crmi_call *call, crmi_want *want, crmsync_error **err)
{
    switch (call->phase) {
    case CRMI_CALL_PHASE_READY: return step_ready(call, err);
    case CRMI_CALL_PHASE_RENEW: return step_renew(call, want, err);
    case CRMI_CALL_PHASE_SENT:
        if (call->exchange->outcome == 0)
            *want = (crmi_want){CRMI_WANT_IO, 0};
        return step_sent(call, err);
    case CRMI_CALL_PHASE_WAIT:
        if (crmi_call_now(call) >= call->wake)
            call->phase = CRMI_CALL_PHASE_READY;
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
    while (!rc && call->phase != CRMI_CALL_PHASE_DONE && want->what == CRMI_WANT_DONE)
        rc = move(call, want, err);
    if (call->phase == CRMI_CALL_PHASE_DONE)
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
    into->what =
        into->what == CRMI_WANT_IO || one->what == CRMI_WANT_IO ? CRMI_WANT_IO : CRMI_WANT_TIMER;
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
    /* Under way, or answered and never looked at because the job was cancelled in between. */
    if (call->exchange && call->phase == CRMI_CALL_PHASE_SENT && call->calls->governor)
        crmi_governor_answered(call->calls->governor, NULL, crmi_call_now(call));
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
        uint64_t now = crmi_call_now(call), wait = IDLE_MS;
        if (want.wake > now && want.wake - now < wait)
            wait = want.wake - now;
        rc = crmi_pump_poll(call->calls->pump, (uint32_t)wait, err);
        if (rc)
            return rc;
    }
}
