#include "model/config.h"

#include "model/config_table.h"
#include "model/schema.h"

/* General rules whose change can change a decision over an unchanged record. */
static const char *const deciding_members[] = {"local",        "export",  "match",      "owner",
                                                "empty_values", "deletes", "suppression"};

static bool deciding(const crmi_member *m)
{
    for (size_t i = 0; i < sizeof deciding_members / sizeof deciding_members[0]; i++) {
        if (crmi_str_eq(crmi_str(m->name), crmi_str(deciding_members[i])))
            return true;
    }
    return false;
}

/* crmi_object_rule_stamp() of every object. */
static int32_t make_stamps(crmsync_config *config, crmsync_error **err)
{
    crmi_buf text;
    crmi_buf_init(&text, &config->alloc);
    for (size_t i = 0; i < CRMI_OBJECT_LAST; i++) {
        crmi_jw w = crmi_jw_to(&text);
        crmi_buf_reset(&text);
        crmi_jw_array(&w);
        for (size_t j = 0; j < crmi_object_group.count; j++) {
            if (strcmp(crmi_object_group.members[j].name, "interval_min") != 0)
                crmi_config_write_member(&w, &crmi_object_group.members[j], &config->objects[i]);
        }
        for (size_t j = 0; j < crmi_config_group.count; j++) {
            if (deciding(&crmi_config_group.members[j]))
                crmi_config_write_member(&w, &crmi_config_group.members[j], config);
        }
        crmi_jw_array_end(&w);
        if (!crmi_buf_ok(&text))
            break;
        config->objects[i].stamp = crmi_digest64(crmi_buf_str(&text));
    }
    int32_t code = crmi_buf_ok(&text) ? CRMSYNC_OK : crmi_fail_nomem(err);
    crmi_buf_clear(&text);
    return code;
}

static int32_t make_dump(crmsync_config *config, crmsync_error **err)
{
    crmi_buf text;
    crmi_buf_init(&text, &config->alloc);
    crmi_jw w = crmi_jw_to(&text);
    crmi_config_write(&w, &crmi_config_group, config);
    bool kept = crmi_buf_ok(&text) &&
                crmi_arena_str(&config->arena, crmi_buf_str(&text), &config->dump);
    crmi_buf_clear(&text);
    if (!kept)
        return crmi_fail_nomem(err);
    config->digest = crmi_digest64(config->dump);
    return CRMSYNC_OK;
}

static int32_t config_fill(crmsync_config *config, crmsync_str json, crmsync_error **err)
{
    yyjson_doc *doc;
    int32_t code = crmi_json_read(&config->alloc, json, &doc, err);
    if (code)
        return code;
    code = crmi_config_read(config, yyjson_doc_get_root(doc), err);
    yyjson_doc_free(doc);
    if (!code)
        code = crmi_config_check(config, err);
    if (!code)
        code = make_stamps(config, err);
    if (!code)
        code = make_dump(config, err);
    return code;
}

int32_t crmsync_config_parse(const crmsync_alloc *alloc, crmsync_str json, crmsync_config **out,
                             crmsync_error **err)
{
    crmsync_alloc a;
    *out = NULL;
    if (crmi_alloc_init(&a, alloc))
        return crmi_fail(err, CRMSYNC_E_INVALID, "the allocator lacks a function");
    if (json.len > CRMI_CONFIG_MAX_BYTES)
        return crmi_fail(err, CRMSYNC_E_LIMIT, "a configuration may have at most %u bytes",
                         CRMI_CONFIG_MAX_BYTES);
    crmsync_config *config = CRMI_NEW(&a, crmsync_config);
    if (!config)
        return crmi_fail_nomem(err);
    config->alloc = a;
    crmi_arena_init(&config->arena, &config->alloc);
    int32_t code = config_fill(config, json, err);
    if (code) {
        crmsync_config_free(config);
        return code;
    }
    *out = config;
    return CRMSYNC_OK;
}

void crmsync_config_free(crmsync_config *config)
{
    if (!config)
        return;
    crmsync_alloc a = config->alloc;
    crmi_arena_clear(&config->arena);
    CRMI_DELETE(&a, config);
}

crmsync_str crmsync_config_dump(const crmsync_config *config)
{
    return config ? config->dump : CRMI_STR_EMPTY;
}

uint64_t crmsync_config_digest(const crmsync_config *config)
{
    return config ? config->digest : 0;
}

bool crmi_config_maps(const crmsync_config *config)
{
    for (size_t i = 0; i < CRMI_OBJECT_LAST; i++) {
        if (config->objects[i].enabled)
            return true;
    }
    return config->activities.enabled || config->campaigns.enabled;
}

const crmi_object_rule *crmi_config_object(const crmsync_config *config, crmsync_str name)
{
    const crmi_crm_object *crm = crmi_crm_object_named(name);
    return crm ? &config->objects[crm->number] : NULL;
}

const crmi_field_rule *crmi_object_rule_by_local(const crmi_object_rule *rule, crmsync_str local)
{
    for (size_t i = 0; i < rule->field_count; i++) {
        if (local.len && crmi_str_eq(rule->fields[i].local, local))
            return &rule->fields[i];
    }
    return NULL;
}

const crmi_field_rule *crmi_object_rule_by_remote(const crmi_object_rule *rule, crmsync_str remote)
{
    for (size_t i = 0; i < rule->field_count; i++) {
        if (crmi_str_eq_ci(rule->fields[i].remote, remote))
            return &rule->fields[i];
    }
    return NULL;
}

bool crmi_owner_imported(const crmi_owner_rule *rule)
{
    return rule->apply == CRMI_OWNER_TWO_WAY || rule->apply == CRMI_OWNER_IN;
}

const crmi_stamp_rule *crmi_config_stamp(const crmsync_config *config, size_t i)
{
    if (i == 0)
        return &config->export.stamp;
    return i <= config->export.stamp_count ? &config->export.stamps[i - 1] : NULL;
}

bool crmi_stamp_covers(const crmi_stamp_rule *stamp, uint32_t object)
{
    static const uint32_t stamped[] = {[CRMI_STAMP_ON_LEAD] = CRMI_OBJECT_LEAD,
                                       [CRMI_STAMP_ON_CONTACT] = CRMI_OBJECT_CONTACT,
                                       [CRMI_STAMP_ON_ACCOUNT] = CRMI_OBJECT_ACCOUNT};
    for (size_t i = 0; stamp->field.len && i < sizeof stamped / sizeof stamped[0]; i++) {
        if (stamped[i] == object && (stamp->objects & (1u << i)))
            return true;
    }
    return false;
}

bool crmi_reduce_fits(uint32_t reduce, uint32_t type)
{
    bool number = type == CRMI_TYPE_INT || type == CRMI_TYPE_DOUBLE || type == CRMI_TYPE_CURRENCY ||
                  type == CRMI_TYPE_PERCENT;
    bool time = type == CRMI_TYPE_DATE || type == CRMI_TYPE_DATETIME;
    switch (reduce) {
    case CRMI_REDUCE_NONE: return true;
    case CRMI_REDUCE_OR: return type == CRMI_TYPE_BOOLEAN;
    case CRMI_REDUCE_MAX:
    case CRMI_REDUCE_MIN: return number || time;
    case CRMI_REDUCE_EARLIEST: return time;
    case CRMI_REDUCE_SUM: return number;
    default:
        return type == CRMI_TYPE_STRING || type == CRMI_TYPE_TEXTAREA ||
               type == CRMI_TYPE_MULTIPICKLIST;
    }
}

uint64_t crmi_object_rule_stamp(const crmi_object_rule *rule)
{
    return rule->stamp;
}

crmsync_str crmi_pairs_get(const crmi_value_pair *pairs, size_t n, crmsync_str local, bool *found)
{
    for (size_t i = 0; i < n; i++) {
        if (crmi_str_eq(pairs[i].local, local)) {
            if (found)
                *found = true;
            return pairs[i].remote;
        }
    }
    if (found)
        *found = false;
    return CRMI_STR_EMPTY;
}
