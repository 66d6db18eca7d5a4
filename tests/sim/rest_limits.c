/* rest_limits.c: versions, resources, limits, and the UI API's create. */
#include "rest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OLDEST = 31, NEWEST = 68, FIRST_YEAR_VERSION = 32 }; /* 32.0 was Winter '15 */

void orgsim_rest_versions(orgsim_call *call)
{
    static const char *const seasons[] = {"Winter", "Spring", "Summer"};
    orgsim_buf_puts(&call->out, "[");
    for (int version = OLDEST; version <= NEWEST; version++) {
        int since = version - FIRST_YEAR_VERSION + 3; /* 31.0 was Summer '14 */
        orgsim_buf_printf(&call->out,
                          "%s{\"label\":\"%s '%d\",\"url\":\"/services/data/v%d.0\",\"version\":"
                          "\"%d.0\"}",
                          version > OLDEST ? "," : "", seasons[since % 3], 14 + since / 3, version,
                          version);
    }
    orgsim_buf_puts(&call->out, "]");
    orgsim_answer(call, 200);
}

void orgsim_rest_resources(orgsim_call *call)
{
    static const char *const names[] = {"sobjects", "query", "queryAll", "search",
                                        "parameterizedSearch", "composite", "limits", "jobs",
                                        "analytics", "ui-api"};
    orgsim_buf_puts(&call->out, "{");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        orgsim_buf_printf(&call->out, "\"%s\":\"/services/data/v%s/%s\",", names[i],
                          call->version, names[i]);
    orgsim_buf_printf(&call->out, "\"identity\":\"%s/id/%s/%s\"}", call->org->instance_url,
                      call->org->org_id, call->writer.user->id);
    orgsim_answer(call, 200);
}

void orgsim_rest_limits(orgsim_call *call)
{
    static const struct { const char *name; long max; } others[] = {
        {"ConcurrentAsyncGetReportInstances", 200}, {"ConcurrentSyncReportRuns", 20},
        {"DailyAsyncApexExecutions", 250000}, {"DailyBulkApiBatches", 15000},
        {"DailyBulkV2QueryFileStorageMB", 976562}, {"DailyBulkV2QueryJobs", 10000},
        {"DataStorageMB", 1024}, {"FileStorageMB", 1024}, {"HourlyAsyncReportRuns", 1200},
        {"HourlySyncReportRuns", 500}, {"StreamingApiConcurrentClients", 20}};
    orgsim *org = call->org;
    int64_t left = org->daily_limit - orgsim_calls_today(org);
    orgsim_buf_printf(&call->out,
                      "{\"DailyApiRequests\":{\"Max\":%lld,\"Remaining\":%lld,"
                      "\"sample-connected-app\":{\"Max\":0,\"Remaining\":0}}",
                      (long long)org->daily_limit, (long long)(left > 0 ? left : 0));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        orgsim_buf_printf(&call->out, ",\"%s\":{\"Max\":%ld,\"Remaining\":%ld}", others[i].name,
                          others[i].max, others[i].max);
    orgsim_buf_puts(&call->out, "}");
    orgsim_answer(call, 200);
}

/* limits/recordCount?sObjects=Account,Lead; without names, of all objects that have rows. */
void orgsim_rest_record_count(orgsim_call *call)
{
    const orgsim *org = call->org;
    char *names = orgsim_parameter(call, "sObjects");
    bool first = true;
    orgsim_buf_puts(&call->out, "{\"sObjects\":[");
    for (size_t i = 0; i < org->object_count; i++) {
        const orgsim_object *object = &org->objects[i];
        bool asked = !names && object->row_count;
        for (const char *at = names; at && *at && !asked;) {
            size_t len = strcspn(at, ",");
            asked = orgsim_ieq_n(at, len, object->name);
            at += len + (at[len] == ',');
        }
        if (!asked || object->hidden)
            continue;
        orgsim_buf_printf(&call->out, "%s{\"count\":%zu,\"name\":\"%s\"}", first ? "" : ",",
                          object->row_count, object->name);
        first = false;
    }
    orgsim_buf_puts(&call->out, "]}");
    free(names);
    orgsim_answer(call, 200);
}

static const char *known_answer(const orgsim *org, const char *key)
{
    for (size_t i = 0; key && i < org->key_count; i++) {
        if (strcmp(org->keys[i].key, key) == 0)
            return org->keys[i].body;
    }
    return NULL;
}

static void remember_answer(orgsim *org, const char *key, const orgsim_buf *body)
{
    if (!key)
        return;
    ORGSIM_ROOM(org->keys, org->key_count, org->key_cap);
    org->keys[org->key_count].key = orgsim_copy_text(key);
    org->keys[org->key_count++].body = orgsim_copy(body->ptr, body->len);
}

/* POST /ui-api/records {"apiName":"Lead","fields":{..}}; the same Idempotency-Key again gets the
 * first answer and makes no second row. */
void orgsim_rest_ui_create(orgsim_call *call)
{
    orgsim_problem problem;
    orgsim_row *row;
    yyjson_val *body = orgsim_body(call);
    const char *key = orgsim_pairs_get(&call->headers, "Idempotency-Key");
    const char *name = yyjson_get_str(yyjson_obj_get(body, "apiName"));
    yyjson_val *fields = yyjson_obj_get(body, "fields");
    if (!body)
        return;
    if (key && orgsim_setting_find(call->org, "no_idempotency", NULL)) {
        orgsim_refuse_with(call, 400, "ILLEGAL_QUERY_PARAMETER_VALUE", "Idempotency not supported");
        return;
    }
    const char *before = known_answer(call->org, key);
    if (before) {
        orgsim_buf_puts(&call->out, before);
        orgsim_answer(call, 201);
        return;
    }
    orgsim_object *object = name ? orgsim_object_named(call->org, name) : NULL;
    if (!object || !yyjson_is_obj(fields)) {
        orgsim_refuse_with(call, 400, "INVALID_TYPE", "apiName and fields are required");
        return;
    }
    if (orgsim_create(call->org, &call->writer, object, fields, &row, &problem) != 0) {
        orgsim_refuse(call, &problem);
        return;
    }
    orgsim_buf_printf(&call->out, "{\"apiName\":\"%s\",\"id\":\"%s\",\"fields\":{}}",
                      object->name, row->id);
    remember_answer(call->org, key, &call->out);
    orgsim_answer(call, 201);
}
