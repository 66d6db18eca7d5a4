/* Made by make_cdef.py from the public headers; do not edit. */
typedef struct crmsync_postgres crmsync_postgres;
struct pg_conn;
enum {
CRMSYNC_POSTGRES_FULL = 0,
CRMSYNC_POSTGRES_NORMAL = 1
};
typedef struct crmsync_postgres_options {
size_t struct_size;
uint32_t synchronous;
uint32_t lock_timeout_ms;
crmsync_str schema;
const crmsync_record_keys *keys;
...;
} crmsync_postgres_options;
int32_t crmsync_postgres_open(const crmsync_alloc *alloc, crmsync_str conninfo, const crmsync_postgres_options *options, crmsync_postgres **out, crmsync_error **err);
int32_t crmsync_postgres_borrow(const crmsync_alloc *alloc, struct pg_conn *connection, const crmsync_postgres_options *options, crmsync_postgres **out, crmsync_error **err);
void crmsync_postgres_close(crmsync_postgres *postgres);
const crmsync_state_ops *crmsync_postgres_state_ops(void);
const crmsync_record_ops *crmsync_postgres_record_ops(void);
int32_t crmsync_postgres_put(crmsync_postgres *postgres, crmsync_str workspace, const crmsync_rows *rows, crmsync_error **err);
int32_t crmsync_postgres_get(crmsync_postgres *postgres, crmsync_str workspace, crmsync_str kind, crmsync_rows **out, crmsync_error **err);
int32_t crmsync_postgres_remove(crmsync_postgres *postgres, crmsync_str workspace, crmsync_str kind, crmsync_str id, crmsync_error **err);
