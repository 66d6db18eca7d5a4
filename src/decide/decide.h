/*
 * The pure core: from configuration, schema, local records, CRM records and base values to
 * decisions. Values in, values out; nothing here reads a clock, a store or the network.
 *
 * One decision stands for one input record and holds everything the sync layer needs to carry it
 * out on both sides, to settle it in the link, to log it and to show it to a person.
 */
#ifndef CRMI_DECIDE_DECIDE_H
#define CRMI_DECIDE_DECIDE_H

#include <crmsync/decide.h>
#include <crmsync/normalize.h>

#include "model/config.h"
#include "model/link.h"
#include "model/rows.h"
#include "model/schema.h"

/* What a decision does to a side. */
enum { CRMI_OP_NONE, CRMI_OP_CREATE, CRMI_OP_UPDATE, CRMI_OP_DEACTIVATE /* local side only */ };

/* What becomes of a field's shadows once the decision is carried out. */
enum {
    CRMI_BASE_KEEP,      /* untouched */
    CRMI_BASE_AGREE,     /* l = local value (as stored, when written), c = crm_old */
    CRMI_BASE_DIVERGE,   /* l = local value, c = crm_old, state diverged */
    CRMI_BASE_SENT,      /* after settle: l = local_old, c = crm_new, state unverified. On a create
                            crm_new may be ABSENT: remember c ABSENT, "we never sent it" */
    CRMI_BASE_ADOPT_CRM, /* c = crm_old, l kept: first read of a field that we never sent */
    CRMI_BASE_FOUGHT     /* like DIVERGE, state fought: no write until l moves */
};

typedef struct crmi_field_decision {
    const crmi_field_rule *rule; /* NULL: stamp, owner, status, parent, constant */
    crmsync_str local;           /* local field; may be empty */
    crmsync_str remote;
    crmsync_cell local_old, local_new; /* local_new ABSENT = not written */
    crmsync_cell crm_old, crm_new;     /* crm_new ABSENT = not written */
    uint32_t reason;                   /* CRMSYNC_REASON_*: who won and why */
    uint32_t base;                     /* CRMI_BASE_* */
} crmi_field_decision;

/* A further CRM record found for the same person or company. */
typedef struct crmi_other {
    crmsync_str object;
    crmsync_str id;
    uint32_t state;       /* CRMI_TARGET_* */
    crmsync_str moved_to; /* a converted lead's Contact, a merge's winner */
} crmi_other;

#define CRMI_NO_DECISION ((size_t)-1)

typedef struct crmi_decision {
    crmsync_str kind;     /* local kind */
    crmsync_str local_id; /* empty: a local record that is to be created; one that is imported may
                             bring the id that the org keeps for it */
    crmsync_str rev;      /* precondition of the local side; empty = none */
    crmsync_str object;   /* Salesforce object; empty when nothing was found or routed */
    crmsync_str crm_id;   /* existing CRM record; empty = none or to be created */
    int64_t
        crm_stamp; /* precondition of the CRM side: SystemModstamp it was decided on, 0 = none */
    uint32_t direction; /* CRMSYNC_DIRECTION_IN or _OUT: which flow asked */
    uint32_t crm_op;    /* CRMI_OP_* */
    uint32_t local_op;  /* CRMI_OP_* */
    bool link;          /* the link gains crm_id as a new target */
    uint32_t outcome;   /* CRMSYNC_OUTCOME_*: what it will be counted as when all goes well */
    uint32_t reason;    /* CRMSYNC_REASON_*: why that outcome */
    uint32_t rule;      /* CRMSYNC_REASON_MATCH_*: how the CRM record was found; 0 = not */
    crmi_field_decision *fields;
    size_t field_count;
    crmi_other *others; /* secondary records, ambiguous candidates, converted leads */
    size_t other_count;
    size_t parent; /* index of the Account decision this one needs first; CRMI_NO_DECISION */
    crmsync_str parent_field; /* "AccountId", set from the parent's new id when parent is given */
    size_t same_as; /* local duplicate: index of the decision whose CRM record it shares */
    uint32_t flags; /* CRMI_DECISION_* */
    const crmsync_str *claims; /* natural keys "person/email/a@b", "company/domain/acme.com", ... */
    size_t claim_count;
    size_t input;     /* position in the input page (persons, companies or rows) */
    crmsync_str slot; /* activities: the object it is logged to, "Contact" or "Lead". The activity's
                         link keeps it in the target's moved_to, which is unused while it lives.
                         Campaign members: the campaign's id */
    crmsync_str wish;   /* what the caller asked for, kept for a retry; written by the sync layer.
                           Campaign members held for a status that is missing: that status */
    crmsync_str detail; /* a few words for the log: the ambiguous ids, the missing field, ... */
} crmi_decision;

#define CRMI_DECISION_AUTO_ASSIGN 0x1u /* send Sforce-Auto-Assign: TRUE */
#define CRMI_DECISION_DEACTIVATED 0x2u /* the link becomes inactive */
#define CRMI_DECISION_MANUAL      0x4u
#define CRMI_DECISION_REACTIVATED 0x8u  /* the local record becomes active again */
#define CRMI_DECISION_PARTIAL     0x10u /* only chosen fields were looked at */
#define CRMI_DECISION_COMPANION   0x20u /* a further CRM record of the person of the one before it */
#define CRMI_DECISION_SHARES      0x40u /* another local record leads the CRM record it is linked to */

/* A page of decisions; everything in it lies in its arena or is borrowed from the inputs. */
typedef struct crmi_plan {
    crmi_arena arena;
    crmi_decision *items;
    size_t count;
    size_t cap;
} crmi_plan;

void crmi_plan_init(crmi_plan *plan, const crmsync_alloc *alloc);
void crmi_plan_clear(crmi_plan *plan);
void crmi_plan_reset(crmi_plan *plan); /* empties it for the next page and keeps the memory */

/* One Salesforce user, as owners are chosen from. */
typedef struct crmi_owner {
    crmsync_str id;    /* 18 characters */
    crmsync_str email; /* normalized; a sandbox's ".invalid" already stripped */
    bool active;
    bool standard; /* UserType Standard */
} crmi_owner;

typedef struct crmi_decide_env {
    const crmsync_alloc *alloc;
    const crmsync_config *config;
    const crmsync_schema *schema;
    const crmsync_normalizer *normalizer;
    const crmi_owner *owners;
    size_t owner_count;
    crmsync_str integration_user; /* id of the user we are */
    int64_t now_ms;               /* server time */
    crmi_map *users_by_email; /* what was found of members' addresses; NULL = not remembered */
} crmi_decide_env;

/* ---- export: people, with the companies they need ---- */

/* A company that people of the page belong to. */
typedef struct crmi_company_input {
    crmi_record local;     /* the host's company record; {NULL,0} = only known from people */
    const crmi_link *link; /* NULL = none */
    const crmi_record *candidates; /* Account rows found by id or key, any order, repeats allowed */
    size_t candidate_count;
    bool unknown;       /* the look-up failed: hold creates, never "absent" */
    crmi_record sample; /* a person it was derived from, when local is none */
    const crmsync_str *owners; /* per candidate: the other local record that leads it, or empty;
                                  NULL = none is known */
    const crmsync_str *fields; /* the only ones to update, by local or remote name */
    size_t field_count;        /* 0 = all */
    bool manual;
} crmi_company_input;

typedef struct crmi_person_input {
    crmi_record local;
    const crmi_link *link;
    const crmi_record *candidates; /* Lead and Contact rows (rows kind = object): the linked ones
                                      and all of the e-mail, deleted and converted ones included */
    size_t candidate_count;
    size_t company; /* index into companies, or (size_t)-1 */
    bool unknown;   /* the look-up failed */
    bool manual;    /* A-38: export this one whatever the stage says */
    uint32_t route; /* CRMI_ROUTE_*: named by the caller; 0 = configuration decides */
    const crmsync_str *owners; /* as of a company */
    const crmsync_str *fields;
    size_t field_count;
    uint32_t suppressed; /* CRMSYNC_REASON_OPT_OUT to _SOURCE_STALE, the strongest that a check of
                            suppression told; 0 = clear or not asked */
    crmsync_str suppressed_by; /* for the log: the list, the opportunity; may be empty */
} crmi_person_input;

typedef struct crmi_export_page {
    const crmi_person_input *people;
    size_t person_count;
    const crmi_company_input *companies;
    size_t company_count;
    bool companies_too; /* decide the companies' own updates as well (objects.Account out) */
} crmi_export_page;

/*
 * Adds a decision per person, and one per company that needs a CRM or local write or a link,
 * parents before children. CRMSYNC_E_NOMEM or CRMSYNC_E_INVALID; the plan is then to be cleared.
 */
int32_t crmi_decide_export(const crmi_decide_env *env, const crmi_export_page *page,
                           crmi_plan *plan, crmsync_error **err);

/* Keys a company is looked up by; normalized, empty = none. Texts lie in the arena. */
typedef struct crmi_company_keys {
    crmsync_str host;         /* host of the website, sub-domains kept */
    crmsync_str website;      /* its registrable domain; never a shared host */
    crmsync_str email_domain; /* of the person's address; never freemail or shared */
    crmsync_str name;         /* normalized company name */
    crmsync_str raw_name;     /* as written */
    crmsync_str raw_website;
} crmi_company_keys;
/* From a company record, a person record, or both (either may be {NULL,0}); the company's own
 * values come first. */
int32_t crmi_company_keys_of(const crmi_decide_env *env, crmi_record company, crmi_record person,
                             crmi_arena *arena, crmi_company_keys *out, crmsync_error **err);
/* The e-mail key of a person record, empty = none or not valid. */
int32_t crmi_person_email_key(const crmi_decide_env *env, crmi_record person, crmi_arena *arena,
                              crmsync_str *out, crmsync_error **err);

/*
 * An import decision may carry a crm_op UPDATE as well: a rule lets the host's value win over the
 * one just read. It is sent like an export's, or the record is put into the export queue. For an id
 * that died, was merged or converted, others[0] tells the new state of that id; crm_id is then the
 * record that the link follows to (the same id for deleted and undeleted ones). `matches` of a
 * linked row are local records other than its own with the row's new e-mail address: the address is
 * then held on both sides.
 *
 * ---- import: rows of one object, as a query returned them ----
 */

typedef struct crmi_import_input {
    crmi_record crm;       /* with the system fields of crmi_crm_object */
    const crmi_link *link; /* of the local record this CRM id belongs to; NULL = none */
    crmi_record local;     /* that record; {NULL,0} = none or gone */
    const crmi_record
        *matches; /* local records found by e-mail, domain or name; unlinked rows only */
    const crmi_link *const *match_links; /* link of each match, or NULL */
    size_t match_count;
    crmsync_str
        parent_local_id; /* local id of the linked parent (a Contact's company); may be empty */
    crmsync_str heir; /* who leads the record that this one was merged or converted into */
    crmsync_str related[CRMI_CRM_RELATIONS]; /* local ids by the object's relations; may be empty */
} crmi_import_input;

int32_t crmi_decide_import(const crmi_decide_env *env, const crmi_crm_object *object,
                           const crmi_import_input *rows, size_t count, crmi_plan *plan,
                           crmsync_error **err);

/* ---- activities ---- */

/* An open opportunity that an activity could be related to. */
typedef struct crmi_opportunity {
    crmsync_str id;
    crmsync_str account;
    crmsync_str contact; /* that has a role in it; empty = it is here for its account */
    int64_t created_ms;
} crmi_opportunity;

/* The fields of an activity record are those of crmi_activity_field_at(). */
typedef struct crmi_activity_input {
    crmi_record local;
    const crmi_link *person; /* NULL = person not in the CRM yet: WAITING */
    const crmi_link *link;   /* of the activity itself: slots logged already */
    int64_t civil_date;      /* env civil_date of `at`, days since 1970-01-01 */
    int64_t waiting_since;   /* server time it was parked, ms; 0 = it is not */
    size_t waiting_others;   /* activities that wait for the same person */
    crmsync_str account;     /* of the person's Contact; empty = none or not known */
    crmsync_str opportunity; /* Salesforce id of the one that the record names; empty = none */
    const crmi_opportunity *opportunities; /* of the page */
    size_t opportunity_count;
    const crmsync_str *counted; /* activities that its allowance was given to, itself included */
    size_t counted_count;
    crmsync_str visit; /* the activity that stands for its visit since an earlier run; or empty */
} crmi_activity_input;

/* Some kinds are logged a limited number of times: clicks of one link, visits of one day. */
typedef struct crmi_allowance {
    const char *key_kind; /* NULL = not limited */
    crmsync_str key;
    size_t limit;
    uint32_t reason; /* why one is not logged once it is used up */
} crmi_allowance;
/* CRMSYNC_E_NOMEM. The key lies in the arena. */
int32_t crmi_activity_allowance(const crmi_decide_env *env, crmi_record local, int64_t civil_date,
                                crmi_arena *arena, crmi_allowance *out, crmsync_error **err);

/* The same of the visit that a page view belongs to. The inputs of a decision hold all records of a
 * visit, or its description loses the missing ones. */
int32_t crmi_activity_session(const crmi_decide_env *env, crmi_record local, int64_t civil_date,
                              crmi_arena *arena, crmi_allowance *out, crmsync_error **err);

/*
 * Adds the decisions in the order they are best sent in: what locks no account first, then by
 * account.
 */
int32_t crmi_decide_activities(const crmi_decide_env *env, const crmi_activity_input *items,
                               size_t count, crmi_plan *plan, crmsync_error **err);

/* ---- campaign members ---- */

/* Something that happened to a person in a campaign before. */
typedef struct crmi_member_past {
    crmsync_str event; /* CRMI_EVENT_REMOVED, or an engagement decided earlier */
    int64_t at;
} crmi_member_past;
#define CRMI_EVENT_REMOVED "removed"

/* A person in a campaign: one record, over Lead and Contact. */
typedef struct crmi_member_input {
    crmsync_str campaign;           /* id of 18 characters */
    crmsync_str person;             /* the host's id */
    crmsync_str contact, lead;      /* CRM ids of 18 characters; empty = none */
    bool converted;                 /* the Lead was converted: the Contact stands for it */
    const crmi_record *engagements; /* campaign_id, person_id, event, form_type, at, ... */
    const size_t *positions;        /* of the engagements in the input page */
    size_t engagement_count;
    const crmi_member_past *past;
    size_t past_count;
    const crmsync_str *labels; /* the campaign's member statuses; none = not read */
    size_t label_count;
    const crmi_record *members; /* CampaignMember rows of the Contact, then of the Lead */
    size_t member_count;
} crmi_member_input;

/* Adds a decision of kind "member" per input. CRMSYNC_E_NOMEM otherwise. */
int32_t crmi_decide_members(const crmi_decide_env *env, const crmi_member_input *items,
                            size_t count, crmi_plan *plan, crmsync_error **err);

/* ---- shared pieces, each tested alone ---- */

/* Salesforce's own save rules: would it store `a` and `b` as the same value of this field? */
bool crmi_save_equal(const crmi_field *field, const crmsync_cell *a, const crmsync_cell *b,
                     crmi_arena *arena);
/*
 * Converts a local cell to what is sent (type, picklist, value map, cut). 0; a reason
 * of those that crmi_converted() knows when something was lost (CUT, RANGE_BOUND, VALUE_DEFAULT,
 * DAY_IN_UTC); the reason why it cannot be converted, with *out ABSENT; or
 * CRMI_CONVERT_NOMEM. `rule` and `field` may be NULL: no maps, no type. Texts may be borrowed from the
 * cell; what goes to a described field without being mapped is copied.
 */
#define CRMI_CONVERT_NOMEM UINT32_MAX
bool crmi_converted(uint32_t result); /* 0, or lossy and told so */
uint32_t crmi_to_crm(const crmi_decide_env *env, const crmi_field *field,
                     const crmi_field_rule *rule, const crmsync_cell *in, crmi_arena *arena,
                     crmsync_cell *out);
uint32_t crmi_to_local(const crmi_decide_env *env, const crmi_field *field,
                       const crmi_field_rule *rule, const crmsync_cell *in, crmi_arena *arena,
                       crmsync_cell *out);

#endif
