#include "state/cursor.h"

#include "base/crypto.h"

static const char *const known[] = {
    "object", "hi",     "overlap",        "fields_fp",       "filter_fp", "backfill",
    "scan",   "del_hi", "last_reconcile", "reconcile_after", "start", "reconcile",     NULL};

void crmi_cursor_init(crmi_cursor *cursor, const crmsync_alloc *alloc)
{
    *cursor = (crmi_cursor){.overlap_ms = CRMI_OVERLAP_MS};
    crmi_arena_init(&cursor->arena, alloc);
}

void crmi_cursor_clear(crmi_cursor *cursor)
{
    const crmsync_alloc *alloc = cursor->arena.alloc;
    crmi_arena_clear(&cursor->arena);
    crmi_cursor_init(cursor, alloc);
}

int32_t crmi_cursor_set(crmi_cursor *cursor, crmsync_str *member, crmsync_str value)
{
    crmsync_str copy;
    if (crmi_str_eq(*member, value))
        return CRMSYNC_OK;
    if (!crmi_arena_str(&cursor->arena, value, &copy))
        return CRMSYNC_E_NOMEM;
    *member = copy;
    return CRMSYNC_OK;
}

static crmi_key object_key(crmsync_str object)
{
    return crmi_key_of(CRMI_KEY_PARTS(CRMI_STR("object"), object));
}

static int32_t decode(crmi_cursor *c, const yyjson_val *o)
{
    const yyjson_val *backfill = crmi_json_member(o, "backfill");
    const yyjson_val *scan = crmi_json_member(o, "scan");
    const yyjson_val *reconcile = crmi_json_member(o, "reconcile");
    int64_t pages = 0, links = 0;
    if (!crmi_json_member_i64(o, "hi", &c->hi) ||
        !crmi_digest_read(o, "fields_fp", &c->fields_fp) ||
        !crmi_digest_read(o, "filter_fp", &c->filter_fp))
        return CRMSYNC_E_CORRUPT;
    crmi_json_member_i64(o, "overlap", &c->overlap_ms);
    crmi_json_member_i64(o, "del_hi", &c->deleted_hi);
    crmi_json_member_i64(o, "last_reconcile", &c->last_reconcile);
    crmi_json_member_i64(o, "start", &c->start);
    if (backfill && crmi_json_member_i64(backfill, "pages", &pages) && pages > 0)
        c->bulk_first = (size_t)pages;
    crmi_json_member_i64(reconcile, "began", &c->reconcile_began);
    if (crmi_json_member_i64(reconcile, "links", &links) && links > 0)
        c->reconcile_links = (uint64_t)links;
    c->backfill = backfill != NULL;
    c->scanning = scan != NULL;
    if (scan && (!crmi_json_member_i64(scan, "lo", &c->scan_lo) ||
                 !crmi_json_member_i64(scan, "bound", &c->scan_bound) ||
                 !crmi_json_member_i64(scan, "t", &c->scan_t)))
        return CRMSYNC_E_CORRUPT;
    if (!crmi_member_dup(&c->arena, backfill, "after_id", &c->backfill_after) ||
        !crmi_member_dup(&c->arena, backfill, "job", &c->bulk_job) ||
        !crmi_member_dup(&c->arena, backfill, "list", &c->bulk_list) ||
        !crmi_member_dup(&c->arena, scan, "id", &c->scan_id) ||
        !crmi_member_dup(&c->arena, scan, "locator", &c->scan_locator) ||
        !crmi_member_dup(&c->arena, o, "reconcile_after", &c->reconcile_after) ||
        !crmi_member_dup(&c->arena, reconcile, "lost", &c->reconcile_lost) ||
        !crmi_extra_read(&c->arena, o, known, &c->extra))
        return CRMSYNC_E_NOMEM;
    return CRMSYNC_OK;
}

static int32_t decode_item(crmi_cursor *c, const crmsync_kv_item *item, crmsync_error **err)
{
    yyjson_doc *doc;
    int32_t rc = crmi_document_open(c->arena.alloc, item, &doc, err);
    if (rc)
        return rc;
    rc = decode(c, yyjson_doc_get_root(doc));
    yyjson_doc_free(doc);
    c->version = item->version;
    if (rc == CRMSYNC_E_NOMEM)
        return crmi_fail_nomem(err);
    return rc ? crmi_document_corrupt(item, "not a cursor", err) : CRMSYNC_OK;
}

int32_t crmi_cursor_get(const crmi_store *store, crmsync_str object, crmi_cursor *cursor,
                        crmsync_error **err)
{
    crmi_key key = object_key(object);
    crmi_items items;
    bool found;
    crmi_cursor_clear(cursor);
    crmi_items_init(&items, store->alloc);
    int32_t rc =
        crmi_store_get_one(store, CRMSYNC_SPACE_CURSOR, crmi_key_str(&key), &items, &found, err);
    if (!rc && !crmi_arena_str(&cursor->arena, object, &cursor->object))
        rc = crmi_fail_nomem(err);
    if (!rc && found)
        rc = decode_item(cursor, &items.v[0], err);
    crmi_items_clear(&items);
    return rc;
}

static void encode(crmi_jw *w, const crmi_cursor *c)
{
    crmi_jw_object(w);
    crmi_jw_member_text(w, "object", c->object);
    crmi_jw_member_i64(w, "hi", c->hi);
    crmi_jw_member_i64(w, "overlap", c->overlap_ms);
    crmi_member_digest(w, "fields_fp", c->fields_fp);
    crmi_member_digest(w, "filter_fp", c->filter_fp);
    if (c->backfill) {
        crmi_jw_member_object(w, "backfill");
        crmi_jw_member_text(w, "after_id", c->backfill_after);
        crmi_member_text(w, "job", c->bulk_job);
        crmi_member_text(w, "list", c->bulk_list);
        crmi_member_i64(w, "pages", (int64_t)c->bulk_first);
        crmi_jw_object_end(w);
    }
    if (c->scanning) {
        crmi_jw_member_object(w, "scan");
        crmi_jw_member_i64(w, "lo", c->scan_lo);
        crmi_jw_member_i64(w, "bound", c->scan_bound);
        crmi_jw_member_i64(w, "t", c->scan_t);
        crmi_jw_member_text(w, "id", c->scan_id);
        crmi_member_text(w, "locator", c->scan_locator);
        crmi_jw_object_end(w);
    }
    crmi_member_i64(w, "start", c->start);
    crmi_member_i64(w, "del_hi", c->deleted_hi);
    crmi_member_i64(w, "last_reconcile", c->last_reconcile);
    crmi_member_text(w, "reconcile_after", c->reconcile_after);
    if (c->reconcile_began) {
        crmi_jw_member_object(w, "reconcile");
        crmi_jw_member_i64(w, "began", c->reconcile_began);
        crmi_member_i64(w, "links", (int64_t)c->reconcile_links);
        crmi_member_text(w, "lost", c->reconcile_lost);
        crmi_jw_object_end(w);
    }
    crmi_extra_write(w, c->extra);
    crmi_jw_object_end(w);
}

void crmi_cursor_put(crmi_commit *c, const crmi_cursor *cursor)
{
    crmi_key key = object_key(cursor->object);
    crmi_buf value;
    crmi_buf_init(&value, c->store->alloc);
    crmi_jw w = crmi_jw_to(&value);
    encode(&w, cursor);
    crmi_commit_expect(c, CRMSYNC_SPACE_CURSOR, crmi_key_str(&key), cursor->version);
    crmi_document_put(c, CRMSYNC_SPACE_CURSOR, crmi_key_str(&key), &value);
}

void crmi_cursor_committed(const crmi_commit *c, crmi_cursor *cursor)
{
    crmi_key key = object_key(cursor->object);
    cursor->version = crmi_commit_version(c, CRMSYNC_SPACE_CURSOR, crmi_key_str(&key));
}

static crmi_key feed_key(crmsync_str kind)
{
    return crmi_key_of(CRMI_KEY_PARTS(CRMI_STR("feed"), kind));
}

int32_t crmi_feed_get(const crmi_store *store, crmsync_str kind, crmi_buf *out, uint64_t *version,
                      crmsync_error **err)
{
    crmi_key key = feed_key(kind);
    crmi_items items;
    yyjson_doc *doc = NULL;
    bool found;
    *version = 0;
    crmi_buf_reset(out);
    crmi_items_init(&items, store->alloc);
    int32_t rc =
        crmi_store_get_one(store, CRMSYNC_SPACE_CURSOR, crmi_key_str(&key), &items, &found, err);
    if (!rc && found)
        rc = crmi_document_open(store->alloc, &items.v[0], &doc, err);
    if (!rc && found) {
        crmsync_str text = crmi_json_member_text(yyjson_doc_get_root(doc), "position");
        *version = items.v[0].version;
        if (text.ptr)
            crmi_buf_unbase64url(out, text);
        else
            rc = crmi_document_corrupt(&items.v[0], "no position", err);
        if (!crmi_buf_ok(out))
            rc = crmi_fail_nomem(err);
    }
    yyjson_doc_free(doc);
    crmi_items_clear(&items);
    return rc;
}

/* The position is the host's bytes, not necessarily text. */
void crmi_feed_put(crmi_commit *c, crmsync_str kind, crmsync_str position, uint64_t expected)
{
    crmi_key key = feed_key(kind);
    crmi_buf value;
    crmi_buf_init(&value, c->store->alloc);
    crmi_buf_lit(&value, "{\"position\":\"");
    crmi_buf_base64url(&value, position);
    crmi_buf_lit(&value, "\"}");
    crmi_commit_expect(c, CRMSYNC_SPACE_CURSOR, crmi_key_str(&key), expected);
    crmi_document_put(c, CRMSYNC_SPACE_CURSOR, crmi_key_str(&key), &value);
}

uint64_t crmi_feed_version(const crmi_commit *c, crmsync_str kind)
{
    crmi_key key = feed_key(kind);
    return crmi_commit_version(c, CRMSYNC_SPACE_CURSOR, crmi_key_str(&key));
}
