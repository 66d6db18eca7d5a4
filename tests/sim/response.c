/* response.c: building answers, and what every handler asks of its call. */
#include "rest.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void orgsim_pairs_add(orgsim_pairs *pairs, const char *name, const char *value)
{
    ORGSIM_ROOM(pairs->items, pairs->count, pairs->cap);
    pairs->items[pairs->count].name = orgsim_copy_text(name);
    pairs->items[pairs->count++].value = orgsim_copy_text(value);
}

const char *orgsim_pairs_get(const orgsim_pairs *pairs, const char *name)
{
    for (size_t i = 0; i < pairs->count; i++) {
        if (orgsim_ieq(pairs->items[i].name, name))
            return pairs->items[i].value;
    }
    return NULL;
}

void orgsim_pairs_clear(orgsim_pairs *pairs)
{
    for (size_t i = 0; i < pairs->count; i++) {
        free(pairs->items[i].name);
        free(pairs->items[i].value);
    }
    free(pairs->items);
    *pairs = (orgsim_pairs){NULL, 0, 0};
}

void orgsim_call_clear(orgsim_call *call)
{
    free(call->method);
    free(call->target);
    free(call->query);
    for (int i = 0; i < ORGSIM_ARGS; i++)
        free(call->args[i]);
    orgsim_pairs_clear(&call->headers);
    orgsim_pairs_clear(&call->out_headers);
    yyjson_doc_free(call->doc);
    orgsim_buf_clear(&call->out);
}

void orgsim_answer(orgsim_call *call, int status)
{
    call->status = status;
}

static const char *rule_name(const char *object, char name[80])
{
    snprintf(name, 80, "%ss_DR", object);
    return name;
}

static void write_duplicate(const orgsim_call *call, const orgsim_problem *problem,
                            orgsim_buf *out)
{
    const orgsim_row *twin = problem->match;
    bool misspelt = orgsim_setting_find(call->org, "duplicate_spelling", NULL) != NULL;
    char name[80];
    orgsim_buf_printf(out, "\"%s\":{\"allowSave\":%s,\"duplicateRule\":\"%s\","
                      "\"duplicateRuleEntityType\":\"%s\",\"errorMessage\":",
                      misspelt ? "duplicateResut" : "duplicateResult",
                      problem->allow_save ? "true" : "false",
                      rule_name(twin->object->name, name), twin->object->name);
    orgsim_buf_jsons(out, problem->message);
    orgsim_buf_printf(out, ",\"matchResults\":[{\"entityType\":\"%s\",\"errors\":[],"
                      "\"matchEngine\":\"ExactMatchEngine\",\"matchRecords\":[",
                      twin->object->name);
    if (orgsim_row_shared(twin)) {
        orgsim_buf_puts(out, "{\"additionalInformation\":[],\"fieldDiffs\":[],"
                             "\"matchConfidence\":100.0,\"record\":{");
        orgsim_write_attributes(twin, call->version, out);
        orgsim_buf_printf(out, ",\"Id\":\"%s\"}}", twin->id);
    }
    orgsim_buf_printf(out, "],\"rule\":\"%s_MR\",\"size\":1,\"success\":true}]},",
                      twin->object->name);
}

void orgsim_write_error(const orgsim_call *call, const orgsim_problem *problem, const char *key,
                        orgsim_buf *out)
{
    bool item = strcmp(key, "statusCode") == 0;
    orgsim_buf_puts(out, "{");
    if (problem->match && !item) /* collections do not tell whom it resembles */
        write_duplicate(call, problem, out);
    orgsim_buf_printf(out, "\"%s\":", key);
    orgsim_buf_jsons(out, problem->code);
    orgsim_buf_puts(out, ",\"message\":");
    orgsim_buf_jsons(out, problem->message);
    if (item || *problem->fields) {
        orgsim_buf_puts(out, ",\"fields\":[");
        for (const char *at = problem->fields; *at;) {
            size_t len = strcspn(at, ",");
            orgsim_buf_puts(out, at > problem->fields ? "," : "");
            orgsim_buf_json(out, at, len);
            at += len + (at[len] == ',');
        }
        orgsim_buf_puts(out, "]");
    }
    orgsim_buf_puts(out, "}");
}

void orgsim_refuse(orgsim_call *call, const orgsim_problem *problem)
{
    orgsim_buf_clear(&call->out);
    orgsim_buf_puts(&call->out, "[");
    orgsim_write_error(call, problem, "errorCode", &call->out);
    orgsim_buf_puts(&call->out, "]");
    orgsim_answer(call, problem->status ? problem->status : 400);
}

void orgsim_refuse_with(orgsim_call *call, int status, const char *code, const char *format, ...)
{
    char message[800];
    orgsim_problem problem;
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    orgsim_problem_set(&problem, status, code, NULL, "%s", message);
    orgsim_refuse(call, &problem);
}

char *orgsim_parameter(const orgsim_call *call, const char *name)
{
    return orgsim_form_value(call->query, strlen(call->query), name);
}

bool orgsim_header_is(const orgsim_call *call, const char *name, const char *value)
{
    return orgsim_ieq(orgsim_pairs_get(&call->headers, name), value);
}

yyjson_val *orgsim_body(orgsim_call *call)
{
    yyjson_read_err err;
    const char *type = orgsim_pairs_get(&call->headers, "Content-Type");
    if (!call->nested && (!type || !orgsim_ieq_n(type, strcspn(type, ";"), "application/json"))) {
        orgsim_refuse_with(call, 415, "UNSUPPORTED_MEDIA_TYPE",
                           "Content type %s is not supported", type ? type : "not specified");
        return NULL;
    }
    if (!call->doc)
        call->doc = yyjson_read_opts((char *)(uintptr_t)call->body, call->body_len, 0, NULL, &err);
    if (!call->doc)
        orgsim_refuse_with(call, 400, "JSON_PARSER_ERROR", "%s at [line:1, column:%zu]",
                           call->body_len ? err.msg : "The HTTP entity body is required",
                           call->body_len ? err.pos + 1 : 1);
    return call->doc ? yyjson_doc_get_root(call->doc) : NULL;
}

orgsim_object *orgsim_call_object(orgsim_call *call, const char *name)
{
    orgsim_object *object = orgsim_object_named(call->org, name);
    if (object && !object->hidden)
        return object;
    orgsim_refuse_with(call, 404, "NOT_FOUND", "The requested resource does not exist");
    return NULL;
}
