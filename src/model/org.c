#include "model/org.h"

/* OrganizationType, Object Reference; which have the API: "Salesforce Features and Edition
 * Allocations". Only a remedy hangs on it: the API itself says whether it is open. */
static const crmi_edition editions[] = {
    {"Enterprise Edition", CRMI_API_YES},   {"Unlimited Edition", CRMI_API_YES},
    {"Performance Edition", CRMI_API_YES},  {"Developer Edition", CRMI_API_YES},
    {"Professional Edition", CRMI_API_ADDON}, {"Team Edition", CRMI_API_NO},
    {"Group Edition", CRMI_API_NO},         {"Personal Edition", CRMI_API_NO},
    {"Contact Manager Edition", CRMI_API_NO}, {"Essentials Edition", CRMI_API_NO},
    {"Base Edition", CRMI_API_NO},
};

/* By CRMI_API_*. */
static const char *const remedies[] = {
    [CRMI_API_UNKNOWN] = "Enterprise, Unlimited, Performance and Developer Edition have the API: ask an "
                         "administrator to enable it. For Professional Edition it is bought from "
                         "Salesforce. Then connect again.",
    [CRMI_API_YES] = "This edition has the API: ask Salesforce support to enable it for the org, then "
                     "connect again.",
    [CRMI_API_ADDON] = "For this edition the API is bought from Salesforce as an addition. Then connect "
                       "again.",
    [CRMI_API_NO] = "This edition has no API: change to Enterprise, Unlimited or Performance Edition, "
                    "then connect again.",
};

uint32_t crmi_edition_api(crmsync_str edition)
{
    for (size_t i = 0; i < sizeof editions / sizeof editions[0]; i++) {
        if (crmi_str_eq_ci(edition, crmi_str(editions[i].name)))
            return editions[i].api;
    }
    return CRMI_API_UNKNOWN;
}

const char *crmi_edition_remedy(crmsync_str edition)
{
    return remedies[crmi_edition_api(edition)];
}

void crmi_org_facts_init(crmi_org_facts *f, const crmsync_alloc *alloc)
{
    *f = (crmi_org_facts){.org_read = false};
    crmi_arena_init(&f->arena, alloc);
}

void crmi_org_facts_clear(crmi_org_facts *f)
{
    const crmsync_alloc *alloc = f->arena.alloc;
    crmi_arena_clear(&f->arena);
    crmi_org_facts_init(f, alloc);
}

uint32_t crmi_org_can(const crmi_org_facts *f, crmsync_str object)
{
    for (size_t i = 0; i < f->object_count; i++) {
        if (crmi_str_eq_ci(f->objects[i].name, object))
            return f->objects[i].can;
    }
    return 0;
}
