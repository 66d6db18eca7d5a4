/* Blocks of an audience's ids as they are stored, and reading through them. */
#include "state/audience.h"

#define SPACE CRMSYNC_SPACE_AUDIENCE
#define READ_AHEAD 8u /* blocks of one scan */

bool crmi_member_at(const crmi_member_entry *e, uint64_t generation)
{
    if (!e->in || e->in > generation)
        return false;
    return !e->out || e->out > generation || e->in > e->out;
}

/* ---- the document ---- */

static bool number_at(yyjson_val *list, size_t i, uint64_t *out)
{
    int64_t v = 0;
    *out = 0;
    if (!list)
        return true;
    bool ok = crmi_json_i64(yyjson_is_arr(list) ? yyjson_arr_get(list, i) : list, &v) && v >= 0;
    *out = (uint64_t)v;
    return ok;
}

/* yyjson_arr_get() walks numbers and texts of one size fast, so three walks side by side will do. */
static int32_t decode(const crmsync_alloc *alloc, const yyjson_val *o, crmi_audience_block *out)
{
    yyjson_val *v, *ids = crmi_json_member(o, "ids");
    yyjson_val *in = crmi_json_member(o, "in"), *left = crmi_json_member(o, "out");
    yyjson_val *in_at = yyjson_is_arr(in) ? yyjson_arr_get_first(in) : in;
    yyjson_val *left_at = yyjson_is_arr(left) ? yyjson_arr_get_first(left) : left;
    size_t i, n;
    if (!yyjson_is_arr(ids) || yyjson_arr_size(ids) > 4 * CRMI_AUDIENCE_BLOCK ||
        (yyjson_is_arr(in) && yyjson_arr_size(in) != yyjson_arr_size(ids)) ||
        (yyjson_is_arr(left) && yyjson_arr_size(left) != yyjson_arr_size(ids)))
        return CRMSYNC_E_CORRUPT;
    if (!crmi_grow(alloc, &out->items, &out->cap, yyjson_arr_size(ids) + 1, sizeof *out->items))
        return CRMSYNC_E_NOMEM;
    yyjson_arr_foreach(ids, i, n, v)
    {
        crmi_member_entry *e = &out->items[i];
        crmsync_str id = crmi_json_text(v);
        if (id.len != 18 || !number_at(in_at, 0, &e->in) || !number_at(left_at, 0, &e->out))
            return CRMSYNC_E_CORRUPT;
        memcpy(e->id, id.ptr, 18);
        e->id[18] = '\0';
        if (i && memcmp(out->items[i - 1].id, e->id, 18) >= 0)
            return CRMSYNC_E_CORRUPT;
        in_at = yyjson_is_arr(in) ? unsafe_yyjson_get_next(in_at) : in_at;
        left_at = yyjson_is_arr(left) ? unsafe_yyjson_get_next(left_at) : left_at;
    }
    out->count = yyjson_arr_size(ids);
    return CRMSYNC_OK;
}

int32_t crmi_audience_block_read(const crmi_store *store, const crmsync_kv_item *item,
                                 crmi_audience_block *out, crmsync_error **err)
{
    yyjson_doc *doc;
    out->count = 0;
    int32_t rc = crmi_document_open(store->alloc, item, &doc, err);
    if (rc)
        return rc;
    rc = decode(store->alloc, yyjson_doc_get_root(doc), out);
    yyjson_doc_free(doc);
    if (rc == CRMSYNC_E_NOMEM)
        return crmi_fail_nomem(err);
    return rc ? crmi_document_corrupt(item, "no block of ids", err) : CRMSYNC_OK;
}

static void put_numbers(crmi_jw *w, const char *name, const crmi_member_entry *items, size_t n,
                        bool out)
{
    bool same = true;
    uint64_t first = out ? items[0].out : items[0].in;
    for (size_t i = 1; i < n; i++)
        same = same && (out ? items[i].out : items[i].in) == first;
    if (same) {
        crmi_member_u64(w, name, first);
        return;
    }
    crmi_jw_member_array(w, name);
    for (size_t i = 0; i < n; i++)
        crmi_jw_u64(w, out ? items[i].out : items[i].in);
    crmi_jw_array_end(w);
}

void crmi_audience_block_put(crmi_commit *c, crmsync_str name, const crmi_member_entry *items,
                             size_t n)
{
    crmi_key key = crmi_audience_key(name, crmi_str(items[0].id));
    crmi_audience_block_put_at(c, crmi_key_str(&key), items, n);
}

void crmi_audience_block_put_at(crmi_commit *c, crmsync_str key, const crmi_member_entry *items,
                                size_t n)
{
    crmi_buf value;
    crmi_buf_init(&value, c->store->alloc);
    crmi_jw w = crmi_jw_to(&value);
    crmi_jw_object(&w);
    crmi_jw_member_array(&w, "ids");
    for (size_t i = 0; i < n; i++)
        crmi_jw_text(&w, crmi_str(items[i].id));
    crmi_jw_array_end(&w);
    put_numbers(&w, "in", items, n, false);
    put_numbers(&w, "out", items, n, true);
    crmi_jw_object_end(&w);
    crmi_document_put(c, SPACE, key, &value);
}

/* ---- reading ---- */

/* The block that would hold the id: the last one that does not begin above it. */
static int32_t seek(const crmi_store *store, crmsync_str name, crmsync_str id, crmi_items *items,
                    crmsync_error **err)
{
    crmi_key below = crmi_audience_key(name, CRMI_STR_EMPTY), at = crmi_audience_key(name, id);
    crmsync_str to = crmi_key_str(&at);
    at.bytes[to.len] = '\0'; /* the least key above it */
    to.len++;
    return crmi_store_scan(store, SPACE, crmi_key_str(&below), to, 1, CRMSYNC_SCAN_REVERSE, items,
                           err);
}

static int32_t visit_block(const crmi_audience_block *block, const crmi_audience *a, bool changes,
                           uint64_t since, crmsync_str after, crmi_member_fn visit, void *ctx,
                           crmsync_error **err)
{
    int32_t rc = CRMSYNC_OK;
    for (size_t i = 0; !rc && i < block->count; i++) {
        const crmi_member_entry *e = &block->items[i];
        crmsync_str id = crmi_str(e->id);
        if (after.len && crmi_str_cmp(id, after) <= 0)
            continue;
        bool is = crmi_member_at(e, a->generation);
        bool left = !is && e->out > since && e->out <= a->generation;
        if (is && (!changes || e->in > since))
            rc = visit(ctx, id, changes ? CRMI_MEMBER_ADDED : CRMI_MEMBER_IS, err);
        else if (changes && left)
            rc = visit(ctx, id, CRMI_MEMBER_REMOVED, err);
    }
    return rc;
}

int32_t crmi_audience_members(const crmi_store *store, const crmi_audience *a, bool changes,
                              uint64_t since, crmsync_str after, crmi_member_fn visit, void *ctx,
                              crmsync_error **err)
{
    char end[CRMI_KEY_MAX + 1], from[CRMI_KEY_MAX + 2];
    crmi_key below = crmi_audience_key(a->name, CRMI_STR_EMPTY);
    crmsync_str to = crmi_store_prefix_end(crmi_key_str(&below), end), key = crmi_key_str(&below);
    crmi_audience_block block = {NULL, 0, 0};
    crmi_items items;
    crmi_items_init(&items, store->alloc);
    int32_t rc = after.len ? seek(store, a->name, after, &items, err) : CRMSYNC_OK;
    if (!rc && items.n)
        key = items.v[0].key;
    do {
        memcpy(from, key.ptr, key.len);
        if (!rc)
            rc = crmi_store_scan(store, SPACE, (crmsync_str){from, key.len}, to, READ_AHEAD, 0,
                                 &items, err);
        for (size_t i = 0; !rc && i < items.n; i++) {
            rc = crmi_audience_block_read(store, &items.v[i], &block, err);
            if (!rc)
                rc = visit_block(&block, a, changes, since, after, visit, ctx, err);
        }
        if (!rc && items.n) {
            memcpy(from, items.v[items.n - 1].key.ptr, items.v[items.n - 1].key.len);
            from[items.v[items.n - 1].key.len] = '\0';
            key = (crmsync_str){from, items.v[items.n - 1].key.len + 1};
        }
    } while (!rc && items.n == READ_AHEAD);
    crmi_dealloc_array(store->alloc, block.items, block.cap, sizeof *block.items);
    crmi_items_clear(&items);
    return rc == CRMI_VISIT_STOP ? CRMSYNC_OK : rc;
}

static bool in_block(const crmi_audience_block *block, crmsync_str id, uint64_t generation)
{
    size_t lo = 0, hi = block->count;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int order = crmi_str_cmp(crmi_str(block->items[mid].id), id);
        if (order == 0)
            return crmi_member_at(&block->items[mid], generation);
        if (order < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return false;
}

int32_t crmi_audience_contains(const crmi_store *store, const crmi_audience *a,
                               const crmsync_str *ids, size_t n, bool *member, crmsync_error **err)
{
    crmi_audience_block block = {NULL, 0, 0};
    crmi_items items;
    int32_t rc = CRMSYNC_OK;
    crmi_items_init(&items, store->alloc);
    for (size_t i = 0; !rc && i < n; i++) {
        bool here = block.count &&
                    crmi_str_cmp(ids[i], crmi_str(block.items[block.count - 1].id)) <= 0;
        if (!here) {
            rc = seek(store, a->name, ids[i], &items, err);
            if (!rc && items.n)
                rc = crmi_audience_block_read(store, &items.v[0], &block, err);
            else
                block.count = 0;
        }
        member[i] = !rc && in_block(&block, ids[i], a->generation);
    }
    crmi_dealloc_array(store->alloc, block.items, block.cap, sizeof *block.items);
    crmi_items_clear(&items);
    return rc;
}
