#include "kv_double.h"

#include <stdlib.h>

static int entry_cmp(const kv_entry *e, uint32_t space, crmsync_str key)
{
    if (e->space != space)
        return e->space < space ? -1 : 1;
    return crmi_str_cmp((crmsync_str){e->key, e->key_len}, key);
}

static size_t seek(const kv_double *kv, uint32_t space, crmsync_str key, bool *found)
{
    size_t i = 0;
    while (i < kv->n && entry_cmp(&kv->v[i], space, key) < 0)
        i++;
    *found = i < kv->n && entry_cmp(&kv->v[i], space, key) == 0;
    return i;
}

static char *copy(crmsync_str s)
{
    char *p = malloc(s.len + 1);
    if (s.len)
        memcpy(p, s.ptr, s.len);
    p[s.len] = 0;
    return p;
}

static void put(kv_double *kv, const crmsync_kv_item *item)
{
    bool found;
    size_t at = seek(kv, item->space, item->key, &found);
    if (!found) {
        if (kv->n == kv->cap) {
            kv->cap = kv->cap ? kv->cap * 2 : 64;
            kv->v = realloc(kv->v, kv->cap * sizeof *kv->v);
        }
        memmove(kv->v + at + 1, kv->v + at, (kv->n - at) * sizeof *kv->v);
        kv->n++;
        kv->v[at] =
            (kv_entry){.space = item->space, .key = copy(item->key), .key_len = item->key.len};
    }
    free(kv->v[at].value);
    kv->v[at].value = copy(item->value);
    kv->v[at].value_len = item->value.len;
    kv->v[at].version = item->version;
}

static void drop_at(kv_double *kv, size_t at)
{
    free(kv->v[at].key);
    free(kv->v[at].value);
    memmove(kv->v + at, kv->v + at + 1, (kv->n - at - 1) * sizeof *kv->v);
    kv->n--;
}

static int32_t deliver(const kv_double *kv, size_t at, crmsync_state_sink *sink)
{
    const kv_entry *e = &kv->v[at];
    crmsync_kv_item item = {
        {e->key, e->key_len}, {e->value, e->value_len}, e->version, e->space, 0};
    if (kv->broken == 1)
        item.version = 0;
    if (kv->broken == 2)
        item.key.len--;
    return crmsync_state_item(sink, &item);
}

static int32_t kv_get(void *ctx, crmsync_str workspace, const crmsync_kv_item *keys, size_t n,
                      crmsync_state_sink *sink, crmsync_error **err)
{
    kv_double *kv = ctx;
    (void)workspace;
    kv->gets++;
    if (kv->get_fails && kv->get_fails--)
        return crmsync_error_new(CRMSYNC_E_CALLBACK, CRMI_STR("get refused"), err);
    for (size_t i = n; i-- > 0;) {
        bool found;
        size_t at = seek(kv, keys[i].space, keys[i].key, &found);
        int32_t rc = found ? deliver(kv, at, sink) : 0;
        if (rc)
            return rc;
    }
    return 0;
}

static int32_t kv_scan(void *ctx, crmsync_str workspace, uint32_t space, crmsync_str from,
                       crmsync_str to, uint32_t limit, uint32_t flags, crmsync_state_sink *sink,
                       crmsync_error **err)
{
    kv_double *kv = ctx;
    (void)workspace;
    (void)err;
    for (size_t i = 0; i < kv->n && limit; i++) {
        size_t at = flags & CRMSYNC_SCAN_REVERSE ? kv->n - 1 - i : i;
        const kv_entry *e = &kv->v[at];
        crmsync_str key = {e->key, e->key_len};
        if (e->space != space || crmi_str_cmp(key, from) < 0 ||
            (to.len && crmi_str_cmp(key, to) >= 0))
            continue;
        int32_t rc = deliver(kv, at, sink);
        if (rc)
            return rc;
        limit--;
    }
    return 0;
}

static bool holds(const kv_double *kv, const crmsync_kv_commit *c)
{
    for (size_t i = 0; i < c->expect_count; i++) {
        bool found;
        size_t at = seek(kv, c->expects[i].space, c->expects[i].key, &found);
        if ((found ? kv->v[at].version : 0) != c->expects[i].version)
            return false;
    }
    return true;
}

static bool sorted(const crmsync_kv_item *v, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        if (v[i - 1].space > v[i].space ||
            (v[i - 1].space == v[i].space && crmi_str_cmp(v[i - 1].key, v[i].key) >= 0))
            return false;
    }
    return true;
}

static void apply(kv_double *kv, const crmsync_kv_commit *c)
{
    for (size_t i = 0; i < c->put_count; i++)
        put(kv, &c->puts[i]);
    for (size_t i = 0; i < c->delete_count; i++) {
        bool found;
        size_t at = seek(kv, c->deletes[i].space, c->deletes[i].key, &found);
        if (found)
            drop_at(kv, at);
    }
}

static int32_t kv_commit(void *ctx, const crmsync_kv_commit *c, uint32_t *outcome,
                         crmsync_error **err)
{
    kv_double *kv = ctx;
    unsigned number = ++kv->commits;
    unsigned span = kv->fault_for ? kv->fault_for : 1;
    int fault = kv->fault_at && number >= kv->fault_at && number < kv->fault_at + span ? kv->fault
                                                                                       : KV_FINE;
    kv->last_items = c->expect_count + c->put_count + c->delete_count;
    kv->largest = kv->last_items > kv->largest ? kv->last_items : kv->largest;
    if (!sorted(c->expects, c->expect_count) || !sorted(c->puts, c->put_count) ||
        !sorted(c->deletes, c->delete_count) || kv->last_items > kv->ops.max_items)
        return crmsync_error_new(CRMSYNC_E_CALLBACK, CRMI_STR("not a proper commit"), err);
    if (fault == KV_FAIL)
        return crmsync_error_new(CRMSYNC_E_CALLBACK, CRMI_STR("commit refused"), err);
    bool ok = holds(kv, c) && fault != KV_CONFLICT;
    *outcome = ok ? CRMSYNC_COMMIT_OK : CRMSYNC_COMMIT_CONFLICT;
    if (ok && fault != KV_UNKNOWN_LOST)
        apply(kv, c);
    if (fault == KV_UNKNOWN_APPLIED || fault == KV_UNKNOWN_LOST)
        *outcome = CRMSYNC_COMMIT_UNKNOWN;
    return 0;
}

static int32_t kv_clear_range(void *ctx, crmsync_str workspace, uint32_t space, crmsync_str from,
                              crmsync_str to, crmsync_error **err)
{
    kv_double *kv = ctx;
    (void)workspace;
    (void)err;
    for (size_t i = kv->n; i-- > 0;) {
        crmsync_str key = {kv->v[i].key, kv->v[i].key_len};
        if (kv->v[i].space == space && crmi_str_cmp(key, from) >= 0 &&
            (to.len == 0 || crmi_str_cmp(key, to) < 0))
            drop_at(kv, i);
    }
    return 0;
}

void kv_init(kv_double *kv)
{
    *kv = (kv_double){.seed = 42};
    kv->ops = (crmsync_state_ops){.struct_size = sizeof kv->ops,
                                  .max_items = 100,
                                  .max_value = 65536,
                                  .max_bytes = 262144,
                                  .get = kv_get,
                                  .scan = kv_scan,
                                  .commit = kv_commit,
                                  .clear = kv_clear_range};
}

void kv_clear(kv_double *kv)
{
    while (kv->n)
        drop_at(kv, kv->n - 1);
    free(kv->v);
    kv->v = NULL;
    kv->cap = 0;
}

static int32_t fill(void *ctx, void *out, size_t n, crmsync_error **err)
{
    kv_double *kv = ctx;
    unsigned char *p = out;
    (void)err;
    for (size_t i = 0; i < n; i++) {
        kv->seed = kv->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        p[i] = (unsigned char)(kv->seed >> 56);
    }
    return 0;
}

crmi_random kv_random(kv_double *kv)
{
    return (crmi_random){fill, kv};
}

crmi_store kv_store(kv_double *kv, const crmsync_alloc *alloc)
{
    return (crmi_store){.ops = &kv->ops,
                        .ctx = kv,
                        .alloc = alloc,
                        .workspace = CRMI_STR("w1"),
                        .random = kv_random(kv)};
}

const kv_entry *kv_find(const kv_double *kv, uint32_t space, const char *key)
{
    bool found;
    size_t at = seek(kv, space, crmi_str(key), &found);
    return found ? &kv->v[at] : NULL;
}

size_t kv_count(const kv_double *kv, uint32_t space)
{
    size_t n = 0;
    for (size_t i = 0; i < kv->n; i++)
        n += kv->v[i].space == space;
    return n;
}

void kv_set(kv_double *kv, uint32_t space, const char *key, const char *value, uint64_t version)
{
    crmsync_kv_item item = {crmi_str(key), crmi_str(value), version, space, 0};
    put(kv, &item);
}

static bool spend(dry_alloc *d)
{
    if (d->left == 0) {
        d->ran_dry = true;
        return false;
    }
    d->left -= d->left > 0;
    return true;
}

static void *dry_get(void *ctx, size_t size)
{
    dry_alloc *d = ctx;
    void *p = spend(d) ? malloc(size) : NULL;
    d->out += p ? size : 0;
    return p;
}

static void *dry_grow(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    dry_alloc *d = ctx;
    void *p = spend(d) ? realloc(ptr, new_size) : NULL;
    d->out += p ? new_size - old_size : 0;
    return p;
}

static void dry_free(void *ctx, void *ptr, size_t size)
{
    dry_alloc *d = ctx;
    d->out -= size;
    free(ptr);
}

void dry_init(dry_alloc *d, long left)
{
    *d = (dry_alloc){.left = left};
    d->table = (crmsync_alloc){sizeof d->table, d, dry_get, dry_grow, dry_free};
}
