#include "support/memory_host.h"

#include "model/rows.h"

/* ---- environment ---- */

static int64_t wall_ms(void *ctx)
{
    return ((host *)ctx)->clock.wall_ms;
}

static uint64_t mono_ms(void *ctx)
{
    return ((host *)ctx)->clock.mono_ms;
}

/* splitmix64: the same bytes in every run */
static int32_t random_bytes(void *ctx, void *out, size_t n, crmsync_error **err)
{
    host *h = ctx;
    unsigned char *to = out;
    (void)err;
    for (size_t i = 0; i < n; i++) {
        uint64_t z = h->random += UINT64_C(0x9e3779b97f4a7c15);
        z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
        to[i] = (unsigned char)(z >> 56);
    }
    return CRMSYNC_OK;
}

static int32_t seal_key(void *ctx, crmsync_str workspace, crmsync_str key_id,
                        crmsync_bytes_sink *key_out, crmsync_bytes_sink *id_out,
                        crmsync_error **err)
{
    (void)ctx;
    (void)workspace;
    (void)err;
    if (!key_id.len)
        crmsync_bytes_set(id_out, host_view("k1"));
    return crmsync_bytes_set(key_out, host_view("0123456789abcdef0123456789abcdef"));
}

/* HOST_TRACE=1 shows the exchanges of a test that fails. */
static void trace(void *ctx, const crmsync_trace *t)
{
    (void)ctx;
    if (getenv("HOST_TRACE"))
        fprintf(stderr, "# %d %.*s %.*s\n#   %.*s\n", t->status, (int)t->method.len, t->method.ptr,
                (int)t->url.len, t->url.ptr, (int)t->response_body.len,
                t->response_body.len ? t->response_body.ptr : "");
}

static const crmsync_env_ops env_ops = {
    .struct_size = sizeof env_ops,
    .wall_ms = wall_ms,
    .mono_ms = mono_ms,
    .random = random_bytes,
    .trace = trace,
    .seal_key = seal_key,
};

/* ---- stores: the memory adapter behind hooks that can fail ---- */

static int32_t state_get(void *ctx, crmsync_str ws, const crmsync_kv_item *keys, size_t n,
                         crmsync_state_sink *sink, crmsync_error **err)
{
    return crmsync_memory_state_ops()->get(((host *)ctx)->memory, ws, keys, n, sink, err);
}

static int32_t state_scan(void *ctx, crmsync_str ws, uint32_t space, crmsync_str from,
                          crmsync_str to, uint32_t limit, uint32_t flags, crmsync_state_sink *sink,
                          crmsync_error **err)
{
    return crmsync_memory_state_ops()->scan(((host *)ctx)->memory, ws, space, from, to, limit,
                                            flags, sink, err);
}

static int32_t state_commit(void *ctx, const crmsync_kv_commit *c, uint32_t *outcome,
                            crmsync_error **err)
{
    host *h = ctx;
    if (h->fail_commit && --h->fail_commit == 0)
        return crmsync_error_new(CRMSYNC_E_CALLBACK, host_view("the store is down"), err);
    return crmsync_memory_state_ops()->commit(h->memory, c, outcome, err);
}

static int32_t state_clear(void *ctx, crmsync_str ws, uint32_t space, crmsync_str from,
                           crmsync_str to, crmsync_error **err)
{
    return crmsync_memory_state_ops()->clear(((host *)ctx)->memory, ws, space, from, to, err);
}

static int32_t records_load(void *ctx, crmsync_str ws, crmsync_str kind, const crmsync_str *ids,
                            size_t n, crmsync_record_sink *sink, crmsync_error **err)
{
    host *h = ctx;
    h->loads += n;
    return crmsync_memory_record_ops()->load(h->memory, ws, kind, ids, n, sink, err);
}

static int32_t records_find(void *ctx, crmsync_str ws, crmsync_str kind, crmsync_str key_kind,
                            const crmsync_str *values, size_t n, crmsync_record_sink *sink,
                            crmsync_error **err)
{
    return crmsync_memory_record_ops()->find(((host *)ctx)->memory, ws, kind, key_kind, values, n,
                                             sink, err);
}

static int32_t records_save(void *ctx, crmsync_str ws, const crmsync_rows *items,
                            crmsync_record_sink *sink, crmsync_error **err)
{
    host *h = ctx;
    host_meanwhile_fn meanwhile = h->before_save;
    h->saves++;
    h->before_save = NULL;
    if (meanwhile)
        meanwhile(h);
    if (!h->refuse)
        return crmsync_memory_record_ops()->save(h->memory, ws, items, sink, err);
    for (size_t i = 0; i < crmsync_rows_count(items); i++) {
        int32_t rc = crmsync_record_saved(sink, i, CRMSYNC_SAVE_REFUSED, host_view(""),
                                          host_view(""), NULL, 0, host_view(h->refuse));
        if (rc)
            return rc;
    }
    return CRMSYNC_OK;
}

static int32_t records_changed(void *ctx, crmsync_str ws, crmsync_str kind, crmsync_str cursor,
                               uint32_t limit, crmsync_record_sink *sink, crmsync_error **err)
{
    return crmsync_memory_record_ops()->changed(((host *)ctx)->memory, ws, kind, cursor, limit,
                                                sink, err);
}

static const crmsync_record_ops record_ops = {
    .struct_size = sizeof record_ops,
    .load = records_load,
    .find = records_find,
    .save = records_save,
    .changed = records_changed,
};

/* ---- opening ---- */

static void must(int32_t rc, crmsync_error *err)
{
    crmsync_str message = crmsync_error_message(err);
    if (rc)
        fail_msg("%s: %.*s", crmsync_code_name(rc), (int)message.len,
                 message.len ? message.ptr : "");
}

static void configure(host *h, const char *members)
{
    static const char connection[] =
        "{\"connection\":{\"login_host\":\"http://127.0.0.1\",\"client_id\":\"orgsim-client\","
        "\"redirect_uri\":\"http://127.0.0.1/cb\",\"allow_loopback_http\":true},";
    crmsync_error *err = NULL;
    size_t size = sizeof connection + strlen(members) + 2;
    char *json = malloc(size);
    assert_non_null(json);
    snprintf(json, size, "%s%s}", connection, members);
    crmsync_config_free(h->config);
    must(crmsync_config_parse(NULL, host_view(json), &h->config, &err), err);
    free(json);
}

static void start(host *h)
{
    crmsync_engine_options o = CRMSYNC_ENGINE_OPTIONS_INIT;
    crmsync_state_ops state = *crmsync_memory_state_ops();
    crmsync_error *err = NULL;
    state.get = state_get;
    state.scan = state_scan;
    state.commit = state_commit;
    state.clear = state_clear;
    o.alloc = h->alloc;
    o.env = &env_ops;
    o.state = &state;
    o.records = &record_ops;
    o.env_ctx = o.state_ctx = o.records_ctx = h;
    o.transport = orgsim_transport_ops();
    o.transport_ctx = h->transport;
    must(crmsync_engine_new(&o, &h->engine, &err), err);
    must(crmsync_workspace_open(h->engine, host_view(HOST_WORKSPACE), h->config, &h->ws, &err),
         err);
}

static void stop(host *h)
{
    crmsync_job_free(h->job);
    crmsync_workspace_close(h->ws);
    crmsync_engine_free(h->engine);
    h->job = NULL;
}

static void connect_org(host *h)
{
    crmsync_job_options o = CRMSYNC_JOB_OPTIONS_INIT;
    crmsync_error *err = NULL;
    crmsync_str url;
    must(crmsync_workspace_set_secret(h->ws, host_view("client_secret"), host_view("orgsim-secret"),
                                      &err),
         err);
    must(crmsync_workspace_authorize_url(h->ws, NULL, &url, &err), err);
    char *text = calloc(1, url.len + 1);
    assert_non_null(text);
    memcpy(text, url.ptr, url.len);
    char *redirect = orgsim_browser_allow(h->org, text);
    free(text);
    assert_non_null(redirect);
    o.phases = CRMSYNC_PHASE_CONNECT;
    o.redirect_url = host_view(redirect);
    must(crmsync_job_new(h->ws, &o, &h->job, &err), err);
    must(crmsync_job_run(h->job, &err), err);
    orgsim_string_free(redirect);
}

void host_open(host *h, const orgsim_options *org, const char *members, const char *seed)
{
    crmsync_error *err = NULL;
    char why[256] = "";
    crmsync_record_keys keys = CRMSYNC_RECORD_KEYS_INIT;
    memset(h, 0, sizeof *h);
    h->clock.wall_ms = INT64_C(1800000000000);
    h->clock.mono_ms = 1000000;
    h->org = orgsim_new(org);
    assert_non_null(h->org);
    orgsim_set_now(h->org, h->clock.wall_ms);
    if (seed && orgsim_seed(h->org, seed, strlen(seed), why, sizeof why))
        fail_msg("seed: %s", why);
    h->transport = orgsim_transport_new(h->org, &h->clock);
    assert_non_null(h->transport);
    must(crmsync_normalizer_new(NULL, NULL, &h->normalizer, &err), err);
    keys.normalizer = h->normalizer;
    must(crmsync_memory_new(NULL, &keys, &h->memory, &err), err);
    configure(h, members);
    start(h);
    connect_org(h);
}

void host_restart(host *h, const char *members)
{
    orgsim_transport_drop_client(h->transport);
    stop(h);
    if (members)
        configure(h, members);
    start(h);
}

void host_close(host *h)
{
    stop(h);
    crmsync_config_free(h->config);
    crmsync_memory_free(h->memory);
    crmsync_normalizer_free(h->normalizer);
    orgsim_transport_free(h->transport);
    orgsim_free(h->org);
}

/* ---- running ---- */

static int32_t run(host *h, uint32_t phases, uint32_t flags, crmsync_error **err)
{
    crmsync_job_options o = CRMSYNC_JOB_OPTIONS_INIT;
    crmsync_job_free(h->job);
    h->job = NULL;
    o.phases = phases;
    o.flags = flags;
    int32_t rc = crmsync_job_new(h->ws, &o, &h->job, err);
    return rc ? rc : crmsync_job_run(h->job, err);
}

int32_t host_run(host *h, uint32_t phases, uint32_t flags)
{
    crmsync_error *err = NULL;
    int32_t rc = run(h, phases, flags, &err);
    crmsync_error_free(err);
    return rc;
}

void host_must_run(host *h, uint32_t phases)
{
    crmsync_error *err = NULL;
    must(run(h, phases, 0, &err), err);
}

uint64_t host_count(const host *h, const char *key)
{
    return crmsync_job_count(h->job, host_view(key));
}

void host_pass(host *h, int64_t ms)
{
    h->clock.wall_ms += ms;
    h->clock.mono_ms += (uint64_t)ms;
    orgsim_set_now(h->org, h->clock.wall_ms);
}

/* ---- the host's records ---- */

void host_put(host *h, const char *kind, const char *json)
{
    crmsync_error *err = NULL;
    crmsync_rows *rows = NULL;
    must(crmsync_rows_new(NULL, host_view(kind), NULL, 0, &rows, &err), err);
    must(crmsync_rows_append_json(rows, host_view(json), &err), err);
    must(crmsync_memory_put(h->memory, host_view(HOST_WORKSPACE), rows, &err), err);
    crmsync_rows_free(rows);
}

static crmsync_rows *all(host *h, const char *kind)
{
    crmsync_error *err = NULL;
    crmsync_rows *rows = NULL;
    must(crmsync_memory_get(h->memory, host_view(HOST_WORKSPACE), host_view(kind), &rows, &err),
         err);
    return rows;
}

size_t host_records(host *h, const char *kind)
{
    crmsync_rows *rows = all(h, kind);
    size_t n = crmsync_rows_count(rows);
    crmsync_rows_free(rows);
    return n;
}

static void print_cell(char *out, size_t size, const crmsync_rows *rows, size_t row,
                       const char *field)
{
    crmi_buf text;
    crmsync_alloc alloc;
    int32_t at = crmsync_rows_find_field(rows, host_view(field));
    out[0] = 0;
    if (at < 0)
        return;
    crmsync_cell cell = crmsync_rows_get(rows, row, (size_t)at);
    assert_int_equal(crmi_alloc_init(&alloc, NULL), 0);
    crmi_buf_init(&text, &alloc);
    crmi_buf_cell(&text, &cell);
    snprintf(out, size, "%.*s", (int)text.len, text.len ? text.ptr : "");
    crmi_buf_clear(&text);
}

const char *host_value(host *h, const char *kind, const char *by, const char *value,
                       const char *field)
{
    static char out[1024];
    char key[1024];
    size_t hits = 0;
    crmsync_rows *rows = all(h, kind);
    snprintf(out, sizeof out, "(none)");
    for (size_t i = 0; i < crmsync_rows_count(rows); i++) {
        print_cell(key, sizeof key, rows, i, by);
        if (strcmp(key, value) != 0)
            continue;
        print_cell(out, sizeof out, rows, i, field);
        hits++;
    }
    if (hits > 1)
        snprintf(out, sizeof out, "(several)");
    crmsync_rows_free(rows);
    return out;
}
