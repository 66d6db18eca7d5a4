/*
 * Carrying out the local side of a plan: saves to the host, then what the links remember of it.
 * Order: records.save first, the commit after it.
 */
#ifndef CRMI_SYNC_APPLY_H
#define CRMI_SYNC_APPLY_H

#include "state/link.h"
#include "state/reverse.h"
#include "sync/records.h"
#include "sync/report.h"

/* What became of the local side of one decision. Views live as long as the crmi_applied_page. */
typedef struct crmi_applied {
    uint32_t outcome;   /* CRMSYNC_SAVE_*; 0 = the decision wrote nothing to the host */
    crmsync_str id;     /* SAVED: the record's id */
    crmsync_str rev;
    crmsync_str reason; /* REFUSED */
    crmi_record stored; /* values as stored; {NULL,0} = as sent */
} crmi_applied;

typedef struct crmi_applied_page {
    crmi_applied *items; /* one per decision of the plan */
    crmi_arena arena;
    crmi_save_result *results; /* one per kind that was saved */
    size_t result_count;
} crmi_applied_page;

void crmi_applied_init(crmi_applied_page *page, const crmsync_alloc *alloc);
void crmi_applied_clear(crmi_applied_page *page);
/* Does the host learn the CRM id of its record (local.crm_id) when the decision is saved? */
bool crmi_tells_crm_id(const crmi_decision *d);
/* Saves every decision that has a local_op, kind by kind. Nothing is saved in a dry run. */
int32_t crmi_apply_local(crmsync_job *job, const crmi_plan *plan, crmi_applied_page *page,
                         crmsync_error **err);

/* What the page knows of a record beside the decision. */
typedef struct crmi_applied_facts {
    uint64_t local_digest;  /* of the local record the decision saw; 0 = unknown */
    uint64_t remote_digest; /* of the CRM record's mapped fields as read; 0 = unknown */
} crmi_applied_facts;
/*
 * Brings a link up to date with a decision whose local side was carried out: targets, other records,
 * shadows of all fields but those to be sent, flags. `link` lives in `arena`.
 */
int32_t crmi_link_apply(crmi_arena *arena, crmi_link *link, const crmi_decision *d,
                        const crmi_applied *applied, const crmi_applied_facts *facts,
                        uint64_t mapping_stamp, int64_t server_now, crmsync_error **err);
/* Puts the link and the way back from each of its CRM ids that is new. `known` are the reverse rows
 * of those ids as read (version 0 = not there). */
void crmi_link_commit(crmi_commit *c, const crmi_link *link, const crmi_link *before);

/* Digest of what a host's record holds: every field but id, rev, origin and `skip`; empty ones
 * do not count. */
uint64_t crmi_local_digest(crmi_record record, crmsync_str skip);
/* The same once the decision's values were saved, from the digest before; 0 = not known. */
uint64_t crmi_local_digest_saved(uint64_t digest, const crmi_decision *d, const crmi_applied *applied);
/*
 * Digest of the mapped fields of a CRM record and of its life (deleted, converted, parent, owner).
 * Where the fields lie in a batch is found once; false = no memory.
 */
typedef struct crmi_digest_fields {
    int32_t *at; /* positions; -1 = not in the batch */
    size_t count;
} crmi_digest_fields;
bool crmi_digest_fields_find(crmi_arena *arena, const crmi_object_rule *rule,
                             const crmsync_rows *rows, crmi_digest_fields *out);
uint64_t crmi_remote_digest(const crmi_digest_fields *fields, crmi_record record);

/* Columns to read of an object: its system fields, mapped and visible ones, status, owner, keys. */
typedef struct crmi_selection {
    crmi_arena arena;
    crmsync_str *names;
    crmsync_str list; /* "Id, Name, ..." for SELECT */
    size_t count;
} crmi_selection;
int32_t crmi_selection_make(const crmsync_workspace *ws, const crmi_crm_object *object,
                          crmi_selection *out, crmsync_error **err);
void crmi_selection_clear(crmi_selection *columns);

#endif
