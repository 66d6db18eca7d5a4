#include "sync/describe_types.h"

#include <stdio.h>

#include "state/schema_cache.h"

static bool sent(const crmi_object_rule *rule)
{
    return rule->out_create || rule->out_update;
}

/* Does a picklist of the object go out? */
static bool sends_picklists(const crmi_object_rule *rule, const crmi_object *object)
{
    for (size_t i = 0; i < rule->field_count; i++) {
        const crmi_field *field = crmi_object_field(object, rule->fields[i].remote);
        if (field && field->value_count && rule->fields[i].export != CRMI_EXPORT_NEVER)
            return true;
    }
    return rule->status.enabled;
}

size_t crmi_types_wanted(const crmsync_workspace *ws, const crmsync_schema *schema,
                         crmi_described_type *out)
{
    size_t n = 0;
    for (uint32_t i = 0; i < CRMI_OBJECT_LAST; i++) {
        const crmi_object_rule *rule = &ws->config->objects[i];
        const crmi_crm_object *crm = crmi_crm_object_at(i);
        const crmi_object *object = crmi_schema_object(schema, crmi_str(crm->name));
        if (!rule->enabled || !crm->writeable || !sent(rule) ||
            !crmi_object_has_record_types(object) || !sends_picklists(rule, object))
            continue;
        for (size_t k = 0; k < object->record_type_count && n < CRMI_TYPES_MAX; k++) {
            const crmi_record_type *t = &object->record_types[k];
            if (!t->available || t->id.len > 18 || t->id.len < 15)
                continue;
            out[n].object = crm->name;
            snprintf(out[n++].id, sizeof out->id, "%.*s", CRMI_SPELL(t->id));
        }
    }
    return n;
}

/* No object is named so. */
static crmsync_str kept_as(const crmi_described_type *type, char name[64])
{
    int len = snprintf(name, 64, "%s~%s", type->object, type->id);
    return (crmsync_str){name, (size_t)len};
}

int32_t crmi_types_recall(crmsync_workspace *ws, crmsync_schema *schema,
                          const crmi_described_type *type, int64_t since, bool *fresh,
                          crmsync_error **err)
{
    char name[64];
    crmi_schema_entry entry;
    bool found = false;
    crmi_schema_entry_init(&entry, crmi_workspace_alloc(ws));
    int32_t rc = crmi_schema_cache_get(&ws->store, kept_as(type, name), &entry, &found, err);
    *fresh = !rc && found && entry.fetched_ms > since;
    if (!rc && found)
        rc = crmi_schema_add_picklists(schema, crmi_str(type->object), crmi_str(type->id),
                                       crmi_buf_str(&entry.text), err);
    crmi_schema_entry_clear(&entry);
    return rc;
}

int32_t crmi_types_keep(crmsync_workspace *ws, crmsync_schema *schema,
                        const crmi_described_type *type, crmsync_str text, crmsync_error **err)
{
    char name[64];
    int32_t rc = crmi_schema_add_picklists(schema, crmi_str(type->object), crmi_str(type->id), text,
                                           err);
    return rc ? rc
              : crmi_schema_cache_put(&ws->store, kept_as(type, name),
                                      crmi_workspace_server_now(ws), 0, 0, text, err);
}
