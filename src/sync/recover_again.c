/*
 * E9: a create that was sent under an idempotency key is sent again under the same key. Salesforce
 * answers a repeat with the record of the first time, for 30 days.
 */
#include "salesforce/sobject.h"
#include "sync/recover.h"

#define KEYS_LIVE_MS (INT64_C(29) * 24 * 3600 * 1000)

static crmi_intent *keyed(crmi_recovery *t)
{
    for (size_t i = 0; i < t->shipment.count; i++) {
        if (crmi_intent_in_doubt(&t->shipment.intents[i]) && !t->ends[i].state)
            return &t->shipment.intents[i];
    }
    return NULL;
}

bool crmi_recover_has_key(crmi_recovery *t)
{
    int64_t age = crmi_workspace_server_now(t->task.job->ws) - t->shipment.sent;
    return crmi_str_is(t->shipment.kind, "idempotent") && age < KEYS_LIVE_MS && keyed(t);
}

static int32_t take_answer(crmi_recovery *t, const crmi_call *call, crmsync_error **err)
{
    crmi_write_result result;
    crmi_intent *in = keyed(t);
    size_t at = (size_t)(in - t->shipment.intents);
    bool complete = call->response.status >= 200 && call->response.status < 500;
    if (call->result != CRMI_CALL_ANSWERED && !(call->result == CRMI_CALL_NOT_APPLIED && complete))
        return CRMSYNC_OK; /* still not known: looked for like any other */
    int32_t rc = crmi_sobject_write_read(&t->arena, &call->response, &result, err);
    if (rc)
        return rc;
    bool refused = !result.success && result.errors.documented &&
                   result.errors.applied == CRMI_APPLIED_NO && result.errors.count;
    bool knows_keys = !refused || crmi_str_find(result.errors.items[0].message,
                                                CRMI_STR("Idempotency")) < 0;
    if (result.success && result.id.len)
        crmi_recover_settled(&t->ends[at], in, result.id);
    else if (refused && knows_keys) /* nor was it done the first time */
        crmi_recover_plan_anew(t, &t->ends[at]);
    return CRMSYNC_OK;
}

static int32_t recover_sent_again(crmi_task *task, crmsync_error **err)
{
    crmi_recovery *t = (crmi_recovery *)task;
    crmi_call *call = &task->call[0];
    int32_t rc = CRMSYNC_OK;
    if (call->error) {
        int32_t code = crmsync_error_code(call->error);
        if (code == CRMSYNC_E_AUTH || code == CRMSYNC_E_BUDGET)
            rc = crmi_task_answer(task, 0, err);
    }
    if (!rc)
        rc = take_answer(t, call, err);
    crmi_task_reset_calls(task);
    task->next = crmi_recover_ask;
    return rc;
}

int32_t crmi_recover_send_again(crmi_task *task, crmsync_error **err)
{
    crmi_recovery *t = (crmi_recovery *)task;
    const crmi_intent *in = keyed(t);
    crmi_write_options options = {.idempotency_key = in->uuid};
    crmi_write_field *fields = crmi_arena_array(&t->arena, in->field_count + 1, sizeof *fields);
    if (!fields)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < in->field_count; i++)
        fields[i] = (crmi_write_field){in->fields[i].name, in->fields[i].cell};
    crmi_write write = {in->object, CRMI_STR_EMPTY, fields, in->field_count};
    int32_t rc = crmi_sobject_ui_create_request(crmi_task_request(task),
                                                crmi_workspace_api_version(task->job->ws), &write,
                                                &options, err);
    if (rc)
        return rc;
    crmi_task_send(task, true);
    task->settles = true;
    task->next = recover_sent_again;
    return CRMSYNC_OK;
}
