/* A job from its making to its end: options, report, review. What it does step by step: job_step.c. */
#include "sync/job.h"

#include <crmsync/lookup.h>

#include "base/sized.h"
#include "decide/plan.h"
#include "sync/connection.h"
#include "sync/partition.h"
#include "sync/phases.h"

#define ALL_FLAGS                                                                \
    (CRMSYNC_JOB_DRY_RUN | CRMSYNC_JOB_REVIEW | CRMSYNC_JOB_ALL | CRMSYNC_JOB_PURGE | \
     CRMSYNC_JOB_DUE)

static int32_t options_read(crmsync_job *job, const crmsync_job_options *given,
                            crmsync_error **err)
{
    const crmsync_alloc *alloc = crmi_workspace_alloc(job->ws);
    crmsync_job_options init = CRMSYNC_JOB_OPTIONS_INIT;
    int32_t rc = given ? crmi_copy_in(&init, sizeof init, given, "job options", err) : CRMSYNC_OK;
    const crmsync_job_options *o = &init;
    if (rc)
        return rc;
    job->phases = crmi_phases_needed(o->phases ? o->phases : CRMSYNC_PHASE_SYNC);
    job->asked = job->phases;
    job->flags = o->flags;
    job->limit = o->limit;
    job->keys = o->keys;
    if ((job->phases & CRMSYNC_PHASE_LOOKUP) && !o->keys)
        return crmi_fail(err, CRMSYNC_E_INVALID, "a look-up needs options.keys");
    if ((job->phases & CRMSYNC_PHASE_SOURCES) && (o->keys || o->source.len))
        return crmi_fail(err, CRMSYNC_E_INVALID,
                         "what CRMSYNC_PHASE_SOURCES lists needs a job of its own, without keys or source");
    if (job->phases & ~crmi_phases_known())
        return crmi_fail(err, CRMSYNC_E_INVALID, "unknown phases 0x%x",
                         job->phases & ~crmi_phases_known());
    if (job->flags & ~(uint32_t)ALL_FLAGS)
        return crmi_fail(err, CRMSYNC_E_INVALID, "unknown flags 0x%x",
                         job->flags & ~(uint32_t)ALL_FLAGS);
    job->outside = o->plan;
    if (!(job->phases & CRMSYNC_PHASE_APPLY) != !o->plan)
        return crmi_fail(err, CRMSYNC_E_INVALID,
                         "CRMSYNC_PHASE_APPLY and options.plan need each other");
    if (o->plan && o->plan->page != &o->plan->own)
        return crmi_fail(err, CRMSYNC_E_INVALID,
                         "options.plan is the page of another job; write it as JSON and read it");
    if (!crmi_str_dup(alloc, o->actor, &job->actor) ||
        !crmi_str_dup(alloc, o->redirect_url, &job->redirect_url) ||
        !crmi_str_dup(alloc, o->acknowledge, &job->acknowledge) ||
        !crmi_str_dup(alloc, o->source, &job->source))
        return crmi_fail_nomem(err);
    return CRMSYNC_OK;
}

static int32_t job_start(crmsync_job *job, crmsync_error **err)
{
    crmsync_workspace *ws = job->ws;
    int64_t now = crmi_engine_wall(ws->engine);
    int32_t rc = crmi_ulid_make(ws->store.random, now, job->run_id, err);
    if (rc)
        return rc;
    if (crmi_run_start(&job->report, crmi_str(job->run_id), crmi_str(ws->worker), now) ||
        crmi_run_set(&job->report, &job->report.actor, job->actor))
        return crmi_fail_nomem(err);
    rc = crmi_pause_check(ws, job->phases, err);
    return rc ? rc : crmi_connection_gate(job, err);
}

static void job_release(crmsync_job *job)
{
    crmsync_workspace *ws = job->ws;
    const crmsync_alloc *alloc = crmi_workspace_alloc(ws);
    crmi_task_free(job->task);
    job->task = NULL;
    crmsync_plan_free(job->review);
    crmsync_rows_free(job->found);
    ws->store.fence = NULL;
    if (job->lease.held)
        crmi_lease_release(&ws->store, &job->lease, NULL);
    crmi_plan_clear(&job->plan);
    crmi_preflight_clear(&job->preflight);
    crmi_org_facts_clear(&job->facts);
    crmi_run_clear(&job->report);
    crmi_map_clear(&job->in_doubt);
    crmi_arena_clear(&job->doubts);
    crmi_str_drop(alloc, &job->actor);
    crmi_str_drop(alloc, &job->redirect_url);
    crmi_str_drop(alloc, &job->acknowledge);
    crmi_str_drop(alloc, &job->source);
    if (ws->job == job)
        ws->job = NULL;
    CRMI_DELETE(alloc, job);
}

int32_t crmsync_job_new(crmsync_workspace *workspace, const crmsync_job_options *options,
                        crmsync_job **out, crmsync_error **err)
{
    if (!workspace || !out)
        return crmi_fail(err, CRMSYNC_E_INVALID, "workspace or out is NULL");
    *out = NULL;
    if (workspace->job)
        return crmi_fail(err, CRMSYNC_E_STATE, "another job of this workspace is open; free it first");
    int32_t rc = crmi_engine_enter(workspace->engine, err);
    if (rc)
        return rc;
    crmsync_job *job = CRMI_NEW(crmi_workspace_alloc(workspace), crmsync_job);
    if (!job) {
        rc = crmi_fail_nomem(err);
    } else {
        job->ws = workspace;
        atomic_init(&job->cancelled, false);
        crmi_plan_init(&job->plan, crmi_workspace_alloc(workspace));
        crmi_run_init(&job->report, crmi_workspace_alloc(workspace));
        crmi_map_init(&job->in_doubt, crmi_workspace_alloc(workspace));
        crmi_arena_init(&job->doubts, crmi_workspace_alloc(workspace));
        crmi_org_facts_init(&job->facts, crmi_workspace_alloc(workspace));
        crmi_preflight_init(&job->preflight, crmi_workspace_alloc(workspace));
        job->progress.struct_size = sizeof job->progress;
        rc = options_read(job, options, err);
        if (!rc)
            rc = job_start(job, err);
        if (rc) {
            job_release(job);
        } else {
            workspace->job = job;
            *out = job;
        }
    }
    crmi_engine_leave(workspace->engine);
    return rc;
}

void crmsync_job_free(crmsync_job *job)
{
    if (job)
        job_release(job);
}

void crmsync_job_cancel(crmsync_job *job)
{
    if (!job)
        return;
    atomic_store(&job->cancelled, true);
    crmsync_engine *engine = job->ws->engine;
    if (engine->transport.wake)
        engine->transport.wake(engine->transport_ctx);
}

crmsync_plan *crmsync_job_plan(crmsync_job *job)
{
    return job && job->review_open ? job->review : NULL;
}

int32_t crmsync_job_accept(crmsync_job *job, crmsync_error **err)
{
    if (!job || !job->review_open)
        return crmi_fail(err, CRMSYNC_E_STATE, "no plan waits for review");
    job->review_open = false;
    return CRMSYNC_OK;
}

void crmsync_job_progress(const crmsync_job *job, crmsync_progress *out)
{
    if (!job || !out)
        return;
    size_t size = out->struct_size < sizeof *out ? out->struct_size : sizeof *out;
    crmsync_progress now = job->progress;
    now.api_calls = job->ws->session_open ? job->ws->governor.calls - job->calls_before : 0;
    now.struct_size = out->struct_size;
    memcpy(out, &now, size);
}

const crmsync_rows *crmsync_job_rows(const crmsync_job *job)
{
    return job ? job->found : NULL;
}

uint64_t crmsync_job_count(const crmsync_job *job, crmsync_str key)
{
    return job ? crmi_run_value(&job->report, key) : 0;
}

size_t crmsync_job_counters(const crmsync_job *job)
{
    return job ? job->report.count : 0;
}

crmsync_str crmsync_job_counter(const crmsync_job *job, size_t i, uint64_t *value)
{
    if (!job || i >= job->report.count)
        return CRMI_STR_EMPTY;
    if (value)
        *value = job->report.counts[i].value;
    return job->report.counts[i].name;
}

crmsync_str crmsync_job_run_id(const crmsync_job *job)
{
    return job ? crmi_str(job->run_id) : CRMI_STR_EMPTY;
}

crmsync_str crmi_job_part(const crmsync_job *job)
{
    return crmi_partition_name(job->partition);
}

bool crmi_job_acknowledged(const crmsync_job *job, const char *breaker)
{
    crmsync_str rest = job->acknowledge;
    while (rest.len) {
        ptrdiff_t comma = crmi_str_chr(rest, ',');
        size_t n = comma < 0 ? rest.len : (size_t)comma;
        if (crmi_str_is(crmi_str_trim(crmi_str_sub(rest, 0, n)), breaker))
            return true;
        rest = crmi_str_sub(rest, n + 1, rest.len);
    }
    return false;
}
