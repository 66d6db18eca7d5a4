/*
 * Whole scenes, after which every line of log, trace, error and state is searched for every secret
 * that was in play: client secret, password, private key, codes, verifiers, assertions, tokens.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "host.h"
#include "org.h" /* the tokens that the org gave out */
#include "text.h"

enum { SECRETS = 200, SHORTEST = 10, LAST_SPACE = CRMSYNC_SPACE_UNDO };

static const char config[] =
    "{\"connection\":{\"client_id\":\"orgsim-client\",\"redirect_uri\":\"http://127.0.0.1:9/cb\","
    "\"login_host\":\"http://127.0.0.1\",\"allow_loopback_http\":true},"
    "\"objects\":{\"Lead\":{\"direction\":\"both\",\"create\":{\"out\":true},\"fields\":["
    "{\"local\":\"first_name\",\"remote\":\"FirstName\"},"
    "{\"local\":\"last_name\",\"remote\":\"LastName\"},{\"local\":\"email\",\"remote\":\"Email\"},"
    "{\"local\":\"company\",\"remote\":\"Company\"}]}}}";
static const char people[] =
    "{\"id\":\"p1\",\"first_name\":\"Ada\",\"last_name\":\"One\",\"email\":\"ada@one.com\","
    "\"company\":\"One\"}\n{\"id\":\"p2\",\"first_name\":\"Bea\",\"last_name\":\"Two\","
    "\"email\":\"bea@two.com\",\"company\":\"Two\"}";

/* What could be read by somebody, and what nobody may read. */
typedef struct ear {
    scene *scene;
    char *heard;
    size_t len, cap;
    size_t lines;
    char *secrets[SECRETS];
    size_t secret_count;
} ear;

static void hear(void *ctx, const char *what, crmsync_str text)
{
    ear *e = ctx;
    size_t more = strlen(what) + text.len + 4;
    if (e->len + more > e->cap) {
        e->cap = (e->len + more) * 2;
        e->heard = realloc(e->heard, e->cap);
        assert_non_null(e->heard);
    }
    e->len += (size_t)snprintf(e->heard + e->len, e->cap - e->len, "%s: ", what);
    for (size_t i = 0; i < text.len; i++) /* a zero byte would end the search */
        e->heard[e->len++] = text.ptr[i] ? text.ptr[i] : ' ';
    e->heard[e->len++] = '\n';
    e->heard[e->len] = '\0';
    e->lines++;
}

static void learn(ear *e, const char *secret, size_t len)
{
    if (len < SHORTEST)
        return;
    for (size_t i = 0; i < e->secret_count; i++) {
        if (strlen(e->secrets[i]) == len && memcmp(e->secrets[i], secret, len) == 0)
            return;
    }
    assert_true(e->secret_count < SECRETS);
    e->secrets[e->secret_count] = calloc(1, len + 1);
    assert_non_null(e->secrets[e->secret_count]);
    memcpy(e->secrets[e->secret_count++], secret, len);
}

/* The longest run of letters and digits, and of signs of base64url: whatever is done to a secret on
 * its way into a text (escaping, encoding), such a run stays what it is. */
static void learn_core(ear *e, const char *secret)
{
    static const char signs[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    const char *best = secret;
    size_t most = 0;
    const char *from = strchr(secret, '!'); /* before it stands the org's id, which is no secret */
    for (const char *at = from ? from + 1 : secret; *at;) {
        size_t run = strspn(at, signs);
        if (run > most) {
            best = at;
            most = run;
        }
        at += run + (at[run] != '\0');
    }
    learn(e, from ? from : secret, strlen(from ? from : secret));
    learn(e, best, most);
}

/* Values of a form that are secrets. */
static void learn_form(ear *e, crmsync_str form)
{
    static const char *const names[] = {"code", "code_verifier", "client_secret", "refresh_token",
                                        "assertion", "password", "token"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *value = orgsim_form_value(form.ptr ? form.ptr : "", form.len, names[i]);
        if (value)
            learn_core(e, value);
        free(value);
    }
}

static void watch(void *ctx, const crmsync_http_request *request, int status)
{
    ear *e = ctx;
    (void)status;
    learn_form(e, request->body);
    for (size_t i = 0; i < request->header_count; i++) {
        crmsync_str value = request->headers[i].value;
        if (value.len > 7 && memcmp(value.ptr, "Bearer ", 7) == 0) {
            char *token = orgsim_copy(value.ptr + 7, value.len - 7);
            learn_core(e, token);
            free(token);
        }
    }
}

static void learn_org(ear *e)
{
    const orgsim *org = e->scene->org;
    for (size_t i = 0; i < org->token_count; i++)
        learn_core(e, org->tokens[i].text);
    for (size_t i = 0; i < org->refresh_count; i++)
        learn_core(e, org->refreshes[i].text);
    learn_core(e, "orgsim-secret");
    learn_core(e, "secrettoken");
}

/* ---- the state store, whole ---- */

static void hear_item(void *ctx, const crmsync_kv_item *item)
{
    hear(ctx, "key of the state", item->key);
    hear(ctx, "value of the state", item->value);
}

static void hear_state(ear *e)
{
    for (uint32_t space = 1; space <= LAST_SPACE; space++)
        scene_each(e->scene, space, hear_item, e);
}

/* The first secret that stands somewhere; *line is where. NULL = none does. */
static const char *found(const ear *e, const char **line)
{
    for (size_t i = 0; i < e->secret_count; i++) {
        const char *at = strstr(e->heard, e->secrets[i]);
        if (!at)
            continue;
        for (*line = at; *line > e->heard && (*line)[-1] != '\n';)
            (*line)--;
        return e->secrets[i];
    }
    return NULL;
}

static void ear_open(ear *e, scene *s)
{
    memset(e, 0, sizeof *e);
    e->scene = s;
    s->hear = hear;
    s->hear_ctx = e;
    orgsim_transport_watch(s->transport, watch, e);
}

static void ear_close(ear *e)
{
    for (size_t i = 0; i < e->secret_count; i++)
        free(e->secrets[i]);
    free(e->heard);
}

/* Looks at the state, then at all that was heard; at least so many secrets must have been in play. */
static void assert_silent(ear *e, size_t secrets)
{
    learn_org(e);
    hear_state(e);
    assert_true(e->secret_count >= secrets);
    assert_true(e->lines > 10);
    const char *line, *secret = found(e, &line);
    if (secret)
        fail_msg("the secret %.6s... stands in: %.*s", secret, (int)strcspn(line, "\n"), line);
}

/* ---- scenes ---- */

static const uint32_t all = CRMSYNC_PHASE_SYNC;

static void test_secrets__of_a_person_who_connects__are_told_nowhere(void **state)
{
    static const char *const troubles[] = {"session_expire", "refresh_revoke"};
    const orgsim_options org = {.rotate_refresh_tokens = true};
    scene s;
    host h;
    ear e;
    (void)state;
    scene_open_org(&s, &org, false, config);
    ear_open(&e, &s);
    host_start(&h, &s, false);
    assert_int_equal(host_open(&h), CRMSYNC_OK);
    host_connect(&h);
    scene_put(&s, "person", people);
    assert_int_equal(host_run(&h, all, 0), CRMSYNC_OK);
    assert_int_equal(orgsim_insert(s.org, "Lead", "{\"LastName\":\"L\",\"Company\":\"C\"}", NULL), 0);
    for (int i = 0; i < 3; i++) { /* tokens are refreshed, and rotate */
        orgsim_switch(s.org, "session_expire", "");
        scene_pass(&s, 60000);
        assert_int_equal(host_run(&h, all, 0), CRMSYNC_OK);
    }
    for (int kind = ORGSIM_FAULT_REFUSED; kind < ORGSIM_FAULT_LAST; kind++) { /* and all goes wrong */
        orgsim_switch(s.org, "session_expire", "");
        scene_put(&s, "person", people);
        orgsim_transport_fault(s.transport, 1 + (uint64_t)kind % 3, (enum orgsim_fault_kind)kind);
        host_run(&h, all, 0);
        orgsim_transport_fault(s.transport, 0, ORGSIM_FAULT_NONE);
        scene_pass(&s, 3600000);
    }
    orgsim_switch(s.org, "token_error", "invalid_grant:expired access/refresh token");
    for (size_t i = 0; i < 2; i++)
        orgsim_switch(s.org, troubles[i], "");
    assert_int_not_equal(host_run(&h, all, 0), CRMSYNC_OK);
    assert_true(strlen(h.last_error) > 0);
    assert_silent(&e, 12);
    host_stop(&h);
    scene_close(&s);
    ear_close(&e);
}

static void test_secrets__of_disconnecting__are_revoked_and_gone(void **state)
{
    scene s;
    host h;
    ear e;
    (void)state;
    scene_open(&s, true, config);
    ear_open(&e, &s);
    host_start(&h, &s, false);
    assert_int_equal(host_open(&h), CRMSYNC_OK);
    host_connect(&h);
    assert_int_equal(host_run(&h, CRMSYNC_PHASE_DISCONNECT, 0), CRMSYNC_OK);
    assert_silent(&e, 6);
    host_stop(&h);
    scene_close(&s);
    ear_close(&e);
}

static char *pem_of(EVP_PKEY *key, bool private)
{
    char *bytes;
    BIO *bio = BIO_new(BIO_s_mem());
    if (private)
        assert_int_equal(PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL), 1);
    else
        assert_int_equal(PEM_write_bio_PUBKEY(bio, key), 1);
    long len = BIO_get_mem_data(bio, &bytes);
    char *text = orgsim_copy(bytes, (size_t)len);
    BIO_free(bio);
    return text;
}

/* Each line of a key is a secret. */
static void learn_key(ear *e, const char *pem)
{
    for (const char *at = pem; *at;) {
        size_t len = strcspn(at, "\n");
        if (*at != '-')
            learn(e, at, len);
        at += len + (at[len] != '\0');
    }
}

static void test_secrets__of_a_signed_assertion__are_told_nowhere(void **state)
{
    static const char jwt_config[] =
        "{\"connection\":{\"flow\":\"jwt_bearer\",\"client_id\":\"orgsim-client\","
        "\"username\":\"integration@example.com\",\"login_host\":\"http://127.0.0.1\","
        "\"allow_loopback_http\":true},\"objects\":{\"Lead\":{\"direction\":\"out\","
        "\"create\":{\"out\":true},\"fields\":[{\"local\":\"last_name\",\"remote\":\"LastName\"},"
        "{\"local\":\"company\",\"remote\":\"Company\"},{\"local\":\"email\",\"remote\":\"Email\"}]}}}";
    EVP_PKEY *key = EVP_RSA_gen(2048), *other = EVP_RSA_gen(2048);
    char *public = pem_of(key, false), *private[] = {pem_of(key, true), pem_of(other, true)};
    const orgsim_options org = {.jwt_public_pem = public};
    char person[100];
    scene s;
    host h;
    ear e;
    (void)state;
    scene_open_org(&s, &org, false, jwt_config);
    ear_open(&e, &s);
    for (size_t i = 0; i < 3; i++) { /* with its key, with none of its own, with what is no key */
        const char *pem = i < 2 ? private[i] : "-----BEGIN PRIVATE KEY-----\nnoKeyAtAllButStillSecret\n";
        crmsync_error *err = NULL;
        learn_key(&e, pem);
        host_start(&h, &s, false);
        assert_int_equal(host_open(&h), CRMSYNC_OK);
        int32_t rc = crmsync_workspace_set_secret(
            h.workspace, (crmsync_str){"private_key", 11}, (crmsync_str){pem, strlen(pem)}, &err);
        hear(&e, "message of an error", crmsync_error_message(err));
        crmsync_error_free(err);
        orgsim_switch(s.org, "session_expire", "");
        snprintf(person, sizeof person, "{\"id\":\"p%zu\",\"last_name\":\"Doe\",\"company\":\"C\","
                 "\"email\":\"p%zu@c.com\"}", i, i);
        scene_put(&s, "person", person); /* so that the org has to be asked */
        scene_pass(&s, 3600000);
        rc = rc ? rc : host_run(&h, CRMSYNC_PHASE_CONNECT | CRMSYNC_PHASE_SYNC, 0);
        if ((rc == CRMSYNC_OK) != (i == 0))
            fail_msg("key %zu: %d %s", i, rc, h.last_error);
        host_stop(&h);
    }
    assert_silent(&e, 40);
    scene_close(&s);
    ear_close(&e);
    EVP_PKEY_free(key);
    EVP_PKEY_free(other);
    free(public);
    free(private[0]);
    free(private[1]);
}

/* What is pasted as a redirect may be anything; nothing of it comes back in an error. */
static void test_secrets__of_redirects_that_fail__are_told_nowhere(void **state)
{
    static const char *const backs[] = {
        "http://127.0.0.1:9/cb?code=aPrxSECRETCODE1234567890&state=of-somebody-else",
        "http://127.0.0.1:9/cb?error=access_denied&code=aPrxSECRETCODE1234567890",
        "http://127.0.0.1:9/elsewhere?code=aPrxSECRETCODE1234567890",
        "aPrxSECRETCODE1234567890"};
    scene s;
    host h;
    ear e;
    (void)state;
    scene_open(&s, false, config);
    ear_open(&e, &s);
    host_start(&h, &s, false);
    assert_int_equal(host_open(&h), CRMSYNC_OK);
    for (size_t i = 0; i < sizeof backs / sizeof *backs; i++) {
        crmsync_error *err = NULL;
        crmsync_str url;
        crmsync_job_options o = CRMSYNC_JOB_OPTIONS_INIT;
        crmsync_job *job = NULL;
        assert_int_equal(
            crmsync_workspace_authorize_url(h.workspace, (crmsync_str){NULL, 0}, &url, &err), 0);
        o.phases = CRMSYNC_PHASE_CONNECT;
        o.redirect_url = (crmsync_str){backs[i], strlen(backs[i])};
        int32_t rc = crmsync_job_new(h.workspace, &o, &job, &err);
        rc = rc ? rc : crmsync_job_run(job, &err);
        assert_int_not_equal(rc, CRMSYNC_OK);
        hear(&e, "message of an error", crmsync_error_message(err));
        hear(&e, "remedy of an error", crmsync_error_remedy(err));
        hear(&e, "place of an error", crmsync_error_where(err));
        crmsync_error_free(err);
        crmsync_job_free(job);
    }
    learn_core(&e, "aPrxSECRETCODE1234567890");
    assert_silent(&e, 2);
    host_stop(&h);
    scene_close(&s);
    ear_close(&e);
}

/* Were there one, it would be found. */
static void test_secrets__planted__are_found(void **state)
{
    scene s;
    ear e;
    (void)state;
    scene_open(&s, false, config);
    ear_open(&e, &s);
    hear(&e, "log", (crmsync_str){"all is well", 11});
    learn_core(&e, "00D000000000001EAA!AQ.abcdefghijklm");
    const char *line = NULL;
    assert_null(found(&e, &line));
    hear(&e, "log", (crmsync_str){"Bearer abcdefghijklm\n", 21});
    assert_non_null(found(&e, &line));
    assert_int_equal(strncmp(line, "log: Bearer", 11), 0);
    scene_close(&s);
    ear_close(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_secrets__of_a_person_who_connects__are_told_nowhere),
        cmocka_unit_test(test_secrets__of_disconnecting__are_revoked_and_gone),
        cmocka_unit_test(test_secrets__of_a_signed_assertion__are_told_nowhere),
        cmocka_unit_test(test_secrets__of_redirects_that_fail__are_told_nowhere),
        cmocka_unit_test(test_secrets__planted__are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
