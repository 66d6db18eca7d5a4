/* The tables of the schema and the statements over them. */
#ifndef CRMI_ADAPTERS_POSTGRES_SCHEMA_H
#define CRMI_ADAPTERS_POSTGRES_SCHEMA_H

#include "store.h"

enum { CRMI_PG_SCHEMA_VERSION = 1 };

/* Adds the statement's SQL with the schema's name in it. */
void crmi_pg_sql(const crmsync_postgres *s, crmi_pg_statement which, crmi_bytes *out);
/* Makes what is not there; refuses what a newer adapter made. */
int32_t crmi_pg_prepare_schema(crmsync_postgres *s, crmsync_error **err);

#endif
