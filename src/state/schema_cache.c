#include "state/schema_cache.h"

#include "base/map.h"

void crmi_schema_entry_init(crmi_schema_entry *entry, const crmsync_alloc *alloc)
{
    *entry = (crmi_schema_entry){.fetched_ms = 0};
    crmi_buf_init(&entry->text, alloc);
}

void crmi_schema_entry_clear(crmi_schema_entry *entry)
{
    const crmsync_alloc *alloc = entry->text.alloc;
    crmi_buf_clear(&entry->text);
    crmi_schema_entry_init(entry, alloc);
}

static int32_t append_piece(void *ctx, const crmsync_kv_item *item, crmsync_error **err)
{
    crmi_buf *text = ctx;
    crmi_buf_add(text, item->value);
    return crmi_buf_ok(text) ? CRMSYNC_OK : crmi_fail_nomem(err);
}

int32_t crmi_schema_cache_get(const crmi_store *store, crmsync_str object, crmi_schema_entry *out,
                              bool *found, crmsync_error **err)
{
    crmi_key head = crmi_key_of(CRMI_KEY_PARTS(object));
    crmi_key below = crmi_key_below(CRMI_KEY_PARTS(object));
    crmi_items items;
    yyjson_doc *doc = NULL;
    uint64_t digest = 0;
    crmi_schema_entry_clear(out);
    crmi_items_init(&items, store->alloc);
    int32_t rc =
        crmi_store_get_one(store, CRMSYNC_SPACE_SCHEMA, crmi_key_str(&head), &items, found, err);
    if (!rc && *found)
        rc = crmi_document_open(store->alloc, &items.v[0], &doc, err);
    if (!rc && *found) {
        const yyjson_val *o = yyjson_doc_get_root(doc);
        crmi_json_member_i64(o, "fetched", &out->fetched_ms);
        crmi_json_member_i64(o, "modified", &out->modified_ms);
        crmi_digest_read(o, "config", &out->config);
        crmi_digest_read(o, "digest", &digest);
        rc = crmi_store_each(store, CRMSYNC_SPACE_SCHEMA, crmi_key_str(&below), append_piece,
                             &out->text, err);
    }
    if (rc || !*found || crmi_digest64(crmi_buf_str(&out->text)) != digest) {
        crmi_schema_entry_clear(out);
        *found = false;
    }
    yyjson_doc_free(doc);
    crmi_items_clear(&items);
    return rc;
}

int32_t crmi_schema_cache_drop(const crmi_store *store, crmsync_str object, crmsync_error **err)
{
    char end[CRMI_KEY_MAX + 1];
    crmi_key head = crmi_key_of(CRMI_KEY_PARTS(object));
    crmi_key below = crmi_key_below(CRMI_KEY_PARTS(object));
    crmi_commit c;
    crmi_commit_init(&c, store);
    crmi_commit_delete(&c, CRMSYNC_SPACE_SCHEMA, crmi_key_str(&head));
    int32_t rc = crmi_commit_must(&c, err);
    crmi_commit_clear(&c);
    if (rc)
        return rc;
    return crmi_store_clear(store, CRMSYNC_SPACE_SCHEMA, crmi_key_str(&below),
                            crmi_store_prefix_end(crmi_key_str(&below), end), err);
}

static void put_head(crmi_commit *c, crmsync_str object, int64_t fetched_ms, int64_t modified_ms,
                     uint64_t config, crmsync_str text)
{
    crmi_key key = crmi_key_of(CRMI_KEY_PARTS(object));
    crmi_buf value;
    crmi_buf_init(&value, c->store->alloc);
    crmi_jw w = crmi_jw_to(&value);
    crmi_jw_object(&w);
    crmi_jw_member_i64(&w, "fetched", fetched_ms);
    crmi_member_i64(&w, "modified", modified_ms);
    if (config)
        crmi_member_digest(&w, "config", config);
    crmi_member_digest(&w, "digest", crmi_digest64(text));
    crmi_jw_object_end(&w);
    crmi_document_put(c, CRMSYNC_SPACE_SCHEMA, crmi_key_str(&key), &value);
}

/* The head goes first and comes last: without it pieces mean nothing. */
int32_t crmi_schema_cache_put(const crmi_store *store, crmsync_str object, int64_t fetched_ms,
                              int64_t modified_ms, uint64_t config, crmsync_str text,
                              crmsync_error **err)
{
    size_t piece = store->ops->max_value, n = 0, conflicts;
    crmi_units u;
    int32_t rc = crmi_schema_cache_drop(store, object, err);
    if (rc)
        return rc;
    crmi_units_init(&u, store);
    for (size_t at = 0; at < text.len;) {
        crmi_key key = crmi_key_of(CRMI_KEY_PARTS(object));
        crmsync_str rest = crmi_str_sub(text, at, text.len - at);
        size_t len = crmi_str_utf8_cut(rest, piece);
        len = len ? len : rest.len < piece ? rest.len : piece;
        crmi_key_digits(&key, n++, 5);
        crmi_units_begin(&u);
        crmi_commit_put(&u.changes, CRMSYNC_SPACE_SCHEMA, crmi_key_str(&key),
                        crmi_str_sub(rest, 0, len));
        at += len;
    }
    crmi_units_begin_closing(&u);
    put_head(&u.changes, object, fetched_ms, modified_ms, config, text);
    rc = crmi_units_run(&u, &conflicts, err);
    crmi_units_clear(&u);
    return rc;
}

int32_t crmi_schema_cache_doubt(const crmi_store *store, crmsync_str object, crmsync_error **err)
{
    crmi_schema_entry entry;
    bool found = false;
    crmi_schema_entry_init(&entry, store->alloc);
    int32_t rc = crmi_schema_cache_get(store, object, &entry, &found, err);
    if (!rc && found)
        rc = crmi_schema_cache_put(store, object, 0, 0, entry.config, crmi_buf_str(&entry.text), err);
    crmi_schema_entry_clear(&entry);
    return rc;
}
