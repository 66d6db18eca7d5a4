/* rest_views.c: list views and reports, as switches made them. */
#include "csv.h"
#include "rest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RESULTS_DEFAULT = 25, RESULTS_MAX = 2000, REPORT_ROWS = 2000, STAGE_MS = 200, DAY_MS = 86400000 };

/* An id that follows from the name alone, so that it stays what it is. */
static void id_of(const char *prefix, const char *name, char id[19])
{
    uint64_t hash = 5381;
    for (; *name; name++)
        hash = hash * 33 + (unsigned char)*name;
    orgsim_id_make(prefix, hash % 1000000000, id);
}

/* The switch whose id that is; NULL after refusing. `object` NULL = any. */
static const orgsim_setting *thing_of(orgsim_call *call, const char *name, const char *prefix,
                                      const char *object, const char *id)
{
    char known[19];
    for (size_t i = 0; i < call->org->setting_count; i++) {
        const orgsim_setting *s = &call->org->settings[i];
        if (strcmp(s->name, name) != 0)
            continue;
        id_of(prefix, s->key, known);
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
    id_of("00B", view->key, id);
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

void orgsim_rest_listview(orgsim_call *call)
{
    const orgsim_setting *view = thing_of(call, "list_view", "00B", call->args[0], call->args[1]);
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
        object ? thing_of(call, "list_view", "00B", object->name, call->args[1]) : NULL;
    if (!view)
        return;
    if (!compatible(view)) {
        orgsim_refuse_with(call, 400, "INVALID_TYPE", "The list view cannot be expressed in SOQL");
        return;
    }
    char *soql = view_query(object, view);
    id_of("00B", view->key, id);
    orgsim_buf_puts(&call->out, "{");
    write_columns(&call->out);
    orgsim_buf_printf(&call->out, "\"id\":\"%s\",\"query\":", id);
    orgsim_buf_jsons(&call->out, soql);
    orgsim_buf_printf(&call->out, ",\"scope\":null,\"sobjectType\":\"%s\"}", object->name);
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
    orgsim_problem problem;
    orgsim_rows rows = {NULL, 0, 0};
    long limit = number_of(call, "limit", RESULTS_DEFAULT), offset = number_of(call, "offset", 0);
    orgsim_object *object = orgsim_call_object(call, call->args[0]);
    const orgsim_setting *view =
        object ? thing_of(call, "list_view", "00B", object->name, call->args[1]) : NULL;
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
    orgsim_soql_run(call->org, soql, false, &rows, &problem);
    size_t from = (size_t)offset < rows.count ? (size_t)offset : rows.count;
    size_t end = from + (size_t)limit < rows.count ? from + (size_t)limit : rows.count;
    orgsim_buf_puts(&call->out, "{");
    write_columns(&call->out);
    orgsim_buf_printf(&call->out, "\"developerName\":\"%s\",\"done\":%s,\"records\":[",
                      strchr(view->key, '.') + 1, end == rows.count ? "true" : "false");
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

/* ---- reports ---- */

static const orgsim_setting *report_of(orgsim_call *call)
{
    return thing_of(call, "report", "00O", NULL, call->args[0]);
}

void orgsim_rest_reports(orgsim_call *call)
{
    char id[19];
    size_t count = 0;
    orgsim_buf_puts(&call->out, "[");
    for (size_t i = 0; i < call->org->setting_count; i++) {
        const orgsim_setting *s = &call->org->settings[i];
        if (strcmp(s->name, "report") != 0)
            continue;
        id_of("00O", s->key, id);
        orgsim_buf_printf(&call->out, "%s{\"id\":\"%s\",\"name\":\"%s\",\"url\":\"/services/data/v%s/"
                          "analytics/reports/%s\"}", count++ ? "," : "", id, s->key, call->version, id);
    }
    orgsim_buf_puts(&call->out, "]");
    orgsim_answer(call, 200);
}

/* A name links to its record: the label is the name, the value the id. */
static void write_cell(const orgsim_row *row, const char *column, const char *text, bool first,
                       orgsim_buf *out)
{
    bool link = orgsim_ieq(column, "Name") || orgsim_ieq(column, "LastName");
    orgsim_buf_puts(out, first ? "{\"label\":" : ",{\"label\":");
    orgsim_buf_jsons(out, *text ? text : "-");
    orgsim_buf_puts(out, ",\"value\":");
    orgsim_buf_jsons(out, link ? row->id : *text ? text : NULL);
    orgsim_buf_puts(out, "}");
}

static void write_report_row(orgsim *org, const orgsim_soql *soql, const orgsim_row *row,
                             const orgsim_record *names, orgsim_buf *out)
{
    orgsim_table table;
    orgsim_buf line = {NULL, 0, 0};
    orgsim_soql_write_csv(org, soql, row, ',', &line);
    orgsim_table_read(&table, line.ptr, line.len, ',');
    orgsim_buf_puts(out, "{\"dataCells\":[");
    for (size_t i = 0; i < names->count; i++)
        write_cell(row, names->values[i], table.records[0].values[i], i == 0, out);
    orgsim_buf_puts(out, "]}");
    orgsim_table_clear(&table);
    orgsim_buf_clear(&line);
}

static void write_metadata(const orgsim_setting *report, const char *id, const orgsim_record *names,
                           orgsim_buf *out)
{
    orgsim_buf_printf(out, "\"reportMetadata\":{\"id\":\"%s\",\"name\":\"%s\",\"reportFormat\":"
                           "\"%s\",\"detailColumns\":[", id, report->key,
                      strncmp(report->key, "Summary", 7) == 0 ? "SUMMARY" : "TABULAR");
    for (size_t i = 0; i < names->count; i++) {
        orgsim_buf_puts(out, i ? "," : "");
        orgsim_buf_jsons(out, names->values[i]);
    }
    orgsim_buf_puts(out, "],\"aggregates\":[\"RowCount\"],\"reportFilters\":[]}");
}

static void write_result(orgsim_call *call, const orgsim_setting *report, const orgsim_soql *soql,
                         const orgsim_rows *rows)
{
    char id[19];
    orgsim_table names;
    orgsim_buf line = {NULL, 0, 0}, *out = &call->out;
    const orgsim_setting *cap = orgsim_setting_find(call->org, "report_rows", NULL);
    size_t most = cap ? (size_t)strtoull(cap->value, NULL, 10) : REPORT_ROWS;
    size_t end = rows->count < most ? rows->count : most;
    bool all = end == rows->count;
    bool details = strstr(call->query, "includeDetails=true") || strstr(call->target, "/instances");
    id_of("00O", report->key, id);
    orgsim_soql_write_csv(call->org, soql, NULL, ',', &line);
    orgsim_table_read(&names, line.ptr, line.len, ',');
    orgsim_buf_printf(out, "{\"attributes\":{\"type\":\"Report\",\"reportName\":\"%s\",\"reportId\":"
                           "\"%s\",\"status\":\"Success\"},\"allData\":%s,\"hasDetailRows\":%s,"
                           "\"hasExceededTabularRowLimit\":%s,\"factMap\":{\"T!T\":{\"aggregates\":"
                           "[{\"label\":\"%zu\",\"value\":%zu}]",
                      report->key, id, all ? "true" : "false", details ? "true" : "false",
                      all ? "false" : "true", rows->count, rows->count);
    orgsim_buf_puts(out, details ? ",\"rows\":[" : "");
    for (size_t i = 0; details && i < end; i++) {
        orgsim_buf_puts(out, i ? "," : "");
        write_report_row(call->org, soql, rows->items[i], &names.records[0], out);
    }
    orgsim_buf_puts(out, details ? "]}}," : "}},");
    write_metadata(report, id, &names.records[0], out);
    orgsim_buf_puts(out, "}");
    orgsim_table_clear(&names);
    orgsim_buf_clear(&line);
    orgsim_answer(call, 200);
}

static void run_report(orgsim_call *call, const orgsim_setting *report)
{
    orgsim_problem problem;
    orgsim_rows rows = {NULL, 0, 0};
    orgsim_soql *soql = orgsim_soql_new(call->org, report->value, false, &problem);
    if (!soql) {
        orgsim_refuse(call, &problem);
        return;
    }
    orgsim_soql_run(call->org, soql, false, &rows, &problem);
    write_result(call, report, soql, &rows);
    orgsim_rows_clear(&rows);
    orgsim_soql_free(soql);
}

void orgsim_rest_report_run(orgsim_call *call)
{
    const orgsim_setting *report = report_of(call);
    if (report)
        run_report(call, report);
}

static void write_instance(orgsim_call *call, const struct orgsim_run *run)
{
    int64_t age = call->org->now_ms - run->made_ms;
    orgsim_buf_printf(&call->out, "{\"id\":\"%s\",\"status\":\"%s\",\"url\":\"/services/data/v%s/"
                      "analytics/reports/%s/instances/%s\",\"hasDetailRows\":true,"
                      "\"completionDate\":null}", run->id,
                      age < STAGE_MS ? "New" : age < 2 * STAGE_MS ? "Running" : "Success",
                      call->version, call->args[0], run->id);
    orgsim_answer(call, 200);
}

void orgsim_rest_report_start(orgsim_call *call)
{
    orgsim *org = call->org;
    if (!report_of(call))
        return;
    ORGSIM_ROOM(org->runs, org->run_count, org->run_cap);
    struct orgsim_run *run = &org->runs[org->run_count++];
    orgsim_id_make("0LG", org->run_count, run->id);
    run->made_ms = org->now_ms;
    write_instance(call, run);
}

/* Results of an instance are kept for a day. While it runs, only its head is shown. */
void orgsim_rest_report_instance(orgsim_call *call)
{
    const orgsim *org = call->org;
    const orgsim_setting *report = report_of(call);
    if (!report)
        return;
    for (size_t i = 0; i < org->run_count; i++) {
        const struct orgsim_run *run = &org->runs[i];
        int64_t age = org->now_ms - run->made_ms;
        if (strncmp(run->id, call->args[1], 15) != 0 || age > DAY_MS)
            continue;
        if (age >= 2 * STAGE_MS) {
            run_report(call, report);
            return;
        }
        orgsim_buf_puts(&call->out, "{\"attributes\":");
        write_instance(call, run);
        orgsim_buf_puts(&call->out, "}");
        return;
    }
    orgsim_refuse_with(call, 404, "NOT_FOUND", "The requested resource does not exist");
}
