#define _GNU_SOURCE /* CLOCK_BOOTTIME */
#include "bridge.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "_cgo_export.h"

static crmsync_str at(const char *text, crmsync_go_span s)
{
    return s.len ? (crmsync_str){text + s.at, (size_t)s.len} : (crmsync_str){NULL, 0};
}

static int32_t nomem(crmsync_error **err)
{
    static const crmsync_str message = CRMSYNC_STR_LIT("out of memory");
    return crmsync_error_new(CRMSYNC_E_NOMEM, message, err);
}

/* NULL only without memory: there is always room for one. */
static crmsync_str *texts(const char *text, const crmsync_go_span *spans, size_t n)
{
    crmsync_str *out = calloc(n + 1, sizeof *out);
    for (size_t i = 0; out && i < n; i++)
        out[i] = at(text, spans[i]);
    return out;
}

/* ---- values in ---- */

int32_t crmsync_go_rows_new(crmsync_str kind, const crmsync_go_span *names, size_t n,
                            const char *text, crmsync_rows **out, crmsync_error **err)
{
    crmsync_str *fields = texts(text, names, n);
    int32_t rc = fields ? crmsync_rows_new(NULL, kind, fields, n, out, err) : nomem(err);
    free(fields);
    return rc;
}

int32_t crmsync_go_rows_add(crmsync_rows *rows, const crmsync_go_cell *cells, size_t count,
                            size_t fields, const char *text, crmsync_error **err)
{
    crmsync_cell *row = calloc(fields + 1, sizeof *row);
    int32_t rc = row ? CRMSYNC_OK : nomem(err);
    for (size_t i = 0; !rc && i < count; i++) {
        for (size_t k = 0; k < fields; k++) {
            const crmsync_go_cell *from = &cells[i * fields + k];
            row[k] = (crmsync_cell){at(text, from->text), from->number, from->type, 0};
        }
        rc = crmsync_rows_append(rows, row, fields, err);
    }
    free(row);
    return rc;
}

int32_t crmsync_go_normalizer_new(const crmsync_go_span *lists, const size_t counts[4],
                                  const char *text, crmsync_str suffixes, uint32_t keep_subdomains,
                                  crmsync_normalizer **out, crmsync_error **err)
{
    crmsync_normalize_options o = CRMSYNC_NORMALIZE_OPTIONS_INIT;
    crmsync_str *all = texts(text, lists, counts[0] + counts[1] + counts[2] + counts[3]);
    if (!all)
        return nomem(err);
    o.freemail_add = all;
    o.freemail_add_count = counts[0];
    o.freemail_remove = o.freemail_add + counts[0];
    o.freemail_remove_count = counts[1];
    o.shared_host_add = o.freemail_remove + counts[1];
    o.shared_host_add_count = counts[2];
    o.legal_form_add = o.shared_host_add + counts[2];
    o.legal_form_add_count = counts[3];
    o.public_suffix_list = suffixes;
    o.keep_subdomains = keep_subdomains;
    int32_t rc = crmsync_normalizer_new(NULL, &o, out, err);
    free(all);
    return rc;
}

/* ---- values out ---- */

static void take_finding(void *ctx, int32_t severity, crmsync_str where, crmsync_str message,
                         crmsync_str remedy)
{
    crmsyncGoFinding((uintptr_t)ctx, severity, where, message, remedy);
}

int32_t crmsync_go_config_lint(const crmsync_config *config, const crmsync_schema *schema,
                               uintptr_t handle, crmsync_error **err)
{
    return crmsync_config_lint(config, schema, take_finding, (void *)handle, err);
}

static int32_t take_text(void *ctx, crmsync_str text)
{
    return crmsyncGoWrite((uintptr_t)ctx, text);
}

int32_t crmsync_go_plan_text(const crmsync_plan *plan, uint32_t colour, uint32_t limit,
                             uint32_t all_fields, uintptr_t handle, crmsync_error **err)
{
    crmsync_plan_text_options o = CRMSYNC_PLAN_TEXT_OPTIONS_INIT;
    o.colour = colour;
    o.limit = limit;
    o.all_fields = all_fields;
    return crmsync_plan_write_text(plan, &o, take_text, (void *)handle, err);
}

int32_t crmsync_go_plan_json(const crmsync_plan *plan, uintptr_t handle, crmsync_error **err)
{
    return crmsync_plan_write_json(plan, take_text, (void *)handle, err);
}

int32_t crmsync_go_plan_explain(const crmsync_plan *plan, size_t i, uintptr_t handle,
                                crmsync_error **err)
{
    return crmsync_plan_explain(plan, i, take_text, (void *)handle, err);
}

int32_t crmsync_go_plan_recheck(crmsync_plan *plan, const crmsync_schema *schema,
                                crmsync_rows **current, size_t n, size_t *stale,
                                crmsync_error **err)
{
    return crmsync_plan_recheck(plan, schema, (const crmsync_rows *const *)current, n, stale, err);
}

int32_t crmsync_go_decide(const crmsync_config *config, const crmsync_schema *schema,
                          const crmsync_normalizer *normalizer, const crmsync_rows *people,
                          const crmsync_rows *companies, crmsync_rows **candidates, size_t n,
                          int64_t now_ms, const crmsync_rows *verdicts, crmsync_plan **out,
                          crmsync_error **err)
{
    crmsync_decide_input in = CRMSYNC_DECIDE_INPUT_INIT;
    in.config = config;
    in.schema = schema;
    in.normalizer = normalizer;
    in.people = people;
    in.companies = companies;
    in.candidates = (const crmsync_rows *const *)candidates;
    in.candidate_count = n;
    in.now_ms = now_ms;
    in.verdicts = verdicts;
    return crmsync_decide_people(NULL, &in, out, err);
}

int32_t crmsync_go_suppression_add(crmsync_suppression *set, crmsync_str name, uint32_t kind,
                                   uint32_t complete, int64_t read_ms, const crmsync_rows *rows,
                                   crmsync_error **err)
{
    crmsync_suppression_source source = CRMSYNC_SUPPRESSION_SOURCE_INIT;
    source.name = name;
    source.kind = kind;
    source.complete = complete;
    source.read_ms = read_ms;
    source.rows = rows;
    return crmsync_suppression_add_source(set, &source, err);
}

int32_t crmsync_go_suppression_check(const crmsync_suppression *set, const crmsync_rows *people,
                                     const crmsync_rows *companies, int64_t now_ms,
                                     uint32_t channels, crmsync_rows **out, crmsync_error **err)
{
    crmsync_suppression_query query = CRMSYNC_SUPPRESSION_QUERY_INIT;
    query.people = people;
    query.companies = companies;
    query.now_ms = now_ms;
    query.channels = channels;
    return crmsync_suppression_check(set, &query, out, err);
}

/* `rows`: engagements, people, statuses, members, history. */
int32_t crmsync_go_decide_members(const crmsync_config *config, const crmsync_schema *schema,
                                  const crmsync_normalizer *normalizer, crmsync_rows **rows,
                                  crmsync_plan **out, crmsync_error **err)
{
    crmsync_campaign_input in = CRMSYNC_CAMPAIGN_INPUT_INIT;
    in.config = config;
    in.schema = schema;
    in.normalizer = normalizer;
    in.engagements = rows[0];
    in.people = rows[1];
    in.statuses = rows[2];
    in.members = rows[3];
    in.history = rows[4];
    return crmsync_decide_members(NULL, &in, out, err);
}

int32_t crmsync_go_attribute(uint32_t model, uint32_t late, uint32_t half_life_days, uint32_t scale,
                             int64_t converted_ms, int64_t lead_created_ms, crmsync_str amount,
                             const crmsync_rows *touches, crmsync_rows **out, crmsync_error **err)
{
    crmsync_attribution given = CRMSYNC_ATTRIBUTION_INIT;
    given.model = model;
    given.late = late;
    given.half_life_days = half_life_days;
    given.scale = scale;
    given.converted_ms = converted_ms;
    given.lead_created_ms = lead_created_ms;
    given.amount = amount;
    return crmsync_attribute(NULL, &given, touches, out, err);
}

/* ---- state hooks ---- */

static int32_t state_get(void *ctx, crmsync_str workspace, const crmsync_kv_item *keys, size_t n,
                         crmsync_state_sink *sink, crmsync_error **err)
{
    return crmsyncGoStateGet((uintptr_t)ctx, workspace, (crmsync_kv_item *)keys, n, sink, err);
}

static int32_t state_scan(void *ctx, crmsync_str workspace, uint32_t space, crmsync_str from,
                          crmsync_str to, uint32_t limit, uint32_t flags, crmsync_state_sink *sink,
                          crmsync_error **err)
{
    return crmsyncGoStateScan((uintptr_t)ctx, workspace, space, from, to, limit, flags, sink, err);
}

static int32_t state_commit(void *ctx, const crmsync_kv_commit *commit, uint32_t *outcome,
                            crmsync_error **err)
{
    return crmsyncGoStateCommit((uintptr_t)ctx, (crmsync_kv_commit *)commit, outcome, err);
}

static int32_t state_clear(void *ctx, crmsync_str workspace, uint32_t space, crmsync_str from,
                           crmsync_str to, crmsync_error **err)
{
    return crmsyncGoStateClear((uintptr_t)ctx, workspace, space, from, to, err);
}

void crmsync_go_state_ops(crmsync_state_ops *out, uint32_t max_items, uint32_t max_value,
                          uint64_t max_bytes)
{
    crmsync_state_ops ops = CRMSYNC_STATE_OPS_INIT;
    ops.max_items = max_items;
    ops.max_value = max_value;
    ops.max_bytes = max_bytes;
    ops.get = state_get;
    ops.scan = state_scan;
    ops.commit = state_commit;
    ops.clear = state_clear;
    *out = ops;
}

int32_t crmsync_go_state_items(crmsync_state_sink *sink, const crmsync_go_item *items, size_t n,
                               const char *text)
{
    int32_t rc = CRMSYNC_OK;
    for (size_t i = 0; !rc && i < n; i++) {
        crmsync_kv_item item = {at(text, items[i].key), at(text, items[i].value), items[i].version,
                                items[i].space, 0};
        rc = crmsync_state_item(sink, &item);
    }
    return rc;
}

/* ---- record hooks ---- */

static int32_t records_load(void *ctx, crmsync_str workspace, crmsync_str kind,
                            const crmsync_str *ids, size_t n, crmsync_record_sink *sink,
                            crmsync_error **err)
{
    return crmsyncGoLoad((uintptr_t)ctx, workspace, kind, (crmsync_str *)ids, n, sink, err);
}

static int32_t records_find(void *ctx, crmsync_str workspace, crmsync_str kind,
                            crmsync_str key_kind, const crmsync_str *values, size_t n,
                            crmsync_record_sink *sink, crmsync_error **err)
{
    return crmsyncGoFind((uintptr_t)ctx, workspace, kind, key_kind, (crmsync_str *)values, n, sink,
                         err);
}

static int32_t records_save(void *ctx, crmsync_str workspace, const crmsync_rows *items,
                            crmsync_record_sink *sink, crmsync_error **err)
{
    return crmsyncGoSave((uintptr_t)ctx, workspace, (crmsync_rows *)items, sink, err);
}

static int32_t records_changed(void *ctx, crmsync_str workspace, crmsync_str kind,
                               crmsync_str cursor, uint32_t limit, crmsync_record_sink *sink,
                               crmsync_error **err)
{
    return crmsyncGoChanged((uintptr_t)ctx, workspace, kind, cursor, limit, sink, err);
}

void crmsync_go_record_ops(crmsync_record_ops *out, uint32_t have)
{
    crmsync_record_ops ops = CRMSYNC_RECORD_OPS_INIT;
    ops.load = records_load;
    ops.find = have & CRMSYNC_GO_FIND ? records_find : NULL;
    ops.save = records_save;
    ops.changed = records_changed;
    *out = ops;
}

int32_t crmsync_go_saved_all(crmsync_record_sink *sink, const crmsync_go_saved *saved, size_t n,
                             const crmsync_rows *stored, const char *text)
{
    int32_t rc = CRMSYNC_OK;
    for (size_t i = 0; !rc && i < n; i++) {
        const crmsync_go_saved *s = &saved[i];
        rc = crmsync_record_saved(sink, i, s->outcome, at(text, s->id), at(text, s->rev),
                                  s->stored ? stored : NULL, i, at(text, s->reason));
    }
    return rc;
}

/* ---- transport hook ---- */

static int32_t http_send(void *ctx, const crmsync_http_request *request, crmsync_http_reply *reply,
                         crmsync_error **err)
{
    return crmsyncGoSend((uintptr_t)ctx, (crmsync_http_request *)request, reply, err);
}

static void http_sleep(void *ctx, uint32_t timeout_ms)
{
    crmsyncGoSleep((uintptr_t)ctx, timeout_ms);
}

static void http_wake(void *ctx)
{
    crmsyncGoWake((uintptr_t)ctx);
}

int32_t crmsync_go_transport(uintptr_t handle, crmsync_sync_transport **out, crmsync_error **err)
{
    crmsync_sync_transport_options o = CRMSYNC_SYNC_TRANSPORT_OPTIONS_INIT;
    o.send = http_send;
    o.sleep = http_sleep;
    o.wake = http_wake;
    o.ctx = (void *)handle;
    return crmsync_sync_transport_new(&o, out, err);
}

int32_t crmsync_go_reply_head(crmsync_http_reply *reply, int32_t status,
                              const crmsync_go_span *names_and_values, size_t n, const char *text)
{
    crmsync_header *headers = calloc(n + 1, sizeof *headers);
    if (!headers)
        return CRMSYNC_E_NOMEM;
    for (size_t i = 0; i < n; i++)
        headers[i] = (crmsync_header){at(text, names_and_values[2 * i]),
                                      at(text, names_and_values[2 * i + 1])};
    int32_t rc = crmsync_http_reply_head(reply, status, headers, n);
    free(headers);
    return rc;
}

/* ---- environment hooks ---- */

static int64_t env_wall_ms(void *ctx)
{
    return crmsyncGoWall((uintptr_t)ctx);
}

static uint64_t env_mono_ms(void *ctx)
{
    return crmsyncGoMono((uintptr_t)ctx);
}

static int32_t env_random(void *ctx, void *out, size_t n, crmsync_error **err)
{
    return crmsyncGoRandom((uintptr_t)ctx, out, n, err);
}

static void env_log(void *ctx, uint32_t level, crmsync_str message)
{
    crmsyncGoLog((uintptr_t)ctx, level, message);
}

static void env_trace(void *ctx, const crmsync_trace *exchange)
{
    crmsyncGoTrace((uintptr_t)ctx, (crmsync_trace *)exchange);
}

static int64_t env_civil_date(void *ctx, int64_t instant_ms, crmsync_str owner)
{
    return crmsyncGoCivilDate((uintptr_t)ctx, instant_ms, owner);
}

static int32_t env_seal_key(void *ctx, crmsync_str workspace, crmsync_str key_id,
                            crmsync_bytes_sink *key_out, crmsync_bytes_sink *id_out,
                            crmsync_error **err)
{
    return crmsyncGoSealKey((uintptr_t)ctx, workspace, key_id, key_out, id_out, err);
}

static int32_t env_secret_get(void *ctx, crmsync_str workspace, crmsync_str name,
                              crmsync_bytes_sink *out, crmsync_error **err)
{
    return crmsyncGoSecretGet((uintptr_t)ctx, workspace, name, out, err);
}

static int32_t env_secret_put(void *ctx, crmsync_str workspace, crmsync_str name, crmsync_str value,
                              crmsync_error **err)
{
    return crmsyncGoSecretPut((uintptr_t)ctx, workspace, name, value, err);
}

uint64_t crmsync_go_mono_ms(void)
{
    struct timespec now = {0, 0};
#ifdef CLOCK_BOOTTIME
    clock_gettime(CLOCK_BOOTTIME, &now);
#else
    clock_gettime(CLOCK_MONOTONIC, &now);
#endif
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

/* ---- engine ---- */

int32_t crmsync_go_engine_new(uintptr_t handle, uint32_t have, uint32_t max_items,
                              uint32_t max_value, uint64_t max_bytes, uint64_t max_response_bytes,
                              uint32_t lease_ms, crmsync_engine **out,
                              crmsync_sync_transport **transport_out, crmsync_error **err)
{
    crmsync_engine_options o = CRMSYNC_ENGINE_OPTIONS_INIT;
    crmsync_env_ops env = CRMSYNC_ENV_OPS_INIT;
    crmsync_transport_ops transport = *crmsync_sync_transport_ops();
    crmsync_state_ops state;
    crmsync_record_ops records;
    crmsync_sync_transport *sync = NULL;
    int32_t rc = crmsync_go_transport(handle, &sync, err);
    if (rc)
        return rc;
    env.wall_ms = env_wall_ms;
    env.mono_ms = env_mono_ms;
    env.random = env_random;
    env.log = have & CRMSYNC_GO_LOG ? env_log : NULL;
    env.trace = have & CRMSYNC_GO_TRACE ? env_trace : NULL;
    env.civil_date = have & CRMSYNC_GO_CIVIL_DATE ? env_civil_date : NULL;
    env.seal_key = have & CRMSYNC_GO_SEAL_KEY ? env_seal_key : NULL;
    env.secret_get = have & CRMSYNC_GO_SECRETS ? env_secret_get : NULL;
    env.secret_put = have & CRMSYNC_GO_SECRETS ? env_secret_put : NULL;
    crmsync_go_state_ops(&state, max_items, max_value, max_bytes);
    crmsync_go_record_ops(&records, have);
    o.env = &env;
    o.state = &state;
    o.records = &records;
    o.transport = &transport;
    o.env_ctx = o.state_ctx = o.records_ctx = (void *)handle;
    o.transport_ctx = sync;
    o.max_response_bytes = max_response_bytes;
    o.lease_ms = lease_ms;
    transport.destroy = NULL; /* ours, as a refusal does not tell whether it was called */
    rc = crmsync_engine_new(&o, out, err);
    if (rc)
        crmsync_sync_transport_free(sync);
    else
        *transport_out = sync;
    return rc;
}

int32_t crmsync_go_workspace_log(crmsync_workspace *workspace, int64_t from_ms, int64_t to_ms,
                                 crmsync_str kind, crmsync_str id, crmsync_str object,
                                 crmsync_str operation, crmsync_str run, uint32_t error_class,
                                 uint32_t limit, crmsync_rows **out, crmsync_error **err)
{
    crmsync_log_filter f = {sizeof f, from_ms,   to_ms, kind,        id,
                            object,   operation, run,   error_class, limit};
    return crmsync_workspace_log(workspace, &f, out, err);
}

int32_t crmsync_go_runs(crmsync_workspace *workspace, int64_t from_ms, int64_t to_ms, crmsync_str run,
                        crmsync_str state, uint32_t limit, crmsync_rows **out, crmsync_error **err)
{
    crmsync_run_filter f = {sizeof f, from_ms, to_ms, run, state, limit, 0};
    return crmsync_workspace_runs(workspace, &f, out, err);
}

int32_t crmsync_go_dead_letters(crmsync_workspace *workspace, uint32_t error_class, crmsync_str kind,
                                crmsync_str id, crmsync_str object, uint32_t limit,
                                crmsync_rows **out, uint64_t *requeued, crmsync_error **err)
{
    crmsync_dead_filter f = {sizeof f, error_class, limit, kind, id, object};
    return requeued ? crmsync_workspace_requeue(workspace, &f, requeued, err)
                    : crmsync_workspace_dead_letters(workspace, &f, out, err);
}

int32_t crmsync_go_enqueue(crmsync_workspace *workspace, crmsync_str kind,
                           const crmsync_go_span *ids, size_t n, size_t fields, const char *text,
                           uint32_t flags, crmsync_error **err)
{
    crmsync_enqueue_options o = CRMSYNC_ENQUEUE_OPTIONS_INIT;
    crmsync_str *list = texts(text, ids, n + fields); /* the fields come after the ids */
    if (!list)
        return nomem(err);
    o.flags = flags;
    o.fields = list + n;
    o.field_count = fields;
    int32_t rc = crmsync_workspace_enqueue(workspace, kind, list, n, &o, err);
    free(list);
    return rc;
}

int32_t crmsync_go_push(crmsync_workspace *workspace, uint32_t what, const crmsync_go_span *ids,
                        size_t n, const char *text, uint32_t *pushed, crmsync_error **err)
{
    crmsync_str *list = texts(text, ids, n);
    if (!list)
        return nomem(err);
    int32_t rc = crmsync_workspace_push(workspace, what, list, n, pushed, err);
    free(list);
    return rc;
}

int32_t crmsync_go_job_new(crmsync_workspace *workspace, uint32_t phases, uint32_t flags,
                           uint64_t limit, crmsync_str actor, crmsync_str redirect_url,
                           crmsync_str acknowledge, crmsync_str source, const crmsync_rows *keys,
                           const crmsync_plan *plan, crmsync_job **out, crmsync_error **err)
{
    crmsync_job_options o = CRMSYNC_JOB_OPTIONS_INIT;
    o.phases = phases;
    o.flags = flags;
    o.limit = limit;
    o.actor = actor;
    o.redirect_url = redirect_url;
    o.acknowledge = acknowledge;
    o.source = source;
    o.keys = keys;
    o.plan = plan;
    return crmsync_job_new(workspace, &o, out, err);
}

int32_t crmsync_go_audience_members(crmsync_workspace *workspace, crmsync_str name,
                                    crmsync_str since, crmsync_str after, uint32_t limit,
                                    crmsync_rows **out, crmsync_error **err)
{
    crmsync_audience_query q = {sizeof q, name, since, after, limit, 0};
    return crmsync_workspace_audience_members(workspace, &q, out, err);
}
