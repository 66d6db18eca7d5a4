#include "http_answer.h"

#include <string.h>

#include "http_server.h"

#define EIGHT(line) line line line line line line line line
const char crmi_gzip_text[] = EIGHT("compressed on the way, plain on arrival\n");

static const unsigned char gzipped[] = {
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x4b, 0xce, 0xcf, 0x2d,
    0x28, 0x4a, 0x2d, 0x2e, 0x4e, 0x4d, 0x51, 0xc8, 0xcf, 0x53, 0x28, 0xc9, 0x48, 0x55,
    0x28, 0x4f, 0xac, 0xd4, 0x51, 0x28, 0xc8, 0x49, 0xcc, 0xcc, 0x03, 0x89, 0x24, 0x16,
    0x15, 0x65, 0x96, 0x25, 0xe6, 0x70, 0x25, 0x8f, 0xaa, 0xc3, 0xaa, 0x0e, 0x00, 0xc0,
    0x7b, 0x6f, 0x66, 0x40, 0x01, 0x00, 0x00,
};

char crmi_big_byte(size_t at)
{
    return (char)('a' + at % 23);
}

static void respond(crmi_bytes *out, const char *status, const char *more, crmsync_str body)
{
    crmi_bytes_lit(out, "HTTP/1.1 ");
    crmi_bytes_lit(out, status);
    crmi_bytes_lit(out, "\r\nContent-Type: text/plain\r\nX-Kit:  two words \r\n");
    crmi_bytes_lit(out, more);
    crmi_bytes_lit(out, "Content-Length: ");
    crmi_bytes_number(out, (int64_t)body.len);
    crmi_bytes_lit(out, "\r\n\r\n");
    crmi_bytes_add(out, body);
}

typedef crmi_answer answer_fn(const crmi_request *request, crmi_bytes *out);

static const crmi_answer whole = {0, 0, false, false};
static const crmi_answer hang_up = {0, 0, true, false};

static crmi_answer plain(const crmi_request *request, crmi_bytes *out)
{
    (void)request;
    respond(out, "200 OK", "", CRMI_HOST_LIT("hello"));
    return whole;
}

static crmi_answer echo(const crmi_request *request, crmi_bytes *out)
{
    respond(out, "200 OK", "", request->body);
    return whole;
}

static crmi_answer headers(const crmi_request *request, crmi_bytes *out)
{
    respond(out, "200 OK", "", request->head);
    return whole;
}

static crmi_answer chunked(const crmi_request *request, crmi_bytes *out)
{
    (void)request;
    crmi_bytes_lit(out, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                        "3\r\none\r\n4;x=y\r\n two\r\n6\r\n three\r\n0\r\nX-Trailer: t\r\n\r\n");
    return (crmi_answer){7, 0, false, false};
}

static crmi_answer empty(const crmi_request *request, crmi_bytes *out)
{
    (void)request;
    crmi_bytes_lit(out, "HTTP/1.1 204 No Content\r\n\r\n");
    return whole;
}

static crmi_answer missing(const crmi_request *request, crmi_bytes *out)
{
    (void)request;
    respond(out, "404 Not Found", "", CRMI_HOST_LIT("[{\"errorCode\":\"NOT_FOUND\"}]"));
    return whole;
}

static crmi_answer gzip(const crmi_request *request, crmi_bytes *out)
{
    static const char wish[] = "gzip";
    bool wanted = false;
    size_t from = 0;

    while (from < request->head.len && request->head.ptr[from] != '\n')
        from++; /* the path is called so too */
    for (size_t i = from; i + sizeof wish - 1 <= request->head.len; i++)
        wanted |= memcmp(request->head.ptr + i, wish, sizeof wish - 1) == 0;
    if (wanted)
        respond(out, "200 OK", "Content-Encoding: gzip\r\n",
                (crmsync_str){(const char *)gzipped, sizeof gzipped});
    else
        respond(out, "200 OK", "", crmi_host_str(crmi_gzip_text));
    return whole;
}

static crmi_answer cookie(const crmi_request *request, crmi_bytes *out)
{
    (void)request;
    respond(out, "200 OK", "Set-Cookie: kit=seen; Path=/\r\n", CRMI_HOST_LIT("hello"));
    return whole;
}

static crmi_answer interim(const crmi_request *request, crmi_bytes *out)
{
    crmi_bytes_lit(out, "HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n");
    return plain(request, out);
}

static crmi_answer slow(const crmi_request *request, crmi_bytes *out)
{
    crmi_answer how = plain(request, out);
    how.delay_ms = CRMI_SLOW_MS;
    return how;
}

static crmi_answer stall(const crmi_request *request, crmi_bytes *out)
{
    (void)request;
    (void)out;
    return (crmi_answer){0, 0, false, true};
}

static void patterned(crmi_bytes *out, size_t size)
{
    crmi_bytes_lit(out, "HTTP/1.1 200 OK\r\nContent-Length: ");
    crmi_bytes_number(out, (int64_t)size);
    crmi_bytes_lit(out, "\r\n\r\n");
    if (!crmi_bytes_reserve(out, size))
        return;
    for (size_t i = 0; i < size; i++)
        out->ptr[out->len++] = crmi_big_byte(i);
}

static crmi_answer pieces(const crmi_request *request, crmi_bytes *out)
{
    (void)request;
    patterned(out, 40000);
    return (crmi_answer){997, 0, false, false};
}

static crmi_answer big(const crmi_request *request, crmi_bytes *out)
{
    (void)request;
    patterned(out, CRMI_BIG_BODY);
    return whole;
}

static crmi_answer redirect(const crmi_request *request, crmi_bytes *out)
{
    (void)request;
    respond(out, "302 Found", "Location: /plain\r\n", CRMI_HOST_LIT("elsewhere"));
    return whole;
}

static crmi_answer close_at_once(const crmi_request *request, crmi_bytes *out)
{
    (void)request;
    (void)out;
    return hang_up;
}

static crmi_answer reused(const crmi_request *request, crmi_bytes *out)
{
    return request->reused ? hang_up : plain(request, out);
}

static crmi_answer cut_short(const crmi_request *request, crmi_bytes *out)
{
    (void)request;
    crmi_bytes_lit(out, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this");
    return hang_up;
}

static crmi_answer garbage(const crmi_request *request, crmi_bytes *out)
{
    (void)request;
    crmi_bytes_lit(out, "\x15\x03\x01 this is no HTTP at all\r\n\r\n");
    return hang_up;
}

crmi_answer crmi_http_answer(const crmi_request *request, crmi_bytes *out)
{
    static const struct {
        const char *path;
        answer_fn *answer;
    } answers[] = {
        {"/plain", plain},     {"/echo", echo},       {"/headers", headers}, {"/chunked", chunked},
        {"/empty", empty},     {"/missing", missing}, {"/gzip", gzip},       {"/cookie", cookie},
        {"/continue", interim}, {"/slow", slow},      {"/stall", stall},     {"/pieces", pieces},
        {"/big", big},         {"/redirect", redirect}, {"/close", close_at_once},
        {"/reused", reused},   {"/short", cut_short}, {"/garbage", garbage},
        {"/cut", close_at_once},
    };

    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++)
        if (crmi_host_eq(request->path, crmi_host_str(answers[i].path)))
            return answers[i].answer(request, out);
    return missing(request, out);
}
