/*
 * A real kill: the sync runs in a process of its own on an SQLite file and is killed there and then.
 * The org stays in this process and answers over a socket, so that time can be virtual. Run to rest
 * afterwards, both sides must equal a run that nobody killed.
 *
 * The number of kills is the first argument, 10 without.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "host.h"

#define EXPORT (CRMSYNC_PHASE_EXPORT | CRMSYNC_PHASE_ACTIVITIES)
#define HEADERS_MAX 32

static unsigned kills = 10;

/* ---- the wire between the two: a head, then the texts in order ---- */

typedef struct ask {
    uint32_t sleep_ms; /* no request: time is to pass */
    uint32_t is_request;
    uint32_t header_count;
    uint32_t lengths[3 + 2 * HEADERS_MAX]; /* method, url, body, names and values */
} ask;

typedef struct reply {
    int32_t status;
    uint32_t header_count, body_len;
    uint32_t lengths[2 * HEADERS_MAX];
    orgsim_clock clock;
} reply;

static bool put(int fd, const void *bytes, size_t n)
{
    const char *at = bytes;
    while (n) {
        ssize_t done = write(fd, at, n);
        if (done <= 0)
            return false;
        at += done;
        n -= (size_t)done;
    }
    return true;
}

static bool take(int fd, void *bytes, size_t n)
{
    char *at = bytes;
    while (n) {
        ssize_t done = read(fd, at, n);
        if (done <= 0)
            return false;
        at += done;
        n -= (size_t)done;
    }
    return true;
}

/* ---- the process that will be killed ---- */

typedef struct wire {
    int fd;
    scene *scene;
} wire;

static bool take_reply(wire *w, reply *r)
{
    if (!take(w->fd, r, sizeof *r))
        return false;
    w->scene->clock = r->clock;
    return true;
}

static int32_t send_over(void *ctx, const crmsync_http_request *request, crmsync_http_reply *to,
                         crmsync_error **err)
{
    static char text[2 * HEADERS_MAX][4096];
    wire *w = ctx;
    ask a = {.is_request = 1, .header_count = (uint32_t)request->header_count};
    const crmsync_str parts[3] = {request->method, request->url, request->body};
    crmsync_header headers[HEADERS_MAX];
    reply r;
    (void)err;
    if (request->not_after && w->scene->clock.mono_ms > request->not_after)
        return CRMSYNC_HTTP_NOT_SENT;
    for (size_t i = 0; i < 3; i++)
        a.lengths[i] = (uint32_t)parts[i].len;
    for (size_t i = 0; i < request->header_count; i++) {
        a.lengths[3 + 2 * i] = (uint32_t)request->headers[i].name.len;
        a.lengths[4 + 2 * i] = (uint32_t)request->headers[i].value.len;
    }
    put(w->fd, &a, sizeof a);
    for (size_t i = 0; i < 3; i++)
        put(w->fd, parts[i].ptr, parts[i].len);
    for (size_t i = 0; i < request->header_count; i++) {
        put(w->fd, request->headers[i].name.ptr, request->headers[i].name.len);
        put(w->fd, request->headers[i].value.ptr, request->headers[i].value.len);
    }
    if (!take_reply(w, &r))
        _exit(3);
    for (size_t i = 0; i < 2 * r.header_count; i++) {
        take(w->fd, text[i], r.lengths[i]);
        crmsync_str view = {text[i], r.lengths[i]};
        if (i % 2)
            headers[i / 2].value = view;
        else
            headers[i / 2].name = view;
    }
    char *body = malloc(r.body_len + 1);
    take(w->fd, body, r.body_len);
    crmsync_http_reply_head(to, r.status, headers, r.header_count);
    crmsync_http_reply_body(to, (crmsync_str){body, r.body_len});
    free(body);
    return CRMSYNC_HTTP_RESPONDED;
}

static void sleep_over(void *ctx, uint32_t timeout_ms)
{
    wire *w = ctx;
    ask a = {.sleep_ms = timeout_ms ? timeout_ms : 1};
    reply r;
    put(w->fd, &a, sizeof a);
    if (!take_reply(w, &r))
        _exit(3);
}

static void work(scene *s, int fd)
{
    host h;
    wire w = {fd, s};
    crmsync_sync_transport *transport = NULL;
    crmsync_sync_transport_options over = CRMSYNC_SYNC_TRANSPORT_OPTIONS_INIT;
    over.send = send_over;
    over.sleep = sleep_over;
    over.ctx = &w;
    host_start(&h, s, false);
    if (crmsync_sync_transport_new(&over, &transport, NULL))
        _exit(4);
    h.hooks.transport = crmsync_sync_transport_ops();
    h.hooks.transport_ctx = transport;
    if (host_open(&h) || host_run(&h, EXPORT, 0))
        _exit(5);
    _exit(0);
}

/* ---- the org's end ---- */

/* When the other one is killed. */
typedef struct fate {
    unsigned at;     /* message */
    unsigned moment; /* 0 before the effect, 1 after it and before the reply, 2 some time later */
    long later_ns;
} fate;

static crmsync_str path_of(crmsync_str url)
{
    const char *name = strstr(url.ptr, "://");
    const char *path = name ? strchr(name + 3, '/') : NULL;
    return path ? (crmsync_str){path, url.len - (size_t)(path - url.ptr)} : url;
}

static bool answer(scene *s, int fd, const fate *f, unsigned n, pid_t pid)
{
    ask a;
    reply r = {.clock = s->clock};
    if (!take(fd, &a, sizeof a))
        return false;
    if (!a.is_request) {
        scene_pass(s, a.sleep_ms);
        r.clock = s->clock;
        return put(fd, &r, sizeof r);
    }
    crmsync_str texts[3 + 2 * HEADERS_MAX];
    crmsync_header headers[HEADERS_MAX];
    size_t count = 3 + 2 * a.header_count;
    for (size_t i = 0; i < count; i++) {
        char *text = malloc(a.lengths[i] + 1u);
        if (!take(fd, text, a.lengths[i]))
            fail_msg("a request was cut");
        text[a.lengths[i]] = '\0';
        texts[i] = (crmsync_str){text, a.lengths[i]};
    }
    for (size_t i = 0; i < a.header_count; i++)
        headers[i] = (crmsync_header){texts[3 + 2 * i], texts[4 + 2 * i]};
    orgsim_request request = {texts[0], path_of(texts[1]), headers, a.header_count, texts[2]};
    orgsim_response response;
    if (n == f->at && f->moment == 0)
        kill(pid, SIGKILL);
    bool acts = n != f->at || f->moment != 0;
    if (acts) {
        scene_pass(s, 100);
        orgsim_handle(s->org, &request, &response);
        if (n == f->at && f->moment == 1)
            kill(pid, SIGKILL);
        r = (reply){response.status, (uint32_t)response.header_count, (uint32_t)response.body_len,
                    {0}, s->clock};
        for (size_t i = 0; i < response.header_count; i++) {
            r.lengths[2 * i] = (uint32_t)response.headers[i].name.len;
            r.lengths[2 * i + 1] = (uint32_t)response.headers[i].value.len;
        }
        put(fd, &r, sizeof r);
        for (size_t i = 0; i < response.header_count; i++) {
            put(fd, response.headers[i].name.ptr, response.headers[i].name.len);
            put(fd, response.headers[i].value.ptr, response.headers[i].value.len);
        }
        put(fd, response.body, response.body_len);
        orgsim_response_clear(&response);
    }
    for (size_t i = 0; i < count; i++)
        free((char *)(uintptr_t)texts[i].ptr);
    if (n == f->at && f->moment == 2) {
        struct timespec while_it_works = {0, f->later_ns};
        nanosleep(&while_it_works, NULL);
        kill(pid, SIGKILL);
    }
    return true;
}

/* Gives the number of messages; `killed` tells how it ended. */
static unsigned run_process(scene *s, const fate *f, bool *killed)
{
    int ends[2], status = 0;
    unsigned n = 0;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        close(ends[0]);
        work(s, ends[1]);
    }
    close(ends[1]);
    while (answer(s, ends[0], f, n + 1, pid))
        n++;
    close(ends[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    *killed = WIFSIGNALED(status);
    if (!*killed && WEXITSTATUS(status))
        fail_msg("the process ended with %d", WEXITSTATUS(status));
    return n;
}

static char *scenario(const fate *f, unsigned *messages, bool *killed)
{
    scene s;
    host h;
    scene_open(&s, true, NULL);
    scene_fill(&s);
    host_start(&h, &s, false);
    assert_int_equal(host_open(&h), CRMSYNC_OK);
    host_connect(&h);
    host_stop(&h);
    unsigned n = run_process(&s, f, killed);
    if (messages)
        *messages = n;
    s.random ^= UINT64_C(0x9e3779b97f4a7c15); /* the next process has other random numbers */
    host_start(&h, &s, false);
    assert_int_equal(host_open(&h), CRMSYNC_OK);
    if (host_rest(&h, EXPORT, 16) == 0)
        fail_msg("not at rest: %s", h.last_error);
    assert_int_equal(h.miscounted, 0);
    assert_int_equal(scene_duplicates(&s), 0);
    char *dump = scene_dump(&s);
    host_stop(&h);
    scene_close(&s);
    return dump;
}

static void test_kill__anywhere__next_run_converges(void **state)
{
    const fate unharmed = {0, 0, 0};
    unsigned messages = 0, hit = 0;
    bool killed = false;
    uint64_t random = 42;
    (void)state;
    signal(SIGPIPE, SIG_IGN);
    char *expected = scenario(&unharmed, &messages, &killed);
    assert_false(killed);
    assert_true(messages > 10);
    for (unsigned i = 0; i < kills; i++) {
        random = random * UINT64_C(6364136223846793005) + 1;
        fate f = {1 + (unsigned)(random >> 33) % messages, i % 3,
                  (long)(random >> 20) % 20000000};
        char *got = scenario(&f, NULL, &killed);
        hit += killed;
        if (strcmp(expected, got) != 0)
            fail_msg("killed at message %u, moment %u: other data\n%s\n%s", f.at, f.moment, expected, got);
        free(got);
    }
    free(expected);
    print_message("# %u messages, %u of %u processes killed\n", messages, hit, kills);
    assert_true(hit * 2 > kills);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_kill__anywhere__next_run_converges)};
    if (argc > 1)
        kills = (unsigned)atoi(argv[1]);
    return cmocka_run_group_tests_name("kill", tests, NULL, NULL);
}
