#include "salesforce/graph.h"

#include <stdio.h>

#include "salesforce/answer.h"
#include "salesforce/composite.h"
#include "salesforce/soql.h"

void crmi_graph_begin(crmi_graph *g, crmi_request *r, crmsync_str version)
{
    crmi_request_start(r, "POST", CRMI_REQ_WRITE);
    crmi_request_path(r, version, "/composite/graph");
    crmi_request_json(r);
    *g = (crmi_graph){r, crmi_jw_to(&r->body), version, 0, 0};
    crmi_jw_object(&g->w);
    crmi_jw_member_array(&g->w, "graphs");
}

static bool graph_id_ok(crmsync_str id)
{
    return id.len && id.len < 40 && crmi_soql_name_ok(id) && crmi_str_chr(id, '.') < 0 &&
           id.ptr[0] != '_';
}

/* A person's text must not be taken for a reference to another node. */
static int32_t check_texts(const crmi_write *write, crmsync_error **err)
{
    for (size_t i = 0; i < write->count; i++) {
        const crmi_write_field *f = &write->fields[i];
        if (f->cell.type != CRMSYNC_CELL_TEXT || !crmi_composite_reserved(f->cell.text))
            continue;
        crmi_fail(err, CRMSYNC_E_INVALID,
                  "%.*s.%.*s holds \"@{\", which a graph would take for a reference",
                  CRMI_SPELL(write->object), CRMI_SPELL(f->name));
        crmi_error_set_class(err, CRMSYNC_CLASS_DATA);
        crmi_error_set_remedy(err, CRMI_STR("Send that record by itself, outside of a graph."));
        return CRMSYNC_E_INVALID;
    }
    return crmi_object_check(write->object, err);
}

static void node_headers(crmi_graph *g, const crmi_write_options *options)
{
    crmi_request headers;
    if (!options)
        return;
    crmi_request_init(&headers, g->request->alloc);
    crmi_write_options_apply(&headers, options);
    if (headers.header_count) {
        crmi_jw_member_object(&g->w, "httpHeaders");
        for (size_t i = 0; i < headers.header_count && i < CRMI_REQ_MAX_HEADERS; i++) {
            crmi_jw_key(&g->w, headers.headers[i].name);
            crmi_jw_text(&g->w, crmi_buf_str(&headers.headers[i].value));
        }
        crmi_jw_object_end(&g->w);
    }
    if (crmi_request_check(&headers, NULL))
        g->request->body.oom = true;
    crmi_request_clear(&headers);
}

static int32_t add_node(crmi_graph *g, const char *reference, const crmi_write *write,
                        crmsync_str parent_field, const crmi_write_options *options,
                        crmsync_error **err)
{
    crmi_buf *body = &g->request->body;
    crmi_jw_object(&g->w);
    crmi_jw_member_text(&g->w, "method", CRMI_STR("POST"));
    crmi_jw_key(&g->w, CRMI_STR("url"));
    crmi_jw_raw(&g->w, CRMI_STR("\"/services/data/v"));
    crmi_buf_add(body, g->version); /* version and object hold nothing that JSON would escape */
    crmi_buf_lit(body, "/sobjects/");
    crmi_buf_add(body, write->object);
    crmi_buf_char(body, '"');
    crmi_jw_member_text(&g->w, "referenceId", crmi_str(reference));
    node_headers(g, options);
    crmi_jw_member_object(&g->w, "body");
    int32_t rc = crmi_write_members(&g->w, write, parent_field, err);
    if (parent_field.len) {
        crmi_jw_key(&g->w, parent_field);
        crmi_jw_text(&g->w, CRMI_STR("@{p.id}")); /* lower case: the key of a create's answer */
    }
    crmi_jw_object_end(&g->w);
    crmi_jw_object_end(&g->w);
    return rc;
}

static int32_t check_add(const crmi_graph *g, crmsync_str graph_id, const crmi_write *parent,
                         crmsync_str parent_field, const crmi_write *children, size_t n,
                         crmsync_error **err)
{
    if (g->graphs >= CRMI_GRAPH_MAX || n + 1 > CRMI_GRAPH_MAX_NODES - g->nodes)
        return crmi_fail(err, CRMSYNC_E_LIMIT, "a graph request holds %d graphs and %d records",
                         CRMI_GRAPH_MAX, CRMI_GRAPH_MAX_NODES);
    if (!graph_id_ok(graph_id))
        return crmi_fail(err, CRMSYNC_E_INVALID, "\"%.*s\" is not the id of a graph",
                         CRMI_SPELL(crmi_str_sub(graph_id, 0, 60)));
    if (n && (!crmi_soql_name_ok(parent_field) || crmi_str_chr(parent_field, '.') >= 0))
        return crmi_fail(err, CRMSYNC_E_INVALID, "\"%.*s\" is not the name of a lookup field",
                         CRMI_SPELL(crmi_str_sub(parent_field, 0, 60)));
    int32_t rc = check_texts(parent, err);
    for (size_t i = 0; !rc && i < n; i++)
        rc = check_texts(&children[i], err);
    return rc;
}

int32_t crmi_graph_add(crmi_graph *g, crmsync_str graph_id, const crmi_write *parent,
                       crmsync_str parent_field, const crmi_write *children, size_t n,
                       const crmi_write_options *options, crmsync_error **err)
{
    char reference[32];
    crmi_buf *body = &g->request->body;
    size_t before = body->len;
    crmi_jw w_before = g->w;
    int32_t rc = check_add(g, graph_id, parent, parent_field, children, n, err);
    if (rc)
        return rc;
    crmi_jw_object(&g->w);
    crmi_jw_member_text(&g->w, "graphId", graph_id);
    crmi_jw_member_array(&g->w, "compositeRequest");
    rc = add_node(g, "p", parent, CRMI_STR_EMPTY, options, err);
    for (size_t i = 0; !rc && i < n; i++) {
        snprintf(reference, sizeof reference, "c%zu", i);
        rc = add_node(g, reference, &children[i], parent_field, options, err);
    }
    crmi_jw_array_end(&g->w);
    crmi_jw_object_end(&g->w);
    if (rc) {
        g->w = w_before;
        body->len = before;
        return rc;
    }
    g->graphs++;
    g->nodes += n + 1;
    return CRMSYNC_OK;
}

int32_t crmi_graph_end(crmi_graph *g, crmsync_error **err)
{
    crmi_jw_array_end(&g->w);
    crmi_jw_object_end(&g->w);
    return crmi_request_check(g->request, err);
}

/* "p" is node 0, "c7" node 8; node_count = neither. */
static size_t node_of(crmsync_str reference, size_t node_count)
{
    uint64_t number;
    if (crmi_str_is(reference, "p"))
        return 0;
    if (reference.len < 2 || reference.ptr[0] != 'c' ||
        !crmi_str_to_u64(crmi_str_sub(reference, 1, reference.len), &number) ||
        number + 1 >= node_count)
        return node_count;
    return (size_t)number + 1;
}

static int32_t take_nodes(crmi_arena *arena, const yyjson_val *graph, crmi_graph_result *out,
                          crmsync_error **err)
{
    yyjson_val *v,
        *list = crmi_json_member(crmi_json_member(graph, "graphResponse"), "compositeResponse");
    size_t i, n;
    bool *seen = crmi_arena_array(arena, out->node_count, sizeof *seen);
    out->nodes = crmi_arena_array(arena, out->node_count, sizeof *out->nodes);
    if (!seen || !out->nodes)
        return crmi_fail_nomem(err);
    if (!yyjson_is_arr(list) || yyjson_arr_size(list) != out->node_count)
        return crmi_answer_odd(err, "graph", "/graphs");
    yyjson_arr_foreach(list, i, n, v)
    {
        int64_t status;
        size_t at = node_of(crmi_json_member_text(v, "referenceId"), out->node_count);
        if (at == out->node_count || seen[at] ||
            !crmi_json_member_i64(v, "httpStatusCode", &status) || status < 100 || status > 599)
            return crmi_answer_odd(err, "graph", "/graphs");
        seen[at] = true;
        int32_t rc = crmi_sobject_write_take(arena, (int32_t)status, crmi_json_member(v, "body"),
                                             &out->nodes[at], err);
        if (rc)
            return rc;
    }
    return CRMSYNC_OK;
}

static void judge(crmi_graph_result *out, bool successful)
{
    out->culprit = out->node_count;
    out->outcome = successful ? CRMI_GRAPH_DONE : CRMI_GRAPH_HALTED;
    for (size_t i = 0; i < out->node_count; i++) {
        crmi_write_result *node = &out->nodes[i];
        if (successful && !node->success)
            out->outcome = CRMI_GRAPH_UNKNOWN;
        if (successful)
            continue;
        bool own = node->errors.count && node->errors.rule->retry != CRMI_RETRY_CULPRIT;
        if (own && out->culprit == out->node_count) {
            out->culprit = i;
            out->outcome = CRMI_GRAPH_FAILED;
        }
        node->success = node->created = node->unknown = false; /* all of it was rolled back */
        node->id = CRMI_STR_EMPTY;
    }
}

static int32_t take_graph(crmi_arena *arena, const yyjson_val *graph, crmi_graph_result *out,
                          crmsync_error **err)
{
    yyjson_val *successful = crmi_json_member(graph, "isSuccessful");
    if (!yyjson_is_bool(successful) || crmi_answer_repeats(graph))
        return crmi_answer_odd(err, "graph", "/graphs");
    int32_t rc = take_nodes(arena, graph, out, err);
    if (!rc)
        judge(out, yyjson_get_bool(successful));
    return rc;
}

int32_t crmi_graph_read(crmi_arena *arena, const crmi_response *response,
                        const crmsync_str *graph_ids, const size_t *node_counts, size_t n,
                        crmi_graph_result *results, crmsync_error **err)
{
    yyjson_doc *doc;
    yyjson_val *v;
    size_t i, count;
    memset(results, 0, n * sizeof *results);
    int32_t rc = crmi_answer_json(arena->alloc, response, "graph", &doc, err);
    if (rc)
        return rc;
    yyjson_val *list = crmi_json_member(yyjson_doc_get_root(doc), "graphs");
    if (!yyjson_is_arr(list) || yyjson_arr_size(list) != n)
        rc = crmi_answer_odd(err, "graph", "/graphs");
    yyjson_arr_foreach(list, i, count, v)
    {
        size_t at = 0;
        crmsync_str id = crmi_json_member_text(v, "graphId");
        while (at < n && !crmi_str_eq(graph_ids[at], id))
            at++;
        if (!rc && (at == n || results[at].nodes))
            rc = crmi_answer_odd(err, "graph", "/graphs");
        if (rc)
            break;
        results[at] = (crmi_graph_result){graph_ids[at], 0, NULL, node_counts[at], 0};
        rc = take_graph(arena, v, &results[at], err);
    }
    yyjson_doc_free(doc);
    return rc;
}
