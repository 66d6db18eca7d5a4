/* What campaigns ask of the org: members that may be written, and the fields they keep. */
#include "model/config_lint.h"

static void lint_member_rights(crmi_lint *l, const crmi_object *member)
{
    static const char where[] = "/campaigns/enabled";
    if (!member->createable)
        crmi_lint_tell(l, CRMSYNC_LOG_ERROR, where, "Grant edit access to campaigns.",
                       "CampaignMember cannot be created by this user");
    if (!member->updateable)
        crmi_lint_tell(l, CRMSYNC_LOG_ERROR, where, "Grant edit access to campaigns.",
                       "CampaignMember cannot be updated by this user");
}

static void lint_kept(crmi_lint *l, const crmi_object *member, const crmi_value_pair *pair,
                      crmi_buf *where)
{
    const crmi_field *field = crmi_object_field(member, pair->remote);
    uint32_t both = CRMI_FIELD_CREATEABLE | CRMI_FIELD_UPDATEABLE;
    crmi_buf_reset(where);
    crmi_buf_lit(where, "/campaigns/fields");
    crmi_pointer_add(where, pair->local);
    const char *at = crmi_buf_ok(where) ? where->ptr : "/campaigns/fields";
    if (!field)
        crmi_lint_tell(l, CRMSYNC_LOG_ERROR, at, CRMI_LINT_VISIBLE,
                       "CampaignMember has no visible field \"%.*s\"", CRMI_SPELL(pair->remote));
    else if ((field->flags & both) != both)
        crmi_lint_tell(l, CRMSYNC_LOG_ERROR, at, "Grant edit access to the field.",
                       "%.*s of CampaignMember cannot be written", CRMI_SPELL(pair->remote));
}

void crmi_lint_campaigns(crmi_lint *l)
{
    const crmi_campaign_rule *rule = &l->config->campaigns;
    const crmi_object *member = crmi_schema_object(l->schema, CRMI_STR("CampaignMember"));
    crmi_buf where;
    if (!rule->enabled)
        return;
    if (!member) {
        crmi_lint_tell(l, CRMSYNC_LOG_ERROR, "/campaigns/enabled",
                       "Grant access to campaigns, or switch them off.",
                       "CampaignMember is not visible in this org");
        return;
    }
    lint_member_rights(l, member);
    crmi_buf_init(&where, &l->config->alloc);
    for (size_t i = 0; i < rule->field_count; i++)
        lint_kept(l, member, &rule->fields[i], &where);
    crmi_buf_clear(&where);
}
