/**
 * @file adapters/curl.h
 * The transport on libcurl: several exchanges at once, HTTP/2 where offered, gzip, TLS verified.
 *
 * It follows no redirects, keeps no cookies, reads neither environment variables nor .netrc, speaks
 * http and https alone, and never repeats a request that is not a plain read: bodies are given so
 * that libcurl cannot rewind them, and a writing request without body gets a connection of its own.
 * (libcurl may repeat a GET or HEAD on a new connection when a reused one turns out to be dead.)
 *
 * One thread at a time; `wake` from any. The table has no `destroy`: the host frees the object. An
 * engine needs an object of its own. libcurl allocates on its own, not through `crmsync_alloc`;
 * with a libcurl older than 7.84 make the first object before starting threads.
 */
#ifndef CRMSYNC_ADAPTERS_CURL_H
#define CRMSYNC_ADAPTERS_CURL_H

#include <crmsync/transport.h>

CRMSYNC_BEGIN_DECLS

typedef struct crmsync_curl crmsync_curl;

/** Options; empty or 0 = the default. Texts are copied. */
typedef struct crmsync_curl_options {
    size_t struct_size;
    crmsync_str ca_file;    /**< PEM file of certificates to trust; empty = libcurl's own */
    crmsync_str ca_path;    /**< directory of such; empty = libcurl's own */
    crmsync_str proxy;      /**< `http://proxy:3128`; empty = none */
    crmsync_str user_agent; /**< empty = `libcrmsync/<version>` */
    uint32_t connect_timeout_ms; /**< 0 = 10,000 */
    uint32_t timeout_ms;         /**< of a request that names none; 0 = 120,000 */
    uint32_t max_in_flight;      /**< further exchanges wait for their turn; 0 = 8 */
    uint32_t zero;
    uint64_t (*mono_ms)(void *clock_ctx); /**< the clock of `not_after`, the same as the engine's
                                               `mono_ms`; NULL = CLOCK_BOOTTIME */
    void *clock_ctx;
} crmsync_curl_options;

#define CRMSYNC_CURL_OPTIONS_INIT                                                              \
    {sizeof(crmsync_curl_options), {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, 0, 0, 0, 0, NULL, \
     NULL}

/**
 * @param alloc    NULL = libc; the struct is copied, its ctx must outlive the transport
 * @param options  NULL = defaults
 * @param out      set to NULL first; the context of crmsync_curl_ops()
 * @return CRMSYNC_OK, CRMSYNC_E_INVALID, CRMSYNC_E_NOMEM, CRMSYNC_E_TRANSPORT (libcurl does not
 *         start). Since 0.1.
 */
CRMSYNC_API int32_t crmsync_curl_new(const crmsync_alloc *alloc,
                                     const crmsync_curl_options *options, crmsync_curl **out,
                                     crmsync_error **err);
/** Ends all exchanges without a word and closes all connections; NULL is allowed. Since 0.1. */
CRMSYNC_API void crmsync_curl_free(crmsync_curl *curl);
/** The table; static. Since 0.1. */
CRMSYNC_API const crmsync_transport_ops *crmsync_curl_ops(void);

CRMSYNC_END_DECLS

#endif
