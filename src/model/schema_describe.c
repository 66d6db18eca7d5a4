/* Describe answers (REST sObject Describe, API 60.0) into schema objects. */
#include "model/schema_build.h"

#define FIELD_NAME_MAX 255u

static const struct {
    const char *name;
    uint32_t type;
} types[] = {
    {"id", CRMI_TYPE_ID},
    {"reference", CRMI_TYPE_REFERENCE},
    {"string", CRMI_TYPE_STRING},
    {"textarea", CRMI_TYPE_TEXTAREA},
    {"phone", CRMI_TYPE_PHONE},
    {"url", CRMI_TYPE_URL},
    {"email", CRMI_TYPE_EMAIL},
    {"combobox", CRMI_TYPE_COMBOBOX},
    {"picklist", CRMI_TYPE_PICKLIST},
    {"multipicklist", CRMI_TYPE_MULTIPICKLIST},
    {"boolean", CRMI_TYPE_BOOLEAN},
    {"int", CRMI_TYPE_INT},
    {"long", CRMI_TYPE_INT},
    {"double", CRMI_TYPE_DOUBLE},
    {"currency", CRMI_TYPE_CURRENCY},
    {"percent", CRMI_TYPE_PERCENT},
    {"date", CRMI_TYPE_DATE},
    {"datetime", CRMI_TYPE_DATETIME},
    {"time", CRMI_TYPE_TIME},
    {"base64", CRMI_TYPE_BASE64},
    {"address", CRMI_TYPE_ADDRESS},
    {"location", CRMI_TYPE_LOCATION},
};

static const struct {
    const char *member;
    uint32_t flag;
} flags[] = {
    {"createable", CRMI_FIELD_CREATEABLE},
    {"updateable", CRMI_FIELD_UPDATEABLE},
    {"nillable", CRMI_FIELD_NILLABLE},
    {"defaultedOnCreate", CRMI_FIELD_DEFAULTED},
    {"filterable", CRMI_FIELD_FILTERABLE},
    {"calculated", CRMI_FIELD_CALCULATED},
    {"externalId", CRMI_FIELD_EXTERNAL_ID},
    {"unique", CRMI_FIELD_UNIQUE},
    {"idLookup", CRMI_FIELD_ID_LOOKUP},
    {"restrictedPicklist", CRMI_FIELD_RESTRICTED},
    {"caseSensitive", CRMI_FIELD_CASE_SENSITIVE},
    {"encrypted", CRMI_FIELD_ENCRYPTED},
};

uint32_t crmi_field_type(crmsync_str describe_type)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (crmi_str_is(describe_type, types[i].name))
            return types[i].type;
    }
    return CRMI_TYPE_OTHER;
}

int32_t crmi_place_fail(const crmi_buf *place, const char *member, const char *message,
                        crmsync_error **err)
{
    crmi_buf where;
    crmi_buf_init(&where, place->alloc);
    crmi_buf_add(&where, crmi_buf_str(place));
    if (member)
        crmi_pointer_add(&where, crmi_str(member));
    int32_t code = crmi_buf_ok(&where) && crmi_buf_ok(place)
                       ? crmi_fail_at(err, CRMSYNC_E_INVALID, crmi_buf_str(&where), NULL, message)
                       : crmi_fail_nomem(err);
    crmi_buf_clear(&where);
    return code;
}

/* Goes one step deeper, "/fields/12"; undone by place_back(). */
static size_t place_enter(crmi_buf *place, const char *member, size_t index)
{
    size_t mark = place->len;
    crmi_buf_fmt(place, "/%s/%zu", member, index);
    return mark;
}

static void place_back(crmi_buf *place, size_t mark)
{
    if (place->len > mark) {
        place->len = mark;
        place->ptr[mark] = '\0';
    }
}

static int32_t read_flag(const yyjson_val *object, const char *member, const crmi_buf *place,
                         bool *out, crmsync_error **err)
{
    yyjson_val *v = crmi_json_member(object, member);
    *out = false;
    if (!v || yyjson_is_null(v))
        return CRMSYNC_OK;
    if (!yyjson_is_bool(v))
        return crmi_place_fail(place, member, "must be true or false", err);
    *out = yyjson_get_bool(v);
    return CRMSYNC_OK;
}

static int32_t read_number(const yyjson_val *object, const char *member, const crmi_buf *place,
                           uint32_t *out, crmsync_error **err)
{
    uint64_t n = 0;
    yyjson_val *v = crmi_json_member(object, member);
    *out = 0;
    if (!v || yyjson_is_null(v))
        return CRMSYNC_OK;
    if (!crmi_str_to_u64(crmi_json_raw(v), &n) || n > UINT32_MAX)
        return crmi_place_fail(place, member, "must be a whole number from 0 to 4294967295", err);
    *out = (uint32_t)n;
    return CRMSYNC_OK;
}

/* A string member; null and missing give an empty text unless it is needed. */
static int32_t read_text(crmi_arena *arena, const yyjson_val *object, const char *member,
                         bool needed, const crmi_buf *place, crmsync_str *out, crmsync_error **err)
{
    yyjson_val *v = crmi_json_member(object, member);
    crmsync_str text = crmi_json_text(v);
    *out = CRMI_STR_EMPTY;
    if (v && !yyjson_is_null(v) && !yyjson_is_str(v))
        return crmi_place_fail(place, member, "must be a string", err);
    if (needed && (text.len == 0 || text.len > FIELD_NAME_MAX))
        return crmi_place_fail(place, member, "must be a string of 1 to 255 bytes", err);
    if (text.len && !crmi_arena_str(arena, text, out))
        return crmi_fail_nomem(err);
    return CRMSYNC_OK;
}

static int32_t read_value(crmi_arena *arena, const yyjson_val *v, const crmi_buf *place,
                          crmi_picklist_value *out, crmsync_error **err)
{
    yyjson_val *entry;
    memcpy(&entry, &v, sizeof entry);
    if (!yyjson_is_obj(entry))
        return crmi_place_fail(place, NULL, "a picklist value must be an object", err);
    int32_t code = read_text(arena, v, "value", false, place, &out->value, err);
    if (!code)
        code = read_text(arena, v, "label", false, place, &out->label, err);
    if (!code)
        code = read_flag(v, "active", place, &out->active, err);
    if (!code)
        code = read_flag(v, "defaultValue", place, &out->is_default, err);
    return code;
}

static int32_t read_values(crmi_arena *arena, const yyjson_val *field, crmi_buf *place,
                           crmi_field *out, crmsync_error **err)
{
    yyjson_val *list = crmi_json_member(field, "picklistValues"), *v;
    size_t i, n;
    if (!list || yyjson_is_null(list))
        return CRMSYNC_OK;
    if (!yyjson_is_arr(list))
        return crmi_place_fail(place, "picklistValues", "must be an array", err);
    if (yyjson_arr_size(list) == 0)
        return CRMSYNC_OK;
    crmi_picklist_value *values = crmi_arena_array(arena, yyjson_arr_size(list), sizeof *values);
    if (!values)
        return crmi_fail_nomem(err);
    yyjson_arr_foreach(list, i, n, v) {
        size_t mark = place_enter(place, "picklistValues", i);
        int32_t code = read_value(arena, v, place, &values[i], err);
        place_back(place, mark);
        if (code)
            return code;
    }
    out->values = values;
    out->value_count = yyjson_arr_size(list);
    return CRMSYNC_OK;
}

static int32_t read_sizes(const yyjson_val *v, const crmi_buf *place, crmi_field *out,
                          crmsync_error **err)
{
    int32_t code = read_number(v, "length", place, &out->length, err);
    if (!code)
        code = read_number(v, "precision", place, &out->precision, err);
    if (!code)
        code = read_number(v, "scale", place, &out->scale, err);
    if (!code)
        code = read_number(v, "digits", place, &out->digits, err);
    for (size_t i = 0; !code && i < sizeof flags / sizeof flags[0]; i++) {
        bool on;
        code = read_flag(v, flags[i].member, place, &on, err);
        if (on)
            out->flags |= flags[i].flag;
    }
    return code;
}

static int32_t read_field(crmi_arena *arena, const yyjson_val *v, crmi_buf *place, crmi_field *out,
                          crmsync_error **err)
{
    yyjson_val *field;
    memcpy(&field, &v, sizeof field);
    if (!yyjson_is_obj(field))
        return crmi_place_fail(place, NULL, "a field must be an object", err);
    int32_t code = read_text(arena, v, "name", true, place, &out->name, err);
    if (!code)
        code = read_text(arena, v, "type", true, place, &out->type_name, err);
    if (!code)
        code = read_text(arena, v, "label", false, place, &out->label, err);
    if (!code)
        code = read_sizes(v, place, out, err);
    if (!code)
        code = read_values(arena, v, place, out, err);
    if (code)
        return code;
    crmsync_str first = crmi_json_text(yyjson_arr_get_first(crmi_json_member(v, "referenceTo")));
    if (first.len && !crmi_arena_str(arena, first, &out->reference_to))
        return crmi_fail_nomem(err);
    out->type = crmi_field_type(out->type_name);
    if (out->type == CRMI_TYPE_OTHER)
        out->flags &= ~(uint32_t)(CRMI_FIELD_CREATEABLE | CRMI_FIELD_UPDATEABLE);
    return CRMSYNC_OK;
}

static bool lower_copy(crmi_arena *arena, crmsync_str name, crmsync_str *out)
{
    char *p = crmi_arena_alloc(arena, name.len + 1);
    if (!p)
        return false;
    for (size_t i = 0; i < name.len; i++)
        p[i] = name.ptr[i] >= 'A' && name.ptr[i] <= 'Z' ? (char)(name.ptr[i] | 0x20) : name.ptr[i];
    *out = (crmsync_str){p, name.len};
    return true;
}

static int32_t read_fields(crmi_described *d, const yyjson_val *list, crmi_buf *place,
                           crmsync_error **err)
{
    yyjson_val *array, *v;
    size_t i, n;
    memcpy(&array, &list, sizeof array);
    d->object.fields = crmi_arena_array(&d->arena, yyjson_arr_size(array), sizeof(crmi_field));
    if (!d->object.fields)
        return crmi_fail_nomem(err);
    yyjson_arr_foreach(array, i, n, v) {
        crmsync_str key;
        crmi_field *field = &d->object.fields[i];
        size_t mark = place_enter(place, "fields", i);
        int32_t code = read_field(&d->arena, v, place, field, err);
        if (!code && crmi_object_field(&d->object, field->name))
            code = crmi_place_fail(place, "name", "a field of this name was described before", err);
        if (!code && (!lower_copy(&d->arena, field->name, &key) ||
                      !crmi_map_put(&d->object.by_name, key, field)))
            code = crmi_fail_nomem(err);
        place_back(place, mark);
        if (code)
            return code;
        d->object.field_count++;
    }
    return CRMSYNC_OK;
}

static int32_t read_object(crmi_described *d, const yyjson_val *v, crmi_buf *place,
                           crmsync_error **err)
{
    crmi_object *o = &d->object;
    yyjson_val *object;
    memcpy(&object, &v, sizeof object);
    if (!yyjson_is_obj(object))
        return crmi_place_fail(place, NULL, "a describe answer must be an object", err);
    int32_t code = read_text(&d->arena, v, "name", true, place, &o->name, err);
    if (!code)
        code = read_text(&d->arena, v, "keyPrefix", false, place, &o->key_prefix, err);
    if (!code)
        code = read_flag(v, "createable", place, &o->createable, err);
    if (!code)
        code = read_flag(v, "updateable", place, &o->updateable, err);
    if (!code)
        code = read_flag(v, "queryable", place, &o->queryable, err);
    if (code)
        return code;
    if (!crmi_record_types_read(&d->arena, v, o))
        return crmi_fail_nomem(err);
    yyjson_val *fields = crmi_json_member(v, "fields");
    if (!yyjson_is_arr(fields))
        return crmi_place_fail(place, "fields", "must be an array of fields", err);
    code = read_fields(d, fields, place, err);
    return code ? code : crmi_record_types_permit(d, v, err);
}

void crmi_described_free(const crmsync_alloc *alloc, crmi_described *described)
{
    if (!described)
        return;
    crmi_map_clear(&described->object.by_name);
    crmi_arena_clear(&described->arena);
    CRMI_DELETE(alloc, described);
}

int32_t crmi_describe_parse(const crmsync_alloc *alloc, const yyjson_val *value, crmi_buf *place,
                            crmi_described **out, crmsync_error **err)
{
    crmi_described *d = CRMI_NEW(alloc, crmi_described);
    *out = NULL;
    if (!d)
        return crmi_fail_nomem(err);
    crmi_arena_init(&d->arena, alloc);
    crmi_map_init(&d->object.by_name, alloc);
    int32_t code = read_object(d, value, place, err);
    if (code) {
        crmi_described_free(alloc, d);
        return code;
    }
    *out = d;
    return CRMSYNC_OK;
}
