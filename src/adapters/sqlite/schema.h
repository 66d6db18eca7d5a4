/* The tables of the file and the statements over them. */
#ifndef CRMI_ADAPTERS_SQLITE_SCHEMA_H
#define CRMI_ADAPTERS_SQLITE_SCHEMA_H

#include "store.h"

enum { CRMI_SCHEMA_VERSION = 1 }; /* PRAGMA user_version */

extern const char crmi_sqlite_record_tables[];
const char *crmi_sqlite_sql(crmi_statement which);
void crmi_sqlite_space_table(uint32_t space, char *sql, size_t size);
void crmi_sqlite_space_sql(uint32_t space, crmi_space_statement which, char *sql, size_t size);

#endif
