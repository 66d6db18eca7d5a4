/* Where an org points is not where a token goes: only its own host, over https, gets one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host.h"

static const char config[] =
    "{" SCENE_CONNECTION ",\"objects\":{\"Lead\":{\"direction\":\"in\",\"create\":{\"in\":true},"
    "\"fields\":[{\"local\":\"last_name\",\"remote\":\"LastName\"},"
    "{\"local\":\"email\",\"remote\":\"Email\"}]}}}";

/* Requests to another host than the org's, and how many there were at all. */
typedef struct seen {
    size_t foreign, all;
} seen;

static void watch(void *ctx, const crmsync_http_request *request, int status)
{
    static const char own[] = "http://127.0.0.1";
    seen *s = ctx;
    (void)status;
    bool ours = request->url.len > sizeof own && memcmp(request->url.ptr, own, sizeof own - 1) == 0 &&
                strchr(":/", request->url.ptr[sizeof own - 1]) != NULL;
    s->foreign += !ours;
    s->all++;
}

static void test_token_answer__of_another_host__connects_nothing(void **state)
{
    static const char *const hosts[] = {
        "https://evil.example", "http://evil.example", "https://my.salesforce.com.evil.example",
        "http://acme.my.salesforce.com", "https://acme.my.salesforce.com@evil.example",
        "javascript:alert(1)", "//evil.example", "https://[::1", ""};
    (void)state;
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        const orgsim_options org = {.instance_url = hosts[i]};
        scene s;
        host h;
        seen met = {0, 0};
        crmsync_error *err = NULL;
        crmsync_str url;
        crmsync_job_options o = CRMSYNC_JOB_OPTIONS_INIT;
        crmsync_job *job = NULL;
        scene_open_org(&s, &org, false, config);
        orgsim_transport_watch(s.transport, watch, &met);
        host_start(&h, &s, false);
        assert_int_equal(host_open(&h), CRMSYNC_OK);
        assert_int_equal(
            crmsync_workspace_authorize_url(h.workspace, (crmsync_str){NULL, 0}, &url, &err), 0);
        char *back = orgsim_browser_allow(s.org, url.ptr);
        o.phases = CRMSYNC_PHASE_CONNECT;
        o.redirect_url = (crmsync_str){back, strlen(back)};
        assert_int_equal(crmsync_job_new(h.workspace, &o, &job, &err), CRMSYNC_OK);
        int32_t rc = crmsync_job_run(job, &err);
        if (rc == CRMSYNC_OK)
            print_error("connected to %s\n", hosts[i]);
        assert_int_not_equal(rc, CRMSYNC_OK);
        crmsync_error_free(err);
        crmsync_job_free(job);
        orgsim_string_free(back);
        assert_int_equal(met.foreign, 0);
        assert_int_not_equal(host_run(&h, CRMSYNC_PHASE_SYNC, 0), CRMSYNC_OK);
        assert_int_equal(met.foreign, 0);
        host_stop(&h);
        scene_close(&s);
    }
}

static void test_next_page__at_another_host__is_not_asked_for(void **state)
{
    static const char *const hosts[] = {"https://evil.example", "http://127.0.0.1@evil.example",
                                        "//evil.example", "http://127.0.0.1.evil.example",
                                        "https://127.0.0.1"};
    (void)state;
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        const orgsim_options org = {.query_page = 1};
        scene s;
        host h;
        seen met = {0, 0};
        scene_open_org(&s, &org, false, config);
        scene_seed(&s, "{\"Lead\":[{\"LastName\":\"A\",\"Company\":\"C\",\"Email\":\"a@c.com\"},"
                       "{\"LastName\":\"B\",\"Company\":\"C\",\"Email\":\"b@c.com\"},"
                       "{\"LastName\":\"D\",\"Company\":\"C\",\"Email\":\"d@c.com\"}]}");
        scene_pass(&s, 3600000);
        host_start(&h, &s, false);
        assert_int_equal(host_open(&h), CRMSYNC_OK);
        host_connect(&h);
        orgsim_transport_watch(s.transport, watch, &met);
        orgsim_switch(s.org, "next_host", hosts[i]);
        int32_t rc = host_run(&h, CRMSYNC_PHASE_IMPORT, 0);
        if (met.foreign)
            print_error("asked %s\n", hosts[i]);
        assert_int_equal(met.foreign, 0);
        assert_true(met.all > 0);
        assert_int_not_equal(rc, CRMSYNC_OK);
        assert_true(scene_count(&s, "person") < 3);
        orgsim_switch(s.org, "next_host", "off"); /* nothing was skipped over it */
        assert_int_equal(host_run(&h, CRMSYNC_PHASE_IMPORT, 0), CRMSYNC_OK);
        assert_int_equal(scene_count(&s, "person"), 3);
        host_stop(&h);
        scene_close(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_token_answer__of_another_host__connects_nothing),
        cmocka_unit_test(test_next_page__at_another_host__is_not_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
