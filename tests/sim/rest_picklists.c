/* rest_picklists.c: record types, and the picklist values that each of them permits (UI API). */
#include "rest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "Lead.Partner" to "Partner" when the setting is of that object. */
static const char *type_name(const orgsim_setting *setting, const orgsim_object *object)
{
    size_t len = strlen(object->name);
    bool ours = strcmp(setting->name, "record_type") == 0 &&
                strncmp(setting->key, object->name, len) == 0 && setting->key[len] == '.';
    return ours ? setting->key + len + 1 : NULL;
}

static void type_id(const orgsim *org, const orgsim_setting *setting, char id[19])
{
    orgsim_id_make("012", (uint64_t)(setting - org->settings) + 1, id);
}

void orgsim_write_record_types(const orgsim *org, const orgsim_object *object, orgsim_buf *out)
{
    bool first = true;
    char id[19];
    orgsim_buf_puts(out, "\"recordTypeInfos\":[");
    for (size_t i = 0; i < org->setting_count; i++) {
        const char *name = type_name(&org->settings[i], object);
        if (!name)
            continue;
        type_id(org, &org->settings[i], id);
        orgsim_buf_printf(out,
                          "%s{\"active\":true,\"available\":true,\"defaultRecordTypeMapping\":%s,"
                          "\"developerName\":\"%s\",\"master\":false,\"name\":\"%s\","
                          "\"recordTypeId\":\"%s\",\"urls\":{}}",
                          first ? "" : ",", first ? "true" : "false", name, name, id);
        first = false;
    }
    orgsim_buf_printf(out,
                      "%s{\"active\":true,\"available\":true,\"defaultRecordTypeMapping\":%s,"
                      "\"developerName\":\"Master\",\"master\":true,\"name\":\"Master\","
                      "\"recordTypeId\":\"012000000000000AAA\",\"urls\":{}}]",
                      first ? "" : ",", first ? "true" : "false");
}

/* The values of "Status=New|Working;Rating=Hot" for that field; NULL = all of them. */
static const char *permitted(const char *rule, const char *field)
{
    size_t len = strlen(field);
    for (const char *at = rule; at && *at; at = strchr(at, ';') ? strchr(at, ';') + 1 : NULL) {
        if (strncmp(at, field, len) == 0 && at[len] == '=')
            return at + len + 1;
    }
    return NULL;
}

static bool listed(const char *values, const char *value)
{
    size_t len = strlen(value);
    for (const char *at = values; at && *at && *at != ';';) {
        size_t word = strcspn(at, "|;");
        if (word == len && strncmp(at, value, len) == 0)
            return true;
        at += word + (at[word] == '|');
    }
    return false;
}

static void write_picklist(const orgsim_field *field, const char *values, orgsim_buf *out)
{
    bool first = true;
    orgsim_buf_jsons(out, field->name);
    orgsim_buf_puts(out, ":{\"controllerValues\":{},\"defaultValue\":null,\"values\":[");
    for (size_t i = 0; i < field->value_count; i++) {
        if (values && !listed(values, field->values[i]))
            continue;
        orgsim_buf_puts(out, first ? "{\"attributes\":null,\"label\":" : ",{\"attributes\":null,"
                                                                         "\"label\":");
        orgsim_buf_jsons(out, field->values[i]);
        orgsim_buf_puts(out, ",\"validFor\":[],\"value\":");
        orgsim_buf_jsons(out, field->values[i]);
        orgsim_buf_puts(out, "}");
        first = false;
    }
    orgsim_buf_puts(out, "]}");
}

void orgsim_rest_picklists(orgsim_call *call)
{
    orgsim *org = call->org;
    const orgsim_object *object = orgsim_call_object(call, call->args[0]);
    const char *rule = NULL;
    char id[19];
    bool first = true;
    if (!object)
        return;
    for (size_t i = 0; i < org->setting_count; i++) {
        type_id(org, &org->settings[i], id);
        if (type_name(&org->settings[i], object) && strncmp(id, call->args[1], 15) == 0)
            rule = org->settings[i].value;
    }
    if (!rule && strncmp(call->args[1], "012000000000000", 15) != 0) {
        orgsim_refuse_with(call, 400, "INVALID_PARAMETER", "no such record type");
        return;
    }
    orgsim_buf_puts(&call->out, "{\"eTag\":\"1\",\"picklistFieldValues\":{");
    for (size_t i = 0; i < object->field_count; i++) {
        if (!object->fields[i]->value_count || object->fields[i]->hidden)
            continue;
        orgsim_buf_puts(&call->out, first ? "" : ",");
        write_picklist(object->fields[i], permitted(rule, object->fields[i]->name), &call->out);
        first = false;
    }
    orgsim_buf_puts(&call->out, "}}");
    orgsim_answer(call, 200);
}
