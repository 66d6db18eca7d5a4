/*
 * Erasing what is remembered: of one record altogether, and of everybody what is older than somebody
 * needs. The link goes last, so that a repeat finds the Salesforce ids once more.
 */
#include "state/audience.h"
#include "state/claim.h"
#include "state/dead.h"
#include "state/index.h"
#include "state/link.h"
#include "state/queue.h"
#include "state/reverse.h"
#include "state/run.h"
#include "state/runlog.h"
#include "state/shipment.h"
#include "state/undo.h"
#include "state/waiting.h"
#include "sync/allowances.h"
#include "sync/forget.h"
#include "sync/retention.h"
#include "sync/workspace.h"

typedef struct forget_task {
    crmsync_workspace *ws;
    crmi_arena arena;
    crmsync_str kind, id;
    crmi_link link;
    bool in_flight; /* an intent of the record is not settled */
} forget_task;

/* One commit for one finding: it is few that are found, among many that are read. */
static int32_t erase_key(const crmi_store *store, uint32_t space, crmsync_str key,
                         crmsync_error **err)
{
    crmi_commit c;
    crmi_commit_init(&c, store);
    crmi_commit_delete(&c, space, key);
    int32_t rc = crmi_commit_must(&c, err);
    crmi_commit_clear(&c);
    return rc;
}

static bool is_target(const forget_task *t, crmsync_str crm_id)
{
    return crm_id.len && crmi_link_target(&t->link, crm_id) != NULL;
}

/* ---- what is under way ---- */

static int32_t find_intent(void *ctx, const crmsync_kv_item *item, crmsync_error **err)
{
    forget_task *t = ctx;
    yyjson_doc *doc;
    yyjson_val *v;
    size_t i, max;
    int32_t rc = crmi_document_open(t->arena.alloc, item, &doc, err);
    if (rc)
        return rc;
    yyjson_val *list = crmi_json_member(yyjson_doc_get_root(doc), "intents");
    yyjson_arr_foreach(list, i, max, v)
    {
        if (crmi_str_eq(crmi_json_member_text(v, "kind"), t->kind) &&
            crmi_str_eq(crmi_json_member_text(v, "id"), t->id))
            t->in_flight = true;
    }
    yyjson_doc_free(doc);
    return t->in_flight ? CRMI_VISIT_STOP : CRMSYNC_OK;
}

static int32_t check_under_way(forget_task *t, crmsync_error **err)
{
    const crmi_store *store = &t->ws->store;
    int32_t rc = crmi_store_each(store, CRMSYNC_SPACE_SHIPMENT, CRMI_STR_EMPTY, find_intent, t, err);
    if (!rc && t->in_flight)
        rc = crmi_fail_at(err, CRMSYNC_E_STATE, t->id,
                          "Run jobs until none of its writes is unknown, then forget the record.",
                          "a write of this record is not settled");
    return rc;
}

/* Left by a worker that died before it sent anything. */
static int32_t drop_claims(forget_task *t, crmsync_error **err)
{
    crmi_claim *claims;
    size_t n = 0;
    crmi_commit c;
    int32_t rc = crmi_claims_of(&t->ws->store, t->kind, t->id, &t->arena, &claims, &n, err);
    crmi_commit_init(&c, &t->ws->store);
    for (size_t i = 0; !rc && i < n; i++)
        crmi_claim_drop(&c, &claims[i]);
    if (!rc && n)
        rc = crmi_commit_must(&c, err);
    crmi_commit_clear(&c);
    return rc;
}

/* ---- what names it ---- */

static int32_t visit_queued(void *ctx, const crmsync_kv_item *item, crmsync_error **err)
{
    const forget_task *t = ctx;
    yyjson_doc *doc;
    int32_t rc = crmi_document_open(t->arena.alloc, item, &doc, err);
    if (rc)
        return rc;
    const yyjson_val *o = yyjson_doc_get_root(doc);
    crmsync_str kind = crmi_json_member_text(o, "kind"), id = crmi_json_member_text(o, "id");
    bool own = crmi_str_eq(kind, t->kind) && crmi_str_eq(id, t->id);
    bool theirs = item->space == CRMSYNC_SPACE_PENDING && is_target(t, id);
    if (own || theirs)
        rc = erase_key(&t->ws->store, item->space, item->key, err);
    yyjson_doc_free(doc);
    return rc;
}

static int32_t visit_waiting(void *ctx, const crmsync_kv_item *item, crmsync_error **err)
{
    const forget_task *t = ctx;
    yyjson_doc *doc;
    int32_t rc = crmi_document_open(t->arena.alloc, item, &doc, err);
    if (rc)
        return rc;
    const yyjson_val *o = yyjson_doc_get_root(doc);
    bool parent = crmi_str_eq(crmi_json_member_text(o, "parent_kind"), t->kind) &&
                  crmi_str_eq(crmi_json_member_text(o, "parent"), t->id);
    bool child = crmi_str_eq(crmi_json_member_text(o, "child_kind"), t->kind) &&
                 crmi_str_eq(crmi_json_member_text(o, "child"), t->id);
    if (parent || child)
        rc = erase_key(&t->ws->store, item->space, item->key, err);
    yyjson_doc_free(doc);
    return rc;
}

/* Entries of the index that are a person's clicks, visits and page views: their ids begin with the
 * person's, then a blank and 16 digits. */
static int32_t visit_allowance(void *ctx, const crmsync_kv_item *item, crmsync_error **err)
{
    const forget_task *t = ctx;
    yyjson_doc *doc;
    int32_t rc = crmi_document_open(t->arena.alloc, item, &doc, err);
    if (rc)
        return rc;
    crmsync_str id = crmi_json_member_text(yyjson_doc_get_root(doc), "id");
    if (id.len == t->id.len + 17 && crmi_str_eq(crmi_str_sub(id, 0, t->id.len), t->id) &&
        id.ptr[t->id.len] == ' ')
        rc = erase_key(&t->ws->store, item->space, item->key, err);
    yyjson_doc_free(doc);
    return rc;
}

static int32_t drop_index(forget_task *t, crmsync_str kind, crmsync_str id, crmsync_error **err)
{
    crmi_index_entry old, none = {.kind = kind, .id = id};
    crmi_commit c;
    int32_t rc = crmi_index_get(&t->ws->store, kind, id, &t->arena, &old, err);
    if (rc || !old.version)
        return rc;
    crmi_commit_init(&c, &t->ws->store);
    crmi_index_replace(&c, &old, &none);
    rc = crmi_commit_must(&c, err);
    crmi_commit_clear(&c);
    return rc;
}

static int32_t drop_indexes(forget_task *t, crmsync_error **err)
{
    int32_t rc = drop_index(t, t->kind, t->id, err);
    for (size_t i = 0; !rc && i < t->link.target_count; i++) {
        if (crmi_str_is(t->link.targets[i].object, "Account"))
            rc = drop_index(t, CRMI_STR("Account"), t->link.targets[i].id, err);
    }
    for (size_t i = 0; !rc && crmi_str_is(t->kind, "person") && i < crmi_allowance_kinds(); i++) {
        crmi_key below =
            crmi_key_below(CRMI_KEY_PARTS(crmi_allowance_kind_at(i), CRMI_STR("id")));
        rc = crmi_store_each(&t->ws->store, CRMSYNC_SPACE_INDEX, crmi_key_str(&below),
                             visit_allowance, t, err);
    }
    return rc;
}

static int32_t drop_dead(forget_task *t, crmsync_error **err)
{
    crmi_commit c;
    crmi_commit_init(&c, &t->ws->store);
    crmi_dead_delete_all(&c, t->kind, t->id);
    int32_t rc = crmi_commit_must(&c, err);
    crmi_commit_clear(&c);
    return rc;
}

static int32_t drop_log(forget_task *t, crmsync_error **err)
{
    int32_t rc = crmi_log_forget(&t->ws->store, t->kind, t->id, NULL, err);
    for (size_t i = 0; !rc && i < t->link.target_count; i++)
        rc = crmi_log_forget_crm(&t->ws->store, t->link.targets[i].id, err);
    return rc;
}

static int32_t drop_undo(forget_task *t, crmsync_error **err)
{
    int32_t rc = crmi_undo_forget(&t->ws->store, t->kind, t->id, err);
    for (size_t i = 0; !rc && i < t->link.target_count; i++)
        rc = crmi_undo_forget_crm(&t->ws->store, t->link.targets[i].id, err);
    return rc;
}

static int32_t drop_from_audiences(forget_task *t, crmsync_error **err)
{
    crmsync_str *ids = crmi_arena_array(&t->arena, t->link.target_count + 1, sizeof *ids);
    if (!ids)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < t->link.target_count; i++)
        ids[i] = t->link.targets[i].id;
    return crmi_audience_erase(&t->ws->store, ids, t->link.target_count, err);
}

/* ---- the link and the ways back to it ---- */

static int32_t drop_link(forget_task *t, crmsync_error **err)
{
    crmsync_str *ids = crmi_arena_array(&t->arena, t->link.target_count + 1, sizeof *ids);
    crmi_reverse *back = crmi_arena_array(&t->arena, t->link.target_count + 1, sizeof *back);
    crmi_commit c;
    int32_t rc = CRMSYNC_OK;
    if (!ids || !back)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < t->link.target_count; i++)
        ids[i] = t->link.targets[i].id;
    if (t->link.target_count)
        rc = crmi_reverse_get(&t->ws->store, ids, t->link.target_count, &t->arena, back, err);
    crmi_commit_init(&c, &t->ws->store);
    for (size_t i = 0; !rc && i < t->link.target_count; i++) {
        if (crmi_str_eq(back[i].kind, t->kind) && crmi_str_eq(back[i].id, t->id))
            crmi_reverse_delete(&c, ids[i]);
    }
    if (!rc && t->link.version) {
        crmi_link_delete(&c, &t->link);
        rc = crmi_commit_must(&c, err);
    }
    crmi_commit_clear(&c);
    return rc;
}

static int32_t forget_one(crmsync_workspace *ws, crmsync_str kind, crmsync_str id,
                          crmsync_error **err)
{
    forget_task t = {.ws = ws, .kind = kind, .id = id};
    const crmi_store *store = &ws->store;
    crmi_arena_init(&t.arena, crmi_workspace_alloc(ws));
    int32_t rc = crmi_link_get(store, &t.arena, kind, id, &t.link, err);
    if (!rc)
        rc = check_under_way(&t, err);
    if (!rc)
        rc = drop_claims(&t, err);
    if (!rc)
        rc = crmi_store_each(store, CRMSYNC_SPACE_QUEUE, CRMI_STR_EMPTY, visit_queued, &t, err);
    if (!rc)
        rc = crmi_store_each(store, CRMSYNC_SPACE_PENDING, CRMI_STR_EMPTY, visit_queued, &t, err);
    if (!rc)
        rc = crmi_store_each(store, CRMSYNC_SPACE_WAITING, CRMI_STR_EMPTY, visit_waiting, &t, err);
    if (!rc)
        rc = drop_indexes(&t, err);
    if (!rc)
        rc = drop_dead(&t, err);
    if (!rc)
        rc = drop_log(&t, err);
    if (!rc)
        rc = drop_undo(&t, err);
    if (!rc && !crmi_str_is(kind, "member"))
        rc = drop_from_audiences(&t, err);
    if (!rc)
        rc = drop_link(&t, err);
    crmi_arena_clear(&t.arena);
    return rc;
}

/* The person last: after a failure a repeat finds the rest by it. */
static int32_t forget(crmsync_workspace *ws, crmsync_str kind, crmsync_str id, crmsync_error **err)
{
    crmi_arena arena;
    crmsync_str *members = NULL;
    size_t n = 0;
    int32_t rc = CRMSYNC_OK;
    crmi_arena_init(&arena, crmi_workspace_alloc(ws));
    if (crmi_str_is(kind, "person"))
        rc = crmi_forget_find_members(&ws->store, &arena, id, &members, &n, err);
    for (size_t i = 0; !rc && i < n; i++)
        rc = forget_one(ws, CRMI_STR("member"), members[i], err);
    crmi_arena_clear(&arena);
    return rc ? rc : forget_one(ws, kind, id, err);
}

int32_t crmsync_workspace_forget(crmsync_workspace *workspace, crmsync_str kind, crmsync_str id,
                                 crmsync_error **err)
{
    if (!workspace || !kind.len)
        return crmi_fail(err, CRMSYNC_E_INVALID, "workspace is NULL or kind is empty");
    if (workspace->job)
        return crmi_fail(err, CRMSYNC_E_STATE, "a job of this workspace is open; free it first");
    int32_t rc = crmi_key_check_local_id(kind, id, err);
    if (!rc)
        rc = crmi_engine_enter(workspace->engine, err);
    if (rc)
        return rc;
    rc = forget(workspace, kind, id, err);
    crmi_engine_leave(workspace->engine);
    return rc;
}

/* ---- retention ---- */

int32_t crmsync_workspace_trim(crmsync_workspace *workspace, int64_t before_ms, crmsync_error **err)
{
    if (!workspace || before_ms <= 0)
        return crmi_fail(err, CRMSYNC_E_INVALID, "workspace is NULL, or the time is not after 1970");
    int32_t rc = crmi_engine_enter(workspace->engine, err);
    if (rc)
        return rc;
    rc = crmi_trim_log(workspace, before_ms, err);
    if (!rc)
        rc = crmi_undo_trim(&workspace->store, before_ms, err);
    crmi_engine_leave(workspace->engine);
    return rc;
}
