/*
 * A small HTTP/1.1 server on 127.0.0.1, in a thread of its own, that answers by path and misbehaves
 * on purpose. It counts what reached it.
 *
 *   /plain /echo /headers /chunked /empty /gzip /cookie /missing /continue   well-behaved
 *   /slow      answers after SLOW_MS             /stall     never answers
 *   /pieces    a body in many small writes       /big       CRMI_BIG_BODY bytes of a pattern
 *   /redirect  302 to /plain                     /close     reads the request, then closes
 *   /reused    as /plain on a fresh connection; on a reused one as /close
 *   /short     promises more body than it sends  /garbage   is no HTTP
 *   /cut       closes before the body of the request has arrived
 */
#ifndef CRMI_CONFORMANCE_HTTP_SERVER_H
#define CRMI_CONFORMANCE_HTTP_SERVER_H

#include "host_alloc.h"

enum { CRMI_SLOW_MS = 300, CRMI_BIG_BODY = 4 << 20 };

typedef struct crmi_http_server crmi_http_server;

extern const char crmi_gzip_text[]; /* what /gzip says, once decoded */

crmi_http_server *crmi_http_server_start(const crmsync_alloc *alloc); /* NULL = cannot listen */
void crmi_http_server_stop(crmi_http_server *server);
unsigned crmi_http_server_port(const crmi_http_server *server);
/* Whole requests that arrived for a path since it was asked last. */
unsigned crmi_http_server_count(crmi_http_server *server, const char *path);
char crmi_big_byte(size_t at);

#endif
