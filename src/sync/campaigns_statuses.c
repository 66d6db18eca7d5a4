/*
 * Member statuses that a campaign lacks, made where the configuration says so. No journal: a label
 * is unique in its campaign, so what a lost answer made is found by the next look, and a second one
 * is refused.
 */
#include "sync/campaigns.h"

static int32_t statuses_answer(crmi_task *task, crmsync_error **err);

typedef struct wanted_status {
    crmsync_str campaign, label;
} wanted_status;

static bool listed(const wanted_status *list, size_t n, const wanted_status *s)
{
    for (size_t i = 0; i < n; i++) {
        if (crmi_str_eq(list[i].campaign, s->campaign) && crmi_str_eq_ci(list[i].label, s->label))
            return true;
    }
    return false;
}

static int32_t list_wanted(crmi_campaigns *t, wanted_status **list, size_t *n, crmsync_error **err)
{
    const crmi_plan *plan = t->plan->page;
    *n = 0;
    *list = crmi_arena_array(&t->work.arena, plan->count + 1, sizeof **list);
    if (!*list)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < plan->count && *n < CRMI_COLLECTION_MAX; i++) {
        const crmi_decision *d = &plan->items[i];
        wanted_status status = {d->slot, d->wish};
        if (d->reason == CRMSYNC_REASON_MEMBER_STATUS_MISSING && d->wish.len &&
            !listed(*list, *n, &status))
            (*list)[(*n)++] = status;
    }
    return CRMSYNC_OK;
}

/* The order of a campaign's statuses is its own; new ones come behind it. */
static int64_t last_place(const crmi_campaigns *t, crmsync_str campaign)
{
    int64_t last = 0;
    for (size_t r = 0; r < crmsync_rows_count(t->labels); r++) {
        crmi_record row = {t->labels, r};
        int64_t place = 0;
        crmsync_str text = crmi_record_text(row, "SortOrder");
        if (!crmi_same_id(crmi_record_text(row, "CampaignId"), campaign))
            continue;
        for (size_t i = 0; i < text.len && i < 9 && text.ptr[i] >= '0' && text.ptr[i] <= '9'; i++)
            place = place * 10 + (text.ptr[i] - '0');
        last = place > last ? place : last;
    }
    return last;
}

/* The weakest status is that of somebody who was only addressed; all others have responded. */
static bool responded(const crmi_campaigns *t, crmsync_str label)
{
    const crmi_campaign_rule *rule = &crmi_campaigns_workspace(t)->config->campaigns;
    return !rule->status_count || !crmi_str_eq_ci(rule->statuses[0], label);
}

static int32_t write_of(crmi_campaigns *t, const wanted_status *list, size_t i, crmi_write *write,
                        crmsync_error **err)
{
    crmi_arena *arena = &t->work.arena;
    crmi_write_field *fields = crmi_arena_array(arena, 4, sizeof *fields);
    crmi_buf place;
    int64_t order = last_place(t, list[i].campaign) + 1;
    crmsync_cell at = {.type = CRMSYNC_CELL_DECIMAL};
    for (size_t k = 0; k < i; k++)
        order += crmi_str_eq(list[k].campaign, list[i].campaign);
    crmi_buf_init(&place, arena->alloc);
    crmi_buf_fmt(&place, "%lld", (long long)order);
    bool ok = fields && crmi_buf_ok(&place) && crmi_arena_str(arena, crmi_buf_str(&place), &at.text);
    crmi_buf_clear(&place);
    if (!ok)
        return crmi_fail_nomem(err);
    fields[0] = (crmi_write_field){CRMI_STR("CampaignId"), crmi_cell_id(list[i].campaign)};
    fields[1] = (crmi_write_field){CRMI_STR("Label"), crmi_cell_text(list[i].label)};
    fields[2] = (crmi_write_field){CRMI_STR("SortOrder"), at};
    fields[3] =
        (crmi_write_field){CRMI_STR("HasResponded"), crmi_cell_bool(responded(t, list[i].label))};
    *write = (crmi_write){.object = CRMI_STR("CampaignMemberStatus"), .fields = fields, .count = 4};
    return CRMSYNC_OK;
}

int32_t crmi_campaigns_make_statuses(crmi_campaigns *t, bool *asked, crmsync_error **err)
{
    crmi_task *task = &t->ship.task;
    crmsync_workspace *ws = crmi_campaigns_workspace(t);
    wanted_status *list;
    size_t n;
    *asked = false;
    t->labels_made = true;
    if (!ws->config->campaigns.create_statuses)
        return CRMSYNC_OK;
    int32_t rc = list_wanted(t, &list, &n, err);
    if (rc || !n)
        return rc;
    crmi_write *writes = crmi_arena_array(&t->work.arena, n, sizeof *writes);
    if (!writes)
        return crmi_fail_nomem(err);
    for (size_t i = 0; !rc && i < n; i++)
        rc = write_of(t, list, i, &writes[i], err);
    t->made = writes;
    t->made_count = n;
    if (!rc)
        rc = crmi_collections_request(crmi_task_request(task), crmi_workspace_api_version(ws),
                                      CRMI_WRITE_CREATE, CRMI_STR_EMPTY, writes, n, NULL, false,
                                      NULL, err);
    if (rc)
        return rc;
    crmi_task_send(task, true);
    task->next = statuses_answer;
    *asked = true;
    return crmi_report_add(task->job, n, "writes", CRMI_STR("crm"), NULL, CRMI_STR_EMPTY, err);
}

/* ---- what became of them ---- */

static int32_t note_made(crmi_campaigns *t, const crmi_write *write, const crmi_write_result *result,
                         crmi_units *units, crmsync_error **err)
{
    crmsync_job *job = t->ship.task.job;
    const crmi_sf_rule *rule = result->errors.rule;
    uint32_t class = rule ? rule->error_class : CRMSYNC_CLASS_NONE;
    uint32_t outcome = result->success ? CRMSYNC_OUTCOME_CREATED : CRMSYNC_OUTCOME_FAILED;
    uint32_t reason =
        result->success ? CRMSYNC_REASON_CREATE_NO_MATCH : CRMSYNC_REASON_CRM_REFUSED;
    crmi_decision d = {.kind = CRMI_STR("campaign"),
                       .local_id = write->fields[0].cell.text,
                       .object = write->object,
                       .direction = CRMSYNC_DIRECTION_OUT,
                       .crm_op = CRMI_OP_CREATE};
    crmsync_str said = result->errors.count ? result->errors.items[0].message
                                            : write->fields[1].cell.text;
    crmi_logged what = {result->success ? "create" : "fail", reason, class,
                        result->errors.count ? result->errors.items[0].code : CRMI_STR_EMPTY, said};
    crmi_units_begin(units);
    crmi_log_decision(&units->changes, job, &d, d.local_id, result->id, &what);
    int32_t rc = crmi_report_input(job, t->ship.flow, write->object, err);
    return rc ? rc
              : crmi_report_outcome(job, t->ship.flow, write->object, outcome, reason, class, err);
}

static bool learn_made(crmi_campaigns *t, const crmi_write *write)
{
    size_t row = crmsync_rows_count(t->labels);
    bool ok = crmi_rows_add_row(t->labels) >= 0;
    for (size_t i = 0; ok && i < write->count; i++)
        ok = crmi_rows_put(t->labels, row, write->fields[i].name, &write->fields[i].cell);
    return ok;
}

static int32_t statuses_answer(crmi_task *task, crmsync_error **err)
{
    crmi_campaigns *t = (crmi_campaigns *)task;
    crmi_units units;
    size_t conflicts = 0;
    crmi_write_result *results =
        crmi_arena_array(&t->work.arena, t->made_count + 1, sizeof *results);
    int32_t rc = results ? crmi_task_answer(task, 0, err) : crmi_fail_nomem(err);
    if (!rc)
        rc = crmi_collections_read(&t->work.arena, &task->call[0].response, t->made_count, NULL,
                                   results, err);
    crmi_units_init(&units, &crmi_campaigns_workspace(t)->store);
    for (size_t i = 0; !rc && i < t->made_count; i++) {
        if (results[i].success && !learn_made(t, &t->made[i]))
            rc = crmi_fail_nomem(err);
        else
            rc = note_made(t, &t->made[i], &results[i], &units, err);
    }
    if (!rc)
        rc = crmi_units_run(&units, &conflicts, err);
    crmi_units_clear(&units);
    crmi_task_reset_calls(task);
    task->next = crmi_campaigns_decided; /* anew, on what there is by now */
    return rc;
}
