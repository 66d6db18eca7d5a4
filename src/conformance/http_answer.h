/* What the kit's server answers on a path. */
#ifndef CRMI_CONFORMANCE_HTTP_ANSWER_H
#define CRMI_CONFORMANCE_HTTP_ANSWER_H

#include "host_alloc.h"

/* One request, as far as the server understands it. */
typedef struct crmi_request {
    crmsync_str method;
    crmsync_str path;
    crmsync_str head; /* all lines */
    crmsync_str body;
    bool reused;      /* not the first one of its connection */
} crmi_request;

/* How to answer: what is to be written, and in what manner. */
typedef struct crmi_answer {
    size_t piece;    /* bytes per write; 0 = as many as go */
    int delay_ms;    /* before the first write */
    bool close;      /* after writing */
    bool never;      /* do not answer, keep the connection */
} crmi_answer;

crmi_answer crmi_http_answer(const crmi_request *request, crmi_bytes *out);

#endif
