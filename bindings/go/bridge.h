/*
 * What Go cannot say itself: tables of C functions, structs that hold pointers, loops over arrays.
 * Go passes texts as one block of bytes and positions in it, so that no Go memory holds a Go
 * pointer while C looks at it, and the whole of a batch crosses in one call.
 */
#ifndef CRMSYNC_GO_BRIDGE_H
#define CRMSYNC_GO_BRIDGE_H

#include <crmsync/crmsync.h>

#if CRMSYNC_VERSION_NUMBER < 0x000100 || CRMSYNC_VERSION_NUMBER >= 0x000200
#error "this binding is for libcrmsync 0.1; install the headers of that version"
#endif

typedef struct crmsync_go_span {
    uint64_t at;
    uint64_t len;
} crmsync_go_span;

typedef struct crmsync_go_cell {
    crmsync_go_span text;
    int64_t number;
    uint32_t type;
    uint32_t zero;
} crmsync_go_cell;

typedef struct crmsync_go_item {
    crmsync_go_span key;
    crmsync_go_span value;
    uint64_t version;
    uint32_t space;
    uint32_t zero;
} crmsync_go_item;

typedef struct crmsync_go_saved {
    crmsync_go_span id;
    crmsync_go_span rev;
    crmsync_go_span reason;
    uint32_t outcome;
    uint32_t stored; /* 1 = the values as stored are in the row of this position */
} crmsync_go_saved;

/* Batches. */
int32_t crmsync_go_rows_new(crmsync_str kind, const crmsync_go_span *names, size_t n,
                            const char *text, crmsync_rows **out, crmsync_error **err);
int32_t crmsync_go_rows_add(crmsync_rows *rows, const crmsync_go_cell *cells, size_t count,
                            size_t fields, const char *text, crmsync_error **err);

/* Normalizing: `counts` are those of the four lists, whose spans follow each other. */
int32_t crmsync_go_normalizer_new(const crmsync_go_span *lists, const size_t counts[4],
                                  const char *text, crmsync_str suffixes, uint32_t keep_subdomains,
                                  crmsync_normalizer **out, crmsync_error **err);

/* Configuration and plans; `handle` names a Go value that takes what is told. */
int32_t crmsync_go_config_lint(const crmsync_config *config, const crmsync_schema *schema,
                               uintptr_t handle, crmsync_error **err);
int32_t crmsync_go_plan_text(const crmsync_plan *plan, uint32_t colour, uint32_t limit,
                             uint32_t all_fields, uintptr_t handle, crmsync_error **err);
int32_t crmsync_go_plan_json(const crmsync_plan *plan, uintptr_t handle, crmsync_error **err);
int32_t crmsync_go_plan_explain(const crmsync_plan *plan, size_t i, uintptr_t handle,
                                crmsync_error **err);
int32_t crmsync_go_plan_recheck(crmsync_plan *plan, const crmsync_schema *schema,
                                crmsync_rows **current, size_t n, size_t *stale,
                                crmsync_error **err);
int32_t crmsync_go_decide(const crmsync_config *config, const crmsync_schema *schema,
                          const crmsync_normalizer *normalizer, const crmsync_rows *people,
                          const crmsync_rows *companies, crmsync_rows **candidates, size_t n,
                          int64_t now_ms, const crmsync_rows *verdicts, crmsync_plan **out,
                          crmsync_error **err);

/* Suppression, campaign members, attribution. */
int32_t crmsync_go_suppression_add(crmsync_suppression *set, crmsync_str name, uint32_t kind,
                                   uint32_t complete, int64_t read_ms, const crmsync_rows *rows,
                                   crmsync_error **err);
int32_t crmsync_go_suppression_check(const crmsync_suppression *set, const crmsync_rows *people,
                                     const crmsync_rows *companies, int64_t now_ms,
                                     uint32_t channels, crmsync_rows **out, crmsync_error **err);
int32_t crmsync_go_decide_members(const crmsync_config *config, const crmsync_schema *schema,
                                  const crmsync_normalizer *normalizer, crmsync_rows **rows,
                                  crmsync_plan **out, crmsync_error **err);
int32_t crmsync_go_attribute(uint32_t model, uint32_t late, uint32_t half_life_days, uint32_t scale,
                             int64_t converted_ms, int64_t lead_created_ms, crmsync_str amount,
                             const crmsync_rows *touches, crmsync_rows **out, crmsync_error **err);

/* Which optional hooks the host has. */
enum {
    CRMSYNC_GO_FIND = 1,
    CRMSYNC_GO_LOG = 2,
    CRMSYNC_GO_TRACE = 4,
    CRMSYNC_GO_CIVIL_DATE = 8,
    CRMSYNC_GO_SEAL_KEY = 16,
    CRMSYNC_GO_SECRETS = 32
};

/* Tables of hooks that call into Go with the handle as context. */
void crmsync_go_state_ops(crmsync_state_ops *out, uint32_t max_items, uint32_t max_value,
                          uint64_t max_bytes);
void crmsync_go_record_ops(crmsync_record_ops *out, uint32_t have);
int32_t crmsync_go_transport(uintptr_t handle, crmsync_sync_transport **out, crmsync_error **err);

int32_t crmsync_go_engine_new(uintptr_t handle, uint32_t have, uint32_t max_items,
                              uint32_t max_value, uint64_t max_bytes, uint64_t max_response_bytes,
                              uint32_t lease_ms, crmsync_engine **out,
                              crmsync_sync_transport **transport_out, crmsync_error **err);
int32_t crmsync_go_workspace_log(crmsync_workspace *workspace, int64_t from_ms, int64_t to_ms,
                                 crmsync_str kind, crmsync_str id, crmsync_str object,
                                 crmsync_str operation, crmsync_str run, uint32_t error_class,
                                 uint32_t limit, crmsync_rows **out, crmsync_error **err);
int32_t crmsync_go_runs(crmsync_workspace *workspace, int64_t from_ms, int64_t to_ms, crmsync_str run,
                        crmsync_str state, uint32_t limit, crmsync_rows **out, crmsync_error **err);
/* Lists them, or with `requeued` has them tried again. */
int32_t crmsync_go_dead_letters(crmsync_workspace *workspace, uint32_t error_class, crmsync_str kind,
                                crmsync_str id, crmsync_str object, uint32_t limit,
                                crmsync_rows **out, uint64_t *requeued, crmsync_error **err);
int32_t crmsync_go_enqueue(crmsync_workspace *workspace, crmsync_str kind,
                           const crmsync_go_span *ids, size_t n, size_t fields, const char *text,
                           uint32_t flags, crmsync_error **err);
int32_t crmsync_go_push(crmsync_workspace *workspace, uint32_t what, const crmsync_go_span *ids,
                        size_t n, const char *text, uint32_t *pushed, crmsync_error **err);
int32_t crmsync_go_job_new(crmsync_workspace *workspace, uint32_t phases, uint32_t flags,
                           uint64_t limit, crmsync_str actor, crmsync_str redirect_url,
                           crmsync_str acknowledge, crmsync_str source, const crmsync_rows *keys,
                           const crmsync_plan *plan, crmsync_job **out, crmsync_error **err);
int32_t crmsync_go_audience_members(crmsync_workspace *workspace, crmsync_str name,
                                    crmsync_str since, crmsync_str after, uint32_t limit,
                                    crmsync_rows **out, crmsync_error **err);

/* Answers of hooks. */
int32_t crmsync_go_state_items(crmsync_state_sink *sink, const crmsync_go_item *items, size_t n,
                               const char *text);
int32_t crmsync_go_saved_all(crmsync_record_sink *sink, const crmsync_go_saved *saved, size_t n,
                             const crmsync_rows *stored, const char *text);
int32_t crmsync_go_reply_head(crmsync_http_reply *reply, int32_t status,
                              const crmsync_go_span *names_and_values, size_t n, const char *text);

/* Milliseconds of a clock that never goes back and counts in suspend. */
uint64_t crmsync_go_mono_ms(void);

#endif
