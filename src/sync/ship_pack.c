/* Choosing what goes into the next request. */
#include "sync/ship.h"

#include <stdio.h>

static void pack(crmi_ship *ship, size_t i)
{
    ship->parcels[i].state = CRMI_PARCEL_PACKED;
    ship->parcels[i].intent = ship->packed_count;
    ship->packed[ship->packed_count++] = i;
}

/* A note that is made: with its link to a record. Later it is edited like any other record. */
static bool note(const crmi_parcel *p)
{
    return crmi_str_is(p->object, "ContentNote") && p->op == CRMI_WRITE_CREATE;
}

static bool literal_family(const crmi_ship *ship, size_t parent)
{
    bool literal = ship->parcels[parent].literal && !note(&ship->parcels[parent]);
    for (size_t i = 0; i < ship->count; i++)
        literal = literal || (ship->parcels[i].parent == parent && ship->parcels[i].literal);
    return literal;
}

/* Made together with its parent. A record that is there already waits for the parent's id: in a
 * graph it would be made once more. */
static bool born_with(const crmi_parcel *p, size_t parent)
{
    return p->parent == parent && p->state == CRMI_PARCEL_PENDING && p->op == CRMI_WRITE_CREATE;
}

static size_t pending_children(const crmi_ship *ship, size_t parent)
{
    size_t n = 0;
    for (size_t i = 0; i < ship->count; i++)
        n += born_with(&ship->parcels[i], parent);
    return n;
}

/* Graphs: a parent with all of its children, or a note with its link to a record. */
static int32_t pack_graphs(crmi_ship *ship, crmsync_error **err)
{
    size_t nodes = 0;
    ship->graph_count = 0;
    for (size_t i = 0; i < ship->count && ship->graph_count < CRMI_GRAPH_MAX; i++) {
        crmi_parcel *p = &ship->parcels[i];
        size_t children = p->state == CRMI_PARCEL_PENDING ? pending_children(ship, i) : 0;
        if (p->state != CRMI_PARCEL_PENDING || p->op != CRMI_WRITE_CREATE ||
            !(note(p) || (ship->graphs && children && !literal_family(ship, i))))
            continue;
        size_t need = note(p) ? 2 : 1 + children;
        if (need > CRMI_GRAPH_MAX_NODES)
            continue; /* too large for one graph: goes in two steps */
        if (nodes + need > CRMI_GRAPH_MAX_NODES)
            break;
        char id[24];
        int n = snprintf(id, sizeof id, "g%zu", ship->graph_count);
        if (!crmi_arena_str(&ship->arena, (crmsync_str){id, (size_t)n}, &p->group))
            return crmi_fail_nomem(err);
        nodes += need;
        ship->graph_ids[ship->graph_count] = p->group;
        ship->graph_nodes[ship->graph_count++] = need;
        pack(ship, i);
        for (size_t k = 0; k < ship->count; k++) {
            if (!born_with(&ship->parcels[k], i))
                continue;
            ship->parcels[k].group = p->group;
            pack(ship, k);
        }
    }
    return CRMSYNC_OK;
}

/* Gives a child its parent's id once that is known. false = not ready. */
static bool parent_ready(crmi_ship *ship, crmi_parcel *p)
{
    if (p->parent == CRMI_NO_PARCEL)
        return true;
    const crmi_parcel *parent = &ship->parcels[p->parent];
    if (parent->state != CRMI_PARCEL_DONE)
        return false;
    p->fields[p->field_count++] = (crmi_write_field){p->parent_field, crmi_cell_id(parent->crm_id)};
    p->parent = CRMI_NO_PARCEL;
    return true;
}

/* Assignment rules are asked for by a header, which holds for a whole request. */
static bool same_assignment(const crmi_ship *ship, const crmi_parcel *p)
{
    if (!ship->packed_count)
        return true;
    const crmi_parcel *first = &ship->parcels[ship->packed[0]];
    return (first->decision->flags & CRMI_DECISION_AUTO_ASSIGN) ==
           (p->decision->flags & CRMI_DECISION_AUTO_ASSIGN);
}

static void pack_collections(crmi_ship *ship)
{
    size_t capacity = crmi_ship_capacity(ship);
    static const uint32_t ops[] = {CRMI_WRITE_CREATE, CRMI_WRITE_UPDATE};
    ship->graph_count = 0;
    ship->part_count = 0;
    size_t room = capacity < CRMI_COLLECTION_MAX ? 1 : capacity / CRMI_COLLECTION_MAX;
    for (size_t i = 0; i < ship->count; i++) {
        if (ship->parcels[i].literal && ship->parcels[i].state == CRMI_PARCEL_PENDING)
            room = 1; /* a collection by itself has no references */
    }
    for (size_t o = 0; o < 2; o++) {
        size_t in_part = 0;
        for (size_t i = 0; i < ship->count; i++) {
            crmi_parcel *p = &ship->parcels[i];
            if (p->state != CRMI_PARCEL_PENDING || p->op != ops[o] || note(p))
                continue;
            if (!same_assignment(ship, p) || !parent_ready(ship, p))
                continue;
            if (in_part == 0) {
                if (ship->part_count == room)
                    return;
                ship->part_sizes[ship->part_count++] = 0;
            }
            p->group = CRMI_STR_EMPTY;
            pack(ship, i);
            ship->part_sizes[ship->part_count - 1]++;
            in_part++;
            if (ship->packed_count == capacity)
                return;
            if (in_part == CRMI_COLLECTION_MAX)
                in_part = 0;
        }
    }
}

int32_t crmi_ship_pack(crmi_ship *ship, crmsync_error **err)
{
    ship->packed_count = 0;
    int32_t rc = pack_graphs(ship, err);
    if (!rc && !ship->packed_count)
        pack_collections(ship);
    return rc;
}
