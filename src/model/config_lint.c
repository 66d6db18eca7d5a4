/* A configuration held against what describe says of the org. */
#include <stdarg.h>
#include <stdio.h>

#include "model/config_lint.h"

/* A buffer that was too short may end within a character. */
static crmsync_str whole_characters(char *text)
{
    size_t bad;
    if (!crmi_str_utf8_valid(crmi_str(text), &bad))
        text[bad] = '\0';
    return crmi_str(text);
}

void crmi_lint_tell(crmi_lint *l, int32_t severity, const char *where, const char *remedy,
                    const char *format, ...)
{
    char message[512];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    crmsync_str text = whole_characters(message);
    if (severity == CRMSYNC_LOG_ERROR)
        l->errors++;
    if (l->report)
        l->report(l->ctx, severity, crmi_str(where), text, crmi_str(remedy));
}

const char *crmi_lint_place(const crmi_lint *l, char *out, const char *format, ...)
{
    va_list args;
    int n = snprintf(out, CRMI_LINT_WHERE, "/objects/%s", l->rule->crm->name);
    va_start(args, format);
    vsnprintf(out + n, CRMI_LINT_WHERE - (size_t)n, format, args);
    va_end(args);
    return whole_characters(out).ptr;
}

bool crmi_lint_exports(const crmi_object_rule *rule)
{
    return rule->out_create || rule->out_update;
}

bool crmi_lint_imports(const crmi_object_rule *rule)
{
    return rule->in_create || rule->in_update;
}

/* ---- fields ---- */

/* Parts of a compound field are fields of their own; blobs and unknown types cannot be read. */
static bool convertible(uint32_t type)
{
    return type != CRMI_TYPE_OTHER && type != CRMI_TYPE_ADDRESS && type != CRMI_TYPE_LOCATION &&
           type != CRMI_TYPE_BASE64;
}

/* The reference field behind one step of a path: Owner -> OwnerId, Boss__r -> Boss__c. */
static const crmi_field *step_field(const crmi_object *object, crmsync_str step)
{
    char name[96];
    if (crmi_str_ends(step, "__r"))
        snprintf(name, sizeof name, "%.*s__c", (int)step.len - 3, step.ptr);
    else
        snprintf(name, sizeof name, "%.*sId", CRMI_SPELL(step));
    return crmi_object_field(object, crmi_str(name));
}

/* Walks a path as far as descriptions reach; NULL with *lost when a step does not exist. */
static const crmi_field *resolve(const crmi_lint *l, crmsync_str path, crmsync_str *lost)
{
    const crmi_object *object = l->object;
    *lost = CRMI_STR_EMPTY;
    for (;;) {
        ptrdiff_t dot = crmi_str_chr(path, '.');
        crmsync_str step = dot < 0 ? path : crmi_str_sub(path, 0, (size_t)dot);
        const crmi_field *field =
            dot < 0 ? crmi_object_field(object, step) : step_field(object, step);
        if (!field)
            *lost = step;
        if (!field || dot < 0)
            return field;
        object = crmi_schema_object(l->schema, field->reference_to);
        if (!object) /* its describe was not asked for: nothing more can be said */
            return NULL;
        path = crmi_str_sub(path, (size_t)dot + 1, path.len);
    }
}

static void lint_export(crmi_lint *l, const crmi_field_rule *f, const crmi_field *field)
{
    char where[CRMI_LINT_WHERE];
    snprintf(where, sizeof where, "%s/remote", f->pointer.ptr);
    bool create = (field->flags & CRMI_FIELD_CREATEABLE) != 0;
    bool update = (field->flags & CRMI_FIELD_UPDATEABLE) != 0;
    if (!create && !update)
        crmi_lint_tell(l, CRMSYNC_LOG_ERROR, where,
                       "Add \"export\":\"never\", or grant edit access to it.",
                       "%.*s cannot be written by this user", CRMI_SPELL(field->name));
    else if (!update && l->rule->out_update)
        crmi_lint_tell(l, CRMSYNC_LOG_WARN, where, "Expect it to be written on create only.",
                       "%.*s cannot be changed after the create", CRMI_SPELL(field->name));
    else if (!create && l->rule->out_create)
        crmi_lint_tell(l, CRMSYNC_LOG_WARN, where, "Expect it to be written by the next update.",
                       "%.*s cannot be given on create", CRMI_SPELL(field->name));
    bool defaulted = (field->flags & CRMI_FIELD_DEFAULTED) && field->type == CRMI_TYPE_PICKLIST;
    if (f->export == CRMI_EXPORT_FILL && defaulted)
        crmi_lint_tell(l, CRMSYNC_LOG_WARN, where,
                       "Use \"export\":\"overwrite\" if it shall follow the host.",
                       "%.*s always has a default: \"fill\" never writes it after the create",
                       CRMI_SPELL(field->name));
    snprintf(where, sizeof where, "%s/values", f->pointer.ptr);
    crmi_lint_values(l, where, field, f->values, f->value_count);
    crmi_value_pair other = {CRMI_STR_EMPTY, f->value_default}, fixed = {f->local, f->constant};
    snprintf(where, sizeof where, "%s/value_default", f->pointer.ptr);
    crmi_lint_values(l, where, field, &other, f->value_default.len > 0);
    snprintf(where, sizeof where, "%s/constant", f->pointer.ptr);
    crmi_lint_values(l, where, field, &fixed, f->constant.len > 0);
}

static void lint_field(crmi_lint *l, const crmi_field_rule *f)
{
    char where[CRMI_LINT_WHERE];
    crmsync_str lost;
    const crmi_field *field = resolve(l, f->remote, &lost);
    snprintf(where, sizeof where, "%s/remote", f->pointer.ptr);
    if (lost.len)
        crmi_lint_tell(l, CRMSYNC_LOG_ERROR, where, CRMI_LINT_VISIBLE,
                       "%s has no visible field \"%.*s\"", l->rule->crm->name,
                       CRMI_SPELL(f->remote));
    if (!field)
        return;
    if (!convertible(field->type))
        crmi_lint_tell(l, CRMSYNC_LOG_ERROR, where, "Map its parts, or a field of a plain type.",
                       "%.*s is of type %.*s, which cannot be converted", CRMI_SPELL(field->name),
                       CRMI_SPELL(field->type_name));
    else if (f->export != CRMI_EXPORT_NEVER && crmi_lint_exports(l->rule))
        lint_export(l, f, field);
    if ((field->flags & CRMI_FIELD_CALCULATED) && f->import != CRMI_IMPORT_NEVER &&
        crmi_lint_imports(l->rule))
        crmi_lint_tell(l, CRMSYNC_LOG_WARN, where,
                       "Expect it to be as old as the last change of the record itself.",
                       "%.*s is a formula: Salesforce does not tell when it alone changes",
                       CRMI_SPELL(field->name));
    snprintf(where, sizeof where, "%s/reduce", f->pointer.ptr);
    if (!crmi_reduce_fits(f->reduce, field->type))
        crmi_lint_tell(
            l, CRMSYNC_LOG_ERROR, where,
            "or needs a checkbox; max, min numbers or dates; earliest dates; sum numbers; append "
            "a text or multi-select picklist.",
            "%.*s is of type %.*s, which cannot be combined that way", CRMI_SPELL(field->name),
            CRMI_SPELL(field->type_name));
}

/* ---- what a create needs ---- */

static bool provided(const crmi_lint *l, const crmi_field *field)
{
    const crmi_object_rule *rule = l->rule;
    const crmi_field_rule *f = crmi_object_rule_by_remote(rule, field->name);
    const char *parent = rule->crm->parent_field;
    if (f && f->export != CRMI_EXPORT_NEVER)
        return true;
    for (size_t i = 0; crmi_config_stamp(l->config, i); i++) {
        const crmi_stamp_rule *stamp = crmi_config_stamp(l->config, i);
        if (crmi_stamp_covers(stamp, rule->crm->number) &&
            crmi_str_eq_ci(field->name, stamp->field))
            return true;
    }
    for (size_t i = 0; i < rule->required_default_count; i++) {
        if (crmi_str_eq_ci(rule->required_defaults[i].local, field->name))
            return true;
    }
    return (parent && crmi_str_eq_ci(field->name, crmi_str(parent))) ||
           crmi_str_eq_ci(field->name, CRMI_STR("OwnerId")) ||
           (rule->status.enabled && crmi_str_eq_ci(field->name, rule->status.remote));
}

static void lint_required(crmi_lint *l)
{
    char where[CRMI_LINT_WHERE];
    for (size_t i = 0; i < l->object->field_count; i++) {
        const crmi_field *field = &l->object->fields[i];
        if (crmi_field_required(field) && !provided(l, field))
            crmi_lint_tell(l, CRMSYNC_LOG_ERROR, crmi_lint_place(l, where, "/fields"),
                           "Map it, or give it a text in \"required_defaults\".",
                           "%s cannot be created without %.*s", l->rule->crm->name,
                           CRMI_SPELL(field->name));
    }
}

static void lint_defaults(crmi_lint *l)
{
    char where[CRMI_LINT_WHERE];
    for (size_t i = 0; i < l->rule->required_default_count; i++) {
        const crmi_value_pair *pair = &l->rule->required_defaults[i];
        const crmi_field *field = crmi_object_field(l->object, pair->local);
        crmi_lint_place(l, where, "/required_defaults/%.*s", CRMI_SPELL(pair->local));
        if (!field) {
            crmi_lint_tell(l, CRMSYNC_LOG_ERROR, where, CRMI_LINT_VISIBLE,
                           "%s has no visible field \"%.*s\"", l->rule->crm->name,
                           CRMI_SPELL(pair->local));
            continue;
        }
        if (!(field->flags & CRMI_FIELD_CREATEABLE))
            crmi_lint_tell(l, CRMSYNC_LOG_ERROR, where,
                           "Remove it, or grant edit access to the field.",
                           "%.*s cannot be given on create", CRMI_SPELL(field->name));
        if (!convertible(field->type))
            crmi_lint_tell(l, CRMSYNC_LOG_ERROR, where,
                           "Give its parts, or a field of a plain type.",
                           "%.*s is of type %.*s, which cannot be written", CRMI_SPELL(field->name),
                           CRMI_SPELL(field->type_name));
        crmi_lint_text(l, where, field, pair->remote);
    }
}

/* ---- single members ---- */

static void lint_status(crmi_lint *l)
{
    const crmi_status_rule *s = &l->rule->status;
    char where[CRMI_LINT_WHERE];
    if (!s->enabled)
        return;
    const crmi_field *field = crmi_object_field(l->object, s->remote);
    if (!field) {
        crmi_lint_tell(l, CRMSYNC_LOG_ERROR, crmi_lint_place(l, where, "/status/remote"),
                       CRMI_LINT_VISIBLE, "%s has no visible field \"%.*s\"", l->rule->crm->name,
                       CRMI_SPELL(s->remote));
        return;
    }
    if (crmi_lint_imports(l->rule))
        crmi_lint_values(l, crmi_lint_place(l, where, "/status/inverse"), field, s->inverse,
                         s->inverse_count);
    if (!crmi_lint_exports(l->rule) || !s->value_count)
        return;
    if (!(field->flags & (CRMI_FIELD_CREATEABLE | CRMI_FIELD_UPDATEABLE)))
        crmi_lint_tell(l, CRMSYNC_LOG_ERROR, crmi_lint_place(l, where, "/status/remote"),
                       "Grant edit access to it, or keep \"inverse\" alone to only read it.",
                       "%.*s cannot be written by this user", CRMI_SPELL(field->name));
    crmi_lint_place(l, where, "/status/values");
    crmi_lint_values(l, where, field, s->values, s->value_count);
    for (size_t i = 0; i < s->value_count; i++) {
        const crmi_picklist_value *value = crmi_field_value(field, s->values[i].remote);
        if (value && value->converted)
            crmi_lint_tell(l, CRMSYNC_LOG_ERROR, where,
                           "Map to a status that is not a converted one.",
                           "\"%.*s\" is set by converting a lead only", CRMI_SPELL(value->value));
    }
}

/* The texts of a stamp; `at` is its JSON pointer. */
static void lint_stamp(crmi_lint *l, const crmi_stamp_rule *stamp, const char *at)
{
    char where[CRMI_LINT_WHERE];
    const crmi_field *field = crmi_object_field(l->object, stamp->field);
    snprintf(where, sizeof where, "%s/field", at);
    if (!field) {
        crmi_lint_tell(l, CRMSYNC_LOG_ERROR, where, CRMI_LINT_VISIBLE,
                       "%s has no visible field \"%.*s\"", l->rule->crm->name,
                       CRMI_SPELL(stamp->field));
        return;
    }
    if (!(field->flags & CRMI_FIELD_CREATEABLE)) {
        crmi_lint_tell(l, CRMSYNC_LOG_ERROR, where, "Stamp another field, or grant edit access.",
                       "%s.%.*s cannot be written by this user", l->rule->crm->name,
                       CRMI_SPELL(stamp->field));
        return;
    }
    snprintf(where, sizeof where, "%s/value", at);
    crmi_lint_text(l, where, field, stamp->value);
    snprintf(where, sizeof where, "%s/when", at);
    if (stamp->when != CRMI_STAMP_CREATE && l->rule->out_update &&
        !(field->flags & CRMI_FIELD_UPDATEABLE))
        crmi_lint_tell(l, CRMSYNC_LOG_WARN, where, "Use \"create\", or grant edit access.",
                       "%s.%.*s cannot be changed after the create", l->rule->crm->name,
                       CRMI_SPELL(stamp->field));
}

static void lint_stamps(crmi_lint *l)
{
    char at[64] = "/export/stamp";
    for (size_t i = 0; crmi_lint_exports(l->rule) && crmi_config_stamp(l->config, i); i++) {
        const crmi_stamp_rule *stamp = crmi_config_stamp(l->config, i);
        if (i)
            snprintf(at, sizeof at, "/export/stamps/%zu", i - 1);
        if (crmi_stamp_covers(stamp, l->rule->crm->number))
            lint_stamp(l, stamp, at);
    }
}

static void lint_rights(crmi_lint *l)
{
    char where[CRMI_LINT_WHERE];
    const char *name = l->rule->crm->name;
    const char *remedy = "Grant it in the integration user's profile or a permission set, or "
                         "change the direction.";
    crmi_lint_place(l, where, "/direction");
    if (!l->object->queryable)
        crmi_lint_tell(l, CRMSYNC_LOG_ERROR, where, remedy, "%s cannot be read by this user", name);
    if (l->rule->out_create && !l->object->createable)
        crmi_lint_tell(l, CRMSYNC_LOG_ERROR, where, remedy, "%s cannot be created by this user",
                       name);
    if (l->rule->out_update && !l->object->updateable)
        crmi_lint_tell(l, CRMSYNC_LOG_ERROR, where, remedy, "%s cannot be updated by this user",
                       name);
}

/* The link to the account is ours to write, whatever is mapped. */
static void lint_parent(crmi_lint *l)
{
    char where[CRMI_LINT_WHERE];
    const char *parent = l->rule->crm->parent_field;
    if (!parent || !l->rule->out_create || !l->config->objects[CRMI_OBJECT_ACCOUNT].enabled)
        return;
    const crmi_field *field = crmi_object_field(l->object, crmi_str(parent));
    if (!field || !(field->flags & CRMI_FIELD_CREATEABLE))
        crmi_lint_tell(l, CRMSYNC_LOG_ERROR, crmi_lint_place(l, where, "%s", ""),
                       "Grant edit access to the field.",
                       "%s.%s cannot be written by this user: nothing would belong to an account",
                       l->rule->crm->name, parent);
}

static void lint_object(crmi_lint *l)
{
    char where[CRMI_LINT_WHERE];
    l->object = crmi_schema_object(l->schema, crmi_str(l->rule->crm->name));
    if (!l->object) {
        crmi_lint_tell(l, CRMSYNC_LOG_ERROR, crmi_lint_place(l, where, "%s", ""),
                       "Grant access to the object, or switch it off.",
                       "%s is not visible in this org", l->rule->crm->name);
        return;
    }
    if (!crmi_lint_imports(l->rule) && !crmi_lint_exports(l->rule))
        crmi_lint_tell(l, CRMSYNC_LOG_WARN, crmi_lint_place(l, where, "%s", ""),
                       "Allow create or update, or say \"off\".",
                       "%s is on, but may be neither created nor updated", l->rule->crm->name);
    else if (!l->rule->field_count)
        crmi_lint_tell(l, CRMSYNC_LOG_WARN, crmi_lint_place(l, where, "/fields"),
                       "Map the fields that shall cross.",
                       "no field of %s is mapped: records are linked, and their values stay apart",
                       l->rule->crm->name);
    lint_rights(l);
    for (size_t i = 0; i < l->rule->field_count; i++)
        lint_field(l, &l->rule->fields[i]);
    if (l->rule->out_create)
        lint_required(l);
    lint_parent(l);
    lint_defaults(l);
    lint_status(l);
    crmi_lint_keys(l);
    lint_stamps(l);
}

int32_t crmsync_config_lint(const crmsync_config *config, const crmsync_schema *schema,
                            crmsync_lint_fn report, void *ctx, crmsync_error **err)
{
    if (!config || !schema)
        return crmi_fail(err, CRMSYNC_E_INVALID, "a configuration and a schema are needed");
    crmi_lint l = {.config = config, .schema = schema, .report = report, .ctx = ctx};
    for (size_t i = 0; i < CRMI_OBJECT_LAST; i++) {
        l.rule = &config->objects[i];
        if (l.rule->enabled)
            lint_object(&l);
    }
    crmi_lint_whole(&l);
    return l.errors;
}
