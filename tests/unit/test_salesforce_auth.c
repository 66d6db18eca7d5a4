/* OAuth: hosts, PKCE, requests, callbacks, token answers. */
#include "test_salesforce.h"

#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "base/crypto.h"
#include "base/json.h"
#include "salesforce/auth.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

static const char verifier[] = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/* what people type, and the host that it means. */
static void test_login_url__domain_prefixes_hosts_and_urls(void **state)
{
    static const struct {
        const char *domain;
        uint32_t environment;
        bool loopback;
        const char *url; /* NULL = refused */
    } rows[] = {
        {"", CRMI_ENV_PRODUCTION, false, "https://login.salesforce.com"},
        {"  ", CRMI_ENV_SANDBOX, false, "https://test.salesforce.com"},
        {"acme", CRMI_ENV_PRODUCTION, false, "https://acme.my.salesforce.com"},
        {" ACME ", CRMI_ENV_PRODUCTION, false, "https://acme.my.salesforce.com"},
        {"acme--uat", CRMI_ENV_SANDBOX, false, "https://acme--uat.sandbox.my.salesforce.com"},
        {"acme--uat", CRMI_ENV_PRODUCTION, false, NULL},
        {"acme.my.salesforce.com", CRMI_ENV_PRODUCTION, false, "https://acme.my.salesforce.com"},
        {"https://Acme.my.salesforce.com/home?x#y", CRMI_ENV_PRODUCTION, false,
         "https://acme.my.salesforce.com"},
        {"https://acme.lightning.force.com/lightning/page", CRMI_ENV_PRODUCTION, false,
         "https://acme.my.salesforce.com"},
        {"acme--uat.sandbox.lightning.force.com", CRMI_ENV_SANDBOX, false,
         "https://acme--uat.sandbox.my.salesforce.com"},
        {"https://acme.my.salesforce-setup.com", CRMI_ENV_PRODUCTION, false,
         "https://acme.my.salesforce.com"},
        {"test.salesforce.com", CRMI_ENV_SANDBOX, false, "https://test.salesforce.com"},
        {"ac me", CRMI_ENV_PRODUCTION, false, NULL},
        {"acme_x", CRMI_ENV_PRODUCTION, false, NULL},
        {"-acme", CRMI_ENV_PRODUCTION, false, NULL},
        {"\xc3\xa4"
         "cme",
         CRMI_ENV_PRODUCTION, false, NULL},
        {"https://", CRMI_ENV_PRODUCTION, false, NULL},
        {"http://acme.my.salesforce.com", CRMI_ENV_PRODUCTION, false, NULL},
        {"http://acme.my.salesforce.com", CRMI_ENV_PRODUCTION, true, NULL},
        {"evil.example", CRMI_ENV_PRODUCTION, false, NULL},
        {"http://127.0.0.1:8080", CRMI_ENV_PRODUCTION, true, "http://127.0.0.1:8080"},
        {"http://127.0.0.1:8080", CRMI_ENV_PRODUCTION, false, NULL},
        {"http://[::1]:8080/", CRMI_ENV_PRODUCTION, true, "http://[::1]:8080"},
        {"https://localhost:8443", CRMI_ENV_PRODUCTION, true, "https://localhost:8443"},
    };
    crmsync_alloc alloc = libc_table();
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        crmi_buf b;
        crmi_buf_init(&b, &alloc);
        int32_t rc = crmi_auth_login_url(&b, crmi_str(rows[i].domain), rows[i].environment,
                                         rows[i].loopback, NULL);
        if (rc != (rows[i].url ? CRMSYNC_OK : CRMSYNC_E_INVALID))
            fail_msg("%s gives %d", rows[i].domain, (int)rc);
        if (rows[i].url)
            assert_true(text_is(crmi_buf_str(&b), rows[i].url));
        crmi_buf_clear(&b);
    }
}

static void test_url_check__tokens_go_to_salesforce_alone(void **state)
{
    static const struct {
        const char *url;
        bool loopback, ok;
    } rows[] = {
        {"https://acme.my.salesforce.com", false, true},
        {"https://ACME.My.Salesforce.Com/services", false, true},
        {"https://acme.my.salesforce.com:443", false, true},
        {"https://acme.my.salesforce.mil", false, true},
        {"https://acme.my.salesforce.com:8443", false, false},
        {"http://acme.my.salesforce.com", true, false},
        {"https://evil-salesforce.com", false, false},
        {"https://salesforce.com.evil.example", false, false},
        {"https://acme.my.salesforce.com@evil.example", false, false},
        {"https://acme.my.salesforce.com:x@evil.example", false, false},
        {"https://evil.example/acme.my.salesforce.com", false, false},
        {"https://evil.example\\.my.salesforce.com", false, false},
        {"https://evil.example?.my.salesforce.com", false, false},
        {"https://evil.example#.my.salesforce.com", false, false},
        {"https://.salesforce.com", false, false},
        {"https://acme.force.com", false, false},
        {"https://", false, false},
        {"ftp://acme.my.salesforce.com", false, false},
        {"acme.my.salesforce.com", false, false},
        {"", false, false},
        {"http://127.0.0.1:80", true, true},
        {"http://127.0.0.1.evil.example", true, false},
        {"http://127.evil.example", true, false},
        {"http://localhost.evil.example", true, false},
        {"http://localhost:99999999", true, false},
        {"http://[::1]x", true, false},
        {"https://localhost", false, false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        int32_t rc = crmi_auth_url_check(crmi_str(rows[i].url), rows[i].loopback, NULL);
        if (rc != (rows[i].ok ? CRMSYNC_OK : CRMSYNC_E_INVALID))
            fail_msg("%s gives %d", rows[i].url, (int)rc);
    }
}

/* The example of RFC 7636, appendix B. */
static void test_challenge__known_answer_and_bad_verifiers(void **state)
{
    crmsync_alloc alloc = libc_table();
    crmi_buf b;
    (void)state;
    crmi_buf_init(&b, &alloc);
    assert_true(crmi_auth_challenge(&b, crmi_str(verifier)));
    assert_true(text_is(crmi_buf_str(&b), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"));
    assert_false(crmi_auth_challenge(&b, CRMI_STR("short")));
    assert_false(crmi_auth_challenge(&b, CRMI_STR("dBjftJeZ4CVP mB92K27uhbUJU1p1r_wW1gFWFOEjXk")));
    crmi_buf_clear(&b);
}

static void test_authorize_url__parameters_are_encoded_once(void **state)
{
    crmsync_alloc alloc = libc_table();
    crmi_buf b;
    crmi_auth_authorize a = {.login_url = CRMI_STR("https://login.salesforce.com/"),
                             .client_id = CRMI_STR("3MVG9.x"),
                             .redirect_uri = CRMI_STR("https://host/cb?a=b"),
                             .scope = CRMI_STR("api refresh_token"),
                             .state = CRMI_STR("s=1"),
                             .verifier = crmi_str(verifier)};
    (void)state;
    crmi_buf_init(&b, &alloc);
    assert_int_equal(crmi_auth_authorize_url(&b, &a, NULL), CRMSYNC_OK);
    assert_true(text_is(
        crmi_buf_str(&b),
        "https://login.salesforce.com/services/oauth2/"
        "authorize?response_type=code&client_id=3MVG9.x"
        "&redirect_uri=https%3A%2F%2Fhost%2Fcb%3Fa%3Db&scope=api%20refresh_token&state=s%3D1"
        "&code_challenge_method=S256&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"));
    a.state = CRMI_STR_EMPTY;
    assert_int_equal(crmi_auth_authorize_url(&b, &a, NULL), CRMSYNC_E_INVALID);
    crmi_buf_clear(&b);
}

static void test_token_requests__forms_of_each_grant(void **state)
{
    crmsync_alloc alloc = libc_table();
    crmi_request r;
    crmi_auth_client app = {CRMI_STR("https://acme.my.salesforce.com"), CRMI_STR("id"),
                            CRMI_STR("s&e")};
    crmi_auth_client public_app = {CRMI_STR("https://login.salesforce.com"), CRMI_STR("id"),
                                   CRMI_STR_EMPTY};
    (void)state;
    crmi_request_init(&r, &alloc);
    assert_int_equal(crmi_auth_code_request(&r, &app, CRMI_STR("aPrx=="), CRMI_STR("https://h/cb"),
                                            crmi_str(verifier), NULL),
                     CRMSYNC_OK);
    assert_true(
        text_is(crmi_buf_str(&r.path), "https://acme.my.salesforce.com/services/oauth2/token"));
    assert_true(text_is(r.content_type, "application/x-www-form-urlencoded"));
    assert_int_equal(r.flags, CRMI_REQ_TOKEN);
    assert_true(text_is(crmi_buf_str(&r.body),
                        "grant_type=authorization_code&code=aPrx%3D%3D&client_id=id&client_secret="
                        "s%26e&redirect_uri=https%3A%2F%2Fh%2Fcb&code_verifier="
                        "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
    assert_int_equal(crmi_auth_refresh_request(&r, &public_app, CRMI_STR("5Aep=="), NULL),
                     CRMSYNC_OK);
    assert_true(text_is(crmi_buf_str(&r.body),
                        "grant_type=refresh_token&refresh_token=5Aep%3D%3D&client_id=id"));
    assert_int_equal(crmi_auth_client_credentials_request(&r, &app, NULL), CRMSYNC_OK);
    assert_true(text_is(crmi_buf_str(&r.body),
                        "grant_type=client_credentials&client_id=id&client_secret=s%26e"));
    public_app.secret = CRMI_STR("x");
    assert_int_equal(crmi_auth_client_credentials_request(&r, &public_app, NULL),
                     CRMSYNC_E_INVALID);
    assert_int_equal(crmi_auth_password_request(&r, &app, CRMI_STR("u@x"), CRMI_STR("p w"),
                                                CRMI_STR("T+K"), NULL),
                     CRMSYNC_OK);
    assert_true(text_is(crmi_buf_str(&r.body),
                        "grant_type=password&client_id=id&client_secret=s%26e"
                        "&username=u%40x&password=p%20wT%2BK"));
    assert_int_equal(crmi_auth_revoke_request(&r, app.login_url, CRMI_STR("t!k"), NULL),
                     CRMSYNC_OK);
    assert_true(
        text_is(crmi_buf_str(&r.path), "https://acme.my.salesforce.com/services/oauth2/revoke"));
    assert_true(text_is(crmi_buf_str(&r.body), "token=t%21k"));
    assert_int_equal(crmi_auth_refresh_request(&r, &app, CRMI_STR_EMPTY, NULL), CRMSYNC_E_INVALID);
    crmi_request_clear(&r);
}

static EVP_PKEY *make_key(char pem[4096])
{
    EVP_PKEY *key = EVP_RSA_gen(2048);
    BIO *bio = BIO_new(BIO_s_mem());
    assert_non_null(key);
    assert_int_equal(PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL), 1);
    int n = BIO_read(bio, pem, 4095);
    assert_true(n > 0);
    pem[n] = '\0';
    BIO_free(bio);
    return key;
}

static void test_jwt_request__assertion_is_signed_and_short_lived(void **state)
{
    char pem[4096];
    EVP_PKEY *key = make_key(pem);
    crmsync_alloc alloc = libc_table();
    crmi_request r;
    crmi_buf claims, signature;
    crmi_auth_client app = {CRMI_STR("https://login.salesforce.com/"), CRMI_STR("key\"1"),
                            CRMI_STR_EMPTY};
    (void)state;
    crmi_request_init(&r, &alloc);
    crmi_buf_init(&claims, &alloc);
    crmi_buf_init(&signature, &alloc);
    assert_int_equal(crmi_auth_jwt_request(&r, &app, CRMI_STR("u@x.io"), CRMI_STR_EMPTY,
                                           crmi_str(pem), INT64_C(1795178096789), NULL),
                     CRMSYNC_OK);
    static const char head[] =
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=";
    crmsync_str body = crmi_buf_str(&r.body);
    assert_true(crmi_str_starts(body, head));
    crmsync_str jwt = crmi_str_sub(body, sizeof head - 1, body.len);
    ptrdiff_t dot = crmi_str_chr(jwt, '.');
    crmsync_str rest = crmi_str_sub(jwt, (size_t)dot + 1, jwt.len);
    ptrdiff_t dot2 = crmi_str_chr(rest, '.');
    assert_true(crmi_buf_unbase64url(&claims, crmi_str_sub(rest, 0, (size_t)dot2)));
    assert_true(text_is(crmi_buf_str(&claims),
                        "{\"iss\":\"key\\\"1\",\"sub\":\"u@x.io\",\"aud\":"
                        "\"https://login.salesforce.com\",\"exp\":1795178276}"));
    assert_true(crmi_buf_unbase64url(&signature, crmi_str_sub(rest, (size_t)dot2 + 1, rest.len)));
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key), 1);
    assert_int_equal(EVP_DigestVerify(ctx, (const unsigned char *)signature.ptr, signature.len,
                                      (const unsigned char *)jwt.ptr, (size_t)(dot + dot2 + 1)),
                     1);
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(key);
    assert_int_equal(crmi_auth_jwt_request(&r, &app, CRMI_STR("u@x.io"), CRMI_STR_EMPTY,
                                           CRMI_STR("no key"), 0, NULL),
                     CRMSYNC_E_INVALID);
    crmi_buf_clear(&claims);
    crmi_buf_clear(&signature);
    crmi_request_clear(&r);
}

static void test_callback_read__code_refusals_and_foreign_states(void **state)
{
    static const struct {
        const char *url;
        int32_t code;
        const char *value, *remedy; /* the code, or part of the remedy */
    } rows[] = {
        {"https://host/cb?code=aPrx%3D%3D&state=st%2Bx", CRMSYNC_OK, "aPrx==", NULL},
        {"https://host/cb?state=st%2Bx&code=a+b#_=_", CRMSYNC_OK, "a b", NULL},
        {"code=1&state=st%2bx", CRMSYNC_OK, "1", NULL},
        {"https://host/cb?code=1&state=other", CRMSYNC_E_AUTH, NULL, "in one browser"},
        {"https://host/cb?code=1", CRMSYNC_E_AUTH, NULL, "in one browser"},
        {"https://host/cb", CRMSYNC_E_AUTH, NULL, "in one browser"},
        {"https://host/cb?state=st%2Bx", CRMSYNC_E_INVALID, NULL, ""},
        {"https://host/cb?code=1&code=2&state=st%2Bx", CRMSYNC_E_INVALID, NULL, ""},
        {"https://host/cb?error=access_denied&error_description=end-user+denied&state=st%2Bx",
         CRMSYNC_E_AUTH, NULL, "declined"},
        {"https://host/cb?error=access_denied&state=other", CRMSYNC_E_AUTH, NULL, "in one browser"},
        {"https://host/cb?error=OAUTH_EC_APP_NOT_FOUND", CRMSYNC_E_AUTH, NULL, "Install the app"},
        {"https://host/cb?error=OAUTH_APP_BLOCKED&state=st%2Bx", CRMSYNC_E_AUTH, NULL, "blocked"},
        {"%", CRMSYNC_E_AUTH, NULL, "in one browser"},
    };
    crmsync_alloc alloc = libc_table();
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        crmi_arena arena;
        crmi_auth_callback c;
        crmsync_error *err = NULL;
        crmi_arena_init(&arena, &alloc);
        int32_t rc =
            crmi_auth_callback_read(&arena, crmi_str(rows[i].url), CRMI_STR("st+x"), &c, &err);
        if (rc != rows[i].code)
            fail_msg("%s gives %d", rows[i].url, (int)rc);
        if (rows[i].value)
            assert_true(text_is(c.code, rows[i].value));
        else
            assert_true(text_has(crmsync_error_remedy(err), rows[i].remedy));
        crmsync_error_free(err);
        crmi_arena_clear(&arena);
    }
}

static void test_callback_read__without_a_state_of_ours_nothing_passes(void **state)
{
    crmsync_alloc alloc = libc_table();
    crmi_arena arena;
    crmi_auth_callback c;
    (void)state;
    crmi_arena_init(&arena, &alloc);
    assert_int_equal(
        crmi_auth_callback_read(&arena, CRMI_STR("?code=1&state="), CRMI_STR_EMPTY, &c, NULL),
        CRMSYNC_E_AUTH);
    crmi_arena_clear(&arena);
}

static const char token_json[] =
    "{\"access_token\":\"00Dx0000000BV7z!AR8AQAxo9UfVkh8A\",\"refresh_token\":\"5Aep8614iLM.Dq==\","
    "\"signature\":\"0CmxinZir53\",\"scope\":\"api id refresh_token\",\"instance_url\":"
    "\"https://MyDomainName.my.salesforce.com/\",\"id\":\"https://login.salesforce.com/id/"
    "00Dx0000000BV7zEAM/005x00000012Q9PAAU\",\"token_type\":\"Bearer\",\"issued_at\":"
    "\"1278448832702\"}";

static void test_token_read__documented_answer_is_taken_apart(void **state)
{
    crmsync_alloc alloc = libc_table();
    crmi_auth_token t;
    uint32_t verdict;
    crmi_response r = answer(200, token_json);
    (void)state;
    crmi_auth_token_init(&t, &alloc);
    assert_int_equal(crmi_auth_token_read(&r, false, &t, &verdict, NULL), CRMSYNC_OK);
    assert_int_equal(verdict, CRMI_AUTH_GRANTED);
    assert_true(text_is(t.access_token, "00Dx0000000BV7z!AR8AQAxo9UfVkh8A"));
    assert_true(text_is(t.refresh_token, "5Aep8614iLM.Dq=="));
    assert_true(text_is(t.instance_url, "https://mydomainname.my.salesforce.com"));
    assert_true(text_is(t.org_id, "00Dx0000000BV7zEAM"));
    assert_true(text_is(t.user_id, "005x00000012Q9PAAU"));
    assert_true(text_is(t.scope, "api id refresh_token"));
    assert_int_equal(t.issued_at_ms, INT64_C(1278448832702));
    /* a refresh without rotation, and a JWT answer, lack members */
    r = answer(200, "{\"access_token\":\"t\",\"instance_url\":\"http://127.0.0.1:9\"}");
    assert_int_equal(crmi_auth_token_read(&r, true, &t, &verdict, NULL), CRMSYNC_OK);
    assert_int_equal(t.refresh_token.len, 0);
    assert_int_equal(t.org_id.len, 0);
    assert_int_equal(t.issued_at_ms, 0);
    crmi_auth_token_clear(&t);
}

static void test_token_read__refusals_have_their_verdict(void **state)
{
    static const struct {
        int32_t status;
        const char *error, *description;
        uint32_t verdict;
        int32_t code;
    } rows[] = {
        {400, "invalid_grant", "expired access/refresh token", CRMI_AUTH_REVOKED, CRMSYNC_E_AUTH},
        {400, "invalid_grant", "expired authorization code", CRMI_AUTH_CODE_EXPIRED,
         CRMSYNC_E_AUTH},
        {400, "invalid_grant", "authentication failure - Invalid Password", CRMI_AUTH_CREDENTIALS,
         CRMSYNC_E_AUTH},
        {400, "invalid_grant", "Inactive User", CRMI_AUTH_USER_INACTIVE, CRMSYNC_E_AUTH},
        {400, "invalid_grant", "user is inactive", CRMI_AUTH_USER_INACTIVE, CRMSYNC_E_AUTH},
        {400, "invalid_grant", "ip restricted", CRMI_AUTH_IP_RESTRICTED, CRMSYNC_E_AUTH},
        {400, "invalid_grant", "user hasn't approved this consumer", CRMI_AUTH_NOT_APPROVED,
         CRMSYNC_E_AUTH},
        {400, "invalid_grant", "user is not admin approved", CRMI_AUTH_NOT_APPROVED,
         CRMSYNC_E_AUTH},
        {400, "invalid_grant", "audience is invalid", CRMI_AUTH_ASSERTION, CRMSYNC_E_INVALID},
        {400, "invalid_grant", "invalid assertion", CRMI_AUTH_ASSERTION, CRMSYNC_E_INVALID},
        {400, "invalid_grant", "activation secret invalid", CRMI_AUTH_LATER, CRMSYNC_E_SALESFORCE},
        {400, "invalid_grant", "Password has expired", CRMI_AUTH_PASSWORD_EXPIRED, CRMSYNC_E_AUTH},
        {400, "invalid_grant", "INVALID_LOGIN: Invalid username, or user locked out.",
         CRMI_AUTH_CREDENTIALS, CRMSYNC_E_AUTH},
        {400, "invalid_grant", "user is locked out", CRMI_AUTH_LOCKED, CRMSYNC_E_AUTH},
        {400, "invalid_grant", "Multi-Factor Authentication is required", CRMI_AUTH_MFA,
         CRMSYNC_E_AUTH},
        {400, "invalid_grant", "High assurance session required", CRMI_AUTH_SESSION_LEVEL,
         CRMSYNC_E_AUTH},
        {400, "unsupported_grant_type", "password flow is disabled", CRMI_AUTH_FLOW_OFF,
         CRMSYNC_E_AUTH},
        {400, "invalid_grant", "something new", CRMI_AUTH_REVOKED, CRMSYNC_E_AUTH},
        {400, "invalid_client_id", "client identifier invalid", CRMI_AUTH_CLIENT,
         CRMSYNC_E_INVALID},
        {401, "invalid_client", "invalid client credentials", CRMI_AUTH_CLIENT, CRMSYNC_E_INVALID},
        {400, "app_not_found", "External client app is not installed in this org",
         CRMI_AUTH_APP_NOT_INSTALLED, CRMSYNC_E_AUTH},
        {400, "inactive_org", "x", CRMI_AUTH_ORG_INACTIVE, CRMSYNC_E_AUTH},
        {400, "redirect_uri_mismatch", "x", CRMI_AUTH_REQUEST, CRMSYNC_E_INVALID},
        {400, "rate_limit_exceeded", "x", CRMI_AUTH_LATER, CRMSYNC_E_SALESFORCE},
        {400, "error_of_tomorrow", "x", CRMI_AUTH_REQUEST, CRMSYNC_E_INVALID},
    };
    crmsync_alloc alloc = libc_table();
    crmi_auth_token t;
    (void)state;
    crmi_auth_token_init(&t, &alloc);
    for (size_t i = 0; i < COUNT(rows); i++) {
        char body[300];
        uint32_t verdict;
        crmsync_error *err = NULL;
        snprintf(body, sizeof body, "{\"error\":\"%s\",\"error_description\":\"%s\"}",
                 rows[i].error, rows[i].description);
        crmi_response r = answer(rows[i].status, body);
        int32_t rc = crmi_auth_token_read(&r, false, &t, &verdict, &err);
        if (rc != rows[i].code || verdict != rows[i].verdict)
            fail_msg("%s/%s: %d, verdict %u", rows[i].error, rows[i].description, (int)rc, verdict);
        assert_true(crmsync_error_remedy(err).len > 0);
        assert_true(text_is(crmsync_error_salesforce_code(err), rows[i].error));
        assert_int_equal(t.access_token.len, 0);
        crmsync_error_free(err);
    }
    crmi_auth_token_clear(&t);
}

static void test_token_read__answers_that_are_none_leave_no_token(void **state)
{
    static const struct {
        int32_t status;
        const char *body;
        uint32_t verdict;
        int32_t code;
    } rows[] = {
        {200, "", CRMI_AUTH_UNANSWERED, CRMSYNC_E_PROTOCOL},
        {200, "<html>", CRMI_AUTH_UNANSWERED, CRMSYNC_E_PROTOCOL},
        {200, "{}", CRMI_AUTH_UNANSWERED, CRMSYNC_E_PROTOCOL},
        {200, "[]", CRMI_AUTH_UNANSWERED, CRMSYNC_E_PROTOCOL},
        {500, "<html>", CRMI_AUTH_UNANSWERED, CRMSYNC_E_PROTOCOL},
        {503, "", CRMI_AUTH_UNANSWERED, CRMSYNC_E_PROTOCOL},
        {420, "", CRMI_AUTH_LATER, CRMSYNC_E_SALESFORCE},
        {429, "x", CRMI_AUTH_LATER, CRMSYNC_E_SALESFORCE},
        {404, "<html>", CRMI_AUTH_REQUEST, CRMSYNC_E_INVALID},
        {200, "{\"access_token\":\"a\\r\\nX: y\",\"instance_url\":\"https://a.my.salesforce.com\"}",
         CRMI_AUTH_UNANSWERED, CRMSYNC_E_PROTOCOL},
        {200, "{\"access_token\":\"a\",\"instance_url\":\"https://evil.example\"}",
         CRMI_AUTH_UNANSWERED, CRMSYNC_E_PROTOCOL},
        {200, "{\"access_token\":\"a\",\"instance_url\":\"http://127.0.0.1\"}",
         CRMI_AUTH_UNANSWERED, CRMSYNC_E_PROTOCOL},
        {200, "{\"access_token\":\"a\"}", CRMI_AUTH_UNANSWERED, CRMSYNC_E_PROTOCOL},
        {200,
         "{\"access_token\":\"a\",\"access_token\":\"b\",\"instance_url\":"
         "\"https://a.my.salesforce.com\"}",
         CRMI_AUTH_UNANSWERED, CRMSYNC_E_PROTOCOL},
        {200,
         "{\"access_token\":\"a\",\"token_type\":\"mac\",\"instance_url\":"
         "\"https://a.my.salesforce.com\"}",
         CRMI_AUTH_UNANSWERED, CRMSYNC_E_PROTOCOL},
    };
    crmsync_alloc alloc = libc_table();
    crmi_auth_token t;
    (void)state;
    crmi_auth_token_init(&t, &alloc);
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint32_t verdict;
        crmi_response r = answer(rows[i].status, rows[i].body);
        int32_t rc = crmi_auth_token_read(&r, false, &t, &verdict, NULL);
        if (rc != rows[i].code || verdict != rows[i].verdict)
            fail_msg("row %zu: %d, verdict %u", i, (int)rc, verdict);
        assert_int_equal(t.access_token.len, 0);
        assert_int_equal(t.instance_url.len, 0);
    }
    crmi_auth_token_clear(&t);
}

static void test_token_read__errors_never_tell_a_token(void **state)
{
    crmsync_alloc alloc = libc_table();
    crmi_auth_token t;
    uint32_t verdict;
    crmsync_error *err = NULL;
    crmi_response r = answer(200, "{\"access_token\":\"SECRET\",\"refresh_token\":\"SECRET\","
                                  "\"instance_url\":\"https://evil.example/SECRET\"}");
    (void)state;
    crmi_auth_token_init(&t, &alloc);
    assert_int_equal(crmi_auth_token_read(&r, false, &t, &verdict, &err), CRMSYNC_E_PROTOCOL);
    assert_true(crmi_str_find(crmsync_error_message(err), CRMI_STR("SECRET")) < 0);
    crmsync_error_free(err);
    err = NULL;
    r = answer(200, "{\"access_token\":\"SECRET\",");
    assert_int_equal(crmi_auth_token_read(&r, false, &t, &verdict, &err), CRMSYNC_E_PROTOCOL);
    assert_true(crmi_str_find(crmsync_error_message(err), CRMI_STR("SECRET")) < 0);
    crmsync_error_free(err);
}

static void test_revoke_read__dead_tokens_count_as_revoked(void **state)
{
    crmi_response r = answer(200, "");
    (void)state;
    assert_int_equal(crmi_auth_revoke_read(&r, NULL), CRMSYNC_OK);
    r = answer(400, "error=unsupported_token_type&error_description=this+token+type");
    assert_int_equal(crmi_auth_revoke_read(&r, NULL), CRMSYNC_OK);
    r = answer(503, "");
    assert_int_equal(crmi_auth_revoke_read(&r, NULL), CRMSYNC_E_SALESFORCE);
}

static int32_t everything(const crmsync_alloc *alloc, crmsync_error **err)
{
    crmi_auth_token t;
    crmi_buf b;
    crmi_request request;
    crmi_arena arena;
    crmi_auth_callback callback;
    uint32_t verdict;
    crmi_response r = answer(200, token_json);
    crmi_auth_client app = {CRMI_STR("https://a.my.salesforce.com"), CRMI_STR("id"), CRMI_STR("s")};
    crmi_auth_token_init(&t, alloc);
    crmi_buf_init(&b, alloc);
    crmi_request_init(&request, alloc);
    crmi_arena_init(&arena, alloc);
    int32_t rc = crmi_auth_login_url(&b, CRMI_STR("acme"), 0, false, err);
    if (!rc)
        rc = crmi_auth_refresh_request(&request, &app, CRMI_STR("r"), err);
    if (!rc)
        rc = crmi_auth_callback_read(&arena, CRMI_STR("?code=1&state=s"), CRMI_STR("s"), &callback,
                                     err);
    if (!rc)
        rc = crmi_auth_token_read(&r, false, &t, &verdict, err);
    crmi_arena_clear(&arena);
    crmi_request_clear(&request);
    crmi_buf_clear(&b);
    crmi_auth_token_clear(&t);
    return rc;
}

static void test_auth__no_memory_anywhere_leaks_nothing(void **state)
{
    (void)state;
    assert_true(sweep_memory(everything) > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_login_url__domain_prefixes_hosts_and_urls),
        cmocka_unit_test(test_url_check__tokens_go_to_salesforce_alone),
        cmocka_unit_test(test_challenge__known_answer_and_bad_verifiers),
        cmocka_unit_test(test_authorize_url__parameters_are_encoded_once),
        cmocka_unit_test(test_token_requests__forms_of_each_grant),
        cmocka_unit_test(test_jwt_request__assertion_is_signed_and_short_lived),
        cmocka_unit_test(test_callback_read__code_refusals_and_foreign_states),
        cmocka_unit_test(test_callback_read__without_a_state_of_ours_nothing_passes),
        cmocka_unit_test(test_token_read__documented_answer_is_taken_apart),
        cmocka_unit_test(test_token_read__refusals_have_their_verdict),
        cmocka_unit_test(test_token_read__answers_that_are_none_leave_no_token),
        cmocka_unit_test(test_token_read__errors_never_tell_a_token),
        cmocka_unit_test(test_revoke_read__dead_tokens_count_as_revoked),
        cmocka_unit_test(test_auth__no_memory_anywhere_leaks_nothing),
    };
    return cmocka_run_group_tests_name("salesforce_auth", tests, NULL, NULL);
}
