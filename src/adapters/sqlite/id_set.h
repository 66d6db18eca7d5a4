/* Ids that were met: a page of look-ups tells each record once. */
#ifndef CRMI_ADAPTERS_SQLITE_ID_SET_H
#define CRMI_ADAPTERS_SQLITE_ID_SET_H

#include <stdbool.h>

#include <crmsync/types.h>

typedef struct crmi_id_set {
    const crmsync_alloc *alloc; /* set by the caller, the rest zero */
    crmsync_str *slots;         /* ptr NULL = free; the bytes are the caller's and outlive the set */
    size_t cap;                 /* a power of two, at most half of it taken */
    size_t count;
} crmi_id_set;

bool crmi_id_set_has(const crmi_id_set *set, crmsync_str id);
bool crmi_id_set_add(crmi_id_set *set, crmsync_str id); /* one it has not; false = no memory */
void crmi_id_set_clear(crmi_id_set *set);

#endif
