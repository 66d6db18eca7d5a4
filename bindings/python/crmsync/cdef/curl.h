/* Made by make_cdef.py from the public headers; do not edit. */
typedef struct crmsync_curl crmsync_curl;
typedef struct crmsync_curl_options {
size_t struct_size;
crmsync_str ca_file;
crmsync_str ca_path;
crmsync_str proxy;
crmsync_str user_agent;
uint32_t connect_timeout_ms;
uint32_t timeout_ms;
uint32_t max_in_flight;
uint32_t zero;
uint64_t (*mono_ms)(void *clock_ctx);
void *clock_ctx;
...;
} crmsync_curl_options;
int32_t crmsync_curl_new(const crmsync_alloc *alloc, const crmsync_curl_options *options, crmsync_curl **out, crmsync_error **err);
void crmsync_curl_free(crmsync_curl *curl);
const crmsync_transport_ops *crmsync_curl_ops(void);
