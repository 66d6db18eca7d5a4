/*
 * orgsim.h: a Salesforce org on this machine.
 *
 * The org is a plain C object: one thread at a time, no sockets, time only as told. It answers HTTP
 * requests as the REST API documents, refuses what Salesforce refuses and is unkind where
 * Salesforce is. In front of it stand an in-process transport (virtual time, programmable faults)
 * and a loopback HTTP server.
 */
#ifndef ORGSIM_H
#define ORGSIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <crmsync/transport.h>

typedef struct orgsim orgsim;

typedef struct orgsim_options {
    const char *org_id;          /* NULL = 00D000000000001EAA */
    const char *client_id;       /* NULL = "orgsim-client" */
    const char *client_secret;   /* NULL = "orgsim-secret" */
    const char *username;        /* NULL = integration@example.com; the API user */
    const char *jwt_public_pem;  /* key that JWT assertions are verified with; NULL = JWT refused */
    const char *instance_url;    /* NULL = http://127.0.0.1; returned by the token endpoint */
    uint64_t seed;               /* pseudo-random choices; 0 = 1 */
    int64_t daily_api_limit;     /* 0 = 100000 */
    uint32_t query_page;         /* largest query page; 0 = 2000 */
    bool rotate_refresh_tokens;  /* a refresh token works once; reuse revokes the family */
    const char *password;        /* with security token, for every user; NULL = "secrettoken" */
} orgsim_options;

/* NULL options = all defaults; NULL = no memory */
orgsim *orgsim_new(const orgsim_options *options);
void orgsim_free(orgsim *org);

/* Time, milliseconds UTC. It never goes by itself in a test; the server sets it from the clock. */
void orgsim_set_now(orgsim *org, int64_t unix_ms);
int64_t orgsim_now(const orgsim *org);

/* ---- one request, answered at once ---- */
typedef struct orgsim_request {
    crmsync_str method;
    crmsync_str target; /* path and query, "/services/data/v60.0/query?q=..." */
    const crmsync_header *headers;
    size_t header_count;
    crmsync_str body;
} orgsim_request;

typedef struct orgsim_response {
    int status;
    crmsync_header *headers; /* owned by the response, as are all views in it */
    size_t header_count;
    char *body;
    size_t body_len;
    uint32_t service_ms; /* how long a real org would have taken, by the latency model */
    void *storage;
} orgsim_response;

void orgsim_handle(orgsim *org, const orgsim_request *request, orgsim_response *response);
void orgsim_response_clear(orgsim_response *response);

/* ---- the hand of a person or another program inside the org (not counted as API calls) ---- */

/* {"Account":[{"Id":..optional,"Name":...}],"Contact":[...]}; a value "@ref" of another record's
 * "_ref" member becomes its id. Returns 0, or -1 with a message in `why`. */
int orgsim_seed(orgsim *org, const char *json, size_t len, char *why, size_t why_size);
/* `fields` is a JSON object. The id (18 characters and NUL) goes to `id`. 0 or -1. Rules that bind
 * a user (required fields, picklists, lengths) bind here too; duplicate rules do not. */
int orgsim_insert(orgsim *org, const char *object, const char *fields, char id[19]);
int orgsim_update(orgsim *org, const char *id, const char *fields);
int orgsim_delete(orgsim *org, const char *id);
int orgsim_undelete(orgsim *org, const char *id);
int orgsim_purge(orgsim *org, const char *id); /* leaves the recycle bin */
int orgsim_merge(orgsim *org, const char *winner, const char *loser);
/* account/contact NULL or "" = made anew, opportunity likewise only when `with_opportunity`. */
int orgsim_convert_lead(orgsim *org, const char *lead, const char *account, const char *contact,
                        bool with_opportunity, char contact_out[19]);
/* Runs SOQL with everything visible, deleted rows too when `all`; returns the query response JSON,
 * NUL-terminated, to be freed with orgsim_string_free; NULL on a SOQL error. */
char *orgsim_query(orgsim *org, const char *soql, bool all);
/* Number of live rows matched by "Lead" + optional WHERE text (NULL = all); -1 on error. */
long orgsim_count(orgsim *org, const char *object, const char *where);
/* Canonical dump of all live business data without ids, stamps and creation order: two orgs that
 * hold equal data give equal text. Objects comma-separated. Free with orgsim_string_free. */
char *orgsim_dump(orgsim *org, const char *objects);
/* All rows with ids, stamps and recycle bin as JSON, to be freed with orgsim_string_free; and back:
 * everything the org holds is replaced, query locators and bulk jobs are void, settings, tokens and
 * the clock stay. A snapshot that names what this org does not have is refused whole: -1 with a
 * message in `why`. */
char *orgsim_snapshot(const orgsim *org);
int orgsim_snapshot_load(orgsim *org, const char *json, size_t len, char *why, size_t why_size);
void orgsim_string_free(char *text);

/* Counters since the last reset. */
typedef struct orgsim_usage {
    uint64_t api_calls; /* what counts against the daily limit */
    uint64_t token_calls;
    uint64_t rows_read, rows_created, rows_updated, rows_deleted;
} orgsim_usage;
orgsim_usage orgsim_usage_get(const orgsim *org);
void orgsim_usage_reset(orgsim *org);

/* ---- switches; names and meanings are listed in orgsim_switches.c, unknown names return -1 ----
 * Examples: "field_hidden" "Contact.Title", "object_hidden" "Lead", "rows_hidden" "Contact:half",
 * "trigger" "Account.Industry=upper", "duplicate_rule" "Lead.Email=block|alert", "validation"
 * "Lead.Phone!=null:Phone is required", "row_lock" "001..." , "api_used" "99990",
 * "unknown_member_status" "default|reject", "session_expire" "" (all access tokens die),
 * "external_id" "Account.Ext__c" (adds a unique external-id text field), "field_add"
 * "Contact.Status__c:picklist:New|Working". `value` "off" takes a switch back. */
int orgsim_switch(orgsim *org, const char *name, const char *value);
/* The at-th switch with an example of its value, for a help text; false = there is none. */
bool orgsim_switch_told(size_t at, const char **name, const char **value, const char **meaning);

/* ---- OAuth: the browser's part ---- */
/* Plays the user who opens `authorize_url` and allows it: returns the redirect location with code
 * and state (or with error), to be freed with orgsim_string_free. */
char *orgsim_browser_allow(orgsim *org, const char *authorize_url);
char *orgsim_browser_deny(orgsim *org, const char *authorize_url);
/* A fresh access token of the API user, without any call; lives as long as the org. */
const char *orgsim_access_token(orgsim *org);

/* ============== in-process transport with virtual time (orgsim_transport.c) ============== */

typedef struct orgsim_transport orgsim_transport;

/* Reads and moves the test's clock: poll(timeout) lets virtual time pass instead of waiting. */
typedef struct orgsim_clock {
    int64_t wall_ms;  /* shared with the environment hooks of the test */
    uint64_t mono_ms;
} orgsim_clock;

/* The org's time follows clock->wall_ms. Requests go to org whatever their host is. */
orgsim_transport *orgsim_transport_new(orgsim *org, orgsim_clock *clock);
void orgsim_transport_free(orgsim_transport *transport);
/* ctx is the orgsim_transport; no destroy */
const crmsync_transport_ops *orgsim_transport_ops(void);

enum orgsim_fault_kind {
    ORGSIM_FAULT_NONE = 0,
    ORGSIM_FAULT_REFUSED,      /* NOT_SENT, no effect */
    ORGSIM_FAULT_LOST_BEFORE,  /* UNKNOWN, no effect */
    ORGSIM_FAULT_LOST_AFTER,   /* UNKNOWN, the effect happened */
    ORGSIM_FAULT_LATE_EFFECT,  /* UNKNOWN now, the effect happens 5 virtual minutes later */
    ORGSIM_FAULT_CUT,          /* effect; the body ends early, outcome RESPONDED */
    ORGSIM_FAULT_GARBAGE,      /* effect; the body is not JSON, status 200 */
    ORGSIM_FAULT_HTML_503,     /* no effect */
    ORGSIM_FAULT_500_AFTER,    /* effect, status 500 */
    ORGSIM_FAULT_401,          /* no effect, INVALID_SESSION_ID, and the token really is dead */
    ORGSIM_FAULT_403_LIMIT,    /* no effect, REQUEST_LIMIT_EXCEEDED */
    ORGSIM_FAULT_SLOW,         /* effect and answer after 90 virtual seconds */
    ORGSIM_FAULT_LAST
};
/* The n-th request from now (1 = next), counted over starts, meets `kind` once. n 0 takes all
 * planned faults back. A request past its not_after is counted and not sent. */
void orgsim_transport_fault(orgsim_transport *transport, uint64_t n, enum orgsim_fault_kind kind);
/* Like it, for the next request whose "METHOD target" contains `part`. */
void orgsim_transport_fault_on(orgsim_transport *transport, const char *part,
                               enum orgsim_fault_kind kind);
/* Each request that meets nothing else meets `kind` with this probability; 0 = none. Equal seeds
 * give equal faults. */
void orgsim_transport_fault_rate(orgsim_transport *transport, uint32_t per_mille,
                                 enum orgsim_fault_kind kind, uint64_t seed);
uint64_t orgsim_transport_started(const orgsim_transport *transport); /* requests so far */
/* Body bytes are delivered in pieces of this size; 0 = whole. */
void orgsim_transport_chunk(orgsim_transport *transport, size_t bytes);
/* Called for every exchange that ends, for logs in tests; status 0 = no answer. NULL = off. */
typedef void (*orgsim_watch_fn)(void *ctx, const crmsync_http_request *request, int status);
void orgsim_transport_watch(orgsim_transport *transport, orgsim_watch_fn watch, void *ctx);
/* The client process died: open exchanges are never delivered, what was sent still takes effect. */
void orgsim_transport_drop_client(orgsim_transport *transport);
/* Requests whose effect is still to come. */
size_t orgsim_transport_late(const orgsim_transport *transport);

#endif
