#include "decide/merge.h"

void crmi_fields_init(crmi_fields *fields, crmi_arena *arena, size_t expected)
{
    fields->arena = arena;
    fields->count = 0;
    fields->items = crmi_arena_raw(arena, (expected + 4) * sizeof(*fields->items));
    fields->cap = fields->items ? expected + 4 : 0;
}

crmi_field_decision *crmi_fields_add(crmi_fields *fields, crmsync_str local, crmsync_str remote)
{
    if (fields->count == fields->cap) {
        size_t cap = fields->cap ? fields->cap * 2 : 8;
        crmi_field_decision *grown = crmi_arena_raw(fields->arena, cap * sizeof(*grown));
        if (!grown) {
            return NULL;
        }
        if (fields->count) {
            memcpy(grown, fields->items, fields->count * sizeof(*grown));
        }
        fields->items = grown;
        fields->cap = cap;
    }
    crmi_field_decision *added = &fields->items[fields->count++];
    *added = (crmi_field_decision){.local = local, .remote = remote};
    return added;
}

crmi_field_decision *crmi_fields_find(const crmi_fields *fields, crmsync_str remote)
{
    for (size_t i = 0; i < fields->count; i++) {
        if (crmi_str_eq_ci(fields->items[i].remote, remote)) {
            return &fields->items[i];
        }
    }
    return NULL;
}

bool crmi_fields_any_out(const crmi_fields *fields)
{
    for (size_t i = 0; i < fields->count; i++) {
        if (fields->items[i].crm_new.type != CRMSYNC_CELL_ABSENT) {
            return true;
        }
    }
    return false;
}

bool crmi_fields_take(const crmi_fields *fields)
{
    for (size_t i = 0; i < fields->count; i++) {
        if (fields->items[i].local_new.type != CRMSYNC_CELL_ABSENT) {
            return true;
        }
    }
    return false;
}
