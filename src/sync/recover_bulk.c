/*
 * Bulk jobs that a dead or impatient run left behind. Without a job's id nothing was written; an open
 * job is aborted; of a closed one the results are read, by the same rows as were uploaded.
 */
#include "sync/recover.h"

#define POLLS_MAX    5 /* half a minute: after that the next run asks again */
#define TROUBLES_MAX 6

bool crmi_recover_has_job(const crmi_recovery *t)
{
    return crmi_str_is(t->shipment.kind, "bulk");
}

/* Nothing of it was written, surely. */
static void plan_all_anew(crmi_recovery *t)
{
    for (size_t i = 0; i < t->shipment.count; i++) {
        if (crmi_intent_in_doubt(&t->shipment.intents[i]) && !t->ends[i].state)
            crmi_recover_plan_anew(t, &t->ends[i]);
    }
}

/* ---- the rows, as they were ---- */

static bool uploaded(const crmi_intent *in)
{
    return in->state != CRMI_SHIP_PARKED;
}

static bool columns_of(crmi_recovery *t, bool updates)
{
    bool ok = !updates || crmi_bulk_column(&t->arena, &t->bulk, CRMI_STR("Id"));
    for (size_t i = 0; ok && i < t->shipment.count; i++) {
        const crmi_intent *in = &t->shipment.intents[i];
        for (size_t f = 0; ok && uploaded(in) && f < in->field_count; f++)
            ok = crmi_bulk_column(&t->arena, &t->bulk, in->fields[f].name);
    }
    return ok;
}

static int32_t add_rows(crmi_recovery *t, bool updates, crmsync_error **err)
{
    crmsync_cell *cells = crmi_arena_array(&t->arena, t->bulk.column_count + 1, sizeof *cells);
    t->bulk.row_of = crmi_arena_array(&t->arena, t->shipment.count + 1, sizeof *t->bulk.row_of);
    if (!cells || !t->bulk.row_of)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < t->shipment.count; i++) {
        const crmi_intent *in = &t->shipment.intents[i];
        if (!uploaded(in))
            continue;
        for (size_t c = 0; c < t->bulk.column_count; c++)
            cells[c] = crmi_cell_absent();
        for (size_t f = 0; f < in->field_count; f++)
            crmi_bulk_cell(&t->bulk, cells, in->fields[f].name, &in->fields[f].cell);
        crmsync_cell id = crmi_cell_id(in->crm_id);
        if (updates)
            crmi_bulk_cell(&t->bulk, cells, CRMI_STR("Id"), &id);
        t->bulk.row_of[t->bulk.op.rows] = i;
        int32_t rc = crmi_ingest_add(&t->bulk.op, cells, err);
        if (rc == CRMSYNC_E_NOMEM)
            return rc;
        if (rc && err)
            crmi_error_drop(err); /* it was not in the job either */
    }
    return CRMSYNC_OK;
}

static int32_t resume(crmi_recovery *t, crmsync_error **err)
{
    const crmi_intent *first = &t->shipment.intents[0];
    bool updates = crmi_str_is(first->op, "update"), upserts = crmi_str_is(first->op, "upsert");
    const crmi_object_rule *rule = crmi_config_object(t->task.job->ws->config, first->object);
    t->bulk.column_count = t->bulk.column_cap = 0;
    if (!columns_of(t, updates))
        return crmi_fail_nomem(err);
    crmi_ingest_target target = {crmi_workspace_api_version(t->task.job->ws),
                                 first->object,
                                 CRMI_WRITE_CREATE, /* it is written already: only read from here on */
                                 upserts && rule ? rule->external_id : CRMI_STR_EMPTY,
                                 t->bulk.columns,
                                 t->bulk.column_count};
    target.op = updates ? CRMI_WRITE_UPDATE : CRMI_WRITE_CREATE;
    crmi_ingest_clear(&t->bulk.op);
    int32_t rc =
        crmi_ingest_init(&t->bulk.op, crmi_workspace_alloc(t->task.job->ws), &target, 0, err);
    if (!rc)
        rc = add_rows(t, updates, err);
    return rc ? rc : crmi_ingest_resume(&t->bulk.op, t->shipment.job, CRMI_INGEST_CLOSE, err);
}

/* ---- its ends ---- */

static int32_t take_results(crmi_recovery *t, crmsync_error **err)
{
    const crmi_ingest *op = &t->bulk.op;
    for (size_t r = 0; op->results && r < op->rows; r++) {
        size_t i = t->bulk.row_of[r];
        const crmi_intent *in = &t->shipment.intents[i];
        const crmi_write_result *result = &op->results[r];
        crmsync_str id;
        if (result->unknown || t->ends[i].state || !crmi_intent_in_doubt(in))
            continue;
        if (!result->success) {
            crmi_recover_plan_anew(t, &t->ends[i]);
            continue;
        }
        if (!crmi_arena_str(&t->arena, result->id.len ? result->id : in->crm_id, &id))
            return crmi_fail_nomem(err);
        crmi_recover_settled(&t->ends[i], in, id);
    }
    return CRMSYNC_OK;
}

/* What the results do not tell is looked for like any other; a job at its end writes no more. */
static int32_t bulk_end(crmi_recovery *t, crmsync_error **err)
{
    int32_t rc = CRMSYNC_OK;
    t->task.next = crmi_recover_ask;
    if (t->bulk.op.step == CRMI_INGEST_DONE)
        rc = take_results(t, err);
    t->over = t->bulk.op.step == CRMI_INGEST_DONE || t->bulk.op.step == CRMI_INGEST_GONE;
    for (size_t i = 0; !t->over && i < t->shipment.count; i++) {
        if (crmi_intent_in_doubt(&t->shipment.intents[i]) && !t->ends[i].state)
            crmi_recover_unknown(t, i);
    }
    crmi_ingest_clear(&t->bulk.op);
    return rc;
}

/* ---- its requests ---- */

static int32_t bulk_send(crmi_task *task, crmsync_error **err);

static int32_t bulk_next(crmi_recovery *t, crmsync_error **err)
{
    crmi_task *task = &t->task;
    crmi_ingest *op = &t->bulk.op;
    if (op->step == CRMI_INGEST_CLOSE) { /* open, so the close never came: not with old values now */
        t->bulk.closed = false;
        crmi_ingest_cancel(op);
    } else if (!t->bulk.closed && op->step != CRMI_INGEST_ABORT) {
        bool aborted = op->job_state == CRMI_JOB_ABORTED;
        t->bulk.closed = !aborted; /* somebody closed it after all */
        if (aborted) {
            plan_all_anew(t);
            op->step = CRMI_INGEST_GONE;
        }
    }
    bool over = op->step == CRMI_INGEST_DONE || op->step == CRMI_INGEST_GONE;
    if (over || op->polls > POLLS_MAX || t->bulk.troubles > TROUBLES_MAX)
        return bulk_end(t, err);
    task->wake = op->wait_ms && op->polls > 1
                     ? crmi_engine_mono(task->job->ws->engine) + op->wait_ms
                     : 0;
    task->next = bulk_send;
    return CRMSYNC_OK;
}

static int32_t bulk_answer(crmi_task *task, crmsync_error **err)
{
    crmi_recovery *t = (crmi_recovery *)task;
    crmi_call *call = &task->call[0];
    crmi_ingest *op = &t->bulk.op;
    uint32_t step = op->step;
    int32_t code = call->error ? crmsync_error_code(call->error) : CRMSYNC_OK;
    int32_t rc = CRMSYNC_OK;
    if (code == CRMSYNC_E_AUTH || code == CRMSYNC_E_BUDGET)
        return crmi_task_answer(task, 0, err);
    if (call->result == CRMI_CALL_ANSWERED || call->response.status >= 400)
        rc = crmi_ingest_feed(op, &call->response, err);
    else
        crmi_ingest_lost(op);
    if (rc == CRMSYNC_E_NOMEM)
        return rc;
    if (rc && err)
        crmi_error_drop(err);
    t->bulk.troubles += rc != CRMSYNC_OK || (step == op->step && step != CRMI_INGEST_POLL);
    if (rc && step == op->step && step == CRMI_INGEST_POLL)
        op->polls++;
    crmi_task_reset_calls(task);
    return bulk_next(t, err);
}

static int32_t bulk_send(crmi_task *task, crmsync_error **err)
{
    crmi_recovery *t = (crmi_recovery *)task;
    int32_t rc = crmi_ingest_next(&t->bulk.op, crmi_task_request(task), err);
    if (rc)
        return rc;
    crmi_task_send(task, t->bulk.op.step == CRMI_INGEST_ABORT);
    task->settles = true;
    task->next = bulk_answer;
    return CRMSYNC_OK;
}

int32_t crmi_recover_job(crmi_task *task, crmsync_error **err)
{
    crmi_recovery *t = (crmi_recovery *)task;
    if (!t->shipment.job.len || !t->shipment.count) { /* its id is durable before it is closed */
        plan_all_anew(t);
        task->next = crmi_recover_ask;
        return CRMSYNC_OK;
    }
    t->bulk.closed = true;
    t->bulk.troubles = 0;
    int32_t rc = resume(t, err);
    return rc ? rc : bulk_next(t, err);
}
