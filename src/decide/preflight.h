/*
 * The preflight: is the org, and the user that the library acts as, fit for what is configured? One
 * item for each question, with a permanent id, so that a host can show it and tests can name it.
 */
#ifndef CRMI_DECIDE_PREFLIGHT_H
#define CRMI_DECIDE_PREFLIGHT_H

#include "base/error.h"
#include "model/config.h"
#include "model/org.h"
#include "model/schema.h"

enum {
    CRMI_CHECK_PASS = 0,
    CRMI_CHECK_INFO = 1, /* worth knowing, nothing to do */
    CRMI_CHECK_WARN = 2, /* works, and could be better or will break one day */
    CRMI_CHECK_FAIL = 3, /* does not work */
    CRMI_CHECK_STATES
};
const char *crmi_preflight_state_name(uint32_t state);

typedef struct crmi_preflight_item {
    const char *id;
    uint32_t state;      /* CRMI_CHECK_* */
    crmsync_str subject; /* `Contact.Title`; empty = the org or user as a whole */
    crmsync_str message, remedy;
} crmi_preflight_item;

typedef struct crmi_preflight {
    const crmsync_config *config;
    const crmsync_schema *schema; /* NULL = not described: fields are not looked at */
    const crmi_org_facts *facts;
    crmi_arena arena;
    crmi_preflight_item *items;
    size_t count, cap;
    bool nomem;
} crmi_preflight;

void crmi_preflight_init(crmi_preflight *p, const crmsync_alloc *alloc);
void crmi_preflight_clear(crmi_preflight *p);
/* Replaces the items by what can be told now. All but `schema` must be set. CRMSYNC_E_NOMEM. */
int32_t crmi_preflight_judge(crmi_preflight *p, crmsync_error **err);
/* Adds one item; `remedy` may be empty. */
#if defined(__GNUC__)
__attribute__((format(printf, 6, 7)))
#endif
void crmi_preflight_add(crmi_preflight *p, const char *id, uint32_t state, crmsync_str subject,
                    const char *remedy, const char *format, ...);

/* What a feature of the configuration touches: nothing else is asked for or looked at. */
typedef struct crmi_need {
    const char *object;
    uint32_t can;        /* CRMI_CAN_* */
    const char *feature; /* in words: what needs it */
} crmi_need;
#define CRMI_NEEDS_MAX 32
/* The rights that the configuration needs, by object and feature; their number. */
size_t crmi_config_needs(const crmsync_config *config, crmi_need out[CRMI_NEEDS_MAX]);

/* Parts: the user and org; objects and fields. */
void crmi_preflight_user(crmi_preflight *p);
void crmi_preflight_objects(crmi_preflight *p);

#endif
