/*
 * Trap 1, over a real network: the org's server carries a write out and resets the reused connection
 * before the first byte of the answer. libcurl would send it again by itself; one row must be there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <curl/curl.h>

#include <crmsync/adapters/curl.h>

#include "host.h"

#define EXPORT (CRMSYNC_PHASE_EXPORT | CRMSYNC_PHASE_ACTIVITIES)

typedef struct place {
    pid_t pid;
    char url[128];
    char answer[65536];
    size_t len;
    scene scene;
    crmsync_curl *curl;
} place;

/* ---- the server ---- */

static void start_server(place *p)
{
    static const char words[] = "listening on ";
    const char *program = getenv("ORGSIM_SERVER");
    int ends[2];
    char line[128];
    size_t len = 0;
    if (!program)
        fail_msg("ORGSIM_SERVER does not name the program");
    assert_int_equal(pipe(ends), 0);
    p->pid = fork();
    assert_true(p->pid >= 0);
    if (p->pid == 0) {
        dup2(ends[1], 1);
        close(ends[0]);
        execl(program, program, "--port", "0", "--exit-with-parent", (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    while (len + 1 < sizeof line && read(ends[0], line + len, 1) == 1 && line[len] != '\n')
        len++;
    line[len] = '\0';
    close(ends[0]);
    if (strncmp(line, words, sizeof words - 1) != 0)
        fail_msg("the server said \"%s\"", line);
    snprintf(p->url, sizeof p->url, "%s", line + sizeof words - 1);
}

static size_t keep(char *bytes, size_t size, size_t count, void *into)
{
    place *p = into;
    size_t n = size * count;
    if (p->len + n >= sizeof p->answer)
        return 0;
    memcpy(p->answer + p->len, bytes, n);
    p->len += n;
    p->answer[p->len] = '\0';
    return n;
}

/* Asks the server as a person would; gives where it redirects to, to be freed. */
static char *visit(place *p, const char *target, const char *body)
{
    char url[3000], *to = NULL, *copy = NULL;
    CURL *curl = curl_easy_init();
    snprintf(url, sizeof url, "%s%s", strncmp(target, "http", 4) == 0 ? "" : p->url, target);
    p->len = 0;
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, p);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, 20000L);
    if (body)
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    assert_int_equal(curl_easy_perform(curl), CURLE_OK);
    curl_easy_getinfo(curl, CURLINFO_REDIRECT_URL, &to);
    copy = to ? strdup(to) : NULL;
    curl_easy_cleanup(curl);
    return copy;
}

static void expect_rows(place *p, const char *object, int n)
{
    char target[100], size[40];
    snprintf(target, sizeof target, "/_orgsim/query?q=SELECT+Id+FROM+%s", object);
    snprintf(size, sizeof size, "\"totalSize\":%d", n);
    visit(p, target, NULL);
    if (!strstr(p->answer, size))
        fail_msg("%s: %s instead of %s", object, p->answer, size);
}

/* ---- real time for the scene ---- */

static int64_t now_ms(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static uint64_t scene_mono(void *ctx)
{
    scene *s = ctx;
    s->clock.mono_ms = (uint64_t)now_ms(CLOCK_MONOTONIC);
    s->clock.wall_ms = now_ms(CLOCK_REALTIME);
    return s->clock.mono_ms;
}

static int32_t poll_really(void *ctx, uint32_t timeout_ms, crmsync_http_sink *sink,
                           crmsync_error **err)
{
    place *p = ctx;
    int32_t rc = crmsync_curl_ops()->poll(p->curl, timeout_ms, sink, err);
    scene_mono(&p->scene);
    return rc;
}

static int32_t start_really(void *ctx, const crmsync_http_request *r, crmsync_http_sink *sink,
                            crmsync_error **err)
{
    place *p = ctx;
    return crmsync_curl_ops()->start(p->curl, r, sink, err);
}

static int32_t resume_really(void *ctx, uint64_t id, crmsync_http_sink *sink, crmsync_error **err)
{
    place *p = ctx;
    return crmsync_curl_ops()->resume(p->curl, id, sink, err);
}

static void cancel_really(void *ctx, uint64_t id)
{
    place *p = ctx;
    crmsync_curl_ops()->cancel(p->curl, id);
}

static void connect_over(place *p, host *h)
{
    crmsync_str url;
    char address[3000];
    crmsync_job *job = NULL;
    crmsync_error *err = NULL;
    crmsync_job_options o = CRMSYNC_JOB_OPTIONS_INIT;
    assert_int_equal(crmsync_workspace_set_secret(h->workspace, (crmsync_str){"client_secret", 13},
                                                  (crmsync_str){"orgsim-secret", 13}, NULL),
                     CRMSYNC_OK);
    assert_int_equal(
        crmsync_workspace_authorize_url(h->workspace, (crmsync_str){NULL, 0}, &url, NULL), CRMSYNC_OK);
    snprintf(address, sizeof address, "%s&orgsim_allow=1", url.ptr);
    char *back = visit(p, address, NULL);
    assert_non_null(back);
    o.phases = CRMSYNC_PHASE_CONNECT | CRMSYNC_PHASE_DESCRIBE;
    o.redirect_url = (crmsync_str){back, strlen(back)};
    assert_int_equal(crmsync_job_new(h->workspace, &o, &job, &err), CRMSYNC_OK);
    int32_t rc = crmsync_job_run(job, &err);
    if (rc)
        fail_msg("connect: %d %s", rc, crmsync_error_message(err).ptr);
    crmsync_job_free(job);
    free(back);
}

static void test_trap1__reset_after_commit_on_a_reused_connection__one_row(void **state)
{
    static const crmsync_transport_ops really = {
        sizeof really, start_really, poll_really, resume_really, cancel_really, NULL, NULL};
    static place p;
    char config[1200], login[200];
    host h;
    crmsync_job *job = NULL;
    crmsync_curl_options options = CRMSYNC_CURL_OPTIONS_INIT;
    (void)state;
    start_server(&p);
    snprintf(login, sizeof login, "\"login_host\":\"%s\"", p.url);
    const char *at = strstr(scene_config, "\"login_host\":\"http://127.0.0.1\"");
    assert_non_null(at);
    snprintf(config, sizeof config, "%.*s%s%s", (int)(at - scene_config), scene_config, login,
             at + strlen("\"login_host\":\"http://127.0.0.1\""));
    scene_open(&p.scene, true, config);
    scene_mono(&p.scene);
    options.mono_ms = scene_mono;
    options.clock_ctx = &p.scene;
    assert_int_equal(crmsync_curl_new(NULL, &options, &p.curl, NULL), CRMSYNC_OK);
    host_start(&h, &p.scene, false);
    h.hooks.transport = &really;
    h.hooks.transport_ctx = &p;
    assert_int_equal(host_open(&h), CRMSYNC_OK);
    connect_over(&p, &h);
    scene_put(&p.scene, "person",
              "{\"id\":\"p1\",\"first_name\":\"Lea\",\"last_name\":\"Lead\",\"email\":\"lea@leadco.com\","
              "\"company\":\"Leadco\",\"status\":\"New\"}");
    visit(&p, "/_orgsim/fault",
          "{\"kind\":\"reset_after\",\"on\":\"POST /services/data/v60.0/composite/sobjects\","
          "\"reused\":true}");
    assert_non_null(strstr(p.answer, "true"));
    assert_int_equal(host_job(&h, EXPORT, 0, &job), CRMSYNC_OK);
    assert_int_equal(host_counter(job, "export.Lead.unknown"), 1);
    crmsync_job_free(job);
    expect_rows(&p, "Lead", 1);
    /* the row is found by read-back, and linked */
    assert_int_equal(host_job(&h, EXPORT, 0, &job), CRMSYNC_OK);
    crmsync_job_free(job);
    expect_rows(&p, "Lead", 1);
    assert_int_equal(scene_entries(&p.scene, CRMSYNC_SPACE_SHIPMENT, ""), 0);
    assert_int_equal(scene_entries(&p.scene, CRMSYNC_SPACE_REVERSE, "00Q"), 1);
    assert_int_equal(h.miscounted, 0);
    host_stop(&h);
    crmsync_curl_free(p.curl);
    scene_close(&p.scene);
    kill(p.pid, SIGTERM);
    waitpid(p.pid, NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trap1__reset_after_commit_on_a_reused_connection__one_row)};
    return cmocka_run_group_tests_name("server", tests, NULL, NULL);
}
