/* One HTTP request: collected, answered by the org, delayed or broken as asked. */
#define _POSIX_C_SOURCE 200809L
#include "server.h"

#include "../orgsim_faults.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>

enum { MAX_BODY = 64 << 20, MAX_HEADERS = 100, HANG_MS = 600000 };

int64_t server_mono_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t server_wall_ms(const server *s)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000 + s->ahead_ms;
}

/* ---- replies ---- */

void exchange_reply_text(exchange *x, unsigned status, const char *type, char *text, size_t len)
{
    x->reply = MHD_create_response_from_buffer(len, text, MHD_RESPMEM_MUST_FREE);
    x->status = status;
    if (x->reply)
        MHD_add_response_header(x->reply, "Content-Type", type);
    else
        free(text);
}

void exchange_reply_redirect(exchange *x, const char *location)
{
    x->reply = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    x->status = 302;
    if (x->reply)
        MHD_add_response_header(x->reply, "Location", location);
}

/* A body that promises more than it holds. */
typedef struct torn_body {
    char *text;
    size_t len;
} torn_body;

static ssize_t torn_read(void *cls, uint64_t at, char *out, size_t max)
{
    const torn_body *torn = cls;
    if (at >= torn->len)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    size_t left = torn->len - (size_t)at;
    size_t piece = left < max ? left : max;
    memcpy(out, torn->text + at, piece);
    return (ssize_t)piece;
}

static void torn_free(void *cls)
{
    torn_body *torn = cls;
    free(torn->text);
    free(torn);
}

static struct MHD_Response *torn_response(crmsync_str half)
{
    torn_body *torn = orgsim_alloc(sizeof *torn);
    torn->text = orgsim_copy(half.ptr, half.len);
    torn->len = half.len;
    struct MHD_Response *made =
        MHD_create_response_from_callback(half.len * 2 + 1, 16384, torn_read, torn, torn_free);
    if (!made)
        torn_free(torn);
    return made;
}

static bool header_has(const exchange *x, const char *name, const char *word)
{
    const char *value = MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, name);
    return value && strstr(value, word) != NULL;
}

static void reply_answer(exchange *x, const orgsim_wire_answer *answer, bool torn)
{
    orgsim_buf packed = {NULL, 0, 0};
    crmsync_str body = answer->body;
    bool gzip = !torn && header_has(x, "Accept-Encoding", "gzip") && server_gzip(body, &packed);
    if (gzip)
        body = (crmsync_str){packed.ptr, packed.len};
    x->status = (unsigned)answer->status;
    x->reply = torn ? torn_response(body)
                    : MHD_create_response_from_buffer(body.len, (void *)body.ptr,
                                                      MHD_RESPMEM_MUST_COPY);
    if (x->reply && gzip)
        MHD_add_response_header(x->reply, "Content-Encoding", "gzip");
    orgsim_buf_clear(&packed);
    for (size_t i = 0; x->reply && i < answer->header_count; i++) {
        const crmsync_header *h = &answer->headers[i];
        char *name = orgsim_copy(h->name.ptr, h->name.len);
        char *value = orgsim_copy(h->value.ptr, h->value.len);
        if (strcasecmp(name, "Content-Length") != 0)
            MHD_add_response_header(x->reply, name, value);
        free(name);
        free(value);
    }
}

/* ---- the org answers ---- */

typedef struct header_list {
    crmsync_header items[MAX_HEADERS];
    size_t count;
} header_list;

static enum MHD_Result collect_header(void *cls, enum MHD_ValueKind kind, const char *name,
                                      const char *value)
{
    header_list *list = cls;
    (void)kind;
    if (list->count == MAX_HEADERS)
        return MHD_NO;
    crmsync_header *h = &list->items[list->count++];
    h->name.ptr = name;
    h->name.len = strlen(name);
    h->value.ptr = value ? value : "";
    h->value.len = value ? strlen(value) : 0;
    return MHD_YES;
}

static void sleep_until(server *s, exchange *x, int64_t mono)
{
    x->wake_mono = mono;
    x->next = s->sleepers;
    s->sleepers = x;
    MHD_suspend_connection(x->connection);
}

/* A closed socket that still lingers for 0 seconds sends a reset. */
static void arm_reset(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct linger now = {1, 0};
    if (info)
        setsockopt(info->connect_fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

static bool connection_is_reused(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    unsigned *requests = info ? info->socket_context : NULL;
    return requests && ++*requests > 1;
}

static void ask_org(server *s, exchange *x)
{
    bool reused = connection_is_reused(x->connection);
    const wire_fault *fault = server_wire_fault_take(s, x->method, x->target, reused);
    header_list headers = {.count = 0};
    MHD_get_connection_values(x->connection, MHD_HEADER_KIND, collect_header, &headers);
    orgsim_request request = {{x->method, strlen(x->method)}, {x->target, strlen(x->target)},
                              headers.items, headers.count, {x->body.ptr, x->body.len}};
    orgsim_response response = {0};
    bool effect = !fault || fault->effect;
    if (effect)
        orgsim_handle(s->org, &request, &response);
    if (fault && fault->answer == ORGSIM_FAULT_401)
        orgsim_fault_kill_token(s->org, headers.items, headers.count);
    if (fault && !fault->reply) {
        x->drop = true;
        arm_reset(x->connection);
        if (fault->hang)
            sleep_until(s, x, server_mono_ms() + HANG_MS);
    } else {
        enum orgsim_fault_kind kind = fault ? fault->answer : ORGSIM_FAULT_NONE;
        orgsim_wire_answer answer = orgsim_fault_answer(kind, effect ? &response : NULL);
        reply_answer(x, &answer, kind == ORGSIM_FAULT_CUT);
        if (s->options.real_latency && response.service_ms > 0)
            sleep_until(s, x, server_mono_ms() + response.service_ms);
    }
    if (s->options.verbose)
        fprintf(stderr, "%s %s -> %u%s%s\n", x->method, x->target, x->drop ? 0 : x->status,
                fault ? " fault " : "", fault ? fault->name : "");
    if (effect)
        orgsim_response_clear(&response);
}

/* False after refusing a body that is not what its header says. */
static bool unpack(exchange *x)
{
    static const char why[] = "[{\"errorCode\":\"INVALID_REQUEST\",\"message\":\"the body is not "
                              "gzip\"}]";
    orgsim_buf plain = {NULL, 0, 0};
    if (!x->body.len || !header_has(x, "Content-Encoding", "gzip"))
        return true;
    bool good = server_gunzip(&x->body, &plain, MAX_BODY);
    if (good) {
        orgsim_buf_clear(&x->body);
        x->body = plain;
        return true;
    }
    orgsim_buf_clear(&plain);
    exchange_reply_text(x, 400, "application/json", orgsim_copy_text(why), sizeof why - 1);
    return false;
}

static void answer(server *s, exchange *x)
{
    x->answered = true;
    if (!unpack(x))
        return;
    orgsim_set_now(s->org, server_wall_ms(s));
    if (!admin_answer(s, x) && !consent_answer(s, x))
        ask_org(s, x);
}

/* ---- callbacks ---- */

void *exchange_open(void *cls, const char *uri, struct MHD_Connection *connection)
{
    exchange *x = orgsim_alloc(sizeof *x);
    (void)cls;
    x->target = orgsim_copy_text(uri);
    x->connection = connection;
    return x;
}

enum MHD_Result exchange_handle(void *cls, struct MHD_Connection *connection, const char *url,
                                const char *method, const char *version, const char *upload,
                                size_t *upload_size, void **con_cls)
{
    exchange *x = *con_cls;
    (void)url;
    (void)version;
    if (!x)
        return MHD_NO;
    if (!x->begun) {
        x->begun = true;
        x->method = method;
        return MHD_YES;
    }
    if (*upload_size > 0) {
        if (x->body.len + *upload_size > MAX_BODY)
            return MHD_NO;
        orgsim_buf_put(&x->body, upload, *upload_size);
        *upload_size = 0;
        return MHD_YES;
    }
    if (!x->answered)
        answer(cls, x);
    if (x->wake_mono != 0)
        return MHD_YES; /* suspended; called again when it is time */
    if (x->drop || !x->reply)
        return MHD_NO;
    return MHD_queue_response(connection, x->status, x->reply);
}

void exchange_close(void *cls, struct MHD_Connection *connection, void **con_cls,
                    enum MHD_RequestTerminationCode code)
{
    exchange *x = *con_cls;
    (void)cls;
    (void)connection;
    (void)code;
    if (!x)
        return;
    if (x->reply)
        MHD_destroy_response(x->reply);
    orgsim_buf_clear(&x->body);
    free(x->target);
    free(x);
    *con_cls = NULL;
}

void exchange_connection(void *cls, struct MHD_Connection *connection, void **socket_context,
                         enum MHD_ConnectionNotificationCode code)
{
    (void)cls;
    (void)connection;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        *socket_context = orgsim_alloc(sizeof(unsigned));
        return;
    }
    free(*socket_context);
    *socket_context = NULL;
}

int64_t server_wake_sleepers(server *s, bool all)
{
    int64_t now = server_mono_ms();
    int64_t next = -1;
    for (exchange **at = &s->sleepers; *at;) {
        exchange *x = *at;
        if (!all && x->wake_mono > now) {
            int64_t wait = x->wake_mono - now;
            next = next < 0 || wait < next ? wait : next;
            at = &x->next;
            continue;
        }
        *at = x->next;
        x->wake_mono = 0;
        x->drop = x->drop || all;
        MHD_resume_connection(x->connection);
    }
    return next;
}
