/* Rules between the members of a configuration. */
#include <stdarg.h>
#include <stdio.h>

#include <crmsync/normalize.h>

#include "model/config_table.h"

#define FIELDS_MAX 1000u

#if defined(__GNUC__)
__attribute__((format(printf, 4, 5)))
#endif
static int32_t refuse(crmsync_error **err, const char *message, const char *remedy,
                      const char *place, ...)
{
    char where[320];
    va_list args;
    va_start(args, place);
    int n = vsnprintf(where, sizeof where, place, args);
    va_end(args);
    crmsync_str at = {where, n < 0 ? 0 : (size_t)n < sizeof where ? (size_t)n : sizeof where - 1};
    return crmi_fail_at(err, CRMSYNC_E_INVALID, at, remedy, message);
}

/* Fields the org alone writes (Object Reference, system fields), on any object. */
static const char *const system_fields[] = {
    "Id", "IsDeleted", "MasterRecordId", "CreatedDate", "CreatedById", "LastModifiedDate",
    "LastModifiedById", "SystemModstamp", "LastActivityDate", "LastViewedDate",
    "LastReferencedDate", "IsConverted", "ConvertedDate", "ConvertedAccountId",
    "ConvertedContactId", "ConvertedOpportunityId", "PhotoUrl", "IsEmailBounced",
};

static bool is_system_field(crmsync_str name)
{
    for (size_t i = 0; i < sizeof system_fields / sizeof system_fields[0]; i++) {
        if (crmi_str_eq_ci(name, crmi_str(system_fields[i])))
            return true;
    }
    return false;
}

#define ONLY_READ "Add \"export\":\"never\" to only read it."

/* A field that the mapping exports: may it? */
static int32_t check_exported(const crmi_object_rule *rule, const crmi_field_rule *f,
                              crmsync_error **err)
{
    const char *at = f->pointer.ptr, *parent = rule->crm->parent_field;
    if (crmi_str_chr(f->remote, '.') >= 0)
        return refuse(err, "a field of another record cannot be written through a path", ONLY_READ,
                      "%s/remote", at);
    if (is_system_field(f->remote))
        return refuse(err, "Salesforce itself writes this field", ONLY_READ, "%s/remote", at);
    if (crmi_str_eq_ci(f->remote, CRMI_STR("OwnerId")))
        return refuse(err, "the owner is written by the rules of \"owner\"", ONLY_READ,
                      "%s/remote", at);
    if (parent && crmi_str_eq_ci(f->remote, crmi_str(parent)))
        return refuse(err, "the account is written by the company link", ONLY_READ, "%s/remote",
                      at);
    if (rule->status.enabled && crmi_str_eq_ci(f->remote, rule->status.remote))
        return refuse(err, "the status mapping writes this field already", ONLY_READ, "%s/remote",
                      at);
    return CRMSYNC_OK;
}

/* Two entries that would write one field of either side. */
static int32_t check_pair(const crmi_field_rule *a, const crmi_field_rule *b, crmsync_error **err)
{
    bool remote = crmi_str_eq_ci(a->remote, b->remote), local = crmi_str_eq(a->local, b->local);
    if (remote && local)
        return refuse(err, "this pair of fields is mapped twice", "Remove one of the two entries.",
                      "%s", b->pointer.ptr);
    if (remote && a->export != CRMI_EXPORT_NEVER && b->export != CRMI_EXPORT_NEVER)
        return refuse(err, "two local fields are exported to one Salesforce field",
                      "Set \"export\":\"never\" on all but one of them.", "%s/remote",
                      b->pointer.ptr);
    if (local && a->import != CRMI_IMPORT_NEVER && b->import != CRMI_IMPORT_NEVER)
        return refuse(err, "two Salesforce fields are imported into one local field",
                      "Set \"import\":\"never\" on all but one of them.", "%s/local",
                      b->pointer.ptr);
    return CRMSYNC_OK;
}

static int32_t check_field(const crmi_object_rule *rule, crmi_field_rule *f, crmsync_error **err)
{
    static const char *const reserved[] = {"id", "rev", "origin", "deleted"};
    for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++) {
        if (crmi_str_is(f->local, reserved[i]) && f->import != CRMI_IMPORT_NEVER)
            return refuse(err, "this local field is reserved and cannot be imported into",
                          "Choose another local field, or add \"import\":\"never\".", "%s/local",
                          f->pointer.ptr);
    }
    if (!rule->crm->writeable && f->export == CRMI_EXPORT_OVERWRITE)
        return refuse(err, "this object is imported only", ONLY_READ, "%s/export", f->pointer.ptr);
    if (!rule->crm->writeable)
        f->export = CRMI_EXPORT_NEVER;
    return f->export == CRMI_EXPORT_NEVER ? CRMSYNC_OK : check_exported(rule, f, err);
}

static int32_t check_fields(crmsync_config *config, crmi_object_rule *rule, crmsync_error **err)
{
    char pointer[80];
    if (rule->field_count > FIELDS_MAX)
        return refuse(err, "more than 1000 fields are mapped", "Map fewer fields.",
                      "/objects/%s/fields", rule->crm->name);
    for (size_t i = 0; i < rule->field_count; i++) {
        crmi_field_rule *f = &rule->fields[i];
        snprintf(pointer, sizeof pointer, "/objects/%s/fields/%zu", rule->crm->name, i);
        if (!crmi_arena_str(&config->arena, crmi_str(pointer), &f->pointer))
            return crmi_fail_nomem(err);
        int32_t code = check_field(rule, f, err);
        for (size_t j = 0; !code && j < i; j++)
            code = check_pair(&rule->fields[j], f, err);
        if (code)
            return code;
    }
    return CRMSYNC_OK;
}

static int32_t check_status(const crmsync_config *config, crmi_object_rule *rule,
                            crmsync_error **err)
{
    crmi_status_rule *s = &rule->status;
    const char *name = rule->crm->name;
    bool lead = rule->crm->number == CRMI_OBJECT_LEAD;
    s->enabled = s->value_count || s->inverse_count;
    if (!s->enabled && !s->local.len && !s->remote.len)
        return CRMSYNC_OK;
    if (!lead && rule->crm->number != CRMI_OBJECT_CONTACT)
        return refuse(err, "only Lead and Contact have a status", "Remove it.",
                      "/objects/%s/status", name);
    if (!s->enabled)
        return refuse(err, "a status mapping without values maps nothing",
                      "List the statuses in \"values\" or \"inverse\", or remove the mapping.",
                      "/objects/%s/status", name);
    if (!s->local.len)
        s->local = config->local.status;
    if (!s->local.len)
        return refuse(err, "no local status field is known", "Name it here or in local.status.",
                      "/objects/%s/status/local", name);
    if (!s->remote.len && lead)
        s->remote = CRMI_STR("Status");
    if (!s->remote.len)
        return refuse(err, "contacts have no status of their own",
                      "Name the custom field that holds it, such as Stage__c.",
                      "/objects/%s/status/remote", name);
    return CRMSYNC_OK;
}

static int32_t check_direction(crmi_object_rule *rule, crmsync_error **err)
{
    const char *name = rule->crm->name;
    bool in = rule->direction == CRMI_DIRECTION_IN || rule->direction == CRMI_DIRECTION_BOTH;
    bool out = rule->direction == CRMI_DIRECTION_OUT || rule->direction == CRMI_DIRECTION_BOTH;
    if (out && !rule->crm->writeable)
        return refuse(err, "this object is imported only", "Use \"in\" or \"off\".",
                      "/objects/%s/direction", name);
    if (rule->create_out && !rule->crm->writeable)
        return refuse(err, "this object is imported only", "Remove it, or say false.",
                      "/objects/%s/create/out", name);
    if (rule->crm->writeable == false)
        rule->update_out = false;
    rule->enabled = in || out;
    rule->in_create = in && rule->create_in;
    rule->in_update = in && rule->update_in;
    rule->out_create = out && rule->create_out;
    rule->out_update = out && rule->update_out;
    return CRMSYNC_OK;
}

static int32_t check_object(crmsync_config *config, uint32_t number, crmsync_error **err)
{
    crmi_object_rule *rule = &config->objects[number];
    rule->crm = crmi_crm_object_at(number);
    int32_t code = check_direction(rule, err);
    if (!code)
        code = check_status(config, rule, err);
    if (!code)
        code = check_fields(config, rule, err);
    return code;
}

static bool loopback(crmsync_str origin)
{
    static const char *const hosts[] = {"http://127.0.0.1", "http://[::1]", "http://localhost"};
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
        size_t n = strlen(hosts[i]);
        if (crmi_str_starts(origin, hosts[i]) && (origin.len == n || origin.ptr[n] == ':'))
            return true;
    }
    return false;
}

static int32_t check_connection(const crmsync_config *config, crmsync_error **err)
{
    crmsync_str host = config->connection.login_host;
    if (!config->connection.api_version.len)
        return refuse(err, "an API version is needed", "Leave the member out for the default.",
                      "/connection/api_version");
    if (!crmi_str_starts(host, "http://"))
        return CRMSYNC_OK;
    if (loopback(host) && config->connection.allow_loopback_http)
        return CRMSYNC_OK;
    return refuse(err, "tokens travel over https only",
                  "Use https, or a loopback address together with \"allow_loopback_http\":true.",
                  "/connection/login_host");
}

static int32_t check_stamp(const crmsync_config *config, crmsync_error **err)
{
    static const uint32_t people[] = {CRMI_OBJECT_LEAD, CRMI_OBJECT_CONTACT};
    crmsync_str field = config->export.stamp_field;
    if ((field.len == 0) != (config->export.stamp_value.len == 0))
        return refuse(err, "a stamp needs both a field and a value",
                      "Give both \"field\" and \"value\", or neither.", "/export/stamp/%s",
                      field.len ? "value" : "field");
    for (size_t i = 0; field.len && i < 2; i++) {
        const crmi_object_rule *rule = &config->objects[people[i]];
        const crmi_field_rule *f = crmi_object_rule_by_remote(rule, field);
        if ((f && f->export != CRMI_EXPORT_NEVER) || is_system_field(field) ||
            (rule->status.enabled && crmi_str_eq_ci(rule->status.remote, field)))
            return refuse(err, "the stamp's field is written by another rule, or by the org",
                          "Stamp a field that nothing else writes.", "/export/stamp/field");
    }
    return CRMSYNC_OK;
}

/* Owner ids are kept with 18 characters, as Salesforce returns them. */
static int32_t lengthen_id(crmsync_config *config, crmsync_str *id, const char *place,
                           crmsync_str key, crmsync_error **err)
{
    char longer[CRMSYNC_KEY_MAX];
    size_t len = 0;
    if (!id->len)
        return CRMSYNC_OK;
    int32_t code = crmsync_normalize_id(*id, longer, sizeof longer, &len);
    if (code == CRMSYNC_E_NOMEM)
        return crmi_fail_nomem(err);
    if (code || !len)
        return refuse(err, "the checksum of this id is wrong", "Copy the id from Salesforce again.",
                      "%s%.*s", place, CRMI_SPELL(key));
    if (!crmi_arena_str(&config->arena, (crmsync_str){longer, len}, id))
        return crmi_fail_nomem(err);
    return CRMSYNC_OK;
}

static int32_t check_owner_ids(crmsync_config *config, crmsync_error **err)
{
    crmi_value_pair *pairs;
    memcpy(&pairs, &config->owner.map, sizeof pairs); /* ours, const only to readers */
    int32_t code =
        lengthen_id(config, &config->owner.fallback, "/owner/fallback", CRMI_STR_EMPTY, err);
    for (size_t i = 0; !code && i < config->owner.map_count; i++)
        code = lengthen_id(config, &pairs[i].remote, "/owner/map/", pairs[i].local, err);
    return code;
}

static int32_t check_owner(crmsync_config *config, crmsync_error **err)
{
    int32_t code = check_owner_ids(config, err);
    crmsync_str id = config->owner.fallback;
    const crmi_object_rule *objects = config->objects;
    if (code)
        return code;
    bool owned_by_users = objects[CRMI_OBJECT_CONTACT].out_create ||
                          objects[CRMI_OBJECT_CONTACT].out_update ||
                          objects[CRMI_OBJECT_ACCOUNT].out_create ||
                          objects[CRMI_OBJECT_ACCOUNT].out_update;
    if (config->owner.unmapped == CRMI_OWNER_FALLBACK && !id.len)
        return refuse(err, "\"unmapped\":\"fallback\" needs a fallback owner",
                      "Give the id of a Salesforce user.", "/owner/fallback");
    if (crmi_str_starts(id, "00G") && owned_by_users)
        return refuse(err, "a queue can own leads only, and contacts or accounts are exported too",
                      "Give the id of a user (005...).", "/owner/fallback");
    return CRMSYNC_OK;
}

/* The lists that the normalizer takes: one that it would refuse is refused here. */
static int32_t check_match(const crmsync_config *config, crmsync_error **err)
{
    crmsync_normalizer *normalizer = NULL;
    crmsync_error *fault = NULL;
    char where[80];
    if (!config->match.freemail_add_count && !config->match.freemail_remove_count &&
        !config->match.shared_host_add_count && !config->match.legal_form_add_count)
        return CRMSYNC_OK;
    int32_t code = crmsync_config_normalizer(config, &config->alloc, &normalizer, &fault);
    if (code == CRMSYNC_E_NOMEM) {
        crmi_fail_nomem(err);
    } else if (code) {
        snprintf(where, sizeof where, "/match%.*s", CRMI_SPELL(crmsync_error_where(fault)));
        crmi_fail(err, code, "%.*s", CRMI_SPELL(crmsync_error_message(fault)));
        crmi_error_set_where(err, crmi_str(where));
        crmi_error_set_remedy(err, crmsync_error_remedy(fault));
    }
    crmsync_error_free(fault);
    crmsync_normalizer_free(normalizer);
    return code;
}

int32_t crmi_config_check(crmsync_config *config, crmsync_error **err)
{
    int32_t code = CRMSYNC_OK;
    for (uint32_t i = 0; !code && i < CRMI_OBJECT_LAST; i++)
        code = check_object(config, i, err);
    if (!code)
        code = check_connection(config, err);
    if (!code)
        code = check_stamp(config, err);
    if (!code)
        code = check_owner(config, err);
    if (!code)
        code = check_match(config, err);
    if (!code && config->export.mode == CRMI_MODE_BY_STATUS && !config->export.route_count)
        code = refuse(err, "\"mode\":\"by_status\" needs routes",
                      "List the statuses, such as {\"Interested\":\"contact\"}.", "/export/routes");
    if (!code && config->limits.daily_share == 0)
        code = refuse(err, "a share of 0 percent would never allow a call",
                      "Give a percentage from 1 to 100.", "/limits/daily_share");
    return code;
}
