/*
 * What an org tells of itself and of the user that the library acts as: the identity that a
 * connection is made with, and the rights that the preflight looks at.
 */
#ifndef CRMI_MODEL_ORG_H
#define CRMI_MODEL_ORG_H

#include "base/str.h"

/* Rights of a user, from the profile and the permission sets together. */
enum {
    CRMI_RIGHT_API = 1u << 0,               /* API Enabled */
    CRMI_RIGHT_API_ONLY = 1u << 1,          /* API Only User: no login in a browser */
    CRMI_RIGHT_MODIFY_ALL = 1u << 2,        /* Modify All Data */
    CRMI_RIGHT_VIEW_ALL = 1u << 3,          /* View All Data */
    CRMI_RIGHT_PASSWORD_STAYS = 1u << 4,    /* Password Never Expires */
    CRMI_RIGHT_SECOND_FACTOR = 1u << 5,     /* multi-factor at logins in a browser */
    CRMI_RIGHT_SECOND_FACTOR_API = 1u << 6, /* multi-factor at logins of programs */
    CRMI_RIGHT_RUN_REPORTS = 1u << 7
};

/* Rights on an object, as its description says. */
enum { CRMI_CAN_READ = 1u << 0, CRMI_CAN_CREATE = 1u << 1, CRMI_CAN_UPDATE = 1u << 2 };

typedef struct crmi_object_rights {
    crmsync_str name;
    uint32_t can; /* CRMI_CAN_* */
} crmi_object_rights;

/* Each part was either answered (`..._read`) or refused by the org. Texts live in an arena. */
typedef struct crmi_org_facts {
    crmi_arena arena;
    bool org_read;
    crmsync_str org_name, edition;
    bool sandbox;
    bool user_read;
    crmsync_str username, user_name, user_type, role, profile;
    bool active, marketing;
    bool rights_read;
    uint32_t rights; /* CRMI_RIGHT_* */
    bool logins_read;
    uint32_t browser_logins; /* among the latest ones */
    bool session_read;
    crmsync_str session_level; /* STANDARD, HIGH_ASSURANCE */
    bool duplicates_read;
    crmsync_str duplicate_rules; /* objects with active ones, with commas */
    bool objects_read;
    crmi_object_rights *objects;
    size_t object_count;
    uint64_t calls_used, calls_limit; /* 0 = not known */
} crmi_org_facts;

void crmi_org_facts_init(crmi_org_facts *f, const crmsync_alloc *alloc);
void crmi_org_facts_clear(crmi_org_facts *f);
/* CRMI_CAN_* on an object; 0 = not visible. */
uint32_t crmi_org_can(const crmi_org_facts *f, crmsync_str object);

/* Has an edition the API? */
enum { CRMI_API_UNKNOWN = 0, CRMI_API_YES, CRMI_API_ADDON, CRMI_API_NO };
typedef struct crmi_edition {
    const char *name; /* Organization.OrganizationType */
    uint32_t api;     /* CRMI_API_* */
} crmi_edition;
/* API_UNKNOWN for editions that are not in the table. */
uint32_t crmi_edition_api(crmsync_str edition);
/* What to do where the API is off in an org of this edition; `edition` may be empty. */
const char *crmi_edition_remedy(crmsync_str edition);

#endif
