/*
 * Whose are the CRM records that were looked up? A record that one local record leads is not taken
 * by another one: the second is a local duplicate, or its address belongs to somebody else.
 */
#ifndef CRMI_SYNC_OWNERS_H
#define CRMI_SYNC_OWNERS_H

#include "state/reverse.h"
#include "sync/records.h"
#include "sync/workspace.h"

typedef struct crmi_owners {
    const crmsync_alloc *alloc;
    crmi_arena arena;
    crmi_map by_id; /* CRM id -> number in rows */
    crmi_reverse *rows;
    bool *gone; /* per row: the host has that local record no more */
    size_t count;
} crmi_owners;

void crmi_owners_init(crmi_owners *o, const crmsync_alloc *alloc);
void crmi_owners_clear(crmi_owners *o);
/* Reads the ways back of these records, and whether the local ones are still there; those of the
 * page itself are (`people` and `companies`, either may be NULL). */
int32_t crmi_owners_read(crmi_owners *o, crmsync_workspace *ws, const crmi_record *records, size_t n,
                         const crmi_loaded *people, const crmi_loaded *companies,
                         crmsync_error **err);
/* The local record that leads a CRM record, unless it is (kind, self) or gone; empty = none. */
crmsync_str crmi_owners_other(const crmi_owners *o, crmsync_str crm_id, crmsync_str kind,
                              crmsync_str self);
/* Version of the way back to a local record that is gone; 0 = there is none. */
uint64_t crmi_owners_orphaned(const crmi_owners *o, crmsync_str crm_id);

#endif
