#include "base/crypto.h"
#include "base/json.h"
#include "salesforce/auth.h"

#define ASSERTION_LIFE_S 180 /* Salesforce takes at most three minutes */

static bool unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

static bool verifier_ok(crmsync_str v)
{
    if (v.len < 43 || v.len > 128) /* RFC 7636, section 4.1 */
        return false;
    for (size_t i = 0; i < v.len; i++)
        if (!unreserved(v.ptr[i]))
            return false;
    return true;
}

bool crmi_auth_challenge(crmi_buf *out, crmsync_str verifier)
{
    unsigned char digest[CRMI_SHA256_LEN];
    if (!verifier_ok(verifier) || !crmi_sha256(verifier, digest))
        return false;
    crmi_buf_base64url(out, (crmsync_str){(const char *)digest, sizeof digest});
    return true;
}

static void add_login(crmi_buf *out, crmsync_str login_url, const char *path)
{
    while (login_url.len && login_url.ptr[login_url.len - 1] == '/')
        login_url.len--;
    crmi_buf_add(out, login_url);
    crmi_buf_lit(out, path);
}

static void add_query(crmi_buf *out, const char *name, crmsync_str value)
{
    if (!value.len)
        return;
    crmi_buf_lit(out, name);
    crmi_buf_url(out, value);
}

static int32_t missing(crmsync_error **err, const char *what)
{
    return crmi_fail(err, CRMSYNC_E_INVALID, "authorization needs %s", what);
}

int32_t crmi_auth_authorize_url(crmi_buf *out, const crmi_auth_authorize *a, crmsync_error **err)
{
    if (!a->client_id.len)
        return missing(err, "the client id of the app");
    if (!a->redirect_uri.len)
        return missing(err, "a redirect URI");
    if (!a->state.len)
        return missing(err, "a state");
    add_login(out, a->login_url, "/services/oauth2/authorize?response_type=code");
    add_query(out, "&client_id=", a->client_id);
    add_query(out, "&redirect_uri=", a->redirect_uri);
    add_query(out, "&scope=", a->scope);
    add_query(out, "&state=", a->state);
    crmi_buf_lit(out, "&code_challenge_method=S256&code_challenge=");
    if (!crmi_auth_challenge(out, a->verifier))
        return missing(err, "a code verifier of 43 to 128 unreserved characters");
    add_query(out, "&prompt=", a->prompt);
    add_query(out, "&login_hint=", a->login_hint);
    return crmi_buf_ok(out) ? CRMSYNC_OK : crmi_fail_nomem(err);
}

static void start_token(crmi_request *r, const crmi_auth_client *client, const char *grant_type)
{
    crmi_request_start(r, "POST", CRMI_REQ_TOKEN);
    add_login(&r->path, client->login_url, "/services/oauth2/token");
    crmi_request_form(r);
    crmi_request_header_add(r, "Accept", CRMI_STR("application/json"));
    crmi_request_form_add(r, "grant_type", crmi_str(grant_type));
}

/* A public client must not send a secret, a confidential one must. */
static void add_client(crmi_request *r, const crmi_auth_client *client)
{
    crmi_request_form_add(r, "client_id", client->id);
    if (client->secret.len)
        crmi_request_form_add(r, "client_secret", client->secret);
}

int32_t crmi_auth_code_request(crmi_request *r, const crmi_auth_client *client, crmsync_str code,
                               crmsync_str redirect_uri, crmsync_str verifier, crmsync_error **err)
{
    if (!verifier_ok(verifier))
        return missing(err, "the code verifier it began with");
    if (!client->id.len || !code.len || !redirect_uri.len)
        return missing(err, "client id, code and redirect URI");
    start_token(r, client, "authorization_code");
    crmi_request_form_add(r, "code", code);
    add_client(r, client);
    crmi_request_form_add(r, "redirect_uri", redirect_uri);
    crmi_request_form_add(r, "code_verifier", verifier);
    return crmi_request_check(r, err);
}

int32_t crmi_auth_refresh_request(crmi_request *r, const crmi_auth_client *client,
                                  crmsync_str refresh_token, crmsync_error **err)
{
    if (!client->id.len || !refresh_token.len)
        return missing(err, "client id and refresh token");
    start_token(r, client, "refresh_token"); /* no scope: some orgs refuse the refresh then */
    crmi_request_form_add(r, "refresh_token", refresh_token);
    add_client(r, client);
    return crmi_request_check(r, err);
}

static void write_claims(crmi_buf *b, const crmi_auth_client *client, crmsync_str username,
                         crmsync_str audience, int64_t now_ms)
{
    crmi_jw w = crmi_jw_to(b);
    crmi_jw_object(&w);
    crmi_jw_member_text(&w, "iss", client->id);
    crmi_jw_member_text(&w, "sub", username);
    crmi_jw_member_text(&w, "aud", audience);
    crmi_jw_member_i64(&w, "exp", now_ms / 1000 + ASSERTION_LIFE_S);
    crmi_jw_object_end(&w);
}

int32_t crmi_auth_jwt_request(crmi_request *r, const crmi_auth_client *client, crmsync_str username,
                              crmsync_str audience, crmsync_str private_key_pem, int64_t now_ms,
                              crmsync_error **err)
{
    crmi_buf claims, assertion;
    if (!client->id.len || !username.len || !private_key_pem.len)
        return missing(err, "client id, user name and private key");
    if (!audience.len) {
        audience = client->login_url;
        while (audience.len && audience.ptr[audience.len - 1] == '/')
            audience.len--;
    }
    crmi_buf_init(&claims, r->alloc);
    crmi_buf_init(&assertion, r->alloc);
    write_claims(&claims, client, username, audience, now_ms);
    crmi_buf_base64url(&assertion, CRMI_STR("{\"alg\":\"RS256\"}"));
    crmi_buf_char(&assertion, '.');
    crmi_buf_base64url(&assertion, crmi_buf_str(&claims));
    int32_t rc =
        crmi_buf_ok(&claims) && crmi_buf_ok(&assertion) ? CRMSYNC_OK : crmi_fail_nomem(err);
    if (!rc) {
        crmi_buf input;
        crmi_buf_init(&input, r->alloc);
        crmi_buf_add(&input, crmi_buf_str(&assertion));
        crmi_buf_char(&assertion, '.');
        rc = crmi_buf_ok(&input)
                 ? crmi_sign_rs256(private_key_pem, crmi_buf_str(&input), &assertion, err)
                 : crmi_fail_nomem(err);
        crmi_buf_clear(&input);
    }
    if (!rc) {
        start_token(r, client, "urn:ietf:params:oauth:grant-type:jwt-bearer");
        crmi_request_form_add(r, "assertion", crmi_buf_str(&assertion));
        rc = crmi_buf_ok(&assertion) ? crmi_request_check(r, err) : crmi_fail_nomem(err);
    }
    crmi_buf_clear(&claims);
    crmi_buf_wipe(&assertion);
    return rc;
}

int32_t crmi_auth_client_credentials_request(crmi_request *r, const crmi_auth_client *client,
                                             crmsync_error **err)
{
    crmsync_str url = client->login_url;
    if (!client->id.len || !client->secret.len)
        return missing(err, "client id and client secret");
    if (crmi_str_starts(url, "https://login.salesforce.com") ||
        crmi_str_starts(url, "https://test.salesforce.com")) {
        crmi_fail(err, CRMSYNC_E_INVALID, "client credentials need the org's own login host");
        crmi_error_set_remedy(err, CRMI_STR("Configure the My Domain of the org."));
        return CRMSYNC_E_INVALID;
    }
    start_token(r, client, "client_credentials");
    add_client(r, client);
    return crmi_request_check(r, err);
}

int32_t crmi_auth_password_request(crmi_request *r, const crmi_auth_client *client,
                                   crmsync_str username, crmsync_str password,
                                   crmsync_str security_token, crmsync_error **err)
{
    if (!client->id.len || !username.len || !password.len)
        return missing(err, "client id, user name and password");
    start_token(r, client, "password");
    add_client(r, client);
    crmi_request_form_add(r, "username", username);
    crmi_request_form_add(r, "password", password);
    crmi_buf_url(&r->body, security_token); /* it follows the password directly */
    return crmi_request_check(r, err);
}

int32_t crmi_auth_revoke_request(crmi_request *r, crmsync_str login_url, crmsync_str token,
                                 crmsync_error **err)
{
    if (!token.len)
        return missing(err, "a token to revoke");
    crmi_request_start(r, "POST", CRMI_REQ_TOKEN | CRMI_REQ_IDEMPOTENT);
    add_login(&r->path, login_url, "/services/oauth2/revoke");
    crmi_request_form(r);
    crmi_request_form_add(r, "token", token);
    return crmi_request_check(r, err);
}
