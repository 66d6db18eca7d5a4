/* What campaigns and signals ask of the org: records that may be written, and their fields. */
#include <stdio.h>

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

/* A signal about a person may meet a contact or a lead: the field must be in both. */
static void lint_signal_field(crmi_lint *l, const char *where, const char *object,
                              crmsync_str name)
{
    const crmi_object *described = crmi_schema_object(l->schema, crmi_str(object));
    const crmi_field *field = described ? crmi_object_field(described, name) : NULL;
    if (described && !field)
        crmi_lint_tell(l, CRMSYNC_LOG_ERROR, where, CRMI_LINT_VISIBLE,
                       "%s has no visible field \"%.*s\"", object, CRMI_SPELL(name));
    else if (field && !(field->flags & CRMI_FIELD_UPDATEABLE))
        crmi_lint_tell(l, CRMSYNC_LOG_ERROR, where, "Grant edit access to the field.",
                       "%.*s of %s cannot be written", CRMI_SPELL(name), object);
}

void crmi_lint_signals(crmi_lint *l)
{
    static const char *const objects[CRMI_SIGNAL_RECORDS][2] = {{"Contact", "Lead"},
                                                                {"Account", NULL}};
    const crmi_object *task = crmi_schema_object(l->schema, CRMI_STR("Task"));
    char where[48];
    for (size_t i = 0; i < l->config->signal_count; i++) {
        const crmi_signal_rule *rule = &l->config->signals[i];
        snprintf(where, sizeof where, "/signals/%zu/fields", i);
        for (size_t k = 0; k < rule->field_count; k++) {
            for (size_t o = 0; o < 2 && objects[rule->record][o]; o++)
                lint_signal_field(l, where, objects[rule->record][o], rule->fields[k].local);
        }
        snprintf(where, sizeof where, "/signals/%zu/task", i);
        if (rule->subject.len && task && !task->createable)
            crmi_lint_tell(l, CRMSYNC_LOG_ERROR, where, "Grant the permission to edit tasks.",
                           "Task cannot be created by this user");
    }
}
