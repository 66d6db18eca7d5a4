/* A statement that somebody else wrote: is it one query and nothing more, and of what? */
#ifndef CRMI_SALESFORCE_SOQL_CHECK_H
#define CRMI_SALESFORCE_SOQL_CHECK_H

#include "salesforce/query.h"

#define CRMI_SOQL_FIELDS_MAX 2000
#define CRMI_SOQL_DEPTH_MAX  32 /* parentheses */

typedef struct crmi_soql_parts {
    crmsync_str object;              /* after FROM; a view into the statement, as are the names */
    const crmi_query_column *fields; /* as selected, types ABSENT; in the arena */
    size_t count;
    size_t from_at; /* offset of FROM */
    bool has_id;    /* Id is among the fields */
    bool ordered;   /* ORDER BY, LIMIT or OFFSET: pages cannot be taken up again by id */
    size_t where_at; /* offset of WHERE; 0 = there is none */
    size_t rest_at;  /* offset of what follows conditions: WITH, ORDER BY, LIMIT, OFFSET or the end */
    size_t order_at; /* offset of ORDER BY; the end when there is none */
    bool limited;    /* LIMIT or OFFSET: which rows it gives hangs on their order */
} crmi_soql_parts;

/*
 * Takes SELECT plain fields FROM one object, with WHERE, WITH, ORDER BY, LIMIT and OFFSET.
 * CRMSYNC_E_INVALID with "byte N" for anything else: other statements, several of them, comments,
 * open quotes or parentheses, functions, sub-queries among the fields, GROUP BY, FOR UPDATE and
 * whatever else changes or locks something. CRMSYNC_E_LIMIT when it is too long or too deep.
 */
int32_t crmi_soql_check(crmi_arena *arena, crmsync_str soql, crmi_soql_parts *out,
                        crmsync_error **err);

/*
 * Writes the statement of just the ids of what a checked one gives, in their order and above
 * `after` (empty = from the first). One that is limited keeps its own order, and `after` is not
 * looked at. `column` is the id's, "Id" or "LeadId".
 */
void crmi_soql_ids(crmi_buf *out, crmsync_str soql, const crmi_soql_parts *parts,
                   crmsync_str column, crmsync_str after);

#endif
