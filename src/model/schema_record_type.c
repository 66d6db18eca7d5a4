/*
 * Record types: of describe answers (recordTypeInfos, API 60.0), and the picklist values that each
 * one permits (UI API, picklist-values by record type). A picklist of a record type is a field of its
 * own with fewer values, so that whoever converts a value need not know of record types.
 */
#include "model/schema_build.h"

static bool text_member(crmi_arena *arena, const yyjson_val *v, const char *name, crmsync_str *out)
{
    return crmi_arena_str(arena, crmi_json_member_text(v, name), out);
}

bool crmi_record_types_read(crmi_arena *arena, const yyjson_val *described, crmi_object *object)
{
    yyjson_val *v, *list = crmi_json_member(described, "recordTypeInfos");
    size_t i, n;
    if (!yyjson_is_arr(list) || !yyjson_arr_size(list))
        return true;
    object->record_types =
        crmi_arena_array(arena, yyjson_arr_size(list), sizeof *object->record_types);
    if (!object->record_types)
        return false;
    yyjson_arr_foreach(list, i, n, v)
    {
        crmi_record_type *t = &object->record_types[object->record_type_count++];
        t->available = crmi_json_member_bool(v, "available", false) &&
                       crmi_json_member_bool(v, "active", true);
        t->master = crmi_json_member_bool(v, "master", false);
        t->is_default = crmi_json_member_bool(v, "defaultRecordTypeMapping", false);
        if (!text_member(arena, v, "recordTypeId", &t->id) ||
            !text_member(arena, v, "developerName", &t->name))
            return false;
    }
    return true;
}

bool crmi_object_has_record_types(const crmi_object *object)
{
    size_t available = 0;
    for (size_t i = 0; object && i < object->record_type_count; i++)
        available += object->record_types[i].available && !object->record_types[i].master;
    return available > 0 && object->record_type_count > 1;
}

/* Ids have 15 or 18 characters; the first 15 tell. */
static bool same_id(crmsync_str a, crmsync_str b)
{
    return a.len >= 15 && b.len >= 15 &&
           crmi_str_eq(crmi_str_sub(a, 0, 15), crmi_str_sub(b, 0, 15));
}

const crmi_record_type *crmi_object_record_type(const crmi_object *object, crmsync_str id)
{
    for (size_t i = 0; object && i < object->record_type_count; i++) {
        const crmi_record_type *t = &object->record_types[i];
        if (id.len ? same_id(t->id, id) : t->is_default)
            return t;
    }
    return NULL;
}

const crmi_field *crmi_object_field_as(const crmi_object *object, crmsync_str name, crmsync_str id)
{
    const crmi_field *field = crmi_object_field(object, name);
    const crmi_record_type *t = field && field->value_count && object->record_type_count > 1
                                    ? crmi_object_record_type(object, id)
                                    : NULL;
    for (size_t i = 0; t && i < t->field_count; i++) {
        if (crmi_str_eq_ci(t->fields[i].name, field->name))
            return &t->fields[i];
    }
    return field;
}

/* ---- what a record type permits ---- */

static bool take_value(crmi_arena *arena, const crmi_field *field, const yyjson_val *v,
                       crmi_picklist_value *out)
{
    crmsync_str value = crmi_json_member_text(v, "value");
    const crmi_picklist_value *known = crmi_field_value(field, value);
    if (known) { /* with what the status objects tell of it */
        *out = *known;
        out->active = true;
        return true;
    }
    out->active = true;
    return crmi_arena_str(arena, value, &out->value) &&
           text_member(arena, v, "label", &out->label);
}

static bool take_field(crmi_arena *arena, const crmi_field *field, const yyjson_val *picklist,
                       crmi_field *out)
{
    yyjson_val *v, *list = crmi_json_member(picklist, "values");
    size_t i, n;
    *out = *field;
    out->of_record_type = true;
    crmi_picklist_value *values =
        crmi_arena_array(arena, yyjson_arr_size(list) + 1, sizeof *values);
    if (!values)
        return false;
    out->value_count = 0;
    out->values = values;
    yyjson_arr_foreach(list, i, n, v)
    {
        if (!take_value(arena, field, v, &values[out->value_count++]))
            return false;
    }
    return true;
}

static int32_t take_fields(crmi_described *d, crmi_record_type *type, yyjson_val *fields,
                           crmsync_error **err)
{
    yyjson_val *key, *v;
    size_t i, n;
    type->field_count = 0;
    type->fields = crmi_arena_array(&d->arena, yyjson_obj_size(fields) + 1, sizeof *type->fields);
    if (!type->fields)
        return crmi_fail_nomem(err);
    yyjson_obj_foreach(fields, i, n, key, v)
    {
        crmsync_str name = {yyjson_get_str(key), yyjson_get_len(key)};
        const crmi_field *field = crmi_object_field(&d->object, name);
        if (!field || !field->value_count || !yyjson_is_arr(crmi_json_member(v, "values")))
            continue;
        if (!take_field(&d->arena, field, v, &type->fields[type->field_count++]))
            return crmi_fail_nomem(err);
    }
    return CRMSYNC_OK;
}

int32_t crmi_record_types_permit(crmi_described *d, const yyjson_val *described,
                                 crmsync_error **err)
{
    yyjson_val *v, *list = crmi_json_member(described, "recordTypeInfos");
    size_t i, n;
    int32_t code = CRMSYNC_OK;
    yyjson_arr_foreach(list, i, n, v)
    {
        yyjson_val *fields = crmi_json_member(v, "picklistFieldValues");
        if (!code && yyjson_is_obj(fields) && i < d->object.record_type_count)
            code = take_fields(d, &d->object.record_types[i], fields, err);
    }
    return code;
}

int32_t crmi_schema_add_picklists(crmsync_schema *schema, crmsync_str object, crmsync_str id,
                                  crmsync_str json, crmsync_error **err)
{
    yyjson_doc *doc;
    crmi_described *d = crmi_schema_described(schema, object);
    const crmi_record_type *found = d ? crmi_object_record_type(&d->object, id) : NULL;
    if (!found)
        return CRMSYNC_OK; /* described anew without it */
    int32_t code = crmi_json_read(d->arena.alloc, json, &doc, err);
    if (code)
        return code;
    yyjson_val *fields = crmi_json_member(yyjson_doc_get_root(doc), "picklistFieldValues");
    if (yyjson_is_obj(fields))
        code = take_fields(d, &d->object.record_types[found - d->object.record_types], fields, err);
    else
        code = crmi_fail_at(err, CRMSYNC_E_INVALID, CRMI_STR("/picklistFieldValues"), NULL,
                            "must be an object of picklists");
    yyjson_doc_free(doc);
    return code;
}
