/*
 * The describe phase: what objects and fields the org has, its statuses and its users. Kept in the
 * state for a day, so that most jobs spend no call on it.
 */
#include "salesforce/describe.h"
#include "state/schema_cache.h"
#include "sync/describe_facts.h"
#include "sync/describe_mapped.h"
#include "sync/describe_types.h"
#include "sync/job.h"

#define FRESH_MS (INT64_C(24) * 3600 * 1000)
#define FACTS CRMI_STR("~facts") /* no object has such a name */
#define OBJECT_MAX (CRMI_OBJECT_LAST + 4)

typedef struct describe_task {
    crmi_task task;
    crmsync_schema *schema;
    const char *stale[OBJECT_MAX];
    int64_t modified[OBJECT_MAX]; /* of the stale copy, to ask only for news */
    size_t stale_count, asked, taken;
    size_t queries; /* of facts that were asked for */
    crmi_buf facts;
    crmi_described_type types[CRMI_TYPES_MAX];
    size_t type_count, type_at; /* wanted; through */
    size_t type_first;          /* of the calls that are under way */
} describe_task;

static void describe_clear(crmi_task *task)
{
    describe_task *t = (describe_task *)task;
    crmsync_schema_free(t->schema);
    crmi_buf_clear(&t->facts);
}

static size_t add_once(const char *names[OBJECT_MAX], size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(names[i], name) == 0)
            return n;
    }
    names[n] = name;
    return n + 1;
}

static size_t wanted_objects(const crmsync_config *config, const char *names[OBJECT_MAX])
{
    size_t n = 0;
    for (uint32_t i = 0; i < CRMI_OBJECT_LAST; i++) {
        if (config->objects[i].enabled || i == CRMI_OBJECT_ACCOUNT)
            names[n++] = crmi_crm_object_at(i)->name;
    }
    if (config->activities.enabled) {
        n = add_once(names, n, "Task");
        n = add_once(names, n, "Event");
        n = add_once(names, n, "ContentNote");
    }
    if (config->campaigns.enabled)
        n = add_once(names, n, "CampaignMember");
    if (config->signal_count)
        n = add_once(names, n, "Task");
    return n;
}

/* A job of this phase alone asks for all of it, however fresh: 304 costs little. */
static bool fresh_enough(const crmsync_job *job, int64_t fetched_ms)
{
    return job->phases != CRMSYNC_PHASE_DESCRIBE &&
           crmi_workspace_server_now(job->ws) - fetched_ms < FRESH_MS;
}

static int32_t describe_finish(crmi_task *task, crmsync_error **err)
{
    describe_task *t = (describe_task *)task;
    crmsync_workspace *ws = task->job->ws;
    int32_t rc = crmi_facts_use(ws, t->schema, crmi_buf_str(&t->facts), err);
    if (rc)
        return rc;
    crmsync_schema_free(ws->schema);
    ws->schema = t->schema;
    t->schema = NULL;
    ws->schema_mono = crmi_engine_mono(ws->engine);
    ws->schema_doubted = false;
    task->next = NULL;
    return CRMSYNC_OK;
}

/* ---- what record types permit ---- */

static int32_t types_answer(crmi_task *task, crmsync_error **err);

static int32_t types_ask(crmi_task *task, crmsync_error **err)
{
    describe_task *t = (describe_task *)task;
    crmsync_workspace *ws = task->job->ws;
    int64_t since = crmi_workspace_server_now(ws) - FRESH_MS;
    if (task->job->phases == CRMSYNC_PHASE_DESCRIBE)
        since = INT64_MAX;
    t->type_first = t->type_at;
    task->next = types_answer;
    for (; !task->calls && t->type_at < t->type_count; t->type_at++) {
        const crmi_described_type *type = &t->types[t->type_at];
        bool fresh = false;
        int32_t rc = crmi_types_recall(ws, t->schema, type, since, &fresh, err);
        if (!rc && fresh)
            continue;
        if (!rc)
            rc = crmi_picklists_request(crmi_task_request(task), crmi_workspace_api_version(ws),
                                        crmi_str(type->object), crmi_str(type->id), err);
        if (rc)
            return rc;
        t->type_first = t->type_at;
        crmi_task_send(task, false);
    }
    if (!task->calls)
        task->next = describe_finish;
    return CRMSYNC_OK;
}

/* Refused: the whole picklists stand, as far as they were not read before. */
static int32_t types_answer(crmi_task *task, crmsync_error **err)
{
    describe_task *t = (describe_task *)task;
    crmsync_workspace *ws = task->job->ws;
    const crmi_described_type *type = &t->types[t->type_first];
    crmsync_error *own = NULL;
    int32_t status = task->call[0].response.status;
    int32_t rc = crmi_task_answer(task, 0, &own);
    if (!rc) {
        rc = crmi_types_keep(ws, t->schema, type, task->call[0].response.body, &own);
    } else if (rc == CRMSYNC_E_SALESFORCE && status >= 400 && status < 500) {
        crmi_engine_log(ws->engine, CRMSYNC_LOG_WARN, "picklist values of record type %s of %s: %.*s",
                        type->id, type->object, CRMI_SPELL(crmsync_error_message(own)));
        rc = CRMSYNC_OK;
    }
    if (rc && err) {
        crmi_error_drop(err);
        *err = own;
        own = NULL;
    }
    crmsync_error_free(own);
    crmi_task_reset_calls(task);
    task->next = types_ask;
    return rc;
}

static int32_t types_begin(crmi_task *task, crmsync_error **err)
{
    describe_task *t = (describe_task *)task;
    (void)err;
    t->type_count = crmi_types_wanted(task->job->ws, t->schema, t->types);
    t->type_at = 0;
    task->next = types_ask;
    return CRMSYNC_OK;
}

/* ---- facts ---- */

static int32_t facts_answer(crmi_task *task, crmsync_error **err);

static int32_t facts_ask(crmi_task *task, crmsync_error **err)
{
    crmi_composite c;
    crmsync_str version = crmi_workspace_api_version(task->job->ws);
    crmi_composite_begin(&c, crmi_task_request(task), version, false);
    int32_t rc = crmi_facts_query(task->job->ws, &c, &((describe_task *)task)->queries, err);
    if (!rc)
        rc = crmi_task_ask(task, &c, err);
    if (!rc)
        task->next = facts_answer;
    return rc;
}

static int32_t facts_keep(describe_task *t, crmsync_error **err)
{
    crmsync_workspace *ws = t->task.job->ws;
    return crmi_schema_cache_put(&ws->store, FACTS, crmi_workspace_server_now(ws), 0, 0,
                                 crmi_buf_str(&t->facts), err);
}

static int32_t facts_answer(crmi_task *task, crmsync_error **err)
{
    describe_task *t = (describe_task *)task;
    crmi_composite_answer answer;
    int32_t rc = crmi_task_answer(task, 0, err);
    if (rc)
        return rc;
    rc = crmi_composite_read(crmi_workspace_alloc(task->job->ws), &task->call[0].response, t->queries,
                             &answer, err);
    crmi_buf_reset(&t->facts);
    crmi_jw w = crmi_jw_to(&t->facts);
    crmi_jw_object(&w);
    for (size_t i = 0; !rc && i < answer.count; i++) {
        /* a refused one (an org without that object) is kept as null: everything else goes on */
        const yyjson_val *records = crmi_json_member(answer.parts[i].body, "records");
        crmi_jw_key(&w, answer.parts[i].reference);
        if (answer.parts[i].status == 200 && records)
            crmi_jw_value(&w, records);
        else
            crmi_jw_null(&w);
    }
    crmi_jw_object_end(&w);
    crmi_composite_answer_clear(&answer);
    if (!rc && !crmi_buf_ok(&t->facts))
        rc = crmi_fail_nomem(err);
    if (!rc)
        rc = facts_keep(t, err);
    crmi_task_reset_calls(task);
    task->next = types_begin;
    return rc;
}

static int32_t describe_answers(crmi_task *task, crmsync_error **err);

static int32_t describe_ask(crmi_task *task, crmsync_error **err)
{
    describe_task *t = (describe_task *)task;
    crmsync_workspace *ws = task->job->ws;
    if (t->asked == t->stale_count) {
        task->next = t->facts.len ? types_begin : facts_ask;
        return CRMSYNC_OK;
    }
    for (; task->calls < CRMI_TASK_CALLS && t->asked < t->stale_count; t->asked++) {
        int32_t rc = crmi_describe_request(crmi_task_request(task), crmi_workspace_api_version(ws),
                                           crmi_str(t->stale[t->asked]), t->modified[t->asked], err);
        if (rc)
            return rc;
        crmi_task_send(task, false);
    }
    task->next = describe_answers;
    return CRMSYNC_OK;
}

/* Uses the copy that the org says is still right, and keeps it for another day. */
static int32_t unchanged_take(describe_task *t, crmsync_str object, crmsync_error **err)
{
    crmsync_workspace *ws = t->task.job->ws;
    crmi_schema_entry entry;
    bool found = false;
    crmi_schema_entry_init(&entry, crmi_workspace_alloc(ws));
    int32_t rc = crmi_schema_cache_get(&ws->store, object, &entry, &found, err);
    if (!rc && found)
        rc = crmsync_schema_add_describe(t->schema, crmi_buf_str(&entry.text), err);
    if (!rc && found)
        rc = crmi_schema_cache_put(&ws->store, object, crmi_workspace_server_now(ws),
                                   entry.modified_ms, ws->config->digest,
                                   crmi_buf_str(&entry.text), err);
    crmi_schema_entry_clear(&entry);
    return rc;
}

/* The copy that is kept tells what the object was like before. */
static int32_t tell_news(describe_task *t, crmsync_str object, crmsync_error **err)
{
    crmsync_workspace *ws = t->task.job->ws;
    crmi_schema_entry entry;
    bool found = false;
    crmi_schema_entry_init(&entry, crmi_workspace_alloc(ws));
    int32_t rc = crmi_schema_cache_get(&ws->store, object, &entry, &found, err);
    if (!rc && found)
        rc = crmi_describe_news(t->task.job, object, crmi_buf_str(&entry.text), t->schema, err);
    crmi_schema_entry_clear(&entry);
    return rc;
}

static int32_t describe_take(describe_task *t, size_t i, crmsync_str object, crmsync_error **err)
{
    crmsync_workspace *ws = t->task.job->ws;
    const crmi_response *response = &t->task.call[i].response;
    bool unchanged = false;
    int64_t modified = 0;
    if (response->status == 404) {
        crmi_engine_log(ws->engine, CRMSYNC_LOG_WARN,
                        "the org shows no object %.*s to the connected user", CRMI_SPELL(object));
        return CRMSYNC_OK;
    }
    int32_t rc = crmi_describe_read(crmi_workspace_alloc(ws), response, t->schema, &unchanged,
                                    &modified, err);
    if (rc)
        return rc;
    if (unchanged)
        return unchanged_take(t, object, err);
    rc = tell_news(t, object, err);
    return rc ? rc : crmi_schema_cache_put(&ws->store, object, crmi_workspace_server_now(ws), modified,
                                      ws->config->digest, response->body, err);
}

static int32_t describe_answers(crmi_task *task, crmsync_error **err)
{
    describe_task *t = (describe_task *)task;
    for (size_t i = 0; i < task->calls; i++) {
        int32_t rc = crmi_task_answer(task, i, err);
        if (rc && task->call[i].response.status != 404)
            return rc;
        if (rc && err)
            crmi_error_drop(err);
        rc = describe_take(t, i, crmi_str(t->stale[t->taken + i]), err);
        if (rc)
            return rc;
    }
    t->taken += task->calls;
    crmi_task_reset_calls(task);
    task->next = describe_ask;
    return CRMSYNC_OK;
}

int32_t crmi_describe_doubt(crmsync_workspace *ws, crmsync_error **err)
{
    const char *names[OBJECT_MAX];
    size_t n = wanted_objects(ws->config, names);
    int32_t rc = CRMSYNC_OK;
    for (size_t i = 0; !rc && !ws->schema_doubted && i < n; i++)
        rc = crmi_schema_cache_doubt(&ws->store, crmi_str(names[i]), err);
    ws->schema_doubted = ws->schema_doubted || !rc;
    return rc;
}

static int32_t recall_types(crmsync_workspace *ws, crmsync_schema *schema, crmsync_error **err)
{
    crmi_described_type types[CRMI_TYPES_MAX];
    size_t n = crmi_types_wanted(ws, schema, types);
    int32_t rc = CRMSYNC_OK;
    bool fresh;
    for (size_t i = 0; !rc && i < n; i++)
        rc = crmi_types_recall(ws, schema, &types[i], 0, &fresh, err);
    return rc;
}

/* What a run described last, however long ago. */
static int32_t recall(crmsync_workspace *ws, crmsync_schema *schema, bool *any, crmsync_error **err)
{
    const char *names[OBJECT_MAX];
    size_t n = wanted_objects(ws->config, names);
    crmi_schema_entry entry;
    bool found = false;
    int32_t rc = CRMSYNC_OK;
    crmi_schema_entry_init(&entry, crmi_workspace_alloc(ws));
    for (size_t i = 0; !rc && i < n; i++) {
        rc = crmi_schema_cache_get(&ws->store, crmi_str(names[i]), &entry, &found, err);
        if (!rc && found)
            rc = crmsync_schema_add_describe(schema, crmi_buf_str(&entry.text), err);
        *any = *any || (!rc && found);
    }
    if (!rc)
        rc = crmi_schema_cache_get(&ws->store, FACTS, &entry, &found, err);
    if (!rc && found)
        rc = crmi_facts_use(ws, schema, crmi_buf_str(&entry.text), err);
    crmi_schema_entry_clear(&entry);
    return rc ? rc : recall_types(ws, schema, err);
}

int32_t crmi_schema_recall(crmsync_workspace *ws, crmsync_schema **out, crmsync_error **err)
{
    crmsync_schema *schema = NULL;
    bool any = false;
    *out = NULL;
    int32_t rc = crmsync_schema_new(crmi_workspace_alloc(ws), &schema, err);
    if (!rc)
        rc = recall(ws, schema, &any, err);
    if (rc || !any)
        crmsync_schema_free(schema);
    else
        *out = schema;
    return rc;
}

/* Splits what is wanted into what the cache holds fresh and what must be asked for. */
static int32_t describe_begin(crmi_task *task, crmsync_error **err)
{
    describe_task *t = (describe_task *)task;
    crmsync_workspace *ws = task->job->ws;
    const char *names[OBJECT_MAX];
    size_t n = wanted_objects(ws->config, names);
    crmi_schema_entry entry;
    bool found = false;
    int32_t rc = CRMSYNC_OK;
    crmi_schema_entry_init(&entry, crmi_workspace_alloc(ws));
    for (size_t i = 0; !rc && i < n; i++) {
        rc = crmi_schema_cache_get(&ws->store, crmi_str(names[i]), &entry, &found, err);
        if (!rc && found && fresh_enough(task->job, entry.fetched_ms)) {
            rc = crmsync_schema_add_describe(t->schema, crmi_buf_str(&entry.text), err);
            /* once for each configuration: a field that is not there at all costs no more */
            if (rc || entry.config == ws->config->digest ||
                !crmi_described_lacks(ws->config, t->schema, crmi_str(names[i])))
                continue;
            entry.modified_ms = 0; /* rights may have changed, which 304 knows nothing of */
        }
        t->modified[t->stale_count] = found ? entry.modified_ms : 0;
        t->stale[t->stale_count++] = names[i];
    }
    if (!rc)
        rc = crmi_schema_cache_get(&ws->store, FACTS, &entry, &found, err);
    bool fresh = !rc && found && fresh_enough(task->job, entry.fetched_ms);
    if (fresh)
        rc = crmi_facts_cover(ws, crmi_buf_str(&entry.text), &fresh, err);
    if (fresh)
        crmi_buf_add(&t->facts, crmi_buf_str(&entry.text));
    crmi_schema_entry_clear(&entry);
    task->next = describe_ask;
    return rc;
}

int32_t crmi_describe_task(crmsync_job *job, crmi_task **out, crmsync_error **err)
{
    crmsync_workspace *ws = job->ws;
    if (ws->schema && !ws->schema_doubted && job->phases != CRMSYNC_PHASE_DESCRIBE &&
        crmi_engine_mono(ws->engine) - ws->schema_mono < (uint64_t)FRESH_MS)
        return CRMSYNC_OK;
    describe_task *t = crmi_task_new(job, CRMSYNC_PHASE_DESCRIBE, sizeof *t, describe_begin,
                                     describe_clear);
    if (!t)
        return crmi_fail_nomem(err);
    crmi_buf_init(&t->facts, crmi_workspace_alloc(ws));
    int32_t rc = crmsync_schema_new(crmi_workspace_alloc(ws), &t->schema, err);
    if (rc) {
        crmi_task_free(&t->task);
        return rc;
    }
    *out = &t->task;
    return CRMSYNC_OK;
}
