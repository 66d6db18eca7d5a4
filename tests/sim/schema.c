/* schema.c: builds objects from the tables and finds fields. */
#include "schema.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"

static const char *const type_names[] = {
    [ORGSIM_T_ID] = "id",
    [ORGSIM_T_REFERENCE] = "reference",
    [ORGSIM_T_STRING] = "string",
    [ORGSIM_T_TEXTAREA] = "textarea",
    [ORGSIM_T_PHONE] = "phone",
    [ORGSIM_T_URL] = "url",
    [ORGSIM_T_EMAIL] = "email",
    [ORGSIM_T_COMBOBOX] = "combobox",
    [ORGSIM_T_PICKLIST] = "picklist",
    [ORGSIM_T_MULTIPICKLIST] = "multipicklist",
    [ORGSIM_T_BOOLEAN] = "boolean",
    [ORGSIM_T_INT] = "int",
    [ORGSIM_T_DOUBLE] = "double",
    [ORGSIM_T_CURRENCY] = "currency",
    [ORGSIM_T_PERCENT] = "percent",
    [ORGSIM_T_DATE] = "date",
    [ORGSIM_T_DATETIME] = "datetime",
    [ORGSIM_T_BASE64] = "base64",
    [ORGSIM_T_ADDRESS] = "address",
};

static const struct system_field {
    orgsim_field_row row;
    orgsim_source source;
    uint32_t unless; /* object flags that leave it out */
} system_fields[] = {
    {{"Id", ORGSIM_T_ID, 18, 0, ORGSIM_F_DEFAULTED | ORGSIM_F_IDLOOKUP, NULL}, ORGSIM_FROM_ID, 0},
    {{"IsDeleted", ORGSIM_T_BOOLEAN, 0, 0, ORGSIM_F_DEFAULTED, NULL}, ORGSIM_FROM_DELETED,
     ORGSIM_O_NO_DELETED},
    {{"CreatedDate", ORGSIM_T_DATETIME, 0, 0, ORGSIM_F_DEFAULTED, NULL}, ORGSIM_FROM_CREATED,
     ORGSIM_O_NO_CREATED},
    {{"CreatedById", ORGSIM_T_REFERENCE, 18, 0, ORGSIM_F_DEFAULTED, "User:CreatedBy"},
     ORGSIM_FROM_CREATOR, ORGSIM_O_NO_CREATED},
    {{"LastModifiedDate", ORGSIM_T_DATETIME, 0, 0, ORGSIM_F_DEFAULTED, NULL},
     ORGSIM_FROM_MODIFIED, ORGSIM_O_NO_CREATED},
    {{"LastModifiedById", ORGSIM_T_REFERENCE, 18, 0, ORGSIM_F_DEFAULTED, "User:LastModifiedBy"},
     ORGSIM_FROM_MODIFIER, ORGSIM_O_NO_CREATED},
    {{"SystemModstamp", ORGSIM_T_DATETIME, 0, 0, ORGSIM_F_DEFAULTED, NULL}, ORGSIM_FROM_STAMP, 0},
};

static void split(const char *text, size_t len, char separator, char ***items, size_t *count)
{
    size_t cap = 0, at = 0;
    while (at <= len) {
        const char *end = memchr(text + at, separator, len - at);
        size_t stop = end ? (size_t)(end - text) : len;
        ORGSIM_ROOM(*items, *count, cap);
        (*items)[(*count)++] = orgsim_copy(text + at, stop - at);
        at = stop + 1;
    }
}

static void set_picklist(orgsim_field *field, const char *extra)
{
    split(extra, strlen(extra), '|', &field->values, &field->value_count);
    for (size_t i = 0; i < field->value_count; i++) {
        char *value = field->values[i];
        if (*value != '*')
            continue;
        memmove(value, value + 1, strlen(value));
        field->default_value = (long)i;
    }
}

static void set_reference(orgsim_field *field, const char *extra)
{
    const char *colon = strchr(extra, ':');
    size_t len = colon ? (size_t)(colon - extra) : strlen(extra);
    split(extra, len, ',', &field->refs, &field->ref_count);
    if (colon)
        field->relationship = orgsim_copy_text(colon + 1);
}

/* "LeadSource" to "Lead Source", "AccountId" to "Account ID". */
static char *make_label(const char *name)
{
    orgsim_buf label = {NULL, 0, 0};
    for (const char *at = name; *at; at++) {
        if (strcmp(at, "__c") == 0)
            break;
        bool upper = *at >= 'A' && *at <= 'Z';
        if (upper && at > name && at[-1] >= 'a' && at[-1] <= 'z')
            orgsim_buf_put(&label, " ", 1);
        if (at > name && strcmp(at, "Id") == 0) {
            orgsim_buf_puts(&label, "ID");
            break;
        }
        orgsim_buf_put(&label, *at == '_' ? " " : at, 1);
    }
    return orgsim_buf_take(&label);
}

orgsim_field *orgsim_object_add(orgsim_object *object, const orgsim_field_row *row)
{
    orgsim_field *field = orgsim_alloc(sizeof *field);
    field->name = orgsim_copy_text(row->name);
    field->label = make_label(row->name);
    field->type = row->type;
    field->length = row->length;
    field->scale = row->scale;
    field->flags = row->flags;
    field->default_value = -1;
    field->slot = (uint16_t)object->field_count;
    if (row->type == ORGSIM_T_ADDRESS) {
        field->address = orgsim_copy_text(row->extra);
        field->source = ORGSIM_FROM_ADDRESS;
        field->flags |= ORGSIM_F_NOFILTER;
    } else if (row->type == ORGSIM_T_REFERENCE && row->extra) {
        set_reference(field, row->extra);
    } else if (row->extra) {
        set_picklist(field, row->extra);
    }
    size_t len = strlen(row->name);
    if (len > 3 && strcmp(row->name + len - 3, "__c") == 0)
        field->flags |= ORGSIM_F_CUSTOM;
    ORGSIM_ROOM(object->fields, object->field_count, object->field_cap);
    object->fields[object->field_count++] = field;
    return field;
}

void orgsim_object_init(orgsim_object *object, const orgsim_object_row *row, uint16_t number)
{
    memset(object, 0, sizeof *object);
    object->name = row->name;
    object->label = row->label;
    object->plural = row->plural;
    object->prefix = row->prefix;
    object->flags = row->flags;
    object->number = number;
    for (size_t i = 0; i < sizeof system_fields / sizeof *system_fields; i++) {
        if (row->flags & system_fields[i].unless)
            continue;
        orgsim_object_add(object, &system_fields[i].row)->source = system_fields[i].source;
    }
    for (size_t i = 0; i < row->field_count; i++)
        orgsim_object_add(object, &row->fields[i]);
}

static void free_list(char **items, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(items[i]);
    free(items);
}

void orgsim_object_clear(orgsim_object *object)
{
    for (size_t i = 0; i < object->field_count; i++) {
        orgsim_field *field = object->fields[i];
        free_list(field->values, field->value_count);
        free_list(field->refs, field->ref_count);
        free(field->relationship);
        free(field->address);
        free(field->name);
        free(field->label);
        free(field);
    }
    free(object->fields);
    free(object->rows);
}

orgsim_field *orgsim_field_named_n(const orgsim_object *object, const char *name, size_t len)
{
    for (size_t i = 0; i < object->field_count; i++) {
        if (orgsim_ieq_n(name, len, object->fields[i]->name))
            return object->fields[i];
    }
    return NULL;
}

orgsim_field *orgsim_field_named(const orgsim_object *object, const char *name)
{
    return orgsim_field_named_n(object, name, strlen(name));
}

orgsim_field *orgsim_field_related(const orgsim_object *object, const char *name, size_t len)
{
    for (size_t i = 0; i < object->field_count; i++) {
        orgsim_field *field = object->fields[i];
        if (field->relationship && orgsim_ieq_n(name, len, field->relationship))
            return field;
    }
    return NULL;
}

bool orgsim_field_leads_to(const orgsim_field *field, const orgsim_object *object)
{
    for (size_t i = 0; i < field->ref_count; i++) {
        if (strcmp(field->refs[i], object->name) == 0)
            return true;
    }
    return false;
}

const char *orgsim_type_name(orgsim_type type)
{
    return type_names[type];
}

bool orgsim_type_is_text(orgsim_type type)
{
    return (type >= ORGSIM_T_STRING && type <= ORGSIM_T_MULTIPICKLIST) || type == ORGSIM_T_BASE64;
}

bool orgsim_type_is_number(orgsim_type type)
{
    return type >= ORGSIM_T_INT && type <= ORGSIM_T_PERCENT;
}

long orgsim_picklist_position(const orgsim_field *field, const char *value)
{
    for (size_t i = 0; i < field->value_count; i++) {
        if (orgsim_ieq(field->values[i], value))
            return (long)i;
    }
    return -1;
}
