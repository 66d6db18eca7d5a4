/*
 * The curl adapter before an org that speaks https: it talks to one whose certificate it can check,
 * and sends nothing to any other, whatever is wrong: an authority it does not know, one of another
 * org, a certificate for another name.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <crmsync/adapters/curl.h>

#include "base/sinks.h"

typedef struct org_process {
    pid_t pid;
    char port[8], ca[64];
} org_process;

typedef struct place {
    org_process own, other;
} place;

static void start(org_process *p)
{
    const char *program = getenv("ORGSIM_SERVER");
    int ends[2];
    char line[128];
    size_t len = 0;
    if (!program)
        fail_msg("ORGSIM_SERVER does not name the program");
    snprintf(p->ca, sizeof p->ca, "/tmp/crmsync-ca-XXXXXX");
    int fd = mkstemp(p->ca);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(pipe(ends), 0);
    p->pid = fork();
    assert_true(p->pid >= 0);
    if (p->pid == 0) {
        dup2(ends[1], 1);
        close(ends[0]);
        execl(program, program, "--port", "0", "--tls", "--ca-out", p->ca, "--exit-with-parent",
              (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    while (len + 1 < sizeof line && read(ends[0], line + len, 1) == 1 && line[len] != '\n')
        len++;
    line[len] = '\0';
    close(ends[0]);
    if (strncmp(line, "listening on https://", 21) != 0)
        fail_msg("the server said \"%s\"", line);
    snprintf(p->port, sizeof p->port, "%.7s", strrchr(line, ':') + 1);
}

static void stop(org_process *p)
{
    int status;
    kill(p->pid, SIGTERM);
    waitpid(p->pid, &status, 0);
    unlink(p->ca);
}

static int set_up(void **state)
{
    static place p;
    start(&p.own);
    start(&p.other);
    *state = &p;
    return 0;
}

static int tear_down(void **state)
{
    place *p = *state;
    stop(&p->own);
    stop(&p->other);
    return 0;
}

/* ---- one exchange ---- */

typedef struct flight {
    crmsync_http_sink sink;
    int32_t status;
    uint32_t outcome;
    bool done;
    char body[4096], detail[300];
    size_t len;
} flight;

static int32_t take_head(crmsync_http_sink *sink, uint64_t id, int32_t status,
                         const crmsync_header *headers, size_t count)
{
    (void)id, (void)headers, (void)count;
    ((flight *)sink)->status = status;
    return CRMSYNC_OK;
}

static int32_t take_body(crmsync_http_sink *sink, uint64_t id, crmsync_str bytes)
{
    flight *f = (flight *)sink;
    (void)id;
    size_t room = sizeof f->body - 1 - f->len, take = bytes.len < room ? bytes.len : room;
    memcpy(f->body + f->len, bytes.ptr, take);
    f->len += take;
    return CRMSYNC_HTTP_BODY_OK;
}

static int32_t take_done(crmsync_http_sink *sink, uint64_t id, uint32_t outcome, crmsync_str detail)
{
    flight *f = (flight *)sink;
    (void)id;
    f->outcome = outcome;
    f->done = true;
    snprintf(f->detail, sizeof f->detail, "%.*s", (int)detail.len, detail.ptr ? detail.ptr : "");
    return CRMSYNC_OK;
}

static crmsync_str str(const char *text)
{
    return (crmsync_str){text, strlen(text)};
}

/* Sends a token along, as every request of ours does. */
static flight ask(const char *ca, const char *host, const char *port, const char *path)
{
    flight f = {.sink = {take_head, take_body, take_done}};
    crmsync_curl_options o = CRMSYNC_CURL_OPTIONS_INIT;
    crmsync_curl *curl = NULL;
    crmsync_header header = {str("Authorization"), str("Bearer of-a-secret")};
    char url[200];
    snprintf(url, sizeof url, "https://%s:%s%s", host, port, path);
    o.ca_file = ca ? str(ca) : (crmsync_str){NULL, 0};
    assert_int_equal(crmsync_curl_new(NULL, &o, &curl, NULL), CRMSYNC_OK);
    crmsync_http_request r = {.struct_size = sizeof r, .id = 1, .method = str("GET"),
                              .url = str(url), .headers = &header, .header_count = 1,
                              .not_after = UINT64_MAX, .timeout_ms = 20000};
    const crmsync_transport_ops *ops = crmsync_curl_ops();
    assert_int_equal(ops->start(curl, &r, &f.sink, NULL), CRMSYNC_OK);
    for (int i = 0; i < 200 && !f.done; i++)
        assert_int_equal(ops->poll(curl, 100, &f.sink, NULL), CRMSYNC_OK);
    crmsync_curl_free(curl);
    assert_true(f.done);
    return f;
}

static void test_tls__checked_certificate__is_talked_to(void **state)
{
    const place *p = *state;
    static const char *const hosts[] = {"127.0.0.1", "localhost"};
    for (size_t i = 0; i < 2; i++) {
        flight f = ask(p->own.ca, hosts[i], p->own.port, "/services/data");
        if (f.outcome != CRMSYNC_HTTP_RESPONDED)
            fail_msg("%s: %u %s", hosts[i], f.outcome, f.detail);
        assert_int_equal(f.status, 200);
    }
}

static void test_tls__certificate_that_cannot_be_checked__gets_no_byte(void **state)
{
    const place *p = *state;
    const struct { const char *ca, *host; } cases[] = {
        {NULL, "127.0.0.1"},            /* an authority that nobody knows */
        {p->other.ca, "127.0.0.1"},     /* that of another org, of the same name */
        {p->own.ca, "crm.localhost"},   /* a certificate for other names */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        flight f = ask(cases[i].ca, cases[i].host, p->own.port, "/services/data/v60.0/limits");
        bool unknown_name = i == 2 && f.outcome == CRMSYNC_HTTP_NOT_SENT; /* older libcurl */
        if (f.outcome != CRMSYNC_HTTP_REFUSED_TLS && !unknown_name)
            fail_msg("case %zu: %u %d %s", i, f.outcome, f.status, f.detail);
        assert_int_equal(f.status, 0);
        assert_int_equal(f.len, 0);
    }
    /* the org saw none of these requests: one with a dead token is an API call's 401, not counted */
    flight f = ask(p->own.ca, "127.0.0.1", p->own.port, "/_orgsim/usage");
    assert_non_null(strstr(f.body, "\"api_calls\":0"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tls__checked_certificate__is_talked_to),
        cmocka_unit_test(test_tls__certificate_that_cannot_be_checked__gets_no_byte),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
