#include "state/link.h"

crmi_key crmi_link_key(crmsync_str kind, crmsync_str id)
{
    return crmi_key_of(CRMI_KEY_PARTS(kind, id));
}

static int32_t link_fresh(crmi_arena *arena, crmsync_str kind, crmsync_str id, crmi_link *link,
                          crmsync_error **err)
{
    *link = (crmi_link){.version = 0};
    if (crmi_arena_str(arena, kind, &link->kind) && crmi_arena_str(arena, id, &link->local_id))
        return CRMSYNC_OK;
    return crmi_fail_nomem(err);
}

int32_t crmi_link_get(const crmi_store *store, crmi_arena *arena, crmsync_str kind, crmsync_str id,
                      crmi_link *link, crmsync_error **err)
{
    return crmi_link_get_many(store, arena, kind, &id, 1, link, err);
}

static int32_t links_read(crmi_arena *arena, crmsync_str kind, const crmsync_str *ids, size_t n,
                          const crmi_items *items, crmi_link *links, crmsync_error **err)
{
    for (size_t i = 0; i < n; i++) {
        crmi_key key = crmi_link_key(kind, ids[i]);
        const crmsync_kv_item *item =
            crmi_items_find(items, CRMSYNC_SPACE_LINK, crmi_key_str(&key));
        const crmi_link *like = i ? &links[i - 1] : NULL;
        int32_t rc = item ? crmi_link_decode_like(arena, item, like, &links[i], err)
                          : link_fresh(arena, kind, ids[i], &links[i], err);
        if (rc)
            return rc;
    }
    return CRMSYNC_OK;
}

int32_t crmi_link_get_many(const crmi_store *store, crmi_arena *arena, crmsync_str kind,
                           const crmsync_str *ids, size_t n, crmi_link *links, crmsync_error **err)
{
    crmi_items items;
    int32_t rc = CRMSYNC_OK;
    crmi_items_init(&items, store->alloc);
    crmi_key *keys = crmi_alloc_zeroed(store->alloc, n + 1, sizeof *keys);
    if (!keys)
        rc = crmi_fail_nomem(err);
    for (size_t i = 0; !rc && i < n; i++) {
        rc = crmi_key_check_local_id(kind, ids[i], err);
        keys[i] = crmi_link_key(kind, ids[i]);
    }
    if (!rc)
        rc = crmi_store_get_keys(store, CRMSYNC_SPACE_LINK, keys, n, &items, err);
    if (!rc)
        rc = links_read(arena, kind, ids, n, &items, links, err);
    crmi_dealloc_array(store->alloc, keys, n + 1, sizeof *keys);
    crmi_items_clear(&items);
    return rc;
}

void crmi_link_put(crmi_commit *c, const crmi_link *link)
{
    crmi_key key = crmi_link_key(link->kind, link->local_id);
    crmi_buf value;
    crmi_buf_init(&value, c->store->alloc);
    crmi_link_encode(link, &value);
    crmi_commit_expect(c, CRMSYNC_SPACE_LINK, crmi_key_str(&key), link->version);
    crmi_document_put(c, CRMSYNC_SPACE_LINK, crmi_key_str(&key), &value);
}

void crmi_link_delete(crmi_commit *c, const crmi_link *link)
{
    crmi_key key = crmi_link_key(link->kind, link->local_id);
    crmi_commit_expect(c, CRMSYNC_SPACE_LINK, crmi_key_str(&key), link->version);
    crmi_commit_delete(c, CRMSYNC_SPACE_LINK, crmi_key_str(&key));
}

void crmi_link_committed(const crmi_commit *c, crmi_link *link)
{
    crmi_key key = crmi_link_key(link->kind, link->local_id);
    link->version = crmi_commit_version(c, CRMSYNC_SPACE_LINK, crmi_key_str(&key));
}

typedef struct link_visit {
    const crmi_store *store;
    crmi_link_fn visit;
    void *ctx;
} link_visit;

static int32_t visit_link(void *ctx, const crmsync_kv_item *item, crmsync_error **err)
{
    const link_visit *v = ctx;
    crmi_arena arena;
    crmi_link link;
    crmi_arena_init(&arena, v->store->alloc);
    int32_t rc = crmi_link_decode(&arena, item, &link, err);
    if (!rc)
        rc = v->visit(v->ctx, &link, err);
    crmi_arena_clear(&arena);
    return rc;
}

int32_t crmi_link_each(const crmi_store *store, crmsync_str kind, crmi_link_fn visit, void *ctx,
                       crmsync_error **err)
{
    link_visit v = {store, visit, ctx};
    crmi_key below = crmi_key_below(CRMI_KEY_PARTS(kind));
    return crmi_store_each(store, CRMSYNC_SPACE_LINK,
                           kind.len ? crmi_key_str(&below) : CRMI_STR_EMPTY, visit_link, &v, err);
}
