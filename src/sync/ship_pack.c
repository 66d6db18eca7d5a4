/* Choosing what goes into the next request. */
#include "salesforce/composite.h"
#include "sync/ship_bulk.h"

#include <stdio.h>

static void pack(crmi_ship *ship, size_t i)
{
    ship->parcels[i].state = CRMI_PARCEL_PACKED;
    ship->parcels[i].intent = ship->packed_count;
    ship->packed[ship->packed_count++] = i;
}

bool crmi_parcel_is_note(const crmi_parcel *p)
{
    return crmi_str_is(p->object, "ContentNote") && p->op == CRMI_WRITE_CREATE;
}

static bool literal_family(const crmi_ship *ship, size_t parent)
{
    bool literal = ship->parcels[parent].literal && !crmi_parcel_is_note(&ship->parcels[parent]);
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
            !(crmi_parcel_is_note(p) || (ship->graphs && children && !literal_family(ship, i))))
            continue;
        size_t need = crmi_parcel_is_note(p) ? 2 : 1 + children;
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

/* In the same request its parent is upserted before it: the child names it by external id. */
static bool parent_named(crmi_ship *ship, crmi_parcel *p, crmsync_error **err, int32_t *rc)
{
    const crmi_parcel *parent = &ship->parcels[p->parent];
    crmsync_str field = p->parent_field;
    crmi_buf name;
    if (parent->state != CRMI_PARCEL_PACKED || parent->op != CRMI_WRITE_UPSERT ||
        ship->way != CRMI_WAY_COLLECTIONS || !crmi_str_ends(field, "Id"))
        return false;
    crmi_buf_init(&name, ship->arena.alloc);
    crmi_buf_add(&name, crmi_str_sub(field, 0, field.len - 2));
    crmi_buf_char(&name, '.');
    crmi_buf_add(&name, parent->key_field);
    crmi_write_field *to = &p->fields[p->field_count];
    if (!crmi_buf_ok(&name) || !crmi_arena_str(&ship->arena, crmi_buf_str(&name), &to->name))
        *rc = crmi_fail_nomem(err);
    crmi_buf_clear(&name);
    for (size_t i = 0; i < parent->field_count; i++) {
        if (crmi_str_eq(parent->fields[i].name, parent->key_field))
            to->cell = parent->fields[i].cell;
    }
    p->field_count++;
    p->related = p->parent;
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

/* A create that may go by the UI API, which takes a key and answers a repeat with the same record. */
static bool idempotent(const crmi_ship *ship, const crmi_parcel *p)
{
    const crmsync_config *config = ship->task.job->ws->config;
    bool one = config->limits.packing == CRMI_PACKING_ONE ||
               (p->decision->flags & CRMI_DECISION_MANUAL) != 0;
    return config->export.create_api == CRMI_CREATE_UI_IDEMPOTENT && !ship->no_keys && one &&
           p->op == CRMI_WRITE_CREATE && !p->alone &&
           !(p->decision->flags & CRMI_DECISION_AUTO_ASSIGN) &&
           (crmi_str_is(p->decision->kind, "person") || crmi_str_is(p->decision->kind, "company"));
}

static void pack_idempotent(crmi_ship *ship)
{
    for (size_t k = 0; k < ship->count && !ship->packed_count; k++) {
        size_t i = ship->order[k];
        crmi_parcel *p = &ship->parcels[i];
        if (p->state == CRMI_PARCEL_PENDING && idempotent(ship, p) && parent_ready(ship, p)) {
            p->group = CRMI_STR_EMPTY;
            pack(ship, i);
        }
    }
}

/* What a collection cannot carry: a precondition, or the question which record is the duplicate. */
static bool single(const crmi_ship *ship, const crmi_parcel *p)
{
    const crmsync_config *config = ship->task.job->ws->config;
    bool strict = config->export.strict && p->op == CRMI_WRITE_UPDATE && p->decision->crm_stamp;
    return config->limits.packing == CRMI_PACKING_ONE || p->alone || strict;
}

static void pack_singles(crmi_ship *ship)
{
    bool one = ship->task.job->ws->config->limits.packing == CRMI_PACKING_ONE;
    size_t room = one ? 1 : CRMI_COMPOSITE_MAX;
    for (size_t k = 0; k < ship->count && ship->packed_count < room; k++) {
        size_t i = ship->order[k];
        crmi_parcel *p = &ship->parcels[i];
        if (p->state != CRMI_PARCEL_PENDING || crmi_parcel_is_note(p) || !single(ship, p) ||
            (p->literal && ship->packed_count) || !parent_ready(ship, p))
            continue;
        p->group = CRMI_STR_EMPTY;
        pack(ship, i);
        if (p->literal) /* no composite */
            room = 1;
    }
}

/* ---- collections ---- */

/* Could they stand in one collection? */
static bool same_part(const crmi_parcel *a, const crmi_parcel *b)
{
    return a->op == b->op &&
           (a->op != CRMI_WRITE_UPSERT ||
            (crmi_str_eq(a->object, b->object) && crmi_str_eq(a->key_field, b->key_field)));
}

/* How much the request under way may still grow. */
typedef struct room {
    size_t rows, parts;
    bool alone; /* some text could be taken for a reference: no composite */
    bool full;
} room;

static bool has_room(crmi_ship *ship, room *r, const crmi_parcel *p, size_t in_part)
{
    size_t rows = crmi_ship_capacity(ship, p);
    r->rows = rows < r->rows ? rows : r->rows;
    r->parts = r->alone || r->rows < CRMI_COLLECTION_MAX ? 1 : r->rows / CRMI_COLLECTION_MAX;
    bool fresh = in_part == 0 || in_part == CRMI_COLLECTION_MAX;
    if (ship->packed_count >= r->rows || (fresh && ship->part_count == r->parts))
        r->full = true;
    return !r->full;
}

/* All that fits of the kind of the parcel at `from`, in one or several collections. */
static int32_t pack_parts(crmi_ship *ship, size_t from, room *r, crmsync_error **err)
{
    const crmi_parcel *first = &ship->parcels[ship->order[from]];
    size_t in_part = 0;
    int32_t rc = CRMSYNC_OK;
    for (size_t k = from; !rc && k < ship->count; k++) {
        size_t i = ship->order[k];
        crmi_parcel *p = &ship->parcels[i];
        if (p->state != CRMI_PARCEL_PENDING || crmi_parcel_is_note(p) || !same_part(first, p) ||
            !same_assignment(ship, p))
            continue;
        bool waits = p->parent != CRMI_NO_PARCEL &&
                     ship->parcels[p->parent].state != CRMI_PARCEL_DONE;
        if (waits && ship->parcels[p->parent].state != CRMI_PARCEL_PACKED)
            continue;
        if (!has_room(ship, r, p, in_part))
            break;
        if (!parent_ready(ship, p) && !parent_named(ship, p, err, &rc))
            continue;
        if (in_part % CRMI_COLLECTION_MAX == 0) {
            ship->part_sizes[ship->part_count++] = 0;
            in_part = 0;
        }
        p->group = CRMI_STR_EMPTY;
        pack(ship, i);
        ship->part_sizes[ship->part_count - 1]++;
        in_part++;
    }
    return rc;
}

static int32_t pack_collections(crmi_ship *ship, crmsync_error **err)
{
    const crmi_parcel *tried[CRMI_SHIP_PACES];
    room r = {.rows = SIZE_MAX};
    size_t n = 0;
    int32_t rc = CRMSYNC_OK;
    for (size_t i = 0; i < ship->count; i++)
        r.alone = r.alone ||
                  (ship->parcels[i].literal && ship->parcels[i].state == CRMI_PARCEL_PENDING);
    for (size_t k = 0; !rc && k < ship->count && !r.full && n < CRMI_SHIP_PACES; k++) {
        const crmi_parcel *p = &ship->parcels[ship->order[k]];
        bool again = p->state != CRMI_PARCEL_PENDING || crmi_parcel_is_note(p);
        for (size_t t = 0; t < n; t++)
            again = again || same_part(tried[t], p);
        if (again)
            continue;
        tried[n++] = p;
        rc = pack_parts(ship, k, &r, err);
    }
    return rc;
}

/* ---- bulk ---- */

/* The first kind of write of which there are enough. */
static int32_t pack_bulk(crmi_ship *ship, crmsync_error **err)
{
    const crmi_parcel *tried[CRMI_SHIP_PACES];
    size_t n = 0;
    if (!crmi_ship_bulk_from(ship) || ship->count < crmi_ship_bulk_from(ship))
        return CRMSYNC_OK;
    size_t *which = crmi_arena_array(&ship->arena, ship->count, sizeof *which);
    if (!which)
        return crmi_fail_nomem(err);
    for (size_t k = 0; k < ship->count && n < CRMI_SHIP_PACES && !ship->packed_count; k++) {
        const crmi_parcel *p = &ship->parcels[ship->order[k]];
        bool again = p->state != CRMI_PARCEL_PENDING;
        for (size_t t = 0; t < n; t++)
            again = again || (same_part(tried[t], p) && crmi_str_eq(tried[t]->object, p->object));
        if (again)
            continue;
        tried[n++] = p;
        size_t count = crmi_ship_bulk_like(ship, p, which);
        for (size_t i = 0; i < count; i++) {
            parent_ready(ship, &ship->parcels[which[i]]);
            ship->parcels[which[i]].group = CRMI_STR_EMPTY;
            pack(ship, which[i]);
        }
    }
    return CRMSYNC_OK;
}

int32_t crmi_ship_pack(crmi_ship *ship, crmsync_error **err)
{
    ship->packed_count = 0;
    ship->graph_count = 0;
    ship->part_count = 0;
    ship->way = CRMI_WAY_BULK;
    int32_t rc = pack_bulk(ship, err);
    if (rc || ship->packed_count)
        return rc;
    ship->way = CRMI_WAY_GRAPHS;
    rc = pack_graphs(ship, err);
    if (!rc && !ship->packed_count) {
        ship->way = CRMI_WAY_IDEMPOTENT;
        pack_idempotent(ship);
    }
    if (!rc && !ship->packed_count) {
        ship->way = CRMI_WAY_SINGLES;
        pack_singles(ship);
    }
    if (!rc && !ship->packed_count) {
        ship->way = CRMI_WAY_COLLECTIONS;
        rc = pack_collections(ship, err);
    }
    return rc;
}
