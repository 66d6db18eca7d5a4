/* The companies of a page of people, and what to look up. */
#include "state/index.h"
#include "sync/page.h"

#define NO_COMPANY ((size_t)-1)

/* ---- which companies ---- */

/* People of one company share its record, or else the best key they have for it. */
static bool company_key(const crmi_page_item *item, crmsync_str company_id,
                        const crmi_company_keys *keys, crmi_buf *out)
{
    (void)item;
    crmi_buf_reset(out);
    if (company_id.len) {
        crmi_buf_lit(out, "id/");
        crmi_buf_add(out, company_id);
    } else if (keys->website.len) {
        crmi_buf_lit(out, "domain/");
        crmi_buf_add(out, keys->website);
    } else if (keys->email_domain.len) {
        crmi_buf_lit(out, "domain/");
        crmi_buf_add(out, keys->email_domain);
    } else if (keys->name.len) {
        crmi_buf_lit(out, "name/");
        crmi_buf_add(out, keys->name);
    }
    return out->len > 0;
}

static int32_t load_company_records(crmi_export_work *w, crmsync_error **err)
{
    crmsync_workspace *ws = w->job->ws;
    crmsync_str *ids = crmi_arena_array(&w->arena, w->count + 1, sizeof *ids);
    crmi_map seen;
    size_t n = 0;
    if (!ids)
        return crmi_fail_nomem(err);
    crmi_map_init(&seen, crmi_workspace_alloc(ws));
    int32_t rc = CRMSYNC_OK;
    for (size_t i = 0; !rc && i < w->count; i++) {
        crmsync_str id = w->items[i].decide
                             ? crmi_record_text(w->items[i].local, ws->config->local.company_id.ptr)
                             : CRMI_STR_EMPTY;
        if (id.len == 0 || id.len > CRMI_LOCAL_ID_MAX || crmi_map_get(&seen, id))
            continue;
        if (!crmi_map_put_index(&seen, id, n))
            rc = crmi_fail_nomem(err);
        ids[n++] = id;
    }
    crmi_map_clear(&seen);
    return rc ? rc
              : crmi_records_load(ws->engine, ws->name, CRMI_STR("company"), ids, n,
                                  &w->company_records, err);
}

static int32_t add_company(crmi_export_work *w, const crmi_decide_env *env, crmi_page_item *item,
                           crmi_map *seen, crmi_buf *key, size_t *index, crmsync_error **err)
{
    crmsync_workspace *ws = w->job->ws;
    crmsync_str kept;
    crmi_work_company *c = &w->companies[w->company_count];
    crmsync_str id = crmi_record_text(item->local, ws->config->local.company_id.ptr);
    memset(c, 0, sizeof *c);
    c->local = crmi_loaded_get(&w->company_records, id);
    if (c->local.rows)
        c->id = id;
    c->sample = item->local;
    int32_t rc = crmi_company_keys_of(env, c->local, item->local, &w->arena, &c->keys, err);
    *index = NO_COMPANY;
    if (rc || !company_key(item, c->id, &c->keys, key))
        return rc;
    if (crmi_map_get_index(seen, crmi_buf_str(key), index))
        return CRMSYNC_OK;
    if (!crmi_buf_ok(key) || !crmi_arena_str(&w->arena, crmi_buf_str(key), &kept) ||
        !crmi_map_put_index(seen, kept, w->company_count))
        return crmi_fail_nomem(err);
    c->digest = crmi_local_digest(c->local, ws->config->local.crm_id);
    *index = w->company_count++;
    return CRMSYNC_OK;
}

static int32_t link_companies(crmi_export_work *w, crmsync_error **err)
{
    crmsync_workspace *ws = w->job->ws;
    crmsync_str *ids = crmi_arena_array(&w->arena, w->company_count + 1, sizeof *ids);
    crmi_link *links = crmi_arena_array(&w->arena, w->company_count + 1, sizeof *links);
    size_t *which = crmi_arena_array(&w->arena, w->company_count + 1, sizeof *which);
    size_t n = 0;
    if (!ids || !links || !which)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < w->company_count; i++) {
        if (!w->companies[i].id.len)
            continue;
        which[n] = i;
        ids[n++] = w->companies[i].id;
    }
    int32_t rc = crmi_link_get_many(&ws->store, &w->arena, CRMI_STR("company"), ids, n, links, err);
    for (size_t k = 0; !rc && k < n; k++)
        w->companies[which[k]].link = &links[k];
    return rc;
}

/* Companies exported for their own sake: each item is one. */
static int32_t companies_alone(crmi_export_work *w, const crmi_decide_env *env, crmsync_error **err)
{
    int32_t rc = CRMSYNC_OK;
    for (size_t i = 0; !rc && i < w->count; i++) {
        crmi_page_item *item = &w->items[i];
        if (!item->decide)
            continue;
        crmi_work_company *c = &w->companies[w->company_count++];
        memset(c, 0, sizeof *c);
        c->id = item->id;
        c->local = item->local;
        c->link = item->link;
        c->digest = item->digest;
        c->item = item;
        rc = crmi_company_keys_of(env, c->local, (crmi_record){NULL, 0}, &w->arena, &c->keys, err);
    }
    return rc;
}

int32_t crmi_work_companies(crmi_export_work *w, crmsync_error **err)
{
    crmi_decide_env env = crmi_workspace_decide_env(w->job->ws);
    crmi_map seen;
    crmi_buf key;
    w->companies = crmi_arena_array(&w->arena, w->count + 1, sizeof *w->companies);
    w->company_of = crmi_arena_array(&w->arena, w->count + 1, sizeof *w->company_of);
    if (!w->companies || !w->company_of)
        return crmi_fail_nomem(err);
    if (crmi_str_is(w->kind, "company"))
        return companies_alone(w, &env, err);
    int32_t rc = load_company_records(w, err);
    crmi_map_init(&seen, crmi_workspace_alloc(w->job->ws));
    crmi_buf_init(&key, crmi_workspace_alloc(w->job->ws));
    for (size_t i = 0; !rc && i < w->count; i++) {
        w->company_of[i] = NO_COMPANY;
        if (w->items[i].decide)
            rc = add_company(w, &env, &w->items[i], &seen, &key, &w->company_of[i], err);
    }
    crmi_map_clear(&seen);
    crmi_buf_clear(&key);
    return rc ? rc : link_companies(w, err);
}

/* ---- what to look up ---- */

static int32_t want_targets(const crmi_link *link, crmi_lookup *l, crmsync_error **err)
{
    int32_t rc = CRMSYNC_OK;
    for (size_t i = 0; link && !rc && i < link->target_count; i++) {
        const crmi_crm_object *crm = crmi_crm_object_named(link->targets[i].object);
        if (crm && link->targets[i].state != CRMI_TARGET_MERGED)
            rc = crmi_lookup_want(l, crm->number, CRMI_ASK_ID, link->targets[i].id, err);
    }
    return rc;
}

/* Accounts that the local index knows under a key are confirmed by their id. */
static int32_t want_indexed(crmi_export_work *w, const char *key_kind, crmsync_str key, bool *hit,
                            crmi_lookup *l, crmsync_error **err)
{
    crmsync_str *ids;
    size_t n;
    if (!key.len)
        return CRMSYNC_OK;
    int32_t rc = crmi_index_find(&w->job->ws->store, CRMI_STR("Account"), crmi_str(key_kind), key,
                                 &w->arena, &ids, &n, err);
    for (size_t i = 0; !rc && i < n; i++) {
        *hit = true;
        rc = crmi_lookup_want(l, CRMI_OBJECT_ACCOUNT, CRMI_ASK_ID, ids[i], err);
    }
    return rc;
}

/* A key that is about to be created is probed in the org itself, seconds before. */
static int32_t want_probe(const crmi_company_keys *keys, crmi_lookup *l, crmsync_error **err)
{
    int32_t rc = keys->website.len ? crmi_lookup_want_domain(l, keys->website, err) : CRMSYNC_OK;
    if (!rc && keys->host.len && !crmi_str_eq(keys->host, keys->website))
        rc = crmi_lookup_want_domain(l, keys->host, err);
    if (!rc && keys->email_domain.len && !crmi_str_eq(keys->email_domain, keys->website))
        rc = crmi_lookup_want_domain(l, keys->email_domain, err);
    if (!rc)
        rc = crmi_lookup_want(l, CRMI_OBJECT_ACCOUNT, CRMI_ASK_WEBSITE, keys->raw_website, err);
    if (!rc)
        rc = crmi_lookup_want(l, CRMI_OBJECT_ACCOUNT, CRMI_ASK_NAME, keys->raw_name, err);
    if (!rc)
        rc = crmi_lookup_want(l, CRMI_OBJECT_ACCOUNT, CRMI_ASK_NAME, keys->name, err);
    return rc;
}

static int32_t want_company(crmi_export_work *w, crmi_work_company *c, crmi_lookup *l,
                            crmsync_error **err)
{
    const crmsync_config *config = w->job->ws->config;
    bool hit = false;
    crmsync_str stored = config->local.crm_id;
    int32_t rc = want_targets(c->link, l, err);
    if (crmi_link_leads(c->link))
        return rc;
    if (!rc && c->local.rows && stored.len)
        rc = crmi_lookup_want(l, CRMI_OBJECT_ACCOUNT, CRMI_ASK_ID,
                              crmi_record_get(c->local, stored).text, err);
    if (!rc)
        rc = crmi_lookup_want(l, CRMI_OBJECT_ACCOUNT, CRMI_ASK_EXTERNAL_ID, c->id, err);
    if (!rc)
        rc = want_indexed(w, "domain", c->keys.website, &hit, l, err);
    if (!rc)
        rc = want_indexed(w, "domain", c->keys.email_domain, &hit, l, err);
    if (!rc)
        rc = want_indexed(w, "name", c->keys.name, &hit, l, err);
    bool creates = config->export.account_create || config->objects[CRMI_OBJECT_ACCOUNT].out_create;
    if (!rc && !hit && creates && !c->probed) {
        c->probed = true;
        rc = want_probe(&c->keys, l, err);
    }
    return rc;
}

/* Only a Contact has an account: leads cost no look-up of companies. */
static bool may_be_contact(const crmi_export_work *w, const crmi_page_item *item)
{
    const crmsync_config *config = w->job->ws->config;
    bool found = false;
    if (item->route)
        return item->route == CRMI_ROUTE_CONTACT;
    if (crmi_link_any_live(item->link))
        return crmi_link_object(item->link, "Contact") != NULL;
    if (config->export.mode != CRMI_MODE_BY_STATUS)
        return config->export.mode == CRMI_MODE_CONTACTS;
    crmsync_str status = crmi_record_text(item->local, config->local.status.ptr);
    return crmi_str_eq_ci(crmi_pairs_get(config->export.routes, config->export.route_count,
                                         crmi_str_trim(status), &found),
                          CRMI_STR("contact"));
}

/* An address that was edited may belong to somebody else by now (KEY_COLLISION). */
static bool address_moved(const crmi_export_work *w, const crmi_page_item *item)
{
    crmsync_str name = w->job->ws->config->local.email;
    const crmi_target *primary = crmi_link_primary(item->link);
    crmsync_cell now = crmi_record_get(item->local, name);
    for (size_t i = 0; primary && i < primary->shadow_count; i++) {
        if (crmi_str_eq(primary->shadows[i].local, name))
            return !crmi_cell_same(&primary->shadows[i].l, &now);
    }
    return false;
}

static int32_t want_person(crmi_export_work *w, size_t i, const crmi_decide_env *env, crmi_lookup *l,
                           crmsync_error **err)
{
    crmi_page_item *item = &w->items[i];
    crmsync_str email;
    int32_t rc = want_targets(item->link, l, err);
    if (!rc)
        rc = crmi_person_email_key(env, item->local, &w->arena, &email, err);
    if (!rc && (!crmi_link_leads(item->link) || address_moved(w, item))) {
        rc = crmi_lookup_want(l, CRMI_OBJECT_CONTACT, CRMI_ASK_EMAIL, email, err);
        if (!rc)
            rc = crmi_lookup_want(l, CRMI_OBJECT_LEAD, CRMI_ASK_EMAIL, email, err);
    }
    if (!rc && !crmi_link_leads(item->link)) {
        rc = crmi_lookup_want(l, CRMI_OBJECT_CONTACT, CRMI_ASK_EXTERNAL_ID, item->id, err);
        if (!rc)
            rc = crmi_lookup_want(l, CRMI_OBJECT_LEAD, CRMI_ASK_EXTERNAL_ID, item->id, err);
    }
    crmsync_str known = crmi_record_text(item->local, w->job->ws->config->local.crm_id.ptr);
    const crmi_crm_object *crm = known.len ? crmi_crm_object_by_id(known) : NULL;
    if (!rc && crm && crmi_str_is(crmi_str(crm->local_kind), "person"))
        rc = crmi_lookup_want(l, crm->number, CRMI_ASK_ID, known, err);
    if (!rc && w->company_of[i] != NO_COMPANY && may_be_contact(w, item))
        rc = want_company(w, &w->companies[w->company_of[i]], l, err);
    return rc;
}

int32_t crmi_work_want(crmi_export_work *w, crmi_lookup *l, crmsync_error **err)
{
    crmi_decide_env env = crmi_workspace_decide_env(w->job->ws);
    bool people = crmi_str_is(w->kind, "person");
    int32_t rc = CRMSYNC_OK;
    for (size_t i = 0; !rc && people && i < w->count; i++) {
        if (w->items[i].decide)
            rc = want_person(w, i, &env, l, err);
    }
    for (size_t i = 0; !rc && !people && i < w->company_count; i++)
        rc = want_company(w, &w->companies[i], l, err);
    return rc;
}
