/* oauth.c: tokens and the endpoints around them: authorize, revoke, introspect, identity. */
#include "oauth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

orgsim_token *orgsim_token_find(const orgsim *org, const char *text)
{
    for (size_t i = org->token_count; i-- > 0;) {
        if (strcmp(org->tokens[i].text, text) == 0)
            return &org->tokens[i];
    }
    return NULL;
}

orgsim_grant *orgsim_grant_of(orgsim *org, uint64_t family)
{
    for (size_t i = 0; i < org->grant_count; i++) {
        if (family && org->grants[i].family == family)
            return &org->grants[i];
    }
    return NULL;
}

orgsim_grant *orgsim_grant_new(orgsim *org)
{
    ORGSIM_ROOM(org->grants, org->grant_count, org->grant_cap);
    orgsim_grant *grant = &org->grants[org->grant_count++];
    memset(grant, 0, sizeof *grant);
    grant->family = ++org->next_family;
    grant->issued_ms = org->now_ms;
    return grant;
}

const char *orgsim_issue_access(orgsim *org, uint64_t family, orgsim_row *user)
{
    char random[81];
    orgsim_buf text = {NULL, 0, 0};
    orgsim_random_text(org, random, 80);
    orgsim_buf_printf(&text, "%.15s!AQ.%s", org->org_id, random);
    ORGSIM_ROOM(org->tokens, org->token_count, org->token_cap);
    orgsim_token *token = &org->tokens[org->token_count++];
    *token = (orgsim_token){orgsim_buf_take(&text), family, user, org->now_ms, false};
    return token->text;
}

const char *orgsim_issue_refresh(orgsim *org, uint64_t family)
{
    char random[73];
    orgsim_buf text = {NULL, 0, 0};
    orgsim_random_text(org, random, 72);
    orgsim_buf_printf(&text, "5Aep861%s==", random);
    ORGSIM_ROOM(org->refreshes, org->refresh_count, org->refresh_cap);
    orgsim_refresh *refresh = &org->refreshes[org->refresh_count++];
    *refresh = (orgsim_refresh){orgsim_buf_take(&text), family, false};
    return refresh->text;
}

void orgsim_revoke_family(orgsim *org, uint64_t family)
{
    orgsim_grant *grant = orgsim_grant_of(org, family);
    if (grant)
        grant->revoked = true;
    for (size_t i = 0; i < org->token_count; i++) {
        if (org->tokens[i].family == family)
            org->tokens[i].dead = true;
    }
}

orgsim_row *orgsim_user_named(const orgsim *org, const char *username)
{
    const orgsim_object *users = orgsim_object_named(org, "User");
    for (size_t i = 0; username && i < users->row_count; i++) {
        if (orgsim_ieq(orgsim_get_text(users->rows[i], "Username"), username))
            return users->rows[i];
    }
    return NULL;
}

const char *orgsim_access_token(orgsim *org)
{
    return orgsim_issue_access(org, 0, org->api_user);
}

/* ---- the browser ---- */

static void finish_url(orgsim_buf *url, const char *state)
{
    if (!state)
        return;
    orgsim_buf_puts(url, "&state=");
    orgsim_url_encode(url, state);
}

static char *query_value(const char *url, const char *name)
{
    const char *query = strchr(url, '?');
    return query ? orgsim_form_value(query + 1, strlen(query + 1), name) : NULL;
}

/* NULL = fine, else error and description of the callback. */
static const char *wrong_request(const orgsim *org, const char *url, const char **description)
{
    char *type = query_value(url, "response_type"), *client = query_value(url, "client_id");
    char *method = query_value(url, "code_challenge_method");
    char *challenge = query_value(url, "code_challenge");
    const char *error = NULL;
    if (!type || strcmp(type, "code") != 0) {
        error = "unsupported_response_type";
        *description = "response type not supported";
    } else if (!client || strcmp(client, org->client_id) != 0) {
        error = "invalid_client_id";
        *description = "client identifier invalid";
    } else if (challenge && method && strcmp(method, "S256") != 0) {
        error = "invalid_request";
        *description = "code challenge method not supported";
    }
    free(type);
    free(client);
    free(method);
    free(challenge);
    return error;
}

static char *browser(orgsim *org, const char *url, bool allow)
{
    const char *description = "end-user denied authorization";
    orgsim_buf out = {NULL, 0, 0};
    char *redirect = query_value(url, "redirect_uri"), *state = query_value(url, "state");
    const char *error = wrong_request(org, url, &description);
    orgsim_buf_printf(&out, "%s%s", redirect ? redirect : "",
                      redirect && strchr(redirect, '?') ? "&" : "?");
    if (error || !allow) {
        orgsim_buf_printf(&out, "error=%s&error_description=", error ? error : "access_denied");
        orgsim_url_encode(&out, description);
    } else {
        char code[61];
        orgsim_random_text(org, code, 58);
        memcpy(code + 58, "==", 3);
        orgsim_grant *grant = orgsim_grant_new(org);
        grant->code = orgsim_copy_text(code);
        grant->challenge = query_value(url, "code_challenge");
        grant->redirect_uri = orgsim_copy_text(redirect ? redirect : "");
        grant->scope = query_value(url, "scope");
        orgsim_buf_puts(&out, "code=");
        orgsim_url_encode(&out, code);
    }
    finish_url(&out, state);
    free(redirect);
    free(state);
    return orgsim_buf_take(&out);
}

char *orgsim_browser_allow(orgsim *org, const char *authorize_url)
{
    return browser(org, authorize_url, true);
}

char *orgsim_browser_deny(orgsim *org, const char *authorize_url)
{
    return browser(org, authorize_url, false);
}

/* ---- endpoints ---- */

static void authorize(orgsim_call *call)
{
    orgsim_pairs_add(&call->out_headers, "Content-Type", "text/html; charset=UTF-8");
    orgsim_buf_puts(&call->out, "<!DOCTYPE html><title>Allow access?</title>"
                                "<p>Allow the application to access the simulated org?</p>");
    orgsim_answer(call, 200);
}

static void revoke(orgsim_call *call)
{
    orgsim *org = call->org;
    char *text = orgsim_form_value(call->body, call->body_len, "token");
    if (!text)
        text = orgsim_parameter(call, "token");
    orgsim_token *token = text ? orgsim_token_find(org, text) : NULL;
    bool found = token != NULL;
    if (token)
        token->dead = true;
    for (size_t i = 0; text && i < org->refresh_count; i++) {
        if (strcmp(org->refreshes[i].text, text) != 0)
            continue;
        orgsim_revoke_family(org, org->refreshes[i].family);
        found = true;
    }
    free(text);
    if (found) {
        orgsim_answer(call, 200);
        return;
    }
    /* This one endpoint answers errors as a form. */
    orgsim_pairs_add(&call->out_headers, "Content-Type", "application/x-www-form-urlencoded");
    orgsim_buf_puts(&call->out, "error=unsupported_token_type&error_description="
                                "this+token+type+is+not+supported");
    orgsim_answer(call, 400);
}

static void introspect(orgsim_call *call)
{
    if (!orgsim_oauth_client(call, true))
        return;
    orgsim *org = call->org;
    char *text = orgsim_form_value(call->body, call->body_len, "token");
    orgsim_token *token = text ? orgsim_token_find(org, text) : NULL;
    free(text);
    if (!token || token->dead) {
        orgsim_buf_puts(&call->out, "{\"active\":false}");
    } else {
        long long issued = token->issued_ms / 1000;
        orgsim_buf_printf(&call->out,
                          "{\"active\":true,\"scope\":\"api id refresh_token\",\"client_id\":\"%s\""
                          ",\"username\":\"%s\",\"sub\":\"%s/id/%s/%s\",\"token_type\":"
                          "\"access_token\",\"exp\":%lld,\"iat\":%lld,\"nbf\":%lld}",
                          org->client_id, orgsim_get_text(token->user, "Username"),
                          org->instance_url, org->org_id, token->user->id, issued + 7200, issued,
                          issued);
    }
    orgsim_answer(call, 200);
}

static orgsim_row *bearer(orgsim_call *call)
{
    const char *header = orgsim_pairs_get(&call->headers, "Authorization");
    const char *space = header ? strchr(header, ' ') : NULL;
    orgsim_token *token = space ? orgsim_token_find(call->org, space + 1) : NULL;
    if (token && !token->dead)
        return token->user;
    orgsim_pairs_add(&call->out_headers, "Content-Type", "text/plain");
    orgsim_buf_puts(&call->out, header ? "Bad_OAuth_Token" : "Missing_OAuth_Token");
    orgsim_answer(call, 403);
    return NULL;
}

static void put_text(orgsim_buf *out, const char *key, const char *text)
{
    orgsim_buf_printf(out, ",\"%s\":", key);
    orgsim_buf_jsons(out, text);
}

static void userinfo(orgsim_call *call)
{
    const orgsim *org = call->org;
    orgsim_row *user = bearer(call);
    if (!user)
        return;
    orgsim_buf_printf(&call->out, "{\"sub\":\"%s/id/%s/%s\",\"user_id\":\"%s\","
                      "\"organization_id\":\"%s\"",
                      org->instance_url, org->org_id, user->id, user->id, org->org_id);
    put_text(&call->out, "preferred_username", orgsim_get_text(user, "Username"));
    put_text(&call->out, "name", orgsim_get_text(user, "Name"));
    put_text(&call->out, "email", orgsim_get_text(user, "Email"));
    put_text(&call->out, "zoneinfo", "UTC");
    orgsim_buf_puts(&call->out, ",\"active\":true,\"user_type\":\"STANDARD\"}");
    orgsim_answer(call, 200);
}

static void identity(orgsim_call *call)
{
    const orgsim *org = call->org;
    orgsim_row *user = bearer(call);
    if (!user)
        return;
    orgsim_buf_printf(&call->out, "{\"id\":\"%s/id/%s/%s\",\"asserted_user\":true,"
                      "\"user_id\":\"%s\",\"organization_id\":\"%s\"",
                      org->instance_url, org->org_id, user->id, user->id, org->org_id);
    put_text(&call->out, "username", orgsim_get_text(user, "Username"));
    put_text(&call->out, "display_name", orgsim_get_text(user, "Name"));
    put_text(&call->out, "email", orgsim_get_text(user, "Email"));
    put_text(&call->out, "first_name", orgsim_get_text(user, "FirstName"));
    put_text(&call->out, "last_name", orgsim_get_text(user, "LastName"));
    put_text(&call->out, "timezone", "UTC");
    orgsim_buf_printf(&call->out,
                      ",\"urls\":{\"rest\":\"%s/services/data/v{version}/\",\"sobjects\":"
                      "\"%s/services/data/v{version}/sobjects/\",\"query\":"
                      "\"%s/services/data/v{version}/query/\"},\"active\":%s,\"user_type\":"
                      "\"STANDARD\",\"language\":\"en_US\",\"locale\":\"en_US\",\"utcOffset\":0,"
                      "\"is_app_installed\":true}",
                      org->instance_url, org->instance_url, org->instance_url,
                      orgsim_get_bool(user, "IsActive") ? "true" : "false");
    orgsim_answer(call, 200);
}

static const struct endpoint {
    const char *path, *method;
    void (*serve)(orgsim_call *call);
} endpoints[] = {
    {"/services/oauth2/authorize", "GET", authorize},
    {"/services/oauth2/token", "POST", orgsim_oauth_token},
    {"/services/oauth2/revoke", "POST", revoke},
    {"/services/oauth2/revoke", "GET", revoke},
    {"/services/oauth2/introspect", "POST", introspect},
    {"/services/oauth2/userinfo", "GET", userinfo},
    {"/services/oauth2/userinfo", "POST", userinfo},
    {"/id/", "GET", identity},
};

void orgsim_oauth(orgsim_call *call, const char *path)
{
    size_t len = strcspn(path, "?");
    free(call->query);
    call->query = orgsim_copy_text(path[len] ? path + len + 1 : "");
    for (size_t i = 0; i < sizeof endpoints / sizeof *endpoints; i++) {
        const struct endpoint *e = &endpoints[i];
        bool prefix = strcmp(e->path, "/id/") == 0;
        if (strncmp(path, e->path, strlen(e->path)) != 0 || (!prefix && strlen(e->path) != len))
            continue;
        if (strcmp(e->method, call->method) == 0) {
            e->serve(call);
            return;
        }
        orgsim_oauth_refuse(call, "invalid_request", "must use HTTP POST");
    }
    if (!call->status)
        orgsim_refuse_with(call, 404, "NOT_FOUND", "The requested resource does not exist");
}
