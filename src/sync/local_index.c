#include "sync/local_index.h"

#include "state/cursor.h"
#include "state/index.h"
#include "sync/records.h"

#define PAGE_MOST  1000u
#define DIGEST_LEN 16 /* in front of the host's position */

static const char *const key_kinds[CRMI_LOCAL_KEYS] = {"origin", "email", "domain", "name"};

const char *crmi_local_key_kind(uint32_t key)
{
    return key_kinds[key];
}

int32_t crmi_local_keys(const crmi_decide_env *env, crmsync_str kind, crmi_record record,
                        crmi_arena *arena, crmsync_str keys[CRMI_LOCAL_KEYS], crmsync_error **err)
{
    crmi_company_keys company = {.host = CRMI_STR_EMPTY};
    int32_t rc = CRMSYNC_OK;
    memset(keys, 0, CRMI_LOCAL_KEYS * sizeof *keys);
    keys[CRMI_LOCAL_ORIGIN] = crmi_record_text(record, "origin");
    if (crmi_str_is(kind, "person"))
        rc = crmi_person_email_key(env, record, arena, &keys[CRMI_LOCAL_EMAIL], err);
    else if (crmi_str_is(kind, "company"))
        rc = crmi_company_keys_of(env, record, (crmi_record){NULL, 0}, arena, &company, err);
    keys[CRMI_LOCAL_DOMAIN] = company.website;
    keys[CRMI_LOCAL_NAME] = company.name;
    return rc;
}

bool crmi_local_index_kept(const crmsync_workspace *ws)
{
    return ws->engine->records.find == NULL;
}

/* ---- a page of the feed ---- */

typedef struct index_page {
    crmsync_workspace *ws;
    crmsync_str kind;
    crmi_arena arena;
    crmi_buf name;     /* of the position */
    crmi_buf position; /* as stored: what the keys are made of, then the host's cursor */
    uint64_t version;
    crmi_feed_page feed;
    crmi_loaded loaded;
    crmi_map seen; /* id -> number in ids */
    crmsync_str *ids;
    bool *gone;
    size_t n;
} index_page;

static void page_init(index_page *p, crmsync_workspace *ws, crmsync_str kind)
{
    const crmsync_alloc *alloc = crmi_workspace_alloc(ws);
    *p = (index_page){.ws = ws, .kind = kind};
    crmi_arena_init(&p->arena, alloc);
    crmi_buf_init(&p->name, alloc);
    crmi_buf_init(&p->position, alloc);
    crmi_feed_page_init(&p->feed, alloc);
    crmi_loaded_init(&p->loaded, alloc);
    crmi_map_init(&p->seen, alloc);
    crmi_buf_lit(&p->name, "index/");
    crmi_buf_add(&p->name, kind);
}

static void page_clear(index_page *p)
{
    crmi_map_clear(&p->seen);
    crmi_loaded_clear(&p->loaded);
    crmi_feed_page_clear(&p->feed);
    crmi_buf_clear(&p->position);
    crmi_buf_clear(&p->name);
    crmi_arena_clear(&p->arena);
}

/* What keys are made of: with other rules every record has to be looked at again. */
static void add_fingerprint(const crmsync_config *config, crmi_buf *out)
{
    crmi_digest d;
    crmi_digest_init(&d);
    crmi_digest_part(&d, CRMI_STR("local index 1"));
    crmi_digest_part(&d, config->local.email);
    crmi_digest_part(&d, config->local.company_website);
    crmi_digest_part(&d, config->local.company_domain);
    crmi_digest_part(&d, config->local.company_label);
    crmi_config_normalizer_digest(config, &d);
    crmi_buf_fmt(out, "%016llx", (unsigned long long)crmi_digest_end(&d));
}

/* Nothing is dropped when the feed begins anew: what is left of records that have gone meanwhile
 * leads to ids that load nothing. A drop of the whole could hit what another worker builds. */
static int32_t read_position(index_page *p, crmsync_str *cursor, crmsync_error **err)
{
    crmi_buf stored;
    crmi_buf_init(&stored, crmi_workspace_alloc(p->ws));
    add_fingerprint(p->ws->config, &p->position);
    int32_t rc = crmi_buf_ok(&p->name) ? crmi_feed_get(&p->ws->store, crmi_buf_str(&p->name),
                                                       &stored, &p->version, err)
                                       : crmi_fail_nomem(err);
    crmsync_str text = crmi_buf_str(&stored);
    if (!rc && crmi_str_eq(crmi_str_sub(text, 0, DIGEST_LEN), crmi_buf_str(&p->position)))
        crmi_buf_add(&p->position, crmi_str_sub(text, DIGEST_LEN, text.len));
    crmi_buf_clear(&stored);
    if (!rc && !crmi_buf_ok(&p->position))
        rc = crmi_fail_nomem(err);
    text = crmi_buf_str(&p->position);
    *cursor = crmi_str_sub(text, DIGEST_LEN, text.len);
    return rc;
}

/* Each record of the page once; the last word counts. */
static int32_t take_ids(index_page *p, crmsync_error **err)
{
    size_t rows = crmsync_rows_count(p->feed.rows);
    if (rows > PAGE_MOST)
        return crmi_fail(err, CRMSYNC_E_CONTRACT,
                         "records.changed delivered %zu records where at most %u were asked for",
                         rows, PAGE_MOST);
    p->ids = crmi_arena_array(&p->arena, rows + 1, sizeof *p->ids);
    p->gone = crmi_arena_array(&p->arena, rows + 1, sizeof *p->gone);
    if (!p->ids || !p->gone)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < rows; i++) {
        crmi_record row = {p->feed.rows, i};
        size_t at = p->n;
        p->ids[p->n] = crmi_record_text(row, "id");
        if (!crmi_map_get_index(&p->seen, p->ids[p->n], &at)) {
            if (!crmi_map_put_index(&p->seen, p->ids[p->n], p->n))
                return crmi_fail_nomem(err);
            p->n++;
        }
        p->gone[at] = crmi_record_flag(row, "deleted");
    }
    return CRMSYNC_OK;
}

/* A record that is gone, or that cannot be loaded any more, has no keys. */
static int32_t make_entry(index_page *p, const crmi_decide_env *env, size_t i,
                          crmi_index_entry *entry, crmsync_error **err)
{
    crmsync_str values[CRMI_LOCAL_KEYS];
    crmi_record record = crmi_loaded_get(&p->loaded, p->ids[i]);
    *entry = (crmi_index_entry){.kind = p->kind, .id = p->ids[i]};
    if (p->gone[i] || !record.rows)
        return CRMSYNC_OK;
    crmi_index_key *keys = crmi_arena_array(&p->arena, CRMI_LOCAL_KEYS, sizeof *keys);
    if (!keys)
        return crmi_fail_nomem(err);
    entry->keys = keys;
    int32_t rc = crmi_local_keys(env, p->kind, record, &p->arena, values, err);
    for (uint32_t k = 0; !rc && k < CRMI_LOCAL_KEYS; k++) {
        if (values[k].len)
            keys[entry->key_count++] = (crmi_index_key){crmi_str(key_kinds[k]), values[k]};
    }
    return rc;
}

static int32_t make_units(index_page *p, crmi_units *units, crmsync_error **err)
{
    crmsync_workspace *ws = p->ws;
    crmi_decide_env env = crmi_workspace_decide_env(ws);
    crmi_index_entry *old = crmi_arena_array(&p->arena, p->n + 1, sizeof *old);
    if (!old)
        return crmi_fail_nomem(err);
    int32_t rc = crmi_index_get_many(&ws->store, p->kind, p->ids, p->n, &p->arena, old, err);
    for (size_t i = 0; !rc && i < p->n; i++) {
        crmi_index_entry entry;
        rc = make_entry(p, &env, i, &entry, err);
        if (rc || crmi_index_same_keys(&old[i], &entry))
            continue;
        crmi_units_begin(units);
        crmi_index_replace(&units->changes, &old[i], &entry);
    }
    return rc;
}

static int32_t commit_page(index_page *p, crmi_units *units, crmsync_error **err)
{
    size_t conflicts = 0;
    crmi_units_begin_closing(units);
    crmi_feed_put(&units->changes, crmi_buf_str(&p->name), crmi_buf_str(&p->position), p->version);
    int32_t rc = crmi_units_run(units, &conflicts, err);
    if (!rc && conflicts)
        rc = crmi_fail(err, CRMSYNC_E_CONFLICT,
                       "another worker changed the index of the %.*s records meanwhile; run again",
                       CRMI_SPELL(p->kind));
    return rc;
}

static int32_t read_page(index_page *p, crmsync_error **err)
{
    crmsync_workspace *ws = p->ws;
    crmi_units units;
    crmsync_str cursor = CRMI_STR_EMPTY;
    int32_t rc = read_position(p, &cursor, err);
    if (!rc)
        rc = crmi_records_changed(ws->engine, ws->name, p->kind, cursor, PAGE_MOST, &p->feed, err);
    if (rc)
        return rc;
    bool moved = !crmi_str_eq(cursor, crmi_buf_str(&p->feed.cursor));
    if (!moved && p->feed.more)
        return crmi_fail(err, CRMSYNC_E_CONTRACT,
                         "records.changed says that more is waiting but its cursor stands still");
    rc = take_ids(p, err);
    if (rc || (p->n == 0 && !moved))
        return rc;
    p->position.len = DIGEST_LEN;
    crmi_buf_add(&p->position, crmi_buf_str(&p->feed.cursor));
    if (!crmi_buf_ok(&p->position))
        return crmi_fail_nomem(err);
    crmi_units_init(&units, &ws->store);
    rc = crmi_records_load(ws->engine, ws->name, p->kind, p->ids, p->n, &p->loaded, err);
    if (!rc)
        rc = make_units(p, &units, err);
    if (!rc)
        rc = commit_page(p, &units, err);
    crmi_units_clear(&units);
    return rc;
}

int32_t crmi_local_index_read(crmsync_workspace *ws, crmsync_str kind, bool *more,
                              crmsync_error **err)
{
    index_page p;
    page_init(&p, ws, kind);
    int32_t rc = read_page(&p, err);
    *more = !rc && p.feed.more;
    page_clear(&p);
    return rc;
}

int32_t crmi_local_index_find(crmsync_workspace *ws, crmsync_str kind, uint32_t key,
                              crmsync_str value, crmi_arena *arena, crmsync_str **ids, size_t *n,
                              crmsync_error **err)
{
    return crmi_index_find(&ws->store, kind, crmi_str(key_kinds[key]), value, arena, ids, n, err);
}
