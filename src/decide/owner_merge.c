/* Owners that cross both ways: a field of its own, between members and Salesforce users. */
#include "decide/match.h"
#include "decide/policy.h"

/* One member of one user, where the map says so of nobody else. */
static crmsync_str member_mapped(const crmsync_config *config, crmsync_str id)
{
    crmsync_str found = CRMI_STR_EMPTY;
    for (size_t i = 0; i < config->owner.inverse_count; i++) {
        if (crmi_same_id(config->owner.inverse[i].remote, id)) {
            return config->owner.inverse[i].local;
        }
    }
    for (size_t i = 0; i < config->owner.map_count; i++) {
        if (!crmi_same_id(config->owner.map[i].remote, id)) {
            continue;
        }
        if (found.len) {
            return CRMI_STR_EMPTY;
        }
        found = config->owner.map[i].local;
    }
    return found;
}

/* The member that a Salesforce user or queue stands for; empty = nobody. */
static crmsync_str member_of(const crmi_decide_env *env, crmsync_str id)
{
    crmsync_str found = member_mapped(env->config, id);
    for (size_t i = 0; !found.len && env->config->owner.by_email && i < env->owner_count; i++) {
        if (crmi_same_id(env->owners[i].id, id)) {
            found = env->owners[i].email;
        }
    }
    return found;
}

/* The member's own user: a fallback replaces nobody. */
static bool speaks_for(const crmi_owner_choice *choice)
{
    return choice->id.len && (choice->reason == CRMSYNC_REASON_OWNER_MAPPED ||
                              choice->reason == CRMSYNC_REASON_OWNER_BY_EMAIL);
}

static void tell(crmi_field_decision *d, const crmi_owner_choice *choice)
{
    if (d->crm_new.type != CRMSYNC_CELL_ABSENT) {
        d->reason = choice->reason;
    } else if (d->local_new.type != CRMSYNC_CELL_ABSENT) {
        d->reason = CRMSYNC_REASON_OWNER_IMPORTED;
    } else if (d->reason == CRMSYNC_REASON_UNMAPPED_VALUE) {
        d->reason = choice->reason == CRMSYNC_REASON_OWNER_INACTIVE
                        ? CRMSYNC_REASON_OWNER_INACTIVE
                        : CRMSYNC_REASON_OWNER_UNMAPPED;
    }
}

int32_t crmi_owner_merge(const crmi_merge *m, const crmi_owner_choice *choice, crmi_fields *fields,
                         crmsync_error **err)
{
    const crmi_owner_rule *owned = &m->rule->owned;
    if (!crmi_owner_imported(owned) || !m->crm.rows ||
        crmi_fields_find(fields, CRMI_STR("OwnerId"))) {
        return CRMSYNC_OK;
    }
    crmi_field_rule *rule = CRMI_ARENA_NEW(fields->arena, crmi_field_rule);
    crmi_value_pair *pairs = crmi_arena_array(fields->arena, 2, sizeof(*pairs));
    if (!rule || !pairs) {
        return crmi_fail_nomem(err);
    }
    crmsync_str have = crmi_record_get(m->crm, CRMI_STR("OwnerId")).text;
    crmsync_str here = m->local.rows ? crmi_str_trim(crmi_record_get(m->local, owned->local).text)
                                     : CRMI_STR_EMPTY;
    crmsync_str there = have.len ? member_of(m->env, have) : CRMI_STR_EMPTY;
    bool same = here.len && crmi_str_eq_ci(here, there); /* whichever of the member's users it is */
    /* a pair that nothing equals keeps ids and names from crossing as they are */
    if (same || speaks_for(choice)) {
        pairs[0] = (crmi_value_pair){here, same ? have : choice->id};
    }
    if (there.len) {
        pairs[1] = (crmi_value_pair){there, have};
    }
    *rule = (crmi_field_rule){
        .local = owned->local,
        .remote = CRMI_STR("OwnerId"),
        .import = owned->apply == CRMI_OWNER_IN ? CRMI_IMPORT_CRM : CRMI_IMPORT_TWO_WAY,
        .export = owned->apply == CRMI_OWNER_IN ? CRMI_EXPORT_NEVER : CRMI_EXPORT_OVERWRITE,
        .winner = CRMI_WINNER_CRM,
        .values = pairs,
        .value_count = 1,
        .inverse = pairs + 1,
        .inverse_count = 1,
    };
    int32_t code = crmi_merge_one(m, rule, NULL, fields, err);
    if (code == CRMSYNC_OK) {
        tell(&fields->items[fields->count - 1], choice);
    }
    return code;
}
