/* Made by make_cdef.py from the public headers; do not edit. */
enum {
CRMSYNC_CASE_FAILED = 0,
CRMSYNC_CASE_PASSED = 1,
CRMSYNC_CASE_SKIPPED = 2
};
typedef void (*crmsync_conformance_report)(void *ctx, const char *name, int32_t result, const char *message);
typedef int32_t (*crmsync_conformance_reopen)(void *reopen_ctx, void **ctx);
typedef struct crmsync_conformance_state_options {
size_t struct_size;
crmsync_str workspace;
crmsync_conformance_reopen reopen;
void *reopen_ctx;
void *other;
...;
} crmsync_conformance_state_options;
int32_t crmsync_conformance_state(const crmsync_state_ops *ops, void *ctx, const crmsync_conformance_state_options *options, crmsync_conformance_report report, void *report_ctx);
typedef struct crmsync_conformance_record_options {
size_t struct_size;
crmsync_str workspace;
crmsync_str kind;
crmsync_str email_field;
crmsync_str text_fields[2];
crmsync_conformance_reopen reopen;
void *reopen_ctx;
int32_t (*remove)(void *remove_ctx, crmsync_str workspace, crmsync_str kind, crmsync_str id);
void *remove_ctx;
...;
} crmsync_conformance_record_options;
int32_t crmsync_conformance_records(const crmsync_record_ops *ops, void *ctx, const crmsync_conformance_record_options *options, crmsync_conformance_report report, void *report_ctx);
typedef struct crmsync_conformance_transport_options {
size_t struct_size;
uint64_t (*mono_ms)(void *clock_ctx);
void *clock_ctx;
uint32_t blocking;
uint32_t zero;
...;
} crmsync_conformance_transport_options;
int32_t crmsync_conformance_transport(const crmsync_transport_ops *ops, void *ctx, const crmsync_conformance_transport_options *options, crmsync_conformance_report report, void *report_ctx);
