/* What a page of activities needs to see before it is decided. */
#include "base/time.h"
#include "sync/activities.h"

static crmsync_workspace *workspace_of(const crmi_activities *t)
{
    return t->ship.task.job->ws;
}

/* ---- visits ---- */

/* Ids of the visits' records that the page has not; those it has are decided in any case. */
static int32_t missing_parts(crmi_activities *t, const crmi_allowances *visits, crmsync_str **ids,
                             size_t *n, crmsync_error **err)
{
    crmi_export_work *w = &t->work;
    crmi_map there;
    size_t most = 0, at;
    int32_t rc = CRMSYNC_OK;
    *n = 0;
    for (size_t v = 0; v < visits->count; v++)
        most += visits->uses[v].count;
    *ids = crmi_arena_array(&w->arena, most + 1, sizeof **ids);
    if (!*ids)
        return crmi_fail_nomem(err);
    crmi_map_init(&there, crmi_workspace_alloc(workspace_of(t)));
    for (size_t i = 0; !rc && i < w->count; i++)
        rc = crmi_map_put_index(&there, w->items[i].id, i) ? CRMSYNC_OK : crmi_fail_nomem(err);
    for (size_t v = 0; !rc && v < visits->count; v++) {
        const crmi_allowance_use *visit = &visits->uses[v];
        for (size_t k = 0; k < visit->count; k++) {
            if (!crmi_map_get_index(&there, visit->ids[k], &at))
                (*ids)[(*n)++] = visit->ids[k];
            else if (w->items[at].local.rows && !w->items[at].gone)
                w->items[at].decide = true;
        }
    }
    crmi_map_clear(&there);
    return rc;
}

static int32_t add_parts(crmi_activities *t, const crmsync_str *ids, size_t n, crmsync_error **err)
{
    crmi_export_work *w = &t->work;
    crmsync_workspace *ws = workspace_of(t);
    crmi_link *links = crmi_arena_array(&w->arena, n, sizeof *links);
    crmi_page_item *items = crmi_arena_array(&w->arena, w->count + n, sizeof *items);
    if (!links || !items)
        return crmi_fail_nomem(err);
    int32_t rc = crmi_link_get_many(&ws->store, &w->arena, w->kind, ids, n, links, err);
    if (!rc)
        rc = crmi_records_load(ws->engine, ws->name, w->kind, ids, n, &t->others, err);
    memcpy(items, w->items, w->count * sizeof *items);
    w->items = items;
    for (size_t i = 0; !rc && i < n; i++) {
        crmi_record local = crmi_loaded_get(&t->others, ids[i]);
        if (local.rows)
            w->items[w->count++] = (crmi_page_item){
                .id = ids[i],
                .local = local,
                .link = &links[i],
                .digest = crmi_local_digest(local, ws->config->local.crm_id),
                .decide = true,
            };
    }
    return rc;
}

int32_t crmi_activities_visits(crmi_activities *t, crmsync_error **err)
{
    crmi_export_work *w = &t->work;
    crmi_decide_env env = crmi_workspace_decide_env(workspace_of(t));
    crmi_activity_input *inputs = crmi_arena_array(&w->arena, w->count + 1, sizeof *inputs);
    crmi_allowances visits;
    crmsync_str *ids = NULL;
    size_t n = 0, count = 0;
    if (!inputs)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < w->count; i++) {
        if (w->items[i].decide)
            inputs[count++].local = w->items[i].local;
    }
    int32_t rc = crmi_allowances_read(&workspace_of(t)->store, &env, crmi_activity_session, inputs,
                                      count, &w->arena, &visits, err);
    if (!rc)
        rc = missing_parts(t, &visits, &ids, &n, err);
    return rc || !n ? rc : add_parts(t, ids, n, err);
}

/* ---- inputs ---- */

/* Links of `kind` that the text field of the items names; an entry per item, version 0 = none. */
static int32_t links_named(crmi_activities *t, const char *kind, const char *field,
                           crmi_link **out, crmsync_error **err)
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

static int64_t civil_date(const crmi_activities *t, crmi_record activity)
{
    const crmsync_engine *engine = workspace_of(t)->engine;
    crmsync_cell at = crmi_record_get(activity, CRMI_STR("at"));
    int64_t ms = at.type == CRMSYNC_CELL_DATETIME ? at.number : crmi_engine_wall(engine);
    if (at.type == CRMSYNC_CELL_TEXT && !crmi_datetime_parse(at.text, &ms))
        ms = crmi_engine_wall(engine);
    crmsync_str owner = workspace_of(t)->config->local.owner;
    if (engine->env.civil_date)
        return engine->env.civil_date(engine->env_ctx, ms, crmi_record_get(activity, owner).text);
    return ms >= 0 ? ms / CRMI_DAY_MS : -((-ms + CRMI_DAY_MS - 1) / CRMI_DAY_MS);
}

/* What of the page is limited, and which records stand for visits. */
static int32_t count_inputs(crmi_activities *t, crmsync_error **err)
{
    const crmi_store *store = &workspace_of(t)->store;
    size_t n = t->work.count;
    crmi_arena *arena = &t->work.arena;
    crmi_decide_env env = crmi_workspace_decide_env(workspace_of(t));
    int32_t rc = crmi_allowances_read(store, &env, crmi_activity_allowance, t->inputs, n, arena,
                                      &t->allowances, err);
    if (!rc)
        rc = crmi_allowances_read(store, &env, crmi_activity_session, t->inputs, n, arena,
                                  &t->visits, err);
    for (size_t i = 0; !rc && i < n; i++) {
        const crmi_allowance_use *use = crmi_allowances_of(&t->allowances, i);
        const crmi_allowance_use *visit = crmi_allowances_of(&t->visits, i);
        t->inputs[i].counted = use ? use->ids : NULL;
        t->inputs[i].counted_count = use ? use->count : 0;
        if (visit && visit->count)
            t->inputs[i].visit = visit->ids[0];
    }
    return rc;
}

int32_t crmi_activities_inputs(crmi_activities *t, crmsync_error **err)
{
    crmi_export_work *w = &t->work;
    crmi_link *people = NULL;
    size_t n = 0;
    for (size_t i = 0; i < w->count; i++) {
        if (w->items[i].decide)
            w->items[n++] = w->items[i];
    }
    w->count = n;
    int32_t rc = links_named(t, "person", "person_id", &people, err);
    t->inputs = rc ? NULL : crmi_arena_array(&w->arena, n + 1, sizeof *t->inputs);
    if (!t->inputs)
        return rc ? rc : crmi_fail_nomem(err);
    for (size_t i = 0; i < n; i++) {
        t->inputs[i] = (crmi_activity_input){
            .local = w->items[i].local,
            .person = people[i].version ? &people[i] : NULL,
            .link = w->items[i].link->version ? w->items[i].link : NULL,
            .civil_date = civil_date(t, w->items[i].local),
        };
    }
    rc = crmi_activities_waiting(t, err);
    return rc ? rc : count_inputs(t, err);
}

/* ---- accounts and opportunities ---- */

static crmsync_str contact_of(const crmi_activity_input *in)
{
    const crmi_target *contact = in->person ? crmi_link_object(in->person, "Contact") : NULL;
    return contact ? contact->id : CRMI_STR_EMPTY;
}

int32_t crmi_activities_contacts(crmi_activities *t, crmsync_str **ids, size_t *n,
                                 crmsync_error **err)
{
    const crmi_activity_rule *rule = &workspace_of(t)->config->activities;
    crmi_map seen;
    int32_t rc = CRMSYNC_OK;
    *n = 0;
    if (rule->opportunity == CRMI_OPPORTUNITY_OFF)
        return CRMSYNC_OK;
    *ids = crmi_arena_array(&t->work.arena, t->work.count + 1, sizeof **ids);
    if (!*ids)
        return crmi_fail_nomem(err);
    crmi_map_init(&seen, crmi_workspace_alloc(workspace_of(t)));
    for (size_t i = 0; !rc && i < t->work.count; i++) {
        crmsync_str id = contact_of(&t->inputs[i]);
        bool logged = t->inputs[i].link && t->inputs[i].link->target_count;
        if (!id.len || logged || crmi_map_get(&seen, id))
            continue;
        (*ids)[(*n)++] = id;
        if (!crmi_map_put_index(&seen, id, i))
            rc = crmi_fail_nomem(err);
    }
    crmi_map_clear(&seen);
    return rc;
}

/* Accounts by way of the host's companies: costs no call. Only the order of sending needs them. */
static int32_t accounts_of_hosts(crmi_activities *t, crmsync_error **err)
{
    crmi_export_work *w = &t->work;
    crmsync_workspace *ws = workspace_of(t);
    crmi_loaded people;
    crmsync_str *ids = crmi_arena_array(&w->arena, w->count + 1, sizeof *ids);
    crmsync_str *companies = crmi_arena_array(&w->arena, w->count + 1, sizeof *companies);
    crmi_link *links = crmi_arena_array(&w->arena, w->count + 1, sizeof *links);
    size_t *which = crmi_arena_array(&w->arena, w->count + 1, sizeof *which);
    size_t n = 0;
    if (!ids || !companies || !links || !which)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < w->count; i++) {
        const crmi_activity_input *in = &t->inputs[i];
        crmsync_str kind = crmi_record_text(in->local, "kind");
        bool locks = crmi_str_is(kind, "task") || crmi_str_is(kind, "meeting");
        if (locks && contact_of(in).len && !(in->link && in->link->target_count))
            which[n++] = i;
    }
    if (n < 2)
        return CRMSYNC_OK;
    for (size_t k = 0; k < n; k++)
        ids[k] = crmi_record_text(t->inputs[which[k]].local, "person_id");
    crmi_loaded_init(&people, crmi_workspace_alloc(ws));
    int32_t rc = crmi_records_load(ws->engine, ws->name, CRMI_STR("person"), ids, n, &people, err);
    size_t found = 0;
    for (size_t k = 0; !rc && k < n; k++) {
        crmi_record person = crmi_loaded_get(&people, ids[k]);
        crmsync_str company = person.rows && ws->config->local.company_id.len
                                  ? crmi_record_get(person, ws->config->local.company_id).text
                                  : CRMI_STR_EMPTY;
        if (!company.len || company.len > CRMI_LOCAL_ID_MAX)
            continue;
        which[found] = which[k];
        if (!crmi_arena_str(&w->arena, company, &companies[found++]))
            rc = crmi_fail_nomem(err);
    }
    crmi_loaded_clear(&people);
    if (!rc && found)
        rc = crmi_link_get_many(&ws->store, &w->arena, CRMI_STR("company"), companies, found, links,
                                err);
    for (size_t k = 0; !rc && k < found; k++) {
        const crmi_target *account = crmi_link_object(&links[k], "Account");
        if (account)
            t->inputs[which[k]].account = account->id;
    }
    return rc;
}

int32_t crmi_activities_relate(crmi_activities *t, crmsync_error **err)
{
    crmi_export_work *w = &t->work;
    crmi_link *named = NULL;
    if (workspace_of(t)->config->activities.opportunity == CRMI_OPPORTUNITY_OFF)
        return accounts_of_hosts(t, err);
    int32_t rc = links_named(t, "opportunity", "opportunity_id", &named, err);
    for (size_t i = 0; !rc && i < w->count; i++) {
        crmi_activity_input *in = &t->inputs[i];
        const crmi_target *opportunity = crmi_link_object(&named[i], "Opportunity");
        in->account = crmi_opportunities_account(&t->opportunities, contact_of(in));
        in->opportunity = opportunity ? opportunity->id : CRMI_STR_EMPTY;
        in->opportunities = t->opportunities.items;
        in->opportunity_count = t->opportunities.count;
    }
    return rc;
}
