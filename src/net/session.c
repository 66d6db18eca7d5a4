#include "net/session.h"

#include "base/crypto.h"
#include "base/json.h"

int32_t crmi_session_init(crmi_session *s, crmi_pump *pump, const crmi_store *store,
                          const crmi_session_options *options, crmsync_error **err)
{
    *s = (crmi_session){.pump = pump, .store = store, .options = options, .alloc = pump->alloc};
    s->secrets = (crmi_secrets){store, pump->env, pump->env_ctx};
    crmi_request_init(&s->request, s->alloc);
    crmi_auth_token_init(&s->granted, s->alloc);
    int32_t rc = crmi_secrets_check(pump->env, err);
    if (!rc)
        rc = crmi_auth_url_check(options->client.login_url, options->loopback_http, err);
    uint64_t timeout =
        options->token_timeout_ms ? options->token_timeout_ms : CRMI_TOKEN_TIMEOUT_MS;
    if (!rc)
        rc = crmi_lease_init(&s->lease, CRMI_STR("token"), options->connection, options->worker,
                             2 * timeout + CRMI_TOKEN_MARGIN_MS, err);
    return rc;
}

/* All texts of a token in use. */
static crmsync_str *const *token_texts(crmi_session *s, crmsync_str *out[8])
{
    crmsync_str *all[8] = {&s->access_token, &s->refresh_token, &s->instance_url, &s->id_url,
                           &s->org_id,       &s->user_id,       &s->scope,        NULL};
    memcpy(out, all, sizeof all);
    return out;
}

static const char *const token_members[] = {
    "access_token", "refresh_token", "instance_url", "id_url", "org_id", "user_id", "scope"};
#define TOKEN_MEMBERS (sizeof token_members / sizeof *token_members)

static void secret_drop(const crmsync_alloc *alloc, crmsync_str *text)
{
    char *bytes;
    memcpy(&bytes, &text->ptr, sizeof bytes);
    crmi_wipe(bytes, text->len);
    crmi_str_drop(alloc, text);
}

static void token_drop(crmi_session *s)
{
    crmsync_str *texts[8];
    token_texts(s, texts);
    for (size_t i = 0; texts[i]; i++)
        secret_drop(s->alloc, texts[i]);
    s->issued_at_ms = 0;
}

void crmi_session_clear(crmi_session *s)
{
    if (!s->pump)
        return;
    crmi_pump_release(s->pump, s->exchange);
    s->exchange = NULL;
    if (s->granted.access_token.len) /* a last try: else the connection is lost */
        crmi_session_adopt(s, &s->granted, NULL);
    crmi_lease_release(s->store, &s->lease, NULL);
    crmi_request_clear(&s->request);
    crmi_auth_token_clear(&s->granted);
    token_drop(s);
    s->pump = NULL;
}

/* An allocator that overwrites what it gives back: a parsed document holds tokens. */
static void *wiping_alloc(void *ctx, size_t size)
{
    return crmi_alloc_bytes(ctx, size);
}

static void wiping_free(void *ctx, void *ptr, size_t size)
{
    crmi_wipe(ptr, size);
    crmi_dealloc(ctx, ptr, size);
}

static void *wiping_realloc(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    void *moved = crmi_alloc_bytes(ctx, new_size);
    if (moved && ptr) {
        memcpy(moved, ptr, old_size < new_size ? old_size : new_size);
        wiping_free(ctx, ptr, old_size);
    }
    return moved;
}

static crmsync_alloc wiping(const crmsync_alloc *alloc)
{
    void *ctx;
    memcpy(&ctx, &alloc, sizeof ctx);
    return (crmsync_alloc){sizeof(crmsync_alloc), ctx, wiping_alloc, wiping_realloc, wiping_free};
}

static void secret_name(const crmi_session *s, crmi_buf *out)
{
    crmi_buf_lit(out, "token/");
    crmi_buf_add(out, s->options->connection);
}

static bool token_dup(crmi_session *s, const yyjson_val *o, crmsync_str *fresh)
{
    for (size_t i = 0; i < TOKEN_MEMBERS; i++) {
        if (!crmi_str_dup(s->alloc, crmi_json_member_text(o, token_members[i]), &fresh[i]))
            return false;
    }
    return true;
}

/* Takes a stored document into use. */
static int32_t token_take(crmi_session *s, const yyjson_val *o, bool *changed, crmsync_error **err)
{
    crmsync_str fresh[TOKEN_MEMBERS] = {{NULL, 0}};
    crmsync_str *texts[8];
    bool ok = token_dup(s, o, fresh);
    int32_t rc = ok ? CRMSYNC_OK : crmi_fail_nomem(err);
    if (!rc && fresh[2].len)
        rc = crmi_auth_url_check(fresh[2], s->options->loopback_http, err);
    *changed = !rc && (!crmi_str_eq(fresh[0], s->access_token) ||
                       !crmi_str_eq(fresh[1], s->refresh_token));
    if (*changed) {
        token_drop(s);
        token_texts(s, texts);
        for (size_t i = 0; i < TOKEN_MEMBERS; i++)
            *texts[i] = fresh[i];
        crmi_json_member_i64(o, "issued_at", &s->issued_at_ms);
        s->steady = !crmi_json_member_bool(o, "rotates", true);
        s->generation++;
        s->dead = false;
        return CRMSYNC_OK;
    }
    for (size_t i = 0; i < TOKEN_MEMBERS; i++)
        secret_drop(s->alloc, &fresh[i]);
    return rc;
}

int32_t crmi_session_load(crmi_session *s, bool *changed, crmsync_error **err)
{
    crmi_buf name, text;
    yyjson_doc *doc = NULL;
    uint64_t version = 0;
    bool unused;
    crmsync_alloc wiped = wiping(s->alloc);
    changed = changed ? changed : &unused;
    *changed = false;
    crmi_buf_init(&name, s->alloc);
    crmi_buf_init(&text, s->alloc);
    secret_name(s, &name);
    int32_t rc = crmi_buf_ok(&name)
                     ? crmi_secret_get(&s->secrets, crmi_buf_str(&name), &text, &version, err)
                     : crmi_fail_nomem(err);
    if (!rc && version && version != s->secret_version) {
        rc = crmi_json_read(&wiped, crmi_buf_str(&text), &doc, err);
        if (rc && rc != CRMSYNC_E_NOMEM)
            rc = crmi_fail(err, CRMSYNC_E_CORRUPT, "the stored token cannot be read");
        if (!rc)
            rc = token_take(s, yyjson_doc_get_root(doc), changed, err);
        if (!rc)
            s->secret_version = version;
    }
    yyjson_doc_free(doc);
    crmi_buf_wipe(&text);
    crmi_buf_clear(&name);
    return rc;
}

static void token_encode(const crmi_session *s, const crmi_auth_token *t, crmi_buf *out)
{
    crmsync_str refresh = t->refresh_token.len ? t->refresh_token : s->refresh_token;
    bool refreshed = s->refresh_token.len && s->options->grant == CRMI_GRANT_REFRESH;
    bool rotates =
        refreshed ? t->refresh_token.len && !crmi_str_eq(t->refresh_token, s->refresh_token) : true;
    const crmsync_str texts[TOKEN_MEMBERS] = {t->access_token,
                                              refresh,
                                              t->instance_url.len ? t->instance_url
                                                                  : s->instance_url,
                                              t->id_url.len ? t->id_url : s->id_url,
                                              t->org_id.len ? t->org_id : s->org_id,
                                              t->user_id.len ? t->user_id : s->user_id,
                                              t->scope.len ? t->scope : s->scope};
    crmi_jw w = crmi_jw_to(out);
    crmi_jw_object(&w);
    for (size_t i = 0; i < TOKEN_MEMBERS; i++)
        crmi_jw_member_text(&w, token_members[i], texts[i]);
    crmi_jw_member_i64(&w, "issued_at", t->issued_at_ms);
    if (!rotates)
        crmi_jw_member_bool(&w, "rotates", false);
    crmi_jw_object_end(&w);
}

/* Ids of 15 and 18 characters name the same org. */
static bool same_org(crmsync_str a, crmsync_str b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    n = n > 15 ? 15 : n;
    return a.len == b.len ? crmi_str_eq(a, b)
                          : crmi_str_eq(crmi_str_sub(a, 0, n), crmi_str_sub(b, 0, n));
}

int32_t crmi_session_org_check(const crmi_session *s, crmsync_str org_id, crmsync_error **err)
{
    crmsync_str own = s->options->org_id;
    if (own.len == 0 || org_id.len == 0 || same_org(own, org_id))
        return CRMSYNC_OK;
    crmi_fail(err, CRMSYNC_E_STATE, "this is org %.*s, but the workspace belongs to org %.*s",
              CRMI_SPELL(org_id), CRMI_SPELL(own));
    crmi_error_set_remedy(err, CRMI_STR("Log in to the workspace's own org, or open another workspace "
                                        "for this one."));
    return CRMSYNC_E_STATE;
}

/* Stored first, used second: a rotated refresh token that is not stored is lost. */
int32_t crmi_session_adopt(crmi_session *s, const crmi_auth_token *token, crmsync_error **err)
{
    crmi_buf name, text;
    bool changed = false;
    int32_t rc = CRMSYNC_E_STORE;
    crmi_buf_init(&name, s->alloc);
    crmi_buf_init(&text, s->alloc);
    secret_name(s, &name);
    token_encode(s, token, &text);
    if (!crmi_buf_ok(&name) || !crmi_buf_ok(&text))
        rc = crmi_fail_nomem(err);
    for (int i = 0; i < 3 && rc && rc != CRMSYNC_E_NOMEM; i++)
        rc = crmi_secret_put(&s->secrets, crmi_buf_str(&name), crmi_buf_str(&text), err);
    if (!rc)
        crmi_error_drop(err);
    crmi_buf_wipe(&text);
    crmi_buf_clear(&name);
    if (!rc)
        rc = crmi_session_load(s, &changed, err);
    if (!rc && !changed)
        s->generation++; /* the same token, granted anew */
    return rc;
}

int32_t crmi_session_forget(crmi_session *s, crmsync_error **err)
{
    crmi_buf name;
    crmi_buf_init(&name, s->alloc);
    secret_name(s, &name);
    int32_t rc = crmi_buf_ok(&name)
                     ? crmi_secret_put(&s->secrets, crmi_buf_str(&name), CRMI_STR_EMPTY, err)
                     : crmi_fail_nomem(err);
    crmi_buf_clear(&name);
    token_drop(s);
    s->secret_version = 0;
    return rc;
}

bool crmi_session_ready(const crmi_session *s)
{
    return s->access_token.len && s->phase == 0 && s->granted.access_token.len == 0;
}

bool crmi_session_own_url(const crmi_session *s, crmsync_str url)
{
    crmi_buf own, other;
    crmi_buf_init(&own, s->alloc);
    crmi_buf_init(&other, s->alloc);
    bool same = crmi_auth_origin(&own, s->instance_url) && crmi_auth_origin(&other, url) &&
                crmi_buf_ok(&own) && crmi_buf_ok(&other) &&
                crmi_str_eq(crmi_buf_str(&own), crmi_buf_str(&other)) &&
                crmi_auth_url_check(url, s->options->loopback_http, NULL) == CRMSYNC_OK;
    crmi_buf_clear(&other);
    crmi_buf_clear(&own);
    return same;
}

int32_t crmi_session_url(const crmi_session *s, crmsync_str path, crmi_buf *out,
                         crmsync_error **err)
{
    bool relative = path.len && path.ptr[0] == '/' && !crmi_str_starts(path, "//");
    if (relative) {
        crmi_buf_add(out, s->instance_url);
        crmi_buf_add(out, path);
    } else if (crmi_session_own_url(s, path)) {
        crmi_buf_add(out, path);
    } else {
        return crmi_fail(err, CRMSYNC_E_PROTOCOL,
                         "a request would take the token outside the org's own host");
    }
    return crmi_buf_ok(out) ? CRMSYNC_OK : crmi_fail_nomem(err);
}
