/*
 * Whose visitor is it? Accounts of a domain, a website or a name from the index that is kept here,
 * without a call to the org.
 */
#include "sync/match_account.h"

#include "model/rows.h"
#include "state/cursor.h"
#include "state/index.h"
#include "state/reverse.h"

#define KIND CRMI_STR("Account")
#define KEY_RULES 4

/* The strongest first. */
static const struct {
    const char *key_kind; /* in the index */
    uint32_t rule;        /* CRMSYNC_REASON_MATCH_* */
} key_rules[KEY_RULES] = {
    {"host", CRMSYNC_REASON_MATCH_WEBSITE},
    {"domain", CRMSYNC_REASON_MATCH_WEBSITE},
    {"domain", CRMSYNC_REASON_MATCH_EMAIL_DOMAIN},
    {"name", CRMSYNC_REASON_MATCH_NAME},
};

int32_t crmi_account_index_as_of(const crmsync_workspace *ws, int64_t *as_of, bool *whole,
                                 crmsync_error **err)
{
    const crmi_object_rule *rule = &ws->config->objects[CRMI_OBJECT_ACCOUNT];
    const crmsync_str names[] = {CRMI_STR("Account~index"), CRMI_STR("Account")};
    int32_t rc = CRMSYNC_OK;
    *as_of = 0;
    *whole = false;
    for (size_t i = 0; !rc && i < 2; i++) {
        crmi_cursor c;
        crmi_cursor_init(&c, crmi_workspace_alloc(ws));
        rc = crmi_cursor_get(&ws->store, names[i], &c, err);
        bool counts = i == 0 || (rule->enabled && !rule->filter.len);
        if (!rc && counts && c.version && !c.backfill && c.hi > *as_of) {
            *as_of = c.hi;
            *whole = true;
        }
        crmi_cursor_clear(&c);
    }
    return rc;
}

typedef int32_t (*normalize_fn)(const crmsync_normalizer *n, crmsync_str in, char *out, size_t size,
                                size_t *len);

static int32_t key_into(const crmsync_workspace *ws, crmi_arena *arena, normalize_fn fn,
                        crmsync_str raw, crmsync_str *out, crmsync_error **err)
{
    char text[CRMSYNC_KEY_MAX];
    size_t len = 0;
    *out = CRMI_STR_EMPTY;
    if (!raw.len)
        return CRMSYNC_OK;
    int32_t rc = fn(ws->normalizer, raw, text, sizeof text, &len);
    if (rc == CRMSYNC_E_NOMEM ||
        (!rc && len && !crmi_arena_str(arena, (crmsync_str){text, len}, out)))
        return crmi_fail_nomem(err);
    return CRMSYNC_OK;
}

int32_t crmi_account_keys_of(const crmsync_workspace *ws, crmi_record row, crmi_arena *arena,
                             crmsync_str keys[CRMI_ACCOUNT_KEYS], crmsync_error **err)
{
    crmsync_str site = crmi_str_trim(crmi_record_text(row, "website"));
    crmsync_str domain = crmi_str_trim(crmi_record_text(row, "domain"));
    crmsync_str email = crmi_str_trim(crmi_record_text(row, "email"));
    crmsync_str own = site.len ? site : domain;
    bool shared = own.len && crmsync_is_shared_host(ws->normalizer, own);
    int32_t rc = key_into(ws, arena, crmsync_normalize_host, own, &keys[0], err);
    if (!rc)
        rc = key_into(ws, arena, crmsync_normalize_domain, shared ? CRMI_STR_EMPTY : own, &keys[1],
                      err);
    if (!rc)
        rc = key_into(ws, arena, crmsync_normalize_domain, email, &keys[2], err);
    if (!rc && keys[2].len &&
        (crmsync_is_freemail(ws->normalizer, email) || crmsync_is_shared_host(ws->normalizer, keys[2])))
        keys[2] = CRMI_STR_EMPTY;
    return rc ? rc
              : key_into(ws, arena, crmsync_normalize_company,
                         crmi_str_trim(crmi_record_text(row, "name")), &keys[3], err);
}

/* Each account once, under the strongest rule that leads to it. */
static int32_t find_all(const crmsync_workspace *ws, const crmsync_str *keys, crmi_arena *arena,
                        crmi_account_hit *hits, size_t most, size_t *n, crmsync_error **err)
{
    int32_t rc = CRMSYNC_OK;
    *n = 0;
    for (size_t k = 0; !rc && k < KEY_RULES; k++) {
        crmsync_str *ids;
        size_t count;
        if (!keys[k].len)
            continue;
        rc = crmi_index_find(&ws->store, KIND, crmi_str(key_rules[k].key_kind), keys[k], arena, &ids,
                             &count, err);
        for (size_t i = 0; !rc && i < count && *n < most; i++) {
            bool known = false;
            for (size_t h = 0; h < *n; h++)
                known = known || crmi_str_eq(hits[h].id, ids[i]);
            if (!known)
                hits[(*n)++] = (crmi_account_hit){ids[i], key_rules[k].rule};
        }
    }
    return rc;
}

int32_t crmi_account_find(const crmsync_workspace *ws, crmi_record row, crmi_arena *arena,
                          crmi_account_hit *hits, size_t most, size_t *n, crmsync_error **err)
{
    crmsync_str keys[CRMI_ACCOUNT_KEYS];
    *n = 0;
    int32_t rc = crmi_account_keys_of(ws, row, arena, keys, err);
    return rc ? rc : find_all(ws, keys, arena, hits, most, n, err);
}

/* ---- for the host ---- */

typedef struct matcher {
    crmsync_workspace *ws;
    crmsync_rows *out;
    int64_t as_of;
    bool whole;
} matcher;

static int32_t add_row(matcher *m, size_t row, crmsync_str id, const crmi_account_hit *hit,
                       size_t rank, crmsync_str company, crmsync_error **err)
{
    crmi_buf digits;
    crmi_buf_init(&digits, crmi_workspace_alloc(m->ws));
    crmi_buf_u64(&digits, row);
    size_t first = digits.len;
    crmi_buf_u64(&digits, rank);
    if (!crmi_buf_ok(&digits)) {
        crmi_buf_clear(&digits);
        return crmi_fail_nomem(err);
    }
    const crmsync_cell cells[] = {
        {{digits.ptr, first}, 0, CRMSYNC_CELL_DECIMAL, 0},
        crmi_cell_text(id),
        hit ? crmi_cell_id(hit->id) : crmi_cell_null(),
        crmi_cell_text(crmi_str(hit ? crmsync_reason_name(hit->rule) : "")),
        {{digits.ptr + first, digits.len - first}, 0, CRMSYNC_CELL_DECIMAL, 0},
        crmi_cell_text(company),
        m->as_of ? crmi_cell_number(CRMSYNC_CELL_DATETIME, m->as_of) : crmi_cell_null(),
        crmi_cell_bool(m->whole),
    };
    int32_t rc = crmsync_rows_append(m->out, cells, sizeof cells / sizeof cells[0], err);
    crmi_buf_clear(&digits);
    return rc;
}

static int32_t match_row(matcher *m, crmi_record key, crmsync_error **err)
{
    crmi_account_hit hits[CRMI_ACCOUNT_HITS];
    crmsync_str ids[CRMI_ACCOUNT_HITS];
    crmi_reverse owners[CRMI_ACCOUNT_HITS];
    crmsync_str id = crmi_record_text(key, "id");
    crmi_arena arena;
    size_t n = 0;
    crmi_arena_init(&arena, crmi_workspace_alloc(m->ws));
    int32_t rc = crmi_account_find(m->ws, key, &arena, hits, CRMI_ACCOUNT_HITS, &n, err);
    for (size_t i = 0; i < n; i++)
        ids[i] = hits[i].id;
    if (!rc && n)
        rc = crmi_reverse_get(&m->ws->store, ids, n, &arena, owners, err);
    for (size_t i = 0; !rc && i < n; i++)
        rc = add_row(m, key.row, id, &hits[i], i, owners[i].id, err);
    if (!rc && !n)
        rc = add_row(m, key.row, id, NULL, 0, CRMI_STR_EMPTY, err);
    crmi_arena_clear(&arena);
    return rc;
}

static int32_t match_all(crmsync_workspace *ws, const crmsync_rows *keys, crmsync_rows **out,
                         crmsync_error **err)
{
    static const crmsync_str fields[] = {
        CRMSYNC_STR_LIT("row"),  CRMSYNC_STR_LIT("id"),         CRMSYNC_STR_LIT("crm_id"),
        CRMSYNC_STR_LIT("rule"), CRMSYNC_STR_LIT("rank"),       CRMSYNC_STR_LIT("company_id"),
        CRMSYNC_STR_LIT("as_of"), CRMSYNC_STR_LIT("complete")};
    matcher m = {.ws = ws};
    int32_t rc = crmi_account_index_as_of(ws, &m.as_of, &m.whole, err);
    if (!rc)
        rc = crmsync_rows_new(crmi_workspace_alloc(ws), CRMI_STR("match"), fields,
                              sizeof fields / sizeof fields[0], &m.out, err);
    for (size_t i = 0; !rc && i < crmsync_rows_count(keys); i++)
        rc = match_row(&m, (crmi_record){keys, i}, err);
    if (rc)
        crmsync_rows_free(m.out);
    else
        *out = m.out;
    return rc;
}

int32_t crmsync_workspace_match_account(crmsync_workspace *workspace, const crmsync_rows *keys,
                                        crmsync_rows **out, crmsync_error **err)
{
    if (!workspace || !keys || !out)
        return crmi_fail(err, CRMSYNC_E_INVALID, "workspace, keys or out is NULL");
    *out = NULL;
    int32_t rc = crmi_engine_enter(workspace->engine, err);
    if (rc)
        return rc;
    rc = match_all(workspace, keys, out, err);
    crmi_engine_leave(workspace->engine);
    return rc;
}
