/*
 * The preflight phase: what the org tells of itself, of the user and of its objects, by few calls;
 * then the objects are described anew, since rights change without a sign; then all is judged.
 */
#include "decide/preflight.h"
#include "salesforce/describe.h"
#include "salesforce/org_facts.h"
#include "sync/connection.h"
#include "sync/report.h"

/* What the maker does next, each time it is asked. */
enum { STAGE_FACTS, STAGE_DESCRIBE, STAGE_JUDGE };

typedef struct preflight_task {
    crmi_task task;
    size_t queries;
    bool duplicates; /* asked for */
} preflight_task;

static bool creates(const crmsync_config *config)
{
    for (size_t i = 0; i < CRMI_OBJECT_LAST; i++) {
        if (config->objects[i].out_create)
            return true;
    }
    return false;
}

/* The API is closed: the one item that can be told, and the error. */
static void judge_closed(crmsync_job *job, crmsync_error **err)
{
    if (!err || !*err || crmsync_error_class(*err) != CRMSYNC_CLASS_PERMISSION)
        return;
    crmsync_str remedy = crmsync_error_remedy(*err);
    char text[400];
    snprintf(text, sizeof text, "%.*s", CRMI_SPELL(remedy));
    crmi_preflight_add(&job->preflight, "api", CRMI_CHECK_FAIL, job->ws->conn.username, text,
                   "the API refuses: %.*s", CRMI_SPELL(crmsync_error_message(*err)));
}

static int32_t take_objects(crmsync_job *job, const crmi_response *response, crmsync_error **err)
{
    crmi_org_facts *f = &job->facts;
    const crmi_global_object *objects;
    size_t n;
    bool unchanged;
    int32_t rc = crmi_describe_global_read(&f->arena, response, &objects, &n, &unchanged, err);
    if (rc)
        return rc;
    f->objects = crmi_arena_array(&f->arena, n + 1, sizeof *f->objects);
    if (!f->objects)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < n; i++) {
        f->objects[i].name = objects[i].name;
        f->objects[i].can = (objects[i].queryable ? CRMI_CAN_READ : 0) |
                            (objects[i].createable ? CRMI_CAN_CREATE : 0) |
                            (objects[i].updateable ? CRMI_CAN_UPDATE : 0);
    }
    f->object_count = n;
    f->objects_read = true;
    return CRMSYNC_OK;
}

static int32_t facts_answer(crmi_task *task, crmsync_error **err)
{
    preflight_task *t = (preflight_task *)task;
    crmsync_job *job = task->job;
    int32_t rc = crmi_task_answer(task, 0, err);
    if (rc) {
        judge_closed(job, err);
        return rc;
    }
    rc = crmi_org_facts_read(&task->call[0].response, t->queries, &job->facts, err);
    if (!rc)
        rc = crmi_task_answer(task, 1, err);
    if (!rc)
        rc = take_objects(job, &task->call[1].response, err);
    if (!rc && t->duplicates && crmi_task_answer(task, 2, NULL) == CRMSYNC_OK)
        rc = crmi_duplicate_rules_read(&task->call[2].response, &job->facts, err);
    crmi_task_reset_calls(task);
    task->next = NULL;
    return rc;
}

static int32_t facts_ask(crmi_task *task, crmsync_error **err)
{
    preflight_task *t = (preflight_task *)task;
    crmsync_workspace *ws = task->job->ws;
    crmsync_str version = crmi_workspace_api_version(ws);
    crmi_composite c;
    crmi_composite_begin(&c, crmi_task_request(task), version, false);
    int32_t rc = crmi_org_facts_ask(&c, version, CRMI_FACTS_ALL, ws->conn.user_id, &t->queries, err);
    if (!rc)
        rc = crmi_task_ask(task, &c, err);
    if (!rc)
        rc = crmi_describe_global_request(crmi_task_request(task), version, 0, err);
    if (!rc)
        crmi_task_send(task, false);
    if (!rc && t->duplicates)
        rc = crmi_duplicate_rules_ask(crmi_task_request(task), version, err);
    if (!rc && t->duplicates)
        crmi_task_send(task, false);
    task->next = facts_answer;
    return rc;
}

static int32_t facts_task(crmsync_job *job, crmi_task **out, crmsync_error **err)
{
    preflight_task *t =
        crmi_task_new(job, CRMSYNC_PHASE_PREFLIGHT, sizeof *t, facts_ask, NULL);
    if (!t)
        return crmi_fail_nomem(err);
    t->duplicates = creates(job->ws->config);
    *out = &t->task;
    return CRMSYNC_OK;
}

static int32_t judge(crmsync_job *job, crmsync_error **err)
{
    uint64_t counts[CRMI_CHECK_STATES] = {0};
    crmi_preflight *p = &job->preflight;
    job->facts.calls_used = job->ws->governor.used;
    job->facts.calls_limit = job->ws->governor.limit;
    p->config = job->ws->config;
    p->schema = job->ws->schema;
    p->facts = &job->facts;
    int32_t rc = crmi_preflight_judge(p, err);
    for (size_t i = 0; !rc && i < p->count; i++)
        counts[p->items[i].state]++;
    for (uint32_t i = 0; !rc && i < CRMI_CHECK_STATES; i++)
        rc = crmi_report_add(job, counts[i], "preflight", crmi_str(crmi_preflight_state_name(i)), NULL,
                             CRMI_STR_EMPTY, err);
    return rc;
}

int32_t crmi_preflight_task(crmsync_job *job, crmi_task **out, crmsync_error **err)
{
    switch (job->preflight_stage++) {
    case STAGE_FACTS:
        job->phase_again = true;
        return facts_task(job, out, err);
    case STAGE_DESCRIBE: {
        job->phase_again = true;
        job->ws->schema_doubted = false; /* what is doubted already would not be dropped again */
        int32_t rc = crmi_describe_doubt(job->ws, err);
        return rc ? rc : crmi_describe_task(job, out, err);
    }
    default: return judge(job, err);
    }
}

int32_t crmsync_job_preflight(const crmsync_job *job, crmsync_rows **out, crmsync_error **err)
{
    static const crmsync_str fields[] = {
        {"id", 2}, {"state", 5}, {"subject", 7}, {"message", 7}, {"remedy", 6}};
    crmsync_rows *rows = NULL;
    if (!job || !out)
        return crmi_fail(err, CRMSYNC_E_INVALID, "job or out is NULL");
    *out = NULL;
    int32_t rc = crmsync_rows_new(crmi_workspace_alloc(job->ws), CRMI_STR("check"), fields,
                                  sizeof fields / sizeof fields[0], &rows, err);
    for (size_t i = 0; !rc && i < job->preflight.count; i++) {
        const crmi_preflight_item *item = &job->preflight.items[i];
        const crmsync_cell cells[] = {
            crmi_cell_text(crmi_str(item->id)),
            crmi_cell_text(crmi_str(crmi_preflight_state_name(item->state))),
            crmi_cell_text(item->subject),
            crmi_cell_text(item->message),
            crmi_cell_text(item->remedy),
        };
        rc = crmsync_rows_append(rows, cells, sizeof cells / sizeof cells[0], err);
    }
    if (rc)
        crmsync_rows_free(rows);
    else
        *out = rows;
    return rc;
}
