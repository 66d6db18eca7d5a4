/* A page that was looked up, laid out for the decision. */
#include "sync/suppress.h"

/* Rows of the org by what they can be matched with. */
typedef struct found {
    crmi_map by_key;      /* "e/<email>", "d/<domain>", "n/<name>", "x/<our id>" -> first position
                             + 1 in `next` */
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
        const crmi_object_rule *rule =
            crmi_config_object(w->job->ws->config, crmsync_rows_kind(r.rows));
        bool ok = !rule || !rule->external_id.len ||
                  found_add(f, "x", crmi_record_get(r, rule->external_id).text, r);
        if (crmi_str_is(crmsync_rows_kind(r.rows), "Account")) {
            if (crmsync_normalize_domain(n, crmi_record_text(r, "Website"), key, sizeof key, &len))
                return crmi_fail_nomem(err);
            ok = ok && found_add(f, "d", (crmsync_str){key, len}, r);
            if (crmsync_normalize_company(n, crmi_record_text(r, "Name"), key, sizeof key, &len))
                return crmi_fail_nomem(err);
            ok = ok && found_add(f, "n", (crmsync_str){key, len}, r);
        } else {
            if (crmsync_normalize_email(n, crmi_record_text(r, "Email"), key, sizeof key, &len))
                return crmi_fail_nomem(err);
            ok = ok && found_add(f, "e", (crmsync_str){key, len}, r);
        }
        if (!ok)
            return crmi_fail_nomem(err);
    }
    return CRMSYNC_OK;
}

/* Collects candidates without repeats. */
typedef struct candidates {
    crmi_record *items;
    crmsync_str *owners;
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

static bool candidates_init(candidates *c, crmi_arena *arena)
{
    *c = (candidates){.cap = CANDIDATES_MAX};
    c->items = crmi_arena_array(arena, CANDIDATES_MAX, sizeof *c->items);
    c->owners = crmi_arena_array(arena, CANDIDATES_MAX, sizeof *c->owners);
    return c->items && c->owners;
}

static void take_owners(candidates *c, const crmi_export_work *w, const char *kind,
                        crmsync_str self)
{
    for (size_t i = 0; i < c->count; i++)
        c->owners[i] = crmi_owners_other(&w->owners, crmi_record_text(c->items[i], "Id"),
                                         crmi_str(kind), self);
}

static int32_t person_input(crmi_export_work *w, size_t i, const crmi_decide_env *env,
                            const found *f, const crmi_lookup *l, crmi_person_input *to,
                            crmsync_error **err)
{
    crmi_page_item *item = &w->items[i];
    candidates c;
    crmsync_str email;
    if (!candidates_init(&c, &w->arena))
        return crmi_fail_nomem(err);
    int32_t rc = crmi_person_email_key(env, item->local, &w->arena, &email, err);
    if (rc)
        return rc;
    take_link(&c, item->link, l);
    take(&c, crmi_lookup_get(l, crmi_record_text(item->local, w->job->ws->config->local.crm_id.ptr)));
    take_key(&c, f, "x", item->id);
    take_key(&c, f, "e", email);
    take_forward(&c, l);
    take_owners(&c, w, "person", item->id);
    *to = (crmi_person_input){
        .local = item->local,
        .link = item->link->version ? item->link : NULL,
        .candidates = c.items,
        .candidate_count = c.count,
        .company = w->company_of[i],
        .unknown = crmi_lookup_failed(l, CRMI_OBJECT_LEAD) || crmi_lookup_failed(l, CRMI_OBJECT_CONTACT),
        .manual = item->manual,
        .route = item->route,
        .owners = c.owners,
        .fields = item->fields,
        .field_count = item->field_count,
    };
    return CRMSYNC_OK;
}

static int32_t company_input(crmi_export_work *w, size_t i, const found *f, const crmi_lookup *l,
                             crmi_company_input *to, crmsync_error **err)
{
    crmi_work_company *c = &w->companies[i];
    candidates list;
    crmsync_str stored = w->job->ws->config->local.crm_id;
    if (!candidates_init(&list, &w->arena))
        return crmi_fail_nomem(err);
    take_link(&list, c->link, l);
    if (c->local.rows && stored.len)
        take(&list, crmi_lookup_get(l, crmi_record_get(c->local, stored).text));
    take_key(&list, f, "x", c->id);
    take_key(&list, f, "d", c->keys.website);
    take_key(&list, f, "d", c->keys.email_domain);
    take_key(&list, f, "n", c->keys.name);
    take_forward(&list, l);
    take_owners(&list, w, "company", c->id);
    *to = (crmi_company_input){
        .local = c->local,
        .link = c->link && c->link->version ? c->link : NULL,
        .candidates = list.items,
        .candidate_count = list.count,
        .unknown = crmi_lookup_failed(l, CRMI_OBJECT_ACCOUNT),
        .sample = c->sample,
        .owners = c->local.rows ? list.owners : NULL,
        .fields = c->item ? c->item->fields : NULL,
        .field_count = c->item ? c->item->field_count : 0,
        .manual = c->item && c->item->manual,
    };
    return CRMSYNC_OK;
}

/* What was asked for goes with a decision, so that a retry asks for the same. */
static crmsync_str wish_of(const crmi_export_work *w, const crmi_decision *d)
{
    bool person = crmi_str_is(d->kind, "person");
    const crmi_page_item *item = NULL;
    if (person && d->input < w->count)
        item = &w->items[d->input];
    else if (!person && d->input < w->company_count)
        item = w->companies[d->input].item;
    return item ? item->wish : CRMI_STR_EMPTY;
}

uint64_t crmi_work_way_back(const crmi_export_work *w, crmsync_str crm_id)
{
    return crmi_owners_orphaned(&w->owners, crm_id);
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
    if (!rc)
        rc = crmi_owners_read(&w->owners, w->job->ws, l->records, l->record_count,
                              people ? &w->records : NULL,
                              people ? &w->company_records : &w->records, err);
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
    rc = people && w->deals ? crmi_suppress_page(w->deals, w, in, n, err) : CRMSYNC_OK;
    if (rc)
        return rc;
    crmi_export_page page = {in, n, co, w->company_count, !people};
    rc = crmi_decide_export(&env, &page, plan, err);
    for (size_t i = 0; !rc && i < plan->count; i++)
        plan->items[i].wish = wish_of(w, &plan->items[i]);
    return rc;
}
