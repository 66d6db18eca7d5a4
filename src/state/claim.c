#include "state/claim.h"

crmi_key crmi_claim_key(crmsync_str kind, crmsync_str key_kind, crmsync_str key)
{
    return crmi_key_of(CRMI_KEY_PARTS(kind, key_kind, key));
}

static int32_t decode(crmi_arena *arena, const crmsync_kv_item *item, crmi_claim *claim,
                      crmsync_error **err)
{
    yyjson_doc *doc;
    int32_t rc = crmi_document_open(arena->alloc, item, &doc, err);
    if (rc)
        return rc;
    const yyjson_val *o = yyjson_doc_get_root(doc);
    claim->version = item->version;
    if (!crmi_member_dup(arena, o, "part", &claim->part) ||
        !crmi_member_dup(arena, o, "shipment", &claim->shipment) ||
        !crmi_member_dup(arena, o, "kind", &claim->local_kind) ||
        !crmi_member_dup(arena, o, "id", &claim->local_id) ||
        (!claim->key.ptr && !crmi_member_dup(arena, o, "key", &claim->key)))
        rc = crmi_fail_nomem(err);
    else if (claim->shipment.len == 0)
        rc = crmi_document_corrupt(item, "no shipment", err);
    yyjson_doc_free(doc);
    return rc;
}

int32_t crmi_claim_get(const crmi_store *store, crmi_claim *claims, size_t n, crmi_arena *arena,
                       crmsync_error **err)
{
    crmi_items items;
    int32_t rc = CRMSYNC_OK;
    crmi_items_init(&items, store->alloc);
    crmi_key *keys = crmi_alloc_zeroed(store->alloc, n + 1, sizeof *keys);
    if (!keys)
        rc = crmi_fail_nomem(err);
    for (size_t i = 0; !rc && i < n; i++) {
        keys[i] = crmi_claim_key(claims[i].kind, claims[i].key_kind, claims[i].key);
        claims[i].part = claims[i].shipment = CRMI_STR_EMPTY;
        claims[i].local_kind = claims[i].local_id = CRMI_STR_EMPTY;
        claims[i].version = 0;
    }
    if (!rc)
        rc = crmi_store_get_keys(store, CRMSYNC_SPACE_CLAIM, keys, n, &items, err);
    for (size_t i = 0; !rc && i < n; i++) {
        const crmsync_kv_item *hit =
            crmi_items_find(&items, CRMSYNC_SPACE_CLAIM, crmi_key_str(&keys[i]));
        if (hit)
            rc = decode(arena, hit, &claims[i], err);
    }
    crmi_dealloc_array(store->alloc, keys, n + 1, sizeof *keys);
    crmi_items_clear(&items);
    return rc;
}

typedef struct claim_finder {
    const crmi_claim *of; /* the local record */
    crmi_arena *arena;
    crmi_claim *v;
    size_t n, cap;
} claim_finder;

static bool add_claim(claim_finder *f, const crmi_claim *claim, crmsync_str key)
{
    if (!crmi_arena_grow(f->arena, &f->v, &f->cap, f->n + 1, sizeof *f->v))
        return false;
    crmi_claim *to = &f->v[f->n++];
    *to = *claim;
    return crmi_arena_str(f->arena, crmi_key_nth(key, 0), &to->kind) &&
           crmi_arena_str(f->arena, crmi_key_nth(key, 1), &to->key_kind);
}

static int32_t find_claim(void *ctx, const crmsync_kv_item *item, crmsync_error **err)
{
    claim_finder *f = ctx;
    crmi_claim claim = {.key = CRMI_STR_EMPTY};
    int32_t rc = decode(f->arena, item, &claim, err);
    if (rc || !crmi_str_eq(claim.local_kind, f->of->local_kind) ||
        !crmi_str_eq(claim.local_id, f->of->local_id))
        return rc;
    return add_claim(f, &claim, item->key) ? CRMSYNC_OK : crmi_fail_nomem(err);
}

int32_t crmi_claims_of(const crmi_store *store, crmsync_str local_kind, crmsync_str local_id,
                       crmi_arena *arena, crmi_claim **claims, size_t *n, crmsync_error **err)
{
    const crmi_claim of = {.local_kind = local_kind, .local_id = local_id};
    claim_finder f = {.of = &of, .arena = arena};
    int32_t rc = crmi_store_each(store, CRMSYNC_SPACE_CLAIM, CRMI_STR_EMPTY, find_claim, &f, err);
    *claims = f.v;
    *n = rc ? 0 : f.n;
    return rc;
}

void crmi_claim_put(crmi_commit *c, const crmi_claim *claim)
{
    crmi_key key = crmi_claim_key(claim->kind, claim->key_kind, claim->key);
    crmi_buf value;
    crmi_buf_init(&value, c->store->alloc);
    crmi_jw w = crmi_jw_to(&value);
    crmi_jw_object(&w);
    crmi_jw_member_text(&w, "part", claim->part);
    crmi_jw_member_text(&w, "shipment", claim->shipment);
    crmi_jw_member_text(&w, "kind", claim->local_kind);
    crmi_jw_member_text(&w, "id", claim->local_id);
    crmi_jw_member_text(&w, "key", claim->key);
    crmi_jw_object_end(&w);
    crmi_commit_expect(c, CRMSYNC_SPACE_CLAIM, crmi_key_str(&key), 0);
    crmi_document_put(c, CRMSYNC_SPACE_CLAIM, crmi_key_str(&key), &value);
}

void crmi_claim_drop(crmi_commit *c, const crmi_claim *claim)
{
    crmi_key key = crmi_claim_key(claim->kind, claim->key_kind, claim->key);
    if (claim->version)
        crmi_commit_expect(c, CRMSYNC_SPACE_CLAIM, crmi_key_str(&key), claim->version);
    crmi_commit_delete(c, CRMSYNC_SPACE_CLAIM, crmi_key_str(&key));
}
