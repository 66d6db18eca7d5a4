/* The link as a document. */
#include "state/link.h"

static const char *const shadow_states[] = {"agreed", "unverified", "diverged", "fought"};
static const char *const target_states[] = {"live", "deleted", "converted", "vanished", "merged"};
#define NAMES(array) ((crmi_names){(array), sizeof(array) / sizeof *(array)})

/* Members of the document that are plain texts, and those that are true or not there. */
#define LINK_MEMBER(name, member)                                                                  \
    {                                                                                              \
        name, offsetof(crmi_link, member)                                                          \
    }
static const struct {
    const char *member;
    size_t offset;
} texts[] =
    {
        LINK_MEMBER("kind", kind), LINK_MEMBER("id", local_id),          LINK_MEMBER("rev", rev),
        LINK_MEMBER("rule", rule), LINK_MEMBER("outcome", last_outcome),
},
  flags[] = {
      LINK_MEMBER("inactive", inactive),
      LINK_MEMBER("write_back", write_back),
      LINK_MEMBER("account_locked", account_locked),
      LINK_MEMBER("orphan", orphan),
      LINK_MEMBER("deleted_locally", deleted_locally),
};
#define TEXTS (sizeof texts / sizeof texts[0])
#define FLAGS (sizeof flags / sizeof flags[0])

static const char *const link_known[] = {"kind",
                                         "id",
                                         "rev",
                                         "rule",
                                         "outcome",
                                         "run_at",
                                         "local_digest",
                                         "mapping",
                                         "inactive",
                                         "write_back",
                                         "account_locked",
                                         "orphan",
                                         "deleted_locally",
                                         "crm",
                                         "tombstones",
                                         NULL};
static const char *const target_known[] = {"object", "id",    "state", "moved_to",
                                           "digest", "stamp", "shared", "base", NULL};
static const char *const shadow_known[] = {"local",         "l",       "c", "state", "asserts",
                                           "asserts_since", "read_at", NULL};

static void encode_cell(crmi_jw *w, const char *member, const crmsync_cell *cell)
{
    if (cell->type == CRMSYNC_CELL_ABSENT)
        return;
    crmi_jw_key(w, crmi_str(member));
    crmi_cell_write(w, cell);
}

static void encode_shadow(crmi_jw *w, const crmi_shadow *s)
{
    crmi_jw_key(w, s->remote);
    crmi_jw_object(w);
    crmi_jw_member_text(w, "local", s->local);
    encode_cell(w, "l", &s->l);
    encode_cell(w, "c", &s->c);
    if (s->state)
        crmi_name_write(w, "state", NAMES(shadow_states), s->state);
    crmi_member_u64(w, "asserts", s->asserts);
    crmi_member_i64(w, "asserts_since", s->asserts_since);
    crmi_member_i64(w, "read_at", s->read_at);
    crmi_extra_write(w, s->extra);
    crmi_jw_object_end(w);
}

static void encode_target(crmi_jw *w, const crmi_target *target)
{
    crmi_jw_object(w);
    crmi_jw_member_text(w, "object", target->object);
    crmi_jw_member_text(w, "id", target->id);
    if (target->state)
        crmi_name_write(w, "state", NAMES(target_states), target->state);
    crmi_member_text(w, "moved_to", target->moved_to);
    crmi_member_digest(w, "digest", target->remote_digest);
    crmi_member_i64(w, "stamp", target->stamp);
    crmi_member_true(w, "shared", target->shared);
    if (target->shadow_count) {
        crmi_jw_member_object(w, "base");
        for (size_t i = 0; i < target->shadow_count; i++)
            encode_shadow(w, &target->shadows[i]);
        crmi_jw_object_end(w);
    }
    crmi_extra_write(w, target->extra);
    crmi_jw_object_end(w);
}

static crmsync_str text_at(const crmi_link *link, size_t i)
{
    crmsync_str s;
    memcpy(&s, (const char *)link + texts[i].offset, sizeof s);
    return s;
}

static bool flag_at(const crmi_link *link, size_t i)
{
    bool v;
    memcpy(&v, (const char *)link + flags[i].offset, sizeof v);
    return v;
}

void crmi_link_encode(const crmi_link *link, crmi_buf *out)
{
    crmi_jw w = crmi_jw_to(out);
    crmi_jw_object(&w);
    for (size_t i = 0; i < TEXTS; i++)
        crmi_member_text(&w, texts[i].member, text_at(link, i));
    crmi_member_i64(&w, "run_at", link->last_run_ms);
    crmi_member_digest(&w, "local_digest", link->local_digest);
    crmi_member_digest(&w, "mapping", link->mapping_stamp);
    for (size_t i = 0; i < FLAGS; i++)
        crmi_member_true(&w, flags[i].member, flag_at(link, i));
    crmi_jw_member_array(&w, "crm");
    for (size_t i = 0; i < link->target_count; i++)
        encode_target(&w, &link->targets[i]);
    crmi_jw_array_end(&w);
    if (link->tombstone_count) {
        crmi_jw_member_array(&w, "tombstones");
        for (size_t i = 0; i < link->tombstone_count; i++)
            crmi_jw_text(&w, link->tombstones[i]);
        crmi_jw_array_end(&w);
    }
    crmi_extra_write(&w, link->extra);
    crmi_jw_object_end(&w);
}

static int32_t decode_state(const yyjson_val *o, const char *member, crmi_names names,
                            uint32_t *out)
{
    if (!crmi_json_member(o, member) || crmi_name_read(o, member, names, out))
        return CRMSYNC_OK;
    return CRMSYNC_E_CORRUPT;
}

/* The name that lies in the arena already, or a copy. */
static bool keep_name(crmi_arena *arena, crmsync_str name, crmsync_str known, crmsync_str *out)
{
    *out = known;
    return (known.ptr && crmi_str_eq(name, known)) || crmi_arena_str(arena, name, out);
}

/* `like` = the shadow in its place in a link decoded before, for the names; NULL = none. */
static int32_t decode_shadow(crmi_arena *arena, crmsync_str remote, const yyjson_val *o,
                             const crmi_shadow *like, crmi_shadow *s)
{
    uint64_t asserts = 0;
    yyjson_val *l = crmi_json_member(o, "l"), *c = crmi_json_member(o, "c");
    if (!keep_name(arena, remote, like ? like->remote : CRMI_STR_EMPTY, &s->remote) ||
        !keep_name(arena, crmi_json_member_text(o, "local"), like ? like->local : CRMI_STR_EMPTY,
                   &s->local) ||
        !crmi_extra_read(arena, o, shadow_known, &s->extra))
        return CRMSYNC_E_NOMEM;
    int32_t rc = crmi_cell_read(arena, l, &s->l);
    if (!rc && l && c && yyjson_equals(l, c))
        s->c = s->l;
    else if (!rc)
        rc = crmi_cell_read(arena, c, &s->c);
    if (!rc)
        rc = decode_state(o, "state", NAMES(shadow_states), &s->state);
    crmi_json_member_u64(o, "asserts", &asserts);
    s->asserts = asserts > UINT32_MAX ? UINT32_MAX : (uint32_t)asserts;
    crmi_json_member_i64(o, "asserts_since", &s->asserts_since);
    crmi_json_member_i64(o, "read_at", &s->read_at);
    return rc;
}

static int32_t decode_base(crmi_arena *arena, yyjson_val *base, const crmi_link *like,
                           crmi_target *target)
{
    const crmi_target *old = like && like->target_count ? &like->targets[0] : NULL;
    yyjson_val *key, *value;
    size_t i, n;
    if (!base)
        return CRMSYNC_OK;
    if (!yyjson_is_obj(base))
        return CRMSYNC_E_CORRUPT;
    target->shadows = crmi_arena_array(arena, yyjson_obj_size(base) + 1, sizeof *target->shadows);
    if (!target->shadows)
        return CRMSYNC_E_NOMEM;
    yyjson_obj_foreach(base, i, n, key, value)
    {
        crmsync_str remote = crmi_json_text(key);
        if (!yyjson_is_obj(value) || crmi_target_shadow(target, remote))
            return CRMSYNC_E_CORRUPT;
        const crmi_shadow *same = old && i < old->shadow_count ? &old->shadows[i] : NULL;
        int32_t rc = decode_shadow(arena, remote, value, same, &target->shadows[i]);
        if (rc)
            return rc;
        target->shadow_count = i + 1;
    }
    return CRMSYNC_OK;
}

static int32_t decode_target(crmi_arena *arena, crmi_link *link, const crmi_link *like,
                             const yyjson_val *o)
{
    crmsync_str object = crmi_json_member_text(o, "object"), id = crmi_json_member_text(o, "id");
    if (object.len == 0 || id.len == 0 || crmi_link_target(link, id))
        return CRMSYNC_E_CORRUPT;
    crmi_target *target = &link->targets[link->target_count];
    if (!crmi_arena_str(arena, object, &target->object) ||
        !crmi_arena_str(arena, id, &target->id) ||
        !crmi_member_dup(arena, o, "moved_to", &target->moved_to) ||
        !crmi_extra_read(arena, o, target_known, &target->extra))
        return CRMSYNC_E_NOMEM;
    link->target_count++;
    crmi_json_member_i64(o, "stamp", &target->stamp);
    target->shared = crmi_json_member_bool(o, "shared", false);
    if (!crmi_digest_read(o, "digest", &target->remote_digest))
        return CRMSYNC_E_CORRUPT;
    int32_t rc = decode_state(o, "state", NAMES(target_states), &target->state);
    return rc ? rc : decode_base(arena, crmi_json_member(o, "base"), like, target);
}

static int32_t decode_targets(crmi_arena *arena, yyjson_val *crm, const crmi_link *like,
                              crmi_link *link)
{
    yyjson_val *o;
    size_t i, n;
    if (!yyjson_is_arr(crm))
        return CRMSYNC_E_CORRUPT;
    link->targets = crmi_arena_array(arena, yyjson_arr_size(crm) + 1, sizeof *link->targets);
    if (!link->targets)
        return CRMSYNC_E_NOMEM;
    yyjson_arr_foreach(crm, i, n, o)
    {
        int32_t rc = decode_target(arena, link, like, o);
        if (rc)
            return rc;
    }
    return CRMSYNC_OK;
}

static int32_t decode_tombstones(crmi_arena *arena, yyjson_val *list, crmi_link *link)
{
    yyjson_val *v;
    size_t i, n;
    if (!list)
        return CRMSYNC_OK;
    if (!yyjson_is_arr(list))
        return CRMSYNC_E_CORRUPT;
    link->tombstones = crmi_arena_array(arena, yyjson_arr_size(list) + 1, sizeof *link->tombstones);
    if (!link->tombstones)
        return CRMSYNC_E_NOMEM;
    yyjson_arr_foreach(list, i, n, v)
    {
        if (!yyjson_is_str(v))
            return CRMSYNC_E_CORRUPT;
        if (!crmi_arena_str(arena, crmi_json_text(v), &link->tombstones[i]))
            return CRMSYNC_E_NOMEM;
    }
    link->tombstone_count = yyjson_arr_size(list);
    return CRMSYNC_OK;
}

static int32_t decode_texts(crmi_arena *arena, const yyjson_val *o, crmi_link *link)
{
    for (size_t i = 0; i < TEXTS; i++) {
        crmsync_str s;
        if (!crmi_member_dup(arena, o, texts[i].member, &s))
            return CRMSYNC_E_NOMEM;
        memcpy((char *)link + texts[i].offset, &s, sizeof s);
    }
    return link->kind.len && link->local_id.len ? CRMSYNC_OK : CRMSYNC_E_CORRUPT;
}

static int32_t decode_link(crmi_arena *arena, const yyjson_val *o, const crmi_link *like,
                           crmi_link *link)
{
    int32_t rc = decode_texts(arena, o, link);
    if (!rc && (!crmi_digest_read(o, "local_digest", &link->local_digest) ||
                !crmi_digest_read(o, "mapping", &link->mapping_stamp)))
        rc = CRMSYNC_E_CORRUPT;
    crmi_json_member_i64(o, "run_at", &link->last_run_ms);
    for (size_t i = 0; i < FLAGS; i++) {
        bool v = crmi_json_member_bool(o, flags[i].member, false);
        memcpy((char *)link + flags[i].offset, &v, sizeof v);
    }
    if (!rc)
        rc = decode_targets(arena, crmi_json_member(o, "crm"), like, link);
    if (!rc)
        rc = decode_tombstones(arena, crmi_json_member(o, "tombstones"), link);
    if (!rc && !crmi_extra_read(arena, o, link_known, &link->extra))
        rc = CRMSYNC_E_NOMEM;
    return rc;
}

int32_t crmi_link_decode(crmi_arena *arena, const crmsync_kv_item *item, crmi_link *link,
                         crmsync_error **err)
{
    return crmi_link_decode_like(arena, item, NULL, link, err);
}

int32_t crmi_link_decode_like(crmi_arena *arena, const crmsync_kv_item *item,
                              const crmi_link *like, crmi_link *link, crmsync_error **err)
{
    yyjson_doc *doc;
    *link = (crmi_link){.version = item->version};
    int32_t rc = crmi_document_open(arena->alloc, item, &doc, err);
    if (rc)
        return rc;
    rc = decode_link(arena, yyjson_doc_get_root(doc), like, link);
    yyjson_doc_free(doc);
    if (!rc)
        return CRMSYNC_OK;
    *link = (crmi_link){.version = 0};
    if (rc == CRMSYNC_E_NOMEM)
        return crmi_fail_nomem(err);
    return crmi_document_corrupt(item, "not a link", err);
}
