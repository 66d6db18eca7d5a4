#include "host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static crmsync_str str(const char *text)
{
    return (crmsync_str){text, strlen(text)};
}

/* ---- environment: virtual time, repeatable randomness ---- */

static void take_turn(const host *h)
{
    if (h->turn)
        pthread_mutex_lock(h->turn);
}

static void give_turn(const host *h)
{
    if (h->turn)
        pthread_mutex_unlock(h->turn);
}

static int64_t wall_ms(void *ctx)
{
    const host *h = ctx;
    take_turn(h);
    int64_t now = h->scene->clock.wall_ms + h->scene->skew_ms;
    give_turn(h);
    return now;
}

static uint64_t mono_ms(void *ctx)
{
    const host *h = ctx;
    take_turn(h);
    uint64_t now = h->scene->clock.mono_ms;
    give_turn(h);
    return now;
}

static int32_t random_bytes(void *ctx, void *out, size_t n, crmsync_error **err)
{
    scene *s = ((host *)ctx)->scene;
    unsigned char *bytes = out;
    (void)err;
    take_turn(ctx);
    for (size_t i = 0; i < n; i++) {
        s->random ^= s->random << 13;
        s->random ^= s->random >> 7;
        s->random ^= s->random << 17;
        bytes[i] = (unsigned char)(s->random >> 24);
    }
    give_turn(ctx);
    return CRMSYNC_OK;
}

static void hear(const host *h, const char *what, crmsync_str text)
{
    if (h->scene->hear)
        h->scene->hear(h->scene->hear_ctx, what, text);
}

static void log_line(void *ctx, uint32_t level, crmsync_str message)
{
    hear(ctx, "log", message);
    if (((host *)ctx)->scene->verbose)
        print_message("  log %u %.*s\n", level, (int)message.len, message.ptr);
}

static void trace(void *ctx, const crmsync_trace *t)
{
    hear(ctx, "trace of an address", t->url);
    hear(ctx, "trace of a request", t->request_body);
    hear(ctx, "trace of an answer", t->response_body);
    if (((host *)ctx)->scene->verbose)
        print_message("  http %.*s %.*s -> %d (%u)\n", (int)t->method.len, t->method.ptr,
                      (int)(t->url.len > 900 ? 900 : t->url.len), t->url.ptr, t->status, t->outcome);
    if (((host *)ctx)->scene->verbose && t->method.ptr[0] == 'P')
        print_message("    %.*s\n    %.*s\n", (int)t->request_body.len, t->request_body.ptr,
                      (int)t->response_body.len, t->response_body.ptr);
}

static int32_t seal_key(void *ctx, crmsync_str workspace, crmsync_str key_id,
                        crmsync_bytes_sink *key_out, crmsync_bytes_sink *id_out, crmsync_error **err)
{
    (void)ctx;
    (void)workspace;
    (void)key_id;
    (void)err;
    int32_t rc = crmsync_bytes_set(key_out, str("0123456789abcdef0123456789abcdef"));
    return rc || !id_out ? rc : crmsync_bytes_set(id_out, str("k1"));
}

/* ---- a process ---- */

static void note_error(host *h, crmsync_error **err)
{
    crmsync_str m = crmsync_error_message(*err), r = crmsync_error_remedy(*err);
    hear(h, "message of an error", m);
    hear(h, "remedy of an error", r);
    hear(h, "place of an error", crmsync_error_where(*err));
    snprintf(h->last_error, sizeof h->last_error, "%.*s", (int)m.len, m.ptr ? m.ptr : "");
    snprintf(h->last_remedy, sizeof h->last_remedy, "%.*s", (int)r.len, r.ptr ? r.ptr : "");
    h->retry_after_ms = crmsync_error_retry_after_ms(*err);
    crmsync_error_free(*err);
    *err = NULL;
}

void host_start(host *h, scene *s, bool second)
{
    memset(h, 0, sizeof *h);
    h->scene = s;
    h->store = scene_store_open(s);
    h->own_transport = second ? orgsim_transport_new(s->org, &s->clock) : NULL;
    orgsim_transport *sim = second ? h->own_transport : s->transport;
    h->hooks = (hooks){.state = scene_state_ops(s),
                       .state_ctx = h->store,
                       .records = scene_record_ops(s),
                       .records_ctx = h->store,
                       .transport = orgsim_transport_ops(),
                       .transport_ctx = sim,
                       .sim = sim,
                       .skew_ms = &s->skew_ms};
}

int32_t host_open(host *h)
{
    crmsync_error *err = NULL;
    crmsync_env_ops env = CRMSYNC_ENV_OPS_INIT;
    crmsync_engine_options o = CRMSYNC_ENGINE_OPTIONS_INIT;
    crmsync_state_ops state = hooks_state_ops(&h->hooks);
    crmsync_record_ops records = hooks_record_ops(&h->hooks);
    crmsync_transport_ops transport = hooks_transport_ops(&h->hooks);
    env.wall_ms = wall_ms;
    env.mono_ms = mono_ms;
    env.random = random_bytes;
    env.log = log_line;
    env.trace = trace;
    env.seal_key = seal_key;
    o.alloc = &h->scene->alloc;
    o.env = &env;
    o.env_ctx = h;
    o.state = &state;
    o.records = &records;
    o.transport = &transport;
    o.state_ctx = o.records_ctx = o.transport_ctx = &h->hooks;
    int32_t rc = crmsync_engine_new(&o, &h->engine, &err);
    if (!rc)
        rc = crmsync_workspace_open(h->engine, str(SCENE_WORKSPACE), h->scene->config, &h->workspace,
                                    &err);
    if (rc)
        note_error(h, &err);
    return rc;
}

void host_stop(host *h)
{
    crmsync_workspace_close(h->workspace);
    crmsync_engine_free(h->engine);
    if (h->hooks.dead)
        orgsim_transport_drop_client(h->hooks.sim);
    if (h->own_transport)
        orgsim_transport_free(h->own_transport);
    scene_store_close(h->scene, h->store);
    h->workspace = NULL;
    h->engine = NULL;
    h->own_transport = NULL;
}

/* ---- jobs ---- */

uint64_t host_counter(const crmsync_job *job, const char *key)
{
    return crmsync_job_count(job, str(key));
}

bool host_adds_up(const crmsync_job *job)
{
    static const char *const outcomes[] = {"created", "updated", "unchanged", "skipped",
                                           "held",    "failed",  "unknown"};
    bool good = true;
    for (size_t i = 0; i < crmsync_job_counters(job); i++) {
        uint64_t input, sum = 0;
        char key[200];
        crmsync_str name = crmsync_job_counter(job, i, &input);
        int len = (int)name.len - (int)strlen(".input");
        if (len <= 0 || strcmp(name.ptr + len, ".input") != 0)
            continue;
        for (size_t k = 0; k < sizeof outcomes / sizeof outcomes[0]; k++) {
            snprintf(key, sizeof key, "%.*s.%s", len, name.ptr, outcomes[k]);
            sum += crmsync_job_count(job, str(key));
        }
        if (sum != input) {
            print_message("    %.*s: %llu in, %llu accounted for\n", len, name.ptr,
                          (unsigned long long)input, (unsigned long long)sum);
            good = false;
        }
    }
    return good;
}

static void print_counters(const crmsync_job *job)
{
    for (size_t i = 0; i < crmsync_job_counters(job); i++) {
        uint64_t value;
        crmsync_str name = crmsync_job_counter(job, i, &value);
        print_message("    %-44s %llu\n", name.ptr, (unsigned long long)value);
    }
}

int32_t host_job(host *h, uint32_t phases, uint32_t flags, crmsync_job **job)
{
    crmsync_error *err = NULL;
    crmsync_job_options o = CRMSYNC_JOB_OPTIONS_INIT;
    o.phases = phases;
    o.flags = flags;
    o.plan = phases & CRMSYNC_PHASE_APPLY ? h->scene->plan : NULL;
    int32_t rc = crmsync_job_new(h->workspace, &o, job, &err);
    if (!rc)
        rc = crmsync_job_run(*job, &err);
    if (rc)
        note_error(h, &err);
    if (*job && !host_adds_up(*job))
        h->miscounted++;
    if (*job && h->scene->verbose)
        print_counters(*job);
    if (h->scene->verbose)
        print_message("  job ended: %d %s\n", rc, rc ? h->last_error : "");
    return rc;
}

int32_t host_run(host *h, uint32_t phases, uint32_t flags)
{
    crmsync_job *job = NULL;
    int32_t rc = host_job(h, phases, flags, &job);
    crmsync_job_free(job);
    return rc;
}

void host_connect(host *h)
{
    crmsync_error *err = NULL;
    crmsync_str url;
    crmsync_job_options o = CRMSYNC_JOB_OPTIONS_INIT;
    crmsync_job *job = NULL;
    assert_int_equal(crmsync_workspace_set_secret(h->workspace, str("client_secret"),
                                                  str("orgsim-secret"), &err),
                     CRMSYNC_OK);
    assert_int_equal(
        crmsync_workspace_authorize_url(h->workspace, (crmsync_str){NULL, 0}, &url, &err), CRMSYNC_OK);
    char *back = orgsim_browser_allow(h->scene->org, url.ptr);
    o.phases = CRMSYNC_PHASE_CONNECT;
    o.redirect_url = str(back);
    assert_int_equal(crmsync_job_new(h->workspace, &o, &job, &err), CRMSYNC_OK);
    int32_t rc = crmsync_job_run(job, &err);
    if (rc)
        fail_msg("connect: %d %s", rc, crmsync_error_message(err).ptr);
    crmsync_job_free(job);
    orgsim_string_free(back);
}

static bool at_rest(host *h)
{
    static const uint32_t spaces[] = {CRMSYNC_SPACE_SHIPMENT, CRMSYNC_SPACE_CLAIM, CRMSYNC_SPACE_QUEUE,
                                      CRMSYNC_SPACE_PENDING};
    for (size_t i = 0; i < sizeof spaces / sizeof spaces[0]; i++) {
        if (scene_entries(h->scene, spaces[i], "")) {
            if (h->scene->verbose)
                scene_print(h->scene, spaces[i]);
            return false;
        }
    }
    return true;
}

unsigned host_rest(host *h, uint32_t phases, unsigned most)
{
    unsigned quiet_ones = 0;
    for (unsigned n = 1; n <= most; n++) {
        crmsync_job *job = NULL;
        int32_t rc = host_job(h, phases, 0, &job);
        bool quiet = rc == CRMSYNC_OK && host_counter(job, "writes.crm") == 0 &&
                     host_counter(job, "writes.local") == 0;
        crmsync_job_free(job);
        quiet_ones = quiet && at_rest(h) ? quiet_ones + 1 : 0;
        if (quiet_ones == 2) /* the second has seen the echo of what came before */
            return n;
        scene_pass(h->scene, 16 * 60 * 1000);
    }
    return 0;
}
