#include "state/commit.h"

#include <stdlib.h>

#define MAX_KEY      255
#define COMMIT_TRIES 4
#define SETTLE_TRIES 3

void crmi_commit_init(crmi_commit *c, const crmi_store *store)
{
    *c = (crmi_commit){.store = store};
    crmi_arena_init(&c->arena, store->alloc);
}

void crmi_commit_clear(crmi_commit *c)
{
    const crmi_store *store = c->store;
    crmi_dealloc_array(store->alloc, c->v, c->cap, sizeof *c->v);
    crmi_arena_clear(&c->arena);
    crmsync_error_free(c->err);
    crmi_commit_init(c, store);
}

void crmi_commit_reset(crmi_commit *c)
{
    crmi_arena_clear(&c->arena);
    crmi_error_drop(&c->err);
    c->n = 0;
    c->unit = 0;
    c->code = CRMSYNC_OK;
}

void crmi_commit_spoil(crmi_commit *c, int32_t code, const char *message)
{
    if (c->code)
        return;
    c->code = code == CRMSYNC_E_NOMEM ? crmi_fail_nomem(&c->err)
                                      : crmi_fail(&c->err, code, "%s", message);
}

static crmi_change *add(crmi_commit *c, uint32_t op, uint32_t space, crmsync_str key)
{
    if (c->code)
        return NULL;
    if (key.len == 0 || key.len > MAX_KEY) {
        c->code = crmi_fail(&c->err, CRMSYNC_E_LIMIT,
                            "a key of space %u is empty or over 255 bytes", (unsigned)space);
        return NULL;
    }
    crmsync_str copy;
    if (!crmi_grow(c->store->alloc, &c->v, &c->cap, c->n + 1, sizeof *c->v) ||
        !crmi_arena_str(&c->arena, key, &copy)) {
        crmi_commit_spoil(c, CRMSYNC_E_NOMEM, "");
        return NULL;
    }
    crmi_change *change = &c->v[c->n++];
    *change = (crmi_change){.item = {.key = copy, .space = space}, .unit = c->unit, .op = op};
    return change;
}

void crmi_commit_expect(crmi_commit *c, uint32_t space, crmsync_str key, uint64_t version)
{
    crmi_change *change = add(c, CRMI_CHANGE_EXPECT, space, key);
    if (change)
        change->item.version = version;
}

void crmi_commit_put(crmi_commit *c, uint32_t space, crmsync_str key, crmsync_str value)
{
    crmi_change *change = add(c, CRMI_CHANGE_PUT, space, key);
    if (!change)
        return;
    if (value.len > c->store->ops->max_value) {
        c->code = crmi_fail(&c->err, CRMSYNC_E_LIMIT,
                            "the value of %.*s has %zu bytes; the state store takes %u",
                            CRMI_SPELL(key), value.len, (unsigned)c->store->ops->max_value);
        crmi_error_set_where(&c->err, key);
        return;
    }
    if (!crmi_arena_str(&c->arena, value, &change->item.value)) {
        crmi_commit_spoil(c, CRMSYNC_E_NOMEM, "");
        return;
    }
    c->code = crmi_store_version(c->store, &change->item.version, &c->err);
}

void crmi_commit_delete(crmi_commit *c, uint32_t space, crmsync_str key)
{
    add(c, CRMI_CHANGE_DELETE, space, key);
}

uint64_t crmi_commit_version(const crmi_commit *c, uint32_t space, crmsync_str key)
{
    for (size_t i = c->n; i-- > 0;) {
        const crmi_change *change = &c->v[i];
        if (change->op != CRMI_CHANGE_EXPECT && change->item.space == space &&
            crmi_str_eq(change->item.key, key))
            return change->item.version;
    }
    return 0;
}

/* A commit ready to be handed over. */
typedef struct batch {
    crmi_arena arena;
    crmsync_kv_item *expects, *puts, *deletes;
    size_t expect_count, put_count, delete_count;
} batch;

static int place_cmp(const crmsync_kv_item *a, const crmsync_kv_item *b)
{
    if (a->space != b->space)
        return a->space < b->space ? -1 : 1;
    return crmi_str_cmp(a->key, b->key);
}

/* By place, expectations first, then in the order they were made. */
static int change_cmp(const void *a, const void *b)
{
    const crmi_change *x = *(const crmi_change *const *)a;
    const crmi_change *y = *(const crmi_change *const *)b;
    int order = place_cmp(&x->item, &y->item);
    if (order)
        return order;
    bool writes_x = x->op != CRMI_CHANGE_EXPECT, writes_y = y->op != CRMI_CHANGE_EXPECT;
    if (writes_x != writes_y)
        return writes_x ? 1 : -1;
    return x < y ? -1 : x > y;
}

static int32_t take_expect(batch *b, const crmsync_kv_item *item, crmsync_error **err)
{
    if (b->expect_count && place_cmp(&b->expects[b->expect_count - 1], item) == 0) {
        if (b->expects[b->expect_count - 1].version == item->version)
            return CRMSYNC_OK;
        return crmi_fail(err, CRMSYNC_E_INTERNAL, "two expectations of %.*s in one commit",
                         CRMI_SPELL(item->key));
    }
    b->expects[b->expect_count++] = *item;
    return CRMSYNC_OK;
}

static int32_t batch_fill(batch *b, const crmi_change **sorted, size_t n, crmsync_error **err)
{
    for (size_t i = 0; i < n; i++) {
        const crmi_change *change = sorted[i];
        if (change->op == CRMI_CHANGE_EXPECT) {
            int32_t rc = take_expect(b, &change->item, err);
            if (rc)
                return rc;
            continue;
        }
        if (i + 1 < n && place_cmp(&change->item, &sorted[i + 1]->item) == 0)
            continue; /* a later write of the same key wins */
        if (change->op == CRMI_CHANGE_PUT)
            b->puts[b->put_count++] = change->item;
        else
            b->deletes[b->delete_count++] = change->item;
    }
    return CRMSYNC_OK;
}

static int32_t batch_make(batch *b, const crmi_store *store, const crmi_change *const *list,
                          size_t n, crmsync_error **err)
{
    crmi_change *fence = CRMI_ARENA_NEW(&b->arena, crmi_change);
    const crmi_change **sorted = crmi_arena_array(&b->arena, n + 1, sizeof(crmi_change *));
    b->expects = crmi_arena_array(&b->arena, n + 1, sizeof *b->expects);
    b->puts = crmi_arena_array(&b->arena, n + 1, sizeof *b->puts);
    b->deletes = crmi_arena_array(&b->arena, n + 1, sizeof *b->deletes);
    if (!fence || !sorted || !b->expects || !b->puts || !b->deletes)
        return crmi_fail_nomem(err);
    memcpy(sorted, list, n * sizeof *sorted);
    if (store->fence) {
        fence->item = *store->fence;
        fence->op = CRMI_CHANGE_EXPECT;
        sorted[n++] = fence;
    }
    qsort(sorted, n, sizeof *sorted, change_cmp);
    return batch_fill(b, sorted, n, err);
}

static int32_t batch_check(const batch *b, const crmi_store *store, crmsync_error **err)
{
    size_t items = b->expect_count + b->put_count + b->delete_count;
    uint64_t bytes = 0;
    for (size_t i = 0; i < b->expect_count; i++)
        bytes += b->expects[i].key.len;
    for (size_t i = 0; i < b->put_count; i++)
        bytes += b->puts[i].key.len + b->puts[i].value.len;
    for (size_t i = 0; i < b->delete_count; i++)
        bytes += b->deletes[i].key.len;
    if (items <= store->ops->max_items && bytes <= store->ops->max_bytes)
        return CRMSYNC_OK;
    return crmi_fail(err, CRMSYNC_E_LIMIT,
                     "a commit of %zu items and %llu bytes is more than the state store takes",
                     items, (unsigned long long)bytes);
}

enum { SETTLED_UNKNOWN = 0, SETTLED_APPLIED, SETTLED_NOT_APPLIED };

/* Reads back what was written: one of our versions there proves that all of it is. */
static uint32_t settle_once(const crmi_store *store, const batch *b, crmi_items *items)
{
    const crmsync_kv_item *written = b->put_count ? b->puts : b->deletes;
    size_t n = b->put_count ? b->put_count : b->delete_count;
    if (crmi_store_get(store, written, n, items, NULL))
        return SETTLED_UNKNOWN;
    if (b->put_count == 0)
        return items->n == 0 ? SETTLED_APPLIED : SETTLED_NOT_APPLIED;
    for (size_t i = 0; i < n; i++) {
        const crmsync_kv_item *now = crmi_items_find(items, written[i].space, written[i].key);
        if (now && now->version == written[i].version)
            return SETTLED_APPLIED;
    }
    return SETTLED_NOT_APPLIED;
}

static uint32_t settle(const crmi_store *store, const batch *b)
{
    crmi_items items;
    uint32_t found = SETTLED_UNKNOWN;
    crmi_items_init(&items, store->alloc);
    for (int i = 0; i < SETTLE_TRIES && found == SETTLED_UNKNOWN; i++)
        found = settle_once(store, b, &items);
    crmi_items_clear(&items);
    return found;
}

static int32_t fence_check(const crmi_store *store, crmsync_error **err)
{
    crmi_items items;
    bool found;
    if (!store->fence)
        return CRMSYNC_OK;
    crmi_items_init(&items, store->alloc);
    int32_t rc =
        crmi_store_get_one(store, store->fence->space, store->fence->key, &items, &found, err);
    if (!rc && (!found || items.v[0].version != store->fence->version))
        rc = crmi_fail(err, CRMSYNC_E_CONFLICT, "the lease %.*s was lost to another worker",
                       CRMI_SPELL(store->fence->key));
    crmi_items_clear(&items);
    return rc;
}

static int32_t hand_over(const crmi_store *store, const batch *b, uint32_t *outcome,
                         crmsync_error **err)
{
    crmsync_kv_commit commit = {.struct_size = sizeof commit,
                                .workspace = store->workspace,
                                .expects = b->expects,
                                .expect_count = b->expect_count,
                                .puts = b->puts,
                                .put_count = b->put_count,
                                .deletes = b->deletes,
                                .delete_count = b->delete_count};
    *outcome = 0;
    int32_t rc = store->ops->commit(store->ctx, &commit, outcome, err);
    if (rc > 0)
        return crmi_fail(err, CRMSYNC_E_CONTRACT,
                         "the state store broke its contract in commit: it returned %d", (int)rc);
    if (rc && err && !*err)
        return crmi_fail(err, rc, "the state store could not answer commit");
    if (rc)
        return rc;
    if (*outcome < CRMSYNC_COMMIT_OK || *outcome > CRMSYNC_COMMIT_UNKNOWN)
        return crmi_fail(err, CRMSYNC_E_CONTRACT,
                         "the state store broke its contract in commit: outcome %u",
                         (unsigned)*outcome);
    return CRMSYNC_OK;
}

static int32_t batch_run(const crmi_store *store, const batch *b, uint32_t *outcome,
                         crmsync_error **err)
{
    bool doubtful = false;
    for (int i = 0; i < COMMIT_TRIES; i++) {
        int32_t rc = hand_over(store, b, outcome, err);
        if (rc || *outcome == CRMSYNC_COMMIT_OK)
            return rc;
        if (*outcome == CRMSYNC_COMMIT_CONFLICT && !doubtful)
            return fence_check(store, err);
        uint32_t found = settle(store, b);
        bool conflict = *outcome == CRMSYNC_COMMIT_CONFLICT;
        *outcome = CRMSYNC_COMMIT_OK;
        if (found == SETTLED_APPLIED)
            return CRMSYNC_OK;
        if (found == SETTLED_NOT_APPLIED && conflict) {
            *outcome = CRMSYNC_COMMIT_CONFLICT;
            return fence_check(store, err);
        }
        if (found == SETTLED_UNKNOWN)
            break;
        doubtful = true;
    }
    *outcome = CRMSYNC_COMMIT_CONFLICT;
    return crmi_fail(
        err, CRMSYNC_E_STORE,
        "the state store lost the answer to a commit and cannot tell what became of it");
}

int32_t crmi_commit_changes(const crmi_store *store, const crmi_change *const *list, size_t n,
                            uint32_t *outcome, crmsync_error **err)
{
    batch b = {.expects = NULL};
    *outcome = CRMSYNC_COMMIT_OK;
    if (n == 0)
        return CRMSYNC_OK;
    crmi_arena_init(&b.arena, store->alloc);
    int32_t rc = batch_make(&b, store, list, n, err);
    if (!rc)
        rc = batch_check(&b, store, err);
    if (!rc)
        rc = batch_run(store, &b, outcome, err);
    crmi_arena_clear(&b.arena);
    return rc;
}

static int32_t spoilt(crmi_commit *c, crmsync_error **err)
{
    if (c->code == CRMSYNC_E_NOMEM)
        return crmi_fail_nomem(err);
    if (err) {
        crmsync_error_free(*err);
        *err = c->err;
        c->err = NULL;
    }
    return c->code;
}

int32_t crmi_commit_run(crmi_commit *c, uint32_t *outcome, crmsync_error **err)
{
    *outcome = CRMSYNC_COMMIT_OK;
    if (c->code)
        return spoilt(c, err);
    if (c->n == 0)
        return CRMSYNC_OK;
    const crmi_change **list = crmi_alloc_zeroed(c->store->alloc, c->n, sizeof(crmi_change *));
    if (!list)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < c->n; i++)
        list[i] = &c->v[i];
    int32_t rc = crmi_commit_changes(c->store, list, c->n, outcome, err);
    crmi_dealloc_array(c->store->alloc, list, c->n, sizeof *list);
    return rc;
}

int32_t crmi_commit_must(crmi_commit *c, crmsync_error **err)
{
    uint32_t outcome;
    int32_t rc = crmi_commit_run(c, &outcome, err);
    if (!rc && outcome == CRMSYNC_COMMIT_CONFLICT)
        return crmi_fail(err, CRMSYNC_E_CONFLICT,
                         "the state was changed by somebody else meanwhile");
    return rc;
}
