/* What is read of every row of an import, found in the batches once a page. */
#include "decide/import_case.h"

void crmi_import_columns_turn(crmi_import_columns *at, const crmsync_rows *crm,
                              const crmsync_rows *local)
{
    if (crm != at->crm) {
        at->crm = crm;
        at->id = crmsync_rows_find_field(crm, CRMI_STR("Id"));
        at->master = crmsync_rows_find_field(crm, CRMI_STR("MasterRecordId"));
        at->deleted = crmsync_rows_find_field(crm, CRMI_STR("IsDeleted"));
        at->converted = crmsync_rows_find_field(crm, CRMI_STR("IsConverted"));
        at->stamp = crmsync_rows_find_field(crm, CRMI_STR("SystemModstamp"));
    }
    if (local && local != at->local) {
        at->local = local;
        at->local_id = crmsync_rows_find_field(local, CRMI_STR("id"));
        at->local_rev = crmsync_rows_find_field(local, CRMI_STR("rev"));
    }
}

int32_t crmi_import_key(crmi_import_case *c, crmsync_error **err)
{
    char key[CRMSYNC_KEY_MAX];
    size_t len = 0;
    bool person = crmi_str_is(crmi_str(c->object->local_kind), "person");
    bool company = crmi_str_is(crmi_str(c->object->local_kind), "company");
    crmsync_str local =
        person ? c->env->config->local.email : c->env->config->local.company_website;
    const crmi_field_rule *mapped = local.len ? crmi_object_rule_by_local(c->rule, local) : NULL;
    crmsync_str remote = mapped ? mapped->remote : person ? CRMI_STR("Email") : CRMI_STR("Website");
    crmsync_str text = crmi_record_get(c->in->crm, remote).text;
    if ((!person && !company) || !text.len) {
        return CRMSYNC_OK;
    }
    int32_t code = person
                       ? crmsync_normalize_email(c->env->normalizer, text, key, sizeof(key), &len)
                       : crmsync_normalize_domain(c->env->normalizer, text, key, sizeof(key), &len);
    if (code == CRMSYNC_E_NOMEM) {
        return crmi_fail_nomem(err);
    }
    bool fine = code == CRMSYNC_OK && len;
    return !fine || crmi_arena_str(&c->plan->arena, (crmsync_str){key, len}, &c->key)
               ? CRMSYNC_OK
               : crmi_fail_nomem(err);
}
