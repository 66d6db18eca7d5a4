/* The object behind the curl transport, and one exchange of it. */
#ifndef CRMI_ADAPTERS_CURL_EXCHANGE_H
#define CRMI_ADAPTERS_CURL_EXCHANGE_H

#include <curl/curl.h>

#include <crmsync/adapters/curl.h>

#include "host_alloc.h"

typedef struct crmi_exchange {
    struct crmi_exchange *next;
    struct crmsync_curl *owner;
    CURL *easy;
    struct curl_slist *headers;
    uint64_t id;
    uint64_t not_after;
    crmsync_str body;
    size_t read;     /* bytes of the body that libcurl has taken */
    bool admitted;   /* given to libcurl; else it waits for its turn */
    bool begun;      /* a connection stood and the request was about to leave */
    bool too_late;   /* not_after had passed then */
    bool limit;      /* the library wants no more of the body */
    bool head_done;
    bool paused;     /* until resume nothing is delivered, not even the end */
    bool finished;   /* libcurl is done; `result` says how */
    bool cancelled;
    bool no_memory;
    CURLcode result;
    crmi_bytes head; /* lines of the response head that is arriving */
    size_t lines;
    char error[CURL_ERROR_SIZE];
} crmi_exchange;

struct crmsync_curl {
    crmsync_alloc alloc;
    CURLM *multi;
    crmsync_str ca_file;
    crmsync_str ca_path;
    crmsync_str proxy;
    crmsync_str user_agent;
    uint32_t connect_timeout_ms;
    uint32_t timeout_ms;
    uint32_t max_in_flight;
    uint64_t (*mono_ms)(void *clock_ctx);
    void *clock_ctx;
    crmi_exchange *exchanges; /* in order of start */
    uint32_t in_flight;
    bool inside;             /* libcurl is calling us: nothing may be removed now */
    bool global;             /* curl_global_init succeeded */
    crmsync_http_sink *sink; /* of the hook that runs */
};

/* NULL = no memory. */
crmi_exchange *crmi_exchange_new(crmsync_curl *owner, const crmsync_http_request *request);
void crmi_exchange_free(crmi_exchange *ex);
/* How an exchange that libcurl has finished ended, as CRMSYNC_HTTP_*. */
uint32_t crmi_exchange_outcome(const crmi_exchange *ex);
crmsync_str crmi_exchange_detail(const crmi_exchange *ex);

#endif
