/* rest_views.c: list views, as switches made them. */
#include "rest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RESULTS_DEFAULT = 25, RESULTS_MAX = 2000 };

void orgsim_stable_id(const char *prefix, const char *name, char id[19])
{
    uint64_t hash = 5381;
    for (; *name; name++)
        hash = hash * 33 + (unsigned char)*name;
    orgsim_id_make(prefix, hash % 1000000000, id);
}

const orgsim_setting *orgsim_thing_of(orgsim_call *call, const char *name, const char *prefix,
                                      const char *object, const char *id)
{
    char known[19];
    for (size_t i = 0; i < call->org->setting_count; i++) {
        const orgsim_setting *s = &call->org->settings[i];
        if (strcmp(s->name, name) != 0)
            continue;
        orgsim_stable_id(prefix, s->key, known);
        bool of_object = !object || orgsim_ieq_n(s->key, strcspn(s->key, "."), object);
        if (of_object && strncmp(known, id, 15) == 0)
            return s;
    }
    orgsim_refuse_with(call, 404, "NOT_FOUND", "The requested resource does not exist");
    return NULL;
}

/* ---- list views ---- */

static bool compatible(const orgsim_setting *view)
{
    return strcmp(view->value, "none") != 0;
}

static void write_view(orgsim_call *call, const orgsim_setting *view)
{
    char id[19], base[160];
    const char *developer_name = strchr(view->key, '.') + 1;
    orgsim_stable_id("00B", view->key, id);
    snprintf(base, sizeof base, "/services/data/v%s/sobjects/%s/listviews/%s", call->version,
             call->args[0], id);
    if (compatible(view))
        orgsim_buf_printf(&call->out, "{\"describeUrl\":\"%s/describe\"", base);
    else
        orgsim_buf_puts(&call->out, "{\"describeUrl\":null");
    orgsim_buf_printf(&call->out, ",\"developerName\":\"%s\",\"id\":\"%s\",\"label\":\"%s\","
                      "\"resultsUrl\":\"%s/results\",\"soqlCompatible\":%s,\"url\":\"%s\"}",
                      developer_name, id, developer_name, base,
                      compatible(view) ? "true" : "false", base);
}

void orgsim_rest_listviews(orgsim_call *call)
{
    size_t count = 0;
    orgsim_object *object = orgsim_call_object(call, call->args[0]);
    if (!object)
        return;
    orgsim_buf_puts(&call->out, "{\"done\":true,\"listviews\":[");
    for (size_t i = 0; i < call->org->setting_count; i++) {
        const orgsim_setting *s = &call->org->settings[i];
        if (strcmp(s->name, "list_view") != 0 ||
            !orgsim_ieq_n(s->key, strcspn(s->key, "."), object->name))
            continue;
        orgsim_buf_puts(&call->out, count++ ? "," : "");
        write_view(call, s);
    }
    orgsim_buf_printf(&call->out, "],\"nextRecordsUrl\":null,\"size\":%zu,\"sobjectType\":\"%s\"}",
                      count, object->name);
    orgsim_answer(call, 200);
}

static char *view_query(const orgsim_object *object, const orgsim_setting *view)
{
    orgsim_buf soql = {NULL, 0, 0};
    bool where = compatible(view) && *view->value;
    orgsim_buf_printf(&soql, "SELECT Name, Id, CreatedDate, LastModifiedDate, SystemModstamp FROM "
                             "%s%s%s ORDER BY Name ASC NULLS FIRST, Id ASC NULLS FIRST",
                      object->name, where ? " WHERE " : "", where ? view->value : "");
    return orgsim_buf_take(&soql);
}

char *orgsim_view_statement(const orgsim *org, const char *id)
{
    char known[19];
    for (size_t i = 0; i < org->setting_count; i++) {
        const orgsim_setting *s = &org->settings[i];
        bool view = strcmp(s->name, "list_view") == 0, report = strcmp(s->name, "report") == 0;
        if (!view && !report)
            continue;
        orgsim_stable_id(view ? "00B" : "00O", s->key, known);
        const orgsim_object *object =
            view ? orgsim_object_named_n(org, s->key, strcspn(s->key, ".")) : NULL;
        if (strncmp(known, id, 15) == 0 && (report || (object && compatible(s))))
            return report ? orgsim_copy_text(s->value) : view_query(object, s);
    }
    return NULL;
}

static const struct { const char *name, *type; bool hidden; } view_columns[] = {
    {"Name", "string", false}, {"Id", "id", true}, {"CreatedDate", "datetime", true},
    {"LastModifiedDate", "datetime", true}, {"SystemModstamp", "datetime", true}};
enum { VIEW_COLUMNS = sizeof view_columns / sizeof *view_columns };

static void write_columns(orgsim_buf *out)
{
    orgsim_buf_puts(out, "\"columns\":[");
    for (size_t i = 0; i < VIEW_COLUMNS; i++)
        orgsim_buf_printf(out, "%s{\"fieldNameOrPath\":\"%s\",\"hidden\":%s,\"label\":\"%s\","
                               "\"selectListItem\":\"%s\",\"sortable\":true,\"type\":\"%s\"}",
                          i ? "," : "", view_columns[i].name,
                          view_columns[i].hidden ? "true" : "false", view_columns[i].name,
                          view_columns[i].name, view_columns[i].type);
    orgsim_buf_puts(out, "],");
}

static void write_orders(orgsim_buf *out)
{
    static const char *const names[] = {"Name", "Id"};
    orgsim_buf_puts(out, "\"orderBy\":[");
    for (size_t i = 0; i < 2; i++)
        orgsim_buf_printf(out, "%s{\"fieldNameOrPath\":\"%s\",\"nullsPosition\":\"first\","
                               "\"sortDirection\":\"ascending\"}", i ? "," : "", names[i]);
    orgsim_buf_puts(out, "],");
}

void orgsim_rest_listview(orgsim_call *call)
{
    const orgsim_setting *view = orgsim_thing_of(call, "list_view", "00B", call->args[0], call->args[1]);
    if (!view)
        return;
    write_view(call, view);
    orgsim_answer(call, 200);
}

void orgsim_rest_listview_describe(orgsim_call *call)
{
    char id[19];
    orgsim_object *object = orgsim_call_object(call, call->args[0]);
    const orgsim_setting *view =
        object ? orgsim_thing_of(call, "list_view", "00B", object->name, call->args[1]) : NULL;
    if (!view)
        return;
    if (!compatible(view)) {
        orgsim_refuse_with(call, 400, "INVALID_TYPE", "The list view cannot be expressed in SOQL");
        return;
    }
    char *soql = view_query(object, view);
    orgsim_stable_id("00B", view->key, id);
    orgsim_buf_puts(&call->out, "{");
    write_columns(&call->out);
    write_orders(&call->out);
    orgsim_buf_printf(&call->out, "\"id\":\"%.15s\",\"query\":", id); /* 15 characters, here */
    orgsim_buf_jsons(&call->out, soql);
    orgsim_buf_printf(&call->out, ",\"scope\":null,\"sobjectType\":\"%s\",\"whereCondition\":"
                                  "{\"conditions\":[],\"conjunction\":\"and\"}}", object->name);
    free(soql);
    orgsim_answer(call, 200);
}

/* Fri Aug 01 21:15:46 GMT 2014 */
static void write_instant(orgsim_buf *out, int64_t ms)
{
    char text[40]; /* Fri, 01 Aug 2014 21:15:46 GMT */
    orgsim_format_http_date(ms, text);
    orgsim_buf_printf(out, "\"%.3s %.3s %.2s %.8s GMT %.4s\"", text, text + 8, text + 5, text + 17,
                      text + 12);
}

static void write_record(const orgsim_row *row, orgsim_buf *out)
{
    orgsim_buf_puts(out, "{\"columns\":[");
    for (size_t i = 0; i < VIEW_COLUMNS; i++) {
        const orgsim_field *field = orgsim_field_named(row->object, view_columns[i].name);
        orgsim_value value = field ? orgsim_get(row, field) : (orgsim_value){ORGSIM_NULL, {NULL}};
        orgsim_buf_printf(out, "%s{\"fieldNameOrPath\":\"%s\",\"value\":", i ? "," : "",
                          view_columns[i].name);
        if (value.kind == ORGSIM_INSTANT)
            write_instant(out, value.as.when);
        else
            orgsim_buf_jsons(out, value.kind == ORGSIM_TEXT ? value.as.text : NULL);
        orgsim_buf_puts(out, "}");
    }
    orgsim_buf_puts(out, "]}");
}

static long number_of(const orgsim_call *call, const char *name, long otherwise)
{
    char *text = orgsim_parameter(call, name);
    long number = text ? strtol(text, NULL, 10) : otherwise;
    free(text);
    return number;
}

void orgsim_rest_listview_results(orgsim_call *call)
{
    char id[19];
    orgsim_problem problem;
    orgsim_rows rows = {NULL, 0, 0};
    long limit = number_of(call, "limit", RESULTS_DEFAULT), offset = number_of(call, "offset", 0);
    orgsim_object *object = orgsim_call_object(call, call->args[0]);
    const orgsim_setting *view =
        object ? orgsim_thing_of(call, "list_view", "00B", object->name, call->args[1]) : NULL;
    if (!view)
        return;
    if (limit < 1 || limit > RESULTS_MAX || offset < 0 || offset > RESULTS_MAX) {
        orgsim_refuse_with(call, 400, "NUMBER_OUTSIDE_VALID_RANGE",
                           "limit or offset is out of its range");
        return;
    }
    char *text = view_query(object, view);
    orgsim_soql *soql = orgsim_soql_new(call->org, text, false, &problem);
    free(text);
    if (!soql) {
        orgsim_refuse(call, &problem);
        return;
    }
    orgsim_stable_id("00B", view->key, id);
    orgsim_soql_run(call->org, soql, false, &rows, &problem);
    size_t from = (size_t)offset < rows.count ? (size_t)offset : rows.count;
    size_t end = from + (size_t)limit < rows.count ? from + (size_t)limit : rows.count;
    orgsim_buf_puts(&call->out, "{");
    write_columns(&call->out);
    orgsim_buf_printf(&call->out, "\"developerName\":\"%s\",\"done\":%s,\"id\":\"%.15s\","
                                  "\"label\":\"%s\",\"records\":[",
                      strchr(view->key, '.') + 1, end == rows.count ? "true" : "false", id,
                      strchr(view->key, '.') + 1);
    for (size_t i = from; i < end; i++) {
        orgsim_buf_puts(&call->out, i > from ? "," : "");
        write_record(rows.items[i], &call->out);
    }
    orgsim_buf_printf(&call->out, "],\"size\":%zu}", end - from);
    call->org->usage.rows_read += end - from;
    orgsim_rows_clear(&rows);
    orgsim_soql_free(soql);
    orgsim_answer(call, 200);
}
