/*
 * The recover phase: shipments whose outcome is not known are looked up in the org.
 * Found: settled. Surely not there: planned anew. Too early to tell: left for the next job.
 */
#include "sync/recover.h"

#include <stdio.h>

#include "salesforce/soql.h"

static void recover_clear(crmi_task *task)
{
    crmi_recovery *t = (crmi_recovery *)task;
    crmi_recover_parts_clear(t);
    crmi_ingest_clear(&t->bulk.op);
    crmi_shipment_clear(&t->shipment);
    crmi_arena_clear(&t->arena);
}

static int32_t recover_answer(crmi_task *task, crmsync_error **err);
static int32_t recover_more(crmi_task *task, crmsync_error **err);
static int32_t recover_settle(crmi_task *task, crmsync_error **err);

int32_t crmi_recover_ask(crmi_task *task, crmsync_error **err)
{
    crmi_recovery *t = (crmi_recovery *)task;
    crmi_composite c;
    crmi_recover_parts(t);
    if (!t->part_count) {
        task->next = recover_settle;
        return CRMSYNC_OK;
    }
    crmi_request *r = crmi_task_request(task);
    crmi_composite_begin(&c, r, crmi_workspace_api_version(task->job->ws), false);
    int32_t rc = CRMSYNC_OK;
    for (size_t i = 0; !rc && i < t->part_count; i++)
        rc = crmi_recover_query(t, &c, i, err);
    if (!rc)
        rc = crmi_task_ask(task, &c, err);
    if (!rc)
        task->next = recover_answer;
    return rc;
}

static int32_t recover_answer(crmi_task *task, crmsync_error **err)
{
    crmi_recovery *t = (crmi_recovery *)task;
    crmi_composite_answer answer;
    char name[24];
    int32_t rc = crmi_task_answer(task, 0, err);
    if (rc)
        return rc;
    rc = crmi_composite_read(crmi_workspace_alloc(task->job->ws), &task->call[0].response,
                             t->part_count, &answer, err);
    for (size_t i = 0; !rc && i < t->part_count; i++) {
        crmi_recover_part *part = &t->parts[i];
        snprintf(name, sizeof name, "q%zu", i);
        const crmi_composite_part *sub = crmi_composite_find(&answer, crmi_str(name));
        if (!sub || sub->status != 200)
            continue; /* not answered: stays unknown */
        rc = crmi_query_page_take(crmi_workspace_alloc(task->job->ws), sub->body, part->object,
                                  part->columns, part->column_count, &part->page, err);
        part->answered = !rc && part->page.done;
        if (!rc)
            rc = crmi_recover_match(t, part, err);
    }
    crmi_composite_answer_clear(&answer);
    crmi_task_reset_calls(task);
    task->next = recover_more;
    return rc;
}

/* ---- by address, whoever made it ---- */

static int32_t recover_emails(crmi_task *task, crmsync_error **err);

static int32_t recover_more(crmi_task *task, crmsync_error **err)
{
    static const char *const objects[] = {"Lead", "Contact"};
    crmi_recovery *t = (crmi_recovery *)task;
    crmsync_workspace *ws = task->job->ws;
    t->email_count = 0;
    t->emails = crmi_arena_array(&t->arena, t->shipment.count + 1, sizeof *t->emails);
    if (!t->emails)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < t->shipment.count; i++) {
        const crmsync_cell *email = crmi_intent_sent(&t->shipment.intents[i], "Email");
        if (crmi_intent_in_doubt(&t->shipment.intents[i]) &&
            crmi_intent_creates(&t->shipment.intents[i]) && email && !t->ends[i].state &&
            email->text.len)
            t->emails[t->email_count++] = email->text;
    }
    task->next = recover_settle;
    if (!t->email_count)
        return CRMSYNC_OK;
    crmi_composite c;
    crmi_buf soql;
    crmi_request *r = crmi_task_request(task);
    int32_t rc = CRMSYNC_OK;
    crmi_buf_init(&soql, crmi_workspace_alloc(ws));
    crmi_composite_begin(&c, r, crmi_workspace_api_version(ws), false);
    for (size_t o = 0; !rc && o < 2; o++) {
        crmi_buf_reset(&soql);
        crmi_buf_fmt(&soql, "SELECT Id, Email FROM %s WHERE ", objects[o]);
        crmi_soql_in(&soql, CRMI_STR("Email"), t->emails, t->email_count);
        rc = crmi_buf_ok(&soql) ? crmi_composite_add_query(&c, crmi_str(objects[o]),
                                                           crmi_workspace_api_version(ws),
                                                           crmi_buf_str(&soql), false, err)
                                : crmi_fail_nomem(err);
    }
    crmi_buf_clear(&soql);
    if (!rc)
        rc = crmi_task_ask(task, &c, err);
    if (!rc)
        task->next = recover_emails;
    return rc;
}

static void found_by_email(crmi_recovery *t, crmsync_str email)
{
    for (size_t i = 0; i < t->shipment.count; i++) {
        const crmsync_cell *sent = crmi_intent_sent(&t->shipment.intents[i], "Email");
        /* it exists, so it is no create any more: planned anew, it will be matched and linked */
        if (!t->ends[i].state && crmi_intent_in_doubt(&t->shipment.intents[i]) && sent &&
            crmi_str_eq_ci(sent->text, email))
            crmi_recover_plan_anew(t, &t->ends[i]);
    }
}

static int32_t recover_emails(crmi_task *task, crmsync_error **err)
{
    static const crmi_query_column columns[] = {{CRMSYNC_STR_LIT("Id"), CRMSYNC_CELL_ID},
                                                {CRMSYNC_STR_LIT("Email"), CRMSYNC_CELL_TEXT}};
    crmi_recovery *t = (crmi_recovery *)task;
    const crmsync_alloc *alloc = crmi_workspace_alloc(task->job->ws);
    crmi_composite_answer answer;
    int32_t rc = crmi_task_answer(task, 0, err);
    if (rc)
        return rc;
    rc = crmi_composite_read(alloc, &task->call[0].response, 2, &answer, err);
    for (size_t i = 0; !rc && i < answer.count; i++) {
        crmi_query_page page;
        if (answer.parts[i].status != 200)
            continue;
        crmi_query_page_init(&page, alloc);
        rc = crmi_query_page_take(alloc, answer.parts[i].body, answer.parts[i].reference, columns,
                                  2, &page, err);
        for (size_t r = 0; !rc && r < crmsync_rows_count(page.rows); r++)
            found_by_email(t, crmi_record_text((crmi_record){page.rows, r}, "Email"));
        crmi_query_page_clear(&page);
    }
    crmi_composite_answer_clear(&answer);
    crmi_task_reset_calls(task);
    task->next = recover_settle;
    return rc;
}

/* ---- ends ---- */

static bool answered(const crmi_recovery *t, const crmi_intent *in)
{
    for (size_t i = 0; i < t->part_count; i++) {
        if (crmi_str_eq(t->parts[i].object, in->object) &&
            t->parts[i].updates == !crmi_intent_creates(in))
            return t->parts[i].answered;
    }
    return false;
}

static int32_t recover_next(crmi_task *task, crmsync_error **err);

/* When absence is proof: the server works on a request for ten minutes at most. */
static int64_t sure_at(const crmi_recovery *t)
{
    return t->over ? 0 : t->shipment.sent + t->shipment.send_within + CRMI_RECOVER_DOUBT_MS;
}

void crmi_recover_unknown(crmi_recovery *t, size_t at)
{
    t->ends[at].state = CRMI_SHIP_UNKNOWN;
    t->ends[at].outcome = CRMSYNC_OUTCOME_UNKNOWN;
    t->ends[at].reason = CRMSYNC_REASON_IN_FLIGHT;
    t->shipment.intents[at].look_after = sure_at(t);
}

static int32_t recover_settle(crmi_task *task, crmsync_error **err)
{
    crmi_recovery *t = (crmi_recovery *)task;
    int64_t now = crmi_workspace_server_now(task->job->ws);
    int32_t rc = CRMSYNC_OK;
    for (size_t i = 0; !rc && i < t->shipment.count; i++) {
        crmi_intent *in = &t->shipment.intents[i];
        if (!crmi_intent_in_doubt(in)) {
            t->ends[i].state = CRMI_SHIP_RETRY; /* settled before: nothing is left of it */
            continue;
        }
        bool absent = now >= sure_at(t) || crmi_recover_unique(in);
        if (!t->ends[i].state && absent && answered(t, in))
            crmi_recover_plan_anew(t, &t->ends[i]);
        else if (!t->ends[i].state)
            crmi_recover_unknown(t, i);
        rc = crmi_report_input(task->job, "recover", in->object, err);
    }
    if (!rc)
        rc = crmi_settle(task->job, "recover", &t->shipment, t->ends, false, err);
    task->next = recover_next;
    return rc;
}

/* E7: an upsert by an external id that the org keeps unique may be repeated at once. */
static void repeat_upserts(crmi_recovery *t)
{
    const crmsync_workspace *ws = t->task.job->ws;
    for (size_t i = 0; i < t->shipment.count; i++) {
        const crmi_intent *in = &t->shipment.intents[i];
        const crmi_object_rule *rule = crmi_config_object(ws->config, in->object);
        const crmi_field *field =
            rule ? crmi_schema_field(ws->schema, in->object, rule->external_id) : NULL;
        if (crmi_intent_in_doubt(in) && crmi_str_is(in->op, "upsert") && field &&
            (field->flags & CRMI_FIELD_UNIQUE) && crmi_intent_sent(in, field->name.ptr))
            crmi_recover_plan_anew(t, &t->ends[i]);
    }
}

static int32_t recover_next(crmi_task *task, crmsync_error **err)
{
    crmi_recovery *t = (crmi_recovery *)task;
    crmi_recover_parts_clear(t);
    if (t->at == t->ulid_count) {
        task->next = NULL;
        return CRMSYNC_OK;
    }
    crmi_shipment_clear(&t->shipment);
    crmi_shipment_init(&t->shipment, crmi_workspace_alloc(task->job->ws));
    int32_t rc =
        crmi_shipment_load(&task->job->ws->store, crmi_job_part(task->job), t->ulids[t->at++],
                           &t->shipment, err);
    if (rc)
        return rc;
    t->ends = crmi_arena_array(&t->arena, t->shipment.count + 1, sizeof *t->ends);
    if (!t->ends)
        return crmi_fail_nomem(err);
    t->over = false;
    if (crmi_recover_has_job(t)) {
        task->next = crmi_recover_job;
        return CRMSYNC_OK;
    }
    repeat_upserts(t);
    task->next = crmi_recover_has_key(t) ? crmi_recover_send_again : crmi_recover_ask;
    return CRMSYNC_OK;
}

/* Under the lease: rows without a head were never sent, the others are gone through. */
static int32_t recover_begin(crmi_task *task, crmsync_error **err)
{
    crmi_recovery *t = (crmi_recovery *)task;
    crmsync_workspace *ws = task->job->ws;
    int32_t rc = crmi_shipment_sweep(&ws->store, crmi_job_part(task->job), NULL, err);
    if (!rc)
        rc = crmi_shipment_list(&ws->store, crmi_job_part(task->job), &t->arena, &t->ulids,
                                &t->ulid_count, err);
    task->next = recover_next;
    return rc;
}

int32_t crmi_recover_task(crmsync_job *job, crmi_task **out, crmsync_error **err)
{
    /* a dry run changes nothing, and what is in doubt is left to a real one */
    if (job->flags & CRMSYNC_JOB_DRY_RUN)
        return CRMSYNC_OK;
    crmsync_workspace *ws = job->ws;
    crmi_recovery *t =
        crmi_task_new(job, CRMSYNC_PHASE_RECOVER, sizeof *t, recover_begin, recover_clear);
    if (!t)
        return crmi_fail_nomem(err);
    crmi_arena_init(&t->arena, crmi_workspace_alloc(ws));
    crmi_shipment_init(&t->shipment, crmi_workspace_alloc(ws));
    *out = &t->task;
    return CRMSYNC_OK;
}
