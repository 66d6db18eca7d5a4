/* soql.h: SOQL, from text to rows and JSON. */
#ifndef ORGSIM_SOQL_H
#define ORGSIM_SOQL_H

#include "org.h"

typedef struct orgsim_soql orgsim_soql;

/* Parses and binds; NULL with `problem` when Salesforce would refuse it. `see_all` ignores
 * field-level security and sharing. */
orgsim_soql *orgsim_soql_new(orgsim *org, const char *text, bool see_all,
                             orgsim_problem *problem);
void orgsim_soql_free(orgsim_soql *soql);

/* The matching rows, ordered and cut by LIMIT and OFFSET. */
int orgsim_soql_run(orgsim *org, orgsim_soql *soql, bool deleted_too, orgsim_rows *out,
                    orgsim_problem *problem);
/* `SELECT COUNT()`: the number of rows is the answer. */
bool orgsim_soql_is_count(const orgsim_soql *soql);
/* Aggregates; `rows` are those of orgsim_soql_run. Writes the records, returns how many. */
bool orgsim_soql_is_grouped(const orgsim_soql *soql);
size_t orgsim_soql_write_groups(orgsim *org, const orgsim_soql *soql, const orgsim_rows *rows,
                                orgsim_buf *out);
/* One record as JSON; `version` is "60.0". */
void orgsim_soql_write_row(orgsim *org, const orgsim_soql *soql, const orgsim_row *row,
                           const char *version, orgsim_buf *out);
/* Whether one row fulfils a WHERE text; a text that does not parse counts as fulfilled. */
bool orgsim_soql_row_matches(orgsim *org, orgsim_row *row, const char *where);

/* Why no bulk query can be made of it; NULL when one can. */
const char *orgsim_soql_not_bulk(const orgsim_soql *soql);
/* One row as a line of CSV; `row` NULL = the names of the columns. */
void orgsim_soql_write_csv(orgsim *org, const orgsim_soql *soql, const orgsim_row *row,
                           char delimiter, orgsim_buf *out);
const orgsim_object *orgsim_soql_object(const orgsim_soql *soql);
/* "Contacts" of Contact.AccountId; NULL = it has none. */
const char *orgsim_child_relationship(const orgsim_object *object, const orgsim_field *field);

/* One value in JSON, as REST prints it. */
void orgsim_write_value(const orgsim_row *row, const orgsim_field *field, orgsim_buf *out);
/* `"attributes":{...}` */
void orgsim_write_attributes(const orgsim_row *row, const char *version, orgsim_buf *out);

#endif
