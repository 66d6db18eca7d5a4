#include "store.h"

#include "record.h"

static bool init_maps(crmsync_memory *m)
{
    return crmi_ordered_init(&m->state, &m->alloc) && crmi_ordered_init(&m->records, &m->alloc) &&
           crmi_ordered_init(&m->index, &m->alloc) && crmi_ordered_init(&m->feed, &m->alloc) &&
           crmi_ordered_init(&m->fields, &m->alloc);
}

static void clear_maps(crmsync_memory *m)
{
    crmi_node *node = m->records.head ? crmi_ordered_next(m->records.head) : NULL;
    for (; node; node = crmi_ordered_next(node))
        crmi_record_free(&m->alloc, node->object);
    crmi_ordered_clear(&m->state);
    crmi_ordered_clear(&m->records);
    crmi_ordered_clear(&m->index);
    crmi_ordered_clear(&m->feed);
    crmi_ordered_clear(&m->fields);
}

int32_t crmsync_memory_new(const crmsync_alloc *alloc, const crmsync_record_keys *keys,
                           crmsync_memory **out, crmsync_error **err)
{
    crmsync_alloc a;
    crmsync_memory *m;
    int32_t code;

    if (!out)
        return crmi_host_fail(err, CRMSYNC_E_INVALID, "memory store: out is NULL");
    *out = NULL;
    if (!crmi_host_alloc_init(&a, alloc))
        return crmi_host_fail(err, CRMSYNC_E_INVALID,
                              "memory store: the allocator misses a function or its struct_size");
    m = crmi_host_new(&a, sizeof *m);
    if (!m)
        return crmi_host_nomem(err);
    m->alloc = a;
    code = crmi_key_rules_init(&m->keys, &m->alloc, keys, err);
    if (code == CRMSYNC_OK && !init_maps(m))
        code = crmi_host_nomem(err);
    if (code == CRMSYNC_OK && pthread_mutex_init(&m->lock, NULL) != 0)
        code = crmi_host_fail(err, CRMSYNC_E_NOMEM, "memory store: no mutex");
    if (code != CRMSYNC_OK) {
        clear_maps(m);
        crmi_key_rules_clear(&m->keys);
        crmi_host_free(&a, m, sizeof *m);
        return code;
    }
    *out = m;
    return CRMSYNC_OK;
}

void crmsync_memory_free(crmsync_memory *memory)
{
    crmsync_alloc a;

    if (!memory)
        return;
    a = memory->alloc;
    clear_maps(memory);
    crmi_key_rules_clear(&memory->keys);
    pthread_mutex_destroy(&memory->lock);
    crmi_host_free(&a, memory, sizeof *memory);
}
