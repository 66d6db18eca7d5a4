/* rest_refs.c: parts of composite requests and their references @{ref.id}. */
#include "rest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void orgsim_results_add(orgsim_results *results, const char *name, const orgsim_call *call)
{
    ORGSIM_ROOM(results->items, results->count, results->cap);
    results->items[results->count].name = orgsim_copy_text(name);
    results->items[results->count].failed = call->status >= 400;
    results->items[results->count++].body =
        call->out.len ? yyjson_read(call->out.ptr, call->out.len, 0) : NULL;
}

void orgsim_results_clear(orgsim_results *results)
{
    for (size_t i = 0; i < results->count; i++) {
        free(results->items[i].name);
        yyjson_doc_free(results->items[i].body);
    }
    free(results->items);
    *results = (orgsim_results){NULL, 0, 0};
}

/* Follows records[0].Id; case counts. */
static yyjson_val *walk(yyjson_val *value, const char *path, size_t len)
{
    size_t at = 0;
    while (at < len && value) {
        if (path[at] == '[') {
            value = yyjson_arr_get(value, (size_t)strtoull(path + at + 1, NULL, 10));
            while (at < len && path[at] != ']')
                at++;
            at++;
        } else {
            at += path[at] == '.';
            size_t start = at;
            while (at < len && path[at] != '.' && path[at] != '[')
                at++;
            value = yyjson_obj_getn(value, path + start, at - start);
        }
    }
    return value;
}

static int put_reference(const orgsim_results *results, const char *path, size_t len,
                         orgsim_buf *out, orgsim_problem *problem)
{
    size_t name = 0;
    while (name < len && path[name] != '.' && path[name] != '[')
        name++;
    for (size_t i = 0; i < results->count; i++) {
        if (strlen(results->items[i].name) != name ||
            memcmp(results->items[i].name, path, name) != 0 || results->items[i].failed)
            continue;
        yyjson_val *value =
            walk(yyjson_doc_get_root(results->items[i].body), path + name, len - name);
        if (yyjson_is_str(value)) {
            orgsim_buf_puts(out, yyjson_get_str(value));
            return 0;
        }
        if (yyjson_is_num(value)) {
            orgsim_buf_number(out, yyjson_get_num(value), 1);
            return 0;
        }
    }
    return orgsim_problem_set(problem, 400, "PROCESSING_HALTED", NULL,
                              "Invalid reference specified. No value for %.*s found in %.*s",
                              (int)len, path, (int)name, path);
}

char *orgsim_resolve_text(const orgsim_results *results, const char *text,
                          orgsim_problem *problem)
{
    orgsim_buf out = {NULL, 0, 0};
    const char *at = text;
    orgsim_buf_put(&out, "", 0);
    for (const char *mark = strstr(at, "@{"); mark; mark = strstr(at, "@{")) {
        const char *end = strchr(mark, '}');
        if (!end)
            break;
        orgsim_buf_put(&out, at, (size_t)(mark - at));
        if (put_reference(results, mark + 2, (size_t)(end - mark - 2), &out, problem) != 0) {
            orgsim_buf_clear(&out);
            return NULL;
        }
        at = end + 1;
    }
    orgsim_buf_puts(&out, at);
    return orgsim_buf_take(&out);
}

static int resolve_value(const orgsim_results *results, yyjson_mut_doc *doc,
                         yyjson_mut_val *value, orgsim_problem *problem)
{
    if (yyjson_mut_is_str(value) && strstr(yyjson_mut_get_str(value), "@{")) {
        char *text = orgsim_resolve_text(results, yyjson_mut_get_str(value), problem);
        if (!text)
            return -1;
        yyjson_mut_val *copy = yyjson_mut_strcpy(doc, text);
        yyjson_mut_set_str(value, yyjson_mut_get_str(copy));
        free(text);
        return 0;
    }
    if (yyjson_mut_is_obj(value)) {
        yyjson_mut_obj_iter iter = yyjson_mut_obj_iter_with(value);
        for (yyjson_mut_val *key = yyjson_mut_obj_iter_next(&iter); key;
             key = yyjson_mut_obj_iter_next(&iter)) {
            if (resolve_value(results, doc, yyjson_mut_obj_iter_get_val(key), problem) != 0)
                return -1;
        }
    }
    if (yyjson_mut_is_arr(value)) {
        yyjson_mut_arr_iter iter = yyjson_mut_arr_iter_with(value);
        for (yyjson_mut_val *item = yyjson_mut_arr_iter_next(&iter); item;
             item = yyjson_mut_arr_iter_next(&iter)) {
            if (resolve_value(results, doc, item, problem) != 0)
                return -1;
        }
    }
    return 0;
}

char *orgsim_resolve_json(const orgsim_results *results, yyjson_val *json,
                          orgsim_problem *problem)
{
    char *text = NULL;
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *copy = yyjson_val_mut_copy(doc, json);
    yyjson_mut_doc_set_root(doc, copy);
    if (resolve_value(results, doc, copy, problem) == 0)
        text = yyjson_mut_write(doc, 0, NULL);
    yyjson_mut_doc_free(doc);
    return text;
}

static void take_headers(orgsim_call *call, yyjson_val *headers)
{
    yyjson_obj_iter iter = yyjson_obj_iter_with(headers);
    for (yyjson_val *key = yyjson_obj_iter_next(&iter); key; key = yyjson_obj_iter_next(&iter)) {
        yyjson_val *value = yyjson_obj_iter_get_val(key);
        orgsim_pairs_add(&call->headers, yyjson_get_str(key),
                         yyjson_is_str(value) ? yyjson_get_str(value) : "");
    }
}

void orgsim_run_part(orgsim_call *outer, yyjson_val *part, const orgsim_results *results,
                     orgsim_call *call)
{
    orgsim_problem problem;
    const char *method = yyjson_get_str(yyjson_obj_get(part, "method"));
    const char *url = yyjson_get_str(yyjson_obj_get(part, "url"));
    yyjson_val *body = yyjson_obj_get(part, "body");
    memset(call, 0, sizeof *call);
    call->org = outer->org;
    call->nested = true;
    call->method = orgsim_copy_text(method ? method : "");
    call->writer = outer->writer;
    memcpy(call->version, outer->version, sizeof call->version);
    /* Only what the part itself says; the outer headers are not inherited. */
    take_headers(call, yyjson_obj_get(part, "httpHeaders"));
    call->target = orgsim_resolve_text(results, url ? url : "", &problem);
    char *text = call->target && body ? orgsim_resolve_json(results, body, &problem) : NULL;
    if (!call->target || (body && !text)) {
        if (!call->target)
            call->target = orgsim_copy_text("");
        call->query = orgsim_copy_text("");
        orgsim_refuse(call, &problem);
        return;
    }
    call->body = text ? text : "";
    call->body_len = strlen(call->body);
    orgsim_route(call);
    /* The document keeps its own copy of the text. */
    free(text);
    call->body = "";
    call->body_len = 0;
}

void orgsim_write_part(const orgsim_call *call, const char *reference, orgsim_buf *out)
{
    orgsim_buf_printf(out, "{\"body\":%s", call->out.len ? "" : "null");
    orgsim_buf_put(out, call->out.ptr, call->out.len);
    orgsim_buf_puts(out, ",\"httpHeaders\":{");
    const char *location = orgsim_pairs_get(&call->out_headers, "Location");
    if (location)
        orgsim_buf_printf(out, "\"Location\":\"%s\"", location);
    orgsim_buf_printf(out, "},\"httpStatusCode\":%d,\"referenceId\":", call->status);
    orgsim_buf_jsons(out, reference);
    orgsim_buf_puts(out, "}");
}

void orgsim_write_halted(const char *reference, const char *message, orgsim_buf *out)
{
    orgsim_buf_puts(out, "{\"body\":[{\"errorCode\":\"PROCESSING_HALTED\",\"message\":");
    orgsim_buf_jsons(out, message);
    orgsim_buf_puts(out, "}],\"httpHeaders\":{},\"httpStatusCode\":400,\"referenceId\":");
    orgsim_buf_jsons(out, reference);
    orgsim_buf_puts(out, "}");
}
