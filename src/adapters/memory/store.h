/* The object behind both tables of the memory adapter. */
#ifndef CRMI_ADAPTERS_MEMORY_STORE_H
#define CRMI_ADAPTERS_MEMORY_STORE_H

#include <pthread.h>

#include <crmsync/adapters/memory.h>

#include "key_rules.h"
#include "ordered.h"

/* Map keys are made of parts (length, bytes), so that one map holds all workspaces in order. */
struct crmsync_memory {
    crmsync_alloc alloc;
    pthread_mutex_t lock;
    crmi_key_rules keys;
    crmi_ordered state;   /* workspace, space, key -> value; stamp = version */
    crmi_ordered records; /* workspace, kind, id -> object = crmi_record */
    crmi_ordered index;   /* workspace, kind, key kind, key, id -> id */
    crmi_ordered feed;    /* workspace, kind, sequence -> id; each record at its latest change */
    crmi_ordered fields;  /* workspace, kind, name -> name; stamp = column, while a query runs */
    uint64_t sequence;    /* revisions and feed positions */
    uint64_t queries;     /* marks what a query has delivered */
};

#endif
