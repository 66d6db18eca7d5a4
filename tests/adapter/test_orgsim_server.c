/* crmsync-orgsim as a program: started, asked over HTTP and HTTPS, broken on purpose, stopped. */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <curl/curl.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

typedef struct text {
    char bytes[65536];
    size_t len;
} text;

typedef struct bench {
    pid_t pid;
    char url[128];
    char ca_file[64];
    char token[512];
    CURL *curl;
    bool packed; /* takes gzip */
    long status;
    text body, head;
} bench;

/* ---- the process ---- */

static const char *program(void)
{
    const char *path = getenv("ORGSIM_SERVER");
    if (!path)
        fail_msg("ORGSIM_SERVER does not name the program");
    return path;
}

/* Starts the program; its standard output can be read from *out. */
static pid_t spawn(const char *const *extra, int *out)
{
    const char *args[16] = {program(), "--port", "0", "--exit-with-parent"};
    int ends[2];
    size_t n = 4;
    while (extra && *extra)
        args[n++] = *extra++;
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        dup2(ends[1], 1);
        close(ends[0]);
        close(ends[1]);
        execv(args[0], (char *const *)(uintptr_t)args);
        _exit(127);
    }
    close(ends[1]);
    *out = ends[0];
    return pid;
}

static void read_all(int fd, char *into, size_t size)
{
    size_t len = 0;
    ssize_t got;
    while (len + 1 < size && (got = read(fd, into + len, size - 1 - len)) > 0)
        len += (size_t)got;
    into[len] = '\0';
}

static void read_url(bench *b, int fd)
{
    static const char words[] = "listening on ";
    char line[128];
    size_t len = 0;
    while (len + 1 < sizeof line && read(fd, line + len, 1) == 1 && line[len] != '\n')
        len++;
    line[len] = '\0';
    if (strncmp(line, words, sizeof words - 1) != 0)
        fail_msg("the program said \"%s\"", line);
    snprintf(b->url, sizeof b->url, "%s", line + sizeof words - 1);
}

static int exit_status(pid_t pid)
{
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* ---- asking ---- */

static size_t append(char *bytes, size_t size, size_t count, void *into)
{
    text *t = into;
    size_t len = size * count;
    if (t->len + len >= sizeof t->bytes)
        return 0;
    memcpy(t->bytes + t->len, bytes, len);
    t->len += len;
    t->bytes[t->len] = '\0';
    return len;
}

/* GET when `body` is NULL. The status goes to b->status. */
static CURLcode ask(bench *b, const char *target, const char *body)
{
    char url[1024], authorization[600];
    struct curl_slist *headers = NULL;
    snprintf(url, sizeof url, "%s%s", strncmp(target, "http", 4) == 0 ? "" : b->url, target);
    curl_easy_reset(b->curl);
    curl_easy_setopt(b->curl, CURLOPT_URL, url);
    curl_easy_setopt(b->curl, CURLOPT_TIMEOUT_MS, 20000L);
    curl_easy_setopt(b->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(b->curl, CURLOPT_WRITEFUNCTION, append);
    curl_easy_setopt(b->curl, CURLOPT_WRITEDATA, &b->body);
    curl_easy_setopt(b->curl, CURLOPT_HEADERFUNCTION, append);
    curl_easy_setopt(b->curl, CURLOPT_HEADERDATA, &b->head);
    if (b->packed)
        curl_easy_setopt(b->curl, CURLOPT_ACCEPT_ENCODING, "gzip");
    if (b->ca_file[0])
        curl_easy_setopt(b->curl, CURLOPT_CAINFO, b->ca_file);
    if (body)
        curl_easy_setopt(b->curl, CURLOPT_POSTFIELDS, body);
    if (body && body[0] == '{')
        headers = curl_slist_append(headers, "Content-Type: application/json");
    if (b->token[0]) {
        snprintf(authorization, sizeof authorization, "Authorization: Bearer %s", b->token);
        headers = curl_slist_append(headers, authorization);
    }
    curl_easy_setopt(b->curl, CURLOPT_HTTPHEADER, headers);
    memset(&b->body, 0, sizeof b->body);
    memset(&b->head, 0, sizeof b->head);
    CURLcode rc = curl_easy_perform(b->curl);
    b->status = 0;
    curl_easy_getinfo(b->curl, CURLINFO_RESPONSE_CODE, &b->status);
    curl_slist_free_all(headers);
    return rc;
}

static void expect(bench *b, const char *target, const char *body, long status, const char *part)
{
    assert_int_equal(ask(b, target, body), CURLE_OK);
    if (b->status != status || !strstr(b->body.bytes, part))
        fail_msg("%s gave %ld %s", target, b->status, b->body.bytes);
}

static void copy_member(const char *json, const char *name, char *out, size_t size)
{
    char key[64];
    snprintf(key, sizeof key, "\"%s\":\"", name);
    const char *at = strstr(json, key);
    assert_non_null(at);
    at += strlen(key);
    snprintf(out, size, "%.*s", (int)strcspn(at, "\""), at);
}

static void take_token(bench *b)
{
    expect(b, "/services/oauth2/token",
           "grant_type=client_credentials&client_id=orgsim-client&client_secret=orgsim-secret", 200,
           "\"access_token\"");
    copy_member(b->body.bytes, "access_token", b->token, sizeof b->token);
}

static int set_up_with(void **state, const char *const *extra)
{
    int out;
    bench *b = calloc(1, sizeof *b);
    b->pid = spawn(extra, &out);
    read_url(b, out);
    close(out);
    b->curl = curl_easy_init();
    *state = b;
    return 0;
}

static int set_up(void **state)
{
    set_up_with(state, NULL);
    take_token(*state);
    return 0;
}

static int tear_down(void **state)
{
    bench *b = *state;
    curl_easy_cleanup(b->curl);
    kill(b->pid, SIGTERM);
    int status = exit_status(b->pid);
    if (b->ca_file[0])
        unlink(b->ca_file);
    free(b);
    return status; /* 0 when it stopped as promised */
}

/* ---- tests ---- */

static void test_serve__token_create_query(void **state)
{
    bench *b = *state;
    char instance[128], id[32], query[200];
    ask(b, "/services/oauth2/token",
        "grant_type=client_credentials&client_id=orgsim-client&client_secret=orgsim-secret");
    copy_member(b->body.bytes, "instance_url", instance, sizeof instance);
    assert_string_equal(instance, b->url);
    expect(b, "/services/data/v60.0/sobjects/Account", "{\"Name\":\"M\xc3\xbcller & Co\"}", 201,
           "\"success\":true");
    copy_member(b->body.bytes, "id", id, sizeof id);
    snprintf(query, sizeof query,
             "/services/data/v60.0/query?q=SELECT+Name+FROM+Account+WHERE+Id%%3D'%s'", id);
    expect(b, query, NULL, 200, "M\xc3\xbcller & Co");
    assert_non_null(strstr(b->head.bytes, "Sforce-Limit-Info"));
    expect(b, "/services/data/v60.0/query?q=SELECT+Nam+FROM+Account", NULL, 400, "INVALID_FIELD");
}

static void test_serve__without_token_is_401(void **state)
{
    bench *b = *state;
    b->token[0] = '\0';
    expect(b, "/services/data/v60.0/limits", NULL, 401, "INVALID_SESSION_ID");
}

static void test_admin__each_endpoint_does_what_it_says(void **state)
{
    bench *b = *state;
    char id[32], body[200], loser[32];
    expect(b, "/_orgsim/insert", "{\"object\":\"Account\",\"fields\":{\"Name\":\"Acme\"}}", 200,
           "\"ok\":true");
    copy_member(b->body.bytes, "id", id, sizeof id);
    snprintf(body, sizeof body, "{\"id\":\"%s\",\"fields\":{\"Name\":\"Acme Two\"}}", id);
    expect(b, "/_orgsim/update", body, 200, "\"ok\":true");
    expect(b, "/_orgsim/query?q=SELECT+Name+FROM+Account", NULL, 200, "Acme Two");
    expect(b, "/_orgsim/insert", "{\"object\":\"Account\",\"fields\":{\"Name\":\"Old\"}}", 200,
           "id");
    copy_member(b->body.bytes, "id", loser, sizeof loser);
    snprintf(body, sizeof body, "{\"winner\":\"%s\",\"loser\":\"%s\"}", id, loser);
    expect(b, "/_orgsim/merge", body, 200, "\"ok\":true");
    snprintf(body, sizeof body, "{\"id\":\"%s\"}", id);
    expect(b, "/_orgsim/delete", body, 200, "\"ok\":true");
    expect(b, "/_orgsim/query?q=SELECT+Name+FROM+Account", NULL, 200, "\"totalSize\":0");
    expect(b, "/_orgsim/undelete", body, 200, "\"ok\":true");
    expect(b, "/_orgsim/dump?objects=Account", NULL, 200, "Acme Two");
    expect(b, "/_orgsim/delete", body, 200, "\"ok\":true");
    expect(b, "/_orgsim/purge", body, 200, "\"ok\":true");
    expect(b, "/_orgsim/seed",
           "{\"Account\":[{\"_ref\":\"a\",\"Name\":\"Seeded\"}],"
           "\"Contact\":[{\"LastName\":\"Doe\",\"AccountId\":\"@a\"}],"
           "\"Lead\":[{\"LastName\":\"Roe\",\"Company\":\"R\"}]}",
           200, "\"ok\":true");
    expect(b, "/_orgsim/query?q=SELECT+Account.Name+FROM+Contact", NULL, 200, "Seeded");
    expect(b, "/_orgsim/query?q=SELECT+Id+FROM+Lead", NULL, 200, "\"totalSize\":1");
    copy_member(b->body.bytes, "Id", id, sizeof id);
    snprintf(body, sizeof body, "{\"lead\":\"%s\"}", id);
    expect(b, "/_orgsim/convert", body, 200, "\"contact\":\"003");
    expect(b, "/_orgsim/usage", NULL, 200, "\"api_calls\":0");
}

static void test_admin__snapshot__is_gone_back_to(void **state)
{
    bench *b = *state;
    char before[sizeof b->body.bytes];
    expect(b, "/_orgsim/insert", "{\"object\":\"Account\",\"fields\":{\"Name\":\"Kept\"}}", 200, "id");
    expect(b, "/_orgsim/snapshot", NULL, 200, "\"orgsim_snapshot\":1");
    memcpy(before, b->body.bytes, sizeof before);
    expect(b, "/_orgsim/insert", "{\"object\":\"Account\",\"fields\":{\"Name\":\"Lost\"}}", 200, "id");
    expect(b, "/_orgsim/restore", before, 200, "\"ok\":true");
    expect(b, "/_orgsim/query?q=SELECT+Id+FROM+Account+WHERE+Name='Lost'", NULL, 200,
           "\"totalSize\":0");
    expect(b, "/_orgsim/query?q=SELECT+Id+FROM+Account+WHERE+Name='Kept'", NULL, 200,
           "\"totalSize\":1");
    expect(b, "/_orgsim/restore", "{\"orgsim_snapshot\":3}", 400, "not one of this org");
}

/* A body is packed for who asks for it, and unpacked by who reads it. */
static void test_gzip__answers_are_packed_for_those_who_take_them(void **state)
{
    bench *b = *state;
    take_token(b);
    b->packed = true;
    expect(b, "/services/data", NULL, 200, "\"version\":\"60.0\"");
    if (!strstr(b->head.bytes, "Content-Encoding: gzip"))
        fail_msg("not packed: %s", b->head.bytes);
    b->packed = false;
    expect(b, "/services/data", NULL, 200, "\"version\":\"60.0\"");
    assert_null(strstr(b->head.bytes, "Content-Encoding"));
}

static void test_admin__refuses_with_a_reason(void **state)
{
    static const struct {
        const char *target, *body;
        long status;
    } rows[] = {
        {"/_orgsim/nothing", NULL, 404},
        {"/_orgsim/seed", NULL, 405},
        {"/_orgsim/usage", "{}", 405},
        {"/_orgsim/seed", "not json", 400},
        {"/_orgsim/seed", "{\"Nonsense\":[{}]}", 400},
        {"/_orgsim/insert", "{\"object\":\"Account\"}", 400},
        {"/_orgsim/insert", "{\"object\":\"Account\",\"fields\":{}}", 400},
        {"/_orgsim/update", "{\"id\":\"001000000000999AAA\",\"fields\":{}}", 400},
        {"/_orgsim/delete", "{}", 400},
        {"/_orgsim/merge", "{\"winner\":\"x\",\"loser\":\"y\"}", 400},
        {"/_orgsim/convert", "{\"lead\":\"x\"}", 400},
        {"/_orgsim/switch", "{\"name\":\"no_such\",\"value\":\"1\"}", 400},
        {"/_orgsim/fault", "{\"kind\":\"no_such\"}", 400},
        {"/_orgsim/clock", "{\"advance_ms\":\"soon\"}", 400},
        {"/_orgsim/query?q=SELECT", NULL, 400},
        {"/_orgsim/query", NULL, 400},
    };
    bench *b = *state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        expect(b, rows[i].target, rows[i].body, rows[i].status, "\"ok\":false,\"error\":\"");
}

static void test_clock__moves_the_orgs_time(void **state)
{
    bench *b = *state;
    char day[16], query[160];
    time_t later = time(NULL) + 40 * 86400;
    struct tm civil;
    strftime(day, sizeof day, "%Y-%m-%d", gmtime_r(&later, &civil));
    expect(b, "/_orgsim/clock", "{\"advance_ms\":3456000000}", 200, "\"now_ms\":");
    expect(b, "/_orgsim/insert", "{\"object\":\"Account\",\"fields\":{\"Name\":\"Late\"}}", 200,
           "id");
    snprintf(query, sizeof query,
             "/_orgsim/query?q=SELECT+Id+FROM+Account+WHERE+CreatedDate>%%3D%sT00:00:00Z", day);
    expect(b, query, NULL, 200, "\"totalSize\":1");
}

static void test_consent__page_for_people_and_redirect_for_programs(void **state)
{
    static const char target[] =
        "/services/oauth2/authorize?response_type=code&client_id=orgsim-client"
        "&redirect_uri=http%3A%2F%2Flocalhost%3A1717%2Fcb&state=s%26t"
        "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";
    bench *b = *state;
    char allowed[600];
    b->token[0] = '\0';
    expect(b, target, NULL, 200, "<form method=\"post\"");
    expect(b, target, "orgsim_deny=1", 302, "");
    assert_non_null(strstr(b->head.bytes, "error=access_denied"));
    snprintf(allowed, sizeof allowed, "%s&orgsim_allow=1", target);
    expect(b, allowed, NULL, 302, "");
    assert_non_null(strstr(b->head.bytes, "Location: http://localhost:1717/cb?"));
    assert_non_null(strstr(b->head.bytes, "code="));
    assert_non_null(strstr(b->head.bytes, "state=s%26t"));
    expect(b, target, "orgsim_allow=1", 302, "");
    assert_non_null(strstr(b->head.bytes, "code="));
}

/* ---- faults, seen through a bare socket ---- */

static int dial(const bench *b)
{
    struct sockaddr_in address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons((uint16_t)atoi(strrchr(b->url, ':') + 1));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static bool is_whole(const char *reply, size_t len)
{
    const char *length = strstr(reply, "Content-Length: ");
    const char *end = strstr(reply, "\r\n\r\n");
    if (!length || !end)
        return false;
    return len >= (size_t)(end + 4 - reply) + strtoul(length + 16, NULL, 10);
}

/* Sends a create; returns bytes of the reply that came before `fd` ended or the reply was whole. */
static ssize_t post(const bench *b, int fd, char *reply, size_t size)
{
    static const char body[] = "{\"Name\":\"Acme\"}";
    char request[1200];
    int len = snprintf(request, sizeof request,
                       "POST /services/data/v60.0/sobjects/Account HTTP/1.1\r\nHost: localhost\r\n"
                       "Authorization: Bearer %s\r\nContent-Type: application/json\r\n"
                       "Content-Length: %zu\r\n\r\n%s",
                       b->token, sizeof body - 1, body);
    assert_int_equal(send(fd, request, (size_t)len, MSG_NOSIGNAL), len);
    size_t got = 0;
    reply[0] = '\0';
    while (got + 1 < size && !is_whole(reply, got)) {
        ssize_t n = recv(fd, reply + got, size - 1 - got, 0);
        if (n <= 0)
            break;
        got += (size_t)n;
        reply[got] = '\0';
    }
    return (ssize_t)got;
}

static void test_fault__reset_after_on_a_reused_connection_sends_no_byte(void **state)
{
    bench *b = *state;
    char reply[4096];
    expect(b, "/_orgsim/fault",
           "{\"kind\":\"reset_after\",\"on\":\"POST /services/data\",\"reused\":true}", 200,
           "true");
    int fd = dial(b);
    assert_true(post(b, fd, reply, sizeof reply) > 0); /* a fresh connection is spared */
    assert_non_null(strstr(reply, "201 Created"));
    assert_int_equal(post(b, fd, reply, sizeof reply), 0);
    close(fd);
    expect(b, "/_orgsim/query?q=SELECT+Id+FROM+Account", NULL, 200, "\"totalSize\":2");
}

static void test_fault__kinds_differ_in_effect_and_reply(void **state)
{
    static const struct {
        const char *kind;
        bool effect;
        const char *reply; /* NULL = not a byte */
    } rows[] = {
        {"reset_after", true, NULL},      {"reset_before", false, NULL},
        {"cut", true, "201 Created"},     {"garbage", true, "200 OK"},
        {"html_503", false, "503 "},      {"500_after", true, "500 "},
        {"403_limit", false, "403 "},     {"401", false, "401 "},
    };
    bench *b = *state;
    char fault[100], total[40], reply[4096];
    int accounts = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        snprintf(fault, sizeof fault, "{\"kind\":\"%s\"}", rows[i].kind);
        expect(b, "/_orgsim/fault", fault, 200, "true");
        int fd = dial(b);
        ssize_t got = post(b, fd, reply, sizeof reply);
        close(fd);
        if (rows[i].reply ? !strstr(reply, rows[i].reply) : got != 0)
            fail_msg("%s answered %s", rows[i].kind, reply);
        accounts += rows[i].effect;
        snprintf(total, sizeof total, "\"totalSize\":%d", accounts);
        expect(b, "/_orgsim/query?q=SELECT+Id+FROM+Account", NULL, 200, total);
    }
    expect(b, "/services/data/v60.0/limits", NULL, 401, "INVALID_SESSION_ID"); /* really dead */
}

static void test_fault__skip_count_and_none(void **state)
{
    bench *b = *state;
    static const char limits[] = "/services/data/v60.0/limits";
    expect(b, "/_orgsim/fault",
           "{\"kind\":\"html_503\",\"on\":\"GET\",\"skip\":1,\"count\":2}", 200, "true");
    expect(b, limits, NULL, 200, "DailyApiRequests");
    expect(b, limits, NULL, 503, "<html>");
    expect(b, limits, NULL, 503, "<html>");
    expect(b, limits, NULL, 200, "DailyApiRequests");
    expect(b, "/_orgsim/fault", "{\"kind\":\"html_503\",\"count\":1000}", 200, "true");
    expect(b, limits, NULL, 503, "<html>");
    expect(b, "/_orgsim/fault", "{\"kind\":\"none\"}", 200, "true");
    expect(b, limits, NULL, 200, "DailyApiRequests");
}

static void test_fault__stalled_request_does_not_hinder_others_or_the_end(void **state)
{
    bench *b = *state;
    char reply[64];
    struct timeval short_wait = {0, 300000};
    expect(b, "/_orgsim/fault", "{\"kind\":\"stall\",\"on\":\"POST /services\"}", 200, "true");
    int fd = dial(b);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &short_wait, sizeof short_wait);
    assert_int_equal(post(b, fd, reply, sizeof reply), 0);
    assert_true(errno == EAGAIN || errno == EWOULDBLOCK);
    expect(b, "/_orgsim/query?q=SELECT+Id+FROM+Account", NULL, 200, "\"totalSize\":1");
    close(fd);
}

/* ---- https ---- */

static int set_up_tls(void **state)
{
    char file[64];
    snprintf(file, sizeof file, "orgsim-ca-%ld.pem", (long)getpid());
    const char *const extra[] = {"--tls", "--ca-out", file, NULL};
    set_up_with(state, extra);
    bench *b = *state;
    snprintf(b->ca_file, sizeof b->ca_file, "%s", file);
    return 0;
}

static void test_tls__certificate_holds_for_both_names_and_only_with_its_ca(void **state)
{
    bench *b = *state;
    char by_name[100], ca[64];
    assert_int_equal(strncmp(b->url, "https://127.0.0.1:", 18), 0);
    take_token(b);
    snprintf(by_name, sizeof by_name, "https://localhost:%s/services/data/v60.0/limits",
             strrchr(b->url, ':') + 1);
    expect(b, by_name, NULL, 200, "DailyApiRequests");
    memcpy(ca, b->ca_file, sizeof ca);
    b->ca_file[0] = '\0';
    CURL *known = b->curl;
    b->curl = curl_easy_init(); /* no connection to go on with */
    assert_int_equal(ask(b, "/services/data", NULL), CURLE_PEER_FAILED_VERIFICATION);
    curl_easy_cleanup(b->curl);
    b->curl = known;
    memcpy(b->ca_file, ca, sizeof ca);
}

/* ---- latency ---- */

static int set_up_real_latency(void **state)
{
    static const char *const extra[] = {"--latency", "real", NULL};
    set_up_with(state, extra);
    take_token(*state);
    return 0;
}

static void test_latency__real_takes_its_time(void **state)
{
    bench *b = *state;
    double seconds = 0;
    expect(b, "/services/data/v60.0/limits", NULL, 200, "DailyApiRequests");
    curl_easy_getinfo(b->curl, CURLINFO_TOTAL_TIME, &seconds);
    assert_true(seconds >= 0.05);
}

/* ---- the command line ---- */

static void test_main__help_and_wrong_usage(void **state)
{
    static const struct {
        const char *args[3];
        int status;
        const char *says;
    } rows[] = {
        {{"--help", NULL, NULL}, 0, "/_orgsim/fault"},
        {{"--help", NULL, NULL}, 0, "\"_ref\": \"acme\""},
        {{"--help", NULL, NULL}, 0, "composite/graph"},
        {{"--help", NULL, NULL}, 0, "duplicate_rule"},
        {{"--port", "70000", NULL}, 2, ""},
        {{"--port", "x", NULL}, 2, ""},
        {{"--latency", "some", NULL}, 2, ""},
        {{"--ca-out", "x.pem", NULL}, 2, ""},
        {{"--nonsense", NULL, NULL}, 2, ""},
        {{"stray", NULL, NULL}, 2, ""},
        {{"--seed", "/nonexistent.json", NULL}, 1, ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        static char said[16384];
        int out;
        pid_t pid = spawn(rows[i].args, &out);
        read_all(out, said, sizeof said);
        close(out);
        assert_int_equal(exit_status(pid), rows[i].status);
        assert_non_null(strstr(said, rows[i].says));
    }
}

static void test_main__ends_with_its_parent(void **state)
{
    int lines[2], out;
    char c;
    (void)state;
    assert_int_equal(pipe(lines), 0);
    pid_t parent = fork();
    if (parent == 0) {
        bench b;
        close(lines[0]);
        spawn(NULL, &out); /* the server inherits the write end and keeps it open */
        read_url(&b, out);
        _exit(0);
    }
    close(lines[1]);
    assert_int_equal(exit_status(parent), 0);
    /* The pipe ends when the last holder of its write end is gone. */
    alarm(30);
    assert_int_equal(read(lines[0], &c, 1), 0);
    alarm(0);
    close(lines[0]);
}

#define CASE(name, with) cmocka_unit_test_setup_teardown(name, with, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_serve__token_create_query, set_up),
        CASE(test_serve__without_token_is_401, set_up),
        CASE(test_admin__each_endpoint_does_what_it_says, set_up),
        CASE(test_admin__snapshot__is_gone_back_to, set_up),
        CASE(test_gzip__answers_are_packed_for_those_who_take_them, set_up),
        CASE(test_admin__refuses_with_a_reason, set_up),
        CASE(test_clock__moves_the_orgs_time, set_up),
        CASE(test_consent__page_for_people_and_redirect_for_programs, set_up),
        CASE(test_fault__reset_after_on_a_reused_connection_sends_no_byte, set_up),
        CASE(test_fault__kinds_differ_in_effect_and_reply, set_up),
        CASE(test_fault__skip_count_and_none, set_up),
        CASE(test_fault__stalled_request_does_not_hinder_others_or_the_end, set_up),
        CASE(test_tls__certificate_holds_for_both_names_and_only_with_its_ca, set_up_tls),
        CASE(test_latency__real_takes_its_time, set_up_real_latency),
        cmocka_unit_test(test_main__help_and_wrong_usage),
        cmocka_unit_test(test_main__ends_with_its_parent),
    };
    curl_global_init(CURL_GLOBAL_DEFAULT);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    curl_global_cleanup();
    return failed;
}
