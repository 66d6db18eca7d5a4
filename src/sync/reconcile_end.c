/* What is linked and not shown: asked for by id, then marked as vanished, or taken for a loss of
 * access, which changes nothing. */
#include "salesforce/soql.h"
#include "sync/reconcile.h"
#include "sync/report.h"

static int32_t confirm_answer(crmi_task *task, crmsync_error **err);

static bool dry(const crmi_reconciliation *t)
{
    return (t->task.job->flags & CRMSYNC_JOB_DRY_RUN) != 0;
}

/* ---- asking ---- */

static int32_t confirm_soql(crmi_reconciliation *t, crmi_buf *soql, crmsync_error **err)
{
    bool deletes = crmi_import_query_all(CRMI_IMPORT_POLL, t->crm);
    crmi_buf_lit(soql, deletes ? "SELECT Id, IsDeleted FROM " : "SELECT Id FROM ");
    crmi_buf_lit(soql, t->crm->name);
    crmi_buf_lit(soql, " WHERE ");
    crmi_soql_in(soql, CRMI_STR("Id"), t->lost, t->lost_count);
    return crmi_buf_ok(soql) ? CRMSYNC_OK : crmi_fail_nomem(err);
}

int32_t crmi_reconcile_confirm(crmi_task *task, crmsync_error **err)
{
    crmi_reconciliation *t = (crmi_reconciliation *)task;
    crmsync_workspace *ws = task->job->ws;
    crmi_buf soql;
    int32_t rc;
    crmi_buf_init(&soql, crmi_workspace_alloc(ws));
    if (t->confirm_url.len) {
        rc = crmi_query_more_request(crmi_task_request(task), crmi_buf_str(&t->confirm_url), err);
    } else {
        rc = confirm_soql(t, &soql, err);
        if (!rc)
            rc = crmi_query_request(crmi_task_request(task), crmi_workspace_api_version(ws),
                                    crmi_buf_str(&soql),
                                    crmi_import_query_all(CRMI_IMPORT_POLL, t->crm), 0, err);
    }
    crmi_buf_clear(&soql);
    if (rc)
        return rc;
    crmi_task_send(task, false);
    task->next = confirm_answer;
    return CRMSYNC_OK;
}

/* ---- answers ---- */

/* It is there: deleted, outside of the condition, or shown again by now. */
static int32_t found(crmi_reconciliation *t, crmi_record row, crmi_units *units, crmsync_error **err)
{
    crmsync_str id = crmi_record_text(row, "Id");
    bool deleted = crmi_record_flag(row, "IsDeleted");
    for (size_t i = 0; i < t->lost_count; i++)
        t->seen[i] = t->seen[i] || crmi_str_eq(t->lost[i], id);
    if (!deleted && t->rule->filter.len)
        return crmi_reconcile_count(t, "left_filter", 1, err);
    if (!dry(t))
        crmi_reconcile_read_again(t, units, id);
    return crmi_reconcile_count(t, deleted ? "deleted" : "newer", 1, err);
}

static int32_t take_found(crmi_reconciliation *t, const crmi_query_page *page, crmsync_error **err)
{
    crmi_units units;
    size_t conflicts = 0;
    int32_t rc = CRMSYNC_OK;
    crmi_units_init(&units, &t->task.job->ws->store);
    for (size_t i = 0; !rc && i < crmsync_rows_count(page->rows); i++)
        rc = found(t, (crmi_record){page->rows, i}, &units, err);
    if (!rc && !dry(t))
        rc = crmi_units_run(&units, &conflicts, err);
    crmi_units_clear(&units);
    crmi_buf_reset(&t->confirm_url);
    crmi_buf_add(&t->confirm_url, crmi_buf_str(&page->next_url));
    return rc;
}

/* Too many at once are no accident: whoever is connected may no longer see them. */
static int32_t permission_loss(crmi_reconciliation *t, size_t n, crmsync_error **err)
{
    crmsync_job *job = t->task.job;
    crmi_commit c;
    crmi_log_row row = {.time_ms = crmi_engine_wall(job->ws->engine),
                        .run = crmi_str(job->run_id),
                        .n = job->log_n++,
                        .direction = CRMI_STR("in"),
                        .op = CRMI_STR("hold"),
                        .object = crmi_str(t->crm->name),
                        .local_kind = crmi_str(t->crm->local_kind),
                        .reason = crmi_str(crmsync_reason_name(CRMSYNC_REASON_PERMISSION_LOSS)),
                        .error_class = CRMSYNC_CLASS_PERMISSION,
                        .actor = job->actor};
    /* the next pass begins anew */
    t->entry.reconcile_began = t->entry.reconcile_links = 0;
    t->entry.reconcile_after = t->entry.reconcile_lost = CRMI_STR_EMPTY;
    crmi_commit_init(&c, &job->ws->store);
    crmi_log_put(&c, &row);
    crmi_cursor_put(&c, &t->entry);
    int32_t rc = dry(t) ? CRMSYNC_OK : crmi_commit_must(&c, err);
    crmi_commit_clear(&c);
    if (rc)
        return rc;
    crmi_fail(err, CRMSYNC_E_BREAKER,
              "%s: %zu linked records cannot be read any more (permission_loss); nothing was changed",
              t->crm->name, n);
    crmi_error_set_class(err, CRMSYNC_CLASS_PERMISSION);
    crmi_error_set_remedy(err, CRMI_STR("Check sharing rules and the profile of the connected user; "
                                        "if the records are gone indeed, run again with "
                                        "options.acknowledge \"vanished\"."));
    return CRMSYNC_E_BREAKER;
}

static bool is_loss(const crmi_reconciliation *t, bool whole)
{
    uint64_t n = t->missing_count;
    if (crmi_job_acknowledged(t->task.job, "vanished"))
        return false;
    return n > CRMI_VANISH_MAX || (whole && n * CRMI_VANISH_PART > t->entry.reconcile_links);
}

int32_t crmi_reconcile_keep_lost(crmi_reconciliation *t, crmsync_error **err)
{
    for (size_t i = 0; i < t->lost_count; i++) {
        if (t->seen[i])
            continue;
        if (t->missing.len)
            crmi_buf_char(&t->missing, ' ');
        crmi_buf_add(&t->missing, t->lost[i]);
        t->missing_count++;
    }
    t->lost_count = 0;
    if (!crmi_buf_ok(&t->missing))
        return crmi_fail_nomem(err);
    return is_loss(t, false) ? permission_loss(t, t->missing_count, err) : CRMSYNC_OK;
}

static int32_t confirm_answer(crmi_task *task, crmsync_error **err)
{
    crmi_reconciliation *t = (crmi_reconciliation *)task;
    const crmsync_alloc *alloc = crmi_workspace_alloc(task->job->ws);
    crmi_query_page page;
    crmi_query_column columns[] = {{CRMI_STR("Id"), CRMSYNC_CELL_ID},
                                   {CRMI_STR("IsDeleted"), CRMSYNC_CELL_BOOL}};
    size_t n = crmi_import_query_all(CRMI_IMPORT_POLL, t->crm) ? 2 : 1;
    crmi_query_page_init(&page, alloc);
    int32_t rc = crmi_task_answer(task, 0, err);
    if (!rc)
        rc = crmi_query_answer_read(alloc, task->requests[0].flags, &task->call[0].response,
                                    crmi_str(t->crm->name), columns, n, &page, err);
    crmi_task_reset_calls(task);
    if (!rc)
        rc = take_found(t, &page, err);
    task->next = t->confirm_url.len ? crmi_reconcile_confirm
                 : t->ending        ? crmi_reconcile_finish
                                    : crmi_reconcile_go_on;
    crmi_query_page_clear(&page);
    if (!rc && !t->confirm_url.len)
        rc = crmi_reconcile_keep_lost(t, err);
    return rc;
}

/* ---- the end ---- */

/* The link stays, and is paused: nothing is written to the record, nobody made in its place. */
static int32_t vanish(crmi_reconciliation *t, crmsync_str id, crmi_units *units, crmsync_error **err)
{
    crmsync_job *job = t->task.job;
    crmi_store *store = &job->ws->store;
    crmi_reverse owner;
    crmi_link link;
    int32_t rc = crmi_reverse_get(store, &id, 1, &t->page, &owner, err);
    if (rc || !owner.id.len)
        return rc;
    rc = crmi_link_get(store, &t->page, owner.kind, owner.id, &link, err);
    crmi_target *target = rc ? NULL : crmi_link_target(&link, id);
    if (!target || target->state != CRMI_TARGET_LIVE)
        return rc;
    target->state = CRMI_TARGET_VANISHED;
    crmi_log_row row = {.time_ms = crmi_engine_wall(job->ws->engine),
                        .run = crmi_str(job->run_id),
                        .n = job->log_n++,
                        .direction = CRMI_STR("in"),
                        .op = CRMI_STR("hold"),
                        .object = crmi_str(t->crm->name),
                        .local_kind = link.kind,
                        .local_id = link.local_id,
                        .crm_id = id,
                        .reason = crmi_str(crmsync_reason_name(CRMSYNC_REASON_VANISHED)),
                        .actor = job->actor};
    crmi_units_begin(units);
    crmi_link_put(&units->changes, &link);
    crmi_log_put(&units->changes, &row);
    return crmi_reconcile_count(t, "vanished", 1, err);
}

/* What was missing all along is asked for a last time, together. */
static int32_t load_missing(crmi_reconciliation *t, crmsync_error **err)
{
    crmsync_str rest = crmi_buf_str(&t->missing);
    t->lost_count = 0;
    while (rest.len && t->lost_count < CRMI_LOST_MAX) {
        ptrdiff_t blank = crmi_str_chr(rest, ' ');
        size_t n = blank < 0 ? rest.len : (size_t)blank;
        if (!crmi_arena_str(&t->page, crmi_str_sub(rest, 0, n), &t->lost[t->lost_count]))
            return crmi_fail_nomem(err);
        t->seen[t->lost_count++] = false;
        rest = crmi_str_sub(rest, n + 1, rest.len);
    }
    if (!crmi_arena_str(&t->page, rest, &rest))
        return crmi_fail_nomem(err);
    crmi_buf_reset(&t->missing);
    crmi_buf_add(&t->missing, rest);
    t->missing_count = 0;
    return CRMSYNC_OK;
}

static int32_t close_pass(crmi_reconciliation *t, crmi_units *units, crmsync_error **err)
{
    crmi_cursor *e = &t->entry;
    e->last_reconcile = e->reconcile_began;
    e->reconcile_began = e->reconcile_links = 0;
    e->reconcile_after = CRMI_STR_EMPTY;
    crmi_buf_reset(&t->missing);
    return crmi_reconcile_store(t, units, err);
}

int32_t crmi_reconcile_finish(crmi_task *task, crmsync_error **err)
{
    crmi_reconciliation *t = (crmi_reconciliation *)task;
    crmi_units units;
    int32_t rc = CRMSYNC_OK;
    if (!t->ending && t->missing_count) {
        t->ending = true;
        task->next = crmi_reconcile_confirm;
        return load_missing(t, err);
    }
    if (is_loss(t, true))
        return permission_loss(t, t->missing_count, err);
    crmi_units_init(&units, &task->job->ws->store);
    crmsync_str rest = crmi_buf_str(&t->missing);
    while (!rc && rest.len && !dry(t)) {
        ptrdiff_t blank = crmi_str_chr(rest, ' ');
        size_t n = blank < 0 ? rest.len : (size_t)blank;
        rc = vanish(t, crmi_str_sub(rest, 0, n), &units, err);
        rest = crmi_str_sub(rest, n + 1, rest.len);
    }
    if (!rc)
        rc = close_pass(t, &units, err);
    crmi_units_clear(&units);
    task->next = crmi_reconcile_next;
    return rc;
}
