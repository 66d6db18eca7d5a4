/* One row of an import while it is decided. */
#ifndef CRMI_DECIDE_IMPORT_CASE_H
#define CRMI_DECIDE_IMPORT_CASE_H

#include "decide/page.h"

/* Positions in the rows of the CRM and in the host's records of the last row; -1 = not there. */
typedef struct crmi_import_columns {
    const crmsync_rows *crm, *local;
    int32_t id, master, deleted, converted, stamp;
    int32_t local_id, local_rev;
} crmi_import_columns;
/* Finds them anew where the batches are others than the last time. */
void crmi_import_columns_turn(crmi_import_columns *at, const crmsync_rows *crm,
                              const crmsync_rows *local);

typedef struct crmi_import_case {
    const crmi_decide_env *env;
    const crmi_crm_object *object;
    const crmi_object_rule *rule; /* NULL = not configured */
    const crmi_object *described;
    const crmi_import_input *in;
    const crmi_import_columns *at;
    crmi_mapping *mapping;
    const crmi_import_input *rows; /* of the page */
    size_t row_count;
    crmi_plan *plan;
    crmi_map *created; /* key of a local record this page creates -> decision */
    crmsync_str id;
    crmsync_str key; /* person: e-mail; company: domain */
    const crmi_target *target;
    size_t index;
} crmi_import_case;

/* Reads the row's own key, to see two rows of one person in a page. */
int32_t crmi_import_key(crmi_import_case *c, crmsync_error **err);
/* Adds the row's decision; NULL = no memory. */
crmi_decision *crmi_import_add(crmi_import_case *c, uint32_t reason);
/* Adds one that does nothing. */
int32_t crmi_import_stop(crmi_import_case *c, uint32_t reason, crmsync_error **err);
/* What becomes of the row's own id in the link; false = no memory. */
bool crmi_import_turn(crmi_import_case *c, crmi_decision *d, uint32_t state, crmsync_str moved_to);

/* Only that link dies; the person becomes inactive when the last one does. */
int32_t crmi_import_deleted(crmi_import_case *c, crmsync_error **err);
/* A merge's loser or a converted Lead: the link follows to where the record lives now. */
int32_t crmi_import_moved(crmi_import_case *c, crmsync_str to, bool converted, crmsync_error **err);

#endif
