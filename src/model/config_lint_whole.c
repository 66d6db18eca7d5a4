/* Members that concern several objects: what people become, owners, activities. */
#include "model/config_lint.h"

/* What people become must be exported at all. */
static void lint_mode(crmi_lint *l)
{
    static const struct {
        uint32_t object;
        const char *name, *route;
        uint32_t mode;
    } sides[] = {{CRMI_OBJECT_LEAD, "Lead", "lead", CRMI_MODE_LEADS},
                 {CRMI_OBJECT_CONTACT, "Contact", "contact", CRMI_MODE_CONTACTS}};
    const crmi_object_rule *objects = l->config->objects;
    bool any = crmi_lint_exports(&objects[CRMI_OBJECT_LEAD]) ||
               crmi_lint_exports(&objects[CRMI_OBJECT_CONTACT]);
    for (size_t i = 0; any && i < 2; i++) {
        bool wanted = l->config->export.mode == sides[i].mode;
        for (size_t j = 0;
             l->config->export.mode == CRMI_MODE_BY_STATUS && j < l->config->export.route_count;
             j++)
            wanted = wanted || crmi_str_is(l->config->export.routes[j].remote, sides[i].route);
        if (wanted && !crmi_lint_exports(&objects[sides[i].object]))
            crmi_lint_tell(
                l, CRMSYNC_LOG_WARN, "/export/mode", "Change its direction, or the mode.",
                "people shall become %ss, but %s is not exported", sides[i].route, sides[i].name);
    }
}

/* Queues own leads; contacts and accounts belong to users (Object Reference, OwnerId). */
static void lint_owner_map(crmi_lint *l)
{
    const crmi_object_rule *objects = l->config->objects;
    bool users_only = crmi_lint_exports(&objects[CRMI_OBJECT_CONTACT]) ||
                      crmi_lint_exports(&objects[CRMI_OBJECT_ACCOUNT]);
    crmi_buf where;
    crmi_buf_init(&where, &l->config->alloc);
    for (size_t i = 0; users_only && i < l->config->owner.map_count; i++) {
        const crmi_value_pair *pair = &l->config->owner.map[i];
        if (!crmi_str_starts(pair->remote, "00G"))
            continue;
        crmi_buf_reset(&where);
        crmi_buf_lit(&where, "/owner/map");
        crmi_pointer_add(&where, pair->local);
        crmi_lint_tell(l, CRMSYNC_LOG_WARN, crmi_buf_ok(&where) ? where.ptr : "/owner/map",
                       "Give the id of a user (005...).",
                       "a queue can own leads only: contacts and accounts of this team member get "
                       "no owner");
    }
    crmi_buf_clear(&where);
}

/* Whoever may be given the records must be let to. */
static void lint_owner_rights(crmi_lint *l)
{
    bool always = l->config->owner.apply == CRMI_OWNER_ALWAYS;
    bool configured = l->config->owner.by_email || l->config->owner.map_count;
    for (uint32_t i = 0; i < CRMI_OBJECT_LAST; i++) {
        const crmi_object_rule *rule = &l->config->objects[i];
        const crmi_field *field =
            crmi_schema_field(l->schema, crmi_str(rule->crm->name), CRMI_STR("OwnerId"));
        if (!field || !configured || !crmi_lint_exports(rule) ||
            l->config->owner.apply == CRMI_OWNER_NEVER)
            continue;
        if (rule->out_create && !(field->flags & CRMI_FIELD_CREATEABLE))
            crmi_lint_tell(l, CRMSYNC_LOG_WARN, "/owner/apply",
                           "Grant edit access to OwnerId, or use \"never\".",
                           "%s.OwnerId cannot be given on create: the integration user will own "
                           "what is created",
                           rule->crm->name);
        else if (always && rule->out_update && !(field->flags & CRMI_FIELD_UPDATEABLE))
            crmi_lint_tell(l, CRMSYNC_LOG_WARN, "/owner/apply",
                           "Grant edit access to OwnerId, or use \"create\".",
                           "%s.OwnerId cannot be changed after the create", rule->crm->name);
    }
}

/* TaskSubtype is a restricted picklist; LinkedIn is one of it with Sales Engagement alone. */
static void lint_subtype(crmi_lint *l, const char *where, const char *object,
                         const crmi_activity_kind *kind)
{
    const crmi_field *field =
        crmi_schema_field(l->schema, crmi_str(object), CRMI_STR("TaskSubtype"));
    if (field && field->value_count && !crmi_field_value(field, crmi_str(kind->subtype)))
        crmi_lint_tell(l, CRMSYNC_LOG_WARN, where, "Expect plain tasks, or leave the kind out.",
                       "this org has no TaskSubtype \"%s\" for %s", kind->subtype, kind->name);
}

static void lint_activity_required(crmi_lint *l, const char *where, const crmi_object *object)
{
    for (size_t i = 0; i < object->field_count; i++) {
        const crmi_field *field = &object->fields[i];
        if (crmi_str_ends(field->name, "__c") && crmi_field_required(field))
            crmi_lint_tell(l, CRMSYNC_LOG_ERROR, where,
                           "Give the field a default value in the org, or make it optional.",
                           "%.*s cannot be created without %.*s, which the sync does not write",
                           CRMI_SPELL(object->name), CRMI_SPELL(field->name));
    }
}

static void lint_activities(crmi_lint *l)
{
    static const char where[] = "/activities/kinds";
    bool seen[CRMI_LOG_LAST] = {false};
    for (uint32_t i = 0; l->config->activities.enabled && i < CRMI_ACTIVITY_LAST; i++) {
        const crmi_activity_kind *kind = crmi_activity_kind_at(i);
        uint32_t log = l->config->activities.objects[i];
        const char *name = crmi_log_object_name(log);
        const crmi_object *object = crmi_schema_object(l->schema, crmi_str(name));
        if (!(l->config->activities.kinds & (1u << i)))
            continue;
        if (object && object->createable && kind->subtype)
            lint_subtype(l, where, name, kind);
        if (seen[log])
            continue;
        seen[log] = true;
        if (!object || !object->createable)
            crmi_lint_tell(l, CRMSYNC_LOG_ERROR, where,
                           "Grant create access to the object, or leave the kind out.",
                           "%s cannot be created by this user, but %ss are logged as one", name,
                           kind->name);
        else
            lint_activity_required(l, where, object);
    }
}

/* Nobody wants to find out from an empty run that everything is off. */
static void lint_nothing(crmi_lint *l)
{
    bool any = false;
    for (uint32_t i = 0; i < CRMI_OBJECT_LAST; i++)
        any = any || l->config->objects[i].enabled;
    if (!any)
        crmi_lint_tell(l, CRMSYNC_LOG_WARN, "/objects",
                       "Give an object a direction, or begin with \"extends\":\"recommended\".",
                       "nothing is synced: every object is off");
}

/* What the Bulk API has no word for. */
static void lint_writing(crmi_lint *l)
{
    const crmsync_config *c = l->config;
    if (c->limits.bulk_from && c->export.duplicates == CRMI_DUPLICATES_ALLOW_SAVE)
        crmi_lint_tell(l, CRMSYNC_LOG_WARN, "/limits/bulk_from",
                       "Use \"use_existing\", or leave bulk_from at 0.",
                       "bulk jobs cannot go past duplicate rules: what a rule alerts on is refused "
                       "there, and goes by itself");
    if (c->limits.bulk_from && c->export.strict)
        crmi_lint_tell(l, CRMSYNC_LOG_WARN, "/limits/bulk_from",
                       "Leave one of them out where many records are updated.",
                       "strict updates go 25 a call and never by a bulk job");
}

void crmi_lint_whole(crmi_lint *l)
{
    lint_nothing(l);
    lint_mode(l);
    lint_owner_map(l);
    lint_owner_rights(l);
    lint_activities(l);
    lint_writing(l);
    crmi_lint_audiences(l);
    crmi_lint_campaigns(l);
    crmi_lint_signals(l);
}
