/* rest_describe.c: what objects and fields there are, as far as the user may see them. */
#include "rest.h"

#include <string.h>

static const char *yes(uint32_t truth)
{
    return truth ? "true" : "false";
}

static void write_urls(const orgsim_call *call, const orgsim_object *object, orgsim_buf *out)
{
    orgsim_buf_printf(out,
                      "\"urls\":{\"sobject\":\"/services/data/v%s/sobjects/%s\",\"describe\":"
                      "\"/services/data/v%s/sobjects/%s/describe\",\"rowTemplate\":"
                      "\"/services/data/v%s/sobjects/%s/{ID}\"}",
                      call->version, object->name, call->version, object->name, call->version,
                      object->name);
}

static void write_object(const orgsim_call *call, const orgsim_object *object, orgsim_buf *out)
{
    uint32_t flags = object->flags;
    orgsim_buf_printf(out,
                      "\"name\":\"%s\",\"label\":\"%s\",\"labelPlural\":\"%s\",\"keyPrefix\":"
                      "\"%s\",\"custom\":false,\"customSetting\":false,\"createable\":%s,"
                      "\"updateable\":%s,\"deletable\":%s,\"undeletable\":%s,\"queryable\":true,"
                      "\"retrieveable\":true,\"searchable\":%s,\"replicateable\":%s,"
                      "\"mergeable\":%s,\"triggerable\":%s,\"layoutable\":%s,"
                      "\"activateable\":false,\"feedEnabled\":false,\"mruEnabled\":%s,"
                      "\"hasSubtypes\":false,\"isSubtype\":false,\"isInterface\":false,"
                      "\"deepCloneable\":false,\"deprecatedAndHidden\":false,",
                      object->name, object->label, object->plural, object->prefix,
                      yes(flags & ORGSIM_O_CREATEABLE), yes(flags & ORGSIM_O_UPDATEABLE),
                      yes(flags & ORGSIM_O_DELETABLE),
                      yes((flags & ORGSIM_O_DELETABLE) && !(flags & ORGSIM_O_HARD)),
                      yes(flags & ORGSIM_O_DELETABLE), yes(flags & ORGSIM_O_REPLICATED),
                      yes(flags & ORGSIM_O_MERGEABLE), yes(flags & ORGSIM_O_CREATEABLE),
                      yes(flags & ORGSIM_O_CREATEABLE), yes(flags & ORGSIM_O_MERGEABLE));
    write_urls(call, object, out);
}

/* 304 when nothing changed since the time of the header. */
static bool unchanged(orgsim_call *call, int64_t changed_at)
{
    int64_t since;
    char stamp[40];
    const char *text = orgsim_pairs_get(&call->headers, "If-Modified-Since");
    orgsim_format_http_date(changed_at, stamp);
    orgsim_pairs_add(&call->out_headers, "Last-Modified", stamp);
    if (!text || !orgsim_parse_http_date(text, strlen(text), &since) ||
        changed_at / 1000 * 1000 > since)
        return false;
    orgsim_answer(call, 304);
    return true;
}

void orgsim_rest_describe_global(orgsim_call *call)
{
    orgsim *org = call->org;
    int64_t changed_at = 0;
    bool first = true;
    for (size_t i = 0; i < org->object_count; i++) {
        if (org->objects[i].described_at > changed_at)
            changed_at = org->objects[i].described_at;
    }
    if (unchanged(call, changed_at))
        return;
    orgsim_buf_puts(&call->out, "{\"encoding\":\"UTF-8\",\"maxBatchSize\":200,\"sobjects\":[");
    for (size_t i = 0; i < org->object_count; i++) {
        if (org->objects[i].hidden)
            continue;
        orgsim_buf_puts(&call->out, first ? "{" : ",{");
        write_object(call, &org->objects[i], &call->out);
        orgsim_buf_puts(&call->out, "}");
        first = false;
    }
    orgsim_buf_puts(&call->out, "]}");
    orgsim_answer(call, 200);
}

static void write_values(const orgsim_field *field, orgsim_buf *out)
{
    orgsim_buf_puts(out, "\"picklistValues\":[");
    for (size_t i = 0; i < field->value_count; i++) {
        orgsim_buf_printf(out, "%s{\"active\":true,\"defaultValue\":%s,\"label\":", i ? "," : "",
                          yes((long)i == field->default_value));
        orgsim_buf_jsons(out, field->values[i]);
        orgsim_buf_puts(out, ",\"validFor\":null,\"value\":");
        orgsim_buf_jsons(out, field->values[i]);
        orgsim_buf_puts(out, "}");
    }
    orgsim_buf_puts(out, "],\"referenceTo\":[");
    for (size_t i = 0; i < field->ref_count; i++)
        orgsim_buf_printf(out, "%s\"%s\"", i ? "," : "", field->refs[i]);
    orgsim_buf_puts(out, "],\"relationshipName\":");
    orgsim_buf_jsons(out, field->relationship);
}

static const char *soap_type(orgsim_type type)
{
    if (type == ORGSIM_T_ID || type == ORGSIM_T_REFERENCE)
        return "tns:ID";
    if (type == ORGSIM_T_BOOLEAN)
        return "xsd:boolean";
    if (type == ORGSIM_T_INT)
        return "xsd:int";
    if (orgsim_type_is_number(type))
        return "xsd:double";
    if (type == ORGSIM_T_DATE)
        return "xsd:date";
    if (type == ORGSIM_T_DATETIME)
        return "xsd:dateTime";
    if (type == ORGSIM_T_BASE64)
        return "xsd:base64Binary";
    return type == ORGSIM_T_ADDRESS ? "urn:address" : "xsd:string";
}

static void write_sizes(const orgsim_field *field, orgsim_buf *out)
{
    bool number = orgsim_type_is_number(field->type), whole = field->type == ORGSIM_T_INT;
    int precision = !number || whole ? 0 : field->length;
    if (field->type == ORGSIM_T_DOUBLE)
        precision += field->scale;
    orgsim_buf_printf(out,
                      "\"length\":%d,\"byteLength\":%d,\"precision\":%d,\"scale\":%d,"
                      "\"digits\":%d,",
                      number ? 0 : field->length, number ? 0 : field->length * 3, precision,
                      number ? field->scale : 0, whole ? field->length : 0);
}

static const char *compound_name(const orgsim_object *object, const orgsim_field *field)
{
    for (size_t i = 0; i < object->field_count; i++) {
        const orgsim_field *whole = object->fields[i];
        size_t len = whole->address ? strlen(whole->address) : 0;
        static const char *const parts[] = {"Street", "City", "State", "PostalCode", "Country",
                                            "Latitude", "Longitude"};
        for (size_t k = 0; whole->address && k < sizeof parts / sizeof *parts; k++) {
            if (strncmp(field->name, whole->address, len) == 0 &&
                strcmp(field->name + len, parts[k]) == 0)
                return whole->name;
        }
    }
    bool person = orgsim_field_named(object, "FirstName") != NULL;
    if (person && (strcmp(field->name, "FirstName") == 0 || strcmp(field->name, "LastName") == 0 ||
                   strcmp(field->name, "Salutation") == 0))
        return "Name";
    return NULL;
}

static void write_field(const orgsim_object *object, const orgsim_field *field, orgsim_buf *out)
{
    uint32_t f = field->flags;
    bool filterable = !(f & ORGSIM_F_NOFILTER);
    bool number = orgsim_type_is_number(field->type);
    bool groupable = filterable && !(number && field->type != ORGSIM_T_INT) &&
                     field->type != ORGSIM_T_DATETIME && field->type != ORGSIM_T_MULTIPICKLIST;
    orgsim_buf_printf(out, "{\"name\":\"%s\",\"label\":\"%s\",\"type\":\"%s\",\"soapType\":\"%s\",",
                      field->name, field->label, orgsim_type_name(field->type),
                      soap_type(field->type));
    write_sizes(field, out);
    orgsim_buf_printf(out,
                      "\"createable\":%s,\"updateable\":%s,\"nillable\":%s,"
                      "\"defaultedOnCreate\":%s,\"filterable\":%s,\"sortable\":%s,"
                      "\"groupable\":%s,\"aggregatable\":%s,\"idLookup\":%s,\"externalId\":%s,"
                      "\"unique\":%s,\"caseSensitive\":%s,\"nameField\":%s,\"custom\":%s,"
                      "\"calculated\":%s,\"autoNumber\":false,\"restrictedPicklist\":%s,"
                      "\"dependentPicklist\":false,\"namePointing\":%s,"
                      "\"polymorphicForeignKey\":%s,\"encrypted\":false,"
                      "\"deprecatedAndHidden\":false,\"permissionable\":%s,\"htmlFormatted\":"
                      "false,\"cascadeDelete\":false,\"restrictedDelete\":false,",
                      yes(f & ORGSIM_F_CREATE), yes(f & ORGSIM_F_UPDATE),
                      yes(f & ORGSIM_F_NILLABLE), yes(f & ORGSIM_F_DEFAULTED), yes(filterable),
                      yes(filterable && field->type != ORGSIM_T_MULTIPICKLIST), yes(groupable),
                      yes(filterable), yes(f & ORGSIM_F_IDLOOKUP), yes(f & ORGSIM_F_EXTERNAL),
                      yes(f & ORGSIM_F_UNIQUE), yes(f & ORGSIM_F_CASE),
                      yes(f & ORGSIM_F_NAME), yes(f & ORGSIM_F_CUSTOM),
                      yes(f & ORGSIM_F_CALCULATED), yes(f & ORGSIM_F_RESTRICTED),
                      yes(field->ref_count > 1), yes(field->ref_count > 1),
                      yes(f & ORGSIM_F_NILLABLE && field->source == ORGSIM_FROM_CELL));
    orgsim_buf_puts(out, "\"compoundFieldName\":");
    orgsim_buf_jsons(out, compound_name(object, field));
    orgsim_buf_puts(out, ",\"calculatedFormula\":null,\"controllerName\":null,\"defaultValue\":");
    if (field->default_value >= 0)
        orgsim_buf_jsons(out, field->values[field->default_value]);
    else
        orgsim_buf_puts(out, field->type == ORGSIM_T_BOOLEAN ? "false" : "null");
    orgsim_buf_puts(out, ",\"defaultValueFormula\":null,\"extraTypeInfo\":null,"
                         "\"inlineHelpText\":null,\"referenceTargetField\":null,"
                         "\"relationshipOrder\":null,\"mask\":null,");
    write_values(field, out);
    orgsim_buf_puts(out, "}");
}

/* Fields of all objects that lead here. */
static void write_relations(const orgsim *org, const orgsim_object *object, orgsim_buf *out)
{
    bool first = true;
    orgsim_buf_puts(out, ",\"childRelationships\":[");
    for (size_t i = 0; i < org->object_count; i++) {
        const orgsim_object *child = &org->objects[i];
        for (size_t k = 0; k < child->field_count && !child->hidden; k++) {
            const orgsim_field *field = child->fields[k];
            if (field->hidden || !orgsim_field_leads_to(field, object))
                continue;
            orgsim_buf_printf(out,
                              "%s{\"cascadeDelete\":false,\"childSObject\":\"%s\","
                              "\"deprecatedAndHidden\":false,\"field\":\"%s\","
                              "\"junctionIdListNames\":[],\"junctionReferenceTo\":[],"
                              "\"relationshipName\":",
                              first ? "" : ",", child->name, field->name);
            orgsim_buf_jsons(out, orgsim_child_relationship(child, field));
            orgsim_buf_puts(out, ",\"restrictedDelete\":false}");
            first = false;
        }
    }
    orgsim_buf_puts(out, "]");
}

void orgsim_rest_describe(orgsim_call *call)
{
    orgsim_object *object = orgsim_call_object(call, call->args[0]);
    bool first = true;
    if (!object || unchanged(call, object->described_at))
        return;
    orgsim_buf_puts(&call->out, "{");
    write_object(call, object, &call->out);
    write_relations(call->org, object, &call->out);
    orgsim_buf_puts(&call->out, ",");
    orgsim_write_record_types(call->org, object, &call->out);
    orgsim_buf_puts(&call->out, ","
                                "\"actionOverrides\":[],\"namedLayoutInfos\":[],"
                                "\"supportedScopes\":[],\"compactLayoutable\":true,"
                                "\"lookupLayoutable\":null,\"searchLayoutable\":true,"
                                "\"listviewable\":null,\"networkScopeFieldName\":null,"
                                "\"fields\":[");
    for (size_t i = 0; i < object->field_count; i++) {
        if (object->fields[i]->hidden)
            continue;
        orgsim_buf_puts(&call->out, first ? "" : ",");
        write_field(object, object->fields[i], &call->out);
        first = false;
    }
    orgsim_buf_puts(&call->out, "]}");
    orgsim_answer(call, 200);
}

void orgsim_rest_object_info(orgsim_call *call)
{
    orgsim_object *object = orgsim_call_object(call, call->args[0]);
    if (!object)
        return;
    orgsim_buf_puts(&call->out, "{\"objectDescribe\":{");
    write_object(call, object, &call->out);
    orgsim_buf_puts(&call->out, "},\"recentItems\":[]}");
    orgsim_answer(call, 200);
}
