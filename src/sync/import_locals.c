#include "sync/import_locals.h"

#include "state/document.h"
#include "sync/local_index.h"

typedef int32_t (*normalize_fn)(const crmsync_normalizer *n, crmsync_str in, char *out, size_t size,
                                size_t *len);

typedef struct crmi_import_chain {
    size_t row;  /* in loaded */
    size_t next; /* entry + 1 */
} crmi_import_chain;

void crmi_import_locals_init(crmi_import_locals *l, crmsync_workspace *ws, crmi_arena *arena,
                             const crmi_crm_object *crm)
{
    memset(l, 0, sizeof *l);
    l->ws = ws;
    l->arena = arena;
    l->crm = crm;
    crmi_loaded_init(&l->loaded, crmi_workspace_alloc(ws));
    crmi_map_init(&l->first, crmi_workspace_alloc(ws));
}

void crmi_import_locals_clear(crmi_import_locals *l)
{
    crmi_loaded_clear(&l->loaded);
    crmi_map_clear(&l->first);
}

/* ---- keys of a CRM row ---- */

static bool matches_by(const crmsync_config *config, uint32_t matcher)
{
    for (size_t i = 0; i < config->match.account_count; i++) {
        if (config->match.account[i] == matcher)
            return true;
    }
    return false;
}

static crmsync_str remote_text(const crmi_import_locals *l, crmi_record row, crmsync_str local,
                               const char *usual)
{
    const crmi_object_rule *rule = &l->ws->config->objects[l->crm->number];
    const crmi_field_rule *mapped = local.len ? crmi_object_rule_by_local(rule, local) : NULL;
    return crmi_record_get(row, mapped ? mapped->remote : crmi_str(usual)).text;
}

static int32_t key_into(crmi_import_locals *l, normalize_fn fn, crmsync_str raw, crmsync_str *out,
                        crmsync_error **err)
{
    char text[CRMSYNC_KEY_MAX];
    size_t len = 0;
    *out = CRMI_STR_EMPTY;
    if (!raw.len)
        return CRMSYNC_OK;
    int32_t rc = fn(l->ws->normalizer, raw, text, sizeof text, &len);
    if (rc == CRMSYNC_E_NOMEM ||
        (!rc && len && !crmi_arena_str(l->arena, (crmsync_str){text, len}, out)))
        return crmi_fail_nomem(err);
    return CRMSYNC_OK;
}

static int32_t row_keys(crmi_import_locals *l, crmi_record row, crmsync_str keys[CRMI_LOCAL_KEYS],
                        crmsync_error **err)
{
    const crmsync_config *config = l->ws->config;
    crmsync_str kind = crmi_str(l->crm->local_kind);
    int32_t rc = CRMSYNC_OK;
    memset(keys, 0, CRMI_LOCAL_KEYS * sizeof *keys);
    keys[CRMI_LOCAL_ORIGIN] = crmi_record_text(row, "Id");
    if (crmi_str_is(kind, "person"))
        return key_into(l, crmsync_normalize_email,
                        remote_text(l, row, config->local.email, "Email"), &keys[CRMI_LOCAL_EMAIL],
                        err);
    if (!crmi_str_is(kind, "company"))
        return CRMSYNC_OK;
    crmsync_str website = remote_text(l, row, config->local.company_website, "Website");
    if (matches_by(config, CRMI_MATCH_WEBSITE) && website.len &&
        !crmsync_is_shared_host(l->ws->normalizer, website))
        rc = key_into(l, crmsync_normalize_domain, website, &keys[CRMI_LOCAL_DOMAIN], err);
    if (!rc && matches_by(config, CRMI_MATCH_NAME))
        rc = key_into(l, crmsync_normalize_company,
                      remote_text(l, row, config->local.company_label, "Name"),
                      &keys[CRMI_LOCAL_NAME], err);
    return rc;
}

/* The host's own id, where the org keeps it in a field. */
static crmsync_str kept_id(const crmi_import_locals *l, crmi_record row)
{
    crmsync_str field = l->ws->config->objects[l->crm->number].external_id;
    crmsync_str id = field.len ? crmi_str_trim(crmi_record_get(row, field).text) : CRMI_STR_EMPTY;
    return id.len <= CRMI_LOCAL_ID_MAX ? id : CRMI_STR_EMPTY;
}

/* ---- finding and loading ---- */

typedef struct id_set {
    crmi_map seen;
    crmsync_str *v;
    size_t n, cap;
} id_set;

static bool id_add(crmi_import_locals *l, id_set *set, crmsync_str id)
{
    if (!id.len || crmi_map_get(&set->seen, id))
        return true;
    if (!crmi_arena_grow(l->arena, &set->v, &set->cap, set->n + 1, sizeof *set->v) ||
        !crmi_map_put_index(&set->seen, id, set->n))
        return false;
    set->v[set->n++] = id;
    return true;
}

/* The host has no `find`. All that carry a key count, several included. */
static int32_t find_in_index(crmi_import_locals *l, uint32_t key, const id_set *values, id_set *ids,
                             crmsync_error **err)
{
    int32_t rc = CRMSYNC_OK;
    for (size_t i = 0; !rc && i < values->n; i++) {
        crmsync_str *hits;
        size_t n = 0;
        rc = crmi_local_index_find(l->ws, crmi_str(l->crm->local_kind), key, values->v[i], l->arena,
                                   &hits, &n, err);
        for (size_t k = 0; !rc && k < n; k++) {
            if (!id_add(l, ids, hits[k]))
                rc = crmi_fail_nomem(err);
        }
    }
    return rc;
}

/* Saves of earlier pages, and what users did meanwhile. */
static int32_t freshen_index(crmi_import_locals *l, crmsync_error **err)
{
    bool more = crmi_local_index_kept(l->ws);
    int32_t rc = CRMSYNC_OK;
    while (!rc && more)
        rc = crmi_local_index_read(l->ws, crmi_str(l->crm->local_kind), &more, err);
    return rc;
}

static int32_t find_by(crmi_import_locals *l, uint32_t key, const id_set *values, id_set *ids,
                       crmsync_error **err)
{
    crmsync_workspace *ws = l->ws;
    crmi_loaded found;
    bool supported;
    crmi_loaded_init(&found, crmi_workspace_alloc(ws));
    int32_t rc =
        crmi_records_find(ws->engine, ws->name, crmi_str(l->crm->local_kind),
                          crmi_local_key_kind(key), values->v, values->n, &found, &supported, err);
    for (size_t i = 0; !rc && i < crmsync_rows_count(found.rows); i++) {
        crmsync_str id;
        if (!crmi_arena_str(l->arena, crmi_record_text((crmi_record){found.rows, i}, "id"), &id) ||
            !id_add(l, ids, id))
            rc = crmi_fail_nomem(err);
    }
    crmi_loaded_clear(&found);
    return rc || supported ? rc : find_in_index(l, key, values, ids, err);
}

static int32_t find_all(crmi_import_locals *l, const crmi_record *rows, size_t n, id_set *ids,
                        crmsync_error **err)
{
    id_set values[CRMI_LOCAL_KEYS];
    crmsync_str keys[CRMI_LOCAL_KEYS];
    int32_t rc = freshen_index(l, err);
    memset(values, 0, sizeof values);
    for (uint32_t k = 0; k < CRMI_LOCAL_KEYS; k++)
        crmi_map_init(&values[k].seen, crmi_workspace_alloc(l->ws));
    for (size_t i = 0; !rc && i < n; i++) {
        rc = row_keys(l, rows[i], keys, err);
        if (!rc && !id_add(l, ids, kept_id(l, rows[i])))
            rc = crmi_fail_nomem(err);
        for (uint32_t k = 0; !rc && k < CRMI_LOCAL_KEYS; k++) {
            if (!id_add(l, &values[k], keys[k]))
                rc = crmi_fail_nomem(err);
        }
    }
    for (uint32_t k = 0; !rc && k < CRMI_LOCAL_KEYS; k++) {
        if (values[k].n)
            rc = find_by(l, k, &values[k], ids, err);
    }
    for (uint32_t k = 0; k < CRMI_LOCAL_KEYS; k++)
        crmi_map_clear(&values[k].seen);
    return rc;
}

/* ---- keys of the loaded records ---- */

static int32_t remember(crmi_import_locals *l, uint32_t kind, crmsync_str key, size_t row,
                        crmsync_error **err)
{
    crmi_buf text;
    crmsync_str kept;
    size_t first = 0;
    int32_t rc = CRMSYNC_OK;
    if (!key.len)
        return CRMSYNC_OK;
    crmi_buf_init(&text, crmi_workspace_alloc(l->ws));
    crmi_buf_lit(&text, crmi_local_key_kind(kind));
    crmi_buf_char(&text, '/');
    crmi_buf_add(&text, key);
    bool there = crmi_buf_ok(&text) && crmi_map_get_index(&l->first, crmi_buf_str(&text), &first);
    if (!crmi_buf_ok(&text) || !crmi_arena_str(l->arena, crmi_buf_str(&text), &kept) ||
        !crmi_arena_grow(l->arena, &l->chain, &l->chain_cap, l->chain_count + 1,
                         sizeof *l->chain) ||
        !crmi_map_put_index(&l->first, kept, l->chain_count))
        rc = crmi_fail_nomem(err);
    else
        l->chain[l->chain_count++] = (crmi_import_chain){row, there ? first + 1 : 0};
    crmi_buf_clear(&text);
    return rc;
}

static int32_t index_record(crmi_import_locals *l, const crmi_decide_env *env, size_t row,
                            crmsync_error **err)
{
    crmi_record record = {l->loaded.rows, row};
    crmsync_str keys[CRMI_LOCAL_KEYS];
    int32_t rc = crmi_local_keys(env, crmi_str(l->crm->local_kind), record, l->arena, keys, err);
    for (uint32_t k = 0; !rc && k < CRMI_LOCAL_KEYS; k++)
        rc = remember(l, k, keys[k], row, err);
    return rc;
}

int32_t crmi_import_locals_load(crmi_import_locals *l, const crmi_record *rows, size_t n,
                                const crmsync_str *linked, size_t linked_count, crmsync_error **err)
{
    crmsync_workspace *ws = l->ws;
    crmsync_str kind = crmi_str(l->crm->local_kind);
    crmi_decide_env env = crmi_workspace_decide_env(ws);
    id_set ids = {.v = NULL};
    int32_t rc = CRMSYNC_OK;
    crmi_map_init(&ids.seen, crmi_workspace_alloc(ws));
    for (size_t i = 0; !rc && i < linked_count; i++) {
        if (!id_add(l, &ids, linked[i]))
            rc = crmi_fail_nomem(err);
    }
    if (!rc)
        rc = find_all(l, rows, n, &ids, err);
    if (!rc)
        rc = crmi_records_load(ws->engine, ws->name, kind, ids.v, ids.n, &l->loaded, err);
    crmi_map_clear(&ids.seen);
    size_t count = rc ? 0 : crmsync_rows_count(l->loaded.rows);
    crmsync_str *loaded = crmi_arena_array(l->arena, count + 1, sizeof *loaded);
    l->links = crmi_arena_array(l->arena, count + 1, sizeof *l->links);
    if (!rc && (!loaded || !l->links))
        rc = crmi_fail_nomem(err);
    for (size_t i = 0; !rc && i < count; i++) {
        loaded[i] = crmi_record_text((crmi_record){l->loaded.rows, i}, "id");
        rc = index_record(l, &env, i, err);
    }
    return rc ? rc : crmi_link_get_many(&ws->store, l->arena, kind, loaded, count, l->links, err);
}

/* ---- candidates ---- */

typedef struct found {
    crmi_record *records;
    const crmi_link **links;
    size_t n, cap;
} found;

static bool found_add(crmi_import_locals *l, found *f, size_t row)
{
    for (size_t i = 0; i < f->n; i++) {
        if (f->records[i].row == row)
            return true;
    }
    size_t cap = f->cap;
    if (!crmi_arena_grow(l->arena, &f->records, &f->cap, f->n + 1, sizeof *f->records) ||
        !crmi_arena_grow(l->arena, &f->links, &cap, f->n + 1, sizeof *f->links))
        return false;
    f->records[f->n] = (crmi_record){l->loaded.rows, row};
    f->links[f->n++] = l->links[row].version ? &l->links[row] : NULL;
    return true;
}

/* Names alone prove nothing when the two have different domains. */
static int32_t domains_differ(crmi_import_locals *l, size_t row, crmsync_str domain, bool *differ,
                              crmsync_error **err)
{
    crmi_company_keys keys = {.host = CRMI_STR_EMPTY};
    crmi_decide_env env = crmi_workspace_decide_env(l->ws);
    int32_t rc = crmi_company_keys_of(&env, (crmi_record){l->loaded.rows, row},
                                      (crmi_record){NULL, 0}, l->arena, &keys, err);
    *differ = domain.len && keys.website.len && !crmi_str_eq(domain, keys.website);
    return rc;
}

static int32_t add_chain(crmi_import_locals *l, uint32_t kind,
                         const crmsync_str keys[CRMI_LOCAL_KEYS], crmsync_str own, found *f,
                         crmsync_error **err)
{
    crmi_buf text;
    size_t at = 0;
    bool there = false, oom = false;
    int32_t rc = CRMSYNC_OK;
    if (!keys[kind].len)
        return CRMSYNC_OK;
    crmi_buf_init(&text, crmi_workspace_alloc(l->ws));
    crmi_buf_lit(&text, crmi_local_key_kind(kind));
    crmi_buf_char(&text, '/');
    crmi_buf_add(&text, keys[kind]);
    oom = !crmi_buf_ok(&text);
    there = !oom && crmi_map_get_index(&l->first, crmi_buf_str(&text), &at);
    crmi_buf_clear(&text);
    for (size_t entry = there ? at + 1 : 0; !rc && !oom && entry;
         entry = l->chain[entry - 1].next) {
        size_t row = l->chain[entry - 1].row;
        bool differ = false;
        if (crmi_str_eq(crmi_record_text((crmi_record){l->loaded.rows, row}, "id"), own))
            continue;
        if (kind == CRMI_LOCAL_NAME)
            rc = domains_differ(l, row, keys[CRMI_LOCAL_DOMAIN], &differ, err);
        if (!rc && !differ)
            oom = !found_add(l, f, row);
    }
    return oom ? crmi_fail_nomem(err) : rc;
}

int32_t crmi_import_locals_match(crmi_import_locals *l, crmi_record row, crmsync_str own,
                                 const crmi_record **matches, const crmi_link *const **links,
                                 size_t *n, crmsync_error **err)
{
    crmsync_str keys[CRMI_LOCAL_KEYS];
    found f = {.n = 0};
    bool gone = own.len && !crmi_loaded_get(&l->loaded, own).rows; /* another may take its place */
    int32_t rc = row_keys(l, row, keys, err);
    /* the record that names this one is it: no key is asked then, nor for the weaker keys */
    for (uint32_t k = own.len ? (uint32_t)CRMI_LOCAL_EMAIL : (uint32_t)CRMI_LOCAL_ORIGIN;
         !rc && k < CRMI_LOCAL_KEYS && f.n == 0; k++) {
        if (!own.len || gone || k == CRMI_LOCAL_EMAIL)
            rc = add_chain(l, k, keys, own, &f, err);
        crmi_record kept = crmi_loaded_get(&l->loaded, kept_id(l, row));
        if (!rc && k == CRMI_LOCAL_ORIGIN && !f.n && kept.rows && !found_add(l, &f, kept.row))
            rc = crmi_fail_nomem(err);
    }
    *matches = f.records;
    *links = f.links;
    *n = f.n;
    return rc;
}
