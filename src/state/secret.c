#include "state/secret.h"

#include "base/crypto.h"
#include "base/map.h"
#include "state/document.h"
#include "state/key.h"

int32_t crmi_secrets_check(const crmsync_env_ops *env, crmsync_error **err)
{
    if (!env->secret_get != !env->secret_put)
        return crmi_fail(err, CRMSYNC_E_INVALID,
                         "the environment hook has one of secret_get and secret_put; give both");
    if (!env->secret_get && !env->seal_key)
        return crmi_fail(err, CRMSYNC_E_INVALID,
                         "tokens need a place: give seal_key, or secret_get and secret_put");
    return CRMSYNC_OK;
}

/* Receives one value from a hook. */
typedef struct taker {
    crmsync_bytes_sink sink;
    crmi_buf value;
} taker;

static int32_t take(crmsync_bytes_sink *sink, crmsync_str bytes)
{
    taker *t = (taker *)sink;
    crmi_buf fresh;
    crmi_buf_init(&fresh, t->value.alloc);
    crmi_buf_add(&fresh, bytes);
    crmi_buf_wipe(&t->value);
    t->value = fresh;
    return crmi_buf_ok(&fresh) ? CRMSYNC_OK : CRMSYNC_E_NOMEM;
}

static void taker_init(taker *t, const crmsync_alloc *alloc)
{
    t->sink.set = take;
    crmi_buf_init(&t->value, alloc);
}

static int32_t taken(const taker *t, const char *hook, int32_t rc, crmsync_error **err)
{
    if (!crmi_buf_ok(&t->value))
        return crmi_fail_nomem(err);
    if (rc > 0)
        return crmi_fail(err, CRMSYNC_E_CONTRACT, "the %s hook broke its contract: it returned %d",
                         hook, (int)rc);
    if (rc && err && !*err)
        return crmi_fail(err, rc, "the %s hook failed", hook);
    return rc;
}

/* The key of an id; an empty id asks for the present one, and its id is set. */
static int32_t seal_key(const crmi_secrets *s, crmsync_str id, taker *key, taker *id_out,
                        crmsync_error **err)
{
    if (!s->env->seal_key)
        return crmi_fail(err, CRMSYNC_E_STATE,
                         "a stored secret is sealed, and the environment has no seal_key");
    int32_t rc =
        s->env->seal_key(s->env_ctx, s->store->workspace, id, &key->sink, &id_out->sink, err);
    rc = taken(key, "seal_key", rc, err);
    if (!rc)
        rc = taken(id_out, "seal_key", rc, err);
    if (rc)
        return rc;
    if (key->value.len != CRMI_SEAL_KEY_LEN)
        return crmi_fail(err, CRMSYNC_E_INVALID,
                         "the seal_key hook gave a key of %zu bytes; it has 32", key->value.len);
    if (id.len == 0 && (id_out->value.len == 0 || id_out->value.len > 64))
        return crmi_fail(err, CRMSYNC_E_INVALID,
                         "the seal_key hook must name the key it chose, in 1 to 64 bytes");
    return CRMSYNC_OK;
}

/* Binds a sealed secret to its place. */
static void seal_context(const crmi_secrets *s, crmsync_str name, crmi_buf *out)
{
    crmi_buf_fmt(out, "crmsync secret 1\n%zu\n", s->store->workspace.len);
    crmi_buf_add(out, s->store->workspace);
    crmi_buf_char(out, '\n');
    crmi_buf_add(out, name);
}

static int32_t unseal(const crmi_secrets *s, crmsync_str name, const crmsync_kv_item *item,
                      crmi_buf *out, crmsync_error **err)
{
    taker key, id;
    crmi_buf sealed, context;
    yyjson_doc *doc;
    int32_t rc = crmi_document_open(s->store->alloc, item, &doc, err);
    if (rc)
        return rc;
    crmsync_str kid = crmi_json_member_text(yyjson_doc_get_root(doc), "key");
    taker_init(&key, s->store->alloc);
    taker_init(&id, s->store->alloc);
    crmi_buf_init(&sealed, s->store->alloc);
    crmi_buf_init(&context, s->store->alloc);
    seal_context(s, name, &context);
    if (kid.len == 0 ||
        !crmi_buf_unbase64url(&sealed, crmi_json_member_text(yyjson_doc_get_root(doc), "sealed")))
        rc = crmi_document_corrupt(item, "not a sealed secret", err);
    if (!rc && (!crmi_buf_ok(&sealed) || !crmi_buf_ok(&context)))
        rc = crmi_fail_nomem(err);
    if (!rc)
        rc = seal_key(s, kid, &key, &id, err);
    if (!rc)
        rc = crmi_unseal(crmi_buf_str(&key.value), crmi_buf_str(&context), crmi_buf_str(&sealed),
                         out, err);
    crmi_buf_clear(&context);
    crmi_buf_clear(&sealed);
    crmi_buf_wipe(&id.value);
    crmi_buf_wipe(&key.value);
    yyjson_doc_free(doc);
    return rc;
}

static int32_t get_from_host(const crmi_secrets *s, crmsync_str name, crmi_buf *out,
                             uint64_t *version, crmsync_error **err)
{
    taker t;
    taker_init(&t, s->store->alloc);
    int32_t rc = s->env->secret_get(s->env_ctx, s->store->workspace, name, &t.sink, err);
    rc = taken(&t, "secret_get", rc, err);
    if (rc) {
        crmi_buf_wipe(&t.value);
        return rc;
    }
    *version = t.value.len ? crmi_digest64(crmi_buf_str(&t.value)) | 1 : 0;
    crmi_buf_wipe(out);
    *out = t.value;
    return CRMSYNC_OK;
}

int32_t crmi_secret_get(const crmi_secrets *s, crmsync_str name, crmi_buf *out, uint64_t *version,
                        crmsync_error **err)
{
    crmi_items items;
    uint64_t unused;
    bool found = false;
    crmi_key key = crmi_key_of(CRMI_KEY_PARTS(name));
    version = version ? version : &unused;
    *version = 0;
    if (s->env->secret_get)
        return get_from_host(s, name, out, version, err);
    crmi_buf_wipe(out);
    crmi_buf_init(out, s->store->alloc);
    crmi_items_init(&items, s->store->alloc);
    int32_t rc =
        crmi_store_get_one(s->store, CRMSYNC_SPACE_SECRET, crmi_key_str(&key), &items, &found, err);
    if (!rc && found)
        rc = unseal(s, name, &items.v[0], out, err);
    if (!rc && found)
        *version = items.v[0].version;
    if (rc)
        crmi_buf_wipe(out);
    crmi_items_clear(&items);
    return rc;
}

static int32_t seal(const crmi_secrets *s, crmsync_str name, crmsync_str value, crmi_buf *document,
                    crmsync_error **err)
{
    unsigned char nonce[CRMI_SEAL_NONCE_LEN];
    taker key, id;
    crmi_buf sealed, context;
    taker_init(&key, s->store->alloc);
    taker_init(&id, s->store->alloc);
    crmi_buf_init(&sealed, s->store->alloc);
    crmi_buf_init(&context, s->store->alloc);
    seal_context(s, name, &context);
    int32_t rc = crmi_buf_ok(&context) ? CRMSYNC_OK : crmi_fail_nomem(err);
    if (!rc)
        rc = seal_key(s, CRMI_STR_EMPTY, &key, &id, err);
    if (!rc)
        rc = s->store->random.fill(s->store->random.ctx, nonce, sizeof nonce, err);
    if (!rc)
        rc =
            crmi_seal(crmi_buf_str(&key.value), nonce, crmi_buf_str(&context), value, &sealed, err);
    if (!rc) {
        crmi_jw w = crmi_jw_to(document);
        crmi_jw_object(&w);
        crmi_jw_member_text(&w, "key", crmi_buf_str(&id.value));
        crmi_jw_key(&w, CRMI_STR("sealed"));
        crmi_buf_char(document, '"');
        crmi_buf_base64url(document, crmi_buf_str(&sealed));
        crmi_buf_lit(document, "\"}");
    }
    crmi_buf_clear(&context);
    crmi_buf_clear(&sealed);
    crmi_buf_wipe(&id.value);
    crmi_buf_wipe(&key.value);
    return rc;
}

int32_t crmi_secret_put(const crmi_secrets *s, crmsync_str name, crmsync_str value,
                        crmsync_error **err)
{
    crmi_store store = *s->store;
    crmi_key key = crmi_key_of(CRMI_KEY_PARTS(name));
    crmi_buf document;
    crmi_commit c;
    int32_t rc = CRMSYNC_OK;
    if (s->env->secret_put) {
        rc = s->env->secret_put(s->env_ctx, s->store->workspace, name, value, err);
        if (rc > 0)
            return crmi_fail(err, CRMSYNC_E_CONTRACT,
                             "the secret_put hook broke its contract: it returned %d", (int)rc);
        if (rc && err && !*err)
            return crmi_fail(err, rc, "the secret_put hook failed");
        return rc;
    }
    store.fence = NULL;
    crmi_commit_init(&c, &store);
    crmi_buf_init(&document, store.alloc);
    if (value.len)
        rc = seal(s, name, value, &document, err);
    if (!rc && value.len)
        crmi_document_put(&c, CRMSYNC_SPACE_SECRET, crmi_key_str(&key), &document);
    else if (!rc)
        crmi_commit_delete(&c, CRMSYNC_SPACE_SECRET, crmi_key_str(&key));
    if (!rc)
        rc = crmi_commit_must(&c, err);
    crmi_buf_clear(&document);
    crmi_commit_clear(&c);
    return rc;
}
