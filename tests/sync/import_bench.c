#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "import_bench.h"

static const char seed[] =
    "{\"Account\":[{\"_ref\":\"a1\",\"Name\":\"Acme "
    "Ltd\",\"Website\":\"https://www.acme.example\"},"
    "{\"_ref\":\"a2\",\"Name\":\"Globex\",\"Website\":\"globex.example\"}],"
    "\"Contact\":[{\"FirstName\":\"Ann\",\"LastName\":\"Lee\",\"Email\":\"ann@acme.example\","
    "\"AccountId\":\"@a1\"},"
    "{\"FirstName\":\"Bob\",\"LastName\":\"Ray\",\"Email\":\"bob@globex.example\","
    "\"AccountId\":\"@a2\"}],"
    "\"Lead\":[{\"FirstName\":\"Cat\",\"LastName\":\"Fox\",\"Email\":\"cat@initech.example\","
    "\"Company\":\"Initech\"}],"
    "\"Opportunity\":[{\"Name\":\"Big deal\",\"StageName\":\"Prospecting\","
    "\"CloseDate\":\"2027-06-30\",\"AccountId\":\"@a1\"}]}";

crmsync_str text_of(const char *text)
{
    return (crmsync_str){text, strlen(text)};
}

void bench_fail_now(bench *b, int fault)
{
    b->host.hooks.at = b->host.hooks.calls;
    b->host.hooks.fault = fault;
}

static void on_save(bench *b)
{
    void (*meanwhile)(bench *) = b->before_save;
    b->saves++;
    b->before_save = NULL;
    if (meanwhile)
        meanwhile(b);
    if (b->refuse)
        bench_fail_now(b, FAULT_REFUSED);
}

static void on_call(void *ctx, const hook_call *call, bool after)
{
    bench *b = ctx;
    if (after)
        return;
    if (call->what == HOOK_LOAD)
        b->loads++;
    if (call->what == HOOK_SAVE)
        on_save(b);
    if (call->what == HOOK_COMMIT && b->fail_commit && --b->fail_commit == 0)
        bench_fail_now(b, FAULT_FAIL);
}

static void bench_start(bench *b)
{
    host_start(&b->host, &b->scene, false);
    b->host.hooks.counting = true;
    b->host.hooks.on_call = on_call;
    b->host.hooks.on_call_ctx = b;
    assert_int_equal(host_open(&b->host), CRMSYNC_OK);
}

static void bench_stop(bench *b)
{
    crmsync_job_free(b->job);
    b->job = NULL;
    /* trap 14: what became of the records adds up to what was read */
    assert_int_equal(b->host.miscounted, 0);
    host_stop(&b->host);
}

void bench_open(bench *b, const orgsim_options *org, const char *config)
{
    memset(b, 0, sizeof *b);
    scene_open_org(&b->scene, org, false, config);
    scene_seed(&b->scene, seed);
    bench_start(b);
    host_connect(&b->host);
    scene_pass(&b->scene, HOUR);
}

/* The process ends as in a crash, another one begins. `config` NULL = the same. */
void bench_restart(bench *b, const char *config)
{
    b->host.hooks.dead = true;
    bench_stop(b);
    if (config)
        scene_configure(&b->scene, config);
    bench_start(b);
}

void bench_close(bench *b)
{
    bench_stop(b);
    scene_close(&b->scene);
}

int32_t bench_run(bench *b, uint32_t phases, uint32_t flags)
{
    crmsync_job_free(b->job);
    b->job = NULL;
    return host_job(&b->host, phases, flags, &b->job);
}

void bench_must_run(bench *b, uint32_t phases)
{
    int32_t rc = bench_run(b, phases, 0);
    if (rc)
        fail_msg("%s: %s", crmsync_code_name(rc), b->host.last_error);
}

uint64_t bench_count(const bench *b, const char *key)
{
    return host_counter(b->job, key);
}

const char *bench_person(bench *b, const char *by, const char *value, const char *field)
{
    return scene_value(&b->scene, "person", by, value, field);
}

void bench_crm_id(bench *b, const char *kind, const char *by, const char *value, char id[19])
{
    snprintf(id, 19, "%s", scene_value(&b->scene, kind, by, value, "origin"));
    assert_int_equal(strlen(id), 18);
}

void bench_report_id(bench *b, char id[19])
{
    char bearer[256];
    orgsim_response r;
    memset(&r, 0, sizeof r);
    snprintf(bearer, sizeof bearer, "Bearer %s", orgsim_access_token(b->scene.org));
    crmsync_header header = {text_of("Authorization"), text_of(bearer)};
    orgsim_request request = {text_of("GET"), text_of("/services/data/v60.0/analytics/reports"),
                              &header, 1, text_of("")};
    orgsim_handle(b->scene.org, &request, &r);
    id[0] = '\0';
    for (size_t i = 0; i + 18 <= r.body_len && !id[0]; i++) {
        if (memcmp(r.body + i, "00O", 3) == 0)
            snprintf(id, 19, "%.18s", (const char *)r.body + i);
    }
    orgsim_response_clear(&r);
    assert_int_equal(strlen(id), 18);
}
