#include "state/reverse.h"

static int32_t decode(crmi_arena *arena, const crmsync_kv_item *item, crmi_reverse *out,
                      crmsync_error **err)
{
    yyjson_doc *doc;
    int32_t rc = crmi_document_open(arena->alloc, item, &doc, err);
    if (rc)
        return rc;
    const yyjson_val *o = yyjson_doc_get_root(doc);
    out->version = item->version;
    if (!crmi_member_dup(arena, o, "kind", &out->kind) ||
        !crmi_member_dup(arena, o, "id", &out->id))
        rc = crmi_fail_nomem(err);
    else if (out->kind.len == 0 || out->id.len == 0)
        rc = crmi_document_corrupt(item, "no local record", err);
    yyjson_doc_free(doc);
    return rc;
}

int32_t crmi_reverse_get(const crmi_store *store, const crmsync_str *crm_ids, size_t n,
                         crmi_arena *arena, crmi_reverse *out, crmsync_error **err)
{
    crmi_items items;
    int32_t rc = CRMSYNC_OK;
    crmi_items_init(&items, store->alloc);
    crmsync_kv_item *keys = crmi_alloc_zeroed(store->alloc, n + 1, sizeof *keys);
    if (!keys)
        rc = crmi_fail_nomem(err);
    for (size_t i = 0; !rc && i < n; i++) {
        out[i] = (crmi_reverse){.crm_id = crm_ids[i]};
        keys[i] = (crmsync_kv_item){.key = crm_ids[i], .space = CRMSYNC_SPACE_REVERSE};
    }
    if (!rc)
        rc = crmi_store_get(store, keys, n, &items, err);
    for (size_t i = 0; !rc && i < n; i++) {
        const crmsync_kv_item *item = crmi_items_find(&items, CRMSYNC_SPACE_REVERSE, crm_ids[i]);
        if (item)
            rc = decode(arena, item, &out[i], err);
    }
    crmi_dealloc_array(store->alloc, keys, n + 1, sizeof *keys);
    crmi_items_clear(&items);
    return rc;
}

void crmi_reverse_put(crmi_commit *c, crmsync_str crm_id, crmsync_str kind, crmsync_str id,
                      uint64_t expected)
{
    crmi_buf value;
    crmi_buf_init(&value, c->store->alloc);
    crmi_jw w = crmi_jw_to(&value);
    crmi_jw_object(&w);
    crmi_jw_member_text(&w, "kind", kind);
    crmi_jw_member_text(&w, "id", id);
    crmi_jw_object_end(&w);
    crmi_commit_expect(c, CRMSYNC_SPACE_REVERSE, crm_id, expected);
    crmi_document_put(c, CRMSYNC_SPACE_REVERSE, crm_id, &value);
}

void crmi_reverse_delete(crmi_commit *c, crmsync_str crm_id)
{
    crmi_commit_delete(c, CRMSYNC_SPACE_REVERSE, crm_id);
}
