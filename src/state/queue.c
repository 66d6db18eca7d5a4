#include "state/queue.h"

#define DUE_DIGITS 15

static crmi_key queue_key(const crmi_queued *q)
{
    crmi_key k = crmi_key_of(CRMI_KEY_PARTS(q->part));
    crmi_key_digits(&k, q->prio > CRMI_QUEUE_PRIO_MAX ? CRMI_QUEUE_PRIO_MAX : q->prio, 1);
    crmi_key_digits(&k, q->due_ms > 0 ? (uint64_t)q->due_ms : 0, DUE_DIGITS);
    crmi_key_part(&k, q->kind);
    crmi_key_part(&k, q->id);
    return k;
}

void crmi_queue_put(crmi_commit *c, const crmi_queued *q)
{
    crmi_key key = queue_key(q);
    crmi_buf value;
    crmi_buf_init(&value, c->store->alloc);
    crmi_jw w = crmi_jw_to(&value);
    crmi_jw_object(&w);
    crmi_jw_member_text(&w, "kind", q->kind);
    crmi_jw_member_text(&w, "id", q->id);
    crmi_member_text(&w, "object", q->object);
    crmi_member_text(&w, "reason", q->reason);
    crmi_member_text(&w, "actor", q->actor);
    crmi_member_u64(&w, "attempts", q->attempts);
    crmi_member_i64(&w, "since", q->since_ms);
    if (q->detail.len) {
        crmi_jw_key(&w, CRMI_STR("detail"));
        crmi_jw_raw(&w, q->detail);
    }
    crmi_jw_object_end(&w);
    crmi_document_put(c, q->space, crmi_key_str(&key), &value);
}

void crmi_queue_delete(crmi_commit *c, const crmi_queued *q)
{
    crmi_key key = queue_key(q);
    crmi_commit_delete(c, q->space, crmi_key_str(&key));
}

static bool read_detail(crmi_arena *arena, const yyjson_val *detail, crmsync_str *out)
{
    crmi_buf buf;
    if (!detail)
        return true;
    crmi_buf_init(&buf, arena->alloc);
    crmi_jw w = crmi_jw_to(&buf);
    crmi_jw_value(&w, detail);
    bool ok = crmi_buf_ok(&buf) && crmi_arena_str(arena, crmi_buf_str(&buf), out);
    crmi_buf_clear(&buf);
    return ok;
}

static int32_t decode(crmi_arena *arena, const crmsync_kv_item *item, crmi_queued *q,
                      crmsync_error **err)
{
    yyjson_doc *doc;
    uint64_t prio = 0, due = 0, attempts = 0;
    int32_t rc = crmi_document_open(arena->alloc, item, &doc, err);
    if (rc)
        return rc;
    const yyjson_val *o = yyjson_doc_get_root(doc);
    q->space = item->space;
    q->version = item->version;
    if (!crmi_member_dup(arena, o, "kind", &q->kind) || !crmi_member_dup(arena, o, "id", &q->id) ||
        !crmi_member_dup(arena, o, "object", &q->object) ||
        !crmi_member_dup(arena, o, "reason", &q->reason) ||
        !crmi_member_dup(arena, o, "actor", &q->actor) ||
        !read_detail(arena, crmi_json_member(o, "detail"), &q->detail))
        rc = crmi_fail_nomem(err);
    else if (q->kind.len == 0 || q->id.len == 0 ||
             !crmi_str_to_u64(crmi_key_nth(item->key, 1), &prio) ||
             !crmi_str_to_u64(crmi_key_nth(item->key, 2), &due))
        rc = crmi_document_corrupt(item, "not a queue entry", err);
    crmi_json_member_u64(o, "attempts", &attempts);
    crmi_json_member_i64(o, "since", &q->since_ms);
    q->attempts = (uint32_t)attempts;
    q->prio = (uint32_t)prio;
    q->due_ms = (int64_t)due;
    yyjson_doc_free(doc);
    return rc;
}

/* The keys of one priority that are due at `now_ms`. */
static void due_range(crmsync_str part, uint32_t prio, int64_t now_ms, crmi_key *from, crmi_key *to)
{
    *from = crmi_key_of(CRMI_KEY_PARTS(part));
    crmi_key_digits(from, prio, 1);
    *to = *from;
    crmi_key_open(from);
    crmi_key_digits(to, now_ms < 0 ? 0 : (uint64_t)now_ms + 1, DUE_DIGITS);
}

int32_t crmi_queue_due(const crmi_store *store, uint32_t space, crmsync_str part, int64_t now_ms,
                       size_t limit, crmi_arena *arena, crmi_queued **out, size_t *n,
                       crmsync_error **err)
{
    crmi_items items;
    crmi_queued *v = NULL;
    size_t cap = 0;
    int32_t rc = CRMSYNC_OK;
    *out = NULL;
    *n = 0;
    crmi_items_init(&items, store->alloc);
    for (uint32_t prio = 0; !rc && prio <= CRMI_QUEUE_PRIO_MAX && *n < limit; prio++) {
        crmi_key from, to;
        size_t left = limit - *n;
        due_range(part, prio, now_ms, &from, &to);
        rc = crmi_store_scan(store, space, crmi_key_str(&from), crmi_key_str(&to),
                             left > UINT32_MAX ? UINT32_MAX : (uint32_t)left, 0, &items, err);
        if (!rc && items.n && !crmi_arena_grow(arena, &v, &cap, *n + items.n, sizeof *v))
            rc = crmi_fail_nomem(err);
        for (size_t i = 0; !rc && i < items.n; i++) {
            v[*n] = (crmi_queued){.part = part};
            rc = decode(arena, &items.v[i], &v[*n], err);
            *n += rc ? 0 : 1;
        }
    }
    crmi_items_clear(&items);
    *out = v;
    return rc;
}

int32_t crmi_queue_next(const crmi_store *store, uint32_t space, crmsync_str part, int64_t *due_ms,
                        crmsync_error **err)
{
    crmi_items items;
    int32_t rc = CRMSYNC_OK;
    *due_ms = INT64_MAX;
    crmi_items_init(&items, store->alloc);
    for (uint32_t prio = 0; !rc && prio <= CRMI_QUEUE_PRIO_MAX; prio++) {
        crmi_key from, to;
        uint64_t due;
        due_range(part, prio, INT64_C(999999999999998), &from, &to);
        rc = crmi_store_scan(store, space, crmi_key_str(&from), crmi_key_str(&to), 1, 0, &items,
                             err);
        if (rc || items.n == 0)
            continue;
        if (crmi_str_to_u64(crmi_key_nth(items.v[0].key, 2), &due) && (int64_t)due < *due_ms)
            *due_ms = (int64_t)due;
    }
    crmi_items_clear(&items);
    return rc;
}

static int32_t count_one(void *ctx, const crmsync_kv_item *item, crmsync_error **err)
{
    size_t *n = ctx;
    (void)item;
    (void)err;
    ++*n;
    return CRMSYNC_OK;
}

int32_t crmi_queue_count(const crmi_store *store, uint32_t space, crmsync_str part, size_t *n,
                         crmsync_error **err)
{
    crmi_key below = crmi_key_below(CRMI_KEY_PARTS(part));
    *n = 0;
    return crmi_store_each(store, space, crmi_key_str(&below), count_one, n, err);
}
