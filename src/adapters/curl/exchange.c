/* One exchange: how libcurl is told to make it, what it calls back, and how it ended. */
#include "exchange.h"

#include <string.h>

#include "callbacks.h"

#define SET(ex, option, value) \
    ((ex)->no_memory |= curl_easy_setopt((ex)->easy, option, value) != CURLE_OK)

static bool is(crmsync_str s, const char *word)
{
    return crmi_host_eq(s, crmi_host_str(word));
}

static bool name_is(crmsync_str s, const char *name)
{
    return s.len == strlen(name) && curl_strnequal(s.ptr, name, s.len);
}

static bool add_line(crmi_exchange *ex, crmsync_str name, const char *between, crmsync_str value)
{
    struct curl_slist *grown;
    crmi_bytes line;

    crmi_bytes_init(&line, &ex->owner->alloc);
    crmi_bytes_add(&line, name);
    crmi_bytes_lit(&line, between);
    crmi_bytes_add(&line, value);
    grown = line.oom ? NULL : curl_slist_append(ex->headers, line.ptr);
    crmi_bytes_clear(&line);
    if (grown)
        ex->headers = grown;
    return grown != NULL;
}

/* A line of its own ends a header: text that holds one would smuggle in another. */
static bool one_line(crmsync_str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] == '\r' || s.ptr[i] == '\n' || s.ptr[i] == '\0')
            return false;
    return true;
}

static bool add_headers(crmi_exchange *ex, const crmsync_http_request *request)
{
    crmsync_str none = {NULL, 0};
    bool typed = false;
    bool fine = true;

    for (size_t i = 0; i < request->header_count; i++) {
        const crmsync_header *h = &request->headers[i];
        if (!one_line(h->name) || !one_line(h->value))
            return false;
        typed |= name_is(h->name, "Content-Type");
        /* "Name;" is how libcurl is told of a header with an empty value */
        fine &= add_line(ex, h->name, h->value.len > 0 ? ": " : ";", h->value);
    }
    if (!typed) /* else libcurl adds a form's type to every body */
        fine &= add_line(ex, CRMI_HOST_LIT("Content-Type"), ":", none);
    return fine && add_line(ex, CRMI_HOST_LIT("Expect"), ":", none);
}

/* A body goes by READFUNCTION with a SEEKFUNCTION that refuses: when a reused connection dies
 * before the first byte of the reply, libcurl would send the body again on a new one; so it ends
 * with CURLE_SEND_FAIL_REWIND instead. Without a body there is nothing to rewind, so a writing
 * request without one must not go out on a reused connection at all. */
static void set_method(crmi_exchange *ex, crmsync_str method, const char *method_text,
                       uint32_t flags)
{
    bool reads = is(method, "GET") || is(method, "HEAD") || (flags & CRMSYNC_HTTP_IDEMPOTENT);

    if (is(method, "HEAD"))
        SET(ex, CURLOPT_NOBODY, 1L);
    else if (ex->body.len == 0 && (is(method, "GET") || is(method, "DELETE")))
        SET(ex, CURLOPT_HTTPGET, 1L);
    else
        SET(ex, CURLOPT_POST, 1L);
    if (!is(method, "GET") && !is(method, "HEAD"))
        SET(ex, CURLOPT_CUSTOMREQUEST, method_text);
    if (ex->body.len == 0 && !reads)
        SET(ex, CURLOPT_FRESH_CONNECT, 1L);
    SET(ex, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)ex->body.len);
    SET(ex, CURLOPT_READFUNCTION, crmi_curl_read);
    SET(ex, CURLOPT_READDATA, ex);
    SET(ex, CURLOPT_SEEKFUNCTION, crmi_curl_seek);
    SET(ex, CURLOPT_SEEKDATA, ex);
}

static void set_connection(crmi_exchange *ex)
{
    const crmsync_curl *c = ex->owner;

#if LIBCURL_VERSION_NUM >= 0x075500
    SET(ex, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    SET(ex, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
    SET(ex, CURLOPT_PROXY, c->proxy.ptr); /* "" also keeps libcurl from asking the environment */
    SET(ex, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    SET(ex, CURLOPT_NOSIGNAL, 1L);
    SET(ex, CURLOPT_TCP_KEEPALIVE, 1L);
    SET(ex, CURLOPT_FOLLOWLOCATION, 0L);
    SET(ex, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    SET(ex, CURLOPT_SSL_VERIFYPEER, 1L);
    SET(ex, CURLOPT_SSL_VERIFYHOST, 2L);
    SET(ex, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (c->ca_file.len > 0)
        SET(ex, CURLOPT_CAINFO, c->ca_file.ptr);
    if (c->ca_path.len > 0)
        SET(ex, CURLOPT_CAPATH, c->ca_path.ptr);
    SET(ex, CURLOPT_USERAGENT, c->user_agent.ptr);
    SET(ex, CURLOPT_CONNECTTIMEOUT_MS, (long)c->connect_timeout_ms);
    /* Not every build of libcurl speaks these; then it goes without. */
    curl_easy_setopt(ex->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    curl_easy_setopt(ex->easy, CURLOPT_ACCEPT_ENCODING, "gzip");
}

static void set_callbacks(crmi_exchange *ex)
{
    SET(ex, CURLOPT_PREREQFUNCTION, crmi_curl_before_request);
    SET(ex, CURLOPT_PREREQDATA, ex);
    SET(ex, CURLOPT_HEADERFUNCTION, crmi_curl_header);
    SET(ex, CURLOPT_HEADERDATA, ex);
    SET(ex, CURLOPT_WRITEFUNCTION, crmi_curl_write);
    SET(ex, CURLOPT_WRITEDATA, ex);
    SET(ex, CURLOPT_ERRORBUFFER, ex->error);
    SET(ex, CURLOPT_PRIVATE, ex);
}

static bool set_up(crmi_exchange *ex, const crmsync_http_request *request)
{
    const crmsync_alloc *a = &ex->owner->alloc;
    uint32_t timeout = request->timeout_ms ? request->timeout_ms : ex->owner->timeout_ms;
    crmsync_str url = {NULL, 0};
    crmsync_str method = {NULL, 0};
    bool copied = crmi_host_copy(a, request->url, &url) &&
                  crmi_host_copy(a, request->method, &method) &&
                  crmi_host_copy(a, request->body, &ex->body) && add_headers(ex, request);

    if (copied) {
        SET(ex, CURLOPT_URL, url.ptr);
        SET(ex, CURLOPT_HTTPHEADER, ex->headers);
        SET(ex, CURLOPT_TIMEOUT_MS, (long)timeout);
        set_connection(ex);
        set_method(ex, request->method, method.ptr, request->flags);
        set_callbacks(ex);
    }
    crmi_host_drop(a, &url);
    crmi_host_drop(a, &method);
    return copied && !ex->no_memory;
}

crmi_exchange *crmi_exchange_new(crmsync_curl *owner, const crmsync_http_request *request)
{
    crmi_exchange *ex = crmi_host_new(&owner->alloc, sizeof *ex);

    if (!ex)
        return NULL;
    ex->owner = owner;
    ex->id = request->id;
    ex->not_after = request->not_after;
    crmi_bytes_init(&ex->head, &owner->alloc);
    ex->easy = curl_easy_init();
    if (!ex->easy || !set_up(ex, request)) {
        crmi_exchange_free(ex);
        return NULL;
    }
    return ex;
}

void crmi_exchange_free(crmi_exchange *ex)
{
    const crmsync_alloc *a = &ex->owner->alloc;

    if (ex->admitted)
        curl_multi_remove_handle(ex->owner->multi, ex->easy);
    curl_easy_cleanup(ex->easy);
    curl_slist_free_all(ex->headers);
    crmi_host_drop(a, &ex->body);
    crmi_bytes_clear(&ex->head);
    crmi_host_free(a, ex, sizeof *ex);
}

static bool is_tls(CURLcode code)
{
    static const CURLcode tls[] = {
        CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE,
        CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_CRL_BADFILE,
        CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_USE_SSL_FAILED,
        CURLE_SSL_ENGINE_NOTFOUND, CURLE_SSL_ENGINE_SETFAILED, CURLE_SSL_ENGINE_INITFAILED,
    };
    for (size_t i = 0; i < sizeof tls / sizeof tls[0]; i++)
        if (tls[i] == code)
            return true;
    return false;
}

uint32_t crmi_exchange_outcome(const crmi_exchange *ex)
{
    if (ex->result == CURLE_OK && ex->head_done && !ex->limit)
        return CRMSYNC_HTTP_RESPONDED;
    if (!ex->begun)
        return is_tls(ex->result) ? CRMSYNC_HTTP_REFUSED_TLS : CRMSYNC_HTTP_NOT_SENT;
    /* The request was announced with the length of its body: less than that is no request. */
    if (ex->read < ex->body.len)
        return CRMSYNC_HTTP_NOT_SENT;
    return CRMSYNC_HTTP_UNKNOWN;
}

crmsync_str crmi_exchange_detail(const crmi_exchange *ex)
{
    if (ex->too_late)
        return CRMI_HOST_LIT("the deadline passed before the request could be sent");
    if (ex->limit)
        return CRMI_HOST_LIT("the response is larger than accepted");
    if (ex->result == CURLE_OK)
        return (crmsync_str){NULL, 0};
    return crmi_host_str(ex->error[0] ? ex->error : curl_easy_strerror(ex->result));
}
