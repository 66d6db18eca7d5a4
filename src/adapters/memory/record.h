/* One record of the memory adapter: an immutable block that an edit replaces as a whole. */
#ifndef CRMI_ADAPTERS_MEMORY_RECORD_H
#define CRMI_ADAPTERS_MEMORY_RECORD_H

#include "store.h"

enum { CRMI_MAX_ID = 128 };

typedef struct crmi_value {
    const crmi_node *field; /* in the map of fields, which only grows */
    crmsync_cell cell;
} crmi_value;

typedef struct crmi_record {
    size_t size;
    uint64_t rev;
    uint64_t mark;    /* the last query that delivered it */
    crmi_node *index; /* its nodes in the index, chained */
    crmi_node *feed;
    bool deleted;
    size_t count;
    crmi_value values[];
} crmi_record;

void crmi_record_free(const crmsync_alloc *a, crmi_record *record);
const crmsync_cell *crmi_record_cell(const crmi_record *record, const crmi_node *field);
/* A new block: what `old` says (may be NULL), overlaid by the cells that are not ABSENT. */
crmi_record *crmi_record_merge(const crmsync_alloc *a, const crmi_record *old,
                               const crmi_value *overlay, size_t n);
bool crmi_cell_eq(const crmsync_cell *a, const crmsync_cell *b);

/* The fields of a batch that are the host's own; position SIZE_MAX = not in the batch. */
typedef struct crmi_columns {
    size_t id;
    size_t rev;
    size_t origin;
    const crmi_node **fields; /* per column; NULL for id, rev and deleted */
    size_t count;
} crmi_columns;

int32_t crmi_memory_columns_init(crmsync_memory *m, crmsync_str workspace, const crmsync_rows *rows,
                          crmi_columns *out);
void crmi_memory_columns_clear(crmsync_memory *m, crmi_columns *columns);
crmsync_str crmi_column_text(const crmsync_rows *rows, size_t row, size_t column);
/* The row's cells with their fields; `out` has room for columns->count. Returns how many. */
size_t crmi_memory_columns_read(const crmi_columns *columns, const crmsync_rows *rows, size_t row,
                         crmi_value *out);

/* A prepared change of one record. Applying and undoing it need no memory. */
typedef struct crmi_edit {
    crmi_node *node; /* of the record */
    crmi_record *before;
    crmi_record *after;
    bool fresh;   /* the node is not in the map unless applied */
    bool applied;
} crmi_edit;

/* Takes `after`, also when it fails. `node` NULL = a new record of that id. */
int32_t crmi_edit_init(crmsync_memory *m, crmi_edit *edit, crmsync_str workspace, crmsync_str kind,
                       crmsync_str id, crmi_node *node, crmi_record *after);
void crmi_edit_apply(crmsync_memory *m, crmi_edit *edit);
void crmi_edit_end(crmsync_memory *m, crmi_edit *edit, bool keep); /* undo, or drop what was */

crmi_node *crmi_store_record(crmsync_memory *m, crmsync_str workspace, crmsync_str kind,
                             crmsync_str id, int32_t *code);
crmsync_str crmi_records_id(const crmi_node *node, crmsync_str workspace, crmsync_str kind);
size_t crmi_memory_rev_text(uint64_t rev, char out[24]);

#endif
