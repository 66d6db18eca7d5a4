/*
 * An ordered map of byte strings: a skip list, so that a million keys stay cheap to insert, find,
 * walk both ways and delete. Nodes are made before they are linked: whoever needs several makes all
 * of them first, and linking cannot fail.
 */
#ifndef CRMI_ADAPTERS_MEMORY_ORDERED_H
#define CRMI_ADAPTERS_MEMORY_ORDERED_H

#include "host_alloc.h"

typedef struct crmi_node {
    crmsync_str key;
    crmsync_str value;
    uint64_t stamp;          /* the caller's number */
    void *object;            /* the caller's pointer */
    struct crmi_node *chain; /* the caller's list, while the node is not in a map or leaving it */
    struct crmi_node *prev;
    size_t size;
    uint32_t height;
    struct crmi_node *next[];
} crmi_node;

typedef struct crmi_ordered {
    const crmsync_alloc *alloc;
    crmi_node *head;
    uint64_t random;
    size_t count;
} crmi_ordered;

bool crmi_ordered_init(crmi_ordered *map, const crmsync_alloc *alloc);
void crmi_ordered_clear(crmi_ordered *map); /* frees all nodes, not what `object` points to */

crmi_node *crmi_node_new(crmi_ordered *map, crmsync_str key, crmsync_str value);
void crmi_node_free(crmi_ordered *map, crmi_node *node);

/* Puts a node in. Returns the node of the same key that it replaced, unlinked, or NULL. */
crmi_node *crmi_ordered_link(crmi_ordered *map, crmi_node *node);
void crmi_ordered_unlink(crmi_ordered *map, crmi_node *node);

crmi_node *crmi_ordered_find(const crmi_ordered *map, crmsync_str key);
crmi_node *crmi_ordered_at_or_after(const crmi_ordered *map, crmsync_str key);
crmi_node *crmi_ordered_before(const crmi_ordered *map, crmsync_str key); /* last one below key */
crmi_node *crmi_ordered_next(const crmi_node *node);
crmi_node *crmi_ordered_prev(const crmi_ordered *map, const crmi_node *node);

#endif
