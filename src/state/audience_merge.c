/* The join of what a source gives with the set that is stored, block by block. */
#include "state/audience.h"

#define SPACE CRMSYNC_SPACE_AUDIENCE
#define FULL  (2 * CRMI_AUDIENCE_BLOCK) /* joined ids that are held before a block of them is written */

void crmi_audience_merge_init(crmi_audience_merge *m, const crmi_store *store,
                              const crmi_audience *head)
{
    *m = (crmi_audience_merge){.store = store, .name = head->name};
    m->now = head->generation;
    m->next = head->generation + 1;
    m->forget = m->next > CRMI_AUDIENCE_KEEP ? m->next - CRMI_AUDIENCE_KEEP : 0;
}

void crmi_audience_merge_clear(crmi_audience_merge *m)
{
    if (!m->store)
        return;
    crmi_dealloc_array(m->store->alloc, m->old.items, m->old.cap, sizeof *m->old.items);
    crmi_dealloc_array(m->store->alloc, m->out.items, m->out.cap, sizeof *m->out.items);
    *m = (crmi_audience_merge){.store = NULL};
}

/* ---- writing ---- */

/* What follows the ids that are written: as far as it is stored already it must stay so. */
static int32_t put_rest(crmi_audience_merge *m, crmi_commit *c, size_t from, char key[19],
                        crmsync_error **err)
{
    crmi_audience_block rest = {NULL, 0, 0};
    size_t tail = m->out.count - from, left = m->old.count - m->at;
    key[0] = '\0';
    if (!m->key[0] || tail + left == 0)
        return CRMSYNC_OK;
    if (!crmi_grow(m->store->alloc, &rest.items, &rest.cap, tail + left, sizeof *rest.items))
        return crmi_fail_nomem(err);
    memcpy(rest.items, m->out.items + from, tail * sizeof *rest.items);
    if (left)
        memcpy(rest.items + tail, m->old.items + m->at, left * sizeof *rest.items);
    crmi_audience_block_put(c, m->name, rest.items, tail + left);
    memcpy(key, rest.items[0].id, 19);
    crmi_dealloc_array(m->store->alloc, rest.items, rest.cap, sizeof *rest.items);
    return CRMSYNC_OK;
}

static void drop_stored(crmi_audience_merge *m, crmi_commit *c, const char *first, const char *second)
{
    crmi_key key = crmi_audience_key(m->name, crmi_str(m->key));
    if (m->key[0] && strcmp(m->key, first) != 0 && strcmp(m->key, second) != 0)
        crmi_commit_delete(c, SPACE, crmi_key_str(&key));
}

/* One commit each, so that a block and what it was split from never part. */
static int32_t write_first(crmi_audience_merge *m, crmsync_error **err)
{
    const size_t n = CRMI_AUDIENCE_BLOCK;
    char key[19];
    crmi_commit c;
    crmi_commit_init(&c, m->store);
    crmi_audience_block_put(&c, m->name, m->out.items, n);
    int32_t rc = put_rest(m, &c, n, key, err);
    drop_stored(m, &c, m->out.items[0].id, key);
    if (!rc)
        rc = crmi_commit_must(&c, err);
    crmi_commit_clear(&c);
    if (rc)
        return rc;
    memcpy(m->key, key, sizeof m->key);
    memmove(m->out.items, m->out.items + n, (m->out.count - n) * sizeof *m->out.items);
    m->out.count -= n;
    return CRMSYNC_OK;
}

static int32_t write_last(crmi_audience_merge *m, crmsync_error **err)
{
    size_t n = m->out.count, first = n > CRMI_AUDIENCE_BLOCK ? n / 2 : n;
    const char *second = first < n ? m->out.items[first].id : "";
    crmi_commit c;
    crmi_commit_init(&c, m->store);
    if (first)
        crmi_audience_block_put(&c, m->name, m->out.items, first);
    if (first < n)
        crmi_audience_block_put(&c, m->name, m->out.items + first, n - first);
    drop_stored(m, &c, n ? m->out.items[0].id : "", second);
    int32_t rc = crmi_commit_must(&c, err);
    crmi_commit_clear(&c);
    m->out.count = 0;
    return rc;
}

static int32_t push(crmi_audience_merge *m, const crmi_member_entry *e, crmsync_error **err)
{
    if (m->out.count == FULL) {
        int32_t rc = write_first(m, err);
        if (rc)
            return rc;
    }
    if (!crmi_grow(m->store->alloc, &m->out.items, &m->out.cap, FULL, sizeof *m->out.items))
        return crmi_fail_nomem(err);
    m->out.items[m->out.count++] = *e;
    return CRMSYNC_OK;
}

/* ---- joining ---- */

static int32_t keep(crmi_audience_merge *m, const crmi_member_entry *was, crmi_member_entry e,
                    crmsync_error **err)
{
    bool known = crmi_member_at(&e, m->next) || e.out > m->forget;
    m->changed = m->changed || !known || e.in != was->in || e.out != was->out;
    return known ? push(m, &e, err) : CRMSYNC_OK;
}

/* Marks of a reading that was never ended, or of another epoch, are not there. */
static crmi_member_entry as_of_now(const crmi_audience_merge *m, const crmi_member_entry *e)
{
    crmi_member_entry clean = *e;
    clean.in = e->in > m->now ? 0 : e->in;
    clean.out = e->out > m->now ? 0 : e->out;
    return clean;
}

static int32_t not_seen(crmi_audience_merge *m, const crmi_member_entry *was, crmsync_error **err)
{
    crmi_member_entry e = as_of_now(m, was);
    if (crmi_member_at(&e, m->now)) {
        e.out = m->next;
        m->removed++;
    }
    return keep(m, was, e, err);
}

static int32_t seen(crmi_audience_merge *m, const crmi_member_entry *was, crmsync_error **err)
{
    crmi_member_entry e = as_of_now(m, was);
    m->members++;
    if (!crmi_member_at(&e, m->now)) {
        e.in = m->next;
        m->added++;
    }
    return keep(m, was, e, err);
}

static int32_t seen_new(crmi_audience_merge *m, crmsync_str id, crmsync_error **err)
{
    crmi_member_entry e = {.in = m->next};
    memcpy(e.id, id.ptr, 18);
    m->members++;
    m->added++;
    m->changed = true;
    return push(m, &e, err);
}

/* ---- blocks ---- */

/* The first one, or the one that begins where the last one ended. */
static int32_t open_block(crmi_audience_merge *m, crmsync_error **err)
{
    char end[CRMI_KEY_MAX + 1];
    crmi_key below = crmi_audience_key(m->name, CRMI_STR_EMPTY);
    crmi_key at = crmi_audience_key(m->name, crmi_str(m->limit));
    crmsync_str from = crmi_key_str(&at);
    crmi_items items;
    crmi_items_init(&items, m->store->alloc);
    int32_t rc = crmi_store_scan(m->store, SPACE, from,
                                 crmi_store_prefix_end(crmi_key_str(&below), end), 2, 0, &items, err);
    m->key[0] = m->limit[0] = '\0';
    m->old.count = m->at = 0;
    if (!rc && items.n)
        rc = crmi_audience_block_read(m->store, &items.v[0], &m->old, err);
    if (!rc && m->old.count)
        memcpy(m->key, m->old.items[0].id, 19);
    if (!rc && items.n == 2) {
        crmsync_str next = crmi_key_nth(items.v[1].key, 2);
        if (next.len == 18)
            memcpy(m->limit, next.ptr, 18);
        else
            rc = crmi_document_corrupt(&items.v[1], "no id in the key", err);
        m->limit[18] = '\0';
    }
    crmi_items_clear(&items);
    m->open = !rc;
    m->changed = false;
    return rc;
}

static int32_t close_block(crmi_audience_merge *m, crmsync_error **err)
{
    int32_t rc = CRMSYNC_OK;
    for (; !rc && m->at < m->old.count; m->at++)
        rc = not_seen(m, &m->old.items[m->at], err);
    if (!rc && (m->changed || m->out.count > CRMI_AUDIENCE_BLOCK))
        rc = write_last(m, err);
    m->out.count = 0;
    m->open = false;
    return rc;
}

static int32_t take(crmi_audience_merge *m, crmsync_str id, crmsync_error **err)
{
    int32_t rc = m->open ? CRMSYNC_OK : open_block(m, err);
    while (!rc && m->limit[0] && crmi_str_cmp(id, crmi_str(m->limit)) >= 0) {
        rc = close_block(m, err);
        if (!rc)
            rc = open_block(m, err);
    }
    while (!rc && m->at < m->old.count &&
           crmi_str_cmp(crmi_str(m->old.items[m->at].id), id) < 0) {
        rc = not_seen(m, &m->old.items[m->at], err);
        m->at += !rc;
    }
    if (rc)
        return rc;
    if (m->at < m->old.count && crmi_str_is(id, m->old.items[m->at].id)) {
        rc = seen(m, &m->old.items[m->at], err);
        m->at += !rc;
        return rc;
    }
    return seen_new(m, id, err);
}

int32_t crmi_audience_merge_take(crmi_audience_merge *m, const crmsync_str *ids, size_t n,
                                 crmsync_error **err)
{
    int32_t rc = CRMSYNC_OK;
    for (size_t i = 0; !rc && i < n; i++) {
        if (ids[i].len != 18 || crmi_str_cmp(ids[i], crmi_str(m->last)) <= 0)
            return crmi_fail(err, CRMSYNC_E_PROTOCOL, "the source's ids do not come in their order");
        rc = take(m, ids[i], err);
        if (!rc)
            memcpy(m->last, ids[i].ptr, 18);
    }
    return rc;
}

int32_t crmi_audience_merge_end(crmi_audience_merge *m, crmsync_error **err)
{
    int32_t rc = m->open ? CRMSYNC_OK : open_block(m, err);
    while (!rc) {
        bool more = m->limit[0] != '\0';
        rc = close_block(m, err);
        if (rc || !more)
            break;
        rc = open_block(m, err);
    }
    return rc;
}
