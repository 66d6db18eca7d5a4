/* rest_bulk.c: the jobs of the Bulk API 2.0 and their states. */
#include "bulk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DELAY = 200, UPLOAD_MAX = 100 * 1024 * 1024, DAYS_KEPT = 7, HOURS_OPEN = 24 };

static const char *const state_names[] = {"Open",        "UploadComplete", "InProgress",
                                          "JobComplete", "Failed",         "Aborted"};

static const struct { const char *name; char sign; } delimiters[] = {
    {"COMMA", ','}, {"TAB", '\t'}, {"SEMICOLON", ';'}, {"PIPE", '|'}, {"CARET", '^'},
    {"BACKQUOTE", '`'}};

static bool ended(const orgsim_job *job)
{
    return job->state >= ORGSIM_JOB_COMPLETE;
}

static int64_t stage_ms(const orgsim *org)
{
    const orgsim_setting *delay = orgsim_setting_find(org, "bulk_delay", NULL);
    return delay ? strtoll(delay->value, NULL, 10) : DELAY;
}

static void settle(orgsim *org, orgsim_job *job)
{
    int64_t since = org->now_ms - job->closed, stage = stage_ms(org);
    if (job->state == ORGSIM_JOB_OPEN && org->now_ms - job->created > HOURS_OPEN * 3600000LL)
        job->state = ORGSIM_JOB_ABORTED;
    if (job->state == ORGSIM_JOB_UPLOADED && since >= stage)
        job->state = ORGSIM_JOB_RUNNING;
    if (job->state != ORGSIM_JOB_RUNNING || since < 2 * stage)
        return;
    (job->query ? orgsim_job_select : orgsim_job_ingest)(org, job);
    job->stamp = org->now_ms;
}

void orgsim_jobs_settle(orgsim *org)
{
    for (size_t i = 0; i < org->job_count; i++)
        settle(org, org->jobs[i]);
}

static void job_free(orgsim_job *job)
{
    for (size_t i = 0; i < job->row_count; i++)
        free(job->rows[i].error);
    free(job->rows);
    orgsim_table_clear(&job->table);
    orgsim_soql_free(job->statement);
    orgsim_rows_clear(&job->found);
    free(job->operation);
    free(job->object);
    free(job->external_field);
    free(job->line_ending);
    free(job->delimiter_name);
    free(job->error);
    free(job->csv);
    free(job->soql);
    free(job);
}

void orgsim_jobs_forget(orgsim *org)
{
    while (org->job_count)
        job_free(org->jobs[--org->job_count]);
}

void orgsim_jobs_free(orgsim *org)
{
    orgsim_jobs_forget(org);
    free(org->jobs);
}

static void write_member(orgsim_buf *out, const char *name, const char *value)
{
    if (!value)
        return;
    orgsim_buf_printf(out, ",\"%s\":", name);
    orgsim_buf_jsons(out, value);
}

static void write_counters(const orgsim_job *job, orgsim_buf *out)
{
    orgsim_buf_printf(out, ",\"jobType\":\"%s\",\"numberRecordsProcessed\":%zu,\"retries\":0,"
                           "\"totalProcessingTime\":%d",
                      job->query ? "V2Query" : "V2Ingest", job->processed, ended(job) ? 140 : 0);
    if (!job->query)
        orgsim_buf_printf(out, ",\"numberRecordsFailed\":%zu,\"apiActiveProcessingTime\":%d,"
                               "\"apexProcessingTime\":0",
                          job->failed, ended(job) ? 120 : 0);
}

static void write_job(const orgsim_call *call, const orgsim_job *job, bool counters,
                      orgsim_buf *out)
{
    char created[40], stamp[40];
    orgsim_format_datetime(job->created, created);
    orgsim_format_datetime(job->stamp, stamp);
    orgsim_buf_printf(out, "{\"id\":\"%s\",\"operation\":\"%s\",\"object\":\"%s\","
                           "\"createdById\":\"%s\",\"createdDate\":\"%s\",\"systemModstamp\":\"%s\""
                           ",\"state\":\"%s\",\"concurrencyMode\":\"Parallel\",\"contentType\":"
                           "\"CSV\",\"apiVersion\":%s",
                      job->id, job->operation, job->object, call->org->api_user->id, created,
                      stamp, state_names[job->state], job->version);
    write_member(out, "externalIdFieldName", job->external_field);
    write_member(out, "lineEnding", job->line_ending);
    write_member(out, "columnDelimiter", job->delimiter_name);
    write_member(out, "errorMessage", job->error);
    if (job->state == ORGSIM_JOB_OPEN)
        orgsim_buf_printf(out, ",\"contentUrl\":\"services/data/v%s/jobs/ingest/%s/batches\"",
                          job->version, job->id);
    if (counters)
        write_counters(job, out);
    orgsim_buf_puts(out, "}");
}

static void answer_job(orgsim_call *call, const orgsim_job *job, bool counters)
{
    write_job(call, job, counters, &call->out);
    orgsim_answer(call, 200);
}

/* ---- creating ---- */

static char *member_or(yyjson_val *body, const char *name, const char *otherwise)
{
    const char *text = yyjson_get_str(yyjson_obj_get(body, name));
    return orgsim_copy_text(text ? text : otherwise);
}

static bool one_of(const char *text, const char *list)
{
    size_t len = text ? strlen(text) : 0;
    for (const char *at = list; len && *at;) {
        size_t word = strcspn(at, " ");
        if (word == len && strncmp(at, text, len) == 0)
            return true;
        at += word + (at[word] == ' ');
    }
    return false;
}

/* The options that both kinds of job have; false after refusing. */
static bool read_format(orgsim_call *call, orgsim_job *job, yyjson_val *body)
{
    job->line_ending = member_or(body, "lineEnding", "LF");
    job->delimiter_name = member_or(body, "columnDelimiter", "COMMA");
    for (size_t i = 0; i < sizeof delimiters / sizeof *delimiters; i++) {
        if (strcmp(delimiters[i].name, job->delimiter_name) == 0)
            job->delimiter = delimiters[i].sign;
    }
    char *type = member_or(body, "contentType", "CSV");
    bool good = job->delimiter && one_of(job->line_ending, "LF CRLF") && strcmp(type, "CSV") == 0;
    free(type);
    if (!good)
        orgsim_refuse_with(call, 400, "INVALIDREQUEST", "lineEnding, columnDelimiter or "
                                                        "contentType is not supported");
    return good;
}

static bool read_ingest(orgsim_call *call, orgsim_job *job, yyjson_val *body)
{
    orgsim_object *object = orgsim_object_named(call->org, job->object);
    if (!one_of(job->operation, "insert update upsert delete hardDelete")) {
        orgsim_refuse_with(call, 400, "INVALIDREQUEST", "operation '%s' is not supported",
                           job->operation);
        return false;
    }
    if (!object || object->hidden) {
        orgsim_refuse_with(call, 400, "INVALIDENTITY", "Entity '%s' is not supported by the Bulk "
                                                       "API.", job->object);
        return false;
    }
    free(job->object);
    job->object = orgsim_copy_text(object->name);
    if (strcmp(job->operation, "upsert") != 0)
        return true;
    job->external_field = member_or(body, "externalIdFieldName", NULL);
    const orgsim_field *field =
        job->external_field ? orgsim_field_named(object, job->external_field) : NULL;
    if (field && !field->hidden &&
        (field->source == ORGSIM_FROM_ID ||
         (field->flags & (ORGSIM_F_EXTERNAL | ORGSIM_F_IDLOOKUP))))
        return true;
    orgsim_refuse_with(call, 400, "INVALIDJOB", "Field name not found or not an external id: %s",
                       job->external_field ? job->external_field : "");
    return false;
}

static bool read_query(orgsim_call *call, orgsim_job *job, yyjson_val *body)
{
    orgsim_problem problem;
    job->soql = member_or(body, "query", "");
    if (!one_of(job->operation, "query queryAll")) {
        orgsim_refuse_with(call, 400, "INVALIDREQUEST", "operation '%s' is not supported",
                           job->operation);
        return false;
    }
    orgsim_soql *statement = orgsim_job_statement(call->org, job->soql, &problem);
    if (!statement) {
        orgsim_refuse(call, &problem);
        return false;
    }
    free(job->object);
    job->object = orgsim_copy_text(orgsim_soql_object(statement)->name);
    orgsim_soql_free(statement);
    job->state = ORGSIM_JOB_UPLOADED;
    return true;
}

static void create(orgsim_call *call, bool query)
{
    orgsim *org = call->org;
    crmsync_str csv = {NULL, 0};
    bool whole = !query && orgsim_is_multipart(call);
    yyjson_val *body = whole ? orgsim_multipart(call, &csv) : orgsim_body(call);
    if (!body)
        return;
    orgsim_job *job = orgsim_alloc(sizeof *job);
    job->query = query;
    job->operation = member_or(body, "operation", "");
    job->object = member_or(body, "object", "");
    job->created = job->stamp = job->closed = org->now_ms;
    snprintf(job->version, sizeof job->version, "%s", call->version);
    if (!read_format(call, job, body) || !(query ? read_query : read_ingest)(call, job, body)) {
        job_free(job);
        return;
    }
    if (whole) { /* it starts by itself */
        job->csv = orgsim_copy(csv.ptr, csv.len);
        job->csv_len = csv.len;
        job->uploaded = true;
        job->state = ORGSIM_JOB_UPLOADED;
    }
    orgsim_id_make("750", ++org->next_job, job->id);
    ORGSIM_ROOM(org->jobs, org->job_count, org->job_cap);
    org->jobs[org->job_count++] = job;
    answer_job(call, job, false);
}

void orgsim_rest_ingest_create(orgsim_call *call)
{
    create(call, false);
}

void orgsim_rest_bulk_query_create(orgsim_call *call)
{
    create(call, true);
}

/* ---- one job ---- */

/* The job of the address; NULL after refusing. */
static orgsim_job *job_of(orgsim_call *call, bool query)
{
    orgsim *org = call->org;
    for (size_t i = 0; i < org->job_count; i++) {
        orgsim_job *job = org->jobs[i];
        bool old = org->now_ms - job->stamp > DAYS_KEPT * 86400000LL;
        if (job->query != query || strncmp(job->id, call->args[0], 15) != 0 || old)
            continue;
        if (strcmp(job->version, call->version) == 0)
            return job;
        orgsim_refuse_with(call, 409, "API_ERROR", "The job was created with version %s",
                           job->version);
        return NULL;
    }
    orgsim_refuse_with(call, 404, "NOT_FOUND", "The requested resource does not exist");
    return NULL;
}

static void wrong_state(orgsim_call *call, const orgsim_job *job, const char *what)
{
    orgsim_refuse_with(call, 400, "INVALIDJOBSTATE", "%s is not allowed in state %s", what,
                       state_names[job->state]);
}

static void change_state(orgsim_call *call, orgsim_job *job)
{
    yyjson_val *body = orgsim_body(call);
    const char *state = yyjson_get_str(yyjson_obj_get(body, "state"));
    if (!body)
        return;
    if (orgsim_ieq(state, "Aborted") && !ended(job)) {
        job->state = ORGSIM_JOB_ABORTED;
    } else if (orgsim_ieq(state, "UploadComplete") && job->state == ORGSIM_JOB_OPEN) {
        job->state = ORGSIM_JOB_UPLOADED;
        job->closed = call->org->now_ms;
    } else {
        wrong_state(call, job, state ? state : "nothing");
        return;
    }
    job->stamp = call->org->now_ms;
    answer_job(call, job, false);
}

static void remove_job(orgsim_call *call, orgsim_job *job)
{
    orgsim *org = call->org;
    size_t at = 0;
    if (!ended(job) && job->state != ORGSIM_JOB_UPLOADED) {
        wrong_state(call, job, "Deleting");
        return;
    }
    while (org->jobs[at] != job)
        at++;
    org->jobs[at] = org->jobs[--org->job_count];
    job_free(job);
    orgsim_answer(call, 204);
}

static void one_job(orgsim_call *call, bool query)
{
    orgsim_job *job = job_of(call, query);
    if (!job)
        return;
    if (strcmp(call->method, "GET") == 0)
        answer_job(call, job, true);
    else if (strcmp(call->method, "PATCH") == 0)
        change_state(call, job);
    else
        remove_job(call, job);
}

void orgsim_rest_ingest_job(orgsim_call *call)
{
    one_job(call, false);
}

void orgsim_rest_bulk_query_job(orgsim_call *call)
{
    one_job(call, true);
}

static void list(orgsim_call *call, bool query)
{
    bool first = true;
    orgsim_buf_puts(&call->out, "{\"done\":true,\"nextRecordsUrl\":null,\"records\":[");
    for (size_t i = 0; i < call->org->job_count; i++) {
        if (call->org->jobs[i]->query != query)
            continue;
        orgsim_buf_puts(&call->out, first ? "" : ",");
        write_job(call, call->org->jobs[i], false, &call->out);
        first = false;
    }
    orgsim_buf_puts(&call->out, "]}");
    orgsim_answer(call, 200);
}

void orgsim_rest_ingest_list(orgsim_call *call)
{
    list(call, false);
}

void orgsim_rest_bulk_query_list(orgsim_call *call)
{
    list(call, true);
}

/* ---- data ---- */

void orgsim_rest_ingest_upload(orgsim_call *call)
{
    const char *type = orgsim_pairs_get(&call->headers, "Content-Type");
    orgsim_job *job = job_of(call, false);
    if (!job)
        return;
    if (!type || !orgsim_ieq_n(type, strcspn(type, "; "), "text/csv")) {
        orgsim_refuse_with(call, 415, "UNSUPPORTED_MEDIA_TYPE", "Content type is not text/csv");
    } else if (job->state != ORGSIM_JOB_OPEN || job->uploaded) {
        wrong_state(call, job, "Uploading data twice or late");
    } else if (call->body_len > UPLOAD_MAX) {
        orgsim_refuse_with(call, 400, "LIMIT_EXCEEDED", "The upload is larger than 150 MB");
    } else {
        job->csv = orgsim_copy(call->body, call->body_len);
        job->csv_len = call->body_len;
        job->uploaded = true;
        orgsim_answer(call, 201);
    }
}

void orgsim_rest_ingest_results(orgsim_call *call)
{
    orgsim_job *job = job_of(call, false);
    const char *which = call->args[1];
    if (!job)
        return;
    bool known = orgsim_ieq(which, "successfulResults") || orgsim_ieq(which, "failedResults") ||
                 orgsim_ieq(which, "unprocessedrecords");
    if (!known)
        orgsim_refuse_with(call, 404, "NOT_FOUND", "The requested resource does not exist");
    else if (!ended(job))
        wrong_state(call, job, "Reading results");
    else
        orgsim_job_write_results(call, job, which);
}

void orgsim_rest_bulk_query_results(orgsim_call *call)
{
    orgsim_job *job = job_of(call, true);
    if (!job)
        return;
    if (job->state != ORGSIM_JOB_COMPLETE)
        wrong_state(call, job, "Reading results");
    else if (orgsim_ieq(call->args[1], "results"))
        orgsim_job_write_page(call, job);
    else if (orgsim_ieq(call->args[1], "resultPages"))
        orgsim_job_write_pages(call, job);
    else
        orgsim_refuse_with(call, 404, "NOT_FOUND", "The requested resource does not exist");
}
