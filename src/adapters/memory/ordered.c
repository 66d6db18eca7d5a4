#include "ordered.h"

#include <string.h>

enum { MAX_HEIGHT = 16 }; /* with one in four going up, good for 4^16 keys */

static crmi_node *node_of_height(const crmsync_alloc *a, uint32_t height, size_t payload)
{
    size_t links = sizeof(crmi_node) + height * sizeof(crmi_node *);
    crmi_node *node = payload > SIZE_MAX - links ? NULL : crmi_host_new(a, links + payload);
    if (node) {
        node->height = height;
        node->size = links + payload;
    }
    return node;
}

bool crmi_ordered_init(crmi_ordered *map, const crmsync_alloc *alloc)
{
    *map = (crmi_ordered){alloc, NULL, UINT64_C(0x9e3779b97f4a7c15), 0};
    map->head = node_of_height(alloc, MAX_HEIGHT, 0);
    return map->head != NULL;
}

void crmi_ordered_clear(crmi_ordered *map)
{
    crmi_node *node = map->head;
    while (node) {
        crmi_node *next = node->next[0];
        crmi_host_free(map->alloc, node, node->size);
        node = next;
    }
    map->head = NULL;
    map->count = 0;
}

/* Heights need only be spread evenly, so the same sequence each time is an advantage. */
static uint32_t pick_height(crmi_ordered *map)
{
    uint32_t height = 1;
    uint64_t bits;

    map->random ^= map->random << 13;
    map->random ^= map->random >> 7;
    map->random ^= map->random << 17;
    for (bits = map->random >> 20; (bits & 3) == 0 && height < MAX_HEIGHT; bits >>= 2)
        height++;
    return height;
}

crmi_node *crmi_node_new(crmi_ordered *map, crmsync_str key, crmsync_str value)
{
    crmi_node *node;
    char *bytes;

    if (value.len > SIZE_MAX / 2 || key.len > SIZE_MAX / 4)
        return NULL;
    node = node_of_height(map->alloc, pick_height(map), key.len + value.len);
    if (!node)
        return NULL;
    bytes = (char *)&node->next[node->height];
    if (key.len > 0)
        memcpy(bytes, key.ptr, key.len);
    if (value.len > 0)
        memcpy(bytes + key.len, value.ptr, value.len);
    node->key = (crmsync_str){bytes, key.len};
    node->value = (crmsync_str){bytes + key.len, value.len};
    return node;
}

void crmi_node_free(crmi_ordered *map, crmi_node *node)
{
    if (node)
        crmi_host_free(map->alloc, node, node->size);
}

/* Finds the last node below `key` on each level; the head stands for none. */
static crmi_node *descend(const crmi_ordered *map, crmsync_str key, crmi_node **path)
{
    crmi_node *node = map->head;
    for (size_t level = MAX_HEIGHT; level-- > 0;) {
        while (node->next[level] && crmi_host_cmp(node->next[level]->key, key) < 0)
            node = node->next[level];
        if (path)
            path[level] = node;
    }
    return node;
}

crmi_node *crmi_ordered_link(crmi_ordered *map, crmi_node *node)
{
    crmi_node *path[MAX_HEIGHT];
    crmi_node *old = descend(map, node->key, path)->next[0];

    if (old && crmi_host_eq(old->key, node->key))
        crmi_ordered_unlink(map, old);
    else
        old = NULL;
    for (uint32_t level = 0; level < node->height; level++) {
        node->next[level] = path[level]->next[level];
        path[level]->next[level] = node;
    }
    node->prev = path[0];
    if (node->next[0])
        node->next[0]->prev = node;
    map->count++;
    return old;
}

void crmi_ordered_unlink(crmi_ordered *map, crmi_node *node)
{
    crmi_node *path[MAX_HEIGHT];

    descend(map, node->key, path);
    for (uint32_t level = 0; level < node->height; level++)
        path[level]->next[level] = node->next[level];
    if (node->next[0])
        node->next[0]->prev = node->prev;
    map->count--;
}

crmi_node *crmi_ordered_at_or_after(const crmi_ordered *map, crmsync_str key)
{
    return descend(map, key, NULL)->next[0];
}

crmi_node *crmi_ordered_find(const crmi_ordered *map, crmsync_str key)
{
    crmi_node *node = crmi_ordered_at_or_after(map, key);
    return node && crmi_host_eq(node->key, key) ? node : NULL;
}

crmi_node *crmi_ordered_before(const crmi_ordered *map, crmsync_str key)
{
    crmi_node *node = descend(map, key, NULL);
    return node == map->head ? NULL : node;
}

crmi_node *crmi_ordered_next(const crmi_node *node)
{
    return node->next[0];
}

crmi_node *crmi_ordered_prev(const crmi_ordered *map, const crmi_node *node)
{
    return node->prev == map->head ? NULL : node->prev;
}
