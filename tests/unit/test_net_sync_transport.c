/* A blocking send function as a transport. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "http_double.h"
#include "net/pump.h"

static struct {
    dry_alloc dry;
    kv_double kv;
    http_double http;
} f;

static int set_up(void **state)
{
    (void)state;
    memset(&f, 0, sizeof f);
    dry_init(&f.dry, -1);
    kv_init(&f.kv);
    http_init(&f.http, &f.kv);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    kv_clear(&f.kv);
    return f.dry.out == 0 ? 0 : -1;
}

static int32_t take_and_pause(void *ctx, crmsync_str bytes)
{
    crmi_buf *b = ctx;
    crmi_buf_add(b, bytes);
    return b->len == 4 ? CRMSYNC_HTTP_BODY_PAUSED : CRMSYNC_HTTP_BODY_OK;
}

static int32_t blocking_send(void *ctx, const crmsync_http_request *request,
                             crmsync_http_reply *reply, crmsync_error **err)
{
    const int *how = ctx;
    (void)request;
    if (*how < 0)
        return crmsync_error_new(CRMSYNC_E_CALLBACK, CRMI_STR("boom"), err);
    if (*how != CRMSYNC_HTTP_RESPONDED)
        return *how;
    crmsync_http_reply_head(reply, 200, NULL, 0);
    crmsync_http_reply_body(reply, CRMI_STR("{\"a\""));
    crmsync_http_reply_body(reply, CRMI_STR(":1}"));
    return CRMSYNC_HTTP_RESPONDED;
}

static void count_wake(void *ctx)
{
    ++*(int *)ctx;
}

static crmsync_sync_transport *blocking_transport(int *ctx)
{
    crmsync_sync_transport *t = NULL;
    crmsync_sync_transport_options o = CRMSYNC_SYNC_TRANSPORT_OPTIONS_INIT;
    o.alloc = &f.dry.table;
    o.send = blocking_send;
    o.wake = count_wake;
    o.ctx = ctx;
    assert_int_equal(crmsync_sync_transport_new(&o, &t, NULL), CRMSYNC_OK);
    return t;
}

static void test_sync_transport__wake_reaches_the_host(void **state)
{
    int woken = 0;
    (void)state;
    crmsync_sync_transport *t = blocking_transport(&woken);
    crmsync_sync_transport_ops()->wake(t);
    assert_int_equal(woken, 1);
    crmsync_sync_transport_free(t);
}

static void test_sync_transport_new__without_send_is_refused(void **state)
{
    crmsync_sync_transport *t = NULL;
    crmsync_sync_transport_options o = CRMSYNC_SYNC_TRANSPORT_OPTIONS_INIT;
    (void)state;
    assert_int_equal(crmsync_sync_transport_new(&o, &t, NULL), CRMSYNC_E_INVALID);
    assert_int_equal(crmsync_sync_transport_new(NULL, &t, NULL), CRMSYNC_E_INVALID);
    assert_null(t);
}

static void test_sync_transport__every_outcome_passes_through(void **state)
{
    static const struct {
        int how;
        uint32_t outcome;
    } rows[] = {{CRMSYNC_HTTP_RESPONDED, CRMSYNC_HTTP_RESPONDED},
                {CRMSYNC_HTTP_NOT_SENT, CRMSYNC_HTTP_NOT_SENT},
                {CRMSYNC_HTTP_UNKNOWN, CRMSYNC_HTTP_UNKNOWN},
                {CRMSYNC_HTTP_REFUSED_TLS, CRMSYNC_HTTP_REFUSED_TLS},
                {-7, CRMSYNC_HTTP_UNKNOWN},
                {99, CRMSYNC_HTTP_UNKNOWN}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        crmsync_sync_transport *t;
        crmi_exchange *ex;
        crmi_pump pump;
        int how = rows[i].how;
        t = blocking_transport(&how);
        assert_int_equal(crmi_pump_init(&pump, &f.dry.table, crmsync_sync_transport_ops(), t,
                                        &f.http.env, &f.http, 0, NULL),
                         CRMSYNC_OK);
        crmi_send send = {.method = CRMI_STR("GET"), .url = CRMI_STR("https://x.example/")};
        assert_int_equal(crmi_pump_submit(&pump, &send, &ex, NULL), CRMSYNC_OK);
        assert_int_equal(ex->outcome, rows[i].outcome);
        if (ex->outcome == CRMSYNC_HTTP_RESPONDED)
            assert_string_equal(crmi_buf_str(&ex->body).ptr, "{\"a\":1}");
        crmi_pump_release(&pump, ex);
        crmi_pump_clear(&pump);
        crmsync_sync_transport_free(t);
    }
}

static void test_sync_transport__a_pause_keeps_the_rest_until_resume(void **state)
{
    crmsync_sync_transport *t;
    crmi_exchange *ex;
    crmi_pump pump;
    crmi_buf got;
    int how = CRMSYNC_HTTP_RESPONDED;
    (void)state;
    crmi_buf_init(&got, &f.dry.table);
    t = blocking_transport(&how);
    assert_int_equal(crmi_pump_init(&pump, &f.dry.table, crmsync_sync_transport_ops(), t,
                                    &f.http.env, &f.http, 0, NULL),
                     CRMSYNC_OK);
    crmi_send send = {.method = CRMI_STR("GET"),
                      .url = CRMI_STR("https://x.example/"),
                      .on_body = take_and_pause,
                      .body_ctx = &got};
    assert_int_equal(crmi_pump_submit(&pump, &send, &ex, NULL), CRMSYNC_OK);
    assert_int_equal(ex->outcome, 0);
    assert_int_equal(got.len, 4);
    assert_int_equal(crmi_pump_resume(&pump, ex, NULL), CRMSYNC_OK);
    assert_int_equal(ex->outcome, CRMSYNC_HTTP_RESPONDED);
    assert_string_equal(crmi_buf_str(&got).ptr, "{\"a\":1}");
    crmi_pump_release(&pump, ex);
    crmi_pump_clear(&pump);
    crmsync_sync_transport_free(t);
    crmi_buf_clear(&got);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_sync_transport__wake_reaches_the_host),
        T(test_sync_transport_new__without_send_is_refused),
        T(test_sync_transport__every_outcome_passes_through),
        T(test_sync_transport__a_pause_keeps_the_rest_until_resume),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
