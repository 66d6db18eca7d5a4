/* Cases of exchanges that go well. */
#include "transport_kit.h"

#include <string.h>

static void get_plain(crmi_transport_kit *k)
{
    crmi_flight *f = crmi_flight_run(k, "GET", "/plain", NULL, CRMSYNC_HTTP_RESPONDED);

    crmi_flight_answered(k, f, 200, CRMI_HOST_LIT("hello"));
    if (f)
        crmi_kit_check(&k->kit, f->custom_header,
                       "header `X-Kit: two words` was not delivered, name and trimmed value");
    crmi_kit_check(&k->kit, crmi_http_server_count(k->server, "/plain") == 1,
                   "the request did not arrive once");
}

static void bodies_by_method(crmi_transport_kit *k)
{
    static const char *const methods[] = {"POST", "PATCH", "PUT"};

    for (size_t i = 0; i < 3; i++) {
        crmi_flight *f = crmi_flight_run(k, methods[i], "/echo", "{\"a\":1}",
                                         CRMSYNC_HTTP_RESPONDED);
        crmi_flight_answered(k, f, 200, CRMI_HOST_LIT("{\"a\":1}"));
    }
}

static bool head_has(const crmi_flight *f, const char *text)
{
    size_t n = strlen(text);

    for (size_t i = 0; f && i + n <= f->body.len; i++) {
        size_t same = 0;
        while (same < n && (f->body.ptr[i + same] == text[same] ||
                            (f->body.ptr[i + same] | 0x20) == (text[same] | 0x20)))
            same++;
        if (same == n)
            return true;
    }
    return false;
}

static void request_line_and_headers(crmi_transport_kit *k)
{
    const crmsync_header headers[] = {
        {CRMI_HOST_LIT("Authorization"), CRMI_HOST_LIT("Bearer 00Dx!token")},
        {CRMI_HOST_LIT("Content-Type"), CRMI_HOST_LIT("application/json")},
    };
    char text[96];
    crmsync_http_request request = crmi_request_for(k, text, "PATCH", "/headers", "{}");
    crmi_flight *f;

    request.headers = headers;
    request.header_count = 2;
    f = crmi_flight_start(k, request);
    if (!f || !crmi_flight_wait(k, f) || !crmi_flight_ended(k, f, CRMSYNC_HTTP_RESPONDED))
        return;
    crmi_kit_check(&k->kit, head_has(f, "PATCH /headers HTTP/1.1\r\n"),
                   "method or path did not arrive as given");
    crmi_kit_check(&k->kit, head_has(f, "\r\nAuthorization: Bearer 00Dx!token\r\n"),
                   "header Authorization did not arrive");
    crmi_kit_check(&k->kit, head_has(f, "\r\nContent-Type: application/json\r\n"),
                   "header Content-Type did not arrive");
    crmi_kit_check(&k->kit, head_has(f, "\r\nHost: 127.0.0.1:"), "no header Host arrived");
    crmi_kit_check(&k->kit, head_has(f, "\r\nContent-Length: 2\r\n"),
                   "no right Content-Length arrived");
    crmi_kit_check(&k->kit, !head_has(f, "x-www-form-urlencoded"),
                   "the transport adds a Content-Type of its own");
}

static void post_without_body(crmi_transport_kit *k)
{
    crmi_flight *f = crmi_flight_run(k, "POST", "/headers", NULL, CRMSYNC_HTTP_RESPONDED);

    crmi_kit_check(&k->kit, !f || head_has(f, "POST /headers HTTP/1.1\r\n"),
                   "method or path did not arrive as given");
    crmi_kit_check(&k->kit, !f || head_has(f, "\r\nContent-Length: 0\r\n"),
                   "a POST without body has no Content-Length: 0");
    f = crmi_flight_run(k, "DELETE", "/headers", NULL, CRMSYNC_HTTP_RESPONDED);
    crmi_kit_check(&k->kit, !f || head_has(f, "DELETE /headers HTTP/1.1\r\n"),
                   "method or path did not arrive as given");
}

static void large_binary_body(crmi_transport_kit *k)
{
    enum { SIZE = 1 << 20 };
    char *bytes = crmi_host_array(&k->kit.alloc, SIZE, 1);
    char text[96];
    crmsync_http_request request = crmi_request_for(k, text, "POST", "/echo", NULL);
    crmi_flight *f;

    if (!crmi_kit_check(&k->kit, bytes != NULL, "out of memory"))
        return;
    for (size_t i = 0; i < SIZE; i++)
        bytes[i] = (char)(unsigned char)(i * 31 >> 3);
    request.body = (crmsync_str){bytes, SIZE};
    f = crmi_flight_start(k, request);
    if (f && crmi_flight_wait(k, f) && crmi_flight_ended(k, f, CRMSYNC_HTTP_RESPONDED))
        crmi_flight_answered(k, f, 200, request.body);
    crmi_host_free(&k->kit.alloc, bytes, SIZE);
}

/* The views of a request are gone when start returns. */
static void request_is_copied(crmi_transport_kit *k)
{
    char body[] = "as it was";
    char name[] = "X-Given";
    char value[] = "as it was";
    crmsync_header header = {crmi_host_str(name), crmi_host_str(value)};
    char text[96];
    crmsync_http_request request = crmi_request_for(k, text, "POST", "/echo", body);
    crmi_flight *f;

    request.headers = &header;
    request.header_count = 1;
    f = crmi_flight_start(k, request);
    memset(body, '!', sizeof body - 1);
    memset(name, '!', sizeof name - 1);
    memset(value, '!', sizeof value - 1);
    memset(text, '!', sizeof text - 1);
    if (f && crmi_flight_wait(k, f) && crmi_flight_ended(k, f, CRMSYNC_HTTP_RESPONDED))
        crmi_flight_answered(k, f, 200, CRMI_HOST_LIT("as it was"));
}

static void chunked(crmi_transport_kit *k)
{
    crmi_flight *f = crmi_flight_run(k, "GET", "/chunked", NULL, CRMSYNC_HTTP_RESPONDED);
    crmi_flight_answered(k, f, 200, CRMI_HOST_LIT("one two three"));
}

static void many_pieces(crmi_transport_kit *k)
{
    crmi_flight *f = crmi_flight_run(k, "GET", "/pieces", NULL, CRMSYNC_HTTP_RESPONDED);

    if (!f)
        return;
    crmi_kit_check(&k->kit, f->body.len == 40000, "%zu of 40000 bytes arrived", f->body.len);
    for (size_t i = 0; i < f->body.len; i++)
        if (!crmi_kit_check(&k->kit, f->body.ptr[i] == crmi_big_byte(i), "byte %zu is wrong", i))
            return;
}

static void gzip_is_decoded(crmi_transport_kit *k)
{
    crmi_flight *f = crmi_flight_run(k, "GET", "/gzip", NULL, CRMSYNC_HTTP_RESPONDED);
    crmi_flight_answered(k, f, 200, crmi_host_str(crmi_gzip_text));
}

static void no_content(crmi_transport_kit *k)
{
    crmi_flight *f = crmi_flight_run(k, "PATCH", "/empty", "{}", CRMSYNC_HTTP_RESPONDED);
    crmi_flight_answered(k, f, 204, CRMI_HOST_LIT(""));
}

static void error_status_is_an_answer(crmi_transport_kit *k)
{
    crmi_flight *f = crmi_flight_run(k, "POST", "/missing", "{}", CRMSYNC_HTTP_RESPONDED);
    crmi_flight_answered(k, f, 404, CRMI_HOST_LIT("[{\"errorCode\":\"NOT_FOUND\"}]"));
}

static void interim_response_is_dropped(crmi_transport_kit *k)
{
    crmi_flight *f = crmi_flight_run(k, "GET", "/continue", NULL, CRMSYNC_HTTP_RESPONDED);
    crmi_flight_answered(k, f, 200, CRMI_HOST_LIT("hello"));
}

static void redirect_is_not_followed(crmi_transport_kit *k)
{
    static const char *const methods[] = {"GET", "POST"};

    crmi_http_server_count(k->server, "/plain");
    for (size_t i = 0; i < 2; i++) {
        crmi_flight *f = crmi_flight_run(k, methods[i], "/redirect", i ? "{}" : NULL,
                                         CRMSYNC_HTTP_RESPONDED);
        crmi_flight_answered(k, f, 302, CRMI_HOST_LIT("elsewhere"));
    }
    crmi_kit_check(&k->kit, crmi_http_server_count(k->server, "/plain") == 0,
                   "a redirect was followed");
}

static void cookies_are_not_kept(crmi_transport_kit *k)
{
    crmi_flight *f;

    crmi_flight_run(k, "GET", "/cookie", NULL, CRMSYNC_HTTP_RESPONDED);
    f = crmi_flight_run(k, "GET", "/headers", NULL, CRMSYNC_HTTP_RESPONDED);
    crmi_kit_check(&k->kit, !f || !head_has(f, "\r\nCookie:"), "a cookie came back");
}

const crmi_transport_case crmi_transport_basic_cases[] = {
    {"transport/answer/get_plain", get_plain, false},
    {"transport/answer/bodies_by_method", bodies_by_method, false},
    {"transport/answer/request_line_and_headers", request_line_and_headers, false},
    {"transport/answer/post_without_body", post_without_body, false},
    {"transport/answer/large_binary_body", large_binary_body, false},
    {"transport/answer/request_is_copied", request_is_copied, false},
    {"transport/answer/chunked", chunked, false},
    {"transport/answer/many_pieces", many_pieces, false},
    {"transport/answer/gzip_is_decoded", gzip_is_decoded, false},
    {"transport/answer/no_content", no_content, false},
    {"transport/answer/error_status_is_an_answer", error_status_is_an_answer, false},
    {"transport/answer/interim_response_is_dropped", interim_response_is_dropped, false},
    {"transport/answer/redirect_is_not_followed", redirect_is_not_followed, false},
    {"transport/answer/cookies_are_not_kept", cookies_are_not_kept, false},
    {NULL, NULL, false},
};
