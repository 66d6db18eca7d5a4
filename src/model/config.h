/*
 * The configuration as C values. Every text lies in the configuration's arena; every member has its
 * default filled in. docs/configuration.md is generated from the same table that parses it.
 */
#ifndef CRMI_MODEL_CONFIG_H
#define CRMI_MODEL_CONFIG_H

#include <crmsync/config.h>

#include "base/map.h"
#include "model/crm.h"

/* Who decides when both sides have a value ("import"). */
enum { CRMI_IMPORT_CRM, CRMI_IMPORT_LOCAL, CRMI_IMPORT_NEVER, CRMI_IMPORT_TWO_WAY };
/* What may be written to Salesforce ("export"). */
enum { CRMI_EXPORT_FILL, CRMI_EXPORT_OVERWRITE, CRMI_EXPORT_NEVER };
/* Who wins a two-way conflict that time cannot decide ("winner"). */
enum { CRMI_WINNER_CRM, CRMI_WINNER_LOCAL };
enum { CRMI_MODE_LEADS, CRMI_MODE_CONTACTS, CRMI_MODE_BY_STATUS };
enum { CRMI_ROUTE_NONE, CRMI_ROUTE_LEAD, CRMI_ROUTE_CONTACT };
enum { CRMI_STAMP_CREATE, CRMI_STAMP_ALWAYS, CRMI_STAMP_IF_EMPTY };
enum { CRMI_OWNER_FALLBACK, CRMI_OWNER_OMIT, CRMI_OWNER_SKIP_FIELD, CRMI_OWNER_ERROR };
enum { CRMI_OWNER_ON_CREATE, CRMI_OWNER_ALWAYS, CRMI_OWNER_NEVER };
enum { CRMI_BOTH_CONTACT, CRMI_BOTH_LEAD, CRMI_BOTH_EACH };
enum { CRMI_STATUS_ALWAYS, CRMI_STATUS_FORWARD };
enum { CRMI_TOO_LONG_REFUSE, CRMI_TOO_LONG_CUT };
enum { CRMI_PACKING_AUTO, CRMI_PACKING_MAX, CRMI_PACKING_ONE };
enum { CRMI_FLOW_WEB_SERVER, CRMI_FLOW_JWT_BEARER };
enum { CRMI_DIRECTION_OFF, CRMI_DIRECTION_IN, CRMI_DIRECTION_OUT, CRMI_DIRECTION_BOTH };
/* Account matchers, tried in the configured order. */
enum {
    CRMI_MATCH_ID,
    CRMI_MATCH_EXTERNAL_ID,
    CRMI_MATCH_WEBSITE,
    CRMI_MATCH_EMAIL_DOMAIN,
    CRMI_MATCH_NAME,
    CRMI_MATCH_LAST
};

/* One value of a value map: local -> CRM, and back only if listed in the inverse. */
typedef struct crmi_value_pair {
    crmsync_str local;
    crmsync_str remote;
} crmi_value_pair;

typedef struct crmi_field_rule {
    crmsync_str local;  /* field of the host's record */
    crmsync_str remote; /* API name, or a dotted path (import only) */
    uint32_t import;    /* CRMI_IMPORT_* */
    uint32_t export;    /* CRMI_EXPORT_* */
    uint32_t winner;    /* CRMI_WINNER_* */
    uint32_t too_long;  /* CRMI_TOO_LONG_* */
    bool propagate_null;
    const crmi_value_pair *values; /* "values": local -> remote */
    size_t value_count;
    const crmi_value_pair *inverse; /* "inverse": remote -> local, kept as (local, remote) pairs */
    size_t inverse_count;
    crmsync_str pointer; /* "/objects/Lead/fields/3", for messages */
} crmi_field_rule;

typedef struct crmi_status_rule {
    bool enabled;
    crmsync_str local;  /* local field */
    crmsync_str remote; /* Lead: Status; Contact: a custom field */
    uint32_t policy;    /* CRMI_STATUS_*; forward = rank is the order of `values` */
    const crmi_value_pair *values;
    size_t value_count;
    const crmi_value_pair *inverse;
    size_t inverse_count;
} crmi_status_rule;

typedef struct crmi_object_rule {
    const crmi_crm_object *crm; /* facts: name, local kind, ... */
    bool enabled;       /* direction is not "off" */
    uint32_t direction; /* CRMI_DIRECTION_*, as configured */
    bool create_in, create_out, update_in, update_out;     /* as configured */
    bool in_create, in_update, out_create, out_update;     /* and the direction allows it */
    crmsync_str filter;         /* SOQL condition, import only; empty = all */
    crmsync_str external_id;    /* field that holds the host's id; empty = none */
    crmi_field_rule *fields;
    size_t field_count;
    crmi_status_rule status;
    const crmi_value_pair *required_defaults; /* remote field -> text, in (remote=local) order */
    size_t required_default_count;            /* pair.local = field name, pair.remote = value */
    uint64_t stamp;                           /* crmi_object_rule_stamp() */
} crmi_object_rule;

/* Where the host's person and company records keep what matching needs. */
typedef struct crmi_local_names {
    crmsync_str email, first_name, last_name, company_name, company_id, website, owner, status;
    crmsync_str crm_id;
    crmsync_str company_label, company_domain, company_website; /* of company records */
    crmsync_str do_not_sync; /* BOOL field; empty = none */
} crmi_local_names;

typedef struct crmi_activity_rule {
    bool enabled;
    uint32_t kinds;    /* bit (1 << crmi_activity_kind) */
    uint32_t both;     /* CRMI_BOTH_* */
    bool content;      /* log bodies */
} crmi_activity_rule;

struct crmsync_config {
    crmsync_alloc alloc;
    crmi_arena arena;
    crmsync_str dump;
    uint64_t digest;

    struct {
        uint32_t flow;
        bool sandbox;
        crmsync_str my_domain;  /* prefix; empty = login_host or the generic host */
        crmsync_str login_host; /* https://...; empty = derived */
        crmsync_str api_version; /* "60.0" */
        crmsync_str client_id;
        crmsync_str redirect_uri;
        crmsync_str username; /* JWT */
        const crmsync_str *scopes;
        size_t scope_count;
        bool allow_loopback_http;
    } connection;

    crmi_object_rule objects[CRMI_OBJECT_LAST]; /* by CRMI_OBJECT_* */
    crmi_local_names local;

    struct {
        uint32_t mode;       /* CRMI_MODE_* */
        const crmi_value_pair *routes; /* status -> "lead" | "contact" | "none" */
        size_t route_count;
        bool account_create;
        crmsync_str stamp_field; /* empty = none */
        crmsync_str stamp_value;
        uint32_t stamp_when;
    } export;

    struct {
        uint32_t account[CRMI_MATCH_LAST];
        size_t account_count;
        bool keep_subdomains;
        bool create_without_email; /* a person without e-mail may be created */
        const crmsync_str *freemail_add, *freemail_remove;
        size_t freemail_add_count, freemail_remove_count;
        const crmsync_str *shared_host_add, *legal_form_add;
        size_t shared_host_add_count, legal_form_add_count;
    } match;

    struct {
        const crmi_value_pair *map; /* local owner -> User id */
        size_t map_count;
        bool by_email;
        uint32_t unmapped; /* CRMI_OWNER_FALLBACK.. */
        uint32_t apply;    /* CRMI_OWNER_ON_CREATE.. */
        crmsync_str fallback; /* User id */
    } owner;

    crmi_activity_rule activities;

    struct {
        uint32_t daily_share; /* percent of the org's daily calls we may use up to */
        uint32_t packing;
        uint32_t overlap_s;
        uint32_t breaker_creates, breaker_updates, breaker_deactivations; /* 0 = off */
    } limits;

    bool delete_deactivates; /* default true */
};

/* Adds what crmsync_config_normalizer() takes from the configuration: indexes of keys are valid only
 * under the same. */
void crmi_config_normalizer_digest(const crmsync_config *config, crmi_digest *d);
const crmi_object_rule *crmi_config_object(const crmsync_config *config, crmsync_str name);
const crmi_field_rule *crmi_object_rule_by_local(const crmi_object_rule *rule, crmsync_str local);
const crmi_field_rule *crmi_object_rule_by_remote(const crmi_object_rule *rule, crmsync_str remote);
/*
 * Digest of one object's mapping and of the general rules that decide over it (local, export,
 * match, owner, deletes): digests stored in links are valid only under the same one.
 */
uint64_t crmi_object_rule_stamp(const crmi_object_rule *rule);
crmsync_str crmi_pairs_get(const crmi_value_pair *pairs, size_t n, crmsync_str local, bool *found);

#endif
