/* dispatch.c: from a request to its handler and back to a response. */
#include "bulk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OLDEST = 31, NEWEST = 68, LONGEST = 16384 };

/* Below /services/data/vXX.X/; * is one segment, captured. Literal segments come first. */
static const struct route {
    const char *method, *pattern;
    orgsim_handler handler;
} routes[] = {
    {"GET", "", orgsim_rest_resources},
    {"GET", "limits", orgsim_rest_limits},
    {"GET", "query", orgsim_rest_query},
    {"GET", "queryAll", orgsim_rest_query_all},
    {"GET", "query/*", orgsim_rest_query_more},
    {"GET", "queryAll/*", orgsim_rest_query_more},
    {"GET", "sobjects", orgsim_rest_describe_global},
    {"GET", "sobjects/*/describe", orgsim_rest_describe},
    {"GET", "sobjects/*/updated", orgsim_rest_updated},
    {"GET", "sobjects/*/deleted", orgsim_rest_deleted},
    {"GET", "sobjects/*/listviews", orgsim_rest_listviews},
    {"GET", "sobjects/*/listviews/*", orgsim_rest_listview},
    {"GET", "sobjects/*/listviews/*/describe", orgsim_rest_listview_describe},
    {"GET", "sobjects/*/listviews/*/results", orgsim_rest_listview_results},
    {"GET", "sobjects/*", orgsim_rest_object_info},
    {"POST", "sobjects/*", orgsim_rest_create},
    {"POST", "sobjects/*/Id", orgsim_rest_create},
    {"GET", "sobjects/*/*", orgsim_rest_read},
    {"PATCH", "sobjects/*/*", orgsim_rest_update},
    {"POST", "sobjects/*/*", orgsim_rest_post_row},
    {"DELETE", "sobjects/*/*", orgsim_rest_delete},
    {"GET", "sobjects/*/*/*", orgsim_rest_external_read},
    {"PATCH", "sobjects/*/*/*", orgsim_rest_external_upsert},
    {"DELETE", "sobjects/*/*/*", orgsim_rest_external_delete},
    {"POST", "composite", orgsim_rest_composite},
    {"POST", "composite/batch", orgsim_rest_batch},
    {"POST", "composite/graph", orgsim_rest_graph},
    {"POST", "composite/tree/*", orgsim_rest_tree},
    {"POST", "composite/sobjects", orgsim_rest_collection_create},
    {"PATCH", "composite/sobjects", orgsim_rest_collection_update},
    {"DELETE", "composite/sobjects", orgsim_rest_collection_delete},
    {"GET", "composite/sobjects/*", orgsim_rest_collection_read},
    {"POST", "composite/sobjects/*", orgsim_rest_collection_read},
    {"PATCH", "composite/sobjects/*/*", orgsim_rest_collection_upsert},
    {"POST", "ui-api/records", orgsim_rest_ui_create},
    {"GET", "ui-api/object-info/*/picklist-values/*", orgsim_rest_picklists},
    {"GET", "analytics/reports", orgsim_rest_reports},
    {"GET", "search", orgsim_rest_search},
    {"GET", "parameterizedSearch", orgsim_rest_parameterized_search},
    {"POST", "parameterizedSearch", orgsim_rest_parameterized_search},
    {"GET", "limits/recordCount", orgsim_rest_record_count},
    {"GET", "analytics/reports/*/describe", orgsim_rest_report_describe},
    {"GET", "analytics/reports/*/instances", orgsim_rest_report_instances},
    {"GET", "analytics/reports/*", orgsim_rest_report_run},
    {"POST", "analytics/reports/*", orgsim_rest_report_run},
    {"POST", "analytics/reports/*/instances", orgsim_rest_report_start},
    {"GET", "analytics/reports/*/instances/*", orgsim_rest_report_instance},
    {"DELETE", "analytics/reports/*/instances/*", orgsim_rest_report_instance},
    {"POST", "jobs/ingest", orgsim_rest_ingest_create},
    {"GET", "jobs/ingest", orgsim_rest_ingest_list},
    {"GET", "jobs/ingest/*", orgsim_rest_ingest_job},
    {"PATCH", "jobs/ingest/*", orgsim_rest_ingest_job},
    {"DELETE", "jobs/ingest/*", orgsim_rest_ingest_job},
    {"PUT", "jobs/ingest/*/batches", orgsim_rest_ingest_upload},
    {"GET", "jobs/ingest/*/*", orgsim_rest_ingest_results},
    {"POST", "jobs/query", orgsim_rest_bulk_query_create},
    {"GET", "jobs/query", orgsim_rest_bulk_query_list},
    {"GET", "jobs/query/*", orgsim_rest_bulk_query_job},
    {"PATCH", "jobs/query/*", orgsim_rest_bulk_query_job},
    {"DELETE", "jobs/query/*", orgsim_rest_bulk_query_job},
    {"GET", "jobs/query/*/*", orgsim_rest_bulk_query_results},
};

/* Whether the path (without query) has the form of the pattern; fills the captures. */
static bool matches(const char *pattern, const char *path, size_t len, orgsim_call *call)
{
    size_t at = 0;
    int arg = 0;
    for (int i = 0; i < ORGSIM_ARGS; i++) {
        free(call->args[i]);
        call->args[i] = NULL;
    }
    while (len && path[len - 1] == '/')
        len--;
    while (*pattern) {
        size_t want = strcspn(pattern, "/"), have = 0;
        while (at + have < len && path[at + have] != '/')
            have++;
        if (!have)
            return false;
        if (*pattern == '*')
            call->args[arg++] = orgsim_url_decode(path + at, have, false);
        else if (want != have || strncmp(pattern, path + at, want) != 0)
            return false;
        pattern += want + (pattern[want] == '/');
        at += have + (at + have < len);
    }
    return at == len;
}

static void read_save_options(orgsim_call *call)
{
    const char *rules = orgsim_pairs_get(&call->headers, "Sforce-Duplicate-Rule-Header");
    call->writer.assign = !orgsim_header_is(call, "Sforce-Auto-Assign", "FALSE");
    call->writer.allow_save = rules && strstr(rules, "allowSave=true") != NULL;
}

/* "v60.0" to "60.0"; false after refusing. */
static bool read_version(orgsim_call *call, const char *text, size_t len)
{
    char *end;
    double number = len > 2 && *text == 'v' ? strtod(text + 1, &end) : 0;
    if (number >= OLDEST && number <= NEWEST && len - 1 < sizeof call->version &&
        number == (int)number) {
        snprintf(call->version, sizeof call->version, "%d.0", (int)number);
        return true;
    }
    if (number >= 1 && number < OLDEST)
        orgsim_refuse_with(call, 410, "GONE", "The API version is retired.");
    else
        orgsim_refuse_with(call, 404, "NOT_FOUND", "The requested resource does not exist");
    return false;
}

/* Requests that a switch makes fail. */
static bool told_to_fail(orgsim_call *call)
{
    static const struct { const char *code; int status; } statuses[] = {
        {"REQUEST_LIMIT_EXCEEDED", 403}, {"SERVER_UNAVAILABLE", 503}, {"UNKNOWN_EXCEPTION", 500},
        {"INVALID_SESSION_ID", 401}, {"INSUFFICIENT_ACCESS", 403}, {"NOT_FOUND", 404}};
    orgsim *org = call->org;
    orgsim_buf line = {NULL, 0, 0};
    bool failed = false;
    orgsim_buf_printf(&line, "%s %s", call->method, call->target);
    for (size_t i = 0; i < org->setting_count && !failed; i++) {
        orgsim_setting *setting = &org->settings[i];
        if (strcmp(setting->name, "fail") != 0 || setting->left == 0 ||
            !strstr(line.ptr, setting->key))
            continue;
        setting->left -= setting->left > 0;
        int status = 400;
        for (size_t k = 0; k < sizeof statuses / sizeof *statuses; k++) {
            if (strcmp(statuses[k].code, setting->value) == 0)
                status = statuses[k].status;
        }
        orgsim_refuse_with(call, status, setting->value, "%s, as the test asked", setting->value);
        failed = true;
    }
    orgsim_buf_clear(&line);
    return failed;
}

void orgsim_route(orgsim_call *call)
{
    static const char root[] = "/services/data/";
    const char *path = call->target;
    size_t len = strcspn(path, "?");
    free(call->query);
    call->query = orgsim_copy_text(path[len] ? path + len + 1 : "");
    if (strncmp(path, root, sizeof root - 1) != 0) {
        orgsim_refuse_with(call, 404, "NOT_FOUND", "The requested resource does not exist");
        return;
    }
    path += sizeof root - 1;
    len -= sizeof root - 1;
    size_t version = strcspn(path, "/?");
    if (!read_version(call, path, version) || told_to_fail(call))
        return;
    read_save_options(call);
    path += version + (path[version] == '/');
    len -= version + (len > version);
    bool known = false;
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        if (!matches(routes[i].pattern, path, len, call))
            continue;
        known = true;
        if (strcmp(routes[i].method, call->method) != 0)
            continue;
        routes[i].handler(call);
        return;
    }
    if (known)
        orgsim_refuse_with(call, 405, "METHOD_NOT_ALLOWED", "HTTP Method '%s' not allowed.",
                           call->method);
    else
        orgsim_refuse_with(call, 404, "NOT_FOUND", "The requested resource does not exist");
}

/* ---- the outermost request ---- */

static size_t head_size(const orgsim_request *request)
{
    size_t size = request->target.len;
    for (size_t i = 0; i < request->header_count; i++)
        size += request->headers[i].name.len + request->headers[i].value.len + 4;
    return size;
}

/* Bearer or OAuth; NULL after refusing. */
static orgsim_row *user_of(orgsim_call *call)
{
    const char *header = orgsim_pairs_get(&call->headers, "Authorization");
    const char *text = NULL;
    if (header && orgsim_ieq_n(header, strcspn(header, " "), "Bearer"))
        text = header + 7;
    else if (header && orgsim_ieq_n(header, strcspn(header, " "), "OAuth"))
        text = header + 6;
    bool given = text && strlen(header) > (size_t)(text - header);
    orgsim_token *token = given ? orgsim_token_find(call->org, text) : NULL;
    if (token && !token->dead && orgsim_get_bool(token->user, "IsActive"))
        return token->user;
    orgsim_refuse_with(call, 401, "INVALID_SESSION_ID", "Session expired or invalid");
    orgsim_pairs_add(&call->out_headers, "WWW-Authenticate", "Token");
    return NULL;
}

static void serve_data(orgsim_call *call)
{
    orgsim *org = call->org;
    char usage[200];
    const orgsim_setting *app = orgsim_setting_find(org, "app_usage", NULL);
    call->writer.user = user_of(call);
    if (!call->writer.user)
        return;
    if (orgsim_calls_today(org) >= org->daily_limit) {
        orgsim_refuse_with(call, 403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.");
    } else if (!orgsim_api_enabled(org)) {
        orgsim_refuse_with(call, 403, "API_CURRENTLY_DISABLED", "API is disabled for this User");
    } else {
        orgsim_count_call(org);
        orgsim_route(call);
    }
    snprintf(usage, sizeof usage, "api-usage=%lld/%lld%s%s", (long long)orgsim_calls_today(org),
             (long long)org->daily_limit, app ? "; per-app-api-usage=" : "",
             app ? app->value : "");
    orgsim_pairs_add(&call->out_headers, "Sforce-Limit-Info", usage);
}

static void serve(orgsim_call *call, const orgsim_request *request)
{
    static const char oauth[] = "/services/oauth2/";
    size_t len = strcspn(call->target, "?");
    while (len > 1 && call->target[len - 1] == '/')
        len--;
    if (head_size(request) > LONGEST) {
        orgsim_answer(call, request->target.len > LONGEST ? 414 : 431);
    } else if (strncmp(call->target, oauth, sizeof oauth - 1) == 0 ||
               strncmp(call->target, "/id/", 4) == 0) {
        call->org->usage.token_calls++;
        orgsim_oauth(call, call->target);
    } else if (len == strlen("/services/data") &&
               strncmp(call->target, "/services/data", len) == 0) {
        orgsim_rest_versions(call);
    } else if (strncmp(call->target, "/services/data/", 15) == 0) {
        serve_data(call);
    } else {
        orgsim_refuse_with(call, 404, "NOT_FOUND", "The requested resource does not exist");
    }
}

/* Everything the response shows is held by this. */
typedef struct storage {
    orgsim_pairs pairs;
} storage;

static void fill_response(orgsim_call *call, orgsim_response *response)
{
    char date[40];
    storage *kept = orgsim_alloc(sizeof *kept);
    orgsim_format_http_date(call->org->now_ms, date);
    orgsim_pairs_add(&call->out_headers, "Date", date);
    if (call->out.len && !orgsim_pairs_get(&call->out_headers, "Content-Type"))
        orgsim_pairs_add(&call->out_headers, "Content-Type", "application/json;charset=UTF-8");
    kept->pairs = call->out_headers;
    call->out_headers = (orgsim_pairs){NULL, 0, 0};
    response->status = call->status;
    response->storage = kept;
    response->header_count = kept->pairs.count;
    response->headers = orgsim_alloc(kept->pairs.count * sizeof *response->headers);
    for (size_t i = 0; i < kept->pairs.count; i++) {
        orgsim_pair *pair = &kept->pairs.items[i];
        response->headers[i].name = (crmsync_str){pair->name, strlen(pair->name)};
        response->headers[i].value = (crmsync_str){pair->value, strlen(pair->value)};
    }
    response->body_len = call->out.len;
    response->body = orgsim_buf_take(&call->out);
}

void orgsim_handle(orgsim *org, const orgsim_request *request, orgsim_response *response)
{
    orgsim_call call;
    orgsim_usage before = org->usage;
    memset(&call, 0, sizeof call);
    memset(response, 0, sizeof *response);
    call.org = org;
    call.method = orgsim_copy(request->method.ptr, request->method.len);
    call.target = orgsim_copy(request->target.ptr, request->target.len);
    call.query = orgsim_copy_text("");
    call.body = request->body.len ? request->body.ptr : "";
    call.body_len = request->body.len;
    snprintf(call.version, sizeof call.version, "60.0");
    for (size_t i = 0; i < request->header_count; i++) {
        char *name = orgsim_copy(request->headers[i].name.ptr, request->headers[i].name.len);
        char *value = orgsim_copy(request->headers[i].value.ptr, request->headers[i].value.len);
        orgsim_pairs_add(&call.headers, name, value);
        free(name);
        free(value);
    }
    orgsim_jobs_settle(org);
    serve(&call, request);
    orgsim_journal_clear(org);
    uint64_t written = org->usage.rows_created - before.rows_created + org->usage.rows_updated -
                       before.rows_updated + org->usage.rows_deleted - before.rows_deleted;
    uint64_t read = org->usage.rows_read - before.rows_read;
    fill_response(&call, response);
    response->service_ms = (uint32_t)(80 + 25 * written + read / 20);
    orgsim_call_clear(&call);
}

void orgsim_response_clear(orgsim_response *response)
{
    storage *kept = response->storage;
    if (kept)
        orgsim_pairs_clear(&kept->pairs);
    free(kept);
    free(response->headers);
    free(response->body);
    memset(response, 0, sizeof *response);
}
