/* The companies of a page of people, what to look up, and the decision. */
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
    crmi_page_company *c = &w->companies[w->company_count];
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
        crmi_page_company *c = &w->companies[w->company_count++];
        memset(c, 0, sizeof *c);
        c->id = item->id;
        c->local = item->local;
        c->link = item->link;
        c->digest = item->digest;
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

static int32_t want_company(crmi_export_work *w, crmi_page_company *c, crmi_lookup *l,
                            crmsync_error **err)
{
    const crmsync_config *config = w->job->ws->config;
    bool hit = false;
    int32_t rc = want_targets(c->link, l, err);
    if (c->link && crmi_link_any_live(c->link))
        return rc;
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

static int32_t want_person(crmi_export_work *w, size_t i, const crmi_decide_env *env, crmi_lookup *l,
                           crmsync_error **err)
{
    crmi_page_item *item = &w->items[i];
    crmsync_str email;
    int32_t rc = want_targets(item->link, l, err);
    if (!rc)
        rc = crmi_person_email_key(env, item->local, &w->arena, &email, err);
    /* the address of a linked person is looked up too: it may belong to somebody else (KEY_COLLISION) */
    if (!rc && !crmi_link_any_live(item->link)) {
        rc = crmi_lookup_want(l, CRMI_OBJECT_CONTACT, CRMI_ASK_EMAIL, email, err);
        if (!rc)
            rc = crmi_lookup_want(l, CRMI_OBJECT_LEAD, CRMI_ASK_EMAIL, email, err);
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

/* ---- deciding ---- */

/* Rows of the org by what they can be matched with. */
typedef struct found {
    crmi_map by_key;      /* "e/<email>", "d/<domain>", "n/<name>" -> first position + 1 in `next` */
    crmi_record *records; /* chained by `next` */
    size_t *next;
    size_t count, cap;
    crmi_arena *arena;
} found;

static bool found_add(found *f, const char *prefix, crmsync_str key, crmi_record record)
{
    char text[CRMSYNC_KEY_MAX + 4];
    crmsync_str kept;
    size_t head = 0;
    if (!key.len || key.len > CRMSYNC_KEY_MAX)
        return true;
    if (f->count == f->cap)
        return true; /* cannot be: three keys a record at most */
    text[0] = prefix[0];
    text[1] = '/';
    memcpy(text + 2, key.ptr, key.len);
    crmsync_str name = {text, key.len + 2};
    size_t at = f->count++;
    f->records[at] = record;
    f->next[at] = crmi_map_get_index(&f->by_key, name, &head) ? head + 1 : 0;
    return crmi_arena_str(f->arena, name, &kept) && crmi_map_put_index(&f->by_key, kept, at);
}

static int32_t found_fill(found *f, const crmi_export_work *w, const crmi_lookup *l,
                          crmsync_error **err)
{
    const crmsync_normalizer *n = w->job->ws->normalizer;
    char key[CRMSYNC_KEY_MAX];
    for (size_t i = 0; i < l->record_count; i++) {
        crmi_record r = l->records[i];
        size_t len = 0;
        bool ok = true;
        if (crmi_str_is(crmsync_rows_kind(r.rows), "Account")) {
            if (crmsync_normalize_domain(n, crmi_record_text(r, "Website"), key, sizeof key, &len))
                return crmi_fail_nomem(err);
            ok = found_add(f, "d", (crmsync_str){key, len}, r);
            if (crmsync_normalize_company(n, crmi_record_text(r, "Name"), key, sizeof key, &len))
                return crmi_fail_nomem(err);
            ok = ok && found_add(f, "n", (crmsync_str){key, len}, r);
        } else {
            if (crmsync_normalize_email(n, crmi_record_text(r, "Email"), key, sizeof key, &len))
                return crmi_fail_nomem(err);
            ok = found_add(f, "e", (crmsync_str){key, len}, r);
        }
        if (!ok)
            return crmi_fail_nomem(err);
    }
    return CRMSYNC_OK;
}

/* Collects candidates without repeats. */
typedef struct candidates {
    crmi_record *items;
    size_t count, cap;
} candidates;

static void take(candidates *c, crmi_record record)
{
    if (!record.rows || c->count == c->cap)
        return;
    for (size_t i = 0; i < c->count; i++) {
        if (c->items[i].rows == record.rows && c->items[i].row == record.row)
            return;
    }
    c->items[c->count++] = record;
}

static void take_key(candidates *c, const found *f, const char *prefix, crmsync_str key)
{
    char text[CRMSYNC_KEY_MAX + 4];
    size_t at;
    if (!key.len || key.len > CRMSYNC_KEY_MAX)
        return;
    text[0] = prefix[0];
    text[1] = '/';
    memcpy(text + 2, key.ptr, key.len);
    if (!crmi_map_get_index(&f->by_key, (crmsync_str){text, key.len + 2}, &at))
        return;
    for (size_t i = at + 1; i; i = f->next[i - 1])
        take(c, f->records[i - 1]);
}

/* Whatever a record points at by merge or conversion is a candidate as well. */
static void take_forward(candidates *c, const crmi_lookup *l)
{
    for (size_t i = 0; i < c->count; i++) {
        take(c, crmi_lookup_get(l, crmi_record_text(c->items[i], "MasterRecordId")));
        take(c, crmi_lookup_get(l, crmi_record_text(c->items[i], "ConvertedContactId")));
    }
}

static void take_link(candidates *c, const crmi_link *link, const crmi_lookup *l)
{
    for (size_t i = 0; link && i < link->target_count; i++)
        take(c, crmi_lookup_get(l, link->targets[i].id));
}

#define CANDIDATES_MAX 64u

static int32_t person_input(crmi_export_work *w, size_t i, const crmi_decide_env *env,
                            const found *f, const crmi_lookup *l, crmi_person_input *to,
                            crmsync_error **err)
{
    crmi_page_item *item = &w->items[i];
    candidates c = {crmi_arena_array(&w->arena, CANDIDATES_MAX, sizeof *c.items), 0, CANDIDATES_MAX};
    crmsync_str email;
    if (!c.items)
        return crmi_fail_nomem(err);
    int32_t rc = crmi_person_email_key(env, item->local, &w->arena, &email, err);
    if (rc)
        return rc;
    take_link(&c, item->link, l);
    take(&c, crmi_lookup_get(l, crmi_record_text(item->local, w->job->ws->config->local.crm_id.ptr)));
    take_key(&c, f, "e", email);
    take_forward(&c, l);
    *to = (crmi_person_input){
        .local = item->local,
        .link = item->link->version ? item->link : NULL,
        .candidates = c.items,
        .candidate_count = c.count,
        .company = w->company_of[i],
        .unknown = crmi_lookup_failed(l, CRMI_OBJECT_LEAD) || crmi_lookup_failed(l, CRMI_OBJECT_CONTACT),
        .manual = item->manual,
        .route = item->route,
    };
    return CRMSYNC_OK;
}

static int32_t company_input(crmi_export_work *w, size_t i, const found *f, const crmi_lookup *l,
                             crmi_company_input *to, crmsync_error **err)
{
    crmi_page_company *c = &w->companies[i];
    candidates list = {crmi_arena_array(&w->arena, CANDIDATES_MAX, sizeof *list.items), 0,
                       CANDIDATES_MAX};
    if (!list.items)
        return crmi_fail_nomem(err);
    take_link(&list, c->link, l);
    take_key(&list, f, "d", c->keys.website);
    take_key(&list, f, "d", c->keys.email_domain);
    take_key(&list, f, "n", c->keys.name);
    take_forward(&list, l);
    *to = (crmi_company_input){
        .local = c->local,
        .link = c->link && c->link->version ? c->link : NULL,
        .candidates = list.items,
        .candidate_count = list.count,
        .unknown = crmi_lookup_failed(l, CRMI_OBJECT_ACCOUNT),
        .sample = c->sample,
    };
    return CRMSYNC_OK;
}

int32_t crmi_work_decide(crmi_export_work *w, const crmi_lookup *l, crmi_plan *plan,
                         crmsync_error **err)
{
    crmi_decide_env env = crmi_workspace_decide_env(w->job->ws);
    bool people = crmi_str_is(w->kind, "person");
    found f = {.cap = l->record_count * 3, .arena = &w->arena};
    f.records = crmi_arena_array(&w->arena, f.cap + 1, sizeof *f.records);
    f.next = crmi_arena_array(&w->arena, f.cap + 1, sizeof *f.next);
    crmi_person_input *in = crmi_arena_array(&w->arena, w->count + 1, sizeof *in);
    crmi_company_input *co = crmi_arena_array(&w->arena, w->company_count + 1, sizeof *co);
    size_t n = 0;
    if (!f.records || !f.next || !in || !co)
        return crmi_fail_nomem(err);
    crmi_map_init(&f.by_key, crmi_workspace_alloc(w->job->ws));
    int32_t rc = found_fill(&f, w, l, err);
    for (size_t i = 0; !rc && people && i < w->count; i++) {
        if (!w->items[i].decide)
            continue;
        w->items[n] = w->items[i]; /* the page shrinks to what is decided: inputs and items agree */
        w->company_of[n] = w->company_of[i];
        rc = person_input(w, n, &env, &f, l, &in[n], err);
        n++;
    }
    for (size_t i = 0; !rc && i < w->company_count; i++)
        rc = company_input(w, i, &f, l, &co[i], err);
    crmi_map_clear(&f.by_key);
    if (rc)
        return rc;
    if (people)
        w->count = n;
    crmi_export_page page = {in, n, co, w->company_count, !people};
    return crmi_decide_export(&env, &page, plan, err);
}
