#include "state/meta.h"

#define FORMAT_KEY CRMI_STR("format")
#define CONN_KEY   CRMI_STR("conn")
#define PAUSE_KEY  CRMI_STR("pause")
#define CONFIG_KEY CRMI_STR("config")

int32_t crmi_meta_format(const crmi_store *store, uint64_t *writer, uint64_t *min_reader,
                         crmsync_error **err)
{
    crmi_items items;
    yyjson_doc *doc = NULL;
    bool found;
    *writer = *min_reader = 0;
    crmi_items_init(&items, store->alloc);
    int32_t rc = crmi_store_get_one(store, CRMSYNC_SPACE_META, FORMAT_KEY, &items, &found, err);
    if (!rc && found)
        rc = crmi_document_open(store->alloc, &items.v[0], &doc, err);
    if (!rc && found) {
        const yyjson_val *o = yyjson_doc_get_root(doc);
        if (!crmi_json_member_u64(o, "writer", writer) ||
            !crmi_json_member_u64(o, "min_reader", min_reader))
            rc = crmi_document_corrupt(&items.v[0], "not a format", err);
    }
    yyjson_doc_free(doc);
    crmi_items_clear(&items);
    return rc;
}

static int32_t make_format(const crmi_store *from, crmsync_error **err)
{
    crmi_store store = *from;
    crmi_commit c;
    crmi_buf value;
    uint32_t outcome;
    store.fence = NULL;
    crmi_commit_init(&c, &store);
    crmi_buf_init(&value, store.alloc);
    crmi_jw w = crmi_jw_to(&value);
    crmi_jw_object(&w);
    crmi_jw_member_u64(&w, "writer", CRMI_STATE_FORMAT);
    crmi_jw_member_u64(&w, "min_reader", CRMI_STATE_FORMAT);
    crmi_jw_object_end(&w);
    crmi_commit_expect(&c, CRMSYNC_SPACE_META, FORMAT_KEY, 0);
    crmi_document_put(&c, CRMSYNC_SPACE_META, FORMAT_KEY, &value);
    int32_t rc = crmi_commit_run(&c, &outcome, err);
    crmi_commit_clear(&c);
    return rc;
}

int32_t crmi_meta_open(const crmi_store *store, crmsync_error **err)
{
    uint64_t writer, min_reader;
    int32_t rc = crmi_meta_format(store, &writer, &min_reader, err);
    if (!rc && writer == 0) { /* whoever comes first makes it; then read what it became */
        rc = make_format(store, err);
        if (!rc)
            rc = crmi_meta_format(store, &writer, &min_reader, err);
    }
    if (rc || min_reader <= CRMI_STATE_FORMAT)
        return rc;
    crmi_fail(err, CRMSYNC_E_UNSUPPORTED,
              "the state of this workspace has format %llu; this library reads up to %d",
              (unsigned long long)min_reader, CRMI_STATE_FORMAT);
    crmi_error_set_remedy(err, CRMI_STR("Use a newer version of the library."));
    return CRMSYNC_E_UNSUPPORTED;
}

static const char *const conn_states[] = {"none",    "pending",      "connected",
                                          "expired", "disconnected", "blocked"};
#define CONN_STATES ((crmi_names){conn_states, sizeof conn_states / sizeof *conn_states})

#define CONN_MEMBER(name, member)                                                                  \
    {                                                                                              \
        name, offsetof(crmi_conn, member)                                                          \
    }
static const struct {
    const char *member;
    size_t offset;
} texts[] = {
    CONN_MEMBER("crm", crm),
    CONN_MEMBER("org_id", org_id),
    CONN_MEMBER("user_id", user_id),
    CONN_MEMBER("login_host", login_host),
    CONN_MEMBER("instance_url", instance_url),
    CONN_MEMBER("api_version", api_version),
    CONN_MEMBER("environment", environment),
    CONN_MEMBER("code", code),
    CONN_MEMBER("message", message),
    CONN_MEMBER("remedy", remedy),
    CONN_MEMBER("scopes", scopes),
    CONN_MEMBER("org_name", org_name),
    CONN_MEMBER("edition", edition),
    CONN_MEMBER("username", username),
};
#define TEXTS (sizeof texts / sizeof texts[0])
static const char *const conn_known[] = {
    "crm",  "org_id",  "user_id", "login_host", "instance_url", "api_version", "environment",
    "code", "message", "remedy",  "scopes",     "org_name",     "edition",     "username",
    "state", "since",  "purging", NULL};

void crmi_conn_init(crmi_conn *conn, const crmsync_alloc *alloc)
{
    *conn = (crmi_conn){.state = CRMI_CONN_NONE};
    crmi_arena_init(&conn->arena, alloc);
}

void crmi_conn_clear(crmi_conn *conn)
{
    const crmsync_alloc *alloc = conn->arena.alloc;
    crmi_arena_clear(&conn->arena);
    crmi_conn_init(conn, alloc);
}

int32_t crmi_conn_set(crmi_conn *conn, crmsync_str *member, crmsync_str value)
{
    crmsync_str copy;
    if (crmi_str_eq(*member, value))
        return CRMSYNC_OK;
    if (!crmi_arena_str(&conn->arena, value, &copy))
        return CRMSYNC_E_NOMEM;
    *member = copy;
    return CRMSYNC_OK;
}

static int32_t decode_conn(crmi_conn *conn, const crmsync_kv_item *item, crmsync_error **err)
{
    yyjson_doc *doc;
    int32_t rc = crmi_document_open(conn->arena.alloc, item, &doc, err);
    if (rc)
        return rc;
    const yyjson_val *o = yyjson_doc_get_root(doc);
    bool ok = crmi_extra_read(&conn->arena, o, conn_known, &conn->extra);
    for (size_t i = 0; ok && i < TEXTS; i++) {
        crmsync_str s;
        ok = crmi_member_dup(&conn->arena, o, texts[i].member, &s);
        if (ok)
            memcpy((char *)conn + texts[i].offset, &s, sizeof s);
    }
    crmi_json_member_i64(o, "since", &conn->since_ms);
    conn->purging = crmi_json_member_bool(o, "purging", false);
    conn->version = item->version;
    if (!ok)
        rc = crmi_fail_nomem(err);
    else if (!crmi_name_read(o, "state", CONN_STATES, &conn->state))
        rc = crmi_document_corrupt(item, "not a connection", err);
    yyjson_doc_free(doc);
    return rc;
}

int32_t crmi_conn_get(const crmi_store *store, crmi_conn *conn, crmsync_error **err)
{
    crmi_items items;
    bool found;
    crmi_conn_clear(conn);
    crmi_items_init(&items, store->alloc);
    int32_t rc = crmi_store_get_one(store, CRMSYNC_SPACE_META, CONN_KEY, &items, &found, err);
    if (!rc && found)
        rc = decode_conn(conn, &items.v[0], err);
    crmi_items_clear(&items);
    return rc;
}

void crmi_conn_put(crmi_commit *c, const crmi_conn *conn)
{
    crmi_buf value;
    crmi_buf_init(&value, c->store->alloc);
    crmi_jw w = crmi_jw_to(&value);
    crmi_jw_object(&w);
    crmi_name_write(&w, "state", CONN_STATES, conn->state);
    crmi_member_i64(&w, "since", conn->since_ms);
    for (size_t i = 0; i < TEXTS; i++) {
        crmsync_str s;
        memcpy(&s, (const char *)conn + texts[i].offset, sizeof s);
        crmi_member_text(&w, texts[i].member, s);
    }
    crmi_member_true(&w, "purging", conn->purging);
    crmi_extra_write(&w, conn->extra);
    crmi_jw_object_end(&w);
    crmi_commit_expect(c, CRMSYNC_SPACE_META, CONN_KEY, conn->version);
    crmi_document_put(c, CRMSYNC_SPACE_META, CONN_KEY, &value);
}

int32_t crmi_meta_config(const crmi_store *store, uint64_t *digest, crmsync_error **err)
{
    crmi_items items;
    yyjson_doc *doc = NULL;
    bool found;
    *digest = 0;
    crmi_items_init(&items, store->alloc);
    int32_t rc = crmi_store_get_one(store, CRMSYNC_SPACE_META, CONFIG_KEY, &items, &found, err);
    if (!rc && found)
        rc = crmi_document_open(store->alloc, &items.v[0], &doc, err);
    if (!rc && found && !crmi_digest_read(yyjson_doc_get_root(doc), "digest", digest))
        rc = crmi_document_corrupt(&items.v[0], "not a digest", err);
    yyjson_doc_free(doc);
    crmi_items_clear(&items);
    return rc;
}

void crmi_meta_put_config(crmi_commit *c, uint64_t digest)
{
    crmi_buf value;
    crmi_buf_init(&value, c->store->alloc);
    crmi_jw w = crmi_jw_to(&value);
    crmi_jw_object(&w);
    crmi_member_digest(&w, "digest", digest);
    crmi_jw_object_end(&w);
    crmi_document_put(c, CRMSYNC_SPACE_META, CONFIG_KEY, &value);
}

int32_t crmi_meta_time(const crmi_store *store, crmsync_str name, int64_t *at_ms,
                       crmsync_error **err)
{
    crmi_items items;
    yyjson_doc *doc = NULL;
    bool found;
    *at_ms = 0;
    crmi_items_init(&items, store->alloc);
    int32_t rc = crmi_store_get_one(store, CRMSYNC_SPACE_META, name, &items, &found, err);
    if (!rc && found)
        rc = crmi_document_open(store->alloc, &items.v[0], &doc, err);
    if (!rc && found && !crmi_json_member_i64(yyjson_doc_get_root(doc), "at", at_ms))
        rc = crmi_document_corrupt(&items.v[0], "not a time", err);
    yyjson_doc_free(doc);
    crmi_items_clear(&items);
    return rc;
}

void crmi_meta_put_time(crmi_commit *c, crmsync_str name, int64_t at_ms)
{
    crmi_buf value;
    crmi_buf_init(&value, c->store->alloc);
    crmi_jw w = crmi_jw_to(&value);
    crmi_jw_object(&w);
    crmi_jw_member_i64(&w, "at", at_ms);
    crmi_jw_object_end(&w);
    crmi_document_put(c, CRMSYNC_SPACE_META, name, &value);
}

int32_t crmi_meta_pause(const crmi_store *store, crmi_arena *arena, int64_t *since_ms,
                        crmsync_str *why, crmsync_error **err)
{
    crmi_items items;
    yyjson_doc *doc = NULL;
    bool found;
    *since_ms = 0;
    *why = CRMI_STR_EMPTY;
    crmi_items_init(&items, store->alloc);
    int32_t rc = crmi_store_get_one(store, CRMSYNC_SPACE_META, PAUSE_KEY, &items, &found, err);
    if (!rc && found)
        rc = crmi_document_open(store->alloc, &items.v[0], &doc, err);
    if (!rc && found) {
        const yyjson_val *o = yyjson_doc_get_root(doc);
        if (!crmi_json_member_i64(o, "since", since_ms))
            rc = crmi_document_corrupt(&items.v[0], "not a pause", err);
        else if (!crmi_member_dup(arena, o, "why", why))
            rc = crmi_fail_nomem(err);
    }
    yyjson_doc_free(doc);
    crmi_items_clear(&items);
    return rc;
}

void crmi_meta_put_pause(crmi_commit *c, int64_t since_ms, crmsync_str why)
{
    crmi_buf value;
    if (!since_ms) {
        crmi_commit_delete(c, CRMSYNC_SPACE_META, PAUSE_KEY);
        return;
    }
    crmi_buf_init(&value, c->store->alloc);
    crmi_jw w = crmi_jw_to(&value);
    crmi_jw_object(&w);
    crmi_jw_member_i64(&w, "since", since_ms);
    crmi_member_text(&w, "why", why);
    crmi_jw_object_end(&w);
    crmi_document_put(c, CRMSYNC_SPACE_META, PAUSE_KEY, &value);
}
