#include "sync/job.h"

/* A request that may change something must be gone well before the lease is. */
#define SEND_MARGIN_MS 30000u

void *crmi_task_new(crmsync_job *job, uint32_t phase, size_t size, crmi_state_fn first,
                    void (*clear)(crmi_task *task))
{
    const crmsync_alloc *alloc = crmi_workspace_alloc(job->ws);
    crmi_task *task = crmi_alloc_zeroed(alloc, 1, size);
    if (!task)
        return NULL;
    task->job = job;
    task->phase = phase;
    task->size = size;
    task->next = first;
    task->clear = clear;
    for (size_t i = 0; i < CRMI_TASK_CALLS; i++)
        crmi_request_init(&task->requests[i], alloc);
    return task;
}

void crmi_task_reset_calls(crmi_task *task)
{
    for (size_t i = 0; i < task->calls; i++) {
        crmi_call_clear(&task->call[i]);
        crmi_request_clear(&task->requests[i]);
        crmi_request_init(&task->requests[i], crmi_workspace_alloc(task->job->ws));
    }
    task->calls = 0;
    task->settles = task->pieces = false;
}

void crmi_task_free(crmi_task *task)
{
    if (!task)
        return;
    const crmsync_alloc *alloc = crmi_workspace_alloc(task->job->ws);
    crmi_task_reset_calls(task);
    for (size_t i = 0; i < CRMI_TASK_CALLS; i++)
        crmi_request_clear(&task->requests[i]);
    if (task->clear)
        task->clear(task);
    crmi_dealloc(alloc, task, task->size);
}

crmi_request *crmi_task_request(crmi_task *task)
{
    return &task->requests[task->calls];
}

void crmi_task_send(crmi_task *task, bool write)
{
    crmsync_workspace *ws = task->job->ws;
    uint64_t not_after = 0;
    if (write && task->job->lease.held)
        not_after = task->job->lease.ends - SEND_MARGIN_MS;
    crmi_call_start(&task->call[task->calls], &ws->calls, &task->requests[task->calls], not_after);
    task->calls++;
}

int32_t crmi_task_ask(crmi_task *task, crmi_composite *queries, crmsync_error **err)
{
    int32_t rc = crmi_composite_end(queries, err);
    if (rc)
        return rc;
    crmi_task_request(task)->flags = CRMI_REQ_IDEMPOTENT;
    crmi_task_send(task, false);
    return CRMSYNC_OK;
}

int32_t crmi_task_answer(crmi_task *task, size_t i, crmsync_error **err)
{
    crmi_call *call = &task->call[i];
    if (call->result == CRMI_CALL_ANSWERED)
        return CRMSYNC_OK;
    if (!call->error)
        return crmi_fail(err, CRMSYNC_E_TRANSPORT, "the request did not end");
    int32_t code = crmsync_error_code(call->error);
    if (err) {
        crmi_error_drop(err);
        *err = call->error;
        call->error = NULL;
    }
    return code;
}
