/* The plan of a page: rows for the pure decision, and its operations told apart by campaign. */
#include <crmsync/campaign.h>

#include "sync/campaigns.h"

/* Everything that the decision looks at; freed once it is made. */
typedef struct inputs {
    crmsync_rows *engagements, *people, *history;
} inputs;

static bool put_text(crmsync_rows *rows, size_t row, const char *field, crmsync_str text)
{
    crmsync_cell cell = crmi_cell_text(text);
    return crmi_rows_put(rows, row, crmi_str(field), &cell);
}

static bool put_time(crmsync_rows *rows, size_t row, int64_t ms)
{
    crmsync_cell cell = crmi_cell_number(CRMSYNC_CELL_DATETIME, ms);
    return crmi_rows_put(rows, row, CRMI_STR("at"), &cell);
}

/* Pair by pair, so that operations come in the order of the pairs. */
static bool put_engagements(const crmi_campaigns *t, inputs *in)
{
    bool ok = true;
    for (size_t p = 0; ok && p < t->pair_count; p++) {
        for (size_t i = 0; ok && i < t->touch_count; i++) {
            const crmi_touch *touch = &t->touches[i];
            size_t row = crmsync_rows_count(in->engagements);
            if (touch->pair != p)
                continue;
            ok = crmi_rows_copy_row(in->engagements, touch->local) &&
                 put_text(in->engagements, row, "campaign_id", touch->campaign) &&
                 put_text(in->engagements, row, "person_id", t->pairs[p].state->person);
        }
    }
    return ok;
}

/* A person may be converted in one campaign's look-up and not in another's: the row is the pair's,
 * and the person is told once. */
static bool put_person(const crmi_campaigns *t, inputs *in, size_t p, crmi_map *seen)
{
    const crmi_pair *pair = &t->pairs[p];
    size_t row = crmsync_rows_count(in->people);
    crmsync_cell converted = crmi_cell_bool(pair->converted);
    if (crmi_map_get(seen, pair->state->person))
        return true;
    return crmi_rows_add_row(in->people) >= 0 &&
           put_text(in->people, row, "id", pair->state->person) &&
           put_text(in->people, row, "contact_id", pair->contact) &&
           put_text(in->people, row, "lead_id", pair->lead) &&
           crmi_rows_put(in->people, row, CRMI_STR("lead_converted"), &converted) &&
           crmi_map_put_index(seen, pair->state->person, p);
}

static bool put_past(crmsync_rows *history, const crmi_membership *state, crmsync_str event,
                     int64_t at)
{
    size_t row = crmsync_rows_count(history);
    return crmi_rows_add_row(history) >= 0 &&
           put_text(history, row, "campaign_id", state->campaign) &&
           put_text(history, row, "person_id", state->person) &&
           put_text(history, row, "event", event) && put_time(history, row, at);
}

static bool put_history(const crmi_campaigns *t, inputs *in)
{
    bool ok = true;
    for (size_t p = 0; ok && p < t->pair_count; p++) {
        const crmi_membership *state = t->pairs[p].state;
        for (size_t i = 0; ok && i < state->event_count; i++)
            ok = put_past(in->history, state, state->events[i].event, state->events[i].at);
        if (ok && state->removed_ms)
            ok = put_past(in->history, state, CRMI_STR(CRMI_EVENT_REMOVED), state->removed_ms);
    }
    return ok;
}

static int32_t fill(const crmi_campaigns *t, inputs *in, crmsync_error **err)
{
    static const char *const kinds[] = {"engagement", "person", "history"};
    const crmsync_alloc *alloc = crmi_workspace_alloc(crmi_campaigns_workspace(t));
    crmsync_rows **rows[] = {&in->engagements, &in->people, &in->history};
    crmi_map seen;
    int32_t rc = CRMSYNC_OK;
    for (size_t i = 0; !rc && i < 3; i++)
        rc = crmsync_rows_new(alloc, crmi_str(kinds[i]), NULL, 0, rows[i], err);
    if (rc)
        return rc;
    crmi_map_init(&seen, alloc);
    bool ok = put_engagements(t, in) && put_history(t, in);
    for (size_t p = 0; ok && p < t->pair_count; p++)
        ok = put_person(t, in, p, &seen);
    crmi_map_clear(&seen);
    return ok ? CRMSYNC_OK : crmi_fail_nomem(err);
}

int32_t crmi_campaigns_decide(crmi_campaigns *t, crmsync_error **err)
{
    crmsync_workspace *ws = crmi_campaigns_workspace(t);
    crmsync_campaign_input input = CRMSYNC_CAMPAIGN_INPUT_INIT;
    inputs in = {NULL, NULL, NULL};
    crmsync_plan_free(t->plan);
    t->plan = NULL;
    int32_t rc = fill(t, &in, err);
    input.config = ws->config;
    input.schema = ws->schema;
    input.normalizer = ws->normalizer;
    input.engagements = in.engagements;
    input.people = in.people;
    input.history = in.history;
    input.statuses = t->labels;
    input.members = crmi_campaigns_members(t);
    if (!rc)
        rc = crmsync_decide_members(crmi_workspace_alloc(ws), &input, &t->plan, err);
    if (!rc && t->plan->own.count != t->pair_count)
        rc = crmi_fail(err, CRMSYNC_E_INTERNAL, "%zu decisions for %zu people in campaigns",
                       t->plan->own.count, t->pair_count);
    for (size_t i = 0; !rc && i < t->pair_count; i++)
        t->plan->own.items[i].local_id = t->pairs[i].state->id; /* one link and one log per pair */
    crmsync_rows_free(in.engagements);
    crmsync_rows_free(in.people);
    crmsync_rows_free(in.history);
    return rc;
}

int32_t crmi_campaigns_decided(crmi_task *task, crmsync_error **err)
{
    crmi_campaigns *t = (crmi_campaigns *)task;
    bool asked = false;
    int32_t rc = crmi_campaigns_decide(t, err);
    task->next = crmi_campaigns_carry_out;
    if (!rc && !t->labels_made && !crmi_campaigns_dry(t))
        rc = crmi_campaigns_make_statuses(t, &asked, err);
    return rc;
}
