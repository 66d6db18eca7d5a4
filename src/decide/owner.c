#include "decide/match.h"
#include "decide/policy.h"

static const crmi_owner *user_of(const crmi_decide_env *env, crmsync_str id)
{
    for (size_t i = 0; i < env->owner_count; i++) {
        if (crmi_str_starts(id, "005") && crmi_same_id(env->owners[i].id, id)) {
            return &env->owners[i];
        }
    }
    return NULL;
}

/* Queues own Leads, nothing else. An inactive user would fail with INACTIVE_OWNER_OR_USER. */
static bool usable(const crmi_decide_env *env, crmsync_str id, const char *object, bool *inactive)
{
    if (crmi_str_starts(id, "00G")) {
        return crmi_str_is(crmi_str(object), "Lead");
    }
    const crmi_owner *user = user_of(env, id);
    if (!user) {
        return env->owner_count == 0;
    }
    *inactive = !user->active;
    return user->active;
}

/* User.Email is not unique: exactly one active standard user, or nobody. */
static size_t find_by_email(const crmi_decide_env *env, crmsync_str local)
{
    char email[CRMSYNC_KEY_MAX];
    size_t len = 0;
    size_t found = env->owner_count;
    if (crmsync_normalize_email(env->normalizer, local, email, sizeof(email), &len) != CRMSYNC_OK ||
        !len) {
        return env->owner_count;
    }
    for (size_t i = 0; i < env->owner_count; i++) {
        const crmi_owner *user = &env->owners[i];
        if (!user->active || !user->standard ||
            !crmi_str_eq_ci(user->email, (crmsync_str){email, len})) {
            continue;
        }
        if (found != env->owner_count) {
            return env->owner_count;
        }
        found = i;
    }
    return found;
}

/* Few members own the people of a page. */
static crmsync_str by_email(const crmi_decide_env *env, crmsync_str local)
{
    size_t at;
    crmi_map *known = env->users_by_email;
    if (!known || !crmi_map_get_index(known, local, &at)) {
        at = find_by_email(env, local);
        if (known) {
            (void)crmi_map_put_index(known, local, at); /* without memory it is found again */
        }
    }
    return at < env->owner_count ? env->owners[at].id : CRMI_STR_EMPTY;
}

static crmi_owner_choice unmapped(const crmi_decide_env *env, const crmi_owner_rule *rule,
                                  const char *object, uint32_t reason)
{
    crmi_owner_choice choice = {.reason = reason};
    bool inactive = false;
    switch (rule->unmapped) {
    case CRMI_OWNER_FALLBACK:
        if (rule->fallback.len && usable(env, rule->fallback, object, &inactive)) {
            choice.id = rule->fallback;
            choice.reason = CRMSYNC_REASON_OWNER_FALLBACK;
        }
        break;
    case CRMI_OWNER_OMIT: /* a record without an owner does not exist: the org's rules choose */
        choice.assign = crmi_str_is(crmi_str(object), "Lead");
        break;
    case CRMI_OWNER_ERROR: choice.refused = rule->apply != CRMI_OWNER_IN; break;
    default: break;
    }
    return choice;
}

/* The user of a member: the preferred one, or the only one that stands for the member. */
static crmsync_str user_mapped(const crmsync_config *config, crmsync_str owner, bool *mapped)
{
    crmsync_str id = crmi_pairs_get(config->owner.map, config->owner.map_count, owner, mapped);
    for (size_t i = 0; !*mapped && i < config->owner.inverse_count; i++) {
        if (crmi_str_eq(config->owner.inverse[i].local, owner)) {
            *mapped = true;
            id = config->owner.inverse[i].remote;
        }
    }
    return id;
}

/* The field that names the owner: of a person who stands for a company, the person's. */
static crmsync_str owner_text(const crmi_decide_env *env, const crmi_owner_rule *rule,
                              crmi_record local, const char *object)
{
    bool lent = local.rows && crmi_str_is(crmsync_rows_kind(local.rows), "person") &&
                crmi_str_is(crmi_str(object), "Account");
    crmsync_str field = lent ? env->config->local.owner : rule->local;
    return local.rows && field.len ? crmi_str_trim(crmi_record_get(local, field).text)
                                   : CRMI_STR_EMPTY;
}

crmi_owner_choice crmi_owner_of(const crmi_decide_env *env, crmi_record local, const char *object)
{
    const crmsync_config *config = env->config;
    const crmi_object_rule *of = crmi_config_object(config, crmi_str(object));
    /* activities have no rules of their own */
    const crmi_owner_rule general = {config->owner.apply, config->owner.unmapped,
                                     config->local.owner, config->owner.fallback};
    const crmi_owner_rule *rule = of && !of->crm->by_phase ? &of->owned : &general;
    bool mapped = false;
    bool inactive = false;
    if (rule->apply == CRMI_OWNER_NEVER ||
        (!config->owner.map_count && !config->owner.inverse_count && !config->owner.by_email &&
         !rule->fallback.len)) {
        return (crmi_owner_choice){0};
    }
    crmsync_str owner = owner_text(env, rule, local, object);
    if (!owner.len) {
        return unmapped(env, rule, object, CRMSYNC_REASON_OWNER_UNMAPPED);
    }
    crmsync_str id = user_mapped(config, owner, &mapped);
    if (mapped && id.len && usable(env, id, object, &inactive)) {
        return (crmi_owner_choice){.id = id, .reason = CRMSYNC_REASON_OWNER_MAPPED};
    }
    crmsync_str match = !mapped && config->owner.by_email ? by_email(env, owner) : CRMI_STR_EMPTY;
    if (match.len) {
        return (crmi_owner_choice){.id = match, .reason = CRMSYNC_REASON_OWNER_BY_EMAIL};
    }
    return unmapped(env, rule, object,
                    inactive ? CRMSYNC_REASON_OWNER_INACTIVE : CRMSYNC_REASON_OWNER_UNMAPPED);
}

/* Who may be replaced: with `on_create` only ourselves, on a record found just now. */
static bool replaces(const crmi_merge *m, crmsync_str current, bool fresh, bool linked)
{
    const crmi_decide_env *env = m->env;
    if (fresh) {
        return true;
    }
    if (crmi_str_starts(current, "00G")) { /* a queue hands out its leads itself */
        return false;
    }
    if (m->rule->owned.apply == CRMI_OWNER_ALWAYS) {
        return true;
    }
    return linked && env->config->owner.by_email && crmi_same_id(current, env->integration_user);
}

int32_t crmi_owner_field(const crmi_merge *m, const crmi_owner_choice *choice, bool fresh,
                         bool linked, crmi_fields *fields, crmsync_error **err)
{
    const crmi_field *field = m->object ? crmi_object_field(m->object, CRMI_STR("OwnerId")) : NULL;
    if (!choice->reason || crmi_fields_find(fields, CRMI_STR("OwnerId")) || (m->object && !field) ||
        m->rule->owned.apply == CRMI_OWNER_IN ||
        (!fresh && m->rule->owned.apply == CRMI_OWNER_TWO_WAY)) {
        return CRMSYNC_OK;
    }
    crmi_field_decision *d = crmi_fields_add(fields, m->rule->owned.local, CRMI_STR("OwnerId"));
    if (!d) {
        return crmi_fail_nomem(err);
    }
    uint32_t needed = fresh ? CRMI_FIELD_CREATEABLE : CRMI_FIELD_UPDATEABLE;
    d->crm_old = m->crm.rows ? crmi_record_get(m->crm, CRMI_STR("OwnerId")) : crmi_cell_null();
    d->local_old = m->rule->owned.local.len && m->local.rows
                       ? crmi_record_get(m->local, m->rule->owned.local)
                       : crmi_cell_absent();
    d->base = CRMI_BASE_KEEP;
    d->reason = choice->reason;
    bool known = fresh || !crmi_cell_blank(&d->crm_old);
    bool same = crmi_same_id(choice->id, d->crm_old.text);
    if (!choice->id.len || !m->out) {
        d->reason = choice->assign && fresh ? CRMSYNC_REASON_OWNER_RULES : choice->reason;
    } else if (same) {
        d->reason = CRMSYNC_REASON_EQUAL;
    } else if (field && !(field->flags & needed)) {
        d->reason = CRMSYNC_REASON_NOT_WRITEABLE;
    } else if (!known || !replaces(m, d->crm_old.text, fresh, linked)) {
        d->reason = CRMSYNC_REASON_OWNER_KEPT;
    } else {
        d->crm_new = crmi_cell_id(choice->id);
    }
    return CRMSYNC_OK;
}
