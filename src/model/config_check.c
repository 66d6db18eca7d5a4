/* Rules between the members of a configuration. */
#include <stdarg.h>
#include <stdio.h>

#include <crmsync/normalize.h>

#include "model/config_table.h"

int32_t crmi_config_refuse(crmsync_error **err, const char *message, const char *remedy,
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

#define refuse crmi_config_refuse

/* Fields the org alone writes (Object Reference, system fields), on any object. */
static const char *const system_fields[] = {
    "Id", "IsDeleted", "MasterRecordId", "CreatedDate", "CreatedById", "LastModifiedDate",
    "LastModifiedById", "SystemModstamp", "LastActivityDate", "LastViewedDate",
    "LastReferencedDate", "IsConverted", "ConvertedDate", "ConvertedAccountId",
    "ConvertedContactId", "ConvertedOpportunityId", "PhotoUrl", "IsEmailBounced",
};

bool crmi_config_system_field(crmsync_str name)
{
    for (size_t i = 0; i < sizeof system_fields / sizeof system_fields[0]; i++) {
        if (crmi_str_eq_ci(name, crmi_str(system_fields[i])))
            return true;
    }
    return false;
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
    if ((s->policy == CRMI_STATUS_ONLY_FROM) != (s->only_from_count > 0))
        return refuse(err, "\"policy\":\"only_from\" and the list \"only_from\" need each other",
                      "Give both, or neither.", "/objects/%s/status/only_from", name);
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
        code = crmi_config_check_fields(config, rule, err);
    return code;
}

static bool written_otherwise(const crmi_object_rule *rule, crmsync_str field)
{
    const crmi_field_rule *f = crmi_object_rule_by_remote(rule, field);
    return (f && f->export != CRMI_EXPORT_NEVER) || crmi_config_system_field(field) ||
           (rule->status.enabled && crmi_str_eq_ci(rule->status.remote, field));
}

static int32_t check_stamp(const crmsync_config *config, size_t i, const char *at,
                           crmsync_error **err)
{
    const crmi_stamp_rule *stamp = crmi_config_stamp(config, i);
    if ((stamp->field.len == 0) != (stamp->value.len == 0) || (i > 0 && !stamp->field.len))
        return refuse(err, "a stamp needs both a field and a value",
                      "Give both \"field\" and \"value\", or neither.", "%s/%s", at,
                      stamp->field.len ? "value" : "field");
    for (uint32_t k = 0; stamp->field.len && k < CRMI_OBJECT_LAST; k++) {
        if (crmi_stamp_covers(stamp, k) && written_otherwise(&config->objects[k], stamp->field))
            return refuse(err, "the stamp's field is written by another rule, or by the org",
                          "Stamp a field that nothing else writes.", "%s/field", at);
    }
    for (size_t k = 0; stamp->field.len && k < i; k++) {
        const crmi_stamp_rule *other = crmi_config_stamp(config, k);
        if (crmi_str_eq_ci(stamp->field, other->field) && (stamp->objects & other->objects))
            return refuse(err, "two stamps write one field of the same object",
                          "Remove one of them, or give them different objects.", "%s/field", at);
    }
    return CRMSYNC_OK;
}

static int32_t check_stamps(const crmsync_config *config, crmsync_error **err)
{
    char at[64] = "/export/stamp";
    int32_t code = check_stamp(config, 0, at, err);
    for (size_t i = 1; !code && crmi_config_stamp(config, i); i++) {
        snprintf(at, sizeof at, "/export/stamps/%zu", i - 1);
        code = check_stamp(config, i, at, err);
    }
    return code;
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

/* What refuses e-mails refuses them everywhere, unless suppression names a field of its own. */
static void share_opt_out(crmsync_config *config)
{
    if (!config->suppression.opt_out.len)
        config->suppression.opt_out =
            config->local.opt_out.len ? config->local.opt_out : CRMI_STR("opt_out");
}

int32_t crmi_config_check(crmsync_config *config, crmsync_error **err)
{
    int32_t code = CRMSYNC_OK;
    share_opt_out(config);
    for (uint32_t i = 0; !code && i < CRMI_OBJECT_LAST; i++)
        code = check_object(config, i, err);
    if (!code)
        code = crmi_config_check_connection(config, err);
    if (!code)
        code = check_stamps(config, err);
    if (!code)
        code = crmi_config_check_owners(config, err);
    if (!code)
        code = check_match(config, err);
    if (!code && config->export.mode == CRMI_MODE_BY_STATUS && !config->export.route_count)
        code = refuse(err, "\"mode\":\"by_status\" needs routes",
                      "List the statuses, such as {\"Interested\":\"contact\"}.", "/export/routes");
    if (!code && config->export.segment_count && !config->local.segments.len)
        code = refuse(err, "no local field lists the segments of a record",
                      "Name it in local.segments.", "/local/segments");
    if (!code && config->limits.daily_share == 0)
        code = refuse(err, "a share of 0 percent would never allow a call",
                      "Give a percentage from 1 to 100.", "/limits/daily_share");
    if (!code)
        code = crmi_config_check_audiences(config, err);
    if (!code)
        code = crmi_config_check_campaigns(config, err);
    if (!code)
        code = crmi_config_check_reads(config, err);
    if (!code)
        code = crmi_config_check_signals(config, err);
    return code;
}
