#include "sync/opportunities.h"

#include "salesforce/composite.h"
#include "salesforce/query.h"
#include "salesforce/soql.h"

typedef int32_t (*take_fn)(crmi_opportunities *o, crmi_record row, crmsync_error **err);

static int32_t take_contact(crmi_opportunities *o, crmi_record row, crmsync_error **err);
static int32_t take_role(crmi_opportunities *o, crmi_record row, crmsync_error **err);
static int32_t take_account(crmi_opportunities *o, crmi_record row, crmsync_error **err);

/* Roles come before the opportunities of the account, and need not be told from them by id. */
static const struct {
    const char *name, *object, *before, *after; /* the ids stand between the last two */
    const char *columns[3];
    take_fn take;
} parts[] = {
    {"contacts", "Contact", "SELECT Id, AccountId FROM Contact WHERE Id IN (", ")",
     {"Id", "AccountId", NULL}, take_contact},
    {"roles", "OpportunityContactRole",
     "SELECT OpportunityId, ContactId, Opportunity.CreatedDate FROM OpportunityContactRole "
     "WHERE ContactId IN (",
     ") AND Opportunity.IsClosed = false",
     {"OpportunityId", "ContactId", "Opportunity.CreatedDate"}, take_role},
    {"accounts", "Opportunity",
     "SELECT Id, AccountId, CreatedDate FROM Opportunity WHERE IsClosed = false AND AccountId IN "
     "(SELECT AccountId FROM Contact WHERE Id IN (",
     "))",
     {"Id", "AccountId", "CreatedDate"}, take_account},
};
#define PARTS (sizeof parts / sizeof parts[0])

void crmi_opportunities_init(crmi_opportunities *o, const crmsync_alloc *alloc)
{
    *o = (crmi_opportunities){.items = NULL};
    crmi_arena_init(&o->arena, alloc);
    crmi_map_init(&o->accounts, alloc);
}

void crmi_opportunities_clear(crmi_opportunities *o)
{
    const crmsync_alloc *alloc = o->arena.alloc;
    crmi_map_clear(&o->accounts);
    crmi_arena_clear(&o->arena);
    crmi_opportunities_init(o, alloc);
}

int32_t crmi_opportunities_ask(crmi_task *task, const crmsync_str *contacts, size_t n,
                               crmsync_error **err)
{
    crmsync_workspace *ws = task->job->ws;
    crmsync_str version = crmi_workspace_api_version(ws);
    crmi_request *r = crmi_task_request(task);
    crmi_composite c;
    crmi_buf soql;
    int32_t rc = CRMSYNC_OK;
    crmi_composite_begin(&c, r, version, false);
    crmi_buf_init(&soql, crmi_workspace_alloc(ws));
    for (size_t p = 0; !rc && p < PARTS; p++) {
        crmi_buf_reset(&soql);
        crmi_buf_lit(&soql, parts[p].before);
        for (size_t i = 0; i < n; i++) {
            crmi_buf_lit(&soql, i ? "," : "");
            crmi_soql_text(&soql, contacts[i]);
        }
        crmi_buf_lit(&soql, parts[p].after);
        rc = crmi_buf_ok(&soql) ? crmi_composite_add_query(&c, crmi_str(parts[p].name), version,
                                                           crmi_buf_str(&soql), false, err)
                                : crmi_fail_nomem(err);
    }
    crmi_buf_clear(&soql);
    return rc ? rc : crmi_task_ask(task, &c, err);
}

/* ---- rows ---- */

static int32_t take_contact(crmi_opportunities *o, crmi_record row, crmsync_error **err)
{
    crmsync_str contact, account;
    if (!crmi_keep_id(&o->arena, crmi_record_text(row, "Id"), &contact) ||
        !crmi_keep_id(&o->arena, crmi_record_text(row, "AccountId"), &account))
        return crmi_fail_nomem(err);
    if (!contact.len || !account.len)
        return CRMSYNC_OK;
    if (!crmi_arena_grow(&o->arena, &o->account_ids, &o->account_cap, o->account_count + 1,
                         sizeof *o->account_ids) ||
        !crmi_map_put_index(&o->accounts, contact, o->account_count))
        return crmi_fail_nomem(err);
    o->account_ids[o->account_count++] = account;
    return CRMSYNC_OK;
}

static int32_t add(crmi_opportunities *o, crmi_record row, const char *id, const char *account,
                   const char *contact, const char *created, crmsync_error **err)
{
    crmi_opportunity item = {.created_ms = 0};
    crmsync_cell stamp = crmi_record_get(row, crmi_str(created));
    crmsync_str for_account = account ? crmi_record_text(row, account) : CRMI_STR_EMPTY;
    crmsync_str for_contact = contact ? crmi_record_text(row, contact) : CRMI_STR_EMPTY;
    if (!crmi_keep_id(&o->arena, crmi_record_text(row, id), &item.id) ||
        !crmi_keep_id(&o->arena, for_account, &item.account) ||
        !crmi_keep_id(&o->arena, for_contact, &item.contact) ||
        !crmi_arena_grow(&o->arena, &o->items, &o->cap, o->count + 1, sizeof *o->items))
        return crmi_fail_nomem(err);
    if (stamp.type == CRMSYNC_CELL_DATETIME)
        item.created_ms = stamp.number;
    if (item.id.len)
        o->items[o->count++] = item;
    return CRMSYNC_OK;
}

static int32_t take_role(crmi_opportunities *o, crmi_record row, crmsync_error **err)
{
    return add(o, row, "OpportunityId", NULL, "ContactId", "Opportunity.CreatedDate", err);
}

static int32_t take_account(crmi_opportunities *o, crmi_record row, crmsync_error **err)
{
    return add(o, row, "Id", "AccountId", NULL, "CreatedDate", err);
}

/* ---- the answer ---- */

static int32_t take_part(crmi_opportunities *o, size_t p, const crmi_composite_part *part,
                         bool *whole, crmsync_error **err)
{
    crmi_query_column columns[3];
    crmi_query_page page;
    size_t n = 0;
    *whole = part && part->status == 200;
    if (!*whole)
        return CRMSYNC_OK;
    for (; n < 3 && parts[p].columns[n]; n++) {
        bool stamp = crmi_str_ends(crmi_str(parts[p].columns[n]), "CreatedDate");
        columns[n].name = crmi_str(parts[p].columns[n]);
        columns[n].type = stamp ? CRMSYNC_CELL_DATETIME : CRMSYNC_CELL_ID;
    }
    crmi_query_page_init(&page, o->arena.alloc);
    int32_t rc = crmi_query_page_take(o->arena.alloc, part->body, crmi_str(parts[p].object), columns,
                                      n, &page, err);
    *whole = !rc && page.done;
    for (size_t i = 0; *whole && !rc && i < crmsync_rows_count(page.rows); i++)
        rc = parts[p].take(o, (crmi_record){page.rows, i}, err);
    crmi_query_page_clear(&page);
    return rc;
}

int32_t crmi_opportunities_take(crmi_task *task, crmi_opportunities *o, crmsync_error **err)
{
    crmsync_engine *engine = task->job->ws->engine;
    crmi_composite_answer answer;
    bool all = true;
    crmi_opportunities_clear(o);
    int32_t rc = crmi_task_answer(task, 0, err);
    if (rc)
        return rc;
    rc = crmi_composite_read(o->arena.alloc, &task->call[0].response, PARTS, &answer, err);
    for (size_t p = 0; !rc && p < PARTS; p++) {
        bool whole = false;
        rc = take_part(o, p, crmi_composite_find(&answer, crmi_str(parts[p].name)), &whole, err);
        all = all && whole;
    }
    crmi_composite_answer_clear(&answer);
    crmi_task_reset_calls(task);
    if (!rc && !all) {
        o->count = 0; /* of a part nobody knows whether it is the only one, or the newest */
        crmi_engine_log(engine, CRMSYNC_LOG_WARN,
                        "the open opportunities could not be read; activities are logged without");
    }
    return rc;
}

crmsync_str crmi_opportunities_account(const crmi_opportunities *o, crmsync_str contact)
{
    size_t at;
    return crmi_map_get_index(&o->accounts, contact, &at) ? o->account_ids[at] : CRMI_STR_EMPTY;
}
