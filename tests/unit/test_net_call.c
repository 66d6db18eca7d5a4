/* Exchanges, tokens and calls over a scripted transport. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "http_double.h"
#include "net/call.h"

#define HOST "https://acme.my.salesforce.com"
#define TOKEN(access, extra)                                                                       \
    "{\"access_token\":\"" access "\",\"instance_url\":\"" HOST "\"," extra                        \
    "\"id\":\"https://login.salesforce.com/id/00D000000000001EAA/005000000000001AAA\","            \
    "\"token_type\":\"Bearer\",\"issued_at\":\"1795177920000\"}"
#define EXPIRED                                                                                    \
    "[{\"message\":\"Session expired or invalid\",\"errorCode\":\"INVALID_SESSION_ID\"}]"

/* One worker. Two of them may stand on one store and one script. */
typedef struct worker {
    crmi_pump pump;
    crmi_session_options options;
    crmi_session session;
    crmi_calls calls;
    crmi_governor governor;
} worker;

typedef struct fixture {
    dry_alloc dry;
    kv_double kv;
    http_double http;
    crmi_store store;
    worker w[2];
    crmi_request request;
    crmi_call call;
} fixture;

static fixture f;

static void worker_start(worker *w, const char *name)
{
    w->options = (crmi_session_options){.client = {CRMI_STR("https://login.salesforce.com"),
                                                   CRMI_STR("client"), CRMI_STR("s3cret")},
                                        .api_version = CRMI_STR("68.0"),
                                        .connection = CRMI_STR("main"),
                                        .worker = crmi_str(name)};
    assert_int_equal(crmi_pump_init(&w->pump, &f.dry.table, &f.http.ops, &f.http, &f.http.env,
                                    &f.http, 4096, NULL),
                     CRMSYNC_OK);
    assert_int_equal(crmi_session_init(&w->session, &w->pump, &f.store, &w->options, NULL),
                     CRMSYNC_OK);
    crmi_governor_init(&w->governor, NULL);
    crmi_calls_init(&w->calls, &w->session, &w->governor, kv_random(&f.kv), NULL);
}

static void worker_stop(worker *w)
{
    if (!w->session.pump)
        return;
    crmi_session_clear(&w->session);
    crmi_pump_clear(&w->pump);
}

static void grant(worker *w, const char *access, const char *refresh)
{
    crmi_auth_token t = {.alloc = &f.dry.table};
    t.access_token = crmi_str(access);
    t.refresh_token = crmi_str(refresh);
    t.instance_url = CRMI_STR(HOST);
    assert_int_equal(crmi_session_adopt(&w->session, &t, NULL), CRMSYNC_OK);
}

static int set_up(void **state)
{
    (void)state;
    memset(&f, 0, sizeof f);
    dry_init(&f.dry, -1);
    kv_init(&f.kv);
    http_init(&f.http, &f.kv);
    f.store = kv_store(&f.kv, &f.dry.table);
    crmi_request_init(&f.request, &f.dry.table);
    worker_start(&f.w[0], "one");
    grant(&f.w[0], "access-1", "refresh-1");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    crmi_call_clear(&f.call);
    crmi_request_clear(&f.request);
    worker_stop(&f.w[0]);
    worker_stop(&f.w[1]);
    kv_clear(&f.kv);
    return f.dry.out == 0 ? 0 : -1;
}

static void make_request(const char *method, uint32_t flags)
{
    crmi_request_start(&f.request, method, flags);
    crmi_request_path(&f.request, CRMI_STR("68.0"), "/query?q=SELECT+Id");
    if (flags & CRMI_REQ_WRITE) {
        crmi_request_json(&f.request);
        crmi_buf_lit(&f.request.body, "{\"LastName\":\"X\"}");
    }
}

static int32_t run(void)
{
    crmi_call_start(&f.call, &f.w[0].calls, &f.request, 0);
    return crmi_call_run(&f.call, NULL);
}

static void test_read__answer_comes_with_headers_and_token(void **state)
{
    (void)state;
    make_request("GET", CRMI_REQ_IDEMPOTENT);
    http_say(&f.http, (http_answer){.status = 200,
                                    .body = "{\"done\":true}",
                                    .chunk = 3,
                                    .header = "Sforce-Limit-Info",
                                    .value = "api-usage=18/5000"});
    assert_int_equal(run(), CRMSYNC_OK);
    assert_int_equal(f.call.result, CRMI_CALL_ANSWERED);
    assert_string_equal(f.call.response.body.ptr, "{\"done\":true}");
    assert_int_equal(f.call.response.api_used, 18);
    assert_int_equal(f.w[0].governor.limit, 5000);
    assert_string_equal(f.http.seen[0].url, HOST "/services/data/v68.0/query?q=SELECT+Id");
    assert_string_equal(f.http.seen[0].authorization, "Bearer access-1");
    assert_int_equal(f.http.seen[0].flags, CRMSYNC_HTTP_IDEMPOTENT);
    assert_null(strstr(f.http.traced, "access-1"));
}

/* What becomes of a write, for every way an exchange can end. */
static void test_write__only_a_proven_failure_is_repeated(void **state)
{
    static const char good[] = "{\"id\":\"00Q000000000001AAA\",\"success\":true,\"errors\":[]}";
    static const char missing[] =
        "[{\"message\":\"Required fields\",\"errorCode\":\"REQUIRED_FIELD_MISSING\"}]";
    static const struct {
        http_answer answer;
        uint32_t result;
        size_t sent; /* exchanges, when the second answer is good */
    } rows[] = {
        {{.status = 201, .body = good}, CRMI_CALL_ANSWERED, 1},
        {{.status = 204}, CRMI_CALL_ANSWERED, 1},
        {{.outcome = CRMSYNC_HTTP_NOT_SENT}, CRMI_CALL_ANSWERED, 2},
        {{.outcome = CRMSYNC_HTTP_UNKNOWN}, CRMI_CALL_UNKNOWN, 1},
        {{.outcome = CRMSYNC_HTTP_UNKNOWN, .status = 201, .body = "{\"id\":"},
         CRMI_CALL_UNKNOWN,
         1},
        {{.outcome = CRMSYNC_HTTP_NOT_SENT, .status = 201}, CRMI_CALL_UNKNOWN, 1},
        {{.outcome = CRMSYNC_HTTP_REFUSED_TLS}, CRMI_CALL_NOT_APPLIED, 1},
        {{.status = 201, .body = "{\"id\":\"00Q"}, CRMI_CALL_UNKNOWN, 1},
        {{.status = 200, .body = "<html>maintenance</html>", .type = "text/html"},
         CRMI_CALL_UNKNOWN,
         1},
        {{.status = 400, .body = missing}, CRMI_CALL_NOT_APPLIED, 1},
        {{.status = 400, .body = "<html>bad</html>", .type = "text/html"}, CRMI_CALL_UNKNOWN, 1},
        {{.status = 500, .body = "[{\"message\":\"x\",\"errorCode\":\"UNKNOWN_EXCEPTION\"}]"},
         CRMI_CALL_UNKNOWN,
         1},
        {{.status = 503, .body = ""}, CRMI_CALL_UNKNOWN, 1},
        {{.status = 302}, CRMI_CALL_UNKNOWN, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        tear_down(state);
        set_up(state);
        make_request("POST", CRMI_REQ_WRITE);
        http_say(&f.http, rows[i].answer);
        http_answer_json(&f.http, 201, good);
        assert_int_equal(run(), CRMSYNC_OK);
        assert_int_equal(f.call.result, rows[i].result);
        assert_int_equal(f.http.seen_count, rows[i].sent);
        assert_int_equal(f.call.error != NULL, rows[i].result != CRMI_CALL_ANSWERED);
    }
}

static void test_read__trouble_is_retried_with_growing_waits(void **state)
{
    (void)state;
    make_request("GET", CRMI_REQ_IDEMPOTENT);
    http_say(&f.http, (http_answer){.outcome = CRMSYNC_HTTP_UNKNOWN});
    http_answer_json(&f.http, 503, "");
    http_say(&f.http, (http_answer){.status = 200, .body = "<html>", .type = "text/html"});
    http_answer_json(&f.http, 200, "{}");
    uint64_t before = f.http.mono;
    assert_int_equal(run(), CRMSYNC_OK);
    assert_int_equal(f.call.result, CRMI_CALL_ANSWERED);
    assert_int_equal(f.http.seen_count, 4);
    assert_true(f.http.mono - before >= 250 + 500 + 1000);
}

static void test_read__gives_up_after_its_tries(void **state)
{
    (void)state;
    make_request("GET", CRMI_REQ_IDEMPOTENT);
    for (int i = 0; i < 9; i++)
        http_answer_json(&f.http, 503, "");
    assert_int_equal(run(), CRMSYNC_OK);
    assert_int_equal(f.call.result, CRMI_CALL_FAILED);
    assert_int_equal(f.http.seen_count, 5);
    assert_int_equal(crmsync_error_http_status(f.call.error), 503);
}

static void test_deadline__nothing_leaves_after_it(void **state)
{
    (void)state;
    make_request("POST", CRMI_REQ_WRITE);
    http_answer_json(&f.http, 201, "{}");
    crmi_call_start(&f.call, &f.w[0].calls, &f.request, f.http.mono);
    assert_int_equal(crmi_call_run(&f.call, NULL), CRMSYNC_OK);
    assert_int_equal(f.call.result, CRMI_CALL_NOT_APPLIED);
    assert_int_equal(f.http.seen_count, 0);
    crmi_call_clear(&f.call);
    crmi_call_start(&f.call, &f.w[0].calls, &f.request, f.http.mono + 700);
    assert_int_equal(crmi_call_run(&f.call, NULL), CRMSYNC_OK);
    assert_int_equal(f.http.seen[0].timeout_ms, 700);
    assert_int_equal(f.http.seen[0].not_after, f.call.not_after);
}

static void test_401__one_refresh_one_replay_and_the_rotated_token_is_stored_first(void **state)
{
    crmi_buf secret;
    (void)state;
    make_request("POST", CRMI_REQ_WRITE);
    http_answer_json(&f.http, 401, EXPIRED);
    http_answer_json(&f.http, 200, TOKEN("access-2", "\"refresh_token\":\"refresh-2\","));
    http_answer_json(&f.http, 201, "{}");
    assert_int_equal(run(), CRMSYNC_OK);
    assert_int_equal(f.call.result, CRMI_CALL_ANSWERED);
    assert_int_equal(f.http.seen_count, 3);
    assert_non_null(strstr(f.http.seen[1].body, "refresh-1"));
    assert_string_equal(f.http.seen[1].authorization, "");
    assert_string_equal(f.http.seen[2].authorization, "Bearer access-2");
    crmi_buf_init(&secret, &f.dry.table);
    crmi_secret_get(&f.w[0].session.secrets, CRMI_STR("token/main"), &secret, NULL, NULL);
    assert_non_null(strstr(crmi_buf_str(&secret).ptr, "refresh-2"));
    crmi_buf_wipe(&secret);
    static const char *const hidden[] = {"access-1", "access-2", "refresh-1", "refresh-2",
                                         "s3cret"};
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
        assert_null(strstr(f.http.traced, hidden[i]));
    for (size_t i = 0; i < f.kv.n; i++)
        assert_null(strstr(f.kv.v[i].value, "refresh-"));
}

static void test_401__a_second_one_is_the_end(void **state)
{
    (void)state;
    make_request("GET", CRMI_REQ_IDEMPOTENT);
    http_answer_json(&f.http, 401, EXPIRED);
    http_answer_json(&f.http, 200, TOKEN("access-2", ""));
    http_answer_json(&f.http, 401, EXPIRED);
    assert_int_equal(run(), CRMSYNC_OK);
    assert_int_equal(f.call.result, CRMI_CALL_NOT_APPLIED);
    assert_int_equal(crmsync_error_code(f.call.error), CRMSYNC_E_AUTH);
    assert_int_equal(f.w[0].session.refreshes, 1);
}

static void test_401__a_revoked_refresh_token_is_asked_once_only(void **state)
{
    (void)state;
    make_request("GET", CRMI_REQ_IDEMPOTENT);
    http_answer_json(&f.http, 401, EXPIRED);
    http_answer_json(&f.http, 400,
                     "{\"error\":\"invalid_grant\",\"error_description\":"
                     "\"expired access/refresh token\"}");
    http_answer_json(&f.http, 401, EXPIRED);
    assert_int_equal(run(), CRMSYNC_E_AUTH);
    assert_int_equal(f.w[0].session.verdict, CRMI_AUTH_REVOKED);
    crmi_call_clear(&f.call);
    assert_int_equal(run(), CRMSYNC_E_AUTH);
    assert_int_equal(f.w[0].session.refreshes, 1);
}

static void test_refresh__two_workers_of_one_store_ask_once(void **state)
{
    crmi_call second;
    crmi_call *both[2] = {&f.call, &second};
    crmi_want want;
    (void)state;
    worker_start(&f.w[1], "two");
    assert_int_equal(crmi_session_load(&f.w[1].session, NULL, NULL), CRMSYNC_OK);
    make_request("GET", CRMI_REQ_IDEMPOTENT);
    http_answer_json(&f.http, 401, EXPIRED);
    http_answer_json(&f.http, 401, EXPIRED);
    http_answer_json(&f.http, 200, TOKEN("access-2", "\"refresh_token\":\"refresh-2\","));
    http_answer_json(&f.http, 200, "{}");
    http_answer_json(&f.http, 200, "{}");
    for (int i = 0; i < 2; i++)
        crmi_call_start(both[i], &f.w[i].calls, &f.request, 0);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(crmi_calls_step(both, 2, &want, NULL), CRMSYNC_OK);
        if (want.what == CRMI_WANT_DONE)
            break;
        assert_int_equal(crmi_pump_poll(&f.w[0].pump, 0, NULL), CRMSYNC_OK);
        assert_int_equal(crmi_pump_poll(&f.w[1].pump, 100, NULL), CRMSYNC_OK);
    }
    assert_int_equal(f.call.result, CRMI_CALL_ANSWERED);
    assert_int_equal(second.result, CRMI_CALL_ANSWERED);
    assert_int_equal(f.w[0].session.refreshes + f.w[1].session.refreshes, 1);
    assert_string_equal(f.w[1].session.access_token.ptr, "access-2");
    crmi_call_clear(&second);
}

/* After a lost answer the refresh token may be spent: it is presented again only if it cannot be.
 */
static void test_refresh__a_lost_answer_is_repeated_only_without_rotation(void **state)
{
    for (int steady = 0; steady <= 1; steady++) {
        tear_down(state);
        set_up(state);
        f.w[0].options.rotation_off = steady;
        make_request("GET", CRMI_REQ_IDEMPOTENT);
        http_answer_json(&f.http, 401, EXPIRED);
        http_say(&f.http, (http_answer){.outcome = CRMSYNC_HTTP_UNKNOWN});
        http_answer_json(&f.http, 200, TOKEN("access-2", ""));
        http_answer_json(&f.http, 200, "{}");
        assert_int_equal(run(), steady ? CRMSYNC_OK : CRMSYNC_E_AUTH);
        assert_int_equal(f.w[0].session.refreshes, steady ? 2 : 1);
        assert_int_equal(f.call.result, steady ? CRMI_CALL_ANSWERED : CRMI_CALL_FAILED);
    }
}

static void test_refresh__a_store_that_fails_keeps_the_granted_token_for_later(void **state)
{
    (void)state;
    make_request("GET", CRMI_REQ_IDEMPOTENT);
    http_answer_json(&f.http, 401, EXPIRED);
    http_answer_json(&f.http, 200, TOKEN("access-2", "\"refresh_token\":\"refresh-2\","));
    http_answer_json(&f.http, 200, "{}");
    f.kv.fault = KV_FAIL;
    f.kv.fault_at = f.kv.commits + 2; /* the lease first, then the secret */
    f.kv.fault_for = 4;
    assert_int_equal(run(), CRMSYNC_E_CALLBACK);
    assert_int_equal(f.http.seen_count, 2); /* access-2 was not used */
    crmi_call_clear(&f.call);
    f.kv.fault_at = 0;
    crmi_session_renew(&f.w[0].session, 1);
    assert_int_equal(run(), CRMSYNC_OK);
    assert_string_equal(f.http.seen[2].authorization, "Bearer access-2");
    assert_int_equal(f.w[0].session.refreshes, 1);
}

static void test_session__a_token_never_leaves_the_org(void **state)
{
    static const struct {
        const char *path;
        bool own;
    } rows[] = {
        {HOST "/services/data", true},
        {"https://ACME.my.salesforce.com/x", true},
        {"https://other.my.salesforce.com/x", false},
        {"https://acme.my.salesforce.com.evil.example/x", false},
        {"https://acme.my.salesforce.com@evil.example/x", false},
        {"http://acme.my.salesforce.com/x", false},
        {"//evil.example/x", false},
        {"services/data", false},
        {"/services/data", true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        crmi_buf url;
        crmi_buf_init(&url, &f.dry.table);
        int32_t rc = crmi_session_url(&f.w[0].session, crmi_str(rows[i].path), &url, NULL);
        assert_int_equal(rc, rows[i].own ? CRMSYNC_OK : CRMSYNC_E_PROTOCOL);
        crmi_buf_clear(&url);
    }
}

static void test_limits__the_day_pauses_and_concurrency_slows(void **state)
{
    (void)state;
    make_request("GET", CRMI_REQ_IDEMPOTENT);
    http_answer_json(&f.http, 403,
                     "[{\"message\":\"ConcurrentPerOrgLongTxn Limit exceeded.\","
                     "\"errorCode\":\"REQUEST_LIMIT_EXCEEDED\"}]");
    http_answer_json(&f.http, 200, "{}");
    assert_int_equal(run(), CRMSYNC_OK);
    assert_int_equal(f.call.result, CRMI_CALL_ANSWERED);
    crmi_call_clear(&f.call);
    http_answer_json(&f.http, 403,
                     "[{\"message\":\"TotalRequests Limit exceeded.\","
                     "\"errorCode\":\"REQUEST_LIMIT_EXCEEDED\"}]");
    assert_int_equal(run(), CRMSYNC_OK);
    assert_int_equal(f.call.result, CRMI_CALL_NOT_APPLIED);
    crmi_call_clear(&f.call);
    crmsync_error *err = NULL;
    crmi_call_start(&f.call, &f.w[0].calls, &f.request, 0);
    assert_int_equal(crmi_call_run(&f.call, &err), CRMSYNC_E_BUDGET);
    assert_true(crmsync_error_retry_after_ms(err) > 1000);
    crmsync_error_free(err);
    assert_int_equal(f.http.seen_count, 3);
}

static int32_t take_and_pause(void *ctx, crmsync_str bytes)
{
    crmi_buf *b = ctx;
    crmi_buf_add(b, bytes);
    return b->len == 4 ? CRMSYNC_HTTP_BODY_PAUSED : CRMSYNC_HTTP_BODY_OK;
}

static void test_stream__pauses_goes_on_and_is_not_restarted(void **state)
{
    crmi_buf got;
    crmi_want want;
    (void)state;
    crmi_buf_init(&got, &f.dry.table);
    make_request("GET", CRMI_REQ_IDEMPOTENT);
    http_say(&f.http,
             (http_answer){.status = 200, .body = "Id,Name,X", .type = "text/csv", .chunk = 2});
    crmi_call_start(&f.call, &f.w[0].calls, &f.request, 0);
    crmi_call_stream(&f.call, take_and_pause, &got);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(crmi_call_step(&f.call, &want, NULL), CRMSYNC_OK);
        crmi_pump_poll(&f.w[0].pump, 10, NULL);
    }
    assert_int_equal(got.len, 4);
    assert_false(crmi_call_done(&f.call));
    assert_int_equal(crmi_call_resume(&f.call, NULL), CRMSYNC_OK);
    assert_int_equal(crmi_call_run(&f.call, NULL), CRMSYNC_OK);
    assert_string_equal(crmi_buf_str(&got).ptr, "Id,Name,X");
    crmi_call_clear(&f.call);
    http_say(&f.http, (http_answer){.outcome = CRMSYNC_HTTP_UNKNOWN, .status = 200, .body = "Id"});
    http_answer_json(&f.http, 200, "{}");
    crmi_call_start(&f.call, &f.w[0].calls, &f.request, 0);
    crmi_call_stream(&f.call, take_and_pause, &got);
    assert_int_equal(crmi_call_run(&f.call, NULL), CRMSYNC_OK);
    assert_int_equal(f.call.result, CRMI_CALL_FAILED);
    crmi_buf_clear(&got);
}

static void test_limit__an_answer_too_large_is_refused(void **state)
{
    static char big[8000];
    (void)state;
    memset(big, ' ', sizeof big - 1);
    make_request("GET", CRMI_REQ_IDEMPOTENT);
    http_say(&f.http, (http_answer){.status = 200, .body = big, .chunk = 1000});
    assert_int_equal(run(), CRMSYNC_OK);
    assert_int_equal(f.call.result, CRMI_CALL_FAILED);
    assert_int_equal(crmsync_error_code(f.call.error), CRMSYNC_E_LIMIT);
}

static void test_clear__cancels_what_is_in_flight(void **state)
{
    crmi_want want;
    (void)state;
    make_request("GET", CRMI_REQ_IDEMPOTENT);
    http_answer_json(&f.http, 200, "{}");
    crmi_call_start(&f.call, &f.w[0].calls, &f.request, 0);
    assert_int_equal(crmi_call_step(&f.call, &want, NULL), CRMSYNC_OK);
    assert_int_equal(want.what, CRMI_WANT_IO);
    crmi_call_clear(&f.call);
    assert_int_equal(f.http.cancelled, 1);
    assert_int_equal(f.http.flight_count, 0);
    assert_int_equal(f.w[0].governor.in_flight, 0);
}

/* A cancelled job clears calls whose answer nobody has looked at; the slot must come back. */
static void test_clear__answer_that_was_never_looked_at_frees_its_slot(void **state)
{
    crmi_want want;
    (void)state;
    make_request("GET", CRMI_REQ_IDEMPOTENT);
    http_answer_json(&f.http, 200, "{}");
    crmi_call_start(&f.call, &f.w[0].calls, &f.request, 0);
    assert_int_equal(crmi_call_step(&f.call, &want, NULL), CRMSYNC_OK);
    for (int polls = 0; f.call.exchange->outcome == 0 && polls < 10; polls++)
        assert_int_equal(crmi_pump_poll(&f.w[0].pump, 1000, NULL), CRMSYNC_OK);
    assert_int_equal(f.call.exchange->outcome, CRMSYNC_HTTP_RESPONDED);
    crmi_call_clear(&f.call);
    assert_int_equal(f.w[0].governor.in_flight, 0);
}

static void test_call__out_of_memory_anywhere_ends_cleanly(void **state)
{
    (void)state;
    for (long left = 0;; left++) {
        f.http.scripted = f.http.answered = f.http.seen_count = 0;
        f.http.traced[0] = 0;
        make_request("POST", CRMI_REQ_WRITE);
        http_answer_json(&f.http, 400, "[{\"message\":\"m\",\"errorCode\":\"STRING_TOO_LONG\"}]");
        f.dry.left = left;
        f.dry.ran_dry = false;
        int32_t rc = run();
        bool dry = f.dry.ran_dry;
        f.dry.left = -1;
        crmi_call_clear(&f.call);
        assert_int_equal(crmi_pump_in_flight(&f.w[0].pump), 0);
        if (!dry)
            break;
        assert_true(rc == CRMSYNC_E_NOMEM || rc == CRMSYNC_OK); /* a trace may be left out */
    }
}

static void test_refresh__out_of_memory_anywhere_loses_no_token_and_leaks_nothing(void **state)
{
    for (long left = 0;; left++) {
        assert_int_equal(tear_down(state), 0);
        set_up(state);
        make_request("GET", CRMI_REQ_IDEMPOTENT);
        http_answer_json(&f.http, 401, EXPIRED);
        http_answer_json(&f.http, 200, TOKEN("access-2", "\"refresh_token\":\"refresh-2\","));
        http_answer_json(&f.http, 200, "{}");
        f.dry.left = left;
        f.dry.ran_dry = false;
        int32_t rc = run();
        bool ran_dry = f.dry.ran_dry;
        f.dry.left = -1;
        if (!ran_dry) {
            assert_int_equal(rc, CRMSYNC_OK);
            break;
        }
        /* Once it was granted and could be read, the next try stores and uses it. */
        if (f.w[0].session.granted.access_token.len) {
            crmi_call_clear(&f.call);
            assert_int_equal(run(), CRMSYNC_OK);
            assert_string_equal(f.w[0].session.refresh_token.ptr, "refresh-2");
        }
    }
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_read__answer_comes_with_headers_and_token),
        T(test_write__only_a_proven_failure_is_repeated),
        T(test_read__trouble_is_retried_with_growing_waits),
        T(test_read__gives_up_after_its_tries),
        T(test_deadline__nothing_leaves_after_it),
        T(test_401__one_refresh_one_replay_and_the_rotated_token_is_stored_first),
        T(test_401__a_second_one_is_the_end),
        T(test_401__a_revoked_refresh_token_is_asked_once_only),
        T(test_refresh__two_workers_of_one_store_ask_once),
        T(test_refresh__a_lost_answer_is_repeated_only_without_rotation),
        T(test_refresh__a_store_that_fails_keeps_the_granted_token_for_later),
        T(test_session__a_token_never_leaves_the_org),
        T(test_limits__the_day_pauses_and_concurrency_slows),
        T(test_stream__pauses_goes_on_and_is_not_restarted),
        T(test_limit__an_answer_too_large_is_refused),
        T(test_clear__cancels_what_is_in_flight),
        T(test_clear__answer_that_was_never_looked_at_frees_its_slot),
        T(test_call__out_of_memory_anywhere_ends_cleanly),
        T(test_refresh__out_of_memory_anywhere_loses_no_token_and_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
