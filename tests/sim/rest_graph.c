/* rest_graph.c: composite graphs and trees. */
#include "rest.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_GRAPHS = 75, MOST_NODES = 500, MOST_FAILED = 14, MOST_KINDS = 15, MOST_TREE = 200 };

static const char undone[] = "The transaction was rolled back since another operation in the same "
                             "transaction failed.";
static const char stopped[] = "Processing was stopped after too many graphs failed.";

static const char *reference_of(yyjson_val *part)
{
    const char *name = yyjson_get_str(yyjson_obj_get(part, "referenceId"));
    return name ? name : "";
}

/* Kinds of nodes differ by method and object; a graph has at most 15 of them. */
static bool too_many_kinds(yyjson_val *parts)
{
    size_t i, max, kinds = 0;
    yyjson_val *part;
    yyjson_arr_foreach(parts, i, max, part) {
        const char *url = yyjson_get_str(yyjson_obj_get(part, "url"));
        const char *object = url ? strstr(url, "/sobjects/") : NULL;
        size_t len = object ? strcspn(object + 10, "/?") : 0;
        bool seen = false;
        for (size_t k = 0; k < i && !seen; k++) {
            yyjson_val *other = yyjson_arr_get(parts, k);
            const char *other_url = yyjson_get_str(yyjson_obj_get(other, "url"));
            const char *at = other_url ? strstr(other_url, "/sobjects/") : NULL;
            seen = at && object && strcspn(at + 10, "/?") == len &&
                   memcmp(at + 10, object + 10, len) == 0 &&
                   yyjson_equals(yyjson_obj_get(other, "method"), yyjson_obj_get(part, "method"));
        }
        kinds += !seen;
    }
    return kinds > MOST_KINDS;
}

static void write_graph(orgsim_call *call, yyjson_val *graph, orgsim_call *done, size_t failed_at,
                        bool failed, const char *halted)
{
    size_t i, max;
    yyjson_val *part, *parts = yyjson_obj_get(graph, "compositeRequest");
    orgsim_buf_puts(&call->out, "{\"graphId\":");
    orgsim_buf_jsons(&call->out, yyjson_get_str(yyjson_obj_get(graph, "graphId")));
    orgsim_buf_puts(&call->out, ",\"graphResponse\":{\"compositeResponse\":[");
    yyjson_arr_foreach(parts, i, max, part) {
        orgsim_buf_puts(&call->out, i ? "," : "");
        if (failed && i != failed_at)
            orgsim_write_halted(reference_of(part), halted, &call->out);
        else
            orgsim_write_part(&done[i], reference_of(part), &call->out);
    }
    orgsim_buf_printf(&call->out, "]},\"isSuccessful\":%s}", failed ? "false" : "true");
}

/* One graph, all or nothing; whether it worked. */
static bool run_graph(orgsim_call *call, yyjson_val *graph)
{
    size_t i, max;
    yyjson_val *part, *parts = yyjson_obj_get(graph, "compositeRequest");
    size_t count = yyjson_arr_size(parts), failed_at = count;
    orgsim_results results = {NULL, 0, 0};
    orgsim_call *done = orgsim_alloc(count * sizeof *done);
    size_t mark = orgsim_mark(call->org);
    orgsim_usage before = call->org->usage;
    yyjson_arr_foreach(parts, i, max, part) {
        orgsim_run_part(call, part, &results, &done[i]);
        orgsim_results_add(&results, reference_of(part), &done[i]);
        if (done[i].status >= 400) {
            failed_at = i;
            break;
        }
    }
    bool failed = failed_at < count;
    if (failed) {
        orgsim_rollback(call->org, mark);
        call->org->usage = before;
    }
    write_graph(call, graph, done, failed_at, failed, undone);
    for (size_t k = 0; k < count; k++)
        orgsim_call_clear(&done[k]);
    free(done);
    orgsim_results_clear(&results);
    return !failed;
}

static const char *malformed(yyjson_val *graphs)
{
    size_t i, max, nodes = 0;
    yyjson_val *graph;
    if (!yyjson_is_arr(graphs) || !yyjson_arr_size(graphs))
        return "graphs is missing";
    if (yyjson_arr_size(graphs) > MOST_GRAPHS)
        return "Limit of 75 graphs exceeded";
    yyjson_arr_foreach(graphs, i, max, graph) {
        yyjson_val *parts = yyjson_obj_get(graph, "compositeRequest");
        if (!yyjson_is_str(yyjson_obj_get(graph, "graphId")) || !yyjson_is_arr(parts))
            return "graphId and compositeRequest are required";
        for (size_t k = 0; k < i; k++) {
            if (yyjson_equals(yyjson_obj_get(yyjson_arr_get(graphs, k), "graphId"),
                              yyjson_obj_get(graph, "graphId")))
                return "graphId is not unique";
        }
        if (too_many_kinds(parts))
            return "A graph can have at most 15 different nodes";
        nodes += yyjson_arr_size(parts);
    }
    return nodes > MOST_NODES ? "Limit of 500 nodes exceeded" : NULL;
}

void orgsim_rest_graph(orgsim_call *call)
{
    size_t i, max, failed = 0;
    yyjson_val *graph, *body = orgsim_body(call);
    yyjson_val *graphs = yyjson_obj_get(body, "graphs");
    if (!body)
        return;
    const char *wrong = malformed(graphs);
    if (wrong) {
        orgsim_refuse_with(call, 400, "INVALID_INPUT", "%s", wrong);
        return;
    }
    orgsim_buf_puts(&call->out, "{\"graphs\":[");
    yyjson_arr_foreach(graphs, i, max, graph) {
        orgsim_buf_puts(&call->out, i ? "," : "");
        if (failed >= MOST_FAILED)
            write_graph(call, graph, NULL, SIZE_MAX, true, stopped);
        else
            failed += !run_graph(call, graph);
    }
    orgsim_buf_puts(&call->out, "]}");
    orgsim_answer(call, 200);
}

/* ---- tree: parents with their children in one nested document ---- */

typedef struct tree {
    orgsim_call *call;
    orgsim_buf created, failed;
    size_t count;
} tree;

static const struct { const char *relationship, *object, *field; } branches[] = {
    {"Contacts", "Contact", "AccountId"},
    {"Opportunities", "Opportunity", "AccountId"},
    {"ChildAccounts", "Account", "ParentId"},
    {"Tasks", "Task", NULL},
};

static void grow(tree *t, orgsim_object *object, yyjson_val *records, const char *field,
                 const char *parent);

static yyjson_doc *own_fields(yyjson_val *record, const char *field, const char *parent)
{
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *copy = yyjson_val_mut_copy(doc, record);
    for (size_t i = 0; i < sizeof branches / sizeof *branches; i++)
        yyjson_mut_obj_remove_key(copy, branches[i].relationship);
    if (parent)
        yyjson_mut_obj_add_strcpy(doc, copy, field, parent);
    yyjson_doc *ready = yyjson_mut_val_imut_copy(copy, NULL);
    yyjson_mut_doc_free(doc);
    return ready;
}

static void grow_branches(tree *t, const orgsim_row *row, yyjson_val *record)
{
    for (size_t i = 0; i < sizeof branches / sizeof *branches; i++) {
        yyjson_val *records =
            yyjson_obj_get(yyjson_obj_get(record, branches[i].relationship), "records");
        const char *field = branches[i].field;
        if (!field)
            field = strcmp(row->object->name, "Contact") == 0 ? "WhoId" : "WhatId";
        if (records)
            grow(t, orgsim_object_named(t->call->org, branches[i].object), records, field,
                 row->id);
    }
}

static void grow(tree *t, orgsim_object *object, yyjson_val *records, const char *field,
                 const char *parent)
{
    size_t i, max;
    yyjson_val *record;
    yyjson_arr_foreach(records, i, max, record) {
        orgsim_problem problem;
        orgsim_row *row = NULL;
        const char *name = yyjson_get_str(
            yyjson_obj_get(yyjson_obj_get(record, "attributes"), "referenceId"));
        t->count++;
        yyjson_doc *fields = own_fields(record, field, parent);
        int r = orgsim_create(t->call->org, &t->call->writer, object, yyjson_doc_get_root(fields),
                              &row, &problem);
        yyjson_doc_free(fields);
        orgsim_buf *out = r == 0 ? &t->created : &t->failed;
        orgsim_buf_printf(out, "%s{\"referenceId\":", out->len ? "," : "");
        orgsim_buf_jsons(out, name);
        if (r == 0) {
            orgsim_buf_printf(out, ",\"id\":\"%s\"}", row->id);
            grow_branches(t, row, record);
        } else {
            orgsim_buf_puts(out, ",\"errors\":[");
            orgsim_write_error(t->call, &problem, "statusCode", out);
            orgsim_buf_puts(out, "]}");
        }
    }
}

void orgsim_rest_tree(orgsim_call *call)
{
    orgsim_object *object = orgsim_call_object(call, call->args[0]);
    yyjson_val *body = object ? orgsim_body(call) : NULL;
    if (!body)
        return;
    tree t = {call, {NULL, 0, 0}, {NULL, 0, 0}, 0};
    size_t mark = orgsim_mark(call->org);
    orgsim_usage before = call->org->usage;
    grow(&t, object, yyjson_obj_get(body, "records"), NULL, NULL);
    bool bad = t.failed.len > 0 || t.count > MOST_TREE;
    if (bad) {
        orgsim_rollback(call->org, mark);
        call->org->usage = before;
    }
    if (t.count > MOST_TREE) {
        orgsim_refuse_with(call, 400, "LIMIT_EXCEEDED", "at most 200 records in a tree");
    } else {
        orgsim_buf *results = bad ? &t.failed : &t.created;
        orgsim_buf_printf(&call->out, "{\"hasErrors\":%s,\"results\":[", bad ? "true" : "false");
        orgsim_buf_put(&call->out, results->ptr, results->len);
        orgsim_buf_puts(&call->out, "]}");
        orgsim_answer(call, bad ? 400 : 201);
    }
    orgsim_buf_clear(&t.created);
    orgsim_buf_clear(&t.failed);
}
