/*
 * A connected org: where it is, the token that opens it, and the one careful way to a new token.
 *
 * Refresh tokens may rotate: presenting a spent one revokes everything. So there is exactly one
 * refresher (lease lane `token`), it reads the stored secret again before it asks, it stores what
 * it was given before anybody uses it, and it never asks twice with a token that may be spent.
 */
#ifndef CRMI_NET_SESSION_H
#define CRMI_NET_SESSION_H

#include "net/pump.h"
#include "salesforce/auth.h"
#include "state/lease.h"
#include "state/secret.h"

#define CRMI_TOKEN_TIMEOUT_MS 30000u
#define CRMI_TOKEN_MARGIN_MS  10000u /* what the lease lasts beyond two time-outs */

/* How tokens are come by. */
enum {
    CRMI_GRANT_REFRESH = 0, /* authorization code, then the refresh token */
    CRMI_GRANT_JWT = 1,
    CRMI_GRANT_CLIENT = 2, /* client credentials */
    CRMI_GRANT_PASSWORD = 3
};

/* How a session is opened; views must outlive it. */
typedef struct crmi_session_options {
    crmi_auth_client client;              /* login URL, id, secret */
    uint32_t grant;                       /* CRMI_GRANT_* */
    crmsync_str username;                 /* JWT, PASSWORD */
    crmsync_str audience;                 /* JWT; empty = the login URL */
    crmsync_str private_key;              /* JWT: PEM */
    crmsync_str password, security_token; /* PASSWORD */
    crmsync_str api_version;              /* `68.0` */
    crmsync_str connection;               /* name of the connection, part of the secret's key */
    crmsync_str worker;                   /* owner in leases: unique */
    crmsync_str org_id;                   /* whose tokens alone are taken; empty = any org's */
    bool loopback_http;
    bool rotation_off;         /* the app's refresh tokens are known not to rotate */
    uint32_t token_timeout_ms; /* 0 = 30 s */
} crmi_session_options;

typedef struct crmi_session {
    crmi_pump *pump;
    const crmi_store *store;
    crmi_secrets secrets;
    const crmi_session_options *options;
    const crmsync_alloc *alloc;
    /* the token in use; wiped when it is replaced or freed */
    crmsync_str access_token, refresh_token, instance_url, org_id, user_id, id_url, scope;
    uint64_t generation;     /* grows with every token that is taken into use; 0 = none yet */
    uint64_t secret_version; /* of the stored document it came from */
    uint32_t verdict;        /* CRMI_AUTH_* of the last refusal */
    int64_t issued_at_ms;
    uint64_t refreshes; /* token requests sent */
    /* the refresh under way */
    uint32_t phase;
    crmi_lease lease;
    crmi_exchange *exchange;
    crmi_request request;
    uint64_t wake;    /* mono ms of the next step; 0 = when I/O happens */
    uint64_t refused; /* generation whose token was refused */
    uint32_t tries;
    bool doubtful;           /* a refresh request's outcome is not known */
    bool dead;               /* refused for good: not asked again until another token is stored */
    bool steady;             /* the last refresh answered without a new refresh token */
    crmi_auth_token granted; /* given, and not stored yet */
} crmi_session;

/* `options`, `pump` and `store` must outlive it. Reads nothing yet. */
int32_t crmi_session_init(crmi_session *s, crmi_pump *pump, const crmi_store *store,
                          const crmi_session_options *options, crmsync_error **err);
void crmi_session_clear(crmi_session *s);

/* Takes the stored token into use when there is a newer one. *changed may be NULL. */
int32_t crmi_session_load(crmi_session *s, bool *changed, crmsync_error **err);
/* CRMSYNC_E_STATE: the token belongs to another org than options->org_id. */
int32_t crmi_session_org_check(const crmi_session *s, crmsync_str org_id, crmsync_error **err);
/* Stores tokens that were just granted (the end of the authorization-code flow) and uses them. */
int32_t crmi_session_adopt(crmi_session *s, const crmi_auth_token *token, crmsync_error **err);
/* Forgets the tokens here and in the store. */
int32_t crmi_session_forget(crmi_session *s, crmsync_error **err);
/* A token is at hand, none waits to be stored, and no refresh is under way. */
bool crmi_session_ready(const crmi_session *s);

/* What a step needs to go on. */
enum {
    CRMI_WANT_DONE = 0,
    CRMI_WANT_IO = 1,   /* poll the pump */
    CRMI_WANT_TIMER = 2 /* not before *wake (mono ms); polling meanwhile is fine */
};
typedef struct crmi_want {
    uint32_t what;
    uint64_t wake;
} crmi_want;

/*
 * Begins to get a token newer than generation `refused` (0 = any token). Then step until DONE. A
 * second request while one is under way joins it.
 */
void crmi_session_renew(crmi_session *s, uint64_t refused);
/*
 * CRMSYNC_OK with *want; DONE: the token is there. CRMSYNC_E_AUTH: authorize anew (class, remedy;
 * s->verdict says why); CRMSYNC_E_TRANSPORT: not reachable now; CRMSYNC_E_SALESFORCE: asked to try
 * later. After an error no refresh is under way.
 */
int32_t crmi_session_step(crmi_session *s, crmi_want *want, crmsync_error **err);

/* May the token be sent to this absolute URL? Only to the org's own origin. */
bool crmi_session_own_url(const crmi_session *s, crmsync_str url);
/* Host-relative -> absolute; CRMSYNC_E_PROTOCOL when it would leave the org. */
int32_t crmi_session_url(const crmi_session *s, crmsync_str path, crmi_buf *out,
                         crmsync_error **err);

#endif
