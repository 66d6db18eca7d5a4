/* Sources of suppression under one index of keys. */
#ifndef CRMI_DECIDE_SUPPRESSION_H
#define CRMI_DECIDE_SUPPRESSION_H

#include <crmsync/suppression.h>

#include "decide/decide.h"

typedef struct crmi_source {
    crmsync_str name;
    uint32_t kind; /* CRMSYNC_SOURCE_* */
    bool complete;
    int64_t read_ms;
} crmi_source;

enum { CRMI_UNSAID, CRMI_NO, CRMI_YES };

typedef struct crmi_known_opportunity {
    crmsync_str source, id, name, stage;
    int64_t close; /* days */
    bool dated;
    uint32_t closed, won; /* CRMI_UNSAID, ... */
} crmi_known_opportunity;

/* What stands under a key; the next of the same key, or CRMI_NO_DECISION. */
typedef struct crmi_entry {
    crmsync_str source;
    crmsync_str text;   /* list: the key; role: the opportunity's id */
    size_t opportunity; /* position */
    uint32_t closed, won;
    size_t next;
} crmi_entry;

struct crmsync_suppression {
    crmsync_alloc alloc;
    crmi_arena arena;
    const crmsync_config *config;
    const crmsync_normalizer *normalizer;
    crmi_source *sources;
    size_t source_count, source_cap;
    crmi_known_opportunity *opportunities;
    size_t opportunity_count, opportunity_cap;
    crmi_entry *entries;
    size_t entry_count, entry_cap;
    crmi_map heads; /* key with its prefix -> first entry */
};

/* Prefixes of keys in the index. */
#define CRMI_KEY_PERSON      "person/"
#define CRMI_KEY_CRM         "crm/"
#define CRMI_KEY_EMAIL       "email/"
#define CRMI_KEY_DOMAIN      "domain/"
#define CRMI_KEY_ACCOUNT     "account/"     /* opportunities of an account */
#define CRMI_KEY_SITE        "site/"        /* opportunities of an account's domain */
#define CRMI_KEY_ROLE        "role/"        /* opportunities of a contact, by id */
#define CRMI_KEY_OPPORTUNITY "opportunity/" /* an opportunity by id */
#define CRMI_KEY_STAGE       "stage/"
#define CRMI_KEY_CUSTOMER    "customer/" /* a domain of suppression.customer.domains */

uint32_t crmi_said(crmi_record record, crmsync_str field); /* CRMI_UNSAID, ... of a BOOL */
/* First entry under a key, or NULL. *oom is set when there is no memory for the key. */
const crmi_entry *crmi_suppression_find(const crmsync_suppression *s, const char *prefix,
                                        crmsync_str key, bool *oom);
const crmi_entry *crmi_suppression_next(const crmsync_suppression *s, const crmi_entry *entry);

/*
 * Whether a refusal stands: by the host's mark; by the CRM's or the remembered one unless the host
 * reactivated the person; a remembered one not when both sides say otherwise.
 */
bool crmi_refuses(uint32_t host, uint32_t crm, uint32_t was, bool reactivated);

#endif
