/* Lists to leave alone: stored audiences held against people, and the set that the host asks for. */
#include "sync/suppress.h"

#include <stdlib.h>

#include "state/audience.h"
#include "state/index.h"
#include "state/link.h"
#include "sync/audience.h"

/* ---- by what a list may name somebody ---- */

int32_t crmi_listed_add(crmi_listed *p, crmi_arena *arena, crmsync_str crm_id, crmsync_error **err)
{
    crmsync_str kept;
    if (!crmi_keep_id(arena, crm_id, &kept))
        return crmi_fail_nomem(err);
    if (kept.len != 18)
        return CRMSYNC_OK;
    for (size_t i = 0; i < p->count; i++) {
        if (crmi_str_eq(p->crm_ids[i], kept))
            return CRMSYNC_OK;
    }
    if (!crmi_arena_grow(arena, &p->crm_ids, &p->cap, p->count + 1, sizeof *p->crm_ids))
        return crmi_fail_nomem(err);
    p->crm_ids[p->count++] = kept;
    return CRMSYNC_OK;
}

static int32_t add_link(crmi_listed *p, const crmi_link *link, crmi_arena *arena,
                        crmsync_error **err)
{
    int32_t rc = CRMSYNC_OK;
    for (size_t i = 0; !rc && link && i < link->target_count; i++)
        rc = crmi_listed_add(p, arena, link->targets[i].id, err);
    return rc;
}

static int32_t add_domain(const crmsync_workspace *ws, crmi_listed *p, crmsync_str domain,
                          crmi_arena *arena, crmsync_error **err)
{
    crmsync_str *ids;
    size_t n = 0;
    int32_t rc = domain.len ? crmi_index_find(&ws->store, CRMI_STR("Account"), CRMI_STR("domain"),
                                              domain, arena, &ids, &n, err)
                            : CRMSYNC_OK;
    for (size_t i = 0; !rc && i < n; i++)
        rc = crmi_listed_add(p, arena, ids[i], err);
    return rc;
}

int32_t crmi_listed_gather(const crmsync_workspace *ws, crmi_listed *p, crmi_record person,
                           const crmi_link *link, crmi_record company, const crmi_link *company_link,
                           crmi_arena *arena, crmsync_error **err)
{
    static const char *const cells[] = {"contact_id", "lead_id", "account_id"};
    crmi_decide_env env = crmi_workspace_decide_env(ws);
    crmsync_str own = ws->config->local.crm_id;
    crmi_company_keys keys;
    int32_t rc = crmi_company_keys_of(&env, company, person, arena, &keys, err);
    for (size_t i = 0; !rc && i < sizeof cells / sizeof cells[0]; i++)
        rc = crmi_listed_add(p, arena, crmi_record_text(person, cells[i]), err);
    if (!rc && own.len)
        rc = crmi_listed_add(p, arena, crmi_record_get(person, own).text, err);
    if (!rc && own.len && company.rows)
        rc = crmi_listed_add(p, arena, crmi_record_get(company, own).text, err);
    if (!rc)
        rc = add_link(p, link, arena, err);
    if (!rc)
        rc = add_link(p, company_link, arena, err);
    if (!rc)
        rc = add_domain(ws, p, keys.website, arena, err);
    return rc ? rc : add_domain(ws, p, keys.email_domain, arena, err);
}

/* ---- lists ---- */

static int by_text(const void *a, const void *b)
{
    return crmi_str_cmp(*(const crmsync_str *)a, *(const crmsync_str *)b);
}

static int32_t sorted_ids(const crmi_listed *people, size_t n, crmi_arena *arena, crmsync_str **ids,
                          size_t *count, crmsync_error **err)
{
    size_t all = 0, kept = 0;
    for (size_t i = 0; i < n; i++)
        all += people[i].count;
    crmsync_str *v = crmi_arena_array(arena, all + 1, sizeof *v);
    if (!v)
        return crmi_fail_nomem(err);
    for (size_t i = 0, at = 0; i < n; i++) {
        for (size_t k = 0; k < people[i].count; k++)
            v[at++] = people[i].crm_ids[k];
    }
    qsort(v, all, sizeof *v, by_text);
    for (size_t i = 0; i < all; i++) {
        if (!kept || !crmi_str_eq(v[kept - 1], v[i]))
            v[kept++] = v[i];
    }
    *ids = v;
    *count = kept;
    return CRMSYNC_OK;
}

static bool is_member(const crmi_listed *p, const crmsync_str *ids, const bool *member, size_t n)
{
    for (size_t i = 0; i < p->count; i++) {
        const crmsync_str *at = bsearch(&p->crm_ids[i], ids, n, sizeof *ids, by_text);
        if (at && member[at - ids])
            return true;
    }
    return false;
}

/* What cannot be relied on is told as incomplete, which makes nobody clear. */
static int32_t add_list(const crmsync_workspace *ws, crmsync_suppression *set,
                        const crmi_audience *a, const crmi_audience_rule *rule,
                        const crmsync_rows *rows, crmsync_error **err)
{
    crmsync_suppression_source source = CRMSYNC_SUPPRESSION_SOURCE_INIT;
    uint32_t standing = crmi_audience_standing(a, rule, crmi_engine_wall(ws->engine));
    bool same = a->stamp == crmi_audience_stamp(rule);
    source.name = rule->name;
    source.kind = CRMSYNC_SOURCE_LIST;
    source.complete = same && (standing == CRMSYNC_AUDIENCE_FRESH || standing == CRMSYNC_AUDIENCE_STALE);
    source.read_ms = a->read_ms;
    source.rows = rows;
    return crmsync_suppression_add_source(set, &source, err);
}

static int32_t one_list(const crmsync_workspace *ws, crmsync_suppression *set,
                        const crmi_audience_rule *rule, const crmi_listed *people, size_t n,
                        const crmsync_str *ids, size_t id_count, bool *member, crmsync_error **err)
{
    static const crmsync_str field = CRMSYNC_STR_LIT("person_id");
    crmi_audience a;
    crmsync_rows *rows = NULL;
    crmi_audience_init(&a, crmi_workspace_alloc(ws));
    int32_t rc = crmi_audience_get(&ws->store, rule->name, &a, err);
    if (!rc)
        rc = crmi_audience_contains(&ws->store, &a, ids, id_count, member, err);
    if (!rc)
        rc = crmsync_rows_new(crmi_workspace_alloc(ws), CRMI_STR("list"), &field, 1, &rows, err);
    for (size_t i = 0; !rc && i < n; i++) {
        const crmsync_cell cell = crmi_cell_text(people[i].id);
        if (is_member(&people[i], ids, member, id_count))
            rc = crmsync_rows_append(rows, &cell, 1, err);
    }
    if (!rc)
        rc = add_list(ws, set, &a, rule, rows, err);
    crmsync_rows_free(rows);
    crmi_audience_clear(&a);
    return rc;
}

int32_t crmi_suppress_lists(const crmsync_workspace *ws, crmsync_suppression *set,
                            const crmi_listed *people, size_t n, crmsync_error **err)
{
    const crmi_suppression_rule *rule = &ws->config->suppression;
    crmsync_str *ids = NULL;
    size_t count = 0;
    crmi_arena arena;
    crmi_arena_init(&arena, crmi_workspace_alloc(ws));
    int32_t rc = sorted_ids(people, n, &arena, &ids, &count, err);
    bool *member = rc ? NULL : crmi_arena_array(&arena, count + 1, sizeof *member);
    if (!rc && !member)
        rc = crmi_fail_nomem(err);
    for (size_t i = 0; !rc && i < rule->list_count; i++) {
        const crmi_audience_rule *audience = crmi_config_audience(ws->config, rule->lists[i]);
        if (audience) /* others are the host's to add; until then nobody is clear */
            rc = one_list(ws, set, audience, people, n, ids, count, member, err);
    }
    crmi_arena_clear(&arena);
    return rc;
}

/* ---- for the host ---- */

typedef struct asking {
    crmsync_workspace *ws;
    const crmsync_rows *people, *companies;
    size_t n;
    crmi_arena arena;
    crmi_link *links, *company_links; /* per person */
    crmi_listed *listed;
} asking;

static crmi_record company_of(const asking *q, crmsync_str id)
{
    for (size_t i = 0; id.len && i < crmsync_rows_count(q->companies); i++) {
        if (crmi_str_eq(crmi_record_text((crmi_record){q->companies, i}, "id"), id))
            return (crmi_record){q->companies, i};
    }
    return (crmi_record){NULL, 0};
}

static int32_t read_links(asking *q, crmsync_error **err)
{
    crmsync_str field = q->ws->config->local.company_id;
    crmsync_str *ids = crmi_arena_array(&q->arena, q->n + 1, sizeof *ids);
    crmsync_str *companies = crmi_arena_array(&q->arena, q->n + 1, sizeof *companies);
    q->links = crmi_arena_array(&q->arena, q->n + 1, sizeof *q->links);
    q->company_links = crmi_arena_array(&q->arena, q->n + 1, sizeof *q->company_links);
    q->listed = crmi_arena_array(&q->arena, q->n + 1, sizeof *q->listed);
    if (!ids || !companies || !q->links || !q->company_links || !q->listed)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < q->n; i++) {
        crmi_record person = {q->people, i};
        ids[i] = crmi_record_text(person, "id");
        companies[i] = field.len ? crmi_record_get(person, field).text : CRMI_STR_EMPTY;
        if (!ids[i].len)
            return crmi_fail(err, CRMSYNC_E_INVALID,
                             "person %zu has no \"id\": every record needs the host's id", i);
        q->listed[i].id = ids[i];
    }
    int32_t rc = crmi_link_get_many(&q->ws->store, &q->arena, CRMI_STR("person"), ids, q->n, q->links,
                                    err);
    size_t n = 0;
    size_t *whose = rc ? NULL : crmi_arena_array(&q->arena, q->n + 1, sizeof *whose);
    crmi_link *found = rc ? NULL : crmi_arena_array(&q->arena, q->n + 1, sizeof *found);
    if (!rc && (!whose || !found))
        return crmi_fail_nomem(err);
    for (size_t i = 0; !rc && i < q->n; i++) {
        if (companies[i].len) {
            companies[n] = companies[i];
            whose[n++] = i;
        }
    }
    if (!rc)
        rc = crmi_link_get_many(&q->ws->store, &q->arena, CRMI_STR("company"), companies, n, found, err);
    for (size_t k = 0; !rc && k < n; k++)
        q->company_links[whose[k]] = found[k];
    return rc;
}

static int32_t fill(asking *q, crmsync_suppression *set, crmsync_error **err)
{
    crmsync_str field = q->ws->config->local.company_id;
    int32_t rc = read_links(q, err);
    for (size_t i = 0; !rc && i < q->n; i++) {
        crmi_record person = {q->people, i};
        crmsync_str id = field.len ? crmi_record_get(person, field).text : CRMI_STR_EMPTY;
        rc = crmi_listed_gather(q->ws, &q->listed[i], person, &q->links[i], company_of(q, id),
                                &q->company_links[i], &q->arena, err);
    }
    return rc ? rc : crmi_suppress_lists(q->ws, set, q->listed, q->n, err);
}

int32_t crmsync_workspace_suppression(crmsync_workspace *workspace, const crmsync_rows *people,
                                      const crmsync_rows *companies, crmsync_suppression **out,
                                      crmsync_error **err)
{
    crmsync_suppression *set = NULL;
    if (!workspace || !people || !out)
        return crmi_fail(err, CRMSYNC_E_INVALID, "workspace, people or out is NULL");
    *out = NULL;
    int32_t rc = crmi_engine_enter(workspace->engine, err);
    if (rc)
        return rc;
    asking q = {.ws = workspace,
                .people = people,
                .companies = companies,
                .n = crmsync_rows_count(people)};
    crmi_arena_init(&q.arena, crmi_workspace_alloc(workspace));
    rc = crmsync_suppression_new(crmi_workspace_alloc(workspace), workspace->config,
                                 workspace->normalizer, &set, err);
    if (!rc)
        rc = fill(&q, set, err);
    crmi_arena_clear(&q.arena);
    if (rc)
        crmsync_suppression_free(set);
    else
        *out = set;
    crmi_engine_leave(workspace->engine);
    return rc;
}
