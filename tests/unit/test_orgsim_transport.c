/* The in-process transport: virtual time, faults, delivery. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../sim/orgsim.h"

#define EXCHANGES 8
#define START_MS 1763640000000 /* 2025-11-20T12:00:00Z */

/* ---- a sink that takes notes ---- */
struct crmsync_http_sink {
    struct seen {
        int heads, dones, status;
        uint32_t outcome;
        char body[4096];
        size_t body_len, pieces, largest;
    } of[EXCHANGES];
    uint64_t order[EXCHANGES]; /* ids, as they ended */
    size_t ended;
    int32_t say;       /* answer to the next piece of body */
    uint64_t say_once; /* to this exchange only, once; 0 = to none */
};

int32_t crmsync_http_head(crmsync_http_sink *sink, uint64_t id, int32_t status,
                          const crmsync_header *headers, size_t header_count)
{
    assert_true(id < EXCHANGES);
    for (size_t i = 0; i < header_count; i++)
        assert_true(headers[i].name.len > 0);
    sink->of[id].heads++;
    sink->of[id].status = status;
    return CRMSYNC_OK;
}

int32_t crmsync_http_body(crmsync_http_sink *sink, uint64_t id, crmsync_str bytes)
{
    struct seen *seen = &sink->of[id];
    assert_int_equal(seen->heads, 1);
    assert_int_equal(seen->dones, 0);
    assert_true(seen->body_len + bytes.len < sizeof seen->body);
    memcpy(seen->body + seen->body_len, bytes.ptr, bytes.len);
    seen->body_len += bytes.len;
    seen->pieces++;
    if (bytes.len > seen->largest)
        seen->largest = bytes.len;
    if (sink->say_once == id) {
        sink->say_once = 0;
        return sink->say;
    }
    return CRMSYNC_HTTP_BODY_OK;
}

int32_t crmsync_http_done(crmsync_http_sink *sink, uint64_t id, uint32_t outcome,
                          crmsync_str detail)
{
    (void)detail;
    sink->of[id].dones++;
    sink->of[id].outcome = outcome;
    sink->order[sink->ended++] = id;
    return CRMSYNC_OK;
}

/* ---- the bench: an org, its transport, a token ---- */
typedef struct bench {
    orgsim *org;
    orgsim_clock clock;
    orgsim_transport *transport;
    crmsync_http_sink sink;
    char authorization[512];
} bench;

static crmsync_str str(const char *text)
{
    crmsync_str view = {text, strlen(text)};
    return view;
}

static void take_token(bench *b)
{
    static const char form[] = "grant_type=client_credentials&client_id=orgsim-client"
                               "&client_secret=orgsim-secret";
    crmsync_header type = {CRMSYNC_STR_LIT("Content-Type"),
                           CRMSYNC_STR_LIT("application/x-www-form-urlencoded")};
    orgsim_request request = {CRMSYNC_STR_LIT("POST"), CRMSYNC_STR_LIT("/services/oauth2/token"),
                              &type, 1, CRMSYNC_STR_LIT(form)};
    orgsim_response response = {0};
    orgsim_handle(b->org, &request, &response);
    assert_int_equal(response.status, 200);
    const char *at = strstr(response.body, "\"access_token\":\"");
    assert_non_null(at);
    at += strlen("\"access_token\":\"");
    snprintf(b->authorization, sizeof b->authorization, "Bearer %.*s", (int)strcspn(at, "\""), at);
    orgsim_response_clear(&response);
}

static int set_up(void **state)
{
    bench *b = calloc(1, sizeof *b);
    b->org = orgsim_new(NULL);
    b->clock.wall_ms = START_MS;
    b->clock.mono_ms = 5000;
    orgsim_set_now(b->org, START_MS);
    b->transport = orgsim_transport_new(b->org, &b->clock);
    take_token(b);
    *state = b;
    return 0;
}

static int tear_down(void **state)
{
    bench *b = *state;
    orgsim_transport_free(b->transport);
    orgsim_free(b->org);
    free(b);
    return 0;
}

static int32_t start(bench *b, uint64_t id, const char *method, const char *target,
                     const char *body, uint64_t not_after, uint32_t timeout_ms)
{
    /* Everything is on this stack and overwritten: the transport has to copy. */
    char url[512], text[512], authorization[512];
    snprintf(url, sizeof url, "https://example.my.salesforce.com%s", target);
    snprintf(text, sizeof text, "%s", body);
    memcpy(authorization, b->authorization, sizeof authorization);
    crmsync_header headers[] = {{CRMSYNC_STR_LIT("Authorization"), str(authorization)},
                                {CRMSYNC_STR_LIT("Content-Type"),
                                 CRMSYNC_STR_LIT("application/json")}};
    crmsync_http_request request = CRMSYNC_HTTP_REQUEST_INIT;
    request.id = id;
    request.method = str(method);
    request.url = str(url);
    request.body = str(text);
    request.headers = headers;
    request.header_count = 2;
    request.not_after = not_after;
    request.timeout_ms = timeout_ms;
    int32_t rc = orgsim_transport_ops()->start(b->transport, &request, &b->sink, NULL);
    memset(url, 'x', sizeof url);
    memset(text, 'x', sizeof text);
    memset(authorization, 'x', sizeof authorization);
    return rc;
}

static void create(bench *b, uint64_t id)
{
    assert_int_equal(start(b, id, "POST", "/services/data/v60.0/sobjects/Account",
                           "{\"Name\":\"Acme\"}", 0, 0),
                     CRMSYNC_OK);
}

static void poll_for(bench *b, uint32_t timeout_ms)
{
    assert_int_equal(orgsim_transport_ops()->poll(b->transport, timeout_ms, &b->sink, NULL),
                     CRMSYNC_OK);
}

static long accounts(const bench *b)
{
    return orgsim_count(b->org, "Account", NULL);
}

/* ---- tests ---- */

static void test_poll__answer_takes_virtual_time(void **state)
{
    bench *b = *state;
    create(b, 1);
    assert_int_equal(accounts(b), 1); /* acts when started */
    poll_for(b, 0);
    assert_int_equal(b->sink.of[1].dones, 0);
    assert_int_equal(b->clock.mono_ms, 5000);
    poll_for(b, 10000);
    assert_int_equal(b->sink.of[1].dones, 1);
    assert_int_equal(b->sink.of[1].outcome, CRMSYNC_HTTP_RESPONDED);
    assert_int_equal(b->sink.of[1].status, 201);
    assert_non_null(strstr(b->sink.of[1].body, "\"success\":true"));
    uint64_t took = b->clock.mono_ms - 5000;
    assert_true(took > 0 && took < 10000);
    assert_int_equal(b->clock.wall_ms - START_MS, took);
    assert_int_equal(orgsim_now(b->org), b->clock.wall_ms);
}

static void test_poll__nothing_in_flight_lets_the_time_out_pass(void **state)
{
    bench *b = *state;
    poll_for(b, 250);
    assert_int_equal(b->clock.mono_ms, 5250);
    orgsim_transport_ops()->wake(b->transport);
    poll_for(b, 250);
    assert_int_equal(b->clock.mono_ms, 5250);
    poll_for(b, 250);
    assert_int_equal(b->clock.mono_ms, 5500);
}

static void test_fault__table_of_kinds_has_effect_and_outcome_as_promised(void **state)
{
    static const struct {
        enum orgsim_fault_kind kind;
        long rows;
        uint32_t outcome;
        int status;
    } rows[] = {
        {ORGSIM_FAULT_NONE, 1, CRMSYNC_HTTP_RESPONDED, 201},
        {ORGSIM_FAULT_REFUSED, 0, CRMSYNC_HTTP_NOT_SENT, 0},
        {ORGSIM_FAULT_LOST_BEFORE, 0, CRMSYNC_HTTP_UNKNOWN, 0},
        {ORGSIM_FAULT_LOST_AFTER, 1, CRMSYNC_HTTP_UNKNOWN, 0},
        {ORGSIM_FAULT_LATE_EFFECT, 0, CRMSYNC_HTTP_UNKNOWN, 0},
        {ORGSIM_FAULT_CUT, 1, CRMSYNC_HTTP_RESPONDED, 201},
        {ORGSIM_FAULT_GARBAGE, 1, CRMSYNC_HTTP_RESPONDED, 200},
        {ORGSIM_FAULT_HTML_503, 0, CRMSYNC_HTTP_RESPONDED, 503},
        {ORGSIM_FAULT_500_AFTER, 1, CRMSYNC_HTTP_RESPONDED, 500},
        {ORGSIM_FAULT_401, 0, CRMSYNC_HTTP_RESPONDED, 401},
        {ORGSIM_FAULT_403_LIMIT, 0, CRMSYNC_HTTP_RESPONDED, 403},
        {ORGSIM_FAULT_SLOW, 1, CRMSYNC_HTTP_RESPONDED, 201},
    };
    (void)state;
    assert_int_equal(sizeof rows / sizeof rows[0], ORGSIM_FAULT_LAST);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        void *fresh = NULL;
        set_up(&fresh);
        bench *b = fresh;
        orgsim_transport_fault(b->transport, 1, rows[i].kind);
        create(b, 1);
        poll_for(b, 100000);
        assert_int_equal(b->sink.of[1].dones, 1);
        assert_int_equal(b->sink.of[1].outcome, rows[i].outcome);
        assert_int_equal(b->sink.of[1].status, rows[i].status);
        assert_int_equal(accounts(b), rows[i].rows);
        /* Used up: the next request meets nothing, except that a dead token stays dead. */
        create(b, 2);
        poll_for(b, 100000);
        assert_int_equal(b->sink.of[2].status, rows[i].kind == ORGSIM_FAULT_401 ? 401 : 201);
        tear_down(&fresh);
    }
}

static void test_fault__bodies_are_broken_as_named(void **state)
{
    bench *b = *state;
    create(b, 1);
    orgsim_transport_fault(b->transport, 1, ORGSIM_FAULT_CUT);
    create(b, 2);
    orgsim_transport_fault(b->transport, 1, ORGSIM_FAULT_HTML_503);
    create(b, 3);
    poll_for(b, 5000);
    poll_for(b, 5000);
    assert_int_equal(b->sink.of[2].body_len, b->sink.of[1].body_len / 2);
    assert_int_equal(b->sink.of[3].body[0], '<');
}

static void test_fault_on__meets_the_first_request_with_the_part(void **state)
{
    bench *b = *state;
    orgsim_transport_fault_on(b->transport, "POST /services", ORGSIM_FAULT_REFUSED);
    assert_int_equal(start(b, 1, "GET", "/services/data/v60.0/limits", "", 0, 0), CRMSYNC_OK);
    create(b, 2);
    create(b, 3);
    poll_for(b, 5000);
    poll_for(b, 5000);
    assert_int_equal(b->sink.of[1].status, 200);
    assert_int_equal(b->sink.of[2].outcome, CRMSYNC_HTTP_NOT_SENT);
    assert_int_equal(b->sink.of[3].status, 201);
    assert_int_equal(orgsim_transport_started(b->transport), 3);
}

static void test_fault__zero_takes_all_back(void **state)
{
    bench *b = *state;
    orgsim_transport_fault(b->transport, 1, ORGSIM_FAULT_REFUSED);
    orgsim_transport_fault_on(b->transport, "sobjects", ORGSIM_FAULT_REFUSED);
    orgsim_transport_fault(b->transport, 0, ORGSIM_FAULT_NONE);
    create(b, 1);
    poll_for(b, 5000);
    assert_int_equal(b->sink.of[1].status, 201);
}

static int lost_of_hundred(bench *b, uint64_t seed)
{
    int lost = 0;
    orgsim_transport_fault_rate(b->transport, 300, ORGSIM_FAULT_LOST_BEFORE, seed);
    for (int i = 0; i < 100; i++) {
        memset(&b->sink, 0, sizeof b->sink);
        create(b, 1);
        poll_for(b, 5000);
        lost += b->sink.of[1].outcome == CRMSYNC_HTTP_UNKNOWN;
    }
    return lost;
}

static void test_fault_rate__hits_about_its_share_and_the_same_again(void **state)
{
    bench *b = *state;
    int lost = lost_of_hundred(b, 7);
    assert_true(lost > 15 && lost < 45);
    assert_int_equal(accounts(b), 100 - lost);
    assert_int_equal(lost_of_hundred(b, 7), lost);
    orgsim_transport_fault(b->transport, 0, ORGSIM_FAULT_NONE);
    memset(&b->sink, 0, sizeof b->sink);
    for (uint64_t id = 1; id < EXCHANGES; id++) {
        create(b, id);
        poll_for(b, 5000);
        assert_int_equal(b->sink.of[id].status, 201);
    }
}

static void test_fault__late_effect_happens_five_minutes_later(void **state)
{
    bench *b = *state;
    orgsim_transport_fault(b->transport, 1, ORGSIM_FAULT_LATE_EFFECT);
    create(b, 1);
    poll_for(b, 1000);
    assert_int_equal(b->sink.of[1].outcome, CRMSYNC_HTTP_UNKNOWN);
    assert_int_equal(orgsim_transport_late(b->transport), 1);
    b->clock.wall_ms = START_MS + 299999;
    poll_for(b, 0);
    assert_int_equal(accounts(b), 0);
    /* The clock jumps far: the row still carries the time at which the effect was due. */
    b->clock.wall_ms = START_MS + 3600000;
    poll_for(b, 0);
    assert_int_equal(accounts(b), 1);
    assert_int_equal(orgsim_count(b->org, "Account", "CreatedDate = 2025-11-20T12:05:00Z"), 1);
    assert_int_equal(orgsim_transport_late(b->transport), 0);
    assert_int_equal(b->sink.of[1].dones, 1);
}

static void test_fault__late_effect_survives_cancel_and_a_dead_client(void **state)
{
    bench *b = *state;
    orgsim_transport_fault(b->transport, 1, ORGSIM_FAULT_LATE_EFFECT);
    create(b, 1);
    orgsim_transport_ops()->cancel(b->transport, 1);
    orgsim_transport_fault(b->transport, 1, ORGSIM_FAULT_LATE_EFFECT);
    create(b, 1);
    orgsim_transport_drop_client(b->transport);
    poll_for(b, 299999);
    assert_int_equal(accounts(b), 0);
    poll_for(b, 1);
    assert_int_equal(accounts(b), 2);
    assert_int_equal(b->sink.ended, 0);
}

static void test_start__past_not_after_sends_nothing(void **state)
{
    bench *b = *state;
    start(b, 1, "POST", "/services/data/v60.0/sobjects/Account", "{\"Name\":\"A\"}", 4999, 0);
    start(b, 2, "POST", "/services/data/v60.0/sobjects/Account", "{\"Name\":\"B\"}", 5001, 0);
    poll_for(b, 5000);
    poll_for(b, 5000);
    assert_int_equal(b->sink.of[1].outcome, CRMSYNC_HTTP_NOT_SENT);
    assert_int_equal(b->sink.of[1].heads, 0);
    assert_int_equal(b->sink.of[2].status, 201);
    assert_int_equal(accounts(b), 1);
}

static void test_start__answer_later_than_the_time_out_is_unknown(void **state)
{
    bench *b = *state;
    start(b, 1, "POST", "/services/data/v60.0/sobjects/Account", "{\"Name\":\"A\"}", 0, 10);
    poll_for(b, 5000);
    assert_int_equal(b->sink.of[1].outcome, CRMSYNC_HTTP_UNKNOWN);
    assert_int_equal(b->clock.mono_ms, 5010);
    assert_int_equal(accounts(b), 1);
}

static void test_fault__slow_answer_beyond_the_time_out_acts_after_it(void **state)
{
    bench *b = *state;
    orgsim_transport_fault(b->transport, 1, ORGSIM_FAULT_SLOW);
    start(b, 1, "POST", "/services/data/v60.0/sobjects/Account", "{\"Name\":\"A\"}", 0, 60000);
    poll_for(b, 120000);
    assert_int_equal(b->sink.of[1].outcome, CRMSYNC_HTTP_UNKNOWN);
    assert_int_equal(b->clock.mono_ms, 65000);
    assert_int_equal(accounts(b), 0);
    poll_for(b, 30000);
    assert_int_equal(accounts(b), 1);
}

static void test_start__refuses_an_id_that_is_open_and_a_short_struct(void **state)
{
    bench *b = *state;
    create(b, 1);
    assert_int_equal(start(b, 1, "GET", "/services/data", "", 0, 0), CRMSYNC_E_INVALID);
    assert_int_equal(start(b, 0, "GET", "/services/data", "", 0, 0), CRMSYNC_E_INVALID);
    crmsync_http_request request = CRMSYNC_HTTP_REQUEST_INIT;
    request.struct_size = 8;
    request.id = 2;
    assert_int_equal(orgsim_transport_ops()->start(b->transport, &request, &b->sink, NULL),
                     CRMSYNC_E_INVALID);
}

static void test_chunk__body_arrives_in_pieces(void **state)
{
    bench *b = *state;
    orgsim_transport_chunk(b->transport, 7);
    create(b, 1);
    poll_for(b, 5000);
    const struct seen *seen = &b->sink.of[1];
    assert_int_equal(seen->largest, 7);
    assert_int_equal(seen->pieces, (seen->body_len + 6) / 7);
}

static void test_body__paused_exchange_waits_for_resume_while_others_go_on(void **state)
{
    bench *b = *state;
    orgsim_transport_chunk(b->transport, 7);
    b->sink.say = CRMSYNC_HTTP_BODY_PAUSED;
    b->sink.say_once = 1;
    create(b, 1);
    create(b, 2);
    poll_for(b, 5000);
    poll_for(b, 1000);
    assert_int_equal(b->sink.of[1].pieces, 1);
    assert_int_equal(b->sink.of[1].dones, 0);
    assert_int_equal(b->sink.of[2].dones, 1);
    orgsim_transport_ops()->resume(b->transport, 1, &b->sink, NULL);
    poll_for(b, 0);
    assert_int_equal(b->sink.of[1].dones, 1);
    assert_int_equal(b->sink.of[1].body_len, b->sink.of[2].body_len);
}

static void test_body__limit_ends_as_unknown(void **state)
{
    bench *b = *state;
    orgsim_transport_chunk(b->transport, 7);
    b->sink.say = CRMSYNC_HTTP_BODY_LIMIT;
    b->sink.say_once = 1;
    create(b, 1);
    poll_for(b, 5000);
    assert_int_equal(b->sink.of[1].pieces, 1);
    assert_int_equal(b->sink.of[1].outcome, CRMSYNC_HTTP_UNKNOWN);
    assert_int_equal(b->sink.of[1].dones, 1);
}

static void test_cancel__nothing_is_delivered_afterwards(void **state)
{
    bench *b = *state;
    create(b, 1);
    create(b, 2);
    orgsim_transport_ops()->cancel(b->transport, 1);
    poll_for(b, 5000);
    poll_for(b, 5000);
    assert_int_equal(b->sink.of[1].dones, 0);
    assert_int_equal(b->sink.of[2].dones, 1);
    assert_int_equal(accounts(b), 2);
}

static void test_poll__several_in_flight_end_in_order_of_their_time(void **state)
{
    bench *b = *state;
    orgsim_transport_fault(b->transport, 1, ORGSIM_FAULT_SLOW);
    create(b, 1);
    create(b, 2);
    orgsim_transport_fault(b->transport, 1, ORGSIM_FAULT_LOST_BEFORE);
    create(b, 3);
    for (int i = 0; i < 3; i++)
        poll_for(b, 200000);
    assert_int_equal(b->sink.ended, 3);
    assert_int_equal(b->sink.order[0], 3);
    assert_int_equal(b->sink.order[1], 2);
    assert_int_equal(b->sink.order[2], 1);
}

static void note(void *ctx, const crmsync_http_request *request, int status)
{
    char *log = ctx;
    size_t at = strlen(log);
    snprintf(log + at, 100 - at, "%.*s %d;", (int)request->method.len, request->method.ptr, status);
}

static void test_watch__sees_every_end(void **state)
{
    bench *b = *state;
    char log[100] = "";
    orgsim_transport_watch(b->transport, note, log);
    create(b, 1);
    orgsim_transport_fault(b->transport, 1, ORGSIM_FAULT_LOST_AFTER);
    create(b, 2);
    poll_for(b, 5000);
    poll_for(b, 5000);
    assert_true(strcmp(log, "POST 201;POST 0;") == 0 || strcmp(log, "POST 0;POST 201;") == 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_poll__answer_takes_virtual_time),
        CASE(test_poll__nothing_in_flight_lets_the_time_out_pass),
        cmocka_unit_test(test_fault__table_of_kinds_has_effect_and_outcome_as_promised),
        CASE(test_fault__bodies_are_broken_as_named),
        CASE(test_fault_on__meets_the_first_request_with_the_part),
        CASE(test_fault__zero_takes_all_back),
        CASE(test_fault_rate__hits_about_its_share_and_the_same_again),
        CASE(test_fault__late_effect_happens_five_minutes_later),
        CASE(test_fault__late_effect_survives_cancel_and_a_dead_client),
        CASE(test_start__past_not_after_sends_nothing),
        CASE(test_start__answer_later_than_the_time_out_is_unknown),
        CASE(test_fault__slow_answer_beyond_the_time_out_acts_after_it),
        CASE(test_start__refuses_an_id_that_is_open_and_a_short_struct),
        CASE(test_chunk__body_arrives_in_pieces),
        CASE(test_body__paused_exchange_waits_for_resume_while_others_go_on),
        CASE(test_body__limit_ends_as_unknown),
        CASE(test_cancel__nothing_is_delivered_afterwards),
        CASE(test_poll__several_in_flight_end_in_order_of_their_time),
        CASE(test_watch__sees_every_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
