/* OAuth 2.0: hosts, authorization with PKCE, token requests and answers. */
#ifndef CRMI_SALESFORCE_AUTH_H
#define CRMI_SALESFORCE_AUTH_H

#include "salesforce/request.h"

enum { CRMI_ENV_PRODUCTION = 0, CRMI_ENV_SANDBOX = 1 };

/*
 * The login URL, without a trailing slash. `domain` is what a person typed: nothing (the generic
 * host), a My Domain prefix ("acme", "acme--uat"), a host, or a URL; scheme, path, case and
 * ".lightning.force.com" forms are tolerated. Plain http only for a loopback host, and only when
 * `loopback_http` says so. CRMSYNC_E_INVALID says how to write it.
 */
int32_t crmi_auth_login_url(crmi_buf *out, crmsync_str domain, uint32_t environment,
                            bool loopback_http, crmsync_error **err);
/* May tokens go to this URL? https and a Salesforce host, or a loopback host as above. */
int32_t crmi_auth_url_check(crmsync_str url, bool loopback_http, crmsync_error **err);
/* scheme://host[:port] of a URL, lower case; false when it is not one. */
bool crmi_auth_origin(crmi_buf *out, crmsync_str url);

/* base64url(SHA-256(verifier)); false: the verifier is not 43 to 128 unreserved characters. */
bool crmi_auth_challenge(crmi_buf *out, crmsync_str verifier);

typedef struct crmi_auth_authorize {
    crmsync_str login_url;
    crmsync_str client_id;
    crmsync_str redirect_uri;
    crmsync_str scope; /* "api refresh_token"; empty = all of the app's */
    crmsync_str state;
    crmsync_str verifier;
    crmsync_str prompt;     /* empty = none; "login", "consent" */
    crmsync_str login_hint; /* empty = none */
} crmi_auth_authorize;
int32_t crmi_auth_authorize_url(crmi_buf *out, const crmi_auth_authorize *a, crmsync_error **err);

/* What came back to the redirect URI. Views live in the arena. */
typedef struct crmi_auth_callback {
    crmsync_str code;
    crmsync_str state;
    crmsync_str error; /* "access_denied"; empty on success */
    crmsync_str description;
} crmi_auth_callback;
/*
 * Parses the redirect URL (or its query alone) and compares the state in constant time.
 * CRMSYNC_E_AUTH: wrong state, or the person or org refused (with remedy); CRMSYNC_E_INVALID: it
 * carries no code.
 */
int32_t crmi_auth_callback_read(crmi_arena *arena, crmsync_str url, crmsync_str state,
                                crmi_auth_callback *out, crmsync_error **err);

/* The app. `secret` empty = a public client. */
typedef struct crmi_auth_client {
    crmsync_str login_url;
    crmsync_str id;
    crmsync_str secret;
} crmi_auth_client;

int32_t crmi_auth_code_request(crmi_request *r, const crmi_auth_client *client, crmsync_str code,
                               crmsync_str redirect_uri, crmsync_str verifier, crmsync_error **err);
int32_t crmi_auth_refresh_request(crmi_request *r, const crmi_auth_client *client,
                                  crmsync_str refresh_token, crmsync_error **err);
/* `audience` empty = the login URL. `now_ms` is the wall clock; the assertion lives three minutes.
 */
int32_t crmi_auth_jwt_request(crmi_request *r, const crmi_auth_client *client, crmsync_str username,
                              crmsync_str audience, crmsync_str private_key_pem, int64_t now_ms,
                              crmsync_error **err);
int32_t crmi_auth_client_credentials_request(crmi_request *r, const crmi_auth_client *client,
                                             crmsync_error **err);
int32_t crmi_auth_password_request(crmi_request *r, const crmi_auth_client *client,
                                   crmsync_str username, crmsync_str password,
                                   crmsync_str security_token, crmsync_error **err);
int32_t crmi_auth_revoke_request(crmi_request *r, crmsync_str login_url, crmsync_str token,
                                 crmsync_error **err);

/* What a token answer says; owns its texts. */
typedef struct crmi_auth_token {
    const crmsync_alloc *alloc;
    crmsync_str access_token;
    crmsync_str refresh_token; /* empty: none, or keep the old one */
    crmsync_str instance_url;  /* an origin, checked by crmi_auth_url_check() */
    crmsync_str id_url;
    crmsync_str org_id; /* 18 characters as answered; may be empty when there is no id URL */
    crmsync_str user_id;
    crmsync_str scope;
    int64_t issued_at_ms; /* 0 unknown */
} crmi_auth_token;
void crmi_auth_token_init(crmi_auth_token *t, const crmsync_alloc *alloc);
void crmi_auth_token_clear(crmi_auth_token *t); /* wipes, then frees */

/* Why a token was refused, and so what the connection becomes. */
enum {
    CRMI_AUTH_GRANTED = 0,
    CRMI_AUTH_REVOKED = 1,           /* refresh token expired, revoked or rotated: authorize anew */
    CRMI_AUTH_CODE_EXPIRED = 2,      /* start the authorization again */
    CRMI_AUTH_APP_NOT_INSTALLED = 3, /* install the package in that org */
    CRMI_AUTH_NOT_APPROVED = 4,      /* an administrator must approve user or app */
    CRMI_AUTH_USER_INACTIVE = 5,
    CRMI_AUTH_IP_RESTRICTED = 6,
    CRMI_AUTH_CLIENT = 7,      /* client id or secret is wrong */
    CRMI_AUTH_CREDENTIALS = 8, /* user name, password or security token is wrong */
    CRMI_AUTH_ASSERTION = 9,   /* JWT: key, audience or clock */
    CRMI_AUTH_ORG_INACTIVE = 10,
    CRMI_AUTH_REQUEST = 11, /* the request or the app's settings: redirect URI, scope, grant type */
    CRMI_AUTH_LATER = 12,   /* login rate limit or trouble on their side: try again later */
    CRMI_AUTH_UNANSWERED = 13, /* no answer one can read: a rotating token may be spent */
    CRMI_AUTH_PASSWORD_EXPIRED = 14, /* or has to be changed at the first login */
    CRMI_AUTH_MFA = 15,              /* the login wants a second factor, which no program has */
    CRMI_AUTH_SESSION_LEVEL = 16,    /* the profile demands high assurance at login */
    CRMI_AUTH_LOCKED = 17,           /* too many failed logins */
    CRMI_AUTH_FLOW_OFF = 18          /* the org or app allows no login by password */
};
/* Is it the org that must be changed first, rather than somebody who connects again? */
bool crmi_auth_blocks(uint32_t verdict);
/* The error table, for tests and docs. */
typedef struct crmi_auth_rule {
    const char *error;
    const char *says; /* part of the description, lower case; NULL = any */
    uint8_t verdict;  /* CRMI_AUTH_* */
    uint8_t error_class;
    const char *remedy;
} crmi_auth_rule;
size_t crmi_auth_rule_count(void);
const crmi_auth_rule *crmi_auth_rule_at(size_t i);
const crmi_auth_rule *crmi_auth_rule_find(crmsync_str error, crmsync_str description);

/*
 * Reads a token answer. *verdict is set in every case. CRMSYNC_E_AUTH when authorization is needed
 * anew, CRMSYNC_E_SALESFORCE for LATER, CRMSYNC_E_PROTOCOL for UNANSWERED, CRMSYNC_E_INVALID for
 * errors of the configuration; the token is empty then.
 */
int32_t crmi_auth_token_read(const crmi_response *response, bool loopback_http,
                             crmi_auth_token *token, uint32_t *verdict, crmsync_error **err);
/* 200 = revoked; the refusal of a token that is dead already counts as done. */
int32_t crmi_auth_revoke_read(const crmi_response *response, crmsync_error **err);
/* org and user id from the last two segments of an identity URL; false when it is none. */
bool crmi_auth_identity_split(crmsync_str id_url, crmsync_str *org_id, crmsync_str *user_id);

#endif
