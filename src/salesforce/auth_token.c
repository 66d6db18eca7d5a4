#include "base/crypto.h"
#include "salesforce/answer.h"
#include "salesforce/auth.h"

#define TOKEN_MAX 16384

/* An allocator that overwrites what it gives back: the parsed answer holds tokens. */
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

void crmi_auth_token_init(crmi_auth_token *t, const crmsync_alloc *alloc)
{
    memset(t, 0, sizeof *t);
    t->alloc = alloc;
}

static void drop(const crmsync_alloc *alloc, crmsync_str *s)
{
    char *p;
    memcpy(&p, &s->ptr, sizeof p);
    if (s->len)
        crmi_wipe(p, s->len);
    crmi_str_drop(alloc, s);
}

void crmi_auth_token_clear(crmi_auth_token *t)
{
    if (!t->alloc)
        return;
    drop(t->alloc, &t->access_token);
    drop(t->alloc, &t->refresh_token);
    drop(t->alloc, &t->instance_url);
    drop(t->alloc, &t->id_url);
    drop(t->alloc, &t->org_id);
    drop(t->alloc, &t->user_id);
    drop(t->alloc, &t->scope);
    crmi_auth_token_init(t, t->alloc);
}

bool crmi_auth_identity_split(crmsync_str id_url, crmsync_str *org_id, crmsync_str *user_id)
{
    size_t end = id_url.len, at = id_url.len;
    while (at && id_url.ptr[at - 1] != '/')
        at--;
    crmsync_str user = crmi_str_sub(id_url, at, end - at);
    if (!at)
        return false;
    end = at - 1;
    at = end;
    while (at && id_url.ptr[at - 1] != '/')
        at--;
    crmsync_str org = crmi_str_sub(id_url, at, end - at);
    if (!crmi_sf_id_like(user) || !crmi_sf_id_like(org))
        return false;
    *org_id = org;
    *user_id = user;
    return true;
}

/* A token goes into a header: it must not be able to end one. */
static bool token_ok(crmsync_str s)
{
    if (!s.len || s.len > TOKEN_MAX)
        return false;
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.ptr[i] <= 0x20 || (unsigned char)s.ptr[i] >= 0x7f)
            return false;
    return true;
}

static int64_t issued_at(const yyjson_val *root)
{
    int64_t ms = 0;
    crmsync_str text = crmi_json_member_text(root, "issued_at"); /* a string of milliseconds */
    if (text.ptr ? !crmi_str_to_i64(text, &ms) : !crmi_json_member_i64(root, "issued_at", &ms))
        return 0;
    return ms > 0 ? ms : 0;
}

static bool copy(const crmi_auth_token *t, crmsync_str in, crmsync_str *out)
{
    return !in.len || crmi_str_dup(t->alloc, in, out);
}

static int32_t copy_instance(crmi_auth_token *t, crmsync_str url, crmsync_error **err)
{
    crmi_buf origin;
    crmi_buf_init(&origin, t->alloc);
    bool ok = crmi_auth_origin(&origin, url) && copy(t, crmi_buf_str(&origin), &t->instance_url);
    crmi_buf_clear(&origin);
    return ok ? CRMSYNC_OK : crmi_fail_nomem(err);
}

static int32_t take_token(const yyjson_val *root, bool loopback_http, crmi_auth_token *t,
                          crmsync_error **err)
{
    crmsync_str access = crmi_json_member_text(root, "access_token");
    crmsync_str refresh = crmi_json_member_text(root, "refresh_token");
    crmsync_str type = crmi_json_member_text(root, "token_type");
    crmsync_str id = crmi_json_member_text(root, "id"), org = CRMI_STR_EMPTY, user = CRMI_STR_EMPTY;
    crmsync_str url = crmi_json_member_text(root, "instance_url");
    if (crmi_answer_repeats(root))
        return crmi_answer_odd(err, "token", "");
    if (!token_ok(access))
        return crmi_answer_odd(err, "token", "/access_token");
    if (refresh.len && !token_ok(refresh))
        return crmi_answer_odd(err, "token", "/refresh_token");
    if (type.len && !crmi_str_eq_ci(type, CRMI_STR("Bearer")))
        return crmi_answer_odd(err, "token", "/token_type");
    int32_t rc = crmi_auth_url_check(url, loopback_http, err);
    if (rc)
        return crmi_fail_protocol(err, rc, "token: instance_url");
    crmi_auth_identity_split(id, &org, &user);
    t->issued_at_ms = issued_at(root);
    rc = copy_instance(t, url, err);
    if (!rc &&
        !(copy(t, access, &t->access_token) && copy(t, refresh, &t->refresh_token) &&
          copy(t, id, &t->id_url) && copy(t, org, &t->org_id) && copy(t, user, &t->user_id) &&
          copy(t, crmi_json_member_text(root, "scope"), &t->scope)))
        rc = crmi_fail_nomem(err);
    return rc;
}

static int32_t code_of(uint32_t verdict)
{
    switch (verdict) {
    case CRMI_AUTH_CLIENT:
    case CRMI_AUTH_ASSERTION:
    case CRMI_AUTH_REQUEST: return CRMSYNC_E_INVALID;
    case CRMI_AUTH_LATER: return CRMSYNC_E_SALESFORCE;
    case CRMI_AUTH_UNANSWERED: return CRMSYNC_E_PROTOCOL;
    default: return CRMSYNC_E_AUTH;
    }
}

static int32_t refused(const crmi_response *response, crmsync_str error, crmsync_str description,
                       uint32_t *verdict, crmsync_error **err)
{
    const crmi_auth_rule *rule = crmi_auth_rule_find(error, description);
    *verdict = rule->verdict;
    int32_t code = code_of(rule->verdict);
    crmi_fail(err, code, "token refused: %.*s: %.*s",
              CRMI_SPELL(crmi_str_sub(error, 0, crmi_str_utf8_cut(error, 60))),
              CRMI_SPELL(crmi_str_sub(description, 0, crmi_str_utf8_cut(description, 200))));
    crmi_error_set_class(err, rule->error_class);
    crmi_error_set_remedy(err, crmi_str(rule->remedy));
    crmi_error_set_http(err, response->status, error);
    crmi_error_set_retry_after(err, response->retry_after_ms);
    return code;
}

/* No OAuth answer: an edge that refuses for now, a wrong host, or trouble after the fact. */
static int32_t unreadable(const crmi_response *response, uint32_t *verdict, crmsync_error **err)
{
    int32_t status = response->status;
    bool later = status == 420 || status == 429;
    *verdict = later                           ? CRMI_AUTH_LATER
               : status >= 400 && status < 500 ? CRMI_AUTH_REQUEST
                                               : CRMI_AUTH_UNANSWERED;
    int32_t code = code_of(*verdict);
    crmi_fail(err, code, "token: HTTP %d without an OAuth answer", (int)status);
    crmi_error_set_class(err, *verdict == CRMI_AUTH_REQUEST ? CRMSYNC_CLASS_CONFIG
                                                            : CRMSYNC_CLASS_TRANSIENT);
    if (*verdict == CRMI_AUTH_REQUEST)
        crmi_error_set_remedy(err, CRMI_STR("Check the login host: it does not answer as "
                                            "Salesforce does."));
    crmi_error_set_http(err, status, CRMI_STR_EMPTY);
    crmi_error_set_retry_after(err, response->retry_after_ms);
    return code;
}

int32_t crmi_auth_token_read(const crmi_response *response, bool loopback_http,
                             crmi_auth_token *token, uint32_t *verdict, crmsync_error **err)
{
    yyjson_doc *doc;
    crmsync_error *fault = NULL;
    crmsync_alloc alloc = wiping(token->alloc);
    crmi_auth_token_clear(token);
    *verdict = CRMI_AUTH_UNANSWERED;
    int32_t rc = crmi_json_read(&alloc, response->body, &doc, &fault);
    crmi_error_drop(&fault);
    if (rc == CRMSYNC_E_NOMEM)
        return crmi_fail_nomem(err);
    if (rc)
        return unreadable(response, verdict, err);
    const yyjson_val *root = yyjson_doc_get_root(doc);
    crmsync_str error = crmi_json_member_text(root, "error");
    if (error.len)
        rc = refused(response, error, crmi_json_member_text(root, "error_description"), verdict,
                     err);
    else if (response->status != 200)
        rc = unreadable(response, verdict, err);
    else
        rc = take_token(root, loopback_http, token, err);
    if (rc)
        crmi_auth_token_clear(token);
    else
        *verdict = CRMI_AUTH_GRANTED;
    yyjson_doc_free(doc);
    return rc;
}

int32_t crmi_auth_revoke_read(const crmi_response *response, crmsync_error **err)
{
    /* refusals come url-encoded; a token that is unknown already is as good as revoked */
    bool dead = response->status == 400 &&
                (crmi_str_find(response->body, CRMI_STR("unsupported_token_type")) >= 0 ||
                 crmi_str_find(response->body, CRMI_STR("invalid_token")) >= 0);
    if (response->status == 200 || dead)
        return CRMSYNC_OK;
    crmi_fail(err, CRMSYNC_E_SALESFORCE, "revoke: HTTP %d", (int)response->status);
    crmi_error_set_http(err, response->status, CRMI_STR_EMPTY);
    crmi_error_set_class(err,
                         response->status >= 500 ? CRMSYNC_CLASS_TRANSIENT : CRMSYNC_CLASS_CONFIG);
    return CRMSYNC_E_SALESFORCE;
}
