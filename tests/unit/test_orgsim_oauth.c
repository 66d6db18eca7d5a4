/* test_orgsim_oauth.c: how tokens are got, refreshed, rotated and lost. */
#include "test_orgsim.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#define TOKEN "/services/oauth2/token"
#define CLIENT "client_id=orgsim-client&client_secret=orgsim-secret"

/* RFC 7636, appendix B. */
#define VERIFIER "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
#define CHALLENGE "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

static reply form(orgsim *org, const char *target, const char *body)
{
    crmsync_header header = {view("Content-Type"), view("application/x-www-form-urlencoded")};
    orgsim_request request = {view("POST"), view(target), &header, 1, view(body)};
    reply r;
    memset(&r, 0, sizeof r);
    orgsim_handle(org, &request, &r.response);
    r.status = r.response.status;
    r.doc = yyjson_read(r.response.body, r.response.body_len, 0);
    r.root = yyjson_doc_get_root(r.doc);
    return r;
}

static int status_with(orgsim *org, const char *token)
{
    char bearer[300];
    orgsim_response response;
    snprintf(bearer, sizeof bearer, "Bearer %s", token);
    crmsync_header header = {view("Authorization"), view(bearer)};
    orgsim_request request = {view("GET"), view("/services/data/v60.0/limits"), &header, 1,
                              view("")};
    orgsim_handle(org, &request, &response);
    int status = response.status;
    orgsim_response_clear(&response);
    return status;
}

static const char authorize[] =
    "http://127.0.0.1/services/oauth2/authorize?response_type=code&client_id=orgsim-client&"
    "redirect_uri=https%3A%2F%2Fhost%2Fcb&state=a%20b&scope=api%20refresh_token&"
    "code_challenge=" CHALLENGE "&code_challenge_method=S256";

/* The encoded code of a callback. */
static void take_code(orgsim *org, char code[128])
{
    char *location = orgsim_browser_allow(org, authorize);
    const char *from = strstr(location, "code=");
    assert_int_equal(strncmp(location, "https://host/cb?code=", 21), 0);
    assert_non_null(from);
    snprintf(code, 128, "%.*s", (int)strcspn(from + 5, "&"), from + 5);
    assert_non_null(strstr(location, "&state=a%20b"));
    orgsim_string_free(location);
}

static reply exchange(orgsim *org, const char *code, const char *more)
{
    char body[600];
    snprintf(body, sizeof body, "grant_type=authorization_code&code=%s&" CLIENT "&%s", code, more);
    return form(org, TOKEN, body);
}

#define GOOD "redirect_uri=https%3A%2F%2Fhost%2Fcb&code_verifier=" VERIFIER

static reply refresh(orgsim *org, const char *token)
{
    char body[400];
    snprintf(body, sizeof body, "grant_type=refresh_token&refresh_token=%.*s%%3D%%3D&" CLIENT,
             (int)strcspn(token, "="), token);
    return form(org, TOKEN, body);
}

static void test_code__exchanged_once__gives_tokens_that_work(void **state)
{
    char code[128];
    orgsim *org = orgsim_new(NULL);
    (void)state;
    take_code(org, code);
    reply r = exchange(org, code, GOOD);
    assert_int_equal(r.status, 200);
    assert_string_equal(text_at(&r, "/issued_at"), "1767603600000");
    assert_string_equal(text_at(&r, "/token_type"), "Bearer");
    assert_null(yyjson_ptr_get(r.root, "/expires_in"));
    assert_int_equal(status_with(org, text_at(&r, "/access_token")), 200);
    reply again = exchange(org, code, GOOD);
    assert_string_equal(text_at(&again, "/error"), "invalid_grant");
    assert_string_equal(text_at(&again, "/error_description"), "expired authorization code");
    done(&again);
    assert_int_equal(status_with(org, text_at(&r, "/access_token")), 401);
    done(&r);
    orgsim_free(org);
}

static void test_code__wrong_proof__is_refused(void **state)
{
    static const struct { const char *more, *error; } cases[] = {
        {"redirect_uri=https%3A%2F%2Fhost%2Fcb", "invalid_grant"},
        {"redirect_uri=https%3A%2F%2Fhost%2Fcb&code_verifier=wrong", "invalid_request"},
        {"redirect_uri=https%3A%2F%2Fother%2Fcb&code_verifier=" VERIFIER, "redirect_uri_mismatch"},
    };
    char code[128];
    orgsim *org = orgsim_new(NULL);
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        take_code(org, code);
        reply r = exchange(org, code, cases[i].more);
        assert_int_equal(r.status, 400);
        assert_string_equal(text_at(&r, "/error"), cases[i].error);
        done(&r);
    }
    take_code(org, code);
    orgsim_set_now(org, orgsim_now(org) + 16 * 60000);
    reply r = exchange(org, code, GOOD);
    assert_string_equal(text_at(&r, "/error_description"), "expired authorization code");
    done(&r);
    orgsim_free(org);
}

static void test_browser__denied_or_wrong__comes_back_with_an_error(void **state)
{
    orgsim *org = orgsim_new(NULL);
    (void)state;
    char *location = orgsim_browser_deny(org, authorize);
    assert_non_null(strstr(location, "error=access_denied"));
    assert_non_null(strstr(location, "&state=a%20b"));
    orgsim_string_free(location);
    location = orgsim_browser_allow(org, "http://x/?response_type=code&client_id=other&"
                                         "redirect_uri=http%3A%2F%2Fh");
    assert_non_null(strstr(location, "error=invalid_client_id"));
    orgsim_string_free(location);
    location = orgsim_browser_allow(org, "http://x/?response_type=code&client_id=orgsim-client&"
                                         "code_challenge=x&code_challenge_method=plain");
    assert_non_null(strstr(location, "error=invalid_request"));
    orgsim_string_free(location);
    orgsim_free(org);
}

static void test_refresh__without_rotation__keeps_the_token(void **state)
{
    char code[128];
    orgsim *org = orgsim_new(NULL);
    (void)state;
    take_code(org, code);
    reply first = exchange(org, code, GOOD);
    for (int i = 0; i < 2; i++) {
        reply r = refresh(org, text_at(&first, "/refresh_token"));
        assert_int_equal(r.status, 200);
        assert_null(yyjson_ptr_get(r.root, "/refresh_token"));
        assert_int_equal(status_with(org, text_at(&r, "/access_token")), 200);
        done(&r);
    }
    orgsim_switch(org, "refresh_revoke", "");
    reply r = refresh(org, text_at(&first, "/refresh_token"));
    assert_string_equal(text_at(&r, "/error_description"), "expired access/refresh token");
    done(&r);
    done(&first);
    orgsim_free(org);
}

static void test_refresh__rotated_token_again__kills_the_family(void **state)
{
    char code[128];
    orgsim_options options = {0};
    (void)state;
    options.rotate_refresh_tokens = true;
    orgsim *org = orgsim_new(&options);
    take_code(org, code);
    reply first = exchange(org, code, GOOD);
    reply second = refresh(org, text_at(&first, "/refresh_token"));
    assert_int_equal(second.status, 200);
    assert_string_not_equal(text_at(&second, "/refresh_token"), text_at(&first, "/refresh_token"));
    assert_int_equal(status_with(org, text_at(&second, "/access_token")), 200);
    reply thief = refresh(org, text_at(&first, "/refresh_token"));
    assert_int_equal(thief.status, 400);
    assert_int_equal(status_with(org, text_at(&second, "/access_token")), 401);
    reply r = refresh(org, text_at(&second, "/refresh_token"));
    assert_string_equal(text_at(&r, "/error"), "invalid_grant");
    done(&r);
    done(&thief);
    done(&second);
    done(&first);
    orgsim_free(org);
}

static void test_token__other_grants__answer_by_the_table(void **state)
{
    static const struct { const char *body; int status; const char *error; } cases[] = {
        {"grant_type=client_credentials&" CLIENT, 200, "(none)"},
        {"grant_type=client_credentials&client_id=orgsim-client&client_secret=x", 400,
         "invalid_client"},
        {"grant_type=client_credentials&client_id=x&client_secret=x", 400, "invalid_client_id"},
        {"grant_type=password&" CLIENT "&username=ada@example.com&password=secrettoken", 200,
         "(none)"},
        {"grant_type=password&" CLIENT "&username=ada@example.com&password=secret", 400,
         "invalid_grant"},
        {"grant_type=password&" CLIENT "&username=dora@example.com&password=secrettoken", 400,
         "invalid_grant"},
        {"grant_type=refresh_token&refresh_token=x&" CLIENT, 400, "invalid_grant"},
        {"grant_type=refresh_token&refresh_token=x&client_id=y", 400, "invalid_client_id"},
        {"grant_type=nope", 400, "unsupported_grant_type"},
        {"x=y", 400, "invalid_request"},
    };
    orgsim *org = orgsim_new(NULL);
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        reply r = form(org, TOKEN, cases[i].body);
        assert_int_equal(r.status, cases[i].status);
        assert_string_equal(text_at(&r, "/error"), cases[i].error);
        assert_null(yyjson_ptr_get(r.root, "/refresh_token"));
        done(&r);
    }
    orgsim_switch(org, "token_error", "invalid_grant:ip restricted");
    reply r = form(org, TOKEN, cases[0].body);
    assert_string_equal(text_at(&r, "/error_description"), "ip restricted");
    done(&r);
    assert_int_equal(orgsim_usage_get(org).api_calls, 0);
    assert_true(orgsim_usage_get(org).token_calls > 0);
    orgsim_free(org);
}

static void test_revoke__tokens__die_and_errors_are_a_form(void **state)
{
    char code[128], body[300];
    orgsim *org = orgsim_new(NULL);
    (void)state;
    take_code(org, code);
    reply first = exchange(org, code, GOOD);
    snprintf(body, sizeof body, "token=%.*s%%3D%%3D",
             (int)strcspn(text_at(&first, "/refresh_token"), "="),
             text_at(&first, "/refresh_token"));
    reply r = form(org, "/services/oauth2/revoke", body);
    assert_int_equal(r.status, 200);
    done(&r);
    assert_int_equal(status_with(org, text_at(&first, "/access_token")), 401);
    r = form(org, "/services/oauth2/revoke", "token=unknown");
    assert_int_equal(r.status, 400);
    assert_int_equal(strncmp(r.response.body, "error=unsupported_token_type", 28), 0);
    done(&r);
    done(&first);
    orgsim_free(org);
}

static void test_identity__of_a_token__names_user_and_org(void **state)
{
    orgsim *org = orgsim_new(NULL);
    (void)state;
    reply token = form(org, TOKEN, "grant_type=client_credentials&" CLIENT);
    const char *path = strstr(text_at(&token, "/id"), "/id/");
    char bearer[300], body[400];
    snprintf(bearer, sizeof bearer, "Bearer %s", text_at(&token, "/access_token"));
    crmsync_header header = {view("Authorization"), view(bearer)};
    orgsim_request request = {view("GET"), view(path), &header, 1, view("")};
    orgsim_response response;
    orgsim_handle(org, &request, &response);
    assert_int_equal(response.status, 200);
    assert_non_null(strstr(response.body, "\"username\":\"integration@example.com\""));
    assert_non_null(strstr(response.body, "\"organization_id\":\"00D000000000001EAA\""));
    orgsim_response_clear(&response);
    snprintf(body, sizeof body, "token=%s&" CLIENT, text_at(&token, "/access_token"));
    reply r = form(org, "/services/oauth2/introspect", body);
    assert_true(yyjson_get_bool(yyjson_ptr_get(r.root, "/active")));
    done(&r);
    orgsim_switch(org, "session_expire", "");
    r = form(org, "/services/oauth2/introspect", body);
    assert_string_equal(r.response.body, "{\"active\":false}");
    done(&r);
    done(&token);
    orgsim_free(org);
}

/* ---- JWT ---- */

static void base64url(const unsigned char *bytes, size_t len, char *out)
{
    int n = EVP_EncodeBlock((unsigned char *)out, bytes, (int)len);
    while (n && out[n - 1] == '=')
        n--;
    out[n] = '\0';
    for (char *c = out; *c; c++)
        *c = *c == '+' ? '-' : *c == '/' ? '_' : *c;
}

static void sign_jwt(EVP_PKEY *key, const char *claims, char out[2000])
{
    unsigned char signature[512];
    size_t len = sizeof signature;
    base64url((const unsigned char *)"{\"alg\":\"RS256\"}", 15, out);
    strcat(out, ".");
    base64url((const unsigned char *)claims, strlen(claims), out + strlen(out));
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, key), 1);
    assert_int_equal(
        EVP_DigestSign(md, signature, &len, (const unsigned char *)out, strlen(out)), 1);
    EVP_MD_CTX_free(md);
    strcat(out, ".");
    base64url(signature, len, out + strlen(out));
}

#define CLAIMS(iss, sub, aud, exp) \
    "{\"iss\":\"" iss "\",\"sub\":\"" sub "\",\"aud\":\"" aud "\",\"exp\":" exp "}"
#define LOGIN "https://login.salesforce.com"
#define ADA "ada@example.com"

static void test_jwt__claims__decide(void **state)
{
    static const struct { const char *claims, *said; } cases[] = {
        {CLAIMS("orgsim-client", ADA, LOGIN, "1767603700"), "(none)"},
        {CLAIMS("orgsim-client", ADA, LOGIN, "\"1767603700\""), "(none)"},
        {CLAIMS("orgsim-client", ADA, LOGIN, "1767603599"), "expired assertion"},
        {CLAIMS("orgsim-client", ADA, LOGIN, "1767623600"), "invalid assertion"},
        {CLAIMS("orgsim-client", ADA, "https://evil.example", "1767603700"),
         "audience is invalid"},
        {CLAIMS("other", ADA, LOGIN, "1767603700"), "client identifier invalid"},
        {CLAIMS("orgsim-client", "nobody@example.com", LOGIN, "1767603700"),
         "user hasn't approved this consumer"},
        {CLAIMS("orgsim-client", "dora@example.com", LOGIN, "1767603700"), "inactive user"},
    };
    static const char grant[] =
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=";
    char jwt[2000], body[2200], *pem = NULL;
    (void)state;
    EVP_PKEY *key = EVP_RSA_gen(2048), *other = EVP_RSA_gen(2048);
    BIO *bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PUBKEY(bio, key);
    long len = BIO_get_mem_data(bio, &pem);
    char *text = calloc(1, (size_t)len + 1);
    memcpy(text, pem, (size_t)len);
    orgsim_options options = {0};
    options.jwt_public_pem = text;
    orgsim *org = orgsim_new(&options);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sign_jwt(key, cases[i].claims, jwt);
        snprintf(body, sizeof body, "%s%s", grant, jwt);
        reply r = form(org, TOKEN, body);
        assert_string_equal(text_at(&r, "/error_description"), cases[i].said);
        assert_null(yyjson_ptr_get(r.root, "/refresh_token"));
        done(&r);
    }
    sign_jwt(other, cases[0].claims, jwt);
    snprintf(body, sizeof body, "%s%s", grant, jwt);
    reply r = form(org, TOKEN, body);
    assert_string_equal(text_at(&r, "/error_description"), "invalid signature");
    done(&r);
    orgsim_free(org);
    free(text);
    BIO_free(bio);
    EVP_PKEY_free(key);
    EVP_PKEY_free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_code__exchanged_once__gives_tokens_that_work),
        cmocka_unit_test(test_code__wrong_proof__is_refused),
        cmocka_unit_test(test_browser__denied_or_wrong__comes_back_with_an_error),
        cmocka_unit_test(test_refresh__without_rotation__keeps_the_token),
        cmocka_unit_test(test_refresh__rotated_token_again__kills_the_family),
        cmocka_unit_test(test_token__other_grants__answer_by_the_table),
        cmocka_unit_test(test_revoke__tokens__die_and_errors_are_a_form),
        cmocka_unit_test(test_identity__of_a_token__names_user_and_org),
        cmocka_unit_test(test_jwt__claims__decide),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
