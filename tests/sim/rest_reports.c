/* rest_reports.c: reports, as switches made them. */
#include "csv.h"
#include "rest.h"

#include <stdlib.h>
#include <string.h>

enum { REPORT_ROWS = 2000, STAGE_MS = 200, DAY_MS = 86400000 };

static const orgsim_setting *report_of(orgsim_call *call)
{
    return orgsim_thing_of(call, "report", "00O", NULL, call->args[0]);
}

static void write_links(orgsim_call *call, const char *id)
{
    static const struct { const char *name, *below; } links[] = {
        {"url", ""}, {"describeUrl", "/describe"}, {"instancesUrl", "/instances"}};
    for (size_t i = 0; i < 3; i++)
        orgsim_buf_printf(&call->out, ",\"%s\":\"/services/data/v%s/analytics/reports/%s%s\"",
                          links[i].name, call->version, id, links[i].below);
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
        orgsim_stable_id("00O", s->key, id);
        orgsim_buf_printf(&call->out, "%s{\"id\":\"%s\",\"name\":\"%s\"", count++ ? "," : "", id,
                          s->key);
        write_links(call, id);
        orgsim_buf_puts(&call->out, "}");
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
    orgsim_stable_id("00O", report->key, id);
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

/* ---- filters of a request, beside those of the report ---- */

static void add_filter(yyjson_val *filter, orgsim_buf *where)
{
    static const struct { const char *name, *before, *after; } operators[] = {
        {"equals", " = ", ""},       {"notEqual", " != ", ""},     {"lessThan", " < ", ""},
        {"greaterThan", " > ", ""},  {"lessOrEqual", " <= ", ""},  {"greaterOrEqual", " >= ", ""},
        {"contains", " LIKE ", "%"}, {"startsWith", " LIKE ", "%"}};
    const char *column = yyjson_get_str(yyjson_obj_get(filter, "column"));
    const char *name = yyjson_get_str(yyjson_obj_get(filter, "operator"));
    const char *value = yyjson_get_str(yyjson_obj_get(filter, "value"));
    for (size_t i = 0; column && value && i < sizeof operators / sizeof *operators; i++) {
        if (!orgsim_ieq(operators[i].name, name))
            continue;
        orgsim_buf_printf(where, "%s%s%s'%s", where->len ? " AND " : "", column,
                          operators[i].before, strcmp(operators[i].name, "contains") ? "" : "%");
        for (const char *c = value; *c; c++)
            orgsim_buf_printf(where, "%s%c", strchr("'\\", *c) ? "\\" : "", *c);
        orgsim_buf_printf(where, "%s'", operators[i].after);
    }
}

/* A SOQL condition of {"reportMetadata":{"reportFilters":[...]}}, to be freed; NULL = none. */
static char *filters_of(orgsim_call *call)
{
    size_t i, max;
    yyjson_val *filter;
    orgsim_buf where = {NULL, 0, 0};
    if (!call->body_len || strcmp(call->method, "POST") != 0)
        return NULL;
    yyjson_val *list = yyjson_ptr_get(orgsim_body(call), "/reportMetadata/reportFilters");
    yyjson_arr_foreach(list, i, max, filter) {
        add_filter(filter, &where);
    }
    return where.len ? orgsim_buf_take(&where) : NULL;
}

static void run_report(orgsim_call *call, const orgsim_setting *report, const char *where)
{
    orgsim_problem problem;
    orgsim_rows rows = {NULL, 0, 0};
    size_t kept = 0;
    orgsim_soql *soql = orgsim_soql_new(call->org, report->value, false, &problem);
    if (!soql) {
        orgsim_refuse(call, &problem);
        return;
    }
    orgsim_soql_run(call->org, soql, false, &rows, &problem);
    for (size_t i = 0; i < rows.count; i++) {
        if (!where || orgsim_soql_row_matches(call->org, rows.items[i], where))
            rows.items[kept++] = rows.items[i];
    }
    rows.count = kept;
    write_result(call, report, soql, &rows);
    orgsim_rows_clear(&rows);
    orgsim_soql_free(soql);
}

void orgsim_rest_report_run(orgsim_call *call)
{
    const orgsim_setting *report = report_of(call);
    if (!report)
        return;
    char *where = filters_of(call);
    if (!call->status)
        run_report(call, report, where);
    free(where);
}

void orgsim_rest_report_describe(orgsim_call *call)
{
    char id[19];
    orgsim_problem problem;
    orgsim_table names;
    orgsim_buf line = {NULL, 0, 0}, *out = &call->out;
    const orgsim_setting *report = report_of(call);
    orgsim_soql *soql =
        report ? orgsim_soql_new(call->org, report->value, false, &problem) : NULL;
    if (report && !soql)
        orgsim_refuse(call, &problem);
    if (!soql)
        return;
    orgsim_stable_id("00O", report->key, id);
    orgsim_soql_write_csv(call->org, soql, NULL, ',', &line);
    orgsim_table_read(&names, line.ptr, line.len, ',');
    const orgsim_record *columns = &names.records[0];
    orgsim_buf_puts(out, "{");
    write_metadata(report, id, columns, out);
    orgsim_buf_puts(out, ",\"reportExtendedMetadata\":{\"detailColumnInfo\":{");
    for (size_t i = 0; i < columns->count; i++) {
        const orgsim_field *field =
            orgsim_field_named(orgsim_soql_object(soql), columns->values[i]);
        orgsim_buf_printf(out, "%s\"%s\":{\"dataType\":\"%s\",\"label\":\"%s\"}", i ? "," : "",
                          columns->values[i], field ? orgsim_type_name(field->type) : "string",
                          field ? field->label : columns->values[i]);
    }
    orgsim_buf_puts(out, "},\"aggregateColumnInfo\":{},\"groupingColumnInfo\":{}},"
                         "\"reportTypeMetadata\":{\"categories\":[]}}");
    orgsim_table_clear(&names);
    orgsim_buf_clear(&line);
    orgsim_soql_free(soql);
    orgsim_answer(call, 200);
}

/* ---- in the background ---- */

static void write_instance(orgsim_call *call, const struct orgsim_run *run)
{
    int64_t age = call->org->now_ms - run->made_ms;
    char asked[40];
    orgsim_format_datetime(run->made_ms, asked);
    orgsim_buf_printf(&call->out, "{\"id\":\"%s\",\"status\":\"%s\",\"url\":\"/services/data/v%s/"
                      "analytics/reports/%s/instances/%s\",\"hasDetailRows\":true,"
                      "\"ownerId\":\"%s\",\"requestDate\":\"%s\",\"completionDate\":null}", run->id,
                      age < STAGE_MS ? "New" : age < 2 * STAGE_MS ? "Running" : "Success",
                      call->version, run->report, run->id, call->writer.user->id, asked);
}

void orgsim_rest_report_start(orgsim_call *call)
{
    orgsim *org = call->org;
    const orgsim_setting *report = report_of(call);
    char *where = report ? filters_of(call) : NULL;
    if (!report || call->status)
        return;
    ORGSIM_ROOM(org->runs, org->run_count, org->run_cap);
    struct orgsim_run *run = &org->runs[org->run_count++];
    orgsim_id_make("0LG", org->run_count, run->id);
    orgsim_stable_id("00O", report->key, run->report);
    run->where = where;
    run->made_ms = org->now_ms;
    write_instance(call, run);
    orgsim_answer(call, 200);
}

/* Whether it is of the report in the address, and its results are kept: for a day. */
static bool kept(const orgsim_call *call, const struct orgsim_run *run)
{
    return strncmp(run->report, call->args[0], 15) == 0 &&
           call->org->now_ms - run->made_ms <= DAY_MS;
}

void orgsim_rest_report_instances(orgsim_call *call)
{
    bool first = true;
    if (!report_of(call))
        return;
    orgsim_buf_puts(&call->out, "[");
    for (size_t i = 0; i < call->org->run_count; i++) {
        if (!kept(call, &call->org->runs[i]))
            continue;
        orgsim_buf_puts(&call->out, first ? "" : ",");
        write_instance(call, &call->org->runs[i]);
        first = false;
    }
    orgsim_buf_puts(&call->out, "]");
    orgsim_answer(call, 200);
}

/* While it runs, only its head is shown. */
void orgsim_rest_report_instance(orgsim_call *call)
{
    orgsim *org = call->org;
    const orgsim_setting *report = report_of(call);
    struct orgsim_run *run = NULL;
    if (!report)
        return;
    for (size_t i = 0; i < org->run_count; i++) {
        if (strncmp(org->runs[i].id, call->args[1], 15) == 0 && kept(call, &org->runs[i]))
            run = &org->runs[i];
    }
    if (!run) {
        orgsim_refuse_with(call, 404, "NOT_FOUND", "The requested resource does not exist");
    } else if (strcmp(call->method, "DELETE") == 0) {
        run->report[0] = '\0';
        orgsim_answer(call, 204);
    } else if (org->now_ms - run->made_ms >= 2 * STAGE_MS) {
        run_report(call, report, run->where);
    } else {
        orgsim_buf_puts(&call->out, "{\"attributes\":");
        write_instance(call, run);
        orgsim_buf_puts(&call->out, "}");
        orgsim_answer(call, 200);
    }
}
