/* switches_schema.c: switches of what the API user sees, and of fields that come and go. */
#include "switches.h"

#include <stdlib.h>
#include <string.h>

orgsim_field *orgsim_field_at(orgsim *org, const char *path, orgsim_object **object)
{
    const char *dot = strchr(path, '.');
    *object = dot ? orgsim_object_named_n(org, path, (size_t)(dot - path)) : NULL;
    return *object ? orgsim_field_named(*object, dot + 1) : NULL;
}

int orgsim_switch_field_hidden(orgsim *org, const char *name, const char *value)
{
    orgsim_object *object;
    (void)name;
    if (strcmp(value, "off") == 0) {
        for (size_t i = 0; i < org->object_count; i++) {
            org->objects[i].described_at = org->now_ms;
            for (size_t k = 0; k < org->objects[i].field_count; k++)
                org->objects[i].fields[k]->hidden = false;
        }
        return 0;
    }
    char *path = orgsim_copy(value, strcspn(value, "="));
    orgsim_field *field = orgsim_field_at(org, path, &object);
    free(path);
    if (!field)
        return -1;
    field->hidden = strstr(value, "=off") == NULL;
    object->described_at = org->now_ms;
    return 0;
}

int orgsim_switch_object_hidden(orgsim *org, const char *name, const char *value)
{
    (void)name;
    if (strcmp(value, "off") == 0) {
        for (size_t i = 0; i < org->object_count; i++)
            org->objects[i].hidden = false;
        return 0;
    }
    orgsim_object *object = orgsim_object_named_n(org, value, strcspn(value, "="));
    if (!object)
        return -1;
    object->hidden = strstr(value, "=off") == NULL;
    return 0;
}

int orgsim_switch_rows_hidden(orgsim *org, const char *name, const char *value)
{
    (void)name;
    if (strcmp(value, "off") == 0) {
        for (size_t i = 0; i < org->object_count; i++)
            org->objects[i].hide_percent = 0;
        return 0;
    }
    const char *colon = strchr(value, ':');
    orgsim_object *object =
        colon ? orgsim_object_named_n(org, value, (size_t)(colon - value)) : NULL;
    if (!object)
        return -1;
    int percent = atoi(colon + 1);
    if (strcmp(colon + 1, "half") == 0)
        percent = 50;
    if (strcmp(colon + 1, "all") == 0)
        percent = 100;
    object->hide_percent = percent;
    return 0;
}

static orgsim_field *add_field(orgsim *org, const char *path, const orgsim_field_row *row)
{
    orgsim_object *object;
    if (orgsim_field_at(org, path, &object) || !object)
        return NULL;
    object->described_at = org->now_ms;
    orgsim_field_row named = *row;
    named.name = strchr(path, '.') + 1;
    orgsim_field *field = orgsim_object_add(object, &named);
    if (field->flags & ORGSIM_F_INDEXED)
        field->index = orgsim_index_new();
    return field;
}

int orgsim_switch_external_id(orgsim *org, const char *name, const char *value)
{
    const char *colon = strchr(value, ':');
    bool shared = colon && strcmp(colon, ":shared") == 0;
    orgsim_field_row row = {
        "", ORGSIM_T_STRING, 255, 0,
        ORGSIM_F_CREATE | ORGSIM_F_UPDATE | ORGSIM_F_NILLABLE | ORGSIM_F_IDLOOKUP |
            ORGSIM_F_INDEXED | ORGSIM_F_EXTERNAL | (shared ? 0 : ORGSIM_F_UNIQUE),
        NULL};
    (void)name;
    if (colon && !shared)
        return -1;
    char *path = orgsim_copy(value, strcspn(value, ":"));
    bool added = add_field(org, path, &row) != NULL;
    free(path);
    return added ? 0 : -1;
}

int orgsim_switch_field_add(orgsim *org, const char *name, const char *value)
{
    (void)name;
    const char *colon = strchr(value, ':');
    if (!colon)
        return -1;
    size_t len = strcspn(colon + 1, ":");
    const char *rest = colon[1 + len] ? colon + 2 + len : NULL;
    orgsim_field_row row = {"", ORGSIM_T_STRING, 255, 0,
                            ORGSIM_F_CREATE | ORGSIM_F_UPDATE | ORGSIM_F_NILLABLE, rest};
    char *type = orgsim_copy(colon + 1, len);
    char *path = orgsim_copy(value, (size_t)(colon - value));
    if (len && type[len - 1] == '!') {
        row.flags |= ORGSIM_F_RESTRICTED;
        type[len - 1] = '\0';
    }
    int known = -1;
    for (int i = ORGSIM_T_REFERENCE; i < ORGSIM_T_ADDRESS; i++) {
        if (strcmp(orgsim_type_name((orgsim_type)i), type) == 0)
            known = i;
    }
    if (known >= 0)
        row.type = (orgsim_type)known;
    if (known >= 0 && orgsim_type_is_number(row.type)) {
        row.length = 18;
        row.scale = 2;
    }
    if (row.type == ORGSIM_T_BOOLEAN)
        row.flags = ORGSIM_F_CREATE | ORGSIM_F_UPDATE | ORGSIM_F_DEFAULTED;
    int r = known >= 0 && add_field(org, path, &row) ? 0 : -1;
    free(type);
    free(path);
    return r;
}

int orgsim_switch_field_drop(orgsim *org, const char *name, const char *value)
{
    orgsim_object *object;
    orgsim_field *field = orgsim_field_at(org, value, &object);
    (void)name;
    if (!field || !(field->flags & ORGSIM_F_CUSTOM))
        return -1;
    field->name[0] = '\0'; /* its values stay, nobody can name them */
    field->hidden = true;
    field->flags = ORGSIM_F_NILLABLE | ORGSIM_F_NOFILTER;
    object->described_at = org->now_ms;
    return 0;
}

int orgsim_switch_not_filterable(orgsim *org, const char *name, const char *value)
{
    orgsim_object *object;
    (void)name;
    char *path = orgsim_copy(value, strcspn(value, "="));
    orgsim_field *field = orgsim_field_at(org, path, &object);
    free(path);
    if (!field)
        return -1;
    if (strstr(value, "=off"))
        field->flags &= ~(uint32_t)ORGSIM_F_NOFILTER;
    else
        field->flags |= ORGSIM_F_NOFILTER;
    object->described_at = org->now_ms;
    return 0;
}

int orgsim_switch_case_sensitive(orgsim *org, const char *name, const char *value)
{
    orgsim_object *object;
    (void)name;
    char *path = orgsim_copy(value, strcspn(value, "="));
    orgsim_field *field = orgsim_field_at(org, path, &object);
    free(path);
    if (!field || !orgsim_type_is_text(field->type))
        return -1;
    if (strstr(value, "=off"))
        field->flags &= ~(uint32_t)ORGSIM_F_CASE;
    else
        field->flags |= ORGSIM_F_CASE;
    object->described_at = org->now_ms;
    return 0;
}
