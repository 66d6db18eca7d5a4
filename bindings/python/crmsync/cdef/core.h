/* Made by make_cdef.py from the public headers; do not edit. */
#define CRMSYNC_KEY_MAX ...
static const size_t CRMSYNC_PLAN_NONE;
#define CRMSYNC_VERSION_MAJOR ...
#define CRMSYNC_VERSION_MINOR ...
#define CRMSYNC_VERSION_PATCH ...
#define CRMSYNC_VERSION_NUMBER ...
static char *const CRMSYNC_VERSION;
typedef struct crmsync_str {
const char *ptr;
size_t len;
} crmsync_str;
typedef struct crmsync_header {
crmsync_str name;
crmsync_str value;
} crmsync_header;
enum {
CRMSYNC_CELL_ABSENT = 0,
CRMSYNC_CELL_NULL = 1,
CRMSYNC_CELL_TEXT = 2,
CRMSYNC_CELL_BOOL = 3,
CRMSYNC_CELL_DECIMAL = 4,
CRMSYNC_CELL_DATE = 5,
CRMSYNC_CELL_DATETIME = 6,
CRMSYNC_CELL_ID = 7
};
typedef struct crmsync_cell {
crmsync_str text;
int64_t number;
uint32_t type;
uint32_t flags;
} crmsync_cell;
typedef struct crmsync_alloc {
size_t struct_size;
void *ctx;
void *(*alloc)(void *ctx, size_t size);
void *(*realloc)(void *ctx, void *ptr, size_t old_size, size_t new_size);
void (*free)(void *ctx, void *ptr, size_t size);
...;
} crmsync_alloc;
typedef int32_t (*crmsync_write_fn)(void *ctx, crmsync_str text);
typedef struct crmsync_error crmsync_error;
enum {
CRMSYNC_OK = 0,
CRMSYNC_E_INVALID = -1,
CRMSYNC_E_NOMEM = -2,
CRMSYNC_E_LIMIT = -3,
CRMSYNC_E_UNSUPPORTED = -4,
CRMSYNC_E_REENTRANT = -5,
CRMSYNC_E_STATE = -6,
CRMSYNC_E_CALLBACK = -7,
CRMSYNC_E_STORE = -8,
CRMSYNC_E_CONFLICT = -9,
CRMSYNC_E_TRANSPORT = -10,
CRMSYNC_E_PROTOCOL = -11,
CRMSYNC_E_AUTH = -12,
CRMSYNC_E_SALESFORCE = -13,
CRMSYNC_E_BUDGET = -14,
CRMSYNC_E_CANCELLED = -15,
CRMSYNC_E_BREAKER = -16,
CRMSYNC_E_CORRUPT = -17,
CRMSYNC_E_NOT_FOUND = -18,
CRMSYNC_E_INTERNAL = -19,
CRMSYNC_E_CONTRACT = -20
};
enum {
CRMSYNC_CLASS_NONE = 0,
CRMSYNC_CLASS_CONFIG = 1,
CRMSYNC_CLASS_SCHEMA = 2,
CRMSYNC_CLASS_DATA = 3,
CRMSYNC_CLASS_DUPLICATE = 4,
CRMSYNC_CLASS_REFERENCE = 5,
CRMSYNC_CLASS_PERMISSION = 6,
CRMSYNC_CLASS_AUTH = 7,
CRMSYNC_CLASS_LIMIT = 8,
CRMSYNC_CLASS_TRANSIENT = 9,
CRMSYNC_CLASS_CONFLICT = 10,
CRMSYNC_CLASS_STATE = 11,
CRMSYNC_CLASS_STORE = 12,
CRMSYNC_CLASS_INTERNAL = 13
};
int32_t crmsync_error_new(int32_t code, crmsync_str message, crmsync_error **out);
void crmsync_error_set_class(crmsync_error *err, uint32_t error_class);
void crmsync_error_set_retry_after(crmsync_error *err, uint64_t ms);
void crmsync_error_set_token(crmsync_error *err, uint64_t token);
void crmsync_error_free(crmsync_error *err);
int32_t crmsync_error_code(const crmsync_error *err);
uint32_t crmsync_error_class(const crmsync_error *err);
crmsync_str crmsync_error_message(const crmsync_error *err);
crmsync_str crmsync_error_where(const crmsync_error *err);
crmsync_str crmsync_error_remedy(const crmsync_error *err);
int32_t crmsync_error_http_status(const crmsync_error *err);
crmsync_str crmsync_error_salesforce_code(const crmsync_error *err);
uint64_t crmsync_error_retry_after_ms(const crmsync_error *err);
uint64_t crmsync_error_token(const crmsync_error *err);
const char *crmsync_code_name(int32_t code);
const char *crmsync_class_name(uint32_t error_class);
typedef struct crmsync_rows crmsync_rows;
int32_t crmsync_rows_new(const crmsync_alloc *alloc, crmsync_str kind, const crmsync_str *fields, size_t n, crmsync_rows **out, crmsync_error **err);
void crmsync_rows_free(crmsync_rows *rows);
crmsync_str crmsync_rows_kind(const crmsync_rows *rows);
size_t crmsync_rows_count(const crmsync_rows *rows);
size_t crmsync_rows_field_count(const crmsync_rows *rows);
crmsync_str crmsync_rows_field(const crmsync_rows *rows, size_t i);
int32_t crmsync_rows_find_field(const crmsync_rows *rows, crmsync_str name);
int32_t crmsync_rows_append(crmsync_rows *rows, const crmsync_cell *cells, size_t n, crmsync_error **err);
int32_t crmsync_rows_append_many(crmsync_rows *rows, const crmsync_cell *cells, size_t count, crmsync_error **err);
int32_t crmsync_rows_add_field(crmsync_rows *rows, crmsync_str name, crmsync_error **err);
int32_t crmsync_rows_set(crmsync_rows *rows, size_t row, size_t field, const crmsync_cell *cell, crmsync_error **err);
int32_t crmsync_rows_append_json(crmsync_rows *rows, crmsync_str json, crmsync_error **err);
int32_t crmsync_rows_append_jsonl(crmsync_rows *rows, crmsync_str jsonl, crmsync_error **err);
crmsync_cell crmsync_rows_get(const crmsync_rows *rows, size_t row, size_t field);
size_t crmsync_rows_read(const crmsync_rows *rows, size_t first, size_t count, crmsync_cell *cells);
int32_t crmsync_rows_write_jsonl(const crmsync_rows *rows, crmsync_write_fn write, void *ctx, crmsync_error **err);
void crmsync_rows_clear(crmsync_rows *rows);
enum {
CRMSYNC_ATTRIBUTION_FIRST = 1,
CRMSYNC_ATTRIBUTION_LAST = 2,
CRMSYNC_ATTRIBUTION_LINEAR = 3,
CRMSYNC_ATTRIBUTION_U_SHAPED = 4,
CRMSYNC_ATTRIBUTION_W_SHAPED = 5,
CRMSYNC_ATTRIBUTION_TIME_DECAY = 6
};
enum {
CRMSYNC_LATE_IGNORE = 0,
CRMSYNC_LATE_REFUSE = 1
};
typedef struct crmsync_attribution {
size_t struct_size;
uint32_t model;
uint32_t late;
uint32_t half_life_days;
uint32_t scale;
int64_t converted_ms;
int64_t lead_created_ms;
crmsync_str amount;
...;
} crmsync_attribution;
int32_t crmsync_attribute(const crmsync_alloc *alloc, const crmsync_attribution *conversion, const crmsync_rows *touches, crmsync_rows **out, crmsync_error **err);
typedef struct crmsync_normalizer crmsync_normalizer;
typedef struct crmsync_normalize_options {
size_t struct_size;
const crmsync_str *freemail_add;
size_t freemail_add_count;
const crmsync_str *freemail_remove;
size_t freemail_remove_count;
const crmsync_str *shared_host_add;
size_t shared_host_add_count;
const crmsync_str *legal_form_add;
size_t legal_form_add_count;
crmsync_str public_suffix_list;
uint32_t keep_subdomains;
uint32_t zero;
...;
} crmsync_normalize_options;
int32_t crmsync_normalizer_new(const crmsync_alloc *alloc, const crmsync_normalize_options *options, crmsync_normalizer **out, crmsync_error **err);
void crmsync_normalizer_free(crmsync_normalizer *normalizer);
int32_t crmsync_normalize_email(const crmsync_normalizer *n, crmsync_str in, char *out, size_t size, size_t *len);
int32_t crmsync_normalize_domain(const crmsync_normalizer *n, crmsync_str in, char *out, size_t size, size_t *len);
int32_t crmsync_normalize_host(const crmsync_normalizer *n, crmsync_str in, char *out, size_t size, size_t *len);
int32_t crmsync_normalize_company(const crmsync_normalizer *n, crmsync_str in, char *out, size_t size, size_t *len);
int32_t crmsync_normalize_id(crmsync_str in, char *out, size_t size, size_t *len);
int32_t crmsync_is_freemail(const crmsync_normalizer *n, crmsync_str domain);
int32_t crmsync_is_shared_host(const crmsync_normalizer *n, crmsync_str host);
typedef struct crmsync_schema crmsync_schema;
int32_t crmsync_schema_new(const crmsync_alloc *alloc, crmsync_schema **out, crmsync_error **err);
void crmsync_schema_free(crmsync_schema *schema);
int32_t crmsync_schema_add_describe(crmsync_schema *schema, crmsync_str json, crmsync_error **err);
int32_t crmsync_schema_add_statuses(crmsync_schema *schema, crmsync_str object, crmsync_str json, crmsync_error **err);
int32_t crmsync_schema_parse(const crmsync_alloc *alloc, crmsync_str json, crmsync_schema **out, crmsync_error **err);
typedef struct crmsync_config crmsync_config;
int32_t crmsync_config_parse(const crmsync_alloc *alloc, crmsync_str json, crmsync_config **out, crmsync_error **err);
void crmsync_config_free(crmsync_config *config);
crmsync_str crmsync_config_dump(const crmsync_config *config);
int32_t crmsync_config_normalizer(const crmsync_config *config, const crmsync_alloc *alloc, crmsync_normalizer **out, crmsync_error **err);
uint64_t crmsync_config_digest(const crmsync_config *config);
typedef void (*crmsync_lint_fn)(void *ctx, int32_t severity, crmsync_str where, crmsync_str message, crmsync_str remedy);
int32_t crmsync_config_lint(const crmsync_config *config, const crmsync_schema *schema, crmsync_lint_fn report, void *ctx, crmsync_error **err);
typedef struct crmsync_suppression crmsync_suppression;
enum {
CRMSYNC_SOURCE_LIST = 1,
CRMSYNC_SOURCE_OPPORTUNITIES = 2,
CRMSYNC_SOURCE_CONTACT_ROLES = 3,
CRMSYNC_SOURCE_STAGES = 4
};
enum {
CRMSYNC_CHANNEL_EMAIL = 0x1,
CRMSYNC_CHANNEL_CALL = 0x2
};
typedef struct crmsync_suppression_source {
size_t struct_size;
crmsync_str name;
uint32_t kind;
uint32_t complete;
int64_t read_ms;
const crmsync_rows *rows;
...;
} crmsync_suppression_source;
typedef struct crmsync_suppression_query {
size_t struct_size;
const crmsync_rows *people;
const crmsync_rows *companies;
int64_t now_ms;
uint32_t channels;
uint32_t zero;
...;
} crmsync_suppression_query;
int32_t crmsync_suppression_new(const crmsync_alloc *alloc, const crmsync_config *config, const crmsync_normalizer *normalizer, crmsync_suppression **out, crmsync_error **err);
void crmsync_suppression_free(crmsync_suppression *suppression);
int32_t crmsync_suppression_add_source(crmsync_suppression *suppression, const crmsync_suppression_source *source, crmsync_error **err);
int32_t crmsync_suppression_check(const crmsync_suppression *suppression, const crmsync_suppression_query *query, crmsync_rows **out, crmsync_error **err);
enum {
CRMSYNC_LOG_ERROR = 1,
CRMSYNC_LOG_WARN = 2,
CRMSYNC_LOG_INFO = 3,
CRMSYNC_LOG_DEBUG = 4
};
typedef struct crmsync_trace {
size_t struct_size;
crmsync_str method;
crmsync_str url;
crmsync_str request_body;
crmsync_str response_body;
int32_t status;
uint32_t outcome;
uint64_t elapsed_ms;
...;
} crmsync_trace;
typedef struct crmsync_bytes_sink crmsync_bytes_sink;
int32_t crmsync_bytes_set(crmsync_bytes_sink *sink, crmsync_str bytes);
typedef struct crmsync_env_ops {
size_t struct_size;
int64_t (*wall_ms)(void *ctx);
uint64_t (*mono_ms)(void *ctx);
int32_t (*random)(void *ctx, void *out, size_t n, crmsync_error **err);
void (*log)(void *ctx, uint32_t level, crmsync_str message);
void (*trace)(void *ctx, const crmsync_trace *exchange);
int64_t (*civil_date)(void *ctx, int64_t instant_ms, crmsync_str owner);
int32_t (*seal_key)(void *ctx, crmsync_str workspace, crmsync_str key_id, crmsync_bytes_sink *key_out, crmsync_bytes_sink *id_out, crmsync_error **err);
int32_t (*secret_get)(void *ctx, crmsync_str workspace, crmsync_str name, crmsync_bytes_sink *out, crmsync_error **err);
int32_t (*secret_put)(void *ctx, crmsync_str workspace, crmsync_str name, crmsync_str value, crmsync_error **err);
void (*destroy)(void *ctx);
...;
} crmsync_env_ops;
enum {
CRMSYNC_SAVE_SAVED = 1,
CRMSYNC_SAVE_CONFLICT = 2,
CRMSYNC_SAVE_REFUSED = 3,
CRMSYNC_SAVE_GONE = 4
};
typedef struct crmsync_record_sink crmsync_record_sink;
int32_t crmsync_record_rows(crmsync_record_sink *sink, const crmsync_rows *rows);
int32_t crmsync_record_saved(crmsync_record_sink *sink, size_t item, uint32_t outcome, crmsync_str id, crmsync_str rev, const crmsync_rows *stored, size_t row, crmsync_str reason);
int32_t crmsync_record_cursor(crmsync_record_sink *sink, crmsync_str cursor, int32_t more);
typedef struct crmsync_record_ops {
size_t struct_size;
int32_t (*load)(void *ctx, crmsync_str workspace, crmsync_str kind, const crmsync_str *ids, size_t n, crmsync_record_sink *sink, crmsync_error **err);
int32_t (*find)(void *ctx, crmsync_str workspace, crmsync_str kind, crmsync_str key_kind, const crmsync_str *values, size_t n, crmsync_record_sink *sink, crmsync_error **err);
int32_t (*save)(void *ctx, crmsync_str workspace, const crmsync_rows *items, crmsync_record_sink *sink, crmsync_error **err);
int32_t (*changed)(void *ctx, crmsync_str workspace, crmsync_str kind, crmsync_str cursor, uint32_t limit, crmsync_record_sink *sink, crmsync_error **err);
void (*destroy)(void *ctx);
...;
} crmsync_record_ops;
enum {
CRMSYNC_SPACE_META = 1,
CRMSYNC_SPACE_LINK = 2,
CRMSYNC_SPACE_REVERSE = 3,
CRMSYNC_SPACE_INDEX = 4,
CRMSYNC_SPACE_CLAIM = 5,
CRMSYNC_SPACE_QUEUE = 6,
CRMSYNC_SPACE_PENDING = 7,
CRMSYNC_SPACE_SHIPMENT = 8,
CRMSYNC_SPACE_WAITING = 9,
CRMSYNC_SPACE_LEASE = 10,
CRMSYNC_SPACE_CURSOR = 11,
CRMSYNC_SPACE_SCHEMA = 12,
CRMSYNC_SPACE_RUN = 13,
CRMSYNC_SPACE_DEAD = 14,
CRMSYNC_SPACE_SECRET = 15,
CRMSYNC_SPACE_AUDIENCE = 16,
CRMSYNC_SPACE_LOG = 17,
CRMSYNC_SPACE_UNDO = 18
};
typedef struct crmsync_kv_item {
crmsync_str key;
crmsync_str value;
uint64_t version;
uint32_t space;
uint32_t zero;
} crmsync_kv_item;
typedef struct crmsync_kv_commit {
size_t struct_size;
crmsync_str workspace;
const crmsync_kv_item *expects;
size_t expect_count;
const crmsync_kv_item *puts;
size_t put_count;
const crmsync_kv_item *deletes;
size_t delete_count;
...;
} crmsync_kv_commit;
enum {
CRMSYNC_COMMIT_OK = 1,
CRMSYNC_COMMIT_CONFLICT = 2,
CRMSYNC_COMMIT_UNKNOWN = 3
};
enum {
CRMSYNC_SCAN_REVERSE = 0x1
};
typedef struct crmsync_state_sink crmsync_state_sink;
int32_t crmsync_state_item(crmsync_state_sink *sink, const crmsync_kv_item *item);
typedef struct crmsync_state_ops {
size_t struct_size;
uint32_t max_items;
uint32_t max_value;
uint64_t max_bytes;
int32_t (*get)(void *ctx, crmsync_str workspace, const crmsync_kv_item *keys, size_t n, crmsync_state_sink *sink, crmsync_error **err);
int32_t (*scan)(void *ctx, crmsync_str workspace, uint32_t space, crmsync_str from, crmsync_str to, uint32_t limit, uint32_t flags, crmsync_state_sink *sink, crmsync_error **err);
int32_t (*commit)(void *ctx, const crmsync_kv_commit *commit, uint32_t *outcome, crmsync_error **err);
int32_t (*clear)(void *ctx, crmsync_str workspace, uint32_t space, crmsync_str from, crmsync_str to, crmsync_error **err);
void (*destroy)(void *ctx);
...;
} crmsync_state_ops;
typedef struct crmsync_http_request {
size_t struct_size;
uint64_t id;
crmsync_str method;
crmsync_str url;
crmsync_str body;
const crmsync_header *headers;
size_t header_count;
uint64_t not_after;
uint32_t timeout_ms;
uint32_t flags;
...;
} crmsync_http_request;
enum {
CRMSYNC_HTTP_IDEMPOTENT = 0x1
};
enum {
CRMSYNC_HTTP_RESPONDED = 1,
CRMSYNC_HTTP_NOT_SENT = 2,
CRMSYNC_HTTP_UNKNOWN = 3,
CRMSYNC_HTTP_REFUSED_TLS = 4
};
enum {
CRMSYNC_HTTP_BODY_OK = 0,
CRMSYNC_HTTP_BODY_PAUSED = 1,
CRMSYNC_HTTP_BODY_LIMIT = 2
};
typedef struct crmsync_http_sink crmsync_http_sink;
int32_t crmsync_http_head(crmsync_http_sink *sink, uint64_t id, int32_t status, const crmsync_header *headers, size_t header_count);
int32_t crmsync_http_body(crmsync_http_sink *sink, uint64_t id, crmsync_str bytes);
int32_t crmsync_http_done(crmsync_http_sink *sink, uint64_t id, uint32_t outcome, crmsync_str detail);
typedef struct crmsync_transport_ops {
size_t struct_size;
int32_t (*start)(void *ctx, const crmsync_http_request *request, crmsync_http_sink *sink, crmsync_error **err);
int32_t (*poll)(void *ctx, uint32_t timeout_ms, crmsync_http_sink *sink, crmsync_error **err);
int32_t (*resume)(void *ctx, uint64_t id, crmsync_http_sink *sink, crmsync_error **err);
void (*cancel)(void *ctx, uint64_t id);
void (*wake)(void *ctx);
void (*destroy)(void *ctx);
...;
} crmsync_transport_ops;
typedef struct crmsync_http_reply crmsync_http_reply;
int32_t crmsync_http_reply_head(crmsync_http_reply *reply, int32_t status, const crmsync_header *headers, size_t header_count);
int32_t crmsync_http_reply_body(crmsync_http_reply *reply, crmsync_str bytes);
typedef int32_t (*crmsync_http_send_fn)(void *ctx, const crmsync_http_request *request, crmsync_http_reply *reply, crmsync_error **err);
typedef void (*crmsync_http_sleep_fn)(void *ctx, uint32_t timeout_ms);
typedef void (*crmsync_http_wake_fn)(void *ctx);
typedef struct crmsync_sync_transport crmsync_sync_transport;
typedef struct crmsync_sync_transport_options {
size_t struct_size;
const crmsync_alloc *alloc;
crmsync_http_send_fn send;
crmsync_http_sleep_fn sleep;
crmsync_http_wake_fn wake;
void *ctx;
...;
} crmsync_sync_transport_options;
int32_t crmsync_sync_transport_new(const crmsync_sync_transport_options *options, crmsync_sync_transport **out, crmsync_error **err);
const crmsync_transport_ops *crmsync_sync_transport_ops(void);
void crmsync_sync_transport_free(crmsync_sync_transport *transport);
typedef struct crmsync_engine crmsync_engine;
typedef struct crmsync_engine_options {
size_t struct_size;
const crmsync_alloc *alloc;
const crmsync_env_ops *env;
void *env_ctx;
const crmsync_state_ops *state;
void *state_ctx;
const crmsync_record_ops *records;
void *records_ctx;
const crmsync_transport_ops *transport;
void *transport_ctx;
uint64_t max_response_bytes;
uint32_t lease_ms;
uint32_t zero;
...;
} crmsync_engine_options;
int32_t crmsync_engine_new(const crmsync_engine_options *options, crmsync_engine **out, crmsync_error **err);
void crmsync_engine_free(crmsync_engine *engine);
typedef struct crmsync_workspace crmsync_workspace;
int32_t crmsync_workspace_open(crmsync_engine *engine, crmsync_str name, const crmsync_config *config, crmsync_workspace **out, crmsync_error **err);
void crmsync_workspace_close(crmsync_workspace *workspace);
enum {
CRMSYNC_CONNECTION_NONE = 0,
CRMSYNC_CONNECTION_PENDING = 1,
CRMSYNC_CONNECTION_CONNECTED = 2,
CRMSYNC_CONNECTION_EXPIRED = 3,
CRMSYNC_CONNECTION_DISCONNECTED = 4,
CRMSYNC_CONNECTION_BLOCKED = 5
};
const char *crmsync_connection_name(uint32_t state);
typedef struct crmsync_connection {
size_t struct_size;
uint32_t state;
uint32_t sandbox;
int64_t since_ms;
crmsync_str org_id;
crmsync_str user_id;
crmsync_str instance_url;
crmsync_str message;
crmsync_str remedy;
crmsync_str name;
crmsync_str org_name;
crmsync_str edition;
crmsync_str username;
crmsync_str scopes;
uint32_t enabled;
uint32_t mapped;
...;
} crmsync_connection;
int32_t crmsync_workspace_connection(crmsync_workspace *workspace, crmsync_connection *out, crmsync_error **err);
int32_t crmsync_workspace_set_secret(crmsync_workspace *workspace, crmsync_str name, crmsync_str value, crmsync_error **err);
int32_t crmsync_workspace_set_other_crm(crmsync_workspace *workspace, crmsync_str crm, int32_t active, crmsync_error **err);
int32_t crmsync_workspace_authorize_url(crmsync_workspace *workspace, crmsync_str prompt, crmsync_str *url, crmsync_error **err);
enum {
CRMSYNC_ENQUEUE_MANUAL = 0x1,
CRMSYNC_ENQUEUE_LEAD = 0x2,
CRMSYNC_ENQUEUE_CONTACT = 0x4
};
typedef struct crmsync_enqueue_options {
size_t struct_size;
uint32_t flags;
uint32_t zero;
const crmsync_str *fields;
size_t field_count;
...;
} crmsync_enqueue_options;
int32_t crmsync_workspace_enqueue(crmsync_workspace *workspace, crmsync_str kind, const crmsync_str *ids, size_t n, const crmsync_enqueue_options *options, crmsync_error **err);
enum {
CRMSYNC_REACTIVATE_FORM = 1,
CRMSYNC_REACTIVATE_IMPORT = 2
};
int32_t crmsync_workspace_reactivate(crmsync_workspace *workspace, crmsync_str kind, crmsync_str id, uint32_t why, crmsync_error **err);
int32_t crmsync_workspace_duplicates(crmsync_workspace *workspace, crmsync_str kind, uint32_t limit, crmsync_rows **out, crmsync_error **err);
typedef struct crmsync_log_filter {
size_t struct_size;
int64_t from_ms;
int64_t to_ms;
crmsync_str kind;
crmsync_str id;
crmsync_str object;
crmsync_str operation;
crmsync_str run;
uint32_t error_class;
uint32_t limit;
...;
} crmsync_log_filter;
int32_t crmsync_workspace_log(crmsync_workspace *workspace, const crmsync_log_filter *filter, crmsync_rows **out, crmsync_error **err);
int32_t crmsync_workspace_explain(crmsync_workspace *workspace, crmsync_str kind, crmsync_str id, crmsync_str *json, crmsync_error **err);
enum {
CRMSYNC_AUDIENCE_NEVER = 0,
CRMSYNC_AUDIENCE_FRESH = 1,
CRMSYNC_AUDIENCE_STALE = 2,
CRMSYNC_AUDIENCE_TRUNCATED = 3,
CRMSYNC_AUDIENCE_ERROR = 4
};
const char *crmsync_audience_name(uint32_t state);
typedef struct crmsync_audience {
size_t struct_size;
uint32_t state;
uint32_t configured;
uint64_t members;
uint64_t added;
uint64_t removed;
int64_t read_ms;
int64_t tried_ms;
crmsync_str object;
crmsync_str source;
crmsync_str token;
crmsync_str code;
crmsync_str message;
crmsync_str remedy;
...;
} crmsync_audience;
int32_t crmsync_workspace_audience(crmsync_workspace *workspace, crmsync_str name, crmsync_audience *out, crmsync_error **err);
int32_t crmsync_workspace_audiences(crmsync_workspace *workspace, crmsync_rows **out, crmsync_error **err);
typedef struct crmsync_audience_query {
size_t struct_size;
crmsync_str name;
crmsync_str since;
crmsync_str after;
uint32_t limit;
uint32_t zero;
...;
} crmsync_audience_query;
int32_t crmsync_workspace_audience_members(crmsync_workspace *workspace, const crmsync_audience_query *query, crmsync_rows **out, crmsync_error **err);
int32_t crmsync_workspace_audience_forget(crmsync_workspace *workspace, crmsync_str name, crmsync_error **err);
int32_t crmsync_workspace_suppression(crmsync_workspace *workspace, const crmsync_rows *people, const crmsync_rows *companies, crmsync_suppression **out, crmsync_error **err);
enum {
CRMSYNC_DIRECTION_IN = 1,
CRMSYNC_DIRECTION_OUT = 2
};
enum {
CRMSYNC_OUTCOME_CREATED = 1,
CRMSYNC_OUTCOME_UPDATED = 2,
CRMSYNC_OUTCOME_UNCHANGED = 3,
CRMSYNC_OUTCOME_SKIPPED = 4,
CRMSYNC_OUTCOME_HELD = 5,
CRMSYNC_OUTCOME_FAILED = 6,
CRMSYNC_OUTCOME_UNKNOWN = 7
};
int32_t crmsync_quality(const crmsync_config *config, const crmsync_normalizer *normalizer, const crmsync_rows *records, crmsync_rows **out, crmsync_error **err);
int32_t crmsync_owner_report(const crmsync_config *config, const crmsync_normalizer *normalizer, const crmsync_rows *users, const crmsync_rows *owned, const crmsync_rows *members, crmsync_rows **out, crmsync_error **err);
enum {
CRMSYNC_REASON_NONE = 0,
CRMSYNC_REASON_MATCH_LINK = 100,
CRMSYNC_REASON_MATCH_ID = 101,
CRMSYNC_REASON_MATCH_EXTERNAL_ID = 102,
CRMSYNC_REASON_MATCH_EMAIL = 103,
CRMSYNC_REASON_MATCH_WEBSITE = 104,
CRMSYNC_REASON_MATCH_EMAIL_DOMAIN = 105,
CRMSYNC_REASON_MATCH_NAME = 106,
CRMSYNC_REASON_MATCH_CONVERTED = 107,
CRMSYNC_REASON_MATCH_MERGED = 108,
CRMSYNC_REASON_MATCH_ORIGIN = 109,
CRMSYNC_REASON_TIE_LINK = 110,
CRMSYNC_REASON_TIE_EXTERNAL_ID = 111,
CRMSYNC_REASON_TIE_HOST = 112,
CRMSYNC_REASON_TIE_OWNER = 113,
CRMSYNC_REASON_TIE_OPPORTUNITIES = 114,
CRMSYNC_REASON_TIE_CONTACTS = 115,
CRMSYNC_REASON_TIE_OLDEST = 116,
CRMSYNC_REASON_TIE_MODIFIED = 117,
CRMSYNC_REASON_TIE_LOWEST_ID = 118,
CRMSYNC_REASON_CREATE_NO_MATCH = 200,
CRMSYNC_REASON_CREATE_REACTIVATED = 201,
CRMSYNC_REASON_UPDATE_FIELDS = 210,
CRMSYNC_REASON_CRM_DELETED = 211,
CRMSYNC_REASON_CRM_UNDELETED = 212,
CRMSYNC_REASON_MERGED = 213,
CRMSYNC_REASON_CONVERTED = 214,
CRMSYNC_REASON_UNCHANGED = 220,
CRMSYNC_REASON_DIGEST_EQUAL = 221,
CRMSYNC_REASON_LINK_ONLY = 222,
CRMSYNC_REASON_DELETED_ONE_OF_SEVERAL = 223,
CRMSYNC_REASON_SECONDARY = 224,
CRMSYNC_REASON_LOGGED = 225,
CRMSYNC_REASON_DELETED_IGNORED = 226,
CRMSYNC_REASON_OP_DISABLED = 230,
CRMSYNC_REASON_NO_KEY = 231,
CRMSYNC_REASON_NOT_IN_SEGMENT = 232,
CRMSYNC_REASON_ROUTE_NONE = 233,
CRMSYNC_REASON_LOCAL_DUPLICATE = 234,
CRMSYNC_REASON_STALE = 235,
CRMSYNC_REASON_TOMBSTONE = 236,
CRMSYNC_REASON_KIND_DISABLED = 237,
CRMSYNC_REASON_LOCAL_GONE = 238,
CRMSYNC_REASON_DO_NOT_SYNC = 239,
CRMSYNC_REASON_EXCLUDED = 240,
CRMSYNC_REASON_DELETED_UNLINKED = 241,
CRMSYNC_REASON_NOTHING_TO_LOG = 242,
CRMSYNC_REASON_CONVERTED_UNLINKED = 243,
CRMSYNC_REASON_UNRELATED = 246,
CRMSYNC_REASON_OWN_ACTIVITY = 247,
CRMSYNC_REASON_UNMAPPED_STATUS = 250,
CRMSYNC_REASON_AMBIGUOUS = 251,
CRMSYNC_REASON_KEY_COLLISION = 252,
CRMSYNC_REASON_INACTIVE = 253,
CRMSYNC_REASON_CONVERTED_HIDDEN = 254,
CRMSYNC_REASON_LOOKUP_UNKNOWN = 255,
CRMSYNC_REASON_REQUIRED_MISSING = 256,
CRMSYNC_REASON_WAITING_PARENT = 257,
CRMSYNC_REASON_WAITING_PERSON = 258,
CRMSYNC_REASON_CLAIMED_ELSEWHERE = 259,
CRMSYNC_REASON_VANISHED = 260,
CRMSYNC_REASON_PERMISSION_LOSS = 261,
CRMSYNC_REASON_BREAKER = 262,
CRMSYNC_REASON_OWNER_REQUIRED = 263,
CRMSYNC_REASON_OBJECT_MISSING = 264,
CRMSYNC_REASON_ORPHAN = 265,
CRMSYNC_REASON_VALUE_REFUSED = 266,
CRMSYNC_REASON_SUPPRESSED = 267,
CRMSYNC_REASON_SAVE_CONFLICT = 270,
CRMSYNC_REASON_SAVE_REFUSED = 271,
CRMSYNC_REASON_CRM_REFUSED = 272,
CRMSYNC_REASON_DUPLICATE_RULE = 273,
CRMSYNC_REASON_INVALID_RECORD = 274,
CRMSYNC_REASON_IN_FLIGHT = 280,
CRMSYNC_REASON_DUPLICATE_RACE = 281,
CRMSYNC_REASON_NOT_IN_CRM = 282,
CRMSYNC_REASON_EQUAL = 300,
CRMSYNC_REASON_FILLED = 301,
CRMSYNC_REASON_OVERWRITTEN = 302,
CRMSYNC_REASON_CRM_WINS = 303,
CRMSYNC_REASON_CRM_FILLS_LOCAL = 304,
CRMSYNC_REASON_LOCAL_WINS = 305,
CRMSYNC_REASON_LOCAL_EDIT_REVERTED = 306,
CRMSYNC_REASON_CRM_CLEARED = 307,
CRMSYNC_REASON_LOCAL_CLEARED = 308,
CRMSYNC_REASON_CLEARING_KEPT = 309,
CRMSYNC_REASON_DIVERGED = 310,
CRMSYNC_REASON_DIVERGENCE_KNOWN = 311,
CRMSYNC_REASON_NEWER_CRM = 312,
CRMSYNC_REASON_NEWER_LOCAL = 313,
CRMSYNC_REASON_WINNER_CRM = 314,
CRMSYNC_REASON_WINNER_LOCAL = 315,
CRMSYNC_REASON_CRM_CHANGED = 316,
CRMSYNC_REASON_LOCAL_CHANGED = 317,
CRMSYNC_REASON_CRM_ALTERED = 318,
CRMSYNC_REASON_FIELD_FIGHT = 319,
CRMSYNC_REASON_BOTH_EMPTY = 320,
CRMSYNC_REASON_NOT_FILLED = 323,
CRMSYNC_REASON_NOT_IMPORTED = 324,
CRMSYNC_REASON_ADOPTED = 325,
CRMSYNC_REASON_NOT_WRITEABLE = 330,
CRMSYNC_REASON_INVISIBLE = 331,
CRMSYNC_REASON_TOO_LONG = 332,
CRMSYNC_REASON_CUT = 333,
CRMSYNC_REASON_PICKLIST_MISS = 334,
CRMSYNC_REASON_TYPE_MISMATCH = 335,
CRMSYNC_REASON_UNMAPPED_VALUE = 336,
CRMSYNC_REASON_LOCAL_ABSENT = 337,
CRMSYNC_REASON_CRM_ABSENT = 338,
CRMSYNC_REASON_OUT_OF_RANGE = 339,
CRMSYNC_REASON_OWNER_MAPPED = 340,
CRMSYNC_REASON_OWNER_BY_EMAIL = 341,
CRMSYNC_REASON_OWNER_FALLBACK = 342,
CRMSYNC_REASON_OWNER_UNMAPPED = 343,
CRMSYNC_REASON_OWNER_INACTIVE = 344,
CRMSYNC_REASON_OWNER_KEPT = 345,
CRMSYNC_REASON_OWNER_RULES = 346,
CRMSYNC_REASON_STAMPED = 350,
CRMSYNC_REASON_STAMP_KEPT = 351,
CRMSYNC_REASON_STATUS_MAPPED = 360,
CRMSYNC_REASON_STATUS_NOT_FORWARD = 361,
CRMSYNC_REASON_STATUS_UNMAPPED = 362,
CRMSYNC_REASON_STATUS_CONVERTED = 363,
CRMSYNC_REASON_PARENT_SET = 370,
CRMSYNC_REASON_PARENT_KEPT = 371,
CRMSYNC_REASON_RELATED = 372,
CRMSYNC_REASON_REQUIRED_DEFAULT = 380,
CRMSYNC_REASON_EXTERNAL_ID_SET = 381,
CRMSYNC_REASON_EXTERNAL_ID_TAKEN = 382,
CRMSYNC_REASON_DEACTIVATED = 383,
CRMSYNC_REASON_NOT_CHOSEN = 388,
CRMSYNC_REASON_CONSENT_WITHDRAWN = 389,
CRMSYNC_REASON_ACTIVITY_FIELD = 390,
CRMSYNC_REASON_CONTENT_WITHHELD = 391,
CRMSYNC_REASON_RANGE_BOUND = 400,
CRMSYNC_REASON_VALUE_DEFAULT = 401,
CRMSYNC_REASON_DAY_IN_UTC = 402,
CRMSYNC_REASON_TEMPLATE_INCOMPLETE = 403,
CRMSYNC_REASON_REDUCED = 404,
CRMSYNC_REASON_REDUCE_STARTED = 405,
CRMSYNC_REASON_OWNER_IMPORTED = 406,
CRMSYNC_REASON_STATUS_NOT_FROM = 407,
CRMSYNC_REASON_REDUCE_NOTHING = 408,
CRMSYNC_REASON_SUPPRESSION_UNKNOWN = 440,
CRMSYNC_REASON_OPT_OUT = 441,
CRMSYNC_REASON_DO_NOT_CALL = 442,
CRMSYNC_REASON_ON_LIST = 443,
CRMSYNC_REASON_CUSTOMER = 444,
CRMSYNC_REASON_OPEN_OPPORTUNITY = 445,
CRMSYNC_REASON_RECENTLY_LOST = 446,
CRMSYNC_REASON_SOURCE_UNKNOWN = 447,
CRMSYNC_REASON_SOURCE_STALE = 448,
CRMSYNC_REASON_MEMBER_ADDED = 450,
CRMSYNC_REASON_MEMBER_RETURNED = 451,
CRMSYNC_REASON_MEMBER_ADVANCED = 452,
CRMSYNC_REASON_MEMBER_KEPT = 453,
CRMSYNC_REASON_MEMBER_FOREIGN = 454,
CRMSYNC_REASON_MEMBER_REMOVED = 455,
CRMSYNC_REASON_ENGAGEMENT_REPEATED = 456,
CRMSYNC_REASON_ENGAGEMENT_UNMAPPED = 457,
CRMSYNC_REASON_CAMPAIGNS_DISABLED = 458,
CRMSYNC_REASON_MEMBER_STATUS_MISSING = 459,
CRMSYNC_REASON_MEMBER_STATUSES_UNREAD = 460,
CRMSYNC_REASON_WAITING_CAMPAIGN = 461,
CRMSYNC_REASON_ENGAGEMENT_INCOMPLETE = 462,
CRMSYNC_REASON_MEMBER_KEY = 470,
CRMSYNC_REASON_MEMBER_STATUS = 471,
CRMSYNC_REASON_ENGAGEMENT_FIELD = 472,
CRMSYNC_REASON_CLICK_REPEATED = 480,
CRMSYNC_REASON_VISITS_CAPPED = 481,
CRMSYNC_REASON_TIME_MISSING = 482,
CRMSYNC_REASON_PARK_EXPIRED = 483,
CRMSYNC_REASON_PARK_FULL = 484,
CRMSYNC_REASON_KIND_UNKNOWN = 485,
CRMSYNC_REASON_PART_OF_VISIT = 486,
CRMSYNC_REASON_OPPORTUNITY_NAMED = 490,
CRMSYNC_REASON_OPPORTUNITY_SINGLE = 491,
CRMSYNC_REASON_OPPORTUNITY_NEWEST = 492,
CRMSYNC_REASON_OPPORTUNITY_SEVERAL = 493,
CRMSYNC_REASON_ACTIVITY_REDACTED = 494,
CRMSYNC_REASON_RESTORED = 510,
CRMSYNC_REASON_NOT_RESTORED = 511,
CRMSYNC_REASON_CREATED_KEPT = 512,
CRMSYNC_REASON_NOT_UNDONE = 513,
CRMSYNC_REASON_CHANGED_SINCE = 514,
CRMSYNC_REASON_NOT_MAPPED = 515,
CRMSYNC_REASON_SIGNAL_APPLIED = 530,
CRMSYNC_REASON_SIGNAL_TASK = 531,
CRMSYNC_REASON_SIGNAL_UNMAPPED = 532,
CRMSYNC_REASON_WAITING_COMPANY = 533,
CRMSYNC_REASON_SIGNAL_FIELD = 534
};
const char *crmsync_reason_name(uint32_t reason);
const char *crmsync_reason_text(uint32_t reason);
const char *crmsync_reason_remedy(uint32_t reason);
uint32_t crmsync_reason_outcome(uint32_t reason);
uint32_t crmsync_reason_by_name(crmsync_str name);
const char *crmsync_outcome_name(uint32_t outcome);
uint32_t crmsync_outcome_by_name(crmsync_str name);
typedef struct crmsync_plan crmsync_plan;
enum {
CRMSYNC_OP_NONE = 0,
CRMSYNC_OP_CREATE = 1,
CRMSYNC_OP_UPDATE = 2,
CRMSYNC_OP_DEACTIVATE = 3
};
typedef struct crmsync_plan_op {
size_t struct_size;
crmsync_str kind;
crmsync_str local_id;
crmsync_str object;
crmsync_str crm_id;
crmsync_str detail;
uint32_t direction;
uint32_t crm_op;
uint32_t local_op;
uint32_t outcome;
uint32_t reason;
uint32_t rule;
uint32_t link;
uint32_t excluded;
size_t parent;
size_t same_as;
size_t field_count;
size_t other_count;
...;
} crmsync_plan_op;
typedef struct crmsync_plan_field {
size_t struct_size;
crmsync_str local;
crmsync_str remote;
crmsync_cell local_old, local_new;
crmsync_cell crm_old, crm_new;
uint32_t reason;
uint32_t zero;
...;
} crmsync_plan_field;
void crmsync_plan_free(crmsync_plan *plan);
size_t crmsync_plan_count(const crmsync_plan *plan);
int32_t crmsync_plan_get(const crmsync_plan *plan, size_t i, crmsync_plan_op *out);
int32_t crmsync_plan_get_field(const crmsync_plan *plan, size_t i, size_t field, crmsync_plan_field *out);
int32_t crmsync_plan_ops(const crmsync_plan *plan, size_t first, size_t count, crmsync_rows **out, crmsync_error **err);
int32_t crmsync_plan_fields(const crmsync_plan *plan, size_t first, size_t count, crmsync_rows **out, crmsync_error **err);
int32_t crmsync_plan_others(const crmsync_plan *plan, size_t first, size_t count, crmsync_rows **out, crmsync_error **err);
int32_t crmsync_plan_exclude(crmsync_plan *plan, size_t i, int32_t excluded);
int32_t crmsync_plan_summary(const crmsync_plan *plan, crmsync_rows **out, crmsync_error **err);
typedef struct crmsync_plan_text_options {
size_t struct_size;
uint32_t colour;
uint32_t limit;
uint32_t all_fields;
uint32_t no_summary;
...;
} crmsync_plan_text_options;
int32_t crmsync_plan_write_text(const crmsync_plan *plan, const crmsync_plan_text_options *options, crmsync_write_fn write, void *ctx, crmsync_error **err);
int32_t crmsync_plan_write_json(const crmsync_plan *plan, crmsync_write_fn write, void *ctx, crmsync_error **err);
int32_t crmsync_plan_read(const crmsync_alloc *alloc, crmsync_str json, crmsync_plan **out, crmsync_error **err);
int32_t crmsync_plan_explain(const crmsync_plan *plan, size_t i, crmsync_write_fn write, void *ctx, crmsync_error **err);
int32_t crmsync_plan_inverse(const crmsync_plan *plan, crmsync_plan **out, crmsync_error **err);
int32_t crmsync_plan_recheck(crmsync_plan *plan, const crmsync_schema *schema, const crmsync_rows *const *current, size_t count, size_t *stale, crmsync_error **err);
typedef struct crmsync_decide_input {
size_t struct_size;
const crmsync_config *config;
const crmsync_schema *schema;
const crmsync_normalizer *normalizer;
const crmsync_rows *people;
const crmsync_rows *companies;
const crmsync_rows *const *candidates;
size_t candidate_count;
int64_t now_ms;
const crmsync_rows *verdicts;
...;
} crmsync_decide_input;
int32_t crmsync_decide_people(const crmsync_alloc *alloc, const crmsync_decide_input *input, crmsync_plan **out, crmsync_error **err);
typedef struct crmsync_campaign_input {
size_t struct_size;
const crmsync_config *config;
const crmsync_schema *schema;
const crmsync_normalizer *normalizer;
const crmsync_rows *engagements;
const crmsync_rows *people;
const crmsync_rows *statuses;
const crmsync_rows *members;
const crmsync_rows *history;
...;
} crmsync_campaign_input;
int32_t crmsync_decide_members(const crmsync_alloc *alloc, const crmsync_campaign_input *input, crmsync_plan **out, crmsync_error **err);
typedef struct crmsync_job crmsync_job;
enum {
CRMSYNC_PHASE_CONNECT = 0x1,
CRMSYNC_PHASE_PREFLIGHT = 0x80,
CRMSYNC_PHASE_DESCRIBE = 0x2,
CRMSYNC_PHASE_RECOVER = 0x4,
CRMSYNC_PHASE_LOOKUP = 0x100,
CRMSYNC_PHASE_SOURCES = 0x2000,
CRMSYNC_PHASE_IMPORT = 0x8,
CRMSYNC_PHASE_RECONCILE = 0x200,
CRMSYNC_PHASE_AUDIENCE = 0x400,
CRMSYNC_PHASE_EXPORT = 0x10,
CRMSYNC_PHASE_CAMPAIGNS = 0x800,
CRMSYNC_PHASE_ACTIVITIES = 0x20,
CRMSYNC_PHASE_APPLY = 0x1000,
CRMSYNC_PHASE_DISCONNECT = 0x40,
CRMSYNC_PHASE_SYNC = 0xe3e
};
const char *crmsync_phase_name(uint32_t phase);
enum {
CRMSYNC_JOB_DRY_RUN = 0x1,
CRMSYNC_JOB_REVIEW = 0x2,
CRMSYNC_JOB_ALL = 0x4,
CRMSYNC_JOB_PURGE = 0x8,
CRMSYNC_JOB_DUE = 0x10
};
typedef struct crmsync_job_options {
size_t struct_size;
uint32_t phases;
uint32_t flags;
uint64_t limit;
crmsync_str actor;
crmsync_str redirect_url;
crmsync_str acknowledge;
crmsync_str source;
const struct crmsync_rows *keys;
const crmsync_plan *plan;
...;
} crmsync_job_options;
int32_t crmsync_job_new(crmsync_workspace *workspace, const crmsync_job_options *options, crmsync_job **out, crmsync_error **err);
void crmsync_job_free(crmsync_job *job);
enum {
CRMSYNC_WANT_DONE = 0,
CRMSYNC_WANT_IO = 1,
CRMSYNC_WANT_TIMER = 2,
CRMSYNC_WANT_PLAN = 3,
CRMSYNC_WANT_MORE = 4
};
typedef struct crmsync_want {
size_t struct_size;
uint32_t what;
uint32_t timeout_ms;
...;
} crmsync_want;
int32_t crmsync_job_step(crmsync_job *job, crmsync_want *want, crmsync_error **err);
int32_t crmsync_job_wait(crmsync_job *job, uint32_t timeout_ms, crmsync_error **err);
int32_t crmsync_job_run(crmsync_job *job, crmsync_error **err);
int32_t crmsync_job_preflight(const crmsync_job *job, crmsync_rows **out, crmsync_error **err);
void crmsync_job_cancel(crmsync_job *job);
crmsync_plan *crmsync_job_plan(crmsync_job *job);
int32_t crmsync_job_accept(crmsync_job *job, crmsync_error **err);
typedef struct crmsync_progress {
size_t struct_size;
uint32_t phase;
uint32_t zero;
crmsync_str object;
uint64_t done;
uint64_t total;
uint64_t api_calls;
...;
} crmsync_progress;
void crmsync_job_progress(const crmsync_job *job, crmsync_progress *out);
uint64_t crmsync_job_count(const crmsync_job *job, crmsync_str key);
size_t crmsync_job_counters(const crmsync_job *job);
crmsync_str crmsync_job_counter(const crmsync_job *job, size_t i, uint64_t *value);
crmsync_str crmsync_job_run_id(const crmsync_job *job);
const crmsync_rows *crmsync_job_rows(const crmsync_job *job);
int32_t crmsync_workspace_match_account(crmsync_workspace *workspace, const crmsync_rows *keys, crmsync_rows **out, crmsync_error **err);
typedef struct crmsync_run_filter {
size_t struct_size;
int64_t from_ms;
int64_t to_ms;
crmsync_str run;
crmsync_str state;
uint32_t limit;
uint32_t zero;
...;
} crmsync_run_filter;
int32_t crmsync_workspace_runs(crmsync_workspace *workspace, const crmsync_run_filter *filter, crmsync_rows **out, crmsync_error **err);
typedef struct crmsync_dead_filter {
size_t struct_size;
uint32_t error_class;
uint32_t limit;
crmsync_str kind;
crmsync_str id;
crmsync_str object;
...;
} crmsync_dead_filter;
int32_t crmsync_workspace_dead_letters(crmsync_workspace *workspace, const crmsync_dead_filter *filter, crmsync_rows **out, crmsync_error **err);
int32_t crmsync_workspace_requeue(crmsync_workspace *workspace, const crmsync_dead_filter *filter, uint64_t *requeued, crmsync_error **err);
int32_t crmsync_workspace_trim(crmsync_workspace *workspace, int64_t before_ms, crmsync_error **err);
int32_t crmsync_workspace_forget(crmsync_workspace *workspace, crmsync_str kind, crmsync_str id, crmsync_error **err);
int32_t crmsync_workspace_usage(crmsync_workspace *workspace, int64_t from_ms, int64_t to_ms, crmsync_rows **out, crmsync_error **err);
int32_t crmsync_workspace_undo_plan(crmsync_workspace *workspace, crmsync_str run, crmsync_str after, uint32_t limit, crmsync_plan **out, crmsync_str *next, crmsync_error **err);
int32_t crmsync_workspace_pause(crmsync_workspace *workspace, uint32_t paused, crmsync_str why, crmsync_error **err);
int32_t crmsync_workspace_due(crmsync_workspace *workspace, int64_t now_ms, crmsync_rows **out, crmsync_error **err);
enum {
CRMSYNC_PUSH_NEW_PERSON = 1,
CRMSYNC_PUSH_COMPANY = 2,
CRMSYNC_PUSH_ENGAGEMENT = 3
};
int32_t crmsync_workspace_push(crmsync_workspace *workspace, uint32_t what, const crmsync_str *ids, size_t n, uint32_t *pushed, crmsync_error **err);
int32_t crmsync_workspace_feed(crmsync_workspace *workspace, crmsync_str channel, crmsync_str events, uint64_t *taken, crmsync_error **err);
int32_t crmsync_workspace_replay(crmsync_workspace *workspace, crmsync_str channel, crmsync_str *replay, crmsync_error **err);
typedef struct crmsync_estimate_input {
size_t struct_size;
uint64_t people;
uint64_t companies;
uint64_t activities;
uint64_t read;
uint32_t interval_min;
uint32_t zero;
...;
} crmsync_estimate_input;
int32_t crmsync_workspace_estimate(crmsync_workspace *workspace, const crmsync_estimate_input *input, crmsync_rows **out, crmsync_error **err);
uint32_t crmsync_version_number(void);
const char *crmsync_version(void);
