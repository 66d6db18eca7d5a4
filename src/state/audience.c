/* The head of an audience. */
#include "state/audience.h"

#define SPACE CRMSYNC_SPACE_AUDIENCE

static const char *const state_names[] = {"never", "read", "truncated", "error"};
static const crmi_names states = {state_names, sizeof state_names / sizeof state_names[0]};

static const char *const known[] = {"name",    "object", "source",   "stamp",    "state",
                                    "gen",     "oldest", "epoch",    "members",  "added",
                                    "removed", "read",   "tried",    "code",     "message",
                                    "remedy",  NULL};

void crmi_audience_init(crmi_audience *a, const crmsync_alloc *alloc)
{
    *a = (crmi_audience){.state = CRMI_AUDIENCE_NEVER};
    crmi_arena_init(&a->arena, alloc);
}

void crmi_audience_clear(crmi_audience *a)
{
    const crmsync_alloc *alloc = a->arena.alloc;
    crmi_arena_clear(&a->arena);
    crmi_audience_init(a, alloc);
}

int32_t crmi_audience_set(crmi_audience *a, crmsync_str *member, crmsync_str value)
{
    crmsync_str copy = CRMI_STR_EMPTY;
    if (crmi_str_eq(*member, value))
        return CRMSYNC_OK;
    if (value.len && !crmi_arena_str(&a->arena, value, &copy))
        return CRMSYNC_E_NOMEM;
    *member = copy;
    return CRMSYNC_OK;
}

static crmi_key head_key(crmsync_str name)
{
    return crmi_key_of(CRMI_KEY_PARTS(CRMI_STR("head"), name));
}

crmi_key crmi_audience_key(crmsync_str name, crmsync_str id)
{
    return id.len ? crmi_key_of(CRMI_KEY_PARTS(CRMI_STR("set"), name, id))
                  : crmi_key_below(CRMI_KEY_PARTS(CRMI_STR("set"), name));
}

static int32_t decode(crmi_audience *a, const yyjson_val *o)
{
    const struct {
        const char *name;
        uint64_t *to;
    } counts[] = {{"gen", &a->generation}, {"oldest", &a->oldest}, {"members", &a->members},
                  {"added", &a->added},    {"removed", &a->removed}};
    const struct {
        const char *name;
        crmsync_str *to;
    } texts[] = {{"name", &a->name},     {"object", &a->object}, {"source", &a->source},
                 {"code", &a->code},     {"message", &a->message}, {"remedy", &a->remedy}};
    if (!crmi_name_read(o, "state", states, &a->state) ||
        !crmi_digest_read(o, "stamp", &a->stamp))
        return CRMSYNC_E_CORRUPT;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        crmi_json_member_u64(o, counts[i].name, counts[i].to);
    crmi_json_member_i64(o, "epoch", &a->epoch);
    crmi_json_member_i64(o, "read", &a->read_ms);
    crmi_json_member_i64(o, "tried", &a->tried_ms);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (!crmi_member_dup(&a->arena, o, texts[i].name, texts[i].to))
            return CRMSYNC_E_NOMEM;
    }
    return crmi_extra_read(&a->arena, o, known, &a->extra) ? CRMSYNC_OK : CRMSYNC_E_NOMEM;
}

static int32_t decode_item(crmi_audience *a, const crmsync_kv_item *item, crmsync_error **err)
{
    yyjson_doc *doc;
    int32_t rc = crmi_document_open(a->arena.alloc, item, &doc, err);
    if (rc)
        return rc;
    rc = decode(a, yyjson_doc_get_root(doc));
    yyjson_doc_free(doc);
    a->version = item->version;
    if (rc == CRMSYNC_E_NOMEM)
        return crmi_fail_nomem(err);
    return rc ? crmi_document_corrupt(item, "not an audience", err) : CRMSYNC_OK;
}

int32_t crmi_audience_get(const crmi_store *store, crmsync_str name, crmi_audience *a,
                          crmsync_error **err)
{
    crmi_key key = head_key(name);
    crmi_items items;
    bool found;
    crmi_audience_clear(a);
    crmi_items_init(&items, store->alloc);
    int32_t rc = crmi_store_get_one(store, SPACE, crmi_key_str(&key), &items, &found, err);
    if (!rc && found)
        rc = decode_item(a, &items.v[0], err);
    if (!rc && crmi_audience_set(a, &a->name, name))
        rc = crmi_fail_nomem(err);
    crmi_items_clear(&items);
    return rc;
}

static void encode(crmi_jw *w, const crmi_audience *a)
{
    crmi_jw_object(w);
    crmi_member_text(w, "name", a->name);
    crmi_member_text(w, "object", a->object);
    crmi_member_text(w, "source", a->source);
    crmi_member_digest(w, "stamp", a->stamp);
    crmi_name_write(w, "state", states, a->state);
    crmi_member_u64(w, "gen", a->generation);
    crmi_member_u64(w, "oldest", a->oldest);
    crmi_member_i64(w, "epoch", a->epoch);
    crmi_member_u64(w, "members", a->members);
    crmi_member_u64(w, "added", a->added);
    crmi_member_u64(w, "removed", a->removed);
    crmi_member_i64(w, "read", a->read_ms);
    crmi_member_i64(w, "tried", a->tried_ms);
    crmi_member_text(w, "code", a->code);
    crmi_member_text(w, "message", a->message);
    crmi_member_text(w, "remedy", a->remedy);
    crmi_extra_write(w, a->extra);
    crmi_jw_object_end(w);
}

void crmi_audience_put(crmi_commit *c, const crmi_audience *a)
{
    crmi_key key = head_key(a->name);
    crmi_buf value;
    crmi_buf_init(&value, c->store->alloc);
    crmi_jw w = crmi_jw_to(&value);
    encode(&w, a);
    crmi_commit_expect(c, SPACE, crmi_key_str(&key), a->version);
    crmi_document_put(c, SPACE, crmi_key_str(&key), &value);
}

typedef struct each {
    const crmsync_alloc *alloc;
    crmi_audience_fn visit;
    void *ctx;
} each;

static int32_t visit_head(void *ctx, const crmsync_kv_item *item, crmsync_error **err)
{
    each *e = ctx;
    crmi_audience a;
    crmi_audience_init(&a, e->alloc);
    int32_t rc = decode_item(&a, item, err);
    if (!rc)
        rc = e->visit(e->ctx, &a, err);
    crmi_audience_clear(&a);
    return rc;
}

int32_t crmi_audience_each(const crmi_store *store, crmi_audience_fn visit, void *ctx,
                           crmsync_error **err)
{
    each e = {store->alloc, visit, ctx};
    return crmi_store_each(store, SPACE, CRMI_STR("head/"), visit_head, &e, err);
}

int32_t crmi_audience_forget(const crmi_store *store, crmsync_str name, crmsync_error **err)
{
    char end[CRMI_KEY_MAX + 1];
    crmi_key below = crmi_audience_key(name, CRMI_STR_EMPTY), head = head_key(name);
    crmsync_str from = crmi_key_str(&below);
    crmi_commit c;
    crmi_commit_init(&c, store);
    crmi_commit_delete(&c, SPACE, crmi_key_str(&head));
    int32_t rc = crmi_commit_must(&c, err); /* the head first: a set without one is nobody's */
    crmi_commit_clear(&c);
    return rc ? rc : crmi_store_clear(store, SPACE, from, crmi_store_prefix_end(from, end), err);
}
