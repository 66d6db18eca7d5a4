#include "state/undo.h"

#include "state/shipment.h"

static const char *const sides[] = {"crm", "local"};
#define SIDES ((crmi_names){sides, sizeof sides / sizeof sides[0]})

static crmi_key undo_key(const crmi_undo *u)
{
    crmi_key k = crmi_key_of(CRMI_KEY_PARTS(u->run, u->ulid));
    crmi_key_digits(&k, u->n, 5);
    return k;
}

static void encode(crmi_buf *out, const crmi_undo *u, bool cut)
{
    crmi_jw w = crmi_jw_to(out);
    crmi_jw_object(&w);
    crmi_name_write(&w, "side", SIDES, u->side);
    crmi_jw_member_text(&w, "op", u->op);
    crmi_member_text(&w, "kind", u->kind);
    crmi_member_text(&w, "id", u->id);
    crmi_member_text(&w, "object", u->object);
    crmi_member_text(&w, "crm_id", u->crm_id);
    crmi_member_true(&w, "cut", cut);
    if (u->field_count && !cut) {
        crmi_jw_member_array(&w, "fields");
        for (size_t i = 0; i < u->field_count; i++) {
            const crmi_undo_field *f = &u->fields[i];
            crmi_jw_object(&w);
            crmi_member_text(&w, "local", f->local);
            crmi_member_text(&w, "remote", f->remote);
            crmi_jw_key(&w, CRMI_STR("before"));
            crmi_cell_write(&w, &f->before);
            crmi_jw_key(&w, CRMI_STR("after"));
            crmi_cell_write(&w, &f->after);
            crmi_jw_object_end(&w);
        }
        crmi_jw_array_end(&w);
    }
    crmi_jw_object_end(&w);
}

void crmi_undo_put(crmi_commit *c, const crmi_undo *row)
{
    crmi_key key = undo_key(row);
    crmi_buf value;
    crmi_buf_init(&value, c->store->alloc);
    encode(&value, row, row->cut);
    if (value.len > c->store->ops->max_value) {
        crmi_buf_reset(&value);
        encode(&value, row, true);
    }
    crmi_document_put(c, CRMSYNC_SPACE_UNDO, crmi_key_str(&key), &value);
}

static int32_t decode_fields(crmi_arena *arena, yyjson_val *list, crmi_undo *u)
{
    yyjson_val *o;
    size_t i, n;
    if (!list)
        return CRMSYNC_OK;
    if (!yyjson_is_arr(list))
        return CRMSYNC_E_CORRUPT;
    u->fields = crmi_arena_array(arena, yyjson_arr_size(list) + 1, sizeof *u->fields);
    if (!u->fields)
        return CRMSYNC_E_NOMEM;
    yyjson_arr_foreach(list, i, n, o)
    {
        crmi_undo_field *f = &u->fields[u->field_count++];
        if (!crmi_member_dup(arena, o, "local", &f->local) ||
            !crmi_member_dup(arena, o, "remote", &f->remote))
            return CRMSYNC_E_NOMEM;
        int32_t rc = crmi_cell_read(arena, crmi_json_member(o, "before"), &f->before);
        if (!rc)
            rc = crmi_cell_read(arena, crmi_json_member(o, "after"), &f->after);
        if (rc)
            return rc;
    }
    return CRMSYNC_OK;
}

static int32_t decode(crmi_arena *arena, const crmsync_kv_item *item, crmi_undo *u,
                      crmsync_error **err)
{
    yyjson_doc *doc;
    *u = (crmi_undo){.n = 0};
    int32_t rc = crmi_document_open(arena->alloc, item, &doc, err);
    if (rc)
        return rc;
    const yyjson_val *o = yyjson_doc_get_root(doc);
    if (!crmi_member_dup(arena, o, "op", &u->op) || !crmi_member_dup(arena, o, "kind", &u->kind) ||
        !crmi_member_dup(arena, o, "id", &u->id) ||
        !crmi_member_dup(arena, o, "object", &u->object) ||
        !crmi_member_dup(arena, o, "crm_id", &u->crm_id))
        rc = CRMSYNC_E_NOMEM;
    else if (!u->op.len || !crmi_name_read(o, "side", SIDES, &u->side) ||
             !crmi_str_to_u64(crmi_key_nth(item->key, 2), &u->n))
        rc = CRMSYNC_E_CORRUPT;
    u->cut = crmi_json_member_bool(o, "cut", false);
    if (!rc)
        rc = decode_fields(arena, crmi_json_member(o, "fields"), u);
    yyjson_doc_free(doc);
    if (rc == CRMSYNC_E_NOMEM)
        return crmi_fail_nomem(err);
    return rc ? crmi_document_corrupt(item, "not an undo row", err) : CRMSYNC_OK;
}

int32_t crmi_undo_page(const crmi_store *store, crmsync_str run, crmsync_str before, uint32_t limit,
                       crmi_arena *arena, crmi_undo **out, size_t *n, crmsync_str *last,
                       crmsync_error **err)
{
    char end[CRMI_KEY_MAX + 1];
    crmi_key below = crmi_key_below(CRMI_KEY_PARTS(run));
    crmsync_str from = crmi_key_str(&below);
    crmsync_str to = before.len ? before : crmi_store_prefix_end(from, end);
    crmi_items items;
    *out = NULL;
    *n = 0;
    *last = CRMI_STR_EMPTY;
    crmi_items_init(&items, store->alloc);
    int32_t rc = crmi_store_scan(store, CRMSYNC_SPACE_UNDO, from, to, limit, CRMSYNC_SCAN_REVERSE,
                                 &items, err);
    crmi_undo *v = rc ? NULL : crmi_arena_array(arena, items.n + 1, sizeof *v);
    if (!rc && !v)
        rc = crmi_fail_nomem(err);
    for (size_t i = 0; !rc && i < items.n; i++)
        rc = decode(arena, &items.v[i], &v[i], err);
    if (!rc && items.n == limit && !crmi_arena_str(arena, items.v[items.n - 1].key, last))
        rc = crmi_fail_nomem(err);
    *out = v;
    *n = rc ? 0 : items.n;
    crmi_items_clear(&items);
    return rc;
}

int32_t crmi_undo_any(const crmi_store *store, crmsync_str run, bool *any, crmsync_error **err)
{
    char end[CRMI_KEY_MAX + 1];
    crmi_key below = crmi_key_below(CRMI_KEY_PARTS(run));
    crmi_items items;
    crmi_items_init(&items, store->alloc);
    int32_t rc = crmi_store_scan(store, CRMSYNC_SPACE_UNDO, crmi_key_str(&below),
                                 crmi_store_prefix_end(crmi_key_str(&below), end), 1, 0, &items,
                                 err);
    *any = !rc && items.n > 0;
    crmi_items_clear(&items);
    return rc;
}

int32_t crmi_undo_trim(const crmi_store *store, int64_t before_ms, crmsync_error **err)
{
    char time[CRMI_ULID_TIME + 1];
    if (before_ms <= 0)
        return CRMSYNC_OK;
    crmi_ulid_time(before_ms, time);
    return crmi_store_clear(store, CRMSYNC_SPACE_UNDO, CRMI_STR_EMPTY, crmi_str(time), err);
}

typedef struct eraser {
    const crmi_store *store;
    crmsync_str kind, id;
    crmsync_str crm_id; /* or all of this one */
} eraser;

static bool is_erased(const eraser *e, const crmi_undo *row)
{
    if (e->crm_id.len)
        return crmi_str_eq(row->crm_id, e->crm_id);
    return crmi_str_eq(row->kind, e->kind) && crmi_str_eq(row->id, e->id);
}

static int32_t erase_one(void *ctx, const crmsync_kv_item *item, crmsync_error **err)
{
    const eraser *e = ctx;
    crmi_arena arena;
    crmi_undo row;
    crmi_arena_init(&arena, e->store->alloc);
    int32_t rc = decode(&arena, item, &row, err);
    if (!rc && is_erased(e, &row)) {
        crmi_commit c;
        crmi_commit_init(&c, e->store);
        crmi_commit_delete(&c, CRMSYNC_SPACE_UNDO, item->key);
        rc = crmi_commit_must(&c, err);
        crmi_commit_clear(&c);
    }
    crmi_arena_clear(&arena);
    return rc;
}

int32_t crmi_undo_forget(const crmi_store *store, crmsync_str kind, crmsync_str id,
                         crmsync_error **err)
{
    eraser e = {.store = store, .kind = kind, .id = id};
    return crmi_store_each(store, CRMSYNC_SPACE_UNDO, CRMI_STR_EMPTY, erase_one, &e, err);
}

int32_t crmi_undo_forget_crm(const crmi_store *store, crmsync_str crm_id, crmsync_error **err)
{
    eraser e = {.store = store, .crm_id = crm_id};
    return crm_id.len ? crmi_store_each(store, CRMSYNC_SPACE_UNDO, CRMI_STR_EMPTY, erase_one, &e, err)
                      : CRMSYNC_OK;
}
