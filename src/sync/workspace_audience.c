/* Stored audiences for the host: how they stand, who is in them, what has changed. */
#include "sync/audience.h"

#include "base/sized.h"
#include "model/rows.h"
#include "state/reverse.h"

#define LIMIT_DEFAULT 1000u
#define LIMIT_MOST    10000u
#define HOUR_MS       INT64_C(3600000)

static const char *const state_names[] = {"never", "fresh", "stale", "truncated", "error"};

const char *crmsync_audience_name(uint32_t state)
{
    return state < sizeof state_names / sizeof state_names[0] ? state_names[state] : "unknown";
}

uint32_t crmi_audience_standing(const crmi_audience *a, const crmi_audience_rule *rule,
                                int64_t now_ms)
{
    if (a->state == CRMI_AUDIENCE_TRUNCATED)
        return CRMSYNC_AUDIENCE_TRUNCATED;
    if (a->state == CRMI_AUDIENCE_ERROR)
        return CRMSYNC_AUDIENCE_ERROR;
    if (!a->generation)
        return CRMSYNC_AUDIENCE_NEVER;
    bool old = rule && rule->max_age_hours &&
               now_ms - a->read_ms > (int64_t)rule->max_age_hours * HOUR_MS;
    bool other = !rule || a->stamp != crmi_audience_stamp(rule);
    return old || other ? CRMSYNC_AUDIENCE_STALE : CRMSYNC_AUDIENCE_FRESH;
}

/* CRMSYNC_E_NOT_FOUND unless it is configured or stored. */
static int32_t find(crmsync_workspace *ws, crmsync_str name, crmi_audience *a,
                    const crmi_audience_rule **rule, crmsync_error **err)
{
    *rule = crmi_config_audience(ws->config, name);
    int32_t rc = crmi_audience_get(&ws->store, name, a, err);
    if (rc || *rule || a->version)
        return rc;
    return crmi_fail(err, CRMSYNC_E_NOT_FOUND, "no audience is called \"%.*s\"",
                     CRMI_SPELL(crmi_str_sub(name, 0, 80)));
}

/* ---- how it stands ---- */

static size_t keep(crmi_buf *text, crmsync_str s)
{
    size_t at = text->len;
    crmi_buf_add(text, s);
    return at;
}

/* The texts stand behind each other in what the workspace returned last. */
static int32_t tell(crmsync_workspace *ws, const crmi_audience *a, const crmi_audience_rule *rule,
                    crmsync_audience *now, crmsync_error **err)
{
    crmi_buf *text = &ws->text;
    const struct {
        crmsync_str from;
        crmsync_str *to;
    } texts[] = {{a->object, &now->object}, {a->source, &now->source},   {a->code, &now->code},
                 {a->message, &now->message}, {a->remedy, &now->remedy}};
    size_t at[5];
    crmi_buf_reset(text);
    for (size_t i = 0; i < 5; i++)
        at[i] = keep(text, texts[i].from);
    size_t token = text->len;
    crmi_buf_i64(text, a->epoch);
    crmi_buf_char(text, '.');
    crmi_buf_u64(text, a->generation);
    if (!crmi_buf_ok(text))
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < 5; i++)
        *texts[i].to = (crmsync_str){text->ptr + at[i], texts[i].from.len};
    now->token = (crmsync_str){text->ptr + token, text->len - token};
    now->state = crmi_audience_standing(a, rule, crmi_engine_wall(ws->engine));
    now->configured = rule != NULL;
    now->members = a->members;
    now->added = a->added;
    now->removed = a->removed;
    now->read_ms = a->read_ms;
    now->tried_ms = a->tried_ms;
    return CRMSYNC_OK;
}

int32_t crmsync_workspace_audience(crmsync_workspace *workspace, crmsync_str name,
                                   crmsync_audience *out, crmsync_error **err)
{
    crmsync_audience now = CRMSYNC_AUDIENCE_INIT;
    const crmi_audience_rule *rule;
    crmi_audience a;
    if (!workspace || !name.len || !out || out->struct_size < sizeof out->struct_size)
        return crmi_fail(err, CRMSYNC_E_INVALID,
                         "workspace or out is NULL, its struct_size is not set, or no name is given");
    int32_t rc = crmi_engine_enter(workspace->engine, err);
    if (rc)
        return rc;
    crmi_audience_init(&a, crmi_workspace_alloc(workspace));
    rc = find(workspace, name, &a, &rule, err);
    if (!rc)
        rc = tell(workspace, &a, rule, &now, err);
    crmi_audience_clear(&a);
    crmi_engine_leave(workspace->engine);
    if (rc)
        return rc;
    now.struct_size = out->struct_size;
    memcpy(out, &now, out->struct_size < sizeof now ? out->struct_size : sizeof now);
    return CRMSYNC_OK;
}

/* ---- all of them ---- */

typedef struct lister {
    crmsync_workspace *ws;
    crmsync_rows *rows;
} lister;

static crmsync_cell instant(int64_t ms)
{
    return ms ? crmi_cell_number(CRMSYNC_CELL_DATETIME, ms) : crmi_cell_null();
}

static int32_t add_row(lister *l, const crmi_audience *a, const crmi_audience_rule *rule,
                       crmsync_error **err)
{
    crmi_buf digits;
    uint32_t state = crmi_audience_standing(a, rule, crmi_engine_wall(l->ws->engine));
    crmi_buf_init(&digits, crmi_workspace_alloc(l->ws));
    crmi_buf_u64(&digits, a->members);
    const crmsync_cell cells[] = {
        crmi_cell_text(a->name),
        crmi_cell_text(a->object),
        crmi_cell_text(a->source),
        crmi_cell_text(crmi_str(crmsync_audience_name(state))),
        {crmi_buf_str(&digits), 0, CRMSYNC_CELL_DECIMAL, 0},
        instant(a->read_ms),
        instant(a->tried_ms),
        crmi_cell_text(a->code),
        crmi_cell_text(a->message),
        crmi_cell_text(a->remedy),
        crmi_cell_bool(rule != NULL),
    };
    int32_t rc = crmi_buf_ok(&digits)
                     ? crmsync_rows_append(l->rows, cells, sizeof cells / sizeof cells[0], err)
                     : crmi_fail_nomem(err);
    crmi_buf_clear(&digits);
    return rc;
}

static int32_t list_stored(void *ctx, const crmi_audience *a, crmsync_error **err)
{
    lister *l = ctx;
    return crmi_config_audience(l->ws->config, a->name) ? CRMSYNC_OK : add_row(l, a, NULL, err);
}

static int32_t list_all(crmsync_workspace *ws, crmsync_rows **out, crmsync_error **err)
{
    static const crmsync_str fields[] = {
        CRMSYNC_STR_LIT("name"),   CRMSYNC_STR_LIT("object"),  CRMSYNC_STR_LIT("source"),
        CRMSYNC_STR_LIT("state"),  CRMSYNC_STR_LIT("members"), CRMSYNC_STR_LIT("read"),
        CRMSYNC_STR_LIT("tried"),  CRMSYNC_STR_LIT("code"),    CRMSYNC_STR_LIT("message"),
        CRMSYNC_STR_LIT("remedy"), CRMSYNC_STR_LIT("configured")};
    lister l = {.ws = ws};
    crmi_audience a;
    int32_t rc = crmsync_rows_new(crmi_workspace_alloc(ws), CRMI_STR("audience"), fields,
                                  sizeof fields / sizeof fields[0], &l.rows, err);
    crmi_audience_init(&a, crmi_workspace_alloc(ws));
    for (size_t i = 0; !rc && i < ws->config->audience_count; i++) {
        const crmi_audience_rule *rule = &ws->config->audiences[i];
        rc = crmi_audience_get(&ws->store, rule->name, &a, err);
        if (!rc)
            rc = add_row(&l, &a, rule, err);
    }
    crmi_audience_clear(&a);
    if (!rc)
        rc = crmi_audience_each(&ws->store, list_stored, &l, err);
    if (rc)
        crmsync_rows_free(l.rows);
    else
        *out = l.rows;
    return rc;
}

int32_t crmsync_workspace_audiences(crmsync_workspace *workspace, crmsync_rows **out,
                                    crmsync_error **err)
{
    if (!workspace || !out)
        return crmi_fail(err, CRMSYNC_E_INVALID, "workspace or out is NULL");
    *out = NULL;
    int32_t rc = crmi_engine_enter(workspace->engine, err);
    if (rc)
        return rc;
    rc = list_all(workspace, out, err);
    crmi_engine_leave(workspace->engine);
    return rc;
}

/* ---- members ---- */

typedef struct page {
    crmi_arena arena;
    crmsync_str *ids;
    uint32_t *changes;
    size_t n, limit;
} page;

static int32_t take_member(void *ctx, crmsync_str id, uint32_t change, crmsync_error **err)
{
    page *p = ctx;
    p->changes[p->n] = change;
    if (!crmi_arena_str(&p->arena, id, &p->ids[p->n]))
        return crmi_fail_nomem(err);
    return ++p->n == p->limit ? CRMI_VISIT_STOP : CRMSYNC_OK;
}

static int32_t make_rows(crmsync_workspace *ws, page *p, const crmi_audience *a, crmsync_rows **out,
                         crmsync_error **err)
{
    static const crmsync_str fields[] = {CRMSYNC_STR_LIT("crm_id"), CRMSYNC_STR_LIT("object"),
                                         CRMSYNC_STR_LIT("change"), CRMSYNC_STR_LIT("kind"),
                                         CRMSYNC_STR_LIT("id")};
    static const char *const changes[] = {"member", "added", "removed"};
    crmi_reverse *owners = crmi_arena_array(&p->arena, p->n + 1, sizeof *owners);
    int32_t rc = owners ? crmi_reverse_get(&ws->store, p->ids, p->n, &p->arena, owners, err)
                        : crmi_fail_nomem(err);
    if (!rc)
        rc = crmsync_rows_new(crmi_workspace_alloc(ws), CRMI_STR("member"), fields, 5, out, err);
    for (size_t i = 0; !rc && i < p->n; i++) {
        const crmsync_cell cells[] = {
            crmi_cell_id(p->ids[i]), crmi_cell_text(a->object),
            crmi_cell_text(crmi_str(changes[p->changes[i]])), crmi_cell_text(owners[i].kind),
            crmi_cell_text(owners[i].id)};
        rc = crmsync_rows_append(*out, cells, 5, err);
    }
    if (rc) {
        crmsync_rows_free(*out);
        *out = NULL;
    }
    return rc;
}

/* `<epoch>.<generation>`. */
static int32_t read_token(const crmi_audience *a, crmsync_str token, uint64_t *since,
                          crmsync_error **err)
{
    int64_t epoch;
    ptrdiff_t dot = crmi_str_chr(token, '.');
    if (dot < 0 || !crmi_str_to_i64(crmi_str_sub(token, 0, (size_t)dot), &epoch) ||
        !crmi_str_to_u64(crmi_str_sub(token, (size_t)dot + 1, token.len), since))
        return crmi_fail(err, CRMSYNC_E_INVALID, "since is not a token of an audience");
    if (epoch == a->epoch && *since <= a->generation && *since >= a->oldest)
        return CRMSYNC_OK;
    return crmi_fail_at(err, CRMSYNC_E_STATE, CRMI_STR_EMPTY, "Read all members anew.",
                        "what has changed since this token is not known any more");
}

static int32_t read_members(crmsync_workspace *ws, const crmsync_audience_query *q,
                            crmsync_rows **out, crmsync_error **err)
{
    page p = {.limit = q->limit ? q->limit : LIMIT_DEFAULT};
    const crmi_audience_rule *rule;
    uint64_t since = 0;
    crmi_audience a;
    crmi_arena_init(&p.arena, crmi_workspace_alloc(ws));
    crmi_audience_init(&a, crmi_workspace_alloc(ws));
    p.ids = crmi_arena_array(&p.arena, p.limit, sizeof *p.ids);
    p.changes = crmi_arena_array(&p.arena, p.limit, sizeof *p.changes);
    int32_t rc = p.ids && p.changes ? find(ws, q->name, &a, &rule, err) : crmi_fail_nomem(err);
    if (!rc && q->since.len)
        rc = read_token(&a, q->since, &since, err);
    if (!rc)
        rc = crmi_audience_members(&ws->store, &a, q->since.len > 0, since, q->after, take_member,
                                   &p, err);
    if (!rc)
        rc = make_rows(ws, &p, &a, out, err);
    crmi_audience_clear(&a);
    crmi_arena_clear(&p.arena);
    return rc;
}

int32_t crmsync_workspace_audience_members(crmsync_workspace *workspace,
                                           const crmsync_audience_query *query, crmsync_rows **out,
                                           crmsync_error **err)
{
    crmsync_audience_query q;
    if (!workspace || !out)
        return crmi_fail(err, CRMSYNC_E_INVALID, "workspace or out is NULL");
    *out = NULL;
    int32_t rc = crmi_copy_in(&q, sizeof q, query, "members of the query", err);
    if (rc)
        return rc;
    if (!q.name.len || q.limit > LIMIT_MOST || (q.after.len && q.after.len != 18))
        return crmi_fail(err, CRMSYNC_E_INVALID,
                         "a query of members needs a name, at most %u rows, and after an id of 18 "
                         "characters or nothing",
                         LIMIT_MOST);
    rc = crmi_engine_enter(workspace->engine, err);
    if (rc)
        return rc;
    rc = read_members(workspace, &q, out, err);
    crmi_engine_leave(workspace->engine);
    return rc;
}

int32_t crmsync_workspace_audience_forget(crmsync_workspace *workspace, crmsync_str name,
                                          crmsync_error **err)
{
    if (!workspace || !name.len)
        return crmi_fail(err, CRMSYNC_E_INVALID, "workspace is NULL, or no name is given");
    if (workspace->job)
        return crmi_fail(err, CRMSYNC_E_STATE, "a job of this workspace is open; free it first");
    int32_t rc = crmi_engine_enter(workspace->engine, err);
    if (rc)
        return rc;
    rc = crmi_audience_forget(&workspace->store, name, err);
    crmi_engine_leave(workspace->engine);
    return rc;
}
