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
} crmi_soql_parts;

/*
 * Takes SELECT plain fields FROM one object, with WHERE, WITH, ORDER BY, LIMIT and OFFSET.
 * CRMSYNC_E_INVALID with "byte N" for anything else: other statements, several of them, comments,
 * open quotes or parentheses, functions, sub-queries among the fields, GROUP BY, FOR UPDATE and
 * whatever else changes or locks something. CRMSYNC_E_LIMIT when it is too long or too deep.
 */
int32_t crmi_soql_check(crmi_arena *arena, crmsync_str soql, crmi_soql_parts *out,
                        crmsync_error **err);

#endif
