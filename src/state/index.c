#include "state/index.h"

typedef struct finder {
    const crmsync_alloc *alloc;
    crmi_arena *arena;
    crmsync_str key;
    crmsync_str *ids;
    size_t n, cap;
} finder;

/* The whole key stands in the value: two long ones may share their short form. */
static int32_t find_one(void *ctx, const crmsync_kv_item *item, crmsync_error **err)
{
    finder *f = ctx;
    yyjson_doc *doc;
    int32_t rc = crmi_document_open(f->alloc, item, &doc, err);
    if (rc)
        return rc;
    const yyjson_val *o = yyjson_doc_get_root(doc);
    crmsync_str id = crmi_json_member_text(o, "id");
    if (id.len == 0)
        rc = crmi_document_corrupt(item, "no id", err);
    else if (crmi_str_eq(crmi_json_member_text(o, "key"), f->key)) {
        if (!crmi_arena_grow(f->arena, &f->ids, &f->cap, f->n + 1, sizeof *f->ids) ||
            !crmi_arena_str(f->arena, id, &f->ids[f->n]))
            rc = crmi_fail_nomem(err);
        else
            f->n++;
    }
    yyjson_doc_free(doc);
    return rc;
}

int32_t crmi_index_find(const crmi_store *store, crmsync_str kind, crmsync_str key_kind,
                        crmsync_str key, crmi_arena *arena, crmsync_str **ids, size_t *n,
                        crmsync_error **err)
{
    finder f = {.alloc = store->alloc, .arena = arena, .key = key};
    crmi_key below = crmi_key_below(CRMI_KEY_PARTS(kind, key_kind, key));
    *ids = NULL;
    *n = 0;
    if (below.bad)
        return crmi_fail(err, CRMSYNC_E_LIMIT, "an index key of %.*s is too long",
                         CRMI_SPELL(kind));
    int32_t rc =
        crmi_store_each(store, CRMSYNC_SPACE_INDEX, crmi_key_str(&below), find_one, &f, err);
    if (rc)
        return rc;
    *ids = f.ids;
    *n = f.n;
    return CRMSYNC_OK;
}

static crmi_key entry_key(crmsync_str kind, crmsync_str id)
{
    return crmi_key_of(CRMI_KEY_PARTS(kind, CRMI_STR("id"), id));
}

static int32_t read_keys(crmi_arena *arena, yyjson_val *list, crmi_index_entry *out)
{
    yyjson_val *pair;
    size_t i, n;
    if (!yyjson_is_arr(list))
        return CRMSYNC_E_CORRUPT;
    crmi_index_key *keys = crmi_arena_array(arena, yyjson_arr_size(list) + 1, sizeof *keys);
    if (!keys)
        return CRMSYNC_E_NOMEM;
    yyjson_arr_foreach(list, i, n, pair)
    {
        crmsync_str kind = crmi_json_text(yyjson_arr_get(pair, 0));
        crmsync_str key = crmi_json_text(yyjson_arr_get(pair, 1));
        if (!kind.len || !key.ptr)
            return CRMSYNC_E_CORRUPT;
        if (!crmi_arena_str(arena, kind, &keys[i].key_kind) ||
            !crmi_arena_str(arena, key, &keys[i].key))
            return CRMSYNC_E_NOMEM;
    }
    out->keys = keys;
    out->key_count = yyjson_arr_size(list);
    return CRMSYNC_OK;
}

static int32_t read_facts(crmi_arena *arena, yyjson_val *facts, crmi_index_entry *out)
{
    crmi_buf buf;
    if (!facts)
        return CRMSYNC_OK;
    crmi_buf_init(&buf, arena->alloc);
    crmi_jw w = crmi_jw_to(&buf);
    crmi_jw_value(&w, facts);
    bool ok = crmi_buf_ok(&buf) && crmi_arena_str(arena, crmi_buf_str(&buf), &out->facts);
    crmi_buf_clear(&buf);
    return ok ? CRMSYNC_OK : CRMSYNC_E_NOMEM;
}

static int32_t decode_entry(crmi_arena *arena, const crmsync_kv_item *item, crmi_index_entry *out,
                            crmsync_error **err)
{
    yyjson_doc *doc;
    int32_t rc = crmi_document_open(arena->alloc, item, &doc, err);
    if (rc)
        return rc;
    const yyjson_val *o = yyjson_doc_get_root(doc);
    rc = read_keys(arena, crmi_json_member(o, "keys"), out);
    if (!rc)
        rc = read_facts(arena, crmi_json_member(o, "facts"), out);
    yyjson_doc_free(doc);
    out->version = item->version;
    if (rc == CRMSYNC_E_NOMEM)
        return crmi_fail_nomem(err);
    return rc ? crmi_document_corrupt(item, "not an index entry", err) : CRMSYNC_OK;
}

int32_t crmi_index_get(const crmi_store *store, crmsync_str kind, crmsync_str id, crmi_arena *arena,
                       crmi_index_entry *out, crmsync_error **err)
{
    return crmi_index_get_many(store, kind, &id, 1, arena, out, err);
}

int32_t crmi_index_get_many(const crmi_store *store, crmsync_str kind, const crmsync_str *ids,
                            size_t n, crmi_arena *arena, crmi_index_entry *out, crmsync_error **err)
{
    crmi_items items;
    int32_t rc = CRMSYNC_OK;
    crmi_items_init(&items, store->alloc);
    crmi_key *keys = crmi_alloc_zeroed(store->alloc, n + 1, sizeof *keys);
    if (!keys)
        rc = crmi_fail_nomem(err);
    for (size_t i = 0; !rc && i < n; i++) {
        keys[i] = entry_key(kind, ids[i]);
        out[i] = (crmi_index_entry){.kind = kind, .id = ids[i]};
    }
    if (!rc)
        rc = crmi_store_get_keys(store, CRMSYNC_SPACE_INDEX, keys, n, &items, err);
    for (size_t i = 0; !rc && i < n; i++) {
        const crmsync_kv_item *hit =
            crmi_items_find(&items, CRMSYNC_SPACE_INDEX, crmi_key_str(&keys[i]));
        if (hit)
            rc = decode_entry(arena, hit, &out[i], err);
    }
    crmi_dealloc_array(store->alloc, keys, n + 1, sizeof *keys);
    crmi_items_clear(&items);
    return rc;
}

static bool has_key(const crmi_index_entry *e, const crmi_index_key *k)
{
    for (size_t i = 0; i < e->key_count; i++) {
        if (crmi_str_eq(e->keys[i].key_kind, k->key_kind) && crmi_str_eq(e->keys[i].key, k->key))
            return true;
    }
    return false;
}

static crmi_key row_key(const crmi_index_entry *e, const crmi_index_key *k)
{
    return crmi_key_of(CRMI_KEY_PARTS(e->kind, k->key_kind, k->key, e->id));
}

static void put_row(crmi_commit *c, const crmi_index_entry *e, const crmi_index_key *k)
{
    crmi_key key = row_key(e, k);
    crmi_buf value;
    crmi_buf_init(&value, c->store->alloc);
    crmi_jw w = crmi_jw_to(&value);
    crmi_jw_object(&w);
    crmi_jw_member_text(&w, "id", e->id);
    crmi_jw_member_text(&w, "key", k->key);
    crmi_jw_object_end(&w);
    crmi_document_put(c, CRMSYNC_SPACE_INDEX, crmi_key_str(&key), &value);
}

static void put_entry(crmi_commit *c, const crmi_index_entry *e, crmsync_str key)
{
    crmi_buf value;
    crmi_buf_init(&value, c->store->alloc);
    crmi_jw w = crmi_jw_to(&value);
    crmi_jw_object(&w);
    crmi_jw_member_text(&w, "id", e->id);
    crmi_jw_member_array(&w, "keys");
    for (size_t i = 0; i < e->key_count; i++) {
        crmi_jw_array(&w);
        crmi_jw_text(&w, e->keys[i].key_kind);
        crmi_jw_text(&w, e->keys[i].key);
        crmi_jw_array_end(&w);
    }
    crmi_jw_array_end(&w);
    if (e->facts.len) {
        crmi_jw_key(&w, CRMI_STR("facts"));
        crmi_jw_raw(&w, e->facts);
    }
    crmi_jw_object_end(&w);
    crmi_document_put(c, CRMSYNC_SPACE_INDEX, key, &value);
}

void crmi_index_replace(crmi_commit *c, const crmi_index_entry *old, const crmi_index_entry *entry)
{
    crmi_key key = entry_key(entry->kind, entry->id);
    crmi_commit_expect(c, CRMSYNC_SPACE_INDEX, crmi_key_str(&key), old->version);
    for (size_t i = 0; i < old->key_count; i++) {
        crmi_key gone = row_key(entry, &old->keys[i]);
        if (!has_key(entry, &old->keys[i]))
            crmi_commit_delete(c, CRMSYNC_SPACE_INDEX, crmi_key_str(&gone));
    }
    for (size_t i = 0; i < entry->key_count; i++) {
        if (!has_key(old, &entry->keys[i]))
            put_row(c, entry, &entry->keys[i]);
    }
    if (entry->key_count || entry->facts.len)
        put_entry(c, entry, crmi_key_str(&key));
    else
        crmi_commit_delete(c, CRMSYNC_SPACE_INDEX, crmi_key_str(&key));
}

bool crmi_index_same_keys(const crmi_index_entry *a, const crmi_index_entry *b)
{
    if (a->key_count != b->key_count)
        return false;
    for (size_t i = 0; i < a->key_count; i++) {
        if (!crmi_str_eq(a->keys[i].key_kind, b->keys[i].key_kind) ||
            !crmi_str_eq(a->keys[i].key, b->keys[i].key))
            return false;
    }
    return true;
}

int32_t crmi_index_clear(const crmi_store *store, crmsync_str kind, crmsync_error **err)
{
    char end[CRMI_KEY_MAX + 1];
    crmi_key below = crmi_key_below(CRMI_KEY_PARTS(kind));
    crmsync_str from = crmi_key_str(&below);
    return crmi_store_clear(store, CRMSYNC_SPACE_INDEX, from, crmi_store_prefix_end(from, end),
                            err);
}
