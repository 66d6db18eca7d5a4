/* Made by make_cdef.py from the public headers; do not edit. */
typedef struct crmsync_sqlite crmsync_sqlite;
enum {
CRMSYNC_SQLITE_FULL = 0,
CRMSYNC_SQLITE_NORMAL = 1
};
typedef struct crmsync_sqlite_options {
size_t struct_size;
uint32_t synchronous;
uint32_t busy_timeout_ms;
const crmsync_record_keys *keys;
...;
} crmsync_sqlite_options;
int32_t crmsync_sqlite_open(const crmsync_alloc *alloc, crmsync_str path, const crmsync_sqlite_options *options, crmsync_sqlite **out, crmsync_error **err);
void crmsync_sqlite_close(crmsync_sqlite *sqlite);
const crmsync_state_ops *crmsync_sqlite_state_ops(void);
const crmsync_record_ops *crmsync_sqlite_record_ops(void);
int32_t crmsync_sqlite_put(crmsync_sqlite *sqlite, crmsync_str workspace, const crmsync_rows *rows, crmsync_error **err);
int32_t crmsync_sqlite_get(crmsync_sqlite *sqlite, crmsync_str workspace, crmsync_str kind, crmsync_rows **out, crmsync_error **err);
int32_t crmsync_sqlite_remove(crmsync_sqlite *sqlite, crmsync_str workspace, crmsync_str kind, crmsync_str id, crmsync_error **err);
