/* oauth_token.c: the token endpoint and its grants. */
#include "oauth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CODE_LIFE_MINUTES = 15 };

void orgsim_oauth_refuse(orgsim_call *call, const char *error, const char *description)
{
    orgsim_buf_clear(&call->out);
    orgsim_buf_puts(&call->out, "{\"error\":");
    orgsim_buf_jsons(&call->out, error);
    orgsim_buf_puts(&call->out, ",\"error_description\":");
    orgsim_buf_jsons(&call->out, description);
    orgsim_buf_puts(&call->out, "}");
    orgsim_answer(call, 400);
}

static char *field(const orgsim_call *call, const char *name)
{
    return orgsim_form_value(call->body, call->body_len, name);
}

/* Splits "Basic base64(id:secret)". */
static void from_basic(const orgsim_call *call, char **id, char **secret)
{
    size_t len;
    const char *header = orgsim_pairs_get(&call->headers, "Authorization");
    if (!header || !orgsim_ieq_n(header, strcspn(header, " "), "Basic") || strlen(header) < 7)
        return;
    unsigned char *text = orgsim_base64_decode(header + 6, strlen(header + 6), &len);
    unsigned char *colon = text ? memchr(text, ':', len) : NULL;
    if (colon) {
        free(*id);
        free(*secret);
        *id = orgsim_copy((char *)text, (size_t)(colon - text));
        *secret = orgsim_copy((char *)colon + 1, len - (size_t)(colon - text) - 1);
    }
    free(text);
}

bool orgsim_oauth_client(orgsim_call *call, bool need_secret)
{
    const orgsim *org = call->org;
    char *id = field(call, "client_id"), *secret = field(call, "client_secret");
    from_basic(call, &id, &secret);
    bool known = id && strcmp(id, org->client_id) == 0;
    bool proven = secret ? strcmp(secret, org->client_secret) == 0 : !need_secret;
    if (!known)
        orgsim_oauth_refuse(call, "invalid_client_id", "client identifier invalid");
    else if (!proven)
        orgsim_oauth_refuse(call, "invalid_client", "invalid client credentials");
    free(id);
    free(secret);
    return known && proven;
}

typedef struct answer {
    uint64_t family;
    orgsim_row *user;
    const char *refresh; /* NULL = none in the answer */
    const char *scope;
    bool bare; /* JWT answers have neither signature nor time */
} answer;

static void grant_access(orgsim_call *call, const answer *a)
{
    orgsim *org = call->org;
    const char *access = orgsim_issue_access(org, a->family, a->user);
    orgsim_buf_printf(&call->out, "{\"access_token\":\"%s\",", access);
    if (a->refresh)
        orgsim_buf_printf(&call->out, "\"refresh_token\":\"%s\",", a->refresh);
    if (!a->bare)
        orgsim_buf_printf(&call->out,
                          "\"signature\":\"0CmxinZir53Yex7nE0TD+zMpvIWYGb/bdJh6XfOH6EQ=\","
                          "\"issued_at\":\"%lld\",",
                          (long long)org->now_ms);
    orgsim_buf_puts(&call->out, "\"scope\":");
    orgsim_buf_jsons(&call->out, a->scope ? a->scope : "api id refresh_token");
    orgsim_buf_puts(&call->out, ",\"instance_url\":");
    orgsim_buf_jsons(&call->out, org->instance_url);
    orgsim_buf_printf(&call->out, ",\"id\":\"%s/id/%s/%s\",\"token_type\":\"Bearer\"}",
                      org->instance_url, org->org_id, a->user->id);
    orgsim_pairs_add(&call->out_headers, "Cache-Control", "no-cache, no-store");
    orgsim_answer(call, 200);
}

static const char *verifier_problem(const orgsim_grant *grant, const char *verifier,
                                    const char **error)
{
    if (!grant->challenge)
        return NULL;
    *error = "invalid_grant";
    if (!verifier)
        return "invalid code verifier";
    char *challenge = orgsim_sha256_base64url(verifier);
    bool same = strcmp(challenge, grant->challenge) == 0;
    free(challenge);
    size_t len = strlen(verifier);
    *error = "invalid_request";
    /* The RFC allows 128 characters; jsforce sends 171 (128 bytes) and Salesforce takes them. */
    return same && len >= 43 && len <= 256 ? NULL : "invalid code verifier";
}

static void by_code(orgsim_call *call)
{
    orgsim *org = call->org;
    orgsim_grant *grant = NULL;
    char *code = field(call, "code"), *redirect = field(call, "redirect_uri");
    char *verifier = field(call, "code_verifier"), *secret = field(call, "client_secret");
    for (size_t i = 0; code && i < org->grant_count; i++) {
        if (org->grants[i].code && strcmp(org->grants[i].code, code) == 0)
            grant = &org->grants[i];
    }
    const char *error = "invalid_grant", *said = NULL;
    int64_t age = grant ? org->now_ms - grant->issued_ms : 0;
    if (!grant)
        said = "invalid authorization code";
    else if (grant->used || age > CODE_LIFE_MINUTES * 60000)
        said = "expired authorization code";
    else if (!redirect || strcmp(redirect, grant->redirect_uri) != 0)
        error = "redirect_uri_mismatch", said = "redirect_uri must match configuration";
    else if (!grant->challenge && !secret &&
             !orgsim_pairs_get(&call->headers, "Authorization"))
        error = "invalid_client", said = "invalid client credentials";
    else
        said = verifier_problem(grant, verifier, &error);
    if (said) {
        if (grant && grant->used) /* a code used twice was stolen */
            orgsim_revoke_family(org, grant->family);
        orgsim_oauth_refuse(call, error, said);
    } else {
        grant->used = true;
        bool lasting = !grant->scope || strstr(grant->scope, "refresh_token") ||
                       strstr(grant->scope, "offline_access") || strstr(grant->scope, "full");
        answer a = {grant->family, org->api_user,
                    lasting ? orgsim_issue_refresh(org, grant->family) : NULL, grant->scope,
                    false};
        grant_access(call, &a);
    }
    free(code);
    free(redirect);
    free(verifier);
    free(secret);
}

static void by_refresh(orgsim_call *call)
{
    orgsim *org = call->org;
    orgsim_refresh *found = NULL;
    char *text = field(call, "refresh_token");
    for (size_t i = 0; text && i < org->refresh_count; i++) {
        if (strcmp(org->refreshes[i].text, text) == 0)
            found = &org->refreshes[i];
    }
    free(text);
    orgsim_grant *grant = found ? orgsim_grant_of(org, found->family) : NULL;
    if (!grant || grant->revoked || found->rotated) {
        if (found && found->rotated) /* somebody else has it: everything of it dies */
            orgsim_revoke_family(org, found->family);
        orgsim_oauth_refuse(call, "invalid_grant", "expired access/refresh token");
        return;
    }
    if (!orgsim_get_bool(org->api_user, "IsActive")) {
        orgsim_oauth_refuse(call, "invalid_grant", "inactive user");
        return;
    }
    answer a = {grant->family, org->api_user, NULL, grant->scope, false};
    if (org->rotate) {
        found->rotated = true;
        a.refresh = orgsim_issue_refresh(org, grant->family);
    }
    grant_access(call, &a);
}

static void by_jwt(orgsim_call *call)
{
    char *assertion = field(call, "assertion"), *subject = NULL;
    const char *said = assertion ? orgsim_jwt_check(call->org, assertion, &subject)
                                 : "invalid assertion";
    orgsim_row *user = said ? NULL : orgsim_user_named(call->org, subject);
    if (!said && !user)
        said = "user hasn't approved this consumer";
    if (!said && !orgsim_get_bool(user, "IsActive"))
        said = "inactive user";
    if (said) {
        bool client = strcmp(said, "client identifier invalid") == 0;
        orgsim_oauth_refuse(call, client ? "invalid_client_id" : "invalid_grant", said);
    } else {
        answer a = {0, user, NULL, "api id", true};
        grant_access(call, &a);
    }
    free(assertion);
    free(subject);
}

static void by_client(orgsim_call *call)
{
    if (!orgsim_oauth_client(call, true))
        return;
    answer a = {0, call->org->api_user, NULL, "api id", false};
    grant_access(call, &a);
}

/* Password and security token in one: "secret" followed by "token" unless set otherwise. */
static void by_password(orgsim_call *call)
{
    if (!orgsim_oauth_client(call, true))
        return;
    char *username = field(call, "username"), *password = field(call, "password");
    orgsim_row *user = orgsim_user_named(call->org, username);
    bool good = user && password && strcmp(password, call->org->password) == 0;
    if (!good) {
        orgsim_oauth_refuse(call, "invalid_grant", "authentication failure");
    } else if (!orgsim_get_bool(user, "IsActive")) {
        orgsim_oauth_refuse(call, "invalid_grant", "inactive user");
    } else {
        answer a = {0, user, NULL, "api id", false};
        grant_access(call, &a);
    }
    free(username);
    free(password);
}

static const struct grant_row {
    const char *type;
    bool client_checked; /* client id (and secret, when sent) checked first */
    void (*serve)(orgsim_call *call);
} grant_types[] = {
    {"authorization_code", true, by_code},
    {"refresh_token", true, by_refresh},
    {"urn:ietf:params:oauth:grant-type:jwt-bearer", false, by_jwt},
    {"client_credentials", false, by_client},
    {"password", false, by_password},
};

/* "invalid_grant:inactive user" of the switch. */
static bool told_to_refuse(orgsim_call *call)
{
    const orgsim_setting *setting = orgsim_setting_find(call->org, "token_error", NULL);
    const char *colon = setting ? strchr(setting->value, ':') : NULL;
    if (!setting)
        return false;
    char *error = orgsim_copy(setting->value, strcspn(setting->value, ":"));
    orgsim_oauth_refuse(call, error, colon ? colon + 1 : "as the test asked");
    free(error);
    return true;
}

void orgsim_oauth_token(orgsim_call *call)
{
    if (told_to_refuse(call))
        return;
    char *type = field(call, "grant_type");
    const struct grant_row *row = NULL;
    for (size_t i = 0; type && i < sizeof grant_types / sizeof *grant_types; i++) {
        if (strcmp(grant_types[i].type, type) == 0)
            row = &grant_types[i];
    }
    if (!type)
        orgsim_oauth_refuse(call, "invalid_request", "missing required parameter: grant_type");
    else if (!row)
        orgsim_oauth_refuse(call, "unsupported_grant_type", "grant type not supported");
    else if (!row->client_checked || orgsim_oauth_client(call, false))
        row->serve(call);
    free(type);
}
