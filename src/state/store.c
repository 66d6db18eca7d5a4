#include "state/store.h"

#include <stdlib.h>

#define PAGE 500

int32_t crmi_store_check(const crmsync_state_ops *ops, crmsync_error **err)
{
    if (!ops || !ops->get || !ops->scan || !ops->commit || !ops->clear)
        return crmi_fail(err, CRMSYNC_E_INVALID,
                         "the state hook needs get, scan, commit and clear");
    if (ops->max_items < 100 || ops->max_value < 65536 || ops->max_bytes < 262144)
        return crmi_fail(err, CRMSYNC_E_INVALID,
                         "the state hook takes too little: at least 100 items, 65536 bytes a value "
                         "and 262144 bytes a commit");
    return CRMSYNC_OK;
}

int32_t crmi_store_version(const crmi_store *store, uint64_t *out, crmsync_error **err)
{
    *out = 0;
    for (int i = 0; i < 8 && *out == 0; i++) {
        int32_t rc = store->random.fill(store->random.ctx, out, sizeof *out, err);
        if (rc)
            return rc;
    }
    if (*out == 0)
        return crmi_fail(err, CRMSYNC_E_INTERNAL, "the random hook gives nothing but zeros");
    return CRMSYNC_OK;
}

void crmi_items_init(crmi_items *items, const crmsync_alloc *alloc)
{
    *items = (crmi_items){.v = NULL};
    crmi_arena_init(&items->arena, alloc);
}

void crmi_items_clear(crmi_items *items)
{
    const crmsync_alloc *alloc = items->arena.alloc;
    crmi_dealloc_array(alloc, items->v, items->cap, sizeof *items->v);
    crmi_arena_clear(&items->arena);
    crmi_items_init(items, alloc);
}

void crmi_items_reset(crmi_items *items)
{
    crmi_arena_clear(&items->arena);
    items->n = 0;
}

static int item_cmp(const void *a, const void *b)
{
    const crmsync_kv_item *x = a, *y = b;
    if (x->space != y->space)
        return x->space < y->space ? -1 : 1;
    return crmi_str_cmp(x->key, y->key);
}

static crmsync_kv_item *items_seek(const crmi_items *items, uint32_t space, crmsync_str key)
{
    crmsync_kv_item wanted = {key, {NULL, 0}, 0, space, 0};
    if (items->n == 0)
        return NULL;
    return bsearch(&wanted, items->v, items->n, sizeof *items->v, item_cmp);
}

const crmsync_kv_item *crmi_items_find(const crmi_items *items, uint32_t space, crmsync_str key)
{
    return items_seek(items, space, key);
}

/* Receives what a hook delivers; `code` keeps the first trouble even if the hook ignores it. */
typedef struct collector {
    crmsync_state_sink sink;
    crmi_items *items;
    size_t limit; /* 0 = none */
    bool ordered, descending;
    crmsync_str from, to;
    uint32_t space;
    int32_t code;
    const char *broken;
} collector;

static const char *scan_fault(const collector *c, const crmsync_kv_item *item)
{
    const crmi_items *items = c->items;
    if (item->space != c->space)
        return "an entry of another space";
    if (crmi_str_cmp(item->key, c->from) < 0 || (c->to.len && crmi_str_cmp(item->key, c->to) >= 0))
        return "an entry outside the range";
    if (items->n == 0)
        return NULL;
    int order = crmi_str_cmp(items->v[items->n - 1].key, item->key);
    return (c->descending ? order > 0 : order < 0) ? NULL : "entries out of order";
}

static int32_t collect(crmsync_state_sink *sink, const crmsync_kv_item *item)
{
    collector *c = (collector *)sink;
    crmi_items *items = c->items;
    if (c->code)
        return c->code;
    if (item->version == 0)
        c->broken = "an entry without a version";
    else if (c->ordered)
        c->broken = scan_fault(c, item);
    if (!c->broken && c->limit && items->n >= c->limit)
        c->broken = "more entries than asked for";
    if (c->broken)
        return c->code = CRMSYNC_E_CONTRACT;
    if (!crmi_grow(items->arena.alloc, &items->v, &items->cap, items->n + 1, sizeof *items->v))
        return c->code = CRMSYNC_E_NOMEM;
    crmsync_kv_item *copy = &items->v[items->n];
    *copy = *item;
    copy->zero = 0;
    if (!crmi_arena_str(&items->arena, item->key, &copy->key) ||
        !crmi_arena_str(&items->arena, item->value, &copy->value))
        return c->code = CRMSYNC_E_NOMEM;
    items->n++;
    return CRMSYNC_OK;
}

/* What became of a call: our own trouble first, then the hook's. */
static int32_t collected(const collector *c, const char *op, int32_t rc, crmsync_error **err)
{
    if (c->code == CRMSYNC_E_NOMEM)
        return crmi_fail_nomem(err);
    if (c->broken)
        return crmi_fail(err, CRMSYNC_E_CONTRACT, "the state store broke its contract in %s: %s", op,
                         c->broken);
    if (rc == 0)
        return CRMSYNC_OK;
    if (rc > 0)
        return crmi_fail(err, CRMSYNC_E_CONTRACT,
                         "the state store broke its contract in %s: it returned %d", op, (int)rc);
    if (err && !*err)
        return crmi_fail(err, rc, "the state store could not answer %s", op);
    return rc;
}

static size_t distinct_keys(const crmsync_kv_item *keys, size_t n, crmsync_kv_item *out)
{
    size_t kept = 0;
    memcpy(out, keys, n * sizeof *out);
    qsort(out, n, sizeof *out, item_cmp);
    for (size_t i = 0; i < n; i++) {
        if (kept == 0 || item_cmp(&out[kept - 1], &out[i]) != 0)
            out[kept++] = out[i];
    }
    return kept;
}

int32_t crmi_store_get(const crmi_store *store, const crmsync_kv_item *keys, size_t n,
                       crmi_items *items, crmsync_error **err)
{
    collector c = {.sink = {collect}, .items = items};
    crmi_items_reset(items);
    if (n == 0)
        return CRMSYNC_OK;
    /* callers ask for what their records name, repeats included; a store is asked once, in order */
    size_t size = n;
    crmsync_kv_item *wanted = crmi_alloc_zeroed(store->alloc, size, sizeof *wanted);
    if (!wanted)
        return crmi_fail_nomem(err);
    n = distinct_keys(keys, n, wanted);
    int32_t rc = store->ops->get(store->ctx, store->workspace, wanted, n, &c.sink, err);
    crmi_dealloc_array(store->alloc, wanted, size, sizeof *wanted);
    rc = collected(&c, "get", rc, err);
    if (rc) {
        crmi_items_reset(items);
        return rc;
    }
    if (items->n)
        qsort(items->v, items->n, sizeof *items->v, item_cmp);
    size_t asked = 0;
    for (size_t i = 0; i < size; i++) {
        crmsync_kv_item *hit = items_seek(items, keys[i].space, keys[i].key);
        if (hit && !hit->zero) {
            hit->zero = 1; /* seen; put back below */
            asked++;
        }
    }
    for (size_t i = 0; i < items->n; i++)
        items->v[i].zero = 0;
    if (asked == items->n)
        return CRMSYNC_OK;
    crmi_items_reset(items);
    return crmi_fail(
        err, CRMSYNC_E_CONTRACT,
        "the state store broke its contract in get: entries nobody asked for, or twice");
}

int32_t crmi_store_get_keys(const crmi_store *store, uint32_t space, const crmi_key *keys, size_t n,
                            crmi_items *items, crmsync_error **err)
{
    crmsync_kv_item *wanted = crmi_alloc_zeroed(store->alloc, n + 1, sizeof *wanted);
    if (!wanted)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < n; i++)
        wanted[i] = (crmsync_kv_item){.key = crmi_key_str(&keys[i]), .space = space};
    int32_t rc = crmi_store_get(store, wanted, n, items, err);
    crmi_dealloc_array(store->alloc, wanted, n + 1, sizeof *wanted);
    return rc;
}

int32_t crmi_store_get_one(const crmi_store *store, uint32_t space, crmsync_str key,
                           crmi_items *items, bool *found, crmsync_error **err)
{
    crmsync_kv_item wanted = {key, {NULL, 0}, 0, space, 0};
    if (found)
        *found = false;
    if (key.len == 0)
        return crmi_fail(err, CRMSYNC_E_LIMIT, "a key of space %u is empty or over 255 bytes",
                         (unsigned)space);
    int32_t rc = crmi_store_get(store, &wanted, 1, items, err);
    if (!rc && found)
        *found = items->n == 1;
    return rc;
}

int32_t crmi_store_scan(const crmi_store *store, uint32_t space, crmsync_str from, crmsync_str to,
                        uint32_t limit, uint32_t flags, crmi_items *items, crmsync_error **err)
{
    collector c = {.sink = {collect},
                   .items = items,
                   .limit = limit,
                   .ordered = true,
                   .descending = (flags & CRMSYNC_SCAN_REVERSE) != 0,
                   .from = from,
                   .to = to,
                   .space = space};
    crmi_items_reset(items);
    if (limit == 0)
        return CRMSYNC_OK;
    int32_t rc =
        store->ops->scan(store->ctx, store->workspace, space, from, to, limit, flags, &c.sink, err);
    rc = collected(&c, "scan", rc, err);
    if (rc)
        crmi_items_reset(items);
    return rc;
}

int32_t crmi_store_clear(const crmi_store *store, uint32_t space, crmsync_str from, crmsync_str to,
                         crmsync_error **err)
{
    collector c = {.sink = {collect}};
    int32_t rc = store->ops->clear(store->ctx, store->workspace, space, from, to, err);
    return collected(&c, "clear", rc, err);
}

crmsync_str crmi_store_prefix_end(crmsync_str prefix, char *out)
{
    size_t n = prefix.len;
    while (n && (unsigned char)prefix.ptr[n - 1] == 0xff)
        n--;
    if (n == 0)
        return CRMI_STR_EMPTY;
    memcpy(out, prefix.ptr, n);
    out[n - 1] = (char)((unsigned char)out[n - 1] + 1);
    return (crmsync_str){out, n};
}

int32_t crmi_store_each_between(const crmi_store *store, uint32_t space, crmsync_str from,
                                crmsync_str to, crmi_visit_fn visit, void *ctx, crmsync_error **err)
{
    crmi_items page;
    crmi_buf next;
    int32_t rc = CRMSYNC_OK;
    crmi_items_init(&page, store->alloc);
    crmi_buf_init(&next, store->alloc);
    crmi_buf_add(&next, from);
    do {
        rc = crmi_buf_ok(&next) ? CRMSYNC_OK : crmi_fail_nomem(err);
        if (!rc)
            rc = crmi_store_scan(store, space, crmi_buf_str(&next), to, PAGE, 0, &page, err);
        for (size_t i = 0; !rc && i < page.n; i++)
            rc = visit(ctx, &page.v[i], err);
        crmi_buf_reset(&next);
        if (page.n) {
            crmi_buf_add(&next, page.v[page.n - 1].key);
            crmi_buf_char(&next, 0); /* the least key above the last one */
        }
    } while (!rc && page.n == PAGE);
    crmi_buf_clear(&next);
    crmi_items_clear(&page);
    return rc == CRMI_VISIT_STOP ? CRMSYNC_OK : rc;
}

int32_t crmi_store_each(const crmi_store *store, uint32_t space, crmsync_str prefix,
                        crmi_visit_fn visit, void *ctx, crmsync_error **err)
{
    char end[256];
    if (prefix.len >= sizeof end)
        return crmi_fail(err, CRMSYNC_E_LIMIT, "a prefix of space %u is over 255 bytes",
                         (unsigned)space);
    return crmi_store_each_between(store, space, prefix, crmi_store_prefix_end(prefix, end), visit,
                                   ctx, err);
}
