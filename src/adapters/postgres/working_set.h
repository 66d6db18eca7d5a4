/*
 * The records that a save touches: read at its beginning, changed here, written at its end, so that
 * a save is three round trips whatever its size.
 */
#ifndef CRMI_ADAPTERS_POSTGRES_WORKING_SET_H
#define CRMI_ADAPTERS_POSTGRES_WORKING_SET_H

#include "record_save.h"
#include "store.h"

/* The store as record_save.h sees it. */
crmi_record_table crmi_pg_table(crmsync_postgres *s);

#endif
