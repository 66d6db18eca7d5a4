/* What audiences and the lists of suppression ask of the org, and of each other. */
#include <stdio.h>

#include "model/config_lint.h"

static void lint_audience(crmi_lint *l, size_t i)
{
    const crmi_audience_rule *rule = &l->config->audiences[i];
    const char *name = crmi_crm_object_at(crmi_audience_object(rule))->name;
    char where[CRMI_LINT_WHERE];
    snprintf(where, sizeof where, "/audiences/%zu/object", i);
    if (!crmi_schema_object(l->schema, crmi_str(name)))
        crmi_lint_tell(l, CRMSYNC_LOG_WARN, where,
                       "Grant read access to the object, or leave the audience out.",
                       "%s is not visible in this org, or was not described", name);
}

/* A list that no run reads holds everybody back until the host adds it, which exports cannot. */
static void lint_list(crmi_lint *l, size_t i)
{
    crmsync_str name = l->config->suppression.lists[i];
    char where[CRMI_LINT_WHERE];
    snprintf(where, sizeof where, "/suppression/lists/%zu", i);
    if (!crmi_config_audience(l->config, name))
        crmi_lint_tell(l, CRMSYNC_LOG_WARN, where,
                       "Make it one of the audiences, or leave it out while holds_export is true.",
                       "no audience is called \"%.*s\": nobody is exported, since no run can read it",
                       CRMI_SPELL(crmi_str_sub(name, 0, 80)));
}

void crmi_lint_audiences(crmi_lint *l)
{
    for (size_t i = 0; i < l->config->audience_count; i++)
        lint_audience(l, i);
    for (size_t i = 0; l->config->suppression.holds_export && i < l->config->suppression.list_count; i++)
        lint_list(l, i);
}
