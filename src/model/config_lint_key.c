/* Fields that records are found by: visible, open to queries, and one record a value. */
#include "model/config_lint.h"

static bool matches_by(const crmsync_config *config, uint32_t matcher)
{
    for (size_t i = 0; i < config->match.account_count; i++) {
        if (config->match.account[i] == matcher)
            return true;
    }
    return false;
}

static bool by_email(const crmsync_config *config)
{
    (void)config;
    return true;
}

static bool by_site(const crmsync_config *config)
{
    return matches_by(config, CRMI_MATCH_WEBSITE) || matches_by(config, CRMI_MATCH_EMAIL_DOMAIN);
}

static bool by_name(const crmsync_config *config)
{
    return matches_by(config, CRMI_MATCH_NAME);
}

/* People are asked for by e-mail; accounts are found in the index, which only has to be read. */
static const struct {
    uint32_t object;
    const char *field, *used_for;
    bool (*used)(const crmsync_config *config);
    bool queried;
} keys[] = {
    {CRMI_OBJECT_LEAD, "Email", "leads are found by it", by_email, true},
    {CRMI_OBJECT_CONTACT, "Email", "contacts are found by it", by_email, true},
    {CRMI_OBJECT_ACCOUNT, "Website", "accounts are found by it", by_site, false},
    {CRMI_OBJECT_ACCOUNT, "Name", "accounts are found by it", by_name, false},
};

static void lint_key(crmi_lint *l, size_t k)
{
    char where[CRMI_LINT_WHERE];
    const crmi_field *field = crmi_object_field(l->object, crmi_str(keys[k].field));
    bool closed =
        field && (!(field->flags & CRMI_FIELD_FILTERABLE) || (field->flags & CRMI_FIELD_ENCRYPTED));
    crmi_lint_place(l, where, "/direction");
    if (!field)
        crmi_lint_tell(l, CRMSYNC_LOG_ERROR, where, CRMI_LINT_VISIBLE,
                       "%s.%s is not visible, but %s", l->rule->crm->name, keys[k].field,
                       keys[k].used_for);
    else if (closed && keys[k].queried)
        crmi_lint_tell(l, CRMSYNC_LOG_ERROR, where,
                       "Use deterministic encryption, or leave the field unencrypted.",
                       "%s.%s cannot be queried, but %s", l->rule->crm->name, keys[k].field,
                       keys[k].used_for);
}

static void lint_external_id_rights(crmi_lint *l, const char *where, const crmi_field *field)
{
    bool create = (field->flags & CRMI_FIELD_CREATEABLE) != 0;
    bool update = (field->flags & CRMI_FIELD_UPDATEABLE) != 0;
    if ((l->rule->out_create && !create) || (l->rule->out_update && !update))
        crmi_lint_tell(l, CRMSYNC_LOG_ERROR, where, "Grant edit access to the field.",
                       "%.*s cannot be written by this user, so the host's id is not kept there",
                       CRMI_SPELL(field->name));
    else if (!(field->flags & CRMI_FIELD_FILTERABLE))
        crmi_lint_tell(l, CRMSYNC_LOG_ERROR, where, "Choose a field that queries may ask for.",
                       "%.*s cannot be queried", CRMI_SPELL(field->name));
}

static void lint_external_id(crmi_lint *l)
{
    char where[CRMI_LINT_WHERE];
    const crmi_field *field = crmi_object_field(l->object, l->rule->external_id);
    if (!l->rule->external_id.len)
        return;
    crmi_lint_place(l, where, "/external_id");
    if (!field) {
        crmi_lint_tell(l, CRMSYNC_LOG_ERROR, where, CRMI_LINT_VISIBLE,
                       "%s has no visible field \"%.*s\"", l->rule->crm->name,
                       CRMI_SPELL(l->rule->external_id));
        return;
    }
    if (!(field->flags & (CRMI_FIELD_EXTERNAL_ID | CRMI_FIELD_ID_LOOKUP)))
        crmi_lint_tell(l, CRMSYNC_LOG_ERROR, where, "Mark it as External ID in the org.",
                       "%.*s is not an external id", CRMI_SPELL(field->name));
    else if (!(field->flags & CRMI_FIELD_UNIQUE))
        crmi_lint_tell(l, CRMSYNC_LOG_WARN, where, "Mark it as unique in the org.",
                       "%.*s is not unique: an upsert may meet several records",
                       CRMI_SPELL(field->name));
    else
        lint_external_id_rights(l, where, field);
}

void crmi_lint_keys(crmi_lint *l)
{
    for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++) {
        if (keys[k].object == l->rule->crm->number && keys[k].used(l->config))
            lint_key(l, k);
    }
    lint_external_id(l);
}
