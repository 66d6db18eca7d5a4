/* Selected fields as a tree, to read records member by member without looking each name up. */
#ifndef CRMI_SALESFORCE_COLUMNS_H
#define CRMI_SALESFORCE_COLUMNS_H

#include "salesforce/query.h"

typedef struct crmi_column_node {
    crmsync_str name;
    crmsync_str path; /* of the column, or of one below it: for messages */
    int32_t column;   /* -1: a parent only */
    uint32_t type;
    uint32_t first, next; /* child and sibling; 0 = none */
    uint32_t hint;        /* the child expected next */
} crmi_column_node;

typedef struct crmi_columns {
    crmi_arena arena; /* names of discovered columns, expanded numbers */
    crmi_column_node *nodes;
    size_t node_count, node_cap;
    crmi_query_column *found; /* the discovered columns */
    size_t found_count, found_cap;
    bool attributes;     /* a column of them is selected */
    bool too_many;       /* more than an aggregate can have */
    crmsync_cell *cells; /* of one record */
    size_t count;
    crmsync_cell *into;  /* where the record that is read goes: `cells`, or a row */
    crmi_arena *expanded; /* where numbers that had to be rewritten go */
    bool oom;
} crmi_columns;

void crmi_columns_init(crmi_columns *c, const crmsync_alloc *alloc);
void crmi_columns_clear(crmi_columns *c);
/* Collects the columns that the records carry: for aggregates, which nobody can name beforehand. */
int32_t crmi_columns_discover(crmi_columns *c, const yyjson_val *records, crmsync_error **err);
int32_t crmi_columns_build(crmi_columns *c, const crmi_query_column *columns, size_t n,
                           crmsync_error **err);
/* Reads one record into c->cells. `list` and `index` name it in messages, "/records/" and 3; list
 * NULL = it stands alone. */
int32_t crmi_columns_read(crmi_columns *c, const yyjson_val *record, const char *list, size_t index,
                          crmsync_error **err);
/* The same, as the next one of `rows`, which crmi_columns_rows() made of the same columns. Texts are
 * not copied: the document must live as long as the rows. */
int32_t crmi_columns_append(crmi_columns *c, const yyjson_val *record, const char *list,
                            size_t index, crmsync_rows *rows, crmsync_error **err);
/* Makes rows of one column set. */
int32_t crmi_columns_rows(const crmi_columns *c, crmsync_str object,
                          const crmi_query_column *columns, size_t n, crmsync_rows **out,
                          crmsync_error **err);

#endif
