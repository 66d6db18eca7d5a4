/* From packed parcels to one request, and from its answer to each parcel's result. */
#include "salesforce/composite.h"
#include "sync/ship.h"

#include <stdio.h>

#define NAME_SIZE 28

crmi_write crmi_parcel_write(const crmi_parcel *p)
{
    return (crmi_write){p->object, p->op == CRMI_WRITE_UPDATE ? p->crm_id : CRMI_STR_EMPTY, p->fields,
                        p->field_count};
}

static crmi_parcel *packed(crmi_ship *ship, size_t i)
{
    return &ship->parcels[ship->packed[i]];
}

/* Assignment rules run for a new Lead only where its owner is left to them. */
crmi_write_options crmi_parcel_options(const crmi_ship *ship, const crmi_parcel *p)
{
    bool assign = (p->decision->flags & CRMI_DECISION_AUTO_ASSIGN) != 0;
    uint32_t duplicates = ship->task.job->ws->config->export.duplicates;
    return (crmi_write_options){.auto_assign = assign ? CRMI_ASSIGN_YES : CRMI_ASSIGN_NO,
                                .allow_save = duplicates == CRMI_DUPLICATES_ALLOW_SAVE};
}

static crmi_write_options options_of(crmi_ship *ship)
{
    return crmi_parcel_options(ship, packed(ship, 0));
}

/* ---- graphs ---- */

/* A note hangs on a record by a link of its own (ContentDocumentLink, object reference). */
static const crmi_write_field *note_target(const crmi_parcel *p)
{
    for (size_t i = 0; i < p->field_count; i++) {
        if (crmi_str_is(p->fields[i].name, "LinkedEntityId"))
            return &p->fields[i];
    }
    return NULL;
}

static int32_t add_note(crmi_ship *ship, crmi_graph *g, crmi_parcel *p, crmsync_error **err)
{
    crmi_write_options options = {.auto_assign = CRMI_ASSIGN_DEFAULT};
    crmi_write note = crmi_parcel_write(p);
    crmi_write_field *fields = crmi_arena_array(&ship->arena, p->field_count + 4, sizeof *fields);
    const crmi_write_field *target = note_target(p);
    if (!fields)
        return crmi_fail_nomem(err);
    if (!target)
        return crmi_fail(err, CRMSYNC_E_INTERNAL, "a note without a record to hang on");
    note.count = 0;
    for (size_t i = 0; i < p->field_count; i++) {
        if (&p->fields[i] != target)
            fields[note.count++] = p->fields[i];
    }
    note.fields = fields;
    crmi_write_field *link = crmi_arena_array(&ship->arena, 3, sizeof *link);
    if (!link)
        return crmi_fail_nomem(err);
    link[0] = *target;
    link[1] = (crmi_write_field){CRMI_STR("ShareType"), crmi_cell_text(CRMI_STR("V"))};
    link[2] = (crmi_write_field){CRMI_STR("Visibility"), crmi_cell_text(CRMI_STR("AllUsers"))};
    crmi_write child = {CRMI_STR("ContentDocumentLink"), CRMI_STR_EMPTY, link, 3};
    return crmi_graph_add(g, p->group, &note, CRMI_STR("ContentDocumentId"), &child, 1, &options, err);
}

static int32_t add_family(crmi_ship *ship, crmi_graph *g, size_t at, size_t *nodes,
                          crmsync_error **err)
{
    crmi_parcel *p = packed(ship, at);
    crmi_write parent = crmi_parcel_write(p);
    crmi_write *children = crmi_arena_array(&ship->arena, ship->packed_count, sizeof *children);
    crmsync_str field = CRMI_STR_EMPTY;
    size_t n = 0;
    if (!children)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < ship->packed_count; i++) {
        crmi_parcel *child = packed(ship, i);
        if (child->parent != ship->packed[at] || child->state != CRMI_PARCEL_PACKED)
            continue;
        field = child->parent_field;
        children[n++] = crmi_parcel_write(child);
    }
    *nodes = n + 1;
    crmi_write_options options = options_of(ship);
    return crmi_graph_add(g, p->group, &parent, field, children, n, &options, err);
}

static int32_t build_graphs(crmi_ship *ship, crmsync_error **err)
{
    crmi_graph g;
    crmsync_workspace *ws = ship->task.job->ws;
    size_t count = 0;
    int32_t rc = CRMSYNC_OK;
    crmi_graph_begin(&g, crmi_task_request(&ship->task), crmi_workspace_api_version(ws));
    for (size_t i = 0; !rc && i < ship->packed_count; i++) {
        crmi_parcel *p = packed(ship, i);
        if (p->state != CRMI_PARCEL_PACKED || p->parent != CRMI_NO_PARCEL)
            continue;
        size_t nodes = 2;
        rc = crmi_str_is(p->object, "ContentNote") ? add_note(ship, &g, p, err)
                                                   : add_family(ship, &g, i, &nodes, err);
        ship->graph_ids[count] = p->group;
        ship->graph_nodes[count++] = nodes;
    }
    ship->graph_count = count;
    return rc ? rc : crmi_graph_end(&g, err);
}

static int32_t read_graphs(crmi_ship *ship, const crmi_response *response, crmsync_error **err)
{
    crmi_graph_result *results =
        crmi_arena_array(&ship->arena, ship->graph_count + 1, sizeof *results);
    if (!results)
        return crmi_fail_nomem(err);
    int32_t rc = crmi_graph_read(&ship->arena, response, ship->graph_ids, ship->graph_nodes,
                                 ship->graph_count, results, err);
    if (rc)
        return rc;
    for (size_t g = 0; g < ship->graph_count; g++) {
        const crmi_graph_result *r = &results[g];
        size_t node = 0;
        for (size_t i = 0; i < ship->packed_count; i++) {
            crmi_parcel *p = packed(ship, i);
            if (p->state != CRMI_PARCEL_PACKED || !crmi_str_eq(p->group, r->id))
                continue;
            /* the parent was packed first, its children in order: as the nodes come */
            size_t at = p->parent == CRMI_NO_PARCEL ? 0 : ++node;
            if (r->outcome == CRMI_GRAPH_UNKNOWN || at >= r->node_count) {
                p->state = CRMI_PARCEL_UNKNOWN;
                continue;
            }
            p->result = r->nodes[at];
            p->crm_id = p->result.id;
            p->state = r->outcome == CRMI_GRAPH_DONE ? CRMI_PARCEL_DONE : CRMI_PARCEL_FAILED;
        }
    }
    return CRMSYNC_OK;
}

/* ---- collections, alone or several in a composite ---- */

/* Collects the writes of part `part`; parked ones have left it. */
static size_t part_writes(crmi_ship *ship, size_t part, crmi_write *writes, size_t *which)
{
    size_t first = 0, n = 0;
    for (size_t i = 0; i < part; i++)
        first += ship->part_sizes[i];
    for (size_t i = first; i < first + ship->part_sizes[part]; i++) {
        if (packed(ship, i)->state != CRMI_PARCEL_PACKED)
            continue;
        which[n] = i;
        writes[n++] = crmi_parcel_write(packed(ship, i));
    }
    return n;
}

static int32_t build_part(crmi_ship *ship, size_t part, crmi_request *r, bool *empty,
                          crmsync_error **err)
{
    crmsync_str version = crmi_workspace_api_version(ship->task.job->ws);
    size_t which[CRMI_COLLECTION_MAX];
    uint32_t order[CRMI_COLLECTION_MAX];
    crmi_write *writes = crmi_arena_array(&ship->arena, CRMI_COLLECTION_MAX, sizeof *writes);
    if (!writes)
        return crmi_fail_nomem(err);
    size_t n = part_writes(ship, part, writes, which);
    *empty = n == 0;
    if (n == 0)
        return CRMSYNC_OK;
    crmi_write_options options = options_of(ship);
    const crmi_parcel *first = packed(ship, which[0]);
    crmi_collections_order(writes, n, order);
    return crmi_collections_request(r, version, first->op, first->key_field, writes, n, order,
                                    false, &options, err);
}

static void part_name(char out[NAME_SIZE], size_t part)
{
    snprintf(out, NAME_SIZE, "part%zu", part);
}

static int32_t build_collections(crmi_ship *ship, crmsync_error **err)
{
    crmi_request *r = crmi_task_request(&ship->task);
    crmsync_workspace *ws = ship->task.job->ws;
    bool empty = false;
    if (ship->part_count == 1)
        return build_part(ship, 0, r, &empty, err);
    crmi_composite c;
    crmi_request part;
    char name[NAME_SIZE];
    int32_t rc = CRMSYNC_OK;
    crmi_composite_begin(&c, r, crmi_workspace_api_version(ws), false);
    crmi_request_init(&part, crmi_workspace_alloc(ws));
    for (size_t i = 0; !rc && i < ship->part_count; i++) {
        rc = build_part(ship, i, &part, &empty, err);
        part_name(name, i);
        if (!rc && !empty)
            rc = crmi_composite_add(&c, crmi_str(name), &part, err);
    }
    crmi_request_clear(&part);
    return rc ? rc : crmi_composite_end(&c, err);
}

void crmi_parcel_take(crmi_parcel *p, const crmi_write_result *result)
{
    p->result = *result;
    if (result->unknown) {
        p->state = CRMI_PARCEL_UNKNOWN;
    } else if (result->success) {
        p->state = CRMI_PARCEL_DONE;
        if (result->id.len)
            p->crm_id = result->id;
    } else {
        p->state = CRMI_PARCEL_FAILED;
    }
}

static void take_results(crmi_ship *ship, const size_t *which, size_t n,
                         const crmi_write_result *results)
{
    for (size_t k = 0; k < n; k++)
        crmi_parcel_take(packed(ship, which[k]), &results[k]);
}

static int32_t read_part(crmi_ship *ship, size_t part, const crmi_response *response,
                         const crmi_composite_part *sub, crmsync_error **err)
{
    size_t which[CRMI_COLLECTION_MAX];
    uint32_t order[CRMI_COLLECTION_MAX];
    crmi_write *writes = crmi_arena_array(&ship->arena, CRMI_COLLECTION_MAX, sizeof *writes);
    crmi_write_result *results =
        crmi_arena_array(&ship->arena, CRMI_COLLECTION_MAX, sizeof *results);
    if (!writes || !results)
        return crmi_fail_nomem(err);
    size_t n = part_writes(ship, part, writes, which);
    if (n == 0)
        return CRMSYNC_OK;
    int32_t rc;
    crmi_collections_order(writes, n, order);
    if (!sub)
        rc = crmi_collections_read(&ship->arena, response, n, order, results, err);
    else if (sub->status == 200)
        rc = crmi_collections_take(&ship->arena, sub->body, n, order, results, err);
    else
        rc = CRMSYNC_E_SALESFORCE; /* this part was refused whole */
    if (rc == CRMSYNC_OK) {
        take_results(ship, which, n, results);
        return CRMSYNC_OK;
    }
    if (rc != CRMSYNC_E_SALESFORCE || !sub)
        return rc;
    crmi_sf_errors errors;
    rc = crmi_sf_error_take(&ship->arena, sub->status, sub->body, &errors, err);
    for (size_t k = 0; !rc && k < n; k++) {
        crmi_parcel *p = packed(ship, which[k]);
        p->result.errors = errors;
        p->state = errors.applied == CRMI_APPLIED_MAYBE ? CRMI_PARCEL_UNKNOWN : CRMI_PARCEL_FAILED;
    }
    return rc;
}

static int32_t read_collections(crmi_ship *ship, const crmi_response *response, crmsync_error **err)
{
    if (ship->part_count == 1)
        return read_part(ship, 0, response, NULL, err);
    crmi_composite_answer answer;
    char name[NAME_SIZE];
    size_t sent = 0;
    for (size_t i = 0; i < ship->part_count; i++) {
        size_t which[CRMI_COLLECTION_MAX];
        crmi_write *writes = crmi_arena_array(&ship->arena, CRMI_COLLECTION_MAX, sizeof *writes);
        if (!writes)
            return crmi_fail_nomem(err);
        sent += part_writes(ship, i, writes, which) > 0;
    }
    int32_t rc = crmi_composite_read(crmi_workspace_alloc(ship->task.job->ws), response, sent, &answer,
                                     err);
    for (size_t i = 0; !rc && i < ship->part_count; i++) {
        part_name(name, i);
        const crmi_composite_part *sub = crmi_composite_find(&answer, crmi_str(name));
        if (sub)
            rc = read_part(ship, i, response, sub, err);
    }
    /* what was read may point into the answer: its texts move to the arena with the results */
    crmi_composite_answer_clear(&answer);
    return rc;
}

/* By CRMI_WAY_*; a bulk job has states of its own. */
static const struct {
    int32_t (*build)(crmi_ship *ship, crmsync_error **err);
    int32_t (*read)(crmi_ship *ship, const crmi_response *response, crmsync_error **err);
} ways[] = {
    [CRMI_WAY_COLLECTIONS] = {build_collections, read_collections},
    [CRMI_WAY_GRAPHS] = {build_graphs, read_graphs},
    [CRMI_WAY_SINGLES] = {crmi_ship_build_singles, crmi_ship_read_singles},
    [CRMI_WAY_IDEMPOTENT] = {crmi_ship_build_idempotent, crmi_ship_read_idempotent},
};

int32_t crmi_ship_build(crmi_ship *ship, crmsync_error **err)
{
    int32_t rc = ways[ship->way].build(ship, err);
    if (!rc)
        crmi_task_request(&ship->task)->flags |= CRMI_REQ_WRITE;
    return rc;
}

int32_t crmi_ship_read(crmi_ship *ship, const crmi_response *response, crmsync_error **err)
{
    return ways[ship->way].read(ship, response, err);
}
