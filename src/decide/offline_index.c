#include "decide/offline.h"

int32_t crmi_offline_index(crmi_offline *o)
{
    o->same_email = crmi_arena_array(o->arena, o->people_found_count + 1, sizeof(size_t));
    if (!o->same_email) {
        return crmi_fail_nomem(o->err);
    }
    for (size_t i = o->people_found_count; i-- > 0;) {
        crmi_record record = o->people_found[i];
        const crmi_object_rule *rule =
            crmi_config_object(o->env.config, crmsync_rows_kind(record.rows));
        const crmi_field_rule *mapped =
            rule ? crmi_object_rule_by_local(rule, o->env.config->local.email) : NULL;
        crmsync_cell cell = crmi_record_get(record, mapped ? mapped->remote : CRMI_STR("Email"));
        crmsync_str id = crmi_str_sub(crmi_record_text(record, "Id"), 0, 15);
        char key[CRMSYNC_KEY_MAX];
        crmsync_str kept;
        size_t len = 0;
        size_t next = 0;
        int32_t code =
            crmsync_normalize_email(o->env.normalizer, cell.text, key, sizeof(key), &len);
        if (code == CRMSYNC_E_NOMEM || (id.len && !crmi_map_put_index(&o->ids, id, i))) {
            return crmi_fail_nomem(o->err);
        }
        if (code != CRMSYNC_OK || !len) {
            continue;
        }
        if (crmi_map_get_index(&o->emails, (crmsync_str){key, len}, &next)) {
            o->same_email[i] = next + 1;
        }
        if (!crmi_arena_str(o->arena, (crmsync_str){key, len}, &kept) ||
            !crmi_map_put_index(&o->emails, kept, i)) {
            return crmi_fail_nomem(o->err);
        }
    }
    return CRMSYNC_OK;
}

/* Adds the record of an id and whatever it was merged or converted into. */
static void add_by_id(const crmi_offline *o, crmsync_str id, crmi_record *list, size_t *n,
                      size_t cap)
{
    size_t at = 0;
    for (int step = 0; step < 16 && id.len >= 15 && *n < cap; step++) {
        if (!crmi_map_get_index(&o->ids, crmi_str_sub(id, 0, 15), &at)) {
            return;
        }
        list[(*n)++] = o->people_found[at];
        crmsync_str master = crmi_record_text(o->people_found[at], "MasterRecordId");
        id = master.len ? master : crmi_record_text(o->people_found[at], "ConvertedContactId");
    }
}

static bool by_external_id(const crmi_offline *o)
{
    const char *const objects[] = {"Lead", "Contact"};
    for (size_t i = 0; i < 2; i++) {
        const crmi_object_rule *rule = crmi_config_object(o->env.config, crmi_str(objects[i]));
        if (rule && rule->external_id.len) {
            return true;
        }
    }
    return false;
}

int32_t crmi_offline_candidates(crmi_offline *o, crmi_person_input *person)
{
    crmsync_str email;
    size_t first = 0;
    size_t n = 0;
    size_t cap = 2 * 16;
    person->candidates = o->people_found;
    person->candidate_count = o->people_found_count;
    if (by_external_id(o)) {
        return CRMSYNC_OK;
    }
    int32_t code = crmi_person_email_key(&o->env, person->local, o->arena, &email, o->err);
    if (code != CRMSYNC_OK) {
        return code;
    }
    bool any = email.len && crmi_map_get_index(&o->emails, email, &first);
    for (size_t i = any ? first + 1 : 0; i; i = o->same_email[i - 1]) {
        cap += 16;
    }
    crmi_record *list = crmi_arena_array(o->arena, cap, sizeof(*list));
    if (!list) {
        return crmi_fail_nomem(o->err);
    }
    for (size_t i = any ? first + 1 : 0; i; i = o->same_email[i - 1]) {
        add_by_id(o, crmi_record_text(o->people_found[i - 1], "Id"), list, &n, cap);
    }
    crmsync_str stored = o->in->config->local.crm_id;
    add_by_id(o, crmi_record_text(person->local, "origin"), list, &n, cap);
    if (stored.len) {
        add_by_id(o, crmi_record_get(person->local, stored).text, list, &n, cap);
    }
    person->candidates = list;
    person->candidate_count = n;
    return CRMSYNC_OK;
}
