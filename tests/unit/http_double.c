#include "http_double.h"

#include "base/error.h"

#include <stdio.h>
#include <string.h>

static void note(char *out, size_t size, crmsync_str s)
{
    snprintf(out, size, "%.*s", (int)s.len, s.len ? s.ptr : "");
}

static int32_t start(void *ctx, const crmsync_http_request *r, crmsync_http_sink *sink,
                     crmsync_error **err)
{
    http_double *h = ctx;
    if (h->answered == h->scripted || h->seen_count == HTTP_SCRIPT)
        return crmsync_error_new(CRMSYNC_E_CALLBACK, CRMI_STR("nothing scripted"), err);
    http_seen *seen = &h->seen[h->seen_count++];
    *seen = (http_seen){
        .id = r->id, .not_after = r->not_after, .timeout_ms = r->timeout_ms, .flags = r->flags};
    note(seen->method, sizeof seen->method, r->method);
    note(seen->url, sizeof seen->url, r->url);
    note(seen->body, sizeof seen->body, r->body);
    for (size_t i = 0; i < r->header_count; i++) {
        if (crmi_str_eq_ci(r->headers[i].name, CRMI_STR("authorization")))
            note(seen->authorization, sizeof seen->authorization, r->headers[i].value);
    }
    h->flights[h->flight_count++] =
        (http_flight){.answer = h->script[h->answered++], .id = r->id, .owner = sink};
    return 0;
}

static void drop(http_double *h, size_t i)
{
    memmove(h->flights + i, h->flights + i + 1, (h->flight_count - i - 1) * sizeof *h->flights);
    h->flight_count--;
}

static void send_head(http_flight *f, crmsync_http_sink *sink)
{
    crmsync_header headers[2] = {
        {CRMI_STR("Content-Type"), crmi_str(f->answer.type ? f->answer.type : "application/json")},
        {crmi_str(f->answer.header), crmi_str(f->answer.value)}};
    f->headed = true;
    if (f->answer.status)
        crmsync_http_head(sink, f->id, f->answer.status, headers, f->answer.header ? 2 : 1);
}

/* Delivers the next piece, or the end. */
static bool deliver(http_double *h, size_t i, crmsync_http_sink *sink)
{
    http_flight *f = &h->flights[i];
    crmsync_str body = crmi_str(f->answer.body);
    uint32_t outcome = f->answer.outcome ? f->answer.outcome : CRMSYNC_HTTP_RESPONDED;
    if (f->paused || f->owner != sink)
        return false;
    if (!f->headed)
        send_head(f, sink);
    if (f->answer.status && f->at < body.len) {
        size_t left = body.len - f->at;
        size_t n = f->answer.chunk && f->answer.chunk < left ? f->answer.chunk : left;
        int32_t said = crmsync_http_body(sink, f->id, crmi_str_sub(body, f->at, n));
        f->at += n;
        f->paused = said == CRMSYNC_HTTP_BODY_PAUSED;
        if (said != CRMSYNC_HTTP_BODY_LIMIT)
            return true;
        outcome = CRMSYNC_HTTP_UNKNOWN;
    }
    uint64_t id = f->id;
    drop(h, i);
    crmsync_http_done(sink, id, outcome, CRMI_STR("as scripted"));
    return true;
}

static int32_t poll(void *ctx, uint32_t timeout_ms, crmsync_http_sink *sink, crmsync_error **err)
{
    http_double *h = ctx;
    bool any = false;
    (void)err;
    for (size_t i = h->flight_count; i-- > 0;)
        any = deliver(h, i, sink) || any;
    h->mono += any ? 1 : timeout_ms ? timeout_ms : 1;
    return 0;
}

static int32_t resume(void *ctx, uint64_t id, crmsync_http_sink *sink, crmsync_error **err)
{
    http_double *h = ctx;
    (void)err;
    (void)sink;
    for (size_t i = 0; i < h->flight_count; i++) {
        if (h->flights[i].id == id)
            h->flights[i].paused = false;
    }
    return 0;
}

static void cancel(void *ctx, uint64_t id)
{
    http_double *h = ctx;
    for (size_t i = h->flight_count; i-- > 0;) {
        if (h->flights[i].id == id) {
            drop(h, i);
            h->cancelled++;
        }
    }
}

static int64_t wall_ms(void *ctx)
{
    return INT64_C(1795177920000) + (int64_t)((http_double *)ctx)->mono;
}

static uint64_t mono_ms(void *ctx)
{
    return ((http_double *)ctx)->mono;
}

static int32_t fill(void *ctx, void *out, size_t n, crmsync_error **err)
{
    crmi_random random = kv_random(((http_double *)ctx)->kv);
    return random.fill(random.ctx, out, n, err);
}

static void trace(void *ctx, const crmsync_trace *t)
{
    http_double *h = ctx;
    size_t at = strlen(h->traced);
    snprintf(h->traced + at, sizeof h->traced - at, "%.*s %.*s %.*s -> %d %.*s\n",
             CRMI_SPELL(t->method), CRMI_SPELL(t->url), CRMI_SPELL(t->request_body), (int)t->status,
             CRMI_SPELL(t->response_body));
}

static int32_t seal_key(void *ctx, crmsync_str workspace, crmsync_str key_id,
                        crmsync_bytes_sink *key_out, crmsync_bytes_sink *id_out,
                        crmsync_error **err)
{
    (void)ctx;
    (void)workspace;
    (void)err;
    if (key_id.len == 0)
        crmsync_bytes_set(id_out, CRMI_STR("k1"));
    return crmsync_bytes_set(key_out, CRMI_STR("0123456789abcdef0123456789abcdef"));
}

void http_init(http_double *h, kv_double *kv)
{
    *h = (http_double){.kv = kv, .mono = 1000};
    h->ops = (crmsync_transport_ops){.struct_size = sizeof h->ops,
                                     .start = start,
                                     .poll = poll,
                                     .resume = resume,
                                     .cancel = cancel};
    h->env = (crmsync_env_ops){.struct_size = sizeof h->env,
                               .wall_ms = wall_ms,
                               .mono_ms = mono_ms,
                               .random = fill,
                               .trace = trace,
                               .seal_key = seal_key};
}

void http_say(http_double *h, http_answer answer)
{
    h->script[h->scripted++] = answer;
}

void http_answer_json(http_double *h, int status, const char *body)
{
    http_say(h, (http_answer){.status = status, .body = body});
}
