/*
 * The export phase: page by page from the host's change feed and the queue, looked up, decided,
 * carried out on both sides, looked back at.
 */
#include "salesforce/composite.h"
#include "salesforce/soql.h"
#include "decide/plan.h"
#include "sync/import.h"
#include "sync/page.h"
#include "sync/settle.h"
#include "sync/ship.h"

#define PAGE_RECORDS 1000u /* one look-up of both people objects fits one composite */
#define LOOK_BACK_EMAILS 1000u

typedef struct export_task {
    crmi_ship ship; /* first: this task ships */
    const char *kind;
    crmi_export_work work;
    crmi_lookup lookup;
    crmi_plan plan;
    crmi_applied_page applied;
    uint64_t *digests; /* per decision */
    uint64_t exported; /* against the job's limit */
    uint64_t creates, updates; /* against the breakers */
} export_task;

static int32_t export_gather(crmi_task *task, crmsync_error **err);
static int32_t export_apply(crmi_task *task, crmsync_error **err);
static int32_t export_close(crmi_task *task, crmsync_error **err);
static int32_t look_back(crmi_task *task, crmsync_error **err);

static void export_clear(crmi_task *task)
{
    export_task *t = (export_task *)task;
    crmi_ship_clear(&t->ship);
    crmi_work_clear(&t->work);
    crmi_lookup_clear(&t->lookup);
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

/* The kind is done: to the next one. */
static void go_on(export_task *t)
{
    uint32_t flags = t->ship.task.job->flags;
    t->kind = next_kind(t->ship.task.job->ws->config, t->kind);
    crmi_work_rewind(&t->work, (flags & CRMSYNC_JOB_ALL) && (flags & CRMSYNC_JOB_DRY_RUN));
}

/* ---- a page ---- */

static int32_t export_gather(crmi_task *task, crmsync_error **err)
{
    export_task *t = (export_task *)task;
    crmsync_job *job = task->job;
    size_t limit = PAGE_RECORDS;
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
        if (t->work.last)
            go_on(t);
        return rc;
    }
    t->exported += t->work.count;
    rc = crmi_work_load(&t->work, err);
    if (!rc)
        rc = crmi_work_companies(&t->work, err);
    crmi_lookup_reset(&t->lookup);
    if (!rc)
        rc = crmi_work_want(&t->work, &t->lookup, err);
    return rc;
}

static int32_t export_answers(crmi_task *task, crmsync_error **err);
static int32_t export_decide(crmi_task *task, crmsync_error **err);

static int32_t export_ask(crmi_task *task, crmsync_error **err)
{
    export_task *t = (export_task *)task;
    size_t sent = 0;
    int32_t rc = crmi_lookup_send(&t->lookup, &sent, err);
    task->next = sent ? export_answers : export_decide;
    return rc;
}

static int32_t export_answers(crmi_task *task, crmsync_error **err)
{
    export_task *t = (export_task *)task;
    task->next = export_ask;
    return crmi_lookup_take(&t->lookup, err);
}

static int32_t export_page(crmi_task *task, crmsync_error **err)
{
    export_task *t = (export_task *)task;
    int32_t rc = export_gather(task, err);
    if (!rc && task->next && t->work.count)
        task->next = export_ask;
    return rc;
}

/* The local digest of what a decision was made from. */
static uint64_t digest_of(const export_task *t, const crmi_decision *d)
{
    const crmi_export_work *w = &t->work;
    if (!crmi_str_eq(d->kind, w->kind) || !crmi_str_is(w->kind, "person"))
        return d->input < w->company_count ? w->companies[d->input].digest : 0;
    return d->input < w->count ? w->items[d->input].digest : 0;
}

static crmsync_str counted_as(const crmi_decision *d)
{
    return d->object.len ? d->object : d->kind;
}

static int32_t count_inputs(export_task *t, crmsync_error **err)
{
    crmsync_job *job = t->ship.task.job;
    int32_t rc = CRMSYNC_OK;
    for (size_t i = 0; !rc && i < t->plan.count; i++) {
        const crmi_decision *d = &t->plan.items[i];
        rc = crmi_report_input(job, "export", counted_as(d), err);
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

static int32_t check_breakers(export_task *t, crmsync_error **err)
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
    export_task *t = (export_task *)task;
    int32_t rc = CRMSYNC_OK;
    for (size_t i = 0; !rc && i < t->plan.count; i++) {
        const crmi_decision *d = &t->plan.items[i];
        rc = crmi_report_outcome(task->job, "export", counted_as(d), d->outcome, d->reason, 0, err);
    }
    crmsync_plan_free(task->job->review);
    task->job->review = NULL;
    task->next = export_close;
    return rc;
}

static int32_t export_decide(crmi_task *task, crmsync_error **err)
{
    export_task *t = (export_task *)task;
    crmsync_job *job = task->job;
    crmi_plan_clear(&t->plan);
    crmi_plan_init(&t->plan, crmi_workspace_alloc(job->ws));
    int32_t rc = crmi_work_decide(&t->work, &t->lookup, &t->plan, err);
    if (!rc)
        rc = count_inputs(t, err);
    if (!rc && !(job->flags & CRMSYNC_JOB_DRY_RUN))
        rc = check_breakers(t, err);
    t->digests = rc ? NULL : crmi_arena_array(&t->work.arena, t->plan.count + 1, sizeof *t->digests);
    if (!rc && !t->digests)
        rc = crmi_fail_nomem(err);
    for (size_t i = 0; !rc && i < t->plan.count; i++)
        t->digests[i] = digest_of(t, &t->plan.items[i]);
    task->next = (job->flags & CRMSYNC_JOB_DRY_RUN) ? export_dry : export_apply;
    if (!rc && (job->flags & CRMSYNC_JOB_REVIEW)) {
        rc = crmi_plan_wrap(crmi_workspace_alloc(job->ws), &t->plan, &job->review, err);
        job->review_open = !rc;
    }
    return rc;
}

/* ---- carrying it out ---- */

/* What the host took out of the page is skipped, with all that hangs on it. */
static void exclude(export_task *t)
{
    crmsync_job *job = t->ship.task.job;
    for (size_t i = 0; job->review && i < t->plan.count; i++) {
        crmi_decision *d = &t->plan.items[i];
        bool parent_gone = d->parent != CRMI_NO_DECISION && d->parent < i &&
                           t->plan.items[d->parent].reason == CRMSYNC_REASON_EXCLUDED;
        if (!crmi_plan_excluded(job->review, i) && !parent_gone)
            continue;
        d->crm_op = d->local_op = CRMI_OP_NONE;
        d->link = false;
        d->field_count = d->other_count = 0;
        d->outcome = CRMSYNC_OUTCOME_SKIPPED;
        d->reason = CRMSYNC_REASON_EXCLUDED;
        t->digests[i] = 0;
    }
    crmsync_plan_free(job->review);
    job->review = NULL;
}

/* Does the link change before anything is sent? */
static bool links_first(const crmi_decision *d)
{
    if (d->crm_op == CRMI_OP_NONE || d->local_op != CRMI_OP_NONE || (d->link && d->crm_id.len) ||
        d->other_count)
        return true;
    for (size_t i = 0; i < d->field_count; i++) {
        if (d->fields[i].base != CRMI_BASE_KEEP && d->fields[i].base != CRMI_BASE_SENT)
            return true;
    }
    return false;
}

/* A held or refused record comes back when what it waits for may have changed. */
static const struct {
    uint32_t reason;
    int64_t wait_ms;
} comes_back[] = {
    {CRMSYNC_REASON_LOOKUP_UNKNOWN, 60000},    {CRMSYNC_REASON_CLAIMED_ELSEWHERE, 5000},
    {CRMSYNC_REASON_WAITING_PARENT, 60000},    {CRMSYNC_REASON_SAVE_CONFLICT, 0},
    {CRMSYNC_REASON_STALE, 0},                 {CRMSYNC_REASON_IN_FLIGHT, 60000},
};

static void queue_again(crmi_commit *c, crmsync_job *job, const crmi_decision *d, uint32_t reason)
{
    for (size_t i = 0; i < sizeof comes_back / sizeof comes_back[0]; i++) {
        if (comes_back[i].reason != reason || !d->local_id.len)
            continue;
        int64_t now = crmi_engine_wall(job->ws->engine);
        crmi_queued item = {.part = CRMI_PART,
                            .kind = d->kind,
                            .id = d->local_id,
                            .reason = crmi_str(crmsync_reason_name(reason)),
                            .space = CRMSYNC_SPACE_QUEUE,
                            .prio = 5,
                            .due_ms = now + comes_back[i].wait_ms + 1,
                            .since_ms = now};
        crmi_queue_put(c, &item);
    }
}

static uint32_t save_reason(const crmi_applied *a)
{
    switch (a->outcome) {
    case CRMSYNC_SAVE_CONFLICT: return CRMSYNC_REASON_SAVE_CONFLICT;
    case CRMSYNC_SAVE_REFUSED: return CRMSYNC_REASON_SAVE_REFUSED;
    case CRMSYNC_SAVE_GONE: return CRMSYNC_REASON_LOCAL_GONE;
    default: return 0;
    }
}

static crmi_link *stored_link(export_task *t, const crmi_decision *d)
{
    crmi_export_work *w = &t->work;
    if (crmi_str_is(d->kind, "person"))
        return d->input < w->count ? w->items[d->input].link : NULL;
    return d->input < w->company_count ? w->companies[d->input].link : NULL;
}

/* Link, log and queue row of one decision, as its local side turned out. */
static int32_t settle_local(export_task *t, size_t i, crmi_units *units, crmsync_error **err)
{
    crmsync_job *job = t->ship.task.job;
    crmsync_workspace *ws = job->ws;
    crmi_decision *d = &t->plan.items[i];
    const crmi_applied *applied = &t->applied.items[i];
    crmi_link *link = stored_link(t, d);
    uint32_t trouble = save_reason(applied);
    if (trouble) { /* what was decided rests on values the host did not take */
        d->crm_op = CRMI_OP_NONE;
        d->reason = trouble;
        d->outcome = crmsync_reason_outcome(trouble);
        t->digests[i] = 0;
    }
    uint64_t digest = t->digests[i];
    if (applied->outcome == CRMSYNC_SAVE_SAVED)
        t->digests[i] = crmi_local_digest_saved(digest, d, applied);
    if (!links_first(d))
        return CRMSYNC_OK;
    crmi_units_begin(units);
    if (link && d->local_id.len) {
        crmi_link before = *link;
        crmi_applied_facts facts = {digest, 0};
        int32_t rc = crmi_link_apply(&t->work.arena, link, d, applied->outcome ? applied : NULL, &facts,
                                     ws->config->digest, crmi_workspace_server_now(ws), err);
        if (rc)
            return rc;
        if (d->link && d->crm_id.len && ws->config->local.crm_id.len)
            link->write_back = true;
        if (link->target_count || link->version || d->crm_op == CRMI_OP_NONE)
            crmi_link_commit(&units->changes, link, &before);
    }
    if (d->crm_op != CRMI_OP_NONE)
        return CRMSYNC_OK; /* counted and logged when it is settled */
    if (d->reason != CRMSYNC_REASON_UNCHANGED && d->reason != CRMSYNC_REASON_EQUAL) {
        crmi_logged what = {crmi_log_op(d, d->outcome), d->reason, 0, CRMI_STR_EMPTY, d->detail};
        crmi_log_decision(&units->changes, job, d, d->local_id, d->crm_id, &what);
    }
    queue_again(&units->changes, job, d, d->reason);
    return crmi_report_outcome(job, "export", counted_as(d), d->outcome, d->reason, 0, err);
}

/*
 * A unit that could not be committed: mostly the CRM record is another local record's already, so
 * this one is a local duplicate; else somebody changed the link meanwhile, and it comes again.
 */
static int32_t settle_conflict(export_task *t, crmi_decision *d, crmi_units *units,
                               crmsync_error **err)
{
    crmsync_job *job = t->ship.task.job;
    crmi_reverse owner = {.id = CRMI_STR_EMPTY};
    crmi_link link;
    bool fresh = d->crm_op == CRMI_OP_NONE; /* counted already by what was hoped for */
    uint32_t hoped = d->outcome;
    int32_t rc = d->crm_id.len ? crmi_reverse_get(&job->ws->store, &d->crm_id, 1, &t->work.arena,
                                                  &owner, err)
                               : CRMSYNC_OK;
    bool taken = owner.id.len && !crmi_str_eq(owner.id, d->local_id);
    d->crm_op = CRMI_OP_NONE;
    d->reason = taken ? CRMSYNC_REASON_LOCAL_DUPLICATE : CRMSYNC_REASON_STALE;
    d->outcome = crmsync_reason_outcome(d->reason);
    if (!rc)
        rc = crmi_link_get(&job->ws->store, &t->work.arena, d->kind, d->local_id, &link, err);
    if (rc)
        return rc;
    crmi_units_begin(units);
    if (taken) { /* remembered, so that it is looked at again only when it changes */
        link.local_digest = digest_of(t, d);
        link.mapping_stamp = job->ws->config->digest;
        link.last_run_ms = crmi_workspace_server_now(job->ws);
        link.last_outcome = crmi_str(crmsync_reason_name(d->reason));
        crmi_link_put(&units->changes, &link);
    }
    queue_again(&units->changes, job, d, d->reason);
    crmi_logged what = {"skip", d->reason, 0, CRMI_STR_EMPTY, owner.id};
    crmi_log_decision(&units->changes, job, d, d->local_id, d->crm_id, &what);
    return fresh ? crmi_report_move(job, "export", counted_as(d), hoped, d->outcome, err)
                 : crmi_report_outcome(job, "export", counted_as(d), d->outcome, d->reason, 0, err);
}

static int32_t settle_conflicts(export_task *t, crmi_units *units, crmsync_error **err)
{
    size_t conflicts = 0;
    int32_t rc = CRMSYNC_OK;
    for (size_t u = 0, i = 0; !rc && i < t->plan.count; i++) {
        crmi_decision *d = &t->plan.items[i];
        bool had_unit = links_first(d);
        if (had_unit && crmi_units_outcome(units, u) == CRMI_UNIT_CONFLICT)
            rc = settle_conflict(t, d, units, err);
        u += had_unit;
    }
    return rc ? rc : crmi_units_run(units, &conflicts, err);
}

/* Records that were linked, now or earlier, and do not know their CRM id yet. */
static int32_t tell_host(export_task *t, crmsync_error **err)
{
    crmsync_job *job = t->ship.task.job;
    crmsync_str *ids = crmi_arena_array(&t->work.arena, t->plan.count + 1, sizeof *ids);
    static const char *const kinds[] = {"company", "person"};
    int32_t rc = ids ? CRMSYNC_OK : crmi_fail_nomem(err);
    for (size_t k = 0; !rc && k < 2; k++) {
        size_t n = 0;
        for (size_t i = 0; i < t->plan.count; i++) {
            const crmi_link *link = stored_link(t, &t->plan.items[i]);
            if (link && link->write_back && crmi_str_is(link->kind, kinds[k]))
                ids[n++] = link->local_id;
        }
        if (n)
            rc = crmi_write_back(job, crmi_str(kinds[k]), ids, n, err);
    }
    return rc;
}

static int32_t export_apply(crmi_task *task, crmsync_error **err)
{
    export_task *t = (export_task *)task;
    crmi_units units;
    size_t conflicts = 0;
    exclude(t);
    int32_t rc = crmi_apply_local(task->job, &t->plan, &t->applied, err);
    if (rc)
        return rc;
    crmi_units_init(&units, &task->job->ws->store);
    for (size_t i = 0; !rc && i < t->plan.count; i++)
        rc = settle_local(t, i, &units, err);
    if (!rc)
        rc = crmi_units_run(&units, &conflicts, err);
    if (!rc && conflicts)
        rc = settle_conflicts(t, &units, err);
    crmi_units_clear(&units);
    if (!rc)
        rc = tell_host(t, err);
    if (!rc)
        rc = crmi_ship_load(&t->ship, &t->plan, t->digests, err);
    return rc;
}

/* ---- looking back (semantics E8): was somebody else faster? ---- */

static bool created_person(const crmi_parcel *p)
{
    return p->state == CRMI_PARCEL_DONE && p->op == CRMI_WRITE_CREATE &&
           crmi_str_is(p->decision->kind, "person");
}

static crmsync_str sent_email(const crmi_parcel *p)
{
    for (size_t i = 0; i < p->field_count; i++) {
        if (crmi_str_is(p->fields[i].name, "Email"))
            return p->fields[i].cell.text;
    }
    return CRMI_STR_EMPTY;
}

static int32_t looked_back(crmi_task *task, crmsync_error **err);

static int32_t look_back(crmi_task *task, crmsync_error **err)
{
    export_task *t = (export_task *)task;
    int32_t rc = CRMSYNC_OK;
    crmi_lookup_reset(&t->lookup);
    for (size_t i = 0; !rc && i < t->ship.count; i++) {
        const crmi_parcel *p = &t->ship.parcels[i];
        if (!created_person(p))
            continue;
        rc = crmi_lookup_want(&t->lookup, CRMI_OBJECT_CONTACT, CRMI_ASK_EMAIL, sent_email(p), err);
        if (!rc)
            rc = crmi_lookup_want(&t->lookup, CRMI_OBJECT_LEAD, CRMI_ASK_EMAIL, sent_email(p), err);
    }
    size_t sent = 0;
    if (!rc)
        rc = crmi_lookup_send(&t->lookup, &sent, err);
    task->next = sent ? looked_back : export_close;
    return rc;
}

/* An older living record of somebody else's with the address of one we made. */
static crmi_record rival_of(const export_task *t, const crmi_parcel *p, const crmi_record *list,
                            size_t n)
{
    char email[CRMSYNC_KEY_MAX], other[CRMSYNC_KEY_MAX];
    size_t len = 0, other_len = 0;
    const crmsync_normalizer *norm = t->ship.task.job->ws->normalizer;
    crmsync_normalize_email(norm, sent_email(p), email, sizeof email, &len);
    crmsync_cell ours = crmi_record_get(crmi_lookup_get(&t->lookup, p->crm_id), CRMI_STR("CreatedDate"));
    for (size_t i = 0; len && i < n; i++) {
        crmsync_str id = crmi_record_text(list[i], "Id");
        crmsync_cell created = crmi_record_get(list[i], CRMI_STR("CreatedDate"));
        crmsync_normalize_email(norm, crmi_record_text(list[i], "Email"), other, sizeof other,
                                &other_len);
        if (other_len == len && memcmp(other, email, len) == 0 && !crmi_str_eq(id, p->crm_id) &&
            !crmi_record_flag(list[i], "IsDeleted") && !crmi_record_flag(list[i], "IsConverted") &&
            created.number <= ours.number)
            return list[i];
    }
    return (crmi_record){NULL, 0};
}

static int32_t link_rival(export_task *t, const crmi_parcel *p, crmi_record rival,
                          crmsync_error **err)
{
    crmsync_job *job = t->ship.task.job;
    crmsync_workspace *ws = job->ws;
    crmi_link link, before;
    crmi_commit c;
    crmi_reverse owner;
    crmsync_str id = crmi_record_text(rival, "Id");
    /* one of our own, of another local record, is no rival */
    int32_t rc = crmi_reverse_get(&ws->store, &id, 1, &t->work.arena, &owner, err);
    if (rc || owner.id.len)
        return rc;
    rc = crmi_link_get(&ws->store, &t->work.arena, p->decision->kind, p->decision->local_id, &link, err);
    if (rc)
        return rc;
    before = link;
    crmi_target *target =
        crmi_link_add_target(&t->work.arena, &link, crmsync_rows_kind(rival.rows), id);
    if (!target)
        return crmi_fail_nomem(err);
    crmi_link_make_primary(&link, id);
    link.local_digest = 0; /* decided anew, on the older record */
    crmi_commit_init(&c, &ws->store);
    crmi_link_commit(&c, &link, &before);
    crmi_logged what = {"link", CRMSYNC_REASON_DUPLICATE_RACE, CRMSYNC_CLASS_DUPLICATE, CRMI_STR_EMPTY,
                        CRMI_STR("somebody else created this person just before; the older record is "
                                 "the primary one now")};
    crmi_decision told = *p->decision;
    told.field_count = 0;
    crmi_log_decision(&c, job, &told, told.local_id, id, &what);
    queue_again(&c, job, p->decision, CRMSYNC_REASON_STALE);
    rc = crmi_commit_must(&c, err);
    crmi_commit_clear(&c);
    if (rc)
        return rc;
    return crmi_report_add(job, 1, "export", p->object, "duplicate_race", CRMI_STR_EMPTY, err);
}

static int32_t looked_back(crmi_task *task, crmsync_error **err)
{
    export_task *t = (export_task *)task;
    int32_t rc = crmi_lookup_take(&t->lookup, err);
    size_t n = t->lookup.record_count;
    bool foreign = false;
    for (size_t i = 0; !rc && i < n; i++)
        foreign = foreign || !crmi_record_flag(t->lookup.records[i], "IsDeleted");
    for (size_t i = 0; !rc && foreign && n > 1 && i < t->ship.count; i++) {
        const crmi_parcel *p = &t->ship.parcels[i];
        if (!created_person(p))
            continue;
        crmi_record rival = rival_of(t, p, t->lookup.records, n);
        if (rival.rows)
            rc = link_rival(t, p, rival, err);
    }
    size_t sent = 0;
    if (!rc)
        rc = crmi_lookup_send(&t->lookup, &sent, err);
    task->next = sent ? looked_back : export_close;
    return rc;
}

/* ---- the end of a page ---- */

static int32_t export_close(crmi_task *task, crmsync_error **err)
{
    export_task *t = (export_task *)task;
    int32_t rc = crmi_work_close(&t->work, err);
    if (rc)
        return rc;
    if (t->work.last)
        go_on(t);
    task->next = export_page;
    return CRMSYNC_OK;
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
    return config->objects[CRMI_OBJECT_ACCOUNT].enabled || config->export.mode != CRMI_MODE_LEADS;
}

int32_t crmi_export_task(crmsync_job *job, crmi_task **out, crmsync_error **err)
{
    if (needs_accounts(job->ws->config) && !job->accounts_fresh) {
        job->accounts_fresh = true;
        job->phase = CRMSYNC_PHASE_IMPORT; /* export comes next, again */
        return crmi_import_objects_task(job, 1u << CRMI_OBJECT_ACCOUNT, true, out, err);
    }
    int32_t rc = begin_anew(job, err);
    if (rc)
        return rc;
    export_task *t = crmi_task_new(job, CRMSYNC_PHASE_EXPORT, sizeof *t, export_page, export_clear);
    if (!t)
        return crmi_fail_nomem(err);
    crmi_ship_init(&t->ship, "export", look_back);
    crmi_work_init(&t->work, job);
    crmi_lookup_init(&t->lookup, &t->ship.task);
    crmi_plan_init(&t->plan, crmi_workspace_alloc(job->ws));
    crmi_applied_init(&t->applied, crmi_workspace_alloc(job->ws));
    go_on(t);
    *out = &t->ship.task;
    return CRMSYNC_OK;
}
