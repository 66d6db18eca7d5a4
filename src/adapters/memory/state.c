/* The state table of the memory adapter. */
#include "store.h"

enum { MAX_KEY = 255 };

static void start_key(crmi_bytes *b, crmsync_str workspace, uint32_t space)
{
    b->len = 0;
    crmi_bytes_part(b, workspace);
    crmi_bytes_be(b, space, 4);
}

/* The map key of one item; false = no memory. `*prefix` is the length of what precedes the key. */
static bool full_key(crmi_bytes *b, crmsync_str workspace, uint32_t space, crmsync_str key,
                     size_t *prefix)
{
    start_key(b, workspace, space);
    if (prefix)
        *prefix = b->len;
    crmi_bytes_add(b, key);
    return !b->oom;
}

static int32_t deliver(const crmi_node *node, size_t prefix, uint32_t space,
                       crmsync_state_sink *sink)
{
    crmsync_kv_item item = {{node->key.ptr + prefix, node->key.len - prefix}, node->value,
                            node->stamp, space, 0};
    return crmsync_state_item(sink, &item);
}

static int32_t memory_get(void *ctx, crmsync_str workspace, const crmsync_kv_item *keys, size_t n,
                          crmsync_state_sink *sink, crmsync_error **err)
{
    crmsync_memory *m = ctx;
    crmi_bytes b;
    int32_t code = CRMSYNC_OK;

    pthread_mutex_lock(&m->lock);
    crmi_bytes_init(&b, &m->alloc);
    for (size_t i = 0; i < n && code == CRMSYNC_OK; i++) {
        size_t prefix;
        crmi_node *node;
        if (!full_key(&b, workspace, keys[i].space, keys[i].key, &prefix)) {
            code = crmi_host_nomem(err);
            break;
        }
        node = crmi_ordered_find(&m->state, crmi_bytes_str(&b));
        if (node)
            code = deliver(node, prefix, keys[i].space, sink);
    }
    crmi_bytes_clear(&b);
    pthread_mutex_unlock(&m->lock);
    return code;
}

/* The two ends of a range as map keys. Without `to` the end is the start of the next space. */
struct range {
    crmi_bytes from;
    crmi_bytes to;
    size_t prefix;
};

static bool range_init(struct range *r, crmsync_memory *m, crmsync_str workspace, uint32_t space,
                       crmsync_str from, crmsync_str to)
{
    crmi_bytes_init(&r->from, &m->alloc);
    crmi_bytes_init(&r->to, &m->alloc);
    if (!full_key(&r->from, workspace, space, from, &r->prefix))
        return false;
    if (to.len > 0)
        return full_key(&r->to, workspace, space, to, NULL);
    crmi_bytes_part(&r->to, workspace);
    crmi_bytes_be(&r->to, (uint64_t)space + 1, 4);
    if (space == UINT32_MAX) /* nothing sorts behind: a key is at most MAX_KEY bytes of 0xff */
        r->to.len -= 4;
    for (size_t i = 0; space == UINT32_MAX && i < MAX_KEY + 5; i++)
        crmi_bytes_char(&r->to, (char)0xff);
    return !r->to.oom;
}

static void range_clear(struct range *r)
{
    crmi_bytes_clear(&r->from);
    crmi_bytes_clear(&r->to);
}

static bool within(const struct range *r, const crmi_node *node)
{
    return node && crmi_host_cmp(node->key, crmi_bytes_str(&r->from)) >= 0 &&
           crmi_host_cmp(node->key, crmi_bytes_str(&r->to)) < 0;
}

static int32_t memory_scan(void *ctx, crmsync_str workspace, uint32_t space, crmsync_str from,
                           crmsync_str to, uint32_t limit, uint32_t flags,
                           crmsync_state_sink *sink, crmsync_error **err)
{
    crmsync_memory *m = ctx;
    bool reverse = (flags & CRMSYNC_SCAN_REVERSE) != 0;
    struct range r;
    crmi_node *node;
    int32_t code = CRMSYNC_OK;

    pthread_mutex_lock(&m->lock);
    if (!range_init(&r, m, workspace, space, from, to)) {
        code = crmi_host_nomem(err);
        goto done;
    }
    node = reverse ? crmi_ordered_before(&m->state, crmi_bytes_str(&r.to))
                   : crmi_ordered_at_or_after(&m->state, crmi_bytes_str(&r.from));
    for (; limit > 0 && within(&r, node) && code == CRMSYNC_OK; limit--) {
        code = deliver(node, r.prefix, space, sink);
        node = reverse ? crmi_ordered_prev(&m->state, node) : crmi_ordered_next(node);
    }
done:
    range_clear(&r);
    pthread_mutex_unlock(&m->lock);
    return code;
}

static int32_t memory_clear(void *ctx, crmsync_str workspace, uint32_t space, crmsync_str from,
                            crmsync_str to, crmsync_error **err)
{
    crmsync_memory *m = ctx;
    struct range r;
    int32_t code = CRMSYNC_OK;

    pthread_mutex_lock(&m->lock);
    if (range_init(&r, m, workspace, space, from, to)) {
        crmi_node *node = crmi_ordered_at_or_after(&m->state, crmi_bytes_str(&r.from));
        while (within(&r, node)) {
            crmi_node *next = crmi_ordered_next(node);
            crmi_ordered_unlink(&m->state, node);
            crmi_node_free(&m->state, node);
            node = next;
        }
    } else {
        code = crmi_host_nomem(err);
    }
    range_clear(&r);
    pthread_mutex_unlock(&m->lock);
    return code;
}

static int32_t check_items(const crmsync_kv_commit *c, crmsync_error **err)
{
    for (size_t i = 0; i < c->put_count; i++) {
        const crmsync_kv_item *put = &c->puts[i];
        if (put->version == 0 || put->key.len == 0 || put->key.len > MAX_KEY)
            return crmi_host_fail(err, CRMSYNC_E_INVALID,
                                  "memory store: put %zu has no version, or a key that is not 1 "
                                  "to 255 bytes", i);
    }
    return CRMSYNC_OK;
}

/* 1 = all expectations hold, 0 = one does not, negative = no memory. */
static int32_t expectations_hold(crmsync_memory *m, const crmsync_kv_commit *c, crmi_bytes *b)
{
    for (size_t i = 0; i < c->expect_count; i++) {
        const crmsync_kv_item *expect = &c->expects[i];
        crmi_node *node;
        if (!full_key(b, c->workspace, expect->space, expect->key, NULL))
            return CRMSYNC_E_NOMEM;
        node = crmi_ordered_find(&m->state, crmi_bytes_str(b));
        if ((node ? node->stamp : 0) != expect->version)
            return 0;
    }
    return 1;
}

/* Makes all nodes before any is linked, so that a lack of memory changes nothing. */
static int32_t apply(crmsync_memory *m, const crmsync_kv_commit *c, crmi_bytes *b)
{
    crmi_node *made = NULL;
    size_t longest = 0;

    for (size_t i = 0; i < c->delete_count; i++)
        longest = c->deletes[i].key.len > longest ? c->deletes[i].key.len : longest;
    for (size_t i = 0; i < c->put_count; i++) {
        const crmsync_kv_item *put = &c->puts[i];
        crmi_node *node = full_key(b, c->workspace, put->space, put->key, NULL)
                              ? crmi_node_new(&m->state, crmi_bytes_str(b), put->value)
                              : NULL;
        if (!node)
            goto no_memory;
        node->stamp = put->version;
        node->chain = made;
        made = node;
    }
    b->len = 0;
    if (!crmi_bytes_reserve(b, c->workspace.len + 8 + longest))
        goto no_memory;
    for (size_t i = 0; i < c->delete_count; i++) {
        crmi_node *node;
        full_key(b, c->workspace, c->deletes[i].space, c->deletes[i].key, NULL);
        node = crmi_ordered_find(&m->state, crmi_bytes_str(b));
        if (node) {
            crmi_ordered_unlink(&m->state, node);
            crmi_node_free(&m->state, node);
        }
    }
    while (made) {
        crmi_node *node = made;
        made = node->chain;
        crmi_node_free(&m->state, crmi_ordered_link(&m->state, node));
    }
    return CRMSYNC_OK;

no_memory:
    while (made) {
        crmi_node *node = made;
        made = node->chain;
        crmi_node_free(&m->state, node);
    }
    return CRMSYNC_E_NOMEM;
}

static int32_t memory_commit(void *ctx, const crmsync_kv_commit *c, uint32_t *outcome,
                             crmsync_error **err)
{
    crmsync_memory *m = ctx;
    crmi_bytes b;
    int32_t code = check_items(c, err);

    if (code != CRMSYNC_OK)
        return code;
    pthread_mutex_lock(&m->lock);
    crmi_bytes_init(&b, &m->alloc);
    code = expectations_hold(m, c, &b);
    if (code == 0) {
        *outcome = CRMSYNC_COMMIT_CONFLICT;
    } else if (code > 0) {
        code = apply(m, c, &b);
        if (code == CRMSYNC_OK)
            *outcome = CRMSYNC_COMMIT_OK;
    }
    crmi_bytes_clear(&b);
    pthread_mutex_unlock(&m->lock);
    return code < 0 ? crmi_host_nomem(err) : CRMSYNC_OK;
}

const crmsync_state_ops *crmsync_memory_state_ops(void)
{
    static const crmsync_state_ops ops = {sizeof ops, 4096, 1u << 20, 16u << 20, memory_get,
                                          memory_scan, memory_commit, memory_clear, NULL};
    return &ops;
}
