/*
 * The configuration as C values. Every text lies in the configuration's arena; every member has its
 * default filled in. docs/configuration.md is generated from the same table that parses it.
 */
#ifndef CRMI_MODEL_CONFIG_H
#define CRMI_MODEL_CONFIG_H

#include <crmsync/config.h>

#include "base/map.h"
#include "model/activity_kind.h"
#include "model/crm.h"

/* Who decides when both sides have a value ("import"). */
enum { CRMI_IMPORT_CRM, CRMI_IMPORT_LOCAL, CRMI_IMPORT_NEVER, CRMI_IMPORT_TWO_WAY };
/* What may be written to Salesforce ("export"). */
enum { CRMI_EXPORT_FILL, CRMI_EXPORT_OVERWRITE, CRMI_EXPORT_NEVER };
/* Who wins a two-way conflict that time cannot decide ("winner"). */
enum { CRMI_WINNER_CRM, CRMI_WINNER_LOCAL };
enum { CRMI_MODE_LEADS, CRMI_MODE_CONTACTS, CRMI_MODE_BY_STATUS };
enum { CRMI_ROUTE_NONE, CRMI_ROUTE_LEAD, CRMI_ROUTE_CONTACT };
enum { CRMI_PUSH_NEW_PEOPLE, CRMI_PUSH_ACCOUNTS, CRMI_PUSH_ENGAGEMENT };
enum { CRMI_STAMP_CREATE, CRMI_STAMP_ALWAYS, CRMI_STAMP_IF_EMPTY };
enum {
    CRMI_OWNER_FALLBACK,
    CRMI_OWNER_OMIT,
    CRMI_OWNER_SKIP_FIELD,
    CRMI_OWNER_ERROR,
    CRMI_OWNER_AS_ALL /* an object's own: as for all objects */
};
/* What an object's "deletes" says: a word of its own, or as for all objects. */
enum { CRMI_DELETES_IGNORE, CRMI_DELETES_DEACTIVATE, CRMI_DELETES_AS_ALL };
/* When owners cross ("apply"); two_way and in also import them, inherit is an object's own. */
enum {
    CRMI_OWNER_ON_CREATE,
    CRMI_OWNER_ALWAYS,
    CRMI_OWNER_NEVER,
    CRMI_OWNER_TWO_WAY,
    CRMI_OWNER_IN,
    CRMI_OWNER_INHERIT
};
enum { CRMI_BOTH_CONTACT, CRMI_BOTH_LEAD, CRMI_BOTH_EACH };
enum { CRMI_STATUS_ALWAYS, CRMI_STATUS_FORWARD, CRMI_STATUS_ONLY_FROM };
enum { CRMI_AMBIGUOUS_HOLD, CRMI_AMBIGUOUS_CHOOSE };
enum { CRMI_BOTH_EXIST_PRIMARY, CRMI_BOTH_EXIST_EACH }; /* which of a person's records is written */
/* Which open opportunity an activity is related to ("activities.opportunity"). */
enum { CRMI_OPPORTUNITY_OFF, CRMI_OPPORTUNITY_SINGLE, CRMI_OPPORTUNITY_NEWEST };
enum { CRMI_TOO_LONG_REFUSE, CRMI_TOO_LONG_CUT };
/* How the values of both sides become one ("reduce"). */
enum {
    CRMI_REDUCE_NONE,
    CRMI_REDUCE_OR,
    CRMI_REDUCE_MAX,
    CRMI_REDUCE_MIN,
    CRMI_REDUCE_EARLIEST,
    CRMI_REDUCE_APPEND,
    CRMI_REDUCE_SUM
};
/* What "50-100" is to a number field ("number_range"). */
enum { CRMI_RANGE_REFUSE, CRMI_RANGE_LOWER, CRMI_RANGE_UPPER };
/* Whether an instant may become a date and the other way round ("instant"). */
enum { CRMI_INSTANT_REFUSE, CRMI_INSTANT_UTC };
enum { CRMI_PACKING_AUTO, CRMI_PACKING_MAX, CRMI_PACKING_ONE };
/* By which API single records are created ("export.create_api"). */
enum { CRMI_CREATE_COLLECTIONS, CRMI_CREATE_UI_IDEMPOTENT };
/* What happens to a record of ours that is a second one ("export.twin"). */
enum { CRMI_TWIN_KEEP, CRMI_TWIN_DELETE_OWN };
/* What a refusal by a duplicate rule means ("export.duplicates"). */
enum { CRMI_DUPLICATES_USE_EXISTING, CRMI_DUPLICATES_ALLOW_SAVE, CRMI_DUPLICATES_FAIL };
enum {
    CRMI_FLOW_WEB_SERVER,
    CRMI_FLOW_JWT_BEARER,
    CRMI_FLOW_CLIENT_CREDENTIALS,
    CRMI_FLOW_PASSWORD
};
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
    crmsync_str local;    /* field of the host's record; empty: constant or composed */
    crmsync_str constant; /* a fixed text */
    crmsync_str composed; /* "template": a text with local fields in braces */
    crmsync_str remote;   /* API name, or a dotted path (import only) */
    uint32_t import;      /* CRMI_IMPORT_* */
    uint32_t export;    /* CRMI_EXPORT_* */
    uint32_t winner;    /* CRMI_WINNER_* */
    uint32_t too_long;  /* CRMI_TOO_LONG_* */
    uint32_t reduce;      /* CRMI_REDUCE_* */
    uint32_t number_range; /* CRMI_RANGE_* */
    uint32_t instant;     /* CRMI_INSTANT_* */
    bool propagate_null;
    const crmsync_str *empty_values;
    size_t empty_value_count;
    const crmsync_str *blanks; /* those, and the ones of the whole configuration */
    size_t blank_count;
    const crmi_value_pair *values; /* "values": local -> remote */
    size_t value_count;
    crmsync_str value_default; /* sent for what `values` or the picklist lacks; empty = none */
    const crmi_value_pair *inverse; /* "inverse": remote -> local, kept as (local, remote) pairs */
    size_t inverse_count;
    crmsync_str pointer; /* "/objects/Lead/fields/3", for messages */
} crmi_field_rule;

typedef struct crmi_status_rule {
    bool enabled;
    crmsync_str local;  /* local field */
    crmsync_str remote; /* Lead: Status; Contact: a custom field */
    uint32_t policy;    /* CRMI_STATUS_*; forward = rank is the order of `values` */
    const crmsync_str *only_from; /* statuses in Salesforce that may be replaced */
    size_t only_from_count;
    const crmi_value_pair *values;
    size_t value_count;
    const crmi_value_pair *inverse;
    size_t inverse_count;
} crmi_status_rule;

/* Who owns records of an object, and who tells whom. */
typedef struct crmi_owner_rule {
    uint32_t apply;       /* CRMI_OWNER_ON_CREATE.. */
    uint32_t unmapped;    /* CRMI_OWNER_FALLBACK.. */
    crmsync_str local;    /* field of the host's record */
    crmsync_str fallback; /* User or Group id; empty = none */
} crmi_owner_rule;

/* A constant that tells where exported records came from. */
typedef struct crmi_stamp_rule {
    crmsync_str field, value;
    uint32_t when;    /* CRMI_STAMP_* */
    uint32_t objects; /* bit (1 << CRMI_STAMP_ON_*) */
} crmi_stamp_rule;
enum { CRMI_STAMP_ON_LEAD, CRMI_STAMP_ON_CONTACT, CRMI_STAMP_ON_ACCOUNT };

typedef struct crmi_object_rule {
    const crmi_crm_object *crm; /* facts: name, local kind, ... */
    bool enabled;       /* direction is not "off" */
    uint32_t direction; /* CRMI_DIRECTION_*, as configured */
    bool create_in, create_out, update_in, update_out;     /* as configured */
    bool in_create, in_update, out_create, out_update;     /* and the direction allows it */
    crmsync_str filter;         /* SOQL condition, import only; empty = all */
    crmsync_str reads;          /* filter, and what else limits the import */
    crmsync_str external_id;    /* field that holds the host's id; empty = none */
    crmi_field_rule *fields;
    size_t field_count;
    crmi_status_rule status;
    crmi_owner_rule owner; /* as configured: may say inherit, or nothing */
    crmi_owner_rule owned; /* what holds */
    uint32_t deletes;      /* CRMI_DELETES_* */
    bool start_now;        /* the first import takes only what is new */
    uint32_t interval_min; /* 0 = only when asked */
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
    crmsync_str segments;    /* lists what the record is a member of, as a;b */
    crmsync_str opt_out, do_not_contact; /* BOOL fields of consent; empty = none */
} crmi_local_names;

typedef struct crmi_activity_rule {
    bool enabled;
    uint32_t kinds;    /* bit (1 << CRMI_ACTIVITY_*) */
    uint32_t objects[CRMI_ACTIVITY_LAST]; /* CRMI_LOG_*, by kind */
    uint32_t both;     /* CRMI_BOTH_* */
    uint32_t opportunity; /* CRMI_OPPORTUNITY_* */
    bool content;      /* log bodies */
    uint32_t park_days; /* how long one waits for its person; 0 = for ever */
    uint32_t park_max;  /* how many of one person wait; 0 = any number */
    uint32_t visits_per_day; /* of one person; 0 = any number */
    uint32_t context_days; /* Tasks and Events of the CRM that are imported; 0 = of any age */
} crmi_activity_rule;

/* Whose opportunities count for a person ("suppression.opportunities.scope"). */
enum { CRMI_SCOPE_ACCOUNT, CRMI_SCOPE_CONTACT_ROLE, CRMI_SCOPE_OFF };

/* Who is not contacted. Windows in days; 0 = as each member's sentence says. */
typedef struct crmi_suppression_rule {
    bool holds_export;
    uint32_t max_age_hours; /* of every source; 0 = never stale */
    const crmsync_str *lists; /* names of sources that must be there */
    size_t list_count;
    crmsync_str opt_out, do_not_call; /* BOOL fields of the person; no do_not_call = none */
    uint32_t scope;                   /* CRMI_SCOPE_* */
    const crmsync_str *stages;        /* of open opportunities that count; none = all */
    size_t stage_count;
    uint32_t overdue_days, lost_days, won_days;
    bool won;                   /* a won opportunity makes a customer */
    crmsync_str customer_field; /* of the person or company */
    const crmsync_str *customer_values;
    size_t customer_value_count;
    const crmsync_str *customer_domains;
    size_t customer_domain_count;
} crmi_suppression_rule;

/* Records of the org that are one set to the host; exactly one of the sources is given. */
typedef struct crmi_audience_rule {
    crmsync_str name;
    uint32_t object;       /* word of the table; see crmi_audience_object() */
    crmsync_str list_view; /* id or developer name */
    crmsync_str report;    /* id */
    bool background;       /* the report is run in the background */
    crmsync_str soql;
    crmsync_str campaign; /* id: the leads or contacts who are its members */
    uint32_t interval_min; /* 0 = with every run */
    uint32_t max_age_hours; /* 0 = never stale */
} crmi_audience_rule;

/* One rule from an engagement to a member status; the first that fits counts. */
typedef struct crmi_member_rule {
    crmsync_str event;
    const crmsync_str *form_types; /* none = any */
    size_t form_type_count;
    crmsync_str status; /* one of crmi_campaign_rule.statuses */
    bool once;          /* moves a member once only */
} crmi_member_rule;

typedef struct crmi_campaign_rule {
    bool enabled;
    bool create_statuses; /* in campaigns that lack one */
    uint32_t park_days;   /* how long an engagement waits for its person; 0 = for ever */
    const crmsync_str *picked; /* ids of the campaigns that are imported; none = all */
    size_t picked_count;
    const crmsync_str *statuses; /* the weakest first: the place is the rank */
    size_t status_count;
    crmi_member_rule *events;
    size_t event_count;
    const crmi_value_pair *fields; /* of the engagement -> custom field of CampaignMember */
    size_t field_count;
} crmi_campaign_rule;

/* Whose record a signal's rule is about. */
enum { CRMI_SIGNAL_PERSON, CRMI_SIGNAL_COMPANY, CRMI_SIGNAL_RECORDS };

/* What is made of a signal of that name; several rules may have it. */
typedef struct crmi_signal_rule {
    crmsync_str name;
    uint32_t record;                /* CRMI_SIGNAL_* */
    const crmi_value_pair *fields;  /* .local = field in Salesforce, .remote = template */
    size_t field_count;
    crmsync_str subject; /* template; empty = no Task */
    crmsync_str owner;   /* User id; empty = as the signal's record says */
    uint32_t due_days;
    bool high; /* priority */
} crmi_signal_rule;

struct crmsync_config {
    crmsync_alloc alloc;
    crmi_arena arena;
    crmsync_str dump;
    uint64_t digest;

    struct {
        bool enabled;
        crmsync_str name; /* for people; empty = none */
        bool exclusive;   /* one active CRM per workspace */
        uint32_t flow;    /* CRMI_FLOW_* */
        bool allow_password;
        bool sandbox;
        crmsync_str my_domain;  /* prefix; empty = login_host or the generic host */
        crmsync_str login_host; /* https://...; empty = derived */
        crmsync_str api_version; /* "60.0" */
        crmsync_str client_id;
        crmsync_str redirect_uri;
        crmsync_str username; /* JWT, password */
        const crmsync_str *scopes;
        size_t scope_count;
        crmsync_str package_url, package_url_sandbox; /* where the app is installed from */
        bool allow_loopback_http;
    } connection;

    bool data_sync; /* the switch over all records */
    crmi_object_rule objects[CRMI_OBJECT_LAST]; /* by CRMI_OBJECT_* */
    crmi_local_names local;

    struct {
        uint32_t mode;       /* CRMI_MODE_* */
        const crmi_value_pair *routes; /* status -> "lead" | "contact" | "none" */
        size_t route_count;
        bool account_create;
        crmi_stamp_rule stamp; /* no field = none */
        crmi_stamp_rule *stamps;
        size_t stamp_count;
        const crmsync_str *segments; /* none = everybody */
        size_t segment_count;
        uint32_t auto_push; /* bit (1 << CRMI_PUSH_*) */
        uint32_t create_api; /* CRMI_CREATE_* */
        uint32_t duplicates; /* CRMI_DUPLICATES_* */
        uint32_t twin;       /* CRMI_TWIN_* */
        bool strict;         /* updates go only where nobody has written since they were decided */
    } export;

    const crmsync_str *empty_values; /* count as empty in every mapped field */
    size_t empty_value_count;

    struct {
        uint32_t account[CRMI_MATCH_LAST];
        size_t account_count;
        bool keep_subdomains;
        bool create_without_email; /* a person without e-mail may be created */
        uint32_t ambiguous;        /* CRMI_AMBIGUOUS_*: several people of one address */
        uint32_t both_exist;       /* CRMI_BOTH_EXIST_* */
        const crmsync_str *freemail_add, *freemail_remove;
        size_t freemail_add_count, freemail_remove_count;
        const crmsync_str *shared_host_add, *legal_form_add;
        size_t shared_host_add_count, legal_form_add_count;
    } match;

    struct {
        const crmi_value_pair *map; /* local owner -> User id */
        size_t map_count;
        const crmi_value_pair *inverse; /* (local owner, User id): several users, one owner */
        size_t inverse_count;
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
        uint32_t pause_min; /* 0 = the default */
        uint32_t partitions;
        uint32_t bulk_from; /* writes of one object and kind that go by a bulk job; 0 = never */
        uint32_t bulk_query_from; /* 0 = never */
        uint32_t reconcile_days;  /* 0 = only when asked or in doubt */
        uint32_t deletions_h;     /* 0 = in each import */
        uint32_t breaker_creates, breaker_updates, breaker_deactivations; /* 0 = off */
    } limits;

    struct {
        uint32_t log_days, undo_days; /* 0 = for ever; 0 = not kept */
    } retention;

    bool delete_deactivates; /* default true */
    bool undelete_person;    /* an undelete makes the local record active again, not its link alone */

    crmi_suppression_rule suppression;
    crmi_audience_rule *audiences;
    size_t audience_count;
    crmi_campaign_rule campaigns;
    crmi_signal_rule *signals;
    size_t signal_count;
};

/* Adds what crmsync_config_normalizer() takes from the configuration: indexes of keys are valid only
 * under the same. */
void crmi_config_normalizer_digest(const crmsync_config *config, crmi_digest *d);
const crmi_object_rule *crmi_config_object(const crmsync_config *config, crmsync_str name);
uint32_t crmi_audience_object(const crmi_audience_rule *rule); /* CRMI_OBJECT_* of the members */
/* Digest of the source: a set that was read under another one is not this audience's. Never 0. */
uint64_t crmi_audience_stamp(const crmi_audience_rule *rule);
const crmi_audience_rule *crmi_config_audience(const crmsync_config *config, crmsync_str name);
/* Reads one audience from a JSON object that stands by itself, into `arena`; no name is needed.
 * CRMSYNC_E_INVALID with the place in it. */
int32_t crmi_audience_read(crmi_arena *arena, crmsync_str json, crmi_audience_rule *out,
                           crmsync_error **err);
const crmi_field_rule *crmi_object_rule_by_local(const crmi_object_rule *rule, crmsync_str local);
const crmi_field_rule *crmi_object_rule_by_remote(const crmi_object_rule *rule, crmsync_str remote);
/* Does it map anything, so that a run over records has something to do? */
bool crmi_config_maps(const crmsync_config *config);
bool crmi_owner_imported(const crmi_owner_rule *rule);
/* The stamps, export.stamp first (perhaps without a field); NULL past the last one. */
const crmi_stamp_rule *crmi_config_stamp(const crmsync_config *config, size_t i);
bool crmi_stamp_covers(const crmi_stamp_rule *stamp, uint32_t object); /* CRMI_OBJECT_* */
/* Whether values of a describe type (CRMI_TYPE_*) can be combined that way. */
bool crmi_reduce_fits(uint32_t reduce, uint32_t type);
/*
 * Digest of one object's mapping and of the general rules that decide over it (local, export,
 * match, owner, empty_values, deletes): digests stored in links are valid only under the same one.
 */
uint64_t crmi_object_rule_stamp(const crmi_object_rule *rule);
/* The next part of a template; below 0 when a brace has no partner. */
enum { CRMI_TEMPLATE_BAD = -1, CRMI_TEMPLATE_END, CRMI_TEMPLATE_TEXT, CRMI_TEMPLATE_FIELD };
int crmi_template_next(crmsync_str *rest, crmsync_str *part);
crmsync_str crmi_pairs_get(const crmi_value_pair *pairs, size_t n, crmsync_str local, bool *found);

#endif
