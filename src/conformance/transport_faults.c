/* Cases of exchanges that go wrong: what is known afterwards, and that nothing is sent twice. */
#include "transport_kit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A port of this machine that nobody listens on. */
static unsigned closed_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
    unsigned port = 1;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0)
        return port;
    if (bind(fd, (struct sockaddr *)&address, size) == 0 &&
        getsockname(fd, (struct sockaddr *)&address, &size) == 0)
        port = ntohs(address.sin_port);
    close(fd);
    return port;
}

static void nobody_listens(crmi_transport_kit *k)
{
    char text[96];
    crmsync_http_request request = crmi_request_for(k, text, "POST", "/plain", "{}");
    crmi_flight *f;

    snprintf(text, sizeof text, "http://127.0.0.1:%u/", closed_port());
    request.url = crmi_host_str(text);
    f = crmi_flight_start(k, request);
    if (f && crmi_flight_wait(k, f))
        crmi_flight_ended(k, f, CRMSYNC_HTTP_NOT_SENT);
}

/* The server answers a TLS hello as HTTP: no handshake. */
static void no_tls_there(crmi_transport_kit *k)
{
    char text[96];
    crmsync_http_request request = crmi_request_for(k, text, "POST", "/plain", "{}");
    crmi_flight *f;

    snprintf(text, sizeof text, "https://127.0.0.1:%u/plain", crmi_http_server_port(k->server));
    request.url = crmi_host_str(text);
    crmi_http_server_count(k->server, "/plain");
    f = crmi_flight_start(k, request);
    if (f && crmi_flight_wait(k, f))
        crmi_kit_check(&k->kit, f->outcome == CRMSYNC_HTTP_REFUSED_TLS ||
                       f->outcome == CRMSYNC_HTTP_NOT_SENT,
                       "without TLS handshake the exchange ended with outcome %u, neither "
                       "REFUSED_TLS nor NOT_SENT", (unsigned)f->outcome);
    crmi_kit_check(&k->kit, crmi_http_server_count(k->server, "/plain") == 0,
                   "the request went out in the clear");
}

static void other_schemes(crmi_transport_kit *k)
{
    char text[96];
    crmsync_http_request request = crmi_request_for(k, text, "GET", "/plain", NULL);
    crmi_flight *f;

    snprintf(text, sizeof text, "file:///etc/hostname");
    request.url = crmi_host_str(text);
    f = crmi_flight_start(k, request);
    if (f && crmi_flight_wait(k, f))
        crmi_flight_ended(k, f, CRMSYNC_HTTP_NOT_SENT);
}

static void closed_without_answer(crmi_transport_kit *k)
{
    crmi_flight_run(k, "POST", "/close", "{\"a\":1}", CRMSYNC_HTTP_UNKNOWN);
    crmi_kit_check(&k->kit, crmi_http_server_count(k->server, "/close") == 1,
                   "the request did not arrive once");
}

/* The server reads the request on a connection that has served before, and closes without a byte.
 * A client that takes the connection for stale sends the request again: two records. A transport
 * that does not reuse connections is answered, which is as good. */
static void reused(crmi_transport_kit *k, const char *method, const char *body)
{
    char text[96];
    unsigned arrived;
    crmi_flight *f;

    crmi_http_server_count(k->server, "/reused");
    crmi_flight_run(k, "GET", "/plain", NULL, CRMSYNC_HTTP_RESPONDED);
    f = crmi_flight_start(k, crmi_request_for(k, text, method, "/reused", body));
    if (!f || !crmi_flight_wait(k, f))
        return;
    arrived = crmi_http_server_count(k->server, "/reused");
    crmi_kit_check(&k->kit, arrived == 1,
                   "one %s arrived %u times: the transport repeats a request whose connection was "
                   "reused and died; with libcurl give the body by READFUNCTION and refuse in "
                   "SEEKFUNCTION", method, arrived);
    if (f->outcome != CRMSYNC_HTTP_RESPONDED)
        crmi_flight_ended(k, f, CRMSYNC_HTTP_UNKNOWN);
}

static void reused_post(crmi_transport_kit *k)
{
    reused(k, "POST", "{\"LastName\":\"Once\"}");
}

static void reused_patch(crmi_transport_kit *k)
{
    reused(k, "PATCH", "{\"LastName\":\"Once\"}");
}

static void reused_post_without_body(crmi_transport_kit *k)
{
    reused(k, "POST", NULL);
}

static void reused_delete(crmi_transport_kit *k)
{
    reused(k, "DELETE", NULL);
}

static void body_cut_short(crmi_transport_kit *k)
{
    crmi_flight_run(k, "POST", "/short", "{}", CRMSYNC_HTTP_UNKNOWN);
    crmi_kit_check(&k->kit, crmi_http_server_count(k->server, "/short") == 1,
                   "the request did not arrive once");
}

static void no_http(crmi_transport_kit *k)
{
    crmi_flight_run(k, "POST", "/garbage", "{}", CRMSYNC_HTTP_UNKNOWN);
    crmi_kit_check(&k->kit, crmi_http_server_count(k->server, "/garbage") == 1,
                   "the request did not arrive once");
}

static void upload_cut_short(crmi_transport_kit *k)
{
    enum { SIZE = 8 << 20 };
    char *bytes = crmi_host_array(&k->kit.alloc, SIZE, 1);
    char text[96];
    crmsync_http_request request = crmi_request_for(k, text, "POST", "/cut", NULL);
    crmi_flight *f;

    if (!crmi_kit_check(&k->kit, bytes != NULL, "out of memory"))
        return;
    memset(bytes, 'u', SIZE);
    request.body = (crmsync_str){bytes, SIZE};
    f = crmi_flight_start(k, request);
    if (f && crmi_flight_wait(k, f))
        crmi_kit_check(&k->kit, f->outcome == CRMSYNC_HTTP_NOT_SENT ||
                       f->outcome == CRMSYNC_HTTP_UNKNOWN,
                       "an upload that was cut ended with outcome %u, neither NOT_SENT nor UNKNOWN",
                       (unsigned)f->outcome);
    crmi_kit_check(&k->kit, crmi_http_server_count(k->server, "/cut") == 1,
                   "a request with a cut upload was sent again");
    crmi_host_free(&k->kit.alloc, bytes, SIZE);
}

static void no_answer_in_time(crmi_transport_kit *k)
{
    char text[96];
    crmsync_http_request request = crmi_request_for(k, text, "POST", "/stall", "{}");
    crmi_flight *f;

    request.timeout_ms = 200;
    f = crmi_flight_start(k, request);
    if (f && crmi_flight_wait(k, f))
        crmi_flight_ended(k, f, CRMSYNC_HTTP_UNKNOWN);
    crmi_kit_check(&k->kit, crmi_http_server_count(k->server, "/stall") == 1,
                   "the request did not arrive once");
}

static void deadline_passed(crmi_transport_kit *k)
{
    char text[96];
    crmsync_http_request request = crmi_request_for(k, text, "POST", "/plain", "{}");
    crmi_flight *f;

    crmi_http_server_count(k->server, "/plain");
    request.not_after = crmi_transport_now(k) - 1;
    f = crmi_flight_start(k, request);
    if (f && crmi_flight_wait(k, f))
        crmi_flight_ended(k, f, CRMSYNC_HTTP_NOT_SENT);
    crmi_transport_poll_for(k, 50);
    crmi_kit_check(&k->kit, crmi_http_server_count(k->server, "/plain") == 0,
                   "the request was sent after not_after");
}

static void deadline_ahead(crmi_transport_kit *k)
{
    char text[96];
    crmsync_http_request request = crmi_request_for(k, text, "POST", "/echo", "{}");
    crmi_flight *f;

    request.not_after = crmi_transport_now(k) + 60000;
    f = crmi_flight_start(k, request);
    if (f && crmi_flight_wait(k, f) && crmi_flight_ended(k, f, CRMSYNC_HTTP_RESPONDED))
        crmi_flight_answered(k, f, 200, CRMI_HOST_LIT("{}"));
}

static void too_much_body(crmi_transport_kit *k)
{
    char text[96];
    crmi_flight *f;
    crmi_flight *after;
    crmsync_http_request request = crmi_request_for(k, text, "GET", "/big", NULL);

    f = &k->flights[0];
    f->limit = 100000;
    f = crmi_flight_start(k, request);
    if (!f || !crmi_flight_wait(k, f))
        return;
    crmi_flight_ended(k, f, CRMSYNC_HTTP_UNKNOWN);
    after = crmi_flight_run(k, "GET", "/plain", NULL, CRMSYNC_HTTP_RESPONDED);
    crmi_flight_answered(k, after, 200, CRMI_HOST_LIT("hello"));
}

const crmi_transport_case crmi_transport_fault_cases[] = {
    {"transport/fault/nobody_listens", nobody_listens, false},
    {"transport/fault/no_tls_there", no_tls_there, false},
    {"transport/fault/other_schemes", other_schemes, false},
    {"transport/fault/closed_without_answer", closed_without_answer, false},
    {"transport/fault/reused_post", reused_post, false},
    {"transport/fault/reused_patch", reused_patch, false},
    {"transport/fault/reused_post_without_body", reused_post_without_body, false},
    {"transport/fault/reused_delete", reused_delete, false},
    {"transport/fault/body_cut_short", body_cut_short, false},
    {"transport/fault/no_http", no_http, false},
    {"transport/fault/upload_cut_short", upload_cut_short, false},
    {"transport/fault/no_answer_in_time", no_answer_in_time, false},
    {"transport/fault/deadline_passed", deadline_passed, false},
    {"transport/fault/deadline_ahead", deadline_ahead, false},
    {"transport/fault/too_much_body", too_much_body, false},
    {NULL, NULL, false},
};
