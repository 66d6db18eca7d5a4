#include "decide/mapping.h"

bool crmi_rule_plain(const crmi_field_rule *rule)
{
    return rule->local.len && !rule->constant.len && !rule->composed.len && !rule->blank_count &&
           !rule->value_count && !rule->inverse_count && rule->reduce == CRMI_REDUCE_NONE;
}

bool crmi_mapping_make(crmi_mapping *mapping, crmi_arena *arena, const crmi_object_rule *rule,
                       const crmi_object *object)
{
    size_t n = rule ? rule->field_count : 0;
    *mapping = (crmi_mapping){.rule = rule, .object = object};
    mapping->fields = crmi_arena_array(arena, n + 1, sizeof(*mapping->fields));
    for (size_t i = 0; mapping->fields && i < n; i++) {
        const crmi_field_rule *r = &rule->fields[i];
        crmi_mapped_field *f = &mapping->fields[i];
        f->field = object ? crmi_object_field(object, r->remote) : NULL;
        f->local = f->crm = -1;
        f->sourced = r->constant.len || r->composed.len;
        f->plain = (!object || f->field) && crmi_rule_plain(r);
    }
    return mapping->fields != NULL;
}

void crmi_mapping_turn(crmi_mapping *mapping, const crmsync_rows *local, const crmsync_rows *crm)
{
    size_t n = mapping->rule ? mapping->rule->field_count : 0;
    bool moved_local = local && local != mapping->local;
    bool moved_crm = crm && crm != mapping->crm;
    for (size_t i = 0; (moved_local || moved_crm) && i < n; i++) {
        const crmi_field_rule *r = &mapping->rule->fields[i];
        crmi_mapped_field *f = &mapping->fields[i];
        if (moved_local) {
            f->local = crmsync_rows_find_field(local, r->local);
        }
        if (moved_crm) {
            f->crm = crmsync_rows_find_field(crm, r->remote);
        }
    }
    mapping->local = local ? local : mapping->local;
    mapping->crm = crm ? crm : mapping->crm;
}
