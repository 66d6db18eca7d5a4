#include "callbacks.h"

#include <string.h>

/* Any value but the number of bytes given makes libcurl give up. */
enum { GIVE_UP = 0 };

/* A connection stands, fresh or reused, and the request is the next thing to leave: this is where
 * the deadline is compared. */
int crmi_curl_before_request(void *data, char *conn_ip, char *local_ip, int conn_port,
                             int local_port)
{
    crmi_exchange *ex = data;
    crmsync_curl *c = ex->owner;

    (void)conn_ip;
    (void)local_ip;
    (void)conn_port;
    (void)local_port;
    if (ex->not_after != 0 && c->mono_ms(c->clock_ctx) > ex->not_after) {
        ex->too_late = true;
        return CURL_PREREQFUNC_ABORT;
    }
    ex->begun = true;
    return CURL_PREREQFUNC_OK;
}

size_t crmi_curl_read(char *out, size_t size, size_t count, void *data)
{
    crmi_exchange *ex = data;
    size_t left = ex->body.len - ex->read;
    size_t n = size * count < left ? size * count : left;

    if (n > 0)
        memcpy(out, ex->body.ptr + ex->read, n);
    ex->read += n;
    return n;
}

int crmi_curl_seek(void *data, curl_off_t offset, int origin)
{
    const crmi_exchange *ex = data;

    if (origin == SEEK_SET && offset == 0 && ex->read == 0)
        return CURL_SEEKFUNC_OK;
    return CURL_SEEKFUNC_FAIL;
}

/* Splits `Name: value` of one stored line. */
static crmsync_header split(crmsync_str line)
{
    crmsync_header h = {line, {NULL, 0}};
    const char *colon = memchr(line.ptr, ':', line.len);

    if (!colon)
        return h;
    h.name.len = (size_t)(colon - line.ptr);
    h.value = (crmsync_str){colon + 1, line.len - h.name.len - 1};
    while (h.value.len > 0 && (h.value.ptr[0] == ' ' || h.value.ptr[0] == '\t')) {
        h.value.ptr++;
        h.value.len--;
    }
    while (h.value.len > 0 && strchr(" \t", h.value.ptr[h.value.len - 1]))
        h.value.len--;
    return h;
}

/* Delivers the head that was collected. Lines lie one behind the other, each ended by a newline. */
static bool deliver_head(crmi_exchange *ex, long status)
{
    crmsync_curl *c = ex->owner;
    crmsync_header *headers = crmi_host_array(&c->alloc, ex->lines, sizeof *headers);
    size_t n = 0;
    const char *at = ex->head.ptr;
    int32_t code;

    if (!headers || ex->head.oom) {
        crmi_host_free(&c->alloc, headers, (ex->lines ? ex->lines : 1) * sizeof *headers);
        return false;
    }
    while (n < ex->lines) {
        const char *end = memchr(at, '\n', ex->head.len - (size_t)(at - ex->head.ptr));
        headers[n++] = split((crmsync_str){at, (size_t)(end - at)});
        at = end + 1;
    }
    code = crmsync_http_head(c->sink, ex->id, (int32_t)status, headers, n);
    crmi_host_free(&c->alloc, headers, (ex->lines ? ex->lines : 1) * sizeof *headers);
    ex->head_done = true;
    return code == CRMSYNC_OK;
}

/* Interim responses (1xx) have a head of their own, which is dropped; trailers are ignored. */
size_t crmi_curl_header(char *line, size_t size, size_t count, void *data)
{
    crmi_exchange *ex = data;
    crmsync_str s = {line, size * count};
    long status = 0;

    if (ex->head_done || ex->cancelled)
        return size * count;
    while (s.len > 0 && strchr("\r\n", s.ptr[s.len - 1]))
        s.len--;
    if (s.len > 5 && memcmp(s.ptr, "HTTP/", 5) == 0) {
        ex->head.len = 0;
        ex->lines = 0;
        return size * count;
    }
    if (s.len > 0) {
        crmi_bytes_add(&ex->head, s);
        crmi_bytes_char(&ex->head, '\n');
        ex->lines++;
        return size * count;
    }
    curl_easy_getinfo(ex->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status < 200)
        return size * count;
    return deliver_head(ex, status) ? size * count : GIVE_UP;
}

/* The library takes the piece with which it says PAUSED; the next one waits inside libcurl. */
size_t crmi_curl_write(char *bytes, size_t size, size_t count, void *data)
{
    crmi_exchange *ex = data;
    size_t n = size * count;
    int32_t said;

    if (n == 0 || ex->cancelled)
        return n;
    if (ex->paused)
        return CURL_WRITEFUNC_PAUSE;
    said = crmsync_http_body(ex->owner->sink, ex->id, (crmsync_str){bytes, n});
    if (said == CRMSYNC_HTTP_BODY_OK)
        return n;
    if (said == CRMSYNC_HTTP_BODY_PAUSED) {
        ex->paused = true;
        return n;
    }
    ex->limit = true;
    return GIVE_UP;
}
