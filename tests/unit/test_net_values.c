/* Masking secrets, and the budget of API calls: values in, values out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "net/governor.h"
#include "net/redact.h"

static void test_redact__secrets_are_masked_in_every_form(void **state)
{
    static const struct {
        const char *in, *out;
    } rows[] = {
        {"grant_type=refresh_token&refresh_token=abc&client_id=x",
         "grant_type=refresh_token&refresh_token=[redacted]&client_id=x"},
        {"{\"access_token\":\"a\\\"b\",\"id\":1}", "{\"access_token\":\"[redacted]\",\"id\":1}"},
        {"{ \"access_token\" : \"abc", "{ \"access_token\" : \"[redacted]\""},
        {"[{\"sid\":12345,\"a\":[\"token\",\"x\"]}]",
         "[{\"sid\":\"[redacted]\",\"a\":[\"token\",\"x\"]}]"},
        {"", ""},
    };
    crmsync_alloc alloc;
    crmi_buf b;
    (void)state;
    assert_int_equal(crmi_alloc_init(&alloc, NULL), CRMSYNC_OK);
    crmi_buf_init(&b, &alloc);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        crmi_buf_reset(&b);
        crmi_redact_body(&b, crmi_str(rows[i].in));
        assert_int_equal(b.len, strlen(rows[i].out));
        assert_memory_equal(b.len ? b.ptr : "", rows[i].out, b.len);
    }
    crmi_buf_reset(&b);
    crmi_redact_url(&b, CRMI_STR("https://u:p@h.example/cb/a@b?code=1&state=2"));
    assert_string_equal(crmi_buf_str(&b).ptr,
                        "https://[redacted]@h.example/cb/a@b?code=[redacted]&state=2");
    crmi_buf_clear(&b);
}

static void test_governor__slows_down_then_pauses_and_looks_again(void **state)
{
    crmi_governor g;
    crmi_response r = {.status = 200, .api_used = 7000, .api_limit = 10000};
    uint64_t now = 1000;
    (void)state;
    crmi_governor_init(&g, NULL);
    assert_int_equal(crmi_governor_ask(&g, now).what, CRMI_GO);
    crmi_governor_sent(&g, now);
    crmi_governor_answered(&g, &r, now);
    assert_int_equal(crmi_governor_ask(&g, now).what, CRMI_GO);
    r.api_used = 7700;
    crmi_governor_sent(&g, now);
    crmi_governor_answered(&g, &r, now);
    assert_int_equal(crmi_governor_ask(&g, now).what, CRMI_SLOW);
    assert_int_equal(crmi_governor_percent(&g), 77);
    r.api_used = 8000;
    crmi_governor_sent(&g, now);
    crmi_governor_answered(&g, &r, now);
    crmi_pace pace = crmi_governor_ask(&g, now);
    assert_int_equal(pace.what, CRMI_PAUSE);
    assert_int_equal(crmi_governor_ask(&g, pace.at).what, CRMI_GO);
    crmi_governor_sent(&g, pace.at);
    assert_int_equal(crmi_governor_ask(&g, pace.at).what, CRMI_PAUSE);
    r.api_used = 100;
    crmi_governor_answered(&g, &r, pace.at);
    assert_int_equal(crmi_governor_ask(&g, pace.at).what, CRMI_GO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_redact__secrets_are_masked_in_every_form),
        cmocka_unit_test(test_governor__slows_down_then_pauses_and_looks_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
