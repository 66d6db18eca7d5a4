/* What a job does at each step: its lease, its phases, its calls, and how it ends. */
#include "sync/connection.h"
#include "sync/partition.h"
#include "sync/phases.h"
#include "sync/report.h"
#include "sync/retention.h"

#define WAIT_MAX_MS 1000u

/* From here on the run is listed, and stays `running` if the worker dies. */
static int32_t announce(crmsync_job *job, crmsync_error **err)
{
    crmi_commit c;
    if (job->report.version)
        return CRMSYNC_OK;
    crmi_commit_init(&c, &job->ws->store);
    crmi_run_put(&c, &job->report);
    int32_t rc = crmi_commit_must(&c, err);
    if (!rc)
        crmi_run_committed(&c, &job->report);
    crmi_commit_clear(&c);
    return rc;
}

/* Takes the lease, or tells how long to wait for it; renews it when a third of its time is left. */
static int32_t lease_hold(crmsync_job *job, crmsync_want *want, crmsync_error **err)
{
    crmsync_workspace *ws = job->ws;
    uint64_t now = crmi_engine_mono(ws->engine);
    if (job->lease.held) {
        if (crmi_lease_valid(&job->lease, now, ws->engine->lease_ms / 2))
            return CRMSYNC_OK;
        return crmi_lease_renew(&ws->store, &job->lease, now, err);
    }
    uint64_t retry_ms = 0;
    int32_t rc = crmi_partition_take(job, now, &retry_ms, err);
    if (rc)
        return rc;
    if (job->lease.held)
        return announce(job, err);
    want->what = CRMSYNC_WANT_TIMER;
    want->timeout_ms = retry_ms < WAIT_MAX_MS ? (uint32_t)retry_ms : WAIT_MAX_MS;
    return CRMSYNC_OK;
}

static void want_from(crmsync_want *want, const crmi_want *from, uint64_t now)
{
    want->what = from->what == CRMI_WANT_TIMER ? CRMSYNC_WANT_TIMER : CRMSYNC_WANT_IO;
    want->timeout_ms = WAIT_MAX_MS;
    if (from->wake && from->wake <= now + WAIT_MAX_MS)
        want->timeout_ms = from->wake > now ? (uint32_t)(from->wake - now) : 0;
}

/* Lets the calls of the task go on. true = all of them are done. */
static int32_t calls_step(crmsync_job *job, crmsync_want *want, bool *done, crmsync_error **err)
{
    crmi_task *task = job->task;
    crmi_call *calls[CRMI_TASK_CALLS];
    crmi_want need = {CRMI_WANT_DONE, 0};
    *done = true;
    if (!task->calls)
        return CRMSYNC_OK;
    for (size_t i = 0; i < task->calls; i++)
        calls[i] = &task->call[i];
    crmsync_error *own = NULL;
    int32_t rc = crmi_calls_step(calls, task->calls, &need, &own);
    if (rc && task->settles && crmi_call_done(calls[0])) {
        need.what = CRMI_WANT_DONE; /* no calls left, not authorized: what is journalled ends first */
        if (!task->call[0].error) {
            task->call[0].error = own;
            own = NULL;
        }
        rc = CRMSYNC_OK;
    } else if (rc && err) {
        crmi_error_drop(err);
        *err = own;
        own = NULL;
    }
    crmsync_error_free(own);
    if (rc == CRMSYNC_OK && need.what != CRMI_WANT_DONE && task->pieces)
        return CRMSYNC_OK; /* what came of a streamed answer is taken at once */
    if (rc == CRMSYNC_OK && need.what != CRMI_WANT_DONE) {
        want_from(want, &need, crmi_engine_mono(job->ws->engine));
        *done = false;
    }
    if (rc == CRMSYNC_OK && *done) {
        for (size_t i = 0; i < task->calls; i++)
            crmi_workspace_heard(job->ws, &task->call[i].response);
        for (size_t i = 0; !rc && i < task->calls; i++) {
            if (task->call[i].retry == CRMI_RETRY_DESCRIBE)
                rc = crmi_describe_doubt(job->ws, err);
        }
    }
    return rc;
}

static int32_t begin_phase(crmsync_job *job, const crmi_phase *phase, crmsync_error **err)
{
    job->lease_wanted = phase->leased;
    job->progress.phase = phase->phase;
    if (crmi_run_set(&job->report, &job->report.phase, crmi_str(phase->name)))
        return crmi_fail_nomem(err);
    job->progress.done = job->progress.total = 0;
    job->progress.object = CRMI_STR_EMPTY;
    bool open = job->ws->session_open;
    int32_t rc = crmi_workspace_open_session(job->ws, err);
    if (!rc && (!open || !job->counting)) {
        job->counting = true;
        job->calls_before = job->ws->governor.calls;
        job->tokens_before = job->ws->session.refreshes;
    }
    return rc ? rc : phase->make(job, &job->task, err);
}

static int32_t next_phase(crmsync_job *job, crmsync_error **err)
{
    for (size_t i = job->phases_begun; i < crmi_phase_count(); i++) {
        const crmi_phase *phase = crmi_phase_at(i);
        if (!(job->phases & phase->phase))
            continue;
        job->phase_again = false;
        int32_t rc = phase->works ? crmi_pause_check(job->ws, phase->phase, err) : CRMSYNC_OK;
        if (!rc)
            rc = begin_phase(job, phase, err);
        job->phases_begun = job->phase_again ? i : i + 1;
        return rc;
    }
    bool more = false;
    int32_t rc = job->lease.held && !job->partition ? crmi_retention(job, err) : CRMSYNC_OK;
    if (!rc)
        rc = crmi_partition_next(job, &more, err);
    if (!rc && more)
        return next_phase(job, err);
    job->finished = rc == CRMSYNC_OK;
    return rc;
}

/* One round; want->what stays MORE while there is something to do without waiting. */
static int32_t job_round(crmsync_job *job, crmsync_want *want, crmsync_error **err)
{
    bool done = true;
    if (!job->task) {
        int32_t rc = next_phase(job, err);
        if (!rc && job->finished)
            want->what = CRMSYNC_WANT_DONE;
        return rc;
    }
    if (job->lease_wanted) {
        int32_t rc = lease_hold(job, want, err);
        if (rc || want->what != CRMSYNC_WANT_MORE)
            return rc;
    }
    int32_t rc = calls_step(job, want, &done, err);
    if (rc || !done)
        return rc;
    uint64_t now = crmi_engine_mono(job->ws->engine);
    if (job->task->wake > now) {
        want->what = CRMSYNC_WANT_TIMER;
        want->timeout_ms = job->task->wake - now < WAIT_MAX_MS ? (uint32_t)(job->task->wake - now)
                                                               : WAIT_MAX_MS;
        return CRMSYNC_OK;
    }
    job->task->wake = 0;
    rc = job->task->next(job->task, err);
    if (rc)
        return rc;
    if (job->review_open) {
        want->what = CRMSYNC_WANT_PLAN;
        return CRMSYNC_OK;
    }
    if (!job->task->next && !job->task->calls) {
        crmi_task_free(job->task);
        job->task = NULL;
    }
    return CRMSYNC_OK;
}

/* What the run cost, beside what single-record calls would have. */
static int32_t count_calls(crmsync_job *job, crmsync_error **err)
{
    crmsync_workspace *ws = job->ws;
    const struct {
        const char *name;
        uint64_t value;
    } counts[] = {
        {"calls", ws->session_open ? ws->governor.calls - job->calls_before : 0},
        {"token_calls", ws->session_open ? ws->session.refreshes - job->tokens_before : 0},
        {"used", ws->session_open ? ws->governor.used : 0},
        {"limit", ws->session_open ? ws->governor.limit : 0},
        {"one_by_one", job->one_by_one},
    };
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        int32_t rc = crmi_report_add(job, counts[i].value, "api", crmi_str(counts[i].name), NULL,
                                     CRMI_STR_EMPTY, err);
        if (rc)
            return rc;
    }
    return CRMSYNC_OK;
}

/* What is due waits until the org's budget allows it. */
static void put_off(crmsync_job *job, crmi_commit *c, crmsync_error **err)
{
    uint64_t wait = crmsync_error_retry_after_ms(*err);
    if (wait)
        crmi_meta_put_time(c, CRMI_STR("deferred"), crmi_engine_wall(job->ws->engine) + (int64_t)wait);
}

/* The report is stored whatever the end; a second failure on the way does not hide the first. */
static void job_close(crmsync_job *job, int32_t rc, crmsync_error **err)
{
    crmi_commit commit;
    crmsync_workspace *ws = job->ws;
    job->report.ended_ms = crmi_engine_wall(ws->engine);
    crmi_run_set(&job->report, &job->report.state, rc ? CRMI_STR("failed") : CRMI_STR("done"));
    if (rc && err && *err)
        crmi_run_set(&job->report, &job->report.message, crmsync_error_message(*err));
    if (rc)
        crmi_report_cut_off(job, NULL);
    count_calls(job, NULL);
    if (job->purged)
        return;
    crmi_commit_init(&commit, &ws->store);
    crmi_run_put(&commit, &job->report);
    if (rc == CRMSYNC_E_BUDGET && err && *err)
        put_off(job, &commit, err);
    if (crmi_commit_must(&commit, NULL))
        crmi_engine_log(ws->engine, CRMSYNC_LOG_WARN, "the report of run %s was not stored",
                        job->run_id);
    crmi_commit_clear(&commit);
}

static int32_t job_step(crmsync_job *job, crmsync_want *want, crmsync_error **err)
{
    int32_t rc = CRMSYNC_OK;
    want->what = CRMSYNC_WANT_MORE;
    want->timeout_ms = 0;
    if (job->failed)
        return crmi_fail(err, CRMSYNC_E_STATE, "the job has ended with an error; make another one");
    if (job->finished) {
        want->what = CRMSYNC_WANT_DONE;
        return CRMSYNC_OK;
    }
    if (job->review_open) {
        want->what = CRMSYNC_WANT_PLAN;
        return CRMSYNC_OK;
    }
    while (!rc && want->what == CRMSYNC_WANT_MORE) {
        if (atomic_load(&job->cancelled))
            rc = crmi_fail(err, CRMSYNC_E_CANCELLED, "the job was cancelled");
        else
            rc = job_round(job, want, err);
    }
    if (rc && rc != CRMSYNC_E_CANCELLED && atomic_load(&job->cancelled))
        rc = crmi_fail(err, CRMSYNC_E_CANCELLED, "the job was cancelled"); /* whatever that cut off */
    if (rc || job->finished) {
        crmsync_error *own = NULL;
        crmsync_error **cause = err ? err : &own;
        job->failed = rc != CRMSYNC_OK;
        crmi_connection_failed(job, cause);
        crmi_task_free(job->task);
        job->task = NULL;
        job_close(job, rc, cause);
        crmsync_error_free(own);
    }
    return rc;
}

int32_t crmsync_job_step(crmsync_job *job, crmsync_want *want, crmsync_error **err)
{
    if (!job || !want || want->struct_size < sizeof *want)
        return crmi_fail(err, CRMSYNC_E_INVALID, "job or want is NULL, or its struct_size is not set");
    int32_t rc = crmi_engine_enter(job->ws->engine, err);
    if (rc)
        return rc;
    rc = job_step(job, want, err);
    crmi_engine_leave(job->ws->engine);
    return rc;
}

int32_t crmsync_job_wait(crmsync_job *job, uint32_t timeout_ms, crmsync_error **err)
{
    if (!job)
        return crmi_fail(err, CRMSYNC_E_INVALID, "job is NULL");
    int32_t rc = crmi_engine_enter(job->ws->engine, err);
    if (rc)
        return rc;
    rc = crmi_pump_poll(&job->ws->engine->pump, timeout_ms, err);
    crmi_engine_leave(job->ws->engine);
    return rc;
}

int32_t crmsync_job_run(crmsync_job *job, crmsync_error **err)
{
    crmsync_want want = CRMSYNC_WANT_INIT;
    for (;;) {
        int32_t rc = crmsync_job_step(job, &want, err);
        if (!rc && want.what == CRMSYNC_WANT_PLAN)
            rc = crmsync_job_accept(job, err);
        else if (!rc && (want.what == CRMSYNC_WANT_IO || want.what == CRMSYNC_WANT_TIMER))
            rc = crmsync_job_wait(job, want.timeout_ms, err);
        if (rc || want.what == CRMSYNC_WANT_DONE)
            return rc;
    }
}
