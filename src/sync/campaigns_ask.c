/* What Salesforce holds of the page: members, the statuses of campaigns, and what became of leads. */
#include "salesforce/composite.h"
#include "salesforce/describe.h"
#include "salesforce/soql.h"
#include "sync/campaigns.h"

#define MEMBER_COLUMNS 6

enum { STATUSES, MEMBERS, LEADS, CONVERTED };

static int32_t ask_answer(crmi_task *task, crmsync_error **err);
static int32_t ask_more(crmi_task *task, crmsync_error **err);

void crmi_campaigns_queries_clear(crmi_campaigns *t)
{
    for (size_t i = 0; i < CRMI_CAMPAIGN_QUERIES; i++) {
        crmi_campaign_query *q = &t->queries[i];
        crmsync_rows_free(q->rows);
        q->rows = NULL;
        q->asked = q->answered = false;
        crmi_buf_clear(&q->next_url);
    }
}

const crmsync_rows *crmi_campaigns_members(const crmi_campaigns *t)
{
    return t->queries[MEMBERS].rows;
}

/* ---- ids of the page ---- */

typedef struct id_list {
    crmsync_str *items;
    size_t count;
} id_list;

static int32_t add_id(id_list *list, crmi_map *seen, crmsync_str id, crmsync_error **err)
{
    if (!id.len || crmi_map_get(seen, id))
        return CRMSYNC_OK;
    list->items[list->count++] = id;
    return crmi_map_put_index(seen, id, list->count) ? CRMSYNC_OK : crmi_fail_nomem(err);
}

typedef struct page_ids {
    id_list campaigns, unlabelled, contacts, leads;
} page_ids;

static int32_t list_ids(crmi_campaigns *t, page_ids *ids, crmsync_error **err)
{
    crmi_arena *arena = &t->work.arena;
    id_list *lists[] = {&ids->campaigns, &ids->unlabelled, &ids->contacts, &ids->leads};
    crmi_map seen;
    int32_t rc = CRMSYNC_OK;
    for (size_t i = 0; i < 4; i++) {
        lists[i]->count = 0;
        lists[i]->items = crmi_arena_array(arena, t->pair_count + 1, sizeof(crmsync_str));
        if (!lists[i]->items)
            return crmi_fail_nomem(err);
    }
    crmi_map_init(&seen, crmi_workspace_alloc(crmi_campaigns_workspace(t)));
    for (size_t i = 0; !rc && i < t->pair_count; i++) {
        const crmi_pair *pair = &t->pairs[i];
        rc = add_id(&ids->campaigns, &seen, pair->state->campaign, err);
        rc = rc ? rc : add_id(&ids->contacts, &seen, pair->contact, err);
        rc = rc ? rc : add_id(&ids->leads, &seen, pair->lead, err);
    }
    for (size_t i = 0; i < ids->campaigns.count; i++) {
        if (!crmi_map_get(&t->labelled, ids->campaigns.items[i]))
            ids->unlabelled.items[ids->unlabelled.count++] = ids->campaigns.items[i];
    }
    crmi_map_clear(&seen);
    return rc;
}

/* ---- statements ---- */

static int32_t member_columns(crmi_campaigns *t, crmi_campaign_query *q, crmsync_error **err)
{
    static const char *const fixed[MEMBER_COLUMNS] = {"Id",        "CampaignId", "LeadId",
                                                      "ContactId", "Status",     "SystemModstamp"};
    const crmsync_workspace *ws = crmi_campaigns_workspace(t);
    const crmi_campaign_rule *rule = &ws->config->campaigns;
    const crmi_object *object = crmi_schema_object(ws->schema, CRMI_STR("CampaignMember"));
    q->object = CRMI_STR("CampaignMember");
    q->columns = crmi_arena_array(&t->work.arena, MEMBER_COLUMNS + rule->field_count,
                                  sizeof *q->columns);
    if (!q->columns)
        return crmi_fail_nomem(err);
    q->column_count = 0;
    for (size_t i = 0; i < MEMBER_COLUMNS; i++)
        q->columns[q->column_count++].name = crmi_str(fixed[i]);
    for (size_t i = 0; i < rule->field_count; i++) {
        if (object && crmi_object_field(object, rule->fields[i].remote))
            q->columns[q->column_count++].name = rule->fields[i].remote;
    }
    crmi_query_columns_type(q->columns, q->column_count, ws->schema, q->object);
    return CRMSYNC_OK;
}

static int32_t few_columns(crmi_campaigns *t, crmi_campaign_query *q, const char *object,
                           const char *const *names, size_t n, crmsync_error **err)
{
    q->object = crmi_str(object);
    q->column_count = n;
    q->columns = crmi_arena_array(&t->work.arena, n, sizeof *q->columns);
    if (!q->columns)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < n; i++)
        q->columns[i].name = crmi_str(names[i]);
    return CRMSYNC_OK;
}

static int32_t all_columns(crmi_campaigns *t, crmsync_error **err)
{
    static const char *const statuses[] = {"CampaignId", "Label", "SortOrder"};
    static const char *const leads[] = {"Id", "ConvertedContactId"};
    t->queries[STATUSES].name = "statuses";
    t->queries[MEMBERS].name = "members";
    t->queries[LEADS].name = "leads";
    t->queries[CONVERTED].name = "converted";
    int32_t rc = member_columns(t, &t->queries[MEMBERS], err);
    if (!rc)
        rc = member_columns(t, &t->queries[CONVERTED], err);
    if (!rc)
        rc = few_columns(t, &t->queries[STATUSES], "CampaignMemberStatus", statuses, 3, err);
    return rc ? rc : few_columns(t, &t->queries[LEADS], "Lead", leads, 2, err);
}

static void add_select(crmi_buf *soql, const crmi_campaign_query *q)
{
    crmi_buf_lit(soql, "SELECT ");
    for (size_t i = 0; i < q->column_count; i++) {
        crmi_buf_lit(soql, i ? ", " : "");
        crmi_buf_add(soql, q->columns[i].name);
    }
    crmi_buf_lit(soql, " FROM ");
    crmi_buf_add(soql, q->object);
    crmi_buf_lit(soql, " WHERE ");
}

/* A member of a converted lead may stand under the lead or under its contact: both are asked. */
static bool add_where(crmi_buf *soql, size_t which, const page_ids *ids)
{
    const id_list *campaigns = which == STATUSES ? &ids->unlabelled : &ids->campaigns;
    bool both = ids->contacts.count && ids->leads.count;
    bool people = ids->contacts.count || ids->leads.count;
    if (which == LEADS) {
        crmi_buf_lit(soql, "IsConverted = true AND ");
        crmi_soql_in(soql, CRMI_STR("Id"), ids->leads.items, ids->leads.count);
        return ids->leads.count > 0;
    }
    crmi_soql_in(soql, CRMI_STR("CampaignId"), campaigns->items, campaigns->count);
    if (which == CONVERTED) {
        crmi_buf_lit(soql, " AND ContactId IN (SELECT ConvertedContactId FROM Lead WHERE "
                           "IsConverted = true AND ");
        crmi_soql_in(soql, CRMI_STR("Id"), ids->leads.items, ids->leads.count);
        crmi_buf_char(soql, ')');
        return ids->leads.count > 0;
    }
    if (which == MEMBERS) {
        crmi_buf_lit(soql, " AND (");
        if (ids->contacts.count)
            crmi_soql_in(soql, CRMI_STR("ContactId"), ids->contacts.items, ids->contacts.count);
        crmi_buf_lit(soql, both ? " OR " : "");
        if (ids->leads.count)
            crmi_soql_in(soql, CRMI_STR("LeadId"), ids->leads.items, ids->leads.count);
        crmi_buf_char(soql, ')');
    }
    return campaigns->count > 0 && (which == STATUSES || people);
}

static int32_t add_query(crmi_campaigns *t, crmi_composite *c, size_t which, const page_ids *ids,
                         crmsync_error **err)
{
    crmsync_workspace *ws = crmi_campaigns_workspace(t);
    crmi_campaign_query *q = &t->queries[which];
    crmi_buf soql;
    int32_t rc = CRMSYNC_OK;
    crmi_buf_init(&soql, crmi_workspace_alloc(ws));
    add_select(&soql, q);
    q->asked = add_where(&soql, which, ids);
    if (!crmi_buf_ok(&soql))
        rc = crmi_fail_nomem(err);
    else if (q->asked)
        rc = crmi_composite_add_query(c, crmi_str(q->name), crmi_workspace_api_version(ws),
                                      crmi_buf_str(&soql), false, err);
    crmi_buf_clear(&soql);
    return rc;
}

int32_t crmi_campaigns_ask(crmi_task *task, crmsync_error **err)
{
    crmi_campaigns *t = (crmi_campaigns *)task;
    crmi_composite c;
    page_ids ids;
    bool any = false;
    int32_t rc = crmi_campaigns_touches(t, err);
    if (!rc)
        rc = list_ids(t, &ids, err);
    if (!rc)
        rc = all_columns(t, err);
    if (rc)
        return rc;
    task->next = crmi_campaigns_decided;
    if (!ids.contacts.count && !ids.leads.count)
        return CRMSYNC_OK; /* nobody is in Salesforce: all wait */
    crmi_composite_begin(&c, crmi_task_request(task),
                         crmi_workspace_api_version(crmi_campaigns_workspace(t)), false);
    for (size_t i = 0; !rc && i < CRMI_CAMPAIGN_QUERIES; i++) {
        rc = add_query(t, &c, i, &ids, err);
        any = any || t->queries[i].asked;
    }
    if (rc || !any)
        return rc;
    task->next = ask_answer;
    return crmi_task_ask(task, &c, err);
}

/* ---- answers ---- */

static int32_t take_page(crmi_campaign_query *q, crmi_query_page *page, crmsync_error **err)
{
    q->answered = page->done;
    crmi_buf_reset(&q->next_url);
    crmi_buf_add(&q->next_url, crmi_buf_str(&page->next_url));
    if (!crmi_buf_ok(&q->next_url))
        return crmi_fail_nomem(err);
    if (!q->rows) {
        q->rows = page->rows;
        page->rows = NULL;
        return CRMSYNC_OK;
    }
    for (size_t i = 0; i < crmsync_rows_count(page->rows); i++) {
        if (!crmi_rows_copy_row(q->rows, (crmi_record){page->rows, i}))
            return crmi_fail_nomem(err);
    }
    return CRMSYNC_OK;
}

static int32_t ask_answer(crmi_task *task, crmsync_error **err)
{
    crmi_campaigns *t = (crmi_campaigns *)task;
    crmsync_workspace *ws = crmi_campaigns_workspace(t);
    const crmsync_alloc *alloc = crmi_workspace_alloc(ws);
    crmi_composite_answer answer;
    size_t n = 0;
    int32_t rc = crmi_task_answer(task, 0, err);
    if (rc)
        return rc;
    for (size_t i = 0; i < CRMI_CAMPAIGN_QUERIES; i++)
        n += t->queries[i].asked;
    rc = crmi_composite_read(alloc, &task->call[0].response, n, &answer, err);
    for (size_t i = 0; !rc && i < CRMI_CAMPAIGN_QUERIES; i++) {
        crmi_campaign_query *q = &t->queries[i];
        const crmi_composite_part *part =
            q->asked ? crmi_composite_find(&answer, crmi_str(q->name)) : NULL;
        crmi_query_page page;
        if (!part || part->status != 200) {
            if (q->asked)
                crmi_engine_log(ws->engine, CRMSYNC_LOG_WARN,
                                "campaigns: the %s could not be read (%d)", q->name,
                                part ? part->status : 0);
            continue;
        }
        crmi_query_page_init(&page, alloc);
        rc = crmi_query_page_take(alloc, part->body, q->object, q->columns, q->column_count, &page,
                                  err);
        if (!rc)
            rc = take_page(q, &page, err);
        crmi_query_page_clear(&page);
    }
    crmi_composite_answer_clear(&answer);
    crmi_task_reset_calls(task);
    task->next = ask_more;
    return rc;
}

static crmi_campaign_query *unfinished(crmi_campaigns *t)
{
    for (size_t i = 0; i < CRMI_CAMPAIGN_QUERIES; i++) {
        if (t->queries[i].next_url.len)
            return &t->queries[i];
    }
    return NULL;
}

static int32_t more_answer(crmi_task *task, crmsync_error **err)
{
    crmi_campaigns *t = (crmi_campaigns *)task;
    const crmsync_alloc *alloc = crmi_workspace_alloc(crmi_campaigns_workspace(t));
    crmi_campaign_query *q = unfinished(t);
    crmi_query_page page;
    crmi_query_page_init(&page, alloc);
    int32_t rc = crmi_task_answer(task, 0, err);
    if (!rc)
        rc = crmi_query_answer_read(alloc, task->requests[0].flags, &task->call[0].response,
                                    q->object, q->columns, q->column_count, &page, err);
    if (!rc)
        rc = take_page(q, &page, err);
    crmi_query_page_clear(&page);
    crmi_task_reset_calls(task);
    task->next = ask_more;
    return rc;
}

/* Answers of more than one page are read to their end, one after the other. */
static int32_t ask_more(crmi_task *task, crmsync_error **err)
{
    crmi_campaigns *t = (crmi_campaigns *)task;
    const crmi_campaign_query *q = unfinished(t);
    if (!q) {
        task->next = crmi_campaigns_decided;
        return crmi_campaigns_learn(t, err);
    }
    int32_t rc = crmi_query_more_request(crmi_task_request(task), crmi_buf_str(&q->next_url), err);
    if (rc)
        return rc;
    crmi_task_send(task, false);
    task->next = more_answer;
    return CRMSYNC_OK;
}

/* ---- what they tell ---- */

static int32_t learn_leads(crmi_campaigns *t, crmsync_error **err)
{
    const crmsync_rows *rows = t->queries[LEADS].rows;
    for (size_t r = 0; r < crmsync_rows_count(rows); r++) {
        crmi_record row = {rows, r};
        crmsync_str id, contact;
        if (!crmi_keep_id(&t->work.arena, crmi_record_text(row, "Id"), &id) ||
            !crmi_keep_id(&t->work.arena, crmi_record_text(row, "ConvertedContactId"), &contact))
            return crmi_fail_nomem(err);
        for (size_t i = 0; i < t->pair_count; i++) {
            crmi_pair *pair = &t->pairs[i];
            if (!crmi_str_eq(pair->lead, id))
                continue;
            pair->converted = true;
            pair->contact = contact.len ? contact : pair->contact;
        }
    }
    return CRMSYNC_OK;
}

/* Labels stay for the job; those of a campaign that has none are asked for again by the next page. */
static int32_t learn_labels(crmi_campaigns *t, crmsync_error **err)
{
    const crmsync_rows *rows = t->queries[STATUSES].rows;
    int32_t rc = CRMSYNC_OK;
    if (!rows || !t->queries[STATUSES].answered)
        return CRMSYNC_OK;
    if (!t->labels)
        rc = crmsync_rows_new(crmi_workspace_alloc(crmi_campaigns_workspace(t)),
                              CRMI_STR("CampaignMemberStatus"), NULL, 0, &t->labels, err);
    for (size_t r = 0; !rc && r < crmsync_rows_count(rows); r++) {
        crmi_record row = {rows, r};
        crmsync_str campaign;
        if (!crmi_rows_copy_row(t->labels, row) ||
            !crmi_keep_id(&t->label_arena, crmi_record_text(row, "CampaignId"), &campaign) ||
            (campaign.len && !crmi_map_put_index(&t->labelled, campaign, r)))
            rc = crmi_fail_nomem(err);
    }
    return rc;
}

static bool same_id(crmi_record row, const char *field, crmsync_str id)
{
    return id.len && crmi_same_id(crmi_record_text(row, field), id);
}

static bool is_member(const crmi_pair *pair, crmi_record row)
{
    return same_id(row, "CampaignId", pair->state->campaign) &&
           (same_id(row, "ContactId", pair->contact) || same_id(row, "LeadId", pair->lead));
}

/* Somebody who was a member when it was seen last, and is none, was removed since. */
static int32_t learn_members(crmi_campaigns *t, crmsync_error **err)
{
    const crmsync_rows *rows = t->queries[MEMBERS].rows;
    for (size_t i = 0; i < t->pair_count; i++) {
        crmi_membership *state = t->pairs[i].state;
        bool there = false;
        for (size_t r = 0; !there && r < crmsync_rows_count(rows); r++) {
            crmi_record row = {rows, r};
            there = is_member(&t->pairs[i], row);
            if (there && !crmi_keep_id(&t->work.arena, crmi_record_text(row, "Id"), &state->crm_id))
                return crmi_fail_nomem(err);
        }
        if (there) {
            state->seen_ms = crmi_workspace_server_now(crmi_campaigns_workspace(t));
        } else if (state->crm_id.len) {
            state->removed_ms =
                state->seen_ms > state->removed_ms ? state->seen_ms : state->removed_ms;
            state->crm_id = CRMI_STR_EMPTY;
        }
    }
    return CRMSYNC_OK;
}

int32_t crmi_campaigns_learn(crmi_campaigns *t, crmsync_error **err)
{
    crmi_campaign_query *members = &t->queries[MEMBERS], *further = &t->queries[CONVERTED];
    bool whole = members->answered && (!further->asked || further->answered);
    int32_t rc = learn_leads(t, err);
    for (size_t r = 0; !rc && members->rows && r < crmsync_rows_count(further->rows); r++) {
        if (!crmi_rows_copy_row(members->rows, (crmi_record){further->rows, r}))
            rc = crmi_fail_nomem(err);
    }
    if (rc)
        return rc;
    if (!whole) { /* nobody is a member as far as is known, which is not known: all are held */
        crmi_campaigns_queries_clear(t);
        crmsync_rows_free(t->labels);
        t->labels = NULL;
        crmi_map_clear(&t->labelled);
        crmi_map_init(&t->labelled, crmi_workspace_alloc(crmi_campaigns_workspace(t)));
        return CRMSYNC_OK;
    }
    rc = learn_labels(t, err);
    return rc ? rc : learn_members(t, err);
}
