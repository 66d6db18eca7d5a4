/* The preflight's questions about objects, fields and features of the org. */
#include <stdio.h>

#include "decide/preflight.h"

/* By bit of CRMI_CAN_*. */
static const struct {
    uint32_t can;
    const char *id, *verb;
} rights[] = {
    {CRMI_CAN_READ, "object_read", "read"},
    {CRMI_CAN_CREATE, "object_create", "created"},
    {CRMI_CAN_UPDATE, "object_update", "updated"},
};

static void judge_need(crmi_preflight *p, const crmi_need *need)
{
    uint32_t can = crmi_org_can(p->facts, crmi_str(need->object));
    for (size_t i = 0; i < sizeof rights / sizeof rights[0]; i++) {
        if (!(need->can & rights[i].can))
            continue;
        bool may = (can & rights[i].can) != 0;
        crmi_preflight_add(p, rights[i].id, may ? CRMI_CHECK_PASS : CRMI_CHECK_FAIL,
                       crmi_str(need->object),
                       may ? ""
                           : "Grant it in the integration user's profile or a permission set, or switch "
                             "off what needs it.",
                       "%s %s be %s by this user; needed for %s", need->object,
                       may ? "can" : "cannot", rights[i].verb, need->feature);
    }
}

/* ---- fields ---- */

/* The field of the object itself that a path begins with: Owner.Email -> OwnerId. */
static const crmi_field *own_field(const crmi_object *object, crmsync_str remote)
{
    char name[96];
    ptrdiff_t dot = crmi_str_chr(remote, '.');
    if (dot < 0)
        return crmi_object_field(object, remote);
    crmsync_str step = crmi_str_sub(remote, 0, (size_t)dot);
    if (crmi_str_ends(step, "__r"))
        snprintf(name, sizeof name, "%.*s__c", (int)step.len - 3, step.ptr);
    else
        snprintf(name, sizeof name, "%.*sId", CRMI_SPELL(step));
    return crmi_object_field(object, crmi_str(name));
}

static void judge_field(crmi_preflight *p, const crmi_object_rule *rule, const crmi_object *object,
                        const crmi_field_rule *f)
{
    char subject[200];
    const crmi_field *field = own_field(object, f->remote);
    bool writes = f->export != CRMI_EXPORT_NEVER && (rule->out_create || rule->out_update);
    bool create = field && (field->flags & CRMI_FIELD_CREATEABLE);
    bool update = field && (field->flags & CRMI_FIELD_UPDATEABLE);
    snprintf(subject, sizeof subject, "%s.%.*s", rule->crm->name, CRMI_SPELL(f->remote));
    if (!field)
        crmi_preflight_add(p, "field", CRMI_CHECK_FAIL, crmi_str(subject),
                       "Grant access to the field by field-level security, or take it out of the "
                       "mapping.",
                       "the field is not visible to this user");
    else if (writes && !create && !update)
        crmi_preflight_add(p, "field", CRMI_CHECK_FAIL, crmi_str(subject),
                       "Grant edit access to the field, or map it with \"export\":\"never\".",
                       "the field can be read and not written");
    else if (writes && ((rule->out_create && !create) || (rule->out_update && !update)))
        crmi_preflight_add(p, "field", CRMI_CHECK_WARN, crmi_str(subject), "Expect it, or grant edit access.",
                       "the field can be written %s", create ? "on create alone" : "by updates alone");
    else
        crmi_preflight_add(p, "field", CRMI_CHECK_PASS, crmi_str(subject), "", "the field can be %s",
                       writes ? "read and written" : "read");
}

static void judge_fields(crmi_preflight *p)
{
    for (size_t i = 0; p->schema && i < CRMI_OBJECT_LAST; i++) {
        const crmi_object_rule *rule = &p->config->objects[i];
        const crmi_object *object =
            rule->enabled ? crmi_schema_object(p->schema, crmi_str(rule->crm->name)) : NULL;
        for (size_t k = 0; object && k < rule->field_count; k++)
            judge_field(p, rule, object, &rule->fields[k]);
    }
}

/* ---- features ---- */

static void judge_duplicates(crmi_preflight *p)
{
    const crmi_org_facts *f = p->facts;
    for (size_t i = 0; f->duplicates_read && i < CRMI_OBJECT_LAST; i++) {
        const crmi_object_rule *rule = &p->config->objects[i];
        if (rule->out_create &&
            crmi_str_find(f->duplicate_rules, crmi_str(rule->crm->name)) >= 0)
            crmi_preflight_add(p, "duplicate_rules", CRMI_CHECK_INFO, crmi_str(rule->crm->name),
                           "Expect the record that the rule finds to be told; see that its matching "
                           "rule is meant for programs too.",
                           "the org has active duplicate rules for it: a create may be refused");
    }
}

static void judge_features(crmi_preflight *p)
{
    const crmi_object_rule *lead = &p->config->objects[CRMI_OBJECT_LEAD];
    if (p->schema && p->config->objects[CRMI_OBJECT_ACCOUNT].enabled &&
        crmi_schema_field(p->schema, CRMI_STR("Account"), CRMI_STR("IsPersonAccount")))
        crmi_preflight_add(p, "person_accounts", CRMI_CHECK_WARN, CRMI_STR("Account"),
                       "Keep person accounts out by objects.Account.filter: IsPersonAccount = false.",
                       "person accounts are on in this org: they would come in as companies");
    judge_duplicates(p);
    if (lead->out_create)
        crmi_preflight_add(p, "web_to_lead", CRMI_CHECK_INFO, CRMI_STR("Lead"),
                       "See in Setup, Web-to-Lead and Lead Settings, that no default response template "
                       "and no auto-response rule answers them.",
                       "an auto-response of the org would be mailed to leads that the sync creates");
}

void crmi_preflight_objects(crmi_preflight *p)
{
    crmi_need needs[CRMI_NEEDS_MAX];
    size_t n = crmi_config_needs(p->config, needs);
    for (size_t i = 0; p->facts->objects_read && i < n; i++)
        judge_need(p, &needs[i]);
    judge_fields(p);
    judge_features(p);
}
