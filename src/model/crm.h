/* What the core must know of Salesforce's standard objects: one const table. */
#ifndef CRMI_MODEL_CRM_H
#define CRMI_MODEL_CRM_H

#include "base/str.h"

/* Dependency order: parents before children (users, companies, people, deals). */
enum {
    CRMI_OBJECT_USER,
    CRMI_OBJECT_ACCOUNT,
    CRMI_OBJECT_CONTACT,
    CRMI_OBJECT_LEAD,
    CRMI_OBJECT_OPPORTUNITY,
    CRMI_OBJECT_LAST
};

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
} crmi_crm_object;

const crmi_crm_object *crmi_crm_object_at(uint32_t number);
const crmi_crm_object *crmi_crm_object_named(crmsync_str name); /* exact API name; NULL = other */
const crmi_crm_object *crmi_crm_object_by_id(crmsync_str id);   /* by key prefix */
/* The name as it stands in the table, which outlives whoever wrote it; `name` itself = other. */
crmsync_str crmi_crm_object_word(crmsync_str name);

#endif
