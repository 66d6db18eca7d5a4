/* rest_composite.c: composite and batch. */
#include "rest.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PARTS = 25, MOST_QUERIES = 5 };

static const char undone[] = "The transaction was rolled back since another operation in the same "
                             "transaction failed.";

static bool reference_valid(const char *name)
{
    if (!name || !isalpha((unsigned char)*name))
        return false;
    for (; *name; name++) {
        if (!isalnum((unsigned char)*name) && *name != '_')
            return false;
    }
    return true;
}

static bool is_heavy(const char *url)
{
    return strstr(url, "/query?") || strstr(url, "/queryAll?") || strstr(url, "/query/") ||
           strstr(url, "/composite/sobjects");
}

/* What makes the whole request malformed; NULL = nothing. */
static const char *malformed(yyjson_val *parts)
{
    size_t i, max, heavy = 0;
    yyjson_val *part;
    if (!yyjson_is_arr(parts) || !yyjson_arr_size(parts))
        return "compositeRequest is missing";
    if (yyjson_arr_size(parts) > MOST_PARTS)
        return "Limit of 25 subrequests exceeded";
    yyjson_arr_foreach(parts, i, max, part) {
        const char *url = yyjson_get_str(yyjson_obj_get(part, "url"));
        const char *name = yyjson_get_str(yyjson_obj_get(part, "referenceId"));
        if (!url || !yyjson_is_str(yyjson_obj_get(part, "method")))
            return "method and url are required";
        if (!reference_valid(name))
            return "referenceId is missing or malformed";
        for (size_t k = 0; k < i; k++) {
            const char *other = yyjson_get_str(
                yyjson_obj_get(yyjson_arr_get(parts, k), "referenceId"));
            if (strcmp(other, name) == 0)
                return "referenceId is not unique";
        }
        heavy += is_heavy(url);
    }
    return heavy > MOST_QUERIES
               ? "Only 5 subrequests can be query or sObject Collections operations" : NULL;
}

/* Collections answer 200 even when rows failed; within allOrNone that is a failure as well. */
static bool part_failed(const orgsim_call *call)
{
    if (call->status >= 400)
        return true;
    return strstr(call->target, "/composite/sobjects") && call->out.len &&
           strstr(call->out.ptr, "\"success\":false") != NULL;
}

static void write_all(orgsim_call *call, yyjson_val *parts, orgsim_call *done, size_t failed_at,
                      bool undo)
{
    size_t i, max;
    yyjson_val *part;
    orgsim_buf_puts(&call->out, "{\"compositeResponse\":[");
    yyjson_arr_foreach(parts, i, max, part) {
        const char *name = yyjson_get_str(yyjson_obj_get(part, "referenceId"));
        orgsim_buf_puts(&call->out, i ? "," : "");
        if (undo && i != failed_at)
            orgsim_write_halted(name, undone, &call->out);
        else
            orgsim_write_part(&done[i], name, &call->out);
    }
    orgsim_buf_puts(&call->out, "]}");
    orgsim_answer(call, 200);
}

static void run_parts(orgsim_call *call, yyjson_val *parts, bool all_or_none)
{
    size_t i, max, count = yyjson_arr_size(parts), failed_at = count;
    yyjson_val *part;
    orgsim_results results = {NULL, 0, 0};
    orgsim_call *done = orgsim_alloc(count * sizeof *done);
    size_t mark = orgsim_mark(call->org);
    orgsim_usage before = call->org->usage;
    yyjson_arr_foreach(parts, i, max, part) {
        orgsim_run_part(call, part, &results, &done[i]);
        orgsim_results_add(&results, yyjson_get_str(yyjson_obj_get(part, "referenceId")),
                           &done[i]);
        if (all_or_none && part_failed(&done[i])) {
            failed_at = i;
            break;
        }
    }
    bool undo = failed_at < count;
    if (undo) {
        orgsim_rollback(call->org, mark);
        before.rows_read = call->org->usage.rows_read;
        call->org->usage = before;
    }
    write_all(call, parts, done, failed_at, undo);
    for (size_t k = 0; k < count; k++)
        orgsim_call_clear(&done[k]);
    free(done);
    orgsim_results_clear(&results);
}

void orgsim_rest_composite(orgsim_call *call)
{
    yyjson_val *body = orgsim_body(call);
    if (!body)
        return;
    yyjson_val *parts = yyjson_obj_get(body, "compositeRequest");
    const char *wrong = malformed(parts);
    if (call->nested || wrong)
        orgsim_refuse_with(call, 400, "INVALID_INPUT", "%s",
                           wrong ? wrong : "composite may not be nested");
    else
        run_parts(call, parts, yyjson_get_bool(yyjson_obj_get(body, "allOrNone")));
}

static void write_batch_part(const orgsim_call *part, orgsim_buf *out)
{
    orgsim_buf_printf(out, "{\"statusCode\":%d,\"result\":%s", part->status,
                      part->out.len ? "" : "null");
    orgsim_buf_put(out, part->out.ptr, part->out.len);
    orgsim_buf_puts(out, "}");
}

/* "url" is relative to /services/data/ and the body is "richInput". */
static void run_batch_part(orgsim_call *call, yyjson_val *request, orgsim_call *part)
{
    orgsim_results none = {NULL, 0, 0};
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *copy = yyjson_mut_obj(doc);
    orgsim_buf url = {NULL, 0, 0};
    const char *given = yyjson_get_str(yyjson_obj_get(request, "url"));
    bool whole = given && strncmp(given, "/services/data/", 15) == 0; /* taken as well */
    orgsim_buf_printf(&url, "%s%s", whole ? "" : "/services/data/", given ? given : "");
    yyjson_mut_obj_add_val(doc, copy, "method",
                           yyjson_val_mut_copy(doc, yyjson_obj_get(request, "method")));
    yyjson_mut_obj_add_str(doc, copy, "url", url.ptr);
    if (yyjson_obj_get(request, "richInput"))
        yyjson_mut_obj_add_val(doc, copy, "body",
                               yyjson_val_mut_copy(doc, yyjson_obj_get(request, "richInput")));
    yyjson_doc *ready = yyjson_mut_val_imut_copy(copy, NULL);
    orgsim_run_part(call, yyjson_doc_get_root(ready), &none, part);
    yyjson_doc_free(ready);
    yyjson_mut_doc_free(doc);
    orgsim_buf_clear(&url);
}

void orgsim_rest_batch(orgsim_call *call)
{
    size_t i, max;
    yyjson_val *request, *body = orgsim_body(call);
    yyjson_val *requests = yyjson_obj_get(body, "batchRequests");
    if (!body)
        return;
    if (!yyjson_is_arr(requests) || yyjson_arr_size(requests) > MOST_PARTS) {
        orgsim_refuse_with(call, 400, "INVALID_INPUT", "batchRequests: a list of at most 25");
        return;
    }
    bool halt = yyjson_get_bool(yyjson_obj_get(body, "haltOnError"));
    bool failed = false;
    orgsim_buf out = {NULL, 0, 0};
    orgsim_buf_put(&out, "", 0);
    yyjson_arr_foreach(requests, i, max, request) {
        orgsim_buf_puts(&out, i ? "," : "");
        if (failed && halt) {
            orgsim_buf_puts(&out, "{\"statusCode\":412,\"result\":[{\"errorCode\":"
                                  "\"BATCH_PROCESSING_HALTED\",\"message\":\"Batch processing "
                                  "halted per request\"}]}");
            continue;
        }
        orgsim_call part;
        run_batch_part(call, request, &part);
        write_batch_part(&part, &out);
        failed = failed || part.status >= 400;
        orgsim_call_clear(&part);
    }
    orgsim_buf_printf(&call->out, "{\"hasErrors\":%s,\"results\":[", failed ? "true" : "false");
    orgsim_buf_put(&call->out, out.ptr, out.len);
    orgsim_buf_puts(&call->out, "]}");
    orgsim_buf_clear(&out);
    orgsim_answer(call, 200);
}
