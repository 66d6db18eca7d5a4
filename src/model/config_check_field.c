/* Rules between the members of a mapped field, and between the fields of an object. */
#include <stdio.h>

#include "model/config_table.h"

#define FIELDS_MAX 1000u
#define ONLY_READ  "Add \"export\":\"never\" to only read it."

#define refuse crmi_config_refuse

/* A field that the mapping exports: may it? */
static int32_t check_exported(const crmi_object_rule *rule, const crmi_field_rule *f,
                              crmsync_error **err)
{
    const char *at = f->pointer.ptr, *parent = rule->crm->parent_field;
    if (crmi_str_chr(f->remote, '.') >= 0)
        return refuse(err, "a field of another record cannot be written through a path", ONLY_READ,
                      "%s/remote", at);
    if (crmi_config_system_field(f->remote))
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
    if (local && a->local.len && a->import != CRMI_IMPORT_NEVER && b->import != CRMI_IMPORT_NEVER)
        return refuse(err, "two Salesforce fields are imported into one local field",
                      "Set \"import\":\"never\" on all but one of them.", "%s/local",
                      b->pointer.ptr);
    return CRMSYNC_OK;
}

/* One source, and of a constant or template the host's record learns nothing. */
static int32_t check_source(const crmi_object_rule *rule, const crmi_field_rule *f,
                            crmsync_error **err)
{
    const char *at = f->pointer.ptr;
    size_t given = (f->local.len > 0) + (f->constant.len > 0) + (f->composed.len > 0);
    if (given == 0)
        return refuse(err, "nothing says where the value comes from",
                      "Give one of \"local\", \"constant\" and \"template\".", "%s/local", at);
    if (given > 1)
        return refuse(err, "the value cannot come from two sources",
                      "Keep one of \"local\", \"constant\" and \"template\".", "%s/%s", at,
                      f->constant.len ? "constant" : "template");
    if (!f->local.len && !rule->crm->writeable)
        return refuse(err, "a constant or template is for export, and this object is imported only",
                      "Remove the entry.", "%s", at);
    if (!f->local.len && f->import != CRMI_IMPORT_NEVER)
        return refuse(err, "a constant or template cannot be imported into",
                      "Leave \"import\" out, or say \"never\".", "%s/import", at);
    if (!f->local.len && f->export == CRMI_EXPORT_NEVER)
        return refuse(err, "a constant or template that is never exported does nothing",
                      "Use \"export\":\"fill\" or \"overwrite\", or remove the entry.",
                      "%s/export", at);
    return CRMSYNC_OK;
}

/* Both sides' values become one: there is nothing to fill, map or leave empty. */
static int32_t check_reduce(const crmi_field_rule *f, crmsync_error **err)
{
    const char *at = f->pointer.ptr;
    if (f->reduce == CRMI_REDUCE_NONE)
        return CRMSYNC_OK;
    if (!f->local.len)
        return refuse(err, "a constant or template cannot be combined with anything",
                      "Remove \"reduce\".", "%s/reduce", at);
    if (f->value_count || f->inverse_count || f->value_default.len)
        return refuse(err, "values that are combined cannot be mapped too",
                      "Remove \"reduce\", or the maps of values.", "%s/reduce", at);
    if (f->reduce == CRMI_REDUCE_SUM && f->import != CRMI_IMPORT_NEVER)
        return refuse(err, "a count that is imported would be counted again",
                      "Leave \"import\" out, or say \"never\".", "%s/import", at);
    if (f->reduce == CRMI_REDUCE_SUM && f->export == CRMI_EXPORT_NEVER)
        return refuse(err, "a sum that is never exported does nothing",
                      "Use \"export\":\"overwrite\", or remove the entry.", "%s/export", at);
    if (f->export == CRMI_EXPORT_FILL)
        return refuse(err, "a combined value replaces the one that is there",
                      "Use \"export\":\"overwrite\", or \"never\" to combine at the host only.",
                      "%s/export", at);
    return CRMSYNC_OK;
}

/* The field's own list and the general one as one list. */
static bool join_empty_values(crmsync_config *config, crmi_field_rule *f)
{
    size_t general = config->empty_value_count, own = f->empty_value_count;
    f->blanks = config->empty_values;
    f->blank_count = general + own;
    if (!own)
        return true;
    crmsync_str *all = crmi_arena_array(&config->arena, general + own, sizeof *all);
    if (!all)
        return false;
    for (size_t i = 0; i < general + own; i++)
        all[i] = i < own ? f->empty_values[i] : config->empty_values[i - own];
    f->blanks = all;
    return true;
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
    int32_t code = check_source(rule, f, err);
    if (!code)
        code = check_reduce(f, err);
    if (code)
        return code;
    if (!rule->crm->writeable && f->export == CRMI_EXPORT_OVERWRITE)
        return refuse(err, "this object is imported only", ONLY_READ, "%s/export", f->pointer.ptr);
    if (!rule->crm->writeable)
        f->export = CRMI_EXPORT_NEVER;
    return f->export == CRMI_EXPORT_NEVER ? CRMSYNC_OK : check_exported(rule, f, err);
}

int32_t crmi_config_check_fields(crmsync_config *config, crmi_object_rule *rule,
                                 crmsync_error **err)
{
    char pointer[80];
    if (rule->field_count > FIELDS_MAX)
        return refuse(err, "more than 1000 fields are mapped", "Map fewer fields.",
                      "/objects/%s/fields", rule->crm->name);
    for (size_t i = 0; i < rule->field_count; i++) {
        crmi_field_rule *f = &rule->fields[i];
        snprintf(pointer, sizeof pointer, "/objects/%s/fields/%zu", rule->crm->name, i);
        if (!crmi_arena_str(&config->arena, crmi_str(pointer), &f->pointer) ||
            !join_empty_values(config, f))
            return crmi_fail_nomem(err);
        int32_t code = check_field(rule, f, err);
        for (size_t j = 0; !code && j < i; j++)
            code = check_pair(&rule->fields[j], f, err);
        if (code)
            return code;
    }
    return CRMSYNC_OK;
}

