/* People on their way out: the opportunities of a page are asked for, and everybody is judged. */
#include "sync/suppress.h"

#include "salesforce/composite.h"
#include "salesforce/soql.h"

#define SOQL_BUDGET 90000u

enum { DEALS, ROLES, PARTS };

static const char *const part_names[PARTS] = {"deals", "roles"};
static const crmi_query_column deal_columns[] = {
    {CRMSYNC_STR_LIT("Id"), 0},        {CRMSYNC_STR_LIT("Name"), 0},
    {CRMSYNC_STR_LIT("AccountId"), 0}, {CRMSYNC_STR_LIT("StageName"), 0},
    {CRMSYNC_STR_LIT("CloseDate"), 0}, {CRMSYNC_STR_LIT("IsClosed"), 0},
    {CRMSYNC_STR_LIT("IsWon"), 0},     {CRMSYNC_STR_LIT("Account.Website"), 0}};
static const crmi_query_column role_columns[] = {{CRMSYNC_STR_LIT("OpportunityId"), 0},
                                                 {CRMSYNC_STR_LIT("ContactId"), 0}};
static const struct {
    const char *object;
    const crmi_query_column *columns;
    size_t count;
} parts[PARTS] = {{"Opportunity", deal_columns, sizeof deal_columns / sizeof deal_columns[0]},
                  {"OpportunityContactRole", role_columns, 2}};

void crmi_deals_init(crmi_deals *d, crmi_task *task)
{
    const crmsync_alloc *alloc = crmi_workspace_alloc(task->job->ws);
    *d = (crmi_deals){.task = task};
    crmi_arena_init(&d->arena, alloc);
    for (size_t p = 0; p < PARTS; p++)
        crmi_buf_init(&d->next_url[p], alloc);
}

void crmi_deals_clear(crmi_deals *d)
{
    if (!d->task)
        return;
    crmi_task *task = d->task;
    crmsync_rows_free(d->deals);
    crmsync_rows_free(d->roles);
    for (size_t p = 0; p < PARTS; p++)
        crmi_buf_clear(&d->next_url[p]);
    crmi_arena_clear(&d->arena);
    crmi_deals_init(d, task);
}

static const crmi_suppression_rule *rule_of(const crmi_deals *d)
{
    return &d->task->job->ws->config->suppression;
}

/* ---- whose opportunities ---- */

static const crmi_work_company *company_of(const crmi_export_work *w, size_t i)
{
    return w->company_of && w->company_of[i] < w->company_count ? &w->companies[w->company_of[i]]
                                                                : NULL;
}

static int32_t gather(const crmi_export_work *w, size_t i, crmi_listed *p, crmi_arena *arena,
                      crmsync_error **err)
{
    const crmi_page_item *item = &w->items[i];
    const crmi_work_company *company = company_of(w, i);
    p->id = item->id;
    return crmi_listed_gather(w->job->ws, p, item->local, item->link,
                              company ? company->local : (crmi_record){NULL, 0},
                              company ? company->link : NULL, arena, err);
}

/* Of everybody who was looked up: some more than the page decides on do no harm. */
static int32_t gather_all(crmi_deals *d, const crmi_export_work *w, const crmi_lookup *l,
                          crmi_listed *all, crmsync_error **err)
{
    int32_t rc = CRMSYNC_OK;
    for (size_t i = 0; !rc && i < w->count; i++) {
        crmi_listed one = {.count = 0};
        rc = w->items[i].decide ? gather(w, i, &one, &d->arena, err) : CRMSYNC_OK;
        for (size_t k = 0; !rc && k < one.count; k++)
            rc = crmi_listed_add(all, &d->arena, one.crm_ids[k], err);
    }
    for (size_t i = 0; !rc && i < l->record_count; i++) {
        rc = crmi_listed_add(all, &d->arena, crmi_record_text(l->records[i], "Id"), err);
        if (!rc)
            rc = crmi_listed_add(all, &d->arena, crmi_record_text(l->records[i], "AccountId"), err);
    }
    return rc;
}

static size_t of_object(const crmi_listed *all, const char *prefix, crmsync_str *out)
{
    size_t n = 0;
    for (size_t i = 0; i < all->count; i++) {
        if (crmi_str_starts(all->crm_ids[i], prefix))
            out[n++] = all->crm_ids[i];
    }
    return n;
}

/* ---- asking ---- */

static void add_in(crmi_deals *d, crmi_buf *soql, crmsync_str field, const crmsync_str *ids, size_t n)
{
    size_t fit = crmi_soql_in_fit(field, ids, n, SOQL_BUDGET, 0);
    d->cut = d->cut || fit < n;
    crmi_soql_in(soql, field, ids, fit);
}

static int32_t add_part(crmi_deals *d, crmi_composite *c, size_t part, const crmsync_str *ids,
                        size_t n, crmsync_error **err)
{
    crmsync_workspace *ws = d->task->job->ws;
    bool by_role = rule_of(d)->scope == CRMI_SCOPE_CONTACT_ROLE;
    crmi_buf soql;
    crmi_buf_init(&soql, crmi_workspace_alloc(ws));
    crmi_buf_lit(&soql, "SELECT ");
    for (size_t i = 0; i < parts[part].count; i++) {
        crmi_buf_lit(&soql, i ? ", " : "");
        crmi_buf_add(&soql, parts[part].columns[i].name);
    }
    crmi_buf_fmt(&soql, " FROM %s WHERE ", parts[part].object);
    if (part == DEALS && by_role)
        crmi_buf_lit(&soql, "Id IN (SELECT OpportunityId FROM OpportunityContactRole WHERE ");
    add_in(d, &soql, by_role ? CRMI_STR("ContactId") : CRMI_STR("AccountId"), ids, n);
    if (part == DEALS && by_role)
        crmi_buf_char(&soql, ')');
    int32_t rc = crmi_buf_ok(&soql)
                     ? crmi_composite_add_query(c, crmi_str(part_names[part]),
                                                crmi_workspace_api_version(ws), crmi_buf_str(&soql),
                                                false, err)
                     : crmi_fail_nomem(err);
    crmi_buf_clear(&soql);
    return rc;
}

static int32_t make_rows(crmi_deals *d, size_t part, crmsync_rows **out, crmsync_error **err)
{
    crmsync_str names[8];
    for (size_t i = 0; i < parts[part].count; i++)
        names[i] = parts[part].columns[i].name;
    return crmsync_rows_new(crmi_workspace_alloc(d->task->job->ws), crmi_str(parts[part].object),
                            names, parts[part].count, out, err);
}

static int32_t ask_first(crmi_deals *d, const crmi_export_work *w, const crmi_lookup *l, bool *sent,
                         crmsync_error **err)
{
    crmsync_workspace *ws = d->task->job->ws;
    bool by_role = rule_of(d)->scope == CRMI_SCOPE_CONTACT_ROLE;
    crmi_listed all = {.count = 0};
    crmi_composite c;
    int32_t rc = make_rows(d, DEALS, &d->deals, err);
    if (!rc && by_role)
        rc = make_rows(d, ROLES, &d->roles, err);
    if (!rc)
        rc = gather_all(d, w, l, &all, err);
    crmsync_str *ids = rc ? NULL : crmi_arena_array(&d->arena, all.count + 1, sizeof *ids);
    if (rc || !ids)
        return rc ? rc : crmi_fail_nomem(err);
    size_t n = of_object(&all, by_role ? "003" : "001", ids);
    d->read_ms = crmi_engine_wall(ws->engine);
    if (!n)
        return CRMSYNC_OK;
    crmi_composite_begin(&c, crmi_task_request(d->task), crmi_workspace_api_version(ws), false);
    for (size_t p = 0; !rc && p <= (by_role ? ROLES : DEALS); p++)
        rc = add_part(d, &c, p, ids, n, err);
    if (!rc)
        rc = crmi_task_ask(d->task, &c, err);
    *sent = !rc;
    return rc;
}

int32_t crmi_deals_ask(crmi_deals *d, const crmi_export_work *w, const crmi_lookup *l, bool *sent,
                       crmsync_error **err)
{
    const crmi_suppression_rule *rule = rule_of(d);
    *sent = false;
    if (!rule->holds_export || rule->scope == CRMI_SCOPE_OFF || !crmi_str_is(w->kind, "person"))
        return CRMSYNC_OK;
    if (!d->asked) {
        d->asked = true;
        return ask_first(d, w, l, sent, err);
    }
    for (size_t p = 0; p < PARTS; p++) {
        if (!d->next_url[p].len)
            continue;
        int32_t rc = crmi_query_more_request(crmi_task_request(d->task),
                                             crmi_buf_str(&d->next_url[p]), err);
        if (!rc)
            crmi_task_send(d->task, false);
        *sent = !rc;
        return rc;
    }
    return CRMSYNC_OK;
}

/* ---- taking ---- */

static int32_t keep_page(crmi_deals *d, size_t p, crmi_query_page *page, crmsync_error **err)
{
    crmsync_rows *to = p == DEALS ? d->deals : d->roles;
    for (size_t i = 0; i < crmsync_rows_count(page->rows); i++) {
        if (!crmi_rows_copy_row(to, (crmi_record){page->rows, i}))
            return crmi_fail_nomem(err);
    }
    crmi_buf_reset(&d->next_url[p]);
    crmi_buf_add(&d->next_url[p], crmi_buf_str(&page->next_url));
    return crmi_buf_ok(&d->next_url[p]) ? CRMSYNC_OK : crmi_fail_nomem(err);
}

static int32_t take_part(crmi_deals *d, size_t p, const crmi_composite_part *part,
                         crmsync_error **err)
{
    const crmsync_alloc *alloc = crmi_workspace_alloc(d->task->job->ws);
    crmi_query_page page;
    if (!part || part->status != 200) { /* of a part nobody is clear */
        d->cut = true;
        crmi_engine_log(d->task->job->ws->engine, CRMSYNC_LOG_WARN,
                        "opportunities could not be read, so nobody is clear of them: status %d",
                        part ? part->status : 0);
        return CRMSYNC_OK;
    }
    crmi_query_page_init(&page, alloc);
    int32_t rc = crmi_query_page_take(alloc, part->body, crmi_str(parts[p].object), parts[p].columns,
                                      parts[p].count, &page, err);
    if (!rc)
        rc = keep_page(d, p, &page, err);
    crmi_query_page_clear(&page);
    return rc;
}

static int32_t take_more(crmi_deals *d, crmsync_error **err)
{
    const crmsync_alloc *alloc = crmi_workspace_alloc(d->task->job->ws);
    size_t p = d->next_url[DEALS].len ? DEALS : ROLES;
    crmi_query_page page;
    crmi_query_page_init(&page, alloc);
    int32_t rc = crmi_query_answer_read(alloc, 0, &d->task->call[0].response,
                                        crmi_str(parts[p].object), parts[p].columns, parts[p].count,
                                        &page, err);
    if (!rc)
        rc = keep_page(d, p, &page, err);
    crmi_query_page_clear(&page);
    return rc;
}

int32_t crmi_deals_take(crmi_deals *d, crmsync_error **err)
{
    crmi_composite_answer answer;
    bool more = d->next_url[DEALS].len || d->next_url[ROLES].len;
    int32_t rc = crmi_task_answer(d->task, 0, err);
    if (!rc && more) {
        rc = take_more(d, err);
    } else if (!rc) {
        size_t n = d->roles ? PARTS : 1;
        rc = crmi_composite_read(crmi_workspace_alloc(d->task->job->ws),
                                 &d->task->call[0].response, n, &answer, err);
        for (size_t p = 0; !rc && p < n; p++)
            rc = take_part(d, p, crmi_composite_find(&answer, crmi_str(part_names[p])), err);
        crmi_composite_answer_clear(&answer);
    }
    crmi_task_reset_calls(d->task);
    return rc;
}

/* ---- judging ---- */

static int32_t add_deals(const crmi_deals *d, crmsync_suppression *set, crmsync_error **err)
{
    crmsync_suppression_source source = CRMSYNC_SUPPRESSION_SOURCE_INIT;
    source.complete = !d->cut;
    source.read_ms = d->read_ms;
    source.kind = CRMSYNC_SOURCE_OPPORTUNITIES;
    source.rows = d->deals;
    int32_t rc = d->deals ? crmsync_suppression_add_source(set, &source, err) : CRMSYNC_OK;
    source.kind = CRMSYNC_SOURCE_CONTACT_ROLES;
    source.rows = d->roles;
    return rc || !d->roles ? rc : crmsync_suppression_add_source(set, &source, err);
}

static bool set_id(crmsync_rows *people, size_t row, const char *field, crmsync_str id)
{
    const crmsync_cell cell = crmi_cell_id(id);
    return !id.len || crmi_rows_put(people, row, crmi_str(field), &cell);
}

/* A person as the check wants it: the host's record, and what the org's records say. */
static int32_t add_person(crmsync_rows *people, const crmi_person_input *in, crmi_listed *p,
                          crmi_arena *arena, crmsync_error **err)
{
    size_t row = crmsync_rows_count(people);
    const crmsync_cell yes = crmi_cell_bool(true);
    bool ok = crmi_rows_copy_row(people, in->local);
    int32_t rc = CRMSYNC_OK;
    for (size_t i = 0; ok && !rc && i < in->candidate_count; i++) {
        crmi_record r = in->candidates[i];
        bool contact = crmi_str_is(crmsync_rows_kind(r.rows), "Contact");
        if (crmi_record_flag(r, "IsDeleted"))
            continue;
        ok = set_id(people, row, contact ? "contact_id" : "lead_id", crmi_record_text(r, "Id")) &&
             set_id(people, row, "account_id", crmi_record_text(r, "AccountId")) &&
             (!crmi_record_flag(r, "HasOptedOutOfEmail") ||
              crmi_rows_put(people, row, CRMI_STR("crm_opt_out"), &yes)) &&
             (!crmi_record_flag(r, "DoNotCall") ||
              crmi_rows_put(people, row, CRMI_STR("crm_do_not_call"), &yes));
        rc = crmi_listed_add(p, arena, crmi_record_text(r, "Id"), err);
        if (!rc)
            rc = crmi_listed_add(p, arena, crmi_record_text(r, "AccountId"), err);
    }
    return ok ? rc : crmi_fail_nomem(err);
}

/* `Competitors`, or the opportunity's name. */
static int32_t take_verdicts(crmi_export_work *w, const crmsync_rows *verdicts, crmi_person_input *in,
                             size_t n, crmsync_error **err)
{
    size_t at = 0;
    for (size_t i = 0; i < crmsync_rows_count(verdicts) && at < n; i++) {
        crmi_record v = {verdicts, i};
        crmsync_str reason = crmi_record_text(v, "reason"), name = crmi_record_text(v, "name");
        if (!crmi_str_is(crmi_record_text(v, "rank"), "0"))
            continue;
        in[at].suppressed = reason.len ? crmsync_reason_by_name(reason) : 0;
        if (!crmi_arena_str(&w->arena, name.len ? name : crmi_record_text(v, "source"),
                            &in[at].suppressed_by))
            return crmi_fail_nomem(err);
        at++;
    }
    return CRMSYNC_OK;
}

static int32_t judge(const crmi_deals *d, crmi_export_work *w, crmsync_rows *people,
                     crmsync_suppression *set, crmi_person_input *in, size_t n, crmsync_error **err)
{
    crmsync_workspace *ws = w->job->ws;
    crmsync_suppression_query q = CRMSYNC_SUPPRESSION_QUERY_INIT;
    crmsync_rows *verdicts = NULL;
    crmi_listed *listed = crmi_arena_array(&w->arena, n + 1, sizeof *listed);
    int32_t rc = listed ? CRMSYNC_OK : crmi_fail_nomem(err);
    for (size_t i = 0; !rc && i < n; i++) {
        rc = gather(w, i, &listed[i], &w->arena, err);
        if (!rc)
            rc = add_person(people, &in[i], &listed[i], &w->arena, err);
    }
    if (!rc)
        rc = crmi_suppress_lists(ws, set, listed, n, err);
    if (!rc)
        rc = add_deals(d, set, err);
    q.people = people;
    q.companies = w->company_records.rows;
    q.now_ms = crmi_engine_wall(ws->engine);
    if (!rc)
        rc = crmsync_suppression_check(set, &q, &verdicts, err);
    if (!rc)
        rc = take_verdicts(w, verdicts, in, n, err);
    crmsync_rows_free(verdicts);
    return rc;
}

int32_t crmi_suppress_page(const crmi_deals *d, crmi_export_work *w, crmi_person_input *in, size_t n,
                           crmsync_error **err)
{
    crmsync_workspace *ws = w->job->ws;
    const crmsync_alloc *alloc = crmi_workspace_alloc(ws);
    crmsync_suppression *set = NULL;
    crmsync_rows *people = NULL;
    if (!ws->config->suppression.holds_export || !n)
        return CRMSYNC_OK;
    int32_t rc = crmsync_suppression_new(alloc, ws->config, ws->normalizer, &set, err);
    if (!rc)
        rc = crmsync_rows_new(alloc, CRMI_STR("person"), NULL, 0, &people, err);
    if (!rc)
        rc = judge(d, w, people, set, in, n, err);
    crmsync_rows_free(people);
    crmsync_suppression_free(set);
    return rc;
}
