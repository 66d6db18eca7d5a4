/* Who owns records: ids, what each object's rules come to, and what cannot be told. */
#include <stdio.h>

#include <crmsync/normalize.h>

#include "model/config_table.h"

#define refuse crmi_config_refuse

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

static int32_t lengthen_pairs(crmsync_config *config, const crmi_value_pair *list, size_t n,
                              const char *place, bool by_id, crmsync_error **err)
{
    crmi_value_pair *pairs;
    int32_t code = CRMSYNC_OK;
    memcpy(&pairs, &list, sizeof pairs); /* ours, const only to readers */
    for (size_t i = 0; !code && i < n; i++)
        code = lengthen_id(config, &pairs[i].remote, place,
                           by_id ? pairs[i].remote : pairs[i].local, err);
    return code;
}

static int32_t check_ids(crmsync_config *config, crmsync_error **err)
{
    char place[80];
    int32_t code =
        lengthen_id(config, &config->owner.fallback, "/owner/fallback", CRMI_STR_EMPTY, err);
    if (!code)
        code = lengthen_pairs(config, config->owner.map, config->owner.map_count, "/owner/map/",
                              false, err);
    if (!code)
        code = lengthen_pairs(config, config->owner.inverse, config->owner.inverse_count,
                              "/owner/inverse/", true, err);
    for (size_t i = 0; !code && i < CRMI_OBJECT_LAST; i++) {
        crmi_object_rule *rule = &config->objects[i];
        snprintf(place, sizeof place, "/objects/%s/owner/fallback", rule->crm->name);
        code = lengthen_id(config, &rule->owner.fallback, place, CRMI_STR_EMPTY, err);
    }
    return code;
}

/* A Salesforce user stands for one member; with several for one, map names the one to send. */
static int32_t check_inverse(const crmsync_config *config, bool outward, crmsync_error **err)
{
    const crmi_value_pair *list = config->owner.inverse;
    for (size_t i = 0; i < config->owner.inverse_count; i++) {
        bool mapped;
        crmi_pairs_get(config->owner.map, config->owner.map_count, list[i].local, &mapped);
        for (size_t j = 0; j < i; j++) {
            if (crmi_str_eq(list[i].remote, list[j].remote))
                return refuse(err, "this user is listed twice, with 15 and with 18 characters",
                              "Remove one of the two.", "/owner/inverse/%.*s",
                              CRMI_SPELL(list[i].remote));
            if (outward && !mapped && crmi_str_eq(list[i].local, list[j].local))
                return refuse(err, "several Salesforce users stand for this team member, and "
                                   "nothing says which of them owns exported records",
                              "Name the preferred user of the member in owner.map.",
                              "/owner/inverse/%.*s", CRMI_SPELL(list[i].remote));
        }
    }
    return CRMSYNC_OK;
}

/* What holds for an object: its own rules, and the general ones where it has none. */
static void settle(const crmsync_config *config, crmi_object_rule *rule)
{
    const crmi_owner_rule *own = &rule->owner;
    crmi_owner_rule *all = &rule->owned;
    all->apply = own->apply == CRMI_OWNER_INHERIT ? config->owner.apply : own->apply;
    all->unmapped = own->unmapped == CRMI_OWNER_AS_ALL ? config->owner.unmapped : own->unmapped;
    all->fallback = own->fallback.len ? own->fallback : config->owner.fallback;
    all->local = own->local.len ? own->local : config->local.owner;
    if (rule->crm->number == CRMI_OBJECT_USER)
        all->apply = CRMI_OWNER_NEVER;
    else if (!rule->crm->writeable && all->apply == CRMI_OWNER_TWO_WAY)
        all->apply = CRMI_OWNER_IN;
    else if (!rule->crm->writeable && all->apply != CRMI_OWNER_IN)
        all->apply = CRMI_OWNER_NEVER;
}

static bool outward(const crmi_object_rule *rule)
{
    return (rule->out_create || rule->out_update) && rule->owned.apply != CRMI_OWNER_NEVER &&
           rule->owned.apply != CRMI_OWNER_IN;
}

/* An imported owner needs a field of its own at the host. */
static int32_t check_import(const crmi_object_rule *rule, crmsync_error **err)
{
    const char *name = rule->crm->name;
    if (!crmi_owner_imported(&rule->owned))
        return CRMSYNC_OK;
    if (!rule->owned.local.len)
        return refuse(err, "no local owner field is known", "Name it here or in local.owner.",
                      "/objects/%s/owner/local", name);
    for (size_t i = 0; i < rule->field_count; i++) {
        const crmi_field_rule *f = &rule->fields[i];
        if (crmi_str_eq_ci(f->remote, CRMI_STR("OwnerId")))
            return refuse(err, "the owner rules read this field", "Remove the entry.",
                          "%s/remote", f->pointer.ptr);
        if (crmi_str_eq(f->local, rule->owned.local) && f->import != CRMI_IMPORT_NEVER)
            return refuse(err, "the owner rules import into this local field",
                          "Choose another local field, or add \"import\":\"never\".", "%s/local",
                          f->pointer.ptr);
    }
    return CRMSYNC_OK;
}

static int32_t check_object(const crmi_object_rule *rule, crmsync_error **err)
{
    const char *name = rule->crm->name;
    bool user = rule->crm->number == CRMI_OBJECT_USER;
    uint32_t apply = rule->owner.apply;
    if (apply != CRMI_OWNER_INHERIT && apply != CRMI_OWNER_NEVER &&
        (user || (!rule->crm->writeable && apply != CRMI_OWNER_IN)))
        return refuse(err, user ? "users have no owner" : "this object is imported only",
                      user ? "Remove it." : "Use \"in\" or \"never\".", "/objects/%s/owner/apply",
                      name);
    if (rule->owned.unmapped == CRMI_OWNER_FALLBACK && !rule->owned.fallback.len &&
        rule->owner.unmapped == CRMI_OWNER_FALLBACK)
        return refuse(err, "\"unmapped\":\"fallback\" needs a fallback owner",
                      "Give the id of a Salesforce user.", "/objects/%s/owner/fallback", name);
    if (!crmi_str_starts(rule->owned.fallback, "00G") || !outward(rule) ||
        rule->crm->number == CRMI_OBJECT_LEAD)
        return check_import(rule, err);
    if (!rule->owner.fallback.len)
        return refuse(err, "a queue can own leads only, and contacts or accounts are exported too",
                      "Give the id of a user (005...).", "/owner/fallback");
    return refuse(err, "a queue can own leads only", "Give the id of a user (005...).",
                  "/objects/%s/owner/fallback", name);
}

int32_t crmi_config_check_owners(crmsync_config *config, crmsync_error **err)
{
    int32_t code = check_ids(config, err);
    bool any_outward = false;
    if (code)
        return code;
    for (size_t i = 0; i < CRMI_OBJECT_LAST; i++) {
        settle(config, &config->objects[i]);
        any_outward = any_outward || outward(&config->objects[i]);
    }
    if (config->owner.unmapped == CRMI_OWNER_FALLBACK && !config->owner.fallback.len)
        return refuse(err, "\"unmapped\":\"fallback\" needs a fallback owner",
                      "Give the id of a Salesforce user.", "/owner/fallback");
    code = check_inverse(config, any_outward, err);
    for (size_t i = 0; !code && i < CRMI_OBJECT_LAST; i++)
        code = check_object(&config->objects[i], err);
    return code;
}
