/*
 * The audience phase: each audience's source is read to its end and joined with the set that is
 * stored. What cannot be read, or not to its end, leaves the set as it is and is told.
 */
#include "state/audience.h"

#include "sync/audience.h"
#include "sync/id_stream.h"
#include "sync/report.h"

typedef struct audience_task {
    crmi_task task;
    size_t at;
    const crmi_audience_rule *rule;
    crmi_audience head;
    crmi_id_stream stream;
    crmi_audience_merge merge;
} audience_task;

static int32_t audience_next(crmi_task *task, crmsync_error **err);
static int32_t audience_ask(crmi_task *task, crmsync_error **err);
static int32_t audience_answer(crmi_task *task, crmsync_error **err);

static void audience_clear(crmi_task *task)
{
    audience_task *t = (audience_task *)task;
    crmi_audience_merge_clear(&t->merge);
    crmi_id_stream_clear(&t->stream);
    crmi_audience_clear(&t->head);
}

static crmsync_str object_of(const audience_task *t)
{
    return crmi_str(crmi_crm_object_at(crmi_audience_object(t->rule))->name);
}

/* ---- how it went ---- */

static void put_log(crmi_commit *c, audience_task *t, const char *op, crmsync_str message)
{
    crmsync_job *job = t->task.job;
    crmi_log_row row = {
        .time_ms = crmi_engine_wall(job->ws->engine),
        .run = crmi_str(job->run_id),
        .n = job->log_n++,
        .direction = CRMI_STR("in"),
        .op = crmi_str(op),
        .object = object_of(t),
        .local_kind = CRMI_STR("audience"),
        .local_id = t->rule->name,
        .code = t->head.code,
        .message = message,
        .actor = job->actor,
    };
    crmi_log_put(c, &row);
}

static int32_t set_texts(audience_task *t, crmsync_str code, crmsync_str message,
                         crmsync_str remedy, crmsync_error **err)
{
    crmi_audience *a = &t->head;
    crmi_buf source;
    crmi_buf_init(&source, crmi_workspace_alloc(t->task.job->ws));
    bool ok = crmi_id_stream_source(&source, t->rule) &&
              !crmi_audience_set(a, &a->source, crmi_buf_str(&source)) &&
              !crmi_audience_set(a, &a->object, object_of(t)) &&
              !crmi_audience_set(a, &a->code, code) &&
              !crmi_audience_set(a, &a->message, message) &&
              !crmi_audience_set(a, &a->remedy, remedy);
    crmi_buf_clear(&source);
    a->tried_ms = crmi_engine_wall(t->task.job->ws->engine);
    a->epoch = a->epoch ? a->epoch : a->tried_ms;
    return ok ? CRMSYNC_OK : crmi_fail_nomem(err);
}

static int32_t put_head(audience_task *t, const char *op, crmsync_str message, crmsync_error **err)
{
    crmi_commit c;
    crmi_commit_init(&c, &t->task.job->ws->store);
    crmi_audience_put(&c, &t->head);
    if (op)
        put_log(&c, t, op, message);
    int32_t rc = crmi_commit_must(&c, err);
    crmi_commit_clear(&c);
    return rc;
}

/* The set stays; the log tells it when it begins, not with every run. */
static int32_t keep_set(audience_task *t, uint32_t state, crmsync_str code, crmsync_str message,
                        crmsync_str remedy, crmsync_error **err)
{
    bool failed = state == CRMI_AUDIENCE_ERROR;
    bool news = t->head.state != state || !crmi_str_eq(t->head.message, message);
    int32_t rc = set_texts(t, code, message, remedy, err);
    t->head.state = state;
    if (!rc)
        rc = put_head(t, !news ? NULL : failed ? "fail" : "hold", message, err);
    crmi_engine_log(t->task.job->ws->engine, CRMSYNC_LOG_WARN,
                    "audience \"%.*s\" keeps the set it had: %.*s", CRMI_SPELL(t->rule->name),
                    CRMI_SPELL(message));
    t->task.next = audience_next;
    return rc ? rc
              : crmi_report_outcome(t->task.job, "audience", object_of(t),
                                    failed ? CRMSYNC_OUTCOME_FAILED : CRMSYNC_OUTCOME_HELD, 0, 0,
                                    err);
}

static int32_t keep_for_error(audience_task *t, const crmsync_error *cause, crmsync_error **err)
{
    return keep_set(t, CRMI_AUDIENCE_ERROR, crmsync_error_salesforce_code(cause),
                    crmsync_error_message(cause), crmsync_error_remedy(cause), err);
}

static int32_t count(audience_task *t, crmsync_error **err)
{
    const struct {
        const char *name;
        uint64_t value;
    } counts[] = {{"members", t->head.members}, {"added", t->merge.added},
                  {"removed", t->merge.removed}, {"without_id", t->stream.without}};
    bool changed = t->merge.added || t->merge.removed;
    int32_t rc = crmi_report_outcome(
        t->task.job, "audience", object_of(t),
        changed ? CRMSYNC_OUTCOME_UPDATED : CRMSYNC_OUTCOME_UNCHANGED, 0, 0, err);
    for (size_t i = 0; !rc && i < sizeof counts / sizeof counts[0]; i++)
        rc = crmi_report_add(t->task.job, counts[i].value, "audience", object_of(t), counts[i].name,
                             CRMI_STR_EMPTY, err);
    return rc;
}

/* The set is whole: now, and at once, it is what everybody sees. */
static int32_t finish(audience_task *t, crmsync_error **err)
{
    crmi_audience *a = &t->head;
    crmi_buf text;
    int32_t rc = crmi_audience_merge_end(&t->merge, err);
    bool changed = t->merge.added || t->merge.removed, was_bad = a->state > CRMI_AUDIENCE_READ;
    if (!rc)
        rc = set_texts(t, CRMI_STR_EMPTY, CRMI_STR_EMPTY, CRMI_STR_EMPTY, err);
    if (rc)
        return rc;
    a->state = CRMI_AUDIENCE_READ;
    a->stamp = crmi_audience_stamp(t->rule);
    a->read_ms = a->tried_ms;
    a->members = t->merge.members;
    if (changed || !a->generation) {
        a->generation = t->merge.next;
        a->oldest = t->merge.forget;
        a->added = t->merge.added;
        a->removed = t->merge.removed;
    }
    crmi_buf_init(&text, crmi_workspace_alloc(t->task.job->ws));
    crmi_buf_fmt(&text, "%llu members, %llu added, %llu removed", (unsigned long long)a->members,
                 (unsigned long long)t->merge.added, (unsigned long long)t->merge.removed);
    rc = crmi_buf_ok(&text) ? put_head(t, changed || was_bad ? "update" : NULL,
                                       crmi_buf_str(&text), err)
                            : crmi_fail_nomem(err);
    crmi_buf_clear(&text);
    t->task.next = audience_next;
    return rc ? rc : count(t, err);
}

/* ---- reading ---- */

static int32_t begin(audience_task *t, bool collect, crmsync_error **err)
{
    crmsync_error *own = NULL;
    crmi_audience_merge_clear(&t->merge);
    crmi_audience_merge_init(&t->merge, &t->task.job->ws->store, &t->head);
    t->task.next = audience_ask;
    int32_t rc = crmi_id_stream_begin(&t->stream, t->rule, collect, &own);
    if (rc && crmi_id_stream_fault(rc)) {
        rc = keep_for_error(t, own, err);
    } else if (rc && err) {
        crmi_error_drop(err);
        *err = own;
        own = NULL;
    }
    crmsync_error_free(own);
    return rc;
}

static const crmi_audience_rule *next_rule(audience_task *t)
{
    const crmsync_config *config = t->task.job->ws->config;
    while (t->at < config->audience_count) {
        const crmi_audience_rule *rule = &config->audiences[t->at++];
        if (!t->task.job->source.len || crmi_str_eq(rule->name, t->task.job->source))
            return rule;
    }
    return NULL;
}

static bool is_due(const audience_task *t)
{
    const crmi_audience *a = &t->head;
    int64_t age = crmi_engine_wall(t->task.job->ws->engine) - a->read_ms;
    return t->task.job->source.len || a->state != CRMI_AUDIENCE_READ || age < 0 ||
           a->stamp != crmi_audience_stamp(t->rule) ||
           age >= (int64_t)t->rule->interval_min * 60000;
}

static int32_t audience_next(crmi_task *task, crmsync_error **err)
{
    audience_task *t = (audience_task *)task;
    crmsync_job *job = task->job;
    t->rule = next_rule(t);
    if (!t->rule) {
        task->next = NULL;
        return CRMSYNC_OK;
    }
    job->progress.object = object_of(t);
    job->progress.done = job->progress.total = 0;
    int32_t rc = crmi_audience_get(&job->ws->store, t->rule->name, &t->head, err);
    if (!rc)
        rc = crmi_report_input(job, "audience", object_of(t), err);
    if (rc)
        return rc;
    if (!is_due(t))
        return crmi_report_outcome(job, "audience", object_of(t), CRMSYNC_OUTCOME_SKIPPED, 0, 0,
                                   err);
    return begin(t, false, err);
}

static int32_t audience_ask(crmi_task *task, crmsync_error **err)
{
    audience_task *t = (audience_task *)task;
    crmsync_error *own = NULL;
    task->next = audience_answer;
    int32_t rc = crmi_id_stream_ask(&t->stream, &own);
    if (rc && crmi_id_stream_fault(rc)) {
        rc = keep_for_error(t, own, err);
    } else if (rc && err) {
        crmi_error_drop(err);
        *err = own;
        own = NULL;
    }
    crmsync_error_free(own);
    return rc;
}

static int32_t take_page(audience_task *t, crmsync_error **err)
{
    crmsync_error *own = NULL;
    crmi_id_stream *s = &t->stream;
    t->task.job->progress.total = s->total;
    t->task.job->progress.done += s->count;
    if (s->end && s->truncated)
        return keep_set(t, CRMI_AUDIENCE_TRUNCATED, CRMI_STR_EMPTY, crmi_str(s->why),
                        crmi_str(s->remedy), err);
    int32_t rc = crmi_audience_merge_take(&t->merge, s->ids, s->count, &own);
    if (!rc && s->end)
        rc = finish(t, &own);
    if (rc == CRMSYNC_E_PROTOCOL && !s->collect) {
        rc = begin(t, true, err); /* another order than ours: as one page, sorted here */
    } else if (rc && err) {
        crmi_error_drop(err);
        *err = own;
        own = NULL;
    }
    crmsync_error_free(own);
    return rc;
}

static int32_t audience_answer(crmi_task *task, crmsync_error **err)
{
    audience_task *t = (audience_task *)task;
    crmsync_error *own = NULL;
    bool page = false;
    task->next = audience_ask;
    int32_t rc = crmi_id_stream_take(&t->stream, &page, &own);
    if (rc && (crmi_id_stream_fault(rc) || rc == CRMSYNC_E_TRANSPORT)) {
        rc = keep_for_error(t, own, err);
    } else if (rc && err) {
        crmi_error_drop(err);
        *err = own;
        own = NULL;
    }
    crmsync_error_free(own);
    return rc || !page ? rc : take_page(t, err);
}

int32_t crmi_audience_task(crmsync_job *job, crmi_task **out, crmsync_error **err)
{
    const crmsync_config *config = job->ws->config;
    *out = NULL;
    if (!config->audience_count || (job->flags & CRMSYNC_JOB_DRY_RUN))
        return CRMSYNC_OK;
    audience_task *t =
        crmi_task_new(job, CRMSYNC_PHASE_AUDIENCE, sizeof *t, audience_next, audience_clear);
    if (!t)
        return crmi_fail_nomem(err);
    crmi_audience_init(&t->head, crmi_workspace_alloc(job->ws));
    crmi_id_stream_init(&t->stream, &t->task);
    *out = &t->task;
    return CRMSYNC_OK;
}
