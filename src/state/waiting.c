#include "state/waiting.h"

static crmi_key waiting_key(const crmi_waiting *w)
{
    return crmi_key_of(CRMI_KEY_PARTS(w->parent_kind, w->parent, w->child_kind, w->child));
}

void crmi_waiting_put(crmi_commit *c, const crmi_waiting *entry)
{
    crmi_key key = waiting_key(entry);
    crmi_buf value;
    crmi_buf_init(&value, c->store->alloc);
    crmi_jw w = crmi_jw_to(&value);
    crmi_jw_object(&w);
    crmi_jw_member_text(&w, "parent_kind", entry->parent_kind);
    crmi_jw_member_text(&w, "parent", entry->parent);
    crmi_jw_member_text(&w, "child_kind", entry->child_kind);
    crmi_jw_member_text(&w, "child", entry->child);
    crmi_member_text(&w, "reason", entry->reason);
    crmi_member_i64(&w, "since", entry->since_ms);
    crmi_jw_object_end(&w);
    crmi_document_put(c, CRMSYNC_SPACE_WAITING, crmi_key_str(&key), &value);
}

void crmi_waiting_delete(crmi_commit *c, const crmi_waiting *entry)
{
    crmi_key key = waiting_key(entry);
    crmi_commit_delete(c, CRMSYNC_SPACE_WAITING, crmi_key_str(&key));
}

typedef struct lister {
    crmi_arena *arena;
    crmsync_str parent, child_kind;
    crmi_waiting *v;
    size_t n, cap, limit;
} lister;

static bool wanted(const lister *l, const crmi_waiting *w)
{
    return (!l->parent.len || crmi_str_eq(w->parent, l->parent)) &&
           (!l->child_kind.len || crmi_str_eq(w->child_kind, l->child_kind));
}

static int32_t list_one(void *ctx, const crmsync_kv_item *item, crmsync_error **err)
{
    lister *l = ctx;
    yyjson_doc *doc;
    if (l->n == l->limit)
        return CRMI_VISIT_STOP;
    int32_t rc = crmi_document_open(l->arena->alloc, item, &doc, err);
    if (rc)
        return rc;
    const yyjson_val *o = yyjson_doc_get_root(doc);
    crmi_waiting w = {.version = item->version};
    if (!crmi_arena_grow(l->arena, &l->v, &l->cap, l->n + 1, sizeof *l->v) ||
        !crmi_member_dup(l->arena, o, "parent_kind", &w.parent_kind) ||
        !crmi_member_dup(l->arena, o, "parent", &w.parent) ||
        !crmi_member_dup(l->arena, o, "child_kind", &w.child_kind) ||
        !crmi_member_dup(l->arena, o, "child", &w.child) ||
        !crmi_member_dup(l->arena, o, "reason", &w.reason))
        rc = crmi_fail_nomem(err);
    else if (w.parent.len == 0 || w.child.len == 0)
        rc = crmi_document_corrupt(item, "not a waiting child", err);
    else if (wanted(l, &w)) {
        crmi_json_member_i64(o, "since", &w.since_ms);
        l->v[l->n++] = w;
    }
    yyjson_doc_free(doc);
    return rc;
}

int32_t crmi_waiting_list(const crmi_store *store, crmsync_str parent_kind, crmsync_str parent,
                          crmsync_str child_kind, const crmi_waiting *after, size_t limit,
                          crmi_arena *arena, crmi_waiting **out, size_t *n, crmsync_error **err)
{
    char from[CRMI_KEY_MAX + 1], end[CRMI_KEY_MAX + 1];
    lister l = {.arena = arena, .parent = parent, .child_kind = child_kind, .limit = limit};
    crmi_key below = crmi_key_of(CRMI_KEY_PARTS(parent_kind));
    if (parent.len)
        crmi_key_part(&below, parent);
    crmi_key_open(&below);
    crmi_key first = after ? waiting_key(after) : below;
    crmsync_str start = crmi_key_str(&first);
    memcpy(from, start.ptr, start.len);
    from[start.len] = '\0'; /* with it, the least key above */
    start = (crmsync_str){from, start.len + (after ? 1 : 0)};
    int32_t rc = crmi_store_each_between(store, CRMSYNC_SPACE_WAITING, start,
                                         crmi_store_prefix_end(crmi_key_str(&below), end), list_one,
                                         &l, err);
    *out = rc ? NULL : l.v;
    *n = rc ? 0 : l.n;
    return rc;
}
