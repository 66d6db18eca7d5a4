/* Made by make_cdef.py from the public headers; do not edit. */
typedef struct crmsync_memory crmsync_memory;
int32_t crmsync_memory_new(const crmsync_alloc *alloc, const crmsync_record_keys *keys, crmsync_memory **out, crmsync_error **err);
void crmsync_memory_free(crmsync_memory *memory);
const crmsync_state_ops *crmsync_memory_state_ops(void);
const crmsync_record_ops *crmsync_memory_record_ops(void);
int32_t crmsync_memory_put(crmsync_memory *memory, crmsync_str workspace, const crmsync_rows *rows, crmsync_error **err);
int32_t crmsync_memory_get(crmsync_memory *memory, crmsync_str workspace, crmsync_str kind, crmsync_rows **out, crmsync_error **err);
int32_t crmsync_memory_remove(crmsync_memory *memory, crmsync_str workspace, crmsync_str kind, crmsync_str id, crmsync_error **err);
