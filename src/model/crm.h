/* What the core must know of Salesforce's standard objects: one const table. */
#ifndef CRMI_MODEL_CRM_H
#define CRMI_MODEL_CRM_H

#include "base/str.h"

/* Users, companies, people, deals, campaigns, and what joins them. In dependency order but for
 * campaigns, which deals may refer to. */
enum {
    CRMI_OBJECT_USER,
    CRMI_OBJECT_ACCOUNT,
    CRMI_OBJECT_CONTACT,
    CRMI_OBJECT_LEAD,
    CRMI_OBJECT_OPPORTUNITY,
    CRMI_OBJECT_CAMPAIGN,
    CRMI_OBJECT_CONTACT_ROLE,
    CRMI_OBJECT_CAMPAIGN_MEMBER,
    CRMI_OBJECT_TASK,
    CRMI_OBJECT_EVENT,
    CRMI_OBJECT_LAST
};

/* A reference that an import turns into the host's id of the record referred to. */
typedef struct crmi_crm_relation {
    const char *remote; /* WhoId */
    const char *local;  /* person_id; of several with one name the first that is known counts */
    const char *kind;   /* of the host's record */
} crmi_crm_relation;
#define CRMI_CRM_RELATIONS 3

typedef struct crmi_crm_object {
    uint32_t number;         /* CRMI_OBJECT_* */
    const char *name;        /* API name */
    const char *prefix;      /* first three characters of its ids */
    const char *local_kind;  /* person, company, user, opportunity */
    bool writeable;          /* opportunities and users are never written */
    bool merges;             /* has MasterRecordId */
    const char *parent_field; /* AccountId; NULL = none */
    const char *required[4]; /* floor of required fields on create, NULL-terminated */
    const char *system_fields; /* read with every row besides Id, comma separated */
    crmi_crm_relation relations[CRMI_CRM_RELATIONS]; /* as far as they have names */
    bool by_phase;    /* written by a phase of its own, never by its mapping */
    bool needs_person; /* a row that belongs to nobody known is not imported */
} crmi_crm_object;

const crmi_crm_object *crmi_crm_object_at(uint32_t number);
const crmi_crm_object *crmi_crm_object_named(crmsync_str name); /* exact API name; NULL = other */
const crmi_crm_object *crmi_crm_object_by_id(crmsync_str id);   /* by key prefix */
/* The name as it stands in the table, which outlives whoever wrote it; `name` itself = other. */
crmsync_str crmi_crm_object_word(crmsync_str name);

#endif
