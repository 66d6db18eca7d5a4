/* The hooks: several exchanges over one libcurl multi handle. */
#include "exchange.h"

#include <string.h>
#include <time.h>

#include <crmsync/version.h>

static uint64_t boot_time_ms(void *ctx)
{
    struct timespec now = {0, 0};

    (void)ctx;
#ifdef CLOCK_BOOTTIME
    clock_gettime(CLOCK_BOOTTIME, &now);
#else
    clock_gettime(CLOCK_MONOTONIC, &now);
#endif
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static crmi_exchange *exchange_of(crmsync_curl *c, uint64_t id)
{
    for (crmi_exchange *ex = c->exchanges; ex; ex = ex->next)
        if (ex->id == id && !ex->cancelled)
            return ex;
    return NULL;
}

static void take_out(crmsync_curl *c, crmi_exchange *ex)
{
    crmi_exchange **at = &c->exchanges;

    while (*at != ex)
        at = &(*at)->next;
    *at = ex->next;
    if (ex->admitted)
        c->in_flight--;
    crmi_exchange_free(ex);
}

static int32_t multi_failed(CURLMcode code, crmsync_error **err)
{
    if (code == CURLM_OUT_OF_MEMORY)
        return crmi_host_nomem(err);
    return crmi_host_fail(err, CRMSYNC_E_TRANSPORT, "curl: %s", curl_multi_strerror(code));
}

/* Hands waiting exchanges to libcurl, oldest first, as far as max_in_flight permits. */
static int32_t admit(crmsync_curl *c, crmsync_error **err)
{
    for (crmi_exchange *ex = c->exchanges; ex && c->in_flight < c->max_in_flight; ex = ex->next) {
        CURLMcode code;
        if (ex->admitted)
            continue;
        code = curl_multi_add_handle(c->multi, ex->easy);
        if (code != CURLM_OK)
            return multi_failed(code, err);
        ex->admitted = true;
        c->in_flight++;
    }
    return CRMSYNC_OK;
}

static int32_t curl_start(void *ctx, const crmsync_http_request *request, crmsync_http_sink *sink,
                          crmsync_error **err)
{
    crmsync_curl *c = ctx;
    crmi_exchange **last = &c->exchanges;
    crmi_exchange *ex;
    int32_t code;

    (void)sink;
    if (request->struct_size < sizeof *request || request->id == 0)
        return crmi_host_fail(err, CRMSYNC_E_INVALID,
                              "curl: a request without id, or its struct_size is not set");
    ex = crmi_exchange_new(c, request);
    if (!ex)
        return crmi_host_nomem(err);
    while (*last)
        last = &(*last)->next;
    *last = ex;
    code = admit(c, err);
    if (code != CRMSYNC_OK)
        take_out(c, ex);
    return code;
}

static bool deliver_end(crmsync_curl *c, crmi_exchange *ex)
{
    if (!ex->cancelled)
        crmsync_http_done(c->sink, ex->id, crmi_exchange_outcome(ex), crmi_exchange_detail(ex));
    take_out(c, ex);
    return true;
}

/* Asks libcurl who is done, delivers their ends, drops what was cancelled meanwhile. */
static bool collect(crmsync_curl *c)
{
    bool delivered = false;
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(c->multi, &left)) != NULL) {
        crmi_exchange *ex = NULL;
        if (message->msg != CURLMSG_DONE ||
            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&ex) != CURLE_OK)
            continue;
        ex->finished = true;
        ex->result = message->data.result;
    }
    for (crmi_exchange *ex = c->exchanges; ex;) {
        crmi_exchange *next = ex->next;
        if (ex->cancelled)
            take_out(c, ex);
        else if (ex->finished && !ex->paused)
            delivered = deliver_end(c, ex);
        ex = next;
    }
    return delivered;
}

static int32_t drive(crmsync_curl *c, bool *delivered, crmsync_error **err)
{
    int running;
    CURLMcode code;
    int32_t result = admit(c, err);

    if (result != CRMSYNC_OK)
        return result;
    c->inside = true;
    code = curl_multi_perform(c->multi, &running);
    c->inside = false;
    *delivered = collect(c);
    return code == CURLM_OK ? CRMSYNC_OK : multi_failed(code, err);
}

static int32_t curl_poll(void *ctx, uint32_t timeout_ms, crmsync_http_sink *sink,
                         crmsync_error **err)
{
    crmsync_curl *c = ctx;
    bool delivered = false;
    int32_t code;

    c->sink = sink;
    code = drive(c, &delivered, err);
    if (code == CRMSYNC_OK && !delivered && timeout_ms > 0) {
        int wait = timeout_ms > INT32_MAX ? INT32_MAX : (int)timeout_ms;
        CURLMcode waited = curl_multi_poll(c->multi, NULL, 0, wait, NULL);
        code = waited == CURLM_OK ? drive(c, &delivered, err) : multi_failed(waited, err);
    }
    c->sink = NULL;
    return code;
}

static int32_t curl_resume(void *ctx, uint64_t id, crmsync_http_sink *sink, crmsync_error **err)
{
    crmsync_curl *c = ctx;
    crmi_exchange *ex = exchange_of(c, id);
    CURLcode code = CURLE_OK;

    if (!ex || !ex->paused)
        return CRMSYNC_OK;
    c->sink = sink;
    ex->paused = false;
    if (!ex->finished) {
        c->inside = true; /* libcurl may deliver at once what it held back */
        code = curl_easy_pause(ex->easy, CURLPAUSE_CONT);
        c->inside = false;
    }
    collect(c);
    c->sink = NULL;
    if (code == CURLE_OUT_OF_MEMORY)
        return crmi_host_nomem(err);
    return CRMSYNC_OK; /* any other trouble ends the exchange, which the next poll tells */
}

static void curl_cancel(void *ctx, uint64_t id)
{
    crmsync_curl *c = ctx;
    crmi_exchange *ex = exchange_of(c, id);

    if (!ex)
        return;
    if (c->inside)
        ex->cancelled = true;
    else
        take_out(c, ex);
}

static void curl_wake(void *ctx)
{
    crmsync_curl *c = ctx;
    curl_multi_wakeup(c->multi);
}

const crmsync_transport_ops *crmsync_curl_ops(void)
{
    static const crmsync_transport_ops ops = {sizeof ops, curl_start, curl_poll, curl_resume,
                                              curl_cancel, curl_wake, NULL};
    return &ops;
}

static bool copy_texts(crmsync_curl *c, const crmsync_curl_options *o)
{
    crmsync_str agent = o->user_agent.len > 0 ? o->user_agent
                                              : CRMI_HOST_LIT("libcrmsync/" CRMSYNC_VERSION);
    return crmi_host_copy(&c->alloc, o->ca_file, &c->ca_file) &&
           crmi_host_copy(&c->alloc, o->ca_path, &c->ca_path) &&
           crmi_host_copy(&c->alloc, o->proxy, &c->proxy) &&
           crmi_host_copy(&c->alloc, agent, &c->user_agent);
}

int32_t crmsync_curl_new(const crmsync_alloc *alloc, const crmsync_curl_options *options,
                         crmsync_curl **out, crmsync_error **err)
{
    static const crmsync_curl_options defaults = CRMSYNC_CURL_OPTIONS_INIT;
    const crmsync_curl_options *o = options ? options : &defaults;
    crmsync_alloc a;
    crmsync_curl *c;

    if (!out)
        return crmi_host_fail(err, CRMSYNC_E_INVALID, "curl: out is NULL");
    *out = NULL;
    if (o->struct_size < sizeof *o || !crmi_host_alloc_init(&a, alloc))
        return crmi_host_fail(err, CRMSYNC_E_INVALID,
                              "curl: struct_size is not set; use the INIT macro");
    c = crmi_host_new(&a, sizeof *c);
    if (!c)
        return crmi_host_nomem(err);
    c->alloc = a;
    c->connect_timeout_ms = o->connect_timeout_ms ? o->connect_timeout_ms : 10000;
    c->timeout_ms = o->timeout_ms ? o->timeout_ms : 120000;
    c->max_in_flight = o->max_in_flight ? o->max_in_flight : 8;
    c->mono_ms = o->mono_ms ? o->mono_ms : boot_time_ms;
    c->clock_ctx = o->clock_ctx;
    c->global = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    c->multi = c->global ? curl_multi_init() : NULL;
    if (!c->multi || !copy_texts(c, o)) {
        int32_t code = c->multi ? crmi_host_nomem(err)
                                : crmi_host_fail(err, CRMSYNC_E_TRANSPORT,
                                                 "curl: libcurl does not start");
        crmsync_curl_free(c);
        return code;
    }
    *out = c;
    return CRMSYNC_OK;
}

void crmsync_curl_free(crmsync_curl *curl)
{
    crmsync_alloc a;

    if (!curl)
        return;
    a = curl->alloc;
    while (curl->exchanges)
        take_out(curl, curl->exchanges);
    curl_multi_cleanup(curl->multi);
    if (curl->global)
        curl_global_cleanup();
    crmi_host_drop(&a, &curl->ca_file);
    crmi_host_drop(&a, &curl->ca_path);
    crmi_host_drop(&a, &curl->proxy);
    crmi_host_drop(&a, &curl->user_agent);
    crmi_host_free(&a, curl, sizeof *curl);
}
