/* The one careful way to a new token. */
#include "net/session.h"
#include "net/wire.h"

#define LOOK_MS    500u /* how often a waiting session looks whether somebody else was quicker */
#define RETRY_MS   1000u
#define SEND_TRIES 3u /* of requests that provably did not leave, or that may be repeated */

enum { PHASE_IDLE = 0, PHASE_LEASE, PHASE_PAUSE, PHASE_SENT, PHASE_STORE };

void crmi_session_renew(crmi_session *s, uint64_t refused)
{
    if (refused > s->refused)
        s->refused = refused;
    if (s->phase != PHASE_IDLE)
        return;
    s->phase = s->granted.access_token.len ? PHASE_STORE : PHASE_LEASE;
    s->tries = 0;
    s->doubtful = false;
}

static int32_t finish(crmi_session *s, int32_t rc)
{
    crmi_pump_release(s->pump, s->exchange);
    s->exchange = NULL;
    crmi_request_clear(&s->request);
    crmi_request_init(&s->request, s->alloc);
    crmi_lease_release(s->store, &s->lease, NULL); /* a lease not given back just runs out */
    s->phase = PHASE_IDLE;
    return rc;
}

static bool is_new(const crmi_session *s)
{
    return s->access_token.len && s->generation > s->refused;
}

static int32_t refuse(crmi_session *s, uint32_t verdict, crmsync_error **err)
{
    s->dead = true;
    s->verdict = verdict;
    const char *message = "the org does not grant a new token";
    if (verdict == CRMI_AUTH_UNANSWERED)
        message = "the answer to a token request was lost, and the refresh token may be spent";
    else if (verdict == CRMI_AUTH_GRANTED)
        message = "the workspace is not connected: there is no refresh token";
    return crmi_fail_at(err, CRMSYNC_E_AUTH, s->options->connection,
                        "Connect again and authorize the app in Salesforce.", message);
}

static int32_t build(crmi_session *s, crmsync_error **err)
{
    const crmi_session_options *o = s->options;
    crmi_request_clear(&s->request);
    crmi_request_init(&s->request, s->alloc);
    switch (o->grant) {
    case CRMI_GRANT_JWT:
        return crmi_auth_jwt_request(&s->request, &o->client, o->username, o->audience,
                                     o->private_key, crmi_pump_wall(s->pump), err);
    case CRMI_GRANT_CLIENT:
        return crmi_auth_client_credentials_request(&s->request, &o->client, err);
    case CRMI_GRANT_PASSWORD:
        return crmi_auth_password_request(&s->request, &o->client, o->username, o->password,
                                          o->security_token, err);
    default: return crmi_auth_refresh_request(&s->request, &o->client, s->refresh_token, err);
    }
}

static uint64_t token_timeout(const crmi_session *s)
{
    return s->options->token_timeout_ms ? s->options->token_timeout_ms : CRMI_TOKEN_TIMEOUT_MS;
}

static int32_t send(crmi_session *s, crmsync_error **err)
{
    uint64_t timeout = token_timeout(s);
    if (s->options->grant == CRMI_GRANT_REFRESH && s->refresh_token.len == 0)
        return refuse(s, CRMI_AUTH_GRANTED, err);
    int32_t rc = build(s, err);
    if (rc)
        return rc;
    crmi_wire wire = {.url = crmi_buf_str(&s->request.path),
                      .timeout_ms = (uint32_t)timeout,
                      .not_after = s->lease.ends - timeout};
    s->refreshes++;
    s->tries++;
    rc = crmi_wire_submit(s->pump, &s->request, &wire, &s->exchange, err);
    if (!rc)
        s->phase = PHASE_SENT;
    return rc;
}

static void pause_for(crmi_session *s, uint64_t ms)
{
    s->phase = PHASE_PAUSE;
    s->wake = crmi_pump_mono(s->pump) + ms;
}

/* Under the lease nobody else asks; what was stored before it was taken is looked at first. */
static int32_t step_lease(crmi_session *s, crmsync_error **err)
{
    uint64_t now = crmi_pump_mono(s->pump), retry = 0;
    int32_t rc = crmi_session_load(s, NULL, err);
    if (rc)
        return finish(s, rc);
    if (is_new(s))
        return finish(s, CRMSYNC_OK);
    if (s->dead)
        return finish(s, refuse(s, s->verdict, err));
    if (!crmi_lease_valid(&s->lease, now, token_timeout(s) + CRMI_TOKEN_MARGIN_MS / 2)) {
        rc = s->lease.held ? crmi_lease_renew(s->store, &s->lease, now, NULL) : CRMSYNC_E_CONFLICT;
        if (rc)
            rc = crmi_lease_take(s->store, &s->lease, now, &retry, err);
        if (rc)
            return finish(s, rc);
        if (!s->lease.held) {
            pause_for(s, retry < LOOK_MS ? retry : LOOK_MS);
            return CRMSYNC_OK;
        }
        rc = crmi_session_load(s, NULL, err);
        if (rc || is_new(s))
            return finish(s, rc);
    }
    rc = send(s, err);
    return rc ? finish(s, rc) : CRMSYNC_OK;
}

/* May the same request be sent again although its outcome is not known? */
static bool repeatable(const crmi_session *s)
{
    return s->options->grant != CRMI_GRANT_REFRESH || s->options->rotation_off || s->steady;
}

static int32_t in_doubt(crmi_session *s, crmsync_error **err)
{
    bool first = !s->doubtful;
    crmi_error_drop(err);
    s->doubtful = true;
    int32_t rc = crmi_session_load(s, NULL, err);
    if (rc || is_new(s))
        return finish(s, rc);
    if (first && repeatable(s)) {
        pause_for(s, RETRY_MS);
        return CRMSYNC_OK;
    }
    if (s->options->grant == CRMI_GRANT_REFRESH)
        return finish(s, refuse(s, CRMI_AUTH_UNANSWERED, err));
    s->verdict = CRMI_AUTH_UNANSWERED;
    return finish(s, crmi_fail(err, CRMSYNC_E_TRANSPORT, "no answer to a token request"));
}

static int32_t not_sent(crmi_session *s, crmsync_str detail, crmsync_error **err)
{
    if (s->tries < SEND_TRIES) {
        pause_for(s, RETRY_MS * s->tries);
        return CRMSYNC_OK;
    }
    return finish(s, crmi_fail(err, CRMSYNC_E_TRANSPORT, "the login host cannot be reached: %.*s",
                               CRMI_SPELL(detail)));
}

static int32_t step_store(crmi_session *s, crmsync_error **err)
{
    int32_t rc = crmi_session_adopt(s, &s->granted, err);
    if (!rc) {
        crmi_auth_token_clear(&s->granted);
        crmi_auth_token_init(&s->granted, s->alloc);
        s->verdict = CRMI_AUTH_GRANTED;
    }
    return finish(s, rc); /* what could not be stored is kept and stored before anything else */
}

static int32_t answered(crmi_session *s, const crmi_exchange *ex, crmsync_error **err)
{
    crmi_response response;
    crmsync_error *why = NULL;
    uint32_t verdict;
    crmi_wire_response(ex, &response);
    int32_t rc =
        crmi_auth_token_read(&response, s->options->loopback_http, &s->granted, &verdict, &why);
    if (rc == CRMSYNC_OK && crmi_session_org_check(s, s->granted.org_id, err)) {
        crmi_auth_token_clear(&s->granted); /* never kept: the next job would write there */
        return finish(s, CRMSYNC_E_STATE);
    }
    if (rc == CRMSYNC_OK)
        return step_store(s, err);
    if (rc != CRMSYNC_E_NOMEM && verdict == CRMI_AUTH_UNANSWERED) {
        crmsync_error_free(why);
        return in_doubt(s, err);
    }
    if (verdict == CRMI_AUTH_REVOKED) { /* perhaps somebody else was given the new one */
        int32_t loaded = crmi_session_load(s, NULL, NULL);
        if (loaded == CRMSYNC_OK && is_new(s)) {
            crmsync_error_free(why);
            return finish(s, CRMSYNC_OK);
        }
    }
    s->verdict = verdict;
    s->dead = rc == CRMSYNC_E_AUTH;
    if (err) {
        crmsync_error_free(*err);
        *err = why;
    } else {
        crmsync_error_free(why);
    }
    return finish(s, rc);
}

static int32_t step_sent(crmi_session *s, crmsync_error **err)
{
    crmi_exchange *ex = s->exchange;
    int32_t rc;
    if (ex->outcome == 0)
        return CRMSYNC_OK;
    s->exchange = NULL;
    if (ex->nomem && ex->outcome == CRMSYNC_HTTP_UNKNOWN)
        rc = finish(s, crmi_fail_nomem(err));
    else if (ex->outcome == CRMSYNC_HTTP_RESPONDED)
        rc = answered(s, ex, err);
    else if (ex->outcome == CRMSYNC_HTTP_NOT_SENT)
        rc = not_sent(s, crmi_buf_str(&ex->detail), err);
    else if (ex->outcome == CRMSYNC_HTTP_REFUSED_TLS)
        rc = finish(s, crmi_fail(err, CRMSYNC_E_TRANSPORT, "the login host's certificate: %.*s",
                                 CRMI_SPELL(crmi_buf_str(&ex->detail))));
    else
        rc = in_doubt(s, err);
    crmi_pump_release(s->pump, ex);
    return rc;
}

/* One move; true when another may follow at once. */
static bool move(crmi_session *s, int32_t *rc, crmsync_error **err)
{
    uint32_t before = s->phase;
    switch (before) {
    case PHASE_LEASE: *rc = step_lease(s, err); break;
    case PHASE_STORE: *rc = step_store(s, err); break;
    case PHASE_SENT: *rc = step_sent(s, err); break;
    case PHASE_PAUSE:
        if (crmi_pump_mono(s->pump) >= s->wake)
            s->phase = PHASE_LEASE;
        break;
    default: break;
    }
    return *rc == CRMSYNC_OK && s->phase != before && s->phase != PHASE_IDLE;
}

int32_t crmi_session_step(crmi_session *s, crmi_want *want, crmsync_error **err)
{
    int32_t rc = CRMSYNC_OK;
    while (move(s, &rc, err))
        continue;
    *want = (crmi_want){CRMI_WANT_DONE, 0};
    if (s->phase == PHASE_SENT)
        want->what = CRMI_WANT_IO;
    else if (s->phase == PHASE_PAUSE)
        *want = (crmi_want){CRMI_WANT_TIMER, s->wake};
    return rc;
}
