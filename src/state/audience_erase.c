/* Taking records out of the sets of all audiences, as nobody may remember that they were in one. */
#include "state/audience.h"

#define SPACE  CRMSYNC_SPACE_AUDIENCE
#define ID_LEN 18u

typedef struct audience_eraser {
    const crmi_store *store;
    const crmsync_str *ids;
    size_t count;
    crmi_audience_block block;
    crmsync_str name; /* of the audience that is being read; empty = a set without a head */
} audience_eraser;

static bool is_erased(const audience_eraser *e, const char *id)
{
    for (size_t i = 0; i < e->count; i++) {
        if (crmi_str_eq(e->ids[i], crmi_str(id)))
            return true;
    }
    return false;
}

/* What stays moves together. How many of the others were members at that generation? */
static uint64_t take_out(audience_eraser *e, uint64_t generation)
{
    uint64_t gone = 0;
    size_t kept = 0;
    for (size_t i = 0; i < e->block.count; i++) {
        if (!is_erased(e, e->block.items[i].id))
            e->block.items[kept++] = e->block.items[i];
        else
            gone += crmi_member_at(&e->block.items[i], generation);
    }
    e->block.count = kept;
    return gone;
}

/* A block's key ends with its first id. */
static void put_block(crmi_commit *c, const audience_eraser *e, const crmsync_kv_item *item)
{
    char key[CRMI_KEY_MAX + 1];
    const char *first = e->block.count ? e->block.items[0].id : "";
    bool same = crmi_str_ends(item->key, first) && *first;
    crmi_commit_expect(c, SPACE, item->key, item->version);
    if (!same)
        crmi_commit_delete(c, SPACE, item->key);
    if (!*first)
        return;
    memcpy(key, item->key.ptr, item->key.len);
    memcpy(key + item->key.len - ID_LEN, first, ID_LEN);
    crmi_audience_block_put_at(c, (crmsync_str){key, item->key.len}, e->block.items, e->block.count);
}

/* The block and the count of the head are one commit, so that a repeat counts nobody twice. */
static int32_t rewrite(audience_eraser *e, const crmsync_kv_item *item, crmsync_error **err)
{
    crmi_audience head;
    crmi_commit c;
    crmi_audience_init(&head, e->store->alloc);
    crmi_commit_init(&c, e->store);
    int32_t rc = e->name.len ? crmi_audience_get(e->store, e->name, &head, err) : CRMSYNC_OK;
    if (!rc && (item->key.len < ID_LEN || item->key.len > CRMI_KEY_MAX))
        rc = crmi_document_corrupt(item, "not the key of a block of ids", err);
    if (!rc) {
        uint64_t gone = take_out(e, head.generation);
        put_block(&c, e, item);
        head.members -= gone < head.members ? gone : head.members;
        if (gone && head.version)
            crmi_audience_put(&c, &head);
        rc = crmi_commit_must(&c, err);
    }
    crmi_commit_clear(&c);
    crmi_audience_clear(&head);
    return rc;
}

static int32_t visit_block(void *ctx, const crmsync_kv_item *item, crmsync_error **err)
{
    audience_eraser *e = ctx;
    int32_t rc = crmi_audience_block_read(e->store, item, &e->block, err);
    for (size_t i = 0; !rc && i < e->block.count; i++) {
        if (is_erased(e, e->block.items[i].id))
            return rewrite(e, item, err);
    }
    return rc;
}

static int32_t visit_audience(void *ctx, const crmi_audience *a, crmsync_error **err)
{
    audience_eraser *e = ctx;
    crmi_key below = crmi_audience_key(a->name, CRMI_STR_EMPTY);
    e->name = a->name;
    int32_t rc = crmi_store_each(e->store, SPACE, crmi_key_str(&below), visit_block, e, err);
    e->name = CRMI_STR_EMPTY;
    return rc;
}

int32_t crmi_audience_erase(const crmi_store *store, const crmsync_str *ids, size_t n,
                            crmsync_error **err)
{
    audience_eraser e = {.store = store, .ids = ids, .count = n};
    if (!n)
        return CRMSYNC_OK;
    int32_t rc = crmi_audience_each(store, visit_audience, &e, err);
    if (!rc) /* and a first reading that was cut off */
        rc = crmi_store_each(store, SPACE, CRMI_STR("set/"), visit_block, &e, err);
    crmi_dealloc_array(store->alloc, e.block.items, e.block.cap, sizeof *e.block.items);
    return rc;
}
