#include "state/dead.h"

static crmi_key dead_key(uint32_t error_class, crmsync_str kind, crmsync_str id)
{
    return crmi_key_of(CRMI_KEY_PARTS(crmi_str(crmsync_class_name(error_class)), kind, id));
}

void crmi_dead_put(crmi_commit *c, const crmi_dead *dead)
{
    uint32_t error_class = dead->error_class ? dead->error_class : CRMSYNC_CLASS_INTERNAL;
    crmi_key key = dead_key(error_class, dead->kind, dead->id);
    crmi_buf value;
    crmi_buf_init(&value, c->store->alloc);
    crmi_jw w = crmi_jw_to(&value);
    crmi_jw_object(&w);
    crmi_jw_member_text(&w, "kind", dead->kind);
    crmi_jw_member_text(&w, "id", dead->id);
    crmi_jw_member_text(&w, "class", crmi_str(crmsync_class_name(error_class)));
    crmi_member_text(&w, "object", dead->object);
    crmi_member_text(&w, "crm_id", dead->crm_id);
    crmi_member_text(&w, "op", dead->op);
    crmi_member_text(&w, "reason", dead->reason);
    crmi_member_text(&w, "code", dead->code);
    crmi_member_text(&w, "message", dead->message);
    crmi_member_text(&w, "remedy", dead->remedy);
    crmi_member_text(&w, "rev", dead->rev);
    crmi_member_digest(&w, "mapping", dead->mapping);
    crmi_member_i64(&w, "time", dead->time_ms);
    crmi_member_u64(&w, "attempts", dead->attempts);
    crmi_jw_object_end(&w);
    crmi_document_put(c, CRMSYNC_SPACE_DEAD, crmi_key_str(&key), &value);
}

void crmi_dead_delete(crmi_commit *c, const crmi_dead *dead)
{
    crmi_key key = dead_key(dead->error_class, dead->kind, dead->id);
    crmi_commit_delete(c, CRMSYNC_SPACE_DEAD, crmi_key_str(&key));
}

void crmi_dead_delete_all(crmi_commit *c, crmsync_str kind, crmsync_str id)
{
    for (uint32_t i = 1; i <= CRMSYNC_CLASS_INTERNAL; i++) {
        crmi_key key = dead_key(i, kind, id);
        crmi_commit_delete(c, CRMSYNC_SPACE_DEAD, crmi_key_str(&key));
    }
}

static int32_t decode(crmi_arena *arena, const crmsync_kv_item *item, crmi_dead *out,
                      crmsync_error **err)
{
    yyjson_doc *doc;
    uint64_t attempts = 0;
    *out = (crmi_dead){.version = item->version};
    int32_t rc = crmi_document_open(arena->alloc, item, &doc, err);
    if (rc)
        return rc;
    const yyjson_val *o = yyjson_doc_get_root(doc);
    if (!crmi_member_dup(arena, o, "kind", &out->kind) ||
        !crmi_member_dup(arena, o, "id", &out->id) ||
        !crmi_member_dup(arena, o, "object", &out->object) ||
        !crmi_member_dup(arena, o, "crm_id", &out->crm_id) ||
        !crmi_member_dup(arena, o, "op", &out->op) ||
        !crmi_member_dup(arena, o, "reason", &out->reason) ||
        !crmi_member_dup(arena, o, "code", &out->code) ||
        !crmi_member_dup(arena, o, "message", &out->message) ||
        !crmi_member_dup(arena, o, "remedy", &out->remedy) ||
        !crmi_member_dup(arena, o, "rev", &out->rev))
        rc = crmi_fail_nomem(err);
    else if (out->kind.len == 0 || out->id.len == 0 ||
             !crmi_class_read(o, "class", &out->error_class) ||
             !crmi_digest_read(o, "mapping", &out->mapping))
        rc = crmi_document_corrupt(item, "not a dead letter", err);
    crmi_json_member_i64(o, "time", &out->time_ms);
    crmi_json_member_u64(o, "attempts", &attempts);
    out->attempts = (uint32_t)attempts;
    yyjson_doc_free(doc);
    return rc;
}

int32_t crmi_dead_get(const crmi_store *store, crmsync_str kind, crmsync_str id, crmi_arena *arena,
                      crmi_dead *out, crmsync_error **err)
{
    crmi_key keys[CRMSYNC_CLASS_INTERNAL];
    crmi_items items;
    *out = (crmi_dead){.kind = kind, .id = id};
    for (uint32_t i = 0; i < CRMSYNC_CLASS_INTERNAL; i++)
        keys[i] = dead_key(i + 1, kind, id);
    crmi_items_init(&items, store->alloc);
    int32_t rc =
        crmi_store_get_keys(store, CRMSYNC_SPACE_DEAD, keys, CRMSYNC_CLASS_INTERNAL, &items, err);
    if (!rc && items.n)
        rc = decode(arena, &items.v[0], out, err);
    crmi_items_clear(&items);
    return rc;
}

typedef struct dead_visit {
    const crmi_store *store;
    crmi_dead_fn visit;
    void *ctx;
} dead_visit;

static int32_t visit_one(void *ctx, const crmsync_kv_item *item, crmsync_error **err)
{
    const dead_visit *v = ctx;
    crmi_arena arena;
    crmi_dead dead;
    crmi_arena_init(&arena, v->store->alloc);
    int32_t rc = decode(&arena, item, &dead, err);
    if (!rc)
        rc = v->visit(v->ctx, &dead, err);
    crmi_arena_clear(&arena);
    return rc;
}

int32_t crmi_dead_each(const crmi_store *store, uint32_t error_class, crmi_dead_fn visit, void *ctx,
                       crmsync_error **err)
{
    dead_visit v = {store, visit, ctx};
    crmi_key below = crmi_key_below(CRMI_KEY_PARTS(crmi_str(crmsync_class_name(error_class))));
    return crmi_store_each(store, CRMSYNC_SPACE_DEAD,
                           error_class ? crmi_key_str(&below) : CRMI_STR_EMPTY, visit_one, &v, err);
}
