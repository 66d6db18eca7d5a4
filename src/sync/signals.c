/*
 * Signals, the first half of the campaigns phase: the host's records of kind `signal` are decided by
 * the rules of the configuration and carried out once. One whose person or company is not in the
 * CRM yet waits for it.
 */
#include "decide/signal.h"

#include "base/time.h"
#include "state/waiting.h"
#include "sync/page.h"
#include "sync/ship.h"

#define SIGNALS_PAGE 200u

static const char *const parents[] = {"person", "company"};
#define PARENTS (sizeof parents / sizeof parents[0])

typedef struct signals_task {
    crmi_ship ship; /* first: this task ships */
    crmi_export_work work;
    crmi_plan plan;
    crmi_buf seen_parent, seen_child; /* the last waiting one that was looked at */
    size_t parent_kind;               /* PARENTS = all were */
    /* of the page, in work.arena */
    crmi_waiting *parked; /* to be released with it */
    size_t parked_count;
    crmi_signal_input *inputs; /* one per work.items */
} signals_task;

static int32_t signals_page(crmi_task *task, crmsync_error **err);

static crmsync_workspace *workspace_of(const signals_task *t)
{
    return t->ship.task.job->ws;
}

static bool dry(const signals_task *t)
{
    return (t->ship.task.job->flags & CRMSYNC_JOB_DRY_RUN) != 0;
}

static void signals_clear(crmi_task *task)
{
    signals_task *t = (signals_task *)task;
    crmi_ship_clear(&t->ship);
    crmi_work_clear(&t->work);
    crmi_plan_clear(&t->plan);
    crmi_buf_clear(&t->seen_parent);
    crmi_buf_clear(&t->seen_child);
}

/* ---- those that waited ---- */

static bool keep_place(signals_task *t, const crmi_waiting *last)
{
    crmi_buf_reset(&t->seen_parent);
    crmi_buf_reset(&t->seen_child);
    crmi_buf_add(&t->seen_parent, last->parent);
    crmi_buf_add(&t->seen_child, last->child);
    return crmi_buf_ok(&t->seen_parent) && crmi_buf_ok(&t->seen_child);
}

static int32_t list_waiting(signals_task *t, crmi_waiting **list, size_t *n, crmsync_error **err)
{
    crmi_waiting after = {.parent_kind = crmi_str(parents[t->parent_kind]),
                          .parent = crmi_buf_str(&t->seen_parent),
                          .child_kind = CRMI_STR("signal"),
                          .child = crmi_buf_str(&t->seen_child)};
    int32_t rc = crmi_waiting_list(&workspace_of(t)->store, after.parent_kind, CRMI_STR_EMPTY,
                                   after.child_kind, after.child.len ? &after : NULL, SIGNALS_PAGE,
                                   &t->work.arena, list, n, err);
    if (!rc && *n && !keep_place(t, &(*list)[*n - 1]))
        rc = crmi_fail_nomem(err);
    return rc;
}

static bool expired(const signals_task *t, const crmi_waiting *w)
{
    const crmsync_workspace *ws = workspace_of(t);
    int64_t days = ws->config->activities.park_days;
    return days && crmi_workspace_server_now(ws) - w->since_ms > days * CRMI_DAY_MS;
}

static void add_item(signals_task *t, const crmi_waiting *w)
{
    t->parked[t->parked_count++] = *w;
    for (size_t k = 0; k < t->work.count; k++) {
        if (crmi_str_eq(t->work.items[k].id, w->child)) {
            t->work.items[k].from_queue = true;
            return;
        }
    }
    t->work.items[t->work.count++] = (crmi_page_item){.id = w->child, .from_queue = true};
}

static int32_t release(signals_task *t, crmsync_error **err)
{
    crmi_arena *arena = &t->work.arena;
    crmi_waiting *list;
    size_t n;
    t->parked_count = 0;
    if (t->parent_kind == PARENTS)
        return CRMSYNC_OK;
    int32_t rc = list_waiting(t, &list, &n, err);
    if (rc)
        return rc;
    crmsync_str *ids = crmi_arena_array(arena, n + 1, sizeof *ids);
    crmi_link *links = crmi_arena_array(arena, n + 1, sizeof *links);
    crmi_page_item *items = crmi_arena_array(arena, t->work.count + n + 1, sizeof *items);
    t->parked = crmi_arena_array(arena, n + 1, sizeof *t->parked);
    if (!ids || !links || !items || !t->parked)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < n; i++)
        ids[i] = list[i].parent;
    if (n)
        rc = crmi_link_get_many(&workspace_of(t)->store, arena, crmi_str(parents[t->parent_kind]),
                                ids, n, links, err);
    memcpy(items, t->work.items, t->work.count * sizeof *items);
    t->work.items = items;
    for (size_t i = 0; !rc && i < n; i++) {
        if (crmi_link_any_live(&links[i]) || expired(t, &list[i]))
            add_item(t, &list[i]);
    }
    if (n < SIGNALS_PAGE) {
        t->parent_kind++;
        crmi_buf_reset(&t->seen_parent);
        crmi_buf_reset(&t->seen_child);
    }
    return rc;
}

static bool waited(const signals_task *t, crmsync_str signal)
{
    for (size_t i = 0; i < t->parked_count; i++) {
        if (crmi_str_eq(t->parked[i].child, signal))
            return true;
    }
    return false;
}

/* ---- inputs ---- */

static int64_t civil_date(const signals_task *t, crmi_record signal)
{
    const crmsync_workspace *ws = workspace_of(t);
    const crmsync_engine *engine = ws->engine;
    crmsync_cell at = crmi_record_get(signal, CRMI_STR("at"));
    int64_t ms = 0;
    if (!crmi_cell_instant(&at, &ms))
        ms = crmi_engine_wall(engine);
    if (engine->env.civil_date)
        return engine->env.civil_date(engine->env_ctx, ms,
                                      crmi_record_get(signal, ws->config->local.owner).text);
    return ms >= 0 ? ms / CRMI_DAY_MS : -((-ms + CRMI_DAY_MS - 1) / CRMI_DAY_MS);
}

/* Links of people or companies that the items name; an entry per item, version 0 = none. */
static int32_t named_links(signals_task *t, const char *kind, const char *field, crmi_link **out,
                           crmsync_error **err)
{
    crmi_export_work *w = &t->work;
    crmsync_str *ids = crmi_arena_array(&w->arena, w->count + 1, sizeof *ids);
    crmi_link *links = crmi_arena_array(&w->arena, w->count + 1, sizeof *links);
    crmi_link *by_item = crmi_arena_array(&w->arena, w->count + 1, sizeof *by_item);
    size_t *which = crmi_arena_array(&w->arena, w->count + 1, sizeof *which);
    size_t n = 0;
    if (!ids || !links || !by_item || !which)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < w->count; i++) {
        crmsync_str id = crmi_record_text(w->items[i].local, field);
        if (!id.len || id.len > CRMI_LOCAL_ID_MAX)
            continue;
        which[n] = i;
        ids[n++] = id;
    }
    int32_t rc = n ? crmi_link_get_many(&workspace_of(t)->store, &w->arena, crmi_str(kind), ids, n,
                                        links, err)
                   : CRMSYNC_OK;
    for (size_t k = 0; !rc && k < n; k++)
        by_item[which[k]] = links[k];
    *out = by_item;
    return rc;
}

static int32_t make_inputs(signals_task *t, crmsync_error **err)
{
    crmi_export_work *w = &t->work;
    crmi_link *people = NULL, *companies = NULL;
    size_t n = 0;
    for (size_t i = 0; i < w->count; i++) {
        if (w->items[i].decide)
            w->items[n++] = w->items[i];
    }
    w->count = n;
    int32_t rc = named_links(t, "person", "person_id", &people, err);
    if (!rc)
        rc = named_links(t, "company", "company_id", &companies, err);
    t->inputs = rc ? NULL : crmi_arena_array(&w->arena, n + 1, sizeof *t->inputs);
    if (!t->inputs)
        return rc ? rc : crmi_fail_nomem(err);
    for (size_t i = 0; i < n; i++)
        t->inputs[i] = (crmi_signal_input){
            .local = w->items[i].local,
            .person = people[i].version ? &people[i] : NULL,
            .company = companies[i].version ? &companies[i] : NULL,
            .link = w->items[i].link->version ? w->items[i].link : NULL,
            .civil_date = civil_date(t, w->items[i].local),
        };
    return CRMSYNC_OK;
}

/* ---- a page ---- */

/* It waits for its person or company, unless it has done so for too long or names none. */
static void park(signals_task *t, crmi_decision *d, crmi_units *units)
{
    bool company = d->reason == CRMSYNC_REASON_WAITING_COMPANY;
    crmi_waiting waiting = {
        .parent_kind = crmi_str(parents[company]),
        .parent = crmi_record_text(t->inputs[d->input].local, company ? "company_id" : "person_id"),
        .child_kind = CRMI_STR("signal"),
        .child = d->local_id,
        .reason = crmi_str(crmsync_reason_name(d->reason)),
        .since_ms = crmi_workspace_server_now(workspace_of(t)),
    };
    if (!waiting.parent.len || waiting.parent.len > CRMI_LOCAL_ID_MAX) {
        d->reason = CRMSYNC_REASON_INVALID_RECORD;
    } else if (waited(t, d->local_id)) {
        d->reason = CRMSYNC_REASON_PARK_EXPIRED;
    } else if (!dry(t)) {
        crmi_units_begin(units);
        crmi_waiting_put(&units->changes, &waiting);
    }
    d->outcome = crmsync_reason_outcome(d->reason);
}

static int32_t quiet_one(signals_task *t, crmi_decision *d, crmi_units *units, crmsync_error **err)
{
    crmsync_job *job = t->ship.task.job;
    if (d->reason == CRMSYNC_REASON_WAITING_PERSON || d->reason == CRMSYNC_REASON_WAITING_COMPANY)
        park(t, d, units);
    crmsync_str object = d->object.len ? d->object : d->kind;
    int32_t rc = crmi_report_input(job, t->ship.flow, object, err);
    job->one_by_one += d->crm_op != CRMI_OP_NONE;
    if (rc || (d->crm_op != CRMI_OP_NONE && !dry(t)))
        return rc;
    rc = crmi_report_outcome(job, t->ship.flow, object, d->outcome, d->reason, 0, err);
    if (rc || dry(t) || d->outcome == CRMSYNC_OUTCOME_UNCHANGED)
        return rc;
    crmi_logged what = {crmi_log_op(d, d->outcome), d->reason, 0, CRMI_STR_EMPTY, d->detail};
    crmi_units_begin(units);
    crmi_log_decision(&units->changes, job, d, d->local_id, d->crm_id, &what);
    return CRMSYNC_OK;
}

static int32_t settle_quiet(signals_task *t, crmsync_error **err)
{
    crmi_units units;
    size_t conflicts = 0;
    int32_t rc = CRMSYNC_OK;
    crmi_units_init(&units, &workspace_of(t)->store);
    for (size_t i = 0; !rc && i < t->plan.count; i++)
        rc = quiet_one(t, &t->plan.items[i], &units, err);
    if (!rc)
        rc = crmi_units_run(&units, &conflicts, err);
    crmi_units_clear(&units);
    return rc;
}

static int32_t signals_close(crmi_task *task, crmsync_error **err)
{
    signals_task *t = (signals_task *)task;
    int32_t rc = CRMSYNC_OK;
    if (t->parked_count && !dry(t)) {
        crmi_units units;
        size_t conflicts = 0;
        crmi_units_init(&units, &workspace_of(t)->store);
        for (size_t i = 0; i < t->parked_count; i++) {
            crmi_units_begin(&units);
            crmi_waiting_delete(&units.changes, &t->parked[i]);
        }
        rc = crmi_units_run(&units, &conflicts, err);
        crmi_units_clear(&units);
    }
    if (!rc)
        rc = crmi_work_close(&t->work, err);
    task->next = t->work.last && t->parent_kind == PARENTS ? NULL : signals_page;
    return rc;
}

static int32_t carry_out(signals_task *t, crmsync_error **err)
{
    crmi_decide_env env = crmi_workspace_decide_env(workspace_of(t));
    crmi_plan_clear(&t->plan);
    crmi_plan_init(&t->plan, crmi_workspace_alloc(workspace_of(t)));
    int32_t rc = crmi_decide_signals(&env, t->inputs, t->work.count, &t->plan, err);
    if (!rc)
        rc = settle_quiet(t, err);
    if (rc || dry(t))
        return rc;
    /* no digests: what one request did must not let a signal pass whose other half is to come; the
     * slots tell what was done */
    rc = crmi_ship_load(&t->ship, &t->plan, NULL, err);
    for (size_t i = 0; !rc && i < t->work.count; i++)
        crmi_ship_tried(&t->ship, t->work.kind, t->work.items[i].id, t->work.items[i].tries);
    return rc;
}

static int32_t signals_page(crmi_task *task, crmsync_error **err)
{
    signals_task *t = (signals_task *)task;
    task->job->progress.object = CRMI_STR("signal");
    task->next = signals_close;
    int32_t rc = crmi_work_gather(&t->work, "signal", SIGNALS_PAGE, err);
    if (!rc)
        rc = release(t, err);
    if (rc || !t->work.count)
        return rc;
    rc = crmi_work_load(&t->work, err);
    if (!rc)
        rc = make_inputs(t, err);
    return rc || !t->work.count ? rc : carry_out(t, err);
}

int32_t crmi_signals_task(crmsync_job *job, crmi_task **out, crmsync_error **err)
{
    const crmsync_alloc *alloc = crmi_workspace_alloc(job->ws);
    signals_task *t =
        crmi_task_new(job, CRMSYNC_PHASE_CAMPAIGNS, sizeof *t, signals_page, signals_clear);
    if (!t)
        return crmi_fail_nomem(err);
    crmi_ship_init(&t->ship, "signals", signals_close);
    crmi_work_init(&t->work, job);
    t->work.flow = t->ship.flow;
    crmi_plan_init(&t->plan, alloc);
    crmi_buf_init(&t->seen_parent, alloc);
    crmi_buf_init(&t->seen_child, alloc);
    *out = &t->ship.task;
    return CRMSYNC_OK;
}
