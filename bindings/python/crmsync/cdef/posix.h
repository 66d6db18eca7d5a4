/* Made by make_cdef.py from the public headers; do not edit. */
typedef struct crmsync_posix_env crmsync_posix_env;
typedef struct crmsync_posix_options {
size_t struct_size;
uint32_t log_level;
uint32_t zero;
crmsync_str seal_key;
crmsync_str key_id;
crmsync_str old_seal_key;
crmsync_str old_key_id;
...;
} crmsync_posix_options;
int32_t crmsync_posix_env_new(const crmsync_alloc *alloc, const crmsync_posix_options *options, crmsync_posix_env **out, crmsync_error **err);
void crmsync_posix_env_free(crmsync_posix_env *env);
const crmsync_env_ops *crmsync_posix_env_ops(void);
