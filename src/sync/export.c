/*
 * The export phase: page by page from the host's change feed and the queue, looked up, decided,
 * carried out on both sides, looked back at.
 */
#include "decide/plan.h"
#include "sync/export.h"
#include "sync/import.h"
#include "sync/schedule.h"
#include "sync/tally.h"

#define PAGE_RECORDS 1000u /* one look-up of both people objects fits one composite */
#define BULK_RECORDS 10000u /* a bulk job costs ten calls, whatever it holds */


void crmi_export_clear(crmi_task *task)
{
    crmi_export *t = (crmi_export *)task;
    crmi_ship_clear(&t->ship);
    crmi_work_clear(&t->work);
    crmi_lookup_clear(&t->lookup);
    crmi_deals_clear(&t->deals);
    crmi_plan_clear(&t->plan);
    crmi_applied_clear(&t->applied);
}

/* ---- which kinds ---- */

static bool exports(const crmsync_config *config, const char *kind)
{
    for (uint32_t i = 0; i < CRMI_OBJECT_LAST; i++) {
        const crmi_object_rule *rule = &config->objects[i];
        const crmi_crm_object *crm = crmi_crm_object_at(i);
        if (rule->enabled && crm->writeable && strcmp(crm->local_kind, kind) == 0 &&
            (rule->out_create || rule->out_update))
            return true;
    }
    return false;
}

/* Companies before people: a contact finds its account. NULL = all done. */
static const char *next_kind(const crmsync_config *config, const char *kind)
{
    if (!kind && exports(config, "company"))
        return "company";
    if ((!kind || strcmp(kind, "company") == 0) && exports(config, "person"))
        return "person";
    return NULL;
}

/* The kind is done: to the next one. When it is not due, only what is queued is taken. */
static int32_t go_on(crmi_export *t, crmsync_error **err)
{
    crmsync_job *job = t->ship.task.job;
    uint32_t flags = job->flags;
    crmi_due due = {true, 0, NULL};
    bool whole = t->kind && !t->work.queue_only && !job->partition;
    int32_t rc = whole ? crmi_schedule_exported(job, t->kind, err) : CRMSYNC_OK;
    t->kind = next_kind(job->ws->config, t->kind);
    crmi_work_rewind(&t->work, (flags & CRMSYNC_JOB_ALL) && (flags & CRMSYNC_JOB_DRY_RUN));
    if (!rc && t->kind && (flags & CRMSYNC_JOB_DUE))
        rc = crmi_due_export(job->ws, t->kind, crmi_engine_wall(job->ws->engine), &due, err);
    t->work.queue_only = !due.due;
    return rc;
}

/* ---- a page ---- */

static int32_t export_gather(crmi_task *task, crmsync_error **err)
{
    crmi_export *t = (crmi_export *)task;
    crmsync_job *job = task->job;
    size_t limit = job->ws->config->limits.bulk_from ? BULK_RECORDS : PAGE_RECORDS;
    if (job->limit && job->limit - t->exported < limit)
        limit = (size_t)(job->limit - t->exported);
    if (!t->kind || limit == 0) {
        task->next = NULL;
        return CRMSYNC_OK;
    }
    job->progress.object = crmi_str(t->kind);
    int32_t rc = crmi_work_gather(&t->work, t->kind, limit, err);
    if (rc)
        return rc;
    if (!t->work.count) {
        rc = crmi_work_close(&t->work, err);
        return rc || !t->work.last ? rc : go_on(t, err);
    }
    t->exported += t->work.count;
    rc = crmi_work_load(&t->work, err);
    if (!rc)
        rc = crmi_work_companies(&t->work, err);
    crmi_lookup_reset(&t->lookup);
    crmi_deals_clear(&t->deals);
    if (!rc)
        rc = crmi_work_want(&t->work, &t->lookup, err);
    return rc;
}

static int32_t export_answers(crmi_task *task, crmsync_error **err);
static int32_t export_tally(crmi_task *task, crmsync_error **err);
static int32_t export_deals(crmi_task *task, crmsync_error **err);
static int32_t export_decide(crmi_task *task, crmsync_error **err);

static int32_t export_ask(crmi_task *task, crmsync_error **err)
{
    crmi_export *t = (crmi_export *)task;
    size_t sent = 0;
    int32_t rc = crmi_lookup_send(&t->lookup, &sent, err);
    task->next = sent ? export_answers : export_tally;
    return rc;
}

static int32_t export_tallied(crmi_task *task, crmsync_error **err)
{
    crmi_export *t = (crmi_export *)task;
    task->next = export_deals;
    return crmi_tally_take(&t->lookup, err);
}

/* Accounts of one domain are told apart by what hangs on them: one call, when there are such. */
static int32_t export_tally(crmi_task *task, crmsync_error **err)
{
    crmi_export *t = (crmi_export *)task;
    bool sent = false;
    int32_t rc = crmi_tally_send(&t->lookup, &sent, err);
    task->next = sent ? export_tallied : export_deals;
    return rc;
}

static int32_t export_deals_told(crmi_task *task, crmsync_error **err)
{
    crmi_export *t = (crmi_export *)task;
    task->next = export_deals;
    return crmi_deals_take(&t->deals, err);
}

/* Who is not to be contacted: the opportunities of the page, where they hold people back. */
static int32_t export_deals(crmi_task *task, crmsync_error **err)
{
    crmi_export *t = (crmi_export *)task;
    bool sent = false;
    int32_t rc = crmi_deals_ask(&t->deals, &t->work, &t->lookup, &sent, err);
    task->next = sent ? export_deals_told : export_decide;
    return rc;
}

static int32_t export_answers(crmi_task *task, crmsync_error **err)
{
    crmi_export *t = (crmi_export *)task;
    task->next = export_ask;
    return crmi_lookup_take(&t->lookup, err);
}

static int32_t export_page(crmi_task *task, crmsync_error **err)
{
    crmi_export *t = (crmi_export *)task;
    int32_t rc = export_gather(task, err);
    if (!rc && task->next && t->work.count)
        task->next = export_ask;
    return rc;
}

/* The local digest of what a decision was made from. */
uint64_t crmi_export_digest(const crmi_export *t, const crmi_decision *d)
{
    const crmi_export_work *w = &t->work;
    if (d->flags & CRMI_DECISION_PARTIAL)
        return 0; /* most of the record was not looked at */
    if (!crmi_str_eq(d->kind, w->kind) || !crmi_str_is(w->kind, "person"))
        return d->input < w->company_count ? w->companies[d->input].digest : 0;
    return d->input < w->count ? w->items[d->input].digest : 0;
}

crmsync_str crmi_export_counted_as(const crmi_decision *d)
{
    return d->object.len ? d->object : d->kind;
}

static int32_t count_inputs(crmi_export *t, crmsync_error **err)
{
    crmsync_job *job = t->ship.task.job;
    int32_t rc = CRMSYNC_OK;
    for (size_t i = 0; !rc && i < t->plan.count; i++) {
        const crmi_decision *d = &t->plan.items[i];
        rc = crmi_report_input(job, t->ship.flow, crmi_export_counted_as(d), err);
        if (!rc && d->rule)
            rc = crmi_report_add(job, 1, "match", crmi_str(d->kind.ptr), crmsync_reason_name(d->rule),
                                 CRMI_STR_EMPTY, err);
        /* one look-up of each people object, or of accounts, and a write */
        job->one_by_one += (crmi_str_is(d->kind, "person") ? 2 : 1) + (d->crm_op != CRMI_OP_NONE);
        t->creates += d->crm_op == CRMI_OP_CREATE;
        t->updates += d->crm_op == CRMI_OP_UPDATE;
    }
    return rc;
}

static int32_t check_breakers(crmi_export *t, crmsync_error **err)
{
    crmsync_job *job = t->ship.task.job;
    const crmsync_config *c = job->ws->config;
    const struct {
        const char *name;
        uint64_t limit, count;
    } breakers[] = {{"creates", c->limits.breaker_creates, t->creates},
                    {"updates", c->limits.breaker_updates, t->updates}};
    for (size_t i = 0; i < 2; i++) {
        if (!breakers[i].limit || breakers[i].count <= breakers[i].limit ||
            crmi_job_acknowledged(job, breakers[i].name))
            continue;
        crmi_fail(err, CRMSYNC_E_BREAKER, "%llu %s in one run, more than the %llu of limits.breaker.%s",
                  (unsigned long long)breakers[i].count, breakers[i].name,
                  (unsigned long long)breakers[i].limit, breakers[i].name);
        crmi_error_set_remedy(err, CRMI_STR("Look at a dry run; if it is right, run again with "
                                            "options.acknowledge."));
        return CRMSYNC_E_BREAKER;
    }
    return CRMSYNC_OK;
}

static int32_t export_dry(crmi_task *task, crmsync_error **err)
{
    crmi_export *t = (crmi_export *)task;
    int32_t rc = CRMSYNC_OK;
    for (size_t i = 0; !rc && i < t->plan.count; i++) {
        const crmi_decision *d = &t->plan.items[i];
        rc = crmi_report_outcome(task->job, t->ship.flow, crmi_export_counted_as(d), d->outcome,
                                 d->reason, 0, err);
    }
    crmsync_plan_free(task->job->review);
    task->job->review = NULL;
    task->next = crmi_export_close;
    return rc;
}

static int32_t export_decide(crmi_task *task, crmsync_error **err)
{
    crmi_export *t = (crmi_export *)task;
    crmi_plan_reset(&t->plan);
    int32_t rc = crmi_work_decide(&t->work, &t->lookup, &t->plan, err);
    return rc ? rc : crmi_export_decided(task, err);
}

int32_t crmi_export_decided(crmi_task *task, crmsync_error **err)
{
    crmi_export *t = (crmi_export *)task;
    crmsync_job *job = task->job;
    int32_t rc = count_inputs(t, err);
    if (!rc && !(job->flags & CRMSYNC_JOB_DRY_RUN))
        rc = check_breakers(t, err);
    t->digests = rc ? NULL : crmi_arena_array(&t->work.arena, t->plan.count + 1, sizeof *t->digests);
    if (!rc && !t->digests)
        rc = crmi_fail_nomem(err);
    for (size_t i = 0; !rc && i < t->plan.count; i++)
        t->digests[i] = crmi_export_digest(t, &t->plan.items[i]);
    task->next = (job->flags & CRMSYNC_JOB_DRY_RUN) ? export_dry : crmi_export_apply;
    if (!rc && (job->flags & CRMSYNC_JOB_REVIEW)) {
        rc = crmi_plan_wrap(crmi_workspace_alloc(job->ws), &t->plan, &job->review, err);
        job->review_open = !rc;
    }
    return rc;
}

/* ---- the end of a page ---- */

int32_t crmi_export_close(crmi_task *task, crmsync_error **err)
{
    crmi_export *t = (crmi_export *)task;
    int32_t rc = crmi_export_share(t, err);
    if (!rc)
        rc = crmi_work_close(&t->work, err);
    if (rc)
        return rc;
    task->next = t->closed;
    return CRMSYNC_OK;
}

static int32_t export_closed(crmi_task *task, crmsync_error **err)
{
    crmi_export *t = (crmi_export *)task;
    int32_t rc = t->work.last ? go_on(t, err) : CRMSYNC_OK;
    return rc ? rc : export_page(task, err);
}

/* A changed configuration may let through what was held: everything is looked at once more. */
static int32_t begin_anew(crmsync_job *job, crmsync_error **err)
{
    static const char *const kinds[] = {"company", "person"};
    crmsync_workspace *ws = job->ws;
    uint64_t digest = 0;
    int32_t rc = crmi_meta_config(&ws->store, &digest, err);
    if (rc || (digest == ws->config->digest && !(job->flags & CRMSYNC_JOB_ALL)) ||
        (job->flags & CRMSYNC_JOB_DRY_RUN))
        return rc;
    crmi_commit c;
    crmi_buf position;
    crmi_commit_init(&c, &ws->store);
    crmi_buf_init(&position, crmi_workspace_alloc(ws));
    for (size_t i = 0; !rc && i < sizeof kinds / sizeof kinds[0]; i++) {
        uint64_t version = 0;
        rc = crmi_feed_get(&ws->store, crmi_str(kinds[i]), &position, &version, err);
        if (!rc && version)
            crmi_feed_put(&c, crmi_str(kinds[i]), CRMI_STR_EMPTY, version);
    }
    if (!rc)
        crmi_meta_put_config(&c, ws->config->digest);
    if (!rc)
        rc = crmi_commit_must(&c, err);
    crmi_buf_clear(&position);
    crmi_commit_clear(&c);
    return rc;
}

/* Contacts need accounts to be found: the index is brought up to date first, by one call. */
static bool needs_accounts(const crmsync_config *config)
{
    bool contacts = config->export.mode != CRMI_MODE_LEADS &&
                    config->objects[CRMI_OBJECT_CONTACT].out_create;
    return contacts || exports(config, "company");
}

void crmi_export_init(crmi_export *t, crmsync_job *job, const char *flow, crmi_state_fn closed)
{
    crmi_ship_init(&t->ship, flow, crmi_export_look_back);
    crmi_work_init(&t->work, job);
    crmi_lookup_init(&t->lookup, &t->ship.task);
    crmi_deals_init(&t->deals, &t->ship.task);
    t->work.deals = &t->deals;
    crmi_plan_init(&t->plan, crmi_workspace_alloc(job->ws));
    crmi_applied_init(&t->applied, crmi_workspace_alloc(job->ws));
    t->closed = closed;
}

/* A job that does what is due: neither a kind nor anything queued is. */
static int32_t nothing_due(crmsync_job *job, bool *nothing, crmsync_error **err)
{
    int64_t now = crmi_engine_wall(job->ws->engine), next = INT64_MAX;
    const char *kind = NULL;
    crmi_due due = {false, 0, NULL};
    int32_t rc = crmi_queue_next(&job->ws->store, CRMSYNC_SPACE_QUEUE, crmi_job_part(job), &next, err);
    while (!rc && !due.due && !job->partition && (kind = next_kind(job->ws->config, kind)) != NULL)
        rc = crmi_due_export(job->ws, kind, now, &due, err);
    *nothing = !due.due && next > now;
    return rc;
}

int32_t crmi_export_task(crmsync_job *job, crmi_task **out, crmsync_error **err)
{
    bool nothing = false;
    int32_t idle = job->flags & CRMSYNC_JOB_DUE ? nothing_due(job, &nothing, err) : CRMSYNC_OK;
    if (idle || nothing)
        return idle;
    if (needs_accounts(job->ws->config) && !job->accounts_fresh) {
        job->accounts_fresh = true;
        job->phase_again = true; /* this task goes first, then the export itself */
        return crmi_import_objects_task(job, 1u << CRMI_OBJECT_ACCOUNT, true, out, err);
    }
    int32_t rc = job->partition ? CRMSYNC_OK : begin_anew(job, err);
    if (rc)
        return rc;
    crmi_export *t = crmi_task_new(job, CRMSYNC_PHASE_EXPORT, sizeof *t, export_page, crmi_export_clear);
    if (!t)
        return crmi_fail_nomem(err);
    crmi_export_init(t, job, "export", export_closed);
    *out = &t->ship.task;
    return go_on(t, err);
}
