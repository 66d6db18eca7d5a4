/* The host's records a page of CRM rows may belong to: those that are linked and those that match.
 */
#ifndef CRMI_SYNC_IMPORT_LOCALS_H
#define CRMI_SYNC_IMPORT_LOCALS_H

#include "state/link.h"
#include "sync/records.h"
#include "sync/workspace.h"

typedef struct crmi_import_locals {
    crmsync_workspace *ws;
    crmi_arena *arena; /* the page's */
    const crmi_crm_object *crm;
    crmi_loaded loaded;
    crmi_link *links; /* of each loaded record */
    crmi_map first;   /* "<key kind>/<key>" -> entry in chain */
    struct crmi_import_chain *chain;
    size_t chain_count, chain_cap;
} crmi_import_locals;

void crmi_import_locals_init(crmi_import_locals *l, crmsync_workspace *ws, crmi_arena *arena,
                             const crmi_crm_object *crm);
void crmi_import_locals_clear(crmi_import_locals *l);
/* Loads the records `linked` names, and all that carry the origin or a key of one of the rows. */
int32_t crmi_import_locals_load(crmi_import_locals *l, const crmi_record *rows, size_t n,
                                const crmsync_str *linked, size_t linked_count,
                                crmsync_error **err);
/* Candidates of a row other than the record `own`; arrays live in the arena. */
int32_t crmi_import_locals_match(crmi_import_locals *l, crmi_record row, crmsync_str own,
                                 const crmi_record **matches, const crmi_link *const **links,
                                 size_t *n, crmsync_error **err);

#endif
