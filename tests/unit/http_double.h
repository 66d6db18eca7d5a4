/* A transport that answers from a script, and a clock that moves only when it is polled. */
#ifndef HTTP_DOUBLE_H
#define HTTP_DOUBLE_H

#include <crmsync/env.h>
#include <crmsync/transport.h>

#include "kv_double.h"

#define HTTP_SCRIPT 32

typedef struct http_answer {
    uint32_t outcome; /* 0 = CRMSYNC_HTTP_RESPONDED */
    int status;       /* 0 = no head */
    const char *body;
    const char *header, *value; /* one extra header */
    const char *type;           /* NULL = application/json */
    size_t chunk;               /* bytes a piece; 0 = at once */
} http_answer;

typedef struct http_seen {
    uint64_t id;
    char method[10], url[300], body[600], authorization[200];
    uint64_t not_after;
    uint32_t timeout_ms, flags;
} http_seen;

typedef struct http_flight {
    http_answer answer;
    uint64_t id;
    const crmsync_http_sink *owner; /* two engines may share the double */
    size_t at;
    bool headed, paused;
} http_flight;

typedef struct http_double {
    crmsync_transport_ops ops;
    crmsync_env_ops env;
    http_answer script[HTTP_SCRIPT];
    size_t scripted, answered;
    http_seen seen[HTTP_SCRIPT];
    size_t seen_count;
    http_flight flights[HTTP_SCRIPT];
    size_t flight_count;
    size_t cancelled;
    uint64_t mono;
    char traced[8192];
    kv_double *kv; /* random bytes */
} http_double;

void http_init(http_double *h, kv_double *kv);
void http_say(http_double *h, http_answer answer);
void http_answer_json(http_double *h, int status, const char *body);

#endif
