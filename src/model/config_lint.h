/* A configuration held against a schema: what the parts of the check share. */
#ifndef CRMI_MODEL_CONFIG_LINT_H
#define CRMI_MODEL_CONFIG_LINT_H

#include <crmsync/env.h>

#include "model/config_table.h"
#include "model/schema.h"

typedef struct crmi_lint {
    const crmsync_config *config;
    const crmsync_schema *schema;
    const crmi_object_rule *rule; /* the object being looked at, */
    const crmi_object *object;    /* and its description */
    crmsync_lint_fn report;
    void *ctx;
    int32_t errors;
} crmi_lint;

#define CRMI_LINT_WHERE 400 /* bytes of a JSON pointer */
#define CRMI_LINT_VISIBLE \
    "Create the field, or make it visible to the integration user (field-level security)."

/* config_lint.c. Reports a finding; `where` is a JSON pointer. */
#if defined(__GNUC__)
__attribute__((format(printf, 5, 6)))
#endif
void crmi_lint_tell(crmi_lint *l, int32_t severity, const char *where, const char *remedy,
                    const char *format, ...);
/* "/objects/Lead" and what follows, into `out` of CRMI_LINT_WHERE bytes. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
const char *crmi_lint_place(const crmi_lint *l, char *out, const char *format, ...);
bool crmi_lint_exports(const crmi_object_rule *rule);
bool crmi_lint_imports(const crmi_object_rule *rule);

/* config_lint_value.c: texts of the configuration that go into a field. */
void crmi_lint_text(crmi_lint *l, const char *where, const crmi_field *field, crmsync_str text);
void crmi_lint_values(crmi_lint *l, const char *where, const crmi_field *field,
                      const crmi_value_pair *pairs, size_t n);

/* config_lint_key.c: fields that records of the object are found by. */
void crmi_lint_keys(crmi_lint *l);

/* config_lint_audiences.c, config_lint_campaigns.c */
void crmi_lint_audiences(crmi_lint *l);
void crmi_lint_campaigns(crmi_lint *l);
void crmi_lint_signals(crmi_lint *l);

/* config_lint_whole.c: members that concern several objects. */
void crmi_lint_whole(crmi_lint *l);

#endif
