/* What Salesforce's refusals mean: one table, and the readers of its error shapes. */
#ifndef CRMI_SALESFORCE_ERRORS_H
#define CRMI_SALESFORCE_ERRORS_H

#include "base/json.h"
#include "salesforce/request.h"

/* What may be done about it. */
enum {
    CRMI_RETRY_NEVER = 0,   /* not unchanged */
    CRMI_RETRY_REFRESH = 1, /* new access token, then the same once */
    CRMI_RETRY_BACKOFF = 2, /* the same, soon and a few times */
    CRMI_RETRY_LATER = 3,   /* the same, in minutes to hours (quota, maintenance, approval lock) */
    CRMI_RETRY_SMALLER = 4, /* in smaller pieces or a narrower window */
    CRMI_RETRY_REREAD = 5,  /* the record changed its state over there: read, then decide anew */
    CRMI_RETRY_DROP_FIELD = 6, /* without the fields that are named */
    CRMI_RETRY_DESCRIBE = 7,   /* describe the object anew: fields differ */
    CRMI_RETRY_REQUERY = 8,    /* start the query again from a checkpoint */
    CRMI_RETRY_OWNER = 9,      /* once without OwnerId */
    CRMI_RETRY_CULPRIT = 10,   /* without the record that failed: this one was only rolled back */
    CRMI_RETRY_DUPLICATE = 11  /* link to the record that exists */
};

/* May the request have had an effect although it failed? */
enum { CRMI_APPLIED_NO = 0, CRMI_APPLIED_MAYBE = 1 };

typedef struct crmi_sf_rule {
    const char *code;    /* NULL for the rules by HTTP status */
    uint8_t error_class; /* CRMSYNC_CLASS_* */
    uint8_t retry;       /* CRMI_RETRY_* */
    uint8_t applied;     /* CRMI_APPLIED_* of a write that got this as its whole answer */
    const char *remedy;
} crmi_sf_rule;

size_t crmi_sf_rule_count(void);
const crmi_sf_rule *crmi_sf_rule_at(size_t i);
/* The rule of a code; an unknown code gives the rule of its HTTP status. Never NULL. */
const crmi_sf_rule *crmi_sf_rule_find(crmsync_str code, int32_t status);
/* The same with the message: tells daily from concurrent limits, row locks inside automation
 * errors, and sessions that no refresh can mend. */
const crmi_sf_rule *crmi_sf_rule_of(crmsync_str code, crmsync_str message, int32_t status);

/* A record that Salesforce names as the duplicate. */
typedef struct crmi_sf_match {
    crmsync_str object; /* may differ from the object written; empty when unknown */
    crmsync_str id;     /* as answered, 15 or 18 characters */
} crmi_sf_match;

typedef struct crmi_sf_error {
    crmsync_str code;
    crmsync_str message;
    const crmsync_str *fields;
    size_t field_count;
    const crmi_sf_match *matches; /* DUPLICATES_DETECTED, DUPLICATE_VALUE */
    size_t match_count;
    bool allow_save; /* an alert rule: may be repeated with allowSave */
    const crmi_sf_rule *rule;
} crmi_sf_error;

typedef struct crmi_sf_errors {
    const crmi_sf_error *items; /* never empty: an answer without JSON has one error without code */
    size_t count;
    int32_t status;
    bool documented; /* the body was a complete JSON error */
    uint8_t applied; /* CRMI_APPLIED_* for a write: MAYBE for 5xx and for undocumented bodies */
    const crmi_sf_rule *rule; /* of the error that decides: the first that is no mere roll-back */
} crmi_sf_errors;

/* Reads a refusal (status >= 400, or 300). Everything lives in the arena. Fails only with NOMEM. */
int32_t crmi_sf_error_read(crmi_arena *arena, const crmi_response *response, crmi_sf_errors *out,
                           crmsync_error **err);
/* The same from a parsed body: an error array, one error object, or something else. */
int32_t crmi_sf_error_take(crmi_arena *arena, int32_t status, const yyjson_val *body,
                           crmi_sf_errors *out, crmsync_error **err);

/*
 * Reports a refused call as an error with class, remedy, HTTP status, Salesforce code and
 * retry-after. Returns the code: AUTH, BUDGET (no calls left today), SALESFORCE, PROTOCOL (an
 * answer that is no API answer) or
 * NOMEM. `op` is what was tried, "query Contact".
 */
int32_t crmi_fail_response(crmsync_error **err, const crmsync_alloc *alloc, const char *op,
                           const crmi_response *response);
/* The same from errors already read. */
int32_t crmi_fail_errors(crmsync_error **err, const char *op, const crmi_sf_errors *errors,
                         uint64_t retry_after_ms);

/* Turns a reader's failure into PROTOCOL, keeping message and where; NOMEM stays. */
int32_t crmi_fail_protocol(crmsync_error **err, int32_t rc, const char *what);

#endif
