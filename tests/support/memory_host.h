/*
 * memory_host.h: a host in memory around one engine, with a simulated org behind it, for tests that
 * look at single phases. Virtual time, deterministic random bytes, hooks that can be made to fail.
 */
#ifndef TESTS_MEMORY_HOST_H
#define TESTS_MEMORY_HOST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <crmsync/adapters/memory.h>
#include <crmsync/job.h>

#include "sim/orgsim.h"

#define HOST_WORKSPACE "acme"

typedef struct host host;
typedef void (*host_meanwhile_fn)(host *h);

struct host {
    orgsim *org;
    orgsim_clock clock;
    orgsim_transport *transport;
    crmsync_normalizer *normalizer;
    crmsync_memory *memory;
    crmsync_config *config;
    crmsync_engine *engine;
    crmsync_workspace *ws;
    crmsync_job *job;           /* the last one; freed by the next run */
    const crmsync_alloc *alloc; /* of the next engine; NULL = libc */
    uint64_t random;
    uint64_t fail_commit;          /* the n-th commit from now fails once; 0 = none */
    host_meanwhile_fn before_save; /* called at the next save, once: what happens "meanwhile" */
    const char *refuse;            /* save refuses every item, with this reason */
    uint64_t saves, loads;         /* calls of save; records loaded */
};

static inline crmsync_str host_view(const char *text)
{
    crmsync_str s = {text, text ? strlen(text) : 0};
    return s;
}

/* Makes org, stores and engine, and connects by OAuth. `members` are members of the configuration
 * besides connection, "\"objects\":{...}"; `seed` is for orgsim_seed(), NULL = none. */
void host_open(host *h, const orgsim_options *org, const char *members, const char *seed);
/* Lets go of the engine as a crash does and starts another on the same stores and org. `members`
 * NULL = the same configuration. */
void host_restart(host *h, const char *members);
void host_close(host *h);

/* Runs a job of these phases to its end; its report stays in h->job. 0 or its error code. */
int32_t host_run(host *h, uint32_t phases, uint32_t flags);
void host_must_run(host *h, uint32_t phases);        /* fails the test on an error */
uint64_t host_count(const host *h, const char *key); /* of the last job's report */
void host_pass(host *h, int64_t ms);

/* The host's own user writes {"id":"p1","email":"a@b.example"}. */
void host_put(host *h, const char *kind, const char *json);
size_t host_records(host *h, const char *kind);
/* `field`, as text, of the record whose `by` is `value`; "(none)", "(several)". Valid until the
 * next call. */
const char *host_value(host *h, const char *kind, const char *by, const char *value,
                       const char *field);

#endif
