#include "base/time.h"
#include "sync/activities.h"
#include "sync/settle.h"

#define WAITING_ONES 10000u /* of one person, as many as activities.park_max may say */

static crmsync_workspace *workspace_of(const crmi_activities *t)
{
    return t->ship.task.job->ws;
}

/* ---- waiting ones ---- */

static bool keep_place(crmi_activities *t, const crmi_waiting *last)
{
    crmi_buf_reset(&t->seen_parent);
    crmi_buf_reset(&t->seen_child);
    crmi_buf_add(&t->seen_parent, last->parent);
    crmi_buf_add(&t->seen_child, last->child);
    return crmi_buf_ok(&t->seen_parent) && crmi_buf_ok(&t->seen_child);
}

static int32_t list_waiting(crmi_activities *t, crmi_waiting **list, size_t *n,
                            crmsync_error **err)
{
    crmi_waiting after = {.parent_kind = CRMI_STR("person"),
                          .parent = crmi_buf_str(&t->seen_parent),
                          .child_kind = CRMI_STR("activity"),
                          .child = crmi_buf_str(&t->seen_child)};
    int32_t rc = crmi_waiting_list(&workspace_of(t)->store, after.parent_kind, CRMI_STR_EMPTY,
                                   after.child.len ? &after : NULL, CRMI_ACTIVITIES_PAGE,
                                   &t->work.arena, list, n, err);
    if (rc)
        return rc;
    t->parked_read = *n < CRMI_ACTIVITIES_PAGE;
    return *n == 0 || keep_place(t, &(*list)[*n - 1]) ? CRMSYNC_OK : crmi_fail_nomem(err);
}

static bool expired(const crmi_activities *t, const crmi_waiting *w)
{
    int64_t days = workspace_of(t)->config->activities.park_days;
    return days && crmi_workspace_server_now(workspace_of(t)) - w->since_ms > days * CRMI_DAY_MS;
}

static void add_item(crmi_activities *t, const crmi_waiting *w)
{
    t->parked[t->parked_count++] = *w;
    for (size_t k = 0; k < t->work.count; k++) {
        if (crmi_str_eq(t->work.items[k].id, w->child))
            return;
    }
    t->work.items[t->work.count].id = w->child;
    t->work.items[t->work.count++].from_queue = true;
}

int32_t crmi_activities_release(crmi_activities *t, crmsync_error **err)
{
    crmi_waiting *list;
    size_t n;
    t->parked_count = 0;
    if (t->parked_read)
        return CRMSYNC_OK;
    int32_t rc = list_waiting(t, &list, &n, err);
    if (rc || n == 0)
        return rc;
    crmi_arena *arena = &t->work.arena;
    crmsync_str *ids = crmi_arena_array(arena, n, sizeof *ids);
    crmi_link *links = crmi_arena_array(arena, n, sizeof *links);
    crmi_page_item *items = crmi_arena_array(arena, t->work.count + n + 1, sizeof *items);
    t->parked = crmi_arena_array(arena, n, sizeof *t->parked);
    if (!ids || !links || !t->parked || !items)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < n; i++)
        ids[i] = list[i].parent;
    rc = crmi_link_get_many(&workspace_of(t)->store, arena, CRMI_STR("person"), ids, n, links, err);
    memcpy(items, t->work.items, t->work.count * sizeof *items);
    t->work.items = items;
    for (size_t i = 0; !rc && i < n; i++) {
        if (crmi_link_any_live(&links[i]) || expired(t, &list[i]))
            add_item(t, &list[i]);
    }
    return rc;
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

/* Same person as an earlier one of the page that waits too? */
static bool first_of_person(const crmi_activities *t, size_t at, crmsync_str person)
{
    for (size_t i = 0; i < at; i++) {
        const crmi_activity_input *in = &t->inputs[i];
        if (!in->person && crmi_str_eq(crmi_record_text(in->local, "person_id"), person))
            return false;
    }
    return true;
}

/* What waits for the person of input `first`, told to all its activities of the page. */
static int32_t count_waiting(crmi_activities *t, size_t first, crmsync_str person,
                             crmsync_error **err)
{
    crmi_waiting *list;
    size_t n;
    int32_t rc =
        crmi_waiting_list(&workspace_of(t)->store, CRMI_STR("person"), person, NULL, WAITING_ONES,
                          &t->work.arena, &list, &n, err);
    size_t waiting = n;
    for (size_t i = first; !rc && i < t->work.count; i++) {
        crmi_activity_input *in = &t->inputs[i];
        if (in->person || !crmi_str_eq(crmi_record_text(in->local, "person_id"), person))
            continue;
        for (size_t k = 0; k < n; k++) {
            if (crmi_str_eq(list[k].child, crmi_record_text(in->local, "id")))
                in->waiting_since = list[k].since_ms;
        }
        in->waiting_others = waiting;
        waiting += in->waiting_since == 0;
    }
    return rc;
}

static int32_t tell_waiting(crmi_activities *t, crmsync_error **err)
{
    int32_t rc = CRMSYNC_OK;
    for (size_t i = 0; !rc && i < t->work.count; i++) {
        crmi_activity_input *in = &t->inputs[i];
        crmsync_str person = crmi_record_text(in->local, "person_id");
        bool fits = person.len && person.len <= CRMI_LOCAL_ID_MAX;
        if (!in->person && fits && first_of_person(t, i, person))
            rc = count_waiting(t, i, person, err);
        for (size_t k = 0; in->person && k < t->parked_count; k++) {
            if (crmi_str_eq(t->parked[k].child, crmi_record_text(in->local, "id")))
                in->waiting_since = t->parked[k].since_ms;
        }
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
    rc = tell_waiting(t, err);
    crmi_decide_env env = crmi_workspace_decide_env(workspace_of(t));
    return rc ? rc
              : crmi_allowances_read(&workspace_of(t)->store, &env, t->inputs, n, &w->arena,
                                     &t->allowances, err);
}

/* ---- accounts and opportunities ---- */

static crmsync_str contact_of(const crmi_activity_input *in)
{
    const crmi_target *contact = in->person ? crmi_link_object(in->person, "Contact") : NULL;
    return contact ? contact->id : CRMI_STR_EMPTY;
}

int32_t crmi_activities_contacts(const crmi_activities *t, crmsync_str **ids, size_t *n,
                                 crmsync_error **err)
{
    const crmi_activity_rule *rule = &workspace_of(t)->config->activities;
    crmi_map seen;
    int32_t rc = CRMSYNC_OK;
    crmi_arena *arena = (crmi_arena *)&t->work.arena;
    *n = 0;
    if (rule->opportunity == CRMI_OPPORTUNITY_OFF)
        return CRMSYNC_OK;
    *ids = crmi_arena_array(arena, t->work.count + 1, sizeof **ids);
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
