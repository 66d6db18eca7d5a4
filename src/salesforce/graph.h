/* Composite graphs: groups of creates, each group done whole or not at all. */
#ifndef CRMI_SALESFORCE_GRAPH_H
#define CRMI_SALESFORCE_GRAPH_H

#include "salesforce/sobject.h"

#define CRMI_GRAPH_MAX_NODES 500 /* in one payload */
#define CRMI_GRAPH_MAX       75  /* graphs in one payload */

typedef struct crmi_graph {
    crmi_request *request;
    crmi_jw w;
    crmsync_str version;
    size_t graphs;
    size_t nodes;
} crmi_graph;

void crmi_graph_begin(crmi_graph *g, crmi_request *r, crmsync_str version);
/*
 * Adds one graph: a new parent and new children that point at it through `parent_field`
 * ("AccountId"). Node references are "p" and "c0", "c1", ... CRMSYNC_E_LIMIT when the payload has
 * no room for it: end this one and begin another; the payload stays as it was.
 */
int32_t crmi_graph_add(crmi_graph *g, crmsync_str graph_id, const crmi_write *parent,
                       crmsync_str parent_field, const crmi_write *children, size_t n,
                       const crmi_write_options *options, crmsync_error **err);
int32_t crmi_graph_end(crmi_graph *g, crmsync_error **err);

enum {
    CRMI_GRAPH_DONE = 1,   /* every node was created */
    CRMI_GRAPH_FAILED = 2, /* nothing was done; `culprit` says because of which node */
    CRMI_GRAPH_HALTED = 3, /* nothing was done, by no fault of its own: send it again */
    CRMI_GRAPH_UNKNOWN = 4 /* the answer does not tell */
};

typedef struct crmi_graph_result {
    crmsync_str id;           /* graph id */
    uint32_t outcome;         /* CRMI_GRAPH_* */
    crmi_write_result *nodes; /* parent first, then the children in order */
    size_t node_count;
    size_t culprit; /* index into nodes; node_count when there is none */
} crmi_graph_result;

/*
 * Reads the answer of `n` graphs; node_counts[i] nodes were sent in graph_ids[i]. Results come in
 * that order whatever the order of the answer. CRMSYNC_E_PROTOCOL when graphs or nodes are missing.
 */
int32_t crmi_graph_read(crmi_arena *arena, const crmi_response *response,
                        const crmsync_str *graph_ids, const size_t *node_counts, size_t n,
                        crmi_graph_result *results, crmsync_error **err);

#endif
